"""What exported agents write on pins: a block takes whatever the platform takes by conversion, and what builders leave behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter

from blocks.sdk import Block
from schema.coerce import coerce, problems_of
from schema.credentials import is_credential_pin
from schema.inputs import prepare, visible
from tests.blocks.catalogue import BY_ID
from tests.blocks.conftest import BLOCKS

THEIRS = {"provider": "e2b", "type": "api_key", "title": "Theirs"}
SHEET = {
    "id": "1abc",
    "url": "https://docs.google.com/spreadsheets/d/1abc",
    "name": "Stones",
    "mimeType": "application/vnd.google-apps.spreadsheet",
    "iconUrl": "https://example.com/icon.png",
    "isFolder": False,
    "_credentials_id": "c1",
}
#: What a pin of a type is given in files: by the beginning of the type's Python text, without Optional.
WRITTEN: dict[str, list[Any]] = {
    "int": ["5", 5, 5.0, "5.0", " 5 "],
    "float": ["0.5", 1, "1"],
    "bool": ["true", "false", "True", 1, 0, ""],
    "str": [5, 0.5, True, {"a": 1}, ["x"], ""],
    "list[str]": ["a@b.c", '["a", "b"]', ["a", 1], [], 5],
    "List[str]": ["a@b.c", '["a", "b"]', ["a", 1], []],
    "list[list[str]]": ['[["a", "b"]]', [["a", 1]], [[]], []],
    "List[Any]": ["a", "[1, 2]", [1, None], [], {"a": 1}],
    "dict[str, str]": ['{"a": "1"}', {"a": 1}, {}, "text"],
    "dict[str, Any]": ['{"a": 1}', {"a": None}, {}, [1], "text"],
    "dict": ['{"a": 1}', {"a": [1]}, {}, "text"],
    "Any": [None, "", 5, [1], {"a": 1}],
}
#: Words of JSON Schema by which a pin of ours is narrower than its type: what is beyond them is refused by name.
NARROWER = {"minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength", "minItems", "pattern", "enum"}


def pins() -> Iterator[tuple[type[Block], str, str]]:
    """Give the pins of all blocks of the catalogue: (block, pin, its type there)."""
    for block in BLOCKS.values():
        for row in BY_ID[block.id]["input"] if block.id in BY_ID else ():
            if not is_credential_pin(block.spec, row["name"]) and row["name"] in block.spec.input_pins:
                yield block, row["name"], row["type"].replace(" | None", "").removeprefix("Optional[").rstrip("]")


def keywords(schema: Any) -> set[str]:
    if isinstance(schema, Mapping):
        return set(schema).union(*(keywords(part) for part in schema.values()))
    return set().union(*(keywords(part) for part in schema)) if isinstance(schema, list) else set()


def test_a_pin_takes_what_the_platform_takes_by_conversion() -> None:
    written = {name.rstrip("]"): values for name, values in WRITTEN.items()}
    refused, count = [], 0
    for block, pin, kind in pins():
        schema, definitions = block.spec.input_pins[pin], block.spec.input_schema.get("$defs", {})
        if keywords(schema) & NARROWER:
            continue
        field = block.Input.model_fields[pin]
        for value in written.get(kind, ()):
            count += 1
            converted = coerce(value, schema, definitions)
            whole = {"type": "object", "properties": {pin: schema}, "$defs": definitions}
            problems = problems_of({pin: converted}, whole)
            if problems:
                refused.append((block.name, pin, value, problems))
            elif converted is not None:
                TypeAdapter(Annotated[field.annotation, field]).validate_python(converted)
    assert refused == []
    assert count > 2_000, "the control: there was something to try"


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("GetCurrentTimeBlock", {"trigger": "go", "format_type": {"discriminator": "iso8601", "timezone": "UTC"}}),
    (
        "GetCurrentTimeBlock",
        {
            "trigger": "",
            "format_type": {
                "discriminator": "strftime",
                "format": "%H",
                "timezone": "Asia/Tokyo",
                "use_user_timezone": False,
            },
        },
    ),
    ("GetCurrentDateBlock", {"trigger": "go", "offset": "7", "format": "%d"}),
    ("AgentDateInputBlock", {"name": "n", "value": "2025-03-01"}),
    ("AgentDateInputBlock", {"name": "n", "value": "2025-03-01T00:00:00.000Z"}),
    ("AgentDateInputBlock", {"name": "n", "value": ""}),
    ("AgentTimeInputBlock", {"name": "n", "value": "09:30"}),
    ("AgentTimeInputBlock", {"name": "n", "value": ""}),
    ("AgentNumberInputBlock", {"name": "n", "value": ""}),
    ("AgentToggleInputBlock", {"name": "n", "value": ""}),
    ("AgentDropdownInputBlock", {"name": "n", "value": 5, "options": [5, 6]}),
    ("AgentTableInputBlock", {"name": "n", "value": [{"a": None}], "column_headers": ["a"]}),
    ("AgentInputBlock", {"name": "n", "value": {"a": 1}, "limit_to_placeholder_values": True}),
    ("AgentOutputBlock", {"name": "n", "recorded_value": "", "title": None, "format": ""}),
    ("GoogleSheetsReadBlock", {"spreadsheet": SHEET, "range": "A1"}),
    ("GoogleSheetsAppendRowBlock", {"spreadsheet": SHEET, "row": '["a", 1]', "sheet_name": None}),
    ("ExecuteCodeBlock", {"code": "1", "credentials": THEIRS, "timeout": "300", "setup_commands": ""}),
    ("ExecuteCodeBlock", {"code": "1", "credentials": None}),
    ("ExecuteCodeBlock", {"code": "1", "credentials": {}}),
    ("SendWebRequestBlock", {"url": "x", "headers": "", "body": "", "files": None, "files_name": None}),
    ("SendWebRequestBlock", {"url": "x", "headers": {"A": 1}, "body": '{"a": 1}', "json_format": "true"}),
    ("StepThroughItemsBlock", {"items": None, "items_object": None, "items_str": None}),
    ("FindInDictionaryBlock", {"input": {}, "key": 0}),
    ("GetListItemBlock", {"list": "[1]", "index": "0"}),
    ("ConditionBlock", {"value1": "5", "operator": ">", "value2": 3, "yes_value": None, "no_value": ""}),
    ("ReadRSSFeedBlock", {"rss_url": "x", "time_period": "1440", "polling_rate": "300", "run_continuously": "false"}),
    ("CountdownTimerBlock", {"input_message": "", "seconds": "5", "repeat": "1"}),
]


@pytest.mark.parametrize(("name", "constants"), ACCEPTED)
def test_a_block_takes_what_exports_have(name: str, constants: dict[str, Any]) -> None:
    block = BLOCKS[name]
    block.Input.model_validate(visible(prepare(block.spec, constants)))


def test_a_reference_that_an_export_took_the_id_from_is_none_where_none_is_needed() -> None:
    prepared = prepare(BLOCKS["ExecuteCodeBlock"].spec, {"code": "1", "credentials": THEIRS})
    assert "credentials" not in prepared
    kept = {**THEIRS, "id": "00000000-0000-4000-8000-000000000001"}
    assert prepare(BLOCKS["ExecuteCodeBlock"].spec, {"code": "1", "credentials": kept})["credentials"] == kept
