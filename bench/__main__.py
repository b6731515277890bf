"""`./run bench`: start a stack in a folder of its own, measure ours beside all others in turn, print and write the figures."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

from bench import api, continuing, control, growth, guards, installing, kept, library
from bench.crowd import crowd
from bench.measure import Figures, compare
from bench.micro import micro
from bench.recovery import recover
from bench.report import Report, number, settings_of, versions, whole, write
from bench.session import Session, opened
from bench.workloads import Workload, recovered, single, workloads
from deploy.ending import leave

#: Queued runs of W8, in a full measurement and in a quick one, and for how long their draining is watched.
QUEUED, QUEUED_QUICK = 10_000, 500
DRAIN_SECONDS, DRAIN_ALL_SECONDS = 100.0, 1_200.0
INSTEAD: dict[str, tuple[Callable[[bool], int], str]] = {
    "api": (api.main, "measure the API instead"),
    "guards": (guards.main, "measure what attacks take instead"),
    "continue": (continuing.main, "measure continuing runs instead"),
    "control": (control.main, "measure how soon a waiting run goes on instead"),
    "library": (library.main, "measure the block library and a worker's start instead"),
    "kept": (kept.main, "measure what a run leaves in PostgreSQL and Temporal instead"),
    "growth": (growth.main, "measure how the cost grows with nodes, items and kept runs instead"),
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    for name, (_, words) in INSTEAD.items():
        parser.add_argument(f"--{name}", action="store_true", help=words)
    parser.add_argument("--peers", action="store_true", help="install the peers in a cache folder, and measure nothing")
    parser.add_argument("--quick", action="store_true", help="fewer samples and smaller sizes; writes no file")
    parser.add_argument("--only", metavar="W1,W2", help="only these workloads; writes no file")
    parser.add_argument(
        "--sides",
        metavar="dbos,n8n",
        help="of the peers only these, or `none`; ours and by hand always; writes no file",
    )
    parser.add_argument("--samples", type=int, help="samples of each workload")
    parser.add_argument("--profile", type=Path, metavar="DIR", help="profile our workers into this folder")
    return parser.parse_args()


async def measure(arguments: argparse.Namespace) -> Report:
    """Measure what was asked for."""
    strike, queue = recovered(), single()
    chosen = [one for one in workloads() if is_wanted(one.key, arguments.only)]
    struck, queued = (is_wanted(one.key, arguments.only) for one in (strike, queue))
    peers = arguments.sides.split(",") if arguments.sides else None
    specs = [spec for spec in installing.installed() if peers is None or spec.key in peers]
    async with opened(specs, [*chosen, *([strike] if struck else [])], arguments.profile) as session:
        rows = []
        for workload in chosen:
            samples = arguments.samples or (workload.samples_quick if arguments.quick else workload.samples)
            rows.append(await compare(session.sides, workload, samples))
            print(f"{workload.key} {workload.title}: {_line(rows[-1].sides, workload)}", flush=True)
        found = await recover(session, session.sides, strike) if struck else {}
        # What follows is ours only.
        session.end_peers()
        seen = None
        if queued:
            count = QUEUED_QUICK if arguments.quick else QUEUED
            seen = await crowd(session, queue, count, DRAIN_ALL_SECONDS if arguments.only else DRAIN_SECONDS)
        settings = await _settings(session)
    return Report(rows, settings, found, seen)


def is_wanted(key: str, only: str | None) -> bool:
    """Say whether a workload is meant: W6 means W6a and W6b."""
    return only is None or any(key == one or key.rstrip("ab") == one for one in only.split(","))


def _line(sides: dict[str, Figures], workload: Workload) -> str:
    return ", ".join(f"{name} {number(one.value(workload.unit))}" for name, one in sides.items()) + f" {workload.unit}"


async def _settings(session: Session) -> dict[str, object]:
    peers = {spec.key: spec.version() for spec in session.peers}
    return settings_of(await session.server_version(), peers)


def tell(arguments: argparse.Namespace, report: Report) -> None:
    """Print the report, and write it where it is a whole one."""
    is_whole = not (arguments.quick or arguments.only or arguments.sides or arguments.profile)
    report = Report(report.rows, report.settings, report.recovered, report.crowd, micro())
    print(f"\n{whole(report)}\n\n{versions(report.settings)}")
    if is_whole:
        write(report)


def main() -> int:
    """Do what the command line asks."""
    given = _arguments()
    if given.peers:
        return installing.main()
    for name, (instead, _) in INSTEAD.items():
        if getattr(given, name):
            return instead(given.quick)
    tell(given, asyncio.run(measure(given)))
    return 0


if __name__ == "__main__":
    os.environ.setdefault("DRYSTONE_LOG_LEVEL", "WARNING")
    if "--peers" not in sys.argv and not installing.installed():
        print("No peer is installed: `./run bench --peers` does that.", flush=True)
    leave(main())
