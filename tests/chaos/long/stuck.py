"""The stuck detector: a run that has not moved for a minute while nothing is wrong is told, with all that may say why; no mending.

Its clock stands still while a fault is in force or is being healed, so that only the platform's own idleness counts.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from temporalio.service import RPCError

from tests.chaos.cases.invariants import chain_of
from tests.chaos.cases.world import World
from tests.chaos.long.jobs import Jobs
from tests.chaos.nemesis import WORKERS
from tests.chaos.oracle import ENDED, Violation

LOOK_SECONDS: Final = 2.0
STILL_SECONDS_MAX: Final = 60.0
#: Where more runs than these move from look to look, one that does not may stand in line behind them, for three times as long: two
#: processors work off what came together while they were down. A window's end waits until nothing else moves.
MOVING_MAX: Final = 3
IN_LINE_PART: Final = 1 / 3
#: Dumps of one session: the first ones tell, and a disk is not endless.
DUMPS_MAX: Final = 12
LOG_LINES: Final = 400
LOG_BYTES: Final = 200_000
#: Until a process has written its stacks.
STACKS_SECONDS: Final = 1.0

_STATE: Final = text(
    "SELECT r.id, r.status, (SELECT count(*) FROM emissions e WHERE e.run_id = ANY(t.ids)) AS said, "
    "(SELECT coalesce(sum(fence % 1000 + step), 0) FROM node_executions n WHERE n.run_id = ANY(t.ids)) AS moved "
    "FROM runs r CROSS JOIN LATERAL "
    "(SELECT array_agg(c.id) AS ids FROM runs c WHERE c.root_run_id = r.id) t WHERE r.id = ANY(:ids)"
)
_ACTIVITY: Final = "SELECT to_jsonb(a) AS row FROM pg_stat_activity a WHERE backend_type = 'client backend'"
_LOCKS: Final = "SELECT to_jsonb(l) AS row FROM pg_locks l WHERE NOT granted OR mode LIKE '%Exclusive%'"
_RUNS: Final = "SELECT to_jsonb(r) AS row FROM runs r WHERE root_run_id = :id"
_EXECUTIONS: Final = (
    "SELECT to_jsonb(n) AS row FROM node_executions n JOIN runs r ON r.id = n.run_id WHERE r.root_run_id = :id "
    "ORDER BY n.run_id, n.execution"
)
_ORDERS: Final = "SELECT to_jsonb(o) AS row FROM run_orders o JOIN runs r ON r.id = o.run_id WHERE r.root_run_id = :id"


class Detector:
    """The detector of a session."""

    def __init__(self, world: World, jobs: Jobs, folder: Path, is_calm: Callable[[], bool]) -> None:
        self.world, self.jobs, self.folder, self._is_calm = world, jobs, folder, is_calm
        self.found: list[Violation] = []
        self.dumps: list[Path] = []
        self._seen: dict[UUID, tuple[Any, float]] = {}
        self._told: set[UUID] = set()

    @property
    def is_all_over(self) -> bool:
        """Say whether every run is over, but those of which it was told that they are stuck."""
        return not self.jobs.open - self._told

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        clock = self.world.clock
        last = clock()
        while True:
            await self.world.passing(LOOK_SECONDS)
            was_calm = self._is_calm()
            rows = await self.world.sql(_STATE, ids=list(self.jobs.open))
            now = clock()
            calm_seconds = now - last if was_calm and self._is_calm() else 0.0
            last = now
            moved = sum(self._has_moved(row) for row in rows)
            for row in rows:
                await self._look(row, calm_seconds, is_busy=moved > MOVING_MAX)

    def _has_moved(self, row: Any) -> bool:
        before = self._seen.get(row.id)
        return before is None or before[0] != (row.status, row.said, row.moved)

    async def _look(self, row: Any, calm_seconds: float, *, is_busy: bool) -> None:
        if row.status in ENDED:
            self.jobs.open.discard(row.id)
            self._seen.pop(row.id, None)
            return
        state = (row.status, row.said, row.moved)
        before, still = self._seen.get(row.id, (None, 0.0))
        still = still + calm_seconds * (IN_LINE_PART if is_busy else 1.0) if before == state else 0.0
        self._seen[row.id] = (state, still)
        if still > STILL_SECONDS_MAX and row.id not in self._told:
            self._told.add(row.id)
            place = await self.dump(row.id, "stuck")
            self.found.append(
                Violation("stuck", f"run {row.id} is {row.status} and has not moved for {still:.0f} s: {place}")
            )

    async def dump(self, run_id: UUID, why: str) -> Path | str:
        """Keep what may say why a run is as it is; give the folder."""
        if len(self.dumps) >= DUMPS_MAX:
            return "no dump: there are enough"
        place = self.folder / f"{why}-{run_id}"
        place.mkdir(parents=True, exist_ok=True)
        self.dumps.append(place)
        await self._dump_rows(place, run_id)
        await self._dump_workflow(place, run_id)
        await dump_processes(self.world, place)
        return place.relative_to(self.world.folder)

    async def _dump_rows(self, place: Path, run_id: UUID) -> None:
        named = {"runs": _RUNS, "executions": _EXECUTIONS, "orders": _ORDERS}
        for name, statement in named.items():
            _write(place / f"{name}.json", await self.world.sql(statement, id=run_id))
        for name, statement in {"activity": _ACTIVITY, "locks": _LOCKS}.items():
            _write(place / f"{name}.json", await self.world.sql(statement))

    async def _dump_workflow(self, place: Path, run_id: UUID) -> None:
        try:
            described = await self.world.handle(run_id).describe()
            (place / "described.txt").write_text(str(described.raw_description))
            for number, history in enumerate(await chain_of(self.world, run_id)):
                (place / f"history-{number}.json").write_text(history.to_json())
        except RPCError as error:
            (place / "described.txt").write_text(f"Temporal says: {error}")


async def dump_processes(world: World, place: Path) -> None:
    """Have our processes write where their threads and tasks stand, and keep the ends of all logs."""
    for part in (*WORKERS, "api"):
        pid = world.stack.pid(part)
        if pid is not None:
            for number in (signal.SIGUSR2, signal.SIGUSR1):
                _tell(pid, number)
    await asyncio.wait([asyncio.create_task(world.passing(STACKS_SECONDS))])
    for log in sorted((world.folder / "logs").glob("*.log")):
        (place / log.name).write_text("\n".join(last_lines(log)))


def _tell(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass  # It died in this moment; its log says of what.


def last_lines(log: Path) -> Sequence[str]:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LOG_BYTES))
        return file.read().decode(errors="replace").splitlines()[-LOG_LINES:]


def _write(path: Path, rows: Sequence[Any]) -> None:
    path.write_bytes(orjson.dumps([row.row for row in rows], default=str, option=orjson.OPT_INDENT_2))
