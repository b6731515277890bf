"""`drystone credentials`: looking at credentials, and turning the keys that seal them, while everything runs."""

from __future__ import annotations

import asyncio
from typing import Annotated

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.ids import from_api
from deploy.programs import KEYS, become
from deploy.session import session
from deploy.settings import Settings

app = typer.Typer(help="The credentials, and the keys that seal them.", no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)
PAGE = 100
_LIST = (
    "query($first: Int, $after: String) { credentials(first: $first, after: $after) "
    "{ nodes { id provider type title last4 } pageInfo { hasNextPage endCursor } } }"
)


def add_to(parent: typer.Typer) -> None:
    parent.add_typer(app, name="credentials")


@app.command("list")
def list_credentials(is_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the credentials that you may use: what they are, never what is in them."""
    found = asyncio.run(_listed())
    if is_json:
        print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("id", "provider", "type", "title", "ends with", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for one in found:
        table.add_row(*(Text(value or "") for value in one.values()))
    console.print(table)


async def _listed() -> list[dict[str, str | None]]:
    found: list[dict[str, str | None]] = []
    after: str | None = None
    async with session(Settings(), lambda text: console.print(Text(text))) as opened:
        while True:
            page = (await opened.api.ask(_LIST, first=PAGE, after=after))["credentials"]
            found += [{**one, "id": from_api(one["id"]), "type": one["type"].lower()} for one in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return found


# The keys are in a file of the deployment and in no request: what turns them works on the database itself.


@app.command("keys")
def show_keys() -> None:
    """Show the keys by their ids, and how many credentials each seals."""
    become(KEYS, "show")


@app.command("rotate")
def rotate(
    is_resuming: Annotated[
        bool, typer.Option("--resume", help="Add no key: go on with a rotation that was broken off.")
    ] = False,
) -> None:
    """Add a key to the key file, and wrap every credential's data key by it. Everything may run meanwhile."""
    become(KEYS, "resume" if is_resuming else "rotate")


@app.command("drop-key")
def drop(key_id: Annotated[str, typer.Argument(help="The key's id, as `keys` shows it.")]) -> None:
    """Take a key out of the key file that seals nothing any more."""
    become(KEYS, "drop", key_id)
