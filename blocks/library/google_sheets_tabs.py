"""Blocks about whole Google spreadsheets and the sheets in them: making, listing, copying, named ranges; they write no cells."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from typing import Any, Final

from blocks.google.answers import inner, listed, needed, said
from blocks.google.drive import GoogleDriveFile, made_file
from blocks.google.grid import a1, letters
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
from blocks.google.spreadsheet import SHEET_TYPE, Sheet, Spreadsheet
from blocks.providers.google import GOOGLE, DriveFileCredentials, SheetCredentials, SourceSheetCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.rest import Api
from schema.errors import InvalidInput

#: Sheets of a new spreadsheet; Google allows 200 in one.
SHEETS_MAX: Final = 200


class GoogleSheetsMetadata(SheetBlock):
    """Give a spreadsheet's title and its sheets."""

    id = "6a0be6ee-7a0d-4c92-819b-500630846ad0"
    name = "GoogleSheetsMetadataBlock"

    class Input(SheetInput):
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="The title, and of each sheet its id, title, index and size.")

    examples = (
        Example(
            input=SHEET,
            output=[
                (
                    "result",
                    {
                        "title": "Stones",
                        "sheets": [{"sheetId": 0, "title": "Sheet1", "index": 0, "rowCount": 1000, "columnCount": 26}],
                    },
                ),
                PASSED,
            ],
            answers=says(sheets_are("Sheet1")),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        rows = [
            {
                "sheetId": one.id,
                "title": one.title,
                "index": one.index,
                "rowCount": one.rows,
                "columnCount": one.columns,
            }
            for one in await sheets.sheets()
        ]
        return {"result": {"title": await sheets.title(), "sheets": rows}}


class SheetOperation(StrEnum):
    """What is done with a sheet."""

    CREATE = "create"
    DELETE = "delete"
    COPY = "copy"


class GoogleSheetsManageSheet(SheetBlock):
    """Make a sheet in a spreadsheet, delete one, or copy one within it."""

    id = "7940189d-b137-4ef1-aa18-3dd9a5bde9f3"
    name = "GoogleSheetsManageSheetBlock"

    class Input(SheetInput):
        operation: SheetOperation = pin(description="create, delete or copy.")
        sheet_name: str = pin("", description="The sheet that is made or deleted.")
        source_sheet_id: int = pin(0, description="The number of the sheet that is copied.")
        destination_sheet_name: str = pin("", description="What the copy is called.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="That it was done, and the number of the sheet.")

    examples = (
        Example(
            input={**SHEET, "operation": "create", "sheet_name": "More"},
            output=[("result", {"success": True, "sheet_id": 7}), PASSED],
            answers=says({"replies": [{"addSheet": {"properties": {"sheetId": 7, "title": "More"}}}]}),
            credentials=WITH,
        ),
        Example(
            input={**SHEET, "operation": "delete", "sheet_name": "Sheet2"},
            output=[("result", {"success": True, "sheet_id": 1}), PASSED],
            answers=says(sheets_are("Sheet1", "Sheet2"), {"replies": [{}]}),
            credentials=WITH,
        ),
        Example(
            title="No name of what is deleted",
            input={**SHEET, "operation": "delete"},
            output=[],
            error="Name the sheet",
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        if inputs.operation is not SheetOperation.COPY and not inputs.sheet_name:
            raise InvalidInput("Name the sheet.", pin="sheet_name")
        match inputs.operation:
            case SheetOperation.CREATE:
                adding = {"addSheet": {"properties": {"title": inputs.sheet_name}}}
                number = await sheets.made(adding, "addSheet", "properties", "sheetId")
                return {"result": {"success": True, "sheet_id": number}}
            case SheetOperation.DELETE:
                sheet = await sheets.sheet(inputs.sheet_name)
                await sheets.change({"deleteSheet": {"sheetId": sheet.id}})
                return {"result": {"success": True, "sheet_id": sheet.id}}
        request: dict[str, Any] = {"sourceSheetId": inputs.source_sheet_id}
        if inputs.destination_sheet_name:
            request["newSheetName"] = inputs.destination_sheet_name
        number = await sheets.made({"duplicateSheet": request}, "duplicateSheet", "properties", "sheetId")
        return {"result": {"success": True, "sheet_id": number}}


class GoogleSheetsCreateSpreadsheet(Block):
    """Make a spreadsheet."""

    id = "c8d4c0d3-c76e-4c2a-8c66-4119817ea3d1"
    name = "GoogleSheetsCreateSpreadsheetBlock"
    categories = ("DATA",)

    class Input(BlockInput):
        credentials: DriveFileCredentials = pin(description="Access to Google: drive.file.")
        title: str = pin(description="Its title.")
        sheet_names: list[str] = pin(["Sheet1"], description="The sheets in it.")

    class Output(BlockOutput):
        result: dict[str, Any] = pin(description="That it was done.")
        spreadsheet: GoogleDriveFile = pin(description="The spreadsheet, for the next block.")
        spreadsheet_id: str = pin(description="Its id.")
        spreadsheet_url: str = pin(description="Its address.")

    examples = (
        Example(
            input={"title": "Stones", "credentials": SHEET["credentials"]},
            output=[
                ("spreadsheet_id", "new-sheet"),
                ("spreadsheet_url", "https://docs.google.com/spreadsheets/d/new-sheet/edit"),
            ],
            match="subset",
            answers=says({"spreadsheetId": "new-sheet"}),
            credentials=WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if len(inputs.sheet_names) > SHEETS_MAX:
            raise InvalidInput(f"A spreadsheet has at most {SHEETS_MAX} sheets.", pin="sheet_names")
        body: dict[str, Any] = {"properties": {"title": inputs.title}}
        if inputs.sheet_names:
            body["sheets"] = [{"properties": {"title": one, "index": n}} for n, one in enumerate(inputs.sheet_names)]
        answer = await Api(GOOGLE, inputs.credentials, context).call("POST", "sheets:/v4/spreadsheets", json=body)
        made = said(answer)
        own_id = str(needed(made, "spreadsheetId"))
        url = made.get("spreadsheetUrl") or f"https://docs.google.com/spreadsheets/d/{own_id}/edit"
        yield "result", {"success": True}
        yield "spreadsheet", made_file(own_id, inputs.title, SHEET_TYPE, url, inputs.credentials)
        yield "spreadsheet_id", own_id
        yield "spreadsheet_url", url


class GoogleSheetsCopyToSpreadsheet(SheetBlock):
    """Copy a sheet into another spreadsheet."""

    id = "740eec3f-2b51-4e95-b87f-22ce2acafdfa"
    name = "GoogleSheetsCopyToSpreadsheetBlock"
    file_pin = "source_spreadsheet"

    class Input(BlockInput):
        source_spreadsheet: GoogleDriveFile = pin(description="The spreadsheet that has the sheet.")
        source_sheet_name: str = sheet_pin()
        destination_spreadsheet_id: str = pin(description="The id of the spreadsheet that gets the copy.")
        credentials: SourceSheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="That it was done.")
        new_sheet_id: int = pin(description="The number of the copy.")
        new_sheet_name: str = pin(description="Its name.")

    examples = (
        Example(
            input={
                "source_spreadsheet": {"id": "example-sheet"},
                "destination_spreadsheet_id": "other-sheet",
                "credentials": SHEET["credentials"],
            },
            output=[
                ("result", {"success": True}),
                ("new_sheet_id", 9),
                ("new_sheet_name", "Copy of Sheet1"),
                PASSED,
            ],
            answers=says(sheets_are("Sheet1"), {"sheetId": 9, "title": "Copy of Sheet1"}),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        sheet = await sheets.sheet(inputs.source_sheet_name, "source_sheet_name")
        body = {"destinationSpreadsheetId": inputs.destination_spreadsheet_id}
        made = await sheets.post("/sheets/{sheet_id}:copyTo", body, {"sheet_id": str(sheet.id)})
        return {
            "result": {"success": True},
            "new_sheet_id": needed(made, "sheetId"),
            "new_sheet_name": made.get("title", ""),
        }


class GoogleSheetsCreateNamedRange(SheetBlock):
    """Give a range a name, by which formulas and other blocks may call it."""

    id = "a2707376-8016-494b-98c4-d0e2752ab9cb"
    name = "GoogleSheetsCreateNamedRangeBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        name: str = pin(description="The name.")
        range: str = pin(description="The range.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="That it was done.")
        named_range_id: str = pin(description="The id of the named range.")

    examples = (
        Example(
            input={**SHEET, "name": "people", "range": "A1:B9"},
            output=[("result", {"success": True}), ("named_range_id", "n1"), PASSED],
            answers=says(
                sheets_are("Sheet1"), {"replies": [{"addNamedRange": {"namedRange": {"namedRangeId": "n1"}}}]}
            ),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        place = await sheets.place(inputs.range, inputs.sheet_name)
        adding = {"addNamedRange": {"namedRange": {"name": inputs.name, "range": place}}}
        named = await sheets.made(adding, "addNamedRange", "namedRange", "namedRangeId")
        return {"result": {"success": True}, "named_range_id": named}


class GoogleSheetsListNamedRanges(SheetBlock):
    """List the named ranges of a spreadsheet."""

    id = "b81a9d27-3997-4860-9303-cc68086db13a"
    name = "GoogleSheetsListNamedRangesBlock"

    class Input(SheetInput):
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        named_ranges: list[dict[str, Any]] = pin(description="Of each its id, name, and range.")
        count: int = pin(description="How many.")

    examples = (
        Example(
            input=SHEET,
            output=[
                ("named_ranges", [{"id": "n1", "name": "people", "range": "'Sheet1'!A1:B9"}]),
                ("count", 1),
                PASSED,
            ],
            answers=says(
                {
                    "namedRanges": [
                        {
                            "namedRangeId": "n1",
                            "name": "people",
                            "range": {
                                "startRowIndex": 0,
                                "endRowIndex": 9,
                                "startColumnIndex": 0,
                                "endColumnIndex": 2,
                            },
                        }
                    ]
                },
                sheets_are("Sheet1"),
            ),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        named = listed(await sheets.get(fields="namedRanges"), "namedRanges")
        by_id = {sheet.id: sheet for sheet in await sheets.sheets()}
        found = [
            {"id": one.get("namedRangeId"), "name": one.get("name"), "range": _written(inner(one, "range"), by_id)}
            for one in named
        ]
        return {"named_ranges": found, "count": len(found)}


def _written(place: Mapping[str, int], sheets: Mapping[int, Sheet]) -> str:
    """Give the API's GridRange in A1 notation. A number that is 0 is not sent."""
    sheet = sheets.get(place.get("sheetId", 0))
    rows, columns = place.get("endRowIndex"), place.get("endColumnIndex")
    first = (
        letters(place.get("startColumnIndex", 0)) if columns is not None else "",
        str(place.get("startRowIndex", 0) + 1) if rows is not None else "",
    )
    last = (letters(columns - 1) if columns is not None else "", str(rows) if rows is not None else "")
    cells = f"{''.join(first)}:{''.join(last)}" if rows is not None or columns is not None else ""
    return a1(sheet.title if sheet is not None else "", cells)
