"""Models that want what they may not have: pins that nobody linked, tools that are not theirs, names made of our delimiters."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from blocks.library.llm_text import AITextGenerator
from blocks.library.maths import Calculator
from blocks.library.mcp_tool import MCPTool
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp
from schema.db.credentials import Secret
from schema.errors import InvalidGraph
from schema.ids import LOCAL_TENANT
from schema.limits import LIMITS
from tests.durable.blocks import Large, Pass
from tests.durable.graphs import an_agent, an_input, an_output, make_graph
from tests.durable.platform import Platform, executions_of
from tests.durable.test_orchestrator import ADD, ADD_LINKS, asked
from tests.durable.test_tool_calls import calling
from tests.egress.servers import Seen, reply, serve
from tests.llm.scripted import Turn
from tests.llm.wire import CANARY, chunks, completion, event_stream, json_reply

DELIMITED = "a_^_b_~_c_$_0_#_k_@_z"


def told_in(agent: Any, turn: int) -> list[str]:
    """Give what the model was told of its calls when it was asked for a turn."""
    return [message["content"] for message in agent.model.sent[turn]["messages"] if message["role"] == "tool"]


async def an_agents_node(platform: Platform) -> Any:
    """Give a node that runs an agent which doubles a number."""
    doubles = make_graph(
        {"in": an_input("number"), "twice": (Calculator, {"operation": "Multiply", "b": 2}), "out": an_output("twice")},
        ["in.result -> twice.a", "twice.result -> out.value"],
        name="Doubles",
    )
    block, constants, *others = an_agent(await platform.save(doubles))
    schema = {"type": "object", "properties": {"number": {"title": "number"}}, "required": ["number"]}
    return (block, {**constants, "agent_name": "Doubles", "input_schema": schema}, *others)


@pytest.mark.parametrize(
    "pin",
    ["graph_id", "graph_version", "user_id", "inputs", "input_schema", "nodes_input_masks", "credentials",
     "graph_id_#_x", "tools_^_n_~_graph_id", "error", "__class__"],
)  # fmt: skip
async def test_a_model_sets_no_pin_of_an_agent_that_no_link_leads_to(platform: Platform, pin: str) -> None:
    wrong = {"number": 21, pin: "00000000-0000-4000-8000-000000000000"}
    async with asked(platform, [("Doubles", wrong)], [("Doubles", {"number": 21})], "Done.") as agent:
        tools = {"agent": await an_agents_node(platform)}
        record = await platform.run(agent.graph(tools, ["ask.tools -> agent.number"]), seconds=60)
    assert record["outputs"]["finished"] == ["Done."]
    (refused,) = told_in(agent, 1)
    assert f"there is no parameter {pin!r}" in refused
    (run,) = executions_of(record, "agent")
    assert (run["status"], told_in(agent, 2)[-1]) == ("COMPLETED", "42.0")


async def test_a_model_chooses_neither_the_credential_of_a_tool_nor_where_it_is_sent(platform: Platform) -> None:
    async with serve(json_reply(200, completion())) as evil:
        other = await platform.tools.resolver.credentials.make(
            LOCAL_TENANT, None, "openai_compatible", "api_key", "Other", Secret({"key": "other"}, hosts=[evil.host])
        )
        turns: list[Turn] = [
            [("AITextGenerator", {"prompt": "x", "credentials": other.reference.to_wire()})],
            [("AITextGenerator", {"prompt": "x", "base_url": f"http://{evil.host}/v1"})],
            [("AITextGenerator", {"prompt": "x", "ollama_host": evil.host})],
            "Done.",
        ]
        async with asked(platform, *turns) as agent:
            platform.tools.http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({evil.host, agent.url[7:-3]})))
            own = {"model": "local", "base_url": agent.url, "credentials": dict(agent.reference)}
            tools = {"write": (AITextGenerator, own)}
            record = await platform.run(agent.graph(tools, ["ask.tools -> write.prompt"], retry=4))
            assert record["outputs"]["finished"] == ["Done."]
            assert not executions_of(record, "write")
            assert [text.split(";")[0] for text in told_in(agent, 3)] == [
                f"Error: Wrong arguments for AITextGenerator: there is no parameter {name!r}"
                for name in ("credentials", "base_url", "ollama_host")
            ]
            for pin in ("credentials", "credentials_#_id"):
                with pytest.raises(InvalidGraph, match="never by a link"):
                    await platform.run(agent.graph(tools, [f"ask.tools -> write.{pin}"]))
        assert not evil.seen


@pytest.mark.parametrize(
    "name", ["Orchestrator", "Done", "", DELIMITED, "add ", "ADD", "__proto__", "x" * 5_000, "\x00"]
)
async def test_a_tool_that_is_not_offered_is_not_called(platform: Platform, name: str) -> None:
    async with asked(platform, [(name, {"a": 1, "b": 2})], "Done.") as agent:
        record = await platform.run(agent.graph(ADD, ADD_LINKS))
    assert record["outputs"]["finished"] == ["Done."]
    assert not executions_of(record, "add")
    assert "There is no function" in told_in(agent, 1)[0]


async def test_calls_are_told_apart_whatever_they_are_called(platform: Platform) -> None:
    ids = [DELIMITED, DELIMITED, "", "round_^_", "argument_^_x_~_a", "\u202e\ud800\x00", "x" * 10_000, "call_1_0_1_1"]
    calls = [
        {"index": n, "id": one, "type": "function", "function": {"name": "add", "arguments": f'{{"a":{n},"b":0}}'}}
        for n, one in enumerate(ids)
    ]
    async with asked(platform, [("add", {"a": 1, "b": 0})], "Done.") as agent:
        # Surrogates and NUL as an encoder of JSON without scruples writes them.
        sent = chunks([], [{**call, "id": f"ID{call['index']}"} for call in calls], "tool_calls")
        for number in reversed(range(len(ids))):
            text = "".join(f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) > 126 else c for c in ids[number])
            sent = sent.replace(f'"ID{number}"'.encode(), f'"{text}"'.encode())
        agent.model.refusals[0] = event_stream(sent)
        record = await platform.run(agent.graph(ADD, ADD_LINKS, multiple_tool_calls=True))
    assert record["outputs"]["finished"] == ["Done."]
    assert told_in(agent, 1) == [f"{n}.0" for n in range(len(ids))]
    names = [row["caller"][1] for row in executions_of(record, "add")]
    assert names[0] == DELIMITED
    assert len(set(names)) == len(ids)
    assert max(map(len, names)) <= 64


async def test_a_model_that_never_ends_meets_the_budget_and_is_let_go(platform: Platform) -> None:
    turns: list[Turn] = [[("add", {"a": 1, "b": 1})]] * 50
    async with asked(platform, *turns) as agent:
        run = await platform.submit(agent.graph(ADD, ADD_LINKS, {"max_node_executions": 5}))
        await platform.until(run, "PAUSED")
        record = await platform.record(run)
        assert [row["status"] for row in executions_of(record, "add")].count("COMPLETED") == 4
        assert [counts.total() for counts in agent.model.keys.values()] == [1] * 5
        await platform.cancel(run)
        record = await platform.end_of(run)
    assert record["status"] == "TERMINATED"


async def test_a_run_that_is_cancelled_leaves_the_model_in_the_middle_of_its_answer(platform: Platform) -> None:
    begun = asyncio.Event()

    async def for_ever(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        writer.write(chunks(["Once upon a time "]).split(b"data: [DONE]")[0])
        await writer.drain()
        begun.set()
        await asyncio.Event().wait()

    async with asked(platform) as agent, serve(for_ever) as server:
        secret = Secret({"key": CANARY}, hosts=[server.host])
        made = await platform.tools.resolver.credentials.make(
            LOCAL_TENANT, None, "openai_compatible", "api_key", "Slow", secret
        )
        platform.tools.http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({server.host})))
        given = {"base_url": f"http://{server.host}/v1", "credentials": made.reference.to_wire()}
        run = await platform.submit(agent.graph(ADD, ADD_LINKS, **given))
        await begun.wait()
        await platform.cancel(run)
        record = await platform.end_of(run, seconds=15)
        assert record["status"] == "TERMINATED"
    rows = await platform.sql("SELECT 1 FROM llm_calls WHERE run_id = :id", id=run.id)
    assert not rows


async def test_usage_beyond_belief_is_not_kept_and_fails_nothing(platform: Platform) -> None:
    whole = completion("Done.", usage={"prompt_tokens": 10**30, "completion_tokens": -7, "cost": 1e300})
    async with asked(platform, "x") as agent:
        # Not as orjson would write it: it takes no such number.
        agent.model.refusals[0] = reply(200, json.dumps(whole).encode(), {"Content-Type": "application/json"})
        run = await platform.submit(agent.graph({"pass": Pass}, ["ask.tools -> pass.value"]))
        record = await platform.end_of(run)
    assert record["outputs"]["finished"] == ["Done."]
    (row,) = await platform.sql("SELECT * FROM llm_calls WHERE run_id = :id", id=run.id)
    assert row.cost_micro_usd is None
    assert 0 <= row.input_tokens < 10_000
    assert row.output_tokens < 100


async def test_what_the_rounds_of_one_execution_remember_has_a_limit(platform: Platform) -> None:
    size = LIMITS.step_memories_bytes_max * 2 // 5
    rounds = [[["Large", {"size": size}]] for _ in range(5)]
    graph = calling(rounds, {"large": Large}, ["caller.tools -> large.size"])
    record = await platform.run(graph, seconds=90)
    (caller,) = executions_of(record, "caller")
    assert (caller["status"], caller["error"]["code"]) == ("FAILED", "VALUE_TOO_LARGE")
    assert "do less in one execution" in caller["error"]["message"]
    # Two results fit: the rounds that remember them go on.
    assert len(executions_of(record, "large")) == 4


@pytest.mark.parametrize(
    "schema",
    [{"properties": 5}, {"properties": {"a": 5}}, {"properties": {"a": {}}, "required": 5},
     {"properties": {"a": {}}, "required": [["a"], 1, None]}, {"properties": ["a"], "$defs": 5}],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["of a server", "of an agent"])
async def test_a_tool_whose_schema_is_none_is_offered_as_far_as_it_goes(
    platform: Platform, kind: str, schema: Any
) -> None:
    if kind == "of an agent":
        block, constants, *others = await an_agents_node(platform)
        tool = (block, {**constants, "input_schema": schema}, *others)
    else:
        tool = (MCPTool, {"server_url": "https://mcp.invalid/", "selected_tool": "t", "tool_input_schema": schema})
    async with asked(platform, "Done.") as agent:
        record = await platform.run(agent.graph({"tool": tool}, ["ask.tools -> tool.a"]))
    assert record["outputs"]["finished"] == ["Done."]
    (offered,) = agent.model.sent[0]["tools"]
    assert list(offered["function"]["parameters"]["properties"]) == ["a"]


async def test_what_the_schema_of_a_tool_refers_to_goes_along_with_it(platform: Platform) -> None:
    place = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    schema = {"properties": {"place": {"$ref": "#/$defs/Place"}}, "required": ["place"], "$defs": {"Place": place}}
    tool = (MCPTool, {"server_url": "https://mcp.invalid/", "selected_tool": "t", "tool_input_schema": schema})
    async with asked(platform, [("t", {"place": {"city": 5}})], "Done.") as agent:
        await platform.run(agent.graph({"tool": tool}, ["ask.tools -> tool.place"]))
    assert agent.model.sent[0]["tools"][0]["function"]["parameters"]["$defs"] == {"Place": place}
    assert "is not of type" in told_in(agent, 1)[0]
