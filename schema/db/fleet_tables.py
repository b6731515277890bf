"""The table of the processes that work here; no query lives here."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from schema.db.tables import Tables


class ProcessRow(Tables):
    """A process that lives, and says so now and then. It is no tenant's, and no tenant sees it."""

    __tablename__ = "processes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: What it does: `api`, or a worker's roles.
    roles: Mapped[list[Any]]
    host: Mapped[str]
    pid: Mapped[int]
    version: Mapped[str]
    build_id: Mapped[str | None]
    started_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    seen_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
