"""Serving MCP: a request that came through the door is handed to the SDK, which is loaded by the first one; it knows no tool."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.call import Call
from api.config import ApiConfig
from api.errors import Forbidden

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class _Answer(Response):
    """What the SDK answers, as it comes."""

    def __init__(self, way: StreamableHTTPSessionManager, place: str, call: Call, body: bytes) -> None:
        super().__init__()
        self._way, self._place, self._of, self._given = way, place, call, body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_read = False

        async def give() -> dict[str, object]:
            nonlocal is_read
            if is_read:
                return dict(await receive())
            is_read = True
            return {"type": "http.request", "body": self._given, "more_body": False}

        await self._way.handle_request({**scope, self._place: self._of}, give, send)


class McpServing:
    """The MCP server of a process: the SDK's part lives in a task of its own, from the first request to the end of the process."""

    def __init__(self, config: ApiConfig) -> None:
        self._config = config
        self._keeper: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[ModuleType] | None = None
        #: What answers as JSON, and by streams.
        self._ways: tuple[StreamableHTTPSessionManager, StreamableHTTPSessionManager] | None = None

    async def answer(self, call: Call, request: Request) -> Response:
        """Give what answers a request. Raises Forbidden where it comes from a page of somebody else's."""
        refuse_foreign_origin(request, self._config)
        body = await request.body()
        module = await self._loaded()
        assert self._ways is not None
        return _Answer(self._ways[_wants_progress(body)], module.CALL, call, body)

    async def aclose(self) -> None:
        """End what the SDK does."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = self._ready = None

    async def _loaded(self) -> ModuleType:
        if self._ready is None or self._keeper is None or self._keeper.done():
            self._ready = asyncio.get_running_loop().create_future()
            self._keeper = asyncio.create_task(self._keep(self._ready))
        return await asyncio.shield(self._ready)

    async def _keep(self, ready: asyncio.Future[ModuleType]) -> None:
        """Load the SDK and have it run: what it begins must end in the task that began it."""
        try:
            module = await asyncio.to_thread(_server)
            async with AsyncExitStack() as running:
                ways = module.both_ways()
                for way in ways:
                    await running.enter_async_context(way.run())
                self._ways = ways
                ready.set_result(module)
                await asyncio.Event().wait()
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            raise


def _server() -> ModuleType:
    # The SDK takes more than a second to load; a deployment to which no MCP client comes never does.
    from api.mcp import server

    return server


def _wants_progress(body: bytes) -> bool:
    """Say whether a request asks to be told of progress, which JSON cannot do."""
    try:
        asked = orjson.loads(body)
        return asked["params"]["_meta"].get("progressToken") is not None
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return False


def refuse_foreign_origin(request: Request, config: ApiConfig) -> None:
    """Raise Forbidden where a web page calls that is none of the deployment's own.

    A page can have its own name lead to this machine (DNS rebinding), so that it calls what looks like its own origin: the name has
    to be one that the deployment knows. Whoever is no browser sends no Origin.
    """
    origin = request.headers.get("origin")
    if origin is None or origin in config.allowed_origins:
        return
    given, own = urlsplit(origin), urlsplit(config.public_url)
    known = _LOOPBACK | {own.hostname} | set(config.allowed_hosts)
    if given.netloc != request.headers.get("host") or given.hostname not in known:
        raise Forbidden("Pages of other origins may not speak MCP here.")
