"""The command `drystone api` with any settings, also such as it must refuse; no test is here.

`tests.api.processes` has the process of a platform that is killed and started again; here it is the settings that matter.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from tests.durable.platform import Platform
from tests.durable.waiting import eventually
from tests.tidy.source import ROOT


@asynccontextmanager
async def process(**variables: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the command with these DRYSTONE_* variables and no others; end it behind the block."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DRYSTONE_")}
    environment = {**kept, **{f"DRYSTONE_{key.upper()}": value for key, value in variables.items()}}
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy", "api", cwd=ROOT, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield started
    finally:
        if started.returncode is None:
            started.terminate()
            await asyncio.wait_for(started.communicate(), 20)


async def serving(started: asyncio.subprocess.Process, url: str) -> None:
    """Wait until a process serves; fail with what it said where it ends instead."""
    async with httpx2.AsyncClient() as client:

        async def answers() -> bool:
            if started.returncode is not None:
                assert started.stderr is not None
                raise AssertionError((await started.stderr.read()).decode())
            try:
                return (await client.get(f"{url}/healthz")).status_code == 200
            except httpx2.TransportError:
                return False

        await eventually(answers, seconds=60)


def variables_of(platform: Platform, port: int) -> dict[str, str]:
    """Give the variables by which a process serves on a platform."""
    settings = platform.settings
    assert settings.database_url is not None
    return {
        "api_port": str(port),
        "database_url": settings.database_url,
        "temporal_address": str(settings.temporal_address),
        "temporal_namespace": settings.temporal_namespace,
        "data_dir": str(settings.data_dir),
    }
