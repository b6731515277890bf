"""A session with an MCP server by the official SDK: opened, asked one thing, ended; this module loads the SDK.

Both ways of the protocol are spoken: the handshake of the revisions up to 2025-11-25, and the single exchanges since 2026-07-28.
What a server asks of its client (to sample a model, to ask a person, for folders) is refused, as the SDK does by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import (
    CONNECTION_CLOSED,
    HEADER_MISMATCH,
    PARSE_ERROR,
    REQUEST_TIMEOUT,
    CallToolRequest,
    CallToolRequestParams,
    Implementation,
    PaginatedRequestParams,
)
from pydantic import RootModel, ValidationError

from blocks.mcp.asking import McpServer, McpTool
from blocks.mcp.watching import Watched
from blocks.sdk.context import Http
from blocks.sdk.egress import USER_AGENT
from schema.errors import BlockFailed, DrystoneError, Unavailable, shorten

T = TypeVar("T")

#: Bytes of all answers of a session in which a tool is called, and of one that lists tools: those are described in a few KB each,
#: and become some hundred bytes of memory for each pair of braces.
ANSWER_BYTES_MAX: Final = 10 * 1024 * 1024
LIST_BYTES_MAX: Final = 2 * 1024 * 1024
#: Tools of one server, and pages of their list.
TOOLS_MAX: Final = 500
PAGES_MAX: Final = 50
#: Where a call's key stands in its `_meta`.
KEY_META: Final = "drystone/idempotency-key"
#: Characters of a server's own words that an error repeats.
_WORDS_CHARS_MAX: Final = 500

#: What the SDK says of an answer that had no error of the protocol's own.
_STAND_INS: Final = frozenset({"Not Found", "Server returned an error response", "Session terminated"})
_AWAY: Final = frozenset({CONNECTION_CLOSED, PARSE_ERROR, REQUEST_TIMEOUT})

# The SDK logs what servers answered, stack and all; what it means is told by the errors here.
logging.getLogger("mcp.client").setLevel(logging.CRITICAL)


class _Wire(RootModel[dict[str, Any]]):
    """A result as it came; the session has checked that it is of the protocol."""


async def list_tools(http: Http, server: McpServer, seconds: float) -> Sequence[McpTool]:
    """Give the tools of a server, page by page."""

    async def ask(client: Client) -> list[McpTool]:
        found: list[McpTool] = []
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            page = await client.session.list_tools(params=PaginatedRequestParams(cursor=cursor))
            found += [McpTool(one.name, one.description or "", one.input_schema) for one in page.tools]
            cursor = page.next_cursor
            if cursor is None or len(found) > TOOLS_MAX:
                break
        if cursor is not None or len(found) > TOOLS_MAX:
            raise BlockFailed(f"The MCP server at {server.host} has more than {TOOLS_MAX} tools.")
        return found

    return await _asked(http, server, seconds, LIST_BYTES_MAX, ask)


async def call_tool(
    http: Http, server: McpServer, name: str, arguments: Mapping[str, Any], key: str, seconds: float
) -> Mapping[str, Any]:
    """Call a tool; give its result as the protocol has it."""

    async def ask(client: Client) -> dict[str, Any]:
        try:
            return await _call(client, name, arguments, key)
        except MCPError as error:
            if error.code != HEADER_MISMATCH:
                raise
            # Some of the arguments go into headers, too: which ones, the list of tools says.
            await client.session.list_tools()
            return await _call(client, name, arguments, key)

    result = await _asked(http, server, seconds, ANSWER_BYTES_MAX, ask)
    if result.get("resultType") == "input_required":
        raise BlockFailed(
            f"The tool {name!r} asks for more, of a person or a model, and nobody is here who would answer."
        )
    return result


async def _call(client: Client, name: str, arguments: Mapping[str, Any], key: str) -> dict[str, Any]:
    # Not by `client.call_tool`: that matches what a tool gives with patterns that its server wrote, for as long as they take.
    params = CallToolRequestParams.model_validate({"name": name, "arguments": arguments, "_meta": {KEY_META: key}})
    return (await client.session.send_request(CallToolRequest(params=params), _Wire)).root


async def _asked(
    http: Http, server: McpServer, seconds: float, bytes_max: int, ask: Callable[[Client], Awaitable[T]]
) -> T:
    """Open a session, ask, and end it, all within so many seconds and bytes."""
    # Twice as many, so that it is here that too much is noticed: what the guard says of it could be tried again.
    watched = Watched(http.transport(2 * bytes_max), server.url, bytes_max, has_credential=bool(server.headers))
    headers = {"User-Agent": USER_AGENT, **server.headers}
    try:
        async with (
            asyncio.timeout(seconds),
            # No redirect: each request carries the credential.
            httpx2.AsyncClient(
                transport=watched, headers=headers, max_redirects=0, trust_env=False, timeout=None
            ) as outside,
            Client(
                streamable_http_client(server.url, http_client=outside, max_sse_event_size=bytes_max),
                cache=None,
                client_info=Implementation(name="drystone", version="1"),
            ) as client,
        ):
            return await ask(client)
    except TimeoutError as error:
        if watched.excess is not None:
            raise watched.excess from error
        raise Unavailable(f"The MCP server at {server.host} did not answer within {seconds:g} seconds.") from error
    except Exception as error:
        # The SDK's tasks fail in groups, with errors of httpx2's, pydantic's, ours and its own.
        raise _meaning_of(error, watched, server.host) from error


def _meaning_of(error: Exception, watched: Watched, host: str) -> DrystoneError:
    """Give what an error of a session means."""
    if watched.excess is not None:
        return watched.excess
    causes = list(_leaves(error))
    ours = next((one for one in causes if isinstance(one, DrystoneError)), None)
    if ours is not None:
        return ours
    for one in causes:
        if isinstance(one, MCPError):
            if watched.failure is not None and (watched.is_failure_certain or one.message in _STAND_INS):
                return watched.failure
            kind = Unavailable if one.code in _AWAY else BlockFailed
            return kind(f"The MCP server at {host} refused: {shorten(one.message, _WORDS_CHARS_MAX)}")
        if isinstance(one, httpx2.HTTPError):
            return Unavailable(f"The MCP server at {host} could not be used: {shorten(str(one), 300)}")
        if isinstance(one, ValidationError):
            return Unavailable(f"The MCP server at {host} answered what is not of the protocol.")
    return BlockFailed(f"The session with the MCP server at {host} failed: {shorten(str(causes[0]), 300)}")


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    else:
        yield error
