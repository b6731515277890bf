"""Limits of one operation: what it may cost is known before it runs; it changes no result.

A list costs as many units as rows are asked for, and what stands below it that many times more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)
from graphql.language.ast import IntValueNode
from strawberry.extensions import SchemaExtension

from api.config import ApiConfig
from api.errors import TooComplex
from api.graphql.connections import PAGE


class CostLimit(SchemaExtension):
    """Refuses an operation whose lists multiply beyond the limit."""

    def __init__(self, config: ApiConfig) -> None:
        self.cost_max = config.query_cost_max

    def on_execute(self) -> Iterator[None]:
        document = self.execution_context.graphql_document
        if document is not None:
            fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
            variables = self.execution_context.variables or {}
            schema = self.execution_context.schema._schema
            for definition in document.definitions:
                if isinstance(definition, OperationDefinitionNode):
                    root = schema.get_root_type(definition.operation)
                    cost = Cost(fragments, variables, schema.type_map, self.cost_max).of(definition.selection_set, root)
                    if cost > self.cost_max:
                        raise TooComplex(
                            f"The operation may cost {cost} units; at most {self.cost_max} are allowed. Ask for shorter lists."
                        )
        yield


class Cost:
    """Counts the units of a selection."""

    def __init__(
        self, fragments: dict[str, FragmentDefinitionNode], variables: dict[str, Any], types: dict[str, Any], stop: int
    ) -> None:
        self._fragments = fragments
        self._variables = variables
        self._types = types
        self._stop = stop
        self._counted: dict[str, int] = {}

    def of(self, selections: SelectionSetNode | None, kind: Any, depth: int = 0) -> int:
        """Give the units of what is selected on a type; counting ends where the limit is met."""
        total = 0
        for selection in selections.selections if selections is not None else ():
            if total > self._stop or depth > 50:
                return total
            if isinstance(selection, FieldNode):
                total += self._of_field(selection, kind, depth)
            elif isinstance(selection, InlineFragmentNode):
                total += self.of(selection.selection_set, kind, depth + 1)
            elif isinstance(selection, FragmentSpreadNode):
                total += self._of_fragment(selection.name.value, depth)
        return total

    def _of_fragment(self, name: str, depth: int) -> int:
        """Give the units of a fragment, counted once however often it is spread: fragments of fragments double each time."""
        if name not in self._counted:
            fragment = self._fragments.get(name)
            self._counted[name] = 0  # A cycle is refused by validation; here it only has to end.
            if fragment is not None:
                on = self._types.get(fragment.type_condition.name.value)
                self._counted[name] = self.of(fragment.selection_set, on, depth + 1)
        return self._counted[name]

    def _of_field(self, field: FieldNode, kind: Any, depth: int) -> int:
        definition = getattr(kind, "fields", {}).get(field.name.value)
        if definition is None or field.selection_set is None:
            return 0
        inner = get_named_type(definition.type)
        below = self.of(field.selection_set, inner, depth + 1)
        if isinstance(inner, GraphQLObjectType) and inner.name.endswith("Connection"):
            size = self._first(field)
            return size + size * below
        return below

    def _first(self, field: FieldNode) -> int:
        for argument in field.arguments or ():
            if argument.name.value != "first":
                continue
            if isinstance(argument.value, IntValueNode):
                return max(1, int(argument.value.value[:12]))
            if isinstance(argument.value, VariableNode):
                given = self._variables.get(argument.value.name.value)
                return max(1, given) if isinstance(given, int) else PAGE
        return PAGE
