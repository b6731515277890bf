"""F12: whoever accepts a run, or starts it, dies between two steps of that; each accepted run is started exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import UUID, uuid4

from tests.chaos.cases.agents import working
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.stalls import Place, locked, stalled, until_somebody_stalls
from tests.chaos.cases.world import World

#: From the death until what was accepted runs.
CATCH_UP_SECONDS_MAX: Final = 20.0

BEFORE_COMMIT: Final = Place("runs", "INSERT", "NEW.status = 'QUEUED'")
BEFORE_SEND: Final = Place("runs", "UPDATE", "NEW.start_attempts > OLD.start_attempts")
BEFORE_MARK: Final = Place("runs", "UPDATE", "NEW.handed_over_at IS NOT NULL AND OLD.handed_over_at IS NULL")
#: It answers only when it has read what the run did so far.
START_AND_READ: Final = (
    "mutation($input: StartRunInput!) { startRun(input: $input) "
    "{ run { id nodeExecutions(first: 1) { nodes { id } } } errors { code message } } }"
)
_CLAIMED: Final = "SELECT 1 FROM runs WHERE id = :id AND start_attempts > 0 AND handed_over_at IS NULL"
_BY_KEY: Final = "SELECT id FROM runs WHERE idempotency_key = :key"


async def die_between(world: World) -> CaseResult:
    """F12: kill the API before it commits and before it answers, the starter before it sends and before it marks."""
    result = CaseResult("F12", "who accepts or starts a run dies in between")
    for _ in range(5 if world.is_full else 1):
        await _stall_and_kill(world, result, "api", BEFORE_COMMIT, "the API died before its commit")
        await _stall_and_kill(world, result, "engine", BEFORE_SEND, "the starter died before it sent")
        await _stall_and_kill(world, result, "engine", BEFORE_MARK, "the starter died between sending and marking")
        await _kill_claimed(world, result)
        await _kill_unanswered(world, result)
    return result


async def _stall_and_kill(world: World, result: CaseResult, part: str, place: Place, what: str) -> None:
    """Begin a run, kill who stands at the place, and see that the run is there once and ends."""
    graph = working(str(world.sink), 1, 0.05)
    await world.keep(graph)
    key = str(uuid4())
    async with world.under_fault():
        async with stalled(world, place):
            starting = asyncio.create_task(world.start(graph, {"value": 3}, outputs={"out": [3]}, key=key))
            await until_somebody_stalls(world)
            dead = await world.kill(part)
            result.prove(what, bool(dead))
            died_at = world.clock()
        run_id = await starting
        await world.until_ended([run_id], 60)
    took = world.clock() - died_at
    result.measure(f"{what}: over s", took)
    result.need(took <= CATCH_UP_SECONDS_MAX, "slow", f"{what}: the run was over only after {took:.0f} s")
    await _need_once(world, result, key, run_id)
    await world.heal()


async def _kill_claimed(world: World, result: CaseResult) -> None:
    """Kill the starter when it has claimed a run and not sent it yet: what it needs to send it nobody may read just now."""
    graph, key = working(str(world.sink), 1, 0.05), str(uuid4())
    async with world.under_fault():
        await world.down("engine")
        run_id = await world.start(graph, {"value": 5}, outputs={"out": [5]}, key=key)
        async with locked(world, "plans"):
            await world.up("engine")
            await world.until(lambda: world.sql(_CLAIMED, id=run_id), 60)
            dead = await world.kill("engine")
            result.prove("the starter died between claiming and sending", bool(dead))
            died_at = world.clock()
        await world.until_ended([run_id], 60)
    took = world.clock() - died_at
    result.measure("claimed: over s", took)
    result.need(took <= CATCH_UP_SECONDS_MAX, "slow", f"a run that was claimed was over only after {took:.0f} s")
    await _need_once(world, result, key, run_id)
    await world.heal()


async def _kill_unanswered(world: World, result: CaseResult) -> None:
    """Kill the API when a run's row is committed and the client has no answer yet; the client asks again under its key."""
    graph, key = working(str(world.sink), 1, 0.05), str(uuid4())
    async with world.under_fault():
        # The answer needs a table that nobody may read just now.
        async with locked(world, "node_executions"):
            asked = {"outputs": {"out": [4]}, "key": key, "query": START_AND_READ}
            starting = asyncio.create_task(world.start(graph, {"value": 4}, **asked))  # type: ignore[arg-type]
            await world.until(_is_there(world, key), 30)
            was_answered = starting.done()
            await world.kill("api")
        run_id = await starting
        await world.until_ended([run_id], 60)
    result.prove("the API died between commit and answer", not was_answered)
    await _need_once(world, result, key, run_id)
    await world.heal()


def _is_there(world: World, key: str) -> Callable[[], object]:
    async def look() -> bool:
        return bool(await world.sql(_BY_KEY, key=key))

    return look


async def _need_once(world: World, result: CaseResult, key: str, run_id: UUID) -> None:
    rows = await world.sql(_BY_KEY, key=key)
    result.need([row.id for row in rows] == [run_id], "doubled", f"key {key} has runs {[str(row.id) for row in rows]}")


CASES = (Case("F12", "who accepts or starts a run dies in between", die_between, is_short=True),)
