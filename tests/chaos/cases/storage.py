"""F17, F19, F20: PostgreSQL is slow, read-only, or has no connection left; the API says so in time, and no run fails of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import median
from typing import Any, Final
from uuid import UUID

import httpx2

from tests.chaos.cases.agents import work
from tests.chaos.cases.frame import FAULT, OK, REFUSED, Case, CaseResult
from tests.chaos.cases.measuring import p95
from tests.chaos.cases.postgres import READ, readers
from tests.chaos.cases.world import Answered, Away, World
from tests.chaos.nemeses.afflicting import afflicted
from tests.chaos.nemeses.databases import Exhausted, HeldRows, ReadOnly, said_in_log
from tests.chaos.nemeses.network import Slow
from tests.chaos.nemeses.wires import PARTS, of_parts, wired

CATCH_UP_SECONDS_MAX: Final = 60.0
SIMPLE_SECONDS_MAX: Final = 5.0
LIVE_SECONDS_MAX: Final = 1.0
RECOVERY_SECONDS_MAX: Final = 10.0
#: `lock_timeout` of `schema.db.engine`, and some.
LOCK_SECONDS: Final = 24.0
LOCK_SAID: Final = "canceling statement due to lock timeout"
#: Until the API has made the connections that it needs then: one takes some ten ways to PostgreSQL.
WARMING_SECONDS: Final = 12.0
#: The operation that reads, as `World.ask` calls it.
READING: Final = "runs"


@asynccontextmanager
async def probed(world: World) -> AsyncIterator[list[float]]:
    """Ask the API whether it lives, twice a second inside the block; give the list of how long each answer took."""
    took: list[float] = []

    async def probe() -> bool:
        began = world.clock()
        try:
            answer = await world.http.get(f"{world.url}/healthz", timeout=20)
            took.append(world.clock() - began if answer.status_code == 200 else 20.0)
        except httpx2.TransportError:
            took.append(20.0)
        await world.passing(0.5)
        return False

    probing = asyncio.create_task(world.until(probe, 3_600))
    try:
        yield took
    finally:
        probing.cancel()
        await asyncio.wait([probing])


async def health(world: World) -> dict[str, Any]:
    """Give what the API says of its health: {status, checks}."""
    return dict((await world.http.get(f"{world.url}/readyz")).json())


async def until_over(world: World, result: CaseResult, name: str, run_ids: Sequence[UUID], healed_at: float) -> None:
    """Wait until the runs are over; that must not be late."""
    await world.until_ended(run_ids, 150)
    took = world.clock() - healed_at
    result.measure(f"{name}: all over s behind it", took)
    result.need(took <= CATCH_UP_SECONDS_MAX, "slow", f"{name}: the runs ended {took:.0f} s behind it")


def reads(world: World, outcome: str | None = None) -> list[float]:
    """Give how long the reads under the fault took, or those that ended so."""
    found = [one for one in world.operations if one.phase == FAULT and one.name == READING]
    return [one.seconds for one in found if outcome in (None, one.outcome)]


async def be_slow(world: World) -> CaseResult:
    """F17: each round trip to PostgreSQL takes half a second more; then rows of all open runs are locked for long."""
    result = CaseResult("F17", "PostgreSQL is slow, and rows are locked")
    await wired(world)
    wires = of_parts(*PARTS, servers=["postgres"])
    slow = Slow("PostgreSQL 500 ms late", wires, latency_seconds=0.25)
    # Few starts: one takes some twenty ways to PostgreSQL, so that it is given up after its 10 s, and asked again, until it heals.
    async with probed(world) as took, world.load(lambda number: work(world, number, 1, 0.1), 0.1) as run_ids:
        await world.passing(1.5)
        async with afflicted(world, slow, result), readers(world, 2):
            await world.passing(WARMING_SECONDS)
            warm_at = world.clock()
            await world.passing(60.0 if world.is_full else 20.0)
        healed_at = world.clock()
    await until_over(world, result, "slow", run_ids, healed_at)
    found = [one for one in world.operations if one.name == READING and warm_at <= one.began < healed_at]
    took_reads = [one.seconds for one in found]
    result.measure("simple queries p50 and p95 s", f"{median(took_reads):.1f}, {p95(took_reads):.1f}")
    result.need(p95(took_reads) <= SIMPLE_SECONDS_MAX, "slow", f"simple queries took {p95(took_reads):.1f} s (p95)")
    result.need(all(one.outcome == OK for one in found), "wrong", "simple queries were not answered")
    need_live(result, "slow", took)
    await hold_rows(world, result)
    return result


async def hold_rows(world: World, result: CaseResult) -> None:
    """The second half of F17: whoever wants a locked row gives up in time, and comes again."""
    before = said_in_log(world, LOCK_SAID)
    running = [await work(world, 10 * number, 2, 1.0) for number in range(4)]
    await world.until_status(running, ["RUNNING"])
    already = len(reads(world))
    async with probed(world) as took:
        async with afflicted(world, HeldRows(), result), readers(world, 2):
            await world.passing(LOCK_SECONDS)
        healed_at = world.clock()
    timed_out = said_in_log(world, LOCK_SAID) - before
    result.measure("statements that gave up on a lock", timed_out)
    result.prove("a statement gave up on a lock", timed_out > 0)
    await until_over(world, result, "locked", running, healed_at)
    found = reads(world)[already:]
    result.need(p95(found) <= SIMPLE_SECONDS_MAX, "slow", f"reads beside a lock took {p95(found):.1f} s (p95)")
    need_live(result, "locked", took)


def need_live(result: CaseResult, name: str, took: Sequence[float]) -> None:
    """Note probes of liveness that were late. One in ten may be: no prober of processes acts on one, and the machine has other
    things to do, too."""
    late = [seconds for seconds in took if seconds >= LIVE_SECONDS_MAX]
    result.measure(f"{name}: liveness probe p50 and longest s", f"{median(took):.2f}, {max(took):.2f}")
    result.need(len(late) <= max(1, len(took) // 10), "slow", f"{name}: of {len(took)} probes of liveness late: {late}")


async def be_read_only(world: World) -> CaseResult:
    """F19: writes are refused and say so, reads work, health says degraded, and no run fails of it."""
    result = CaseResult("F19", "PostgreSQL is read-only")
    async with world.load(lambda number: work(world, number, 2, 0.3), 1.5) as run_ids:
        await world.passing(2)
        await forget_uses(world)
        async with afflicted(world, ReadOnly(), result), readers(world, 3):
            await world.passing(2)
            need_degraded(result, await health(world))
            await world.passing(600.0 if world.is_full else 15.0)
            need_degraded(result, await health(world))
        healed_at = world.clock()
    await until_over(world, result, "read-only", run_ids, healed_at)
    need_refused_writes_and_reads(world, result)
    return result


async def forget_uses(world: World) -> None:
    """Have the key's next use be written down, which most reads do not do."""
    await world.sql("UPDATE api_keys SET last_used_at = now() - interval '1 hour'")


def need_degraded(result: CaseResult, said: dict[str, Any]) -> None:
    """Health says degraded, and of what."""
    result.measure("health", f"{said['status']}: {said['checks']['postgresql']}")
    result.need(said["status"] == "degraded", "wrong", f"health says {said}, not degraded")


def need_refused_writes_and_reads(world: World, result: CaseResult) -> None:
    """Writes were refused with a code that says to come again; reads were answered."""
    under = [one for one in world.operations if one.phase == FAULT]
    refused = [one for one in under if one.name != READING and one.outcome == REFUSED]
    result.measure("writes refused", len(refused))
    result.measure("refused with", refused[0].said[:160] if refused else "-")
    result.prove("a write was refused", bool(refused))
    answered, asked = len(reads(world, OK)), len(reads(world))
    result.measure("reads answered", f"{answered}/{asked}")
    result.need(answered >= 0.95 * asked, "wrong", f"only {answered} of {asked} reads were answered")


async def be_exhausted(world: World) -> CaseResult:
    """F20: somebody takes every connection, and the API lost its own: it refuses; workers keep theirs and go on."""
    result = CaseResult("F20", "no connection to PostgreSQL is left")
    running = [await work(world, 10 * number, 3, 1.0) for number in range(4)]
    await world.until_status(running, ["RUNNING"])
    async with world.load(lambda number: work(world, number, 1, 0.1), 1.0) as run_ids:
        nemesis = Exhausted(drops=("drystone api",))
        async with probed(world) as took, afflicted(world, nemesis, result), readers(world, 4):
            await world.passing(60.0 if world.is_full else 12.0)
            ended = sum(status == "COMPLETED" for status in (await world.statuses(running)).values())
        healed_at = world.clock()
        async with world.under_fault():
            await world.until(lambda: answers(world))
        recovery = world.clock() - healed_at
    result.measure("ended meanwhile, of those that ran", f"{ended}/{len(running)}")
    result.need(ended == len(running), "slow", f"only {ended} of {len(running)} runs went on without new connections")
    result.measure("the API answers again s behind it", recovery)
    result.need(recovery <= RECOVERY_SECONDS_MAX, "slow", f"the API answered only {recovery:.1f} s behind it")
    refused = [one for one in world.operations if one.phase == FAULT and one.outcome == REFUSED]
    result.measure("refused", len(refused))
    result.measure("refused with", refused[0].said[:160] if refused else "-")
    result.prove("the API refused", bool(refused))
    result.need(all(one.seconds <= RECOVERY_SECONDS_MAX + 1 for one in refused), "slow", "a refusal came late")
    need_live(result, "exhausted", took)
    await until_over(world, result, "exhausted", [*running, *run_ids], healed_at)
    return result


async def answers(world: World) -> bool:
    """Say whether three questions in a row are answered."""
    try:
        for _ in range(3):
            await world.ask(READ)
    except (Away, Answered):
        return False
    return True


CASES: Final = (
    Case("F17", "PostgreSQL is slow, and rows are locked", be_slow),
    Case("F19", "PostgreSQL is read-only", be_read_only),
    Case("F20", "no connection to PostgreSQL is left", be_exhausted),
)
