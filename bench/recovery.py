"""W7: the processes that work at a run are killed with -9 in its middle; how much later than undisturbed is it done, if ever?

Ours and by hand are started again by the stack's supervisor; a peer is started again by us, at once, as its supervisor would. What
its user has to do beside that is done at once, too, and said.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from bench.session import Session
from bench.side import Cannot, Side
from bench.workloads import Workload
from tests.durable.waiting import eventually

#: The part of the undisturbed time after which it is struck.
MIDDLE: Final = 0.5
LOST: Final = "lost"


@dataclass(frozen=True)
class Recovered:
    """What a death cost one side."""

    how: str
    undisturbed_seconds: float
    #: Until the run was done, beyond the undisturbed time; None where it is lost.
    extra_seconds: float | None

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)


async def recover(session: Session, sides: Sequence[Side], workload: Workload) -> dict[str, Recovered]:
    """Strike each side once."""
    found = {}
    for side in sides:
        try:
            found[side.name] = await _strike(side, workload)
        except Cannot as reason:
            found[side.name] = Recovered(f"{LOST}: {reason}", 0.0, None)
        await session.all_back()
        print(f"W7 {side.name}: {found[side.name]}", flush=True)
    return found


async def _strike(side: Side, workload: Workload) -> Recovered:
    clock = asyncio.get_running_loop().time
    undisturbed = min([(await side.sample(workload)).seconds for _ in range(2)])
    began = clock()
    begun = await side.begin(workload)
    await eventually(lambda: clock() - began > undisturbed * MIDDLE, seconds=undisturbed + 10)
    for pid in side.victims(begun):
        os.kill(pid, signal.SIGKILL)
    how = await side.finish(workload, begun)
    extra = None if how.startswith(LOST) else clock() - began - undisturbed
    return Recovered(how, undisturbed, extra)
