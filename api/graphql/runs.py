"""Runs in GraphQL: what a run is, what it got and gave, and lists of runs; nothing is started or changed here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.errors import BadCursor, BadUserInput
from api.graphql.approval_types import Approval, approvals_of_run
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.files import File, files_of_run
from api.graphql.graphs import Content, Graph, graph_of
from api.graphql.guard import query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.llm_usage import LlmUsage, usage_of_run
from api.graphql.node import Node, add_finders
from api.graphql.node_executions import (
    VALUES,
    VALUES_MAX,
    Failure,
    NodeExecution,
    StateEnum,
    cells_of,
    execution_of,
    executions_of,
    failure_of,
    values_size,
)
from api.graphql.people import Member, member_of
from api.graphql.run_causes import RunCause, cause_of
from api.graphql.run_filters import cost, moment, searched, short, states_of
from api.graphql.run_halts import Order, RunHalt, halts_of, orders_of
from api.graphql.run_limits import RunLimits, limits_of, waiting_reason_of
from api.graphql.run_nodes import LINES, LINES_MAX, RunNode, RunTimeline, nodes_of, timeline_of
from api.graphql.run_waits import KeptEvent, RunWait, kept_of, waits_of
from api.graphql.values import Value, value_of
from schema.access import Right
from schema.db.run_contents import Cell, Choice
from schema.db.run_contents import LogLine as LogLineRow
from schema.db.run_pages import CONTINUATIONS_MAX, ChildrenWanted, Place, RunFilter
from schema.db.runs import Run as RunRow
from schema.db.shares import Share
from schema.errors import NotFound
from schema.graph import DRAFT_VERSION
from schema.ids import workflow_id
from schema.limits import LIMITS
from schema.states import State
from schema.tracing import trace_of_run


class RunOrder(StrEnum):
    """How a list of runs is ordered."""

    NEWEST_FIRST = "NEWEST_FIRST"
    OLDEST_FIRST = "OLDEST_FIRST"


RunOrderEnum = strawberry.enum(RunOrder, name="RunOrder", description="By when runs were accepted.")


@strawberry.type(description="What is wrong with a run that goes on, or with what is kept of one that is over.")
class RunProblem:
    row: strawberry.Private[dict[str, Any]]

    @strawberry.field(
        description="WORKFLOW_TASK_FAILS: its workflow's tasks fail again and again, so it stands still until the workers are "
        "mended. LOST: the database was set back while it ran, and rows of it are missing."
    )
    def code(self) -> str:
        return str(self.row["code"])

    @strawberry.field
    def message(self) -> str:
        return str(self.row["message"])

    @strawberry.field(description="What Temporal reports of it, word for word.")
    def cause(self) -> str | None:
        return self.row.get("cause")

    @strawberry.field(description="When it was noticed first.")
    def since(self) -> datetime:
        return datetime.fromisoformat(self.row["since"])

    @strawberry.field(description="When what is told here was noticed.")
    def at(self) -> datetime:
        return datetime.fromisoformat(self.row["at"])


@strawberry.type(description="An input of a run.")
class RunInput:
    name: str
    value: Value


@strawberry.type(description="What a run gave under a name.")
class RunOutput:
    name: str
    values: list[Value] = strawberry.field(description="In the order in which their node executions were queued.")
    executions: list[int] = strawberry.field(
        description="The numbers of those executions: the largest of all is what `afterExecution` takes for more."
    )


@strawberry.type(description="A line that a block wrote while it ran, or a piece of text that it streamed on a pin.")
class LogLine:
    row: strawberry.Private[LogLineRow]

    @strawberry.field
    def at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="The number of the node execution.")
    def execution(self) -> int:
        return self.row.execution

    @strawberry.field(description="The attempt at it: a repeated one writes lines of its own.")
    def attempt(self) -> int:
        return self.row.attempt

    @strawberry.field(description="debug, info, warning or error; `text` for a piece of streamed text.")
    def level(self) -> str:
        return self.row.level

    @strawberry.field(description="Where a piece of text was streamed; null for a line.")
    def pin(self) -> str | None:
        return self.row.pin

    @strawberry.field
    def line(self) -> str:
        return self.row.line


@strawberry.type(
    description="A link by which anyone may read what a run gave. Its token is shown once, when it is made."
)
class RunShare:
    row: strawberry.Private[Share]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("RunShare", self.row.id)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="Null: it has no end.")
    def expires_at(self) -> datetime | None:
        return self.row.expires_at

    @strawberry.field
    def revoked_at(self) -> datetime | None:
        return self.row.revoked_at

    @strawberry.field(description="Who made it; null for one who has left.")
    async def created_by(self, info: strawberry.Info) -> Member | None:
        return None if self.row.created_by is None else await member_of(info.context, self.row.created_by)


@strawberry.type(description="One execution of a graph.")
class Run(Node):
    row: strawberry.Private[RunRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Run", self.row.id)

    @strawberry.field
    def status(self) -> StateEnum:  # type: ignore[valid-type]
        return State(self.row.status)

    @strawberry.field(description="What started it: manual, child, webhook, schedule or another.")
    def trigger(self) -> str:
        return self.row.trigger

    @strawberry.field(
        description="The schedule or the webhook that started it; null for what another thing or a person started, and for one "
        "that was deleted."
    )
    async def cause(self, info: strawberry.Info) -> RunCause | None:
        return await cause_of(info.context, self.row.trigger_id)

    @strawberry.field(
        description="The trace that its spans belong to, as 32 hexadecimal digits: that of the traceparent of the request that "
        "asked for it, or one of its own. What it starts is in the same one."
    )
    def trace_id(self) -> str:
        return trace_of_run(self.row.trace, self.row.root_run_id).trace_id

    @strawberry.field(description="The agent's name, as it was when the run was accepted.")
    def agent_name(self) -> str:
        return self.row.agent_name

    @strawberry.field(description="The agent.")
    def graph_id(self) -> strawberry.ID:
        return encode_id("Graph", self.row.graph_id)

    @strawberry.field(description="The agent; null for one that was deleted.")
    async def graph(self, info: strawberry.Info) -> Graph | None:
        return await graph_of(info.context, self.row.graph_id)

    @strawberry.field(description="The agent's version that it runs; 0 where it runs what its draft said.")
    def graph_version(self) -> int:
        return self.row.graph_version

    @strawberry.field(description="Whether it runs what the agent's draft said when it was accepted, and no version.")
    def is_draft(self) -> bool:
        return self.row.graph_version == DRAFT_VERSION

    @strawberry.field(
        description="The graph that it is made of, as a file says it: of a run of a part, that part. It stays as it is whatever "
        "becomes of the agent. For who may read agents."
    )
    async def document(self, info: strawberry.Info) -> JSON | None:
        call: Call = info.context
        call.need(Right.READ_GRAPHS)
        found = await _made_of(call, self.row.plan_hash)
        return None if found is None else JSON(found.document)

    @strawberry.field(description="Who started it; null for one who has left, and for what no person started.")
    async def created_by(self, info: strawberry.Info) -> Member | None:
        return None if self.row.created_by is None else await member_of(info.context, self.row.created_by)

    @strawberry.field(description="When it was accepted: from then on it will run, whatever happens.")
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field
    def started_at(self) -> datetime | None:
        return self.row.started_at

    @strawberry.field
    def ended_at(self) -> datetime | None:
        return self.row.ended_at

    @strawberry.field(description="When somebody asked for its end.")
    def cancel_requested_at(self) -> datetime | None:
        return self.row.cancel_requested_at

    @strawberry.field(description="What they said.")
    def cancel_reason(self) -> str | None:
        return self.row.cancel_reason

    @strawberry.field(description="Why it did not complete.")
    def error(self) -> Failure | None:
        return failure_of(self.row.error)

    @strawberry.field(
        description="Why it does not go on as it should although nothing ended or halted it; null where all is well. "
        "It goes when that is mended."
    )
    def problem(self) -> RunProblem | None:
        return None if self.row.problem is None else RunProblem(row=self.row.problem)

    @strawberry.field(description="How many node executions it had, how many failed, and the first failure.")
    def stats(self) -> JSON | None:
        return None if self.row.stats is None else JSON(self.row.stats)

    @strawberry.field(description="What it was started with.")
    async def inputs(self, info: strawberry.Info) -> list[RunInput]:
        cells = await cells_of(info.context, "emissions", (self.row.id, 0, -1), INPUTS_MAX)
        return [RunInput(name=cell.name, value=self._value(cell)) for cell in cells]

    @strawberry.field(
        description=f"What it gave until now, by name: the first {VALUES} values, or as many as `first` says, up to "
        f"{VALUES_MAX}. `afterExecution` asks for those behind one."
    )
    async def outputs(
        self, info: strawberry.Info, first: int | None = None, after_execution: int | None = None
    ) -> list[RunOutput]:
        cells = await cells_of(info.context, "outputs", (self.row.id, after_execution or 0), values_size(first))
        return outputs_of(cells, self.row.tenant_id)

    @strawberry.field(
        description="Its node executions in the order in which they were queued; behind them those whose inputs never became "
        "complete, which are known when the run is over."
    )
    async def node_executions(
        self,
        info: strawberry.Info,
        first: int | None = None,
        after: str | None = None,
        node_id: str | None = None,
        status: list[StateEnum] | None = None,  # type: ignore[valid-type]
    ) -> Connection[NodeExecution]:
        choice = Choice(node_id=short(node_id, "nodeId"), statuses=states_of(status))
        return await executions_of(info.context, self.row.id, first, after, choice)

    @strawberry.field(
        description="One of its node executions, by its number, the first where none is said; null where there is none."
    )
    async def execution(self, info: strawberry.Info, number: int = 1) -> NodeExecution | None:
        found = await execution_of(info.context, (self.row.id, number))
        return None if found is None else NodeExecution(row=found)

    @strawberry.field(
        description="Its nodes that had an execution, in the order in which they began: as they stand now, or as they stood `at` a "
        "moment. Of an execution that had begun and not ended then it is known whether it ran, was PAUSED or in REVIEW."
    )
    async def nodes(self, info: strawberry.Info, at: datetime | None = None) -> list[RunNode]:
        return await nodes_of(info.context, self.row.id, self.row.plan_hash, moment(at))

    @strawberry.field(
        description=f"Its executions in the order in which they were queued, a line each: {LINES} of them, or as many as `first` "
        f"says, up to {LINES_MAX}, behind the execution `after`; those of a node, or in some states, where that is asked for."
    )
    async def timeline(
        self,
        info: strawberry.Info,
        first: int = LINES,
        after: int | None = None,
        node_id: str | None = None,
        status: list[StateEnum] | None = None,  # type: ignore[valid-type]
    ) -> RunTimeline:
        choice = Choice(node_id=short(node_id, "nodeId"), statuses=states_of(status))
        return await timeline_of(info.context, self.row.id, first, after, choice)

    @strawberry.field(
        description="The lines that its blocks wrote, the oldest first; with `includeText` pieces of streamed text, too."
    )
    async def log(
        self,
        info: strawberry.Info,
        first: int | None = None,
        after: str | None = None,
        include_text: bool = False,
    ) -> Connection[LogLine]:
        return await _lines_of(info.context, self.row.id, first, after, include_text)

    @strawberry.field(description="The runs that its nodes started, the oldest first.")
    async def children(
        self, info: strawberry.Info, first: int | None = None, after: str | None = None
    ) -> Connection[Run]:
        return await _children_of(info.context, self.row.id, first, after)

    @strawberry.field(description="The run whose node started it; null for one that was started from outside.")
    async def parent(self, info: strawberry.Info) -> Run | None:
        parent = self.row.parent_run_id
        return None if parent is None else await run_of(info.context, parent)

    @strawberry.field(description="The execution, in the parent, that started it.")
    def parent_execution_id(self) -> strawberry.ID | None:
        parent, number = self.row.parent_run_id, self.row.parent_execution
        return None if parent is None else encode_id("NodeExecution", parent, number)

    @strawberry.field(
        description="The run that it continues; null for one that began anew, and where that was deleted."
    )
    async def continued_from(self, info: strawberry.Info) -> Run | None:
        source = self.row.continued_from_run_id
        return None if source is None else await run_of(info.context, source)

    @strawberry.field(
        description="How it continues that run: {mode, node_ids, inputs, node_inputs, outputs}, edits by their names."
    )
    def continuation(self) -> JSON | None:
        return None if self.row.continuation is None else JSON(self.row.continuation)

    @strawberry.field(description=f"The runs that continue it, the newest first: at most {CONTINUATIONS_MAX}.")
    async def continuations(self, info: strawberry.Info) -> list[Run]:
        return await _continuations_of(info.context, self.row.id)

    @strawberry.field(description="What it asked people, the oldest first: the first 100.")
    async def approvals(self, info: strawberry.Info) -> list[Approval]:
        return await approvals_of_run(info.context, self.row.id)

    @strawberry.field(description="The links by which anyone may read what it gave, those that have ended, too.")
    async def shares(self, info: strawberry.Info) -> list[RunShare]:
        call: Call = info.context

        async def load(runs: Sequence[UUID]) -> dict[UUID, list[Share]]:
            return await call.stores.shares.of_runs(call.tenant, runs)

        return [RunShare(row=row) for row in await call.loader("shares", load).load(self.row.id) or []]

    @strawberry.field(
        description="Why it, or a node execution of it, does not go on, the oldest first; with `includeCleared` those that are "
        "over, too."
    )
    async def halts(self, info: strawberry.Info, include_cleared: bool = False) -> list[RunHalt]:
        return await halts_of(info.context, self.row.id, with_cleared=include_cleared)

    @strawberry.field(description="What it was told while it ran, the oldest first, and what became of that.")
    async def orders(
        self, info: strawberry.Info, first: int | None = None, after: str | None = None
    ) -> Connection[Order]:
        return await orders_of(info.context, self.row.id, first, after)

    @strawberry.field(description="The files that it stored, the newest first.")
    async def files(
        self, info: strawberry.Info, first: int | None = None, after: str | None = None
    ) -> Connection[File]:
        return await files_of_run(info.context, self.row.id, first, after)

    @strawberry.field(description="What its calls of language models used.")
    async def llm_usage(self, info: strawberry.Info) -> LlmUsage:
        return await usage_of_run(info.context, self.row.id)

    @strawberry.field(description="What its node executions wait for now.")
    async def waits(self, info: strawberry.Info) -> list[RunWait]:
        return await waits_of(info.context, self.row.id)

    @strawberry.field(description="The events that came for it and that nobody has taken yet, the oldest first.")
    async def kept_events(self, info: strawberry.Info) -> list[KeptEvent]:
        return await kept_of(info.context, self.row.id)

    @strawberry.field(description="The key under which it is the one open run of its agent; see `signalAgent`.")
    def signal_key(self) -> str | None:
        return self.row.signal_key

    @strawberry.field(description="Its limits, and what it used of them.")
    async def limits(self, info: strawberry.Info) -> RunLimits:
        return await limits_of(info.context, self.row)

    @strawberry.field(description="Why it is QUEUED still, where a limit of how many run at once is the reason.")
    async def waiting_reason(self, info: strawberry.Info) -> str | None:
        return None if self.row.status != State.QUEUED else await waiting_reason_of(info.context, self.row.id)

    @strawberry.field(description="Where Temporal's UI shows it; null where the deployment does not say where that is.")
    def temporal_url(self, info: strawberry.Info) -> str | None:
        config = info.context.services.config
        if config.temporal_ui_url is None:
            return None
        return f"{config.temporal_ui_url}/namespaces/{config.temporal_namespace}/workflows/{workflow_id(self.row.id)}"

    def _value(self, cell: Cell) -> Value:
        return value_of(self.row.tenant_id, cell.value, cell.handle)


#: Inputs of one run: a node each.
INPUTS_MAX = LIMITS.graph_nodes_max


def outputs_of(cells: Sequence[Cell], tenant: UUID, *, is_shared: bool = False) -> list[RunOutput]:
    """Give outputs by name, names in the order of their first values."""
    found: dict[str, RunOutput] = {}
    for cell in cells:
        output = found.setdefault(cell.name, RunOutput(name=cell.name, values=[], executions=[]))
        output.values.append(value_of(tenant, cell.value, cell.handle, is_shared=is_shared))
        output.executions.append(cell.number)
    return list(found.values())


async def run_of(call: Call, run_id: UUID) -> Run | None:
    """Give a run of the caller's organisation; all that one operation asks for are read at once."""

    async def load(ids: Sequence[UUID]) -> dict[UUID, RunRow]:
        return await call.stores.run_pages.by_id(call.tenant, ids)

    row = await call.loader("run", load).load(run_id)
    return None if row is None else Run(row=row)


async def _continuations_of(call: Call, run_id: UUID) -> list[Run]:
    async def load(ids: Sequence[UUID]) -> dict[UUID, list[RunRow]]:
        return await call.stores.run_pages.continuations(call.tenant, ids)

    return [Run(row=row) for row in await call.loader("continuations", load).load(run_id) or []]


def place_of(cursor: str | None, of: str) -> Place | None:
    """Give the place in a list of runs that a cursor stands for."""
    key = decode_cursor(of, cursor, datetime, UUID)
    if key is None:
        return None
    if key[0].tzinfo is None:
        raise BadCursor
    return key[0], key[1]


def _connect(rows: list[RunRow], size: int, of: str, after: str | None) -> Connection[Run]:
    return connect(
        rows, size, lambda row: Run(row=row), lambda row: encode_cursor(of, row.created_at, row.id), after=after
    )


async def _children_of(call: Call, run_id: UUID, first: int | None, after: str | None) -> Connection[Run]:
    size = page_size(first)

    async def load(wanted: Sequence[ChildrenWanted]) -> dict[ChildrenWanted, list[RunRow]]:
        return await call.stores.run_pages.children(call.tenant, wanted, size + 1)

    rows = await call.loader(f"children {size}", load).load((run_id, place_of(after, "children"))) or []
    return _connect(rows, size, "children", after)


async def _lines_of(
    call: Call, run_id: UUID, first: int | None, after: str | None, include_text: bool
) -> Connection[LogLine]:
    size = page_size(first)
    key = decode_cursor("log", after, int)
    place = 0 if key is None else min(max(key[0], 0), 2**63 - 1)

    async def load(wanted: Sequence[Any]) -> Any:
        return await call.stores.run_contents.lines(call.tenant, wanted, size + 1)

    rows = await call.loader(f"log {size}", load).load((run_id, place, include_text)) or []
    return connect(rows, size, lambda row: LogLine(row=row), lambda row: encode_cursor("log", row.id), after=after)


@strawberry.type
class RunsQuery:
    @query(
        Right.READ_RUNS,
        "The runs, the newest first: those that nobody's node started, unless `includeChildren`. `failedNodeId` is the node whose "
        "failure was a run's first. `costMicroUsdMin` and `costMicroUsdMax` are what `llmUsage.costMicroUsd` is between, both "
        "included. `search` is a part of the agent's name, or the id of one run, also as Temporal has it; that is found whoever "
        "started it.",
    )
    async def runs(
        self,
        info: strawberry.Info,
        first: int | None = None,
        after: str | None = None,
        graph_id: strawberry.ID | None = None,
        version: int | None = None,
        status: list[StateEnum] | None = None,  # type: ignore[valid-type]
        trigger: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        include_children: bool = False,
        has_problem: bool | None = None,
        failed_node_id: str | None = None,
        started_by: strawberry.ID | None = None,
        cost_micro_usd_min: float | None = None,
        cost_micro_usd_max: float | None = None,
        search: str | None = None,
        order: RunOrderEnum = RunOrder.NEWEST_FIRST,  # type: ignore[valid-type]
    ) -> Connection[Run]:
        call: Call = info.context
        size = page_size(first)
        if failed_node_id is not None and graph_id is None:
            raise BadUserInput("A node is one of an agent: `failedNodeId` needs `graphId`.", where="failedNodeId")
        wanted = RunFilter(
            graph_id=None if graph_id is None else decode_uuid("Graph", graph_id),
            version=version,
            statuses=states_of(status),
            trigger=short(trigger, "trigger"),
            created_after=moment(created_after),
            created_before=moment(created_before),
            includes_children=include_children,
            has_problem=has_problem,
            failed_node=short(failed_node_id, "failedNodeId"),
            created_by=None if started_by is None else decode_uuid("Member", started_by),
            cost_min=cost(cost_micro_usd_min, "costMicroUsdMin", math.ceil),
            cost_max=cost(cost_micro_usd_max, "costMicroUsdMax", math.floor),
            **searched(search),
            is_oldest_first=order is RunOrder.OLDEST_FIRST,
        )
        of = f"runs {order}"
        rows = await call.stores.run_pages.page(call.tenant, wanted, place_of(after, of), size + 1)
        return _connect(rows, size, of, after)

    @query(Right.READ_RUNS, "One run.")
    async def run(self, info: strawberry.Info, id: strawberry.ID) -> Run:
        found = await run_of(info.context, decode_uuid("Run", id))
        if found is None:
            raise NotFound("There is no such Run here.")
        return found


async def _made_of(call: Call, plan_hash: str) -> Content | None:
    async def load(hashes: Sequence[str]) -> dict[str, Content]:
        return {
            digest: Content(body) for digest, body in (await call.stores.graphs.of_plans(call.tenant, hashes)).items()
        }

    return await call.loader("graph of a plan", load).load(plan_hash)


async def find_run(call: Call, parts: list[str]) -> Run:
    """Find a run by its id."""
    (part,) = parts
    found = await run_of(call, UUID(part))
    if found is None:
        raise NotFound
    return found


add_finders({"Run": (Right.READ_RUNS, find_run)})
