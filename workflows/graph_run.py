"""GraphRun: the one workflow, which runs any plan; it decides nothing itself, touches no value and does no I/O.

It feeds events to the scheduler and obeys its commands. What lasts: the history, and on continue-as-new the scheduler's lists.
Continue-as-new happens when Temporal suggests it or the history has `EVENTS_BUDGET` events: nothing more is dispatched, what
runs may end within `DRAIN_SECONDS`, the rest is told to hand over, and the next run dispatches it again.

Long things are not activities: a timer is the workflow's own, an agent that a node runs is a child workflow that is
abandoned on purpose and reports by the signal `wake`, so that both outlive a continue-as-new.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta
from typing import Any, Final

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy, SearchAttributeKey, WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError, WorkflowAlreadyStartedError

from workflows.attributes import attributes_of
from workflows.engine.events import (
    Cancelled,
    Command,
    Dispatch,
    Emitted,
    End,
    Event,
    Failed,
    Finished,
    Held,
    Parked,
    Released,
    Returned,
    Started,
    Wait,
    Woken,
)
from workflows.engine.plan import Plan
from workflows.engine.scheduler import Scheduler
from workflows.names import (
    EMIT_SIGNAL,
    ENGINE_QUEUE,
    GRAPH_RUN,
    PLATFORM_QUEUE,
    PROJECT,
    RUN_STATUS,
    TASK_TIMEOUT_SECONDS,
    WAKE_SIGNAL,
)
from workflows.wire import DONE, FAILED, Header, item_to_lists, start_of

# EVENTS_BUDGET and TOLD_AT_ONCE, like the scheduler's IN_FLIGHT_MAX, decide what open runs do next: a change of one breaks their
# replay (tests/replay shows it), so it needs a new worker version.
#: Events after which a run continues as new: Temporal's limit is 51,200, and a history of 4,096 still replays at once.
EVENTS_BUDGET: Final = 2_800
DRAIN_SECONDS: Final = 10
#: Outputs that one signal tells a parent of.
TOLD_AT_ONCE: Final = 500
#: A worker's death is noticed after this; workers beat every second.
HEARTBEAT_TIMEOUT: Final = timedelta(seconds=5)
#: Seconds on top of a node's own limit: the worker ends it, Temporal only where the worker cannot.
TIMEOUT_MARGIN_SECONDS: Final = 30.0
#: Failures of blocks are counted and decided by the activity; what is left is the world's, and is tried for ever.
ACTIVITY_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=500), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=15)
)
#: JSON characters of a carried state from which inline values are left to the ledger.
STATE_CHARS_MAX: Final = 256_000
STATE_INLINE_CHARS_MAX: Final = 24

_RUN_STATUS: Final = SearchAttributeKey.for_keyword(RUN_STATUS)


@workflow.defn(name=GRAPH_RUN)
class GraphRun:
    """One run of one plan. The argument is `workflows.wire.start_of`."""

    @workflow.init
    def __init__(self, start: list[Any]) -> None:
        header, plan, inputs, state = start
        self.header = Header.from_lists(header)
        self.plan_lists = plan
        self.plan = Plan.from_lists(plan)
        self.events: deque[Event] = deque()
        #: What each dispatch in flight runs as, by its number.
        self.activities: dict[int, workflow.ActivityHandle[Any]] = {}
        self.waits: set[asyncio.Task[None]] = set()
        #: How to start the children that are to be started, by run id; afterwards the id alone is known.
        self.child_starts: dict[str, dict[str, Any]] = {}
        #: The execution that each child belongs to, by the child's run id, and those whose start is not confirmed yet.
        self.children: dict[str, int] = {}
        self.starting: set[str] = set()
        #: What only the workflow knows and PostgreSQL is to be told, and the one loop that tells it, batch by batch.
        self.facts: list[Any] = []
        self.egress: asyncio.Task[None] | None = None
        self.has_told_error = False
        self.end: End | None = None
        self.is_draining = False
        #: Outputs that the parent was, or is to be, told of; one batch at a time, so that they arrive in order.
        self.told_outputs = 0
        self.untold: list[Any] = []
        self.telling: asyncio.Task[None] | None = None
        if state is None:
            self.scheduler = Scheduler(self.plan)
            self.events.append(Started(inputs))
        else:
            self._restore(state)

    def _restore(self, state: list[Any]) -> None:
        lists, children, told = state
        self.scheduler = Scheduler.from_lists(self.plan, lists)
        self.children = dict(children)
        self.told_outputs = told
        for execution, wait in self.scheduler.parked:
            self._wait(Wait(execution, wait))
        if self.scheduler.running:
            self.events.append(Returned(self.scheduler.running))
        self.events.append(Released())

    @workflow.run
    async def run(self, start: list[Any]) -> list[Any]:
        """Run to the end; give [status, code, message]. A failed run fails, a cancelled one is cancelled."""
        while True:
            try:
                await workflow.wait_condition(self._has_something_to_do)
            except asyncio.CancelledError:
                self.events.append(Cancelled("Cancelled."))
            self._feed_all()
            if self.end is not None:
                return await self._finish_shielded(self.end)
            if self._is_drained():
                self._continue_as_new()

    @workflow.signal(name=EMIT_SIGNAL)
    def emit(self, messages: list[list[Any]]) -> None:
        """Take in emissions of executions that still run, each [execution, first, next, deliveries]."""
        self.events.extend(Emitted(*message) for message in messages)

    @workflow.signal(name=WAKE_SIGNAL)
    def wake(self, message: list[Any]) -> None:
        """Wake a parked execution: [execution, arrivals]."""
        self.events.append(Woken(message[0], message[1]))

    # The loop

    def _has_something_to_do(self) -> bool:
        return bool(self.events) or self._is_drained()

    def _feed_all(self) -> None:
        while self.events and self.end is None:
            for command in self.scheduler.feed(self.events.popleft()):
                self._obey(command)
        self._tell_parent_outputs()
        if self.scheduler.first_error is not None and not self.has_told_error:
            self.has_told_error = True
            self._project(["progress", self._stats()])
        workflow.set_current_details(self._details())
        if self.end is None and not self.is_draining and self._is_history_long():
            self._drain()

    def _obey(self, command: Command) -> None:
        match command:
            case Dispatch():
                self._dispatch(command)
            case Wait():
                self._wait(command)
            case End():
                self.end = command

    # Dispatches

    def _dispatch(self, dispatch: Dispatch) -> None:
        node = self.plan.nodes[dispatch.node]
        first, last = dispatch.items[0], dispatch.items[-1]
        which = f"#{first.ordinal}" if first is last else f"#{first.ordinal}-{last.ordinal}"
        step = f".{first.step}" if first.step else ""
        handle = workflow.start_activity(
            node.block_name,
            args=[
                self.header.to_lists(),
                dispatch.node,
                dispatch.number,
                [item_to_lists(item) for item in dispatch.items],
            ],
            task_queue=node.queue,
            activity_id=f"{node.title}{which}{step}",
            summary=f"{node.title}{which}",
            start_to_close_timeout=timedelta(
                seconds=node.timeout_seconds * len(dispatch.items) + TIMEOUT_MARGIN_SECONDS
            ),
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            cancellation_type=workflow.ActivityCancellationType.TRY_CANCEL,
            result_type=list,
        )
        self.activities[dispatch.number] = handle
        handle.add_done_callback(lambda task: self._done(dispatch, task))

    def _done(self, dispatch: Dispatch, task: asyncio.Task[Any]) -> None:
        """Turn an activity's end into events."""
        self.activities.pop(dispatch.number, None)
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None:
            self._take_records(task.result())
            return
        cause = error.cause if isinstance(error, ActivityError) else error
        if isinstance(cause, ApplicationError) and cause.details:
            self._take_records(cause.details)
        elif isinstance(cause, CancelledError | asyncio.CancelledError):
            self.events.append(Returned([item.execution for item in dispatch.items]))
        else:
            code = cause.type if isinstance(cause, ApplicationError) and cause.type else type(cause).__name__
            for item in dispatch.items:
                failure = Failed(item.execution, item.received, item.received, [], code, str(cause))
                self.events.append(failure)

    def _take_records(self, records: Any) -> None:
        for execution, outcome, first, upto, deliveries, extra in records:
            if outcome == DONE:
                self.events.append(Finished(execution, first, upto, deliveries))
            elif outcome == FAILED:
                self.events.append(Failed(execution, first, upto, deliveries, extra[0], extra[1]))
            else:
                self.events.append(Parked(execution, first, upto, deliveries, self._wait_of(extra)))

    # Waiting

    def _wait_of(self, extra: list[Any]) -> list[Any]:
        """Give what a parked execution waits for, as the scheduler keeps it: a deadline, or a child's run id."""
        kind, detail = extra
        if kind == "sleep":
            return ["sleep", workflow.now().timestamp() + detail]
        if isinstance(detail, dict):
            self.child_starts[detail["run_id"]] = detail
            return ["child", detail["run_id"]]
        return ["child", detail]

    def _wait(self, command: Wait) -> None:
        kind, detail = command.wait
        if kind == "sleep":
            self._begin(self._sleep(command.execution, detail))
        elif detail in self.child_starts:
            self.children[detail] = command.execution
            self.starting.add(detail)
            self._begin(self._start_child(command.execution, self.child_starts.pop(detail)))

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.waits.add(task)
        task.add_done_callback(self.waits.discard)

    async def _sleep(self, execution: int, deadline: float) -> None:
        left = max(0.0, deadline - workflow.now().timestamp())
        title = self.plan.nodes[self.scheduler.open[execution].node].title
        await workflow.sleep(left, summary=f"{title}: {left:g} s")
        self.events.append(Woken(execution))

    async def _start_child(self, execution: int, child: dict[str, Any]) -> None:
        """Start an agent that a node runs. It may be there already: the starter, or an earlier try, was first."""
        try:
            handle = await workflow.start_child_workflow(
                GRAPH_RUN,
                child["start"],
                id=f"run-{child['run_id']}",
                task_queue=ENGINE_QUEUE,
                task_timeout=timedelta(seconds=TASK_TIMEOUT_SECONDS),
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                cancellation_type=workflow.ChildWorkflowCancellationType.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=attributes_of(self.header, child["agent_id"], child["agent_version"], "child"),
                static_summary=child["summary"],
                priority=Priority(fairness_key=self.header.tenant_id),
            )
        except WorkflowAlreadyStartedError:
            return
        finally:
            self.starting.discard(child["run_id"])
        handle.add_done_callback(lambda task: self._child_closed(execution, task))

    def _child_closed(self, execution: int, task: asyncio.Task[Any]) -> None:
        """Wake the node when its child closed, however it did; the child's own signal usually came before."""
        if not task.cancelled():
            task.exception()
            self.events.append(Woken(execution, [["end"]]))

    # Continue-as-new

    def _is_history_long(self) -> bool:
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.get_current_history_length() >= EVENTS_BUDGET

    def _drain(self) -> None:
        self.is_draining = True
        self._project(["progress", self._stats()])
        self.events.append(Held())
        self._begin(self._hurry())

    async def _hurry(self) -> None:
        """Give what runs some time to end, then tell it to hand over."""
        await workflow.sleep(DRAIN_SECONDS, summary="continue as new")
        for handle in list(self.activities.values()):
            handle.cancel()

    def _is_drained(self) -> bool:
        return (
            self.is_draining
            and not self.activities
            and not self.events
            and not self.child_starts
            and not self.starting
            and not self.untold
            and (self.telling is None or self.telling.done())
            and (self.egress is None or self.egress.done())
            and workflow.all_handlers_finished()
        )

    def _continue_as_new(self) -> None:
        lists = self.scheduler.to_lists()
        if len(str(lists)) > STATE_CHARS_MAX:
            lists = self.scheduler.to_lists(STATE_INLINE_CHARS_MAX)
        state = [lists, sorted(self._open_children().items()), self.told_outputs]
        workflow.continue_as_new(start_of(self.header, self.plan_lists, {}, state))

    # Telling others

    def _tell_parent_outputs(self) -> None:
        """Tell the node that runs this agent of each output as it is handed on, in that order."""
        outputs = self.scheduler.take_outputs()
        if self.header.parent is None or not outputs:
            return
        self.untold += [["out", self.told_outputs + offset, execution] for offset, execution in enumerate(outputs)]
        self.told_outputs += len(outputs)
        if self.telling is None or self.telling.done():
            self.telling = asyncio.create_task(self._tell_parent())

    async def _tell_parent(self) -> None:
        while self.untold:
            batch, self.untold = self.untold[:TOLD_AT_ONCE], self.untold[TOLD_AT_ONCE:]
            await self._signal_parent(batch)

    async def _signal_parent(self, arrivals: list[Any]) -> None:
        assert self.header.parent is not None
        run_id, execution = self.header.parent
        try:
            await workflow.get_external_workflow_handle(f"run-{run_id}").signal(WAKE_SIGNAL, [execution, arrivals])
        except ApplicationError:
            workflow.logger.info("The run %s that this agent reports to is over.", run_id)

    def _details(self) -> str:
        """Describe the run for Temporal's UI."""
        scheduler = self.scheduler
        error = "" if scheduler.first_error is None else f"\n\nfirst error: {': '.join(scheduler.first_error[1:])}"
        return (
            "| executions | running | ready | parked | waiting | errors |\n|---|---|---|---|---|---|\n"
            f"| {scheduler.executions} | {sum(len(d) for d in scheduler.in_flight.values())} | {scheduler.ready_count} "
            f"| {len(scheduler.parked)} | {scheduler.waiting_count} | {scheduler.error_count} |{error}"
        )

    async def _finish_shielded(self, end: End) -> list[Any]:
        """Finish to the last step, whoever cancels meanwhile."""
        finishing = asyncio.create_task(self._finish(end))
        while True:
            try:
                return await asyncio.shield(finishing)
            except asyncio.CancelledError:
                if finishing.done():
                    raise

    async def _finish(self, end: End) -> list[Any]:
        """End what still runs, write the end down, tell the parent, and close."""
        for handle in list(self.activities.values()):
            handle.cancel()
        for run_id in sorted(self._open_children()):
            await self._cancel_child(run_id)
        if self.telling is not None:
            await self.telling
        workflow.upsert_search_attributes([_RUN_STATUS.value_set(end.status)])
        self._project(["end", end.status, end.code, end.message, self._stats(), self._waiting(end)])
        assert self.egress is not None
        await self.egress
        if self.header.parent is not None:
            await self._signal_parent([["end"]])
        if end.status == "TERMINATED":
            raise asyncio.CancelledError
        if end.status == "FAILED":
            raise ApplicationError(end.message or "", type=end.code, non_retryable=True)
        return [end.status, end.code, end.message]

    def _open_children(self) -> dict[str, int]:
        """Give the children whose nodes still wait for them."""
        return {run_id: execution for run_id, execution in self.children.items() if self.scheduler.is_open(execution)}

    async def _cancel_child(self, run_id: str) -> None:
        try:
            await workflow.get_external_workflow_handle(f"run-{run_id}").cancel()
        except ApplicationError:
            workflow.logger.info("The child %s is over.", run_id)

    def _project(self, fact: list[Any]) -> None:
        """Have a fact written into PostgreSQL, after those before it, for as long as that takes."""
        self.facts.append(fact)
        if self.egress is None or self.egress.done():
            self.egress = asyncio.create_task(self._tell_facts())

    async def _tell_facts(self) -> None:
        while self.facts:
            batch, self.facts = self.facts, []
            summary = ", ".join(fact[0] for fact in batch)
            if self.end is not None and not self.end.waiting:
                await self._tell_end(batch, summary)
                continue
            await workflow.execute_activity(
                PROJECT,
                args=[self.header.to_lists(), batch],
                task_queue=PLATFORM_QUEUE,
                start_to_close_timeout=timedelta(seconds=30),
                heartbeat_timeout=HEARTBEAT_TIMEOUT,
                retry_policy=ACTIVITY_RETRY,
                summary=summary,
            )

    async def _tell_end(self, batch: list[Any], summary: str) -> None:
        """Have the end written by the engine's own process, within the workflow task: one small transaction, at a time when
        nothing else waits for the workflow. Through a queue it costs a run of ten nodes a tenth of its time."""
        await workflow.execute_local_activity(
            PROJECT,
            args=[self.header.to_lists(), batch],
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=ACTIVITY_RETRY,
            local_retry_threshold=timedelta(seconds=1),
            summary=summary,
        )

    def _waiting(self, end: End) -> list[Any]:
        """Give [node id, [[pin, token], ...]] of what never became complete."""
        return [[self.plan.nodes[node].id, [[pin, token] for pin, token in tokens]] for node, tokens in end.waiting]

    def _stats(self) -> dict[str, Any]:
        first = self.scheduler.first_error
        keys = ("node_id", "title", "code", "message")
        return {
            "node_execution_count": self.scheduler.executions,
            "node_error_count": self.scheduler.error_count,
            "first_error": None if first is None else dict(zip(keys, first, strict=True)),
        }
