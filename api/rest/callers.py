"""Callers of REST routes: from a request to a Call that has the right which the route names, with its line in the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import Depends
from fastapi.requests import Request
from fastapi.security import HTTPBearer

from api.call import Call
from api.errors import Forbidden, Unauthenticated
from schema.access import Right
from schema.errors import DrystoneError

#: Says in the OpenAPI document how one signs in; `Door` does it.
BEARER: Final = Depends(
    HTTPBearer(auto_error=False, scheme_name="token", description="A session's token, an API key or an OpenID token.")
)


@dataclass(frozen=True)
class Needs:
    """The dependency of a route: its caller has this right. A route that changes something names itself for the audit log."""

    right: Right
    operation: str | None = None

    async def __call__(self, request: Request) -> AsyncIterator[Call]:
        call: Call = await request.app.state.door.open(request)
        object_id = ",".join(str(value) for value in request.path_params.values())[:500] or None
        try:
            call.need(self.right)
            _refuse_foreign_page(request, call)
        except (Forbidden, Unauthenticated) as error:
            await self._note(call, "DENIED", error.code, object_id)
            raise
        await self._note(call, "ALLOWED", None, object_id)
        try:
            yield call
        except DrystoneError as error:
            await self._note(call, "DENIED" if isinstance(error, Forbidden) else "REFUSED", error.code, object_id)
            raise

    async def _note(self, call: Call, outcome: str, code: str | None, object_id: str | None) -> None:
        if self.operation is not None:
            await call.note(self.operation, outcome, code, object_id)


def needs(right: Right, operation: str | None = None) -> Any:
    """Give what annotates a route's `call` parameter."""
    return Depends(Needs(right, operation))


def _refuse_foreign_page(request: Request, call: Call) -> None:
    """Raise Forbidden where a web page of another origin calls without a token.

    Without authentication everyone on this machine is the owner, and a browser sends a form to any address without asking first.
    """
    origin = request.headers.get("origin")
    if call.token is not None or origin is None or origin in call.services.config.allowed_origins:
        return
    if urlsplit(origin).netloc != request.headers.get("host"):
        raise Forbidden("Pages of other origins may not call this API without a token.")
