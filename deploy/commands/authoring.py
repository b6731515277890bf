"""`drystone blocks new`, `check`, `try` and `packages`: for who writes blocks of their own; no server is asked."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from blocks.isolation import BlockProcesses, Outcome
from blocks.packages import Contribution
from blocks.registry import Registry
from blocks.sdk.block import Block
from blocks.sdk.trial import problems_of
from deploy.blueprint import write_package
from deploy.commands.graphs import read_bytes
from deploy.described import read_description
from deploy.egress import policy
from deploy.installed import Folders, found_block, installed, with_folders
from deploy.settings import Settings
from schema.errors import InvalidInput, InvalidValue

err = Console(stderr=True, soft_wrap=True, highlight=False)
out = Console(soft_wrap=True, highlight=False)
#: Seconds that a block which is tried may run.
TRY_SECONDS: Final = 8.0


def add_to(parent: typer.Typer) -> None:
    parent.command("new")(new_package)
    parent.command("check")(check_blocks)
    parent.command("try")(try_block)
    parent.command("packages")(list_packages)


def new_package(
    name: Annotated[str, typer.Argument(help="The package's name, such as `word-count`.")],
    folder: Annotated[Path, typer.Option(help="Where its folder is made.")] = Path(),
    openapi: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A service's OpenAPI description (JSON): a block for each operation."),
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Where that service is, where its description does not say it.")
    ] = None,
) -> None:
    """Make a package with a block of your own: module, test, README, entry point. It passes its test as it is."""
    described = None if openapi is None else read_description(read_bytes(openapi), name, url)
    root = write_package(name, folder, described)
    count = "one block" if described is None else f"blocks for {len(described.operations)} operations"
    out.print(Text(f"{root} is a package with {count}. What to do next:"))
    for what, command in (
        ("run its test", f"cd {root} && python -m pytest"),
        ("try its block", f"drystone blocks check --blocks {root}"),
        ("work on it in the platform", f"drystone dev --blocks {root}"),
    ):
        out.print(Text(f"  {what:<28}{command}"))


def check_blocks(
    names: Annotated[
        list[str] | None, typer.Argument(help="Blocks; by default all that packages and folders add.")
    ] = None,
    folders: Folders = None,
) -> int:
    """Run the examples of blocks, and say which are not true. Exit status 1 if any, or if a package is broken."""
    registry = installed(with_folders(Settings(), folders))
    blocks = [registry.get(found_block(registry, name).id) for name in names] if names else _added(registry)
    if not blocks and not _is_left_out(registry):
        raise InvalidInput("There is no block to check: name one, or give a folder by --blocks.")
    is_broken = tell_left_out(registry)
    problems = [problem for block in blocks for problem in problems_of(block)]
    for problem in problems:
        err.print(Text(problem, "red"))
    count = sum(len(block.examples) for block in blocks)
    out.print(Text(f"Blocks: {len(blocks)}, examples: {count}, not true: {len(problems)}."))
    return 1 if problems or is_broken else 0


def try_block(
    block: Annotated[str, typer.Argument(help="A block's id or name.")],
    inputs: Annotated[
        str | None, typer.Option("--input", help="The inputs as JSON; by default its first example's.")
    ] = None,
    is_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    folders: Folders = None,
) -> int:
    """Run a block once in a process of its own, within the limits of the API: print what it emits. Exit status 1 if it fails."""
    settings = with_folders(Settings(), folders)
    registry = installed(settings)
    found = registry.get(found_block(registry, block).id)
    given = _inputs_of(found, inputs)
    outcome = asyncio.run(BlockProcesses(policy(settings), TRY_SECONDS).run(found, given))
    if is_json:
        print(_json({"emissions": outcome.emissions, "error": outcome.error, "seconds": outcome.seconds}))
    else:
        _tell(given, outcome)
    return 0 if outcome.error is None else 1


def list_packages(
    is_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False, folders: Folders = None
) -> int:
    """List what installed packages, modules and folders add, and what of it is left out and why. Exit status 1 if anything is."""
    registry = installed(with_folders(Settings(), folders))
    if is_json:
        print(_json([_row(one) for one in registry.contributions]))
    elif registry.contributions:
        Console().print(_table(registry))
    else:
        out.print("No package adds blocks: there are those of the library only.")
    return int(_is_left_out(registry))


def tell_left_out(registry: Registry) -> bool:
    """Say on standard error what was left out, and why; say whether anything was."""
    for one in registry.contributions:
        for problem in one.problems:
            err.print(Text(f"Blocks of {one.source} ({one.entry}) are left out: {problem}", "red"))
    return _is_left_out(registry)


def _is_left_out(registry: Registry) -> bool:
    return any(one.problems for one in registry.contributions)


def _added(registry: Registry) -> list[type[Block]]:
    return [block for one in registry.contributions for block in one.blocks]


def _inputs_of(block: type[Block], text: str | None) -> dict[str, Any]:
    if text is None:
        return dict(block.examples[0].input) if block.examples else {}
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidValue(f"The input is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise InvalidInput("The input is an object of JSON: {pin: value}.")
    return given


def _tell(given: dict[str, Any], outcome: Outcome) -> None:
    err.print(Text(f"input: {_json(given)}", "dim"))
    for pin, value in outcome.emissions:
        out.print(Text(f"{pin}: {_json(value)}"))
    if outcome.error is not None:
        err.print(Text(f"{outcome.error['code']}: {outcome.error['message']}", "red"))


def _table(registry: Registry) -> Table:
    table = Table(*(Column(title, overflow="fold") for title in ("package", "entry", "gives", "left out")))
    for one in registry.contributions:
        given = ", ".join([*(block.name for block in one.blocks), *(f"provider {each.name}" for each in one.providers)])
        table.add_row(*(Text(cell) for cell in (one.source, one.entry, given, "\n".join(one.problems))))
    return table


def _row(one: Contribution) -> dict[str, Any]:
    return {
        "package": one.source,
        "entry": one.entry,
        "blocks": [block.name for block in one.blocks],
        "providers": [provider.name for provider in one.providers],
        "problems": list(one.problems),
    }


def _json(value: Any) -> str:
    return orjson.dumps(value, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
