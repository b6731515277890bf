"""A1 notation and rows with a header: what is written is what is read, and what is no range is refused."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.google.grid import COLUMNS_MAX, a1, area_of, column_of, index_of, letters, runs_of, split_sheet
from schema.errors import InvalidInput


@given(st.integers(0, COLUMNS_MAX - 1))
def test_a_columns_letters_are_its_number(number: int) -> None:
    assert index_of(letters(number)) == number


@given(st.text(min_size=1), st.sampled_from(["A1", "B2:C3", "A:C", "2:5"]))
def test_a_sheets_name_is_read_as_it_was_written(name: str, cells: str) -> None:
    read = split_sheet(a1(name, cells))
    assert read == (name, cells)


@given(st.lists(st.integers(0, 60)))
def test_stretches_are_the_numbers_and_the_last_comes_first(numbers: list[int]) -> None:
    runs = runs_of(numbers)
    assert sorted(number for first, end in runs for number in range(first, end)) == sorted(set(numbers))
    assert all(later[0] > earlier[1] for later, earlier in pairwise(runs))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("A1", {"startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1}),
        ("c3:a1", {"startRowIndex": 0, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 3}),
        ("$B$2:$D", {"startRowIndex": 1, "startColumnIndex": 1, "endColumnIndex": 4}),
        ("A:C", {"startColumnIndex": 0, "endColumnIndex": 3}),
        ("2:5", {"startRowIndex": 1, "endRowIndex": 5}),
        ("'It''s!'!A1:A2", {"startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 1}),
    ],
)
def test_a_range_is_a_rectangle(text: str, place: dict[str, Any]) -> None:
    assert area_of(text).on(7) == {"sheetId": 7, **place}


@pytest.mark.parametrize(
    "text", ["", "A", "1", "A0", "A1:", "A1:B2:C3", "AAAA1", "A-1", "A1;B2", "A123456789", "Sheet1!"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        area_of(text, "cell")
    assert refused.value.fields["pin"] == "cell"


def test_a_header_goes_before_letters_and_its_own_writing_before_another() -> None:
    header = ["b", "A", "B"]
    assert [column_of(name, header, "x") for name in ("A", "b", "B", "c")] == [1, 0, 2, 2]
    assert column_of("Z", [], "x") == 25
