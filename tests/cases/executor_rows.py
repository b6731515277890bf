"""One row of the executor cases, run and compared: a selector, a merge, a conversion, a whole run; it prints nothing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from blocks.registry import Registry
from blocks.sdk.context import Context
from blocks.sdk.direct import run_directly
from schema.coerce import coerce
from schema.errors import DrystoneError, InvalidInput
from schema.graph import Graph, parse_graph
from schema.inputs import prepare
from schema.pins import NOTHING, Attributes, merge, merged_only, select
from tests.cases.block_rows import NOON, NoNetwork
from tests.cases.matching import is_as_expected
from tests.engine.world import Outcome, World
from workflows.engine.plan import Plan, compile_graph

Row = Mapping[str, Any]

TYPES: Final[dict[str, Any]] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "str": {"type": "string"},
    "list": {"type": "array", "items": {}},
    "dict": {"type": "object", "additionalProperties": True},
    "any": {},
    "object-model": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
}


def type_named(name: str) -> dict[str, Any]:
    """Give the JSON Schema of a type as the cases write it: `int`, `list[str]`, `dict[str,int]`, `str|null`."""
    members = _parted(name, "|")
    if len(members) > 1:
        return {"anyOf": [{"type": "null"} if one in ("null", "None") else type_named(one) for one in members]}
    name = name.strip()
    if name in TYPES:
        return dict(TYPES[name])
    head, _, inner = name.removesuffix("]").partition("[")
    match head.strip().lower():
        case "list" | "set" | "tuple":
            return {"type": "array", "items": type_named(inner)}
        case "dict":
            return {"type": "object", "additionalProperties": type_named(_parted(inner, ",")[-1])}
        case "optional":
            return {"anyOf": [type_named(inner), {"type": "null"}]}
        case "union":
            return {"anyOf": [type_named(one) for one in _parted(inner, ",")]}
    raise ValueError(f"the type {name!r} is not one that the cases know")


def _parted(text: str, separator: str) -> list[str]:
    """Split at a separator that stands in no brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


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


def _refused(expected: Any, call: Callable[[], Any]) -> tuple[bool, str | None]:
    """Where a case expects an error: (True, the difference)."""
    wanted = expected.get("$error_contains") if isinstance(expected, dict) else None
    if wanted is None:
        return False, None
    try:
        came = call()
    except InvalidInput as error:
        return (
            True,
            None if wanted in error.message else f"an error with {wanted!r} expected, and {error.message!r} came",
        )
    return True, f"an error with {wanted!r} expected, and {came!r} came"


def select_difference(row: Row) -> str | None:
    """Say how what a link takes differs from what the row expects."""
    pin, value = row["output"]
    arguments = (pin, objects(value), row["source_name"], row.get("sink_node_id"), row.get("sink_pin_name"))
    is_error, difference = _refused(row["expected"], lambda: select(*arguments))
    if is_error:
        return difference
    taken = select(*arguments)
    came = None if taken is NOTHING else taken
    return (
        None if shape(came) == shape(objects(row["expected"])) else f"{row['expected']!r} expected, and {came!r} came"
    )


def merge_difference(row: Row) -> str | None:
    """Say how a merge of dynamic pins differs from what the row expects."""
    expected = row["expected_merged"]
    inputs = {pin: objects(value) for pin, value in row["input"].items()}
    is_error, difference = _refused(expected, lambda: merge(inputs))
    if is_error:
        return difference
    came = merged_only(inputs)
    is_same = shape(came) == shape(objects(expected)) and merge(inputs).keys() >= inputs.keys()
    return None if is_same else f"{expected!r} expected, and {came!r} came"


def convert_difference(row: Row) -> str | None:
    """Say how a conversion differs from what the row expects, in value or in type."""
    came, expected = coerce(row["value"], type_named(row["target_type"])), row["expected"]
    is_same = came == expected and type(came) is type(expected)
    return None if is_same else f"{expected!r} expected, and {came!r} came"


class BlocksAtWork:
    """The behaviour of a simulated world whose workers run the real blocks of a graph."""

    def __init__(self, graph: Graph, plan: Plan, registry: Registry) -> None:
        nodes = {node.id: node for node in graph.nodes}
        self.nodes = [nodes[row.id] for row in plan.nodes]
        self.registry = registry

    def __call__(self, node: int, tokens: Mapping[str, Any], step: int) -> Outcome:
        block = self.registry.get(self.nodes[node].block_id)
        raw = {**self.nodes[node].input_default, **tokens}
        context = Context(http=NoNetwork(), clock=lambda: NOON)  # type: ignore[arg-type]
        result = asyncio.run(run_directly(block, raw, context))
        return Outcome(result.emissions, None if result.error is None else result.error.message)

    def input_data(self, node: int, tokens: Mapping[str, Any]) -> dict[str, Any]:
        """Give an execution's inputs as its record shows them: merged, the dynamic names beside."""
        raw = {**self.nodes[node].input_default, **tokens}
        return prepare(self.registry.get(self.nodes[node].block_id).spec, raw)


def run_case(row: Row, seed: int, registry: Registry) -> tuple[World, BlocksAtWork]:
    """Run a row's graph in a simulated world that crashes at random."""
    document = {
        "id": "7b1d1a3e-31a8-4b5e-9d53-0d9d3c0c5a02",
        "name": row.get("name", "case"),
        "nodes": row["nodes"],
        "links": [{"id": f"l{index}", **link} for index, link in enumerate(row["links"])],
    }
    graph = parse_graph(document)
    plan = replace(compile_graph(graph, registry.specs), regions=())
    work = BlocksAtWork(graph, plan, registry)
    inputs = row.get("run_inputs") or {}
    return World(plan, work, random.Random(seed), inputs=inputs, crash_probability=0.1).run(), work


def run_difference(row: Row, registry: Registry, seed: int = 0) -> str | None:
    """Run a row's graph; say how its record differs from what is expected."""
    try:
        world, work = run_case(row, seed, registry)
    except (DrystoneError, AssertionError) as error:
        return f"the run cannot be made: {error}"
    return _record_difference(world, work, row["expect"])


def _record_difference(world: World, work: BlocksAtWork, expected: Row) -> str | None:
    assert world.ended is not None
    facts = {"status": world.ended.status, "node_exec_count": world.scheduler.executions}
    for name, came in facts.items():
        if name in expected and came != expected[name]:
            return f"{name} {expected[name]!r} expected, and {came!r} came"
    indices = {node.id: index for index, node in enumerate(world.plan.nodes)}
    for node_id, rows in expected.get("node_execs", {}).items():
        seen = [world.seen[key] for key in sorted(world.seen) if key[0] == indices[node_id]]
        if len(seen) != len(rows):
            return f"{node_id}: {len(rows)} executions expected, and {len(seen)} came"
        for number, ((tokens, outcomes), wanted) in enumerate(zip(seen, rows, strict=True)):
            difference = _execution_difference(outcomes[-1], work.input_data(indices[node_id], tokens), wanted)
            if difference is not None:
                return f"{node_id}, execution {number}: {difference}"
    return None


def _execution_difference(outcome: Outcome, inputs: dict[str, Any], wanted: Row) -> str | None:
    output: dict[str, list[Any]] = {}
    for pin, value in outcome.emissions:
        output.setdefault(pin, []).append(value)
    if outcome.error is not None and "error" in wanted.get("output_data", {}):
        # The wording of an error is ours.
        output["error"] = wanted["output_data"]["error"]
    came = {
        "status": "FAILED" if outcome.error is not None else "COMPLETED",
        "output_data": output,
        "input_data": inputs,
    }
    for name in ("status", "output_data", "input_data"):
        if name in wanted and not is_as_expected(came[name], wanted[name], inputs, NOON):
            return f"{name} {wanted[name]!r} expected, and {came[name]!r} came"
    is_failure = outcome.error is not None and wanted.get("status", "COMPLETED") == "COMPLETED"
    return f"it failed: {outcome.error}" if is_failure and "error" not in wanted.get("output_data", {}) else None
