"""F14 to F16: the network between parts and servers is cut, half-open, reset or slow; who is cut off comes back by itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson

from tests.chaos.cases.agents import work
from tests.chaos.cases.frame import FAULT, Case, CaseResult
from tests.chaos.cases.measuring import p95
from tests.chaos.cases.postgres import PROCESSES, readers
from tests.chaos.cases.workers import hit_of
from tests.chaos.cases.world import World
from tests.chaos.nemeses.afflicting import afflicted
from tests.chaos.nemeses.network import Cut, Network, Refused, Reset, Slow, workers_and
from tests.chaos.nemeses.wires import ALL, PARTS, wired

#: Until every run is over behind a fault: what a worker had in hand is missed by its heart after 5 s, and goes to another one.
CATCH_UP_SECONDS_MAX: Final = 60.0
#: Of one worker, over the length of a fault.
ATTEMPTS_PER_SECOND_MAX: Final = 5.0
#: Of one process: its pool, and what listens beside it.
CONNECTIONS_MAX: Final = 10 + 3


async def cut_temporal(world: World) -> CaseResult:
    """F14: workers do not reach Temporal for a while; PostgreSQL they do. One runs a node when it happens."""
    result = CaseResult("F14", "the network between workers and Temporal is cut")
    await wired(world)
    pids = pids_of_processes(world)
    async with world.load(lambda number: work(world, number, 2, 0.2), 2.0) as run_ids:
        await world.passing(2)
        struck = await work(world, 100, 2, 1.0)
        await hit_of(world, struck)
        async with afflicted(world, Cut("workers and Temporal cut", workers_and("temporal")), result):
            await world.passing(60.0 if world.is_full else 15.0)
        healed_at = world.clock()
    await world.until_ended([*run_ids, struck], 120)
    result.measure("all over s behind it", world.clock() - healed_at)
    result.need(world.clock() - healed_at <= CATCH_UP_SECONDS_MAX, "slow", "the runs ended late")
    need_alive(world, result, pids)
    return result


async def cut_postgres(world: World) -> CaseResult:
    """F15: workers do not reach PostgreSQL: their wires are cut, then each connection is reset, then nobody listens."""
    result = CaseResult("F15", "the network between workers and PostgreSQL is cut")
    await wired(world)
    pids = pids_of_processes(world)
    seconds = 60.0 if world.is_full else 8.0
    wires = workers_and("postgres")
    ways: list[Network] = [
        Cut("workers and PostgreSQL cut", wires),
        Reset("connections to PostgreSQL reset", wires, is_for_ever=True),
        Refused("connections to PostgreSQL refused", wires),
    ]
    for nemesis in ways:
        async with world.load(lambda number: work(world, number, 2, 0.2), 2.0) as run_ids:
            await world.passing(1.5)
            async with afflicted(world, nemesis, result):
                await world.passing(seconds)
            healed_at = world.clock()
        await world.until_ended(run_ids, 120)
        took = world.clock() - healed_at
        result.measure(f"{nemesis.name}: all over s behind it", took)
        result.need(took <= CATCH_UP_SECONDS_MAX, "slow", f"{nemesis.name}: the runs ended late")
        if not isinstance(nemesis, Refused):  # Nobody sees who asks where nobody listens.
            judge_attempts(result, nemesis, seconds)
    need_alive(world, result, pids)
    return result


def judge_attempts(result: CaseResult, nemesis: Network, seconds: float) -> None:
    """Note how often each worker asked for a connection while it could have none."""
    rates = {wire[0]: len(seen.accepted) / seconds for wire, seen in nemesis.seen.items()}
    result.measure(f"{nemesis.name}: attempts a second of a worker, most", max(rates.values()))
    result.measure(f"{nemesis.name}: most within one second", nemesis.attempts_per_second())
    result.need(max(rates.values()) < ATTEMPTS_PER_SECOND_MAX, "wrong", f"{nemesis.name}: connections stormed: {rates}")


async def bad_links(world: World) -> CaseResult:
    """F16: links to both servers are half-open, break again and again, are slow: nothing piles up, what is too late says so."""
    result = CaseResult("F16", "links are half-open, break, or are slow")
    await wired(world)
    pids, logs = pids_of_processes(world), log_sizes(world)
    seconds = 60.0 if world.is_full else 10.0
    ways: Mapping[str, Network] = {
        "half-open": Cut("links half-open", ALL, ways=("down",)),
        "reset": Reset("links reset", ALL),
        "slow": Slow("2 s late, 10 KB/s", ALL, latency_seconds=2.0, bytes_per_second=10_000),
    }
    for name, nemesis in ways.items():
        async with readers(world, 4), world.load(lambda number: work(world, number, 1, 0.1), 1.0) as run_ids:
            await world.passing(1.5)
            async with afflicted(world, nemesis, result):
                await bad_for(world, nemesis, seconds)
            healed_at = world.clock()
            await world.passing(1)
        await world.until_ended(run_ids, 120)
        result.measure(f"{name}: all over s behind it", world.clock() - healed_at)
        most = {wire: seen.open_max for wire, seen in nemesis.seen.items() if wire[1] == "postgres"}
        result.measure(f"{name}: most connections of a process", max(most.values()))
        result.need(max(most.values()) <= CONNECTIONS_MAX, "leak", f"{name}: connections piled up: {most}")
    late = [one for one in world.operations if one.phase == FAULT]
    result.measure("asked meanwhile, p95 s", p95([one.seconds for one in late]))
    nameless = [one.said for one in late if one.outcome == "refused" and not one.said.strip()]
    result.need(not nameless, "wrong", f"{len(nameless)} refusals do not say why")
    said = errors_said(world, logs)
    result.measure("errors in logs", len(said))
    result.prove("errors were logged", bool(said))
    result.need("" not in said, "wrong", f"{said.count('')} errors in logs do not say what they are")
    need_alive(world, result, pids)
    return result


async def bad_for(world: World, nemesis: Network, seconds: float) -> None:
    """Let a fault last; connections that are reset are so again every second."""
    over = world.clock() + seconds
    while world.clock() < over:
        await world.passing(1.0)
        if isinstance(nemesis, Reset):
            await (await wired(world)).reset(nemesis.wires)


def log_sizes(world: World) -> dict[Path, int]:
    return {log: log.stat().st_size for log in (world.child(part).spec.log for part in PARTS)}


def errors_said(world: World, since: Mapping[Path, int]) -> list[str]:
    """Give what the parts' logs say of errors behind these places."""
    said: list[str] = []
    for log, start in since.items():
        with log.open("rb") as file:
            file.seek(start)
            lines = [line for line in file if line.startswith(b"{") and line.endswith(b"}\n")]
        said += [str(line["error"]).strip() for line in map(orjson.loads, lines) if "error" in line]
    return said


def pids_of_processes(world: World) -> dict[str, int | None]:
    return {part: world.stack.pid(part) for part in PROCESSES}


def need_alive(world: World, result: CaseResult, pids: Mapping[str, int | None]) -> None:
    """Note processes that did not live through it."""
    now = pids_of_processes(world)
    result.need(now == pids, "wrong", f"a process did not outlive it: {pids}, now {now}")


CASES: Final = (
    Case("F14", "the network between workers and Temporal is cut", cut_temporal),
    Case("F15", "the network between workers and PostgreSQL is cut", cut_postgres),
    Case("F16", "links are half-open, break, or are slow", bad_links),
)
