"""Random agents from a seed: streams, joins, cycles, static side inputs, children, timers; the same seed, the same agent.

What an agent gives depends on its graph and inputs only, never on who finishes first: each pin has one link, except a cycle's,
which gets one value from outside. Marks and effects (`VOLATILE`) are the exception, and nothing that is compared is made of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid5

from blocks.library.agent import AgentExecutor
from blocks.library.basic import StoreValue
from blocks.library.branching import Condition
from blocks.library.io import AgentInput, AgentOutput
from blocks.library.iteration import StepThroughItems
from blocks.library.maths import Calculator
from blocks.library.text import FillTextTemplate
from blocks.library.time_blocks import CountdownTimer
from blocks.sdk import Block
from schema.graph import Graph, Link, Node
from tests.chaos.blocks import ChaosPure, ChaosSink, ChaosSlow, ChaosWitness

CHAOS: Final = UUID("c4a05000-0000-4000-8000-000000000000")
#: Pins of which no two runs give the same.
VOLATILE: Final = frozenset({"mark", "effect"})
#: The longest stream; joins and templates of it stay a few dozen executions.
ITEMS_MAX: Final = 6


@dataclass(frozen=True)
class Stream:
    """A pin that gives `count` numbers."""

    node: str
    pin: str
    count: int


@dataclass
class Sketch:
    """A graph in the making."""

    name: str
    choice: random.Random
    sink_path: str
    #: Whether its pure nodes run together. It is the same agent either way, node by node; only its id is another.
    is_fused: bool = True
    nodes: list[Node] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    children: list[Graph] = field(default_factory=list)
    outputs: int = 0

    def node(self, block: type[Block], **constants: Any) -> str:
        node_id = str(uuid5(CHAOS, f"{self.name}/{len(self.nodes)}"))
        title = f"{block.__name__} {len(self.nodes)}"
        self.nodes.append(
            Node(id=node_id, block_id=block.id, input_default=constants, metadata={"customized_name": title})
        )
        return node_id

    def link(self, source: str, source_pin: str, sink: str, sink_pin: str, *, is_static: bool = False) -> None:
        link_id = str(uuid5(CHAOS, f"{self.name}/link/{len(self.links)}"))
        link = Link(
            id=link_id,
            source_id=source,
            source_name=source_pin,
            sink_id=sink,
            sink_name=sink_pin,
            is_static=is_static,
        )
        self.links.append(link)

    def output(self, stream: Stream) -> None:
        self.outputs += 1
        node = self.node(AgentOutput, name=f"out{self.outputs}")
        self.link(stream.node, stream.pin, node, "value")

    def graph(self) -> Graph:
        return Graph(
            id=graph_id(self.name, is_fused=self.is_fused),
            name=self.name,
            fuses_nodes=None if self.is_fused else False,
            nodes=self.nodes,
            links=self.links,
            sub_graphs=self.children,
            on_node_error="fail",
        )


Part = Callable[[Sketch, list[Stream]], Stream]


def graph_id(name: str, *, is_fused: bool) -> str:
    return str(uuid5(CHAOS, name if is_fused else f"{name}, apart"))


def random_graph(seed: int, sink_path: str, *, is_fused: bool = True) -> Graph:
    """Make the agent of a seed. Every agent has a stream, a slow node, an effect and a region that takes several steps; the seed
    chooses the rest."""
    choice = random.Random(seed)
    sketch = Sketch(f"chaos {seed}", choice, sink_path, is_fused)
    region(sketch, random.Random(f"region {seed}"))
    streams = [items(sketch, []), slow_source(sketch, [])]
    streams.append(sink(sketch, streams))
    parts = [join, cycle, child, timer, template, side_input, slow, sum_with_store, sink]
    for part in choice.sample(parts, k=choice.randint(5, 7)):
        streams.append(part(sketch, streams))
    for stream in dict.fromkeys([streams[-1], *choice.sample(streams, k=2)]):
        sketch.output(stream)
    return sketch.graph()


def inputs_of(seed: int) -> dict[str, Any]:
    """Give the run's inputs of a seed's agent."""
    choice = random.Random(seed + 1)
    return {"numbers": [choice.randint(1, 50) for _ in range(choice.randint(2, ITEMS_MAX))]}


def region(sketch: Sketch, choice: random.Random) -> None:
    """Pure nodes that take a second or two: the first step is the engine's own, the others are a block worker's."""
    pause = choice.uniform(0.02, 0.06)
    source = sketch.node(ChaosPure, value=choice.randint(1, 99), count=choice.randint(20, 40), pause_seconds=pause)
    twice = sketch.node(Calculator, operation="Multiply", b=2)
    again = sketch.node(ChaosPure, count=choice.randint(1, 2))
    sketch.link(source, "item", twice, "a")
    sketch.link(twice, "result", again, "value")
    sketch.output(Stream(again, "item", 80))


def items(sketch: Sketch, _streams: list[Stream]) -> Stream:
    """A run input, step by step."""
    given = sketch.node(AgentInput, name="numbers")
    steps = sketch.node(StepThroughItems)
    sketch.link(given, "result", steps, "items")
    # How many there are is the seed's, but no more than this.
    return Stream(steps, "item", ITEMS_MAX)


def slow_source(sketch: Sketch, _streams: list[Stream]) -> Stream:
    """A node that gives values for a second or two, and marks that a witness sees."""
    count = sketch.choice.randint(2, 5)
    constants = {"value": sketch.choice.randint(1, 9), "count": count, "pause_seconds": sketch.choice.uniform(0.4, 1.2)}
    node = sketch.node(ChaosSlow, **constants)
    witness = sketch.node(ChaosWitness)
    sketch.link(node, "mark", witness, "value")
    return Stream(node, "item", count)


def slow(sketch: Sketch, streams: list[Stream]) -> Stream:
    """Each value of a stream, slowly."""
    stream = _pick(sketch, streams)
    node = sketch.node(ChaosSlow, count=1, pause_seconds=sketch.choice.uniform(0.5, 2.0))
    sketch.link(stream.node, stream.pin, node, "value")
    witness = sketch.node(ChaosWitness)
    sketch.link(node, "mark", witness, "value")
    return Stream(node, "item", stream.count)


def sink(sketch: Sketch, streams: list[Stream]) -> Stream:
    """An effect for each value of a stream."""
    stream = _pick(sketch, streams)
    node = sketch.node(ChaosSink, path=sketch.sink_path, pause_seconds=sketch.choice.uniform(0.1, 0.6))
    sketch.link(stream.node, stream.pin, node, "value")
    return Stream(node, "done", stream.count)


def join(sketch: Sketch, streams: list[Stream]) -> Stream:
    """The sums of two streams, value by value; what is left of the longer one stays incomplete."""
    one, two = _pick(sketch, streams), _pick(sketch, streams)
    node = sketch.node(Calculator, operation="Add")
    sketch.link(one.node, one.pin, node, "a")
    sketch.link(two.node, two.pin, node, "b")
    return Stream(node, "result", min(one.count, two.count))


def side_input(sketch: Sketch, streams: list[Stream]) -> Stream:
    """A stream times a number that another node gives once, by a static link."""
    stream = _pick(sketch, streams)
    side = sketch.node(
        ChaosSlow, value=sketch.choice.randint(2, 5), count=1, pause_seconds=sketch.choice.uniform(0.1, 0.8)
    )
    node = sketch.node(Calculator, operation="Multiply")
    sketch.link(stream.node, stream.pin, node, "a")
    sketch.link(side, "item", node, "b", is_static=True)
    return Stream(node, "result", stream.count)


def sum_with_store(sketch: Sketch, streams: list[Stream]) -> Stream:
    """A stream plus a stored number."""
    stream = _pick(sketch, streams)
    store = sketch.node(StoreValue, input="", data=sketch.choice.randint(100, 200))
    node = sketch.node(Calculator, operation="Add")
    sketch.link(stream.node, stream.pin, node, "a")
    sketch.link(store, "output", node, "b")
    return Stream(node, "result", stream.count)


def cycle(sketch: Sketch, _streams: list[Stream]) -> Stream:
    """A countdown: one value from outside, the others from the loop itself."""
    start = sketch.node(ChaosSlow, value=sketch.choice.randint(3, 8), count=1, pause_seconds=0.1)
    test = sketch.node(Condition, operator=">", value2=0)
    less = sketch.node(Calculator, operation="Subtract", b=1)
    sketch.link(start, "item", test, "value1")
    sketch.link(test, "yes_output", less, "a")
    sketch.link(less, "result", test, "value1")
    return Stream(less, "result", 8)


def timer(sketch: Sketch, _streams: list[Stream]) -> Stream:
    """A number that comes after a second or two, twice."""
    message = sketch.choice.randint(1, 99)
    node = sketch.node(CountdownTimer, input_message=message, seconds=sketch.choice.randint(1, 2), repeat=2)
    return Stream(node, "output_message", 2)


def template(sketch: Sketch, streams: list[Stream]) -> Stream:
    """Text made of a stream; sometimes so long that a handle stands for it. The stream itself goes on."""
    stream = _pick(sketch, streams)
    padding = "-" * sketch.choice.choice([0, 0, 1500, 70_000])
    node = sketch.node(FillTextTemplate, format=f"value {{{{ x }}}}{padding}", values={"y": 1})
    sketch.link(stream.node, stream.pin, node, "values_#_x")
    sketch.output(Stream(node, "output", stream.count))
    return stream


def child(sketch: Sketch, streams: list[Stream]) -> Stream:
    """An agent for each value of a stream."""
    stream = _pick(sketch, streams)
    named = f"{sketch.name} child {len(sketch.children)}"
    inner = child_graph(named, sketch.choice, sketch.sink_path, is_fused=sketch.is_fused)
    sketch.children.append(inner)
    schema = {"type": "object", "properties": {"x": {"title": "x"}}, "required": ["x"]}
    given = {"type": "object", "properties": {"out1": {"title": "out1"}}}
    node = sketch.node(
        AgentExecutor, graph_id=inner.id, graph_version=inner.version, input_schema=schema, output_schema=given
    )
    sketch.link(stream.node, stream.pin, node, "x")
    return Stream(node, "out1", 3 * stream.count)


def child_graph(name: str, choice: random.Random, sink_path: str, *, is_fused: bool) -> Graph:
    """An agent that gives two or three numbers for one, and has an effect for each."""
    sketch = Sketch(name, choice, sink_path, is_fused)
    given = sketch.node(AgentInput, name="x")
    slowly = sketch.node(ChaosSlow, count=choice.randint(2, 3), pause_seconds=choice.uniform(0.1, 0.5))
    sketch.link(given, "result", slowly, "value")
    done = sink(sketch, [Stream(slowly, "item", 3)])
    sketch.output(done)
    return sketch.graph()


def _pick(sketch: Sketch, streams: list[Stream]) -> Stream:
    """Choose a stream, a short one where there is a choice: the machine has two processors."""
    short = [stream for stream in streams if stream.count <= ITEMS_MAX]
    return sketch.choice.choice(short or streams)
