"""`drystone run` and `drystone runs`: starting a run and looking at runs."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table

from blocks.registry import discover
from deploy.build import Stores
from deploy.commands.graphs import read_file
from deploy.following import follow
from deploy.session import session
from deploy.settings import Settings
from schema.db.records import describe
from schema.db.runs import NewRun, Run
from schema.errors import InvalidRunInput, NotFound
from schema.graph import Graph, parse_graph
from schema.ids import LOCAL_TENANT, workflow_id
from workflows.engine.plan import compile_graph

app = typer.Typer(help="The runs of agents.", no_args_is_help=True)
err = Console(stderr=True, soft_wrap=True)
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
    """Run an agent durably to its end. Exit status: 0 COMPLETED, 1 FAILED, 2 refused, 3 TERMINATED."""
    given = parse_inputs(inputs or [])
    graph = read_file(Path(agent)) if Path(agent).exists() or not _is_uuid(agent) else None
    if graph is not None:
        compile_graph(graph, discover().specs)
    return asyncio.run(_run(graph, agent, given, key, is_detached, is_json))


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
    async with session(Settings(), err.print, is_starting=True) as (settings, stores):
        graph = await _stored(stores, graph, agent)
        run = await submit(stores, graph, given, key)
        if is_detached:
            print(run.id)
            return 0
        with err.status(f"{graph.name}: {run.status}") as status:
            run = await follow(stores, LOCAL_TENANT, run.id, lambda row, counts: _show_move(status, row, counts))
        record = await stores.records.get(LOCAL_TENANT, run.id, executions_max=100_000)
        if is_json:
            print(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode())
        else:
            print_record(record, settings)
    return EXIT_STATUS[run.status]


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


def _show_move(status: Status, run: Run, counts: dict[str, int]) -> None:
    moves = ", ".join(f"{count} {state.lower()}" for state, count in sorted(counts.items()))
    status.update(f"{run.agent_name}: {run.status}{': ' + moves if moves else ''}")


def print_record(record: dict[str, Any], settings: Settings) -> None:
    """Print a run for a person: its outputs, its node history, and where to look."""
    console = Console(soft_wrap=True)
    table = Table("#", "node", "status", "tries", "ms", "inputs", "outputs", title="Node executions")
    for row in record["node_executions"][:50]:
        table.add_row(
            str(row["execution"]) if row["execution"] > 0 else "-",
            row["node_id"][:8],
            row["status"],
            str(len(row["attempts"])),
            _milliseconds(row),
            _short(row["input_data"]),
            _short(row["output_data"]),
        )
    console.print(table)
    if len(record["node_executions"]) > 50:
        console.print(f"... and {len(record['node_executions']) - 50} more: drystone runs show {record['id']}")
    if record["error"] is not None:
        console.print(f"{record['error']['code']}: {record['error']['message']}", style="red", markup=False)
    console.print(f"{record['agent_name']}: {record['status']}", style="bold", markup=False)
    print(orjson.dumps(record["outputs"]).decode())
    if settings.temporal_ui_url:
        console.print(f"In Temporal: {ui_link(settings, record['id'])}", markup=False)


def ui_link(settings: Settings, run_id: str) -> str:
    """Give the address of a run in Temporal's UI."""
    return f"{settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}/workflows/{workflow_id(run_id)}"


def _milliseconds(row: dict[str, Any]) -> str:
    if not row["attempts"]:
        return ""
    ended = [attempt for attempt in row["attempts"] if "ended_at" in attempt]
    seconds = sum(_moment(a["ended_at"]) - _moment(a["started_at"]) for a in ended)
    return f"{seconds * 1000:.0f}"


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _short(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."


@app.command("list")
def list_runs(
    status: Annotated[str | None, typer.Option(help="Only runs with this status.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at the most.")] = 20,
    is_json: Json = False,
) -> None:
    """List the newest runs."""

    async def work() -> list[Run]:
        async with session(Settings(), err.print) as (_, stores):
            return await stores.runs.newest(LOCAL_TENANT, status, limit)

    runs = asyncio.run(work())
    if is_json:
        print(orjson.dumps([describe(run) for run in runs], option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("run", "agent", "status", "trigger", "created", "error")
    for run in runs:
        code = "" if run.error is None else str(run.error.get("code"))
        table.add_row(
            str(run.id),
            f"{run.agent_name} v{run.graph_version}",
            run.status,
            run.trigger,
            f"{run.created_at:%F %T}",
            code,
        )
    Console().print(table)


@app.command("show")
def show_run(run: RunId, is_json: Json = False) -> None:
    """Show a run: its outputs and its node executions."""

    async def work() -> tuple[Settings, dict[str, Any]]:
        async with session(Settings(), err.print) as (settings, stores):
            return settings, await stores.records.get(LOCAL_TENANT, _uuid(run), executions_max=100_000)

    settings, record = asyncio.run(work())
    if is_json:
        print(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode())
    else:
        print_record(record, settings)


@app.command("cancel")
def cancel_run(
    run: RunId, reason: Annotated[str, typer.Option(help="Why, for the record.")] = "Cancelled by the operator."
) -> int:
    """Cancel a run and everything that it started. It ends even if nothing is working now."""

    async def work() -> bool:
        async with session(Settings(), err.print) as (_, stores):
            await stores.runs.get(LOCAL_TENANT, _uuid(run))
            return await stores.runs.request_cancel(LOCAL_TENANT, _uuid(run), reason)

    is_open = asyncio.run(work())
    print("The run will end." if is_open else "The run has ended already.")
    return 0


def _uuid(text: str) -> UUID:
    if not _is_uuid(text):
        raise NotFound(f"There is no run {text!r} here.")
    return UUID(text)
