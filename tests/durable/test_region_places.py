"""Where a region is stepped through: blocks of the library in the engine, those of a package not, unless that is set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.platform import Platform
from tests.durable.pure_blocks import PurePass
from workflows.names import REGION


@pytest.fixture
def foreign(platform: Platform) -> Iterator[None]:
    """Let no block be of the library."""
    own, platform.registry._own = platform.registry._own, frozenset()
    yield
    platform.registry._own = own


async def places_of(platform: Platform) -> tuple[int, int]:
    """Run a fused graph; give how many regions ran within a workflow task, and how many as activities."""
    nodes = {"in": an_input("x"), "pass": PurePass, "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["in.result -> pass.value", "pass.value -> out.value"]), {"x": 1})
    await platform.end_of(run)
    history = await platform.handle(run).fetch_history()
    scheduled = [event.activity_task_scheduled_event_attributes.activity_type.name for event in history.events]
    markers = sum(event.HasField("marker_recorded_event_attributes") for event in history.events)
    return markers, scheduled.count(REGION)


async def test_blocks_of_the_library_run_in_the_engine(platform: Platform) -> None:
    assert await places_of(platform) == (1, 0)


async def test_blocks_of_a_package_run_in_a_worker_of_blocks(platform: Platform, foreign: None) -> None:
    _, activities = await places_of(platform)
    assert activities == 1


async def test_where_the_engine_is_to_run_no_block_it_runs_none(platform: Platform) -> None:
    before = platform.settings
    async with platform.asleep():
        platform.settings = before.model_copy(update={"engine_steps_regions": "none"})
    _, activities = await places_of(platform)
    async with platform.asleep():
        platform.settings = before
    assert activities == 1
