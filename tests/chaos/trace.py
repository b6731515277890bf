"""What a run left behind, read from PostgreSQL whole: the run, its node executions, its emissions, its children; it only reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.build import Stores
from schema.db.values import resolve
from schema.ids import LOCAL_TENANT

_RUN = text("SELECT * FROM runs WHERE id = :id")
_EXECUTIONS = text("SELECT * FROM node_executions WHERE run_id = :id ORDER BY execution")
_EMISSIONS = text("SELECT * FROM emissions WHERE run_id = :id AND execution > 0 ORDER BY execution, sequence")
_OUTPUTS = text("SELECT * FROM run_outputs WHERE run_id = :id ORDER BY execution")
_CHILDREN = text("SELECT id, parent_execution FROM runs WHERE parent_run_id = :id")


@dataclass
class Said:
    """An emission as the ledger has it."""

    sequence: int
    pin: str
    value: Any
    at: datetime


@dataclass
class Done:
    """A node execution as the ledger has it."""

    execution: int
    node_id: str
    block_id: str
    ordinal: int
    status: str
    inputs: dict[str, Any]
    attempts: int
    started_at: datetime | None
    ended_at: datetime | None
    said: list[Said] = field(default_factory=list)
    child: Trace | None = None


@dataclass
class Trace:
    """A run as PostgreSQL has it. `waiting` are the executions that never became complete."""

    run_id: UUID
    graph_id: str
    status: str
    error: dict[str, Any] | None
    created_at: datetime
    ended_at: datetime | None
    done: list[Done]
    waiting: list[Done]
    outputs: dict[str, list[Any]]

    def every(self) -> list[Trace]:
        """Give this run and those that its nodes started, however deep."""
        return [self, *(trace for one in self.done if one.child is not None for trace in one.child.every())]

    def moments(self) -> list[datetime]:
        """Give when something of this run was committed."""
        found: list[datetime | None] = []
        for trace in self.every():
            found += [trace.ended_at, *(one.ended_at for one in trace.done)]
            found += [said.at for one in trace.done for said in one.said]
        return sorted(moment for moment in found if moment is not None)


async def read_trace(stores: Stores, run_id: UUID) -> Trace:
    """Read a run's trace."""
    async with stores.engine.connect() as connection:
        run = (await connection.execute(_RUN, {"id": run_id})).one()
        executions = await _all(connection, _EXECUTIONS, run_id)
        emissions = await _all(connection, _EMISSIONS, run_id)
        outputs = await _all(connection, _OUTPUTS, run_id)
        children = await _all(connection, _CHILDREN, run_id)
    done = [await _done(stores, row) for row in executions]
    by_number = {one.execution: one for one in done}
    for row, value in zip(emissions, await _values(stores, emissions), strict=True):
        by_number[row.execution].said.append(Said(row.sequence, row.pin, value, row.created_at))
    for row in children:
        by_number[row.parent_execution].child = await read_trace(stores, row.id)
    given: dict[str, list[Any]] = {}
    for row, value in zip(outputs, await _values(stores, outputs), strict=True):
        given.setdefault(row.name, []).append(value)
    return Trace(
        run_id=run_id,
        graph_id=str(run.graph_id),
        status=run.status,
        error=run.error,
        created_at=run.created_at,
        ended_at=run.ended_at,
        done=[one for one in done if one.execution > 0],
        waiting=[one for one in done if one.execution < 0],
        outputs=given,
    )


async def _all(connection: AsyncConnection, statement: Any, run_id: UUID) -> list[Any]:
    return list((await connection.execute(statement, {"id": run_id})).all())


async def _values(stores: Stores, rows: list[Any]) -> list[Any]:
    return await resolve(stores.values, LOCAL_TENANT, [(row.value, row.handle) for row in rows])


async def _done(stores: Stores, row: Any) -> Done:
    cells = [(cell.get("value"), cell.get("handle")) for cell in row.inputs.values()]
    values = await resolve(stores.values, LOCAL_TENANT, cells)
    inputs = dict(zip(row.inputs, values, strict=True))
    return Done(
        execution=row.execution,
        node_id=row.node_id,
        block_id=row.block_id,
        ordinal=row.ordinal,
        status=row.status,
        inputs=inputs,
        attempts=len(row.attempts),
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
