"""Drafts: what of an agent is being edited, under an optimistic lock, and the versions made from it; it checks no graph.

A draft has a revision, and each writer names the one that they have read: of several that name the same one goes on, the
others are told. An agent that came in as a version has no row of a draft: its draft is that version, at revision 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.db.tenancy import Database
from schema.db.versions import activate, body_of, lock, newest, put, put_graph, shown
from schema.errors import Conflict

_MANY: Final = text(
    "SELECT g.id AS graph_id, coalesce(d.revision, 0) AS revision, coalesce(d.body, v.body) AS body, d.updated_by, "
    "coalesce(d.updated_at, v.created_at) AS updated_at FROM graphs g "
    "LEFT JOIN graph_drafts d ON d.tenant_id = g.tenant_id AND d.graph_id = g.id "
    "LEFT JOIN graph_versions v ON v.tenant_id = g.tenant_id AND v.graph_id = g.id AND v.version = g.active_version "
    "WHERE g.tenant_id = :tenant AND g.id = ANY(:ids) AND g.deleted_at IS NULL "
    "AND (d.graph_id IS NOT NULL OR v.graph_id IS NOT NULL)"
)
_REVISION: Final = text("SELECT revision FROM graph_drafts WHERE tenant_id = :tenant AND graph_id = :id")
_PUT: Final = text(
    "INSERT INTO graph_drafts (tenant_id, graph_id, revision, body, updated_by) "
    "VALUES (:tenant, :id, :revision, CAST(:body AS json), :person) ON CONFLICT (tenant_id, graph_id) DO UPDATE "
    "SET revision = excluded.revision, body = excluded.body, updated_by = excluded.updated_by, updated_at = now()"
)
#: An agent is called by its active version's name; one that has none yet by its draft's.
_TOUCH: Final = text(
    "UPDATE graphs SET updated_at = now(), name = CASE WHEN active_version IS NULL THEN :name ELSE name END, "
    "description = CASE WHEN active_version IS NULL THEN :description ELSE description END "
    "WHERE tenant_id = :tenant AND id = :id"
)


@dataclass(frozen=True)
class Draft:
    """A draft as it is kept."""

    graph_id: UUID
    revision: int
    body: dict[str, Any]
    updated_by: UUID | None
    updated_at: datetime


@dataclass(frozen=True)
class Drafts:
    """The drafts of all tenants."""

    engine: Database

    async def many(self, tenant: UUID, graph_ids: Sequence[UUID]) -> dict[UUID, Draft]:
        """Give the drafts of these agents; a deleted one has none."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_MANY, {"tenant": tenant, "ids": list(graph_ids)})).mappings().all()
        return {row["graph_id"]: Draft(**row) for row in rows}

    async def create(self, tenant: UUID, graph_id: UUID, body: Mapping[str, Any], person: UUID) -> None:
        """Make an agent that has a draft and no version yet."""
        async with self.engine.begin() as connection:
            if not await put_graph(connection, tenant, graph_id, body, person):
                raise Conflict("There is an agent with this id already.")
            await write(connection, tenant, graph_id, 1, body, person)

    async def update(self, tenant: UUID, graph_id: UUID, revision: int, body: Mapping[str, Any], person: UUID) -> None:
        """Replace the draft; raise Conflict naming the draft's revision where it is another than the one named."""
        async with self.engine.begin() as connection:
            await lock(connection, tenant, graph_id)
            await _expect(connection, tenant, graph_id, revision)
            await write(connection, tenant, graph_id, revision + 1, body, person)

    async def publish(
        self,
        tenant: UUID,
        graph_id: UUID,
        revision: int,
        body: Mapping[str, Any],
        person: UUID,
        *,
        name: str | None,
        notes: str | None,
    ) -> int:
        """Make the next version of the draft's body and activate it; give its number. The draft goes on one revision later.

        `body` is what the caller read, and checked, at this revision; raises Conflict where the draft is at another.
        """
        async with self.engine.begin() as connection:
            await lock(connection, tenant, graph_id)
            await _expect(connection, tenant, graph_id, revision)
            version = await newest(connection, tenant, graph_id) + 1
            await put(connection, tenant, graph_id, version, body, name=name, notes=notes, person=person)
            await activate(connection, tenant, graph_id, version, body)
            await write(connection, tenant, graph_id, revision + 1, {**body, "version": version}, person)
        return version

    async def activate(self, tenant: UUID, graph_id: UUID, version: int) -> None:
        """Make a version the one that runs; the draft stays as it is. Raises NotFound."""
        async with self.engine.begin() as connection:
            await lock(connection, tenant, graph_id)
            await activate(connection, tenant, graph_id, version, await body_of(connection, tenant, graph_id, version))

    async def roll_back(self, tenant: UUID, graph_id: UUID, version: int, person: UUID) -> None:
        """Make a version the one that runs, and the draft what that version says. Raises NotFound."""
        async with self.engine.begin() as connection:
            await lock(connection, tenant, graph_id)
            body = await body_of(connection, tenant, graph_id, version)
            await activate(connection, tenant, graph_id, version, body)
            revision = await revision_of(connection, tenant, graph_id)
            await write(connection, tenant, graph_id, revision + 1, body, person)


async def revision_of(connection: AsyncConnection, tenant: UUID, graph_id: UUID) -> int:
    """Give the revision of a locked graph's draft."""
    return int((await connection.execute(_REVISION, {"tenant": tenant, "id": graph_id})).scalar() or 0)


async def write(
    connection: AsyncConnection, tenant: UUID, graph_id: UUID, revision: int, body: Mapping[str, Any], person: UUID
) -> None:
    """Write the draft of a locked graph."""
    row = {"tenant": tenant, "id": graph_id, "revision": revision, "person": person}
    await connection.execute(_PUT, {**row, "body": orjson.dumps(body).decode()})
    await connection.execute(_TOUCH, {**row, **shown(body)})


async def _expect(connection: AsyncConnection, tenant: UUID, graph_id: UUID, revision: int) -> None:
    current = await revision_of(connection, tenant, graph_id)
    if revision != current:
        raise Conflict(
            f"The draft is at revision {current}, not {revision}: read it again, and put your change on top of that.",
            revision=current,
        )
