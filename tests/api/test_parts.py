"""Parts of agents: up to a node, one node by itself, and outputs that are pinned for tests and never used otherwise."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from api.graphql.ids import encode_id
from schema.access import Role
from schema.graph import Graph, write_graph
from tests.api.running import OUTPUTS, START, ended, run_to_end, save, start
from tests.api.serving import Api, Json, Organisation
from tests.durable.blocks import CALLS, Locked, Pass
from tests.durable.graphs import an_input, an_output, make_graph

RUN_NODE = "mutation($input: RunNodeInput!) { runNode(input: $input) { run { id } errors { code message } } }"
PIN = (
    "mutation($input: PinNodeOutputInput!) { pinNodeOutput(input: $input) "
    "{ graph { draft { revision document } } errors { code message } } }"
)
UNPIN = (
    "mutation($input: UnpinNodeOutputInput!) { unpinNodeOutput(input: $input) "
    "{ graph { draft { revision document } } errors { code message } } }"
)
PUBLISH = "mutation($input: PublishGraphInput!) { publishGraph(input: $input) { version { number } errors { code message } } }"
NODES = (
    "query($id: ID!) { run(id: $id) { nodeExecutions { nodes { id nodeId status outputs { pin value { json } } } } } }"
)


def chain(key: str) -> Graph:
    """Give an agent: `first`, `second` and `last` give its input `topic` on; `aside` takes another one."""
    nodes = {
        "in": an_input("topic"),
        "more": an_input("more"),
        "first": (Pass, {"key": f"{key} first"}),
        "second": (Pass, {"key": f"{key} second"}),
        "last": (Pass, {"key": f"{key} last"}),
        "aside": (Pass, {"key": f"{key} aside"}),
        "out": an_output(),
    }
    links = [
        "in.result -> first.value",
        "first.value -> second.value",
        "second.value -> last.value",
        "last.value -> out.value",
        "more.result -> aside.value",
    ]
    return make_graph(nodes, links)


def calls(key: str) -> tuple[int, int, int, int]:
    first, second, last, aside = (CALLS[f"{key} {name}"] for name in ("first", "second", "last", "aside"))
    return first, second, last, aside


async def nodes_of(owner: Organisation, run_id: str) -> dict[str, Json]:
    rows = (await owner.owner(NODES, id=run_id))["nodeExecutions"]["nodes"]
    return {row["nodeId"]: row for row in rows}


async def test_a_run_until_a_node_has_what_leads_to_it_only(api: Api, acme: Organisation) -> None:
    key = str(uuid4())
    graph_id = await save(api, acme, chain(key))
    asked: dict[str, Any] = {"untilNodeId": "second", "idempotencyKey": key}
    run = await start(acme.owner, graph_id, {"topic": 1, "more": 2}, **asked)
    assert await ended(acme.owner, run["id"]) == "COMPLETED"
    assert calls(key) == (1, 1, 0, 0)
    assert set(await nodes_of(acme, run["id"])) == {"in", "first", "second"}
    again = await start(acme.owner, graph_id, {"topic": 1, "more": 2}, **asked)
    assert again["id"] == run["id"]
    whole = {"graphId": graph_id, "inputs": {"topic": 1, "more": 2}, "idempotencyKey": key}
    assert await acme.owner.refused(START, input=whole) == ["CONFLICT"]
    assert await acme.owner.refused(START, input={**whole, "untilNodeId": "nobody", "idempotencyKey": None}) == [
        "BAD_USER_INPUT"
    ]


async def test_one_node_runs_by_itself_of_a_version_or_of_the_draft(api: Api, acme: Organisation) -> None:
    key = str(uuid4())
    graph_id = await save(api, acme, chain(key))
    for more in ({}, {"isDraft": True}):
        asked = {"graphId": graph_id, "nodeId": "second", "inputs": {"value": [1, 2]}, **more}
        payload = await acme[Role.OPERATOR](RUN_NODE, input=asked)
        assert payload["errors"] == []
        assert await ended(acme.owner, payload["run"]["id"]) == "COMPLETED"
        (row,) = (await nodes_of(acme, payload["run"]["id"])).values()
        assert (row["nodeId"], row["outputs"]) == ("second", [{"pin": "value", "value": {"json": [1, 2]}}])
    assert calls(key) == (0, 2, 0, 0)


RUN = "query($id: ID!) { run(id: $id) { graphVersion isDraft document status } }"
OF_DRAFT = "query($id: ID!) { graph(id: $id) { draft { inputSchema } } requiredCredentials(graphId: $id, isDraft: true) { key } }"
UPDATE = (
    "mutation($input: UpdateDraftInput!) { updateDraft(input: $input) "
    "{ graph { draft { revision document } } errors { code message } } }"
)
CREATE = "mutation($input: CreateGraphInput!) { createGraph(input: $input) { graph { id } errors { code message } } }"


def with_constant(document: Json, node_id: str, pin: str, value: Any) -> Json:
    nodes = [
        {**node, "input_default": {**node["input_default"], pin: value}} if node["id"] == node_id else node
        for node in document["nodes"]
    ]
    return {**document, "nodes": nodes}


async def test_a_draft_runs_without_being_published_and_what_it_said_then_is_kept(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    key, changed = str(uuid4()), str(uuid4())
    graph = chain(key)
    graph_id = await save(api, acme, graph)
    published = await acme.owner("query($id: ID!) { graph(id: $id) { draft { document } } }", id=graph_id)
    document = with_constant(published["draft"]["document"], "second", "key", changed)
    saved = await acme.owner(UPDATE, input={"graphId": graph_id, "revision": 0, "document": document})
    assert saved["errors"] == []
    inputs = {"topic": 1, "more": 2}
    asked = {"isDraft": True, "idempotencyKey": key}
    run = await start(acme[Role.OPERATOR], graph_id, inputs, **asked)
    assert await ended(acme.owner, run["id"]) == "COMPLETED"
    assert (calls(key), CALLS[changed]) == ((1, 0, 1, 1), 1)
    assert (await start(acme[Role.OPERATOR], graph_id, inputs, **asked))["id"] == run["id"]
    later = with_constant(document, "second", "key", "later")
    assert (await acme.owner(UPDATE, input={"graphId": graph_id, "revision": 1, "document": later}))["errors"] == []
    found = await acme.owner(RUN, id=run["id"])
    assert (found["graphVersion"], found["isDraft"]) == (0, True)
    assert [node["input_default"] for node in found["document"]["nodes"]] == [
        node["input_default"] for node in document["nodes"]
    ]
    plain = await acme.owner(RUN, id=(await start(acme.owner, graph_id, inputs))["id"])
    assert (plain["graphVersion"], plain["isDraft"], plain["document"]["id"]) == (1, False, document["id"])
    of_drafts = await acme.owner("query($id: ID!) { runs(graphId: $id, version: 0) { nodes { id } } }", id=graph_id)
    assert [row["id"] for row in of_drafts["nodes"]] == [run["id"]]
    for change, code in (({"version": 1}, "BAD_USER_INPUT"), ({"inputs": {"topic": 1}}, "INVALID_RUN_INPUT")):
        assert await acme.owner.refused(
            START, input={"graphId": graph_id, "inputs": inputs, "isDraft": True, **change}
        ) == [code]
    assert await other.owner.refused(START, input={"graphId": graph_id, "isDraft": True}) == ["NOT_FOUND"]


async def test_a_part_of_a_draft_runs_with_its_pinned_outputs_before_anything_was_published(
    api: Api, acme: Organisation
) -> None:
    key = str(uuid4())
    document = write_graph(chain(key))
    created = await acme.owner(CREATE, input={"name": "Draft only", "document": document})
    assert created["errors"] == []
    graph_id = created["graph"]["id"]
    pin = {"graphId": graph_id, "revision": 1, "nodeId": "first", "outputs": {"value": ["pinned"]}}
    assert (await acme.owner(PIN, input=pin))["errors"] == []
    fields = {"isDraft": True, "untilNodeId": "second", "usePinnedOutputs": True}
    run = await start(acme.owner, graph_id, {"topic": 1}, **fields)
    assert await ended(acme.owner, run["id"]) == "COMPLETED"
    assert calls(key) == (0, 1, 0, 0)
    (given,) = (await nodes_of(acme, run["id"]))["second"]["outputs"]
    assert given["value"]["json"] == "pinned"
    found = await acme.owner(RUN, id=run["id"])
    assert {node["id"] for node in found["document"]["nodes"]} == {"in", "first", "second"}
    assert found["isDraft"]
    told = await acme.owner(OF_DRAFT, id=graph_id)
    assert set(told["graph"]["draft"]["inputSchema"]["properties"]) == {"topic", "more"}
    assert told["requiredCredentials"] == []


async def test_what_is_no_node_to_run_is_refused(api: Api, acme: Organisation, other: Organisation) -> None:
    graph_id = await save(api, acme, make_graph({"locked": Locked, "pass": Pass}))
    asked = {"graphId": graph_id, "nodeId": "pass", "inputs": {"value": 1}}
    for change, code in (
        ({"nodeId": "nobody"}, "BAD_USER_INPUT"),
        ({"inputs": {"nothing": 1}}, "BAD_USER_INPUT"),
        ({"inputs": []}, "BAD_USER_INPUT"),
        ({"nodeId": "locked", "inputs": {"key": "secret"}}, "BAD_USER_INPUT"),
        ({"inputs": {}}, "INVALID_GRAPH"),
        ({"isDraft": True, "version": 1}, "BAD_USER_INPUT"),
        ({"version": 7}, "NOT_FOUND"),
        ({"graphId": encode_id("Graph", uuid4())}, "NOT_FOUND"),
    ):
        assert await acme.owner.refused(RUN_NODE, input={**asked, **change}) == [code], change
    assert await other.owner.refused(RUN_NODE, input=asked) == ["NOT_FOUND"]
    assert await other.owner.refused(RUN_NODE, input={**asked, "isDraft": True}) == ["NOT_FOUND"]
    assert await acme[Role.VIEWER].refused(RUN_NODE, input=asked) == ["FORBIDDEN"]


async def test_a_pinned_output_is_used_where_a_run_asks_for_it_and_never_otherwise(
    api: Api, acme: Organisation
) -> None:
    key = str(uuid4())
    graph_id = await save(api, acme, chain(key))
    pin = {"graphId": graph_id, "revision": 0, "nodeId": "second", "outputs": {"value": ["pinned", "twice"]}}
    draft = (await acme.owner(PIN, input=pin))["graph"]["draft"]
    assert draft["revision"] == 1
    published = await acme.owner(PUBLISH, input={"graphId": graph_id, "revision": 1})
    assert published["errors"] == []
    inputs = {"topic": "real", "more": 1}
    asked, plain = [await start(acme.owner, graph_id, inputs, **fields) for fields in ({"usePinnedOutputs": True}, {})]
    for run, given in ((asked, ["pinned", "twice"]), (plain, ["real"])):
        assert await ended(acme.owner, run["id"]) == "COMPLETED"
        (output,) = (await acme.owner(OUTPUTS, id=run["id"]))["outputs"]
        assert [value["json"] for value in output["values"]] == given
    assert calls(key) == (2, 1, 3, 2)
    rows = await api.platform.sql(
        "SELECT n.attempts FROM node_executions n JOIN runs r ON r.id = n.run_id "
        "WHERE r.tenant_id = :id AND n.node_id = 'second'",
        id=acme.id,
    )
    assert sorted(bool(row.attempts[0].get("pinned")) for row in rows) == [False, True]


async def test_what_an_execution_gave_is_pinned_and_taken_away_again(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    key = str(uuid4())
    graph = chain(key)
    run_id = await run_to_end(api, acme, graph, {"topic": "x" * 2_000, "more": 1})
    graph_id = encode_id("Graph", graph.id)
    executions = await nodes_of(acme, run_id)
    pin = {"graphId": graph_id, "revision": 0, "nodeId": "first", "nodeExecutionId": executions["first"]["id"]}
    for change, code in (
        ({"nodeExecutionId": executions["second"]["id"]}, "NOT_FOUND"),
        ({"nodeExecutionId": encode_id("NodeExecution", uuid4(), 1)}, "NOT_FOUND"),
        ({"nodeExecutionId": "nonsense"}, "NOT_FOUND"),
        ({"outputs": {}}, "BAD_USER_INPUT"),
        ({"nodeExecutionId": None}, "BAD_USER_INPUT"),
        ({"nodeExecutionId": None, "outputs": {"value": 1}}, "BAD_USER_INPUT"),
        ({"nodeExecutionId": None, "outputs": {"nothing": [1]}}, "BAD_USER_INPUT"),
        ({"nodeExecutionId": None, "outputs": {"value": [1] * 1_001}}, "BAD_USER_INPUT"),
        ({"nodeExecutionId": None, "outputs": {"output": [1]}, "nodeId": "out"}, "BAD_USER_INPUT"),
        ({"nodeId": "nobody"}, "NOT_FOUND"),
        ({"nodeExecutionId": None, "outputs": {}, "nodeId": "nobody"}, "BAD_USER_INPUT"),
        ({"revision": 5}, "CONFLICT"),
    ):
        assert await acme.owner.refused(PIN, input={**pin, **change}) == [code], change
    assert await other.owner.refused(PIN, input={**pin, "nodeExecutionId": None, "outputs": {}}) == ["NOT_FOUND"]
    draft = (await acme.owner(PIN, input=pin))["graph"]["draft"]
    (first,) = [node for node in draft["document"]["nodes"] if node["id"] == "first"]
    assert first["pinned_output"] == {"value": ["x" * 2_000]}
    unpin = {"graphId": graph_id, "revision": 1, "nodeId": "first"}
    draft = (await acme.owner(UNPIN, input=unpin))["graph"]["draft"]
    assert [node for node in draft["document"]["nodes"] if node.get("pinned_output")] == []
    assert await acme.owner.refused(UNPIN, input=unpin) == ["CONFLICT"]
