"""The suite: undisturbed runs first, then the same agents under every fault, judged run by run; the stack is its own.

The measure is an agent's undisturbed run with each node by itself. Fused it must give the same, undisturbed and under faults; one
agent of a round is struck apart, too.

A round starts a handful of agents at once and strikes one to two times at random moments while they are in progress. What a
round leaves behind is judged when all its runs are over, or have moved no more for `STUCK_SECONDS`.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from deploy.build import Stores
from deploy.stack import Stack
from schema.block import BlockSpec
from schema.db.runs import NewRun
from schema.graph import Graph
from schema.ids import LOCAL_TENANT, workflow_id
from tests.chaos.graphs import inputs_of, random_graph
from tests.chaos.nemesis import Strike, reborn, strike
from tests.chaos.oracle import ENDED, SAME_AS, Violation, judge, unexpected_effects
from tests.chaos.trace import Trace, read_trace
from tests.durable.waiting import eventually
from workflows.engine.plan import compile_graph
from workflows.graph_run import GraphRun

T = TypeVar("T")
Say = Callable[[str], None]

STUCK_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.1
#: "Recovery after a worker's death under 10 s": the promise, for the faults that kill nothing but workers.
RECOVERY_SECONDS_MAX: Final = 10.0
WORKER_FAULTS: Final = frozenset({"worker", "engine", "workers"})
AWAY: Final = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, RPCError, TimeoutError)

_OPEN: Final = text("SELECT id FROM runs WHERE root_run_id = ANY(:ids) AND status <> ALL(:ended)")
_STATE: Final = text(
    "SELECT r.id, r.status, (SELECT count(*) FROM emissions e WHERE e.run_id = ANY(t.ids)) AS said, "
    "(SELECT coalesce(sum(fence % 1000 + step), 0) FROM node_executions n WHERE n.run_id = ANY(t.ids)) AS moved "
    "FROM runs r CROSS JOIN LATERAL "
    "(SELECT array_agg(c.id) AS ids FROM runs c WHERE c.root_run_id = r.id) t WHERE r.id = ANY(:ids)"
)


@dataclass
class Measure:
    """An agent, fused and apart, and what it gives apart and undisturbed."""

    fused: Graph
    apart: Graph
    trace: Trace

    def graph_of(self, trace: Trace) -> Graph:
        return self.fused if trace.graph_id == self.fused.id else self.apart


@dataclass
class RunResult:
    """One run under one fault, judged."""

    seed: int
    run_id: UUID
    status: str
    seconds: float
    violations: list[Violation] = field(default_factory=list)
    #: Seconds from each strike to the run's next commit.
    recoveries: list[float] = field(default_factory=list)


@dataclass
class FaultResult:
    """All runs under one fault."""

    fault: str
    runs: list[RunResult] = field(default_factory=list)
    strikes: list[Strike] = field(default_factory=list)
    #: Seconds from a strike until the supervisor had everything started again; until a node that was hit ran again.
    rebirths: list[float] = field(default_factory=list)
    retakes: list[float] = field(default_factory=list)
    others: list[Violation] = field(default_factory=list)

    @property
    def violations(self) -> list[Violation]:
        return [*self.others, *(violation for run in self.runs for violation in run.violations)]


class Suite:
    """What the rounds need, and what they found so far."""

    def __init__(
        self, stack: Stack, stores: Stores, client: Client, specs: dict[str, BlockSpec], sink: Path, say: Say
    ) -> None:
        self.stack, self.stores, self.client, self.specs, self.sink, self.say = stack, stores, client, specs, sink, say
        self.golden: dict[int, Measure] = {}
        self.traces: list[Trace] = []
        self.replayer = Replayer(
            workflows=[GraphRun],
            workflow_runner=UnsandboxedWorkflowRunner(),
            data_converter=client.data_converter,
            debug_mode=True,  # As in `cases.invariants`.
        )

    async def run_golden(self, seeds: Sequence[int]) -> list[Violation]:
        """Run each agent undisturbed, with each node by itself, which is the measure, and fused."""
        problems = []
        for is_fused in (False, True):
            graphs = {seed: random_graph(seed, str(self.sink), is_fused=is_fused) for seed in seeds}
            run_ids = [await self.submit(graphs[seed], seed) for seed in seeds]
            await self.until_over(run_ids)
            for seed, run_id in zip(seeds, run_ids, strict=True):
                trace = await read_trace(self.stores, run_id)
                self.traces.append(trace)
                if not is_fused:
                    self.golden[seed] = Measure(random_graph(seed, str(self.sink)), graphs[seed], trace)
                problems += await self.judge(trace, seed)
                if trace.status != "COMPLETED":
                    problems.append(
                        Violation("wrong", f"undisturbed run {run_id} (seed {seed}) {trace.status} {trace.error}")
                    )
        return problems

    async def submit(self, graph: Graph, seed: int) -> UUID:
        """Keep the agent and accept a run of it."""
        graph = await self.stores.submission.save_graph(LOCAL_TENANT, graph)
        plan = compile_graph(graph, self.specs)
        new = NewRun(
            tenant_id=LOCAL_TENANT,
            graph_id=UUID(graph.id),
            graph_version=graph.version,
            plan_hash=plan.hash,
            agent_name=graph.name,
            inputs=inputs_of(seed),
            start_after_seconds=0.0,
        )
        run = await self.stores.submission.accept(graph, self.specs, (plan.hash, plan.to_lists()), new)
        return run.id

    async def run_round(self, fault: str, seeds: Sequence[int], choice: random.Random, result: FaultResult) -> None:
        """Start these agents, strike, wait, judge."""
        chosen = [*((seed, self.golden[seed].fused) for seed in seeds), (seeds[0], self.golden[seeds[0]].apart)]
        run_ids = {await self.submit(graph, seed): seed for seed, graph in chosen}
        total = sum(emissions_of(self.golden[seed].trace) for seed, _ in chosen)
        strikes: list[Strike] = []
        for moment in sorted(choice.uniform(0.0, 0.9) for _ in range(choice.randint(1, 2))):
            await self.until_said(list(run_ids), moment * total)
            blow = await strike(fault, self.stack, self.client, lambda: self.open_runs(list(run_ids)), choice)
            if blow is None:
                break
            strikes.append(blow)
            result.rebirths.append(await reborn(self.stack, blow))
        result.strikes += strikes
        await self.until_over(list(run_ids))
        for run_id, seed in run_ids.items():
            result.runs.append(await self.judged_run(seed, run_id, strikes, fault))
        result.retakes += [seconds for blow in strikes for seconds in await self.retakes(blow)]
        self.say(f"{fault}: {len(result.runs)} runs, {len(result.violations)} violations")

    async def judged_run(self, seed: int, run_id: UUID, strikes: Sequence[Strike], fault: str) -> RunResult:
        trace = await insist(lambda: read_trace(self.stores, run_id))
        self.traces.append(trace)
        run = RunResult(seed, run_id, trace.status, _seconds(trace), await self.judge(trace, seed))
        moments = trace.moments()
        for blow in strikes:
            if run_id in blow.in_progress:
                after = next((moment for moment in moments if moment > blow.at), None)
                if after is not None:
                    run.recoveries.append((after - blow.at).total_seconds())
        late = [seconds for seconds in run.recoveries if seconds > RECOVERY_SECONDS_MAX]
        if late and fault in WORKER_FAULTS:
            run.violations.append(Violation("slow", f"run {run_id} moved again only after {max(late):.1f} s"))
        return run

    async def judge(self, trace: Trace, seed: int) -> list[Violation]:
        """Judge a run by the oracle, and by what Temporal says of it."""
        measure = self.golden[seed]
        problems = judge(trace, measure.trace, measure.graph_of(trace), self.specs, self.delivered())
        for one in trace.every():
            problems += await self.judge_history(one)
        return problems

    async def judge_history(self, trace: Trace) -> list[Violation]:
        """I1: Temporal's status is the row's. I7: the history replays. And no workflow task failed by our code."""
        handle = self.client.get_workflow_handle(workflow_id(trace.run_id))
        try:
            description = await insist(handle.describe, (RPCError,))
            history = await insist(handle.fetch_history, (RPCError,))
        except RPCError as error:
            return [Violation("lost", f"Temporal does not have run {trace.run_id}: {error}")]
        problems = []
        status = description.status.name if description.status is not None else "none"
        if SAME_AS.get(status) != trace.status:
            problems.append(Violation("stuck", f"run {trace.run_id} is {trace.status}, in Temporal {status}"))
        replay = await self.replayer.replay_workflow(history, raise_on_replay_failure=False)
        if replay.replay_failure is not None:
            problems.append(Violation("wrong", f"run {trace.run_id} does not replay: {replay.replay_failure}"))
        problems += [Violation("wrong", f"run {trace.run_id}: {text}") for text in failed_tasks(history)]
        return problems

    async def retakes(self, blow: Strike) -> list[float]:
        """Give how long it took until the node that was hit was running again."""
        if blow.aimed_at is None:
            return []
        workflow, activity = blow.aimed_at
        history = await insist(self.client.get_workflow_handle(workflow).fetch_history, (RPCError,))
        scheduled = {
            event.event_id
            for event in history.events
            if event.activity_task_scheduled_event_attributes.activity_id == activity
        }
        return [
            (event.event_time.ToDatetime(blow.at.tzinfo) - blow.at).total_seconds()
            for event in history.events
            if event.activity_task_started_event_attributes.scheduled_event_id in scheduled
            and event.activity_task_started_event_attributes.attempt > 1
            and event.event_time.ToDatetime(blow.at.tzinfo) > blow.at
        ]

    def unexpected_effects(self) -> list[Violation]:
        return unexpected_effects(self.traces, self.delivered())

    def delivered(self) -> Counter[str]:
        """Give how often each effect happened."""
        return Counter(self.sink.read_text().split()) if self.sink.exists() else Counter()

    async def open_runs(self, run_ids: Sequence[UUID]) -> list[UUID]:
        """Give those that are not over, and of their children those that are not."""

        async def look() -> Sequence[UUID]:
            async with self.stores.engine.connect() as connection:
                return (await connection.execute(_OPEN, {"ids": list(run_ids), "ended": list(ENDED)})).scalars().all()

        return list(await insist(look))

    async def state(self, run_ids: Sequence[UUID]) -> Sequence[Any]:
        async def look() -> Sequence[Any]:
            async with self.stores.engine.connect() as connection:
                return (await connection.execute(_STATE, {"ids": list(run_ids)})).all()

        return await insist(look)

    async def until_over(self, run_ids: Sequence[UUID]) -> None:
        """Wait until all are over, or none has moved for `STUCK_SECONDS`."""
        await self.until_said(run_ids, float("inf"))

    async def until_said(self, run_ids: Sequence[UUID], emissions: float) -> None:
        """Wait until these runs and their children have so many emissions, or are over, or have moved no more."""
        clock = asyncio.get_running_loop().time
        moved_at = clock()
        before: Any = None

        async def is_time() -> bool:
            nonlocal before, moved_at
            rows = await self.state(run_ids)
            if all(row.status in ENDED for row in rows) or sum(row.said for row in rows) > emissions:
                return True
            now = sorted((str(row.id), row.status, row.said, row.moved) for row in rows)
            if now != before:
                before, moved_at = now, clock()
            return clock() - moved_at > STUCK_SECONDS

        await eventually(is_time, seconds=float("inf"), pause_seconds=LOOK_SECONDS)


def failed_tasks(history: WorkflowHistory) -> Iterable[str]:
    """Name the workflow tasks that our code made fail. (One that a dead worker left behind times out: that is no failure. Nor is
    UNHANDLED_COMMAND: something came for a run that was about to end, and Temporal has it look again.)"""
    for event in history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failed = event.workflow_task_failed_event_attributes
            if failed.cause == WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND:
                continue
            yield f"workflow task failed: {WorkflowTaskFailedCause.Name(failed.cause)}: {failed.failure.message[:300]}"


async def insist(work: Callable[[], Awaitable[T]], errors: tuple[type[Exception], ...] = AWAY) -> T:
    """Do what needs servers that may be away; give up when they are away for as long as a run may be stuck."""
    deadline = asyncio.get_running_loop().time() + STUCK_SECONDS

    async def try_it() -> tuple[T] | None:
        try:
            return (await work(),)
        except errors:
            if asyncio.get_running_loop().time() > deadline:
                raise
            return None

    (done,) = await eventually(try_it, seconds=2 * STUCK_SECONDS, pause_seconds=LOOK_SECONDS)
    return done


def emissions_of(trace: Trace) -> int:
    """Give how many emissions a run has, its children's included."""
    return sum(len(one.said) for run in trace.every() for one in run.done)


def _seconds(trace: Trace) -> float:
    ended: datetime = trace.ended_at or trace.created_at
    return (ended - trace.created_at).total_seconds()
