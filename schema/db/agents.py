"""Agents as lists and pages show them: rows of graphs and of their versions, found and searched; it writes no version.

A graph is one agent of a tenant; a deleted one is in no list and found by no id, while its versions stay for past runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from schema.db.schedules import NOTIFY
from schema.db.tenancy import Database
from schema.db.versions import lock
from schema.errors import Conflict, NotFound

_COLUMNS: Final = (
    "g.id, g.name, g.description, g.active_version, g.folder_id, g.created_by, g.forked_from_id, g.forked_from_version, "
    "g.created_at, g.updated_at"
)
#: Words by full text, or the beginning of a word of the name.
_FOUND: Final = (
    "g.tenant_id = :tenant AND g.deleted_at IS NULL AND (CAST(:folder AS uuid) IS NULL OR g.folder_id = :folder) "
    "AND (CAST(:search AS text) IS NULL OR g.search @@ websearch_to_tsquery('simple', :search) "
    "OR ' ' || lower(g.name) LIKE :prefix)"
)
_PAGE: Final = text(
    f"SELECT {_COLUMNS} FROM graphs g WHERE {_FOUND} "
    "AND (CAST(:before AS timestamptz) IS NULL OR (g.updated_at, g.id) < (CAST(:before AS timestamptz), CAST(:before_id AS uuid))) "
    "ORDER BY g.updated_at DESC, g.id DESC LIMIT :limit"
)
_COUNT: Final = text(f"SELECT count(*) FROM graphs g WHERE {_FOUND}")
_MANY: Final = text(
    f"SELECT {_COLUMNS} FROM graphs g WHERE g.tenant_id = :tenant AND g.id = ANY(:ids) AND g.deleted_at IS NULL"
)
_VERSION_COLUMNS: Final = (
    "v.graph_id, v.version, v.name, v.notes, v.published_by, v.created_at, "
    "coalesce(json_array_length(v.body->'nodes'), 0) AS nodes_count, (v.version = g.active_version) IS TRUE AS is_active"
)
_VERSIONS: Final = text(
    f"SELECT {_VERSION_COLUMNS} FROM graphs g CROSS JOIN LATERAL ("
    "SELECT * FROM graph_versions w WHERE w.tenant_id = g.tenant_id AND w.graph_id = g.id "
    "AND (CAST(:before AS int) IS NULL OR w.version < :before) ORDER BY w.version DESC LIMIT :limit) v "
    "WHERE g.tenant_id = :tenant AND g.id = ANY(:ids) AND g.deleted_at IS NULL ORDER BY v.graph_id, v.version DESC"
)
_COUNT_VERSIONS: Final = text(
    "SELECT graph_id, count(*) AS versions FROM graph_versions WHERE tenant_id = :tenant AND graph_id = ANY(:ids) "
    "GROUP BY graph_id"
)
_WANTED: Final = (
    "JOIN graphs g ON g.tenant_id = v.tenant_id AND g.id = v.graph_id AND g.deleted_at IS NULL "
    "JOIN unnest(CAST(:ids AS uuid[]), CAST(:numbers AS int[])) AS k(id, number) "
    "ON k.id = v.graph_id AND v.version = coalesce(k.number, g.active_version) WHERE v.tenant_id = :tenant"
)
_MANY_VERSIONS: Final = text(f"SELECT {_VERSION_COLUMNS}, k.number AS asked FROM graph_versions v {_WANTED}")
_BODIES: Final = text(f"SELECT v.graph_id, k.number AS asked, v.body FROM graph_versions v {_WANTED}")
_USERS: Final = text(
    "SELECT g.id, g.name FROM graphs g JOIN graph_versions v ON v.tenant_id = g.tenant_id AND v.graph_id = g.id "
    "AND v.version = g.active_version WHERE g.tenant_id = :tenant AND g.id <> :id AND g.deleted_at IS NULL "
    "AND EXISTS (SELECT 1 FROM json_array_elements(v.body->'nodes') n WHERE n->>'block_id' = ANY(:blocks) "
    "AND lower(n->'input_default'->>'graph_id') = :text) ORDER BY g.name, g.id LIMIT 20"
)
_DELETE: Final = text(
    "UPDATE graphs SET deleted_at = now(), updated_at = now(), folder_id = NULL WHERE tenant_id = :tenant AND id = :id"
)
#: What would start it goes with it: an import of the same file makes the agent anew, and nothing may run then that nobody sees.
_DELETE_SCHEDULES: Final = text(
    "UPDATE schedules SET deleted_at = now(), revision = revision + 1, updated_at = now(), sync_after = now() "
    "WHERE tenant_id = :tenant AND graph_id = :id AND deleted_at IS NULL RETURNING id"
)
_DETACH: Final = text(
    "UPDATE webhook_attachments SET deleted_at = now() WHERE tenant_id = :tenant AND graph_id = :id AND deleted_at IS NULL"
)
_MOVE: Final = text("UPDATE graphs SET folder_id = :folder WHERE tenant_id = :tenant AND id = :id")
_FOLDER: Final = text("SELECT 1 FROM folders WHERE tenant_id = :tenant AND id = :folder FOR SHARE")

#: A version of a graph; None: the active one.
VersionKey = tuple[UUID, int | None]


@dataclass(frozen=True)
class Agent:
    """A graph's row."""

    id: UUID
    name: str
    description: str
    active_version: int | None
    folder_id: UUID | None
    created_by: UUID | None
    forked_from_id: UUID | None
    forked_from_version: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Version:
    """A version's row, without its body."""

    graph_id: UUID
    version: int
    name: str | None
    notes: str | None
    published_by: UUID | None
    created_at: datetime
    nodes_count: int
    is_active: bool


@dataclass(frozen=True)
class Deletion:
    """What went with an agent."""

    schedules: int
    attachments: int


@dataclass(frozen=True)
class Wanted:
    """Which agents a list has: in a folder, with words or the beginning of a word of the name."""

    search: str | None = None
    folder: UUID | None = None

    def where(self) -> dict[str, Any]:
        """Give the statements' parameters."""
        search = (self.search or "").strip() or None
        return {"search": search, "prefix": None if search is None else _prefix(search), "folder": self.folder}


def _prefix(search: str) -> str:
    """Give the LIKE pattern of a word that begins so: what LIKE reads as a sign of its own stands for itself."""
    plain = search.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"% {plain}%"


@dataclass(frozen=True)
class Agents:
    """The agents of all tenants."""

    engine: Database

    async def page(
        self, tenant: UUID, wanted: Wanted, limit: int, before: tuple[datetime, UUID] | None = None
    ) -> list[Agent]:
        """Give agents, the one that was changed last first."""
        where = {"tenant": tenant, "limit": limit, **wanted.where()}
        where |= (
            {"before": None, "before_id": None} if before is None else {"before": before[0], "before_id": before[1]}
        )
        return [Agent(**row) for row in await self._rows(_PAGE, where)]

    async def count(self, tenant: UUID, wanted: Wanted) -> int:
        """Give how many agents a list has."""
        async with self.engine.connect() as connection:
            found = await connection.execute(_COUNT, {"tenant": tenant, **wanted.where()})
            return int(found.scalar_one())

    async def many(self, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, Agent]:
        """Give those of these agents that are here."""
        rows = await self._rows(_MANY, {"tenant": tenant, "ids": list(ids)})
        return {row["id"]: Agent(**row) for row in rows}

    async def versions(
        self, tenant: UUID, ids: Sequence[UUID], limit: int, before: int | None = None
    ) -> dict[UUID, list[Version]]:
        """Give a page of the versions of each of these agents, the newest first."""
        found: dict[UUID, list[Version]] = {graph_id: [] for graph_id in ids}
        where = {"tenant": tenant, "ids": list(ids), "limit": limit, "before": before}
        for row in await self._rows(_VERSIONS, where):
            found[row["graph_id"]].append(Version(**row))
        return found

    async def count_versions(self, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, int]:
        """Give how many versions each of these agents has."""
        rows = await self._rows(_COUNT_VERSIONS, {"tenant": tenant, "ids": list(ids)})
        return dict.fromkeys(ids, 0) | {row["graph_id"]: row["versions"] for row in rows}

    async def many_versions(self, tenant: UUID, keys: Sequence[VersionKey]) -> dict[VersionKey, Version]:
        """Give those of these versions that are here."""
        found = {}
        for row in await self._rows(_MANY_VERSIONS, _keys(tenant, keys)):
            asked = row.pop("asked")
            found[row["graph_id"], asked] = Version(**row)
        return found

    async def bodies(self, tenant: UUID, keys: Sequence[VersionKey]) -> dict[VersionKey, dict[str, Any]]:
        """Give the bodies of those of these versions that are here."""
        rows = await self._rows(_BODIES, _keys(tenant, keys))
        return {(row["graph_id"], row["asked"]): dict(row["body"]) for row in rows}

    async def delete(self, tenant: UUID, graph_id: UUID, agent_blocks: Sequence[str]) -> Deletion:
        """Take an agent out of all lists, with its schedules and from its webhooks; raise Conflict naming the agents whose active
        versions run it.

        `agent_blocks` are the ids of the blocks by which an agent runs another.
        """
        where = {"tenant": tenant, "id": graph_id, "text": str(graph_id), "blocks": list(agent_blocks)}
        async with self.engine.begin() as connection:
            await lock(connection, tenant, graph_id)
            users = (await connection.execute(_USERS, where)).all()
            if users:
                names = ", ".join(f"{row.name!r} ({row.id})" for row in users)
                raise Conflict(
                    f"Other agents run this one: {names}. Publish them without it, or delete them first.",
                    graph_ids=[str(row.id) for row in users],
                )
            await connection.execute(_DELETE, where)
            schedules = (await connection.execute(_DELETE_SCHEDULES, where)).scalars().all()
            for schedule in schedules:
                await connection.execute(NOTIFY, {"id": schedule})
            detached = await connection.execute(_DETACH, where)
        return Deletion(len(schedules), detached.rowcount)

    async def move(self, tenant: UUID, graph_id: UUID, folder: UUID | None) -> None:
        """Put an agent into a folder, or with None out of any; raise NotFound where one of them is not here."""
        where = {"tenant": tenant, "id": graph_id, "folder": folder}
        async with self.engine.begin() as connection:
            await lock(connection, tenant, graph_id)
            if folder is not None and (await connection.execute(_FOLDER, where)).scalar() is None:
                raise NotFound("There is no such Folder here.")
            await connection.execute(_MOVE, where)

    async def _rows(self, statement: Any, where: Mapping[str, Any]) -> list[dict[str, Any]]:
        async with self.engine.connect() as connection:
            return [dict(row) for row in (await connection.execute(statement, where)).mappings()]


def _keys(tenant: UUID, keys: Sequence[VersionKey]) -> dict[str, Any]:
    return {"tenant": tenant, "ids": [key[0] for key in keys], "numbers": [key[1] for key in keys]}
