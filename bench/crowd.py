"""W8: thousands of queued runs of one tenant, and one run of another in the middle: how soon is that one over? Ours only.

The queued runs are copies, row by row, of one that was accepted and not started, so the queue is there at once. The draining is
watched until it ends, or for so long; the rate is of what ended.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from bench.processes import cpu_of, forget_peak, peak_mebibytes
from bench.session import OURS, Session
from bench.workloads import Workload
from schema.ids import LOCAL_TENANT
from tests.durable.waiting import eventually

FOREIGN: Final = UUID("00000000-0000-7000-8000-00000000f0e1")
#: The part of the queue that has ended when the foreign run comes.
MIDDLE: Final = 0.05
FAR_SECONDS: Final = 86_400.0
TABLES: Final = ("runs", "node_executions", "emissions", "run_events")
_COLUMNS: Final = text(
    "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND table_name = 'runs' AND is_generated = 'NEVER'"
)
_COPY: Final = """
INSERT INTO runs ({columns})
SELECT {columns} FROM (
  SELECT (jsonb_populate_record(r, jsonb_build_object('id', g.id, 'root_run_id', g.id, 'idempotency_key', NULL,
          'created_at', clock_timestamp(), 'start_after', now()))).*
  FROM runs r, (SELECT gen_random_uuid() AS id FROM generate_series(1, :count)) g WHERE r.id = :template) AS made
"""
_ENDED: Final = text(
    "SELECT count(*) FROM runs WHERE graph_id = :graph AND tenant_id = :tenant AND status = 'COMPLETED'"
)
_FAILED: Final = text(
    "SELECT count(*) FROM runs WHERE graph_id = :graph AND tenant_id = :tenant AND status IN ('FAILED', 'TERMINATED')"
)


@dataclass(frozen=True)
class Crowd:
    """What was seen."""

    queued: int
    ended: int
    failed: int
    drained_seconds: float
    #: Of the foreign run: from its acceptance until it was told to be over.
    foreign_seconds: float
    foreign_alone_seconds: float
    cpu_ms_per_run: dict[str, float]
    peak_mebibytes: dict[str, float]
    rows: dict[str, int]

    @property
    def runs_per_second(self) -> float:
        return self.ended / self.drained_seconds

    def to_wire(self) -> dict[str, Any]:
        return {**asdict(self), "runs_per_second": self.runs_per_second}


async def crowd(session: Session, workload: Workload, count: int, seconds: float) -> Crowd:
    """Queue so many, watch the foreign one, and then the draining for so long at the most."""
    ours, clock = session.ours, asyncio.get_running_loop().time
    alone = await _foreign(session, workload)
    template = await ours.accept(workload, after_seconds=FAR_SECONDS)
    pids = session.pids(*OURS, "temporal", "postgres")
    for pid in pids.values():
        forget_peak(pid)
    where = {"graph": template.graph_id, "tenant": LOCAL_TENANT}
    before, rows, began = cpu_of(pids), await _rows(session), clock()
    await _queue(session, template.id, count)
    await eventually(lambda: _is_at(session, where, count * MIDDLE), seconds=seconds, pause_seconds=0.1)
    foreign = await _foreign(session, workload)
    ended = await _drained(session, where, count, began + seconds)
    taken, after = clock() - began, cpu_of(pids)
    failed = await _count(session, _FAILED, where)
    return Crowd(
        queued=count,
        ended=ended,
        failed=failed,
        drained_seconds=taken,
        foreign_seconds=foreign,
        foreign_alone_seconds=alone,
        cpu_ms_per_run={name: (after[name] - before[name]) / max(1, ended) * 1e3 for name in pids},
        peak_mebibytes={name: peak_mebibytes(pid) for name, pid in pids.items()},
        rows={name: number - rows[name] for name, number in (await _rows(session)).items()},
    )


async def _foreign(session: Session, workload: Workload) -> float:
    run = await session.ours.accept(workload, tenant=FOREIGN)
    return await session.ours.end_of(run) - run.created_at.timestamp()


async def _queue(session: Session, template: UUID, count: int) -> None:
    async with session.stores.engine.begin() as connection:
        columns = (await connection.execute(_COLUMNS)).scalar()
        await connection.execute(text(_COPY.format(columns=columns)), {"count": count, "template": template})
        await connection.execute(text("SELECT pg_notify('drystone_runs', :run)"), {"run": str(template)})


async def _drained(session: Session, where: dict[str, Any], count: int, deadline: float) -> int:
    """Watch the queue until it is empty, or until the deadline; give how many have ended."""
    clock = asyncio.get_running_loop().time

    async def is_over() -> bool:
        return clock() >= deadline or await _is_at(session, where, count)

    await eventually(is_over, seconds=max(1.0, deadline - clock()) + 60, pause_seconds=0.25)
    return await _count(session, _ENDED, where)


async def _is_at(session: Session, where: dict[str, Any], count: float) -> bool:
    return await _count(session, _ENDED, where) >= count


async def _count(session: Session, statement: Any, where: dict[str, Any]) -> int:
    async with session.stores.engine.connect() as connection:
        return int((await connection.execute(statement, where)).scalar() or 0)


async def _rows(session: Session) -> dict[str, int]:
    return {table: await _count(session, text(f"SELECT count(*) FROM {table}"), {}) for table in TABLES}
