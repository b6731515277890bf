"""`drystone graph`: what can be done with a graph's file, without any server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from deploy.commands.needs import changes_of, needs_of
from deploy.installed import installed
from deploy.settings import Settings
from schema.adapting import Specs, adapt
from schema.check import check, errors_of
from schema.errors import DrystoneError
from schema.graph import Graph, read_graph, write_graph

app = typer.Typer(help="Work with agent graph files.", no_args_is_help=True)


def add_to(parent: typer.Typer) -> None:
    parent.add_typer(app, name="graph")


def read_file(path: Path) -> Graph:
    """Read a graph's file; raise DrystoneError naming what is wrong with it."""
    return read_graph(read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """Read a file that was named on the command line; raise FileUnreadable with its name and the reason."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"{path}: {error.strerror}.") from error


class FileUnreadable(DrystoneError):
    """The file cannot be read."""

    code = "FILE_UNREADABLE"
    fault = "theirs"


def _can_run(graph: Graph, specs: Specs) -> bool:
    """Say whether every node's block is here."""
    return not any(specs[node.block_id].is_placeholder for one in graph.every_graph() for node in one.nodes)


@app.command("check")
def check_file(
    file: Annotated[Path, typer.Argument(help="An agent graph's JSON file.")],
    is_json: Annotated[bool, typer.Option("--json", help="Print the problems as JSON.")] = False,
) -> int:
    """Check a graph's file: every problem at once, each with node, pin and what to do. Exit status 2 if it has any. What a run
    of it needs, and what an import changes, goes to standard error."""
    specs = installed(Settings()).specs
    adapted = adapt(read_file(file), specs)
    # As it would be kept: what an import mends is no problem.
    graph = adapted.graph
    problems = check(graph, specs)
    errors = errors_of(problems)
    if is_json:
        print(orjson.dumps([problem.to_wire() for problem in problems], option=orjson.OPT_INDENT_2).decode())
        return 2 if errors else 0
    console = Console(soft_wrap=True)
    for problem in problems:
        style = "red" if problem.severity == "error" else "yellow"
        console.print(f"{problem.severity}: {problem}", style=style, markup=False, highlight=False)
    summary = f"{len(errors)} problems" if errors else "can run" if _can_run(graph, specs) else "can be kept"
    console.print(f"{graph.name}: {len(graph.nodes)} nodes, {len(graph.links)} links: {summary}.", markup=False)
    for line in (*changes_of(adapted), *needs_of(graph, specs)):
        Console(stderr=True, soft_wrap=True).print(line, markup=False, highlight=False)
    return 2 if errors else 0


@app.command("export")
def export_file(file: Annotated[Path, typer.Argument(help="An agent graph's JSON file.")]) -> None:
    """Read a graph's file and print it as Drystone writes it: what it does not know is kept."""
    print(orjson.dumps(write_graph(read_file(file)), option=orjson.OPT_INDENT_2).decode())
