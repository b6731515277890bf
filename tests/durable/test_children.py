"""Agents that run agents: outputs arrive in order, failures and cancels travel, recursion ends."""

from __future__ import annotations

from temporalio.client import WorkflowExecutionStatus

from tests.durable.blocks import CALLS, GATES, CountDown, Fail, Gate, Numbers, Pass
from tests.durable.graphs import an_agent, an_input, an_output, make_graph
from tests.durable.histories import chain_of
from tests.durable.platform import Platform, executions_of
from tests.durable.waiting import eventually
from workflows import graph_run

STREAM = ["in.result -> numbers.count", "numbers.number -> pass.value", "pass.value -> out.value"]


def a_streaming_agent():
    nodes = {"in": an_input("count"), "numbers": Numbers, "pass": Pass, "out": an_output("n")}
    return make_graph(nodes, STREAM, name="Streams", on_node_error="fail")


def a_waiting_agent(gate: str):
    nodes = {"gate": (Gate, {"gate": gate}), "first": an_output("first"), "out": an_output("last")}
    return make_graph(nodes, ["gate.waiting -> first.value", "gate.value -> out.value"], name="Waits")


async def test_a_childs_outputs_are_its_nodes_outputs_in_order(platform, run_graph):
    child = await platform.save(a_streaming_agent())
    nodes = {"in": an_input("x"), "agent": an_agent(child, pins=["count"]), "out": an_output()}
    record = await run_graph(make_graph(nodes, ["in.result -> agent.count", "agent.n -> out.value"]), {"x": 40})
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"out": list(range(40))})
    (node,) = executions_of(record, "agent")
    assert (node["status"], node["output_data"]) == ("COMPLETED", {"n": list(range(40))})


async def test_a_childs_first_output_is_handed_on_while_the_child_still_runs(platform):
    child = await platform.save(a_waiting_agent("streams on"))
    nodes = {"agent": an_agent(child), "first": (Pass, {"key": "handed on"}), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["agent.first -> first.value", "agent.last -> out.value"]))
    await eventually(lambda: CALLS["handed on"])
    assert await platform.status(run) == "RUNNING"
    GATES["streams on"].set()
    record = await platform.end_of(run)
    assert record["outputs"] == {"out": ["opened"]}
    (row,) = await platform.children_of(run)
    assert (row.status, row.trigger, row.root_run_id, row.depth) == ("COMPLETED", "child", run.id, 1)


async def test_a_failed_childs_reason_goes_to_the_error_pin_of_its_node(platform, run_graph):
    child = await platform.save(make_graph({"fail": (Fail, {"reason": "broken"})}, name="Fails", on_node_error="fail"))
    nodes = {"agent": an_agent(child), "error": an_output("error")}
    record = await run_graph(make_graph(nodes, ["agent.error -> error.value"], on_node_error="fail"))
    assert record["status"] == "COMPLETED"
    (message,) = record["outputs"]["error"]
    assert "broken" in message
    assert child.id in message
    assert executions_of(record, "agent")[0]["error"]["code"] == "CHILD_FAILED"


async def test_an_agent_that_is_not_there_or_gets_wrong_inputs_fails_its_node(platform, run_graph):
    child = await platform.save(a_streaming_agent())
    record = await run_graph(make_graph({"agent": an_agent(a_streaming_agent())}, on_node_error="fail"))
    assert "NOT_FOUND" in str(executions_of(record, "agent")[0]["error"])
    record = await run_graph(make_graph({"agent": an_agent(child, {"size": 1})}, on_node_error="fail"))
    assert "no input 'size'" in record["error"]["message"]
    assert "'count' is required" in record["error"]["message"]


async def test_cancel_of_the_parent_ends_the_child_in_its_row_and_in_temporal(platform: Platform):
    grandchild = await platform.save(a_waiting_agent("never opened"))
    child = await platform.save(make_graph({"agent": an_agent(grandchild)}, name="Between"))
    run = await platform.submit(make_graph({"agent": an_agent(child)}))
    await eventually(lambda: CALLS["never opened"])
    await platform.cancel(run, "Enough of all.")
    assert (await platform.end_of(run))["status"] == "TERMINATED"
    (child_run,) = await platform.children_of(run)
    await platform.until(child_run, "TERMINATED")
    (grandchild_run,) = await platform.children_of(child_run)
    await platform.until(grandchild_run, "TERMINATED")

    async def all_are_closed() -> bool:
        statuses = [(await platform.describe(one)).status for one in (run, child_run, grandchild_run)]
        return statuses == [WorkflowExecutionStatus.CANCELED] * 3

    await eventually(all_are_closed)


async def test_agents_that_run_each_other_end_at_the_depth_limit(platform: Platform):
    one = make_graph({"agent": an_agent(make_graph({}))}, name="One", on_node_error="fail")
    two = make_graph({"agent": an_agent(one)}, name="Two", on_node_error="fail")
    one.nodes[0].input_default["graph_id"] = two.id
    await platform.save(two)
    run = await platform.submit(one)
    record = await platform.end_of(run, seconds=60)
    assert record["status"] == "FAILED"
    assert "at most 8 deep" in record["error"]["message"]
    rows = await platform.sql("SELECT depth, status FROM runs WHERE root_run_id = :id ORDER BY depth", id=run.id)
    assert [tuple(row) for row in rows] == [(depth, "FAILED") for depth in range(9)]


async def test_a_child_that_is_terminated_in_temporal_fails_its_parents_node(platform: Platform):
    child = await platform.save(a_waiting_agent("terminated child"))
    nodes = {"agent": an_agent(child), "first": an_output("first"), "error": an_output("error")}
    links = ["agent.first -> first.value", "agent.error -> error.value"]
    run = await platform.submit(make_graph(nodes, links))
    await eventually(lambda: CALLS["terminated child"])
    (child_run,) = await eventually(lambda: platform.children_of(run))
    await platform.until(child_run, "RUNNING")
    await platform.handle(child_run).terminate("by hand")
    record = await platform.end_of(run, seconds=15)
    assert record["status"] == "COMPLETED"
    assert "TERMINATED" in record["outputs"]["error"][0]
    assert executions_of(record, "agent")[0]["error"]["code"] == "CHILD_FAILED"


async def test_a_child_that_continues_as_new_again_and_again_loses_no_output(platform: Platform, monkeypatch):
    monkeypatch.setattr(graph_run, "EVENTS_BUDGET", 100)
    nodes = {"in": an_input("start"), "count": CountDown, "out": an_output("n")}
    links = ["in.result -> count.number", "count.again -> count.number", "count.step -> out.value"]
    child = await platform.save(make_graph(nodes, links, name="Long"))
    nodes = {"agent": an_agent(child, {"start": 40}), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["agent.n -> out.value"]))
    record = await platform.end_of(run, seconds=60)
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"out": list(range(40, 0, -1))})
    (child_run,) = await platform.children_of(run)
    assert len(await chain_of(platform, child_run)) >= 3


async def test_many_children_at_once_give_each_their_own(platform, run_graph):
    nodes = {"in": an_input("x"), "pass": Pass, "out": an_output("y")}
    child = await platform.save(make_graph(nodes, ["in.result -> pass.value", "pass.value -> out.value"], name="Echo"))
    nodes = {"numbers": (Numbers, {"count": 12}), "agent": an_agent(child, pins=["x"]), "out": an_output()}
    record = await run_graph(make_graph(nodes, ["numbers.number -> agent.x", "agent.y -> out.value"]))
    assert record["outputs"] == {"out": list(range(12))}
