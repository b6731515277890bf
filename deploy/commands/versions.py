"""`drystone versions`: the engine's versions in Temporal, while one takes over from another; it starts and stops no worker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, TypeVar

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from temporalio.client import Client

from deploy.connecting import client_of
from deploy.settings import Settings
from deploy.stack import find_endpoints
from deploy.versions import DRAINED, DRAINING, EngineVersion, promote, versions
from schema.errors import NotFound, Unavailable

app = typer.Typer(help="The engine's versions, where DRYSTONE_BUILD_ID names them.", no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)
T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
BuildId = Annotated[str, typer.Argument(help="A version's DRYSTONE_BUILD_ID.")]


def add_to(parent: typer.Typer) -> None:
    parent.add_typer(app, name="versions")


@app.command("list")
def list_versions(is_json: AsJson = False) -> None:
    """List the versions that workers had, the newest first: which new runs begin on, and which still have open runs."""
    found = _with_temporal(versions)
    if is_json:
        print(orjson.dumps([asdict(one) for one in found], option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("build", "state", "new runs", "open runs", "since", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for one in found:
        cells = (one.build_id, one.state, f"{one.percent:g} %", str(one.open_runs), one.created_at[:19])
        table.add_row(*map(Text, cells))
    console.print(table)


@app.command("promote")
def promote_version(
    build: BuildId,
    percent: Annotated[
        float | None,
        typer.Option(min=0, max=100, help="Only so many of a hundred new runs; the rest stay with the current."),
    ] = None,
) -> None:
    """Let new runs begin on a version. Runs that are open stay with theirs."""
    _with_temporal(lambda client, deployment: promote(client, build, percent, deployment))
    share = "New runs" if percent is None else f"{percent:g} % of new runs"
    console.print(Text(f"{share} begin on {build}."))


@app.command("drain-status")
def show_drain(build: BuildId) -> int:
    """Say whether a version's workers can be stopped. Exit status: 0 it is drained, 1 not yet."""
    found: dict[str, EngineVersion] = {one.build_id: one for one in _with_temporal(versions)}
    if build not in found:
        raise NotFound(f"No worker with DRYSTONE_BUILD_ID={build} was seen.")
    one = found[build]
    console.print(Text(f"{build} is {one.state}; open runs: {one.open_runs}."))
    # Temporal looks for what is pinned every few minutes only; what it lists is known at once.
    return 0 if one.state in (DRAINED, DRAINING) and one.open_runs == 0 else 1


def _with_temporal(work: Callable[[Client, str], Awaitable[T]]) -> T:
    async def connect_and_work() -> T:
        settings = Settings()
        if settings.temporal_address is None:
            endpoints = await find_endpoints(settings.data_dir)
            settings = settings if endpoints is None else settings.at(endpoints)
        try:
            client = await client_of(settings)
        except RuntimeError as error:
            raise Unavailable(f"Temporal does not answer: {str(error)[:200]}") from error
        return await work(client, settings.deployment)

    return asyncio.run(connect_and_work())
