"""The command line of the bench."""

from __future__ import annotations

import pytest

from bench.__main__ import INSTEAD, is_wanted
from tests.tidy.source import ROOT


@pytest.mark.parametrize(
    ("key", "only", "wanted"),
    [("W1", None, True), ("W1", "W2,W1", True), ("W1", "W2", False), ("W6a", "W6", True), ("W6a", "W6b", False)],
)
def test_only_what_is_named_is_measured(key, only, wanted):
    assert is_wanted(key, only) is wanted


def test_the_page_has_every_word_of_the_command_line():
    page = (ROOT / "docs" / "benchmark.md").read_text()
    words = [*INSTEAD, "peers", "quick", "only", "sides", "samples", "profile"]
    assert [word for word in words if f"--{word}" not in page] == []
