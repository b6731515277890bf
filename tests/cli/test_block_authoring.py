"""`drystone blocks new, check, try, show, packages`: what who writes blocks sees; no server is asked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.processes import CommandLine
from tests.tidy.source import ROOT

#: Each of these commands is a process, and some start a checker of types beside.
pytestmark = pytest.mark.long

RUFF = Path(sys.executable).parent / "ruff"


@pytest.fixture(scope="module")
def made(alone: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    answer = alone("blocks", "new", "word-count-two", "--folder", folder)
    assert answer.status == 0, answer.err
    assert "word-count-two is a package with one block." in answer.out.replace("\n", "")
    return folder / "word-count-two"


@pytest.mark.parametrize(
    "words",
    [
        (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        (RUFF, "check", "--no-cache", "."),
        (RUFF, "format", "--no-cache", "--check", "."),
        (sys.executable, "-m", "mypy", "--cache-dir", "/dev/null"),
    ],
    ids=["pytest", "ruff check", "ruff format", "mypy"],
)
def test_what_is_made_passes_its_own_checks_at_once(made: Path, words: tuple[str | Path, ...]) -> None:
    done = subprocess.run(
        words, cwd=made, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_two_packages_have_blocks_of_different_ids(alone: CommandLine, made: Path, tmp_path: Path) -> None:
    alone("blocks", "new", "word-count-three", "--folder", tmp_path)
    texts = [
        file.read_text()
        for file in (made / "word_count_two/__init__.py", tmp_path / "word-count-three/word_count_three/__init__.py")
    ]
    ids = [line for text in texts for line in text.splitlines() if line.strip().startswith("id =")]
    assert len(set(ids)) == 2


def test_nothing_is_overwritten(alone: CommandLine, made: Path) -> None:
    (made / "README.md").write_text("Mine.")
    answer = alone("blocks", "new", "word-count-two", "--folder", made.parent)
    assert (answer.status, answer.out) == (2, "")
    assert "nothing is overwritten" in answer.err
    assert (made / "README.md").read_text() == "Mine."


#: Names that are refused, and what the reason says.
REFUSED = {
    "Word Count": "small letters",
    "word--count": "small letters",
    "../word": "small letters",
    "w" * 51: "at most 50",
    "class": "Choose another",
    "json": "Choose another",
    "block": "Choose another",
    "schema": "is taken by",
    "calculator": "The library has a CalculatorBlock",
}


def test_a_name_that_will_not_do_is_refused_with_its_reason(alone: CommandLine, tmp_path: Path) -> None:
    for name, answer in zip(
        REFUSED, alone.each(*(("blocks", "new", name, "--folder", tmp_path) for name in REFUSED)), strict=True
    ):
        assert answer.status == 2, name
        assert REFUSED[name] in answer.err.replace("\n", " "), name
    assert list(tmp_path.iterdir()) == []


def test_examples_are_checked_and_an_untrue_one_is_named(alone: CommandLine, made: Path, tmp_path: Path) -> None:
    text = (made / "word_count_two" / "__init__.py").read_text()
    (tmp_path / "untrue_one.py").write_text(
        text.replace('("output", "stone"), ("output", "stone")', '("output", "wall")')
    )
    true, untrue = alone.each(("blocks", "check", "--blocks", made), ("blocks", "check", "--blocks", tmp_path))
    assert (true.status, true.out) == (0, "Blocks: 1, examples: 3, not true: 0.\n")
    assert (untrue.status, untrue.out) == (1, "Blocks: 1, examples: 3, not true: 1.\n")
    assert "WordCountTwoBlock, example 1: it gave" in untrue.err


def test_a_block_is_tried_in_a_process_of_its_own(alone: CommandLine, made: Path, tmp_path: Path) -> None:
    text = (made / "word_count_two" / "__init__.py").read_text()
    dying = text.replace("        if inputs.times", "        import os\n        os._exit(7)\n        if inputs.times")
    (tmp_path / "dying_one.py").write_text(dying)
    words = ("blocks", "try", "WordCountTwo", "--blocks")
    first, given, failing, ending = alone.each(
        (*words, made),
        (*words, made, "--input", '{"text": "wall", "times": 1}', "--json"),
        (*words, made, "--input", '{"text": "wall", "times": 101}'),
        (*words, tmp_path),
    )
    assert (first.status, first.out) == (0, 'output: "stone"\noutput: "stone"\n')
    assert given.json["emissions"] == [["output", "wall"]]
    assert failing.status == 1
    assert "BLOCK_FAILED: It is said at most 100 times, not 101." in failing.err
    assert ending.status == 1
    assert "BLOCK_CRASHED" in ending.err


def test_a_block_is_shown_as_a_page(alone: CommandLine, made: Path) -> None:
    own, library = alone.each(("blocks", "show", "WordCountTwo", "--blocks", made), ("blocks", "show", "Calculator"))
    assert (own.status, library.status) == (0, 0)
    for words in ("WordCountTwoBlock", "Say a text several times", "times", "integer", "How often.", "Examples"):
        assert words in own.out
    assert '"Add" | "Subtract"' in library.out
    assert "required" in library.out


def test_what_is_left_out_is_listed_with_its_reason(alone: CommandLine, made: Path, tmp_path: Path) -> None:
    (tmp_path / "broken_one.py").write_text("x = (\n")
    (tmp_path / "sound").mkdir()
    packages, listed = alone.each(
        ("blocks", "packages", "--blocks", tmp_path, "--blocks", made, "--json"),
        ("blocks", "list", "--blocks", tmp_path),
    )
    broken, sound = packages.json
    assert packages.status == 1
    assert "was never closed" in broken["problems"][0]
    assert sound["blocks"] == ["WordCountTwoBlock"]
    assert listed.status == 0
    assert "CalculatorBlock" in listed.out
    assert "broken_one" in listed.err
    assert alone("blocks", "list", "--blocks", tmp_path / "nowhere").status == 2
