"""Refusals: what PostgreSQL refuses though nothing is wrong with what was asked, by SQLSTATE; nothing is tried again here."""

from __future__ import annotations

from time import monotonic
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

#: What to tell of a SQLSTATE: all of them pass, or are for an operator to mend.
TEXTS: Final = {
    "25006": "PostgreSQL is read-only",
    "53100": "PostgreSQL's disk is full",
    "53200": "PostgreSQL has no memory left",
    "53300": "PostgreSQL has no connection left",
    "55P03": "What is to be changed is locked for too long",
    "57014": "PostgreSQL took too long",
}
READ_ONLY: Final = TEXTS["25006"]
DISK_FULL: Final = TEXTS["53100"]
#: What stops writes alone.
WRITES_REFUSED: Final = frozenset({READ_ONLY, DISK_FULL})
#: For how long a full disk is told that was met: where anybody writes, it is met more often.
TOLD_SECONDS: Final = 30.0


def refusal_of(error: BaseException | None) -> str | None:
    """Give what an error of the driver's says of PostgreSQL's state; None: nothing."""
    return TEXTS.get(str(getattr(error, "sqlstate", "") or ""))


class FullDisk:
    """Whether the disk is full, of an engine whose errors are watched: no read can tell."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._met_at = float("-inf")
        event.listen(engine.sync_engine, "handle_error", self._note)

    def _note(self, context: Any) -> None:
        if refusal_of(context.original_exception) == DISK_FULL:
            self._met_at = monotonic()

    @property
    def was_met(self) -> bool:
        """Say whether a statement was refused for it of late."""
        return monotonic() - self._met_at < TOLD_SECONDS
