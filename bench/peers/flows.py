"""Prefect's flows and tasks of the workloads, and what became of a flow run; they start no server."""

from __future__ import annotations

import asyncio
from typing import Any

from prefect import flow, task
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName
from speaking import Work, node

AT_ONCE = 50


@task
async def step(value: Any, node_ms: int = 0) -> Any:
    """Run a node."""
    return await node(value, node_ms)


@task
async def items(size: int) -> list[int]:
    """Give a list."""
    return list(range(size))


@task
async def count(values: list[Any]) -> int:
    """Count what was gathered."""
    return len(values)


def flow_of(key: str) -> Any:
    """Give the flow, whose run will have this name."""
    return work_flow.with_options(flow_run_name=key)


@flow(validate_parameters=False)
async def work_flow(work: Work) -> Any:
    """Run one workload."""
    if work.kind == "chain":
        return await _chain(work.first(), work.size, work.node_ms)
    if work.kind == "fan_out":
        return await count(await _together([await step(1)] * work.size, 1))
    return len(await _together(await items(work.size), work.depth))


async def _chain(value: Any, size: int, node_ms: int) -> Any:
    for _ in range(size):
        value = await step(value, node_ms)
    return value


async def _together(values: list[Any], depth: int) -> list[Any]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(value: Any) -> Any:
        async with room:
            return await _chain(value, depth, 0)

    return list(await asyncio.gather(*(one(value) for value in values)))


async def outcome(key: str) -> str:
    """Say what became of a run whose process was killed."""
    async with get_client() as client:
        named = FlowRunFilter(name=FlowRunFilterName(any_=[key]))
        (found,) = await client.read_flow_runs(flow_run_filter=named)
    return "goes on after restart" if found.state_name == "Completed" else f"lost: it stays {found.state_name}"
