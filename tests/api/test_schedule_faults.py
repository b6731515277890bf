"""Schedules when things go wrong: access and credentials lost, workers away, Temporal away or forgetful, tries repeated."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from activities.scheduled_runs import ScheduledRunActivities
from activities.schedules import ScheduleFollower
from api.graphql.ids import decode_uuid, encode_id
from api.temporal import Temporal
from schema.access import Role
from schema.graph import Graph
from tests.api.credentials import DELETE as DELETE_CREDENTIAL
from tests.api.credentials import api_key
from tests.api.credentials import make as make_credential
from tests.api.running import STATUS, echo, ended, save
from tests.api.scheduling import (
    BACKFILL,
    DELETE,
    EACH_SECOND,
    LIST,
    ONE,
    PAUSE,
    TIMES,
    TRIGGER,
    YEARLY,
    fires,
    make,
    problem,
    synced,
)
from tests.api.serving import Api, Json, Organisation
from tests.api.serving import Client as Caller
from tests.api.test_credential_runs import spending
from tests.durable.blocks import Listen
from tests.durable.credential_blocks import GROUP
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.waiting import eventually
from workflows.schedules import temporal_id

SET_ROLE = "mutation($input: SetMemberRoleInput!) { setMemberRole(input: $input) { errors { code message } } }"
REMOVE = "mutation($id: ID!) { removeMember(id: $id) { errors { code message } } }"
DELETE_GRAPH = "mutation($id: ID!) { deleteGraph(id: $id) { deletedSchedulesCount errors { code message } } }"
DUE = datetime(2026, 3, 1, 1, tzinfo=UTC)
HOURLY: Json = {"cron": ["0 * * * *"]}


async def trigger(client: Caller, schedule: Json) -> Json:
    """Ask for a run now; give what became of it, and the schedule's problem."""
    answer = await client(TRIGGER, input={"id": schedule["id"]})
    assert answer["errors"] == [], answer
    fire = answer["fire"]
    return {"fire": fire, "code": (fire["error"] or {}).get("code"), "problem": answer["schedule"]["problem"]}


async def test_access_that_is_lost_is_told_and_the_schedule_goes_on_when_it_is_back(
    api: Api, acme: Organisation
) -> None:
    operator = acme[Role.OPERATOR]
    made = await make(operator, await save(api, acme, echo()), EACH_SECOND, inputs={"topic": "x"})
    await fires(operator, made["id"], 1)
    member = encode_id("Member", operator.person)
    await acme.owner(SET_ROLE, input={"memberId": member, "role": "VIEWER"})
    found = await problem(acme.owner, made["id"])
    assert (found["code"], "VIEWER" in found["message"]) == ("ACCESS_LOST", True)
    await acme.owner(SET_ROLE, input={"memberId": member, "role": "OPERATOR"})

    async def works_again() -> bool:
        shown = await acme.owner(ONE, id=made["id"])
        return shown["problem"] is None and shown["fires"]["nodes"][0]["run"] is not None

    await eventually(works_again, seconds=60)
    shown = await acme.owner(ONE, id=made["id"])
    assert "ACCESS_LOST" in [(fire["error"] or {}).get("code") for fire in shown["fires"]["nodes"]]
    await acme.owner(REMOVE, id=member)
    assert (await problem(acme.owner, made["id"]))["code"] == "ACCESS_LOST"
    await acme.owner(DELETE, id=made["id"])


async def test_a_credential_that_is_gone_and_inputs_that_fit_no_more_are_told_and_a_deleted_agents_schedule_is_gone(
    api: Api, acme: Organisation
) -> None:
    credential = await make_credential(acme.owner, **api_key("a secret that is long enough"))
    chosen = [{"key": GROUP, "credentialId": credential["id"]}]
    spender = await make(acme.owner, await save(api, acme, spending()), credentials=chosen)
    assert (await trigger(acme.owner, spender))["problem"] is None
    await acme.owner(DELETE_CREDENTIAL, id=credential["id"])
    lost = await trigger(acme.owner, spender)
    assert (lost["code"], lost["problem"]) == ("MISSING_CREDENTIALS", {"code": "MISSING_CREDENTIALS"})

    graph = echo()
    graph_id = await save(api, acme, graph)
    echoing = await make(acme.owner, graph_id, inputs={"topic": "x"})
    await save(api, acme, asking(graph))
    assert (await trigger(acme.owner, echoing))["code"] == "INVALID_RUN_INPUT"
    await save(api, acme, graph)
    assert (await trigger(acme.owner, echoing))["problem"] is None
    # What would start an agent goes with it, also at Temporal, and an import of the same file brings none of it back.
    await synced(acme.owner, echoing["id"])
    assert not await is_away(api, echoing)
    gone = await acme.owner(DELETE_GRAPH, id=graph_id)
    assert gone["deletedSchedulesCount"] == 1
    await save(api, acme, graph)
    assert (await acme.owner(TRIGGER, input={"id": echoing["id"]}))["errors"][0]["code"] == "NOT_FOUND"
    assert (await acme.owner(LIST, graphId=graph_id))["nodes"] == []
    assert await eventually(lambda: is_away(api, echoing), seconds=60)


async def is_away(api: Api, schedule: Json) -> bool:
    """Say whether Temporal has no such schedule any more."""
    try:
        await api.platform.client.get_schedule_handle(temporal_of(schedule)).describe()
    except RPCError as error:
        return "not found" in str(error)
    return False


def asking(graph: Graph) -> Graph:
    """Give a newer version of an agent, which asks for something else."""
    newer = make_graph({"in": an_input("subject"), "out": an_output()}, ["in.result -> out.value"])
    return newer.model_copy(update={"id": graph.id, "version": 2})


def seconds_of(found: list[Json]) -> list[datetime]:
    return [datetime.fromisoformat(fire["scheduledAt"]) for fire in found][::-1]


async def passed(moment: datetime) -> None:
    """Wait until a moment has passed."""
    await eventually(lambda: datetime.now(UTC) > moment)


async def test_times_that_come_while_nobody_works_have_their_runs_later_and_none_twice(
    api: Api, acme: Organisation
) -> None:
    made = await make(
        acme.owner, await save(api, acme, echo()), EACH_SECOND, inputs={"topic": "x"}, overlap="ALLOW_ALL"
    )
    await fires(acme.owner, made["id"], 1)
    async with api.platform.asleep():
        back = datetime.now(UTC) + timedelta(seconds=3)
        await passed(back)
    found = await eventually(lambda: _until(acme.owner, made["id"], back), seconds=60)
    await acme.owner(DELETE, id=made["id"])
    times = seconds_of(found)
    assert times == [times[0] + timedelta(seconds=number) for number in range(len(times))]
    assert len({fire["run"]["id"] for fire in found}) == len(found)
    assert [await ended(acme.owner, fire["run"]["id"]) for fire in found] == ["COMPLETED"] * len(found)


async def test_a_schedule_that_is_saved_while_nobody_works_makes_up_for_what_it_missed(
    api: Api, acme: Organisation
) -> None:
    graph_id = await save(api, acme, echo())
    async with api.platform.asleep():
        began = datetime.now(UTC)
        made = await make(acme.owner, graph_id, EACH_SECOND, inputs={"topic": "x"}, overlap="ALLOW_ALL")
        assert made["nextTimes"] is None
        back = began + timedelta(seconds=4)
        await passed(back)
    found = await eventually(lambda: _until(acme.owner, made["id"], back), seconds=60)
    await acme.owner(DELETE, id=made["id"])
    times = seconds_of(found)
    assert times[0] - began < timedelta(seconds=2)
    assert times == [times[0] + timedelta(seconds=number) for number in range(len(times))]


async def _until(client: Caller, schedule_id: str, moment: datetime) -> list[Json] | None:
    """Give what became of a schedule's times when the latest of them is behind a moment and none before it is missing."""
    found: list[Json] = (await client(ONE, id=schedule_id))["fires"]["nodes"]
    times = seconds_of(found)
    is_whole = len(times) > 1 and times[-1] - times[0] == timedelta(seconds=len(times) - 1)
    return found if is_whole and times[-1] > moment else None


async def test_a_schedule_that_temporal_lost_is_made_again(api: Api, acme: Organisation) -> None:
    made = await make(acme.owner, await save(api, acme, echo()), inputs={"topic": "x"})
    await synced(acme.owner, made["id"])
    follower = ScheduleFollower(api.platform.tools)
    async with api.platform.without_loops():
        await api.platform.client.get_schedule_handle(temporal_of(made)).delete()
        over = {"id": made["id"], "from": "2020-01-01T00:00:00Z", "to": "2023-01-01T00:00:00Z"}
        assert await acme.owner.refused(BACKFILL, input=over) == ["CONFLICT"]

    async def is_seen_as_lost() -> bool:
        return await follower.go_round() > 0 or (await acme.owner(ONE, id=made["id"]))["isSynced"] is False

    await eventually(is_seen_as_lost, seconds=60)
    shown = await eventually(lambda: _with_times(acme.owner, made["id"]), seconds=60)
    assert (shown["revision"], shown["isSynced"]) == (1, True)


async def _with_times(client: Caller, schedule_id: str) -> Json | None:
    found = await client(ONE, id=schedule_id)
    return dict(found) if found["nextTimes"] else None


async def test_a_pause_in_temporal_itself_is_taken_over(api: Api, acme: Organisation) -> None:
    made = await make(acme.owner, await save(api, acme, echo()), inputs={"topic": "x"})
    await synced(acme.owner, made["id"])
    await api.platform.client.get_schedule_handle(temporal_of(made)).pause(note="By hand.")
    await ScheduleFollower(api.platform.tools).go_round()

    async def is_taken_over() -> Json | None:
        found = await acme.owner(ONE, id=made["id"])
        return dict(found) if found["isPaused"] and found["isSynced"] else None

    shown = await eventually(is_taken_over, seconds=60)
    assert shown["note"] == "Paused in Temporal: By hand."


async def test_a_time_has_one_run_however_many_try_and_a_pause_counts_before_temporal_knows_of_it(
    api: Api, acme: Organisation
) -> None:
    made = await make(acme.owner, await save(api, acme, echo()), inputs={"topic": "x"})
    await synced(acme.owner, made["id"])
    key, activities = str(decode_uuid("Schedule", made["id"])), ScheduledRunActivities(api.platform.tools)
    starts = await asyncio.gather(*(activities.fire(key, DUE.isoformat()) for _ in range(5)))
    assert len({start["run_id"] for start in starts if start is not None}) == 1
    assert None not in starts
    async with api.platform.without_loops():
        await acme.owner(PAUSE, input={"id": made["id"]})
        assert await activities.fire(key, (DUE + timedelta(hours=1)).isoformat()) is None
    assert len((await acme.owner(ONE, id=made["id"]))["fires"]["nodes"]) == 1


async def test_the_end_of_a_run_that_the_starter_began_is_waited_for_and_a_cancel_is_its_cancel(
    api: Api, acme: Organisation
) -> None:
    # It waits without a worker.
    waiting = make_graph({"listen": (Listen, {"event": "never"})})
    made = await make(acme.owner, await save(api, acme, waiting), HOURLY, isPaused=True)
    await synced(acme.owner, made["id"])
    key = str(decode_uuid("Schedule", made["id"]))
    start = await ScheduledRunActivities(api.platform.tools).fire(key, DUE.isoformat())
    assert start is not None
    # As if nobody had begun it for a minute.
    await api.platform.sql("UPDATE runs SET start_after = now() WHERE id = :id", id=start["run_id"])
    run_id = encode_id("Run", start["run_id"])
    await eventually(lambda: _is_running(acme.owner, run_id), seconds=60)
    asked = {"id": made["id"], "from": "2026-03-01T00:30:00Z", "to": "2026-03-01T01:30:00Z"}
    await acme.owner(BACKFILL, input=asked)
    scheduled = api.platform.client.get_workflow_handle(f"scheduled-run-{key}-2026-03-01T01:00:00Z")
    await eventually(lambda: _watches(scheduled), seconds=60)
    async with api.platform.asleep():
        await scheduled.cancel()
    assert await ended(acme.owner, run_id) == "TERMINATED"

    async def is_over() -> int | None:
        description = await scheduled.describe()
        return description.history_length if description.close_time else None

    # However often it looked, it is as short.
    assert await eventually(is_over, seconds=60) < 40


async def _is_running(client: Caller, run_id: str) -> bool:
    return bool((await client(STATUS, id=run_id))["status"] != "QUEUED")


async def _watches(handle: WorkflowHandle[object, object]) -> bool:
    try:
        description = await handle.describe()
    except RPCError:
        return False  # It is not there yet.
    return [one.activity_type.name for one in description.raw_description.pending_activities] == ["watch run"]


async def test_while_temporal_is_away_schedules_are_saved_and_only_its_reckoning_is_missing(
    api: Api, acme: Organisation
) -> None:
    graph_id = await save(api, acme, echo())
    kept = api.services.temporal
    api.services.temporal = Temporal(lambda: Client.connect("127.0.0.1:1", lazy=True))
    try:
        made = await make(acme.owner, graph_id, inputs={"topic": "x"})
        assert (await synced(acme.owner, made["id"]))["nextTimes"] is None
        assert await acme.owner.refused(TIMES, spec=YEARLY, first=3) == ["UNAVAILABLE"]
        asked = {"id": made["id"], "from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
        assert await acme.owner.refused(BACKFILL, input=asked) == ["UNAVAILABLE"]
    finally:
        api.services.temporal = kept
    assert len((await acme.owner(ONE, id=made["id"]))["nextTimes"]) == 10


def temporal_of(schedule: Json) -> str:
    return temporal_id(str(decode_uuid("Schedule", schedule["id"])))
