"""The tables of credentials and files: sealed secrets, OAuth in progress, uploads; no query lives here."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.db.tables import Tables

_NOW = text("now()")


class CredentialRow(Tables):
    """A credential. `sealed` opens only with its data key, `wrapped_key` only with the key `key_id`, and both only here:
    tenant, id, version and provider are part of what they are sealed with. One that was deleted keeps neither.

    Without an owner it is the organisation's: every member may use it. With one it is theirs alone."""

    __tablename__ = "credentials"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["organisations.id"], ondelete="CASCADE"),
        Index("ix_credentials_tenant", "tenant_id", "created_at", "id"),
        Index("ix_credentials_key", "key_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    owner_id: Mapped[UUID | None]
    provider: Mapped[str]
    #: api_key, oauth2, user_password or host_scoped.
    type: Mapped[str]
    title: Mapped[str]
    scopes: Mapped[list[Any]]
    #: Hosts that it may be sent to; none named: those of its provider.
    hosts: Mapped[list[Any]]
    last4: Mapped[str | None]
    version: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str]
    #: When the secret itself ends, as an OAuth access token does.
    expires_at: Mapped[datetime | None]
    #: When its provider refused it for good.
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    used_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class OAuthStateRow(Tables):
    """An authorization in progress: made when a person is sent to the provider, used up by the callback."""

    __tablename__ = "oauth_states"

    state_hash: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    person_id: Mapped[UUID]
    provider: Mapped[str]
    scopes: Mapped[list[Any]]
    redirect_uri: Mapped[str]
    title: Mapped[str]
    #: The credential whose scopes are being widened; absent where a new one is made.
    credential_id: Mapped[UUID | None]
    #: The PKCE verifier, sealed like a credential.
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class FileRow(Tables):
    """An uploaded or made file; its bytes stand in the object store. Usable by blocks only while `clean`."""

    __tablename__ = "files"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["organisations.id"], ondelete="CASCADE"),
        Index("ix_files_tenant", "tenant_id", "created_at", "id"),
        Index("ix_files_run", "run_id"),
        Index(
            "uq_files_path",
            "tenant_id",
            "path",
            "owner_id",
            unique=True,
            postgresql_where=text("path IS NOT NULL AND status <> 'pending' AND deleted_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_files_left", "created_at", postgresql_where=text("deleted_at IS NOT NULL OR status = 'pending'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    owner_id: Mapped[UUID | None]
    run_id: Mapped[UUID | None]
    name: Mapped[str]
    #: Where its owner keeps it, in a workspace; absent for what is found by its id only.
    path: Mapped[str | None]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    location: Mapped[str]
    #: pending, clean, infected or unscannable.
    status: Mapped[str]
    signature: Mapped[str | None]
    #: What scanned it, with the version of its signatures; absent: nothing did.
    scanned_by: Mapped[str | None]
    scanned_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    deleted_at: Mapped[datetime | None]


class ProtocolTaskRow(Tables):
    """A task of the Agent Protocol: an agent and what it was asked; its steps are runs."""

    __tablename__ = "protocol_tasks"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["organisations.id"], ondelete="CASCADE"),
        Index("ix_protocol_tasks_tenant", "tenant_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    graph_id: Mapped[UUID]
    graph_version: Mapped[int]
    input: Mapped[str | None]
    additional_input: Mapped[dict[str, Any] | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class ProtocolStepRow(Tables):
    """A step of a task: one run of its agent."""

    __tablename__ = "protocol_steps"
    __table_args__ = (ForeignKeyConstraint(["task_id"], ["protocol_tasks.id"], ondelete="CASCADE"),)

    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[UUID]
    tenant_id: Mapped[UUID]
    run_id: Mapped[UUID | None]
    name: Mapped[str | None]
    input: Mapped[str | None]
    additional_input: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class ProtocolArtifactRow(Tables):
    """A file that belongs to a task, given by the client or made by the agent."""

    __tablename__ = "protocol_artifacts"
    __table_args__ = (
        ForeignKeyConstraint(["task_id"], ["protocol_tasks.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["file_id"], ["files.id"], ondelete="CASCADE"),
        Index("ix_protocol_artifacts_task", "task_id", "created_at", "id"),
        Index("ix_protocol_artifacts_file", "file_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    task_id: Mapped[UUID]
    file_id: Mapped[UUID]
    step_number: Mapped[int | None]
    relative_path: Mapped[str | None]
    is_made_by_agent: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
