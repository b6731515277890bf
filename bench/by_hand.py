"""The same work as a Temporal workflow written by hand: an activity or a local activity a node, no ledger; and its workers.

`python -m bench.by_hand workflows` and `python -m bench.by_hand activities` are two processes, as ours are, with the worker
settings of `deploy.worker`; `python -m bench.by_hand local` is one that does both, with local activities.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import uvloop
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from bench.peers import speaking

WORKFLOW_QUEUE = "hand-workflows"
ACTIVITY_QUEUE = "hand-activities"
LOCAL_QUEUE = "hand-local"
#: As many activities at once as our runs have dispatches at once.
AT_ONCE = 50
#: Of a node, which takes milliseconds: after a death it is how long nobody repeats it.
LIMIT = timedelta(seconds=10)


@activity.defn
async def node(what: list[Any]) -> Any:
    """Do what a node does: [value, milliseconds]."""
    value, node_ms = what
    return await speaking.node(value, node_ms)


@activity.defn
async def items(size: int) -> list[int]:
    """Give a list."""
    return list(range(size))


@activity.defn
async def count(values: list[Any]) -> int:
    """Count what was gathered."""
    return len(values)


@workflow.defn
class ByHand:
    """A chain, a fan-out or a stream. The argument is the fields of a `Work`, and whether activities are local."""

    @workflow.run
    async def run(self, what: list[Any]) -> Any:
        kind, size, depth, node_ms, text_bytes, _mode, is_local = what
        self.is_local = is_local
        if kind == "chain":
            return await self._chain(-text_bytes if text_bytes else 1, size, node_ms)
        if kind == "fan_out":
            first = await self._do(node, [1, 0])
            return await self._do(count, await self._at_once([first] * size, 1))
        return len(await self._at_once(await self._do(items, size), depth))

    async def _chain(self, value: Any, size: int, node_ms: int) -> Any:
        for _ in range(size):
            value = await self._do(node, [value, node_ms])
        return value

    async def _at_once(self, values: list[Any], depth: int) -> list[Any]:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(value: Any) -> Any:
            async with room:
                return await self._chain(value, depth, 0)

        return list(await asyncio.gather(*(one(value) for value in values)))

    async def _do(self, what: Any, value: Any) -> Any:
        if self.is_local:
            return await workflow.execute_local_activity(what, value, start_to_close_timeout=LIMIT)
        return await workflow.execute_activity(what, value, task_queue=ACTIVITY_QUEUE, start_to_close_timeout=LIMIT)


def worker_of(client: Client, role: str) -> Worker:
    """Build one of the workers, with the settings of `deploy.worker`."""
    drain = timedelta(seconds=5)
    if role == "activities":
        return Worker(
            client,
            task_queue=ACTIVITY_QUEUE,
            activities=[node, items, count],
            max_concurrent_activities=100,
            graceful_shutdown_timeout=drain,
        )
    is_local = role == "local"
    return Worker(
        client,
        task_queue=LOCAL_QUEUE if is_local else WORKFLOW_QUEUE,
        workflows=[ByHand],
        activities=[node, items, count] if is_local else [],
        no_remote_activities=is_local,
        workflow_runner=UnsandboxedWorkflowRunner(),
        workflow_task_executor=ThreadPoolExecutor(max_workers=8),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        graceful_shutdown_timeout=drain,
        max_cached_workflows=1_000,
    )


async def _work(role: str) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    client = await Client.connect(os.environ["DRYSTONE_TEMPORAL_ADDRESS"])
    async with AsyncExitStack() as running:
        await running.enter_async_context(worker_of(client, role))
        await stopped.wait()


if __name__ == "__main__":
    uvloop.run(_work(sys.argv[1]))
    os._exit(0)
