"""Blocks that ask a language model for a text: once, or as the next words of a conversation; they keep no conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from blocks.llm.pins import (
    AICredentials,
    Asking,
    address_pin,
    conversation_of,
    credentials_pin,
    demo_example,
    max_tokens_pin,
    model_pin,
    ollama_pin,
    shown,
)
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.llm import messages_from_wire
from schema.errors import InvalidValue


class AITextGenerator(Block):
    """Ask a language model, and give its answer as text.

    Both prompts are templates: `{{name}}` becomes the value of that name in `prompt_values`. A prompt that is too long for the
    model loses the middle of its longest part.
    """

    id = "1f292d4a-41a4-4977-9684-7c8d560b9f91"
    name = "AITextGeneratorBlock"
    categories = ("AI",)

    class Input(BlockInput):
        prompt: str = pin(description="What to ask.")
        model: str = model_pin()
        credentials: AICredentials = credentials_pin()
        sys_prompt: str = pin("", description="What the model is told before: who it is, and how it answers.")
        retry: int = pin(3, description="Kept for imported agents: how often to try again is the node's own setting.")
        prompt_values: dict[str, str] = pin(default_factory=dict, description="Values for `{{name}}` in the prompts.")
        ollama_host: str = ollama_pin()
        max_tokens: int | None = max_tokens_pin()
        base_url: str | None = address_pin()

    class Output(BlockOutput):
        response: str = pin(description="The answer.")
        prompt: list[Any] = pin(description="What was sent, as messages.")

    examples = (
        demo_example(
            input={"prompt": "Greet {{who}}.", "prompt_values": {"who": "Ann"}},
            output=[
                ("response", "[demo] This text is made by the demo; no model was asked. It was asked: Greet Ann."),
                ("prompt", [{"role": "user", "content": "Greet Ann."}]),
            ],
        ),
        demo_example(
            title="An answer in tags, as the prompt asks",
            input={"prompt": "Give three names in <names> tags, as <names>a,b,c</names>."},
            output=[("response", None), ("prompt", None)],
            match="pins",
        ),
        demo_example(
            title="An empty prompt",
            input={"prompt": " "},
            output=[],
            error="prompt is empty",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        asking = Asking(inputs.model, inputs.credentials, inputs.ollama_host, inputs.base_url, inputs.max_tokens)
        if not inputs.prompt.strip():
            raise BlockFailed("There is nothing to ask the model: the prompt is empty.")
        request = asking.request(await conversation_of(inputs.sys_prompt, inputs.prompt, inputs.prompt_values))
        answer = await asking.ask(context, request, lambda piece: context.stream("response", piece))
        yield "response", answer.text
        yield "prompt", shown(request)


class AIConversation(Block):
    """Let a language model go on with a conversation: `messages`, and behind them `prompt` as what a person says last."""

    id = "32a87eab-381e-4dd4-bdb8-4c47151be35a"
    name = "AIConversationBlock"
    categories = ("AI",)

    class Input(BlockInput):
        prompt: str = pin("", description="What is said last; empty: the conversation ends with its own last message.")
        messages: list[Any] = pin(description="The conversation, as OpenAI's messages: {role, content}.")
        model: str = model_pin()
        credentials: AICredentials = credentials_pin()
        max_tokens: int | None = max_tokens_pin()
        ollama_host: str = ollama_pin()
        base_url: str | None = address_pin()

    class Output(BlockOutput):
        response: str = pin(description="What the model says.")
        prompt: list[Any] = pin(description="What was sent, as messages.")

    examples = (
        demo_example(
            input={"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]},
            output=[
                ("response", "[demo] This text is made by the demo; no model was asked. It was asked: Hi"),
                ("prompt", [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]),
            ],
        ),
        demo_example(
            title="The prompt is said last",
            input={"messages": ["Hi"], "prompt": "And now?"},
            output=[("prompt", [{"role": "user", "content": "Hi"}, {"role": "user", "content": "And now?"}])],
            match="subset",
        ),
        demo_example(
            title="Nothing was said",
            input={"messages": []},
            output=[],
            error="empty",
        ),
        demo_example(
            title="What is no message",
            input={"messages": [{"text": "Hi"}]},
            output=[],
            error="Message 1 of the conversation",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        asking = Asking(inputs.model, inputs.credentials, inputs.ollama_host, inputs.base_url, inputs.max_tokens)
        try:
            earlier = messages_from_wire(inputs.messages)
        except InvalidValue as error:
            raise BlockFailed(error.message) from error
        conversation = await conversation_of("", inputs.prompt, {}, earlier)
        if not conversation:
            raise BlockFailed("There is nothing to ask the model: both `messages` and `prompt` are empty.")
        request = asking.request(conversation)
        answer = await asking.ask(context, request, lambda piece: context.stream("response", piece))
        yield "response", answer.text
        yield "prompt", shown(request)
