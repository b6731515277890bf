"""Presets: inputs and references to credentials that a person saved for an agent; it checks none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from schema.db.library import Owner
from schema.db.tenancy import Database
from schema.errors import Conflict, NotFound
from schema.ids import new_id
from schema.limits import LIMITS

_LAST_ID: Final = UUID(int=2**128 - 1)
_COLUMNS: Final = (
    "p.id, p.owner_id, p.graph_id, p.graph_version, p.name, p.description, p.inputs, p.credentials, p.created_at, "
    "p.updated_at"
)
_OWN: Final = f"SELECT {_COLUMNS} FROM presets p WHERE p.tenant_id = :tenant AND p.owner_id = :owner"
_PAGE: Final = text(f"{_OWN} AND p.graph_id = :graph_id AND p.id < :before ORDER BY p.id DESC LIMIT :limit")
_GET: Final = text(f"{_OWN} AND p.id = :id")
_COUNT: Final = text(
    "SELECT count(*) FROM presets WHERE tenant_id = :tenant AND owner_id = :owner AND graph_id = :graph_id"
)
_LOCK_GRAPH: Final = text("SELECT id FROM graphs WHERE tenant_id = :tenant AND id = :graph_id FOR NO KEY UPDATE")
_PUT: Final = text("""
INSERT INTO presets (id, tenant_id, owner_id, graph_id, graph_version, name, description, inputs, credentials)
VALUES (:id, :tenant, :owner, :graph_id, :graph_version, :name, :description, CAST(:inputs AS json),
        CAST(:credentials AS json))
""")
_CHANGE: Final = text("""
UPDATE presets SET graph_version = :graph_version, name = :name, description = :description,
  inputs = CAST(:inputs AS json), credentials = CAST(:credentials AS json), updated_at = now()
WHERE tenant_id = :tenant AND owner_id = :owner AND id = :id AND updated_at = :seen_at RETURNING id
""")
_DELETE: Final = text("DELETE FROM presets WHERE tenant_id = :tenant AND owner_id = :owner AND id = :id RETURNING id")
_BODIES: Final = text(
    "SELECT asked.graph_id, asked.version AS asked, v.body "
    "FROM unnest(CAST(:graphs AS uuid[]), CAST(:versions AS int[])) AS asked(graph_id, version) "
    "JOIN graphs g ON g.tenant_id = :tenant AND g.id = asked.graph_id "
    "JOIN graph_versions v ON v.tenant_id = g.tenant_id AND v.graph_id = g.id "
    "AND v.version = coalesce(asked.version, g.active_version)"
)

#: An agent in a version; None: in the active one.
AgentKey = tuple[UUID, int | None]


@dataclass(frozen=True)
class PresetContent:
    """What a preset says, checked."""

    graph_version: int | None
    name: str
    description: str
    inputs: Mapping[str, Any]
    #: {key of the agent's credentials_input_schema: credential id}.
    credentials: Mapping[str, UUID]

    @property
    def row(self) -> dict[str, Any]:
        return {
            "graph_version": self.graph_version,
            "name": self.name,
            "description": self.description,
            "inputs": orjson.dumps(dict(self.inputs)).decode(),
            "credentials": orjson.dumps({key: str(each) for key, each in self.credentials.items()}).decode(),
        }


@dataclass(frozen=True)
class Preset:
    """A preset's row."""

    id: UUID
    owner_id: UUID
    graph_id: UUID
    created_at: datetime
    updated_at: datetime
    content: PresetContent

    @property
    def agent(self) -> AgentKey:
        return self.graph_id, self.content.graph_version


@dataclass(frozen=True)
class Presets:
    """The presets of all people."""

    engine: Database

    async def page(self, owner: Owner, graph_id: UUID, limit: int, before: UUID | None) -> list[Preset]:
        """Give a person's presets of an agent, the newest first."""
        where = {**owner.where, "graph_id": graph_id, "limit": limit, "before": before or _LAST_ID}
        async with self.engine.connect() as connection:
            return [_preset(row) for row in (await connection.execute(_PAGE, where)).mappings()]

    async def get(self, owner: Owner, preset_id: UUID) -> Preset:
        """Give a person's preset; raise NotFound."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_GET, {**owner.where, "id": preset_id})).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such Preset here.")
        return _preset(row)

    async def add(self, owner: Owner, graph_id: UUID, content: PresetContent) -> UUID:
        """Keep a preset; give its id. Raises Conflict where the agent has as many as it may."""
        row = {**owner.where, **content.row, "id": new_id(), "graph_id": graph_id}
        async with self.engine.begin() as connection:
            await connection.execute(_LOCK_GRAPH, row)
            if ((await connection.execute(_COUNT, row)).scalar() or 0) >= LIMITS.presets_max:
                raise Conflict(f"An agent has at most {LIMITS.presets_max} presets of yours; delete one first.")
            await connection.execute(_PUT, row)
        return UUID(str(row["id"]))

    async def change(self, owner: Owner, preset: Preset, content: PresetContent) -> None:
        """Change a preset as it was read; raise Conflict where somebody changed it since."""
        row = {**owner.where, **content.row, "id": preset.id, "seen_at": preset.updated_at}
        async with self.engine.begin() as connection:
            if (await connection.execute(_CHANGE, row)).one_or_none() is None:
                raise Conflict("The preset was changed or deleted meanwhile; read it again.")

    async def delete(self, owner: Owner, preset_id: UUID) -> None:
        async with self.engine.begin() as connection:
            if (await connection.execute(_DELETE, {**owner.where, "id": preset_id})).one_or_none() is None:
                raise NotFound("There is no such Preset here.")

    async def bodies(self, tenant: UUID, agents: Sequence[AgentKey]) -> dict[AgentKey, dict[str, Any]]:
        """Give the bodies of agents, each once."""
        where = {"tenant": tenant, "graphs": [each[0] for each in agents], "versions": [each[1] for each in agents]}
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_BODIES, where)).all()
        return {(row.graph_id, row.asked): row.body for row in rows}


def _preset(found: Any) -> Preset:
    row = dict(found)
    names = ("graph_version", "name", "description", "inputs")
    content = {name: row.pop(name) for name in names}
    chosen = {key: UUID(each) for key, each in row.pop("credentials").items()}
    return Preset(**row, content=PresetContent(**content, credentials=chosen))
