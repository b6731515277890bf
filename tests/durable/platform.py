"""Platform: the embedded stack with its workers in this process, and a client's verbs on it; no test is here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text
from temporalio.client import WorkflowExecutionDescription, WorkflowHandle
from temporalio.worker import Worker

from activities.block_loop import BlockLoop
from activities.tools import Tools
from blocks.registry import Registry, library_blocks, read_catalogue
from deploy.build import tools as build_tools
from deploy.session import migrate
from deploy.settings import Settings
from deploy.stack import Endpoints, Stack
from deploy.worker import Role, background, workers
from schema.db.runs import NewRun, Run
from schema.db.submission import Submission
from schema.graph import Graph
from schema.ids import LOCAL_TENANT, workflow_id
from tests.containers.chosen import servers
from tests.durable.approval_blocks import APPROVAL_BLOCKS
from tests.durable.blocks import TEST_BLOCKS
from tests.durable.credential_blocks import CREDENTIAL_BLOCKS
from tests.durable.file_blocks import StoreAndFail
from tests.durable.llm_blocks import AskModelTwice
from tests.durable.memory_blocks import KeepAndFail
from tests.durable.pure_blocks import PURE_BLOCKS
from tests.durable.tool_blocks import Caller, Poller
from tests.durable.waiting import eventually
from workflows.engine.plan import compile_graph

EVERY_ROLE = frozenset(Role)
Json = dict[str, Any]


class Platform:
    """What the tests of this folder share."""

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self.settings = settings
        self.tools = tools
        self.registry = tools.registry
        self.client = tools.client
        self.runs = tools.runs
        self.submission = Submission(tools.graphs, tools.runs)
        self._workers: list[tuple[Worker, asyncio.Task[None]]] = []
        self._loops: list[asyncio.Task[None]] = []

    # Workers

    async def begin(self) -> None:
        self.begin_workers()
        self.begin_loops()

    async def halt(self) -> None:
        await self.halt_loops()
        await self.halt_workers()

    def begin_workers(self) -> None:
        built = workers(self.settings, self.tools, EVERY_ROLE)
        self._workers = [(worker, asyncio.create_task(worker.run())) for worker in built]

    async def halt_workers(self) -> None:
        await asyncio.gather(*(worker.shutdown() for worker, _ in self._workers))
        await asyncio.gather(*(task for _, task in self._workers))
        self._workers = []

    def begin_loops(self) -> None:
        """Start the starter and the reconciler."""
        self._loops = background(self.tools, EVERY_ROLE)

    async def halt_loops(self) -> None:
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self._loops = []

    @asynccontextmanager
    async def asleep(self) -> AsyncIterator[None]:
        """Have nobody work inside the block."""
        await self.halt()
        try:
            yield
        finally:
            await self.begin()

    @asynccontextmanager
    async def without_loops(self) -> AsyncIterator[None]:
        """Have workers, but no starter and no reconciler, inside the block."""
        await self.halt_loops()
        try:
            yield
        finally:
            self.begin_loops()

    # A client's verbs

    async def save(self, graph: Graph) -> Graph:
        return await self.submission.save_graph(LOCAL_TENANT, graph)

    async def submit(
        self,
        graph: Graph,
        inputs: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        masks: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Run:
        """Compile, keep and accept, as a client does."""
        plan = compile_graph(graph, self.registry.specs)
        graph = await self.save(graph)
        plan = compile_graph(graph, self.registry.specs)
        new = NewRun(
            tenant_id=LOCAL_TENANT,
            graph_id=UUID(graph.id),
            graph_version=graph.version,
            plan_hash=plan.hash,
            agent_name=graph.name,
            inputs=dict(inputs or {}),
            idempotency_key=key,
            masks=masks,
            start_after_seconds=0.0,
        )
        return await self.submission.accept(graph, self.registry.specs, (plan.hash, plan.to_lists()), new)

    async def run(
        self, graph: Graph, inputs: Mapping[str, Any] | None = None, *, seconds: float = 30.0, **options: Any
    ) -> Json:
        """Run a graph to its end; give its record."""
        return await self.end_of(await self.submit(graph, inputs, **options), seconds=seconds)

    async def end_of(self, run: Run, *, seconds: float = 30.0) -> Json:
        async def is_over() -> bool:
            return (await self.row(run)).is_over

        await eventually(is_over, seconds=seconds)
        return await self.record(run)

    async def row(self, run: Run) -> Run:
        return await self.runs.get(LOCAL_TENANT, run.id)

    async def record(self, run: Run) -> Json:
        return await self.tools.records.get(LOCAL_TENANT, run.id, executions_max=100_000)

    async def cancel(self, run: Run, reason: str = "Enough.") -> bool:
        return await self.runs.request_cancel(LOCAL_TENANT, run.id, reason)

    async def status(self, run: Run) -> str:
        return (await self.row(run)).status

    async def until(self, run: Run, status: str, *, seconds: float = 20.0) -> None:
        async def has_it() -> bool:
            return await self.status(run) == status

        await eventually(has_it, seconds=seconds)

    async def children_of(self, run: Run) -> list[Run]:
        rows = await self.sql("SELECT id FROM runs WHERE parent_run_id = :id ORDER BY created_at", id=run.id)
        return [await self.runs.get(LOCAL_TENANT, row.id) for row in rows]

    # Temporal's side

    def handle(self, run: Run) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(workflow_id(run.id))

    async def describe(self, run: Run) -> WorkflowExecutionDescription:
        return await self.handle(run).describe()

    # PostgreSQL's side

    async def sql(self, statement: str, **arguments: Any) -> list[Any]:
        async with self.tools.engine.begin() as connection:
            result = await connection.execute(text(statement), arguments)
            return list(result.all()) if result.returns_rows else []

    async def counts(self) -> dict[str, int]:
        """Give the number of rows of each table that a client's request may add to."""
        tables = ("graphs", "graph_versions", "plans", "runs", "node_executions", "emissions", "run_outputs", "values")
        return {name: (await self.sql(f"SELECT count(*) AS rows FROM {name}"))[0].rows for name in tables}


@asynccontextmanager
async def opened(data_dir: Path) -> AsyncIterator[Platform]:
    """Start a stack with workers in this process, and stop it at the end."""
    async with _servers(data_dir) as endpoints:
        platform = await _build(endpoints)
        await platform.begin()
        try:
            yield platform
        finally:
            await platform.halt()
            platform.tools.block_loop.close()
            await platform.tools.engine.dispose()


@asynccontextmanager
async def _servers(data_dir: Path) -> AsyncIterator[Endpoints]:
    """Have PostgreSQL and Temporal: embedded ones, or containers where those are wanted."""
    if (contained := servers()) is not None:
        yield await contained.endpoints(data_dir)
        return
    async with Stack(data_dir, migrate=migrate) as endpoints:
        yield endpoints


async def _build(endpoints: Endpoints) -> Platform:
    settings = Settings(data_dir=endpoints.data_dir).at(endpoints)
    own = [*TEST_BLOCKS, *CREDENTIAL_BLOCKS, *APPROVAL_BLOCKS, KeepAndFail, StoreAndFail, AskModelTwice, Caller, Poller]
    registry = Registry([*library_blocks(), *own, *PURE_BLOCKS], read_catalogue())
    tools = await build_tools(settings, registry)
    tools.block_loop.close()
    # Short limits: a test waits for them.
    tools.block_loop = BlockLoop(stall_seconds=2.0, grace_seconds=0.5)
    return Platform(settings, tools)


def executions_of(record: Json, node_id: str) -> list[Json]:
    """Give the executions of a node in their order, those that never became complete left out."""
    return [row for row in record["node_executions"] if row["node_id"] == node_id and row["execution"] > 0]


def outputs_of(record: Json, node_id: str) -> list[Json]:
    return [row["output_data"] for row in executions_of(record, node_id)]
