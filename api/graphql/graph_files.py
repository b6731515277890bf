"""Agents as files in GraphQL: out with all that they run and without secrets, in as a whole, and compared; it keeps no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.errors import BadUserInput
from api.graphql.graph_changes import changed
from api.graphql.graph_problems import GraphProblem, problems_in
from api.graphql.graphs import Content, Graph, GraphVersion, content_of, needed_graph, needed_version
from api.graphql.guard import mutation, query
from api.graphql.ids import decode_uuid
from api.graphql.problems import Payload
from api.intake import depth_of
from schema.access import Right
from schema.adapting import adapt
from schema.block import BlockSpec
from schema.bundle import Key, alone, key_of, taken_apart
from schema.comparing import Change, compare
from schema.credentials import used_by
from schema.errors import Conflict, FileRefused, NotFound, ValueTooLarge
from schema.exporting import NodeFidelity as NodeFidelityRow
from schema.exporting import export, imported
from schema.files import FileStatus
from schema.graph import Graph as GraphFile
from schema.graph import Link, Node, parse_graph, read_graph
from schema.limits import LIMITS

Specs = Mapping[str, BlockSpec]


@strawberry.enum(description="How true a node of a file is to the node that it stands for.")
class Fidelity(Enum):
    EXACT = "EXACT"
    PLACEHOLDER = strawberry.enum_value(
        "PLACEHOLDER", description="Its block is not installed here: it shows and exports, and does not run."
    )
    CHANGED = strawberry.enum_value("CHANGED", description="Something of it is not as it was; `why` says what.")


@strawberry.type(description="What became of one node on its way into or out of a file.")
class NodeFidelity:
    node_id: str
    graph_id: str = strawberry.field(description="The agent that the node is of, as the file names it.")
    title: str | None
    block_name: str
    fidelity: Fidelity
    why: str = strawberry.field(description="Empty where nothing is to be said.")


@strawberry.type(description="An agent as a file.")
class GraphExport:
    document: JSON = strawberry.field(
        description="The file, with every agent that it runs. Secrets, credentials' ids and the owner are not in it."
    )
    fidelity: list[NodeFidelity] = strawberry.field(description="A line for each node, of the agents in it, too.")


@strawberry.input
class ImportGraphInput:
    document: JSON | None = strawberry.field(default=None, description="A file of AutoGPT or of Drystone.")
    file_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The file as an upload, in place of `document`: for one that is too large for a request.",
    )
    folder_id: strawberry.ID | None = None


@strawberry.type
class ImportGraphPayload(Payload):
    graph: Graph | None = None
    version: GraphVersion | None = None
    bundled: list[Graph] = strawberry.field(
        default_factory=list, description="The agents that came with it; they are agents of their own now."
    )
    fidelity: list[NodeFidelity] = strawberry.field(default_factory=list, description="A line for each node.")
    problems: list[GraphProblem] = strawberry.field(
        default_factory=list, description="What keeps it from running, or may; it was kept all the same."
    )


@strawberry.type(description="A field that changed. Null stands for one that is not there.")
class FieldChange:
    path: list[str]
    old: JSON | None
    new: JSON | None


@strawberry.type(description="A node, as a comparison names it.")
class ComparedNode:
    node_id: str
    block_id: str
    block_name: str
    title: str | None


@strawberry.type(description="A node that both versions have, and what differs.")
class NodeChange:
    node: ComparedNode
    changes: list[FieldChange]


@strawberry.type(description="A link, as a comparison names it: by its ends.")
class ComparedLink:
    source_id: str
    source_name: str
    sink_id: str
    sink_name: str
    is_static: bool


@strawberry.type(description="What differs between two versions; a node is the same node where it has the same id.")
class GraphDiff:
    nodes_added: list[ComparedNode]
    nodes_removed: list[ComparedNode]
    nodes_changed: list[NodeChange]
    links_added: list[ComparedLink]
    links_removed: list[ComparedLink]
    links_changed: list[ComparedLink] = strawberry.field(description="As they are now: static, or no longer.")
    settings: list[FieldChange] = strawberry.field(description="Name, description, policies and what else it says.")


@strawberry.type
class GraphFilesQuery:
    @query(Right.READ_GRAPHS, "What differs between two versions of an agent, node by node and field by field.")
    async def graph_diff(
        self,
        info: strawberry.Info,
        graph_id: strawberry.ID,
        from_: Annotated[int, strawberry.argument(name="from", description="A version's number.")],
        to: Annotated[int | None, strawberry.argument(description="Another's; absent: the draft.")] = None,
    ) -> GraphDiff:
        call: Call = info.context
        graph = await needed_graph(call, decode_uuid("Graph", graph_id))
        old = await (await needed_version(call, graph.row.id, from_)).content(info)
        new = await _draft(call, graph.row.id) if to is None else await _content(call, graph.row.id, to)
        return _diff(old.graph, new.graph, call.services.registry.specs)

    @query(Right.READ_GRAPHS, "An agent as a file that may leave: with all agents that it runs, without secrets.")
    async def export_graph(
        self,
        info: strawberry.Info,
        id: strawberry.ID,
        version: Annotated[int | None, strawberry.argument(description="Absent: the active one.")] = None,
    ) -> GraphExport:
        call: Call = info.context
        graph = await needed_graph(call, decode_uuid("Graph", id))
        number = graph.row.active_version if version is None else version
        if number is None:
            raise Conflict("The agent has no version yet: publish its draft first.")
        row = (await needed_version(call, graph.row.id, number)).row
        body = (await _content(call, graph.row.id, number)).body
        document, fidelity = await exported(call, parse_graph(body), row.created_at)
        return GraphExport(document=JSON(document), fidelity=fidelity)


@strawberry.type
class GraphFilesMutation:
    @mutation(
        Right.WRITE_GRAPHS,
        "Take in a file of AutoGPT or of Drystone, with the agents in it: all of it, or nothing. Where its id is here "
        "already it becomes that agent's next version.",
    )
    async def import_graph(self, info: strawberry.Info, input: ImportGraphInput) -> ImportGraphPayload:
        call: Call = info.context
        specs = call.services.registry.specs
        folder = None if input.folder_id is None else decode_uuid("Folder", input.folder_id)
        adapted = adapt(await _given(call, input), specs)
        given = taken_apart(adapted.graph)
        if len(given) > LIMITS.bundle_graphs_max:
            raise BadUserInput(f"A file has at most {LIMITS.bundle_graphs_max} agents.", where="document.sub_graphs")
        kept = await call.stores.imports.bring_in(call.tenant, given, call.principal.person_id, folder)
        main = await changed(call, UUID(kept[-1].id))
        return ImportGraphPayload(
            graph=main,
            version=await needed_version(call, main.row.id, kept[-1].version),
            bundled=[
                await needed_graph(call, graph_id) for graph_id in dict.fromkeys(UUID(one.id) for one in kept[:-1])
            ],
            fidelity=[_fidelity(row) for row in imported(given, kept, specs, adapted.reasons)],
            problems=problems_in(kept[-1].model_copy(update={"sub_graphs": kept[:-1]}), specs),
        )


async def _given(call: Call, given: ImportGraphInput) -> GraphFile:
    """Give the graph of an import: of the request itself, or of the file that it names."""
    if (given.document is None) == (given.file_id is None):
        raise BadUserInput("Give `document` or `fileId`, and not both.", where="document")
    if given.file_id is None:
        return parse_graph(given.document)
    call.need(Right.READ_FILES)
    file = await call.stores.files.get(call.tenant, decode_uuid("File", given.file_id))
    if file.status != FileStatus.CLEAN:
        raise FileRefused("The file is not one that the scanner passed.", where="fileId", reason=file.status.upper())
    if file.size > LIMITS.graph_bytes_max:
        raise ValueTooLarge(
            f"The file has {file.size} bytes; a graph has at most {LIMITS.graph_bytes_max}.", where="fileId"
        )
    data = b"".join([part async for part in await call.stores.files.read(call.tenant, file.id, 0, file.size)])
    # The same limits as for a request, which its intake keeps.
    if depth_of(data, call.services.config.body_depth_max) > call.services.config.body_depth_max:
        raise BadUserInput(f"The file nests deeper than {call.services.config.body_depth_max} levels.", where="fileId")
    return read_graph(data)


async def exported(call: Call, graph: GraphFile, created_at: Any = None) -> tuple[dict[str, Any], list[NodeFidelity]]:
    """Give (file, fidelity) of a graph of the caller's, with all that it runs."""
    specs = call.services.registry.specs
    found = export(alone(graph), await _bundle(call, graph, specs), specs, created_at)
    return found.document, [_fidelity(row) for row in found.nodes]


async def _bundle(call: Call, graph: GraphFile, specs: Specs) -> list[GraphFile]:
    """Give every agent that a graph runs, directly and through others, each version once, read level by level."""
    own = {key_of(one): alone(one) for one in graph.every_graph()}
    found: dict[Key, GraphFile] = {}
    level = [graph]
    while level:
        bodies = await call.stores.agents.bodies(call.tenant, list(_used(level, specs)))
        read = {key: alone(parse_graph(body)) for key, body in bodies.items()}
        # What a file brought along before agents were kept apart is in its own version only.
        missing = [
            own[str(key[0]), key[1]]
            for key in _used(level, specs)
            if key[1] is not None and key not in read and (str(key[0]), key[1]) in own
        ]
        level = [one for one in [*read.values(), *missing] if key_of(one) not in found and key_of(one) != key_of(graph)]
        found |= {key_of(one): one for one in level}
        if len(found) > LIMITS.bundle_graphs_max:
            raise Conflict(f"The agent runs more than {LIMITS.bundle_graphs_max} others; a file has no more.")
    return list(found.values())


def _used(graphs: Iterable[GraphFile], specs: Specs) -> dict[tuple[UUID, int | None], None]:
    found: dict[tuple[UUID, int | None], None] = {}
    for graph in graphs:
        for graph_id, version in used_by(graph, specs):
            try:
                key = UUID(graph_id)
            except ValueError:
                continue  # The check names it; no file has such an agent.
            if version is None or 0 <= version <= LIMITS.graph_version_max:
                found[key, version] = None
    return found


async def _content(call: Call, graph_id: UUID, number: int) -> Content:
    await needed_version(call, graph_id, number)
    found = await content_of(call, graph_id, number)
    if found is None:
        raise NotFound("There is no such GraphVersion here.")
    return found


async def _draft(call: Call, graph_id: UUID) -> Content:
    found = (await call.stores.drafts.many(call.tenant, [graph_id])).get(graph_id)
    if found is None:
        raise NotFound("There is no such Graph here.")
    return Content(found.body)


def _fidelity(row: NodeFidelityRow) -> NodeFidelity:
    return NodeFidelity(**{**vars(row), "fidelity": Fidelity(row.fidelity.value)})


def _diff(old: GraphFile, new: GraphFile, specs: Specs) -> GraphDiff:
    found = compare(old, new)

    def node(one: Node) -> ComparedNode:
        name = specs[one.block_id].name if one.block_id in specs else ""
        return ComparedNode(node_id=one.id, block_id=one.block_id, block_name=name, title=one.title)

    return GraphDiff(
        nodes_added=[node(one) for one in found.nodes_added],
        nodes_removed=[node(one) for one in found.nodes_removed],
        nodes_changed=[
            NodeChange(node=node(one.new), changes=[_change(change) for change in one.changes])
            for one in found.nodes_changed
        ],
        links_added=[_link(one) for one in found.links_added],
        links_removed=[_link(one) for one in found.links_removed],
        links_changed=[_link(one.new) for one in found.links_changed],
        settings=[_change(one) for one in found.settings],
    )


def _change(change: Change) -> FieldChange:
    return FieldChange(path=list(change.path), old=change.old, new=change.new)


def _link(link: Link) -> ComparedLink:
    return ComparedLink(
        source_id=link.source_id,
        source_name=link.source_name,
        sink_id=link.sink_id,
        sink_name=link.sink_name,
        is_static=link.is_static,
    )
