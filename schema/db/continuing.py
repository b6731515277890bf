"""What a run takes over from another: the records of the old one, and the rows of the new one; it decides nothing.

A recorded execution is taken over by copying its rows under its new number, values by their handles, in the transaction that
accepts the new run. Its row says whose it is: that of the run in which it really ran, however many runs continued one another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.db.tenancy import Database
from schema.db.values import Stored
from schema.errors import LimitExceeded, NotFound
from schema.limits import LIMITS

T = TypeVar("T")
#: Executions that one statement copies.
COPIED_AT_ONCE: Final = 500

_EXECUTIONS: Final = text("""
SELECT n.execution, n.node_id, n.ordinal, n.status, n.inputs, n.attempts, n.caller, n.error, n.step FROM node_executions n
JOIN runs r ON r.id = n.run_id AND r.tenant_id = :tenant
WHERE n.run_id = :run AND n.execution > 0 AND n.status IN ('COMPLETED', 'FAILED')
ORDER BY n.ended_at, n.execution LIMIT :limit
""")
_EMISSIONS: Final = text("""
SELECT m.execution, m.pin, m.value, m.handle FROM emissions m
JOIN runs r ON r.id = m.run_id AND r.tenant_id = :tenant
WHERE m.run_id = :run AND m.execution = ANY(CAST(:executions AS int[])) ORDER BY m.execution, m.sequence LIMIT :limit
""")
#: A deletion of the run that is continued waits until what is taken over of it is copied.
_HOLD: Final = text("SELECT 1 FROM runs WHERE tenant_id = :tenant AND id = :source FOR KEY SHARE")
_FACTS: Final = text("SELECT masks, continuation FROM runs WHERE tenant_id = :tenant AND id = :run")
_COPY_EXECUTIONS: Final = text("""
INSERT INTO node_executions (run_id, execution, node_id, block_id, ordinal, status, step, fence, inputs, error, attempts,
                             started_at, ended_at, reused_from, caller)
SELECT :run, t.new, n.node_id, n.block_id, t.ordinal, n.status, n.step, 0, n.inputs, n.error,
       -- What came stays known, however many runs continue one another.
       CASE WHEN jsonb_exists(n.attempts -> -1, 'came') THEN jsonb_build_array(n.attempts -> -1) ELSE '[]' END, now(), now(),
       coalesce(n.reused_from, json_build_object('run_id', n.run_id, 'execution', n.execution)), t.caller
FROM unnest(CAST(:new AS int[]), CAST(:old AS int[]), CAST(:ordinals AS int[]), CAST(CAST(:callers AS text[]) AS json[]))
  AS t(new, old, ordinal, caller)
JOIN runs r ON r.id = :source AND r.tenant_id = :tenant
JOIN node_executions n ON n.run_id = r.id AND n.execution = t.old AND n.status IN ('COMPLETED', 'FAILED')
""")
_COPY_EMISSIONS: Final = text("""
INSERT INTO emissions (run_id, execution, sequence, pin, value, handle)
SELECT :run, t.new, m.sequence, m.pin, m.value, m.handle
FROM unnest(CAST(:new AS int[]), CAST(:old AS int[])) AS t(new, old)
JOIN runs r ON r.id = :source AND r.tenant_id = :tenant
JOIN emissions m ON m.run_id = r.id AND m.execution = t.old
""")
_COPY_BEGINNINGS: Final = text("""
INSERT INTO emissions (run_id, execution, sequence, pin, value, handle)
SELECT :run, t.new, m.sequence, m.pin, m.value, m.handle
FROM unnest(CAST(:new AS int[]), CAST(:old AS int[]), CAST(:upto AS int[])) AS t(new, old, upto)
JOIN runs r ON r.id = :source AND r.tenant_id = :tenant
JOIN emissions m ON m.run_id = r.id AND m.execution = t.old AND m.sequence < t.upto
""")
_COPY_OUTPUTS: Final = text("""
INSERT INTO run_outputs (run_id, execution, name, value, handle)
SELECT :run, t.new, o.name, o.value, o.handle
FROM unnest(CAST(:new AS int[]), CAST(:old AS int[])) AS t(new, old)
JOIN runs r ON r.id = :source AND r.tenant_id = :tenant
JOIN run_outputs o ON o.run_id = r.id AND o.execution = t.old
""")
_WRITE_EXECUTION: Final = text("""
INSERT INTO node_executions (run_id, execution, node_id, block_id, ordinal, status, step, fence, inputs, attempts, started_at,
                             ended_at)
VALUES (:run, :execution, :node_id, :block_id, :ordinal, 'COMPLETED', 0, 0, CAST(:inputs AS json),
        jsonb_build_array(jsonb_build_object('number', 1, 'step', 0, 'started_at', now(), 'ended_at', now(), 'edited', true)),
        now(), now())
""")
_WRITE_EMISSION: Final = text(
    "INSERT INTO emissions (run_id, execution, sequence, pin, value, handle) "
    "VALUES (:run, :execution, :sequence, :pin, CAST(:value AS json), CAST(:handle AS json))"
)
_TELL: Final = text("""
INSERT INTO run_events (tenant_id, graph_id, run_id, kind, body)
SELECT r.tenant_id, r.graph_id, r.id, 'nodes', json_build_object(
  'executions', (SELECT coalesce(json_agg(json_build_array(n.execution, n.node_id, n.ordinal, n.status, n.step)
                                          ORDER BY n.execution), '[]')
                 FROM node_executions n WHERE n.run_id = r.id AND n.execution = ANY(CAST(:executions AS int[]))),
  'emissions', (SELECT coalesce(json_agg(json_build_array(m.execution, 0, m.count) ORDER BY m.execution), '[]')
                FROM (SELECT execution, count(*) AS count FROM emissions
                      WHERE run_id = r.id AND execution = ANY(CAST(:executions AS int[])) GROUP BY execution) AS m))
FROM runs r WHERE r.id = :run
""")


@dataclass(frozen=True)
class RecordedRow:
    """An execution that ended well, that was called as a tool, or that called tools; with its emissions, (pin, value, handle)."""

    execution: int
    node_id: str
    ordinal: int
    inputs: dict[str, dict[str, Any]]
    #: Its inputs as they came, not merged and not coerced, where somebody's words took their place or that of its run.
    came: dict[str, dict[str, Any]] | None = None
    #: [execution, call id, index of its node] of what called it as a tool.
    caller: list[Any] | None = None
    #: Why it failed, as errors are written; None: it did not. The step in which it ended.
    error: dict[str, Any] | None = None
    step: int = 0
    emissions: list[tuple[str, Any, dict[str, Any] | None]] = field(default_factory=list)


@dataclass(frozen=True)
class RunRecords:
    """What a run recorded: what may be taken over, in the order of ending, and (node id, ordinal) of what failed."""

    recorded: list[RecordedRow]
    failed: frozenset[tuple[str, int]]
    masks: dict[str, dict[str, Any]]
    continuation: dict[str, Any]


@dataclass(frozen=True)
class EditedRow:
    """An execution that gives what somebody wrote, as its rows will have it."""

    execution: int
    node_id: str
    block_id: str
    ordinal: int
    inputs: Mapping[str, Any]
    emissions: Sequence[tuple[str, Stored]]


@dataclass(frozen=True)
class TakenOver:
    """What a run takes over from `source`: (new execution, old execution, new ordinal, new caller), what somebody wrote, and the
    beginnings of what goes on: (new execution, old execution, emissions that stand)."""

    source: UUID
    reused: Sequence[tuple[int, int, int, list[Any] | None]]
    written: Sequence[EditedRow] = ()
    going_on: Sequence[tuple[int, int, int]] = ()

    async def write(self, connection: AsyncConnection, tenant: UUID, run_id: UUID) -> None:
        """Write the rows, within the transaction that accepts the run. Raises NotFound where its source was deleted meanwhile."""
        where = {"run": run_id, "source": self.source, "tenant": tenant}
        if (await connection.execute(_HOLD, {"tenant": tenant, "source": self.source})).one_or_none() is None:
            raise NotFound("The run that was to be continued is deleted.", run_id=str(self.source))
        for part in _parts(self.reused):
            new, old = [row[0] for row in part], [row[1] for row in part]
            rows = {**where, "new": new, "old": old}
            await connection.execute(
                _COPY_EXECUTIONS,
                {**rows, "ordinals": [row[2] for row in part], "callers": [_text(row[3]) for row in part]},
            )
            await connection.execute(_COPY_EMISSIONS, rows)
            await connection.execute(_COPY_OUTPUTS, rows)
            await connection.execute(_TELL, {"run": run_id, "executions": new})
        for beginnings in _parts(self.going_on):
            new, old, upto = ([row[at] for row in beginnings] for at in range(3))
            await connection.execute(_COPY_BEGINNINGS, {**where, "new": new, "old": old, "upto": upto})
        for rows_written in _parts(self.written):
            await connection.execute(_WRITE_EXECUTION, [_execution(run_id, row) for row in rows_written])
            emissions = [one for row in rows_written for one in _emissions(run_id, row)]
            if emissions:
                await connection.execute(_WRITE_EMISSION, emissions)
            await connection.execute(_TELL, {"run": run_id, "executions": [row.execution for row in rows_written]})


def came_of(attempts: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]] | None:
    """Give what came to an execution, as its last attempt has noted it."""
    return attempts[-1].get("came") if attempts else None


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), COPIED_AT_ONCE):
        yield rows[start : start + COPIED_AT_ONCE]


def _text(caller: list[Any] | None) -> str | None:
    return None if caller is None else orjson.dumps(caller).decode()


def _execution(run_id: UUID, row: EditedRow) -> dict[str, Any]:
    return {
        "run": run_id,
        "execution": row.execution,
        "node_id": row.node_id,
        "block_id": row.block_id,
        "ordinal": row.ordinal,
        "inputs": orjson.dumps(row.inputs).decode(),
    }


def _emissions(run_id: UUID, row: EditedRow) -> Iterator[dict[str, Any]]:
    for sequence, (pin, stored) in enumerate(row.emissions):
        handle = None if stored.handle_wire is None else orjson.dumps(stored.handle_wire).decode()
        where = {"run": run_id, "execution": row.execution, "sequence": sequence, "pin": pin}
        yield {**where, "value": stored.json, "handle": handle}


@dataclass(frozen=True)
class Continuing:
    """The records of all tenants' runs, for who continues one."""

    database: Database

    async def records(self, tenant: UUID, run_id: UUID) -> RunRecords:
        """Give what a run recorded until now; raise LimitExceeded where that is more than may be taken over."""
        executions_max, emissions_max = LIMITS.continued_executions_max, LIMITS.continued_emissions_max
        where = {"tenant": tenant, "run": run_id}
        async with self.database.connect() as connection:
            facts = (await connection.execute(_FACTS, where)).one()
            rows = (await connection.execute(_EXECUTIONS, {**where, "limit": executions_max + 1})).all()
            callers = {row.caller[0] for row in rows if row.caller is not None}
            rows_wanted = [row for row in rows if row.status == "COMPLETED" or row.caller or row.execution in callers]
            wanted = [row.execution for row in rows_wanted]
            asked = {**where, "executions": wanted, "limit": emissions_max + 1}
            emissions = (await connection.execute(_EMISSIONS, asked)).all()
        if len(rows) > executions_max or len(emissions) > emissions_max:
            raise LimitExceeded(
                f"The run has more than {executions_max} node executions or {emissions_max} emissions, which is the most "
                "that may be taken over: begin it anew."
            )
        found = {
            row.execution: RecordedRow(
                row.execution,
                row.node_id,
                row.ordinal,
                row.inputs,
                came_of(row.attempts),
                row.caller,
                (row.error or {}) if row.status == "FAILED" else None,
                row.step,
            )
            for row in rows_wanted
        }
        for row in emissions:
            found[row.execution].emissions.append((row.pin, row.value, row.handle))
        failed = frozenset((row.node_id, row.ordinal) for row in rows if row.status == "FAILED")
        return RunRecords(list(found.values()), failed, facts.masks or {}, facts.continuation or {})
