"""A region stepped through in memory, with blocks that say that they are pure and are not what a pure block should be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import orjson
import pytest

from activities import region_run
from activities.region_members import Members
from activities.region_run import Bounds, RegionRun
from activities.tools import CompiledPlan, Tools
from blocks.library.io import AgentInput, AgentOutput
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.egress import EgressPolicy, GuardedHttp
from schema.db.values import ValueStore
from schema.ids import LOCAL_TENANT
from schema.limits import LIMITS
from tests.durable.blocks import block_id
from tests.durable.graphs import NodeRow, an_input, an_output, make_graph
from workflows.engine.events import Command, DispatchRegion, Started, Stepped
from workflows.engine.plan import compile_graph
from workflows.engine.region_flow import RegionFlow, RegionUnfit
from workflows.engine.scheduler import Scheduler

WIDE = Bounds(seconds=60, executions=10_000, bytes=10**9, patience=5)

#: What is small is kept without a store.
NO_TOOLS = cast(Tools, SimpleNamespace(values=ValueStore(cast(Any, None), cast(Any, None))))


class Chatty(Block):
    """Give so many texts of so many bytes; at its end, wait for ever where it is told to."""

    id = block_id("chatty")
    name = "ChattyBlock"
    is_pure = True
    said: ClassVar[int] = 0

    class Input(BlockInput):
        count: int = pin(description="How many.")
        size: int = pin(1, description="Bytes of each.")
        lingers: bool = pin(False, description="Whether it does not end.")

    class Output(BlockOutput):
        text: str = pin(description="A text.")

    examples = (Example(input={"count": 1}, output=[("text", ".")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        try:
            for _ in range(inputs.count):
                Chatty.said += 1
                yield "text", "." * inputs.size
        finally:
            if inputs.lingers:
                await asyncio.Event().wait()


class Greedy(Block):
    """Add what it is given to a list that is its constant, and give how long that is."""

    id = block_id("greedy")
    name = "GreedyBlock"
    is_pure = True

    class Input(BlockInput):
        value: Any = pin(description="The value.")
        seen: Any = pin(description="A list.")

    class Output(BlockOutput):
        count: int = pin(description="The list's length.")

    examples = (Example(input={"value": 1, "seen": []}, output=[("count", 1)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        inputs.seen.append(inputs.value)
        yield "count", len(inputs.seen)


BLOCKS = (AgentInput, AgentOutput, Chatty, Greedy)


@dataclass
class Region:
    """A graph that is one region, and the run's state."""

    nodes: dict[str, NodeRow]
    links: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.graph = make_graph(self.nodes, self.links)
        self.blocks = {block.id: block for block in BLOCKS}
        self.plan = compile_graph(self.graph, {id: block.spec for id, block in self.blocks.items()})
        assert len(self.plan.regions) == 1
        self.scheduler = Scheduler(self.plan)

    def start(self, **inputs: Any) -> DispatchRegion:
        return only(self.scheduler.feed(Started({name: [0, 0, -1, value] for name, value in inputs.items()})))

    async def dispatched(self, command: DispatchRegion, bounds: Bounds = WIDE) -> RegionRun:
        part = orjson.loads(orjson.dumps(command.part))
        flow = RegionFlow(
            self.plan,
            command.region,
            part,
            dispatch=command.number,
            first=command.first,
            room=command.room,
            numbers=command.numbers,
        )
        by_id = {node.id: node for node in self.graph.nodes}
        nodes = tuple(by_id[node.id] for node in self.plan.nodes)
        compiled = CompiledPlan(self.plan, self.graph, nodes, tuple(self.blocks[node.block_id] for node in nodes))
        members = await Members(NO_TOOLS).of(LOCAL_TENANT, compiled, 0)
        context = Context(http=GuardedHttp(EgressPolicy()))
        return RegionRun(flow, members, context, bounds, masks={}, fence=1)


def only(commands: Sequence[Command]) -> DispatchRegion:
    (command,) = commands
    assert isinstance(command, DispatchRegion)
    return command


def chatty(**constants: Any) -> Region:
    return Region({"chatty": (Chatty, constants)})


async def test_where_a_block_cannot_be_ended_the_region_gives_up_and_no_execution_is_left_to_nobody() -> None:
    region = chatty(count=200, lingers=True)
    run = await region.dispatched(region.start(), replace(WIDE, executions=0))
    stepping = asyncio.create_task(run.step())
    while not run.is_over:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    stepping.cancel()
    await asyncio.gather(stepping, return_exceptions=True)
    assert not run.is_running
    await run.close()
    with pytest.raises(RegionUnfit):
        run.flow.result()


@pytest.mark.parametrize(("count", "size", "at_once"), [(50_000, 1, 64), (1_000, 100_000, 10)])
async def test_what_no_link_takes_meets_the_bounds_too(count: int, size: int, at_once: int) -> None:
    region, before = chatty(count=count, size=size), Chatty.said
    run = await region.dispatched(region.start(), replace(WIDE, executions=0, bytes=5_000_000))
    await run.step()
    assert Chatty.said - before == at_once
    result = run.flow.result()
    (again,) = region.scheduler.feed(Stepped(0, orjson.loads(orjson.dumps(result))))
    assert isinstance(again, DispatchRegion)
    assert region.scheduler.open[1].received == Chatty.said - before
    assert again.is_long


async def test_a_list_that_a_block_changes_is_its_own_though_it_is_a_constant() -> None:
    nodes = {"in": an_input("x"), "greedy": (Greedy, {"seen": [1, 2]}), "again": (Greedy, {"seen": []})}
    links = ["in.result -> greedy.value", "greedy.count -> again.value"]
    region = Region({**nodes, "out": an_output()}, [*links, "greedy.count -> out.value"])
    given = []
    for _ in range(2):
        region.scheduler = Scheduler(region.plan)
        run = await region.dispatched(region.start(x=5))
        await run.step()
        given.append([row[2].json for row in run.rows.outputs])
    assert given == [["3"], ["3"]]


async def test_an_input_that_can_be_made_to_fit_and_cannot_be_kept_fails_its_node() -> None:
    region = Region({"in": an_input("x"), "chatty": Chatty}, ["in.result -> chatty.count"])
    run = await region.dispatched(region.start(x="1e300"))
    await run.step()
    assert list(zip(run.rows.node_ids, run.rows.statuses, strict=True)) == [("in", "COMPLETED"), ("chatty", "FAILED")]
    assert orjson.loads(run.rows.errors[1] or "")["code"] == "INVALID_VALUE"
    assert orjson.loads(run.rows.inputs[1]) == {"count": {"value": "1e300"}}


async def test_one_that_emitted_all_that_it_may_goes_on_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(region_run, "LIMITS", replace(LIMITS, execution_emissions_max=10))
    region = chatty(count=11)
    run = await region.dispatched(region.start())
    await run.step()
    region.scheduler.feed(Stepped(0, run.flow.result()))
    execution = region.scheduler.open[1]
    assert (execution.received, execution.is_alone) == (10, True)
