"""Blocks for Notion that look for things: read the entries of a database, search for pages and databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, Field

from blocks.notion.properties import entry_of, filter_of, need_property, plain_text, title_of
from blocks.providers.notion import NOTION, NotionCredentials, notion_id
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api, CursorPaging
from blocks.sdk.samples import said, sample, sample_key
from schema.errors import InvalidInput

_KEY: Final = sample_key(NOTION)
_DATABASE_ID: Final = "d9824bdc-8445-4327-be8b-5b47500af6ce"
_PAGE_ID: Final = "59833787-2cf9-4fdf-8782-e53db20768a5"
_ENTRY: Final = {
    "object": "page",
    "id": _PAGE_ID,
    "url": "https://www.notion.so/a",
    "created_time": "2026-01-31T12:00:00.000Z",
    "last_edited_time": "2026-01-31T12:00:00.000Z",
    "parent": {"type": "database_id", "database_id": _DATABASE_ID},
    "properties": {"Name": {"type": "title", "title": [{"plain_text": "Wall"}]}},
}
_DATABASE: Final = {
    "object": "database",
    "id": _DATABASE_ID,
    "title": [{"plain_text": "Walls"}],
    "properties": {"Name": {"type": "title"}},
}
_PLAIN: Final = {
    "_id": _PAGE_ID,
    "_url": "https://www.notion.so/a",
    "_created_time": "2026-01-31T12:00:00.000Z",
    "_last_edited_time": "2026-01-31T12:00:00.000Z",
    "Name": "Wall",
}
#: Entries that one execution gives, and that Notion gives in one answer.
_ENTRIES_MAX: Final = 1_000
_ENTRIES_A_PAGE: Final = 100
_PAGING: Final = CursorPaging("start_cursor", ("next_cursor",), ("results",), in_body=True)
_DIRECTIONS: Final = ("ascending", "descending")


class NotionReadDatabase(Block):
    """Read the entries of a database: those that have a value, in an order, if that is wanted."""

    id = "fcd53135-88c9-4ba3-be50-cc6936286e6c"
    name = "NotionReadDatabaseBlock"
    categories = ("PRODUCTIVITY",)

    class Input(BlockInput):
        credentials: NotionCredentials = pin(description="Access to Notion.")
        database_id: str = pin(description="The database's id or address.")
        filter_property: str | None = pin(None, description="The property by which entries are chosen.")
        filter_value: str | None = pin(None, description="What it is to be; of a text: to contain.")
        sort_property: str | None = pin(None, description="The property by which they are ordered.")
        sort_direction: str | None = pin("ascending", description="ascending or descending.")
        limit: int = pin(100, description="Entries to give at most.", ge=1, le=_ENTRIES_MAX)

    class Output(BlockOutput):
        entries: list[dict[str, Any]] = pin(description="The entries: their properties by name, and _id and _url.")
        entry: dict[str, Any] = pin(description="Each entry by itself.")
        entry_ids: list[str] = pin(description="Their ids.")
        entry_id: str = pin(description="Each id by itself.")
        count: int = pin(description="How many there are.")
        database_title: str = pin(description="The database's title.")

    examples = (
        sample(
            _KEY,
            {"database_id": _DATABASE_ID},
            [
                ("entries", [_PLAIN]),
                ("entry_ids", [_PAGE_ID]),
                ("entry", _PLAIN),
                ("entry_id", _PAGE_ID),
                ("count", 1),
                ("database_title", "Walls"),
            ],
            said(_DATABASE),
            said({"results": [_ENTRY], "has_more": False, "next_cursor": None}),
        ),
        sample(
            _KEY,
            {"database_id": _DATABASE_ID, "filter_property": "Colour", "filter_value": "grey"},
            [],
            said(_DATABASE),
            title="A property that it does not have",
            error="it has Name",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(NOTION, inputs.credentials, context)
        places = {"id": notion_id(inputs.database_id, "database_id")}
        database = (await api.call("GET", "/databases/{id}", places)).content
        body = _query(inputs, database.get("properties") or {})
        pages = api.pages("/databases/{id}/query", places, _PAGING, items_max=inputs.limit, method="POST", json=body)
        entries = [entry_of(page) async for page in pages]
        yield "entries", entries
        yield "entry_ids", [entry["_id"] for entry in entries]
        for entry in entries:
            yield "entry", entry
            yield "entry_id", entry["_id"]
        yield "count", len(entries)
        yield "database_title", plain_text(database.get("title"))


def _query(inputs: NotionReadDatabase.Input, properties: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"page_size": min(inputs.limit, _ENTRIES_A_PAGE)}
    if inputs.filter_property and inputs.filter_value:
        kind = need_property(properties, inputs.filter_property, "filter_property")
        body["filter"] = filter_of(inputs.filter_property, kind, inputs.filter_value)
    if inputs.sort_property:
        need_property(properties, inputs.sort_property, "sort_property")
        direction = inputs.sort_direction or _DIRECTIONS[0]
        if direction not in _DIRECTIONS:
            raise InvalidInput(f"An order is {' or '.join(_DIRECTIONS)}.", pin="sort_direction")
        body["sorts"] = [{"property": inputs.sort_property, "direction": direction}]
    return body


class NotionSearchResult(BaseModel):
    """A page or a database that was found."""

    id: str = Field(description="Its id.")
    type: str = Field(description="page or database.")
    title: str = Field(description="Its title.")
    url: str | None = Field(None, description="Its address.")
    created_time: str | None = Field(None, description="When it was made.")
    last_edited_time: str | None = Field(None, description="When it was changed last.")
    parent_type: str | None = Field(None, description="What it stands in: page, database or workspace.")
    parent_id: str | None = Field(None, description="The id of that.")
    icon: str | None = Field(None, description="The emoji beside its title, or the address of its picture.")
    is_inline: bool | None = Field(None, description="Whether a database is shown within its page.")


class NotionSearch(Block):
    """Search for pages and databases by their titles, among those that were shared with the integration."""

    id = "313515dd-9848-46ea-9cd6-3c627c892c56"
    name = "NotionSearchBlock"
    categories = ("PRODUCTIVITY", "SEARCH")

    class Input(BlockInput):
        credentials: NotionCredentials = pin(description="Access to Notion.")
        query: str = pin("", description="What to search for; nothing: all of them.")
        filter_type: str | None = pin(None, description="Only these: page or database.")
        limit: int = pin(20, description="Results to give at most.", ge=1, le=_ENTRIES_MAX)

    class Output(BlockOutput):
        results: list[NotionSearchResult] = pin(description="What was found.")
        result: NotionSearchResult = pin(description="Each by itself.")
        result_ids: list[str] = pin(description="Their ids.")
        count: int = pin(description="How many there are.")

    examples = (
        sample(
            _KEY,
            {"query": "Wall"},
            [("result_ids", [_PAGE_ID]), ("count", 1)],
            said({"results": [_ENTRY], "has_more": False, "next_cursor": None}),
            match="subset",
        ),
        sample(_KEY, {"filter_type": "wall"}, [], title="No such kind", error="page or database"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        body: dict[str, Any] = {"query": inputs.query, "page_size": min(inputs.limit, _ENTRIES_A_PAGE)}
        if inputs.filter_type:
            if inputs.filter_type not in ("page", "database"):
                raise InvalidInput("filter_type is page or database.", pin="filter_type")
            body["filter"] = {"property": "object", "value": inputs.filter_type}
        api = Api(NOTION, inputs.credentials, context)
        pages = api.pages("/search", None, _PAGING, items_max=inputs.limit, method="POST", json=body)
        results = [_result(thing).model_dump(mode="json") async for thing in pages]
        yield "results", results
        for result in results:
            yield "result", result
        yield "result_ids", [result["id"] for result in results]
        yield "count", len(results)


def _result(thing: Mapping[str, Any]) -> NotionSearchResult:
    parent, icon = thing.get("parent") or {}, thing.get("icon") or {}
    kind = str(parent.get("type") or "")
    inner = parent.get(kind)
    return NotionSearchResult(
        id=thing["id"],
        type=thing["object"],
        title=title_of(thing),
        url=thing.get("url"),
        created_time=thing.get("created_time"),
        last_edited_time=thing.get("last_edited_time"),
        parent_type=kind.removesuffix("_id") or None,
        parent_id=inner if isinstance(inner, str) else None,
        icon=icon.get("emoji") or (icon.get("external") or icon.get("file") or {}).get("url"),
        is_inline=thing.get("is_inline"),
    )
