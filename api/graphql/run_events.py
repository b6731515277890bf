"""Subscriptions to runs: what happens in them, event by event, each with a cursor from which another process goes on.

A subscription reads a page, gives its events one by one as the socket takes them, and only then reads the next: nothing is
queued. When there is nothing to read it waits to be woken (`api.waking`).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime

import strawberry

from api.call import Call
from api.errors import BadCursor
from api.graphql.connections import decode_cursor, encode_cursor
from api.graphql.guard import query, subscription
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.node_executions import Failure, StateEnum, failure_of, title_of
from api.graphql.run_halts import HaltKind, HaltKindEnum, OrderOutcome, OrderOutcomeEnum
from api.graphql.values import Value, value_of
from schema.access import Right
from schema.db.events import WHOLE, Position, Scope, Told
from schema.db.run_expansion import HaltMove, NodeMove, OrderMove, RunMove, SaidRow, WrittenRow
from schema.states import State

_INTEGER_MAX = 2**63 - 1


@strawberry.interface(description="Something that happened in a run.")
class RunEvent:
    told: strawberry.Private[Told]

    @strawberry.field(description="Subscribe `after` it to go on exactly behind this event, on any server.")
    def cursor(self) -> str:
        return cursor_of(self.told.position)

    @strawberry.field
    def run_id(self) -> strawberry.ID:
        return encode_id("Run", self.told.run_id)

    @strawberry.field
    def at(self) -> datetime:
        return self.told.at


@strawberry.type(description="The run has a new state; or somebody asked for its end, which `cancelReason` says then.")
class RunMoved(RunEvent):
    move: strawberry.Private[RunMove]

    @strawberry.field
    def status(self) -> StateEnum:  # type: ignore[valid-type]
        return State(self.move.status)

    @strawberry.field
    def error(self) -> Failure | None:
        return failure_of(self.move.error)

    @strawberry.field
    def cancel_reason(self) -> str | None:
        return self.move.cancel


@strawberry.interface(description="Something that happened in a node execution.")
class NodeEvent(RunEvent):
    place: strawberry.Private[NodeMove | SaidRow | WrittenRow]

    @strawberry.field(description="The execution's number in its run.")
    def execution(self) -> int:
        return self.place.execution

    @strawberry.field(description="The execution's id, for `node`.")
    def node_execution_id(self) -> strawberry.ID:
        return encode_id("NodeExecution", self.told.run_id, self.place.execution)

    @strawberry.field(description="The node, as the graph's file names it.")
    def node_id(self) -> str:
        return self.place.node_id

    @strawberry.field(description="What the node is called; null where its plan is not readable any more.")
    async def title(self, info: strawberry.Info) -> str | None:
        return await title_of(info.context, self.told.plan_hash, self.place.node_id)


@strawberry.type(
    description="A node execution has a new state. A short one is told once, when it is over; one that is tried again is RUNNING "
    "again."
)
class NodeMoved(NodeEvent):
    move: strawberry.Private[NodeMove]

    @strawberry.field
    def status(self) -> StateEnum:  # type: ignore[valid-type]
        return State(self.move.status)

    @strawberry.field(description="Which execution of its node this is, from 1.")
    def ordinal(self) -> int:
        return self.move.ordinal

    @strawberry.field(description="How often it was parked and went on.")
    def step(self) -> int:
        return self.move.step


@strawberry.type(
    description="A node execution emitted a value. It stands, and is told once, also where the node is tried again."
)
class Emitted(NodeEvent):
    said: strawberry.Private[SaidRow]

    @strawberry.field(description="Its place in the order of its execution, from 0.")
    def sequence(self) -> int:
        return self.said.sequence

    @strawberry.field
    def pin(self) -> str:
        return self.said.pin

    @strawberry.field
    def value(self, info: strawberry.Info) -> Value:
        return value_of(info.context.tenant, self.said.value, self.said.handle)


@strawberry.type(
    description="A piece of the text that grows on a pin, to be put behind the pieces of the same attempt. The whole text is "
    "emitted in the end; a node that is tried again streams from the beginning."
)
class TextStreamed(NodeEvent):
    written: strawberry.Private[WrittenRow]

    @strawberry.field
    def attempt(self) -> int:
        return self.written.attempt

    @strawberry.field
    def pin(self) -> str:
        return self.written.pin or ""

    @strawberry.field
    def text(self) -> str:
        return self.written.line


@strawberry.type(description="A block wrote a line.")
class LogWritten(NodeEvent):
    written: strawberry.Private[WrittenRow]

    @strawberry.field
    def attempt(self) -> int:
        return self.written.attempt

    @strawberry.field(description="debug, info, warning or error.")
    def level(self) -> str:
        return self.written.level

    @strawberry.field
    def line(self) -> str:
        return self.written.line


@strawberry.type(description="The run, or one node execution of it, does not go on: somebody has something to decide.")
class RunHalted(RunEvent):
    move: strawberry.Private[HaltMove]

    @strawberry.field(description="The halt's number in the run.")
    def number(self) -> int:
        return self.move.number

    @strawberry.field(description="The halt's key: operator/N, parent, budget, wall time, node/N.")
    def key(self) -> str:
        return self.move.key

    @strawberry.field
    def kind(self) -> HaltKindEnum:  # type: ignore[valid-type]
        return HaltKind(self.move.kind)

    @strawberry.field
    def code(self) -> str:
        return self.move.code

    @strawberry.field
    def message(self) -> str:
        return self.move.message

    @strawberry.field(description="The execution that waits; null where the whole run halts.")
    def node_execution_id(self) -> strawberry.ID | None:
        return _execution_id(self.told, self.move.execution)


@strawberry.type(
    description="A halt is over. Those that are open when the run ends are over with it, and are not told."
)
class RunHaltCleared(RunEvent):
    move: strawberry.Private[HaltMove]

    @strawberry.field(description="The halt's number in the run.")
    def number(self) -> int:
        return self.move.number

    @strawberry.field
    def key(self) -> str:
        return self.move.key

    @strawberry.field(description="The word that ended it: resume, raise, retry, skip, edit or fail.")
    def answer(self) -> str:
        return self.move.answer or ""

    @strawberry.field(description="The execution that goes on; null where the whole run halted.")
    def node_execution_id(self) -> strawberry.ID | None:
        return _execution_id(self.told, self.move.execution)


@strawberry.type(description="The run says what became of an order.")
class RunOrderAnswered(RunEvent):
    move: strawberry.Private[OrderMove]

    @strawberry.field(description="The order's number in the run.")
    def number(self) -> int:
        return self.move.number

    @strawberry.field
    def word(self) -> str:
        return self.move.word

    @strawberry.field
    def outcome(self) -> OrderOutcomeEnum:  # type: ignore[valid-type]
        return OrderOutcome(self.move.outcome)

    @strawberry.field(description="Why it was refused.")
    def reason(self) -> str | None:
        return self.move.reason


def _execution_id(told: Told, execution: int | None) -> strawberry.ID | None:
    return None if execution is None else encode_id("NodeExecution", told.run_id, execution)


def event_of(told: Told) -> RunEvent:
    """Give what happened as clients see it."""
    match told.what:
        case RunMove() as move:
            return RunMoved(told=told, move=move)
        case NodeMove() as move:
            return NodeMoved(told=told, place=move, move=move)
        case SaidRow() as said:
            return Emitted(told=told, place=said, said=said)
        case HaltMove(answer=None) as halt:
            return RunHalted(told=told, move=halt)
        case HaltMove() as halt:
            return RunHaltCleared(told=told, move=halt)
        case OrderMove() as order:
            return RunOrderAnswered(told=told, move=order)
        case WrittenRow(pin=None) as line:
            return LogWritten(told=told, place=line, written=line)
        case WrittenRow() as piece:
            return TextStreamed(told=told, place=piece, written=piece)


def cursor_of(position: Position) -> str:
    """Give the cursor of who has read up to a position."""
    return encode_cursor("events", position.xid, position.id, position.offset)


def position_of(cursor: str | None) -> Position | None:
    """Give the position that a cursor stands for; raise BadCursor where it is none."""
    key = decode_cursor("events", cursor, int, int, int)
    if key is None:
        return None
    if not (0 <= key[0] <= _INTEGER_MAX and 0 <= key[1] <= _INTEGER_MAX and 0 <= key[2] <= WHOLE):
        raise BadCursor
    return Position(*key)


async def follow(call: Call, scope: Scope, after: str | None) -> AsyncGenerator[RunEvent, None]:
    """Begin to read; give the events, until the run is over."""
    position, is_read = await call.stores.run_events.begin(scope, position_of(after))
    return _read(call, scope, position, is_read)


async def _read(call: Call, scope: Scope, position: Position, is_read: bool) -> AsyncGenerator[RunEvent, None]:
    events, waking = call.stores.run_events, call.services.waking
    async with waking.subscribed():
        while not is_read:
            page = await events.page(scope, position)
            for told in page.told:
                yield event_of(told)
            is_read = page.is_end or (page.position == position and not await events.is_there(scope))
            position = page.position
            if not is_read and not page.is_full:
                await waking.wait(scope, position)


@strawberry.type
class RunEventsQuery:
    @query(
        Right.READ_RUNS,
        "The cursor of who has seen all that happened until now: subscribe `after` it, and nothing is missed in between.",
    )
    async def event_cursor(self, info: strawberry.Info) -> str:
        call: Call = info.context
        return cursor_of(await call.stores.run_events.newest(call.tenant))


@strawberry.type
class RunEventsSubscription:
    @subscription(
        Right.READ_RUNS,
        "What happens in a run: from its beginning, or from behind the event whose cursor `after` is. It completes when the run "
        "is over.",
    )
    async def run_events(
        self, info: strawberry.Info, run_id: strawberry.ID, after: str | None = None
    ) -> AsyncGenerator[RunEvent, None]:
        call: Call = info.context
        return await follow(call, Scope(call.tenant, run_id=decode_uuid("Run", run_id)), after)

    @subscription(
        Right.READ_RUNS,
        "What happens in all runs of an agent, from now on, or from behind the event whose cursor `after` is.",
    )
    async def graph_events(
        self, info: strawberry.Info, graph_id: strawberry.ID, after: str | None = None
    ) -> AsyncGenerator[RunEvent, None]:
        call: Call = info.context
        return await follow(call, Scope(call.tenant, graph_id=decode_uuid("Graph", graph_id)), after)

    @subscription(
        Right.READ_RUNS,
        "What happens in all runs of the organisation, from now on, or from behind the event whose cursor `after` is.",
    )
    async def organisation_events(
        self, info: strawberry.Info, after: str | None = None
    ) -> AsyncGenerator[RunEvent, None]:
        call: Call = info.context
        return await follow(call, Scope(call.tenant), after)


#: Events are reached by their interface only.
EVENT_TYPES: tuple[type, ...] = (
    RunMoved,
    NodeMoved,
    Emitted,
    TextStreamed,
    LogWritten,
    RunHalted,
    RunHaltCleared,
    RunOrderAnswered,
)
