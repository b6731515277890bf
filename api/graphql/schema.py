"""The GraphQL schema: every operation, each behind its guard; built once a process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from copy import copy
from functools import lru_cache, partial
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import (
    DisableIntrospection,
    MaxTokensLimiter,
    SchemaExtension,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types import ExecutionContext, ExecutionResult

from api.config import ApiConfig
from api.errors import ErrorCode
from api.graphql.approvals import ApprovalsMutation, ApprovalsQuery
from api.graphql.authoring import AuthoringMutation
from api.graphql.blocks import BlocksMutation, BlocksQuery
from api.graphql.continuing import ContinuingMutation, ContinuingQuery
from api.graphql.credentials import CredentialsMutation, CredentialsQuery
from api.graphql.files import FilesMutation, FilesQuery
from api.graphql.fleet import FleetQuery
from api.graphql.folders import FoldersMutation, FoldersQuery
from api.graphql.graph_changes import GraphChangesMutation
from api.graphql.graph_files import GraphFilesMutation, GraphFilesQuery
from api.graphql.graph_problems import GraphProblemsQuery
from api.graphql.graphs import GraphsQuery
from api.graphql.guard import Guard, guards
from api.graphql.library import LibraryMutation, LibraryQuery
from api.graphql.limits import OperationLimits
from api.graphql.llm_usage import LlmUsageQuery
from api.graphql.market import MarketQuery
from api.graphql.masking import Masking, log_errors
from api.graphql.mcp_tools import McpToolsQuery
from api.graphql.memories import MemoriesMutation, MemoriesQuery
from api.graphql.node import NodeQuery
from api.graphql.parts import PartsMutation
from api.graphql.people import PeopleMutation, PeopleQuery
from api.graphql.presets import PresetsMutation, PresetsQuery
from api.graphql.profiles import ProfilesMutation, ProfilesQuery
from api.graphql.providers import ProvidersQuery
from api.graphql.ratings import RatingsMutation, RatingsQuery
from api.graphql.reviews import ReviewsMutation, ReviewsQuery
from api.graphql.run_control import RunControlMutation
from api.graphql.run_events import EVENT_TYPES, RunEventsQuery, RunEventsSubscription
from api.graphql.run_limits import RunLimitsMutation, RunLimitsQuery
from api.graphql.run_operations import RunOperationsMutation, RunOperationsQuery
from api.graphql.runs import RunsQuery
from api.graphql.schedule_operations import SchedulesMutation
from api.graphql.schedules import SchedulesQuery
from api.graphql.signals import SignalsMutation
from api.graphql.webhook_operations import WebhooksMutation
from api.graphql.webhooks import WebhooksQuery

Extension = type[SchemaExtension] | Callable[[], SchemaExtension]

QUERIES: tuple[type, ...] = (
    NodeQuery,
    PeopleQuery,
    FilesQuery,
    GraphsQuery,
    GraphProblemsQuery,
    GraphFilesQuery,
    FleetQuery,
    FoldersQuery,
    BlocksQuery,
    CredentialsQuery,
    LibraryQuery,
    LlmUsageQuery,
    McpToolsQuery,
    MemoriesQuery,
    PresetsQuery,
    ProfilesQuery,
    ProvidersQuery,
    MarketQuery,
    ReviewsQuery,
    RatingsQuery,
    RunsQuery,
    RunOperationsQuery,
    ApprovalsQuery,
    ContinuingQuery,
    RunEventsQuery,
    RunLimitsQuery,
    SchedulesQuery,
    WebhooksQuery,
)
MUTATIONS: tuple[type, ...] = (
    PeopleMutation,
    FilesMutation,
    GraphChangesMutation,
    GraphFilesMutation,
    FoldersMutation,
    BlocksMutation,
    CredentialsMutation,
    LibraryMutation,
    MemoriesMutation,
    PresetsMutation,
    ProfilesMutation,
    AuthoringMutation,
    ReviewsMutation,
    RatingsMutation,
    RunOperationsMutation,
    ApprovalsMutation,
    ContinuingMutation,
    PartsMutation,
    RunControlMutation,
    RunLimitsMutation,
    SignalsMutation,
    SchedulesMutation,
    WebhooksMutation,
)
SUBSCRIPTIONS: tuple[type, ...] = (RunEventsSubscription,)
#: Types that are reached by an interface only.
TYPES: tuple[type, ...] = (*EVENT_TYPES,)


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
    schema = copy(_built())
    schema.config = copy(schema.config)
    schema.seconds_max = config.operation_seconds_max
    schema.extensions = extensions(config)
    schema.config.disable_field_suggestions = config.is_production
    return schema


def extensions(config: ApiConfig) -> tuple[Extension, ...]:
    """Give what stands around every operation: masking outermost, then the limits."""
    found: list[Extension] = [
        Masking,
        partial(MaxTokensLimiter, config.query_tokens_max),
        partial(OperationLimits, config),
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
