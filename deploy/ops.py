"""What operators' tools ask a process: `/healthz`, `/readyz` and `/metrics` on an address of their own; it changes nothing.

The address is apart from the API's, so that a network policy can keep it to those who watch. It is served by the process's own
event loop: one that is blocked does not answer, which is what a liveness probe is for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.settings import Settings
from deploy.telemetry import Telemetry
from deploy.telemetry_sdk import sdk_page

log = structlog.get_logger()

#: Names what keeps this process from its work; nothing where it is ready.
Ready = Callable[[], Awaitable[list[str]]]
UNAVAILABLE: Final = 503
#: Seconds that an answer under way has when the process ends: who asked and does not read keeps it no longer.
CLOSING_SECONDS: Final = 2


def ops_app(ready: Ready, telemetry: Telemetry) -> Starlette:
    """Build the application that answers."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        problems = await ready()
        status = "unavailable" if problems else "ok"
        return JSONResponse({"status": status, "problems": problems}, UNAVAILABLE if problems else 200)

    async def metrics(_request: Request) -> Response:
        # In a thread: a page of thousands of lines would hold up what is being measured.
        ours, theirs = await asyncio.gather(
            asyncio.to_thread(generate_latest, telemetry.registry), sdk_page(telemetry.sdk_url)
        )
        return Response(ours + theirs, media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)])


class _Beside(uvicorn.Server):
    """A server that leaves signals to the process that it is in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def ops_server(settings: Settings, ready: Ready, telemetry: Telemetry) -> AsyncIterator[None]:
    """Answer operators inside the block, where the settings say at which address."""
    if settings.ops_address is None:
        yield
        return
    host, _, port = settings.ops_address.rpartition(":")
    app = ops_app(ready, telemetry)
    server = _Beside(
        uvicorn.Config(
            app,
            host=host.strip("[]"),
            port=int(port),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=CLOSING_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve())
    log.info("ops address open", address=settings.ops_address)
    try:
        yield
    finally:
        server.should_exit = True
        await serving
