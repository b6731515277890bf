"""Attempts at slow nodes as the nodes themselves noted them: they show who wrote when others had taken over; it only reads.

A node notes an attempt when its block begins, and that is behind the claim by which the ledger refuses all earlier attempts. So
what an earlier attempt added later than that went past the fence.
"""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Final

from tests.chaos.blocks import ChaosSlow
from tests.chaos.oracle import Violation
from tests.chaos.trace import Trace

ATTEMPTS_FILE: Final = "attempts.txt"
#: {(run, execution): {attempt: when it began, in seconds of the wall clock}}.
Attempts = dict[tuple[str, int], dict[str, float]]


def read_attempts(path: Path) -> Attempts:
    """Read what was noted; the moments of the monotonic clock become those of this machine's wall clock."""
    found: Attempts = defaultdict(dict)
    shift = time.time() - time.monotonic()
    for line in path.read_text().splitlines() if path.exists() else ():
        run, execution, attempt, began = line.split()
        found[run, int(execution)][attempt] = float(began) + shift
    return found


def late_writes(trace: Trace, attempts: Attempts) -> list[Violation]:
    """Give what attempts added to the ledger when a later one had begun."""
    problems = []
    for one in trace.done:
        begun = attempts.get((str(trace.run_id), one.execution), {})
        if one.block_id != ChaosSlow.id or len(begun) < 2:
            continue
        late = [said.sequence for said in one.said if said.pin == "mark" and _is_late(str(said.value), said.at, begun)]
        if late:
            what = f"{trace.run_id}: execution {one.execution} has emissions {late} of an attempt that was overtaken"
            problems.append(Violation("doubled", what))
    return problems


def _is_late(mark: str, at: datetime, begun: dict[str, float]) -> bool:
    own = begun.get(mark.partition("/")[0])
    return own is not None and any(own < other < at.timestamp() for other in begun.values())
