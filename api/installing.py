"""Installing: a listing's approved snapshot becomes an agent of the one who adds it; it starts nothing.

The copy has the ids that the snapshot has. Where an agent has one of these ids already, the copy is one more version of it and
the version that was active stays so: a listing that bundles an agent with somebody's own id changes nothing that runs there.
The entry runs the version that was copied.
"""

from __future__ import annotations

from uuid import UUID

from api.call import Call
from schema.bundle import taken_apart
from schema.db.library import Entry, NewEntry, Owner, refuse_other_origin
from schema.errors import Conflict, NotFound
from schema.graph import parse_graph


def owner_of(call: Call) -> Owner:
    return Owner(call.tenant, call.principal.person_id)


async def add_from_listing(call: Call, listing_id: UUID) -> Entry:
    """Give the caller's entry of a listing, made and installed where there is none; raise NotFound or Conflict."""
    listing = await call.stores.market.get(call.tenant, listing_id)
    there = await call.stores.library.by_graph(owner_of(call), listing.graph_id)
    if there is not None:
        refuse_other_origin(there, listing_id)
        return there
    number, version = await _install(call, listing_id, keeps_active=True)
    new = NewEntry(listing.graph_id, version, listing_id, number)
    return await call.stores.library.add(owner_of(call), new)


async def update_from_listing(call: Call, entry: Entry) -> Entry:
    """Give an entry with its listing's newest approved version installed; raise Conflict where there is no newer one."""
    if entry.listing_id is None:
        raise Conflict("The entry is of your own agent; it has no listing to be updated from.")
    if not entry.is_behind:
        raise Conflict("The entry has the newest version that was approved.")
    # The copy's active version goes along only where nobody made another one active.
    is_followed = entry.active_version == entry.graph_version
    number, version = await _install(call, entry.listing_id, keeps_active=not is_followed)
    await call.stores.library.take(owner_of(call), entry.id, version, number)
    return await call.stores.library.get(owner_of(call), entry.id)


async def version_to_run(call: Call, entry: Entry, idempotency_key: str | None) -> int | None:
    """Give the version that a run of an entry has, the entry being brought up to date where it follows its listing.

    A request that is repeated after an update has the version of the run that it made.
    """
    if idempotency_key is not None:
        before = await call.stores.library.version_of_run(call.tenant, entry.graph_id, idempotency_key)
        if before is not None:
            return before
    if entry.is_auto_updated and entry.is_behind:
        entry = await update_from_listing(call, entry)
    return entry.graph_version


async def _install(call: Call, listing_id: UUID, *, keeps_active: bool) -> tuple[int, int]:
    """Copy a listing's active version; give its number there, and the version that the copy has here."""
    active = (await call.stores.market.active_of(call.tenant, [listing_id])).get(listing_id)
    if active is None:
        raise NotFound("There is no such Listing here.")
    body = (await call.stores.market.bodies([active.id]))[active.id]
    graphs = taken_apart(parse_graph(body))
    person = call.principal.person_id
    kept = await call.stores.imports.bring_in(call.tenant, graphs, person, keeps_active=keeps_active)
    return active.number, kept[-1].version
