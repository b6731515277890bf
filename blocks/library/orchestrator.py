"""The block that lets a language model call other nodes of its graph as tools; it runs none of them, the workflow does.

Without an agent loop each execution asks once: what the model chose stands on the tools' pins, and the conversation may come back
along links with what the tool gave. In an agent loop each answer of the model that calls tools ends a step as a *round*: it is in
the ledger before a tool is called, each call is a node execution of its own, and the next step has what they gave. So a worker's
death repeats no call that was over and asks for no answer that was had.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from blocks.llm import demo
from blocks.llm.client import DirectLlm
from blocks.llm.pins import AICredentials, Asking, address_pin, credentials_pin, max_tokens_pin, model_pin, ollama_pin
from blocks.orchestration.asking import Choosing, choose
from blocks.orchestration.conversation import Opening, opening, to_wire
from blocks.orchestration.rounds import remembered, round_of, told_results
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Tool, Yield, pin
from blocks.sdk.llm import Message
from blocks.sdk.templates import render
from schema.limits import LIMITS

#: The catalogue's words, which imported agents carry.
_SYSTEM_PROMPT: Final = (
    "Thinking carefully step by step decide which function to call. Always choose a function call from the list of function "
    "signatures, and always provide the complete argument provided with the type matching the required jsonschema signature, no "
    "missing argument is allowed. If you have already completed the task objective, you can end the task by providing the end "
    "result of your work as a finish message. Function parameters that has no default value and not optional typed has to be "
    "provided. "
)
_BUILT_IN: Final = "built_in"
#: Answers in a row that cannot be followed: each is paid for.
_TRIES_MAX: Final = 20
#: The tool of the examples.
_ADD: Final = Tool(
    node_id="n",
    name="add",
    description="Add two numbers.",
    parameters={"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a"]},
    pins={"a": ("a", "tools_^_n_~_a"), "b": ("b", "tools_^_n_~_b")},
)
_DEMO: Final = {"credentials": demo.CREDENTIAL.reference.to_wire(), "sys_prompt": "You add."}


class Orchestrator(Block):
    """Let a language model choose which of the nodes behind `tools` to call, and with what.

    With `agent_mode_max_iterations` 0 it asks once: the chosen call's arguments are given on the tools' pins. With -1, or a number
    of rounds, it calls the nodes itself, tells the model what they gave, and asks again until the model says what the result is.
    """

    id = "3b191d9f-356f-482d-8238-ba04b6d18381"
    name = "OrchestratorBlock"
    categories = ("AI",)
    loop_pins = ("conversation_history", "last_tool_output")

    class Input(BlockInput):
        prompt: str = pin(description="What is to be done.")
        model: str = model_pin()
        credentials: AICredentials = credentials_pin()
        multiple_tool_calls: bool = pin(
            False, description="Whether it may call several tools at once.", title="Several calls"
        )
        sys_prompt: str = pin(_SYSTEM_PROMPT, description="What the model is told first.", title="System prompt")
        conversation_history: list[dict[str, Any]] | None = pin(
            default_factory=list,
            description="A conversation that goes on here: `conversations` of an earlier execution.",
        )
        last_tool_output: Any = pin(None, description="What the call gave that the conversation waits for.")
        retry: int = pin(3, description="How often it may answer in a row in a way that cannot be followed.")
        prompt_values: dict[str, str] = pin(default_factory=dict, description="Values for {{names}} in both prompts.")
        max_tokens: int | None = max_tokens_pin()
        ollama_host: str = ollama_pin()
        agent_mode_max_iterations: int = pin(
            0, description="0: ask once. -1: call tools until it is done. Else: at most so many rounds of calls."
        )
        execution_mode: str = pin(_BUILT_IN, description="Accepted for other agents: every mode runs alike here.")
        conversation_compaction: bool = pin(
            True, description="Whether old results are cut where the conversation would not fit the model."
        )
        base_url: str | None = address_pin()

    class Output(BlockOutput):
        tools: Any = pin(description="The tools: a link from here makes its node one.")
        finished: str = pin(description="What the model said in the end.")
        conversations: list[Any] = pin(description="All that was said, as OpenAI's messages.")

    examples = (
        Example(
            title="What is chosen stands on the pins of the tool",
            input={"prompt": "Use add.", **_DEMO},
            credentials={"credentials": demo.CREDENTIAL},
            surroundings={"llm": DirectLlm(), "tools": (_ADD,)},
            output=[("tools_^_n_~_a", 1), ("tools_^_n_~_b", None), ("conversations", [])],
            match="pins",
        ),
        Example(
            title="A model that has nothing to call has finished",
            input={"prompt": "Say hello.", **_DEMO},
            credentials={"credentials": demo.CREDENTIAL},
            surroundings={"llm": DirectLlm()},
            output=[("finished", "")],
            match="pins",
        ),
        Example(
            title="In a loop the tools are called, which needs a graph",
            input={"prompt": "Use add.", "agent_mode_max_iterations": -1, **_DEMO},
            credentials={"credentials": demo.CREDENTIAL},
            surroundings={"llm": DirectLlm(), "tools": (_ADD,)},
            output=[],
            error="in a graph only",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if context.step == 0 and inputs.execution_mode != _BUILT_IN:
            context.log("info", f"The execution mode {inputs.execution_mode!r} runs as {_BUILT_IN!r} here.")
        begun = await _opening(inputs)
        if begun.pending:
            yield "conversations", to_wire(begun.messages)
            return
        choosing = _choosing(inputs, context)
        runs = _in_a_loop if inputs.agent_mode_max_iterations else _once
        async for item in runs(inputs, context, choosing, begun.messages):
            yield item


async def _once(
    _inputs: Orchestrator.Input, context: Context, choosing: Choosing, begun: tuple[Message, ...]
) -> AsyncIterator[Yield]:
    """Ask once; what was chosen goes along the links."""
    choice = await choose(choosing, begun, context)
    if not choice.calls:
        yield "finished", choice.text
        return
    for wanted in choice.calls:
        for emission in wanted.emissions():
            yield emission
    yield "conversations", to_wire([*begun, *choice.said])


async def _in_a_loop(
    inputs: Orchestrator.Input, context: Context, choosing: Choosing, begun: tuple[Message, ...]
) -> AsyncIterator[Yield]:
    """Go on from the rounds that there were: call what the model wants next, or end."""
    told = told_results(context.memories, context.tool_results)
    conversation = (*begun, *remembered(context.memories), *told)
    rounds_max = _rounds_max(inputs.agent_mode_max_iterations)
    if len(context.memories) >= rounds_max:
        context.log("warning", f"The limit of {rounds_max} rounds is met.")
        yield "conversations", to_wire(conversation)
        yield "finished", f"The limit of {rounds_max} rounds was met before the model said that it is done."
        return
    choice = await choose(choosing, conversation, context)
    if choice.calls:
        yield round_of(told, choice)
        return
    yield "conversations", to_wire([*conversation, *choice.said])
    yield "finished", choice.text


def _rounds_max(asked: int) -> int:
    return LIMITS.agent_rounds_max if asked < 0 else min(asked, LIMITS.agent_rounds_max)


async def _opening(inputs: Orchestrator.Input) -> Opening:
    system, prompt = inputs.sys_prompt, inputs.prompt
    if inputs.prompt_values:
        system = await render(system, inputs.prompt_values)
        prompt = await render(prompt, inputs.prompt_values)
    return opening(inputs.conversation_history or [], system, prompt, inputs.last_tool_output)


def _choosing(inputs: Orchestrator.Input, context: Context) -> Choosing:
    return Choosing(
        asking=Asking(inputs.model, inputs.credentials, inputs.ollama_host, inputs.base_url, inputs.max_tokens),
        tools=context.tools,
        tries=min(max(1, inputs.retry), _TRIES_MAX),
        allows_several=inputs.multiple_tool_calls,
        is_compacting=inputs.conversation_compaction,
        takes_some=inputs.agent_mode_max_iterations != 0,
    )
