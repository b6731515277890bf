"""Versions of graphs, written inside a transaction that another store holds; it opens and ends none itself.

Whoever writes a graph's draft or versions locks the graph's row first. So of several writers one goes on at a time, numbers have
no gaps, and what one of them has looked at does not change under it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.db.graphs import hash_of
from schema.errors import NotFound
from schema.limits import LIMITS

_PUT_GRAPH: Final = text(
    "INSERT INTO graphs (tenant_id, id, name, description, created_by, forked_from_id, forked_from_version) "
    "VALUES (:tenant, :id, :name, :description, :person, :forked_from_id, :forked_from_version) "
    "ON CONFLICT (tenant_id, id) DO NOTHING RETURNING id"
)
_LOCK: Final = text("SELECT active_version, deleted_at FROM graphs WHERE tenant_id = :tenant AND id = :id FOR UPDATE")
_HOLD: Final = text("SELECT 1 FROM graphs WHERE tenant_id = :tenant AND id = :id AND deleted_at IS NULL FOR KEY SHARE")
_NEWEST: Final = text(
    "SELECT coalesce(max(version), 0) FROM graph_versions WHERE tenant_id = :tenant AND graph_id = :id"
)
_SAME: Final = text(
    "SELECT max(version) FROM graph_versions WHERE tenant_id = :tenant AND graph_id = :id AND hash = :hash"
)
_PUT: Final = text(
    "INSERT INTO graph_versions (tenant_id, graph_id, version, hash, body, name, notes, published_by) "
    "VALUES (:tenant, :id, :version, :hash, CAST(:body AS json), :version_name, :notes, :person)"
)
_ACTIVATE: Final = text(
    "UPDATE graphs SET active_version = :version, name = :name, description = :description, updated_at = now(), "
    "deleted_at = NULL WHERE tenant_id = :tenant AND id = :id"
)
_BODY: Final = text(
    "SELECT body FROM graph_versions WHERE tenant_id = :tenant AND graph_id = :id AND version = :version"
)


@dataclass(frozen=True)
class Locked:
    """A graph's row while it is locked."""

    active_version: int | None
    is_deleted: bool


def shown(body: Mapping[str, Any]) -> dict[str, str]:
    """Give the name and description that lists show of a graph's body; the body itself keeps all of them."""
    return {
        "name": str(body.get("name") or "")[: LIMITS.graph_name_chars_max],
        "description": str(body.get("description") or "")[: LIMITS.graph_description_chars_max],
    }


async def put_graph(
    connection: AsyncConnection,
    tenant: UUID,
    graph_id: UUID,
    body: Mapping[str, Any],
    person: UUID | None,
    forked_from: tuple[UUID, int] | None = None,
) -> bool:
    """Make a graph's row where it is not there; say whether it was made."""
    origin = (None, None) if forked_from is None else forked_from
    row: dict[str, Any] = {"tenant": tenant, "id": graph_id, "person": person, **shown(body)}
    row = {**row, "forked_from_id": origin[0], "forked_from_version": origin[1]}
    return (await connection.execute(_PUT_GRAPH, row)).one_or_none() is not None


async def lock(connection: AsyncConnection, tenant: UUID, graph_id: UUID, *, is_deleted_too: bool = False) -> Locked:
    """Lock a graph's row until the transaction ends; raise NotFound where there is none, or it is deleted."""
    row = (await connection.execute(_LOCK, {"tenant": tenant, "id": graph_id})).one_or_none()
    if row is None or (row.deleted_at is not None and not is_deleted_too):
        raise NotFound("There is no such Graph here.")
    return Locked(row.active_version, row.deleted_at is not None)


async def hold(connection: AsyncConnection, tenant: UUID, graph_id: UUID) -> None:
    """Keep a graph from being deleted until the transaction ends; raise NotFound where there is none, or it is deleted.

    Who gives it something that starts it holds it: deleting it takes along what is there, and nothing comes later.
    """
    if (await connection.execute(_HOLD, {"tenant": tenant, "id": graph_id})).one_or_none() is None:
        raise NotFound("There is no such Graph here.")


async def newest(connection: AsyncConnection, tenant: UUID, graph_id: UUID) -> int:
    """Give the highest number of a locked graph's versions; 0 where it has none."""
    return int((await connection.execute(_NEWEST, {"tenant": tenant, "id": graph_id})).scalar() or 0)


async def same(connection: AsyncConnection, tenant: UUID, graph_id: UUID, body: Mapping[str, Any]) -> int | None:
    """Give the newest version of a locked graph that has the same body, if any has."""
    found = await connection.execute(_SAME, {"tenant": tenant, "id": graph_id, "hash": hash_of(body)})
    return found.scalar()


async def put(
    connection: AsyncConnection,
    tenant: UUID,
    graph_id: UUID,
    version: int,
    body: Mapping[str, Any],
    *,
    name: str | None = None,
    notes: str | None = None,
    person: UUID | None = None,
) -> None:
    """Keep a body as a version of a locked graph."""
    row = {"tenant": tenant, "id": graph_id, "version": version, "hash": hash_of(body), "person": person}
    texts = {"body": orjson.dumps({**body, "version": version}).decode(), "version_name": name, "notes": notes}
    await connection.execute(_PUT, {**row, **texts})


async def activate(
    connection: AsyncConnection, tenant: UUID, graph_id: UUID, version: int, body: Mapping[str, Any]
) -> None:
    """Make a version of a locked graph the one that runs; a deleted graph is there again."""
    await connection.execute(_ACTIVATE, {"tenant": tenant, "id": graph_id, "version": version, **shown(body)})


async def body_of(connection: AsyncConnection, tenant: UUID, graph_id: UUID, version: int) -> dict[str, Any]:
    """Give the body of a version; raise NotFound."""
    row = (await connection.execute(_BODY, {"tenant": tenant, "id": graph_id, "version": version})).one_or_none()
    if row is None:
        raise NotFound("There is no such GraphVersion here.")
    return dict(row.body)
