"""Google Docs' operations as its REST reference has them: text with its places, changes in batches, Markdown, exports."""

from __future__ import annotations

import time
from typing import Any

import pytest

from blocks.google.document import Content, document_is
from blocks.google.markdown import paragraphs_of, pieces_of, units, written
from blocks.library.google_docs import (
    GoogleDocsAppendPlainText,
    GoogleDocsCreate,
    GoogleDocsDeleteContent,
    GoogleDocsFindReplacePlainText,
    GoogleDocsGetMetadata,
    GoogleDocsInsertPlainText,
    GoogleDocsRead,
)
from blocks.library.google_docs_files import (
    GoogleDocsExport,
    GoogleDocsGetStructure,
    GoogleDocsSetPublicAccess,
    GoogleDocsShare,
)
from blocks.library.google_docs_layout import GoogleDocsFormatText, GoogleDocsInsertPageBreak, GoogleDocsInsertTable
from blocks.library.google_docs_markdown import (
    GoogleDocsAppendMarkdown,
    GoogleDocsInsertMarkdownAt,
    GoogleDocsReplaceAllWithMarkdown,
    GoogleDocsReplaceContentWithMarkdown,
    GoogleDocsReplaceRangeWithMarkdown,
)
from blocks.providers.google import GOOGLE
from blocks.sdk import Block
from schema.errors import ValueTooLarge
from schema.media import parse_data_uri
from tests.providers.google import ACCESS, DOCUMENT, DOCUMENT_PATH, signed
from tests.providers.services import Answers, Says, Service, service

GET = ("GET", DOCUMENT_PATH)
BATCH = ("POST", f"{DOCUMENT_PATH}:batchUpdate")
DONE = Says({"documentId": "doc-1", "replies": [{}]})


async def ran(
    block: type[Block], inputs: dict[str, Any], operations: dict[tuple[str, str], Answers] | None = None
) -> tuple[dict[str, Any], Service]:
    """Run a block against a document of two lines; give its outputs by pin."""
    known = {GET: Says(document_is("They", "stand.")), BATCH: DONE, **(operations or {})}
    async with service(GOOGLE, known, signed) as docs:
        outcome = await docs.run(block, {**DOCUMENT, **inputs}, ACCESS)
    assert outcome.outputs[-1][0] == "document"
    return dict(outcome.outputs), docs


def requests_of(docs: Service) -> list[Any]:
    return [request for one in docs.asked if one.method == "POST" for request in one.json["requests"]]


def applied(text: str, requests: list[Any]) -> str:
    """Give a document's text (places count from 1) after these insertions and deletions, as Google's guide says."""
    for request in requests:
        if (insertion := request.get("insertText")) is not None:
            at = insertion.get("location", {}).get("index", len(text)) - 1
            text = text[:at] + insertion["text"] + text[at:]
        if (deletion := request.get("deleteContentRange")) is not None:
            place = deletion["range"]
            text = text[: place["startIndex"] - 1] + text[place["endIndex"] - 1 :]
    return text


async def test_a_document_is_read_with_its_tables():
    cell = {"content": [{"startIndex": 9, "paragraph": {"elements": [{"textRun": {"content": "inner\n"}}]}}]}
    raw = document_is("They")
    table = {
        "startIndex": 6,
        "endIndex": 20,
        "table": {"rows": 1, "columns": 2, "tableRows": [{"tableCells": [cell, cell]}]},
    }
    last = {"startIndex": 20, "paragraph": {"elements": [{"textRun": {"content": "end\n"}}]}}
    raw["body"]["content"] += [table, last]
    found, _ = await ran(GoogleDocsRead, {}, {GET: Says(raw)})
    assert (found["text"], found["title"]) == ("They\ninner\ninner\nend\n", "Walls")
    found, _ = await ran(GoogleDocsGetStructure, {"detailed": True}, {GET: Says(raw)})
    assert [one["type"] for one in found["segments"]] == ["paragraph", "table", "paragraph"]
    assert found["structure"]["body"][2] == table


async def test_what_a_document_is_and_that_one_is_made():
    found, _ = await ran(GoogleDocsGetMetadata, {})
    assert (found["title"], found["document_id"], found["revision_id"]) == ("Walls", "doc-1", "r1")
    operations: dict[tuple[str, str], Answers] = {
        ("POST", "/v1/documents"): Says({"documentId": "doc-2"}),
        ("POST", "/v1/documents/doc-2:batchUpdate"): DONE,
    }
    async with service(GOOGLE, operations, signed) as docs:
        outcome = await docs.run(GoogleDocsCreate, {"title": "T", "initial_content": "x"}, ACCESS)
    assert docs.asked[0].json == {"title": "T"}
    assert dict(outcome.outputs)["document"]["_credentials_id"] == ACCESS.reference.id


async def test_plain_text_is_written_and_removed():
    _, docs = await ran(GoogleDocsAppendPlainText, {"text": "x"})
    assert requests_of(docs) == [{"insertText": {"endOfSegmentLocation": {}, "text": "\nx"}}]
    _, docs = await ran(GoogleDocsInsertPlainText, {"text": "x", "index": 3})
    assert requests_of(docs) == [{"insertText": {"location": {"index": 3}, "text": "x"}}]
    _, docs = await ran(GoogleDocsInsertPageBreak, {"index": 4})
    assert requests_of(docs) == [{"insertPageBreak": {"location": {"index": 4}}}]
    _, docs = await ran(GoogleDocsDeleteContent, {"start_index": 1, "end_index": 3})
    assert requests_of(docs) == [{"deleteContentRange": {"range": {"startIndex": 1, "endIndex": 3}}}]
    replaced = Says({"replies": [{"replaceAllText": {"occurrencesChanged": 4}}]})
    found, docs = await ran(
        GoogleDocsFindReplacePlainText, {"find_text": "a", "replace_text": "b", "match_case": True}, {BATCH: replaced}
    )
    assert requests_of(docs) == [
        {"replaceAllText": {"containsText": {"text": "a", "matchCase": True}, "replaceText": "b"}}
    ]
    assert found["result"]["replacements"] == 4
    given = {"start_index": 1, "end_index": 3, "underline": True, "font_size": 9, "foreground_color": "#0000FF"}
    _, docs = await ran(GoogleDocsFormatText, given)
    asked = requests_of(docs)[0]["updateTextStyle"]
    assert asked["fields"] == "underline,fontSize,foregroundColor"
    assert asked["textStyle"]["foregroundColor"] == {"color": {"rgbColor": {"red": 0.0, "green": 0.0, "blue": 1.0}}}


async def test_the_cells_of_a_new_table_are_filled_from_the_last_on():
    cells = [[{"content": [{"startIndex": start}]} for start in row] for row in ([16, 18], [21, 23])]
    table = {"startIndex": 13, "table": {"tableRows": [{"tableCells": row} for row in cells]}}
    after = document_is("They", "stand.")
    after["body"]["content"].append(table)
    answers = [Says(document_is("They", "stand.")), Says(after)]
    given = {"rows": 1, "columns": 2, "content": [["a", "**b**"], ["", "d"]], "format_as_markdown": True}
    _, docs = await ran(GoogleDocsInsertTable, given, {GET: answers})
    assert requests_of(docs)[0] == {"insertTable": {"rows": 2, "columns": 2, "endOfSegmentLocation": {}}}
    texts = [one["insertText"] for one in requests_of(docs)[1:] if "insertText" in one]
    assert [(one["location"]["index"], one["text"]) for one in texts] == [(23, "d"), (18, "b"), (16, "a")]


async def test_markdown_is_written_where_it_should_stand():
    text = "They\nstand.\n"
    _, docs = await ran(GoogleDocsAppendMarkdown, {"markdown": "**On**"})
    assert applied(text, requests_of(docs)) == "They\nstand.\nOn\n"
    assert docs.asked[-1].json["writeControl"] == {"targetRevisionId": "r1"}
    _, docs = await ran(GoogleDocsInsertMarkdownAt, {"markdown": "*On* ", "index": 6})
    assert applied(text, requests_of(docs)) == "They\nOnstand.\n"
    _, docs = await ran(GoogleDocsReplaceAllWithMarkdown, {"markdown": "# On"})
    assert applied(text, requests_of(docs)) == "On\n"
    _, docs = await ran(GoogleDocsReplaceRangeWithMarkdown, {"markdown": "`We`", "start_index": 1, "end_index": 5})
    assert applied(text, requests_of(docs)) == "We\nstand.\n"
    found, docs = await ran(GoogleDocsReplaceContentWithMarkdown, {"find_text": "t", "markdown": "**TT**"})
    assert applied(text, requests_of(docs)) == "TThey\nsTTand.\n"
    assert found["result"]["replacements"] == 2


async def test_an_empty_document_is_appended_to_in_its_first_line():
    _, docs = await ran(GoogleDocsAppendMarkdown, {"markdown": "On"}, {GET: Says(document_is(""))})
    assert requests_of(docs)[0] == {"insertText": {"location": {"index": 1}, "text": "On"}}


async def test_a_document_is_exported_as_text_or_as_a_file():
    path = ("GET", "/drive/v3/files/doc-1/export")
    says = Says(b"\xef\xbb\xbf# Walls", headers={"content-type": "text/markdown"})
    found, docs = await ran(GoogleDocsExport, {"format": "text/markdown"}, {path: says})
    assert (found["content"], docs.asked[0].query) == ("# Walls", {"mimeType": "text/markdown"})
    pdf = b"%PDF-1.4 \xff\x00 bytes that are no text"
    found, _ = await ran(GoogleDocsExport, {}, {path: Says(pdf, headers={"content-type": "application/pdf"})})
    uri = parse_data_uri(found["content"])
    assert uri is not None
    assert found["mime_type"] == "application/pdf"


async def test_a_document_is_shared_by_drive():
    path = "/drive/v3/files/doc-1/permissions"
    shared = {("POST", path): Says({"id": "p1", "role": "writer"})}
    found, docs = await ran(
        GoogleDocsShare, {"email": "b@example.com", "role": "writer", "send_notification": False}, dict(shared)
    )
    assert docs.asked[0].query == {"supportsAllDrives": "true", "sendNotificationEmail": "false"}
    assert found["result"] == {"success": True, "id": "p1", "role": "writer"}
    _, docs = await ran(GoogleDocsShare, {}, dict(shared))
    assert docs.asked[0].json == {"type": "anyone", "role": "reader"}
    found, _ = await ran(GoogleDocsSetPublicAccess, {"public": False}, {("GET", path): Says({"permissions": []})})
    assert found["result"]["is_public"] is False


def test_places_are_counted_in_utf_16():
    assert (units("a"), units("é"), units("\N{BRICK}b")) == (1, 1, 3)
    content = Content(document_is("\N{BRICK} İ wall", "a Wall"))
    assert content.places("wall", match_case=False) == [(6, 10), (13, 17)]
    assert content.places("Wall", match_case=True) == [(13, 17)]
    bold = [one["updateTextStyle"] for one in written("\N{BRICK} **wall**", 1) if "updateTextStyle" in one][-1]
    assert bold["range"] == {"startIndex": 4, "endIndex": 8}


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("plain", [("plain", {})]),
        ("a **b** c", [("a ", {}), ("b", {"bold": True}), (" c", {})]),
        ("*a **b** c*", [("a ", {"italic": True}), ("b", {"italic": True, "bold": True}), (" c", {"italic": True})]),
        ("snake_case_name and 2 * 3 * 4", [("snake_case_name and 2 * 3 * 4", {})]),
        ("**not closed", [("**not closed", {})]),
        (r"\*not\* emphasis", [("*not* emphasis", {})]),
        ("~~a~~", [("a", {"strikethrough": True})]),
        ("[a](javascript:b)", [("a", {"link": None})]),
        ('[*a*](https://b.c "t")', [("a", {"link": {"url": "https://b.c"}, "italic": True})]),
    ],
)
def test_a_line_of_markdown_has_its_pieces(text: str, pieces: list[tuple[str, dict[str, Any]]]):
    assert [(piece.text, dict(piece.style)) for piece in pieces_of(text)] == pieces


def test_paragraphs_are_what_their_lines_say():
    found = paragraphs_of("# One #\nwrapped\nline\n\n- a\n  - b\n1. c\n> said\n---\n```\n# code\n```\n")
    assert [(one.text, one.style, one.listed, one.level, one.is_quote, one.is_rule) for one in found] == [
        ("One", "HEADING_1", None, 0, False, False),
        ("wrapped line", "NORMAL_TEXT", None, 0, False, False),
        ("a", "NORMAL_TEXT", "BULLET", 0, False, False),
        ("\tb", "NORMAL_TEXT", "BULLET", 1, False, False),
        ("c", "NORMAL_TEXT", "NUMBERED", 0, False, False),
        ("said", "NORMAL_TEXT", None, 0, True, False),
        ("", "NORMAL_TEXT", None, 0, False, True),
        ("# code", "NORMAL_TEXT", None, 0, False, False),
    ]


def test_lists_are_made_last_and_the_last_of_them_first():
    requests = written("- a\n  - b\n\ntext\n\n1. c\n2. d", 10)
    lists = [one["createParagraphBullets"] for one in requests if "createParagraphBullets" in one]
    assert requests[-2:] == [{"createParagraphBullets": one} for one in lists]
    assert [(one["range"]["startIndex"], one["bulletPreset"][:8]) for one in lists] == [
        (20, "NUMBERED"),
        (10, "BULLET_D"),
    ]
    assert lists[1]["range"] == {"startIndex": 10, "endIndex": 14}


@pytest.mark.parametrize("again", ["*a ", "[", "`", "**_~~", "](", "# ", "[a](", "\\\\*", "*a* ", "![", "__a"])
def test_hostile_markdown_takes_time_by_its_length(again: str):
    def seconds(length: int) -> float:
        text = again * (length // len(again))
        started = time.process_time()
        pieces_of(text)
        paragraphs_of(text)
        return time.process_time() - started

    # What goes by the square takes 64 times as long. Both are measured here: a busy machine slows both.
    assert seconds(80_000) < 30 * seconds(10_000) + 0.1


def test_markdown_is_bounded():
    with pytest.raises(ValueTooLarge):
        paragraphs_of("a" * 500_001)
    with pytest.raises(ValueTooLarge):
        paragraphs_of("# a\n" * 10_001)
