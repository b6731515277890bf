"""What the caller adds from listings, and which version a run of an entry has; how a copy is made is `schema.db.installing`'s."""

from __future__ import annotations

from uuid import UUID

from api.call import Call
from schema.db.installing import Installing
from schema.db.library import Entry, Owner


def owner_of(call: Call) -> Owner:
    return Owner(call.tenant, call.principal.person_id)


async def add_from_listing(call: Call, listing_id: UUID) -> Entry:
    """Give the caller's entry of a listing, made and installed where there is none; raise NotFound or Conflict."""
    return await _installing(call).add(owner_of(call), listing_id)


async def update_from_listing(call: Call, entry: Entry) -> Entry:
    """Give an entry with its listing's newest approved version installed; raise Conflict where there is no newer one."""
    return await _installing(call).update(owner_of(call), entry)


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


def _installing(call: Call) -> Installing:
    return Installing(call.stores.market, call.stores.library, call.stores.imports)
