"""The page on providers: the block that it shows is a block, its examples are true, and it names every part of a provider."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from blocks.packages import contributions
from blocks.sdk.providers import Provider
from blocks.sdk.trial import problems_of
from tests.docs.test_reference import page

CODE = re.compile(r"```python file=(\w+\.py)\n(.*?)```", re.DOTALL)


def test_the_block_of_the_page_is_one(tmp_path: Path) -> None:
    ((name, code),) = CODE.findall(page("providers.md"))
    (tmp_path / name).write_text(code, encoding="utf-8")
    (given,) = contributions((), [tmp_path])
    assert given.problems == ()
    assert [problem for block in given.blocks for problem in problems_of(block)] == []
    assert [block.name for block in given.blocks] == ["WallsGetStonesBlock"]


def test_every_part_of_a_provider_is_on_the_page() -> None:
    text = page("providers.md")
    named = {one.name for one in fields(Provider)} - {"name", "title", "headers"}
    assert [name for name in sorted(named) if f"`{name}`" not in text] == []
