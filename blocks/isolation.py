"""Running single blocks, each in a process of its own, a few at a time; a block can hang or break nothing but that.

A thread would not do: a block that holds the interpreter in C code (a pattern, a large number) stops every thread of its
process, and one that fills the memory ends it. A process is ended with certainty, starts in about half a second, and shares
nothing with the block that ran before, which may have been another organisation's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from blocks import process as block_process
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.block import Block
from schema.errors import Unavailable
from schema.values import encode

#: Processes at once: this is for trying a block, and the machine has other work.
AT_ONCE: Final = 2
#: Seconds that one waits for its turn, and that all of it takes at most: below the deadline of an operation of the API.
TURN_SECONDS: Final = 4.0
ALL_SECONDS: Final = 9.0
#: Seconds of one block, from the start of its process.
RUN_SECONDS: Final = 8.0
#: Bytes of JSON that a block may emit.
OUTPUT_BYTES_MAX: Final = 256 * 1024
#: Bytes of memory of a block's process.
MEMORY_BYTES_MAX: Final = 2 * 1024 * 1024 * 1024
_CHUNK_BYTES: Final = 64 * 1024
_FOLDER: Final = Path(block_process.__file__).parents[1]


@dataclass(frozen=True)
class Outcome:
    """What a block did: its emissions in order, {code, message} of why it failed if it did, and how long all of it took."""

    emissions: tuple[tuple[str, Any], ...]
    error: Mapping[str, str] | None
    seconds: float


@dataclass
class BlockProcesses:
    """The processes of one API process. `policy` is what blocks may reach."""

    policy: EgressPolicy = field(default_factory=EgressPolicy)
    run_seconds: float = RUN_SECONDS
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def run(self, block: type[Block], inputs: Mapping[str, Any]) -> Outcome:
        """Run a block once; raise Unavailable where others are run and its turn does not come, InvalidValue for such inputs."""
        asked = self._asked(block, inputs)
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._turns.acquire()
        except TimeoutError as error:
            raise Unavailable(
                "Other blocks are being run; try again in a moment.", retry_after_seconds=TURN_SECONDS
            ) from error
        try:
            left = min(self.run_seconds, ALL_SECONDS - (clock() - began))
            said, why = await _ask(asked, left)
        finally:
            self._turns.release()
        return _outcome(said, why, clock() - began)

    def _asked(self, block: type[Block], inputs: Mapping[str, Any]) -> bytes:
        policy = {
            "allowed_hosts": sorted(self.policy.allowed_hosts),
            "denied": sorted(self.policy.denied),
            "ports": sorted(self.policy.ports),
        }
        asked = {
            "module": block.__module__,
            "name": block.__qualname__,
            "input": dict(inputs),
            "policy": policy,
            "path": sys.path,
            "cpu_seconds_max": int(self.run_seconds) + 2,
            "memory_bytes_max": MEMORY_BYTES_MAX,
        }
        return encode(asked, "input") + b"\n"


async def _ask(asked: bytes, seconds: float) -> tuple[bytes, str | None]:
    """Give what a process said, and why it was ended, if it was."""
    # No environment: what the API's own process was told is no block's business.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        block_process.__name__,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd=_FOLDER,
        env={},
        start_new_session=True,
    )
    said = bytearray()
    try:
        async with asyncio.timeout(seconds):
            await _tell(process, asked)
            is_whole = await _read(process, said)
        return bytes(said), None if is_whole else "VALUE_TOO_LARGE"
    except TimeoutError:
        return bytes(said), "TIMEOUT"
    finally:
        await _end(process)


async def _tell(process: Process, asked: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(asked)
    with contextlib.suppress(ConnectionError):  # It ended already; what it said, or did not, is read next.
        await process.stdin.drain()


async def _read(process: Process, said: bytearray) -> bool:
    """Read all that a process says into `said`; give False, and stop, where it is more than a block may emit."""
    assert process.stdout is not None
    while chunk := await process.stdout.read(_CHUNK_BYTES):
        said += chunk
        if len(said) > OUTPUT_BYTES_MAX:
            del said[OUTPUT_BYTES_MAX:]
            return False
    return True


async def _end(process: Process) -> None:
    """End a process with all that it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


_WHY: Final = {
    "TIMEOUT": "The block ran longer than a block that is tried may, {seconds:g} s.",
    "VALUE_TOO_LARGE": f"The block emitted more than {OUTPUT_BYTES_MAX} bytes; what came first is shown.",
    "BLOCK_CRASHED": "The block ended its own process.",
}


def _outcome(said: bytes, why: str | None, seconds: float) -> Outcome:
    lines = [orjson.loads(line) for line in said[: said.rfind(b"\n") + 1].splitlines()]
    emissions = tuple((line["emission"][0], line["emission"][1]) for line in lines if "emission" in line)
    ends = [line["error"] for line in lines if "error" in line]
    if ends and why is None:
        return Outcome(emissions, ends[-1], seconds)
    code = why or "BLOCK_CRASHED"
    return Outcome(emissions, {"code": code, "message": _WHY[code].format(seconds=round(seconds, 1))}, seconds)
