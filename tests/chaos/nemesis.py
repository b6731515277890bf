"""The nemesis: kills parts of the embedded stack with SIGKILL while runs are in progress, and can prove that it did."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import psutil
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client
from temporalio.service import RPCError

from deploy.stack import Stack
from schema.ids import workflow_id
from tests.durable.waiting import eventually

ENGINES: Final = ("engine",)
BLOCKS: Final = ("blocks-1", "blocks-2")
WORKERS: Final = (*ENGINES, *BLOCKS)
#: Blocks that run long enough to be hit in the middle.
SLOW: Final = frozenset({"ChaosSlowBlock", "ChaosSinkBlock"})
DEATH_SECONDS: Final = 20.0
REBIRTH_SECONDS: Final = 60.0

#: What is killed, by the fault's name. "worker" is the one of BLOCKS that runs the node that was aimed at.
FAULTS: Final = {
    "worker": BLOCKS,
    "engine": ENGINES,
    "workers": WORKERS,
    "temporal": ("temporal",),
    "postgres": ("postgres",),
    "everything": (*WORKERS, "temporal", "postgres"),
}


#: Gives the runs in progress, those that nodes started included.
Look = Callable[[], Awaitable[Sequence[UUID]]]


@dataclass
class Strike:
    """One blow: what was killed, when, and which runs were in progress."""

    fault: str
    at: datetime
    victims: list[str]
    in_progress: list[UUID]
    #: (workflow id, activity id) of the node that was hit, where one was aimed at.
    aimed_at: tuple[str, str] | None = None
    killed_pids: list[int] = field(default_factory=list)
    is_proven: bool = False


@dataclass(frozen=True)
class Target:
    """A node that runs now, and the worker that runs it."""

    workflow: str
    activity: str
    worker: str


async def strike(fault: str, stack: Stack, client: Client, look: Look, choice: random.Random) -> Strike | None:
    """Kill; with "worker", in the middle of a node. Gives the strike, proven if everything aimed at is dead; or None where
    nothing is in progress any more."""
    victims: Sequence[str] = FAULTS[fault]
    target = None
    if fault == "worker":
        target = await aim(stack, client, look, choice)
        if target is None:
            return None
        victims = [target.worker]
    in_progress = await look()
    if not in_progress:
        return None
    pids = [pid for name in victims for pid in pids_of(stack, name)]
    blow = Strike(fault, datetime.now(UTC), list(victims), list(in_progress))
    for pid in pids:
        kill(pid)
    blow.killed_pids = pids
    blow.aimed_at = None if target is None else (target.workflow, target.activity)
    blow.is_proven = await are_dead(pids)
    return blow


async def aim(stack: Stack, client: Client, look: Look, choice: random.Random) -> Target | None:
    """Find a slow node that a worker of ours runs at this moment; wait for one while runs are in progress."""
    while runs := await look():
        for run in choice.sample(list(runs), k=len(runs)):
            target = await running_node(stack, client, workflow_id(run))
            if target is not None:
                return target
    return None


async def running_node(stack: Stack, client: Client, workflow: str, blocks: frozenset[str] = SLOW) -> Target | None:
    """Give a node of these blocks that a run has on one of our workers, if any."""
    workers = {stack.pid(name): name for name in BLOCKS if stack.pid(name) is not None}
    try:
        description = await client.get_workflow_handle(workflow).describe()
    except RPCError:
        return None
    for pending in description.raw_description.pending_activities:
        pid = int(pending.last_worker_identity.partition("@")[0] or 0)
        is_running = pending.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
        if is_running and pid in workers and pending.activity_type.name in blocks:
            return Target(workflow, pending.activity_id, workers[pid])
    return None


def pids_of(stack: Stack, name: str) -> list[int]:
    """Give the process of a part of the stack, and everything below it."""
    pid = stack.pid(name)
    if pid is None:
        return []
    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.Error:
        return []


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # A child of one that was killed before it.


async def are_dead(pids: Sequence[int]) -> bool:
    """Wait until these processes are gone."""
    await eventually(lambda: not any(_is_alive(pid) for pid in pids), seconds=DEATH_SECONDS)
    return bool(pids)


def _is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


async def reborn(stack: Stack, blow: Strike) -> float:
    """Wait until the supervisor has started again what was killed; give the seconds since the blow."""
    gone = (None, *blow.killed_pids)
    await eventually(lambda: all(stack.pid(name) not in gone for name in blow.victims), seconds=REBIRTH_SECONDS)
    return (datetime.now(UTC) - blow.at).total_seconds()
