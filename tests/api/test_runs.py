"""Runs: lists with filters, one run with all that it got and gave, large values, links to what was shared."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import orjson
import pytest

from api.graphql.connections import encode_cursor
from api.graphql.ids import encode_id
from schema.access import Role
from tests.api.running import (
    REVOKE_SHARE,
    SHARE,
    SHARED,
    counting,
    echo,
    failing,
    gated,
    run_to_end,
    save,
    start,
    uuid_of,
)
from tests.api.serving import Api, Failed, Json, Organisation, api_on
from tests.durable.blocks import GATES, Flaky, Locked, Numbers
from tests.durable.graphs import an_agent, an_output, make_graph

LIST = (
    "query($first: Int, $after: String, $graphId: ID, $version: Int, $status: [State!], $trigger: String, "
    "$createdAfter: DateTime, $createdBefore: DateTime, $includeChildren: Boolean! = false, $order: RunOrder! = NEWEST_FIRST) "
    "{ runs(first: $first, after: $after, graphId: $graphId, version: $version, status: $status, trigger: $trigger, "
    "createdAfter: $createdAfter, createdBefore: $createdBefore, includeChildren: $includeChildren, order: $order) "
    "{ nodes { id createdAt } pageInfo { hasNextPage endCursor } } }"
)
EXECUTIONS = (
    "query($id: ID!, $first: Int, $after: String) { run(id: $id) { nodeExecutions(first: $first, after: $after) { nodes { id "
    "execution nodeId title blockName ordinal status startedAt endedAt error { code message } "
    "attempts { number startedAt endedAt error { code message } } inputs { pin value { json } } "
    "outputs { sequence pin value { json } } } pageInfo { hasNextPage endCursor } } } }"
)
VALUES = "query($id: ID!) { run(id: $id) { outputs { values { preview size type isInline json valueUrl } } } }"


async def listed(acme: Organisation, **filters: object) -> list[str]:
    return [run["id"] for run in (await acme[Role.VIEWER](LIST, **filters))["nodes"]]


async def test_runs_are_listed_newest_first_and_by_pages(api: Api, acme: Organisation) -> None:
    graph_id = await save(api, acme, echo())
    made = [(await start(acme.owner, graph_id, {"topic": n}))["id"] for n in range(5)]
    assert await listed(acme) == made[::-1]
    assert await listed(acme, order="OLDEST_FIRST") == made
    seen: list[str] = []
    after = None
    while True:
        page = await acme.owner(LIST, first=2, after=after)
        seen += [run["id"] for run in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == made[::-1]


async def test_a_run_that_comes_while_one_pages_moves_nothing(api: Api, acme: Organisation) -> None:
    graph_id = await save(api, acme, echo())
    made = [(await start(acme.owner, graph_id, {"topic": n}))["id"] for n in range(4)]
    page = await acme.owner(LIST, first=2)
    await start(acme.owner, graph_id, {"topic": "new"})
    rest = await acme.owner(LIST, first=2, after=page["pageInfo"]["endCursor"])
    assert [run["id"] for run in page["nodes"] + rest["nodes"]] == made[::-1]


async def test_runs_are_filtered(api: Api, acme: Organisation) -> None:
    agent = echo()
    graph_id = await save(api, acme, agent)
    first = await run_to_end(api, acme, agent, {"topic": 1})
    failed = await run_to_end(api, acme, failing())
    waiting, gate = gated()
    open_one = (await start(acme.owner, await save(api, acme, waiting)))["id"]
    assert await listed(acme, graphId=graph_id) == [first]
    assert await listed(acme, graphId=graph_id, version=1) == [first]
    assert await listed(acme, graphId=graph_id, version=2) == []
    assert await listed(acme, status=["FAILED"]) == [failed]
    assert await listed(acme, status=["COMPLETED", "FAILED", "COMPLETED"]) == [failed, first]
    assert await listed(acme, status=["FAILED"], graphId=graph_id) == []
    assert await listed(acme, trigger="manual") == [open_one, failed, first]
    assert await listed(acme, trigger="webhook") == []
    at = (await acme.owner("query($id: ID!) { run(id: $id) { createdAt } }", id=failed))["createdAt"]
    assert await listed(acme, createdAfter=at) == [open_one, failed]
    assert await listed(acme, createdBefore=at) == [first]
    assert await listed(acme, createdBefore=datetime(2020, 1, 1).isoformat()) == []
    GATES[gate].set()


async def test_children_are_listed_only_where_asked_for(api: Api, acme: Organisation) -> None:
    child = counting(2)
    await save(api, acme, child)
    parent = await run_to_end(
        api, acme, make_graph({"agent": an_agent(child), "out": an_output()}, ["agent.out -> out.value"])
    )
    assert await listed(acme) == [parent]
    both = await listed(acme, includeChildren=True)
    assert (len(both), both[-1]) == (2, parent)
    tree = await acme.owner(
        "query($id: ID!) { run(id: $id) { parent { id } children { nodes { id trigger parent { id } parentExecutionId } } } }",
        id=parent,
    )
    (found,) = tree["children"]["nodes"]
    assert tree["parent"] is None
    assert (found["id"], found["trigger"], found["parent"]) == (both[0], "child", {"id": parent})
    execution = await acme.owner(
        "query($id: ID!) { node(id: $id) { ... on NodeExecution { title } } }", id=found["parentExecutionId"]
    )
    assert execution["title"] == "AgentExecutor"


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"first": 0}, "BAD_USER_INPUT"),
        ({"first": 101}, "BAD_USER_INPUT"),
        ({"status": []}, "BAD_USER_INPUT"),
        ({"trigger": ""}, "BAD_USER_INPUT"),
        ({"after": "nonsense"}, "BAD_CURSOR"),
        ({"after": encode_cursor("runs NEWEST_FIRST", "2026-01-01T00:00:00", str(uuid4()))}, "BAD_CURSOR"),
        ({"after": encode_cursor("runs OLDEST_FIRST", "2026-01-01T00:00:00Z", str(uuid4()))}, "BAD_CURSOR"),
        ({"after": base64.urlsafe_b64encode(orjson.dumps([1, "runs NEWEST_FIRST", 1, 2])).decode()}, "BAD_CURSOR"),
        ({"graphId": encode_id("Run", uuid4())}, "NOT_FOUND"),
    ],
)
async def test_a_list_with_a_wrong_argument_is_refused(acme: Organisation, variables: Json, code: str) -> None:
    assert await acme.owner.refused(LIST, **variables) == [code]


async def test_a_run_shows_what_its_row_knows(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, failing())
    found = await acme[Role.VIEWER](
        "query($id: ID!) { run(id: $id) { id status trigger agentName graphId graph { name } graphVersion createdBy { role } "
        "createdAt startedAt endedAt error { code message nodeId } stats temporalUrl inputs { name } } }",
        id=run_id,
    )
    assert (found["status"], found["trigger"], found["agentName"]) == ("FAILED", "manual", "Test agent")
    assert (found["graph"]["name"], found["graphVersion"]) == ("Test agent", 1)
    assert found["createdBy"] == {"role": "OWNER"}
    assert found["createdAt"] <= found["startedAt"] <= found["endedAt"]
    assert found["error"]["code"] == "NODE_FAILED"
    assert found["stats"]["node_error_count"] == 1
    namespace = api.platform.settings.temporal_namespace
    assert found["temporalUrl"].endswith(f"/namespaces/{namespace}/workflows/run-{uuid_of(run_id)}")


async def test_without_temporals_ui_there_is_no_link_to_it(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, echo(), {"topic": 1})
    async with api_on(api.platform, temporal_ui_url=None) as plain:
        client = plain.client(acme.owner.token)
        assert await client("query($id: ID!) { run(id: $id) { temporalUrl } }", id=run_id) == {"temporalUrl": None}


async def test_node_executions_tell_inputs_outputs_and_attempts(api: Api, acme: Organisation) -> None:
    retry = {"attempts": 3, "first_wait_seconds": 0.05}
    graph = make_graph(
        {"flaky": (Flaky, {"key": str(uuid4()), "failures": 1}, {"retry": retry}), "out": an_output()},
        ["flaky.attempt -> out.value"],
    )
    run_id = await run_to_end(api, acme, graph)
    flaky, out = (await acme.owner(EXECUTIONS, id=run_id))["nodeExecutions"]["nodes"]
    assert (flaky["nodeId"], flaky["title"], flaky["blockName"], flaky["status"]) == (
        "flaky",
        "Flaky",
        "FlakyBlock",
        "COMPLETED",
    )
    assert [(a["number"], a["error"] and a["error"]["code"]) for a in flaky["attempts"]] == [
        (1, "UNAVAILABLE"),
        (2, None),
    ]
    assert flaky["outputs"] == [{"sequence": 0, "pin": "attempt", "value": {"json": 2}}]
    assert {"pin": "value", "value": {"json": 2}} in out["inputs"]
    assert [one["ordinal"] for one in (flaky, out)] == [1, 1]
    by_id = await acme.owner(
        "query($id: ID!) { node(id: $id) { id ... on NodeExecution { nodeId runId } } }", id=flaky["id"]
    )
    assert by_id == {"id": flaky["id"], "nodeId": "flaky", "runId": run_id}


async def test_node_executions_are_paged_and_those_that_never_became_complete_come_last(
    api: Api, acme: Organisation
) -> None:
    graph = make_graph(
        {"numbers": (Numbers, {"count": 3}), "once": (Numbers, {"count": 1}), "out": an_output()},
        ["numbers.number -> out.value", "once.number -> out.title"],
    )
    run_id = await run_to_end(api, acme, graph)
    whole = (await acme.owner(EXECUTIONS, id=run_id))["nodeExecutions"]["nodes"]
    numbers = [one["execution"] for one in whole]
    assert numbers == [1, 2, 3, -1, -2]
    assert [one["status"] for one in whole[-2:]] == ["INCOMPLETE", "INCOMPLETE"]
    seen: list[int] = []
    after = None
    for _ in numbers:
        page = (await acme.owner(EXECUTIONS, id=run_id, first=1, after=after))["nodeExecutions"]
        seen += [one["execution"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert seen == numbers
    assert page["pageInfo"]["hasNextPage"] is False


async def test_many_emissions_and_outputs_come_by_pages(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, counting(30))
    of_node = (
        "query($id: ID!, $first: Int, $after: Int) { run(id: $id) { nodeExecutions(first: 1) { nodes "
        "{ outputs(first: $first, afterSequence: $after) { sequence } } } } }"
    )

    async def sequences(**page: int) -> list[int]:
        found = await acme.owner(of_node, id=run_id, **page)
        return [one["sequence"] for one in found["nodeExecutions"]["nodes"][0]["outputs"]]

    assert await sequences() == list(range(20))
    assert await sequences(first=100) == list(range(30))
    assert await sequences(first=5, after=27) == [28, 29]
    of_run = (
        "query($id: ID!, $first: Int, $after: Int) { run(id: $id) "
        "{ outputs(first: $first, afterExecution: $after) { name executions values { json } } } }"
    )
    (first,) = (await acme.owner(of_run, id=run_id))["outputs"]
    (rest,) = (await acme.owner(of_run, id=run_id, after=max(first["executions"])))["outputs"]
    assert [one["json"] for one in first["values"] + rest["values"]] == list(range(30))
    assert await acme.owner.refused(of_run, id=run_id, first=101) == ["BAD_USER_INPUT"]


async def test_one_operation_shows_so_many_values_and_no_more(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, failing())
    for number in range(1, 42):
        await api.platform.sql(
            "INSERT INTO node_executions SELECT run_id, execution + :n, node_id, block_id, ordinal, status, step, fence, inputs, "
            "error, attempts, started_at, ended_at FROM node_executions WHERE run_id = :run AND execution = 1",
            run=uuid_of(run_id),
            n=number,
        )
    await api.platform.sql(
        "INSERT INTO emissions (run_id, execution, sequence, pin, value) "
        "SELECT :run, e, s, 'out', '1' FROM generate_series(2, 42) AS e, generate_series(0, 49) AS s",
        run=uuid_of(run_id),
    )
    query = "query($id: ID!, $n: Int!) { run(id: $id) { nodeExecutions(first: $n) { nodes { outputs(first: 100) { pin } } } } }"
    shown = await acme.owner(query, id=run_id, n=40)
    assert sum(len(one["outputs"]) for one in shown["nodeExecutions"]["nodes"]) == 2 + 39 * 50
    assert set(await acme.owner.refused(query, id=run_id, n=42)) == {"QUERY_TOO_COMPLEX"}


async def test_a_secret_is_shown_to_nobody(api: Api, acme: Organisation) -> None:
    secret = f"canary-{uuid4()}"
    graph = make_graph({"locked": (Locked, {"key": secret}), "out": an_output()}, ["locked.length -> out.value"])
    run_id = await run_to_end(api, acme, graph)
    answer = await acme.owner.post(EXECUTIONS, {"id": run_id})
    locked = answer.json()["data"]["run"]["nodeExecutions"]["nodes"][0]
    assert locked["inputs"] == [{"pin": "key", "value": {"json": "***"}}]
    assert secret not in answer.text
    assert len(secret) == locked["outputs"][0]["value"]["json"]


@pytest.mark.parametrize(
    ("size", "is_inline", "is_given"),
    [(10, True, True), (5_000, False, True), (200_000, False, True), (2**20, False, False)],
)
async def test_a_value_says_what_it_is_and_a_large_one_where(
    api: Api, acme: Organisation, size: int, is_inline: bool, is_given: bool
) -> None:
    value = "x" * size
    run_id = await run_to_end(api, acme, echo(), {"topic": 1})
    await put_output(api, acme, run_id, value)
    document = (await acme.owner.post(VALUES, {"id": run_id})).json()
    (shown,) = document["data"]["run"]["outputs"][0]["values"]
    assert (shown["size"], shown["type"], shown["isInline"]) == (size + 2, "string", is_inline)
    assert shown["preview"] == f'"{value}"'[:80]
    assert shown["json"] == (value if is_given else None)
    if is_inline:
        assert shown["valueUrl"] is None
        return
    answer = await acme.owner.http.get(to(api, shown["valueUrl"]), headers=acme.owner.headers)
    # What a person may see no more is not left in a browser.
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.json() == value
    if not is_given:
        assert Failed(document).codes == ["VALUE_TOO_LARGE"]
        assert shown["valueUrl"] in document["errors"][0]["message"]


async def test_a_value_is_fetched_by_its_own_organisation_only(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    run_id = await run_to_end(api, acme, echo(), {"topic": 1})
    await put_output(api, acme, run_id, "y" * 5_000)
    url = (await acme.owner(VALUES, id=run_id))["outputs"][0]["values"][0]["valueUrl"]
    http = acme.owner.http
    assert (await http.get(to(api, url), headers=acme[Role.VIEWER].headers)).status_code == 200
    assert (await http.get(to(api, url))).status_code == 401
    unknown = to(api, url)[:-64] + "0" * 64
    theirs = await http.get(to(api, url), headers=other.owner.headers)
    nothing = await http.get(unknown, headers=other.owner.headers)
    assert (theirs.status_code, theirs.text) == (nothing.status_code, nothing.text) == (404, theirs.text)
    assert (await http.get(unknown[:-64] + "..%2f..%2fx", headers=other.owner.headers)).status_code == 404


async def test_one_operation_reads_so_many_bytes_of_values_and_no_more(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, echo(), {"topic": 1})
    for number in range(10):
        await put_output(api, acme, run_id, f"{number}" * 1_000_000, execution=number + 10)
    document = (await acme.owner.post(VALUES, {"id": run_id})).json()
    given = [value["json"] is not None for value in document["data"]["run"]["outputs"][0]["values"]]
    assert given == [True] * 8 + [False] * 2
    assert Failed(document).codes == ["VALUE_TOO_LARGE", "VALUE_TOO_LARGE"]


async def test_what_a_run_gave_is_shared_by_a_link_and_nothing_else_of_it(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, echo(), {"topic": "shown"})
    made = await acme[Role.OPERATOR](SHARE, input={"id": run_id, "expiresInDays": 7})
    assert made["share"]["createdBy"] == {"name": "Operator"}
    assert datetime.fromisoformat(made["share"]["expiresAt"]) < datetime.now(UTC) + timedelta(days=7, minutes=1)
    anyone = api.client()
    shared = await anyone(SHARED, token=made["token"])
    assert shared == {
        "status": "COMPLETED",
        "outputs": [{"name": "out", "values": [{"json": "shown", "valueUrl": None}]}],
    }
    fields = await acme.owner('{ __type(name: "SharedRun") { fields { name } } }')
    assert {field["name"] for field in fields["fields"]} == {"status", "outputs"}
    shares = await acme.owner("query($id: ID!) { run(id: $id) { shares { id revokedAt } } }", id=run_id)
    assert shares["shares"] == [{"id": made["share"]["id"], "revokedAt": None}]
    rows = await api.platform.sql("SELECT token_hash FROM run_shares WHERE run_id = :id", id=uuid_of(run_id))
    assert made["token"] not in rows[0].token_hash


async def test_a_link_that_ended_answers_like_one_that_never_was(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, echo(), {"topic": 1})
    revoked = await acme.owner(SHARE, input={"id": run_id})
    expired = await acme.owner(SHARE, input={"id": run_id, "expiresInDays": 1})
    deleted = await acme.owner(SHARE, input={"id": await run_to_end(api, acme, echo(), {"topic": 1})})
    assert (await acme.owner(REVOKE_SHARE, id=revoked["share"]["id"]))["share"]["revokedAt"]
    await api.platform.sql("UPDATE run_shares SET expires_at = now() WHERE expires_at IS NOT NULL")
    await api.platform.sql(
        "DELETE FROM runs USING run_shares s WHERE s.run_id = runs.id AND s.token_hash = "
        "encode(sha256(CAST(:token AS bytea)), 'hex')",
        token=deleted["token"].encode(),
    )
    answers = set()
    for token in (revoked["token"], expired["token"], deleted["token"], "drw_unknown", "", "x" * 10_000, "\u00e4"):
        document = (await api.client().post(SHARED, {"token": token})).json()
        answers.add((document["errors"][0]["message"], document["errors"][0]["extensions"]["code"]))
    assert {code for _, code in answers} == {"NOT_FOUND"}
    assert len(answers) == 1


async def test_only_ones_own_runs_are_shared_and_only_ones_own_links_revoked(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    run_id = await run_to_end(api, other, echo(), {"topic": 1})
    made = await other.owner(SHARE, input={"id": run_id})
    for unknown in (run_id, encode_id("Run", uuid4())):
        assert await acme.owner.refused(SHARE, input={"id": unknown}) == ["NOT_FOUND"]
    for unknown in (made["share"]["id"], encode_id("RunShare", uuid4())):
        assert await acme.owner.refused(REVOKE_SHARE, id=unknown) == ["NOT_FOUND"]
    assert await other[Role.VIEWER].refused(SHARE, input={"id": run_id}) == ["FORBIDDEN"]
    for days in (0, 366):
        assert await other.owner.refused(SHARE, input={"id": run_id, "expiresInDays": days}) == ["BAD_USER_INPUT"]
    assert (await api.client()(SHARED, token=made["token"]))["status"] == "COMPLETED"


async def test_a_tenant_sees_nothing_of_another(api: Api, acme: Organisation, other: Organisation) -> None:
    run_id = await run_to_end(api, other, echo(), {"topic": 1})
    (execution, *_) = (await other.owner(EXECUTIONS, id=run_id))["nodeExecutions"]["nodes"]
    assert await listed(acme) == []
    assert await acme.owner.refused(EXECUTIONS, id=run_id) == ["NOT_FOUND"]
    for one in (run_id, execution["id"], encode_id("NodeExecution", uuid4(), 1), encode_id("NodeExecution", "x", "y")):
        assert await acme.owner("query($id: ID!) { node(id: $id) { id } }", id=one) is None
    assert (await other.owner("query($id: ID!) { node(id: $id) { id } }", id=run_id)) == {"id": run_id}
    theirs = await listed(
        acme, graphId=(await other.owner("query($id: ID!) { run(id: $id) { graphId } }", id=run_id))["graphId"]
    )
    assert theirs == []


async def put_output(api: Api, acme: Organisation, run_id: str, value: object, execution: int = 1_000) -> None:
    """Have a run have given one more value, and no other before it."""
    stores = api.services.of(acme.id)
    stored = await stores.values.put(acme.id, value)
    await api.platform.sql("DELETE FROM run_outputs WHERE run_id = :run AND execution < 10", run=uuid_of(run_id))
    await api.platform.sql(
        "INSERT INTO run_outputs (run_id, execution, name, value, handle) "
        "VALUES (:run, :execution, 'out', CAST(:value AS json), CAST(:handle AS json))",
        run=uuid_of(run_id),
        execution=execution,
        value=stored.json,
        handle=None if stored.handle is None else orjson.dumps(stored.handle_wire).decode(),
    )


def to(api: Api, url: str) -> str:
    """Give an address of the API where this test serves it."""
    return api.url + url.removeprefix(api.services.config.public_url)
