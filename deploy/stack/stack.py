"""The embedded stack as a whole: PostgreSQL, Temporal, then the workers; never more than one per data folder.

    claim the folder -> end what an earlier stack left -> PostgreSQL | Temporal -> migrate -> workers

Each of them is started again when it dies, on the same ports. The folder's lock is the truth about who owns
it; `stack.json` tells others where it answers. What survives a `kill -9` of everything: the two databases,
and a record that the next start recognises as stale.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from deploy.stack import folder, locks, ports, postgres, processes, record, remains, temporal
from deploy.stack.child import Child, ChildSpec
from deploy.stack.cluster import open_cluster
from deploy.stack.errors import ChildDied
from deploy.stack.postgres import Postgres
from deploy.stack.processes import MARK, Identity
from deploy.stack.record import Endpoints, Record

PORT_TRIES_MAX = 4
#: What a server says, in its log, whose port somebody else has.
IN_USE = "address already in use"
# Temporal's workers let their activities end for 30 s.
WORKER_STOP_SECONDS = 35.0
# Workers that were replaced and still end what they began: each has the memory of a whole worker.
LEAVING_MAX = 4
API = "api"
API_PREFERRED_PORT = 8080


def _silent(event: str) -> None:
    return None


class Stack:
    """PostgreSQL, Temporal and workers in one data folder, from `start` to `stop`.

    `worker_commands` are argument lists by name, and `api_command` is the API's, which listens on the port of
    `Endpoints.api_url`. They get `environment(endpoints)` on top of this process's
    own. `migrate` runs between the servers and the workers. `on_event` gets sentences for people."""

    def __init__(
        self,
        data_dir: Path,
        *,
        worker_commands: Mapping[str, Sequence[str]] = {},
        api_command: Sequence[str] | None = None,
        migrate: Callable[[Endpoints], Awaitable[None]] | None = None,
        environment: Callable[[Endpoints], Mapping[str, str]] | None = None,
        has_codec: bool = False,
        on_event: Callable[[str], None] = _silent,
    ) -> None:
        self.data_dir = folder.normal(data_dir)
        self.endpoints: Endpoints | None = None
        self._worker_commands = dict(worker_commands)
        self._api_command = api_command
        self._migrate, self._environment, self._on_event = migrate, environment, on_event
        #: Where the API has a Codec Server, its port is chosen before Temporal starts, whose UI is told of it.
        self.has_codec = has_codec and api_command is not None
        self._api_port = API_PREFERRED_PORT
        self._children: dict[str, Child] = {}
        #: What was replaced and ends in its own time.
        self._leaving: set[asyncio.Task[None]] = set()
        self._ports: set[int] = set()
        self._socket_dir: Path | None = None
        self._lock: int | None = None
        self._mark = {MARK: str(self.data_dir)}

    async def start(self) -> Endpoints:
        """Start everything, or nothing: a failure stops what was started, and raises a `StackError`."""
        assert self._lock is None, "a stack is started once"
        self._lock = folder.claim(self.data_dir)
        try:
            await remains.clear(self.data_dir, self._on_event)
            self._write_record()
            endpoints = await self._start_servers()
            if self._migrate is not None:
                await self._migrate(endpoints)
            # The API's port is chosen first: workers are told of it, too.
            endpoints = await self._start_api(endpoints)
            await self._start_workers(endpoints)
            self.endpoints = endpoints
            self._write_record()
        except BaseException:
            await self.stop()
            raise
        return endpoints

    async def stop(self) -> None:
        """Stop everything, the workers first. Does nothing when nothing runs."""
        if self._lock is None:
            return
        servers = [self._children.pop(name) for name in (postgres.NAME, temporal.NAME) if name in self._children]
        await asyncio.gather(*(worker.stop() for worker in self._children.values()), *self._leaving)
        await asyncio.gather(*(server.stop() for server in servers))
        self._children.clear()
        if self._socket_dir is not None:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
        self.endpoints = None
        record.remove(self.data_dir)
        locks.unlock(self._lock)
        self._lock = None

    async def replace(self, name: str) -> None:
        """Put a new process in the place of a worker or of the API, whose code has changed. A worker takes nothing more from
        here on and has its usual time to end what it began, beside the new one; the API, whose port is one, ends first."""
        while len(self._leaving) >= LEAVING_MAX:
            await asyncio.wait(self._leaving, return_when=asyncio.FIRST_COMPLETED)
        old = self._children[name]
        leaving = asyncio.create_task(old.stop(), name=f"stop {name}")
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
        if name == API:
            await leaving
        await self._start_child(old.spec)

    async def stop_when_unused(self) -> None:
        """Stop once no other process is inside `using`. Do not call it from inside `using`: it would wait
        for itself."""
        async with locks.held(self.data_dir / locks.USERS, shared=False):
            await self.stop()

    def pid(self, name: str) -> int | None:
        """The pid of "postgres", "temporal" or a worker; None between two lives."""
        return self._children[name].pid if name in self._children else None

    def restarts(self, name: str) -> int:
        return self._children[name].restarts

    async def __aenter__(self) -> Endpoints:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _start_servers(self) -> Endpoints:
        if self.has_codec:
            self._api_port = self._choose_port("the API", API_PREFERRED_PORT)
        database_url, chosen = await together(self._start_postgres(), self._start_temporal())
        return Endpoints(
            database_url=database_url,
            temporal_address=chosen.address,
            temporal_ui_url=chosen.ui_url,
            namespace=temporal.NAMESPACE,
            data_dir=self.data_dir,
        )

    async def _start_api(self, endpoints: Endpoints) -> Endpoints:
        """Start the API and wait until it listens itself; give the endpoints with its own. It keeps its port when it is
        started again. Were it not waited for, another stack's API on that port would be taken for it."""
        if self._api_command is None:
            return endpoints
        command = self._api_command

        def with_api(chosen: Sequence[int]) -> Endpoints:
            return replace(endpoints, api_url=f"http://{ports.HOST}:{chosen[0]}")

        def spec(chosen: Sequence[int]) -> ChildSpec:
            async def is_ready(pid: int) -> bool:
                return processes.listens_on(pid, chosen[0])

            return replace(self._worker_spec(API, command, with_api(chosen)), is_ready=is_ready)

        self._ports.discard(self._api_port)
        return with_api(await self._serve({"the API": self._api_port}, spec))

    async def _start_postgres(self) -> str:
        cluster = await open_cluster(self.data_dir, self._on_event)
        self._socket_dir = cluster.socket_dir
        (port,) = await self._serve(
            {"PostgreSQL": postgres.PREFERRED_PORT},
            lambda chosen: Postgres(cluster, *chosen).spec(self._mark),
        )
        return Postgres(cluster, port).url

    async def _start_temporal(self) -> temporal.TemporalPorts:
        codec = f"http://{ports.HOST}:{self._api_port}/codec" if self.has_codec else None
        chosen = await self._serve(
            {"Temporal": temporal.PREFERRED_PORT, "Temporal's UI": temporal.PREFERRED_UI_PORT},
            lambda chosen: temporal.spec(self.data_dir, temporal.TemporalPorts(*chosen), self._mark, codec),
        )
        return temporal.TemporalPorts(*chosen)

    async def _serve(self, wanted: Mapping[str, int], spec: Callable[[Sequence[int]], ChildSpec]) -> list[int]:
        """Start a server on its ports. Between choosing a port and listening on it somebody else may take
        it: then choose again."""
        tries = 0
        while True:
            chosen = [self._choose_port(what, preferred) for what, preferred in wanted.items()]
            try:
                await self._start_child(spec(chosen))
            except ChildDied as died:
                tries += 1
                # Who took it for an instant only, such as another stack that looks whether it is free, has left it by now.
                is_taken = IN_USE in str(died).lower() or not all(ports.is_free(port) for port in chosen)
                if tries == PORT_TRIES_MAX or not is_taken:
                    raise
            else:
                return chosen

    def _choose_port(self, what: str, preferred: int) -> int:
        port = ports.choose(preferred, taken=frozenset(self._ports))
        self._ports.add(port)
        if port != preferred:
            self._on_event(f"port {preferred} is in use; {what} listens on {port} instead")
        return port

    async def _start_workers(self, endpoints: Endpoints) -> None:
        specs = [self._worker_spec(name, command, endpoints) for name, command in self._worker_commands.items()]
        await asyncio.gather(*(self._start_child(spec) for spec in specs))

    def _worker_spec(self, name: str, command: Sequence[str], endpoints: Endpoints) -> ChildSpec:
        extra = self._environment(endpoints) if self._environment is not None else {}
        return ChildSpec(
            name=name,
            command=command,
            log=self.data_dir / "logs" / f"{name}.log",
            environment={**extra, **self._mark},
            stop_seconds=WORKER_STOP_SECONDS,
        )

    async def _start_child(self, spec: ChildSpec) -> None:
        child = self._children[spec.name] = Child(spec, self._on_event, self._write_record)
        await child.start()

    def _write_record(self) -> None:
        us = Identity.of(os.getpid())
        assert us is not None, "this process exists"
        children = {name: child.identity for name, child in self._children.items() if child.identity is not None}
        record.write(self.data_dir, Record(us, children, self.endpoints, str(self._socket_dir or "")))


async def together(
    first: Coroutine[Any, Any, str], second: Coroutine[Any, Any, temporal.TemporalPorts]
) -> tuple[str, temporal.TemporalPorts]:
    """Run both at once. When one fails the other is cancelled, and the first failure is raised plainly."""
    try:
        async with asyncio.TaskGroup() as group:
            one, two = group.create_task(first), group.create_task(second)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from failures
    return one.result(), two.result()
