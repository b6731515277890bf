"""Links to approvals: by one, one person decides one approval, once; only the hash of its token is kept, and none is sent here."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from schema.db.deciding import NO_LINK
from schema.db.people import hash_token
from schema.db.tenancy import Database
from schema.errors import Conflict, NotFound
from schema.ids import new_id
from schema.limits import LIMITS

LINK_PREFIX: Final = "dra_"
_SECRET_BYTES: Final = 32

_COLUMNS: Final = (
    "l.id, l.approval_id, l.tenant_id, l.person_id, l.created_by, l.created_at, l.expires_at, l.used_at, l.revoked_at"
)
_COUNT: Final = text("SELECT count(*) FROM approval_links WHERE tenant_id = :tenant AND approval_id = :approval")
_PUT: Final = text(
    "INSERT INTO approval_links AS l (id, approval_id, tenant_id, person_id, token_hash, created_by, expires_at) "
    "SELECT :id, a.id, a.tenant_id, :person, :hash, :by, now() + make_interval(secs => :seconds) "
    f"FROM approvals a WHERE a.tenant_id = :tenant AND a.id = :approval RETURNING {_COLUMNS}"
)
_OF_APPROVALS: Final = text(
    f"SELECT {_COLUMNS} FROM approval_links l WHERE l.tenant_id = :tenant AND l.approval_id = ANY(:ids) "
    "ORDER BY l.created_at, l.id"
)
_REVOKE: Final = text(
    "UPDATE approval_links l SET revoked_at = coalesce(l.revoked_at, now()) "
    f"WHERE l.tenant_id = :tenant AND l.id = :id RETURNING {_COLUMNS}"
)
#: With the role that the person has now: who has left decides nothing.
_IN_FORCE: Final = text(
    f"SELECT {_COLUMNS}, m.role FROM approval_links l "
    "JOIN memberships m ON m.tenant_id = l.tenant_id AND m.person_id = l.person_id "
    "JOIN people p ON p.id = l.person_id AND p.disabled_at IS NULL "
    "WHERE l.token_hash = :hash AND l.used_at IS NULL AND l.revoked_at IS NULL AND l.expires_at > now()"
)


@dataclass(frozen=True)
class ApprovalLink:
    """A link's row."""

    id: UUID
    approval_id: UUID
    tenant_id: UUID
    #: In whose name it decides.
    person_id: UUID
    created_by: UUID | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class ApprovalLinks:
    """The links of all tenants."""

    engine: Database

    async def make(
        self, tenant: UUID, approval_id: UUID, person: UUID, by: UUID, seconds: float
    ) -> tuple[str, ApprovalLink]:
        """Make a link; give its token, which is not kept. Raises NotFound, and Conflict where there are too many."""
        token = LINK_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        where = {"tenant": tenant, "approval": approval_id}
        row = {**where, "id": new_id(), "person": person, "hash": hash_token(token), "by": by, "seconds": seconds}
        async with self.engine.begin() as connection:
            if ((await connection.execute(_COUNT, where)).scalar() or 0) >= LIMITS.approval_links_max:
                raise Conflict(f"An approval has at most {LIMITS.approval_links_max} links.")
            made = (await connection.execute(_PUT, row)).mappings().one_or_none()
        if made is None:
            raise NotFound("There is no such Approval here.")
        return token, ApprovalLink(**made)

    async def of_approvals(self, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, list[ApprovalLink]]:
        """Give the links to each of these approvals, those that have ended, too."""
        found: dict[UUID, list[ApprovalLink]] = {approval_id: [] for approval_id in ids}
        async with self.engine.connect() as connection:
            for row in (await connection.execute(_OF_APPROVALS, {"tenant": tenant, "ids": list(ids)})).mappings():
                found[row["approval_id"]].append(ApprovalLink(**row))
        return found

    async def revoke(self, tenant: UUID, link_id: UUID) -> ApprovalLink:
        """End a link at once; raise NotFound."""
        async with self.engine.begin() as connection:
            row = (await connection.execute(_REVOKE, {"tenant": tenant, "id": link_id})).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such ApprovalLink here.")
        return ApprovalLink(**row)

    async def in_force(self, token: str) -> tuple[ApprovalLink, str]:
        """Give the link of a token and the role of its person; raise NotFound, always in the same words."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_IN_FORCE, {"hash": hash_token(token)})).mappings().one_or_none()
        if row is None:
            raise NotFound(NO_LINK)
        found = dict(row)
        role = found.pop("role")
        return ApprovalLink(**found), role
