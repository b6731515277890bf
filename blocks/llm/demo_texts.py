"""Texts of the demo: the form that a prompt asks for, filled with what the prompt has; nothing in them is a model's.

A prompt may ask for tags (`in <domains> tags`), for what a Python function returns, for code, for JSON, or for a list. A tag that
the prompt shows as a list becomes a list of such items: of those that the prompt gives elsewhere, or made of its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import orjson

from blocks.sdk.llm import Message

MARK: Final = "[demo]"
_NOTE: Final = f"{MARK} This text is made by the demo; no model was asked."
_ITEMS: Final = 5
_LIST_MAX: Final = 10
_ROWS_MAX: Final = 50
_QUOTED_CHARS: Final = 300
#: Characters of a prompt that are looked at: more is data.
_READ_CHARS_MAX: Final = 200_000

_WANTED_TAG: Final = re.compile(r"<([A-Za-z][\w-]{0,60})>\s{0,5}(?:XML |xml )?tags?\b")
_SHOWN_TAG: Final = re.compile(
    r"(?:format|output|respond|reply|answer|return)[^<\n]{0,80}<([A-Za-z][\w-]{0,60})>", re.IGNORECASE
)
_FUNCTION: Final = re.compile(r"\bdef \w{1,60}\([^)\n]{0,300}\)\s?(?:->\s?([^:\n]{1,80}))?")
_FIELDS: Final = re.compile(r"\beach with (?:an? )?([^.\n]{3,200})")
_CODE: Final = re.compile(
    r"\b(?:write|generate|create|give|output)\b[^.\n]{0,80}\b(?:code|script|program)\b", re.IGNORECASE
)
_JSON: Final = re.compile(r"\bJSON\b")
_LIST: Final = re.compile(r"\b(?:list|bullet points|comma[- ]separated)\b", re.IGNORECASE)
_DOMAIN: Final = re.compile(r"\b[a-z0-9][a-z0-9-]{0,60}\.(?:com|net|org|io|ai|co)\b")
_WORD: Final = re.compile(r"\b[a-z]{4,12}\b")


def text_for(messages: Sequence[Message]) -> str:
    """Give the text that answers a conversation."""
    said = "\n".join(one.text for one in messages if one.role != "assistant")[:_READ_CHARS_MAX]
    asked = next((one.text for one in reversed(messages) if one.role == "user"), said)
    tags = list(dict.fromkeys(_WANTED_TAG.findall(said))) or list(dict.fromkeys(_SHOWN_TAG.findall(said)))
    if tags:
        return "\n".join([_NOTE, *(f"<{tag}>{_inside(tag, said)}</{tag}>" for tag in tags)])
    function = _FUNCTION.search(said)
    if function and "return" in said:
        return _returned(function[1] or "str", said, asked)
    if _CODE.search(said):
        return f'{_NOTE}\n\n```python\nprint("{MARK} hello")\n```'
    if _JSON.search(said):
        return orjson.dumps({"demo": _NOTE, "asked": asked[:_QUOTED_CHARS]}).decode()
    if _LIST.search(said):
        return "\n".join([_NOTE, *(f"{number}. Item {number}" for number in range(1, _ITEMS + 1))])
    return f"{_NOTE} It was asked: {asked[:_QUOTED_CHARS]}"


def _inside(tag: str, said: str) -> str:
    """Give what stands in a tag: a list where the prompt shows one there."""
    shown = re.search(rf"<{re.escape(tag)}>([^<]{{1,5000}})</{re.escape(tag)}>", said)
    example = shown[1] if shown else ""
    by = "," if "," in example else "\n" if "\n" in example.strip() else None
    if by is None:
        return f"{MARK} {tag.replace('_', ' ')}"
    items = _domains(said, tag) if _DOMAIN.search(example) else [f"{MARK} {tag} {n}" for n in range(1, _ITEMS + 1)]
    return by.join(items) if by == "," else f"\n{by.join(items)}\n"


def _domains(said: str, tag: str) -> list[str]:
    """Give domain names: those that the prompt gives as data, else some made of the data's words."""
    data = "\n".join(
        inner for name, inner in re.findall(r"<([A-Za-z][\w-]{0,60})>([^<]{1,50000})</\1>", said) if name != tag
    )
    given = list(dict.fromkeys(_DOMAIN.findall(data)))
    if given:
        return given[:_LIST_MAX]
    words = list(dict.fromkeys(_WORD.findall(data.lower() or said.lower())))[:_LIST_MAX]
    return [f"demo{word}.com" for word in words] or ["demo.com"]


def _returned(kind: str, said: str, asked: str) -> str:
    """Give what a Python function of this annotation returns, as JSON."""
    count = int(asked) if asked.strip().isdecimal() and len(asked.strip()) < 5 else _ITEMS
    made = _value(kind.strip(), _fields(said), max(1, min(count, _ROWS_MAX)))
    return made if isinstance(made, str) else orjson.dumps(made, option=orjson.OPT_INDENT_2).decode()


def _fields(said: str) -> list[str]:
    found = _FIELDS.search(said)
    parts = re.split(r",|\band\b", found[1]) if found else []
    names = [re.sub(r"^(?:an?|the) ", "", part.strip()) for part in parts]
    return [name for name in names if name][:_LIST_MAX] or ["value"]


def _value(kind: str, fields: Sequence[str], count: int, number: int = 1) -> object:
    outer, _, inner = kind.lower().removesuffix("]").partition("[")
    match outer:
        case "list" | "tuple" | "set":
            return [_value(inner or "str", fields, count, at) for at in range(1, count + 1)]
        case "dict":
            return {field: f"{MARK} {field} {number}" for field in fields}
        case "int":
            return number
        case "float":
            return float(number)
        case "bool":
            return True
        case "none":
            return None
        case _:
            return f"{MARK} {fields[0]} {number}"
