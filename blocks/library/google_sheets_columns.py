"""Blocks about columns of a Google spreadsheet: reading, counting, adding, deleting; columns are counted from 0 here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from blocks.google.grid import COLUMNS_MAX, a1, cell, column_of, index_of, letters, only
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
from blocks.google.spreadsheet import Spreadsheet, Table, stretch
from blocks.providers.google import SheetCredentials
from blocks.sdk import Example, pin
from schema.errors import InvalidInput

_PEOPLE: Final = {"values": [["Name", "Age"], ["Ada", "36"], ["Grace", "85"], ["Alan"], ["Ada", "36"]]}
_DONE: Final[dict[str, Any]] = {"replies": [{}]}
_COLUMN: Final = "The column, by its header or letters."


class GoogleSheetsGetColumn(SheetBlock):
    """Give what stands in a column."""

    id = "108d911f-e109-47fb-addc-2259792ee850"
    name = "GoogleSheetsGetColumnBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        column: str = pin(description=_COLUMN)
        include_header: bool = pin(False, description="Give the header as the first value.")
        skip_empty: bool = pin(False, description="Leave empty cells out.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        values: list[str] = pin(description="The values.")
        count: int = pin(description="How many.")
        column_index: int = pin(description="Which column it is; the first is 0.")

    examples = (
        Example(
            input={**SHEET, "column": "Age", "skip_empty": True},
            output=[("values", ["36", "85", "36"]), ("count", 3), ("column_index", 1), PASSED],
            answers=says(sheets_are("Sheet1"), _PEOPLE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        table = await sheets.table(inputs.sheet_name)
        column = column_of(inputs.column, table.header, "column")
        values = _values(table, column, skip_empty=inputs.skip_empty)
        if inputs.include_header and table.rows:
            values.insert(0, cell(table.header, column))
        return {"values": values, "count": len(values), "column_index": column}


class GoogleSheetsGetUniqueValues(SheetBlock):
    """Give each value of a column once, and how often it is there. Empty cells are left out."""

    id = "0f296c0b-6b6e-4280-b96e-ae1459b98dff"
    name = "GoogleSheetsGetUniqueValuesBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        column: str = pin(description=_COLUMN)
        include_count: bool = pin(False, description="Say how often each is there.")
        sort_by_count: bool = pin(False, description="Give the most frequent first.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        values: list[str] = pin(description="The values.")
        counts: dict[str, int] = pin(description="How often each is there; empty where that is not asked for.")
        total_unique: int = pin(description="How many different ones.")

    examples = (
        Example(
            input={**SHEET, "column": "A", "include_count": True, "sort_by_count": True},
            output=[
                ("values", ["Ada", "Grace", "Alan"]),
                ("counts", {"Ada": 2, "Grace": 1, "Alan": 1}),
                ("total_unique", 3),
                PASSED,
            ],
            answers=says(sheets_are("Sheet1"), _PEOPLE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        table = await sheets.table(inputs.sheet_name)
        found = Counter(_values(table, column_of(inputs.column, table.header, "column"), skip_empty=True))
        ordered = [value for value, _ in found.most_common()] if inputs.sort_by_count else list(found)
        counts = {value: found[value] for value in ordered} if inputs.include_count else {}
        return {"values": ordered, "counts": counts, "total_unique": len(ordered)}


class GoogleSheetsAddColumn(SheetBlock):
    """Add a column with a header; each row that holds something may get a value in it."""

    id = "cac51050-fc9e-4e63-987a-66c2ba2a127b"
    name = "GoogleSheetsAddColumnBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        header: str = pin(description="The header.")
        position: str = pin("end", description="Where: start, end, or the letters of the column that it is to be.")
        default_value: str = pin("", description="The value of each row.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="That it was done.")
        column_letter: str = pin(description="Its letters.")
        column_index: int = pin(description="Which column it is; the first is 0.")

    examples = (
        Example(
            input={**SHEET, "header": "Known", "default_value": "yes"},
            output=[("result", {"success": True}), ("column_letter", "C"), ("column_index", 2), PASSED],
            answers=says(sheets_are("Sheet1"), _PEOPLE, {"updatedCells": 5}),
            credentials=WITH,
        ),
        Example(
            title="In between",
            input={**SHEET, "header": "Known", "position": "B"},
            output=[("result", {"success": True}), ("column_letter", "B"), ("column_index", 1), PASSED],
            answers=says(sheets_are("Sheet1"), _PEOPLE, _DONE, {"updatedCells": 1}),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        table = await sheets.table(inputs.sheet_name)
        column = _position(inputs.position, len(table.header))
        await sheets.make_room(table.sheet, columns=column + 1)
        if column < len(table.header):
            where = stretch(table.sheet.id, "COLUMNS", column, column + 1)
            await sheets.change({"insertDimension": {"range": where, "inheritFromBefore": column > 0}})
        rows = [[inputs.header], *([inputs.default_value] for _ in table.rows[1:] if inputs.default_value)]
        await sheets.write(a1(table.sheet.title, f"{letters(column)}1"), rows)
        return {"result": {"success": True}, "column_letter": letters(column), "column_index": column}


class GoogleSheetsDeleteColumn(SheetBlock):
    """Delete a column."""

    id = "59b266b6-5cce-4661-a1d3-c417e64d68e9"
    name = "GoogleSheetsDeleteColumnBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        column: str = pin(description=_COLUMN)
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="That it was done.")

    examples = (
        Example(
            input={**SHEET, "column": "Age"},
            output=[("result", {"success": True, "column_letter": "B"}), PASSED],
            answers=says(sheets_are("Sheet1"), {"values": [["Name", "Age"]]}, _DONE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        sheet = await sheets.sheet(inputs.sheet_name)
        header = [str(text) for text in only(await sheets.values(a1(sheet.title, "1:1")))]
        column = column_of(inputs.column, header, "column")
        await sheets.change({"deleteDimension": {"range": stretch(sheet.id, "COLUMNS", column, column + 1)}})
        return {"result": {"success": True, "column_letter": letters(column)}}


def _values(table: Table, column: int, *, skip_empty: bool) -> list[str]:
    """Give a column's values below its header."""
    values = [cell(row, column) for row in table.rows[1:]]
    return [value for value in values if value or not skip_empty]


def _position(text: str, width: int) -> int:
    named = {"start": 0, "end": width}.get(text.strip().lower(), index_of(text.strip()))
    if named is None or named >= COLUMNS_MAX:
        raise InvalidInput("The position is start, end, or a column's letters.", pin="position")
    return named
