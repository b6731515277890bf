"""Runs whose payloads are sealed: Temporal has no word of them, keys are turned under them, and what cannot be read ends none."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.common import RawValue

from deploy.codec import Ring, ring_of
from deploy.roles import BESIDE_BLOCKS, Role
from schema.db.runs import Run
from schema.errors import PayloadUnread
from schema.graph import Graph
from schema.ids import workflow_id
from tests.codec.keys import ONE, OTHER
from tests.durable.blocks import Fail, Pass
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.histories import chain_of
from tests.durable.platform import Platform, executions_of
from tests.durable.sealing import beside, sealed
from tests.durable.test_signals import failed_tasks, waiting, waits
from tests.durable.waiting import eventually

OLD, NEW = f"old:{ONE}", f"new:{OTHER}"
EVENT = {"name": "go", "payload": "through"}


def talking(words: str) -> Graph:
    """Give an agent that takes words in, gives them on, and fails with them."""
    nodes: dict[str, Any] = {
        "in": an_input("topic"),
        "pass": Pass,
        "fail": (Fail, {"reason": words}),
        "out": an_output(),
    }
    return make_graph(nodes, ["in.result -> pass.value", "pass.value -> out.value"])


async def told(platform: Platform, run: Run) -> str:
    """Give the whole history of a run, with what is described of it."""
    description = await platform.describe(run)
    histories = [history.to_json() for history in await chain_of(platform, run)]
    return "\n".join([*histories, str(description.raw_description)])


async def is_problem_noted(platform: Platform, run: Run, text: str) -> bool:
    problem = (await platform.row(run)).problem
    return problem is not None and text in problem["message"]


def ring(platform: Platform) -> Ring:
    found = ring_of(platform.settings)
    assert found is not None
    return found


async def signal(platform: Platform, run: Run, payload: Payload) -> None:
    """Send an event whose payload is as it is given."""
    # By a client without keys: what it is given raw it sends as it is.
    handle = platform.tools.client.get_workflow_handle(workflow_id(run.id))
    await handle.signal("event", args=[RawValue(payload)])


async def test_temporal_has_no_word_of_a_sealed_run(platform: Platform) -> None:
    words = f"canary {secrets.token_hex(8)}"
    async with sealed(platform, OLD) as hidden:
        run = await hidden.submit(talking(words), {"topic": words})
        record = await hidden.end_of(run)
        assert record["outputs"] == {"out": [words]}
        assert words in str(record["node_executions"])
        assert words not in await told(hidden, run)
    open_run = await platform.submit(talking(words), {"topic": words})
    await platform.end_of(open_run)
    assert "Y2FuYXJ5" in await told(platform, open_run)  # The control: base64 of its first words.


@pytest.mark.long
async def test_sealing_is_switched_on_under_a_run_that_began_without(platform: Platform) -> None:
    run = await platform.submit(waiting())
    await waits(platform, run)
    async with sealed(platform, OLD) as strict:
        # What is not sealed is refused: the run waits, says why, and loses nothing.
        await platform.tools.client.get_workflow_handle(workflow_id(run.id)).signal("resume")
        await eventually(lambda: is_problem_noted(strict, run, "it is not sealed"), seconds=60)
        assert await strict.status(run) in ("RUNNING", "QUEUED")
    async with sealed(platform, OLD, codec_mode="sealing") as accepting:
        await accepting.handle(run).signal("event", EVENT)
        record = await accepting.end_of(run, seconds=90)
        assert (record["status"], record["outputs"]) == ("COMPLETED", {"out": ["through"]})


@pytest.mark.long
async def test_a_key_is_turned_under_a_run_and_one_that_is_missing_only_stops_it(platform: Platform) -> None:
    async with sealed(platform, OLD) as before:
        run = await before.submit(waiting())
        await waits(before, run)
    async with sealed(platform, NEW) as without:
        await without.handle(run).signal("resume")
        await eventually(lambda: is_problem_noted(without, run, "has not the key"), seconds=60)
    async with sealed(platform, f"{NEW},{OLD}") as after:
        await after.handle(run).signal("event", EVENT)
        record = await after.end_of(run, seconds=90)
        assert (record["status"], record["outputs"]) == ("COMPLETED", {"out": ["through"]})
        assert await failed_tasks(after, run) != []
        history = await told(after, run)
        assert "b2xkL" in history  # base64 of "old." and "new."
        assert "bmV3L" in history


async def test_a_signal_that_is_not_sealed_or_was_changed_or_copied_is_dropped_and_jams_nothing(
    platform: Platform,
) -> None:
    async with sealed(platform, OLD) as hidden:
        run, other = await hidden.submit(waiting()), await hidden.submit(waiting())
        await waits(hidden, run)
        await waits(hidden, other)
        keys, event = (
            ring(hidden),
            Payload(metadata={"encoding": b"json/plain"}, data=b'{"name": "go", "payload": "forged"}'),
        )
        copied = keys.seal(event, workflow_id(other.id))
        changed = keys.seal(event, workflow_id(run.id))
        changed.data = changed.data[:-1] + bytes([changed.data[-1] ^ 1])
        for payload in (event, copied, changed):
            await signal(platform, run, payload)
        await hidden.handle(run).signal("event", EVENT)
        record = await hidden.end_of(run, seconds=60)
        assert (record["status"], record["outputs"]) == ("COMPLETED", {"out": ["through"]})
        assert await failed_tasks(hidden, run) == []
        # The control: in the workflow that it is of, the copied one is heard.
        await signal(platform, other, copied)
        assert (await hidden.end_of(other, seconds=60))["outputs"] == {"out": ["forged"]}


async def test_a_node_whose_input_cannot_be_read_waits_for_the_key_and_has_lost_no_attempt(platform: Platform) -> None:
    async with platform.asleep(), beside(platform, f"{NEW},{OLD}", BESIDE_BLOCKS) as hidden:
        async with beside(platform, OLD, [Role.BLOCKS]):
            run = await hidden.submit(talking("words"), {"topic": "words"})
            await hidden.until(run, "RUNNING")
            failure = await eventually(lambda: failure_of_a_node(hidden, run), seconds=60)
            assert failure.application_failure_info.type == PayloadUnread.code
        async with beside(platform, NEW, [Role.BLOCKS]):
            record = await hidden.end_of(run, seconds=90)
        (row,) = executions_of(record, "pass")
        assert (row["status"], record["outputs"]) == ("COMPLETED", {"out": ["words"]})


async def failure_of_a_node(platform: Platform, run: Run) -> Failure | None:
    """Give the failure of a node's attempt that is tried for the third time at least."""
    pending = (await platform.describe(run)).raw_description.pending_activities
    return next((one.last_failure for one in pending if one.attempt >= 3), None)
