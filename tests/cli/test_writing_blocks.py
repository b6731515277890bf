"""The page on writing blocks, followed from its first line to its last; and blocks that change while runs are under way."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.cli.agents import CALCULATOR
from tests.cli.processes import CommandLine, Running, eventually
from tests.durable.graphs import an_input, an_output, make_document
from tests.tidy.source import PACKAGES, ROOT

#: Each of these starts a stack of its own, whose code changes under it.
pytestmark = pytest.mark.long

PAGE = (ROOT / "docs" / "writing-blocks.md").read_text(encoding="utf-8")
_STEP = re.compile(r"```(\w+)(?: file=(\S+))?\n(.*?)```", re.DOTALL)
DEV = "drystone dev "
MARK = "f1c1b8a2-54f1-4d0c-9f6b-2d7f5f0c9a03"
#: A block that puts a letter of its version behind what it was given; the first of a chain waits until a file is there.
MARKING = f"""
import asyncio
import pathlib
from blocks.sdk import Block, BlockInput, BlockOutput, Example, pin
LETTER = "a"
GATE = pathlib.Path(__file__).with_name("gate")
async def eventually(condition):
    while not condition():
        await asyncio.sleep(0.02)
class Mark(Block):
    '''Put a letter behind a text.'''
    id = "{MARK}"
    name = "MarkBlock"
    class Input(BlockInput):
        text: str = pin(description="The text.")
    class Output(BlockOutput):
        text: str = pin(description="The text, with a letter.")
    examples = (Example(input={{"text": "b"}}, output=[("text", "b" + LETTER)]),)
    async def run(self, inputs, context):
        if inputs.text == "-":
            GATE.with_name("begun").touch()
            await eventually(GATE.exists)
        yield "text", inputs.text + LETTER
"""
NODES = 8
LIVE = r"marking\.py.* changed: live"


class Workshop:
    """A folder in which the page is followed, and the stack that it starts, of a copy of the code: what changes is its own."""

    def __init__(self, folder: Path, data_dir: Path) -> None:
        self.folder, self.root = folder, folder / "checkout"
        for package in PACKAGES:
            shutil.copytree(ROOT / package, self.root / package)
        self.marking = folder / "loose" / "marking.py"
        self.marking.parent.mkdir()
        self.marking.write_text(MARKING)
        self.drystone = CommandLine(
            data_dir,
            self.root,
            DRYSTONE_BLOCK_FOLDERS=str(self.marking.parent),
            # One package is broken from the start: it keeps nobody from starting.
            DRYSTONE_EXTRA_BLOCK_MODULES="nowhere.to.be.found",
        )
        self.dev: Running | None = None
        self._programs = folder / "bin"
        self._programs.mkdir(parents=True)
        for name, words in (("drystone", "-m deploy"), ("python", "")):
            program = self._programs / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
            program.chmod(0o755)

    def shell(self, command: str) -> str:
        """Run a command as the reader does; give what it said."""
        path = f"{self._programs}:{os.environ['PATH']}"
        more = {
            "PATH": path,
            "PYTHONPATH": str(self.root),
            "DRYSTONE_DATA_DIR": str(self.drystone.data_dir),
            "COLUMNS": "120",
        }
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env={**os.environ, **more},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def start(self, command: str) -> None:
        """Start the stack as the page does."""
        words = command.removeprefix("drystone ").split()
        self.dev = self.drystone.start(*(self.folder / word if word == "greeting" else word for word in words))
        self.dev.until("The stack is up until Ctrl+C.")

    def said(self) -> str:
        assert self.dev is not None
        return self.dev.out + self.dev.err

    def count(self, pattern: str) -> int:
        """Give how often the stack has said this."""
        return len(re.findall(pattern, self.said()))

    def until_said(self, pattern: str, times: int = 1) -> None:
        try:
            eventually(lambda: self.count(pattern) >= times)
        except AssertionError:
            print(self.said())
            raise


def follow(workshop: Workshop) -> list[tuple[str, str, str]]:
    """Do what the page says; give (command, what was promised, what was said) for each promise."""
    told, command, said = [], "", ""
    for language, file, text in _STEP.findall(PAGE):
        if file:
            (workshop.folder / file).write_text(text)
        elif language == "sh" and text.startswith(DEV):
            workshop.start(text.strip())
        elif language == "sh":
            if text.startswith("drystone run") and "sed" in command:
                workshop.until_said("changed: live")
            command, said = text, workshop.shell(text)
        elif language == "text":
            told.append((command, text.strip(), said))
    return told


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    folder = tmp_path_factory.mktemp("workshop")
    workshop = Workshop(folder, folder / "data")
    with workshop.drystone:
        yield workshop
        assert workshop.dev is not None
        stopped = workshop.dev.interrupt()
    assert stopped.status == 0, stopped.err
    assert workshop.drystone.processes() == []


@pytest.fixture(scope="module")
def followed(workshop: Workshop) -> list[tuple[str, str, str]]:
    return follow(workshop)


@pytest.mark.slow
def test_the_page_happens_as_it_is_told(followed: list[tuple[str, str, str]]) -> None:
    assert len(followed) >= 7
    for command, promised, said in followed:
        assert promised in said, command


def is_record(line: str) -> bool:
    """Say whether a line of a log is ours: the web server's own are not JSON."""
    return line.startswith("{")


@pytest.mark.slow
def test_a_broken_package_keeps_no_process_from_starting_and_is_told_and_logged(
    workshop: Workshop, followed: object
) -> None:
    workshop.until_said("nowhere.* are left out: ModuleNotFoundError")
    for name in ("blocks", "engine", "api"):
        lines = (workshop.drystone.data_dir / "logs" / f"{name}.log").read_text().splitlines()
        told = [line for line in map(orjson.loads, filter(is_record, lines)) if line["event"] == "blocks left out"]
        assert told, name
        assert (told[0]["level"], told[0]["package"]) == ("error", "DRYSTONE_EXTRA_BLOCK_MODULES")
        assert "nowhere" in told[0]["problem"]


@pytest.fixture
def marking(workshop: Workshop, followed: object) -> Path:
    """The file of the block that puts letters, when the stack is done with the page."""
    workshop.until_said("with new contracts")  # Of the page's last block.
    return workshop.marking


def chain() -> dict[str, Any]:
    names = [f"mark{number}" for number in range(NODES)]
    links = [f"{one}.text -> {other}.text" for one, other in pairwise(names)]
    nodes = {"text": an_input("Text", value=""), **dict.fromkeys(names, (MARK, {})), "said": an_output("Said")}
    links = ["text.result -> mark0.text", *links, f"{names[-1]}.text -> said.value"]
    return make_document(nodes, links, name="Marking")


@pytest.mark.slow
def test_a_change_is_live_for_the_next_node_of_a_run_and_nothing_is_lost(workshop: Workshop, marking: Path) -> None:
    agent = workshop.folder / "marking.json"
    agent.write_bytes(orjson.dumps(chain()))
    before = workshop.count(LIVE)
    running = workshop.drystone.start("run", agent, "-i", 'Text="-"', "--json")
    eventually((marking.parent / "begun").exists)
    pid = workshop.drystone.pid("blocks")
    marking.write_text(marking.read_text().replace('LETTER = "a"', 'LETTER = "b"'))
    workshop.until_said(LIVE, before + 1)
    assert workshop.drystone.pid("blocks") != pid
    (marking.parent / "gate").touch()
    answer = running.end()
    record = answer.json
    assert (answer.status, record["status"]) == (0, "COMPLETED"), answer.err
    # The old worker ended what it had begun, and what came next is the new one's.
    assert record["outputs"] == {"Said": [f"-a{'b' * (NODES - 1)}"]}
    marks = [row for row in record["node_executions"] if row["block_id"] == MARK]
    assert [len(row["attempts"]) for row in marks] == [1] * NODES


@pytest.mark.slow
def test_what_cannot_be_loaded_is_told_with_its_line_and_the_old_worker_goes_on(
    workshop: Workshop, marking: Path
) -> None:
    sound, pid = marking.read_text(), workshop.drystone.pid("blocks")
    marking.write_text(f"{sound}broken = (\n")
    line = len(sound.splitlines()) + 1
    workshop.until_said(re.escape(f"'(' was never closed ({marking}, line {line})"))
    assert workshop.drystone.pid("blocks") == pid
    answer = workshop.drystone("run", workshop.folder / "greet.json", "-i", "Name=Bob")
    assert answer.json == {"Said": ["Hello, Bob."]}
    before = workshop.count(LIVE)
    marking.write_text(sound)
    workshop.until_said(LIVE, before + 1)
    assert workshop.drystone.pid("blocks") != pid


@pytest.mark.slow
def test_a_block_of_the_library_is_reloaded_too(workshop: Workshop, followed: object) -> None:
    run = ("run", CALCULATOR, "--input", "Input=8")
    file = workshop.root / "blocks" / "library" / "maths.py"
    before = workshop.drystone(*run).json
    file.write_text(file.read_text().replace("return a + b", "return a + b + 1000"))
    workshop.until_said(r"maths\.py changed: live")
    (changed,) = workshop.drystone(*run).json.values()
    assert [changed] != list(before.values())
    assert changed == [value + 1000 for value in next(iter(before.values()))]
