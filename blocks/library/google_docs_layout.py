"""Blocks for how Google documents are laid out: page breaks, tables, and how text looks; what they write is in tables only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from blocks.google.answers import listed, needed
from blocks.google.document import (
    DOCUMENT,
    PASSED,
    WITH,
    Content,
    Document,
    DocumentBlock,
    DocumentInput,
    DocumentOutput,
    access,
    document_is,
    need_place,
    says,
    stretch_of,
)
from blocks.google.markdown import units, written
from blocks.providers.google import DocumentCredentials
from blocks.sdk import BlockFailed, Example, pin
from schema.errors import InvalidInput

#: Rows and columns of a new table, and cells of it.
ROWS_MAX: Final = 200
COLUMNS_MAX: Final = 20
CELLS_MAX: Final = 2_000
_DONE: Final[dict[str, Any]] = {"replies": [{}]}
_RESULT: Final = "That it was done."


class GoogleDocsInsertPageBreak(DocumentBlock):
    """Begin a new page at a place of a document."""

    id = "f199e674-803b-4ee8-8bbf-172e6512190b"
    name = "GoogleDocsInsertPageBreakBlock"

    class Input(DocumentInput):
        index: int = pin(0, description="The place; 0: the end.")
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        result: dict[str, Any] = pin(description=_RESULT)

    examples = (
        Example(input=DOCUMENT, output=[("result", {"success": True}), PASSED], answers=says(_DONE), credentials=WITH),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        await document.change({"insertPageBreak": _location(inputs.index)})
        return {"result": {"success": True}}


class GoogleDocsInsertTable(DocumentBlock):
    """Put a table at a place of a document, and texts into its cells."""

    id = "e104b3ab-dfef-45f9-9702-14e950988f53"
    name = "GoogleDocsInsertTableBlock"

    class Input(DocumentInput):
        rows: int = pin(3, description="Rows; at least as many as the content has.")
        columns: int = pin(3, description="Columns; at least as many as the content has.")
        content: list[list[str]] = pin([], description="The cells' texts, row by row.")
        index: int = pin(0, description="The place; 0: the end.")
        format_as_markdown: bool = pin(False, description="The texts are Markdown.")
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        result: dict[str, Any] = pin(description=_RESULT)

    examples = (
        Example(
            input={**DOCUMENT, "rows": 2, "columns": 2},
            output=[("result", {"success": True, "rows": 2, "columns": 2}), PASSED],
            answers=says(document_is("They"), _DONE),
            credentials=WITH,
        ),
        Example(
            title="Too large",
            input={**DOCUMENT, "rows": 1000, "columns": 2},
            output=[],
            error="at most",
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        rows = max(inputs.rows, len(inputs.content))
        columns = max([inputs.columns, *map(len, inputs.content)])
        if not (1 <= rows <= ROWS_MAX and 1 <= columns <= COLUMNS_MAX and rows * columns <= CELLS_MAX):
            what = f"at most {ROWS_MAX} rows, {COLUMNS_MAX} columns and {CELLS_MAX} cells"
            raise InvalidInput(f"A table has {what}.", pin="rows")
        before = await document.content()
        place = inputs.index or before.end
        await document.change(
            {"insertTable": {"rows": rows, "columns": columns, **_location(inputs.index)}}, revision=before.revision
        )
        texts = {(r, c): text for r, row in enumerate(inputs.content) for c, text in enumerate(row) if text}
        if texts:
            after = await document.content()
            cells = _cells(after, place)
            # From the last to the first: what is written moves only what is behind it.
            requests = [
                request
                for at in sorted(texts, reverse=True)
                for request in _cell_text(texts[at], _place_of(cells, at), inputs.format_as_markdown)
            ]
            await document.change(*requests, revision=after.revision)
        return {"result": {"success": True, "rows": rows, "columns": columns}}


class GoogleDocsFormatText(DocumentBlock):
    """Set how a stretch of a document looks."""

    id = "04c38a7e-7ee5-4e1a-86c1-9727123577bc"
    name = "GoogleDocsFormatTextBlock"

    class Input(DocumentInput):
        start_index: int = pin(description="Where it begins; the beginning of the document is 1.")
        end_index: int = pin(description="The place behind it.")
        bold: bool = pin(False, description="Make it bold; false: it stays.")
        italic: bool = pin(False, description="Make it italic; false: it stays.")
        underline: bool = pin(False, description="Underline it; false: it stays.")
        font_size: int = pin(0, description="Its size in points; 0: it stays.")
        foreground_color: str = pin("", description="Its colour, such as #ff0000; none: it stays.")
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        result: dict[str, Any] = pin(description=_RESULT)

    examples = (
        Example(
            input={**DOCUMENT, "start_index": 1, "end_index": 5, "bold": True, "foreground_color": "#f00"},
            output=[("result", {"success": True}), PASSED],
            answers=says(_DONE),
            credentials=WITH,
        ),
        Example(
            title="Nothing to set",
            input={**DOCUMENT, "start_index": 1, "end_index": 5},
            output=[],
            error="Say how the text is to look",
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        style: dict[str, Any] = {name: True for name in ("bold", "italic", "underline") if getattr(inputs, name)}
        if inputs.font_size > 0:
            style["fontSize"] = {"magnitude": inputs.font_size, "unit": "PT"}
        if inputs.foreground_color:
            style["foregroundColor"] = {"color": {"rgbColor": _colour(inputs.foreground_color)}}
        if not style:
            raise InvalidInput("Say how the text is to look.", pin="bold")
        request = {"range": stretch_of(inputs), "textStyle": style, "fields": ",".join(style)}
        await document.change({"updateTextStyle": request})
        return {"result": {"success": True}}


def _location(index: int) -> dict[str, Any]:
    """Give a place as the API takes it; 0 is the end."""
    return {"location": {"index": need_place(index, "index")}} if index else {"endOfSegmentLocation": {}}


def _cells(content: Content, place: int) -> dict[tuple[int, int], int]:
    """Give where the cells of the first table at or behind a place begin."""
    tables = (one for one in content.elements if "table" in one and int(one.get("startIndex", 0)) >= place)
    found = next(tables, None)
    if found is None:
        raise BlockFailed("Google made a table that is not in the document; look there before the node is run again.")
    return {
        (r, c): int(needed(cell, "content", "0", "startIndex"))
        for r, row in enumerate(listed(found, "table", "tableRows"))
        for c, cell in enumerate(listed(row, "tableCells"))
    }


def _place_of(cells: Mapping[tuple[int, int], int], at: tuple[int, int]) -> int:
    if at not in cells:
        raise BlockFailed("Google made a smaller table than was asked for; look there before the node is run again.")
    return cells[at]


def _cell_text(text: str, place: int, is_markdown: bool) -> list[dict[str, Any]]:
    if is_markdown and text.strip():
        return written(text, place, "content")
    return [{"insertText": {"location": {"index": place}, "text": text}}] if units(text) else []


def _colour(text: str) -> dict[str, float]:
    """Read a colour as pages write it; raise InvalidInput for what is none."""
    digits = text.strip().removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    try:
        parts = bytes.fromhex(digits)
    except ValueError:
        parts = b""
    if len(parts) != 3:
        raise InvalidInput("A colour is written as #ff0000.", pin="foreground_color")
    return {name: part / 255 for name, part in zip(("red", "green", "blue"), parts, strict=True)}
