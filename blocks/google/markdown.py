"""Markdown as changes of a Google document: headings, lists, quotes, code, emphasis, links; what else there is stays text.

A document is one text, counted in UTF-16 code units, in which paragraphs end with a newline; how it looks is said of ranges of it
afterwards: https://developers.google.com/workspace/docs/api/reference/rest/v1/documents/request. A list's depth is told by tabs,
which Google takes away when it makes the list: so lists are made last, and the last of them first, and no other place moves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final

from schema.errors import InvalidInput, ValueTooLarge

#: Characters of Markdown that one node writes, and paragraphs in it.
MARKDOWN_CHARS_MAX: Final = 500_000
PARAGRAPHS_MAX: Final = 10_000
#: Levels of a list; Google has nine.
LEVELS_MAX: Final = 8
_HEADING: Final = re.compile(r"(#{1,6})[ \t]+(\S.*)")
_ITEM: Final = re.compile(r"([ \t]*)([-*+]|[0-9]{1,9}[.)])[ \t]+(\S.*)")
#: What is no mark, and begins none.
_QUIET: Final = re.compile(r"[^\\`*_~\[!]+")
_FENCES: Final = ("```", "~~~")
_RULES: Final = frozenset("-*_")
_MARKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "**": {"bold": True},
    "__": {"bold": True},
    "~~": {"strikethrough": True},
    "*": {"italic": True},
    "_": {"italic": True},
}
_CODE: Final = {"weightedFontFamily": {"fontFamily": "Courier New"}}
_LINKS: Final = ("http://", "https://", "mailto:")
_ESCAPED: Final = frozenset("\\`*_{}[]()#+-.!~>|")
#: What is taken back of the style that inserted text has from its place.
_RESET: Final = "bold,italic,underline,strikethrough,link,weightedFontFamily,foregroundColor,backgroundColor"


@dataclass(frozen=True)
class Piece:
    """A stretch of text that looks the same."""

    text: str
    style: Mapping[str, Any]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph: its pieces, and what it is."""

    pieces: tuple[Piece, ...]
    style: str = "NORMAL_TEXT"
    #: BULLET or NUMBERED in a list, at a depth.
    listed: str | None = None
    level: int = 0
    is_quote: bool = False
    is_rule: bool = False

    @property
    def text(self) -> str:
        return "\t" * self.level + "".join(piece.text for piece in self.pieces)


def units(text: str) -> int:
    """Give how much a text counts in a document: UTF-16 code units."""
    return len(text) + sum(1 for letter in text if ord(letter) > 0xFFFF)


def written(markdown: str, index: int, pin: str = "markdown") -> list[dict[str, Any]]:
    """Give the changes that write Markdown at a place of a document. Raises InvalidInput, ValueTooLarge."""
    paragraphs = paragraphs_of(markdown)
    if not paragraphs:
        raise InvalidInput("There is no text to write.", pin=pin)
    text = "\n".join(paragraph.text for paragraph in paragraphs)
    whole = _range(index, index + units(text))
    requests: list[dict[str, Any]] = [{"insertText": {"location": {"index": index}, "text": text or "\n"}}]
    if text:
        requests += [
            {"updateTextStyle": {"range": whole, "textStyle": {}, "fields": _RESET}},
            {"deleteParagraphBullets": {"range": whole}},
            _paragraph_style(whole, {"namedStyleType": "NORMAL_TEXT"}),
        ]
    lists: list[dict[str, Any]] = []
    for listed, group in groupby(_placed(paragraphs, index), key=lambda placed: placed[1].listed):
        members = list(group)
        for start, paragraph in members:
            requests += _looks(start, paragraph)
        if listed is not None:
            end = members[-1][0] + units(members[-1][1].text)
            preset = "NUMBERED_DECIMAL_ALPHA_ROMAN" if listed == "NUMBERED" else "BULLET_DISC_CIRCLE_SQUARE"
            lists.append({"createParagraphBullets": {"range": _range(members[0][0], end), "bulletPreset": preset}})
    return requests + lists[::-1]


def paragraphs_of(markdown: str) -> list[Paragraph]:
    """Read Markdown's paragraphs; lines of one that are only wrapped are one line."""
    if len(markdown) > MARKDOWN_CHARS_MAX:
        raise ValueTooLarge(f"The Markdown has {len(markdown)} characters; at most {MARKDOWN_CHARS_MAX} are written.")
    found: list[Paragraph] = []
    wrapped: list[str] = []
    fence = ""

    def end_wrapped() -> None:
        if wrapped:
            found.append(Paragraph(pieces_of(" ".join(wrapped))))
            wrapped.clear()

    for line in markdown.splitlines():
        bare = line.strip()
        if fence or bare.startswith(_FENCES):
            end_wrapped()
            if not fence:
                fence = bare[:3]
            elif bare.startswith(fence):
                fence = ""
            else:
                found.append(Paragraph((Piece(line.replace("\t", "    "), _CODE),)))
        elif (special := _special(line, bare)) is not None:
            end_wrapped()
            found.append(special)
        elif bare:
            wrapped.append(bare)
        else:
            end_wrapped()
    end_wrapped()
    if len(found) > PARAGRAPHS_MAX:
        raise ValueTooLarge(f"The Markdown has {len(found)} paragraphs; at most {PARAGRAPHS_MAX} are written.")
    return found


def pieces_of(text: str) -> tuple[Piece, ...]:
    """Read the emphasis, code and links of a line."""
    return tuple(_pieces(text, {}))


def _special(line: str, bare: str) -> Paragraph | None:
    """Give the paragraph that a line is by itself; None: it is part of a text."""
    if heading := _HEADING.fullmatch(bare):
        title = heading[2].rstrip("#").rstrip() or heading[2]
        return Paragraph(pieces_of(title), style=f"HEADING_{len(heading[1])}")
    marks = bare.replace(" ", "")
    if len(marks) >= 3 and marks[0] in _RULES and marks == marks[0] * len(marks):
        return Paragraph((), is_rule=True)
    if item := _ITEM.fullmatch(line.rstrip()):
        level = min(len(item[1].replace("\t", "    ")) // 2, LEVELS_MAX)
        listed = "BULLET" if item[2] in "-*+" else "NUMBERED"
        return Paragraph(pieces_of(item[3]), listed=listed, level=level)
    if bare.startswith(">"):
        return Paragraph(pieces_of(bare.lstrip("> ")), is_quote=True)
    return None


def _pieces(text: str, outer: Mapping[str, Any]) -> Iterator[Piece]:
    """Give the pieces of a text, each with the style around it. Each mark is looked for once at most where it has no end."""
    opened: list[str] = []
    endless: set[str] = set()
    plain: list[str] = []
    at = 0

    def style() -> dict[str, Any]:
        return {name: value for mark in opened for name, value in _MARKS[mark].items()} | dict(outer)

    while at < len(text):
        if (quiet := _QUIET.match(text, at)) is not None:
            plain.append(quiet[0])
            at = quiet.end()
            continue
        step, piece, mark = _next(text, at, opened, endless, outer)
        if piece is None and mark is None:
            plain.append(text[at + step - 1] if text[at] == "\\" and step == 2 else text[at : at + step])
        else:
            if plain:
                yield Piece("".join(plain), style())
                plain = []
            if mark is not None:
                opened.remove(mark) if mark in opened else opened.append(mark)
            elif piece is not None:
                yield from (replace(one, style={**style(), **one.style}) for one in piece)
        at += step
    if plain:
        yield Piece("".join(plain), style())


def _next(
    text: str, at: int, opened: Sequence[str], endless: set[str], outer: Mapping[str, Any]
) -> tuple[int, list[Piece] | None, str | None]:
    """Give (how far it goes, the pieces that stand here, the mark that opens or closes here)."""
    letter = text[at]
    if letter == "\\" and at + 1 < len(text) and text[at + 1] in _ESCAPED:
        return 2, None, None
    if letter == "`" and (end := _end(text, "`", at + 1, endless)) > at + 1:
        return end + 1 - at, [Piece(text[at + 1 : end], _CODE)], None
    if letter in "[!" and "link" not in outer:
        begin = at + (1 if text.startswith("![", at) else 0)
        middle = _end(text, "](", begin, endless) if text.startswith("[", begin) else -1
        end = _end(text, ")", middle, endless) if middle > 0 else -1
        if end > 0:
            address = text[middle + 2 : end].split(" ")[0].strip("<>")
            link = {"link": {"url": address}} if address.lower().startswith(_LINKS) else {}
            return (
                end + 1 - at,
                list(_pieces(text[begin + 1 : middle], {**outer, **link, "link": link.get("link")})),
                None,
            )
    for mark in _MARKS:
        if text.startswith(mark, at) and _is_mark(text, at, mark, opened, endless):
            return len(mark), None, mark
    return 1, None, None


def _is_mark(text: str, at: int, mark: str, opened: Sequence[str], endless: set[str]) -> bool:
    """Say whether a mark opens or closes something here: it stands at words, and `_` not within one."""
    before, after = text[at - 1 : at], text[at + len(mark) : at + len(mark) + 1]
    if mark in opened:
        return bool(before.strip()) and not (mark[0] == "_" and after.isalnum())
    is_start = bool(after.strip()) and not (mark[0] == "_" and before.isalnum())
    return is_start and _end(text, mark, at + len(mark) + 1, endless) > 0


def _end(text: str, mark: str, start: int, endless: set[str]) -> int:
    """Find where a mark stands next; that it stands nowhere is looked for once."""
    found = -1 if mark in endless else text.find(mark, start)
    if found < 0:
        endless.add(mark)
    return found


def _placed(paragraphs: Sequence[Paragraph], index: int) -> Iterator[tuple[int, Paragraph]]:
    """Give paragraphs with the places at which they begin."""
    for paragraph in paragraphs:
        yield index, paragraph
        index += units(paragraph.text) + 1


def _looks(start: int, paragraph: Paragraph) -> Iterator[dict[str, Any]]:
    """Give the changes that make a paragraph look as it should."""
    place = _range(start, start + max(units(paragraph.text), 1))
    if paragraph.style != "NORMAL_TEXT":
        yield _paragraph_style(place, {"namedStyleType": paragraph.style})
    if paragraph.is_quote:
        yield _paragraph_style(place, {"indentStart": {"magnitude": 36, "unit": "PT"}})
    if paragraph.is_rule:
        width = {"magnitude": 1, "unit": "PT"}
        grey = {"color": {"rgbColor": {"red": 0.7, "green": 0.7, "blue": 0.7}}}
        yield _paragraph_style(
            place, {"borderBottom": {"width": width, "padding": width, "dashStyle": "SOLID", "color": grey}}
        )
    start += paragraph.level
    for piece in paragraph.pieces:
        end = start + units(piece.text)
        style = {name: value for name, value in piece.style.items() if value}
        if style and end > start:
            yield {"updateTextStyle": {"range": _range(start, end), "textStyle": style, "fields": ",".join(style)}}
        start = end


def _paragraph_style(place: Mapping[str, int], style: Mapping[str, Any]) -> dict[str, Any]:
    return {"updateParagraphStyle": {"range": place, "paragraphStyle": style, "fields": ",".join(style)}}


def _range(start: int, end: int) -> dict[str, int]:
    return {"startIndex": start, "endIndex": end}
