"""Steps of regions that are written while they are made: what becomes of them where PostgreSQL goes away, or the run ends."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from time import time
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from schema.db import region_steps
from schema.db.region_rows import RegionRows
from schema.db.region_steps import RegionSteps, StepKey
from schema.errors import Fenced
from schema.states import State
from tests.db.stores import Stores
from tests.db.test_region_steps import NOTHING, STATS, counts, rows_of, take
from tests.durable.waiting import eventually


def _out(engine: AsyncEngine) -> int:
    assert isinstance(engine.pool, QueuePool)
    return engine.pool.checkedout()


async def _break_off(stores: Stores, steps: RegionSteps, run_id: UUID) -> None:
    async with steps.taking(StepKey(run_id, 0, 0)) as taking:
        await taking.write(rows_of(1, 2))
        await stores.rows("SELECT pg_terminate_backend(:pid, 5000)", pid=taking.driver.get_server_pid())
        await taking.finish([rows_of(3)], ["told"], None)


async def test_where_postgresql_goes_away_in_a_step_that_is_told_and_the_connection_comes_back(
    stores: Stores, engine: AsyncEngine
) -> None:
    run, steps, before = await stores.accept(), RegionSteps(engine), _out(engine)
    with pytest.raises(DBAPIError):
        await _break_off(stores, steps, run.id)
    assert _out(engine) == before
    assert await counts(stores, run.id) == NOTHING
    assert await take(steps, StepKey(run.id, 0, 0), rows_of(1, 2, 3), ["again"]) == ["again"]
    assert await counts(stores, run.id) == (3, 3, 1, 1)


async def end_while_written(stores: Stores, steps: RegionSteps) -> list[str]:
    """End a run while an execution that goes on later is written; give the states of its executions."""
    run = await stores.accept()
    rows = RegionRows(fence=1)
    # One of the first would have the run begin, and hold its row.
    rows.add((5, 5), ("n", "b"), State.RUNNING, "{}", (time(), time()))
    try:
        async with steps.taking(StepKey(run.id, 0, 0)) as taking:
            await taking.write(rows)
            await stores.runs.finish(run.id, "COMPLETED", None, {})
            await taking.finish([], ["told"], None)
    except Fenced:
        pass
    return [row.status for row in await stores.rows("SELECT status FROM node_executions WHERE run_id = :id", id=run.id)]


async def test_where_the_run_ends_while_a_step_is_written_nothing_of_it_stands(
    stores: Stores, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await end_while_written(stores, RegionSteps(engine)) == []
    monkeypatch.setattr(region_steps, "_IS_OPEN", "SELECT 1 FROM runs WHERE id = $1")
    assert await end_while_written(stores, RegionSteps(engine)) == ["RUNNING"]


@pytest.mark.parametrize(
    ("ended", "status"), [(None, "TERMINATED"), ({**STATS, "node_execution_count": 2}, "COMPLETED")]
)
async def test_an_end_that_is_no_completion_waits_for_a_step_that_is_written_and_neither_waits_for_the_other(
    stores: Stores, engine: AsyncEngine, ended: dict[str, Any] | None, status: str
) -> None:
    run, steps = await stores.accept(), RegionSteps(engine)
    waiting = "SELECT 1 FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid))"
    async with steps.taking(StepKey(run.id, 0, 0)) as taking:
        await taking.write(rows_of(5))
        ending = asyncio.create_task(stores.runs.finish(run.id, "TERMINATED", None, None))
        pid = taking.driver.get_server_pid()
        await eventually(lambda: stores.rows(waiting, pid=pid))
        # It takes the run's row itself, before who waits for it.
        await taking.finish([rows_of(7)], ["told"], ended)
    assert await ending is (ended is None)
    assert (await stores.runs.get(run.tenant_id, run.id)).status == status
    assert await counts(stores, run.id) == (2, 2, 0, 1)


@pytest.mark.long
async def test_so_few_steps_are_written_while_they_are_made_that_connections_are_left(
    stores: Stores, engine: AsyncEngine
) -> None:
    run, steps = await stores.accept(), RegionSteps(engine)
    async with AsyncExitStack() as held:
        for number in range(region_steps.EARLY_MAX):
            taking = await held.enter_async_context(steps.taking(StepKey(run.id, number, 0)))
            await taking.write(rows_of(number + 1))
        one_more = await held.enter_async_context(steps.taking(StepKey(run.id, 99, 0)))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await one_more.write(rows_of(99))
        assert not one_more.has_begun
        # One that writes all at its end needs no second connection.
        assert await take(steps, StepKey(run.id, 98, 0), rows_of(98), ["told"]) == ["told"]
