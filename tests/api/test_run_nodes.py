"""What happened at a run's nodes: counts by node, now and at a moment; the timeline; executions of one node or state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from api.graphql.ids import encode_id
from schema.access import Role
from schema.graph import Graph
from tests.api.running import STATUS, counting, echo, failing, gated, run_to_end, save, start
from tests.api.serving import Api, Json, Organisation
from tests.durable.blocks import GATES, Fail, Flaky, Pass
from tests.durable.graphs import an_output, make_graph
from tests.durable.waiting import eventually

NODES = (
    "query($id: ID!, $at: DateTime) { run(id: $id) { nodes(at: $at) { nodeId title blockId blockName counts { status count } "
    "executionCount attemptsMax firstStartedAt lastEndedAt latestId failedId error { code message } nextAttemptAt "
    "pins { pin count } } } }"
)
TIMELINE = (
    "query($id: ID!, $first: Int! = 1000, $after: Int) { run(id: $id) { timeline(first: $first, after: $after) { executions "
    "nodeIds nodes states started ended queued reused repeated { place startedAt endedAt hasFailed queued wait } hasNextPage "
    "endExecution } } }"
)
CHOSEN = (
    "query($id: ID!, $node: String, $status: [State!], $first: Int, $after: String) { run(id: $id) { nodeExecutions(nodeId: $node, "
    "status: $status, first: $first, after: $after) { nodes { nodeId execution status } pageInfo { hasNextPage endCursor } } } }"
)
ATTEMPTS = (
    "query($id: ID!) { run(id: $id) { nodeExecutions { nodes { status nextAttemptAt attempts { endedAt queuedSeconds waitSeconds } "
    "outputs { at } } } } }"
)
LIST = (
    "query($graphId: ID, $node: String, $by: ID) "
    "{ runs(graphId: $graphId, failedNodeId: $node, startedBy: $by) { nodes { id } } }"
)


def flaky(failures: int, wait_seconds: float) -> Graph:
    retry = {"attempts": 3, "first_wait_seconds": wait_seconds, "longest_wait_seconds": 3600, "backoff": 1}
    return make_graph(
        {"flaky": (Flaky, {"key": str(uuid4()), "failures": failures}, {"retry": retry}), "out": an_output()},
        ["flaky.attempt -> out.value"],
    )


def counts_of(node: Json) -> dict[str, int]:
    return {one["status"]: one["count"] for one in node["counts"]}


async def test_a_runs_nodes_tell_their_executions_by_state(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, counting(30))
    numbers, pass_, out = (await acme[Role.VIEWER](NODES, id=run_id))["nodes"]
    assert [one["nodeId"] for one in (numbers, pass_, out)] == ["numbers", "pass", "out"]
    assert [counts_of(one) for one in (numbers, pass_, out)] == [{"COMPLETED": 1}, {"COMPLETED": 30}, {"COMPLETED": 30}]
    assert (pass_["executionCount"], pass_["attemptsMax"], pass_["title"]) == (30, 1, "Pass")
    assert pass_["firstStartedAt"] <= pass_["lastEndedAt"]
    assert [(one["failedId"], one["error"], one["nextAttemptAt"]) for one in (numbers, pass_, out)] == [(None,) * 3] * 3
    assert {"pin": "number", "count": 30} in numbers["pins"]
    latest = await acme.owner(
        "query($id: ID!) { node(id: $id) { ... on NodeExecution { nodeId ordinal } } }", id=pass_["latestId"]
    )
    assert latest["nodeId"] == "pass"


async def test_a_node_that_failed_tells_why(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, failing())
    (node,) = (await acme.owner(NODES, id=run_id))["nodes"]
    assert (counts_of(node), node["failedId"]) == ({"FAILED": 1}, node["latestId"])
    assert "broken" in node["error"]["message"]


async def test_nodes_stand_as_they_stood_at_a_moment(api: Api, acme: Organisation) -> None:
    graph, gate = gated()
    run = await start(acme.owner, await save(api, acme, graph))

    async def waiting() -> str | None:
        nodes = (await acme.owner(NODES, id=run["id"]))["nodes"]
        return nodes[0]["firstStartedAt"] if nodes and counts_of(nodes[0]) == {"RUNNING": 1} else None

    began = datetime.fromisoformat(await eventually(waiting, seconds=20))
    between = datetime.now(UTC)
    GATES[gate].set()

    async def over() -> bool:
        return bool((await acme.owner(STATUS, id=run["id"]))["status"] == "COMPLETED")

    await eventually(over, seconds=20)

    async def at(moment: datetime | None) -> dict[str, dict[str, int]]:
        found = (await acme.owner(NODES, id=run["id"], at=None if moment is None else moment.isoformat()))["nodes"]
        return {one["nodeId"]: counts_of(one) for one in found}

    assert await at(began - timedelta(seconds=5)) == {}
    assert await at(between) == {"gate": {"RUNNING": 1}}
    assert await at(None) == await at(datetime.now(UTC)) == {"gate": {"COMPLETED": 1}, "out": {"COMPLETED": 1}}
    earlier = (await acme.owner(NODES, id=run["id"], at=between.isoformat()))["nodes"][0]
    assert (earlier["lastEndedAt"], earlier["pins"]) == (None, [{"pin": "waiting", "count": 1}])


async def test_an_execution_that_waits_to_be_tried_again_says_when(api: Api, acme: Organisation) -> None:
    run = await start(acme.owner, await save(api, acme, flaky(1, 3000)))

    async def waits() -> Json | None:
        nodes = (await acme.owner(ATTEMPTS, id=run["id"]))["nodeExecutions"]["nodes"]
        return nodes[0] if nodes and nodes[0]["attempts"] else None

    row = await eventually(waits, seconds=20)
    (attempt,) = row["attempts"]
    assert (row["status"], attempt["waitSeconds"]) == ("RUNNING", 3000)
    due = datetime.fromisoformat(attempt["endedAt"]) + timedelta(seconds=3000)
    assert datetime.fromisoformat(row["nextAttemptAt"]) == due
    (node,) = (await acme.owner(NODES, id=run["id"]))["nodes"]
    assert abs(datetime.fromisoformat(node["nextAttemptAt"]) - due) < timedelta(milliseconds=1)
    (repeated,) = (await acme.owner(TIMELINE, id=run["id"]))["timeline"]["repeated"]
    assert repeated["hasFailed"] == [True]
    cancel = "mutation($id: ID!) { cancelRun(input: {id: $id}) { errors { code } } }"
    assert (await acme.owner(cancel, id=run["id"]))["errors"] == []


async def test_what_is_over_waits_for_no_attempt_and_emissions_have_their_time(api: Api, acme: Organisation) -> None:
    before = datetime.now(UTC) - timedelta(minutes=1)
    run_id = await run_to_end(api, acme, flaky(1, 0.05))
    first, _ = (await acme.owner(ATTEMPTS, id=run_id))["nodeExecutions"]["nodes"]
    assert first["nextAttemptAt"] is None
    assert [one["waitSeconds"] for one in first["attempts"]] == [0.05, None]
    assert datetime.fromisoformat(first["outputs"][0]["at"]) > before


async def test_a_timeline_has_a_line_for_each_execution_by_pages(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, counting(30))
    whole = (await acme.owner(TIMELINE, id=run_id))["timeline"]
    assert len(whole["executions"]) == 61
    assert whole["executions"] == sorted(whole["executions"])
    assert {whole["nodeIds"][place] for place in whole["nodes"]} == {"numbers", "pass", "out"}
    assert set(whole["states"]) == {"COMPLETED"}
    assert all(0 <= began <= ended for began, ended in zip(whole["started"], whole["ended"], strict=True))
    assert (whole["hasNextPage"], whole["reused"], whole["repeated"]) == (False, [], [])
    seen: list[int] = []
    after = None
    while True:
        page = (await acme.owner(TIMELINE, id=run_id, first=20, after=after))["timeline"]
        seen += page["executions"]
        after = page["endExecution"]
        if not page["hasNextPage"]:
            break
    assert seen == whole["executions"]


async def test_a_timeline_tells_the_attempts_of_what_was_tried_again(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, flaky(2, 0.05))
    (repeated,) = (await acme.owner(TIMELINE, id=run_id))["timeline"]["repeated"]
    assert (repeated["place"], repeated["hasFailed"]) == (0, [True, True, False])
    assert len(repeated["startedAt"]) == len(repeated["endedAt"]) == 3


async def test_a_timeline_tells_how_long_each_attempt_waited_for_a_worker_and_not_for_its_retry(
    api: Api, acme: Organisation
) -> None:
    run_id = await run_to_end(api, acme, flaky(1, 3))
    page = (await acme.owner(TIMELINE, id=run_id))["timeline"]
    (repeated,) = page["repeated"]
    assert page["queued"][0] == repeated["queued"][0]
    assert repeated["wait"] == [3_000, None]
    # The retry begins 3 s after the failure; from then on, and not before, it waits for a worker.
    assert all(0 <= waited < 2_500 for waited in repeated["queued"])
    nodes = (await acme.owner(ATTEMPTS, id=run_id))["nodeExecutions"]["nodes"]
    assert [one["queuedSeconds"] * 1000 for one in nodes[0]["attempts"]] == pytest.approx(repeated["queued"])
    # What is fused into a workflow task waits for no worker.
    assert None in (await acme.owner(TIMELINE, id=await run_to_end(api, acme, counting(1))))["timeline"]["queued"]


async def test_an_execution_is_found_by_its_number(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, counting(3))
    query = "query($id: ID!, $number: Int!) { run(id: $id) { execution(number: $number) { execution nodeId } } }"
    for number, found in ((1, {"execution": 1, "nodeId": "numbers"}), (99, None), (-99, None)):
        assert (await acme.owner(query, id=run_id, number=number))["execution"] == found


async def test_a_timeline_of_one_node_or_of_what_failed_has_only_that(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, counting(9))
    query = (
        "query($id: ID!, $node: String, $status: [State!], $after: Int) { run(id: $id) { timeline(first: 5, after: $after, "
        "nodeId: $node, status: $status) { executions nodeIds hasNextPage endExecution } } }"
    )
    page = (await acme.owner(query, id=run_id, node="pass"))["timeline"]
    rest = (await acme.owner(query, id=run_id, node="pass", after=page["endExecution"]))["timeline"]
    assert (page["nodeIds"], page["hasNextPage"], rest["nodeIds"], rest["hasNextPage"]) == (
        ["pass"],
        True,
        ["pass"],
        False,
    )
    assert len({*page["executions"], *rest["executions"]}) == 9
    assert (await acme.owner(query, id=run_id, status=["FAILED"]))["timeline"]["executions"] == []
    assert await acme.owner.refused(query, id=run_id, node="") == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("first", [0, 2001])
async def test_a_timelines_page_has_a_limit(api: Api, acme: Organisation, first: int) -> None:
    run_id = await run_to_end(api, acme, echo(), {"topic": 1})
    assert await acme.owner.refused(TIMELINE, id=run_id, first=first) == ["BAD_USER_INPUT"]


async def test_executions_of_one_node_or_in_one_state_are_found_by_pages(api: Api, acme: Organisation) -> None:
    graph = make_graph(
        {"fail": (Fail, {"reason": "broken"}), "pass": (Pass, {"value": 1}), "out": an_output()},
        ["pass.value -> out.value"],
    )
    run_id = await run_to_end(api, acme, graph)

    async def chosen(**variables: object) -> list[tuple[str, str]]:
        found = (await acme.owner(CHOSEN, id=run_id, **variables))["nodeExecutions"]["nodes"]
        return [(one["nodeId"], one["status"]) for one in found]

    assert await chosen(node="pass") == [("pass", "COMPLETED")]
    assert await chosen(status=["FAILED"]) == [("fail", "FAILED")]
    assert await chosen(node="pass", status=["FAILED"]) == []
    assert await acme.owner.refused(CHOSEN, id=run_id, node="") == ["BAD_USER_INPUT"]
    many = await run_to_end(api, acme, counting(9))
    page = (await acme.owner(CHOSEN, id=many, node="pass", first=5))["nodeExecutions"]
    rest = (await acme.owner(CHOSEN, id=many, node="pass", first=5, after=page["pageInfo"]["endCursor"]))[
        "nodeExecutions"
    ]
    assert (len(page["nodes"]), len(rest["nodes"]), rest["pageInfo"]["hasNextPage"]) == (5, 4, False)


async def test_runs_are_found_by_the_node_that_failed_and_by_who_started_them(api: Api, acme: Organisation) -> None:
    agent = failing()
    run_id = await run_to_end(api, acme, agent)
    graph_id = encode_id("Graph", agent.id)

    async def found(**variables: object) -> list[str]:
        return [one["id"] for one in (await acme.owner(LIST, **variables))["nodes"]]

    assert await found(graphId=graph_id, node="fail") == [run_id]
    assert await found(graphId=graph_id, node="other") == []
    assert await acme.owner.refused(LIST, node="fail") == ["BAD_USER_INPUT"]
    me = (await acme.owner("query { viewer { id } }"))["id"]
    assert run_id in await found(by=me)
    assert await found(by=encode_id("Member", uuid4())) == []


async def test_nothing_of_it_is_shown_to_another_organisation(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    run_id = await run_to_end(api, acme, echo(), {"topic": 1})
    for query in (NODES, TIMELINE, CHOSEN):
        assert await other.owner.refused(query, id=run_id) == ["NOT_FOUND"]


async def test_one_operation_counts_the_nodes_of_so_many_moments(api: Api, acme: Organisation) -> None:
    for _ in range(2):
        await run_to_end(api, acme, counting(1))
    moments = " ".join(f'm{place}: nodes(at: "2026-01-01T00:00:{place:02}Z") {{ nodeId }}' for place in range(26))
    refused = await acme.owner.refused(f"{{ runs(first: 2) {{ nodes {{ id {moments} }} }} }}")
    assert set(refused) == {"QUERY_TOO_COMPLEX"}
