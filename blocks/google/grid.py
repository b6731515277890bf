"""Grids of cells: A1 notation, and rows with a header; it knows no service.

https://developers.google.com/workspace/sheets/api/guides/concepts#cell. Rows and columns are counted from 0 here, and what a range
ends with is the one behind it, as in the API's GridRange; people count rows from 1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from schema.errors import InvalidInput, shorten

#: Rows and columns that a range may reach: a spreadsheet has 10 million cells, and 18,278 columns (ZZZ).
ROWS_MAX: Final = 10_000_000
COLUMNS_MAX: Final = 18_278
_CORNER: Final = re.compile(r"\$?([A-Za-z]{0,3})\$?([0-9]{0,8})")
_LETTERS: Final = re.compile(r"[A-Za-z]{1,3}")


@dataclass(frozen=True)
class Area:
    """A rectangle of cells; None: open to that side."""

    sheet: str = ""
    first_row: int | None = None
    end_row: int | None = None
    first_column: int | None = None
    end_column: int | None = None

    def on(self, sheet_id: int) -> dict[str, int]:
        """Give it as the API's GridRange."""
        sides = {
            "startRowIndex": self.first_row,
            "endRowIndex": self.end_row,
            "startColumnIndex": self.first_column,
            "endColumnIndex": self.end_column,
        }
        return {"sheetId": sheet_id, **{name: value for name, value in sides.items() if value is not None}}


def area_of(text: str, pin: str = "range") -> Area:
    """Read a range: `A1`, `A1:C3`, `A:C`, `2:5`, `A2:C`, each perhaps with a sheet's name and `!` in front."""
    sheet, cells = split_sheet(text)
    first, colon, last = cells.partition(":")
    begin, end = _corner(first, text, pin), _corner(last if colon else first, text, pin)
    rows = (begin[0], None if end[0] is None else end[0] + 1)
    columns = (begin[1], None if end[1] is None else end[1] + 1)
    if not colon and None in begin:
        raise _no_range(text, pin)
    return Area(sheet, *_in_order(*rows), *_in_order(*columns))


def split_sheet(text: str) -> tuple[str, str]:
    """Give (the sheet's name, the cells) of a range; the name is empty where there is none."""
    head, mark, cells = text.strip().rpartition("!")
    if not mark:
        return "", cells
    name = head.strip()
    if len(name) > 1 and name[0] == name[-1] == "'":
        name = name[1:-1].replace("''", "'")
    return name, cells


def a1(sheet: str, cells: str = "") -> str:
    """Give a range as the API takes it; a sheet's name stands in quotes, whatever is in it."""
    if not sheet:
        return cells
    quoted = "'" + sheet.replace("'", "''") + "'"
    return f"{quoted}!{cells}" if cells else quoted


def letters(index: int) -> str:
    """Give a column's letters: A for 0, AA for 26."""
    text = ""
    index += 1
    while index > 0:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def index_of(text: str) -> int | None:
    """Give the number of a column by its letters; None where these are none."""
    if not _LETTERS.fullmatch(text):
        return None
    number = 0
    for letter in text.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def column_of(name: str, header: Sequence[str], pin: str) -> int:
    """Give the column that has a header, or these letters; a header goes before letters. Raises InvalidInput for neither."""
    wanted = name.strip()
    names = [text.strip() for text in header]
    small = [text.lower() for text in names]
    if wanted in names:
        return names.index(wanted)
    if wanted.lower() in small:
        return small.index(wanted.lower())
    index = index_of(wanted)
    # Behind the header it would be a header that was misspelt: `Agg` is a column, too.
    if index is None or 0 < len(header) <= index:
        shown = shorten(", ".join(header), 300) or "none"
        raise InvalidInput(f"There is no column {shorten(wanted, 100)!r}. The header has: {shown}.", pin=pin)
    return index


def cells_of(row: Sequence[Any], width: int) -> list[str]:
    """Give a row as texts, as wide as it should be: what is empty at its end is not sent."""
    texts = [text_of(value) for value in row]
    return texts + [""] * (width - len(texts))


def text_of(value: Any) -> str:
    """Give a cell's value as text."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "" if value is None else str(value)


def runs_of(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Give numbers as stretches (first, end), the last stretch first: so that deleting one moves no other."""
    runs: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][1] == number:
            runs[-1] = (runs[-1][0], number + 1)
        else:
            runs.append((number, number + 1))
    return runs[::-1]


def cell(row: Sequence[str], column: int) -> str:
    """Give a cell of a row; what is behind its end is empty."""
    return row[column] if column < len(row) else ""


def name_of(header: Sequence[str], column: int) -> str:
    """Give what a column is called: its header, or its letters."""
    return cell(header, column) or letters(column)


def only(rows: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """Give the one row of a range; an empty one where nothing stands in it."""
    return rows[0] if rows else []


def row_number(number: int, pin: str = "row_index") -> int:
    """Give a row's number as people count; raise InvalidInput for what is none."""
    if not 1 <= number <= ROWS_MAX:
        raise InvalidInput(f"Rows are counted from 1; {number} is none.", pin=pin)
    return number


def _corner(corner: str, text: str, pin: str) -> tuple[int | None, int | None]:
    """Give (row, column) of a corner; None for what it does not say."""
    found = _CORNER.fullmatch(corner.strip())
    if found is None or not (found[1] or found[2]) or found[2].startswith("0"):
        raise _no_range(text, pin)
    row, column = int(found[2]) - 1 if found[2] else None, index_of(found[1])
    if (row or 0) >= ROWS_MAX or (column or 0) >= COLUMNS_MAX:
        raise _no_range(text, pin)
    return row, column


def _in_order(first: int | None, end: int | None) -> tuple[int | None, int | None]:
    """Give a side with its lower end first: `C3:A1` is `A1:C3`."""
    if first is not None and end is not None and end <= first:
        return end - 1, first + 1
    return first, end


def _no_range(text: str, pin: str) -> InvalidInput:
    return InvalidInput(f"{shorten(text, 100)!r} is no range: write A1, A1:C10, A:C or Sheet1!A1:C10.", pin=pin)
