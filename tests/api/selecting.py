"""Selecting: queries that ask for every field of a type, made from the committed schema; no test is here."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_leaf_type,
)

SDL: Final = Path(__file__).resolve().parents[2] / "api" / "schema.graphql"


@lru_cache(maxsize=1)
def schema() -> GraphQLSchema:
    return build_schema(SDL.read_text(encoding="utf-8"))


def is_list(field: GraphQLField) -> bool:
    return get_named_type(field.type).name.endswith("Connection")


def every_field(type_name: str, depth: int = 2, first: int = 2) -> str:
    """Give a selection of all fields of a type, and of what they give, so deep; `first` of each list.

    Lists stand at the first level only, and fields that want an argument are left out.
    """
    kind = schema().type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    selected = [_field(name, field, depth, first) for name, field in kind.fields.items() if not _wants_more(field)]
    return " ".join(one for one in selected if one)


def _wants_more(field: GraphQLField) -> bool:
    return any(isinstance(one.type, GraphQLNonNull) and one.default_value is None for one in field.args.values())


def _field(name: str, field: GraphQLField, depth: int, first: int) -> str:
    inner = get_named_type(field.type)
    if is_leaf_type(inner):
        return name
    if not isinstance(inner, GraphQLObjectType):
        return f"{name} {{ __typename }}"
    if is_list(field):
        node = get_named_type(inner.fields["nodes"].type).name
        return f"{name}(first: {first}) {{ nodes {{ {every_field(node, 1, first)} }} }}" if depth > 1 else ""
    return "" if depth == 0 else f"{name} {{ {every_field(inner.name, depth - 1, first) or '__typename'} }}"


def selections_of(type_name: str) -> dict[str, str]:
    """Give a selection for each field of a type that is more than a leaf, and under `leaves` one for all those that are none."""
    kind = schema().type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    found = {"leaves": every_field(type_name, 0)}
    for name, field in kind.fields.items():
        if not is_leaf_type(get_named_type(field.type)) and not _wants_more(field):
            found[name] = _field(name, field, 2, 2)
    return found
