"""Sensitive blocks where their agent asks first: nothing is done before people approve what will be done."""

from __future__ import annotations

from typing import Any

from schema.graph import Graph
from tests.durable.approval_blocks import Deed
from tests.durable.asking import asked, decide, pending
from tests.durable.blocks import CALLS
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.platform import Platform, executions_of
from tests.durable.test_orders import give
from tests.durable.waiting import eventually

SAFE = {"sensitive_action_safe_mode": True}


def a_deed(key: str, constants: dict[str, Any] | None = None, **fields: Any) -> Graph:
    """Give an agent that does a deed, of which a part comes by a path of a dynamic pin."""
    nodes = {
        "in": an_input("part"),
        "deed": (Deed, {"what": "send", "token": "hush", "key": key, **(constants or {})}),
        "done": an_output("done"),
        "steps": an_output("steps"),
    }
    links = ["in.result -> deed.extra_#_part", "deed.done -> done.value", "deed.steps -> steps.value"]
    if fields.pop("is_handled", False):
        nodes["failed"], links = an_output("failed"), [*links, "deed.error -> failed.value"]
    return make_graph(nodes, links, **{"settings": SAFE, **fields})


async def test_nothing_is_done_before_it_is_approved_and_its_block_does_not_notice(platform: Platform):
    run = await platform.submit(a_deed("approved deed"), {"part": "of it"})
    (approval,) = await pending(platform, run)
    await platform.until(run, "REVIEW")
    assert CALLS["approved deed"] == 0
    assert (approval.kind, approval.title, approval.is_editable) == ("inputs", "May Deed run?", True)
    shown = {"what": "send", "times": 1, "extra": {"part": "of it"}, "key": "approved deed", "failures": 0}
    assert {**approval.data["value"]} == {key: value for key, value in shown.items() if key in approval.data["value"]}
    assert "hush" not in str(approval), "a secret is shown"
    assert approval.form is not None
    assert "token" not in approval.form["properties"]
    await decide(platform, approval)
    record = await platform.end_of(run)
    assert record["outputs"] == {"done": ["send x1 {'part': 'of it'}"], "steps": [[1]]}
    assert (CALLS["approved deed"], len(await asked(platform, run))) == (1, 1)
    assert (approval.deadline, approval.seconds_left, approval.held_steps) == (None, None, [0])


async def test_inputs_are_run_as_they_were_edited(platform: Platform):
    run = await platform.submit(a_deed("edited deed"), {"part": "of it"})
    (approval,) = await pending(platform, run)
    edited = {**approval.data["value"], "what": "keep", "times": 3, "extra": {"other": 1}}
    await decide(platform, approval, data=edited)
    record = await platform.end_of(run)
    assert record["outputs"] == {"done": ["keep x3 {'other': 1}"], "steps": [[1]]}
    (row,) = executions_of(record, "deed")
    assert (row["input_data"]["what"], row["input_data"]["extra"]) == ("keep", {"other": 1})


async def test_what_is_rejected_is_not_done_and_fails_with_the_reason(platform: Platform):
    run = await platform.submit(a_deed("rejected deed", is_handled=True), {"part": 1})
    (approval,) = await pending(platform, run)
    await decide(platform, approval, approve=False, comment="Not today.")
    record = await platform.end_of(run)
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"failed": ["It was rejected: Not today."]})
    (row,) = executions_of(record, "deed")
    assert (row["status"], row["error"]["code"]) == ("FAILED", "APPROVAL_REJECTED")
    assert CALLS["rejected deed"] == 0


async def test_what_an_operator_has_run_anew_is_asked_for_anew(platform: Platform):
    run = await platform.submit(a_deed("anew", on_node_error="hold"), {"part": 1})
    (approval,) = await pending(platform, run)
    await decide(platform, approval, approve=False)
    await platform.until(run, "PAUSED")
    await give(platform, run, "edit", {"what": "mended"}, execution=approval.execution)
    (again,) = await pending(platform, run)
    assert again.data["value"]["what"] == "mended"
    assert CALLS["anew"] == 0
    await decide(platform, again)
    assert (await platform.end_of(run))["outputs"] == {"done": ["mended x1 {'part': 1}"], "steps": [[1]]}


async def test_a_deed_that_is_tried_again_by_its_own_policy_is_not_asked_for_again(platform: Platform):
    run = await platform.submit(a_deed("tried again", {"failures": 1}), {"part": 1})
    (approval,) = await pending(platform, run)
    async with platform.asleep():
        await decide(platform, approval)
    record = await platform.end_of(run, seconds=60)
    assert (record["outputs"]["steps"], CALLS["tried again"], len(await asked(platform, run))) == ([[1]], 2, 1)


async def test_an_agent_without_the_setting_asks_nobody(platform: Platform):
    for settings in (None, {"sensitive_action_safe_mode": False}, {"sensitive_action_safe_mode": None}):
        run = await platform.submit(a_deed("unasked", settings=settings), {"part": 1})
        assert (await platform.end_of(run))["outputs"]["steps"] == [[1]]
        assert await asked(platform, run) == []


async def test_a_deed_of_a_run_that_is_cancelled_is_never_done(platform: Platform):
    run = await platform.submit(a_deed("never done"), {"part": 1})
    await pending(platform, run)
    await platform.cancel(run)
    await platform.end_of(run)
    await eventually(lambda: _is_cancelled(platform, run))
    assert CALLS["never done"] == 0


async def _is_cancelled(platform: Platform, run: Any) -> bool:
    return [one.status for one in await asked(platform, run)] == ["CANCELLED"]
