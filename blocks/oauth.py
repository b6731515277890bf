"""OAuth 2 at a provider: where a person grants access, and how a grant becomes tokens; it stores nothing.

Authorization code with PKCE (RFC 6749, 4.1; RFC 7636, S256 only), and refresh (RFC 6749, 6). Both go through the guarded way
out, follow no redirect, for the request has the client's secret in it, and never put what a provider said into a message.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, quote, urlencode

import orjson

from blocks.sdk.context import Http, HttpResponse
from schema.errors import CredentialEnded, CredentialUnusable, RateLimited, Unavailable

#: Well below the database's lock timeout: a refresh holds the credential's row meanwhile.
TOKEN_SECONDS: Final = 10.0
TOKEN_BYTES_MAX: Final = 256 * 1024
#: Longest life of a token that is believed, in seconds.
LIFE_SECONDS_MAX: Final = 10 * 365 * 24 * 3600
#: What a provider may say for "this grant is over", RFC 6749, 5.2. GitHub has a name of its own.
_ENDED: Final = frozenset({"invalid_grant", "bad_refresh_token"})
_CODE: Final = re.compile(r"[a-z_]{1,60}")


@dataclass(frozen=True)
class OAuthProvider:
    """An OAuth 2 provider at which people may grant access."""

    name: str
    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    #: Hosts to which the provider's tokens may be sent.
    hosts: tuple[str, ...] = ()
    revoke_url: str | None = None
    #: How the provider names itself in its answers (RFC 9207); what names another is refused.
    issuer: str | None = None
    #: What it wants to be asked besides, such as `access_type=offline`.
    parameters: Mapping[str, str] = field(default_factory=dict)
    #: Where the client's id and secret go in a request for tokens: into the body, or a header; RFC 6749, 2.3.1.
    client_in: Literal["body", "header"] = "body"
    #: What stands between scopes: a space by RFC 6749, 3.3; some have a comma.
    scope_separator: str = " "


@dataclass(frozen=True)
class Tokens:
    """What a provider gave. Absent scopes are those that were asked for."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] | None = None
    life_seconds: float | None = None


def authorize_url(
    provider: OAuthProvider, *, redirect_uri: str, state: str, verifier: str, scopes: Sequence[str]
) -> str:
    """Give the address at which a person grants access."""
    asked = {
        **provider.parameters,
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    if scopes:
        asked["scope"] = provider.scope_separator.join(scopes)
    joint = "&" if "?" in provider.authorize_url else "?"
    return f"{provider.authorize_url}{joint}{urlencode(asked)}"


def challenge_of(verifier: str) -> str:
    """Give what is shown of a verifier; RFC 7636, 4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


async def exchange_code(http: Http, provider: OAuthProvider, *, code: str, verifier: str, redirect_uri: str) -> Tokens:
    """Give the tokens of a grant. Raises CredentialUnusable where the provider refuses, Unavailable where it is away."""
    asked = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": redirect_uri}
    return await _ask(http, provider, asked)


async def refresh(http: Http, provider: OAuthProvider, refresh_token: str) -> Tokens:
    """Give new tokens. Raises CredentialEnded where the grant is over; else as `exchange_code`."""
    return await _ask(http, provider, {"grant_type": "refresh_token", "refresh_token": refresh_token})


async def _ask(http: Http, provider: OAuthProvider, asked: Mapping[str, str]) -> Tokens:
    headers, client = _client(provider)
    response = await http.request(
        "POST",
        provider.token_url,
        headers={"Accept": "application/json", **headers},
        data={**asked, **client},
        timeout_seconds=TOKEN_SECONDS,
        content_bytes_max=TOKEN_BYTES_MAX,
        redirects_max=0,
    )
    answer = _read(response)
    error = answer.get("error")
    if isinstance(error, str) and error:
        _refuse(provider, error)
    if response.status == 429:
        raise RateLimited(f"{provider.name} asks to be called less often.")
    if response.status >= 500:
        raise Unavailable(f"{provider.name} answered {response.status}.")
    token = answer.get("access_token")
    if response.status // 100 != 2 or not isinstance(token, str) or not token:
        raise CredentialUnusable(f"{provider.name} answered {response.status} without a token.")
    return _tokens(provider, token, answer)


def _client(provider: OAuthProvider) -> tuple[dict[str, str], dict[str, str]]:
    """Give the headers and the fields by which the client says who it is."""
    if provider.client_in == "header":
        named = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
        return {"Authorization": f"Basic {base64.b64encode(named.encode()).decode()}"}, {}
    return {}, {"client_id": provider.client_id, "client_secret": provider.client_secret}


def _read(response: HttpResponse) -> Mapping[str, Any]:
    """Give the answer's fields; some providers answer as a form."""
    text = response.text()
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = dict(parse_qsl(text))
    return found if isinstance(found, dict) else {}


def _refuse(provider: OAuthProvider, error: str) -> None:
    code = error if _CODE.fullmatch(error) else "an error"
    if code in _ENDED:
        raise CredentialEnded(f"{provider.name} says {code}: the access was taken back, or its time is over.")
    if code == "temporarily_unavailable":
        raise Unavailable(f"{provider.name} is away for a moment.")
    raise CredentialUnusable(f"{provider.name} says {code}.")


def _tokens(provider: OAuthProvider, token: str, answer: Mapping[str, Any]) -> Tokens:
    if str(answer.get("token_type", "bearer")).lower() != "bearer":
        raise CredentialUnusable(f"{provider.name} gave a token of a kind that is not known here.")
    renewing, scope = answer.get("refresh_token"), answer.get("scope")
    return Tokens(
        access_token=token,
        refresh_token=renewing if isinstance(renewing, str) and renewing else None,
        scopes=tuple(re.split(r"[ ,]+", scope.strip())) if isinstance(scope, str) and scope.strip() else None,
        life_seconds=_life(answer.get("expires_in")),
    )


def _life(seconds: Any) -> float | None:
    try:
        life = float(seconds)
    except (TypeError, ValueError):
        return None
    return min(life, float(LIFE_SECONDS_MAX)) if life > 0 else None
