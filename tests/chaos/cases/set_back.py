"""F45: PostgreSQL is set back to an earlier state and Temporal is not; each run that does not match is repaired or said lost."""

from __future__ import annotations

import asyncio
import shutil
import signal
from pathlib import Path
from typing import Final
from uuid import UUID

from temporalio.service import RPCError

from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.versions import begin, until_parked, wake, wake_children
from tests.chaos.cases.world import World
from tests.chaos.nemesis import WORKERS
from tests.chaos.suite import insist

#: A workflow without a row is ended a minute after it was seen.
ORPHAN_SECONDS_MAX: Final = 120.0
_ERRORS: Final = "SELECT id, status, error FROM runs WHERE id = ANY(:ids)"


async def set_back(world: World) -> CaseResult:
    """F45: copy PostgreSQL's folder while it is down, let runs begin, go on and end, and put the copy in its place."""
    result = CaseResult("F45", "PostgreSQL is set back, Temporal is not")
    judged = list(world.acknowledged)
    await world.until_ended([one.run_id for one in judged])
    still, midway, over = await begin(world, 3)
    command = world.child("postgres").spec.command
    folder = Path(command[command.index("-D") + 1])
    earlier = folder.with_name(f"{folder.name}.earlier")
    await _swap(world, folder, earlier)
    late = await begin(world, 1)
    await wake(world, [over])
    await world.until_ended([over], 120)
    await world.handle(midway).signal("event", {"name": "go", "payload": 1})
    await _until_child(world, midway)
    async with world.under_fault():
        await _swap(world, earlier, folder, is_final=True)
    found = await world.statuses([still, midway, over, *late])
    result.prove("PostgreSQL is as it was", late[0] not in found and set(found.values()) <= {"RUNNING", "FAILED"})
    # What was lost with the rows cannot be judged by them; what is left is judged here.
    world.acknowledged = judged
    began = world.clock()
    await world.handle(still).signal("event", {"name": "go", "payload": 1})
    await wake_children(world, [still])
    await world.until_ended([still, over], 120)
    rows = {row.id: row for row in await world.sql(_ERRORS, ids=[still, over])}
    result.need(rows[still].status == "COMPLETED", "wrong", f"what still waited is {rows[still]}")
    said = rows[over].error or {}
    result.need(said.get("code") == "LOST", "wrong", f"what was over is {rows[over]}")
    await world.until(lambda: _is_closed(world, late[0]), ORPHAN_SECONDS_MAX)
    result.measure("until the workflow without a row ended s", world.clock() - began)
    await world.until_ended([midway], ORPHAN_SECONDS_MAX)
    (row,) = await world.sql(_ERRORS, ids=[midway])
    result.need(row.status == "FAILED", "wrong", f"a run whose child is lost is {row}")
    result.measure("until all was repaired or said s", world.clock() - began)
    return result


async def _swap(world: World, source: Path, target: Path, *, is_final: bool = False) -> None:
    """Copy PostgreSQL's folder while nothing runs on it; the last time the workers are down, too."""
    parts = (*WORKERS, "postgres") if is_final else ("postgres",)
    await world.down(*parts, how=signal.SIGINT if not is_final else signal.SIGKILL)
    shutil.rmtree(target, ignore_errors=True)
    # With its owner, who is not always us.
    copying = await asyncio.create_subprocess_exec("cp", "-a", str(source), str(target))
    assert await copying.wait() == 0
    if is_final:
        shutil.rmtree(source)
    await world.up("postgres")
    await world.up(*WORKERS)


async def _until_child(world: World, run_id: UUID) -> None:
    async def child() -> list[UUID]:
        return [row.id for row in await world.sql("SELECT id FROM runs WHERE parent_run_id = :id", id=run_id)]

    await until_parked(world, await world.until(child, 60))


async def _is_closed(world: World, run_id: UUID) -> bool:
    described = await insist(world.handle(run_id).describe, (RPCError,))
    return described.status is not None and described.status.name != "RUNNING"


CASES: Final = (Case("F45", "PostgreSQL is set back, Temporal is not", set_back),)
