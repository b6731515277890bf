"""What happened at a run's nodes, in GraphQL: counts for its canvas, and lines for its timeline; values stay where they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import strawberry

from api.call import Call
from api.errors import BadUserInput, TooComplex
from api.graphql.ids import encode_id
from api.graphql.node_executions import Failure, StateEnum, failure_of, title_of
from schema.db.run_contents import INTEGER_MAX, Choice
from schema.db.run_nodes import Line, LinesWanted, NodeOfRun, NodesWanted, PinOfRun
from schema.states import State

#: Lines that a page of a timeline has, that it may have, and that one operation may show of all runs.
LINES: Final = 1_000
LINES_MAX: Final = 2_000
OPERATION_LINES_MAX: Final = 10_000
#: Runs, or moments of one, whose nodes one operation may show: all executions of each are read to count them.
OPERATION_MOMENTS_MAX: Final = 50


@strawberry.type(description="How many executions of a node are in a state.")
class StateCount:
    status: StateEnum  # type: ignore[valid-type]
    count: int


@strawberry.type(description="How many values went out of a pin.")
class PinCount:
    pin: str
    count: int


@strawberry.type(description="A node of a run that had an execution, at a moment.")
class RunNode:
    row: strawberry.Private[NodeOfRun]
    wanted: strawberry.Private[NodesWanted]
    plan_hash: strawberry.Private[str]

    @strawberry.field(description="The node, as the graph's file names it.")
    def node_id(self) -> str:
        return self.row.node_id

    @strawberry.field(description="What the node is called; null where its plan is not readable any more.")
    async def title(self, info: strawberry.Info) -> str | None:
        return await title_of(info.context, self.plan_hash, self.row.node_id)

    @strawberry.field(description="Null where it never began.")
    def block_id(self) -> str | None:
        return self.row.block_id or None

    @strawberry.field(description="Null where the block is not known here.")
    def block_name(self, info: strawberry.Info) -> str | None:
        call: Call = info.context
        spec = call.services.registry.specs.get(self.row.block_id)
        return None if spec is None else spec.name

    @strawberry.field(description="Executions by their states at the moment, those that there are any of.")
    def counts(self) -> list[StateCount]:
        return [StateCount(status=state, count=count) for state, count in self.row.counts.items()]

    @strawberry.field
    def execution_count(self) -> int:
        return self.row.executions

    @strawberry.field(description="The most attempts that one of its executions had and that have ended.")
    def attempts_max(self) -> int:
        return self.row.attempts_max

    @strawberry.field
    def first_started_at(self) -> datetime | None:
        return self.row.first_started_at

    @strawberry.field(description="When the last of those that are over ended.")
    def last_ended_at(self) -> datetime | None:
        return self.row.last_ended_at

    @strawberry.field(description="Its newest execution.")
    def latest_id(self) -> strawberry.ID:
        return encode_id("NodeExecution", self.wanted[0], self.row.latest)

    @strawberry.field(description="Its newest execution that failed; null where none did.")
    def failed_id(self) -> strawberry.ID | None:
        failed = self.row.failed
        return None if failed is None else encode_id("NodeExecution", self.wanted[0], failed)

    @strawberry.field(description="Why that one failed.")
    def error(self) -> Failure | None:
        return failure_of(self.row.error)

    @strawberry.field(
        description="When the first of its attempts that wait to be made again is made; null where none waits, and in the past."
    )
    def next_attempt_at(self) -> datetime | None:
        return self.row.next_attempt_at

    @strawberry.field(description="How many values went out of its pins until the moment.")
    async def pins(self, info: strawberry.Info) -> list[PinCount]:
        call: Call = info.context

        async def load(keys: Sequence[NodesWanted]) -> dict[NodesWanted, dict[str, list[PinOfRun]]]:
            return await call.stores.run_nodes.pins(call.tenant, keys)

        found = await call.loader("pins of runs", load).load(self.wanted) or {}
        return [PinCount(pin=one.pin, count=one.count) for one in found.get(self.row.node_id, [])]


@strawberry.type(
    description="A page of a run's executions for a timeline: lists side by side, an element of each for every execution. Times "
    "are milliseconds since the run was accepted (`createdAt`)."
)
class RunTimeline:
    lines: strawberry.Private[list[Line]]
    has_next_page: bool = strawberry.field(description="Whether there are more behind `endExecution`.")

    @strawberry.field(description="What `after` takes for the next page; null on an empty page.")
    def end_execution(self) -> int | None:
        return self.lines[-1].execution if self.lines else None

    @strawberry.field(description="Their numbers, in the order in which they were queued.")
    def executions(self) -> list[int]:
        return [line.execution for line in self.lines]

    @strawberry.field(description="The nodes that appear here.")
    def node_ids(self) -> list[str]:
        return list(self._places())

    @strawberry.field(description="Whose executions they are: places in `nodeIds`.")
    def nodes(self) -> list[int]:
        places = self._places()
        return [places[line.node_id] for line in self.lines]

    @strawberry.field
    def states(self) -> list[StateEnum]:  # type: ignore[valid-type]
        return [State(line.status) for line in self.lines]

    @strawberry.field(description="Null: it has not begun, or was taken over from another run.")
    def started(self) -> list[float | None]:
        return [_rounded(line.started_ms) for line in self.lines]

    @strawberry.field(description="Null: it has not ended, or was taken over from another run.")
    def ended(self) -> list[float | None]:
        return [_rounded(line.ended_ms) for line in self.lines]

    @strawberry.field(
        description="How long the first attempt of each waited for a worker before it started, in milliseconds. Null: not known, "
        "as while it runs for the first time, and of what ran within a workflow task."
    )
    def queued(self) -> list[float | None]:
        return [_rounded(line.queued_ms) for line in self.lines]

    @strawberry.field(description="Places, in this page, of those that were taken over from another run.")
    def reused(self) -> list[int]:
        return [place for place, line in enumerate(self.lines) if line.is_reused]

    @strawberry.field(
        description="Those of this page that had more than one attempt, wait for another, or were parked meanwhile."
    )
    def repeated(self, info: strawberry.Info) -> list[TimelineAttempts]:
        return [
            TimelineAttempts(place=place, rows=line.attempts) for place, line in enumerate(self.lines) if line.attempts
        ]

    def _places(self) -> dict[str, int]:
        return {node_id: place for place, node_id in enumerate(dict.fromkeys(line.node_id for line in self.lines))}


@strawberry.type(description="The attempts of one execution of a timeline, that have ended.")
class TimelineAttempts:
    place: int = strawberry.field(description="Its place in the page.")
    rows: strawberry.Private[list[dict[str, Any]]]

    @strawberry.field
    def started_at(self) -> list[datetime]:
        return [datetime.fromisoformat(row["started_at"]) for row in self.rows]

    @strawberry.field
    def ended_at(self) -> list[datetime]:
        return [datetime.fromisoformat(row["ended_at"]) for row in self.rows]

    @strawberry.field(
        description="How long the next one waits after each, by the node's policy, in milliseconds; null: none does."
    )
    def wait(self) -> list[float | None]:
        waits = [row.get("wait_seconds") for row in self.rows]
        return [None if seconds is None else _rounded(float(seconds) * 1000) for seconds in waits]

    @strawberry.field(
        description="How long each waited for a worker before it started, in milliseconds; null: not known."
    )
    def queued(self) -> list[float | None]:
        return [_rounded(row.get("queued_ms")) for row in self.rows]

    @strawberry.field(description="Whether it failed: what follows is the wait for the next one. Else it was parked.")
    def has_failed(self) -> list[bool]:
        return [row.get("error") is not None for row in self.rows]


def _rounded(milliseconds: Any) -> float | None:
    return None if milliseconds is None else round(float(milliseconds), 1)


async def nodes_of(call: Call, run_id: UUID, plan_hash: str, at: datetime | None) -> list[RunNode]:
    """Give the nodes of a run that had an execution at a moment; None: now."""
    wanted = (run_id, at)

    async def load(keys: Sequence[NodesWanted]) -> dict[NodesWanted, list[NodeOfRun]]:
        if len(keys) > OPERATION_MOMENTS_MAX:
            raise TooComplex(
                f"These are the nodes of more than {OPERATION_MOMENTS_MAX} runs or moments: ask for fewer at once."
            )
        return await call.stores.run_nodes.nodes(call.tenant, keys)

    rows = await call.loader("nodes of runs", load).load(wanted) or []
    return [RunNode(row=row, wanted=wanted, plan_hash=plan_hash) for row in rows]


async def timeline_of(call: Call, run_id: UUID, first: int, after: int | None, choice: Choice) -> RunTimeline:
    """Give a page of a run's timeline, of all its executions or of those that are chosen."""
    if not 1 <= first <= LINES_MAX:
        raise BadUserInput(f"`first` is a number from 1 to {LINES_MAX} here.", where="first")

    async def load(keys: Sequence[LinesWanted]) -> dict[LinesWanted, list[Line]]:
        found = await call.stores.run_nodes.lines(call.tenant, keys, first + 1, choice)
        if sum(map(len, found.values())) > OPERATION_LINES_MAX:
            raise TooComplex(
                f"These are more than {OPERATION_LINES_MAX} executions: ask for fewer of each, or of fewer runs."
            )
        return found

    place = min(max(after or 0, 0), INTEGER_MAX)
    lines = await call.loader(f"timeline {first} {choice}", load).load((run_id, place)) or []
    return RunTimeline(lines=lines[:first], has_next_page=len(lines) > first)
