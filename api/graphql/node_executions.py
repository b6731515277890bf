"""Node executions in GraphQL: what each execution of a node got, gave and how it ended; nothing is changed here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.errors import BadUserInput, TooComplex
from api.graphql.approval_types import Approval, approvals_of_execution
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.ids import encode_id
from api.graphql.llm_usage import LlmUsage, usage_of_execution
from api.graphql.node import Node, add_finders
from api.graphql.values import Value, value_of
from api.titles import TitlesOfPlan
from schema.access import Right
from schema.db.run_contents import CELLS_MAX, INTEGER_MAX, Cell, Choice, ExecutionRow
from schema.errors import NotFound
from schema.states import TERMINAL, State

StateEnum = strawberry.enum(
    State, name="State", description="A state of a run or of a node execution. A terminal one never changes again."
)
#: Values of one execution, or of one run, that an operation shows.
VALUES: Final = 20
VALUES_MAX: Final = 100


@strawberry.type(description="Why a run or a node execution did not complete.")
class Failure:
    row: strawberry.Private[dict[str, Any]]

    @strawberry.field(description="From a closed list, such as BLOCK_FAILED or TIMEOUT.")
    def code(self) -> str:
        return str(self.row.get("code", "INTERNAL"))

    @strawberry.field
    def message(self) -> str:
        return str(self.row.get("message", ""))

    @strawberry.field(description="The node whose failure it was, as the graph's file names it, where it was one's.")
    def node_id(self) -> str | None:
        found = self.row.get("node_id")
        return None if found is None else str(found)

    @strawberry.field(description="The pin whose value was the reason.")
    def pin(self) -> str | None:
        found = self.row.get("pin")
        return None if found is None else str(found)

    @strawberry.field(description="What else is known of it.")
    def details(self) -> JSON | None:
        rest = {key: value for key, value in self.row.items() if key not in ("code", "message", "node_id", "pin")}
        return JSON(rest) if rest else None


@strawberry.type(description="One attempt at a node execution that has ended.")
class Attempt:
    row: strawberry.Private[dict[str, Any]]

    @strawberry.field(description="From 1; a repeated one has the next number.")
    def number(self) -> int:
        return int(self.row["number"])

    @strawberry.field
    def started_at(self) -> datetime:
        return datetime.fromisoformat(self.row["started_at"])

    @strawberry.field
    def ended_at(self) -> datetime:
        return datetime.fromisoformat(self.row["ended_at"])

    @strawberry.field(
        description="How long it waited for a worker, in its queue and for its turn among what was dispatched with it; null where "
        "that is not known, as of what ran within a workflow task."
    )
    def queued_seconds(self) -> float | None:
        found = self.row.get("queued_ms")
        return None if found is None else float(found) / 1000

    @strawberry.field(description="Null for the one that succeeded.")
    def error(self) -> Failure | None:
        return failure_of(self.row.get("error"))

    @strawberry.field(
        description="How long the next one waited after it, by the node's policy; null where none followed."
    )
    def wait_seconds(self) -> float | None:
        found = self.row.get("wait_seconds")
        return None if found is None else float(found)


@strawberry.type(description="The value of an input pin.")
class PinValue:
    pin: str
    value: Value


@strawberry.type(description="A value that a node execution emitted.")
class Emission:
    sequence: int = strawberry.field(description="Its place in the order of its execution, from 0.")
    pin: str
    value: Value
    at: datetime | None = strawberry.field(description="When it was written.")


@strawberry.type(description="One execution of a node in a run.")
class NodeExecution(Node):
    row: strawberry.Private[ExecutionRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("NodeExecution", self.row.run_id, self.row.execution)

    @strawberry.field
    def run_id(self) -> strawberry.ID:
        return encode_id("Run", self.row.run_id)

    @strawberry.field(
        description="Its number in the run, in the order in which executions were queued; negative where its inputs never "
        "became complete."
    )
    def execution(self) -> int:
        return self.row.execution

    @strawberry.field(description="The node, as the graph's file names it.")
    def node_id(self) -> str:
        return self.row.node_id

    @strawberry.field(description="What the node is called; null where its plan is not readable any more.")
    async def title(self, info: strawberry.Info) -> str | None:
        return await title_of(info.context, self.row.plan_hash, self.row.node_id)

    @strawberry.field(description="Null where it never began.")
    def block_id(self) -> str | None:
        return self.row.block_id or None

    @strawberry.field(description="Null where the block is not known here.")
    def block_name(self, info: strawberry.Info) -> str | None:
        call: Call = info.context
        spec = call.services.registry.specs.get(self.row.block_id)
        return None if spec is None else spec.name

    @strawberry.field(description="Which execution of its node this is, from 1.")
    def ordinal(self) -> int:
        return self.row.ordinal

    @strawberry.field
    def status(self) -> StateEnum:  # type: ignore[valid-type]
        return State(self.row.status)

    @strawberry.field(description="How often it was parked and went on.")
    def step(self) -> int:
        return self.row.step

    @strawberry.field
    def started_at(self) -> datetime | None:
        return self.row.started_at

    @strawberry.field
    def ended_at(self) -> datetime | None:
        return self.row.ended_at

    @strawberry.field
    def error(self) -> Failure | None:
        return failure_of(self.row.error)

    @strawberry.field(
        description="What it waits for while it is parked, by `kind`: timer (`until`), child (`run_id`), event (`name`, `until`, "
        "`schema`), answer or tools (`calls`); null while it runs, and for one that waits behind a halt."
    )
    def waits_for(self) -> JSON | None:
        is_over = State(self.row.status) in TERMINAL
        return None if is_over or self.row.waits_for is None else JSON(self.row.waits_for)

    @strawberry.field(
        description="The execution, in the run that this one's continues, whose emissions it has taken over instead of running; "
        "null for one that ran, and where that run was deleted."
    )
    async def reused_from(self, info: strawberry.Info) -> NodeExecution | None:
        taken = self.row.reused_from
        if taken is None:
            return None
        found = await execution_of(info.context, (UUID(taken["run_id"]), int(taken["execution"])))
        return None if found is None else NodeExecution(row=found)

    @strawberry.field(
        description="The execution that called this one as a tool; null for one that data came to by links."
    )
    async def called_by(self, info: strawberry.Info) -> NodeExecution | None:
        if self.row.caller is None:
            return None
        found = await execution_of(info.context, (self.row.run_id, int(self.row.caller[0])))
        return None if found is None else NodeExecution(row=found)

    @strawberry.field(description="What its caller's model calls that call.")
    def call_id(self) -> str | None:
        return None if self.row.caller is None else str(self.row.caller[1])

    @strawberry.field(description="Whether it has taken over what another run recorded, instead of running.")
    def is_reused(self) -> bool:
        return self.row.reused_from is not None

    @strawberry.field(description="What its calls of language models used.")
    async def llm_usage(self, info: strawberry.Info) -> LlmUsage:
        return await usage_of_execution(info.context, (self.row.run_id, self.row.execution))

    @strawberry.field(description="What it asked people, the oldest first.")
    async def approvals(self, info: strawberry.Info) -> list[Approval]:
        return await approvals_of_execution(info.context, self.row.run_id, self.row.execution)

    @strawberry.field(
        description="When it is tried again, while it waits for that after an attempt that failed; null where it does not wait."
    )
    # As `_NEXT_ATTEMPT` in schema/db/run_nodes.py and `wait_left` in activities/retrying.py reckon it.
    def next_attempt_at(self) -> datetime | None:
        last = self.row.attempts[-1] if self.row.attempts else {}
        if self.row.status != State.RUNNING or not last.get("wait_seconds"):
            return None
        return datetime.fromisoformat(last["ended_at"]) + timedelta(seconds=float(last["wait_seconds"]))

    @strawberry.field(description="The attempts that have ended, the oldest first.")
    def attempts(self) -> list[Attempt]:
        return [Attempt(row=row) for row in self.row.attempts]

    @strawberry.field(description="What its pins had, coerced as the block got it.")
    def inputs(self, info: strawberry.Info) -> list[PinValue]:
        call: Call = info.context
        return [
            PinValue(pin=pin, value=value_of(call.tenant, cell.get("value"), cell.get("handle")))
            for pin, cell in self.row.inputs.items()
        ]

    @strawberry.field(
        description=f"What it emitted, in order: the first {VALUES}, or as many as `first` says, up to {VALUES_MAX}. "
        "`afterSequence` asks for those behind one."
    )
    async def outputs(
        self, info: strawberry.Info, first: int | None = None, after_sequence: int | None = None
    ) -> list[Emission]:
        call: Call = info.context
        key = (self.row.run_id, self.row.execution, -1 if after_sequence is None else after_sequence)
        cells = await cells_of(call, "emissions", key, values_size(first))
        return [
            Emission(
                sequence=cell.number,
                pin=cell.name,
                value=value_of(call.tenant, cell.value, cell.handle),
                at=cell.created_at,
            )
            for cell in cells
        ]


def failure_of(row: Any) -> Failure | None:
    """Give an error as its row has it."""
    return Failure(row=row) if isinstance(row, dict) else None


def values_size(first: int | None) -> int:
    """Give how many values are shown; raise BadUserInput beyond the limit."""
    wanted = VALUES if first is None else first
    if not 1 <= wanted <= VALUES_MAX:
        raise BadUserInput(f"`first` is a number from 1 to {VALUES_MAX} here.", where="first")
    return wanted


async def cells_of(call: Call, kind: str, key: tuple[Any, ...], size: int) -> list[Cell]:
    """Give a page of emissions (run, execution, after) or outputs (run, after); what one operation asks for comes at once."""
    contents = call.stores.run_contents
    read: Any = contents.emissions if kind == "emissions" else contents.outputs

    async def load(keys: Sequence[Any]) -> Any:
        found = await read(call.tenant, keys, size)
        if sum(map(len, found.values())) > CELLS_MAX:
            raise TooComplex(f"These are more than {CELLS_MAX} values: ask for fewer of each, or of fewer.")
        return found

    found: list[Cell] = await call.loader(f"{kind} {size}", load).load(key) or []
    return found


async def title_of(call: Call, plan_hash: str, node_id: str) -> str | None:
    """Give what a node of a plan is called."""

    async def load(hashes: Sequence[str]) -> dict[str, TitlesOfPlan]:
        return await call.services.titles.of(call.stores.run_pages, call.tenant, hashes)

    titles = await call.loader("titles", load).load(plan_hash)
    return None if titles is None else titles.get(node_id)


async def executions_of(
    call: Call, run_id: UUID, first: int | None, after: str | None, choice: Choice
) -> Connection[NodeExecution]:
    """Give a page of a run's node executions."""
    size = page_size(first)
    key = decode_cursor("executions", after, int)
    place = 0 if key is None else min(max(key[0], -INTEGER_MAX), INTEGER_MAX)

    async def load(keys: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], list[ExecutionRow]]:
        return await call.stores.run_contents.executions(call.tenant, keys, size + 1, choice)

    rows = await call.loader(f"executions {size} {choice}", load).load((run_id, place)) or []
    return connect(
        rows[: size + 1],
        size,
        lambda row: NodeExecution(row=row),
        lambda row: encode_cursor("executions", row.execution),
        after=after,
    )


async def execution_of(call: Call, key: tuple[UUID, int]) -> ExecutionRow | None:
    """Give an execution by (run, number); all that one operation asks for are read at once."""

    async def load(keys: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], ExecutionRow]:
        return await call.stores.run_contents.by_number(call.tenant, keys)

    return await call.loader("execution", load).load(key)


async def find_node_execution(call: Call, parts: list[str]) -> NodeExecution:
    """Find a node execution by its id."""
    run, number = parts
    key = (UUID(run), int(number))
    if abs(key[1]) > INTEGER_MAX:
        raise NotFound

    row = await execution_of(call, key)
    if row is None:
        raise NotFound
    return NodeExecution(row=row)


add_finders({"NodeExecution": (Right.READ_RUNS, find_node_execution)})
