"""Dispatches: a run's nodes as activities, from the scheduler's command to the events that come back; it decides nothing."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from datetime import timedelta
from typing import Any, Final, Protocol

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError

from schema.limits import LIMITS
from workflows.engine.events import Again, Dispatch, Event, Failed, Finished, Parked, Returned, Stuck, Together
from workflows.engine.plan import Plan, PlanNode
from workflows.engine.scheduler import Scheduler
from workflows.timing import ACTIVITY_RETRY, HEARTBEAT_TIMEOUT
from workflows.wire import AGAIN, DONE, FAILED, STUCK, Header, again_record, item_to_lists

#: Seconds on top of a node's own limit: the worker ends it, Temporal only where the worker cannot.
TIMEOUT_MARGIN_SECONDS: Final = 30.0


class Host(Protocol):
    """The run, as far as a dispatch knows it."""

    scheduler: Scheduler
    events: deque[Event]

    def wait_of(self, extra: list[Any]) -> list[Any]:
        """Give what a parked execution waits for, as the scheduler keeps it."""


class Dispatches:
    """The dispatches in flight of one run, in this run of the chain."""

    def __init__(self, header: Header, plan: Plan, host: Host) -> None:
        self._header = header
        self._plan = plan
        self._host = host
        #: What each dispatch in flight runs as, by its number.
        self._activities: dict[int, workflow.ActivityHandle[Any]] = {}
        self._activity_ids: dict[int, str] = {}
        #: How often each execution was recalled.
        self._recalled: Counter[int] = Counter()

    @property
    def is_idle(self) -> bool:
        return not self._activities

    def begin(self, dispatch: Dispatch) -> None:
        """Start the activity that runs a dispatch."""
        node = self._plan.nodes[dispatch.node]
        first, last = dispatch.items[0], dispatch.items[-1]
        which = f"#{first.ordinal}" if first is last else f"#{first.ordinal}-{last.ordinal}"
        step = f".{first.step}" if first.step else ""
        # What was recalled may not have ended yet, and no two that are open have one id.
        again = f" ({self._recalled[first.execution] + 1})" if first.execution in self._recalled else ""
        name = f"{node.title}{which}{step}{again}"
        if name in self._activity_ids.values():
            # Somebody said by a signal, wrongly, that it is over: Temporal would refuse this task for ever.
            name = f"{name} [{dispatch.number}]"
        self._activity_ids[dispatch.number] = name
        handle = workflow.start_activity(
            node.block_name,
            args=[
                self._header.to_lists(),
                dispatch.node,
                dispatch.number,
                [item_to_lists(item) for item in dispatch.items],
            ],
            task_queue=node.queue,
            activity_id=name,
            summary=f"{node.title}{which}",
            start_to_close_timeout=timedelta(seconds=_seconds_of(node, len(dispatch.items))),
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            cancellation_type=workflow.ActivityCancellationType.TRY_CANCEL,
            result_type=list,
        )
        self._activities[dispatch.number] = handle
        handle.add_done_callback(lambda task: self._done(dispatch, task))

    def recall(self, number: int) -> None:
        """Call a dispatch back, where it is still in flight."""
        if number in self._activities:
            self._recalled.update(self._host.scheduler.in_flight[number])
            self._activities[number].cancel()

    def hand_over(self) -> None:
        """Tell what runs to come back."""
        for handle in list(self._activities.values()):
            handle.cancel()

    def take_records(self, dispatch: int, records: Any) -> None:
        """Turn records of a dispatch's executions into events."""
        events = [self._event_of(dispatch, record) for record in records]
        if len(events) > 1 and self._host.scheduler.is_batch_of_effects(dispatch):
            together = [event for event in events if isinstance(event, Finished | Failed | Again)]
            events = [event for event in events if isinstance(event, Parked | Stuck)]
            self._host.events.append(Together(together))
        self._host.events.extend(events)

    def _done(self, dispatch: Dispatch, task: asyncio.Task[Any]) -> None:
        """Turn an activity's end into events."""
        self._activities.pop(dispatch.number, None)
        self._activity_ids.pop(dispatch.number, None)
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None:
            recorded = {record[0] for record in task.result()}
            left = [again_record(item.execution) for item in dispatch.items if item.execution not in recorded]
            self.take_records(dispatch.number, [*task.result(), *left])
            return
        cause = error.cause if isinstance(error, ActivityError) else error
        if isinstance(cause, ApplicationError) and cause.details:
            self.take_records(dispatch.number, cause.details)
        elif isinstance(cause, CancelledError | asyncio.CancelledError):
            self._host.events.append(Returned([item.execution for item in dispatch.items], dispatch.number))
        else:
            code = cause.type if isinstance(cause, ApplicationError) and cause.type else type(cause).__name__
            for item in dispatch.items:
                known = item.received
                failure = Failed(item.execution, known, known, [], code, str(cause), dispatch.number)
                self._host.events.append(failure)

    def _event_of(self, dispatch: int, record: Any) -> Finished | Failed | Stuck | Again | Parked:
        execution, outcome, first, upto, deliveries, extra = record
        said = (execution, first, upto, deliveries)
        if outcome == DONE:
            return Finished(*said, dispatch)
        if outcome == FAILED:
            return Failed(*said, extra[0], extra[1], dispatch)
        if outcome == STUCK:
            kind, code, message = extra
            return Stuck(*said, kind, code, message, dispatch)
        if outcome == AGAIN:
            return Again(execution, dispatch)
        return Parked(*said, self._host.wait_of(extra), dispatch)


def _seconds_of(node: PlanNode, items: int) -> float:
    """Give how long a dispatch may take before Temporal ends it: items with effects run beside one another, once they have room;
    those of pure blocks are so many that some run after others."""
    if node.is_batch_of_effects:
        return node.timeout_seconds + LIMITS.batch_room_seconds + TIMEOUT_MARGIN_SECONDS
    return node.timeout_seconds * items + TIMEOUT_MARGIN_SECONDS
