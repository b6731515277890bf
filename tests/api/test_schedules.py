"""Schedules as a client drives them: made, shown, changed, paused, triggered, backfilled, deleted; and what is refused."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from api.graphql.ids import decode_uuid, encode_id
from schema.access import Role
from schema.ids import new_id
from schema.limits import LIMITS
from tests.api.credentials import api_key
from tests.api.credentials import make as make_credential
from tests.api.running import echo, ended, gated, save
from tests.api.scheduling import (
    BACKFILL,
    CREATE,
    DELETE,
    EACH_SECOND,
    LIST,
    ONE,
    PAUSE,
    RESUME,
    TIMES,
    TRIGGER,
    UPDATE,
    YEARLY,
    fires,
    make,
    synced,
)
from tests.api.serving import Api, Json, Organisation
from tests.api.test_credential_runs import spending
from tests.durable.blocks import GATES, Pass
from tests.durable.credential_blocks import GROUP
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.waiting import eventually
from workflows.schedules import look_at_schedule, temporal_id

NODE = "query($id: ID!) { node(id: $id) { id } }"
RUNS = "query($id: ID!) { schedule(id: $id) { runs(first: 1) { nodes { id } pageInfo { hasNextPage endCursor } } } }"
NOBODY = encode_id("Schedule", new_id())


def key_of(schedule: Json) -> str:
    return str(decode_uuid("Schedule", schedule["id"]))


async def test_a_schedule_starts_runs_at_its_times_in_the_name_of_who_saved_it(api: Api, acme: Organisation) -> None:
    operator = acme[Role.OPERATOR]
    graph_id = await save(api, acme, echo())
    made = await make(operator, graph_id, EACH_SECOND, inputs={"topic": "rain"})
    assert (made["revision"], made["overlap"], made["catchUpSeconds"], made["isPaused"]) == (1, "SKIP", 3600, False)
    found = await fires(operator, made["id"], 3)
    await operator(DELETE, id=made["id"])
    assert {fire["error"] for fire in found} == {None}
    assert {fire["run"]["trigger"] for fire in found} == {"schedule"}
    times = [datetime.fromisoformat(fire["scheduledAt"]) for fire in found]
    assert times == sorted(set(times), reverse=True)
    assert all(time.microsecond == 0 for time in times)
    for fire in found:
        assert await ended(operator, fire["run"]["id"]) == "COMPLETED"
    row = await api.platform.runs.get(acme.id, decode_uuid("Run", found[0]["run"]["id"]))
    assert (row.created_by, row.trigger_id) == (operator.person, decode_uuid("Schedule", made["id"]))


async def test_temporal_follows_the_row(api: Api, acme: Organisation) -> None:
    client = api.platform.client
    made = await make(acme.owner, await save(api, acme, echo()), inputs={"topic": "x"})
    shown = await synced(acme.owner, made["id"])
    assert len(shown["nextTimes"]) == 10
    assert shown["nextTimes"][0].endswith("12-31T23:00:00+00:00")
    described = await client.get_schedule_handle(temporal_id(key_of(made))).describe()
    assert described.schedule.state.note == f"Daily: {made['policyWords']} (revision 1)"
    paused = await acme.owner(PAUSE, input={"id": made["id"], "note": "Too costly."})
    assert (paused["schedule"]["isPaused"], paused["schedule"]["note"]) == (True, "Too costly.")
    assert (await synced(acme.owner, made["id"]))["nextTimes"] == []
    seen = await look_at_schedule(client, key_of(made))
    assert seen is not None
    assert (seen.is_paused, seen.note) == (True, "Daily: Too costly. (revision 2)")
    resumed = await acme.owner(RESUME, input={"id": made["id"]})
    assert (resumed["schedule"]["isPaused"], resumed["schedule"]["revision"]) == (False, 3)
    changed = {"id": made["id"], "revision": 3, "spec": {"cron": ["0 12 * * *"]}}
    assert (await acme.owner(UPDATE, input=changed))["errors"] == []
    assert {time[11:] for time in (await synced(acme.owner, made["id"]))["nextTimes"]} == {"12:00:00+00:00"}
    assert (await acme.owner(DELETE, id=made["id"]))["isDone"] is True
    assert await acme.owner.refused(ONE, id=made["id"]) == ["NOT_FOUND"]

    async def is_gone() -> bool:
        return await look_at_schedule(client, key_of(made)) is None

    await eventually(is_gone, seconds=60)


async def test_of_two_who_change_a_schedule_at_once_one_wins(api: Api, acme: Organisation) -> None:
    made = await make(acme.owner, await save(api, acme, echo()), inputs={"topic": "x"})
    asked = [{"id": made["id"], "revision": 1, "name": name} for name in ("One", "Two")]
    answers = await asyncio.gather(*(acme.owner(UPDATE, input=one) for one in asked))
    assert sorted([problem["code"] for problem in answer["errors"]] for answer in answers) == [[], ["CONFLICT"]]
    won = next(answer["schedule"]["name"] for answer in answers if not answer["errors"])
    assert (await acme.owner(ONE, id=made["id"]))["name"] == won
    late = {"id": made["id"], "revision": 1, "name": "Late"}
    assert await acme.owner.refused(UPDATE, input=late) == ["CONFLICT"]


async def test_who_changes_a_schedule_is_whom_it_runs_as(api: Api, acme: Organisation) -> None:
    made = await make(acme.owner, await save(api, acme, echo()), inputs={"topic": "x"})
    assert made["runsAs"]["email"].startswith("owner-")
    changed = await acme[Role.OPERATOR](UPDATE, input={"id": made["id"], "revision": 1, "inputs": {"topic": "y"}})
    assert changed["schedule"]["runsAs"]["email"].startswith("operator-")
    paused = await acme.owner(PAUSE, input={"id": made["id"]})
    assert paused["schedule"]["runsAs"]["email"].startswith("operator-")


async def test_a_trigger_starts_one_run_for_its_moment(api: Api, acme: Organisation) -> None:
    graph, gate = gated()
    made = await make(acme.owner, await save(api, acme, graph), isPaused=True)
    first = await acme.owner(TRIGGER, input={"id": made["id"]})
    # The first still waits at its gate: a trigger asks no overlap.
    at = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    again = [await acme.owner(TRIGGER, input={"id": made["id"], "at": at}) for _ in range(2)]
    GATES[gate].set()
    runs = [answer["fire"]["run"]["id"] for answer in (first, *again)]
    assert runs[1] == runs[2] != runs[0]
    assert first["fire"]["run"]["trigger"] == "schedule"
    assert [await ended(acme.owner, run) for run in runs] == ["COMPLETED"] * 3
    page = (await acme.owner(RUNS, id=made["id"]))["runs"]
    assert [node["id"] for node in page["nodes"]] == [runs[0]]
    assert page["pageInfo"]["hasNextPage"] is True
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert await acme.owner.refused(TRIGGER, input={"id": made["id"], "at": ahead}) == ["BAD_USER_INPUT"]


async def test_a_backfill_gives_each_time_of_its_range_one_run_however_often_it_is_asked(
    api: Api, acme: Organisation
) -> None:
    hourly: Json = {"cron": ["0 * * * *"]}
    made = await make(acme.owner, await save(api, acme, echo()), hourly, inputs={"topic": "x"}, isPaused=True)
    await synced(acme.owner, made["id"])
    asked: Json = {"id": made["id"], "from": "2026-03-01T00:30:00Z", "to": "2026-03-01T03:30:00Z"}
    expected = [f"2026-03-01T0{hour}:00:00+00:00" for hour in (1, 2, 3)]
    assert (await acme.owner(BACKFILL, input=asked))["times"] == expected
    found = await fires(acme.owner, made["id"], 3)
    assert [fire["scheduledAt"] for fire in found] == expected[::-1]
    runs = {fire["run"]["id"] for fire in found}
    for run in runs:
        await ended(acme.owner, run)
    # Again, and one hour more: only that is new.
    again = {**asked, "to": "2026-03-01T04:30:00Z", "overlap": "ALLOW_ALL"}
    assert len((await acme.owner(BACKFILL, input=again))["times"]) == 4
    later = await fires(acme.owner, made["id"], 4)
    assert runs < {fire["run"]["id"] for fire in later}
    assert len(later) == 4
    for wrong in ({"to": "2026-02-28T00:00:00Z"}, {"to": "2099-01-01T00:00:00Z"}, {"from": "2024-01-01T00:00:00Z"}):
        assert await acme.owner.refused(BACKFILL, input={**asked, **wrong}) == ["BAD_USER_INPUT"]


async def test_skip_leaves_times_out_while_a_run_is_under_way(api: Api, acme: Organisation) -> None:
    graph, gate = gated()
    made = await make(acme.owner, await save(api, acme, graph), EACH_SECOND)
    (first,) = await fires(acme.owner, made["id"], 1)
    handle = api.platform.client.get_schedule_handle(temporal_id(key_of(made)))

    async def has_skipped() -> bool:
        return (await handle.describe()).info.num_actions_skipped_overlap >= 2

    await eventually(has_skipped, seconds=60)
    assert len((await acme.owner(ONE, id=made["id"]))["fires"]["nodes"]) == 1
    GATES[gate].set()
    assert await ended(acme.owner, first["run"]["id"]) == "COMPLETED"
    assert len(await fires(acme.owner, made["id"], 2)) >= 2
    await acme.owner(DELETE, id=made["id"])


async def test_cancel_other_ends_the_run_under_way(api: Api, acme: Organisation) -> None:
    graph, gate = gated()
    made = await make(acme.owner, await save(api, acme, graph), EACH_SECOND, overlap="CANCEL_OTHER")
    found = await fires(acme.owner, made["id"], 2)
    await acme.owner(DELETE, id=made["id"])
    assert await ended(acme.owner, found[-1]["run"]["id"]) == "TERMINATED"
    GATES[gate].set()


async def test_it_follows_the_active_version_or_keeps_to_the_pinned_one(api: Api, acme: Organisation) -> None:
    graph = echo()
    graph_id = await save(api, acme, graph)
    following = await make(acme.owner, graph_id, inputs={"topic": "x"})
    pinned = await make(acme.owner, graph_id, inputs={"topic": "x"}, graphVersion=1)
    await save(api, acme, graph.model_copy(update={"name": "Echo, newer", "version": 2}))
    versions = []
    for schedule in (following, pinned):
        await acme.owner(TRIGGER, input={"id": schedule["id"]})
        (fire,) = await fires(acme.owner, schedule["id"], 1)
        versions.append(fire["run"]["graphVersion"])
    assert versions == [2, 1]
    asked = {"id": pinned["id"], "revision": 1, "graphVersion": None}
    assert (await acme.owner(UPDATE, input=asked))["schedule"]["graphVersion"] is None
    missing = {"graphId": graph_id, "name": "x", "spec": YEARLY, "inputs": {"topic": "x"}, "graphVersion": 9}
    assert await acme.owner.refused(CREATE, input=missing) == ["NOT_FOUND"]


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"spec": {"cron": ["0 0 * * *", "61 * * * *"]}}, "BAD_USER_INPUT", ["spec", "cron[1]"]),
        ({"spec": {"calendars": [{"hour": "25"}]}}, "BAD_USER_INPUT", ["spec", "calendars[0]", "hour"]),
        ({"spec": {"cron": ["0 0 * * *"], "timezone": "Mars/Olympus"}}, "BAD_USER_INPUT", ["spec", "timezone"]),
        ({"spec": {"cron": []}}, "BAD_USER_INPUT", ["spec"]),
        ({"spec": {"intervalSeconds": 0}}, "BAD_USER_INPUT", ["spec", "intervalSeconds"]),
        ({"catchUpSeconds": 9}, "BAD_USER_INPUT", ["catchUpSeconds"]),
        ({"name": " "}, "BAD_USER_INPUT", ["name"]),
        ({"inputs": {}}, "INVALID_RUN_INPUT", None),
        ({"inputs": {"topic": "x", "more": 1}}, "INVALID_RUN_INPUT", None),
        ({"inputs": {"topic": "x", "code": "1234"}}, "BAD_USER_INPUT", ["inputs", "code"]),
    ],
)
async def test_what_cannot_run_is_not_saved(
    api: Api, acme: Organisation, changes: Json, code: str, path: list[str] | None
) -> None:
    nodes = {"in": an_input("topic"), "code": an_input("code", value="0", secret=True), "a": Pass, "out": an_output()}
    graph_id = await save(api, acme, make_graph(nodes, ["in.result -> a.value", "a.value -> out.value"]))
    asked: Json = {"graphId": graph_id, "name": "x", "spec": YEARLY, "inputs": {"topic": "x"}}
    answer = await acme.owner(CREATE, input={**asked, **changes})
    assert (answer["schedule"], answer["errors"][0]["code"]) == (None, code)
    if path is not None:
        assert answer["errors"][0]["path"] == path
    assert (await acme.owner(LIST))["nodes"] == []
    assert (await acme.owner(CREATE, input=asked))["errors"] == []


async def test_credentials_are_checked_when_it_is_saved(api: Api, acme: Organisation, other: Organisation) -> None:
    graph_id = await save(api, acme, spending())
    theirs = await make_credential(other.owner, is_shared=True, **api_key("a secret that is long enough"))
    ours = await make_credential(acme.owner, **api_key("a secret that is long enough"))
    asked: Json = {"graphId": graph_id, "name": "x", "spec": YEARLY}
    for chosen in ([], [{"key": GROUP, "credentialId": theirs["id"]}]):
        assert await acme.owner.refused(CREATE, input={**asked, "credentials": chosen}) == ["MISSING_CREDENTIALS"]
    chosen = [{"key": GROUP, "credentialId": ours["id"]}]
    made = await make(acme.owner, graph_id, credentials=chosen)
    assert made["credentials"] == chosen
    # It is the owner's own: somebody else cannot go on with it.
    renamed: Json = {"id": made["id"], "revision": 1, "name": "Mine now"}
    assert await acme[Role.OPERATOR].refused(UPDATE, input=renamed) == ["MISSING_CREDENTIALS"]


async def test_other_organisations_see_nothing_of_it(api: Api, acme: Organisation, other: Organisation) -> None:
    graph_id = await save(api, acme, echo())
    made = await make(acme.owner, graph_id, inputs={"topic": "x"})
    some: dict[str, tuple[str, Json]] = {
        "one": (ONE, {}),
        "update": (UPDATE, {"revision": 1}),
        "pause": (PAUSE, {}),
        "resume": (RESUME, {}),
        "trigger": (TRIGGER, {}),
        "backfill": (BACKFILL, {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}),
        "delete": (DELETE, {}),
    }
    for operation, fields in some.values():
        answers = []
        for schedule_id in (made["id"], NOBODY):
            is_plain = operation in (ONE, DELETE)
            variables: Json = {"id": schedule_id} if is_plain else {"input": {"id": schedule_id, **fields}}
            answers.append((await other.owner.post(operation, variables)).json())
        assert "NOT_FOUND" in str(answers[0])
        assert strip(answers[0]) == strip(answers[1])
    assert (await other.owner(LIST))["nodes"] == []
    assert (await other.owner(LIST, graphId=graph_id))["nodes"] == []
    assert await other.owner(NODE, id=made["id"]) is None
    assert (await acme.owner(NODE, id=made["id"]))["id"] == made["id"]
    viewer = acme[Role.VIEWER]
    assert (await viewer(ONE, id=made["id"]))["name"] == "Daily"
    assert await viewer.refused(PAUSE, input={"id": made["id"]}) == ["FORBIDDEN"]


def strip(answer: Json) -> Any:
    """Give an answer without what is of the request itself."""
    return [error["message"] for error in answer.get("errors") or []] or answer["data"]


async def test_lists_are_paged_and_an_organisation_has_so_many_schedules(api: Api, acme: Organisation) -> None:
    graph_id, second = await save(api, acme, echo()), await save(api, acme, echo())
    for name in ("One", "Two", "Three"):
        await make(acme.owner, graph_id if name != "Two" else second, name=name, inputs={"topic": "x"})
    page = await acme.owner(LIST, first=2)
    assert [node["name"] for node in page["nodes"]] == ["Three", "Two"]
    rest = await acme.owner(LIST, first=2, after=page["pageInfo"]["endCursor"])
    assert ([node["name"] for node in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == (["One"], False)
    assert [node["name"] for node in (await acme.owner(LIST, graphId=second))["nodes"]] == ["Two"]
    object.__setattr__(LIMITS, "schedules_max", 3)
    try:
        asked = {"graphId": graph_id, "name": "Four", "spec": YEARLY, "inputs": {"topic": "x"}}
        assert await acme.owner.refused(CREATE, input=asked) == ["CONFLICT"]
    finally:
        object.__setattr__(LIMITS, "schedules_max", 100)


SUMMER_TIME_ENDS = ("2026-10-24T00:00:00Z", "2026-10-24T00:30 2026-10-25T01:30 2026-10-26T01:30")
SUMMER_TIME_BEGINS = ("2027-03-27T00:00:00Z", "2027-03-27T01:30 2027-03-29T00:30 2027-03-30T00:30")


@pytest.mark.parametrize(("after", "expected"), [SUMMER_TIME_ENDS, SUMMER_TIME_BEGINS])
async def test_half_past_two_comes_once_when_summer_time_ends_and_not_when_it_begins(
    api: Api, acme: Organisation, after: str, expected: str
) -> None:
    spec = {"cron": ["30 2 * * *"], "timezone": "Europe/Berlin"}
    times = await acme.owner(TIMES, spec=spec, first=3, after=after)
    assert [time[:16] for time in times] == expected.split()


@pytest.mark.parametrize("after", ["2026-10-24T23:50:00Z", "2027-03-27T23:50:00Z"])
async def test_what_is_due_each_hour_is_due_each_hour_when_clocks_change(
    api: Api, acme: Organisation, after: str
) -> None:
    spec = {"cron": ["*/15 * * * *"], "timezone": "Europe/Berlin"}
    times = [datetime.fromisoformat(time) for time in await acme.owner(TIMES, spec=spec, first=20, after=after)]
    assert {later - earlier for earlier, later in pairwise(times)} == {timedelta(minutes=15)}


async def test_the_line_that_an_agents_file_recommends_is_suggested(api: Api, acme: Organisation) -> None:
    recommended = "query($id: ID!) { recommendedCron(graphId: $id) }"
    for line, expected in (("0  9 * * 1-5", "0 9 * * 1-5"), ("every day", None), (None, None)):
        graph = make_graph({"in": an_input("topic", value="x")}, recommended_schedule_cron=line)
        assert await acme.owner(recommended, id=await save(api, acme, graph)) == expected


async def test_times_are_shown_before_anything_is_saved(api: Api, acme: Organisation) -> None:
    either = {"cron": ["0 0 13 * fri"]}
    times = await acme.owner(TIMES, spec=either, first=4, after="2026-11-01T00:00:00Z")
    assert [time[:10] for time in times] == ["2026-11-06", "2026-11-13", "2026-11-20", "2026-11-27"]
    both = {"calendars": [{"day": "13", "weekday": "fri", "hour": "9"}], "endAt": "2027-09-01T00:00:00Z"}
    times = await acme.owner(TIMES, spec=both, first=10, after="2026-11-01T00:00:00Z")
    assert [time[:13] for time in times] == ["2026-11-13T09", "2027-08-13T09"]
    assert len(await acme.owner(TIMES, spec={"intervalSeconds": 90, "offsetSeconds": 7}, first=10)) == 10
    assert await acme.owner.refused(TIMES, spec={"cron": ["0 0 30 2 *"]}, first=3) == ["BAD_USER_INPUT"]

    async def is_clean() -> bool:
        left = [one.id async for one in await api.platform.client.list_schedules()]
        return not any("preview" in one for one in left)

    # Temporal's lists say it a moment later.
    await eventually(is_clean)
