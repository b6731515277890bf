"""The tables of the library and the marketplace: entries, presets, profiles, listings, ratings; no query lives here."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Computed, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from schema.db.tables import Tables

_NOW = text("now()")
_ZERO = text("0")
_FALSE = text("false")


class LibraryEntryRow(Tables):
    """An agent in somebody's library, of one's own or from a listing. `graph_version` absent: it follows the active one."""

    __tablename__ = "library_entries"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "graph_id"], ["graphs.tenant_id", "graphs.id"], ondelete="CASCADE"),
        Index("uq_library_entries_graph", "tenant_id", "owner_id", "graph_id", unique=True),
        Index("ix_library_entries_updated", "tenant_id", "owner_id", "updated_at", "id"),
        Index("ix_library_entries_listing", "listing_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    graph_id: Mapped[UUID]
    graph_version: Mapped[int | None]
    listing_id: Mapped[UUID | None]
    #: The number of the listing's version that it has.
    listing_version: Mapped[int | None]
    is_auto_updated: Mapped[bool] = mapped_column(server_default=_FALSE)
    is_favourite: Mapped[bool] = mapped_column(server_default=_FALSE)
    is_archived: Mapped[bool] = mapped_column(server_default=_FALSE)
    folder_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class PresetRow(Tables):
    """Saved inputs and credential references of an agent."""

    __tablename__ = "presets"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "graph_id"], ["graphs.tenant_id", "graphs.id"], ondelete="CASCADE"),
        Index("ix_presets_graph", "tenant_id", "graph_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    graph_id: Mapped[UUID]
    graph_version: Mapped[int | None]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default=text("''"))
    inputs: Mapped[dict[str, Any]]
    credentials: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class ProfileRow(Tables):
    """How an organisation shows itself on the marketplace."""

    __tablename__ = "profiles"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["organisations.id"], ondelete="CASCADE"),
        Index("uq_profiles_handle", "handle", unique=True),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    handle: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default=text("''"))
    avatar_url: Mapped[str | None]
    links: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class ListingRow(Tables):
    """An agent on the marketplace; what everyone sees is its newest approved version."""

    __tablename__ = "listings"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["organisations.id"], ondelete="CASCADE"),
        Index("uq_listings_slug", "tenant_id", "slug", unique=True),
        Index("ix_listings_newest", "published_at", "id"),
        Index("ix_listings_runs", "run_count", "id"),
        Index("ix_listings_rating", "rating_rank", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    graph_id: Mapped[UUID]
    slug: Mapped[str]
    #: The number of the version that is shown; absent until one is approved, and after it was taken down.
    active_number: Mapped[int | None]
    is_featured: Mapped[bool] = mapped_column(server_default=_FALSE)
    run_count: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    rating_sum: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    rating_count: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    #: The average in millionths as if five people more had given 3: one rating does not outrank a hundred.
    rating_rank: Mapped[int] = mapped_column(
        BigInteger, Computed("(rating_sum + 15) * 1000000 / (rating_count + 5)", persisted=True)
    )
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    deleted_at: Mapped[datetime | None]


class ListingVersionRow(Tables):
    """A version of a listing: texts, media, and the agent as it was when it was submitted, scrubbed of secrets."""

    __tablename__ = "listing_versions"
    __table_args__ = (
        ForeignKeyConstraint(["listing_id"], ["listings.id"], ondelete="CASCADE"),
        Index("uq_listing_versions_number", "listing_id", "number", unique=True),
        Index("ix_listing_versions_status", "status", "submitted_at", "id"),
        Index("ix_listing_versions_search", "search", postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID]
    tenant_id: Mapped[UUID]
    number: Mapped[int]
    graph_version: Mapped[int]
    body: Mapped[dict[str, Any]]
    name: Mapped[str]
    subheading: Mapped[str]
    description: Mapped[str]
    instructions: Mapped[str | None]
    changes: Mapped[str]
    categories: Mapped[list[Any]]
    media: Mapped[list[Any]]
    #: DRAFT, PENDING, APPROVED or REJECTED.
    status: Mapped[str]
    submitted_by: Mapped[UUID | None]
    submitted_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None]
    reviewed_at: Mapped[datetime | None]
    review_comments: Mapped[str | None]
    internal_comments: Mapped[str | None]
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed(
            "to_tsvector('english'::regconfig, name || ' ' || subheading || ' ' || description)",
            persisted=True,
        ),
    )
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class RatingRow(Tables):
    """What one person thinks of one version of a listing."""

    __tablename__ = "ratings"
    __table_args__ = (
        ForeignKeyConstraint(["listing_id"], ["listings.id"], ondelete="CASCADE"),
        Index("uq_ratings_id", "listing_id", "id", unique=True),
    )

    listing_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: What clients see in its place: nobody learns who a person is from a rating.
    id: Mapped[UUID]
    tenant_id: Mapped[UUID]
    score: Mapped[int]
    comment: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=_NOW)
