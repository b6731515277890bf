"""The starter: every run that was accepted and not started is started, by any number of starters; it runs no node.

A notification wakes it, a look every second finds what a crash left. A lease keeps two starters apart, and where it does not,
the workflow's id does: starting twice is harmless. A look is one statement, which also hands over what the look before it had
started: by then most of these runs have begun and say so themselves. Whoever dies behind any step leaves a row whose lease ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from temporalio.service import RPCError, RPCStatusCode

from activities.courier import Courier
from activities.observing import observe_end, observe_start
from activities.retrying import WORLD_ERRORS, is_workflow_unknown
from activities.tools import Tools
from activities.woken import look_when_woken
from schema.db.outbox import FIRST, Claimed
from schema.db.runs import Run
from schema.db.submission import tokens_of
from schema.errors import DrystoneError
from schema.ids import workflow_id
from schema.limits import LIMITS
from workflows.client import start_run
from workflows.wire import Header

log = structlog.get_logger()

BATCH: Final = 50
#: A run whose starter died, or could not reach Temporal, is claimed again after this. Starting takes milliseconds.
LEASE_SECONDS: Final = 5.0
#: Of more runs at once, the first tasks go through Temporal's queue: there tenants take turns, and runs that go on come first.
EAGER_MAX: Final = 8
#: Where a tenant has as many runs that start as it may, the next look is after this: nothing says that they have begun.
PACE_SECONDS: Final = 0.05


@dataclass
class Starter:
    """One starter loop."""

    tools: Tools
    #: Runs of one tenant that may run at once; the others stay QUEUED.
    running_max: int = LIMITS.tenant_running_max
    #: An engine worker of a version would be handed the runs that it starts itself, also where new runs are to begin on another
    #: (seen of Temporal 1.32), so it starts none eagerly.
    is_versioned: bool = False
    courier: Courier = field(init=False)
    #: What Temporal has, and PostgreSQL is to be told.
    _started: list[UUID] = field(default_factory=list)
    #: The last run that a cancel was delivered to, in the round that goes on.
    _cancelled: tuple[datetime, UUID] = FIRST

    def __post_init__(self) -> None:
        self.courier = Courier(self.tools)

    async def run(self) -> None:
        """Start what is to be started, until cancelled."""
        await look_when_woken(self.tools.engine.url, "drystone_runs", self.look, "the starter")

    async def look(self) -> bool:
        """Start a batch, deliver cancels and orders; say whether there is more at once."""
        told, self._started = self._started, []
        found = await self.tools.outbox.look(BATCH, self.running_max, LEASE_SECONDS, told)
        is_crowd = len(found.claimed) > EAGER_MAX or found.has_paced
        await self._start_all(found.claimed, is_eager=not is_crowd and not self.is_versioned)
        if found.has_cancels:
            await self._deliver_cancels()
        is_more = found.has_orders and await self._deliver()
        if found.has_paced and not found.claimed:
            await asyncio.sleep(PACE_SECONDS)
        return is_more or found.has_paced or len(found.claimed) == BATCH

    async def _deliver_cancels(self) -> None:
        """Deliver a page of cancels, the next look those behind it: a run that cannot end keeps back no other."""
        runs = await self.tools.outbox.undelivered_cancels(BATCH, self._cancelled)
        self._cancelled = FIRST
        for run in runs:
            await self._cancel(run)
        if len(runs) == BATCH and runs[-1].cancel_requested_at is not None:
            self._cancelled = (runs[-1].cancel_requested_at, runs[-1].id)

    async def _deliver(self) -> bool:
        """Bring orders to their runs, those that were just started among them."""
        told, self._started = self._started, []
        await self.tools.outbox.hand_over(told)
        return await self.courier.deliver()

    async def _start_all(self, claimed: Sequence[Claimed], is_eager: bool) -> None:
        routings = await self.tools.routings.of((one.run.tenant_id, one.run.plan_hash) for one in claimed)
        await asyncio.gather(
            *(self._start(one, routings.get((one.run.tenant_id, one.run.plan_hash)), is_eager) for one in claimed)
        )

    async def _start(self, claimed: Claimed, routing: list[Any] | None, is_eager: bool) -> None:
        """Start one run; what fails leaves the row to be claimed again when its lease ends."""
        run = claimed.run
        try:
            if not claimed.is_awaited:
                await self.tools.runs.request_cancel(run.tenant_id, run.id, "The node that started it is over.")
                return
            if routing is None:
                log.error("a run has no plan", run=str(run.id), plan=run.plan_hash)
                return
            header = Header(
                run_id=str(run.id),
                tenant_id=str(run.tenant_id),
                plan_hash=run.plan_hash,
                root_run_id=str(run.root_run_id),
                depth=run.depth,
                trigger=run.trigger,
                parent=None if run.parent_run_id is None else [str(run.parent_run_id), run.parent_execution],
                has_masks=claimed.has_masks,
                limits=limits_of(run),
            )
            agent = (str(run.graph_id), run.graph_version, run.agent_name)
            source = None if run.continued_from_run_id is None else str(run.continued_from_run_id)
            is_new = await start_run(
                self.tools.client,
                header,
                routing,
                tokens_of(claimed.inputs),
                agent=agent,
                seed=claimed.seed,
                continued_from=source,
                is_eager=is_eager,
            )
            if claimed.seed is not None:
                await self.tools.runs.begin(run.id)
            self._started.append(run.id)
            if is_new:
                await observe_start(self.tools, run)
        except (*WORLD_ERRORS, DrystoneError) as error:
            log.warning("a run could not be started yet", run=str(run.id), error=str(error)[:300])

    async def _cancel(self, run: Run) -> None:
        """Deliver a cancel to Temporal; a run that it does not have ends here."""
        try:
            await self.tools.client.get_workflow_handle(workflow_id(run.id)).cancel()
        except RPCError as error:
            if not is_workflow_unknown(error):
                if error.status in (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED):
                    raise
                # Of this run alone: what others are to be told must not wait for it.
                log.warning("a run cannot be cancelled now", run=str(run.id), error=error.message[:300])
                return
            reason = {"code": "CANCELLED", "message": run.cancel_reason or "Cancelled."}
            if await self.tools.runs.finish(run.id, "TERMINATED", reason, None):
                await observe_end(self.tools, run.id, "TERMINATED")


def limits_of(run: Run) -> list[Any] | None:
    """Give a run's limits as its header carries them."""
    if not run.limits:
        return None
    return [run.limits.get(name) for name in ("executions_max", "wall_seconds_max", "in_flight_max")]
