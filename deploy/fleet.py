"""`python -m deploy.fleet [--json] [--watch]`: shows what of an installation works; it changes nothing.

It looks at the servers that the settings name, or else at the running embedded stack's.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.service import RPCError

from api.fleet.queues import Poller, QueueHealth
from api.fleet.view import FleetView, look_at_fleet
from api.temporal import Temporal
from deploy.connecting import client_of
from deploy.doctor import located
from deploy.ending import leave, run_until_interrupted, status_of
from deploy.settings import Settings
from deploy.versions import EngineVersion, versions
from schema.db.engine import make_engine
from schema.db.processes import KnownProcess
from schema.errors import Unavailable

WATCH_SECONDS: Final = 2.0
POOL_SIZE: Final = 3


@dataclass(frozen=True)
class Shown:
    """What is shown: the fleet, and the engine's versions."""

    view: FleetView
    versions: Sequence[EngineVersion] | None


async def look(engine: AsyncEngine, temporal: Temporal, deployment: str) -> Shown:
    """Look once."""
    view = await look_at_fleet(engine, temporal)
    try:
        async with temporal.client() as client:
            return Shown(view, await versions(client, deployment))
    except (Unavailable, RPCError):
        return Shown(view, None)


async def run(settings: Settings, *, is_json: bool, is_watching: bool) -> int:
    """Show the fleet, once or again and again."""
    found = await located(settings)
    assert found.database_url is not None
    engine = make_engine(found.database_url, pool_size=POOL_SIZE, application_name="drystone fleet")
    temporal = Temporal(lambda: client_of(found, is_lazy=True))
    console = Console(soft_wrap=True, highlight=False)
    try:
        if not is_watching:
            seen = await look(engine, temporal, found.deployment)
            print(as_json(seen).decode()) if is_json else console.print(tables(seen))
            return 0 if seen.view.queues is not None and seen.view.processes is not None else 1
        with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
            while True:
                seen = await look(engine, temporal, found.deployment)
                if is_json:
                    print(orjson.dumps(document(seen)).decode(), flush=True)
                else:
                    live.update(tables(seen), refresh=True)
                await asyncio.sleep(WATCH_SECONDS)
    finally:
        await engine.dispose()


# For programs


def as_json(seen: Shown) -> bytes:
    return orjson.dumps(document(seen), option=orjson.OPT_INDENT_2)


def document(seen: Shown) -> dict[str, Any]:
    """Give the fleet as JSON has it; null: that server is away."""
    view = seen.view
    return {
        "queues": view.queues and [_queue(one) for one in view.queues],
        "processes": None if view.processes is None else [_process(one) for one in view.processes],
        "runs": view.census and dict(view.census.states),
        "outbox": view.census and {"runs": view.census.outbox_runs, "seconds": view.census.outbox_seconds},
        "versions": None if seen.versions is None else [asdict(one) for one in seen.versions],
    }


def _queue(one: QueueHealth) -> dict[str, Any]:
    return {**asdict(one), "pollers": [{**asdict(each), "pid": each.pid, "host": each.host} for each in one.pollers]}


def _process(one: KnownProcess) -> dict[str, Any]:
    return {
        **asdict(one.process),
        "id": str(one.process.id),
        "started_at": one.started_at,
        "seen_at": one.seen_at,
        "silent_seconds": round(one.silent_seconds, 1),
        "is_silent": one.is_silent,
    }


# For people


def tables(seen: Shown) -> Group:
    """Give the fleet as tables."""
    view = seen.view
    parts: list[Table | Text] = []
    if view.queues is None:
        parts.append(Text("Temporal is away: queues and versions are not known.", "red"))
    else:
        parts.append(_table("queue workers slots waiting oldest in/s out/s", map(_queue_cells, view.queues)))
    if view.processes is None or view.census is None:
        parts.append(Text("PostgreSQL is away: processes and runs are not known.", "red"))
    else:
        parts.append(_table("process version build roles seen", map(_process_cells, view.processes)))
        runs = ", ".join(f"{count} {state}" for state, count in view.census.states.items() if count)
        waits = f"; {view.census.outbox_runs} wait to be started" if view.census.outbox_runs else ""
        parts.append(Text(f"Open runs: {runs or 'none'}{waits}."))
    if seen.versions:
        cells = ((one.build_id, one.state, f"{one.percent:g} %", str(one.open_runs)) for one in seen.versions)
        parts.append(_table("build state new_runs open_runs", cells))
    return Group(*parts)


def _table(columns: str, rows: Iterable[Sequence[str]]) -> Table:
    table = Table(*(name.replace("_", " ") for name in columns.split()), box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for cells in rows:
        table.add_row(*map(Text, cells))
    return table


def _queue_cells(queue: QueueHealth) -> Sequence[str]:
    workers = ", ".join(_poller_text(one) for one in queue.pollers) or "NONE"
    known = [one.slots for one in queue.pollers if one.slots is not None]
    slots = f"{sum(one.used for one in known)}/{sum(one.used + one.available for one in known)}" if known else "?"
    oldest = f"{queue.backlog_seconds:.0f} s" if queue.backlog else ""
    return queue.name, workers, slots, str(queue.backlog), oldest, f"{queue.rate_in:.1f}", f"{queue.rate_out:.1f}"


def _poller_text(poller: Poller) -> str:
    return poller.identity if poller.build_id is None else f"{poller.identity} ({poller.build_id})"


def _process_cells(known: KnownProcess) -> Sequence[str]:
    one = known.process
    seen = f"SILENT for {known.silent_seconds:.0f} s" if known.is_silent else f"{known.silent_seconds:.0f} s ago"
    return f"{one.pid}@{one.host}", one.version, one.build_id or "", ", ".join(one.roles), seen


def main() -> int:
    words = sys.argv[1:]
    return run_until_interrupted(run(Settings(), is_json="--json" in words, is_watching="--watch" in words))


if __name__ == "__main__":
    leave(status_of(main))
