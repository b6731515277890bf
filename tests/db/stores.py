"""The stores on one database, each test with a tenant of its own, and rows to begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from obstore.store import ObjectStore, from_url
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.stack import ports
from deploy.stack.child import Child
from deploy.stack.cluster import open_cluster
from deploy.stack.postgres import Postgres
from schema.db.engine import make_engine
from schema.db.entries import EmissionEntry, ExecutionEntry, OutputEntry
from schema.db.graphs import Graphs
from schema.db.ledger import Ledger
from schema.db.records import Records
from schema.db.runs import NewRun, Run, Runs
from schema.db.submission import Submission
from schema.db.values import Stored, ValueStore
from tests.containers.chosen import servers

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
PREFERRED_PORT = 15_932


@asynccontextmanager
async def serving(data_dir: Path) -> AsyncIterator[str]:
    """Serve a PostgreSQL of its own from a folder, or have a database in a container; give its URL."""
    if (contained := servers()) is not None:
        yield await contained.database()
        return
    (data_dir / "logs").mkdir(parents=True)
    cluster = await open_cluster(data_dir, lambda _event: None)
    server = Postgres(cluster, ports.choose(PREFERRED_PORT, taken=frozenset()))
    child = Child(server.spec({}), lambda _event: None, lambda: None)
    await child.start()
    try:
        yield server.url
    finally:
        await child.stop()


@dataclass
class Stores:
    """All stores on one database, and a tenant that has nothing yet."""

    engine: AsyncEngine
    folder: Path
    tenant: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        self.objects: ObjectStore = from_url(self.folder.as_uri())
        self.values = ValueStore(self.engine, self.objects)
        self.graphs = Graphs(self.engine)
        self.runs = Runs(self.engine, self.values)
        self.ledger = Ledger(self.engine)
        self.records = Records(self.engine, self.values, self.runs)
        self.submission = Submission(self.graphs, self.runs)

    async def accept(self, **fields: Any) -> Run:
        """Accept a run of an agent that nobody stored."""
        return await self.runs.accept(new_run(self.tenant, **fields))

    async def rows(self, statement: str, **where: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(text(statement), where)).all())

    async def do(self, statement: str, **where: Any) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(text(statement), where)


def new_run(tenant: UUID, **fields: Any) -> NewRun:
    known = {
        "tenant_id": tenant,
        "graph_id": UUID(int=1),
        "graph_version": 1,
        "plan_hash": "h",
        "agent_name": "agent",
        "inputs": {},
    }
    return NewRun(**{**known, **fields})


def entry(execution: int, fence: int, status: str = "RUNNING", **fields: Any) -> ExecutionEntry:
    known = {
        "node_id": "n",
        "block_id": "b",
        "ordinal": execution,
        "step": 0,
        "inputs": {"x": {"value": execution}},
        "started_at": NOW,
        "ended_at": NOW if status != "RUNNING" else None,
    }
    return ExecutionEntry(execution=execution, status=status, fence=fence, **{**known, **fields})


def emission(execution: int, sequence: int, json: str, pin: str = "out") -> EmissionEntry:
    return EmissionEntry(execution, sequence, pin, Stored(json, None))


def output(execution: int, name: str, json: str) -> OutputEntry:
    return OutputEntry(execution, name, Stored(json, None))


def engine_of(url: str, size: int = 12) -> AsyncEngine:
    return make_engine(url, pool_size=size, application_name="tests")
