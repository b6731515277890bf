"""The GraphQL quickstart of the documentation works as it stands: each request is sent, each answer compared."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.api.pages import blocks, compare, fill, page, steps
from tests.api.serving import Organisation
from tests.api.watching import watching
from tests.durable.waiting import eventually

PAGE = page("graphql-quickstart.md")


async def test_the_quickstart_works_as_it_stands(acme: Organisation) -> None:
    names: dict[str, Any] = {}
    found = steps(PAGE)
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
    command = next(text for language, text, _ in blocks(PAGE) if language == "sh")
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
