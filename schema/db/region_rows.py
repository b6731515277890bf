"""RegionRows: the rows of what a region did, column by column, as the ledger's one statement takes them; no SQL here.

A region may do thousands of executions a second, so nothing is made of one but the texts of its columns: values stand here as
the JSON that they were encoded to once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from schema.db.entries import LogEntry
from schema.db.ledger import log_arguments
from schema.db.values import Stored
from schema.states import State


@dataclass
class RegionRows:
    """The rows of some executions of one region. Moments are seconds since 1970 of this process's clock."""

    fence: int
    executions: list[int] = field(default_factory=list)
    node_ids: list[str] = field(default_factory=list)
    block_ids: list[str] = field(default_factory=list)
    ordinals: list[int] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    errors: list[str | None] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    began: list[float] = field(default_factory=list)
    ended: list[float | None] = field(default_factory=list)
    emissions: list[tuple[int, int, str, Stored]] = field(default_factory=list)
    outputs: list[tuple[int, str, Stored]] = field(default_factory=list)
    lines: list[LogEntry] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.executions)

    def add(
        self,
        which: tuple[int, int],
        node: tuple[str, str],
        status: State,
        inputs: str,
        when: tuple[float, float],
        error: dict[str, Any] | None = None,
    ) -> None:
        """Add an execution, (number, ordinal) of the node (id, block id): COMPLETED, FAILED, or RUNNING where it goes on later.
        `inputs` is their JSON, `when` are the moments of its begin and its end."""
        number, ordinal = which
        self.executions.append(number)
        self.ordinals.append(ordinal)
        self.node_ids.append(node[0])
        self.block_ids.append(node[1])
        self.statuses.append(status.value)
        self.inputs.append(inputs)
        self.errors.append(None if error is None else orjson.dumps(error).decode())
        self.began.append(when[0])
        is_over = status is not State.RUNNING
        self.ended.append(when[1] if is_over else None)
        self.attempts.append(_attempt(when, error) if is_over else "[]")

    def arguments(self, run_id: UUID, now: float) -> dict[str, Any]:
        """Give the arguments of `schema.db.ledger`'s statement."""
        count = len(self.executions)
        arguments: dict[str, Any] = {
            "run": run_id,
            "is_first": any(number <= 3 for number in self.executions),
            "executions": self.executions,
            "told": self.executions,
            "node_ids": self.node_ids,
            "block_ids": self.block_ids,
            "ordinals": self.ordinals,
            "statuses": self.statuses,
            "steps": [0] * count,
            "fences": [self.fence] * count,
            "inputs": self.inputs,
            "errors": self.errors,
            "attempts": self.attempts,
            # How long ago, not when: the moments are the database's.
            "began": [max(0.0, now - moment) for moment in self.began],
            "ended": [None if moment is None else max(0.0, now - moment) for moment in self.ended],
            "waits": [None] * count,
            "callers": [None] * count,
            "emission_executions": [row[0] for row in self.emissions],
            "sequences": [row[1] for row in self.emissions],
            "pins": [row[2] for row in self.emissions],
            "emission_values": [row[3].json for row in self.emissions],
            "emission_handles": [_handle(row[3]) for row in self.emissions],
            "output_executions": [row[0] for row in self.outputs],
            "output_names": [row[1] for row in self.outputs],
            "output_values": [row[2].json for row in self.outputs],
            "output_handles": [_handle(row[2]) for row in self.outputs],
        }
        return arguments | log_arguments(self.lines) if self.lines else arguments


def _handle(stored: Stored) -> str | None:
    return None if stored.handle is None else orjson.dumps(stored.handle.to_wire()).decode()


def _attempt(when: tuple[float, float], error: dict[str, Any] | None) -> str:
    """Give the one attempt of an execution as its row tells it."""
    began, ended = _moment(when[0]), _moment(when[1])
    rest = "" if error is None else f',"error":{orjson.dumps(error).decode()}'
    return f'[{{"number":1,"step":0,"started_at":"{began}","ended_at":"{ended}"{rest}}}]'


def _moment(seconds: float) -> str:
    """Give a moment as ISO 8601 has it, in UTC."""
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1e6):06d}+00:00"


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
