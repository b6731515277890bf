"""A dump that is loaded into another server keeps the order of its events: all are given, and what happens after comes after."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db.event_order import mend_event_order
from schema.db.events import RunEvents, Scope
from schema.db.migrate import upgrade
from schema.db.runs import Run
from schema.db.tenancy import TenantDatabase
from tests.db.stores import Stores
from tests.db.test_run_deletion import begun, end

#: Transactions that the server of before was ahead.
AHEAD = 1_000_000_000


async def read_all(stores: Stores, run: Run) -> list[str]:
    """Give the kinds of a run's events, as a reader from the beginning is given them."""
    reader = RunEvents(TenantDatabase(stores.engine, stores.tenant))
    scope = Scope(stores.tenant, run_id=run.id)
    position, _ = await reader.begin(scope, None)
    page = await reader.page(scope, position)
    return [str(told.what) for told in page.told]


async def ran(stores: Stores) -> Run:
    run = await begun(stores)
    await end(stores, run)
    return run


async def load_from_elsewhere(stores: Stores) -> None:
    """Make this tenant's events those of a server that was far ahead."""
    await stores.do(
        "UPDATE run_events SET xid = xid + :ahead WHERE tenant_id = :tenant", ahead=AHEAD, tenant=stores.tenant
    )


async def test_events_from_a_server_that_was_ahead_are_given_again_in_their_order(stores: Stores) -> None:
    run = await ran(stores)
    told = await read_all(stores, run)
    await load_from_elsewhere(stores)
    assert await read_all(stores, run) == []  # The control: without mending a reader waits for what never comes.
    assert await mend_event_order(stores.engine)
    assert await read_all(stores, run) == told


async def test_what_happens_after_comes_after(stores: Stores) -> None:
    before = await ran(stores)
    await load_from_elsewhere(stores)
    await mend_event_order(stores.engine)
    after = await ran(stores)
    rows = await stores.rows(
        "SELECT run_id FROM run_events WHERE tenant_id = :tenant ORDER BY xid, id", tenant=stores.tenant
    )
    runs = [row.run_id for row in rows]
    assert runs == sorted(runs, key=[before.id, after.id].index)


async def test_what_is_in_order_is_left_alone(stores: Stores) -> None:
    run = await ran(stores)
    assert await mend_event_order(stores.engine) is None
    assert await read_all(stores, run)


async def test_an_empty_database_is_in_order(empty: AsyncEngine) -> None:
    await upgrade(empty)
    assert await mend_event_order(empty) is None
