"""One supervised child process: started, waited for, revived when it dies, stopped; never two at a time.

    NEW --start--> RUNNING --it dies--> WAITING --backoff--> RUNNING ...        any --stop--> STOPPED

Each child has a session of its own, so a Ctrl-C in the terminal reaches the supervisor only, which then
decides the order in which things end. It dies with the supervisor where the system can do that (Linux; see
`tether`); what survives elsewhere is found by its mark at the next start.

The tether is bound to the *thread* that forked: run the supervisor's event loop in the main thread.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.stack.errors import ChildDied, ChildNeverReady, StackError
from deploy.stack.logfile import cut_if_long, tail
from deploy.stack.processes import Identity
from deploy.stack.tether import tethered

READY_SECONDS = 60.0
READY_POLL_SECONDS = 0.05
ANSWER_SECONDS = 5.0
BACKOFF_FIRST_SECONDS, BACKOFF_MAX_SECONDS = 0.2, 5.0
HEALTHY_SECONDS = 30.0  # Who lived this long starts again with the first backoff.
LOG_CHECK_SECONDS = 30.0


async def _at_once(pid: int) -> bool:
    return True


async def _nothing() -> None:
    return None


@dataclass(frozen=True)
class ChildSpec:
    """What to run and how. `is_ready` asks once; `prepare` runs before each start and may remove what is in
    the way."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    wrapper: Sequence[str] = ()
    user_id: int | None = None
    is_ready: Callable[[int], Awaitable[bool]] = _at_once
    prepare: Callable[[], Awaitable[None]] = _nothing
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    # A child without its supervisor has lost the others as well: there is nothing it could end gracefully.
    death_signal: signal.Signals = signal.SIGKILL

    def argv(self) -> list[str]:
        return tethered(self.command, death_signal=self.death_signal, user_id=self.user_id, wrapper=self.wrapper)


class Child:
    """Keeps the process of one `ChildSpec` alive from `start` to `stop`."""

    def __init__(self, spec: ChildSpec, on_event: Callable[[str], None], on_spawn: Callable[[], None]) -> None:
        self.spec = spec
        self.restarts = 0
        self.identity: Identity | None = None
        self._on_event, self._on_spawn = on_event, on_spawn
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The pid of the live process, or None between two lives."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it is ready; from then on it is started again whenever it dies."""
        assert self._watcher is None, "a child is started once"
        await self._live()
        self._watcher = asyncio.create_task(self._watch(), name=f"watch {self.spec.name}")

    async def stop(self) -> None:
        """Ask it to end, insist when its patience is over, and return when it is gone."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait([self._watcher])
            self._watcher = None
        await self._end(self.spec.stop_signal, self.spec.stop_seconds)

    async def _live(self) -> None:
        """Begin one life: prepare, spawn, and wait until it is ready. Leave nothing running on failure."""
        await self.spec.prepare()
        try:
            await self._spawn()
            await self._until_ready()
        except BaseException:
            await self._end(signal.SIGKILL, 0.0)
            raise

    async def _spawn(self) -> None:
        cut_if_long(self.spec.log)
        log = os.open(self.spec.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.spec.argv(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.spec.environment},
                start_new_session=True,
            )
        finally:
            os.close(log)
        self.identity = Identity.of(self._process.pid)
        self._on_spawn()

    async def _until_ready(self) -> None:
        assert self._process is not None
        process, spec = self._process, self.spec
        try:
            async with asyncio.timeout(READY_SECONDS):
                while process.returncode is None:
                    if await self._answers(process.pid):
                        return
                    await asyncio.sleep(READY_POLL_SECONDS)
        except TimeoutError as error:
            raise ChildNeverReady(name=spec.name, seconds=READY_SECONDS, log=spec.log, tail=tail(spec.log)) from error
        raise ChildDied(name=spec.name, code=process.returncode, log=spec.log, tail=tail(spec.log))

    async def _answers(self, pid: int) -> bool:
        """Ask once. An answer that takes too long is none."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self.spec.is_ready(pid)
        except TimeoutError:
            return False

    async def _watch(self) -> None:
        """Start it again whenever it dies, for ever, later each time it dies young."""
        clock = asyncio.get_running_loop().time
        backoff = BACKOFF_FIRST_SECONDS
        while True:
            since = clock()
            code = await self._until_dead()
            backoff = BACKOFF_FIRST_SECONDS if clock() - since > HEALTHY_SECONDS else backoff
            self._on_event(f"{self.spec.name} ended with exit code {code}; starting it again in {backoff:.1f} s")
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, BACKOFF_MAX_SECONDS)
            self.restarts += 1
            await self._revive()

    async def _revive(self) -> None:
        try:
            await self._live()
        except StackError as error:
            self._on_event(str(error))
        except OSError as error:
            self._on_event(f"{self.spec.name} could not be started: {error}")
        else:
            self._on_event(f"{self.spec.name} runs again as process {self.pid}")

    async def _until_dead(self) -> int:
        assert self._process is not None
        while True:
            try:
                async with asyncio.timeout(LOG_CHECK_SECONDS):
                    code = await self._process.wait()
            except TimeoutError:
                cut_if_long(self.spec.log)
            else:
                signal_group(self._process.pid, signal.SIGKILL)  # What it started must not outlive it.
                return code

    async def _end(self, first: signal.Signals, patience_seconds: float) -> None:
        """Signal its whole group: `first`, and KILL after its patience."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        signal_group(process.pid, first)
        try:
            async with asyncio.timeout(patience_seconds):
                await process.wait()
        except TimeoutError:
            signal_group(process.pid, signal.SIGKILL)
            await process.wait()
        signal_group(process.pid, signal.SIGKILL)  # What it started must not outlive it.


def signal_group(pid: int, how: signal.Signals) -> None:
    try:
        os.killpg(pid, how)
    except (ProcessLookupError, PermissionError):
        pass  # It is gone, which is what a signal is sent for here. (macOS forbids to signal a zombie.)
