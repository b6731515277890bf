"""Reviewing: the queue of submitted versions of all organisations, and the decisions upon them; it grants no right.

These statements cross tenants, so they work as the owner of the tables; the API lets only the platform's reviewers come
here. A decision is made once: whoever decides takes the listing's row, and then finds the version PENDING or decided upon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.db.market import LISTING_COLUMNS, VERSION_COLUMNS, Listing, ListingVersion, version_of
from schema.db.tenancy import Database
from schema.errors import Conflict, NotFound
from schema.submission_states import ListingState

_START: Final = (datetime.fromisoformat("1970-01-01T00:00:00+00:00"), UUID(int=0))
#: What reviewers see: whatever was submitted once and not taken away by its author. A draft is its author's alone.
_SUBMITTED: Final = "l.deleted_at IS NULL AND v.status <> 'DRAFT'"

_PENDING: Final = text(
    f"SELECT {VERSION_COLUMNS} FROM listing_versions v JOIN listings l ON l.id = v.listing_id AND l.deleted_at IS NULL "
    "WHERE v.status = 'PENDING' AND (v.submitted_at, v.id) > (:after_time, :after_id) "
    "ORDER BY v.submitted_at, v.id LIMIT :limit"
)
_VERSION: Final = text(
    f"SELECT {VERSION_COLUMNS} FROM listing_versions v JOIN listings l ON l.id = v.listing_id "
    f"WHERE v.id = :id AND {_SUBMITTED}"
)
_LISTINGS: Final = text(f"SELECT {LISTING_COLUMNS} FROM listings l WHERE l.id = ANY(:ids) AND l.deleted_at IS NULL")
_INTERNAL: Final = text(
    "SELECT id, internal_comments FROM listing_versions WHERE id = ANY(:ids) AND internal_comments IS NOT NULL"
)
_BODIES: Final = text("SELECT id, body FROM listing_versions WHERE id = ANY(:ids) AND status <> 'DRAFT'")
_IS_AUTHOR: Final = text(
    "SELECT EXISTS (SELECT 1 FROM listing_versions v JOIN memberships m ON m.tenant_id = v.tenant_id "
    "WHERE v.id = :id AND m.person_id = :person)"
)

_LOCK: Final = text("SELECT active_number FROM listings WHERE id = :id AND deleted_at IS NULL FOR UPDATE")
_STANDING: Final = text(
    "SELECT v.number, v.status, v.submitted_at, v.reviewed_at, p.name AS reviewer FROM listing_versions v "
    "LEFT JOIN people p ON p.id = v.reviewed_by WHERE v.id = :id"
)
_DECIDE: Final = text(
    "UPDATE listing_versions SET status = :status, reviewed_by = :person, reviewed_at = now(), "
    "review_comments = :comments, internal_comments = :internal WHERE id = :id"
)
_PUBLISH: Final = text(
    "UPDATE listings SET active_number = :number, published_at = coalesce(published_at, now()) WHERE id = :id"
)
_FEATURE: Final = text(
    "UPDATE listings SET is_featured = :is_featured WHERE id = :id AND deleted_at IS NULL AND active_number IS NOT NULL "
    "RETURNING id"
)
_TAKE_DOWN: Final = text("UPDATE listings SET active_number = NULL, is_featured = false WHERE id = :id")
_COMMENT: Final = text(
    "UPDATE listing_versions SET review_comments = :comments WHERE listing_id = :id AND number = :number"
)


@dataclass(frozen=True)
class Decision:
    """What a reviewer says of a version. The author reads `comments`, and only reviewers `internal`."""

    version_id: UUID
    #: When the version that the reviewer has read was submitted: what was changed and submitted again since is another.
    submitted_at: datetime
    person_id: UUID
    approves: bool
    comments: str | None
    internal: str | None


@dataclass(frozen=True)
class Reviews:
    """The submissions of all organisations."""

    engine: Database

    async def pending(self, limit: int, after: tuple[datetime, UUID] | None) -> list[ListingVersion]:
        """Give versions that wait for a decision, the longest first."""
        after_time, after_id = after or _START
        where = {"limit": limit, "after_time": after_time, "after_id": after_id}
        async with self.engine.connect() as connection:
            return [version_of(row) for row in (await connection.execute(_PENDING, where)).mappings()]

    async def version(self, version_id: UUID) -> ListingVersion:
        """Give a version that was submitted; raise NotFound."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_VERSION, {"id": version_id})).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such ListingVersion here.")
        return version_of(row)

    async def listings(self, ids: Sequence[UUID]) -> dict[UUID, Listing]:
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_LISTINGS, {"ids": list(ids)})).mappings().all()
        return {row["id"]: Listing(**row) for row in rows}

    async def internal_comments(self, versions: Sequence[UUID]) -> dict[UUID, str]:
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_INTERNAL, {"ids": list(versions)})).all()
        return {row.id: row.internal_comments for row in rows}

    async def bodies(self, versions: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
        """Give the snapshots of submitted versions."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_BODIES, {"ids": list(versions)})).all()
        return {row.id: row.body for row in rows}

    async def is_author(self, version_id: UUID, person: UUID) -> bool:
        """Say whether a person is in the organisation whose version this is, whichever one they act for now."""
        async with self.engine.connect() as connection:
            return bool((await connection.execute(_IS_AUTHOR, {"id": version_id, "person": person})).scalar())

    async def decide(self, decision: Decision) -> None:
        """Approve or reject a PENDING version; an approved one is what everyone sees from now on.

        Raises NotFound for what was not submitted, and Conflict, with who and when, for what was decided upon, or for what was
        submitted anew since it was read.
        """
        version = await self.version(decision.version_id)
        async with self.engine.begin() as connection:
            await _lock(connection, version.listing_id, "ListingVersion")
            standing = (await connection.execute(_STANDING, {"id": version.id})).one()
            if standing.status != ListingState.PENDING:
                raise _decided(standing)
            if standing.submitted_at != decision.submitted_at:
                raise Conflict("The version was withdrawn and submitted again meanwhile; read it again.")
            status = ListingState.APPROVED if decision.approves else ListingState.REJECTED
            row = {
                "id": version.id,
                "status": status.value,
                "person": decision.person_id,
                "comments": decision.comments,
                "internal": decision.internal,
            }
            await connection.execute(_DECIDE, row)
            if decision.approves:
                await connection.execute(_PUBLISH, {"id": version.listing_id, "number": standing.number})

    async def feature(self, listing_id: UUID, is_featured: bool) -> None:
        async with self.engine.begin() as connection:
            found = await connection.execute(_FEATURE, {"id": listing_id, "is_featured": is_featured})
            if found.one_or_none() is None:
                raise NotFound("There is no such Listing here.")

    async def take_down(self, listing_id: UUID, comments: str) -> None:
        """Take a listing from the marketplace until another version of it is approved; the author reads why."""
        async with self.engine.begin() as connection:
            number = await _lock(connection, listing_id, "Listing")
            if number is None:
                raise NotFound("There is no such Listing here.")
            await connection.execute(_TAKE_DOWN, {"id": listing_id})
            await connection.execute(_COMMENT, {"id": listing_id, "number": number, "comments": comments})


async def _lock(connection: AsyncConnection, listing_id: UUID, kind: str) -> int | None:
    """Lock a listing; give the number of its active version."""
    row = (await connection.execute(_LOCK, {"id": listing_id})).one_or_none()
    if row is None:
        raise NotFound(f"There is no such {kind} here.")
    return None if row.active_number is None else int(row.active_number)


def _decided(standing: Any) -> Conflict | NotFound:
    """Say who decided upon a version and when; one that was withdrawn meanwhile is not there."""
    if standing.reviewed_at is None or standing.status == ListingState.DRAFT:
        return NotFound("There is no such ListingVersion here.")
    done = "approved" if standing.status == ListingState.APPROVED else "rejected"
    when = standing.reviewed_at.isoformat(timespec="seconds")
    return Conflict(f"{standing.reviewer or 'Somebody'} {done} it already, at {when}.", status=standing.status)
