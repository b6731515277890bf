"""The tables of what blocks leave behind: calls of language models, and values that agents remember; no query here."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.db.tables import Tables

_NOW = text("now()")


class LlmCallRow(Tables):
    """A call of a language model that was answered: the answer, so that a repeated attempt does not pay again, and what it cost.
    `number` counts the calls of one step of a node execution, from 1."""

    __tablename__ = "llm_calls"
    __table_args__ = (
        ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        Index("ix_llm_calls_tenant", "tenant_id", "created_at"),
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    execution: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tenant_id: Mapped[UUID]
    provider: Mapped[str]
    model: Mapped[str]
    #: SHA-256 of what was asked: an attempt that asks otherwise is not given this answer.
    request_hash: Mapped[str]
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    #: Millionths of a dollar, by the price table of the time; absent: no price is known.
    cost_micro_usd: Mapped[int | None] = mapped_column(BigInteger)
    #: The answer: {"value": ...} or {"handle": ...}.
    answer: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class RememberedValueRow(Tables):
    """A value that an agent keeps from run to run, under a key of its own. `graph_id` is empty for one that all agents of its
    owner share."""

    __tablename__ = "remembered_values"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["organisations.id"], ondelete="CASCADE"),)

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The person whose runs see it; the nil UUID for runs that no person started.
    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    graph_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    #: {"value": ...} or {"handle": ...}.
    value: Mapped[dict[str, Any]]
    #: The run that wrote it last.
    run_id: Mapped[UUID | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class RememberedWriteRow(Tables):
    """That a step of a run has kept a value: an attempt that is repeated does not write over what came later."""

    __tablename__ = "remembered_writes"
    __table_args__ = (ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),)

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Of one call of a step, the same on every attempt.
    write_key: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
