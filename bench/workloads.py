"""The workloads: each as a graph of ours and as the work that the other sides are told to do; it runs nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from uuid import NAMESPACE_URL, uuid5

from bench.blocks import BenchHold, BenchText
from bench.peers.speaking import Work
from schema.graph import Graph, parse_graph
from schema.limits import LIMITS

STORE_VALUE = "1ff065e9-88e8-4358-9d82-8dc91f622ba9"
CALCULATOR = "b1ab9b19-67a6-406d-abf5-2dba76d00c79"
COUNT_ITEMS = "3c9c2f42-b0c3-435f-ba35-05f7a25c772a"
STEP_THROUGH = "f66a3543-28d3-4ab5-8945-9b336371e2ce"
ADD_ONE = {"operation": "Add", "b": 1}
MEGABYTE: Final = 1_000_000

#: What a workload is judged by: the time of one run, runs a second, or node executions a second.
Unit = Literal["ms", "runs/s", "executions/s"]


@dataclass(frozen=True)
class Workload:
    """One workload: the graph that ours runs, and what the other sides do instead."""

    key: str
    title: str
    graph: Graph
    #: Node executions of one run, the same on all sides.
    nodes: int
    work: Work
    #: How many runs make one sample, and how many of them are under way at once.
    runs: int = 1
    at_once: int = 1
    #: Samples that count, in a full measurement and in a quick one.
    samples: int = 5
    samples_quick: int = 2
    unit: Unit = "ms"

    def part(self, share: float) -> Workload:
        """Give the same with fewer runs, or fewer items: for a warm-up, and for sides that would take minutes."""
        if self.unit == "runs/s":
            runs = max(1, round(self.runs * share))
            return replace(self, runs=runs, at_once=min(self.at_once, runs))
        if self.unit == "executions/s":
            return replace(items(round(self.work.size * share)), samples=self.samples, samples_quick=self.samples_quick)
        return self


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


def graph_of(name: str, nodes: list[dict[str, Any]], links: list[dict[str, Any]], **settings: Any) -> Graph:
    """Make a graph whose id is that of its name."""
    graph_id = str(uuid5(NAMESPACE_URL, f"drystone-bench/{name}"))
    return parse_graph({"id": graph_id, "version": 1, "name": name, "nodes": nodes, "links": links, **settings})


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
    # A run that is given no limit has a lower one.
    return graph_of(f"stream of {items}", nodes, links, max_node_executions=LIMITS.run_executions_max)


def texts(text_bytes: int, size: int) -> Graph:
    """A long text that is made by the first node and handed on by the others."""
    nodes, links = [node_of("n0", BenchText.id, {"size": text_bytes})], []
    for i in range(1, size):
        nodes.append(node_of(f"n{i}", STORE_VALUE, {}))
        links.append(link_of((f"n{i - 1}", "text" if i == 1 else "output"), (f"n{i}", "input"), is_static=i > 1))
    return graph_of(f"text of {text_bytes} through {size}", nodes, links)


def holding(size: int, milliseconds: int) -> Graph:
    """A chain of nodes that take time, and are no pure ones: each is an activity."""
    nodes = [node_of(f"n{i}", BenchHold.id, {"value": 1, "milliseconds": milliseconds}) for i in range(size)]
    links = [link_of((f"n{i - 1}", "value"), (f"n{i}", "value")) for i in range(1, size)]
    return graph_of(f"{size} that take {milliseconds} ms", nodes, links)


def items(count: int) -> Workload:
    """So many items through three nodes."""
    work = Work("stream", count, 3)
    graph, nodes = stream(count, 3), 3 * count + 1
    return Workload("W5", f"{count:,} items through 3 nodes", graph, nodes, work, samples=3, unit="executions/s")


def chains(key: str, size: int, samples: int, samples_quick: int) -> Workload:
    """A chain of nodes that do next to nothing."""
    return Workload(
        key, f"chain of {size}", chain(size), size, Work("chain", size), samples=samples, samples_quick=samples_quick
    )


def _long_text(key: str, megabytes: int) -> Workload:
    work = Work("chain", 10, text_bytes=megabytes * MEGABYTE)
    graph = texts(work.text_bytes, 10)
    return Workload(key, f"{megabytes} MB through 10 nodes", graph, 10, work, samples=3, samples_quick=1)


def workloads() -> list[Workload]:
    """Give what all sides do in turn."""
    many = Work("chain", 10)
    return [
        chains("W1", 10, samples=15, samples_quick=5),
        chains("W2", 100, samples=5, samples_quick=1),
        Workload("W3", "fan-out 1 -> 100 -> count", fan_out(100), 102, Work("fan_out", 100)),
        Workload("W4", "200 x chain of 10, 50 at once", chain(10), 10, many, 200, 50, 2, 1, "runs/s"),
        items(1_000),
        _long_text("W6a", 1),
        _long_text("W6b", 10),
    ]


def recovered() -> Workload:
    """Give what is interrupted by kill -9."""
    work = Work("chain", 40, node_ms=50)
    return Workload("W7", "40 nodes of 50 ms, kill -9 in the middle", holding(40, 50), 40, work, samples=1)


def single() -> Workload:
    """Give the run of one node of which thousands are queued."""
    return Workload("W8", "one node", chain(1), 1, Work("chain", 1))
