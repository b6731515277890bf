"""Tenancy: what gives transactions, and the kind that sees one tenant's rows only; no query of a table lives here.

Our queries name the tenant; this is the second lock. A transaction of a `TenantDatabase` works as the role `drystone_tenant`,
to which PostgreSQL's row-level security shows the rows of the tenant that the transaction named, also where a query forgot.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_ENTER: Final = text("SELECT set_config('role', 'drystone_tenant', true), set_config('app.tenant', :tenant, true)")


class Database(Protocol):
    """What gives connections: SQLAlchemy's engine, or a tenant's view of it."""

    def begin(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Give a connection in a transaction, which is committed at the end."""
        ...

    def connect(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Give a connection to read with."""
        ...


@dataclass(frozen=True)
class TenantDatabase:
    """One tenant's view of the database."""

    engine: AsyncEngine
    tenant: UUID

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        async with self.engine.begin() as connection:
            await connection.execute(_ENTER, {"tenant": str(self.tenant)})
            yield connection

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection to read with: what is set for the transaction ends with it."""
        async with self.engine.connect() as connection:
            await connection.execute(_ENTER, {"tenant": str(self.tenant)})
            yield connection
