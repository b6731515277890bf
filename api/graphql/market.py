"""The marketplace in GraphQL: listings and their versions, as everyone, their author and a reviewer see them; it changes nothing.

Everyone sees a listing while it has an active version, and of its versions those that were approved. The author's organisation
sees all of its own. A reviewer sees whatever was submitted, by `pendingListings` and by a version's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.errors import BadUserInput
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.guard import query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.market_texts import search_of
from api.graphql.node import Node, add_finders
from api.graphql.profiles import Profile, profile_of
from schema.access import Right
from schema.db.market import CATEGORIES_TOLD_MAX, Sort, Wish
from schema.db.market import Listing as ListingRow
from schema.db.market import ListingVersion as VersionRow
from schema.errors import NotFound
from schema.submission_states import ListingState

ListingStateEnum = strawberry.enum(
    ListingState,
    name="ListingState",
    description="DRAFT until it is submitted, PENDING until somebody decides; APPROVED and REJECTED never change.",
)
ListingSortEnum = strawberry.enum(
    Sort,
    name="ListingSort",
    description="The most run first, the best rated (five ratings of 3 are counted along, so that one rating does not "
    "outrank a hundred), or the last published.",
)
#: GraphQL's Int has 31 bits; a count beyond that is shown as the largest.
_INT_MAX: Final = 2**31 - 1


@strawberry.type(
    description="A version of a listing: what it says, and the agent as it was when it was taken, scrubbed."
)
class ListingVersion(Node):
    row: strawberry.Private[VersionRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("ListingVersion", self.row.id)

    @strawberry.field(description="Its number among the listing's versions, from 1.")
    def number(self) -> int:
        return self.row.number

    @strawberry.field
    def status(self) -> ListingStateEnum:  # type: ignore[valid-type]
        return ListingState(self.row.status)

    @strawberry.field
    def name(self) -> str:
        return self.row.name

    @strawberry.field
    def subheading(self) -> str:
        return self.row.subheading

    @strawberry.field(description="Plain text, or Markdown's source; escape it where you show it.")
    def description(self) -> str:
        return self.row.description

    @strawberry.field(description="How to use the agent; text as the description is.")
    def instructions(self) -> str | None:
        return self.row.instructions or None

    @strawberry.field(description="What is new since the version before; text as the description is.")
    def changes(self) -> str:
        return self.row.changes

    @strawberry.field(description="In small letters.")
    def categories(self) -> list[str]:
        return list(self.row.categories)

    @strawberry.field(description="https URLs of pictures and films.")
    def media(self) -> list[str]:
        return list(self.row.media)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="When it was submitted last; null for a draft that never was.")
    def submitted_at(self) -> datetime | None:
        return self.row.submitted_at

    @strawberry.field(description="When it was approved or rejected.")
    def reviewed_at(self) -> datetime | None:
        return self.row.reviewed_at

    @strawberry.field(description="What the reviewer told the author; null for everyone else.")
    def review_comments(self, info: strawberry.Info) -> str | None:
        call: Call = info.context
        is_for_caller = call.tenant == self.row.tenant_id or call.principal.may(Right.REVIEW_LISTINGS)
        return self.row.review_comments if is_for_caller else None

    @strawberry.field(description="What reviewers told one another; null for everyone else.")
    async def internal_comments(self, info: strawberry.Info) -> str | None:
        call: Call = info.context
        if not call.principal.may(Right.REVIEW_LISTINGS):
            return None
        found: str | None = await call.loader("internal_comments", call.services.reviews.internal_comments).load(
            self.row.id
        )
        return found

    @strawberry.field(description="The version of the author's agent that it was made from; null for everyone else.")
    def graph_version(self, info: strawberry.Info) -> int | None:
        call: Call = info.context
        return self.row.graph_version if call.tenant == self.row.tenant_id else None

    @strawberry.field(description="The agent's file, with all that it runs and nothing secret: what is installed.")
    async def document(self, info: strawberry.Info) -> JSON | None:
        call: Call = info.context
        is_review = call.principal.may(Right.REVIEW_LISTINGS) and call.tenant != self.row.tenant_id
        bodies = call.services.reviews.bodies if is_review else call.stores.market.bodies
        body = await call.loader(f"listing_body:{is_review}", bodies).load(self.row.id)
        return None if body is None else JSON(body)

    @strawberry.field(description="The listing that it is of; null where that is not to be seen any more.")
    async def listing(self, info: strawberry.Info) -> Listing | None:
        call: Call = info.context

        async def load(ids: Sequence[UUID]) -> dict[UUID, Listing]:
            if call.principal.may(Right.REVIEW_LISTINGS):
                rows = await call.services.reviews.listings(ids)
            else:
                rows = await call.stores.market.get_many(call.tenant, ids)
            return {key: Listing(row=row) for key, row in rows.items()}

        return await call.loader("listing", load).load(self.row.listing_id)


@strawberry.type(description="An agent on the marketplace.")
class Listing(Node):
    row: strawberry.Private[ListingRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Listing", self.row.id)

    @strawberry.field(description="Its name in addresses, one of its creator's.")
    def slug(self) -> str:
        return self.row.slug

    @strawberry.field(description="The profile of the organisation whose listing it is.")
    async def creator(self, info: strawberry.Info) -> Profile | None:
        return await profile_of(info.context, self.row.tenant_id)

    @strawberry.field(description="The agent's id, which its copies keep.")
    def graph_id(self) -> strawberry.ID:
        return encode_id("Graph", self.row.graph_id)

    @strawberry.field(description="Whether the caller's organisation is its author.")
    def is_own(self, info: strawberry.Info) -> bool:
        call: Call = info.context
        return call.tenant == self.row.tenant_id

    @strawberry.field
    def is_featured(self) -> bool:
        return self.row.is_featured

    @strawberry.field(description="Runs that people of other organisations started.")
    def run_count(self) -> int:
        return min(self.row.run_count, _INT_MAX)

    @strawberry.field
    def rating_count(self) -> int:
        return min(self.row.rating_count, _INT_MAX)

    @strawberry.field(description="The plain average, from 1 to 5; null until somebody has rated it.")
    def rating_average(self) -> float | None:
        return self.row.rating_sum / self.row.rating_count if self.row.rating_count else None

    @strawberry.field(description="When it was approved for the first time.")
    def published_at(self) -> datetime | None:
        return self.row.published_at

    @strawberry.field(description="The version that everyone sees and that is installed; null while there is none.")
    async def active(self, info: strawberry.Info) -> ListingVersion | None:
        call: Call = info.context

        async def load(ids: Sequence[UUID]) -> dict[UUID, ListingVersion]:
            rows = await call.stores.market.active_of(call.tenant, ids)
            return {key: ListingVersion(row=row) for key, row in rows.items()}

        return await call.loader("active_version", load).load(self.row.id)

    @strawberry.field(description="Its versions, at most 100, the newest first: approved ones, and to the author all.")
    async def versions(self, info: strawberry.Info) -> list[ListingVersion]:
        call: Call = info.context

        async def load(ids: Sequence[UUID]) -> dict[UUID, list[ListingVersion]]:
            rows = await call.stores.market.versions_of(call.tenant, ids)
            return {key: [ListingVersion(row=row) for row in found] for key, found in rows.items()}

        return await call.loader("listing_versions", load).load(self.row.id) or []


async def find_listing(call: Call, parts: list[str]) -> Listing:
    """Give a listing that the caller sees by the parts of its id; raise NotFound."""
    return Listing(row=await call.stores.market.get(call.tenant, UUID(parts[0])))


async def find_version(call: Call, parts: list[str]) -> ListingVersion:
    """Give a version that the caller sees, or reviews, by the parts of its id; raise NotFound."""
    try:
        return ListingVersion(row=await call.stores.market.version(call.tenant, UUID(parts[0])))
    except NotFound:
        if not call.principal.may(Right.REVIEW_LISTINGS):
            raise
        return ListingVersion(row=await call.services.reviews.version(UUID(parts[0])))


add_finders(
    {
        "Listing": (Right.READ_LISTINGS, find_listing),
        "ListingVersion": (Right.READ_LISTINGS, find_version),
    }
)


@strawberry.type(description="A category of listings.")
class ListingCategory:
    name: str
    count: int = strawberry.field(description="How many listings that everyone sees are in it.")


@strawberry.type
class MarketQuery:
    @query(Right.READ_LISTINGS, "The marketplace. `search` reads names and descriptions, by words of English.")
    async def listings(
        self,
        info: strawberry.Info,
        first: int | None = None,
        after: str | None = None,
        search: str | None = None,
        category: str | None = None,
        creator: str | None = None,
        is_featured: bool | None = None,
        sort: ListingSortEnum = Sort.RUNS,  # type: ignore[valid-type]
    ) -> Connection[Listing]:
        call: Call = info.context
        size = page_size(first)
        of, column, kind = _ORDERS[sort]
        key = decode_cursor(of, after, kind, UUID)
        wish = Wish(
            limit=size + 1,
            sort=sort,
            search=search_of(search),
            category=None if category is None else category.strip().lower()[:100],
            creator=None if creator is None else creator[:100],
            is_featured=is_featured,
            after=None if key is None else (key[0], key[1]),
        )
        # What everyone sees is no tenant's, and row-level security would keep the search from its index.
        rows = await call.services.public_market.page(wish)

        def cursor(row: ListingRow) -> str:
            return encode_cursor(of, getattr(row, column), row.id)

        return connect(rows, size, lambda row: Listing(row=row), cursor, after=after)

    @query(
        Right.READ_LISTINGS,
        f"The categories of the marketplace, those of the most listings first; at most {CATEGORIES_TOLD_MAX}.",
    )
    async def listing_categories(self, info: strawberry.Info) -> list[ListingCategory]:
        call: Call = info.context
        found = await call.services.public_market.categories()
        return [ListingCategory(name=name, count=count) for name, count in found]

    @query(
        Right.READ_LISTINGS, "One listing, by its id or by its creator's handle and its slug; null where there is none."
    )
    async def listing(
        self,
        info: strawberry.Info,
        id: strawberry.ID | None = None,
        creator: str | None = None,
        slug: str | None = None,
    ) -> Listing | None:
        call: Call = info.context
        if (id is None) == (creator is None or slug is None):
            raise BadUserInput("Name a listing by `id`, or by `creator` and `slug`.", where="id")
        try:
            if id is not None:
                return Listing(row=await call.stores.market.get(call.tenant, decode_uuid("Listing", id)))
        except NotFound:
            return None
        row = await call.stores.market.by_slug(call.tenant, (creator or "")[:100], (slug or "")[:100])
        return None if row is None else Listing(row=row)

    @query(Right.WRITE_LISTINGS, "The organisation's own listings, published or not, the newest first.")
    async def own_listings(
        self, info: strawberry.Info, first: int | None = None, after: str | None = None
    ) -> Connection[Listing]:
        call: Call = info.context
        size = page_size(first)
        key = decode_cursor("ownListings", after, UUID)
        rows = await call.stores.market.own(call.tenant, size + 1, None if key is None else key[0])
        return connect(
            rows, size, lambda row: Listing(row=row), lambda row: encode_cursor("ownListings", row.id), after=after
        )


#: {order: (name of its cursors, the row's column, the column's kind)}.
_ORDERS: Final = {
    Sort.RUNS: ("listings:runs", "run_count", int),
    Sort.RATING: ("listings:rating", "rating_rank", int),
    Sort.NEWEST: ("listings:newest", "published_at", datetime),
}
