"""Files in GraphQL: what was uploaded and how it stands with the scanner; bytes go over REST."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from api.call import Call
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.guard import mutation, query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.node import Node, add_finders
from api.graphql.people import DonePayload, Member, member_of
from api.rest.files import download_path
from schema.access import Right
from schema.db.files import File as FileRow
from schema.db.files import PageWanted
from schema.files import STORED, FileStatus, file_reference, value_of_file

FileStatusEnum = strawberry.enum(
    FileStatus,
    name="FileStatus",
    description="Where a file stands with the scanner: only a CLEAN one is for use.",
)


@strawberry.type(
    description="A file that was uploaded, or that a run stored. Its bytes are got by `downloadUrl`, and sent to POST /files."
)
class File(Node):
    row: strawberry.Private[FileRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("File", self.row.id)

    @strawberry.field
    def name(self) -> str:
        return self.row.name

    @strawberry.field(description="Its type, from a closed list, by how the file begins.")
    def media_type(self) -> str:
        return self.row.media_type

    @strawberry.field(description="Bytes, as a float: a file may have more than an Int counts.")
    def size(self) -> float:
        return float(self.row.size)

    @strawberry.field(description="Of its bytes, in hexadecimal digits; empty while it is PENDING.")
    def sha256(self) -> str:
        return self.row.sha256

    @strawberry.field
    def status(self) -> FileStatusEnum:  # type: ignore[valid-type]
        return FileStatus(self.row.status)

    @strawberry.field(description="What the scanner found, or why it could not scan; null for a clean file.")
    def signature(self) -> str | None:
        return self.row.signature

    @strawberry.field(
        description="The scanner and the version of its signatures; null: nothing scanned the file, also where it is CLEAN."
    )
    def scanned_by(self) -> str | None:
        return self.row.scanned_by

    @strawberry.field
    def scanned_at(self) -> datetime | None:
        return self.row.scanned_at

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="Where its owner's workspace has it; null for a file that has no path.")
    def path(self) -> str | None:
        return self.row.path

    @strawberry.field(description="What stands for it as an agent's input, and in what runs give: a media value.")
    def media_value(self) -> str:
        return value_of_file(self.row.id, self.row.media_type)

    @strawberry.field(
        description="The run that stored it; null for one that was uploaded, and where the run was deleted."
    )
    def run_id(self) -> strawberry.ID | None:
        return None if self.row.run_id is None else encode_id("Run", self.row.run_id)

    @strawberry.field(
        description="Who uploaded it, or for whom a run stored it; null for one who has left, and where nobody started the run."
    )
    async def owner(self, info: strawberry.Info) -> Member | None:
        return None if self.row.owner_id is None else await member_of(info.context, self.row.owner_id)

    @strawberry.field(description="Where its bytes are got, with the same token; null where it may not be used.")
    def download_url(self, info: strawberry.Info) -> str | None:
        call: Call = info.context
        path = download_path(self.row, call.services.config)
        return None if path is None else f"{call.services.config.public_url.rstrip('/')}{path}"


async def files_of_run(call: Call, run_id: UUID, first: int | None, after: str | None) -> Connection[File]:
    """Give a page of what a run stored; those of all runs that one operation shows are read at once."""
    call.need(Right.READ_FILES)
    size, key = page_size(first), decode_cursor("run files", after, datetime, UUID)

    async def load(wanted: Sequence[PageWanted]) -> dict[PageWanted, list[FileRow]]:
        return await call.stores.files.pages_of_runs(call.tenant, wanted, size + 1)

    place = None if key is None else (key[0], key[1])
    rows = await call.loader(f"files of runs {size}", load).load((run_id, place)) or []
    return connect(
        rows,
        size,
        lambda row: File(row=row),
        lambda row: encode_cursor("run files", row.created_at, row.id),
        after=after,
    )


async def file_of_value(call: Call, value: Any) -> File | None:
    """Give the stored file that a value is, where the caller may see files."""
    named = file_reference(value) if isinstance(value, str) and value.startswith(STORED) else None
    if named is None or named.file_id is None or not call.principal.may(Right.READ_FILES):
        return None

    async def load(ids: Sequence[UUID]) -> dict[UUID, FileRow]:
        return await call.stores.files.by_id(call.tenant, list(ids))

    row = await call.loader("files of values", load).load(named.file_id)
    return None if row is None else File(row=row)


@strawberry.type
class FilesQuery:
    @query(Right.READ_FILES, "The organisation's files, the newest first.")
    async def files(
        self, info: strawberry.Info, first: int | None = None, after: str | None = None
    ) -> Connection[File]:
        call: Call = info.context
        size, key = page_size(first), decode_cursor("files", after, datetime, UUID)
        rows = await call.stores.files.page(call.tenant, size + 1, None if key is None else (key[0], key[1]))
        return connect(
            rows,
            size,
            lambda row: File(row=row),
            lambda row: encode_cursor("files", row.created_at, row.id),
            after=after,
            count=lambda: call.stores.files.count(call.tenant),
        )

    @query(Right.READ_FILES, "One file.")
    async def file(self, info: strawberry.Info, id: strawberry.ID) -> File:
        call: Call = info.context
        return File(row=await call.stores.files.get(call.tenant, decode_uuid("File", id)))


@strawberry.type
class FilesMutation:
    @mutation(Right.WRITE_FILES, "Delete a file and its bytes.")
    async def delete_file(self, info: strawberry.Info, id: strawberry.ID) -> DonePayload:
        call: Call = info.context
        await call.stores.files.delete(call.tenant, decode_uuid("File", id))
        return DonePayload(is_done=True)


async def _find(call: Call, parts: list[str]) -> File:
    (part,) = parts
    return File(row=await call.stores.files.get(call.tenant, UUID(part)))


add_finders({"File": (Right.READ_FILES, _find)})
