"""Blocks that write Markdown into Google documents: at the end, at a place, in place of a text, a stretch, or of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from blocks.google.document import (
    DOCUMENT,
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
)
from blocks.google.markdown import written
from blocks.providers.google import DocumentCredentials
from blocks.sdk import Example, pin
from schema.errors import InvalidInput

_DONE: Final[dict[str, Any]] = {"replies": [{}]}
_RESULT: Final = "That it was done."
_MARKDOWN: Final = "The text, in Markdown."


class GoogleDocsAppendMarkdown(DocumentBlock):
    """Write Markdown at the end of a document."""

    id = "60854b69-ecbd-4188-bd89-f7966a4d3b38"
    name = "GoogleDocsAppendMarkdownBlock"

    class Input(DocumentInput):
        markdown: str = pin(description=_MARKDOWN)
        add_newline: bool = pin(True, description="Begin a new line with it.")
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        result: dict[str, Any] = pin(description=_RESULT)

    examples = (
        Example(
            input={**DOCUMENT, "markdown": "# Walls\n\n- They **stand**.\n"},
            output=[("result", {"success": True}), PASSED],
            answers=says(document_is("They"), _DONE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        content = await document.content()
        new_line = inputs.add_newline and content.end > 1
        before = [{"insertText": {"location": {"index": content.end}, "text": "\n"}}] if new_line else []
        requests = written(inputs.markdown, content.end + len(before))
        await document.change(*before, *requests, revision=content.revision)
        return {"result": {"success": True}}


class GoogleDocsInsertMarkdownAt(DocumentBlock):
    """Write Markdown at a place of a document."""

    id = "76e94b04-e02f-4981-8cb8-47ece1be18b4"
    name = "GoogleDocsInsertMarkdownAtBlock"

    class Input(DocumentInput):
        markdown: str = pin(description=_MARKDOWN)
        index: int = pin(1, description="The place; the beginning is 1.")
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        result: dict[str, Any] = pin(description=_RESULT)

    examples = (
        Example(
            input={**DOCUMENT, "markdown": "**Walls**"},
            output=[("result", {"success": True}), PASSED],
            answers=says(_DONE),
            credentials=WITH,
        ),
        Example(
            title="Nothing to write",
            input={**DOCUMENT, "markdown": " \n"},
            output=[],
            error="no text to write",
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        await document.change(*written(inputs.markdown, need_place(inputs.index, "index")))
        return {"result": {"success": True}}


class GoogleDocsReplaceAllWithMarkdown(DocumentBlock):
    """Write Markdown in place of all that a document has."""

    id = "b6cfb2de-5f0b-437c-b29d-45aebbda9c00"
    name = "GoogleDocsReplaceAllWithMarkdownBlock"

    class Input(DocumentInput):
        markdown: str = pin(description=_MARKDOWN)
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        result: dict[str, Any] = pin(description=_RESULT)

    examples = (
        Example(
            input={**DOCUMENT, "markdown": "# Walls"},
            output=[("result", {"success": True}), PASSED],
            answers=says(document_is("They"), _DONE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        content = await document.content()
        requests = written(inputs.markdown, 1)
        await document.change(*_deletion(1, content.end), *requests, revision=content.revision)
        return {"result": {"success": True}}


class GoogleDocsReplaceRangeWithMarkdown(DocumentBlock):
    """Write Markdown in place of a stretch of a document."""

    id = "9e43a905-a918-4da0-8874-dfddd3c46953"
    name = "GoogleDocsReplaceRangeWithMarkdownBlock"

    class Input(DocumentInput):
        markdown: str = pin(description=_MARKDOWN)
        start_index: int = pin(description="Where it begins; the beginning of the document is 1.")
        end_index: int = pin(description="The place behind it.")
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        result: dict[str, Any] = pin(description=_RESULT)

    examples = (
        Example(
            input={**DOCUMENT, "markdown": "*Walls*", "start_index": 1, "end_index": 5},
            output=[("result", {"success": True}), PASSED],
            answers=says(_DONE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        start = need_place(inputs.start_index, "start_index")
        if inputs.end_index < start:
            raise InvalidInput("end_index must not be before start_index.", pin="end_index")
        await document.change(*_deletion(start, inputs.end_index), *written(inputs.markdown, start))
        return {"result": {"success": True}}


class GoogleDocsReplaceContentWithMarkdown(DocumentBlock):
    """Write Markdown wherever a text stands, in its place."""

    id = "2cc58467-90a9-4ef8-a7a7-700784f93b76"
    name = "GoogleDocsReplaceContentWithMarkdownBlock"

    class Input(DocumentInput):
        find_text: str = pin(description="The text; within one paragraph.")
        markdown: str = pin(description=_MARKDOWN)
        match_case: bool = pin(False, description="Capitals matter.")
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        result: dict[str, Any] = pin(description="How often it was replaced.")

    examples = (
        Example(
            input={**DOCUMENT, "find_text": "{{NAME}}", "markdown": "**Ada**"},
            output=[("result", {"success": True, "replacements": 2}), PASSED],
            answers=says(document_is("{{name}} and", "{{name}}"), _DONE),
            credentials=WITH,
        ),
        Example(
            title="It does not stand there",
            input={**DOCUMENT, "find_text": "{{NAME}}", "markdown": "**Ada**"},
            output=[("result", {"success": True, "replacements": 0}), PASSED],
            answers=says(document_is("They")),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        if not inputs.find_text:
            raise InvalidInput("There is no text to find.", pin="find_text")
        content = await document.content()
        places = content.places(inputs.find_text, match_case=inputs.match_case)
        requests: list[dict[str, Any]] = []
        # From the last to the first: what is written moves only what is behind it.
        for start, end in reversed(places):
            requests += [*_deletion(start, end), *written(inputs.markdown, start)]
        if requests:
            await document.change(*requests, revision=content.revision)
        return {"result": {"success": True, "replacements": len(places)}}


def _deletion(start: int, end: int) -> list[dict[str, Any]]:
    return [{"deleteContentRange": {"range": {"startIndex": start, "endIndex": end}}}] if end > start else []
