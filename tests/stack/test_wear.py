"""Workers that are worn: which are, and that one is replaced in good order."""

from __future__ import annotations

import asyncio

import pytest

from activities.block_loop import BlockLoop
from deploy.wear import until_worn, wear_of
from tests.durable.waiting import eventually


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ((0, 10, None, 3, 100), None),
        ((0, 10, 10, 80, 100), None),
        ((1, 10, None, 3, 100), "1 threads"),
        ((0, 11, 10, 3, 100), "11 bytes"),
        ((0, 10, 10, 81, 100), "81 files"),
    ],
)
def test_a_process_is_worn_by_threads_memory_and_files(
    state: tuple[int, int, int | None, int, int], reason: str | None
) -> None:
    found = wear_of(*state)
    assert found is None if reason is None else reason in str(found)


async def test_a_process_looks_at_itself() -> None:
    loop = BlockLoop()
    try:
        fresh = asyncio.create_task(until_worn(loop, 1 << 50))
        await until_worn(loop, 1 << 20)  # This process has more than a megabyte.
        assert not fresh.done()
        loop.abandoned_threads = 1
        await eventually(fresh.done)
    finally:
        loop.close()
