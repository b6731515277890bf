"""The web app: its built files under `/`, and its one page for every address of a screen; it knows no operation and no person.

The files in `api/static` are the build of `web/`, kept in git so that a machine without Node.js has them. Their names do not change
with what is in them: each answer has an ETag, and a browser asks again.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

STATIC: Final = Path(__file__).parent / "static"
#: Asked again each time, which costs an answer of 304: a page never runs with the scripts of another build.
_CACHE: Final = {"cache-control": "no-cache"}
#: The first word of each screen's address, as `web/src/routes.tsx` has it; anything else is answered as before.
_SCREENS: Final = re.compile(
    r"/(?:(?:build|library|runs|schedules|approvals|approve|marketplace|credentials|usage|settings|admin|share|sign-in|invitation)(?:/.*)?)?"
)
_SCRIPTS: Final = "script-src 'self'; script-src-attr 'none'; worker-src 'self'; require-trusted-types-for 'script'"


#: The page's policy: scripts from here only, none within the page, and no calls elsewhere. Styles may stand in attributes: so the
#: canvas places its nodes. Pictures and films of listings are on other hosts, over TLS.
POLICY: Final = (
    f"default-src 'none'; {_SCRIPTS}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:; "
    "media-src 'self' blob: https:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'; manifest-src 'self'"
)


class _Files(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers.update(_CACHE)
        return answer


def add_web(app: FastAPI) -> None:
    """Serve the app where it was built; an API without it serves all else."""
    page = STATIC / "index.html"
    if not page.is_file():
        return
    headers = {**_CACHE, "content-security-policy": POLICY}
    app.mount("/assets", GZipMiddleware(_Files(directory=STATIC / "assets")), name="assets")
    otherwise = app.router.default

    async def screen_or_nothing(scope: Scope, receive: Receive, send: Send) -> None:
        """Give the page where the address is a screen's and no route's; what was there before goes first."""
        answer: Response | None = None
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            if _SCREENS.fullmatch(scope["path"]) is not None:
                answer = FileResponse(page, headers=headers, media_type="text/html")
            elif scope["path"] == "/favicon.svg":
                answer = FileResponse(STATIC / "favicon.svg", headers=_CACHE)
        await (otherwise if answer is None else answer)(scope, receive, send)

    app.router.default = screen_or_nothing
