"""docs/blocks.md says what is so."""

from __future__ import annotations

from blocks.library.maths import Calculator
from blocks.library.text_tools import WordCharacterCount
from tests.blocks.catalogue import BY_ID, ROWS
from tests.blocks.conftest import BLOCKS
from tests.docs.blocks_page import BEHAVIOUR, PAGE, page, state_of


def test_the_page_is_as_it_would_be_made_now() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make it again: .venv/bin/python -m tests.docs.blocks_page"


def test_every_block_of_the_catalogue_is_on_it_once() -> None:
    text = page()
    assert [
        row["name"] for row in ROWS if text.count(f"| {row['name']} | {row['module'].removesuffix('.py')} |") != 1
    ] == []


def test_a_block_is_exact_different_or_missing() -> None:
    assert state_of(BY_ID[WordCharacterCount.id], WordCharacterCount) == ("exact", "")
    assert state_of(BY_ID[Calculator.id], Calculator)[0] == "different"
    assert state_of(BY_ID[Calculator.id], None) == ("missing", "")


def test_what_is_said_of_a_block_is_of_one_that_is_here() -> None:
    assert set(BEHAVIOUR) - set(BLOCKS) == set()
