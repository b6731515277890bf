"""The workloads: each as a graph of ours and as numbers for the workflow written by hand; it runs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from schema.graph import Graph, parse_graph

STORE_VALUE = "1ff065e9-88e8-4358-9d82-8dc91f622ba9"
CALCULATOR = "b1ab9b19-67a6-406d-abf5-2dba76d00c79"
COUNT_ITEMS = "3c9c2f42-b0c3-435f-ba35-05f7a25c772a"
STEP_THROUGH = "f66a3543-28d3-4ab5-8945-9b336371e2ce"
ADD_ONE = {"operation": "Add", "b": 1}


@dataclass(frozen=True)
class Workload:
    """One workload. `by_hand` is the argument of the workflow written by hand: [shape, size, depth]."""

    key: str
    title: str
    graph: Graph
    #: Node executions of one run, the same on both sides.
    nodes: int
    by_hand: list[Any]
    #: How many runs make one sample, and how many of them are under way at once.
    runs: int = 1
    at_once: int = 1
    #: Samples that count, in a full measurement and in a quick one.
    samples: int = 7
    samples_quick: int = 3

    @property
    def is_chain(self) -> bool:
        return self.by_hand[0] == "chain" and self.runs == 1


def node_of(name: str, block: str, constants: dict[str, Any]) -> dict[str, Any]:
    """Make a node of a graph's file."""
    return {"id": name, "block_id": block, "input_default": constants, "metadata": {"customized_name": name}}


def link_of(source: tuple[str, str], sink: tuple[str, str], is_static: bool = False) -> dict[str, Any]:
    """Make a link of a graph's file."""
    return {
        "id": f"{'.'.join(source)}-{'.'.join(sink)}",
        "source_id": source[0],
        "source_name": source[1],
        "sink_id": sink[0],
        "sink_name": sink[1],
        "is_static": is_static,
    }


def graph_of(name: str, nodes: list[dict[str, Any]], links: list[dict[str, Any]]) -> Graph:
    """Make a graph whose id is that of its name."""
    graph_id = str(uuid5(NAMESPACE_URL, f"drystone-bench/{name}"))
    return parse_graph({"id": graph_id, "version": 1, "name": name, "nodes": nodes, "links": links})


def chain(size: int) -> Graph:
    """StoreValue and Calculator in turn, each fed by the one before."""
    nodes, links = [node_of("n0", STORE_VALUE, {"input": 1})], []
    for i in range(1, size):
        is_store = i % 2 == 0
        nodes.append(node_of(f"n{i}", STORE_VALUE if is_store else CALCULATOR, {} if is_store else ADD_ONE))
        pin = "result" if is_store else "output"
        links.append(link_of((f"n{i - 1}", pin), (f"n{i}", "input" if is_store else "a"), is_static=not is_store))
    return graph_of(f"chain of {size}", nodes, links)


def fan_out(width: int) -> Graph:
    """One StoreValue, `width` Calculators beside one another, and a CountItems that gathers them all."""
    nodes = [node_of("source", STORE_VALUE, {"input": 1}), node_of("count", COUNT_ITEMS, {})]
    links = []
    for i in range(width):
        nodes.append(node_of(f"n{i}", CALCULATOR, ADD_ONE))
        links.append(link_of(("source", "output"), (f"n{i}", "a"), is_static=True))
        links.append(link_of((f"n{i}", "result"), ("count", f"collection_$_{i}")))
    return graph_of(f"fan-out of {width}", nodes, links)


def stream(items: int, depth: int) -> Graph:
    """A list whose items go, each by itself, through `depth` Calculators in a row."""
    nodes = [node_of("source", STEP_THROUGH, {"items": list(range(items))})]
    links = []
    source = ("source", "item")
    for i in range(depth):
        nodes.append(node_of(f"n{i}", CALCULATOR, ADD_ONE))
        links.append(link_of(source, (f"n{i}", "a")))
        source = (f"n{i}", "result")
    return graph_of(f"stream of {items}", nodes, links)


def workloads() -> list[Workload]:
    return [
        Workload("W1", "chain of 10", chain(10), 10, ["chain", 10, 0], samples=15, samples_quick=5),
        Workload("W2", "chain of 100", chain(100), 100, ["chain", 100, 0], samples=5, samples_quick=1),
        Workload("W3", "fan-out 1 -> 100 -> count", fan_out(100), 102, ["fan_out", 100, 0], samples=7),
        Workload("W4", "40 x chain of 10, 10 at once", chain(10), 10, ["chain", 10, 0], 40, 10, 5, 1),
        Workload(
            "W5", "300 items through 3 nodes", stream(300, 3), 901, ["stream", 300, 3], samples=5, samples_quick=1
        ),
    ]
