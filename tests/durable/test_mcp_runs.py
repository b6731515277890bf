"""Tools of MCP servers in runs: as a node with pins of its own, and as a tool that another node calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from blocks.library.mcp_tool import MCPTool
from tests.blocks.mcp_servers import Served, serving_tools
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.platform import Platform, executions_of
from tests.durable.tool_blocks import Caller

SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer", "description": "The other one."}},
    "required": ["a", "b"],
}


@asynccontextmanager
async def reached(platform: Platform) -> AsyncIterator[Served]:
    """Serve tools that the platform's blocks may reach."""
    async with serving_tools() as served:
        before, platform.tools.http = platform.tools.http, served.guarded()
        try:
            yield served
        finally:
            platform.tools.http = before


def a_tool(served: Served, **constants: Any) -> tuple[Any, ...]:
    given = {"selected_tool": "add", "tool_input_schema": SCHEMA, "tool_description": "Add two numbers."}
    return (MCPTool, {"server_url": served.url, **given, **constants})


async def test_parameters_of_a_tool_are_pins_of_its_node(platform: Platform):
    async with reached(platform) as served:
        graph = make_graph(
            {"in": an_input("number"), "add": a_tool(served, tool_arguments={"b": 40}), "out": an_output()},
            ["in.result -> add.a", "add.result -> out.value"],
        )
        record = await platform.run(graph, {"number": 2})
    assert record["outputs"]["out"] == [42]


async def test_a_tool_of_a_server_is_a_tool_of_a_node(platform: Platform):
    async with reached(platform) as served:
        rounds = [[["add", {"a": 1, "b": 2}]]]
        graph = make_graph(
            {
                "caller": (Caller, {"rounds": rounds, "key": "mcp"}),
                "add": a_tool(served),
                "results": an_output("results"),
            },
            ["caller.tools -> add.a", "caller.tools -> add.b", "caller.results -> results.value"],
        )
        record = await platform.run(graph)
    assert record["outputs"]["results"] == [[[["call 0.0", [["result", 3]], None]]]]
    assert len(executions_of(record, "add")) == 1


async def test_a_server_that_is_away_is_tried_again_by_the_nodes_policy(platform: Platform):
    async with reached(platform) as served:
        away = served.url
        graph = make_graph(
            {"add": a_tool(served, tool_arguments={"a": 1, "b": 2}, server_url=away.replace("/mcp", "/elsewhere"))},
            on_node_error="fail",
        )
        record = await platform.run(graph)
    assert record["status"] == "FAILED"
    assert "no MCP server" in record["error"]["message"]
    assert len(executions_of(record, "add")[0]["attempts"]) == 1
