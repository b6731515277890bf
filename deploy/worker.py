"""The worker process: Temporal workers by role, the starter and the reconciler; SIGTERM drains it."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Final, TypeVar

import structlog
from temporalio.client import Client
from temporalio.common import VersioningBehavior
from temporalio.worker import (
    UnsandboxedWorkflowRunner,
    Worker,
    WorkerDeploymentConfig,
    WorkerDeploymentVersion,
    WorkflowRunner,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.collector import Collector
from activities.fleet import FleetGauges
from activities.nodes import NodeActivities
from activities.projection import ProjectionActivities
from activities.reconciler import Reconciler
from activities.regions import RegionActivities
from activities.retention import FOR_EVER, Kept, Retention
from activities.scheduled_runs import ScheduledRunActivities
from activities.schedules import ScheduleFollower
from activities.starter import Starter
from activities.tools import Tools
from deploy.build import tools as build_tools
from deploy.ops import ops_server
from deploy.presence import present
from deploy.probing import until_usable, warn_of_settings
from deploy.roles import Role, block_queues
from deploy.settings import Settings
from deploy.telemetry import Telemetry, lost_lines
from deploy.telemetry_sdk import begin_sdk
from deploy.telemetry_sink import LogSink
from deploy.wear import until_worn
from schema.block import Queue
from schema.limits import LIMITS
from workflows.graph_run import GraphRun
from workflows.names import ENGINE_QUEUE, PLATFORM_QUEUE
from workflows.scheduled_run import ScheduledRun

T = TypeVar("T")
log = structlog.get_logger()

DRAIN: Final = timedelta(seconds=30)
#: After a worker died, its workflows go to another one when this has passed.
STICKY: Final = timedelta(seconds=2)
WORKFLOW_THREADS: Final = 8
#: Workflow tasks, and local activities within them, at once. The SDK's 2 s for an activation begin when it waits for a thread: with
#: its own 100 tasks, each of which takes 0.2 s, the last would count as deadlocked. What is more waits in Temporal's queue.
WORKFLOW_TASKS: Final = 40


async def run_worker(settings: Settings, roles: Iterable[Role], sink: LogSink | None = None) -> None:
    """Work until SIGTERM or SIGINT, then drain. `sink` is where log lines go."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    telemetry = Telemetry.of(settings, "drystone-worker", begin_sdk(has_metrics=settings.ops_address is not None))
    problems = ["starting"]

    async def ready() -> list[str]:
        return ["draining"] if stopped.is_set() else problems

    # Outermost: it answers also while Temporal is waited for, and while work is drained.
    async with ops_server(settings, ready, telemetry):
        tools = await _unless(stopped, build_tools(settings, telemetry=telemetry))
        if tools is None:
            return
        async with telemetry.watching(settings, tools.engine, {**lost_lines(sink), **_of_blocks(tools)}):
            await _work(settings, tools, frozenset(roles), stopped, problems)
        tools.block_loop.close()
        await tools.engine.dispose()


async def _unless(stopped: asyncio.Event, building: Coroutine[Any, Any, T]) -> T | None:
    """Give what is built, however long it waits for Temporal; None: the process is to end before."""
    build, waiting = asyncio.create_task(building), asyncio.create_task(stopped.wait())
    await asyncio.wait([build, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if build.done():
        return build.result()
    build.cancel()
    await asyncio.gather(build, return_exceptions=True)
    return None


async def _work(
    settings: Settings, tools: Tools, roles: frozenset[Role], stopped: asyncio.Event, problems: list[str]
) -> None:
    """Work until `stopped`, then drain; `problems` is emptied when the work has begun."""
    if not await until_usable(tools.client, stopped, problems):
        return
    async with AsyncExitStack() as running:
        await running.enter_async_context(present(tools.engine, roles, settings.build_id))
        built = workers(settings, tools, roles)
        for worker in built:
            await running.enter_async_context(worker)
        kept = Kept.for_days(settings.run_retention_days, settings.event_retention_days)
        loops = background(tools, roles, kept, is_versioned=settings.build_id is not None)
        loops.append(asyncio.create_task(until_worn(tools.block_loop, settings.worker_memory_bytes_max)))
        # What was loaded stays: the collector need not look through it again and again.
        gc.collect()
        gc.freeze()
        problems.clear()
        log.info("worker started", roles=sorted(roles))
        warning = asyncio.create_task(warn_of_settings(tools.client, settings, roles))
        await _until(stopped, loops)
        warning.cancel()
        log.info("worker draining", seconds=DRAIN.total_seconds())
        # All at once: one after another, the last would go on taking work in while the others end.
        await asyncio.gather(*(worker.shutdown() for worker in built))


def _of_blocks(tools: Tools) -> dict[str, tuple[str, Callable[[], float]]]:
    """Give what is counted of blocks that do not end as they should."""
    return {
        "drystone_blocks_left_behind": (
            "Blocks that did not heed the end of their time.",
            lambda: tools.block_loop.left_behind,
        ),
        "drystone_block_threads_abandoned": (
            "Threads of blocks that one block held for ever.",
            lambda: tools.block_loop.abandoned_threads,
        ),
    }


def workers(settings: Settings, tools: Tools, roles: frozenset[Role]) -> list[Worker]:
    """Build the Temporal workers of these roles."""
    built = []
    if Role.ENGINE in roles:
        built.append(engine_worker(tools, settings))
    if Role.PLATFORM in roles:
        scheduled = ScheduledRunActivities(tools)
        platform: list[object] = [ProjectionActivities(tools).project, scheduled.fire, scheduled.watch]
        built.append(_activity_worker(tools.client, PLATFORM_QUEUE, platform, 50))
    if queues := block_queues(roles):
        work: list[object] = [NodeActivities(tools, settings.node_slots).run_node, RegionActivities(tools).run_region]
        built += [_activity_worker(tools.client, queue, work, _slots(queue, settings)) for queue in queues]
    return built


def _slots(queue: Queue, settings: Settings) -> int:
    """Give how many nodes of a queue run at once: code beyond its own limit waits in Temporal, where it takes nothing."""
    if queue is Queue.SANDBOX:
        return min(LIMITS.code_runs_at_once_max, settings.node_slots)
    return settings.node_slots


def engine_worker(tools: Tools, settings: Settings) -> Worker:
    """Build the worker of workflows. Determinism is kept by the replay corpus and the tidy test; the sandbox, which
    costs a third of the worker's time, is for tests. Short regions are stepped through and the end of a run is written here, as
    local activities."""
    regions = RegionActivities(tools, steps_here=settings.engine_steps_regions)
    return Worker(
        tools.client,
        task_queue=ENGINE_QUEUE,
        workflows=[GraphRun, ScheduledRun],
        activities=[ProjectionActivities(tools).project, regions.run_region],
        no_remote_activities=True,
        workflow_runner=_runner(settings.has_sandbox),
        workflow_task_executor=ThreadPoolExecutor(max_workers=WORKFLOW_THREADS, thread_name_prefix="workflow"),
        max_concurrent_workflow_tasks=WORKFLOW_TASKS,
        max_concurrent_local_activities=WORKFLOW_TASKS,
        sticky_queue_schedule_to_start_timeout=STICKY,
        graceful_shutdown_timeout=DRAIN,
        max_cached_workflows=1_000,
        deployment_config=None if settings.build_id is None else _deployment(settings.deployment, settings.build_id),
    )


def _deployment(name: str, build_id: str) -> WorkerDeploymentConfig:
    """Give what makes a worker one version of the engine: what it begins stays with it, through continue-as-new, too."""
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(name, build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.PINNED,
    )


def _runner(has_sandbox: bool) -> WorkflowRunner:
    if not has_sandbox:
        return UnsandboxedWorkflowRunner()
    passed = SandboxRestrictions.default.with_passthrough_modules("schema", "pydantic", "orjson", "jsonschema_rs")
    return SandboxedWorkflowRunner(restrictions=passed)


def _activity_worker(client: Client, queue: str, activities: list[object], slots: int) -> Worker:
    return Worker(
        client,
        task_queue=queue,
        activities=activities,  # type: ignore[arg-type]
        max_concurrent_activities=slots,
        graceful_shutdown_timeout=DRAIN,
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        default_heartbeat_throttle_interval=timedelta(seconds=1),
    )


def background(
    tools: Tools, roles: frozenset[Role], kept: Kept = FOR_EVER, *, is_versioned: bool = False
) -> list[asyncio.Task[None]]:
    """Begin the loops that belong to these roles."""
    loops: list[Coroutine[Any, Any, None]] = []
    if Role.STARTER in roles:
        follower = ScheduleFollower(tools)
        loops += [Starter(tools, is_versioned=is_versioned).run(), follower.run(), follower.go_rounds()]
    if Role.RECONCILER in roles:
        loops += [Reconciler(tools).run(), Collector(tools).run(), Retention(tools.engine, kept).run()]
        loops.append(FleetGauges(tools).run())
    return [asyncio.create_task(loop) for loop in loops]


async def _until(stopped: asyncio.Event, loops: list[asyncio.Task[None]]) -> None:
    """Wait for the signal; a loop that ends by itself, by a fault of ours or as the process is worn, ends the process, which is
    started anew."""
    waiting = asyncio.create_task(stopped.wait())
    done, _ = await asyncio.wait([waiting, *loops], return_when=asyncio.FIRST_COMPLETED)
    for loop in loops:
        loop.cancel()
    for task in done - {waiting}:
        task.result()
