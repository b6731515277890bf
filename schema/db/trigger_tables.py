"""The tables of what starts runs: schedules with what became of each time, webhooks with their deliveries; no query here."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.db.tables import Tables

_NOW = text("now()")


class ScheduleRow(Tables):
    """A schedule. The row is the truth; Temporal's schedule of the same id follows it: `synced_revision` says how far it is."""

    __tablename__ = "schedules"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "graph_id"], ["graphs.tenant_id", "graphs.id"], ondelete="CASCADE"),
        Index("ix_schedules_graph", "tenant_id", "graph_id", "created_at", "id"),
        Index("ix_schedules_tenant", "tenant_id", "created_at", "id"),
        Index(
            "ix_schedules_unsynced", "sync_after", postgresql_where=text("synced_revision IS DISTINCT FROM revision")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    graph_id: Mapped[UUID]
    #: Absent: the version that is active when its time comes.
    graph_version: Mapped[int | None]
    name: Mapped[str]
    #: {cron: [...], interval_seconds, offset_seconds, calendar: [...], timezone, jitter_seconds, start_at, end_at}.
    spec: Mapped[dict[str, Any]]
    #: In words: skip, buffer one, buffer all, cancel other, terminate other, allow all.
    overlap: Mapped[str]
    catch_up_seconds: Mapped[int]
    inputs: Mapped[dict[str, Any]]
    #: {key of the agent's credentials_input_schema: credential id}.
    credentials: Mapped[dict[str, Any]]
    is_paused: Mapped[bool]
    note: Mapped[str | None]
    #: In whose name it runs: their access and their credentials are looked at each time.
    created_by: Mapped[UUID | None]
    #: Why it could not run the last time, {code, message, at}; absent while it can.
    problem: Mapped[dict[str, Any] | None]
    revision: Mapped[int]
    synced_revision: Mapped[int | None]
    sync_after: Mapped[datetime] = mapped_column(server_default=_NOW)
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    deleted_at: Mapped[datetime | None]


class ScheduleFireRow(Tables):
    """What became of one time of a schedule: the run that it started, or why it could not."""

    __tablename__ = "schedule_fires"
    __table_args__ = (
        ForeignKeyConstraint(["schedule_id"], ["schedules.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="SET NULL"),
        Index("ix_schedule_fires_run", "run_id"),
    )

    schedule_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: When it was to be: the time of the schedule, not of the clock. A time asked for by hand has its own.
    scheduled_at: Mapped[datetime] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    run_id: Mapped[UUID | None]
    error: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class WebhookRow(Tables):
    """An address that others call. The token in it is kept as its hash, and sealed along with what they sign with."""

    __tablename__ = "webhooks"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["organisations.id"], ondelete="CASCADE"),
        Index("uq_webhooks_token_hash", "token_hash", unique=True),
        Index("ix_webhooks_tenant", "tenant_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    token_hash: Mapped[str]
    name: Mapped[str]
    #: generic, standard, github or slack: whose signature it has.
    provider: Mapped[str]
    #: What the provider was asked to send: {resource, events, ...}.
    config: Mapped[dict[str, Any]]
    #: {token, secrets: [{value, until}]}; gone where it is deleted.
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_id: Mapped[str | None]
    #: The credential by which the hook is registered at the provider, and what the provider calls it; absent: by hand.
    credential_id: Mapped[UUID | None]
    provider_hook_id: Mapped[str | None]
    problem: Mapped[dict[str, Any] | None]
    is_paused: Mapped[bool]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    deleted_at: Mapped[datetime | None]


class WebhookAttachmentRow(Tables):
    """An agent, or a preset of one, that a webhook starts. Each is alone: what one cannot do keeps no other from running."""

    __tablename__ = "webhook_attachments"
    __table_args__ = (
        ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], ondelete="CASCADE"),
        Index("ix_webhook_attachments_webhook", "webhook_id"),
        Index("ix_webhook_attachments_graph", "tenant_id", "graph_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    webhook_id: Mapped[UUID]
    graph_id: Mapped[UUID]
    #: Absent: the version that is active when a delivery comes.
    graph_version: Mapped[int | None]
    preset_id: Mapped[UUID | None]
    #: The input that takes the payload; absent: the graph's trigger node takes it.
    input_name: Mapped[str | None]
    inputs: Mapped[dict[str, Any]]
    credentials: Mapped[dict[str, Any]]
    #: Events that it takes; none named: all.
    events: Mapped[list[Any]]
    is_paused: Mapped[bool]
    created_by: Mapped[UUID | None]
    problem: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    deleted_at: Mapped[datetime | None]


class WebhookDeliveryRow(Tables):
    """What came to a webhook, once under its sender's id."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], ondelete="CASCADE"),
        Index("uq_webhook_deliveries_key", "webhook_id", "key", unique=True),
        Index("ix_webhook_deliveries_webhook", "webhook_id", "created_at", "id"),
        Index("ix_webhook_deliveries_waiting", "dispatch_after", postgresql_where=text("dispatched_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    webhook_id: Mapped[UUID]
    #: The sender's id of the delivery; where it has none, the hash of what it sent.
    key: Mapped[str]
    event: Mapped[str]
    headers: Mapped[dict[str, Any]]
    #: What was sent, as JSON: {"value": ...} or {"handle": ...}.
    body: Mapped[dict[str, Any]]
    repeats: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    dispatch_after: Mapped[datetime] = mapped_column(server_default=_NOW)
    #: When every attachment had its run or its error.
    dispatched_at: Mapped[datetime | None]


class DeliveryRunRow(Tables):
    """What became of a delivery at one attachment: the run that it started, or why it could not. A replay counts anew."""

    __tablename__ = "delivery_runs"
    __table_args__ = (
        ForeignKeyConstraint(["delivery_id"], ["webhook_deliveries.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="SET NULL"),
        Index("ix_delivery_runs_run", "run_id"),
    )

    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    attachment_id: Mapped[UUID] = mapped_column(primary_key=True)
    replay: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tenant_id: Mapped[UUID]
    run_id: Mapped[UUID | None]
    error: Mapped[dict[str, Any] | None]
    #: Who asked for a replay.
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    #: When the run was accepted, or refused: until then it is to be done.
    done_at: Mapped[datetime | None]
