"""The reconciler: compares open rows with Temporal, slowly and paged, and repairs what ended without running code.

Terminated, timed out, out of history, forgotten: no workflow code ran, so no projection was written. It never overwrites a
terminal state, and it never ends what Temporal says is running.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import structlog
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.retrying import WORLD_ERRORS, is_workflow_unknown
from activities.tools import Tools
from schema.db.runs import Run
from schema.ids import workflow_id
from workflows.client import wake

log = structlog.get_logger()

PAGE: Final = 100
ROUND_SECONDS: Final = 5.0
#: Rows younger than this are left alone: their run may be about to say so itself.
AGE_SECONDS: Final = 3.0

#: What a closed workflow whose row is open means: (status, code, message).
_ENDS: Final[dict[WorkflowExecutionStatus, tuple[str, str, str]]] = {
    WorkflowExecutionStatus.TERMINATED: ("TERMINATED", "TERMINATED", "The run was terminated in Temporal."),
    WorkflowExecutionStatus.CANCELED: ("TERMINATED", "CANCELLED", "The run was cancelled in Temporal."),
    WorkflowExecutionStatus.TIMED_OUT: ("FAILED", "TIMEOUT", "The run met its time limit in Temporal."),
    WorkflowExecutionStatus.FAILED: ("FAILED", "INTERNAL", "The run's workflow failed in Temporal."),
    WorkflowExecutionStatus.COMPLETED: ("FAILED", "INTERNAL", "The run's workflow ended without telling its result."),
}


@dataclass
class Reconciler:
    """One reconciler loop."""

    tools: Tools
    repaired: int = 0

    async def run(self) -> None:
        """Go round and round, until cancelled."""
        while True:
            try:
                await self.go_round()
            except WORLD_ERRORS as error:
                log.warning("the reconciler has to wait", error=f"{type(error).__name__}: {str(error)[:300]}")
            await asyncio.sleep(ROUND_SECONDS)

    async def go_round(self, age_seconds: float = AGE_SECONDS) -> int:
        """Look at every open row once; give how many were repaired."""
        repaired = 0
        after = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))
        while True:
            page = await self.tools.runs.open_rows(after, PAGE, age_seconds)
            for run in page:
                repaired += await self._look_at(run)
            if len(page) < PAGE:
                self.repaired += repaired
                return repaired
            after = (page[-1].created_at, page[-1].id)

    async def _look_at(self, run: Run) -> bool:
        """Repair one run, if Temporal says that it is over or that it never was."""
        try:
            description = await self.tools.client.get_workflow_handle(workflow_id(run.id)).describe()
        except RPCError as error:
            if not is_workflow_unknown(error):
                raise
            return await self._forgotten(run)
        end = _ENDS.get(description.status) if description.status is not None else None
        return end is not None and await self._finish(run, *end)

    async def _forgotten(self, run: Run) -> bool:
        """Start again what never moved; end what did."""
        if run.status == "QUEUED" and run.started_at is None:
            await self.tools.runs.hand_back(run.id)
            return True
        return await self._finish(run, "FAILED", "LOST", "Temporal has no such workflow any more.")

    async def _finish(self, run: Run, status: str, code: str, message: str) -> bool:
        if run.cancel_reason and status == "TERMINATED":
            message = run.cancel_reason
        error: dict[str, Any] = {"code": code, "message": message}
        is_repaired = await self.tools.runs.finish(run.id, status, error, None)
        if is_repaired:
            log.warning("run repaired", run=str(run.id), status=status, code=code)
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
