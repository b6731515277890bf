"""The connection pool to PostgreSQL; no query lives here."""

from __future__ import annotations

from typing import Any, Final

import orjson
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

#: Seconds that a statement may take, unless it is one that may take as long as it needs.
COMMAND_SECONDS: Final = 60.0
#: Seconds that work waits for one of the pool's connections.
POOL_WAIT_SECONDS: Final = 30.0


def make_engine(
    database_url: str,
    *,
    pool_size: int = 10,
    application_name: str = "drystone",
    command_seconds: float | None = COMMAND_SECONDS,
    pool_wait_seconds: float = POOL_WAIT_SECONDS,
) -> AsyncEngine:
    """Make the pool of a process. A connection that was closed is not used again, so a restarted PostgreSQL heals by itself."""
    engine = create_async_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_wait_seconds,
        # An error's text goes to logs and, as a failure, to Temporal: no value that people gave belongs there.
        hide_parameters=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={
            "timeout": 10,
            "command_timeout": command_seconds,
            "server_settings": {
                "application_name": application_name,
                "jit": "off",
                "lock_timeout": "20s",
                # A process that froze in a transaction holds what others wait for; nobody of us is idle in one for so long.
                "idle_in_transaction_session_timeout": "15s",
            },
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """Let the pool connect anew where a connection was closed while it waited.

    The driver is told by the socket, so that looking costs nothing; `pool_pre_ping` would cost three round trips each time.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError
