"""The tables, as SQLAlchemy models: what the migrations must give exactly; no query lives here.

Values stand as JSON text (`json`, not `jsonb`: key order and numbers come back as they were written), or as a handle where
they are large. Every table of a tenant's data carries the tenant.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Computed,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_OPEN = text("status IN ('INCOMPLETE', 'QUEUED', 'RUNNING', 'REVIEW', 'PAUSED')")
#: All that counts as running, and little else: see `schema.db.outbox`.
_AT_ONCE = text(
    "parent_run_id IS NULL AND (status = 'RUNNING' OR (status = 'QUEUED' "
    "AND (handed_over_at IS NOT NULL OR start_attempts > 0)))"
)
_NOW = text("now()")


class Tables(DeclarativeBase):
    """All tables of Drystone."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {datetime: DateTime(timezone=True), dict[str, Any]: JSON, list[Any]: JSONB}  # noqa: RUF012


class GraphRow(Tables):
    """An agent: its id is the file's, so it is one a tenant."""

    __tablename__ = "graphs"
    __table_args__ = (
        Index("ix_graphs_updated", "tenant_id", "updated_at", "id"),
        Index("ix_graphs_search", "search", postgresql_using="gin"),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default=text("''"))
    active_version: Mapped[int | None]
    folder_id: Mapped[UUID | None]
    created_by: Mapped[UUID | None]
    forked_from_id: Mapped[UUID | None]
    forked_from_version: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    search: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('simple'::regconfig, name || ' ' || description)", persisted=True)
    )
    #: A deleted agent keeps its versions: runs of the past still show what they were made of.
    deleted_at: Mapped[datetime | None]


class GraphDraftRow(Tables):
    """What is being edited: one draft an agent, whose `revision` each writer must name."""

    __tablename__ = "graph_drafts"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "graph_id"], ["graphs.tenant_id", "graphs.id"], ondelete="CASCADE"),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    graph_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int]
    body: Mapped[dict[str, Any]]
    updated_by: Mapped[UUID | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class FolderRow(Tables):
    """A folder of agents and library entries, possibly inside another."""

    __tablename__ = "folders"
    __table_args__ = (Index("ix_folders_parent", "tenant_id", "parent_id", "name"),)

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    parent_id: Mapped[UUID | None]
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class GraphVersionRow(Tables):
    """An immutable version of a graph: what its file says."""

    __tablename__ = "graph_versions"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "graph_id"], ["graphs.tenant_id", "graphs.id"], ondelete="CASCADE"),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    graph_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str]
    body: Mapped[dict[str, Any]]
    name: Mapped[str | None]
    notes: Mapped[str | None]
    published_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class PlanRow(Tables):
    """What a run was made of: the routing and the graph, under the hash of both. Never changes."""

    __tablename__ = "plans"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(primary_key=True)
    routing: Mapped[list[Any]] = mapped_column(JSON)
    graph: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class RunRow(Tables):
    """A run. While QUEUED and not handed over it is the outbox: the starter will start it."""

    __tablename__ = "runs"
    __table_args__ = (
        Index(
            "uq_runs_idempotency_key",
            "tenant_id",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
        Index("ix_runs_open", "status", "created_at", "id", postgresql_where=_OPEN),
        Index(
            "ix_runs_outbox",
            "tenant_id",
            "graph_id",
            "depth",
            "created_at",
            "id",
            postgresql_where=text("handed_over_at IS NULL AND ended_at IS NULL"),
        ),
        Index("ix_runs_at_once", "tenant_id", "graph_id", postgresql_where=_AT_ONCE),
        Index(
            "ix_runs_cancel",
            "cancel_requested_at",
            postgresql_where=text("cancel_requested_at IS NOT NULL AND ended_at IS NULL"),
        ),
        Index("ix_runs_tenant_created", "tenant_id", "created_at", "id"),
        Index("ix_runs_agent_created", "tenant_id", "graph_id", "created_at", "id"),
        Index("ix_runs_tenant_status_created", "tenant_id", "status", "created_at", "id"),
        Index("ix_runs_agent_status_created", "tenant_id", "graph_id", "status", "created_at", "id"),
        Index("ix_runs_trigger", "tenant_id", "trigger", "created_at", "id"),
        Index("ix_runs_parent", "parent_run_id", postgresql_where=text("parent_run_id IS NOT NULL")),
        Index("ix_runs_roots", "tenant_id", "created_at", "id", postgresql_where=text("parent_run_id IS NULL")),
        Index(
            "uq_runs_signal_key",
            "tenant_id",
            "graph_id",
            "signal_key",
            unique=True,
            postgresql_where=text(f"signal_key IS NOT NULL AND {_OPEN.text}"),
        ),
        Index(
            "ix_runs_continued_from",
            "continued_from_run_id",
            postgresql_where=text("continued_from_run_id IS NOT NULL"),
        ),
        Index("ix_runs_problem", "tenant_id", "created_at", "id", postgresql_where=text("problem IS NOT NULL")),
        Index("ix_runs_uncounted", "uncounted_listing_id", postgresql_where=text("uncounted_listing_id IS NOT NULL")),
        Index("ix_runs_cost", "tenant_id", "llm_cost_micro_usd", postgresql_where=text("llm_cost_micro_usd > 0")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    graph_id: Mapped[UUID]
    graph_version: Mapped[int]
    plan_hash: Mapped[str]
    agent_name: Mapped[str]
    status: Mapped[str]
    trigger: Mapped[str]
    #: Who asked for it; absent for what no person started.
    created_by: Mapped[UUID | None]
    idempotency_key: Mapped[str | None]
    request_hash: Mapped[str | None]
    parent_run_id: Mapped[UUID | None]
    parent_execution: Mapped[int | None]
    root_run_id: Mapped[UUID]
    depth: Mapped[int]
    masks: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    stats: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: Not started by the starter before this moment; a child's parent starts it, the starter only if that fails.
    start_after: Mapped[datetime] = mapped_column(server_default=_NOW)
    handed_over_at: Mapped[datetime | None]
    start_attempts: Mapped[int] = mapped_column(server_default=text("0"))
    cancel_requested_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    #: The listing that its agent came from, until that has counted the run; then absent.
    uncounted_listing_id: Mapped[UUID | None]
    #: The key under which it is the one run of its agent that is open: see `signalAgent`.
    signal_key: Mapped[str | None]
    #: {executions_max, wall_seconds_max, in_flight_max}, those that were set when it was accepted.
    limits: Mapped[dict[str, Any] | None]
    #: The run that this one continues, how, and what its scheduler begins with.
    continued_from_run_id: Mapped[UUID | None]
    continuation: Mapped[dict[str, Any] | None]
    seed: Mapped[list[Any] | None] = mapped_column(JSON)
    #: {code, message, cause, since, at}: what Temporal reports of its workflow while it is open, or that rows of it are missing.
    problem: Mapped[dict[str, Any] | None]
    #: The schedule, webhook attachment or other thing that started it.
    trigger_id: Mapped[UUID | None]
    #: The traceparent of what asked for it; absent: its trace is named by its root run's id.
    trace: Mapped[str | None]
    #: What its calls of language models cost, of those whose price is known: a trigger of `llm_calls` adds it up.
    llm_cost_micro_usd: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class NodeExecutionRow(Tables):
    """One execution of a node. `fence` is the newest attempt that may write; `attempts` tells each that ended.

    This table, `emissions`, `run_outputs`, `run_events` and `run_logs` have no foreign key to the run, which would be looked up and
    locked for each row. Who writes to them holds the run's row itself, once a transaction; a trigger of `runs` deletes their rows.
    """

    __tablename__ = "node_executions"
    __table_args__ = (
        Index("ix_node_executions_waits", "run_id", "execution", postgresql_where=text("waits_for IS NOT NULL")),
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    execution: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    node_id: Mapped[str]
    block_id: Mapped[str]
    ordinal: Mapped[int]
    status: Mapped[str]
    step: Mapped[int]
    fence: Mapped[int] = mapped_column(BigInteger)
    inputs: Mapped[dict[str, Any]]
    error: Mapped[dict[str, Any] | None]
    attempts: Mapped[list[Any]]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: What it waits for, {kind: timer | child | event | answer | tools, ...}, while it is parked.
    waits_for: Mapped[dict[str, Any] | None]
    #: {run_id, execution}: whose emissions it has taken over instead of running.
    reused_from: Mapped[dict[str, Any] | None]
    #: [execution, call id, index of its node] of what called it as a tool.
    caller: Mapped[list[Any] | None] = mapped_column(JSON)


class EmissionRow(Tables):
    """The ledger: an emission stands once under (run, execution, sequence). Execution 0 holds the run's inputs."""

    __tablename__ = "emissions"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    execution: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pin: Mapped[str]
    value: Mapped[dict[str, Any] | None]
    handle: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class RunOutputRow(Tables):
    """A value that a run gave by an output node: the node's input `value`, before any formatting."""

    __tablename__ = "run_outputs"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    execution: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    value: Mapped[dict[str, Any] | None]
    handle: Mapped[dict[str, Any] | None]


class RegionStepRow(Tables):
    """A step of a region that was taken: whichever attempt was first counts, and `result` is what it told the run. Absent
    some steps later."""

    __tablename__ = "region_steps"
    __table_args__ = (ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),)

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    region: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    result: Mapped[list[Any] | None] = mapped_column(JSON)


class ValueRow(Tables):
    """A value kept apart, under the SHA-256 of its JSON: here while it is small, else at `location` in the object store."""

    __tablename__ = "values"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    location: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class RunEventRow(Tables):
    """What happened in a run, in the order in which readers may rely on: (xid, id) below the oldest open transaction.

    One row a write, however many executions and emissions it has: `body` names them, and readers look them up.
    """

    __tablename__ = "run_events"
    __table_args__ = (
        Index("ix_run_events_run", "run_id", "xid", "id"),
        Index("ix_run_events_tenant", "tenant_id", "xid", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xid: Mapped[int] = mapped_column(BigInteger, server_default=text("((pg_current_xact_id())::text)::bigint"))
    tenant_id: Mapped[UUID]
    graph_id: Mapped[UUID]
    run_id: Mapped[UUID]
    kind: Mapped[str]
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class ForgottenEventsRow(Tables):
    """The last of a tenant's events that are forgotten, in the order of readers: no reader goes on from before it."""

    __tablename__ = "forgotten_events"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    xid: Mapped[int] = mapped_column(BigInteger)
    id: Mapped[int] = mapped_column(BigInteger)


class RunShareRow(Tables):
    """A link by which anyone may read a run's outputs; only its token's hash is kept."""

    __tablename__ = "run_shares"
    __table_args__ = (
        ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        Index("uq_run_shares_token_hash", "token_hash", unique=True),
        Index("ix_run_shares_run", "run_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    run_id: Mapped[UUID]
    token_hash: Mapped[str]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class RunLogRow(Tables):
    """A line that a block wrote, or a piece of text that it streamed on a pin, while it ran."""

    __tablename__ = "run_logs"
    __table_args__ = (
        Index("ix_run_logs_run", "run_id", "id"),
        Index("ix_run_logs_lines", "run_id", "id", postgresql_where=text("pin IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    run_id: Mapped[UUID]
    execution: Mapped[int]
    attempt: Mapped[int]
    #: debug, info, warning or error; `text` for a piece of streamed text, whose pin is then set.
    level: Mapped[str]
    pin: Mapped[str | None]
    line: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
