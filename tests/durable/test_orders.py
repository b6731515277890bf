"""Orders to a run that is under way: pause, hold and repair, events, limits; each for real, and written down with who gave it."""

from __future__ import annotations

from typing import Any

from schema.db.orders import NewOrder
from schema.db.runs import Run
from schema.ids import LOCAL_TENANT
from tests.durable.blocks import CALLS, GATES, CountDown, Fail, Flaky, Gate, Listen, Pass
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.platform import Platform, executions_of
from tests.durable.waiting import eventually


async def give(platform: Platform, run: Run, word: str, value: Any = None, **detail: Any) -> int:
    stored = None if value is None else (await platform.tools.values.put(LOCAL_TENANT, value)).to_wire()
    return (await platform.tools.orders.give(NewOrder(LOCAL_TENANT, run.id, word, detail, stored))).number


async def outcome(platform: Platform, run: Run, number: int) -> tuple[str | None, str | None]:
    async def told() -> tuple[str | None, str | None] | None:
        order = await platform.tools.orders.get(run.id, number)
        assert order is not None
        return None if order.outcome is None else (order.outcome, order.outcome_detail)

    found: tuple[str | None, str | None] = await eventually(told)
    return found


async def halts(platform: Platform, run: Run, *, with_cleared: bool = False) -> list[Any]:
    found = await platform.tools.halts.of_runs(LOCAL_TENANT, [run.id], with_cleared=with_cleared, limit=100)
    return found[run.id]


def failing(key: str, failures: int, **settings: Any):
    nodes = {"flaky": (Flaky, {"key": key, "failures": failures}), "out": an_output()}
    return make_graph(nodes, ["flaky.attempt -> out.value"], on_node_error="hold", **settings)


async def test_a_held_node_is_run_again_and_the_run_completes(platform: Platform):
    run = await platform.submit(failing("held", 4))
    await platform.until(run, "PAUSED")
    (halt,) = await halts(platform, run)
    assert (halt.kind, halt.code, halt.node_id, halt.key) == ("provider down", "UNAVAILABLE", "flaky", "node/1")
    assert executions_of(await platform.record(run), "flaky")[0]["status"] == "PAUSED"
    number = await give(platform, run, "retry", execution=1)
    record = await platform.end_of(run)
    assert await outcome(platform, run, number) == ("APPLIED", None)
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"out": [5]})
    (cleared,) = await halts(platform, run, with_cleared=True)
    assert (cleared.answer, cleared.cleared_by_order) == ("retry", number)


async def test_a_held_node_is_skipped_with_outputs(platform: Platform):
    nodes = {"fail": (Fail, {"reason": "broken"}), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["fail.before -> out.value"], on_node_error="hold"))
    await platform.until(run, "PAUSED")
    await give(platform, run, "skip", {"before": ["mended", "twice"]}, execution=1)
    record = await platform.end_of(run)
    assert record["outputs"] == {"out": ["said", "mended", "twice"]}
    assert executions_of(record, "fail")[0]["status"] == "COMPLETED"


async def test_a_held_node_is_run_with_another_input(platform: Platform):
    run = await platform.submit(failing("edited", 99))
    await platform.until(run, "PAUSED")
    await give(platform, run, "edit", {"failures": 0}, execution=1)
    record = await platform.end_of(run)
    assert record["status"] == "COMPLETED"
    assert executions_of(record, "flaky")[0]["input_data"]["failures"] == 0


async def test_a_held_node_is_let_fail(platform: Platform):
    nodes = {"fail": (Fail, {"reason": "broken"}), "other": (Pass, {"value": 1}), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["other.value -> out.value"], on_node_error="hold"))
    await platform.until(run, "PAUSED")
    await give(platform, run, "fail", execution=executions_of(await platform.record(run), "fail")[0]["execution"])
    record = await platform.end_of(run)
    assert executions_of(record, "fail")[0]["error"]["message"] == "broken"


async def test_a_pause_lets_what_runs_end_and_starts_nothing_until_it_is_resumed(platform: Platform):
    nodes = {"gate": (Gate, {"gate": "paused"}), "then": (Pass, {"key": "after the pause"}), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["gate.value -> then.value", "then.value -> out.value"]))
    await eventually(lambda: CALLS["paused"])
    number = await give(platform, run, "pause", reason="Lunch.")
    assert await outcome(platform, run, number) == ("APPLIED", None)
    GATES["paused"].set()
    await platform.until(run, "PAUSED")
    assert CALLS["after the pause"] == 0
    (halt,) = await halts(platform, run)
    assert (halt.kind, halt.message, halt.set_by_order) == ("operator", "Lunch.", number)
    await give(platform, run, "resume")
    assert (await platform.end_of(run))["outputs"] == {"out": ["opened"]}


async def test_an_event_reaches_who_waits_for_it_and_an_early_one_is_kept(platform: Platform):
    nodes = {"first": (Listen, {"event": "go"}), "out": an_output(), "gate": (Gate, {"gate": "early"})}
    graph = make_graph(nodes, ["gate.value -> first.key", "first.payload -> out.value"])
    run = await platform.submit(graph)
    await eventually(lambda: CALLS["early"])
    early = await give(platform, run, "event", {"a": 1}, name="go")
    assert await outcome(platform, run, early) == ("KEPT", None)
    GATES["early"].set()
    record = await platform.end_of(run)
    assert record["outputs"] == {"out": [{"a": 1}]}
    assert await outcome(platform, run, early) == ("APPLIED", None)


async def test_an_event_by_temporals_own_signal_is_taken_and_listed(platform: Platform):
    run = await platform.submit(
        make_graph({"l": (Listen, {"event": "go"}), "out": an_output()}, ["l.payload -> out.value"])
    )
    await eventually(lambda: platform.sql("SELECT 1 FROM node_executions WHERE run_id = :id", id=run.id))
    await platform.handle(run).signal("event", {"name": "go", "payload": [1, 2]})
    assert (await platform.end_of(run))["outputs"] == {"out": [[1, 2]]}
    rows = await platform.sql("SELECT number, source, outcome, value FROM run_orders WHERE run_id = :id", id=run.id)
    assert [tuple(row) for row in rows] == [(-1, "temporal", "APPLIED", {"value": [1, 2]})]


async def test_an_event_that_does_not_come_in_time_takes_the_other_branch(platform: Platform):
    nodes = {"l": (Listen, {"event": "go", "seconds": 1}), "out": an_output()}
    record = await platform.run(make_graph(nodes, ["l.late -> out.value"]))
    assert record["outputs"] == {"out": [True]}


async def test_a_run_that_met_its_limit_pauses_and_goes_on_when_it_is_raised(platform: Platform):
    nodes = {"in": an_input("start"), "count": CountDown, "out": an_output()}
    links = ["in.result -> count.number", "count.again -> count.number", "count.done -> out.value"]
    run = await platform.submit(make_graph(nodes, links, max_node_executions=5), {"start": 8})
    await platform.until(run, "PAUSED")
    (halt,) = await halts(platform, run)
    assert (halt.kind, halt.code) == ("budget", "BUDGET_EXCEEDED")

    async def is_shown() -> bool:
        rows = (await platform.record(run))["node_executions"]
        return [row["status"] for row in rows] == [*["COMPLETED"] * 5, "QUEUED"]

    await eventually(is_shown)
    await give(platform, run, "limits", executions_max=100)
    assert (await platform.end_of(run))["outputs"] == {"out": ["done"]}
