"""Blocks that ask a language model for data: a dictionary of named fields, or a list; an answer that does not fit is told back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

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
from blocks.sdk.bounds import check_emissions
from blocks.sdk.llm import messages_from_wire
from schema.errors import InvalidValue

_LIST_SYSTEM: Final = (
    "You make lists. Each item is a plain text of its own, without a number or a bullet in front; no item comes twice."
)


class AIStructuredResponseGenerator(Block):
    """Ask a language model for a dictionary with the keys of `expected_format`, or for a list of such dictionaries.

    The answer is checked; one that lacks a key is told back to the model, `retry` tries in all.
    """

    id = "ed55ac19-356e-4243-a6cb-bc599e9b716f"
    name = "AIStructuredResponseGeneratorBlock"
    categories = ("AI",)

    class Input(BlockInput):
        prompt: str = pin(description="What to ask.")
        expected_format: dict[str, str] = pin(
            description="The keys of the answer, each with what is to stand under it."
        )
        list_result: bool = pin(False, description="Ask for a list of such dictionaries.")
        model: str = model_pin()
        force_json_output: bool = pin(
            False,
            description="Use the provider's own means for JSON: the model cannot think aloud before it answers.",
        )
        credentials: AICredentials = credentials_pin()
        sys_prompt: str = pin("", description="What the model is told before: who it is, and how it answers.")
        conversation_history: list[dict[str, Any]] | None = pin(
            default_factory=list, description="What was said before, as OpenAI's messages."
        )
        retry: int = pin(3, description="How often the model is asked at most until its answer fits.")
        prompt_values: dict[str, str] = pin(default_factory=dict, description="Values for `{{name}}` in the prompts.")
        max_tokens: int | None = max_tokens_pin()
        compress_prompt_to_fit: bool = pin(
            True, description="Cut what is too long for the model; off: the node fails instead."
        )
        ollama_host: str = ollama_pin()
        base_url: str | None = address_pin()

    class Output(BlockOutput):
        response: dict[str, Any] | list[dict[str, Any]] = pin(description="The answer.")
        prompt: list[Any] = pin(description="What was sent, as messages.")

    examples = (
        demo_example(
            input={
                "prompt": "A post on dry stone.",
                "expected_format": {"TITLE": "Its title", "TEXT": "Its text"},
            },
            output=[("response", {"TITLE": "[demo] Its title", "TEXT": "[demo] Its text"})],
            match="subset",
        ),
        demo_example(
            title="A list",
            input={"prompt": "Walls.", "expected_format": {"name": "A name"}, "list_result": True},
            output=[("response", [{"name": f"[demo] A name {number}"} for number in (1, 2, 3)])],
            match="subset",
        ),
        demo_example(
            title="No keys",
            input={"prompt": "Hi", "expected_format": {}},
            output=[],
            error="expected_format",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if not inputs.expected_format:
            raise BlockFailed("`expected_format` has no keys: say which ones the answer is to have.")
        asking = Asking(inputs.model, inputs.credentials, inputs.ollama_host, inputs.base_url, inputs.max_tokens)
        try:
            earlier = messages_from_wire(inputs.conversation_history or ())
        except InvalidValue as error:
            raise BlockFailed(error.message) from error
        conversation = await conversation_of(inputs.sys_prompt, inputs.prompt, inputs.prompt_values, earlier)
        request = asking.request(
            conversation,
            is_cut=inputs.compress_prompt_to_fit,
            answer_schema=_schema_of(inputs.expected_format, is_list=inputs.list_result),
            is_schema_native=inputs.force_json_output,
            repairs=inputs.retry - 1,
        )
        answer = await asking.ask(context, request)
        yield "response", answer.data
        yield "prompt", shown(request)


def _schema_of(expected: dict[str, str], *, is_list: bool) -> dict[str, Any]:
    one = {
        "type": "object",
        "properties": {name: {"description": description} for name, description in expected.items()},
        "required": list(expected),
    }
    return {"type": "array", "items": one} if is_list else one


class AIListGenerator(Block):
    """Ask a language model for a list of texts, and give it whole and item by item.

    With `focus` alone the model makes the list up; with `source_data` it takes the items from there.
    """

    id = "9c0b0450-d199-458b-a731-072189dd6593"
    name = "AIListGeneratorBlock"
    categories = ("AI", "TEXT")

    class Input(BlockInput):
        focus: str | None = pin(None, description="What the list is of.", advanced=False)
        source_data: str | None = pin(None, description="The text to take the items from.", advanced=False)
        model: str = model_pin()
        credentials: AICredentials = credentials_pin()
        max_retries: int = pin(3, description="How often the model is asked again at most until its answer is a list.")
        force_json_output: bool = pin(False, description="Use the provider's own means for JSON.")
        max_tokens: int | None = max_tokens_pin()
        ollama_host: str = ollama_pin()
        base_url: str | None = address_pin()

    class Output(BlockOutput):
        generated_list: list[str] = pin(description="The list.")
        list_item: str = pin(description="Each item, one after another.")
        prompt: list[Any] = pin(description="What was sent, as messages.")

    examples = (
        demo_example(
            input={"focus": "kinds of stone"},
            output=[
                ("generated_list", ["[demo] An item 1", "[demo] An item 2", "[demo] An item 3"]),
                ("list_item", "[demo] An item 1"),
                ("list_item", "[demo] An item 2"),
                ("list_item", "[demo] An item 3"),
            ],
            match="subset",
        ),
        demo_example(
            title="Neither a focus nor a source",
            input={},
            output=[],
            error="focus",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        asking = Asking(inputs.model, inputs.credentials, inputs.ollama_host, inputs.base_url, inputs.max_tokens)
        request = asking.request(
            await conversation_of(_LIST_SYSTEM, _list_prompt(inputs.focus, inputs.source_data), {}),
            answer_schema={"type": "array", "items": {"type": "string", "description": "An item"}},
            is_schema_native=inputs.force_json_output,
            repairs=inputs.max_retries,
        )
        items = (await asking.ask(context, request)).data
        check_emissions(len(items) + 2, "The list")
        yield "generated_list", items
        for item in items:
            yield "list_item", item
        yield "prompt", shown(request)


def _list_prompt(focus: str | None, source: str | None) -> str:
    focus, source = (focus or "").strip(), (source or "").strip()
    if not focus and not source:
        raise BlockFailed("Say by `focus` what the list is of, or give `source_data` to take the items from.")
    parts = [f"Make a list of: {focus}" if focus else "Make a list of the most important things in this text."]
    if source:
        parts.append(f"Take the items from this text, and add none of your own:\n<source>\n{source}\n</source>")
    return "\n\n".join(parts)
