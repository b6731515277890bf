"""`python -m tests.replay.scheduled`: keep histories of ScheduledRun that are not kept yet; one that is kept is never replaced.

They are beside the corpus of GraphRun, in files of the same form, for the same reason: a ScheduledRun is open for as long as
the run that it began, and what takes it over must do what it did.
"""

from __future__ import annotations

import asyncio
import gzip
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.service import RPCError

from activities.scheduled_runs import ScheduledRunActivities
from schema.db.people import People
from schema.db.schedules import Schedule, ScheduleContent, Schedules
from schema.graph import Graph
from schema.ids import LOCAL_TENANT
from schema.schedules import ScheduleSpec
from tests.durable.blocks import Listen, Pass
from tests.durable.graphs import an_output, make_graph
from tests.durable.platform import Platform, opened
from tests.durable.waiting import eventually
from tests.replay.corpus import scrubbed
from workflows.schedules import backfill_schedule

FOLDER: Final = Path(__file__).parent / "scheduled"
DUE: Final = datetime(2026, 3, 1, 1, tzinfo=UTC)
Handle = WorkflowHandle[Any, Any]


async def schedule_of(platform: Platform, graph: Graph) -> Schedule:
    """Keep an hourly schedule, paused, and wait until Temporal has it."""
    schedules = Schedules(platform.tools.engine)
    kept = await platform.save(graph)
    owner = await People(platform.tools.engine).person_by_email("owner@localhost")
    assert owner is not None
    content = ScheduleContent("Hourly", ScheduleSpec(cron=("0 * * * *",)), "skip", 3600, None, {}, {})
    made = await schedules.add(LOCAL_TENANT, UUID(kept.id), owner, content, is_paused=True)

    async def is_synced() -> bool:
        return (await schedules.get(LOCAL_TENANT, made.id)).is_synced

    await eventually(is_synced)
    return made


async def begun(platform: Platform, schedule: Schedule) -> Handle:
    """Have one time of a schedule come; give its workflow."""
    await backfill_schedule(
        platform.client, str(schedule.id), DUE.replace(hour=0, minute=30), DUE.replace(minute=30), "skip"
    )
    return platform.client.get_workflow_handle(f"scheduled-run-{schedule.id}-{DUE:%Y-%m-%dT%H:%M:%SZ}")


async def ended(handle: Handle) -> WorkflowHistory:
    async def is_closed() -> bool:
        try:
            return (await handle.describe()).close_time is not None
        except RPCError:
            return False  # It is not there yet.

    await eventually(is_closed, seconds=60)
    return await handle.fetch_history()


async def play_completed(platform: Platform) -> WorkflowHistory:
    graph = make_graph({"pass": (Pass, {"value": 1}), "out": an_output()}, ["pass.value -> out.value"])
    return await ended(await begun(platform, await schedule_of(platform, graph)))


async def play_refused(platform: Platform) -> WorkflowHistory:
    """The agent is gone when the time comes."""
    schedule = await schedule_of(platform, make_graph({"pass": (Pass, {"value": 1})}))
    await platform.sql("UPDATE graphs SET deleted_at = now() WHERE id = :id", id=schedule.graph_id)
    return await ended(await begun(platform, schedule))


async def play_cancelled(platform: Platform) -> WorkflowHistory:
    handle = await begun(platform, await schedule_of(platform, waiting()))
    await eventually(lambda: _has(handle, "children"))
    await handle.cancel()
    return await ended(handle)


async def play_watched(platform: Platform) -> WorkflowHistory:
    """The starter began the run; then this is cancelled."""
    schedule = await schedule_of(platform, waiting())
    start = await ScheduledRunActivities(platform.tools).fire(str(schedule.id), DUE.isoformat())
    assert start is not None
    await platform.sql("UPDATE runs SET start_after = now() WHERE id = :id", id=start["run_id"])

    async def is_running() -> bool:
        return (await platform.runs.get(LOCAL_TENANT, UUID(start["run_id"]))).status != "QUEUED"

    await eventually(is_running)
    handle = await begun(platform, schedule)
    await eventually(lambda: _has(handle, "activities"))
    await handle.cancel()
    return await ended(handle)


def waiting() -> Graph:
    """Give an agent that waits without a worker."""
    return make_graph({"listen": (Listen, {"event": "never"})})


async def _has(handle: Handle, what: str) -> bool:
    """Say whether a workflow has a child, or watches a run."""
    try:
        description = (await handle.describe()).raw_description
    except RPCError:
        return False
    names = [one.activity_type.name for one in description.pending_activities]
    return bool(description.pending_children) if what == "children" else names == ["watch run"]


CASES: Final[dict[str, Callable[[Platform], Awaitable[WorkflowHistory]]]] = {
    "completed": play_completed,
    "refused": play_refused,
    "cancelled": play_cancelled,
    "watched": play_watched,
}


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.json.gz"


def read(name: str) -> WorkflowHistory:
    events = orjson.loads(gzip.decompress(path_of(name).read_bytes()))
    workflow_id = events["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"]
    return WorkflowHistory.from_json(workflow_id, events)


async def record() -> None:
    """Play what has no history yet, and keep it."""
    missing = [name for name in CASES if not path_of(name).exists()]
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder) / "data") as platform:
            for name in missing:
                history = await CASES[name](platform)
                text = orjson.dumps(scrubbed(orjson.loads(history.to_json())), option=orjson.OPT_SORT_KEYS)
                FOLDER.mkdir(exist_ok=True)
                path_of(name).write_bytes(gzip.compress(text, mtime=0))
                print(f"recorded: {name}, {len(history.events)} events")


if __name__ == "__main__":
    asyncio.run(record())
