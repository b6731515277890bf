"""The cases of tests/spec/executor-cases.json: selectors, merges, conversions, and whole runs of real blocks."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest

from blocks.registry import discover
from schema.inputs import prepare, visible
from tests.cases.executor_rows import (
    convert_difference,
    merge_difference,
    run_difference,
    select_difference,
    type_named,
)

CASES = orjson.loads((Path(__file__).parents[1] / "spec" / "executor-cases.json").read_bytes())
REGISTRY = discover()


@pytest.mark.parametrize("case", CASES["select"], ids=lambda case: f"{case['output'][0]}-{case['source_name']}")
def test_a_link_selects(case: dict[str, Any]) -> None:
    assert select_difference(case) is None


@pytest.mark.parametrize("case", CASES["merge"], ids=lambda case: next(iter(case["input"])))
def test_dynamic_pins_merge(case: dict[str, Any]) -> None:
    assert merge_difference(case) is None


@pytest.mark.parametrize("case", CASES["convert"], ids=lambda case: f"{case['value']}-{case['target_type']}")
def test_a_value_is_converted(case: dict[str, Any]) -> None:
    assert convert_difference(case) is None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("case", CASES["graph_runs"], ids=lambda case: case["name"])
def test_a_graph_runs_as_it_must(case: dict[str, Any], seed: int) -> None:
    assert run_difference(case, REGISTRY, seed) is None


def test_a_block_does_not_see_dynamic_names_and_nulls() -> None:
    spec = REGISTRY.get("db7d8f02-2f44-4c55-ab7a-eae0941f0c30").spec
    prepared = prepare(spec, {"format": "{{a}}", "values_#_a": 1, "escape_html": None})
    assert visible(prepared) == {"format": "{{a}}", "values": {"a": 1}}


# The checkers themselves: each has been seen to find what is wrong.


def test_a_wrong_expectation_is_seen() -> None:
    assert select_difference({**CASES["select"][0], "expected": "another"})
    assert merge_difference({**CASES["merge"][0], "expected_merged": {"list": ["b", "a"]}})
    assert convert_difference({**CASES["convert"][0], "expected": 5.0})  # 5.5 to an int gives 5, an integer


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda expect: expect.update(status="FAILED"), "status"),
        (lambda expect: expect.update(node_exec_count=5), "node_exec_count"),
        (lambda expect: expect["node_execs"]["n3"].append({}), "2 executions"),
        (lambda expect: expect["node_execs"]["n3"][0].update(output_data={"output": ["no"]}), "output_data"),
        (lambda expect: expect["node_execs"]["n2"][0]["input_data"].pop("values_#_a"), "input_data"),
    ],
)
def test_a_run_that_differs_is_seen(change: Any, what: str) -> None:
    case = deepcopy(CASES["graph_runs"][0])
    change(case["expect"])
    assert what in (run_difference(case, REGISTRY) or "")


def test_types_are_read_as_the_cases_write_them() -> None:
    assert type_named("dict[str,list[int]]|null") == {
        "anyOf": [
            {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "integer"}}},
            {"type": "null"},
        ]
    }
    with pytest.raises(ValueError, match="tensor"):
        type_named("list[tensor]")
