"""Asking an MCP server: which tools it has, and what one of them gives; the SDK is loaded when somebody asks, and not before.

Raises EgressRefused, CredentialUnusable, RateLimited, Unavailable, or BlockFailed for what else the server or its tool refuses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final

from blocks.sdk.addresses import parse_url
from blocks.sdk.context import Http
from blocks.sdk.credentials import ApiKey, Credential, HostScoped, OAuth2
from schema.errors import CredentialUnusable

#: Seconds of one call of a tool, from the first connection to the end of the session.
CALL_SECONDS_MAX: Final = 300.0
#: Seconds of a list of tools: below the deadline of an operation of the API.
LIST_SECONDS_MAX: Final = 8.0


@dataclass(frozen=True)
class McpServer:
    """Where a server is, and what is sent along with each request to it."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def host(self) -> str:
        return parse_url(self.url).host


@dataclass(frozen=True)
class McpTool:
    """A tool as its server describes it."""

    name: str
    description: str
    input_schema: Mapping[str, Any]


def server_at(url: str, credential: Credential | None) -> McpServer:
    """Give the server at an address, with a credential that may go there. Raises CredentialUnusable or EgressRefused."""
    # In its one form: what is checked here is what is connected to.
    normal = parse_url(url.strip()).url
    return McpServer(normal, {} if credential is None else _headers(normal, credential))


def _headers(url: str, credential: Credential) -> dict[str, str]:
    match credential:
        case HostScoped():
            return credential.headers_for(url)
        case ApiKey() | OAuth2() if credential.may_go_to(url):
            return {"Authorization": credential.bearer}
    own, host = ", ".join(credential.hosts) or "none", parse_url(url).authority
    raise CredentialUnusable(
        f"The credential {credential.reference.title or credential.reference.id!r} is not for {host}; its hosts: {own}. "
        "A key for an MCP server names the hosts that it may be sent to."
    )


async def list_tools(http: Http, server: McpServer, seconds: float = LIST_SECONDS_MAX) -> Sequence[McpTool]:
    """Give the tools that a server offers."""
    found: Sequence[McpTool] = await (await asyncio.to_thread(_session)).list_tools(http, server, seconds)
    return found


async def call_tool(
    http: Http,
    server: McpServer,
    name: str,
    arguments: Mapping[str, Any],
    *,
    key: str,
    seconds: float = CALL_SECONDS_MAX,
) -> Mapping[str, Any]:
    """Call a tool; give its result as the protocol has it. `key` goes along, so that a server can tell a repeated call."""
    session = await asyncio.to_thread(_session)
    found: Mapping[str, Any] = await session.call_tool(http, server, name, arguments, key, seconds)
    return found


def _session() -> ModuleType:
    # The SDK takes more than a second to load, and brings a server's half along. In a thread, for blocks share a loop.
    from blocks.mcp import session

    return session
