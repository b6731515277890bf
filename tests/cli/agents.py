"""Agents' files for these tests: one that fails, one that waits, one that is wrong everywhere; nothing is run here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from blocks.library.basic import StoreValue
from blocks.library.files import ReadSpreadsheet
from blocks.library.maths import Calculator
from blocks.library.time_blocks import CountdownTimer
from tests.durable.graphs import an_input, an_output, make_document
from tests.tidy.source import ROOT

SPEC_AGENTS = sorted((ROOT / "tests" / "spec" / "agents").glob("*.json"))
CALCULATOR = ROOT / "tests" / "spec" / "agents" / "calculator-agent.json"


def failing() -> dict[str, Any]:
    """Give an agent whose second node divides by zero, and whose error pin leads nowhere."""
    return make_document(
        {
            "number": an_input("Number", value=1),
            "divide": (Calculator, {"operation": "Divide", "b": 0, "fails_on_zero": True}),
        },
        ["number.result -> divide.a"],
        name="Failing agent",
        on_node_error="fail",
    )


def waiting() -> dict[str, Any]:
    """Give an agent that waits for longer than any test does."""
    return make_document(
        {"begin": an_input("Begin", value="over"), "wait": (CountdownTimer, {"hours": 1}), "end": an_output("Output")},
        ["wait.output_message -> end.value"],
        name="Waiting agent",
    )


def brief(seconds: int) -> dict[str, Any]:
    """Give an agent that waits for some seconds and completes."""
    return make_document(
        {
            "begin": an_input("Begin", value="over"),
            "wait": (CountdownTimer, {"seconds": seconds, "input_message": "over"}),
            "end": an_output("Output"),
        },
        ["begin.result -> wait.input_message", "wait.output_message -> end.value"],
        name="Brief agent",
    )


def large(size: int) -> dict[str, Any]:
    """Give an agent whose file, one of whose values and whose output have more than `size` bytes."""
    return make_document(
        {"keep": (StoreValue, {"input": "x" * size}), "end": an_output("Output")},
        ["keep.output -> end.value"],
        name="Large agent",
    )


def old_agent() -> dict[str, Any]:
    """Give an agent that an import mends: one of its links is from a pin that has another name today."""
    return make_document(
        {
            "lines": an_input("Lines"),
            "way": an_input("Way", value="all"),
            "code": an_input("Code", value="a secret", secret=True),
            "rows": ReadSpreadsheet,
            "end": an_output("Rows"),
        },
        ["lines.result -> rows.contents", "rows.all_data -> end.value"],
        name="Old agent",
    )


def wrong() -> dict[str, Any]:
    """Give an agent with one problem of each kind that a person makes; `WRONG` has them."""
    return make_document(
        {
            "number": an_input("Number"),
            "sum": (Calculator, {"operation": "Guess", "b": 1}),
            "gone": "no-such-block",
            "end": an_output("Output"),
        },
        ["number.result -> sum.nowhere", "sum.result -> end.value", "ghost.out -> end.value"],
        name="Wrong agent",
    )


#: (code, node, pin) of every problem of `wrong`.
WRONG = {
    ("UNKNOWN_PIN", "sum", "nowhere"),
    ("DANGLING_LINK", "ghost", "out"),
    ("MISSING_PIN", "sum", "a"),
    ("WRONG_TYPE", "sum", "operation"),
    ("UNKNOWN_BLOCK", "gone", None),
}


def written(folder: Path, document: dict[str, Any]) -> Path:
    """Write an agent's file; give its path."""
    file = folder / f"{document['name'].lower().replace(' ', '-')}.json"
    file.write_bytes(orjson.dumps(document))
    return file
