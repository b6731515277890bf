"""A node's input, from raw pins to what its block may see: merge, coerce, require, validate; never runs a block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schema.block import BlockSpec
from schema.coerce import Check, Fit
from schema.credentials import reference_of, requirements_of
from schema.errors import InvalidInput
from schema.identity import once_each
from schema.pins import is_dynamic, merge


def prepare(spec: BlockSpec, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Give the raw pins merged, coerced and validated, dynamic names left beside their merge.

    Raises InvalidInput with every problem at once, each with its pin.
    """
    merged = merge(raw)
    for pin, fit in _fits_of(spec):
        if pin in merged:
            merged[pin] = fit(merged[pin])
    for requirement in requirements_of(spec):
        # An export takes the id out of a reference: what is left says whose credential it was, and names none.
        if not requirement.is_required and reference_of(merged.get(requirement.pin)) is None:
            merged.pop(requirement.pin, None)
    if spec.has_dynamic_inputs:
        return merged
    problems = _check_of(spec)({pin: merged[pin] for pin in spec.input_pins if pin in merged})
    if problems:
        shown = "; ".join(f"{pin}: {message}" if pin else message for pin, message in problems)
        raise InvalidInput(
            f"The input does not fit {spec.name}: {shown}",
            problems=[{"pin": pin, "message": message} for pin, message in problems],
        )
    return merged


@once_each
def _fits_of(spec: BlockSpec) -> list[tuple[str, Fit]]:
    """Give, of the pins that take one type or another, how a value comes to fit."""
    definitions = spec.input_schema.get("$defs", {})
    fits = [(pin, Fit(schema, definitions)) for pin, schema in spec.input_pins.items()]
    return [(pin, fit) for pin, fit in fits if not fit.is_open]


@once_each
def _check_of(spec: BlockSpec) -> Check:
    return Check(spec.input_schema)


def visible(prepared: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the block itself sees: no dynamic names, no nulls (its own defaults stand for them)."""
    return {pin: value for pin, value in prepared.items() if value is not None and not is_dynamic(pin)}
