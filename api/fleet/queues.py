"""Task queues as Temporal sees them: who polls each, what waits in it, how fast it moves; it takes no task.

Temporal remembers who polled for five minutes, so one that has not for longer than a poll lasts is not there. Slots are what the
workers' own heartbeats say, once a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from temporalio.api.enums.v1 import TaskQueueKind, TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.worker.v1 import WorkerHeartbeat
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, ListWorkersRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api.fleet.clock import moment_there
from api.fleet.needs import QUEUES, WORKFLOW_QUEUES
from api.fleet.temporal_server import ANSWER
from schema.findings import Finding, FindingCode, finding

#: A poll lasts a minute at most.
POLLER_SECONDS: Final = 75.0
#: How long the oldest task of a queue may wait.
OLD_SECONDS: Final = 60.0
POLLERS_MAX: Final = 100
WORKERS_MAX: Final = 1_000


@dataclass(frozen=True)
class Slots:
    """What a worker says of itself."""

    used: int
    available: int


@dataclass(frozen=True)
class Poller:
    """A worker that asks for the tasks of a queue."""

    identity: str
    #: The version of the engine that it is of; None: it is unversioned.
    build_id: str | None
    polled_at: datetime
    slots: Slots | None = None

    @property
    def pid(self) -> int | None:
        """Give its process, which an SDK's identity begins with: `pid@host`."""
        pid, at, _ = self.identity.partition("@")
        return int(pid) if at and pid.isdigit() else None

    @property
    def host(self) -> str | None:
        return self.identity.partition("@")[2] or None


@dataclass(frozen=True)
class QueueHealth:
    """A task queue at a moment."""

    name: str
    backlog: int
    #: Of the oldest task that waits.
    backlog_seconds: float
    #: Tasks a second that come, and that go.
    rate_in: float
    rate_out: float
    pollers: Sequence[Poller]


async def look_at_queues(client: Client) -> list[QueueHealth]:
    """Describe every task queue."""
    slots, moment = await asyncio.gather(_slots(client), moment_there(client))
    # By Temporal's clock: this machine's may be wrong.
    since = (moment or datetime.now(UTC)) - timedelta(seconds=POLLER_SECONDS)
    return list(await asyncio.gather(*(_look(client, name, slots, since) for name in QUEUES)))


def queue_findings(queues: Sequence[QueueHealth]) -> Iterator[Finding]:
    """Give what is wrong with the queues."""
    for queue in queues:
        waits = f"; {queue.backlog} tasks wait in it" if queue.backlog else ""
        if not queue.pollers:
            what = f"No worker serves the task queue {queue.name}{waits}."
            yield finding(FindingCode.QUEUE_WITHOUT_POLLER, queue.name, what, queue=queue.name)
        elif queue.backlog_seconds > OLD_SECONDS:
            what = f"The oldest task of {queue.name} waits for {queue.backlog_seconds:.0f} s{waits}."
            yield finding(FindingCode.BACKLOG_OLD, queue.name, what, queue=queue.name)


async def _look(client: Client, name: str, slots: dict[tuple[str, str], Slots], since: datetime) -> QueueHealth:
    is_of_workflows = name in WORKFLOW_QUEUES
    kind = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW if is_of_workflows else TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=name, kind=TaskQueueKind.TASK_QUEUE_KIND_NORMAL),
        task_queue_type=kind,
        report_stats=True,
    )
    found = await client.workflow_service.describe_task_queue(request, timeout=ANSWER)
    pollers = [_poller(one, slots.get((one.identity, name))) for one in found.pollers[:POLLERS_MAX]]
    return QueueHealth(
        name=name,
        backlog=found.stats.approximate_backlog_count,
        backlog_seconds=found.stats.approximate_backlog_age.ToTimedelta().total_seconds(),
        rate_in=found.stats.tasks_add_rate,
        rate_out=found.stats.tasks_dispatch_rate,
        pollers=sorted((one for one in pollers if one.polled_at > since), key=lambda one: one.identity),
    )


def _poller(info: PollerInfo, slots: Slots | None) -> Poller:
    build = info.deployment_options.build_id or None
    return Poller(info.identity, build, info.last_access_time.ToDatetime(UTC), slots)


async def _slots(client: Client) -> dict[tuple[str, str], Slots]:
    """Give what workers say of their slots, {(identity, queue): ...}; a server that is not asked for that knows nothing."""
    try:
        request = ListWorkersRequest(namespace=client.namespace, page_size=WORKERS_MAX)
        found = await client.workflow_service.list_workers(request, timeout=ANSWER)
    except RPCError as error:
        if error.status not in (RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED):
            raise
        return {}
    beats = [one.worker_heartbeat for one in found.workers_info]
    return {(beat.worker_identity, beat.task_queue): _slots_of(beat) for beat in beats}


def _slots_of(beat: WorkerHeartbeat) -> Slots:
    info: Any = beat.workflow_task_slots_info if beat.task_queue in WORKFLOW_QUEUES else beat.activity_task_slots_info
    return Slots(info.current_used_slots, info.current_available_slots)
