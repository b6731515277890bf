"""Fusing: the flow of a run whose regions may be out with a dispatch; it decides of no other dispatch, and it halts nothing.

A region that is out is taken in by what its dispatch became: its part of the state is put in the place of what stood there, what
left it is handed on, and then what arrived for it meanwhile. See `workflows.engine.regions`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from workflows.engine.events import Command, DispatchRegion, Token
from workflows.engine.execution import Execution, NodeState
from workflows.engine.flow import NAMED_FAILURES_MAX, Flow
from workflows.engine.plan import Plan
from workflows.engine.regions import REGION_NUMBERS, STEPPED, WIDER, Regions, TakenOut, is_at_rest


class Fusing(Flow):
    """A flow with regions, and the count of what may begin."""

    def __init__(self, plan: Plan, *, fuses_nodes: bool) -> None:
        super().__init__(plan)
        #: Node executions that may be dispatched before the run asks; those that its children used are `spent`.
        self.executions_max = plan.executions_max
        self.spent = 0
        self.dispatches = 0
        self.regions = Regions(plan.regions if fuses_nodes else (), len(plan.nodes))
        #: Executions that were dispatched, and numbers that were given to a region and not needed.
        self.begun = 0
        self.unused = 0

    def _take_out(self, region: int, commands: list[Command]) -> bool:
        """Dispatch a region that has something ready; say whether that could be."""
        if not is_at_rest(self.regions.members[region], self.nodes, self.open):
            return False
        found = self.regions.part_of(region, self.nodes, self.open)
        if found is None:
            self.regions.unfit.add(region)
            return False
        room = max(0, min(self._room, REGION_NUMBERS))
        # Where nothing else is open nothing else is numbered, so all that it does not need come back.
        is_all = len(found[0][1]) == len(self.open) and not self.regions.out
        numbers = REGION_NUMBERS if is_all else self.regions.numbers_of(region, self.nodes)
        out = TakenOut(region, self.regions.steps[region], self.executions + 1, room, numbers)
        self.executions += numbers
        self.regions.out[region] = out
        self.turn = deque(other for other in self.turn if self.regions.of_node[other] != region)
        self._dispatch_region(out, found, commands)
        return True

    def _part_of(self, region: int) -> tuple[list[Any], int]:
        """Give the part of a region that is out: it was found to travel when it was taken out."""
        found = self.regions.part_of(region, self.nodes, self.open)
        assert found is not None
        return found

    def _dispatch_region(self, out: TakenOut, found: tuple[list[Any], int], commands: list[Command]) -> None:
        self.dispatches += 1
        part, out.chars = found
        out.dispatch = self.dispatches
        members = self.regions.members[out.region]
        is_all = len(part[1]) == len(self.open) and len(self.regions.out) == 1 and not self.error_count
        is_whole = is_all and not any(s.waiting for i, s in enumerate(self.nodes) if i not in members)
        count = self.execution_count if is_whole else None
        is_long = out.region in self.regions.long
        where = (out.dispatch, out.region, out.step)
        commands.append(DispatchRegion(*where, out.first, out.room, out.numbers, part, count, is_long))

    def _take_in(self, region: int, result: Sequence[Any]) -> TakenOut | None:
        """Go on with what a region became; give how it was out."""
        out = self.regions.out.pop(region, None)
        if out is None:
            return None
        left: list[list[Any]] = []
        last = out.first - 1
        if result[0] == STEPPED:
            _, begun, last, part, left, outputs, errors = result
            self.begun += begun
            self.outputs += outputs
            self._replace(region, part)
            self._count_failures(*errors)
        elif result[0] == WIDER:
            self.regions.wide.add(region)
        else:
            self.regions.unfit.add(region)
        if self.executions == out.first - 1 + out.numbers:
            self.executions = last
        else:
            self.unused += out.first - 1 + out.numbers - last
        ready = [index for index in self.regions.members[region] if self.nodes[index].ready]
        self.turn.extend(ready)
        self.regions.mark(region, is_long=bool(ready) and result[0] != WIDER)
        for link, token in (*left, *out.arrivals):
            self._attach(link, token)
        return out

    def _replace(self, region: int, part: Sequence[Any]) -> None:
        """Put a part of the state in the place of what stood there while it was out."""
        nodes, executions = part
        for index in self.regions.members[region]:
            for number in self.nodes[index].line:
                del self.open[number]
        for index, row in nodes:
            self.nodes[index] = NodeState.from_lists(row)
        for row in executions:
            self.open[row[0]] = Execution.from_lists(row)

    def _count_failures(
        self, count: int, first: list[Any] | None, unhandled: list[list[Any]], stop: Sequence[str] | None
    ) -> None:
        self.error_count += count
        self.first_error = self.first_error or first
        self.unhandled = (self.unhandled + unhandled)[:NAMED_FAILURES_MAX]
        if stop is not None:
            self._stop = (stop[0], stop[1])

    def _attach(self, link_index: int, token: Token) -> None:
        """Give a token to its sink, or keep it where that one's region is out."""
        out = self.regions.out
        if out and (region := self.regions.of_node[self.plan.links[link_index].sink]) in out:
            out[region].arrivals.append([link_index, token])
        else:
            super()._attach(link_index, token)

    def _is_beyond_budget(self, number: int) -> bool:
        """Say whether the budget has no room for an execution; one that was dispatched before is counted already."""
        if self.open[number].dispatch:
            return False
        return self._room <= 0 if self.plan.regions else number + self.spent > self.executions_max

    @property
    def _room(self) -> int:
        """Give how many executions may begin. With regions numbers have gaps, so those that began are counted."""
        return self.executions_max - self.spent - self.begun - self.regions.room

    @property
    def execution_count(self) -> int:
        """Give how many executions there are: some numbers have none, and of those that are out nobody knows yet."""
        return self.executions - self.unused - self.regions.reserved
