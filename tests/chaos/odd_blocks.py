"""Blocks that do what no block should, for the cases alone: hang, eat memory, leak, end their process; never of the library.

Workers get them by DRYSTONE_EXTRA_BLOCK_MODULES.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from typing import Any, Final

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin

#: What leaks have left, for as long as the process lives.
LEAKED: Final[list[Any]] = []


class ChaosHang(Block):
    """Never come to an end, each way in which code can do that."""

    id = "c4a05000-0000-4000-8000-000000000020"
    name = "ChaosHangBlock"
    categories = ("TEST",)

    class Input(BlockInput):
        how: str = pin(description="How.")

    class Output(BlockOutput):
        value: int = pin(description="It does not hang.")

    examples = (Example(input={"how": "not"}, output=[("value", 1)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        match inputs.how:
            case "async":
                await asyncio.Event().wait()
            case "ignores cancel":
                await _ignore_cancel()
            case "thread":
                await asyncio.to_thread(_stand)
            case "loop":
                while True:
                    pass
            case "deaf loop":
                _be_deaf()
            case "C":
                _stand()
        yield "value", 1


def _stand() -> None:
    """Stand in C code, where no exception reaches a thread."""
    lock = threading.Lock()
    lock.acquire()
    lock.acquire(timeout=600)


async def _ignore_cancel() -> None:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


def _be_deaf() -> None:
    """Run on whatever is raised inside."""
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue


class ChaosLeak(Block):
    """Keep memory, open files and temporary files that nobody will ever need."""

    id = "c4a05000-0000-4000-8000-000000000021"
    name = "ChaosLeakBlock"
    categories = ("TEST",)
    is_batchable = True

    class Input(BlockInput):
        value: int = pin(0, description="What to give.")
        kilobytes: int = pin(0, description="Memory.")
        files: int = pin(0, description="Open files, each with one of the temporary folder.")

    class Output(BlockOutput):
        value: int = pin(description="The value.")

    examples = (Example(input={"value": 1}, output=[("value", 1)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        LEAKED.append(os.urandom(1024) * inputs.kilobytes)
        LEAKED.extend(tempfile.TemporaryFile() for _ in range(inputs.files))  # noqa: SIM115 - that is the fault.
        yield "value", inputs.value


class ChaosHungry(Block):
    """Take so much memory, and give how much it was."""

    id = "c4a05000-0000-4000-8000-000000000022"
    name = "ChaosHungryBlock"
    categories = ("TEST",)

    class Input(BlockInput):
        megabytes: int = pin(description="How much.")

    class Output(BlockOutput):
        megabytes: int = pin(description="How much it was.")

    examples = (Example(input={"megabytes": 1}, output=[("megabytes", 1)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        taken = bytearray(inputs.megabytes << 20)
        taken[::4096] = b"x" * len(taken[::4096])
        yield "megabytes", len(taken) >> 20


class ChaosDeadly(Block):
    """End the process that runs it with -9, as a fault in C code or the kernel's want of memory does; it is said to be pure."""

    id = "c4a05000-0000-4000-8000-000000000023"
    name = "ChaosDeadlyBlock"
    categories = ("TEST",)
    is_pure = True

    class Input(BlockInput):
        value: int = pin(1, description="What to give.")
        path: str = pin(os.devnull, description="A file that gets a line for each death.")
        only: str = pin(
            "", description="Whom it ends: processes that have this word on their command line; none: each."
        )
        spares: bool = pin(False, description="Whether it ends nobody.")

    class Output(BlockOutput):
        value: int = pin(description="The value.")

    examples = (Example(input={"value": 1, "spares": True}, output=[("value", 1)]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if not inputs.spares and (not inputs.only or inputs.only in sys.argv):
            with open(inputs.path, "a", encoding="utf-8") as file:
                file.write(f"{time.time():.3f} {os.getpid()}\n")
            os.kill(os.getpid(), signal.SIGKILL)
        yield "value", inputs.value
