"""Forgetting events: all of an old run's at once, and whoever would go on from before one of them is told so."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from schema.db.events import BEGINNING, WHOLE, EventsForgotten, Position, RunEvents, Scope
from schema.db.forgetting import forget_events
from schema.db.runs import Run
from schema.db.tenancy import TenantDatabase
from tests.db.stores import Stores
from tests.db.test_run_deletion import begun, end

AGE = timedelta(days=10)
pytestmark = pytest.mark.usefixtures("nothing_old")


async def forget(stores: Stores) -> int:
    batch = await forget_events(stores.engine, AGE)
    count = batch.count
    while batch.is_more:
        batch = await forget_events(stores.engine, AGE, batch.last)
        count += batch.count
    return count


async def old_run(stores: Stores, days: float = 11) -> Run:
    """Give a run that ended so many days ago, as did its events."""
    run = await begun(stores)
    await end(stores, run, days)
    back = "UPDATE run_events SET created_at = created_at - make_interval(days => :days) WHERE run_id = :run"
    await stores.do(back, days=int(days), run=run.id)
    return run


def reader(stores: Stores) -> RunEvents:
    return RunEvents(TenantDatabase(stores.engine, stores.tenant))


async def last_of(stores: Stores, run_id: UUID) -> Position:
    (row,) = await stores.rows(
        "SELECT xid, id FROM run_events WHERE run_id = :run ORDER BY xid DESC, id DESC LIMIT 1", run=run_id
    )
    return Position(row.xid, row.id, WHOLE)


async def events_of(stores: Stores, *runs: Run) -> list[int]:
    count = "SELECT count(*) FROM run_events WHERE run_id = :run"
    return [(await stores.rows(count, run=run.id))[0][0] for run in runs]


async def test_the_events_of_runs_that_ended_long_ago_are_forgotten_and_no_others(stores: Stores) -> None:
    old, young = await old_run(stores), await old_run(stores, 9)
    open_ = await begun(stores)
    await stores.do("UPDATE run_events SET created_at = now() - interval '20 days' WHERE run_id = :run", run=open_.id)
    before = await events_of(stores, old, young, open_)
    assert await forget(stores) == before[0] > 0
    assert await events_of(stores, old, young, open_) == [0, *before[1:]]
    assert await forget(stores) == 0


async def test_a_batch_forgets_so_many_runs_and_the_next_goes_on(stores: Stores) -> None:
    runs = [await old_run(stores) for _ in range(5)]
    batch = await forget_events(stores.engine, AGE, runs=2)
    counts = [batch.count]
    while batch.is_more:
        batch = await forget_events(stores.engine, AGE, batch.last, runs=2)
        counts.append(batch.count)
    assert counts[0] == counts[1] == 2 * counts[2] > 0
    assert await events_of(stores, *runs) == [0] * 5


async def test_who_comes_back_with_a_cursor_that_is_too_old_is_told_so(stores: Stores) -> None:
    first, second = await old_run(stores), await old_run(stores)
    place = await last_of(stores, first.id)
    end_place = await last_of(stores, second.id)
    scope = Scope(stores.tenant)
    assert await reader(stores).begin(scope, place) == (place, False), "control: it is good while nothing is forgotten"
    await forget(stores)
    with pytest.raises(EventsForgotten, match="too old"):
        await reader(stores).begin(scope, place)
    with pytest.raises(EventsForgotten, match="too old"):
        await reader(stores).begin(Scope(stores.tenant, run_id=first.id), place)
    assert await reader(stores).begin(scope, end_place) == (end_place, False), "nothing behind it is forgotten"


async def test_who_begins_to_read_a_run_whose_events_are_forgotten_is_told_that_it_is_over(stores: Stores) -> None:
    run = await old_run(stores)
    await forget(stores)
    assert await reader(stores).begin(Scope(stores.tenant, run_id=run.id), None) == (BEGINNING, True)


async def test_a_new_cursor_is_good_also_where_all_events_are_forgotten(stores: Stores) -> None:
    await old_run(stores)
    await forget(stores)
    newest = await reader(stores).newest(stores.tenant)
    assert await reader(stores).begin(Scope(stores.tenant), newest) == (newest, False)
    run = await begun(stores)
    page = await reader(stores).page(Scope(stores.tenant), newest)
    assert {told.run_id for told in page.told} == {run.id}


async def test_what_is_forgotten_of_one_tenant_is_no_matter_of_another(stores: Stores) -> None:
    other = Stores(stores.engine, stores.folder)
    place = await last_of(other, (await begun(other)).id)
    await old_run(stores)
    await forget(stores)
    assert await reader(other).begin(Scope(other.tenant), place) == (place, False)
