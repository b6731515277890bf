"""The outbox: runs that were accepted and not started, leased to starters and handed over; it never asks Temporal anything.

A row is in the outbox while it is neither handed over nor over. A look is one statement, which leases what there is room for and
gives with each run what starting it needs, so that a look costs one round trip, and one that finds nothing next to nothing. A
starter that dies behind any step leaves a row whose lease ends.

However many rows wait, a look reads a bounded number of each agent's: it goes from agent to agent by the index `ix_runs_outbox`,
and counts what runs by `ix_runs_at_once`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db.control_tables import EVERY_GRAPH
from schema.db.runs import COUNTS_AS_RUNNING, RUN_COLUMNS, Run
from schema.limits import LIMITS
from schema.states import TERMINAL

_TERMINAL_SQL: Final = ", ".join(f"'{state}'" for state in sorted(TERMINAL))
#: Of each agent's oldest runs, so many times a batch are looked at: what one starter has just taken is behind the next one.
_BATCHES_SEEN: Final = 4

#: The predicate of `ix_runs_outbox`. It names no status, for which there are indexes of all that is open: PostgreSQL would take
#: one of those where its statistics are of a quiet hour.
_IS_OUTBOX: Final = "q.handed_over_at IS NULL AND q.ended_at IS NULL"
_IS_WAITING: Final = f"{_IS_OUTBOX} AND q.start_after <= now() AND q.cancel_requested_at IS NULL"
#: The predicate of `ix_runs_at_once`, which has every row that counts as running.
_IS_AT_ONCE: Final = (
    "o.parent_run_id IS NULL AND (o.status = 'RUNNING' OR (o.status = 'QUEUED' "
    "AND (o.handed_over_at IS NOT NULL OR o.start_attempts > 0)))"
)
#: The predicate of `ix_runs_cancel`.
_IS_UNDELIVERED: Final = "r.cancel_requested_at IS NOT NULL AND r.ended_at IS NULL"
#: Handed over, or about to be, and not begun. One that has not begun for so long waits for something else than its turn.
_IS_STARTING: Final = "o.status = 'QUEUED' AND coalesce(o.handed_over_at, now()) > now() - interval '5 seconds'"
#: Of each agent, and then of each tenant, the oldest that there is room for; tenants take turns. Two claimers choose from the
#: same rows, and the locks keep the second from those of the first, so together they take no more than there is room for.
#: Before statistics tell of many waiting rows, PostgreSQL would look for those that were chosen among all that wait: the CASE
#: leaves it nothing but their ids.
_LOOK: Final = text(f"""
WITH RECURSIVE handed AS (
  UPDATE runs SET handed_over_at = now() WHERE id = ANY(CAST(:started AS uuid[])) AND handed_over_at IS NULL),
agents AS (
  (SELECT q.tenant_id, q.graph_id, q.depth FROM runs q WHERE {_IS_OUTBOX}
   ORDER BY q.tenant_id, q.graph_id, q.depth LIMIT 1)
  UNION ALL
  SELECT n.tenant_id, n.graph_id, n.depth FROM agents a CROSS JOIN LATERAL (
    SELECT q.tenant_id, q.graph_id, q.depth FROM runs q
    WHERE {_IS_OUTBOX} AND (q.tenant_id, q.graph_id, q.depth) > (a.tenant_id, a.graph_id, a.depth)
    ORDER BY q.tenant_id, q.graph_id, q.depth LIMIT 1) n),
waiting AS (
  SELECT w.id, w.tenant_id, w.graph_id, w.created_at, w.is_root, row_number() OVER (
    PARTITION BY w.tenant_id, w.graph_id, w.is_root ORDER BY w.created_at, w.id) AS place
  FROM agents a CROSS JOIN LATERAL (
    SELECT q.id, q.tenant_id, q.graph_id, q.created_at, q.parent_run_id IS NULL AS is_root FROM runs q
    WHERE q.tenant_id = a.tenant_id AND q.graph_id = a.graph_id AND q.depth = a.depth AND {_IS_WAITING}
      AND q.id <> ALL(CAST(:started AS uuid[]))
    ORDER BY q.created_at, q.id LIMIT {_BATCHES_SEEN} * CAST(:limit AS int)) w),
running AS (
  SELECT r.tenant_id, r.graph_id, r.runs, r.starting FROM (SELECT DISTINCT tenant_id FROM waiting WHERE is_root) t
  CROSS JOIN LATERAL (
    SELECT o.tenant_id, o.graph_id, count(*) AS runs, count(*) FILTER (WHERE {_IS_STARTING}) AS starting FROM runs o
    WHERE o.tenant_id = t.tenant_id AND {_IS_AT_ONCE} AND {COUNTS_AS_RUNNING} GROUP BY o.tenant_id, o.graph_id) r),
fitting AS (
  SELECT w.id, w.tenant_id, w.is_root, w.created_at, row_number() OVER (
    PARTITION BY w.tenant_id, w.is_root ORDER BY w.created_at, w.id) AS place
  FROM waiting w LEFT JOIN run_limits l ON l.tenant_id = w.tenant_id AND l.graph_id = w.graph_id
  LEFT JOIN running a ON a.tenant_id = w.tenant_id AND a.graph_id = w.graph_id
  WHERE NOT w.is_root OR l.running_max IS NULL OR w.place + coalesce(a.runs, 0) <= l.running_max),
allowed AS (
  SELECT f.id, f.place, f.created_at,
    NOT f.is_root OR f.place + coalesce(a.starting, 0) <= CAST(:starting_max AS int) AS is_in_turn
  FROM fitting f
  LEFT JOIN run_limits l ON l.tenant_id = f.tenant_id AND l.graph_id = '{EVERY_GRAPH}'
  LEFT JOIN (SELECT tenant_id, sum(runs) AS runs, sum(starting) AS starting FROM running GROUP BY tenant_id) a
    ON a.tenant_id = f.tenant_id
  WHERE NOT f.is_root OR f.place + coalesce(a.runs, 0) <= least(l.running_max, CAST(:running_max AS int))),
chosen AS (
  SELECT id, place, created_at FROM allowed WHERE is_in_turn
  ORDER BY place, created_at LIMIT {_BATCHES_SEEN} * CAST(:limit AS int)),
locked AS (
  SELECT q.id FROM chosen c JOIN runs q ON q.id = c.id WHERE CASE WHEN {_IS_WAITING} THEN true ELSE false END
  ORDER BY c.place, c.created_at LIMIT :limit FOR UPDATE OF q SKIP LOCKED),
claimed AS (
  UPDATE runs r SET start_attempts = r.start_attempts + 1, start_after = now() + make_interval(secs => :lease_seconds)
  WHERE r.id IN (SELECT id FROM locked)
  RETURNING {RUN_COLUMNS}, r.masks IS NOT NULL AS has_masks, r.seed)
SELECT c.*, f.has_cancels, f.has_orders, f.has_paced,
  c.parent_run_id IS NULL OR (
    EXISTS (SELECT 1 FROM runs p WHERE p.tenant_id = c.tenant_id AND p.id = c.parent_run_id AND p.ended_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM node_executions n WHERE n.run_id = c.parent_run_id AND n.execution = c.parent_execution
                    AND n.status IN ({_TERMINAL_SQL}))) AS is_awaited,
  (SELECT json_agg(json_build_array(m.sequence, m.pin, m.value, m.handle IS NOT NULL) ORDER BY m.sequence)
   FROM emissions m WHERE m.run_id = c.id AND m.execution = 0) AS inputs
FROM (SELECT
  EXISTS (SELECT 1 FROM runs r WHERE {_IS_UNDELIVERED}) AS has_cancels,
  EXISTS (SELECT 1 FROM run_orders o WHERE o.outcome IS NULL AND o.deliver_after <= now()) AS has_orders,
  EXISTS (SELECT 1 FROM allowed WHERE NOT is_in_turn) AS has_paced) f
LEFT JOIN claimed c ON true
""")
_HAND_OVER: Final = text(
    "UPDATE runs SET handed_over_at = now() WHERE id = ANY(CAST(:started AS uuid[])) AND handed_over_at IS NULL"
)
_HAND_BACK: Final = text(
    "UPDATE runs SET handed_over_at = NULL, start_after = now() WHERE id = :id AND status = 'QUEUED'"
)
#: Leased to a starter that is about to start it: Temporal does not have it yet, which does not say that it never will.
_IS_LEASED: Final = "r.handed_over_at IS NULL AND r.start_attempts > 0 AND r.start_after > now()"
_UNDELIVERED_CANCELS: Final = text(
    f"SELECT {RUN_COLUMNS} FROM runs r WHERE {_IS_UNDELIVERED} AND NOT ({_IS_LEASED}) "
    "AND (r.cancel_requested_at, r.id) > (:after_time, :after_id) ORDER BY r.cancel_requested_at, r.id LIMIT :limit"
)
#: Before every run that is to end.
FIRST: Final = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))
_RUN_FIELDS: Final = tuple(field.name for field in fields(Run))


@dataclass(frozen=True)
class Claimed:
    """A run that was leased, with what starting it needs besides its plan."""

    run: Run
    #: (sequence, name, inline value, whether it is kept by handle) of each input.
    inputs: Sequence[tuple[int, str, Any, bool]]
    has_masks: bool
    #: What the scheduler begins with, where the run continues another.
    seed: list[Any] | None
    #: Whether the node that started it still waits: an attempt that an order or an end overtook may have accepted it.
    is_awaited: bool


@dataclass(frozen=True)
class Look:
    """What a look found."""

    claimed: Sequence[Claimed]
    #: Whether there are cancels, or orders, to be delivered.
    has_cancels: bool
    has_orders: bool
    #: Whether there is room for runs whose tenant has as many that start as may start at once.
    has_paced: bool


@dataclass(frozen=True)
class Outbox:
    """The outbox of all tenants."""

    engine: AsyncEngine

    async def look(
        self, limit: int, running_max: int, lease_seconds: float = 30.0, started: Sequence[UUID] = ()
    ) -> Look:
        """Hand over what was started, and lease so many rows that are to be; another claimer skips those until the lease ends."""
        where = {
            "limit": limit,
            "running_max": running_max,
            "lease_seconds": lease_seconds,
            "starting_max": LIMITS.tenant_starting_max,
            "started": list(started),
        }
        rows = await self._rows(_LOOK, where)
        claimed = [_claimed(row) for row in rows if row["id"] is not None]
        return Look(claimed, rows[0]["has_cancels"], rows[0]["has_orders"], rows[0]["has_paced"])

    async def hand_over(self, started: Sequence[UUID]) -> None:
        """Note that these runs are Temporal's."""
        async with self.engine.begin() as connection:
            await connection.execute(_HAND_OVER, {"started": list(started)})

    async def hand_back(self, run_id: UUID) -> None:
        """Put a run that Temporal does not have, and that never moved, into the outbox again."""
        async with self.engine.begin() as connection:
            await connection.execute(_HAND_BACK, {"id": run_id})

    async def undelivered_cancels(self, limit: int, after: tuple[datetime, UUID] = FIRST) -> list[Run]:
        """Give a page of the runs that are to end and have not, in the order in which that was asked for. One that is being started
        comes when its starter has handed it over, or its lease ended."""
        where = {"limit": limit, "after_time": after[0], "after_id": after[1]}
        return [Run(**row) for row in await self._rows(_UNDELIVERED_CANCELS, where)]

    async def _rows(self, statement: Any, where: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Execute a statement as a transaction of its own: it is one already, and needs no round trips to say so."""
        async with self.engine.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            return [dict(row) for row in (await alone.execute(statement, where)).mappings()]


def _claimed(row: Mapping[str, Any]) -> Claimed:
    run = Run(**{name: row[name] for name in _RUN_FIELDS})
    inputs = [(sequence, name, value, has_handle) for sequence, name, value, has_handle in row["inputs"] or ()]
    return Claimed(run, inputs, row["has_masks"], row["seed"], row["is_awaited"])
