"""The expansion of a row of `run_events` into the single things that it tells; pure, and the same every time.

- `run`, {status, error, cancel, executions}: each execution that ended with the run, then the run's move;
- `nodes`, {executions [[execution, node id, ordinal, status, step]], emissions [[execution, first, next]]}: each execution's
  move and what it emitted, the move before its emissions, or behind them where it is the end;
- `logs`, {lines [id]}: each line;
- `control`, {halt, cleared or order: {...}}: what halts, what halts no more, or what became of an order.

A thing's number in its row is its place in this order, also where what it speaks of was deleted meanwhile (it is None then).
Rows of a kind that this version does not know tell nothing. Writers: `schema.db.ledger`, `schema.db.runs`,
`schema.db.control_events`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schema.states import TERMINAL

#: (run, execution, sequence)
EmissionKey = tuple[UUID, int, int]


@dataclass(frozen=True)
class EventRow:
    """A row of `run_events`; `body` is None where the reader does not ask for this row."""

    xid: int
    id: int
    run_id: UUID
    plan_hash: str
    kind: str
    body: dict[str, Any] | None
    created_at: datetime

    @property
    def is_end(self) -> bool:
        """Say whether the run ended here."""
        return self.kind == "run" and self.body is not None and self.body.get("status") in TERMINAL


@dataclass(frozen=True)
class SaidRow:
    """An emission of which a row tells."""

    run_id: UUID
    execution: int
    sequence: int
    node_id: str
    pin: str
    value: Any
    handle: dict[str, Any] | None


@dataclass(frozen=True)
class WrittenRow:
    """A log line of which a row tells, or a piece of text that was streamed on `pin`."""

    id: int
    execution: int
    node_id: str
    attempt: int
    level: str
    pin: str | None
    line: str
    created_at: datetime


@dataclass(frozen=True)
class RunMove:
    """The run has a new state; or, with `cancel`, somebody asked for its end."""

    status: str
    error: dict[str, Any] | None
    cancel: str | None


@dataclass(frozen=True)
class NodeMove:
    """A node execution has a new state."""

    execution: int
    node_id: str
    ordinal: int
    status: str
    step: int


@dataclass(frozen=True)
class HaltMove:
    """Something halts, or, with `answer`, halts no more: the whole run, or one execution of it."""

    number: int
    key: str
    kind: str
    code: str
    message: str
    node_id: str | None
    execution: int | None
    answer: str | None


@dataclass(frozen=True)
class OrderMove:
    """What became of an order."""

    number: int
    word: str
    outcome: str
    reason: str | None


Happening = RunMove | NodeMove | SaidRow | WrittenRow | HaltMove | OrderMove
Dated = tuple[datetime, Happening | None]


def expand(row: EventRow, said: Mapping[EmissionKey, SaidRow], written: Mapping[int, WrittenRow]) -> Iterator[Dated]:
    """Give what a row tells, each with its time, in an order that never changes."""
    body = row.body or {}
    if row.kind == "run" and row.body is not None:
        yield from ((row.created_at, NodeMove(*one)) for one in sorted(body.get("executions") or []))
        yield row.created_at, RunMove(body["status"], body.get("error"), body.get("cancel"))
    elif row.kind == "nodes":
        yield from ((row.created_at, one) for one in _nodes(row, said))
    elif row.kind == "control" and row.body is not None:
        yield row.created_at, _control(body)
    elif row.kind == "logs":
        for line in logs_of(row):
            found = written.get(line)
            yield (row.created_at if found is None else found.created_at), found


def _control(body: Mapping[str, Any]) -> Happening:
    if "order" in body:
        return OrderMove(**body["order"])
    return HaltMove(**(body["halt"] if "halt" in body else body["cleared"]))


def ranges_of(row: EventRow) -> list[tuple[int, int, int]]:
    """Give (execution, first, next) of the emissions of which a row tells."""
    return [] if row.kind != "nodes" or row.body is None else [tuple(one) for one in row.body["emissions"]]


def logs_of(row: EventRow) -> list[int]:
    """Give the log lines of which a row tells."""
    return [] if row.kind != "logs" or row.body is None else list(row.body["lines"])


def _nodes(row: EventRow, said: Mapping[EmissionKey, SaidRow]) -> Iterator[Happening | None]:
    moves = {one[0]: NodeMove(*one) for one in (row.body or {}).get("executions", [])}
    emitted: dict[int, list[SaidRow | None]] = {}
    for execution, first, until in ranges_of(row):
        found = (said.get((row.run_id, execution, sequence)) for sequence in range(first, until))
        emitted.setdefault(execution, []).extend(found)
    for execution in sorted({*moves, *emitted}):
        move = moves.get(execution)
        is_end = move is not None and move.status in TERMINAL
        if move is not None and not is_end:
            yield move
        yield from emitted.get(execution, [])
        if move is not None and is_end:
            yield move
