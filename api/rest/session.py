"""The browser's session: POST /session turns a token that is shown once into a cookie, DELETE /session forgets it."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.requests import Request
from fastapi.responses import Response

from api.authentication import token_of
from api.cookies import end_cookies, is_own_page, set_cookie
from api.errors import Forbidden, Unauthenticated
from api.services import Services

PATH = "/session"


def session_router(services: Services) -> APIRouter:
    """Make the routes. They give no right: the cookie is worth what its token is."""
    router = APIRouter(include_in_schema=False)

    @router.post(PATH, status_code=204)
    async def keep(request: Request) -> Response:
        """Keep the token of the Authorization header as this browser's session."""
        _refuse_foreign(request)
        token = token_of(request.headers)
        if token is None:
            raise Unauthenticated
        await request.app.state.door.open(request)
        answer = Response(status_code=204)
        set_cookie(answer, token, services.config.session_seconds, services.config.public_url)
        return answer

    @router.delete(PATH, status_code=204)
    async def forget(request: Request) -> Response:
        """Forget it; `signOut` ends the session itself."""
        _refuse_foreign(request)
        answer = Response(status_code=204)
        end_cookies(answer, request.cookies)
        return answer

    return router


def _refuse_foreign(request: Request) -> None:
    if not is_own_page(request):
        raise Forbidden("Pages of other origins may not begin or end a session here.")
