"""What runs cost, kept beside them: it is the sum of their calls, whoever writes those, and those of before are summed up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db.llm_calls import CallPlace, LlmCall, LlmCalls
from schema.db.migrate import differences, upgrade
from schema.db.run_pages import RunFilter, RunPages
from schema.db.tenancy import TenantDatabase
from tests.db.stores import Stores
from tests.durable.waiting import eventually

#: What a process of before revision 0008 writes.
OLD_RUN = (
    "INSERT INTO runs (id, tenant_id, graph_id, graph_version, plan_hash, agent_name, status, trigger, root_run_id, depth) "
    "SELECT id, :tenant, id, 1, 'h', 'agent', 'COMPLETED', 'manual', id, 0 FROM unnest(CAST(:ids AS uuid[])) AS id"
)
OLD_CALL = (
    "INSERT INTO llm_calls (run_id, execution, step, number, tenant_id, provider, model, request_hash, input_tokens, "
    "output_tokens, cost_micro_usd, answer) SELECT id, 1, 0, number, :tenant, 'openai', 'gpt', 'h', 1, 1, "
    "CASE number WHEN 2 THEN NULL ELSE 100 * number END, '{}' FROM unnest(CAST(:ids AS uuid[])) AS id, "
    "generate_series(1, 3) AS number"
)
#: Whether somebody waits for a lock of a table, and whether somebody has one that nobody shares.
WAITS_FOR = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = CAST(:name AS regclass)"
HAS_ALONE = "SELECT count(*) FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock' AND relation = CAST(:name AS regclass)"
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE CAST(:pid AS int) = ANY(pg_blocking_pids(pid))"
COSTS = "SELECT id, llm_cost_micro_usd FROM runs WHERE tenant_id = :tenant"


def call(tenant: UUID, run_id: UUID, number: int, request: str, cost: int | None) -> LlmCall:
    place = CallPlace(run_id, 1, 0, number)
    return LlmCall(place, tenant, "openai", "gpt", request, 1, 1, cost, {"value": "x"})


async def between(stores: Stores, least: int | None, most: int | None) -> Sequence[UUID]:
    pages = RunPages(TenantDatabase(stores.engine, stores.tenant))
    found = await pages.page(stores.tenant, RunFilter(cost_min=least, cost_max=most), None, 9)
    return [run.id for run in found]


async def test_what_a_run_cost_is_the_sum_of_its_calls_also_of_many_at_once(stores: Stores) -> None:
    run_id, cheap = (await stores.accept()).id, (await stores.accept()).id
    tenant, calls = stores.tenant, LlmCalls(TenantDatabase(stores.engine, stores.tenant))
    said = [call(tenant, run_id, 1, "a", 500), call(tenant, run_id, 2, "b", None), call(tenant, run_id, 3, "c", 70)]
    many = [call(tenant, run_id, number, "d", 2) for number in range(4, 24)]
    # One is asked again as it was while it is kept, and then otherwise: both of the latter are paid.
    await asyncio.gather(*map(calls.keep, [*said, *many, said[2]]))
    await calls.keep(call(tenant, run_id, 3, "other", 30))
    assert (await calls.of_runs(tenant, [run_id]))[run_id].total("cost_micro_usd") == 640
    assert await between(stores, 640, 640) == [run_id]
    assert await between(stores, 641, None) == []
    assert await between(stores, None, 639) == [cheap]
    # What has no known price any more is not in the sum.
    await calls.keep(call(tenant, run_id, 1, "unpriced", None))
    assert (await calls.of_runs(tenant, [run_id]))[run_id].total("cost_micro_usd") == 140
    assert await between(stores, 140, 140) == [run_id]


async def test_what_was_there_before_is_summed_up_and_what_an_old_process_writes_is_added(empty: AsyncEngine) -> None:
    await upgrade(empty, "0007")
    tenant, ids = uuid4(), [uuid4() for _ in range(1_205)]
    where = {"tenant": tenant, "ids": ids}
    async with empty.begin() as connection:
        await connection.execute(text(OLD_RUN), {**where, "ids": [*ids, uuid4()]})
        await connection.execute(text(OLD_CALL), where)
    await upgrade(empty)
    late = uuid4()
    async with empty.begin() as connection:
        await connection.execute(text(OLD_RUN), {**where, "ids": [late]})
        await connection.execute(text(OLD_CALL), {**where, "ids": [late]})
        costs = {row.id: row.llm_cost_micro_usd for row in await connection.execute(text(COSTS), {"tenant": tenant})}
    assert sorted(costs.values()) == [0, *[400] * 1_206]
    assert costs[late] == 400
    assert await differences(empty) == []


async def test_a_migration_that_was_broken_off_is_done_again(empty: AsyncEngine) -> None:
    await upgrade(empty)
    async with empty.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0007'"))
        await connection.execute(text("DROP INDEX ix_runs_cost"))
    await upgrade(empty)
    assert await differences(empty) == []


async def test_a_migration_has_no_table_while_it_waits_for_another(empty: AsyncEngine) -> None:
    # An answer of a model that is being kept has the table of calls, and then looks for its run: a deadlock would lose it, and it
    # was paid for.
    await upgrade(empty, "0007")
    tenant, run_id = uuid4(), uuid4()
    async with empty.begin() as connection:
        await connection.execute(text(OLD_RUN), {"tenant": tenant, "ids": [run_id]})
    async with empty.connect() as keeping, empty.connect() as other:
        await keeping.execute(text("LOCK TABLE llm_calls IN ROW EXCLUSIVE MODE"))
        upgrading = asyncio.create_task(upgrade(empty))

        async def waits() -> bool:
            return bool((await other.execute(text(WAITS_FOR), {"name": "llm_calls"})).scalar())

        await eventually(waits)
        assert (await other.execute(text(HAS_ALONE), {"name": "runs"})).scalar() == 0
        await keeping.execute(text(OLD_CALL), {"tenant": tenant, "ids": [run_id]})
        await keeping.commit()
    await upgrading
    async with empty.connect() as connection:
        costs = (await connection.execute(text(COSTS), {"tenant": tenant})).all()
    assert [tuple(row) for row in costs] == [(run_id, 400)]


async def test_a_migration_that_is_stopped_for_a_deadlock_is_done_again(empty: AsyncEngine) -> None:
    await upgrade(empty, "0007")
    tenant, (first, second) = uuid4(), sorted(uuid4() for _ in range(2))
    async with empty.begin() as connection:
        await connection.execute(text(OLD_RUN), {"tenant": tenant, "ids": [first, second]})
        await connection.execute(text(OLD_CALL), {"tenant": tenant, "ids": [first, second]})
    change = text("UPDATE runs SET problem = NULL WHERE id = :id")
    async with empty.connect() as keeping, empty.connect() as working, empty.connect() as other:

        async def waits(sql: str, **where: object) -> bool:
            return bool((await other.execute(text(sql), where)).scalar())

        # Until it has altered the table of runs, and not yet looked at them.
        await keeping.execute(text("LOCK TABLE llm_calls IN ROW EXCLUSIVE MODE"))
        made = asyncio.create_task(upgrade(empty))
        await eventually(lambda: waits(WAITS_FOR, name="llm_calls"))
        # As where an agent's run ends and cancels those that its nodes started: in no order of ids.
        pid = (await working.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        await working.execute(change, {"id": second})
        await keeping.commit()
        await eventually(lambda: waits(BLOCKED, pid=pid))
        # Whom PostgreSQL stops is who has waited longest: the migration.
        await working.execute(change, {"id": first})
        await working.commit()
    await made
    async with empty.connect() as connection:
        costs = (await connection.execute(text(COSTS), {"tenant": tenant})).all()
    assert sorted(row.llm_cost_micro_usd for row in costs) == [400, 400]
