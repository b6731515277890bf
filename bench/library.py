"""`./run bench --library`: what the blocks cost: emissions, importing them, a worker's start and memory; it judges nothing.

The ten cheapest blocks are those that emit fastest by themselves, each with its first example's input. Then each is the second
node of a graph whose first gives that input a few hundred times: accepted, run by two worker processes, recorded in PostgreSQL.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Final

import psutil

from bench.ours import Ours
from bench.peers.speaking import Work
from bench.report import RESULTS, settings_of
from bench.workloads import STEP_THROUGH, Workload, graph_of, link_of, node_of
from blocks.registry import discover, library_blocks
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.block import Block
from blocks.sdk.context import Context
from blocks.sdk.egress import GuardedHttp
from blocks.sdk.stepping import run_step
from deploy.build import stores
from deploy.connecting import connect
from deploy.polling import until_polling
from deploy.roles import BESIDE_BLOCKS
from deploy.session import embedded, worker_command
from deploy.settings import Settings
from deploy.stack import Endpoints, Stack
from schema.block import Kind, Queue
from schema.inputs import prepare
from schema.values import normalize
from tests.durable.waiting import eventually

WORKERS: Final = {"engine": worker_command(*BESIDE_BLOCKS), "blocks": worker_command("blocks")}
CHEAPEST: Final = 10
#: Seconds of steps by which a block is ranked, and by which it is measured.
RANKED_SECONDS, MEASURED_SECONDS = 0.05, 0.5
EXECUTIONS: Final = 300
START_SECONDS: Final = 60.0
MEBIBYTE: Final = 1024 * 1024
_IMPORT: Final = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)")


@dataclass(frozen=True)
class Cheap:
    """A block's rates: what it emits a second by itself, and its executions a second in the platform."""

    block: type[Block]
    emissions: float
    executions: float = 0.0


@dataclass(frozen=True)
class Imported:
    """What importing the library takes in a process of its own: seconds on the clock, of the processor, and the slowest parts."""

    wall_seconds: float
    cpu_seconds: float
    slowest: list[tuple[str, float]]


async def cheapest() -> list[Cheap]:
    """Give the blocks that emit fastest by themselves."""
    tried = [Cheap(block, await _rate(block, RANKED_SECONDS)) for block in library_blocks() if _is_suited(block)]
    ranked = sorted(tried, key=lambda one: one.emissions, reverse=True)[:CHEAPEST]
    return [Cheap(one.block, await _rate(one.block, MEASURED_SECONDS)) for one in ranked]


def _is_suited(block: type[Block]) -> bool:
    """Say whether a block is quick and without effects, and its first example a whole input that it does not refuse."""
    first = block.examples[0] if block.examples else None
    is_plain = block.is_pure and block.kind is Kind.STANDARD
    return is_plain and first is not None and first.error is None and bool(first.input) and bool(first.output)


async def _rate(block: type[Block], seconds: float) -> float:
    """Step through a block's first example for so long; give its emissions a second."""
    prepared = prepare(block.spec, {pin: normalize(value) for pin, value in block.examples[0].input.items()})
    http, count = GuardedHttp(EgressPolicy()), 0
    began = time.perf_counter()
    while (taken := time.perf_counter() - began) < seconds or not count:
        async for _ in run_step(block, dict(prepared), Context(http=http)):
            count += 1
        await asyncio.sleep(0)
    return count / taken


def _workload(block: type[Block]) -> Workload:
    """Make a graph in which the block runs some hundred times, each time with its first example's input."""
    given = {pin: normalize(value) for pin, value in block.examples[0].input.items()}
    pin = next(iter(given))
    nodes = [node_of("source", STEP_THROUGH, {"items": [given[pin]] * EXECUTIONS}), node_of("block", block.id, given)]
    graph = graph_of(f"library {block.name}", nodes, [link_of(("source", "item"), ("block", pin))])
    return Workload(block.name, block.name, graph, EXECUTIONS + 1, Work("stream", EXECUTIONS, 1))


async def through_the_platform(ours: Ours, rows: Sequence[Cheap], samples: int) -> list[Cheap]:
    """Give the rows with the executions a second of whole runs."""
    found = []
    for row in rows:
        workload, seconds = _workload(row.block), []
        await ours.run(workload)  # The first one compiles, and fills the caches.
        for _ in range(samples):
            seconds.append(ours.walls[await ours.run(workload)])
        found.append(replace(row, executions=(EXECUTIONS + 1) / median(seconds)))
        print(
            f"{row.block.name}: {row.emissions:,.0f} emissions/s, {found[-1].executions:,.0f} executions/s", flush=True
        )
    return found


async def starts(stack: Stack, client: Any, samples: int) -> list[float]:
    """Replace the worker of blocks again and again; give the seconds from each process's start until it polls."""
    seconds = []
    for _ in range(samples):
        await stack.replace("blocks")
        pid = _pid(stack, "blocks")
        assert await until_polling(client, Queue.IO, pid, seconds=START_SECONDS)
        seconds.append(time.time() - psutil.Process(pid).create_time())
    return seconds


def memory(pid: int) -> tuple[float, float]:
    """Give the resident memory of a process, and what of it is its alone, in MiB."""
    found = psutil.Process(pid).memory_full_info()
    return found.rss / MEBIBYTE, found.uss / MEBIBYTE


def imported() -> Imported:
    """Import the library in a process of its own, with Python's own record of what took how long."""
    code = "import time; from blocks.registry import discover; discover(); print(time.process_time())"
    # The least of five: what else the machine does is no part of it.
    wall, cpu = min(_timed(code) for _ in range(5))
    told = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True)
    found = [(name, int(own) / 1e6) for own, _, name in _IMPORT.findall(told.stderr)]
    return Imported(wall, cpu, sorted(found, key=lambda row: -row[1])[:8])


def _timed(code: str) -> tuple[float, float]:
    """Run code in a process of its own; give its seconds on the clock, and those of the processor, which it prints."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return time.perf_counter() - began, float(done.stdout)


async def measure(is_quick: bool) -> str:
    """Measure all of it; give the report as Markdown."""
    rows, own = await cheapest(), imported()
    folder = Path(tempfile.mkdtemp(prefix="drystone-bench-"))
    settings = Settings(data_dir=folder, log_level="WARNING")
    stack = embedded(settings, WORKERS, lambda _text: None)
    try:
        return await _on_stack(settings, await stack.start(), stack, rows, own, 1 if is_quick else 5)
    finally:
        await stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _on_stack(
    settings: Settings, endpoints: Endpoints, stack: Stack, rows: list[Cheap], own: Imported, samples: int
) -> str:
    here = settings.at(endpoints)
    client, kept = await connect(here), stores(here, "drystone bench")
    assert await until_polling(client, Queue.IO, _pid(stack, "blocks"), seconds=START_SECONDS)
    await eventually(lambda: psutil.Process(_pid(stack, "blocks")).cpu_percent(0.5) < 5, seconds=30)
    idle = {name: memory(_pid(stack, name)) for name in WORKERS}
    ours = Ours(kept, endpoints.database_url)
    async with ours.listening():
        rows = await through_the_platform(ours, rows, samples)
    took = await starts(stack, client, samples)
    await kept.engine.dispose()
    return report(rows, own, took, idle)


def _pid(stack: Stack, name: str) -> int:
    pid = stack.pid(name)
    assert pid is not None, f"{name} does not run"
    return pid


def report(rows: Sequence[Cheap], own: Imported, took: Sequence[float], idle: dict[str, tuple[float, float]]) -> str:
    """Give the figures as Markdown."""
    blocks = "\n".join(f"| {row.block.name} | {row.emissions:,.0f} | {row.executions:,.0f} |" for row in rows)
    memories = "\n".join(
        f"| memory of an idle `{name}` worker, MiB (its alone) | {rss:.0f} ({uss:.0f}) |"
        for name, (rss, uss) in idle.items()
    )
    slowest = ", ".join(f"{name} {seconds * 1e3:.0f} ms" for name, seconds in own.slowest)
    settings, load = settings_of(""), os.getloadavg()[2]
    return (
        "| block | emissions per second, by itself | executions per second, in the platform |\n| --- | --- | --- |\n"
        f"{blocks}\n\n| what | figure |\n| --- | --- |\n"
        f"| start of a worker of blocks, from its process until it polls, s (of {len(took)}) | {median(took):.1f} |\n"
        f"{memories}\n"
        f"| a process that finds all {len(discover())} blocks, s on the clock (of the processor) "
        f"| {own.wall_seconds:.2f} ({own.cpu_seconds:.2f}) |\n\n"
        f"What takes longest to import, each without what it imports: {slowest}.\n\n"
        f"Python {settings['python']}, {settings['system']}, {settings['cores']} cores; the machine's load was {load:.1f}.\n"
    )


def main(is_quick: bool) -> int:
    """Measure, print, and write `results/library.md`."""
    text = asyncio.run(measure(is_quick))
    print(f"\n{text}")
    if not is_quick:
        RESULTS.mkdir(exist_ok=True)
        heading = "# The block library, as last measured\n\nMade by `./run bench --library`.\n\n"
        (RESULTS / "library.md").write_text(f"{heading}{text}", encoding="utf-8")
    return 0
