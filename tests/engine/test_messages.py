"""Messages: whatever is sent to a run, by any of its signals, no handler raises and the machine goes on."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.engine.graphs import make_plan
from tests.engine.hand import Hand
from workflows.control import APPLIED, KEPT, REFUSED, Control, is_order
from workflows.dispatches import Dispatches
from workflows.engine.events import OPERATOR, Finished, Limited, Ordered, Parked, Paused
from workflows.engine.scheduler import Scheduler
from workflows.graph_run import FACTS_CHARS_MAX
from workflows.messages import (
    NUMBER_MAX,
    RAW_EVENT_BYTES_MAX,
    read_arrivals,
    read_emissions,
    read_raw_event,
    read_records,
)
from workflows.wire import again_record

WORDS = ("pause", "resume", "limits", "event", "answer", "retry", "skip", "edit", "fail", "nonsense")
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 5),
    st.sampled_from([2**31, 2**63, 10**400, -(10**400), 1e308, 5e-324, float("nan"), float("inf")]),
    st.sampled_from(["", "go", "node/1", "budget", "operator", "parent", "\x00", "\ud800", "x" * 5_000, "end", "out"]),
)
JSON = st.recursive(
    SCALARS, lambda part: st.lists(part, max_size=5) | st.dictionaries(st.text(max_size=3), part, max_size=4)
)
KEYS = ("name", "key", "reason", "mode", "execution", "approval", "executions_max", "in_flight_max", "wall_seconds_max")
DETAILS = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=5)
ORDERS = st.one_of(JSON, st.tuples(JSON, st.sampled_from(WORDS), DETAILS).map(list))
EMISSIONS = st.one_of(JSON, st.tuples(st.integers(0, 4), SCALARS, SCALARS, JSON).map(list))
DELIVERIES = st.lists(st.lists(st.one_of(st.integers(-1, 3), SCALARS), max_size=4), max_size=4)
SHAPED = st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 6), DELIVERIES).map(list)
ARRIVALS = st.lists(
    st.one_of(
        JSON, st.tuples(st.sampled_from(["out", "end", "event", "answer", "timeout"]), SCALARS, SCALARS).map(list)
    ),
    max_size=4,
)
WAKES = st.one_of(JSON, st.tuples(st.integers(0, 4), ARRIVALS).map(list))
RECORDS = st.one_of(
    JSON,
    st.tuples(
        st.integers(0, 4),
        st.one_of(st.sampled_from(["done", "failed", "again", "parked", "stuck"]), SCALARS),
        st.integers(0, 4),
        st.integers(0, 6),
        st.one_of(DELIVERIES, JSON),
        st.one_of(st.just(["CODE", "message"]), st.just(["failed node", "CODE", "message"]), JSON),
    ).map(list),
)
OVER = st.one_of(JSON, st.tuples(st.one_of(st.integers(0, 4), SCALARS), st.lists(RECORDS, max_size=4)).map(list))
DEEP: Any = []
for _ in range(500):
    DEEP = [DEEP]


def begun() -> tuple[Hand, Control]:
    """Give a run with one execution that runs, one that waits, and one that is ready."""
    rows: list[dict[str, Any]] = [{}, {}, {}, {}]
    hand = Hand(make_plan(rows, [(0, "out", 3, "in", False), (1, "out", 3, "in", False)]))
    hand.feed(Parked(2, 0, 0, [], ["event", "go", None]))
    control = Control(hand.scheduler)
    control.mailbox.wait("go", 2)
    return hand, control


def drain(hand: Hand, control: Control) -> None:
    events, control.events = control.events, []
    for event in events:
        hand.feed(event)


def check(hand: Hand, control: Control) -> None:
    """The state can be carried, and read again."""
    lists = orjson.loads(orjson.dumps([hand.scheduler.to_lists(), control.to_lists()]))
    scheduler = Scheduler.from_lists(hand.plan, lists[0])
    assert Control.from_lists(scheduler, lists[1]).to_lists() == control.to_lists()
    for number, outcome, _ in (fact[1:] for fact in control.facts if fact[0] == "order"):
        assert outcome in (APPLIED, KEPT, REFUSED)
        assert -NUMBER_MAX <= number <= NUMBER_MAX


@settings(max_examples=300)
@given(st.lists(st.one_of(ORDERS.map(lambda o: ("order", o)), SHAPED.map(lambda o: ("emit", o)), WAKES.map(lambda o: ("wake", o)),
                          OVER.map(lambda o: ("over", o)),
                          EMISSIONS.map(lambda o: ("emit", o)), JSON.map(lambda o: ("event", o))), max_size=12))  # fmt: skip
@example([("order", [1, "limits", {"wall_seconds_max": 10**400}])])
@example([("emit", [1, 0, 1, [[0, 10**9]]]), ("wake", [[1], []])])
@example([("event", {"name": "go", "payload": {"a": "\x00"}}), ("event", {"name": "\ud800"})])
@example([("over", [1, [[1, "done", 0, 1, [[0, 10**9]], None]]]), ("over", [1, [[1, "failed", 0, 0, [], None]]])])
def test_whatever_is_said_nothing_raises_and_the_state_can_be_carried(said):
    hand, control = begun()
    tell(hand, control, said)
    check(hand, control)


def test_endless_nesting_raises_nothing():
    hand, control = begun()
    deep = [("order", [1, "pause", {"key": DEEP, "reason": DEEP}]), ("order", [2, "pause", {"reason": DEEP}])]
    tell(
        hand,
        control,
        [*deep, ("event", {"name": "go", "payload": DEEP}), ("event", DEEP), ("emit", DEEP), ("wake", DEEP)],
    )
    check(hand, control)


#: A record that is told by a signal needs nothing of its run.
NOBODY: Any = None


def tell(hand: Hand, control: Control, said: list[tuple[str, Any]]) -> None:
    for signal, message in said:
        if signal == "order":
            control.take(message)
        elif signal == "event":
            control.hear_raw_event(*read_raw_event([message]))
        elif signal == "over":
            number, records = read_records(message if isinstance(message, list) else [message], 2)
            for record in records:
                hand.feed(Dispatches._event_of(NOBODY, number, record))
        else:
            events = read_emissions([[message]], 2) if signal == "emit" else read_arrivals([message])
            for event in events:
                hand.feed(event)
        drain(hand, control)


@given(st.lists(JSON, max_size=3))
def test_signals_with_too_few_or_too_many_arguments_are_dropped(said):
    hand, control = begun()
    for event in [*read_emissions(said, 2), *read_arrivals(said)]:
        hand.feed(event)
    control.hear_raw_event(*read_raw_event(said))
    check(hand, control)


def test_only_records_of_what_is_over_are_taken_from_a_signal():
    done = [1, "done", 0, 1, [[0, 1, "x"]], None]
    failed = [2, "failed", 0, 0, [], ["CODE", "message"]]
    again, stuck = again_record(3), [4, "stuck", 0, 0, [], ["failed node", "CODE", "message"]]
    odd = [
        [1, "parked", 0, 0, [], ["sleep", 1]],
        [1, "failed", 0, 0, [], []],
        [1, "stuck", 0, 0, [], ["tired", "C", "m"]],
        [1, "done", 0, 1, [[0, 2]], None],
        "x",
    ]
    assert read_records([1, [done, *odd, failed, again, stuck]], 2) == (1, [done, failed, again, stuck])
    assert read_records([0, [done]], 2) == read_records([[done]], 2) == read_records([], 2) == (0, [])


@pytest.mark.parametrize("number", [0, -1, True, 2**31, 1.0, "1", None])
def test_an_order_without_a_proper_number_takes_no_place_among_the_numbers(number):
    _, control = begun()
    control.take([number, "nonsense", {}])
    assert (control.heard.upto, control.heard.beyond) == (0, [])
    assert control.facts == []


def test_an_order_with_a_number_that_is_malformed_is_refused_once():
    _, control = begun()
    for _ in range(2):
        control.take([1, "skip", {"execution": "one"}])
    assert control.facts == [["order", 1, REFUSED, "This is no order."]]


def test_proper_orders_are_obeyed():
    _, control = begun()
    control.take([1, "pause", {"mode": "hard", "reason": "Lunch."}])
    control.take([None, "pause", {"key": "parent"}])
    control.take([2, "limits", {"executions_max": 5, "wall_seconds_max": 1.5}])
    control.take([3, "skip", {"execution": 1}])
    control.take([4, "event", {"name": "go"}])
    paused, parent, limited, ordered, woken = control.events
    assert (paused.key, paused.is_hard, parent.key) == ("operator/1", True, "parent")
    assert (limited, control.is_time_new, control.time_order) == (Limited(5, None, 2), True, 2)
    assert (ordered, woken.arrivals) == (Ordered(1, ["skip", 3]), [["event", 4]])
    assert [fact[2] for fact in control.facts] == [APPLIED] * 4
    assert isinstance(paused, Paused)
    assert is_order([None, "resume", {}])


def test_an_event_by_hand_is_numbered_downward_and_kept_until_somebody_waits():
    _, control = begun()
    control.hear_raw_event("other", {"a": 1}, None)
    control.hear_raw_event("go", 2, None)
    control.hear_raw_event("go", None, "It is none.")
    assert control.facts == [
        ["signal", -1, "other", {"a": 1}, None],
        ["order", -1, KEPT, None],
        ["signal", -2, "go", 2, None],
        ["order", -2, APPLIED, None],
        ["signal", -3, "go", None, "It is none."],
    ]
    assert control.mailbox.wait("other", 1) == [-1]


def test_an_event_by_hand_is_named_and_not_too_large():
    assert read_raw_event([{"name": "go", "payload": 1}]) == ("go", 1, None)
    assert read_raw_event(["go", [1]]) == ("go", [1], None)
    assert read_raw_event(["go"]) == ("go", None, None)
    for odd in ([], [None], [{}], [{"name": ""}], [{"name": 1}], ["n" * 201], [{"name": "a\x00"}]):
        assert read_raw_event(odd)[2] is not None
    assert "bytes" in str(read_raw_event(["go", "x" * RAW_EVENT_BYTES_MAX])[2])
    assert "NUL" in str(read_raw_event(["go", "\x00"])[2]) or read_raw_event(["go", "\x00"])[2]


def test_an_event_that_comes_with_the_end_of_who_waits_for_it_is_kept_for_another():
    _, control = begun()
    control.take([1, "skip", {"execution": 2}])
    control.take([2, "event", {"name": "go"}])
    assert control.events == [Ordered(2, ["skip", 1])]
    assert control.facts == [["order", 1, APPLIED, None], ["order", 2, KEPT, None]]


def test_what_waits_behind_a_pause_is_shown_in_facts_that_each_fit_a_payload():
    pins = [f"a pin with quite a long name, {number}" for number in range(60)]
    rows: list[dict[str, Any]] = [{}, {}]
    hand = Hand(make_plan(rows, [(0, "out", 1, pin, False) for pin in pins]))
    hand.feed(Paused(OPERATOR, OPERATOR, "PAUSED", "x"))
    hand.feed(Finished(1, 0, 1_000, [[n, link] for n in range(1_000) for link in range(len(pins))]))
    control = Control(hand.scheduler)
    control.show_ready()
    assert sum(len(rows) for _, rows in control.facts) == 1_000
    assert max(len(str(fact)) for fact in control.facts) < FACTS_CHARS_MAX


def test_a_mailbox_that_is_full_refuses_what_nobody_waits_for(monkeypatch):
    monkeypatch.setattr("workflows.engine.mailbox.MAIL_MAX", 2)
    _, control = begun()
    for number in (1, 2, 3):
        control.take([number, "event", {"name": "other"}])
    control.take([4, "event", {"name": "go"}])
    assert [fact[2] for fact in control.facts] == [KEPT, KEPT, REFUSED, APPLIED]
