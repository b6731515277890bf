"""Micro-benchmarks: the scheduler stepping in memory, and a block's emissions run directly; no server, no database."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from bench.stepping import stepping_rate
from bench.workloads import chain, stream
from blocks.library.iteration import StepThroughItems
from blocks.registry import Registry, discover
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.block import Block
from blocks.sdk.context import Context
from blocks.sdk.direct import run_directly
from blocks.sdk.egress import GuardedHttp
from schema.graph import Graph, parse_graph, write_graph
from workflows.engine.events import Dispatch, DispatchRegion, Event, Finished, Item, Started, Stepped
from workflows.engine.plan import Plan, compile_graph
from workflows.engine.region_flow import RegionFlow
from workflows.engine.scheduler import Scheduler

#: Seconds of the processor for which a figure of the engine is taken.
MEASURED_SECONDS = 0.5
#: What one execution of a node emits: its deliveries, by link index.
Behaviour = Callable[[Plan, int], list[list[Any]]]
#: What ours is compared with, per fused node: the engine that runs the blocks in memory, and the one that only steps.
STEPPING = "engine with its blocks, fused stream of 1,000 through 3: executions per second"
BARE = "engine, fused stream of 1,000 through 3: executions per second"


def micro() -> dict[str, float]:
    """Give {what: per second of the processor}."""
    registry = discover()
    return {
        "scheduler, chain of 500: events per second": _rate(registry, chain(500), _one_each),
        "scheduler, stream of 10,000 through 3: events per second": _rate(registry, stream(1, 3), _items(10_000)),
        "scheduler, fan-in of 10,000: events per second": _rate(registry, _fan_in(), _items(10_000)),
        STEPPING: stepping_rate(registry, stream(1_000, 3)),
        "engine, fused chain of 100: executions per second": _rate(registry, chain(100), _one_each, fuses_nodes=True),
        BARE: _rate(registry, stream(1, 3), _items(1_000), fuses_nodes=True),
        "block emissions run directly per second": _emissions(registry.get(StepThroughItems.id)),
    }


def _fan_in() -> Graph:
    """A stream of values and a single one that meet at one node: the single one is kept for all of them."""
    graph = write_graph(stream(1, 2))
    side = {"id": "side", "source_id": "n0", "source_name": "result", "sink_id": "n1", "sink_name": "b"}
    graph["links"].append(side)
    return parse_graph(graph)


def _one_each(plan: Plan, node: int) -> list[list[Any]]:
    return [[0, link, 1] for link in plan.links_from[node]]


def _items(count: int) -> Behaviour:
    def behaviour(plan: Plan, node: int) -> list[list[Any]]:
        times = count if plan.nodes[node].id == "source" else 1
        return [[sequence, link, 1] for sequence in range(times) for link in plan.links_from[node]]

    return behaviour


def _rate(registry: Registry, graph: Graph, behaviour: Behaviour, *, fuses_nodes: bool = False) -> float:
    """Drive runs to their ends as a perfect world would, for a while; give the rate of events, or of executions in regions."""
    plan = compile_graph(graph, registry.specs)
    count, began = 0, time.process_time()
    while (seconds := time.process_time() - began) < MEASURED_SECONDS:
        count += _drive(plan, behaviour, fuses_nodes)
    return count / seconds


def _drive(plan: Plan, behaviour: Behaviour, fuses_nodes: bool) -> int:
    scheduler = Scheduler(plan, fuses_nodes=fuses_nodes)
    events: deque[Event] = deque([Started({})])
    count = 0
    while events:
        event = events.popleft()
        count += not isinstance(event, Stepped)
        for command in scheduler.feed(event):
            if isinstance(command, Dispatch):
                events.extend(_finished(plan, command, item, behaviour) for item in command.items)
            elif isinstance(command, DispatchRegion):
                stepped, executions = _stepped(plan, command, behaviour)
                events.append(stepped)
                count += executions
    assert scheduler.ended is not None
    assert scheduler.ended.status == "COMPLETED"
    return count


def _finished(plan: Plan, dispatch: Dispatch, item: Item, behaviour: Behaviour) -> Finished:
    deliveries = behaviour(plan, dispatch.node)
    return Finished(item.execution, 0, _upto(deliveries), deliveries)


def _stepped(plan: Plan, command: DispatchRegion, behaviour: Behaviour) -> tuple[Stepped, int]:
    """Step through a region; give its event, and how many executions that were."""
    flow = RegionFlow(
        plan, command.region, command.part, dispatch=command.number, first=command.first, room=command.room
    )
    count = 0
    while (execution := flow.take()) is not None:
        deliveries = behaviour(plan, execution.node)
        flow.finish(execution, _upto(deliveries), deliveries)
        count += 1
    return Stepped(command.region, flow.result()), count


def _upto(deliveries: list[list[Any]]) -> int:
    return deliveries[-1][0] + 1 if deliveries else 1


def _emissions(block: type[Block]) -> float:
    context = Context(http=GuardedHttp(EgressPolicy()))
    began = time.perf_counter()
    result = asyncio.run(run_directly(block, {"items": list(range(20_000))}, context))
    seconds = time.perf_counter() - began
    assert result.error is None
    return len(result.emissions) / seconds
