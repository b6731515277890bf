"""ScheduledRun: one time of a schedule, from its coming to the end of its run; it decides nothing and touches no value.

Temporal's schedule starts it. An activity accepts the run, or writes down why that cannot be; then the run's workflow is a child
of this one, and ends as that does, so that a schedule's overlap policy means the run. What ends this ends the run. A try that
was cut off is harmless: the time has one run, and the run one workflow. Where somebody else started that (the starter, which
steps in after a minute), its end is waited for by an activity that is tried again: the history stays as small.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy, SearchAttributeKey, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError, is_cancelled_exception

from workflows.attributes import attributes_of
from workflows.names import (
    ENGINE_QUEUE,
    FIRE_SCHEDULE,
    GRAPH_RUN,
    PLATFORM_QUEUE,
    SCHEDULED_RUN,
    SCHEDULED_TIME,
    TASK_TIMEOUT_SECONDS,
    WATCH_RUN,
)
from workflows.wire import Header

_SCHEDULED_TIME: Final = SearchAttributeKey.for_datetime(SCHEDULED_TIME)
ACTIVITY_TIMEOUT: Final = timedelta(seconds=30)
#: Only the world fails here, and it is waited for.
RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=500), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=15)
)


@workflow.defn(name=SCHEDULED_RUN)
class ScheduledRun:
    """One time of one schedule. The argument is the schedule's id; it gives the end of the run, None where there is none."""

    @workflow.run
    async def run(self, schedule_id: str) -> Any:
        due = workflow.info().typed_search_attributes.get(_SCHEDULED_TIME) or workflow.info().start_time
        child: dict[str, Any] | None = await workflow.execute_activity(
            FIRE_SCHEDULE,
            args=[schedule_id, due.isoformat()],
            task_queue=PLATFORM_QUEUE,
            start_to_close_timeout=ACTIVITY_TIMEOUT,
            retry_policy=RETRY,
            summary=f"due {due:%Y-%m-%d %H:%M:%S} UTC",
            result_type=dict,
        )
        if child is None:
            workflow.set_current_details("It started no run: the schedule's times say why.")
            return None
        workflow.set_current_details(f"It runs `run-{child['run_id']}`.")
        return await self._run(child)

    async def _run(self, child: dict[str, Any]) -> Any:
        """Run the workflow of a run to its end, which becomes this one's."""
        header = Header.from_lists(child["start"][0])
        try:
            handle = await workflow.start_child_workflow(
                GRAPH_RUN,
                child["start"],
                id=f"run-{child['run_id']}",
                task_queue=ENGINE_QUEUE,
                task_timeout=timedelta(seconds=TASK_TIMEOUT_SECONDS),
                parent_close_policy=workflow.ParentClosePolicy.TERMINATE,
                cancellation_type=workflow.ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=attributes_of(header, child["agent_id"], child["agent_version"], "schedule"),
                static_summary=child["summary"],
                static_details=child["details"],
                priority=Priority(fairness_key=header.tenant_id),
            )
        except WorkflowAlreadyStartedError:
            return await self._watch(header.tenant_id, child["run_id"])
        return await handle

    async def _watch(self, tenant_id: str, run_id: str) -> Any:
        """Wait for the end of a run that somebody else started; a cancel of this is its cancel, too."""
        try:
            return await workflow.execute_activity(
                WATCH_RUN,
                args=[tenant_id, run_id],
                task_queue=PLATFORM_QUEUE,
                start_to_close_timeout=ACTIVITY_TIMEOUT,
                retry_policy=RETRY,
                summary="the end of its run",
                result_type=list,
            )
        except BaseException as error:
            # Whatever a cancel is raised as, the run is to have it.
            if is_cancelled_exception(error):
                await self._cancel(run_id)
            raise

    async def _cancel(self, run_id: str) -> None:
        try:
            await workflow.get_external_workflow_handle(f"run-{run_id}").cancel()
        except ApplicationError:
            workflow.logger.info("The run %s is over.", run_id)
