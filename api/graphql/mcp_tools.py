"""MCP servers' tools in GraphQL, for whoever builds an agent: what a server offers is listed, and no tool is called."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.graphql.guard import query
from api.graphql.ids import decode_uuid
from blocks.mcp.asking import McpTool as ToolRow
from blocks.mcp.asking import list_tools, server_at
from blocks.renewing import renewed_tokens
from blocks.sdk.credentials import Credential, open_credential
from schema.access import Right
from schema.credentials import Held, misfit
from schema.db.credentials import Credential as CredentialRow
from schema.db.credentials import Secret, renewed_secret
from schema.errors import CredentialUnusable
from schema.values import normalize

_PROVIDER = "mcp"
_TYPES = ("api_key", "oauth2", "host_scoped")


@strawberry.type(description="A tool of an MCP server, as that server describes it: it may say anything.")
class McpTool:
    row: strawberry.Private[ToolRow]

    @strawberry.field(description="Goes into a node's `selected_tool`.")
    def name(self) -> str:
        return self.row.name

    @strawberry.field(description="Goes into a node's `tool_description`.")
    def description(self) -> str:
        return self.row.description

    @strawberry.field(description="The JSON Schema of its parameters; goes into a node's `tool_input_schema`.")
    def input_schema(self) -> JSON:
        return JSON(normalize(dict(self.row.input_schema), "inputSchema"))


@strawberry.type
class McpToolsQuery:
    @query(
        Right.WRITE_GRAPHS,
        "The tools of an MCP server, which is asked now, over streamable HTTP; for nodes of MCPToolBlock. With a credential "
        "that the caller may use, it goes along; that needs the right credentials:read, too.",
    )
    async def mcp_tools(
        self, info: strawberry.Info, server_url: str, credential_id: strawberry.ID | None = None
    ) -> list[McpTool]:
        call: Call = info.context
        await call.services.throttle.take("tools", str(call.principal.person_id))
        credential = None
        if credential_id is not None:
            call.need(Right.READ_CREDENTIALS)
            await call.note("mcpTools", "ALLOWED", None, credential_id)
            credential = await _opened(call, decode_uuid("Credential", credential_id))
        tools = await list_tools(call.services.http, server_at(server_url, credential))
        return [McpTool(row=tool) for tool in tools]


async def _opened(call: Call, credential_id: UUID) -> Credential:
    """Open a credential that the caller may use; raise NotFound, or CredentialUnusable where it is for something else."""
    row, values = await call.stores.credentials.open(call.tenant, credential_id, call.principal.person_id)
    reason = misfit(Held(row.provider, row.type, row.scopes, row.ended_at is not None), [_PROVIDER], _TYPES, ())
    if reason is not None:
        raise CredentialUnusable(f"The credential {row.title!r} {reason}.", where="credentialId")
    if row.is_due(datetime.now(UTC)):
        # To its end, also where nobody waits any more: what it is renewed by is given once.
        row, values = await asyncio.shield(_renewed(call, credential_id))
    provider = call.services.config.oauth_providers.get(row.provider)
    hosts = row.hosts or (() if provider is None else provider.hosts)
    return open_credential(row.reference, values, hosts=hosts, scopes=row.scopes, expires_at=row.expires_at)


async def _renewed(call: Call, credential_id: UUID) -> tuple[CredentialRow, Mapping[str, Any]]:
    providers = call.services.config.oauth_providers

    async def renewal(row: CredentialRow, values: Mapping[str, Any]) -> Secret:
        renewing = values.get("refresh_token")
        tokens = await renewed_tokens(call.services.http, providers, row.provider, row.title, renewing)
        return renewed_secret(row, values, tokens, datetime.now(UTC))

    return await call.stores.credentials.renew(
        call.tenant, credential_id, call.principal.person_id, lambda row: row.is_due(datetime.now(UTC)), renewal
    )
