"""Whether tenants take turns in Temporal's task queues: found out by queues of its own, because no client can ask for it.

Two keys have as many tasks in a queue, all of the first key's before those of the second. Where fairness is on, each partition of
the queue gives them in turn; where it is off, it gives the first key's and then the second's. Two things show it: how often a task
of the second key is followed by one of the first, and how many of the second's are in the first half. Which partition gives the
next task is chance, so neither says enough alone. Nothing stays open: what was started is terminated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from typing import Final

from temporalio.api.enums.v1 import TaskQueueKind
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollWorkflowTaskQueueRequest
from temporalio.client import Client
from temporalio.common import Priority
from temporalio.service import RPCError, RPCStatusCode

from api.fleet.temporal_server import WHERE
from schema.findings import Finding, FindingCode, finding
from schema.ids import new_id

WORKFLOW: Final = "FairnessProbe"
TASKS: Final = 24
ROUNDS: Final = 2
#: The two counts together, of one round. Measured on Temporal 1.32, 14 rounds each: 23 to 31 with fairness, 9 to 19 without; of
#: simulated queues of four partitions, however they are emptied, one in a thousand is beyond 18 and 21.
SCORE_MIN: Final = 21
#: The least that Temporal lets a poll wait.
POLL: Final = timedelta(seconds=3)
#: What is left open by whoever dies here ends by itself.
LIFE: Final = timedelta(minutes=1)


async def fairness_findings(client: Client) -> list[Finding]:
    """Give what there is to say of fairness; this starts and ends workflows."""
    scores = [await score(client) for _ in range(ROUNDS)]
    known = [one for one in scores if one is not None]
    if len(known) < ROUNDS:
        what = "Whether tenants take turns could not be seen: the queue that was to show it did not give all its tasks."
        return [finding(FindingCode.FAIRNESS_UNSEEN, WHERE, what)]
    if sum(known) >= SCORE_MIN * ROUNDS:
        return []
    what = "Fairness is off: a tenant with many runs is served first, and keeps the others waiting."
    return [finding(FindingCode.FAIRNESS_OFF, WHERE, what, setting="matching.enableFairness=true")]


def not_looked_at() -> Finding:
    what = "Whether tenants take turns (matching.enableFairness) was not looked at."
    return finding(FindingCode.FAIRNESS_UNSEEN, WHERE, what)


async def score(client: Client) -> int | None:
    """Count what shows that keys take turns, in one round; None where not every task was given."""
    queue = f"drystone-fairness-{new_id()}"
    first, second = [f"{queue}-first-{n}" for n in range(TASKS)], [f"{queue}-second-{n}" for n in range(TASKS)]
    try:
        await _start(client, queue, first, "first")
        await _start(client, queue, second, "second")
        given = [name in first for name in await _take(client, queue, 2 * TASKS)]
    finally:
        await asyncio.gather(*(_end(client, name) for name in (*first, *second)))
    if len(given) < 2 * TASKS:
        return None
    turns = sum(now and not last for last, now in pairwise(given))
    return turns + given[:TASKS].count(False)


async def _start(client: Client, queue: str, names: Iterable[str], key: str) -> None:
    async def start(name: str) -> None:
        await client.start_workflow(
            WORKFLOW, id=name, task_queue=queue, priority=Priority(fairness_key=key), execution_timeout=LIFE
        )

    await asyncio.gather(*(start(name) for name in names))


async def _take(client: Client, queue: str, count: int) -> list[str]:
    """Take tasks of the queue, one after another; give whose they are."""
    request = PollWorkflowTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue, kind=TaskQueueKind.TASK_QUEUE_KIND_NORMAL),
        identity=queue,
    )
    found: list[str] = []
    while len(found) < count:
        try:
            task = await client.workflow_service.poll_workflow_task_queue(request, timeout=POLL)
        except RPCError as error:
            if error.status not in (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED):
                raise
            break
        if not task.task_token:
            break
        found.append(task.workflow_execution.workflow_id)
    return found


async def _end(client: Client, name: str) -> None:
    try:
        await client.get_workflow_handle(name).terminate(reason="It has shown how tasks are handed out.")
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
