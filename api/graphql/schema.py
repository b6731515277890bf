"""The GraphQL schema: every operation, each behind its guard; built once a process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import (
    DisableIntrospection,
    MaxAliasesLimiter,
    MaxTokensLimiter,
    QueryDepthLimiter,
    SchemaExtension,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types import ExecutionContext, ExecutionResult

from api.config import ApiConfig
from api.errors import ErrorCode
from api.graphql.guard import Guard, guards
from api.graphql.limits import CostLimit
from api.graphql.masking import Masking, log_errors
from api.graphql.node import NodeQuery
from api.graphql.people import PeopleMutation, PeopleQuery

Extension = type[SchemaExtension] | Callable[[], SchemaExtension]

QUERIES: tuple[type, ...] = (NodeQuery, PeopleQuery)
MUTATIONS: tuple[type, ...] = (PeopleMutation,)
SUBSCRIPTIONS: tuple[type, ...] = ()
#: Types that are reached by an interface only.
TYPES: tuple[type, ...] = ()


class ApiSchema(strawberry.Schema):
    """The schema with a deadline for each operation, and one line in the log for one that failed."""

    seconds_max: float = 10.0

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        log_errors(errors, None if execution_context is None else execution_context.context)

    async def execute(self, *arguments: Any, **options: Any) -> ExecutionResult:
        try:
            async with asyncio.timeout(self.seconds_max):
                return await super().execute(*arguments, **options)
        except TimeoutError:
            error = GraphQLError(
                "The operation took too long and was given up.", extensions={"code": ErrorCode.TIMEOUT.value}
            )
            self.process_errors([error])
            return ExecutionResult(data=None, errors=[error])


def make_schema(config: ApiConfig) -> ApiSchema:
    """Give the process's schema with a deployment's limits."""
    schema = _built()
    schema.seconds_max = config.operation_seconds_max
    schema.extensions = extensions(config)
    schema.config.disable_field_suggestions = config.is_production
    return schema


def extensions(config: ApiConfig) -> tuple[Extension, ...]:
    """Give what stands around every operation: masking outermost, then the limits."""
    found: list[Extension] = [
        Masking,
        partial(MaxTokensLimiter, config.query_tokens_max),
        partial(QueryDepthLimiter, config.query_depth_max),
        partial(MaxAliasesLimiter, config.query_aliases_max),
        partial(CostLimit, config),
    ]
    return (*found, DisableIntrospection) if config.is_production else tuple(found)


@lru_cache(maxsize=1)
def _built() -> ApiSchema:
    query = merge_types("Query", QUERIES)
    mutation = merge_types("Mutation", MUTATIONS)
    subscription = merge_types("Subscription", SUBSCRIPTIONS) if SUBSCRIPTIONS else None
    for root in (query, mutation, subscription):
        if root is not None:
            guards(root)
    return ApiSchema(query, mutation, subscription, types=TYPES, config=StrawberryConfig(relay_max_results=100))


def operations() -> dict[tuple[str, str], Guard]:
    """Give the guard of every operation, by (root type, field)."""
    roots = {"Query": QUERIES, "Mutation": MUTATIONS, "Subscription": SUBSCRIPTIONS}
    return {
        (name, field): guard
        for name, parts in roots.items()
        if parts
        for field, guard in guards(merge_types(name, parts)).items()
    }
