"""What clients may ask a list of runs for, checked and as the database is asked; it reads nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from api.errors import BadUserInput
from api.graphql.ids import split_id
from schema.states import State

STATES_MAX: Final = len(State)
#: Characters of a trigger's and of a node's name, and of what is searched for.
NAME_CHARS_MAX: Final = 100
#: A billion dollars: more than any run costs, and exact as a float.
COST_MICRO_USD_MAX: Final = 10**15
#: What a run's id begins with where Temporal shows it: see `schema.ids.workflow_id`.
_WORKFLOW: Final = "run-"


def states_of(given: list[Any] | None) -> tuple[str, ...] | None:
    """Give the names of states, each once."""
    if given is None:
        return None
    if not 1 <= len(given) <= STATES_MAX:
        raise BadUserInput(f"`status` names 1 to {STATES_MAX} states.", where="status")
    return tuple(dict.fromkeys(State(one).value for one in given))


def short(given: str | None, where: str) -> str | None:
    """Give a name that is no longer than names are."""
    if given is not None and not 1 <= len(given) <= NAME_CHARS_MAX:
        raise BadUserInput(f"`{where}` has 1 to {NAME_CHARS_MAX} characters.", where=where)
    return given


def moment(given: datetime | None) -> datetime | None:
    """Give a moment with its zone: one without is meant in UTC."""
    return given if given is None or given.tzinfo is not None else given.replace(tzinfo=UTC)


def cost(given: float | None, where: str, whole: Callable[[float], int]) -> int | None:
    """Give an end of a span of costs, as a whole number on its inner side."""
    if given is None:
        return None
    if not 0 <= given <= COST_MICRO_USD_MAX:
        raise BadUserInput(f"`{where}` is a number from 0 to {COST_MICRO_USD_MAX}.", where=where)
    return whole(given)


def searched(given: str | None) -> dict[str, Any]:
    """Give what of a filter a text stands for: a run by its id as clients see it, as a UUID or as a workflow's; else a name."""
    text = (given or "").replace("\0", "").strip()
    if not text:
        return {}
    short(text, "search")
    found = split_id(text)
    try:
        return {"id": UUID(found[1][0] if found and found[0] == "Run" else text.removeprefix(_WORKFLOW))}
    except ValueError:
        return {"agent_name": text}
