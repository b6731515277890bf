"""Why a run does not go on, as the command line shows it: its halts, waits, and limits of runs at once; it changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.commands.showing import shortened
from deploy.ids import to_api
from deploy.remote import Api, Json

_HALT: Final = (
    "key kind code message title since setBy { name } clearedAt clearedBy { name } answer nodeExecutionId number nodeId"
)
_HALTS: Final = (
    f"query($id: ID!, $cleared: Boolean!) {{ run(id: $id) {{ halts(includeCleared: $cleared) {{ {_HALT} }} }} }}"
)
_STANDING: Final = (
    f"query($id: ID!) {{ run(id: $id) {{ waitingReason halts {{ {_HALT} }} waits {{ kind name title until }} }} }}"
)


async def halts_of(api: Api, run: str, *, with_cleared: bool) -> list[Json]:
    """Give a run's halts, the oldest first."""
    found: list[Json] = (await api.ask(_HALTS, id=to_api("Run", run), cleared=with_cleared))["run"]["halts"]
    return found


async def standing_of(api: Api, run: str) -> Json:
    """Give why a run does not go on: halts, waits, and the limit that it waits behind."""
    found: Json = (await api.ask(_STANDING, id=to_api("Run", run)))["run"]
    return found


def print_standing(console: Console, standing: Json) -> None:
    """Print it, where there is something to say."""
    if standing["waitingReason"]:
        console.print(Text(standing["waitingReason"], "yellow"))
    if standing["halts"]:
        print_halts(console, standing["halts"])
    for wait in standing["waits"]:
        until = f" until {wait['until'][:19]} UTC" if wait["until"] else ""
        what = " ".join(word for word in (wait["kind"].lower(), wait["name"]) if word)
        console.print(Text(f"{wait['title']} waits: {what}{until}."))


def print_halts(console: Console, halts: Sequence[Json]) -> None:
    """Print halts as a table, with how each ended where one has."""
    rows = []
    for one in halts:
        place = f"{one['title']}: " if one["title"] else ""
        ended = "" if one["answer"] is None else f"{one['answer']} {name_of(one['clearedBy'])}".strip()
        what = f"{place}{one['code']}: {shortened(one['message'], 120)}"
        kind = one["kind"].lower().replace("_", " ")
        rows.append([one["key"], kind, moment(one["since"]), name_of(one["setBy"]), ended, what])
    console.print(table_of(("key", "kind", "since, UTC", "by", "ended by", "what"), rows))


def moment(given: str) -> str:
    """Give a moment as a table has room for it: without its year."""
    return given[5:19].replace("T", " ")


def table_of(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Give a table."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def name_of(member: Json | None) -> str:
    """Give who did something, where a person did."""
    return "" if member is None else str(member["name"])
