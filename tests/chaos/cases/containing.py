"""F36 to F38: blocks that eat memory, that hang, that leak, and that end their process; what they take along is bounded."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import psutil

from blocks.library.code import ExecuteCode
from blocks.sandbox.probe import why_not
from schema.graph import Graph
from schema.limits import LIMITS
from tests.chaos.cases.agents import work
from tests.chaos.cases.beside import everywhere
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.world import World
from tests.chaos.nemesis import BLOCKS
from tests.chaos.odd_blocks import ChaosDeadly, ChaosHang, ChaosHungry, ChaosLeak
from tests.durable.graphs import an_input, an_output, make_graph
from tests.sandbox.conftest import processes_with

#: How a block hangs, and how its node then fails. One that does not yield holds up all that its worker runs until the watchman has
#: looked (10 s) and has waited (2 s); its own limit may be earlier.
HANGS: Final = {
    "async": "TIMEOUT",
    "ignores cancel": "TIMEOUT",
    "thread": "TIMEOUT",
    "loop": "TIMEOUT",
    "deaf loop": "TIMEOUT",
    "C": "TIMEOUT",
}
HANG_LIMIT_SECONDS: Final = 2.0
LATE_SECONDS_MAX: Final = 5.0
#: Until others run again on a worker that a block held: what the watchman takes, and room for a shared machine.
SERVED_AGAIN_SECONDS_MAX: Final = 30.0
#: F38: how much larger a worker may be behind a thousand executions than before them.
GROWTH_MAX: Final = 50 << 20
#: Deaths of engines in one step that they take within a workflow task: it comes again every five seconds, for twenty.
ENGINE_DEATHS_MAX: Final = 6
MEGABYTE: Final = 1 << 20
#: Where temporary files are.
PLACES: Final = ("/tmp", "/var/tmp", "/dev/shm")
#: Leaves a process of its own session behind, memory, open files and files; and then hangs, or not.
LEAKING_CODE: Final = """
import os, subprocess, sys, tempfile, time
kept = [open('/dev/null') for _ in range(50)] + [bytearray(5 << 20)]
open(tempfile.mkstemp(prefix='{mark}')[1], 'w').write('x' * 100_000)
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', '{mark}'], start_new_session=True)
{last}
"""


async def eat_memory(world: World) -> CaseResult:
    """F36: code eats memory in the sandbox, a block eats it where its worker has no more, and a block ends whoever runs it."""
    result = CaseResult("F36", "blocks eat memory, and end their process")
    async with world.under_fault():
        await _eat_in_the_sandbox(world, result)
        await _eat_in_the_worker(world, result)
        await _end_engines(world, result)
        if world.is_full:
            await _end_whoever_comes(world, result)
        await world.until_ended([await work(world, 360)], 60)
    return result


async def _eat_in_the_sandbox(world: World, result: CaseResult) -> None:
    if (reason := why_not()) is not None:
        result.measure("no sandbox", reason[:80])
        return
    pids = {part: world.stack.pid(part) for part in BLOCKS}
    code = "import os\nfor _ in range(8): os.fork()\nx = bytearray(400 << 20)\nimport time; time.sleep(30)"
    run_id = await world.start(_coding(code, 60), statuses=["COMPLETED", "FAILED"])
    await world.until_ended([run_id], 60)
    error = await error_of(world, run_id, "code")
    result.prove("code was ended for its memory", "memory" in str(error.get("message", "")).lower())
    result.measure("code was told", str(error.get("message", ""))[:80])
    same = {part: world.stack.pid(part) for part in BLOCKS}
    result.need(pids == same, "wrong", "a worker did not outlive the memory of code that it ran")


async def _eat_in_the_worker(world: World, result: CaseResult) -> None:
    """Limit the memory of a worker, as `ulimit -v` does, and have a block take more: its node fails, and the worker serves on."""
    limited = {part: psutil.Process(world.stack.pid(part)) for part in BLOCKS}
    for process in limited.values():
        process.rlimit(psutil.RLIMIT_AS, (process.memory_info().vms + 300 * MEGABYTE, -1))
    graph = make_graph({"hungry": (ChaosHungry, {"megabytes": 2_000}, {"retry": {"attempts": 1}})})
    run_id = await world.start(graph, statuses=["COMPLETED", "FAILED"])
    await world.until_ended([run_id], 60)
    error = await error_of(world, run_id, "hungry")
    result.need(error.get("code") == "BLOCK_CRASHED", "wrong", f"a block without memory: {error}")
    result.prove("a block had no memory", "MemoryError" in str(error.get("message")))
    await world.until_ended([await work(world, 361)], 30)
    result.need(all(one.is_running() for one in limited.values()), "wrong", "a worker died of a block's MemoryError")
    for process in limited.values():
        process.rlimit(psutil.RLIMIT_AS, (-1, -1))


async def _end_engines(world: World, result: CaseResult) -> None:
    """A block that ends each engine which steps through it: after some deaths the step goes to the blocks' workers."""
    path = world.folder / f"deaths-{uuid4()}"
    run_id = await world.start(_deadly(path, "engine"), outputs={"out": [1]})
    await world.until_ended([run_id], 120)
    deaths = deaths_of(path)
    result.prove("engines died", deaths > 0)
    result.measure("deaths of engines in one step", deaths)
    result.need(deaths <= ENGINE_DEATHS_MAX, "wrong", f"{deaths} engines died of one step")
    await world.heal()


async def _end_whoever_comes(world: World, result: CaseResult) -> None:
    """The same of a block that ends everybody: at last its node is blamed."""
    path = world.folder / f"deaths-{uuid4()}"
    run_id = await world.start(_deadly(path, ""), statuses=["COMPLETED", "FAILED"])
    await world.until_ended([run_id], 600)
    error = await error_of(world, run_id, "deadly")
    result.need(error.get("code") == "WORKER_LOST", "wrong", f"a block that ends whoever runs it: {error}")
    deaths = deaths_of(path)
    most = ENGINE_DEATHS_MAX + LIMITS.worker_deaths_max + 5
    result.measure("deaths until its node was blamed", deaths)
    result.need(deaths <= most, "wrong", f"{deaths} workers died of one node")
    await world.heal()


def _deadly(path: Path, only: str) -> Graph:
    nodes: dict[str, Any] = {"deadly": (ChaosDeadly, {"path": str(path), "only": only}), "out": an_output()}
    return make_graph(nodes, ["deadly.value -> out.value"], name="deadly")


def deaths_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


def _coding(code: str, seconds: int) -> Graph:
    node = (ExecuteCode, {"code": code, "timeout": seconds}, {"retry": {"attempts": 1}})
    return make_graph({"code": node}, name="coding")


async def error_of(world: World, run_id: UUID, node: str) -> dict[str, Any]:
    rows = await world.sql(
        "SELECT error FROM node_executions WHERE run_id = :id AND node_id = :node", id=run_id, node=node
    )
    return dict((rows[0].error if rows else None) or {})


async def hang(world: World) -> CaseResult:
    """F37: blocks that hang in every way fail at their limit; others are served; code leaves no process behind."""
    result = CaseResult("F37", "blocks hang in every way")
    restarts = sum(world.child(part).restarts for part in BLOCKS)
    for how, code in HANGS.items():
        graph = make_graph(
            {"hang": (ChaosHang, {"how": how}, {"timeout_seconds": HANG_LIMIT_SECONDS, "retry": {"attempts": 1}})}
        )
        async with world.under_fault():
            began = world.clock()
            run_id = await world.start(graph, statuses=["COMPLETED", "FAILED"])
            others = [await work(world, number, 1, 0.05) for number in range(8)]
            await world.until_ended([run_id], 60)
            await world.until_ended(others, 60)
            served = world.clock() - began
        (row,) = await world.sql(
            "SELECT error, extract(epoch FROM ended_at - started_at) AS seconds FROM node_executions WHERE run_id = :id",
            id=run_id,
        )
        found, late = (row.error or {}).get("code"), float(row.seconds) - HANG_LIMIT_SECONDS
        result.prove(f"it hung ({how})", found is not None)
        result.need(found == code, "wrong", f"{how}: {found}, not {code}")
        result.need(late <= LATE_SECONDS_MAX, "slow", f"{how}: {late:.1f} s behind its limit")
        result.measure(f"{how}: late s; others done s", f"{late:.1f}; {served:.1f}")
        result.need(served <= SERVED_AGAIN_SECONDS_MAX, "slow", f"{how}: others were done after {served:.1f} s")
    await _hang_in_the_sandbox(world, result)
    # Workers that lost a thread replace themselves; what else was left behind goes with them.
    await world.heal()
    result.measure("workers replaced", sum(world.child(part).restarts for part in BLOCKS) - restarts)
    async with world.under_fault():
        await world.reborn(BLOCKS, await world.kill(*BLOCKS))
    return result


async def _hang_in_the_sandbox(world: World, result: CaseResult) -> None:
    if why_not() is not None:
        return
    mark = f"left-behind-{uuid4()}"
    code = LEAKING_CODE.format(
        mark=mark, last="import signal; signal.signal(15, signal.SIG_IGN)\nwhile True: time.sleep(1)"
    )
    async with world.under_fault():
        began = world.clock()
        run_id = await world.start(_coding(code, 3), statuses=["COMPLETED", "FAILED"])
        await world.until(lambda: processes_with(mark), 20)
        result.prove("code left a process behind", True)
        await world.until_ended([run_id], 30)
        result.measure("code that hangs, limit 3 s: over s", world.clock() - began)
        await world.until(lambda: not processes_with(mark), 15)


async def leak(world: World) -> CaseResult:
    """F38: executions of code that leaks memory, files and processes leave their workers as they were; those of a block that
    leaks in its worker have it replaced in good order."""
    result = CaseResult("F38", "code and blocks that leak, again and again")
    count = 1_000 if world.is_full else 60
    if why_not() is None:
        await _leak_in_the_sandbox(world, result, count)
    await _leak_in_the_worker(world, result, 1_000 if world.is_full else 500)
    return result


async def _leak_in_the_sandbox(world: World, result: CaseResult, count: int) -> None:
    mark = f"leak-{uuid4()}"
    code = LEAKING_CODE.format(mark=mark, last="'leaked'")
    nodes: dict[str, Any] = {f"code{n}": (ExecuteCode, {"code": code, "timeout": 60}) for n in range(20)}
    graph = make_graph(nodes, name="leaking", on_node_error="fail")
    # What a worker loads for its first run of code is no leak.
    await world.until_ended([await world.start(graph)], 120)
    before = {part: _held(world, part) for part in BLOCKS}
    async with world.under_fault():
        run_ids = [await world.start(graph) for _ in range(count // 20)]
        await world.until_ended(run_ids, 900)
    await world.until(lambda: not processes_with(mark), 15)
    result.prove("code leaked", True)
    result.measure("executions of code", count)
    for part in BLOCKS:
        (memory, open_files), (memory_before, files_before) = _held(world, part), before[part]
        result.measure(f"{part} grew MB, files", f"{(memory - memory_before) >> 20}, {open_files - files_before}")
        result.need(memory - memory_before < GROWTH_MAX, "leak", f"{part} grew by {(memory - memory_before) >> 20} MB")
        result.need(
            open_files <= files_before + 20, "leak", f"{part} has {open_files} files open, {files_before} before"
        )
    left = [path.name for place in PLACES for path in Path(place).iterdir() if mark in path.name]
    result.need(not left, "leak", f"files are left: {left[:5]}")


def _held(world: World, part: str) -> tuple[int, int]:
    process = psutil.Process(world.stack.pid(part))
    return process.memory_info().rss, process.num_fds()


async def _leak_in_the_worker(world: World, result: CaseResult, count: int) -> None:
    """Have a block leak in its worker, which is replaced where it has more than it may."""
    at_once = 50
    nodes: dict[str, Any] = {
        f"leak{n}": (ChaosLeak, {"kilobytes": 500, "files": 1, "value": n}, {"retry": {"attempts": 3}})
        for n in range(at_once)
    }
    graph = make_graph({**nodes, "in": an_input("n")}, name="leaking in the worker", on_node_error="fail")
    limit = max(psutil.Process(world.stack.pid(part)).memory_info().rss for part in BLOCKS) + 60 * MEGABYTE
    largest, pids = 0, set[int]()
    async with everywhere(world, {"DRYSTONE_WORKER_MEMORY_BYTES_MAX": str(limit)}), world.under_fault():
        for number in range(count // at_once):
            await world.until_ended([await world.start(graph, {"n": number})], 120)
            for part in BLOCKS:
                pid = world.stack.pid(part)
                if pid is not None:
                    pids.add(pid)
                    largest = max(largest, _memory(pid))
    result.prove("workers were replaced", len(pids) > len(BLOCKS))
    result.measure("executions of a block that leaks 500 KB and a file", count)
    result.measure("largest worker MB, allowed MB", f"{largest >> 20}, {limit >> 20}")
    result.measure("processes", len(pids))
    result.need(
        largest < limit + 2 * GROWTH_MAX, "leak", f"a worker had {largest >> 20} MB, allowed were {limit >> 20}"
    )


def _memory(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


CASES = (
    Case("F36", "blocks eat memory, and end their process", eat_memory),
    Case("F37", "blocks hang in every way", hang),
    Case("F38", "code and blocks that leak, again and again", leak),
)
