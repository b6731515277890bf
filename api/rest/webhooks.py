"""The route of webhooks: whoever was given an address calls it; 200 means that the delivery is kept. It logs no address."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import APIRouter
from fastapi.requests import Request
from fastapi.responses import JSONResponse
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect

from api.dispatching import Dispatcher
from api.errors import BadUserInput
from api.receiving import WEBHOOKS_PATH, receive
from api.services import Services
from schema.errors import ValueTooLarge
from schema.limits import LIMITS

#: Seconds that a sender has for its body.
BODY_SECONDS: Final = 10.0
_HEADERS: Final = {"Cache-Control": "no-store"}


def webhooks_router(services: Services, dispatcher: Dispatcher) -> APIRouter:
    """Make the route."""
    router = APIRouter()

    @router.post(f"{WEBHOOKS_PATH}/{{token}}", response_class=JSONResponse, include_in_schema=False)
    async def take_delivery(request: Request, token: str) -> JSONResponse:
        # The path has the token, and whoever logs this request must not.
        request.scope["path"] = f"{WEBHOOKS_PATH}/***"
        request.scope["raw_path"] = request.scope["path"].encode()
        ip = "" if request.client is None else request.client.host
        answer = await receive(services, token, dict(request.headers), lambda: _body(request), ip)
        task = None
        if answer.webhook is not None and answer.taken is not None:
            # Behind the answer: the delivery is committed, and what dies here is taken up by a loop.
            task = BackgroundTask(dispatcher.follow, answer.webhook.tenant_id, answer.taken)
        return JSONResponse(answer.body, answer.status, _HEADERS, background=task)

    return router


async def _body(request: Request) -> bytes:
    """Give the body; no more than is allowed of it is read."""
    limit = LIMITS.webhook_body_bytes_max
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared[:20]) > limit:
        raise ValueTooLarge(f"A delivery has at most {limit} bytes.")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise ValueTooLarge(f"A delivery has at most {limit} bytes.")
    except TimeoutError as error:
        raise BadUserInput(f"The body took longer than {BODY_SECONDS:.0f} s.") from error
    except ClientDisconnect as error:
        raise BadUserInput("The request was broken off.") from error
    return bytes(body)
