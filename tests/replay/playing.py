"""Playing: what a case is, and how an order is given to its run; no case is here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from schema.db.orders import NewOrder
from schema.db.runs import Run
from schema.graph import Graph
from schema.ids import LOCAL_TENANT
from tests.durable.platform import Platform
from tests.durable.waiting import eventually

#: Runs a case to its end and gives its run.
Play = Callable[[Platform], Awaitable[Run]]


@dataclass(frozen=True)
class Case:
    """How to play a run, and after how many events its server suggests to continue as new; none: the server's own number."""

    play: Play
    suggested_after_events: int | None = None


def plain(graph: Graph, inputs: Mapping[str, Any] | None = None, *, seconds: float = 30.0) -> Case:
    """Give the case of a graph that nobody interferes with."""

    async def play(platform: Platform) -> Run:
        run = await platform.submit(graph, inputs)
        await platform.end_of(run, seconds=seconds)
        return run

    return Case(play)


async def order(platform: Platform, run: Run, word: str, value: Any = None, **detail: Any) -> None:
    """Give an order, and wait until the run has said what became of it."""
    stored = None if value is None else (await platform.tools.values.put(LOCAL_TENANT, value)).to_wire()
    given = await platform.tools.orders.give(NewOrder(LOCAL_TENANT, run.id, word, detail, stored))

    async def is_answered() -> bool:
        found = await platform.tools.orders.get(run.id, given.number)
        return found is not None and found.outcome is not None

    await eventually(is_answered)
