"""Installing: a listing's approved snapshot becomes an agent of the one who adds it; it starts nothing and asks for no right.

The copy has the ids that the snapshot has. Where an agent has one of these ids already, the copy is one more version of it and
the version that was active stays so: a listing that bundles an agent with somebody's own id changes nothing that runs there.
The entry runs the version that was copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from schema.bundle import taken_apart
from schema.db.imports import Imports
from schema.db.library import Entry, Library, NewEntry, Owner, refuse_other_origin
from schema.db.market import Market
from schema.errors import Conflict, NotFound
from schema.graph import parse_graph


@dataclass(frozen=True)
class Installing:
    """What installing needs, as one tenant sees it."""

    market: Market
    library: Library
    imports: Imports

    async def add(self, owner: Owner, listing_id: UUID) -> Entry:
        """Give somebody's entry of a listing, made and installed where there is none; raise NotFound or Conflict."""
        listing = await self.market.get(owner.tenant, listing_id)
        there = await self.library.by_graph(owner, listing.graph_id)
        if there is not None:
            refuse_other_origin(there, listing_id)
            return there
        number, version = await self._install(owner, listing_id, keeps_active=True)
        return await self.library.add(owner, NewEntry(listing.graph_id, version, listing_id, number))

    async def update(self, owner: Owner, entry: Entry) -> Entry:
        """Give an entry with its listing's newest approved version installed; raise Conflict where there is no newer one."""
        if entry.listing_id is None:
            raise Conflict("The entry is of your own agent; it has no listing to be updated from.")
        if not entry.is_behind:
            raise Conflict("The entry has the newest version that was approved.")
        # The copy's active version goes along only where nobody made another one active.
        is_followed = entry.active_version == entry.graph_version
        number, version = await self._install(owner, entry.listing_id, keeps_active=not is_followed)
        await self.library.take(owner, entry.id, version, number)
        return await self.library.get(owner, entry.id)

    async def _install(self, owner: Owner, listing_id: UUID, *, keeps_active: bool) -> tuple[int, int]:
        """Copy a listing's active version; give its number there, and the version that the copy has here."""
        active = (await self.market.active_of(owner.tenant, [listing_id])).get(listing_id)
        if active is None:
            raise NotFound("There is no such Listing here.")
        body = (await self.market.bodies([active.id]))[active.id]
        graphs = taken_apart(parse_graph(body))
        kept = await self.imports.bring_in(owner.tenant, graphs, owner.person, keeps_active=keeps_active)
        return active.number, kept[-1].version
