"""Profiles: how organisations show themselves on the marketplace; everyone reads them, and each writes its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from schema.db.tenancy import Database
from schema.errors import Conflict

_COLUMNS: Final = "tenant_id, handle, name, description, avatar_url, links, created_at"
_PUT: Final = text(f"""
INSERT INTO profiles (tenant_id, handle, name, description, avatar_url, links)
VALUES (:tenant, :handle, :name, :description, :avatar_url, CAST(:links AS jsonb))
ON CONFLICT (tenant_id) DO UPDATE SET handle = excluded.handle, name = excluded.name,
  description = excluded.description, avatar_url = excluded.avatar_url, links = excluded.links, updated_at = now()
RETURNING {_COLUMNS}
""")
_BY_HANDLE: Final = text(f"SELECT {_COLUMNS} FROM profiles WHERE handle = lower(:handle)")
_BY_TENANT: Final = text(f"SELECT {_COLUMNS} FROM profiles WHERE tenant_id = ANY(:tenants)")


@dataclass(frozen=True)
class Profile:
    """How an organisation shows itself."""

    tenant_id: UUID
    handle: str
    name: str
    description: str
    avatar_url: str | None
    links: list[str]
    created_at: datetime


@dataclass(frozen=True)
class NewProfile:
    """What an organisation says of itself, checked."""

    handle: str
    name: str
    description: str
    avatar_url: str | None
    links: tuple[str, ...]


@dataclass(frozen=True)
class Profiles:
    """The profiles of all organisations."""

    engine: Database

    async def put(self, tenant: UUID, new: NewProfile) -> Profile:
        """Make or change an organisation's profile; raise Conflict where another one has the handle."""
        row = {**vars(new), "tenant": tenant, "links": orjson.dumps(new.links).decode()}
        try:
            async with self.engine.begin() as connection:
                return _profile((await connection.execute(_PUT, row)).mappings().one())
        except IntegrityError as error:
            raise Conflict(f"The handle {new.handle!r} is taken.", where="handle") from error

    async def by_handle(self, handle: str) -> Profile | None:
        async with self.engine.connect() as connection:
            row = (await connection.execute(_BY_HANDLE, {"handle": handle})).mappings().one_or_none()
        return None if row is None else _profile(row)

    async def by_tenant(self, tenants: Sequence[UUID]) -> dict[UUID, Profile]:
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_BY_TENANT, {"tenants": list(tenants)})).mappings().all()
        return {row["tenant_id"]: _profile(row) for row in rows}


def _profile(row: Any) -> Profile:
    return Profile(**row)
