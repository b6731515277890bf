"""MCP servers on 127.0.0.1, by the official SDK, in each way in which such servers answer; no test is here."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from mcp.server.mcpserver import Context as McpContext
from mcp.server.mcpserver import Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp

#: A picture of one point.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364600000000600023081d02f"
    "0000000049454e44ae426082"
)


class Name(BaseModel):
    """What a server would like to know."""

    name: str


@dataclass
class Served:
    """A running server: the requests that came, as (method, path, headers)."""

    url: str
    host: str
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def guarded(self) -> GuardedHttp:
        return GuardedHttp(EgressPolicy(allowed_hosts=frozenset({self.host})))

    def methods(self) -> list[str]:
        return [method for method, _, _ in self.seen]


def a_server() -> MCPServer:
    """Give a server with a few tools."""
    server = MCPServer("test")

    @server.tool()
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    @server.tool()
    def facts(topic: str) -> dict[str, Any]:
        """Give what is known of a topic."""
        return {"topic": topic, "size": len(topic)}

    @server.tool()
    def picture() -> Image:
        """Give a picture."""
        return Image(data=PNG, format="png")

    @server.tool()
    def fail(reason: str) -> str:
        """Fail."""
        raise ToolError(reason)

    @server.tool()
    def large(size: int) -> str:
        """Give a long text."""
        return "x" * size

    @server.tool()
    async def slow(ctx: McpContext) -> str:
        """Never end."""
        await ctx.report_progress(1, 2)
        await asyncio.Event().wait()
        return "never"

    @server.tool()
    async def curious(ctx: McpContext) -> str:
        """Ask a person."""
        answer = await ctx.elicit("Who are you?", Name)
        return str(answer)

    return server


@asynccontextmanager
async def serving(app: ASGIApp, path: str = "/mcp", lifespan: str = "on") -> AsyncIterator[Served]:
    """Serve an application; it notes what comes."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    served = Served(f"http://127.0.0.1:{port}{path}", f"127.0.0.1:{port}")

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            served.seen.append((scope["method"], scope["path"], headers))
        await app(scope, receive, send)

    config = uvicorn.Config(noting, log_config=None, lifespan=lifespan, timeout_graceful_shutdown=0)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            assert not task.done(), "the server did not start"
            await asyncio.sleep(0)
        yield served
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def serving_tools(server: MCPServer | None = None, **options: Any) -> AsyncIterator[Served]:
    """Serve tools; `json_response` and `stateless_http` are the SDK's."""
    async with serving((server or a_server()).streamable_http_app(**options)) as served:
        yield served
