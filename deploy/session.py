"""A client's session: the running stack where there is one, else an embedded one for as long as the command lasts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Final

from deploy.build import Stores, stores
from deploy.owner import ensure_owner
from deploy.settings import Settings
from deploy.stack import Endpoints, Stack, StackError, using
from deploy.stack.logfile import tail
from schema.db.engine import make_engine
from schema.db.migrate import upgrade
from schema.errors import DrystoneError

Say = Callable[[str], None]

#: Deaths in a row after which a worker is not waited for any more, and how young each of them must have been. A worker
#: that cannot start dies within a few seconds, also on a busy machine.
DEATHS_MAX: Final = 3
YOUNG_SECONDS: Final = 15.0
WATCH_SECONDS: Final = 0.25


class NoDatabase(DrystoneError):
    """No stack is running for this data folder, and no DRYSTONE_DATABASE_URL is set. Start one with `drystone dev`."""

    code = "NO_DATABASE"
    fault = "theirs"


class StackFailed(DrystoneError):
    """The embedded stack cannot be started."""

    code = "STACK_FAILED"
    fault = "world"


class WorkerKeepsDying(DrystoneError):
    """A worker died again and again, so nothing runs."""

    code = "NO_WORKER"
    fault = "world"


@dataclass(frozen=True)
class Session:
    """The stack to work with. `is_passing`: it was started for this command and ends with it."""

    settings: Settings
    stores: Stores
    is_passing: bool = False


def worker_command(*roles: str) -> Sequence[str]:
    """Give the command line of a worker process."""
    return [sys.executable, "-m", "deploy", "worker", *(f"--role={role}" for role in roles)]


async def migrate(endpoints: Endpoints) -> None:
    """Bring an embedded stack's database up to date, and see that it has an owner."""
    engine = make_engine(endpoints.database_url, pool_size=1)
    try:
        await upgrade(engine)
        await ensure_owner(engine, endpoints.data_dir)
    finally:
        await engine.dispose()


def api_command() -> Sequence[str]:
    """Give the command line of an API process."""
    return [sys.executable, "-m", "deploy", "api"]


def embedded(settings: Settings, workers: dict[str, Sequence[str]], say: Say, *, has_api: bool = False) -> Stack:
    """Make the embedded stack of these settings."""
    return Stack(
        settings.data_dir,
        worker_commands=workers,
        api_command=api_command() if has_api else None,
        migrate=migrate,
        environment=settings.environment,
        on_event=say,
    )


async def start(stack: Stack) -> Endpoints:
    """Start an embedded stack; raise StackFailed saying why it cannot be."""
    try:
        return await stack.start()
    except StackError as error:
        raise StackFailed(str(error)) from error


@asynccontextmanager
async def living_workers(stack: Stack, names: Iterable[str]) -> AsyncIterator[None]:
    """Run the block while the workers live: one that keeps dying ends it with WorkerKeepsDying and the end of its log."""
    try:
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(_watch(stack, tuple(names)))
            yield
            watch.cancel()
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _watch(stack: Stack, names: Sequence[str]) -> None:
    born = dict.fromkeys(names, monotonic())
    seen = {name: stack.restarts(name) for name in names}
    deaths = dict.fromkeys(names, 0)
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        for name in names:
            if stack.restarts(name) == seen[name]:
                continue
            is_young = monotonic() - born[name] < YOUNG_SECONDS
            deaths[name] = (deaths[name] if is_young else 0) + stack.restarts(name) - seen[name]
            born[name], seen[name] = monotonic(), stack.restarts(name)
            if deaths[name] >= DEATHS_MAX:
                log = stack.data_dir / "logs" / f"{name}.log"
                raise WorkerKeepsDying(f"{name} died {deaths[name]} times in a row. Its log {log} ends:\n{tail(log)}")


@asynccontextmanager
async def session(settings: Settings, say: Say, *, is_starting: bool = False) -> AsyncIterator[Session]:
    """Give the stack to work with. Where none runs and `is_starting`, one is started, and stopped at the end when no
    other client uses it."""
    if settings.database_url is not None:
        async with _opened(settings) as opened:
            yield opened
        return
    async with using(settings.data_dir) as endpoints:
        if endpoints is not None:
            async with _opened(settings.at(endpoints)) as opened:
                yield opened
            return
    if not is_starting:
        raise NoDatabase
    say("No stack is running: starting an embedded one for this command.")
    stack = embedded(settings, {"worker": worker_command("engine", "platform", "blocks")}, lambda _text: None)
    endpoints = await start(stack)
    try:
        async with living_workers(stack, ["worker"]), _opened(settings.at(endpoints), is_passing=True) as opened:
            yield opened
    finally:
        await stack.stop_when_unused()


@asynccontextmanager
async def _opened(settings: Settings, *, is_passing: bool = False) -> AsyncIterator[Session]:
    kept = stores(settings, "drystone cli")
    try:
        yield Session(settings, kept, is_passing)
    finally:
        await kept.engine.dispose()
