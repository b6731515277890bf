"""Random graphs, fused and apart: streams, joins, static links, failures; whatever the seed, the record is one."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from blocks.library.basic import StoreValue
from blocks.library.maths import Calculator
from tests.durable.blocks import Double, Numbers, Pass
from tests.durable.graphs import an_input, an_output
from tests.durable.platform import Platform
from tests.durable.pure_blocks import LastTime, PureFail, PureLarge, PureNumbers, PurePass
from tests.durable.twice import facts, steps_of, two_graphs

RETRY = {"retry": {"attempts": 2, "first_wait_seconds": 0.05}}


@dataclass
class Sketch:
    """A graph in the making; `numbers` and `others` are pins that may be linked on: one gives numbers, the other anything."""

    choice: random.Random
    nodes: dict[str, Any] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def node(self, row: Any, *links: tuple[str, str], arrow: str = "->") -> str:
        name = f"n{len(self.nodes)}"
        self.nodes[name] = row
        self.links += [f"{source} {arrow} {name}.{pin}" for source, pin in links]
        return name

    def number(self) -> str:
        return self.choice.choice(self.numbers)

    def any(self) -> str:
        return self.choice.choice(self.numbers + self.others)


def source(sketch: Sketch) -> None:
    block = sketch.choice.choice([PureNumbers, PureNumbers, Numbers])
    sketch.numbers.append(f"{sketch.node((block, {'count': sketch.choice.choice([1, 3, 5, 90])}))}.number")


def given(sketch: Sketch) -> None:
    sketch.numbers.append(f"{sketch.node(an_input('x'))}.result")


def double(sketch: Sketch) -> None:
    sketch.numbers.append(f"{sketch.node(Double, (sketch.number(), 'number'))}.number")


def pass_on(sketch: Sketch) -> None:
    block = sketch.choice.choice([PurePass, PurePass, Pass])
    sketch.others.append(f"{sketch.node(block, (sketch.any(), 'value'))}.value")


def join(sketch: Sketch) -> None:
    links = (sketch.number(), "a"), (sketch.number(), "b")
    sketch.numbers.append(f"{sketch.node((Calculator, {'operation': 'Add'}), *links)}.result")


def beside(sketch: Sketch) -> None:
    """A stream beside a value that comes once, and serves each."""
    once = sketch.node((sketch.choice.choice([PurePass, Pass]), {"value": sketch.choice.randint(1, 9)}))
    name = sketch.node(StoreValue, (sketch.any(), "data"))
    sketch.links.append(f"{once}.value => {name}.input")
    sketch.others.append(f"{name}.output")


def fail(sketch: Sketch) -> None:
    name = sketch.node(PureFail, (sketch.any(), "reason"))
    sketch.others += sketch.choice.sample([f"{name}.before", f"{name}.error"], k=sketch.choice.randint(1, 2))


def fail_first(sketch: Sketch) -> None:
    sketch.others.append(f"{sketch.node((LastTime, {}, RETRY), (sketch.any(), 'value'))}.value")


def large(sketch: Sketch) -> None:
    sketch.others.append(f"{sketch.node((PureLarge, {'size': sketch.choice.choice([2_000, 70_000])}))}.text")


PARTS: list[Callable[[Sketch], None]] = [
    source,
    double,
    double,
    pass_on,
    pass_on,
    join,
    beside,
    fail,
    fail_first,
    large,
]


def random_graph(seed: int) -> tuple[dict[str, Any], list[str]]:
    """Give the nodes and links of a seed."""
    sketch = Sketch(random.Random(seed))
    given(sketch)
    source(sketch)
    for part in sketch.choice.choices(PARTS, k=sketch.choice.randint(4, 9)):
        part(sketch)
    ends = sketch.choice.sample(sketch.numbers + sketch.others, k=min(3, len(sketch.numbers + sketch.others)))
    for number, end in enumerate(ends):
        sketch.node(an_output(f"out{number}"), (end, "value"))
    return sketch.nodes, sketch.links


@pytest.mark.parametrize("seed", range(6))
async def test_a_random_graph_has_one_record_fused_and_apart(platform: Platform, seed: int) -> None:
    nodes, links = random_graph(seed)
    runs = [await platform.submit(graph, {"x": seed}) for graph in two_graphs(nodes, links)]
    for run in runs:
        await platform.end_of(run, seconds=90)
    assert [await steps_of(platform, run) > 0 for run in runs] == [True, False]
    fused, apart = [await facts(platform, run) for run in runs]
    # Which of several failures was the first is a matter of time.
    fused["stats"].pop("first_error"), apart["stats"].pop("first_error")
    for part in apart:
        assert fused[part] == apart[part], part
