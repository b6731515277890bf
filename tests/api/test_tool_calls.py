"""Calls of tools as clients see them: who waits for tools, who called an execution, also where a run is continued."""

from __future__ import annotations

from typing import Any

from blocks.library.orchestrator import Orchestrator
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp
from schema.db.credentials import Secret
from schema.graph import Graph
from tests.api.credentials import make
from tests.api.running import ended, save, start
from tests.api.serving import Api, Json, Organisation
from tests.api.test_continuing import CONTINUE, PREVIEW
from tests.api.test_llm_usage import KEY
from tests.durable.blocks import CALLS, Fail, Listen, Pass
from tests.durable.graphs import an_output, make_graph
from tests.durable.waiting import eventually
from tests.egress.servers import serve
from tests.llm.scripted import Scripted
from tests.llm.wire import CANARY, json_reply

WAITS = "query($id: ID!) { run(id: $id) { waits { kind name nodeId } } }"
SIGNAL = "mutation($input: SignalRunInput!) { signalRun(input: $input) { order { number } errors { code message } } }"
NODES = (
    "query($id: ID!) { run(id: $id) { status outputs { name values { json } } nodeExecutions { nodes { id nodeId ordinal title "
    "isReused calledBy { id nodeId calledBy { id } } } } } }"
)


def calling() -> Graph:
    nodes = {
        "ask": (Orchestrator, {"prompt": "Go.", "model": "gpt-4o-mini", "agent_mode_max_iterations": -1}),
        "listen": (Listen, {}, {"metadata": {"customized_name": "hear"}}),
        "out": an_output(),
    }
    return make_graph(nodes, ["ask.tools -> listen.event", "ask.finished -> out.value"], name="Calls")


async def waits_of(acme: Organisation, run_id: str) -> list[Json] | None:
    """Give what a run waits for, where that is two things."""
    waits = (await acme.owner(WAITS, id=run_id))["waits"]
    return waits if len(waits) == 2 else None


async def run_of(acme: Organisation, graph_id: str) -> str:
    """Run it on the demo to its end, its event being sent; give the run's id."""
    credential = await make(acme.owner, provider="demo", title="Demo", apiKey={"key": "demo"})
    chosen = [{"key": KEY, "credentialId": credential["id"]}]
    run_id: str = (await start(acme.owner, graph_id, credentials=chosen))["id"]
    waits: Any = await eventually(lambda: waits_of(acme, run_id), seconds=30)
    by_node = {wait["nodeId"]: wait for wait in waits}
    assert {node: wait["kind"] for node, wait in by_node.items()} == {"ask": "TOOLS", "listen": "EVENT"}
    sent = await acme.owner(SIGNAL, input={"runId": run_id, "name": by_node["listen"]["name"], "payload": 7})
    assert sent["errors"] == []
    assert await ended(acme.owner, run_id) == "COMPLETED"
    return run_id


async def test_an_execution_says_who_called_it_and_its_caller_what_it_waits_for(api: Api, acme: Organisation) -> None:
    run = await acme.owner(NODES, id=await run_of(acme, await save(api, acme, calling())))
    by_node = {row["nodeId"]: row for row in run["nodeExecutions"]["nodes"]}
    assert by_node["listen"]["calledBy"] == {"id": by_node["ask"]["id"], "nodeId": "ask", "calledBy": None}
    assert by_node["listen"]["title"] == "hear"
    assert by_node["ask"]["calledBy"] is None
    assert by_node["out"]["calledBy"] is None
    assert "7" in run["outputs"][0]["values"][0]["json"]


async def test_a_continued_run_takes_a_caller_over_with_what_it_called(api: Api, acme: Organisation) -> None:
    run_id = await run_of(acme, await save(api, acme, calling()))
    payload = await acme.owner(CONTINUE, input={"runId": run_id})
    assert payload["errors"] == []
    new_id = payload["run"]["id"]
    assert await ended(acme.owner, new_id) == "COMPLETED"
    rows = {row["nodeId"]: row for row in (await acme.owner(NODES, id=new_id))["nodeExecutions"]["nodes"]}
    assert {node: row["isReused"] for node, row in rows.items()} == {"ask": True, "listen": True, "out": True}
    assert rows["listen"]["calledBy"]["id"] == rows["ask"]["id"]


async def test_a_run_whose_orchestrator_failed_is_continued_from_its_last_round(api: Api, acme: Organisation) -> None:
    model = Scripted(
        [
            [("Pass", {"value": "one"})],
            [("Pass", {"value": "two"}), ("Fail", {"reason": "no luck"})],
            "Both, and a failure.",
        ],
        refusals={2: json_reply(400, {"error": {"message": "no"}})},
    )
    tools, key = api.platform.tools, f"rounds of {acme.id}"
    plain = tools.http
    async with serve(model) as server:
        tools.http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({server.host})))
        secret = Secret({"key": CANARY}, hosts=[server.host])
        made = await tools.resolver.credentials.make(acme.id, None, "openai_compatible", "api_key", "Local", secret)
        constants = {
            "prompt": "Go.",
            "model": "local",
            "base_url": f"http://{server.host}/v1",
            "credentials": made.reference.to_wire(),
            "agent_mode_max_iterations": -1,
            "multiple_tool_calls": True,
        }
        nodes = {
            "ask": (Orchestrator, constants),
            "pass": (Pass, {"key": key}),
            "fail": Fail,
            "seen": an_output("seen"),
            "out": an_output(),
        }
        links = [
            "ask.tools -> pass.value",
            "ask.tools -> fail.reason",
            "pass.value -> seen.value",
            "ask.finished -> out.value",
        ]
        graph_id = await save(api, acme, make_graph(nodes, links, on_node_error="fail"))
        try:
            run_id = (await start(acme.owner, graph_id))["id"]
            assert await ended(acme.owner, run_id) == "FAILED"
            preview = await acme.owner(PREVIEW, input={"runId": run_id})
            payload = await acme.owner(CONTINUE, input={"runId": run_id})
            assert payload["errors"] == []
            new_id = payload["run"]["id"]
            assert await ended(acme.owner, new_id) == "COMPLETED"
        finally:
            tools.http = plain
    found = await acme.owner(NODES, id=new_id)
    outputs = {row["name"]: [value["json"] for value in row["values"]] for row in found["outputs"]}
    assert outputs == {"seen": ["one", "two"], "out": ["Both, and a failure."]}
    by_node: dict[str, list[Json]] = {}
    for row in found["nodeExecutions"]["nodes"]:
        by_node.setdefault(row["nodeId"], []).append(row)
    assert [row["isReused"] for row in (*by_node["pass"], *by_node["fail"], *by_node["seen"])] == [True] * 5
    assert [row["isReused"] for row in by_node["ask"]] == [False]
    assert {row["calledBy"]["id"] for row in (*by_node["pass"], *by_node["fail"])} == {by_node["ask"][0]["id"]}
    # Nothing that was over was called or paid again.
    assert CALLS[key] == 2
    assert [counts.total() for counts in model.keys.values()] == [1, 1, 2]
    told = [message["content"] for message in model.sent[2]["messages"] if message["role"] == "tool"]
    assert told == ["one", "two", "Error: no luck\nsaid"]
    outlook = {row["nodeId"]: (row["reusedCount"], row["readyCount"], row["reasons"]) for row in preview["nodes"]}
    assert outlook["ask"] == (0, 1, ["FAILED"])
    # What it will call next, nobody knows yet.
    assert outlook["pass"] == (2, 0, ["BEHIND"])
