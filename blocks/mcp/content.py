"""What goes into a tool and what comes out: arguments checked by the tool's schema, a result as one value; it asks no server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from schema.errors import BlockFailed, InvalidInput, InvalidValue, shorten
from schema.forms import check_form, form_problems

_WORDS_CHARS_MAX: Final = 2_000
_PROBLEMS_MAX: Final = 10


def checked_arguments(tool: str, arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give the arguments as the tool's schema wants them; raise InvalidInput naming all that do not fit. Nulls are left out."""
    properties = schema.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    given = {name: _fitting(value, properties.get(name)) for name, value in arguments.items() if value is not None}
    if not schema:
        return given
    try:
        check_form(schema)
        problems = form_problems(schema, given)[:_PROBLEMS_MAX]
    except InvalidValue as error:
        raise InvalidInput(f"The schema of the tool {tool!r} cannot be used: {error.message}") from error
    if problems:
        shown = "; ".join(f"{'.'.join(path)}: {message}" if path else message for path, message in problems)
        raise InvalidInput(f"The arguments do not fit the tool {tool!r}: {shown}")
    return given


def _fitting(value: Any, schema: Any) -> Any:
    """Give a plain value in the plain type that its schema names, where it says the same; else as it is."""
    wanted = schema.get("type") if isinstance(schema, Mapping) else None
    if wanted == "string" and isinstance(value, int | float):
        return orjson.dumps(value).decode()
    if wanted in ("integer", "number", "boolean") and isinstance(value, str):
        try:
            read = orjson.loads(value.strip())
        except orjson.JSONDecodeError:
            return value
        if isinstance(read, bool):
            return read if wanted == "boolean" else value
        return read if isinstance(read, int | float) and wanted != "boolean" else value
    return value


def value_of(tool: str, result: Mapping[str, Any]) -> Any:
    """Give what a tool gave: the only part of its content, or a list of all parts; without content, what it gave structured.

    A text that is JSON is given read, a picture or a sound as a data URI. Raises BlockFailed where the tool says that it failed.
    """
    given = result.get("content")
    content = [part for part in given if isinstance(part, Mapping)] if isinstance(given, list) else []
    if result.get("isError"):
        said = " ".join(str(part.get("text", "")) for part in content).strip() or "it gave no reason."
        raise BlockFailed(f"The tool {tool!r} failed: {shorten(said, _WORDS_CHARS_MAX)}")
    parts = [_part(part) for part in content]
    if not parts:
        return result.get("structuredContent")
    return parts[0] if len(parts) == 1 else parts


def _part(part: Mapping[str, Any]) -> Any:
    match part.get("type"):
        case "text":
            return _read(str(part.get("text", "")))
        case "image" | "audio":
            return f"data:{part.get('mimeType', 'application/octet-stream')};base64,{part.get('data', '')}"
        case "resource":
            return part.get("resource")
        case _:
            return dict(part)


def _read(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
