"""Blueprint: the files of a new package with one block, which passes its own test, ruff and mypy as it is; it installs nothing."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path
from typing import Final
from uuid import uuid4

from blocks import sdk
from blocks.packages import home_of
from blocks.registry import library_blocks
from deploy.described import Described, entry_points
from schema.errors import DrystoneError

NAME_CHARS_MAX: Final = 50
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")

_PROJECT: Final = """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "0.1.0"
description = "Blocks for Drystone."
readme = "README.md"
requires-python = ">=3.11"
# What the blocks import beyond Drystone, which is there where they run.
dependencies = []

# How Drystone finds the blocks: a name of your own, and the module that has them.
{points}
[tool.hatch.build.targets.wheel]
packages = ["{module}"]

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]

[tool.ruff]
line-length = 120

[tool.mypy]
files = ["{module}", "tests"]
strict = true
"""

_POINTS: Final = """\
[project.entry-points."drystone.blocks"]
{module} = "{module}"
"""

_MODULE: Final = '''\
"""The blocks of {name}: they touch the world by their context only, and know nothing of the graph around them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Yield, pin

TIMES_MAX = 100


class {block}(Block):
    """Say a text several times: an emission each."""

    id = "{id}"
    name = "{block}Block"
    categories = ("TEXT",)
    is_pure = True

    class Input(BlockInput):
        text: str = pin(description="What to say.")
        times: int = pin(2, description="How often.")

    class Output(BlockOutput):
        output: str = pin(description="The text, each time.")

    examples = (
        Example(input={{"text": "stone"}}, output=[("output", "stone"), ("output", "stone")]),
        Example(input={{"text": "stone", "times": 0}}, output=[]),
        Example(input={{"text": "stone", "times": 101}}, output=[], error="at most 100 times"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if inputs.times > TIMES_MAX:
            raise BlockFailed(f"It is said at most {{TIMES_MAX}} times, not {{inputs.times}}.")
        for _ in range(inputs.times):
            yield "output", inputs.text
'''

_TEST: Final = '''\
"""The examples of the blocks are their tests: what they say is what happens."""

from __future__ import annotations

from blocks.sdk.trial import problems_of

from {module} import {block}


def test_the_examples_are_true() -> None:
    assert problems_of({block}) == []
'''

_README: Final = """\
# {name}

A block for Drystone: `{block}Block`, in `{module}/__init__.py`.

    python -m pytest                                  # its examples are its tests
    drystone blocks check --blocks .                  # the same, without pytest
    drystone blocks try {block} --blocks . --input '{{"text": "stone"}}'
    drystone dev --blocks .                           # the whole platform; a change is live for the next node
    pip install --no-deps .                           # for good: Drystone finds it by its entry point

The page to read is `docs/writing-blocks.md` of Drystone. The block's id is what graphs know it by: it never changes.
"""


class PackageRefused(DrystoneError):
    """A package of this name cannot be made here."""

    code = "PACKAGE_REFUSED"
    fault = "theirs"


def write_package(name: str, folder: Path, described: Described | None = None) -> Path:
    """Write a new package below a folder, with a block to begin with or with those of a description; give its own folder.
    Raise PackageRefused where the name or the place will not do."""
    module = name.replace("-", "_")
    block = "".join(part.capitalize() for part in name.split("-"))
    _check_name(name, module, block)
    root = folder / name
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise PackageRefused(f"{root} is there already, and nothing is overwritten. Choose another name, or --folder.")
    points = _POINTS.format(module=module) if described is None else entry_points(module)
    files = _files(name, module, block) if described is None else described.files(module)
    project = _PROJECT.format(name=name, module=module, points=points)
    for path, text in {"pyproject.toml": project, f"{module}/py.typed": "", **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def _files(name: str, module: str, block: str) -> dict[str, str]:
    words = {"name": name, "module": module, "block": block, "id": str(uuid4())}
    return {
        "README.md": _README.format(**words),
        f"{module}/__init__.py": _MODULE.format(**words),
        f"tests/test_{module}.py": _TEST.format(**words),
    }


def _check_name(name: str, module: str, block: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > NAME_CHARS_MAX:
        raise PackageRefused(
            f"{name!r:.80} is no package's name: small letters, digits and single hyphens, such as `word-count`, and at most "
            f"{NAME_CHARS_MAX} characters."
        )
    if keyword.iskeyword(module) or module in sys.stdlib_module_names or module == "tests" or block in vars(sdk):
        raise PackageRefused(f"{name!r} cannot be a package's name: Python or Drystone has the word. Choose another.")
    if (home := home_of(module)) is not None:
        raise PackageRefused(f"The name {module} is taken by {home}. Choose another.")
    if f"{block}Block" in {one.name for one in library_blocks()}:
        raise PackageRefused(f"The library has a {block}Block. Choose another name.")
