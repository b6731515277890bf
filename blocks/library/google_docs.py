"""Blocks for the text of Google documents: reading, making, adding, replacing, removing, tables; Markdown is another module's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from blocks.google.document import (
    DOCUMENT,
    DOCUMENT_TYPE,
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
)
from blocks.google.drive import GoogleDriveFile, made_file
from blocks.google.markdown import units, written
from blocks.providers.google import GOOGLE, DocumentCredentials, DriveFileCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.rest import Api
from schema.errors import InvalidInput

#: Rows and columns of a new table, and cells of it.
ROWS_MAX: Final = 200
COLUMNS_MAX: Final = 20
CELLS_MAX: Final = 2_000
_DONE: Final[dict[str, Any]] = {"replies": [{}]}
_RESULT: Final = "That it was done."


class GoogleDocsRead(DocumentBlock):
    """Give a document's text and title."""

    id = "420a2b3c-5db2-4bda-82bc-a68a862a3d55"
    name = "GoogleDocsReadBlock"

    class Input(DocumentInput):
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        text: str = pin(description="The text.")
        title: str = pin(description="The title.")

    examples = (
        Example(
            input=DOCUMENT,
            output=[("text", "They\nstand.\n"), ("title", "Walls"), PASSED],
            answers=says(document_is("They", "stand.")),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        content = await document.content()
        return {"text": content.text(), "title": content.title}


class GoogleDocsGetMetadata(DocumentBlock):
    """Give what a document is called and where it is."""

    id = "100bc806-acbf-4dc5-a3a2-998026b96516"
    name = "GoogleDocsGetMetadataBlock"

    class Input(DocumentInput):
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        title: str = pin(description="Its title.")
        document_id: str = pin(description="Its id.")
        revision_id: str = pin(description="Which state of it this is.")
        document_url: str = pin(description="Its address.")

    examples = (
        Example(
            input=DOCUMENT,
            output=[("title", "Walls"), ("document_id", "example-doc"), ("revision_id", "r1")],
            match="subset",
            answers=says(document_is()),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        content = await document.content()
        return {
            "title": content.title,
            "document_id": document.id,
            "revision_id": content.revision,
            "document_url": document.url,
        }


class GoogleDocsCreate(Block):
    """Make a document, with a text in it if there is one."""

    id = "d430d941-cf81-4f84-8b19-2e3f670b2fca"
    name = "GoogleDocsCreateBlock"
    categories = ("DATA",)

    class Input(BlockInput):
        credentials: DriveFileCredentials = pin(description="Access to Google: drive.file.")
        title: str = pin(description="Its title.")
        initial_content: str = pin("", description="The text.")

    class Output(BlockOutput):
        document: GoogleDriveFile = pin(description="The document, for the next block.")
        document_id: str = pin(description="Its id.")
        document_url: str = pin(description="Its address.")

    examples = (
        Example(
            input={"credentials": DOCUMENT["credentials"], "title": "Walls", "initial_content": "They stand."},
            output=[
                ("document_id", "new-doc"),
                ("document_url", "https://docs.google.com/document/d/new-doc/edit"),
            ],
            match="subset",
            answers=says({"documentId": "new-doc"}, _DONE),
            credentials=WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(GOOGLE, inputs.credentials, context)
        made = await api.call("POST", "docs:/v1/documents", json={"title": inputs.title})
        document = Document(api, str(made.content["documentId"]))
        if inputs.initial_content:
            await document.change({"insertText": {"location": {"index": 1}, "text": inputs.initial_content}})
        yield (
            "document",
            made_file(document.id, inputs.title, DOCUMENT_TYPE, document.url, inputs.credentials),
        )
        yield "document_id", document.id
        yield "document_url", document.url


class GoogleDocsAppendPlainText(DocumentBlock):
    """Write text at the end of a document."""

    id = "ddc29d9f-78dc-4682-8787-c8a76f00cf38"
    name = "GoogleDocsAppendPlainTextBlock"

    class Input(DocumentInput):
        text: str = pin(description="The text.")
        add_newline: bool = pin(True, description="Begin a new line with it.")
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        result: dict[str, Any] = pin(description=_RESULT)

    examples = (
        Example(
            input={**DOCUMENT, "text": "They stand."},
            output=[("result", {"success": True, "characters": 12}), PASSED],
            answers=says(_DONE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        text = _some(inputs.text) if not inputs.add_newline else "\n" + _some(inputs.text)
        await document.change({"insertText": {"endOfSegmentLocation": {}, "text": text}})
        return {"result": {"success": True, "characters": len(text)}}


class GoogleDocsInsertPlainText(DocumentBlock):
    """Write text at a place of a document."""

    id = "0443fdbc-ebb0-49a4-a3ea-6ace9c14da22"
    name = "GoogleDocsInsertPlainTextBlock"

    class Input(DocumentInput):
        text: str = pin(description="The text.")
        index: int = pin(1, description="The place; the beginning is 1.")
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        result: dict[str, Any] = pin(description=_RESULT)

    examples = (
        Example(
            input={**DOCUMENT, "text": "Walls: "},
            output=[("result", {"success": True, "characters": 7}), PASSED],
            answers=says(_DONE),
            credentials=WITH,
        ),
        Example(
            title="No place",
            input={**DOCUMENT, "text": "Walls: ", "index": 0},
            output=[],
            error="counted from 1",
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        place = {"index": need_place(inputs.index, "index")}
        await document.change({"insertText": {"location": place, "text": _some(inputs.text)}})
        return {"result": {"success": True, "characters": len(inputs.text)}}


class GoogleDocsFindReplacePlainText(DocumentBlock):
    """Replace a text wherever it stands in a document."""

    id = "e5046ee2-b094-418e-a25e-c0f90c91721c"
    name = "GoogleDocsFindReplacePlainTextBlock"

    class Input(DocumentInput):
        find_text: str = pin(description="The text.")
        replace_text: str = pin(description="What stands in its place.")
        match_case: bool = pin(False, description="Capitals matter.")
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        result: dict[str, Any] = pin(description="How often it was replaced.")

    examples = (
        Example(
            input={**DOCUMENT, "find_text": "stand", "replace_text": "stay"},
            output=[("result", {"success": True, "replacements": 2}), PASSED],
            answers=says({"replies": [{"replaceAllText": {"occurrencesChanged": 2}}]}),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        wanted = {"text": _some(inputs.find_text, "find_text"), "matchCase": inputs.match_case}
        replies = await document.change(
            {"replaceAllText": {"containsText": wanted, "replaceText": inputs.replace_text}}
        )
        count = (replies[0].get("replaceAllText") or {}).get("occurrencesChanged", 0) if replies else 0
        return {"result": {"success": True, "replacements": count}}


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


class GoogleDocsDeleteContent(DocumentBlock):
    """Delete a stretch of a document."""

    id = "5f9f9fa4-9071-4028-97c2-9d15fb422dc5"
    name = "GoogleDocsDeleteContentBlock"

    class Input(DocumentInput):
        start_index: int = pin(description="Where it begins; the beginning of the document is 1.")
        end_index: int = pin(description="The place behind it.")
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        result: dict[str, Any] = pin(description=_RESULT)

    examples = (
        Example(
            input={**DOCUMENT, "start_index": 1, "end_index": 5},
            output=[("result", {"success": True}), PASSED],
            answers=says(_DONE),
            credentials=WITH,
        ),
        Example(
            title="Nothing",
            input={**DOCUMENT, "start_index": 5, "end_index": 5},
            output=[],
            error="behind start_index",
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        await document.change({"deleteContentRange": {"range": _stretch(inputs)}})
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
                for request in _cell_text(texts[at], cells[at], inputs.format_as_markdown)
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
        request = {"range": _stretch(inputs), "textStyle": style, "fields": ",".join(style)}
        await document.change({"updateTextStyle": request})
        return {"result": {"success": True}}


def _some(text: str, pin_name: str = "text") -> str:
    if not text:
        raise InvalidInput("There is no text.", pin=pin_name)
    return text


def _location(index: int) -> dict[str, Any]:
    """Give a place as the API takes it; 0 is the end."""
    return {"location": {"index": need_place(index, "index")}} if index else {"endOfSegmentLocation": {}}


def _stretch(inputs: Any) -> dict[str, int]:
    start = need_place(inputs.start_index, "start_index")
    if inputs.end_index <= start:
        raise InvalidInput("end_index must be behind start_index.", pin="end_index")
    return {"startIndex": start, "endIndex": inputs.end_index}


def _cells(content: Content, place: int) -> dict[tuple[int, int], int]:
    """Give where the cells of the first table at or behind a place begin."""
    tables = (one for one in content.elements if "table" in one and int(one.get("startIndex", 0)) >= place)
    found = next(tables, None)
    if found is None:
        raise BlockFailed("Google made a table that is not in the document; look there before the node is run again.")
    return {
        (r, c): int(cell["content"][0]["startIndex"])
        for r, row in enumerate(found["table"].get("tableRows") or ())
        for c, cell in enumerate(row.get("tableCells") or ())
    }


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
