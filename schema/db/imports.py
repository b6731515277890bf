"""Imports: agents that come in as whole versions, from a file with all that it bundles or as a copy; all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.bundle import Key
from schema.db.drafts import revision_of, write
from schema.db.graphs import hash_of
from schema.db.submission import point_to
from schema.db.tenancy import Database
from schema.db.versions import activate, lock, newest, put, put_graph, same
from schema.errors import NotFound
from schema.graph import Graph, write_graph

_FOLDER: Final = text("SELECT 1 FROM folders WHERE tenant_id = :tenant AND id = :folder FOR SHARE")
_PUT_INTO: Final = text("UPDATE graphs SET folder_id = :folder WHERE tenant_id = :tenant AND id = :id")
_UNCHANGED_DRAFT: Final = text(
    "SELECT d.body, v.hash FROM graph_drafts d JOIN graphs g ON g.tenant_id = d.tenant_id AND g.id = d.graph_id "
    "JOIN graph_versions v ON v.tenant_id = g.tenant_id AND v.graph_id = g.id AND v.version = g.active_version "
    "WHERE d.tenant_id = :tenant AND d.graph_id = :id"
)


@dataclass(frozen=True)
class Imports:
    """What comes in, for all tenants."""

    engine: Database

    async def bring_in(
        self,
        tenant: UUID,
        graphs: Sequence[Graph],
        person: UUID,
        folder: UUID | None = None,
        *,
        keeps_active: bool = False,
    ) -> list[Graph]:
        """Keep graphs as versions, each behind those that it runs, the file's own last; give them as they are here.

        One that is here with the same body is not kept twice; one whose id is here gets the next number, and the nodes of
        this file that run it are pointed to that. The last becomes active; of the others only what has no active version.
        With `keeps_active` the last is as the others: what somebody else made takes no place of an agent that is there.
        """
        moved: dict[Key, int] = {}
        kept: list[Graph] = []
        async with self.engine.begin() as connection:
            await _lock_all(connection, tenant, graphs, person)
            for graph in graphs:
                pointed = point_to(graph, moved)
                is_last = graph is graphs[-1] and not keeps_active
                version = await _keep(connection, tenant, pointed, person, is_last=is_last)
                moved[graph.id, graph.version] = version
                kept.append(pointed.model_copy(update={"version": version}))
            if folder is not None:
                await _put_into(connection, tenant, UUID(graphs[-1].id), folder)
        return kept

    async def fork(
        self, tenant: UUID, graph_id: UUID, body: Mapping[str, Any], forked_from: tuple[UUID, int], person: UUID
    ) -> None:
        """Make a new agent whose first version is this body."""
        async with self.engine.begin() as connection:
            await put_graph(connection, tenant, graph_id, body, person, forked_from)
            await put(connection, tenant, graph_id, 1, body, person=person)
            await activate(connection, tenant, graph_id, 1, body)


async def _lock_all(connection: AsyncConnection, tenant: UUID, graphs: Sequence[Graph], person: UUID) -> None:
    """Lock the rows of all graphs, in the order of their ids: two files with the same agents do not wait for one another."""
    for graph in sorted(graphs, key=lambda one: UUID(one.id)):
        await put_graph(connection, tenant, UUID(graph.id), write_graph(graph), person)
        await lock(connection, tenant, UUID(graph.id), is_deleted_too=True)


async def _keep(connection: AsyncConnection, tenant: UUID, graph: Graph, person: UUID, *, is_last: bool) -> int:
    graph_id, body = UUID(graph.id), write_graph(graph)
    version = await same(connection, tenant, graph_id, body)
    if version is None:
        highest = await newest(connection, tenant, graph_id)
        version = highest + 1 if highest else max(1, graph.version)
        await put(connection, tenant, graph_id, version, body, person=person)
    state = await lock(connection, tenant, graph_id, is_deleted_too=True)
    if is_last:
        await _follow(connection, tenant, graph_id, body, person)
    if is_last or state.is_deleted or state.active_version is None:
        await activate(connection, tenant, graph_id, version, body)
    return version


async def _follow(
    connection: AsyncConnection, tenant: UUID, graph_id: UUID, body: Mapping[str, Any], person: UUID
) -> None:
    """Let a draft in which nothing was changed be what came in; one with work in it stays."""
    found = (await connection.execute(_UNCHANGED_DRAFT, {"tenant": tenant, "id": graph_id})).one_or_none()
    if found is not None and hash_of(found.body) == found.hash:
        revision = await revision_of(connection, tenant, graph_id)
        await write(connection, tenant, graph_id, revision + 1, body, person)


async def _put_into(connection: AsyncConnection, tenant: UUID, graph_id: UUID, folder: UUID) -> None:
    if (await connection.execute(_FOLDER, {"tenant": tenant, "folder": folder})).scalar() is None:
        raise NotFound("There is no such Folder here.")
    await connection.execute(_PUT_INTO, {"tenant": tenant, "id": graph_id, "folder": folder})
