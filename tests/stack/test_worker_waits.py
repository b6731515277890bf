"""A worker that Temporal keeps waiting ends when it is told to, however long it would have waited."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from deploy.probing import until_usable
from deploy.programs import WORKER, command_of
from deploy.stack import ports
from tests.durable.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
#: A process takes seconds to load on a busy machine; one that heeds no signal waits for ever.
START_SECONDS, END_SECONDS = 60.0, 30.0


async def test_a_worker_without_temporal_ends_at_sigterm(tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{ports.choose()}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DRYSTONE_")},
        "DRYSTONE_DATA_DIR": str(tmp_path),
        "DRYSTONE_DATABASE_URL": f"postgresql+asyncpg://nobody@{nobody}/nothing",
        "DRYSTONE_TEMPORAL_ADDRESS": nobody,
    }
    worker = await asyncio.create_subprocess_exec(
        *command_of(WORKER, "engine"), cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
    )
    assert worker.stderr is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            while b"waiting for Temporal" not in await worker.stderr.readline():
                assert not worker.stderr.at_eof()
        worker.send_signal(signal.SIGTERM)
        async with asyncio.timeout(END_SECONDS):
            await worker.stderr.read()
            assert await worker.wait() == 0
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()


class _Refusing:
    """Temporal as a client sees it that may do nothing there."""

    namespace = "drystone"

    def __init__(self, status: RPCStatusCode) -> None:
        self.status, self.workflow_service = status, self

    async def describe_namespace(self, _request: Any, **_more: Any) -> None:
        raise RPCError("Request unauthorized.", self.status, b"")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (RPCStatusCode.UNAVAILABLE, "Temporal does not answer: UNAVAILABLE. Start it"),
        (
            RPCStatusCode.PERMISSION_DENIED,
            "PERMISSION_DENIED: Request unauthorized. Allow this worker DescribeNamespace",
        ),
    ],
)
async def test_a_temporal_that_refuses_to_be_looked_at_is_not_said_to_be_away(status: RPCStatusCode, said: str) -> None:
    problems, stopped = ["starting"], asyncio.Event()
    waiting = asyncio.create_task(until_usable(cast(Client, _Refusing(status)), stopped, problems))
    await eventually(lambda: said in problems[0])
    stopped.set()
    assert await waiting is False
