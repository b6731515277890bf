"""Files in GraphQL: what was uploaded and how it stands with the scanner; bytes go over REST."""

from __future__ import annotations

from datetime import datetime
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
from schema.db.files import FileStatus

FileStatusEnum = strawberry.enum(
    FileStatus,
    name="FileStatus",
    description="Where a file stands with the scanner: only a CLEAN one is for use.",
)


@strawberry.type(description="A file that was uploaded. Its bytes are got by `downloadUrl`, and sent to POST /files.")
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

    @strawberry.field(description="The run that made it; null for one that was uploaded.")
    def run_id(self) -> strawberry.ID | None:
        return None if self.row.run_id is None else encode_id("Run", self.row.run_id)

    @strawberry.field(description="Who uploaded it; null for one who has left, and for what a run made.")
    async def owner(self, info: strawberry.Info) -> Member | None:
        return None if self.row.owner_id is None else await member_of(info.context, self.row.owner_id)

    @strawberry.field(description="Where its bytes are got, with the same token; null where it may not be used.")
    def download_url(self, info: strawberry.Info) -> str | None:
        call: Call = info.context
        path = download_path(self.row, call.services.config)
        return None if path is None else f"{call.services.config.public_url.rstrip('/')}{path}"


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
