"""Cancel in every state of a run: it ends in ten seconds, for good, with all that it started, and nothing is written afterwards.

(Before it starts, twice, after its end, and with nobody working: `test_control`.)"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from blocks.library.time_blocks import CountdownTimer
from schema.db.runs import Run
from schema.ids import LOCAL_TENANT
from tests.durable.blocks import CALLS, GATES, Fail, Flaky, Gate, Listen, Pass
from tests.durable.graphs import an_agent, an_output, make_graph
from tests.durable.platform import Platform, executions_of
from tests.durable.test_control import a_late_entry, is_closed
from tests.durable.test_orders import give, outcome
from tests.durable.test_run_control import A_DAY, paused
from tests.durable.waiting import eventually
from workflows.client import wake

END_SECONDS = 10


async def until_there(platform: Platform, run: Run, node: str, status: str = "RUNNING") -> Any:
    async def there() -> Any:
        found = [row for row in executions_of(await platform.record(run), node) if row["status"] == status]
        return found[0] if found else None

    return await eventually(there)


async def in_a_node(platform: Platform) -> Run:
    run = await platform.submit(make_graph({"node": (Gate, {"gate": "cancel: node"})}))
    await until_there(platform, run, "node")
    return run


async def before_the_next_attempt(platform: Platform) -> Run:
    run = await platform.submit(make_graph({"node": (Flaky, {"key": "cancel: flaky", "failures": 9}, A_DAY)}))
    await until_there(platform, run, "node")
    return run


async def on_a_timer(platform: Platform) -> Run:
    run = await platform.submit(make_graph({"node": (CountdownTimer, {"hours": 1})}))
    await until_there(platform, run, "node")
    return run


async def on_an_event(platform: Platform) -> Run:
    run = await platform.submit(make_graph({"node": (Listen, {"event": "never"})}))
    await until_there(platform, run, "node")
    return run


async def paused_softly(platform: Platform) -> Run:
    return await paused(platform, "cancel: soft")


async def paused_while_a_node_runs(platform: Platform) -> Run:
    run = await in_a_node(platform)
    await outcome(platform, run, await give(platform, run, "pause", mode="hard"))
    return run


async def stuck(platform: Platform) -> Run:
    run = await platform.submit(make_graph({"node": (Fail, {"reason": "broken"})}, on_node_error="hold"))
    await platform.until(run, "PAUSED")
    return run


async def at_its_limit(platform: Platform) -> Run:
    nodes = {"first": (Pass, {"value": 1}), "then": (Pass, {"key": "cancel: limit"})}
    run = await platform.submit(make_graph(nodes, ["first.value -> then.value"], max_node_executions=1))
    await platform.until(run, "PAUSED")
    return run


STATES: list[Callable[[Platform], Awaitable[Run]]] = [
    in_a_node, before_the_next_attempt, on_a_timer, on_an_event, paused_softly, paused_while_a_node_runs, stuck, at_its_limit,
]  # fmt: skip


async def written(platform: Platform, run: Run) -> list[Any]:
    """Give all that was ever written of a run, as counts, and where it stands."""
    rows = await platform.sql(
        "SELECT r.status, r.ended_at, (SELECT count(*) FROM run_events e WHERE e.run_id = r.id) AS events, "
        "(SELECT count(*) FROM emissions m WHERE m.run_id = r.id) AS emissions, "
        "(SELECT string_agg(n.status, ',') FROM node_executions n WHERE n.run_id = r.id) AS nodes, "
        "(SELECT count(*) FROM run_halts h WHERE h.run_id = r.id) AS halts FROM runs r WHERE r.id = :id",
        id=run.id,
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
async def test_a_run_is_cancelled_in_every_state_and_nothing_is_written_afterwards(
    platform: Platform, state: Callable[[Platform], Awaitable[Run]]
):
    run = await state(platform)
    assert await platform.cancel(run, "Enough.")
    record = await platform.end_of(run, seconds=END_SECONDS)
    assert (record["status"], record["error"]) == ("TERMINATED", {"code": "CANCELLED", "message": "Enough."})
    assert {row["status"] for row in record["node_executions"]} <= {"COMPLETED", "TERMINATED"}
    await eventually(lambda: is_closed(platform, run))
    before = await written(platform, run)
    for node in record["node_executions"]:
        owned, _ = await platform.tools.ledger.write(run.id, [a_late_entry(node, run)])
        assert owned == frozenset()
    assert await platform.tools.halts.of_runs(LOCAL_TENANT, [run.id], with_cleared=False, limit=9) == {run.id: []}
    assert await platform.cancel(run) is False
    assert await written(platform, run) == before


async def test_a_cancel_ends_agents_that_agents_run_with_nobody_working_meanwhile(platform: Platform):
    lowest = await platform.save(make_graph({"l": (Listen, {"event": "never"})}, name="Lowest"))
    middle = await platform.save(make_graph({"agent": an_agent(lowest)}, name="Middle"))
    run = await platform.submit(make_graph({"agent": an_agent(middle)}, name="Top"))

    async def below() -> list[Run] | None:
        found = [child for first in await platform.children_of(run) for child in await platform.children_of(first)]
        return found if found and executions_of(await platform.record(found[0]), "l") else None

    (last,) = await eventually(below, seconds=60)
    (child,) = await platform.children_of(run)
    async with platform.asleep():
        assert await platform.cancel(run)
    for one in (run, child, last):
        record = await platform.end_of(one, seconds=2 * END_SECONDS)
        assert (record["status"], record["error"]["code"]) == ("TERMINATED", "CANCELLED")


async def test_a_run_that_is_queued_behind_a_limit_is_cancelled_and_never_starts(platform: Platform):
    first_graph = await platform.save(
        make_graph({"gate": (Gate, {"gate": "holds the place"}), "out": an_output()}, ["gate.value -> out.value"])
    )
    await platform.sql(
        "INSERT INTO run_limits (tenant_id, graph_id, running_max) VALUES (:tenant, :graph, 1)",
        tenant=LOCAL_TENANT,
        graph=first_graph.id,
    )
    first = await platform.submit(first_graph)
    await eventually(lambda: CALLS["holds the place"])
    second = await platform.submit(first_graph)
    assert await platform.status(second) == "QUEUED"
    await platform.cancel(second)
    record = await platform.end_of(second, seconds=END_SECONDS)
    assert (record["status"], record["node_executions"]) == ("TERMINATED", [])
    GATES["holds the place"].set()
    assert (await platform.end_of(first))["status"] == "COMPLETED"
    assert CALLS["holds the place"] == 1


async def test_what_comes_after_a_cancel_wakes_nothing(platform: Platform):
    """A relative's word, an order and an event that arrive late."""
    run = await on_an_event(platform)
    await platform.cancel(run)
    await platform.end_of(run, seconds=END_SECONDS)
    await eventually(lambda: is_closed(platform, run))
    before = await written(platform, run)
    with pytest.raises(Exception, match="completed"):
        await wake(platform.client, str(run.id), 1, [["event", 1]])
    assert await written(platform, run) == before
