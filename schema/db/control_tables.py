"""The tables of what is said to runs while they run: orders, halts, limits, approvals with their votes and links; no query here."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.db.tables import Tables

_NOW = text("now()")


class RunOrderRow(Tables):
    """An order to a run, under its number in the run: 1 and on, none left out. While it has no outcome and was not delivered it is
    an outbox: the starter's loop will deliver it. An event that came by Temporal itself has a negative number."""

    __tablename__ = "run_orders"
    __table_args__ = (
        ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        Index("uq_run_orders_key", "run_id", "key", unique=True),
        Index("ix_run_orders_key", "tenant_id", "key", postgresql_where=text("key IS NOT NULL")),
        Index("ix_run_orders_outbox", "deliver_after", postgresql_where=text("outcome IS NULL")),
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tenant_id: Mapped[UUID]
    #: pause, resume, limits, event, answer, retry, skip, edit or fail: see `workflows.control`.
    word: Mapped[str]
    #: What the workflow is told.
    detail: Mapped[dict[str, Any]]
    #: What only the node's activity is told: an event's payload, outputs, an input. {"value": ...} or {"handle": ...}.
    value: Mapped[dict[str, Any] | None]
    #: The caller's own: the same key is the same order, however often it is asked for.
    key: Mapped[str | None]
    request_hash: Mapped[str | None]
    #: Who gave it: absent for what no person did. `source` is api, link, webhook, temporal or system.
    created_by: Mapped[UUID | None]
    source: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    deliver_after: Mapped[datetime] = mapped_column(server_default=_NOW)
    delivered_at: Mapped[datetime | None]
    #: APPLIED, KEPT (an event that nobody waits for yet) or REFUSED; absent: nobody has said yet.
    outcome: Mapped[str | None]
    outcome_detail: Mapped[str | None]
    outcome_at: Mapped[datetime | None]


class RunHaltRow(Tables):
    """Why a run, or one execution of it, does not go on; written by the run itself. Over when it is cleared."""

    __tablename__ = "run_halts"
    __table_args__ = (
        ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        Index("ix_run_halts_open", "tenant_id", "set_at", postgresql_where=text("cleared_at IS NULL")),
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tenant_id: Mapped[UUID]
    #: By which it is cleared: operator/N, parent, budget, wall time, node/N.
    key: Mapped[str]
    #: operator, budget, missing credential, provider down, failed node or contract.
    kind: Mapped[str]
    code: Mapped[str]
    message: Mapped[str]
    node_id: Mapped[str | None]
    execution: Mapped[int | None]
    #: The order by which it began, and by which it ended, where one did.
    set_by_order: Mapped[int | None]
    set_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    answer: Mapped[str | None]
    cleared_by_order: Mapped[int | None]
    cleared_at: Mapped[datetime | None]


class RunLimitRow(Tables):
    """Limits of an agent's runs, or, with the graph id of zeros, of all runs of the organisation; absent ones do not limit."""

    __tablename__ = "run_limits"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["organisations.id"], ondelete="CASCADE"),)

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    graph_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Of each run.
    executions_max: Mapped[int | None]
    wall_seconds_max: Mapped[float | None]
    in_flight_max: Mapped[int | None]
    #: Runs at once; the others stay QUEUED.
    running_max: Mapped[int | None]
    updated_by: Mapped[UUID | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class ApprovalRow(Tables):
    """What a run asks people: made by the node's activity under an id that a repeated attempt finds again."""

    __tablename__ = "approvals"
    __table_args__ = (
        ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        Index("ix_approvals_tenant", "tenant_id", "status", "created_at", "id"),
        Index("ix_approvals_run", "run_id", "execution"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    run_id: Mapped[UUID]
    execution: Mapped[int]
    #: The execution's step that asked, and how often an operator had it run again until then.
    step: Mapped[int]
    round: Mapped[int]
    #: question: the block asks; inputs: its block is sensitive, and it is asked whether it may run with these.
    kind: Mapped[str]
    #: Steps of the execution that were spent on waiting for this and that its block does not see.
    held_steps: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    node_id: Mapped[str]
    title: Mapped[str]
    message: Mapped[str]
    #: What is to be approved: {"value": ...} or {"handle": ...}; its JSON Schema makes the form.
    data: Mapped[dict[str, Any]]
    form: Mapped[dict[str, Any] | None]
    is_editable: Mapped[bool]
    #: Who may decide: those with one of these roles (none named: everybody with the right), so many of them, and whether who
    #: started the run may be one.
    roles: Mapped[list[Any]]
    needed: Mapped[int]
    allows_self: Mapped[bool]
    #: Who started the run.
    asked_by: Mapped[UUID | None]
    deadline: Mapped[datetime | None]
    #: What happens at the deadline: fail, approve, reject or escalate (to `escalate_roles`, once, for as long again).
    on_timeout: Mapped[str]
    escalate_roles: Mapped[list[Any]]
    is_escalated: Mapped[bool]
    #: PENDING, APPROVED, REJECTED, TIMED_OUT or CANCELLED.
    status: Mapped[str]
    #: What was approved; while votes are missing, what the first vote made of it.
    decided_data: Mapped[dict[str, Any] | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    comment: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class ApprovalVoteRow(Tables):
    """What one person said to an approval; nobody says anything twice."""

    __tablename__ = "approval_votes"
    __table_args__ = (ForeignKeyConstraint(["approval_id"], ["approvals.id"], ondelete="CASCADE"),)

    approval_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    is_approval: Mapped[bool]
    data: Mapped[dict[str, Any] | None]
    comment: Mapped[str | None]
    #: session, key or link.
    source: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class ApprovalLinkRow(Tables):
    """A link by which one person may decide one approval, once; only its token's hash is kept."""

    __tablename__ = "approval_links"
    __table_args__ = (
        ForeignKeyConstraint(["approval_id"], ["approvals.id"], ondelete="CASCADE"),
        Index("uq_approval_links_token_hash", "token_hash", unique=True),
        Index("ix_approval_links_approval", "approval_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    approval_id: Mapped[UUID]
    tenant_id: Mapped[UUID]
    #: In whose name it decides.
    person_id: Mapped[UUID]
    token_hash: Mapped[str]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


#: Stands for the whole organisation in `run_limits`.
EVERY_GRAPH = UUID(int=0)
