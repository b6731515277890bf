"""The tables of people: organisations, members, sessions, keys and the audit log; no query lives here.

Secrets stand as hashes only. A person may belong to several organisations; an organisation is a tenant.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.db.tables import Tables

_NOW = text("now()")


class OrganisationRow(Tables):
    """An organisation: the tenant that owns all else."""

    __tablename__ = "organisations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class PersonRow(Tables):
    """A person, known by an e-mail address in lower case. `is_platform_admin` reviews listings and sees the fleet."""

    __tablename__ = "people"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str | None]
    is_platform_admin: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    disabled_at: Mapped[datetime | None]

    __table_args__ = (Index("uq_people_email", func.lower(text("email")), unique=True),)


class IdentityRow(Tables):
    """How an OpenID provider names a person."""

    __tablename__ = "identities"
    __table_args__ = (ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),)

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class MembershipRow(Tables):
    """A person's role in an organisation."""

    __tablename__ = "memberships"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["organisations.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("ix_memberships_person", "person_id"),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class InvitationRow(Tables):
    """An invitation into an organisation; whoever has its token may accept it once."""

    __tablename__ = "invitations"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["organisations.id"], ondelete="CASCADE"),
        Index("uq_invitations_token_hash", "token_hash", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    email: Mapped[str]
    role: Mapped[str]
    token_hash: Mapped[str]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SessionRow(Tables):
    """A sign-in: who holds its token is this person in this organisation, until it ends."""

    __tablename__ = "sessions"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("uq_sessions_token_hash", "token_hash", unique=True),
        Index("ix_sessions_person", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    tenant_id: Mapped[UUID]
    token_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ApiKeyRow(Tables):
    """A key of a program: what it may do is the scopes it was given, and never more than its person's role."""

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["organisations.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("ix_api_keys_tenant", "tenant_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    person_id: Mapped[UUID]
    name: Mapped[str]
    #: The key's beginning, which is no secret: by it a person knows which key this is.
    prefix: Mapped[str]
    secret_hash: Mapped[str]
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AuditEntryRow(Tables):
    """One line of the audit log, chained to the one before it by `hash`; rows are added and never changed."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_tenant", "tenant_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    actor_id: Mapped[UUID | None]
    key_id: Mapped[UUID | None]
    ip: Mapped[str | None]
    operation: Mapped[str]
    object_id: Mapped[str | None]
    #: ALLOWED before a mutation runs, DENIED where it does not, REFUSED and the reason where it ran and gave an error.
    outcome: Mapped[str]
    code: Mapped[str | None]
    request_id: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]
