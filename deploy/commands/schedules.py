"""`drystone schedules`: agents that run at their times; everything goes through the API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.commands.runs import parse_chosen, parse_inputs
from deploy.commands.showing import UUID_CHARS, WIDE
from deploy.ids import from_api, is_uuid, to_api
from deploy.refusals import ApiRefused
from deploy.remote import Api, Json
from deploy.session import session
from deploy.settings import Settings
from schema.errors import InvalidSchedule, NotFound
from schema.schedules import OVERLAPS, SKIP

app = typer.Typer(help="Agents that run at their times.", no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)
T = TypeVar("T")
PAGE: Final = 100
#: Times that are shown of what became of a schedule's.
FIRES: Final = 10

_ERRORS: Final = "errors { code message path nodeId pin remedy }"
_FACTS: Final = (
    "id name graphId graphVersion overlap catchUpSeconds isPaused note revision isSynced nextTimes "
    "spec { words } problem { code message at }"
)
_SHOWN: Final = (
    f"{_FACTS} policyWords inputs credentials {{ key credentialId }} graph {{ name }} runsAs {{ email }} "
    f"fires(first: {FIRES}) {{ nodes {{ scheduledAt run {{ id status }} error {{ code message }} }} }}"
)
_LIST: Final = (
    "query($graphId: ID, $first: Int, $after: String) { schedules(graphId: $graphId, first: $first, after: $after) "
    f"{{ nodes {{ {_FACTS} graph {{ name }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
_ONE: Final = f"query($id: ID!) {{ schedule(id: $id) {{ {_SHOWN} }} }}"
_CREATE: Final = (
    f"mutation($input: CreateScheduleInput!) {{ createSchedule(input: $input) {{ schedule {{ id }} {_ERRORS} }} }}"
)
_PAUSE: Final = (
    f"mutation($input: PauseScheduleInput!) {{ pauseSchedule(input: $input) {{ schedule {{ id }} {_ERRORS} }} }}"
)
_RESUME: Final = _PAUSE.replace("PauseScheduleInput", "ResumeScheduleInput").replace("pauseSchedule", "resumeSchedule")
_TRIGGER: Final = (
    "mutation($input: TriggerScheduleInput!) { triggerSchedule(input: $input) "
    f"{{ fire {{ run {{ id }} error {{ code message }} }} {_ERRORS} }} }}"
)
_BACKFILL: Final = (
    f"mutation($input: BackfillScheduleInput!) {{ backfillSchedule(input: $input) {{ times {_ERRORS} }} }}"
)
_DELETE: Final = f"mutation($id: ID!) {{ deleteSchedule(id: $id) {{ isDone {_ERRORS} }} }}"
_TIMES: Final = "query($spec: ScheduleSpecInput!, $first: Int!) { scheduleTimes(spec: $spec, first: $first) }"

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ScheduleId = Annotated[str, typer.Argument(help="A schedule's id.")]
Note = Annotated[str | None, typer.Option(help="Why; shown here and in Temporal.")]
Crons = Annotated[
    list[str] | None, typer.Option("--cron", help="A line of five fields: minute hour day month weekday.")
]
Every = Annotated[int | None, typer.Option("--every", min=1, help="An interval, in seconds.")]
Offset = Annotated[int, typer.Option(min=0, help="How much later than the interval's own times, in seconds.")]
Zone = Annotated[str, typer.Option("--timezone", help="An IANA name, in which cron lines are read.")]
Jitter = Annotated[int, typer.Option(min=0, help="Put each time off by up to this many seconds.")]
OverlapName = Annotated[str, typer.Option(help=f"While a run is under way: {', '.join(OVERLAPS)}.")]


def add_to(parent: typer.Typer) -> None:
    parent.add_typer(app, name="schedules")


@app.command("list")
def list_schedules(
    agent: Annotated[str | None, typer.Option(help="Only those of the agent with this id.")] = None,
    is_json: AsJson = False,
) -> None:
    """List the schedules, with their next times and what keeps them from running."""

    async def work(api: Api) -> list[Json]:
        found: list[Json] = []
        after: str | None = None
        graph_id = None if agent is None else to_api("Graph", agent)
        while True:
            page = (await api.ask(_LIST, graphId=graph_id, first=PAGE, after=after))["schedules"]
            found += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return found

    found = _with_api(work)
    if is_json:
        _print_json([_record(one) for one in found])
        return
    console.print(_table(found, is_wide=console.width >= WIDE))


@app.command("show")
def show_schedule(schedule: ScheduleId, is_json: AsJson = False) -> None:
    """Show a schedule: when it is due, what becomes of times that overlap or were missed, and what became of the last ones."""

    async def work(api: Api) -> Json:
        return dict((await api.ask(_ONE, id=to_api("Schedule", schedule)))["schedule"])

    found = _with_schedule(schedule, work)
    if is_json:
        _print_json(_record(found))
        return
    agent = "(deleted)" if found["graph"] is None else found["graph"]["name"]
    version = "the active version" if found["graphVersion"] is None else f"version {found['graphVersion']}"
    who = "somebody who has left" if found["runsAs"] is None else found["runsAs"]["email"]
    _say(f"{found['name']}: {agent}, {version}, as {who}; {found['spec']['words']}.")
    _say(found["policyWords"])
    _say("Next: " + (", ".join(_minute(time) for time in found["nextTimes"] or ()) or _next_of(found)))
    if found["note"]:
        _say(f"Note: {found['note']}")
    if found["problem"] is not None:
        console.print(Text(f"It cannot run: {found['problem']['code']}: {found['problem']['message']}", style="red"))
    table = Table("due, UTC", "run", "status", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for fire in found["fires"]["nodes"]:
        table.add_row(*map(Text, (fire["scheduledAt"][:19], *_outcome(fire))))
    console.print(table)


@app.command("add")
def add_schedule(
    agent: Annotated[str, typer.Argument(help="The id of a stored agent.")],
    name: Annotated[str, typer.Option(help="What it is called.")],
    cron: Crons = None,
    every_seconds: Every = None,
    offset_seconds: Offset = 0,
    timezone: Zone = "UTC",
    jitter_seconds: Jitter = 0,
    overlap: OverlapName = SKIP,
    catch_up_seconds: Annotated[
        int, typer.Option(help="What was missed is made up for if it is not older than this.")
    ] = 3600,
    version: Annotated[int | None, typer.Option(help="Pin it to a version; else it runs the active one.")] = None,
    inputs: Annotated[list[str] | None, typer.Option("--input", "-i", help="NAME=VALUE; JSON, or else text.")] = None,
    credentials: Annotated[list[str] | None, typer.Option("--credential", help="KEY=ID.")] = None,
    is_paused: Annotated[bool, typer.Option("--paused", help="Begin paused.")] = False,
) -> None:
    """Have an agent run at its times, in your name; print the schedule's id."""
    chosen = parse_chosen(credentials or [])
    asked = {
        "graphId": to_api("Graph", agent),
        "name": name,
        "spec": _spec(cron, every_seconds, offset_seconds, timezone, jitter_seconds),
        "overlap": _overlap(overlap),
        "catchUpSeconds": catch_up_seconds,
        "graphVersion": version,
        "inputs": parse_inputs(inputs or []),
        "credentials": [{"key": key, "credentialId": to_api("Credential", one)} for key, one in chosen.items()],
        "isPaused": is_paused,
    }

    async def work(api: Api) -> str:
        return str((await api.change("createSchedule", _CREATE, input=asked))["schedule"]["id"])

    print(from_api(_with_api(work)))


@app.command("pause")
def pause_schedule(schedule: ScheduleId, note: Note = None) -> None:
    """Let a schedule's times pass. What it started goes on."""
    _change(schedule, "pauseSchedule", _PAUSE, note=note)
    print("It is paused.")


@app.command("resume")
def resume_schedule(schedule: ScheduleId, note: Note = None) -> None:
    """Have a schedule run again at its times. Those that passed meanwhile are not made up for."""
    _change(schedule, "resumeSchedule", _RESUME, note=note)
    print("It goes on.")


@app.command("trigger")
def trigger_schedule(schedule: ScheduleId) -> int:
    """Start a run of a schedule now; print the run's id. Exit status 1 if it cannot run."""
    # Asked again because the API was away, this moment has one run.
    fire = _change(schedule, "triggerSchedule", _TRIGGER, at=datetime.now(UTC).isoformat())["fire"]
    if fire["error"] is not None:
        err.print(Text(f"It cannot run: {fire['error']['code']}: {fire['error']['message']}", style="red"))
        return 1
    print(from_api(fire["run"]["id"]))
    return 0


@app.command("backfill")
def backfill_schedule(
    schedule: ScheduleId,
    begin: Annotated[datetime, typer.Option("--from", help="In UTC, such as 2026-11-01T00:00:00.")],
    end: Annotated[datetime, typer.Option("--to", help="In UTC; not later than now.")],
    overlap: OverlapName = "buffer all",
) -> None:
    """Have the times of a range that is over happen now; print them. A time that had its run keeps it."""
    given = {"from": begin.replace(tzinfo=UTC).isoformat(), "to": end.replace(tzinfo=UTC).isoformat()}
    answer = _change(schedule, "backfillSchedule", _BACKFILL, **given, overlap=_overlap(overlap))
    for time in answer["times"]:
        print(time)


@app.command("delete")
def delete_schedule(schedule: ScheduleId) -> None:
    """Delete a schedule. What it started goes on and stays."""

    async def work(api: Api) -> Json:
        return await api.change("deleteSchedule", _DELETE, id=to_api("Schedule", schedule))

    _with_schedule(schedule, work)
    print("It is deleted.")


@app.command("next")
def next_times(
    cron: Crons = None,
    every_seconds: Every = None,
    offset_seconds: Offset = 0,
    timezone: Zone = "UTC",
    count: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 10,
) -> None:
    """Print the next times that a schedule would have, by Temporal's own reckoning; nothing is saved."""
    spec = _spec(cron, every_seconds, offset_seconds, timezone, 0)

    async def work(api: Api) -> list[str]:
        return list((await api.ask(_TIMES, spec=spec, first=count))["scheduleTimes"])

    for time in _with_api(work):
        print(time)


def _table(found: list[Json], *, is_wide: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("schedule", no_wrap=True, min_width=UUID_CHARS)
    for heading in ("name", *(("agent", "due") if is_wide else ()), "next, UTC", "problem"):
        table.add_column(heading)
    for one in found:
        agent = "(deleted)" if one["graph"] is None else one["graph"]["name"]
        code = "" if one["problem"] is None else one["problem"]["code"]
        more = (agent, one["spec"]["words"]) if is_wide else ()
        table.add_row(*map(Text, (from_api(one["id"]), one["name"], *more, _next_of(one), code)))
    return table


def _spec(cron: list[str] | None, every: int | None, offset: int, timezone: str, jitter: int) -> Json:
    return {
        "cron": cron or [],
        "intervalSeconds": every,
        "offsetSeconds": offset,
        "timezone": timezone,
        "jitterSeconds": jitter,
    }


def _overlap(words: str) -> str:
    if words not in OVERLAPS:
        raise InvalidSchedule(f"The overlap is one of: {', '.join(OVERLAPS)}.")
    return words.upper().replace(" ", "_")


def _change(schedule: str, name: str, document: str, **fields: Any) -> Json:
    async def work(api: Api) -> Json:
        return await api.change(name, document, input={"id": to_api("Schedule", schedule), **fields})

    return _with_schedule(schedule, work)


def _with_api(work: Callable[[Api], Awaitable[T]]) -> T:
    async def open_and_work() -> T:
        async with session(Settings(), lambda text: err.print(Text(text))) as opened:
            return await work(opened.api)

    return asyncio.run(open_and_work())


def _with_schedule(schedule: str, work: Callable[[Api], Awaitable[T]]) -> T:
    """Do something with a schedule; raise NotFound with the words that were typed where there is none."""
    if not is_uuid(schedule):
        raise NotFound(f"There is no schedule {schedule!r} here.")
    try:
        return _with_api(work)
    except ApiRefused as error:
        if error.reason != "NOT_FOUND":
            raise
        raise NotFound(f"There is no schedule {schedule} here.") from error


def _record(found: Json) -> Json:
    """Give a schedule with ids as they are typed."""
    fires = [
        {**fire, "run": None if fire["run"] is None else {**fire["run"], "id": from_api(fire["run"]["id"])}}
        for fire in found.get("fires", {}).get("nodes", ())
    ]
    record = {**found, "id": from_api(found["id"]), "graphId": from_api(found["graphId"])}
    return {**record, "fires": fires} if "fires" in found else record


def _next_of(found: Json) -> str:
    if found["isPaused"]:
        return "paused"
    times = found["nextTimes"]
    return "unknown: Temporal is away" if times is None else _minute(times[0]) if times else "never"


def _minute(time: str) -> str:
    return time[:16].replace("T", " ")


def _outcome(fire: Json) -> tuple[str, str]:
    if fire["run"] is not None:
        return from_api(fire["run"]["id"]), fire["run"]["status"]
    error = fire["error"]
    return "", "deleted" if error is None else f"{error['code']}: {error['message']}"


def _say(text: str) -> None:
    console.print(Text(text))


def _print_json(value: Any) -> None:
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
