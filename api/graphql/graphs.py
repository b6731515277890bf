"""Graphs in GraphQL: agents with their drafts and versions, listed, searched and read; nothing is changed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.folders import Folder, folder_of
from api.graphql.graph_problems import GraphProblem, problems_in
from api.graphql.guard import query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.node import Node, add_finders
from api.graphql.people import Member, member_of
from schema.access import Right
from schema.block import Kind
from schema.bundle import alone
from schema.db.agents import Agent, Version, VersionKey, Wanted
from schema.db.drafts import Draft
from schema.errors import NotFound
from schema.graph import Graph as GraphFile
from schema.graph import parse_graph, write_graph
from schema.interface import input_schema, output_schema
from schema.limits import LIMITS
from schema.placeholders import with_placeholders
from schema.values import encode


@dataclass
class Content:
    """What a stored document says, read once."""

    body: dict[str, Any]

    @cached_property
    def graph(self) -> GraphFile:
        return alone(parse_graph(self.body))

    @property
    def document(self) -> dict[str, Any]:
        """Give the document without agents that its file bundled: those are agents of their own."""
        return write_graph(self.graph) if self.body.get("sub_graphs") else self.body


@strawberry.type(description="An immutable version of an agent.")
class GraphVersion(Node):
    row: strawberry.Private[Version]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("GraphVersion", self.row.graph_id, self.row.version)

    @strawberry.field
    def number(self) -> int:
        return self.row.version

    @strawberry.field(description="What it was called when it was published, if anything.")
    def name(self) -> str | None:
        return self.row.name

    @strawberry.field
    def notes(self) -> str | None:
        return self.row.notes

    @strawberry.field(
        description="Who published or imported it; null for one who has left, and for what no person did."
    )
    async def published_by(self, info: strawberry.Info) -> Member | None:
        person = self.row.published_by
        return None if person is None else await member_of(info.context, person)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="Whether this is the version that runs.")
    def is_active(self) -> bool:
        return self.row.is_active

    @strawberry.field
    def nodes_count(self) -> int:
        return self.row.nodes_count

    @strawberry.field(description="The agent that it is a version of; null once that is deleted.")
    async def graph(self, info: strawberry.Info) -> Graph | None:
        return await graph_of(info.context, self.row.graph_id)

    @strawberry.field(description="The graph as a file says it. `exportGraph` gives one that may leave.")
    async def document(self, info: strawberry.Info) -> JSON:
        return JSON((await self.content(info)).document)

    @strawberry.field(description="The JSON Schema of the inputs of a run.")
    async def input_schema(self, info: strawberry.Info) -> JSON:
        return JSON(input_schema((await self.content(info)).graph, _specs(info)))

    @strawberry.field(description="The JSON Schema of the outputs of a run.")
    async def output_schema(self, info: strawberry.Info) -> JSON:
        return JSON(output_schema((await self.content(info)).graph, _specs(info)))

    @strawberry.field(
        description="Every problem that it has; with an error, or a block that is not installed, it does not run."
    )
    async def problems(self, info: strawberry.Info) -> list[GraphProblem]:
        return problems_in((await self.content(info)).graph, _specs(info))

    @strawberry.field(description="Whether a node of it is a trigger that waits for a call from outside.")
    async def has_external_trigger(self, info: strawberry.Info) -> bool:
        return await self._has(info, Kind.WEBHOOK)

    @strawberry.field(description="Whether a node of it asks a person.")
    async def has_human_in_the_loop(self, info: strawberry.Info) -> bool:
        return await self._has(info, Kind.HUMAN)

    async def content(self, info: strawberry.Info) -> Content:
        found = await content_of(info.context, self.row.graph_id, self.row.version)
        if found is None:
            raise NotFound("There is no such GraphVersion here.")
        return found

    async def _has(self, info: strawberry.Info, kind: Kind) -> bool:
        graph = (await self.content(info)).graph
        specs = with_placeholders(graph, _specs(info))
        return any(specs[node.block_id].kind is kind for node in graph.enabled_nodes)


@strawberry.type(description="What of an agent is being edited.")
class GraphDraft:
    row: strawberry.Private[Draft]
    content: strawberry.Private[Content]

    @strawberry.field(
        description="What `updateDraft` and `publishGraph` must name; 0 where nothing was edited since the active version."
    )
    def revision(self) -> int:
        return self.row.revision

    @strawberry.field(description="The graph as a file says it.")
    def document(self) -> JSON:
        return JSON(self.content.document)

    @strawberry.field
    def updated_at(self) -> datetime:
        return self.row.updated_at

    @strawberry.field(description="Who changed it last; null for one who has left.")
    async def updated_by(self, info: strawberry.Info) -> Member | None:
        return None if self.row.updated_by is None else await member_of(info.context, self.row.updated_by)

    @strawberry.field(description="The JSON Schema of the inputs of a run of it.")
    def input_schema(self, info: strawberry.Info) -> JSON:
        graph = self.content.graph
        return JSON(input_schema(graph, with_placeholders(graph, _specs(info))))

    @strawberry.field(description="Every problem that it has; with an error it cannot be published.")
    def problems(self, info: strawberry.Info) -> list[GraphProblem]:
        return problems_in(self.content.graph, _specs(info))


@strawberry.type(description="An agent: a graph with a draft and versions, of which one is active and runs.")
class Graph(Node):
    row: strawberry.Private[Agent]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Graph", self.row.id)

    @strawberry.field(description="Its id as files have it: the `graph_id` of a node that runs this agent.")
    def uuid(self) -> str:
        return str(self.row.id)

    @strawberry.field(description="The active version's; the draft's where there is no version yet.")
    def name(self) -> str:
        return self.row.name

    @strawberry.field
    def description(self) -> str:
        return self.row.description

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="When its draft, its versions or the choice of the active one last changed.")
    def updated_at(self) -> datetime:
        return self.row.updated_at

    @strawberry.field(description="Who made it; null for one who has left, and for what no person made.")
    async def created_by(self, info: strawberry.Info) -> Member | None:
        return None if self.row.created_by is None else await member_of(info.context, self.row.created_by)

    @strawberry.field(description="The version that runs; null until one is published.")
    async def active_version(self, info: strawberry.Info) -> GraphVersion | None:
        if self.row.active_version is None:
            return None
        return await version_of(info.context, self.row.id, self.row.active_version)

    @strawberry.field(description="All versions, the newest first.")
    async def versions(
        self, info: strawberry.Info, first: int | None = None, after: str | None = None
    ) -> Connection[GraphVersion]:
        call: Call = info.context
        size = page_size(first)
        key = decode_cursor("versions", after, int)
        before = None if key is None else max(0, min(key[0], LIMITS.graph_version_max))

        rows = await _page_of_versions(call, (self.row.id, size + 1, before))
        return connect(
            rows,
            size,
            lambda row: GraphVersion(row=row),
            lambda row: encode_cursor("versions", row.version),
            after=after,
            count=lambda: _count_versions(call, self.row.id),
        )

    @strawberry.field(description="What is being edited; where nothing is, what the active version says.")
    async def draft(self, info: strawberry.Info) -> GraphDraft | None:
        call: Call = info.context

        async def load(ids: Sequence[UUID]) -> dict[UUID, Draft]:
            return await call.stores.drafts.many(call.tenant, ids)

        row = await call.loader("draft", load).load(self.row.id)
        return None if row is None else GraphDraft(row=row, content=Content(row.body))

    @strawberry.field(description="Where it is filed; null at the top.")
    async def folder(self, info: strawberry.Info) -> Folder | None:
        return None if self.row.folder_id is None else await folder_of(info.context, self.row.folder_id)

    @strawberry.field(description="The version that it was made from by `forkGraph`, where that is still here.")
    async def forked_from(self, info: strawberry.Info) -> GraphVersion | None:
        origin, version = self.row.forked_from_id, self.row.forked_from_version
        return None if origin is None or version is None else await version_of(info.context, origin, version)

    @strawberry.field(description="The JSON Schema of a run's inputs, by the active version; null where there is none.")
    async def input_schema(self, info: strawberry.Info) -> JSON | None:
        content = await content_of(info.context, self.row.id, self.row.active_version)
        return None if content is None else JSON(input_schema(content.graph, _specs(info)))

    @strawberry.field(
        description="The JSON Schema of a run's outputs, by the active version; null where there is none."
    )
    async def output_schema(self, info: strawberry.Info) -> JSON | None:
        content = await content_of(info.context, self.row.id, self.row.active_version)
        return None if content is None else JSON(output_schema(content.graph, _specs(info)))


def _specs(info: strawberry.Info) -> Any:
    call: Call = info.context
    return call.services.registry.specs


async def graph_of(call: Call, graph_id: UUID) -> Graph | None:
    """Give an agent of the caller's organisation; all that one operation asks for are read at once."""

    async def load(ids: Sequence[UUID]) -> dict[UUID, Agent]:
        return await call.stores.agents.many(call.tenant, ids)

    row = await call.loader("graph", load).load(graph_id)
    return None if row is None else Graph(row=row)


async def needed_graph(call: Call, graph_id: UUID) -> Graph:
    """Give an agent; raise NotFound where it is not here."""
    found = await graph_of(call, graph_id)
    if found is None:
        raise NotFound("There is no such Graph here.")
    return found


async def version_of(call: Call, graph_id: UUID, number: int) -> GraphVersion | None:
    """Give a version of an agent that is not deleted."""

    async def load(keys: Sequence[VersionKey]) -> dict[VersionKey, Version]:
        return await call.stores.agents.many_versions(call.tenant, keys)

    if not 0 <= number <= LIMITS.graph_version_max:
        return None
    row = await call.loader("version", load).load((graph_id, number))
    return None if row is None else GraphVersion(row=row)


async def needed_version(call: Call, graph_id: UUID, number: int) -> GraphVersion:
    """Give a version; raise NotFound where it, or its agent, is not here."""
    await needed_graph(call, graph_id)
    found = await version_of(call, graph_id, number)
    if found is None:
        raise NotFound("There is no such GraphVersion here.")
    return found


async def content_of(call: Call, graph_id: UUID, number: int | None) -> Content | None:
    """Give what a version says; None where it is not here, or no version is meant."""

    async def load(keys: Sequence[VersionKey]) -> dict[VersionKey, Content]:
        return {key: Content(body) for key, body in (await call.stores.agents.bodies(call.tenant, keys)).items()}

    return None if number is None else await call.loader("content", load).load((graph_id, number))


#: A page of an agent's versions: how many at most, and below which number.
VersionsKey = tuple[UUID, int, int | None]


async def _page_of_versions(call: Call, key: VersionsKey) -> list[Version]:
    async def load(keys: Sequence[VersionsKey]) -> dict[VersionsKey, list[Version]]:
        found: dict[VersionsKey, list[Version]] = {}
        for limit, before in dict.fromkeys((limit, before) for _, limit, before in keys):
            ids = [graph_id for graph_id, *page in keys if page == [limit, before]]
            read = await call.stores.agents.versions(call.tenant, ids, limit, before)
            found |= {(graph_id, limit, before): rows for graph_id, rows in read.items()}
        return found

    return await call.loader("versions", load).load(key) or []


async def _count_versions(call: Call, graph_id: UUID) -> int:
    async def load(ids: Sequence[UUID]) -> dict[UUID, int]:
        return await call.stores.agents.count_versions(call.tenant, ids)

    return await call.loader("versions count", load).load(graph_id) or 0


async def _find_graph(call: Call, key: list[str]) -> Graph | None:
    (graph_id,) = key
    return await graph_of(call, UUID(graph_id))


async def _find_version(call: Call, key: list[str]) -> GraphVersion | None:
    graph_id, number = key
    return await version_of(call, UUID(graph_id), int(number))


add_finders({"Graph": (Right.READ_GRAPHS, _find_graph), "GraphVersion": (Right.READ_GRAPHS, _find_version)})


@strawberry.type
class GraphsQuery:
    @query(Right.READ_GRAPHS, "The organisation's agents, the one that changed last first.")
    async def graphs(
        self,
        info: strawberry.Info,
        first: int | None = None,
        after: str | None = None,
        search: str | None = None,
        folder_id: strawberry.ID | None = None,
    ) -> Connection[Graph]:
        call: Call = info.context
        size = page_size(first)
        key = decode_cursor("graphs", after, datetime, UUID)
        encode(search, "search")
        wanted = Wanted(search, None if folder_id is None else decode_uuid("Folder", folder_id))
        rows = await call.stores.agents.page(call.tenant, wanted, size + 1, None if key is None else (key[0], key[1]))
        return connect(
            rows,
            size,
            lambda row: Graph(row=row),
            lambda row: encode_cursor("graphs", row.updated_at, row.id),
            after=after,
            count=lambda: call.stores.agents.count(call.tenant, wanted),
        )

    @query(Right.READ_GRAPHS, "One agent.")
    async def graph(self, info: strawberry.Info, id: strawberry.ID) -> Graph | None:
        return await needed_graph(info.context, decode_uuid("Graph", id))

    @query(Right.READ_GRAPHS, "One version of an agent.")
    async def graph_version(self, info: strawberry.Info, graph_id: strawberry.ID, number: int) -> GraphVersion | None:
        return await needed_version(info.context, decode_uuid("Graph", graph_id), number)
