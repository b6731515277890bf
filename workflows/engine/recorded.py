"""Recorded executions as they are compared: what a row keeps of a value, and what two equal inputs have in common; pure.

An input is compared as its block got it: merged and coerced, never validated, for what ended well had a valid one. A value that
stands elsewhere is compared by its handle, which is the SHA-256 of its JSON; where it has to be merged or coerced it must be here.
Secrets are not in records; references to credentials are compared by what they refer to, not by how they are called.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from schema.block import BlockSpec
from schema.coerce import coerce, is_left_alone
from schema.credentials import handed_down, is_credential_pin, reference_of
from schema.errors import InvalidInput, InvalidValue, ValueTooLarge
from schema.limits import LIMITS
from schema.pins import NOTHING, base_name, is_dynamic, merge
from schema.values import encode
from workflows.engine.tool_calls import ROUND


@dataclass(frozen=True)
class Kept:
    """A value as a row keeps it: itself, or a handle; `value` is NOTHING for one that was not fetched."""

    value: Any = NOTHING
    handle: Mapping[str, Any] | None = None

    @cached_property
    def _data(self) -> bytes:
        return encode(self.value)

    @property
    def size(self) -> int:
        """Give its JSON bytes."""
        return len(self._data) if self.handle is None else int(self.handle["size"])

    @property
    def identity(self) -> bytes:
        """Give what two equal values have in common, wherever they stand."""
        if self.handle is not None:
            return str(self.handle["id"]).encode()
        if len(self._data) <= LIMITS.value_inline_bytes_max:
            return self._data
        return hashlib.sha256(self._data).hexdigest().encode()


@dataclass(frozen=True)
class Recorded:
    """An execution of the old run that ended well, or had to do with calls of tools. `inputs` stand as its row has them, emissions
    are (pin, value)."""

    execution: int
    node_id: str
    ordinal: int
    inputs: Mapping[str, Mapping[str, Any]]
    emissions: Sequence[tuple[str, Kept]]
    #: Whether `inputs` are as they came: not merged and not coerced.
    is_raw: bool = False
    #: [execution, call id, index of its node] of what called it as a tool.
    caller: Sequence[Any] | None = None
    #: (code, message), where it failed; and the step in which it ended.
    failure: tuple[str, str] | None = None
    step: int = 0

    def last_round(self) -> tuple[int, list[str]] | None:
        """Give (place behind its last round, the calls of that); None where it did not end in the step right behind a round."""
        rounds = [(place, kept) for place, (pin, kept) in enumerate(self.emissions) if pin == ROUND]
        if not rounds or len(rounds) != self.step:
            return None
        place, kept = rounds[-1]
        if not isinstance(kept.value, Mapping) or "calls" not in kept.value:
            return None
        return place + 1, [str(call) for call, *_ in kept.value["calls"]]


def from_row(row: Mapping[str, Any]) -> Kept:
    handle = row.get("handle")
    return Kept(handle=handle) if handle is not None else Kept(row.get("value"))


def prepared(spec: BlockSpec, raw: Mapping[str, Kept]) -> dict[str, Kept] | None:
    """Merge and coerce as `schema.inputs.prepare` does; None where that takes a value that is not here, or cannot be done.

    Nothing is validated: what ended well had a valid input.
    """
    left = {pin: kept for pin, kept in raw.items() if kept.value is NOTHING}
    for pin, kept in left.items():
        assert kept.handle is not None
        if is_merged(pin, raw) or not is_unchanged(spec, pin, kept.handle):
            return None
    try:
        merged = merge({pin: kept.value for pin, kept in raw.items() if pin not in left})
    except InvalidInput:
        return None
    definitions = spec.input_schema.get("$defs", {})
    for pin, schema in spec.input_pins.items():
        if pin in merged:
            merged[pin] = coerce(merged[pin], schema, definitions)
    # In the order of their coming: a value that was left alone keeps its handle, whether or not its value is known.
    return {**{pin: _again(raw.get(pin), value) for pin, value in merged.items()}, **left}


def _again(before: Kept | None, value: Any) -> Kept:
    return before if before is not None and before.value is value else Kept(value)


def key_of(spec: BlockSpec, inputs: Mapping[str, Kept]) -> Any:
    """Give what the inputs of two executions have in common where they are the same."""
    try:
        return tuple(sorted((pin, _identity(spec, pin, kept)) for pin, kept in inputs.items()))
    except (InvalidValue, ValueTooLarge):
        return None


def _identity(spec: BlockSpec, pin: str, kept: Kept) -> bytes:
    if spec.is_secret(pin):
        return b"***"
    if not is_credential_pin(spec, pin) or kept.value is NOTHING:
        return kept.identity
    one = reference_of(kept.value)
    if one is not None:
        return encode([one.id, one.provider, one.type])
    several = handed_down(kept.value)
    return encode([[name, part.id, part.provider, part.type] for name, part in sorted(several.items())])


def is_merged(pin: str, pins: Iterable[str]) -> bool:
    """Say whether a pin's value is made of several of these pins."""
    return is_dynamic(pin) or any(is_dynamic(other) and base_name(other) == pin for other in pins)


def is_unchanged(spec: BlockSpec, pin: str, handle: Mapping[str, Any]) -> bool:
    """Say whether a pin takes what a handle stands for as it is."""
    schema = spec.input_pins.get(pin)
    return schema is None or is_left_alone(str(handle["type"]), schema)
