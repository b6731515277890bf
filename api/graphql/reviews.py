"""Reviewing in GraphQL: the platform's reviewers decide upon what was submitted; nobody decides upon their own."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import strawberry

from api.call import Call
from api.errors import BadUserInput, Forbidden
from api.graphql.authoring import ListingPayload, ListingVersionPayload
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.guard import mutation, query
from api.graphql.ids import decode_uuid
from api.graphql.market import Listing, ListingVersion
from api.graphql.market_texts import text_of
from schema.access import Right
from schema.db.market import ListingVersion as VersionRow
from schema.db.reviews import Decision


class ReviewDecision(StrEnum):
    """What a reviewer decides."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"


ReviewDecisionEnum = strawberry.enum(
    ReviewDecision, name="ReviewDecision", description="What a reviewer decides; it is decided once."
)


@strawberry.input
class ReviewListingInput:
    version_id: strawberry.ID
    decision: ReviewDecisionEnum  # type: ignore[valid-type]
    submitted_at: datetime = strawberry.field(
        description="The version's `submittedAt` as you read it: one that was changed and submitted again is another."
    )
    comments: str = strawberry.field(default="", description="The author reads them; needed where you reject.")
    internal_comments: str = strawberry.field(default="", description="Only reviewers read them.")


@strawberry.input
class FeatureListingInput:
    listing_id: strawberry.ID
    is_featured: bool = True


@strawberry.input
class TakeDownListingInput:
    listing_id: strawberry.ID
    comments: str = strawberry.field(description="Why; the author reads it.")


@strawberry.type
class ReviewsQuery:
    @query(Right.REVIEW_LISTINGS, "The versions of all organisations that wait for a decision, the longest first.")
    async def pending_listings(
        self, info: strawberry.Info, first: int | None = None, after: str | None = None
    ) -> Connection[ListingVersion]:
        call: Call = info.context
        size = page_size(first)
        key = decode_cursor("pending", after, datetime, UUID)
        rows = await call.services.reviews.pending(size + 1, None if key is None else (key[0], key[1]))

        def cursor(row: VersionRow) -> str:
            return encode_cursor("pending", row.submitted_at, row.id)

        return connect(rows, size, lambda row: ListingVersion(row=row), cursor, after=after)


@strawberry.type
class ReviewsMutation:
    @mutation(
        Right.REVIEW_LISTINGS,
        "Approve a PENDING version, which everyone sees from then on, or reject it. Of two decisions the second is refused.",
    )
    async def review_listing(self, info: strawberry.Info, input: ReviewListingInput) -> ListingVersionPayload:
        call: Call = info.context
        version_id = decode_uuid("ListingVersion", input.version_id)
        approves = input.decision is ReviewDecision.APPROVE
        comments = text_of(input.comments, "comments").strip()
        if not approves and not comments:
            raise BadUserInput("Tell the author why the version is rejected.", where="comments")
        person = call.principal.person_id
        # Whichever organisation they act for now: one who belongs to the author's is the author.
        if await call.services.reviews.is_author(version_id, person):
            raise Forbidden("Nobody reviews a listing of their own organisation.")
        decision = Decision(
            version_id=version_id,
            submitted_at=input.submitted_at,
            person_id=person,
            approves=approves,
            comments=comments or None,
            internal=text_of(input.internal_comments, "internalComments").strip() or None,
        )
        await call.services.reviews.decide(decision)
        return ListingVersionPayload(version=ListingVersion(row=await call.services.reviews.version(version_id)))

    @mutation(Right.REVIEW_LISTINGS, "Put a listing among the featured ones, or take it out.")
    async def feature_listing(self, info: strawberry.Info, input: FeatureListingInput) -> ListingPayload:
        call: Call = info.context
        listing_id = decode_uuid("Listing", input.listing_id)
        await call.services.reviews.feature(listing_id, input.is_featured)
        return ListingPayload(listing=await _listing(call, listing_id))

    @mutation(
        Right.REVIEW_LISTINGS,
        "Take a listing from the marketplace until another version is approved. Copies in libraries stay.",
    )
    async def take_down_listing(self, info: strawberry.Info, input: TakeDownListingInput) -> ListingPayload:
        call: Call = info.context
        listing_id = decode_uuid("Listing", input.listing_id)
        comments = text_of(input.comments, "comments").strip()
        if not comments:
            raise BadUserInput("Tell the author why the listing is taken down.", where="comments")
        await call.services.reviews.take_down(listing_id, comments)
        return ListingPayload(listing=await _listing(call, listing_id))


async def _listing(call: Call, listing_id: UUID) -> Listing | None:
    row = (await call.services.reviews.listings([listing_id])).get(listing_id)
    return None if row is None else Listing(row=row)
