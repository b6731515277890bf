"""`drystone run` and `drystone runs`: starting a run and looking at runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from blocks.registry import discover
from deploy.build import Stores
from deploy.commands.graphs import read_file
from deploy.commands.showing import (
    ROWS_MAX,
    WIDE,
    Progress,
    Titles,
    print_end,
    print_record,
    program,
    shortened,
    ui_link,
)
from deploy.ending import run_until_interrupted
from deploy.session import Session, session
from deploy.settings import Settings
from schema.db.records import describe
from schema.db.runs import NewRun, Run
from schema.errors import InvalidRunInput, NotFound
from schema.graph import Graph, parse_graph
from schema.ids import LOCAL_TENANT
from schema.states import State
from workflows.engine.plan import compile_graph

app = typer.Typer(help="The runs of agents.", no_args_is_help=True)
#: What is told on the way goes to standard error: standard output has the result and nothing else.
err = Console(stderr=True, soft_wrap=True, highlight=False)
EXIT_STATUS = {"COMPLETED": 0, "FAILED": 1, "TERMINATED": 3}

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
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
    is_detached: Annotated[bool, typer.Option("--detach", help="Print the run's id and do not wait.")] = False,
    is_json: Annotated[bool, typer.Option("--json", help="Print the whole run record as JSON.")] = False,
) -> int:
    """Run an agent durably to its end and print its outputs. Exit status: 0 COMPLETED, 1 FAILED, 2 refused, 3 TERMINATED,
    130 interrupted: the run itself goes on."""
    given = parse_inputs(inputs or [])
    graph = read_file(Path(agent)) if Path(agent).exists() or not _is_uuid(agent) else None
    if graph is not None:
        compile_graph(graph, discover().specs)
    return run_until_interrupted(_run(graph, agent, given, key, is_detached, is_json))


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


async def _run(
    graph: Graph | None, agent: str, given: dict[str, Any], key: str | None, is_detached: bool, is_json: bool
) -> int:
    async with session(Settings(), _say, is_starting=True) as opened:
        graph = await _stored(opened.stores, graph, agent)
        run = await submit(opened.stores, graph, given, key)
        if is_detached:
            print(run.id)
            if opened.is_passing:
                _say(f"It is accepted. It runs when a stack does: {program()} dev")
            return 0
        run = await _follow(opened, run)
        if is_json:
            record = await opened.stores.records.get(LOCAL_TENANT, run.id, executions_max=100_000)
            print(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode())
        else:
            await _print_result(opened, run)
    return EXIT_STATUS[run.status]


async def _follow(opened: Session, run: Run) -> Run:
    try:
        return await Progress(err, opened.stores, LOCAL_TENANT).follow(run)
    except asyncio.CancelledError:
        if opened.is_passing:
            _say(f"The run {run.id} is kept. It goes on when a stack runs: {program()} dev")
        else:
            _say(f"The run goes on. Look: {program()} runs show {run.id}. End it: {program()} runs cancel {run.id}")
        raise


async def _print_result(opened: Session, run: Run) -> None:
    """Print the outputs, as JSON, to standard output, and what else there is to know to standard error."""
    record = await opened.stores.records.get(LOCAL_TENANT, run.id, executions_max=ROWS_MAX + 1)
    if err.is_terminal:
        print_record(err, record, await Titles(opened.stores, LOCAL_TENANT).of(run.plan_hash), ROWS_MAX)
    else:
        print_end(err, record)
    if opened.settings.temporal_ui_url and not opened.is_passing:
        _say(f"In Temporal's UI: {ui_link(opened.settings, run.id)}")
    print(orjson.dumps(record["outputs"]).decode(), flush=True)


def _say(text: str) -> None:
    err.print(Text(text))


async def submit(stores: Stores, graph: Graph, given: dict[str, Any], key: str | None = None) -> Run:
    """Compile and accept a run of a stored graph: when this returns, it will run."""
    specs = discover().specs
    plan = compile_graph(graph, specs)
    new = NewRun(
        tenant_id=LOCAL_TENANT,
        graph_id=UUID(graph.id),
        graph_version=graph.version,
        plan_hash=plan.hash,
        agent_name=graph.name,
        inputs=given,
        idempotency_key=key,
        start_after_seconds=0.0,
    )
    return await stores.submission.accept(graph, specs, (plan.hash, plan.to_lists()), new)


async def _stored(stores: Stores, graph: Graph | None, agent: str) -> Graph:
    if graph is None:
        return parse_graph(await stores.graphs.get(LOCAL_TENANT, UUID(agent)))
    return await stores.submission.save_graph(LOCAL_TENANT, graph)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@app.command("list")
def list_runs(
    status: Annotated[State | None, typer.Option(help="Only runs with this status.", case_sensitive=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at the most.")] = 20,
    is_json: Json = False,
) -> None:
    """List the newest runs."""

    async def work() -> list[Run]:
        async with session(Settings(), _say) as opened:
            return await opened.stores.runs.newest(LOCAL_TENANT, status, limit)

    runs = asyncio.run(work())
    if is_json:
        print(orjson.dumps([describe(run) for run in runs], option=orjson.OPT_INDENT_2).decode())
        return
    console = Console(soft_wrap=True, highlight=False)
    console.print(_table(runs, is_wide=console.width >= WIDE))


def _table(runs: list[Run], *, is_wide: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("run", "status", "created, UTC", "agent", *(("trigger", "error") if is_wide else ())):
        table.add_column(heading, no_wrap=True)
    for run in runs:
        code = "" if run.error is None else str(run.error.get("code"))
        agent = shortened(f"{run.agent_name} v{run.graph_version}", 40 if is_wide else 13)
        cells = [
            str(run.id),
            run.status,
            f"{run.created_at:%m-%d %H:%M}",
            agent,
            *((run.trigger, code) if is_wide else ()),
        ]
        table.add_row(*map(Text, cells))
    return table


@app.command("show")
def show_run(run: RunId, is_json: Json = False) -> None:
    """Show a run: its node executions and its outputs."""

    async def work() -> tuple[Settings, dict[str, Any], dict[str, str]]:
        async with session(Settings(), _say) as opened:
            row = await opened.stores.runs.get(LOCAL_TENANT, _uuid(run))
            record = await opened.stores.records.get(LOCAL_TENANT, row.id, executions_max=100_000)
            return opened.settings, record, await Titles(opened.stores, LOCAL_TENANT).of(row.plan_hash)

    settings, record, titles = asyncio.run(work())
    if is_json:
        print(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode())
        return
    console = Console(soft_wrap=True, highlight=False)
    print_record(console, record, titles)
    print(orjson.dumps(record["outputs"]).decode(), flush=True)
    if settings.temporal_ui_url:
        console.print(Text(f"In Temporal's UI: {ui_link(settings, record['id'])}"))


@app.command("cancel")
def cancel_run(
    run: RunId, reason: Annotated[str, typer.Option(help="Why, for the record.")] = "Cancelled by the operator."
) -> int:
    """Cancel a run and everything that it started. It ends even if nothing is working now."""

    async def work() -> bool:
        async with session(Settings(), _say) as opened:
            await opened.stores.runs.get(LOCAL_TENANT, _uuid(run))
            return await opened.stores.runs.request_cancel(LOCAL_TENANT, _uuid(run), reason)

    is_open = asyncio.run(work())
    print("The run will end." if is_open else "The run has ended already.")
    return 0


def _uuid(text: str) -> UUID:
    if not _is_uuid(text):
        raise NotFound(f"There is no run {text!r} here.")
    return UUID(text)
