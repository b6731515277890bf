"""Nodes that run code, in runs: on their own queue, ended with their run, and steps that any worker can take."""

from __future__ import annotations

import pytest

from blocks.library.code import ExecuteCode, ExecuteCodeStep, InstantiateCodeSandbox
from blocks.sandbox.probe import why_not
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.platform import Platform
from tests.durable.waiting import eventually
from tests.sandbox.conftest import processes_with


@pytest.fixture(autouse=True)
def _sandbox() -> None:
    if (reason := why_not()) is not None:
        pytest.skip(reason)


async def test_a_node_runs_code_on_the_queue_for_it(platform: Platform) -> None:
    nodes = {"in": an_input("code"), "code": ExecuteCode, "out": an_output(), "said": an_output("said")}
    links = ["in.result => code.code", "code.response -> out.value", "code.stdout_logs -> said.value"]
    graph = make_graph(nodes, links)
    run = await platform.submit(graph, {"code": "print('hey')\nsum(range(10))"})
    record = await platform.end_of(run)
    assert record["outputs"] == {"out": ["45"], "said": ["hey\n"]}
    history = await platform.handle(run).fetch_history()
    scheduled = [event.activity_task_scheduled_event_attributes for event in history.events]
    queues = {one.activity_type.name: one.task_queue.name for one in scheduled if one.activity_type.name}
    assert queues["ExecuteCodeBlock"] == "blocks-sandbox"


async def test_an_exception_in_the_code_is_the_nodes_error(run_graph) -> None:
    nodes = {"code": (ExecuteCode, {"code": "{}['x']"}), "error": an_output("error")}
    record = await run_graph(make_graph(nodes, ["code.error -> error.value"]))
    assert record["status"] == "COMPLETED"
    assert record["outputs"]["error"][0].startswith("KeyError: 'x'")


async def test_steps_go_on_from_one_another(run_graph) -> None:
    nodes = {
        "made": (InstantiateCodeSandbox, {"setup_code": "items = [1]"}),
        "first": (ExecuteCodeStep, {"step_code": "items.append(2)"}),
        "second": (ExecuteCodeStep, {"step_code": "items.append(3)\nitems"}),
        "out": an_output(),
    }
    links = [
        "made.sandbox_id -> first.sandbox_id",
        "first.sandbox_id -> second.sandbox_id",
        "second.response -> out.value",
    ]
    assert (await run_graph(make_graph(nodes, links)))["outputs"] == {"out": ["[1, 2, 3]"]}


async def test_code_ends_with_its_run(platform: Platform) -> None:
    mark = "code-of-a-cancelled-run"
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time; time.sleep(60)', '{mark}'])"
    run = await platform.submit(make_graph({"code": (ExecuteCode, {"code": code})}))
    await eventually(lambda: processes_with(mark))
    await platform.cancel(run)
    assert (await platform.end_of(run))["status"] == "TERMINATED"
    await eventually(lambda: not processes_with(mark))
