"""`drystone approvals`: what runs ask people, and deciding it from a terminal; everything goes through the API."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.commands.showing import UUID_CHARS, WIDE
from deploy.ids import from_api, is_uuid, to_api
from deploy.session import session
from deploy.settings import Settings
from schema.errors import InvalidValue, NotFound, shorten

Json = dict[str, Any]

app = typer.Typer(help="What runs ask people.", no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)
PAGE: Final = 100
_FIELDS: Final = (
    "id status kind title message agentName runId nodeId createdAt deadline needed roles isEditable currentData { json } "
    "comment decidedAt decidedBy { name } votes { person { name } isApproval comment at }"
)
_LIST: Final = (
    "query($first: Int, $after: String, $mine: Boolean!, $status: [ApprovalStatus!]) "
    "{ approvals(first: $first, after: $after, mine: $mine, status: $status) "
    f"{{ nodes {{ {_FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
_ONE: Final = f"query($id: ID!) {{ approval(id: $id) {{ {_FIELDS} }} }}"
_DECIDE: Final = (
    "mutation($input: DecideApprovalInput!) { decideApproval(input: $input) "
    "{ approval { status } errors { code message path } } }"
)
_LINK: Final = (
    "mutation($input: MakeApprovalLinkInput!) { makeApprovalLink(input: $input) "
    "{ token link { expiresAt } errors { code message path } } }"
)

ApprovalId = Annotated[str, typer.Argument(metavar="APPROVAL", help="The approval's id, as `list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Comment = Annotated[str | None, typer.Option(help="What to say to it.")]


def add_to(parent: typer.Typer) -> None:
    parent.add_typer(app, name="approvals")


@app.command("list")
def list_approvals(
    is_all: Annotated[bool, typer.Option("--all", help="Also what is decided, and what others decide.")] = False,
    is_json: AsJson = False,
) -> None:
    """List what you may decide now, the newest first."""
    found = asyncio.run(_listed(is_all))
    if is_json:
        _print_json(found)
        return
    console.print(_table(found, with_status=is_all, is_wide=console.width >= WIDE))


def _table(found: list[Json], *, with_status: bool, is_wide: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    more = [*(["status"] if with_status else []), *(["agent"] if is_wide else [])]
    for heading in ("approval", *more, "asked, UTC", "title"):
        # An id and a state are for copying: what has no room is the title.
        table.add_column(heading, no_wrap=True, min_width=UUID_CHARS if heading == "approval" else None)
    for one in found:
        asked_at = datetime.fromisoformat(one["createdAt"]).astimezone(UTC)
        cells = {"status": one["status"], "agent": shorten(one["agentName"], 40)}
        row = [one["id"], *(cells[heading] for heading in more), f"{asked_at:%m-%d %H:%M}", one["title"]]
        table.add_row(*map(Text, row))
    return table


@app.command("show")
def show_approval(approval: ApprovalId, is_json: AsJson = False) -> None:
    """Show what is asked, the data that stands to be approved, and who has said what."""
    found = asyncio.run(_shown(approval))
    if is_json:
        _print_json(found)
        return
    decided = "" if found["decidedBy"] is None else f" by {found['decidedBy']['name']}"
    console.print(Text(f"{found['title']}\n{found['message']}".rstrip()))
    console.print(Text(f"{found['agentName']}, node {found['nodeId']}, run {found['runId']}"))
    console.print(Text(f"{found['status']}{decided}" + (f": {found['comment']}" if found["comment"] else "")))
    for vote in found["votes"]:
        name = "somebody who has left" if vote["person"] is None else vote["person"]["name"]
        console.print(Text(f"  {name} {'approved' if vote['isApproval'] else 'rejected'}: {vote['comment'] or ''}"))
    _print_json(found["currentData"]["json"])


@app.command("approve")
def approve(
    approval: ApprovalId,
    data: Annotated[str | None, typer.Option(help="The data as you edited it, JSON; `-` reads it.")] = None,
    comment: Comment = None,
) -> None:
    """Approve, as the data stands or as you edited it."""
    edited = {} if data is None else {"data": _json_of(data)}
    _say_status(asyncio.run(_decided(approval, approve=True, comment=comment, **edited)))


@app.command("reject")
def reject(approval: ApprovalId, comment: Comment = None) -> None:
    """Reject."""
    _say_status(asyncio.run(_decided(approval, approve=False, comment=comment)))


@app.command("link")
def make_link(
    approval: ApprovalId, hours: Annotated[int, typer.Option(help="Hours after which it ends.")] = 72
) -> None:
    """Make a link's token, by which you may decide it once without signing in. It is shown now and never again."""
    made = asyncio.run(_changed("makeApprovalLink", _LINK, approvalId=_api_id(approval), expiresInHours=hours))
    print(made["token"])


async def _listed(is_all: bool) -> list[Json]:
    found: list[Json] = []
    after: str | None = None
    async with session(Settings(), _say) as opened:
        while True:
            page = (await opened.api.ask(_LIST, first=PAGE, after=after, mine=not is_all))["approvals"]
            found += map(_plain, page["nodes"])
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return found


async def _shown(approval: str) -> Json:
    async with session(Settings(), _say) as opened:
        return _plain((await opened.api.ask(_ONE, id=_api_id(approval)))["approval"])


async def _decided(approval: str, **said: Any) -> str:
    return str((await _changed("decideApproval", _DECIDE, id=_api_id(approval), **said))["approval"]["status"])


async def _changed(name: str, document: str, **given: Any) -> Json:
    async with session(Settings(), _say) as opened:
        return await opened.api.change(name, document, input=given)


def _plain(one: Json) -> Json:
    return {**one, "id": from_api(one["id"]), "runId": from_api(one["runId"])}


def _api_id(approval: str) -> str:
    if not is_uuid(approval):
        raise NotFound(f"There is no approval {approval!r} here.")
    return to_api("Approval", approval)


def _json_of(text: str) -> Any:
    try:
        return orjson.loads(sys.stdin.read() if text == "-" else text)
    except orjson.JSONDecodeError as error:
        raise InvalidValue(f"The data is not JSON: {error}.", where="data") from error


def _say_status(status: str) -> None:
    print("It waits for others, too." if status == "PENDING" else f"{status.capitalize()}.")


def _print_json(value: Any) -> None:
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def _say(text: str) -> None:
    console.print(Text(text))
