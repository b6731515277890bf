"""Task queues as Temporal describes them: what waits in each, and who asks for it; it takes no task."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.api.enums.v1 import TaskQueueKind, TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from schema.block import Queue
from workflows.names import ENGINE_QUEUE, PLATFORM_QUEUE

#: Every task queue, with whether workflows or activities wait in it.
QUEUES: Final = {
    ENGINE_QUEUE: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    **dict.fromkeys((PLATFORM_QUEUE, *(queue.value for queue in Queue)), TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
}
#: A poll lasts a minute, and Temporal remembers who polled for five: who has not asked for so long is gone.
POLLER_SECONDS: Final = 75
_ANSWER: Final = timedelta(seconds=4)


@dataclass(frozen=True)
class Described:
    """A task queue at a moment."""

    queue: str
    backlog: int
    #: Of the oldest task that waits.
    backlog_seconds: float
    pollers: int


async def described(client: Client) -> list[Described]:
    """Describe every task queue; raise RPCError where Temporal is away."""
    return await asyncio.gather(*(_describe(client, queue, kind) for queue, kind in QUEUES.items()))


async def _describe(client: Client, queue: str, kind: TaskQueueType.ValueType) -> Described:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue, kind=TaskQueueKind.TASK_QUEUE_KIND_NORMAL),
        task_queue_type=kind,
        report_stats=True,
    )
    found = await client.workflow_service.describe_task_queue(request, timeout=_ANSWER)
    newest = datetime.now(UTC) - timedelta(seconds=POLLER_SECONDS)
    pollers = {one.identity for one in found.pollers if one.last_access_time.ToDatetime(UTC) > newest}
    age = found.stats.approximate_backlog_age.ToTimedelta().total_seconds()
    return Described(queue, found.stats.approximate_backlog_count, age, len(pollers))
