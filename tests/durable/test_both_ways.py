"""Both ways with Temporal: what somebody does to a run's workflow there shows here, with who did it; what is not right is said."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, Interceptor, OutboundInterceptor, WorkflowExecutionStatus

from activities.reconciler import Reconciler
from blocks.library.time_blocks import CountdownTimer
from schema.db.runs import Run
from schema.ids import workflow_id
from tests.durable.blocks import CALLS, GATES, Gate, Listen, Pass
from tests.durable.graphs import an_agent, an_output, make_graph
from tests.durable.platform import Platform, executions_of
from tests.durable.test_orders import halts
from tests.durable.waiting import eventually
from workflows.family import Family

#: What a client of the SDK says that it is: process@host.
ME = "temporal: "


def a_listener(event: str = "go"):
    return make_graph({"l": (Listen, {"event": event}), "out": an_output()}, ["l.payload -> out.value"])


def a_timer():
    return make_graph({"timer": (CountdownTimer, {"hours": 1})})


async def parked(platform: Platform, graph: Any) -> Run:
    """Submit a run and wait until its first node waits."""
    run = await platform.submit(graph)
    waits = "SELECT 1 FROM node_executions WHERE run_id = :id AND waits_for IS NOT NULL"
    await eventually(lambda: platform.sql(waits, id=run.id))
    return run


async def is_closed(platform: Platform, run: Run) -> bool:
    return (await platform.describe(run)).status is not WorkflowExecutionStatus.RUNNING


# Who did it


async def test_a_run_that_is_terminated_by_hand_says_who_did_it_and_why(platform: Platform):
    run = await parked(platform, a_timer())
    await platform.handle(run).terminate(reason="The bill is too high.")
    record = await platform.end_of(run, seconds=15)
    error = record["error"]
    assert (record["status"], error["code"]) == ("TERMINATED", "TERMINATED")
    assert error["message"] == "The run was terminated in Temporal: The bill is too high."
    assert error["by"] == ME + platform.client.identity


async def test_a_run_that_is_cancelled_by_hand_says_who_did_it_and_one_that_is_cancelled_here_does_not(
    platform: Platform,
):
    by_hand, here = await parked(platform, a_timer()), await parked(platform, a_timer())
    await platform.handle(by_hand).cancel()
    await platform.cancel(here, "Enough.")
    error = (await platform.end_of(by_hand))["error"]
    told = {"code": "CANCELLED", "message": "The run was cancelled in Temporal.", "by": ME + platform.client.identity}
    assert error == told
    assert (await platform.end_of(here))["error"] == {"code": "CANCELLED", "message": "Enough."}


async def test_a_parent_is_told_when_its_childs_workflow_is_terminated(platform: Platform):
    inner = await platform.save(make_graph({"timer": (CountdownTimer, {"hours": 1})}, name="Inner"))
    nodes = {"agent": an_agent(inner), "error": an_output("error")}
    run = await platform.submit(make_graph(nodes, ["agent.error -> error.value"]))
    (child,) = await eventually(lambda: platform.children_of(run))
    await platform.until(child, "RUNNING")
    await platform.handle(child).terminate(reason="by hand")
    record = await platform.end_of(run, seconds=15)
    (said,) = record["outputs"]["error"]
    assert "by hand" in said


async def test_signals_by_hand_say_who_sent_them(platform: Platform):
    run = await parked(platform, a_listener())
    await platform.handle(run).signal("pause", "Wait a moment.")
    await platform.until(run, "PAUSED")
    (halt,) = await halts(platform, run)
    assert halt.message == f"Wait a moment. ({ME}{platform.client.identity})"
    await platform.handle(run).signal("event", {"name": "go", "payload": 1})
    await platform.handle(run).signal("resume")
    assert (await platform.end_of(run))["outputs"] == {"out": [1]}

    async def noted() -> Any:
        return await platform.sql("SELECT source, detail FROM run_orders WHERE run_id = :id", id=run.id)

    (row,) = await eventually(noted)
    assert (row.source, row.detail) == ("temporal", {"name": "go", "by": ME + platform.client.identity})


# Resets


async def reset(platform: Platform, run: Run, event: int = 4) -> None:
    """Reset a run's workflow to behind its first task, as `temporal workflow reset` does."""
    execution = WorkflowExecution(workflow_id=workflow_id(run.id))
    await platform.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=platform.client.namespace,
            workflow_execution=execution,
            reason="once more",
            workflow_task_finish_event_id=event,
            request_id=str(uuid4()),
        )
    )


async def test_a_reset_of_an_open_run_is_refused_in_words_and_its_workflow_is_ended(platform: Platform):
    run = await parked(platform, a_timer())
    await reset(platform, run)
    record = await platform.end_of(run, seconds=20)
    assert (record["status"], record["error"]["code"]) == ("FAILED", "RESET")
    assert "Continue it from a node instead" in record["error"]["message"]
    assert "once more" in record["error"]["message"]
    await eventually(lambda: is_closed(platform, run))


async def test_a_reset_of_a_run_that_is_over_changes_nothing_here_and_is_ended(platform: Platform):
    nodes = {
        "pass": (Pass, {"value": 1, "key": "reset, over"}),
        "gate": (Gate, {"gate": "reset, over"}),
        "out": an_output(),
    }
    run = await platform.submit(make_graph(nodes, ["pass.value -> gate.value", "gate.value -> out.value"]))
    GATES["reset, over"].set()
    record = await platform.end_of(run)
    await eventually(lambda: is_closed(platform, run))
    GATES["reset, over"].clear()
    async with platform.without_loops():
        await reset(platform, run)
        await eventually(lambda: _is_listed(platform, run))
        await Reconciler(platform.tools).go_round(age_seconds=0)
        GATES["reset, over"].set()
        assert await is_closed(platform, run)
    assert await platform.record(run) == record


async def _is_listed(platform: Platform, run: Run) -> bool:
    query = f"WorkflowId = '{workflow_id(run.id)}' AND ExecutionStatus = 'Running'"
    return (await platform.client.count_workflows(query)).count == 1


# Tasks that fail


async def test_a_run_whose_workflow_tasks_fail_has_a_problem_until_they_succeed(platform: Platform, monkeypatch):
    run = await parked(platform, a_listener())

    def fail(_family: Family) -> None:
        raise RuntimeError("A bad deploy.")

    with monkeypatch.context() as patch:
        patch.setattr(Family, "tell_parent_outputs", fail)
        await platform.handle(run).signal("event", {"name": "go", "payload": 1})

        async def problem() -> Any:
            return (await platform.row(run)).problem

        found = await eventually(problem, seconds=40)
    assert found["code"] == "WORKFLOW_TASK_FAILS"
    assert "A bad deploy." in found["message"]
    assert "WorkflowTaskFailed" in found["cause"]
    assert found["since"] == found["at"]
    record = await platform.end_of(run, seconds=40)
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"out": [1]})
    assert (await platform.row(run)).problem is None


async def test_a_cancel_ends_a_run_that_cannot_hear_of_it_because_its_tasks_fail(platform: Platform, monkeypatch):
    run = await parked(platform, a_listener())

    def fail(_family: Family) -> None:
        raise RuntimeError("A bad deploy.")

    monkeypatch.setattr(Family, "tell_parent_outputs", fail)
    async with platform.without_loops():
        await platform.handle(run).signal("event", {"name": "go", "payload": 1})
        await platform.cancel(run, "It hangs.")
        reconciler = Reconciler(platform.tools, cancel_seconds=0)

        async def is_over() -> bool:
            await reconciler.go_round(age_seconds=0)
            return (await platform.row(run)).is_over

        await eventually(is_over, seconds=40, pause_seconds=0.5)
    assert (await platform.row(run)).error == {"code": "CANCELLED", "message": "It hangs."}
    assert await is_closed(platform, run)


# Rows and workflows that do not match


async def test_a_workflow_without_a_row_is_ended_and_one_that_has_a_row_is_not(platform: Platform):
    lost, kept = await parked(platform, a_timer()), await parked(platform, a_timer())
    async with platform.without_loops():
        await platform.sql("DELETE FROM runs WHERE id = :id", id=lost.id)
        await Reconciler(platform.tools, orphan_seconds=60).go_round(age_seconds=0)
        assert not await is_closed(platform, lost)
        await Reconciler(platform.tools, orphan_seconds=0).go_round(age_seconds=0)
        assert await is_closed(platform, lost)
        assert not await is_closed(platform, kept)
    await platform.cancel(kept)
    await platform.end_of(kept)


async def test_a_run_that_completed_and_whose_rows_are_of_before_is_marked_as_lost(platform: Platform):
    run = await platform.submit(
        make_graph({"pass": (Pass, {"value": 1}), "out": an_output()}, ["pass.value -> out.value"])
    )
    await platform.end_of(run)
    await eventually(lambda: is_closed(platform, run))
    async with platform.without_loops():
        await platform.sql(
            "UPDATE runs SET status = 'RUNNING', ended_at = NULL, stats = NULL WHERE id = :id", id=run.id
        )
        assert await Reconciler(platform.tools).go_round(age_seconds=0) == 1
    row = await platform.row(run)
    assert row.error is not None
    assert (row.status, row.error["code"]) == ("FAILED", "LOST")


async def test_a_node_whose_input_is_in_the_ledger_no_more_fails_in_words(platform: Platform):
    # Large: it does not travel, so the node reads it from the ledger.
    nodes = {"first": (Pass, {"value": "x" * 5_000}), "l": (Listen, {"event": "go"}), "join": (Pass, {"key": "lost"})}
    links = ["first.value -> join.value", "l.payload -> join.key"]
    run = await parked(platform, make_graph(nodes, links, on_node_error="fail"))
    first = "FROM node_executions n WHERE n.run_id = :id AND n.node_id = 'first' AND n.status = 'COMPLETED'"
    await eventually(lambda: platform.sql(f"SELECT 1 {first}", id=run.id))
    await platform.sql(
        f"DELETE FROM emissions WHERE run_id = :id AND execution = (SELECT execution {first})", id=run.id
    )
    await platform.handle(run).signal("event", {"name": "go", "payload": "lost"})
    record = await platform.end_of(run)
    (node,) = executions_of(record, "join")
    assert (record["status"], node["status"], node["error"]["code"]) == ("FAILED", "FAILED", "LOST")
    assert CALLS["lost"] == 0


async def test_a_run_that_completed_without_all_its_rows_says_so(platform: Platform):
    nodes = {"pass": (Pass, {"value": 1}), "l": (Listen, {"event": "go"}), "out": an_output()}
    run = await parked(platform, make_graph(nodes, ["l.payload -> out.value"]))
    done = "SELECT 1 FROM node_executions WHERE run_id = :id AND node_id = 'pass' AND status = 'COMPLETED'"
    await eventually(lambda: platform.sql(done, id=run.id))
    await platform.sql("DELETE FROM node_executions WHERE run_id = :id AND node_id = 'pass'", id=run.id)
    await platform.handle(run).signal("event", {"name": "go", "payload": 1})
    await platform.end_of(run)
    problem = (await platform.row(run)).problem
    assert problem is not None
    assert problem["code"] == "LOST"


# What a round costs


class Counting(Interceptor):
    """Counts what a client asks for."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        asked = self.asked

        class Outbound(OutboundInterceptor):
            async def describe_workflow(self, input: Any) -> Any:
                asked["describe"] += 1
                return await super().describe_workflow(input)

            def list_workflows(self, input: Any) -> Any:
                asked["list"] += 1
                return super().list_workflows(input)

        return Outbound(next)


async def test_a_round_over_many_open_runs_asks_twice_and_not_once_for_each(platform: Platform):
    runs = [await platform.submit(a_timer()) for _ in range(40)]
    for run in runs:
        await platform.until(run, "RUNNING")
    counting = Counting()
    config = platform.client.config()
    config["interceptors"] = [counting]
    own = platform.tools.client
    platform.tools.client = Client(**config)
    try:
        async with platform.without_loops():
            counting.asked.clear()
            await Reconciler(platform.tools).go_round(age_seconds=0)
    finally:
        platform.tools.client = own
    assert counting.asked == {"list": 2}
    for run in runs:
        await platform.cancel(run)
    for run in runs:
        await platform.end_of(run)
