"""Blocks that change rows of a Google spreadsheet: add, write, sort, remove; rows are counted from 1 here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from blocks.google.grid import a1, cell, column_of, letters, only, row_number, runs_of
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
from blocks.google.spreadsheet import Spreadsheet, ValueInputOption, stretch
from blocks.providers.google import SheetCredentials
from blocks.sdk import Example, pin
from schema.errors import InvalidInput

#: Rows that one node deletes at most, named one by one.
DELETED_MAX: Final = 10_000
_PEOPLE: Final = {"values": [["Name", "Age"], ["Ada", "36"], ["Grace", "85"], ["ada", "36"]]}
_DONE: Final[dict[str, Any]] = {"replies": [{}]}


class SortOrder(StrEnum):
    """In which order rows are sorted."""

    ASCENDING = "ascending"
    DESCENDING = "descending"


class GoogleSheetsInsertRow(SheetBlock):
    """Put a row in between: the rows from there on move down."""

    id = "03eda5df-8080-4ed1-bfdf-212f543d657e"
    name = "GoogleSheetsInsertRowBlock"

    class Input(SheetInput):
        row: list[str] = pin(description="The row's values.")
        row_index: int = pin(description="Where it is to stand; the first row is 1.")
        sheet_name: str = sheet_pin()
        value_input_option: ValueInputOption = pin(
            ValueInputOption.USER_ENTERED, description="USER_ENTERED: as if typed; RAW: as it is."
        )
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="What Google says of it.")

    examples = (
        Example(
            input={**SHEET, "row": ["Alan", "41"], "row_index": 2},
            output=[("result", {"success": True, "updatedRange": "Sheet1!A2:B2"}), PASSED],
            answers=says(sheets_are("Sheet1"), _DONE, {"updatedRange": "Sheet1!A2:B2"}),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        number = row_number(inputs.row_index)
        sheet = await sheets.sheet(inputs.sheet_name)
        await sheets.make_room(sheet, number, len(inputs.row))
        where = stretch(sheet.id, "ROWS", number - 1, number)
        if number <= sheet.rows:
            await sheets.change({"insertDimension": {"range": where, "inheritFromBefore": number > 1}})
        written = await sheets.write(a1(sheet.title, f"A{number}"), [inputs.row], inputs.value_input_option)
        return {"result": {"success": True, **written}}


class GoogleSheetsUpdateRow(SheetBlock):
    """Write a row's cells: from the left, or by their header, and then the others stay."""

    id = "b8a934d5-fca0-4be3-9fc2-a99bf63bd385"
    name = "GoogleSheetsUpdateRowBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        row_index: int = pin(description="The row; the first is 1.")
        values: list[str] = pin([], description="The values, from the left.")
        dict_values: dict[str, str] = pin({}, description="The values by header.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="What was written.")

    examples = (
        Example(
            input={**SHEET, "row_index": 2, "dict_values": {"Age": "37"}},
            output=[("result", {"success": True, "totalUpdatedCells": 1}), PASSED],
            answers=says(sheets_are("Sheet1"), {"values": [["Name", "Age"]]}, {"totalUpdatedCells": 1}),
            credentials=WITH,
        ),
        Example(
            title="Nothing to write",
            input={**SHEET, "row_index": 2},
            output=[],
            error="Give values or dict_values",
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        number = row_number(inputs.row_index)
        if not inputs.values and not inputs.dict_values:
            raise InvalidInput("Give values or dict_values.", pin="values")
        sheet = await sheets.sheet(inputs.sheet_name)
        data = [{"range": a1(sheet.title, f"A{number}"), "values": [inputs.values]}] if inputs.values else []
        if inputs.dict_values:
            header = [str(text) for text in only(await sheets.values(a1(sheet.title, "1:1")))]
            for name, value in inputs.dict_values.items():
                cell = f"{letters(column_of(name, header, 'dict_values'))}{number}"
                data.append({"range": a1(sheet.title, cell), "values": [[value]]})
        body = {"valueInputOption": "USER_ENTERED", "data": data}
        answer = await sheets.post("/values:batchUpdate", body, is_repeatable=True)
        answer.pop("spreadsheetId", None)
        return {"result": {"success": True, **answer}}


class GoogleSheetsDeleteRows(SheetBlock):
    """Delete rows by their numbers, all at once."""

    id = "24bcd490-b02d-44c6-847d-b62a2319f5eb"
    name = "GoogleSheetsDeleteRowsBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        row_indices: list[int] = pin(description="The rows; the first is 1.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="That it was done.")
        deleted_count: int = pin(description="How many were deleted.")

    examples = (
        Example(
            input={**SHEET, "row_indices": [2, 3, 7]},
            output=[("result", {"success": True}), ("deleted_count", 3), PASSED],
            answers=says(sheets_are("Sheet1"), _DONE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        if not 1 <= len(inputs.row_indices) <= DELETED_MAX:
            raise InvalidInput(f"Name from 1 to {DELETED_MAX} rows.", pin="row_indices")
        numbers = [row_number(number, "row_indices") - 1 for number in inputs.row_indices]
        sheet = await sheets.sheet(inputs.sheet_name)
        await sheets.change(*_deletions(sheet.id, numbers))
        return {"result": {"success": True}, "deleted_count": len(set(numbers))}


class GoogleSheetsSort(SheetBlock):
    """Sort the rows of a sheet by a column, and by a second one where they are equal."""

    id = "a265bd84-c93b-459d-bbe0-94e6addaa38f"
    name = "GoogleSheetsSortBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        sort_column: str = pin(description="The column, by its header or letters.")
        sort_order: SortOrder = pin(SortOrder.ASCENDING, description="In which order.")
        secondary_column: str = pin("", description="The second column; none: by one only.")
        secondary_order: SortOrder = pin(SortOrder.ASCENDING, description="In which order.")
        has_header: bool = pin(True, description="The first row is a header, and stays.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="That it was done.")

    examples = (
        Example(
            input={**SHEET, "sort_column": "Age", "sort_order": "descending"},
            output=[("result", {"success": True}), PASSED],
            answers=says(sheets_are("Sheet1"), {"values": [["Name", "Age"]]}, _DONE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        sheet = await sheets.sheet(inputs.sheet_name)
        header = [str(text) for text in only(await sheets.values(a1(sheet.title, "1:1")))] if inputs.has_header else []
        orders = [
            {"dimensionIndex": column_of(name, header, pin_name), "sortOrder": order.value.upper()}
            for name, order, pin_name in (
                (inputs.sort_column, inputs.sort_order, "sort_column"),
                (inputs.secondary_column, inputs.secondary_order, "secondary_column"),
            )
            if name
        ]
        rows = {"sheetId": sheet.id, "startRowIndex": 1 if inputs.has_header else 0}
        await sheets.change({"sortRange": {"range": rows, "sortSpecs": orders}}, is_repeatable=True)
        return {"result": {"success": True}}


class GoogleSheetsRemoveDuplicates(SheetBlock):
    """Delete the rows that say, in these columns, what another row says."""

    id = "6eb50ff7-205b-400e-8ecc-1ce8d50075be"
    name = "GoogleSheetsRemoveDuplicatesBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        columns: list[str] = pin([], description="The columns that count, by header or letters; none: all.")
        keep: str = pin("first", description="Which of them stays: first or last.")
        match_case: bool = pin(False, description="Capitals matter.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="That it was done.")
        removed_count: int = pin(description="How many were deleted.")
        remaining_rows: int = pin(description="How many are left, without the header.")

    examples = (
        Example(
            input=SHEET,
            output=[("result", {"success": True}), ("removed_count", 1), ("remaining_rows", 2), PASSED],
            answers=says(sheets_are("Sheet1"), _PEOPLE, _DONE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        if inputs.keep not in ("first", "last"):
            raise InvalidInput("`keep` is first or last.", pin="keep")
        table = await sheets.table(inputs.sheet_name)
        columns = [column_of(name, table.header, "columns") for name in inputs.columns]
        columns = columns or list(range(len(table.header)))
        doubled = _doubled(table.rows, columns, inputs.match_case, is_last=inputs.keep == "last")
        if doubled:
            await sheets.change(*_deletions(table.sheet.id, doubled))
        left = max(0, len(table.rows) - 1 - len(doubled))
        return {"result": {"success": True}, "removed_count": len(doubled), "remaining_rows": left}


def _doubled(rows: Sequence[Sequence[str]], columns: Sequence[int], match_case: bool, *, is_last: bool) -> list[int]:
    """Give the rows, counted from 0, that say what one that stays says. Empty rows say nothing."""
    seen: set[tuple[str, ...]] = set()
    found = []
    numbered = list(enumerate(rows))[1:]
    for number, row in reversed(numbered) if is_last else numbered:
        key = tuple(cell(row, one) if match_case else cell(row, one).lower() for one in columns)
        if any(key) and key in seen:
            found.append(number)
        seen.add(key)
    return found


def _deletions(sheet_id: int, numbers: Sequence[int]) -> list[dict[str, Any]]:
    return [{"deleteDimension": {"range": stretch(sheet_id, "ROWS", *run)}} for run in runs_of(numbers)]
