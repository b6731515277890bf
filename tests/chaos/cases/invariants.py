"""The oracle of the cases: I1 to I9 over everything that was acknowledged while a case ran; it repairs nothing.

I4 (money) has nothing to judge yet: nothing costs anything. I5 is judged where an agent says what it must give.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psutil
from sqlalchemy import text
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionDescription, WorkflowHistory
from temporalio.service import RPCError
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from tests.api.canaries import Canaries, files, tables
from tests.chaos.blocks import ChaosSink
from tests.chaos.cases.frame import ANSWERED, CALM, Acknowledged, CaseResult
from tests.chaos.cases.world import BROKEN, OK, PARTS, World
from tests.chaos.nemesis import WORKERS
from tests.chaos.oracle import ENDED, SAME_AS, Violation, broken_sequences, open_remains
from tests.chaos.suite import failed_tasks, insist
from tests.chaos.trace import Trace, read_trace
from tests.durable.waiting import eventually
from workflows.graph_run import GraphRun
from workflows.names import GRAPH_RUN

#: Runs that are judged at once.
WIDTH: Final = 8
SETTLE_SECONDS: Final = 30.0
#: I2: a workflow task that was tried more often than this is stuck.
TASK_ATTEMPTS_MAX: Final = 3
#: I8: how many more files a process may have open behind a case; connections are pooled, and pools fill when they are used.
FILES_MORE_MAX: Final = 60
CONNECTIONS_MAX: Final = 75
#: I9.
CALM_SUCCESS_MIN: Final = 0.9
#: Secrets by design; everything else of the data folder is searched.
KEPT: Final = frozenset({"keys.json", "owner.token", "postgres.password", "stack.json"})
#: Node executions and calls that a key may be of, where a run was ended before its ledger says so.
EXECUTIONS_TRIED: Final = 200

_TREE: Final = text("SELECT id FROM runs WHERE root_run_id = ANY(:ids)")
_IDLE: Final = text(
    "SELECT count(*) AS number FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' "
    "AND now() - state_change > interval '30 seconds'"
)
_CONNECTIONS: Final = text("SELECT count(*) AS number FROM pg_stat_activity WHERE backend_type = 'client backend'")
_ORPHANS: Final = text(
    "SELECT id FROM runs WHERE status = 'QUEUED' AND handed_over_at IS NULL AND start_after < now() - interval '10 s'"
)


@dataclass(frozen=True)
class Baseline:
    """What the stack's processes held before a case."""

    files: dict[str, int]
    children: dict[str, int]
    effects: frozenset[str]


async def baseline(world: World) -> Baseline:
    return Baseline(files_of(world), children_of(world), frozenset(world.delivered()))


def files_of(world: World) -> dict[str, int]:
    return {part: _process(world, part).num_fds() for part in (*WORKERS, "api", "temporal")}


def children_of(world: World) -> dict[str, int]:
    return {part: len(_process(world, part).children(recursive=True)) for part in (*WORKERS, "api")}


def _process(world: World, part: str) -> psutil.Process:
    pid = world.stack.pid(part)
    assert pid is not None
    return psutil.Process(pid)


async def check_invariants(world: World, before: Baseline, result: CaseResult) -> list[Violation]:
    """Give everything that is wrong with what the case left; it is healed already."""
    problems: list[Violation] = []
    limit = asyncio.Semaphore(WIDTH)
    converter = world.temporal.data_converter
    # Debugging: else a machine that has no time for us fails a replay as a deadlock, which the replay of no history is.
    replayer = Replayer(
        workflows=[GraphRun],
        workflow_runner=UnsandboxedWorkflowRunner(),
        data_converter=converter,
        debug_mode=True,
    )
    traces: list[Trace] = []

    async def judge(one: Acknowledged) -> None:
        async with limit:
            found, trace = await judge_run(world, one, replayer)
            problems.extend(found)
            traces.extend(trace.every() if trace is not None else [])

    await asyncio.gather(*(judge(one) for one in world.acknowledged))
    problems += wrong_effects(traces, world.delivered(), before.effects)
    problems += await orphans(world)
    problems += await leaks(world, before)
    problems += liveness(result)
    return problems


async def judge_run(world: World, one: Acknowledged, replayer: Replayer) -> tuple[list[Violation], Trace | None]:
    """I1, I2, I5 and I7 of one run and those that its nodes started."""
    rows = await world.statuses([one.run_id])
    if not rows:
        return [Violation("lost", f"run {one.run_id} was acknowledged and is nowhere")], None
    await world.until_settled(one.run_id, SETTLE_SECONDS)
    trace = await insist(lambda: read_trace(world.stores, one.run_id))
    problems = []
    if trace.status not in one.statuses:
        kind = "stuck" if trace.status not in ENDED else "wrong"
        wanted = "/".join(sorted(one.statuses))
        problems.append(Violation(kind, f"run {one.run_id} is {trace.status} {trace.error}, not {wanted}"))
    if one.outputs is not None and trace.status == "COMPLETED" and trace.outputs != one.outputs:
        problems.append(Violation("wrong", f"run {one.run_id} gave {trace.outputs}, not {one.outputs}"))
    for inner in trace.every():
        problems += broken_sequences(inner)
        problems += open_remains(inner) if inner.status in ENDED else await stuck(world, inner.run_id)
        problems += await judge_histories(world, inner, replayer)
    return problems, trace


async def judge_histories(world: World, trace: Trace, replayer: Replayer) -> list[Violation]:
    """I1: Temporal's status is the row's. I7: each history of the chain replays, and no task failed by our code."""
    try:
        described = await world.handle(trace.run_id).describe()
        chain = await chain_of(world, trace.run_id)
    except RPCError as error:
        # A run that was cancelled before it was started never was in Temporal.
        if trace.status == "TERMINATED" and not trace.done:
            return []
        return [Violation("lost", f"Temporal does not have run {trace.run_id}: {error}")]
    problems = []
    status = described.status.name if described.status is not None else "none"
    if trace.status in ENDED and SAME_AS.get(status) != trace.status:
        problems.append(Violation("stuck", f"run {trace.run_id} is {trace.status}, in Temporal {status}"))
    if trace.status not in ENDED and status != "RUNNING":
        problems.append(Violation("stuck", f"run {trace.run_id} is {trace.status}, in Temporal {status}"))
    for history in chain:
        replay = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        if replay.replay_failure is not None:
            problems.append(Violation("wrong", f"run {trace.run_id} does not replay: {replay.replay_failure}"))
        problems += [Violation("wrong", f"run {trace.run_id}: {said}") for said in failed_tasks(history)]
    return problems


async def chain_of(world: World, run_id: UUID) -> list[WorkflowHistory]:
    """Give the histories of every Temporal run of one of ours, the first one first."""
    handle = world.handle(run_id)
    chain = [await insist(handle.fetch_history, (RPCError,))]
    while previous := _continued(chain[0]):
        earlier = world.temporal.get_workflow_handle(handle.id, run_id=previous)
        chain.insert(0, await insist(earlier.fetch_history, (RPCError,)))
    return chain


def _continued(history: WorkflowHistory) -> str:
    return history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id


async def stuck(world: World, run_id: UUID) -> list[Violation]:
    """I2: an open run has something pending, and no workflow task that is tried again and again."""
    try:
        raw = (await world.handle(run_id).describe()).raw_description
    except RPCError as error:
        return [Violation("stuck", f"run {run_id} is open, and Temporal says: {error}")]
    problems = []
    if raw.pending_workflow_task.attempt > TASK_ATTEMPTS_MAX:
        problems.append(
            Violation("stuck", f"run {run_id}: workflow task at attempt {raw.pending_workflow_task.attempt}")
        )
    (waits,) = await world.sql(
        "SELECT count(*) AS number FROM node_executions WHERE run_id = :id AND waits_for IS NOT NULL", id=run_id
    )
    (halts,) = await world.sql(
        "SELECT count(*) AS number FROM run_halts WHERE run_id = :id AND cleared_at IS NULL", id=run_id
    )
    is_pending = raw.pending_activities or raw.pending_children or waits.number or halts.number
    if not is_pending:
        problems.append(Violation("stuck", f"run {run_id} is open and waits for nothing"))
    return problems


def wrong_effects(traces: Iterable[Trace], delivered: Any, before: frozenset[str]) -> list[Violation]:
    """I3: the effect of each execution that ended well happened, under its key; and each key that was delivered is one of a run."""
    problems, known = [], set[str]()
    for trace in traces:
        top = max((one.execution for one in trace.done), default=0) + EXECUTIONS_TRIED
        known |= {key_of(trace.run_id, execution) for execution in range(1, top)}
        for one in trace.done:
            if one.block_id != ChaosSink.id or one.status != "COMPLETED":
                continue
            keys = [said.value for said in one.said if said.pin == "effect"]
            if keys != [key_of(trace.run_id, one.execution)] or not delivered[keys[0]]:
                problems.append(Violation("lost", f"{trace.run_id}: effect of execution {one.execution}: {keys}"))
    strange = sorted(set(delivered) - known - before)
    if strange:
        problems.append(
            Violation("doubled", f"{len(strange)} effects are of no run that was acknowledged: {strange[:3]}")
        )
    return problems


def key_of(run_id: UUID, execution: int) -> str:
    """Give the key of the first outside call of an execution's first step. Written for the oracle alone: it must not follow a
    change of the blocks' SDK, because keys must not change."""
    return hashlib.sha256(f"{run_id}/{execution}/0/1".encode()).hexdigest()[:32]


async def orphans(world: World) -> list[Violation]:
    """I1, the other way round: no run waits to be started, and no open workflow is without an open row."""

    async def none_waits() -> bool:
        return not await world.sql(_ORPHANS)

    problems = []
    try:
        await eventually(none_waits, seconds=SETTLE_SECONDS)
    except AssertionError:
        problems.append(Violation("stuck", f"never started: {[str(row.id) for row in await world.sql(_ORPHANS)][:5]}"))
    query = f"WorkflowType = '{GRAPH_RUN}' AND ExecutionStatus = 'Running'"
    ids = [UUID(one.id.removeprefix("run-")) async for one in world.temporal.list_workflows(query)]
    rows = await world.statuses(ids)
    for run_id in ids:
        if rows.get(run_id) is None:
            problems.append(Violation("doubled", f"workflow run-{run_id} has no row"))
        elif rows[run_id] in ENDED and await _is_running(world, run_id):
            problems.append(Violation("stuck", f"run {run_id} is {rows[run_id]}, and its workflow runs"))
    return problems


async def _is_running(world: World, run_id: UUID) -> bool:
    """Ask Temporal itself: its lists lag behind."""
    description: WorkflowExecutionDescription = await world.handle(run_id).describe()
    return description.status is not None and description.status.name == "RUNNING"


async def leaks(world: World, before: Baseline) -> list[Violation]:
    """I8: processes, files and connections come back to what they were."""
    found: list[str] = []

    async def are_back() -> bool:
        found[:] = await _leaks(world, before)
        return not found

    try:
        await eventually(are_back, seconds=60, pause_seconds=0.25)
    except AssertionError:
        pass  # What is left is told.
    return [Violation("leak", text) for text in found]


async def _leaks(world: World, before: Baseline) -> list[str]:
    found = [
        f"{part} has {now} files open, {before.files[part]} before"
        for part, now in files_of(world).items()
        if now > before.files[part] + FILES_MORE_MAX
    ]
    found += [
        f"{part} has {now} processes below it, {before.children[part]} before"
        for part, now in children_of(world).items()
        if now > before.children[part]
    ]
    connections = (await world.sql(_CONNECTIONS))[0].number
    if connections > CONNECTIONS_MAX:
        found.append(f"{connections} connections to PostgreSQL")
    if (await world.sql(_IDLE))[0].number:
        found.append("a transaction was left open")
    return found + [f"{part} is not there" for part in PARTS if world.stack.pid(part) is None]


def liveness(result: CaseResult) -> list[Violation]:
    """I9: what was asked in calm succeeded, nothing ever broke, and each planned fault is proven."""
    problems = [
        Violation("wrong", f"{one.name} broke: {one.said}") for one in result.operations if one.outcome == BROKEN
    ][:5]
    calm = result.outcomes(CALM)
    total = sum(calm.values())
    # A refusal by rule is an answer, too: a case that expects none meets it as an error.
    answered = calm[OK] + calm[ANSWERED]
    if total and answered / total < CALM_SUCCESS_MIN:
        problems.append(Violation("void", f"in calm {answered} of {total} operations were answered"))
    if result.is_void:
        missing = [what for what, is_proven in result.proofs.items() if not is_proven] or ["any fault"]
        problems.append(Violation("void", f"not proven: {', '.join(missing)}"))
    return problems


async def search(world: World, canaries: Canaries) -> list[Violation]:
    """I6: nothing secret is in a table, a history, Temporal's file or a log. Looked for once, behind all cases."""
    places = [*await tables(world.stores.engine), *files(world.stack.data_dir, KEPT)]
    return [Violation("secret", f"{name} is in {place}") for name, place in sorted(canaries.hits(places))]


def timeouts(chain: Sequence[WorkflowHistory]) -> int:
    """Give how many attempts at nodes ended because a worker's heart did not beat."""
    return sum(
        event.activity_task_started_event_attributes.last_failure.HasField("timeout_failure_info")
        for history in chain
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED
    )


def attempts(chain: Sequence[WorkflowHistory]) -> int:
    """Give how many attempts at nodes there were beyond the first ones."""
    return sum(
        max(0, event.activity_task_started_event_attributes.attempt - 1)
        for history in chain
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED
    )
