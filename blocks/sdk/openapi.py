"""OpenAPI: blocks made from a service's own description, an operation each; it fetches no description and calls nobody.

    blocks = blocks_of(document, EXAMPLE, credentials=ExampleCredentials, operations={"getItem": "6f0f6d2a-..."})

Pins are the operation's parameters and the properties of its JSON body, with the types that they have there. A block gives the
whole answer on `response`. OpenAPI 3.0 and 3.1; what has no operation id, or a body that is not JSON, is no block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import create_model

from blocks.sdk.block import Block, BlockDefinitionError, BlockInput, BlockOutput, Example, pin
from blocks.sdk.credentials import ApiKey, Credential
from blocks.sdk.providers import Provider
from blocks.sdk.rest import Operation, RestBlock
from schema.credentials import Reference

_CREDENTIALS: Final = "credentials"
_METHODS: Final = ("get", "put", "post", "delete", "patch")
#: Levels of references that are followed: a description may refer to itself.
_DEPTH_MAX: Final = 10
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9_]+")
_TYPES: Final[Mapping[str, Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list[Any],
    "object": dict[str, Any],
}


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation: where it goes, and what it is called there and as a pin."""

    name: str
    place: Literal["path", "query", "body"]
    pin: str
    type: Any
    description: str
    is_required: bool
    default: Any = None


@dataclass(frozen=True)
class Described:
    """An operation as a description has it."""

    id: str
    method: str
    path: str
    summary: str
    parameters: tuple[Parameter, ...] = field(default_factory=tuple)


def blocks_of(
    document: Mapping[str, Any], provider: Provider, *, operations: Mapping[str, str], credentials: Any = None
) -> list[type[Block]]:
    """Give a block for each operation, {operation id: block id}; raise BlockDefinitionError for one that is not described."""
    described = {one.id: one for one in operations_of(document)}
    missing = sorted(set(operations) - set(described))
    if missing:
        raise BlockDefinitionError(f"{provider.title}'s description has no operation {', '.join(missing)}.")
    return [_block(described[name], provider, block_id, credentials) for name, block_id in operations.items()]


def operations_of(document: Mapping[str, Any]) -> Iterator[Described]:
    """Give the operations that can be blocks."""
    for path, item in (document.get("paths") or {}).items():
        if not isinstance(item, Mapping):
            continue
        shared = item.get("parameters") or []
        for method in _METHODS:
            operation = item.get(method)
            if isinstance(operation, Mapping) and operation.get("operationId"):
                found = _described(document, path, method, operation, shared)
                if found is not None:
                    yield found


def _described(
    document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any], shared: list[Any]
) -> Described | None:
    rows = [_resolved(document, row) for row in [*shared, *(operation.get("parameters") or [])]]
    found = [_parameter(document, row) for row in rows if row.get("in") in ("path", "query")]
    body = _resolved(document, operation.get("requestBody") or {})
    content = body.get("content") or {}
    if content and "application/json" not in content:
        return None
    if content:
        found += _body(document, _resolved(document, content["application/json"].get("schema") or {}))
    unique = {one.pin: one for one in _with_own_pins(found)}
    text = str(operation.get("summary") or operation.get("description") or operation["operationId"])
    places = {one.name: one.pin for one in unique.values() if one.place == "path"}
    for name, own in places.items():
        path = path.replace("{" + name + "}", "{" + own + "}")
    return Described(str(operation["operationId"]), method.upper(), path, text, tuple(unique.values()))


def _with_own_pins(found: Sequence[Parameter]) -> Iterator[Parameter]:
    """Give each parameter a pin that no other has. One that is said twice is as it is said last: an operation's goes before its
    path's."""
    taken: set[str] = set()
    for one in {(one.place, one.name): one for one in found}.values():
        own, number = one.pin, 2
        while own in taken:
            own, number = f"{one.pin}_{number}", number + 1
        taken.add(own)
        yield replace(one, pin=own)


def _parameter(document: Mapping[str, Any], row: Mapping[str, Any]) -> Parameter:
    schema = _resolved(document, row.get("schema") or {})
    return Parameter(
        name=str(row["name"]),
        place="path" if row["in"] == "path" else "query",
        pin=_pin_name(str(row["name"])),
        type=_type_of(schema),
        description=str(row.get("description") or schema.get("description") or row["name"]),
        is_required=bool(row.get("required")) or row["in"] == "path",
        default=schema.get("default"),
    )


def _body(document: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Parameter]:
    required = schema.get("required") or ()
    rows = ((name, _resolved(document, one)) for name, one in (schema.get("properties") or {}).items())
    return [
        Parameter(
            name=name,
            place="body",
            pin=_pin_name(name),
            type=_type_of(one),
            description=str(one.get("description") or name),
            is_required=name in required,
            default=one.get("default"),
        )
        for name, one in rows
        if not one.get("readOnly")
    ]


def _resolved(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference within the document. Others are not followed: they would be fetched."""
    for _ in range(_DEPTH_MAX):
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return node
        if not reference.startswith("#/"):
            raise BlockDefinitionError(f"The description refers to {reference!r}, which is not in it.")
        found: Any = document
        for part in reference[2:].split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, Mapping) else {}
        node = found
    raise BlockDefinitionError("The description refers to itself without end.")


def _type_of(schema: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    kinds = [one for one in (kind if isinstance(kind, list) else [kind]) if one != "null"]
    values = schema.get("enum")
    if values and all(isinstance(value, str) for value in values):
        return Literal[tuple(values)]
    return _TYPES.get(str(kinds[0]), Any) if len(kinds) == 1 else Any


def _pin_name(name: str) -> str:
    """Give a pin's name: what of it a path could mean is left out, and it is none that a block's input has already."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    found = _NOT_IN_NAMES.sub("_", words).strip("_") or "value"
    return f"{found}_value" if found == _CREDENTIALS or hasattr(BlockInput, found) else found


def _block(described: Described, provider: Provider, block_id: str, credentials: Any) -> type[Block]:
    fields: dict[str, Any] = {}
    if credentials is not None:
        fields[_CREDENTIALS] = (credentials, pin(description=f"Access to {provider.title}."))
    for one in described.parameters:
        default = ... if one.is_required else one.default
        kind = one.type if one.is_required or one.default is not None else one.type | None
        fields[one.pin] = (kind, pin(default, description=one.description))
    name = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", described.id))
    operation = Operation(
        described.method,
        described.path,
        query={one.pin: one.name for one in described.parameters if one.place == "query"},
        body={one.pin: one.name for one in described.parameters if one.place == "body"},
        gives={"response": ()},
    )
    title = re.sub(r"[^A-Za-z0-9]+", "", provider.title) + name
    return type(
        title,
        (RestBlock,),
        {
            "__doc__": described.summary,
            "__module__": __name__,
            "id": block_id,
            "name": f"{title}Block",
            "provider": provider,
            "operation": operation,
            "Input": create_model(f"{title}Input", __base__=BlockInput, **fields),
            "Output": create_model(
                f"{title}Output", __base__=BlockOutput, response=(Any, pin(description="The answer."))
            ),
            "examples": (_example(described, provider, credentials is not None),),
        },
    )


def _example(described: Described, provider: Provider, has_credentials: bool) -> Example:
    """Give a call with what the operation must have."""
    given: dict[str, Any] = {one.pin: _sample(one.type) for one in described.parameters if one.is_required}
    credentials: dict[str, Credential] = {}
    if has_credentials:
        key = ApiKey(
            Reference("00000000-0000-4000-8000-000000000003", provider.name, "api_key", "Example"), key="example"
        )
        given["credentials"], credentials["credentials"] = key.reference.to_wire(), key
    answer = (200, {"content-type": "application/json"}, b'{"is_example": true}')
    return Example(input=given, output=[("response", {"is_example": True})], answers=[answer], credentials=credentials)


def _sample(kind: Any) -> Any:
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    samples = {str: "example", int: 1, float: 1.0, bool: True}
    return samples.get(kind, [] if get_origin(kind) is list else {})
