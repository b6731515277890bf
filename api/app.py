"""The application: GraphQL and the REST routes behind one intake; it starts no server."""

from __future__ import annotations

from contextlib import AsyncExitStack

from fastapi import FastAPI
from fastapi.requests import Request
from fastapi.responses import JSONResponse
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from api.authentication import Authenticator
from api.errors import ErrorCode, as_known, code_of
from api.intake import Intake
from api.rest.health import health_router
from api.router import ApiRouter, Door
from api.services import Services
from api.throttle import Throttle
from schema.access import Principal
from schema.errors import DrystoneError

#: What an HTTP client is told by the status alone; every other code is 400.
STATUSES = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.CONFLICT: 409,
    ErrorCode.VALUE_TOO_LARGE: 413,
    ErrorCode.INVALID_RUN_INPUT: 422,
    ErrorCode.INVALID_GRAPH: 422,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.SCAN_UNAVAILABLE: 503,
    ErrorCode.TIMEOUT: 504,
}
#: Routes whose bodies are read as they come, by their own limits.
STREAMED = ("/files",)


def make_app(services: Services, everyone: Principal | None = None) -> FastAPI:
    """Make the application of a process. With `everyone`, nobody needs a token: for loopback only."""
    config = services.config
    app = FastAPI(
        title="Drystone",
        docs_url=None,
        redoc_url=None,
        openapi_url=None if config.is_production else "/openapi.json",
    )
    throttle = Throttle(config)
    door = Door(services, Authenticator(services.people, services.http, config.open_id), throttle, everyone)
    app.state.services, app.state.door, app.state.exits = services, door, AsyncExitStack()
    app.include_router(ApiRouter(config, door))
    app.include_router(health_router(services))
    app.add_exception_handler(DrystoneError, answer_error)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(config.allowed_hosts))
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(config.allowed_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "idempotency-key"],
    )
    app.add_middleware(Intake, config=config, streamed_paths=STREAMED)
    return app


async def answer_error(_request: Request, error: Exception) -> JSONResponse:
    """Answer an error of ours outside GraphQL, in the shape that GraphQL clients read, too."""
    known = as_known(error)
    code = ErrorCode.INTERNAL if known is None else code_of(known)
    message = "Something went wrong on our side." if known is None else known.message
    headers = {"Retry-After": "60"} if code is ErrorCode.RATE_LIMITED else {}
    document = {"message": message, "errors": [{"message": message, "extensions": {"code": code.value}}]}
    return JSONResponse(document, STATUSES.get(code, 400), headers)
