"""What a run gives: outputs, node executions, errors by policy, retries, masks, and what is refused at the door."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from blocks.library.basic import StoreValue
from schema.errors import InvalidRunInput
from schema.graph import parse_graph, read_graph
from tests.durable.blocks import CALLS, Double, Fail, Flaky, Locked, Numbers, Pass
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.histories import chain_of, payloads_of
from tests.durable.platform import executions_of, outputs_of

SPEC = Path(__file__).parents[1] / "spec"
GRAPH_RUNS = orjson.loads((SPEC / "executor-cases.json").read_bytes())["graph_runs"]
NO_WAIT = {"first_wait_seconds": 0, "attempts": 3}


async def test_the_calculator_agent_gives_its_output(run_graph):
    graph = read_graph((SPEC / "agents" / "calculator-agent.json").read_bytes())
    record = await run_graph(graph, {"Input": 8})
    assert (record["status"], record["outputs"], record["error"]) == ("COMPLETED", {"Output": [42.0]}, None)
    assert record["stats"] == {"node_execution_count": 3, "node_error_count": 0, "first_error": None}
    assert record["inputs"] == {"Input": 8}


@pytest.mark.parametrize("case", GRAPH_RUNS, ids=lambda case: case["name"])
async def test_a_graph_run_of_the_specification(run_graph, case):
    links = [{"id": f"link {number}", **link} for number, link in enumerate(case["links"])]
    graph = parse_graph({"id": str(uuid4()), "name": case["name"], "nodes": case["nodes"], "links": links})
    record = await run_graph(graph, case["run_inputs"])
    expected = case["expect"]
    assert record["status"] == expected["status"]
    assert record["stats"]["node_execution_count"] == expected["node_exec_count"]
    for node_id, rows in expected["node_execs"].items():
        found = executions_of(record, node_id)
        assert len(found) == len(rows)
        for row, wanted in zip(found, rows, strict=True):
            assert {name: row[name] for name in wanted} == wanted


# Errors

FAILING = {
    "fail": (Fail, {"reason": "broken"}),
    "numbers": (Numbers, {"count": 2}),
    "double": Double,
    "out": an_output(),
}
BRANCH = ["numbers.number -> double.number", "double.number -> out.value"]


async def test_a_linked_error_pin_takes_the_failure_and_what_was_emitted_before_stays(run_graph):
    nodes = {"fail": FAILING["fail"], "said": an_output("said"), "error": an_output("error")}
    graph = make_graph(nodes, ["fail.before -> said.value", "fail.error -> error.value"], on_node_error="fail")
    record = await run_graph(graph)
    assert record["status"] == "COMPLETED"
    assert record["outputs"] == {"said": ["said"], "error": ["broken"]}
    (failed,) = executions_of(record, "fail")
    assert (failed["status"], failed["error"]["code"]) == ("FAILED", "BLOCK_FAILED")
    assert failed["output_data"] == {"before": ["said"], "error": ["broken"]}
    assert record["stats"]["node_error_count"] == 1
    assert record["stats"]["first_error"]["node_id"] == "fail"


async def test_by_the_policy_continue_a_failed_node_does_not_fail_the_run(run_graph):
    record = await run_graph(make_graph(FAILING, BRANCH, on_node_error="continue"))
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"out": [0, 2]})
    assert record["stats"]["node_error_count"] == 1


async def test_by_the_policy_fail_the_other_branches_finish_first(run_graph):
    record = await run_graph(make_graph(FAILING, BRANCH, on_node_error="fail"))
    assert (record["status"], record["outputs"]) == ("FAILED", {"out": [0, 2]})
    assert record["error"]["code"] == "NODE_FAILED"
    assert "Fail (fail): broken" in record["error"]["message"]


async def test_by_the_policy_stop_the_run_ends_at_once(run_graph):
    nodes = {**FAILING, "after": an_output("after")}
    graph = make_graph(nodes, [*BRANCH, "fail.before -> after.value"], on_node_error="stop")
    record = await run_graph(graph)
    assert (record["status"], record["error"]["code"]) == ("FAILED", "NODE_FAILED")
    assert "broken" in record["error"]["message"]
    assert all(row["status"] in ("COMPLETED", "FAILED", "TERMINATED") for row in record["node_executions"])


@pytest.mark.parametrize(("on_error", "status"), [("continue", "COMPLETED"), ("route", "FAILED"), ("stop", "FAILED")])
async def test_a_nodes_own_on_error_beats_the_graphs_policy(run_graph, on_error, status):
    nodes = {"fail": (Fail, {"reason": "broken"}, {"on_error": on_error})}
    record = await run_graph(make_graph(nodes, on_node_error="fail"))
    assert record["status"] == status


async def test_a_node_that_stops_on_error_ends_the_run_even_where_its_error_pin_is_linked(run_graph):
    nodes = {"fail": (Fail, {"reason": "broken"}, {"on_error": "stop"}), "error": an_output("error")}
    record = await run_graph(make_graph(nodes, ["fail.error -> error.value"], on_node_error="continue"))
    assert (record["status"], record["error"]["code"]) == ("FAILED", "NODE_FAILED")


async def test_an_input_that_does_not_fit_its_pin_fails_the_node_and_names_the_pin(run_graph):
    record = await run_graph(
        make_graph({"in": an_input("x"), "count": (Numbers, {})}, ["in.result -> count.count"], on_node_error="fail"),
        {"x": {"a": 1}},
    )
    # A dictionary is coerced to its length, as the platform does.
    assert record["status"] == "COMPLETED"
    record = await run_graph(
        make_graph(
            {"in": an_input("x"), "calc": ("b1ab9b19-67a6-406d-abf5-2dba76d00c79", {"operation": "Add", "a": 1})},
            ["in.result -> calc.operation", "in.result -> calc.b"],
            on_node_error="fail",
        ),
        {"x": "Nonsense"},
    )
    (row,) = executions_of(record, "calc")
    assert (row["status"], row["error"]["code"]) == ("FAILED", "INVALID_INPUT")
    assert "operation" in row["error"]["message"]


# Retries


async def test_a_block_that_fails_for_a_while_is_tried_again_and_each_attempt_is_recorded(run_graph):
    nodes = {"flaky": (Flaky, {"key": "flaky", "failures": 2}, {"retry": NO_WAIT}), "out": an_output()}
    record = await run_graph(make_graph(nodes, ["flaky.attempt -> out.value"]))
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"out": [3]})
    (row,) = executions_of(record, "flaky")
    assert [attempt["number"] for attempt in row["attempts"]] == [1, 2, 3]
    assert [attempt.get("error", {}).get("code") for attempt in row["attempts"]] == ["UNAVAILABLE", "UNAVAILABLE", None]
    assert row["output_data"] == {"attempt": [3]}


async def test_when_the_attempts_are_used_up_the_run_fails_and_names_the_node(run_graph):
    policy = {"attempts": 2, "first_wait_seconds": 0}
    nodes = {
        "flaky": (Flaky, {"key": "gone", "failures": 9}, {"retry": policy, "metadata": {"customized_name": "Ask"}})
    }
    record = await run_graph(make_graph(nodes, on_node_error="fail"))
    assert record["status"] == "FAILED"
    assert "Ask (flaky): It is away for the 2. time." in record["error"]["message"]
    (row,) = executions_of(record, "flaky")
    assert (row["status"], len(row["attempts"]), CALLS["gone"]) == ("FAILED", 2, 2)


async def test_a_failure_that_will_not_pass_is_not_tried_again(run_graph):
    nodes = {"fail": (Fail, {"reason": "broken", "key": "final"}, {"retry": NO_WAIT})}
    record = await run_graph(make_graph(nodes))
    assert CALLS["final"] == 1
    assert len(executions_of(record, "fail")[0]["attempts"]) == 1


# The door

ASKING = {"a": an_input("a"), "b": an_input("b"), "c": an_input("c", value=3), "out": an_output()}


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"a": 1}, ["'b' is required"]),
        ({"a": 1, "b": 2, "z": 3}, ["no input 'z'", "a, b, c"]),
        ({"z": 1}, ["'a' is required", "'b' is required", "no input 'z'"]),
    ],
)
async def test_unknown_and_missing_run_inputs_are_refused_by_name_before_anything_is_stored(platform, inputs, words):
    graph = make_graph(ASKING, ["a.result -> out.value"])
    await platform.save(graph)
    before = await platform.counts()
    with pytest.raises(InvalidRunInput) as refused:
        await platform.submit(graph, inputs)
    assert [word for word in words if word not in refused.value.message] == []
    assert await platform.counts() == before


async def test_an_inputs_default_stands_for_a_missing_run_input_and_for_a_null(run_graph):
    graph = make_graph({"c": an_input("c", value=3), "out": an_output()}, ["c.result -> out.value"])
    assert (await run_graph(graph))["outputs"] == {"out": [3]}
    assert (await run_graph(graph, {"c": None}))["outputs"] == {"out": [3]}
    assert (await run_graph(graph, {"c": 0}))["outputs"] == {"out": [0]}


# Masks and secrets


async def test_a_mask_beats_a_link_and_a_constant(run_graph):
    nodes = {"in": an_input("x"), "linked": Pass, "constant": (Pass, {"value": "constant"})}
    nodes |= {"one": an_output("linked"), "two": an_output("constant")}
    links = ["in.result -> linked.value", "linked.value -> one.value", "constant.value -> two.value"]
    masks = {"linked": {"value": "masked"}, "constant": {"value": "masked, too"}}
    record = await run_graph(make_graph(nodes, links), {"x": "linked"}, masks=masks)
    assert record["outputs"] == {"linked": ["masked"], "constant": ["masked, too"]}
    assert executions_of(record, "linked")[0]["input_data"]["value"] == "masked"


async def test_what_a_secret_pin_was_given_is_recorded_nowhere(platform):
    secret = f"very-secret-{uuid4()}"
    graph = make_graph({"locked": Locked, "out": an_output()}, ["locked.length -> out.value"])
    # A constant would stand in the graph's own version; what a run alone is given must stand nowhere but in its masks.
    graph.nodes[0].input_default["key"] = "placeholder"
    run = await platform.submit(graph, masks={"locked": {"key": secret}})
    record = await platform.end_of(run)
    assert record["outputs"] == {"out": [len(secret)]}
    assert executions_of(record, "locked")[0]["input_data"] == {"key": "***"}
    assert secret not in orjson.dumps(record).decode()
    for table in ("node_executions", "emissions", "run_outputs"):
        rows = await platform.sql(f"SELECT t::text AS row FROM {table} t WHERE run_id = :id", id=run.id)
        assert not any(secret in row.row for row in rows)
    events = [event for history in await chain_of(platform, run) for event in history.events]
    assert not any(secret.encode() in payload.data for event in events for payload in payloads_of(event))


# How values flow


async def test_a_stream_keeps_its_order_through_parallel_nodes(run_graph):
    nodes: dict[str, Any] = {"numbers": (Numbers, {"count": 30}), "pass": Pass, "double": Double, "out": an_output()}
    links = ["numbers.number -> pass.value", "pass.value -> double.number", "double.number -> out.value"]
    record = await run_graph(make_graph(nodes, links))
    assert record["outputs"] == {"out": [2 * number for number in range(30)]}
    assert record["stats"]["node_execution_count"] == 91


async def test_a_selector_that_finds_nothing_gives_no_value_and_what_waits_for_it_is_listed(run_graph):
    nodes = {"keep": (StoreValue, {"input": {"a": {"b": 7}}}), "there": an_output("there"), "not": an_output("not")}
    graph = make_graph(nodes, ["keep.output_#_a_#_b -> there.value", "keep.output_#_x -> not.value"])
    record = await run_graph(graph)
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"there": [7]})
    assert outputs_of(record, "not") == []


async def test_streams_of_unequal_length_leave_executions_incomplete_and_that_is_no_error(run_graph):
    nodes = {"a": (Numbers, {"count": 3}), "b": (Numbers, {"count": 1}), "join": (StoreValue, {})}
    record = await run_graph(make_graph(nodes, ["a.number -> join.input", "b.number -> join.data"]))
    assert record["status"] == "COMPLETED"
    assert len(executions_of(record, "join")) == 1
    waiting = [row for row in record["node_executions"] if row["status"] == "INCOMPLETE"]
    assert [row["input_data"] for row in waiting] == [{"input": 1}, {"input": 2}]
