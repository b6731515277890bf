"""What is in runs, for many runs at once: node executions, emissions, inputs, outputs and log lines; it only reads.

Each kind comes by one statement, however many runs or executions it is asked for: of each at most a page behind a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import TextClause, text

from schema.db.tenancy import Database

K = TypeVar("K")
#: The largest number of an execution, and of a place in the columns that count.
INTEGER_MAX: Final = 2**31 - 1
#: Values that one statement gives of all runs or executions together; one more shows that there are more.
CELLS_MAX: Final = 2_000

_EXECUTION: Final = (
    "n.run_id, n.execution, n.node_id, n.block_id, n.ordinal, n.status, n.step, n.inputs, n.error, n.attempts, "
    "n.started_at, n.ended_at, n.waits_for, n.reused_from, n.caller, o.plan_hash"
)
#: Of one node, or in one of some states, where that is asked for: a run's executions are read by their key, and no other way.
_CHOSEN: Final = (
    "(CAST(:node AS text) IS NULL OR n.node_id = :node) "
    "AND (CAST(:statuses AS text[]) IS NULL OR n.status = ANY(:statuses))"
)
#: Executions in the order in which they were queued; behind them those that never became complete, which count down from -1.
_EXECUTIONS: Final = text(f"""
SELECT w.place AS wanted, n.* FROM unnest(CAST(:runs AS uuid[]), CAST(:afters AS int[]))
  WITH ORDINALITY AS w(run, after, place)
JOIN runs o ON o.id = w.run AND o.tenant_id = :tenant
CROSS JOIN LATERAL (
  (SELECT {_EXECUTION} FROM node_executions n
   WHERE n.run_id = w.run AND {_CHOSEN} AND n.execution > CASE WHEN w.after < 0 THEN {INTEGER_MAX} ELSE w.after END
   ORDER BY n.execution LIMIT :limit)
  UNION ALL
  (SELECT {_EXECUTION} FROM node_executions n
   WHERE n.run_id = w.run AND {_CHOSEN} AND n.execution < CASE WHEN w.after < 0 THEN w.after ELSE 0 END
   ORDER BY n.execution DESC LIMIT :limit)
) AS n
ORDER BY w.place, n.execution < 0, abs(n.execution)
""")
_BY_NUMBER: Final = text(f"""
SELECT {_EXECUTION} FROM unnest(CAST(:runs AS uuid[]), CAST(:executions AS int[])) AS w(run, execution)
JOIN runs o ON o.id = w.run AND o.tenant_id = :tenant
JOIN node_executions n ON n.run_id = w.run AND n.execution = w.execution
""")
_EMISSIONS: Final = text(f"""
SELECT w.place AS wanted, m.sequence AS number, m.pin AS name, m.value, m.handle, m.created_at
FROM unnest(CAST(:runs AS uuid[]), CAST(:executions AS int[]), CAST(:afters AS int[]))
  WITH ORDINALITY AS w(run, execution, after, place)
JOIN runs o ON o.id = w.run AND o.tenant_id = :tenant
CROSS JOIN LATERAL (
  SELECT e.sequence, e.pin, e.value, e.handle, e.created_at FROM emissions e
  WHERE e.run_id = w.run AND e.execution = w.execution AND e.sequence > w.after ORDER BY e.sequence LIMIT :limit) AS m
ORDER BY w.place, m.sequence LIMIT {CELLS_MAX + 1}
""")
_OUTPUTS: Final = text(f"""
SELECT w.place AS wanted, m.execution AS number, m.name, m.value, m.handle
FROM unnest(CAST(:runs AS uuid[]), CAST(:afters AS int[])) WITH ORDINALITY AS w(run, after, place)
JOIN runs o ON o.id = w.run AND o.tenant_id = :tenant
CROSS JOIN LATERAL (
  SELECT u.execution, u.name, u.value, u.handle FROM run_outputs u
  WHERE u.run_id = w.run AND u.execution > w.after ORDER BY u.execution LIMIT :limit) AS m
ORDER BY w.place, m.execution LIMIT {CELLS_MAX + 1}
""")
_LINE: Final = "g.id, g.run_id, g.execution, g.attempt, g.level, g.pin, g.line, g.created_at"
#: Lines among streamed text are few, and have an index of their own.
_LINES: Final = text(f"""
SELECT w.place AS wanted, l.* FROM unnest(CAST(:runs AS uuid[]), CAST(:afters AS bigint[]), CAST(:texts AS boolean[]))
  WITH ORDINALITY AS w(run, after, text, place)
JOIN runs o ON o.id = w.run AND o.tenant_id = :tenant
CROSS JOIN LATERAL (
  (SELECT {_LINE} FROM run_logs g WHERE w.text AND g.run_id = w.run AND g.id > w.after ORDER BY g.id LIMIT :limit)
  UNION ALL
  (SELECT {_LINE} FROM run_logs g
   WHERE NOT w.text AND g.run_id = w.run AND g.id > w.after AND g.pin IS NULL ORDER BY g.id LIMIT :limit)) AS l
ORDER BY w.place, l.id
""")


@dataclass(frozen=True)
class ExecutionRow:
    """A node execution as its row has it; `inputs` is {pin: {"value": ...} or {"handle": ...}}."""

    run_id: UUID
    execution: int
    node_id: str
    block_id: str
    ordinal: int
    status: str
    step: int
    inputs: dict[str, dict[str, Any]]
    error: dict[str, Any] | None
    attempts: list[dict[str, Any]]
    started_at: datetime | None
    ended_at: datetime | None
    #: What a parked one waits for, {kind: timer | child | event | answer | tools, ...}.
    waits_for: dict[str, Any] | None
    #: {run_id, execution} of the one that it has taken over.
    reused_from: dict[str, Any] | None
    #: [execution, call id, index of its node] of what called it as a tool.
    caller: list[Any] | None
    #: Of the run: what its nodes are called is in its plan.
    plan_hash: str


@dataclass(frozen=True)
class Cell:
    """A value under a name: an emission (number: its sequence), or an input or output (number: its execution)."""

    number: int
    name: str
    value: Any
    handle: dict[str, Any] | None
    #: When an emission was written; an output has no time of its own.
    created_at: datetime | None = None


@dataclass(frozen=True)
class Choice:
    """Which executions of a run are wanted; what is absent leaves out none."""

    node_id: str | None = None
    statuses: tuple[str, ...] | None = None


ALL_EXECUTIONS: Final = Choice()


@dataclass(frozen=True)
class LogLine:
    """A line of a run's log, or a piece of text that was streamed on `pin`."""

    id: int
    run_id: UUID
    execution: int
    attempt: int
    level: str
    pin: str | None
    line: str
    created_at: datetime


#: (run, execution behind which more are wanted); negative ones never became complete.
ExecutionsWanted = tuple[UUID, int]
#: (run, execution, sequence behind which more are wanted).
EmissionsWanted = tuple[UUID, int, int]
#: (run, line behind which more are wanted, whether streamed text is wanted, too).
LinesWanted = tuple[UUID, int, bool]


@dataclass(frozen=True)
class RunContents:
    """What is in runs, of all tenants."""

    engine: Database

    async def executions(
        self, tenant: UUID, wanted: Sequence[ExecutionsWanted], limit: int, choice: Choice = ALL_EXECUTIONS
    ) -> dict[ExecutionsWanted, list[ExecutionRow]]:
        """Give a page of the node executions of each run: `2 * limit` at most, the first `limit` are the page."""
        where = {"tenant": tenant, "runs": [w[0] for w in wanted], "afters": [w[1] for w in wanted], "limit": limit}
        where |= {"node": choice.node_id, "statuses": None if choice.statuses is None else list(choice.statuses)}
        found = await self._of(_EXECUTIONS, where, wanted)
        return {key: [ExecutionRow(**row) for row in rows] for key, rows in found.items()}

    async def by_number(self, tenant: UUID, wanted: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], ExecutionRow]:
        """Give those of these (run, execution) that are there."""
        where = {"tenant": tenant, "runs": [w[0] for w in wanted], "executions": [w[1] for w in wanted]}
        async with self.engine.connect() as connection:
            rows = [ExecutionRow(**row) for row in (await connection.execute(_BY_NUMBER, where)).mappings()]
        return {(row.run_id, row.execution): row for row in rows}

    async def emissions(
        self, tenant: UUID, wanted: Sequence[EmissionsWanted], limit: int
    ) -> dict[EmissionsWanted, list[Cell]]:
        """Give a page of what each execution emitted, in its order. Execution 0 are the run's inputs."""
        runs, executions, afters = [w[0] for w in wanted], [w[1] for w in wanted], [w[2] for w in wanted]
        where = {"tenant": tenant, "runs": runs, "executions": executions, "afters": afters, "limit": limit}
        found = await self._of(_EMISSIONS, where, wanted)
        return {key: [Cell(**row) for row in rows] for key, rows in found.items()}

    async def outputs(
        self, tenant: UUID, wanted: Sequence[ExecutionsWanted], limit: int
    ) -> dict[ExecutionsWanted, list[Cell]]:
        """Give a page of each run's outputs, in the order in which their executions were queued."""
        where = {"tenant": tenant, "runs": [w[0] for w in wanted], "afters": [w[1] for w in wanted], "limit": limit}
        found = await self._of(_OUTPUTS, where, wanted)
        return {key: [Cell(**row) for row in rows] for key, rows in found.items()}

    async def lines(self, tenant: UUID, wanted: Sequence[LinesWanted], limit: int) -> dict[LinesWanted, list[LogLine]]:
        """Give a page of each run's log."""
        runs, afters, texts = [w[0] for w in wanted], [w[1] for w in wanted], [w[2] for w in wanted]
        where = {"tenant": tenant, "runs": runs, "afters": afters, "texts": texts, "limit": limit}
        found = await self._of(_LINES, where, wanted)
        return {key: [LogLine(**row) for row in rows] for key, rows in found.items()}

    async def _of(
        self, statement: TextClause, where: dict[str, Any], wanted: Sequence[K]
    ) -> dict[K, list[dict[str, Any]]]:
        """Give the rows of each key that is wanted; `wanted` in a row says by its number of which one it is."""
        found: dict[K, list[dict[str, Any]]] = {key: [] for key in wanted}
        async with self.engine.connect() as connection:
            for row in (await connection.execute(statement, where)).mappings():
                columns = dict(row)
                found[wanted[columns.pop("wanted") - 1]].append(columns)
        return found
