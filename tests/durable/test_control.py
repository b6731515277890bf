"""Cancelling, idempotency, the outbox and the reconciler: what a run does when somebody outside interferes."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from activities.starter import EAGER_MAX, Starter
from blocks.library.time_blocks import CountdownTimer
from schema.db.entries import ExecutionEntry
from schema.db.ledger import fence_of
from schema.db.runs import Run
from schema.errors import Conflict
from tests.durable.blocks import CALLS, GATES, Gate, Pass
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.platform import Platform, executions_of
from tests.durable.waiting import eventually


def a_gate(gate: str):
    return make_graph({"gate": (Gate, {"gate": gate}), "out": an_output()}, ["gate.value -> out.value"])


def an_echo(key: str = "echo"):
    nodes = {"in": an_input("x"), "pass": (Pass, {"key": key}), "out": an_output()}
    return make_graph(nodes, ["in.result -> pass.value", "pass.value -> out.value"])


async def begun(platform: Platform, gate: str):
    """Submit a run and wait until its node runs."""
    run = await platform.submit(a_gate(gate))
    await eventually(lambda: CALLS[gate])
    return run


async def is_closed(platform: Platform, run: Run) -> bool:
    return (await platform.describe(run)).status is not WorkflowExecutionStatus.RUNNING


# Cancel


async def test_cancel_ends_a_run_while_its_node_runs_and_nothing_is_written_afterwards(platform: Platform):
    run = await begun(platform, "cancelled")
    await eventually(lambda: is_announced(platform, run))
    begun_at = monotonic()
    assert await platform.cancel(run, "Enough of it.")
    record = await platform.end_of(run, seconds=10)
    assert monotonic() - begun_at < 5
    assert (record["status"], record["error"]) == ("TERMINATED", {"code": "CANCELLED", "message": "Enough of it."})
    (node,) = executions_of(record, "gate")
    assert node["status"] == "TERMINATED"
    GATES["cancelled"].set()
    owned, _ = await platform.tools.ledger.write(run.id, [a_late_entry(node, run)])
    assert owned == frozenset()
    await eventually(lambda: is_closed(platform, run))
    assert await platform.record(run) == record


async def is_announced(platform: Platform, run: Run) -> bool:
    """Say whether a node's row is there: one that runs for long writes it before it is over."""
    return bool((await platform.record(run))["node_executions"])


def a_late_entry(node: dict[str, Any], run: Run) -> ExecutionEntry:
    """Give what a partitioned worker might still try to write."""
    return ExecutionEntry(
        execution=node["execution"],
        node_id=node["node_id"],
        block_id=node["block_id"],
        ordinal=node["ordinal"],
        status="COMPLETED",
        step=0,
        fence=fence_of(9, 9),
        inputs={},
        started_at=run.created_at,
    )


async def test_a_second_cancel_and_a_cancel_after_the_end_change_nothing(platform: Platform):
    run = await begun(platform, "twice")
    assert await platform.cancel(run, "first")
    await platform.cancel(run, "second")
    record = await platform.end_of(run)
    assert record["error"]["message"] == "first"
    assert await platform.cancel(run, "third") is False
    assert await platform.record(run) == record
    done = await platform.submit(an_echo(), {"x": 1})
    record = await platform.end_of(done)
    assert await platform.cancel(done) is False
    assert await platform.record(done) == record
    assert record["status"] == "COMPLETED"


async def test_a_cancel_that_nobody_could_hear_counts_as_soon_as_a_worker_works(platform: Platform):
    # A node that waits on a timer: one that runs would be waited for when its worker stops.
    run = await platform.submit(make_graph({"timer": (CountdownTimer, {"hours": 1})}))
    await eventually(lambda: is_announced(platform, run))
    async with platform.asleep():
        assert await platform.cancel(run)
        assert await platform.status(run) == "RUNNING"
    record = await platform.end_of(run, seconds=15)
    assert (record["status"], record["error"]["code"]) == ("TERMINATED", "CANCELLED")
    assert [row["status"] for row in record["node_executions"]] == ["TERMINATED"]


async def test_a_run_that_is_accepted_and_cancelled_while_nobody_works_ends_without_a_node(platform: Platform):
    async with platform.asleep():
        run = await platform.submit(an_echo("asleep"), {"x": 1})
        await platform.cancel(run)
    assert (await platform.end_of(run, seconds=15))["status"] == "TERMINATED"
    assert CALLS["asleep"] == 0


async def test_a_queued_run_that_is_cancelled_never_starts(platform: Platform):
    async with platform.without_loops():
        run = await platform.submit(an_echo("never started"), {"x": 1})
        assert await platform.cancel(run)
        assert await platform.status(run) == "QUEUED"
    record = await platform.end_of(run)
    assert (record["status"], record["node_executions"]) == ("TERMINATED", [])
    assert CALLS["never started"] == 0
    with pytest.raises(RPCError, match="not found"):
        await platform.describe(run)


async def test_a_run_that_does_not_end_keeps_back_nobody_elses_cancel(platform: Platform, monkeypatch):
    async with platform.asleep():
        starter = Starter(platform.tools)
        runs = [await platform.submit(an_echo("keeps back"), {"x": number}) for number in range(2)]
        await starter.look()
        await starter.look()
        for run in runs:
            assert await platform.cancel(run)
        monkeypatch.setattr("activities.starter.BATCH", 1)
        for _ in runs:
            await starter.look()
        for run in runs:
            kinds = [event.event_type async for event in platform.handle(run).fetch_history_events()]
            assert EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED in kinds
    for run in runs:
        assert (await platform.end_of(run))["status"] == "TERMINATED"
    assert CALLS["keeps back"] == 0


async def test_a_run_that_is_cancelled_in_temporal_is_terminated_here(platform: Platform):
    run = await begun(platform, "in temporal")
    await platform.handle(run).cancel()
    assert (await platform.end_of(run, seconds=10))["status"] == "TERMINATED"
    GATES["in temporal"].set()


# Idempotency


async def test_the_same_key_with_the_same_payload_is_the_same_run_also_at_the_same_moment(platform: Platform):
    graph = an_echo()
    runs = await asyncio.gather(*(platform.submit(graph, {"x": 1}, key="order 7") for _ in range(8)))
    assert len({run.id for run in runs}) == 1
    record = await platform.end_of(runs[0])
    assert record["outputs"] == {"out": [1]}
    assert (await platform.submit(graph, {"x": 1}, key="order 7")).id == runs[0].id


async def test_the_same_key_with_another_payload_is_a_conflict_that_names_the_run(platform: Platform):
    graph = an_echo()
    run = await platform.submit(graph, {"x": 1}, key="order 8")
    before = await platform.counts()
    with pytest.raises(Conflict, match="'order 8'") as refused:
        await platform.submit(graph, {"x": 2}, key="order 8")
    assert refused.value.fields["run_id"] == str(run.id)
    after = await platform.counts()
    assert after["runs"] == before["runs"]
    await platform.end_of(run)


# The outbox


async def test_a_run_that_was_accepted_while_no_starter_ran_is_started_later_once(platform: Platform):
    async with platform.without_loops():
        run = await platform.submit(an_echo("later"), {"x": 5})
        with pytest.raises(RPCError, match="not found"):
            await platform.describe(run)
    record = await platform.end_of(run)
    assert (record["outputs"], CALLS["later"]) == ({"out": [5]}, 1)


async def test_two_starters_start_each_run_once(platform: Platform):
    async with platform.without_loops():
        graph = an_echo("two starters")
        runs = [await platform.submit(graph, {"x": number}) for number in range(20)]
        assert platform.settings.database_url is not None
        starters = [Starter(platform.tools) for _ in range(2)]
        await asyncio.gather(*(starter.look() for starter in starters))
        records = [await platform.end_of(run) for run in runs]
    assert [record["outputs"]["out"] for record in records] == [[number] for number in range(20)]
    assert CALLS["two starters"] == 20
    rows = await platform.sql("SELECT start_attempts FROM runs WHERE id = ANY(:ids)", ids=[run.id for run in runs])
    assert [row.start_attempts for row in rows] == [1] * 20


async def test_a_row_whose_workflow_was_started_and_not_noted_is_not_run_twice(platform: Platform):
    """As when a starter dies between the two: the lease ends, and another one starts it again."""
    run = await begun(platform, "started before")
    await platform.sql(
        "UPDATE runs SET handed_over_at = NULL, start_after = now(), status = 'QUEUED' WHERE id = :id", id=run.id
    )

    async def is_noted() -> bool:
        return (await platform.row(run)).handed_over_at is not None

    await eventually(is_noted)
    GATES["started before"].set()
    record = await platform.end_of(run)
    assert (record["status"], CALLS["started before"]) == ("COMPLETED", 1)


async def test_the_first_task_of_a_run_comes_with_the_answer_unless_many_start_or_the_worker_is_of_a_version(
    platform: Platform,
):
    """A worker of a version would be handed runs that are to begin on another."""
    graph = an_echo("eager")
    async with platform.without_loops():
        for is_versioned in (True, False):
            run = await platform.submit(graph, {"x": 1})
            await Starter(platform.tools, is_versioned=is_versioned).look()
            assert await _is_eager(platform, run) is not is_versioned
        runs = [await platform.submit(graph, {"x": number}) for number in range(EAGER_MAX + 1)]
        await Starter(platform.tools).look()
        assert not any([await _is_eager(platform, run) for run in runs])
        for run in runs:
            await platform.end_of(run)


async def _is_eager(platform: Platform, run: Run) -> bool:
    async for event in platform.handle(run).fetch_history_events():
        return bool(event.workflow_execution_started_event_attributes.eager_execution_accepted)
    raise AssertionError


async def test_a_run_that_a_starter_left_behind_any_step_is_started_once_by_another(platform: Platform):
    async with platform.without_loops():
        graph = an_echo("left behind")
        claimed, sent = [await platform.submit(graph, {"x": number}) for number in range(2)]
        dead = Starter(platform.tools)
        await platform.tools.outbox.look(1, 1_000)  # It claimed one, and died before it sent it.
        await dead.look()  # It sent the other, and died before it noted that.
        await platform.end_of(sent)
        assert (await platform.row(claimed)).status == "QUEUED"
        await platform.sql("UPDATE runs SET start_after = now() WHERE status = 'QUEUED'")
        await Starter(platform.tools).look()
        await platform.end_of(claimed)
    assert CALLS["left behind"] == 2


# The reconciler


async def test_a_run_that_is_terminated_in_temporal_is_marked_within_ten_seconds(platform: Platform):
    run = await begun(platform, "terminated")
    await platform.until(run, "RUNNING")
    await platform.handle(run).terminate("by hand")
    record = await platform.end_of(run, seconds=10)
    assert (record["status"], record["error"]["code"]) == ("TERMINATED", "TERMINATED")
    assert {row["status"] for row in record["node_executions"]} <= {"TERMINATED"}
    GATES["terminated"].set()
    assert (await platform.runs.finish(run.id, "COMPLETED", None, {})) is False
    assert await platform.status(run) == "TERMINATED"
