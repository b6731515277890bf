"""GraphRun: the one workflow, which runs any plan; it decides nothing itself, touches no value and does no I/O.

It feeds events to the scheduler and obeys its commands. What lasts: the history, and on continue-as-new the scheduler's lists.
Continue-as-new happens when Temporal suggests it or the history has `EVENTS_BUDGET` events: nothing more is dispatched, what
runs may end within `DRAIN_SECONDS`, the rest is told to hand over, and the next run dispatches it again.

Long things are not activities: a timer is the workflow's own, an agent that a node runs is a child workflow that is
abandoned on purpose and reports by the signal `wake`, so that both outlive a continue-as-new.

What people and systems tell a run comes by signals: `order` from the API (see `workflows.control`), and `event`, `pause` and
`resume`, which are made to be sent by hand with Temporal's own tools. What halts the whole run halts the runs below, too.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Final

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError

from workflows.control import PARENT_KEY, Control, is_of_run
from workflows.describing import describe
from workflows.dispatches import Dispatches
from workflows.engine.events import (
    Cancelled,
    Clear,
    Command,
    Dispatch,
    DispatchRegion,
    End,
    Event,
    Halt,
    Held,
    Ordered,
    Parked,
    Recall,
    Released,
    Returned,
    Started,
    Wait,
    Woken,
)
from workflows.engine.plan import Plan
from workflows.engine.scheduler import Scheduler
from workflows.engine.tool_calls import given_up_with
from workflows.family import Family
from workflows.messages import read_arrivals, read_emissions, read_raw_event, read_records, text_of
from workflows.names import (
    EMIT_SIGNAL,
    EVENT_SIGNAL,
    GRAPH_RUN,
    ORDER_SIGNAL,
    OVER_SIGNAL,
    PAUSE_SIGNAL,
    RESUME_SIGNAL,
    RUN_STATUS,
    WAKE_SIGNAL,
)
from workflows.region_tasks import RegionTasks
from workflows.telling import FACTS_CHARS_MAX, Telling
from workflows.wire import Header, start_of

# EVENTS_BUDGET, like the scheduler's IN_FLIGHT_MAX and the family's TOLD_AT_ONCE, decides what open runs do next: a change of one
# breaks their replay (tests/replay shows it), so it needs a new worker version.
#: Events after which a run continues as new: Temporal's limit is 51,200, and a history of 4,096 still replays at once.
EVENTS_BUDGET: Final = 2_800
DRAIN_SECONDS: Final = 10
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
        self.dispatches = Dispatches(self.header, self.plan, self)
        self.waits: set[asyncio.Task[None]] = set()
        #: What only the workflow knows and PostgreSQL is to be told.
        self.telling = Telling(self.header)
        self.regions = RegionTasks(self.header, self.plan, self.events.append)
        self.has_told_error = False
        self.end: End | None = None
        self.is_draining = False
        #: Whether what is fed is what this run of the chain begins with: whatever else comes is fed behind it.
        self.is_beginning = False
        #: The timer of each execution that waits with an end, and of the run's own time.
        self.timers: dict[int, asyncio.Task[None]] = {}
        self.wall_timer: asyncio.Task[None] | None = None
        #: When the first run of the chain began, in seconds since 1970; None in the first.
        self.began_at: float | None = None
        if state is None:
            self.scheduler = Scheduler(self.plan)
            self.control = Control(self.scheduler)
            self.family = Family(self.header, self.scheduler, self._begin)
            self._set_limits()
            self.events.append(Started(inputs))
        else:
            self._restore(state)

    def _set_limits(self) -> None:
        """Begin with the limits that the run was accepted with."""
        if self.header.limits is not None:
            executions_max, wall_seconds_max, in_flight_max = self.header.limits
            self.scheduler.limit(executions_max, in_flight_max)
            self.control.wall_seconds_max = wall_seconds_max
            self._watch_time()

    def _restore(self, state: list[Any]) -> None:
        """Go on where the state stands: of the run before this one in the chain, or of another that this one continues."""
        lists, children, told, *rest = state
        self.scheduler = Scheduler.from_lists(self.plan, lists)
        if rest:
            *control, self.began_at = rest[0]
            self.control = Control.from_lists(self.scheduler, control)
            self._watch_time()
        else:
            self.control = Control(self.scheduler)
            self._set_limits()
        self.family = Family(self.header, self.scheduler, self._begin)
        self.family.children = dict(children)
        self.family.told_outputs = told
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

    # Signals take whatever comes: one with a signature would raise where somebody leaves its argument out.

    @workflow.signal(name=EMIT_SIGNAL)
    def emit(self, *said: Any) -> None:
        """Take in emissions of executions that still run: [[execution, first, next, deliveries], ...]."""
        self.events.extend(read_emissions(said, len(self.plan.links)))

    @workflow.signal(name=OVER_SIGNAL)
    def over(self, *said: Any) -> None:
        """Take in records of executions that are over before others of their dispatch: a dispatch's number, and the records."""
        number, records = read_records(said, len(self.plan.links))
        self.dispatches.take_records(number, records)

    @workflow.signal(name=WAKE_SIGNAL)
    def wake(self, *said: Any) -> None:
        """Wake an execution whose child gave something: [execution, arrivals]."""
        self.events.extend(read_arrivals(said))

    @workflow.signal(name=ORDER_SIGNAL)
    def order(self, *said: Any) -> None:
        """Take in orders: [[number, word, detail], ...]."""
        orders = said[0] if said and isinstance(said[0], list) else []
        for order in orders:
            self.control.take(order)
        self._obey_orders()

    @workflow.signal(name=EVENT_SIGNAL)
    def event(self, *said: Any) -> None:
        """Take in a named event by hand: {"name": ..., "payload": ...}, or the name and the payload."""
        self.control.hear_raw_event(*read_raw_event(said))
        self._obey_orders()

    @workflow.signal(name=PAUSE_SIGNAL)
    def pause(self, *reason: Any) -> None:
        """Pause by hand."""
        said = text_of(reason[0] if reason else None, "Paused in Temporal.")
        self.control.take([None, "pause", {"reason": said}])
        self._obey_orders()

    @workflow.signal(name=RESUME_SIGNAL)
    def resume(self, *_: Any) -> None:
        """Resume by hand: every operator's pause is over."""
        self.control.take([None, "resume", {}])
        self._obey_orders()

    def _obey_orders(self) -> None:
        """Take over what signals made to be done. They alone may make a history long, when nothing runs."""
        self._take_control()
        self._drain_if_long()

    def _take_control(self) -> None:
        """Take over what orders made to be done."""
        control = self.control
        self.events.extend(control.events)
        control.events = []
        if control.is_time_new:
            control.is_time_new = False
            self._watch_time()
        self._tell_control()

    def _tell_control(self) -> None:
        facts, self.control.facts = self.control.facts, []
        for fact in facts:
            self.telling.tell(fact)

    # The loop

    def _has_something_to_do(self) -> bool:
        return bool(self.events) or self._is_drained()

    def _feed_all(self) -> None:
        while self.events and self.end is None:
            event = self.events.popleft()
            self.is_beginning = isinstance(event, Started | Released)
            for command in self.scheduler.feed(event):
                self._obey(command)
            if isinstance(event, Woken | Ordered):
                self._stop_waiting(event.execution)
            for number in given_up_with(event.execution, self.scheduler.open) if isinstance(event, Ordered) else ():
                self._stop_waiting(number)
                self.family.give_up(number)
            if isinstance(event, Parked):
                self._start_passed_child(event)
        self.family.tell_parent_outputs()
        self._tell_status()
        if self.scheduler.first_error is not None and not self.has_told_error:
            self.has_told_error = True
            self.telling.tell(["progress", self._stats()])
        workflow.set_current_details(describe(self.plan, self.scheduler))
        self._drain_if_long()

    def _obey(self, command: Command) -> None:
        match command:
            case Dispatch():
                self.dispatches.begin(command)
            case DispatchRegion():
                self.regions.begin(command, may_end=self.telling.is_quiet, may_be_here=self.is_beginning)
            case Wait():
                self._wait(command)
            case Recall(number):
                self.dispatches.recall(number)
            case Halt() | Clear():
                self._tell_halt(command)
            case End():
                self.end = command
                self.telling.is_last = not command.waiting

    def _tell_halt(self, command: Halt | Clear) -> None:
        """Have a halt's beginning or end written down, and pass one of the whole run on to the runs below."""
        if isinstance(command, Clear):
            self.telling.tell(["clear", command.number, command.answer, command.by])
            if is_of_run(command) and not self.scheduler.is_stopped:
                self.family.pass_on("resume", {"key": PARENT_KEY})
            return
        stuck = None if command.execution is None else self.scheduler.open[command.execution]
        self.control.tell_halt(command, None if stuck is None else self.plan.nodes[stuck.node].id)
        self._tell_control()
        if is_of_run(command):
            self.family.pass_on("pause", {"key": PARENT_KEY, "reason": command.message})

    def _is_stopped(self) -> bool:
        return self.scheduler.is_stopped

    def _tell_status(self) -> None:
        if self.end is not None:
            return
        reviews = sum(wait[0] == "answer" for _, wait in self.scheduler.parked) if self.scheduler.ended is None else 0
        status = self.control.news_of_status(reviews)
        if status is not None:
            workflow.upsert_search_attributes([_RUN_STATUS.value_set(status)])
        self.control.show_ready()
        self._tell_control()

    # Waiting

    def wait_of(self, extra: list[Any]) -> list[Any]:
        """Give what a parked execution waits for, as the scheduler keeps it: see `workflows.engine.events.Parked`."""
        kind, detail, *rest = extra
        if kind == "sleep":
            return ["sleep", workflow.now().timestamp() + detail]
        if kind in ("event", "answer"):
            seconds = rest[0]
            return [kind, detail, None if seconds is None else workflow.now().timestamp() + seconds]
        if isinstance(detail, dict):
            self.family.child_starts[detail["run_id"]] = detail
            return ["child", detail["run_id"]]
        return [kind, detail]

    def _wait(self, command: Wait) -> None:
        kind, detail, *rest = command.wait
        if kind == "sleep":
            self._begin_timer(command.execution, self._sleep(command.execution, detail))
        elif kind == "event":
            mail = self.control.mailbox.wait(detail, command.execution)
            if mail is not None:
                self.control.deliver(command.execution, mail)
                self._take_control()
            else:
                self._begin_timer_of(command.execution, f"waits for {detail}", rest[0])
        elif kind == "answer":
            self._begin_timer_of(command.execution, "waits for an answer", rest[0])
        elif kind == "child" and detail in self.family.child_starts:
            self._start_child(command.execution, detail)

    def _start_child(self, execution: int, run_id: str) -> None:
        family = self.family
        family.children[run_id] = execution
        family.starting.add(run_id)
        start = family.child_starts.pop(run_id)
        woken = Woken(execution, [["end"]])
        is_paused = self._is_stopped
        self._begin(family.start_child(execution, start, is_paused, lambda: self.events.append(woken)))

    def _start_passed_child(self, parked: Parked) -> None:
        """Start the child of an execution that an order kept from waiting for it: it was accepted, and would stay behind. Where the
        execution is ended, so is the child as soon as it is there."""
        kind, detail, *_ = parked.wait
        is_there = kind == "child" and detail in self.family.child_starts
        if is_there and self.scheduler.is_past_its_wait(parked.execution):
            self._start_child(parked.execution, detail)

    def _begin(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self.waits.add(task)
        task.add_done_callback(self.waits.discard)
        return task

    def _begin_timer(self, execution: int, work: Any) -> None:
        self.timers[execution] = self._begin(work)

    def _begin_timer_of(self, execution: int, what: str, deadline: float | None) -> None:
        if deadline is not None:
            self._begin_timer(execution, self._time_out(execution, what, deadline))

    def _stop_waiting(self, execution: int) -> None:
        """End what an execution waited with, where it waits no more."""
        if self.scheduler.is_parked(execution):
            return
        timer = self.timers.pop(execution, None)
        if timer is not None and not timer.done():
            timer.cancel()
        self.control.mailbox.leave(execution)

    async def _time_out(self, execution: int, what: str, deadline: float) -> None:
        left = max(0.0, deadline - workflow.now().timestamp())
        title = self.plan.nodes[self.scheduler.open[execution].node].title
        await workflow.sleep(left, summary=f"{title} {what}: {left:g} s")
        self.events.append(Woken(execution, [["timeout"]]))

    def _watch_time(self) -> None:
        """Begin, or begin again, to watch the time that the run may take."""
        seconds = self.control.wall_seconds_max
        if self.wall_timer is not None:
            self.wall_timer.cancel()
        if seconds is None:
            return
        left = self._began_at() + seconds - workflow.now().timestamp()
        if left > 0:
            self.control.have_time()
            self.wall_timer = self._begin(self._meet_wall(seconds, left))
        else:
            self.control.meet_wall(seconds)
        self._take_control()

    async def _meet_wall(self, seconds: float, left: float) -> None:
        await workflow.sleep(left, summary=f"limit of {seconds:g} s")
        self.control.meet_wall(seconds)
        self._take_control()

    async def _sleep(self, execution: int, deadline: float) -> None:
        left = max(0.0, deadline - workflow.now().timestamp())
        title = self.plan.nodes[self.scheduler.open[execution].node].title
        await workflow.sleep(left, summary=f"{title}: {left:g} s")
        self.events.append(Woken(execution))

    # Continue-as-new

    def _drain_if_long(self) -> None:
        if self.end is None and not self.is_draining and self._is_history_long():
            self._drain()

    def _is_history_long(self) -> bool:
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.get_current_history_length() >= EVENTS_BUDGET

    def _drain(self) -> None:
        self.is_draining = True
        self.telling.tell(["progress", self._stats()])
        self.events.append(Held())
        self._begin(self._hurry())

    async def _hurry(self) -> None:
        """Give what runs some time to end, then tell it to hand over."""
        await workflow.sleep(DRAIN_SECONDS, summary="continue as new")
        self._hand_over()

    def _hand_over(self) -> None:
        """Tell what runs to come back."""
        self.dispatches.hand_over()
        self.regions.hand_over()

    def _is_drained(self) -> bool:
        return (
            self.is_draining
            and self.dispatches.is_idle
            and self.regions.is_idle
            and not self.events
            and self.family.is_quiet
            and self.telling.is_quiet
            and workflow.all_handlers_finished()
        )

    def _continue_as_new(self) -> None:
        lists = self.scheduler.to_lists()
        if len(str(lists)) > STATE_CHARS_MAX:
            lists = self.scheduler.to_lists(STATE_INLINE_CHARS_MAX)
        state = [
            lists,
            sorted(self.family.open_children().items()),
            self.family.told_outputs,
            [*self.control.to_lists(), self._began_at()],
        ]
        workflow.continue_as_new(start_of(self.header, self.plan_lists, {}, state))

    def _began_at(self) -> float:
        return workflow.info().workflow_start_time.timestamp() if self.began_at is None else self.began_at

    # Telling others

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
        self._hand_over()
        for run_id in sorted(self.family.open_children()):
            await self.family.cancel_child(run_id)
        if self.family.telling is not None:
            await self.family.telling
        if self.regions.has_ended:
            # Written with the last step of a region, whatever came in the same moment.
            end = End("COMPLETED", None, None, [])
        workflow.upsert_search_attributes([_RUN_STATUS.value_set(end.status)])
        if not self.regions.has_ended:
            self.telling.tell(["end", end.status, end.code, end.message, self._stats(), self._waiting(end)])
        await self.telling.finish()
        if self.telling.stands == "COMPLETED":
            # A step of a region had ended it, and nobody heard of that.
            end = End("COMPLETED", None, None, [])
            workflow.upsert_search_attributes([_RUN_STATUS.value_set(end.status)])
        await self.family.tell_parent_end()
        if end.status == "TERMINATED":
            raise asyncio.CancelledError
        if end.status == "FAILED":
            raise ApplicationError(end.message or "", type=end.code, non_retryable=True)
        return [end.status, end.code, end.message]

    def _waiting(self, end: End) -> list[Any]:
        """Give [node id, [[pin, token], ...]] of what never became complete. Values that are many are left to the ledger."""
        rows = [[self.plan.nodes[node].id, [[pin, token] for pin, token in tokens]] for node, tokens in end.waiting]
        if len(str(rows)) <= FACTS_CHARS_MAX:
            return rows
        return [[node_id, [[pin, token[:3]] for pin, token in tokens]] for node_id, tokens in rows]

    def _stats(self) -> dict[str, Any]:
        first = self.scheduler.first_error
        keys = ("node_id", "title", "code", "message")
        return {
            "node_execution_count": self.scheduler.execution_count,
            "node_error_count": self.scheduler.error_count,
            "first_error": None if first is None else dict(zip(keys, first, strict=True)),
        }
