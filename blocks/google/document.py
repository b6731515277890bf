"""One document by Google's Docs API, v1: its text with its places, and changes of it; it keeps nothing.

https://developers.google.com/workspace/docs/api/reference/rest/v1/documents. Places are counted in UTF-16 code units from 1.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from pydantic import Field

from blocks.google.answers import listed, said
from blocks.google.drive import GoogleDriveFile, file_id, need_credential, passed_on
from blocks.google.markdown import units
from blocks.providers.google import GOOGLE
from blocks.sdk.block import Block, BlockInput, BlockOutput, pin
from blocks.sdk.context import Context
from blocks.sdk.credentials import Credential, OAuth2
from blocks.sdk.directives import Yield
from blocks.sdk.rest import Api
from schema.credentials import Reference
from schema.errors import InvalidInput

DOCUMENT_TYPE: Final = "application/vnd.google-apps.document"
#: Places of a text that one node replaces.
PLACES_MAX: Final = 500
_DOCUMENT: Final = "docs:/v1/documents/{document_id}"


@dataclass(frozen=True)
class Content:
    """What a document holds."""

    raw: Mapping[str, Any]

    @property
    def title(self) -> str:
        return str(self.raw.get("title", ""))

    @property
    def revision(self) -> str:
        return str(self.raw.get("revisionId", ""))

    @property
    def elements(self) -> list[dict[str, Any]]:
        """Give the paragraphs, tables and breaks of the body."""
        return listed(self.raw, "body", "content")

    @property
    def end(self) -> int:
        """Give the place before the last newline, which no change may remove."""
        return max(1, int(self.elements[-1].get("endIndex", 2)) - 1) if self.elements else 1

    def paragraphs(self) -> Iterator[tuple[int, str]]:
        """Give each paragraph's place and text, those in tables, too."""
        waiting = self.elements[::-1]
        while waiting:
            element = waiting.pop()
            if "paragraph" in element:
                runs = listed(element, "paragraph", "elements")
                # What is no text, such as an image, counts one.
                yield int(element.get("startIndex", 0)), "".join(_text_of(run) for run in runs)
            cells = [cell for row in listed(element, "table", "tableRows") for cell in listed(row, "tableCells")]
            within = [part for cell in cells for part in listed(cell, "content")]
            waiting += [*within, *listed(element, "tableOfContents", "content")][::-1]

    def text(self) -> str:
        """Give the document's text; what is no text is left out."""
        return "".join(text.replace("\ufffc", "") for _, text in self.paragraphs())

    def places(self, wanted: str, *, match_case: bool) -> list[tuple[int, int]]:
        """Give where a text stands, within paragraphs, as (start, end)."""
        found: list[tuple[int, int]] = []
        sought = wanted if match_case else _in_small(wanted)
        for start, text in self.paragraphs():
            seen = text if match_case else _in_small(text)
            at = seen.find(sought)
            while at >= 0 and len(found) <= PLACES_MAX:
                begin = start + units(text[:at])
                found.append((begin, begin + units(text[at : at + len(wanted)])))
                at = seen.find(sought, at + len(sought))
        if len(found) > PLACES_MAX:
            raise InvalidInput(f"The text stands at more than {PLACES_MAX} places.", pin="find_text")
        return found


@dataclass(frozen=True)
class Document:
    """A document for one node execution."""

    api: Api
    id: str

    @classmethod
    def of(cls, file: GoogleDriveFile, credential: Credential | None, context: Context) -> Document:
        return cls(Api(GOOGLE, need_credential(credential), context), file_id(file, "document", DOCUMENT_TYPE))

    @property
    def url(self) -> str:
        return f"https://docs.google.com/document/d/{self.id}/edit"

    async def content(self) -> Content:
        """Read it."""
        answer = await self.api.call("GET", _DOCUMENT, {"document_id": self.id})
        return Content(said(answer))

    async def change(self, *requests: Mapping[str, Any], revision: str = "") -> list[dict[str, Any]]:
        """Make changes, all of them or none; places are those of `revision`, whatever others have written since."""
        body: dict[str, Any] = {"requests": list(requests)}
        if revision:
            body["writeControl"] = {"targetRevisionId": revision}
        answer = await self.api.call("POST", f"{_DOCUMENT}:batchUpdate", {"document_id": self.id}, json=body)
        return listed(said(answer), "replies")


class DocumentInput(BlockInput):
    """What a block about a document is given."""

    document: GoogleDriveFile = pin(description="The document, by its id or its address.")


class DocumentOutput(BlockOutput):
    """What a block about a document gives."""

    document: GoogleDriveFile = Field(description="The document, for the next block.")


class DocumentBlock(Block):
    """A block about one document: what it does is its `work`; it gives the document on, with the credential that it names."""

    is_abstract = True
    categories = ("DATA",)

    async def work(self, inputs: Any, document: Document) -> Mapping[str, Any]:
        """Do what the block does; give the values of its output pins, in their order."""
        raise NotImplementedError

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        document = Document.of(inputs.document, inputs.credentials, context)
        for name, value in (await self.work(inputs, document)).items():
            yield name, value
        yield "document", passed_on(inputs.document, document.id, document.url)


def access() -> Any:
    """Describe the pin of the credential: the last one, which is ours."""
    return pin(None, description="Access to Google Docs, where the file names no credential.")


def need_place(index: int, pin_name: str) -> int:
    """Give a place of a document; raise InvalidInput for what is none."""
    if index < 1:
        raise InvalidInput(f"Places of a document are counted from 1; {index} is none.", pin=pin_name)
    return index


def stretch_of(inputs: Any) -> dict[str, int]:
    """Give the stretch of a document that a block's pins name; raise InvalidInput for what is none."""
    start = need_place(inputs.start_index, "start_index")
    if inputs.end_index <= start:
        raise InvalidInput("end_index must be behind start_index.", pin="end_index")
    return {"startIndex": start, "endIndex": inputs.end_index}


def _in_small(text: str) -> str:
    """Give a text in small letters, each at its place: where a letter would become two, it stays."""
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def _text_of(run: Mapping[str, Any]) -> str:
    if "textRun" in run:
        return str(run["textRun"].get("content", ""))
    # The object replacement character, as many times as the element counts.
    return "\ufffc" * (int(run.get("endIndex", 0)) - int(run.get("startIndex", 0)))


#: What the examples of these blocks run with, and give on.
EXAMPLE: Final = OAuth2(
    Reference("00000000-0000-4000-8000-000000000006", "google", "oauth2", "Example"), access_token="example-token"
)
DOCUMENT: Final = {"document": {"id": "example-doc"}, "credentials": EXAMPLE.reference.to_wire()}
PASSED: Final = ("document", {"id": "example-doc", "url": "https://docs.google.com/document/d/example-doc/edit"})
WITH: Final = {"credentials": EXAMPLE}


def says(*values: Any) -> list[tuple[int, dict[str, str], bytes]]:
    """Give the answers of an example, each a JSON value."""
    return [(200, {}, orjson.dumps(value)) for value in values]


def document_is(*lines: str) -> dict[str, Any]:
    """Give the answer of an example that reads a document of these paragraphs."""
    content: list[dict[str, Any]] = [{"endIndex": 1, "sectionBreak": {}}]
    at = 1
    for line in (f"{line}\n" for line in lines):
        run = {"startIndex": at, "endIndex": at + units(line), "textRun": {"content": line}}
        content.append({"startIndex": at, "endIndex": at + units(line), "paragraph": {"elements": [run]}})
        at += units(line)
    return {"documentId": "example-doc", "title": "Walls", "revisionId": "r1", "body": {"content": content}}
