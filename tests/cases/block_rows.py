"""One row of the block cases, run and compared: a block, an input, the emissions that it must give; it prints nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from blocks.registry import Registry
from blocks.sdk import Context, Emission, HttpResponse, Unavailable
from blocks.sdk.direct import run_directly
from blocks.sdk.memory import Remembered
from tests.cases.matching import is_as_expected, resolve

#: The time that the blocks see.
NOON: Final = datetime(2026, 1, 31, 12, 34, 56, 789_000, tzinfo=UTC)


class NoNetwork:
    """The way out of a row: a case of the format never needs it."""

    async def request(self, method: str, url: str, **options: Any) -> HttpResponse:
        raise Unavailable("A case is run without a network.")


async def difference_of(row: Mapping[str, Any], registry: Registry) -> str | None:
    """Run a row; say how what came differs from what it expects, or None: it does not."""
    block = registry.find(row["block_id"])
    if block is None:
        return f"the block {row['block_id']} is not installed"
    inputs = {pin: resolve(value) for pin, value in row["input"].items()}
    expected = [(str(pin), value) for pin, value in row["expected_outputs"]]
    context = Context(http=NoNetwork(), clock=lambda: NOON, memory=Remembered())  # type: ignore[arg-type]
    result = await run_directly(block, inputs, context, _pass_at_once)
    emissions = list(result.emissions)
    if result.error is not None:
        emissions.append(("error", result.error.message))
    return compare(emissions, expected, row)


async def _pass_at_once(_seconds: float) -> None:
    """Let a wait be over."""


def compare(came: Sequence[Emission], expected: Sequence[Emission], row: Mapping[str, Any]) -> str | None:
    """Say how emissions differ from those of a row; None: they do not. The wording of an error is ours."""

    def fits(emission: Emission, wanted: Emission) -> bool:
        (pin, value), (wanted_pin, wanted_value) = emission, wanted
        is_error = pin == wanted_pin == "error"
        return pin == wanted_pin and (is_error or is_as_expected(value, wanted_value, row["input"], NOON))

    if row.get("match", "exact") == "subset":
        missing = [wanted for wanted in expected if not any(fits(emission, wanted) for emission in came)]
        is_failure = any(pin == "error" for pin, _ in came) and not any(pin == "error" for pin, _ in expected)
        return f"{missing or 'no failure'} expected, and {list(came)} came" if missing or is_failure else None
    is_same = len(came) == len(expected) and all(fits(*pair) for pair in zip(came, expected, strict=True))
    return None if is_same else f"{list(expected)} expected, and {list(came)} came"
