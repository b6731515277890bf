"""Fused and apart: whatever a graph does, its record is the same whether its nodes run together or each by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from blocks.library.basic import StoreValue
from blocks.library.iteration import StepThroughItems
from blocks.library.maths import Calculator
from blocks.library.text import FillTextTemplate
from blocks.library.text_tools import WordCharacterCount
from tests.durable.blocks import CALLS, HOSTILE_VALUES, MERCY, Double, Numbers, Pass
from tests.durable.graphs import an_input, an_output
from tests.durable.histories import chain_of
from tests.durable.platform import Platform
from tests.durable.pure_blocks import (
    LastTime,
    Pages,
    PureCountDown,
    PureFail,
    PureHostile,
    PureHostileValue,
    PureLarge,
    PureLocked,
    PureNumbers,
    PurePass,
    PureTalk,
    Restless,
    Tell,
)
from tests.durable.twice import run_twice

KB, MB = 1_000, 1_000_000


async def same(platform: Platform, *graph: Any, loses_attempts: bool = False, **options: Any) -> Any:
    """Run a graph fused and apart, and compare; give the facts.

    Where a worker stalls, what it loses depends on what it had taken, and attempts that were lost are counted.
    """
    fused, apart, _ = await run_twice(platform, *graph, **options)
    if loses_attempts:
        for *_, attempts in (*fused["executions"].values(), *apart["executions"].values()):
            for one in attempts:
                del one["number"]
    for part in apart:
        assert fused[part] == apart[part], part
    assert fused["twice"] == 0
    return fused


@pytest.fixture
def mercy() -> Iterator[None]:
    """End, at last, what ignores everything else."""
    yield
    MERCY.set()


# What is ordinary


async def test_a_chain(platform: Platform) -> None:
    nodes = {"in": an_input("x"), "one": Double, "two": Double, "store": StoreValue, "out": an_output()}
    links = ["in.result -> one.number", "one.number -> two.number", "two.number -> store.input"]
    found = await same(platform, nodes, [*links, "store.output -> out.value"], {"x": 4})
    assert found["outputs"] == {"out": [16]}


async def test_a_chain_is_written_with_the_end_of_its_run_and_costs_no_task_of_its_own(platform: Platform) -> None:
    nodes = {"in": an_input("x"), "one": Double, "out": an_output()}
    _, _, run = await run_twice(platform, nodes, ["in.result -> one.number", "one.number -> out.value"], {"x": 4})
    (history,) = await chain_of(platform, run)
    kinds = [str(event.WhichOneof("attributes")).removesuffix("_event_attributes") for event in history.events]
    assert [kinds.count(kind) for kind in ("marker_recorded", "activity_task_scheduled", "timer_started")] == [1, 0, 0]


async def test_nodes_that_are_not_pure_between_those_that_are(platform: Platform) -> None:
    nodes = {
        "in": an_input("x"), "before": Double, "pass": Pass, "after": Double, "beside": (Pass, {"value": 5}),
        "sum": (Calculator, {"operation": "Add"}), "out": an_output(),
    }  # fmt: skip
    links = ["in.result -> before.number", "before.number -> pass.value", "pass.value -> after.number"]
    links += ["after.number -> sum.a", "beside.value -> sum.b", "sum.result -> out.value"]
    assert (await same(platform, nodes, links, {"x": 1}))["outputs"] == {"out": [9]}


async def test_streams_from_without_and_within_and_a_node_outside_that_takes_each(platform: Platform) -> None:
    nodes = {
        "numbers": (Numbers, {"count": 60}), "double": Double, "pass": Pass, "again": Double, "out": an_output(),
        "within": (PureNumbers, {"count": 40}), "sum": (Calculator, {"operation": "Add"}), "sums": an_output("sums"),
    }  # fmt: skip
    links = ["numbers.number -> double.number", "double.number -> pass.value", "pass.value -> again.number"]
    links += [
        "again.number -> out.value",
        "within.number -> sum.a",
        "double.number -> sum.b",
        "sum.result -> sums.value",
    ]
    found = await same(platform, nodes, links)
    assert found["outputs"]["out"] == [4 * number for number in range(60)]
    assert len(found["outputs"]["sums"]) == 40


async def test_a_long_stream_is_left_in_the_middle_and_gone_on_with(platform: Platform) -> None:
    nodes = {"tell": (Tell, {"count": 300, "pause_seconds": 0.003, "key": "long stream"}), "double": Double}
    links = ["tell.number -> double.number", "double.number -> again.number", "again.number -> out.value"]
    found = await same(platform, {**nodes, "again": Double, "out": an_output()}, links)
    assert found["outputs"]["out"] == [4 * number for number in range(300)]
    assert CALLS["long stream"] > 2  # once apart, and several times fused


async def test_static_links_dynamic_pins_and_selected_parts(platform: Platform) -> None:
    nodes = {
        "in": an_input("rows"), "steps": StepThroughItems, "side": (StoreValue, {"input": "!", "data": ""}),
        "fill": (FillTextTemplate, {"format": "{{ who }} {{ mark }}", "values": {}}), "out": an_output(),
        "store": StoreValue, "long": an_output("long"),
    }  # fmt: skip
    links = [
        "in.result -> steps.items", "steps.item_#_name -> fill.values_#_who", "side.output => fill.values_#_mark",
        "fill.output -> out.value", "steps.item_#_text -> store.input", "store.output -> long.value",
    ]  # fmt: skip
    rows = [{"name": f"n{number}", "text": "x" * 5 * KB * number} for number in range(4)]
    found = await same(platform, nodes, links, {"rows": rows})
    assert found["outputs"]["out"] == ["n0 !", "n1 !", "n2 !", "n3 !"]
    assert [len(text) for text in found["outputs"]["long"]] == [0, 5_000, 10_000, 15_000]


async def test_what_never_becomes_complete_is_listed(platform: Platform) -> None:
    nodes = {"numbers": (PureNumbers, {"count": 3}), "one": PurePass, "join": (Calculator, {"operation": "Add"})}
    links = ["numbers.number -> join.a", "one.value -> join.b"]
    found = await same(platform, {**nodes, "one": (PurePass, {"value": 1})}, links)
    assert [node for node, _ in found["incomplete"]] == ["join", "join"]


@pytest.mark.parametrize("size", [KB, 70 * KB, 5 * MB])
async def test_values_of_every_size(platform: Platform, size: int) -> None:
    nodes = {
        "large": (PureLarge, {"size": size}), "one": PurePass, "two": PurePass, "out": an_output(),
        "from without": (Pass, {"value": "y" * size}), "three": PurePass, "other": an_output("other"),
    }  # fmt: skip
    links = ["large.text -> one.value", "one.value -> two.value", "two.value -> out.value"]
    links += ["from without.value -> three.value", "three.value -> other.value"]
    found = await same(platform, nodes, links)
    assert [len(values[0]) for values in found["outputs"].values()] == [size, size]


async def test_more_bytes_come_from_without_at_once_than_one_step_may_have(platform: Platform) -> None:
    nodes = {"pages": (Pages, {"count": 30, "size": 3 * MB}), "count": WordCharacterCount, "out": an_output()}
    found = await same(platform, nodes, ["pages.text -> count.text", "count.character_count -> out.value"])
    assert found["outputs"]["out"] == [3 * MB] * 30


async def test_a_cycle_within_its_limit(platform: Platform) -> None:
    nodes = {"in": an_input("start"), "count": PureCountDown, "out": an_output()}
    links = ["in.result -> count.number", "count.again -> count.number", "count.done -> out.value"]
    found = await same(platform, nodes, links, {"start": 150})
    assert found["stats"]["node_execution_count"] == 152


# Inputs


async def test_a_secret_is_in_no_row(platform: Platform) -> None:
    nodes = {
        "in": an_input("key"), "locked": PureLocked, "constant": (PureLocked, {"key": "hunter2"}), "masked": PureLocked,
        "out": an_output(),
    }  # fmt: skip
    links = ["in.result -> locked.key", "locked.length -> out.value"]
    nodes = {**nodes, "masked": (PureLocked, {"key": ""})}
    found = await same(platform, nodes, links, {"key": "swordfish"}, masks={"masked": {"key": "hunter333"}})
    kept = {name.partition("#")[0]: row[2]["key"] for name, row in found["executions"].items() if "key" in row[2]}
    assert set(map(str, kept.values())) == {"{'value': '***'}"}
    assert [row[4] for row in found["emissions"] if row[0] == "masked"] == [9]


async def test_input_masks(platform: Platform) -> None:
    nodes = {"in": an_input("x"), "one": Double, "two": PurePass, "out": an_output()}
    links = ["in.result -> one.number", "one.number -> two.value", "two.value -> out.value"]
    masks = {"one": {"number": 50}, "two": {"key": "z" * 3 * KB}}
    assert (await same(platform, nodes, links, {"x": 1}, masks=masks))["outputs"] == {"out": [100]}


@pytest.mark.parametrize("given", [{"x": "4"}, {"x": "four"}, {"x": [4]}, {"x": None}])
async def test_an_input_that_is_coerced_or_refused(platform: Platform, given: Any) -> None:
    nodes = {"in": an_input("x", value=7), "one": Double, "out": an_output(), "error": an_output("error")}
    links = ["in.result -> one.number", "one.number -> out.value", "one.error -> error.value"]
    await same(platform, nodes, links, given)


# Failures


@pytest.mark.parametrize("policy", ["continue", "fail", "stop"])
async def test_a_failure_under_each_policy(platform: Platform, policy: str) -> None:
    nodes = {"fail": (PureFail, {"reason": "broken"}), "pass": PurePass, "out": an_output()}
    links = ["fail.before -> pass.value", "pass.value -> out.value"]
    found = await same(platform, nodes, links, on_node_error=policy)
    assert found["status"] == ("COMPLETED" if policy == "continue" else "FAILED")


async def test_a_failure_whose_pin_is_linked(platform: Platform) -> None:
    nodes = {"fail": (PureFail, {"reason": "broken"}), "pass": PurePass, "out": an_output()}
    found = await same(platform, nodes, ["fail.error -> pass.value", "pass.value -> out.value"], on_node_error="fail")
    assert (found["outputs"], found["stats"]["node_error_count"]) == ({"out": ["broken"]}, 1)


async def test_a_failure_that_passes(platform: Platform) -> None:
    retry = {"retry": {"attempts": 3, "first_wait_seconds": 0.05}}
    nodes = {"one": (PurePass, {"value": 1}), "last": (LastTime, {}, retry), "two": PurePass, "out": an_output()}
    links = ["one.value -> last.value", "last.value -> two.value", "two.value -> out.value"]
    found = await same(platform, nodes, links)
    assert len(found["executions"]["last#1"][4]) == 3


async def test_a_failure_that_passes_and_may_be_tried_once_only(platform: Platform) -> None:
    nodes = {"last": (LastTime, {"value": 1}, {"retry": {"attempts": 1}}), "out": an_output()}
    assert (await same(platform, nodes, ["last.value -> out.value"]))["outputs"] == {"out": [1]}


async def test_a_block_that_waits_though_it_is_said_to_be_pure(platform: Platform) -> None:
    nodes = {"one": (PurePass, {"value": 1}), "restless": Restless, "two": PurePass, "out": an_output()}
    links = ["one.value -> restless.value", "restless.value -> two.value", "two.value -> out.value"]
    assert (await same(platform, nodes, links))["outputs"] == {"out": [1]}


@pytest.mark.long
@pytest.mark.parametrize("kind", ["hang", "busy loop", "deaf busy loop", "ignores cancel"])
async def test_a_block_that_does_not_end(platform: Platform, kind: str, mercy: None) -> None:
    MERCY.clear()
    once = {"timeout_seconds": 1, "retry": {"attempts": 1}}
    nodes = {
        "one": (PurePass, {"value": kind}), "hostile": (PureHostile, {}, once), "two": PurePass, "said": an_output("said"),
        "error": an_output("error"),
    }  # fmt: skip
    links = ["one.value -> hostile.kind", "hostile.value -> two.value", "two.value -> said.value"]
    links = [*links, "hostile.error -> error.value"]
    found = await same(platform, nodes, links, loses_attempts=True, seconds=90)
    assert (found["executions"]["hostile#1"][0], found["outputs"]["said"]) == ("FAILED", [1])


KINDS = [
    "SystemExit", "KeyboardInterrupt", "GeneratorExit", "CancelledError", "StopAsyncIteration", "MemoryError",
    "ten megabytes", "wordless", "not text", "recursion", "bad pin", "no pair",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
async def test_whatever_a_block_raises_or_yields(platform: Platform, kind: str) -> None:
    nodes = {"hostile": (PureHostile, {"kind": kind}), "two": PurePass, "out": an_output()}
    found = await same(platform, nodes, ["hostile.value -> two.value", "two.value -> out.value"])
    assert found["executions"]["hostile#1"][0] == "FAILED"


@pytest.mark.parametrize("kind", HOSTILE_VALUES)
async def test_whatever_value_cannot_travel(platform: Platform, kind: str) -> None:
    nodes = {"hostile": (PureHostileValue, {"kind": kind}), "out": an_output()}
    await same(platform, nodes, ["hostile.value -> out.value"])


async def test_lines_of_the_log(platform: Platform) -> None:
    nodes = {
        "talk": (PureTalk, {"lines": ["one", "two"], "pieces": ["a", "b"], "times": 700}), "two": PurePass,
        "out": an_output(),
    }  # fmt: skip
    found = await same(platform, nodes, ["talk.text -> two.value", "two.value -> out.value"])
    assert len(found["lines"]) == 1_000
