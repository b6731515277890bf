"""Entries: what is to be written to the ledger of an execution, its emissions, its outputs and its log lines; no SQL here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schema.db.values import Stored


@dataclass(frozen=True)
class EmissionEntry:
    """One emission to write."""

    execution: int
    sequence: int
    pin: str
    stored: Stored


@dataclass(frozen=True)
class OutputEntry:
    """One output of the run to write."""

    execution: int
    name: str
    stored: Stored


@dataclass(frozen=True)
class LogEntry:
    """A log line to write, or, with `pin`, a piece of text that is streamed on it; its level is then `text`."""

    execution: int
    attempt: int
    level: str
    pin: str | None
    line: str


@dataclass(frozen=True)
class ExecutionEntry:
    """What is to be known of an execution now."""

    execution: int
    node_id: str
    block_id: str
    ordinal: int
    status: str
    step: int
    fence: int
    inputs: dict[str, Any]
    started_at: datetime
    ended_at: datetime | None = None
    error: dict[str, Any] | None = None
    #: Attempts that ended since the last write: {number, started_at, ended_at, error?}.
    attempts: list[dict[str, Any]] = field(default_factory=list)
    #: Whether this is news to readers; false where they know the execution as this says it.
    is_told: bool = True
    #: What it waits for, {kind, ...}, where it is parked.
    waits_for: dict[str, Any] | None = None
    #: [execution, call id, index of its node] of what called it as a tool.
    caller: list[Any] | None = None
