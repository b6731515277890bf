"""Limits of runs: of an organisation and of each agent, and what a run has used of its own; it limits nothing itself.

`schema.db.accepting` takes the lowest of each when a run is accepted, `schema.db.runs` keeps to `running_max` when runs are
claimed, and the run's workflow keeps to the rest. A run that was accepted keeps its limits, until an order raises them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from schema.db.control_tables import EVERY_GRAPH
from schema.db.runs import COUNTS_AS_RUNNING
from schema.db.tenancy import Database
from schema.errors import NotFound

#: What is limited, by the columns of `run_limits`.
LIMITED: Final = ("executions_max", "wall_seconds_max", "in_flight_max", "running_max")
_COLUMNS: Final = ", ".join(("graph_id", *LIMITED, "updated_by", "updated_at"))
_GET: Final = text(f"SELECT {_COLUMNS} FROM run_limits WHERE tenant_id = :tenant AND graph_id = :graph")
_IS_GRAPH: Final = text("SELECT EXISTS (SELECT 1 FROM graphs WHERE tenant_id = :tenant AND id = :graph)")
_SET: Final = text(f"""
INSERT INTO run_limits (tenant_id, graph_id, {", ".join(LIMITED)}, updated_by)
VALUES (:tenant, :graph, {", ".join(f":{name}" for name in LIMITED)}, :by)
ON CONFLICT (tenant_id, graph_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in LIMITED)},
  updated_by = excluded.updated_by, updated_at = now()
RETURNING {_COLUMNS}
""")
_RAISED: Final = text(
    "SELECT run_id, detail FROM run_orders WHERE tenant_id = :tenant AND run_id = ANY(:runs) AND word = 'limits' "
    "AND outcome = 'APPLIED' ORDER BY run_id, number"
)
#: A run counts what the runs below it used as its own.
_USED: Final = text("""
WITH RECURSIVE tree AS (
  SELECT id AS top, id FROM runs WHERE tenant_id = :tenant AND id = ANY(:runs)
  UNION ALL
  SELECT t.top, c.id FROM tree t JOIN runs c ON c.parent_run_id = t.id WHERE c.tenant_id = :tenant)
SELECT t.top, count(*) AS executions FROM tree t JOIN node_executions n ON n.run_id = t.id
WHERE n.execution > 0 AND n.status <> 'QUEUED' AND n.reused_from IS NULL GROUP BY t.top
""")
_RUNNING: Final = text(f"""
SELECT w.id, of_agent.running_max AS agent_max, of_all.running_max AS organisation_max,
  (SELECT count(*) FROM runs o WHERE o.tenant_id = w.tenant_id AND o.status IN ('RUNNING', 'QUEUED')
     AND o.graph_id = w.graph_id AND {COUNTS_AS_RUNNING}) AS of_agent,
  (SELECT count(*) FROM runs o WHERE o.tenant_id = w.tenant_id AND o.status IN ('RUNNING', 'QUEUED')
     AND {COUNTS_AS_RUNNING}) AS of_organisation
FROM runs w LEFT JOIN run_limits of_agent ON of_agent.tenant_id = w.tenant_id AND of_agent.graph_id = w.graph_id
LEFT JOIN run_limits of_all ON of_all.tenant_id = w.tenant_id AND of_all.graph_id = '{EVERY_GRAPH}'
WHERE w.tenant_id = :tenant AND w.id = ANY(:runs) AND w.status = 'QUEUED' AND w.handed_over_at IS NULL
  AND w.parent_run_id IS NULL
""")


@dataclass(frozen=True)
class LimitsRecord:
    """The limits of an agent's runs or, where `graph_id` is EVERY_GRAPH, of all runs of the organisation; None limits nothing."""

    graph_id: UUID
    executions_max: int | None = None
    wall_seconds_max: float | None = None
    in_flight_max: int | None = None
    running_max: int | None = None
    updated_by: UUID | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True)
class Use:
    """What a run's limits were raised to, by orders that it took, and how many node executions it used with those below it."""

    raised: Mapping[str, Any]
    executions: int


@dataclass(frozen=True)
class RunLimits:
    """The limits of all tenants."""

    engine: Database

    async def of(self, tenant: UUID, graph_id: UUID | None) -> LimitsRecord:
        """Give an agent's limits, or with None the organisation's. Raises NotFound for an agent that is not there."""
        where = {"tenant": tenant, "graph": graph_id or EVERY_GRAPH}
        async with self.engine.connect() as connection:
            row = (await connection.execute(_GET, where)).mappings().one_or_none()
            if row is None and graph_id is not None and not (await connection.execute(_IS_GRAPH, where)).scalar():
                raise NotFound("There is no such Graph here.")
        return LimitsRecord(graph_id or EVERY_GRAPH) if row is None else LimitsRecord(**row)

    async def set(
        self, tenant: UUID, graph_id: UUID | None, limits: Mapping[str, Any], by: UUID | None
    ) -> LimitsRecord:
        """Set all limits of an agent's runs, or with None of the organisation's: one that is absent limits nothing.

        Raises NotFound for an agent that is not there.
        """
        where = {"tenant": tenant, "graph": graph_id or EVERY_GRAPH}
        row = {**where, **{name: limits.get(name) for name in LIMITED}, "by": by}
        async with self.engine.begin() as connection:
            if graph_id is not None and not (await connection.execute(_IS_GRAPH, where)).scalar():
                raise NotFound("There is no such Graph here.")
            return LimitsRecord(**(await connection.execute(_SET, row)).mappings().one())

    async def use(self, tenant: UUID, run_ids: Sequence[UUID]) -> dict[UUID, Use]:
        """Give what each of these runs used, and what its limits were raised to."""
        where = {"tenant": tenant, "runs": list(run_ids)}
        raised: dict[UUID, dict[str, Any]] = {run_id: {} for run_id in run_ids}
        async with self.engine.connect() as connection:
            for row in await connection.execute(_RAISED, where):
                raised[row.run_id] |= {name: value for name, value in row.detail.items() if value is not None}
            used = {row.top: row.executions for row in await connection.execute(_USED, where)}
        return {run_id: Use(raised[run_id], used.get(run_id, 0)) for run_id in run_ids}

    async def waiting(self, tenant: UUID, run_ids: Sequence[UUID]) -> dict[UUID, str]:
        """Give why each of these runs that is QUEUED is not started yet, where that is a limit of how many run at once."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_RUNNING, {"tenant": tenant, "runs": list(run_ids)})).all()
        found = {}
        for row in rows:
            if row.agent_max is not None and row.of_agent >= row.agent_max:
                found[row.id] = f"The agent may have {row.agent_max} runs at once, and it has."
            elif row.organisation_max is not None and row.of_organisation >= row.organisation_max:
                found[row.id] = f"The organisation may have {row.organisation_max} runs at once, and it has."
        return found
