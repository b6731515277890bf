"""The schema that is checked in is the one that is served, described throughout, and changes only by additions."""

from __future__ import annotations

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, build_schema
from graphql.utilities import find_breaking_changes

from tests.api.sdl import FILE, text


def test_the_schema_that_is_checked_in_is_the_one_that_is_served() -> None:
    assert FILE.read_text(encoding="utf-8").splitlines() == text().splitlines()


def test_nothing_that_clients_use_is_taken_away() -> None:
    assert find_breaking_changes(build_schema(FILE.read_text(encoding="utf-8")), build_schema(text())) == []


def test_a_field_that_is_taken_away_is_seen() -> None:
    smaller = text().replace("  isDone: Boolean!\n", "")
    assert smaller != text()
    assert find_breaking_changes(build_schema(text()), build_schema(smaller))


def undescribed(schema: GraphQLSchema) -> list[str]:
    """Name the operations and the types of outputs without a description."""
    roots = [schema.query_type, schema.mutation_type, schema.subscription_type]
    found = [
        f"{root.name}.{name}"
        for root in roots
        if root is not None
        for name, field in root.fields.items()
        if not field.description
    ]
    for name, kind in schema.type_map.items():
        is_ours = not name.startswith("__") and kind not in roots
        is_given = isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        if is_ours and is_given and not name.endswith("Payload") and not kind.description:
            found.append(name)
    return found


def test_every_operation_and_every_type_says_what_it_is() -> None:
    assert undescribed(build_schema(text())) == []


def test_an_operation_without_a_description_is_seen() -> None:
    assert undescribed(build_schema("type Query { runs: [Run!]! } type Run { id: ID! }")) == ["Query.runs", "Run"]
