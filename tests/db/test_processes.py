"""Processes that say that they live: known while they do, silent when they do not, and forgotten."""

from __future__ import annotations

from schema.db.processes import Process, Processes
from tests.db.stores import Stores


async def test_a_process_is_known_until_it_leaves(stores: Stores) -> None:
    processes, mine = Processes(stores.engine), Process(("engine", "starter"), "host", 7, "1.0", "build-1")
    await processes.beat(mine)
    (found,) = [one for one in await processes.known() if one.process.id == mine.id]
    assert found.process == mine
    assert not found.is_silent
    await processes.beat(mine)
    (again,) = [one for one in await processes.known() if one.process.id == mine.id]
    assert again.started_at == found.started_at
    assert again.seen_at > found.seen_at
    await processes.leave(mine)
    assert mine.id not in {one.process.id for one in await processes.known()}


async def test_a_process_that_was_killed_is_silent_and_then_forgotten_by_the_others(stores: Stores) -> None:
    processes, dead, alive = (
        Processes(stores.engine),
        Process(("api",), "a", 1, "1.0"),
        Process(("api",), "b", 2, "1.0"),
    )
    await processes.beat(dead)
    await stores.do("UPDATE processes SET seen_at = now() - interval '1 minute' WHERE pid = 1")
    (found,) = [one for one in await processes.known() if one.process.id == dead.id]
    assert found.is_silent
    await processes.beat(alive)
    assert dead.id in {one.process.id for one in await processes.known()}, "it is shown for a while"
    await processes.beat(alive, forgotten_seconds=30)
    assert {one.process.id for one in await processes.known()} & {dead.id, alive.id} == {alive.id}
    await processes.leave(alive)
