"""Approvals in runs: what waits, what goes on, who wins, and what nobody's death, restart or delay can lose or double."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from schema.access import Role
from schema.db.deciding import AlreadyDecided
from schema.db.runs import Run
from schema.errors import Conflict, DrystoneError, InvalidValue, NotYours
from schema.graph import Graph
from schema.ids import new_id
from tests.durable.approval_blocks import AskTwice
from tests.durable.asking import an_ask, asked, asking, decide, pending
from tests.durable.blocks import CALLS, GATES, CountDown, Gate, Listen, Numbers, Pass
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.histories import chain_of
from tests.durable.platform import Platform, executions_of
from tests.durable.test_orders import give, outcome
from tests.durable.waiting import eventually
from workflows import graph_run
from workflows.names import RUN_STATUS

#: Fifty take 20 s and show no more.
RESTARTS = 5


async def test_a_run_shows_review_when_nothing_else_moves_and_running_while_something_does(platform: Platform):
    nodes = {
        "ask": an_ask(),
        "gate": (Gate, {"gate": "beside"}),
        "then": (Pass, {"key": "beside then"}),
        "out": an_output(),
    }
    run = await platform.submit(
        make_graph(nodes, ["ask.approved_data -> out.value", "gate.value -> then.value", "then.value -> out.value"])
    )
    (approval,) = await pending(platform, run)
    await eventually(lambda: CALLS["beside"])
    await platform.until(run, "RUNNING")
    GATES["beside"].set()
    await platform.until(run, "REVIEW")
    assert CALLS["beside then"] == 1, "the other branch did not go on"
    await eventually(lambda: holds_no_worker(platform, run))
    described = await platform.describe(run)
    attributes = described.raw_description.workflow_execution_info.search_attributes.indexed_fields
    assert attributes[RUN_STATUS].data == b'"REVIEW"'
    (row,) = executions_of(await platform.record(run), "ask")
    assert row["status"] == "REVIEW"
    (waits,) = await platform.sql(
        "SELECT waits_for FROM node_executions WHERE run_id = :id AND status = 'REVIEW'", id=run.id
    )
    assert (waits.waits_for["kind"], waits.waits_for["approval_id"]) == ("answer", str(approval.id))
    await decide(platform, approval)
    record = await platform.end_of(run)
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"out": ["opened", "draft"]})
    (history,) = await chain_of(platform, run)
    assert not any(event.HasField("timer_started_event_attributes") for event in history.events), "it has no deadline"
    steps = [event for event in history.events if event.HasField("activity_task_scheduled_event_attributes")]
    assert sum("HumanInTheLoop" in event.activity_task_scheduled_event_attributes.activity_id for event in steps) == 2


async def test_what_is_approved_is_given_as_it_was_edited_and_what_is_rejected_as_it_came(platform: Platform):
    yes, no = await platform.submit(asking()), await platform.submit(asking())
    (first,), (second,) = await pending(platform, yes), await pending(platform, no)
    await decide(platform, first, data="final", comment="Better so.")
    await decide(platform, second, approve=False)
    assert (await platform.end_of(yes))["outputs"] == {"approved": ["final"], "message": ["Better so."]}
    assert (await platform.end_of(no))["outputs"] == {"rejected": ["draft"], "message": [""]}


async def test_each_value_of_a_stream_is_asked_for_by_itself(platform: Platform):
    nodes = {"numbers": (Numbers, {"count": 3}), "ask": an_ask(), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["numbers.number -> ask.data", "ask.approved_data -> out.value"]))
    for approval in reversed(await pending(platform, run, 3)):
        await decide(platform, approval, data=approval.data["value"] * 10)
    assert (await platform.end_of(run))["outputs"] == {"out": [0, 10, 20]}


async def test_what_is_decided_while_nobody_works_counts_when_somebody_does(platform: Platform):
    run = await platform.submit(asking())
    (approval,) = await pending(platform, run)
    async with platform.asleep():
        await decide(platform, approval, data="decided asleep")
        assert await platform.status(run) != "COMPLETED"
    record = await platform.end_of(run, seconds=60)
    assert record["outputs"]["approved"] == ["decided asleep"]


async def holds_no_worker(platform: Platform, run: Run) -> bool:
    """Say whether no activity is open: a moment after the status was told, its telling may be."""
    return not (await platform.describe(run)).raw_description.pending_activities


async def test_a_run_waits_through_many_restarts_of_everything_that_works(platform: Platform):
    """Each time it is woken for nothing, so that whoever works then has it in hand, finds nobody has decided, and parks it."""
    run = await platform.submit(asking(timeout_seconds=90 * 86_400))
    (approval,) = await pending(platform, run)
    await platform.until(run, "REVIEW")
    for count in range(1, RESTARTS + 1):
        async with platform.asleep():
            await platform.handle(run).signal("wake", [approval.execution, []])
        await eventually(lambda wanted=count: _has_held(platform, run, wanted), seconds=60)
    await platform.until(run, "REVIEW")
    await eventually(lambda: holds_no_worker(platform, run))
    await decide(platform, approval)
    assert (await platform.end_of(run, seconds=60))["outputs"]["approved"] == ["draft"]
    (history,) = await chain_of(platform, run)
    timers = [event for event in history.events if event.HasField("timer_started_event_attributes")]
    assert all(b"waits for an answer" in timer.user_metadata.summary.data for timer in timers)
    # What is left of the time is waited for each time, not the whole of it again: all of them end in the same moment.
    ends = [
        timer.event_time.seconds + timer.timer_started_event_attributes.start_to_fire_timeout.seconds
        for timer in timers
    ]
    assert len(timers) > 1
    assert max(ends) - min(ends) < 10


async def test_of_twenty_decisions_at_once_one_wins_and_the_others_are_told_who_did(platform: Platform):
    run = await platform.submit(asking())
    (approval,) = await pending(platform, run)
    words = [decide(platform, approval, approve=bool(i % 2), comment=str(i)) for i in range(20)]
    results = await asyncio.gather(*words, return_exceptions=True)
    won = [result for result in results if not isinstance(result, BaseException)]
    lost = [result for result in results if isinstance(result, AlreadyDecided)]
    assert (len(won), len(lost)) == (1, 19)
    assert {error.fields["problems"][0]["code"] for error in lost} == {"ALREADY_DECIDED"}
    assert {error.record.decided_by for error in lost} == {won[0].decided_by}
    record = await platform.end_of(run)
    assert record["outputs"]["message"] == [won[0].comment]
    assert len(executions_of(record, "ask")) == 1
    rows = await platform.sql("SELECT count(*) AS n FROM run_orders WHERE run_id = :id", id=run.id)
    assert rows[0].n == 1


async def test_the_same_word_again_changes_nothing_and_another_is_refused(platform: Platform):
    run, ann = await platform.submit(asking()), new_id()
    (approval,) = await pending(platform, run)
    first = await decide(platform, approval, person=ann, data="x")
    again = await decide(platform, approval, person=ann, data="x")
    assert (first.decided_at, first.status) == (again.decided_at, again.status)
    with pytest.raises(AlreadyDecided):
        await decide(platform, approval, person=ann, approve=False)
    with pytest.raises(AlreadyDecided):
        await decide(platform, approval, person=ann, data="y")
    assert (await platform.end_of(run))["outputs"]["approved"] == ["x"]


async def test_as_many_as_are_needed_approve_the_same_and_one_rejects(platform: Platform):
    run, other = [await platform.submit(asking(needed=2)) for _ in range(2)]
    (approval,), (second,) = await pending(platform, run), await pending(platform, other)
    ann = new_id()
    assert (await decide(platform, approval, person=ann, data="edited")).status == "PENDING"
    assert (await decide(platform, approval, person=ann, data="edited")).status == "PENDING", "nobody counts twice"
    with pytest.raises(Conflict, match="nobody decides twice"):
        await decide(platform, approval, person=ann, approve=False)
    with pytest.raises(Conflict, match="Others approved other data"):
        await decide(platform, approval, data="draft")
    await decide(platform, second)
    assert (await decide(platform, second, approve=False)).status == "REJECTED"
    assert (await decide(platform, approval)).status == "APPROVED"
    assert (await platform.end_of(run))["outputs"]["approved"] == ["edited"]
    assert (await platform.end_of(other))["outputs"]["rejected"] == ["draft"]


async def test_only_the_roles_that_are_named_decide_and_only_data_that_fits_is_taken(platform: Platform):
    form = {"type": "object", "properties": {"amount": {"type": "integer", "maximum": 10}}, "required": ["amount"]}
    run = await platform.submit(asking(data={"amount": 5}, roles=["admin"], form=form))
    fixed = await platform.submit(asking(data={"a": 1, "b": 2.0}, editable=False))
    (approval,), (uneditable,) = await pending(platform, run), await pending(platform, fixed)
    for role in (Role.OWNER, Role.OPERATOR, Role.VIEWER):
        with pytest.raises(NotYours):
            await decide(platform, approval, role=role)
    for data in ({"amount": 11}, {"amount": "5"}, {}, "5"):
        with pytest.raises(InvalidValue):
            await decide(platform, approval, role=Role.ADMIN, data=data)
    with pytest.raises(InvalidValue, match="leave `data` out"):
        await decide(platform, approval, role=Role.ADMIN, approve=False, data={"amount": 6})
    with pytest.raises(InvalidValue, match="cannot be edited"):
        await decide(platform, uneditable, data={"a": 1, "b": True})
    await decide(platform, approval, role=Role.ADMIN, data={"amount": 10})
    # What is not edited fits, whatever the order of its keys and whatever became of 2.0 in a browser.
    await decide(platform, uneditable, data={"b": 2, "a": 1})
    assert (await platform.end_of(run))["outputs"]["approved"] == [{"amount": 10}]
    assert (await platform.end_of(fixed))["outputs"]["approved"] == [{"a": 1, "b": 2.0}]


@pytest.mark.parametrize(
    "constants",
    [
        {"roles": ["VIEWER"]},
        {"roles": ["KING"]},
        {"form": {"$ref": "http://127.0.0.1:1/form.json"}},
        {"on_timeout": "escalate", "timeout_seconds": 5},
        {"on_timeout": "escalate", "escalate_roles": ["ADMIN"]},
    ],
    ids=["may not decide", "no role", "form elsewhere", "to nobody", "never"],
)
async def test_what_cannot_be_asked_fails_the_node_with_the_reason(platform: Platform, constants: dict[str, Any]):
    record = await platform.run(asking(**constants))
    (row,) = executions_of(record, "ask")
    assert (row["status"], row["error"]["code"]) == ("FAILED", "INVALID_INPUT")


# Time


async def test_a_deadline_fails_approves_or_rejects_as_the_node_says(platform: Platform):
    wanted = {
        "fail": {"error": ["Nobody decided in time."]},
        "approve": {"approved": ["draft"], "message": ["Nobody decided in time."]},
        "reject": {"rejected": ["draft"], "message": ["Nobody decided in time."]},
    }
    runs = {word: await platform.submit(asking(timeout_seconds=1, on_timeout=word)) for word in wanted}
    for word, run in runs.items():
        assert (await platform.end_of(run))["outputs"] == wanted[word], word
    (row,) = executions_of(await platform.record(runs["fail"]), "ask")
    assert row["error"]["code"] == "APPROVAL_TIMED_OUT"
    statuses = [(await asked(platform, run))[0].status for run in runs.values()]
    assert statuses == ["TIMED_OUT", "APPROVED", "REJECTED"]


def escalating(**more: Any) -> Graph:
    return asking(timeout_seconds=1.5, on_timeout="escalate", roles=["OPERATOR"], escalate_roles=["ADMIN"], **more)


async def test_an_approval_is_escalated_once_to_others_for_as_long_again(platform: Platform):
    run, left = await platform.submit(escalating()), await platform.submit(escalating())

    async def is_escalated() -> Any:
        found = await asked(platform, run)
        return found[0] if found and found[0].is_escalated else None

    approval = await eventually(is_escalated)
    with pytest.raises(NotYours):
        await decide(platform, approval, role=Role.OPERATOR)
    await decide(platform, approval, role=Role.ADMIN)
    assert (await platform.end_of(run))["outputs"]["approved"] == ["draft"]
    record = await platform.end_of(left)
    assert record["outputs"] == {"error": ["Nobody decided in time."]}
    (last,) = await asked(platform, left)
    assert last.deadline is not None
    assert (last.deadline - last.created_at).total_seconds() >= 3


async def test_a_decision_and_the_deadline_at_once_count_once(platform: Platform):
    """Nobody works when the time is over: the timer and the answer reach the workflow in the same moment."""
    run = await platform.submit(asking(timeout_seconds=1, on_timeout="reject"))
    (approval,) = await pending(platform, run)
    async with platform.asleep():

        async def has_passed() -> bool:
            return (await asked(platform, run))[0].seconds_left == 0

        await eventually(has_passed)
        await decide(platform, approval, comment="Just in time.")
    record = await platform.end_of(run, seconds=60)
    assert record["outputs"] == {"approved": ["draft"], "message": ["Just in time."]}
    late = await platform.submit(asking(timeout_seconds=1, on_timeout="reject"))
    await platform.end_of(late)
    with pytest.raises(AlreadyDecided, match="rejected at"):
        await decide(platform, (await asked(platform, late))[0])


async def test_steps_of_a_block_are_its_own_however_often_it_was_woken(platform: Platform):
    nodes = {"ask": (AskTwice, {"seconds": 600}), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["ask.answers -> out.value"]))
    (first,) = await pending(platform, run)
    for _ in range(3):
        # Woken for nothing: it looks, and waits on.
        await platform.handle(run).signal("wake", [1, []])
    await eventually(lambda: _has_held(platform, run, 2))
    await decide(platform, first, data={"number": "one"})

    async def second() -> Any:
        return next((one for one in await asked(platform, run) if one.title == "Question 1"), None)

    await decide(platform, await eventually(second), approve=False, comment="No.")
    record = await platform.end_of(run)
    assert record["outputs"] == {"out": [[1, "APPROVED", {"number": "one"}, ""], [2, "REJECTED", {"number": 1}, "No."]]}


async def _has_held(platform: Platform, run: Run, count: int) -> bool:
    return len((await asked(platform, run))[0].held_steps) >= count


async def test_an_answer_for_a_wait_that_is_over_wakes_nobody(platform: Platform):
    nodes = {"l": (Listen, {"event": "go", "key": "not woken"}), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["l.payload -> out.value"]))
    await eventually(lambda: platform.sql("SELECT 1 FROM node_executions WHERE run_id = :id", id=run.id))
    number = await give(platform, run, "answer", execution=1, approval=str(new_id()))
    await outcome(platform, run, number)
    await give(platform, run, "event", "came", name="go")
    assert (await platform.end_of(run))["outputs"] == {"out": ["came"]}
    assert CALLS["not woken"] == 1


# Ends


async def test_what_a_run_asked_that_was_cancelled_is_cancelled_and_decided_no_more(platform: Platform):
    run = await platform.submit(asking())
    (approval,) = await pending(platform, run)
    await platform.cancel(run)
    assert (await platform.end_of(run))["status"] == "TERMINATED"
    assert [one.status for one in await asked(platform, run)] == ["CANCELLED"]
    with pytest.raises(AlreadyDecided, match="asked no more") as refused:
        await decide(platform, approval)
    assert refused.value.fields["problems"][0]["code"] == "CANCELLED"


async def test_what_a_node_asked_that_an_operator_skipped_is_cancelled(platform: Platform):
    nodes = {"ask": an_ask(), "gate": (Gate, {"gate": "after the skip"}), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["ask.approved_data -> gate.value", "gate.value -> out.value"]))
    (approval,) = await pending(platform, run)
    await give(platform, run, "skip", {"approved_data": ["by an operator"]}, execution=approval.execution)
    await eventually(lambda: CALLS["after the skip"])
    assert [one.status for one in await asked(platform, run)] == ["CANCELLED"], "the run goes on"
    with pytest.raises(DrystoneError, match="asked no more"):
        await decide(platform, approval)
    GATES["after the skip"].set()
    assert (await platform.end_of(run))["outputs"] == {"out": ["by an operator"]}


async def test_a_run_continues_as_new_while_it_asks_and_the_answer_finds_it(platform: Platform, monkeypatch):
    monkeypatch.setattr(graph_run, "EVENTS_BUDGET", 60)
    nodes = {"in": an_input("start"), "count": CountDown, "ask": an_ask(timeout_seconds=3600), "out": an_output()}
    links = ["in.result -> count.number", "count.again -> count.number", "ask.approved_data -> out.value"]
    run = await platform.submit(make_graph(nodes, links), {"start": 25})
    (approval,) = await pending(platform, run)
    await platform.until(run, "REVIEW", seconds=60)
    assert len(await chain_of(platform, run)) > 1, "it did not continue as new"
    await decide(platform, approval)
    record = await platform.end_of(run)
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"out": ["draft"]})
    assert len(executions_of(record, "ask")) == 1
    with pytest.raises(AlreadyDecided):
        await decide(platform, approval)


async def test_an_agent_that_does_not_wait_for_people_takes_all_for_approved(platform: Platform):
    graph = asking().model_copy(update={})
    document = {**graph.model_dump(mode="json", exclude_unset=True), "settings": {"human_in_the_loop_safe_mode": False}}
    run = await platform.submit(Graph.model_validate(document))
    assert (await platform.end_of(run))["outputs"] == {"approved": ["draft"], "message": [""]}
    assert await asked(platform, run) == []
