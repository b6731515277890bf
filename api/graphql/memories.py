"""Memories in GraphQL: what the caller's agents remember from run to run, listed and forgotten; only agents write them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from api.call import Call
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.guard import mutation, query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.people import DonePayload
from api.graphql.values import Value, value_of
from schema.access import Right
from schema.db.memories import Memory as MemoryRow
from schema.db.memories import Place


@strawberry.type(description="A value that agents of the caller keep under a key.")
class Memory:
    row: strawberry.Private[MemoryRow]
    tenant: strawberry.Private[UUID]

    @strawberry.field(description="The agent that keeps it; null: all agents of the caller share it.")
    def graph_id(self) -> strawberry.ID | None:
        return encode_id("Graph", UUID(self.row.graph_id)) if self.row.graph_id else None

    @strawberry.field
    def key(self) -> str:
        return self.row.key

    @strawberry.field
    def value(self) -> Value:
        return value_of(self.tenant, self.row.value.get("value"), self.row.value.get("handle"))

    @strawberry.field(description="The run that kept it.")
    def run_id(self) -> strawberry.ID | None:
        return None if self.row.run_id is None else encode_id("Run", self.row.run_id)

    @strawberry.field(description="When it was kept.")
    def updated_at(self) -> datetime:
        return self.row.updated_at


@strawberry.input
class ForgetMemoryInput:
    graph_id: strawberry.ID | None = strawberry.field(
        default=None, description="The agent that keeps it; null: what all agents share."
    )
    key: str


@strawberry.type
class MemoriesQuery:
    @query(
        Right.READ_RUNS, "What the caller's agents remember, by agent and key; of one agent only, where it is named."
    )
    async def memories(
        self,
        info: strawberry.Info,
        graph_id: strawberry.ID | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Memory]:
        call: Call = info.context
        size, key = page_size(first), decode_cursor("memories", after, str, str)
        rows = await call.stores.memories.page(
            call.tenant,
            call.principal.person_id,
            size + 1,
            None if key is None else (key[0], key[1]),
            None if graph_id is None else str(decode_uuid("Graph", graph_id)),
        )
        return connect(
            rows,
            size,
            lambda row: Memory(row=row, tenant=call.tenant),
            lambda row: encode_cursor("memories", row.graph_id, row.key),
            after=after,
        )


@strawberry.type
class MemoriesMutation:
    @mutation(Right.EXECUTE_RUNS, "Forget what the caller's agents keep under a key.")
    async def forget_memory(self, info: strawberry.Info, input: ForgetMemoryInput) -> DonePayload:
        call: Call = info.context
        graph_id = "" if input.graph_id is None else str(decode_uuid("Graph", input.graph_id))
        place = Place(call.tenant, call.principal.person_id, graph_id)
        await call.stores.memories.forget(place, input.key)
        return DonePayload(is_done=True)
