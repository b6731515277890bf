"""What happened at the nodes of runs: counts by node at a moment, and a line for every execution; it only reads.

Executions have no index by node: each statement reads those of a run once, by their key. That takes a fifth of a second for ten
thousand of them.
What a row does not keep is not told: what an execution was between its start and its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from schema.db.run_contents import Choice
from schema.db.tenancy import Database
from schema.states import State

#: A run, and the moment at which it is looked at; None: now.
NodesWanted = tuple[UUID, datetime | None]
#: A run, and the number of the execution behind which more are wanted.
LinesWanted = tuple[UUID, int]

#: An execution at the moment w.at: what it took over from another run was there from the beginning, one that had begun and not
#: ended ran, if nothing held it, and one that had not begun is not told. Now, it is what its row says.
_STATE_THEN: Final = """
CASE WHEN w.at IS NULL THEN n.status
     WHEN n.execution < 0 THEN NULL
     WHEN n.reused_from IS NOT NULL THEN n.status
     WHEN n.ended_at IS NOT NULL AND n.ended_at <= w.at THEN n.status
     WHEN n.started_at IS NOT NULL AND n.started_at <= w.at THEN coalesce(h.state, 'RUNNING')
END
"""
#: When an attempt that failed is made again: its end, and the wait that its row has; as `NodeExecution.nextAttemptAt` says.
_NEXT_ATTEMPT: Final = (
    "CASE WHEN n.status = 'RUNNING' AND CAST(n.attempts -> -1 ->> 'wait_seconds' AS float8) > 0 "
    "THEN CAST(n.attempts -> -1 ->> 'ended_at' AS timestamptz) "
    "+ make_interval(secs => CAST(n.attempts -> -1 ->> 'wait_seconds' AS float8)) END"
)
_COUNTS: Final = ", ".join(f"count(*) FILTER (WHERE x.state = '{state}') AS in_{state.lower()}" for state in State)
#: What held executions at the moments: a halt, or a question to people. Where both did, the halt is told.
_HELD: Final = """
SELECT w.place, s.execution, min(s.state) AS state
FROM unnest(CAST(:runs AS uuid[]), CAST(:moments AS timestamptz[])) WITH ORDINALITY AS w(run, at, place)
JOIN runs o ON o.id = w.run AND o.tenant_id = :tenant
CROSS JOIN LATERAL (
  SELECT h.execution, 'PAUSED' AS state FROM run_halts h
  WHERE h.run_id = w.run AND h.execution IS NOT NULL AND h.set_at <= w.at AND (h.cleared_at IS NULL OR h.cleared_at > w.at)
  UNION ALL
  SELECT a.execution, 'REVIEW' FROM approvals a
  WHERE a.run_id = w.run AND a.created_at <= w.at AND (a.decided_at IS NULL OR a.decided_at > w.at)) AS s
GROUP BY w.place, s.execution
"""
_NODES: Final = text(f"""
WITH held AS MATERIALIZED ({_HELD}),
told AS (
  SELECT w.place, w.run, x.node_id, max(x.block_id) AS block_id, count(*) AS executions, {_COUNTS},
    max(x.attempt_count) AS attempts_max, min(x.started_at) AS first_started_at, max(x.ended_at) AS last_ended_at,
    max(x.execution) AS latest, max(x.execution) FILTER (WHERE x.state = 'FAILED') AS failed, min(x.next_attempt) AS next_attempt_at
  FROM unnest(CAST(:runs AS uuid[]), CAST(:moments AS timestamptz[])) WITH ORDINALITY AS w(run, at, place)
  JOIN runs o ON o.id = w.run AND o.tenant_id = :tenant
  CROSS JOIN LATERAL (
    SELECT n.node_id, n.block_id, n.execution, n.started_at,
      CASE WHEN w.at IS NULL OR n.ended_at <= w.at THEN n.ended_at END AS ended_at,
      jsonb_array_length(n.attempts) AS attempt_count, {_STATE_THEN} AS state,
      CASE WHEN w.at IS NULL THEN {_NEXT_ATTEMPT} END AS next_attempt
    FROM node_executions n LEFT JOIN held h ON h.place = w.place AND h.execution = n.execution
    WHERE n.run_id = w.run OFFSET 0) AS x
  WHERE x.state IS NOT NULL
  GROUP BY w.place, w.run, x.node_id)
SELECT t.*, f.error FROM told t
LEFT JOIN node_executions f ON f.run_id = t.run AND f.execution = t.failed
ORDER BY t.place, t.first_started_at NULLS LAST, t.latest
""")
_PINS: Final = text("""
SELECT w.place, n.node_id, e.pin, count(*) AS count
FROM unnest(CAST(:runs AS uuid[]), CAST(:moments AS timestamptz[])) WITH ORDINALITY AS w(run, at, place)
JOIN runs o ON o.id = w.run AND o.tenant_id = :tenant
JOIN emissions e ON e.run_id = w.run AND e.execution > 0
JOIN node_executions n ON n.run_id = e.run_id AND n.execution = e.execution
WHERE w.at IS NULL OR n.reused_from IS NOT NULL OR e.created_at <= w.at
GROUP BY w.place, n.node_id, e.pin ORDER BY w.place, n.node_id, e.pin
""")
#: Of one that another run recorded, no time is told: it took none here. A row's start is that of step 0: an attempt at a later
#: step waited for its worker later.
_LINES: Final = text("""
SELECT w.place, l.* FROM unnest(CAST(:runs AS uuid[]), CAST(:afters AS int[])) WITH ORDINALITY AS w(run, after, place)
JOIN runs o ON o.id = w.run AND o.tenant_id = :tenant
CROSS JOIN LATERAL (
  SELECT n.execution, n.node_id, n.status,
    CASE WHEN n.reused_from IS NULL THEN extract(epoch FROM n.started_at - o.created_at) * 1000 END AS started_ms,
    CASE WHEN n.reused_from IS NULL THEN extract(epoch FROM n.ended_at - o.created_at) * 1000 END AS ended_ms,
    n.reused_from IS NOT NULL AS is_reused,
    CASE WHEN n.reused_from IS NULL AND n.attempts -> 0 ->> 'step' = '0'
      THEN CAST(n.attempts -> 0 ->> 'queued_ms' AS float8) END AS queued_ms,
    CASE WHEN n.reused_from IS NULL AND (jsonb_array_length(n.attempts) > 1 OR n.attempts -> 0 ->> 'wait_seconds' IS NOT NULL)
      THEN n.attempts END AS attempts
  FROM node_executions n WHERE n.run_id = w.run AND n.execution > w.after
    AND (CAST(:node AS text) IS NULL OR n.node_id = :node)
    AND (CAST(:statuses AS text[]) IS NULL OR n.status = ANY(CAST(:statuses AS text[])))
  ORDER BY n.execution LIMIT :limit) AS l
ORDER BY w.place, l.execution
""")


@dataclass(frozen=True)
class NodeOfRun:
    """A node of a run that had an execution: how many it had, by their states, and what is known of them together."""

    node_id: str
    block_id: str
    executions: int
    counts: dict[State, int]
    attempts_max: int
    first_started_at: datetime | None
    last_ended_at: datetime | None
    #: The number of the newest execution.
    latest: int
    #: The number of the newest one that failed, and why it did.
    failed: int | None
    error: dict[str, Any] | None
    next_attempt_at: datetime | None


@dataclass(frozen=True)
class PinOfRun:
    """How many values went out of a pin of a node."""

    pin: str
    count: int


@dataclass(frozen=True)
class Line:
    """A node execution, as a timeline draws it. Times are milliseconds since its run was accepted."""

    execution: int
    node_id: str
    status: str
    started_ms: float | None
    ended_ms: float | None
    is_reused: bool
    #: How long its first attempt waited for a worker, where that is known.
    queued_ms: float | None
    #: As the row has them, where they are more than one, or are to be.
    attempts: list[dict[str, Any]] | None


@dataclass(frozen=True)
class RunNodes:
    """What happened at the nodes of runs, of all tenants."""

    engine: Database

    async def nodes(self, tenant: UUID, wanted: Sequence[NodesWanted]) -> dict[NodesWanted, list[NodeOfRun]]:
        """Give the nodes of each run that had an execution at the moment, in the order in which they began."""
        found: dict[NodesWanted, list[NodeOfRun]] = {key: [] for key in wanted}
        for row in await self._rows(_NODES, tenant, wanted):
            del row["run"]
            counts = {state: row.pop(f"in_{state.lower()}") for state in State}
            found[wanted[row.pop("place") - 1]].append(
                NodeOfRun(**row, counts={state: count for state, count in counts.items() if count})
            )
        return found

    async def pins(self, tenant: UUID, wanted: Sequence[NodesWanted]) -> dict[NodesWanted, dict[str, list[PinOfRun]]]:
        """Give how many values went out of the pins of each node of each run until the moment, by node."""
        found: dict[NodesWanted, dict[str, list[PinOfRun]]] = {key: {} for key in wanted}
        for row in await self._rows(_PINS, tenant, wanted):
            pins = found[wanted[row["place"] - 1]].setdefault(row["node_id"], [])
            pins.append(PinOfRun(row["pin"], row["count"]))
        return found

    async def lines(
        self, tenant: UUID, wanted: Sequence[LinesWanted], limit: int, choice: Choice | None = None
    ) -> dict[LinesWanted, list[Line]]:
        """Give a page of the executions of each run, all or those that are chosen, in the order in which they were queued."""
        choice = choice or Choice()
        where = {
            "tenant": tenant,
            "runs": [w[0] for w in wanted],
            "afters": [w[1] for w in wanted],
            "limit": limit,
            "node": choice.node_id,
            "statuses": None if choice.statuses is None else list(choice.statuses),
        }
        found: dict[LinesWanted, list[Line]] = {key: [] for key in wanted}
        async with self.engine.connect() as connection:
            for row in (await connection.execute(_LINES, where)).mappings():
                columns = dict(row)
                found[wanted[columns.pop("place") - 1]].append(Line(**columns))
        return found

    async def _rows(self, statement: Any, tenant: UUID, wanted: Sequence[NodesWanted]) -> list[dict[str, Any]]:
        where = {"tenant": tenant, "runs": [w[0] for w in wanted], "moments": [w[1] for w in wanted]}
        async with self.engine.connect() as connection:
            return [dict(row) for row in (await connection.execute(statement, where)).mappings()]
