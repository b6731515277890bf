"""The loop that has Temporal follow schedules: what arrives there late is nobody's wish."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from activities.schedules import ScheduleFollower, planned_of
from schema.db.schedules import ScheduleContent
from schema.ids import LOCAL_TENANT
from schema.schedules import ScheduleSpec
from tests.durable.blocks import Pass
from tests.durable.graphs import make_graph
from tests.durable.platform import Platform
from tests.durable.waiting import eventually
from workflows.schedules import look_at_schedule, put_schedule


async def test_an_earlier_revision_that_reaches_temporal_last_is_no_pause_of_somebodys(platform: Platform):
    graph = await platform.save(make_graph({"pass": (Pass, {"value": 1})}, []))
    follower = ScheduleFollower(platform.tools)
    spec = ScheduleSpec(interval_seconds=86_400)
    content = ScheduleContent("Late", spec, "skip", 60, None, {}, {})
    made = await follower.schedules.add(LOCAL_TENANT, UUID(graph.id), uuid4(), content)
    paused = await follower.schedules.pause(LOCAL_TENANT, made.id, "Lunch.", is_paused=True)
    going = await follower.schedules.pause(LOCAL_TENANT, made.id, None, is_paused=False)

    async def is_followed() -> bool:
        return (await follower.schedules.get(LOCAL_TENANT, made.id)).is_synced

    await eventually(is_followed, seconds=60)
    now = datetime.now(UTC)
    await put_schedule(platform.tools.client, planned_of(paused, now), now, lambda: now)
    await follower.go_round()
    await eventually(is_followed, seconds=60)
    found = await follower.schedules.get(LOCAL_TENANT, made.id)
    seen = await look_at_schedule(platform.tools.client, str(made.id))
    assert seen is not None
    assert (found.is_paused, found.revision, seen.is_paused) == (False, going.revision, False)
    await follower.schedules.delete(LOCAL_TENANT, made.id)
