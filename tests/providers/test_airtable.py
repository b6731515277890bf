"""Airtable's records, tables, fields and bases as its web API's documentation has them."""

from __future__ import annotations

import pytest

from blocks.library.airtable_records import (
    AirtableCreateRecords,
    AirtableDeleteRecords,
    AirtableGetRecord,
    AirtableListRecords,
    AirtableUpdateRecords,
)
from blocks.library.airtable_schema import (
    AirtableCreateBase,
    AirtableCreateField,
    AirtableCreateTable,
    AirtableListBases,
    AirtableListSchema,
    AirtableUpdateField,
    AirtableUpdateTable,
)
from blocks.providers.airtable import AIRTABLE
from tests.providers.exchanges import Anything, Case, Exchange, header, play
from tests.providers.services import Says, service

AT = {"base_id": "app1", "table_id_or_name": "My walls/2"}
PLACE = "/app1/My%20walls%2F2"
RECORD = {"id": "rec1", "createdTime": "now", "fields": {"Name": "A"}}
WHOLE = {**RECORD, "fields": {"Name": "A", "Done": False, "Tags": [], "Height": None}}
FIELDS = [
    {"name": "Name", "type": "singleLineText"},
    {"name": "Done", "type": "checkbox"},
    {"name": "Tags", "type": "multipleSelects"},
    {"name": "Height", "type": "number"},
]
TABLE = {"id": "tbl1", "name": "My walls/2", "fields": FIELDS}
SCHEMA = Exchange("GET", "/meta/bases/app1/tables", {"tables": [TABLE]})
META = {field["name"]: field for field in FIELDS}
BASE = {"base_id": "app1", "table_id": "tbl1"}
CASES = [
    Case(
        AirtableListRecords,
        {
            **AT,
            "filter_formula": "{Done}",
            "sort": [{"field": "Name", "direction": "desc"}],
            "return_fields": ["Name", "Tags"],
            "page_size": 1,
            "offset": "itr/rec0",
        },
        [
            SCHEMA,
            Exchange(
                "POST",
                f"{PLACE}/listRecords",
                {"records": [RECORD], "offset": "itr/rec1"},
                json={
                    "filterByFormula": "{Done}",
                    "sort": [{"field": "Name", "direction": "desc"}],
                    "maxRecords": 100,
                    "pageSize": 1,
                    "offset": "itr/rec0",
                    "fields": ["Name", "Tags"],
                },
            ),
        ],
        [("records", [{**RECORD, "fields": {"Name": "A", "Tags": []}}]), ("offset", "itr/rec1")],
    ),
    Case(
        AirtableGetRecord,
        {**AT, "record_id": "rec1", "include_field_metadata": True},
        [SCHEMA, Exchange("GET", f"{PLACE}/rec1", RECORD)],
        [("id", "rec1"), ("fields", WHOLE["fields"]), ("created_time", "now"), ("field_metadata", META)],
    ),
    Case(
        AirtableCreateRecords,
        {**AT, "records": [{"fields": {"Name": "A"}}, {"Name": "B"}], "typecast": True},
        [
            Exchange(
                "POST",
                PLACE,
                {"records": [RECORD]},
                json={"records": [{"fields": {"Name": "A"}}, {"fields": {"Name": "B"}}], "typecast": True},
            ),
            SCHEMA,
        ],
        [("records", [WHOLE])],
    ),
    Case(
        AirtableUpdateRecords,
        {**AT, "records": [{"id": "rec1", "fields": {"Name": "A"}}]},
        [Exchange("PATCH", PLACE, {"records": [RECORD]}, json={"records": [{"id": "rec1", "fields": {"Name": "A"}}]})],
        [("records", [RECORD])],
    ),
    Case(
        AirtableDeleteRecords,
        {**AT, "record_ids": ["rec1", "rec2"]},
        [
            Exchange("DELETE", f"{PLACE}/rec1", {"id": "rec1", "deleted": True}),
            Exchange("DELETE", f"{PLACE}/rec2", {"id": "rec2", "deleted": True}),
        ],
        [("records", [{"id": "rec1", "deleted": True}, {"id": "rec2", "deleted": True}])],
    ),
    Case(
        AirtableListSchema, {"base_id": "app1"}, [SCHEMA], [("base_schema", {"tables": [TABLE]}), ("tables", [TABLE])]
    ),
    Case(
        AirtableCreateTable,
        {"base_id": "app1", "table_name": "Walls"},
        [
            Exchange(
                "POST",
                "/meta/bases/app1/tables",
                TABLE,
                json={"name": "Walls", "fields": [{"name": "Name", "type": "singleLineText"}]},
            )
        ],
        [("table", TABLE), ("table_id", "tbl1")],
    ),
    Case(
        AirtableUpdateTable,
        {**BASE, "table_description": "All walls"},
        [Exchange("PATCH", "/meta/bases/app1/tables/tbl1", TABLE, json={"description": "All walls"})],
        [("table", TABLE)],
    ),
    Case(
        AirtableCreateField,
        {**BASE, "name": "Height", "field_type": "number", "options": {"precision": 1}},
        [
            Exchange(
                "POST",
                "/meta/bases/app1/tables/tbl1/fields",
                {"id": "fld1"},
                json={"type": "number", "name": "Height", "options": {"precision": 1}},
            )
        ],
        [("field", {"id": "fld1"}), ("field_id", "fld1")],
    ),
    Case(
        AirtableUpdateField,
        {**BASE, "field_id": "fld1", "name": "Size"},
        [Exchange("PATCH", "/meta/bases/app1/tables/tbl1/fields/fld1", {"id": "fld1"}, json={"name": "Size"})],
        [("field", {"id": "fld1"})],
    ),
    Case(
        AirtableListBases,
        {"offset": "itr/1"},
        [Exchange("GET", "/meta/bases", {"bases": [{"id": "app1"}], "offset": "itr/2"}, query={"offset": "itr/1"})],
        [("bases", [{"id": "app1"}]), ("offset", "itr/2")],
    ),
    Case(
        AirtableCreateBase,
        {"workspace_id": "wsp1", "name": "Building", "tables": [{"name": "T"}]},
        [
            Exchange("GET", "/meta/bases", {"bases": [{"id": "app0", "name": "Other"}], "offset": "itr/2"}),
            Exchange("GET", "/meta/bases", {"bases": []}, query={"offset": "itr/2"}),
            Exchange(
                "POST",
                "/meta/bases",
                {"id": "app1", "tables": [TABLE]},
                json={"name": "Building", "workspaceId": "wsp1", "tables": [{"name": "T"}]},
            ),
        ],
        [("base_id", "app1"), ("was_created", True), ("tables", [TABLE]), ("table", TABLE)],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_airtable_is_asked_as_documented(case: Case) -> None:
    await play(AIRTABLE, case, header("authorization", "Bearer the-secret-key"))


async def test_records_go_ten_a_request() -> None:
    records = [{"fields": {"N": number}} for number in range(23)]
    async with service(AIRTABLE, Anything(Says({"records": []}))) as running:
        await running.run(AirtableCreateRecords, {**AT, "records": records, "skip_normalization": True})
    assert [len(asked.json["records"]) for asked in running.asked] == [10, 10, 3]


async def test_too_many_records_are_refused_before_any_is_sent() -> None:
    records = [{"fields": {}}] * 1_001
    async with service(AIRTABLE, Anything(Says({}))) as running:
        outcome = await running.run(AirtableCreateRecords, {**AT, "records": records})
    assert outcome.code == "INVALID_INPUT"
    assert not running.asked


async def test_a_table_that_the_base_does_not_have_is_named() -> None:
    async with service(AIRTABLE, Anything(Says({"tables": []}))) as running:
        outcome = await running.run(AirtableListRecords, AT)
    assert "has no table 'My walls/2'" in outcome.error.message
