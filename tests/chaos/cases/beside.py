"""Workers beside the stack's own, or in their place: with another environment or another program, for a case; it judges nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from deploy.stack.child import ChildSpec
from tests.chaos.cases.world import World
from tests.chaos.nemesis import WORKERS

WORKER: Final = "deploy.worker_process"
CHANGED: Final = "tests.chaos.changed_worker"
STOP_SECONDS: Final = 40.0


@asynccontextmanager
async def beside(
    world: World, *roles: str, program: str = WORKER, like: str = "engine", **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Have another worker inside the block, with these variables on top of those of the part that it is like."""
    spec = world.child(like).spec
    own = {**os.environ, **spec.environment, **environment}
    log = spec.log.with_name(f"beside-{world.clock():.0f}.log")
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", program, *roles, env=own, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield process
    finally:
        await end(process)


async def end(process: asyncio.subprocess.Process, how: signal.Signals = signal.SIGTERM) -> None:
    """End a worker: it drains; one that does not is killed."""
    if process.returncode is not None:
        return
    process.send_signal(how)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


@asynccontextmanager
async def everywhere(world: World, variables: Mapping[str, str]) -> AsyncIterator[None]:
    """Have workers and the API with other variables inside the block; they are killed and started for that, twice."""
    parts = (*WORKERS, "api")
    plain = {part: world.child(part).spec for part in parts}
    try:
        await started_with(
            world, {part: replace(spec, environment={**spec.environment, **variables}) for part, spec in plain.items()}
        )
        yield
    finally:
        await started_with(world, plain)


async def started_with(world: World, specs: Mapping[str, ChildSpec]) -> None:
    """Kill parts, and start each as its new specification says."""
    await world.down(*specs)
    for part, spec in specs.items():
        world.child(part).spec = spec
    await world.up(*specs)
    await world.heal()


def preloaded(shift: str) -> Mapping[str, str] | None:
    """Give the variables by which a process sees its wall clock shifted, such as `+1d`; None where libfaketime is not installed."""
    for place in ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime"):
        library = f"{place}/libfaketimeMT.so.1"
        if os.path.exists(library):
            return {
                "LD_PRELOAD": library,
                "FAKETIME": shift,
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "DONT_FAKE_MONOTONIC": "1",
            }
    return None
