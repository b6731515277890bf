"""Folders of agents and library entries: a tree of one tenant's own, without cycles; it deletes nothing that is in one.

Whoever changes the tree locks all of it: of two moves that would make a cycle together, the second sees the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.db.tenancy import Database
from schema.errors import Conflict, NotFound
from schema.ids import new_id
from schema.limits import LIMITS

#: Half of an advisory lock's key: one writer of a tenant's tree at a time. An empty tree has no row to lock.
_LOCK_CLASS: Final = 411_578

_LOCK: Final = text("SELECT pg_advisory_xact_lock(:class, hashtext(:key))")
_TREE: Final = text("SELECT id, parent_id FROM folders WHERE tenant_id = :tenant")
_COLUMNS: Final = "id, parent_id, name, created_at"
_PAGE: Final = text(
    f"SELECT {_COLUMNS} FROM folders WHERE tenant_id = :tenant "
    "AND (CAST(:after AS text) IS NULL OR (name, id) > (:after, CAST(:after_id AS uuid))) ORDER BY name, id LIMIT :limit"
)
_COUNT: Final = text("SELECT count(*) FROM folders WHERE tenant_id = :tenant")
_MANY: Final = text(f"SELECT {_COLUMNS} FROM folders WHERE tenant_id = :tenant AND id = ANY(:ids)")
_PUT: Final = text("INSERT INTO folders (tenant_id, id, parent_id, name) VALUES (:tenant, :id, :parent, :name)")
_RENAME: Final = text("UPDATE folders SET name = :name WHERE tenant_id = :tenant AND id = :id RETURNING id")
_MOVE: Final = text("UPDATE folders SET parent_id = :parent WHERE tenant_id = :tenant AND id = :id")
_EMPTY: Final = tuple(
    text(statement)
    for statement in (
        # First of all, so that nobody puts something into it meanwhile.
        "SELECT id FROM folders WHERE tenant_id = :tenant AND id = :id FOR UPDATE",
        "UPDATE folders SET parent_id = :parent WHERE tenant_id = :tenant AND parent_id = :id",
        "UPDATE graphs SET folder_id = :parent WHERE tenant_id = :tenant AND folder_id = :id",
        "UPDATE library_entries SET folder_id = :parent WHERE tenant_id = :tenant AND folder_id = :id",
        "DELETE FROM folders WHERE tenant_id = :tenant AND id = :id",
    )
)

Tree = dict[UUID, UUID | None]


@dataclass(frozen=True)
class Folder:
    """A folder's row."""

    id: UUID
    parent_id: UUID | None
    name: str
    created_at: datetime


@dataclass(frozen=True)
class Folders:
    """The folders of all tenants."""

    engine: Database

    async def page(self, tenant: UUID, limit: int, after: tuple[str, UUID] | None = None) -> list[Folder]:
        """Give folders by name, wherever in the tree they are."""
        where = {"tenant": tenant, "limit": limit}
        where |= {"after": None, "after_id": None} if after is None else {"after": after[0], "after_id": after[1]}
        async with self.engine.connect() as connection:
            return [Folder(**row) for row in (await connection.execute(_PAGE, where)).mappings()]

    async def count(self, tenant: UUID) -> int:
        async with self.engine.connect() as connection:
            return int((await connection.execute(_COUNT, {"tenant": tenant})).scalar_one())

    async def many(self, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, Folder]:
        """Give those of these folders that are here."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_MANY, {"tenant": tenant, "ids": list(ids)})).mappings().all()
        return {row["id"]: Folder(**row) for row in rows}

    async def create(self, tenant: UUID, name: str, parent: UUID | None) -> UUID:
        """Make a folder, inside another or at the top; give its id."""
        folder = new_id()
        async with self.engine.begin() as connection:
            tree = await _locked_tree(connection, tenant)
            if len(tree) >= LIMITS.folders_max:
                raise Conflict(f"There are at most {LIMITS.folders_max} folders.")
            _check_place({**tree, folder: parent}, folder, parent)
            row = {"tenant": tenant, "id": folder, "parent": parent, "name": name}
            await connection.execute(_PUT, row)
        return folder

    async def rename(self, tenant: UUID, folder: UUID, name: str) -> None:
        async with self.engine.begin() as connection:
            found = await connection.execute(_RENAME, {"tenant": tenant, "id": folder, "name": name})
            if found.one_or_none() is None:
                raise _missing()

    async def move(self, tenant: UUID, folder: UUID, parent: UUID | None) -> None:
        """Put a folder into another, or at the top; raise Conflict where it would be inside itself."""
        async with self.engine.begin() as connection:
            tree = await _locked_tree(connection, tenant)
            if folder not in tree:
                raise _missing()
            _check_place(tree, folder, parent)
            await connection.execute(_MOVE, {"tenant": tenant, "id": folder, "parent": parent})

    async def delete(self, tenant: UUID, folder: UUID) -> None:
        """Take a folder away; all that is in it stands where the folder stood."""
        async with self.engine.begin() as connection:
            tree = await _locked_tree(connection, tenant)
            if folder not in tree:
                raise _missing()
            for statement in _EMPTY:
                await connection.execute(statement, {"tenant": tenant, "id": folder, "parent": tree[folder]})


async def _locked_tree(connection: AsyncConnection, tenant: UUID) -> Tree:
    """Give {folder: its parent} of a tenant, and keep others from changing it until the transaction ends."""
    await connection.execute(_LOCK, {"class": _LOCK_CLASS, "key": str(tenant)})
    return {row.id: row.parent_id for row in (await connection.execute(_TREE, {"tenant": tenant})).all()}


def _check_place(tree: Tree, folder: UUID, parent: UUID | None) -> None:
    """Raise where a folder may not stand in a parent: one that is not here, is inside the folder, or makes it too deep."""
    depth, above = 1, parent
    while above is not None:
        if above not in tree:
            raise _missing()
        if above == folder:
            raise Conflict("A folder cannot be put inside itself.")
        depth, above = depth + 1, tree[above]
    if depth + _height(tree, folder) > LIMITS.folder_depth_max:
        raise Conflict(f"Folders stand at most {LIMITS.folder_depth_max} deep in one another.")


def _height(tree: Tree, folder: UUID) -> int:
    """Give how many levels of folders a folder has below itself."""
    level, height = {folder}, -1
    while level:
        level = {child for child, parent in tree.items() if parent in level}
        height += 1
    return height


def _missing() -> NotFound:
    return NotFound("There is no such Folder here.")
