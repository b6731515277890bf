"""Halts: why a run, or one execution of it, does not go on; written by the run's projection, read by who operates it.

A halt is over when it is cleared, or when its run is: then its answer is `end`. Readers of the run's events are told of each
that begins and of each that is cleared, in the transaction in which it is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from schema.db.control_events import tell_control
from schema.db.tenancy import Database

_COLUMNS: Final = (
    "h.run_id, h.number, h.key, h.kind, h.code, h.message, h.node_id, h.execution, h.set_by_order, h.set_at, "
    "CASE WHEN h.cleared_at IS NULL AND r.ended_at IS NOT NULL THEN 'end' ELSE h.answer END AS answer, "
    "h.cleared_by_order, coalesce(h.cleared_at, r.ended_at) AS cleared_at, "
    "s.created_by AS set_by, c.created_by AS cleared_by, r.plan_hash"
)
_WHO: Final = (
    "JOIN runs r ON r.id = h.run_id "
    "LEFT JOIN run_orders s ON s.run_id = h.run_id AND s.number = h.set_by_order "
    "LEFT JOIN run_orders c ON c.run_id = h.run_id AND c.number = h.cleared_by_order"
)
_TOLD: Final = (
    "json_build_object('number', w.number, 'key', w.key, 'kind', w.kind, 'code', w.code, 'message', w.message, "
    "'node_id', w.node_id, 'execution', w.execution, 'answer', w.answer)"
)
_SET: Final = text(f"""
WITH written AS (
  INSERT INTO run_halts (run_id, number, tenant_id, key, kind, code, message, node_id, execution, set_by_order)
  VALUES (:run, :number, :tenant, :key, :kind, :code, :message, :node_id, :execution, :by) ON CONFLICT DO NOTHING
  RETURNING *)
{tell_control("halt", _TOLD)}
""")
_CLEAR: Final = text(f"""
WITH written AS (
  UPDATE run_halts SET answer = :answer, cleared_by_order = :by, cleared_at = now()
  WHERE run_id = :run AND number = :number AND cleared_at IS NULL RETURNING *)
{tell_control("cleared", _TOLD)}
""")
_OF_RUNS: Final = text(
    f"SELECT {_COLUMNS} FROM run_halts h {_WHO} WHERE h.tenant_id = :tenant AND h.run_id = ANY(:runs) "
    "AND (:with_cleared OR (h.cleared_at IS NULL AND r.ended_at IS NULL)) ORDER BY h.run_id, h.number LIMIT :limit"
)


@dataclass(frozen=True)
class HaltRecord:
    """A halt's row, with who set and cleared it, where a person did."""

    run_id: UUID
    number: int
    key: str
    kind: str
    code: str
    message: str
    node_id: str | None
    execution: int | None
    set_by_order: int | None
    set_at: datetime
    answer: str | None
    cleared_by_order: int | None
    cleared_at: datetime | None
    set_by: UUID | None
    cleared_by: UUID | None
    plan_hash: str


@dataclass(frozen=True)
class Halts:
    """The halts of all tenants' runs."""

    engine: Database

    async def set(self, tenant: UUID, run_id: UUID, fact: Sequence[Any]) -> None:
        """Write that something halts: [number, key, kind, code, message, node id, execution, order]."""
        names = ("number", "key", "kind", "code", "message", "node_id", "execution", "by")
        row = dict(zip(names, fact, strict=True))
        async with self.engine.begin() as connection:
            await connection.execute(_SET, {"tenant": tenant, "run": run_id, **row})

    async def clear(self, run_id: UUID, number: int, answer: str, by: int | None) -> None:
        """Write that a halt is over."""
        async with self.engine.begin() as connection:
            await connection.execute(_CLEAR, {"run": run_id, "number": number, "answer": answer, "by": by})

    async def of_runs(
        self, tenant: UUID, run_ids: Sequence[UUID], *, with_cleared: bool, limit: int
    ) -> dict[UUID, list[HaltRecord]]:
        """Give the halts of each run, the oldest first; those that are over only if asked for."""
        where = {"tenant": tenant, "runs": list(run_ids), "with_cleared": with_cleared, "limit": limit}
        found: dict[UUID, list[HaltRecord]] = {run_id: [] for run_id in run_ids}
        async with self.engine.connect() as connection:
            for row in (await connection.execute(_OF_RUNS, where)).mappings():
                found[row["run_id"]].append(HaltRecord(**row))
        return found
