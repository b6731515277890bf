"""Blocks that take a Google sheet as CSV, and that say who may see a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

from blocks.google.drive import PublicAccessRole, ShareRole, set_public, share
from blocks.google.grid import a1, area_of, letters
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
from blocks.google.spreadsheet import CELLS_MAX, Spreadsheet
from blocks.providers.google import SheetCredentials, SheetSharingCredentials
from blocks.sdk import Example, pin
from schema.errors import InvalidInput, ValueTooLarge

_LINK: Final = "https://docs.google.com/spreadsheets/d/example-sheet/edit?usp=sharing"


class GoogleSheetsExportCsv(SheetBlock):
    """Give a sheet as CSV."""

    id = "2617e68a-43b3-441f-8b11-66bb041105b8"
    name = "GoogleSheetsExportCsvBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        include_headers: bool = pin(True, description="Give the first row, too.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        csv_data: str = pin(description="The CSV.")
        row_count: int = pin(description="How many rows are in it.")

    examples = (
        Example(
            input=SHEET,
            output=[("csv_data", 'Name,Note\nAda,"first, and best"\n'), ("row_count", 2), PASSED],
            answers=says(sheets_are("Sheet1"), {"values": [["Name", "Note"], ["Ada", "first, and best"]]}),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        rows = (await sheets.table(inputs.sheet_name)).rows[0 if inputs.include_headers else 1 :]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        return {"csv_data": text.getvalue(), "row_count": len(rows)}


class GoogleSheetsImportCsv(SheetBlock):
    """Write CSV into a sheet. Values are understood as if somebody had typed them: numbers, dates, and formulas are such."""

    id = "cb992884-1ff2-450a-8f1b-7650d63e3aa0"
    name = "GoogleSheetsImportCsvBlock"

    class Input(SheetInput):
        csv_data: str = pin(description="The CSV.")
        sheet_name: str = sheet_pin()
        start_cell: str = pin("A1", description="The cell in which it begins.")
        clear_existing: bool = pin(False, description="Clear the sheet first.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="What Google says of it.")
        rows_imported: int = pin(description="How many rows were written.")

    examples = (
        Example(
            input={**SHEET, "csv_data": 'Name,Note\nAda,"first, and best"\n'},
            output=[("result", {"success": True, "updatedRows": 2}), ("rows_imported", 2), PASSED],
            answers=says(sheets_are("Sheet1"), {"updatedRows": 2}),
            credentials=WITH,
        ),
        Example(
            title="Nothing in it",
            input={**SHEET, "csv_data": ""},
            output=[],
            error="There is no row",
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        rows = _rows_of(inputs.csv_data)
        start = area_of(inputs.start_cell, "start_cell")
        row, column = start.first_row or 0, start.first_column or 0
        sheet = await sheets.sheet(start.sheet or inputs.sheet_name)
        if inputs.clear_existing:
            await sheets.clear(a1(sheet.title))
        await sheets.make_room(sheet, row + len(rows), column + max(map(len, rows)))
        written = await sheets.write(a1(sheet.title, f"{letters(column)}{row + 1}"), rows)
        return {"result": {"success": True, **written}, "rows_imported": len(rows)}


class GoogleSheetsShareSpreadsheet(SheetBlock):
    """Let somebody use a spreadsheet. With no address, everybody who has the link may."""

    id = "3e47e8ac-511a-4eb6-89c5-a6bcedc4236f"
    name = "GoogleSheetsShareSpreadsheetBlock"

    class Input(SheetInput):
        email: str = pin("", description="Whom; nobody: everybody who has the link.")
        role: ShareRole = pin(ShareRole.READER, description="What they may do: reader, commenter, writer.")
        send_notification: bool = pin(True, description="Let Google send an e-mail.")
        message: str = pin("", description="What that says besides.")
        credentials: SheetSharingCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="The permission.")
        share_link: str = pin(description="The link.")

    examples = (
        Example(
            input={**SHEET, "email": "bob@example.com", "role": "writer"},
            output=[("result", {"success": True, "id": "p1", "role": "writer"}), ("share_link", _LINK), PASSED],
            answers=says({"kind": "drive#permission", "id": "p1", "role": "writer"}),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        made = await share(
            sheets.api,
            sheets.id,
            inputs.email,
            inputs.role,
            sends_mail=inputs.send_notification,
            message=inputs.message,
        )
        result = {"success": True, **{name: made[name] for name in ("id", "role") if name in made}}
        return {"result": result, "share_link": f"{sheets.url}?usp=sharing"}


class GoogleSheetsSetPublicAccess(SheetBlock):
    """Let everybody who has the link see a spreadsheet, or nobody any more but those who are named."""

    id = "d08d46cd-088b-4ba7-a545-45050f33b889"
    name = "GoogleSheetsSetPublicAccessBlock"

    class Input(SheetInput):
        public: bool = pin(True, description="Let everybody who has the link see it.")
        role: PublicAccessRole = pin(PublicAccessRole.READER, description="What they may do: reader, commenter.")
        credentials: SheetSharingCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="That it was done.")
        share_link: str = pin(description="The link.")

    examples = (
        Example(
            input={**SHEET, "public": False},
            output=[("result", {"success": True, "is_public": False}), ("share_link", _LINK), PASSED],
            answers=[*says({"permissions": [{"id": "anyoneWithLink", "type": "anyone"}]}), (204, {}, b"")],
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        await set_public(sheets.api, sheets.id, inputs.role, is_public=inputs.public)
        result = {"success": True, "is_public": inputs.public}
        return {"result": result, "share_link": f"{sheets.url}?usp=sharing"}


def _rows_of(text: str) -> list[list[str]]:
    """Read CSV; raise InvalidInput for what is none, ValueTooLarge."""
    rows, count = [], 0
    try:
        for row in csv.reader(io.StringIO(text, newline="")):
            count += len(row)
            if count > CELLS_MAX:
                raise ValueTooLarge(f"The CSV has more than the {CELLS_MAX} cells that are written at once.")
            rows.append(row)
    except csv.Error as error:
        raise InvalidInput(f"This is no CSV: {error}", pin="csv_data") from error
    if not any(rows):
        raise InvalidInput("There is no row in the CSV.", pin="csv_data")
    return rows
