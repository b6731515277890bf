"""The ledger: every emission once, the first written stands, and only the newest attempt writes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db.ledger import _arguments, fence_of, write_rows
from schema.errors import Fenced
from tests.db.stores import NOW, Stores, emission, entry, output
from tests.durable.waiting import eventually

TERMINAL = ("COMPLETED", "FAILED")


async def said(stores: Stores, run_id: Any, execution: int = 1) -> list[tuple[int, Any]]:
    recorded = await stores.ledger.read(run_id, execution)
    return [] if recorded is None else [(row.sequence, row.value) for row in recorded.emissions]


async def test_what_is_written_is_read_back(stores: Stores) -> None:
    run = await stores.accept()
    rows = [emission(1, 0, '"a"'), emission(1, 1, "null", "other"), emission(1, 2, '{"b":1,"a":[1.0]}')]
    owned, is_new = await stores.ledger.write(run.id, [entry(1, 7)], rows, [output(1, "topic", '"out"')])
    assert (owned, is_new) == ({1}, True)
    recorded = await stores.ledger.read(run.id, 1)
    assert recorded is not None
    assert (recorded.status, recorded.step, recorded.fence, recorded.error) == ("RUNNING", 0, 7, None)
    assert [(m.sequence, m.pin, m.value) for m in recorded.emissions] == [
        (0, "out", "a"),
        (1, "other", None),
        (2, "out", {"b": 1, "a": [1.0]}),
    ]
    assert await stores.records.outputs(stores.tenant, run.id) == {"topic": ["out"]}


async def test_many_executions_are_written_at_once_or_not_at_all(stores: Stores) -> None:
    run = await stores.accept()
    rows = [emission(number, 0, str(number)) for number in range(1, 201)]
    owned, is_new = await stores.ledger.write(run.id, [entry(n, 1, "COMPLETED") for n in range(1, 201)], rows)
    assert (len(owned), is_new) == (200, True)
    with pytest.raises(Exception, match="invalid input syntax"):
        await stores.ledger.write(run.id, [entry(300, 1), entry(301, 1)], [emission(301, 0, "no json")])
    assert await stores.ledger.read(run.id, 300) is None


async def test_the_first_written_stands(stores: Stores) -> None:
    run = await stores.accept()
    await stores.ledger.write(run.id, [entry(1, 1)], [emission(1, 0, '"first"')])
    owned, is_new = await stores.ledger.write(
        run.id, [entry(1, 2)], [emission(1, 0, '"second"'), emission(1, 1, '"new"')]
    )
    assert (owned, is_new) == ({1}, False)
    assert await said(stores, run.id) == [(0, "first"), (1, "new")]


async def test_an_attempt_that_was_outbid_writes_nothing(stores: Stores) -> None:
    run = await stores.accept()
    await stores.ledger.write(run.id, [entry(1, 2)])
    owned, is_new = await stores.ledger.write(
        run.id, [entry(1, 1, "COMPLETED")], [emission(1, 0, '"late"')], [output(1, "late", "1")]
    )
    assert (owned, is_new) == (set(), True)
    assert await said(stores, run.id) == []
    assert await stores.records.outputs(stores.tenant, run.id) == {}


async def test_in_one_write_each_execution_has_its_own_fence(stores: Stores) -> None:
    run = await stores.accept()
    await stores.ledger.write(run.id, [entry(1, 5), entry(2, 1)])
    owned, _ = await stores.ledger.write(
        run.id, [entry(1, 4), entry(2, 4), entry(3, 4)], [emission(n, 0, str(n)) for n in (1, 2, 3)]
    )
    assert owned == {2, 3}
    assert [await said(stores, run.id, n) for n in (1, 2, 3)] == [[], [(0, 2)], [(0, 3)]]


@pytest.mark.parametrize("status", TERMINAL)
async def test_a_terminal_state_never_changes(stores: Stores, status: str) -> None:
    run = await stores.accept()
    await stores.ledger.write(run.id, [entry(1, 1, status)], [emission(1, 0, "1")])
    owned, _ = await stores.ledger.write(run.id, [entry(1, 9)], [emission(1, 1, "2")])
    assert owned == set()
    recorded = await stores.ledger.read(run.id, 1)
    assert recorded is not None
    assert (recorded.status, recorded.is_over, len(recorded.emissions)) == (status, True, 1)


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "TERMINATED"])
async def test_a_run_that_ended_takes_nothing_more(stores: Stores, status: str) -> None:
    run = await stores.accept()
    await stores.ledger.write(run.id, [entry(1, 1)], [emission(1, 0, "1")])
    await stores.runs.finish(run.id, status, None, None)
    owned, _ = await stores.ledger.write(run.id, [entry(1, 9), entry(2, 9)], [emission(1, 1, "2")])
    assert owned == set()
    assert await said(stores, run.id) == [(0, 1)]
    recorded = await stores.ledger.read(run.id, 1)
    assert recorded is not None
    assert recorded.status == "TERMINATED"


async def test_a_run_that_is_not_there_takes_nothing(stores: Stores) -> None:
    owned, _ = await stores.ledger.write(stores.tenant, [entry(1, 1)], [emission(1, 0, "1")])
    assert owned == set()


async def test_a_claim_gives_what_an_earlier_attempt_said(stores: Stores) -> None:
    run = await stores.accept()
    await stores.ledger.write(run.id, [entry(1, 1)], [emission(1, n, str(n)) for n in range(4)])
    recorded = await stores.ledger.claim(run.id, entry(1, 2), 2)
    assert [m.value for m in recorded.emissions] == [2, 3]
    assert recorded.fence == 2


async def test_a_claim_that_comes_late_is_fenced(stores: Stores) -> None:
    run = await stores.accept()
    await stores.ledger.claim(run.id, entry(1, 2), 0)
    with pytest.raises(Fenced, match="newer attempt"):
        await stores.ledger.claim(run.id, entry(1, 1), 0)


async def test_a_claim_of_what_is_over_gives_it_whoever_asks(stores: Stores) -> None:
    run = await stores.accept()
    await stores.ledger.write(run.id, [entry(1, 5, "COMPLETED")], [emission(1, 0, "1")])
    for fence in (1, 9):
        recorded = await stores.ledger.claim(run.id, entry(1, fence), 0)
        assert recorded.is_over
        assert recorded.fence == 5


async def test_a_claim_in_a_run_that_ended_is_fenced(stores: Stores) -> None:
    run = await stores.accept()
    await stores.runs.finish(run.id, "TERMINATED", None, None)
    with pytest.raises(Fenced, match="ended"):
        await stores.ledger.claim(run.id, entry(1, 1), 0)


async def test_attempts_are_added_up_and_the_first_start_stands(stores: Stores) -> None:
    run = await stores.accept()
    for number in (1, 2, 3):
        await stores.ledger.write(run.id, [entry(1, number, attempts=[{"number": number}])])
    recorded = await stores.ledger.read(run.id, 1)
    assert recorded is not None
    assert [attempt["number"] for attempt in recorded.attempts] == [1, 2, 3]
    (row,) = await stores.rows("SELECT started_at FROM node_executions WHERE run_id = :run", run=run.id)
    # The moment is the database's, so many seconds ago.
    assert abs(row.started_at - NOW) < timedelta(seconds=5)


async def test_the_first_write_makes_the_run_run(stores: Stores) -> None:
    run = await stores.accept()
    await stores.ledger.write(run.id, [entry(1, 1)])
    moved = await stores.runs.get(stores.tenant, run.id)
    assert moved.status == "RUNNING"
    assert moved.started_at is not None
    assert moved.handed_over_at is not None


async def test_tokens_are_read_in_the_order_in_which_they_are_asked_for(stores: Stores) -> None:
    run = await stores.accept()
    await stores.ledger.write(
        run.id, [entry(1, 1), entry(2, 1)], [emission(n, s, f"{n}{s}") for n in (1, 2) for s in (0, 1)]
    )
    places = [(2, 1), (1, 0), (2, 1), (1, 1)]
    assert [row.value for row in await stores.ledger.read_tokens(run.id, places)] == [21, 10, 21, 11]


@pytest.mark.parametrize(
    ("older", "newer"), [((1, 1), (1, 2)), ((1, 65_535), (2, 1)), ((1, 10**9), (2, 1)), ((9, 3), (10, 1))]
)
def test_a_later_dispatch_beats_every_attempt_of_an_earlier_one(older: tuple[int, int], newer: tuple[int, int]) -> None:
    assert fence_of(*older) < fence_of(*newer)


# What two attempts do, in any order: (attempt, what).
STEPS = st.lists(
    st.tuples(st.sampled_from([1, 2]), st.sampled_from(["claim", "say one", "say three", "park", "finish", "fail"])),
    max_size=12,
)


class Attempts:
    """Two attempts at one execution, and what the ledger must make of them."""

    def __init__(self, stores: Stores, run_id: Any) -> None:
        self.stores, self.run_id = stores, run_id
        self.fence, self.status = 0, ""
        self.ledger: dict[int, str] = {}
        self.next = {1: 0, 2: 0}

    async def take(self, attempt: int, what: str) -> None:
        is_owner = attempt >= self.fence and self.status not in TERMINAL
        if what == "claim":
            await self.claim(attempt, is_owner)
            return
        count = {"say one": 1, "say three": 3, "park": 0, "finish": 1, "fail": 1}[what]
        first, self.next[attempt] = self.next[attempt], self.next[attempt] + count
        values = {sequence: f"{attempt} said {sequence}" for sequence in range(first, first + count)}
        status = {"finish": "COMPLETED", "fail": "FAILED"}.get(what, "RUNNING")
        rows = [emission(1, sequence, f'"{value}"') for sequence, value in values.items()]
        owned, is_new = await self.stores.ledger.write(self.run_id, [entry(1, attempt, status)], rows)
        assert bool(owned) is is_owner
        if is_owner:
            assert is_new is self.ledger.keys().isdisjoint(values)
            self.ledger = {**values, **self.ledger}
            self.fence, self.status = attempt, status

    async def claim(self, attempt: int, is_owner: bool) -> None:
        if not is_owner and self.status not in TERMINAL:
            with pytest.raises(Fenced):
                await self.stores.ledger.claim(self.run_id, entry(1, attempt), 0)
            return
        recorded = await self.stores.ledger.claim(self.run_id, entry(1, attempt), 0)
        self.next[attempt] = len(recorded.emissions)
        if is_owner:
            self.fence, self.status = attempt, "RUNNING"

    async def check(self) -> None:
        recorded = await self.stores.ledger.read(self.run_id, 1)
        if recorded is None:
            assert not self.status
            return
        assert (recorded.status, recorded.fence) == (self.status, self.fence)
        assert {row.sequence: row.value for row in recorded.emissions} == self.ledger


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_two_attempts_in_any_order_leave_each_emission_once(
    engine: AsyncEngine, folder: Path, steps: list[tuple[int, str]]
) -> None:
    stores = Stores(engine, folder)
    attempts = Attempts(stores, (await stores.accept()).id)
    for attempt, what in steps:
        await attempts.take(attempt, what)
        await attempts.check()


async def test_attempts_at_the_same_time_leave_one_voice_for_each_emission(stores: Stores) -> None:
    run = await stores.accept()

    async def attempt(fence: int) -> bool:
        rows = [emission(1, sequence, str(fence)) for sequence in range(20)]
        owned, is_new = await stores.ledger.write(run.id, [entry(1, fence)], rows)
        return bool(owned) and is_new

    for _ in range(5):
        await asyncio.gather(*(attempt(fence) for fence in range(1, 9)))
    emissions = await said(stores, run.id)
    assert [sequence for sequence, _ in emissions] == list(range(20))
    assert len({voice for _, voice in emissions}) == 1
    recorded = await stores.ledger.read(run.id, 1)
    assert recorded is not None
    assert recorded.fence == 8


async def test_writes_at_the_same_time_go_together_and_each_has_its_own_answer(stores: Stores) -> None:
    run = await stores.accept()

    async def write(number: int) -> tuple[frozenset[int], bool]:
        return await stores.ledger.write(run.id, [entry(number, 1)], [emission(number, 0, str(number))])

    for wave in range(20):  # Each wave meets the last one's writer at another moment.
        numbers = range(1 + wave * 20, 21 + wave * 20)
        async with asyncio.timeout(20):
            answers = await asyncio.gather(*(write(number) for number in numbers))
        assert answers == [(frozenset({number}), True) for number in numbers]
    events = await stores.rows(
        "SELECT count(*) AS events FROM run_events WHERE run_id = :id AND kind = 'nodes'", id=run.id
    )
    assert events[0].events < 400
    said_again = await asyncio.gather(*(write(number) for number in range(1, 5)))
    assert said_again == [(frozenset({number}), False) for number in range(1, 5)]


async def test_two_attempts_at_one_execution_never_go_in_one_statement(stores: Stores) -> None:
    run = await stores.accept()
    answers = await asyncio.gather(*(stores.ledger.write(run.id, [entry(1, fence)]) for fence in (1, 3, 2)))
    assert [owned for owned, _ in answers] == [{1}, {1}, frozenset()]


async def test_a_write_that_is_refused_fails_alone(stores: Stores) -> None:
    run = await stores.accept()
    rows = [(1, "1"), (2, "no json"), (3, "3")]
    answers = await asyncio.gather(
        *(stores.ledger.write(run.id, [entry(n, 1)], [emission(n, 0, value)]) for n, value in rows),
        return_exceptions=True,
    )
    assert [isinstance(answer, DBAPIError) for answer in answers] == [False, True, False]
    assert await said(stores, run.id, 3) == [(0, 3)]


async def test_a_writer_that_is_cancelled_holds_up_nobody(stores: Stores) -> None:
    run = await stores.accept()
    tasks = [asyncio.create_task(stores.ledger.write(run.id, [entry(n, 1)])) for n in range(1, 11)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(answer, asyncio.CancelledError) for answer in answers] == [True, False] * 5


async def test_of_many_that_finish_at_the_same_time_one_does(stores: Stores) -> None:
    run = await stores.accept()
    await stores.ledger.write(run.id, [entry(1, 1)])
    ends = await asyncio.gather(
        *(
            stores.ledger.write(run.id, [entry(1, 1, status)], [emission(1, 0, f'"{status}"')])
            for status in TERMINAL * 5
        )
    )
    assert sum(bool(owned) for owned, _ in ends) == 1
    recorded = await stores.ledger.read(run.id, 1)
    assert recorded is not None
    assert [row.value for row in recorded.emissions] == [recorded.status]


@pytest.mark.parametrize("stats", [None, {"node_execution_count": 1}], ids=["it waits", "it stands at once"])
async def test_an_execution_that_is_written_while_its_run_ends_ends_with_it(
    stores: Stores, stats: dict[str, Any] | None
) -> None:
    run = await stores.accept()
    async with stores.engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        transaction = driver.transaction()
        await transaction.start()
        await write_rows(driver, _arguments(run.id, [entry(5, 1)], [], []))
        ending = asyncio.create_task(stores.runs.finish(run.id, "TERMINATED", None, stats))
        waiting = "SELECT 1 FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid))"
        await eventually(lambda: stores.rows(waiting, pid=driver.get_server_pid()))
        assert (await stores.runs.get(run.tenant_id, run.id)).is_over is (stats is not None)
        await transaction.commit()
    assert await ending
    told = "SELECT 1 FROM run_events WHERE run_id = :id AND CAST(body AS text) LIKE '%[5,%TERMINATED%'"
    assert await stores.rows(told, id=run.id)
    recorded = await stores.ledger.read(run.id, 5)
    assert recorded is not None
    assert recorded.status == "TERMINATED"
    ended = await stores.runs.get(run.tenant_id, run.id)
    assert ended.stats is not None
    assert ended.stats["node_execution_count"] == 1
