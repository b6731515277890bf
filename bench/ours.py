"""Our side: runs accepted by the platform, from their row's acceptance until its notification that they are over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.engine import make_url
from temporalio.client import Client

from bench.side import RUN_SECONDS, Sample
from bench.workloads import Workload
from blocks.registry import discover
from deploy.build import Stores
from schema.block import BlockSpec
from schema.db.runs import NewRun, Run
from schema.graph import write_graph
from schema.ids import LOCAL_TENANT, workflow_id
from workflows.engine.plan import compile_graph


def _no_processes() -> dict[str, int]:
    return {}


@dataclass
class Ours:
    """Runs accepted by the platform, and watched by its notifications."""

    stores: Stores
    url: str
    #: To ask Temporal what it knows of the runs; without it nobody asks.
    client: Client | None = None
    processes: Callable[[], dict[str, int]] = _no_processes
    specs: dict[str, BlockSpec] = field(default_factory=lambda: dict(discover(["bench.blocks"]).specs))
    name: str = "ours"
    share: float = 1.0
    walls: dict[str, float] = field(default_factory=dict)
    _ends: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    _accepted: set[str] = field(default_factory=set)
    _graphs: dict[tuple[UUID, str], Any] = field(default_factory=dict)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear the notifications inside the block."""
        connection = await asyncpg.connect(plain(self.url))
        await connection.add_listener("drystone_runs", lambda _c, _p, _n, run_id: self._hear(run_id))
        try:
            yield
        finally:
            await connection.close()

    def _hear(self, run_id: str) -> None:
        """Note the second notification of a run: the first says that it was accepted."""
        told = self._ends.setdefault(run_id, asyncio.get_running_loop().create_future())
        if run_id not in self._accepted:
            self._accepted.add(run_id)
        elif not told.done():
            told.set_result(time.time())

    async def sample(self, workload: Workload) -> Sample:
        """Do all runs of a workload once."""
        room = asyncio.Semaphore(workload.at_once)

        async def one() -> str:
            async with room:
                return await self.run(workload)

        began = time.monotonic()
        keys = await asyncio.gather(*(one() for _ in range(workload.runs)))
        return Sample(time.monotonic() - began, [self.walls.pop(key) for key in keys], keys)

    async def known(self, sample: Sample) -> Sample:
        """Give a sample with what Temporal knows of its runs."""
        return sample if self.client is None else await known_to_temporal(self.client, sample)

    async def run(self, workload: Workload) -> str:
        """Run it once to its end; give its workflow's id."""
        run = await self.accept(workload)
        ended = await self.end_of(run)
        await self._check(workload, run)
        key = workflow_id(str(run.id))
        self.walls[key] = ended - run.created_at.timestamp()
        return key

    async def accept(self, workload: Workload, tenant: UUID = LOCAL_TENANT, after_seconds: float = 0.0) -> Run:
        """Accept one run, which may start so much later."""
        graph, plan = await self._kept(workload, tenant)
        new = NewRun(
            tenant_id=tenant,
            graph_id=UUID(graph.id),
            graph_version=graph.version,
            plan_hash=plan.hash,
            agent_name=graph.name,
            inputs={},
            start_after_seconds=after_seconds,
        )
        return await self.stores.runs.accept(new)

    async def _kept(self, workload: Workload, tenant: UUID) -> Any:
        key = (tenant, workload.graph.id)
        if key not in self._graphs:
            graph = await self.stores.submission.save_graph(tenant, workload.graph)
            plan = compile_graph(graph, self.specs)
            await self.stores.graphs.save_plan(tenant, plan.hash, plan.to_lists(), write_graph(graph))
            self._graphs[key] = graph, plan
        return self._graphs[key]

    async def _check(self, workload: Workload, run: Run) -> None:
        row = await self.stores.runs.get(run.tenant_id, run.id)
        assert row.status == "COMPLETED", f"{row.status}: {row.error}"
        assert row.stats is not None
        assert row.stats["node_execution_count"] == workload.nodes, row.stats

    async def end_of(self, run: Run) -> float:
        """Wait for the moment at which a run was told to be over."""
        told = self._ends.setdefault(str(run.id), asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(RUN_SECONDS):
                return await told
        except TimeoutError:
            row = await self.stores.runs.get(run.tenant_id, run.id)
            raise RuntimeError(f"The run is {row.status} after {RUN_SECONDS} s: {row}") from None

    async def begin(self, workload: Workload) -> Run:
        """Accept a run."""
        return await self.accept(workload)

    def victims(self, begun: Run) -> list[int]:
        """Give our own processes: the engine's and the blocks'."""
        return [pid for name, pid in self.processes().items() if name in ("engine", "blocks")]

    async def finish(self, workload: Workload, begun: Run) -> str:
        """Wait for the run: its processes are started again by the stack's supervisor."""
        await self.end_of(begun)
        await self._check(workload, begun)
        return "goes on by itself"


def plain(url: str) -> str:
    """Give a database's address without the driver that SQLAlchemy is to use."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def known_to_temporal(client: Client, sample: Sample) -> Sample:
    """Give a sample with the seconds and the events of its runs, asked of Temporal."""
    found = await asyncio.gather(*(_known(client, key) for key in sample.keys))
    return replace(sample, temporal=[seconds for seconds, _ in found], events=[events for _, events in found])


async def _known(client: Client, key: str) -> tuple[float, int]:
    """Ask about a run that was over, until Temporal knows that it is closed."""
    handle = client.get_workflow_handle(key)
    await handle.result()
    found = await handle.describe()
    assert found.close_time is not None
    return (found.close_time - found.start_time).total_seconds(), found.history_length
