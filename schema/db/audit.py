"""The audit log: lines that are added and never changed, each chained to the one before it; it decides nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from schema.db.tenancy import Database

#: The first line of a chain follows this.
GENESIS: Final = "0" * 64
#: Half of an advisory lock's key: one writer a tenant at a time, for the chain.
_LOCK_CLASS: Final = 411_577

_LAST: Final = text("SELECT hash FROM audit_entries WHERE tenant_id = :tenant ORDER BY id DESC LIMIT 1")
_ADD: Final = text(
    "INSERT INTO audit_entries (tenant_id, actor_id, key_id, ip, operation, object_id, outcome, code, request_id, "
    "previous_hash, hash) VALUES (:tenant_id, :actor_id, :key_id, :ip, :operation, :object_id, :outcome, :code, :request_id, "
    ":previous_hash, :hash)"
)
_PAGE: Final = text(
    "SELECT id, tenant_id, at, actor_id, key_id, ip, operation, object_id, outcome, code, request_id, previous_hash, hash "
    "FROM audit_entries WHERE tenant_id = :tenant AND id < :before ORDER BY id DESC LIMIT :limit"
)
_CHAIN: Final = text(
    "SELECT id, tenant_id, at, actor_id, key_id, ip, operation, object_id, outcome, code, request_id, previous_hash, hash "
    "FROM audit_entries WHERE tenant_id = :tenant AND id > :after ORDER BY id LIMIT :limit"
)
_LOCK: Final = text("SELECT pg_advisory_xact_lock(:class, hashtext(:tenant))")


@dataclass(frozen=True)
class Act:
    """What somebody did, or was kept from doing."""

    tenant_id: UUID
    actor_id: UUID | None
    key_id: UUID | None
    ip: str | None
    operation: str
    object_id: str | None
    outcome: str
    code: str | None
    request_id: str

    def hashed(self, previous: str) -> str:
        """Give the hash of this line behind another."""
        parts = [previous, *("" if value is None else str(value) for value in vars(self).values())]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class AuditEntry:
    """A line of the log."""

    id: int
    at: datetime
    previous_hash: str
    hash: str
    act: Act


@dataclass(frozen=True)
class Audit:
    """The audit log, of all tenants."""

    engine: Database

    async def add(self, act: Act) -> None:
        """Add a line; when this returns it is durable."""
        async with self.engine.begin() as connection:
            await connection.execute(_LOCK, {"class": _LOCK_CLASS, "tenant": str(act.tenant_id)})
            previous = (await connection.execute(_LAST, {"tenant": act.tenant_id})).scalar() or GENESIS
            await connection.execute(_ADD, {**vars(act), "previous_hash": previous, "hash": act.hashed(previous)})

    async def page(self, tenant: UUID, limit: int, before: int | None = None) -> list[AuditEntry]:
        """Give lines, the newest first."""
        where = {"tenant": tenant, "limit": limit, "before": before if before is not None else 2**63 - 1}
        async with self.engine.connect() as connection:
            return [_entry(dict(row)) for row in (await connection.execute(_PAGE, where)).mappings()]

    async def first_broken(self, tenant: UUID) -> int | None:
        """Give the id of the first line that does not follow from the one before it; None: the chain is whole."""
        previous, after = GENESIS, 0
        while True:
            async with self.engine.connect() as connection:
                where = {"tenant": tenant, "after": after, "limit": 1_000}
                entries = [_entry(dict(row)) for row in (await connection.execute(_CHAIN, where)).mappings()]
            for entry in entries:
                if entry.previous_hash != previous or entry.hash != entry.act.hashed(previous):
                    return entry.id
                previous = entry.hash
            if not entries:
                return None
            after = entries[-1].id


def _entry(found: dict[str, Any]) -> AuditEntry:
    own = {name: found.pop(name) for name in ("id", "at", "previous_hash", "hash")}
    return AuditEntry(**own, act=Act(**found))
