"""The GraphQL quickstart of the documentation works as it stands: each request is sent, each answer compared."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.api.serving import Organisation
from tests.api.watching import watching
from tests.durable.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "graphql-quickstart.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"```(\w+)\n(.*?)```|^Variables: `([^\n]*)`$", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"<([A-Z]+)>")


@dataclass
class Step:
    """A request of the page, with its variables as they are written and the answer that it promises."""

    document: str
    variables: str = "{}"
    answer: Any = None


def steps() -> list[Step]:
    found: list[Step] = []
    for language, text, variables in _BLOCK.findall(PAGE):
        if language == "graphql":
            found.append(Step(text))
        elif variables:
            found[-1].variables = variables
        elif language == "json":
            found[-1].answer = json.loads(text)
    return found


def fill(text: str, names: dict[str, Any]) -> dict[str, Any]:
    """Give the variables with what was kept in place of the names, and files in place of their paths."""
    text = re.sub(r"<(examples/[\w.]+)>", lambda found: (ROOT / found[1]).read_text(encoding="utf-8"), text)
    return dict(json.loads(_NAME.sub(lambda found: names[found[1]], text)))


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


async def test_the_quickstart_works_as_it_stands(acme: Organisation) -> None:
    names: dict[str, Any] = {}
    found = steps()
    assert len(found) == 6
    for step in found:
        variables = fill(step.variables, names)
        if step.document.startswith("subscription"):
            async with watching(acme.owner) as socket:
                events = await socket.all(step.document, **variables)
            last = {key: value for key, value in events[-1].items() if key in ("cursor", "status")}
            compare(step.answer, {"runEvents": last}, names)
            continue
        answer = (await acme.owner.post(step.document, variables)).json()
        assert "errors" not in answer, answer
        compare(step.answer, answer["data"], names)
    assert set(names) == {"AGENT", "RUN"}


async def test_the_first_request_works_with_curl(acme: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    command = next(text for language, text, _ in _BLOCK.findall(PAGE) if language == "sh")
    monkeypatch.setenv("URL", f"{acme.owner.url}/graphql")
    monkeypatch.setenv("TOKEN", acme.owner.token or "")
    process = subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE, text=True)
    await eventually(lambda: process.poll() is not None)
    output, _ = process.communicate()
    assert json.loads(output) == {"data": {"viewer": {"role": "OWNER"}}}


def test_a_wrong_answer_is_seen() -> None:
    with pytest.raises(AssertionError, match="status"):
        compare({"run": {"status": "COMPLETED"}}, {"run": {"status": "FAILED"}}, {})
    with pytest.raises(AssertionError):
        compare({"id": "<RUN>"}, {"id": "b"}, {"RUN": "a"})
