"""Authentication: from the token of a request to who asks; it grants no right."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson
import structlog
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from api.config import OpenId
from api.errors import Unauthenticated
from blocks.sdk.context import Http
from schema.access import Principal
from schema.db.people import KEY_PREFIX, SESSION_PREFIX, People
from schema.errors import DrystoneError

log = structlog.get_logger()

TOKEN_CHARACTERS_MAX: Final = 8_192
LEEWAY_SECONDS: Final = 60
KEYS_SECONDS: Final = 3_600.0
#: A token may name a key that we do not know, but so often only are the provider's keys fetched for it.
REFETCH_SECONDS: Final = 60.0
_CLAIMS: Final = ("iss", "aud", "sub", "exp", "iat")


def token_of(headers: Mapping[str, str]) -> str | None:
    """Give the bearer token of a request; None where there is none. A malformed header is refused."""
    given = headers.get("authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or len(token) > TOKEN_CHARACTERS_MAX:
        raise Unauthenticated("The Authorization header must be `Bearer TOKEN`.")
    return token.strip()


@dataclass
class Authenticator:
    """Recognises callers by session token, API key or OpenID access token."""

    people: People
    http: Http
    open_id: OpenId | None = None
    _keys: KeySet | None = None
    _fetched_at: float = field(default=float("-inf"))

    async def principal(self, token: str) -> Principal:
        """Give who a token belongs to; raise Unauthenticated, always with the same words, where that is nobody."""
        if token.startswith(SESSION_PREFIX):
            found = await self.people.by_session(token)
        elif token.startswith(KEY_PREFIX):
            found = await self.people.by_key(token)
        else:
            found = await self._by_open_id(token)
        if found is None:
            raise Unauthenticated("The token is unknown, or it has ended.")
        return found

    async def _by_open_id(self, token: str) -> Principal | None:
        if self.open_id is None:
            return None
        claims = await self._claims(token, self.open_id)
        if claims is None:
            return None
        issuer, subject, tenant = str(claims["iss"]), str(claims["sub"]), _tenant_claim(claims)
        found = await self.people.by_identity(issuer, subject, tenant)
        if found is None and await self._link_by_email(issuer, subject, claims):
            return await self.people.by_identity(issuer, subject, tenant)
        return found

    async def _link_by_email(self, issuer: str, subject: str, claims: Mapping[str, Any]) -> bool:
        """Note who a subject is when it comes first: the member whose e-mail address the provider says it has verified."""
        email = claims.get("email")
        if claims.get("email_verified") is not True or not isinstance(email, str):
            return False
        person = await self.people.person_by_email(email)
        if person is not None:
            await self.people.link_identity(issuer, subject, person)
        return person is not None

    async def _claims(self, token: str, provider: OpenId) -> dict[str, Any] | None:
        """Give the claims of a token that the provider signed for us and that is in force, else None."""
        for is_refetching in (False, True):
            keys = await self._key_set(provider, is_refetching)
            if keys is None:
                return None
            try:
                decoded = jwt.decode(token, keys, algorithms=list(provider.algorithms))
                # An ID token says who signed in and is not meant for APIs.
                if decoded.header.get("crit") or decoded.header.get("typ", "JWT").lower() not in ("jwt", "at+jwt"):
                    return None
                _registry(provider).validate(decoded.claims)
            except InvalidKeyIdError:
                continue  # The token names a key that the set has not: the provider may have turned its keys.
            except (JoseError, ValueError):
                return None
            return None if "nonce" in decoded.claims else dict(decoded.claims)
        return None

    async def _key_set(self, provider: OpenId, is_refetching: bool) -> KeySet | None:
        age = time.monotonic() - self._fetched_at
        if self._keys is not None and age < (REFETCH_SECONDS if is_refetching else KEYS_SECONDS):
            return self._keys
        if age < REFETCH_SECONDS and self._keys is None:
            return None
        self._fetched_at = time.monotonic()
        try:
            answer = await self.http.request("GET", provider.jwks_url, timeout_seconds=10, content_bytes_max=256 * 1024)
            self._keys = KeySet.import_key_set(orjson.loads(answer.content))
        except (DrystoneError, JoseError, ValueError, KeyError, TypeError) as error:
            log.warning("the OpenID provider's keys cannot be read", error=type(error).__name__)
        return self._keys


def _registry(provider: OpenId) -> jwt.JWTClaimsRegistry:
    essential: dict[str, Any] = {name: {"essential": True} for name in _CLAIMS}
    essential["iss"] = {"essential": True, "value": provider.issuer}
    essential["aud"] = {"essential": True, "value": provider.audience}
    return jwt.JWTClaimsRegistry(leeway=LEEWAY_SECONDS, **essential)


def _tenant_claim(claims: Mapping[str, Any]) -> UUID | None:
    """Give the organisation that the provider put into the token, for people who are in several."""
    try:
        return UUID(str(claims["organisation"])) if "organisation" in claims else None
    except ValueError:
        return UUID(int=0)  # No organisation has this id, so the token is nobody's.
