"""Afflicting: a nemesis for as long as a block lasts, counted as a fault, healed whatever happens; it judges nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.cases.frame import CaseResult
from tests.chaos.cases.world import World
from tests.chaos.nemeses.frame import Nemesis


@asynccontextmanager
async def afflicted(world: World, nemesis: Nemesis, result: CaseResult) -> AsyncIterator[None]:
    """Have a fault inside the block; behind it, whether it is proven is noted, with what was seen."""
    async with world.under_fault():
        try:
            await nemesis.begin(world)
            yield
        finally:
            await nemesis.heal(world)
    result.prove(nemesis.name, nemesis.proof() is not None)
    if (seen := nemesis.proof()) is not None:
        result.measure(nemesis.name, seen)
