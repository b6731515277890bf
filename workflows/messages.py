"""Messages: what anybody may say to a run by signals, read with suspicion; what is malformed is dropped, and nothing raises.

A handler that raises jams its workflow: Temporal gives it the same signal again, for ever. Signals come from workers, from
relatives and from people at a command line, so each part is looked at before the machine is fed with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any, Final, TypeGuard

from schema.errors import InvalidValue, ValueTooLarge, shorten
from schema.values import encode
from workflows.engine.events import HALT_KINDS, Emitted, Event, Spent, Woken
from workflows.wire import AGAIN, DONE, FAILED, STUCK

#: No number of ours is larger: the columns that keep them have 31 bits.
NUMBER_MAX: Final = 2**31 - 1
#: Bytes of the JSON of an event that comes by Temporal itself: it travels in the run's state until it is taken.
RAW_EVENT_BYTES_MAX: Final = 16_000
EVENT_NAME_CHARS_MAX: Final = 200
#: Characters of an operator's words and keys.
TEXT_CHARS_MAX: Final = 1_000
KEY_CHARS_MAX: Final = 200
_NO_EVENT: Final = f'An event is {{"name": ..., "payload": ...}}; its name has 1 to {EVENT_NAME_CHARS_MAX} characters.'


def is_number(value: Any, least: int = 0) -> TypeGuard[int]:
    """Say whether something is a whole number of ours."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= NUMBER_MAX


def is_amount(value: Any) -> bool:
    """Say whether something is a positive finite amount."""
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= NUMBER_MAX and isfinite(value)
    )


def is_key(value: Any) -> bool:
    """Say whether something may be a key of ours."""
    return isinstance(value, str) and 0 < len(value) <= KEY_CHARS_MAX and value.isascii() and value.isprintable()


def is_event_name(value: Any) -> bool:
    """Say whether something may name an event: text that can be kept."""
    return isinstance(value, str) and 0 < len(value) <= EVENT_NAME_CHARS_MAX and shorten(value) == value


def text_of(value: Any, otherwise: str) -> str:
    """Give an operator's words, where there are some."""
    return shorten(value, TEXT_CHARS_MAX) if isinstance(value, str) and value else otherwise


def read_emissions(said: Sequence[Any], links: int) -> Iterator[Event]:
    """Give the emissions of executions that still run, of [[execution, first, next, deliveries], ...]."""
    for message in _lists(said):
        if len(message) == 4 and all(map(is_number, message[:3])) and isinstance(message[3], list):
            execution, first, upto, deliveries = message
            if all(_is_delivery(one, links) for one in deliveries):
                yield Emitted(execution, first, upto, deliveries)


def read_records(said: Sequence[Any], links: int) -> tuple[int, list[list[Any]]]:
    """Give (dispatch, records) of executions that are over while others of their dispatch run, of [dispatch, records]."""
    if len(said) < 2 or not is_number(said[0], 1):
        return 0, []
    return said[0], [record for record in _lists(said[1:]) if _is_record(record, links)]


def _is_record(record: list[Any], links: int) -> bool:
    """Say whether something is a record of an execution that is over, stuck, or comes again: the others wait for their dispatch's
    end."""
    if len(record) != 6 or not is_number(record[0], 1) or not all(map(is_number, record[2:4])):
        return False
    _, outcome, _, _, deliveries, extra = record
    words = extra if isinstance(extra, list) and all(isinstance(part, str) for part in extra) else []
    is_failure = outcome == FAILED and len(words) == 2
    is_stuck = outcome == STUCK and len(words) == 3 and words[0] in HALT_KINDS
    return (
        (outcome in (DONE, AGAIN) or is_failure or is_stuck)
        and isinstance(deliveries, list)
        and all(_is_delivery(one, links) for one in deliveries)
    )


def _is_delivery(delivery: Any, links: int) -> bool:
    """Say whether something is [sequence, link] or [sequence, link, value]."""
    return (
        isinstance(delivery, list)
        and len(delivery) in (2, 3)
        and is_number(delivery[0])
        and is_number(delivery[1])
        and delivery[1] < links
    )


def read_arrivals(said: Sequence[Any]) -> Iterator[Event]:
    """Give what wakes a parked execution, of [execution, arrivals]; a child's end also says what it spent."""
    message = said[0] if said else None
    if not (isinstance(message, list) and len(message) == 2 and is_number(message[0], 1)):
        return
    arrivals = [one for one in _lists([message[1]]) if _is_arrival(one)]
    for arrival in arrivals:
        if arrival[0] == "end" and len(arrival) == 2:
            yield Spent(arrival[1])
    yield Woken(message[0], arrivals)


def _is_arrival(arrival: list[Any]) -> bool:
    """Say whether something came from a child: ["out", position, execution], ["end"] or ["end", node executions].

    Events, answers and time-outs do not come by this signal.
    """
    if not arrival:
        return False
    word, *rest = arrival
    if word == "out":
        return len(rest) == 2 and is_number(rest[0]) and is_number(rest[1], 1)
    return bool(word == "end") and len(rest) <= 1 and all(map(is_number, rest))


def _lists(said: Sequence[Any]) -> list[list[Any]]:
    """Give the lists of the one list that a signal carries."""
    first = said[0] if said else None
    return [one for one in first if isinstance(one, list)] if isinstance(first, list) else []


def read_raw_event(said: Sequence[Any]) -> tuple[str, Any, str | None]:
    """Give (name, payload, what is wrong with it) of an event that somebody sent by hand."""
    first = said[0] if said else None
    if isinstance(first, dict):
        name, payload = first.get("name"), first.get("payload")
    else:
        name, payload = first, said[1] if len(said) > 1 else None
    if not is_event_name(name):
        shown = name if isinstance(name, str) else type(name).__name__
        return shorten(shown, EVENT_NAME_CHARS_MAX), None, _NO_EVENT
    return str(name), payload, _problem_of(payload)


def _problem_of(payload: Any) -> str | None:
    """Say why a payload cannot be kept; None where it can."""
    try:
        size = len(encode(payload, "payload"))
    except (InvalidValue, ValueTooLarge) as error:
        return error.message
    if size <= RAW_EVENT_BYTES_MAX:
        return None
    return (
        f"The payload is {size} bytes; by Temporal itself at most {RAW_EVENT_BYTES_MAX} may come: send it by the API."
    )
