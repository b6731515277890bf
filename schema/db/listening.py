"""Listening to PostgreSQL's notifications, on a connection of its own; a notification says that something happened, not what."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import asyncpg
from sqlalchemy.engine import URL

CONNECT_SECONDS: Final = 5.0


async def listen(url: URL, channel: str, woken: Callable[[], object]) -> None:
    """Call `woken` now and at each notification, until the connection ends; raise OSError where there is none to be had."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    closed = asyncio.Event()
    try:
        connection = await asyncpg.connect(plain, timeout=CONNECT_SECONDS)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ConnectionError(str(error)) from error
    try:
        connection.add_termination_listener(lambda _connection: closed.set())
        await connection.add_listener(channel, lambda *_arguments: woken())
        woken()
        await closed.wait()
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ConnectionError(str(error)) from error
    finally:
        connection.terminate()
