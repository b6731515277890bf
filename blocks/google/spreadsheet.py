"""One spreadsheet by Google's Sheets API, v4: its sheets, values and changes; it keeps nothing but the list of its sheets.

https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Final

from blocks.google.answers import inner, listed, needed, said
from blocks.google.drive import GoogleDriveFile, file_id, need_credential
from blocks.google.grid import a1, area_of, cells_of, split_sheet, text_of
from blocks.providers.google import GOOGLE
from blocks.sdk.context import Context
from blocks.sdk.credentials import Credential
from blocks.sdk.rest import Api
from schema.errors import InvalidInput, ValueTooLarge, shorten

SHEET_TYPE: Final = "application/vnd.google-apps.spreadsheet"
#: Cells that one request writes.
CELLS_MAX: Final = 1_000_000
#: Changes of one batch.
CHANGES_MAX: Final = 5_000
_SPREADSHEET: Final = "sheets:/v4/spreadsheets/{spreadsheet_id}"
#: What the API says of a sheet that is asked for here.
_SHEET_FIELDS: Final = "properties.title,sheets.properties(sheetId,title,index,gridProperties(rowCount,columnCount))"


class ValueInputOption(StrEnum):
    """How a value is understood: as it is, or as if somebody had typed it, formulas and dates included."""

    RAW = "RAW"
    USER_ENTERED = "USER_ENTERED"


@dataclass(frozen=True)
class Sheet:
    """One sheet of a spreadsheet."""

    id: int
    title: str
    index: int
    rows: int
    columns: int


@dataclass(frozen=True)
class Table:
    """What stands in a sheet: rows of texts, each as wide as the widest."""

    sheet: Sheet
    rows: list[list[str]]

    @property
    def header(self) -> list[str]:
        return self.rows[0] if self.rows else []


@dataclass
class Spreadsheet:
    """A spreadsheet for one node execution."""

    api: Api
    id: str
    file: GoogleDriveFile
    _found: dict[str, Any] = field(default_factory=dict)

    media_type: ClassVar[str] = SHEET_TYPE

    @classmethod
    def of(cls, file: GoogleDriveFile, credential: Credential | None, context: Context, pin: str) -> Spreadsheet:
        api = Api(GOOGLE, need_credential(credential), context)
        return cls(api, file_id(file, pin, SHEET_TYPE), file)

    @property
    def url(self) -> str:
        return f"https://docs.google.com/spreadsheets/d/{self.id}/edit"

    async def get(self, path: str = "", places: Mapping[str, Any] | None = None, **query: Any) -> dict[str, Any]:
        """Read something of the spreadsheet."""
        answer = await self.api.call(
            "GET", _SPREADSHEET + path, {"spreadsheet_id": self.id, **(places or {})}, query=query
        )
        return said(answer)

    async def post(
        self,
        path: str,
        body: Any,
        places: Mapping[str, Any] | None = None,
        *,
        is_repeatable: bool = False,
        **query: Any,
    ) -> dict[str, Any]:
        """Change something of the spreadsheet."""
        named = {"spreadsheet_id": self.id, **(places or {})}
        answer = await self.api.call(
            "POST", _SPREADSHEET + path, named, query=query, json=body, is_repeatable=is_repeatable
        )
        return said(answer)

    # its sheets

    async def title(self) -> str:
        return str(inner(await self._described(), "properties").get("title", ""))

    async def sheets(self) -> list[Sheet]:
        """Give the sheets that are grids of cells."""
        found = [inner(one, "properties") for one in listed(await self._described(), "sheets")]
        return [
            Sheet(
                one.get("sheetId", 0),
                str(one.get("title", "")),
                one.get("index", 0),
                grid.get("rowCount", 0),
                grid.get("columnCount", 0),
            )
            for one in found
            if (grid := inner(one, "gridProperties"))
        ]

    async def sheet(self, name: str, pin: str = "sheet_name") -> Sheet:
        """Give a sheet by its name; the first without one. Raises InvalidInput."""
        there = await self.sheets()
        found = next((one for one in there if one.title == name or not name), None)
        if found is None:
            shown = shorten(", ".join(one.title for one in there), 300)
            raise InvalidInput(f"The spreadsheet has no sheet {shorten(name, 100)!r}. It has: {shown}.", pin=pin)
        return found

    async def sheet_by_id(self, sheet_id: int, pin: str) -> Sheet:
        """Give a sheet by its number. Raises InvalidInput."""
        found = next((one for one in await self.sheets() if one.id == sheet_id), None)
        if found is None:
            raise InvalidInput(f"The spreadsheet has no sheet with the id {sheet_id}.", pin=pin)
        return found

    async def place(self, text: str, sheet_name: str = "", pin: str = "range") -> dict[str, int]:
        """Give a range as the API's GridRange; the sheet's name may stand in it."""
        area = area_of(text, pin)
        return area.on((await self.sheet(area.sheet or sheet_name)).id)

    async def _described(self) -> dict[str, Any]:
        if not self._found:
            self._found = await self.get(fields=_SHEET_FIELDS)
        return self._found

    # values

    async def values(self, cells: str) -> list[list[Any]]:
        """Give the values of a range, as they are shown; what is empty at the ends of rows and of the range is left out."""
        found = (await self.get("/values/{range}", {"range": cells})).get("values")
        return [row for row in found if isinstance(row, list)] if isinstance(found, list) else []

    async def table(self, sheet_name: str) -> Table:
        """Give all that stands in a sheet."""
        sheet = await self.sheet(sheet_name)
        found = await self.values(a1(sheet.title))
        width = max((len(row) for row in found), default=0)
        return Table(sheet, [cells_of(row, width) for row in found])

    async def write(
        self, cells: str, rows: Sequence[Sequence[Any]], how: ValueInputOption = ValueInputOption.USER_ENTERED
    ) -> dict[str, Any]:
        """Write values from the first cell of a range on."""
        answer = await self.api.call(
            "PUT",
            f"{_SPREADSHEET}/values/{{range}}",
            {"spreadsheet_id": self.id, "range": cells},
            query={"valueInputOption": how.value},
            json={"majorDimension": "ROWS", "values": bounded(rows)},
        )
        return said(answer)

    async def append(self, cells: str, rows: Sequence[Sequence[Any]], how: ValueInputOption) -> dict[str, Any]:
        """Write rows below the table that stands in a range."""
        body = {"majorDimension": "ROWS", "values": bounded(rows)}
        return await self.post(
            "/values/{range}:append",
            body,
            {"range": cells},
            valueInputOption=how.value,
            insertDataOption="INSERT_ROWS",
        )

    async def clear(self, cells: str) -> dict[str, Any]:
        """Remove the values of a range; done twice it is the same."""
        return await self.post("/values/{range}:clear", {}, {"range": cells}, is_repeatable=True)

    async def change(self, *requests: Mapping[str, Any], is_repeatable: bool = False) -> list[dict[str, Any]]:
        """Make changes, all of them or none; give an answer for each."""
        if len(requests) > CHANGES_MAX:
            raise ValueTooLarge(f"These are {len(requests)} changes; at most {CHANGES_MAX} are made at once.")
        answer = await self.post(":batchUpdate", {"requests": list(requests)}, is_repeatable=is_repeatable)
        return listed(answer, "replies")

    async def made(self, request: Mapping[str, Any], *path: str) -> Any:
        """Make one change; give what its answer says there, such as the number of what was made."""
        replies = await self.change(request)
        return needed(replies[0] if replies else {}, *path)

    async def make_room(self, sheet: Sheet, rows: int = 0, columns: int = 0) -> None:
        """Make a sheet as large as what is to be written: the API writes into no cell that is not there."""
        wanted = (("ROWS", rows - sheet.rows), ("COLUMNS", columns - sheet.columns))
        added = [
            {"appendDimension": {"sheetId": sheet.id, "dimension": dimension, "length": count}}
            for dimension, count in wanted
            if count > 0
        ]
        if added:
            await self.change(*added)


def bounded(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Give rows as they are written; raise ValueTooLarge."""
    count = sum(len(row) for row in rows)
    if count > CELLS_MAX:
        raise ValueTooLarge(f"These are {count} cells; at most {CELLS_MAX} are written at once.")
    return [[value if isinstance(value, bool | int | float) else text_of(value) for value in row] for row in rows]


def with_sheet(cells: str, sheet_name: str) -> str:
    """Give a range on a sheet, where it does not name one itself."""
    named, inner = split_sheet(cells)
    return a1(named or sheet_name, inner)


def stretch(sheet_id: int, dimension: str, first: int, end: int) -> dict[str, Any]:
    """Give rows (`ROWS`) or columns (`COLUMNS`) of a sheet as the API's DimensionRange."""
    return {"sheetId": sheet_id, "dimension": dimension, "startIndex": first, "endIndex": end}
