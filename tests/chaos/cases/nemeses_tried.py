"""N01: every nemesis of the registry in turn, under load: each is begun, proves itself, is healed, and leaves nothing behind."""

from __future__ import annotations

import os
from typing import Final

from tests.chaos.cases.agents import work
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.world import World
from tests.chaos.nemeses.afflicting import afflicted
from tests.chaos.nemeses.registry import find_nemeses

FAULT_SECONDS: Final = 4.0
#: In the environment: only those whose name has this in it.
ONLY: Final = "DRYSTONE_CHAOS_NEMESIS"


async def try_all(world: World) -> CaseResult:
    """N01: begin and heal each under a light load; every run ends well."""
    result = CaseResult("N01", "every nemesis in turn")
    nemeses = [one for one in find_nemeses().values() if os.environ.get(ONLY, "") in one.name]
    began = world.clock()
    try:
        for nemesis in nemeses:
            async with world.load(lambda number: work(world, number, 2, 0.3), 1.5) as run_ids:
                await world.passing(1)
                async with afflicted(world, nemesis, result):
                    await world.passing(FAULT_SECONDS)
                async with world.under_fault():
                    await world.heal()
            await world.until_ended(run_ids, 150)
            world.say(f"  {world.clock() - began:5.0f} s {nemesis.name}: {nemesis.proof()}; {len(run_ids)} runs")
    finally:
        for nemesis in nemeses:
            await nemesis.withdraw(world)
    return result


CASES: Final = (Case("N01", "every nemesis in turn", try_all),)
