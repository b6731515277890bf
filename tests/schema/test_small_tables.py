"""The small tables: states and their moves, limits, errors, ids, block specs."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError, fields
from typing import Any
from uuid import UUID

import pytest

from schema import errors
from schema.block import BlockSpec, Kind, Queue
from schema.errors import DrystoneError, IllegalMove, Unavailable, shorten
from schema.ids import child_run_id, execution_uuid, new_id, run_id_of, workflow_id
from schema.limits import LIMITS
from schema.states import EXECUTION_MOVES, OPEN, RUN_MOVES, TERMINAL, State, is_terminal, move, sources_of

TABLES = pytest.mark.parametrize("moves", [EXECUTION_MOVES, RUN_MOVES], ids=["executions", "runs"])


# States


@TABLES
def test_a_terminal_state_never_changes_again(moves: dict[State, frozenset[State]]) -> None:
    for old in TERMINAL:
        for new in State:
            with pytest.raises(IllegalMove):
                move(moves, old, new)


@TABLES
def test_every_open_state_of_the_table_can_be_ended(moves: dict[State, frozenset[State]]) -> None:
    for old, targets in moves.items():
        assert old not in TERMINAL
        assert State.TERMINATED in targets


@TABLES
def test_a_move_in_the_table_gives_the_new_state_and_any_other_raises(moves: dict[State, frozenset[State]]) -> None:
    for old in State:
        for new in State:
            if new in moves.get(old, frozenset()):
                assert move(moves, old, new) is new
            else:
                with pytest.raises(IllegalMove, match=f"{old} does not move to {new}"):
                    move(moves, old, new)


@TABLES
def test_every_state_of_a_table_is_reached_from_the_first(moves: dict[State, frozenset[State]]) -> None:
    reached, fresh = set(), {State.INCOMPLETE}
    while fresh:
        reached |= fresh
        fresh = {new for old in fresh for new in moves.get(old, frozenset())} - reached
    assert reached == set(moves) | TERMINAL


def test_sources_are_the_table_read_backwards() -> None:
    assert set(sources_of(RUN_MOVES, State.COMPLETED)) == {State.RUNNING, State.REVIEW}
    for new in State:
        assert all(new in RUN_MOVES[old] for old in sources_of(RUN_MOVES, new))


def test_open_and_terminal_are_all_states() -> None:
    assert set(OPEN) | TERMINAL == set(State)
    assert not set(OPEN) & TERMINAL
    assert [state for state in State if is_terminal(state)] == sorted(TERMINAL, key=list(State).index)
    assert is_terminal("FAILED")


# Limits


def test_every_limit_is_a_positive_number() -> None:
    for field in fields(LIMITS):
        value = getattr(LIMITS, field.name)
        assert isinstance(value, int | float), field.name
        assert value > 0, field.name


def test_limits_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        LIMITS.graph_nodes_max = 1  # type: ignore[misc]


def test_limits_that_belong_together_are_in_order() -> None:
    assert LIMITS.value_inline_bytes_max < LIMITS.value_row_bytes_max < LIMITS.value_bytes_max
    assert LIMITS.node_timeout_seconds <= LIMITS.node_timeout_seconds_max
    assert LIMITS.node_attempts <= LIMITS.node_attempts_max
    # orjson stops at 254 levels, pydantic's writer at 255.
    assert LIMITS.value_depth_max < 250
    assert LIMITS.graph_version_max < 2**31 - 1


# Errors

ERRORS = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, DrystoneError)]


def test_codes_are_unique() -> None:
    # One that has none of its own is, to a client, what it is a kind of.
    codes = [error.code for error in ERRORS if "code" in vars(error)]
    assert len(set(codes)) == len(codes) >= 20


#: Those that need a fact to be made say it, behind what their docstring says.
PLAIN = [
    one
    for one in ERRORS
    if all(
        each.kind is not each.KEYWORD_ONLY or each.default is not each.empty
        for each in inspect.signature(one).parameters.values()
    )
]


def test_an_error_with_a_fact_says_it() -> None:
    assert set(ERRORS) - set(PLAIN) == {errors.PayloadUnread}
    for reason in errors.Unread:
        raised = errors.PayloadUnread(reason=reason)
        assert raised.message.startswith("A payload from Temporal cannot be read: ")
        assert raised.message.endswith(".")
        assert raised.to_wire()["reason"] == reason


@pytest.mark.parametrize("error", PLAIN, ids=lambda error: error.__name__)
def test_an_errors_docstring_is_its_message(error: type[DrystoneError]) -> None:
    raised = error()
    assert raised.message == inspect.cleandoc(error.__doc__ or "")
    assert raised.message.endswith(".")
    assert raised.to_wire() == {"code": error.code, "message": raised.message}
    assert error.fault in ("theirs", "world", "ours")


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_only_the_worlds_errors_are_tried_again(error: type[DrystoneError]) -> None:
    assert error.fault == "world" or not error.is_transient


def test_an_error_carries_fields() -> None:
    error = Unavailable("Down.", retry_after_seconds=5, service="mail")
    assert error.to_wire() == {"code": "UNAVAILABLE", "message": "Down.", "service": "mail"}
    assert error.retry_after_seconds == 5
    assert str(error) == "Down."


def test_a_long_message_is_cut_in_the_middle() -> None:
    text = shorten("a" * 20_000 + "the end")
    assert len(text) <= errors.MESSAGE_CHARS_MAX
    assert text.startswith("aaa")
    assert text.endswith("the end")
    assert "characters cut" in text


@pytest.mark.parametrize("text", ["nul \x00", "surrogate \ud800"])
def test_a_message_can_always_be_stored(text: str) -> None:
    stored = shorten(text)
    assert "\x00" not in stored
    assert stored.encode("utf-8")


@pytest.mark.parametrize("limit", [500, 200, 160])
def test_a_message_fits_any_limit(limit: int) -> None:
    assert len(shorten("x" * 100_000, limit)) <= limit


# Ids


def test_ids_are_in_the_order_of_time() -> None:
    made = [new_id() for _ in range(100)]
    assert made == sorted(made)
    assert all(one.version == 7 for one in made)


def test_a_runs_workflow_is_named_for_it() -> None:
    run = new_id()
    assert run_id_of(workflow_id(run)) == run


def test_what_a_run_makes_has_the_same_id_on_every_attempt() -> None:
    run = UUID("00000000-0000-7000-8000-000000000001")
    assert execution_uuid(run, 1) == execution_uuid(run, 1) != execution_uuid(run, 2)
    assert child_run_id(run, 1) == child_run_id(run, 1) != execution_uuid(run, 1)


# Specs


def test_a_spec_knows_dynamic_pins_by_their_base() -> None:
    pins: dict[str, Any] = {"properties": {"values": {}, "key": {"secret": True}}}
    spec = BlockSpec(id="b", name="B", input_schema=pins, output_schema={"properties": {"out": {}}})
    assert spec.has_input("values_#_a_$_0")
    assert not spec.has_input("other_#_a")
    assert spec.has_output("out_$_1")
    assert spec.is_secret("key_#_a")
    assert not spec.is_secret("values")
    assert (spec.kind, spec.queue, spec.required_pins) == (Kind.STANDARD, Queue.IO, ())


def test_a_spec_with_dynamic_pins_has_any() -> None:
    spec = BlockSpec(id="b", name="B", has_dynamic_inputs=True, has_dynamic_outputs=True)
    assert spec.has_input("anything")
    assert spec.has_output("anything")
