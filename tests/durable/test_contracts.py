"""Blocks that change or go while a run waits: its node is held in words, nothing else is, and each answer does what it says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from activities import nodes as node_activities
from blocks.registry import Registry, library_blocks, read_catalogue
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin
from schema.db.runs import Run
from schema.errors import InvalidGraph
from tests.durable.blocks import CALLS, TEST_BLOCKS, Listen, Pass
from tests.durable.credential_blocks import CREDENTIAL_BLOCKS
from tests.durable.graphs import an_output, make_graph
from tests.durable.platform import Platform, executions_of
from tests.durable.test_both_ways import parked
from tests.durable.test_orders import give, halts
from tests.durable.waiting import eventually


class OtherPass(Block):
    """Pass, as a later version of its package has it: it takes `thing` in place of `value`, and gives `thing`, too."""

    id = Pass.id
    name = Pass.name

    class Input(BlockInput):
        thing: Any = pin(description="The value.")
        key: str = pin("pass", description="Counted under this.")

    class Output(BlockOutput):
        thing: Any = pin(description="The value.")

    examples = (Example(input={"thing": 1}, output=[("thing", 1)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        CALLS[inputs.key] += 1
        yield "thing", inputs.thing


class WordierPass(Block):
    """Pass, with other texts for people: nothing that a run could notice."""

    id = Pass.id
    name = Pass.name

    class Input(BlockInput):
        value: Any = pin(description="Whatever it is.")
        key: str = pin("pass", description="The counter's name.")

    class Output(BlockOutput):
        value: Any = pin(description="The same.")

    examples = (Example(input={"value": 1}, output=[("value", 1)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "value", inputs.value


@asynccontextmanager
async def having(platform: Platform, *instead: type[Block]) -> AsyncIterator[None]:
    """Have workers without Pass, or with another in its place, inside the block."""
    tools, own = platform.tools, platform.tools.registry
    blocks = [block for block in (*library_blocks(), *TEST_BLOCKS, *CREDENTIAL_BLOCKS) if block.id != Pass.id]
    tools.registry = platform.registry = Registry([*blocks, *instead], read_catalogue())
    tools._plans.clear()
    try:
        yield
    finally:
        tools.registry = platform.registry = own
        tools._plans.clear()


def a_graph(key: str):
    nodes = {
        "l": (Listen, {"event": "go"}),
        "pass": (Pass, {"key": key}),
        "out": an_output(),
        "heard": an_output("heard"),
    }
    return make_graph(
        nodes, ["l.payload -> pass.value", "pass.value -> out.value", "l.payload -> heard.value"], on_node_error="fail"
    )


async def held(platform: Platform, run: Run) -> Any:
    """Wake the run and wait until it is held; give the halt."""
    await platform.handle(run).signal("event", {"name": "go", "payload": 7})
    await platform.until(run, "PAUSED", seconds=30)
    (halt,) = await halts(platform, run)
    return halt


async def execution_of(platform: Platform, run: Run) -> int:
    (node,) = executions_of(await platform.record(run), "pass")
    assert node["status"] == "PAUSED"
    return int(node["execution"])


async def test_a_removed_block_holds_its_node_only_and_new_runs_are_refused_by_its_name(platform: Platform):
    graph = a_graph("removed")
    run = await parked(platform, graph)
    async with having(platform):
        halt = await held(platform, run)
        assert (halt.kind, halt.code, halt.node_id) == ("contract", "BLOCK_UNKNOWN", "pass")
        assert "PassBlock" in halt.message
        assert (await platform.record(run))["outputs"] == {"heard": [7]}
        with pytest.raises(InvalidGraph, match=Pass.id):
            await platform.submit(graph)
    await give(platform, run, "retry", execution=await execution_of(platform, run))
    assert (await platform.end_of(run))["outputs"] == {"heard": [7], "out": [7]}


async def test_a_node_whose_block_is_gone_is_skipped_with_outputs(platform: Platform, monkeypatch):
    monkeypatch.setattr(node_activities, "MISSING_BLOCK_TRIES", 1)
    run = await parked(platform, a_graph("gone"))
    async with having(platform):
        await held(platform, run)
        await give(platform, run, "skip", {"value": ["given"]}, execution=await execution_of(platform, run))
        record = await platform.end_of(run)
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"heard": [7], "out": ["given"]})


async def test_a_block_that_comes_with_the_next_worker_is_waited_for(platform: Platform, monkeypatch):
    """As when versions of the platform take turns: the node is tried on other workers before it is held."""
    monkeypatch.setattr(node_activities, "MISSING_BLOCK_TRIES", 50)
    run = await parked(platform, a_graph("turns"))
    async with having(platform):
        await platform.handle(run).signal("event", {"name": "go", "payload": 7})

        async def is_tried() -> bool:
            pending = (await platform.describe(run)).raw_description.pending_activities
            return any(one.attempt > 1 for one in pending)

        await eventually(is_tried)
        assert await halts(platform, run) == []
    assert (await platform.end_of(run))["outputs"] == {"heard": [7], "out": [7]}


async def test_a_changed_block_holds_its_node_and_names_the_pins_that_the_node_uses(platform: Platform):
    run = await parked(platform, a_graph("changed"))
    async with having(platform, OtherPass):
        halt = await held(platform, run)
        assert (halt.kind, halt.code) == ("contract", "CONTRACT_CHANGED")
        for said in ("does not take 'value' any more", "does not give 'value' any more", "needs 'thing' now"):
            assert said in halt.message
        assert CALLS["changed"] == 0
        await give(platform, run, "edit", {"thing": 8}, execution=await execution_of(platform, run))
        record = await platform.end_of(run)
    (node,) = executions_of(record, "pass")
    assert (node["status"], node["output_data"]) == ("COMPLETED", {"thing": [8]})


async def test_a_changed_block_that_is_let_fail_fails_with_that_reason(platform: Platform):
    run = await parked(platform, a_graph("let fail"))
    async with having(platform, OtherPass):
        await held(platform, run)
        await give(platform, run, "fail", execution=await execution_of(platform, run))
        record = await platform.end_of(run)
    (node,) = executions_of(record, "pass")
    assert (record["status"], node["error"]["code"]) == ("FAILED", "CONTRACT_CHANGED")


async def test_texts_that_people_read_are_no_contract(platform: Platform):
    run = await parked(platform, a_graph("texts"))
    async with having(platform, WordierPass):
        await platform.handle(run).signal("event", {"name": "go", "payload": 7})
        assert (await platform.end_of(run))["outputs"] == {"heard": [7], "out": [7]}


async def test_a_run_goes_on_with_the_version_that_it_began_with_when_its_agent_is_edited(platform: Platform):
    graph = a_graph("edited, waits")
    run = await parked(platform, graph)
    edited = make_graph({"out": an_output(), "pass": (Pass, {"value": 1})}, ["pass.value -> out.value"], id=graph.id)
    later = await platform.run(edited)
    await platform.handle(run).signal("event", {"name": "go", "payload": 7})
    record = await platform.end_of(run)
    assert (later["outputs"], record["outputs"]) == ({"out": [1]}, {"heard": [7], "out": [7]})
    assert later["graph_version"] > record["graph_version"]
