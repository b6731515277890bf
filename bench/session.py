"""A bench's session: an embedded stack in a folder of its own with the workers of ours and by hand, and the peers beside it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client

from bench.hand import Hand
from bench.installing import Spec
from bench.ours import Ours
from bench.peer import Peer, Program
from bench.side import Side
from bench.workloads import Workload
from deploy.build import Stores, stores
from deploy.connecting import connect
from deploy.roles import BESIDE_BLOCKS
from deploy.session import embedded, worker_command
from deploy.settings import Settings
from deploy.stack import Endpoints, Stack
from tests.durable.waiting import eventually

OURS: Final = {"engine": BESIDE_BLOCKS, "blocks": ("blocks",)}
BY_HAND: Final = ("workflows", "activities")
LOCAL: Final = "local"
#: Seconds after which a process that was killed is there again.
BACK_SECONDS: Final = 60.0


@dataclass
class Session:
    """What is measured with."""

    stack: Stack
    endpoints: Endpoints
    client: Client
    stores: Stores
    ours: Ours
    sides: list[Side]
    peers: list[Spec]
    programs: list[Program] = field(default_factory=list)

    def end_peers(self) -> None:
        """End the peers' programs."""
        for program in self.programs:
            program.end()

    def pid(self, name: str) -> int:
        """Give the id of one of the stack's processes."""
        pid = self.stack.pid(name)
        assert pid is not None, f"{name} does not run"
        return pid

    def pids(self, *names: str) -> dict[str, int]:
        """Give the ids of several, by name."""
        return {name: self.pid(name) for name in names}

    async def all_back(self) -> None:
        """Wait until every process of the stack runs."""
        names = [*OURS, *(f"hand-{role}" for role in (*BY_HAND, LOCAL))]
        await eventually(lambda: all(self.stack.pid(name) for name in names), seconds=BACK_SECONDS)

    async def server_version(self) -> str:
        """Give the version of Temporal's server."""
        info = await self.client.workflow_service.get_system_info(GetSystemInfoRequest())
        return str(info.server_version)


@asynccontextmanager
async def opened(
    specs: Sequence[Spec], chosen: Sequence[Workload], profile: Path | None = None
) -> AsyncIterator[Session]:
    """Start everything, and end it at the end."""
    # Our workers find the bench's own blocks by it.
    os.environ["DRYSTONE_EXTRA_BLOCK_MODULES"] = "bench.blocks"
    folder = Path(tempfile.mkdtemp(prefix="drystone-bench-"))
    settings = Settings(data_dir=folder, log_level="WARNING")
    stack = embedded(settings, _commands(profile), lambda _text: None)
    session: Session | None = None
    try:
        endpoints = await stack.start()
        found = settings.at(endpoints)
        client, kept = await connect(found), stores(found, "drystone bench")
        session = _session(stack, endpoints, client, kept)
        await _with_peers(session, specs, chosen)
        async with session.ours.listening():
            yield session
        await kept.engine.dispose()
    finally:
        if session is not None:
            session.end_peers()
            for program in session.programs:
                shutil.rmtree(program.folder, ignore_errors=True)
        await stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _session(stack: Stack, endpoints: Endpoints, client: Client, kept: Stores) -> Session:
    ours = Ours(kept, endpoints.database_url, client)
    session = Session(stack, endpoints, client, kept, ours, [ours], [])
    ours.processes = lambda: session.pids(*OURS, "temporal", "postgres")
    names = [f"hand-{role}" for role in BY_HAND]
    session.sides += [
        Hand(client, lambda: session.pids(*names, "temporal")),
        Hand(client, lambda: session.pids(f"hand-{LOCAL}", "temporal"), name="by hand, local", is_local=True),
    ]
    return session


async def _with_peers(session: Session, specs: Sequence[Spec], chosen: Sequence[Workload]) -> None:
    """Start the peers, all at once; who does not start is left out, and says so."""

    async def start(spec: Spec) -> Program | None:
        program = Program(spec, session.endpoints.database_url, chosen)
        session.programs.append(program)
        try:
            await program.start()
        except Exception as error:  # noqa: BLE001  A peer that does not start is not what is measured.
            print(f"{spec.key} does not start, and is left out: {error!r}", flush=True)
            return None
        return program

    for program in await asyncio.gather(*(start(spec) for spec in specs)):
        if program is not None:
            session.peers.append(program.spec)
            sides = program.spec.sides.items()
            session.sides += [Peer(program, name, mode, lambda: session.pid("postgres")) for name, mode in sides]


def _commands(profile: Path | None) -> dict[str, Sequence[str]]:
    ours = {name: list(worker_command(*roles)) for name, roles in OURS.items()}
    if profile is not None:
        profile.mkdir(exist_ok=True)
        for name, command in ours.items():
            at = command.index("-m")
            command[at : at + 2] = ["-m", "bench.profiled", str(profile.resolve() / f"{name}.prof")]
    hand = {f"hand-{role}": [sys.executable, "-m", "bench.by_hand", role] for role in (*BY_HAND, LOCAL)}
    return {**ours, **hand}
