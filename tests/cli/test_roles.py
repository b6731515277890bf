"""Roles of a worker process: each queue has one, each loop has one, and what a process of some roles does is that and no more."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.roles import QUEUES, Role, block_queues, role_of
from schema.block import Queue
from workflows.names import ENGINE_QUEUE, PLATFORM_QUEUE


def test_every_queue_has_a_role_of_its_own() -> None:
    assert set(QUEUES) == {ENGINE_QUEUE, PLATFORM_QUEUE, *Queue}
    assert len({role_of(queue) for queue in QUEUES}) == len(QUEUES)


def test_a_process_serves_the_queues_of_its_roles_only() -> None:
    assert block_queues([Role.SANDBOX, Role.ENGINE]) == [Queue.SANDBOX]
    assert block_queues([Role.IO, Role.CPU]) == [Queue.IO, Queue.CPU]
    assert block_queues([Role.BLOCKS]) == list(Queue) == block_queues(Role)
    assert block_queues([Role.STARTER, Role.RECONCILER, Role.ENGINE, Role.PLATFORM]) == []


def test_a_queue_that_the_platform_does_not_have_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DRYSTONE_DATABASE_URL", raising=False)
    result = CliRunner().invoke(app, ["worker", "--queue", "blocks-gpu"])
    assert result.exit_code == 2
    assert "blocks-gpu" in result.output
    assert "blocks-sandbox" in result.output
