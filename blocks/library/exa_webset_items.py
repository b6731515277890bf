"""Blocks for the items of Exa's websets: get one, list them, take all or only new ones, delete one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

from blocks.exa.websets import (
    DONE,
    PAGE_MAX,
    WEBSETS,
    ListOutput,
    WebsetBlock,
    WebsetInput,
    WebsetItem,
    end_of_list,
    item_of,
)  # fmt: skip
from blocks.providers.exa import EXA
from blocks.sdk import Block, BlockOutput, Context, Emission, Sleep, Yield, pin
from blocks.sdk.rest import Api, CursorPaging, Operation
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(EXA)
_ALL: Final = f"{WEBSETS}/websets/{{webset_id}}/items"
_ONE: Final = f"{_ALL}/{{item_id}}"
_FOUND: Final = {
    "id": "i1",
    "properties": {"type": "company", "url": "https://a.b", "company": {"name": "Walls Ltd"}},
    "enrichments": [],
    "createdAt": "2026-01-31T12:00:00Z",
    "updatedAt": "2026-01-31T12:00:00Z",
}
_ITEM: Final = item_of(_FOUND)
#: Items that one execution gives, and how long it waits for the first, with so much between two looks; in seconds.
_ITEMS_MAX: Final = 1_000
_WAIT_SECONDS_MAX: Final = 3_600
_LOOK_SECONDS: Final = 5.0


class ExaGetWebsetItem(WebsetBlock):
    """Get an item."""

    id = "c4a7d9e2-8f3b-4a6c-9d8e-a5b6c7d8e9f0"
    name = "ExaGetWebsetItemBlock"
    operation = Operation("GET", _ONE)

    class Input(WebsetInput):
        item_id: str = pin(description="The item's id.")

    class Output(BlockOutput):
        item_id: str = pin(description="Its id.")
        url: str = pin(description="Its address.")
        title: str = pin(description="What it is called.")
        content: str = pin(description="What its page says.")
        entity_data: dict[str, Any] = pin(description="What is known of it, by its kind.")
        enrichments: dict[str, Any] = pin(description="What enrichments found, by their ids.")
        created_at: str = pin(description="When it was found.")
        updated_at: str = pin(description="When it was changed last.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "item_id": "i1"},
            [("item_id", "i1"), ("title", "Walls Ltd"), ("entity_data", {"name": "Walls Ltd"})],
            said(_FOUND),
            match="subset",
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        for name, value in item_of(answer).items():
            yield ("item_id" if name == "id" else name), value


class ExaDeleteWebsetItem(WebsetBlock):
    """Delete an item."""

    id = "12c57fbe-c270-4877-a2b6-d2d05529ba79"
    name = "ExaDeleteWebsetItemBlock"
    operation = Operation("DELETE", _ONE, gives={"item_id": ("id",)})

    class Input(WebsetInput):
        item_id: str = pin(description="The item's id.")

    class Output(BlockOutput):
        item_id: str = pin(description="Its id.")
        success: str = pin(description="That it was deleted.")

    examples = (
        sample(_KEY, {"webset_id": "ws1", "item_id": "i1"}, [("item_id", "i1"), ("success", DONE)], said(_FOUND)),
    )


class ExaListWebsetItems(Block):
    """List items, and wait for the first of them if that is wanted."""

    id = "7b5e8c9f-01a2-43c4-95e6-f7a8b9c0d1e2"
    name = "ExaListWebsetItemsBlock"
    categories = ("SEARCH",)

    class Input(WebsetInput):
        limit: int = pin(25, description="Items to give at most.", ge=1, le=PAGE_MAX)
        cursor: str | None = pin(None, description="Where to begin: the `next_cursor` of a list before.")
        wait_for_items: bool = pin(False, description="Where there are none, wait until there are.")
        wait_timeout: int = pin(60, description="How long, in seconds.", ge=0, le=_WAIT_SECONDS_MAX)

    class Output(ListOutput):
        items: list[WebsetItem] = pin(description="The items.")
        webset_id: str = pin(description="The webset's id.")
        item: WebsetItem = pin(description="Each item by itself.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "wait_for_items": True},
            [("items", [_ITEM]), ("item", _ITEM), ("webset_id", "ws1"), ("has_more", False)],
            said({"data": [], "hasMore": False}),
            said({"data": [_FOUND], "hasMore": False}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(EXA, inputs.credentials, context)
        query, places = {"limit": inputs.limit, "cursor": inputs.cursor}, {"webset_id": inputs.webset_id}
        answer = (await api.call("GET", _ALL, places, query=query)).content
        items = [item_of(found) for found in answer.get("data") or ()]
        waited = context.step * _LOOK_SECONDS
        if not items and inputs.wait_for_items and waited < inputs.wait_timeout:
            yield Sleep(min(_LOOK_SECONDS, inputs.wait_timeout - waited))
            return
        yield "items", items
        for item in items:
            yield "item", item
        yield "webset_id", inputs.webset_id
        for emission in end_of_list(answer):
            yield emission


class ExaBulkWebsetItems(Block):
    """Give all items, as many as are wanted."""

    id = "dbd619f5-476e-4395-af9a-a7a7c0fb8c4e"
    name = "ExaBulkWebsetItemsBlock"
    categories = ("SEARCH",)

    class Input(WebsetInput):
        max_items: int = pin(100, description="Items to give at most.", ge=1, le=_ITEMS_MAX)
        include_enrichments: bool = pin(True, description="Give what enrichments found.")
        include_content: bool = pin(True, description="Give what their pages say.")

    class Output(BlockOutput):
        items: list[WebsetItem] = pin(description="The items.")
        item: WebsetItem = pin(description="Each item by itself.")
        total_retrieved: int = pin(description="How many there are here.")
        truncated: bool = pin(description="Whether there are more.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1"},
            [("items", [_ITEM]), ("item", _ITEM), ("total_retrieved", 1), ("truncated", False)],
            said({"data": [_FOUND], "hasMore": False}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, paging = Api(EXA, inputs.credentials, context), CursorPaging("cursor", ("nextCursor",), ("data",))
        places, query = {"webset_id": inputs.webset_id}, {"limit": min(inputs.max_items + 1, PAGE_MAX)}
        # One more than wanted tells whether there are more.
        pages = api.pages(_ALL, places, paging, items_max=inputs.max_items + 1, query=query)
        items = [item_of(found) async for found in pages]
        left_out = {
            **({} if inputs.include_enrichments else {"enrichments": {}}),
            **({} if inputs.include_content else {"content": ""}),
        }
        given = [{**item, **left_out} for item in items[: inputs.max_items]]
        yield "items", given
        for item in given:
            yield "item", item
        yield "total_retrieved", len(given)
        yield "truncated", len(items) > inputs.max_items


class ExaGetNewItems(Block):
    """Give the items behind a cursor, and the cursor for the next time."""

    id = "3ff9bdf5-9613-4d21-8a60-90eb8b69c414"
    name = "ExaGetNewItemsBlock"
    categories = ("SEARCH", "DATA")

    class Input(WebsetInput):
        since_cursor: str | None = pin(
            None, description="The `next_cursor` of the last time; none: from the beginning."
        )
        max_items: int = pin(100, description="Items to give at most.", ge=1, le=_ITEMS_MAX)

    class Output(ListOutput):
        new_items: list[WebsetItem] = pin(description="The items.")
        item: WebsetItem = pin(description="Each item by itself.")
        count: int = pin(description="How many there are here.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "since_cursor": "c0"},
            [("new_items", [_ITEM]), ("item", _ITEM), ("count", 1), ("has_more", True), ("next_cursor", "c1")],
            said({"data": [_FOUND], "hasMore": True, "nextCursor": "c1"}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(EXA, inputs.credentials, context)
        query = {"limit": min(inputs.max_items, PAGE_MAX), "cursor": inputs.since_cursor}
        answer = (await api.call("GET", _ALL, {"webset_id": inputs.webset_id}, query=query)).content
        items = [item_of(found) for found in answer.get("data") or ()]
        yield "new_items", items
        for item in items:
            yield "item", item
        yield "count", len(items)
        for emission in end_of_list(answer):
            yield emission
