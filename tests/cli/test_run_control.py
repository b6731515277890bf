"""`drystone runs pause`, `skip`, `orders` and the others: a run is operated from the command line while it waits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.processes import CommandLine
from tests.cli.test_signals import GRAPH
from tests.durable.waiting import eventually

pytestmark = pytest.mark.long

AGENT = "0c4f4f0e-7f0b-4c55-8f0e-3a1d5b0a9e21"


async def test_an_operator_pauses_a_run_resumes_it_and_skips_what_waits(drystone: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "waits.json"
    file.write_text(json.dumps({**GRAPH, "id": AGENT}))
    run = drystone("run", str(file), "--detach").out.strip()
    await eventually(lambda: "waits: event go" in drystone("runs", "show", run).out, seconds=60, pause_seconds=0.5)
    paused = drystone("runs", "pause", run, "--reason", "Lunch.")
    assert (paused.status, paused.out.startswith("Order 1 is given.")) == (0, True), paused

    def halts(*more: str) -> list[tuple[str, str | None]]:
        return [(one["key"], one["answer"]) for one in drystone("runs", "halts", run, "--json", *more).json]

    await eventually(lambda: halts() == [("operator/1", None)], seconds=60, pause_seconds=0.5)
    assert "PAUSED: Lunch." in drystone("runs", "halts", run).out
    assert drystone("runs", "edit", run, "1", "-i", "event_name=other").status == 0
    assert drystone("runs", "resume", run, "--key", "operator/1").status == 0
    await eventually(lambda: halts("--all") == [("operator/1", "resume")], seconds=60, pause_seconds=0.5)
    assert drystone("runs", "skip", run, "1", "-o", "payload=mended").status == 0

    def outputs() -> object:
        return drystone("runs", "show", run, "--json").json["outputs"] or None

    assert await eventually(outputs, seconds=60, pause_seconds=0.5) == {"out": ["mended"]}
    orders = drystone("runs", "orders", run, "--json").json
    assert "can be skipped or failed" in orders[1]["reason"], "what waits has no input that could be edited"
    assert [(one["word"], one["outcome"]) for one in orders] == [
        ("pause", "APPLIED"), ("edit", "REFUSED"), ("resume", "APPLIED"), ("skip", "APPLIED"),
    ]  # fmt: skip


def test_what_is_not_there_and_what_says_nothing_is_refused_in_the_words_of_the_command_line(
    drystone: CommandLine,
) -> None:
    nobody = "7b1d1a3e-31a8-4b5e-9d53-0d9d3c0c5a03"
    node = drystone("runs", "retry", nobody, "9")
    assert (node.status, "no node execution 9" in node.err) == (2, True), node
    nothing = drystone("runs", "raise", nobody)
    assert (nothing.status, "--executions" in nothing.err) == (2, True), nothing
