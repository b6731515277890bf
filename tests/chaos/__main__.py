"""`./run chaos`: the crash table. Exit status 0 only if every run ended right and every fault happened."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import orjson
from rich.console import Console

from blocks.registry import discover
from deploy.build import stores
from deploy.connecting import client_of
from deploy.ending import leave
from deploy.roles import BESIDE_BLOCKS
from deploy.session import embedded, worker_command
from deploy.settings import Settings
from deploy.stack import Stack, ports, postgres, temporal
from deploy.stack import stack as stacks
from tests.chaos.cases.agent_loops import OUTSIDE
from tests.chaos.cases.contracts import CHANGING
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.registry import find_cases
from tests.chaos.cases.session import open_world, run_cases
from tests.chaos.long.entry import RATE, REPORT_FOLDER, Wanted, long_session
from tests.chaos.nemesis import BLOCKS, ENGINES, FAULTS
from tests.chaos.plants import PLANTS
from tests.chaos.report import case_facts, case_table, facts, is_void, table
from tests.chaos.suite import FaultResult, Suite

#: Every change goes through the cases up to this one; the others have their night.
SHORT_LAST: Final = "F12"
#: The cases of regions, behind them by their ids, belong to it, too.
SHORT_REGIONS: Final = "R"
MODULE: Final = "tests.chaos.blocks"
#: For the cases: an agent that tries to give a secret away.
SECRETS: Final = "tests.durable.credential_blocks"
#: And hostile ones.
ODD: Final = "tests.chaos.odd_blocks"
HOSTILE: Final = f"tests.durable.blocks,{ODD}"
#: Within so long a planted bug must be found.
PLANT_MINUTES: Final = 5.0
SEEDS_FILE: Final = Path(__file__).with_name("seeds.json")
#: Agents that run at once: as many as two processors serve without making recovery look slow.
WIDTH: Final = 5
console = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 160)


def main(words: Sequence[str]) -> int:
    options = parse(words)
    folder = Path(os.environ.get("DRYSTONE_DATA_DIR") or tempfile.mkdtemp(prefix="chaos-", dir="/tmp"))
    # For the workers, which inherit our environment; and for the settings, which are read below.
    os.environ["DRYSTONE_DATA_DIR"] = str(folder)
    os.environ["DRYSTONE_EXTRA_BLOCK_MODULES"] = f"{MODULE},{CHANGING},{SECRETS},{HOSTILE}"
    os.environ["DRYSTONE_EGRESS_ALLOW"] = OUTSIDE
    # The agents' blocks come with a package: their regions are to be tried in both places.
    os.environ["DRYSTONE_ENGINE_STEPS_REGIONS"] = "all"
    os.environ["DRYSTONE_REQUESTS_PER_MINUTE"] = "1000000"
    os.environ["DRYSTONE_LOG_LEVEL"] = "WARNING"
    stay_aside()
    began = time.monotonic()
    status = asyncio.run(long_mode(options, folder) if options.minutes else session(options, folder))
    console.print(f"{time.monotonic() - began:.0f} s; data and logs: {folder}", style="dim", markup=False)
    if status == 0 and "DRYSTONE_CHAOS_KEEP" not in os.environ:
        tidy_up(folder)
    return status


def tidy_up(folder: Path) -> None:
    """Remove what a session that found nothing leaves; but its report, where it wrote one."""
    for place in folder.iterdir():
        if place.name == REPORT_FOLDER:
            continue
        if place.is_dir():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def stay_aside() -> None:
    """Have the parts listen where no other stack likes to be: one that starts meanwhile would take the ports of what is down."""
    stacks.API_PREFERRED_PORT, postgres.PREFERRED_PORT = ports.choose(), ports.choose()
    temporal.PREFERRED_PORT, temporal.PREFERRED_UI_PORT = ports.choose(), ports.choose()


def parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run chaos", description="Kill parts of a working stack; nothing may be lost."
    )
    parser.add_argument("--short", action="store_true", help="a few runs per fault: for every change")
    parser.add_argument("--runs", type=int, help="runs per fault (20; with --short 2)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed; the same seeds make the same agents")
    parser.add_argument("--minutes", type=float, help="the long mode: load and all faults for so long, and a report")
    parser.add_argument("--rate", type=float, default=RATE, help=f"with --minutes: runs begun in a second ({RATE:g})")
    parser.add_argument(
        "--nemesis", action="append", help="with --minutes: only faults with this in their name; repeatable"
    )
    parser.add_argument(
        "--plant", choices=list(PLANTS), help="plant a bug, which the checker must find: with --minutes"
    )
    parser.add_argument("--fault", choices=list(FAULTS), action="append", help="only this fault; may be repeated")
    parser.add_argument("--case", choices=list(find_cases()), action="append", help="only this case; may be repeated")
    parser.add_argument("--cases", choices=["all", "short", "none"], help="the named cases (short; with --full all)")
    parser.add_argument("--full", action="store_true", help="the cases at their whole length: most of an hour")
    parser.add_argument(
        "--report", type=Path, help="write the report to this file, as JSON; with --minutes to this folder"
    )
    options = parser.parse_args(words)
    if options.plant:
        options.minutes = options.minutes or PLANT_MINUTES
    options.runs = options.runs or (2 if options.short else 20)
    # Who names faults or cases wants these alone.
    options.fault = options.fault or ([] if options.case or options.cases else list(FAULTS))
    options.cases = options.cases or ("none" if options.fault != list(FAULTS) else "all" if options.full else "short")
    return options


async def long_mode(options: argparse.Namespace, folder: Path) -> int:
    """Run the long mode; keep its seed where it failed and nothing was planted. Give the exit status."""
    nemeses = tuple(options.nemesis or ())
    wanted = Wanted(options.minutes, options.seed, options.rate, options.plant, nemeses, blocks=(MODULE, ODD))
    reports = [options.report] if options.report is not None else []
    status, failing = await long_session(wanted, folder, reports, lambda said: console.print(said, markup=False))
    if failing and options.plant is None:
        keep_seeds(failing)
    return status


def chosen_cases(options: argparse.Namespace) -> list[Case]:
    """Give the cases that are asked for."""
    known = find_cases()
    if options.case:
        return [known[name] for name in options.case]
    wanted = {
        "all": list(known.values()),
        "short": [
            case
            for case in known.values()
            if case.is_short and (case.id <= SHORT_LAST or case.id.startswith(SHORT_REGIONS))
        ],
        "none": [],
    }
    return wanted[options.cases]


async def session(options: argparse.Namespace, folder: Path) -> int:
    """Start a stack of our own, run the suite, print and write the report; give the exit status."""
    settings = Settings()
    commands = {name: worker_command(*BESIDE_BLOCKS) for name in ENGINES}
    commands |= {name: worker_command("blocks") for name in BLOCKS}
    stack = embedded(
        settings, commands, lambda said: console.print(f"  {said}", style="dim", markup=False), has_api=True
    )
    endpoints = await stack.start()
    try:
        return await run_all(options, settings.at(endpoints), stack, folder)
    finally:
        await stack.stop()


async def run_all(options: argparse.Namespace, settings: Settings, stack: Stack, folder: Path) -> int:
    kept = stores(settings, "chaos")
    client = await client_of(settings)
    specs = dict(discover([MODULE]).specs)
    sink = folder / "effects.txt"
    sink.unlink(missing_ok=True)
    suite = Suite(stack, kept, client, specs, sink, lambda said: console.print(said, markup=False))
    results = {fault: FaultResult(fault) for fault in options.fault}
    problems: list[str] = []
    if results:
        seeds = list(range(options.seed, options.seed + options.runs))
        problems += await one_pass(suite, results, seeds, options.short)
    problems += [violation.what for violation in suite.unexpected_effects()]
    cases = chosen_cases(options)
    found: list[CaseResult] = []
    if cases:
        say: Callable[[str], None] = lambda said: console.print(said, markup=False)  # noqa: E731
        world = await open_world(stack, kept, client, seed=options.seed, is_full=options.full, say=say)
        found = await run_cases(world, cases, options.seed)
    await kept.engine.dispose()
    return conclude(options, list(results.values()), found, problems)


async def one_pass(suite: Suite, results: dict[str, FaultResult], seeds: list[int], is_short: bool) -> list[str]:
    """Run these agents undisturbed, and then under every fault."""
    problems = []
    for group in groups(seeds):
        problems += [f"undisturbed: {violation.what}" for violation in await suite.run_golden(group)]
    for fault, result in results.items():
        choice = random.Random(f"{fault} {seeds[0]}")
        for group in groups(seeds):
            await suite.run_round(fault, group, choice, result)
    return problems


def groups(seeds: list[int]) -> list[list[int]]:
    return [seeds[start : start + WIDTH] for start in range(0, len(seeds), WIDTH)]


def conclude(
    options: argparse.Namespace, results: list[FaultResult], cases: list[CaseResult], problems: list[str]
) -> int:
    """Print and write what was found; give the exit status."""
    if results:
        console.print(table(results))
    if cases:
        console.print(case_table(cases))
    for case in cases:
        problems += [f"{case.id}: {violation.kind}: {violation.what}" for violation in case.violations]
    for result in results:
        problems += [f"{result.fault}: {violation.kind}: {violation.what}" for violation in result.violations]
        if is_void(result):
            problems.append(f"{result.fault}: void: not every planned fault is proven to have happened")
    for problem in problems:
        console.print(problem, style="red", markup=False)
    failing: list[dict[str, object]] = [
        {"fault": result.fault, "seed": run.seed, "violations": [vars(violation) for violation in run.violations]}
        for result in results
        for run in result.runs
        if run.violations
    ]
    failing += [
        {"case": case.id, "seed": options.seed, "violations": [vars(violation) for violation in case.violations]}
        for case in cases
        if case.violations
    ]
    if failing:
        keep_seeds(failing)
    if options.report is not None:
        report = {
            "seed": options.seed,
            "faults": [facts(result) for result in results],
            "cases": [case_facts(case) for case in cases],
            "problems": problems,
        }
        options.report.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return 1 if problems else 0


def keep_seeds(failing: list[dict[str, object]]) -> None:
    """Add what failed to the file of failing seeds."""
    known = orjson.loads(SEEDS_FILE.read_bytes()) if SEEDS_FILE.exists() else []
    SEEDS_FILE.write_bytes(orjson.dumps([*known, *failing], option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
