"""A peer's side: a process of its own that is told, a line a request, what to run on a database of its own; it measures itself.

What it takes in processor time and memory is seen from outside. Its whole process group ends with the bench.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg

from bench.installing import Spec
from bench.measure import WARM_UP
from bench.ours import plain
from bench.peers.speaking import LINE_BYTES_MAX, Work
from bench.side import LEFT_OUT, RUN_SECONDS, Cannot, Sample
from bench.workloads import Workload

READY_SECONDS: Final = 300.0


@dataclass
class Program:
    """A peer's process."""

    spec: Spec
    #: The embedded PostgreSQL's address.
    url: str
    workloads: Sequence[Workload]
    folder: Path = field(init=False)
    _process: asyncio.subprocess.Process | None = None
    _groups: list[int] = field(default_factory=list)

    async def start(self) -> None:
        """Make its database and start it."""
        self.folder = Path(tempfile.mkdtemp(prefix=f"drystone-bench-{self.spec.key}-"))
        # A PostgreSQL of its own runs as a user that may only pass through here.
        self.folder.chmod(0o711)
        connection = await asyncpg.connect(plain(self.url))
        await connection.execute(f'CREATE DATABASE "{self._database}"')
        await connection.close()
        await self._start()

    @property
    def _database(self) -> str:
        return f"bench_{self.spec.key}"

    @property
    def pid(self) -> int:
        assert self._process is not None, "it was started"
        return self._process.pid

    async def _start(self) -> None:
        log = os.open(self.folder / "program.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.spec.command(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=LINE_BYTES_MAX,
                start_new_session=True,
                env={**os.environ, **self.spec.environment()},
            )
        finally:
            os.close(log)
        self._groups.append(self.pid)
        database = plain(self.url).rpartition("/")[0] + f"/{self._database}"
        first = {"database": database, "folder": str(self.folder), "works": [asdict(work) for work in self._works()]}
        await self._ask(first, READY_SECONDS)

    def _works(self) -> list[Work]:
        """Give all that it will be told to do: some must know that before they start."""
        works = [
            replace(one.part(self.spec.share * warm).work, mode=mode)
            for mode in self.spec.sides.values()
            for one in self.workloads
            for warm in (WARM_UP, 1.0)
            if one.key not in self.spec.left_out.get(mode, ())
        ]
        return list(dict.fromkeys(works))

    async def ask(self, what: dict[str, Any]) -> dict[str, Any]:
        """Ask something, of a new process where the last one was killed; raise Cannot."""
        if self._process is None or self._process.returncode is not None:
            await self._start()
        try:
            answer = await self._ask(what, RUN_SECONDS)
        except TimeoutError:
            # Its answer would be taken for that to the next request.
            os.killpg(self.pid, signal.SIGKILL)
            raise Cannot(f"not within {RUN_SECONDS:.0f} s") from None
        if "cannot" in answer:
            raise Cannot(answer["cannot"])
        return answer

    async def _ask(self, what: dict[str, Any], seconds: float) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")
        async with asyncio.timeout(seconds):
            line = await self._process.stdout.readline()
        if not line:
            raise Cannot(f"its process ended; see {self.folder / 'program.log'}")
        found: dict[str, Any] = json.loads(line)
        return found

    async def gone(self, pids: Sequence[int]) -> None:
        """Wait for its own process, where that is one of the killed."""
        if self._process is not None and self.pid in pids:
            await self._process.wait()

    def end(self) -> None:
        """End everything that it started, once: a number that ended may soon be another's."""
        while self._groups:
            try:
                os.killpg(self._groups.pop(), signal.SIGKILL)
            except ProcessLookupError:
                continue


@dataclass
class Peer:
    """One way in which a peer runs the workloads."""

    program: Program
    name: str
    mode: str
    postgres: Callable[[], int]

    @property
    def share(self) -> float:
        return self.program.spec.share

    def processes(self) -> dict[str, int]:
        """Give its program, and the stack's PostgreSQL where it uses that."""
        own = {self.program.spec.key: self.program.pid}
        return own if self.program.spec.has_own_postgres else {**own, "postgres": self.postgres()}

    async def sample(self, workload: Workload) -> Sample:
        """Do all runs of a workload once."""
        if workload.key in self.program.spec.left_out.get(self.mode, ()):
            raise Cannot(LEFT_OUT)
        answer = await self._ask("run", workload, f"run-{uuid4()}", runs=workload.runs, at_once=workload.at_once)
        return Sample(answer["seconds"], answer["walls"])

    async def known(self, sample: Sample) -> Sample:
        """Give the sample: Temporal knows nothing of it."""
        return sample

    async def begin(self, workload: Workload) -> tuple[str, list[int]]:
        """Begin a run."""
        key = f"kill-{uuid4()}"
        return key, (await self._ask("begin", workload, key))["victims"]

    def victims(self, begun: tuple[str, list[int]]) -> list[int]:
        """Give the processes of which its program said that they work."""
        return begun[1]

    async def finish(self, workload: Workload, begun: tuple[str, list[int]]) -> str:
        """Start it again, and hear what became of the run."""
        await self.program.gone(begun[1])
        return str((await self._ask("finish", workload, begun[0]))["how"])

    async def _ask(self, do: str, workload: Workload, key: str, **more: Any) -> dict[str, Any]:
        work = asdict(replace(workload.work, mode=self.mode))
        return await self.program.ask({"do": do, "work": work, "key": key, **more})
