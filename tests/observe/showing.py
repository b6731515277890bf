"""A stack in processes of their own, as an operator runs them, with an address for operators each; no test is here."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2

from deploy.programs import API, WORKER, command_of
from deploy.session import migrate
from deploy.settings import Settings
from deploy.stack import Stack, ports
from tests.durable.waiting import eventually
from tests.tidy.source import ROOT

#: Processes by name, with their roles.
WORKERS: Final = {
    "engine": ("engine", "platform", "starter"),
    "blocks": ("blocks-cpu", "blocks-long", "blocks-sandbox"),
    "blocks-io": ("blocks-io",),
    "reconciler": ("reconciler",),
}
API_NAME: Final = "api"
BLOCKS: Final = "tests.durable.blocks"
TRIES: Final = 5


@dataclass
class Shown:
    """What runs."""

    folder: Path
    variables: Mapping[str, str]
    api_url: str
    #: {process: host:port where it answers operators}.
    addresses: dict[str, str] = field(default_factory=dict)
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    async def begin(self, name: str, command: Sequence[str]) -> None:
        """Start a process under a name, and wait until it is ready."""
        address = self.addresses.setdefault(name, f"127.0.0.1:{ports.choose()}")
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = await asyncio.create_subprocess_exec(
                *command, cwd=ROOT, env={**self.variables, "DRYSTONE_OPS_ADDRESS": address}, stderr=log
            )
        await eventually(lambda: self.is_ready(name), seconds=400, pause_seconds=0.5)

    async def begin_worker(self, name: str) -> None:
        await self.begin(name, command_of(WORKER, *WORKERS[name]))

    async def is_ready(self, name: str) -> bool:
        try:
            return (await self.get(f"http://{self.addresses[name]}/readyz")).status_code == 200
        except httpx2.HTTPError:
            return False

    async def get(self, url: str, **parameters: str) -> httpx2.Response:
        async with httpx2.AsyncClient(timeout=10, trust_env=False) as client:
            return await client.get(url, params=parameters)

    async def ask(self, query: str, headers: Mapping[str, str] | None = None, **variables: Any) -> Any:
        """Ask the API, again where a busy machine took too long; give the one field of its answer."""
        body = {"query": query, "variables": variables}
        for _ in range(TRIES):
            async with httpx2.AsyncClient(timeout=60, trust_env=False) as client:
                answer = await client.post(f"{self.api_url}/graphql", json=body, headers=dict(headers or {}))
            document = answer.json()
            if "errors" not in document:
                return next(iter(document["data"].values()))
            assert document["errors"][0]["extensions"]["code"] == "TIMEOUT", document
        raise AssertionError(document)

    async def end(self, name: str) -> None:
        """End a process in good order."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        await process.wait()

    async def page(self, name: str) -> str:
        """Give the figures of a process."""
        return (await self.get(f"http://{self.addresses[name]}/metrics")).text

    def log(self, name: str) -> list[str]:
        return (self.folder / f"{name}.log").read_text().splitlines()


@asynccontextmanager
async def shown(folder: Path, otlp: str, **variables: str) -> AsyncIterator[Shown]:
    """Run an API and workers by queue on an embedded PostgreSQL and Temporal, their spans going to a collector."""
    api_port = ports.choose()
    async with Stack(folder / "data", migrate=migrate) as endpoints:
        own = Settings(data_dir=endpoints.data_dir).environment(endpoints)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("DRYSTONE_")}
        ours = {
            "DRYSTONE_API_PORT": str(api_port),
            "DRYSTONE_HAS_AUTHENTICATION": "false",
            "DRYSTONE_EXTRA_BLOCK_MODULES": BLOCKS,
            "DRYSTONE_OTLP_ENDPOINT": otlp,
        }
        found = Shown(folder, {**kept, **own, **ours, **variables}, f"http://127.0.0.1:{api_port}")
        try:
            await asyncio.gather(*map(found.begin_worker, WORKERS), found.begin(API_NAME, command_of(API)))
            yield found
        finally:
            await asyncio.gather(*map(found.end, list(found.processes)))


@asynccontextmanager
async def program(
    log: Path, command: Sequence[str], variables: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run somebody else's program inside the block."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **(variables or {})}, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
