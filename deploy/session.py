"""A command's session: the API that is set or running, else an embedded stack for as long as the command lasts."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from deploy.place import Address, FixedPlace, FolderPlace
from deploy.programs import API, BROWSER_SESSION, DATABASE, WORKER, command_of
from deploy.remote import Api, is_loopback, open_api
from deploy.settings import Settings
from deploy.stack import Endpoints, Stack, StackError, find_endpoints, using
from deploy.stack.logfile import tail
from deploy.stack.tether import tethered
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


class NoStack(DrystoneError):
    """No stack is running for this data folder, and no DRYSTONE_API_URL is set. Start one with `drystone dev`."""

    code = "NO_STACK"
    fault = "theirs"


class NoApi(DrystoneError):
    """The command line goes through the API: beside DRYSTONE_DATABASE_URL set DRYSTONE_API_URL, and DRYSTONE_TOKEN."""

    code = "NO_API"
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
    """The API to work with. `is_passing`: its stack was started for this command and ends with it."""

    api: Api
    is_passing: bool = False


def worker_command(*roles: str) -> Sequence[str]:
    """Give the command line of a worker process."""
    return command_of(WORKER, *roles)


def api_command() -> Sequence[str]:
    """Give the command line of an API process."""
    return command_of(API)


async def migrate(endpoints: Endpoints) -> None:
    """Bring an embedded stack's database up to date, and see that it has an owner and keys; in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *tethered(command_of(DATABASE, "embedded"), death_signal=signal.SIGKILL),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **Settings().environment(endpoints)},
        start_new_session=True,
    )
    try:
        _, said = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        raise StackFailed(f"The database could not be brought up to date: {said.decode(errors='replace').strip()}")


async def browser_token(settings: Settings, endpoints: Endpoints) -> str | None:
    """Give a token for a browser on this machine, by a process of its own; None where none could be had."""
    process = await asyncio.create_subprocess_exec(
        *tethered(command_of(BROWSER_SESSION), death_signal=signal.SIGKILL),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **settings.environment(endpoints)},
        start_new_session=True,
    )
    try:
        said, _ = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    return said.decode().strip() or None if process.returncode == 0 else None


def embedded(settings: Settings, workers: dict[str, Sequence[str]], say: Say, *, has_api: bool = False) -> Stack:
    """Make the embedded stack of these settings."""
    return Stack(
        settings.data_dir,
        worker_commands=workers,
        api_command=api_command() if has_api else None,
        migrate=migrate,
        environment=settings.environment,
        has_codec=settings.has_codec,
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
    """Give the API to work with: the settings' own, or the running stack's. Where none runs and `is_starting`, a stack is
    started, and stopped at the end when no other client uses it."""
    if settings.api_url is not None or settings.database_url is not None:
        async with open_api(_set_place(settings), say) as api:
            yield Session(api)
        return
    async with using(settings.data_dir, find_endpoints) as endpoints:
        if endpoints is not None:
            _need_api(endpoints)
            async with open_api(FolderPlace(endpoints.data_dir), say) as api:
                yield Session(api)
            return
    if not is_starting:
        raise NoStack
    say("No stack is running: starting an embedded one for this command.")
    async with _passing(settings, say) as opened:
        yield opened


@asynccontextmanager
async def _passing(settings: Settings, say: Say) -> AsyncIterator[Session]:
    workers = {"worker": worker_command()}
    stack = embedded(settings, workers, lambda _text: None, has_api=True)
    endpoints = await start(stack)
    try:
        async with living_workers(stack, ["worker", "api"]), open_api(FolderPlace(endpoints.data_dir), say) as api:
            await until_ready(api)
            yield Session(api, is_passing=True)
    finally:
        await stack.stop_when_unused()


async def until_ready(api: Api) -> None:
    """Wait until an API that was just started can serve; who keeps dying is `living_workers`' matter."""
    api.is_patient, say = True, api.say
    api.say = lambda _text: None
    await api.until_ready()
    api.is_patient, api.say = False, say


def _set_place(settings: Settings) -> FixedPlace:
    if settings.api_url is None:
        raise NoApi
    parts = urlsplit(settings.api_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NoApi(f"DRYSTONE_API_URL must be the http(s) address of an API, and is {settings.api_url!r}.")
    token = None if settings.token is None else settings.token.get_secret_value()
    url = settings.api_url.rstrip("/").removesuffix("/graphql")
    return FixedPlace(Address(url, token, "Set DRYSTONE_TOKEN to an API key of it."), is_loopback(url))


def _need_api(endpoints: Endpoints) -> None:
    if endpoints.api_url is None:
        raise NoApi(f"The stack of {endpoints.data_dir} has no API. Stop it, and start `drystone dev`.")
