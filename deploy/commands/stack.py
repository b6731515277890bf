"""`drystone dev`, `demo`, `worker` and `db`: processes of the platform."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from deploy.build import configure_logs, stores
from deploy.commands.graphs import read_file
from deploy.commands.runs import print_record, submit
from deploy.following import follow
from deploy.session import NoDatabase, embedded, worker_command
from deploy.settings import Settings
from deploy.stack import Endpoints
from deploy.worker import Role, run_worker
from schema.db.engine import make_engine
from schema.db.migrate import current_revision, upgrade
from schema.ids import LOCAL_TENANT

console = Console(soft_wrap=True)
db = typer.Typer(help="The database.", no_args_is_help=True)
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "release_notes.json"
WORKERS = {
    "engine": worker_command("engine", "platform"),
    "blocks": worker_command("blocks"),
}


def add_to(parent: typer.Typer) -> None:
    parent.command("dev")(dev)
    parent.command("demo")(demo)
    parent.command("worker")(worker)
    parent.add_typer(db, name="db")


def dev() -> int:
    """Run the embedded stack: PostgreSQL, Temporal with its UI, workers; until Ctrl+C."""
    return asyncio.run(_with_stack(Settings(), _stay))


def demo(
    is_leaving: Annotated[bool, typer.Option("--exit", help="Leave after the run.")] = False,
) -> int:
    """Start the embedded stack, run an example agent durably to its end, say where to look, and stay up."""

    async def show(settings: Settings) -> int:
        status = await _run_example(settings)
        return status if is_leaving else await _stay(settings)

    return asyncio.run(_with_stack(Settings(), show))


async def _with_stack(settings: Settings, work: Callable[[Settings], Awaitable[int]]) -> int:
    stack = embedded(settings, WORKERS, lambda text: console.print(text, style="dim", markup=False))
    endpoints = await stack.start()
    _tell(endpoints)
    try:
        return await work(settings.at(endpoints))
    finally:
        console.print("Stopping.", style="dim")
        await stack.stop()


def _tell(endpoints: Endpoints) -> None:
    console.print(f"Temporal UI   {endpoints.temporal_ui_url}", markup=False)
    console.print(f"Temporal      {endpoints.temporal_address}", markup=False)
    console.print(f"Data folder   {endpoints.data_dir}", markup=False)


async def _stay(_settings: Settings) -> int:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    console.print("The stack is up. Ctrl+C stops it; what runs goes on when it is started again.")
    await stopped.wait()
    return 0


async def _run_example(settings: Settings) -> int:
    kept = stores(settings, "drystone demo")
    graph = await kept.submission.save_graph(LOCAL_TENANT, read_file(EXAMPLE))
    console.print(f"Running {graph.name!r} ({len(graph.nodes)} nodes).", markup=False)
    run = await submit(kept, graph, {})
    with console.status("") as status:
        run = await follow(
            kept,
            LOCAL_TENANT,
            run.id,
            lambda row, counts: status.update(f"{row.status}: {sum(counts.values())} node executions"),
        )
    print_record(await kept.records.get(LOCAL_TENANT, run.id), settings)
    await kept.engine.dispose()
    return 0 if run.status == "COMPLETED" else 1


def worker(
    roles: Annotated[list[Role] | None, typer.Option("--role", help="What it does; every role by default.")] = None,
) -> None:
    """Run a worker process until SIGTERM, then drain. It finds its servers by DRYSTONE_* variables."""
    settings = Settings()
    if settings.database_url is None:
        raise NoDatabase
    configure_logs(settings)
    uvloop.run(run_worker(settings, roles or list(Role)))


@db.command("upgrade")
def upgrade_database() -> None:
    """Bring the database up to date with this version."""
    settings = Settings()
    if settings.database_url is None:
        raise NoDatabase("Set DRYSTONE_DATABASE_URL; the embedded stack upgrades its own database when it starts.")
    url = settings.database_url

    async def work() -> str | None:
        engine = make_engine(url, pool_size=1)
        await upgrade(engine)
        revision = await current_revision(engine)
        await engine.dispose()
        return revision

    console.print(f"The database is at revision {asyncio.run(work())}.")
