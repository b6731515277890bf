"""The session cookie: how a page of this API's own origin shows who it is; nobody else's page can, and no script reads it.

A browser sends cookies by itself, so a page of another origin could act in a person's name. Four things stand against that:
`SameSite=Strict` (it does not leave with a foreign page's request), `Sec-Fetch-Site` (the browser itself says whose request it
is), `Origin` (the same, from browsers and over plain HTTP, where the former is missing), and that only reads go by GET. A request
with an Authorization header is judged by that alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from api.authentication import TOKEN_CHARACTERS_MAX

#: Over TLS the browser itself keeps it to this host and to TLS (`__Host-`, RFC 6265bis 4.1.3.2).
PLAIN_NAME: Final = "drystone_session"
TLS_NAME: Final = "__Host-drystone_session"
_READS: Final = frozenset({"GET", "HEAD"})


def token_in_cookie(connection: HTTPConnection, public_url: str) -> str | None:
    """Give the token of a request's cookie, where a page of our own sent it; else None.

    Over TLS only the name counts that no other host can set: with the plain one a page of a sibling domain could have a person
    work in an account of its own choosing.
    """
    token = connection.cookies.get(_name(public_url))
    if not token or len(token) > TOKEN_CHARACTERS_MAX or not is_own_page(connection):
        return None
    return token


def is_own_page(connection: HTTPConnection) -> bool:
    """Say whether the browser's request came from a page of this origin, or from the address line."""
    headers = connection.headers
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return False
    site = headers.get("sec-fetch-site")
    is_read = connection.scope["type"] == "http" and connection.scope["method"] in _READS
    if site is not None:
        return site == "same-origin" or (site == "none" and is_read)
    return origin is not None or is_read


def set_cookie(answer: Response, token: str, seconds: float, public_url: str) -> None:
    """Have the browser keep a token for so long."""
    answer.set_cookie(
        _name(public_url),
        token,
        max_age=int(seconds),
        path="/",
        secure=_is_tls(public_url),
        httponly=True,
        samesite="strict",
    )


def end_cookies(answer: Response, cookies: Mapping[str, str]) -> None:
    """Have the browser forget what it kept."""
    for name in (PLAIN_NAME, TLS_NAME):
        if name in cookies:
            answer.delete_cookie(name, path="/", secure=name == TLS_NAME, httponly=True, samesite="strict")


def _is_tls(public_url: str) -> bool:
    return urlsplit(public_url).scheme == "https"


def _name(public_url: str) -> str:
    return TLS_NAME if _is_tls(public_url) else PLAIN_NAME
