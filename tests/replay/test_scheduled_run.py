"""ScheduledRun repeats the histories that it made; one that does something else first is seen."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from temporalio import workflow
from temporalio.worker import Replayer

# Private, and the one place that says in what production runs workflows.
from deploy.worker import _runner
from tests.replay.scheduled import CASES, FOLDER, read
from workflows.names import SCHEDULED_RUN
from workflows.scheduled_run import ScheduledRun


@workflow.defn(name=SCHEDULED_RUN, sandboxed=False)
class Sleepy:
    """What runs would meet if somebody changed the workflow without a thought."""

    @workflow.run
    async def run(self, schedule_id: str) -> Any:
        await workflow.sleep(1)


async def failure(kind: type, name: str) -> Exception | None:
    with ThreadPoolExecutor(max_workers=1) as threads:
        replayer = Replayer(workflows=[kind], workflow_runner=_runner(False), workflow_task_executor=threads)
        return (await replayer.replay_workflow(read(name), raise_on_replay_failure=False)).replay_failure


def test_every_case_has_its_history() -> None:
    assert {path.name.removesuffix(".json.gz") for path in FOLDER.iterdir()} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_workflow_of_today_repeats_it(name: str) -> None:
    assert asyncio.run(failure(ScheduledRun, name)) is None


@pytest.mark.parametrize("name", CASES)
def test_another_workflow_does_not(name: str) -> None:
    assert asyncio.run(failure(Sleepy, name)) is not None
