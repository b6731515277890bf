"""Rewrapping: every data key under the current key of the key provider, while everything runs; no secret is opened.

A batch is a transaction, so it may be broken off and begun again at any moment. What is sealed meanwhile is sealed with the
current key already.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db.vault import Sealed, Vault, place_of
from schema.errors import KeyMissing, SealBroken

BATCH: Final = 100

_BATCH: Final = text(
    "SELECT id, tenant_id, version, provider, sealed, wrapped_key, key_id FROM credentials "
    "WHERE key_id <> :current AND deleted_at IS NULL AND id > :after ORDER BY id LIMIT :limit FOR UPDATE"
)
_REWRAP: Final = text("UPDATE credentials SET wrapped_key = :wrapped_key, key_id = :key_id WHERE id = :id")
_REFERENCES: Final = text(
    "SELECT key_id, count(*) AS secrets FROM ("
    "  SELECT key_id FROM credentials WHERE deleted_at IS NULL"
    "  UNION ALL SELECT key_id FROM oauth_states WHERE used_at IS NULL AND expires_at > now()) AS one GROUP BY key_id"
)


@dataclass
class Rewrapped:
    """How many data keys were wrapped anew, and the credentials whose data keys do not open."""

    count: int = 0
    broken: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class Rewrapping:
    """The data keys of all tenants."""

    engine: AsyncEngine
    vault: Vault

    async def run(self) -> Rewrapped:
        """Wrap every data key that is not under the current key anew."""
        current = await self.vault.provider.current_key_id()
        found = Rewrapped()
        after: UUID | None = UUID(int=0)
        while after is not None:
            after = await self._batch(current, after, found)
        return found

    async def _batch(self, current: str, after: UUID, found: Rewrapped) -> UUID | None:
        """Do the rows behind one; give the last of them, or None where there are no more."""
        done, last = 0, None
        async with self.engine.begin() as connection:
            where = {"current": current, "after": after, "limit": BATCH}
            for row in (await connection.execute(_BATCH, where)).all():
                last = row.id
                place = place_of(row.tenant_id, row.id, row.version, row.provider)
                try:
                    fresh = await self.vault.rewrap(Sealed(row.sealed, row.wrapped_key, row.key_id), place)
                except (SealBroken, KeyMissing):
                    found.broken.append(row.id)
                    continue
                keys = {"wrapped_key": fresh.wrapped_key, "key_id": fresh.key_id}
                await connection.execute(_REWRAP, {"id": row.id, **keys})
                done += 1
        found.count += done
        return last

    async def references(self) -> dict[str, int]:
        """Give how many data keys each key wraps, those of authorizations in progress included."""
        async with self.engine.connect() as connection:
            return {row.key_id: row.secrets for row in (await connection.execute(_REFERENCES)).all()}
