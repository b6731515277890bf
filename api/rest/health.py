"""Health: whether this process lives, and whether it can serve, each check with the reason; no reason has an address or a secret.

PostgreSQL and the object store are vital: without them nothing is accepted. Temporal and the scanner are not: a run is accepted
durably without Temporal and starts when it is back, and uploads are refused while a scanner is away. Nor is it vital that
PostgreSQL can be written: where it is read-only, or its disk is full, reads are served. So a process that lacks one of these is
`degraded`, and ready. What was found counts for a few seconds, however often it is asked for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

import obstore
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.services import Services
from blocks.scanning import scanner_of
from schema.db.migrate import revisions
from schema.db.refusals import DISK_FULL, READ_ONLY, FullDisk
from schema.errors import ScanUnavailable

#: Seconds of one check: all run at once, and an answer never takes 3 s.
CHECK_SECONDS: Final = 2.0
TEMPORAL_SECONDS: Final = 1.0
#: Seconds for which what was found is told again: nobody needs a token here, and the checks cost.
FRESH_SECONDS: Final = 1.0
TEMPORAL_PORT: Final = 7233
#: The object that is written to see whether the store can be: always the same, so it stays one.
PROBE: Final = "health/probe"
#: A standby that was not promoted says so, too.
_STATE: Final = text(
    "SELECT version_num, current_setting('transaction_read_only') = 'on' AS is_read_only FROM alembic_version"
)


@dataclass(frozen=True)
class Finding:
    """What a check found: `ok`, `none` where the deployment has no such thing, or a reason."""

    text: str
    #: Whether nothing can be served for it.
    is_vital: bool = False

    @property
    def is_well(self) -> bool:
        return self.text in ("ok", "none")


WELL: Final = Finding("ok")
NONE: Final = Finding("none")


class Live(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Whether the process can serve."""

    status: Literal["ok", "degraded", "unavailable"] = Field(
        description="degraded: it serves; of what is not vital something is away. unavailable: send nothing here."
    )
    checks: dict[str, str] = Field(
        description="Each check: `ok`, `none` where the deployment has no such thing, or the reason."
    )


@dataclass
class Health:
    """Looks at what the process needs, and keeps what it found for a moment."""

    services: Services
    fresh_seconds: float = FRESH_SECONDS
    _found: Ready | None = None
    _found_at: float = float("-inf")
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _full_disk: FullDisk = field(init=False)

    def __post_init__(self) -> None:
        self._full_disk = FullDisk(self.services.engine)

    async def look(self) -> Ready:
        """Give how things stand, at most `fresh_seconds` ago."""
        async with self._looking:
            if self._found is None or time.monotonic() - self._found_at >= self.fresh_seconds:
                self._found = await self._look()
                self._found_at = time.monotonic()
            return self._found

    async def _look(self) -> Ready:
        checks = {
            "postgresql": _within(self._postgresql, is_vital=True),
            "objects": _within(self._objects, is_vital=True),
            "temporal": _within(self._temporal, is_vital=False),
            "scanner": _within(self._scanner, is_vital=False),
        }
        found = await asyncio.gather(*checks.values())
        told = {name: one.text for name, one in zip(checks, found, strict=True)}
        if any(one.is_vital for one in found):
            return Ready(status="unavailable", checks=told)
        return Ready(status="ok" if all(one.is_well for one in found) else "degraded", checks=told)

    async def _postgresql(self) -> Finding:
        try:
            async with self.services.engine.connect() as connection:
                row = (await connection.execute(_STATE)).one_or_none()
        except (SQLAlchemyError, OSError) as error:
            return Finding(f"PostgreSQL does not answer: {type(error).__name__}.", is_vital=True)
        revision, is_read_only = (None, False) if row is None else row
        known = revisions()
        if revision == known[0]:
            refused = READ_ONLY if is_read_only else DISK_FULL if self._full_disk.was_met else None
            return WELL if refused is None else Finding(f"{refused}: writes are refused, reads are served.")
        said = f"The database is at revision {revision}; this version is made for {known[0]}."
        # One that is ahead was upgraded for the next version, for which this process is about to make room.
        return Finding(said, is_vital=revision is None or revision in known)

    async def _objects(self) -> Finding:
        try:
            await obstore.put_async(self.services.objects, PROBE, b"ok")
        except (OSError, obstore.exceptions.BaseError) as error:
            return Finding(f"The object store cannot be written: {type(error).__name__}.", is_vital=True)
        return WELL

    async def _temporal(self) -> Finding:
        """See whether Temporal's frontend takes a connection: this process itself never calls it."""
        if self.services.config.temporal_address is None:
            return NONE
        address = urlsplit(f"//{self.services.config.temporal_address}")
        try:
            async with asyncio.timeout(TEMPORAL_SECONDS):
                _, writer = await asyncio.open_connection(address.hostname, address.port or TEMPORAL_PORT)
            writer.close()
        except (OSError, TimeoutError) as error:
            reason = f"Temporal does not answer: {type(error).__name__}."
            return Finding(f"{reason} Runs are accepted, and start when it is back.")
        return WELL

    async def _scanner(self) -> Finding:
        try:
            return NONE if await scanner_of(self.services.config.clamd_address).version() is None else WELL
        except ScanUnavailable:
            return Finding("The scanner does not answer: uploads are refused, or marked where that is allowed.")


async def _within(check: Callable[[], Awaitable[Finding]], *, is_vital: bool) -> Finding:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return Finding(f"No answer within {CHECK_SECONDS:.0f} s.", is_vital=is_vital)


def health_router(services: Services) -> APIRouter:
    """Give the routes of health; nobody needs a token for them."""
    router = APIRouter(tags=["health"])
    health = Health(services)

    @router.get("/healthz", summary="Whether the process lives")
    async def live() -> Live:
        """Answer as long as the process does: for whoever restarts it."""
        return Live()

    @router.get(
        "/readyz",
        summary="Whether the process can serve, with the reason where it cannot",
        response_model=Ready,
        responses={503: {"model": Ready, "description": "It cannot serve now."}},
    )
    async def ready() -> JSONResponse:
        """Answer 200 where it can serve: for whoever sends requests here."""
        found = await health.look()
        return JSONResponse(found.model_dump(), 503 if found.status == "unavailable" else 200)

    return router
