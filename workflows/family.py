"""Family: the run that started this one and those that it started, as a run talks with them; it decides nothing of its own.

A child is abandoned on purpose and reports by the signal `wake`, so that it outlives a continue-as-new of its parent. A
halt of the whole run and its end are passed on, a child's budget is what its parent has left, and what it used is told at its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from temporalio import workflow
from temporalio.common import Priority, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

from workflows.attributes import attributes_of
from workflows.control import PARENT_KEY
from workflows.engine.plan import Plan
from workflows.engine.scheduler import Scheduler
from workflows.names import ENGINE_QUEUE, GRAPH_RUN, ORDER_SIGNAL, TASK_TIMEOUT_SECONDS, WAKE_SIGNAL
from workflows.wire import Header

#: Outputs that one signal tells a parent of. A change breaks the replay of open runs: it needs a new worker version.
TOLD_AT_ONCE: Final = 500

Begin = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class Family:
    """The relatives of one run."""

    def __init__(self, header: Header, scheduler: Scheduler, begin: Begin) -> None:
        self.header = header
        self.scheduler = scheduler
        self._begin = begin
        #: How to start the children that are to be started, by run id; afterwards the id alone is known.
        self.child_starts: dict[str, dict[str, Any]] = {}
        #: The execution that each child belongs to, by the child's run id, and those whose start is not confirmed yet.
        self.children: dict[str, int] = {}
        self.starting: set[str] = set()
        #: Outputs that the parent was, or is to be, told of; one batch at a time, so that they arrive in order.
        self.told_outputs = 0
        self.untold: list[Any] = []
        self.telling: asyncio.Task[None] | None = None
        #: What is said to children and has not arrived: a run that went on as new would take it back.
        self.unsent = 0

    @property
    def is_quiet(self) -> bool:
        """Say whether nothing is on its way to a relative."""
        return (
            not self.child_starts
            and not self.starting
            and not self.untold
            and not self.unsent
            and (self.telling is None or self.telling.done())
        )

    # Children

    async def start_child(
        self, execution: int, child: dict[str, Any], is_paused: Callable[[], bool], woken: Callable[[], None]
    ) -> None:
        """Start an agent that a node runs. It may be there already: the starter, or an earlier try, was first.

        `woken` is called when it closed, however it did; the child's own signal usually came before.
        """
        run_id = child["run_id"]
        self._pass_budget_on(child["start"])
        handle: asyncio.Task[Any] | None = None
        try:
            handle = await workflow.start_child_workflow(
                GRAPH_RUN,
                child["start"],
                id=f"run-{run_id}",
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
            workflow.logger.info("The child %s is there already.", run_id)
        finally:
            self.starting.discard(run_id)
        # What was said while it was not there did not reach it.
        if self.scheduler.is_given_up(execution):
            self._send(self.cancel_child(run_id))
        elif is_paused():
            self._send(self._order_child(run_id, "pause", {"key": PARENT_KEY, "reason": "Its parent is paused."}))
        if handle is not None:
            handle.add_done_callback(lambda task: _closed(task, woken))

    def _pass_budget_on(self, start: list[Any]) -> None:
        """Give a child what is left of the budget: with what it starts itself it spends of the same."""
        header = Header.from_lists(start[0])
        asked, wall, in_flight = header.limits or (None, None, None)
        own = Plan.from_lists(start[1]).executions_max if asked is None else asked
        left = max(1, self.scheduler.executions_max - self.scheduler.spent - self.scheduler.execution_count)
        if left < own:
            start[0] = replace(header, limits=[left, wall, in_flight]).to_lists()

    def open_children(self) -> dict[str, int]:
        """Give the children whose nodes still wait for them."""
        return {run_id: execution for run_id, execution in self.children.items() if self.scheduler.is_open(execution)}

    def pass_on(self, word: str, detail: dict[str, Any]) -> None:
        """Give every child an order."""
        for run_id in sorted(self.open_children()):
            self._send(self._order_child(run_id, word, detail))

    def _send(self, work: Coroutine[Any, Any, None]) -> None:
        self.unsent += 1
        self._begin(self._sent(work))

    async def _sent(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        finally:
            self.unsent -= 1

    async def _order_child(self, run_id: str, word: str, detail: dict[str, Any]) -> None:
        try:
            await workflow.get_external_workflow_handle(f"run-{run_id}").signal(ORDER_SIGNAL, [[None, word, detail]])
        except ApplicationError:
            workflow.logger.info("The child %s is over.", run_id)

    def give_up(self, execution: int) -> None:
        """End the child of an execution that an operator ended."""
        for run_id, owner in self.children.items():
            if owner == execution:
                self._send(self.cancel_child(run_id))

    async def cancel_child(self, run_id: str) -> None:
        try:
            await workflow.get_external_workflow_handle(f"run-{run_id}").cancel()
        except ApplicationError:
            workflow.logger.info("The child %s is over.", run_id)

    # The parent

    def tell_parent_outputs(self) -> None:
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
            await self.signal_parent(batch)

    async def signal_parent(self, arrivals: list[Any]) -> None:
        """Wake the node that runs this agent."""
        assert self.header.parent is not None
        run_id, execution = self.header.parent
        try:
            await workflow.get_external_workflow_handle(f"run-{run_id}").signal(WAKE_SIGNAL, [execution, arrivals])
        except ApplicationError:
            workflow.logger.info("The run %s that this agent reports to is over.", run_id)

    async def tell_parent_end(self) -> None:
        """Tell it that this run is over, and how many node executions it used."""
        if self.header.parent is not None:
            await self.signal_parent([["end", self.scheduler.execution_count + self.scheduler.spent]])


def _closed(task: asyncio.Task[Any], woken: Callable[[], None]) -> None:
    if not task.cancelled():
        task.exception()
        woken()
