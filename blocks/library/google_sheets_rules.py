"""Blocks about how cells of a Google spreadsheet look and what they take: formats, choices, protection, notes; no values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from blocks.google.answers import listed
from blocks.google.grid import area_of, letters
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
from blocks.google.spreadsheet import Spreadsheet, with_sheet
from blocks.providers.google import SheetCredentials
from blocks.sdk import Example, pin
from blocks.sdk.texts import number_of
from schema.errors import InvalidInput

#: Choices of one cell.
OPTIONS_MAX: Final = 500
_DONE: Final[dict[str, Any]] = {"replies": [{}]}
_COLOUR: Final = "{red, green, blue}, each from 0 to 1."


class GoogleSheetsFormat(SheetBlock):
    """Set how the cells of a range look."""

    id = "270f2384-8089-4b5b-b2e3-fe2ea3d87c02"
    name = "GoogleSheetsFormatBlock"

    class Input(SheetInput):
        range: str = pin(description="The range.")
        background_color: dict[str, Any] = pin({}, description=f"The cells' colour: {_COLOUR} None: it stays.")
        text_color: dict[str, Any] = pin({}, description=f"The text's colour: {_COLOUR} None: it stays.")
        bold: bool = pin(False, description="Make it bold; false: it stays.")
        italic: bool = pin(False, description="Make it italic; false: it stays.")
        font_size: int = pin(10, description="The text's size in points; 0: it stays.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="That it was done.")

    examples = (
        Example(
            input={**SHEET, "range": "Sheet1!A1:B1", "bold": True, "background_color": {"red": 1}},
            output=[("result", {"success": True}), PASSED],
            answers=says(sheets_are("Sheet1"), _DONE),
            credentials=WITH,
        ),
        Example(
            title="A colour that is none",
            input={**SHEET, "range": "A1", "text_color": {"red": 255}},
            output=[],
            error="from 0 to 1",
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        text: dict[str, Any] = {name: True for name in ("bold", "italic") if getattr(inputs, name)}
        if inputs.font_size > 0:
            text["fontSize"] = inputs.font_size
        if inputs.text_color:
            text["foregroundColor"] = _colour(inputs.text_color, "text_color")
        look: dict[str, Any] = {"textFormat": text} if text else {}
        fields = [f"userEnteredFormat.textFormat.{name}" for name in text]
        if inputs.background_color:
            look["backgroundColor"] = _colour(inputs.background_color, "background_color")
            fields.append("userEnteredFormat.backgroundColor")
        if fields:
            cell = {"userEnteredFormat": look}
            place = await sheets.place(inputs.range)
            request = {"repeatCell": {"range": place, "cell": cell, "fields": ",".join(fields)}}
            await sheets.change(request, is_repeatable=True)
        return {"result": {"success": True}}


class GoogleSheetsAddDropdown(SheetBlock):
    """Let the cells of a range take one of some values."""

    id = "725431c9-71ba-4fce-b829-5a3e495a8a88"
    name = "GoogleSheetsAddDropdownBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        range: str = pin(description="The range.")
        options: list[str] = pin(description="The values.")
        strict: bool = pin(True, description="Refuse other values; false: warn of them.")
        show_dropdown: bool = pin(True, description="Show the list in the cell.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="That it was done.")

    examples = (
        Example(
            input={**SHEET, "range": "B2:B9", "options": ["yes", "no"]},
            output=[("result", {"success": True}), PASSED],
            answers=says(sheets_are("Sheet1"), _DONE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        if not 1 <= len(inputs.options) <= OPTIONS_MAX:
            raise InvalidInput(f"Give from 1 to {OPTIONS_MAX} options.", pin="options")
        values = [{"userEnteredValue": one} for one in inputs.options]
        rule = {
            "condition": {"type": "ONE_OF_LIST", "values": values},
            "strict": inputs.strict,
            "showCustomUi": inputs.show_dropdown,
        }
        place = await sheets.place(inputs.range, inputs.sheet_name)
        await sheets.change({"setDataValidation": {"range": place, "rule": rule}}, is_repeatable=True)
        return {"result": {"success": True}}


class GoogleSheetsProtectRange(SheetBlock):
    """Protect a range, or a whole sheet, from being changed by others."""

    id = "d0e4f5d1-76e7-4082-9be8-e656ec1f432d"
    name = "GoogleSheetsProtectRangeBlock"

    class Input(SheetInput):
        sheet_name: str = sheet_pin()
        range: str = pin("", description="The range; none: the whole sheet.")
        description: str = pin("Protected by automation", description="Why, for those who meet it.")
        warning_only: bool = pin(False, description="Warn, and let them.")
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="That it was done.")
        protection_id: int = pin(description="The number of the protection.")

    examples = (
        Example(
            input={**SHEET, "range": "A1:B1"},
            output=[("result", {"success": True}), ("protection_id", 5), PASSED],
            answers=says(
                sheets_are("Sheet1"), {"replies": [{"addProtectedRange": {"protectedRange": {"protectedRangeId": 5}}}]}
            ),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        if inputs.range:
            place = await sheets.place(inputs.range, inputs.sheet_name)
        else:
            place = {"sheetId": (await sheets.sheet(inputs.sheet_name)).id}
        protected = {"range": place, "description": inputs.description, "warningOnly": inputs.warning_only}
        request = {"addProtectedRange": {"protectedRange": protected}}
        number = await sheets.made(request, "addProtectedRange", "protectedRange", "protectedRangeId")
        return {"result": {"success": True}, "protection_id": number}


class GoogleSheetsAddNote(SheetBlock):
    """Put a note on a cell."""

    id = "774ac529-74f9-41da-bbba-6a06a51a5d7e"
    name = "GoogleSheetsAddNoteBlock"

    class Input(SheetInput):
        cell: str = pin(description="The cell.")
        note: str = pin(description="The note; an empty one removes what is there.")
        sheet_name: str = sheet_pin()
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        result: dict[str, Any] = pin(description="That it was done.")

    examples = (
        Example(
            input={**SHEET, "cell": "B2", "note": "As of 1852."},
            output=[("result", {"success": True}), PASSED],
            answers=says(sheets_are("Sheet1"), _DONE),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        place = await sheets.place(inputs.cell, inputs.sheet_name, "cell")
        request = {"repeatCell": {"range": place, "cell": {"note": inputs.note}, "fields": "note"}}
        await sheets.change(request, is_repeatable=True)
        return {"result": {"success": True}}


class GoogleSheetsGetNotes(SheetBlock):
    """Give the notes of the cells of a range."""

    id = "fa16834f-fff4-4d7a-9f7f-531ced90492b"
    name = "GoogleSheetsGetNotesBlock"

    class Input(SheetInput):
        range: str = pin("A1:Z100", description="The range.")
        sheet_name: str = sheet_pin()
        credentials: SheetCredentials = access()

    class Output(SheetOutput):
        notes: list[dict[str, Any]] = pin(description="Of each its cell and text.")
        count: int = pin(description="How many.")

    examples = (
        Example(
            input={**SHEET, "range": "B2:C9"},
            output=[("notes", [{"cell": "C3", "note": "As of 1852."}]), ("count", 1), PASSED],
            answers=says(
                {
                    "sheets": [
                        {
                            "data": [
                                {
                                    "startRow": 1,
                                    "startColumn": 1,
                                    "rowData": [{}, {"values": [{}, {"note": "As of 1852."}]}],
                                }
                            ]
                        }
                    ]
                }
            ),
            credentials=WITH,
        ),
    )

    async def work(self, inputs: Any, sheets: Spreadsheet) -> Mapping[str, Any]:
        area_of(inputs.range)
        answer = await sheets.get(
            ranges=with_sheet(inputs.range, inputs.sheet_name),
            fields="sheets.data(startRow,startColumn,rowData.values.note)",
        )
        notes = []
        for part in (part for sheet in listed(answer, "sheets") for part in listed(sheet, "data")):
            for row, cells in enumerate(listed(part, "rowData"), part.get("startRow", 0) + 1):
                for column, cell in enumerate(listed(cells, "values"), part.get("startColumn", 0)):
                    if cell.get("note"):
                        notes.append({"cell": f"{letters(column)}{row}", "note": cell["note"]})
        return {"notes": notes, "count": len(notes)}


def _colour(given: Mapping[str, Any], pin_name: str) -> dict[str, float]:
    """Give a colour as the API has it; raise InvalidInput for what is none."""
    parts = {name: number_of(given.get(name, 0)) for name in ("red", "green", "blue")}
    if any(value is None or not 0 <= value <= 1 for value in parts.values()) or set(given) - {*parts, "alpha"}:
        raise InvalidInput(f"A colour is {_COLOUR}", pin=pin_name)
    return {name: value for name, value in parts.items() if value is not None}
