"""The run record: a run with its outputs and node executions, as clients see it; it only reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from schema.db.runs import Run, Runs
from schema.db.tenancy import Database
from schema.db.values import ValueStore, resolve
from schema.limits import LIMITS

_EXECUTIONS: Final = text(
    "SELECT execution, node_id, block_id, ordinal, status, step, inputs, error, attempts, started_at, ended_at, caller "
    "FROM node_executions WHERE run_id = :id AND execution > :after "
    "ORDER BY execution LIMIT :limit"
)
_INCOMPLETE: Final = text(
    "SELECT execution, node_id, block_id, ordinal, status, step, inputs, error, attempts, started_at, ended_at, caller "
    "FROM node_executions WHERE run_id = :id AND execution < 0 ORDER BY execution DESC LIMIT :limit"
)
_EMISSIONS: Final = text(
    "SELECT execution, sequence, pin, value, handle FROM emissions "
    "WHERE run_id = :id AND execution = ANY(:executions) ORDER BY execution, sequence"
)
_OUTPUTS: Final = text("SELECT execution, name, value, handle FROM run_outputs WHERE run_id = :id ORDER BY execution")
_OUTPUTS_OF: Final = text(
    "SELECT execution, name, value, handle FROM run_outputs WHERE run_id = :id AND execution = ANY(:executions)"
)


@dataclass(frozen=True)
class Records:
    """Run records of all tenants."""

    engine: Database
    values: ValueStore
    runs: Runs

    async def get(self, tenant: UUID, run_id: UUID, executions_max: int = 1_000) -> dict[str, Any]:
        """Give the record: status, outputs {name: [values]}, node executions with inputs, outputs, times, attempts, stats.

        Outputs are given whole. In node executions a value of over 64 KB stands as {"$handle": {...}}.
        """
        run = await self.runs.get(tenant, run_id)
        record = describe(run)
        record["inputs"] = await self.inputs(run)
        record["outputs"] = await self.outputs(tenant, run_id)
        record["node_executions"] = await self.executions(tenant, run_id, executions_max)
        return record

    async def inputs(self, run: Run) -> dict[str, Any]:
        rows = await self.runs.inputs(run.id)
        values = await resolve(self.values, run.tenant_id, [(value, handle) for _, _, value, handle in rows])
        return {name: value for (_, name, _, _), value in zip(rows, values, strict=True)}

    async def outputs(self, tenant: UUID, run_id: UUID) -> dict[str, list[Any]]:
        """Give {name: [values in the order in which their executions were queued]}."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_OUTPUTS, {"id": run_id})).all()
        values = await resolve(self.values, tenant, [(row.value, row.handle) for row in rows])
        outputs: dict[str, list[Any]] = {}
        for row, value in zip(rows, values, strict=True):
            outputs.setdefault(row.name, []).append(value)
        return outputs

    async def outputs_of(
        self, run_id: UUID, executions: Iterable[int]
    ) -> dict[int, tuple[str, Any, Mapping[str, Any] | None]]:
        """Give (name, inline value, handle) of the outputs that these executions gave."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_OUTPUTS_OF, {"id": run_id, "executions": list(executions)})).all()
        return {row.execution: (row.name, row.value, row.handle) for row in rows}

    async def executions(self, tenant: UUID, run_id: UUID, limit: int, after: int = 0) -> list[dict[str, Any]]:
        """Give node executions in the order in which they were queued, those that never became complete at the end."""
        async with self.engine.connect() as connection:
            where = {"id": run_id, "after": after, "limit": limit}
            rows = [dict(row) for row in (await connection.execute(_EXECUTIONS, where)).mappings()]
            if len(rows) < limit:
                where = {"id": run_id, "limit": limit - len(rows)}
                rows += [dict(row) for row in (await connection.execute(_INCOMPLETE, where)).mappings()]
            numbers = [row["execution"] for row in rows]
            said = (await connection.execute(_EMISSIONS, {"id": run_id, "executions": numbers})).all()
        shown = await self._shown(tenant, [(row.value, row.handle) for row in said])
        outputs: dict[int, dict[str, list[Any]]] = {}
        for row, value in zip(said, shown, strict=True):
            outputs.setdefault(row.execution, {}).setdefault(row.pin, []).append(value)
        inputs = await self._inputs_of(tenant, rows)
        return [
            _execution(row, pins, outputs.get(row["execution"], {})) for row, pins in zip(rows, inputs, strict=True)
        ]

    async def _inputs_of(self, tenant: UUID, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        cells = [
            (index, pin, cell.get("value"), cell.get("handle"))
            for index, row in enumerate(rows)
            for pin, cell in row["inputs"].items()
        ]
        shown = await self._shown(tenant, [(value, handle) for _, _, value, handle in cells])
        inputs: list[dict[str, Any]] = [{} for _ in rows]
        for (index, pin, _, _), value in zip(cells, shown, strict=True):
            inputs[index][pin] = value
        return inputs

    async def _shown(self, tenant: UUID, cells: Iterable[tuple[Any, Mapping[str, Any] | None]]) -> list[Any]:
        """Give values, and handles for those that are too large to be shown among many."""
        rows = list(cells)
        small = {h["id"] for _, h in rows if h is not None and h["size"] <= LIMITS.value_row_bytes_max}
        found = await self.values.get_many(tenant, small)
        return [
            value if handle is None else found.get(handle["id"], {"$handle": dict(handle)}) for value, handle in rows
        ]


def describe(run: Run) -> dict[str, Any]:
    """Give the facts of a run's row."""
    return {
        "id": str(run.id),
        "graph_id": str(run.graph_id),
        "graph_version": run.graph_version,
        "agent_name": run.agent_name,
        "status": run.status,
        "trigger": run.trigger,
        "parent_run_id": None if run.parent_run_id is None else str(run.parent_run_id),
        "root_run_id": str(run.root_run_id),
        "created_at": _time(run.created_at),
        "started_at": _time(run.started_at),
        "ended_at": _time(run.ended_at),
        "error": run.error,
        "stats": run.stats,
        "problem": run.problem,
    }


def _execution(row: Mapping[str, Any], inputs: dict[str, Any], outputs: dict[str, list[Any]]) -> dict[str, Any]:
    return {
        "execution": row["execution"],
        "node_id": row["node_id"],
        "block_id": row["block_id"],
        "ordinal": row["ordinal"],
        "status": row["status"],
        "input_data": inputs,
        "output_data": outputs,
        "error": row["error"],
        "attempts": row["attempts"],
        "started_at": _time(row["started_at"]),
        "ended_at": _time(row["ended_at"]),
        # [execution, id of the call]; which node that is of, its row says.
        "caller": None if row["caller"] is None else row["caller"][:2],
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
