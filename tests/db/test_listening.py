"""Listening: at the address that the pool has, with all that it says of TLS."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db.listening import listen


@pytest.mark.parametrize("more", [{}, {"ssl": "prefer"}, {"ssl": "disable", "prepared_statement_cache_size": "0"}])
async def test_a_notification_is_heard_whatever_the_address_says_of_tls(
    engine: AsyncEngine, server: str, more: dict[str, str]
) -> None:
    woken = asyncio.Event()
    url = make_url(server).update_query_dict(more)
    listening = asyncio.create_task(listen(url, "heard", woken.set))
    try:
        async with asyncio.timeout(20):
            await _woken_or_failed(woken, listening)
            woken.clear()
            async with engine.begin() as connection:
                await connection.execute(text("NOTIFY heard"))
            await _woken_or_failed(woken, listening)
    finally:
        listening.cancel()


async def test_an_address_that_wants_tls_is_not_spoken_to_in_clear(server: str) -> None:
    url = make_url(server).update_query_dict({"ssl": "require"})
    with pytest.raises(OSError, match="SSL"):
        await listen(url, "heard", lambda: None)


async def _woken_or_failed(woken: asyncio.Event, listening: asyncio.Task[None]) -> None:
    waiting = asyncio.create_task(woken.wait())
    await asyncio.wait({waiting, listening}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if listening.done():
        listening.result()
