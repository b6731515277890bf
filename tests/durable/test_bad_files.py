"""Bad files at the client's door: refused with node, pin and remedy, all problems at once, and nothing is stored."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from blocks.library.basic import StoreValue
from blocks.library.io import AgentOutput
from blocks.library.maths import Calculator
from deploy.commands.runs import run_agent
from schema.errors import DrystoneError, InvalidGraph, InvalidRunInput, UnsupportedFormat
from schema.graph import parse_graph
from tests.durable.graphs import an_input, an_output, make_document
from tests.durable.platform import Platform

NO_BLOCK = str(uuid4())
GOOD = {"in": an_input("x"), "out": an_output()}
LINKS = ["in.result -> out.value"]


def with_duplicates() -> dict[str, Any]:
    document = make_document(GOOD, LINKS)
    # One that is there twice is one; another of its id is not.
    other = {**document["links"][0], "sink_name": "title"}
    return {
        **document,
        "nodes": [*document["nodes"], document["nodes"][1]],
        "links": [*document["links"], *document["links"], other],
    }


#: name -> (the document, [(code, node id, pin, a word of message or remedy)])
BAD_GRAPHS: dict[str, tuple[dict[str, Any], list[tuple[str, str | None, str | None, str]]]] = {
    "unknown block": (
        make_document({**GOOD, "new": NO_BLOCK}, LINKS),
        [("UNKNOWN_BLOCK", "new", None, "Install the package")],
    ),
    "dangling link": (
        make_document(GOOD, [*LINKS, "in.result -> gone.value"]),
        [("DANGLING_LINK", "gone", "value", "Remove the link")],
    ),
    "unknown pin": (
        make_document(GOOD, [*LINKS, "in.nothing -> out.format"]),
        [("UNKNOWN_PIN", "in", "nothing", "Link one of its pins: result")],
    ),
    "missing required pin": (
        make_document({**GOOD, "sum": (Calculator, {"operation": "Add", "a": 1})}, LINKS),
        [("MISSING_PIN", "sum", "b", "Link 'b' or give it a value")],
    ),
    "wrong type": (
        make_document({**GOOD, "sum": (Calculator, {"operation": "Guess", "a": 1, "b": 2})}, LINKS),
        [("WRONG_TYPE", "sum", "operation", "Change the constant")],
    ),
    "cycle without a start": (
        make_document({"a": StoreValue, "b": StoreValue}, ["a.output -> b.input", "b.output -> a.input"]),
        [("NO_START", None, None, "Add an input")],
    ),
    "cycle that nothing enters": (
        make_document({**GOOD, "a": StoreValue}, [*LINKS, "a.output -> a.input"], on_node_error="fail"),
        [("NEVER_RUNS", "a", "input", "Feed the pin")],
    ),
    "duplicate ids": (
        with_duplicates(),
        [("DUPLICATE_ID", "out", None, "its own id"), ("DUPLICATE_ID", None, None, "its own id")],
    ),
    "all at once": (
        make_document(
            {**GOOD, "new": NO_BLOCK, "sum": (Calculator, {"operation": "Guess", "a": 1}), "say": AgentOutput},
            [*LINKS, "in.result -> gone.value", "in.nothing -> out.format"],
        ),
        [
            ("DANGLING_LINK", "gone", "value", "not in the graph"),
            ("UNKNOWN_PIN", "in", "nothing", "no output pin"),
            ("UNKNOWN_BLOCK", "new", None, NO_BLOCK),
            ("MISSING_PIN", "sum", "b", "neither a link nor a constant"),
            ("WRONG_TYPE", "sum", "operation", "does not fit"),
            ("MISSING_PIN", "say", "name", "neither a link nor a constant"),
        ],
    ),
}

BAD_FORMS: dict[str, tuple[bytes, str]] = {
    "newer format": (orjson.dumps({**make_document(GOOD, LINKS), "format_version": 99}), "format version 99"),
    "not JSON": (b"\xff\x00 nodes:", "not JSON"),
    "cut off": (orjson.dumps(make_document(GOOD, LINKS))[:-10], "not JSON"),
    "no object": (b"[1, 2]", "no JSON object"),
    "no name": (orjson.dumps({"nodes": []}), "name: Field required"),
    "nodes that are none": (orjson.dumps({"id": str(uuid4()), "name": "x", "nodes": [{"id": 7}]}), "nodes.0.block_id"),
    "nested without end": (b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not JSON"),
}


async def refused(platform: Platform, monkeypatch: pytest.MonkeyPatch, path: Path, data: bytes) -> DrystoneError:
    """Run a file as `drystone run` does; give its refusal, after looking that nothing was stored."""
    assert platform.settings.database_url is not None
    monkeypatch.setenv("DRYSTONE_DATABASE_URL", platform.settings.database_url)
    # Where no stack runs: one that runs has its API look at the file.
    monkeypatch.setenv("DRYSTONE_DATA_DIR", str(path.parent / "data"))
    path.write_bytes(data)
    before = await platform.counts()
    with pytest.raises(DrystoneError) as refusal:
        await asyncio.to_thread(run_agent, str(path), ["x=1"], None, is_detached=True, is_json=False)
    assert await platform.counts() == before
    return refusal.value


@pytest.mark.parametrize("name", BAD_GRAPHS)
async def test_a_graph_with_problems_is_refused_with_all_of_them(platform, monkeypatch, tmp_path, name):
    document, expected = BAD_GRAPHS[name]
    refusal = await refused(platform, monkeypatch, tmp_path / "agent.json", orjson.dumps(document))
    assert isinstance(refusal, InvalidGraph)
    problems = refusal.fields["problems"]
    assert len(problems) == len(expected), refusal.message
    for problem, (code, node_id, pin, word) in zip(problems, expected, strict=True):
        assert (problem["code"], problem.get("node_id"), problem.get("pin")) == (code, node_id, pin)
        assert word in f"{problem['message']} {problem['remedy']}"
        assert problem["message"] in refusal.message
        assert problem["remedy"] in refusal.message


@pytest.mark.parametrize("name", BAD_FORMS)
async def test_a_file_that_is_no_agent_graph_is_refused_with_the_reason(platform, monkeypatch, tmp_path, name):
    data, word = BAD_FORMS[name]
    refusal = await refused(platform, monkeypatch, tmp_path / "agent.json", data)
    assert isinstance(refusal, UnsupportedFormat)
    assert word in refusal.message
    assert len(refusal.message) < 2_000


async def test_a_graph_whose_sub_graph_has_problems_is_refused_and_names_it(platform, monkeypatch, tmp_path):
    inner = make_document({"sum": (Calculator, {"operation": "Add", "a": 1})})
    document = {**make_document(GOOD, LINKS), "sub_graphs": [inner]}
    refusal = await refused(platform, monkeypatch, tmp_path / "agent.json", orjson.dumps(document))
    (problem,) = refusal.fields["problems"]
    assert (problem["graph_id"], problem["node_id"], problem["pin"]) == (inner["id"], "sum", "b")


async def test_run_inputs_that_do_not_fit_leave_no_run(platform):
    graph = parse_graph(make_document({"in": an_input("y"), "out": an_output()}, LINKS))
    before = await platform.counts()
    with pytest.raises(InvalidRunInput) as refusal:
        await platform.submit(graph, {"x": 1})
    assert "no input 'x'" in refusal.value.message
    assert "'y' is required" in refusal.value.message
    after = await platform.counts()
    assert (after["runs"], after["plans"], after["emissions"]) == (before["runs"], before["plans"], before["emissions"])
