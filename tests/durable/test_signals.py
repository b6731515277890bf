"""Signals by Temporal's own tools: the command line works as it is documented, and nothing that is sent jams a run."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType

from activities.events import refuse_unfit
from blocks.library.events import WaitForEvent
from schema.db.runs import Run
from schema.ids import LOCAL_TENANT, workflow_id
from tests.durable.blocks import CALLS, GATES, Gate, Numbers
from tests.durable.graphs import an_output, make_graph
from tests.durable.histories import chain_of, largest_payload, largest_state
from tests.durable.platform import Platform
from tests.durable.waiting import eventually
from workflows import graph_run
from workflows.engine import mailbox
from workflows.engine.events import Item

TEMPORAL = Path(sys.executable).with_name("temporal")
SIGNALS = ("order", "event", "pause", "resume", "wake", "emit")
ODD: tuple[list[Any], ...] = (
    [],
    [None],
    [{}],
    [[]],
    [[None, 1, "x", {}]],
    ["text", "more", "and more"],
    [[[1, 0, 1, [[0, 10**9]]]]],
    [[[[], {}, None, 1]]],
    [[[1, 0, 1, None], [2**70, "a", 1.5, [[{}, []]]], 7]],
    [[1, [["out", "x", None], ["end", -(10**40)], ["event"], 1]]],
    [[{}, []]],
    [[[1, "pause", {"key": {}, "reason": ["\x00"]}], [2, "limits", {"wall_seconds_max": 1e300}], [True, "skip", {}]]],
    [[[2**40, "event", {"name": "go"}], [None, "answer", {"execution": [], "approval": None}], "resume"]],
    [{"name": ["go"], "payload": 1}],
    [{"name": "n" * 5_000}],
    [{"name": "go\x00", "payload": "\x00"}],
    [{"name": "other", "payload": "\ud800"}],
    [{"name": "other", "payload": "x" * 50_000}],
)


def waiting(**constants: Any):
    nodes = {"wait": (WaitForEvent, {"event_name": "go", **constants}), "out": an_output()}
    return make_graph(nodes, ["wait.payload -> out.value"])


def counting(times: int, gate: str | None = None):
    """Give an agent that waits for the event `go` so many times; with a gate, once that is opened."""
    nodes: dict[str, Any] = {"wait": (WaitForEvent, {"event_name": "go"}), "out": an_output()}
    links = ["numbers.number -> wait.trigger", "wait.payload -> out.value"]
    if gate is None:
        return make_graph({**nodes, "numbers": (Numbers, {"count": times})}, links)
    nodes |= {"numbers": Numbers, "gate": (Gate, {"gate": gate, "value": times})}
    return make_graph(nodes, [*links, "gate.value -> numbers.count"])


async def waits(platform: Platform, run: Run, count: int = 1) -> None:
    """Wait until so many executions of a run wait for an event, in Temporal, too."""

    async def do_they() -> bool:
        found = await platform.sql(
            "SELECT count(*) AS rows FROM node_executions WHERE run_id = :id AND waits_for->>'kind' = 'event'",
            id=run.id,
        )
        return bool(found[0].rows >= count)

    await eventually(do_they, seconds=60)


async def command(platform: Platform, run: Run, name: str, *said: str) -> None:
    """Run Temporal's own command line, as an operator does."""
    settings = platform.settings
    process = await asyncio.create_subprocess_exec(
        str(TEMPORAL), "workflow", "signal", "--address", settings.temporal_address or "", "--namespace", platform.client.namespace,
        "--workflow-id", workflow_id(run.id), "--name", name, *said,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


async def failed_tasks(platform: Platform, run: Run) -> list[str]:
    """Give the failures of all workflow tasks of a run."""
    return [
        event.workflow_task_failed_event_attributes.failure.message
        for history in await chain_of(platform, run)
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    ]


async def test_temporals_command_line_sends_events_pauses_and_resumes(platform: Platform):
    run = await platform.submit(counting(2))
    await waits(platform, run, 2)
    await command(platform, run, "pause", "--input", '"Lunch."')
    await platform.until(run, "PAUSED", seconds=60)
    await command(platform, run, "event", "--input", '{"name": "go", "payload": {"a": [1, 2]}}')
    await command(platform, run, "resume")
    await command(platform, run, "event", "--input", '"go"', "--input", "3")
    record = await platform.end_of(run, seconds=60)
    assert sorted(record["outputs"]["out"], key=str) == [3, {"a": [1, 2]}]
    rows = await platform.sql(
        "SELECT number, source, outcome FROM run_orders WHERE run_id = :id ORDER BY number DESC", id=run.id
    )
    assert [tuple(row) for row in rows] == [(-1, "temporal", "APPLIED"), (-2, "temporal", "APPLIED")]
    (halt,) = (await platform.tools.halts.of_runs(run.tenant_id, [run.id], with_cleared=True, limit=9))[run.id]
    assert (halt.kind, halt.message[:6], halt.answer) == ("operator", "Lunch.", "resume")
    assert await failed_tasks(platform, run) == []


@pytest.mark.parametrize("name", SIGNALS)
async def test_no_signal_of_whatever_shape_jams_a_run(platform: Platform, name: str):
    run = await platform.submit(waiting())
    await waits(platform, run)
    handle = platform.handle(run)
    for said in ODD:
        await handle.signal(name, args=said)
    await handle.signal("nobody knows this", args=[1])
    await handle.signal("resume")
    await handle.signal("event", {"name": "go", "payload": "through"})
    record = await platform.end_of(run, seconds=60)
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"out": ["through"]})
    assert await failed_tasks(platform, run) == []


async def test_what_is_no_event_is_listed_with_the_reason(platform: Platform):
    run = await platform.submit(waiting())
    await waits(platform, run)
    for said in ([{"payload": 1}], [{"name": "go", "payload": "\x00"}], [{"name": "go", "payload": "x" * 20_000}]):
        await platform.handle(run).signal("event", args=said)
    await platform.handle(run).signal("event", {"name": "go"})
    await platform.end_of(run, seconds=60)
    rows = await platform.sql(
        "SELECT outcome, outcome_detail FROM run_orders WHERE run_id = :id ORDER BY number DESC", id=run.id
    )
    assert [row.outcome for row in rows] == ["REFUSED", "REFUSED", "REFUSED", "APPLIED"]
    assert "name" in rows[0].outcome_detail
    assert "NUL" in rows[1].outcome_detail
    assert "20002 bytes" in rows[2].outcome_detail


async def test_events_that_arrive_while_a_run_continues_as_new_are_each_given_once(platform: Platform, monkeypatch):
    monkeypatch.setattr(graph_run, "EVENTS_BUDGET", 60)
    run = await platform.submit(counting(60))
    await waits(platform, run)
    handle = platform.handle(run)
    for start in range(0, 60, 10):
        await asyncio.gather(*(handle.signal("event", args=["go", number]) for number in range(start, start + 10)))
    record = await platform.end_of(run, seconds=90)
    assert sorted(record["outputs"]["out"]) == list(range(60))
    assert len(await chain_of(platform, run)) >= 2
    assert await failed_tasks(platform, run) == []


async def test_a_flood_fills_the_mailbox_and_no_more(platform: Platform, monkeypatch):
    monkeypatch.setattr(mailbox, "MAIL_MAX", 100)
    gate = str(uuid4())
    run = await platform.submit(counting(3, gate))
    await eventually(lambda: CALLS[gate], seconds=60)
    handle, payload = platform.handle(run), "x" * 10_000
    for start in range(0, 300, 50):
        await asyncio.gather(*(handle.signal("event", args=["go", payload + str(n)]) for n in range(start, start + 50)))
    GATES[gate].set()
    record = await platform.end_of(run, seconds=90)
    assert [len(one) > 10_000 for one in record["outputs"]["out"]] == [True] * 3
    counts = await platform.sql(
        "SELECT outcome, count(*) AS rows FROM run_orders WHERE run_id = :id GROUP BY outcome", id=run.id
    )
    assert {row.outcome: row.rows for row in counts} == {"APPLIED": 3, "KEPT": 97, "REFUSED": 200}
    # What events carry travels once, in parts that Temporal takes, and not in the state.
    chain = await chain_of(platform, run)
    assert largest_payload(chain) < 600_000
    assert largest_state(chain) < 100_000
    assert await failed_tasks(platform, run) == []


async def test_an_event_that_was_refused_stays_refused_where_the_worker_dies_before_it_says_so(platform: Platform):
    run = await platform.submit(waiting(payload_schema={"type": "object"}))
    await waits(platform, run)
    # By Temporal itself: whoever sends it so is told by nobody that it does not fit.
    await platform.tools.client.get_workflow_handle(workflow_id(run.id)).signal("event", args=["go", "no object"])

    async def is_refused() -> bool:
        order = await platform.tools.orders.get(run.id, -1)
        return order is not None and order.outcome == "REFUSED"

    await eventually(is_refused, seconds=60)
    again = Item(1, 1, 1, 0, 0, True, [], [["event", -1]])
    refused = await refuse_unfit(platform.tools, LOCAL_TENANT, run.id, again)
    assert refused is not None
    assert refused.wait == ["event", "go", None]
    # Nor does it count what an operator said of the node before.
    later = Item(1, 1, 2, 0, 0, False, [], [["event", -1]], [["retry", 1]])
    assert await refuse_unfit(platform.tools, LOCAL_TENANT, run.id, later) is not None
    await platform.tools.client.get_workflow_handle(workflow_id(run.id)).signal("event", args=["go", {"fits": True}])
    assert (await platform.end_of(run, seconds=60))["outputs"] == {"out": [{"fits": True}]}
