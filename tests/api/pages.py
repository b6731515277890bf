"""Pages of the documentation that are executed: their requests, what they promise, and names for what an answer gives."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"```(\w+)\n(.*?)```|^Variables: `([^\n]*)`$", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"<([A-Z]+)>")


def blocks(text: str) -> list[tuple[str, str, str]]:
    """Give (language, text, variables) of each block, in their order."""
    return _BLOCK.findall(text)


@dataclass
class Step:
    """A request of the page, with its variables as they are written and the answer that it promises."""

    document: str
    variables: str = "{}"
    answer: Any = None


def page(name: str) -> str:
    """Give the text of a page of docs/."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def steps(text: str) -> list[Step]:
    """Give the requests of a page in their order."""
    found: list[Step] = []
    for language, body, variables in blocks(text):
        if language == "graphql":
            found.append(Step(body))
        elif variables:
            found[-1].variables = variables
        elif language == "json":
            found[-1].answer = json.loads(body)
    return found


def fill(text: str, names: dict[str, Any]) -> dict[str, Any]:
    """Give the variables with what was kept in place of the names, and files in place of their paths."""
    text = re.sub(r"<(examples/[\w.]+)>", lambda found: (ROOT / found[1]).read_text(encoding="utf-8"), text)
    return dict(json.loads(_NAME.sub(lambda found: str(names[found[1]]), text)))


def compare(promised: Any, given: Any, names: dict[str, Any], place: str = "") -> None:
    """Hold an answer against the page's, and keep what it names."""
    if promised == "...":
        assert given is not None, f"{place} is null"
    elif isinstance(promised, str) and (name := _NAME.fullmatch(promised)):
        assert names.setdefault(name[1], given) == given, place
    elif isinstance(promised, dict):
        assert isinstance(given, dict), place
        assert promised.keys() == given.keys(), place
        for key, value in promised.items():
            compare(value, given[key], names, f"{place}.{key}")
    elif isinstance(promised, list):
        assert len(promised) == len(given), place
        for number, (one, other) in enumerate(zip(promised, given, strict=True)):
            compare(one, other, names, f"{place}[{number}]")
    else:
        assert promised == given, place
