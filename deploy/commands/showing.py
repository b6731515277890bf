"""How a run is shown to a person: what ends while it runs, and the record when it is over; it decides nothing."""

from __future__ import annotations

import os
import shlex
import sys
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final

import orjson
from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from deploy.following import Ended, Look, follow
from deploy.remote import Api, Json

#: Lines that a terminal shows of what has ended, above the line that moves.
LINES_MAX: Final = 12
#: Rows of a table of node executions that is shown unasked.
ROWS_MAX: Final = 50
#: Seconds after which a run that nobody started is worth a word.
PATIENCE_SECONDS: Final = 15.0
#: A narrower terminal has no room for what went in.
WIDE: Final = 110
#: An id is for copying: no table cuts it short.
UUID_CHARS: Final = 36
#: Characters of a node's name in a table, and of all its narrow columns together.
NODE_CHARS: Final = 26
NARROW_CHARS: Final = 66
_STYLES: Final = {"COMPLETED": "green", "FAILED": "red", "TERMINATED": "yellow", "INCOMPLETE": "dim"}


class Progress:
    """A run on its way: each node execution as it ends, and how many are in which state.

    A terminal shows the last of them above a line that moves, and forgets them at the end; anything else gets a line each.
    """

    def __init__(self, console: Console, api: Api) -> None:
        self._console, self._api = console, api
        self._lines: list[Text] = []
        self._live: Live | None = None
        self._began = monotonic()
        self._has_complained = False

    async def follow(self, run_id: str) -> Json:
        """Show the run until it is over; give its facts."""
        if not self._console.is_terminal:
            return await self._look(run_id)
        with Live(Text(), console=self._console, transient=True, refresh_per_second=8) as self._live:
            return await self._look(run_id)

    async def _look(self, run_id: str) -> Json:
        run: Json = {}
        async for look in follow(self._api, run_id):
            run = look.run
            for ended in look.ended:
                self._say(line_of(ended, run))
            self._complain_of_nobody(run)
            if self._live is not None:
                self._live.update(self._shown(look))
        return run

    def _say(self, line: Text) -> None:
        if self._live is None:
            self._console.print(line)
        else:
            self._lines = [*self._lines, line][-LINES_MAX:]

    def _complain_of_nobody(self, run: Json) -> None:
        """Say it once where a run stays QUEUED: without a worker it waits for ever, and that is no error."""
        if run["status"] == "QUEUED" and not self._has_complained and monotonic() - self._began > PATIENCE_SECONDS:
            self._has_complained = True
            self._say(Text("Nothing has started it yet. It waits until a worker runs (drystone worker).", "yellow"))

    def _shown(self, look: Look) -> RenderableType:
        counts = ", ".join(f"{count} {status.lower()}" for status, count in sorted(look.counts.items()))
        said = f" {look.run['agent_name']}: {look.run['status']}{', ' + counts if counts else ''}"
        return Group(*self._lines, Spinner("dots", Text(said)))


def line_of(ended: Ended, run: Json) -> Text:
    """Give the line that tells of one node execution, at its time since the run was accepted."""
    name = f"{ended.title} #{ended.ordinal}"
    if ended.agent_name:
        name = f"{ended.agent_name} > {name}"
    since = max(0.0, (ended.ended_at - datetime.fromisoformat(run["created_at"])).total_seconds())
    line = Text(f"{since:7.2f} s  ", "dim").append(f"{name:<44}", _STYLES.get(ended.status, ""))
    if ended.status != "COMPLETED":
        error = ended.error
        why = f" {error.get('code')}: {shortened(error.get('message', ''), 160)}" if error else ""
        return line.append(f" {ended.status}{why}")
    return line.append(f" {duration(ended.started_at, ended.ended_at):>8}", "dim")


def print_record(console: Console, record: dict[str, Any], titles: dict[str, str], rows_max: int | None = None) -> None:
    """Print a run's node executions, what went wrong, and how it ended."""
    executions = record["node_executions"]
    console.print(_table(executions[:rows_max], titles, console.width))
    if rows_max is not None and len(executions) > rows_max:
        console.print(f"... and {len(executions) - rows_max} more: {program()} runs show {record['id']}", markup=False)
    print_end(console, record)


def print_end(console: Console, record: dict[str, Any]) -> None:
    """Print what went wrong, and how the run ended."""
    if record["error"] is not None:
        console.print(Text(f"{record['error']['code']}: {record['error']['message']}", "red"))
    problem = record.get("problem")
    if problem is not None:
        console.print(Text(f"{problem['code']} since {problem['since'][:19]}: {problem['message']}", "red"))
    stats = record["stats"] or {}
    took = duration(_moment(record["created_at"]), _moment(record["ended_at"]))
    said = f"{record['agent_name']}: {record['status']}"
    if record["ended_at"]:
        said += f" {took} after it was accepted"
    errors = stats.get("node_error_count", 0)
    counts = f"{stats.get('node_execution_count', 0)} node executions, {errors} {'error' if errors == 1 else 'errors'}"
    console.print(Text(f"{said}; {counts}." if stats else f"{said}.", "bold"))


def print_outputs(console: Console, outputs: dict[str, list[Any]]) -> None:
    """Print a run's outputs for a person: text as text, anything else as JSON."""
    for name, values in outputs.items():
        console.print(Text(name, "bold"))
        for value in values:
            said = value if isinstance(value, str) else orjson.dumps(value).decode()
            for line in said.splitlines() or [""]:
                console.print(Text(f"  {line}".rstrip()))


def _table(rows: list[dict[str, Any]], titles: dict[str, str], width: int) -> Table:
    """Give the table; what went in and came out share the room that the narrow columns leave."""
    is_wide = width >= WIDE
    room = max(20, width - NARROW_CHARS)
    table = Table(box=box.SIMPLE_HEAD, title="Node executions", title_justify="left", padding=(0, 1, 0, 0))
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("node", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("tries", justify="right", no_wrap=True)
    table.add_column("took", justify="right", no_wrap=True)
    if is_wide:
        table.add_column("got", no_wrap=True)
    table.add_column("gave", no_wrap=True)
    for row in rows:
        table.add_row(*_cells(row, titles, room=room // 2 - 2 if is_wide else room, is_wide=is_wide))
    return table


def _cells(row: dict[str, Any], titles: dict[str, str], *, room: int, is_wide: bool) -> list[Text]:
    title = titles.get(row["node_id"], row["node_id"])
    is_complete = row["execution"] > 0
    number, ordinal = (str(row["execution"]), f" #{row['ordinal']}") if is_complete else ("-", "")
    name = shortened(title, NODE_CHARS - len(ordinal)) + ordinal
    waits = f"(waits for more; has {', '.join(row['input_data'])})"
    got = shortened(_pins_of(row["input_data"]), room)
    gave = shortened(_pins_of(row["output_data"]) if is_complete else waits, room)
    tries = str(len(row["attempts"])) if row["attempts"] else ""
    took = duration(_moment(row["started_at"]), _moment(row["ended_at"])) if is_complete else ""
    cells = [Text(number, "dim"), Text(name), Text(row["status"], _STYLES.get(row["status"], "")), Text(tries)]
    return [*cells, Text(took), *([Text(got)] if is_wide else []), Text(gave)]


def _pins_of(pins: dict[str, Any]) -> str:
    return "  ".join(f"{pin}={shortened(orjson.dumps(value).decode(), 120)}" for pin, value in pins.items())


def shortened(text: str, limit: int) -> str:
    """Give text that fits, cut at its end."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def duration(began: datetime | None, ended: datetime | None) -> str:
    """Give the time between two moments as a person reads it; nothing where one of them is not known."""
    if began is None or ended is None:
        return ""
    seconds = max(0.0, (ended - began).total_seconds())
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def program() -> str:
    """Give what to type, as this process was started, to run another command on the same stack."""
    folder = os.environ.get("DRYSTONE_DATA_DIR")
    word = "drystone" if Path(sys.argv[0]).name == "drystone" else "./run"
    return word if folder is None else f"DRYSTONE_DATA_DIR={shlex.quote(folder)} {word}"
