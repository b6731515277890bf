"""F07 and F08: Temporal dies, or is away for long, while people start, cancel and signal; what was accepted happens, once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from api.graphql.ids import encode_id
from tests.chaos.cases.agents import asking, hearing, work, working
from tests.chaos.cases.deciding import DECIDE, inbox
from tests.chaos.cases.frame import FAULT, Case, CaseResult
from tests.chaos.cases.world import STATUS, Answered, Away, World
from tests.chaos.oracle import ENDED

#: Until every run that was accepted meanwhile is over, from the moment that Temporal answers again.
CATCH_UP_SECONDS_MAX: Final = 60.0
#: What is sent to a run that waits three times, in this order; named as its outputs are.
EVENTS: Final = ("first", "then", "last")
_WAITING: Final = "SELECT DISTINCT run_id FROM node_executions WHERE run_id = ANY(:ids) AND waits_for IS NOT NULL"


async def die(world: World) -> CaseResult:
    """F07: kill -9 Temporal under load; it is back at once, and then only after a while."""
    result = CaseResult("F07", "Temporal is killed")
    for pause in (2.0, 60.0) if world.is_full else (2.0, 8.0):
        async with world.under_fault():
            async with world.load(lambda number: work(world, number, 2, 0.2), 3.0) as run_ids:
                await world.passing(3)
                dead = world.stack.pid("temporal")
                await world.down("temporal")
                result.prove("Temporal was killed", dead is not None and world.stack.pid("temporal") is None)
                await world.passing(pause)
                await world.up("temporal")
                up_at = world.clock()
                await world.passing(1)
            await world.until_ended(run_ids)
        result.measure(f"all over, down for {pause:.0f} s", world.clock() - up_at)
        result.need(world.clock() - up_at <= CATCH_UP_SECONDS_MAX, "slow", "the runs ended late")
    result.measure("acknowledged", len(world.acknowledged))
    return result


async def be_away(world: World) -> CaseResult:
    """F08: Temporal is away for minutes. Starts are accepted as QUEUED; cancels, events and decisions are kept, and all come
    true later, in their order. Everything is asked of the API."""
    result = CaseResult("F08", "Temporal is away while people start, cancel, signal and decide")
    path = str(world.sink)
    hearing_ones = [await world.start(hearing(path), outputs=_heard(n)) for n in range(3)]
    long_ones = [await world.start(working(path, 6, 1.0), {"value": 1}, statuses=["TERMINATED"]) for _ in range(3)]
    decided = {yes: await world.start(asking(path), {"start": 1}, outputs=_decided(yes)) for yes in (True, False)}
    approvals = {yes: (await world.until(partial(inbox, world, run_id), 60))[0] for yes, run_id in decided.items()}
    await world.until(lambda: _all_wait(world, hearing_ones), 60)
    await world.until_status(long_ones, ["RUNNING"])
    async with world.under_fault():
        await world.down("temporal")
        began = world.clock()
        result.prove("Temporal was away", world.stack.pid("temporal") is None)
        accepted = [await work(world, number, 2, 0.1) for number in range(20 if world.is_full else 8)]
        for number, run_id in enumerate(hearing_ones):
            await _tell_all(world, result, run_id, number)
        for is_approval, approval in approvals.items():
            await world.insist_on(DECIDE, input={"id": approval["id"], "approve": is_approval})
        for run_id in long_ones:
            await world.cancel(run_id)
        never = await world.start(working(path), {"value": 5}, statuses=["TERMINATED"])
        await world.cancel(never)
        states = set((await world.statuses(accepted)).values())
        result.need(states == {"QUEUED"}, "wrong", f"accepted runs are {states}, not QUEUED")
        result.need(await _is_read(world, accepted[0]), "wrong", "a run cannot be read while Temporal is away")
        still = set((await world.statuses([*hearing_ones, *decided.values()])).values())
        result.prove("nothing came through meanwhile", not still & ENDED)
        await world.passing((300.0 if world.is_full else 15.0) - (world.clock() - began))
        result.measure("away s", world.clock() - began)
        await world.up("temporal")
        up_at = world.clock()
        await world.until_ended([*accepted, *hearing_ones, *decided.values(), *long_ones, never])
    result.measure("all over behind it s", world.clock() - up_at)
    result.measure("asked meanwhile", len(_outcomes(world)))
    result.measure("refused or unanswered meanwhile", sum(result_of != "ok" for result_of in _outcomes(world)))
    result.need(world.clock() - up_at <= CATCH_UP_SECONDS_MAX, "slow", "what was accepted came late")
    return result


def _heard(number: int) -> dict[str, list[Any]]:
    """Give what an agent that waits three times gives, where its events came in the order in which they were sent."""
    return {name: [f"{number}: {name}"] for name in EVENTS}


def _decided(is_approval: bool) -> dict[str, list[Any]]:
    return {"approved": ["the answer"]} if is_approval else {"rejected": [True]}


async def _tell_all(world: World, result: CaseResult, run_id: UUID, number: int) -> None:
    """Send a run its events, one behind the other, each twice under its key."""
    numbers: list[int] = []
    for name in EVENTS:
        twice = {await world.tell(run_id, "go", f"{number}: {name}", name) for _ in range(2)}
        result.need(len(twice) == 1, "doubled", f"one event has the numbers {twice}")
        numbers += twice
    result.need(numbers == sorted(numbers), "wrong", f"events have the numbers {numbers}")


async def _all_wait(world: World, run_ids: Sequence[UUID]) -> bool:
    return len(await world.sql(_WAITING, ids=list(run_ids))) == len(run_ids)


async def _is_read(world: World, run_id: UUID) -> bool:
    try:
        return bool(await world.ask(STATUS, id=encode_id("Run", run_id)))
    except (Away, Answered):
        return False


def _outcomes(world: World) -> list[str]:
    return [one.outcome for one in world.operations if one.phase == FAULT]


CASES = (
    Case("F07", "Temporal is killed", die, is_short=True),
    Case("F08", "Temporal is away while people start, cancel, signal and decide", be_away, is_short=True),
)
