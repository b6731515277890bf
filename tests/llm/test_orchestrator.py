"""The Orchestrator step by step, against a local server with a script: what it asks, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from blocks.library.orchestrator import Orchestrator
from blocks.llm.client import DirectLlm
from blocks.orchestration.calls import cut, result_text
from blocks.orchestration.conversation import compacted
from blocks.sdk import CallTools, Context, Tool, ToolResult
from blocks.sdk.llm import Message, WantedCall
from blocks.sdk.stepping import run_step
from schema.errors import BlockFailed, InvalidInput
from schema.inputs import prepare
from schema.limits import LIMITS
from tests.egress.servers import Server, guarded, serve
from tests.llm.wire import Json, Script, body_of, chunks, event_stream, key_of

ADD = Tool(
    node_id="n1",
    name="add",
    description="Add two numbers.",
    parameters={
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "number", "default": 10}, "note": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    },
    pins={
        "a": ("first", "tools_^_n1_~_first"),
        "b": ("second", "tools_^_n1_~_second"),
        "note": ("note", "tools_^_n1_~_note"),
    },
)
FREE = Tool("n2", "free", "Anything.", {"type": "object", "properties": {"x": {}}}, {"x": ("x", "tools_^_n2_~_x")})


def wants(*calls: tuple[str, str, Any], text: str | None = None) -> bytes:
    """Give the answer of a model that wants these calls: (id, name, arguments)."""
    pieces = [
        {
            "index": at,
            "id": call_id,
            "type": "function",
            "function": {"name": name, "arguments": given if isinstance(given, str) else orjson.dumps(given).decode()},
        }
        for at, (call_id, name, given) in enumerate(calls)
    ]
    return event_stream(chunks([text] if text else [], pieces, "tool_calls"))


def says(text: str) -> bytes:
    return event_stream(chunks([text]))


@dataclass
class Stepped:
    """What a step of the Orchestrator did, and what the server was sent meanwhile."""

    emissions: list[tuple[str, Any]]
    directive: CallTools | None
    sent: list[Json]
    logs: list[str]
    keys: list[str] = field(default_factory=list)

    @property
    def emitted(self) -> dict[str, Any]:
        return dict(self.emissions)


async def step(*answers: bytes, inputs: Mapping[str, Any] | None = None, **context: Any) -> Stepped:
    """Run a step whose model answers so, one after another."""
    async with serve(Script(*(answers or (says("done"),)))) as server:
        return await _step(server, inputs or {}, context)


async def _step(server: Server, inputs: Mapping[str, Any], fields: Mapping[str, Any]) -> Stepped:
    key = key_of("openai_compatible", server)
    logs: list[str] = []
    http = guarded(server)
    context = Context(
        **{
            "http": http,
            "llm": DirectLlm(http),
            "tools": (ADD, FREE),
            "credentials": {"credentials": key},
            "log": lambda _level, text: logs.append(text),
            **fields,
        }
    )
    raw = {
        "prompt": "Add.",
        "model": "local",
        "base_url": f"http://{server.host}/v1",
        "credentials": key.reference.to_wire(),
        "sys_prompt": "You add.",
        **inputs,
    }
    emissions: list[tuple[str, Any]] = []
    directive = None
    async for item in run_step(Orchestrator, prepare(Orchestrator.spec, raw), context):
        if isinstance(item, tuple):
            emissions.append(item)
        else:
            assert isinstance(item, CallTools)
            directive = item
    return Stepped(emissions, directive, [body_of(seen) for seen in server.seen], logs)


def a_round(*calls: tuple[str, str, Any], refused: Mapping[str, str] | None = None) -> Json:
    """Give what a round of these calls remembers."""
    wanted = tuple(WantedCall(i, name, arguments) for i, name, arguments in calls)
    return {"messages": [Message("assistant", "", wanted).to_wire()], "refused": dict(refused or {})}


LOOP = {"agent_mode_max_iterations": -1}


# Asked once


async def test_without_a_loop_the_arguments_stand_on_the_pins_and_what_was_left_out_as_its_default() -> None:
    done = await step(wants(("c1", "add", {"a": 1})))
    assert done.emissions[:3] == [
        ("tools_^_n1_~_first", 1),
        ("tools_^_n1_~_second", 10),
        ("tools_^_n1_~_note", None),
    ]
    assert [message["role"] for message in done.emitted["conversations"]] == ["system", "user", "assistant"]
    assert done.emitted["conversations"][-1]["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}
    ]
    assert "finished" not in done.emitted


async def test_a_model_that_calls_nothing_has_finished_and_no_conversation_waits() -> None:
    done = await step(says("It is 3."))
    assert done.emissions == [("finished", "It is 3.")]
    assert [message["role"] for message in done.sent[0]["messages"]] == ["system", "user"]
    assert [tool["function"]["name"] for tool in done.sent[0]["tools"]] == ["add", "free"]


async def test_a_conversation_that_comes_back_has_its_call_answered_and_goes_on() -> None:
    first = await step(wants(("c1", "add", {"a": 1})))
    back = {"conversation_history": first.emitted["conversations"], "last_tool_output": {"sum": 11}}
    second = await step(says("11"), inputs=back)
    assert second.emissions == [("finished", "11")]
    roles = [message["role"] for message in second.sent[0]["messages"]]
    assert roles == ["system", "user", "assistant", "tool"]
    assert second.sent[0]["messages"][-1] == {"role": "tool", "content": '{"sum":11}', "tool_call_id": "c1"}


async def test_of_several_calls_each_execution_answers_one_and_only_the_last_asks() -> None:
    inputs = {"multiple_tool_calls": True}
    first = await step(wants(("c1", "add", {"a": 1}), ("c2", "free", {"x": 2})), inputs=inputs)
    assert [pin for pin, _ in first.emissions if pin.startswith("tools")][-1] == "tools_^_n2_~_x"
    second = await step(
        inputs={**inputs, "conversation_history": first.emitted["conversations"], "last_tool_output": 11}
    )
    assert (second.sent, [pin for pin, _ in second.emissions]) == ([], ["conversations"])
    third = await step(
        says("both"),
        inputs={**inputs, "conversation_history": second.emitted["conversations"], "last_tool_output": None},
    )
    answered = [(m["tool_call_id"], m["content"]) for m in third.sent[0]["messages"] if m["role"] == "tool"]
    assert answered == [("c1", "11"), ("c2", "null")]
    assert third.emissions == [("finished", "both")]


async def test_one_call_at_a_time_is_asked_for_and_taken_unless_several_may_be() -> None:
    done = await step(wants(("c1", "add", {"a": 1}), ("c2", "add", {"a": 2})))
    assert done.sent[0]["parallel_tool_calls"] is False
    assert len(done.emitted["conversations"][-1]["tool_calls"]) == 1


WRONG = [
    pytest.param(("c1", "add", {"b": 2}), "required property", id="an argument is missing"),
    pytest.param(("c1", "add", {"a": "one"}), "not of type", id="an argument of another type"),
    pytest.param(("c1", "add", {"a": 1, "c": 2}), "there is no parameter 'c'", id="an unknown argument"),
    pytest.param(("c1", "sub", {"a": 1}), "There is no function 'sub'. There are: add, free.", id="an unknown tool"),
    pytest.param(("c1", "add", "{broken"), "no JSON", id="no JSON"),
]


@pytest.mark.parametrize(("call", "words"), WRONG)
@pytest.mark.parametrize("rounds", [0, -1])
async def test_a_wrong_call_is_told_back_and_asked_again(call: Any, words: str, rounds: int) -> None:
    done = await step(wants(call), wants(("c2", "add", {"a": 1})), inputs={"agent_mode_max_iterations": rounds})
    told = done.sent[1]["messages"][-1]
    assert (told["role"], told["tool_call_id"]) == ("tool", "c1")
    assert words in told["content"]
    assert done.directive is not None if rounds else done.emissions[0] == ("tools_^_n1_~_first", 1)


async def test_a_model_that_never_answers_rightly_fails_after_its_tries() -> None:
    with pytest.raises(BlockFailed, match=r"in 2 tries. The last one: There is no function 'sub'"):
        await step(wants(("c1", "sub", {})), inputs={"retry": 2})
    with pytest.raises(BlockFailed, match=r"in 1 tries. The last one: It was empty"):
        await step(says("  "), inputs={"retry": -7})


async def test_a_history_that_is_none_is_refused_with_its_pin() -> None:
    with pytest.raises(InvalidInput, match="conversation_history: Message 1"):
        await step(inputs={"conversation_history": [{"role": "robot"}]})


async def test_the_prompts_are_templates_where_there_are_values() -> None:
    prompts = {"prompt": "Add {{what}}.", "sys_prompt": "You are {{who}}."}
    plain = await step(inputs=prompts)
    assert [message["content"] for message in plain.sent[0]["messages"]] == ["You are {{who}}.", "Add {{what}}."]
    filled = await step(inputs={**prompts, "prompt_values": {"what": "it all", "who": "Ann"}})
    assert [message["content"] for message in filled.sent[0]["messages"]] == ["You are Ann.", "Add it all."]


async def test_another_execution_mode_runs_alike_and_says_so() -> None:
    done = await step(inputs={"execution_mode": "extended_thinking"})
    assert done.emissions == [("finished", "done")]
    assert any("extended_thinking" in line for line in done.logs)


# In a loop


async def test_a_round_calls_its_tools_and_remembers_what_was_said() -> None:
    inputs = {**LOOP, "multiple_tool_calls": True}
    done = await step(
        wants(("c1", "add", {"a": 1, "b": None}), ("c2", "free", {"x": [2]}), text="I add."), inputs=inputs
    )
    assert done.emissions == []
    assert done.directive is not None
    assert [(call.id, call.node_id, call.arguments) for call in done.directive.calls] == [
        ("c1", "n1", {"first": 1}),
        ("c2", "n2", {"x": [2]}),
    ]
    assert [message["role"] for message in done.directive.memory["messages"]] == ["assistant"]
    assert done.directive.memory["messages"][0]["content"] == "I add."


async def test_the_next_step_rebuilds_the_conversation_and_adds_what_the_calls_gave() -> None:
    memories = [a_round(("c1", "add", {"a": 1})), a_round(("c2", "add", {"a": 2}), ("c3", "free", {}))]
    memories[1]["messages"].insert(0, Message("tool", "11", call_id="c1").to_wire())
    results = (ToolResult("c3", (), "no luck"), ToolResult("c2", (("sum", 12),)))
    done = await step(says("12"), inputs=LOOP, step=2, memories=memories, tool_results=results)
    sent = done.sent[0]["messages"]
    assert [message["role"] for message in sent] == [
        "system", "user", "assistant", "tool", "assistant", "tool", "tool",
    ]  # fmt: skip
    assert [(m["tool_call_id"], m["content"]) for m in sent if m["role"] == "tool"] == [
        ("c1", "11"),
        ("c2", "12"),
        ("c3", "Error: no luck"),
    ]
    assert [pin for pin, _ in done.emissions] == ["conversations", "finished"]
    assert done.emitted["conversations"] == [*_normal(sent), {"role": "assistant", "content": "12"}]


def _normal(sent: Sequence[Json]) -> list[Json]:
    """Give messages that were sent as they are emitted: an assistant's without text has an empty one."""
    return [{**message, "content": message["content"] or ""} for message in sent]


async def test_what_a_round_had_to_tell_is_remembered_by_the_next() -> None:
    results = (ToolResult("c1", (("sum", 11),)),)
    memories = [a_round(("c1", "add", {"a": 1}))]
    done = await step(wants(("c2", "add", {"a": 2})), inputs=LOOP, step=1, memories=memories, tool_results=results)
    assert done.directive is not None
    assert [message["role"] for message in done.directive.memory["messages"]] == ["tool", "assistant"]


async def test_a_round_makes_the_right_calls_and_tells_of_the_wrong_ones_with_their_results() -> None:
    inputs = {**LOOP, "multiple_tool_calls": True}
    done = await step(wants(("c1", "sub", {}), ("c2", "add", {"a": 1})), inputs=inputs)
    assert done.directive is not None
    assert [call.id for call in done.directive.calls] == ["c2"]
    results = (ToolResult("c2", (("sum", 11),)),)
    after = await step(says("x"), inputs=inputs, step=1, memories=[done.directive.memory], tool_results=results)
    told = [(m["tool_call_id"], m["content"]) for m in after.sent[0]["messages"] if m["role"] == "tool"]
    assert told == [("c1", "Error: There is no function 'sub'. There are: add, free."), ("c2", "11")]


async def test_after_its_rounds_nobody_is_asked_and_the_limit_is_told() -> None:
    memories = [a_round(("c1", "add", {"a": 1}))]
    results = (ToolResult("c1", (("sum", 11),)),)
    inputs = {"agent_mode_max_iterations": 1}
    done = await step(inputs=inputs, step=1, memories=memories, tool_results=results)
    assert done.sent == []
    assert done.emitted["finished"] == "The limit of 1 rounds was met before the model said that it is done."
    assert done.emitted["conversations"][-1] == {"role": "tool", "content": "11", "tool_call_id": "c1"}


async def test_a_loop_without_a_limit_has_the_platforms() -> None:
    memories = [a_round((f"c{n}", "add", {"a": 1})) for n in range(LIMITS.agent_rounds_max)]
    done = await step(inputs=LOOP, step=len(memories), memories=memories)
    assert f"limit of {LIMITS.agent_rounds_max} rounds" in done.emitted["finished"]


async def test_more_calls_than_a_round_may_have_are_told_back() -> None:
    many = [(f"c{n}", "add", {"a": n}) for n in range(LIMITS.round_calls_max + 2)]
    done = await step(wants(*many), inputs={**LOOP, "multiple_tool_calls": True})
    assert done.directive is not None
    assert len(done.directive.calls) == LIMITS.round_calls_max
    assert list(done.directive.memory["refused"]) == ["c50", "c51"]


async def test_names_of_calls_that_cannot_be_kept_become_ours() -> None:
    odd = [("", "add", {"a": 1}), ("x" * 65, "add", {"a": 2}), ("same", "add", {"a": 3}), ("same", "add", {"a": 4})]
    done = await step(wants(*odd), inputs={**LOOP, "multiple_tool_calls": True}, execution=7, step=0)
    assert done.directive is not None
    names = [call.id for call in done.directive.calls]
    assert names[1:] == ["call_7_0_1_2", "same", "call_7_0_1_4"]
    assert len(set(names)) == 4
    assert all(names)


async def test_a_schema_that_is_none_or_points_elsewhere_is_not_followed() -> None:
    async with serve() as elsewhere:
        schemas = [{"type": "LONG"}, {"$ref": f"http://{elsewhere.host}/schema"}]
        for schema in schemas:
            tool = Tool("n3", "odd", "", {"type": "object", "properties": {"x": schema}}, {"x": ("x", "tools")})
            done = await step(wants(("c1", "odd", {"x": 1})), inputs=LOOP, tools=(tool,))
            assert done.directive is not None
        assert elsewhere.seen == []


# What a model is told


def test_one_value_is_told_as_it_is_several_by_their_pins() -> None:
    assert result_text(ToolResult("c", (("a", "text"),))) == "text"
    assert result_text(ToolResult("c", (("a", {"b": 1}),))) == '{"b":1}'
    assert result_text(ToolResult("c", (("a", 1), ("b", 2), ("b", 3)))) == '{"a":1,"b":[2,3]}'
    assert result_text(ToolResult("c", ())) == "The function gave no value."
    assert result_text(ToolResult("c", (("a", 1),), "broken")) == "Error: broken\n1"
    assert result_text(ToolResult("c", (("a", 1),), None, True)) == "1\n[cut: the function gave more than is shown]"


def test_a_long_result_is_cut_and_says_so() -> None:
    told = result_text(ToolResult("c", (("a", "x" * 100_000),)))
    assert len(told) < LIMITS.call_result_chars_max + 100
    assert told.endswith(f"[cut: these are the first {LIMITS.call_result_chars_max} of 100000 characters]")
    assert cut("short") == "short"


def conversation(*sizes: int) -> tuple[Message, ...]:
    """Give a conversation of rounds whose results have so many characters."""
    rounds = [
        (Message("assistant", "", (WantedCall(f"c{n}", "add", {}),)), Message("tool", "x" * size, call_id=f"c{n}"))
        for n, size in enumerate(sizes)
    ]
    return (Message("user", "Add."), *(message for pair in rounds for message in pair))


def test_the_oldest_results_are_cut_first_and_no_more_than_needed() -> None:
    fits = conversation(1_000, 1_000)
    assert compacted(fits, 10_000) == fits
    # Four characters are a token.
    cut_once = compacted(conversation(40_000, 40_000, 40_000), 25_000)
    lengths = [len(message.text) for message in cut_once if message.role == "tool"]
    assert lengths[0] < 60
    assert lengths[1:] == [40_000, 40_000]
    assert cut_once[2].text == "[cut: an earlier result of 40000 characters]"
    hopeless = compacted(conversation(40_000, 400_000), 25)
    assert [len(message.text) < 2_100 for message in hopeless if message.role == "tool"] == [True, True]


async def test_compaction_can_be_switched_off() -> None:
    memories = [a_round(("c1", "add", {"a": 1})), a_round(("c2", "add", {"a": 2}))]
    memories[1]["messages"].insert(0, Message("tool", "x" * 39_000, call_id="c1").to_wire())
    fields: dict[str, Any] = {"step": 2, "memories": memories, "tool_results": (ToolResult("c2", (("sum", 1),)),)}
    # A model whose window has 8,192 tokens: 39,000 characters are more.
    inputs = {**LOOP, "model": "llama3"}
    done = await step(inputs=inputs, **fields)
    assert [len(m["content"]) for m in done.sent[0]["messages"] if m["role"] == "tool"] == [44, 1]
    # What is emitted has all of it: only what is asked is cut.
    assert len(done.emitted["conversations"][3]["content"]) == 39_000
    with pytest.raises(BlockFailed, match="choose a model with a larger window"):
        await step(inputs={**inputs, "conversation_compaction": False}, **fields)
