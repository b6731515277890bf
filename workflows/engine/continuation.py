"""Continuation: the nouns of continuing a run, what is asked for and what comes out; they do nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from schema.block import BlockSpec
from schema.graph import Node
from workflows.engine.plan import Plan
from workflows.engine.recorded import Kept, Recorded

#: Why a node runs again.
CHOSEN: Final = "CHOSEN"
EDITED: Final = "EDITED"
BEHIND: Final = "BEHIND"
FAILED: Final = "FAILED"
INPUT_CHANGED: Final = "INPUT_CHANGED"
CONFIGURATION_CHANGED: Final = "CONFIGURATION_CHANGED"
SECRET_INPUT: Final = "SECRET_INPUT"
NOT_RECORDED: Final = "NOT_RECORDED"
REASONS: Final = (
    CHOSEN,
    EDITED,
    BEHIND,
    FAILED,
    INPUT_CHANGED,
    CONFIGURATION_CHANGED,
    SECRET_INPUT,
    NOT_RECORDED,
)


@dataclass(frozen=True)
class Source:
    """The old run: what it was made of, and what it recorded, in the order in which executions ended."""

    plan: Plan
    nodes: Mapping[str, Node]
    recorded: Sequence[Recorded] = ()
    #: (node id, ordinal) of the executions that failed.
    failed: frozenset[tuple[str, int]] = frozenset()
    masks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """The new run: what it is made of and what it is given. `inputs` are in the order of their rows."""

    plan: Plan
    nodes: Mapping[str, Node]
    specs: Mapping[str, BlockSpec]
    inputs: Sequence[tuple[str, Any]] = ()
    masks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Wish:
    """What is to be otherwise than in the old run."""

    #: Nothing at all is taken over.
    is_fresh: bool = False
    #: Nodes that run again, and nodes whose inputs are edited (their values are masks): with all that lies behind them.
    chosen: frozenset[str] = frozenset()
    edited: frozenset[str] = frozenset()
    #: (node id, ordinal, or None for all of them) -> what it gives instead of running.
    outputs: Mapping[tuple[str, int | None], Sequence[tuple[str, Kept]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """An execution of the new run that gives what somebody wrote, instead of running."""

    execution: int
    node_id: str
    ordinal: int
    inputs: Mapping[str, Kept]
    emissions: Sequence[tuple[str, Kept]]


@dataclass(frozen=True)
class Outlook:
    """What becomes of a node: how many executions are taken over, written, and begin at once; why others run again."""

    node_id: str
    title: str
    reused: int
    written: int
    ready: int
    recorded: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Continuation:
    """How a run goes on from another."""

    seed: list[Any]
    #: (new execution, old execution, ordinal in the new run, what called it as a tool in the new run).
    reused: Sequence[tuple[int, int, int, list[Any] | None]]
    written: Sequence[Written]
    nodes: Sequence[Outlook]
    #: What had failed behind rounds of calls and goes on behind the last: (new execution, old execution, emissions that stand).
    going_on: Sequence[tuple[int, int, int]]
    #: Nodes of the old run that the new one has not.
    lacking: Sequence[str]
    #: Of `Wish.outputs`, those that nothing came to: what leads to them runs again, or they are not there.
    unused: Sequence[tuple[str, int | None]]
