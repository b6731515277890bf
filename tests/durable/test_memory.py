"""What agents remember, in runs: a later run finds it, another agent does not, and a repeated attempt writes over nothing."""

from __future__ import annotations

from typing import Any

from blocks.library.maths import Calculator
from blocks.library.persistence import PersistInformation, RetrieveInformation
from schema.graph import Graph
from tests.durable.blocks import CALLS, GATES
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.memory_blocks import KeepAndFail
from tests.durable.platform import Platform, executions_of
from tests.durable.waiting import eventually


def counter(key: str, scope: str = "within_agent") -> Graph:
    """Give an agent that counts its runs."""
    return make_graph(
        {
            "before": (RetrieveInformation, {"key": key, "scope": scope, "default_value": 0}),
            "add": (Calculator, {"operation": "Add", "b": 1}),
            "keep": (PersistInformation, {"key": key, "scope": scope}),
            "out": an_output("count"),
        },
        ["before.value -> add.a", "add.result -> keep.value", "keep.value -> out.value"],
        name="Counter",
    )


async def count(platform: Platform, graph: Graph) -> list[Any]:
    return list((await platform.run(graph))["outputs"]["count"])


async def test_a_later_run_of_the_agent_finds_what_an_earlier_one_kept(platform: Platform):
    graph, another = counter("runs"), counter("runs")
    assert [await count(platform, graph) for _ in range(3)] == [[1], [2], [3]]
    assert await count(platform, another) == [1]


async def test_what_is_kept_across_agents_is_found_by_all_of_them(platform: Platform):
    one, two = counter("shared runs", "across_agents"), counter("shared runs", "across_agents")
    assert [await count(platform, graph) for graph in (one, two, one)] == [[1], [2], [3]]
    assert await count(platform, counter("shared runs")) == [1]


async def test_a_large_value_comes_back_whole(platform: Platform):
    big = ["wall " * 50] * 1_000
    graph = make_graph(
        {"in": an_input("value"), "keep": (PersistInformation, {"key": "big"}), "out": an_output()},
        ["in.result -> keep.value", "keep.value -> out.value"],
    )
    await platform.run(graph, {"value": big})
    reading = make_graph(
        {"read": (RetrieveInformation, {"key": "big"}), "out": an_output()}, ["read.value -> out.value"]
    ).model_copy(update={"id": graph.id, "version": 2})
    assert (await platform.run(reading))["outputs"]["out"] == [big]


async def test_a_repeated_attempt_does_not_write_over_what_another_run_kept(platform: Platform):
    keep = make_graph(
        {"in": an_input("value"), "gate": an_input("gate"), "keep": KeepAndFail, "out": an_output()},
        ["in.result -> keep.value", "gate.result -> keep.gate", "keep.attempts -> out.value"],
    )
    read = make_graph({"read": (RetrieveInformation, {"key": "key"}), "out": an_output()}, ["read.value -> out.value"])
    slow = await platform.submit(keep, {"value": "early", "gate": "memory gate"})
    await eventually(lambda: CALLS["memory gate"] == 1, seconds=30)
    await platform.run(keep, {"value": "late", "gate": ""})
    GATES["memory gate"].set()
    assert (await platform.end_of(slow))["outputs"]["out"] == [2]
    reading = read.model_copy(update={"id": keep.id, "version": 2})
    assert (await platform.run(reading))["outputs"]["out"] == ["late"]


async def test_a_database_that_is_away_fails_no_node_and_counts_as_no_attempt(platform: Platform):
    await platform.sql("ALTER TABLE remembered_values RENAME TO remembered_elsewhere")
    try:
        run = await platform.submit(counter("away"))

        async def is_tried_again() -> bool:
            if (await platform.row(run)).handed_over_at is None:
                return False
            pending = (await platform.describe(run)).raw_description.pending_activities
            return any(one.attempt > 1 for one in pending)

        await eventually(is_tried_again)
    finally:
        await platform.sql("ALTER TABLE remembered_elsewhere RENAME TO remembered_values")
    record = await platform.end_of(run)
    assert record["outputs"]["count"] == [1]
    assert [len(row["attempts"]) for row in executions_of(record, "before")] == [1]


async def test_a_key_that_is_none_fails_the_node_and_says_why(platform: Platform):
    graph = make_graph({"keep": (PersistInformation, {"key": "", "value": 1})}, on_node_error="fail")
    record = await platform.run(graph)
    assert record["status"] == "FAILED"
    assert "A key has 1 to" in record["error"]["message"]
