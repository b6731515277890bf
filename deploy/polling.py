"""Whether a worker works: Temporal says whose polls it holds, so nobody has to ask the worker; it starts and ends none."""

from __future__ import annotations

import asyncio
from typing import Final

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

PAUSE_SECONDS: Final = 0.05


async def until_polling(client: Client, queue: str, pid: int, *, seconds: float) -> bool:
    """Wait until this process polls a queue for activities; say whether it did in time."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    while clock() < deadline:
        if await _polls(client, queue, pid):
            return True
        await asyncio.sleep(PAUSE_SECONDS)
    return False


async def _polls(client: Client, queue: str, pid: int) -> bool:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    )
    try:
        found = await client.workflow_service.describe_task_queue(request)
    except RPCError:
        return False  # It is away for a moment; whoever waits asks again.
    # The SDK's own identity of a client: its process and its machine.
    return any(poller.identity.startswith(f"{pid}@") for poller in found.pollers)
