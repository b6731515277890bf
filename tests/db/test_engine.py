"""The pool of a process: what its errors say."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db.engine import make_engine

CANARY = "canary-of-somebody"


async def test_an_error_says_the_statement_and_none_of_its_values(server: str) -> None:
    engine = make_engine(server, pool_size=1)
    try:
        said = await _error_of(engine)
    finally:
        await engine.dispose()
    assert "not_there" in said
    assert CANARY not in said


async def _error_of(engine: AsyncEngine) -> str:
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError) as caught:
            await connection.execute(text("SELECT * FROM not_there WHERE name = :name"), {"name": CANARY})
    return str(caught.value)
