"""Profiles in GraphQL: how organisations show themselves on the marketplace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry

from api.call import Call
from api.graphql.guard import mutation, query
from api.graphql.ids import encode_id
from api.graphql.market_texts import line_of, link_of, links_of, slug_of, text_of
from api.graphql.node import Node, add_finders
from api.graphql.problems import Payload
from schema.access import Right
from schema.db.profiles import NewProfile
from schema.db.profiles import Profile as ProfileRow
from schema.errors import NotFound


@strawberry.type(
    description="How an organisation shows itself on the marketplace. Everyone who reads listings sees it."
)
class Profile(Node):
    row: strawberry.Private[ProfileRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Profile", self.row.tenant_id)

    @strawberry.field(description="Its name in addresses; no two organisations have the same.")
    def handle(self) -> str:
        return self.row.handle

    @strawberry.field
    def name(self) -> str:
        return self.row.name

    @strawberry.field(description="Plain text, or Markdown's source; escape it where you show it.")
    def description(self) -> str:
        return self.row.description

    @strawberry.field(description="An https URL.")
    def avatar_url(self) -> str | None:
        return self.row.avatar_url

    @strawberry.field(description="https URLs.")
    def links(self) -> list[str]:
        return list(self.row.links)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at


async def profile_of(call: Call, tenant: UUID) -> Profile | None:
    """Give the profile of an organisation; all that one operation asks for are read at once."""

    async def load(tenants: Sequence[UUID]) -> dict[UUID, Profile]:
        found = await call.stores.profiles.by_tenant(tenants)
        return {key: Profile(row=row) for key, row in found.items()}

    return await call.loader("profile", load).load(tenant)


async def _find(call: Call, parts: list[str]) -> Profile:
    found = await profile_of(call, UUID(parts[0]))
    if found is None:
        raise NotFound("There is no such Profile here.")
    return found


add_finders({"Profile": (Right.READ_LISTINGS, _find)})


@strawberry.input
class UpdateProfileInput:
    handle: str = strawberry.field(description="2 to 60 small letters, digits and hyphens.")
    name: str
    description: str = ""
    avatar_url: str | None = strawberry.field(default=None, description="An https URL.")
    links: list[str] = strawberry.field(default_factory=list, description="At most 10 https URLs.")


@strawberry.type
class ProfilePayload(Payload):
    profile: Profile | None = None


@strawberry.type
class ProfilesQuery:
    @query(Right.READ_LISTINGS, "The profile that has this handle; null where there is none.")
    async def profile(self, info: strawberry.Info, handle: str) -> Profile | None:
        call: Call = info.context
        row = await call.stores.profiles.by_handle(handle[:100])
        return None if row is None else Profile(row=row)

    @query(Right.READ_LISTINGS, "The profile of the caller's own organisation; null until it has one.")
    async def own_profile(self, info: strawberry.Info) -> Profile | None:
        call: Call = info.context
        return await profile_of(call, call.tenant)


@strawberry.type
class ProfilesMutation:
    @mutation(Right.WRITE_LISTINGS, "Make or change the profile of the organisation. A listing needs one.")
    async def update_profile(self, info: strawberry.Info, input: UpdateProfileInput) -> ProfilePayload:
        call: Call = info.context
        new = NewProfile(
            handle=slug_of(input.handle, "handle"),
            name=line_of(input.name, "name"),
            description=text_of(input.description, "description"),
            avatar_url=link_of(input.avatar_url, "avatarUrl") if input.avatar_url else None,
            links=links_of(input.links, "links"),
        )
        return ProfilePayload(profile=Profile(row=await call.stores.profiles.put(call.tenant, new)))
