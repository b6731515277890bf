"""The roles of a worker process, by name; it starts none of them.

A role is a task queue that the process serves, or a loop that it goes through. Any number of processes may have any of them:
what a loop does is claimed in PostgreSQL, row by row, so two of a kind share the work.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from schema.block import Queue
from workflows.names import ENGINE_QUEUE, PLATFORM_QUEUE


class Role(StrEnum):
    """What a worker process does."""

    #: Workflows, and with them short regions: the task queue `graph-engine`.
    ENGINE = "engine"
    #: The task queue `platform`: projections, fires of schedules.
    PLATFORM = "platform"
    #: Every queue of blocks.
    BLOCKS = "blocks"
    IO = "blocks-io"
    CPU = "blocks-cpu"
    LONG = "blocks-long"
    SANDBOX = "blocks-sandbox"
    #: The loop that starts accepted runs, delivers orders and has Temporal's schedules follow ours.
    STARTER = "starter"
    #: The loops that compare PostgreSQL with Temporal and repair, collect what nobody needs, and forget what is past its time.
    RECONCILER = "reconciler"


#: What the embedded stack has beside the process of its blocks.
BESIDE_BLOCKS: Final = (Role.ENGINE, Role.PLATFORM, Role.STARTER, Role.RECONCILER)

_BY_QUEUE: Final = {
    ENGINE_QUEUE: Role.ENGINE,
    PLATFORM_QUEUE: Role.PLATFORM,
    Queue.IO.value: Role.IO,
    Queue.CPU.value: Role.CPU,
    Queue.LONG.value: Role.LONG,
    Queue.SANDBOX.value: Role.SANDBOX,
}
#: Every task queue that the platform uses.
QUEUES: Final = tuple(_BY_QUEUE)
_BLOCKS: Final = {queue: _BY_QUEUE[queue.value] for queue in Queue}


def role_of(queue: str) -> Role:
    """Give the role that serves a task queue. KeyError where the platform has none of this name."""
    return _BY_QUEUE[queue]


def block_queues(roles: Iterable[Role]) -> list[Queue]:
    """Give the queues of blocks that these roles serve."""
    served = frozenset(roles)
    return [queue for queue, role in _BLOCKS.items() if role in served or Role.BLOCKS in served]
