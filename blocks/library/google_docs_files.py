"""Blocks that give a Google document as a file, say how it is built, and who may see it; they write nothing into it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from blocks.google.answers import inner, listed
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
    says,
)
from blocks.google.drive import PublicAccessRole, ShareRole, passed_on, set_public, share
from blocks.providers.google import DocumentCredentials, DocumentFileCredentials
from blocks.sdk import Context, Example, Yield, pin

_LINK: Final = "https://docs.google.com/document/d/example-doc/edit?usp=sharing"
_EXPORT: Final = "drive:/drive/v3/files/{file_id}/export"


class ExportFormat(StrEnum):
    """As what a document is given; https://developers.google.com/workspace/drive/api/guides/ref-export-formats."""

    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ODT = "application/vnd.oasis.opendocument.text"
    TXT = "text/plain"
    HTML = "text/html"
    EPUB = "application/epub+zip"
    RTF = "application/rtf"
    MARKDOWN = "text/markdown"


_ENDINGS: Final = {
    ExportFormat.PDF: "pdf",
    ExportFormat.DOCX: "docx",
    ExportFormat.ODT: "odt",
    ExportFormat.EPUB: "epub",
    ExportFormat.RTF: "rtf",
}


class GoogleDocsExport(DocumentBlock):
    """Give a document in another format: what is text as text, and the rest as a file. Google gives up to 10 MB."""

    id = "e32d5642-7b51-458c-bd83-75ff96fec299"
    name = "GoogleDocsExportBlock"

    class Input(DocumentInput):
        format: ExportFormat = pin(ExportFormat.PDF, description="The format.")
        credentials: DocumentFileCredentials = access()

    class Output(DocumentOutput):
        content: str = pin(description="The text, or the media value of the file.")
        mime_type: str = pin(description="The format.")

    examples = (
        Example(
            input={**DOCUMENT, "format": "text/plain"},
            output=[("content", "They stand."), ("mime_type", "text/plain"), PASSED],
            answers=[(200, {"content-type": "text/plain"}, b"\xef\xbb\xbfThey stand.")],
            credentials=WITH,
        ),
    )

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        document = Document.of(inputs.document, inputs.credentials, context)
        answer = await document.api.call(
            "GET", _EXPORT, {"file_id": document.id}, query={"mimeType": inputs.format.value}, timeout_seconds=120
        )
        ending = _ENDINGS.get(inputs.format)
        if ending is None:
            yield "content", answer.body.decode("utf-8-sig", "replace")
        else:
            name = f"{inputs.document.name or 'document'}.{ending}"
            yield "content", await context.files.give(answer.body, name, inputs.format.value)
        yield "mime_type", inputs.format.value
        yield "document", passed_on(inputs.document, document.id, document.url)


class GoogleDocsGetStructure(DocumentBlock):
    """Give the parts of a document with their places."""

    id = "e0561cc1-2154-4abf-bd06-79509348a18e"
    name = "GoogleDocsGetStructureBlock"

    class Input(DocumentInput):
        detailed: bool = pin(False, description="Give all that Google says of it, too.")
        credentials: DocumentCredentials = access()

    class Output(DocumentOutput):
        segments: list[dict[str, Any]] = pin(description="Of each part its type, text, style, start_index, end_index.")
        structure: dict[str, Any] = pin(description="All that Google says of it, where that is asked for.")

    examples = (
        Example(
            input=DOCUMENT,
            output=[
                (
                    "segments",
                    [{"type": "paragraph", "start_index": 1, "end_index": 6, "text": "They", "style": "NORMAL_TEXT"}],
                ),
                PASSED,
            ],
            answers=says(document_is("They")),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        content = await document.content()
        found: dict[str, Any] = {"segments": list(_segments(content))}
        return {**found, "structure": {"title": content.title, "body": content.elements}} if inputs.detailed else found


class GoogleDocsShare(DocumentBlock):
    """Let somebody use a document. With no address, everybody who has the link may."""

    id = "4e7ec771-4cc8-4eb7-ae3d-46377ecdb5d2"
    name = "GoogleDocsShareBlock"

    class Input(DocumentInput):
        email: str = pin("", description="Whom; nobody: everybody who has the link.")
        role: ShareRole = pin(ShareRole.READER, description="What they may do: reader, commenter, writer.")
        send_notification: bool = pin(True, description="Let Google send an e-mail.")
        message: str = pin("", description="What that says besides.")
        credentials: DocumentFileCredentials = access()

    class Output(DocumentOutput):
        result: dict[str, Any] = pin(description="The permission.")
        share_link: str = pin(description="The link.")

    examples = (
        Example(
            input={**DOCUMENT, "email": "bob@example.com"},
            output=[("result", {"success": True, "id": "p1", "role": "reader"}), ("share_link", _LINK), PASSED],
            answers=says({"id": "p1", "role": "reader"}),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        sends_mail, message = inputs.send_notification, inputs.message
        made = await share(document.api, document.id, inputs.email, inputs.role, sends_mail=sends_mail, message=message)
        result = {"success": True, **{name: made[name] for name in ("id", "role") if name in made}}
        return {"result": result, "share_link": f"{document.url}?usp=sharing"}


class GoogleDocsSetPublicAccess(DocumentBlock):
    """Let everybody who has the link see a document, or nobody any more but those who are named."""

    id = "d104f6e1-80af-4fe9-b5a1-3cab20081b6c"
    name = "GoogleDocsSetPublicAccessBlock"

    class Input(DocumentInput):
        public: bool = pin(True, description="Let everybody who has the link see it.")
        role: PublicAccessRole = pin(PublicAccessRole.READER, description="What they may do: reader, commenter.")
        credentials: DocumentFileCredentials = access()

    class Output(DocumentOutput):
        result: dict[str, Any] = pin(description="That it was done.")
        share_link: str = pin(description="The link.")

    examples = (
        Example(
            input=DOCUMENT,
            output=[("result", {"success": True, "is_public": True}), ("share_link", _LINK), PASSED],
            answers=says({"id": "anyoneWithLink", "type": "anyone", "role": "reader"}),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        await set_public(document.api, document.id, inputs.role, is_public=inputs.public)
        result = {"success": True, "is_public": inputs.public}
        return {"result": result, "share_link": f"{document.url}?usp=sharing"}


def _segments(content: Content) -> Iterator[dict[str, Any]]:
    """Give the parts of a document's body; of a table its size, for its texts stand in what Google says of it."""
    for element in content.elements:
        place = {"start_index": element.get("startIndex", 0), "end_index": element.get("endIndex", 0)}
        if "paragraph" in element:
            runs = (inner(run, "textRun") for run in listed(element, "paragraph", "elements"))
            style = inner(element, "paragraph", "paragraphStyle").get("namedStyleType", "NORMAL_TEXT")
            text = "".join(run.get("content", "") for run in runs).removesuffix("\n")
            kind = "list_item" if inner(element, "paragraph", "bullet") else "paragraph"
            yield {"type": kind, **place, "text": text, "style": style}
        elif table := inner(element, "table"):
            yield {"type": "table", **place, "rows": table.get("rows", 0), "columns": table.get("columns", 0)}
        elif "tableOfContents" in element:
            yield {"type": "table_of_contents", **place}
