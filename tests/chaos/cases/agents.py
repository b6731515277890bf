"""The agents of the cases: each gives what its inputs say, whoever finishes first, so what must come out is known."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID, uuid5

from blocks.library.events import WaitForEvent
from schema.graph import Graph
from tests.chaos.blocks import ChaosAsk, ChaosCountDown, ChaosFlaky, ChaosListen, ChaosSink, ChaosSlow
from tests.chaos.cases.world import World
from tests.durable.graphs import an_agent, an_input, an_output, make_graph

_SPACE = UUID("c4a05000-0000-4000-8000-0000000000ca")


def _id(name: str) -> str:
    return str(uuid5(_SPACE, name))


@cache
def working(path: str, items: int = 3, pause_seconds: float = 0.3, crash: str = "") -> Graph:
    """Give an agent that gives `value`, `value` + 1, ...: each by a slow step and by an effect outside."""
    nodes: dict[str, Any] = {
        "in": an_input("value"),
        "slow": (ChaosSlow, {"count": items, "pause_seconds": pause_seconds}),
        "sink": (ChaosSink, {"path": path, "pause_seconds": pause_seconds, "crash": crash}),
        "out": an_output(),
    }
    links = ["in.result -> slow.value", "slow.item -> sink.value", "sink.done -> out.value"]
    named = f"working {items} {pause_seconds} {crash}"
    return make_graph(nodes, links, id=_id(named), name=named, on_node_error="fail")


@cache
def listening(path: str, event: str = "go", seconds: float | None = None) -> Graph:
    """Give an agent that waits for an event, and has an effect when it came."""
    nodes: dict[str, Any] = {
        "listen": (ChaosListen, {"event": event, "seconds": seconds}),
        "sink": (ChaosSink, {"path": path, "pause_seconds": 0.05}),
        "out": an_output(),
    }
    links = ["listen.payload -> sink.value", "sink.done -> out.value"]
    return make_graph(nodes, links, id=_id(f"listening {event} {seconds}"), name="listening", on_node_error="fail")


@cache
def hearing(path: str) -> Graph:
    """Give an agent that waits for one event three times over, and gives what came the first time, then, and last."""
    wait = {"event_name": "go"}
    nodes: dict[str, Any] = {
        "one": (WaitForEvent, wait),
        "two": (WaitForEvent, wait),
        "three": (WaitForEvent, wait),
        "sink": (ChaosSink, {"path": path, "pause_seconds": 0.05}),
        "first": an_output("first"),
        "then": an_output("then"),
        "last": an_output("last"),
    }
    links = [
        "one.payload -> two.trigger",
        "one.payload -> first.value",
        "two.payload -> three.trigger",
        "two.payload -> then.value",
        "three.payload -> sink.value",
        "sink.done -> last.value",
    ]
    return make_graph(nodes, links, id=_id("hearing"), name="hearing", on_node_error="fail")


@cache
def counting_down(limit: int | None = None) -> Graph:
    """Give an agent that counts its input down, an execution for each number, beside a node that waits for an event, and
    then for another, which may have come long before."""
    nodes: dict[str, Any] = {
        "in": an_input("start"),
        "count": ChaosCountDown,
        "out": an_output(),
        "listen": (ChaosListen, {"event": "end"}),
        "heard": an_output("heard"),
        "early": (WaitForEvent, {"event_name": "early"}),
        "kept": an_output("kept"),
    }
    links = [
        "in.result -> count.number",
        "count.again -> count.number",
        "count.done -> out.value",
        "listen.payload -> heard.value",
        "listen.payload -> early.trigger",
        "early.payload -> kept.value",
    ]
    more = {} if limit is None else {"max_node_executions": limit}
    return make_graph(nodes, links, id=_id(f"counting down {limit}"), name="counting down", **more)


@cache
def echoing(path: str) -> Graph:
    """Give an agent that gives its input `topic` on, by an effect outside."""
    nodes: dict[str, Any] = {
        "in": an_input("topic"),
        "sink": (ChaosSink, {"path": path}),
        "out": an_output(),
    }
    links = ["in.result -> sink.value", "sink.done -> out.value"]
    return make_graph(nodes, links, id=_id("echoing"), name="echoing", on_node_error="fail")


@cache
def asking(path: str) -> Graph:
    """Give an agent that asks a person, and has one effect for either decision, while it counts its input down."""
    nodes: dict[str, Any] = {
        "in": an_input("start"),
        "count": ChaosCountDown,
        "ask": (ChaosAsk, {"data": "the answer"}),
        "yes": (ChaosSink, {"path": path}),
        "no": (ChaosSink, {"path": path}),
        "approved": an_output("approved"),
        "rejected": an_output("rejected"),
    }
    links = [
        "in.result -> count.number",
        "count.again -> count.number",
        "ask.approved -> yes.value",
        "ask.rejected -> no.value",
        "yes.done -> approved.value",
        "no.done -> rejected.value",
    ]
    return make_graph(nodes, links, id=_id("asking"), name="asking", on_node_error="fail")


@cache
def endless(limit: int) -> Graph:
    """Give an agent that goes round in a circle for ever."""
    nodes: dict[str, Any] = {"in": an_input("value"), "slow": (ChaosSlow, {"count": 1}), "out": an_output()}
    links = ["in.result -> slow.value", "slow.item -> slow.value"]
    return make_graph(nodes, links, id=_id(f"endless {limit}"), name="endless", max_node_executions=limit)


def mutual() -> tuple[Graph, Graph]:
    """Give two agents that run each other."""
    one = make_graph({"agent": an_agent(make_graph({}))}, id=_id("mutual one"), name="one", on_node_error="fail")
    two = make_graph({"agent": an_agent(one)}, id=_id("mutual two"), name="two", on_node_error="fail")
    one.nodes[0].input_default["graph_id"] = two.id
    return one, two


@cache
def parent(path: str) -> Graph:
    """Give an agent whose one node runs an agent that works for long."""
    child = working(path, items=6, pause_seconds=1.0)
    nodes: dict[str, Any] = {
        "in": an_input("value"),
        "child": an_agent(child, pins=("value",)),
        "out": an_output(),
    }
    links = ["in.result -> child.value", "child.out -> out.value"]
    return make_graph(nodes, links, id=_id("parent"), name="parent", sub_graphs=[child.model_dump()])


@cache
def flaky(path: str) -> Graph:
    """Give an agent whose node fails, and is tried again after half a minute."""
    nodes: dict[str, Any] = {
        "flaky": (ChaosFlaky, {}, {"retry": {"attempts": 5, "first_wait_seconds": 30}}),
        "sink": (ChaosSink, {"path": path}),
    }
    return make_graph(nodes, ["flaky.value -> sink.value"], id=_id("flaky"), name="flaky", on_node_error="fail")


async def work(world: World, value: int, items: int = 3, pause_seconds: float = 0.3) -> UUID:
    """Begin a run that gives `value`, `value` + 1, ... on `out`."""
    graph = working(str(world.sink), items, pause_seconds)
    return await world.start(graph, {"value": value}, outputs={"out": [value + n for n in range(items)]})
