"""Stalls: a write is held inside PostgreSQL at a chosen place, so that its writer can be killed there; the product knows none.

A trigger waits for an advisory lock that we hold. It is the `buggify` of this suite: after the work, before the commit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from tests.chaos.cases.world import World

_LOCK: Final = 4_242_424_242
_WAITING: Final = (
    f"SELECT count(*) AS number FROM pg_locks WHERE locktype = 'advisory' AND objid = {_LOCK % 2**32} AND NOT granted"
)
_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION chaos_stall() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN PERFORM pg_advisory_xact_lock_shared({_LOCK}); RETURN NEW; END $$
"""


@dataclass(frozen=True)
class Place:
    """A write: its table, what it does (INSERT or UPDATE), and a condition on OLD and NEW."""

    table: str
    what: str
    when: str


@asynccontextmanager
async def stalled(world: World, place: Place) -> AsyncIterator[None]:
    """Hold all writes at a place inside the block."""
    async with world.stores.engine.connect() as holder:
        await holder.execute(text(_FUNCTION))
        await holder.execute(
            text(
                f"CREATE OR REPLACE TRIGGER chaos_stall BEFORE {place.what} ON {place.table} FOR EACH ROW "
                f"WHEN ({place.when}) EXECUTE FUNCTION chaos_stall()"
            )
        )
        await holder.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
        await holder.commit()
        try:
            yield
        finally:
            await holder.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
            await holder.commit()
            await world.sql(f"DROP TRIGGER IF EXISTS chaos_stall ON {place.table}")


@asynccontextmanager
async def locked(world: World, table: str) -> AsyncIterator[None]:
    """Have nobody read or write a table inside the block."""
    async with world.stores.engine.connect() as holder:
        await holder.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        try:
            yield
        finally:
            await holder.rollback()


async def until_somebody_stalls(world: World, seconds: float = 30.0) -> None:
    """Wait until a writer stands at the place."""

    async def stands() -> bool:
        return bool((await world.sql(_WAITING))[0].number)

    await world.until(stands, seconds)
