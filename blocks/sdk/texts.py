"""Text types of pins, with the format by which a form shows them, and the text of any value; it stores no files."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import Field

from schema.coerce import coerce

ShortText = Annotated[str, Field(json_schema_extra={"format": "short-text"})]
LongText = Annotated[str, Field(json_schema_extra={"format": "long-text"})]
#: A media value: a file as a `data:` URI, a web address or a stored file (blocks/sdk/files.py).
MediaFile = Annotated[str, Field(json_schema_extra={"format": "file"})]

#: Characters of a number that is given as text.
_NUMBER_CHARS_MAX = 400


def text_of(value: Any) -> str:
    """Give text as it is and any other value as JSON text (agent-graphs.md section 6)."""
    return str(coerce(value, {"type": "string"}))


def number_of(value: Any) -> float | None:
    """Give the finite number that a value is, or that its text says; None for anything else, true and false included.

    What is written as an integer stays one: a float would lose the last digits of a long number.
    """
    if isinstance(value, str):
        return _parse_number(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) else None


def _parse_number(text: str) -> float | None:
    if len(text) > _NUMBER_CHARS_MAX:
        return None
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        return number if math.isfinite(number) else None
    return None
