"""When two JSON values are the same: by content (1 and 1.0 are, true and 1 are not), never by object identity."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import orjson


def identity(value: Any) -> Hashable:
    """Give something that is equal, and hashes alike, for two values if and only if they are the same."""
    if isinstance(value, bool):
        return (value,)  # True == 1 in Python.
    if isinstance(value, dict | list | tuple):
        return orjson.dumps(_canonical(value), option=orjson.OPT_SORT_KEYS)
    plain: Hashable = value
    return plain


def _canonical(value: Any) -> Any:
    """Write whole floats as integers where 64 bits hold them."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    if isinstance(value, dict):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return value
