"""Nodes as tools: each call is an execution of its own, its caller gets what it gave, and nothing of it is done twice."""

from __future__ import annotations

from typing import Any

from blocks.library.maths import Calculator
from tests.durable.blocks import CALLS, Fail, Pass
from tests.durable.graphs import an_agent, an_input, an_output, make_graph
from tests.durable.platform import Platform, executions_of
from tests.durable.tool_blocks import Caller, Poller
from tests.durable.waiting import eventually


def calling(rounds: list[Any], tools: dict[str, Any], links: list[str], key: str = "caller", **settings: Any):
    """Give an agent whose caller has these tools."""
    nodes = {"caller": (Caller, {"rounds": rounds, "key": key}), **tools, "results": an_output("results")}
    return make_graph(nodes, [*links, "caller.results -> results.value"], name="Calls", **settings)


async def test_each_call_is_an_execution_and_its_caller_gets_what_it_gave(platform: Platform):
    tools = {"add": (Calculator, {"operation": "Add"}, {"metadata": {"customized_name": "add up"}})}
    rounds = [[["add_up", {"a": 1, "b": 2}], ["add_up", {"a": 3, "b": 4}]], [["add_up", {"a": 5, "b": 6}]]]
    record = await platform.run(
        calling(rounds, tools, ["caller.tools -> add.a", "caller.tools -> add.b"], key="each call")
    )
    assert record["outputs"]["results"] == [
        [
            [["call 0.0", [["result", 3]], None], ["call 0.1", [["result", 7]], None]],
            [["call 1.0", [["result", 11]], None]],
        ]
    ]
    assert [row["caller"] for row in executions_of(record, "add")] == [
        [1, "call 0.0"],
        [1, "call 0.1"],
        [1, "call 1.0"],
    ]
    assert CALLS["each call"] == 3


async def test_a_tool_that_fails_fails_for_its_caller_only(platform: Platform):
    rounds = [[["Fail", {"reason": "no luck"}]]]
    graph = calling(rounds, {"fail": Fail}, ["caller.tools -> fail.reason"], on_node_error="fail")
    record = await platform.run(graph)
    assert record["status"] == "COMPLETED"
    assert record["outputs"]["results"] == [[[["call 0.0", [["before", "said"]], "no luck"]]]]


async def test_what_a_tool_gives_goes_along_its_links_but_not_back_to_its_caller(platform: Platform):
    tools = {"pass": Pass, "out": an_output("out")}
    links = [
        "caller.tools -> pass.value",
        "pass.value -> out.value",
        "pass.value -> caller.last_tool_output",
    ]
    rounds = [[["Pass", {"value": 1}]], [["Pass", {"value": 2}]]]
    graph = calling(rounds, {"in": an_input("go"), **tools}, [*links, "in.result => caller.key"])
    record = await platform.run(graph, {"go": "links"})
    assert record["outputs"]["out"] == [1, 2]
    assert len(executions_of(record, "caller")) == 1
    assert not [row for row in record["node_executions"] if row["execution"] < 0]


async def test_an_agent_is_a_tool_and_its_inputs_are_the_parameters(platform: Platform):
    doubled = make_graph(
        {"in": an_input("number"), "twice": (Calculator, {"operation": "Multiply", "b": 2}), "out": an_output("twice")},
        ["in.result -> twice.a", "twice.result -> out.value"],
        name="Doubles",
    )
    saved = await platform.save(doubled)
    block, constants, *others = an_agent(saved)
    schema = {"type": "object", "properties": {"number": {"title": "number"}}, "required": ["number"]}
    tool = (block, {**constants, "agent_name": "Doubles", "input_schema": schema}, *others)
    record = await platform.run(
        calling([[["Doubles", {"number": 21}]]], {"agent": tool}, ["caller.tools -> agent.number"]), seconds=60
    )
    assert record["outputs"]["results"] == [[[["call 0.0", [["twice", 42]], None]]]]


async def test_a_conversation_that_comes_back_is_waited_for_whole_and_the_first_time_not_at_all(platform: Platform):
    nodes = {
        "in": an_input("go"),
        "caller": (Caller, {"rounds": []}),
        "one": Pass,
        "two": Pass,
        "out": an_output("out"),
    }
    links = [
        "in.result => caller.key",
        "caller.offered -> one.value",
        "caller.offered -> two.value",
        "caller.results -> out.value",
        "one.value -> caller.conversation_history",
        "two.value -> caller.last_tool_output",
    ]
    graph = make_graph(nodes, links, name="Loops", max_node_executions=20)
    run = await platform.submit(graph, {"go": "loop"})
    await eventually(lambda: CALLS["loop"] >= 4, seconds=30)
    await platform.cancel(run)
    record = await platform.end_of(run)
    callers = executions_of(record, "caller")
    assert "conversation_history" not in callers[0]["input_data"]
    assert all({"conversation_history", "last_tool_output"} <= set(row["input_data"]) for row in callers[1:-1])


async def test_what_a_step_that_sleeps_remembers_the_later_steps_find(platform: Platform):
    nodes = {"poll": (Poller, {"looks": 2, "key": "polls"}), "job": an_output("job"), "looks": an_output("looks")}
    record = await platform.run(make_graph(nodes, ["poll.job -> job.value", "poll.looks -> looks.value"]))
    assert record["outputs"]["job"] == ["job 1"]
    assert record["outputs"]["looks"] == [[{"job": "job 1"}, {"look": 1}, {"look": 2}]]
    assert CALLS["polls"] == 1
