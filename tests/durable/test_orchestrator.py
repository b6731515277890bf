"""The Orchestrator in runs: its rounds last, a tool is called once, an answer is paid once, and a failure goes on where it was."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from blocks.library.maths import Calculator
from blocks.library.orchestrator import Orchestrator
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp
from schema.db.credentials import Secret
from schema.db.runs import Run
from schema.graph import Graph
from schema.ids import LOCAL_TENANT
from schema.limits import LIMITS
from tests.durable.approval_blocks import Deed
from tests.durable.asking import decide, pending
from tests.durable.blocks import CALLS, GATES, Fail, Gate, Large, Listen, Numbers, Pass
from tests.durable.graphs import NodeRow, an_agent, an_input, an_output, make_graph
from tests.durable.platform import Platform, executions_of
from tests.durable.test_orders import give
from tests.durable.waiting import eventually
from tests.egress.servers import serve
from tests.llm.scripted import Scripted, Turn
from tests.llm.wire import CANARY, json_reply

ADD = {"add": (Calculator, {"operation": "Add"}, {"metadata": {"customized_name": "add"}})}
ADD_LINKS = ["ask.tools -> add.a", "ask.tools -> add.b"]


class Asked:
    """An orchestrator's agents against a model with a script."""

    def __init__(self, model: Scripted, reference: Mapping[str, Any], url: str) -> None:
        self.model, self.reference, self.url = model, reference, url

    def node(self, **constants: Any) -> NodeRow:
        given = {"prompt": "Go.", "model": "local", "base_url": self.url, "credentials": dict(self.reference)}
        return (Orchestrator, {**given, "agent_mode_max_iterations": -1, **constants}, {"retry": {"attempts": 1}})

    def graph(
        self,
        tools: Mapping[str, Any],
        links: Sequence[str],
        settings: Mapping[str, Any] | None = None,
        **constants: Any,
    ) -> Graph:
        nodes = {
            "ask": self.node(**constants),
            **tools,
            "said": an_output("said"),
            "finished": an_output("finished"),
        }
        ends = ["ask.conversations -> said.value", "ask.finished -> finished.value"]
        return make_graph(nodes, [*links, *ends], name="Asks", **(settings or {}))


@asynccontextmanager
async def asked(platform: Platform, *turns: Turn) -> AsyncIterator[Asked]:
    """Have a server with a model that says these turns, and a credential for it."""
    model = Scripted(turns)
    plain = platform.tools.http
    async with serve(model) as server:
        platform.tools.http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({server.host})))
        secret = Secret({"key": CANARY}, hosts=[server.host])
        store = platform.tools.resolver.credentials
        made = await store.make(LOCAL_TENANT, None, "openai_compatible", "api_key", "Local", secret)
        try:
            yield Asked(model, made.reference.to_wire(), f"http://{server.host}/v1")
        finally:
            platform.tools.http = plain


async def test_a_loop_calls_its_tools_and_ends_with_what_the_model_says(platform: Platform) -> None:
    turns: list[Turn] = [
        [("add", {"a": 1, "b": 2}), ("add", {"a": 3, "b": 4})],
        [("add", {"a": 5, "b": 6})],
        "It is 11.",
    ]
    async with asked(platform, *turns) as agent:
        record = await platform.run(agent.graph(ADD, ADD_LINKS, multiple_tool_calls=True))
    assert record["outputs"]["finished"] == ["It is 11."]
    (said,) = record["outputs"]["said"]
    assert [message["role"] for message in said] == [
        "system", "user", "assistant", "tool", "tool", "assistant", "tool", "assistant",
    ]  # fmt: skip
    assert [message["content"] for message in said if message["role"] == "tool"] == ["3.0", "7.0", "11.0"]
    assert [row["caller"] for row in executions_of(record, "add")] == [
        [1, "call_0_0"],
        [1, "call_0_1"],
        [1, "call_1_0"],
    ]
    assert [counts.total() for counts in agent.model.keys.values()] == [1, 1, 1]
    assert len({key for counts in agent.model.keys.values() for key in counts}) == 3
    assert CANARY not in str(record)


async def test_a_failed_round_that_is_retried_goes_on_from_the_rounds_before_it(platform: Platform) -> None:
    turns: list[Turn] = [[("add", {"a": 1, "b": 1})], [("add", {"a": 2, "b": 2})], "Both."]
    async with asked(platform, *turns) as agent:
        agent.model.refusals[1] = json_reply(400, {"error": {"message": "no"}})
        agent.model.refusals[2] = json_reply(401, {"error": {"message": "no"}})
        run = await platform.submit(agent.graph(ADD, ADD_LINKS, {"on_node_error": "hold"}))
        await platform.until(run, "PAUSED")
        await give(platform, run, "retry", execution=1)
        await eventually(lambda: 2 in agent.model.keys)
        await platform.until(run, "PAUSED")
        await give(platform, run, "retry", execution=1)
        record = await platform.end_of(run)
    assert record["outputs"]["finished"] == ["Both."]
    assert len(executions_of(record, "add")) == 2
    assert [counts.total() for counts in agent.model.keys.values()] == [1, 2, 2]


async def test_workers_that_come_new_in_each_round_ask_and_call_nothing_twice(platform: Platform) -> None:
    turns: list[Turn] = [[("Listen", {"event": f"round {number}"})] for number in range(3)]
    async with asked(platform, *turns, "Through.") as agent:
        run = await platform.submit(agent.graph({"listen": Listen}, ["ask.tools -> listen.event"]))
        for number in range(3):
            await eventually(lambda name=f"round {number}": waits_for(platform, run, name), seconds=30)
            async with platform.asleep():
                await give(platform, run, "event", number, name=f"round {number}")
        record = await platform.end_of(run, seconds=60)
    assert record["outputs"]["finished"] == ["Through."]
    assert len(executions_of(record, "listen")) == 3
    assert [counts.total() for counts in agent.model.keys.values()] == [1, 1, 1, 1]


async def waits_for(platform: Platform, run: Run, name: str) -> Any:
    """Say whether a run waits for an event of this name."""
    waiting = "SELECT 1 FROM node_executions WHERE run_id = :id AND status = 'RUNNING' AND waits_for->>'name' = :name"
    return await platform.sql(waiting, id=run.id, name=name)


async def test_an_answer_that_was_had_is_not_asked_for_again_by_the_next_attempt(platform: Platform) -> None:
    async with asked(platform, [("add", {"a": 1, "b": 1})], "Two.") as agent:
        run = await platform.submit(agent.graph(ADD, ADD_LINKS))
        record = await platform.end_of(run)
        rows = await platform.sql("SELECT step, number FROM llm_calls WHERE run_id = :id ORDER BY step", id=run.id)
    assert [tuple(row) for row in rows] == [(0, 1), (1, 1)]
    assert record["status"] == "COMPLETED"


async def test_without_a_loop_the_conversation_comes_back_along_links(platform: Platform) -> None:
    turns: list[Turn] = [[("add", {"a": 1, "b": 2})], [("add", {"a": 3, "b": 10})], "Then 13."]
    links = [*ADD_LINKS, "ask.conversations -> ask.conversation_history", "add.result -> ask.last_tool_output"]
    async with asked(platform, *turns) as agent:
        record = await platform.run(agent.graph(ADD, links, agent_mode_max_iterations=0))
    assert record["outputs"]["finished"] == ["Then 13."]
    assert [row["caller"] for row in executions_of(record, "add")] == [None, None]
    assert len(executions_of(record, "ask")) == 3
    assert [m["content"] for m in agent.model.sent[2]["messages"] if m["role"] == "tool"] == ["3.0", "13.0"]


async def test_a_failure_of_a_tool_is_told_to_the_model_also_where_failures_are_held(platform: Platform) -> None:
    for policy in ("hold", "fail", "continue"):
        async with asked(platform, [("Fail", {"reason": "no luck"})], "A pity.") as agent:
            graph = agent.graph({"fail": Fail}, ["ask.tools -> fail.reason"], {"on_node_error": policy})
            record = await platform.run(graph)
        assert (record["status"], record["outputs"]["finished"]) == ("COMPLETED", ["A pity."])
        assert agent.model.sent[1]["messages"][-1]["content"] == "Error: no luck\nsaid"


async def test_a_sensitive_tool_asks_a_person_and_the_model_is_told_what_they_said(platform: Platform) -> None:
    tools = {"deed": (Deed, {"token": "hush", "key": "called deed"})}
    settings = {"settings": {"sensitive_action_safe_mode": True}}
    async with asked(platform, [("Deed", {"what": "send"})], [("Deed", {"what": "burn"})], "So be it.") as agent:
        run = await platform.submit(agent.graph(tools, ["ask.tools -> deed.what"], settings))
        (first,) = await pending(platform, run)
        await platform.until(run, "REVIEW")
        await decide(platform, first)
        (second,) = await pending(platform, run)
        await decide(platform, second, approve=False, comment="Not today.")
        record = await platform.end_of(run)
    assert record["outputs"]["finished"] == ["So be it."]
    assert "Error: It was rejected: Not today." in agent.model.sent[2]["messages"][-1]["content"]
    assert CALLS["called deed"] == 1


async def test_a_tool_may_be_an_orchestrator_and_its_tools_agents(platform: Platform) -> None:
    doubled = make_graph(
        {"in": an_input("number"), "twice": (Calculator, {"operation": "Multiply", "b": 2}), "out": an_output("twice")},
        ["in.result -> twice.a", "twice.result -> out.value"],
        name="Doubles",
    )
    saved = await platform.save(doubled)
    block, constants, *others = an_agent(saved)
    schema = {"type": "object", "properties": {"number": {"title": "number"}}, "required": ["number"]}
    agent_row = (block, {**constants, "agent_name": "Doubles", "input_schema": schema}, *others)
    async with asked(platform, [("Inner", {"prompt": "Double."})], "Outer has it.") as outer:
        outer.model.of_tool["Doubles"] = [[("Doubles", {"number": 21})], "It is 42."]
        block, constants, _ = outer.node()
        tools = {"inner": (block, constants, {"metadata": {"customized_name": "Inner"}}), "agent": agent_row}
        links = ["ask.tools -> inner.prompt", "inner.tools -> agent.number"]
        record = await platform.run(outer.graph(tools, links), seconds=60)
    assert record["outputs"]["finished"] == ["Outer has it."]
    assert [row["caller"][0] for row in executions_of(record, "agent")] == [
        executions_of(record, "inner")[0]["execution"]
    ]


async def test_a_caller_that_is_skipped_takes_what_it_called_with_it(platform: Platform) -> None:
    async with asked(platform, [("Gate", {"gate": "skipped gate"}), ("Listen", {"event": "never"})], "x") as agent:
        tools = {"gate": Gate, "listen": Listen}
        links = ["ask.tools -> gate.gate", "ask.tools -> listen.event"]
        run = await platform.submit(agent.graph(tools, links, multiple_tool_calls=True))
        await eventually(lambda: CALLS["skipped gate"] == 1, seconds=30)
        await eventually(lambda: waits_for(platform, run, "never"))
        await give(platform, run, "skip", {"finished": ["by hand"]}, execution=1)
        record = await platform.end_of(run)
    GATES["skipped gate"].set()
    assert (record["status"], record["outputs"]["finished"]) == ("COMPLETED", ["by hand"])
    assert [executions_of(record, name)[0]["status"] for name in ("gate", "listen")] == ["FAILED", "FAILED"]


async def test_text_of_the_model_is_shown_while_it_comes(platform: Platform) -> None:
    async with asked(platform, "It is all done.") as agent:
        run = await platform.submit(agent.graph({"pass": Pass}, ["ask.tools -> pass.value"]))
        await platform.end_of(run)
        rows = await platform.sql(
            "SELECT line FROM run_logs WHERE run_id = :id AND pin = 'finished' ORDER BY id", id=run.id
        )
    assert "".join(row.line for row in rows) == "It is all done."


async def test_fifty_calls_are_one_round_and_each_is_seen_in_temporal_under_its_title(platform: Platform) -> None:
    turn: Turn = [("Pass", {"value": number}) for number in range(50)]
    async with asked(platform, turn, "All of them.") as agent:
        graph = agent.graph({"pass": Pass}, ["ask.tools -> pass.value"], multiple_tool_calls=True)
        run = await platform.submit(graph)
        record = await platform.end_of(run, seconds=60)
    assert record["outputs"]["finished"] == ["All of them."]
    told = [message["content"] for message in agent.model.sent[1]["messages"] if message["role"] == "tool"]
    assert told == [str(number) for number in range(50)]
    history = await platform.handle(run).fetch_history()
    scheduled = [
        event.activity_task_scheduled_event_attributes.activity_id
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    assert {f"Pass#{number}" for number in range(1, 51)} <= set(scheduled)
    assert [one for one in scheduled if one.startswith("Orch")] == ["Orchestrator#1", "Orchestrator#1.1"]


async def test_of_a_result_that_is_too_large_the_model_is_told_the_beginning(platform: Platform) -> None:
    size = LIMITS.round_results_bytes_max // 2 + 1_000
    turn: Turn = [
        ("Numbers", {"count": LIMITS.call_outputs_max + 5}),
        ("Large", {"size": size}),
        ("Large", {"size": size}),
    ]
    links = ["ask.tools -> numbers.count", "ask.tools -> large.size"]
    async with asked(platform, turn, "Much.") as agent:
        graph = agent.graph({"numbers": Numbers, "large": Large}, links, multiple_tool_calls=True)
        await platform.run(graph, seconds=60)
    many, whole, none = [m["content"] for m in agent.model.sent[1]["messages"] if m["role"] == "tool"]
    assert many.endswith("[cut: the function gave more than is shown]")
    assert f"{LIMITS.call_outputs_max - 1}]" in many
    assert whole.endswith(f"[cut: these are the first {LIMITS.call_result_chars_max} of {size} characters]")
    assert none.startswith('"xxx')
    assert none.endswith("[cut: the function gave more than is shown]")
    assert len(none) < 1_000
