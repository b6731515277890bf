"""Agents on the marketplace, made, listed, approved and added by the API's own operations; no test is here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.graphql.ids import encode_id
from schema.graph import Graph
from tests.api.serving import Api, Client, Json, Organisation
from tests.durable.blocks import Pass
from tests.durable.graphs import an_input, an_output, make_graph

ERRORS = "errors { code message path reason nodeId pin }"
VERSION = (
    "id number status name changes media categories reviewComments internalComments submittedAt reviewedAt document"
)
LISTING = f"id slug graphId isOwn isFeatured runCount ratingCount ratingAverage publishedAt active {{ {VERSION} }}"
ENTRY = (
    "id name graphId graphVersion listingVersion isUpdateAvailable isAutoUpdated isFavourite isArchived folderId "
    "listing { slug active { number } }"
)

PROFILE = (
    "mutation($input: UpdateProfileInput!) { updateProfile(input: $input) "
    f"{{ profile {{ id handle name description avatarUrl links }} {ERRORS} }} }}"
)
CREATE = (
    "mutation($input: CreateListingInput!) { createListing(input: $input) "
    f"{{ listing {{ {LISTING} versions {{ {VERSION} }} }} {ERRORS} }} }}"
)
CREATE_VERSION = (
    "mutation($input: CreateListingVersionInput!) { createListingVersion(input: $input) "
    f"{{ listing {{ {LISTING} versions {{ {VERSION} }} }} {ERRORS} }} }}"
)
UPDATE_VERSION = (
    "mutation($input: UpdateListingVersionInput!) { updateListingVersion(input: $input) "
    f"{{ version {{ {VERSION} graphVersion }} {ERRORS} }} }}"
)
SUBMIT = f"mutation($id: ID!) {{ submitListing(id: $id) {{ version {{ {VERSION} }} {ERRORS} }} }}"
WITHDRAW = f"mutation($id: ID!) {{ withdrawListing(id: $id) {{ version {{ {VERSION} }} {ERRORS} }} }}"
DELETE = f"mutation($id: ID!) {{ deleteListing(id: $id) {{ isDone {ERRORS} }} }}"
REVIEW = (
    f"mutation($input: ReviewListingInput!) {{ reviewListing(input: $input) {{ version {{ {VERSION} }} {ERRORS} }} }}"
)
FEATURE = (
    f"mutation($input: FeatureListingInput!) {{ featureListing(input: $input) {{ listing {{ {LISTING} }} {ERRORS} }} }}"
)
TAKE_DOWN = f"mutation($input: TakeDownListingInput!) {{ takeDownListing(input: $input) {{ listing {{ {LISTING} }} {ERRORS} }} }}"
LISTINGS = (
    "query($first: Int, $after: String, $search: String, $category: String, $creator: String, $isFeatured: Boolean, "
    "$sort: ListingSort! = RUNS) { listings(first: $first, after: $after, search: $search, category: $category, "
    "creator: $creator, isFeatured: $isFeatured, sort: $sort) "
    f"{{ nodes {{ {LISTING} creator {{ handle }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
ONE = (
    "query($id: ID, $creator: String, $slug: String) { listing(id: $id, creator: $creator, slug: $slug) "
    f"{{ {LISTING} versions {{ {VERSION} }} }} }}"
)
OWN = f"{{ ownListings {{ nodes {{ {LISTING} versions {{ {VERSION} }} }} }} }}"
PENDING = f"{{ pendingListings(first: 100) {{ nodes {{ {VERSION} listing {{ slug creator {{ handle }} }} }} }} }}"
ADD = f"mutation($input: AddToLibraryInput!) {{ addToLibrary(input: $input) {{ entry {{ {ENTRY} }} {ERRORS} }} }}"
UPDATE_ENTRY = (
    "mutation($input: UpdateLibraryEntryInput!) { updateLibraryEntry(input: $input) "
    f"{{ entry {{ {ENTRY} }} {ERRORS} }} }}"
)
REMOVE = f"mutation($id: ID!) {{ removeFromLibrary(id: $id) {{ isDone {ERRORS} }} }}"
TAKE_UPDATE = f"mutation($id: ID!) {{ updateFromListing(id: $id) {{ entry {{ {ENTRY} }} {ERRORS} }} }}"
RUN_ENTRY = (
    "mutation($input: RunLibraryEntryInput!) { runLibraryEntry(input: $input) "
    f"{{ run {{ id graphVersion trigger }} {ERRORS} }} }}"
)
LIBRARY = (
    "query($first: Int, $after: String, $isFavourite: Boolean, $isArchived: Boolean! = false, $folderId: ID, "
    "$search: String) { library(first: $first, after: $after, isFavourite: $isFavourite, isArchived: $isArchived, "
    f"folderId: $folderId, search: $search) {{ nodes {{ {ENTRY} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
RATE = (
    "mutation($input: RateListingInput!) { rateListing(input: $input) "
    f"{{ rating {{ score comment number isOwn rater {{ handle }} }} listing {{ ratingCount ratingAverage }} {ERRORS} }} }}"
)
RATINGS = (
    "query($id: ID!, $first: Int, $after: String) { ratings(listingId: $id, first: $first, after: $after) "
    "{ nodes { id score comment number isOwn rater { handle } } pageInfo { hasNextPage endCursor } } }"
)


def texts(**changes: Any) -> Json:
    """Give what a listing says."""
    return {"name": "Word counter", "subheading": "Counts words", "description": "It *counts*.", **changes}


def an_agent_graph(answer: str = "one", **fields: Any) -> Graph:
    """Give an agent of one input and one output; each `answer` makes another body."""
    nodes = {"in": an_input("text", value=answer), "pass": Pass, "out": an_output()}
    return make_graph(nodes, ["in.result -> pass.value", "pass.value -> out.value"], **fields)


async def keep(api: Api, tenant: UUID, graph: Graph) -> Graph:
    """Keep an agent as the active version of an organisation."""
    return await api.services.of(tenant).submission.save_graph(tenant, graph)


async def give_profile(organisation: Organisation, **changes: Any) -> str:
    """Give an organisation a profile; give its handle."""
    handle = f"h-{organisation.id.hex[-20:]}"
    made = await organisation.owner(PROFILE, input={"handle": handle, "name": "Acme & Co", **changes})
    assert not made["errors"], made
    return handle


async def draft(api: Api, author: Organisation, graph: Graph | None = None, **changes: Any) -> Json:
    """Make a listing with a DRAFT; give the listing."""
    kept = await keep(api, author.id, graph or an_agent_graph())
    await give_profile(author)
    asked = {"graphId": encode_id("Graph", kept.id), "slug": f"s-{kept.id[:8]}", "texts": texts(**changes)}
    made = await author.owner(CREATE, input=asked)
    assert not made["errors"], made
    return dict(made["listing"])


async def submit(author: Organisation, listing: Json) -> Json:
    """Submit a listing's newest version; give the version."""
    made = await author.owner(SUBMIT, id=listing["versions"][0]["id"])
    assert not made["errors"], made
    return dict(made["version"])


async def decide(reviewer: Client, version: Json, decision: str = "APPROVE", **more: Any) -> Json:
    """Decide upon a version as it was read; give the payload."""
    asked = {"versionId": version["id"], "decision": decision, "submittedAt": version["submittedAt"], **more}
    return dict(await reviewer(REVIEW, input=asked))


async def publish(
    api: Api, author: Organisation, reviewer: Organisation, graph: Graph | None = None, **changes: Any
) -> Json:
    """Make a listing that everyone sees."""
    listing = await draft(api, author, graph, **changes)
    approved = await decide(reviewer.owner, await submit(author, listing))
    assert approved["version"]["status"] == "APPROVED", approved
    return dict(await author.owner(ONE, id=listing["id"]))


async def publish_again(
    api: Api, author: Organisation, reviewer: Organisation, listing: Json, graph: Graph, **changes: Any
) -> Json:
    """Make another version of a listing that everyone sees."""
    await keep(api, author.id, graph)
    made = await author.owner(CREATE_VERSION, input={"listingId": listing["id"], "texts": texts(**changes)})
    assert not made["errors"], made
    approved = await decide(reviewer.owner, await submit(author, made["listing"]))
    assert approved["version"]["status"] == "APPROVED", approved
    return dict(await author.owner(ONE, id=listing["id"]))


async def add(client: Client, listing: Json) -> Json:
    """Put a listing into a library; give the entry."""
    made = await client(ADD, input={"listingId": listing["id"]})
    assert not made["errors"], made
    return dict(made["entry"])
