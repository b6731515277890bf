"""The reconciler: compares open rows with Temporal's list of open workflows, and repairs what ended without running code.

Terminated, timed out, out of history, forgotten: no workflow code ran, so no projection was written. Each round lists all open
workflows, a thousand to a call, and asks about one by itself only where its row says otherwise. It never overwrites a terminal
state, and it ends a workflow in three cases only: PostgreSQL has no such run (it was set back to an earlier state); somebody reset
it in Temporal; it is to be cancelled, and its workflow tasks fail, so that it cannot hear of it.

A reset is refused: Temporal would take the run back to an earlier moment, but the ledger, its effects and the runs that it started
would stay. `continueRun` is what starts again from a node.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final
from uuid import UUID

import structlog
from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities import deeds
from activities.observing import observe_end
from activities.retrying import WORLD_ERRORS, is_workflow_unknown
from activities.tools import Tools
from activities.visibility import Listed, listed
from schema.db.run_problems import RunProblems, is_of_tasks
from schema.db.runs import Run
from schema.ids import workflow_id
from schema.states import is_terminal
from workflows.client import wake

log = structlog.get_logger()

PAGE: Final = 1_000
ROUND_SECONDS: Final = 5.0
#: Rows younger than this are left alone: their run may be about to say so itself.
AGE_SECONDS: Final = 3.0
#: A workflow without a row is ended when it was seen so for this long: by then a row that was only being written is there.
ORPHAN_SECONDS: Final = 60.0
#: A run that cannot hear of its cancel has so long to be mended.
CANCEL_SECONDS: Final = 30.0
#: The first round looks back this far for what was terminated while nobody looked; each other one this far behind the last.
FIRST_LOOK_BACK: Final = timedelta(hours=1)
LOOK_BACK: Final = timedelta(seconds=60)

_LOST: Final = "but that is not written here: the database is older than the run."
#: What a closed workflow whose row is open means: (status, code, what happened).
_ENDS: Final[dict[WorkflowExecutionStatus, tuple[str, str, str]]] = {
    WorkflowExecutionStatus.TERMINATED: ("TERMINATED", "TERMINATED", "The run was terminated in Temporal"),
    WorkflowExecutionStatus.CANCELED: ("TERMINATED", "CANCELLED", "The run was cancelled in Temporal"),
    WorkflowExecutionStatus.TIMED_OUT: ("FAILED", "TIMEOUT", "The run met its time limit in Temporal"),
    WorkflowExecutionStatus.FAILED: ("FAILED", "LOST", f"The run failed, {_LOST}"),
    WorkflowExecutionStatus.COMPLETED: ("FAILED", "LOST", f"The run completed, {_LOST}"),
}
_ORPHAN: Final = "Drystone has no such run: its database was set back to an earlier state."
_RESET: Final = (
    "The run was reset in Temporal, which Drystone refuses: what it did after that point stands, and would be done again. "
    "Continue it from a node instead"
)


@dataclass
class Reconciler:
    """One reconciler loop."""

    tools: Tools
    repaired: int = 0
    orphan_seconds: float = ORPHAN_SECONDS
    cancel_seconds: float = CANCEL_SECONDS
    problems: RunProblems = field(init=False)
    _looked_at: datetime | None = None
    #: When each workflow without a row was seen first.
    _orphans: dict[UUID, float] = field(default_factory=dict)
    #: Runs that are over, whose workflow was found to be closing by itself.
    _closing: set[UUID] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.problems = RunProblems(self.tools.engine)

    async def run(self) -> None:
        """Go round and round, until cancelled."""
        while True:
            try:
                await self.go_round()
            except WORLD_ERRORS as error:
                log.warning("the reconciler has to wait", error=f"{type(error).__name__}: {str(error)[:300]}")
            await asyncio.sleep(ROUND_SECONDS)

    async def go_round(self, age_seconds: float = AGE_SECONDS) -> int:
        """Compare every open row with Temporal once; give how many runs were ended here."""
        began_at = await self.problems.now()
        since = began_at - FIRST_LOOK_BACK if self._looked_at is None else self._looked_at - LOOK_BACK
        found = await listed(self.tools.client, since)
        strays, repaired = set(found.open), 0
        after = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))
        while True:
            page = await self.tools.runs.open_rows(after, PAGE, age_seconds)
            for run in page:
                strays.discard(run.id)
                repaired += await self._compare(run, found, began_at)
            if len(page) < PAGE:
                break
            after = (page[-1].created_at, page[-1].id)
        await self._look_at_strays(sorted(strays))
        self._looked_at = began_at
        self.repaired += repaired
        return repaired

    async def _compare(self, run: Run, found: Listed, now: datetime) -> bool:
        """Compare one row with what is listed; say whether the run was ended here."""
        if run.id not in found.open:
            return await self._look_at(run)
        if run.id in found.terminated and await self._refuse_reset(run, found.terminated[run.id]):
            return True
        return await self._note_problem(run, found.open[run.id], now)

    async def _look_at(self, run: Run) -> bool:
        """Repair one run, if Temporal says that it is over or that it never was."""
        description = await self._describe(run.id)
        if description is None:
            return await self._forgotten(run)
        status = description.status
        if status is None or status not in _ENDS:
            return False
        end, code, text = _ENDS[status]
        return await self._finish(run, end, await self._error_of(run, description, code, text))

    async def _describe(self, run_id: UUID) -> WorkflowExecutionDescription | None:
        """Describe a workflow; None: Temporal has none."""
        try:
            return await self.tools.client.get_workflow_handle(workflow_id(run_id)).describe()
        except RPCError as error:
            if not is_workflow_unknown(error):
                raise
            return None

    async def _error_of(
        self, run: Run, description: WorkflowExecutionDescription, code: str, text: str
    ) -> dict[str, Any]:
        """Give the error of a run that ended in Temporal, with who ended it."""
        deed = deeds.NOBODY
        if code == "TERMINATED":
            deed = await deeds.terminated(self.tools.client, workflow_id(run.id), description.run_id)
        elif code == "CANCELLED":
            deed = await deeds.cancelled(self.tools.client, workflow_id(run.id), description.run_id)
        return deed.to_error(code, text.removesuffix("."))

    async def _forgotten(self, run: Run) -> bool:
        """Start again what never moved; end what did."""
        if run.status == "QUEUED" and run.started_at is None:
            await self.tools.outbox.hand_back(run.id)
            return True
        return await self._finish(run, "FAILED", {"code": "LOST", "message": "Temporal has no such workflow any more."})

    async def _finish(self, run: Run, status: str, error: dict[str, Any]) -> bool:
        is_repaired = await self.tools.runs.finish(run.id, status, error, None)
        if is_repaired:
            log.warning("run repaired", run=str(run.id), status=status, code=error["code"])
            self.tools.instruments.repaired.labels(status).inc()
            await observe_end(self.tools, run.id, status)
            await self._tell_parent(run)
        return is_repaired

    async def _tell_parent(self, run: Run) -> None:
        """Wake the node that waits for this run: its child cannot."""
        if run.parent_run_id is None or run.parent_execution is None:
            return
        try:
            await wake(self.tools.client, str(run.parent_run_id), run.parent_execution, [["end"]])
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    # What is open in both

    async def _note_problem(self, run: Run, cause: str | None, now: datetime) -> bool:
        """Write down what Temporal reports of an open run, or that it is over; end a run that cannot hear of its cancel."""
        if cause is None:
            if is_of_tasks(run.problem):
                await self.problems.clear(run.id)
            return False
        if run.problem is None or run.problem.get("cause") != cause:
            said = await deeds.failed_task(self.tools.client, workflow_id(run.id))
            text = "The run does not go on: its workflow tasks fail again and again"
            await self.problems.report(run.id, "WORKFLOW_TASK_FAILS", f"{text}: {said or cause}", cause)
            log.error("the workflow tasks of a run fail", run=str(run.id), cause=cause, error=said)
        asked_at = run.cancel_requested_at
        if asked_at is None or now - asked_at < timedelta(seconds=self.cancel_seconds):
            return False
        await self._terminate(run.id, "It is cancelled, and its workflow tasks fail.")
        return await self._finish(
            run, "TERMINATED", {"code": "CANCELLED", "message": run.cancel_reason or "Cancelled."}
        )

    async def _refuse_reset(self, run: Run, terminated: str) -> bool:
        """End a run whose workflow somebody reset, which terminated the Temporal run before it."""
        description = await self._describe(run.id)
        if description is None or not _is_reset(description):
            return False
        deed = await deeds.terminated(self.tools.client, workflow_id(run.id), terminated)
        await self._terminate(run.id, "Drystone refuses resets; continue the run instead.")
        return await self._finish(run, "FAILED", deed.to_error("RESET", _RESET))

    # What is open in Temporal only

    async def _look_at_strays(self, strays: list[UUID]) -> None:
        """End workflows without a row, and those that were reset after their run was over. Others are just begun, or closing."""
        now = monotonic()
        self._orphans = {run_id: at for run_id, at in self._orphans.items() if run_id in set(strays)}
        self._closing &= set(strays)
        known: dict[UUID, str] = {}
        for start in range(0, len(strays), PAGE):
            known.update(await self.problems.known(strays[start : start + PAGE]))
        for run_id in strays:
            if run_id not in known:
                if now - self._orphans.setdefault(run_id, now) >= self.orphan_seconds:
                    log.error("a workflow without a row is terminated", run=str(run_id))
                    await self._terminate(run_id, _ORPHAN)
            elif is_terminal(known[run_id]) and run_id not in self._closing:
                await self._look_at_closing(run_id)

    async def _look_at_closing(self, run_id: UUID) -> None:
        description = await self._describe(run_id)
        if description is not None and _is_reset(description):
            log.error("a reset of a run that is over is refused", run=str(run_id))
            await self._terminate(run_id, "Drystone refuses resets; continue the run instead.")
        else:
            self._closing.add(run_id)

    async def _terminate(self, run_id: UUID, reason: str) -> None:
        try:
            await self.tools.client.get_workflow_handle(workflow_id(run_id)).terminate(reason=reason)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


def _is_reset(description: WorkflowExecutionDescription) -> bool:
    """Say whether an open workflow is what a reset made of another."""
    is_open = description.status is WorkflowExecutionStatus.RUNNING
    return is_open and description.raw_description.workflow_extended_info.HasField("last_reset_time")
