"""Text types of pins, with the format by which a form shows them, and the text of any value; it stores no files."""

from __future__ import annotations

import base64
import binascii
import math
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes

from pydantic import Field

from schema.coerce import coerce
from schema.errors import BlockFailed

ShortText = Annotated[str, Field(json_schema_extra={"format": "short-text"})]
LongText = Annotated[str, Field(json_schema_extra={"format": "long-text"})]
#: A file as a `data:` URI or a reference to one kept elsewhere.
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


def read_text_file(source: str) -> str:
    """Give the text of a file given as a `data:` URI, or the text itself; UTF-8, with or without its mark."""
    if not source.startswith("data:"):
        if source.startswith(("http://", "https://", "workspace://", "file://")):
            raise BlockFailed(
                "The file must be given as text or as a data: URI; fetch a web address with a request block first."
            )
        return source
    head, comma, body = source[len("data:") :].partition(",")
    if not comma:
        raise BlockFailed("The data: URI has no comma, so it has no content.")
    try:
        content = base64.b64decode(body, validate=True) if head.endswith(";base64") else unquote_to_bytes(body)
        return content.decode("utf-8-sig")
    except binascii.Error as error:
        raise BlockFailed(f"The data: URI is not base64: {error}") from error
    except UnicodeDecodeError as error:
        raise BlockFailed("The file is not UTF-8 text.") from error
