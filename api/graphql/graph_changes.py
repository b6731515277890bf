"""Changing agents in GraphQL: drafts under an optimistic lock, versions, forks, folders and an end; it runs none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.errors import BadUserInput
from api.graphql.folders import checked_name
from api.graphql.graph_problems import GraphProblem, found_in, problems_in
from api.graphql.graphs import Graph, GraphVersion, needed_graph, needed_version
from api.graphql.guard import mutation
from api.graphql.ids import decode_uuid
from api.graphql.problems import Payload
from schema.access import Right
from schema.block import BlockSpec, Kind
from schema.bundle import alone
from schema.check import errors_of
from schema.db.drafts import Draft
from schema.errors import Conflict, InvalidGraph, NotFound
from schema.graph import Graph as GraphFile
from schema.graph import parse_graph, write_graph
from schema.ids import new_id
from schema.limits import LIMITS
from schema.static_links import with_static_links
from schema.values import encode

_LOADERS: Final = ("graph", "version", "versions", "versions count", "content", "draft")
#: What a node says of an installation, and a copy of it must not say.
_OF_NODE: Final = ("webhook_id", "webhook")


@strawberry.input
class CreateGraphInput:
    name: str
    description: str = ""
    document: JSON | None = strawberry.field(
        default=None, description="Nodes and links to begin with; its own id, name and description do not count."
    )


@strawberry.input
class UpdateDraftInput:
    graph_id: strawberry.ID
    revision: int = strawberry.field(description="The draft's revision that this change was made on.")
    document: JSON = strawberry.field(description="The whole graph as a file says it. It may have problems.")


@strawberry.input
class PublishGraphInput:
    graph_id: strawberry.ID
    revision: int = strawberry.field(description="The draft's revision that is meant.")
    name: str | None = strawberry.field(default=None, description="What to call the version.")
    notes: str | None = strawberry.field(default=None, description="What changed.")


@strawberry.input
class GraphVersionInput:
    graph_id: strawberry.ID
    number: int


@strawberry.input
class ForkGraphInput:
    id: strawberry.ID
    version: int | None = strawberry.field(default=None, description="Absent: the active version.")
    name: str | None = strawberry.field(default=None, description="Absent: the name that it has.")


@strawberry.input
class MoveGraphInput:
    graph_id: strawberry.ID
    folder_id: strawberry.ID | None = strawberry.field(default=None, description="Absent: out of any folder.")


@strawberry.type
class GraphPayload(Payload):
    graph: Graph | None = None
    problems: list[GraphProblem] = strawberry.field(
        default_factory=list, description="What is wrong with the draft; it was kept all the same."
    )


@strawberry.type
class GraphVersionPayload(Payload):
    graph: Graph | None = None
    version: GraphVersion | None = None


@strawberry.type
class DeleteGraphPayload(Payload):
    deleted_id: strawberry.ID | None = None
    deleted_schedules_count: int = strawberry.field(default=0, description="Schedules of it, which went with it.")
    detached_webhooks_count: int = strawberry.field(default=0, description="Webhooks' attachments, which went with it.")


@strawberry.type
class GraphChangesMutation:
    @mutation(Right.WRITE_GRAPHS, "Make an agent. It has a draft, and runs once that is published.")
    async def create_graph(self, info: strawberry.Info, input: CreateGraphInput) -> GraphPayload:
        call: Call = info.context
        graph_id, name = new_id(), checked_name(input.name)
        given: Any = {} if input.document is None else input.document
        if not isinstance(given, dict):
            raise BadUserInput("A document is a JSON object.", where="document")
        # A graph made here ends FAILED where a node failed and nothing handled that; a file from elsewhere goes on.
        document = {"on_node_error": "fail", **given, "id": str(graph_id), "name": name}
        document["description"] = _text(input.description, "description", LIMITS.graph_description_chars_max)
        graph = as_draft(document, graph_id, call.services.registry.specs)
        await call.stores.drafts.create(call.tenant, graph_id, write_graph(graph), call.principal.person_id)
        return await with_problems(call, graph_id, graph)

    @mutation(Right.WRITE_GRAPHS, "Replace an agent's draft. CONFLICT where it is at another revision by now.")
    async def update_draft(self, info: strawberry.Info, input: UpdateDraftInput) -> GraphPayload:
        call: Call = info.context
        graph_id = decode_uuid("Graph", input.graph_id)
        graph = as_draft(input.document, graph_id, call.services.registry.specs)
        await call.stores.drafts.update(
            call.tenant, graph_id, input.revision, write_graph(graph), call.principal.person_id
        )
        return await with_problems(call, graph_id, graph)

    @mutation(
        Right.WRITE_GRAPHS,
        "Make an immutable version of the draft and activate it; refused, with every problem, where the draft has errors.",
    )
    async def publish_graph(self, info: strawberry.Info, input: PublishGraphInput) -> GraphVersionPayload:
        call: Call = info.context
        graph_id = decode_uuid("Graph", input.graph_id)
        name = None if input.name is None else checked_name(input.name)
        notes = None if input.notes is None else _text(input.notes, "notes", LIMITS.version_notes_chars_max)
        graph = _publishable(await draft_at(call, graph_id, input.revision), call.services.registry.specs)
        number = await call.stores.drafts.publish(
            call.tenant,
            graph_id,
            input.revision,
            write_graph(graph),
            call.principal.person_id,
            name=name,
            notes=notes,
        )
        return await _with_version(call, graph_id, number)

    @mutation(Right.WRITE_GRAPHS, "Make a version the one that runs. The draft stays as it is.")
    async def activate_version(self, info: strawberry.Info, input: GraphVersionInput) -> GraphVersionPayload:
        call: Call = info.context
        graph_id = decode_uuid("Graph", input.graph_id)
        await call.stores.drafts.activate(call.tenant, graph_id, _number(input.number))
        return await _with_version(call, graph_id, input.number)

    @mutation(Right.WRITE_GRAPHS, "Make an older version the one that runs, and the draft what that version says.")
    async def roll_back(self, info: strawberry.Info, input: GraphVersionInput) -> GraphVersionPayload:
        call: Call = info.context
        graph_id = decode_uuid("Graph", input.graph_id)
        await call.stores.drafts.roll_back(call.tenant, graph_id, _number(input.number), call.principal.person_id)
        return await _with_version(call, graph_id, input.number)

    @mutation(Right.WRITE_GRAPHS, "Make a new agent from a version of one. The agents that it runs stay the same.")
    async def fork_graph(self, info: strawberry.Info, input: ForkGraphInput) -> GraphVersionPayload:
        call: Call = info.context
        graph_id = new_id()
        source = await needed_graph(call, decode_uuid("Graph", input.id))
        number = source.row.active_version if input.version is None else input.version
        if number is None:
            raise Conflict("The agent has no version yet: publish its draft first.")
        version = await needed_version(call, source.row.id, number)
        content = await version.content(info)
        name = content.graph.name if input.name is None else checked_name(input.name)
        body = _forked(content.graph, graph_id, name, number)
        await call.stores.imports.fork(call.tenant, graph_id, body, (source.row.id, number), call.principal.person_id)
        return await _with_version(call, graph_id, 1)

    @mutation(Right.WRITE_GRAPHS, "Put an agent into a folder, or out of any.")
    async def move_graph(self, info: strawberry.Info, input: MoveGraphInput) -> GraphPayload:
        call: Call = info.context
        graph_id = decode_uuid("Graph", input.graph_id)
        folder = None if input.folder_id is None else decode_uuid("Folder", input.folder_id)
        await call.stores.agents.move(call.tenant, graph_id, folder)
        return GraphPayload(graph=await changed(call, graph_id))

    @mutation(
        Right.WRITE_GRAPHS,
        "Delete an agent. Its runs still show; CONFLICT, naming them, where active versions of other agents run it.",
    )
    async def delete_graph(self, info: strawberry.Info, id: strawberry.ID) -> DeleteGraphPayload:
        call: Call = info.context
        specs = call.services.registry.specs.values()
        blocks = [spec.id for spec in specs if spec.kind is Kind.AGENT]
        gone = await call.stores.agents.delete(call.tenant, decode_uuid("Graph", id), blocks)
        forget(call)
        return DeleteGraphPayload(
            deleted_id=id, deleted_schedules_count=gone.schedules, detached_webhooks_count=gone.attachments
        )


def forget(call: Call) -> None:
    """Forget what this call has read of graphs: it has changed them since."""
    for name in _LOADERS:
        call.forget(name)


async def changed(call: Call, graph_id: UUID) -> Graph:
    """Give an agent as it is now."""
    forget(call)
    return await needed_graph(call, graph_id)


async def with_problems(call: Call, graph_id: UUID, graph: GraphFile) -> GraphPayload:
    problems = problems_in(graph, call.services.registry.specs)
    return GraphPayload(graph=await changed(call, graph_id), problems=problems)


async def _with_version(call: Call, graph_id: UUID, number: int) -> GraphVersionPayload:
    graph = await changed(call, graph_id)
    return GraphVersionPayload(graph=graph, version=await needed_version(call, graph_id, number))


async def draft_at(call: Call, graph_id: UUID, revision: int) -> Draft:
    """Give an agent's draft at a revision; raise Conflict where it is at another."""
    found = (await call.stores.drafts.many(call.tenant, [graph_id])).get(graph_id)
    if found is None:
        raise NotFound("There is no such Graph here.")
    if found.revision != revision:
        raise Conflict(
            f"The draft is at revision {found.revision}, not {revision}: read it again.", revision=found.revision
        )
    return found


def _publishable(draft: Draft, specs: Mapping[str, BlockSpec]) -> GraphFile:
    """Give a draft's graph; raise InvalidGraph with every problem where it has an error."""
    graph = with_static_links(alone(parse_graph(draft.body)), specs)
    problems = found_in(graph, specs)
    errors = errors_of(problems)
    if errors:
        wire = [problem.to_wire() for problem in errors]
        raise InvalidGraph(f"The draft has {len(errors)} problems, so nothing was published.", problems=wire)
    return graph


def as_draft(document: Any, graph_id: UUID, specs: Mapping[str, BlockSpec]) -> GraphFile:
    """Give a client's document as it is kept; raise UnsupportedFormat where it is no graph, BadUserInput where another's."""
    own = {"id": str(graph_id)}
    graph = parse_graph({**own, **document} if isinstance(document, dict) else document)
    if UUID(graph.id) != graph_id:
        raise BadUserInput("The document has another agent's id.", where="document.id")
    if graph.sub_graphs:
        raise BadUserInput(
            "A draft bundles no agents: import the file, then they are agents of their own.",
            where="document.sub_graphs",
        )
    return with_static_links(graph.model_copy(update=own), specs)


def _forked(graph: GraphFile, graph_id: UUID, name: str, number: int) -> dict[str, Any]:
    """Give the body of a copy: nodes keep their ids, and what belongs to the first one's installation is gone."""
    body = write_graph(graph)
    for node in body.get("nodes", []):
        node.update({key: None for key in _OF_NODE if key in node})
        node.update({"graph_id": str(graph_id)} if node.get("graph_id") else {})
    origin = {"forked_from_id": graph.id, "forked_from_version": number}
    return {**body, "id": str(graph_id), "version": 1, "name": name, **origin}


def _number(given: int) -> int:
    if not 0 <= given <= LIMITS.graph_version_max:
        raise NotFound("There is no such GraphVersion here.")
    return given


def _text(given: str, where: str, characters_max: int) -> str:
    encode(given, where)
    if len(given) > characters_max:
        raise BadUserInput(f"The {where} may have at most {characters_max} characters.", where=where)
    return given
