"""The files of a run without a row, and what a platform's blocks reach and are scanned by; no test is here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from activities.files import RunFiles
from activities.scrubbing import Scrubber
from schema.db.keeping import Keeping
from schema.files import Scanner
from schema.ids import LOCAL_TENANT
from tests.durable.platform import Platform
from tests.egress.servers import Server, guarded
from workflows.engine.events import Item


def files_of(platform: Platform, run: UUID, execution: int = 1, step: int = 0, orders: Any = ()) -> RunFiles:
    item = Item(execution, 1, step, 0, 0, False, (), (), orders)
    return OfNobody(platform.tools, LOCAL_TENANT, run, item, Scrubber())


class OfNobody(RunFiles):
    """The files of a run without a row, which nobody started."""

    async def _owner(self) -> UUID | None:
        return None


async def stored(platform: Platform, run: UUID) -> list[Any]:
    """Give the rows of a run's files, and see that each has its object and each object its row."""
    rows = await platform.sql("SELECT id, name, status, size FROM files WHERE run_id = :run ORDER BY name", run=run)
    objects = platform.tools.values.objects.list(f"files/{LOCAL_TENANT}")
    kept = {entry["path"].rpartition("/")[2] for batch in objects for entry in batch}
    known = {str(row.id) for row in await platform.sql("SELECT id FROM files")}
    assert kept <= known
    assert {str(row.id) for row in rows if row.status != "pending"} <= kept
    return rows


@contextmanager
def reaching(platform: Platform, *servers: Server) -> Iterator[None]:
    """Let the platform's blocks reach these servers."""
    before = platform.tools.http
    platform.tools.http = guarded(*servers)
    try:
        yield
    finally:
        platform.tools.http = before


@contextmanager
def scanned_by(platform: Platform, scanner: Scanner, *, accepts_unscanned: bool = False) -> Iterator[None]:
    before = platform.tools.keeping
    platform.tools.keeping = Keeping(before.files, scanner, accepts_unscanned)
    try:
        yield
    finally:
        platform.tools.keeping = before


async def parts_of(content: bytes) -> AsyncIterator[bytes]:
    yield content
