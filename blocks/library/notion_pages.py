"""Blocks for Notion's pages: read one, as it is or as Markdown, and make one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from blocks.notion.markdown import blocks_of, markdown_of
from blocks.notion.properties import need_property, rich_text, title_of, written
from blocks.providers.notion import NOTION, NotionCredentials, notion_id
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api, CursorPaging
from blocks.sdk.samples import said, sample, sample_key
from schema.errors import InvalidInput

_KEY: Final = sample_key(NOTION)
_PAGE_ID: Final = "59833787-2cf9-4fdf-8782-e53db20768a5"
_PAGE: Final = {
    "object": "page",
    "id": _PAGE_ID,
    "url": f"https://www.notion.so/{_PAGE_ID.replace('-', '')}",
    "properties": {"title": {"type": "title", "title": [{"plain_text": "Walls"}]}},
}
#: Blocks of content of one page that are read, requests for them, and how deep they may lie in one another.
BLOCKS_MAX: Final = 5_000
REQUESTS_MAX: Final = 300
DEPTH_MAX: Final = 20
#: Blocks that Notion takes, or gives, in one request, and that one page is made of here.
_BLOCKS_A_REQUEST: Final = 100
_WRITTEN_MAX: Final = 1_000
#: Blocks whose inside is a page of its own.
_ELSEWHERE: Final = frozenset({"child_page", "child_database"})


class NotionReadPage(Block):
    """Read a page: its properties, as Notion gives them."""

    id = "5246cc1d-34b7-452b-8fc5-3fb25fd8f542"
    name = "NotionReadPageBlock"
    categories = ("PRODUCTIVITY",)

    class Input(BlockInput):
        credentials: NotionCredentials = pin(description="Access to Notion.")
        page_id: str = pin(description="The page's id or address.")

    class Output(BlockOutput):
        page: dict[str, Any] = pin(description="The page.")

    examples = (
        sample(_KEY, {"page_id": _PAGE_ID}, [("page", _PAGE)], said(_PAGE)),
        sample(_KEY, {"page_id": "Walls"}, [], title="A name", error="no id and no address"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(NOTION, inputs.credentials, context)
        yield "page", await _page(api, inputs.page_id)


async def _page(api: Api, page: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (await api.call("GET", "/pages/{id}", {"id": notion_id(page, "page_id")})).content
    return found


class NotionReadPageMarkdown(Block):
    """Read what stands on a page, as Markdown."""

    id = "d1312c4d-fae2-4e70-893d-f4d07cce1d4e"
    name = "NotionReadPageMarkdownBlock"
    categories = ("PRODUCTIVITY",)

    class Input(BlockInput):
        credentials: NotionCredentials = pin(description="Access to Notion.")
        page_id: str = pin(description="The page's id or address.")
        include_title: bool = pin(True, description="Begin with the title, as a heading.")

    class Output(BlockOutput):
        markdown: str = pin(description="The page as Markdown.")
        title: str = pin(description="Its title.")

    examples = (
        sample(
            _KEY,
            {"page_id": _PAGE_ID},
            [("markdown", "# Walls\n\nStones."), ("title", "Walls")],
            said(_PAGE),
            said({"results": [{"type": "paragraph", "paragraph": {"rich_text": [{"plain_text": "Stones."}]}}]}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(NOTION, inputs.credentials, context)
        page = await _page(api, inputs.page_id)
        title, blocks = title_of(page), await _Reading(api).content(page["id"])
        head = [f"# {title}", ""] if inputs.include_title and title else []
        yield "markdown", "\n".join([*head, *markdown_of(blocks)]).strip()
        yield "title", title


class _Reading:
    """The reading of one page, which counts what it reads."""

    def __init__(self, api: Api) -> None:
        self.api, self.blocks, self.requests = api, 0, 0

    async def content(self, block_id: str, depth: int = 0) -> list[dict[str, Any]]:
        """Give the blocks in a page or a block, each with those in it as `children`."""
        self.requests += 1
        if depth > DEPTH_MAX or self.requests > REQUESTS_MAX:
            raise BlockFailed(f"The page lies more than {DEPTH_MAX} deep, or takes more than {REQUESTS_MAX} requests.")
        paging = CursorPaging("start_cursor", ("next_cursor",), ("results",))
        query = {"page_size": _BLOCKS_A_REQUEST}
        left = BLOCKS_MAX - self.blocks + 1
        pages = self.api.pages("/blocks/{id}/children", {"id": block_id}, paging, query=query, items_max=left)
        found = [dict(one) async for one in pages]
        self.blocks += len(found)
        if self.blocks > BLOCKS_MAX:
            raise BlockFailed(f"The page has more than {BLOCKS_MAX} blocks of content.")
        for one in found:
            if one.get("has_children") and one.get("type") not in _ELSEWHERE:
                one["children"] = await self.content(one["id"], depth + 1)
        return found


class NotionCreatePage(Block):
    """Make a page below another one, or in a database."""

    id = "c15febe0-66ce-4c6f-aebd-5ab351653804"
    name = "NotionCreatePageBlock"
    categories = ("PRODUCTIVITY",)

    class Input(BlockInput):
        credentials: NotionCredentials = pin(description="Access to Notion.")
        parent_page_id: str | None = pin(None, description="The page below which it is made: its id or address.")
        parent_database_id: str | None = pin(None, description="Or the database in which it is made.")
        title: str = pin(description="Its title.")
        content: str | None = pin(None, description="What stands on it, as Markdown.")
        properties: dict[str, Any] | None = pin(
            None, description="Its properties in the database, by name: plain values, or as Notion writes them."
        )
        icon_emoji: str | None = pin(None, description="The emoji beside its title.")

    class Output(BlockOutput):
        page_id: str = pin(description="The page's id.")
        page_url: str = pin(description="Its address.")

    examples = (
        sample(
            _KEY,
            {"parent_page_id": _PAGE_ID, "title": "Walls", "content": "Stones."},
            [("page_id", _PAGE_ID), ("page_url", "https://www.notion.so/598337872cf94fdf8782e53db20768a5")],
            said(_PAGE),
        ),
        sample(_KEY, {"title": "Walls"}, [], title="Nowhere", error="parent_page_id or parent_database_id"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(NOTION, inputs.credentials, context)
        blocks = blocks_of(inputs.content or "")
        if len(blocks) > _WRITTEN_MAX:
            raise InvalidInput(f"The content would be more than {_WRITTEN_MAX} blocks of Notion's.", pin="content")
        body = {**await _placed(api, inputs), "children": blocks[:_BLOCKS_A_REQUEST]}
        if inputs.icon_emoji:
            body["icon"] = {"type": "emoji", "emoji": inputs.icon_emoji}
        page = (await api.call("POST", "/pages", json=body)).content
        for start in range(_BLOCKS_A_REQUEST, len(blocks), _BLOCKS_A_REQUEST):
            more = {"children": blocks[start : start + _BLOCKS_A_REQUEST]}
            await api.call("PATCH", "/blocks/{id}/children", {"id": page["id"]}, json=more)
        yield "page_id", page["id"]
        yield "page_url", page["url"]


async def _placed(api: Api, inputs: NotionCreatePage.Input) -> dict[str, Any]:
    """Give where the page is made, and its properties there."""
    if inputs.parent_database_id:
        database_id = notion_id(inputs.parent_database_id, "parent_database_id")
        known = (await api.call("GET", "/databases/{id}", {"id": database_id})).content["properties"]
        title_name = next((name for name, one in known.items() if one.get("type") == "title"), "title")
        properties = {
            name: written(need_property(known, name, "properties"), value, name)
            for name, value in (inputs.properties or {}).items()
        }
        properties[title_name] = {"title": rich_text(inputs.title)}
        return {"parent": {"database_id": database_id}, "properties": properties}
    if not inputs.parent_page_id:
        raise InvalidInput("Say by parent_page_id or parent_database_id where the page is made.", pin="parent_page_id")
    parent = notion_id(inputs.parent_page_id, "parent_page_id")
    return {"parent": {"page_id": parent}, "properties": {"title": {"title": rich_text(inputs.title)}}}
