"""Bounds that a block checks before it builds something large; it never measures what is already built."""

from __future__ import annotations

from typing import Any

import orjson

from schema.errors import BlockFailed, ValueTooLarge
from schema.limits import LIMITS


def check_bytes(count: int, what: str) -> None:
    """Refuse, before it is built, what would be larger than a value may be."""
    if count > LIMITS.value_bytes_max:
        raise ValueTooLarge(f"{what} would be about {count} bytes; at most {LIMITS.value_bytes_max} may travel.")


def check_emissions(count: int, what: str) -> None:
    """Refuse, before the first of them, more emissions than one execution may make."""
    if count > LIMITS.execution_emissions_max:
        raise BlockFailed(
            f"{what} would be {count} emissions; a node may make {LIMITS.execution_emissions_max} at a time."
        )


def json_bytes(value: Any) -> int:
    """Give the size of a value that came in as JSON."""
    return len(orjson.dumps(value))
