"""A client's session: the running stack where there is one, else an embedded one for as long as the command lasts."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from deploy.build import Stores, stores
from deploy.settings import Settings
from deploy.stack import Endpoints, Stack, using
from schema.db.engine import make_engine
from schema.db.migrate import upgrade
from schema.errors import DrystoneError

Say = Callable[[str], None]


class NoDatabase(DrystoneError):
    """No stack is running for this data folder, and no DRYSTONE_DATABASE_URL is set. Start one with `drystone dev`."""

    code = "NO_DATABASE"
    fault = "theirs"


def worker_command(*roles: str) -> Sequence[str]:
    """Give the command line of a worker process."""
    return [sys.executable, "-m", "deploy", "worker", *(f"--role={role}" for role in roles)]


async def migrate(endpoints: Endpoints) -> None:
    """Bring an embedded stack's database up to date."""
    engine = make_engine(endpoints.database_url, pool_size=1)
    try:
        await upgrade(engine)
    finally:
        await engine.dispose()


def embedded(settings: Settings, workers: dict[str, Sequence[str]], say: Say) -> Stack:
    """Make the embedded stack of these settings."""
    return Stack(
        settings.data_dir,
        worker_commands=workers,
        migrate=migrate,
        environment=settings.environment,
        on_event=say,
    )


@asynccontextmanager
async def session(settings: Settings, say: Say, *, is_starting: bool = False) -> AsyncIterator[tuple[Settings, Stores]]:
    """Give the settings and stores of the stack to work with. Where none runs and `is_starting`, one is started, and
    stopped at the end when no other client uses it."""
    if settings.database_url is not None:
        async with _opened(settings) as both:
            yield both
        return
    async with using(settings.data_dir) as endpoints:
        if endpoints is not None:
            async with _opened(settings.at(endpoints)) as both:
                yield both
            return
    if not is_starting:
        raise NoDatabase
    say("No stack is running: starting an embedded one for this command.")
    stack = embedded(settings, {"worker": worker_command("engine", "platform", "blocks")}, lambda _text: None)
    endpoints = await stack.start()
    try:
        async with _opened(settings.at(endpoints)) as both:
            yield both
    finally:
        await stack.stop_when_unused()


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[Settings, Stores]]:
    kept = stores(settings, "drystone cli")
    try:
        yield settings, kept
    finally:
        await kept.engine.dispose()
