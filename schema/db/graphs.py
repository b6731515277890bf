"""Stored graphs: immutable versions and compiled plans, by tenant; it never compiles or checks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from schema.db.tenancy import Database
from schema.errors import Conflict, NotFound
from schema.graph import DRAFT_VERSION
from schema.limits import LIMITS

_PUT_GRAPH: Final = text(
    "INSERT INTO graphs (tenant_id, id, name) VALUES (:tenant, :id, :name) ON CONFLICT (tenant_id, id) DO NOTHING"
)
_LOCK_GRAPH: Final = text("SELECT active_version FROM graphs WHERE tenant_id = :tenant AND id = :id FOR UPDATE")
_SAME: Final = text(
    "SELECT version FROM graph_versions WHERE tenant_id = :tenant AND graph_id = :id AND hash = :hash "
    "ORDER BY (version = :wanted) DESC, version DESC LIMIT 1"
)
_NEXT: Final = text(
    "SELECT bool_or(version = :wanted) AS is_taken, coalesce(max(version), 0) AS newest "
    "FROM graph_versions WHERE tenant_id = :tenant AND graph_id = :id"
)
_PUT_VERSION: Final = text(
    "INSERT INTO graph_versions (tenant_id, graph_id, version, hash, body) "
    "VALUES (:tenant, :id, :version, :hash, CAST(:body AS json))"
)
_ACTIVATE: Final = text(
    "UPDATE graphs SET active_version = :version, name = :name, description = :description, updated_at = now(), "
    "deleted_at = NULL WHERE tenant_id = :tenant AND id = :id"
)
_GET: Final = text(
    "SELECT v.version, v.body FROM graphs g JOIN graph_versions v ON v.tenant_id = g.tenant_id AND v.graph_id = g.id "
    "WHERE g.tenant_id = :tenant AND g.id = :id AND v.version = coalesce(CAST(:version AS int), g.active_version) "
    "AND (g.deleted_at IS NULL OR NOT :is_living)"
)
_NUMBER: Final = text(
    "SELECT v.version FROM graphs g JOIN graph_versions v ON v.tenant_id = g.tenant_id AND v.graph_id = g.id "
    "WHERE g.tenant_id = :tenant AND g.id = :id AND v.version = coalesce(CAST(:version AS int), g.active_version) "
    "AND g.deleted_at IS NULL"
)
_IS_UNPUBLISHED: Final = text(
    "SELECT 1 FROM graphs WHERE tenant_id = :tenant AND id = :id AND active_version IS NULL AND deleted_at IS NULL"
)
PUT_PLAN: Final = text(
    "INSERT INTO plans (tenant_id, hash, routing, graph) "
    "VALUES (:tenant, :hash, CAST(:routing AS json), CAST(:graph AS json)) ON CONFLICT DO NOTHING"
)
_GET_PLAN: Final = text("SELECT routing, graph FROM plans WHERE tenant_id = :tenant AND hash = :hash")
_OF_PLANS: Final = text(
    "SELECT hash, graph FROM plans WHERE tenant_id = :tenant AND hash = ANY(CAST(:hashes AS text[]))"
)
_ROUTINGS: Final = text(
    "SELECT p.tenant_id, p.hash, p.routing "
    "FROM unnest(CAST(:tenants AS uuid[]), CAST(:hashes AS text[])) AS w(tenant_id, hash) "
    "JOIN plans p ON p.tenant_id = w.tenant_id AND p.hash = w.hash"
)


def hash_of(body: Mapping[str, Any]) -> str:
    """Give the SHA-256 by which a body is known again, whatever its version's number is."""
    return hashlib.sha256(orjson.dumps({**body, "version": 0}, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True)
class PlanRecord:
    """A compiled plan to keep: its hash, its routing and the graph, as documents."""

    hash: str
    routing: list[Any]
    graph: dict[str, Any]

    def to_row(self) -> dict[str, str]:
        texts = {"routing": orjson.dumps(self.routing).decode(), "graph": orjson.dumps(self.graph).decode()}
        return {"hash": self.hash, **texts}


@dataclass(frozen=True)
class Graphs:
    """The graphs of all tenants."""

    engine: Database

    async def save(self, tenant: UUID, graph_id: UUID, wanted_version: int, name: str, body: dict[str, Any]) -> int:
        """Keep a graph as an immutable version and make it the active one; give the version's number.

        The same body gives the version that has it. A number that another body has is not overwritten: the next is taken. No
        version is called as a draft is.
        """
        wanted = max(wanted_version, DRAFT_VERSION + 1)
        where = {"tenant": tenant, "id": graph_id, "wanted": wanted, "hash": hash_of(body)}
        async with self.engine.begin() as connection:
            await connection.execute(_PUT_GRAPH, {**where, "name": name})
            await connection.execute(_LOCK_GRAPH, where)
            version = (await connection.execute(_SAME, where)).scalar()
            if version is None:
                taken = (await connection.execute(_NEXT, where)).one()
                version = taken.newest + 1 if taken.is_taken else wanted
                body = {**body, "version": version}
                row = {**where, "version": version, "body": orjson.dumps(body).decode()}
                await connection.execute(_PUT_VERSION, row)
            description = str(body.get("description") or "")[: LIMITS.graph_description_chars_max]
            row = {**where, "version": version, "name": name, "description": description}
            await connection.execute(_ACTIVATE, row)
        return int(version)

    async def number(self, tenant: UUID, graph_id: UUID, version: int | None = None) -> int | None:
        """Give the number of a version of an agent that is not deleted, the active one by default, without reading it; None
        where there is none."""
        where = {"tenant": tenant, "id": graph_id, "version": version}
        async with self.engine.connect() as connection:
            found: int | None = (await connection.execute(_NUMBER, where)).scalar()
        return found

    async def get(
        self, tenant: UUID, graph_id: UUID, version: int | None = None, *, is_living: bool = False
    ) -> dict[str, Any]:
        """Give the body of a version, the active one by default; raise NotFound, or Conflict where none was published yet.

        A deleted agent has its versions still, for what was begun before; with `is_living` it is not there.
        """
        where = {"tenant": tenant, "id": graph_id, "version": version, "is_living": is_living}
        async with self.engine.connect() as connection:
            row = (await connection.execute(_GET, where)).one_or_none()
            is_unpublished = row is None and (await connection.execute(_IS_UNPUBLISHED, where)).scalar() is not None
        if row is None and is_unpublished and version is None:
            raise Conflict(f"The agent {graph_id} has no version yet: publish its draft first.", graph_id=str(graph_id))
        if row is None:
            which = "" if version is None else f" in version {version}"
            raise NotFound(f"There is no agent {graph_id}{which} here.", graph_id=str(graph_id))
        return dict(row.body)

    async def save_plan(self, tenant: UUID, digest: str, routing: list[Any], graph: dict[str, Any]) -> None:
        """Keep a compiled plan under its hash; keeping it again is harmless."""
        row = PlanRecord(digest, routing, graph).to_row()
        async with self.engine.begin() as connection:
            await connection.execute(PUT_PLAN, {"tenant": tenant, **row})

    async def get_plan(self, tenant: UUID, digest: str) -> tuple[list[Any], dict[str, Any]]:
        """Give (routing, graph) of a plan; raise NotFound."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_GET_PLAN, {"tenant": tenant, "hash": digest})).one_or_none()
        if row is None:
            raise NotFound(f"There is no plan {digest} here.")
        return row.routing, row.graph

    async def of_plans(self, tenant: UUID, hashes: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Give the graphs that these plans were made of; one that is not there has none."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_OF_PLANS, {"tenant": tenant, "hashes": list(hashes)})).all()
        return {row.hash: row.graph for row in rows}

    async def routings(self, plans: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], list[Any]]:
        """Give the routings of these plans, (tenant, hash) each; one that is not there has none."""
        where = {"tenants": [tenant for tenant, _ in plans], "hashes": [digest for _, digest in plans]}
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_ROUTINGS, where)).all()
        return {(row.tenant_id, row.hash): row.routing for row in rows}
