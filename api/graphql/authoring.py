"""Authoring in GraphQL: an organisation makes, changes, submits and takes away its own listings; it reviews none."""

from __future__ import annotations

from uuid import UUID

import strawberry

from api.call import Call
from api.graphql.guard import mutation
from api.graphql.ids import decode_uuid
from api.graphql.market import Listing, ListingVersion
from api.graphql.market_texts import SUBHEADING_CHARACTERS_MAX, categories_of, line_of, links_of, slug_of, text_of
from api.graphql.people import DonePayload
from api.graphql.problems import Payload
from api.snapshots import need_fit, take_snapshot
from schema.access import Right
from schema.db.authoring import VersionTexts
from schema.errors import Conflict
from schema.submission_states import ListingState


@strawberry.input
class ListingTexts:
    name: str
    subheading: str = ""
    description: str = strawberry.field(default="", description="Plain text, or Markdown's source; so are the others.")
    instructions: str = strawberry.field(default="", description="How to use the agent.")
    changes: str = strawberry.field(default="", description="What is new since the version before.")
    categories: list[str] = strawberry.field(default_factory=list, description="At most 5.")
    media: list[str] = strawberry.field(default_factory=list, description="At most 10 https URLs.")


@strawberry.input
class CreateListingInput:
    graph_id: strawberry.ID
    slug: str = strawberry.field(description="2 to 60 small letters, digits and hyphens; it never changes.")
    texts: ListingTexts
    graph_version: int | None = strawberry.field(default=None, description="A published version; else the active one.")


@strawberry.input
class CreateListingVersionInput:
    listing_id: strawberry.ID
    texts: ListingTexts
    graph_version: int | None = strawberry.field(default=None, description="A published version; else the active one.")


@strawberry.input
class UpdateListingVersionInput:
    version_id: strawberry.ID
    name: str | None = None
    subheading: str | None = None
    description: str | None = None
    instructions: str | None = None
    changes: str | None = None
    categories: list[str] | None = None
    media: list[str] | None = None
    graph_version: int | None = strawberry.field(
        default=None, description="Takes the agent anew, in this version; else the snapshot stays."
    )


@strawberry.type
class ListingPayload(Payload):
    listing: Listing | None = None


@strawberry.type
class ListingVersionPayload(Payload):
    version: ListingVersion | None = None


@strawberry.type
class AuthoringMutation:
    @mutation(
        Right.WRITE_LISTINGS,
        "Make a listing of an own agent, with a first version as DRAFT. The snapshot has what the agent runs, and no secret.",
    )
    async def create_listing(self, info: strawberry.Info, input: CreateListingInput) -> ListingPayload:
        call: Call = info.context
        graph_id = decode_uuid("Graph", input.graph_id)
        slug, texts = slug_of(input.slug, "slug"), _checked(input.texts)
        if not await call.stores.profiles.by_tenant([call.tenant]):
            raise Conflict("Give your organisation a profile first; listings are found by its handle.")
        snapshot = await take_snapshot(call, graph_id, input.graph_version)
        made = await call.stores.authoring.add(call.tenant, graph_id, slug, snapshot, texts)
        return ListingPayload(listing=Listing(row=await call.stores.market.get(call.tenant, made)))

    @mutation(
        Right.WRITE_LISTINGS,
        "Make another version as DRAFT. What everyone sees stays until this one is submitted and approved.",
    )
    async def create_listing_version(self, info: strawberry.Info, input: CreateListingVersionInput) -> ListingPayload:
        call: Call = info.context
        listing_id = decode_uuid("Listing", input.listing_id)
        texts = _checked(input.texts)
        graph_id = await call.stores.market.own_graph(call.tenant, listing_id)
        snapshot = await take_snapshot(call, graph_id, input.graph_version)
        await call.stores.authoring.add_version(call.tenant, listing_id, snapshot, texts)
        return ListingPayload(listing=Listing(row=await call.stores.market.get(call.tenant, listing_id)))

    @mutation(Right.WRITE_LISTINGS, "Change a DRAFT; what is not named stays.")
    async def update_listing_version(
        self, info: strawberry.Info, input: UpdateListingVersionInput
    ) -> ListingVersionPayload:
        call: Call = info.context
        version_id = decode_uuid("ListingVersion", input.version_id)
        texts, snapshot = _changed(input), None
        if input.graph_version is not None:
            version = await call.stores.market.version(call.tenant, version_id)
            graph_id = await call.stores.market.own_graph(call.tenant, version.listing_id)
            snapshot = await take_snapshot(call, graph_id, input.graph_version)
        await call.stores.authoring.change_version(call.tenant, version_id, snapshot, texts)
        return await _version(call, version_id)

    @mutation(
        Right.WRITE_LISTINGS,
        "Submit a DRAFT: it is PENDING until somebody decides. Refused for an agent that would not run where it is installed.",
    )
    async def submit_listing(self, info: strawberry.Info, id: strawberry.ID) -> ListingVersionPayload:
        call: Call = info.context
        version_id = decode_uuid("ListingVersion", id)
        version = await call.stores.market.version(call.tenant, version_id)
        need_fit((await call.stores.market.bodies([version.id]))[version.id], call.services.registry.specs)
        await _move(call, version_id, ListingState.PENDING)
        return await _version(call, version_id)

    @mutation(Right.WRITE_LISTINGS, "Take a PENDING version back: it is a DRAFT again.")
    async def withdraw_listing(self, info: strawberry.Info, id: strawberry.ID) -> ListingVersionPayload:
        call: Call = info.context
        version_id = decode_uuid("ListingVersion", id)
        await _move(call, version_id, ListingState.DRAFT)
        return await _version(call, version_id)

    @mutation(
        Right.WRITE_LISTINGS,
        "Take a listing from the marketplace for good. Copies in libraries stay, and so does its slug, unused.",
    )
    async def delete_listing(self, info: strawberry.Info, id: strawberry.ID) -> DonePayload:
        call: Call = info.context
        await call.stores.authoring.delete(call.tenant, decode_uuid("Listing", id))
        return DonePayload(is_done=True)


async def _move(call: Call, version_id: UUID, new: ListingState) -> None:
    await call.stores.authoring.move(call.tenant, version_id, new, call.principal.person_id)


async def _version(call: Call, version_id: UUID) -> ListingVersionPayload:
    row = await call.stores.market.version(call.tenant, version_id)
    return ListingVersionPayload(version=ListingVersion(row=row))


def _checked(given: ListingTexts) -> VersionTexts:
    return VersionTexts(
        name=line_of(given.name, "name"),
        subheading=line_of(given.subheading, "subheading", SUBHEADING_CHARACTERS_MAX, is_needed=False),
        description=text_of(given.description, "description"),
        instructions=text_of(given.instructions, "instructions"),
        changes=text_of(given.changes, "changes"),
        categories=categories_of(given.categories, "categories"),
        media=links_of(given.media, "media"),
    )


def _changed(given: UpdateListingVersionInput) -> VersionTexts:
    """Check what is named, by the rules of a whole version; what is not named stands for itself."""
    whole = _checked(
        ListingTexts(
            name="unchanged" if given.name is None else given.name,
            subheading=given.subheading or "",
            description=given.description or "",
            instructions=given.instructions or "",
            changes=given.changes or "",
            categories=given.categories or [],
            media=given.media or [],
        )
    )
    named = {name: getattr(whole, name) for name in vars(whole) if getattr(given, name) is not None}
    return VersionTexts(**{name: named.get(name) for name in vars(whole)})
