"""One block in a process of its own: `python -m blocks.process` reads what to run, runs it once and ends; it keeps nothing.

A block may hold its thread, fill the memory or end its process. Here that meets nobody else: the one who asked ends this
process. It has no settings and no secrets: the block's place, its inputs and what it may reach come on standard input, one
line of JSON. What it emits goes out as it comes, a line each: {"emission": [pin, value]}, then {"error": null or {code,
message}}. Whatever the block itself prints goes nowhere. When standard input ends, whoever asked is gone, and so is this.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import resource
import sys
import threading
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, BinaryIO

import orjson

from blocks.llm import demo
from blocks.llm.client import DirectLlm
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.block import Block
from blocks.sdk.context import Context
from blocks.sdk.direct import run_directly
from blocks.sdk.egress import GuardedHttp
from schema.errors import BlockFailed


def main() -> None:
    """Run the block that standard input names."""
    asked = orjson.loads(sys.stdin.buffer.readline())
    said = _take_output()
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    _limit(resource.RLIMIT_CPU, asked["cpu_seconds_max"])
    _limit(resource.RLIMIT_AS, asked["memory_bytes_max"])
    sys.path.extend(entry for entry in asked["path"] if entry not in sys.path)
    block: type[Block] = attrgetter(asked["name"])(importlib.import_module(asked["module"]))
    asyncio.run(_run(block, asked, said))
    said.flush()
    os._exit(0)  # Threads that the block left behind are not waited for.


async def _run(block: type[Block], asked: Mapping[str, Any], said: BinaryIO) -> None:
    def tell(pin: str, value: Any) -> None:
        said.write(orjson.dumps({"emission": [pin, value]}) + b"\n")
        said.flush()

    policy = EgressPolicy(**{name: frozenset(entries) for name, entries in asked["policy"].items()})
    inputs, lent = demo.lend(block.spec, asked["input"])
    context = Context(http=GuardedHttp(policy), llm=DirectLlm(), credentials=lent)
    result = await run_directly(block, inputs, context, _refuse_to_wait, tell)
    error = result.error
    said.write(orjson.dumps({"error": None if error is None else {"code": error.code, "message": error.message}}))
    said.write(b"\n")


async def _refuse_to_wait(_seconds: float) -> None:
    raise BlockFailed("The block waits on a workflow's timer, so it runs in a graph only.")


def _take_output() -> BinaryIO:
    """Give standard output to us alone; what the block prints goes where its complaints go."""
    taken = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return taken


def _limit(what: int, most: int) -> None:
    try:
        resource.setrlimit(what, (most, most))
    except (ValueError, OSError):
        return  # The system keeps a lower limit already, or has none of this kind.


def _end_with_standard_input() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
