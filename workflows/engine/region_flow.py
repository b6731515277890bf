"""RegionFlow: the part of a run that was taken out for one dispatch, as whoever steps through it works with it; pure.

It is the same flow of values as the run's own. Who uses it takes an execution, runs its block, says what that emitted and how
it ended, and takes the next, until nothing is left or a bound is met: `part` is then what the run goes on with. A node's
executions run one after another; one that emits much may be left in the middle, run on what came of it first, and be gone on
with. Where the bound is met meanwhile it is *suspended*: its block, being pure, is run from its start by the next dispatch,
and what it emitted before is passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from workflows.engine.events import Delivery, Failed, Token
from workflows.engine.execution import DONE, READY, RUNNING, Execution, NodeState
from workflows.engine.flow import Flow
from workflows.engine.plan import Plan
from workflows.engine.regions import (
    PART_CHARS_MAX,
    PART_INLINE_CHARS_MAX,
    PART_TRIMMED_CHARS_MAX,
    REGION_NUMBERS,
    STEPPED,
    UNFIT,
    WIDER,
    part_lists,
    trimmed,
)


class RegionUnfit(Exception):
    """What the region became cannot travel back: its nodes are to be dispatched by themselves."""


class RegionWider(Exception):
    """The region makes more executions than it has numbers for, and may be given more."""


class RegionFlow(Flow):
    """One dispatch of a region: `part` is what `Regions.part_of` gave, new executions are numbered from `first` on."""

    def __init__(
        self,
        plan: Plan,
        region: int,
        part: Sequence[Any],
        *,
        dispatch: int,
        first: int,
        room: int,
        numbers: int = REGION_NUMBERS,
    ) -> None:
        super().__init__(plan, members := plan.regions[region])
        self.members: Collection[int] = members
        self.dispatch = dispatch
        self.room = room
        self.begun = 0
        #: (link, token) for nodes that are not of the region, in their order.
        self.left: list[list[Any]] = []
        self._numbers_end = first + numbers
        self._is_wide = numbers >= REGION_NUMBERS
        self._inside = [False] * len(plan.nodes)
        self._busy: set[int] = set()
        for index in members:
            self._inside[index] = True
        nodes, executions = part
        for index, row in nodes:
            self.nodes[index] = NodeState.from_lists(row)
        self.open = {row[0]: Execution.from_lists(row) for row in executions}
        ready = [index for index in members if self.nodes[index].ready]
        # What came of a block that was left in the middle runs before it is gone on with.
        self.turn.extend(sorted(ready, key=lambda index: self.open[self.nodes[index].ready[0]].received > 0))
        self.executions = first - 1

    # Values

    def _attach(self, link_index: int, token: Token) -> None:
        if self._inside[self.plan.links[link_index].sink]:
            super()._attach(link_index, token)
        else:
            self.left.append([link_index, token])

    def _queue(self, index: int, tokens: list[tuple[str, Token]], caller: list[Any] | None = None) -> None:
        if self.executions + 1 >= self._numbers_end:
            raise RegionUnfit if self._is_wide else RegionWider
        super()._queue(index, tokens, caller)

    # Stepping

    def take(self) -> Execution | None:
        """Give the next execution to run, begun; None where none is ready, or none may begin."""
        for _ in range(len(self.turn)):
            index = self.turn.popleft()
            state = self.nodes[index]
            execution = self.open[state.ready[0]]
            is_new = execution.dispatch == 0
            if index in self._busy or (is_new and self.begun >= self.room) or self._stop is not None:
                self.turn.append(index)
                continue
            state.ready.popleft()
            if state.ready:
                self.turn.append(index)
            self.begun += is_new
            self._busy.add(index)
            execution.state, execution.dispatch = RUNNING, self.dispatch
            return execution
        return None

    def emit(self, execution: Execution, upto: int, deliveries: Sequence[Delivery]) -> None:
        """Take in what an execution that runs emitted."""
        self._receive(execution, upto, deliveries)

    def finish(self, execution: Execution, upto: int, deliveries: Sequence[Delivery]) -> None:
        """End an execution well, with the rest of its emissions."""
        execution.state = DONE
        self._busy.discard(execution.node)
        self._receive(execution, upto, deliveries)

    def fail(self, execution: Execution, event: Failed) -> None:
        """End an execution badly."""
        execution.is_failed = True
        self._count_failure(self.plan.nodes[execution.node], event)
        self.finish(execution, event.next, event.deliveries)

    def suspend(self, execution: Execution, *, is_aside: bool = False) -> None:
        """Leave an execution in the middle, to be run again later; with `is_aside`, by itself."""
        execution.state, execution.is_again = READY, True
        execution.is_alone = is_aside
        self._busy.discard(execution.node)
        state = self.nodes[execution.node]
        if not state.ready:
            self.turn.append(execution.node)
        state.ready.appendleft(execution.number)

    # What comes of it

    @property
    def is_clean(self) -> bool:
        """Say whether the region ended without a rest: nothing open, nothing waiting, nothing that left it, no failure."""
        is_empty = not self.open and not self.left and not any(self.nodes[index].waiting for index in self.members)
        return is_empty and not self.error_count and self._stop is None

    def result(self, inline_chars_max: int = PART_CHARS_MAX) -> list[Any]:
        """Give what the run takes in: see `Fusing._take_in`. Raises RegionUnfit where it cannot travel."""
        if self._busy:
            # Its block could not be ended: an execution that is nobody's would keep the run open for good.
            raise RegionUnfit
        errors = [self.error_count, self.first_error, self.unhandled, self._stop]
        return [
            STEPPED,
            self.begun,
            self.executions,
            _bounded(lambda bound: part_lists(self.members, self.nodes, self.open, bound), inline_chars_max),
            _bounded(lambda bound: self.left if bound is None else trimmed(self.left), inline_chars_max),
            self.take_outputs(),
            errors,
        ]


def unfit_result() -> list[Any]:
    """Give the result of a step that did nothing, and after which the region's nodes are dispatched by themselves."""
    return [UNFIT]


def wider_result() -> list[Any]:
    """Give the result of a step that did nothing, and after which the region is given more numbers."""
    return [WIDER]


def _bounded(lists: Any, inline_chars_max: int) -> Any:
    """Give lists with their inline values, or without where those would not travel."""
    for bound, chars in ((None, inline_chars_max), (PART_INLINE_CHARS_MAX, PART_TRIMMED_CHARS_MAX)):
        found = lists(bound)
        if len(str(found)) <= chars:
            return found
    raise RegionUnfit
