"""A peer's program that runs in its own memory, for the tests of how programs and the bench speak; it keeps nothing."""

from __future__ import annotations

import os
from typing import Any

from speaking import Work, node, serve


class Counting:
    """The peer. It refuses fan-outs."""

    async def start(self, database: str, folder: str, works: list[Work]) -> None:
        print("what a library prints is no answer")

    async def run(self, work: Work, key: str) -> Any:
        assert work.kind != "fan_out", "no fan-outs here"
        value: Any = work.first()
        for _ in range(work.size):
            value = await node(value, work.node_ms)
        return value

    async def begin(self, work: Work, key: str) -> list[int]:
        return [os.getpid()]

    async def finish(self, work: Work, key: str) -> str:
        return "lost"

    async def end(self) -> None:
        pass


if __name__ == "__main__":
    serve(Counting())
