"""The cases of tests/spec/executor-cases.json: selectors, merges, conversions, and whole runs of real blocks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from blocks.registry import discover
from blocks.sdk.context import Context
from blocks.sdk.direct import run_directly
from schema.coerce import coerce
from schema.errors import InvalidInput
from schema.graph import Graph, parse_graph
from schema.inputs import prepare, visible
from schema.pins import NOTHING, Attributes, merge, merged_only, select
from tests.engine.world import Outcome, World
from workflows.engine.plan import Plan, compile_graph

CASES = orjson.loads((Path(__file__).parents[1] / "spec" / "executor-cases.json").read_bytes())
REGISTRY = discover()

TYPES: dict[str, Any] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "str": {"type": "string"},
    "list": {"type": "array", "items": {}},
    "dict": {"type": "object", "additionalProperties": True},
    "any": {},
    "int|null": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    "str|null": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    "list[int]": {"type": "array", "items": {"type": "integer"}},
    "list[str]": {"type": "array", "items": {"type": "string"}},
    "list[list[str]]": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
    "dict[str,int]": {"type": "object", "additionalProperties": {"type": "integer"}},
    "str|list[str]": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    "object-model": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
}


def objects(value: Any) -> Any:
    """Give a case's value with {"$object": ...} as what has attributes."""
    if isinstance(value, dict) and value.keys() == {"$object"}:
        return Attributes({key: objects(item) for key, item in value["$object"].items()})
    if isinstance(value, dict):
        return {key: objects(item) for key, item in value.items()}
    return [objects(item) for item in value] if isinstance(value, list) else value


def shape(value: Any) -> Any:
    """Give a value with its objects told apart from its dictionaries, which are equal to `==`."""
    if isinstance(value, dict):
        return (isinstance(value, Attributes), {key: shape(item) for key, item in value.items()})
    return [shape(item) for item in value] if isinstance(value, list) else value


def error_of(expected: Any) -> str | None:
    return expected.get("$error_contains") if isinstance(expected, dict) else None


@pytest.mark.parametrize("case", CASES["select"], ids=lambda case: f"{case['output'][0]}-{case['source_name']}")
def test_a_link_selects(case: dict[str, Any]) -> None:
    pin, value = case["output"]
    arguments = (pin, objects(value), case["source_name"], case["sink_node_id"], case["sink_pin_name"])
    message = error_of(case["expected"])
    if message is not None:
        with pytest.raises(InvalidInput, match=message):
            select(*arguments)
        return
    taken = select(*arguments)
    assert shape(None if taken is NOTHING else taken) == shape(objects(case["expected"]))


@pytest.mark.parametrize("case", CASES["merge"], ids=lambda case: next(iter(case["input"])))
def test_dynamic_pins_merge(case: dict[str, Any]) -> None:
    message = error_of(case["expected_merged"])
    if message is not None:
        with pytest.raises(InvalidInput, match=message):
            merge(case["input"])
        return
    assert shape(merged_only(case["input"])) == shape(objects(case["expected_merged"]))
    assert merge(case["input"]).keys() >= case["input"].keys()


@pytest.mark.parametrize("case", CASES["convert"], ids=lambda case: f"{case['value']}-{case['target_type']}")
def test_a_value_is_converted(case: dict[str, Any]) -> None:
    converted = coerce(case["value"], TYPES[case["target_type"]])
    assert converted == case["expected"]
    assert type(converted) is type(case["expected"])


# Whole runs


class BlocksAtWork:
    """The behaviour of a simulated world whose workers run the real blocks of a graph."""

    def __init__(self, graph: Graph, plan: Plan) -> None:
        nodes = {node.id: node for node in graph.nodes}
        self.nodes = [nodes[row.id] for row in plan.nodes]

    def __call__(self, node: int, tokens: Mapping[str, Any], step: int) -> Outcome:
        raw = {**self.nodes[node].input_default, **tokens}
        block = REGISTRY.get(self.nodes[node].block_id)
        result = asyncio.run(run_directly(block, raw, Context(http=None)))  # type: ignore[arg-type]
        return Outcome(result.emissions, None if result.error is None else result.error.message)

    def input_data(self, node: int, tokens: Mapping[str, Any]) -> dict[str, Any]:
        """Give an execution's inputs as its record shows them: merged, the dynamic names beside."""
        raw = {**self.nodes[node].input_default, **tokens}
        return prepare(REGISTRY.get(self.nodes[node].block_id).spec, raw)


def run_case(case: dict[str, Any], seed: int) -> tuple[World, BlocksAtWork]:
    links = [{"id": f"l{i}", **link} for i, link in enumerate(case["links"])]
    document = {
        "id": "7b1d1a3e-31a8-4b5e-9d53-0d9d3c0c5a02",
        "name": case["name"],
        "nodes": case["nodes"],
        "links": links,
    }
    graph = parse_graph(document)
    plan = compile_graph(graph, REGISTRY.specs)
    work = BlocksAtWork(graph, plan)
    return World(plan, work, random.Random(seed), inputs=case["run_inputs"], crash_probability=0.1).run(), work


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("case", CASES["graph_runs"], ids=lambda case: case["name"])
def test_a_graph_runs_as_it_must(case: dict[str, Any], seed: int) -> None:
    world, work = run_case(case, seed)
    expected = case["expect"]
    assert world.ended is not None
    assert world.ended.status == expected["status"]
    assert world.scheduler.executions == expected["node_exec_count"]
    indices = {node.id: index for index, node in enumerate(world.plan.nodes)}
    for node_id, rows in expected["node_execs"].items():
        seen = [world.seen[key] for key in sorted(world.seen) if key[0] == indices[node_id]]
        assert len(seen) == len(rows)
        for (tokens, outcomes), row in zip(seen, rows, strict=True):
            assert row.get("status", "COMPLETED") == ("FAILED" if outcomes[-1].error else "COMPLETED")
            output: dict[str, list[Any]] = {}
            for pin, value in outcomes[-1].emissions:
                output.setdefault(pin, []).append(value)
            assert output == row["output_data"]
            if "input_data" in row:
                assert work.input_data(indices[node_id], tokens) == row["input_data"]


def test_a_block_does_not_see_dynamic_names_and_nulls() -> None:
    spec = REGISTRY.get("db7d8f02-2f44-4c55-ab7a-eae0941f0c30").spec
    prepared = prepare(spec, {"format": "{{a}}", "values_#_a": 1, "escape_html": None})
    assert visible(prepared) == {"format": "{{a}}", "values": {"a": 1}}
