"""Workers that are worn: which are, and that one is replaced in good order."""

from __future__ import annotations

import asyncio
import os

import pytest

from activities.block_loop import BlockLoop
from deploy import wear
from deploy.wear import until_worn, wear_of
from tests.durable.waiting import eventually

MB = 1 << 20


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


async def test_a_process_looks_at_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wear, "LOOK_SECONDS", 0.02)
    loop = BlockLoop()
    try:
        fresh = asyncio.create_task(until_worn(loop, 1 << 50))
        growing = asyncio.create_task(until_worn(loop, wear._memory_bytes() + 64 * MB))
        # It begins with more than a megabyte: whoever is started anew would, too, and would never work.
        hopeless = asyncio.create_task(until_worn(loop, MB))
        await asyncio.sleep(0)
        assert not growing.done()
        leaked = bytearray(os.urandom(MB)) * 128
        await eventually(growing.done)
        del leaked
        assert not fresh.done()
        assert not hopeless.done()
        hopeless.cancel()
        loop.abandoned_threads = 1
        await eventually(fresh.done)
    finally:
        loop.close()
