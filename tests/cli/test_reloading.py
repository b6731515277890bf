"""Loading blocks in a process of its own, and what of their code is watched; whole stacks are in test_writing_blocks."""

from __future__ import annotations

import os
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from deploy import reloading
from deploy.reloading import LIBRARY, Probed, ProbeFailed, forget_compiled, probe, stamps

BLOCK = '''
print("a module may print")
from blocks.sdk import Block, BlockInput, BlockOutput, Example, pin
class Echo(Block):
    """Give it back."""
    id = "11111111-0000-4000-8000-000000000001"
    name = "EchoBlock"
    class Input(BlockInput):
        value: str = pin(description="It.")
    class Output(BlockOutput):
        value: str = pin(description="It.")
    examples = (Example(input={"value": "a"}, output=[("value", "a")]),)
    async def run(self, inputs, context):
        yield "value", inputs.value
'''


async def probed(folder: Path, text: str) -> Probed:
    (folder / "echoing.py").write_text(text)
    forget_compiled([folder / "echoing.py"])
    return await probe({"DRYSTONE_BLOCK_FOLDERS": str(folder)})


async def test_contracts_are_the_same_until_a_pin_changes(tmp_path: Path) -> None:
    first = await probed(tmp_path, BLOCK)
    assert (first.broken, first.problems) == (None, frozenset())
    assert set(first.watched) >= {LIBRARY, tmp_path, tmp_path / "echoing.py"}
    other_body = await probed(tmp_path, BLOCK.replace("inputs.value", "inputs.value * 2").replace('"a")', '"aa")'))
    other_pin = await probed(tmp_path, BLOCK.replace("        value: str", "        value: int", 1).replace('"a"', "1"))
    assert first.contracts == other_body.contracts != other_pin.contracts


async def test_what_cannot_be_loaded_is_a_problem_and_what_ends_the_process_is_told(tmp_path: Path) -> None:
    broken = await probed(tmp_path, "x = (")
    ((_, entry, text),) = broken.problems
    assert (entry, broken.broken) == ("echoing", None)
    assert "was never closed" in text
    with pytest.raises(ProbeFailed, match="exit status 3"):
        await probed(tmp_path, "import os\nos._exit(3)")


async def test_a_module_that_never_ends_loading_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reloading, "PROBE_SECONDS", 2.0)
    with pytest.raises(ProbeFailed, match="does not end"):
        await probed(tmp_path, "while True: pass")


def test_code_is_watched_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.py", "b.txt", "pyproject.toml", "inner/c.py", ".git/d.py", "__pycache__/e.py", "venv/f.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    # Followed, each of these would double the folders that are looked into, at each of twelve levels.
    for number in range(20):
        (tmp_path / f"loop{number}").symlink_to(tmp_path)
    assert stamps([tmp_path]).keys() == {tmp_path / name for name in ("a.py", "pyproject.toml", "inner/c.py")}
    assert stamps([tmp_path / "a.py", tmp_path / "nowhere"]).keys() == {tmp_path / "a.py"}
    monkeypatch.setattr(reloading, "FILES_MAX", 2)
    assert len(stamps([tmp_path])) == 2


def test_two_edits_in_one_second_of_the_same_size_are_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("x = 1")
    before = stamps([file])
    file.write_text("x = 2")
    moment = before[file][0] + 1
    os.utime(file, ns=(moment, moment))
    assert stamps([file]) != before
    compiled = Path(cache_from_source(str(file)))
    compiled.parent.mkdir()
    compiled.write_text("of the first edit")
    forget_compiled([file, tmp_path / "pyproject.toml"])
    assert not compiled.exists()
