"""Sub-agents: which version runs, and how pause, budget, skip and signals reach the runs below a run."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from activities import attempt
from blocks.sdk.directives import StartChild
from schema.db.runs import Run
from schema.ids import LOCAL_TENANT
from tests.durable.blocks import CALLS, GATES, CountDown, Gate, Pass
from tests.durable.graphs import an_agent, an_input, an_output, make_graph
from tests.durable.platform import Platform, executions_of
from tests.durable.test_orders import give, halts, outcome
from tests.durable.waiting import eventually
from workflows.wire import Header


def gives(value: str):
    return make_graph({"pass": (Pass, {"value": value}), "out": an_output()}, ["pass.value -> out.value"], name="Gives")


def gated(gate: str):
    """Give an agent that says that it waits, waits for its gate, and then has one node more."""
    nodes = {"gate": (Gate, {"gate": gate}), "then": (Pass, {"key": f"{gate}, then"}), "out": an_output()}
    return make_graph(nodes, ["gate.value -> then.value", "then.value -> out.value"], name="Gated")


def around(agent: Any, name: str = "Around", **settings: Any):
    """Give an agent that runs another and gives on what it gave."""
    return make_graph({"agent": an_agent(agent), "out": an_output()}, ["agent.out -> out.value"], name=name, **settings)


def counting(start: int):
    nodes = {"in": an_input("start", value=start), "count": CountDown, "out": an_output()}
    links = ["in.result -> count.number", "count.again -> count.number", "count.done -> out.value"]
    return make_graph(nodes, links, name="Counts")


async def child_of(platform: Platform, run: Run) -> Run:
    (child,) = await eventually(lambda: platform.children_of(run), seconds=60)
    return child


async def halted_by(platform: Platform, run: Run, key: str) -> Any:
    async def found() -> Any:
        return next((halt for halt in await halts(platform, run) if halt.key == key), None)

    return await eventually(found, seconds=60)


async def test_a_node_runs_the_version_that_it_names_unless_it_follows_the_active_one(platform: Platform):
    first = await platform.save(gives("first"))
    pinned = {"graph_id": first.id, "graph_version": first.version}
    graph = make_graph(
        {
            "pinned": an_agent(first),
            "follows": an_agent(first, follows_active=True),
            "p": an_output("p"),
            "f": an_output("f"),
        },
        ["pinned.out -> p.value", "follows.out -> f.value"],
    )
    for node in graph.nodes[:2]:
        node.input_default.update(pinned)
    second = gives("second").model_copy(update={"id": first.id, "version": first.version + 1})
    await platform.save(second)
    record = await platform.run(graph)
    assert record["outputs"] == {"p": ["first"], "f": ["second"]}


async def test_a_pause_and_its_end_reach_three_levels(platform: Platform):
    gate = str(uuid4())
    inner = await platform.save(gated(gate))
    middle = await platform.save(around(inner, "Middle"))
    run = await platform.submit(around(middle))
    await eventually(lambda: CALLS[gate], seconds=60)
    await give(platform, run, "pause", reason="Lunch.")
    child = await child_of(platform, run)
    grandchild = await child_of(platform, child)
    for one in (child, grandchild):
        assert (await halted_by(platform, one, "parent")).message == "Lunch."
    GATES[gate].set()
    await platform.until(grandchild, "PAUSED", seconds=60)
    assert CALLS[f"{gate}, then"] == 0
    await give(platform, run, "resume")
    record = await platform.end_of(run, seconds=60)
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"out": ["opened"]})


async def test_a_child_that_is_started_while_its_parent_is_paused_is_paused(platform: Platform, monkeypatch):
    gate, held, accept = str(uuid4()), asyncio.Event(), attempt.accept_child
    reached = asyncio.Event()

    async def accept_later(*arguments: Any) -> Any:
        reached.set()
        await held.wait()
        return await accept(*arguments)

    child_graph = await platform.save(gated(gate))
    GATES[gate].set()
    monkeypatch.setattr(attempt, "accept_child", accept_later)
    run = await platform.submit(around(child_graph))
    await eventually(reached.is_set, seconds=60)
    order = await give(platform, run, "pause")
    assert (await outcome(platform, run, order))[0] == "APPLIED"
    held.set()
    child = await child_of(platform, run)
    await halted_by(platform, child, "parent")
    await give(platform, run, "resume")
    assert (await platform.end_of(run, seconds=60))["outputs"] == {"out": ["opened"]}


async def test_a_child_pauses_on_what_is_left_of_the_budget_and_what_it_used_comes_back(platform: Platform):
    gate, child_graph = str(uuid4()), await platform.save(counting(12))
    nodes = {"agent": an_agent(child_graph), "gate": (Gate, {"gate": gate}), "out": an_output()}
    links = ["agent.out -> gate.value", "gate.value -> out.value"]
    run = await platform.submit(make_graph(nodes, links, max_node_executions=6))
    child = await child_of(platform, run)
    await platform.until(child, "PAUSED", seconds=60)
    halt = await halted_by(platform, child, "budget")
    assert halt.code == "BUDGET_EXCEEDED"
    assert "limit of 5 node executions" in halt.message
    assert await halts(platform, run) == []
    await give(platform, child, "limits", executions_max=100)
    assert (await platform.end_of(child, seconds=60))["status"] == "COMPLETED"

    async def is_told() -> bool:
        (agent,) = executions_of(await platform.record(run), "agent")
        return agent["status"] == "COMPLETED" or bool(await halts(platform, run))

    await eventually(is_told, seconds=60)
    GATES[gate].set()
    # The child used more than the parent had left: it asks before it goes on.
    await platform.until(run, "PAUSED", seconds=60)
    await halted_by(platform, run, "budget")
    await give(platform, run, "limits", executions_max=100)
    assert (await platform.end_of(run, seconds=60))["outputs"] == {"out": ["done"]}


async def test_skip_of_a_node_ends_the_run_that_it_started(platform: Platform):
    gate = str(uuid4())
    child_graph = await platform.save(gated(gate))
    run = await platform.submit(around(child_graph))
    await eventually(lambda: CALLS[gate], seconds=60)
    child = await child_of(platform, run)
    await give(platform, run, "skip", {"out": ["instead"]}, execution=1)
    record = await platform.end_of(run, seconds=60)
    assert record["outputs"] == {"out": ["instead"]}
    assert executions_of(record, "agent")[0]["status"] == "COMPLETED"
    await platform.until(child, "TERMINATED", seconds=60)


async def test_a_node_that_was_run_again_keeps_the_run_that_it_then_starts(platform: Platform):
    gate = str(uuid4())
    nodes = {"first": (Pass, {"value": "first"}), "early": an_output("early"), "gate": (Gate, {"gate": gate})}
    links = ["first.value -> early.value", "gate.value -> out.value"]
    child_graph = make_graph({**nodes, "out": an_output()}, links, name="Early")
    outer = {"agent": an_agent(child_graph), "e": an_output("early"), "out": an_output()}
    graph = make_graph(outer, ["agent.early -> e.value", "agent.out -> out.value"], on_node_error="hold")
    run = await platform.submit(graph)
    await platform.until(run, "PAUSED", seconds=60)
    await platform.save(child_graph)
    await give(platform, run, "retry", execution=1)

    async def has_early() -> bool:
        return (await platform.record(run))["outputs"].get("early") == ["first"]

    await eventually(has_early, seconds=60)
    GATES[gate].set()
    record = await platform.end_of(run, seconds=60)
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"early": ["first"], "out": ["opened"]})
    assert (await platform.end_of(await child_of(platform, run), seconds=60))["status"] == "COMPLETED"


async def test_a_child_that_was_accepted_when_its_node_was_over_is_ended_before_it_begins(platform: Platform):
    gate = str(uuid4())
    child_graph = await platform.save(gated(gate))
    nodes = {"pass": (Pass, {"value": 1}), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["pass.value -> out.value"]))
    await platform.end_of(run, seconds=60)
    # By an attempt that nobody waits for any more, and that has not heard of it.
    wanted = StartChild(child_graph.id, child_graph.version, {})
    header = Header(str(run.id), str(LOCAL_TENANT), run.plan_hash, str(run.id), 0, "manual", None)
    await attempt.accept_child(platform.tools, header, 1, wanted)
    child = await child_of(platform, run)
    await platform.sql("UPDATE runs SET start_after = now() WHERE id = :id RETURNING id", id=child.id)
    record = await platform.end_of(child, seconds=60)
    assert (record["status"], CALLS[gate]) == ("TERMINATED", 0)
