"""Stored webhooks: addresses that others call, each with what they sign with, sealed; no delivery is kept here.

The token in an address is found by its hash. Token and secrets are sealed together in the webhook's row, as a credential's secret
is, and the keys that seal turn for both alike (`schema.db.rewrapping`). A secret that was changed stays in force until its time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.db.tenancy import Database
from schema.db.vault import Sealed, Vault, place_of
from schema.errors import Conflict, NotFound
from schema.ids import new_id
from schema.limits import LIMITS

#: What a seal is bound to, beside the webhook: there is one sealed thing a row, and it is sealed anew as a whole.
SEAL_VERSION: Final = 1
#: Secrets of one webhook that count at once: each is one more digest over what comes.
SECRETS_MAX: Final = 5
_COLUMNS: Final = (
    "w.id, w.tenant_id, w.name, w.provider, w.config, w.credential_id, w.provider_hook_id, w.problem, w.is_paused, "
    "w.created_by, w.created_at, w.updated_at"
)
_SEALED: Final = "w.sealed, w.wrapped_key, w.key_id"
_OWN: Final = "FROM webhooks w WHERE w.tenant_id = :tenant AND w.deleted_at IS NULL"
_LOCK: Final = text("SELECT pg_advisory_xact_lock(411579, hashtext(:tenant))")
_COUNT: Final = text(f"SELECT count(*) {_OWN}")
_PUT: Final = text("""
INSERT INTO webhooks (id, tenant_id, token_hash, name, provider, config, sealed, wrapped_key, key_id, credential_id, is_paused,
                      created_by)
VALUES (:id, :tenant, :token_hash, :name, :provider, CAST(:config AS json), :sealed, :wrapped_key, :key_id, :credential_id,
        false, :created_by)
""")
_MANY: Final = text(f"SELECT {_COLUMNS} {_OWN} AND w.id = ANY(:ids)")
_PAGE: Final = text(
    f"SELECT {_COLUMNS} {_OWN} "
    "AND (CAST(:before_time AS timestamptz) IS NULL OR (w.created_at, w.id) < (:before_time, :before_id)) "
    "ORDER BY w.created_at DESC, w.id DESC LIMIT :limit"
)
#: Who calls is known by the token alone, so this looks at all tenants.
_BY_TOKEN: Final = text(
    f"SELECT {_COLUMNS}, {_SEALED} FROM webhooks w WHERE w.token_hash = :token_hash AND w.deleted_at IS NULL"
)
_OPEN: Final = text(f"SELECT {_COLUMNS}, {_SEALED} {_OWN} AND w.id = ANY(:ids)")
_OPEN_LOCKED: Final = text(f"SELECT {_COLUMNS}, {_SEALED} {_OWN} AND w.id = :id FOR UPDATE")
_SEAL: Final = text(
    "UPDATE webhooks SET sealed = :sealed, wrapped_key = :wrapped_key, key_id = :key_id, updated_at = now() "
    "WHERE tenant_id = :tenant AND id = :id"
)
_CHANGE: Final = text(
    "UPDATE webhooks AS w SET name = coalesce(:name, name), is_paused = coalesce(:is_paused, is_paused), updated_at = now() "
    "WHERE w.tenant_id = :tenant AND w.deleted_at IS NULL AND w.id = :id RETURNING w.id"
)
_REGISTERED: Final = text(
    "UPDATE webhooks SET provider_hook_id = :hook, problem = CAST(:problem AS json), updated_at = now() "
    "WHERE tenant_id = :tenant AND id = :id"
)
#: The row stays, for deliveries of the past name it; its address and its secrets go.
_DELETE: Final = text(
    "UPDATE webhooks AS w SET deleted_at = now(), sealed = NULL, wrapped_key = NULL, key_id = NULL "
    "WHERE w.tenant_id = :tenant AND w.deleted_at IS NULL AND w.id = :id RETURNING w.id"
)


@dataclass(frozen=True)
class SigningSecret:
    """What a provider signs with, and until when it counts: None, until it is changed."""

    value: str = field(repr=False)
    until: datetime | None = None


@dataclass(frozen=True)
class Opened:
    """What of a webhook nobody may see."""

    token: str = field(repr=False)
    secrets: tuple[SigningSecret, ...] = ()

    def in_force(self, now: datetime) -> list[str]:
        """Give the secrets that count now, the newest first."""
        return [one.value for one in self.secrets if one.until is None or one.until > now]

    def rotated(self, value: str, until: datetime, now: datetime) -> Opened:
        """Give the same with a new secret; those that are in force stay so until then, at the longest."""
        kept = [
            replace(one, until=until if one.until is None else min(one.until, until))
            for one in self.secrets
            if one.until is None or one.until > now
        ]
        kept = [one for one in kept if one.until is not None and one.until > now][: SECRETS_MAX - 1]
        return Opened(self.token, (SigningSecret(value), *kept))

    def to_bytes(self) -> bytes:
        rows = [{"value": one.value, "until": one.until and one.until.isoformat()} for one in self.secrets]
        return orjson.dumps({"token": self.token, "secrets": rows})

    @classmethod
    def from_bytes(cls, data: bytes) -> Opened:
        found = orjson.loads(data)
        rows = found["secrets"]
        secrets = [SigningSecret(row["value"], row["until"] and datetime.fromisoformat(row["until"])) for row in rows]
        return cls(found["token"], tuple(secrets))


@dataclass(frozen=True)
class Webhook:
    """A webhook as it is shown: without its token and its secrets."""

    id: UUID
    tenant_id: UUID
    name: str
    provider: str
    #: {resource, events, ...}: what the provider was asked to send; `is_signed` where nothing else is accepted.
    config: Mapping[str, Any]
    credential_id: UUID | None
    provider_hook_id: str | None
    problem: Mapping[str, Any] | None
    is_paused: bool
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class NewWebhook:
    """A webhook to be made."""

    name: str
    provider: str
    config: Mapping[str, Any]
    opened: Opened
    credential_id: UUID | None
    created_by: UUID


@dataclass(frozen=True)
class Webhooks:
    """The webhooks of all tenants."""

    engine: Database
    vault: Vault

    async def make(self, tenant: UUID, new: NewWebhook) -> Webhook:
        """Keep a new webhook; raise Conflict beyond the organisation's limit."""
        made = new_id()
        row = {
            "id": made,
            "tenant": tenant,
            "token_hash": hash_of(new.opened.token),
            "name": new.name,
            "provider": new.provider,
            "config": orjson.dumps(dict(new.config)).decode(),
            "credential_id": new.credential_id,
            "created_by": new.created_by,
            **await self._sealed(tenant, made, new.provider, new.opened),
        }
        async with self.engine.begin() as connection:
            await connection.execute(_LOCK, {"tenant": str(tenant)})
            if (await connection.execute(_COUNT, {"tenant": tenant})).scalar_one() >= LIMITS.webhooks_max:
                raise Conflict(f"An organisation has at most {LIMITS.webhooks_max} webhooks; delete some first.")
            await connection.execute(_PUT, row)
        return await self.get(tenant, made)

    async def get(self, tenant: UUID, webhook_id: UUID) -> Webhook:
        """Give a webhook; raise NotFound."""
        found = (await self.many(tenant, [webhook_id])).get(webhook_id)
        if found is None:
            raise unknown_webhook()
        return found

    async def many(self, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, Webhook]:
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_MANY, {"tenant": tenant, "ids": list(ids)})).mappings()
            return {row["id"]: Webhook(**row) for row in rows}

    async def page(self, tenant: UUID, limit: int, before: tuple[datetime, UUID] | None) -> list[Webhook]:
        """Give webhooks, the newest first."""
        place = {"before_time": before and before[0], "before_id": before and before[1]}
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_PAGE, {"tenant": tenant, "limit": limit, **place})).mappings()
            return [Webhook(**row) for row in rows]

    async def by_token(self, token: str) -> tuple[Webhook, Opened] | None:
        """Give the webhook that has an address, of whichever tenant; None where there is none."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_BY_TOKEN, {"token_hash": hash_of(token)})).mappings().one_or_none()
        return None if row is None else (_webhook(row), await self._opened(row))

    async def open(self, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, Opened]:
        """Give what of webhooks nobody else may see. Raises KeyMissing or SealBroken."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_OPEN, {"tenant": tenant, "ids": list(ids)})).mappings().all()
        return {row["id"]: await self._opened(row) for row in rows}

    async def change(
        self, tenant: UUID, webhook_id: UUID, *, name: str | None = None, is_paused: bool | None = None
    ) -> Webhook:
        """Give a webhook another name, pause it or resume it. Raises NotFound."""
        row = {"tenant": tenant, "id": webhook_id, "name": name, "is_paused": is_paused}
        async with self.engine.begin() as connection:
            if (await connection.execute(_CHANGE, row)).one_or_none() is None:
                raise unknown_webhook()
        return await self.get(tenant, webhook_id)

    async def rotate(self, tenant: UUID, webhook_id: UUID, value: str, until: datetime, now: datetime) -> Opened:
        """Put a new secret before those that are in force, which end then. Raises NotFound."""
        async with self.engine.begin() as connection:
            row = await _locked(connection, tenant, webhook_id)
            changed = (await self._opened(row)).rotated(value, until, now)
            sealed = await self._sealed(tenant, webhook_id, row["provider"], changed)
            await connection.execute(_SEAL, {"tenant": tenant, "id": webhook_id, **sealed})
        return changed

    async def note_registration(
        self, tenant: UUID, webhook_id: UUID, hook: str | None, problem: Mapping[str, Any] | None
    ) -> None:
        """Write down what the provider calls the hook, and what is wrong with it there."""
        said = None if problem is None else orjson.dumps(dict(problem)).decode()
        async with self.engine.begin() as connection:
            row = {"tenant": tenant, "id": webhook_id, "hook": hook, "problem": said}
            await connection.execute(_REGISTERED, row)

    async def delete(self, tenant: UUID, webhook_id: UUID) -> None:
        """Stop accepting at once. Raises NotFound."""
        async with self.engine.begin() as connection:
            if (await connection.execute(_DELETE, {"tenant": tenant, "id": webhook_id})).one_or_none() is None:
                raise unknown_webhook()

    async def _sealed(self, tenant: UUID, webhook_id: UUID, provider: str, opened: Opened) -> dict[str, Any]:
        place = place_of(tenant, webhook_id, SEAL_VERSION, provider)
        return vars(await self.vault.seal(opened.to_bytes(), place))

    async def _opened(self, row: Mapping[Any, Any]) -> Opened:
        place = place_of(row["tenant_id"], row["id"], SEAL_VERSION, row["provider"])
        return Opened.from_bytes(await self.vault.open(Sealed(row["sealed"], row["wrapped_key"], row["key_id"]), place))


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def unknown_webhook() -> NotFound:
    return NotFound("There is no such Webhook here.")


async def _locked(connection: AsyncConnection, tenant: UUID, webhook_id: UUID) -> Mapping[str, Any]:
    where = {"tenant": tenant, "id": webhook_id}
    row = (await connection.execute(_OPEN_LOCKED, where)).mappings().one_or_none()
    if row is None:
        raise unknown_webhook()
    return dict(row)


def _webhook(row: Mapping[Any, Any]) -> Webhook:
    return Webhook(**{name: value for name, value in row.items() if name not in ("sealed", "wrapped_key", "key_id")})
