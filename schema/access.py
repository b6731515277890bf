"""Access: what roles may do, and who asks; it looks nobody up.

A right is a verb on a kind of thing, and the scope of an API key. What a caller may do is what their role in the organisation
gives, and for a key no more than its scopes. Nothing else gives a right, and the organisation is always the caller's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID


class Right(StrEnum):
    """What may be done."""

    READ_GRAPHS = "graphs:read"
    WRITE_GRAPHS = "graphs:write"
    READ_BLOCKS = "blocks:read"
    RUN_BLOCKS = "blocks:run"
    READ_RUNS = "runs:read"
    EXECUTE_RUNS = "runs:execute"
    MANAGE_RUNS = "runs:manage"
    DECIDE_APPROVALS = "approvals:decide"
    READ_CREDENTIALS = "credentials:read"
    WRITE_CREDENTIALS = "credentials:write"
    READ_LIBRARY = "library:read"
    WRITE_LIBRARY = "library:write"
    READ_LISTINGS = "listings:read"
    WRITE_LISTINGS = "listings:write"
    REVIEW_LISTINGS = "listings:review"
    RATE_LISTINGS = "ratings:write"
    READ_FILES = "files:read"
    WRITE_FILES = "files:write"
    READ_MEMBERS = "members:read"
    WRITE_MEMBERS = "members:write"
    WRITE_KEYS = "keys:write"
    READ_AUDIT = "audit:read"
    READ_FLEET = "fleet:read"
    READ_PAYLOADS = "payloads:read"
    WRITE_ORGANISATION = "organisation:write"


class Role(StrEnum):
    """A member's role in an organisation."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    EDITOR = "EDITOR"
    OPERATOR = "OPERATOR"
    VIEWER = "VIEWER"
    AUDITOR = "AUDITOR"


_VIEWER: Final = frozenset(
    {
        Right.READ_GRAPHS,
        Right.READ_BLOCKS,
        Right.READ_RUNS,
        Right.READ_LIBRARY,
        Right.READ_LISTINGS,
        Right.READ_FILES,
        Right.READ_MEMBERS,
    }
)
_OPERATOR: Final = _VIEWER | {
    Right.EXECUTE_RUNS,
    Right.MANAGE_RUNS,
    Right.DECIDE_APPROVALS,
    Right.READ_CREDENTIALS,
    Right.WRITE_LIBRARY,
    Right.RATE_LISTINGS,
    Right.WRITE_FILES,
    Right.WRITE_KEYS,
    Right.READ_PAYLOADS,
}
_EDITOR: Final = _OPERATOR | {
    Right.WRITE_GRAPHS,
    Right.RUN_BLOCKS,
    Right.WRITE_CREDENTIALS,
    Right.WRITE_LISTINGS,
}
_ADMIN: Final = _EDITOR | {Right.WRITE_MEMBERS, Right.READ_AUDIT}

#: Nobody's by role: they belong to the platform's own administrators.
PLATFORM_RIGHTS: Final = frozenset({Right.REVIEW_LISTINGS, Right.READ_FLEET})
#: The rights of each role.
RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.VIEWER: _VIEWER,
    Role.AUDITOR: _VIEWER | {Right.READ_AUDIT, Right.READ_PAYLOADS},
    Role.OPERATOR: _OPERATOR,
    Role.EDITOR: _EDITOR,
    Role.ADMIN: _ADMIN,
    Role.OWNER: _ADMIN | {Right.WRITE_ORGANISATION},
}

#: The order of power: nobody gives a role above their own.
RANK: Final = (Role.VIEWER, Role.AUDITOR, Role.OPERATOR, Role.EDITOR, Role.ADMIN, Role.OWNER)


@dataclass(frozen=True)
class Principal:
    """Who asks: a person in an organisation, by a session, a key or an OpenID token."""

    person_id: UUID
    tenant_id: UUID
    role: Role
    email: str
    name: str
    is_platform_admin: bool = False
    #: The key or the session by which they ask.
    key_id: UUID | None = None
    session_id: UUID | None = None
    #: A key's scopes; absent: all that the role gives.
    scopes: frozenset[str] | None = None

    def may(self, right: Right) -> bool:
        """Say whether this caller has a right."""
        given = RIGHTS[self.role] | (PLATFORM_RIGHTS if self.is_platform_admin else frozenset())
        return right in given and (self.scopes is None or right.value in self.scopes)

    @property
    def rights(self) -> list[Right]:
        """Give all rights that this caller has, in the order in which they are declared."""
        return [right for right in Right if self.may(right)]


def may_give(giver: Role, role: Role) -> bool:
    """Say whether a member with one role may make somebody else have, or lose, another."""
    return RANK.index(role) <= RANK.index(giver)
