"""`./run bench`: start a stack in a folder of its own, measure ours beside by hand, print and write the figures."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client

from bench import api, continuing, control, guards, library
from bench.measure import Compared, Processes, compare
from bench.micro import micro
from bench.report import BAR, settings_of, table, write
from bench.sides import Hand, Ours
from bench.workloads import Workload, workloads
from deploy.build import stores
from deploy.connecting import connect
from deploy.ending import leave
from deploy.session import embedded, worker_command
from deploy.settings import Settings
from deploy.stack import Endpoints, Stack

OURS = {"engine": ("engine", "platform"), "blocks": ("blocks",)}
BY_HAND = ("workflows", "activities")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--api", action="store_true", help="measure the API instead")
    parser.add_argument("--guards", action="store_true", help="measure what attacks take instead")
    parser.add_argument("--continue", action="store_true", dest="is_continuing", help="measure continuing runs instead")
    parser.add_argument(
        "--control", action="store_true", dest="is_controlling", help="measure how soon a waiting run goes on instead"
    )
    parser.add_argument("--library", action="store_true", help="measure the block library and a worker's start instead")
    parser.add_argument("--quick", action="store_true", help="fewer samples: under a minute; writes no file")
    parser.add_argument("--only", metavar="W1,W2", help="only these workloads; writes no file")
    parser.add_argument("--samples", type=int, help="samples of each workload")
    parser.add_argument("--profile", type=Path, metavar="DIR", help="profile our workers into this folder")
    return parser.parse_args()


async def measure(arguments: argparse.Namespace) -> tuple[list[Compared], dict[str, Any]]:
    folder = Path(tempfile.mkdtemp(prefix="drystone-bench-"))
    settings = Settings(data_dir=folder, log_level="WARNING")
    stack = embedded(settings, _commands(arguments.profile), lambda _text: None)
    try:
        endpoints = await stack.start()
        rows, server = await _measure(settings.at(endpoints), endpoints, stack, arguments)
    finally:
        await stack.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return rows, settings_of(server)


def tell(arguments: argparse.Namespace, rows: list[Compared], settings: dict[str, Any]) -> None:
    rates = micro()
    print(f"\n{table(rows)}\n")
    for what, rate in rates.items():
        print(f"{what}: {rate:,.0f}")
    if not (arguments.quick or arguments.only or arguments.profile):
        write(rows, rates, settings)


def _commands(profile: Path | None) -> dict[str, Sequence[str]]:
    ours = {name: list(worker_command(*roles)) for name, roles in OURS.items()}
    if profile is not None:
        profile.mkdir(exist_ok=True)
        for name, command in ours.items():
            at = command.index("-m")
            command[at : at + 2] = ["-m", "bench.profiled", str(profile.resolve() / f"{name}.prof")]
    hand = {f"hand-{role}": [sys.executable, "-m", "bench.by_hand", role] for role in BY_HAND}
    return {**ours, **hand}


async def _measure(
    settings: Settings, endpoints: Endpoints, stack: Stack, arguments: argparse.Namespace
) -> tuple[list[Compared], str]:
    client, kept = await connect(settings), stores(settings, "drystone bench")
    ours, by_hand = Ours(kept, endpoints.database_url), Hand(client)
    processes = Processes(
        {"ours": [_pid(stack, name) for name in OURS], "by hand": [_pid(stack, f"hand-{role}") for role in BY_HAND]},
        [_pid(stack, "postgres"), _pid(stack, "temporal")],
    )
    rows = []
    async with ours.listening():
        for workload in _chosen(arguments.only):
            samples = arguments.samples or (workload.samples_quick if arguments.quick else workload.samples)
            row = await compare(client, [ours, by_hand], workload, processes, samples)
            print(f"{row.key} {row.title}: {row.ratio:.2f} times by hand (bar {BAR})", flush=True)
            rows.append(row)
    await kept.engine.dispose()
    return rows, await _server_version(client)


def _pid(stack: Stack, name: str) -> int:
    pid = stack.pid(name)
    assert pid is not None, f"{name} does not run"
    return pid


def _chosen(only: str | None) -> list[Workload]:
    wanted = only.split(",") if only else None
    return [workload for workload in workloads() if wanted is None or workload.key in wanted]


async def _server_version(client: Client) -> str:
    info = await client.workflow_service.get_system_info(GetSystemInfoRequest())
    return str(info.server_version)


if __name__ == "__main__":
    os.environ.setdefault("DRYSTONE_LOG_LEVEL", "WARNING")
    given = _arguments()
    if given.api:
        leave(api.main(given.quick))
    if given.guards:
        leave(guards.main(given.quick))
    if given.is_controlling:
        leave(control.main(given.quick))
    if given.library:
        leave(library.main(given.quick))
    if given.is_continuing:
        leave(continuing.main(given.quick))
    tell(given, *asyncio.run(measure(given)))
