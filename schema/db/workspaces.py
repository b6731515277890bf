"""Workspaces: the files that a person's runs keep under paths; it stores none, and it reads no bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from schema.db.files import COLUMNS, File
from schema.db.tenancy import Database

#: A file with a path that is settled has it because it may be used. Whose runs nobody started have a workspace together.
_MINE: Final = (
    f"SELECT {COLUMNS} FROM files WHERE tenant_id = :tenant AND owner_id IS NOT DISTINCT FROM :owner AND path IS NOT NULL "
    "AND status <> 'pending' AND deleted_at IS NULL"
)
_FIND: Final = text(f"{_MINE} AND path = :path")
_ENTRIES: Final = text(
    f'{_MINE} AND starts_with(path, :inside) AND path COLLATE "C" > :after ORDER BY path COLLATE "C" LIMIT :limit'
)


@dataclass(frozen=True)
class Workspaces:
    """The workspaces of all owners."""

    engine: Database

    async def find(self, tenant: UUID, owner: UUID | None, path: str) -> File | None:
        """Give what stands under a path."""
        async with self.engine.connect() as connection:
            where = {"tenant": tenant, "owner": owner, "path": path}
            row = (await connection.execute(_FIND, where)).mappings().one_or_none()
        return None if row is None else File(**row)

    async def entries(self, tenant: UUID, owner: UUID | None, folder: str, limit: int, after: str = "") -> list[File]:
        """Give what stands in a folder ("": everywhere) and in those in it, by path, behind a path."""
        where = {"tenant": tenant, "owner": owner, "limit": limit, "after": after}
        async with self.engine.connect() as connection:
            found = await connection.execute(_ENTRIES, {**where, "inside": f"{folder}/" if folder else ""})
            return [File(**row) for row in found.mappings()]
