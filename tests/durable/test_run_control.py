"""Run control: what waits behind a halt is shown, edited and skipped; hard pauses, retries at once, limits of time and of runs."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from activities.starter import Starter
from schema.db.control_tables import EVERY_GRAPH
from schema.db.run_limits import LimitsRecord, RunLimits
from schema.db.runs import Run
from schema.ids import LOCAL_TENANT, new_id
from tests.durable.blocks import CALLS, GATES, CountDown, Flaky, Gate, Listen, Numbers, Pass, Patient
from tests.durable.graphs import an_agent, an_input, an_output, make_graph
from tests.durable.histories import chain_of
from tests.durable.platform import Platform, executions_of
from tests.durable.test_orders import give, halts, outcome
from tests.durable.waiting import eventually
from workflows import graph_run

A_DAY = {"retry": {"attempts": 3, "first_wait_seconds": 3600, "longest_wait_seconds": 86_400}}


async def shown(platform: Platform, run: Run, node: str, status: str, count: int = 1) -> list[Any]:
    """Wait until so many executions of a node have a state; give their rows."""

    async def rows() -> list[Any] | None:
        found = [row for row in executions_of(await platform.record(run), node) if row["status"] == status]
        return found if len(found) == count else None

    found: list[Any] = await eventually(rows, seconds=60)
    return found


async def paused(platform: Platform, key: str, block: Any = Pass, **constants: Any) -> Run:
    """Give a run that is paused with one execution of `then` ready behind the pause."""
    nodes = {"gate": (Gate, {"gate": key}), "then": (block, {"key": f"{key}, then", **constants}), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["gate.value -> then.value", "then.value -> out.value"]))
    await eventually(lambda: CALLS[key])
    await outcome(platform, run, await give(platform, run, "pause"))
    GATES[key].set()
    await platform.until(run, "PAUSED")
    return run


# What waits behind a halt


async def test_what_waits_behind_a_pause_is_shown_with_its_input_and_runs_with_an_edited_one(platform: Platform):
    run = await paused(platform, "edited behind")
    (row,) = await shown(platform, run, "then", "QUEUED")
    assert (row["input_data"]["value"], row["started_at"], row["attempts"]) == ("opened", None, [])
    number = await give(platform, run, "edit", {"value": "edited"}, execution=row["execution"])
    assert await outcome(platform, run, number) == ("APPLIED", None)
    assert await outcome(platform, run, await give(platform, run, "retry", execution=row["execution"])) == (
        "REFUSED",
        "The node execution is about to run.",
    )
    await give(platform, run, "resume")
    record = await platform.end_of(run)
    assert record["outputs"] == {"out": ["edited"]}
    assert executions_of(record, "then")[0]["input_data"]["value"] == "edited"


async def test_what_waits_behind_a_pause_is_skipped_when_that_is_over_and_never_runs(platform: Platform):
    run = await paused(platform, "skipped behind")
    (row,) = await shown(platform, run, "then", "QUEUED")
    await outcome(platform, run, await give(platform, run, "skip", {"value": ["a", "b"]}, execution=row["execution"]))
    assert await platform.status(run) == "PAUSED"
    await give(platform, run, "resume")
    record = await platform.end_of(run)
    assert (record["outputs"], CALLS["skipped behind, then"]) == ({"out": ["a", "b"]}, 0)


async def test_an_output_node_that_is_skipped_gives_the_value_that_was_given(platform: Platform):
    nodes = {"gate": (Gate, {"gate": "output"}), "out": an_output(), "other": an_output("other")}
    run = await platform.submit(make_graph(nodes, ["gate.value -> out.value", "gate.value -> other.value"]))
    await eventually(lambda: CALLS["output"])
    await outcome(platform, run, await give(platform, run, "pause"))
    GATES["output"].set()
    (out,), (other,) = await shown(platform, run, "out", "QUEUED"), await shown(platform, run, "other", "QUEUED")
    await give(platform, run, "skip", {"output": ["given"]}, execution=out["execution"])
    await give(platform, run, "skip", {}, execution=other["execution"])
    await give(platform, run, "resume")
    assert (await platform.end_of(run))["outputs"] == {"out": ["given"], "other": [None]}


async def test_no_more_than_a_thousand_are_shown_and_all_of_them_run(platform: Platform, monkeypatch):
    monkeypatch.setattr("workflows.control.SHOWN_MAX", 10)
    nodes = {"gate": (Gate, {"gate": "many", "value": 30}), "numbers": Numbers, "then": Pass, "out": an_output()}
    links = ["gate.value -> numbers.count", "numbers.number -> then.value", "then.value -> out.value"]
    run = await platform.submit(make_graph(nodes, links, max_node_executions=2))
    await eventually(lambda: CALLS["many"])
    GATES["many"].set()
    await platform.until(run, "PAUSED")
    await shown(platform, run, "then", "QUEUED", 10)
    await give(platform, run, "limits", executions_max=1000)
    assert (await platform.end_of(run))["outputs"] == {"out": list(range(30))}


# A hard pause


async def test_a_hard_pause_stops_what_can_resume_lets_the_rest_end_and_nothing_is_doubled(platform: Platform):
    nodes = {"patient": (Patient, {"gate": "patient"}), "gate": (Gate, {"gate": "impatient"}), "out": an_output()}
    links = ["patient.waiting -> out.value", "patient.value -> out.value", "gate.value -> out.value"]
    run = await platform.submit(make_graph(nodes, links))
    await eventually(lambda: CALLS["patient"] and CALLS["impatient"])
    await shown(platform, run, "patient", "RUNNING")
    await outcome(platform, run, await give(platform, run, "pause", mode="hard", reason="Now."))
    (row,) = await shown(platform, run, "patient", "PAUSED")
    assert row["output_data"] == {"waiting": [True]}
    assert await platform.status(run) == "RUNNING"
    GATES["impatient"].set()
    await platform.until(run, "PAUSED")
    GATES["patient"].set()
    await give(platform, run, "resume")
    record = await platform.end_of(run)
    assert sorted(record["outputs"]["out"], key=str) == sorted([True, "opened", "opened"], key=str)
    assert executions_of(record, "patient")[0]["output_data"] == {"waiting": [True], "value": ["opened"]}
    assert (CALLS["patient"], CALLS["impatient"]) == (2, 1)


async def test_a_soft_pause_stops_nothing_that_runs(platform: Platform):
    run = await platform.submit(make_graph({"patient": (Patient, {"gate": "soft"})}))
    await eventually(lambda: CALLS["soft"])
    await outcome(platform, run, await give(platform, run, "pause"))
    GATES["soft"].set()
    assert (await platform.end_of(run))["status"] == "COMPLETED"
    assert CALLS["soft"] == 1


async def test_the_pauses_of_two_operators_are_ended_one_by_one(platform: Platform):
    run = await paused(platform, "two pauses")
    second = await give(platform, run, "pause", reason="Mine, too.")

    async def are_both() -> list[Any] | None:
        found = await halts(platform, run)
        return found if len(found) == 2 else None

    first, mine = await eventually(are_both)
    assert (first.key, mine.key, mine.message) == ("operator/1", f"operator/{second}", "Mine, too.")
    await give(platform, run, "resume", key=first.key)
    await eventually(lambda: _has_halts(platform, run, 1, with_cleared=False))
    assert [halt.key for halt in await halts(platform, run)] == [mine.key]
    assert await platform.status(run) == "PAUSED"
    assert (await outcome(platform, run, await give(platform, run, "resume", key="operator/99")))[0] == "REFUSED"
    await give(platform, run, "resume")
    assert (await platform.end_of(run))["status"] == "COMPLETED"


async def test_halts_that_are_open_when_a_run_ends_are_over_with_it(platform: Platform):
    run = await paused(platform, "ends halted")
    await platform.cancel(run)
    await platform.end_of(run)
    assert await halts(platform, run) == []
    (halt,) = await halts(platform, run, with_cleared=True)
    assert (halt.answer, halt.cleared_at) == ("end", (await platform.row(run)).ended_at)


# Retry now


async def test_a_node_in_the_wait_before_its_next_attempt_is_tried_again_at_once(platform: Platform):
    nodes = {"flaky": (Flaky, {"key": "backoff", "failures": 1}, A_DAY), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["flaky.attempt -> out.value"]))
    await eventually(lambda: CALLS["backoff"])
    (row,) = await shown(platform, run, "flaky", "RUNNING")
    await give(platform, run, "retry", execution=row["execution"])
    record = await platform.end_of(run, seconds=15)
    assert record["outputs"] == {"out": [2]}
    assert [("error" in attempt) for attempt in executions_of(record, "flaky")[0]["attempts"]] == [True, False]


async def test_a_node_that_hangs_is_given_to_another_worker_and_what_it_said_stands_once(platform: Platform):
    nodes = {"gate": (Gate, {"gate": "hangs"}), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["gate.waiting -> out.value", "gate.value -> out.value"]))
    (row,) = await shown(platform, run, "gate", "RUNNING")
    await give(platform, run, "retry", execution=row["execution"])
    await eventually(lambda: CALLS["hangs"] == 2)
    GATES["hangs"].set()
    record = await platform.end_of(run)
    assert record["outputs"] == {"out": [True, "opened"]}


async def test_an_order_to_what_is_over_is_refused_by_the_run(platform: Platform):
    run = await paused(platform, "over already")
    (row,) = executions_of(await platform.record(run), "gate")
    for word in ("retry", "skip", "edit", "fail"):
        number = await give(platform, run, word, {} if word in ("skip", "edit") else None, execution=row["execution"])
        assert await outcome(platform, run, number) == ("REFUSED", "The node execution is over.")
    await platform.cancel(run)
    await platform.end_of(run)


# Limits


async def submitted(platform: Platform, graph: Any, **limits: Any) -> Run:
    """Submit a run that has limits of its own."""
    async with platform.without_loops():
        run = await platform.submit(graph)
        await platform.sql(
            "UPDATE runs SET limits = CAST(:limits AS json) WHERE id = :id",
            id=run.id,
            limits="{" + ", ".join(f'"{name}": {value}' for name, value in limits.items()) + "}",
        )
    return run


async def test_a_run_whose_time_is_over_pauses_and_a_raise_gives_it_more(platform: Platform):
    nodes = {"l": (Listen, {"event": "go"}), "out": an_output()}
    run = await submitted(platform, make_graph(nodes, ["l.payload -> out.value"]), wall_seconds_max=1)
    await platform.until(run, "PAUSED")
    (halt,) = await halts(platform, run)
    assert (halt.kind, halt.key, halt.code) == ("budget", "wall time", "BUDGET_EXCEEDED")
    await outcome(platform, run, await give(platform, run, "event", "came", name="go"))
    await outcome(platform, run, await give(platform, run, "limits", wall_seconds_max=0.5))
    assert [halt.number for halt in await halts(platform, run)] == [halt.number]
    raised = await give(platform, run, "limits", wall_seconds_max=3600)
    assert (await platform.end_of(run))["outputs"] == {"out": ["came"]}
    answers = [(halt.answer, halt.cleared_by_order) for halt in await halts(platform, run, with_cleared=True)]
    assert answers == [("raise", raised)]


async def _has_halts(platform: Platform, run: Run, count: int, *, with_cleared: bool = True) -> bool:
    found = await halts(platform, run, with_cleared=with_cleared)
    return len(found) == count and found[-1].cleared_at is None


async def test_a_budget_a_pause_and_what_waits_survive_a_continue_as_new(platform: Platform, monkeypatch):
    monkeypatch.setattr(graph_run, "EVENTS_BUDGET", 60)
    nodes = {"in": an_input("start"), "count": CountDown, "out": an_output()}
    links = ["in.result -> count.number", "count.again -> count.number", "count.done -> out.value"]
    run = await platform.submit(make_graph(nodes, links, max_node_executions=20), {"start": 30})
    await platform.until(run, "PAUSED", seconds=60)
    await outcome(platform, run, await give(platform, run, "pause", reason="Wait."))
    (row,) = await shown(platform, run, "count", "QUEUED")
    await give(platform, run, "event", 1, name="kept")
    for _ in range(20):
        await outcome(platform, run, await give(platform, run, "edit", {"number": 3}, execution=row["execution"]))
    assert len(await chain_of(platform, run)) > 1
    assert {halt.key for halt in await halts(platform, run)} == {"budget", "operator/1"}
    await outcome(platform, run, await give(platform, run, "limits", executions_max=100))
    assert await platform.status(run) == "PAUSED"
    await give(platform, run, "resume")
    record = await platform.end_of(run, seconds=60)
    # 20 in all, the first of them the input's; then 3, 2 and 1 are left, and the output is the last.
    assert (record["status"], len(record["node_executions"])) == ("COMPLETED", 24)


async def test_a_limit_of_the_parents_halts_its_children_too(platform: Platform):
    inner = {"gate": (Gate, {"gate": "inner"}), "then": (Pass, {"key": "inner then"}), "last": an_output("last")}
    child = await platform.save(
        make_graph(inner, ["gate.value -> then.value", "then.value -> last.value"], name="Inner")
    )
    nodes = {"agent": an_agent(child), "l": (Listen, {"event": "never"}), "out": an_output()}
    run = await submitted(platform, make_graph(nodes, ["agent.last -> out.value"]), wall_seconds_max=2)
    await eventually(lambda: CALLS["inner"])
    (below,) = await platform.children_of(run)
    await eventually(lambda: _has_halts(platform, below, 1))
    assert [halt.key for halt in await halts(platform, below)] == ["parent"]
    GATES["inner"].set()
    await platform.until(below, "PAUSED")
    assert CALLS["inner then"] == 0
    await give(platform, run, "limits", wall_seconds_max=3600)
    await eventually(lambda: CALLS["inner then"])
    await platform.cancel(run)
    await platform.end_of(run)


# How many run at once


async def test_no_more_runs_than_their_agent_and_organisation_may_have_are_started_and_tenants_take_turns(
    platform: Platform,
):
    """On rows alone, as starters claim them: nobody takes them any further."""
    async with platform.without_loops():
        mine, others = new_id(), new_id()
        limits = RunLimits(platform.tools.engine)
        for tenant in (mine, others):
            await platform.sql("INSERT INTO organisations (id, name) VALUES (:id, 'Limited')", id=tenant)
        busy, other, third = uuid4(), uuid4(), uuid4()
        rows = [(mine, busy)] * 20 + [(mine, other)] * 5 + [(others, third)] * 3
        for tenant, agent in rows:
            await _waiting_run(platform, tenant, agent)
        await _limit(platform, mine, EVERY_GRAPH, 6)
        await _limit(platform, mine, busy, 2)
        first = await _claim(platform, 4)
        assert {run.tenant_id for run in first} == {mine, others}
        rest = await asyncio.gather(*(_claim(platform, 50) for _ in range(4)))
        claimed = [*first, *(run for part in rest for run in part)]
        again = await _claim(platform, 50)
        assert again == []
        counts = {(run.tenant_id, run.graph_id): 0 for run in claimed}
        for run in claimed:
            counts[run.tenant_id, run.graph_id] += 1
        assert counts == {(mine, busy): 2, (mine, other): 4, (others, third): 3}
        waiting = await platform.sql(
            "SELECT id, graph_id FROM runs WHERE tenant_id = :tenant AND start_attempts = 0", tenant=mine
        )
        reasons = await limits.waiting(mine, [row.id for row in waiting])
        assert {reasons[row.id][:16] for row in waiting if row.graph_id == busy} == {"The agent may ha"}
        assert {reasons[row.id] for row in waiting if row.graph_id == other} == {
            "The organisation may have 6 runs at once, and it has."
        }
        done = next(run for run in claimed if run.graph_id == busy)
        await platform.sql("UPDATE runs SET status = 'COMPLETED' WHERE id = :id", id=done.id)
        (next_one,) = await _claim(platform, 50)
        assert next_one.graph_id == busy
        await platform.sql("DELETE FROM runs WHERE tenant_id = ANY(:ids)", ids=[mine, others])


async def _claim(platform: Platform, limit: int) -> list[Run]:
    return [one.run for one in (await platform.tools.outbox.look(limit, 1_000)).claimed]


async def _waiting_run(platform: Platform, tenant: Any, agent: Any) -> None:
    run_id = new_id()
    await platform.sql(
        "INSERT INTO runs (id, tenant_id, graph_id, graph_version, plan_hash, agent_name, status, trigger, root_run_id, depth) "
        "VALUES (:id, :tenant, :agent, 1, 'x', 'Agent', 'QUEUED', 'manual', :id, 0)",
        id=run_id,
        tenant=tenant,
        agent=agent,
    )


async def _limit(platform: Platform, tenant: Any, agent: Any, running_max: int | None) -> None:
    """Write the row: the agents of these tests are no saved ones."""
    await platform.sql(
        "INSERT INTO run_limits (tenant_id, graph_id, running_max) VALUES (:tenant, :graph, :max)",
        tenant=tenant,
        graph=agent,
        max=running_max,
    )
    assert isinstance(
        await RunLimits(platform.tools.engine).of(tenant, None if agent == EVERY_GRAPH else agent), LimitsRecord
    )


async def test_many_runs_of_an_agent_that_may_have_two_at_once_all_end_and_never_three_run(platform: Platform):
    graph = await platform.save(
        make_graph({"in": an_input("x"), "pass": Pass}, ["in.result -> pass.value"], name="Two at once")
    )
    await platform.sql(
        "INSERT INTO run_limits (tenant_id, graph_id, running_max) VALUES (:tenant, :graph, 2)",
        tenant=LOCAL_TENANT,
        graph=graph.id,
    )
    runs = [await platform.submit(graph, {"x": number}) for number in range(12)]
    highest = 0

    async def are_over() -> bool:
        nonlocal highest
        rows = await platform.sql(
            "SELECT count(*) FILTER (WHERE status = 'RUNNING') AS running, count(*) FILTER (WHERE status = 'COMPLETED') AS done "
            "FROM runs WHERE graph_id = :graph",
            graph=graph.id,
        )
        highest = max(highest, rows[0].running)
        return rows[0].done == len(runs)

    await eventually(are_over, seconds=60, pause_seconds=0.005)
    assert 1 <= highest <= 2
    assert Starter(platform.tools).running_max == 1_000
