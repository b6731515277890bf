"""Blocks made from a service's own description: its parameters are pins, and the requests are what it describes."""

from __future__ import annotations

from typing import Annotated

import pytest

from blocks.sdk import ApiKey, BlockDefinitionError
from blocks.sdk.direct import run_directly
from blocks.sdk.openapi import blocks_of, operations_of
from blocks.sdk.providers import KeyPlace, Provider
from schema.block import Cost
from tests.blocks.conftest import CannedHttp, make_context
from tests.providers.services import Says, service

PETS = Provider(
    name="pets",
    title="Pets",
    base_url="https://pets.example.com",
    key=KeyPlace(header="X-Api-Key", scheme=""),
    costs=(Cost(2, filter={"pet_id": "1"}),),
)
PetCredentials = Annotated[ApiKey, PETS.field()]
IDS = {
    "getPet": "b5f0b7f2-7f1e-4c62-9c44-5f0f6d1a0001",
    "list_pets": "b5f0b7f2-7f1e-4c62-9c44-5f0f6d1a0002",
    "addPet": "b5f0b7f2-7f1e-4c62-9c44-5f0f6d1a0003",
}
DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {
        "/pets/{petId}": {
            "parameters": [{"$ref": "#/components/parameters/PetId"}],
            "get": {"operationId": "getPet", "summary": "Get a pet."},
            "delete": {"summary": "It has no id."},
        },
        "/pets": {
            "get": {
                "operationId": "list_pets",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "default": 20}},
                    {"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["cat", "dog"]}},
                ],
            },
            "post": {
                "operationId": "addPet",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
            },
            "put": {
                "operationId": "upload",
                "requestBody": {"content": {"multipart/form-data": {"schema": {"type": "object"}}}},
            },
        },
    },
    "components": {
        "parameters": {"PetId": {"name": "petId", "in": "path", "required": True, "schema": {"type": "string"}}},
        "schemas": {
            "Pet": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "id": {"type": "string", "readOnly": True},
                    "name": {"type": "string", "description": "What it is called."},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
            }
        },
    },
}
GET, LIST, ADD = blocks_of(DOCUMENT, PETS, operations=IDS, credentials=PetCredentials)


def test_what_is_json_and_has_an_id_is_an_operation():
    assert [one.id for one in operations_of(DOCUMENT)] == ["getPet", "list_pets", "addPet"]


def test_a_pin_has_a_name_that_an_input_has_not_already():
    parameters = [{"name": name, "in": "query"} for name in ("json", "credentials", "model_dump", "from")]
    document = {"paths": {"/a": {"get": {"operationId": "a", "parameters": parameters}}}}
    (block,) = blocks_of(document, PETS, operations={"a": IDS["getPet"]}, credentials=PetCredentials)
    assert list(block.spec.input_pins) == ["credentials", "json_value", "credentials_value", "model_dump_value", "from"]


def test_a_block_costs_what_its_provider_says():
    assert GET.spec.costs == (Cost(2, filter={"pet_id": "1"}),)


def test_pins_are_the_parameters_and_the_properties_of_the_body():
    assert list(GET.spec.input_pins) == ["credentials", "pet_id"]
    assert GET.spec.required_pins == ("credentials", "pet_id")
    assert LIST.spec.input_pins["limit"]["default"] == 20
    assert list(ADD.spec.input_pins) == ["credentials", "name", "tags"]
    assert ADD.spec.required_pins == ("credentials", "name")
    assert (GET.name, GET.spec.description) == ("PetsGetPetBlock", "Get a pet.")


async def test_requests_are_what_is_described():
    def key(asked):
        return None if asked.headers.get("x-api-key") == "the-secret-key" else "no key"

    operations = {
        ("GET", "/pets/a%2Fb"): Says({"name": "Rex"}),
        ("GET", "/pets"): Says([]),
        ("POST", "/pets"): Says({"id": "1"}, 201),
    }
    async with service(PETS, operations, key) as pets:
        assert (await pets.run(GET, {"pet_id": "a/b"})).outputs == [("response", {"name": "Rex"})]
        assert (await pets.run(LIST, {"kind": "cat"})).outputs == [("response", [])]
        assert (await pets.run(ADD, {"name": "Rex", "tags": ["good"]})).outputs == [("response", {"id": "1"})]
    assert pets.asked[1].query == {"limit": "20", "kind": "cat"}
    assert pets.asked[2].json == {"name": "Rex", "tags": ["good"]}


@pytest.mark.parametrize("block", [GET, LIST, ADD], ids=lambda block: block.name)
async def test_their_examples_are_true(block):
    (example,) = block.examples
    context = make_context(http=CannedHttp(example.answers), credentials=example.credentials)
    assert (await run_directly(block, example.input, context, None)).emissions == list(example.output)


def test_what_is_not_described_or_described_elsewhere_is_refused():
    with pytest.raises(BlockDefinitionError, match="no operation getCat"):
        blocks_of(DOCUMENT, PETS, operations={"getCat": IDS["getPet"]})
    elsewhere = {"paths": {"/a": {"get": {"operationId": "a", "parameters": [{"$ref": "https://example.org/x"}]}}}}
    with pytest.raises(BlockDefinitionError, match="not in it"):
        list(operations_of(elsewhere))
    endless = {"paths": {"/a": {"get": {"operationId": "a", "parameters": [{"$ref": "#/b"}]}}}, "b": {"$ref": "#/b"}}
    with pytest.raises(BlockDefinitionError, match="without end"):
        list(operations_of(endless))


def test_two_parameters_that_would_be_one_pin_are_two_and_what_is_no_path_is_left_out():
    parameters = [
        {"name": "user-id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "userId", "in": "query", "schema": {"type": "string"}},
        {"name": "2fa", "in": "path", "required": True, "schema": {"type": "string"}},
    ]
    get = {"operationId": "a", "parameters": parameters}
    document = {"paths": {"/x/{user-id}/{2fa}": {"get": get}, "/nothing": None}}
    (found,) = operations_of(document)
    assert [(one.name, one.pin) for one in found.parameters] == [
        ("user-id", "user_id"),
        ("userId", "user_id_2"),
        ("2fa", "2fa"),
    ]
    assert found.path == "/x/{user_id}/{2fa}"
