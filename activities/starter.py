"""The starter: every run that was accepted and not started is started, by any number of starters; it runs no node.

A notification wakes it, a look every second finds what a crash left. A lease keeps two starters apart, and where it does not,
the workflow's id does: starting twice is harmless.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from temporalio.service import RPCError

from activities.courier import Courier
from activities.retrying import WORLD_ERRORS, is_workflow_unknown
from activities.tools import Tools
from activities.woken import look_when_woken
from schema.db.runs import Run
from schema.db.submission import Submission
from schema.errors import DrystoneError
from schema.ids import workflow_id
from schema.limits import LIMITS
from workflows.client import start_run
from workflows.wire import Header

log = structlog.get_logger()

BATCH: Final = 50
#: A run whose starter died, or could not reach Temporal, is claimed again after this. Starting takes milliseconds.
LEASE_SECONDS: Final = 5.0


@dataclass
class Starter:
    """One starter loop."""

    tools: Tools
    #: Runs of one tenant that may run at once; the others stay QUEUED.
    running_max: int = LIMITS.tenant_running_max
    courier: Courier = field(init=False)

    def __post_init__(self) -> None:
        self.courier = Courier(self.tools)

    async def run(self) -> None:
        """Start what is to be started, until cancelled."""
        await look_when_woken(self.tools.engine.url, "drystone_runs", self.look, "the starter")

    async def look(self) -> bool:
        """Start a batch and deliver cancels; say whether there is more at once."""
        claimed = await self.tools.runs.claim_outbox(BATCH, self.running_max, LEASE_SECONDS)
        await asyncio.gather(*(self._start(run) for run in claimed))
        for run in await self.tools.runs.undelivered_cancels(BATCH):
            await self._cancel(run)
        is_more = await self.courier.deliver()
        return is_more or len(claimed) == BATCH

    async def _start(self, run: Run) -> None:
        """Start one run; what fails leaves the row to be claimed again when its lease ends."""
        try:
            if run.parent_run_id is not None and not await self.tools.runs.is_awaited(run):
                await self.tools.runs.request_cancel(run.tenant_id, run.id, "The node that started it is over.")
                return
            routing, _ = await self.tools.graphs.get_plan(run.tenant_id, run.plan_hash)
            tokens = await Submission(self.tools.graphs, self.tools.runs).input_tokens(run.id)
            header = Header(
                run_id=str(run.id),
                tenant_id=str(run.tenant_id),
                plan_hash=run.plan_hash,
                root_run_id=str(run.root_run_id),
                depth=run.depth,
                trigger=run.trigger,
                parent=None if run.parent_run_id is None else [str(run.parent_run_id), run.parent_execution],
                has_masks=bool(await self.tools.masks(run.id)),
                limits=limits_of(run),
            )
            agent = (str(run.graph_id), run.graph_version, run.agent_name)
            seed = None if run.continued_from_run_id is None else await self.tools.runs.seed(run.id)
            source = None if run.continued_from_run_id is None else str(run.continued_from_run_id)
            await start_run(self.tools.client, header, routing, tokens, agent=agent, seed=seed, continued_from=source)
            if seed is not None:
                await self.tools.runs.begin(run.id)
            await self.tools.runs.mark_handed_over(run.id)
        except (*WORLD_ERRORS, DrystoneError) as error:
            log.warning("a run could not be started yet", run=str(run.id), error=str(error)[:300])

    async def _cancel(self, run: Run) -> None:
        """Deliver a cancel to Temporal; a run that it does not have ends here."""
        try:
            await self.tools.client.get_workflow_handle(workflow_id(run.id)).cancel()
        except RPCError as error:
            if not is_workflow_unknown(error):
                raise
            reason = {"code": "CANCELLED", "message": run.cancel_reason or "Cancelled."}
            await self.tools.runs.finish(run.id, "TERMINATED", reason, None)


def limits_of(run: Run) -> list[Any] | None:
    """Give a run's limits as its header carries them."""
    if not run.limits:
        return None
    return [run.limits.get(name) for name in ("executions_max", "wall_seconds_max", "in_flight_max")]
