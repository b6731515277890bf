"""A node's input, from raw pins to what its block may see: merge, coerce, require, validate; never runs a block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

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
    return _preparation_of(spec)(raw)


class Preparation:
    """`prepare` for one block, with what there is to know of its pins found out once."""

    def __init__(self, spec: BlockSpec) -> None:
        self._spec = spec
        definitions = spec.input_schema.get("$defs", {})
        fits = [(pin, Fit(schema, definitions)) for pin, schema in spec.input_pins.items()]
        self._fits = [(pin, fit) for pin, fit in fits if not fit.is_open]
        self._optional = [one.pin for one in requirements_of(spec) if not one.is_required]
        self._pins = frozenset(spec.input_pins)
        self._check = None if spec.has_dynamic_inputs else Check(spec.input_schema)

    def __call__(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Give the raw pins as `prepare` does."""
        merged = merge(raw)
        for pin, fit in self._fits:
            if pin in merged:
                merged[pin] = fit(merged[pin])
        for pin in self._optional:
            # An export takes the id out of a reference: what is left says whose credential it was, and names none.
            if reference_of(merged.get(pin)) is None:
                merged.pop(pin, None)
        if self._check is not None:
            problems = self._check({pin: value for pin, value in merged.items() if pin in self._pins})
            if problems:
                self._refuse(problems)
        return merged

    def _refuse(self, problems: Sequence[tuple[str, str]]) -> NoReturn:
        shown = "; ".join(f"{pin}: {message}" if pin else message for pin, message in problems)
        raise InvalidInput(
            f"The input does not fit {self._spec.name}: {shown}",
            problems=[{"pin": pin, "message": message} for pin, message in problems],
        )


_preparation_of = once_each(Preparation)


def visible(prepared: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the block itself sees: no dynamic names, no nulls (its own defaults stand for them)."""
    return {pin: value for pin, value in prepared.items() if value is not None and not is_dynamic(pin)}
