"""The Codec Server: payloads that Temporal's UI or command line shows, opened for who may read them; it keeps none.

Temporal's tools send what they got from Temporal and show what comes back. A payload says which workflow it is of, and opens for
that one only, so it is read for the organisation that owns the run, or the schedule, and for no other. Sealing needs the workflow
in the path, for the tools do not say it. A browser has no key to send: it signs in at `/codec/sign-in`; its cookie goes to these
routes alone.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import orjson
from fastapi import APIRouter, Header
from fastapi.requests import Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from temporalio.api.common.v1 import Payload

from api.authentication import TOKEN_CHARACTERS_MAX
from api.call import Call
from api.errors import BadUserInput, Forbidden, Unauthenticated
from api.payload_sealing import Sealing
from api.rest.callers import BEARER
from api.rest.problems import answers
from api.services import Services
from schema.access import Right
from schema.errors import DrystoneError, NotFound, PayloadUnread, ValueTooLarge

PREFIX: Final = "/codec"
COOKIE: Final = "drystone_codec"
#: Seconds after which a browser signs in again: a working day.
COOKIE_SECONDS: Final = 12 * 3600
PAYLOADS_MAX: Final = 1_000
#: Workflows that the payloads of one call are of, each of which is looked up: a page of Temporal's UI shows one, a list some dozen.
WORKFLOWS_MAX: Final = 100
InNamespace = Annotated[str | None, Header(alias="X-Namespace", description="Temporal's namespace.")]
_RUN: Final = re.compile(r"run-(?P<id>[0-9a-f-]{36})")
_SCHEDULE: Final = re.compile(r"scheduled-run-(?P<id>[0-9a-f-]{36})")
_PAGE: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Drystone</title></head><body>'
    "<h1>Payloads in Temporal's UI</h1><p>{text}</p>{form}</body></html>"
)
_FORM: Final = (
    '<form method="post"><label>API key <input type="password" name="token" autocomplete="off" required></label> '
    "<button>Sign in</button></form>"
)
_ASK: Final = "Sign in with an API key that has the scope payloads:read. Temporal's UI can then show what you may read."
_DONE: Final = "This browser is signed in: reload Temporal's UI. Its Codec Server's setting must include credentials."


class OriginsOfCodec:
    """CORS of these routes: Temporal's UI may call them with a browser's cookie, and no other page may."""

    def __init__(self, app: ASGIApp, origins: Iterable[str]) -> None:
        self.app = app
        self.inner = CORSMiddleware(
            app,
            allow_origins=tuple(origins),
            allow_methods=["POST"],
            allow_headers=["authorization", "authorization-extras", "content-type", "x-namespace"],
            allow_credentials=True,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and scope["path"].startswith(f"{PREFIX}/")
        await (self.inner if is_ours else self.app)(scope, receive, send)


def ui_origins(services: Services) -> tuple[str, ...]:
    """Give the origin of Temporal's UI, where there is one."""
    return _origin_of(services.config.temporal_ui_url or "")


def codec_router(services: Services, sealing: Sealing) -> APIRouter:
    """Make the routes."""
    router = APIRouter(prefix=PREFIX, tags=["codec"], dependencies=[BEARER])
    described: Mapping[int | str, dict[str, Any]] = answers(400, 401, 403, 404, 413, 429)

    @router.post("/decode", summary="Open payloads, as Temporal's tools ask for it", responses={**described})
    @router.post("/{namespace}/decode", include_in_schema=False)
    @router.post("/{namespace}/{workflow_id}/decode", include_in_schema=False)
    async def decode(request: Request, named: InNamespace = None, namespace: str | None = None) -> Response:
        """Open payloads of your organisation's runs and schedules. What is not sealed comes back as it is."""
        call = await _call(request, services)
        async with _Noted(call, "decodePayloads", Right.READ_PAYLOADS) as noted:
            _need_namespace(services, named, namespace)
            payloads = await _payloads(request, services.config.codec_bytes_max)
            subjects = [sealing.subject(payload) for payload in payloads]
            workflows = sorted({subject for subject in subjects if subject is not None})
            noted.object_id = ",".join(workflows)[:500] or None
            if len(workflows) > WORKFLOWS_MAX:
                raise BadUserInput(f"The payloads of one call are of at most {WORKFLOWS_MAX} workflows.")
            for subject in workflows:
                await _need_own(call, subject)
            pairs = zip(payloads, subjects, strict=True)
            return _answer([one if of is None else _opened(sealing, one, of) for one, of in pairs])

    @router.post("/{namespace}/{workflow_id}/encode", summary="Seal payloads for a workflow", responses={**described})
    async def encode(request: Request, namespace: str, workflow_id: str, named: InNamespace = None) -> Response:
        """Seal payloads that are to be sent to a run of yours, as signals by Temporal's command line are."""
        call = await _call(request, services)
        async with _Noted(call, "encodePayloads", Right.EXECUTE_RUNS) as noted:
            noted.object_id = workflow_id[:500]
            _need_namespace(services, named, namespace)
            payloads = await _payloads(request, services.config.codec_bytes_max)
            await _need_own(call, workflow_id)
            return _answer([sealing.seal(payload, workflow_id) for payload in payloads])

    @router.post("/encode", include_in_schema=False)
    @router.post("/{namespace}/encode", include_in_schema=False)
    async def encode_for_nobody(request: Request) -> Response:
        """Refuse to seal what is for no workflow."""
        await _call(request, services)
        raise BadUserInput("Name the workflow, whose key seals: /codec/NAMESPACE/WORKFLOW_ID/encode.")

    @router.get("/sign-in", include_in_schema=False)
    async def sign_in_page() -> HTMLResponse:
        return _page(_ASK, _FORM)

    @router.get("/signed-in", include_in_schema=False)
    async def signed_in_page() -> HTMLResponse:
        return _page(_DONE)

    @router.post("/sign-in", include_in_schema=False)
    async def sign_in(request: Request) -> Response:
        return await _signed_in(request, services)

    return router


class _Noted:
    """A call's line in the audit log, whatever becomes of it."""

    def __init__(self, call: Call, operation: str, right: Right) -> None:
        self.call, self.operation, self.right = call, operation, right
        self.object_id: str | None = None

    async def __aenter__(self) -> _Noted:
        try:
            await self.call.services.throttle.take("codec", str(self.call.principal.person_id))
            self.call.need(self.right)
        except DrystoneError as error:
            await self._note(error)
            raise
        return self

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        # Before the answer: what is not noted is not told.
        await self._note(error)

    async def _note(self, error: BaseException | None) -> None:
        outcome = "ALLOWED" if error is None else "DENIED" if isinstance(error, Forbidden) else "REFUSED"
        code = error.code if isinstance(error, DrystoneError) else None
        await self.call.note(self.operation, outcome, code, self.object_id)


async def _call(request: Request, services: Services) -> Call:
    """Recognise the caller, by a token or by the cookie. Raises Forbidden for pages of other origins, whatever they show."""
    origin = request.headers.get("origin")
    if origin is not None and origin not in (*ui_origins(services), *_own_origins(request, services)):
        raise Forbidden("Pages of this origin may not call the Codec Server.")
    cookie = request.cookies.get(COOKIE)
    if cookie is not None and "authorization" not in request.headers:
        request.scope["headers"] = [*request.scope["headers"], (b"authorization", f"Bearer {cookie}".encode())]
        request = Request(request.scope, request.receive)
    call: Call = await request.app.state.door.open(request)
    _ = call.principal
    return call


def _own_origins(request: Request, services: Services) -> tuple[str, ...]:
    """Give the origins of pages of ours: as the request came, and as browsers see it before who ends TLS for us."""
    return (f"{request.url.scheme}://{request.headers.get('host')}", *_origin_of(services.config.public_url))


def _origin_of(address: str) -> tuple[str, ...]:
    url = urlsplit(address)
    return (f"{url.scheme}://{url.netloc}",) if url.netloc else ()


def _need_namespace(services: Services, named: str | None, in_path: str | None) -> None:
    """Raise NotFound where a namespace is named that is not ours."""
    for name in (named, in_path):
        if name is not None and name != services.config.temporal_namespace:
            raise NotFound("This Codec Server is for another namespace.")


async def _need_own(call: Call, subject: str) -> None:
    """Raise Forbidden where a workflow is none of the caller's organisation: another's and an unknown one are told alike."""
    try:
        if found := _RUN.fullmatch(subject):
            await call.stores.runs.get(call.tenant, UUID(found["id"]))
        elif found := _SCHEDULE.fullmatch(subject):
            await call.stores.schedules.get(call.tenant, UUID(found["id"]))
        else:
            raise NotFound
    except (NotFound, ValueError) as error:
        raise Forbidden("A payload is of no run of your organisation.") from error


def _opened(sealing: Sealing, payload: Payload, subject: str) -> Payload:
    try:
        return sealing.open(payload, subject)
    except PayloadUnread as error:
        raise BadUserInput("A payload does not open.", reason=error.reason) from error


async def _payloads(request: Request, bytes_max: int) -> list[Payload]:
    """Read {"payloads": [{"metadata": {name: base64}, "data": base64}, ...]}."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > bytes_max:
            raise ValueTooLarge(f"A request to the Codec Server has at most {bytes_max} bytes.")
    try:
        given = orjson.loads(body)["payloads"]
        if not isinstance(given, list) or len(given) > PAYLOADS_MAX:
            raise ValueError
        return [_payload(one) for one in given]
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise BadUserInput(f'The body is no {{"payloads": [...]}} of at most {PAYLOADS_MAX} payloads.') from error


def _payload(given: Mapping[str, Any]) -> Payload:
    metadata = {str(name): base64.b64decode(text, validate=True) for name, text in given.get("metadata", {}).items()}
    return Payload(metadata=metadata, data=base64.b64decode(given.get("data", ""), validate=True))


def _answer(payloads: Iterable[Payload]) -> JSONResponse:
    rows = [
        {
            "metadata": {name: base64.b64encode(value).decode() for name, value in payload.metadata.items()},
            "data": base64.b64encode(payload.data).decode(),
        }
        for payload in payloads
    ]
    return JSONResponse({"payloads": rows}, headers={"Cache-Control": "no-store"})


async def _signed_in(request: Request, services: Services) -> Response:
    """Give the browser the cookie, where the key is somebody's who may read payloads."""
    if request.headers.get("origin") not in (None, *_own_origins(request, services)):
        raise Forbidden("Pages of other origins may not sign in here.")
    ip = "" if request.client is None else request.client.host
    await services.throttle.take("sign-in", ip)
    text = (await request.body())[: 4 * TOKEN_CHARACTERS_MAX].decode(errors="replace")
    token = (parse_qs(text).get("token") or [""])[0].strip()
    if not token or not token.isascii() or not token.isprintable() or len(token) > TOKEN_CHARACTERS_MAX:
        raise Unauthenticated("Give an API key.")
    found = await request.app.state.door.recognise(token, ip)
    if not found.may(Right.READ_PAYLOADS):
        raise Forbidden(f"This needs the right {Right.READ_PAYLOADS.value}.", right=Right.READ_PAYLOADS.value)
    answer = RedirectResponse(f"{PREFIX}/signed-in", status_code=303)
    is_secure = urlsplit(services.config.public_url).scheme == "https"
    answer.set_cookie(
        COOKIE, token, max_age=COOKIE_SECONDS, path=PREFIX, secure=is_secure, httponly=True, samesite="strict"
    )
    return answer


def _page(text: str, form: str = "") -> HTMLResponse:
    # With no referrer at all a browser does not say either which page sends the form.
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return HTMLResponse(_PAGE.format(text=text, form=form), headers=headers)
