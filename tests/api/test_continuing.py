"""Continuing runs: what ended well is taken over and does not run again, the rest does, and a preview says which."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from api.graphql.ids import decode_uuid, encode_id
from schema.access import Role
from schema.graph import Graph
from tests.api.credentials import api_key, make
from tests.api.running import echo, ended, run_to_end, save, start, uuid_of
from tests.api.serving import Api, Json, Organisation
from tests.api.watching import OF_RUN, watching
from tests.durable.blocks import CALLS, GATES, Flaky, Gate, Large, Numbers, Pass
from tests.durable.credential_blocks import GIVEN, GROUP, Spend
from tests.durable.graphs import an_agent, an_input, an_output, make_graph
from tests.durable.waiting import eventually

CONTINUE = (
    "mutation($input: ContinueRunInput!) { continueRun(input: $input) { run { id trigger graphVersion } "
    "errors { code message path } } }"
)
PREVIEW = (
    "query($input: ContinueRunInput!) { continuationPreview(input: $input) { graphVersion reusedCount editedCount "
    "lackingNodeIds nodes { nodeId reusedCount editedCount readyCount recordedCount reasons } } }"
)
RECORD = (
    "query($id: ID!) { run(id: $id) { status trigger continuation continuedFrom { id } continuations { id } "
    "error { message } outputs { name values { json } } "
    "nodeExecutions(first: 100) { nodes { nodeId ordinal status isReused reusedFrom { id runId } "
    "inputs { pin value { json } } outputs { pin value { size preview } } } } } }"
)


def repairable(key: str, **fields: Any) -> Graph:
    """Give an agent: `first` gives its input on, `flaky` fails with it, `last` is behind it, `other` stands beside."""
    nodes = {
        "in": an_input("topic"),
        "first": (Pass, {"key": f"{key} first"}),
        "flaky": (Flaky, {"key": f"{key} flaky"}, {"retry": {"attempts": 1}}),
        "last": (Pass, {"key": f"{key} last"}),
        "other": (Pass, {"value": "beside", "key": f"{key} other"}),
        "out": an_output(),
    }
    links = [
        "in.result -> first.value",
        "first.value -> flaky.failures",
        "flaky.attempt -> last.value",
        "last.value -> out.value",
    ]
    return make_graph(nodes, links, **{"on_node_error": "fail", **fields})


async def broken(api: Api, owner: Organisation, key: str) -> tuple[str, str]:
    """Run it to its failure; give the ids of the run and of the agent."""
    graph_id = await save(api, owner, repairable(key))
    run = await start(owner.owner, graph_id, {"topic": 99})
    assert await ended(owner.owner, run["id"]) == "FAILED"
    return run["id"], graph_id


async def go_on(owner: Organisation, run_id: str, **fields: Any) -> str:
    payload = await owner.owner(CONTINUE, input={"runId": run_id, **fields})
    assert payload["errors"] == [], payload
    return str(payload["run"]["id"])


def calls(key: str) -> dict[str, int]:
    return {name: CALLS[f"{key} {name}"] for name in ("first", "flaky", "last", "other")}


def reused(record: Json) -> set[str]:
    return {row["nodeId"] for row in record["nodeExecutions"]["nodes"] if row["isReused"]}


async def test_a_failed_node_is_repaired_and_nothing_before_it_runs_again(api: Api, acme: Organisation) -> None:
    key = str(uuid4())
    run_id, _ = await broken(api, acme, key)
    assert calls(key) == {"first": 1, "flaky": 1, "last": 0, "other": 1}
    asked = {"runId": run_id, "nodeInputs": [{"nodeId": "flaky", "inputs": {"failures": 0}}]}
    preview = await acme[Role.VIEWER](PREVIEW, input=asked)
    payload = await acme[Role.OPERATOR](CONTINUE, input=asked)
    assert (payload["run"]["trigger"], payload["errors"]) == ("continue", [])
    new_id = payload["run"]["id"]
    assert await ended(acme.owner, new_id) == "COMPLETED"
    assert calls(key) == {"first": 1, "flaky": 2, "last": 1, "other": 1}
    record = await acme.owner(RECORD, id=new_id)
    assert record["outputs"] == [{"name": "out", "values": [{"json": 2}]}]
    async with watching(acme.owner) as watcher:
        events = await watcher.all(OF_RUN, id=new_id, after=None)
    moves = [(event["nodeId"], event["moved"]) for event in events if event["__typename"] == "NodeMoved"]
    assert sorted(moves[:3]) == [("first", "COMPLETED"), ("in", "COMPLETED"), ("other", "COMPLETED")]
    described = await api.platform.client.get_workflow_handle(f"run-{uuid_of(new_id)}").describe()
    assert str(uuid_of(run_id)) in str(await described.static_details())
    # What was shown is what happened.
    shown = {row["nodeId"]: (row["reusedCount"], row["readyCount"], row["reasons"]) for row in preview["nodes"]}
    assert shown == {
        "in": (1, 0, []),
        "first": (1, 0, []),
        "flaky": (0, 1, ["EDITED"]),
        "last": (0, 0, ["BEHIND"]),
        "other": (1, 0, []),
        "out": (0, 0, ["BEHIND"]),
    }
    assert reused(record) == {"in", "first", "other"}
    assert record["continuedFrom"] == {"id": run_id}
    assert record["continuation"]["node_inputs"] == {"flaky": ["failures"]}
    assert "99" not in str(record["continuation"])
    (first,) = [row for row in record["nodeExecutions"]["nodes"] if row["nodeId"] == "first"]
    assert first["reusedFrom"]["runId"] == run_id
    assert first["inputs"][0] == {"pin": "key", "value": {"json": f"{key} first"}}
    assert (await acme.owner(RECORD, id=run_id))["continuations"] == [{"id": new_id}]


async def test_a_run_that_continues_a_continued_one_takes_over_what_that_took_over(
    api: Api, acme: Organisation
) -> None:
    key = str(uuid4())
    run_id, _ = await broken(api, acme, key)
    second = await go_on(acme, run_id)
    assert await ended(acme.owner, second) == "FAILED"
    third = await go_on(acme, second, nodeInputs=[{"nodeId": "flaky", "inputs": {"failures": 0}}])
    assert await ended(acme.owner, third) == "COMPLETED"
    # The repair is the run's own from now on.
    fourth = await go_on(acme, third, mode="NODES", nodeIds=["flaky"])
    assert await ended(acme.owner, fourth) == "COMPLETED"
    assert calls(key) == {"first": 1, "flaky": 4, "last": 2, "other": 1}
    record = await acme.owner(RECORD, id=fourth)
    assert {row["reusedFrom"]["runId"] for row in record["nodeExecutions"]["nodes"] if row["isReused"]} == {run_id}


async def test_a_node_is_given_outputs_instead_of_running(api: Api, acme: Organisation) -> None:
    key = str(uuid4())
    run_id, _ = await broken(api, acme, key)
    text = "x" * 3_000
    new_id = await go_on(acme, run_id, outputs=[{"nodeId": "flaky", "outputs": {"attempt": [7, text]}}])
    assert await ended(acme.owner, new_id) == "COMPLETED"
    assert calls(key) == {"first": 1, "flaky": 1, "last": 2, "other": 1}
    record = await acme.owner(RECORD, id=new_id)
    assert record["outputs"] == [{"name": "out", "values": [{"json": 7}, {"json": text}]}]
    (flaky,) = [row for row in record["nodeExecutions"]["nodes"] if row["nodeId"] == "flaky"]
    assert (flaky["status"], flaky["isReused"]) == ("COMPLETED", False)
    assert {"pin": "failures", "value": {"json": 99}} in flaky["inputs"]


async def test_another_version_runs_what_is_another_in_it_and_what_is_behind(api: Api, acme: Organisation) -> None:
    key = str(uuid4())
    run_id, graph_id = await broken(api, acme, key)
    graph = repairable(key)
    kept = {node.id: node for node in graph.nodes}
    flaky = kept["flaky"].model_copy(update={"input_default": {"key": f"{key} mended"}})
    mended = graph.model_copy(
        update={
            "id": str(decode_uuid("Graph", graph_id)),
            "version": 2,
            "nodes": [flaky if node.id == "flaky" else node for node in graph.nodes if node.id != "other"],
        }
    )
    await save(api, acme, mended)
    preview = await acme.owner(PREVIEW, input={"runId": run_id, "version": 2, "inputs": {"topic": 0}})
    reasons = {row["nodeId"]: row["reasons"] for row in preview["nodes"]}
    assert reasons["in"] == ["INPUT_CHANGED"]
    preview = await acme.owner(PREVIEW, input={"runId": run_id, "version": 2})
    reasons = {row["nodeId"]: row["reasons"] for row in preview["nodes"]}
    assert (preview["graphVersion"], preview["lackingNodeIds"]) == (2, ["other"])
    assert reasons == {
        "in": [],
        "first": [],
        "flaky": ["CONFIGURATION_CHANGED"],
        "last": ["BEHIND"],
        "out": ["BEHIND"],
    }
    new_id = await go_on(
        acme, run_id, version=2, outputs=[{"nodeId": "flaky", "ordinal": 1, "outputs": {"attempt": [1]}}]
    )
    assert await ended(acme.owner, new_id) == "COMPLETED"
    assert CALLS[f"{key} first"] == 1


async def test_a_run_that_runs_is_continued_and_goes_on_itself(api: Api, acme: Organisation) -> None:
    key = str(uuid4())
    nodes = {
        "numbers": (Numbers, {"count": 5}),
        "pass": (Pass, {"key": key}),
        "gate": (Gate, {"gate": key}),
        "out": an_output(),
    }
    links = ["numbers.number -> pass.value", "pass.value -> gate.value", "gate.value -> out.value"]
    run = await start(acme.owner, await save(api, acme, make_graph(nodes, links)))

    async def waits() -> bool:
        return CALLS[key] >= 10

    await eventually(waits)
    new_id = await go_on(acme, run["id"], outputs=[{"nodeId": "gate", "outputs": {"value": ["given"]}}])
    assert await ended(acme.owner, new_id) == "COMPLETED"
    assert CALLS[key] == 10
    assert (await acme.owner(RECORD, id=new_id))["outputs"] == [{"name": "out", "values": [{"json": "given"}] * 5}]
    GATES[key].set()
    assert await ended(acme.owner, run["id"]) == "COMPLETED"


async def test_what_is_taken_over_whole_is_over_at_once_and_has_no_event_for_a_node(
    api: Api, acme: Organisation
) -> None:
    key = str(uuid4())
    nodes = {"numbers": (Numbers, {"count": 60}), "pass": (Pass, {"key": key}), "out": an_output()}
    graph = make_graph(nodes, ["numbers.number -> pass.value", "pass.value -> out.value"])
    run_id = await run_to_end(api, acme, graph)
    new_id = await go_on(acme, run_id)
    assert await ended(acme.owner, new_id) == "COMPLETED"
    assert CALLS[key] == 60
    (old, new) = [(await acme.owner(RECORD, id=one))["outputs"] for one in (run_id, new_id)]
    assert old == new
    history = await api.platform.client.get_workflow_handle(f"run-{uuid_of(new_id)}").fetch_history()
    assert len(history.events) < 20
    events = await api.platform.sql("SELECT kind FROM run_events WHERE run_id = :id ORDER BY id", id=uuid_of(new_id))
    kinds = [row.kind for row in events]
    assert (kinds[:2], kinds.count("nodes"), kinds[-1]) == (["run", "nodes"], 1, "run")


async def test_begun_anew_nothing_is_taken_over(api: Api, acme: Organisation) -> None:
    key = str(uuid4())
    run_id, _ = await broken(api, acme, key)
    new_id = await go_on(acme, run_id, mode="START", inputs={"topic": 0})
    assert await ended(acme.owner, new_id) == "COMPLETED"
    assert calls(key) == {"first": 2, "flaky": 2, "last": 1, "other": 2}


async def test_an_agent_that_a_node_ran_is_not_run_again(api: Api, acme: Organisation) -> None:
    key = str(uuid4())
    inner = echo("Inner")
    await save(api, acme, inner)
    nodes = {"inner": an_agent(inner, {"topic": "down"}), "last": (Pass, {"key": key}), "out": an_output()}
    run_id = await run_to_end(api, acme, make_graph(nodes, ["inner.out -> last.value", "last.value -> out.value"]))
    new_id = await go_on(acme, run_id, mode="NODES", nodeIds=["last"])
    assert await ended(acme.owner, new_id) == "COMPLETED"
    assert (await acme.owner(RECORD, id=new_id))["outputs"] == [{"name": "out", "values": [{"json": "down"}]}]
    assert CALLS[key] == 2
    rows = await api.platform.sql("SELECT id FROM runs WHERE tenant_id = :id AND trigger = 'child'", id=acme.id)
    assert len(rows) == 1


async def test_values_of_the_size_of_files_are_taken_over_by_their_handles(api: Api, acme: Organisation) -> None:
    key = str(uuid4())
    nodes = {
        "large": (Large, {"size": 200_000}),
        "pass": (Pass, {"key": f"{key} pass"}),
        "last": (Pass, {"key": f"{key} last"}),
    }
    run_id = await run_to_end(api, acme, make_graph(nodes, ["large.text -> pass.value", "pass.value -> last.value"]))
    before = await api.platform.sql("SELECT sha256 FROM values WHERE tenant_id = :id", id=acme.id)
    new_id = await go_on(acme, run_id, mode="NODES", nodeIds=["last"])
    assert await ended(acme.owner, new_id) == "COMPLETED"
    assert (CALLS[f"{key} pass"], CALLS[f"{key} last"]) == (1, 2)
    assert await api.platform.sql("SELECT sha256 FROM values WHERE tenant_id = :id", id=acme.id) == before
    rows = (await acme.owner(RECORD, id=new_id))["nodeExecutions"]["nodes"]
    assert {row["nodeId"]: row["outputs"][0]["value"]["size"] for row in rows} == dict.fromkeys(nodes, 200_002)


async def test_the_same_key_continues_once(api: Api, acme: Organisation) -> None:
    key = str(uuid4())
    run_id, _ = await broken(api, acme, key)
    asked: Json = {
        "runId": run_id,
        "outputs": [{"nodeId": "flaky", "outputs": {"attempt": [1]}}],
        "idempotencyKey": key,
    }
    answers = await asyncio.gather(*(acme.owner(CONTINUE, input=asked) for _ in range(6)))
    assert len({answer["run"]["id"] for answer in answers}) == 1
    rows = await api.platform.sql("SELECT id FROM runs WHERE continued_from_run_id = :id", id=uuid_of(run_id))
    assert len(rows) == 1
    other = await acme.owner(CONTINUE, input={**asked, "mode": "START"})
    assert [one["code"] for one in other["errors"]] == ["CONFLICT"]
    assert answers[0]["run"]["id"] in other["errors"][0]["message"]


async def test_what_was_accepted_while_nobody_works_goes_on_when_somebody_does(api: Api, acme: Organisation) -> None:
    key = str(uuid4())
    run_id, _ = await broken(api, acme, key)
    async with api.platform.asleep():
        new_id = await go_on(acme, run_id, nodeInputs=[{"nodeId": "flaky", "inputs": {"failures": 0}}])
    assert await ended(acme.owner, new_id, seconds=60) == "COMPLETED"
    assert calls(key) == {"first": 1, "flaky": 2, "last": 1, "other": 1}


REFUSED: dict[str, tuple[Json, str]] = {
    "nodes without the mode": ({"nodeIds": ["first"]}, "BAD_USER_INPUT"),
    "the mode without nodes": ({"mode": "NODES"}, "BAD_USER_INPUT"),
    "a node that is not there": ({"mode": "NODES", "nodeIds": ["nobody"]}, "BAD_USER_INPUT"),
    "an input of nobody": ({"nodeInputs": [{"nodeId": "nobody", "inputs": {"value": 1}}]}, "BAD_USER_INPUT"),
    "a pin that is not there": ({"nodeInputs": [{"nodeId": "flaky", "inputs": {"nothing": 1}}]}, "BAD_USER_INPUT"),
    "inputs that are a list": ({"nodeInputs": [{"nodeId": "flaky", "inputs": []}]}, "BAD_USER_INPUT"),
    "outputs that are no lists": ({"outputs": [{"nodeId": "flaky", "outputs": {"attempt": 1}}]}, "BAD_USER_INPUT"),
    "an output that is not there": ({"outputs": [{"nodeId": "flaky", "outputs": {"no": [1]}}]}, "BAD_USER_INPUT"),
    "outputs of an output": ({"outputs": [{"nodeId": "out", "outputs": {"output": [1]}}]}, "BAD_USER_INPUT"),
    "outputs of what is not come to": ({"outputs": [{"nodeId": "last", "outputs": {"value": [1]}}]}, "BAD_USER_INPUT"),
    "an ordinal of nobody": (
        {"outputs": [{"nodeId": "flaky", "ordinal": 2, "outputs": {"attempt": [1]}}]},
        "BAD_USER_INPUT",
    ),
    "an ordinal from 0": (
        {"outputs": [{"nodeId": "flaky", "ordinal": 0, "outputs": {"attempt": [1]}}]},
        "BAD_USER_INPUT",
    ),
    "a node twice": (
        {"nodeInputs": [{"nodeId": "flaky", "inputs": {"failures": 1}}, {"nodeId": "flaky", "inputs": {}}]},
        "BAD_USER_INPUT",
    ),
    "an unknown input": ({"inputs": {"nothing": 1}}, "INVALID_RUN_INPUT"),
    "a version that is not there": ({"version": 9}, "NOT_FOUND"),
    "a value that cannot be kept": (
        {"nodeInputs": [{"nodeId": "flaky", "inputs": {"failures": "a\x00b"}}]},
        "INVALID_VALUE",
    ),
    "credentials that nobody asks for": (
        {"credentials": [{"key": "openai", "credentialId": encode_id("Credential", uuid4())}]},
        "MISSING_CREDENTIALS",
    ),
    "too many nodes": ({"mode": "NODES", "nodeIds": ["first"] * 501}, "BAD_USER_INPUT"),
}


async def test_what_cannot_be_continued_so_is_refused_and_nothing_is_accepted(api: Api, acme: Organisation) -> None:
    run_id, _ = await broken(api, acme, str(uuid4()))
    for what, (change, code) in REFUSED.items():
        assert await acme.owner.refused(CONTINUE, input={"runId": run_id, **change}) == [code], what
        if code != "INVALID_RUN_INPUT":
            assert await acme.owner.refused(PREVIEW, input={"runId": run_id, **change}) == [code], what
    assert (await acme.owner(RECORD, id=run_id))["continuations"] == []


@pytest.mark.parametrize("operation", [CONTINUE, PREVIEW])
async def test_a_run_of_others_answers_like_one_that_is_not_there(
    api: Api, acme: Organisation, other: Organisation, operation: str
) -> None:
    theirs, _ = await broken(api, other, str(uuid4()))
    messages = set()
    for run_id in (theirs, encode_id("Run", uuid4()), encode_id("Graph", uuid4()), "nonsense"):
        assert await acme.owner.refused(operation, input={"runId": run_id}) == ["NOT_FOUND"]
        document = (await acme.owner.post(operation, {"input": {"runId": run_id}})).json()
        payload = (document["data"] or {}).get("continueRun") or {"errors": document.get("errors")}
        messages.add(payload["errors"][0]["message"])
    assert len(messages) == 1
    assert (await other.owner(RECORD, id=theirs))["continuations"] == []


async def test_what_is_taken_over_costs_nothing_of_the_runs_limit(api: Api, acme: Organisation) -> None:
    key = str(uuid4())
    graph_id = await save(api, acme, repairable(key))
    run = await start(acme.owner, graph_id, {"topic": 99}, limits={"executionsMax": 4})
    assert await ended(acme.owner, run["id"]) == "FAILED"
    new_id = await go_on(acme, run["id"], nodeInputs=[{"nodeId": "flaky", "inputs": {"failures": 0}}])
    assert await ended(acme.owner, new_id) == "COMPLETED"
    record = (await acme.owner(RECORD, id=new_id))["nodeExecutions"]["nodes"]
    assert (len(record), len(reused({"nodeExecutions": {"nodes": record}}))) == (6, 3)
    used = await acme.owner("query($id: ID!) { run(id: $id) { limits { usedExecutions } } }", id=new_id)
    assert used["limits"] == {"usedExecutions": 3}


async def test_a_run_outlives_the_one_that_it_continues(api: Api, acme: Organisation) -> None:
    key = str(uuid4())
    nodes = {"large": (Large, {"size": 3_000}), "pass": (Pass, {"key": key}), "out": an_output()}
    run_id = await run_to_end(api, acme, make_graph(nodes, ["large.text -> pass.value", "pass.value -> out.value"]))
    new_id = await go_on(acme, run_id)
    assert await ended(acme.owner, new_id) == "COMPLETED"
    deleted = await acme.owner("mutation($id: ID!) { deleteRun(id: $id) { deletedId errors { code } } }", id=run_id)
    assert deleted["errors"] == []
    record = await acme.owner(RECORD, id=new_id)
    assert record["continuedFrom"] is None
    assert {(row["isReused"], row["reusedFrom"] is None) for row in record["nodeExecutions"]["nodes"]} == {(True, True)}
    assert record["outputs"] == [{"name": "out", "values": [{"json": "x" * 3_000}]}]
    third = await go_on(acme, new_id, mode="NODES", nodeIds=["pass"])
    assert await ended(acme.owner, third) == "COMPLETED"
    assert CALLS[key] == 2


async def test_a_run_goes_on_with_the_same_credential_and_what_is_given_another_runs_again(
    api: Api, acme: Organisation
) -> None:
    key = str(uuid4())
    first, second = [(await make(acme.owner, **api_key(f"canary secret {number}")))["id"] for number in (1, 2)]
    nodes = {"spend": (Spend, {"key": key}), "last": (Pass, {"key": key}), "out": an_output()}
    graph = make_graph(nodes, ["spend.value -> last.value", "last.value -> out.value"])
    chosen = [[{"key": GROUP, "credentialId": one}] for one in (first, second)]
    run = await start(acme.owner, await save(api, acme, graph), credentials=chosen[0])
    assert await ended(acme.owner, run["id"]) == "COMPLETED"
    again = await go_on(acme, run["id"], mode="NODES", nodeIds=["last"])
    assert await ended(acme.owner, again) == "COMPLETED"
    assert (len(GIVEN[key]), CALLS[key]) == (1, 2)
    asked = {"runId": run["id"], "credentials": chosen[1]}
    preview = await acme.owner(PREVIEW, input=asked)
    assert {row["nodeId"]: row["reasons"] for row in preview["nodes"]} == {
        "spend": ["INPUT_CHANGED"],
        "last": ["BEHIND"],
        "out": ["BEHIND"],
    }
    other = await go_on(acme, run["id"], credentials=chosen[1])
    assert await ended(acme.owner, other) == "COMPLETED"
    assert len(GIVEN[key]) == 2
    written = {"nodeInputs": [{"nodeId": "spend", "inputs": {"credentials": {"id": second}}}]}
    assert await acme.owner.refused(CONTINUE, input={"runId": run["id"], **written}) == ["BAD_USER_INPUT"]
