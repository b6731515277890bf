"""Drift between PostgreSQL and Temporal, by a bounded sample of both; it repairs nothing: that is the reconciler's.

What is listed lags behind by some milliseconds, and a run may end between two looks. So what seems to differ is asked for by
itself, and then looked at once more in PostgreSQL, before it is said to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from api.fleet.temporal_server import ANSWER
from schema.db.schedules import Schedules
from schema.db.troubles import Troubles
from schema.findings import Finding, FindingCode, finding
from schema.ids import run_id_of, workflow_id
from workflows.names import GRAPH_RUN
from workflows.schedules import look_at_schedule, revision_in

SAMPLE: Final = 100
#: Younger than this, it may be under way; the reconciler looks every five seconds.
AGE_SECONDS: Final = 20.0
#: A workflow closes within seconds after its run ended.
STRAY_SECONDS: Final = 90.0
SHOWN_MAX: Final = 20


async def closed_in_temporal(engine: AsyncEngine, client: Client, age_seconds: float = AGE_SECONDS) -> list[Finding]:
    """Give runs that are open here, and closed or unknown there."""
    troubles = Troubles(engine)
    sample = await troubles.sample(SAMPLE, age_seconds)
    listed = await _open_among(client, sample)
    ends = {run: end for run in sample if run not in listed and (end := await _end_of(client, run)) is not None}
    still = await troubles.still_open(list(ends))
    return [
        finding(
            FindingCode.RUN_CLOSED_IN_TEMPORAL,
            f"run {run}",
            f"The run is open here, and its workflow {end} in Temporal.",
        )
        for run, end in ends.items()
        if run in still
    ][:SHOWN_MAX]


async def without_row(engine: AsyncEngine, client: Client, age_seconds: float = STRAY_SECONDS) -> list[Finding]:
    """Give workflows that are open there, and have no open run here: none, or one that ended so long ago."""
    query = f"WorkflowType = '{GRAPH_RUN}' AND ExecutionStatus = 'Running'"
    listed = client.list_workflows(query, page_size=SAMPLE, limit=SAMPLE, rpc_timeout=ANSWER)
    found = [run for run in [_run_of(one.id) async for one in listed] if run is not None]
    # A run's row was committed before its workflow was started.
    may_be = await Troubles(engine).may_be_open(found, age_seconds)
    what = "A workflow is open in Temporal, and PostgreSQL has no open run of it."
    strays = [run for run in found if run not in may_be][:SHOWN_MAX]
    return [finding(FindingCode.WORKFLOW_WITHOUT_ROW, workflow_id(run), what) for run in strays]


async def schedules_that_differ(engine: AsyncEngine, client: Client) -> list[Finding]:
    """Give schedules that Temporal has not, or has otherwise than their rows say."""
    page = await Schedules(engine).round(UUID(int=0), SAMPLE)
    seen = await asyncio.gather(*(look_at_schedule(client, str(one.id)) for one in page))
    found = []
    for schedule, there in zip(page, seen, strict=True):
        if there is None:
            what = "Temporal has no schedule of this row."
        elif there.is_paused != schedule.is_paused:
            what = f"It is {'paused' if there.is_paused else 'not paused'} in Temporal, and not so here."
        elif revision_in(there.note) not in (None, schedule.revision):
            what = f"Temporal has revision {revision_in(there.note)}, and the row {schedule.revision}."
        else:
            continue
        found.append(finding(FindingCode.SCHEDULE_DIFFERS, f"schedule {schedule.id}", what))
    return found[:SHOWN_MAX]


async def _open_among(client: Client, runs: Sequence[UUID]) -> set[UUID]:
    """Give those of these runs that Temporal lists as open."""
    if not runs:
        return set()
    names = ", ".join(f"'{workflow_id(run)}'" for run in runs)
    query = f"ExecutionStatus = 'Running' AND WorkflowId IN ({names})"
    listed = client.list_workflows(query, page_size=2 * SAMPLE, limit=2 * SAMPLE, rpc_timeout=ANSWER)
    return {run for run in [_run_of(one.id) async for one in listed] if run is not None}


async def _end_of(client: Client, run: UUID) -> str | None:
    """Say how a run's workflow is over; None: it is not."""
    try:
        found = await client.get_workflow_handle(workflow_id(run)).describe(rpc_timeout=ANSWER)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return "is unknown"
    if found.status in (None, WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.CONTINUED_AS_NEW):
        return None
    return f"is {found.status.name}"


def _run_of(name: str) -> UUID | None:
    try:
        return run_id_of(name)
    except ValueError:
        return None
