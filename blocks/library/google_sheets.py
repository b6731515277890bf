"""Blocks that read and write cells of a Google spreadsheet: ranges, cells, search; they change no rows' or columns' places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, Field

from blocks.google.answers import inner
from blocks.google.grid import a1, area_of, letters, text_of
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
from blocks.google.spreadsheet import CHANGES_MAX, Sheet, Spreadsheet, ValueInputOption, bounded, with_sheet
from blocks.providers.google import SheetCredentials
from blocks.sdk import Example, pin
from schema.errors import InvalidInput

#: Places that a search gives at most.
LOCATIONS_MAX: Final = 10_000
_HOW: Final = "USER_ENTERED: as if typed, so that formulas and dates are such; RAW: as it is."
_RESULT: Final = "What Google says of it."


class GoogleSheetsRead(SheetBlock):
    """Read a range of cells, as they are shown."""

    id = "5724e902-3635-47e9-a108-aaa0263a4988"
    name = "GoogleSheetsReadBlock"

    class Input(SheetInput):
        range: str = pin(description="The range, such as Sheet1!A1:C10.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: list[list[str]] = pin(
            description="The rows. What is empty at the end of a row, or of the range, is left out."
        )

    examples = (
        Example(
            input={**SHEET, "range": "Sheet1!A1:B2"},
            output=[("result", [["Name", "Age"], ["Ada", "36"]]), PASSED],
            answers=says({"range": "Sheet1!A1:B2", "values": [["Name", "Age"], ["Ada", "36"]]}),
            credentials=WITH,
        ),
        Example(
            title="No credential",
            input={"spreadsheet": {"id": "example-sheet"}, "range": "A1"},
            output=[],
            error="no credential of Google",
        ),
        Example(
            title="A file that is no spreadsheet",
            input={**SHEET, "spreadsheet": {"id": "d", "mimeType": "application/pdf"}, "range": "A1"},
            output=[],
            error="of the type application/pdf",
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        return {"result": [[text_of(value) for value in row] for row in await sheets.values(inputs.range)]}


class GoogleSheetsWrite(SheetBlock):
    """Write rows of values into a range."""

    id = "d9291e87-301d-47a8-91fe-907fb55460e5"
    name = "GoogleSheetsWriteBlock"

    class Input(SheetInput):
        range: str = pin(description="The range; what is written begins in its first cell.")
        values: list[list[str]] = pin(description="The rows.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description=_RESULT)

    examples = (
        Example(
            input={**SHEET, "range": "Sheet1!A1:B1", "values": [["Ada", "36"]]},
            output=[("result", {"updatedCells": 2}), PASSED],
            answers=says({"updatedCells": 2}),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        return {"result": await sheets.write(inputs.range, inputs.values)}


class GoogleSheetsAppendRow(SheetBlock):
    """Write a row below what stands in a sheet."""

    id = "531d50c0-d6b9-4cf9-a013-7bf783d313c7"
    name = "GoogleSheetsAppendRowBlock"

    class Input(SheetInput):
        row: list[str] = pin(description="The row's values.")
        sheet_name: str = sheet_pin()
        value_input_option: ValueInputOption = pin(ValueInputOption.USER_ENTERED, description=_HOW)
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description=_RESULT)

    examples = (
        Example(
            input={**SHEET, "row": ["Ada", "36"]},
            output=[("result", {"updates": {"updatedRows": 1}}), PASSED],
            answers=says(sheets_are("Sheet1"), {"updates": {"updatedRows": 1}}),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        sheet = await sheets.sheet(inputs.sheet_name)
        return {"result": await sheets.append(a1(sheet.title, "A1"), [inputs.row], inputs.value_input_option)}


class GoogleSheetsClear(SheetBlock):
    """Remove the values of a range; the cells and their formats stay."""

    id = "84938266-0fc7-46e5-9369-adb0f6ae8015"
    name = "GoogleSheetsClearBlock"

    class Input(SheetInput):
        range: str = pin(description="The range.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description=_RESULT)

    examples = (
        Example(
            input={**SHEET, "range": "Sheet1!A1:B2"},
            output=[("result", {"clearedRange": "Sheet1!A1:B2"}), PASSED],
            answers=says({"clearedRange": "Sheet1!A1:B2"}),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        return {"result": await sheets.clear(inputs.range)}


class GoogleSheetsUpdateCell(SheetBlock):
    """Write one cell."""

    id = "df521b68-62d9-42e4-924f-fb6c245516fc"
    name = "GoogleSheetsUpdateCellBlock"

    class Input(SheetInput):
        cell: str = pin(description="The cell, such as Sheet1!B2.")
        value: str = pin(description="The value.")
        value_input_option: ValueInputOption = pin(ValueInputOption.USER_ENTERED, description=_HOW)
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description=_RESULT)

    examples = (
        Example(
            input={**SHEET, "cell": "B2", "value": "37"},
            output=[("result", {"updatedRange": "Sheet1!B2"}), PASSED],
            answers=says({"updatedRange": "Sheet1!B2"}),
            credentials=WITH,
        ),
        Example(
            title="No cell",
            input={**SHEET, "cell": "the second", "value": "37"},
            output=[],
            error="is no range",
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        area_of(inputs.cell, "cell")
        return {"result": await sheets.write(inputs.cell, [[inputs.value]], inputs.value_input_option)}


class BatchOperationType(StrEnum):
    """What a step of a batch does."""

    UPDATE = "update"
    CLEAR = "clear"


class BatchOperation(BaseModel):
    """A step of a batch."""

    type: BatchOperationType = Field(description="update or clear.")
    range: str = Field(description="The range.")
    values: list[list[str]] = Field(default_factory=list, description="The rows that are written.")


class GoogleSheetsBatchOperations(SheetBlock):
    """Clear several ranges, then write several, each kind with one request."""

    id = "a4078584-6fe5-46e0-997e-d5126cdd112a"
    name = "GoogleSheetsBatchOperationsBlock"

    class Input(SheetInput):
        operations: list[BatchOperation] = pin(description="What is to be done.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="How much was written, and what was cleared.")

    examples = (
        Example(
            input={
                **SHEET,
                "operations": [
                    {"type": "clear", "range": "C1:C9"},
                    {"type": "update", "range": "A1", "values": [["Ada"]]},
                ],
            },
            output=[("result", {"clearedRanges": ["Sheet1!C1:C9"], "totalUpdatedCells": 1}), PASSED],
            answers=says({"clearedRanges": ["Sheet1!C1:C9"]}, {"totalUpdatedCells": 1}),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        operations = inputs.operations
        if not 1 <= len(operations) <= CHANGES_MAX:
            raise InvalidInput(f"Give from 1 to {CHANGES_MAX} operations.", pin="operations")
        cleared = [one.range for one in operations if one.type is BatchOperationType.CLEAR]
        written = [one for one in operations if one.type is BatchOperationType.UPDATE]
        rows = bounded([row for one in written for row in one.values])
        result: dict[str, Any] = {}
        if cleared:
            result |= await sheets.post("/values:batchClear", {"ranges": cleared}, is_repeatable=True)
        if rows:
            data = [{"range": one.range, "values": one.values} for one in written]
            body = {"valueInputOption": "USER_ENTERED", "data": data}
            result |= await sheets.post("/values:batchUpdate", body, is_repeatable=True)
        result.pop("spreadsheetId", None)
        return {"result": result}


class GoogleSheetsFindReplace(SheetBlock):
    """Replace a text wherever it stands."""

    id = "accca760-8174-4656-b55e-5f0e82fee986"
    name = "GoogleSheetsFindReplaceBlock"

    class Input(SheetInput):
        find_text: str = pin(description="The text.")
        replace_text: str = pin(description="What stands in its place.")
        sheet_id: int = pin(-1, description="The number of the sheet; -1: all of them.")
        match_case: bool = pin(False, description="Capitals matter.")
        match_entire_cell: bool = pin(False, description="It must be all that stands in the cell.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="How much was replaced.")

    examples = (
        Example(
            input={**SHEET, "find_text": "Ada", "replace_text": "Grace"},
            output=[("result", {"occurrencesChanged": 1}), PASSED],
            answers=says({"replies": [{"findReplace": {"occurrencesChanged": 1}}]}),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        if not inputs.find_text:
            raise InvalidInput("There is no text to find.", pin="find_text")
        where = {"allSheets": True} if inputs.sheet_id < 0 else {"sheetId": inputs.sheet_id}
        replies = await sheets.change(
            {
                "findReplace": {
                    "find": inputs.find_text,
                    "replacement": inputs.replace_text,
                    "matchCase": inputs.match_case,
                    "matchEntireCell": inputs.match_entire_cell,
                    "searchByRegex": False,
                    **where,
                }
            }
        )
        return {"result": inner(replies[0], "findReplace") if replies else {}}


class GoogleSheetsFind(SheetBlock):
    """Find where a text stands."""

    id = "0f4ecc72-b958-47b2-b65e-76d6d26b9b27"
    name = "GoogleSheetsFindBlock"

    class Input(SheetInput):
        find_text: str = pin(description="The text.")
        sheet_id: int = pin(-1, description="The number of the sheet; -1: all of them.")
        match_case: bool = pin(False, description="Capitals matter.")
        match_entire_cell: bool = pin(False, description="It must be all that stands in the cell.")
        find_all: bool = pin(True, description="Find every place, and not only the first.")
        range: str = pin("", description="The range in which it is looked for; none: the whole sheet.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="Whether it was found, and how often.")
        locations: list[dict[str, Any]] = pin(description="Each place: sheet, row, column, address, value.")
        count: int = pin(description="How many.")

    examples = (
        Example(
            input={**SHEET, "find_text": "ada"},
            output=[
                ("result", {"success": True, "found": True, "count": 1}),
                ("locations", [{"sheet": "Sheet1", "row": 2, "column": 1, "address": "A2", "value": "Ada"}]),
                ("count", 1),
                PASSED,
            ],
            answers=says(sheets_are("Sheet1"), {"values": [["Name"], ["Ada"]]}),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        if not inputs.find_text:
            raise InvalidInput("There is no text to find.", pin="find_text")
        found: list[dict[str, Any]] = []
        most = LOCATIONS_MAX if inputs.find_all else 1
        for sheet in await _searched(inputs, sheets):
            area = area_of(inputs.range) if inputs.range else None
            rows = await sheets.values(with_sheet(inputs.range, sheet.title) if inputs.range else a1(sheet.title))
            first = (0, 0) if area is None else (area.first_row or 0, area.first_column or 0)
            for place in _places(inputs, sheet, rows, first):
                found.append(place)
                if len(found) >= most:
                    break
            if len(found) >= most:
                break
        result = {"success": True, "found": bool(found), "count": len(found)}
        return {"result": result, "locations": found, "count": len(found)}


async def _searched(inputs: Any, sheets: Spreadsheet) -> list[Sheet]:
    """Give the sheets in which a text is looked for."""
    if inputs.range and (named := area_of(inputs.range).sheet):
        return [await sheets.sheet(named, "range")]
    if inputs.sheet_id >= 0:
        return [await sheets.sheet_by_id(inputs.sheet_id, "sheet_id")]
    return await sheets.sheets()


def _places(
    inputs: Any, sheet: Sheet, rows: Sequence[Sequence[Any]], first: tuple[int, int]
) -> Iterator[dict[str, Any]]:
    wanted = inputs.find_text if inputs.match_case else inputs.find_text.lower()
    for row_number, row in enumerate(rows, first[0]):
        for column, value in enumerate(row, first[1]):
            text = text_of(value)
            seen = text if inputs.match_case else text.lower()
            if wanted == seen or (not inputs.match_entire_cell and wanted in seen):
                yield {
                    "sheet": sheet.title,
                    "row": row_number + 1,
                    "column": column + 1,
                    "address": f"{letters(column)}{row_number + 1}",
                    "value": text,
                }
