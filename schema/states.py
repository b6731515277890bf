"""States of runs and node executions, and the table of their legal moves; never moves anything itself.

A terminal state never changes again. A move that is not in the table is a programming error and raises.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from schema.errors import IllegalMove


class State(StrEnum):
    """A state of a run or of a node execution, by the names that the file format uses."""

    INCOMPLETE = "INCOMPLETE"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    REVIEW = "REVIEW"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    TERMINATED = "TERMINATED"


TERMINAL: Final = frozenset({State.COMPLETED, State.FAILED, State.TERMINATED})
OPEN: Final = tuple(state for state in State if state not in TERMINAL)

EXECUTION_MOVES: Final[dict[State, frozenset[State]]] = {
    State.INCOMPLETE: frozenset({State.QUEUED, State.TERMINATED}),
    State.QUEUED: frozenset({State.RUNNING, State.FAILED, State.TERMINATED}),
    State.RUNNING: frozenset({State.REVIEW, State.PAUSED, *TERMINAL}),
    State.REVIEW: frozenset({State.RUNNING, *TERMINAL}),
    # It cannot go on by itself, and waits for an operator.
    State.PAUSED: frozenset({State.RUNNING, *TERMINAL}),
}

RUN_MOVES: Final[dict[State, frozenset[State]]] = {
    State.INCOMPLETE: frozenset({State.QUEUED, State.TERMINATED}),
    State.QUEUED: frozenset({State.RUNNING, State.PAUSED, State.FAILED, State.TERMINATED}),
    State.RUNNING: frozenset({State.REVIEW, State.PAUSED, *TERMINAL}),
    State.REVIEW: frozenset({State.RUNNING, State.PAUSED, *TERMINAL}),
    State.PAUSED: frozenset({State.RUNNING, State.REVIEW, State.FAILED, State.TERMINATED}),
}


def is_terminal(state: State | str) -> bool:
    return State(state) in TERMINAL


def move(moves: dict[State, frozenset[State]], old: State, new: State) -> State:
    """Give the new state, or raise IllegalMove where the table has no such move."""
    if new not in moves.get(old, frozenset()):
        raise IllegalMove(f"{old} does not move to {new}.")
    return new


def sources_of(moves: dict[State, frozenset[State]], new: State) -> tuple[State, ...]:
    """Give the states from which `new` may be reached: the WHERE of an UPDATE that cannot make an illegal move."""
    return tuple(old for old, targets in moves.items() if new in targets)
