"""Memories: values that agents keep from run to run, each under a key of its owner; it knows no block and no run's state.

What is kept belongs to a person in an organisation, and within that to one agent, or to all of theirs (no agent's id). A step that
is repeated keeps its value once: its write is marked in the same transaction, and a marked write is not done again, also where
another run has kept something else since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from schema.db.tenancy import Database
from schema.db.values import ValueStore
from schema.errors import BlockFailed, LimitExceeded, NotFound, ValueTooLarge
from schema.limits import LIMITS
from schema.values import encode

#: Whose is what is kept by runs that no person started.
NOBODY: Final = UUID(int=0)

_OF: Final = "tenant_id = :tenant AND owner_id = :owner"
_AT: Final = f"{_OF} AND graph_id = :graph AND key = :key"
_MARK: Final = text(
    "INSERT INTO remembered_writes (run_id, write_key, tenant_id) VALUES (:run, :write_key, :tenant) "
    "ON CONFLICT DO NOTHING RETURNING write_key"
)
_KEEP: Final = text(f"""
INSERT INTO remembered_values (tenant_id, owner_id, graph_id, key, value, run_id)
SELECT :tenant, :owner, CAST(:graph AS text), CAST(:key AS text), CAST(:value AS json), CAST(:run AS uuid)
WHERE EXISTS (SELECT 1 FROM remembered_values WHERE {_AT})
   OR (SELECT count(*) FROM remembered_values WHERE {_OF}) < :keys_max
ON CONFLICT (tenant_id, owner_id, graph_id, key) DO UPDATE
SET value = excluded.value, run_id = excluded.run_id, updated_at = now() RETURNING key
""")
_RECALL: Final = text(f"SELECT value FROM remembered_values WHERE {_AT}")
_PAGE: Final = text(
    f"SELECT graph_id, key, value, run_id, updated_at FROM remembered_values WHERE {_OF} "
    "AND (CAST(:wanted AS text) IS NULL OR graph_id = :wanted) AND (graph_id, key) > (:after_graph, :after_key) "
    "ORDER BY graph_id, key LIMIT :limit"
)
_FORGET: Final = text(f"DELETE FROM remembered_values WHERE {_AT} RETURNING key")


@dataclass(frozen=True)
class Place:
    """Where something is kept: whose it is, and the agent's id, "" for what all their agents share."""

    tenant: UUID
    owner: UUID
    graph_id: str

    def at(self, key: str) -> dict[str, Any]:
        return {"tenant": self.tenant, "owner": self.owner, "graph": self.graph_id, "key": checked_key(key)}


@dataclass(frozen=True)
class Memory:
    """Something that is kept; `value` is {"value": ...} or {"handle": ...}."""

    graph_id: str
    key: str
    value: Mapping[str, Any]
    run_id: UUID | None
    updated_at: datetime


@dataclass(frozen=True)
class Memories:
    """The memories of all tenants."""

    engine: Database
    values: ValueStore

    async def keep(self, place: Place, key: str, value: Any, run_id: UUID, write_key: str) -> None:
        """Keep a value; what this write has done already is not done again.

        Raises BlockFailed, ValueTooLarge or LimitExceeded where it cannot be kept.
        """
        where, data = place.at(key), encode(value, "what is remembered")
        if len(data) > LIMITS.memory_value_bytes_max:
            raise ValueTooLarge(
                f"What is remembered has {len(data)} bytes; at most {LIMITS.memory_value_bytes_max} are kept under a key."
            )
        stored = await self.values.put_encoded(place.tenant, data)
        row = {**where, "run": run_id, "value": orjson.dumps(stored.to_wire()).decode()}
        async with self.engine.begin() as connection:
            mark = {"run": run_id, "write_key": write_key, "tenant": place.tenant}
            if (await connection.execute(_MARK, mark)).one_or_none() is None:
                return
            kept = await connection.execute(_KEEP, {**row, "keys_max": LIMITS.memory_keys_max})
            if kept.one_or_none() is None:
                raise LimitExceeded(
                    f"Your agents remember {LIMITS.memory_keys_max} keys already; forget some first (forgetMemory)."
                )

    async def recall(self, place: Place, key: str) -> Any:
        """Give what is kept under a key; None: nothing is."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_RECALL, place.at(key))).one_or_none()
        if row is None:
            return None
        handle = row.value.get("handle")
        return row.value["value"] if handle is None else await self.values.get(place.tenant, handle["id"])

    async def page(
        self, tenant: UUID, owner: UUID, limit: int, after: tuple[str, str] | None, graph_id: str | None = None
    ) -> Sequence[Memory]:
        """Give what a person's agents remember, by agent and key; with `graph_id` of that agent only."""
        place = {"after_graph": after[0] if after else "", "after_key": after[1] if after else ""}
        where = {"tenant": tenant, "owner": owner, "wanted": graph_id, "limit": limit, **place}
        async with self.engine.connect() as connection:
            return [Memory(**row) for row in (await connection.execute(_PAGE, where)).mappings()]

    async def forget(self, place: Place, key: str) -> None:
        """Forget what is kept under a key; raise NotFound where nothing is."""
        async with self.engine.begin() as connection:
            if (await connection.execute(_FORGET, place.at(key))).one_or_none() is None:
                raise NotFound("Nothing is remembered under this key.", where="key")


def checked_key(key: str) -> str:
    """Give a key; raise BlockFailed where it is none, InvalidValue where its text cannot be kept."""
    encode(key, "key")
    if not 1 <= len(key) <= LIMITS.memory_key_chars_max:
        raise BlockFailed(f"A key has 1 to {LIMITS.memory_key_chars_max} characters.")
    return key
