"""Agents that are deleted while somebody gives them what starts them: nothing of it is left, whichever comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from schema.db.agents import Agents, Deletion
from schema.db.attachments import AttachmentContent, Attachments
from schema.db.schedules import ScheduleContent, Schedules
from schema.db.tenancy import TenantDatabase
from schema.errors import NotFound
from schema.schedules import ScheduleSpec
from tests.db.stores import Stores
from tests.durable.waiting import eventually

GRAPH, WEBHOOK = uuid4(), uuid4()
LEFT = (
    "SELECT (SELECT count(*) FROM schedules WHERE tenant_id = :tenant AND deleted_at IS NULL) + "
    "(SELECT count(*) FROM webhook_attachments WHERE tenant_id = :tenant AND deleted_at IS NULL) AS count"
)
BLOCKED = "SELECT 1 FROM pg_stat_activity WHERE CAST(:pid AS int) = ANY(pg_blocking_pids(pid))"
LOCK = text("SELECT pg_backend_pid() FROM graphs WHERE tenant_id = :tenant AND id = :id FOR UPDATE")
DELETE = text("UPDATE graphs SET deleted_at = now() WHERE tenant_id = :tenant AND id = :id")

Give = Callable[[Stores], Coroutine[Any, Any, object]]


async def give_schedule(stores: Stores) -> object:
    content = ScheduleContent("Daily", ScheduleSpec(interval_seconds=86_400), "skip", 60, None, {}, {})
    database = TenantDatabase(stores.engine, stores.tenant)
    return await Schedules(database).add(stores.tenant, GRAPH, uuid4(), content)


async def give_attachment(stores: Stores) -> object:
    database, content = TenantDatabase(stores.engine, stores.tenant), AttachmentContent(None, None, "topic", {}, {}, [])
    return await Attachments(database).add(stores.tenant, WEBHOOK, GRAPH, content, uuid4())


GIVING = pytest.mark.parametrize("give", [give_schedule, give_attachment])


async def delete(stores: Stores) -> Deletion:
    return await Agents(TenantDatabase(stores.engine, stores.tenant)).delete(stores.tenant, GRAPH, [])


async def left(stores: Stores) -> int:
    (row,) = await stores.rows(LEFT, tenant=stores.tenant)
    return int(row.count)


@pytest_asyncio.fixture(loop_scope="session")
async def furnished(stores: Stores) -> Stores:
    await stores.do("DELETE FROM webhooks WHERE id = :id", id=WEBHOOK)
    await stores.do("INSERT INTO organisations (id, name) VALUES (:id, 'one')", id=stores.tenant)
    await stores.do(
        "INSERT INTO webhooks (id, tenant_id, token_hash, name, provider, config, is_paused) "
        "VALUES (:id, :tenant, :hash, 'one', 'generic', '{}', false)",
        id=WEBHOOK,
        tenant=stores.tenant,
        hash=str(uuid4()),
    )
    await stores.graphs.save(stores.tenant, GRAPH, 1, "An agent", {"nodes": []})
    return stores


@GIVING
async def test_what_starts_an_agent_goes_with_it_and_nothing_is_given_to_it_later(
    furnished: Stores, give: Give
) -> None:
    await give(furnished)
    assert await left(furnished) == 1
    gone = await delete(furnished)
    assert (gone.schedules + gone.attachments, await left(furnished)) == (1, 0)
    with pytest.raises(NotFound):
        await give(furnished)
    # An import of the same file makes it anew, and brings none of it back.
    await furnished.graphs.save(furnished.tenant, GRAPH, 1, "An agent", {"nodes": []})
    assert await left(furnished) == 0
    await give(furnished)


@GIVING
async def test_what_is_given_while_an_agent_is_being_deleted_is_refused(furnished: Stores, give: Give) -> None:
    where = {"tenant": furnished.tenant, "id": GRAPH}
    async with furnished.engine.begin() as deleting:
        pid = (await deleting.execute(LOCK, where)).scalar_one()
        giving = asyncio.create_task(give(furnished))
        await eventually(lambda: furnished.rows(BLOCKED, pid=pid))
        await deleting.execute(DELETE, where)
    with pytest.raises(NotFound):
        await giving
    assert await left(furnished) == 0
