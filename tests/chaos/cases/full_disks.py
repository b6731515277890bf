"""F18 and F21: a disk of PostgreSQL or of Temporal is full; what cannot be written waits, and ends when there is room again."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any, Final
from uuid import uuid4

from schema.graph import write_graph
from tests.chaos.cases.agents import work
from tests.chaos.cases.frame import FAULT, OK, Case, CaseResult
from tests.chaos.cases.measuring import p95
from tests.chaos.cases.postgres import readers
from tests.chaos.cases.storage import forget_uses, health, need_degraded, need_refused_writes_and_reads, until_over
from tests.chaos.cases.world import IMPORT, Answered, Away, World
from tests.chaos.nemeses.afflicting import afflicted
from tests.chaos.nemeses.disks import FullDisk, FullLogDisk, FullTemporalDisk, can_mount, full_data_disk
from tests.durable.graphs import an_output, make_graph

#: Bytes of a text that no page of a table has room for.
LARGE_BYTES: Final = 60_000
START_SECONDS_MAX: Final = 2.0
NO_MOUNTS: Final = "no file system can be mounted here: that takes root"


async def fill_postgres(world: World) -> CaseResult:
    """F18: first no table can grow: writes that need room are refused, all else goes on. Then the log cannot: PostgreSQL stops."""
    result = CaseResult("F18", "PostgreSQL's disk is full")
    if not can_mount():
        result.skipped = NO_MOUNTS
        return result
    async with AsyncExitStack() as leaving:
        data, log = full_data_disk(), FullLogDisk()
        for disk in (data, log):
            # In calm: that stops PostgreSQL.
            await disk.set_up(world)
            leaving.push_async_callback(disk.withdraw, world)
        await world.heal()
        await fill_data(world, result, data)
        await fill_log(world, result, log)
    return result


async def fill_data(world: World, result: CaseResult, disk: FullDisk) -> None:
    """Have no room for tables under load."""
    async with world.load(lambda number: work(world, number, 2, 0.3), 1.5) as run_ids:
        await world.passing(2)
        await forget_uses(world)
        async with afflicted(world, disk, result), readers(world, 3):
            await use_up(world)
            need_degraded(result, await health(world))
            await world.passing(60.0 if world.is_full else 10.0)
            need_degraded(result, await health(world))
        healed_at = world.clock()
    await until_over(world, result, "data disk", run_ids, healed_at)
    need_refused_writes_and_reads(world, result)


async def use_up(world: World) -> None:
    """Have the API write what needs room, until it is refused."""

    async def is_refused() -> bool:
        try:
            await world.ask(IMPORT, input={"document": a_large_agent()})
        except Away:
            return True
        except Answered:
            return False
        return False

    await world.until(is_refused, 30)


def a_large_agent() -> dict[str, Any]:
    """Give an agent, another one each time, whose text cannot be pressed together."""
    text = "".join(uuid4().hex for _ in range(LARGE_BYTES // 32))
    nodes: dict[str, Any] = {"out": an_output()}
    return write_graph(make_graph(nodes, id=str(uuid4()), name="large", description=text))


async def fill_log(world: World, result: CaseResult, disk: FullDisk) -> None:
    """Have no room for the write-ahead log under load: PostgreSQL stops, and comes back by itself when there is room."""
    async with world.load(lambda number: work(world, number, 2, 0.3), 1.0) as run_ids:
        await world.passing(2)
        async with afflicted(world, disk, result):
            said = await health(world)
            result.need(said["status"] == "unavailable", "wrong", f"health says {said} without PostgreSQL")
            await world.passing(60.0 if world.is_full else 6.0)
        healed_at = world.clock()
        async with world.under_fault():
            await world.sql("SELECT 1")
            await world.heal()
        result.measure("PostgreSQL back s behind it", world.clock() - healed_at)
    await until_over(world, result, "log disk", run_ids, healed_at)


async def fill_temporal(world: World) -> CaseResult:
    """F21: Temporal cannot write: starts are accepted, and quickly; they run when there is room."""
    result = CaseResult("F21", "Temporal's disk is full")
    if not can_mount():
        result.skipped = NO_MOUNTS
        return result
    disk = FullTemporalDisk()
    try:
        await disk.set_up(world)
        await world.heal()
        async with world.load(lambda number: work(world, number, 2, 0.3), 2.0) as run_ids:
            await world.passing(2)
            async with afflicted(world, disk, result):
                await world.passing(60.0 if world.is_full else 15.0)
            healed_at = world.clock()
        starts = [one for one in world.operations if one.phase == FAULT and one.name == "startRun"]
        result.measure("starts p95 s", p95([one.seconds for one in starts]))
        result.measure("starts accepted", f"{sum(one.outcome == OK for one in starts)}/{len(starts)}")
        result.need(p95([one.seconds for one in starts]) <= START_SECONDS_MAX, "slow", "starts were answered late")
        await until_over(world, result, "Temporal's disk", run_ids, healed_at)
    finally:
        await disk.withdraw(world)
    return result


CASES: Final = (
    Case("F18", "PostgreSQL's disk is full", fill_postgres),
    Case("F21", "Temporal's disk is full", fill_temporal),
)
