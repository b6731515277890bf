"""Properties of Notion's pages as plain values, and plain values as properties; https://developers.notion.com/reference/property-object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from schema.errors import InvalidInput

#: Characters of one piece of text; a longer text is several pieces.
PIECE_CHARS_MAX: Final = 2_000
#: Kinds of property that are written as a plain value, or a list of names.
_PLAIN: Final = frozenset({"number", "checkbox", "url", "email", "phone_number"})
_NAMED: Final = frozenset({"select", "status"})


def plain_text(pieces: Any) -> str:
    """Give the text of pieces of rich text."""
    return "".join(one.get("plain_text") or "" for one in pieces or () if isinstance(one, dict))


def rich_text(text: str) -> list[dict[str, Any]]:
    """Give a text as pieces that Notion takes."""
    starts = range(0, len(text), PIECE_CHARS_MAX)
    return [{"type": "text", "text": {"content": text[start : start + PIECE_CHARS_MAX]}} for start in starts]


def title_of(thing: Mapping[str, Any]) -> str:
    """Give the title of a page or a database."""
    if thing.get("object") == "database":
        return plain_text(thing.get("title"))
    properties = thing.get("properties") or {}
    return next((plain_text(one.get("title")) for one in properties.values() if one.get("type") == "title"), "")


def plain_value(one: Mapping[str, Any]) -> Any:
    """Give what a property says, without how Notion says it; kinds that are not known are given as they are."""
    kind = str(one.get("type"))
    value = one.get(kind)
    match kind:
        case "title" | "rich_text":
            return plain_text(value)
        case "select" | "status":
            return value.get("name") if value else None
        case "multi_select":
            return [item.get("name") for item in value or ()]
        case "people":
            return [item.get("name") or item.get("id") for item in value or ()]
        case "created_by" | "last_edited_by":
            return (value.get("name") or value.get("id")) if value else None
        case "relation":
            return [item.get("id") for item in value or ()]
        case "files":
            return [_address(item) for item in value or ()]
        case "unique_id":
            number, prefix = (value or {}).get("number"), (value or {}).get("prefix")
            return f"{prefix}-{number}" if prefix else number
        case "date":
            return _date(value)
        case "formula" | "rollup":
            return _computed(value or {})
        case _:
            return value


def _address(item: Mapping[str, Any]) -> Any:
    return (item.get("file") or item.get("external") or {}).get("url")


def _date(value: Any) -> Any:
    if not value:
        return None
    return {"start": value.get("start"), "end": value["end"]} if value.get("end") else value.get("start")


def _computed(value: Mapping[str, Any]) -> Any:
    kind = str(value.get("type"))
    found = value.get(kind)
    if kind == "array":
        return [plain_value(one) for one in found or ()]
    return _date(found) if kind == "date" else found


def entry_of(page: Mapping[str, Any]) -> dict[str, Any]:
    """Give a page of a database as an object of its properties; what it is called and where it is stand under `_` names."""
    return {
        "_id": page["id"],
        "_url": page.get("url"),
        "_created_time": page.get("created_time"),
        "_last_edited_time": page.get("last_edited_time"),
        **{name: plain_value(one) for name, one in (page.get("properties") or {}).items()},
    }


def written(kind: str, value: Any, name: str) -> Any:
    """Give a plain value as a property of a kind. What is an object with that kind in it is taken as it is."""
    if isinstance(value, dict) and kind in value:
        return value
    if kind in ("title", "rich_text"):
        return {kind: rich_text(str(value))}
    if kind in _PLAIN:
        return {kind: value}
    if kind in _NAMED:
        return {kind: {"name": str(value)}}
    if kind == "multi_select":
        names = value if isinstance(value, list) else [value]
        return {kind: [one if isinstance(one, dict) else {"name": str(one)} for one in names]}
    if kind in ("relation", "people"):
        ids = value if isinstance(value, list) else [value]
        return {kind: [one if isinstance(one, dict) else {"id": str(one)} for one in ids]}
    if kind == "date":
        return {kind: value if isinstance(value, dict) else {"start": str(value)}}
    raise InvalidInput(f"The property {name!r} is a {kind}; give it as Notion writes it.", pin="properties")


def filter_of(name: str, kind: str, value: str) -> dict[str, Any]:
    """Give the filter that a property of a kind has, or contains, a value."""
    match kind:
        case "title" | "rich_text" | "url" | "email" | "phone_number":
            how: dict[str, Any] = {"contains": value}
        case "multi_select" | "relation" | "people":
            how = {"contains": value}
        case "select" | "status" | "date":
            how = {"equals": value}
        case "number":
            how = {"equals": _number(value)}
        case "checkbox":
            how = {"equals": value.strip().lower() in ("true", "yes", "1")}
        case _:
            raise InvalidInput(f"Notion's properties of the kind {kind} are not filtered here.", pin="filter_property")
    return {"property": name, kind: how}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InvalidInput(f"The property is a number, and {text[:50]!r} is none.", pin="filter_value") from error


def need_property(properties: Mapping[str, Any], name: str, pin: str) -> str:
    """Give the kind of a database's property; raise InvalidInput where it has none of that name."""
    if name not in properties:
        known: Sequence[str] = sorted(properties)
        raise InvalidInput(f"The database has no property {name!r}; it has {', '.join(known)[:500]}.", pin=pin)
    return str(properties[name]["type"])
