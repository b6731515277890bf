"""The application: GraphQL and the REST routes behind one intake; it starts no server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from api.authentication import Authenticator
from api.dispatching import Dispatcher
from api.intake import Intake
from api.mcp.serving import McpServing
from api.observing import Observed
from api.openapi import describe
from api.rest.agent_protocol import agent_protocol
from api.rest.codec import OriginsOfCodec, codec_router, ui_origins
from api.rest.files import files_router
from api.rest.health import health_router
from api.rest.mcp import mcp_router
from api.rest.oauth import oauth_router
from api.rest.problems import answer_error, answer_fault, answer_invalid
from api.rest.session import session_router
from api.rest.signals import signals_router
from api.rest.values import values_router
from api.rest.webhooks import webhooks_router
from api.router import ApiRouter, Door
from api.services import Services
from api.web import add_web
from schema.access import Principal
from schema.errors import DrystoneError

#: Routes whose bodies are read as they come, by their own limits.
STREAMED = re.compile(
    r"/files(/.*)?|/codec/([^/]{1,255}/){0,2}(en|de)code|/webhooks/[^/]+|(/agents/[^/]+)?/ap/v1/agent/tasks/[^/]+/artifacts"
)


def make_app(services: Services, everyone: Principal | None = None) -> FastAPI:
    """Make the application of a process. With `everyone`, nobody needs a token: for loopback only."""
    config = services.config
    app = FastAPI(
        title="Drystone",
        docs_url=None,
        redoc_url=None,
        openapi_url=None if config.is_production else "/openapi.json",
        lifespan=_working,
    )
    door = Door(services, Authenticator(services.people, services.http, config.open_id), services.throttle, everyone)
    app.state.services, app.state.door, app.state.exits = services, door, AsyncExitStack()
    app.include_router(ApiRouter(config, door))
    app.include_router(health_router(services))
    app.include_router(oauth_router(services))
    app.include_router(files_router)
    app.include_router(values_router)
    app.include_router(signals_router)
    app.state.dispatcher = Dispatcher(services)
    app.include_router(webhooks_router(services, app.state.dispatcher))
    app.include_router(agent_protocol())
    if services.sealing is not None:
        app.include_router(codec_router(services, services.sealing))
    app.state.mcp = McpServing(config)
    app.include_router(mcp_router)
    app.include_router(session_router(services))
    for kind in (DrystoneError, SQLAlchemyError, OSError):
        app.add_exception_handler(kind, answer_error)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_exception_handler(Exception, answer_fault)
    add_web(app)
    describe(app)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(config.allowed_hosts))
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(config.allowed_origins),
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["authorization", "content-type", "idempotency-key"],
    )
    app.add_middleware(OriginsOfCodec, origins=ui_origins(services))
    app.add_middleware(Intake, config=config, streamed=STREAMED)
    app.add_middleware(Observed, instruments=services.instruments, tracer=services.tracer)
    return app


@asynccontextmanager
async def _working(app: FastAPI) -> AsyncIterator[None]:
    """Have the loop that takes up what requests left, for as long as the process serves."""
    loop = asyncio.create_task(app.state.dispatcher.run())
    try:
        yield
    finally:
        loop.cancel()
        await asyncio.gather(loop, app.state.mcp.aclose(), return_exceptions=True)
        with suppress(SQLAlchemyError, OSError):  # A count of repeats is worth no fault at the end.
            await app.state.dispatcher.count_repeats()
