"""Authoring: an organisation's own listings, made, changed, submitted and taken away; it reviews nothing.

A version's snapshot and texts change while it is a DRAFT and never after, so what was approved is what is installed. Whatever
changes a version takes the listing's row first, as reviewers do: of two who decide at once, the second sees the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.db.tenancy import Database
from schema.errors import Conflict, NotFound
from schema.ids import new_id
from schema.limits import LIMITS
from schema.submission_states import UNDECIDED, ListingState, sources_of

_LIVE: Final = text(
    "SELECT count(*) AS listings, bool_or(graph_id = :graph_id AND deleted_at IS NULL) AS is_listed "
    "FROM listings WHERE tenant_id = :tenant"
)
_LOCK_ORGANISATION: Final = text("SELECT id FROM organisations WHERE id = :tenant FOR NO KEY UPDATE")
_PUT: Final = text("INSERT INTO listings (id, tenant_id, graph_id, slug) VALUES (:id, :tenant, :graph_id, :slug)")
_LOCK: Final = text(
    "SELECT graph_id FROM listings WHERE id = :id AND tenant_id = :tenant AND deleted_at IS NULL FOR UPDATE"
)
_NUMBERS: Final = text(
    "SELECT coalesce(max(number), 0) AS newest, max(number) FILTER (WHERE status = ANY(:undecided)) AS undecided "
    "FROM listing_versions WHERE listing_id = :id"
)
_PUT_VERSION: Final = text("""
INSERT INTO listing_versions (id, listing_id, tenant_id, number, graph_version, body, name, subheading, description,
                              instructions, changes, categories, media, status)
VALUES (:id, :listing, :tenant, :number, :graph_version, CAST(:body AS json), :name, :subheading, :description,
        :instructions, :changes, CAST(:categories AS jsonb), CAST(:media AS jsonb), 'DRAFT')
""")
_CHANGE_VERSION: Final = text("""
UPDATE listing_versions SET
  graph_version = coalesce(CAST(:graph_version AS int), graph_version), body = coalesce(CAST(:body AS json), body),
  name = coalesce(:name, name), subheading = coalesce(:subheading, subheading),
  description = coalesce(:description, description), instructions = coalesce(:instructions, instructions),
  changes = coalesce(:changes, changes), categories = coalesce(CAST(:categories AS jsonb), categories),
  media = coalesce(CAST(:media AS jsonb), media)
WHERE id = :id AND tenant_id = :tenant AND status = 'DRAFT' RETURNING id
""")
_MOVE: Final = text("""
UPDATE listing_versions v SET status = :new, submitted_by = :person, submitted_at = now()
WHERE v.id = :id AND v.tenant_id = :tenant AND v.status = ANY(:sources) RETURNING v.id
""")
_LISTING_OF: Final = text("SELECT listing_id, status FROM listing_versions WHERE id = :id AND tenant_id = :tenant")
_DELETE: Final = text(
    "UPDATE listings SET deleted_at = now(), active_number = NULL, is_featured = false "
    "WHERE id = :id AND tenant_id = :tenant AND deleted_at IS NULL RETURNING id"
)


@dataclass(frozen=True)
class VersionTexts:
    """What an author says of a version, checked; None: as it was."""

    name: str | None
    subheading: str | None
    description: str | None
    instructions: str | None
    changes: str | None
    categories: tuple[str, ...] | None
    media: tuple[str, ...] | None


@dataclass(frozen=True)
class Snapshot:
    """An agent as it was, with all that it uses, scrubbed of secrets."""

    graph_version: int
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Authoring:
    """What an author does to listings of their own organisation."""

    engine: Database

    async def add(self, tenant: UUID, graph_id: UUID, slug: str, snapshot: Snapshot, texts: VersionTexts) -> UUID:
        """Make a listing with a first version as DRAFT; give its id. Raises Conflict where the slug or the agent has one."""
        listing_id = new_id()
        try:
            async with self.engine.begin() as connection:
                await connection.execute(_LOCK_ORGANISATION, {"tenant": tenant})
                found = (await connection.execute(_LIVE, {"tenant": tenant, "graph_id": graph_id})).one()
                if found.is_listed:
                    raise Conflict("The agent has a listing; make a new version of that.")
                if found.listings >= LIMITS.listings_max:
                    raise Conflict(f"An organisation has at most {LIMITS.listings_max} listings.")
                row = {"id": listing_id, "tenant": tenant, "graph_id": graph_id, "slug": slug}
                await connection.execute(_PUT, row)
                await _put_version(connection, tenant, listing_id, 1, snapshot, texts)
        except IntegrityError as error:
            raise Conflict(f"The slug {slug!r} was used for another listing of yours.", where="slug") from error
        return listing_id

    async def add_version(self, tenant: UUID, listing_id: UUID, snapshot: Snapshot, texts: VersionTexts) -> None:
        """Add a version as DRAFT; raise Conflict while another one is not decided upon."""
        async with self.engine.begin() as connection:
            await _lock(connection, tenant, listing_id)
            where = {"id": listing_id, "undecided": list(UNDECIDED)}
            numbers = (await connection.execute(_NUMBERS, where)).one()
            if numbers.undecided is not None:
                raise Conflict(f"Version {numbers.undecided} is not decided upon yet; change that one, or wait.")
            await _put_version(connection, tenant, listing_id, numbers.newest + 1, snapshot, texts)

    async def change_version(
        self, tenant: UUID, version_id: UUID, snapshot: Snapshot | None, texts: VersionTexts
    ) -> None:
        """Change a DRAFT; raise Conflict where the version is one no more."""
        row = {**_row(texts), "id": version_id, "tenant": tenant, "graph_version": None, "body": None}
        if snapshot is not None:
            row |= {"graph_version": snapshot.graph_version, "body": orjson.dumps(snapshot.body).decode()}
        async with self.engine.begin() as connection:
            status = await _lock_listing_of(connection, tenant, version_id)
            if (await connection.execute(_CHANGE_VERSION, row)).one_or_none() is None:
                raise Conflict(f"The version is {status}; only a DRAFT changes. Make a new version.", status=status)

    async def move(self, tenant: UUID, version_id: UUID, new: ListingState, person: UUID) -> None:
        """Submit a version or withdraw it; raise Conflict where the table of moves has no such move."""
        row = {"id": version_id, "tenant": tenant, "new": new.value, "person": person, "sources": list(sources_of(new))}
        async with self.engine.begin() as connection:
            status = await _lock_listing_of(connection, tenant, version_id)
            if (await connection.execute(_MOVE, row)).one_or_none() is None:
                raise Conflict(f"The version is {status}; it does not become {new.value}.", status=status)

    async def delete(self, tenant: UUID, listing_id: UUID) -> None:
        """Take a listing from the marketplace for good. Its slug stays taken, so that nothing else stands in its place."""
        async with self.engine.begin() as connection:
            if (await connection.execute(_DELETE, {"id": listing_id, "tenant": tenant})).one_or_none() is None:
                raise NotFound("There is no such Listing here.")


async def _lock(connection: AsyncConnection, tenant: UUID, listing_id: UUID) -> None:
    if (await connection.execute(_LOCK, {"id": listing_id, "tenant": tenant})).one_or_none() is None:
        raise NotFound("There is no such Listing here.")


async def _lock_listing_of(connection: AsyncConnection, tenant: UUID, version_id: UUID) -> str:
    """Lock the listing of a version, as reviewers do, and give the version's state under that lock."""
    where = {"id": version_id, "tenant": tenant}
    found = (await connection.execute(_LISTING_OF, where)).one_or_none()
    locked = None
    if found is not None:
        where_listing = {"id": found.listing_id, "tenant": tenant}
        locked = (await connection.execute(_LOCK, where_listing)).one_or_none()
    if found is None or locked is None:
        raise NotFound("There is no such ListingVersion here.")
    return str((await connection.execute(_LISTING_OF, where)).one().status)


async def _put_version(
    connection: AsyncConnection, tenant: UUID, listing_id: UUID, number: int, snapshot: Snapshot, texts: VersionTexts
) -> None:
    row = {
        **_row(texts),
        "id": new_id(),
        "listing": listing_id,
        "tenant": tenant,
        "number": number,
        "graph_version": snapshot.graph_version,
        "body": orjson.dumps(snapshot.body).decode(),
    }
    await connection.execute(_PUT_VERSION, row)


def _row(texts: VersionTexts) -> dict[str, Any]:
    lists = {name: getattr(texts, name) for name in ("categories", "media")}
    kept = {name: None if each is None else orjson.dumps(each).decode() for name, each in lists.items()}
    return {**vars(texts), **kept}
