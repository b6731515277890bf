"""A stack in a passing folder, and a way to wait for a condition; never a sleep for its own sake."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest
from temporalio.client import Client

from deploy.stack import Endpoints, Stack


async def eventually(condition: Callable, *, seconds: float = 20.0):
    """Give the first true result of `condition`, or fail when its time is over."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = condition()
        found = await found if inspect.isawaitable(found) else found
        if found:
            return found
        assert asyncio.get_running_loop().time() < deadline, f"not within {seconds} s: {condition}"
        await asyncio.sleep(0.02)


async def sql(endpoints: Endpoints, statement: str):
    connection = await asyncpg.connect(endpoints.database_url.replace("+asyncpg", ""), ssl=False)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def start_a_run(endpoints: Endpoints, id: str) -> None:
    client = await Client.connect(endpoints.temporal_address, namespace=endpoints.namespace)
    await client.start_workflow("Nobody", id=id, task_queue="nobody")


async def run_is_known(endpoints: Endpoints, id: str) -> bool:
    client = await Client.connect(endpoints.temporal_address, namespace=endpoints.namespace)
    return (await client.get_workflow_handle(id).describe()).id == id


class Started:
    """A stack, where it answers, and what it said."""

    def __init__(self, data_dir: Path, **options) -> None:
        self.events: list[str] = []
        self.stack = Stack(data_dir, on_event=self.events.append, **options)

    def said(self, words: str) -> bool:
        return any(words in event for event in self.events)

    async def __aenter__(self) -> Started:
        self.endpoints = await self.stack.start()
        return self

    async def __aexit__(self, *failure) -> None:
        await self.stack.stop()


@pytest.fixture
async def started(tmp_path: Path) -> AsyncIterator[Started]:
    async with Started(tmp_path / "data", worker_commands={"worker": ["sleep", "1000"]}) as started:
        yield started
