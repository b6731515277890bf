"""Trace context: to which trace a run belongs, as W3C's traceparent says it; it makes no span and sends nothing.

A run keeps the traceparent of what asked for it (`runs.trace`), or nothing. Then its trace is named by its root run's id, whose
128 bits are a trace id as they are, so that whoever works on a run, in whatever process, knows its trace without asking. The span
of a run has an id that is made from the run's: spans below it are sent while it goes on, and it itself when it is over.

https://www.w3.org/TR/trace-context/
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

#: Version, trace id, span id, flags. What a later version adds behind them is left alone.
_TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED: Final = 0x01


@dataclass(frozen=True)
class TraceParent:
    """A span that others are below: 32 and 16 hexadecimal digits, and whether the trace is kept."""

    trace_id: str
    span_id: str
    is_sampled: bool = True

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{_SAMPLED if self.is_sampled else 0:02x}"


def parse_traceparent(text: str | None) -> TraceParent | None:
    """Read a traceparent; None where it is none: whoever sent it did not mean us."""
    found = None if text is None or len(text) > 200 else _TRACEPARENT.match(text)
    if found is None or (text is not None and len(text) > found.end() and text[found.end()] != "-"):
        return None
    return TraceParent(found[1], found[2], bool(int(found[3], 16) & _SAMPLED))


def trace_of_run(trace: str | None, root_run_id: UUID, ratio: float = 1.0) -> TraceParent:
    """Give what a run's span is below. Without a traceparent, that is a span that nobody ever sends: the run's own is the first."""
    asked = parse_traceparent(trace)
    if asked is not None:
        return asked
    trace_id = root_run_id.hex
    return TraceParent(trace_id, span_id_of(root_run_id), is_chosen(trace_id, ratio))


def span_id_of(run_id: UUID) -> str:
    """Give the id of a run's span: the same in every process."""
    return hashlib.sha256(b"run span " + run_id.bytes).hexdigest()[:16]


def is_chosen(trace_id: str, ratio: float) -> bool:
    """Say whether a trace that nobody decided upon is kept: of all of them, this part; everywhere the same.

    By a hash: the ids of runs begin with the time, and have bits that never change.
    """
    place = int.from_bytes(hashlib.sha256(trace_id.encode()).digest()[:8])
    return place < ratio * 2**64
