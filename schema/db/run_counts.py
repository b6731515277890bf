"""Counting the runs of listings: each started root run of what came from a listing counts once; it counts nothing else.

A run's row is inserted with the listing that its agent came from. Whoever accepted the run then counts it: in one
transaction the mark is taken off and the listing's number grows. A crash in between loses nothing, for the next run of the
listing counts all that are still marked; a repeated request with the same idempotency key finds no mark. Runs of the
author's own organisation are not marked: nobody climbs the ranking by running their own agents.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import text

from schema.db.tenancy import Database

#: Runs left over by others that one request counts, at most; only a long outage leaves so many.
_BATCH: Final = 1_000
_TAKE: Final = text(
    "UPDATE runs SET uncounted_listing_id = NULL WHERE id = :run AND uncounted_listing_id = :listing RETURNING id"
)
#: Whoever holds one of these is counting it, or writes how it stands: then it is counted another time.
_TAKE_LEFT_OVER: Final = text(f"""
UPDATE runs SET uncounted_listing_id = NULL WHERE id IN (
  SELECT id FROM runs WHERE uncounted_listing_id = :listing LIMIT {_BATCH} FOR UPDATE SKIP LOCKED) RETURNING id
""")
#: A statement of its own: one that waited for the listing's row would read a count of its own CTE anew, and find none.
_ADD: Final = text("UPDATE listings SET run_count = run_count + :count WHERE id = :listing")


async def count_run(engine: Database, run_id: UUID, listing_id: UUID) -> None:
    """Count a run, and every other run of its listing that nobody has counted, of all organisations."""
    where = {"run": run_id, "listing": listing_id}
    async with engine.begin() as connection:
        taken = (await connection.execute(_TAKE, where)).all()
        left_over = (await connection.execute(_TAKE_LEFT_OVER, where)).all()
        await connection.execute(_ADD, {**where, "count": len(taken) + len(left_over)})
