"""`drystone blocks`: the catalogue and blocks run by themselves, many in one process; no server is asked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from blocks.library.maths import Calculator
from blocks.registry import discover
from tests.cli.processes import Answer, CommandLine
from tests.tidy.source import ROOT

ADD = {"operation": "Add", "a": 1, "b": 2}
BY_ZERO = {"operation": "Divide", "a": 1, "b": 0, "fails_on_zero": True}
SAID = {"emissions": [["result", 3.0]], "error": None}
BATCH = (
    orjson.dumps({"block_id": Calculator.id, "input": ADD}),
    b"not JSON",
    orjson.dumps({"block_id": "nobody", "input": {}}),
    orjson.dumps({"block_id": Calculator.id, "input": BY_ZERO}),
    orjson.dumps({"block_id": Calculator.id, "input": {"operation": "Guess"}}),
    b"[1, 2]",
    b"\xff",
    orjson.dumps({"block_name": "CalculatorBlock", "input": ADD}),
)
#: A word of each line's error; none where the block ran to its end.
WHY = (None, "not JSON", "nobody", "was divided by zero", "Guess", "{block_id, input", "not JSON", None)


def test_the_list_has_the_whole_name_of_every_installed_block_or_of_all_that_are_known(alone: CommandLine) -> None:
    registry = discover()
    installed, everything = alone.each(("blocks", "list"), ("blocks", "list", "--all", "--json"))
    assert (installed.status, everything.status) == (0, 0)
    assert {block.name for block in registry} <= set(installed.out.split())
    assert {row["id"] for row in everything.json} == set(registry.specs)
    assert {row["id"] for row in everything.json if row["is_installed"]} == {block.id for block in registry}


def test_a_block_is_shown_by_its_name_with_its_pins_and_examples(alone: CommandLine) -> None:
    answer = alone("blocks", "show", "Calculator", "--json")
    assert answer.status == 0
    shown = answer.json
    assert (shown["id"], shown["name"]) == (Calculator.id, "CalculatorBlock")
    assert shown["inputs"] == list(shown["input_schema"]["properties"])
    assert shown["outputs"] == ["result", "error"]
    assert shown["examples"][0]["output"] == [["result", 15.0]]


def test_a_block_runs_by_itself_and_exits_0_or_1_as_it_went(alone: CommandLine) -> None:
    run = ("blocks", "run", "Calculator", "--input")
    good, failed = alone.each((*run, orjson.dumps(ADD).decode()), (*run, orjson.dumps(BY_ZERO).decode()))
    assert (good.status, good.json) == (0, SAID)
    assert failed.status == 1
    assert failed.json["emissions"] == []
    assert "was divided by zero" in failed.json["error"]


def are_the_answers(lines: list) -> bool:
    assert [set(line) for line in lines] == [{"emissions", "error"}] * len(BATCH)
    for line, why in zip(lines, WHY, strict=True):
        assert line == SAID if why is None else why in line["error"], line
    return True


def test_a_batch_has_an_answer_for_each_line_whatever_the_line_says(alone: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "batch.jsonl"
    file.write_bytes(b"\n".join(BATCH))  # The last line has no end.
    answer = alone("blocks", "run", "--batch", file)
    assert answer.status == 0
    assert are_the_answers(answer.lines)


def test_a_batch_on_standard_input_is_answered_line_by_line_by_one_process() -> None:
    command = [sys.executable, "-m", "deploy", "blocks", "run", "--batch", "-"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        lines = []
        for line in BATCH:
            process.stdin.write(line + b"\n")
            process.stdin.flush()
            lines.append(orjson.loads(process.stdout.readline()))
        assert are_the_answers(lines)
        process.stdin.close()
        assert (process.stdout.read(), process.wait()) == (b"", 0)


REFUSED = {
    "a block that is not installed": (("run", "AutoPilotBlock"), "AutoPilotBlock"),
    "an input that is not JSON": (("run", "Calculator", "--input", "{"), "not JSON"),
    "a batch that is not there": (("run", "--batch", "absent.jsonl"), "absent.jsonl: No such file"),
}


@pytest.fixture(scope="module")
def refusals(alone: CommandLine) -> dict[str, Answer]:
    return dict(zip(REFUSED, alone.each(*(("blocks", *words) for words, _ in REFUSED.values())), strict=True))


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_asked_is_refused_with_2(refusals: dict[str, Answer], what: str) -> None:
    answer = refusals[what]
    assert (answer.status, answer.out) == (2, "")
    assert REFUSED[what][1] in answer.err
    assert "Traceback" not in answer.err
