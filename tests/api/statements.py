"""Counting SQL statements: what one request sends to PostgreSQL, on connections that nobody else uses; no test is here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db.engine import make_engine
from tests.api.serving import Api, Client, api_on


class Counted:
    """An API whose statements are counted."""

    def __init__(self, api: Api, engine: AsyncEngine) -> None:
        self.api = api
        self.engine = engine

    async def of(self, client: Client, query: str, **variables: Any) -> list[str]:
        """Give the statements that an operation takes, when it is asked for the second time."""
        mine = self.api.client(client.token)
        await mine(query, **variables)
        with recorded(self.engine) as statements:
            await mine(query, **variables)
        return statements


@contextmanager
def recorded(engine: AsyncEngine) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


@asynccontextmanager
async def counting_api(api: Api) -> AsyncIterator[Counted]:
    """Serve an API on the same platform, with connections of its own."""
    url = api.platform.settings.database_url
    assert url is not None
    engine = make_engine(url, pool_size=4, application_name="drystone counted")
    try:
        # Without its loops, whose statements would be counted, too.
        async with api_on(api.platform, engine=engine, has_loops=False) as counted:
            yield Counted(counted, engine)
    finally:
        await engine.dispose()
