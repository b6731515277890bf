"""Pages of runs, by the keys of their rows: what lists of runs show; it only reads.

A page costs what its rows cost, however many runs there are: each filter that a list has for itself has an index in the order
of the list, and rows before the cursor are never read. A version, who started a run, a part of the agent's name and the node that
failed have none: they look through the list that the other filters make, 30 ms for a hundred thousand rows. What a run cost at
least has an index without the list's order, as few runs are dear. A list of several states reads a page of each and merges them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, text

from schema.db.runs import RUN_COLUMNS, Run
from schema.db.tenancy import Database

#: The key of a run in its list.
Place = tuple[datetime, UUID]
#: A run, and the child behind which its next children are wanted; None: the first ones.
ChildrenWanted = tuple[UUID, Place | None]

_BY_ID: Final = text(f"SELECT {RUN_COLUMNS} FROM runs r WHERE r.tenant_id = :tenant AND r.id = ANY(:ids)")
_ROUTINGS: Final = text("SELECT hash, routing FROM plans WHERE tenant_id = :tenant AND hash = ANY(:hashes)")
_CHILDREN: Final = text(f"""
SELECT w.place AS wanted, r.* FROM unnest(CAST(:parents AS uuid[]), CAST(:times AS timestamptz[]), CAST(:ids AS uuid[]))
  WITH ORDINALITY AS w(parent, time, id, place)
CROSS JOIN LATERAL (
  SELECT {RUN_COLUMNS} FROM runs r
  WHERE r.tenant_id = :tenant AND r.parent_run_id = w.parent
    AND (w.time IS NULL OR (r.created_at, r.id) > (w.time, w.id))
  ORDER BY r.created_at, r.id LIMIT :limit) AS r
ORDER BY w.place, r.created_at, r.id
""")


_CONTINUATIONS: Final = text(f"""
SELECT w.run AS wanted, r.* FROM unnest(CAST(:runs AS uuid[])) AS w(run)
CROSS JOIN LATERAL (
  SELECT {RUN_COLUMNS} FROM runs r WHERE r.tenant_id = :tenant AND r.continued_from_run_id = w.run
  ORDER BY r.created_at DESC, r.id DESC LIMIT :limit) AS r
ORDER BY r.created_at DESC, r.id DESC
""")
#: Runs that continue one run, of which it shows the newest.
CONTINUATIONS_MAX: Final = 50


@dataclass(frozen=True)
class RunFilter:
    """Which runs a list has, and in which order. What is absent filters nothing."""

    graph_id: UUID | None = None
    version: int | None = None
    statuses: tuple[str, ...] | None = None
    trigger: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    includes_children: bool = False
    has_problem: bool | None = None
    #: The node whose failure was the first.
    failed_node: str | None = None
    created_by: UUID | None = None
    #: What language models cost, in millionths of a dollar, both ends included.
    cost_min: int | None = None
    cost_max: int | None = None
    #: A part of the agent's name.
    agent_name: str | None = None
    #: The one run of this id, whoever started it.
    id: UUID | None = None
    is_oldest_first: bool = False


@dataclass(frozen=True)
class RunPages:
    """Lists of runs, of all tenants."""

    engine: Database

    async def page(self, tenant: UUID, wanted: RunFilter, after: Place | None, limit: int) -> list[Run]:
        """Give the runs behind `after`, at most `limit` of them."""
        where: dict[str, Any] = {
            "tenant": tenant,
            "graph": wanted.graph_id,
            "version": wanted.version,
            "statuses": list(wanted.statuses or ()),
            "trigger": wanted.trigger,
            "created_after": wanted.created_after,
            "created_before": wanted.created_before,
            "failed_node": wanted.failed_node,
            "created_by": wanted.created_by,
            "cost_min": wanted.cost_min,
            "cost_max": wanted.cost_max,
            "agent_name": None if wanted.agent_name is None else _pattern(wanted.agent_name),
            "run": wanted.id,
            "limit": limit,
        }
        if after is not None:
            where |= {"time": after[0], "id": after[1]}
        return await self._runs(statement_of(wanted, after is not None), where)

    async def by_id(self, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, Run]:
        """Give those of these runs that are there."""
        return {run.id: run for run in await self._runs(_BY_ID, {"tenant": tenant, "ids": list(ids)})}

    async def children(
        self, tenant: UUID, wanted: Sequence[ChildrenWanted], limit: int
    ) -> dict[ChildrenWanted, list[Run]]:
        """Give a page of the children of each of these runs, the oldest first."""
        where = {
            "tenant": tenant,
            "parents": [parent for parent, _ in wanted],
            "times": [None if after is None else after[0] for _, after in wanted],
            "ids": [None if after is None else after[1] for _, after in wanted],
            "limit": limit,
        }
        found: dict[ChildrenWanted, list[Run]] = {one: [] for one in wanted}
        async with self.engine.connect() as connection:
            for row in (await connection.execute(_CHILDREN, where)).mappings():
                columns = dict(row)
                found[wanted[columns.pop("wanted") - 1]].append(Run(**columns))
        return found

    async def continuations(self, tenant: UUID, runs: Sequence[UUID]) -> dict[UUID, list[Run]]:
        """Give the newest runs that continue each of these."""
        found: dict[UUID, list[Run]] = {run: [] for run in runs}
        where = {"tenant": tenant, "runs": list(runs), "limit": CONTINUATIONS_MAX}
        async with self.engine.connect() as connection:
            for row in (await connection.execute(_CONTINUATIONS, where)).mappings():
                columns = dict(row)
                found[columns.pop("wanted")].append(Run(**columns))
        return found

    async def routings(self, tenant: UUID, hashes: Sequence[str]) -> dict[str, list[Any]]:
        """Give the routing of those of these plans that are there."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(_ROUTINGS, {"tenant": tenant, "hashes": list(hashes)})
            return {row.hash: row.routing for row in rows}

    async def _runs(self, statement: TextClause, where: dict[str, Any]) -> list[Run]:
        names = statement.compile().params.keys()
        async with self.engine.connect() as connection:
            rows = await connection.execute(statement, {name: where[name] for name in names})
            return [Run(**row) for row in rows.mappings()]


def statement_of(wanted: RunFilter, has_after: bool) -> TextClause:
    """Give the statement of a page: only the conditions that it has, so that PostgreSQL sees which index fits."""
    present = {
        "r.graph_id = :graph": wanted.graph_id is not None,
        "r.graph_version = :version": wanted.version is not None,
        "r.trigger = :trigger": wanted.trigger is not None,
        "r.created_at >= :created_after": wanted.created_after is not None,
        "r.created_at < :created_before": wanted.created_before is not None,
        "r.parent_run_id IS NULL": not wanted.includes_children and wanted.id is None,
        "r.problem IS NOT NULL": wanted.has_problem is True,
        "r.problem IS NULL": wanted.has_problem is False,
        "r.stats -> 'first_error' ->> 'node_id' = :failed_node": wanted.failed_node is not None,
        "r.created_by = :created_by": wanted.created_by is not None,
        "r.llm_cost_micro_usd >= :cost_min": wanted.cost_min is not None,
        # Of those runs only there is an index.
        "r.llm_cost_micro_usd > 0": wanted.cost_min is not None and wanted.cost_min > 0,
        "r.llm_cost_micro_usd <= :cost_max": wanted.cost_max is not None,
        "r.agent_name ILIKE :agent_name": wanted.agent_name is not None,
        "r.id = :run": wanted.id is not None,
    }
    conditions = tuple(condition for condition, is_present in present.items() if is_present)
    return _statement(conditions, wanted.statuses is not None, wanted.is_oldest_first, has_after)


def _pattern(part: str) -> str:
    """Give the LIKE pattern of what has a part: what LIKE reads as a sign of its own stands for itself."""
    plain = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


@lru_cache(maxsize=512)
def _statement(conditions: tuple[str, ...], has_statuses: bool, is_oldest_first: bool, has_after: bool) -> TextClause:
    way, sign = ("ASC", ">") if is_oldest_first else ("DESC", "<")
    behind = (f"(r.created_at, r.id) {sign} (:time, :id)",) if has_after else ()
    of_status = ("r.status = s.status",) if has_statuses else ()
    where = " AND ".join(("r.tenant_id = :tenant", *of_status, *conditions, *behind))
    order = f"ORDER BY r.created_at {way}, r.id {way} LIMIT :limit"
    page = f"SELECT {RUN_COLUMNS} FROM runs r WHERE {where} {order}"
    if not has_statuses:
        return text(page)
    states = "unnest(CAST(:statuses AS text[])) AS s(status)"
    return text(f"SELECT r.* FROM {states} CROSS JOIN LATERAL ({page}) AS r {order}")
