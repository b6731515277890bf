"""What belongs to the owner of a run, as its blocks may use it: memory, marketplace, library; their rights are looked up each time.

The owner is who started the run, whose schedule or webhook did, or who started the run above it. A run that nobody started has a
memory of its own organisation's, and no library.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from uuid import UUID

from activities.crossing import Crossing
from activities.tools import Tools
from blocks.sdk.market import Kept, Listed, MarketOrder
from blocks.sdk.memory import Scope
from schema.access import RIGHTS, Right, Role
from schema.db.imports import Imports
from schema.db.installing import Installing
from schema.db.library import Entry, Library, Owner
from schema.db.market import Listing, ListingVersion, Market, Sort, Wish
from schema.db.memories import NOBODY, Memories, Place
from schema.db.people import People
from schema.db.profiles import Profiles
from schema.db.tenancy import TenantDatabase
from schema.errors import BlockFailed, NotFound

T = TypeVar("T")

#: The orders of the marketplace that are its own; by name, so many of the most run are ordered.
_SORTS: Final = {
    MarketOrder.RATING: Sort.RATING,
    MarketOrder.RUNS: Sort.RUNS,
    MarketOrder.NAME: Sort.RUNS,
    MarketOrder.UPDATED_AT: Sort.NEWEST,
}
_NAMED_MAX: Final = 1_000


@dataclass(frozen=True)
class Belongings:
    """The ways to it for one attempt at a node; made on the worker's loop, used from the blocks'."""

    tools: Tools
    tenant: UUID
    run_id: UUID
    crossing: Crossing = field(default_factory=Crossing)

    async def cross(self, work: Coroutine[Any, Any, T]) -> T:
        return await self.crossing.call(work)

    async def person(self) -> UUID | None:
        """Give who the owner is."""
        return (await self.tools.runs.get(self.tenant, self.run_id)).created_by

    async def owner(self, right: Right) -> Owner:
        """Give the owner, who must have this right now; raise BlockFailed."""
        person = await self.person()
        if person is None:
            raise BlockFailed("Nobody started this run, so there is nobody whose library and rights it could use.")
        members = await People(self.tools.engine).members_by_id(self.tenant, [person])
        if person not in members or right not in RIGHTS[Role(members[person].role)]:
            raise BlockFailed(f"The owner of this run has not the right {right.value}; an administrator gives it.")
        return Owner(self.tenant, person)


@dataclass(frozen=True)
class RunMemory:
    """The Memory of a run's blocks."""

    belongings: Belongings
    graph_id: str

    async def keep(self, scope: Scope, key: str, value: Any, write_key: str) -> None:
        await self.belongings.cross(self._keep(scope, key, value, write_key))

    async def recall(self, scope: Scope, key: str) -> Any:
        return await self.belongings.cross(self._recall(scope, key))

    async def _keep(self, scope: Scope, key: str, value: Any, write_key: str) -> None:
        place = await self._place(scope)
        await self._memories().keep(place, key, value, self.belongings.run_id, write_key)

    async def _recall(self, scope: Scope, key: str) -> Any:
        return await self._memories().recall(await self._place(scope), key)

    def _memories(self) -> Memories:
        return Memories(self.belongings.tools.engine, self.belongings.tools.values)

    async def _place(self, scope: Scope) -> Place:
        owner = await self.belongings.person() or NOBODY
        return Place(self.belongings.tenant, owner, self.graph_id if scope is Scope.WITHIN_AGENT else "")


@dataclass(frozen=True)
class RunMarket:
    """The Market of a run's blocks."""

    belongings: Belongings

    async def find(self, creator: str, slug: str) -> Listed | None:
        return await self.belongings.cross(self._find(creator, slug))

    async def search(
        self, words: str | None, category: str | None, order: MarketOrder, limit: int
    ) -> tuple[Sequence[Listed], int]:
        return await self.belongings.cross(self._search(words, category, order, limit))

    async def _find(self, creator: str, slug: str) -> Listed | None:
        owner = await self.belongings.owner(Right.READ_LISTINGS)
        listing = await self._own().by_slug(owner.tenant, creator, slug)
        found = [] if listing is None else await self._shown([listing])
        return found[0] if found else None

    async def _search(
        self, words: str | None, category: str | None, order: MarketOrder, limit: int
    ) -> tuple[Sequence[Listed], int]:
        await self.belongings.owner(Right.READ_LISTINGS)
        # As the owner of the tables, as the API does: only so does PostgreSQL use the index of words.
        everyones = Market(self.belongings.tools.engine)
        is_named = order is MarketOrder.NAME
        category = None if category is None else category.lower()
        wish = Wish(_NAMED_MAX if is_named else limit, _SORTS[order], search=words, category=category)
        found = await self._shown(await everyones.page(wish))
        if is_named:
            found.sort(key=lambda one: (one.name.casefold(), one.version_id))
        return found[:limit], await everyones.count(words, category)

    def _own(self) -> Market:
        return Market(TenantDatabase(self.belongings.tools.engine, self.belongings.tenant))

    async def _shown(self, listings: Sequence[Listing]) -> list[Listed]:
        """Give listings as blocks see them, without those that not everyone sees."""
        versions = await self._own().active_of(self.belongings.tenant, [listing.id for listing in listings])
        profiles = await Profiles(self.belongings.tools.engine).by_tenant(
            list({listing.tenant_id for listing in listings})
        )
        handles = {tenant: profile.handle for tenant, profile in profiles.items()}
        return [
            _listed(listing, versions[listing.id], handles.get(listing.tenant_id, ""))
            for listing in listings
            if listing.id in versions
        ]


@dataclass(frozen=True)
class RunLibrary:
    """The Library of a run's blocks."""

    belongings: Belongings

    async def page(self, words: str | None, limit: int, page: int) -> tuple[Sequence[Kept], int]:
        return await self.belongings.cross(self._page(words, limit, page))

    async def add(self, version_id: str) -> Kept:
        return await self.belongings.cross(self._add(version_id))

    async def _page(self, words: str | None, limit: int, page: int) -> tuple[Sequence[Kept], int]:
        owner = await self.belongings.owner(Right.READ_LIBRARY)
        entries, count = await Library(self._database).numbered(owner, words, limit, (page - 1) * limit)
        return await self._kept(entries), count

    async def _add(self, version_id: str) -> Kept:
        owner = await self.belongings.owner(Right.WRITE_LIBRARY)
        market = Market(self._database)
        try:
            version = await market.version(owner.tenant, UUID(version_id))
        except ValueError as error:
            raise NotFound("There is no such agent on the marketplace: give the id of its version.") from error
        installing = Installing(market, Library(self._database), Imports(self._database))
        return (await self._kept([await installing.add(owner, version.listing_id)]))[0]

    @property
    def _database(self) -> TenantDatabase:
        return TenantDatabase(self.belongings.tools.engine, self.belongings.tenant)

    async def _kept(self, entries: Sequence[Entry]) -> list[Kept]:
        """Give entries as blocks see them; those from listings with what the listing says."""
        ids = [entry.listing_id for entry in entries if entry.listing_id is not None]
        market, tenant = Market(self._database), self.belongings.tenant
        listings, versions = await market.get_many(tenant, ids), await market.active_of(tenant, ids)
        authors = await Profiles(self.belongings.tools.engine).by_tenant(
            list({listing.tenant_id for listing in listings.values()} | {tenant})
        )
        found = []
        for entry in entries:
            listing = listings.get(entry.listing_id) if entry.listing_id else None
            version = versions.get(entry.listing_id) if entry.listing_id else None
            # An own agent is the organisation's; whose a listing was that is not there any more, nobody sees.
            author = tenant if entry.listing_id is None else None if listing is None else listing.tenant_id
            profile = authors.get(author) if author is not None else None
            found.append(_kept(entry, version, "" if profile is None else profile.handle))
        return found


def belongings_of(tools: Tools, tenant: UUID, run_id: UUID, graph_id: str) -> dict[str, Any]:
    """Give what a context has of its run's owner, by the context's names."""
    ways = Belongings(tools, tenant, run_id)
    return {"memory": RunMemory(ways, graph_id), "market": RunMarket(ways), "library": RunLibrary(ways)}


def _listed(listing: Listing, version: ListingVersion, creator: str) -> Listed:
    return Listed(
        version_id=str(version.id),
        slug=listing.slug,
        name=version.name,
        description=version.description,
        creator=creator,
        categories=tuple(version.categories),
        runs=listing.run_count,
        rating=listing.rating_sum / listing.rating_count if listing.rating_count else 0.0,
    )


def _kept(entry: Entry, version: ListingVersion | None, creator: str) -> Kept:
    return Kept(
        entry_id=str(entry.id),
        graph_id=str(entry.graph_id),
        graph_version=entry.graph_version or entry.active_version or 0,
        name=entry.name,
        description=entry.description,
        creator=creator,
        categories=() if version is None else tuple(version.categories),
        is_archived=entry.is_archived,
    )
