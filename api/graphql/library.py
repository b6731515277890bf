"""The library in GraphQL: the agents that a person keeps at hand, of their own and from listings.

An entry from a listing has a copy of the version that was approved when it was added, and runs that until it is updated. With
`isAutoUpdated` it takes the newest approved version when a run is started from the entry, and at no other time: reading
changes nothing, so until then `isUpdateAvailable` says that there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.errors import BadUserInput
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.guard import mutation, query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.market import Listing
from api.graphql.market_texts import search_of
from api.graphql.node import Node, add_finders
from api.graphql.people import DonePayload
from api.graphql.problems import Payload
from api.graphql.run_operations import RunCredentialInput, RunPayload, given_credentials, given_inputs, started
from api.installing import add_from_listing, owner_of, update_from_listing, version_to_run
from api.starting import Wanted
from schema.access import Right
from schema.db.library import Entry, EntryChange, EntryFilter, NewEntry


@strawberry.type(description="An agent in the caller's library.")
class LibraryEntry(Node):
    row: strawberry.Private[Entry]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("LibraryEntry", self.row.id)

    @strawberry.field(description="The agent, in the caller's organisation.")
    def graph_id(self) -> strawberry.ID:
        return encode_id("Graph", self.row.graph_id)

    @strawberry.field(description="The version that it runs; null where it follows the agent's active version.")
    def graph_version(self) -> int | None:
        return self.row.graph_version

    @strawberry.field(description="What the agent is called.")
    def name(self) -> str:
        return self.row.name

    @strawberry.field
    def description(self) -> str:
        return self.row.description

    @strawberry.field(description="The listing that it came from; null for an own agent, and once that is not public.")
    async def listing(self, info: strawberry.Info) -> Listing | None:
        call: Call = info.context

        async def load(ids: Sequence[UUID]) -> dict[UUID, Listing]:
            rows = await call.stores.market.get_many(call.tenant, ids)
            return {key: Listing(row=row) for key, row in rows.items()}

        if self.row.listing_id is None:
            return None
        return await call.loader("listing_of_entry", load).load(self.row.listing_id)

    @strawberry.field(description="The number of the listing's version that it has.")
    def listing_version(self) -> int | None:
        return self.row.listing_version

    @strawberry.field(description="Whether the listing has a newer approved version.")
    def is_update_available(self) -> bool:
        return self.row.is_behind

    @strawberry.field(
        description="From a listing: whether it takes a newer version when a run is started from it. Of an own agent: "
        "whether it follows the active version."
    )
    def is_auto_updated(self) -> bool:
        return self.row.is_auto_updated if self.row.listing_id is not None else self.row.graph_version is None

    @strawberry.field
    def is_favourite(self) -> bool:
        return self.row.is_favourite

    @strawberry.field
    def is_archived(self) -> bool:
        return self.row.is_archived

    @strawberry.field
    def folder_id(self) -> strawberry.ID | None:
        return None if self.row.folder_id is None else encode_id("Folder", self.row.folder_id)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field
    def updated_at(self) -> datetime:
        return self.row.updated_at


async def _find(call: Call, parts: list[str]) -> LibraryEntry:
    return LibraryEntry(row=await call.stores.library.get(owner_of(call), UUID(parts[0])))


add_finders({"LibraryEntry": (Right.READ_LIBRARY, _find)})


@strawberry.input(description="Exactly one of the two.")
class AddToLibraryInput:
    graph_id: strawberry.ID | None = strawberry.field(default=None, description="An agent of your organisation.")
    listing_id: strawberry.ID | None = strawberry.field(default=None, description="A listing, which is copied.")


@strawberry.input(description="What is not named stays.")
class UpdateLibraryEntryInput:
    entry_id: strawberry.ID
    is_favourite: bool | None = None
    is_archived: bool | None = None
    folder_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="A folder of your organisation; null: no folder."
    )
    is_auto_updated: bool | None = strawberry.field(
        default=None,
        description="True: follow the listing, or the own agent's active version. False: stay as it is now.",
    )
    graph_version: int | None = strawberry.field(
        default=None, description="Pin an own agent to this version. An entry from a listing runs what was approved."
    )


@strawberry.input
class RunLibraryEntryInput:
    entry_id: strawberry.ID
    inputs: JSON = strawberry.field(default_factory=dict, description="{input's name: value}.")
    credentials: list[RunCredentialInput] = strawberry.field(default_factory=list)
    idempotency_key: str | None = None


@strawberry.type
class LibraryEntryPayload(Payload):
    entry: LibraryEntry | None = None


@strawberry.type
class LibraryQuery:
    @query(Right.READ_LIBRARY, "The caller's library, what changed last first.")
    async def library(
        self,
        info: strawberry.Info,
        first: int | None = None,
        after: str | None = None,
        is_favourite: bool | None = None,
        is_archived: Annotated[bool | None, strawberry.argument(description="Null: archived or not.")] = False,
        folder_id: strawberry.ID | None = None,
        graph_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The entry of this agent, at most one.")
        ] = None,
        search: str | None = None,
    ) -> Connection[LibraryEntry]:
        call: Call = info.context
        size = page_size(first)
        key = decode_cursor("library", after, datetime, UUID)
        wish = EntryFilter(
            limit=size + 1,
            is_favourite=is_favourite,
            is_archived=is_archived,
            folder_id=None if folder_id is None else decode_uuid("Folder", folder_id),
            graph_id=None if graph_id is None else decode_uuid("Graph", graph_id),
            search=search_of(search),
            after=None if key is None else (key[0], key[1]),
        )
        rows = await call.stores.library.page(owner_of(call), wish)

        def cursor(row: Entry) -> str:
            return encode_cursor("library", row.updated_at, row.id)

        return connect(rows, size, lambda row: LibraryEntry(row=row), cursor, after=after)


@strawberry.type
class LibraryMutation:
    @mutation(
        Right.WRITE_LIBRARY,
        "Put an agent into the caller's library. A listing's approved version becomes an agent of the organisation, with "
        "all that it runs; one that is there goes on with its own active version. Adding it again gives the same entry.",
    )
    async def add_to_library(self, info: strawberry.Info, input: AddToLibraryInput) -> LibraryEntryPayload:
        call: Call = info.context
        if (input.graph_id is None) == (input.listing_id is None):
            raise BadUserInput("Name `graphId` or `listingId`, one of the two.", where="graphId")
        if input.listing_id is not None:
            row = await add_from_listing(call, decode_uuid("Listing", input.listing_id))
        else:
            graph_id = decode_uuid("Graph", input.graph_id or "")
            await call.stores.library.need_graph(call.tenant, graph_id)
            row = await call.stores.library.add(owner_of(call), NewEntry(graph_id))
        return LibraryEntryPayload(entry=LibraryEntry(row=row))

    @mutation(Right.WRITE_LIBRARY, "Change an entry of the caller's library.")
    async def update_library_entry(self, info: strawberry.Info, input: UpdateLibraryEntryInput) -> LibraryEntryPayload:
        call: Call = info.context
        entry = await call.stores.library.get(owner_of(call), decode_uuid("LibraryEntry", input.entry_id))
        change = await _change(call, entry, input)
        await call.stores.library.change(owner_of(call), entry.id, change)
        return await _entry(call, entry.id)

    @mutation(
        Right.WRITE_LIBRARY, "Take an entry out of the caller's library. The agent, its runs and its presets stay."
    )
    async def remove_from_library(self, info: strawberry.Info, id: strawberry.ID) -> DonePayload:
        call: Call = info.context
        await call.stores.library.remove(owner_of(call), decode_uuid("LibraryEntry", id))
        return DonePayload(is_done=True)

    @mutation(Right.WRITE_LIBRARY, "Install the newest approved version of the listing that an entry came from.")
    async def update_from_listing(self, info: strawberry.Info, id: strawberry.ID) -> LibraryEntryPayload:
        call: Call = info.context
        entry = await call.stores.library.get(owner_of(call), decode_uuid("LibraryEntry", id))
        return LibraryEntryPayload(entry=LibraryEntry(row=await update_from_listing(call, entry)))

    @mutation(
        Right.EXECUTE_RUNS,
        "Start a run of an entry, in the version that it has; one that follows its listing takes the newest approved "
        "version first. The run is the caller's, and charged to the caller's organisation.",
    )
    async def run_library_entry(self, info: strawberry.Info, input: RunLibraryEntryInput) -> RunPayload:
        call: Call = info.context
        entry = await call.stores.library.get(owner_of(call), decode_uuid("LibraryEntry", input.entry_id))
        wanted = Wanted(
            graph_id=entry.graph_id,
            graph_version=await version_to_run(call, entry, input.idempotency_key),
            inputs=given_inputs(input.inputs),
            credentials=given_credentials(input.credentials),
            idempotency_key=input.idempotency_key,
        )
        return await started(call, wanted)


async def _entry(call: Call, entry_id: UUID) -> LibraryEntryPayload:
    return LibraryEntryPayload(entry=LibraryEntry(row=await call.stores.library.get(owner_of(call), entry_id)))


async def _change(call: Call, entry: Entry, given: UpdateLibraryEntryInput) -> EntryChange:
    """Give what changes of an entry; raise BadUserInput, or NotFound for a version that the agent has not."""
    is_pinned, version = await _pin(call, entry, given)
    is_moved = given.folder_id is not strawberry.UNSET
    return EntryChange(
        is_favourite=given.is_favourite,
        is_archived=given.is_archived,
        is_auto_updated=given.is_auto_updated if entry.listing_id is not None else None,
        is_moved=is_moved,
        folder_id=decode_uuid("Folder", given.folder_id) if is_moved and given.folder_id is not None else None,
        is_pinned=is_pinned,
        graph_version=version,
    )


async def _pin(call: Call, entry: Entry, given: UpdateLibraryEntryInput) -> tuple[bool, int | None]:
    """Say whether the version that an entry runs is set, and to which; None: it follows the active one."""
    if given.graph_version is not None:
        if entry.listing_id is not None:
            raise BadUserInput("An entry from a listing runs the version that was approved.", where="graphVersion")
        if given.is_auto_updated:
            raise BadUserInput("A pinned entry follows nothing.", where="isAutoUpdated")
        await call.stores.library.need_graph(call.tenant, entry.graph_id, given.graph_version)
        return True, given.graph_version
    if entry.listing_id is not None or given.is_auto_updated is None:
        return False, None
    if given.is_auto_updated:
        return True, None
    return entry.graph_version is None, entry.active_version
