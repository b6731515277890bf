"""Log lines in the ledger: written with their execution and fenced as it is; and what readers are told."""

from __future__ import annotations

from typing import Any

from schema.db.entries import LogEntry
from schema.db.events import BEGINNING, RunEvents, Scope
from schema.db.run_expansion import NodeMove, RunMove, SaidRow, WrittenRow
from tests.db.stores import Stores, emission, entry


def line(execution: int, text: str, pin: str | None = None) -> LogEntry:
    return LogEntry(execution, 1, "info" if pin is None else "text", pin, text)


async def kept(stores: Stores, run_id: Any) -> list[str]:
    rows = await stores.rows("SELECT line FROM run_logs WHERE run_id = :run ORDER BY id", run=run_id)
    return [row.line for row in rows]


async def told(stores: Stores, run_id: Any) -> list[str]:
    page = await RunEvents(stores.engine).page(Scope(stores.tenant, run_id=run_id), BEGINNING)
    return [word(one.what) for one in page.told]


def word(what: Any) -> str:
    match what:
        case RunMove():
            return f"run {what.status}"
        case NodeMove():
            return f"{what.execution} {what.status}"
        case SaidRow():
            return f"{what.execution} said {what.value}"
        case WrittenRow():
            return f"{what.execution} wrote {what.line}"
    raise AssertionError(what)


async def test_lines_are_written_with_their_execution(stores: Stores) -> None:
    run = await stores.accept()
    await stores.ledger.write(
        run.id, [entry(1, 1), entry(2, 1)], [emission(2, 0, '"e"')], [], [line(1, "a"), line(2, "b")]
    )
    assert await kept(stores, run.id) == ["a", "b"]
    assert await told(stores, run.id) == [
        "run QUEUED",
        "run RUNNING",
        "1 RUNNING",
        "2 RUNNING",
        "2 said e",
        "1 wrote a",
        "2 wrote b",
    ]


async def test_an_attempt_that_was_outbid_adds_no_line(stores: Stores) -> None:
    run = await stores.accept()
    await stores.ledger.write(run.id, [entry(1, 2)], [], [], [line(1, "newer")])
    await stores.ledger.write(run.id, [entry(1, 1), entry(2, 1)], [], [], [line(1, "late"), line(2, "own")])
    assert await kept(stores, run.id) == ["newer", "own"]


async def test_a_run_that_has_ended_gets_no_line(stores: Stores) -> None:
    run = await stores.accept()
    await stores.runs.finish(run.id, "TERMINATED", None, {})
    await stores.ledger.write(run.id, [entry(1, 1)], [], [], [line(1, "late")])
    assert await kept(stores, run.id) == []


async def test_lines_are_told_before_the_end_of_their_execution(stores: Stores) -> None:
    run = await stores.accept()
    entries = [entry(1, 1, "COMPLETED"), entry(2, 1)]
    await stores.ledger.write(run.id, entries, [emission(1, 0, '"e"')], [], [line(1, "a"), line(2, "b")])
    assert (await told(stores, run.id))[2:] == ["1 wrote a", "1 said e", "1 COMPLETED", "2 RUNNING", "2 wrote b"]


async def test_what_readers_know_is_not_told_again(stores: Stores) -> None:
    run = await stores.accept()
    await stores.ledger.write(run.id, [entry(1, 1)])
    await stores.ledger.write(run.id, [entry(1, 1, is_told=False)], [emission(1, 0, '"e"')])
    await stores.ledger.write(run.id, [entry(1, 1, is_told=False)], [], [], [line(1, "a")])
    await stores.ledger.write(run.id, [entry(1, 1, is_told=False)])
    assert (await told(stores, run.id))[2:] == ["1 RUNNING", "1 said e", "1 wrote a"]
    rows = await stores.rows("SELECT kind FROM run_events WHERE run_id = :run ORDER BY id", run=run.id)
    assert [row.kind for row in rows] == ["run", "run", "nodes", "nodes", "logs"]


async def test_lines_of_two_writes_at_once_are_each_told_once(stores: Stores) -> None:
    run = await stores.accept()
    for number in range(1, 6):
        await stores.ledger.write(
            run.id, [entry(number, 1)], [], [], [line(number, f"{number}.{n}") for n in range(50)]
        )
    lines = [one for one in await told(stores, run.id) if "wrote" in one]
    assert lines == [f"{number} wrote {number}.{n}" for number in range(1, 6) for n in range(50)]
