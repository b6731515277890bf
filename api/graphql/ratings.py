"""Ratings in GraphQL: what people who have an agent think of its listing; who they are is shown to nobody.

A rating shows the public profile of the rater's organisation, where it has one. A person's name or address is in no answer,
and neither is the name of an organisation that does not show itself.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from api.call import Call
from api.errors import BadUserInput, Forbidden
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.guard import mutation, query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.market import Listing
from api.graphql.market_texts import COMMENT_CHARACTERS_MAX, text_of
from api.graphql.problems import Payload
from api.graphql.profiles import Profile, profile_of
from schema.access import Right
from schema.db.ratings import Rating as RatingRow


@strawberry.type(description="What one person thinks of one version of a listing.")
class Rating:
    row: strawberry.Private[RatingRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Rating", self.row.id)

    @strawberry.field(description="From 1 to 5.")
    def score(self) -> int:
        return self.row.score

    @strawberry.field(description="Plain text; escape it where you show it.")
    def comment(self) -> str:
        return self.row.comment

    @strawberry.field(description="The number of the version that they had.")
    def number(self) -> int:
        return self.row.number

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field
    def updated_at(self) -> datetime:
        return self.row.updated_at

    @strawberry.field(description="The profile of the rater's organisation; null where it has none. Nobody is named.")
    async def rater(self, info: strawberry.Info) -> Profile | None:
        return await profile_of(info.context, self.row.tenant_id)

    @strawberry.field(description="Whether it is the caller's own.")
    def is_own(self, info: strawberry.Info) -> bool:
        call: Call = info.context
        return call.principal.person_id == self.row.person_id


@strawberry.input
class RateListingInput:
    listing_id: strawberry.ID
    score: int = strawberry.field(description="From 1 to 5.")
    comment: str = ""


@strawberry.type
class RatingPayload(Payload):
    rating: Rating | None = None
    listing: Listing | None = strawberry.field(default=None, description="The listing with its new average.")


@strawberry.type
class RatingsQuery:
    @query(Right.READ_LISTINGS, "The ratings of a listing that everyone sees, the newest first.")
    async def ratings(
        self, info: strawberry.Info, listing_id: strawberry.ID, first: int | None = None, after: str | None = None
    ) -> Connection[Rating]:
        call: Call = info.context
        size = page_size(first)
        listing = await call.stores.market.get(call.tenant, decode_uuid("Listing", listing_id))
        key = decode_cursor("ratings", after, UUID)
        rows = await call.services.ratings.page(listing.id, size + 1, None if key is None else key[0])
        return connect(
            rows, size, lambda row: Rating(row=row), lambda row: encode_cursor("ratings", row.id), after=after
        )


@strawberry.type
class RatingsMutation:
    @mutation(
        Right.RATE_LISTINGS,
        "Rate the version of a listing that your library has. Rating it again takes the place of your earlier rating.",
    )
    async def rate_listing(self, info: strawberry.Info, input: RateListingInput) -> RatingPayload:
        call: Call = info.context
        if not 1 <= input.score <= 5:
            raise BadUserInput("A score is from 1 to 5.", where="score")
        comment = text_of(input.comment, "comment", COMMENT_CHARACTERS_MAX).strip()
        listing_id, person = decode_uuid("Listing", input.listing_id), call.principal.person_id
        standing = await call.services.ratings.standing(call.tenant, person, listing_id)
        if standing.is_author:
            raise Forbidden("Nobody rates a listing of their own organisation.")
        if standing.number is None:
            raise Forbidden("Only people whose library has it rate a listing; add it first.")
        row = await call.services.ratings.put(call.tenant, person, listing_id, standing.number, input.score, comment)
        listing = await call.stores.market.get(call.tenant, listing_id)
        return RatingPayload(rating=Rating(row=row), listing=Listing(row=listing))
