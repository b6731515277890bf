"""Tables of Airtable: what fields one has, and records in which each of them stands; it changes nothing there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from blocks.sdk.rest import Api
from schema.errors import BlockFailed, InvalidInput

#: Records that Airtable takes in one request, and that one block gives it.
_RECORDS_A_REQUEST: Final = 10
RECORDS_MAX: Final = 1_000
_LISTS: Final = frozenset(
    {
        "multipleAttachments",
        "multipleCollaborators",
        "multipleLookupValues",
        "multipleRecordLinks",
        "multipleSelects",
    }
)
_TEXTS: Final = frozenset({"singleLineText", "multilineText", "richText", "email", "url", "phoneNumber"})


def batches(rows: list[Any], pin: str) -> Iterator[list[Any]]:
    """Give what is sent, request by request."""
    if len(rows) > RECORDS_MAX:
        raise InvalidInput(f"At most {RECORDS_MAX} records at once, not {len(rows)}.", pin=pin)
    for start in range(0, len(rows), _RECORDS_A_REQUEST):
        yield rows[start : start + _RECORDS_A_REQUEST]


async def tables_of(api: Api, base_id: str) -> list[dict[str, Any]]:
    """Give a base's tables with their fields."""
    answer = await api.call("GET", "/meta/bases/{base_id}/tables", {"base_id": base_id})
    return list(answer.content.get("tables") or [])


async def fields_of(api: Api, base_id: str, table: str) -> dict[str, dict[str, Any]]:
    """Give a table's fields by their names. Raises BlockFailed where the base has no such table."""
    for found in await tables_of(api, base_id):
        if table in (found.get("id"), found.get("name")):
            return {field["name"]: field for field in found.get("fields") or []}
    raise BlockFailed(f"The base has no table {table!r}, or the credential may not see its fields.")


def completed(records: Iterable[Mapping[str, Any]], fields: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give records in which each field of the table stands: Airtable leaves out those that are empty."""
    empty = {name: _empty(str(field.get("type"))) for name, field in fields.items()}
    return [{**record, "fields": {**empty, **(record.get("fields") or {})}} for record in records]


def _empty(kind: str) -> Any:
    if kind in _LISTS:
        return []
    if kind == "checkbox":
        return False
    return "" if kind in _TEXTS else None
