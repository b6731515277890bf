"""`drystone dev`, `demo`, `worker` and `db`: processes of the platform."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.text import Text

from deploy.api_server import run_api
from deploy.build import configure_logs, stores
from deploy.commands.graphs import read_file
from deploy.commands.runs import submit
from deploy.commands.showing import Progress, Titles, print_outputs, print_record, program, ui_link
from deploy.ending import run_until_interrupted
from deploy.owner import token_file
from deploy.session import NoDatabase, embedded, living_workers, start, worker_command
from deploy.settings import Settings
from deploy.stack import Endpoints, Stack
from deploy.worker import Role, run_worker
from schema.db.engine import make_engine
from schema.db.migrate import current_revision, upgrade
from schema.ids import LOCAL_TENANT

console = Console(soft_wrap=True, highlight=False)
db = typer.Typer(help="The database.", no_args_is_help=True)
ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "release_notes.json"
WORKERS = {
    "engine": worker_command("engine", "platform"),
    "blocks": worker_command("blocks"),
}
Work = Callable[[Settings, Stack], Awaitable[int]]


def add_to(parent: typer.Typer) -> None:
    parent.command("dev")(dev)
    parent.command("demo")(demo)
    parent.command("worker")(worker)
    parent.command("api")(api)
    parent.add_typer(db, name="db")


def dev() -> int:
    """Run the embedded stack: PostgreSQL, Temporal with its UI, workers; until Ctrl+C."""
    return run_until_interrupted(_with_stack(Settings(), _stay))


def demo(
    is_leaving: Annotated[bool, typer.Option("--exit", help="Leave after the run.")] = False,
) -> int:
    """Start the embedded stack, run an example agent durably to its end, say where to look, and stay up."""

    async def show(settings: Settings, stack: Stack) -> int:
        async with living_workers(stack, WORKERS):
            status = await _run_example(settings, is_leaving=is_leaving)
        return status if is_leaving else await _stay(settings, stack)

    return run_until_interrupted(_with_stack(Settings(), show))


async def _with_stack(settings: Settings, work: Work) -> int:
    say(f"Starting PostgreSQL, Temporal and two workers in {settings.data_dir}")
    began = monotonic()
    stack = embedded(settings, WORKERS, lambda text: say(text, "dim"), has_api=True)
    try:
        endpoints = await start(stack)
        say(f"PostgreSQL and Temporal answer after {monotonic() - began:.1f} s; the workers are starting.")
        _tell(endpoints, stack)
        return await work(settings.at(endpoints), stack)
    finally:
        await _stop(stack)


async def _stop(stack: Stack) -> None:
    """Stop the stack, and say how that goes where there is something to stop."""
    if stack.endpoints is None:
        await stack.stop()
        return
    say("Stopping. What runs now may end first, for up to 30 s; the rest goes on at the next start.", "dim")
    began = monotonic()
    await stack.stop()
    say(f"Stopped after {monotonic() - began:.1f} s.", "dim")


def _tell(endpoints: Endpoints, stack: Stack) -> None:
    workers = ", ".join(f"{name} is process {stack.pid(name)}" for name in WORKERS)
    for what, where in (
        ("GraphQL", f"{endpoints.api_url}/graphql, with the token in {token_file(endpoints.data_dir)}"),
        ("Temporal's UI", endpoints.temporal_ui_url),
        ("Temporal", endpoints.temporal_address),
        ("Workers", workers),
        ("Data folder", endpoints.data_dir),
    ):
        say(f"  {what:<14}{where}")


async def _stay(_settings: Settings, _stack: Stack) -> int:
    """Wait for SIGINT or SIGTERM; that is how one leaves, so it is no error."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    say("\nThe stack is up until Ctrl+C.", "bold")
    await stopped.wait()
    return 0


async def _run_example(settings: Settings, *, is_leaving: bool) -> int:
    kept = stores(settings, "drystone demo")
    try:
        graph = await kept.submission.save_graph(LOCAL_TENANT, read_file(EXAMPLE))
        run = await submit(kept, graph, {})
        say(f"\nRunning {graph.name!r} as {run.id} (times are from when it was accepted)", "bold")
        run = await Progress(console, kept, LOCAL_TENANT).follow(run)
        record = await kept.records.get(LOCAL_TENANT, run.id)
        console.print()
        print_record(console, record, await Titles(kept, LOCAL_TENANT).of(run.plan_hash))
        console.print()
        print_outputs(console, record["outputs"])
        if not is_leaving:
            _tell_what_next(settings, str(run.id))
    finally:
        await kept.engine.dispose()
    return 0 if run.status == "COMPLETED" else 1


def _tell_what_next(settings: Settings, run_id: str) -> None:
    file = EXAMPLE.relative_to(ROOT)
    console.print(Text(f"\nThis run in Temporal's UI: {ui_link(settings, run_id)}"))
    say("\nWhat to try next, in a second terminal:", "bold")
    for what, command in (
        ("the same with your own input", f"{program()} run {file} -i Project=Mine"),
        ("all runs", f"{program()} runs list"),
        ("this run again", f"{program()} runs show {run_id}"),
        ("kill a worker while one runs", "kill -9 PROCESS, with a number from above"),
    ):
        say(f"  {what:<30}{command}")
    say("A killed worker is started again, and the run goes on where it was.")


def say(text: str, style: str = "") -> None:
    """Print a line as it is."""
    console.print(Text(text, style))


def worker(
    roles: Annotated[list[Role] | None, typer.Option("--role", help="What it does; every role by default.")] = None,
) -> None:
    """Run a worker process until SIGTERM, then drain. It finds its servers by DRYSTONE_* variables."""
    settings = Settings()
    if settings.database_url is None:
        raise NoDatabase(
            "Set DRYSTONE_DATABASE_URL and DRYSTONE_TEMPORAL_ADDRESS; the embedded stack has its own workers."
        )
    configure_logs(settings)
    uvloop.run(run_worker(settings, roles or list(Role)))


def api() -> None:
    """Serve the API (GraphQL, files, health) until SIGTERM. It finds its servers by DRYSTONE_* variables."""
    settings = Settings()
    if settings.database_url is None:
        raise NoDatabase("Set DRYSTONE_DATABASE_URL; the embedded stack has its own API.")
    configure_logs(settings)
    uvloop.run(run_api(settings))


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

    say(f"The database is at revision {asyncio.run(work())}.")
