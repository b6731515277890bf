"""The checker of a window: I1 to I9 over all that the API acknowledged in it, behind its last fault; it repairs nothing."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from temporalio.service import RPCError
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from blocks.llm.tokens import count_messages, count_tokens
from blocks.sdk.llm import Message
from schema.block import BlockSpec
from schema.graph import Graph
from tests.chaos.blocks import ChaosSink
from tests.chaos.cases.frame import ANSWERED, BROKEN, CALM, OK, Operation
from tests.chaos.cases.invariants import CALM_SUCCESS_MIN, SETTLE_SECONDS, chain_of, key_of, orphans
from tests.chaos.cases.world import World
from tests.chaos.long.agents import DEMO_SAYS
from tests.chaos.long.attempts import ATTEMPTS_FILE, Attempts, late_writes, read_attempts
from tests.chaos.long.jobs import Job
from tests.chaos.long.record import Window
from tests.chaos.oracle import ENDED, SAME_AS, Violation, broken_sequences, open_remains, overtaken, wrong_tokens
from tests.chaos.suite import failed_tasks, insist
from tests.chaos.trace import Trace, read_trace
from workflows.graph_run import GraphRun

#: Runs that are judged at once.
WIDTH: Final = 6
#: Of so many runs the history of one is replayed, and that of each with a violation.
REPLAYED_OF: Final = 4
#: Violations of one window that are told in full.
TOLD_MAX: Final = 40

_CALLS: Final = (
    "SELECT run_id, input_tokens, output_tokens FROM llm_calls WHERE run_id = ANY(:ids) "
    "ORDER BY run_id, execution, step, number"
)


class Checker:
    """The checker of a session; it knows the effects of all runs before."""

    def __init__(self, world: World, specs: Mapping[str, BlockSpec]) -> None:
        self.world, self.specs = world, specs
        self.graphs: dict[str, Graph] = {}
        self.keys: set[str] = set()
        self.delivered: Counter[str] = Counter()
        self.attempts: Attempts = {}
        converter = world.temporal.data_converter
        self.replayer = Replayer(
            workflows=[GraphRun],
            workflow_runner=UnsandboxedWorkflowRunner(),
            data_converter=converter,
            debug_mode=True,  # As in `cases.invariants`.
        )

    def know(self, graphs: Iterable[Graph]) -> None:
        """Take in agents, whose tokens are then followed."""
        for graph in graphs:
            self.graphs |= {one.id: one for one in graph.every_graph()}

    async def judge(self, window: Window, jobs: Sequence[Job]) -> dict[UUID, list[Violation]]:
        """Judge a window's runs; give what is wrong, by run."""
        limit = asyncio.Semaphore(WIDTH)
        traces: dict[UUID, Trace] = {}
        found: dict[UUID, list[Violation]] = {}
        self.delivered = self.world.delivered()
        self.attempts = read_attempts(self.world.folder / ATTEMPTS_FILE)
        replayed = 0

        async def judge_one(number: int, job: Job) -> None:
            nonlocal replayed
            async with limit:
                problems, trace = await self.judge_job(job)
                if trace is not None:
                    traces[job.run_id] = trace
                    is_replayed = bool(problems) or number % REPLAYED_OF == 0
                    for inner in trace.every():
                        problems += await self.judge_history(inner, is_replayed=is_replayed)
                        replayed += is_replayed
                if problems:
                    found[job.run_id] = problems

        await asyncio.gather(*(judge_one(number, job) for number, job in enumerate(jobs)))
        unpaid, calls = await self.charges(jobs, traces)
        for run_id, problems in unpaid.items():
            found[run_id] = [*found.get(run_id, []), *problems]
        window.figures |= figures_of(traces.values(), self.delivered)
        window.figures["nodes attempted again"] = sum(
            len(self.attempts.get((str(inner.run_id), one.execution), ())) > 1
            for trace in traces.values()
            for inner in trace.every()
            for one in inner.done
        )
        window.figures |= {"histories replayed": replayed, "model calls": calls}
        window.statuses = dict(Counter(trace.status for trace in traces.values()))
        time_recoveries(window, traces.values())
        return found

    async def judge_job(self, job: Job) -> tuple[list[Violation], Trace | None]:
        """I1, I2, I3 and I5 of one run and those that its nodes started."""
        if not await self.world.statuses([job.run_id]):
            return [Violation("lost", f"run {job.run_id} ({job.kind}) was acknowledged and is nowhere")], None
        trace = await insist(lambda: read_trace(self.world.stores, job.run_id))
        problems = []
        if trace.status not in job.statuses:
            kind = "stuck" if trace.status not in ENDED else "wrong"
            problems.append(Violation(kind, f"run {job.run_id} ({job.kind}) is {trace.status} {trace.error}"))
        elif trace.status == "COMPLETED":
            problems += outcome(job, trace)
        for one in trace.every():
            problems += broken_sequences(one)
            problems += overtaken(one)
            problems += late_writes(one, self.attempts)
            problems += open_remains(one) if one.status in ENDED else []
            problems += self.tokens(one)
        problems += missing_effects(trace.every(), self.delivered)
        return problems, trace

    def tokens(self, trace: Trace) -> list[Violation]:
        """What each execution was given is what the ledger says that others emitted."""
        graph = self.graphs.get(trace.graph_id)
        if graph is None:
            return [Violation("wrong", f"run {trace.run_id} is of agent {trace.graph_id}, which nobody brought in")]
        return wrong_tokens(trace, graph, self.specs) if trace.status == "COMPLETED" else []

    async def judge_history(self, trace: Trace, *, is_replayed: bool) -> list[Violation]:
        """I1: Temporal's status is the row's, within 30 s. I7: each history of the chain replays."""
        await self.world.until_settled(trace.run_id, SETTLE_SECONDS)
        try:
            described = await insist(self.world.handle(trace.run_id).describe, (RPCError,))
        except RPCError as error:
            # A run that was cancelled before it was started never was in Temporal.
            if trace.status == "TERMINATED" and not trace.done:
                return []
            return [Violation("lost", f"Temporal does not have run {trace.run_id}: {error}")]
        status = described.status.name if described.status is not None else "none"
        problems = []
        if SAME_AS.get(status) != trace.status:
            problems.append(Violation("stuck", f"run {trace.run_id} is {trace.status}, in Temporal {status}"))
        for history in await chain_of(self.world, trace.run_id) if is_replayed else []:
            replay = await self.replayer.replay_workflow(history, raise_on_replay_failure=False)
            if replay.replay_failure is not None:
                said = str(replay.replay_failure)[:400]
                problems.append(Violation("wrong", f"run {trace.run_id} does not replay: {said}"))
            problems += [Violation("wrong", f"run {trace.run_id}: {said}") for said in failed_tasks(history)]
        return problems

    async def charges(
        self, jobs: Sequence[Job], traces: Mapping[UUID, Trace]
    ) -> tuple[dict[UUID, list[Violation]], int]:
        """I4: each call of the model is paid once, for what it used. Gives what is not, by run, and how many calls there were."""
        asking = [job for job in jobs if job.prompts and job.run_id in traces]
        paid: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
        for row in await self.world.sql(_CALLS, ids=[job.run_id for job in asking]):
            paid[row.run_id].append((row.input_tokens, row.output_tokens))
        found = {}
        for job in asking:
            due, has = sorted(price_of(prompt) for prompt in job.prompts), sorted(paid[job.run_id])
            if due != has and traces[job.run_id].status == "COMPLETED":
                found[job.run_id] = [Violation("charged", f"run {job.run_id} paid {has}, and {due} are due")]
        return found, sum(map(len, paid.values()))

    async def strange_effects(self, jobs: Sequence[Job]) -> list[Violation]:
        """I3, the other way round: each key that was delivered is one of a run that was acknowledged."""
        rows = await self.world.sql(
            "SELECT r.id, coalesce(max(n.execution), 0) AS top FROM runs r LEFT JOIN node_executions n ON n.run_id = r.id "
            "WHERE r.root_run_id = ANY(:ids) GROUP BY r.id",
            ids=[job.run_id for job in jobs],
        )
        for row in rows:
            # Behind the last row: a run that was ended before its ledger says so had effects, too.
            self.keys |= {key_of(row.id, execution) for execution in range(1, row.top + 30)}
        strange = sorted(set(self.world.delivered()) - self.keys)
        if not strange:
            return []
        return [Violation("doubled", f"{len(strange)} effects are of no run that was acknowledged: {strange[:3]}")]

    async def orphans(self) -> list[Violation]:
        return await orphans(self.world)


def outcome(job: Job, trace: Trace) -> list[Violation]:
    """Compare a run that ended well with what its agent's reference says."""
    problems = []
    if trace.outputs != job.outputs:
        said = f"run {job.run_id} ({job.kind}) gave {_short(trace.outputs)}, not {_short(job.outputs)}"
        problems.append(Violation("wrong", said))
    sinks = [one for inner in trace.every() for one in inner.done if one.block_id == ChaosSink.id]
    if job.effects >= 0 and len(sinks) != job.effects:
        problems.append(Violation("doubled", f"run {job.run_id} has {len(sinks)} effects, not {job.effects}"))
    return problems


def figures_of(traces: Iterable[Trace], delivered: Counter[str]) -> dict[str, float]:
    """Give what the runs of a window did."""
    every = [one for trace in traces for one in trace.every()]
    keys = [
        str(said.value)
        for trace in every
        for one in trace.done
        if one.block_id == ChaosSink.id
        for said in one.said
        if said.pin == "effect"
    ]
    return {
        "runs with sub-agents": len(every),
        "executions": sum(len(trace.done) for trace in every),
        "emissions": sum(len(one.said) for trace in every for one in trace.done),
        "effects": len(keys),
        "effects repeated": sum(delivered[key] > 1 for key in keys),
    }


def missing_effects(traces: Iterable[Trace], delivered: Counter[str]) -> list[Violation]:
    """I3: the effect of each execution that ended well happened, under its key."""
    problems = []
    for trace in traces:
        for one in trace.done:
            if one.block_id != ChaosSink.id or one.status != "COMPLETED":
                continue
            keys = [said.value for said in one.said if said.pin == "effect"]
            if keys != [key_of(trace.run_id, one.execution)] or not delivered[keys[0]]:
                problems.append(Violation("lost", f"{trace.run_id}: effect of execution {one.execution}: {keys}"))
    return problems


def time_recoveries(window: Window, traces: Iterable[Trace]) -> None:
    """Note, for each fault and each run that was in progress, how long it took until the run's next commit."""
    moving = [(trace.created_at, trace.ended_at, trace.moments()) for trace in traces if trace.ended_at is not None]
    for struck in window.faults:
        at = datetime.fromtimestamp(struck.counted_from, UTC)
        for created, ended, moments in moving:
            if created < at < ended:
                after = next(moment for moment in moments if moment > at)
                struck.recoveries.append(round((after - at).total_seconds(), 2))


def liveness(operations: Sequence[Operation]) -> list[Violation]:
    """I9: what was asked in calm was answered, and nothing ever broke."""
    broken = [one for one in operations if one.outcome == BROKEN]
    problems = [Violation("wrong", f"{one.name} broke: {one.said}") for one in broken[:5]]
    calm = [one for one in operations if one.phase == CALM]
    answered = sum(one.outcome in (OK, ANSWERED) for one in calm)
    if calm and answered / len(calm) < CALM_SUCCESS_MIN:
        problems.append(Violation("void", f"in calm {answered} of {len(calm)} operations were answered"))
    return problems


def counted(operations: Sequence[Operation]) -> dict[str, dict[str, int]]:
    """Give {phase: {outcome: count}}."""
    found: dict[str, dict[str, int]] = {}
    for one in operations:
        phase = found.setdefault(one.phase, {})
        phase[one.outcome] = phase.get(one.outcome, 0) + 1
    return found


def price_of(prompt: str) -> tuple[int, int]:
    """Give the tokens of a call of the demo model: those of what it is asked, and of its answer."""
    return count_messages([Message("user", prompt)]), count_tokens(f"{DEMO_SAYS}{prompt}")


def _short(value: Any) -> str:
    said = repr(value)
    return said if len(said) <= 300 else f"{said[:300]}..."
