"""Hostile values and hostile blocks: each ends in a failed node with its reason in seconds, and the worker goes on."""

from __future__ import annotations

from time import monotonic

import pytest

from schema.errors import MESSAGE_CHARS_MAX, InvalidRunInput
from tests.durable.blocks import HOSTILE_VALUES, MERCY, Double, Hostile, HostileValue, Numbers, Pass
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.platform import Platform, executions_of

#: A word of the reason that each hostile value is refused with.
REASONS = {
    "nan": "nan", "infinity": "inf", "nul": "NUL", "surrogate": "surrogate", "large integer": "64", "deep": "nested",
    "set": "set", "bytes": "bytes", "decimal": "Decimal", "tuple key": "tuple", "nul key": "NUL", "object": "object",
}  # fmt: skip
#: How a block misbehaves, the code that its node fails with, a word of the reason, and the seconds that it may take.
MISDEEDS = {
    "SystemExit": ("BLOCK_CRASHED", "SystemExit", 5),
    "KeyboardInterrupt": ("BLOCK_CRASHED", "KeyboardInterrupt", 5),
    "GeneratorExit": ("BLOCK_CRASHED", "GeneratorExit", 5),
    "CancelledError": ("BLOCK_CRASHED", "CancelledError", 5),
    "StopAsyncIteration": ("BLOCK_CRASHED", "", 5),
    "MemoryError": ("BLOCK_CRASHED", "MemoryError", 5),
    "ten megabytes": ("BLOCK_CRASHED", "characters cut", 5),
    "ten megabytes timeout": ("TIMEOUT", "characters cut", 5),
    "wordless": ("BLOCK_CRASHED", "WordlessError", 5),
    "wordless timeout": ("TIMEOUT", "cannot be had", 5),
    "not text": ("BLOCK_CRASHED", "ValueError", 5),
    "recursion": ("BLOCK_CRASHED", "RecursionError", 5),
    "bad pin": ("INVALID_OUTPUT", "nowhere", 5),
    "no pair": ("INVALID_OUTPUT", "(pin, value)", 5),
    "hang": ("TIMEOUT", "limit of 1 s", 6),
    "ignores cancel": ("TIMEOUT", "limit of 1 s", 6),
    "busy loop": ("BLOCK_STALLED", "without yielding", 12),
    "deaf busy loop": ("BLOCK_STALLED", "without yielding", 12),
    "sleep": ("BLOCK_STALLED", "without yielding", 12),
}


@pytest.fixture(autouse=True, scope="module")
def mercy():
    """Let the blocks that nobody could end go, when all is over."""
    yield
    MERCY.set()


async def is_well(platform: Platform) -> None:
    """Run a healthy graph on the same worker."""
    nodes = {"numbers": (Numbers, {"count": 3}), "pass": Pass, "double": Double, "out": an_output()}
    links = ["numbers.number -> pass.value", "pass.value -> double.number", "double.number -> out.value"]
    record = await platform.run(make_graph(nodes, links), seconds=15)
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"out": [0, 2, 4]})


@pytest.mark.parametrize("kind", HOSTILE_VALUES)
async def test_a_value_that_cannot_travel_fails_the_node_that_gives_it(platform: Platform, kind):
    graph = make_graph({"bad": (HostileValue, {"kind": kind}), "out": an_output()}, ["bad.value -> out.value"])
    began_at = monotonic()
    record = await platform.run(graph)
    assert monotonic() - began_at < 5
    (row,) = executions_of(record, "bad")
    assert (row["status"], row["error"]["code"], len(row["attempts"])) == ("FAILED", "INVALID_VALUE", 1)
    assert REASONS[kind] in row["error"]["message"]
    assert "pin 'value'" in row["error"]["message"]
    assert record["outputs"] == {}
    await is_well(platform)


@pytest.mark.parametrize("kind", HOSTILE_VALUES)
async def test_a_run_input_that_cannot_travel_is_refused_and_nothing_is_stored(platform: Platform, kind):
    graph = make_graph({"in": an_input("x"), "out": an_output()}, ["in.result -> out.value"])
    await platform.save(graph)
    before = await platform.counts()
    with pytest.raises(InvalidRunInput, match="input 'x'") as refused:
        await platform.submit(graph, {"x": HOSTILE_VALUES[kind]()})
    assert REASONS[kind] in refused.value.message
    assert await platform.counts() == before


@pytest.mark.parametrize("kind", MISDEEDS)
async def test_a_block_that_misbehaves_fails_its_node_alone(platform: Platform, kind):
    code, word, seconds = MISDEEDS[kind]
    limits = {"timeout_seconds": 60 if code == "BLOCK_STALLED" else 1, "retry": {"attempts": 1}}
    nodes = {"bad": (Hostile, {"kind": kind}, limits), "before": an_output("before"), "error": an_output("error")}
    began_at = monotonic()
    record = await platform.run(make_graph(nodes, ["bad.value -> before.value", "bad.error -> error.value"]))
    assert monotonic() - began_at < seconds
    (row,) = executions_of(record, "bad")
    assert (row["status"], row["error"]["code"]) == ("FAILED", code)
    assert word in row["error"]["message"]
    assert len(row["error"]["message"]) <= MESSAGE_CHARS_MAX
    assert (record["status"], record["outputs"]["error"]) == ("COMPLETED", [row["error"]["message"]])
    if code != "BLOCK_STALLED" or kind == "busy loop":
        assert record["outputs"]["before"] == [1]
    await is_well(platform)


@pytest.mark.parametrize("kind", ["ten megabytes timeout", "wordless timeout"])
async def test_a_passing_failure_that_cannot_be_shown_is_tried_again_like_any_other(platform: Platform, kind):
    policy = {"timeout_seconds": 5, "retry": {"attempts": 2, "first_wait_seconds": 0}}
    record = await platform.run(make_graph({"bad": (Hostile, {"kind": kind}, policy)}), seconds=20)
    (row,) = executions_of(record, "bad")
    assert (row["status"], len(row["attempts"])) == ("FAILED", 2)
    await is_well(platform)


async def test_what_runs_beside_a_block_that_holds_the_worker_is_done_all_the_same(platform: Platform):
    limits = {"timeout_seconds": 60, "retry": {"attempts": 1}}
    nodes = {"bad": (Hostile, {"kind": "sleep"}, limits), "numbers": (Numbers, {"count": 5}), "pass": Pass}
    nodes |= {"out": an_output()}
    links = ["numbers.number -> pass.value", "pass.value -> out.value"]
    record = await platform.run(make_graph(nodes, links))
    assert record["outputs"] == {"out": list(range(5))}
    assert executions_of(record, "bad")[0]["error"]["code"] == "BLOCK_STALLED"
