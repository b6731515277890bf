"""Rewrapping: every data key under the current key of the key provider, while everything runs; no secret is opened.

Credentials and webhooks have such keys. What is sealed for ten minutes only (`schema.db.oauth_states`) is waited for.

A batch is a transaction, so it may be broken off and begun again at any moment. What is sealed meanwhile is sealed with the
current key already.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db.vault import Sealed, Vault, place_of
from schema.db.webhooks import SEAL_VERSION
from schema.errors import KeyMissing, SealBroken

BATCH: Final = 100


def _table(name: str, version: str) -> tuple[TextClause, TextClause]:
    """Give what reads a batch of a table's sealed rows, and what writes one; `version` is what their seals are bound to."""
    batch = (
        f"SELECT id, tenant_id, {version} AS version, provider, sealed, wrapped_key, key_id FROM {name} "
        "WHERE key_id <> :current AND deleted_at IS NULL AND id > :after ORDER BY id LIMIT :limit FOR UPDATE"
    )
    return text(batch), text(f"UPDATE {name} SET wrapped_key = :wrapped_key, key_id = :key_id WHERE id = :id")


_TABLES: Final = (_table("credentials", "version"), _table("webhooks", str(SEAL_VERSION)))
_REFERENCES: Final = text(
    "SELECT key_id, count(*) AS secrets FROM ("
    "  SELECT key_id FROM credentials WHERE deleted_at IS NULL"
    "  UNION ALL SELECT key_id FROM webhooks WHERE deleted_at IS NULL"
    "  UNION ALL SELECT key_id FROM oauth_states WHERE used_at IS NULL AND expires_at > now()) AS one GROUP BY key_id"
)


@dataclass
class Rewrapped:
    """How many data keys were wrapped anew, and the credentials and webhooks whose data keys do not open."""

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
        for table in _TABLES:
            after: UUID | None = UUID(int=0)
            while after is not None:
                after = await self._batch(table, current, after, found)
        return found

    async def _batch(
        self, table: tuple[TextClause, TextClause], current: str, after: UUID, found: Rewrapped
    ) -> UUID | None:
        """Do the rows behind one; give the last of them, or None where there are no more."""
        done, last = 0, None
        async with self.engine.begin() as connection:
            where = {"current": current, "after": after, "limit": BATCH}
            for row in (await connection.execute(table[0], where)).all():
                last = row.id
                place = place_of(row.tenant_id, row.id, row.version, row.provider)
                try:
                    fresh = await self.vault.rewrap(Sealed(row.sealed, row.wrapped_key, row.key_id), place)
                except (SealBroken, KeyMissing):
                    found.broken.append(row.id)
                    continue
                keys = {"wrapped_key": fresh.wrapped_key, "key_id": fresh.key_id}
                await connection.execute(table[1], {"id": row.id, **keys})
                done += 1
        found.count += done
        return last

    async def references(self) -> dict[str, int]:
        """Give how many data keys each key wraps, those of authorizations in progress included."""
        async with self.engine.connect() as connection:
            return {row.key_id: row.secrets for row in (await connection.execute(_REFERENCES)).all()}
