"""`drystone blocks`: the catalogue, and running one block by itself, without any server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

from blocks.registry import Registry
from blocks.sdk.block import DirectResult
from blocks.sdk.context import Context, Http
from blocks.sdk.direct import run_directly
from deploy.commands import authoring
from deploy.commands.block_page import facts_of, page_of
from deploy.commands.graphs import read_bytes
from deploy.commands.showing import WIDE
from deploy.egress import http
from deploy.installed import Folders, found_block, installed, with_folders
from deploy.settings import Settings
from schema.block import BlockSpec
from schema.errors import DrystoneError, InvalidInput, InvalidValue

app = typer.Typer(help="The blocks that nodes can be of.", no_args_is_help=True)
BlockId = Annotated[str, typer.Argument(help="A block's id or name.")]


def add_to(parent: typer.Typer) -> None:
    authoring.add_to(app)
    parent.add_typer(app, name="blocks")


@app.command("list")
def list_blocks(
    is_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    is_all: Annotated[bool, typer.Option("--all", help="Also those that are known and not installed.")] = False,
    folders: Folders = None,
) -> None:
    """List the blocks."""
    registry = installed(with_folders(Settings(), folders))
    authoring.tell_left_out(registry)
    specs = sorted(registry.specs.values(), key=lambda spec: spec.name)
    shown = [spec for spec in specs if is_all or not spec.is_placeholder]
    if is_json:
        print(orjson.dumps([facts_of(spec) for spec in shown], option=orjson.OPT_INDENT_2).decode())
        return
    console = Console()
    console.print(_table(shown, is_wide=console.width >= WIDE))


def _table(specs: list[BlockSpec], *, is_wide: bool) -> Table:
    """Give the table. A name is whole, for it is what one types; a narrow terminal has no room for more than what it does."""
    table = Table(Column("name", no_wrap=True), "what it does")
    if is_wide:
        table = Table(Column("name", no_wrap=True), "categories", "what it does", Column("id", no_wrap=True))
    for spec in specs:
        said = spec.description.split("\n")[0] if not spec.is_placeholder else "(not installed)"
        table.add_row(*((spec.name, " ".join(spec.categories), said, spec.id) if is_wide else (spec.name, said)))
    return table


@app.command("show")
def show_block(
    block: BlockId,
    is_json: Annotated[bool, typer.Option("--json", help="Print JSON, with the pins' JSON Schemas.")] = False,
    folders: Folders = None,
) -> None:
    """Show a block's contract: what it does, its pins with their types and defaults, its examples; and why it is disabled
    on this machine, if it is."""
    registry = installed(with_folders(Settings(), folders))
    spec = found_block(registry, block)
    disabled = registry.disabled_reason(spec.id)
    if not is_json:
        console = Console(highlight=False)
        console.print(page_of(spec))
        if disabled is not None:
            console.print(f"\nDisabled on this machine. {disabled}", style="red", markup=False)
        return
    whole = facts_of(spec) | {
        "disabled_reason": disabled,
        "input_schema": spec.input_schema,
        "output_schema": spec.output_schema,
        "examples": list(spec.examples),
    }
    print(orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


@app.command("run")
def run_block(
    block: Annotated[str | None, typer.Argument(help="A block's id or name.")] = None,
    inputs: Annotated[str, typer.Option("--input", help="The inputs as a JSON object.")] = "{}",
    batch: Annotated[
        Path | None, typer.Option("--batch", help="JSON lines {block_id, input}; - for standard input.")
    ] = None,
    folders: Folders = None,
) -> int:
    """Run a block by itself; print {emissions, error}: each emission is a pin and a value. With --batch, a line for each
    line, in one process."""
    settings = with_folders(Settings(), folders)
    registry, way_out = installed(settings), http(settings)
    if batch is not None:
        lines = sys.stdin.buffer if str(batch) == "-" else read_bytes(batch).splitlines()
        asyncio.run(_run_batch(registry, lines, way_out))
        return 0
    if block is None:
        raise InvalidInput("Name a block, or give --batch FILE.")
    answer = asyncio.run(_run_line(registry, {"block_id": block, "input": _parsed(inputs)}, way_out))
    print(orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())
    return 0 if answer["error"] is None else 1


async def _run_batch(registry: Registry, lines: Iterable[bytes], way_out: Http) -> None:
    for line in lines:
        if line.strip():
            try:
                answer = await _run_line(registry, _parsed(line), way_out)
            except DrystoneError as error:
                answer = {"emissions": [], "error": error.message}
            sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_NON_STR_KEYS) + b"\n")
            sys.stdout.buffer.flush()


async def _run_line(registry: Registry, row: Any, way_out: Http) -> dict[str, Any]:
    if not isinstance(row, dict) or not isinstance(row.get("input", {}), dict):
        raise InvalidInput("A line is {block_id, input: {pin: value}}.")
    found = found_block(registry, str(row.get("block_id") or row.get("block_name")))
    result = await run_directly(registry.get(found.id), row.get("input", {}), Context(http=way_out))
    return _answer(result)


def _answer(result: DirectResult) -> dict[str, Any]:
    error = None if result.error is None else result.error.message
    return {"emissions": [[name, value] for name, value in result.emissions], "error": error}


def _parsed(text: str | bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidValue(f"The input is not JSON: {error}") from error
