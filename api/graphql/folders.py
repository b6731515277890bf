"""Folders in GraphQL: where agents and library entries are filed; what is in them is listed elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry

from api.call import Call
from api.errors import BadUserInput
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.guard import mutation, query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.node import Node, add_finders
from api.graphql.problems import Payload
from schema.access import Right
from schema.db.folders import Folder as FolderRow
from schema.errors import NotFound
from schema.limits import LIMITS
from schema.values import encode


@strawberry.type(description="A folder of agents and library entries, possibly inside another.")
class Folder(Node):
    row: strawberry.Private[FolderRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Folder", self.row.id)

    @strawberry.field
    def name(self) -> str:
        return self.row.name

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="The folder that it is in; null at the top.")
    async def parent(self, info: strawberry.Info) -> Folder | None:
        return None if self.row.parent_id is None else await folder_of(info.context, self.row.parent_id)


async def folder_of(call: Call, folder: UUID) -> Folder | None:
    """Give a folder of the caller's organisation; all that one operation asks for are read at once."""

    async def load(ids: Sequence[UUID]) -> dict[UUID, FolderRow]:
        return await call.stores.folders.many(call.tenant, ids)

    row = await call.loader("folder", load).load(folder)
    return None if row is None else Folder(row=row)


async def _find_folder(call: Call, key: list[str]) -> Folder | None:
    (folder,) = key
    return await folder_of(call, UUID(folder))


add_finders({"Folder": (Right.READ_GRAPHS, _find_folder)})


@strawberry.input
class CreateFolderInput:
    name: str
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="Absent: at the top.")


@strawberry.input
class RenameFolderInput:
    id: strawberry.ID
    name: str


@strawberry.input
class MoveFolderInput:
    id: strawberry.ID
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="Absent: to the top.")


@strawberry.type
class FolderPayload(Payload):
    folder: Folder | None = None


@strawberry.type
class DeleteFolderPayload(Payload):
    deleted_id: strawberry.ID | None = None


@strawberry.type
class FoldersQuery:
    @query(Right.READ_GRAPHS, "All folders by name, wherever they are in one another; `parent` makes the tree.")
    async def folders(
        self, info: strawberry.Info, first: int | None = None, after: str | None = None
    ) -> Connection[Folder]:
        call: Call = info.context
        size = page_size(first)
        key = decode_cursor("folders", after, str, UUID)
        rows = await call.stores.folders.page(call.tenant, size + 1, None if key is None else (key[0], key[1]))
        return connect(
            rows,
            size,
            lambda row: Folder(row=row),
            lambda row: encode_cursor("folders", row.name, row.id),
            after=after,
            count=lambda: call.stores.folders.count(call.tenant),
        )


@strawberry.type
class FoldersMutation:
    @mutation(Right.WRITE_GRAPHS, "Make a folder.")
    async def create_folder(self, info: strawberry.Info, input: CreateFolderInput) -> FolderPayload:
        call: Call = info.context
        folder = await call.stores.folders.create(call.tenant, checked_name(input.name), _parent(input.parent_id))
        return await _shown(call, folder)

    @mutation(Right.WRITE_GRAPHS, "Rename a folder.")
    async def rename_folder(self, info: strawberry.Info, input: RenameFolderInput) -> FolderPayload:
        call: Call = info.context
        folder = decode_uuid("Folder", input.id)
        await call.stores.folders.rename(call.tenant, folder, checked_name(input.name))
        return await _shown(call, folder)

    @mutation(Right.WRITE_GRAPHS, "Put a folder, with all that is in it, into another or at the top.")
    async def move_folder(self, info: strawberry.Info, input: MoveFolderInput) -> FolderPayload:
        call: Call = info.context
        folder = decode_uuid("Folder", input.id)
        await call.stores.folders.move(call.tenant, folder, _parent(input.parent_id))
        return await _shown(call, folder)

    @mutation(Right.WRITE_GRAPHS, "Take a folder away; what is in it moves to where the folder was.")
    async def delete_folder(self, info: strawberry.Info, id: strawberry.ID) -> DeleteFolderPayload:
        call: Call = info.context
        await call.stores.folders.delete(call.tenant, decode_uuid("Folder", id))
        _forget(call)
        return DeleteFolderPayload(deleted_id=id)


def _forget(call: Call) -> None:
    """Forget what this call has read of the tree and of what is in it: it has changed it since."""
    call.forget("folder")
    call.forget("graph")


async def _shown(call: Call, folder: UUID) -> FolderPayload:
    _forget(call)
    row = (await call.stores.folders.many(call.tenant, [folder])).get(folder)
    if row is None:
        raise NotFound("There is no such Folder here.")
    return FolderPayload(folder=Folder(row=row))


def _parent(given: strawberry.ID | None) -> UUID | None:
    return None if given is None else decode_uuid("Folder", given)


def checked_name(given: str) -> str:
    """Give a name without needless space; raise BadUserInput where it is empty or too long, InvalidValue for strange text."""
    name = " ".join(given.split())
    encode(name, "name")
    if not 1 <= len(name) <= LIMITS.graph_name_chars_max:
        raise BadUserInput(f"A name has 1 to {LIMITS.graph_name_chars_max} characters.", where="name")
    return name
