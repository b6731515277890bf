"""The loop that deletes what is older than the deployment keeps it: by its ages, any number of loops at once, and never more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from activities.retention import FOR_EVER, Kept, Retention
from schema.db.run_deletion import EXECUTIONS_AT_ONCE
from tests.db.stores import Stores
from tests.db.test_forgetting import events_of, old_run
from tests.db.test_run_deletion import begun, end
from tests.durable.waiting import eventually

pytestmark = pytest.mark.usefixtures("nothing_old")


@asynccontextmanager
async def kept(stores: Stores, ages: Kept, loops: int = 1) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(Retention(stores.engine, ages, 3_600).run()) for _ in range(loops)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def count_runs(stores: Stores) -> int:
    return len(await stores.rows("SELECT 1 FROM runs WHERE tenant_id = :tenant", tenant=stores.tenant))


async def test_runs_and_events_go_by_their_own_ages(stores: Stores) -> None:
    oldest, older, young = [await old_run(stores, days) for days in (31, 11, 1)]
    (left,) = await events_of(stores, young)

    async def is_done() -> bool:
        return await events_of(stores, oldest, older, young) == [0, 0, left] and await count_runs(stores) == 2

    async with kept(stores, Kept.for_days(runs=30, events=10)):
        await eventually(is_done)


async def test_loops_of_several_processes_delete_all_that_is_old(stores: Stores) -> None:
    for _ in range(20):
        await end(stores, await begun(stores), 31, executions=EXECUTIONS_AT_ONCE // 2)
    kept_run = await begun(stores)

    async def is_done() -> bool:
        return await count_runs(stores) == 1

    async with kept(stores, Kept(runs=timedelta(days=30)), loops=4):
        await eventually(is_done)
    assert (await stores.runs.get(stores.tenant, kept_run.id)).id == kept_run.id


async def test_without_ages_everything_is_kept(stores: Stores) -> None:
    assert Kept.for_days(None, 0) == FOR_EVER == Kept.for_days(0, None)
    run = await old_run(stores, 4_000)
    retention = Retention(stores.engine, FOR_EVER)
    await retention._go_round()
    assert await count_runs(stores) == 1
    assert min(await events_of(stores, run)) > 0
