"""Small random agents whose every output is known beforehand: each part says what it gives for the run's input; none is run here.

An agent takes one number, `value`. Each part of it knows, for any such number, the values that it gives, the effects that it has
and what it asks the demo model: that is the reference that runs are compared with, and no run of the platform is needed for it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from blocks.library.agent import AgentExecutor
from blocks.library.branching import Condition
from blocks.library.io import AgentInput, AgentOutput
from blocks.library.iteration import StepThroughItems
from blocks.library.llm_text import AITextGenerator
from blocks.library.maths import Calculator
from blocks.library.text import FillTextTemplate
from blocks.library.time_blocks import CountdownTimer
from schema.graph import Graph
from tests.chaos.blocks import ChaosPure, ChaosSink, ChaosSlow, ChaosWitness
from tests.chaos.graphs import Sketch

Values = Callable[[int], list[Any]]

#: The longest stream that a part takes up: two processors serve thousands of these agents in an hour.
ITEMS_MAX: Final = 5
#: What the demo model says before it repeats what it was asked (`blocks.llm.demo_texts`; written for the reference alone).
DEMO_SAYS: Final = "[demo] This text is made by the demo; no model was asked. It was asked: "


@dataclass(frozen=True)
class Known:
    """A pin, and what it gives for the run's input; `is_whole`: whole numbers, which a template shows as they are."""

    node: str
    pin: str
    values: Values
    count: int
    is_whole: bool = True
    #: Of a run's input, which is never used up: it meets each value of the other pins.
    is_static: bool = False


@dataclass
class Growing:
    """An agent in the making."""

    sketch: Sketch
    known: list[Known] = field(default_factory=list)
    #: What leaves it, by the output's name.
    given: dict[str, Values] = field(default_factory=dict)
    effects: list[Values] = field(default_factory=list)
    prompts: list[Values] = field(default_factory=list)

    @property
    def choice(self) -> random.Random:
        return self.sketch.choice

    def pick(self, *, is_whole: bool = False) -> Known:
        """Choose a stream that is short, and made of whole numbers where it must be."""
        found = [one for one in self.known if one.count <= ITEMS_MAX and (one.is_whole or not is_whole)]
        return self.choice.choice(found)

    def output(self, known: Known) -> None:
        name = f"out{len(self.given) + 1}"
        node = self.sketch.node(AgentOutput, name=name)
        self.sketch.link(known.node, known.pin, node, "value")
        self.given[name] = known.values


@dataclass(frozen=True)
class Agent:
    """An agent and its reference."""

    graph: Graph
    given: dict[str, Values]
    effects: tuple[Values, ...]
    prompts: tuple[Values, ...]

    def outputs(self, value: int) -> dict[str, list[Any]]:
        """Give what a run with this input gives, by name; a name without a value is not there."""
        found = {name: values(value) for name, values in self.given.items()}
        return {name: values for name, values in found.items() if values}

    def effect_count(self, value: int) -> int:
        return sum(len(values(value)) for values in self.effects)

    def asked(self, value: int) -> list[str]:
        """Give the prompts that the demo model is asked with."""
        return [prompt for values in self.prompts for prompt in values(value)]


Part = Callable[[Growing], Known]


def small_agent(seed: int, sink_path: str) -> Agent:
    """Make the agent of a seed: 4 to 15 nodes, over in a second or two where nothing disturbs it."""
    growing = _begin(f"long {seed}", random.Random(f"long {seed}"), sink_path)
    choice = growing.choice
    parts: list[Part] = [sink, slow, times, pure, join, race, cycle, template]
    weights = [4, 4, 2, 2, 2, 2, 1, 1]
    for part in choice.choices(parts, weights, k=choice.randint(2, 4)):
        growing.known.append(part(growing))
    for part, chance in ((child, 0.15), (model, 0.12), (timer, 0.05)):
        if choice.random() < chance:
            growing.known.append(part(growing))
    if not growing.effects:
        growing.known.append(sink(growing))
    growing.output(growing.known[-1])
    if choice.random() < 0.5:
        growing.output(growing.pick())
    return _end(growing)


def streaming_agent(seed: int, sink_path: str) -> Agent:
    """Make an agent that works for ten to fifteen seconds: a node that gives values all the while, an effect for each, and a race.
    Who freezes or dies in the middle of it, and wakes, is overtaken by another."""
    growing = _begin(f"streaming {seed}", random.Random(f"streaming {seed}"), sink_path)
    count = growing.choice.randint(20, 28)
    long = _slowly(growing, growing.known[0], count, 0.55)
    growing.known.append(long)
    growing.output(long)
    growing.output(sink(growing))
    growing.output(race(growing))
    return _end(growing)


def _begin(name: str, choice: random.Random, sink_path: str) -> Growing:
    sketch = Sketch(name, choice, sink_path, is_fused=choice.random() < 0.7)
    growing = Growing(sketch)
    node = sketch.node(AgentInput, name="value")
    growing.known.append(Known(node, "result", lambda value: [value], 1, is_static=True))
    return growing


def _end(growing: Growing) -> Agent:
    return Agent(growing.sketch.graph(), growing.given, tuple(growing.effects), tuple(growing.prompts))


def slow(growing: Growing) -> Known:
    """Some values for each of a stream, with pauses, and marks that a witness sees."""
    return _slowly(growing, growing.pick(), growing.choice.randint(1, 3), growing.choice.uniform(0.02, 0.3))


def _slowly(growing: Growing, stream: Known, count: int, pause: float) -> Known:
    sketch = growing.sketch
    node = sketch.node(ChaosSlow, count=count, pause_seconds=pause)
    sketch.link(stream.node, stream.pin, node, "value")
    witness = sketch.node(ChaosWitness)
    sketch.link(node, "mark", witness, "value")

    def values(value: int) -> list[Any]:
        return [one + number for one in stream.values(value) for number in range(count)]

    return Known(node, "item", values, count * stream.count, stream.is_whole)


def sink(growing: Growing) -> Known:
    """An effect outside for each value of a stream."""
    stream = growing.pick()
    node = growing.sketch.node(ChaosSink, path=growing.sketch.sink_path, pause_seconds=growing.choice.uniform(0.0, 0.2))
    growing.sketch.link(stream.node, stream.pin, node, "value")
    growing.effects.append(stream.values)
    return Known(node, "done", stream.values, stream.count, stream.is_whole)


def times(growing: Growing) -> Known:
    """A stream times a number."""
    stream, factor = growing.pick(), growing.choice.randint(2, 9)
    node = growing.sketch.node(Calculator, operation="Multiply", b=factor)
    growing.sketch.link(stream.node, stream.pin, node, "a")
    return Known(node, "result", lambda value: [factor * one for one in stream.values(value)], stream.count, False)


def pure(growing: Growing) -> Known:
    """Some values for each of a stream, by a pure block."""
    stream, count = growing.pick(), growing.choice.randint(1, 3)
    node = growing.sketch.node(ChaosPure, count=count)
    growing.sketch.link(stream.node, stream.pin, node, "value")

    def values(value: int) -> list[Any]:
        return [one + number for one in stream.values(value) for number in range(count)]

    return Known(node, "item", values, count * stream.count)


def join(growing: Growing) -> Known:
    """The sums of two streams, value by value; what is left of the longer one stays incomplete. A run's input goes with each."""
    one, two = growing.pick(), growing.pick()
    node = growing.sketch.node(Calculator, operation="Add")
    growing.sketch.link(one.node, one.pin, node, "a")
    growing.sketch.link(two.node, two.pin, node, "b")

    def values(value: int) -> list[Any]:
        first, second = one.values(value), two.values(value)
        if one.is_static != two.is_static:
            first, second = (first * len(second), second) if one.is_static else (first, second * len(first))
        return [a + b for a, b in zip(first, second, strict=False)]

    return Known(node, "result", values, max(one.count, two.count), False)


def race(growing: Growing) -> Known:
    """Numbers of which each takes as long as it is large: what begins later ends earlier, and must not be handed on earlier."""
    sketch = growing.sketch
    numbers = growing.choice.sample(range(1, 13), k=growing.choice.randint(3, ITEMS_MAX))
    steps = sketch.node(StepThroughItems, items=numbers)
    pause = sketch.node(Calculator, operation="Divide", b=40)
    node = sketch.node(ChaosSlow, count=1)
    sketch.link(steps, "item", pause, "a")
    sketch.link(steps, "item", node, "value")
    sketch.link(pause, "result", node, "pause_seconds")
    return Known(node, "item", lambda _value: list(numbers), len(numbers))


def cycle(growing: Growing) -> Known:
    """A countdown: one value from outside, the others from the loop itself."""
    sketch, first = growing.sketch, growing.choice.randint(2, ITEMS_MAX)
    start = sketch.node(ChaosSlow, value=first, count=1, pause_seconds=0.02)
    test = sketch.node(Condition, operator=">", value2=0)
    less = sketch.node(Calculator, operation="Subtract", b=1)
    sketch.link(start, "item", test, "value1")
    sketch.link(test, "yes_output", less, "a")
    sketch.link(less, "result", test, "value1")
    return Known(less, "result", lambda _value: list(range(first - 1, -1, -1)), first, False)


def template(growing: Growing) -> Known:
    """Text made of a stream, at times so long that a handle stands for it. The stream itself goes on."""
    stream = growing.pick(is_whole=True)
    padding = "-" * growing.choice.choice([0, 0, 1_500, 70_000])
    node = growing.sketch.node(FillTextTemplate, format=f"value {{{{ x }}}}{padding}", values={"y": 1})
    growing.sketch.link(stream.node, stream.pin, node, "values_#_x")
    texts = lambda value: [f"value {one}{padding}" for one in stream.values(value)]  # noqa: E731
    growing.output(Known(node, "output", texts, stream.count, False))
    return stream


def model(growing: Growing) -> Known:
    """The demo model, asked about each value of a stream: each answer is a row that is paid once. The stream itself goes on."""
    stream = growing.pick(is_whole=True)
    node = growing.sketch.node(FillTextTemplate, format="say {{ x }}", values={"y": 1})
    growing.sketch.link(stream.node, stream.pin, node, "values_#_x")
    asking = growing.sketch.node(AITextGenerator)
    growing.sketch.link(node, "output", asking, "prompt")
    prompts = lambda value: [f"say {one}" for one in stream.values(value)]  # noqa: E731
    growing.prompts.append(prompts)
    answers = lambda value: [f"{DEMO_SAYS}{prompt}" for prompt in prompts(value)]  # noqa: E731
    growing.output(Known(asking, "response", answers, stream.count, False))
    return stream


def timer(growing: Growing) -> Known:
    """A number that comes after a second."""
    message = growing.choice.randint(1, 99)
    node = growing.sketch.node(CountdownTimer, input_message=message, seconds=1, repeat=1)
    return Known(node, "output_message", lambda _value: [message], 1)


def child(growing: Growing) -> Known:
    """An agent for each value of a stream: it gives the value and the next, and has an effect for both."""
    sketch = growing.sketch
    stream = min((growing.pick() for _ in range(3)), key=lambda one: one.count)
    inner = Sketch(f"{sketch.name} child {len(sketch.children)}", growing.choice, sketch.sink_path, sketch.is_fused)
    given = inner.node(AgentInput, name="x")
    slowly = inner.node(ChaosSlow, count=2, pause_seconds=0.05)
    effect = inner.node(ChaosSink, path=sketch.sink_path)
    out = inner.node(AgentOutput, name="out1")
    inner.link(given, "result", slowly, "value")
    inner.link(slowly, "item", effect, "value")
    inner.link(effect, "done", out, "value")
    graph = inner.graph()
    sketch.children.append(graph)
    node = sketch.node(
        AgentExecutor,
        graph_id=graph.id,
        graph_version=graph.version,
        input_schema={"type": "object", "properties": {"x": {"title": "x"}}, "required": ["x"]},
        output_schema={"type": "object", "properties": {"out1": {"title": "out1"}}},
    )
    sketch.link(stream.node, stream.pin, node, "x")

    def values(value: int) -> list[Any]:
        return [one + number for one in stream.values(value) for number in range(2)]

    growing.effects.append(values)
    return Known(node, "out1", values, 2 * stream.count, stream.is_whole)
