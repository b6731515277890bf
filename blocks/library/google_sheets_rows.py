"""Blocks that read rows of a Google spreadsheet: by number, by what stands in a column; rows are counted from 1 here."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from blocks.google.grid import a1, cell, cells_of, column_of, name_of, only, row_number
from blocks.google.sheet_block import (
    PASSED,
    SHEET,
    WITH,
    SheetBlock,
    SheetInput,
    SheetOutput,
    access,
    says,
    sheet_pin,
    sheets_are,
)
from blocks.google.spreadsheet import Spreadsheet
from blocks.providers.google import SheetCredentials
from blocks.sdk import Example, pin
from blocks.sdk.texts import number_of

_PEOPLE: Final = {"values": [["Name", "Age"], ["Ada", "36"], ["Grace", "85"], ["ada", "36"]]}


class FilterOperator(StrEnum):
    """How a cell is compared with a value."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    GREATER_THAN = "greater_than"
    LESS_THAN = "less_than"
    GREATER_THAN_OR_EQUAL = "greater_than_or_equal"
    LESS_THAN_OR_EQUAL = "less_than_or_equal"
    IS_EMPTY = "is_empty"
    IS_NOT_EMPTY = "is_not_empty"


class GoogleSheetsFilterRows(SheetBlock):
    """Give the rows whose cell in a column compares with a value. Numbers are compared as numbers where both sides are such."""

    id = "582195c2-ccee-4fc2-b646-18f72eb9906c"
    name = "GoogleSheetsFilterRowsBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        filter_column: str = pin(description="The column, by its header or letters.")
        filter_value: str = pin("", description="The value.")
        operator: FilterOperator = pin(FilterOperator.EQUALS, description="How they are compared.")
        match_case: bool = pin(False, description="Capitals matter.")
        include_header: bool = pin(True, description="Give the header as the first row.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        rows: list[list[str]] = pin(description="The rows.")
        row_indices: list[int] = pin(description="Which rows of the sheet they are, without the header.")
        count: int = pin(description="How many, without the header.")

    examples = (
        Example(
            input={**SHEET, "filter_column": "Age", "filter_value": "40", "operator": "greater_than"},
            output=[("rows", [["Name", "Age"], ["Grace", "85"]]), ("row_indices", [3]), ("count", 1), PASSED],
            answers=says(sheets_are("Sheet1"), _PEOPLE),
            credentials=WITH,
        ),
        Example(
            title="A column that is not there",
            input={**SHEET, "filter_column": "Height in cm", "filter_value": "40"},
            output=[],
            error="The header has: Name, Age",
            answers=says(sheets_are("Sheet1"), _PEOPLE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        table = await sheets.table(inputs.sheet_name)
        column = column_of(inputs.filter_column, table.header, "filter_column")
        fits = _comparison(inputs.operator, inputs.filter_value, inputs.match_case)
        found = [n for n, row in enumerate(table.rows[1:], 2) if fits(cell(row, column))]
        rows = [table.rows[number - 1] for number in found]
        if inputs.include_header and table.rows:
            rows.insert(0, table.header)
        return {"rows": rows, "row_indices": found, "count": len(found)}


class GoogleSheetsLookupRow(SheetBlock):
    """Give the first row that has a value in a column."""

    id = "e58c0bad-6597-400c-9548-d151ec428ffc"
    name = "GoogleSheetsLookupRowBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        lookup_column: str = pin(description="The column, by its header or letters.")
        lookup_value: str = pin(description="The value.")
        return_columns: list[str] = pin([], description="The columns that are given; none: all.")
        match_case: bool = pin(False, description="Capitals matter.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        row: list[str] = pin(description="The row.")
        row_dict: dict[str, str] = pin(description="The row by its header.")
        row_index: int = pin(description="Which row of the sheet it is; 0: there is none.")
        found: bool = pin(description="Whether there is one.")

    examples = (
        Example(
            input={**SHEET, "lookup_column": "Name", "lookup_value": "GRACE", "return_columns": ["Age"]},
            output=[("row", ["85"]), ("row_dict", {"Age": "85"}), ("row_index", 3), ("found", True), PASSED],
            answers=says(sheets_are("Sheet1"), _PEOPLE),
            credentials=WITH,
        ),
        Example(
            title="There is none",
            input={**SHEET, "lookup_column": "Name", "lookup_value": "Alan"},
            output=[("row", []), ("row_dict", {}), ("row_index", 0), ("found", False), PASSED],
            answers=says(sheets_are("Sheet1"), _PEOPLE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        table = await sheets.table(inputs.sheet_name)
        column = column_of(inputs.lookup_column, table.header, "lookup_column")
        fits = _comparison(FilterOperator.EQUALS, inputs.lookup_value, inputs.match_case, is_text=True)
        given = [column_of(name, table.header, "return_columns") for name in inputs.return_columns]
        given = given or list(range(len(table.header)))
        for number, row in enumerate(table.rows[1:], 2):
            if fits(cell(row, column)):
                cells = [cell(row, one) for one in given]
                named = {name_of(table.header, one): cell(row, one) for one in given}
                return {"row": cells, "row_dict": named, "row_index": number, "found": True}
        return {"row": [], "row_dict": {}, "row_index": 0, "found": False}


class GoogleSheetsGetRow(SheetBlock):
    """Give a row by its number."""

    id = "c4be9390-2431-4682-9769-7025b22a5fa7"
    name = "GoogleSheetsGetRowBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        row_index: int = pin(description="The row; the first is 1.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        row: list[str] = pin(description="The row.")
        row_dict: dict[str, str] = pin(description="The row by its header.")

    examples = (
        Example(
            input={**SHEET, "row_index": 2},
            output=[("row", ["Ada", "36"]), ("row_dict", {"Name": "Ada", "Age": "36"}), PASSED],
            answers=says(sheets_are("Sheet1"), {"values": [["Name", "Age"]]}, {"values": [["Ada", "36"]]}),
            credentials=WITH,
        ),
        Example(
            title="Rows are counted from 1",
            input={**SHEET, "row_index": 0},
            output=[],
            error="counted from 1",
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        number = row_number(inputs.row_index)
        sheet = await sheets.sheet(inputs.sheet_name)
        header = only(await sheets.values(a1(sheet.title, "1:1")))
        row = cells_of(only(await sheets.values(a1(sheet.title, f"{number}:{number}"))), len(header))
        names = cells_of(header, len(row))
        return {"row": row, "row_dict": {name_of(names, n): text for n, text in enumerate(row)}}


class GoogleSheetsGetRowCount(SheetBlock):
    """Count the rows of a sheet that hold something."""

    id = "080cc84b-a94a-4fb4-90e3-dcc55ee783af"
    name = "GoogleSheetsGetRowCountBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        include_header: bool = pin(True, description="Count the header among all rows.")
        count_empty: bool = pin(False, description="Count the empty rows in between, too.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        total_rows: int = pin(description="All rows.")
        data_rows: int = pin(description="The rows without the header.")
        last_row: int = pin(description="The number of the last row that holds something.")
        column_count: int = pin(description="How many columns hold something.")

    examples = (
        Example(
            input=SHEET,
            output=[("total_rows", 4), ("data_rows", 3), ("last_row", 4), ("column_count", 2), PASSED],
            answers=says(sheets_are("Sheet1"), _PEOPLE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        rows = (await sheets.table(inputs.sheet_name)).rows
        data = len(rows[1:]) if inputs.count_empty else sum(map(any, rows[1:]))
        total = data + (1 if rows and inputs.include_header else 0)
        width = len(rows[0]) if rows else 0
        return {"total_rows": total, "data_rows": data, "last_row": len(rows), "column_count": width}


def _comparison(
    operator: FilterOperator, value: str, match_case: bool, *, is_text: bool = False
) -> Callable[[str], bool]:
    """Give what says whether a cell compares with a value."""
    wanted = value if match_case else value.lower()
    number = None if is_text else number_of(value.replace(",", "")) if value else None

    def fits(text: str) -> bool:
        seen = text if match_case else text.lower()
        own = number_of(text.replace(",", "")) if text and number is not None else None
        left, right = (seen, wanted) if own is None else (own, number)
        match operator:
            case FilterOperator.EQUALS:
                return bool(left == right)
            case FilterOperator.NOT_EQUALS:
                return bool(left != right)
            case FilterOperator.CONTAINS:
                return wanted in seen
            case FilterOperator.NOT_CONTAINS:
                return wanted not in seen
            case FilterOperator.IS_EMPTY:
                return not text.strip()
            case FilterOperator.IS_NOT_EMPTY:
                return bool(text.strip())
        # No text comes before or after a number.
        return (own is not None or number is None) and _ORDERS[operator](left, right)

    return fits


#: Whether a cell comes before or after a value.
_ORDERS: Final[Mapping[FilterOperator, Callable[[Any, Any], bool]]] = {
    FilterOperator.GREATER_THAN: operators.gt,
    FilterOperator.LESS_THAN: operators.lt,
    FilterOperator.GREATER_THAN_OR_EQUAL: operators.ge,
    FilterOperator.LESS_THAN_OR_EQUAL: operators.le,
}
