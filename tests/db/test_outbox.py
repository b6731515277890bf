"""The outbox: what a look claims and gives, in which order, and how much it reads; on rows alone, nobody starts anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import orjson
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db import outbox
from schema.db.control_tables import EVERY_GRAPH
from schema.db.migrate import upgrade
from schema.db.orders import NewOrder, Orders
from schema.db.outbox import Look, Outbox
from schema.db.runs import Run
from schema.db.submission import tokens_of
from schema.limits import LIMITS
from tests.db.empty import make_empty
from tests.db.stores import Stores, engine_of, entry

LIMIT: Final = 50
PACE: Final = LIMITS.tenant_starting_max
AGENT: Final = UUID(int=1)
_FILL: Final = """
INSERT INTO runs (id, tenant_id, graph_id, graph_version, plan_hash, agent_name, status, trigger, root_run_id, depth,
                  created_at, start_after, handed_over_at)
SELECT r.id, :tenant, :agent, 1, 'h', 'agent', CAST(:status AS text), 'manual', r.id, 0,
       now() - make_interval(secs => :age) + make_interval(secs => r.number * 0.001), now() - interval '1 s',
       CASE WHEN CAST(:status AS text) = 'QUEUED' THEN NULL ELSE now() END
FROM (SELECT gen_random_uuid() AS id, number FROM generate_series(1, :count) AS number) AS r
"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database_of_outbox(server: str) -> AsyncIterator[AsyncEngine]:
    made = engine_of(await make_empty(server))
    await upgrade(made)
    yield made
    await made.dispose()


@pytest_asyncio.fixture(loop_scope="session")
async def alone(database_of_outbox: AsyncEngine, folder: Path) -> Stores:
    """Stores on a database that has no runs yet: a look sees those of all tenants."""
    stores = Stores(database_of_outbox, folder)
    await stores.do("TRUNCATE runs, emissions, node_executions, run_limits CASCADE")
    await stores.do("INSERT INTO organisations (id, name) VALUES (:id, 'Waiting')", id=stores.tenant)
    return stores


async def look(stores: Stores, limit: int = LIMIT, **more: Any) -> Look:
    return await Outbox(stores.engine).look(limit, LIMITS.tenant_running_max, **more)


async def claim(stores: Stores, limit: int = LIMIT) -> list[UUID]:
    return [one.run.id for one in (await look(stores, limit)).claimed]


async def fill(
    stores: Stores,
    count: int,
    *,
    tenant: UUID | None = None,
    agent: UUID = AGENT,
    age: float = 60,
    status: str = "QUEUED",
) -> None:
    """Insert runs, `age` seconds old."""
    where = {"tenant": tenant or stores.tenant, "agent": agent, "status": status, "age": age, "count": count}
    await stores.do(_FILL, **where)


async def accept(stores: Stores, **fields: Any) -> Run:
    return await stores.accept(start_after_seconds=0.0, **fields)


async def column(stores: Stores, name: str, ids: Sequence[UUID]) -> list[Any]:
    return [row[0] for row in await stores.rows(f"SELECT {name} FROM runs WHERE id = ANY(:ids)", ids=list(ids))]


# What a look gives


async def test_a_look_gives_with_each_run_what_starting_it_needs(alone: Stores) -> None:
    large = "x" * 5_000
    run = await accept(alone, inputs={"a": 1, "large": large, "none": None}, masks={"n": {"p": 2}}, seed=[1, [2]])
    plain = await accept(alone)
    by_id = {one.run.id: one for one in (await look(alone)).claimed}
    assert by_id[run.id].run == await alone.runs.get(alone.tenant, run.id)
    assert (by_id[run.id].has_masks, by_id[run.id].seed, by_id[run.id].is_awaited) == (True, [1, [2]], True)
    assert (by_id[plain.id].has_masks, by_id[plain.id].seed, list(by_id[plain.id].inputs)) == (False, None, [])
    tokens = {"a": [0, 0, -1, 1], "large": [0, 1, -1], "none": [0, 2, -1, None]}
    assert tokens_of(by_id[run.id].inputs) == tokens == await alone.submission.input_tokens(run.id)


async def test_a_look_that_finds_nothing_says_so(alone: Stores) -> None:
    assert await look(alone) == Look([], has_cancels=False, has_orders=False, has_paced=False)
    run = await accept(alone)
    await alone.do("UPDATE runs SET status = 'RUNNING', handed_over_at = now()")
    await Orders(alone.engine).give(NewOrder(alone.tenant, run.id, "event", {"name": "go"}))
    await alone.runs.request_cancel(alone.tenant, run.id, "Enough.")
    assert await look(alone) == Look([], has_cancels=True, has_orders=True, has_paced=False)
    assert [cancelled.id for cancelled in await Outbox(alone.engine).undelivered_cancels(LIMIT)] == [run.id]
    await alone.do("UPDATE runs SET status = 'TERMINATED', ended_at = now()")
    assert not (await look(alone)).has_cancels


async def test_a_child_whose_node_or_run_is_over_is_not_awaited(alone: Stores) -> None:
    parent = await accept(alone)
    await alone.ledger.write(parent.id, [entry(1, 1), entry(2, 1, "COMPLETED")])
    waited, late = [
        await accept(alone, parent_run_id=parent.id, parent_execution=number, root_run_id=parent.id, depth=1)
        for number in (1, 2)
    ]
    found = {one.run.id: one.is_awaited for one in (await look(alone)).claimed}
    assert found == {waited.id: True, late.id: False}
    await alone.runs.finish(parent.id, "FAILED", {"code": "X", "message": "x"}, {})
    # Its end asks its children to end, too, which takes them out of the outbox: leave that out here.
    await alone.do("UPDATE runs SET start_after = now(), cancel_requested_at = NULL WHERE parent_run_id IS NOT NULL")
    assert [one.is_awaited for one in (await look(alone)).claimed] == [False, False]


# Leases


async def test_a_run_that_was_claimed_is_claimed_again_only_when_its_lease_ended(alone: Stores) -> None:
    run = await accept(alone)
    assert await claim(alone) == [run.id]
    assert await claim(alone) == []
    await alone.do("UPDATE runs SET start_after = now()")
    assert await claim(alone) == [run.id]
    assert await column(alone, "start_attempts", [run.id]) == [2]


async def test_what_was_started_is_handed_over_by_the_next_look_which_does_not_claim_it_again(alone: Stores) -> None:
    started, other = await accept(alone), await accept(alone)
    assert set(await claim(alone)) == {started.id, other.id}
    await alone.do("UPDATE runs SET start_after = now()")
    found = await look(alone, started=[started.id])
    assert [one.run.id for one in found.claimed] == [other.id]
    assert [at is None for at in await column(alone, "handed_over_at", [started.id])] == [False]
    assert await column(alone, "handed_over_at", [other.id]) == [None]


async def test_a_run_that_was_handed_back_is_claimed_again(alone: Stores) -> None:
    run = await accept(alone)
    assert await claim(alone) == [run.id]
    await Outbox(alone.engine).hand_over([run.id])
    await alone.do("UPDATE runs SET start_after = now()")
    assert await claim(alone) == []
    await Outbox(alone.engine).hand_back(run.id)
    assert await claim(alone) == [run.id]


async def test_a_cancel_waits_until_its_run_is_handed_over_or_the_lease_ended(alone: Stores) -> None:
    """Temporal does not have the run before its starter has started it: who asked there would end what then begins."""
    started, late = await accept(alone), await accept(alone)
    assert set(await claim(alone)) == {started.id, late.id}
    for run in (started, late):
        await alone.runs.request_cancel(alone.tenant, run.id, "Enough.")
    assert (await look(alone)).has_cancels
    assert await cancelled(alone) == []
    await Outbox(alone.engine).hand_over([started.id])
    assert await cancelled(alone) == [started.id]
    await alone.do("UPDATE runs SET start_after = now()")
    assert await cancelled(alone) == [started.id, late.id]


async def test_cancels_are_given_page_by_page(alone: Stores) -> None:
    runs = [await accept(alone) for _ in range(3)]
    for run in runs:
        await alone.runs.request_cancel(alone.tenant, run.id, "Enough.")
    outbox_of_all = Outbox(alone.engine)
    page = await outbox_of_all.undelivered_cancels(2)
    assert page[-1].cancel_requested_at is not None
    rest = await outbox_of_all.undelivered_cancels(2, (page[-1].cancel_requested_at, page[-1].id))
    assert [run.id for run in (*page, *rest)] == [run.id for run in runs]


async def cancelled(stores: Stores) -> list[UUID]:
    return [run.id for run in await Outbox(stores.engine).undelivered_cancels(LIMIT)]


async def test_looks_at_the_same_time_claim_each_run_once(alone: Stores) -> None:
    for _ in range(6):
        await fill(alone, 10, tenant=uuid4())
    found = await asyncio.gather(*(claim(alone, 15) for _ in range(8)))
    claimed = [run_id for part in found for run_id in part]
    assert len(claimed) == len(set(claimed)) == 60


# Whose turn it is


async def test_a_tenants_oldest_runs_come_first_and_tenants_take_turns(alone: Stores) -> None:
    stranger = uuid4()
    await fill(alone, 100, age=1_000)
    await fill(alone, 1, tenant=stranger, age=1)
    first = (await look(alone, 2)).claimed
    assert {one.run.tenant_id for one in first} == {alone.tenant, stranger}
    rest = (await look(alone, 5)).claimed
    ages = [one.run.created_at for one in sorted([*first, *rest], key=lambda one: one.run.created_at)]
    oldest = await alone.rows("SELECT created_at FROM runs ORDER BY created_at LIMIT 6")
    assert ages[:6] == [row.created_at for row in oldest]


async def test_a_tenant_has_so_many_runs_that_start_at_once_and_keeps_back_nobody_else(alone: Stores) -> None:
    stranger = uuid4()
    await fill(alone, PACE + 5)
    found = await look(alone)
    assert (len(found.claimed), found.has_paced) == (PACE, True)
    await fill(alone, 1, tenant=stranger)
    found = await look(alone, started=[one.run.id for one in found.claimed])
    assert ([one.run.tenant_id for one in found.claimed], found.has_paced) == ([stranger], True)
    await alone.do("UPDATE runs SET status = 'RUNNING' WHERE handed_over_at IS NOT NULL")
    found = await look(alone)
    assert (len(found.claimed), found.has_paced) == (5, False)


async def test_runs_that_do_not_begin_for_long_keep_back_no_others(alone: Stores) -> None:
    await fill(alone, PACE + 5)
    await Outbox(alone.engine).hand_over(await claim(alone))
    assert await claim(alone) == []
    await alone.do("UPDATE runs SET handed_over_at = now() - interval '6 s' WHERE handed_over_at IS NOT NULL")
    assert len(await claim(alone)) == 5


async def test_many_runs_of_an_agent_at_its_limit_do_not_hide_those_of_another(alone: Stores) -> None:
    other = uuid4()
    await fill(alone, 5 * LIMIT, age=1_000)
    await fill(alone, 3, agent=other, age=1)
    await alone.do(
        "INSERT INTO run_limits (tenant_id, graph_id, running_max) VALUES (:tenant, :agent, 1)",
        tenant=alone.tenant,
        agent=AGENT,
    )
    found = (await look(alone)).claimed
    assert sorted(one.run.graph_id == other for one in found) == [False, True, True, True]


@pytest.mark.parametrize("status", ["RUNNING", "QUEUED"])
async def test_runs_that_run_and_runs_that_were_claimed_count_against_the_organisations_limit(
    alone: Stores, status: str
) -> None:
    await alone.do(
        "INSERT INTO run_limits (tenant_id, graph_id, running_max) VALUES (:tenant, :every, 4)",
        tenant=alone.tenant,
        every=EVERY_GRAPH,
    )
    await fill(alone, 3, age=1_000, status=status)
    if status == "QUEUED":
        assert len(await claim(alone, 3)) == 3
    await fill(alone, 4, agent=uuid4())
    assert len(await claim(alone)) == 1
    await alone.do("UPDATE runs SET status = 'PAUSED' WHERE status = 'RUNNING' OR start_attempts > 0")
    assert len(await claim(alone)) == 3


# How much a look reads


async def test_a_look_reads_no_more_where_many_wait(alone: Stores) -> None:
    """Also when statistics were made in a quiet hour, and tell of none that wait."""
    await fill(alone, 5_000, status="COMPLETED")
    await alone.do("ANALYZE runs")
    await fill(alone, 1_000)
    few = await _rows_read(alone)
    await fill(alone, 5_000)
    assert LIMIT <= await _rows_read(alone) <= few + 10
    assert few < 10 * LIMIT


async def _rows_read(stores: Stores) -> int:
    """Give how many rows of `runs` a look reads, by PostgreSQL's own count; it claims nothing."""
    where = {"limit": LIMIT, "running_max": 1_000, "starting_max": PACE, "lease_seconds": 5.0, "started": []}
    statement = text(f"EXPLAIN (ANALYZE, FORMAT JSON) {outbox._LOOK.text}")
    async with stores.engine.connect() as connection:
        plan = (await connection.execute(statement, where)).scalar_one()
        await connection.rollback()
    plan = orjson.loads(plan) if isinstance(plan, str) else plan
    return sum(_read(plan[0]["Plan"]))


def _read(node: dict[str, Any]) -> list[int]:
    below = [count for child in node.get("Plans", ()) for count in _read(child)]
    if node.get("Relation Name") != "runs" or "Scan" not in node["Node Type"]:
        return below
    rows = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return [round(rows), *below]
