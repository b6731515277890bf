"""The logbook: any line can be kept, within limits, and no piece of streamed text is lost before them."""

from __future__ import annotations

from typing import Any

import pytest

from activities.logbook import WAITING_MAX, Logbook
from schema.limits import LIMITS

LINE, MANY = LIMITS.log_line_chars_max, LIMITS.log_lines_max


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a\\x00b"),
        ("\ud800", "\\ud800"),
        ("", ""),
        (5, "5"),
        (None, "None"),
        (["x"], "['x']"),
    ],
)
def test_any_line_can_be_kept(text: Any, shown: str) -> None:
    book = Logbook()
    book.log("info", text)
    assert book.rest() == [("info", None, shown)]


def test_a_line_of_ten_megabytes_is_cut() -> None:
    book = Logbook()
    book.log("error", "x" * 10_000_000)
    ((level, pin, line),) = book.take()
    assert (level, pin) == ("error", None)
    assert len(line) <= LINE + 20
    assert "characters cut" in line


def test_an_unknown_level_is_info() -> None:
    book = Logbook()
    book.log("shout", "x")  # type: ignore[arg-type]
    book.log("debug", "y")
    assert [level for level, _, _ in book.take()] == ["info", "debug"]


def test_no_character_of_streamed_text_is_lost() -> None:
    book = Logbook()
    text = "".join(chr(97 + number % 26) for number in range(3 * LINE + 5))
    for start in range(0, len(text), 7):
        book.stream("text", text[start : start + 7])
    book.log("info", "between")
    book.stream("text", "more")
    book.stream("other", "pin")
    rows = book.rest()
    assert "".join(line for _, pin, line in rows if pin == "text") == text + "more"
    assert [pin for _, pin, _ in rows] == ["text"] * 4 + [None, "text", "other"]
    assert all(len(line) <= LINE for _, _, line in rows)


def test_text_that_is_streamed_without_end_is_cut() -> None:
    book = Logbook()
    for _ in range(3):
        book.stream("text", "x" * (MANY * LINE))
    for _ in range(3 * WAITING_MAX):
        book.stream("text", "y")
    rows = book.rest()
    assert len(rows) == MANY
    assert "were cut" in rows[-1][2]


def test_pieces_beyond_those_that_may_wait_are_cut_and_counted() -> None:
    book = Logbook()
    for _ in range(WAITING_MAX + 3):
        book.stream("text", "y")
    rows = book.rest()
    assert sum(len(line) for _, pin, line in rows if pin) == WAITING_MAX
    assert rows[-1][2].startswith("3 more lines were cut")


def test_what_was_taken_counts() -> None:
    book = Logbook()
    taken = 0
    for _ in range(10 * MANY):
        book.log("info", "x")
        taken += len(book.take())
    assert taken == MANY - 1
    assert [level for level, _, _ in book.rest()] == ["warning"]
    assert not book
