"""`drystone signal`: events reach a run, and an agent's one run under a key, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.processes import CommandLine
from tests.durable.waiting import eventually

pytestmark = pytest.mark.long

NOBODY = "7b1d1a3e-31a8-4b5e-9d53-0d9d3c0c5a03"
AGENT = "5f3c2b1e-6a0f-4f8e-9a55-0c1d2e3f4a5b"
GRAPH = {
    "id": AGENT,
    "name": "Waits",
    "nodes": [
        {"id": "wait", "block_id": "c7b0f3de-5d0a-4a52-9d5c-6f2f6a0f9b1e", "input_default": {"event_name": "go"}},
        {"id": "out", "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4", "input_default": {"name": "out"}},
    ],
    "links": [{"id": "l", "source_id": "wait", "source_name": "payload", "sink_id": "out", "sink_name": "value"}],
}


async def test_an_event_reaches_a_run_and_another_begins_one_under_a_key(drystone: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "waits.json"
    file.write_text(json.dumps(GRAPH))
    run = drystone("run", str(file), "--detach").out.strip()
    sent = drystone("signal", "run", run, "go", '{"a": 1}')
    assert (sent.status, sent.out.startswith(f"{run} #1 ")) == (0, True), sent

    def outputs(of: str) -> object:
        return drystone("runs", "show", of, "--json").json["outputs"] or None

    assert await eventually(lambda: outputs(run), seconds=60, pause_seconds=0.5) == {"out": [{"a": 1}]}
    late = drystone("signal", "run", run, "go")
    assert (late.status, "The run is over" in late.err) == (2, True), late
    begun = drystone("signal", "agent", AGENT, "customer 7", "go", "text")
    assert begun.status == 0, begun
    assert await eventually(lambda: outputs(begun.out.split()[0]), seconds=60, pause_seconds=0.5) == {"out": ["text"]}
    for words in (("run", NOBODY, "go"), ("run", "nothing", "go"), ("agent", NOBODY, "k", "go")):
        refused = drystone("signal", *words)
        assert (refused.status, "There is no" in refused.err) == (2, True), refused
