"""Listening to PostgreSQL's notifications, on a connection of its own; a notification says that something happened, not what."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import asyncpg
from sqlalchemy.engine import URL

CONNECT_SECONDS: Final = 5.0
#: What an address may tell SQLAlchemy and not the driver.
_OF_THE_POOL: Final = frozenset({"prepared_statement_cache_size", "prepared_statement_name_func"})


async def listen(url: URL, channel: str, woken: Callable[[], object]) -> None:
    """Call `woken` now and at each notification, until the connection ends; raise OSError where there is none to be had."""
    closed = asyncio.Event()
    try:
        connection = await asyncpg.connect(**_words(url), timeout=CONNECT_SECONDS)
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


def _words(url: URL) -> dict[str, Any]:
    """Give what the driver is told of an address, as the pool tells it: as a text it takes `ssl` for a setting of the server's."""
    _, words = url.get_dialect()().create_connect_args(url)
    return {name: value for name, value in words.items() if name not in _OF_THE_POOL}
