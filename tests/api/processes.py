"""API processes as a deployment starts them, to be killed; no test is here."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from deploy.settings import Settings
from deploy.stack import ports
from tests.api.serving import Api
from tests.durable.waiting import eventually
from tests.tidy.source import ROOT

START_SECONDS = 90.0


class ApiProcess:
    """`drystone api` on a platform's servers, always on the same port."""

    def __init__(self, settings: Settings) -> None:
        self.port = ports.choose()
        self.url = f"http://{ports.HOST}:{self.port}"
        mine = {name: value for name, value in os.environ.items() if not name.startswith("DRYSTONE_")}
        self._environment = {
            **mine,
            "DRYSTONE_DATA_DIR": str(settings.data_dir),
            "DRYSTONE_DATABASE_URL": str(settings.database_url),
            "DRYSTONE_TEMPORAL_ADDRESS": str(settings.temporal_address),
            "DRYSTONE_API_PORT": str(self.port),
            "DRYSTONE_EXTRA_BLOCK_MODULES": "tests.durable.blocks",
            "DRYSTONE_REQUESTS_PER_MINUTE": "1000000",
        }
        self._process: asyncio.subprocess.Process | None = None
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - read for as long as it is asked about.

    async def start(self) -> None:
        """Start it, and wait until it serves."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy", "api", cwd=ROOT, env=self._environment, stdout=self.log, stderr=self.log
        )
        async with httpx2.AsyncClient(timeout=5) as http:
            await eventually(lambda: self._serves(http), seconds=START_SECONDS)

    async def _serves(self, http: httpx2.AsyncClient) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, self.said
        try:
            return (await http.get(f"{self.url}/readyz")).status_code == 200
        except httpx2.HTTPError:
            return False

    async def kill(self) -> None:
        """End it with -9, in the middle of whatever it does."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()

    async def restart(self) -> None:
        await self.kill()
        await self.start()

    @property
    def said(self) -> str:
        return os.pread(self.log.fileno(), 1 << 20, 0).decode(errors="replace")


@asynccontextmanager
async def api_process(api: Api) -> AsyncIterator[ApiProcess]:
    """Start an API process on the platform of another API, and end it."""
    process = ApiProcess(api.platform.settings)
    try:
        await process.start()
        yield process
    finally:
        await process.kill()
        process.log.close()


class WorkerProcess:
    """`drystone worker` in every role on a platform's servers, to be killed."""

    def __init__(self, settings: Settings, **variables: str) -> None:
        mine = {name: value for name, value in os.environ.items() if not name.startswith("DRYSTONE_")}
        self._environment = {
            **mine,
            "DRYSTONE_DATA_DIR": str(settings.data_dir),
            "DRYSTONE_DATABASE_URL": str(settings.database_url),
            "DRYSTONE_TEMPORAL_ADDRESS": str(settings.temporal_address),
            "DRYSTONE_TEMPORAL_NAMESPACE": settings.temporal_namespace,
            **variables,
        }
        self._process: asyncio.subprocess.Process | None = None
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - read for as long as it is asked about.

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "deploy.worker_process",
            cwd=ROOT,
            env=self._environment,
            stdout=self.log,
            stderr=self.log,
        )

    async def kill(self) -> None:
        """End it with -9, in the middle of whatever it does."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()
