"""Micro-benchmarks: the scheduler stepping in memory, and a block's emissions run directly; no server, no database."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from bench.workloads import chain, stream
from blocks.library.iteration import StepThroughItems
from blocks.registry import Registry, discover
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.block import Block
from blocks.sdk.context import Context
from blocks.sdk.direct import run_directly
from blocks.sdk.egress import GuardedHttp
from schema.graph import Graph, parse_graph, write_graph
from workflows.engine.events import Dispatch, Event, Finished, Item, Started
from workflows.engine.plan import Plan, compile_graph
from workflows.engine.scheduler import Scheduler

#: What one execution of a node emits: its deliveries, by link index.
Behaviour = Callable[[Plan, int, Item], list[list[Any]]]


def micro() -> dict[str, float]:
    """Give {what: per second}."""
    registry = discover()
    return {
        "scheduler, chain of 500: events per second": _scheduler(registry, chain(500), _one_each),
        "scheduler, stream of 10,000 through 3: events per second": _scheduler(registry, stream(1, 3), _ten_thousand),
        "scheduler, fan-in of 10,000: events per second": _scheduler(registry, _fan_in(), _ten_thousand),
        "block emissions run directly per second": _emissions(registry.get(StepThroughItems.id)),
    }


def _fan_in() -> Graph:
    """A stream of values and a single one that meet at one node: the single one is kept for all of them."""
    graph = write_graph(stream(1, 2))
    side = {"id": "side", "source_id": "n0", "source_name": "result", "sink_id": "n1", "sink_name": "b"}
    graph["links"].append(side)
    return parse_graph(graph)


def _one_each(plan: Plan, node: int, item: Item) -> list[list[Any]]:
    return [[0, link, 1] for link in plan.links_from[node]]


def _ten_thousand(plan: Plan, node: int, item: Item) -> list[list[Any]]:
    times = 10_000 if plan.nodes[node].id == "source" else 1
    return [[sequence, link, 1] for sequence in range(times) for link in plan.links_from[node]]


def _scheduler(registry: Registry, graph: Graph, behaviour: Behaviour) -> float:
    """Drive a run to its end as a perfect world would; give the rate of events."""
    plan = compile_graph(graph, registry.specs)
    scheduler = Scheduler(plan)
    events: deque[Event] = deque([Started({})])
    count = 0
    began = time.perf_counter()
    while events:
        count += 1
        for command in scheduler.feed(events.popleft()):
            if isinstance(command, Dispatch):
                events.extend(_finished(plan, command, item, behaviour) for item in command.items)
    seconds = time.perf_counter() - began
    assert scheduler.ended is not None
    assert scheduler.ended.status == "COMPLETED"
    return count / seconds


def _finished(plan: Plan, dispatch: Dispatch, item: Item, behaviour: Behaviour) -> Finished:
    deliveries = behaviour(plan, dispatch.node, item)
    upto = deliveries[-1][0] + 1 if deliveries else 1
    return Finished(item.execution, 0, upto, deliveries)


def _emissions(block: type[Block]) -> float:
    context = Context(http=GuardedHttp(EgressPolicy()))
    began = time.perf_counter()
    result = asyncio.run(run_directly(block, {"items": list(range(20_000))}, context))
    seconds = time.perf_counter() - began
    assert result.error is None
    return len(result.emissions) / seconds
