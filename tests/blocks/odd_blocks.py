"""Blocks that try what a process of their own must bear: they hold it, fill it, end it, or look around in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin


class Odd(Block):
    """Do something odd."""

    id = str(uuid5(NAMESPACE_URL, "drystone-test/odd"))
    name = "OddBlock"

    class Input(BlockInput):
        what: str = pin(description="What to do.")
        text: str = pin("", description="What it needs for that.")

    class Output(BlockOutput):
        value: Any = pin(description="What it found.")

    examples = (Example(input={"what": "nothing"}, output=[("value", "first")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "value", "first"
        match inputs.what:
            case "hold":
                # One long operation in C, which gives the interpreter to nobody.
                yield "value", len(str(7 ** (7**9)))
            case "fill":
                yield "value", len(b"x" * (64 * 1024**3))
            case "end":
                os._exit(3)
            case "print":
                print("printed", flush=True)
                os.write(1, b'{"error": null}\n')
                yield "value", "second"
            case "look":
                yield "value", dict(os.environ)
            case "leave":
                waits = [sys.executable, "-c", "import sys; sys.stdin.read()"]
                left = subprocess.Popen(waits, stdin=subprocess.PIPE)
                Path(inputs.text).write_text(str(left.pid))
                yield "value", left.pid
                left.wait()
            case "request":
                await context.http.request("GET", inputs.text)
