"""`./run bench --kept`: what a run leaves and takes, by kind: rows, bytes, log, history, processor time; it judges nothing.

Two kinds of ten nodes: without effects, which are fused, and with effects, each of which is a dispatch of its own. Both in turn on
one embedded stack, so that their ratio holds on a busy machine, too. The sizing page is computed from what this writes.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import orjson
from sqlalchemy import text

from bench.ours import Ours
from bench.peers.speaking import Work
from bench.processes import cpu_of
from bench.report import RESULTS, settings_of
from bench.session import Session, opened
from bench.workloads import Workload, chain, holding

FILE: Final = RESULTS / "kept.json"
NODES: Final = 10
RUNS, RUNS_QUICK, AT_ONCE = 150, 30, 25
#: Workflows that are described, of each kind.
DESCRIBED: Final = 20
_SIZES: Final = text(
    "SELECT relname, pg_total_relation_size(relid) AS size FROM pg_stat_user_tables WHERE relname <> 'alembic_version'"
)
_SERVER: Final = text(
    "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS wal, "
    "(SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()) AS commits"
)
_COUNT: Final = (
    "runs", "node_executions", "emissions", "run_outputs", "run_events", "run_logs", "region_steps", "run_orders",
)  # fmt: skip


@dataclass(frozen=True)
class Left:
    """What one run of a kind leaves and takes, as means."""

    runs: int
    #: Rows by table, and bytes of all tables with their indexes.
    rows: dict[str, float]
    bytes: float
    wal_bytes: float
    commits: float
    history_events: float
    history_bytes: float
    #: Milliseconds of processor time by process.
    cpu_ms: dict[str, float]


def kinds(runs: int) -> dict[str, Workload]:
    """Give the workloads by what they are called on the page."""
    work = Work("chain", NODES)
    one = {"nodes": NODES, "work": work, "runs": runs, "at_once": AT_ONCE}
    return {
        "without effects": Workload("K1", "chain of 10", chain(NODES), **one),  # type: ignore[arg-type]
        "with effects": Workload("K2", "10 dispatches", holding(NODES, 0), **one),  # type: ignore[arg-type]
    }


async def _seen(session: Session) -> dict[str, Any]:
    async with session.stores.engine.connect() as connection:
        server = (await connection.execute(_SERVER)).one()
        sizes = {row.relname: row.size for row in (await connection.execute(_SIZES)).all()}
        rows = {name: (await connection.execute(text(f"SELECT count(*) FROM {name}"))).scalar() for name in _COUNT}
    cpu = cpu_of(session.pids("engine", "blocks", "temporal", "postgres"))
    return {"wal": float(server.wal), "commits": server.commits, "bytes": sum(sizes.values()), "rows": rows, "cpu": cpu}


async def _left(session: Session, ours: Ours, workload: Workload) -> Left:
    await ours.sample(replace(workload, runs=AT_ONCE))
    before = await _seen(session)
    sample = await ours.sample(workload)
    after = await _seen(session)
    described = [await session.client.get_workflow_handle(key).describe() for key in sample.keys[:DESCRIBED]]
    infos = [one.raw_description.workflow_execution_info for one in described]
    count = workload.runs
    return Left(
        runs=count,
        rows={name: (after["rows"][name] - before["rows"][name]) / count for name in _COUNT},
        bytes=(after["bytes"] - before["bytes"]) / count,
        wal_bytes=(after["wal"] - before["wal"]) / count,
        commits=(after["commits"] - before["commits"]) / count,
        history_events=sum(one.history_length for one in infos) / len(infos),
        history_bytes=sum(one.history_size_bytes for one in infos) / len(infos),
        cpu_ms={name: 1e3 * (after["cpu"][name] - before["cpu"][name]) / count for name in after["cpu"]},
    )


async def measure(is_quick: bool) -> dict[str, Any]:
    """Measure both kinds; give the document."""
    chosen = kinds(RUNS_QUICK if is_quick else RUNS)
    async with opened([], list(chosen.values())) as session:
        found = {name: asdict(await _left(session, session.ours, one)) for name, one in chosen.items()}
        settings = settings_of(await session.server_version(), {})
    return {"settings": settings, "nodes": NODES, "kinds": found}


def main(is_quick: bool) -> int:
    """Measure, print, and write where it is a whole measurement."""
    document = asyncio.run(measure(is_quick))
    data = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    print(data.decode())
    if not is_quick:
        FILE.write_bytes(data + b"\n")
    return 0
