"""The two sides that are compared, ours and by hand: each runs a workload once and tells how long it took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy.engine import make_url
from temporalio.client import Client, WorkflowHandle

from bench.by_hand import WORKFLOW_QUEUE
from bench.workloads import Workload
from blocks.registry import discover
from deploy.build import Stores
from schema.db.runs import NewRun
from schema.graph import write_graph
from schema.ids import LOCAL_TENANT, workflow_id
from workflows.engine.plan import compile_graph

RUN_SECONDS = 30.0


@dataclass(frozen=True)
class Taken:
    """What one run took: from accepted to told, and from Temporal's start to its close."""

    wall_seconds: float
    temporal_seconds: float
    events: int


@dataclass
class Ours:
    """Runs accepted by the platform, and watched by its notifications."""

    stores: Stores
    url: str
    name: str = "ours"
    _ends: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    _accepted: set[str] = field(default_factory=set)
    _graphs: dict[str, Any] = field(default_factory=dict)
    walls: dict[str, float] = field(default_factory=dict)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        url = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(url)
        await connection.add_listener("drystone_runs", lambda _c, _p, _n, run_id: self._hear(run_id))
        yield
        await connection.close()

    def _hear(self, run_id: str) -> None:
        """Note the second notification of a run: the first says that it was accepted."""
        told = self._ends.setdefault(run_id, asyncio.get_running_loop().create_future())
        if run_id not in self._accepted:
            self._accepted.add(run_id)
        elif not told.done():
            told.set_result(time.time())

    async def run(self, workload: Workload) -> str:
        """Run it once to its end; give its workflow's id."""
        if workload.key not in self._graphs:
            graph = await self.stores.submission.save_graph(LOCAL_TENANT, workload.graph)
            specs = discover().specs
            plan = compile_graph(graph, specs)
            self._graphs[workload.key] = graph, plan
            await self.stores.graphs.save_plan(LOCAL_TENANT, plan.hash, plan.to_lists(), write_graph(graph))
        graph, plan = self._graphs[workload.key]
        new = NewRun(
            tenant_id=LOCAL_TENANT,
            graph_id=UUID(graph.id),
            graph_version=graph.version,
            plan_hash=plan.hash,
            agent_name=graph.name,
            inputs={},
            start_after_seconds=0.0,
        )
        run = await self.stores.runs.accept(new)
        key = str(run.id)
        ended = await self._end_of(key)
        row = await self.stores.runs.get(LOCAL_TENANT, run.id)
        assert row.status == "COMPLETED", f"{row.status}: {row.error}"
        assert row.stats is not None
        assert row.stats["node_execution_count"] == workload.nodes, row.stats
        self.walls[workflow_id(key)] = ended - row.created_at.timestamp()
        return workflow_id(key)

    async def _end_of(self, run_id: str) -> float:
        """Wait for the moment at which a run was told to be over."""
        told = self._ends.setdefault(run_id, asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(RUN_SECONDS):
                return await told
        except TimeoutError:
            row = await self.stores.runs.get(LOCAL_TENANT, UUID(run_id))
            raise RuntimeError(f"The run is {row.status} after {RUN_SECONDS} s: {row}") from None


@dataclass
class Hand:
    """Workflows written by hand."""

    client: Client
    name: str = "by hand"
    walls: dict[str, float] = field(default_factory=dict)

    async def run(self, workload: Workload) -> str:
        """Run it once to its end; give its workflow's id."""
        key = f"hand-{uuid4()}"
        began = time.time()
        async with asyncio.timeout(RUN_SECONDS):
            await self.client.execute_workflow("ByHand", workload.by_hand, id=key, task_queue=WORKFLOW_QUEUE)
        self.walls[key] = time.time() - began
        return key


async def taken(client: Client, side: Ours | Hand, key: str) -> Taken:
    """Ask Temporal about a run that was over, until it knows that it is closed."""
    handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(key)
    await handle.result()
    found = await handle.describe()
    assert found.close_time is not None
    seconds = (found.close_time - found.start_time).total_seconds()
    return Taken(side.walls.pop(key), seconds, found.history_length)
