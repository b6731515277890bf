"""The world that a case gets: a stack of processes, a client of its API, and the verbs that hurt it; it judges nothing.

Parts are called `engine`, `blocks-1`, `blocks-2`, `api`, `temporal` and `postgres`. What is killed the supervisor starts again;
what is taken `down` stays so until it is put `up`. Every question to the API is an operation that is counted, as `calm` or `fault`.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx2
import psutil
from sqlalchemy import text
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from api.graphql.ids import decode_uuid, encode_id
from deploy.build import Stores
from deploy.stack import Stack
from deploy.stack.child import Child
from schema.graph import Graph, write_graph
from schema.ids import workflow_id
from tests.chaos.cases.frame import ANSWERED, AWAY, BROKEN, CALM, FAULT, OK, REFUSED, Acknowledged, Operation
from tests.chaos.nemesis import WORKERS, are_dead, kill, pids_of
from tests.chaos.oracle import ENDED
from tests.chaos.suite import insist
from tests.durable.waiting import eventually

PARTS: Final = (*WORKERS, "api", "temporal", "postgres")
#: Codes with which an API says: come again.
COME_AGAIN: Final = frozenset({"UNAVAILABLE", "TIMEOUT", "RATE_LIMITED"})
#: How long a client of ours goes on asking, and how long something that heals itself may take.
INSIST_SECONDS: Final = 150.0
HEAL_SECONDS: Final = 90.0
#: How long the supervisor waits for a part that is taken down with SIGTERM; a worker drains for 30 s.
STOP_SECONDS: Final = 45.0

IMPORT: Final = (
    "mutation($input: ImportGraphInput!) { importGraph(input: $input) { graph { id } errors { code message } } }"
)
START: Final = (
    "mutation($input: StartRunInput!) { startRun(input: $input) { run { id status } errors { code message } } }"
)
CANCEL: Final = "mutation($input: CancelRunInput!) { cancelRun(input: $input) { run { id } errors { code message } } }"
SIGNAL: Final = (
    "mutation($input: SignalRunInput!) { signalRun(input: $input) { order { number } errors { code message } } }"
)
STATUS: Final = "query($id: ID!) { run(id: $id) { status } }"

_STATUSES: Final = text("SELECT id, status FROM runs WHERE id = ANY(:ids)")


class Away(Exception):
    """Nobody answered, or the answer was to come again."""


class Answered(Exception):
    """The API answered with errors; `codes` has the code of each."""

    def __init__(self, codes: list[str], said: str) -> None:
        super().__init__(f"{codes}: {said[:500]}")
        self.codes = codes


@dataclass(repr=False)  # It has a key, and is in what a failure says.
class World:
    """The stack and its client."""

    stack: Stack
    stores: Stores
    temporal: Client
    url: str
    token: str
    folder: Path
    choice: random.Random
    is_full: bool
    say: Callable[[str], None]
    http: httpx2.AsyncClient = field(default_factory=lambda: httpx2.AsyncClient(timeout=40))
    phase: str = CALM
    operations: list[Operation] = field(default_factory=list)
    acknowledged: list[Acknowledged] = field(default_factory=list)
    _graphs: dict[str, str] = field(default_factory=dict)
    _down: dict[str, Child] = field(default_factory=dict)
    _frozen: set[int] = field(default_factory=set)
    _ports: dict[str, list[socket.socket]] = field(default_factory=dict)

    # The client

    @property
    def sink(self) -> Path:
        """Give the file that counts effects: a line with its idempotency key for each."""
        return self.folder / "effects.txt"

    async def ask(self, query: str, *, token: str | None = None, **variables: Any) -> Any:
        """Send an operation once; give the data of its field. Raise Away, or Answered with the codes of its errors."""
        name = query.partition("{")[2].strip().partition("(")[0].partition(" ")[0]
        clock, phase = asyncio.get_running_loop().time, self.phase
        began = clock()
        outcome, said, data, codes = AWAY, "", None, list[str]()
        headers = {"Authorization": f"Bearer {token or self.token}"}
        try:
            body = {"query": query, "variables": variables}
            answer = await self.http.post(f"{self.url}/graphql", json=body, headers=headers)
            outcome, said, data, codes = read_answer(answer)
        except httpx2.TransportError as error:
            said = type(error).__name__
        self.operations.append(Operation(name, phase, began, clock() - began, outcome, said))
        if outcome in (AWAY, REFUSED):
            raise Away(said)
        if outcome != OK:
            raise Answered(codes, said)
        return data

    async def insist_on(self, query: str, **variables: Any) -> Any:
        """Send an operation that may be repeated, until it is answered."""
        deadline = asyncio.get_running_loop().time() + INSIST_SECONDS

        async def try_it() -> tuple[Any] | None:
            try:
                return (await self.ask(query, **variables),)
            except Away:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                return None

        (data,) = await eventually(try_it, seconds=2 * INSIST_SECONDS, pause_seconds=0.25)
        return data

    async def keep(self, graph: Graph) -> str:
        """Bring an agent in by the API; give its id. The same agent is brought in once."""
        if graph.id not in self._graphs:
            payload = await self.insist_on(IMPORT, input={"document": write_graph(graph)})
            self._graphs[graph.id] = payload["graph"]["id"]
        return self._graphs[graph.id]

    async def start(
        self,
        graph: Graph,
        inputs: Mapping[str, Any] | None = None,
        *,
        outputs: dict[str, list[Any]] | None = None,
        statuses: Sequence[str] = ("COMPLETED",),
        key: str | None = None,
        query: str = START,
    ) -> UUID:
        """Start a run as a careful client does: asked again under its key until it is acknowledged. Gives its id."""
        given = {"graphId": await self.keep(graph), "inputs": dict(inputs or {}), "idempotencyKey": key or str(uuid4())}
        payload = await self.insist_on(query, input=given)
        return self.note(payload["run"]["id"], outputs, statuses, given["idempotencyKey"])

    def note(
        self,
        run_id: str,
        outputs: dict[str, list[Any]] | None = None,
        statuses: Sequence[str] = ("COMPLETED",),
        key: str | None = None,
    ) -> UUID:
        """Note that the API acknowledged a run, and what must become of it; give its id."""
        return self.note_uuid(decode_uuid("Run", run_id), outputs, statuses, key)

    def note_uuid(
        self,
        found: UUID,
        outputs: dict[str, list[Any]] | None = None,
        statuses: Sequence[str] = ("COMPLETED",),
        key: str | None = None,
    ) -> UUID:
        """Note the same of a run that is known by its key."""
        if all(one.run_id != found for one in self.acknowledged):
            self.acknowledged.append(Acknowledged(found, outputs, frozenset(statuses), key))
        return found

    async def cancel(self, run_id: UUID, reason: str = "Chaos.") -> None:
        await self.insist_on(CANCEL, input={"id": encode_id("Run", run_id), "reason": reason})

    async def tell(self, run_id: UUID, name: str, payload: Any, key: str) -> int:
        """Send a run an event under a key, again until it is taken in; give the number of its order."""
        asked = {"runId": encode_id("Run", run_id), "name": name, "payload": payload, "idempotencyKey": key}
        return int((await self.insist_on(SIGNAL, input={**asked, "waitSeconds": 0}))["order"]["number"])

    async def status(self, run_id: UUID) -> str:
        return str((await self.insist_on(STATUS, id=encode_id("Run", run_id)))["status"])

    @asynccontextmanager
    async def under_fault(self) -> AsyncIterator[None]:
        """Count what is asked inside the block as asked under a fault."""
        self.phase = FAULT
        try:
            yield
        finally:
            self.phase = CALM

    @asynccontextmanager
    async def load(self, begin: Callable[[int], Awaitable[UUID]], per_second: float) -> AsyncIterator[list[UUID]]:
        """Begin runs at a rate inside the block; give the list that their ids are added to. Behind it all are acknowledged."""
        run_ids: list[UUID] = []
        tasks: list[asyncio.Task[None]] = []
        stopped = asyncio.Event()

        async def one(number: int) -> None:
            run_ids.append(await begin(number))

        async def go() -> None:
            while not stopped.is_set():
                tasks.append(asyncio.create_task(one(len(tasks))))
                await self.passing(1 / per_second)

        going = asyncio.create_task(go())
        try:
            yield run_ids
        finally:
            stopped.set()
            await going
            await asyncio.gather(*tasks)

    # Waiting

    def clock(self) -> float:
        """Give the seconds of a clock that only goes forward."""
        return asyncio.get_running_loop().time()

    async def passing(self, seconds: float) -> None:
        """Let time pass: a fault lasts as long as it is said to."""
        clock = asyncio.get_running_loop().time
        if seconds <= 0:
            return
        over = clock() + seconds
        await eventually(lambda: clock() >= over, seconds=seconds + 60, pause_seconds=min(0.1, seconds / 4 + 0.001))

    async def until(self, condition: Callable[[], Any], seconds: float = 60.0) -> Any:
        return await eventually(condition, seconds=seconds, pause_seconds=0.05)

    async def until_status(self, run_ids: Sequence[UUID], statuses: Sequence[str], seconds: float = 60.0) -> None:
        """Wait until each of these runs has one of these states, as PostgreSQL says."""

        async def have_it() -> bool:
            found = await self.statuses(run_ids)
            return len(found) == len(set(run_ids)) and all(one in statuses for one in found.values())

        await eventually(have_it, seconds=seconds, pause_seconds=0.1)

    async def until_ended(self, run_ids: Sequence[UUID], seconds: float = 90.0) -> None:
        await self.until_status(run_ids, sorted(ENDED), seconds)

    async def statuses(self, run_ids: Sequence[UUID]) -> dict[UUID, str]:
        rows = await self.sql(_STATUSES, ids=list(run_ids))
        return {row.id: row.status for row in rows}

    async def until_settled(self, run_id: UUID, seconds: float) -> None:
        """Wait until Temporal says of a run what PostgreSQL says, or for so long: the oracle judges what is then."""

        async def is_settled() -> bool:
            status = (await self.statuses([run_id]))[run_id]
            try:
                described = (await self.handle(run_id).describe()).status
            except RPCError:
                return status in ENDED
            return (described is not None and described.name == "RUNNING") is (status not in ENDED)

        try:
            await eventually(is_settled, seconds=seconds, pause_seconds=0.1)
        except AssertionError:
            return

    # What stands behind the API

    async def sql(self, statement: Any, **arguments: Any) -> Sequence[Any]:
        """Run a statement, again and again where PostgreSQL is away: it must be one that may be repeated."""
        asked = text(statement) if isinstance(statement, str) else statement

        async def look() -> Sequence[Any]:
            async with self.stores.engine.begin() as connection:
                result = await connection.execute(asked, arguments)
                return result.all() if result.returns_rows else []

        return await insist(look)

    def handle(self, run_id: UUID) -> WorkflowHandle[Any, Any]:
        return self.temporal.get_workflow_handle(workflow_id(run_id))

    def delivered(self) -> Counter[str]:
        """Give how often each effect happened, by its idempotency key."""
        return Counter(self.sink.read_text().split()) if self.sink.exists() else Counter()

    # The verbs that hurt

    def child(self, part: str) -> Child:
        """Give the supervisor's hold on a part. It is the supervisor's own; only here is it taken out of its hands."""
        return self._down.get(part) or self.stack._children[part]

    async def kill(self, *parts: str) -> list[int]:
        """Kill parts with -9, and all that is below them; the supervisor starts them again. Gives the processes, now dead."""
        pids = [pid for part in parts for pid in pids_of(self.stack, part)]
        for pid in pids:
            kill(pid)
        assert await are_dead(pids)
        return pids

    async def reborn(self, parts: Sequence[str], dead: Sequence[int]) -> None:
        """Wait until parts live again, as other processes."""
        await eventually(lambda: all(self.stack.pid(part) not in (None, *dead) for part in parts), seconds=HEAL_SECONDS)

    async def down(self, *parts: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End parts, and keep the supervisor from starting them again."""
        await asyncio.gather(*(self._end(part, how) for part in parts))

    async def _end(self, part: str, how: signal.Signals) -> None:
        child = self.child(part)
        below = pids_of(self.stack, part)
        plain = child.spec
        child.spec = replace(plain, stop_signal=how, stop_seconds=STOP_SECONDS)
        try:
            await child.stop()
        finally:
            child.spec = plain
        self._down[part] = child
        self._ports[part] = [_hold(port) for port in self._ports_of(part)]
        if how is signal.SIGKILL:
            # PostgreSQL's backends have sessions of their own.
            for pid in below:
                kill(pid)
            await are_dead(below) if below else None

    async def up(self, *parts: str) -> None:
        """Start again what was taken down, and wait until it is ready."""
        await asyncio.gather(*(self._begin(part) for part in parts if part in self._down))

    async def _begin(self, part: str) -> None:
        for held in self._ports.pop(part, []):
            held.close()
        await self._down[part].start()
        del self._down[part]

    def _ports_of(self, part: str) -> list[int]:
        """Give the ports of a part: while it is down they are held, or another stack of this machine would take them."""
        endpoints = self.stack.endpoints
        assert endpoints is not None
        urls = {
            "temporal": [f"tcp://{endpoints.temporal_address}", endpoints.temporal_ui_url],
            "postgres": [endpoints.database_url],
            "api": [endpoints.api_url],
        }
        return [urlsplit(url).port or 0 for url in urls.get(part, []) if url]

    @asynccontextmanager
    async def temporal_with(self, setting: str, value: int) -> AsyncIterator[None]:
        """Have Temporal run with another dynamic setting inside the block: it is stopped and started for that, twice."""
        plain = self.child("temporal").spec
        await self.down("temporal", how=signal.SIGTERM)
        words = [*plain.command, "--dynamic-config-value", f"{setting}={value}"]
        self.child("temporal").spec = replace(plain, command=words)
        try:
            await self.up("temporal")
            yield
        finally:
            await self.down("temporal", how=signal.SIGTERM)
            self.child("temporal").spec = plain
            await self.up("temporal")

    def freeze(self, pid: int) -> None:
        """Stop a process where it stands: it is there, and does nothing."""
        os.kill(pid, signal.SIGSTOP)
        self._frozen.add(pid)

    def thaw(self, pid: int) -> None:
        self._frozen.discard(pid)
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass  # It was killed meanwhile.

    async def heal(self) -> None:
        """Put everything up, and wait until the API can serve and every worker lives."""
        for pid in list(self._frozen):
            self.thaw(pid)
        order = ("postgres", "temporal", *WORKERS, "api")
        for part in order:
            await self.up(part)
        await eventually(self._is_well, seconds=HEAL_SECONDS, pause_seconds=0.2)

    async def _is_well(self) -> bool:
        if any(not _lives(self.stack.pid(part)) for part in PARTS):
            return False
        try:
            return bool((await self.http.get(f"{self.url}/readyz")).status_code == 200)
        except httpx2.TransportError:
            return False


def _hold(port: int) -> socket.socket:
    """Take a port without listening: who connects is refused, and nobody else can have it."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", port))
    return held


def read_answer(answer: httpx2.Response) -> tuple[str, str, Any, list[str]]:
    """Give how an answer ended, what it said, its data and its codes."""
    try:
        document = answer.json()
        assert isinstance(document, dict)
    except (ValueError, AssertionError):
        return (
            (REFUSED if answer.status_code in (429, 503) else BROKEN),
            f"{answer.status_code} {answer.text[:300]}",
            None,
            [],
        )
    errors = document.get("errors") or []
    codes = [str(error.get("extensions", {}).get("code")) for error in errors]
    data = next(iter((document.get("data") or {}).values()), None)
    if not errors and isinstance(data, dict) and data.get("errors"):
        errors, codes = data["errors"], [str(error["code"]) for error in data["errors"]]
    if not errors:
        return OK, "", data, []
    said = f"{answer.status_code} {str(errors)[:300]}"
    if set(codes) & COME_AGAIN:
        return REFUSED, said, None, codes
    return (BROKEN if "INTERNAL" in codes or "Traceback" in answer.text else ANSWERED), said, None, codes


def _lives(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
