"""Steps of regions: each is written once and whole, whoever comes twice, late, or when the run has ended."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import time
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db import region_steps
from schema.db.region_rows import RegionRows
from schema.db.region_steps import RegionSteps, StepKey, StepTaken
from schema.db.values import Stored
from schema.errors import Fenced
from schema.states import State
from tests.db.stores import Stores, entry

COUNTS = """
SELECT (SELECT count(*) FROM node_executions WHERE run_id = :id) AS executions,
       (SELECT count(*) FROM emissions WHERE run_id = :id) AS emissions,
       (SELECT count(*) FROM run_outputs WHERE run_id = :id) AS outputs,
       (SELECT count(*) FROM region_steps WHERE run_id = :id) AS steps
"""
NOTHING = (0, 0, 0, 0)
STATS = {"node_execution_count": 3, "node_error_count": 0, "first_error": None}


def rows_of(*numbers: int, fence: int = 1) -> RegionRows:
    """Give rows of executions, each with an emission, and with an output where its number can be divided by three."""
    rows = RegionRows(fence)
    for number in numbers:
        rows.add((number, number), ("n", "b"), State.COMPLETED, '{"x":{"value":1}}', (time(), time()))
        rows.emissions.append((number, 0, "out", Stored(str(number), None)))
        if number % 3 == 0:
            rows.outputs.append((number, "given", Stored(str(number), None)))
    return rows


async def take(
    steps: RegionSteps, key: StepKey, rows: RegionRows, result: list[Any], ended: dict[str, Any] | None = None
) -> list[Any]:
    """Take a step as a dispatch does; give what stands as its result."""
    try:
        async with steps.taking(key) as taking:
            await taking.finish([rows], result, ended)
    except StepTaken as taken:
        return taken.result
    return result


async def counts(stores: Stores, run_id: UUID) -> tuple[int, ...]:
    (row,) = await stores.rows(COUNTS, id=run_id)
    return tuple(row)


@pytest.fixture
def steps(engine: AsyncEngine) -> RegionSteps:
    return RegionSteps(engine)


async def test_a_step_is_written_with_all_that_it_made_and_what_it_told(stores: Stores, steps: RegionSteps) -> None:
    run = await stores.accept()
    assert await take(steps, StepKey(run.id, 0, 0), rows_of(1, 2, 3), ["told", 7]) == ["told", 7]
    assert await counts(stores, run.id) == (3, 3, 1, 1)
    assert await steps.find(StepKey(run.id, 0, 0)) == ["told", 7]
    assert await steps.find(StepKey(run.id, 0, 1)) is None
    assert await steps.find(StepKey(run.id, 1, 0)) is None


async def both(stores: Stores, steps: RegionSteps) -> tuple[UUID, list[Any]]:
    """Have two attempts at one step, which came to different ends, write at once; give what they told."""
    run = await stores.accept()
    key = StepKey(run.id, 0, 0)
    told = await asyncio.gather(
        take(steps, key, rows_of(1, 2, 3), ["three"]), take(steps, key, rows_of(1, 2, 3, 4, 5, 6, fence=2), ["six"])
    )
    return run.id, list(told)


async def test_of_two_writers_of_one_step_one_writes_and_both_tell_the_same(stores: Stores, steps: RegionSteps) -> None:
    for _ in range(10):
        run_id, told = await both(stores, steps)
        assert told[0] == told[1]
        assert await counts(stores, run_id) == ((3, 3, 1, 1) if told[0] == ["three"] else (6, 6, 2, 1))


async def test_without_the_row_of_the_step_both_would_have_written(
    stores: Stores, steps: RegionSteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        region_steps,
        "_TAKE",
        "SELECT $3::int WHERE $1::uuid IS NOT NULL AND $2::int >= 0 AND ($4::text IS NULL OR true)",
    )
    run_id, told = await both(stores, steps)
    assert told == [["three"], ["six"]]
    assert (await counts(stores, run_id))[:3] == (6, 6, 2)


async def test_rows_are_written_while_others_are_made_and_stand_only_with_the_end_of_the_step(
    stores: Stores, steps: RegionSteps
) -> None:
    run = await stores.accept()
    async with steps.taking(StepKey(run.id, 0, 0)) as taking:
        await taking.write(rows_of(1, 2))
        assert await counts(stores, run.id) == NOTHING
        await taking.finish([rows_of(3)], ["told"], None)
    assert await counts(stores, run.id) == (3, 3, 1, 1)
    assert await steps.find(StepKey(run.id, 0, 0)) == ["told"]


async def test_what_is_left_in_the_middle_leaves_nothing_and_who_waited_takes_the_step(
    stores: Stores, steps: RegionSteps
) -> None:
    run = await stores.accept()
    key = StepKey(run.id, 0, 0)
    with suppress(ZeroDivisionError):
        async with steps.taking(key) as taking:
            await taking.write(rows_of(1, 2))
            waiting = asyncio.create_task(take(steps, key, rows_of(1, 2, 3), ["second"]))
            raise ZeroDivisionError
    assert await waiting == ["second"]
    assert await counts(stores, run.id) == (3, 3, 1, 1)


async def test_one_that_comes_late_writes_nothing_and_tells_what_stands(stores: Stores, steps: RegionSteps) -> None:
    run = await stores.accept()
    await take(steps, StepKey(run.id, 0, 0), rows_of(1, 2, 3), ["first"])
    # Two steps may belong to one workflow task. Where its worker dies behind both, each is asked for again.
    await take(steps, StepKey(run.id, 0, 1), rows_of(4), ["second"])
    assert await take(steps, StepKey(run.id, 0, 0), rows_of(1, 2, 3, 4, 5, 6, fence=9), ["late"]) == ["first"]
    assert await take(steps, StepKey(run.id, 0, 1), rows_of(7, fence=9), ["late"]) == ["second"]
    assert await counts(stores, run.id) == (4, 4, 1, 2)


async def test_what_steps_of_long_ago_told_is_kept_no_more_and_they_are_not_taken_again(
    stores: Stores, steps: RegionSteps
) -> None:
    run = await stores.accept()
    for number in range(20):
        await take(steps, StepKey(run.id, 0, number), rows_of(number + 1), [number])
    kept = await stores.rows("SELECT step FROM region_steps WHERE run_id = :id AND result IS NOT NULL", id=run.id)
    assert len(kept) == region_steps.STEPS_KEPT
    with pytest.raises(Fenced):
        await take(steps, StepKey(run.id, 0, 0), rows_of(100), ["late"])
    assert await counts(stores, run.id) == (20, 20, 6, 20)


async def test_a_run_that_has_ended_takes_no_step(
    stores: Stores, steps: RegionSteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await stores.accept()
    await stores.runs.finish(run.id, "TERMINATED", None, {})
    with pytest.raises(Fenced):
        await take(steps, StepKey(run.id, 0, 0), rows_of(1, 2, 3), ["told"], STATS)
    assert await counts(stores, run.id) == NOTHING
    assert (await stores.runs.get(stores.tenant, run.id)).status == "TERMINATED"
    monkeypatch.setattr(region_steps, "_TAKE", region_steps._TAKE.replace("AND status NOT IN", "OR status IN"))
    assert await take(steps, StepKey(run.id, 0, 0), rows_of(1, 2, 3), ["told"]) == ["told"]
    assert await counts(stores, run.id) == (0, 0, 0, 1)


async def test_the_end_of_a_run_is_written_in_the_transaction_of_its_last_step(
    stores: Stores, steps: RegionSteps
) -> None:
    run = await stores.accept()
    await take(steps, StepKey(run.id, 0, 0), rows_of(1, 2, 3), ["told"], STATS)
    ended = await stores.runs.get(stores.tenant, run.id)
    assert (ended.status, ended.stats) == ("COMPLETED", STATS)
    rows = await stores.rows(
        "SELECT xmin FROM runs WHERE id = :id UNION SELECT xmin FROM region_steps WHERE run_id = :id UNION "
        "SELECT xmin FROM node_executions WHERE run_id = :id UNION SELECT xmin FROM run_outputs WHERE run_id = :id",
        id=run.id,
    )
    assert len(rows) == 1
    assert await take(steps, StepKey(run.id, 0, 0), rows_of(1, fence=2), ["again"], STATS) == ["told"]


async def test_where_the_end_cannot_be_written_nothing_of_the_step_stands(
    stores: Stores, steps: RegionSteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise ZeroDivisionError

    run = await stores.accept()
    with monkeypatch.context() as broken:
        broken.setattr(region_steps, "complete", fail)
        with pytest.raises(ZeroDivisionError):
            await take(steps, StepKey(run.id, 0, 0), rows_of(1, 2, 3), ["told"], STATS)
    assert await counts(stores, run.id) == NOTHING
    assert (await stores.runs.get(stores.tenant, run.id)).status == "QUEUED"
    await take(steps, StepKey(run.id, 0, 0), rows_of(1, 2, 3), ["told"], STATS)
    assert (await stores.runs.get(stores.tenant, run.id)).status == "COMPLETED"


async def test_an_execution_that_was_left_in_the_middle_is_gone_on_with_by_a_node_of_its_own(
    stores: Stores, steps: RegionSteps
) -> None:
    run = await stores.accept()
    rows = RegionRows(fence=65_537)
    rows.add((1, 1), ("n", "b"), State.RUNNING, "{}", (time(), time()))
    rows.emissions += [(1, 0, "out", Stored("0", None)), (1, 1, "out", Stored("1", None))]
    await take(steps, StepKey(run.id, 0, 0), rows, ["told"])
    recorded = await stores.ledger.claim(run.id, entry(1, 131_073), 0)
    assert [(one.sequence, one.value) for one in recorded.emissions] == [(0, 0), (1, 1)]
    assert (recorded.status, recorded.attempts) == ("RUNNING", [])
