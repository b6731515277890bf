"""F07 and F08: Temporal dies, or is away for long, while people start, cancel and signal; what was accepted happens, once."""

from __future__ import annotations

from typing import Final

from api.graphql.ids import encode_id
from schema.db.orders import NewOrder, Orders
from schema.ids import LOCAL_TENANT
from tests.chaos.cases.agents import listening, work, working
from tests.chaos.cases.frame import FAULT, Case, CaseResult
from tests.chaos.cases.world import STATUS, Answered, Away, World

#: Until every run that was accepted meanwhile is over, from the moment that Temporal answers again.
CATCH_UP_SECONDS_MAX: Final = 60.0


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
    """F08: Temporal is away for minutes. Starts are accepted as QUEUED, cancels and events are kept, and all come true later."""
    result = CaseResult("F08", "Temporal is away while people start, cancel and signal")
    path, orders = str(world.sink), Orders(world.stores.engine)
    waiting = [await world.start(listening(path), outputs={"out": [f"event {n}"]}) for n in range(3)]
    long_ones = [await world.start(working(path, 6, 1.0), {"value": 1}, statuses=["TERMINATED"]) for _ in range(3)]
    await world.until_status([*waiting, *long_ones], ["RUNNING"])
    async with world.under_fault():
        await world.down("temporal")
        began = world.clock()
        result.prove("Temporal was away", world.stack.pid("temporal") is None)
        accepted = [await work(world, number, 2, 0.1) for number in range(20 if world.is_full else 8)]
        for number, run_id in enumerate(waiting):
            value = {"value": f"event {number}"}
            await orders.give(NewOrder(LOCAL_TENANT, run_id, "event", {"name": "go"}, value, key=f"event {number}"))
            await orders.give(NewOrder(LOCAL_TENANT, run_id, "event", {"name": "go"}, value, key=f"event {number}"))
        for run_id in long_ones:
            await world.cancel(run_id)
        never = await world.start(working(path), {"value": 5}, statuses=["TERMINATED"])
        await world.cancel(never)
        states = set((await world.statuses(accepted)).values())
        result.need(states == {"QUEUED"}, "wrong", f"accepted runs are {states}, not QUEUED")
        result.need(await _is_read(world, accepted[0]), "wrong", "a run cannot be read while Temporal is away")
        await world.passing((300.0 if world.is_full else 15.0) - (world.clock() - began))
        result.measure("away s", world.clock() - began)
        await world.up("temporal")
        up_at = world.clock()
        await world.until_ended([*accepted, *waiting, *long_ones, never])
    result.measure("all over behind it s", world.clock() - up_at)
    result.measure("refused or unanswered meanwhile", sum(result_of != "ok" for result_of in _outcomes(world)))
    result.need(world.clock() - up_at <= CATCH_UP_SECONDS_MAX, "slow", "what was accepted came late")
    return result


async def _is_read(world: World, run_id: object) -> bool:
    try:
        return bool(await world.ask(STATUS, id=encode_id("Run", run_id)))  # type: ignore[arg-type]
    except (Away, Answered):
        return False


def _outcomes(world: World) -> list[str]:
    return [one.outcome for one in world.operations if one.phase == FAULT]


CASES = (
    Case("F07", "Temporal is killed", die, is_short=True),
    Case("F08", "Temporal is away while people start, cancel and signal", be_away, is_short=True),
)
