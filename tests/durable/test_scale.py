"""Size: long cycles, long streams, wide fan-outs, large values; exact outputs, and short histories that hold no value."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

import pytest

from blocks.library.time_blocks import CountdownTimer
from schema.limits import LIMITS
from tests.durable.blocks import CALLS, GATES, CountDown, Double, Gate, Large, Numbers, Pass
from tests.durable.graphs import an_agent, an_input, an_output, make_graph
from tests.durable.histories import chain_of, event_counts, largest_payload, largest_state
from tests.durable.platform import Json, Platform, executions_of
from tests.durable.waiting import eventually
from workflows import graph_run

EVENTS_MAX = 4_096
#: Of one event: a signal's or a result's tokens, each with a value of up to 1 KB inline.
PAYLOAD_BYTES_MAX = 64 * 1024
#: Of what a run continues from; the server's limit is 2 MB.
STATE_BYTES_MAX = 1024 * 1024


@pytest.fixture(autouse=True)
def said(capsys) -> Iterator[list[str]]:
    """Print the figures of a test, so that a release can compare them."""
    lines: list[str] = []
    yield lines
    with capsys.disabled():
        print(*("", *lines) if lines else "", sep="\n  ", end="")


async def measured(
    platform: Platform, said: list[str], graph, inputs=None, *, seconds: float, runs_min: int = 1
) -> Json:
    """Run a graph to its end; check its chain of histories."""
    began_at = monotonic()
    run = await platform.submit(graph, inputs)
    record = await platform.end_of(run, seconds=seconds)
    took = monotonic() - began_at
    chain = await chain_of(platform, run)
    events, payload, state = event_counts(chain), largest_payload(chain), largest_state(chain)
    count = (record["stats"] or {}).get("node_execution_count")
    said.append(
        f"{count} executions in {took:.1f} s; {len(chain)} runs, events {events[:12]}; "
        f"largest payload {payload}, state {state} bytes"
    )
    assert (record["status"], record["error"]) == ("COMPLETED", None)
    assert max(events) < EVENTS_MAX
    assert payload <= PAYLOAD_BYTES_MAX
    assert state <= STATE_BYTES_MAX
    assert len(chain) >= runs_min
    return record


def a_cycle():
    nodes = {"in": an_input("start"), "count": CountDown, "out": an_output()}
    links = ["in.result -> count.number", "count.again -> count.number", "count.done -> out.value"]
    return make_graph(nodes, links, name="Cycle")


def a_stream(count: int):
    nodes = {"numbers": (Numbers, {"count": count}), "double": Double, "out": an_output()}
    return make_graph(nodes, ["numbers.number -> double.number", "double.number -> out.value"], name="Stream")


def a_fan_out(count: int):
    nodes = {"numbers": (Numbers, {"count": count}), "pass": Pass, "out": an_output()}
    return make_graph(nodes, ["numbers.number -> pass.value", "pass.value -> out.value"], name="Fan-out")


def a_chain(size: int, length: int):
    nodes = {"n0": (Large, {"size": size}), **{f"n{i}": Pass for i in range(1, length)}, "out": an_output()}
    links = ["n0.text -> n1.value", *(f"n{i}.value -> n{i + 1}.value" for i in range(1, length - 1))]
    return make_graph(nodes, [*links, f"n{length - 1}.value -> out.value"], name="Chain")


def steps_of(record: Json) -> list[int]:
    return [row["output_data"]["step"][0] for row in executions_of(record, "count")]


async def test_a_cycle_that_continues_as_new_again_and_again_loses_nothing(platform, said, monkeypatch):
    monkeypatch.setattr(graph_run, "EVENTS_BUDGET", 200)
    record = await measured(platform, said, a_cycle(), {"start": 100}, seconds=60, runs_min=3)
    assert steps_of(record) == list(range(100, 0, -1))
    assert record["outputs"] == {"out": ["done"]}
    assert {len(row["attempts"]) for row in executions_of(record, "count")} == {1}


async def test_a_timer_a_child_and_a_long_node_cross_continue_as_new(platform, said, monkeypatch):
    monkeypatch.setattr(graph_run, "EVENTS_BUDGET", 120)
    monkeypatch.setattr(graph_run, "DRAIN_SECONDS", 1)
    child = {"gate": (Gate, {"gate": "in the child"}), "first": an_output("first"), "last": an_output("last")}
    child = await platform.save(
        make_graph(child, ["gate.waiting -> first.value", "gate.value -> last.value"], name="C")
    )
    nodes = {
        "in": an_input("start"), "count": CountDown, "done": an_output("done"),
        "timer": (CountdownTimer, {"seconds": 6, "input_message": "up"}), "up": an_output("up"),
        "agent": an_agent(child), "first": an_output("first"), "last": an_output("last"),
        "long": (Gate, {"gate": "long node"}), "opened": an_output("opened"),
    }  # fmt: skip
    links = [
        "in.result -> count.number", "count.again -> count.number", "count.done -> done.value",
        "timer.output_message -> up.value", "agent.first -> first.value", "agent.last -> last.value",
        "long.value -> opened.value",
    ]  # fmt: skip
    run = await platform.submit(make_graph(nodes, links), {"start": 80})
    await eventually(lambda: CALLS["in the child"] and CALLS["long node"])

    async def has_counted_down() -> bool:
        return "done" in (await platform.record(run))["outputs"]

    await eventually(has_counted_down, seconds=60)
    GATES["in the child"].set()
    GATES["long node"].set()
    record = await platform.end_of(run)
    wanted = {"done": ["done"], "up": ["up"], "first": [True], "last": ["opened"], "opened": ["opened"]}
    assert record["outputs"] == wanted
    assert steps_of(record) == list(range(80, 0, -1))
    for node in ("timer", "agent", "long"):
        (row,) = executions_of(record, node)
        assert row["status"] == "COMPLETED"
    assert executions_of(record, "long")[0]["output_data"] == {"waiting": [True], "value": ["opened"]}
    chain = await chain_of(platform, run)
    said.append(f"events {event_counts(chain)}; the long node was begun {CALLS['long node']} times")
    assert len(chain) >= 3
    assert len(await platform.children_of(run)) == 1
    assert CALLS["in the child"] == 1


async def test_a_stream_of_a_thousand_items_keeps_its_order(platform, said):
    record = await measured(platform, said, a_stream(1_000), seconds=60)
    assert record["outputs"] == {"out": [2 * number for number in range(1_000)]}
    assert len(executions_of(record, "double")) == 1_000


async def test_a_value_of_ten_megabytes_goes_through_ten_nodes_by_reference(platform, said):
    size = 10 * 1024 * 1024
    record = await measured(platform, said, a_chain(size, 10), seconds=60)
    (value,) = record["outputs"]["out"]
    assert (len(value), set(value)) == (size, {"x"})
    shown = executions_of(record, "n5")[0]["output_data"]["value"][0]
    assert shown["$handle"]["size"] == size + 2


async def test_a_value_that_is_too_large_fails_the_node_that_gives_it(platform):
    began_at = monotonic()
    record = await platform.run(a_chain(LIMITS.value_bytes_max, 3))
    assert monotonic() - began_at < 5
    (row,) = executions_of(record, "n0")
    assert (row["status"], row["error"]["code"]) == ("FAILED", "VALUE_TOO_LARGE")


async def test_a_cycle_without_an_end_is_halted_at_the_limit_of_node_executions(platform):
    nodes = {"in": an_input("x"), "pass": Pass}
    links = ["in.result -> pass.value", "pass.value -> pass.value"]
    run = await platform.submit(make_graph(nodes, links, max_node_executions=25), {"x": 1})
    await platform.until(run, "PAUSED")
    done = [row for row in (await platform.record(run))["node_executions"] if row["status"] == "COMPLETED"]
    assert len(done) == 25
    await platform.cancel(run)
    assert (await platform.end_of(run))["status"] == "TERMINATED"


@pytest.mark.long
@pytest.mark.slow
async def test_a_cycle_of_ten_thousand_executions(platform, said):
    record = await measured(platform, said, a_cycle(), {"start": 9_998}, seconds=1_500, runs_min=2)
    assert record["stats"]["node_execution_count"] == 10_000
    assert steps_of(record) == list(range(9_998, 0, -1))
    assert record["outputs"] == {"out": ["done"]}


@pytest.mark.long
@pytest.mark.slow
async def test_a_stream_of_ten_thousand_items_through_two_nodes(platform, said):
    record = await measured(platform, said, a_stream(10_000), seconds=300)
    assert record["outputs"] == {"out": [2 * number for number in range(10_000)]}
    assert record["stats"]["node_execution_count"] == 20_001


@pytest.mark.long
@pytest.mark.slow
async def test_a_fan_out_of_two_thousand_five_hundred(platform, said):
    record = await measured(platform, said, a_fan_out(2_500), seconds=600, runs_min=2)
    assert record["outputs"] == {"out": list(range(2_500))}
