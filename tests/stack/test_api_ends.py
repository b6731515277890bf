"""An API that a signal ends sends what it still has, and leaves in good order."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import httpx2
import pytest

from deploy.programs import API, command_of
from deploy.stack import ports
from tests.durable.waiting import eventually
from tests.observe.receiver import receiving

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS, END_SECONDS = 60.0, 30.0


@pytest.mark.long
async def test_an_api_that_sigterm_ends_sends_its_last_spans(tmp_path: Path) -> None:
    port, nobody = ports.choose(), f"127.0.0.1:{ports.choose()}"
    with receiving() as receiver:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DRYSTONE_")},
            "DRYSTONE_DATA_DIR": str(tmp_path),
            "DRYSTONE_DATABASE_URL": f"postgresql+asyncpg://nobody@{nobody}/nothing",
            "DRYSTONE_TEMPORAL_ADDRESS": nobody,
            "DRYSTONE_API_PORT": str(port),
            "DRYSTONE_OTLP_ENDPOINT": receiver.url,
        }
        api = await asyncio.create_subprocess_exec(
            *command_of(API), cwd=ROOT, env=environment, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:

                async def lives() -> bool:
                    try:
                        return (await http.get("/healthz")).status_code == 200
                    except httpx2.TransportError:
                        return False

                await eventually(lives, seconds=START_SECONDS)
                await http.get("/nothing-is-here")
            api.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(api.wait(), END_SECONDS) == 0
        finally:
            if api.returncode is None:
                api.kill()
                await api.wait()
        assert receiver.named("GET other")
