"""Files: a row for each, and its bytes in the object store; it neither scans a file nor looks into one.

A file is `pending` from before its first byte until it is settled as `clean`, `infected` or `unscannable`; that never changes
again, and only a clean one is for use. The row is there before the object and goes after it, so that no object is without a row:
what a crash left, `sweep` and `collect` find by its row (an upload that ended long ago and is still pending, a file that was
deleted and is still there) and remove with its object.

What a run stores has an id that is made of the run and of what is stored, so that a repeated attempt finds its own row: settled, it
is the file; pending, it is filled again. A file with a path is its owner's for as long as nothing else is stored under that path.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import obstore
from obstore.store import LocalStore, ObjectStore
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.db.tenancy import Database
from schema.errors import FileRefused, LimitExceeded, NotFound, ObjectStoreAway, Unavailable
from schema.files import FileStatus, Verdict
from schema.ids import new_id
from schema.limits import LIMITS

#: Bytes of a part on its way to the object store, and how many of them are on their way at once: what an upload takes of memory.
_PART_BYTES: Final = 5 * 1024 * 1024
_PARTS_AT_ONCE: Final = 2
_READ_BYTES: Final = 256 * 1024
#: No upload takes so long: a row older than this that is still pending belongs to a process that died.
_STALE_SECONDS: Final = 6 * 3600.0
_SWEPT_AT_ONCE: Final = 20
COLLECTED_AT_ONCE: Final = 100
#: Half of an advisory lock's key: one upload a tenant is settled at a time, so that two do not both take the last room.
_LOCK_CLASS: Final = 411_578

COLUMNS: Final = (
    "id, tenant_id, owner_id, run_id, name, path, media_type, size, sha256, location, status, signature, scanned_by, "
    "scanned_at, created_at"
)
_BEGIN: Final = text(
    "INSERT INTO files (id, tenant_id, owner_id, run_id, name, path, media_type, size, sha256, location, status) "
    "VALUES (:id, :tenant, :owner, :run, :name, :path, 'application/octet-stream', 0, '', :location, 'pending') "
    "ON CONFLICT (id) DO NOTHING"
)
_KNOWN: Final = text(f"SELECT {COLUMNS}, deleted_at IS NOT NULL FROM files WHERE tenant_id = :tenant AND id = :id")
_LOCK: Final = text("SELECT pg_advisory_xact_lock(:class, hashtext(:tenant))")
_USED: Final = text(
    "SELECT coalesce(sum(size), 0)::bigint AS bytes, count(*) AS files FROM files "
    "WHERE tenant_id = :tenant AND deleted_at IS NULL"
)
_USED_BY_RUN: Final = text(
    "SELECT coalesce(sum(size), 0)::bigint AS bytes, count(*) AS files FROM files "
    "WHERE tenant_id = :tenant AND run_id = :run AND deleted_at IS NULL"
)
_REPLACE: Final = text(
    "UPDATE files SET deleted_at = now() WHERE tenant_id = :tenant AND path = :path AND owner_id IS NOT DISTINCT FROM :owner "
    "AND id <> :id AND status <> 'pending' AND deleted_at IS NULL RETURNING id"
)
_SETTLE: Final = text(
    "UPDATE files SET size = :size, sha256 = :sha256, media_type = :media_type, status = :status, signature = :signature, "
    "path = CAST(:path AS text), scanned_by = CAST(:scanned_by AS text), "
    "scanned_at = CASE WHEN CAST(:scanned_by AS text) IS NULL THEN NULL ELSE now() END "
    f"WHERE tenant_id = :tenant AND id = :id AND status = 'pending' AND deleted_at IS NULL RETURNING {COLUMNS}"
)
_GET: Final = text(f"SELECT {COLUMNS} FROM files WHERE tenant_id = :tenant AND id = :id AND deleted_at IS NULL")
_BY_ID: Final = text(f"SELECT {COLUMNS} FROM files WHERE tenant_id = :tenant AND id = ANY(:ids) AND deleted_at IS NULL")
_PAGE: Final = text(
    f"SELECT {COLUMNS} FROM files WHERE tenant_id = :tenant AND deleted_at IS NULL "
    "AND (CAST(:before_time AS timestamptz) IS NULL OR (created_at, id) < (CAST(:before_time AS timestamptz), :before_id)) "
    "ORDER BY created_at DESC, id DESC LIMIT :limit"
)
_PAGES_OF_RUNS: Final = text(f"""
SELECT w.place AS wanted, f.* FROM unnest(CAST(:runs AS uuid[]), CAST(:times AS timestamptz[]), CAST(:ids AS uuid[]))
  WITH ORDINALITY AS w(run, time, id, place)
CROSS JOIN LATERAL (
  SELECT {COLUMNS} FROM files f
  WHERE f.tenant_id = :tenant AND f.run_id = w.run AND f.deleted_at IS NULL
    AND (w.time IS NULL OR (f.created_at, f.id) < (w.time, w.id))
  ORDER BY f.created_at DESC, f.id DESC LIMIT :limit) AS f
ORDER BY w.place, f.created_at DESC, f.id DESC
""")
_HIDE: Final = text(
    "UPDATE files SET deleted_at = now() WHERE tenant_id = :tenant AND id = :id AND deleted_at IS NULL RETURNING id"
)
_REMOVE: Final = text("DELETE FROM files WHERE tenant_id = :tenant AND id = :id")
#: An attempt that fills a row again begins anew: however old the row is, it is no longer one that a dead process left.
_FILL_AGAIN: Final = text(
    "UPDATE files SET created_at = now() WHERE tenant_id = :tenant AND id = :id AND status = 'pending' "
    "AND deleted_at IS NULL RETURNING id"
)
_LOCK_DEAD: Final = text(
    "SELECT id FROM files WHERE tenant_id = :tenant AND id = :id AND (deleted_at IS NOT NULL "
    "OR (status = 'pending' AND created_at < now() - make_interval(secs => :seconds))) FOR UPDATE"
)
_LOCK_PENDING: Final = text(
    "SELECT id FROM files WHERE tenant_id = :tenant AND id = :id AND status = 'pending' AND deleted_at IS NULL FOR UPDATE"
)
_LEFT: Final = text(
    "SELECT id, tenant_id FROM files WHERE deleted_at IS NOT NULL "
    "OR (status = 'pending' AND created_at < now() - make_interval(secs => :seconds)) ORDER BY created_at LIMIT :limit"
)
_STALE: Final = text(
    "SELECT id FROM files WHERE tenant_id = :tenant AND (deleted_at IS NOT NULL OR status = 'pending') "
    "AND coalesce(deleted_at, created_at) < now() - make_interval(secs => :seconds) ORDER BY id LIMIT :limit"
)


@dataclass(frozen=True)
class File:
    """A file's row."""

    id: UUID
    tenant_id: UUID
    owner_id: UUID | None
    run_id: UUID | None
    name: str
    #: Where its owner keeps it; absent: it is found by its id only.
    path: str | None
    media_type: str
    size: int
    sha256: str
    location: str
    status: str
    #: What the scanner found, or why it could not scan.
    signature: str | None
    #: The scanner, with the version of its signatures; absent: nothing scanned it.
    scanned_by: str | None
    scanned_at: datetime | None
    created_at: datetime


#: A run, and the place in its list behind which a page begins.
PageWanted = tuple[UUID, tuple[datetime, UUID] | None]


@dataclass(frozen=True)
class NewFile:
    """A file that is to be kept, before its first byte."""

    name: str
    #: Who sends it, or for whom a run keeps it; the run.
    owner_id: UUID | None = None
    run_id: UUID | None = None
    path: str | None = None
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True)
class Bytes:
    """What was received of a file."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Files:
    """The files of all tenants."""

    engine: Database
    objects: ObjectStore

    async def begin(self, tenant: UUID, new: NewFile) -> File | None:
        """Make a file's pending row, or find that of an attempt before this one; give the file where it is settled already.

        Raises FileRefused where the tenant has no room, LimitExceeded where the run has none.
        """
        async with self.engine.begin() as connection:
            known = (await connection.execute(_KNOWN, {"tenant": tenant, "id": new.id})).one_or_none()
            if known is None:
                await _need_room(connection, tenant, new.run_id, 0, 1)
                row = {"id": new.id, "tenant": tenant, "owner": new.owner_id, "run": new.run_id, "name": new.name}
                await connection.execute(_BEGIN, {**row, "path": new.path, "location": location_of(tenant, new.id)})
                return None
            *columns, is_deleted = known
            file = File(*columns)
            if not is_deleted and file.status != FileStatus.PENDING:
                return file
            again = await connection.execute(_FILL_AGAIN, {"tenant": tenant, "id": new.id})
            if again.one_or_none() is not None:
                return None
        # It is deleted, or was settled or removed just now.
        await self.discard(tenant, new.id)
        return await self.begin(tenant, new)

    async def receive(self, tenant: UUID, file_id: UUID, parts: AsyncIterator[bytes]) -> Bytes:
        """Put an upload's bytes into the object store as they come. What `parts` raises is raised, and nothing is kept."""
        digest, size, failure = hashlib.sha256(), 0, None

        async def counted() -> AsyncIterator[bytes]:
            nonlocal size, failure
            try:
                async for part in parts:
                    digest.update(part)
                    size += len(part)
                    yield part
            except BaseException as error:
                failure = error
                raise

        try:
            await obstore.put_async(
                self.objects,
                location_of(tenant, file_id),
                counted(),
                chunk_size=_PART_BYTES,
                max_concurrency=_PARTS_AT_ONCE,
            )
        except (OSError, obstore.exceptions.BaseError) as error:
            if failure is not None:
                raise failure from None
            raise ObjectStoreAway("The object store did not take the file.") from error
        return Bytes(size, digest.hexdigest())

    async def settle(
        self, tenant: UUID, new: NewFile, received: Bytes, media_type: str, verdict: Verdict, *, takes_path: bool = True
    ) -> File:
        """End a file's way in. Raises FileRefused or LimitExceeded where others took the room meanwhile.

        It takes its path from whatever stood there, unless `takes_path` is false: then it has none.
        """
        path = new.path if takes_path else None
        row = {"tenant": tenant, "id": new.id, "path": path, "media_type": media_type}
        row |= {**vars(received), **vars(verdict), "status": verdict.status.value}
        replaced: Sequence[Any] = ()
        async with self.engine.begin() as connection:
            await connection.execute(_LOCK, {"class": _LOCK_CLASS, "tenant": str(tenant)})
            await _need_room(connection, tenant, new.run_id, received.size, 0)
            if path is not None:
                where = {"tenant": tenant, "path": path, "owner": new.owner_id, "id": new.id}
                replaced = (await connection.execute(_REPLACE, where)).all()
            found = (await connection.execute(_SETTLE, row)).mappings().one_or_none()
        for old in replaced:
            await self.discard(tenant, old.id)
        if found is not None:
            return File(**found)
        # An attempt that was cut off, and lives, may have settled it; what it stored is the same.
        file = await self.get(tenant, new.id)
        if file.status == FileStatus.PENDING:
            raise NotFound("The file was deleted while it was uploaded.")
        return file

    async def get(self, tenant: UUID, file_id: UUID) -> File:
        async with self.engine.connect() as connection:
            row = (await connection.execute(_GET, {"tenant": tenant, "id": file_id})).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such File here.")
        return File(**row)

    async def by_id(self, tenant: UUID, ids: list[UUID]) -> dict[UUID, File]:
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_BY_ID, {"tenant": tenant, "ids": ids})).mappings().all()
        return {row["id"]: File(**row) for row in rows}

    async def page(self, tenant: UUID, limit: int, before: tuple[datetime, UUID] | None = None) -> list[File]:
        """Give files, the newest first."""
        time, file_id = before if before is not None else (None, UUID(int=0))
        where = {"tenant": tenant, "limit": limit, "before_time": time, "before_id": file_id}
        async with self.engine.connect() as connection:
            return [File(**row) for row in (await connection.execute(_PAGE, where)).mappings()]

    async def pages_of_runs(
        self, tenant: UUID, wanted: Sequence[PageWanted], limit: int
    ) -> dict[PageWanted, list[File]]:
        """Give a page of what each of these runs stored, the newest first."""
        where = {
            "tenant": tenant,
            "runs": [run for run, _ in wanted],
            "times": [None if before is None else before[0] for _, before in wanted],
            "ids": [None if before is None else before[1] for _, before in wanted],
            "limit": limit,
        }
        found: dict[PageWanted, list[File]] = {one: [] for one in wanted}
        async with self.engine.connect() as connection:
            for row in (await connection.execute(_PAGES_OF_RUNS, where)).mappings():
                columns = dict(row)
                found[wanted[columns.pop("wanted") - 1]].append(File(**columns))
        return found

    async def bytes_left(self, tenant: UUID, run: UUID) -> int:
        """Give the bytes that one more file of a run may have."""
        async with self.engine.connect() as connection:
            used: Any = (await connection.execute(_USED_BY_RUN, {"tenant": tenant, "run": run})).one()
        return max(0, min(LIMITS.file_bytes_max, LIMITS.run_file_bytes_max - int(used.bytes)))

    async def count(self, tenant: UUID) -> int:
        async with self.engine.connect() as connection:
            return int((await connection.execute(_USED, {"tenant": tenant})).one().files)

    async def read(self, tenant: UUID, file_id: UUID, start: int, end: int) -> AsyncIterator[bytes]:
        """Give a file's bytes, from `start` to before `end`; the object is there when this returns."""
        if start >= end:
            return _nothing()
        location = location_of(tenant, file_id)
        try:
            answer = await obstore.get_async(self.objects, location, options={"range": (start, end)})
        except FileNotFoundError as error:
            # It answers, and has lost it: somebody has to look.
            raise Unavailable("The object store has not the file's bytes.") from error
        except (OSError, obstore.exceptions.BaseError) as error:
            raise ObjectStoreAway("The object store did not give the file.") from error
        return _stream(answer)

    async def delete(self, tenant: UUID, file_id: UUID) -> None:
        """Delete a file: hidden first, then its bytes are removed, then its row."""
        async with self.engine.begin() as connection:
            hidden = (await connection.execute(_HIDE, {"tenant": tenant, "id": file_id})).scalar()
        if hidden is None:
            raise NotFound("There is no such File here.")
        await self.discard(tenant, file_id)

    async def discard(self, tenant: UUID, file_id: UUID, older_than_seconds: float = _STALE_SECONDS) -> None:
        """Remove a file's bytes and then its row, if it is deleted or its process is dead. Who found that may have found it a
        while ago: an attempt that is repeated makes a file of the same id meanwhile. So it is looked at again, and its row is
        held while its bytes are removed."""
        where = {"tenant": tenant, "id": file_id, "seconds": older_than_seconds}
        async with self.engine.begin() as connection:
            held = (await connection.execute(_LOCK_DEAD, where)).one_or_none()
            if held is not None:
                await self._remove_object(tenant, file_id)
                await connection.execute(_REMOVE, {"tenant": tenant, "id": file_id})

    async def _remove_object(self, tenant: UUID, file_id: UUID) -> None:
        location = location_of(tenant, file_id)
        try:
            _remove_staged(self.objects, location)
            await obstore.delete_async(self.objects, location)
        except FileNotFoundError:
            pass  # An upload that ended before its first byte.
        except (OSError, obstore.exceptions.BaseError) as error:
            raise ObjectStoreAway("The object store did not remove the file.") from error

    async def abandon(self, tenant: UUID, file_id: UUID) -> None:
        """Discard a file whose way in failed, unless another attempt has settled it meanwhile. Its row is held while its bytes
        are removed, so that nobody settles it in between."""
        async with self.engine.begin() as connection:
            held = (await connection.execute(_LOCK_PENDING, {"tenant": tenant, "id": file_id})).one_or_none()
            if held is not None:
                await self._remove_object(tenant, file_id)
                await connection.execute(_REMOVE, {"tenant": tenant, "id": file_id})

    async def collect(self, older_than_seconds: float = _STALE_SECONDS) -> int:
        """Remove what was deleted, and what processes that died left of any tenant's uploads; give how many."""
        async with self.engine.connect() as connection:
            left = (await connection.execute(_LEFT, {"seconds": older_than_seconds, "limit": COLLECTED_AT_ONCE})).all()
        for row in left:
            await self.discard(row.tenant_id, row.id, older_than_seconds)
        return len(left)

    async def sweep(self, tenant: UUID, older_than_seconds: float = _STALE_SECONDS) -> int:
        """Remove what processes that died left of this tenant's uploads and deletions; give how many."""
        where = {"tenant": tenant, "seconds": older_than_seconds, "limit": _SWEPT_AT_ONCE}
        async with self.engine.connect() as connection:
            left = (await connection.execute(_STALE, where)).all()
        for row in left:
            await self.discard(tenant, row.id, older_than_seconds)
        return len(left)


def location_of(tenant: UUID, file_id: UUID) -> str:
    """Give where a file's bytes stand: nothing of it comes from a client."""
    return f"files/{tenant}/{file_id}"


def _remove_staged(objects: ObjectStore, location: str) -> None:
    """Remove what a killed process was writing. A store in a folder writes beside the place and neither lists nor deletes such a
    file; of one in a cloud, a rule of its lifecycle ends uploads that were not completed."""
    if isinstance(objects, LocalStore) and objects.prefix is not None:
        Path(objects.prefix, f"{location}#1").unlink(missing_ok=True)


async def _need_room(
    connection: AsyncConnection, tenant: UUID, run: UUID | None, more_bytes: int, more_files: int
) -> None:
    if run is not None:
        await _need_room_of_run(connection, tenant, run, more_bytes, more_files)
    used: Any = (await connection.execute(_USED, {"tenant": tenant})).one()
    if used.bytes + more_bytes > LIMITS.tenant_file_bytes_max or (
        more_files and used.bytes >= LIMITS.tenant_file_bytes_max
    ):
        raise FileRefused(
            f"The organisation keeps {used.bytes} of {LIMITS.tenant_file_bytes_max} bytes of files; delete some first.",
            reason="STORAGE_FULL",
        )
    if used.files + more_files > LIMITS.tenant_files_max:
        raise FileRefused(
            f"The organisation keeps {used.files} files, and at most {LIMITS.tenant_files_max} are kept; delete some first.",
            reason="STORAGE_FULL",
        )


async def _need_room_of_run(
    connection: AsyncConnection, tenant: UUID, run: UUID, more_bytes: int, more_files: int
) -> None:
    used: Any = (await connection.execute(_USED_BY_RUN, {"tenant": tenant, "run": run})).one()
    if used.bytes + more_bytes > LIMITS.run_file_bytes_max:
        raise LimitExceeded(
            f"The run keeps {used.bytes} bytes of files and may keep {LIMITS.run_file_bytes_max}: this one is too much.",
            reason="RUN_STORAGE_FULL",
        )
    if used.files + more_files > LIMITS.run_files_max:
        raise LimitExceeded(
            f"The run keeps {used.files} files, and at most {LIMITS.run_files_max} are kept.", reason="RUN_STORAGE_FULL"
        )


async def _stream(answer: obstore.GetResult) -> AsyncIterator[bytes]:
    try:
        async for part in answer.stream(min_chunk_size=_READ_BYTES):
            yield bytes(part)
    except (OSError, obstore.exceptions.BaseError) as error:
        raise ObjectStoreAway("The object store broke off in the middle of the file.") from error


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
