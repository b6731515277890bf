"""Intake: what stands before every route: size and nesting of bodies, headers of answers; it knows no operation."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.config import ApiConfig

#: Headers of every answer. Scripts run only from here, and no page of others frames ours.
HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data: https:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
        b"base-uri 'none'; frame-ancestors 'none'",
    ),
)
_TEXT: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_BRACKET: Final = re.compile(rb"[\[\]{}]")


class Intake:
    """Reads the bodies of small routes whole, within the limits; leaves uploads to their own route."""

    def __init__(self, app: ASGIApp, config: ApiConfig, streamed: re.Pattern[str]) -> None:
        self.app = app
        self.config = config
        #: Paths of uploads, whole.
        self.streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _with_headers(send)
        if self.streamed.fullmatch(scope["path"]):
            await self.app(scope, receive, answer)
            return
        body = await self._read(scope, receive)
        refused = self._refusal(scope, body)
        if refused is not None:
            await _refuse(answer, *refused)
            return
        await self.app(scope, _given(body or b"", receive), answer)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        """Give the body, or None where it is larger than allowed; no more than that is read."""
        limit = self._limit(scope)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared[:20]) > limit:
            return None
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return bytes(body)
            body += message.get("body", b"")
            if len(body) > limit:
                return None
            if not message.get("more_body", False):
                return bytes(body)

    def _limit(self, scope: Scope) -> int:
        """Give how many bytes a body may have: more where something is shown of who calls, be it true or not."""
        shown = {name for name, _ in scope["headers"]} & {b"authorization", b"cookie"}
        is_known = bool(shown) or not self.config.has_authentication
        return self.config.body_bytes_max if is_known else self.config.body_bytes_max_unknown

    def _refusal(self, scope: Scope, body: bytes | None) -> tuple[int, str, str] | None:
        if body is None:
            limit = self._limit(scope)
            return 413, "VALUE_TOO_LARGE", f"A request has at most {limit} bytes; upload larger documents as files."
        if depth_of(body, self.config.body_depth_max) > self.config.body_depth_max:
            return 400, "BAD_USER_INPUT", f"The request nests deeper than {self.config.body_depth_max} levels."
        return None


def depth_of(body: bytes, stop: int) -> int:
    """Give how deep brackets nest, those in strings left out; counting ends beyond `stop`."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_TEXT.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
        if deepest > stop:
            break
    return deepest


def _given(body: bytes, receive: Receive) -> Receive:
    """Give the body that was read, then whatever the server says."""
    is_sent = False

    async def give() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give


def _with_headers(send: Send) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message.get("headers", [])}
            message["headers"] = [
                *message.get("headers", []),
                *(pair for pair in HEADERS if pair[0] not in present),
            ]
        await send(message)

    return answer


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    document: dict[str, Any] = {"errors": [{"message": message, "extensions": {"code": code}}]}
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(document)})
