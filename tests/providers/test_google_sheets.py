"""Google Sheets' operations as its REST reference has them: values, changes in batches, sheets' numbers, Drive's permissions."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from blocks.library.google_sheets import (
    GoogleSheetsAppendRow,
    GoogleSheetsBatchOperations,
    GoogleSheetsClear,
    GoogleSheetsFind,
    GoogleSheetsFindReplace,
    GoogleSheetsRead,
    GoogleSheetsUpdateCell,
    GoogleSheetsWrite,
)
from blocks.library.google_sheets_columns import (
    GoogleSheetsAddColumn,
    GoogleSheetsDeleteColumn,
    GoogleSheetsGetColumn,
    GoogleSheetsGetUniqueValues,
)
from blocks.library.google_sheets_files import (
    GoogleSheetsExportCsv,
    GoogleSheetsImportCsv,
    GoogleSheetsSetPublicAccess,
    GoogleSheetsShareSpreadsheet,
)
from blocks.library.google_sheets_row_changes import (
    GoogleSheetsDeleteRows,
    GoogleSheetsInsertRow,
    GoogleSheetsRemoveDuplicates,
    GoogleSheetsSort,
    GoogleSheetsUpdateRow,
)
from blocks.library.google_sheets_rows import (
    GoogleSheetsFilterRows,
    GoogleSheetsGetRow,
    GoogleSheetsGetRowCount,
    GoogleSheetsLookupRow,
)
from blocks.library.google_sheets_rules import (
    GoogleSheetsAddDropdown,
    GoogleSheetsAddNote,
    GoogleSheetsFormat,
    GoogleSheetsGetNotes,
    GoogleSheetsProtectRange,
)
from blocks.library.google_sheets_tabs import (
    GoogleSheetsCopyToSpreadsheet,
    GoogleSheetsCreateNamedRange,
    GoogleSheetsCreateSpreadsheet,
    GoogleSheetsListNamedRanges,
    GoogleSheetsManageSheet,
    GoogleSheetsMetadata,
)
from blocks.providers.google import GOOGLE
from blocks.sdk import Block
from tests.egress.servers import Seen, reply, serve
from tests.providers.google import ACCESS, SHEET, SHEET_PATH, described, signed
from tests.providers.services import Answers, Says, Service, service

PEOPLE = [["Name", "Age", "Town"], ["Ada", "36"], ["Grace", "85", "Arlington"], [], ["ada", "36"]]
GET = ("GET", SHEET_PATH)
BATCH = ("POST", f"{SHEET_PATH}:batchUpdate")
#: A sheet whose name has all that a name may have.
ODD = "It's 1st!"


def values_path(cells: str) -> str:
    return f"{SHEET_PATH}/values/{cells.replace(chr(39), '%27').replace('!', '%21').replace(':', '%3A').replace(' ', '%20')}"


def replies(*answers: dict[str, Any]) -> Says:
    return Says({"spreadsheetId": "sheet-1", "replies": list(answers) or [{}]})


async def ran(
    block: type[Block], inputs: dict[str, Any], operations: dict[tuple[str, str], Answers]
) -> tuple[dict[str, Any], Service]:
    """Run a block against a spreadsheet with the sheets `Stones` and one with an odd name; give its outputs by pin."""
    known = {
        GET: Says(described("Stones", ODD)),
        ("GET", values_path("'Stones'")): Says({"values": PEOPLE}),
        **operations,
    }
    async with service(GOOGLE, known, signed) as sheets:
        outcome = await sheets.run(block, {**SHEET, **inputs}, ACCESS)
    assert outcome.outputs[-1][0] == "spreadsheet" or block is GoogleSheetsCreateSpreadsheet
    return dict(outcome.outputs), sheets


def requests_of(sheets: Service) -> list[Any]:
    """Give the changes that were asked for, in their order."""
    asked = [one for one in sheets.asked if one.path.endswith(":batchUpdate") and "values" not in one.path]
    return [request for one in asked for request in one.json["requests"]]


async def test_a_range_is_read_and_its_spreadsheet_given_on_with_its_credential():
    cells = ("GET", values_path("'It''s 1st!'!A1:B2"))
    found, sheets = await ran(
        GoogleSheetsRead, {"range": "'It''s 1st!'!A1:B2"}, {cells: Says({"values": [["a", 1.5], [True, None]]})}
    )
    assert found["result"] == [["a", "1.5"], ["TRUE", ""]]
    assert found["spreadsheet"] == {
        "id": "sheet-1",
        "name": "Stones",
        "_credentials_id": "c1",
        "url": "https://docs.google.com/spreadsheets/d/sheet-1/edit",
    }
    assert len(sheets.asked) == 1


async def test_a_spreadsheet_may_be_given_by_its_address():
    path = "/v4/spreadsheets/1aB_cD-eF2gH3/values/A1"
    async with service(GOOGLE, {("GET", path): Says({})}, signed) as sheets:
        address = "https://docs.google.com/spreadsheets/d/1aB_cD-eF2gH3/edit#gid=0"
        outcome = await sheets.run(GoogleSheetsRead, {"spreadsheet": {"id": address}, "range": "A1"}, ACCESS)
    assert outcome.outputs[0] == ("result", [])
    assert outcome.outputs[1][1]["id"] == "1aB_cD-eF2gH3"


@pytest.mark.parametrize("own_id", ["../other", "a/b", "", "a?b", "https://example.com/x"])
async def test_what_is_no_id_is_not_asked_for(own_id: str):
    async with service(GOOGLE, {}, signed) as sheets:
        outcome = await sheets.run(GoogleSheetsRead, {"spreadsheet": {"id": own_id}, "range": "A1"}, ACCESS)
    assert (outcome.code, sheets.asked) == ("INVALID_INPUT", [])


async def test_values_are_written_appended_cleared():
    where = values_path("Stones!B2")
    _, sheets = await ran(
        GoogleSheetsWrite,
        {"range": "Stones!B2", "values": [["=1+1", "x"]]},
        {("PUT", where): Says({"updatedCells": 2})},
    )
    assert sheets.asked[0].query == {"valueInputOption": "USER_ENTERED"}
    assert sheets.asked[0].json == {"majorDimension": "ROWS", "values": [["=1+1", "x"]]}
    append = ("POST", values_path("'It''s 1st!'!A1") + ":append")
    given = {"row": ["a"], "sheet_name": ODD, "value_input_option": "RAW"}
    _, sheets = await ran(GoogleSheetsAppendRow, given, {append: Says({"updates": {}})})
    assert sheets.asked[1].query == {"valueInputOption": "RAW", "insertDataOption": "INSERT_ROWS"}
    clear = ("POST", values_path("A1:B2") + ":clear")
    found, _ = await ran(GoogleSheetsClear, {"range": "A1:B2"}, {clear: Says({"clearedRange": "Stones!A1:B2"})})
    assert found["result"] == {"clearedRange": "Stones!A1:B2"}
    cell = ("PUT", values_path("C3"))
    found, _ = await ran(GoogleSheetsUpdateCell, {"cell": "C3", "value": "7"}, {cell: Says({"updatedCells": 1})})
    assert found["result"] == {"updatedCells": 1}


async def test_a_batch_is_one_request_of_each_kind():
    operations = [
        {"type": "update", "range": "A1", "values": [["a"]]},
        {"type": "clear", "range": "B1"},
        {"type": "update", "range": "C1", "values": [["c"]]},
    ]
    answers = {
        ("POST", f"{SHEET_PATH}/values:batchClear"): Says({"clearedRanges": ["Stones!B1"], "spreadsheetId": "sheet-1"}),
        ("POST", f"{SHEET_PATH}/values:batchUpdate"): Says({"totalUpdatedCells": 2}),
    }
    found, sheets = await ran(GoogleSheetsBatchOperations, {"operations": operations}, answers)
    assert found["result"] == {"clearedRanges": ["Stones!B1"], "totalUpdatedCells": 2}
    assert [one.json for one in sheets.asked] == [
        {"ranges": ["B1"]},
        {
            "valueInputOption": "USER_ENTERED",
            "data": [{"range": "A1", "values": [["a"]]}, {"range": "C1", "values": [["c"]]}],
        },
    ]


async def test_a_text_is_found_at_its_place_and_replaced():
    odd = ("GET", values_path("'It''s 1st!'"))
    found, _ = await ran(GoogleSheetsFind, {"find_text": "ADA"}, {odd: Says({"values": [["", "Adam"]]})})
    assert [(one["sheet"], one["address"]) for one in found["locations"]] == [
        ("Stones", "A2"),
        ("Stones", "A5"),
        (ODD, "B1"),
    ]
    ranged = ("GET", values_path("'Stones'!B2:C9"))
    given = {"find_text": "36", "range": "B2:C9", "match_entire_cell": True, "sheet_id": 100, "find_all": False}
    found, _ = await ran(GoogleSheetsFind, given, {ranged: Says({"values": [["36"], ["85"]]})})
    assert (found["locations"][0]["address"], found["count"]) == ("B2", 1)
    given = {"find_text": "a", "replace_text": "b", "sheet_id": 101, "match_case": True}
    found, sheets = await ran(
        GoogleSheetsFindReplace, given, {BATCH: replies({"findReplace": {"occurrencesChanged": 3}})}
    )
    assert found["result"] == {"occurrencesChanged": 3}
    assert requests_of(sheets)[0]["findReplace"]["sheetId"] == 101


@pytest.mark.parametrize(
    ("operator", "value", "rows"),
    [
        ("equals", "36.0", [2, 5]),
        ("not_equals", "36", [3, 4]),
        ("greater_than", "40", [3]),
        ("less_than_or_equal", "36", [2, 5]),
        ("contains", "5", [3]),
        ("not_contains", "5", [2, 4, 5]),
        ("is_empty", "", [4]),
        ("is_not_empty", "", [2, 3, 5]),
    ],
)
async def test_rows_are_filtered_by_a_column(operator: str, value: str, rows: list[int]):
    found, _ = await ran(
        GoogleSheetsFilterRows, {"filter_column": "age", "filter_value": value, "operator": operator}, {}
    )
    assert (found["row_indices"], found["count"]) == (rows, len(rows))
    assert found["rows"][0] == PEOPLE[0]


async def test_a_misspelt_header_is_no_column_of_that_name():
    async with service(
        GOOGLE, {GET: Says(described("Stones")), ("GET", values_path("'Stones'")): Says({"values": PEOPLE})}
    ) as one:
        outcome = await one.run(GoogleSheetsFilterRows, {**SHEET, "filter_column": "Agg"}, ACCESS)
    assert (outcome.code, "Name, Age, Town" in outcome.error.message) == ("INVALID_INPUT", True)


async def test_rows_are_looked_up_and_counted():
    given = {"lookup_column": "A", "lookup_value": "ADA", "return_columns": ["Town", "Name"]}
    found, _ = await ran(GoogleSheetsLookupRow, given, {})
    assert (found["row"], found["row_dict"], found["row_index"]) == (["", "Ada"], {"Town": "", "Name": "Ada"}, 2)
    found, _ = await ran(GoogleSheetsLookupRow, {**given, "match_case": True}, {})
    assert (found["found"], found["row_index"]) == (False, 0)
    header, row = ("GET", values_path("'Stones'!1:1")), ("GET", values_path("'Stones'!3:3"))
    answers = {header: Says({"values": PEOPLE[:1]}), row: Says({"values": [["Grace", "85", "Arlington", "x"]]})}
    found, _ = await ran(GoogleSheetsGetRow, {"row_index": 3}, answers)
    assert found["row_dict"] == {"Name": "Grace", "Age": "85", "Town": "Arlington", "D": "x"}
    found, _ = await ran(GoogleSheetsGetRowCount, {"include_header": False}, {})
    assert (found["total_rows"], found["data_rows"], found["last_row"], found["column_count"]) == (3, 3, 5, 3)
    found, _ = await ran(GoogleSheetsGetRowCount, {"count_empty": True}, {})
    assert (found["total_rows"], found["data_rows"]) == (5, 4)


async def test_a_row_is_put_in_between_and_behind_the_grid():
    write = ("PUT", values_path("'Stones'!A2"))
    _, sheets = await ran(
        GoogleSheetsInsertRow, {"row": ["x"], "row_index": 2}, {BATCH: replies(), write: Says({"updatedRows": 1})}
    )
    assert requests_of(sheets) == [
        {
            "insertDimension": {
                "range": {"sheetId": 100, "dimension": "ROWS", "startIndex": 1, "endIndex": 2},
                "inheritFromBefore": True,
            }
        }
    ]
    write = ("PUT", values_path("'Stones'!A12"))
    given = {"row": ["x"] * 7, "row_index": 12}
    _, sheets = await ran(GoogleSheetsInsertRow, given, {BATCH: replies(), write: Says({})})
    assert requests_of(sheets) == [
        {"appendDimension": {"sheetId": 100, "dimension": "ROWS", "length": 2}},
        {"appendDimension": {"sheetId": 100, "dimension": "COLUMNS", "length": 2}},
    ]


async def test_a_row_is_written_by_its_header():
    header, update = ("GET", values_path("'Stones'!1:1")), ("POST", f"{SHEET_PATH}/values:batchUpdate")
    given = {"row_index": 3, "values": ["Grace"], "dict_values": {"Town": "York", "age": "86"}}
    _, sheets = await ran(
        GoogleSheetsUpdateRow, given, {header: Says({"values": PEOPLE[:1]}), update: Says({"totalUpdatedCells": 3})}
    )
    assert sheets.asked[-1].json["data"] == [
        {"range": "'Stones'!A3", "values": [["Grace"]]},
        {"range": "'Stones'!C3", "values": [["York"]]},
        {"range": "'Stones'!B3", "values": [["86"]]},
    ]


async def test_rows_are_deleted_from_below_so_that_no_number_moves():
    found, sheets = await ran(GoogleSheetsDeleteRows, {"row_indices": [5, 2, 3, 2]}, {BATCH: replies()})
    stretches = [one["deleteDimension"]["range"] for one in requests_of(sheets)]
    assert [(one["startIndex"], one["endIndex"]) for one in stretches] == [(4, 5), (1, 3)]
    assert found["deleted_count"] == 3


@pytest.mark.parametrize(("keep", "deleted"), [("first", [(4, 5)]), ("last", [(1, 2)])])
async def test_doubled_rows_are_deleted(keep: str, deleted: list[tuple[int, int]]):
    found, sheets = await ran(GoogleSheetsRemoveDuplicates, {"keep": keep, "columns": ["Name"]}, {BATCH: replies()})
    stretches = [one["deleteDimension"]["range"] for one in requests_of(sheets)]
    assert [(one["startIndex"], one["endIndex"]) for one in stretches] == deleted
    assert (found["removed_count"], found["remaining_rows"]) == (1, 3)


async def test_rows_are_sorted_below_their_header():
    header = ("GET", values_path("'Stones'!1:1"))
    given = {"sort_column": "Town", "secondary_column": "A", "secondary_order": "descending"}
    _, sheets = await ran(GoogleSheetsSort, given, {header: Says({"values": PEOPLE[:1]}), BATCH: replies()})
    assert requests_of(sheets) == [
        {
            "sortRange": {
                "range": {"sheetId": 100, "startRowIndex": 1},
                "sortSpecs": [
                    {"dimensionIndex": 2, "sortOrder": "ASCENDING"},
                    {"dimensionIndex": 0, "sortOrder": "DESCENDING"},
                ],
            }
        }
    ]


async def test_columns_are_read_added_and_deleted():
    found, _ = await ran(GoogleSheetsGetColumn, {"column": "B", "include_header": True}, {})
    assert (found["values"], found["column_index"]) == (["Age", "36", "85", "", "36"], 1)
    found, _ = await ran(
        GoogleSheetsGetUniqueValues, {"column": "Age", "include_count": True, "sort_by_count": True}, {}
    )
    assert (found["values"], found["counts"]) == (["36", "85"], {"36": 2, "85": 1})
    write = ("PUT", values_path("'Stones'!A1"))
    given = {"header": "Id", "position": "start", "default_value": "-"}
    found, sheets = await ran(GoogleSheetsAddColumn, given, {BATCH: replies(), write: Says({})})
    assert (found["column_letter"], found["column_index"]) == ("A", 0)
    assert sheets.asked[-1].json["values"] == [["Id"], ["-"], ["-"], ["-"], ["-"]]
    header = ("GET", values_path("'Stones'!1:1"))
    _, sheets = await ran(
        GoogleSheetsDeleteColumn, {"column": "Town"}, {header: Says({"values": PEOPLE[:1]}), BATCH: replies()}
    )
    assert requests_of(sheets)[0]["deleteDimension"]["range"]["startIndex"] == 2


async def test_sheets_are_made_copied_and_deleted():
    made = replies({"addSheet": {"properties": {"sheetId": 7}}})
    found, _ = await ran(GoogleSheetsManageSheet, {"operation": "create", "sheet_name": "More"}, {BATCH: made})
    assert found["result"]["sheet_id"] == 7
    given = {"operation": "copy", "source_sheet_id": 101, "destination_sheet_name": "Again"}
    copied = replies({"duplicateSheet": {"properties": {"sheetId": 8}}})
    found, sheets = await ran(GoogleSheetsManageSheet, given, {BATCH: copied})
    assert requests_of(sheets) == [{"duplicateSheet": {"sourceSheetId": 101, "newSheetName": "Again"}}]
    _, sheets = await ran(GoogleSheetsManageSheet, {"operation": "delete", "sheet_name": ODD}, {BATCH: replies()})
    assert requests_of(sheets) == [{"deleteSheet": {"sheetId": 101}}]
    found, _ = await ran(GoogleSheetsMetadata, {}, {})
    assert [one["title"] for one in found["result"]["sheets"]] == ["Stones", ODD]


async def test_a_spreadsheet_is_made_and_names_its_credential():
    made = Says({"spreadsheetId": "new-1", "spreadsheetUrl": "https://docs.google.com/spreadsheets/d/new-1/edit"})
    async with service(GOOGLE, {("POST", "/v4/spreadsheets"): made}, signed) as sheets:
        outcome = await sheets.run(GoogleSheetsCreateSpreadsheet, {"title": "T", "sheet_names": ["A", "B"]}, ACCESS)
    assert [one["properties"]["title"] for one in sheets.asked[0].json["sheets"]] == ["A", "B"]
    assert dict(outcome.outputs)["spreadsheet"]["_credentials_id"] == ACCESS.reference.id


async def test_a_sheet_is_copied_into_another_spreadsheet():
    copy = ("POST", f"{SHEET_PATH}/sheets/101:copyTo")
    given = {
        "source_spreadsheet": SHEET["spreadsheet"],
        "source_sheet_name": ODD,
        "destination_spreadsheet_id": "sheet-2",
    }
    found, sheets = await ran(GoogleSheetsCopyToSpreadsheet, given, {copy: Says({"sheetId": 5, "title": "Copy"})})
    assert sheets.asked[-1].json == {"destinationSpreadsheetId": "sheet-2"}
    assert (found["new_sheet_id"], found["new_sheet_name"]) == (5, "Copy")


async def test_ranges_have_names():
    made = replies({"addNamedRange": {"namedRange": {"namedRangeId": "n1"}}})
    given = {"name": "people", "range": "B2:C4", "sheet_name": ODD}
    found, sheets = await ran(GoogleSheetsCreateNamedRange, given, {BATCH: made})
    place = requests_of(sheets)[0]["addNamedRange"]["namedRange"]["range"]
    assert place == {"sheetId": 101, "startRowIndex": 1, "endRowIndex": 4, "startColumnIndex": 1, "endColumnIndex": 3}
    assert found["named_range_id"] == "n1"
    listed = [{"namedRangeId": "n1", "name": "people", "range": place}]
    both = Says({**described("Stones", ODD), "namedRanges": listed})
    found, _ = await ran(GoogleSheetsListNamedRanges, {}, {GET: both})
    assert found["named_ranges"] == [{"id": "n1", "name": "people", "range": "'It''s 1st!'!B2:C4"}]


async def test_cells_look_take_and_say_what_they_should():
    given = {
        "range": f"'{ODD.replace(chr(39), chr(39) * 2)}'!A:B",
        "text_color": {"blue": 1},
        "italic": True,
        "font_size": 0,
    }
    _, sheets = await ran(GoogleSheetsFormat, given, {BATCH: replies()})
    (asked,) = requests_of(sheets)
    assert asked["repeatCell"]["range"] == {"sheetId": 101, "startColumnIndex": 0, "endColumnIndex": 2}
    assert asked["repeatCell"]["fields"] == (
        "userEnteredFormat.textFormat.italic,userEnteredFormat.textFormat.foregroundColor"
    )
    _, sheets = await ran(
        GoogleSheetsAddDropdown, {"range": "B2", "options": ["a", "b"], "strict": False}, {BATCH: replies()}
    )
    rule = requests_of(sheets)[0]["setDataValidation"]["rule"]
    assert (rule["condition"]["type"], rule["strict"], rule["showCustomUi"]) == ("ONE_OF_LIST", False, True)
    protected = replies({"addProtectedRange": {"protectedRange": {"protectedRangeId": 3}}})
    found, sheets = await ran(GoogleSheetsProtectRange, {"sheet_name": ODD}, {BATCH: protected})
    assert requests_of(sheets)[0]["addProtectedRange"]["protectedRange"]["range"] == {"sheetId": 101}
    assert found["protection_id"] == 3
    _, sheets = await ran(GoogleSheetsAddNote, {"cell": "C2", "note": "n"}, {BATCH: replies()})
    assert requests_of(sheets)[0]["repeatCell"]["fields"] == "note"
    data = [{"startRow": 4, "rowData": [{"values": [{"note": "here"}]}]}]
    found, sheets = await ran(
        GoogleSheetsGetNotes, {"range": "A5:B9", "sheet_name": ODD}, {GET: Says({"sheets": [{"data": data}]})}
    )
    assert found["notes"] == [{"cell": "A5", "note": "here"}]
    assert sheets.asked[0].query["ranges"] == "'It''s 1st!'!A5:B9"


async def test_csv_goes_out_and_in():
    found, _ = await ran(GoogleSheetsExportCsv, {"include_headers": False}, {})
    assert found["csv_data"] == "Ada,36,\nGrace,85,Arlington\n,,\nada,36,\n"
    clear, write = ("POST", values_path("'Stones'") + ":clear"), ("PUT", values_path("'Stones'!B3"))
    given = {"csv_data": 'a,"b\n2"\r\n1,2\r\n', "start_cell": "B3", "clear_existing": True}
    found, sheets = await ran(GoogleSheetsImportCsv, given, {clear: Says({}), write: Says({"updatedRows": 2})})
    assert sheets.asked[-1].json["values"] == [["a", "b\n2"], ["1", "2"]]
    assert found["rows_imported"] == 2


async def test_a_spreadsheet_is_shared_by_drive():
    path = "/drive/v3/files/sheet-1/permissions"
    given = {"email": "bob@example.com", "role": "commenter", "message": "look"}
    _, sheets = await ran(
        GoogleSheetsShareSpreadsheet, given, {("POST", path): Says({"id": "p1", "role": "commenter"})}
    )
    assert sheets.asked[0].json == {"type": "user", "emailAddress": "bob@example.com", "role": "commenter"}
    assert sheets.asked[0].query == {
        "supportsAllDrives": "true",
        "sendNotificationEmail": "true",
        "emailMessage": "look",
    }
    _, sheets = await ran(GoogleSheetsSetPublicAccess, {}, {("POST", path): Says({"id": "anyoneWithLink"})})
    assert sheets.asked[0].json == {"type": "anyone", "role": "reader"}
    answers: dict[tuple[str, str], Answers] = {
        ("GET", path): Says(
            {"permissions": [{"id": "p1", "type": "user"}, {"id": "anyoneWithLink", "type": "anyone"}]}
        ),
        ("DELETE", f"{path}/anyoneWithLink"): Says(status=204),
    }
    found, sheets = await ran(GoogleSheetsSetPublicAccess, {"public": False}, answers)
    assert [one.method for one in sheets.asked] == ["GET", "DELETE"]
    assert found["share_link"] == "https://docs.google.com/spreadsheets/d/sheet-1/edit?usp=sharing"


async def test_a_sheet_that_is_not_there_is_told_with_those_that_are():
    async with service(GOOGLE, {GET: Says(described("Stones", ODD))}, signed) as sheets:
        outcome = await sheets.run(GoogleSheetsAppendRow, {**SHEET, "row": ["a"], "sheet_name": "Walls"}, ACCESS)
    assert (outcome.code, "Stones, It's 1st!" in outcome.error.message) == ("INVALID_INPUT", True)


async def test_a_row_whose_answer_is_lost_is_not_appended_again():
    async def answer(seen: Seen, _writer: asyncio.StreamWriter) -> bytes | None:
        return reply(200, orjson.dumps(described("Stones"))) if seen.method == "GET" else None

    async with serve(answer) as server:
        sheets = Service(GOOGLE, server.url, server.host)
        appended = await sheets.run(GoogleSheetsAppendRow, {**SHEET, "row": ["a"]}, ACCESS)
        cleared = await sheets.run(GoogleSheetsClear, {**SHEET, "range": "A1"}, ACCESS)
    assert (appended.code, "not known" in appended.error.message) == ("BLOCK_FAILED", True)
    assert cleared.code == "UNAVAILABLE", "what may be done twice may be tried again"
