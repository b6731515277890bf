"""Run control by GraphQL: pause, resume, retry, skip, edit, fail, raise; who did it and what became of it; limits; events."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from api.graphql.ids import encode_id
from schema.access import Role
from schema.db.control_tables import EVERY_GRAPH
from tests.api.running import CANCEL, OUTPUTS, STATUS, ended, gated, save, start
from tests.api.serving import Api, Client, Organisation
from tests.api.watching import watching
from tests.durable.blocks import CALLS, GATES, Fail, Flaky, Gate, Locked, Pass
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.waiting import eventually

_ORDER = "order { number word detail outcome nodeExecutionId createdBy { name } } run { id } errors { code message path pin }"


def change(name: str, kind: str) -> str:
    return f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {_ORDER} }} }}"


PAUSE = change("pauseRun", "PauseRunInput")
RESUME = change("resumeRun", "ResumeRunInput")
RAISE = change("raiseRunLimit", "RaiseRunLimitInput")
RETRY = change("retryNode", "NodeOrderInput")
FAIL = change("failNode", "NodeOrderInput")
SKIP = change("skipNode", "SkipNodeInput")
EDIT = change("editNodeInput", "EditNodeInputInput")
HALTS = (
    "query($id: ID!, $cleared: Boolean!) { run(id: $id) { halts(includeCleared: $cleared) { number key kind code message nodeId "
    "title nodeExecutionId since setBy { name } clearedAt clearedBy { name } answer } } }"
)
ORDERS = (
    "query($id: ID!, $first: Int, $after: String) { run(id: $id) { orders(first: $first, after: $after) { "
    "nodes { number word detail source outcome reason createdBy { name } } pageInfo { hasNextPage endCursor } } } }"
)
LIMITS = (
    "query($id: ID!) { run(id: $id) { waitingReason limits { asked { executionsMax wallSecondsMax inFlightMax } "
    "effective { executionsMax wallSecondsMax inFlightMax } usedExecutions usedWallSeconds } } }"
)
NODES = "query($id: ID!) { run(id: $id) { nodeExecutions { nodes { id nodeId status waitsFor inputs { pin value { json } } } } } }"
SETTINGS = "query($id: ID) { runLimits(graphId: $id) { graphId executionsMax runningMax updatedBy { name } } }"
SET = (
    "mutation($input: SetRunLimitsInput!) { setRunLimits(input: $input) { limits { graphId executionsMax runningMax } "
    "errors { code path } } }"
)
EVENTS = (
    "subscription($id: ID!) { runEvents(runId: $id) { __typename cursor ... on RunMoved { status } "
    "... on RunHalted { number key kind code message nodeExecutionId } ... on RunHaltCleared { number answer } "
    "... on RunOrderAnswered { number word outcome reason } } }"
)


def held(reason: str = "broken") -> Any:
    nodes = {"fail": (Fail, {"reason": reason}), "out": an_output()}
    return make_graph(nodes, ["fail.before -> out.value"], on_node_error="hold")


async def until(client: Client, run_id: str, status: str) -> None:
    async def has_it() -> bool:
        return (await client(STATUS, id=run_id))["status"] == status

    await eventually(has_it, seconds=60)


async def halts(client: Client, run_id: str, *, cleared: bool = False) -> list[Any]:
    found: list[Any] = (await client(HALTS, id=run_id, cleared=cleared))["halts"]
    return found


async def execution(client: Client, run_id: str, node: str, status: str) -> Any:
    """Wait for a node's execution with a status; give it."""

    async def there() -> Any:
        nodes = (await client(NODES, id=run_id))["nodeExecutions"]["nodes"]
        return next((one for one in nodes if (one["nodeId"], one["status"]) == (node, status)), None)

    return await eventually(there, seconds=60)


async def given(client: Client, document: str, **fields: Any) -> Any:
    payload = await client(document, input=fields)
    assert payload["errors"] == [], payload
    return payload["order"]


async def answered(client: Client, run_id: str, number: int) -> tuple[str, str | None]:
    async def told() -> Any:
        nodes = (await client(ORDERS, id=run_id))["orders"]["nodes"]
        return next(((o["outcome"], o["reason"]) for o in nodes if o["number"] == number and o["outcome"]), None)

    found: tuple[str, str | None] = await eventually(told, seconds=60)
    return found


async def test_an_operator_pauses_a_run_edits_what_waits_and_resumes_it(api: Api, acme: Organisation) -> None:
    gate = str(uuid4())
    nodes = {"gate": (Gate, {"gate": gate}), "then": Pass, "out": an_output()}
    graph = make_graph(nodes, ["gate.value -> then.value", "then.value -> out.value"])
    operator = acme[Role.OPERATOR]
    run_id = (await start(operator, await save(api, acme, graph)))["id"]
    await eventually(lambda: CALLS[gate])
    order = await given(operator, PAUSE, id=run_id, reason="Lunch.", idempotencyKey="lunch")
    assert (order["number"], order["word"], order["detail"]) == (1, "pause", {"mode": "soft", "reason": "Lunch."})
    assert (await given(operator, PAUSE, id=run_id, reason="Lunch.", idempotencyKey="lunch"))["number"] == 1
    assert await operator.refused(PAUSE, input={"id": run_id, "reason": "No.", "idempotencyKey": "lunch"}) == [
        "CONFLICT"
    ]
    await answered(operator, run_id, order["number"])
    GATES[gate].set()
    await until(operator, run_id, "PAUSED")
    (halt,) = await halts(operator, run_id)
    assert (halt["kind"], halt["key"], halt["message"]) == ("OPERATOR", "operator/1", "Lunch.")
    assert (halt["setBy"]["name"], halt["clearedAt"], halt["nodeId"]) == ("Operator", None, None)
    then = await execution(operator, run_id, "then", "QUEUED")
    assert {one["pin"]: one["value"]["json"] for one in then["inputs"]}["value"] == "opened"
    order = await given(operator, EDIT, nodeExecutionId=then["id"], inputs={"value": "edited"})
    assert (order["detail"], order["nodeExecutionId"]) == ({}, then["id"])
    assert await answered(operator, run_id, order["number"]) == ("APPLIED", None)
    await given(operator, RESUME, id=run_id, haltKey=halt["key"])
    assert await ended(operator, run_id) == "COMPLETED"
    assert (await operator(OUTPUTS, id=run_id))["outputs"][0]["values"] == [{"json": "edited"}]
    (cleared,) = await halts(operator, run_id, cleared=True)
    assert (cleared["answer"], cleared["clearedBy"]["name"]) == ("resume", "Operator")
    assert await halts(operator, run_id) == []
    page = (await operator(ORDERS, id=run_id, first=2))["orders"]
    assert [order["word"] for order in page["nodes"]] == ["pause", "edit"]
    rest = (await operator(ORDERS, id=run_id, after=page["pageInfo"]["endCursor"]))["orders"]
    assert [(one["word"], one["outcome"], one["source"]) for one in rest["nodes"]] == [("resume", "APPLIED", "api")]
    assert "edited" not in str(page)


async def test_a_node_that_waits_is_retried_skipped_or_let_fail(api: Api, acme: Organisation) -> None:
    key = str(uuid4())
    nodes = {"flaky": (Flaky, {"key": key, "failures": 3}), "out": an_output()}
    flaky = make_graph(nodes, ["flaky.attempt -> out.value"], on_node_error="hold")
    client = acme.owner
    run_id = (await start(client, await save(api, acme, flaky)))["id"]
    await until(client, run_id, "PAUSED")
    (halt,) = await halts(client, run_id)
    assert (halt["kind"], halt["code"], halt["title"]) == ("PROVIDER_DOWN", "UNAVAILABLE", "Flaky")
    await given(client, RETRY, nodeExecutionId=halt["nodeExecutionId"])
    assert await ended(client, run_id) == "COMPLETED"
    graph_id = await save(api, acme, held())
    skipped, failed = (await start(client, graph_id))["id"], (await start(client, graph_id))["id"]
    for run_id in (skipped, failed):
        await until(client, run_id, "PAUSED")
    (halt,) = await halts(client, skipped)
    await given(client, SKIP, nodeExecutionId=halt["nodeExecutionId"], outputs={"before": ["mended"]})
    assert await ended(client, skipped) == "COMPLETED"
    (halt,) = await halts(client, failed)
    await given(client, FAIL, nodeExecutionId=halt["nodeExecutionId"])
    await ended(client, failed)
    found = await execution(client, failed, "fail", "FAILED")
    assert found["status"] == "FAILED"


async def test_what_rows_show_is_refused_before_an_order_is_given(api: Api, acme: Organisation) -> None:
    client = acme.owner
    run_id = (await start(client, await save(api, acme, held())))["id"]
    await until(client, run_id, "PAUSED")
    (halt,) = await halts(client, run_id)
    node = halt["nodeExecutionId"]
    refused = [
        (SKIP, {"nodeExecutionId": node, "outputs": {"nowhere": [1]}}, "nowhere"),
        (SKIP, {"nodeExecutionId": node, "outputs": {"error": ["x"]}}, "error"),
        (SKIP, {"nodeExecutionId": node, "outputs": {"before": "no list"}}, None),
        (SKIP, {"nodeExecutionId": node, "outputs": [1]}, None),
        (SKIP, {"nodeExecutionId": node, "outputs": {"before": ["x"] * 1_001}}, None),
        (EDIT, {"nodeExecutionId": node, "inputs": {}}, None),
        (EDIT, {"nodeExecutionId": node, "inputs": {"nowhere": 1}}, "nowhere"),
        (RESUME, {"id": run_id, "haltKey": halt["key"]}, None),
        (RAISE, {"id": run_id}, None),
        (RAISE, {"id": run_id, "executionsMax": 0}, None),
        (RAISE, {"id": run_id, "executionsMax": 1_000_001}, None),
        (RAISE, {"id": run_id, "wallSecondsMax": -1.0}, None),
        (PAUSE, {"id": run_id, "reason": "x" * 1_001}, None),
        (PAUSE, {"id": run_id, "idempotencyKey": ""}, None),
    ]
    for document, fields, pin in refused:
        payload = await client(document, input=fields)
        codes = [one["code"] for one in payload["errors"]]
        assert codes == ["BAD_USER_INPUT"], (fields, payload)
        assert pin is None or payload["errors"][0]["path"][-1] == pin
    await client(CANCEL, input={"id": run_id})
    await ended(client, run_id)
    assert await client.refused(RETRY, input={"nodeExecutionId": node}) == ["CONFLICT"]
    assert await client.refused(PAUSE, input={"id": run_id}) == ["CONFLICT"]
    (over,) = await halts(client, run_id, cleared=True)
    assert over["answer"] == "end"


async def test_an_input_that_does_not_fit_its_pin_is_refused_and_one_that_does_is_coerced(
    api: Api, acme: Organisation
) -> None:
    nodes = {"flaky": (Flaky, {"key": str(uuid4()), "failures": 9}), "out": an_output()}
    graph = make_graph(nodes, ["flaky.attempt -> out.value"], on_node_error="hold")
    run_id = (await start(acme.owner, await save(api, acme, graph)))["id"]
    await until(acme.owner, run_id, "PAUSED")
    (halt,) = await halts(acme.owner, run_id)
    wrong = {"nodeExecutionId": halt["nodeExecutionId"], "inputs": {"failures": -1}}
    assert await acme.owner.refused(EDIT, input=wrong) == ["BAD_USER_INPUT"]
    await given(acme.owner, EDIT, nodeExecutionId=halt["nodeExecutionId"], inputs={"failures": "0"})
    assert await ended(acme.owner, run_id) == "COMPLETED"


async def test_a_secret_input_is_not_edited_and_an_orders_value_is_nowhere_shown(api: Api, acme: Organisation) -> None:
    gate = str(uuid4())
    nodes = {"gate": (Gate, {"gate": gate, "value": "abc"}), "locked": Locked, "out": an_output()}
    graph = make_graph(nodes, ["gate.value -> locked.key", "locked.length -> out.value"])
    run_id = (await start(acme.owner, await save(api, acme, graph)))["id"]
    await eventually(lambda: CALLS[gate])
    order = await given(acme.owner, PAUSE, id=run_id)
    # The run hears of it a moment later; what a node gives before that runs on.
    await answered(acme.owner, run_id, order["number"])
    GATES[gate].set()
    await until(acme.owner, run_id, "PAUSED")
    locked = await execution(acme.owner, run_id, "locked", "QUEUED")
    assert locked["inputs"] == [{"pin": "key", "value": {"json": "***"}}]
    found = await acme.owner.refused(EDIT, input={"nodeExecutionId": locked["id"], "inputs": {"key": "canary"}})
    assert found == ["BAD_USER_INPUT"]
    await acme.owner(CANCEL, input={"id": run_id})


async def test_others_and_those_without_the_right_order_nothing(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    run_id = (await start(acme.owner, await save(api, acme, held())))["id"]
    await until(acme.owner, run_id, "PAUSED")
    (halt,) = await halts(acme.owner, run_id)
    node = halt["nodeExecutionId"]
    unknown_run, unknown_node = encode_id("Run", uuid4()), encode_id("NodeExecution", uuid4(), 1)
    for document in (PAUSE, RESUME):
        assert await acme[Role.VIEWER].refused(document, input={"id": run_id}) == ["FORBIDDEN"]
    foreign = await other.owner.post(PAUSE, {"input": {"id": run_id}})
    unknown = await other.owner.post(PAUSE, {"input": {"id": unknown_run}})
    assert foreign.json()["data"] == unknown.json()["data"]
    for document, more in ((RETRY, {}), (FAIL, {}), (SKIP, {}), (EDIT, {"inputs": {"reason": "x"}})):
        answers = [
            (await other.owner.post(document, {"input": {"nodeExecutionId": one, **more}})).json()["data"]
            for one in (node, unknown_node, "x", encode_id("NodeExecution", "x", "y"), encode_id("Run", uuid4()))
        ]
        assert answers[0] == answers[1]
        for answer in answers:
            (payload,) = answer.values()
            assert [problem["code"] for problem in payload["errors"]] == ["NOT_FOUND"]
    assert (await acme.owner(ORDERS, id=run_id))["orders"]["nodes"] == []
    await acme.owner(CANCEL, input={"id": run_id})


async def test_two_orders_at_once_are_both_taken_and_the_second_says_what_it_found(
    api: Api, acme: Organisation
) -> None:
    run_id = (await start(acme.owner, await save(api, acme, held())))["id"]
    await until(acme.owner, run_id, "PAUSED")
    (halt,) = await halts(acme.owner, run_id)
    skip = {"nodeExecutionId": halt["nodeExecutionId"], "outputs": {"before": ["mended"]}}
    orders = await asyncio.gather(
        *(given(acme[role], SKIP, **skip) for role in (Role.OWNER, Role.OPERATOR, Role.EDITOR))
    )
    assert sorted(order["number"] for order in orders) == [1, 2, 3]
    await ended(acme.owner, run_id)
    found = [(await answered(acme.owner, run_id, number))[0] for number in (1, 2, 3)]
    assert "APPLIED" in found
    outputs = (await acme.owner(OUTPUTS, id=run_id))["outputs"][0]["values"]
    assert [one["json"] for one in outputs] == ["said", "mended"]


async def test_halts_and_what_became_of_orders_are_told_to_subscribers(api: Api, acme: Organisation) -> None:
    run_id = (await start(acme.owner, await save(api, acme, held())))["id"]
    await until(acme.owner, run_id, "PAUSED")
    (halt,) = await halts(acme.owner, run_id)
    await given(acme.owner, RESUME, id=run_id)
    await answered(acme.owner, run_id, 1)
    await given(acme.owner, SKIP, nodeExecutionId=halt["nodeExecutionId"], outputs={})
    await ended(acme.owner, run_id)
    async with watching(acme[Role.VIEWER]) as watcher:
        events = [one for one in await watcher.all(EVENTS, id=run_id) if one["__typename"].startswith("Run")]
    told = [
        {k: v for k, v in one.items() if k not in ("cursor", "__typename")}
        for one in events
        if one["__typename"] != "RunMoved"
    ]
    halted = {"key": "node/1", "kind": "FAILED_NODE", "code": "BLOCK_FAILED", "message": "broken"}
    assert told[0] == {"number": 1, "nodeExecutionId": halt["nodeExecutionId"], **halted}
    refusal = "An operator's pause of this key does not halt the run."
    assert told[1] == {"number": 1, "word": "resume", "outcome": "REFUSED", "reason": refusal}
    assert {"number": 2, "word": "skip", "outcome": "APPLIED", "reason": None} in told
    assert {"number": 1, "answer": "skip"} in told
    assert len(told) == 4


# Limits


async def test_a_run_at_its_limit_is_paused_shows_what_it_used_and_goes_on_when_raised(
    api: Api, acme: Organisation
) -> None:
    nodes = {"in": an_input("topic"), "pass": Pass, "out": an_output()}
    graph = make_graph(nodes, ["in.result -> pass.value", "pass.value -> out.value"])
    client = acme[Role.OPERATOR]
    graph_id = await save(api, acme, graph)
    run_id = (await start(client, graph_id, {"topic": "x"}, limits={"executionsMax": 2, "inFlightMax": 7}))["id"]
    await until(client, run_id, "PAUSED")
    await execution(client, run_id, "out", "QUEUED")
    (halt,) = await halts(client, run_id)
    assert (halt["kind"], halt["key"], halt["code"]) == ("BUDGET", "budget", "BUDGET_EXCEEDED")
    limits = (await client(LIMITS, id=run_id))["limits"]
    values = {"executionsMax": 2, "wallSecondsMax": None, "inFlightMax": 7}
    assert (limits["asked"], limits["effective"], limits["usedExecutions"]) == (values, values, 2)
    assert limits["usedWallSeconds"] > 0
    await given(client, RAISE, id=run_id, executionsMax=10)
    assert await ended(client, run_id) == "COMPLETED"
    limits = (await client(LIMITS, id=run_id))["limits"]
    assert (limits["asked"], limits["effective"]["executionsMax"], limits["usedExecutions"]) == (values, 10, 3)
    (cleared,) = await halts(client, run_id, cleared=True)
    assert (cleared["answer"], cleared["clearedBy"]["name"]) == ("raise", "Operator")


async def test_the_lowest_limit_of_request_agent_and_organisation_counts(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    graph, _ = gated()
    graph_id = await save(api, acme, graph)
    assert (await acme[Role.VIEWER](SETTINGS))["executionsMax"] is None
    await acme.owner(SET, input={"executionsMax": 50, "runningMax": 1})
    await acme.owner(SET, input={"graphId": graph_id, "executionsMax": 40, "wallSecondsMax": 600.0})
    first = (await start(acme.owner, graph_id, limits={"executionsMax": 45, "wallSecondsMax": 500.0}))["id"]
    asked = (await acme.owner(LIMITS, id=first))["limits"]["asked"]
    assert asked == {"executionsMax": 40, "wallSecondsMax": 500.0, "inFlightMax": None}
    await until(acme.owner, first, "RUNNING")
    second = (await start(acme.owner, graph_id))["id"]
    reason = "The organisation may have 1 runs at once, and it has."
    assert (await acme.owner(LIMITS, id=second))["waitingReason"] == reason
    assert (await other.owner(SETTINGS))["runningMax"] is None
    assert await other.owner.refused(SETTINGS, id=graph_id) == ["NOT_FOUND"]
    assert await other.owner.refused(SET, input={"graphId": graph_id}) == ["NOT_FOUND"]
    assert await acme[Role.ADMIN].refused(SET, input={"runningMax": 5}) == ["FORBIDDEN"]
    assert await acme.owner.refused(SET, input={"runningMax": 0}) == ["BAD_USER_INPUT"]
    set_by = await acme.owner(SETTINGS, id=graph_id)
    assert (set_by["graphId"], set_by["executionsMax"], set_by["updatedBy"]["name"]) == (graph_id, 40, "Owner")
    await acme.owner(CANCEL, input={"id": first})
    await until(acme.owner, second, "RUNNING")
    assert (await acme.owner(LIMITS, id=second))["waitingReason"] is None
    await acme.owner(CANCEL, input={"id": second})
    rows = await api.platform.sql("SELECT graph_id FROM run_limits WHERE tenant_id = :tenant", tenant=acme.id)
    assert EVERY_GRAPH in {row.graph_id for row in rows}


@pytest.mark.parametrize(
    "limits", [{"executionsMax": 0}, {"executionsMax": 1_000_001}, {"wallSecondsMax": 0.1}, {"inFlightMax": 51}]
)
async def test_a_limit_beyond_the_platforms_own_is_refused(api: Api, acme: Organisation, limits: Any) -> None:
    graph, _ = gated()
    document = "mutation($input: StartRunInput!) { startRun(input: $input) { errors { code } } }"
    graph_id = await save(api, acme, graph)
    assert await acme.owner.refused(document, input={"graphId": graph_id, "limits": limits}) == ["BAD_USER_INPUT"]


async def test_a_pause_given_while_nobody_works_is_delivered_when_somebody_does(api: Api, acme: Organisation) -> None:
    run_id = (await start(acme.owner, await save(api, acme, held())))["id"]
    await until(acme.owner, run_id, "PAUSED")
    async with api.platform.without_loops():
        order = await given(acme.owner, PAUSE, id=run_id, mode="HARD")
        assert order["outcome"] is None
    assert await answered(acme.owner, run_id, order["number"]) == ("APPLIED", None)
    await acme.owner(CANCEL, input={"id": run_id})
    await ended(acme.owner, run_id)


async def test_an_order_to_a_node_that_is_asked_again_is_the_same_order_also_when_it_ended_the_node(
    api: Api, acme: Organisation
) -> None:
    run_id = (await start(acme.owner, await save(api, acme, held())))["id"]
    await until(acme.owner, run_id, "PAUSED")
    (halt,) = await halts(acme.owner, run_id)
    skip = {
        "nodeExecutionId": halt["nodeExecutionId"],
        "outputs": {"before": ["x" * 100_000]},
        "idempotencyKey": "once",
    }
    assert (await given(acme.owner, SKIP, **skip))["number"] == 1
    await ended(acme.owner, run_id)
    assert (await given(acme.owner, SKIP, **skip))["outcome"] == "APPLIED"
    other = {**skip, "outputs": {"before": ["y"]}}
    assert await acme.owner.refused(SKIP, input=other) == ["CONFLICT"]
    assert await acme.owner.refused(RETRY, input={"nodeExecutionId": halt["nodeExecutionId"]}) == ["CONFLICT"]
    assert len((await acme.owner(ORDERS, id=run_id))["orders"]["nodes"]) == 1
