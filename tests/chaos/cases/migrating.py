"""F44: the tables are migrated under an API and workers of one version back, which go on until this version's take over.

The version back is the commit before the newest migration, taken out of git into a folder: its own processes, on a database of
their own in the stack's PostgreSQL. The stack's own workers are away meanwhile: the task queues are the same.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx2
from sqlalchemy import text

from deploy.stack import ports
from deploy.token_file import token_file
from schema.db.engine import make_engine
from schema.db.migrate import downgrade, revisions, upgrade
from schema.graph import Graph
from tests.chaos.cases.beside import end
from tests.chaos.cases.frame import BROKEN, OK, Case, CaseResult
from tests.chaos.cases.world import World
from tests.chaos.nemesis import WORKERS
from tests.durable.blocks import Listen, Pass
from tests.durable.graphs import an_input, an_output, make_graph
from tests.tidy.source import ROOT

DATABASE: Final = "former"
PER_SECOND: Final = 3.0
WAITING: Final = 5
#: A migration may hold up who works for two seconds at a time; and the machine is shared.
ANSWER_SECONDS_MAX: Final = 10.0
_REVISION: Final = "SELECT version_num AS revision FROM alembic_version"


@dataclass
class Former:
    """A version back: where it is, and what it runs with."""

    folder: Path
    revision: str
    environment: Mapping[str, str]
    port: int = field(default_factory=ports.choose)

    @asynccontextmanager
    async def process(self, *words: str, is_new: bool = False) -> AsyncIterator[asyncio.subprocess.Process]:
        """Have a process of that version, or of this one, inside the block."""
        cwd = ROOT if is_new else self.folder
        with (self.folder / f"{'new' if is_new else 'old'}-{words[-1].replace(' ', '-')}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *words, cwd=cwd, env=dict(self.environment), stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            await end(process)

    async def done(self, *words: str, is_new: bool = False) -> int:
        """Run a program of that version, or of this one, to its end; give its exit status."""
        async with self.process(*words, is_new=is_new) as process:
            return await process.wait()


async def migrate_while_running(world: World) -> CaseResult:
    """F44: upgrade, downgrade and upgrade under live traffic, with processes of one version back; then replace them."""
    result = CaseResult("F44", "the tables are migrated while everything runs")
    commit = await _commit_before()
    if commit is None:
        result.skipped = "the history of this checkout is not here"
        return result
    former = await _taken_out(world, commit)
    result.need(
        await former.done("deploy.database", "embedded") == 0, "wrong", "the version back did not make its tables"
    )
    url = former.environment["DRYSTONE_DATABASE_URL"]
    engine = make_engine(url, pool_size=4, application_name="drystone chaos")
    there = replace(
        world,
        url=f"http://127.0.0.1:{former.port}",
        token=token_file(Path(former.environment["DRYSTONE_DATA_DIR"])).read_text(encoding="utf-8").strip(),
        stores=replace(world.stores, engine=engine),
        acknowledged=[],
        _graphs={},
    )
    await world.down(*WORKERS, how=signal.SIGTERM)
    try:
        await _go_through(there, former, result)
    finally:
        await engine.dispose()
        await world.up(*WORKERS)
        await _statement(world, f"DROP DATABASE {DATABASE} WITH (FORCE)")
    return result


async def _go_through(world: World, former: Former, result: CaseResult) -> None:
    before = (await world.sql(_REVISION))[0].revision
    result.measure("revisions", f"{before} to {revisions()[0]}")
    result.need(before != revisions()[0], "void", "there is nothing to migrate")
    async with former.process("deploy.worker_process"), former.process("deploy", "api"):
        await world.until(lambda: _serves(world), 90)
        waiting = [await world.start(_waiting(), outputs={"out": ["go"]}) for _ in range(WAITING)]
        async with world.under_fault():
            async with world.load(lambda number: _begin(world, number), PER_SECOND) as run_ids:
                await world.passing(3)
                await _migrate(world, result, "up", former)
                await world.passing(4)
                await _migrate(world, result, "down", former)
                await world.passing(4)
                await _migrate(world, result, "up again", former)
                await world.passing(4)
            await world.until_ended(run_ids, 120)
        result.prove("a version back worked on the tables of this one", len(run_ids) > PER_SECOND * 9)
    # This version takes over what waits.
    async with former.process("deploy.worker_process", is_new=True), former.process("deploy", "api", is_new=True):
        await world.until(lambda: _serves(world), 90)
        for run_id in waiting:
            await world.tell(run_id, "go", "go", f"go {run_id}")
        await world.until_ended([*waiting, await _begin(world, 99)], 120)
    await _judge(world, result)


async def _migrate(world: World, result: CaseResult, way: str, former: Former) -> None:
    began = world.clock()
    if way == "down":
        await downgrade(world.stores.engine, former.revision)
    elif way == "up":
        # As an operator does it.
        status = await former.done("deploy.database", is_new=True)
        result.need(status == 0, "wrong", f"the migration ended with exit status {status}")
    else:
        await upgrade(world.stores.engine)
    wanted = former.revision if way == "down" else revisions()[0]
    found = (await world.sql(_REVISION))[0].revision
    result.prove(f"it was migrated {way}", found == wanted)
    result.measure(f"{way} s", world.clock() - began)


async def _judge(world: World, result: CaseResult) -> None:
    """Every run ended as it should, and no client met a fault of ours."""
    ids = [one.run_id for one in world.acknowledged]
    statuses = await world.statuses(ids)
    bad = {str(run_id): status for run_id, status in statuses.items() if status != "COMPLETED"}
    result.need(not bad and len(statuses) == len(set(ids)), "lost", f"runs of the version back: {bad}")
    rows = await world.sql("SELECT run_id, value FROM run_outputs WHERE run_id = ANY(:ids)", ids=ids)
    given = {row.run_id: row.value for row in rows}
    wrong = [one.run_id for one in world.acknowledged if one.outputs != {"out": [given.get(one.run_id)]}]
    result.need(not wrong, "wrong", f"{len(wrong)} runs gave something else: {wrong[:3]}")
    broken = [one.said for one in world.operations if one.outcome == BROKEN]
    result.need(not broken, "wrong", f"clients met {broken[:3]}")
    slowest = max((one.seconds for one in world.operations if one.outcome == OK), default=0.0)
    result.measure("runs of the version back", len(ids))
    result.measure("slowest answer s", slowest)
    result.need(slowest <= ANSWER_SECONDS_MAX, "slow", f"a client waited {slowest:.1f} s for an answer")


async def _serves(world: World) -> bool:
    try:
        return bool((await world.http.get(f"{world.url}/readyz")).status_code == 200)
    except httpx2.TransportError:
        return False


def _working() -> Graph:
    nodes: dict[str, Any] = {"in": an_input("value"), "pass": Pass, "out": an_output()}
    return make_graph(nodes, ["in.result -> pass.value", "pass.value -> out.value"], name="working", id=_ID_WORKING)


def _waiting() -> Graph:
    nodes: dict[str, Any] = {"listen": (Listen, {"event": "go"}), "out": an_output()}
    return make_graph(nodes, ["listen.payload -> out.value"], name="waiting", id=_ID_WAITING)


_ID_WORKING: Final = "c4a05000-0000-4000-8000-0000000000f1"
_ID_WAITING: Final = "c4a05000-0000-4000-8000-0000000000f2"


async def _begin(world: World, number: int) -> UUID:
    return await world.start(_working(), {"value": number}, outputs={"out": [number]})


async def _commit_before() -> str | None:
    """Give the commit before the newest migration; None where git cannot say."""
    newest = max((ROOT / "schema" / "db" / "migrations" / "versions").glob("[0-9]*.py")).relative_to(ROOT)
    status, added = await _git("log", "--diff-filter=A", "--format=%H", "-1", "--", str(newest))
    if status:
        return None
    # What was not committed yet is a change of this checkout: the version back is the last commit.
    status, commit = await _git("rev-parse", f"{added}^" if added else "HEAD")
    return commit if not status else None


async def _git(*words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        "git", *words, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode().strip()


async def _taken_out(world: World, commit: str) -> Former:
    """Take a commit out of git into a folder, and make a database for it."""
    folder = world.folder / "former"
    folder.mkdir(exist_ok=True)
    archive = folder / "code.tar"
    status, _ = await _git("archive", "-o", str(archive), commit)
    assert status == 0, "git archive failed"
    unpacking = await asyncio.create_subprocess_exec("tar", "-xf", str(archive), "-C", str(folder))
    assert await unpacking.wait() == 0
    archive.unlink()
    versions = sorted(
        path.name[:4] for path in (folder / "schema" / "db" / "migrations" / "versions").glob("[0-9]*.py")
    )
    await _statement(world, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    await _statement(world, f"CREATE DATABASE {DATABASE}")
    endpoints = world.stack.endpoints
    assert endpoints is not None
    url = world.stores.engine.url.set(database=DATABASE).render_as_string(hide_password=False)
    mine = {name: value for name, value in os.environ.items() if not name.startswith("DRYSTONE_")}
    former = Former(folder, versions[-1], {})
    former.environment = {
        **mine,
        "DRYSTONE_DATA_DIR": str(folder / "data"),
        "DRYSTONE_DATABASE_URL": url,
        "DRYSTONE_TEMPORAL_ADDRESS": endpoints.temporal_address,
        "DRYSTONE_API_PORT": str(former.port),
        "DRYSTONE_EXTRA_BLOCK_MODULES": "tests.durable.blocks",
        "DRYSTONE_REQUESTS_PER_MINUTE": "1000000",
    }
    (folder / "data").mkdir(exist_ok=True)
    return former


async def _statement(world: World, statement: str) -> None:
    """Run a statement that may stand in no transaction."""
    engine = world.stores.engine.execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))


CASES = (Case("F44", "the tables are migrated while everything runs", migrate_while_running),)
