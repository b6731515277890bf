"""Steps of regions: what one dispatch of a region made, written in one transaction, each step once; it runs no block.

A dispatch of a region writes all its executions, emissions and outputs, and, under (run, region, step), what it tells the run.
Whichever attempt commits first has taken the step; another one finds it taken, writes nothing and tells the run the same. So
what was read of a step is right whoever was killed, froze or came back late, whether or not its blocks are as pure as they say.

Where the run ends with the step, its end is written in the same transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from time import time
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db.completing import complete
from schema.db.ledger import write_rows
from schema.db.region_rows import RegionRows
from schema.errors import Fenced
from schema.states import TERMINAL

_OPEN_SQL: Final = ", ".join(f"'{state}'" for state in sorted(TERMINAL))
#: Steps of a region whose results are kept. One workflow task may take two (a second for what came in the same moment), and where
#: its worker dies behind them, both are asked for again; one that is asked for later than that has been heard of.
STEPS_KEPT: Final = 4
#: Steps that are written while their blocks still run, of a worker: each holds a connection of its pool, and may want another.
EARLY_MAX: Final = 3
#: Two attempts at one step wait here for one another: the second finds the row, or the first gave up.
_TAKE: Final = f"""
WITH earlier AS (
  UPDATE region_steps SET result = NULL WHERE run_id = $1 AND region = $2 AND step = $3 - {STEPS_KEPT} AND result IS NOT NULL)
INSERT INTO region_steps (run_id, region, step, result)
SELECT id, $2, $3, $4::json FROM runs WHERE id = $1 AND status NOT IN ({_OPEN_SQL})
ON CONFLICT DO NOTHING RETURNING step
"""
_TELL: Final = "UPDATE region_steps SET result = $4::json WHERE run_id = $1 AND region = $2 AND step = $3"
_IS_OPEN: Final = f"SELECT 1 FROM runs WHERE id = $1 AND status NOT IN ({_OPEN_SQL}) FOR SHARE"
_FIND: Final = "SELECT result::text FROM region_steps WHERE run_id = $1 AND region = $2 AND step = $3"


@dataclass(frozen=True)
class StepKey:
    """Which step of which region of which run."""

    run_id: UUID
    region: int
    step: int


class StepTaken(Exception):
    """Somebody else has taken the step; `result` is what that told the run."""

    def __init__(self, result: list[Any]) -> None:
        super().__init__("The step was taken by another attempt.")
        self.result = result


@dataclass
class Taking:
    """A step that is being taken: rows may be written while others are still made. All of it is one transaction, for which a
    connection is taken when it begins: who waits for one must not hold one."""

    key: StepKey
    _connections: Callable[[], AbstractAsyncContextManager[Any]]
    _early: asyncio.Semaphore
    _open: AsyncExitStack = field(default_factory=AsyncExitStack, init=False)
    driver: Any = field(default=None, init=False)
    _transaction: Any = field(default=None, init=False)
    _now: float = field(default=0.0, init=False)

    @property
    def has_begun(self) -> bool:
        return self._transaction is not None

    async def write(self, rows: RegionRows) -> None:
        """Write rows. Raises StepTaken, and Fenced where the run has ended."""
        if self._transaction is None:
            # What it makes from here on may have to be kept apart, by a second connection: some are left for that.
            await self._open.enter_async_context(self._early)
            await self._begin(None)
        await write_rows(self.driver, rows.arguments(self.key.run_id, self._now))

    async def finish(self, rows: Sequence[RegionRows], result: Sequence[Any], ended: dict[str, Any] | None) -> None:
        """Write the rest, what the step tells the run, and, where `ended` are the run's statistics, its end; commit. Raises as
        `write` does."""
        said = orjson.dumps(result).decode()
        is_early = self._transaction is not None
        if not is_early:
            await self._begin(said)
        else:
            await self.driver.execute(_TELL, self.key.run_id, self.key.region, self.key.step, said)
        for batch in rows:
            await self.write(batch)
        if is_early and await self.driver.fetchval(_IS_OPEN, self.key.run_id) is None:
            # It ended while its rows were made: whoever ended it saw none of them, and would have left them as they are.
            raise Fenced(f"The run {self.key.run_id} has ended.")
        if ended is not None and not await complete(self.driver, self.key.run_id, ended):
            raise Fenced(f"The run {self.key.run_id} has ended.")
        await self._transaction.commit()
        self._transaction = None
        await self._open.aclose()

    async def abandon(self) -> None:
        """Leave nothing of it, and give its connection back, also where PostgreSQL went away in the middle."""
        transaction, self._transaction = self._transaction, None
        try:
            if transaction is not None:
                await transaction.rollback()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            # Why it cannot be rolled back is told already; the transaction ends with its connection.
            self.driver.terminate()
        finally:
            await self._open.aclose()

    async def _begin(self, said: str | None) -> None:
        self.driver = await self._open.enter_async_context(self._connections())
        self._transaction = self.driver.transaction()
        await self._transaction.start()
        self._now = time()
        key = self.key
        if await self.driver.fetchval(_TAKE, key.run_id, key.region, key.step, said) is not None:
            return
        transaction, self._transaction = self._transaction, None
        await transaction.rollback()
        found = await self.driver.fetchval(_FIND, key.run_id, key.region, key.step)
        if found is None:
            raise Fenced(f"The run {key.run_id} has ended.")
        raise StepTaken(list(orjson.loads(found)))


@dataclass(frozen=True)
class RegionSteps:
    """The steps of all runs."""

    engine: AsyncEngine
    _early: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(EARLY_MAX), compare=False, repr=False)

    async def find(self, key: StepKey) -> list[Any] | None:
        """Give what a step that was taken told the run; None where it was not taken."""
        async with self._driver() as driver:
            found = await driver.fetchval(_FIND, key.run_id, key.region, key.step)
        return None if found is None else list(orjson.loads(found))

    @asynccontextmanager
    async def taking(self, key: StepKey) -> AsyncIterator[Taking]:
        """Take a step within the block; what was not finished when it is left leaves nothing."""
        taking = Taking(key, self._driver, self._early)
        try:
            yield taking
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise DBAPIError("a step of a region", None, error) from error
        finally:
            await taking.abandon()

    @asynccontextmanager
    async def _driver(self) -> AsyncIterator[Any]:
        """Give the driver's own connection; raise DBAPIError as SQLAlchemy would."""
        async with self.engine.connect() as connection:
            try:
                yield (await connection.get_raw_connection()).driver_connection
            except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                raise DBAPIError("a step of a region", None, error) from error
