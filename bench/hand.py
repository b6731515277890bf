"""The sides written by hand for Temporal, an activity or a local activity a node; their workers are those of `bench.by_hand`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any, Final
from uuid import uuid4

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle

from bench.by_hand import LOCAL_QUEUE, WORKFLOW_QUEUE
from bench.ours import known_to_temporal
from bench.side import RUN_SECONDS, Cannot, Sample
from bench.workloads import Workload

#: What Temporal takes as one payload.
PAYLOAD_BYTES_MAX: Final = 2 * 1024 * 1024


@dataclass
class Hand:
    """Workflows written by hand."""

    client: Client
    processes: Callable[[], dict[str, int]]
    name: str = "by hand"
    is_local: bool = False
    share: float = 1.0

    async def sample(self, workload: Workload) -> Sample:
        """Do all runs of a workload once."""
        if workload.work.text_bytes > PAYLOAD_BYTES_MAX:
            raise Cannot("a payload of Temporal has 2 MB at the most")
        room = asyncio.Semaphore(workload.at_once)

        async def one() -> tuple[str, float]:
            async with room:
                began = time.monotonic()
                handle = await self.begin(workload)
                await self._end_of(workload, handle)
                return handle.id, time.monotonic() - began

        began = time.monotonic()
        runs = await asyncio.gather(*(one() for _ in range(workload.runs)))
        return Sample(time.monotonic() - began, [wall for _, wall in runs], [key for key, _ in runs])

    async def known(self, sample: Sample) -> Sample:
        """Give a sample with what Temporal knows of its runs."""
        return await known_to_temporal(self.client, sample)

    async def begin(self, workload: Workload) -> WorkflowHandle[Any, Any]:
        """Start a workflow."""
        queue = LOCAL_QUEUE if self.is_local else WORKFLOW_QUEUE
        what = [*astuple(workload.work), self.is_local]
        return await self.client.start_workflow("ByHand", what, id=f"hand-{uuid4()}", task_queue=queue)

    def victims(self, begun: Any) -> list[int]:
        """Give the workers."""
        return [pid for name, pid in self.processes().items() if name not in ("temporal", "postgres")]

    async def finish(self, workload: Workload, begun: WorkflowHandle[Any, Any]) -> str:
        """Wait for the workflow: its workers are started again by the stack's supervisor."""
        await self._end_of(workload, begun)
        return "goes on by itself"

    async def _end_of(self, workload: Workload, handle: WorkflowHandle[Any, Any]) -> None:
        async with asyncio.timeout(RUN_SECONDS):
            try:
                workload.work.check(await handle.result())
            except WorkflowFailureError as error:
                raise Cannot(f"Temporal ends the workflow: {error.cause}") from error
