"""Blocks in GraphQL: the catalogue, with what each takes and gives, and one block run by itself; it changes no graph."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.errors import BadUserInput
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.guard import mutation, query
from api.graphql.ids import decode_id, encode_id
from api.graphql.node import Node, add_finders
from api.graphql.problems import Payload
from schema.access import Right
from schema.block import BlockSpec, Cost, Kind
from schema.errors import NotFound
from schema.values import normalize

BlockKind = strawberry.enum(Kind, name="BlockKind", description="What a node of a block is to a run.")

#: Blocks that are half a workflow: by themselves there is nothing to run.
_WHY_NOT: Final = {
    Kind.AGENT: "runs another agent",
    Kind.HUMAN: "asks a person and waits",
    Kind.WEBHOOK: "waits for a call from outside",
}


@strawberry.type(description="A value on an output pin.")
class BlockEmission:
    pin: str
    value: JSON | None


@strawberry.type(description="An input of a block and what it gives for it.")
class BlockExample:
    input: JSON
    output: list[BlockEmission]


@strawberry.type(description="What a run of a block costs, where its input matches the filter.")
class BlockCost:
    amount: int = strawberry.field(description="Credits; 100 are one dollar.")
    type: str = strawberry.field(description="RUN, BYTE, SECOND, ITEMS, COST_USD or TOKENS: what is counted.")
    filter: JSON = strawberry.field(description="A part of the input that must be so.")
    divisor: int


@strawberry.type(description="What a node does: a block with typed inputs and outputs.")
class Block(Node):
    spec: strawberry.Private[BlockSpec]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Block", self.spec.id)

    @strawberry.field(description="Its id as files have it: the `block_id` of a node. It is the same everywhere.")
    def uuid(self) -> str:
        return self.spec.id

    @strawberry.field
    def name(self) -> str:
        return self.spec.name

    @strawberry.field(description="Empty for a block that is known by name only.")
    def description(self) -> str:
        return self.spec.description

    @strawberry.field
    def categories(self) -> list[str]:
        return list(self.spec.categories)

    @strawberry.field
    def kind(self) -> BlockKind:  # type: ignore[valid-type]
        return self.spec.kind

    @strawberry.field(description="The JSON Schema of its input: a property is a pin.")
    def input_schema(self) -> JSON:
        return JSON(self.spec.input_schema)

    @strawberry.field(description="The JSON Schema of its output: a property is a pin.")
    def output_schema(self) -> JSON:
        return JSON(self.spec.output_schema)

    @strawberry.field(description="Whether links from it are static: their values are never used up.")
    def is_static(self) -> bool:
        return self.spec.static_output

    @strawberry.field(
        description="False: known by name only; nodes of it are kept, shown and exported, and do not run."
    )
    def is_installed(self) -> bool:
        return not self.spec.is_placeholder

    @strawberry.field(
        description="Why nodes of it fail on the API's machine, such as for want of a sandbox; null: they need not."
    )
    async def disabled_reason(self, info: strawberry.Info) -> str | None:
        call: Call = info.context
        return await asyncio.to_thread(call.services.registry.disabled_reason, self.spec.id)

    @strawberry.field(description="Whether it does what a person may want to be asked about first.")
    def is_sensitive(self) -> bool:
        return self.spec.is_sensitive

    @strawberry.field(description="What a run of it costs; empty: nothing.")
    def costs(self) -> list[BlockCost]:
        return [cost_of(cost) for cost in self.spec.costs]

    @strawberry.field
    def examples(self) -> list[BlockExample]:
        return [_example(example) for example in self.spec.examples]


@strawberry.type(description="A category of blocks.")
class BlockCategory:
    name: str
    count: int = strawberry.field(description="How many blocks are in it.")


@strawberry.input
class RunBlockInput:
    block_id: strawberry.ID
    input: JSON = strawberry.field(description="{pin: value}.")


@strawberry.type(description="Why a block failed.")
class BlockError:
    code: str
    message: str


@strawberry.type
class RunBlockPayload(Payload):
    emissions: list[BlockEmission] = strawberry.field(
        default_factory=list, description="What it emitted, in its order."
    )
    error: BlockError | None = strawberry.field(default=None, description="Why it failed; what came before stands.")
    seconds: float | None = strawberry.field(default=None, description="How long it took, its process included.")


def cost_of(cost: Cost) -> BlockCost:
    """Give what a run costs, as clients read it."""
    return BlockCost(amount=cost.amount, type=cost.type, filter=JSON(dict(cost.filter)), divisor=cost.divisor)


def _example(example: Mapping[str, Any]) -> BlockExample:
    return BlockExample(
        input=JSON(normalize(example["input"], "example")),
        output=[BlockEmission(pin=pin, value=normalize(value, "example")) for pin, value in example["output"]],
    )


def _spec(call: Call, given: str) -> BlockSpec:
    (block_id,) = decode_id("Block", given)
    found = call.services.registry.specs.get(block_id)
    if found is None:
        raise NotFound("There is no such Block here.")
    return found


async def _find_block(call: Call, key: list[str]) -> Block | None:
    (block_id,) = key
    spec = call.services.registry.specs.get(block_id)
    return None if spec is None else Block(spec=spec)


add_finders({"Block": (Right.READ_BLOCKS, _find_block)})


def _has_words(spec: BlockSpec, search: str) -> bool:
    """Say whether each word stands somewhere in the block's name, description or categories."""
    said = " ".join([spec.name, spec.description, *spec.categories]).casefold()
    return all(word in said for word in search.casefold().split())


@strawberry.type
class BlocksQuery:
    @query(Right.READ_BLOCKS, "The blocks by name, those that are known and not installed included.")
    async def blocks(
        self,
        info: strawberry.Info,
        search: str | None = None,
        category: str | None = None,
        is_installed: bool | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Block]:
        call: Call = info.context
        size = page_size(first)
        key = decode_cursor("blocks", after, str, str)
        found = [
            spec
            for spec in sorted(call.services.registry.specs.values(), key=_key)
            if (is_installed is None or spec.is_placeholder is not is_installed)
            and (category is None or category in spec.categories)
            and (search is None or _has_words(spec, search))
        ]

        async def count() -> int:
            return len(found)

        rows = found if key is None else [spec for spec in found if _key(spec) > (key[0], key[1])]
        return connect(
            rows[: size + 1],
            size,
            lambda spec: Block(spec=spec),
            lambda spec: encode_cursor("blocks", *_key(spec)),
            after=after,
            count=count,
        )

    @query(Right.READ_BLOCKS, "One block.")
    async def block(self, info: strawberry.Info, id: strawberry.ID) -> Block | None:
        return Block(spec=_spec(info.context, id))

    @query(Right.READ_BLOCKS, "The categories of blocks, by name.")
    async def block_categories(self, info: strawberry.Info) -> list[BlockCategory]:
        call: Call = info.context
        counted = Counter(name for spec in call.services.registry.specs.values() for name in spec.categories)
        return [BlockCategory(name=name, count=count) for name, count in sorted(counted.items())]


def _key(spec: BlockSpec) -> tuple[str, str]:
    return spec.name, spec.id


@strawberry.type
class BlocksMutation:
    @mutation(
        Right.RUN_BLOCKS,
        "Run one block by itself, without a graph, once. What needs a run around it is refused, with the reason.",
    )
    async def run_block(self, info: strawberry.Info, input: RunBlockInput) -> RunBlockPayload:
        call: Call = info.context
        spec = _spec(call, input.block_id)
        if spec.kind in _WHY_NOT:
            raise BadUserInput(f"{spec.name} {_WHY_NOT[spec.kind]}, so it runs in a graph only.", where="blockId")
        if not isinstance(input.input, dict):
            raise BadUserInput("The input is {pin: value}.", where="input")
        found = await call.services.block_processes.run(call.services.registry.get(spec.id), input.input)
        return RunBlockPayload(
            emissions=[BlockEmission(pin=pin, value=value) for pin, value in found.emissions],
            error=None if found.error is None else BlockError(**found.error),
            seconds=round(found.seconds, 3),
        )
