"""Lists of runs: what they give, and that a page costs the same among a hundred runs and among a hundred thousand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db import events, run_contents, signals
from schema.db.run_pages import RunFilter, RunPages, statement_of
from schema.db.tenancy import TenantDatabase
from tests.db.stores import Stores

FEW, MANY = 100, 100_000
GRAPHS: Final = tuple(UUID(int=number) for number in range(1, 6))
STATES: Final = ("QUEUED", "RUNNING", "COMPLETED", "FAILED", "TERMINATED")
BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
#: Every tenth run is one that somebody started; the others are its children, and younger.
FILL: Final = """
INSERT INTO runs (id, tenant_id, graph_id, graph_version, plan_hash, agent_name, status, trigger, parent_run_id, root_run_id,
                  depth, created_at)
SELECT gen_random_uuid(), :tenant, (CAST(:graphs AS uuid[]))[1 + n % 5], 1 + n % 3, 'h', 'agent',
       (CAST(:states AS text[]))[1 + n % 5], CASE n % 7 WHEN 3 THEN 'schedule' ELSE 'manual' END,
       CASE WHEN n % 10 > 0 THEN gen_random_uuid() END, gen_random_uuid(), 0,
       CAST(:began AS timestamptz) + make_interval(secs => n)
FROM generate_series(0, :count - 1) AS n
"""


async def fill(stores: Stores, tenant: UUID, count: int) -> None:
    await stores.do(FILL, tenant=tenant, graphs=list(GRAPHS), states=list(STATES), began=BEGAN, count=count)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tenants(engine: AsyncEngine, folder: Any) -> AsyncIterator[tuple[UUID, UUID]]:
    """Give a tenant with few runs and one with many."""
    stores = Stores(engine, folder)
    few, many = uuid4(), uuid4()
    await fill(stores, few, FEW)
    await fill(stores, many, MANY)
    await stores.do("ANALYZE runs")
    yield few, many
    await stores.do("DELETE FROM runs WHERE tenant_id = ANY(:ids)", ids=[few, many])


async def explained(engine: AsyncEngine, tenant: UUID, statement: Any, where: dict[str, Any]) -> dict[str, Any]:
    """Give PostgreSQL's plan of a statement that was run as a tenant, with what it read."""
    names = statement.compile().params.keys()
    async with TenantDatabase(engine, tenant).connect() as connection:
        query = text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.text}")
        (row,) = (await connection.execute(query, {name: where[name] for name in names})).scalars()
    plan: dict[str, Any] = row[0]["Plan"]
    return plan


def blocks_of(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def steps_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from steps_of(inner)


def rows_read(plan: dict[str, Any]) -> float:
    """Give the rows that the plan took from tables, those that it then threw away, too."""
    return sum(
        step["Actual Loops"] * (step["Actual Rows"] + step.get("Rows Removed by Filter", 0))
        for step in steps_of(plan)
        if "Relation Name" in step
    )


FILTERS: Final = {
    "all that somebody started": RunFilter(),
    "the oldest first": RunFilter(is_oldest_first=True),
    "children, too": RunFilter(includes_children=True),
    "an agent's": RunFilter(graph_id=GRAPHS[0], includes_children=True),
    "of one state": RunFilter(statuses=("FAILED",), includes_children=True),
    "of three states": RunFilter(statuses=("FAILED", "QUEUED", "TERMINATED"), includes_children=True),
    "of one state of an agent": RunFilter(graph_id=GRAPHS[3], statuses=("FAILED",), includes_children=True),
    "that a trigger started": RunFilter(trigger="schedule", includes_children=True),
    "of a day": RunFilter(created_before=datetime(2026, 1, 2, tzinfo=UTC)),
    "that cost nothing": RunFilter(cost_max=0),
    "whose agent is called so": RunFilter(agent_name="gen"),
}


@pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS)
async def test_a_page_costs_the_same_among_many_runs(
    engine: AsyncEngine, tenants: tuple[UUID, UUID], wanted: RunFilter
) -> None:
    costs = []
    for tenant in tenants:
        where = arguments(tenant, wanted, limit=9)
        plan = await explained(engine, tenant, statement_of(wanted, False), where)
        assert plan["Actual Rows"] == 9
        costs.append((rows_read(plan), blocks_of(plan)))
    (few, few_blocks), (many, many_blocks) = costs
    assert many <= 1.5 * few
    # An index of a hundred thousand entries is a level or two deeper.
    assert many_blocks <= 1.5 * few_blocks + 3 * 3


@pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS)
async def test_rows_before_the_cursor_are_never_read(
    engine: AsyncEngine, tenants: tuple[UUID, UUID], wanted: RunFilter
) -> None:
    _, tenant = tenants
    first = await RunPages(TenantDatabase(engine, tenant)).page(tenant, wanted, None, 2_000)
    last = first[-1]
    where = {**arguments(tenant, wanted, limit=9), "time": last.created_at, "id": last.id}
    plan = await explained(engine, tenant, statement_of(wanted, True), where)
    assert plan["Actual Rows"] == 9
    assert rows_read(plan) <= 9 * max(1, len(wanted.statuses or ())) * 11


async def test_a_page_without_its_index_costs_more(engine: AsyncEngine, tenants: tuple[UUID, UUID]) -> None:
    """Show that what is measured here can fail: no index has the order of a version's runs."""
    _, tenant = tenants
    wanted = RunFilter(version=9)
    plan = await explained(engine, tenant, statement_of(wanted, False), arguments(tenant, wanted, limit=9))
    assert rows_read(plan) >= MANY // 10


async def test_the_few_dear_runs_are_found_without_looking_at_the_others(
    engine: AsyncEngine, stores: Stores, tenants: tuple[UUID, UUID]
) -> None:
    _, tenant = tenants
    await stores.do(
        "UPDATE runs SET llm_cost_micro_usd = 5000000 WHERE id IN "
        "(SELECT id FROM runs WHERE tenant_id = :tenant AND parent_run_id IS NULL ORDER BY created_at LIMIT 3)",
        tenant=tenant,
    )
    await stores.do("ANALYZE runs")
    wanted = RunFilter(cost_min=4_000_000)
    plan = await explained(engine, tenant, statement_of(wanted, False), arguments(tenant, wanted, limit=9))
    assert plan["Actual Rows"] == 3
    assert rows_read(plan) <= 3 * 2


async def test_what_is_in_a_run_costs_the_same_among_many_runs(
    engine: AsyncEngine, stores: Stores, tenants: tuple[UUID, UUID]
) -> None:
    costs = []
    # Both are there before either is measured: the first rows of a table lie closer together than any others.
    runs = [await a_run(stores, tenant, executions=50) for tenant in (*tenants, *tenants)][:2]
    for tenant, run_id in zip(tenants, runs, strict=True):
        key = {"tenant": tenant, "runs": [run_id], "afters": [0], "limit": 51, "node": None, "statuses": None}
        said = {
            "tenant": tenant,
            "runs": [run_id] * 50,
            "executions": list(range(1, 51)),
            "afters": [-1] * 50,
            "limit": 20,
        }
        found = [
            await explained(engine, tenant, run_contents._EXECUTIONS, key),
            await explained(engine, tenant, run_contents._EMISSIONS, said),
            await explained(engine, tenant, run_contents._OUTPUTS, key),
            await explained(engine, tenant, events._OF_RUN, {"tenant": tenant, "run": run_id, "xid": 0, "id": 0}),
        ]
        assert [plan["Actual Rows"] for plan in found[:2]] == [50, 50]
        costs.append([(rows_read(plan), blocks_of(plan)) for plan in found])
    for (few, few_blocks), (many, many_blocks) in zip(*costs, strict=True):
        # Among few runs PostgreSQL may look at them all once; among many, row-level security looks up the run of each row.
        assert many <= few + 50
        assert many_blocks <= 1.5 * few_blocks + 5 * 50


async def test_a_list_of_what_no_trigger_started_reads_nothing(engine: AsyncEngine, tenants: tuple[UUID, UUID]) -> None:
    _, tenant = tenants
    wanted = RunFilter(trigger="webhook")
    plan = await explained(engine, tenant, statement_of(wanted, False), arguments(tenant, wanted, limit=9))
    assert rows_read(plan) == 0


async def test_lines_among_streamed_text_are_found_without_reading_it(
    engine: AsyncEngine, stores: Stores, tenants: tuple[UUID, UUID]
) -> None:
    _, tenant = tenants
    run_id = await a_run(stores, tenant, executions=1)
    await stores.do(
        "INSERT INTO run_logs (run_id, execution, attempt, level, pin, line) SELECT :run, 1, 1, 'text', "
        "CASE WHEN n % 500 > 0 THEN 'out' END, 'x' FROM generate_series(1, 4000) AS n",
        run=run_id,
    )
    where = {"tenant": tenant, "runs": [run_id], "afters": [0], "limit": 5}
    lines = await explained(engine, tenant, run_contents._LINES, {**where, "texts": [False]})
    assert lines["Actual Rows"] == 5
    # Row-level security looks up the run of each.
    assert rows_read(lines) <= 2 * 5 + 1
    whole = await explained(engine, tenant, run_contents._LINES, {**where, "texts": [True]})
    assert whole["Actual Rows"] == 5


async def test_what_a_run_waits_for_is_found_among_many_executions(
    engine: AsyncEngine, stores: Stores, tenants: tuple[UUID, UUID]
) -> None:
    _, tenant = tenants
    run_id = await a_run(stores, tenant, executions=4_000)
    await stores.do("ANALYZE node_executions")
    await stores.do(
        "UPDATE node_executions SET status = 'RUNNING', waits_for = json_build_object('kind', 'timer') "
        "WHERE run_id = :run AND execution = 7",
        run=run_id,
    )
    plan = await explained(engine, tenant, signals._WAITS, {"tenant": tenant, "runs": [run_id], "limit": 9})
    assert plan["Actual Rows"] == 1
    assert rows_read(plan) <= 2 * 2 + 1


async def test_who_is_woken_is_found_by_a_look_into_an_index_each(
    engine: AsyncEngine, stores: Stores, tenants: tuple[UUID, UUID]
) -> None:
    _, tenant = tenants
    runs = [await a_run(stores, tenant, executions=1) for _ in range(5)]
    where = {"runs": [*runs, None], "tenants": [tenant] * 6, "xids": [0] * 6, "ids": [0] * 6}
    names = events._READY.compile().params.keys()
    async with engine.connect() as connection:
        query = text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {events._READY.text}")
        (row,) = (await connection.execute(query, {name: where[name] for name in names})).scalars()
    assert rows_read(row[0]["Plan"]) <= 3 * 6


class Model:
    """What the lists must give: sorted and filtered in memory."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows

    def page(self, wanted: RunFilter, after: Any, limit: int) -> list[Any]:
        kept = [row for row in self.rows if self.fits(row, wanted)]
        kept.sort(key=lambda row: (row.created_at, row.id), reverse=not wanted.is_oldest_first)
        if after is not None:
            kept = [
                row
                for row in kept
                if ((row.created_at, row.id) > after) is wanted.is_oldest_first and (row.created_at, row.id) != after
            ]
        return [row.id for row in kept[:limit]]

    @staticmethod
    def fits(row: Any, wanted: RunFilter) -> bool:
        return (
            (wanted.graph_id is None or row.graph_id == wanted.graph_id)
            and (wanted.version is None or row.graph_version == wanted.version)
            and (wanted.statuses is None or row.status in wanted.statuses)
            and (wanted.trigger is None or row.trigger == wanted.trigger)
            and (wanted.created_after is None or row.created_at >= wanted.created_after)
            and (wanted.created_before is None or row.created_at < wanted.created_before)
            and (wanted.includes_children or row.parent_run_id is None)
        )


moments = st.integers(0, FEW).map(lambda n: datetime.fromtimestamp(BEGAN.timestamp() + n, UTC))
filters = st.builds(
    RunFilter,
    graph_id=st.none() | st.sampled_from(GRAPHS),
    version=st.none() | st.integers(1, 4),
    statuses=st.none() | st.lists(st.sampled_from(STATES), min_size=1, unique=True).map(tuple),
    trigger=st.none() | st.sampled_from(["manual", "webhook"]),
    created_after=st.none() | moments,
    created_before=st.none() | moments,
    includes_children=st.booleans(),
    is_oldest_first=st.booleans(),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=filters, limit=st.integers(1, 30))
async def test_pages_give_what_the_filters_say_in_order_and_whole(
    engine: AsyncEngine, tenants: tuple[UUID, UUID], wanted: RunFilter, limit: int
) -> None:
    tenant = tenants[0]
    pages = RunPages(TenantDatabase(engine, tenant))
    model = Model(await pages.page(tenant, RunFilter(includes_children=True), None, 10 * FEW))
    whole = model.page(wanted, None, 10 * FEW)
    seen: list[UUID] = []
    after = None
    while page := await pages.page(tenant, wanted, after, limit):
        assert [run.id for run in page] == model.page(wanted, after, limit)
        seen += [run.id for run in page]
        after = (page[-1].created_at, page[-1].id)
    assert seen == whole


async def test_a_list_shows_nothing_of_another_tenant(engine: AsyncEngine, tenants: tuple[UUID, UUID]) -> None:
    few, many = tenants
    pages = RunPages(TenantDatabase(engine, few))
    assert await pages.page(many, RunFilter(includes_children=True), None, 10) == []
    assert len(await pages.page(few, RunFilter(includes_children=True), None, 10)) == 10


def arguments(tenant: UUID, wanted: RunFilter, limit: int) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "graph": wanted.graph_id,
        "version": wanted.version,
        "statuses": list(wanted.statuses or ()),
        "trigger": wanted.trigger,
        "created_after": wanted.created_after,
        "created_before": wanted.created_before,
        "cost_min": wanted.cost_min,
        "cost_max": wanted.cost_max,
        "agent_name": f"%{wanted.agent_name}%",
        "limit": limit,
    }


async def a_run(stores: Stores, tenant: UUID, executions: int) -> UUID:
    """Accept a run and write executions of it, with an emission and an event each."""
    run = await replace(stores, tenant=tenant).accept()
    await stores.do(
        "INSERT INTO node_executions (run_id, execution, node_id, block_id, ordinal, status, step, fence, inputs, attempts) "
        "SELECT :run, n, 'n', 'b', n, 'COMPLETED', 0, 1, '{}', '[]' FROM generate_series(1, :count) AS n",
        run=run.id,
        count=executions,
    )
    await stores.do(
        "INSERT INTO emissions (run_id, execution, sequence, pin, value) "
        "SELECT :run, n, 0, 'out', '1' FROM generate_series(1, :count) AS n",
        run=run.id,
        count=executions,
    )
    return run.id
