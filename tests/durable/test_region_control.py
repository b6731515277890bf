"""Regions under way: what operators, limits, ends and other workers do to a run whose nodes run together."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError
from temporalio.service import RPCError

from blocks.library.maths import Calculator
from blocks.registry import Registry, library_blocks, read_catalogue
from schema.db.runs import Run
from schema.db.values import ValueStore
from tests.durable.blocks import CALLS, GATES, TEST_BLOCKS, Gate, Listen, Numbers, Pass
from tests.durable.graphs import an_agent, an_input, an_output, make_graph
from tests.durable.histories import chain_of
from tests.durable.platform import Platform, executions_of
from tests.durable.pure_blocks import PURE_BLOCKS, Held, PureCountDown, PureFail, PureNumbers, PurePass, Tell
from tests.durable.test_both_ways import parked
from tests.durable.test_control import is_closed
from tests.durable.test_orders import give, halts, outcome
from tests.durable.twice import facts, steps_of, two_graphs
from tests.durable.waiting import eventually
from workflows import graph_run

CYCLE = ["in.result -> count.number", "count.again -> count.number", "count.done -> out.value"]


def a_cycle(**settings: Any) -> Any:
    return make_graph({"in": an_input("start"), "count": PureCountDown, "out": an_output()}, CYCLE, **settings)


def a_telling(key: str, count: int = 150) -> Any:
    """Give the nodes and links of a region that takes a second or two."""
    nodes = {
        "tell": (Tell, {"count": count, "pause_seconds": 0.01, "key": key}),
        "double": PurePass,
        "out": an_output(),
    }
    return nodes, ["tell.number -> double.value", "double.value -> out.value"]


async def until_stepped(platform: Platform, run: Run, count: int = 1) -> None:
    async def has_stepped() -> bool:
        return await steps_of(platform, run) >= count

    await eventually(has_stepped, seconds=30)


async def ended_ones(platform: Platform, run: Run) -> int:
    return sum(row["status"] == "COMPLETED" for row in (await platform.record(run))["node_executions"])


async def same_as_apart(platform: Platform, run: Run, apart: Any, inputs: Any = None) -> Any:
    """Compare a run with one whose nodes run by themselves and to which nothing is done; give the facts."""
    other = await platform.submit(apart, inputs)
    await platform.end_of(other, seconds=60)
    found, wanted = await facts(platform, run), await facts(platform, other)
    for part in wanted:
        assert found[part] == wanted[part], part
    return found


# Limits


async def test_a_budget_is_met_to_the_execution_and_gone_on_with_when_it_is_raised(platform: Platform) -> None:
    run = await platform.submit(a_cycle(max_node_executions=10), {"start": 25})
    await platform.until(run, "PAUSED")
    (halt,) = await halts(platform, run)
    assert halt.kind == "budget"
    assert await ended_ones(platform, run) == 10
    await give(platform, run, "limits", executions_max=20)

    async def is_met_again() -> bool:
        return len(await halts(platform, run, with_cleared=True)) == 2 and await platform.status(run) == "PAUSED"

    await eventually(is_met_again)
    assert await ended_ones(platform, run) == 20
    await give(platform, run, "limits", executions_max=100)
    record = await platform.end_of(run)
    assert (record["outputs"], record["stats"]["node_execution_count"]) == ({"out": ["done"]}, 27)
    await same_as_apart(platform, run, a_cycle(fuses_nodes=False), {"start": 25})


# Pauses and orders


@pytest.mark.long
@pytest.mark.parametrize("mode", ["soft", "hard"])
async def test_a_pause_while_a_region_runs_and_what_comes_behind_it(platform: Platform, mode: str) -> None:
    nodes, links = a_telling(f"paused {mode}")
    fused, apart = two_graphs(nodes, links)
    run = await platform.submit(fused)
    await until_stepped(platform, run)
    await outcome(platform, run, await give(platform, run, "pause", mode=mode))
    await platform.until(run, "PAUSED")
    stood = await steps_of(platform, run)
    assert await ended_ones(platform, run) < 301
    await give(platform, run, "resume")
    await platform.end_of(run)
    assert await steps_of(platform, run) > stood
    await same_as_apart(platform, run, apart)


async def behind_a_pause(platform: Platform, key: str, then: Any = PurePass) -> Run:
    """Give a run that is paused with an execution of `then`, which is in a region, ready behind the pause."""
    nodes = {"gate": (Gate, {"gate": key}), "then": then, "last": PurePass, "out": an_output()}
    links = ["gate.value -> then.value", "then.value -> last.value", "last.value -> out.value"]
    run = await platform.submit(make_graph(nodes, links, on_node_error="continue"))
    await eventually(lambda: CALLS[key])
    await outcome(platform, run, await give(platform, run, "pause"))
    GATES[key].set()
    await platform.until(run, "PAUSED")

    async def is_shown() -> bool:
        return bool(executions_of(await platform.record(run), "then"))

    await eventually(is_shown)
    return run


@pytest.mark.parametrize(
    ("word", "value", "given"),
    [("edit", {"value": "edited"}, ["edited"]), ("skip", {"value": ["a", "b"]}, ["a", "b"]), ("fail", None, None)],
)
async def test_an_order_for_what_waits_in_the_region_of_a_paused_run(
    platform: Platform, word: str, value: Any, given: list[str] | None
) -> None:
    run = await behind_a_pause(platform, f"region, {word}")
    (row,) = executions_of(await platform.record(run), "then")
    number = await give(platform, run, word, value, execution=row["execution"])
    assert await outcome(platform, run, number) == ("APPLIED", None)
    await give(platform, run, "resume")
    record = await platform.end_of(run)
    assert record["outputs"].get("out") == given
    assert executions_of(record, "then")[0]["status"] == ("FAILED" if word == "fail" else "COMPLETED")


async def test_a_failure_that_is_held_is_tried_again_edited_and_skipped(platform: Platform) -> None:
    nodes = {
        "one": (PurePass, {"value": "broken"}), "fail": PureFail, "last": PurePass, "out": an_output(),
    }  # fmt: skip
    links = ["one.value -> fail.reason", "fail.before -> last.value", "last.value -> out.value"]
    run = await platform.submit(make_graph(nodes, links, on_node_error="hold"))
    await platform.until(run, "PAUSED")
    (halt,) = await halts(platform, run)
    assert (halt.kind, halt.node_id) == ("failed node", "fail")
    await outcome(platform, run, await give(platform, run, "retry", execution=halt.execution))

    async def is_held_again() -> bool:
        return len(await halts(platform, run, with_cleared=True)) == 2 and await platform.status(run) == "PAUSED"

    await eventually(is_held_again)
    await give(platform, run, "skip", {"before": ["mended"]}, execution=halt.execution)
    record = await platform.end_of(run)
    # What it gave before it failed went on, and so does what stands in its place.
    assert record["outputs"] == {"out": ["said", "mended"]}


# Ends


#: Numbers that are told: more than a step has time for, so that there are moments between steps on a machine of any speed.
TOLD = 120


async def until_passed(seconds: float) -> None:
    clock = asyncio.get_running_loop().time
    over = clock() + seconds
    await eventually(lambda: clock() >= over, pause_seconds=0.001)


async def end_after(platform: Platform, run: Run, seconds: float, *, is_by_hand: bool) -> str:
    """Cancel a run after so long; give its state, which is Temporal's, too."""
    await until_passed(seconds)
    if is_by_hand:
        await eventually(lambda: is_started(platform, run))
        await platform.handle(run).cancel()
    else:
        await platform.cancel(run)
    record = await platform.end_of(run)
    await eventually(lambda: is_closed(platform, run))
    described = (await platform.describe(run)).status
    assert described is not None
    assert {"COMPLETED": "COMPLETED", "CANCELED": "TERMINATED"}[described.name] == record["status"]
    if record["status"] == "COMPLETED":
        assert record["outputs"] == {"out": list(range(TOLD))}
    assert {row["status"] for row in record["node_executions"]} <= {"COMPLETED", "TERMINATED"}
    return str(record["status"])


async def is_started(platform: Platform, run: Run) -> bool:
    try:
        await platform.describe(run)
    except RPCError:
        return False
    return True


async def test_a_cancel_at_any_moment_of_a_region_leaves_one_end(platform: Platform) -> None:
    nodes = {"tell": (Tell, {"count": TOLD, "pause_seconds": 0.02}), "out": an_output()}
    graph = make_graph(nodes, ["tell.number -> out.value"])
    runs = [await platform.submit(graph) for _ in range(10)]
    moments = [end_after(platform, run, 0.25 * n, is_by_hand=bool(n % 2)) for n, run in enumerate(runs)]
    assert "TERMINATED" in await asyncio.gather(*moments)


async def test_stop_in_a_region_ends_the_run_and_what_runs_beside_it(platform: Platform) -> None:
    nodes = {"gate": (Gate, {"gate": "region, stop"}), "fail": PureFail}
    run = await platform.submit(make_graph(nodes, ["gate.waiting -> fail.reason"], on_node_error="stop"))
    record = await platform.end_of(run)
    GATES["region, stop"].set()
    assert (record["status"], record["error"]["code"]) == ("FAILED", "NODE_FAILED")
    assert {row["status"] for row in executions_of(record, "gate")} == {"TERMINATED"}


# Families


async def test_an_agent_that_is_fused_gives_its_parent_what_it_gives_in_order(platform: Platform) -> None:
    nodes = {"in": an_input("count"), "numbers": PureNumbers, "pass": PurePass, "out": an_output("n")}
    links = ["in.result -> numbers.count", "numbers.number -> pass.value", "pass.value -> out.value"]
    records = []
    for settings in ({}, {"fuses_nodes": False}):
        inner = await platform.save(make_graph(nodes, links, name="Inner", **settings))
        outer = {"in": an_input("x"), "agent": an_agent(inner, pins=["count"]), "double": PurePass, "out": an_output()}
        around = ["in.result -> agent.count", "agent.n -> double.value", "double.value -> out.value"]
        run = await platform.submit(make_graph(outer, around, **settings), {"x": 70})
        await platform.end_of(run)
        (child,) = await platform.children_of(run)
        assert await platform.status(child) == "COMPLETED"
        records.append(await facts(platform, run))
    assert records[0]["outputs"] == {"out": list(range(70))}
    assert records[0]["emissions"] == records[1]["emissions"]
    assert records[0]["executions"].keys() == records[1]["executions"].keys()


# Long ones


async def test_a_run_continues_as_new_in_the_middle_of_its_regions(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_run, "EVENTS_BUDGET", 60)
    monkeypatch.setattr(graph_run, "DRAIN_SECONDS", 0.2)
    nodes = {
        "numbers": (Numbers, {"count": 20}), "pass": Pass, "double": PurePass, "out": an_output(),
        "tell": (Tell, {"count": 150, "pause_seconds": 0.01, "key": "continues"}), "told": an_output("told"),
    }  # fmt: skip
    links = ["numbers.number -> pass.value", "pass.value -> double.value", "double.value -> out.value"]
    links += ["tell.number -> told.value"]
    fused, apart = two_graphs(nodes, links)
    run = await platform.submit(fused)
    await platform.end_of(run, seconds=120)
    assert len(await chain_of(platform, run)) > 1
    monkeypatch.undo()
    await same_as_apart(platform, run, apart)


# Other workers


class _Sturdy(PurePass):
    """PurePass as a later version of its package has it: it gives `thing`, too."""

    id = PurePass.id
    name = PurePass.name

    class Output(PurePass.Output):
        thing: Any = None


@pytest.mark.long
@pytest.mark.parametrize("instead", [(), (_Sturdy,)])
async def test_a_block_that_is_not_here_or_is_another_holds_its_node_and_no_other(
    platform: Platform, instead: tuple[Any, ...]
) -> None:
    nodes = {
        "listen": (Listen, {"event": "go"}), "pass": PurePass, "out": an_output(), "heard": an_output("heard"),
        "sum": (Calculator, {"operation": "Add", "b": 1}), "more": an_output("more"),
    }  # fmt: skip
    links = ["listen.payload -> pass.value", "pass.value -> out.value", "listen.payload -> heard.value"]
    links += ["listen.payload -> sum.a", "sum.result -> more.value"]
    run = await parked(platform, make_graph(nodes, links, on_node_error="fail"))
    tools, own = platform.tools, platform.registry
    blocks = [one for one in (*library_blocks(), *TEST_BLOCKS, *PURE_BLOCKS) if one.id != PurePass.id]
    tools.registry = platform.registry = Registry([*blocks, *instead], read_catalogue())
    tools._plans.clear()
    try:
        await platform.handle(run).signal("event", {"name": "go", "payload": 7})
        await platform.until(run, "PAUSED", seconds=60)
        (halt,) = await halts(platform, run)
        assert (halt.kind, halt.node_id) == ("contract", "pass")
        assert (await platform.record(run))["outputs"] == {"heard": [7], "more": [8]}
        await give(platform, run, "skip", {"value": ["by hand"]}, execution=halt.execution)
        record = await platform.end_of(run)
        assert record["outputs"]["out"] == ["by hand"]
    finally:
        tools.registry = platform.registry = own
        tools._plans.clear()


async def test_an_order_for_what_runs_in_a_region_is_refused(platform: Platform) -> None:
    nodes = {"held": (Held, {"value": 1, "gate": "region, order"}), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["held.value -> out.value"]))
    await eventually(lambda: CALLS["region, order"])
    number = await give(platform, run, "skip", {"value": [2]}, execution=1)
    # It stands in a step of a region until the step's patience is over; then it runs by itself, and can be skipped.
    told = await outcome(platform, run, number)
    assert told in [("REFUSED", "The node execution is running, together with others."), ("APPLIED", None)]
    GATES["region, order"].set()
    record = await platform.end_of(run)
    assert record["outputs"] == {"out": [1 if told[0] == "REFUSED" else 2]}


async def test_a_database_that_is_away_at_the_first_step_costs_later_runs_nothing(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = make_graph({"one": (PurePass, {"value": "x" * 3_000}), "out": an_output()}, ["one.value -> out.value"])
    put, left = ValueStore.put, [1]

    async def put_later(self: ValueStore, tenant: UUID, value: Any, *where: str) -> Any:
        if where == ("pin 'value'",) and left:
            left.pop()
            raise OperationalError("put", None, OSError("away"))
        return await put(self, tenant, value, *where)

    monkeypatch.setattr(ValueStore, "put", put_later)
    first = await platform.run(graph)
    assert (first["outputs"], left) == ({"out": ["x" * 3_000]}, [])
    run = await platform.submit(graph)
    await platform.end_of(run)
    await eventually(lambda: is_closed(platform, run))
    (history,) = await chain_of(platform, run)
    assert not any(event.HasField("activity_task_scheduled_event_attributes") for event in history.events)
