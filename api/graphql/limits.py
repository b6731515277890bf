"""Limits of one operation: how deep, how often and how much, known before it is validated or run; it changes no result.

A list costs as many units as rows are asked for, and what stands below it that many times more. Every fragment is measured
once, however often it is spread: fragments that spread others twice would otherwise cost the power of two of their number,
which is what strawberry's own depth limiter does (0.341: a query of 2 KB takes hours), so it is not used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
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
from api.errors import ErrorCode
from api.graphql.connections import PAGE

#: Counting ends here: whatever is larger is too large.
CEILING: Final = 10**9


@dataclass(frozen=True)
class Extent:
    """How much a selection asks for."""

    depth: int = 0
    aliases: int = 0
    cost: int = 0

    def __add__(self, other: Extent) -> Extent:
        return Extent(
            max(self.depth, other.depth),
            min(CEILING, self.aliases + other.aliases),
            min(CEILING, self.cost + other.cost),
        )


class OperationLimits(SchemaExtension):
    """Refuses an operation beyond the limits, before anything else looks at it."""

    def __init__(self, config: ApiConfig) -> None:
        self.config = config

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        document = context.graphql_document
        if document is not None:
            extent = measure(document, context.schema._schema, context.variables or {})
            message = self._refusal(extent)
            if message is not None:
                code = ErrorCode.QUERY_TOO_COMPLEX.value
                context.pre_execution_errors = [GraphQLError(message, extensions={"code": code})]
        yield

    def _refusal(self, extent: Extent) -> str | None:
        limits = self.config
        if extent.depth > limits.query_depth_max:
            return f"The operation is {extent.depth} levels deep; at most {limits.query_depth_max} are allowed."
        if extent.aliases > limits.query_aliases_max:
            return f"The operation has {extent.aliases} aliases; at most {limits.query_aliases_max} are allowed."
        if extent.cost > limits.query_cost_max:
            return (
                f"The operation may cost {extent.cost} units; at most {limits.query_cost_max} are allowed. "
                "Ask for shorter lists."
            )
        return None


def measure(document: DocumentNode, schema: Any, variables: Mapping[str, Any]) -> Extent:
    """Give the extent of the whole document."""
    measuring = _Measuring(document, schema.type_map, variables)
    extent = Extent()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            extent += measuring.of(definition.selection_set, schema.get_root_type(definition.operation))
    return extent


class _Measuring:
    def __init__(self, document: DocumentNode, types: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._types = types
        self._variables = variables
        self._measured: dict[str, Extent] = {}

    def of(self, selections: SelectionSetNode | None, kind: Any) -> Extent:
        """Give the extent of what is selected on a type."""
        extent = Extent()
        for selection in selections.selections if selections is not None else ():
            if isinstance(selection, FieldNode):
                extent += self._of_field(selection, kind)
            elif isinstance(selection, InlineFragmentNode):
                on = selection.type_condition
                extent += self.of(selection.selection_set, kind if on is None else self._types.get(on.name.value))
            elif isinstance(selection, FragmentSpreadNode):
                extent += self._of_fragment(selection.name.value)
        return extent

    def _of_fragment(self, name: str) -> Extent:
        if name not in self._measured:
            self._measured[name] = Extent()  # Validation refuses a cycle; here it only has to end.
            fragment = self._fragments.get(name)
            if fragment is not None:
                on = self._types.get(fragment.type_condition.name.value)
                self._measured[name] = self.of(fragment.selection_set, on)
        return self._measured[name]

    def _of_field(self, field: FieldNode, kind: Any) -> Extent:
        aliases = int(field.alias is not None)
        if field.selection_set is None:
            return Extent(1, aliases, 0)
        definition = getattr(kind, "fields", {}).get(field.name.value)
        inner = None if definition is None else get_named_type(definition.type)
        below = self.of(field.selection_set, inner)
        size = 0
        if isinstance(inner, GraphQLObjectType) and inner.name.endswith("Connection"):
            size = self._first(field)
        cost = below.cost if size == 0 else size + size * below.cost
        return Extent(1 + below.depth, min(CEILING, aliases + below.aliases), min(CEILING, cost))

    def _first(self, field: FieldNode) -> int:
        """Give how many rows a list is asked for."""
        for argument in field.arguments or ():
            if argument.name.value != "first":
                continue
            if isinstance(argument.value, IntValueNode):
                return max(1, int(argument.value.value[:10]))
            if isinstance(argument.value, VariableNode):
                given = self._variables.get(argument.value.name.value)
                return max(1, given) if isinstance(given, int) else PAGE
        return PAGE
