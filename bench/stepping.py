"""The engine stepping through a region in memory with its blocks, as an activity does it, and no database; no server is asked."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import orjson

from activities.region_members import Member, routes_of
from activities.region_run import Bounds, RegionRun
from blocks.registry import Registry
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.context import Context
from blocks.sdk.egress import GuardedHttp
from schema.block import Kind
from schema.graph import Graph, Node
from workflows.engine.events import DispatchRegion, Started
from workflows.engine.plan import Plan, compile_graph
from workflows.engine.region_flow import RegionFlow
from workflows.engine.scheduler import Scheduler

#: Further than the region goes.
NO_BOUND: Final = Bounds(seconds=60.0, executions=1_000_000, bytes=1_000_000_000, patience=5.0)
MEASURED_SECONDS: Final = 1.0


def stepping_rate(registry: Registry, graph: Graph) -> float:
    """Give how many executions a second of processor a region of pure nodes takes: prepared, run, encoded and handed on."""
    plan = compile_graph(graph, registry.specs)
    nodes = {node.id: node for node in graph.nodes}
    members = {index: _member(registry, plan, index, nodes[plan.nodes[index].id]) for index in plan.regions[0]}
    asyncio.run(_step(plan, members))
    count, began = 0, time.process_time()
    while (seconds := time.process_time() - began) < MEASURED_SECONDS:
        count += asyncio.run(_step(plan, members))
    return count / seconds


def _member(registry: Registry, plan: Plan, index: int, node: Node) -> Member:
    block = registry.get(node.block_id)
    return Member(
        index=index,
        node=plan.nodes[index],
        block=block,
        spec=block.spec,
        ids=(node.id, node.block_id),
        constants=node.input_default,
        texts={pin: f'{{"value":{orjson.dumps(value).decode()}}}' for pin, value in node.input_default.items()},
        is_output=block.spec.kind is Kind.OUTPUT,
        attempts=0,
        has_secrets=False,
        routes=routes_of(plan, index, block.spec),
    )


async def _step(plan: Plan, members: dict[int, Member]) -> int:
    """Step through the region once; give how many executions that were."""
    (command,) = Scheduler(plan).feed(Started({}))
    assert isinstance(command, DispatchRegion)
    flow = RegionFlow(plan, command.region, command.part, dispatch=1, first=command.first, room=command.room)
    context = Context(http=GuardedHttp(EgressPolicy()))
    run = RegionRun(flow, members, context, NO_BOUND, masks={}, fence=1)
    await run.step()
    assert flow.is_clean
    return flow.executions
