"""Ratings: what people think of listings, and their sums on the listings; it decides on nobody's right to rate.

A listing is another organisation's, so its sums are changed as the owner of the tables, in the transaction that keeps the
rating and under the listing's lock: the average is exact however many people rate at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from schema.db.tenancy import Database
from schema.errors import NotFound
from schema.ids import new_id

_LAST_ID: Final = UUID(int=2**128 - 1)
_COLUMNS: Final = "id, listing_id, number, person_id, tenant_id, score, comment, created_at, updated_at"
_PAGE: Final = text(
    f"SELECT {_COLUMNS} FROM ratings WHERE listing_id = :listing AND id < :before ORDER BY id DESC LIMIT :limit"
)
_STANDING: Final = text("""
SELECT EXISTS (SELECT 1 FROM memberships m WHERE m.tenant_id = l.tenant_id AND m.person_id = :person) AS is_author,
       (SELECT e.listing_version FROM library_entries e
        WHERE e.tenant_id = :tenant AND e.owner_id = :person AND e.listing_id = l.id) AS number
FROM listings l WHERE l.id = :listing AND l.deleted_at IS NULL AND l.active_number IS NOT NULL
""")
_LOCK: Final = text("SELECT id FROM listings WHERE id = :listing FOR UPDATE")
_OLD: Final = text("SELECT score FROM ratings WHERE listing_id = :listing AND number = :number AND person_id = :person")
_PUT: Final = text(f"""
INSERT INTO ratings (id, listing_id, number, person_id, tenant_id, score, comment)
VALUES (:id, :listing, :number, :person, :tenant, :score, :comment)
ON CONFLICT (listing_id, number, person_id) DO UPDATE SET score = excluded.score, comment = excluded.comment,
  tenant_id = excluded.tenant_id, updated_at = now()
RETURNING {_COLUMNS}
""")
_ADD: Final = text(
    "UPDATE listings SET rating_sum = rating_sum + :sum, rating_count = rating_count + :count WHERE id = :listing"
)


@dataclass(frozen=True)
class Rating:
    """What one person thinks of one version of a listing."""

    id: UUID
    listing_id: UUID
    number: int
    person_id: UUID
    tenant_id: UUID
    score: int
    comment: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Standing:
    """What a person is to a listing: of its author's organisation, and with which version in their library."""

    is_author: bool
    number: int | None


@dataclass(frozen=True)
class Ratings:
    """The ratings of all listings."""

    engine: Database

    async def standing(self, tenant: UUID, person: UUID, listing_id: UUID) -> Standing:
        """Give what a person is to a listing that everyone sees; raise NotFound for any other."""
        where = {"tenant": tenant, "person": person, "listing": listing_id}
        async with self.engine.connect() as connection:
            row = (await connection.execute(_STANDING, where)).one_or_none()
        if row is None:
            raise NotFound("There is no such Listing here.")
        return Standing(row.is_author, row.number)

    async def put(self, tenant: UUID, person: UUID, listing_id: UUID, number: int, score: int, comment: str) -> Rating:
        """Keep a person's rating of a version, in place of an earlier one of theirs, and the listing's sums."""
        where = {"listing": listing_id, "number": number, "person": person}
        row = {**where, "id": new_id(), "tenant": tenant, "score": score, "comment": comment}
        async with self.engine.begin() as connection:
            await connection.execute(_LOCK, {"listing": listing_id})
            old = (await connection.execute(_OLD, where)).scalar()
            kept = (await connection.execute(_PUT, row)).mappings().one()
            added = {"listing": listing_id, "sum": score - (old or 0), "count": 1 if old is None else 0}
            await connection.execute(_ADD, added)
        return Rating(**kept)

    async def page(self, listing_id: UUID, limit: int, before: UUID | None) -> list[Rating]:
        """Give ratings of a listing, the newest first."""
        where = {"listing": listing_id, "limit": limit, "before": before or _LAST_ID}
        async with self.engine.connect() as connection:
            return [Rating(**row) for row in (await connection.execute(_PAGE, where)).mappings()]
