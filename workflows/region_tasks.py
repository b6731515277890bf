"""RegionTasks: how a run has its regions stepped through, here or elsewhere, and what came of it as events; it decides nothing.

A region that is short and with which a run begins is stepped through within the workflow task, by a local activity of the engine's
own worker: the run pays no task and hardly an event for it. One that follows on something else, or whose last step was ended by a
bound, or that this worker cannot step through, or that failed here for whatever reason, is an activity of the blocks' workers,
which is tried until it is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, CancelledError

from schema.block import Queue
from workflows.engine.events import DispatchRegion, Event, Lost, Stepped
from workflows.engine.plan import Plan
from workflows.engine.region_flow import unfit_result
from workflows.names import REGION
from workflows.timing import ACTIVITY_RETRY, HEARTBEAT_TIMEOUT
from workflows.wire import ELSEWHERE, Header, RegionTask

#: Longer than any step may take: its bound, what a block that hangs is waited for, and the writing.
LOCAL_WITHIN: Final = timedelta(seconds=30)
REMOTE_WITHIN: Final = timedelta(seconds=120)
#: Regions that are stepped through here at once. What they come to goes to Temporal with one workflow task, and where that is
#: more than 4 MB the run is ended; how much each may say is in `activities.regions`.
HERE_MAX: Final = 6
ONCE: Final = RetryPolicy(maximum_attempts=1)


class RegionTasks:
    """The regions of one run that are out."""

    def __init__(self, header: Header, plan: Plan, told: Callable[[Event], None]) -> None:
        self.header = header
        self.plan = plan
        self._told = told
        self.local: dict[int, asyncio.Task[Any]] = {}
        self.remote: dict[int, asyncio.Task[Any]] = {}
        #: Regions that are not stepped through here any more.
        self._elsewhere: set[int] = set()
        #: Whether the end of the run was written with its last step.
        self.has_ended = False

    @property
    def is_idle(self) -> bool:
        return not self.local and not self.remote

    def begin(self, command: DispatchRegion, *, may_end: bool, may_be_here: bool) -> None:
        """Have a region stepped through; with `may_end`, the end of the run may be written with it.

        A step that is taken here stands before Temporal knows of it. Where the worker dies then, the workflow task comes again,
        perhaps with more, and a signal comes before all else in it: the region would go out with other values and other numbers
        than those that the step was taken with. So it `may_be_here` only where nothing can come before it.
        """
        task = RegionTask(
            command.number,
            command.region,
            command.step,
            command.first,
            command.room,
            command.numbers,
            list(command.part),
            command.whole if may_end else None,
        )
        is_short = not command.is_long and command.region not in self._elsewhere
        is_local = may_be_here and is_short and len(self.local) < HERE_MAX
        handle = self._here(task) if is_local else self._there(task)
        (self.local if is_local else self.remote)[command.region] = handle
        handle.add_done_callback(lambda done: self._done(command.region, done))

    def _here(self, task: RegionTask) -> workflow.ActivityHandle[Any]:
        # By the server's clock alone. Not looked at here: what histories say was taken here must be begun here when they replay.
        late = workflow.now() - workflow.info().workflow_start_time
        return workflow.start_local_activity(
            REGION,
            args=[self.header.to_lists(), task.to_lists(), late.total_seconds()],
            start_to_close_timeout=LOCAL_WITHIN,
            retry_policy=ONCE,
            summary=self._summary(task.region),
            result_type=list,
        )

    def _there(self, task: RegionTask) -> workflow.ActivityHandle[Any]:
        return workflow.start_activity(
            REGION,
            args=[self.header.to_lists(), task.to_lists()],
            task_queue=Queue.CPU.value,
            activity_id=f"{self._summary(task.region)}#{task.number}",
            summary=self._summary(task.region),
            start_to_close_timeout=REMOTE_WITHIN,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            cancellation_type=workflow.ActivityCancellationType.TRY_CANCEL,
            result_type=list,
        )

    def _summary(self, region: int) -> str:
        """Name a region by its first and last node."""
        members = self.plan.regions[region]
        first, last = self.plan.nodes[members[0]].title, self.plan.nodes[members[-1]].title
        return first if len(members) == 1 else f"{first[:60]} .. {last[:60]} ({len(members)} nodes)"

    def _done(self, region: int, done: asyncio.Task[Any]) -> None:
        is_local = self.local.pop(region, None) is not None
        self.remote.pop(region, None)
        error = asyncio.CancelledError() if done.cancelled() else done.exception()
        if error is None and done.result()[0] != ELSEWHERE:
            result, has_ended = done.result()
            self.has_ended = has_ended
            self._told(Stepped(region, result))
            return
        cause = error.cause if isinstance(error, ActivityError) else error
        if is_local:
            self._elsewhere.add(region)
        if is_local or isinstance(cause, CancelledError | asyncio.CancelledError):
            self._told(Lost(region))
        else:
            # Its run has ended in PostgreSQL, or something is wrong that does not pass: nodes that run by themselves say which.
            self._told(Stepped(region, unfit_result()))

    def hand_over(self) -> None:
        """Tell what runs elsewhere to come back; what runs here ends by itself at once."""
        for handle in list(self.remote.values()):
            handle.cancel()
