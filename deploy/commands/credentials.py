"""`drystone credentials`: making and looking at credentials, and turning the keys that seal them; it shows no secret."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Any, Final

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
from schema.errors import InvalidInput

app = typer.Typer(help="The credentials, and the keys that seal them.", no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)
PAGE = 100
_LIST = (
    "query($first: Int, $after: String) { credentials(first: $first, after: $after) "
    "{ nodes { id provider type title last4 } pageInfo { hasNextPage endCursor } } }"
)

_CREATE = (
    "mutation($input: CreateCredentialInput!) { createCredential(input: $input) "
    "{ credential { id } errors { code message path nodeId pin remedy } } }"
)
#: Characters of a secret that is read.
_SECRET_CHARS_MAX: Final = 16_384


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


@app.command("add")
def add_credential(
    provider: Annotated[str, typer.Argument(help="The service that it is for, as an agent asks for it: jina, openai.")],
    title: Annotated[str | None, typer.Option(help="What it is called; absent: as the service.")] = None,
    user: Annotated[str | None, typer.Option(help="The user's name, where the secret is a password.")] = None,
    is_shared: Annotated[bool, typer.Option("--shared", help="Let everybody of the organisation use it.")] = False,
) -> None:
    """Keep an API key, or with --user a password, and print the credential's id. The secret is read from standard input, or asked
    for without showing it: it is no argument, for those are seen by others."""
    secret = _secret()
    kept: dict[str, Any] = {"apiKey": {"key": secret}}
    if user is not None:
        kept = {"userPassword": {"username": user, "password": secret}}
    print(
        asyncio.run(_added({"provider": provider, "title": title or provider, "isShared": is_shared, "secret": kept}))
    )


def _secret() -> str:
    """Read the one line of standard input that is the secret."""
    if sys.stdin.isatty():
        found = str(typer.prompt("The key or password", hide_input=True, err=True))
    else:
        found = sys.stdin.readline(_SECRET_CHARS_MAX + 1)
    secret = found.strip()
    if not secret or len(secret) > _SECRET_CHARS_MAX:
        raise InvalidInput(f"Give the secret on standard input: one line of at most {_SECRET_CHARS_MAX} characters.")
    return secret


async def _added(given: dict[str, Any]) -> str:
    async with session(Settings(), lambda text: Console(stderr=True).print(Text(text))) as opened:
        made = await opened.api.change("createCredential", _CREATE, input=given)
        return from_api(made["credential"]["id"])


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
