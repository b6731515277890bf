"""Markdown and Notion's blocks of content, each from the other; https://developers.notion.com/reference/block. It asks nothing.

What Markdown has no word for (databases in a page, embeds, columns) is a link, or what stands in it; of Markdown, tables and
pictures are written as the text that they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from blocks.notion.properties import rich_text

_MARKS: Final = (("code", "`"), ("bold", "**"), ("italic", "*"), ("strikethrough", "~~"))
_PREFIXES: Final = {
    "heading_1": "# ", "heading_2": "## ", "heading_3": "### ", "bulleted_list_item": "- ", "quote": "> ", "callout": "> ",
    "toggle": "- ", "paragraph": "",
}  # fmt: skip
_LISTS: Final = frozenset({"bulleted_list_item", "numbered_list_item", "to_do", "toggle"})
_FILES: Final = frozenset({"image", "video", "file", "pdf", "audio", "embed", "bookmark", "link_preview"})
_INDENT: Final = "  "

_HEADING: Final = re.compile(r"(#{1,3})\s+(.*)")
_TODO: Final = re.compile(r"\s*[-*]\s+\[([ xX])\]\s+(.*)")
_BULLET: Final = re.compile(r"\s*[-*+]\s+(.*)")
_NUMBER: Final = re.compile(r"\s*\d{1,9}[.)]\s+(.*)")
_FENCE: Final = re.compile(r"```([^`]*)")
_RULE: Final = re.compile(r"(?:-{3,}|\*{3,}|_{3,})\s*")
#: Languages that Notion colours, by what is commonly written behind a fence.
_LANGUAGES: Final = {
    "py": "python",
    "js": "javascript",
    "ts": "typescript",
    "sh": "shell",
    "yml": "yaml",
    "": "plain text",
}
_KNOWN: Final = frozenset(
    {"python", "javascript", "typescript", "shell", "bash", "yaml", "json", "html", "css", "sql", "java", "go", "rust", "ruby",
     "c", "c++", "c#", "php", "swift", "kotlin", "markdown", "xml", "docker", "graphql", "plain text"}
)  # fmt: skip


def marked_text(pieces: Any) -> str:
    """Give pieces of rich text as Markdown."""
    return "".join(_marked(one) for one in pieces or () if isinstance(one, dict))


def _marked(piece: Mapping[str, Any]) -> str:
    text, marks = piece.get("plain_text") or "", piece.get("annotations") or {}
    if not text.strip():
        return text
    head, core, tail = text[: len(text) - len(text.lstrip())], text.strip(), text[len(text.rstrip()) :]
    for name, mark in _MARKS:
        if marks.get(name):
            core = f"{mark}{core}{mark}"
    link = piece.get("href")
    return f"{head}[{core}]({link}){tail}" if link else f"{head}{core}{tail}"


def lines_of(block: Mapping[str, Any], depth: int, number: int) -> Iterator[str]:
    """Give a block's own lines of Markdown; `number` is its place in a numbered list."""
    kind = str(block.get("type"))
    content = block.get(kind) or {}
    indent, text = _INDENT * depth, marked_text(content.get("rich_text"))
    if kind in _PREFIXES:
        for line in text.split("\n"):
            yield f"{indent}{_PREFIXES[kind]}{line}"
    elif kind == "numbered_list_item":
        yield f"{indent}{number}. {text}"
    elif kind == "to_do":
        yield f"{indent}- [{'x' if content.get('checked') else ' '}] {text}"
    elif kind == "code":
        yield from (
            f"{indent}```{content.get('language') or ''}",
            *(f"{indent}{one}" for one in text.split("\n")),
            f"{indent}```",
        )
    elif kind == "divider":
        yield f"{indent}---"
    elif kind == "equation":
        yield f"{indent}$${content.get('expression') or ''}$$"
    elif kind == "table_row":
        yield f"{indent}| {' | '.join(marked_text(cell) for cell in content.get('cells') or ())} |"
    elif kind in _FILES:
        yield f"{indent}{_linked(kind, content)}"
    elif kind in ("child_page", "child_database"):
        yield f"{indent}[{content.get('title') or ''}](https://www.notion.so/{str(block.get('id')).replace('-', '')})"


def _linked(kind: str, content: Mapping[str, Any]) -> str:
    url = content.get("url") or (content.get("file") or content.get("external") or {}).get("url") or ""
    caption = marked_text(content.get("caption")) or content.get("name") or kind
    return f"{'!' if kind == 'image' else ''}[{caption}]({url})"


def is_list(block: Mapping[str, Any]) -> bool:
    """Say whether a block is an item of a list, so that what follows it may stand close to it."""
    return block.get("type") in _LISTS


def markdown_of(blocks: Sequence[Mapping[str, Any]], depth: int = 0) -> list[str]:
    """Give blocks, each with those in it under `children`, as lines of Markdown."""
    lines: list[str] = []
    number, before = 0, None
    for block in blocks:
        kind = block.get("type")
        number = number + 1 if kind == "numbered_list_item" else 0
        is_close = kind == before and (is_list(block) or kind == "table_row")
        if lines and not is_close and depth == 0:
            lines.append("")
        lines += lines_of(block, depth, number)
        inner = depth + 1 if is_list(block) else depth
        lines += _children(block, inner)
        before = kind
    return lines


def _children(block: Mapping[str, Any], depth: int) -> list[str]:
    children = block.get("children") or []
    if block.get("type") != "table" or not children:
        return markdown_of(children, depth)
    rows = markdown_of(children, max(depth, 1))
    cells = len((children[0].get("table_row") or {}).get("cells") or ())
    rows.insert(1, f"{_INDENT * max(depth, 1)}|{' --- |' * cells}")
    return [row.removeprefix(_INDENT) if depth == 0 else row for row in rows]


def blocks_of(markdown: str) -> list[dict[str, Any]]:
    """Give Markdown as blocks of Notion's, one below the other."""
    found: list[dict[str, Any]] = []
    paragraph: list[str] = []
    code: list[str] | None = None
    language = ""

    def close() -> None:
        if paragraph:
            found.append(_block("paragraph", "\n".join(paragraph)))
            paragraph.clear()

    for line in markdown.splitlines():
        fence = _FENCE.fullmatch(line.strip())
        if code is not None:
            if fence and not fence[1].strip():
                found.append(_block("code", "\n".join(code), language=language))
                code = None
            else:
                code.append(line)
            continue
        if fence:
            close()
            code, language = [], _language(fence[1].strip())
            continue
        block = _line(line)
        if block is None and line.strip():
            paragraph.append(line.strip())
            continue
        close()
        if block is not None:
            found.append(block)
    if code is not None:
        found.append(_block("code", "\n".join(code), language=language))
    close()
    return found


def _line(line: str) -> dict[str, Any] | None:
    """Give the block that a line is by itself; None: it is empty, or a part of a paragraph."""
    if heading := _HEADING.fullmatch(line.strip()):
        return _block(f"heading_{len(heading[1])}", heading[2])
    if _RULE.fullmatch(line.strip()):
        return {"object": "block", "type": "divider", "divider": {}}
    if todo := _TODO.fullmatch(line):
        return _block("to_do", todo[2], checked=todo[1] != " ")
    if bullet := _BULLET.fullmatch(line):
        return _block("bulleted_list_item", bullet[1])
    if number := _NUMBER.fullmatch(line):
        return _block("numbered_list_item", number[1])
    if line.strip().startswith(">"):
        return _block("quote", line.strip()[1:].strip())
    return None


def _language(text: str) -> str:
    found = _LANGUAGES.get(text.lower(), text.lower())
    return found if found in _KNOWN else "plain text"


def _block(kind: str, text: str, **more: Any) -> dict[str, Any]:
    return {"object": "block", "type": kind, kind: {"rich_text": rich_text(text), **more}}
