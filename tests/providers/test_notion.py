"""Notion's API as its documentation has it: properties as plain values, content as Markdown, lists page by page."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.library import notion_pages
from blocks.library.notion_databases import NotionReadDatabase, NotionSearch
from blocks.library.notion_pages import NotionCreatePage, NotionReadPage, NotionReadPageMarkdown
from blocks.notion.markdown import blocks_of, markdown_of
from blocks.notion.properties import filter_of, plain_value, written
from blocks.providers.notion import NOTION, notion_id
from schema.errors import InvalidInput
from tests.providers.services import Asked, Says, service
from tests.providers.turns import Turn, converse

PAGE_ID, DATABASE_ID = "59833787-2cf9-4fdf-8782-e53db20768a5", "d9824bdc-8445-4327-be8b-5b47500af6ce"
TITLE = {"type": "title", "title": [{"plain_text": "Wa"}, {"plain_text": "ll"}]}
PAGE = {"object": "page", "id": PAGE_ID, "url": "https://www.notion.so/a", "properties": {"Name": TITLE}}
DATABASE = {
    "object": "database",
    "id": DATABASE_ID,
    "title": [{"plain_text": "Walls"}],
    "properties": {"Name": {"type": "title"}, "Height": {"type": "number"}, "State": {"type": "select"}},
}


def as_documented(asked: Asked) -> str | None:
    if asked.headers.get("authorization") != "Bearer the-secret-key":
        return "no bearer token"
    return None if asked.headers.get("notion-version") == "2022-06-28" else "no version"


async def ask(block: Any, inputs: Any, *turns: Turn) -> Any:
    return await converse(NOTION, block, inputs, turns, as_documented)


def listed(*results: Any, cursor: str | None = None) -> Says:
    return Says({"object": "list", "results": results, "next_cursor": cursor, "has_more": cursor is not None})


@pytest.mark.parametrize(
    "text",
    [
        PAGE_ID,
        PAGE_ID.replace("-", ""),
        f"https://www.notion.so/team/A-Wall-{PAGE_ID.replace('-', '')}?pvs=4#top",
        f" https://www.notion.so/{PAGE_ID}/ ",
    ],
)
def test_an_id_is_found_in_an_address(text: str) -> None:
    assert notion_id(text, "page_id").replace("-", "") == PAGE_ID.replace("-", "")


@pytest.mark.parametrize("text", ["", "Wall", "../users", f"{PAGE_ID}/../../users", f"{PAGE_ID}x"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no id"):
        notion_id(text, "page_id")


async def test_a_page_is_given_as_it_is() -> None:
    assert (await ask(NotionReadPage, {"page_id": PAGE_ID}, Turn("GET", f"/pages/{PAGE_ID}", Says(PAGE)))).outputs == [
        ("page", PAGE)
    ]


async def test_a_database_is_read_filtered_ordered_and_page_by_page() -> None:
    one, two = (
        {**PAGE, "id": str(number), "properties": {"Name": TITLE, "Height": {"type": "number", "number": number}}}
        for number in (1, 2)
    )
    wanted = {
        "page_size": 100,
        "filter": {"property": "State", "select": {"equals": "leaning"}},
        "sorts": [{"property": "Height", "direction": "descending"}],
    }
    query = f"/databases/{DATABASE_ID}/query"
    inputs = {
        "database_id": DATABASE_ID,
        "filter_property": "State",
        "filter_value": "leaning",
        "sort_property": "Height",
        "sort_direction": "descending",
    }
    outcome = await ask(
        NotionReadDatabase,
        inputs,
        Turn("GET", f"/databases/{DATABASE_ID}", Says(DATABASE)),
        Turn("POST", query, listed(one, cursor="c1"), json=wanted),
        Turn("POST", query, listed(two), json={**wanted, "start_cursor": "c1"}),
    )
    found = dict(outcome.outputs)
    assert found["entry_ids"] == ["1", "2"]
    assert found["entries"][1]["Name"] == "Wall"
    assert found["entries"][1]["Height"] == 2
    assert (found["count"], found["database_title"]) == (2, "Walls")
    assert [value["_id"] for pin, value in outcome.outputs if pin == "entry"] == ["1", "2"]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"sort_property": "Age"}, "no property 'Age'"),
        ({"sort_property": "Name", "sort_direction": "up"}, "ascending or descending"),
        ({"filter_property": "Height", "filter_value": "tall"}, "is a number"),
    ],
)
async def test_what_the_database_does_not_have_is_said_before_it_is_asked(inputs: Any, words: str) -> None:
    async with service(NOTION, {("GET", f"/databases/{DATABASE_ID}"): Says(DATABASE)}, as_documented) as notion:
        outcome = await notion.run(NotionReadDatabase, {"database_id": DATABASE_ID, **inputs})
    assert (outcome.code, words in outcome.error.message) == ("INVALID_INPUT", True)


async def test_a_search_gives_what_is_known_of_each() -> None:
    page = {**PAGE, "parent": {"type": "workspace", "workspace": True}, "icon": {"type": "emoji", "emoji": "🧱"}}
    database = {**DATABASE, "parent": {"type": "page_id", "page_id": PAGE_ID}, "is_inline": True}
    body = {"query": "Wall", "page_size": 2, "filter": {"property": "object", "value": "page"}}
    outcome = await ask(
        NotionSearch,
        {"query": "Wall", "filter_type": "page", "limit": 2},
        Turn("POST", "/search", listed(page, database, cursor="more"), json=body),
    )
    one, two = dict(outcome.outputs)["results"]
    assert (one["title"], one["parent_type"], one["parent_id"], one["icon"]) == ("Wall", "workspace", None, "🧱")
    assert (two["title"], two["type"], two["parent_id"], two["is_inline"]) == ("Walls", "database", PAGE_ID, True)
    assert dict(outcome.outputs)["count"] == 2


def text(kind: str, words: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, kind: {"rich_text": [{"plain_text": words}], **more}}


async def test_a_page_is_markdown_with_what_lies_inside_of_what() -> None:
    item = {**text("bulleted_list_item", "stones"), "id": "b1", "has_children": True}
    elsewhere = {"type": "child_page", "id": "b-2", "has_children": True, "child_page": {"title": "More"}}
    children = f"/blocks/{PAGE_ID}/children"
    outcome = await ask(
        NotionReadPageMarkdown,
        {"page_id": PAGE_ID},
        Turn("GET", f"/pages/{PAGE_ID}", Says(PAGE)),
        Turn("GET", children, listed(text("heading_2", "Parts"), item, cursor="c1"), query={"page_size": "100"}),
        Turn("GET", children, listed(elsewhere), query={"page_size": "100", "start_cursor": "c1"}),
        Turn("GET", "/blocks/b1/children", listed(text("to_do", "grey", checked=True)), query={"page_size": "100"}),
    )
    assert dict(outcome.outputs) == {
        "markdown": "# Wall\n\n## Parts\n\n- stones\n  - [x] grey\n\n[More](https://www.notion.so/b2)",
        "title": "Wall",
    }


async def test_a_page_that_lies_in_itself_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notion_pages, "DEPTH_MAX", 3)
    deep = {**text("toggle", "again"), "id": "b1", "has_children": True}
    operations = {
        ("GET", f"/pages/{PAGE_ID}"): Says(PAGE),
        ("GET", f"/blocks/{PAGE_ID}/children"): listed(deep),
        ("GET", "/blocks/b1/children"): listed(deep),
    }
    async with service(NOTION, operations, as_documented) as notion:
        outcome = await notion.run(NotionReadPageMarkdown, {"page_id": PAGE_ID})
    assert "more than 3 deep" in outcome.error.message
    assert len(notion.asked) == 5


async def test_a_page_is_made_below_another_in_pieces_that_notion_takes() -> None:
    content = "\n".join(f"- stone {number}" for number in range(150))
    async with service(
        NOTION, {("POST", "/pages"): Says(PAGE), ("PATCH", f"/blocks/{PAGE_ID}/children"): Says({})}, as_documented
    ) as notion:
        inputs = {"parent_page_id": PAGE_ID, "title": "Wall", "content": content, "icon_emoji": "🧱"}
        outcome = await notion.run(NotionCreatePage, inputs)
    first, second = (asked.json for asked in notion.asked)
    assert first["parent"] == {"page_id": PAGE_ID}
    assert first["properties"] == {"title": {"title": [{"type": "text", "text": {"content": "Wall"}}]}}
    assert first["icon"] == {"type": "emoji", "emoji": "🧱"}
    assert (len(first["children"]), len(second["children"])) == (100, 50)
    assert outcome.outputs == [("page_id", PAGE_ID), ("page_url", "https://www.notion.so/a")]


async def test_a_page_of_a_database_has_its_properties_as_the_database_has_them() -> None:
    inputs = {"parent_database_id": DATABASE_ID, "title": "Wall", "properties": {"Height": 2, "State": "leaning"}}
    name = {"title": [{"type": "text", "text": {"content": "Wall"}}]}
    body = {
        "parent": {"database_id": DATABASE_ID},
        "properties": {"Height": {"number": 2}, "State": {"select": {"name": "leaning"}}, "Name": name},
        "children": [],
    }
    await ask(
        NotionCreatePage,
        inputs,
        Turn("GET", f"/databases/{DATABASE_ID}", Says(DATABASE)),
        Turn("POST", "/pages", Says(PAGE), json=body),
    )


@pytest.mark.parametrize(
    ("one", "value"),
    [
        ({"type": "rich_text", "rich_text": [{"plain_text": "a"}]}, "a"),
        ({"type": "select", "select": None}, None),
        ({"type": "multi_select", "multi_select": [{"name": "a"}, {"name": "b"}]}, ["a", "b"]),
        ({"type": "people", "people": [{"id": "1", "name": "Ann"}, {"id": "2"}]}, ["Ann", "2"]),
        ({"type": "date", "date": {"start": "2026-01-31", "end": None}}, "2026-01-31"),
        (
            {"type": "date", "date": {"start": "2026-01-30", "end": "2026-01-31"}},
            {"start": "2026-01-30", "end": "2026-01-31"},
        ),
        ({"type": "formula", "formula": {"type": "number", "number": 3}}, 3),
        ({"type": "rollup", "rollup": {"type": "array", "array": [{"type": "number", "number": 3}]}}, [3]),
        ({"type": "files", "files": [{"external": {"url": "https://a.b"}}]}, ["https://a.b"]),
        ({"type": "unique_id", "unique_id": {"prefix": "W", "number": 7}}, "W-7"),
        ({"type": "relation", "relation": [{"id": "1"}]}, ["1"]),
        ({"type": "created_by", "created_by": {"id": "1"}}, "1"),
        ({"type": "checkbox", "checkbox": False}, False),
        ({"type": "something_new", "something_new": {"a": 1}}, {"a": 1}),
    ],
)
def test_a_property_is_a_plain_value(one: Any, value: Any) -> None:
    assert plain_value(one) == value


@pytest.mark.parametrize(
    ("kind", "value", "given"),
    [
        ("status", "Done", {"status": {"name": "Done"}}),
        ("multi_select", ["a", {"name": "b"}], {"multi_select": [{"name": "a"}, {"name": "b"}]}),
        ("relation", PAGE_ID, {"relation": [{"id": PAGE_ID}]}),
        ("date", "2026-01-31", {"date": {"start": "2026-01-31"}}),
        ("checkbox", True, {"checkbox": True}),
        ("number", {"number": 3}, {"number": 3}),
    ],
)
def test_a_plain_value_is_a_property(kind: str, value: Any, given: Any) -> None:
    assert written(kind, value, "A") == given


def test_what_notion_computes_is_not_written() -> None:
    with pytest.raises(InvalidInput, match="is a formula"):
        written("formula", 1, "A")


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("title", {"contains": "yes"}),
        ("multi_select", {"contains": "yes"}),
        ("status", {"equals": "yes"}),
        ("checkbox", {"equals": True}),
    ],
)
def test_a_filter_is_of_the_kind_of_its_property(kind: str, how: Any) -> None:
    assert filter_of("A", kind, "yes") == {"property": "A", kind: how}


MARKDOWN = """# Walls

Dry stone,
no mortar.

## Kinds

- single
- double
1. dig
2. lay
- [x] done
- [ ] not yet

> Endurance.

---

```python
if wall:
    # not a heading
    stand()
```"""


def test_markdown_is_blocks_and_blocks_are_that_markdown() -> None:
    blocks = blocks_of(MARKDOWN)
    assert [block["type"] for block in blocks] == [
        "heading_1", "paragraph", "heading_2", "bulleted_list_item", "bulleted_list_item", "numbered_list_item",
        "numbered_list_item", "to_do", "to_do", "quote", "divider", "code",
    ]  # fmt: skip
    assert blocks[-1]["code"]["language"] == "python"
    given = [_as_notion_gives(block) for block in blocks]
    assert blocks_of("\n".join(markdown_of(given))) == blocks


def _as_notion_gives(block: dict[str, Any]) -> dict[str, Any]:
    kind = block["type"]
    pieces = [{"plain_text": one["text"]["content"]} for one in block[kind].get("rich_text", ())]
    return {**block, kind: {**block[kind], "rich_text": pieces}}


def test_a_long_paragraph_is_pieces_and_a_fence_without_end_is_code() -> None:
    (block,) = blocks_of("x" * 4_500)
    assert [len(one["text"]["content"]) for one in block["paragraph"]["rich_text"]] == [2_000, 2_000, 500]
    assert [one["type"] for one in blocks_of("```\n# a")] == ["code"]


def test_marks_links_tables_and_pictures_are_markdown() -> None:
    bold = {"plain_text": "dry ", "annotations": {"bold": True}}
    link = {"plain_text": "stone", "href": "https://a.b"}
    cells = [[{"plain_text": "a"}], [{"plain_text": "b"}]]
    row = {"type": "table_row", "table_row": {"cells": cells}}
    blocks = [
        {"type": "paragraph", "paragraph": {"rich_text": [bold, link]}},
        {"type": "image", "image": {"caption": [{"plain_text": "A wall"}], "external": {"url": "https://a.b/c.png"}}},
        {"type": "table", "table": {}, "children": [row, row]},
        {"type": "column_list", "column_list": {}, "children": [text("paragraph", "inside")]},
        {"type": "unsupported", "unsupported": {}},
    ]
    assert "\n".join(markdown_of(blocks)).split("\n") == [
        "**dry** [stone](https://a.b)",
        "",
        "![A wall](https://a.b/c.png)",
        "",
        "| a | b |",
        "| --- | --- |",
        "| a | b |",
        "",
        "inside",
        "",
    ]
