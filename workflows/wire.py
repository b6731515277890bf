"""What travels between workflow and activities, as plain lists by position; it decides nothing.

Positional lists are small in the history and cost no decoding. Each shape is made and read here, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from schema.limits import LIMITS
from workflows.engine.events import Item

#: How an execution's step ended, in a record `[execution, outcome, first, next, deliveries, extra]`.
DONE: Final = "done"
FAILED: Final = "failed"
PARKED: Final = "parked"
STUCK: Final = "stuck"
#: It is to be dispatched again, by itself: its dispatch has others. Such a record is `again_record`.
AGAIN: Final = "again"
#: A region that this worker cannot step through.
ELSEWHERE: Final = "elsewhere"


@dataclass(frozen=True)
class Header:
    """Which run a dispatch or a projection belongs to. `parent` is [run id, execution] of the node that started it."""

    run_id: str
    tenant_id: str
    plan_hash: str
    root_run_id: str
    depth: int
    trigger: str
    parent: list[Any] | None
    #: Whether the run has input masks: most have none, and their workers need not look.
    has_masks: bool = False
    #: [node executions, seconds, dispatches in flight], each None where the plan's own counts.
    limits: list[Any] | None = None

    def to_lists(self) -> list[Any]:
        row = [
            self.run_id,
            self.tenant_id,
            self.plan_hash,
            self.root_run_id,
            self.depth,
            self.trigger,
            self.parent,
            self.has_masks,
        ]
        return row if self.limits is None else [*row, self.limits]

    @classmethod
    def from_lists(cls, lists: list[Any]) -> Header:
        return cls(*lists)


@dataclass(frozen=True)
class RegionTask:
    """A dispatch of a region: see `workflows.engine.events.DispatchRegion`."""

    number: int
    region: int
    step: int
    first: int
    room: int
    numbers: int
    part: list[Any]
    #: How many executions the run has, where the region may end it.
    whole: int | None

    def to_lists(self) -> list[Any]:
        return [self.number, self.region, self.step, self.first, self.room, self.numbers, self.part, self.whole]

    @classmethod
    def from_lists(cls, lists: list[Any]) -> RegionTask:
        return cls(*lists)


def again_record(execution: int) -> list[Any]:
    """Give the record of an execution that comes again. An engine that does not know the word takes it for one that leaves out
    what the execution said before, and so dispatches it again, too."""
    beyond = LIMITS.execution_emissions_max + 1
    return [execution, AGAIN, beyond, beyond, [], [AGAIN, None]]


def item_to_lists(item: Item) -> list[Any]:
    tokens = [[pin, token] for pin, token in item.tokens]
    row = [
        item.execution,
        item.ordinal,
        item.step,
        item.base,
        item.received,
        item.is_again,
        tokens,
        list(item.arrivals),
    ]
    if item.caller is not None:
        return [*row, list(item.orders), item.caller]
    return [*row, list(item.orders)] if item.orders else row


def item_from_lists(row: list[Any]) -> Item:
    return Item(row[0], row[1], row[2], row[3], row[4], row[5], [(pin, token) for pin, token in row[6]], *row[7:])


def start_of(header: Header, plan: list[Any], inputs: dict[str, Any], state: list[Any] | None = None) -> list[Any]:
    """Give the one argument of GraphRun: [header, plan, {input: token}, state of the run that it continues]."""
    return [header.to_lists(), plan, inputs, state]
