"""Timers are the workflow's own: nothing of a worker is held while a node waits."""

from __future__ import annotations

from time import monotonic

from blocks.library.time_blocks import CountdownTimer
from tests.durable.graphs import an_output, make_graph
from tests.durable.histories import chain_of
from tests.durable.platform import Platform, executions_of
from tests.durable.waiting import eventually


def a_timer(**constants):
    nodes = {"timer": (CountdownTimer, constants), "out": an_output()}
    return make_graph(nodes, ["timer.output_message -> out.value"])


async def test_a_timer_waits_with_no_activity_pending(platform: Platform):
    began_at = monotonic()
    run = await platform.submit(a_timer(input_message="up", seconds=2))

    async def has_timer() -> bool:
        if await platform.status(run) == "QUEUED":
            return False
        (history,) = await chain_of(platform, run)
        return any(event.HasField("timer_started_event_attributes") for event in history.events)

    await eventually(has_timer)
    assert list((await platform.describe(run)).raw_description.pending_activities) == []
    assert await platform.status(run) == "RUNNING"
    record = await platform.end_of(run)
    assert monotonic() - began_at >= 2
    assert record["outputs"] == {"out": ["up"]}
    (timer,) = executions_of(record, "timer")
    assert (timer["status"], timer["output_data"]) == ("COMPLETED", {"output_message": ["up"]})


async def test_a_timer_that_repeats_gives_its_message_each_time(platform: Platform):
    run = await platform.submit(a_timer(input_message="tick", seconds=1, repeat=3))
    record = await platform.end_of(run)
    assert record["outputs"] == {"out": ["tick"] * 3}
    assert len(executions_of(record, "timer")) == 1
    (history,) = await chain_of(platform, run)
    assert sum(event.HasField("timer_fired_event_attributes") for event in history.events) == 3


async def test_a_run_that_is_cancelled_while_it_waits_ends_at_once(platform: Platform):
    run = await platform.submit(a_timer(hours=1))
    await platform.until(run, "RUNNING")
    await platform.cancel(run)
    record = await platform.end_of(run, seconds=5)
    assert record["status"] == "TERMINATED"
    assert executions_of(record, "timer")[0]["status"] == "TERMINATED"
