"""Regions: which nodes of a plan run together in one dispatch, and which parts of a run's state are taken out for that; pure.

A region is a set of connected nodes whose blocks are pure: deterministic, quick, without effects (found by `find_regions`
when a plan is made). Where all that is open of it is ready, its part of the state, its nodes' slots and lines and its
executions, is *taken out*: it travels to an activity, which steps through it (`workflows.engine.region_flow`) and gives back
the part as it then is, with what left the region. Meanwhile the part stands here as it was; values that arrive for it wait in
their order. A dispatch that is lost is dispatched again with the same part, under the same *step*: the ledger takes each step
of a region once, so whichever attempt was first counts (`schema.db.region_steps`).

Whatever is out of the ordinary, an operator's order, a failure that may pass, a block that is not there, is not dealt with in
a region: such an execution is put aside, and is dispatched by itself, as nodes without a region are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from workflows.engine.events import Token
from workflows.engine.execution import READY, Execution, NodeState, trim

# These constants decide what open runs do next: a change of one needs a new worker version.
#: Executions that one dispatch of a region may make: it is given so many numbers, and gives back those that it did not need. Where
#: something else was numbered meanwhile they stay unused, so a region is given few at first: people read these numbers.
REGION_NUMBERS: Final = 20_000
FEW_NUMBERS: Final = 16
#: JSON characters of a part of the state from which inline values are left to the ledger, and those above which the part does
#: not travel at all.
PART_CHARS_MAX: Final = 256_000
PART_TRIMMED_CHARS_MAX: Final = 1_000_000
PART_INLINE_CHARS_MAX: Final = 24
#: Characters of parts that are out, above which no other region goes out: a workflow task whose commands have 4 MB ends the run.
OUT_CHARS_MAX: Final = 500_000
#: What an execution, and one that waits for more, take at least: their brackets, commas, and a character a number.
EXECUTION_CHARS_MIN: Final = 50
WAITING_CHARS_MIN: Final = 8

#: How a region's step ended, in its result.
STEPPED: Final = "stepped"
UNFIT: Final = "unfit"
#: It makes more executions than it was given numbers for: nothing of it stands, and it is given more.
WIDER: Final = "wider"


def find_regions(
    count: int, links: Iterable[tuple[int, int]], is_pure: Callable[[int], bool]
) -> tuple[tuple[int, ...], ...]:
    """Give the regions of a graph of `count` nodes with these (source, sink): its pure nodes, as far as they are connected."""
    root = list(range(count))

    def find(index: int) -> int:
        while root[index] != index:
            root[index] = root[root[index]]
            index = root[index]
        return index

    for source, sink in links:
        if is_pure(source) and is_pure(sink):
            low, high = sorted((find(source), find(sink)))
            root[high] = low
    regions: dict[int, list[int]] = {}
    for index in range(count):
        if is_pure(index):
            regions.setdefault(find(index), []).append(index)
    return tuple(tuple(members) for members in regions.values())


@dataclass
class TakenOut:
    """A region whose part of the state is out. New executions get numbers from `first` on, `room` executions may begin."""

    region: int
    step: int
    first: int
    room: int
    #: How many numbers it has.
    numbers: int = REGION_NUMBERS
    #: The dispatch that has it; 0 where that was lost and it is to be dispatched again. And how many characters went with it.
    dispatch: int = 0
    chars: int = field(default=0, kw_only=True)
    #: (link, token) that came for it meanwhile, in their order.
    arrivals: list[list[Any]] = field(default_factory=list)
    #: (execution, order) of what operators said meanwhile.
    orders: list[list[Any]] = field(default_factory=list)

    def to_lists(self, inline_max: int | None) -> list[Any]:
        arrivals = [[link, trim(token, 3, inline_max)] for link, token in self.arrivals]
        return [self.region, self.step, self.first, self.room, self.numbers, arrivals, self.orders]

    @classmethod
    def from_lists(cls, row: Sequence[Any]) -> TakenOut:
        region, step, first, room, numbers, arrivals, orders = row
        return cls(
            region, step, first, room, numbers, 0, [list(one) for one in arrivals], [list(one) for one in orders]
        )


class Regions:
    """The regions of one run: which are out, and how often each was taken in."""

    def __init__(self, members: Sequence[Sequence[int]], nodes: int) -> None:
        self.members = members
        #: The region of each node; -1 for none.
        self.of_node = [-1] * nodes
        for region, indices in enumerate(members):
            for index in indices:
                self.of_node[index] = region
        self.out: dict[int, TakenOut] = {}
        self.steps = [0] * len(members)
        #: Regions whose nodes are dispatched by themselves from now on, and those whose last step was ended by a bound.
        self.unfit: set[int] = set()
        self.long: set[int] = set()
        #: Those that need many numbers.
        self.wide: set[int] = set()

    @property
    def in_flight(self) -> int:
        """Give how many are with an activity."""
        return sum(1 for one in self.out.values() if one.dispatch)

    @property
    def is_crowded(self) -> bool:
        """Say whether so much is out that no other region may go."""
        return sum(one.chars for one in self.out.values() if one.dispatch) >= OUT_CHARS_MAX

    @property
    def room(self) -> int:
        """Give how many executions those that are out may begin."""
        return sum(one.room for one in self.out.values())

    def region_of(self, node: int) -> int | None:
        """Give the region that runs a node; None where it is dispatched by itself."""
        region = self.of_node[node]
        return None if region < 0 or region in self.unfit else region

    def numbers_of(self, region: int, nodes: Sequence[NodeState]) -> int:
        """Give how many numbers a region goes out with."""
        if region in self.wide:
            return REGION_NUMBERS
        ready = sum(len(nodes[index].ready) for index in self.members[region])
        return min(REGION_NUMBERS, FEW_NUMBERS + 2 * (len(self.members[region]) + ready))

    @property
    def reserved(self) -> int:
        """Give how many numbers are out."""
        return sum(one.numbers for one in self.out.values())

    def is_out(self, node: int) -> bool:
        return self.of_node[node] in self.out

    def mark(self, region: int, *, is_long: bool) -> None:
        """Note how a step ended."""
        self.steps[region] += 1
        if is_long:
            self.long.add(region)
        else:
            self.long.discard(region)

    def part_of(
        self, region: int, nodes: Sequence[NodeState], executions: dict[int, Execution]
    ) -> tuple[list[Any], int] | None:
        """Give a region's part of the state as lists, and its characters; None where it is too large to travel."""
        members = self.members[region]
        least = least_chars(members, nodes)
        for bound, chars_max in ((None, PART_CHARS_MAX), (PART_INLINE_CHARS_MAX, PART_TRIMMED_CHARS_MAX)):
            if least > chars_max:
                continue
            part = part_lists(members, nodes, executions, bound)
            chars = len(str(part))
            if chars <= chars_max:
                return part, chars
        return None

    def to_lists(self, inline_max: int | None) -> list[Any]:
        """Give it as lists; inline values longer than the bound are left to the ledger."""
        out = [one.to_lists(inline_max) for one in self.out.values()]
        return [out, self.steps, sorted(self.unfit), sorted(self.long), sorted(self.wide)]

    def restore(self, lists: Sequence[Any]) -> None:
        """Take over what `to_lists` gave: whatever was out is to be dispatched again."""
        out, self.steps, unfit, long, wide = lists
        self.out = {row[0]: TakenOut.from_lists(row) for row in out}
        self.unfit, self.long, self.wide = set(unfit), set(long), set(wide)


def least_chars(members: Collection[int], nodes: Sequence[NodeState]) -> int:
    """Give a number of characters that a part surely has. To write one out takes a second where 100,000 executions wait, and two
    are more than a workflow may take."""
    return sum(EXECUTION_CHARS_MIN * len(nodes[i].line) + WAITING_CHARS_MIN * len(nodes[i].waiting) for i in members)


def part_lists(
    members: Collection[int], nodes: Sequence[NodeState], executions: dict[int, Execution], inline_max: int | None
) -> list[Any]:
    """Give the part of a state that belongs to these nodes: [[[node, state], ...], [execution, ...]]; inline values longer than
    the bound are left to the ledger."""
    open_ones = [executions[number] for index in members for number in nodes[index].line]
    return [
        [[index, nodes[index].to_lists(inline_max)] for index in members],
        [execution.to_lists(inline_max) for execution in open_ones],
    ]


def is_at_rest(members: Iterable[int], nodes: Sequence[NodeState], executions: dict[int, Execution]) -> bool:
    """Say whether all that is open of these nodes is ready, and nothing of it out of the ordinary."""
    return all(
        execution.state == READY and execution.is_ordinary
        for index in members
        for execution in (executions[number] for number in nodes[index].line)
    )


def trimmed(left: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Give (link, token) that left a region without the values that stand inline: the ledger has them."""
    return [[link, _place(token)] for link, token in left]


def _place(token: Token) -> Token:
    return token[:3]
