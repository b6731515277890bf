"""A client's operations on schedules; no test is here."""

from __future__ import annotations

from typing import Any

from tests.api.selling import ERRORS
from tests.api.serving import Api, Client, Json
from tests.durable.waiting import eventually

FIRES = "fires(first: 100) { nodes { scheduledAt run { id status trigger graphVersion } error { code message } } }"
SCHEDULE = (
    "id name graphId graphVersion overlap catchUpSeconds policyWords inputs isPaused note revision isSynced nextTimes "
    "spec { cron timezone intervalSeconds words } problem { code message at } runsAs { email } "
    f"credentials {{ key credentialId }} {FIRES}"
)
CREATE = f"mutation($input: CreateScheduleInput!) {{ createSchedule(input: $input) {{ schedule {{ {SCHEDULE} }} {ERRORS} }} }}"
UPDATE = f"mutation($input: UpdateScheduleInput!) {{ updateSchedule(input: $input) {{ schedule {{ {SCHEDULE} }} {ERRORS} }} }}"
PAUSE = (
    f"mutation($input: PauseScheduleInput!) {{ pauseSchedule(input: $input) {{ schedule {{ {SCHEDULE} }} {ERRORS} }} }}"
)
RESUME = f"mutation($input: ResumeScheduleInput!) {{ resumeSchedule(input: $input) {{ schedule {{ {SCHEDULE} }} {ERRORS} }} }}"
TRIGGER = (
    "mutation($input: TriggerScheduleInput!) { triggerSchedule(input: $input) { schedule { problem { code } } "
    f"fire {{ scheduledAt run {{ id trigger }} error {{ code message }} }} {ERRORS} }} }}"
)
BACKFILL = f"mutation($input: BackfillScheduleInput!) {{ backfillSchedule(input: $input) {{ times {ERRORS} }} }}"
DELETE = f"mutation($id: ID!) {{ deleteSchedule(id: $id) {{ isDone {ERRORS} }} }}"
ONE = f"query($id: ID!) {{ schedule(id: $id) {{ {SCHEDULE} }} }}"
LIST = (
    "query($graphId: ID, $first: Int, $after: String) { schedules(graphId: $graphId, first: $first, after: $after) "
    "{ nodes { id name } pageInfo { hasNextPage endCursor } } }"
)
TIMES = (
    "query($spec: ScheduleSpecInput!, $first: Int!, $after: DateTime) "
    "{ scheduleTimes(spec: $spec, first: $first, after: $after) }"
)

#: Never while a test runs.
YEARLY: Json = {"cron": ["0 0 1 1 *"], "timezone": "Europe/Berlin"}
EACH_SECOND: Json = {"intervalSeconds": 1}


async def make(client: Client, graph_id: str, spec: Json = YEARLY, **fields: Any) -> Json:
    """Make a schedule; give it as the payload has it."""
    payload = await client(CREATE, input={"graphId": graph_id, "name": "Daily", "spec": spec, **fields})
    assert payload["errors"] == [], payload
    return dict(payload["schedule"])


async def synced(client: Client, schedule_id: str) -> Json:
    """Wait until Temporal has a schedule's last change; give the schedule."""

    async def has_it() -> Json | None:
        found = await client(ONE, id=schedule_id)
        return dict(found) if found["isSynced"] else None

    return dict(await eventually(has_it, seconds=60))


async def fires(client: Client, schedule_id: str, count: int) -> list[Json]:
    """Wait until so many of a schedule's times were come to; give them, the latest first."""

    async def are_there() -> list[Json] | None:
        found = (await client(ONE, id=schedule_id))["fires"]["nodes"]
        return list(found) if len(found) >= count else None

    return list(await eventually(are_there, seconds=60))


async def problem(client: Client, schedule_id: str) -> Json:
    """Wait until a schedule has a problem; give it."""

    async def is_there() -> Json | None:
        found: Json | None = (await client(ONE, id=schedule_id))["problem"]
        return found

    return dict(await eventually(is_there, seconds=60))


async def delete(api: Api, client: Client, schedule_id: str) -> None:
    """Delete a schedule that would go on firing."""
    assert (await client(DELETE, id=schedule_id))["isDone"], api.url
