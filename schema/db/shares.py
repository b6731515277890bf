"""Shares: links by which anyone may read what a run gave; only the hash of a link's token is kept, and nothing is read here."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from schema.db.people import hash_token
from schema.db.tenancy import Database
from schema.errors import NotFound
from schema.ids import new_id

SHARE_PREFIX: Final = "drw_"
_SECRET_BYTES: Final = 32

_COLUMNS: Final = "s.id, s.tenant_id, s.run_id, s.created_by, s.created_at, s.expires_at, s.revoked_at"
_PUT: Final = text(
    "INSERT INTO run_shares AS s (id, tenant_id, run_id, token_hash, created_by, expires_at) "
    "SELECT :id, r.tenant_id, r.id, :hash, :by, now() + make_interval(days => CAST(:days AS int)) "
    f"FROM runs r WHERE r.tenant_id = :tenant AND r.id = :run RETURNING {_COLUMNS}"
)
_OF_RUNS: Final = text(
    f"SELECT {_COLUMNS} FROM run_shares s WHERE s.tenant_id = :tenant AND s.run_id = ANY(:runs) ORDER BY s.created_at, s.id"
)
_REVOKE: Final = text(
    "UPDATE run_shares s SET revoked_at = coalesce(s.revoked_at, now()) "
    f"WHERE s.tenant_id = :tenant AND s.id = :id RETURNING {_COLUMNS}"
)
_IN_FORCE: Final = text(
    f"SELECT {_COLUMNS} FROM run_shares s "
    "WHERE s.token_hash = :hash AND s.revoked_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > now())"
)


@dataclass(frozen=True)
class Share:
    """A link to what a run gave."""

    id: UUID
    tenant_id: UUID
    run_id: UUID
    created_by: UUID | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class Shares:
    """The shares of all tenants."""

    engine: Database

    async def make(self, tenant: UUID, run_id: UUID, by: UUID, days: int | None) -> tuple[str, Share]:
        """Make a link to a run, without end where `days` is absent; give its token, which is not kept. Raises NotFound."""
        token = SHARE_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        row = {"id": new_id(), "tenant": tenant, "run": run_id, "hash": hash_token(token), "by": by, "days": days}
        async with self.engine.begin() as connection:
            made = (await connection.execute(_PUT, row)).mappings().one_or_none()
        if made is None:
            raise NotFound("There is no such Run here.")
        return token, Share(**made)

    async def of_runs(self, tenant: UUID, runs: Sequence[UUID]) -> dict[UUID, list[Share]]:
        """Give the links to each of these runs, those that have ended, too."""
        found: dict[UUID, list[Share]] = {run: [] for run in runs}
        async with self.engine.connect() as connection:
            for row in (await connection.execute(_OF_RUNS, {"tenant": tenant, "runs": list(runs)})).mappings():
                found[row["run_id"]].append(Share(**row))
        return found

    async def revoke(self, tenant: UUID, share_id: UUID) -> Share:
        """End a link at once; raise NotFound."""
        async with self.engine.begin() as connection:
            row = (await connection.execute(_REVOKE, {"tenant": tenant, "id": share_id})).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such RunShare here.")
        return Share(**row)

    async def in_force(self, token: str) -> Share:
        """Give the link of a token; raise NotFound, always in the same words, where there is none or it has ended."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_IN_FORCE, {"hash": hash_token(token)})).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such shared run, or the link has ended.")
        return Share(**row)
