"""Providers in GraphQL: the services that blocks here have, for whoever makes a credential; it asks no service and no row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import strawberry

from api.call import Call
from api.graphql.blocks import BlockCost, cost_of
from api.graphql.credentials import CredentialTypeEnum
from api.graphql.guard import query
from blocks.llm.endpoints import ANTHROPIC, BASE_URLS, TITLES
from blocks.providers.finding import providers
from blocks.registry import Registry
from blocks.sdk.providers import KeyPlace
from blocks.sdk.providers import Provider as Declared
from schema.access import Right
from schema.credentials import CredentialType, Requirement, requirements_of

#: Those that run language models; blocks ask them by their own clients, so they are no modules of `blocks/providers`.
_MODELS: Final = {
    name: Declared(
        name,
        title,
        BASE_URLS.get(name, ""),
        key=KeyPlace(header="x-api-key", scheme="") if name == ANTHROPIC else KeyPlace(),
    )
    for name, title in TITLES.items()
}

#: What people call those that blocks ask for and that nobody declared. Of any other the name serves.
_TITLES: Final = {
    "database": "A database",
    "e2b": "E2B",
    "http": "Web addresses of your own",
    "mcp": "An MCP server",
    "medium": "Medium",
    "openweathermap": "OpenWeatherMap",
    "smtp": "A mail server (SMTP)",
}


@strawberry.type(description="A service that has blocks here.")
class Provider:
    row: strawberry.Private[Declared]
    needs: strawberry.Private[list[Requirement]]

    @strawberry.field(description="The `provider` of its credentials.")
    def name(self) -> str:
        return self.row.name

    @strawberry.field(description="What people call it.")
    def title(self) -> str:
        return self.row.title

    @strawberry.field(description="Where its credentials are sent to, and nowhere else: `host` or `*.domain`.")
    def hosts(self) -> list[str]:
        return list(self.row.all_hosts)

    @strawberry.field(description="Whether access can be granted at it here, by `beginOAuth`.")
    def has_o_auth(self, info: strawberry.Info) -> bool:
        call: Call = info.context
        return self.row.name in call.services.config.oauth_providers

    @strawberry.field(description="The header of requests that its key goes into; null: a parameter of the query.")
    def key_header(self) -> str | None:
        return None if self.row.key.parameter is not None else self.row.key.header

    @strawberry.field(description="The types of credentials that its blocks take; empty: it has no blocks here.")
    def types(self) -> list[CredentialTypeEnum]:  # type: ignore[valid-type]
        return [CredentialType(one) for one in sorted({one for need in self.needs for one in need.types})]

    @strawberry.field(
        description="The scopes that its blocks ask for, all together; those of one block are at its pin."
    )
    def scopes(self) -> list[str]:
        return sorted({scope for need in self.needs for scope in need.scopes})

    @strawberry.field(description="What a run of one of its blocks costs, that says nothing else; empty: nothing.")
    def costs(self) -> list[BlockCost]:
        return [cost_of(cost) for cost in self.row.costs]


@strawberry.type
class ProvidersQuery:
    # They say what blocks are for, so whoever sees the blocks sees them: none of it is anybody's secret.
    @query(Right.READ_BLOCKS, "The services that blocks here have, by name.")
    async def providers(self, info: strawberry.Info) -> list[Provider]:
        call: Call = info.context
        registry = call.services.registry
        needs = _needs(registry)
        named = {name: Declared(name, _TITLES.get(name, name), "") for name in needs}
        found = {**named, **_declared(registry)}
        return [Provider(row=one, needs=needs.get(name, [])) for name, one in sorted(found.items())]


def _declared(registry: Registry) -> Mapping[str, Declared]:
    """Give the providers by name; those of folders that the operator named the registry knows."""
    added = {one.name: one for given in registry.contributions for one in given.providers}
    return {**_MODELS, **added, **providers()}


def _needs(registry: Registry) -> Mapping[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for block in registry:
        for need in requirements_of(block.spec):
            for name in need.providers:
                found.setdefault(name, []).append(need)
    return found
