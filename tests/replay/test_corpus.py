"""What is in the corpus: every case, in each history what it is there to try, and nothing of the machine; nothing is replayed."""

from __future__ import annotations

from collections import Counter

import pytest
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from tests.durable.histories import payloads_of
from tests.replay import corpus
from tests.replay.cases import CASES
from tests.replay.record import missing
from tests.tidy.test_files import places

#: Each history: how it ends, and what it has at least so often (`traits` says how they are called).
MEANT: dict[str, tuple[str, dict[str, int]]] = {
    "linear": ("completed", {"activity_task_completed": 4, "marker_recorded": 1}),
    "diamond": ("completed", {"activity_task_completed": 5, "most activities at once": 2}),
    "static": ("completed", {"activity PassBlock": 4, "most activities at once": 3}),
    "static_late": ("completed", {"activity PassBlock": 5, "most activities at once": 3}),
    "stream": ("completed", {"signal emit": 2, "activity AgentOutputBlock": 100}),
    "fan_out": ("completed", {"activity_task_completed": 62, "most activities at once": 50}),
    "cycle": ("completed", {"activity CountDownBlock": 8}),
    "error_branch": ("completed", {"activity_task_failed": 1, "activity project": 1}),
    "timer": ("completed", {"timer_started": 2, "timer_fired": 2}),
    "child": (
        "completed",
        {"start_child_workflow_execution_initiated": 1, "child_workflow_execution_completed": 1, "signal wake": 2},
    ),
    "child-inner": ("completed", {"signal_external_workflow_execution_initiated": 2}),
    "child_failed": ("completed", {"child_workflow_execution_failed": 1, "activity_task_failed": 1, "signal wake": 1}),
    "child_failed-inner": ("failed", {"activity_task_failed": 1, "signal_external_workflow_execution_initiated": 1}),
    "stop": ("failed", {"activity_task_failed": 1, "activity_task_cancel_requested": 1, "signal emit": 1}),
    "cancel": (
        "canceled",
        {
            "workflow_execution_cancel_requested": 1, "activity_task_cancel_requested": 1, "timer_started": 1,
            "request_cancel_external_workflow_execution_initiated": 1, "activity project": 1,
        },
    ),
    "cancel-inner": ("canceled", {"workflow_execution_cancel_requested": 1, "activity_task_cancel_requested": 1}),
    "continue_as_new-1": (
        "continued_as_new",
        {"suggestion": 1, "start_child_workflow_execution_initiated": 1, "activity_task_cancel_requested": 1},
    ),
    "continue_as_new-2": ("continued_as_new", {"suggestion": 1, "timer_started": 2, "timer_fired": 2}),
    "continue_as_new-3": ("completed", {"signal wake": 1}),
    "continue_as_new-inner": ("completed", {"signal_external_workflow_execution_initiated": 2}),
    "pause": ("completed", {"signal order": 3, "activity project": 4}),
    "hard_pause": ("completed", {"signal order": 2, "activity PatientBlock": 2, "activity_task_cancel_requested": 1}),
    "hold": ("completed", {"signal order": 4, "activity FlakyBlock": 2, "activity FailBlock": 5}),
    "limits": ("completed", {"signal order": 3, "timer_started": 2, "timer_fired": 1}),
    "events": ("completed", {"signal order": 2, "activity ListenBlock": 6, "timer_fired": 1}),
    "pause_of_a_parent": ("completed", {"signal order": 2, "signal_external_workflow_execution_initiated": 2}),
    "pause_of_a_parent-inner": ("completed", {"signal order": 2}),
    "continue_paused-1": ("continued_as_new", {"suggestion": 1, "signal order": 1}),
    "continue_paused-2": ("continued_as_new", {"suggestion": 1, "signal order": 1}),
    "continue_paused-3": ("completed", {"activity CountDownBlock": 1}),
    "budget-1": ("continued_as_new", {"event": 2_800, "activity CountDownBlock": 400}),
    "budget-2": ("completed", {"activity CountDownBlock": 1}),
    "rounds": ("completed", {"activity CallerBlock": 3, "activity_task_failed": 1, "most activities at once": 2}),
    "conversation": ("canceled", {"activity CallerBlock": 4, "activity PassBlock": 6, "activity project": 1}),
    "skipped_caller": ("completed", {"signal order": 1, "activity GateBlock": 2, "activity_task_cancel_requested": 1}),
    "continue_in_a_round-1": ("continued_as_new", {"suggestion": 1, "activity CallerBlock": 1, "activity GateBlock": 1}),
    "continue_in_a_round-2": ("continued_as_new", {"suggestion": 1, "activity GateBlock": 1}),
    "continue_in_a_round-3": ("completed", {"signal order": 1, "activity CallerBlock": 1}),
    "batches": ("completed", {"activity DripBlock": 3, "signal over": 1, "signal order": 1}),
    "fused_chain": ("completed", {"marker_recorded": 1}),
    "fused_stream": ("completed", {"marker_recorded": 1, "activity Region": 3}),
    "fused_arrivals": ("completed", {"activity Region": 3, "activity PassBlock": 13, "most activities at once": 12}),
    "fused_aside": ("completed", {"marker_recorded": 1, "activity LastTimeBlock": 1, "activity Region": 1}),
    "fused_unfit": (
        "completed",
        {"marker_recorded": 3, "activity Region": 1, "activity PureHostileBlock": 1, "activity_task_failed": 1},
    ),
    "fused_budget": ("completed", {"marker_recorded": 2, "activity Region": 1, "signal order": 1}),
    "fused_cancel": ("canceled", {"activity Region": 2, "activity_task_cancel_requested": 1, "marker_recorded": 1}),
    "fused_continue-1": ("continued_as_new", {"suggestion": 1, "marker_recorded": 2, "activity Region": 6}),
    "fused_continue-2": ("continued_as_new", {"suggestion": 1, "activity Region": 6, "activity PassBlock": 6}),
    "fused_continue-3": ("completed", {"marker_recorded": 1, "activity Region": 5, "activity PassBlock": 2}),
}  # fmt: skip
BYTES_MAX = 100 * 1024


def traits(history: WorkflowHistory) -> Counter[str]:
    """Count a history's kinds of events, its signals and activities by name, and what was scheduled by one workflow task."""
    found: Counter[str] = Counter(event=len(history.events))
    at_once: Counter[int] = Counter()
    for event in history.events:
        found.update(_traits_of(event))
        if event.HasField("activity_task_scheduled_event_attributes"):
            at_once[event.activity_task_scheduled_event_attributes.workflow_task_completed_event_id] += 1
    found["most activities at once"] = max(at_once.values(), default=0)
    return found


def _traits_of(event: HistoryEvent) -> list[str]:
    found = [kind_of(event)]
    if found[0] == "workflow_execution_signaled":
        found.append(f"signal {event.workflow_execution_signaled_event_attributes.signal_name}")
    elif found[0] == "activity_task_scheduled":
        found.append(f"activity {event.activity_task_scheduled_event_attributes.activity_type.name}")
    elif event.workflow_task_started_event_attributes.suggest_continue_as_new:
        found.append("suggestion")
    return found


def kind_of(event: HistoryEvent) -> str:
    return str(event.WhichOneof("attributes")).removesuffix("_event_attributes")


def test_every_case_is_recorded_and_every_history_belongs_to_a_case() -> None:
    assert missing(CASES) == []
    assert {corpus.case_of(name) for name in corpus.names()} == set(CASES)
    assert set(corpus.names()) == set(MEANT)


@pytest.mark.parametrize("name", MEANT)
def test_a_history_has_what_it_is_there_to_try(name: str) -> None:
    end, wanted = MEANT[name]
    history = corpus.read(name)
    found = traits(history)
    assert kind_of(history.events[-1]) == f"workflow_execution_{end}"
    assert {trait: found[trait] for trait, count in wanted.items() if found[trait] < count} == {}


def test_a_chain_of_continue_as_new_has_all_its_runs() -> None:
    histories = [corpus.read(name) for name in corpus.names()]
    lasts = [history.events[-1].workflow_execution_continued_as_new_event_attributes for history in histories]
    followers = {last.new_execution_run_id for last in lasts if last.new_execution_run_id}
    assert len(followers) == 9
    assert followers <= {history.run_id for history in histories}


@pytest.mark.parametrize("name", MEANT)
def test_a_history_is_small_and_says_nothing_of_the_machine(name: str) -> None:
    assert corpus.path_of(name).stat().st_size <= BYTES_MAX
    text = corpus.text_of(name)
    assert corpus.PROCESS.findall(text) == []
    assert "stackTrace" not in text
    said = [payload.data for event in corpus.read(name).events for payload in payloads_of(event)]
    assert [place for data in (text.encode(), *said) for place in places(data)] == []


def test_processes_and_stack_traces_are_left_out_and_payloads_are_not() -> None:
    queue = {"name": "123@some.host-0f3a", "normalName": "graph-engine"}
    event = {"identity": "123@some.host", "failure": {"message": "broken", "stackTrace": "in a file"}}
    said = corpus.scrubbed({"events": [{**event, "taskQueue": queue, "data": "W10=", "eventId": 1}]})
    queue = {"name": "worker", "normalName": "graph-engine"}
    event = {"identity": "worker", "failure": {"message": "broken"}}
    assert said == {"events": [{**event, "taskQueue": queue, "data": "W10=", "eventId": 1}]}


def test_a_recorded_history_is_never_replaced() -> None:
    before = corpus.path_of("linear").read_bytes()
    with pytest.raises(FileExistsError):
        corpus.write("linear", corpus.read("diamond"))
    assert corpus.path_of("linear").read_bytes() == before


def test_a_history_is_written_as_it_was_read_and_without_the_time(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, history = corpus.text_of("linear"), corpus.read("linear")
    monkeypatch.setattr(corpus, "FOLDER", tmp_path / "histories")
    corpus.write("again", history)
    assert corpus.text_of("again") == text
    assert corpus.read("again") == history
    assert corpus.path_of("again").read_bytes()[4:8] == bytes(4)
