"""Deleting runs: all that is of one goes with it, whatever is written at that moment, and what is too old goes by batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from schema.db import ledger
from schema.db.continuing import TakenOver
from schema.db.entries import LogEntry
from schema.db.run_deletion import EXECUTIONS_AT_ONCE, delete_ended, delete_run
from schema.db.runs import Run
from schema.errors import Conflict, NotFound
from tests.db.stores import Stores, emission, entry, output
from tests.durable.waiting import eventually

TABLES = ("node_executions", "emissions", "run_outputs", "run_events", "run_logs")
AGE = timedelta(days=10)
pytestmark = pytest.mark.usefixtures("nothing_old")


async def counts(stores: Stores, *runs: UUID) -> dict[str, int]:
    """Give how many rows of these runs each table has."""
    return {
        table: (await stores.rows(f"SELECT count(*) FROM {table} WHERE run_id = ANY(:runs)", runs=list(runs)))[0][0]
        for table in TABLES
    }


async def write(stores: Stores, run_id: UUID, execution: int) -> frozenset[int]:
    owned, _ = await stores.ledger.write(
        run_id,
        [entry(execution, 1, "COMPLETED")],
        [emission(execution, 0, "1")],
        [output(execution, "out", "1")],
        [LogEntry(execution, 1, "info", None, "a line")],
    )
    return owned


async def begun(stores: Stores, **fields: Any) -> Run:
    """Accept a run and write its first execution, with a row in every table."""
    run = await stores.accept(**fields)
    await write(stores, run.id, 1)
    return run


async def end(stores: Stores, run: Run, days_ago: float = 0.0, executions: int = 1) -> None:
    await stores.runs.finish(run.id, "COMPLETED", None, {"node_execution_count": 1})
    await stores.do(
        "UPDATE runs SET ended_at = now() - make_interval(secs => :age), created_at = now() - make_interval(secs => :age + 1), "
        "stats = json_build_object('node_execution_count', CAST(:executions AS int)) WHERE id = :id",
        id=run.id,
        age=days_ago * 86_400,
        executions=executions,
    )


@asynccontextmanager
async def uncommitted_write(stores: Stores, run_id: UUID, sql: str) -> AsyncIterator[None]:
    """Write execution 9 by the ledger's statement; commit at the end."""
    arguments = ledger._arguments(run_id, [entry(9, 1)], [emission(9, 0, "1")], [output(9, "out", "1")])
    arguments |= ledger.log_arguments([LogEntry(9, 1, "info", None, "a line")])
    async with stores.engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        async with driver.transaction():
            row = await driver.fetchrow(sql, *(arguments[name] for name in ledger._WRITE_LOGGED.names))
            assert row["owned"] == [9]
            yield


async def is_waiting_for_a_lock(stores: Stores) -> bool:
    found = await stores.rows(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> pg_backend_pid()"
    )
    return bool(found)


async def test_a_deletion_waits_for_a_write_and_takes_along_what_it_wrote(stores: Stores) -> None:
    run = await begun(stores)
    async with uncommitted_write(stores, run.id, ledger._WRITE_LOGGED.sql):
        await end(stores, run)
        deletion = asyncio.create_task(delete_run(stores.engine, stores.tenant, run.id))
        await eventually(lambda: is_waiting_for_a_lock(stores))
    assert await deletion == 1
    assert await counts(stores, run.id) == dict.fromkeys(TABLES, 0)


async def test_a_write_that_does_not_hold_the_run_would_leave_rows_of_no_run(stores: Stores) -> None:
    """Show that the test above can fail."""
    run = await begun(stores)
    async with uncommitted_write(stores, run.id, ledger._WRITE_LOGGED.sql.replace("FOR KEY SHARE", "")):
        await end(stores, run)
        assert await delete_run(stores.engine, stores.tenant, run.id) == 1
    assert min((await counts(stores, run.id)).values()) > 0
    for table in TABLES:
        await stores.do(f"DELETE FROM {table} WHERE run_id = :run", run=run.id)


async def test_a_write_that_comes_while_a_run_is_deleted_writes_nothing(stores: Stores) -> None:
    run = await begun(stores)
    async with stores.engine.begin() as connection:
        await connection.execute(text("DELETE FROM runs WHERE id = :id"), {"id": run.id})
        writing = asyncio.create_task(write(stores, run.id, 2))
        await eventually(lambda: is_waiting_for_a_lock(stores))
    assert await writing == frozenset()
    assert await counts(stores, run.id) == dict.fromkeys(TABLES, 0)


async def test_no_row_is_left_of_a_run_that_was_deleted_while_many_wrote(stores: Stores) -> None:
    runs = [await begun(stores) for _ in range(12)]
    random = Random(6)

    async def keep_writing(run: Run) -> None:
        for execution in range(2, 200):
            if not await write(stores, run.id, execution):
                return

    async def end_and_delete(run: Run, executions: int) -> None:
        async def has_so_many() -> bool:
            return (await counts(stores, run.id))["node_executions"] >= executions

        await eventually(has_so_many)
        await stores.runs.finish(run.id, "TERMINATED", None, None)
        await delete_run(stores.engine, stores.tenant, run.id)

    writers = [keep_writing(run) for run in runs for _ in range(2)]
    await asyncio.gather(*writers, *(end_and_delete(run, random.randint(1, 20)) for run in runs))
    assert await stores.rows("SELECT 1 FROM runs WHERE tenant_id = :tenant", tenant=stores.tenant) == []
    assert await counts(stores, *(run.id for run in runs)) == dict.fromkeys(TABLES, 0)


async def test_a_deletion_waits_until_what_is_taken_over_of_the_run_is_copied(stores: Stores) -> None:
    source = await begun(stores)
    await end(stores, source)
    taken = TakenOver(source.id, [(1, 1, 1, None)])
    run = await stores.accept()
    async with stores.engine.begin() as connection:
        await taken.write(connection, stores.tenant, run.id)
        deletion = asyncio.create_task(delete_run(stores.engine, stores.tenant, source.id))
        await eventually(lambda: is_waiting_for_a_lock(stores))
    assert await deletion == 1
    assert [(await counts(stores, run.id))[table] for table in TABLES[:3]] == [1, 1, 1]


async def test_a_run_that_was_deleted_meanwhile_is_not_continued(stores: Stores) -> None:
    source, run_id = await begun(stores), uuid4()
    await end(stores, source)
    await delete_run(stores.engine, stores.tenant, source.id)
    with pytest.raises(NotFound):
        await stores.accept(
            id=run_id, continued_from_run_id=source.id, contents=TakenOver(source.id, [(1, 1, 1, None)])
        )
    assert await stores.rows("SELECT 1 FROM runs WHERE id = :id", id=run_id) == []


async def test_what_ended_long_ago_goes_with_all_that_its_nodes_started(stores: Stores) -> None:
    old, open_, young = [await begun(stores) for _ in range(3)]
    child = await begun(stores, parent_run_id=old.id, parent_execution=1, root_run_id=old.id, depth=1)
    for run, days in ((old, 11), (child, 11), (young, 9)):
        await end(stores, run, days)
    await stores.do("UPDATE runs SET created_at = now() - interval '20 days' WHERE id = :id", id=open_.id)
    while await delete_ended(stores.engine, AGE):
        pass
    left = await stores.rows("SELECT id FROM runs WHERE tenant_id = :tenant", tenant=stores.tenant)
    assert {row.id for row in left} == {open_.id, young.id}
    assert await counts(stores, old.id, child.id) == dict.fromkeys(TABLES, 0)
    assert min((await counts(stores, young.id)).values()) > 0


@pytest.mark.parametrize("depth", [1, 2])
async def test_a_run_is_kept_for_as_long_as_one_that_it_started_is_open(stores: Stores, depth: int) -> None:
    family = [await begun(stores)]
    for level in range(depth):
        fields = {"parent_run_id": family[-1].id, "parent_execution": 1, "root_run_id": family[0].id}
        family.append(await begun(stores, **fields, depth=level + 1))
    for run in family[:-1]:
        await end(stores, run, 11)
    assert await delete_ended(stores.engine, AGE) == 0
    with pytest.raises(Conflict):
        await delete_run(stores.engine, stores.tenant, family[0].id)
    await end(stores, family[-1], 11)
    assert await delete_ended(stores.engine, AGE) == depth + 1


async def test_a_batch_has_no_more_executions_than_it_may_but_one_run_at_least(stores: Stores) -> None:
    for _ in range(3):
        await end(stores, await begun(stores), 11, executions=EXECUTIONS_AT_ONCE + 1)
    assert [await delete_ended(stores.engine, AGE) for _ in range(4)] == [1, 1, 1, 0]


async def test_several_that_delete_at_once_delete_each_run_once(stores: Stores) -> None:
    for _ in range(30):
        await end(stores, await begun(stores), 11, executions=EXECUTIONS_AT_ONCE // 4)

    async def keep_deleting() -> int:
        count = 0
        while gone := await delete_ended(stores.engine, AGE):
            count += gone
        return count

    assert sum(await asyncio.gather(*(keep_deleting() for _ in range(4)))) == 30
    assert await delete_ended(stores.engine, AGE) == 0


async def test_the_oldest_of_every_tenant_are_found(stores: Stores) -> None:
    runs = []
    for _ in range(3):
        other = Stores(stores.engine, stores.folder, uuid4())
        runs.append(await begun(other))
        await end(other, runs[-1], 11)
    assert await delete_ended(stores.engine, AGE) == 3
    assert await counts(stores, *(run.id for run in runs)) == dict.fromkeys(TABLES, 0)
