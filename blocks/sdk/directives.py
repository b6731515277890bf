"""What a block may yield besides emissions: a directive ends the step and says what the run waits for; it does nothing itself.

A block runs in steps. An ordinary block has one. A block that yields a directive is left by its worker, the workflow waits
durably, and then the same block is run again for the same node execution with `context.step` one higher.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: (pin, value)
Emission = tuple[str, Any]


@dataclass(frozen=True)
class Sleep:
    """Wait for so many seconds on the workflow's own timer."""

    seconds: float


@dataclass(frozen=True)
class StartChild:
    """Run another agent and wait for its first outputs; the next step finds them in `context.child`."""

    graph_id: str
    graph_version: int | None
    inputs: Mapping[str, Any]
    masks: Mapping[str, Mapping[str, Any]] | None = None
    #: {group key: reference}: what the child's nodes may use.
    credentials: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class AwaitChild:
    """Wait for more outputs of the agent that this execution runs."""


Directive = Sleep | StartChild | AwaitChild
Yield = Emission | Directive
