"""BlockSpec: what a graph must know of a block without having it: names, pins, kind; never runs anything.

A spec is made from a block class by the SDK, or from the catalogue of known blocks for one that is not installed (a
placeholder). The graph model, the checks and the compiler know specs only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from schema.pins import base_name

#: The run input that every trigger node takes, and the pin on which it takes it.
PAYLOAD: Final = "payload"


class Kind(StrEnum):
    """What a node of this block is to a run."""

    STANDARD = "STANDARD"
    INPUT = "INPUT"
    OUTPUT = "OUTPUT"
    NOTE = "NOTE"
    AGENT = "AGENT"
    WEBHOOK = "WEBHOOK"
    HUMAN = "HUMAN_IN_THE_LOOP"


class Queue(StrEnum):
    """The task queue that serves a block: by what the block does to a worker."""

    IO = "blocks-io"
    CPU = "blocks-cpu"
    SANDBOX = "blocks-sandbox"
    LONG = "blocks-long"


@dataclass(frozen=True)
class Cost:
    """What a run of a block costs, where its input matches the filter; agent-graphs.md section 10. 100 credits are one dollar."""

    amount: int
    #: What is counted: RUN, BYTE, SECOND, ITEMS, COST_USD or TOKENS.
    type: str = "RUN"
    #: The part of the input that must match.
    filter: Mapping[str, Any] = field(default_factory=dict)
    divisor: int = 1


@dataclass(frozen=True)
class BlockSpec:
    """A block's contract. `input_schema` and `output_schema` are JSON Schemas of objects, a property a pin."""

    id: str
    name: str
    description: str = ""
    categories: tuple[str, ...] = ()
    kind: Kind = Kind.STANDARD
    input_schema: Mapping[str, Any] = field(default_factory=dict)
    output_schema: Mapping[str, Any] = field(default_factory=dict)
    static_output: bool = False
    #: Deterministic, quick and without effects: many executions may share one dispatch.
    is_pure: bool = False
    #: Has effects, and its executions do not depend on one another: some of them may share one dispatch and run beside one another.
    is_batchable: bool = False
    #: Known by name only: it shows, validates and exports, and refuses to run.
    is_placeholder: bool = False
    #: Takes or gives pins that its schema does not list (an agent's inputs and outputs are its node's pins).
    has_dynamic_inputs: bool = False
    has_dynamic_outputs: bool = False
    is_sensitive: bool = False
    #: May be stopped in the middle and run again from its last step, with no effect twice. What is pure may anyway.
    is_resumable: bool = False
    #: Of a block that waits for events: the pin with the event's name, and the one with its payload's JSON Schema, if it has one.
    event_pins: tuple[str, str | None] | None = None
    #: Pins of a conversation that comes back to the block: it waits for those that are linked all together, or for none of them.
    loop_pins: tuple[str, ...] = ()
    #: Pins by the names that they had in older files; an import writes today's in their place.
    old_inputs: Mapping[str, str] = field(default_factory=dict)
    old_outputs: Mapping[str, str] = field(default_factory=dict)
    queue: Queue = Queue.IO
    examples: tuple[Mapping[str, Any], ...] = ()
    costs: tuple[Cost, ...] = ()

    @cached_property
    def input_pins(self) -> Mapping[str, Any]:
        pins: Mapping[str, Any] = self.input_schema.get("properties", {})
        return pins

    @cached_property
    def output_pins(self) -> Mapping[str, Any]:
        pins: Mapping[str, Any] = self.output_schema.get("properties", {})
        return pins

    @property
    def required_pins(self) -> tuple[str, ...]:
        return tuple(self.input_schema.get("required", ()))

    def has_input(self, pin: str) -> bool:
        return self.has_dynamic_inputs or base_name(pin) in self.input_pins

    def has_output(self, pin: str) -> bool:
        return self.has_dynamic_outputs or base_name(pin) in self.output_pins

    def is_secret(self, pin: str) -> bool:
        return bool(self.input_pins.get(base_name(pin), {}).get("secret"))
