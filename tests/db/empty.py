"""A database more on a server, which has nothing in it; no test is here."""

from __future__ import annotations

from uuid import uuid4

import asyncpg


async def make_empty(url: str) -> str:
    """Make one more, empty database on the server; give its URL."""
    name = f"db_{uuid4().hex}"
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), ssl=False)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return f"{url.rsplit('/', 1)[0]}/{name}"
