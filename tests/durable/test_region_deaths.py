"""Regions whose worker dies: no step is taken that Temporal could forget, and what kills worker after worker is found out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from temporalio.testing import ActivityEnvironment

from activities.regions import FAULTS_MAX, LATE_SECONDS_MAX, RegionActivities
from schema.ids import LOCAL_TENANT
from tests.durable.blocks import Pass
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.histories import chain_of
from tests.durable.platform import Platform
from tests.durable.pure_blocks import PurePass
from tests.durable.twice import steps_of
from workflows.engine.events import DispatchRegion, Started
from workflows.engine.plan import compile_graph
from workflows.engine.region_flow import unfit_result
from workflows.engine.regions import STEPPED
from workflows.engine.scheduler import Scheduler
from workflows.names import REGION
from workflows.wire import ELSEWHERE, Header, RegionTask


@pytest.mark.long
@pytest.mark.parametrize(
    ("attempt", "world_failures", "expected"),
    [(1, 0, STEPPED), (FAULTS_MAX, 0, STEPPED), (FAULTS_MAX + 1, 0, unfit_result()[0]), (50, 49, STEPPED)],
)
async def test_a_region_whose_worker_died_again_and_again_is_given_up(
    platform: Platform, attempt: int, world_failures: int, expected: str
) -> None:
    links = ["in.result -> pass.value", "pass.value -> out.value"]
    graph = await platform.save(make_graph({"in": an_input("x"), "pass": PurePass, "out": an_output()}, links))
    (command,) = Scheduler(compile_graph(graph, platform.registry.specs)).feed(Started({"x": [0, 0, -1, 1]}))
    assert isinstance(command, DispatchRegion)
    task = RegionTask(1, 0, 0, command.first, command.room, command.numbers, list(command.part), None)
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt, heartbeat_details=[world_failures])
    async with platform.without_loops():
        run = await platform.submit(graph, {"x": 1})
        header = Header(str(run.id), str(LOCAL_TENANT), run.plan_hash, str(run.id), 0, "api", None)
        arguments: list[Any] = orjson.loads(orjson.dumps([header.to_lists(), task.to_lists()]))
        result, has_ended = await environment.run(RegionActivities(platform.tools).run_region, *arguments)
        assert (result[0], has_ended, await steps_of(platform, run)) == (expected, False, 1)
    # The run is told what stands.
    assert (await platform.end_of(run))["outputs"] == {"out": [1]}


async def test_only_regions_that_a_run_begins_with_are_stepped_through_within_a_workflow_task(
    platform: Platform,
) -> None:
    # One that follows would, where its worker died, go out again with what else has come: a signal comes before all else.
    nodes = {"in": an_input("x"), "first": PurePass, "between": Pass, "second": PurePass, "out": an_output()}
    links = ["in.result -> first.value", "first.value -> between.value", "between.value -> second.value"]
    run = await platform.submit(make_graph(nodes, [*links, "second.value -> out.value"]), {"x": 1})
    assert (await platform.end_of(run))["outputs"] == {"out": [1]}
    (history,) = await chain_of(platform, run)
    scheduled = [event.activity_task_scheduled_event_attributes.activity_type.name for event in history.events]
    assert [name for name in scheduled if name] == [Pass.name, REGION]
    assert await steps_of(platform, run) == 2


@pytest.mark.parametrize(("late_seconds", "steps"), [(0.0, 1), (LATE_SECONDS_MAX, 1), (LATE_SECONDS_MAX + 1, 0)])
async def test_a_region_with_which_a_run_cannot_begin_for_long_goes_elsewhere(
    platform: Platform, late_seconds: float, steps: int
) -> None:
    # The task of its beginning comes again and again: engines may be dying of this very step.
    links = ["in.result -> pass.value", "pass.value -> out.value"]
    graph = await platform.save(make_graph({"in": an_input("x"), "pass": PurePass, "out": an_output()}, links))
    (command,) = Scheduler(compile_graph(graph, platform.registry.specs)).feed(Started({"x": [0, 0, -1, 1]}))
    assert isinstance(command, DispatchRegion)
    task = RegionTask(1, 0, 0, command.first, command.room, command.numbers, list(command.part), None)
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, is_local=True)
    async with platform.without_loops():
        run = await platform.submit(graph, {"x": 1})
        header = Header(str(run.id), str(LOCAL_TENANT), run.plan_hash, str(run.id), 0, "api", None)
        arguments: list[Any] = orjson.loads(orjson.dumps([header.to_lists(), task.to_lists()]))
        region = RegionActivities(platform.tools, steps_here="all")
        said = await environment.run(region.run_region, *arguments, late_seconds)
        assert (said == [ELSEWHERE]) is (steps == 0)
        assert await steps_of(platform, run) == steps
    assert (await platform.end_of(run))["outputs"] == {"out": [1]}
