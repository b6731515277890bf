"""F09 to F11: PostgreSQL dies, one of its backends dies, it comes and goes; nothing acknowledged is lost, and pools heal."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tests.chaos.cases.agents import work
from tests.chaos.cases.frame import AWAY, FAULT, OK, REFUSED, Case, CaseResult
from tests.chaos.cases.measuring import p95, seconds_of
from tests.chaos.cases.world import Answered, Away, World
from tests.chaos.nemesis import WORKERS
from tests.durable.waiting import eventually

#: How much longer than PostgreSQL itself a client may be without an answer.
WINDOW_MORE_SECONDS_MAX: Final = 5.0
PROCESSES: Final = (*WORKERS, "api", "temporal")
READ: Final = "query { runs(first: 3) { nodes { id status } } }"


@asynccontextmanager
async def readers(world: World, per_second: float) -> AsyncIterator[None]:
    """Read by the API at a rate inside the block; each question is asked once."""
    stopped = asyncio.Event()
    tasks: list[asyncio.Task[None]] = []

    async def read() -> None:
        try:
            await world.ask(READ)
        except (Away, Answered):
            return  # It is counted.

    async def go() -> None:
        while not stopped.is_set():
            tasks.append(asyncio.create_task(read()))
            await world.passing(1 / per_second)

    going = asyncio.create_task(go())
    try:
        yield
    finally:
        stopped.set()
        await going
        await asyncio.gather(*tasks)


def window(world: World) -> float:
    """Give the seconds between the first and the last question under the fault that was not answered, its wait included."""
    bad = [one for one in world.operations if one.phase == FAULT and one.outcome in (AWAY, REFUSED)]
    return max(one.began + one.seconds for one in bad) - min(one.began for one in bad) if bad else 0.0


async def die(world: World) -> CaseResult:
    """F09: kill -9 the postmaster and its children, under load."""
    result = CaseResult("F09", "PostgreSQL is killed")
    pids = {part: world.stack.pid(part) for part in PROCESSES}
    async with world.under_fault(), readers(world, 8):
        async with world.load(lambda number: work(world, number, 2, 0.3), 3.0) as run_ids:
            await world.passing(3)
            killed_at = world.clock()
            dead = await world.kill("postgres")
            result.prove("the postmaster and its backends died", len(dead) > 1)
            await world.reborn(["postgres"], dead)
            await world.sql("SELECT 1")
            down = world.clock() - killed_at
            await world.passing(4)
        await world.until_ended(run_ids)
    result.measure("PostgreSQL away s", down)
    result.measure("clients without an answer s", window(world))
    result.need(
        window(world) <= down + WINDOW_MORE_SECONDS_MAX, "slow", f"clients had no answer for {window(world):.1f} s"
    )
    result.need(pids == {part: world.stack.pid(part) for part in PROCESSES}, "wrong", "a process did not outlive it")
    return result


async def lose_a_backend(world: World) -> CaseResult:
    """F10: kill -9 one backend: PostgreSQL resets every connection, and nobody has to be started again. A read that was refused
    meanwhile succeeds when it is asked once more as soon as PostgreSQL answers."""
    result = CaseResult("F10", "a backend of PostgreSQL is killed")
    pids = {part: world.stack.pid(part) for part in (*PROCESSES, "postgres")}
    failed_twice = 0

    async def read_with_one_retry(is_back: asyncio.Event) -> None:
        nonlocal failed_twice
        try:
            await world.ask(READ)
        except Away:
            await is_back.wait()
            try:
                await world.ask(READ)
            except Away:
                failed_twice += 1

    async with world.under_fault():
        async with world.load(lambda number: work(world, number, 2, 0.3), 2.0) as run_ids:
            for _ in range(10 if world.is_full else 3):
                await world.passing(1.5)
                rows = await world.sql(
                    "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'drystone%' ORDER BY pid"
                )
                before = ready_count(world)
                os.kill(world.choice.choice([row.pid for row in rows]), signal.SIGKILL)
                began = world.clock()
                is_back = asyncio.Event()
                reading = [asyncio.create_task(read_with_one_retry(is_back)) for _ in range(4)]
                # Before PostgreSQL has noticed, it still answers: back it is when it says so.
                await eventually(lambda before=before: ready_count(world) > before, seconds=30)
                await world.sql("SELECT 1")
                is_back.set()
                result.measure(
                    "longest reset s", max(world.clock() - began, float(result.figures.get("longest reset s", 0)))
                )
                await asyncio.gather(*reading)
        await world.until_ended(run_ids)
    log = (world.stack.data_dir / "logs" / "postgres.log").read_text(errors="replace")
    result.prove("PostgreSQL reset all connections", "terminated by signal 9" in log)
    result.measure("reads that failed twice", failed_twice)
    result.need(not failed_twice, "wrong", f"{failed_twice} reads failed also when asked again")
    now = {part: world.stack.pid(part) for part in (*PROCESSES, "postgres")}
    result.need(pids == now, "wrong", f"a process did not outlive it: {pids}, now {now}")
    return result


def ready_count(world: World) -> int:
    """Give how often PostgreSQL has said that it is ready."""
    log = (world.stack.data_dir / "logs" / "postgres.log").read_text(errors="replace")
    return log.count("database system is ready to accept connections")


async def come_and_go(world: World) -> CaseResult:
    """F11: PostgreSQL is stopped again and again, for moments, under load."""
    result = CaseResult("F11", "PostgreSQL comes and goes")
    seconds, rate, longest = (600.0, 3.4, 40.0) if world.is_full else (24.0, 2.0, 7.0)
    over, stops = world.clock() + seconds, 0
    async with world.under_fault():
        async with world.load(lambda number: work(world, number, 2, 0.2), rate) as run_ids:
            while world.clock() < over:
                await world.passing(world.choice.uniform(5 if world.is_full else 3, longest))
                # By turns with its own stop, which breaks sessions off, and with -9.
                await world.down("postgres", how=signal.SIGINT if stops % 2 else signal.SIGKILL)
                stops += 1
                await world.passing(world.choice.uniform(0.05, 2))
                await world.up("postgres")
        await world.until_ended(run_ids, 180)
    result.prove("PostgreSQL was stopped", stops >= (10 if world.is_full else 3))
    result.measure("stops", stops)
    result.measure("p95 of a run s", p95(await seconds_of(world, run_ids)))
    result.measure("asked, at once", f"{sum(one.outcome == OK for one in world.operations)}/{len(world.operations)}")
    return result


CASES = (
    Case("F09", "PostgreSQL is killed", die, is_short=True),
    Case("F10", "a backend of PostgreSQL is killed", lose_a_backend, is_short=True),
    Case("F11", "PostgreSQL comes and goes", come_and_go, is_short=True),
)
