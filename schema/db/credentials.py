"""Stored credentials: rows that show what a credential is, and its sealed secret beside; it asks no provider for anything.

A credential without an owner is its organisation's, and every member may use it. One with an owner is seen and used by that
person only, and to everybody else it is not there. A secret is opened for whoever runs a node, and to be renewed.

Secrets by type: {key}, {username, password}, {headers: {name: value}}, {access_token, refresh_token?}.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.credentials import CredentialType, Reference
from schema.db.tenancy import Database
from schema.db.vault import Sealed, Vault, place_of
from schema.errors import Conflict, CredentialEnded, NotFound
from schema.ids import new_id
from schema.limits import LIMITS

#: A token that ends within this is renewed first: the call that it is for takes its time, too.
RENEW_BEFORE_SECONDS: Final = 60

_SHOWN: Final = (
    "id, tenant_id, owner_id, provider, type, title, scopes, hosts, last4, version, expires_at, ended_at, created_at, "
    "updated_at, used_at"
)
_SEALED: Final = "sealed, wrapped_key, key_id"
#: Whose it may be to be there at all.
_THERE: Final = "tenant_id = :tenant AND deleted_at IS NULL AND (owner_id IS NULL OR owner_id = CAST(:person AS uuid))"

_COUNT: Final = text("SELECT count(*) FROM credentials WHERE tenant_id = :tenant AND deleted_at IS NULL")
_LOCK: Final = text("SELECT pg_advisory_xact_lock(411578, hashtext(:tenant))")
_PUT: Final = text(
    f"INSERT INTO credentials (id, tenant_id, owner_id, provider, type, title, scopes, hosts, last4, version, expires_at, "
    f"{_SEALED}) VALUES (:id, :tenant, :owner_id, :provider, :type, :title, CAST(:scopes AS jsonb), CAST(:hosts AS jsonb), "
    ":last4, 1, :expires_at, :sealed, :wrapped_key, :key_id)"
)
_MANY: Final = text(f"SELECT {_SHOWN} FROM credentials WHERE {_THERE} AND id = ANY(:ids)")
_PAGE: Final = text(
    f"SELECT {_SHOWN} FROM credentials WHERE {_THERE} "
    "AND (CAST(:provider AS text) IS NULL OR provider = :provider) AND (CAST(:type AS text) IS NULL OR type = :type) "
    "AND (CAST(:before_time AS timestamptz) IS NULL OR (created_at, id) < (:before_time, :before_id)) "
    "ORDER BY created_at DESC, id DESC LIMIT :limit"
)
_OPEN: Final = text(f"SELECT {_SHOWN}, {_SEALED} FROM credentials WHERE {_THERE} AND id = :id")
_OPEN_LOCKED: Final = text(f"SELECT {_SHOWN}, {_SEALED} FROM credentials WHERE {_THERE} AND id = :id FOR UPDATE")
_SET: Final = text(
    "UPDATE credentials SET title = :title, owner_id = :owner_id, updated_at = now() WHERE tenant_id = :tenant AND id = :id"
)
_SET_SECRET: Final = text(
    "UPDATE credentials SET version = :version, scopes = CAST(:scopes AS jsonb), hosts = CAST(:hosts AS jsonb), "
    "last4 = :last4, expires_at = :expires_at, ended_at = NULL, updated_at = now(), sealed = :sealed, "
    "wrapped_key = :wrapped_key, key_id = :key_id WHERE tenant_id = :tenant AND id = :id"
)
#: The row stays, for runs of the past name it; its secret goes.
_DELETE: Final = text(
    "UPDATE credentials SET deleted_at = now(), sealed = '', wrapped_key = '', key_id = '', last4 = NULL "
    f"WHERE {_THERE} AND id = :id RETURNING id"
)
_END: Final = text("UPDATE credentials SET ended_at = coalesce(ended_at, now()) WHERE tenant_id = :tenant AND id = :id")
_TOUCH: Final = text("UPDATE credentials SET used_at = now() WHERE tenant_id = :tenant AND id = :id")


@dataclass(frozen=True)
class Credential:
    """A credential as it is shown: without its secret."""

    id: UUID
    tenant_id: UUID
    owner_id: UUID | None
    provider: str
    type: str
    title: str
    scopes: list[str]
    hosts: list[str]
    last4: str | None
    version: int
    expires_at: datetime | None
    ended_at: datetime | None
    created_at: datetime
    updated_at: datetime
    used_at: datetime | None

    @property
    def reference(self) -> Reference:
        return Reference(str(self.id), self.provider, self.type, self.title)

    def is_due(self, now: datetime) -> bool:
        """Say whether it is to be renewed before it is used."""
        if self.type != CredentialType.OAUTH2 or self.expires_at is None:
            return False
        return self.expires_at - now <= timedelta(seconds=RENEW_BEFORE_SECONDS)


@dataclass(frozen=True)
class Secret:
    """A secret with what of it may be shown."""

    values: Mapping[str, Any] = field(repr=False)
    #: The end of the secret text, by which its owner recognises it; None where it is too short for that.
    last4: str | None = None
    scopes: Sequence[str] = ()
    hosts: Sequence[str] = ()
    expires_at: datetime | None = None


def renewed_secret(found: Credential, values: Mapping[str, Any], tokens: GivenTokens, now: datetime) -> Secret:
    """Give the secret of a credential that was renewed; what its provider did not say again stays."""
    life = tokens.life_seconds
    return Secret(
        values={
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token or values.get("refresh_token"),
        },
        scopes=tokens.scopes or found.scopes,
        hosts=found.hosts,
        expires_at=None if life is None else now + timedelta(seconds=life),
    )


#: From a credential and its secret's values to a new secret; raises CredentialEnded where there is none any more.
Renewal = Callable[[Credential, Mapping[str, Any]], Awaitable[Secret]]


class GivenTokens(Protocol):
    """What a provider gives in place of tokens that end."""

    @property
    def access_token(self) -> str: ...
    @property
    def refresh_token(self) -> str | None: ...
    @property
    def scopes(self) -> Sequence[str] | None: ...
    @property
    def life_seconds(self) -> float | None: ...


@dataclass(frozen=True)
class Credentials:
    """The credentials of all tenants."""

    engine: Database
    vault: Vault

    async def make(
        self, tenant: UUID, owner: UUID | None, provider: str, kind: str, title: str, secret: Secret
    ) -> Credential:
        """Keep a new credential; raise Conflict beyond the organisation's limit."""
        made = new_id()
        row = {"id": made, "tenant": tenant, "owner_id": owner, "provider": provider, "type": kind, "title": title}
        sealed = await self._sealed(tenant, made, 1, provider, secret)
        async with self.engine.begin() as connection:
            await connection.execute(_LOCK, {"tenant": str(tenant)})
            if (await connection.execute(_COUNT, {"tenant": tenant})).scalar_one() >= LIMITS.credentials_max:
                raise Conflict(f"An organisation has at most {LIMITS.credentials_max} credentials; delete some first.")
            await connection.execute(_PUT, {**row, **sealed})
        return await self.get(tenant, made, owner)

    async def get(self, tenant: UUID, credential_id: UUID, person: UUID | None) -> Credential:
        """Give a credential that a person may use; raise NotFound, of one that is not theirs in the same words."""
        found = (await self.many(tenant, [credential_id], person)).get(credential_id)
        if found is None:
            raise _unknown()
        return found

    async def many(self, tenant: UUID, ids: Sequence[UUID], person: UUID | None) -> dict[UUID, Credential]:
        """Give those of these that a person may use."""
        where = {"tenant": tenant, "ids": list(ids), "person": person}
        async with self.engine.connect() as connection:
            return {row["id"]: Credential(**row) for row in (await connection.execute(_MANY, where)).mappings()}

    async def page(
        self,
        tenant: UUID,
        person: UUID | None,
        limit: int,
        *,
        provider: str | None = None,
        kind: str | None = None,
        before: tuple[datetime, UUID] | None = None,
    ) -> list[Credential]:
        """Give those that a person may use, the newest first."""
        where = {"tenant": tenant, "person": person, "limit": limit, "provider": provider, "type": kind}
        place = {"before_time": before and before[0], "before_id": before and before[1]}
        async with self.engine.connect() as connection:
            return [Credential(**row) for row in (await connection.execute(_PAGE, {**where, **place})).mappings()]

    async def change(
        self,
        tenant: UUID,
        credential_id: UUID,
        person: UUID | None,
        *,
        title: str | None = None,
        owner: UUID | None,
        secret: Secret | None = None,
    ) -> Credential:
        """Give a credential another title, owner or secret. Raises NotFound."""
        async with self.engine.begin() as connection:
            row = await self._locked(connection, tenant, credential_id, person)
            found = _credential(row)
            values = {"title": found.title if title is None else title, "owner_id": owner}
            await connection.execute(_SET, {"tenant": tenant, "id": credential_id, **values})
            if secret is not None:
                await self._put_secret(connection, found, secret)
        return await self.get(tenant, credential_id, person)

    async def delete(self, tenant: UUID, credential_id: UUID, person: UUID | None) -> None:
        """Take a credential away, and its secret at once."""
        async with self.engine.begin() as connection:
            where = {"tenant": tenant, "id": credential_id, "person": person}
            if (await connection.execute(_DELETE, where)).one_or_none() is None:
                raise _unknown()

    async def open(
        self, tenant: UUID, credential_id: UUID, person: UUID | None
    ) -> tuple[Credential, Mapping[str, Any]]:
        """Give a credential with its secret's values. Raises NotFound, KeyMissing or SealBroken."""
        where = {"tenant": tenant, "id": credential_id, "person": person}
        async with self.engine.connect() as connection:
            row = (await connection.execute(_OPEN, where)).mappings().one_or_none()
        if row is None:
            raise _unknown()
        return _credential(dict(row)), await self._opened(dict(row))

    async def renew(
        self,
        tenant: UUID,
        credential_id: UUID,
        person: UUID | None,
        is_due: Callable[[Credential], bool],
        renewal: Renewal,
    ) -> tuple[Credential, Mapping[str, Any]]:
        """Renew a secret that is due, one at a time whoever asks: who comes second finds it renewed.

        The row is locked while the provider is asked, so `renewal` must end well within the database's lock timeout.
        """
        ended = None
        async with self.engine.begin() as connection:
            row = await self._locked(connection, tenant, credential_id, person)
            found, values = _credential(row), await self._opened(row)
            if not is_due(found):
                return found, values
            try:
                secret = await renewal(found, values)
                await self._put_secret(connection, found, secret)
            except CredentialEnded as error:
                # Written down before it is told: nobody is to ask the provider again.
                await connection.execute(_END, {"tenant": tenant, "id": credential_id})
                ended = error
        if ended is not None:
            raise ended
        return await self.open(tenant, credential_id, person)

    async def touch(self, tenant: UUID, credential_id: UUID) -> None:
        """Write down that it was used."""
        async with self.engine.begin() as connection:
            await connection.execute(_TOUCH, {"tenant": tenant, "id": credential_id})

    async def _locked(
        self, connection: AsyncConnection, tenant: UUID, credential_id: UUID, person: UUID | None
    ) -> Mapping[str, Any]:
        where = {"tenant": tenant, "id": credential_id, "person": person}
        row = (await connection.execute(_OPEN_LOCKED, where)).mappings().one_or_none()
        if row is None:
            raise _unknown()
        return dict(row)

    async def _put_secret(self, connection: AsyncConnection, found: Credential, secret: Secret) -> None:
        version = found.version + 1
        sealed = await self._sealed(found.tenant_id, found.id, version, found.provider, secret)
        where = {"tenant": found.tenant_id, "id": found.id, "version": version}
        await connection.execute(_SET_SECRET, {**where, **sealed})

    async def _sealed(
        self, tenant: UUID, credential_id: UUID, version: int, provider: str, secret: Secret
    ) -> dict[str, Any]:
        """Give the columns of a secret."""
        sealed = await self.vault.seal(
            orjson.dumps(dict(secret.values)), place_of(tenant, credential_id, version, provider)
        )
        return {
            **vars(sealed),
            "last4": secret.last4,
            "scopes": orjson.dumps(list(secret.scopes)).decode(),
            "hosts": orjson.dumps(list(secret.hosts)).decode(),
            "expires_at": secret.expires_at,
        }

    async def _opened(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        place = place_of(row["tenant_id"], row["id"], row["version"], row["provider"])
        sealed = Sealed(row["sealed"], row["wrapped_key"], row["key_id"])
        values: Mapping[str, Any] = orjson.loads(await self.vault.open(sealed, place))
        return values


def _credential(row: Mapping[str, Any]) -> Credential:
    return Credential(**{name: value for name, value in row.items() if name not in ("sealed", "wrapped_key", "key_id")})


def _unknown() -> NotFound:
    return NotFound("There is no such Credential here.")
