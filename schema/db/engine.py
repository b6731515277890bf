"""The connection pool to PostgreSQL; no query lives here."""

from __future__ import annotations

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def make_engine(database_url: str, *, pool_size: int = 10, application_name: str = "drystone") -> AsyncEngine:
    """Make the pool of a process. Connections are tested before use, so a restarted PostgreSQL heals by itself."""
    return create_async_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
        pool_pre_ping=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={
            "timeout": 10,
            "command_timeout": 60,
            "server_settings": {"application_name": application_name, "jit": "off", "lock_timeout": "20s"},
        },
    )
