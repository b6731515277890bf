"""Temporal as the API knows it: a client that connects when it is first needed, and answers UNAVAILABLE while Temporal is away.

Almost nothing needs it: what the API promises stands in PostgreSQL, and Temporal follows. It is for what only Temporal knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from schema.errors import Unavailable

#: Seconds that one use of it may take: the operation around it has ten.
USE_SECONDS: Final = 4.0
RETRY_AFTER_SECONDS: Final = 5.0
_AWAY: Final = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.UNKNOWN,
    }
)


async def _nowhere() -> Client:
    raise RuntimeError("This process was given no Temporal.")


class Temporal:
    """The client of one process. `connect` gives a lazy one."""

    def __init__(self, connect: Callable[[], Awaitable[Client]] = _nowhere) -> None:
        self._connect = connect
        self._client: Client | None = None

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """Give the client for some calls; where Temporal does not answer them, Unavailable is raised."""
        try:
            async with asyncio.timeout(USE_SECONDS):
                if self._client is None:
                    self._client = await self._connect()
                yield self._client
        except RPCError as error:
            if error.status not in _AWAY:
                raise
            raise Unavailable("Temporal is away.", retry_after_seconds=RETRY_AFTER_SECONDS) from error
        except (RuntimeError, TimeoutError, OSError) as error:
            # What the client raises that cannot connect is a RuntimeError.
            raise Unavailable("Temporal is away.", retry_after_seconds=RETRY_AFTER_SECONDS) from error
