"""People: organisations, members, sessions, invitations and API keys; it checks no password and grants no right.

Secrets are random, so what is kept of one is its SHA-256; a session's or an invitation's is looked up by it, a key's is
compared. These queries come before a tenant is known, so they work as the owner of the tables; each names its tenant.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from schema.access import Principal, Role
from schema.db.refusals import WRITES_REFUSED, refusal_of
from schema.db.tenancy import Database
from schema.errors import Conflict, NotFound
from schema.ids import new_id

KEY_PREFIX: Final = "dry_"
SESSION_PREFIX: Final = "drs_"
INVITATION_PREFIX: Final = "dri_"
_SECRET_BYTES: Final = 32
#: A key's or session's use is written down at most so often.
_USE_SECONDS: Final = 60

_WHO: Final = "p.id AS person_id, m.tenant_id, m.role, p.email, p.name, p.is_platform_admin"
_BY_SESSION: Final = text(
    f"SELECT {_WHO}, s.id AS session_id, s.last_used_at FROM sessions s "
    "JOIN people p ON p.id = s.person_id AND p.disabled_at IS NULL "
    "JOIN memberships m ON m.person_id = p.id AND m.tenant_id = s.tenant_id "
    "WHERE s.token_hash = :hash AND s.revoked_at IS NULL AND s.expires_at > now()"
)
_BY_KEY: Final = text(
    f"SELECT {_WHO}, k.id AS key_id, k.secret_hash, k.scopes, k.last_used_at FROM api_keys k "
    "JOIN people p ON p.id = k.person_id AND p.disabled_at IS NULL "
    "JOIN memberships m ON m.person_id = p.id AND m.tenant_id = k.tenant_id "
    "WHERE k.id = :id AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())"
)
_BY_IDENTITY: Final = text(
    f"SELECT {_WHO} FROM identities i JOIN people p ON p.id = i.person_id AND p.disabled_at IS NULL "
    "JOIN memberships m ON m.person_id = p.id "
    "WHERE i.issuer = :issuer AND i.subject = :subject AND (CAST(:tenant AS uuid) IS NULL OR m.tenant_id = :tenant) "
    "ORDER BY m.created_at LIMIT 1"
)
_TOUCH: Final = {
    table: text(
        # Of requests that come together one writes it down, and none waits for that one.
        f"UPDATE {table} SET last_used_at = now() WHERE id = (SELECT id FROM {table} WHERE id = :id AND "
        f"(last_used_at IS NULL OR last_used_at < now() - make_interval(secs => {_USE_SECONDS})) FOR UPDATE SKIP LOCKED)"
    )
    for table in ("sessions", "api_keys")
}
_PASSWORD: Final = text(
    "SELECT p.id, p.password_hash, m.tenant_id FROM people p JOIN memberships m ON m.person_id = p.id "
    "WHERE lower(p.email) = lower(:email) AND p.disabled_at IS NULL "
    "AND (CAST(:tenant AS uuid) IS NULL OR m.tenant_id = :tenant) ORDER BY m.created_at LIMIT 1"
)
_SET_PASSWORD: Final = text("UPDATE people SET password_hash = :hash WHERE id = :id")
_PUT_ORGANISATION: Final = text(
    "INSERT INTO organisations (id, name) VALUES (:id, :name) ON CONFLICT (id) DO NOTHING RETURNING id"
)
_RENAME_ORGANISATION: Final = text("UPDATE organisations SET name = :name WHERE id = :id")
_ORGANISATIONS_OF: Final = text(
    "SELECT o.id, o.name, m.role FROM memberships m JOIN organisations o ON o.id = m.tenant_id "
    "WHERE m.person_id = :person ORDER BY m.created_at"
)
_PUT_PERSON: Final = text(
    "INSERT INTO people (id, email, name, password_hash, is_platform_admin) "
    "VALUES (:id, lower(:email), :name, :password_hash, :is_platform_admin)"
)
_PERSON_BY_EMAIL: Final = text("SELECT id FROM people WHERE lower(email) = lower(:email)")
_PUT_IDENTITY: Final = text(
    "INSERT INTO identities (issuer, subject, person_id) VALUES (:issuer, :subject, :person) ON CONFLICT DO NOTHING"
)
_PUT_MEMBER: Final = text(
    "INSERT INTO memberships (tenant_id, person_id, role) VALUES (:tenant, :person, :role) ON CONFLICT DO NOTHING RETURNING role"
)
_LOCK_MEMBERS: Final = text("SELECT person_id, role FROM memberships WHERE tenant_id = :tenant FOR UPDATE")
_SET_ROLE: Final = text(
    "UPDATE memberships SET role = :role WHERE tenant_id = :tenant AND person_id = :person RETURNING role"
)
_REMOVE_MEMBER: Final = text("DELETE FROM memberships WHERE tenant_id = :tenant AND person_id = :person")
_END_SESSIONS: Final = text(
    "UPDATE sessions SET revoked_at = now() WHERE person_id = :person AND revoked_at IS NULL "
    "AND (CAST(:tenant AS uuid) IS NULL OR tenant_id = :tenant)"
)
_PUT_SESSION: Final = text(
    "INSERT INTO sessions (id, person_id, tenant_id, token_hash, expires_at) "
    "VALUES (:id, :person, :tenant, :hash, now() + make_interval(secs => :seconds)) RETURNING expires_at"
)
_END_SESSION: Final = text("UPDATE sessions SET revoked_at = now() WHERE id = :id AND revoked_at IS NULL")
_PUT_KEY: Final = text(
    "INSERT INTO api_keys (id, tenant_id, person_id, name, prefix, secret_hash, scopes, expires_at) "
    "VALUES (:id, :tenant, :person, :name, :prefix, :hash, CAST(:scopes AS jsonb), :expires_at)"
)
_KEY_COLUMNS: Final = "id, tenant_id, person_id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at"
_KEYS: Final = text(
    f"SELECT {_KEY_COLUMNS} FROM api_keys WHERE tenant_id = :tenant AND (CAST(:person AS uuid) IS NULL OR person_id = :person) "
    "ORDER BY created_at DESC, id DESC LIMIT 500"
)
_KEY: Final = text(f"SELECT {_KEY_COLUMNS} FROM api_keys WHERE tenant_id = :tenant AND id = :id")
_REVOKE_KEY: Final = text(
    "UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE tenant_id = :tenant AND id = :id "
    "AND (CAST(:person AS uuid) IS NULL OR person_id = :person) RETURNING id"
)
_MEMBERS: Final = text(
    "SELECT p.id, p.email, p.name, m.role, m.created_at FROM memberships m JOIN people p ON p.id = m.person_id "
    "WHERE m.tenant_id = :tenant ORDER BY m.created_at, p.id LIMIT 1000"
)
_PEOPLE: Final = text(
    "SELECT p.id, p.email, p.name, m.role, m.created_at FROM memberships m JOIN people p ON p.id = m.person_id "
    "WHERE m.tenant_id = :tenant AND p.id = ANY(:ids)"
)
_PUT_INVITATION: Final = text(
    "INSERT INTO invitations (id, tenant_id, email, role, token_hash, created_by, expires_at) "
    "VALUES (:id, :tenant, lower(:email), :role, :hash, :person, now() + make_interval(secs => :seconds)) RETURNING expires_at"
)
_TAKE_INVITATION: Final = text(
    "UPDATE invitations SET accepted_at = now() WHERE token_hash = :hash AND accepted_at IS NULL AND revoked_at IS NULL "
    "AND expires_at > now() RETURNING tenant_id, email, role"
)


@dataclass(frozen=True)
class Member:
    """A person in an organisation."""

    id: UUID
    email: str
    name: str
    role: str
    created_at: datetime


@dataclass(frozen=True)
class Organisation:
    """An organisation, and the role that the one who asks has in it."""

    id: UUID
    name: str
    role: str


@dataclass(frozen=True)
class ApiKey:
    """A key as it is shown: without its secret."""

    id: UUID
    tenant_id: UUID
    person_id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class Issued:
    """A secret that was made, to be shown once, and when it ends."""

    id: UUID
    token: str
    expires_at: datetime | None


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class People:
    """The people of all organisations."""

    engine: Database

    # Who asks

    async def by_session(self, token: str) -> Principal | None:
        row = await self._one(_BY_SESSION, {"hash": hash_token(token)})
        if row is None:
            return None
        await self._touch("sessions", row.session_id, row.last_used_at)
        return _principal(row, session_id=row.session_id)

    async def by_key(self, token: str) -> Principal | None:
        """Give who a key belongs to, if it is one of ours, whole and in force."""
        found = _split_key(token)
        row = None if found is None else await self._one(_BY_KEY, {"id": found[0]})
        if found is None or row is None or not hmac.compare_digest(row.secret_hash, hash_token(found[1])):
            return None
        await self._touch("api_keys", row.key_id, row.last_used_at)
        return _principal(row, key_id=row.key_id, scopes=frozenset(row.scopes))

    async def by_identity(self, issuer: str, subject: str, tenant: UUID | None = None) -> Principal | None:
        """Give who an OpenID provider means, in the organisation asked for or else in their first one."""
        row = await self._one(_BY_IDENTITY, {"issuer": issuer, "subject": subject, "tenant": tenant})
        return None if row is None else _principal(row)

    async def _touch(self, table: str, row_id: UUID, last_used_at: datetime | None) -> None:
        """Note that a token was used, to the minute: most requests write nothing. Where nothing can be written, who may read is
        let in all the same."""
        if last_used_at is not None and (datetime.now(UTC) - last_used_at).total_seconds() < _USE_SECONDS:
            return
        try:
            async with self.engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.execute(_TOUCH[table], {"id": row_id})
        except DBAPIError as error:
            if refusal_of(error.orig) not in WRITES_REFUSED:
                raise

    # Organisations and members

    async def found_organisation(
        self,
        tenant: UUID,
        name: str,
        *,
        email: str,
        person_name: str,
        password_hash: str | None,
        is_first: bool = False,
    ) -> UUID | None:
        """Make an organisation with its owner; give the owner's id, or None where the organisation is there already."""
        async with self.engine.begin() as connection:
            made = (await connection.execute(_PUT_ORGANISATION, {"id": tenant, "name": name})).scalar()
            if made is None:
                return None
            person = (await connection.execute(_PERSON_BY_EMAIL, {"email": email})).scalar()
            if person is None:
                person = new_id()
                row = {"id": person, "email": email, "name": person_name, "password_hash": password_hash}
                await connection.execute(_PUT_PERSON, {**row, "is_platform_admin": is_first})
            await connection.execute(_PUT_MEMBER, {"tenant": tenant, "person": person, "role": Role.OWNER.value})
        return UUID(str(person))

    async def make_organisation(self, name: str, owner: UUID) -> UUID:
        """Make an organisation for a person who has an account; give its id."""
        tenant = new_id()
        async with self.engine.begin() as connection:
            await connection.execute(_PUT_ORGANISATION, {"id": tenant, "name": name})
            await connection.execute(_PUT_MEMBER, {"tenant": tenant, "person": owner, "role": Role.OWNER.value})
        return tenant

    async def rename_organisation(self, tenant: UUID, name: str) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(_RENAME_ORGANISATION, {"id": tenant, "name": name})

    async def organisations_of(self, person: UUID) -> list[Organisation]:
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_ORGANISATIONS_OF, {"person": person})).mappings().all()
        return [Organisation(**row) for row in rows]

    async def members(self, tenant: UUID) -> list[Member]:
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_MEMBERS, {"tenant": tenant})).mappings().all()
        return [Member(**row) for row in rows]

    async def members_by_id(self, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, Member]:
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_PEOPLE, {"tenant": tenant, "ids": list(ids)})).mappings().all()
        return {row["id"]: Member(**row) for row in rows}

    async def set_role(self, tenant: UUID, person: UUID, role: Role) -> None:
        """Give a member another role; an organisation keeps an owner."""
        async with self.engine.begin() as connection:
            roles = {row.person_id: row.role for row in await connection.execute(_LOCK_MEMBERS, {"tenant": tenant})}
            _keep_an_owner(roles, person, role)
            await connection.execute(_SET_ROLE, {"tenant": tenant, "person": person, "role": role.value})

    async def remove_member(self, tenant: UUID, person: UUID) -> None:
        """Take a member out, with their sessions here; their keys end by it, too. An organisation keeps an owner."""
        async with self.engine.begin() as connection:
            roles = {row.person_id: row.role for row in await connection.execute(_LOCK_MEMBERS, {"tenant": tenant})}
            _keep_an_owner(roles, person, None)
            await connection.execute(_REMOVE_MEMBER, {"tenant": tenant, "person": person})
            await connection.execute(_END_SESSIONS, {"tenant": tenant, "person": person})

    async def invite(self, tenant: UUID, email: str, role: Role, by: UUID, seconds: float) -> Issued:
        """Invite somebody; whoever shows the token accepts it."""
        invitation, token = new_id(), INVITATION_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        row = {"id": invitation, "tenant": tenant, "email": email, "role": role.value, "person": by}
        async with self.engine.begin() as connection:
            ends = await connection.execute(_PUT_INVITATION, {**row, "hash": hash_token(token), "seconds": seconds})
            return Issued(invitation, token, ends.scalar())

    async def accept_invitation(self, token: str, name: str, password_hash: str | None) -> tuple[UUID, UUID, bool]:
        """Accept an invitation; give (organisation, person, whether the account is new). One that was there keeps its name and
        its password."""
        async with self.engine.begin() as connection:
            found = (await connection.execute(_TAKE_INVITATION, {"hash": hash_token(token)})).one_or_none()
            if found is None:
                raise NotFound("There is no such invitation, or it was used, or its time is over.")
            person = (await connection.execute(_PERSON_BY_EMAIL, {"email": found.email})).scalar()
            is_new = person is None
            if person is None:
                person = new_id()
                row = {"id": person, "email": found.email, "name": name, "password_hash": password_hash}
                await connection.execute(_PUT_PERSON, {**row, "is_platform_admin": False})
            await connection.execute(_PUT_MEMBER, {"tenant": found.tenant_id, "person": person, "role": found.role})
        return found.tenant_id, UUID(str(person)), is_new

    async def link_identity(self, issuer: str, subject: str, person: UUID) -> None:
        """Note that an OpenID provider's subject is this person."""
        async with self.engine.begin() as connection:
            await connection.execute(_PUT_IDENTITY, {"issuer": issuer, "subject": subject, "person": person})

    async def person_by_email(self, email: str) -> UUID | None:
        row = await self._one(_PERSON_BY_EMAIL, {"email": email})
        return None if row is None else row.id

    # Signing in

    async def password_of(self, email: str, tenant: UUID | None = None) -> tuple[UUID, UUID, str | None] | None:
        """Give (person, organisation, hash of the password) for an address."""
        row = await self._one(_PASSWORD, {"email": email, "tenant": tenant})
        return None if row is None else (row.id, row.tenant_id, row.password_hash)

    async def set_password(self, person: UUID, password_hash: str) -> None:
        """Set a password, and end every session that was begun with the old one."""
        async with self.engine.begin() as connection:
            await connection.execute(_SET_PASSWORD, {"id": person, "hash": password_hash})
            await connection.execute(_END_SESSIONS, {"person": person, "tenant": None})

    async def begin_session(self, person: UUID, tenant: UUID, seconds: float) -> Issued:
        session, token = new_id(), SESSION_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        row = {"id": session, "person": person, "tenant": tenant, "hash": hash_token(token), "seconds": seconds}
        async with self.engine.begin() as connection:
            return Issued(session, token, (await connection.execute(_PUT_SESSION, row)).scalar())

    async def end_session(self, session: UUID) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(_END_SESSION, {"id": session})

    # API keys

    async def make_key(
        self, tenant: UUID, person: UUID, name: str, scopes: Sequence[str], expires_at: datetime | None = None
    ) -> Issued:
        key, secret = new_id(), secrets.token_urlsafe(_SECRET_BYTES)
        prefix = f"{KEY_PREFIX}{key.hex}"
        row = {"id": key, "tenant": tenant, "person": person, "name": name, "prefix": prefix, "expires_at": expires_at}
        async with self.engine.begin() as connection:
            texts = {"hash": hash_token(secret), "scopes": orjson.dumps(list(scopes)).decode()}
            await connection.execute(_PUT_KEY, {**row, **texts})
        return Issued(key, f"{prefix}_{secret}", expires_at)

    async def keys(self, tenant: UUID, person: UUID | None = None) -> list[ApiKey]:
        """Give an organisation's keys, or those of one person in it, the newest first."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_KEYS, {"tenant": tenant, "person": person})).mappings().all()
        return [ApiKey(**row) for row in rows]

    async def key(self, tenant: UUID, key: UUID) -> ApiKey:
        async with self.engine.connect() as connection:
            row = (await connection.execute(_KEY, {"tenant": tenant, "id": key})).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such key here.")
        return ApiKey(**row)

    async def revoke_key(self, tenant: UUID, key: UUID, person: UUID | None = None) -> None:
        """End a key at once; with `person`, only if it is theirs."""
        async with self.engine.begin() as connection:
            where = {"tenant": tenant, "id": key, "person": person}
            if (await connection.execute(_REVOKE_KEY, where)).one_or_none() is None:
                raise NotFound("There is no such key here.")

    async def _one(self, statement: Any, where: dict[str, Any]) -> Any:
        async with self.engine.connect() as connection:
            # One statement is a transaction by itself: to tell of its beginning and its end takes two more ways to PostgreSQL.
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            return (await connection.execute(statement, where)).one_or_none()


def _principal(row: Any, **by: Any) -> Principal:
    return Principal(
        person_id=row.person_id,
        tenant_id=row.tenant_id,
        role=Role(row.role),
        email=row.email,
        name=row.name,
        is_platform_admin=row.is_platform_admin,
        **by,
    )


def _split_key(token: str) -> tuple[UUID, str] | None:
    """Give (id, secret) of a key's text, or None where it has not the form of one."""
    head, _, secret = token.removeprefix(KEY_PREFIX).partition("_")
    try:
        return (UUID(hex=head), secret) if token.startswith(KEY_PREFIX) and secret else None
    except ValueError:
        return None


def _keep_an_owner(roles: dict[UUID, str], person: UUID, role: Role | None) -> None:
    if person not in roles:
        raise NotFound("There is no such member here.")
    others = [member for member, held in roles.items() if held == Role.OWNER and member != person]
    if not others and role is not Role.OWNER:
        raise Conflict("An organisation needs an owner: make somebody else one first.")
