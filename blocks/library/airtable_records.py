"""Blocks for the records of Airtable: list, read, make, change and delete them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from blocks.airtable.tables import RECORDS_MAX, batches, completed, fields_of
from blocks.providers.airtable import AIRTABLE, AirtableReadCredentials, AirtableWriteCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(AIRTABLE)
_TABLE: Final = {"base_id": "app1", "table_id_or_name": "Walls"}
_RECORD: Final = {"id": "rec1", "createdTime": "2026-01-31T12:00:00.000Z", "fields": {"Name": "A wall"}}
_WHOLE: Final = {**_RECORD, "fields": {"Name": "A wall", "Tags": []}}
_FIELDS: Final = [{"id": "fld1", "name": "Name", "type": "singleLineText"}, {"name": "Tags", "type": "multipleSelects"}]
_TABLES: Final = said({"tables": [{"id": "tbl1", "name": "Walls", "fields": _FIELDS}]})
_PLACE: Final = "/{base_id}/{table_id_or_name}"


def _places(inputs: Any, **more: str) -> dict[str, str]:
    return {"base_id": inputs.base_id, "table_id_or_name": inputs.table_id_or_name, **more}


class AirtableListRecords(Block):
    """List records of a table, a page at a time: `offset` is where the next one begins."""

    id = "588a9fde-5733-4da7-b03c-35f5671e960f"
    name = "AirtableListRecordsBlock"
    categories = ("DATA",)

    class Input(BlockInput):
        credentials: AirtableReadCredentials = pin(description="Access to Airtable.")
        base_id: str = pin(description="The base.", placeholder="appXXXXXXXXXXXXXX")
        table_id_or_name: str = pin(description="The table.")
        filter_formula: str = pin("", description="Only those for which this formula is true.")
        view: str = pin("", description="Only those of this view, in its order.")
        sort: list[dict[str, Any]] = pin(
            default_factory=list, description='In this order: [{"field": "Name", "direction": "asc"}].'
        )
        max_records: int = pin(100, description="How many there may be on all pages.", ge=1, le=100_000)
        page_size: int = pin(100, description="How many on a page.", ge=1, le=100)
        offset: str = pin("", description="Where the page begins; empty: the first.")
        return_fields: list[str] = pin(default_factory=list, description="Only these fields; none: all.")
        normalize_output: bool = pin(True, description="Give empty fields, too: Airtable leaves them out.")
        include_field_metadata: bool = pin(False, description="With what the table's fields are.")

    class Output(BlockOutput):
        records: list[dict[str, Any]] = pin(description="The records.")
        offset: str | None = pin(None, description="Where the next page begins.")
        field_metadata: dict[str, Any] | None = pin(None, description="The table's fields, by name.")

    examples = (
        sample(_KEY, _TABLE, [("records", [_WHOLE])], _TABLES, said({"records": [_RECORD]})),
        sample(
            _KEY,
            {**_TABLE, "normalize_output": False},
            [("records", [_RECORD]), ("offset", "itr/rec2")],
            said({"records": [_RECORD], "offset": "itr/rec2"}),
            title="There is another page",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(AIRTABLE, inputs.credentials, context)
        fields = await _fields(api, inputs)
        wanted = {
            "filterByFormula": inputs.filter_formula,
            "view": inputs.view,
            "sort": inputs.sort,
            "maxRecords": inputs.max_records,
            "pageSize": inputs.page_size,
            "offset": inputs.offset,
            "fields": inputs.return_fields,
        }
        # The same list as by GET; in the body a formula may be as long as it likes.
        body = {name: value for name, value in wanted.items() if value not in ("", [])}
        answer = await api.call("POST", f"{_PLACE}/listRecords", _places(inputs), json=body, is_repeatable=True)
        records = list(answer.content.get("records") or [])
        if inputs.normalize_output:
            shown = inputs.return_fields
            records = completed(records, {name: fields[name] for name in fields if not shown or name in shown})
        yield "records", records
        if answer.content.get("offset"):
            yield "offset", answer.content["offset"]
        if inputs.include_field_metadata:
            yield "field_metadata", fields


async def _fields(api: Api, inputs: Any) -> dict[str, dict[str, Any]]:
    """Give the table's fields where they are needed: it is one request more."""
    if not (inputs.normalize_output or inputs.include_field_metadata):
        return {}
    return await fields_of(api, inputs.base_id, inputs.table_id_or_name)


class AirtableGetRecord(Block):
    """Read a record."""

    id = "c29c5cbf-0aff-40f9-bbb5-f26061792d2b"
    name = "AirtableGetRecordBlock"
    categories = ("DATA",)

    class Input(BlockInput):
        credentials: AirtableReadCredentials = pin(description="Access to Airtable.")
        base_id: str = pin(description="The base.")
        table_id_or_name: str = pin(description="The table.")
        record_id: str = pin(description="The record.")
        normalize_output: bool = pin(True, description="Give empty fields, too: Airtable leaves them out.")
        include_field_metadata: bool = pin(False, description="With what the table's fields are.")

    class Output(BlockOutput):
        id: str = pin(description="The record's id.")
        fields: dict[str, Any] = pin(description="What it says.")
        created_time: str = pin(description="When it was made.")
        field_metadata: dict[str, Any] | None = pin(None, description="The table's fields, by name.")

    examples = (
        sample(
            _KEY,
            {**_TABLE, "record_id": "rec1"},
            [("id", "rec1"), ("fields", {"Name": "A wall", "Tags": []}), ("created_time", _RECORD["createdTime"])],
            _TABLES,
            said(_RECORD),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(AIRTABLE, inputs.credentials, context)
        fields = await _fields(api, inputs)
        found = (await api.call("GET", f"{_PLACE}/{{record}}", _places(inputs, record=inputs.record_id))).content
        record = completed([found], fields)[0] if inputs.normalize_output else found
        yield "id", record["id"]
        yield "fields", record.get("fields") or {}
        yield "created_time", record.get("createdTime") or ""
        if inputs.include_field_metadata:
            yield "field_metadata", fields


class AirtableCreateRecords(Block):
    """Make records, ten a request. Where a later request fails, those of the earlier ones are there."""

    id = "42527e98-47b6-44ce-ac0e-86b4883721d3"
    name = "AirtableCreateRecordsBlock"
    categories = ("DATA",)

    class Input(BlockInput):
        credentials: AirtableWriteCredentials = pin(description="Access to Airtable.")
        base_id: str = pin(description="The base.")
        table_id_or_name: str = pin(description="The table.")
        records: list[dict[str, Any]] = pin(
            description='The records: {"fields": {"Name": "A wall"}}, or the fields alone.'
        )
        skip_normalization: bool = pin(False, description="Leave empty fields out, as Airtable does.")
        typecast: bool = pin(False, description="Let Airtable make of texts what the fields want.")
        return_fields_by_field_id: bool | None = pin(None, description="Name the fields by their ids.")

    class Output(BlockOutput):
        records: list[dict[str, Any]] = pin(description="The records, as they are there.")
        details: dict[str, Any] = pin(description="What Airtable says besides.")

    examples = (
        sample(
            _KEY,
            {**_TABLE, "records": [{"fields": {"Name": "A wall"}}]},
            [("records", [_WHOLE])],
            said({"records": [_RECORD]}),
            _TABLES,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(AIRTABLE, inputs.credentials, context)
        options: dict[str, Any] = {"typecast": inputs.typecast}
        if inputs.return_fields_by_field_id is not None:
            options["returnFieldsByFieldId"] = inputs.return_fields_by_field_id
        made: list[Any] = []
        details = None
        for rows in batches([_row(row) for row in inputs.records], "records"):
            answer = (await api.call("POST", _PLACE, _places(inputs), json={"records": rows, **options})).content
            made += answer.get("records") or []
            details = answer.get("details") or details
        if not inputs.skip_normalization and not inputs.return_fields_by_field_id:
            made = completed(made, await fields_of(api, inputs.base_id, inputs.table_id_or_name))
        yield "records", made
        if details:
            yield "details", details


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {"fields": row["fields"]} if isinstance(row.get("fields"), dict) else {"fields": row}


class AirtableUpdateRecords(Block):
    """Change records, ten a request. Fields that are not named stay as they are."""

    id = "6e7d2590-ac2b-4b5d-b08c-fc039cd77e1f"
    name = "AirtableUpdateRecordsBlock"
    categories = ("DATA",)

    class Input(BlockInput):
        credentials: AirtableWriteCredentials = pin(description="Access to Airtable.")
        base_id: str = pin(description="The base.")
        table_id_or_name: str = pin(description="The table.")
        records: list[dict[str, Any]] = pin(description='What they are to say: {"id": "rec...", "fields": {...}}.')
        typecast: bool | None = pin(None, description="Let Airtable make of texts what the fields want.")

    class Output(BlockOutput):
        records: list[dict[str, Any]] = pin(description="The records, as they are there.")

    examples = (
        sample(
            _KEY,
            {**_TABLE, "records": [{"id": "rec1", "fields": {"Name": "A wall"}}]},
            [("records", [_RECORD])],
            said({"records": [_RECORD]}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(AIRTABLE, inputs.credentials, context)
        options = {} if inputs.typecast is None else {"typecast": inputs.typecast}
        changed: list[Any] = []
        for rows in batches(inputs.records, "records"):
            body = {"records": rows, **options}
            # A record that is changed twice says the same.
            answer = await api.call("PATCH", _PLACE, _places(inputs), json=body, is_repeatable=True)
            changed += answer.content.get("records") or []
        yield "records", changed


class AirtableDeleteRecords(Block):
    """Delete records, one after another. Where one fails, those before it are gone."""

    id = "93e22b8b-3642-4477-aefb-1c0929a4a3a6"
    name = "AirtableDeleteRecordsBlock"
    categories = ("DATA",)

    class Input(BlockInput):
        credentials: AirtableWriteCredentials = pin(description="Access to Airtable.")
        base_id: str = pin(description="The base.")
        table_id_or_name: str = pin(description="The table.")
        record_ids: list[str] = pin(description="The records.", max_length=RECORDS_MAX)

    class Output(BlockOutput):
        records: list[dict[str, Any]] = pin(description="Which are gone.")

    examples = (
        sample(
            _KEY,
            {**_TABLE, "record_ids": ["rec1"]},
            [("records", [{"id": "rec1", "deleted": True}])],
            said({"id": "rec1", "deleted": True}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(AIRTABLE, inputs.credentials, context)
        gone = []
        for record in inputs.record_ids:
            gone.append((await api.call("DELETE", f"{_PLACE}/{{record}}", _places(inputs, record=record))).content)
        yield "records", gone
