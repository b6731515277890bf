"""Offers: the agents that a person can run by name, those of their library first; it names no tool and starts nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from schema.db.library import Owner
from schema.db.tenancy import Database

#: Agents that one person is offered.
OFFERED_MAX: Final = 500

_OFFERS: Final = text("""
SELECT g.id AS graph_id, g.name, g.description, coalesce(e.graph_version, g.active_version) AS graph_version, e.id AS entry_id
FROM graphs g
LEFT JOIN library_entries e ON e.tenant_id = g.tenant_id AND e.owner_id = :owner AND e.graph_id = g.id
  AND NOT e.is_archived AND :reads_library
WHERE g.tenant_id = :tenant AND g.deleted_at IS NULL AND coalesce(e.graph_version, g.active_version) IS NOT NULL
ORDER BY (e.id IS NULL), g.created_at, g.id LIMIT :limit
""")


@dataclass(frozen=True)
class Offer:
    """An agent with the version that a run of it has."""

    graph_id: UUID
    name: str
    description: str
    graph_version: int
    #: Its entry in the person's library, where it has one.
    entry_id: UUID | None


@dataclass(frozen=True)
class Offers:
    """The offers of all tenants."""

    engine: Database

    async def of(self, owner: Owner, *, reads_library: bool) -> list[Offer]:
        """Give the agents of a person's library that are not archived, then the others of the organisation that are published."""
        where = {**owner.where, "reads_library": reads_library, "limit": OFFERED_MAX}
        async with self.engine.connect() as connection:
            return [Offer(**row) for row in (await connection.execute(_OFFERS, where)).mappings()]
