"""Temporal's clock, which no call tells: a poll is noted there with its moment, and that is read; no task ever comes of it.

Whether a worker has polled lately is a matter of that clock, not of this machine's.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.api.enums.v1 import TaskQueueKind, TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, PollActivityTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from api.fleet.temporal_server import ANSWER
from schema.ids import new_id

QUEUE: Final = TaskQueue(name="drystone-clock", kind=TaskQueueKind.TASK_QUEUE_KIND_NORMAL)
_POLL: Final = timedelta(seconds=5)
_LOOKS_MAX: Final = 20
_PAUSE_SECONDS: Final = 0.02


async def moment_there(client: Client) -> datetime | None:
    """Give the moment by Temporal's clock; None where it does not note polls at once."""
    identity = f"clock-{new_id()}"
    request = PollActivityTaskQueueRequest(namespace=client.namespace, task_queue=QUEUE, identity=identity)
    polling = asyncio.create_task(client.workflow_service.poll_activity_task_queue(request, timeout=_POLL))
    try:
        for _ in range(_LOOKS_MAX):
            await asyncio.sleep(_PAUSE_SECONDS)
            if (noted := await _noted(client, identity)) is not None:
                return noted
        return None
    finally:
        polling.cancel()
        with suppress(asyncio.CancelledError, RPCError):
            await polling


async def _noted(client: Client, identity: str) -> datetime | None:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=QUEUE, task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
    )
    found = await client.workflow_service.describe_task_queue(request, timeout=ANSWER)
    moments = [one.last_access_time.ToDatetime(UTC) for one in found.pollers if one.identity == identity]
    return max(moments, default=None)
