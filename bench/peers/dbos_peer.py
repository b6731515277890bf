"""DBOS on PostgreSQL: each run is a workflow, each node a step, recorded before the next one; it measures nothing itself.

A fan-out is `asyncio.gather` over steps that begin in a fixed order, which is what recovery needs; items go through a node
together, then through the next, for the same reason. A workflow that a death interrupts is taken up again by `launch`.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from dbos import DBOS, SetWorkflowID
from speaking import Work, node, serve

AT_ONCE = 50


@DBOS.step()
async def step(value: Any, node_ms: int) -> Any:
    """Run a node."""
    return await node(value, node_ms)


@DBOS.step()
async def items(size: int) -> list[int]:
    """Give a list."""
    return list(range(size))


@DBOS.step()
async def count(values: list[Any]) -> int:
    """Count what was gathered."""
    return len(values)


async def _together(values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(values), AT_ONCE):
        found += await asyncio.gather(*(step(value, 0) for value in values[start : start + AT_ONCE]))
    return found


@DBOS.workflow()
async def flow(kind: str, size: int, depth: int, node_ms: int, first: Any) -> Any:
    """Run one workload."""
    if kind == "chain":
        value = first
        for _ in range(size):
            value = await step(value, node_ms)
        return value
    if kind == "fan_out":
        return await count(await _together([await step(1, 0)] * size))
    values = await items(size)
    for _ in range(depth):
        values = await _together(values)
    return len(values)


class Dbos:
    """The peer."""

    async def start(self, database: str, folder: str, works: list[Work]) -> None:
        DBOS(
            config={
                "name": "bench",
                "system_database_url": database,
                "log_level": "ERROR",
                "enable_otlp": False,
                "application_version": "bench",
            }
        )
        DBOS.launch()

    async def run(self, work: Work, key: str) -> Any:
        with SetWorkflowID(key):
            return await flow(work.kind, work.size, work.depth, work.node_ms, work.first())

    async def begin(self, work: Work, key: str) -> list[int]:
        with SetWorkflowID(key):
            await DBOS.start_workflow_async(flow, work.kind, work.size, work.depth, work.node_ms, work.first())
        return [os.getpid()]

    async def finish(self, work: Work, key: str) -> str:
        handle = await DBOS.retrieve_workflow_async(key)
        work.check(await handle.get_result(polling_interval_sec=0.02))
        return "goes on after restart"

    async def end(self) -> None:
        DBOS.destroy()


if __name__ == "__main__":
    serve(Dbos())
