"""Authorizations in progress: begun when a person is sent to a provider, taken once by the callback; it knows no provider."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from schema.db.tenancy import Database
from schema.db.vault import Sealed, Vault, place_of

#: How long a person may take at the provider.
STATE_SECONDS: Final = 600
_STATE_BYTES: Final = 32
#: RFC 7636, 4.1: 43 to 128 characters.
_VERIFIER_BYTES: Final = 48

_PUT: Final = text(
    "INSERT INTO oauth_states (state_hash, tenant_id, person_id, provider, scopes, redirect_uri, title, credential_id, "
    "sealed, wrapped_key, key_id, expires_at) VALUES (:state_hash, :tenant, :person, :provider, CAST(:scopes AS jsonb), "
    ":redirect_uri, :title, :credential_id, :sealed, :wrapped_key, :key_id, now() + make_interval(secs => :seconds))"
)
_SWEEP: Final = text("DELETE FROM oauth_states WHERE tenant_id = :tenant AND expires_at < now() - interval '1 day'")
#: Taken whatever comes of it: a state serves one callback.
_TAKE: Final = text(
    "UPDATE oauth_states SET used_at = now() WHERE state_hash = :state_hash AND used_at IS NULL AND expires_at > now() "
    "RETURNING state_hash, tenant_id, person_id, provider, scopes, redirect_uri, title, credential_id, sealed, "
    "wrapped_key, key_id"
)


@dataclass(frozen=True)
class Begun:
    """What goes to the provider: the state, and the verifier of which it is shown the hash."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class Authorization:
    """An authorization as it was begun."""

    tenant_id: UUID
    person_id: UUID
    provider: str
    scopes: list[str]
    redirect_uri: str
    title: str
    credential_id: UUID | None
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class OAuthStates:
    """The authorizations in progress. Beginning one is its tenant's; the callback that takes it knows no tenant yet."""

    engine: Database
    vault: Vault

    async def begin(
        self,
        tenant: UUID,
        person: UUID,
        *,
        provider: str,
        scopes: list[str],
        redirect_uri: str,
        title: str,
        credential_id: UUID | None,
    ) -> Begun:
        """Note an authorization; only the hash of its state is kept."""
        begun = Begun(secrets.token_urlsafe(_STATE_BYTES), secrets.token_urlsafe(_VERIFIER_BYTES))
        digest = _hash(begun.state)
        sealed = await self.vault.seal(begun.verifier.encode(), place_of(tenant, digest, 0, provider))
        row: dict[str, Any] = {"state_hash": digest, "tenant": tenant, "person": person, "provider": provider}
        row |= {"scopes": orjson.dumps(scopes).decode(), "redirect_uri": redirect_uri, "title": title}
        async with self.engine.begin() as connection:
            await connection.execute(_SWEEP, {"tenant": tenant})
            more = {"credential_id": credential_id, "seconds": STATE_SECONDS}
            await connection.execute(_PUT, {**row, **vars(sealed), **more})
        return begun

    async def take(self, state: str) -> Authorization | None:
        """Give the authorization of a state, once; None where it is unknown, was taken, or its time is over."""
        async with self.engine.begin() as connection:
            row = (await connection.execute(_TAKE, {"state_hash": _hash(state)})).mappings().one_or_none()
        if row is None:
            return None
        place = place_of(row["tenant_id"], row["state_hash"], 0, row["provider"])
        verifier = await self.vault.open(Sealed(row["sealed"], row["wrapped_key"], row["key_id"]), place)
        names = ("tenant_id", "person_id", "provider", "scopes", "redirect_uri", "title", "credential_id")
        return Authorization(**{name: row[name] for name in names}, verifier=verifier.decode())


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
