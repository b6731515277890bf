"""The marketplace as a tenant sees it: listings that are active, its own, and their versions; it changes nothing.

What everyone sees of a listing is its active version. Each order has an index, and a page begins behind the last row that was
seen, so a page costs the same however many listings there are. Words are found by PostgreSQL's full text; pgvector, which
would find meanings, is not needed for it and not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from schema.db.tenancy import Database
from schema.errors import NotFound


class Sort(StrEnum):
    """The orders of the marketplace, each the most first."""

    RUNS = "RUNS"
    RATING = "RATING"
    NEWEST = "NEWEST"


#: {order: (column, what stands before every row of it)}. Each column has an index with the id.
_SORTS: Final[dict[Sort, tuple[str, Any]]] = {
    Sort.RUNS: ("run_count", 2**63 - 1),
    Sort.RATING: ("rating_rank", 2**63 - 1),
    Sort.NEWEST: ("published_at", datetime(9999, 1, 1, tzinfo=UTC)),
}
_LAST_ID: Final = UUID(int=2**128 - 1)
#: Versions of one listing that are read at once, the newest.
_VERSIONS_MAX: Final = 100

LISTING_COLUMNS: Final = (
    "l.id, l.tenant_id, l.graph_id, l.slug, l.active_number, l.is_featured, l.run_count, l.rating_sum, l.rating_count, "
    "l.rating_rank, l.published_at, l.created_at"
)
VERSION_COLUMNS: Final = (
    "v.id, v.listing_id, v.tenant_id, v.number, v.graph_version, v.name, v.subheading, v.description, v.instructions, "
    "v.changes, v.categories, v.media, v.status, v.submitted_at, v.reviewed_at, v.review_comments, v.created_at"
)
#: Which listings a tenant sees: those that everyone sees, and its own.
_SEEN: Final = "l.deleted_at IS NULL AND (l.active_number IS NOT NULL OR l.tenant_id = :tenant)"
#: Materialized: few versions have a word, and the order's index would be read to its end to find them.
_FOUND: Final = """
    WITH found AS MATERIALIZED (
      SELECT listing_id, number, status, categories FROM listing_versions
      WHERE search @@ websearch_to_tsquery('english', :search) AND status = 'APPROVED')
"""


def _page(column: str, is_searched: bool) -> Any:
    return text(f"""
        {_FOUND if is_searched else ""}
        SELECT {LISTING_COLUMNS} FROM listings l
        JOIN {"found" if is_searched else "listing_versions"} v ON v.listing_id = l.id AND v.number = l.active_number
        WHERE l.deleted_at IS NULL AND v.status = 'APPROVED' AND (l.{column}, l.id) < (:after_key, :after_id)
          AND (CAST(:category AS jsonb) IS NULL OR v.categories @> CAST(:category AS jsonb))
          AND (CAST(:creator AS text) IS NULL
               OR l.tenant_id = (SELECT p.tenant_id FROM profiles p WHERE p.handle = lower(:creator)))
          AND (CAST(:is_featured AS boolean) IS NULL OR l.is_featured = :is_featured)
        ORDER BY l.{column} DESC, l.id DESC LIMIT :limit
    """)


_PAGES: Final = {
    (sort, is_searched): _page(column, is_searched)
    for sort, (column, _) in _SORTS.items()
    for is_searched in (False, True)
}
#: Listings that are counted at most.
COUNTED_MAX: Final = 10_000


def _count(is_searched: bool) -> Any:
    return text(f"""
        {_FOUND if is_searched else ""}
        SELECT count(*) FROM (
          SELECT 1 FROM listings l
          JOIN {"found" if is_searched else "listing_versions"} v ON v.listing_id = l.id AND v.number = l.active_number
          WHERE l.deleted_at IS NULL AND v.status = 'APPROVED'
            AND (CAST(:category AS jsonb) IS NULL OR v.categories @> CAST(:category AS jsonb)) LIMIT {COUNTED_MAX}) AS counted
    """)


_COUNTS: Final = {is_searched: _count(is_searched) for is_searched in (False, True)}
#: Categories that are told, those of the most listings.
CATEGORIES_TOLD_MAX: Final = 50
_CATEGORIES: Final = text(f"""
    SELECT c.value AS name, count(*) AS listings FROM (
      SELECT v.categories FROM listings l JOIN listing_versions v ON v.listing_id = l.id AND v.number = l.active_number
      WHERE l.deleted_at IS NULL AND v.status = 'APPROVED' ORDER BY l.run_count DESC, l.id DESC LIMIT {COUNTED_MAX}
    ) AS seen, jsonb_array_elements_text(seen.categories) c
    GROUP BY c.value ORDER BY count(*) DESC, c.value LIMIT {CATEGORIES_TOLD_MAX}
""")
_GET: Final = text(f"SELECT {LISTING_COLUMNS} FROM listings l WHERE l.id = ANY(:ids) AND {_SEEN}")
_BY_SLUG: Final = text(
    f"SELECT {LISTING_COLUMNS} FROM listings l JOIN profiles p ON p.tenant_id = l.tenant_id "
    f"WHERE p.handle = lower(:creator) AND l.slug = :slug AND {_SEEN}"
)
_OWN: Final = text(
    f"SELECT {LISTING_COLUMNS} FROM listings l WHERE l.tenant_id = :tenant AND l.deleted_at IS NULL AND l.id < :before "
    "ORDER BY l.id DESC LIMIT :limit"
)
_VERSIONS_OF: Final = text(f"""
    SELECT * FROM (
      SELECT {VERSION_COLUMNS}, row_number() OVER (PARTITION BY v.listing_id ORDER BY v.number DESC) AS place
      FROM listing_versions v WHERE v.listing_id = ANY(:ids) AND (v.tenant_id = :tenant OR v.status = 'APPROVED')) v
    WHERE v.place <= {_VERSIONS_MAX} ORDER BY v.listing_id, v.number DESC
""")
_ACTIVE_OF: Final = text(
    f"SELECT {VERSION_COLUMNS} FROM listings l JOIN listing_versions v ON v.listing_id = l.id AND v.number = l.active_number "
    f"WHERE l.id = ANY(:ids) AND {_SEEN}"
)
_VERSION: Final = text(
    f"SELECT {VERSION_COLUMNS} FROM listing_versions v JOIN listings l ON l.id = v.listing_id "
    f"WHERE v.id = :id AND {_SEEN} AND (v.tenant_id = :tenant OR v.status = 'APPROVED')"
)
_BODIES: Final = text("SELECT id, body FROM listing_versions WHERE id = ANY(:ids)")


@dataclass(frozen=True)
class Listing:
    """A listing's row."""

    id: UUID
    tenant_id: UUID
    graph_id: UUID
    slug: str
    active_number: int | None
    is_featured: bool
    run_count: int
    rating_sum: int
    rating_count: int
    rating_rank: int
    published_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class ListingVersion:
    """A version of a listing without its snapshot, which is large, and without what only reviewers read."""

    id: UUID
    listing_id: UUID
    tenant_id: UUID
    number: int
    graph_version: int
    name: str
    subheading: str
    description: str
    instructions: str | None
    changes: str
    categories: list[str]
    media: list[str]
    status: str
    submitted_at: datetime | None
    reviewed_at: datetime | None
    review_comments: str | None
    created_at: datetime


@dataclass(frozen=True)
class Wish:
    """Which listings somebody wants to see, and how many."""

    limit: int
    sort: Sort = Sort.RUNS
    search: str | None = None
    category: str | None = None
    creator: str | None = None
    is_featured: bool | None = None
    #: The key and the id of the last row that was seen.
    after: tuple[Any, UUID] | None = None


@dataclass(frozen=True)
class Market:
    """The marketplace as one tenant sees it."""

    engine: Database

    async def page(self, wish: Wish) -> list[Listing]:
        """Give listings that everyone sees.

        It names no tenant, so it may work as the owner of the tables. Searching it should: row-level security checks each
        row before a match of words, which is no leakproof operator, so the index of words would not be used.
        """
        after_key, after_id = wish.after or (_SORTS[wish.sort][1], _LAST_ID)
        where = {
            "search": wish.search,
            "category": None if wish.category is None else orjson.dumps([wish.category]).decode(),
            "creator": wish.creator,
            "is_featured": wish.is_featured,
            "after_key": after_key,
            "after_id": after_id,
            "limit": wish.limit,
        }
        if wish.search is None:
            del where["search"]
        async with self.engine.connect() as connection:
            rows = await connection.execute(_PAGES[wish.sort, wish.search is not None], where)
            return [Listing(**row) for row in rows.mappings()]

    async def count(self, search: str | None, category: str | None) -> int:
        """Give how many listings that everyone sees have these words and this category, as far as they are counted."""
        where = {} if search is None else {"search": search}
        category_json = None if category is None else orjson.dumps([category]).decode()
        async with self.engine.connect() as connection:
            found = await connection.execute(_COUNTS[search is not None], {**where, "category": category_json})
            return int(found.scalar_one())

    async def categories(self) -> list[tuple[str, int]]:
        """Give the categories of what everyone sees, each with how many listings it has, the most first."""
        async with self.engine.connect() as connection:
            return [(row.name, int(row.listings)) for row in (await connection.execute(_CATEGORIES)).all()]

    async def own(self, tenant: UUID, limit: int, before: UUID | None) -> list[Listing]:
        """Give a tenant's own listings, the newest first."""
        where = {"tenant": tenant, "limit": limit, "before": before or _LAST_ID}
        async with self.engine.connect() as connection:
            return [Listing(**row) for row in (await connection.execute(_OWN, where)).mappings()]

    async def get_many(self, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, Listing]:
        """Give those of these listings that a tenant sees."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_GET, {"tenant": tenant, "ids": list(ids)})).mappings().all()
        return {row["id"]: Listing(**row) for row in rows}

    async def get(self, tenant: UUID, listing_id: UUID) -> Listing:
        """Give a listing that a tenant sees; raise NotFound."""
        found = (await self.get_many(tenant, [listing_id])).get(listing_id)
        if found is None:
            raise NotFound("There is no such Listing here.")
        return found

    async def own_graph(self, tenant: UUID, listing_id: UUID) -> UUID:
        """Give the agent of a tenant's own listing; raise NotFound, also for another's."""
        found = await self.get(tenant, listing_id)
        if found.tenant_id != tenant:
            raise NotFound("There is no such Listing here.")
        return found.graph_id

    async def by_slug(self, tenant: UUID, creator: str, slug: str) -> Listing | None:
        where = {"tenant": tenant, "creator": creator, "slug": slug}
        async with self.engine.connect() as connection:
            row = (await connection.execute(_BY_SLUG, where)).mappings().one_or_none()
        return None if row is None else Listing(**row)

    async def version(self, tenant: UUID, version_id: UUID) -> ListingVersion:
        """Give a version that a tenant sees; raise NotFound."""
        async with self.engine.connect() as connection:
            found = await connection.execute(_VERSION, {"tenant": tenant, "id": version_id})
            row = found.mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such ListingVersion here.")
        return version_of(row)

    async def versions_of(self, tenant: UUID, listings: Sequence[UUID]) -> dict[UUID, list[ListingVersion]]:
        """Give the versions of these listings, the newest first: of one's own all, of others the approved ones."""
        found: dict[UUID, list[ListingVersion]] = {}
        async with self.engine.connect() as connection:
            rows = await connection.execute(_VERSIONS_OF, {"tenant": tenant, "ids": list(listings)})
            for row in rows.mappings():
                found.setdefault(row["listing_id"], []).append(version_of(row))
        return found

    async def active_of(self, tenant: UUID, listings: Sequence[UUID]) -> dict[UUID, ListingVersion]:
        """Give the active version of each of these listings that has one."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(_ACTIVE_OF, {"tenant": tenant, "ids": list(listings)})
            return {row["listing_id"]: version_of(row) for row in rows.mappings()}

    async def bodies(self, versions: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
        """Give the snapshots of versions that the caller was shown."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_BODIES, {"ids": list(versions)})).all()
        return {row.id: row.body for row in rows}


def version_of(row: Any) -> ListingVersion:
    """Give a version from a row that may have more columns."""
    return ListingVersion(**{field.name: row[field.name] for field in fields(ListingVersion)})
