"""The OAuth callback: where a provider sends a person back to. Its page has no secret and no script, and knows no session."""

from __future__ import annotations

import html
import secrets
from typing import Final

import structlog
from fastapi import APIRouter
from fastapi.requests import Request
from fastapi.responses import HTMLResponse

from api.oauth import CALLBACK_PATH, finish
from api.services import Services
from schema.errors import DrystoneError

log = structlog.get_logger()

#: What a provider may say to us; anything else is not even looked at.
_FIELDS: Final = ("state", "code", "error", "iss")
_HEADERS: Final = {"Cache-Control": "no-store"}
#: The app that opened it looks at the credentials and closes it; a person who came by a link reads whose the access became.
_PAGE: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Drystone</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
    "<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;overflow-wrap:anywhere}}"
    "</style></head>"
    "<body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
)


def oauth_router(services: Services) -> APIRouter:
    """Make the route. Anyone may call it: what it does is bound to the state."""
    router = APIRouter()

    @router.get(CALLBACK_PATH, response_class=HTMLResponse, include_in_schema=False)
    async def callback(request: Request) -> HTMLResponse:
        ip = None if request.client is None else request.client.host
        await services.throttle.take("address", ip or "")
        answer = {name: request.query_params[name] for name in _FIELDS if name in request.query_params}
        request_id = secrets.token_hex(8)
        try:
            granted = await finish(services, answer, ip, request_id)
        except DrystoneError as error:
            log.info("a grant was refused", request=request_id, code=error.code)
            text = error.message if error.fault != "ours" else f"Something went wrong on our side ({request_id})."
            return _page("Nothing was connected", text, 400 if error.fault == "theirs" else 502)
        row = granted.credential
        text = f"{row.provider} is connected as {row.title!r} for {granted.email} in {granted.organisation}."
        return _page("Connected", f"{text} You can close this page.", 200)

    return router


def _page(title: str, text: str, status: int) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=html.escape(title), text=html.escape(text)), status, _HEADERS)
