"""Blocks about one spreadsheet: what their pins and their runs share; what one does is its `work`.

Each gives the spreadsheet on, so that the next block has it, and the credential that it names.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar, Final

import orjson
from pydantic import Field

from blocks.google.drive import GoogleDriveFile, passed_on
from blocks.google.spreadsheet import Spreadsheet
from blocks.sdk.block import Block, BlockInput, BlockOutput, pin
from blocks.sdk.context import Context
from blocks.sdk.credentials import OAuth2
from blocks.sdk.directives import Yield
from schema.credentials import Reference

_ACCESS: Final = "Access to Google Sheets, where the file names no credential."


def access() -> Any:
    """Describe the pin of the credential: the last one, which is ours."""
    return pin(None, description=_ACCESS)


def sheet_pin() -> Any:
    """Describe the pin that names a sheet."""
    return pin("", description="The sheet; none: the first one.")


class SheetInput(BlockInput):
    """What a block about a spreadsheet is given."""

    spreadsheet: GoogleDriveFile = pin(description="The spreadsheet, by its id or its address.")


class SheetOutput(BlockOutput):
    """What a block about a spreadsheet gives."""

    spreadsheet: GoogleDriveFile = Field(description="The spreadsheet, for the next block.")


class SheetBlock(Block):
    """A block about one spreadsheet."""

    is_abstract = True
    categories = ("DATA",)
    #: The pin of the spreadsheet.
    file_pin: ClassVar[str] = "spreadsheet"

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        """Do what the block does; give the values of its output pins, in their order."""
        raise NotImplementedError

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        file = getattr(inputs, self.file_pin)
        sheets = Spreadsheet.of(file, inputs.credentials, context, self.file_pin)
        for name, value in (await self.work(inputs, sheets)).items():
            yield name, value
        yield "spreadsheet", passed_on(file, sheets.id, sheets.url)


#: What the examples of these blocks run with, and give on.
EXAMPLE: Final = OAuth2(
    Reference("00000000-0000-4000-8000-000000000006", "google", "oauth2", "Example"), access_token="example-token"
)
SHEET: Final = {"spreadsheet": {"id": "example-sheet"}, "credentials": EXAMPLE.reference.to_wire()}
PASSED: Final = (
    "spreadsheet",
    {"id": "example-sheet", "url": "https://docs.google.com/spreadsheets/d/example-sheet/edit"},
)
WITH: Final = {"credentials": EXAMPLE}


def says(*values: Any) -> list[tuple[int, dict[str, str], bytes]]:
    """Give the answers of an example, each a JSON value."""
    return [(200, {}, orjson.dumps(value)) for value in values]


def sheets_are(*titles: str, rows: int = 1000, columns: int = 26) -> dict[str, Any]:
    """Give the answer of an example that lists the sheets."""
    size = {"rowCount": rows, "columnCount": columns}
    listed = [
        {"properties": {"sheetId": n, "title": t, "index": n, "gridProperties": size}} for n, t in enumerate(titles)
    ]
    return {"properties": {"title": "Stones"}, "sheets": listed}
