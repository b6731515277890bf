"""F32, F34 and F35: runs that continue as new again and again, that never end, and that are flooded with signals."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final
from uuid import UUID

from api.graphql.ids import encode_id
from schema.ids import LOCAL_TENANT
from schema.limits import LIMITS
from tests.chaos.cases.agents import counting_down, endless, listening, mutual
from tests.chaos.cases.frame import OK, Case, CaseResult
from tests.chaos.cases.invariants import chain_of
from tests.chaos.cases.world import SIGNAL, START, Answered, Away, World

#: Events of a history after which Temporal suggests to continue as new, for this case; 4,096 otherwise.
SUGGESTED_AFTER: Final = 200
CHAIN_MIN: Final = 5
BUDGET: Final = 20
RATE_LIMITED: Final = "RATE_LIMITED"
RUN: Final = "query($id: ID!) { run(id: $id) { status outputs { name values { json } } } }"
_WAITING: Final = "SELECT 1 FROM node_executions WHERE run_id = :id AND waits_for IS NOT NULL"
_HALTS: Final = "SELECT kind, code FROM run_halts WHERE run_id = :id AND cleared_at IS NULL"
_COUNT: Final = "SELECT count(*) AS number FROM node_executions WHERE run_id = :id AND execution > 0"
#: What waits behind the halt has a row, too.
_RAN: Final = (
    "SELECT count(*) AS number FROM node_executions WHERE run_id = :id AND execution > 0 AND status <> 'QUEUED'"
)
_DEPTHS: Final = "SELECT depth, status FROM runs WHERE root_run_id = :id ORDER BY depth"


async def continue_as_new(world: World) -> CaseResult:
    """F32: a run of many histories, under whose feet its workers die; what waits from its beginning is woken at its end."""
    result = CaseResult("F32", "a run continues as new again and again")
    numbers = 10_000 if world.is_full else 240
    outputs = {"out": ["done"], "heard": ["at last"], "kept": ["at first"]}
    async with world.temporal_with("limit.historyCount.suggestContinueAsNew", SUGGESTED_AFTER):
        run_id = await world.start(counting_down(), {"start": numbers}, outputs=outputs, key="F32")
        await world.until(lambda: world.sql(_WAITING, id=run_id), 60)
        # Nobody waits for it yet: the run must keep it from history to history.
        await world.tell(run_id, "early", "at first", "early")
        async with world.under_fault():
            await _until_counted(world, run_id, numbers // 3)
            result.prove("the engine died", bool(await world.kill("engine")))
            await _until_counted(world, run_id, numbers // 2)
            result.prove("a worker died", bool(await world.kill("blocks-1")))
            again = await world.start(counting_down(), {"start": numbers}, key="F32")
            result.need(again == run_id, "doubled", "its key began another run")
            await _until_counted(world, run_id, numbers + 2, 3_600 if world.is_full else 180)
        early = await _is_over(world, run_id)
        result.need(not early, "wrong", "it ended before what it waited for came")
        for _ in range(2):
            await world.tell(run_id, "end", "at last", "end")
        await world.until_ended([run_id])
    chain = await chain_of(world, run_id)
    result.measure("histories", len(chain))
    result.measure("longest history", max(history.events[-1].event_id for history in chain))
    result.prove("it continued as new", len(chain) >= CHAIN_MIN)
    # One run to its owner: the numbers, three outputs, the input and the two that waited.
    shown = await world.insist_on(RUN, id=encode_id("Run", run_id))
    count, expected = (await world.sql(_COUNT, id=run_id))[0].number, numbers + 6
    result.need(count == expected, "wrong", f"it has {count} executions, not {expected}")
    given = {one["name"]: [value["json"] for value in one["values"]] for one in shown["outputs"]}
    result.need(given == outputs, "wrong", f"it shows {given}")
    await world.heal()
    return result


async def _until_counted(world: World, run_id: UUID, count: int, seconds: float = 120) -> None:
    async def is_so_far() -> bool:
        return bool((await world.sql(_COUNT, id=run_id))[0].number >= count)

    await world.until(is_so_far, seconds)


async def _is_over(world: World, run_id: UUID) -> bool:
    return (await world.statuses([run_id]))[run_id] in ("COMPLETED", "FAILED", "TERMINATED")


async def never_end(world: World) -> CaseResult:
    """F34: a circle stops at its budget and waits there; agents that run each other stop at the depth that is allowed."""
    result = CaseResult("F34", "a run that would never end")
    run_id = await world.start(endless(BUDGET), {"value": 1}, statuses=["PAUSED"])
    await world.until_status([run_id], ["PAUSED"])
    halts = [(row.kind, row.code) for row in await world.sql(_HALTS, id=run_id)]
    count = (await world.sql(_RAN, id=run_id))[0].number
    result.prove("it met its budget", halts == [("budget", "BUDGET_EXCEEDED")])
    result.measure("executions of the circle", count)
    result.need(count == BUDGET, "wrong", f"{count} executions, the budget is {BUDGET}")
    async with world.under_fault():
        # What is paused holds nothing: it is the same behind the death of all.
        dead = await world.kill("engine", "blocks-1", "blocks-2")
        await world.reborn(["engine", "blocks-1", "blocks-2"], dead)
        one, two = mutual()
        for graph in (two, one):
            await world.stores.submission.save_graph(LOCAL_TENANT, graph)
        given = {"graphId": encode_id("Graph", UUID(one.id)), "inputs": {}, "idempotencyKey": "F34"}
        payload = await world.insist_on(START, input=given)
        deep = world.note(payload["run"]["id"], None, ["FAILED"])
        await world.until_ended([deep])
    depths = [(row.depth, row.status) for row in await world.sql(_DEPTHS, id=deep)]
    result.measure("agents deep", len(depths))
    wanted = [(depth, "FAILED") for depth in range(LIMITS.child_depth_max + 1)]
    result.need(depths == wanted, "wrong", f"agents that run each other: {depths}")
    still = (await world.sql(_RAN, id=run_id))[0].number
    result.need(still == BUDGET, "wrong", f"a paused run went on: {still} executions")
    return result


async def flood(world: World) -> CaseResult:
    """F35: thousands of events for one run at once: by the API, which says when it is enough, and by Temporal's own signals."""
    result = CaseResult("F35", "a run is flooded with signals")
    signals = 20_000 if world.is_full else 2_000
    run_id = await world.start(listening(str(world.sink), "end"), outputs={"out": ["enough"]})
    await world.until(lambda: world.sql(_WAITING, id=run_id), 60)
    async with world.under_fault():
        # Nobody takes them: the run's orders pile up, and the API must say when it is enough.
        await world.down("engine")
        accepted = await _flood_api(world, run_id, signals // 2, "piled up")
        for refusal in (RATE_LIMITED, "429"):
            result.need(accepted[refusal] > 0, "wrong", f"nobody was asked to wait by {refusal}")
        result.need(accepted[OK] == LIMITS.run_orders_waiting_max, "wrong", f"{accepted[OK]} were kept at once")
        await world.up("engine")
        began = world.clock()
        accepted += await _flood_api(world, run_id, signals // 2, "taken")
        result.measure("events a second", signals // 2 / (world.clock() - began))
        by_hand = await _flood_temporal(world, run_id, signals // 4)
        killed = await world.kill("engine")
        await world.reborn(["engine"], killed)
        result.measure("asked", signals)
        result.measure("accepted; RATE_LIMITED, 429", f"{accepted[OK]}; {accepted[RATE_LIMITED]}, {accepted['429']}")
        result.measure("signals by hand", by_hand)
        result.prove("it was flooded", accepted[OK] + by_hand >= signals // 4)
        result.need(set(accepted) <= {OK, RATE_LIMITED, "429"}, "wrong", f"answers: {dict(accepted)}")
        began = world.clock()
        # Again, while the run has too much to do.
        await world.tell(run_id, "end", "enough", "end")
        await world.until_ended([run_id], 120)
        result.measure("heard the last one after s", world.clock() - began)
    rows = await world.sql(
        "SELECT coalesce(outcome, 'none') AS outcome, count(*) AS number FROM run_orders WHERE run_id = :id GROUP BY 1",
        id=run_id,
    )
    outcomes = {row.outcome: row.number for row in rows}
    result.measure("kept, refused", f"{outcomes.get('KEPT', 0)}, {outcomes.get('REFUSED', 0)}")
    lost = outcomes.get("none", 0)
    result.need(lost == 0, "lost", f"{lost} accepted orders were never answered")
    result.need(sum(outcomes.values()) >= accepted[OK] + 1, "lost", f"{outcomes} for {accepted[OK]} accepted")
    return result


async def _flood_api(world: World, run_id: UUID, count: int, name: str) -> Counter[str]:
    """Send events by GraphQL and by REST in turn, each once; give how often each way had each answer."""
    found, limit = Counter[str](), asyncio.Semaphore(8)

    async def one(number: int) -> None:
        async with limit:
            send = _by_rest if number % 2 else _by_graphql
            found[await send(world, run_id, number, f"{name} {number}")] += 1

    await asyncio.gather(*(one(number) for number in range(count)))
    return found


async def _by_graphql(world: World, run_id: UUID, number: int, key: str) -> str:
    asked = {"runId": encode_id("Run", run_id), "name": "noise", "payload": number, "idempotencyKey": key}
    try:
        await world.ask(SIGNAL, input={**asked, "waitSeconds": 0})
    except Away as error:
        return RATE_LIMITED if RATE_LIMITED in str(error) else str(error)
    except Answered as error:
        return str(error)
    return OK


async def _by_rest(world: World, run_id: UUID, number: int, key: str) -> str:
    """Send one as a program does: what is refused must say with what status, and when to come again."""
    headers = {"Authorization": f"Bearer {world.token}", "Idempotency-Key": key}
    url = f"{world.url}/runs/{encode_id('Run', run_id)}/events/noise"
    answer = await world.http.post(url, json=number, headers=headers)
    if answer.status_code == 429:
        again = answer.headers.get("Retry-After", "")
        return "429" if again.isdigit() and int(again) >= 1 else f"429 without a Retry-After: {again!r}"
    return OK if answer.status_code == 202 else f"{answer.status_code} {answer.text[:200]}"


async def _flood_temporal(world: World, run_id: UUID, count: int) -> int:
    limit = asyncio.Semaphore(16)

    async def one(number: int) -> None:
        async with limit:
            await world.handle(run_id).signal("event", {"name": "noise", "payload": number})

    await asyncio.gather(*(one(number) for number in range(count)))
    return count


CASES = (
    Case("F32", "a run continues as new again and again", continue_as_new),
    Case("F34", "a run that would never end", never_end),
    Case("F35", "a run is flooded with signals", flood),
)
