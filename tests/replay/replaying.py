"""Replaying recorded histories with the GraphRun of today, in this process and without a server; it knows no case."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

# Private, and the one place that says in what production runs workflows.
from deploy.worker import _runner
from tests.replay import corpus
from workflows.graph_run import GraphRun


def failures(names: Iterable[str], *, has_sandbox: bool = False) -> dict[str, Exception]:
    """Replay histories; give, for each that GraphRun does not repeat, what is said of it."""
    return asyncio.run(_failures(list(names), has_sandbox))


async def _failures(names: list[str], has_sandbox: bool) -> dict[str, Exception]:
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="replay") as threads:
        # Without the 2 s that an activation may take: a machine that has other work is no difference in the code.
        replayer = Replayer(
            workflows=[GraphRun],
            workflow_runner=_runner(has_sandbox),
            workflow_task_executor=threads,
            debug_mode=not has_sandbox,
        )
        async with replayer.workflow_replay_iterator(_read(names)) as results:
            failed = [result.replay_failure async for result in results]
    return {name: failure for name, failure in zip(names, failed, strict=True) if failure is not None}


async def _read(names: list[str]) -> AsyncIterator[WorkflowHistory]:
    for name in names:
        yield corpus.read(name)
