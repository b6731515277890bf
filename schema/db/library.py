"""Library entries: the agents that a person keeps at hand, of their own and from listings; it installs nothing.

An entry belongs to one person in one organisation. One from a listing has the version that was copied when it was added or
updated, and runs no other; one of an own agent follows the active version unless a version is pinned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from schema.db.tenancy import Database
from schema.errors import Conflict, NotFound
from schema.ids import new_id

_LAST: Final = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))
#: A listing that is not there any more has no newer version, and neither has a folder that was deleted an entry.
_ENTRY: Final = """
SELECT e.id, e.owner_id, e.graph_id, e.graph_version, e.listing_id, e.listing_version, e.is_auto_updated, e.is_favourite,
       e.is_archived, f.id AS folder_id, e.created_at, e.updated_at, g.name, g.description, g.active_version,
       l.active_number AS newest_number
FROM library_entries e
JOIN graphs g ON g.tenant_id = e.tenant_id AND g.id = e.graph_id AND g.deleted_at IS NULL
LEFT JOIN listings l ON l.id = e.listing_id AND l.deleted_at IS NULL
LEFT JOIN folders f ON f.tenant_id = e.tenant_id AND f.id = e.folder_id
WHERE e.tenant_id = :tenant AND e.owner_id = :owner
"""
_PAGE: Final = text(
    _ENTRY + "AND (e.updated_at, e.id) < (:after_time, :after_id) "
    "AND (CAST(:is_favourite AS boolean) IS NULL OR e.is_favourite = :is_favourite) "
    "AND (CAST(:is_archived AS boolean) IS NULL OR e.is_archived = :is_archived) "
    "AND (CAST(:graph_id AS uuid) IS NULL OR e.graph_id = :graph_id) "
    "AND (CAST(:folder AS uuid) IS NULL OR e.folder_id = :folder) "
    "AND (CAST(:search AS text) IS NULL OR g.search @@ websearch_to_tsquery('simple', :search)) "
    "ORDER BY e.updated_at DESC, e.id DESC LIMIT :limit"
)
_FOUND: Final = (
    "AND NOT e.is_archived AND (CAST(:search AS text) IS NULL OR g.search @@ websearch_to_tsquery('simple', :search)) "
)
_NUMBERED: Final = text(_ENTRY + _FOUND + "ORDER BY e.updated_at DESC, e.id DESC LIMIT :limit OFFSET :offset")
_COUNT: Final = text(f"SELECT count(*) FROM ({_ENTRY + _FOUND}) AS counted")
_GET: Final = text(_ENTRY + "AND e.id = :id")
_BY_GRAPH: Final = text(_ENTRY + "AND e.graph_id = :graph_id")
_IS_GRAPH: Final = text(
    "SELECT EXISTS (SELECT 1 FROM graphs g JOIN graph_versions v ON v.tenant_id = g.tenant_id AND v.graph_id = g.id "
    "WHERE g.tenant_id = :tenant AND g.id = :graph_id AND g.deleted_at IS NULL "
    "AND (CAST(:version AS int) IS NULL OR v.version = :version))"
)
_PUT: Final = text("""
INSERT INTO library_entries (id, tenant_id, owner_id, graph_id, graph_version, listing_id, listing_version)
VALUES (:id, :tenant, :owner, :graph_id, :graph_version, :listing_id, :listing_version) ON CONFLICT DO NOTHING
""")
_IS_FOLDER: Final = text("SELECT EXISTS (SELECT 1 FROM folders WHERE tenant_id = :tenant AND id = :folder)")
_CHANGE: Final = text("""
UPDATE library_entries SET
  is_favourite = coalesce(CAST(:is_favourite AS boolean), is_favourite),
  is_archived = coalesce(CAST(:is_archived AS boolean), is_archived),
  is_auto_updated = coalesce(CAST(:is_auto_updated AS boolean), is_auto_updated),
  folder_id = CASE WHEN :is_moved THEN CAST(:folder AS uuid) ELSE folder_id END,
  graph_version = CASE WHEN :is_pinned THEN CAST(:graph_version AS int) ELSE graph_version END,
  updated_at = now()
WHERE tenant_id = :tenant AND owner_id = :owner AND id = :id RETURNING id
""")
_TAKE: Final = text(
    "UPDATE library_entries SET graph_version = :graph_version, listing_version = :listing_version, updated_at = now() "
    "WHERE tenant_id = :tenant AND owner_id = :owner AND id = :id AND listing_version < :listing_version"
)
_REMOVE: Final = text(
    "DELETE FROM library_entries WHERE tenant_id = :tenant AND owner_id = :owner AND id = :id RETURNING id"
)
_VERSION_OF_RUN: Final = text(
    "SELECT graph_version FROM runs WHERE tenant_id = :tenant AND idempotency_key = :key AND graph_id = :graph_id"
)


@dataclass(frozen=True)
class Owner:
    """A person in an organisation."""

    tenant: UUID
    person: UUID

    @property
    def where(self) -> dict[str, UUID]:
        return {"tenant": self.tenant, "owner": self.person}


@dataclass(frozen=True)
class Entry:
    """An entry with what its agent is called now."""

    id: UUID
    owner_id: UUID
    graph_id: UUID
    graph_version: int | None
    listing_id: UUID | None
    listing_version: int | None
    is_auto_updated: bool
    is_favourite: bool
    is_archived: bool
    folder_id: UUID | None
    created_at: datetime
    updated_at: datetime
    name: str
    description: str
    active_version: int | None
    #: The number of the listing's active version, if everyone sees the listing.
    newest_number: int | None

    @property
    def is_behind(self) -> bool:
        """Say whether the listing has a newer approved version than the entry."""
        return (self.newest_number or 0) > (self.listing_version or 0) and self.listing_id is not None


@dataclass(frozen=True)
class NewEntry:
    """An entry to be made; from a listing, with what was installed."""

    graph_id: UUID
    graph_version: int | None = None
    listing_id: UUID | None = None
    listing_version: int | None = None


@dataclass(frozen=True)
class EntryFilter:
    """Which entries somebody wants to see, and how many."""

    limit: int
    is_favourite: bool | None = None
    is_archived: bool | None = False
    folder_id: UUID | None = None
    graph_id: UUID | None = None
    search: str | None = None
    after: tuple[datetime, UUID] | None = None


@dataclass(frozen=True)
class EntryChange:
    """What changes of an entry; None: as it was."""

    is_favourite: bool | None = None
    is_archived: bool | None = None
    is_auto_updated: bool | None = None
    #: With `is_moved` the entry goes to `folder_id`, None being no folder; with `is_pinned` the same of `graph_version`.
    is_moved: bool = False
    folder_id: UUID | None = None
    is_pinned: bool = False
    graph_version: int | None = None


@dataclass(frozen=True)
class Library:
    """The library entries of all people."""

    engine: Database

    async def page(self, owner: Owner, wish: EntryFilter) -> list[Entry]:
        """Give a person's entries, what changed last first."""
        after_time, after_id = wish.after or _LAST
        where = {
            **owner.where,
            "is_favourite": wish.is_favourite,
            "is_archived": wish.is_archived,
            "folder": wish.folder_id,
            "graph_id": wish.graph_id,
            "search": wish.search,
            "after_time": after_time,
            "after_id": after_id,
            "limit": wish.limit,
        }
        async with self.engine.connect() as connection:
            return [Entry(**row) for row in (await connection.execute(_PAGE, where)).mappings()]

    async def numbered(self, owner: Owner, search: str | None, limit: int, offset: int) -> tuple[list[Entry], int]:
        """Give a person's entries that are not archived, what changed last first, and how many there are in all."""
        where = {**owner.where, "search": search}
        async with self.engine.connect() as connection:
            count = int((await connection.execute(_COUNT, where)).scalar_one())
            rows = await connection.execute(_NUMBERED, {**where, "limit": limit, "offset": offset})
            return [Entry(**row) for row in rows.mappings()], count

    async def get(self, owner: Owner, entry_id: UUID) -> Entry:
        """Give a person's entry; raise NotFound."""
        found = await self._one(_GET, {**owner.where, "id": entry_id})
        if found is None:
            raise NotFound("There is no such LibraryEntry here.")
        return found

    async def by_graph(self, owner: Owner, graph_id: UUID) -> Entry | None:
        return await self._one(_BY_GRAPH, {**owner.where, "graph_id": graph_id})

    async def need_graph(self, tenant: UUID, graph_id: UUID, version: int | None = None) -> None:
        """Raise NotFound where a tenant has no such agent, or not in this version."""
        async with self.engine.connect() as connection:
            where = {"tenant": tenant, "graph_id": graph_id, "version": version}
            if not (await connection.execute(_IS_GRAPH, where)).scalar():
                which = "" if version is None else f" in version {version}"
                raise NotFound(f"There is no such Graph{which} here.")

    async def add(self, owner: Owner, new: NewEntry) -> Entry:
        """Give a person's entry of an agent, made where there is none; raise Conflict where there is one of another origin."""
        row = {**owner.where, **vars(new), "id": new_id()}
        async with self.engine.begin() as connection:
            await connection.execute(_PUT, row)
        entry = await self.by_graph(owner, new.graph_id)
        if entry is None:
            raise NotFound("There is no such Graph here.")
        refuse_other_origin(entry, new.listing_id)
        return entry

    async def change(self, owner: Owner, entry_id: UUID, change: EntryChange) -> None:
        """Change an entry; raise NotFound where there is none, or no such folder."""
        row = {**owner.where, **vars(change), "id": entry_id, "folder": change.folder_id}
        async with self.engine.begin() as connection:
            if change.folder_id is not None and not (await connection.execute(_IS_FOLDER, row)).scalar():
                raise NotFound("There is no such Folder here.", where="folderId")
            if (await connection.execute(_CHANGE, row)).one_or_none() is None:
                raise NotFound("There is no such LibraryEntry here.")

    async def take(self, owner: Owner, entry_id: UUID, graph_version: int, listing_version: int) -> None:
        """Give an entry the version that was installed for it; one that has a newer one already keeps that."""
        row = {**owner.where, "id": entry_id, "graph_version": graph_version, "listing_version": listing_version}
        async with self.engine.begin() as connection:
            await connection.execute(_TAKE, row)

    async def remove(self, owner: Owner, entry_id: UUID) -> None:
        """Take an entry away; its agent, its runs and its presets stay."""
        async with self.engine.begin() as connection:
            if (await connection.execute(_REMOVE, {**owner.where, "id": entry_id})).one_or_none() is None:
                raise NotFound("There is no such LibraryEntry here.")

    async def version_of_run(self, tenant: UUID, graph_id: UUID, idempotency_key: str) -> int | None:
        """Give the version that the run of an agent with this idempotency key has, if there is such a run."""
        async with self.engine.connect() as connection:
            where = {"tenant": tenant, "graph_id": graph_id, "key": idempotency_key}
            found: int | None = (await connection.execute(_VERSION_OF_RUN, where)).scalar()
        return found

    async def _one(self, statement: Any, where: Mapping[str, Any]) -> Entry | None:
        async with self.engine.connect() as connection:
            row = (await connection.execute(statement, where)).mappings().one_or_none()
        return None if row is None else Entry(**row)


def refuse_other_origin(entry: Entry, listing_id: UUID | None) -> None:
    """Raise Conflict where an entry did not come from this listing, or is no own agent's where None is given."""
    if entry.listing_id != listing_id and listing_id is not None:
        origin = "as your own" if entry.listing_id is None else "from another listing"
        raise Conflict(f"Your library has this agent already, {origin}; remove that entry first.")
