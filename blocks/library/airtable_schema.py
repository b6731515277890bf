"""Blocks for what Airtable's bases are made of: bases, tables, fields."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

from blocks.airtable.tables import tables_of
from blocks.providers.airtable import AIRTABLE, AirtableSchemaReadCredentials, AirtableSchemaWriteCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Emission, Yield, pin
from blocks.sdk.rest import Api, Operation, RestBlock
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(AIRTABLE)
_FIELD: Final = {"id": "fld1", "name": "Name", "type": "singleLineText"}
_TABLE: Final = {"id": "tbl1", "name": "Walls", "fields": [_FIELD]}
_TABLES: Final = "/meta/bases/{base_id}/tables"
_BASE: Final = {"id": "app1", "name": "Building", "permissionLevel": "create"}
#: Pages of bases that are looked through for a name: a thousand bases each.
_PAGES_MAX: Final = 10


def _default_tables() -> list[dict[str, Any]]:
    number = {
        "name": "ID",
        "type": "number",
        "description": "Auto-incrementing ID field",
        "options": {"precision": 0},
    }
    return [{"description": "Default table", "name": "Default table", "fields": [number]}]


class AirtableListSchema(RestBlock):
    """List a base's tables with their fields."""

    id = "64291d3c-99b5-47b7-a976-6d94293cdb2d"
    name = "AirtableListSchemaBlock"
    categories = ("DATA",)
    provider = AIRTABLE
    operation = Operation("GET", _TABLES, gives={"base_schema": (), "tables": ("tables",)})

    class Input(BlockInput):
        credentials: AirtableSchemaReadCredentials = pin(description="Access to Airtable.")
        base_id: str = pin(description="The base.")

    class Output(BlockOutput):
        base_schema: dict[str, Any] = pin(description="The base, as Airtable describes it.")
        tables: list[dict[str, Any]] = pin(description="Its tables.")

    examples = (
        sample(
            _KEY,
            {"base_id": "app1"},
            [("base_schema", {"tables": [_TABLE]}), ("tables", [_TABLE])],
            said({"tables": [_TABLE]}),
        ),
    )


class AirtableCreateTable(RestBlock):
    """Make a table."""

    id = "fcc20ced-d817-42ea-9b40-c35e7bf34b4f"
    name = "AirtableCreateTableBlock"
    categories = ("DATA",)
    provider = AIRTABLE
    operation = Operation(
        "POST",
        _TABLES,
        body={"table_name": "name", "table_fields": "fields"},
        gives={"table": (), "table_id": ("id",)},
    )

    class Input(BlockInput):
        credentials: AirtableSchemaWriteCredentials = pin(description="Access to Airtable.")
        base_id: str = pin(description="The base.")
        table_name: str = pin(description="What it is called.")
        table_fields: list[dict[str, Any]] = pin(
            default_factory=lambda: [{"name": "Name", "type": "singleLineText"}], description="Its fields."
        )

    class Output(BlockOutput):
        table: dict[str, Any] = pin(description="The table.")
        table_id: str = pin(description="Its id.")

    examples = (
        sample(
            _KEY, {"base_id": "app1", "table_name": "Walls"}, [("table", _TABLE), ("table_id", "tbl1")], said(_TABLE)
        ),
    )


class AirtableUpdateTable(RestBlock):
    """Change what a table is called, and what is said of it."""

    id = "34077c5f-f962-49f2-9ec6-97c67077013a"
    name = "AirtableUpdateTableBlock"
    categories = ("DATA",)
    provider = AIRTABLE
    operation = Operation(
        "PATCH",
        _TABLES + "/{table_id}",
        body={"table_name": "name", "table_description": "description", "date_dependency": "dateDependency"},
        gives={"table": ()},
    )

    class Input(BlockInput):
        credentials: AirtableSchemaWriteCredentials = pin(description="Access to Airtable.")
        base_id: str = pin(description="The base.")
        table_id: str = pin(description="The table.")
        table_name: str | None = pin(None, description="What it is to be called.")
        table_description: str | None = pin(None, description="What is to be said of it.")
        date_dependency: dict[str, Any] | None = pin(None, description="How its dates depend on one another.")

    class Output(BlockOutput):
        table: dict[str, Any] = pin(description="The table.")

    examples = (
        sample(
            _KEY,
            {"base_id": "app1", "table_id": "tbl1", "table_name": "Walls"},
            [("table", _TABLE)],
            said(_TABLE),
        ),
    )


class AirtableCreateField(RestBlock):
    """Make a field of a table."""

    id = "6c98a32f-dbf9-45d8-a2a8-5e97e8326351"
    name = "AirtableCreateFieldBlock"
    categories = ("DATA",)
    provider = AIRTABLE
    operation = Operation(
        "POST",
        _TABLES + "/{table_id}/fields",
        body={"field_type": "type", "name": "name", "description": "description", "options": "options"},
        gives={"field": (), "field_id": ("id",)},
    )

    class Input(BlockInput):
        credentials: AirtableSchemaWriteCredentials = pin(description="Access to Airtable.")
        base_id: str = pin(description="The base.")
        table_id: str = pin(description="The table.")
        field_type: str = pin("singleLineText", description="What kind of field.")
        name: str = pin(description="What it is called.")
        description: str | None = pin(None, description="What is said of it.")
        options: dict[str, Any] | None = pin(None, description="What its kind needs to know.")

    class Output(BlockOutput):
        field: dict[str, Any] = pin(description="The field.")
        field_id: str = pin(description="Its id.")

    examples = (
        sample(
            _KEY,
            {"base_id": "app1", "table_id": "tbl1", "name": "Name"},
            [("field", _FIELD), ("field_id", "fld1")],
            said(_FIELD),
        ),
    )


class AirtableUpdateField(RestBlock):
    """Change what a field is called, and what is said of it."""

    id = "f46ac716-3b18-4da1-92e4-34ca9a464d48"
    name = "AirtableUpdateFieldBlock"
    categories = ("DATA",)
    provider = AIRTABLE
    operation = Operation(
        "PATCH",
        _TABLES + "/{table_id}/fields/{field_id}",
        body={"name": "name", "description": "description"},
        gives={"field": ()},
    )

    class Input(BlockInput):
        credentials: AirtableSchemaWriteCredentials = pin(description="Access to Airtable.")
        base_id: str = pin(description="The base.")
        table_id: str = pin(description="The table.")
        field_id: str = pin(description="The field.")
        name: str | None = pin(None, description="What it is to be called.")
        description: str | None = pin(None, description="What is to be said of it.")

    class Output(BlockOutput):
        field: dict[str, Any] = pin(description="The field.")

    examples = (
        sample(
            _KEY,
            {"base_id": "app1", "table_id": "tbl1", "field_id": "fld1", "name": "Name"},
            [("field", _FIELD)],
            said(_FIELD),
        ),
    )


class AirtableListBases(RestBlock):
    """List the bases that the credential may see, a page at a time."""

    id = "4bd8d466-ed5d-4e44-8083-97f25a8044e7"
    name = "AirtableListBasesBlock"
    categories = ("DATA",)
    provider = AIRTABLE
    operation = Operation("GET", "/meta/bases")

    class Input(BlockInput):
        credentials: AirtableSchemaReadCredentials = pin(description="Access to Airtable.")
        trigger: str = pin("manual", description="Anything, so that it runs.")
        offset: str = pin("", description="Where the page begins; empty: the first.")

    class Output(BlockOutput):
        bases: list[dict[str, Any]] = pin(description="The bases.")
        offset: str | None = pin(None, description="Where the next page begins.")

    examples = (sample(_KEY, {}, [("bases", [_BASE])], said({"bases": [_BASE]})),)

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        api = Api(AIRTABLE, inputs.credentials, context)
        for emission in _page(await _bases(api, inputs.offset)):
            yield emission


async def _bases(api: Api, offset: str) -> dict[str, Any]:
    return dict((await api.call("GET", "/meta/bases", query={"offset": offset or None})).content)


def _page(answer: dict[str, Any]) -> Iterator[Emission]:
    yield "bases", answer.get("bases") or []
    if answer.get("offset"):
        yield "offset", answer["offset"]


class AirtableCreateBase(Block):
    """Make a base, unless there is one of that name."""

    id = "f59b88a8-54ce-4676-a508-fd614b4e8dce"
    name = "AirtableCreateBaseBlock"
    categories = ("DATA",)

    class Input(BlockInput):
        credentials: AirtableSchemaWriteCredentials = pin(description="Access to Airtable.")
        workspace_id: str = pin(description="The workspace.")
        name: str = pin(description="What it is called.", min_length=1)
        find_existing: bool = pin(True, description="Take the one of that name, if there is one.")
        tables: list[dict[str, Any]] = pin(default_factory=_default_tables, description="Its tables.")

    class Output(BlockOutput):
        base_id: str = pin(description="The base's id.")
        tables: list[dict[str, Any]] = pin(description="Its tables.")
        table: dict[str, Any] = pin(description="Each of them by itself.")
        was_created: bool = pin(description="Whether it was made.")

    examples = (
        sample(
            _KEY,
            {"workspace_id": "wsp1", "name": "Building"},
            [("base_id", "app1"), ("was_created", True), ("tables", [_TABLE]), ("table", _TABLE)],
            said({"bases": []}),
            said({"id": "app1", "tables": [_TABLE]}),
        ),
        sample(
            _KEY,
            {"workspace_id": "wsp1", "name": "Building"},
            [("base_id", "app1"), ("was_created", False), ("tables", [_TABLE]), ("table", _TABLE)],
            said({"bases": [_BASE]}),
            said({"tables": [_TABLE]}),
            title="It is there",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(AIRTABLE, inputs.credentials, context)
        base_id = await _named(api, inputs.name) if inputs.find_existing else None
        was_created = base_id is None
        if base_id is None:
            body = {"name": inputs.name, "workspaceId": inputs.workspace_id, "tables": inputs.tables}
            made = (await api.call("POST", "/meta/bases", json=body)).content
            base_id, tables = str(made["id"]), list(made.get("tables") or [])
        else:
            tables = await tables_of(api, base_id)
        yield "base_id", base_id
        yield "was_created", was_created
        yield "tables", tables
        for table in tables:
            yield "table", table


async def _named(api: Api, name: str) -> str | None:
    """Give the id of the base of that name; None: there is none."""
    offset = ""
    for _ in range(_PAGES_MAX):
        answer = await _bases(api, offset)
        found = next((base["id"] for base in answer.get("bases") or [] if base.get("name") == name), None)
        offset = answer.get("offset") or ""
        if found is not None or not offset:
            return found
    return None
