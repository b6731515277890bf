"""Random plans and a behaviour for their nodes: streams, joins, cycles, failures, parked steps; one link a pin."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import orjson

from tests.engine.world import Outcome
from workflows.engine.plan import Plan, PlanLink, PlanNode


def make_plan(rows: list[dict[str, Any]], links: list[tuple[int, str, int, str, bool]], **settings: Any) -> Plan:
    """Make a plan by hand: rows give a node's fields that matter, links (source, pin, sink, pin, is_static)."""
    pins: list[list[str]] = [[] for _ in rows]
    statics: list[list[int]] = [[] for _ in rows]
    routed = []
    for source, source_name, sink, sink_pin, is_static in links:
        if sink_pin not in pins[sink]:
            pins[sink].append(sink_pin)
        index = pins[sink].index(sink_pin)
        if is_static and index not in statics[sink]:
            statics[sink].append(index)
        routed.append(PlanLink(source, source_name, sink, index, is_static))
    errors = {source for source, name, *_ in links if name == "error"}
    nodes = tuple(
        PlanNode(
            id=f"n{i}",
            title=f"n{i}",
            block_name="Block",
            kind=row.get("kind", "STANDARD"),
            queue="q",
            pins=tuple(pins[i]),
            static_pins=tuple(sorted(statics[i])),
            batch_max=row.get("batch_max", 1),
            timeout_seconds=60,
            on_error=row.get("on_error", "route"),
            is_error_linked=i in errors,
            input_name=row.get("input_name"),
        )
        for i, row in enumerate(rows)
    )
    starts = tuple(i for i, node in enumerate(nodes) if not node.pins or node.kind == "INPUT")
    return Plan(
        graph_id="g",
        graph_version=1,
        agent_name="agent",
        policy=settings.get("policy", "continue"),
        executions_max=settings.get("executions_max", 100_000),
        nodes=nodes,
        links=tuple(routed),
        starts=starts,
        hash="h",
    )


def random_plan(seed: int) -> Plan:
    """Make a plan of 2 to 9 nodes: sources that emit streams, joins, a cycle that counts down, static side inputs."""
    choice = random.Random(seed)
    count = choice.randint(2, 9)
    sources = choice.randint(1, max(1, count // 2))
    links: list[tuple[int, str, int, str, bool]] = []
    rows: list[dict[str, Any]] = [{"batch_max": choice.choice([1, 1, 3, 100])} for _ in range(count)]
    for sink in range(sources, count):
        for pin in range(choice.randint(1, 3)):
            source = choice.randrange(sink)
            links.append((source, choice.choice(["a", "a", "b", "error"]), sink, f"p{pin}", False))
    singles = [i for i in range(sources) if choice.random() < 0.4]
    for sink in range(sources, count):
        if singles and choice.random() < 0.4:
            # Node 0 to sources-1 in `singles` emit once (see behave), so their static value does not race.
            links.append((choice.choice(singles), "once", sink, "side", True))
    if count > sources and choice.random() < 0.5:
        # Two links feed the cycle's pin; they cannot race, because only one value ever comes from outside.
        loop = choice.randrange(sources, count)
        links = [link for link in links if link[2] != loop or link[4]]
        links += [(choice.randrange(sources), "once", loop, "p0", False), (loop, "again", loop, "p0", False)]
    return make_plan(rows, links)


def behave(seed: int) -> Any:
    """Give a behaviour that depends on node, inputs and step only: numbers of emissions, failures and parking vary."""

    def behaviour(node: int, inputs: Mapping[str, Any], step: int) -> Outcome:
        text = orjson.dumps([seed, node, step, sorted(inputs.items())]).decode()
        choice = random.Random(text)
        value = sum(_size(item) for item in inputs.values()) % 1_000
        depth = max((_depth(item) for item in inputs.values()), default=0)
        emissions: list[tuple[str, Any]] = [("once", node)] if not inputs and step == 0 else []
        for number in range(choice.randint(0, 3 if inputs else 5)):
            emissions.append((choice.choice(["a", "a", "b"]), [node, number, value, depth]))
        if inputs and depth < 4 and choice.random() < 0.7:
            emissions.append(("again", [node, -1, value, depth + 1]))
        if choice.random() < 0.1:
            return Outcome(emissions, error=f"failed with {value}")
        return Outcome(emissions, is_parked=step < 2 and choice.random() < 0.15)

    return behaviour


def _size(item: Any) -> int:
    return sum(_size(part) for part in item) + 1 if isinstance(item, list) else (item if isinstance(item, int) else 7)


def _depth(item: Any) -> int:
    return item[3] if isinstance(item, list) and len(item) == 4 else 0
