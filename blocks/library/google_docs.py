"""Blocks for the text of Google documents: reading, making, adding, replacing, removing; it is written as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from blocks.google.answers import inner, needed, said
from blocks.google.document import (
    DOCUMENT,
    DOCUMENT_TYPE,
    PASSED,
    WITH,
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
from blocks.google.drive import GoogleDriveFile, made_file
from blocks.providers.google import GOOGLE, DocumentCredentials, DriveFileCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.rest import Api
from schema.errors import InvalidInput

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
        document = Document(api, str(needed(said(made), "documentId")))
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
        count = inner(replies[0], "replaceAllText").get("occurrencesChanged", 0) if replies else 0
        return {"result": {"success": True, "replacements": count}}


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
        await document.change({"deleteContentRange": {"range": stretch_of(inputs)}})
        return {"result": {"success": True}}


def _some(text: str, pin_name: str = "text") -> str:
    if not text:
        raise InvalidInput("There is no text.", pin=pin_name)
    return text
