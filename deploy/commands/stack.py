"""`drystone dev`, `demo`, `worker` and `db`: processes of the platform."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from deploy.commands.graphs import read_bytes
from deploy.commands.showing import Progress, print_outputs, print_record, program
from deploy.connecting import client_of
from deploy.ending import run_until_interrupted
from deploy.ids import to_api
from deploy.installed import Folders, with_folders
from deploy.place import FolderPlace
from deploy.polling import until_polling
from deploy.programs import API, DATABASE, WORKER, become
from deploy.reloading import LIBRARY, Reloader, stamps
from deploy.remote import Api, open_api
from deploy.remote_records import record_of
from deploy.roles import BESIDE_BLOCKS, QUEUES, Role, role_of
from deploy.session import NoDatabase, browser_token, embedded, living_workers, start, until_ready, worker_command
from deploy.settings import Settings
from deploy.stack import Endpoints, Stack
from deploy.starting import Asked, start_run
from deploy.token_file import token_file
from schema.block import Queue
from schema.graph import read_graph

console = Console(soft_wrap=True, highlight=False)
db = typer.Typer(help="The database.", no_args_is_help=True)
ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "release_notes.json"
#: At which a person can watch the demo's text grow, where no other pace is set.
DEMO_WORDS_PER_SECOND = 12.0
#: Node executions that are shown of the example.
EXECUTIONS_MAX = 1_000
WORKERS = {
    "engine": worker_command(*BESIDE_BLOCKS),
    "blocks": worker_command("blocks"),
}
#: Seconds that a new worker may take to begin: it is started again by itself if it dies.
WORKING_SECONDS = 20.0
Work = Callable[[Api, Stack], Awaitable[int]]


def add_to(parent: typer.Typer) -> None:
    parent.command("dev")(dev)
    parent.command("demo")(demo)
    parent.command("worker")(worker)
    parent.command("api")(api)
    parent.command("starter")(starter)
    parent.command("reconciler")(reconciler)
    parent.add_typer(db, name="db")


def dev(
    folders: Folders = None,
    is_fixed: Annotated[
        bool, typer.Option("--no-reload", help="Leave blocks as they are when their files change.")
    ] = False,
) -> int:
    """Run the embedded stack: PostgreSQL, Temporal with its UI, workers; until Ctrl+C. A change of a block's file is live for
    the next node."""
    settings = _at_a_pace(with_folders(Settings(), folders))
    if is_fixed:
        return run_until_interrupted(_with_stack(settings, _stay))
    # A block that changed is taken in by the workers of blocks: the engine, which is not replaced, runs none of them.
    settings = settings.model_copy(update={"engine_steps_regions": "none"})
    return run_until_interrupted(_with_stack(settings, _staying_fresh(settings)))


def _staying_fresh(settings: Settings) -> Work:
    """Give what stays up and reloads the blocks that change from now on."""
    places = [LIBRARY, *(folder.absolute() for folder in settings.folders_of_blocks)]
    seen = stamps(places)

    async def stay(api: Api, stack: Stack) -> int:
        assert stack.endpoints is not None
        client = await client_of(settings.at(stack.endpoints))

        async def until_working() -> bool:
            pid = stack.pid("blocks")
            return pid is not None and await until_polling(client, Queue.IO, pid, seconds=WORKING_SECONDS)

        environment = settings.environment(stack.endpoints)
        reloader = Reloader(stack, environment, places, seen, until_working, say)
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(reloader.run())
            status = await _stay(api, stack)
            watching.cancel()
        return status

    return stay


def demo(
    is_leaving: Annotated[bool, typer.Option("--exit", help="Leave after the run.")] = False,
) -> int:
    """Start the embedded stack, run an example agent durably to its end, say where to look, and stay up."""

    async def show(api: Api, stack: Stack) -> int:
        async with living_workers(stack, [*WORKERS, "api"]):
            status = await _run_example(api, stack, is_leaving=is_leaving)
        return status if is_leaving else await _stay(api, stack)

    return run_until_interrupted(_with_stack(_at_a_pace(Settings()), show))


def _at_a_pace(settings: Settings) -> Settings:
    """Give settings with which the demo writes so that one can watch it."""
    if settings.llm_demo_words_per_second is not None:
        return settings
    return settings.model_copy(update={"llm_demo_words_per_second": DEMO_WORDS_PER_SECOND})


async def _with_stack(settings: Settings, work: Work) -> int:
    say(f"Starting PostgreSQL, Temporal, the API and two workers in {settings.data_dir}")
    began = monotonic()
    is_known = token_file(settings.data_dir).exists()
    stack = embedded(settings, WORKERS, lambda text: say(text, "dim"), has_api=True)
    try:
        endpoints = await start(stack)
        say(f"PostgreSQL and Temporal answer after {monotonic() - began:.1f} s; the workers are starting.")
        _tell(endpoints, stack)
        if not is_known:
            _tell_owner(endpoints)
        async with open_api(FolderPlace(endpoints.data_dir), say) as api:
            async with living_workers(stack, ["api"]):
                await until_ready(api)
            await _tell_web_app(settings, endpoints)
            return await work(api, stack)
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
        ("GraphQL", f"{endpoints.api_url}/graphql"),
        ("Temporal's UI", endpoints.temporal_ui_url),
        ("Temporal", endpoints.temporal_address),
        ("Workers", workers),
        ("Data folder", endpoints.data_dir),
    ):
        say(f"  {what:<14}{where}")


async def _tell_web_app(settings: Settings, endpoints: Endpoints) -> None:
    """Show where the web app is, with a way in: the part behind # stays in the browser."""
    if endpoints.api_url is None:
        return
    token = await browser_token(settings, endpoints)
    if token is None:
        return  # The owner's key opens the app as well.
    say("\nThe web app; this link signs you in for half a day, from this machine:", "bold")
    say(f"  {endpoints.api_url}/sign-in#token={token}")


def _tell_owner(endpoints: Endpoints) -> None:
    """Show the first owner's key: now, and never again."""
    file = token_file(endpoints.data_dir)
    say("\nThe owner's API key, shown this once; it opens everything here:", "bold")
    say(f"  {file.read_text().strip()}")
    say(f"The command line finds it in {file}, which only you may read.", "dim")


async def _stay(_api: Api, _stack: Stack) -> int:
    """Wait for SIGINT or SIGTERM; that is how one leaves, so it is no error."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    say("\nThe stack is up until Ctrl+C.", "bold")
    await stopped.wait()
    return 0


async def _run_example(api: Api, stack: Stack, *, is_leaving: bool) -> int:
    data = read_bytes(EXAMPLE)
    run_id = await start_run(api, Asked(str(EXAMPLE), data, {}))
    say(f"\nRunning {read_graph(data).name!r} as {run_id} (times are from when it was accepted)", "bold")
    run = await Progress(console, api).follow(run_id)
    told = await record_of(api, run_id, EXECUTIONS_MAX)
    console.print()
    print_record(console, told.record, told.titles)
    console.print()
    print_outputs(console, told.record["outputs"])
    if not is_leaving:
        if stack.endpoints is not None:
            say(f"\nThis run in the web app: {stack.endpoints.api_url}/runs/{to_api('Run', run_id)}")
        _tell_what_next(told.temporal_url, run_id)
    return 0 if run["status"] == "COMPLETED" else 1


def _tell_what_next(temporal_url: str | None, run_id: str) -> None:
    file = EXAMPLE.relative_to(ROOT)
    console.print(Text(f"This run in Temporal's UI: {temporal_url}"))
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
    queues: Annotated[
        list[str] | None, typer.Option("--queue", help=f"A task queue that it serves: {', '.join(QUEUES)}.")
    ] = None,
    roles: Annotated[list[Role] | None, typer.Option("--role", help="What else it does.")] = None,
) -> None:
    """Run a worker process until SIGTERM, then drain; with neither option it does everything. It finds its servers by DRYSTONE_*
    variables."""
    for queue in queues or ():
        if queue not in QUEUES:
            raise typer.BadParameter(
                f"{queue} is no task queue of the platform: {', '.join(QUEUES)}.", param_hint="--queue"
            )
    _become_worker([*(role_of(queue) for queue in queues or ()), *(roles or ())])


def starter() -> None:
    """Start runs that were accepted, deliver what they are told, and have Temporal's schedules follow ours, until SIGTERM. Any
    number may run at once."""
    _become_worker([Role.STARTER])


def reconciler() -> None:
    """Compare PostgreSQL with Temporal and repair what differs, and forget what is past its time, until SIGTERM. Any number may
    run at once."""
    _become_worker([Role.RECONCILER])


def _become_worker(roles: list[Role]) -> None:
    if Settings().database_url is None:
        raise NoDatabase(
            "Set DRYSTONE_DATABASE_URL and DRYSTONE_TEMPORAL_ADDRESS; the embedded stack has its own workers."
        )
    become(WORKER, *dict.fromkeys(role.value for role in roles))


def api() -> None:
    """Serve the API (GraphQL, files, health) until SIGTERM. It finds its servers by DRYSTONE_* variables."""
    settings = Settings()
    if settings.database_url is None:
        raise NoDatabase("Set DRYSTONE_DATABASE_URL; the embedded stack has its own API.")
    become(API)


@db.command("upgrade")
def upgrade_database() -> None:
    """Bring the database up to date with this version."""
    settings = Settings()
    if settings.database_url is None:
        raise NoDatabase("Set DRYSTONE_DATABASE_URL; the embedded stack upgrades its own database when it starts.")
    become(DATABASE)
