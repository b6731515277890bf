"""Visibility: what Temporal lists of the runs' workflows, a thousand to a page; it describes and changes none of them.

A listing lags behind by some milliseconds and is no snapshot, so nothing is done about a workflow by what is listed alone.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from temporalio.client import Client, WorkflowExecution

from schema.ids import workflow_id
from workflows.names import GRAPH_RUN

#: The most that a server gives at once.
PAGE: Final = 1_000
#: What Temporal itself sets on a workflow whose tasks fail again and again, and takes off when one succeeds.
REPORTED_PROBLEMS: Final = "TemporalReportedProblems"

_OPEN: Final = f"WorkflowType = '{GRAPH_RUN}' AND ExecutionStatus = 'Running'"
_TERMINATED: Final = f"WorkflowType = '{GRAPH_RUN}' AND ExecutionStatus = 'Terminated' AND CloseTime > '{{since}}'"
_PREFIX: Final = workflow_id(UUID(int=0)).removesuffix(str(UUID(int=0)))


@dataclass(frozen=True)
class Listed:
    """What a round compares the rows with."""

    #: {run: what Temporal reports of its workflow, or None} of every open workflow.
    open: dict[UUID, str | None] = field(default_factory=dict)
    #: {run: Temporal's own id of its workflow} of those that were terminated lately.
    terminated: dict[UUID, str] = field(default_factory=dict)


async def listed(client: Client, terminated_since: datetime) -> Listed:
    """List every open workflow, and those that were terminated since."""
    found = {run: problem_of(one) async for run, one in _all(client, _OPEN)}
    since = terminated_since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    ended = {run: one.run_id async for run, one in _all(client, _TERMINATED.format(since=since))}
    return Listed(found, ended)


async def _all(client: Client, query: str) -> AsyncIterator[tuple[UUID, WorkflowExecution]]:
    async for one in client.list_workflows(query, page_size=PAGE):
        run = run_of(one.id)
        if run is not None:
            yield run, one


def run_of(name: str) -> UUID | None:
    """Give the run that a workflow's id names; None where it is no run of ours."""
    if not name.startswith(_PREFIX):
        return None
    try:
        return UUID(name.removeprefix(_PREFIX))
    except ValueError:
        return None


def problem_of(one: WorkflowExecution) -> str | None:
    """Give what Temporal reports of a workflow, such as `category=WorkflowTaskFailed, cause=...`; None: nothing."""
    fields = one.raw_info.search_attributes.indexed_fields
    if REPORTED_PROBLEMS not in fields:
        return None
    said = json.loads(fields[REPORTED_PROBLEMS].data)
    return ", ".join(said) if isinstance(said, list) else str(said)
