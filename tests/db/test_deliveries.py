"""Deliveries: what is asked for while the last of one is being closed is not lost."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from sqlalchemy import text

from schema.db.deliveries import Deliveries, NewDelivery
from schema.ids import new_id
from tests.db.stores import Stores
from tests.durable.waiting import eventually

REPLAY = text(
    "INSERT INTO delivery_runs (delivery_id, attachment_id, replay, tenant_id) VALUES (:id, :attachment, 1, :tenant)"
)


async def test_a_replay_that_comes_while_a_delivery_is_closed_keeps_it_open(stores: Stores) -> None:
    webhook, deliveries = new_id(), Deliveries(stores.engine)
    await stores.do("INSERT INTO organisations (id, name) VALUES (:id, 'one')", id=stores.tenant)
    await stores.do(
        "INSERT INTO webhooks (id, tenant_id, token_hash, name, provider, config, is_paused) "
        "VALUES (:id, :tenant, :hash, 'one', 'generic', '{}', false)",
        id=webhook,
        tenant=stores.tenant,
        hash=str(webhook),
    )
    taken = await deliveries.take(NewDelivery(stores.tenant, webhook, "key", "event", {}, {"value": 1}))
    await stores.do("UPDATE webhook_deliveries SET dispatched_at = NULL WHERE id = :id", id=taken.id)
    where = {"id": taken.id, "attachment": uuid4(), "tenant": stores.tenant}
    async with stores.engine.begin() as connection:
        await connection.execute(text("SELECT 1 FROM webhook_deliveries WHERE id = :id FOR UPDATE"), where)
        closing = asyncio.create_task(deliveries.close(stores.tenant, taken.id))
        await eventually(lambda: stores.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
        await connection.execute(REPLAY, where)
        await connection.execute(text("UPDATE webhook_deliveries SET dispatched_at = NULL WHERE id = :id"), where)
    await closing
    assert (await deliveries.get(stores.tenant, taken.id)).dispatched_at is None
