"""What blocks log and stream: kept within limits, attempt by attempt, and never a reason to fail."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from schema.limits import LIMITS
from tests.durable.blocks import Pass, Talk
from tests.durable.graphs import an_input, make_graph
from tests.durable.platform import Platform

LINES = "SELECT execution, attempt, level, pin, line FROM run_logs WHERE run_id = :run ORDER BY id"
MANY = LIMITS.log_lines_max


def talking(**constants: Any) -> Any:
    retry = {"attempts": 3, "first_wait_seconds": 0.05}
    return make_graph({"talk": (Talk, {"key": str(uuid4()), **constants}, {"retry": retry})})


async def lines_of(platform: Platform, record: Any) -> list[Any]:
    return await platform.sql(LINES, run=record["id"])


async def test_lines_are_kept_in_their_order(platform: Platform) -> None:
    record = await platform.run(talking(lines=["one", "two"], pieces=["a", "b"]))
    rows = await lines_of(platform, record)
    assert [(row.attempt, row.level, row.pin, row.line) for row in rows] == [
        (1, "info", None, "one"),
        (1, "info", None, "two"),
        (1, "text", "text", "ab"),
    ]
    assert {row.execution for row in rows} == {1}


async def test_each_attempt_writes_lines_of_its_own(platform: Platform) -> None:
    record = await platform.run(talking(lines=["here"], failures=2))
    assert record["status"] == "COMPLETED"
    assert [(row.attempt, row.line) for row in await lines_of(platform, record)] == [
        (1, "here"),
        (2, "here"),
        (3, "here"),
    ]


async def test_an_attempt_that_fails_for_good_keeps_its_lines(platform: Platform) -> None:
    record = await platform.run(talking(lines=["last words"], failures=9))
    assert record["node_executions"][0]["status"] == "FAILED"
    assert [row.line for row in await lines_of(platform, record)] == ["last words"] * 3


async def test_of_too_many_lines_the_last_says_how_many_were_cut(platform: Platform) -> None:
    record = await platform.run(talking(lines=["line"], times=3 * MANY))
    rows = await lines_of(platform, record)
    assert record["status"] == "COMPLETED"
    assert len(rows) == MANY
    assert {row.line for row in rows[:-1]} == {"line"}
    assert rows[-1].line == f"{2 * MANY + 1} more lines were cut: an attempt keeps {MANY}."


async def test_a_block_that_logs_nothing_costs_no_row(platform: Platform) -> None:
    record = await platform.run(
        make_graph({"in": an_input("topic"), "pass": Pass}, ["in.result -> pass.value"]), {"topic": 1}
    )
    assert await lines_of(platform, record) == []
    kinds = await platform.sql("SELECT DISTINCT kind FROM run_events WHERE run_id = :run", run=record["id"])
    assert {row.kind for row in kinds} == {"run", "nodes"}
