"""Blocks that tell the time, wait, or run another agent: their steps, one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from blocks.library.agent import AgentExecutor
from blocks.sdk import AwaitChild, ChildProgress, Sleep, StartChild
from blocks.sdk.stepping import run_step
from schema.errors import ChildFailed
from schema.inputs import prepare
from tests.blocks.conftest import BLOCKS, make_context


@pytest.mark.parametrize(
    ("block", "format_type", "text"),
    [
        ("GetCurrentTimeBlock", None, "12:34:56"),
        ("GetCurrentTimeBlock", {"discriminator": "strftime", "format": "%H:%M", "timezone": "Asia/Kolkata"}, "18:04"),
        ("GetCurrentTimeBlock", {"discriminator": "iso8601"}, "T12:34:56+00:00"),
        ("GetCurrentTimeBlock", {"discriminator": "iso8601", "include_microseconds": True}, "T12:34:56.789000+00:00"),
        ("GetCurrentTimeBlock", {"discriminator": "iso8601", "use_user_timezone": True}, "T12:34:56+00:00"),
        ("GetCurrentDateBlock", None, "2026-01-31"),
        ("GetCurrentDateBlock", {"discriminator": "iso8601", "timezone": "Pacific/Auckland"}, "2026-02-01"),
        ("GetCurrentDateAndTimeBlock", None, "2026-01-31 12:34:56"),
        (
            "GetCurrentDateAndTimeBlock",
            {"discriminator": "iso8601", "timezone": "America/New_York"},
            "2026-01-31T07:34:56-05:00",
        ),
    ],
)
async def test_the_time_is_told(run: Any, block: str, format_type: Any, text: str) -> None:
    inputs = {"trigger": "x"} | ({"format_type": format_type} if format_type else {})
    assert [value for _, value in (await run(block, inputs)).outputs] == [text]


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "../../etc/passwd", "America", "/etc/localtime", "", "a" * 10_000, "posixrules/x"]
)
async def test_an_unknown_time_zone_is_refused(fail: Any, zone: str) -> None:
    for block in ("GetCurrentTimeBlock", "GetCurrentDateBlock", "GetCurrentDateAndTimeBlock"):
        inputs = {"trigger": "x", "format_type": {"discriminator": "iso8601", "timezone": zone}}
        assert "no time zone" in await fail(block, inputs)


async def test_a_format_that_asks_for_a_wide_field_ends(run: Any) -> None:
    inputs = {"trigger": "x", "format_type": {"discriminator": "strftime", "format": "%1000000000d" * 40}}
    assert (await run("GetCurrentTimeBlock", inputs)).code in (None, "BLOCK_FAILED")


@pytest.mark.parametrize(
    ("offset", "day"), [(0, "2026-01-31"), ("7", "2026-01-24"), (-1, "2026-02-01"), ("1.0", "2026-01-30")]
)
async def test_a_date_of_days_ago(run: Any, offset: Any, day: str) -> None:
    assert (await run("GetCurrentDateBlock", {"trigger": "x", "offset": offset})).outputs == [("date", day)]


@pytest.mark.parametrize("offset", ["soon", "1.5", "nan", "9" * 30])
async def test_an_offset_that_is_no_day_is_refused(fail: Any, offset: Any) -> None:
    assert await fail("GetCurrentDateBlock", {"trigger": "x", "offset": offset})


async def test_a_clock_before_the_epoch_is_no_problem(run: Any) -> None:
    context = make_context(clock=lambda: datetime(1, 1, 1, tzinfo=UTC))
    inputs = {"trigger": "x", "format_type": {"discriminator": "iso8601", "timezone": "Asia/Tokyo"}}
    assert (await run("GetCurrentDateBlock", inputs, context)).error is None


@pytest.mark.parametrize(
    ("inputs", "slept", "count"),
    [
        ({"seconds": 1}, [1.0], 1),
        ({"seconds": "1.5", "minutes": "1", "hours": 1, "days": 1}, [90_061.5], 1),
        ({"minutes": 2, "repeat": 3}, [120.0] * 3, 3),
        ({"repeat": 2}, [], 2),
    ],
)
async def test_a_timer_waits_before_each_message(
    run: Any, inputs: dict[str, Any], slept: list[float], count: int
) -> None:
    outcome = await run("CountdownTimerBlock", inputs)
    assert outcome.outputs == [("output_message", "timer finished")] * count
    assert outcome.slept == slept


async def test_the_steps_of_a_timer() -> None:
    timer = BLOCKS["CountdownTimerBlock"]
    prepared = prepare(timer.spec, {"seconds": 5, "repeat": 2, "input_message": "m"})
    steps = [[item async for item in run_step(timer, prepared, make_context(step=step))] for step in range(3)]
    assert steps == [[Sleep(5.0)], [("output_message", "m"), Sleep(5.0)], [("output_message", "m")]]


@pytest.mark.parametrize(
    "inputs", [{"seconds": -1}, {"days": 4000}, {"hours": "long"}, {"repeat": 0}, {"seconds": "inf"}]
)
async def test_a_timer_that_cannot_be_set_is_refused(fail: Any, inputs: dict[str, Any]) -> None:
    assert await fail("CountdownTimerBlock", inputs)


AGENT = {
    "user_id": "",
    "graph_id": "g1",
    "graph_version": 7,
    "inputs": {"topic": "walls", "count": 1},
    "input_schema": {"type": "object", "properties": {"topic": {}, "count": {}, "list": {}}},
    "output_schema": {},
}


async def agent_step(raw: dict[str, Any], **context: Any) -> list[Any]:
    prepared = prepare(AgentExecutor.spec, raw)
    return [item async for item in run_step(AgentExecutor, prepared, make_context(**context))]


async def test_an_agent_is_started_with_its_inputs_and_pins_win() -> None:
    raw = {**AGENT, "count": 2, "list_$_0": "a", "topic": None, "stray": 1}
    expected = StartChild("g1", 7, {"topic": "walls", "count": 2, "list": ["a"]}, None)
    assert await agent_step(raw) == [expected]


async def test_an_agent_without_a_version_is_the_active_one_and_masks_go_along() -> None:
    masks = {"n1": {"value": 1}}
    assert await agent_step({"graph_id": "g1", "graph_version": None, "nodes_input_masks": masks}) == [
        StartChild("g1", None, {}, masks)
    ]


async def test_an_agents_outputs_are_given_on_as_they_come() -> None:
    going = ChildProgress(outputs=[("a", 1), ("b", None)])
    assert await agent_step(AGENT, step=1, child=going) == [("a", 1), ("b", None), AwaitChild()]
    ended = ChildProgress(outputs=[("a", 2)], status="COMPLETED")
    assert await agent_step(AGENT, step=2, child=ended) == [("a", 2)]


@pytest.mark.parametrize("status", ["FAILED", "TERMINATED"])
async def test_an_agent_that_did_not_complete_fails_its_node_after_its_outputs(status: str) -> None:
    child = ChildProgress(outputs=[("a", 1)], status=status, error="it broke")
    stream = run_step(AgentExecutor, prepare(AgentExecutor.spec, AGENT), make_context(step=1, child=child))
    assert await anext(stream) == ("a", 1)
    with pytest.raises(ChildFailed, match="it broke"):
        await anext(stream)


async def test_an_agent_needs_to_be_named(fail: Any) -> None:
    assert "graph_id" in await fail("AgentExecutorBlock", {}, "INVALID_INPUT")
