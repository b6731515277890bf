"""Blocks for Mem0: what agents are to remember, kept there; by run and by agent as one likes. It is no memory of Drystone's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from blocks.providers.mem0 import MEM0, Mem0Credentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import ITEMS_MAX, Api, NumberPaging, found_at
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(MEM0)
#: In whose name all is kept: the account is the key's, and a block does not know whose run it is in.
_USER: Final = "drystone"
_PAGE: Final = 100
_SECONDS: Final = 120.0
_MEMORY: Final = {"id": "m1", "memory": "Likes walls", "created_at": "2026-01-31T12:00:00Z"}
_OLDER: Final = {"id": "m0", "memory": "Likes hedges", "created_at": "2026-01-30T12:00:00Z"}


class Message(BaseModel):
    """What somebody said."""

    role: str = Field(description="Who: user or assistant.")
    content: str = Field(description="What.")


class Conversation(BaseModel):
    """What was said, in turns."""

    discriminator: Literal["conversation"]
    messages: list[Message] = Field(description="The turns.", max_length=1_000)


class Content(BaseModel):
    """A text."""

    discriminator: Literal["content"]
    content: str = Field(description="The text.")


def _marks(inputs: Any, context: Context) -> dict[str, str]:
    """Give to whom, and to what, a memory belongs."""
    marks = {"user_id": _USER}
    if inputs.limit_memory_to_run:
        marks["run_id"] = context.run_id
    if inputs.limit_memory_to_agent and context.graph_id is not None:
        marks["agent_id"] = context.graph_id
    return marks


def _filters(marks: Mapping[str, str], categories: Any, metadata: Any) -> dict[str, Any]:
    wanted: list[dict[str, Any]] = [{name: value} for name, value in marks.items()]
    if categories:
        wanted.append({"categories": {"in": list(categories)}})
    if metadata:
        wanted.append({"metadata": metadata})
    return {"AND": wanted}


def _list(content: Any) -> list[Any]:
    """Give the memories of an answer: a list, or what has one, by its version."""
    found = content if isinstance(content, list) else found_at(content, ("results",))
    return found if isinstance(found, list) else []


class AddMemory(Block):
    """Have something remembered. Mem0 decides what of it is new."""

    id = "dce97578-86be-45a4-ae50-f6de33fc935a"
    name = "AddMemoryBlock"

    class Input(BlockInput):
        credentials: Mem0Credentials = pin(description="Access to Mem0.")
        content: Content | Conversation = pin(
            default_factory=lambda: Content(discriminator="content", content="I'm a vegetarian"),
            description="What is to be remembered: a text, or what was said.",
            discriminator="discriminator",
        )
        metadata: dict[str, Any] = pin(default_factory=dict, description="What is kept with it.")
        limit_memory_to_run: bool = pin(False, description="Only this run remembers it.")
        limit_memory_to_agent: bool = pin(True, description="Only this agent remembers it.")

    class Output(BlockOutput):
        action: str = pin(description="What became of a memory: ADD, UPDATE, DELETE, NO_CHANGE.")
        memory: str = pin(description="The memory.")
        results: list[dict[str, str]] = pin(description="All of them.")

    examples = (
        sample(
            _KEY,
            {"content": {"discriminator": "content", "content": "I like walls"}},
            [
                ("results", [{"event": "ADD", "memory": "Likes walls"}]),
                ("action", "ADD"),
                ("memory", "Likes walls"),
            ],
            said({"results": [{"id": "m1", "event": "ADD", "memory": "Likes walls"}]}),
        ),
        sample(
            _KEY,
            {"content": {"discriminator": "conversation", "messages": [{"role": "user", "content": "Hi"}]}},
            [("results", []), ("action", "NO_CHANGE")],
            said({"results": []}),
            title="Nothing is new",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        given = inputs.content
        said_before = [one.model_dump() for one in given.messages] if isinstance(given, Conversation) else None
        messages = said_before or [{"role": "user", "content": getattr(given, "content", "")}]
        body = {"messages": messages, **_marks(inputs, context), "async_mode": False, "output_format": "v1.1"}
        if inputs.metadata:
            body["metadata"] = inputs.metadata
        api = Api(MEM0, inputs.credentials, context)
        answer = await api.call("POST", "/v1/memories/", json=body, timeout_seconds=_SECONDS)
        found = [{name: str(one.get(name, "")) for name in ("event", "memory")} for one in _list(answer.content)]
        yield "results", found
        if not found:
            yield "action", "NO_CHANGE"
        for one in found:
            yield "action", one["event"]
            yield "memory", one["memory"]


class SearchMemory(Block):
    """Find what is remembered about something."""

    id = "bd7c84e3-e073-4b75-810c-600886ec8a5b"
    name = "SearchMemoryBlock"

    class Input(BlockInput):
        credentials: Mem0Credentials = pin(description="Access to Mem0.")
        query: str = pin(description="What it is about.", min_length=1)
        trigger: bool = pin(False, description="Anything, so that it runs.")
        categories_filter: list[str] = pin(default_factory=list, description="Only of these categories.")
        metadata_filter: dict[str, Any] | None = pin(None, description="Only what was kept with this.")
        limit_memory_to_run: bool = pin(False, description="Only what this run remembers.")
        limit_memory_to_agent: bool = pin(True, description="Only what this agent remembers.")

    class Output(BlockOutput):
        memories: Any = pin(description="The memories.")

    examples = (sample(_KEY, {"query": "walls"}, [("memories", [_MEMORY])], said([_MEMORY])),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        filters = _filters(_marks(inputs, context), inputs.categories_filter, inputs.metadata_filter)
        body = {"query": inputs.query, "filters": filters}
        api = Api(MEM0, inputs.credentials, context)
        answer = await api.call("POST", "/v2/memories/search/", json=body, is_repeatable=True)
        yield "memories", _list(answer.content)


async def _all(api: Api, filters: Mapping[str, Any]) -> list[Any]:
    paging = NumberPaging("page", _PAGE, items_at=("results",))
    query = {"page_size": _PAGE}
    pages = api.pages("/v2/memories/", None, paging, method="POST", query=query, json={"filters": filters})
    return [memory async for memory in pages]


class GetAllMemories(Block):
    """Give all that is remembered, up to a limit."""

    id = "45aee5bf-4767-45d1-a28b-e01c5aae9fc1"
    name = "GetAllMemoriesBlock"

    class Input(BlockInput):
        credentials: Mem0Credentials = pin(description="Access to Mem0.")
        trigger: bool = pin(False, description="Anything, so that it runs.")
        categories: list[str] | None = pin(None, description="Only of these categories.")
        metadata_filter: dict[str, Any] | None = pin(None, description="Only what was kept with this.")
        limit_memory_to_run: bool = pin(False, description="Only what this run remembers.")
        limit_memory_to_agent: bool = pin(True, description="Only what this agent remembers.")

    class Output(BlockOutput):
        memories: Any = pin(description=f"The memories, {ITEMS_MAX} at most.")

    examples = (sample(_KEY, {}, [("memories", [_MEMORY])], said({"count": 1, "results": [_MEMORY]})),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        filters = _filters(_marks(inputs, context), inputs.categories, inputs.metadata_filter)
        yield "memories", await _all(Api(MEM0, inputs.credentials, context), filters)


class GetLatestMemory(Block):
    """Give what was remembered last."""

    id = "0f9d81b5-a145-4c23-b87f-01d6bf37b677"
    name = "GetLatestMemoryBlock"

    class Input(BlockInput):
        credentials: Mem0Credentials = pin(description="Access to Mem0.")
        trigger: bool = pin(False, description="Anything, so that it runs.")
        categories: list[str] | None = pin(None, description="Only of these categories.")
        conversation_id: str | None = pin(None, description="Only of this conversation: the run's id in Mem0.")
        metadata_filter: dict[str, Any] | None = pin(None, description="Only what was kept with this.")
        limit_memory_to_run: bool = pin(False, description="Only what this run remembers.")
        limit_memory_to_agent: bool = pin(True, description="Only what this agent remembers.")

    class Output(BlockOutput):
        memory: dict[str, Any] | None = pin(description="The memory; null: there is none.")
        found: bool = pin(description="Whether there is one.")

    examples = (
        sample(_KEY, {}, [("memory", _MEMORY), ("found", True)], said({"count": 2, "results": [_OLDER, _MEMORY]})),
        sample(_KEY, {}, [("memory", None), ("found", False)], said({"results": []}), title="There is none"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        marks = _marks(inputs, context)
        if inputs.conversation_id:
            marks["run_id"] = inputs.conversation_id
        api = Api(MEM0, inputs.credentials, context)
        found = await _all(api, _filters(marks, inputs.categories, inputs.metadata_filter))
        latest = max(found, key=lambda one: str(one.get("created_at") or ""), default=None)
        yield "memory", latest
        yield "found", latest is not None
