"""Signals: what runs wait for, and the one open run of an agent under a key; reading only, events are given as orders.

A row of a node execution says what it waits for while it is parked. A key stands for at most one open run of an agent: an index
keeps it so, whoever starts runs at the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from schema.db.orders import ORDER_COLUMNS, Order
from schema.db.tenancy import Database
from schema.states import OPEN

_OPEN_SQL: Final = ", ".join(f"'{state}'" for state in OPEN)
_WAITS: Final = text(f"""
SELECT n.run_id, n.execution, n.node_id, r.plan_hash, n.waits_for, c.id AS child_run_id, c.status AS child_status
FROM node_executions n JOIN runs r ON r.id = n.run_id
LEFT JOIN runs c ON c.parent_run_id = n.run_id AND c.parent_execution = n.execution AND n.waits_for->>'kind' = 'child'
WHERE r.tenant_id = :tenant AND n.run_id = ANY(:runs) AND n.waits_for IS NOT NULL AND n.status IN ('RUNNING', 'REVIEW')
  AND r.status IN ({_OPEN_SQL})
ORDER BY n.run_id, n.execution LIMIT :limit
""")
_KEPT: Final = text(
    f"SELECT {ORDER_COLUMNS} FROM run_orders o WHERE o.tenant_id = :tenant AND o.run_id = ANY(:runs) "
    "AND o.word = 'event' AND o.outcome = 'KEPT' ORDER BY o.run_id, o.created_at, o.number LIMIT :limit"
)
_OPEN_RUN: Final = text(
    "SELECT id FROM runs WHERE tenant_id = :tenant AND graph_id = :graph AND signal_key = :key "
    f"AND status IN ({_OPEN_SQL})"
)
#: The same request may come again when its run is over, and must not begin another.
_GIVEN: Final = text(
    "SELECT o.run_id FROM run_orders o JOIN runs r ON r.id = o.run_id "
    "WHERE o.tenant_id = :tenant AND o.key = :order_key AND r.graph_id = :graph AND r.signal_key = :key"
)


@dataclass(frozen=True)
class Wait:
    """What one node execution waits for, {kind: timer | child | event | answer, ...}."""

    run_id: UUID
    execution: int
    node_id: str
    plan_hash: str
    waits_for: dict[str, Any]
    child_run_id: UUID | None
    child_status: str | None

    @property
    def since(self) -> datetime | None:
        return _moment(self.waits_for.get("since"))

    @property
    def until(self) -> datetime | None:
        return _moment(self.waits_for.get("until"))


def _moment(text_of_it: str | None) -> datetime | None:
    return None if text_of_it is None else datetime.fromisoformat(text_of_it)


@dataclass(frozen=True)
class Signals:
    """The waits and keys of all tenants' runs."""

    engine: Database

    async def waits(self, tenant: UUID, runs: Sequence[UUID], limit: int) -> dict[UUID, list[Wait]]:
        """Give what each of these runs waits for, by the numbers of the executions."""
        found: dict[UUID, list[Wait]] = {run_id: [] for run_id in runs}
        async with self.engine.connect() as connection:
            where = {"tenant": tenant, "runs": list(runs), "limit": limit}
            for row in (await connection.execute(_WAITS, where)).mappings():
                found[row["run_id"]].append(Wait(**row))
        return found

    async def kept(self, tenant: UUID, runs: Sequence[UUID], limit: int) -> dict[UUID, list[Order]]:
        """Give the events of each of these runs that nobody has taken, the oldest first."""
        found: dict[UUID, list[Order]] = {run_id: [] for run_id in runs}
        async with self.engine.connect() as connection:
            where = {"tenant": tenant, "runs": list(runs), "limit": limit}
            for row in (await connection.execute(_KEPT, where)).mappings():
                found[row["run_id"]].append(Order(**row))
        return found

    async def open_run(self, tenant: UUID, graph_id: UUID, key: str) -> UUID | None:
        """Give the open run of an agent under a key, if there is one."""
        async with self.engine.connect() as connection:
            where = {"tenant": tenant, "graph": graph_id, "key": key}
            found: UUID | None = (await connection.execute(_OPEN_RUN, where)).scalar_one_or_none()
        return found

    async def run_given(self, tenant: UUID, graph_id: UUID, key: str, order_key: str | None) -> UUID | None:
        """Give the run of an agent under a key, open or not, that was given an order under that order's own key."""
        if order_key is None:
            return None
        where = {"tenant": tenant, "graph": graph_id, "key": key, "order_key": order_key}
        async with self.engine.connect() as connection:
            return (await connection.execute(_GIVEN, where)).scalars().first()
