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
    """Wait for so many seconds on the workflow's own timer. Later steps find every `memory` of the steps before them in
    `context.memories`: what a job that is asked for again and again is called, say."""

    seconds: float
    #: Any JSON; None: there is nothing to remember.
    memory: Any = None


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


@dataclass(frozen=True)
class AwaitEvent:
    """Wait for a named event of the run, for so many seconds at most (None: without end). The next step finds it in
    `context.event`."""

    name: str
    timeout_seconds: float | None = None
    #: JSON Schema of its payload; None: any.
    payload_schema: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class AskPerson:
    """Ask people to approve or reject data. The next step finds what they decided in `context.answer`."""

    title: str
    data: Any
    message: str = ""
    #: JSON Schema of the data, from which the form is made; None: it is shown as it is.
    form: Mapping[str, Any] | None = None
    is_editable: bool = False
    #: Roles whose members may decide (none: all who have the right), how many must approve, and whether who started the run
    #: may be one of them.
    roles: tuple[str, ...] = ()
    needed: int = 1
    allows_self: bool = True
    #: None: without end. Then `on_timeout`: fail, approve, reject or escalate (to `escalate_roles`, for as long again).
    timeout_seconds: float | None = None
    on_timeout: str = "fail"
    escalate_roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool: of a node that a link leads to from this node's `tools` pin, with values for its pins."""

    id: str
    node_id: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class CallTools:
    """Run nodes as tools, each as a node execution of its own, all at once. The next step finds what they gave in
    `context.tool_results`, and every `memory` of the steps before it in `context.memories`."""

    calls: tuple[ToolCall, ...]
    #: Any JSON: what the later steps are to know. Only what is new: all of it is kept.
    memory: Any = None


Directive = Sleep | StartChild | AwaitChild | AwaitEvent | AskPerson | CallTools
Yield = Emission | Directive
