"""`drystone run` and `drystone runs`: starting a run and looking at runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.commands.graphs import read_bytes
from deploy.commands.halting import print_standing, standing_of
from deploy.commands.showing import ROWS_MAX, WIDE, Progress, print_end, print_record, program, shortened
from deploy.ending import run_until_interrupted
from deploy.ids import is_uuid, to_api
from deploy.installed import installed
from deploy.place import StackStopped
from deploy.refusals import ApiRefused
from deploy.remote import Api, Json
from deploy.remote_records import Told, newest_runs, record_of
from deploy.session import Session, session
from deploy.settings import Settings
from deploy.stack import read_live
from deploy.starting import Asked, start_run
from schema.adapting import adapt
from schema.errors import InvalidRunInput, NotFound
from schema.graph import DRAFT_VERSION, read_graph
from schema.states import State
from workflows.engine.plan import compile_graph

app = typer.Typer(help="The runs of agents.", no_args_is_help=True)
#: What is told on the way goes to standard error: standard output has the result and nothing else.
err = Console(stderr=True, soft_wrap=True, highlight=False)
T = TypeVar("T")
CANCEL = (
    "mutation($id: ID!, $reason: String!) { cancelRun(input: {id: $id, reason: $reason}) "
    "{ errors { code message path nodeId pin remedy } } }"
)
EXIT_STATUS = {"COMPLETED": 0, "FAILED": 1, "TERMINATED": 3}

#: Node executions of a record that is printed as JSON.
EXECUTIONS_MAX = 100_000

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunId = Annotated[str, typer.Argument(help="A run's id.")]


def add_to(parent: typer.Typer) -> None:
    parent.command("run")(run_agent)
    parent.add_typer(app, name="runs")


def run_agent(
    agent: Annotated[str, typer.Argument(help="An agent graph's file, or the id of a stored agent.")],
    inputs: Annotated[
        list[str] | None, typer.Option("--input", "-i", help="NAME=VALUE; the value is JSON, or else text.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="An idempotency key: the same key gives the same run.")] = None,
    credentials: Annotated[
        list[str] | None, typer.Option("--credential", help="KEY=ID: the credential for a key that the agent asks for.")
    ] = None,
    is_detached: Annotated[bool, typer.Option("--detach", help="Print the run's id and do not wait.")] = False,
    is_json: Annotated[bool, typer.Option("--json", help="Print the whole run record as JSON.")] = False,
) -> int:
    """Run an agent durably to its end and print its outputs. Exit status: 0 COMPLETED, 1 FAILED, 2 refused, 3 TERMINATED,
    130 interrupted: the run itself goes on."""
    settings, given = Settings(), parse_inputs(inputs or [])
    file = Path(agent) if Path(agent).exists() or not is_uuid(agent) else None
    data = None if file is None else read_bytes(file)
    if data is not None:
        graph = read_graph(data)
        # Elsewhere, and in a stack that runs already, other blocks may be installed: there the API checks.
        if settings.api_url is None and read_live(settings.data_dir) is None:
            specs = installed(settings).specs
            compile_graph(adapt(graph, specs).graph, specs)
    asked = Asked(agent, data, given, key, parse_chosen(credentials or []))
    return run_until_interrupted(_run(settings, asked, is_detached=is_detached, is_json=is_json))


def parse_inputs(pairs: list[str]) -> dict[str, Any]:
    """Give {name: value} of NAME=VALUE pairs: a value that is JSON is taken as such, any other as text."""
    given: dict[str, Any] = {}
    for pair in pairs:
        name, is_pair, text = pair.partition("=")
        if not is_pair:
            raise InvalidRunInput(f"{pair!r} is no NAME=VALUE.")
        try:
            given[name] = orjson.loads(text)
        except orjson.JSONDecodeError:
            given[name] = text
    return given


def parse_chosen(pairs: list[str]) -> dict[str, str]:
    """Give {group key: credential id} of KEY=ID pairs."""
    chosen = {}
    for pair in pairs:
        key, _, text = pair.partition("=")
        if not is_uuid(text):
            raise InvalidRunInput(f"{pair!r} is no KEY=ID; see `drystone credentials list`.")
        chosen[key] = text
    return chosen


async def _run(settings: Settings, asked: Asked, *, is_detached: bool, is_json: bool) -> int:
    async with session(settings, say, is_starting=True) as opened:
        run_id = await start_run(opened.api, asked)
        return await tell(opened, run_id, is_detached=is_detached, is_json=is_json)


async def tell(opened: Session, run_id: str, *, is_detached: bool, is_json: bool) -> int:
    """Tell of a run that was accepted: its id, or, once it is over, what it gave; give the exit status."""
    if is_detached:
        print(run_id)
        if opened.is_passing:
            say(f"It is accepted. It runs when a stack does: {program()} dev")
        return 0
    run = await _follow(opened, run_id)
    if is_json:
        told = await record_of(opened.api, run_id, EXECUTIONS_MAX)
        print(orjson.dumps(told.record, option=orjson.OPT_INDENT_2).decode())
    else:
        await _print_result(opened, run_id)
    return EXIT_STATUS[run["status"]]


async def _follow(opened: Session, run_id: str) -> Json:
    try:
        return await Progress(err, opened.api).follow(run_id)
    except StackStopped as error:
        raise StackStopped(f"{error.message} Then look: {program()} runs show {run_id}") from error
    except asyncio.CancelledError:
        if opened.is_passing:
            say(f"The run {run_id} is kept. It goes on when a stack runs: {program()} dev")
        else:
            say(f"The run goes on. Look: {program()} runs show {run_id}. End it: {program()} runs cancel {run_id}")
        raise


async def _print_result(opened: Session, run_id: str) -> None:
    """Print the outputs, as JSON, to standard output, and what else there is to know to standard error."""
    told = await record_of(opened.api, run_id, ROWS_MAX + 1)
    if err.is_terminal:
        print_record(err, told.record, told.titles, ROWS_MAX)
    else:
        print_end(err, told.record)
    if told.temporal_url and not opened.is_passing:
        say(f"In Temporal's UI: {told.temporal_url}")
    print(orjson.dumps(told.record["outputs"]).decode(), flush=True)


def say(text: str) -> None:
    """Say something on the way."""
    err.print(Text(text))


@app.command("list")
def list_runs(
    status: Annotated[State | None, typer.Option(help="Only runs with this status.", case_sensitive=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at the most.")] = 20,
    is_json: AsJson = False,
) -> None:
    """List the newest runs."""

    async def work() -> list[Json]:
        async with session(Settings(), say) as opened:
            return await newest_runs(opened.api, None if status is None else status.value, limit)

    runs = asyncio.run(work())
    if is_json:
        print(orjson.dumps(runs, option=orjson.OPT_INDENT_2).decode())
        return
    console = Console(soft_wrap=True, highlight=False)
    console.print(_table(runs, is_wide=console.width >= WIDE))


def _version(run: Json) -> str:
    return "draft" if run["graph_version"] == DRAFT_VERSION else f"v{run['graph_version']}"


def _table(runs: list[Json], *, is_wide: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("run", "status", "created, UTC", "agent", *(("trigger", "error") if is_wide else ())):
        table.add_column(heading, no_wrap=True)
    for run in runs:
        wrong = run["error"] or run["problem"]
        code = "" if wrong is None else wrong["code"]
        agent = shortened(f"{run['agent_name']} {_version(run)}", 40 if is_wide else 13)
        created = datetime.fromisoformat(run["created_at"]).astimezone(UTC)
        cells = [
            run["id"],
            run["status"],
            f"{created:%m-%d %H:%M}",
            agent,
            *((run["trigger"], code) if is_wide else ()),
        ]
        table.add_row(*map(Text, cells))
    return table


@app.command("show")
def show_run(run: RunId, is_json: AsJson = False) -> None:
    """Show a run: its node executions, why it does not go on, what it waits for, and its outputs."""

    async def work(api: Api) -> tuple[Told, Json]:
        return await record_of(api, run, EXECUTIONS_MAX), await standing_of(api, run)

    told, standing = with_run(run, work)
    if is_json:
        print(orjson.dumps(told.record, option=orjson.OPT_INDENT_2).decode())
        return
    console = Console(soft_wrap=True, highlight=False)
    print_record(console, told.record, told.titles)
    print_standing(console, standing)
    print(orjson.dumps(told.record["outputs"]).decode(), flush=True)
    if told.temporal_url:
        console.print(Text(f"In Temporal's UI: {told.temporal_url}"))


@app.command("cancel")
def cancel_run(
    run: RunId, reason: Annotated[str, typer.Option(help="Why, for the record.")] = "Cancelled by the operator."
) -> int:
    """Cancel a run and everything that it started. It ends even if nothing is working now."""

    async def work(api: Api) -> bool:
        try:
            await api.change("cancelRun", CANCEL, id=to_api("Run", run), reason=reason)
        except ApiRefused as error:
            if error.reason != "CONFLICT":
                raise
            return False
        return True

    print("The run will end." if with_run(run, work) else "The run has ended already.")
    return 0


def with_run(run: str, work: Callable[[Api], Awaitable[T]]) -> T:
    """Do something with a run; raise NotFound with the words that were typed where there is none."""

    async def open_and_work() -> T:
        async with session(Settings(), say) as opened:
            if not is_uuid(run):
                raise NotFound(f"There is no run {run!r} here.")
            try:
                return await work(opened.api)
            except ApiRefused as error:
                if error.reason != "NOT_FOUND":
                    raise
                raise NotFound(f"There is no run {run} here.") from error

    return asyncio.run(open_and_work())
