"""Operations on graphs, as a client writes them, and small documents; no test is here."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from blocks.library.io import AgentInput, AgentOutput
from blocks.library.maths import Calculator
from tests.api.serving import Client

Json = dict[str, Any]
AGENTS = sorted((Path(__file__).parents[1] / "spec" / "agents").glob("*.json"))
NOWHERE = "01a00000-0000-7000-8000-000000000000"

ERRORS = "errors { code message reason nodeId pin path }"
PROBLEM = "{ code severity nodeId pin linkId remedy path }"
DRAFT = f"draft {{ revision document updatedBy {{ name }} problems {PROBLEM} }}"
CREATE = (
    "mutation($input: CreateGraphInput!) { createGraph(input: $input) "
    f"{{ graph {{ id uuid name description activeVersion {{ number }} {DRAFT} }} problems {PROBLEM} {ERRORS} }} }}"
)
UPDATE = (
    "mutation($input: UpdateDraftInput!) { updateDraft(input: $input) "
    f"{{ graph {{ id name {DRAFT} }} problems {PROBLEM} {ERRORS} }} }}"
)
PUBLISH = (
    "mutation($input: PublishGraphInput!) { publishGraph(input: $input) { graph { id name draft { revision } "
    f"activeVersion {{ number }} }} version {{ id number name notes isActive publishedBy {{ name }} }} {ERRORS} }} }}"
)
ACTIVATE = (
    "mutation($input: GraphVersionInput!) { activateVersion(input: $input) "
    f"{{ graph {{ name activeVersion {{ number }} draft {{ revision document }} }} version {{ number }} {ERRORS} }} }}"
)
ROLL_BACK = ACTIVATE.replace("activateVersion(", "rollBack(")
FORK = (
    "mutation($input: ForkGraphInput!) { forkGraph(input: $input) { graph { id uuid name forkedFrom { number graph { id } } "
    f"activeVersion {{ number document }} }} {ERRORS} }} }}"
)
MOVE = (
    f"mutation($input: MoveGraphInput!) {{ moveGraph(input: $input) {{ graph {{ folder {{ id name }} }} {ERRORS} }} }}"
)
DELETE = f"mutation($id: ID!) {{ deleteGraph(id: $id) {{ deletedId {ERRORS} }} }}"
FIDELITY = "fidelity { nodeId graphId title blockName fidelity why }"
IMPORT = (
    "mutation($input: ImportGraphInput!) { importGraph(input: $input) { graph { id uuid name folder { name } } "
    f"version {{ number }} bundled {{ id uuid name activeVersion {{ number }} }} {FIDELITY} problems {PROBLEM} {ERRORS} }} }}"
)
EXPORT = f"query($id: ID!, $version: Int) {{ exportGraph(id: $id, version: $version) {{ document {FIDELITY} }} }}"
GRAPH = (
    "query($id: ID!) { graph(id: $id) { id uuid name description createdAt updatedAt inputSchema outputSchema "
    f"createdBy {{ name }} activeVersion {{ number isActive }} {DRAFT} versions {{ nodes {{ number isActive }} totalCount }} }} }}"
)
GRAPHS = (
    "query($first: Int, $after: String, $search: String, $folderId: ID) "
    "{ graphs(first: $first, after: $after, search: $search, folderId: $folderId) "
    "{ nodes { id name } totalCount pageInfo { hasNextPage endCursor } } }"
)
VERSION = (
    "query($graphId: ID!, $number: Int!) { graphVersion(graphId: $graphId, number: $number) "
    "{ id number nodesCount isActive document inputSchema outputSchema hasExternalTrigger hasHumanInTheLoop "
    f"publishedBy {{ name }} problems {PROBLEM} }} }}"
)
CHECK = f"query($document: JSON!) {{ checkGraph(document: $document) {PROBLEM} }}"
DIFF = (
    "query($graphId: ID!, $from: Int!, $to: Int) { graphDiff(graphId: $graphId, from: $from, to: $to) { "
    "nodesAdded { nodeId blockName title } nodesRemoved { nodeId } nodesChanged { node { nodeId blockName } "
    "changes { path old new } } linksAdded { sourceId sinkName } linksRemoved { sourceId sinkName } "
    "linksChanged { sourceId isStatic } settings { path old new } } }"
)


def document(b: int = 34, **fields: Any) -> Json:
    """Give a calculator: an input, a sum with a constant, an output."""
    nodes = [
        {"id": "in", "block_id": AgentInput.id, "input_default": {"name": "Input"}, "metadata": {}},
        {"id": "sum", "block_id": Calculator.id, "input_default": {"b": b, "operation": "Add"}, "metadata": {}},
        {"id": "out", "block_id": AgentOutput.id, "input_default": {"name": "Output"}, "metadata": {}},
    ]
    links = [link("in.result > sum.a"), link("sum.result > out.value")]
    return {"id": str(uuid4()), "name": "Sum", "nodes": nodes, "links": links, **fields}


def link(text: str) -> Json:
    """Make a link of `a.out > b.x`."""
    (source_id, source), (sink_id, sink) = (end.split(".", 1) for end in text.split(" > "))
    return {"id": text, "source_id": source_id, "source_name": source, "sink_id": sink_id, "sink_name": sink}


def agent_of(path: Path) -> Json:
    return orjson.loads(path.read_bytes())


async def created(client: Client, name: str = "Sum", **fields: Any) -> Json:
    """Make an agent with a draft; give it."""
    made = await client(CREATE, input={"name": name, "document": document(**fields)})
    assert made["errors"] == [], made
    return made["graph"]


async def updated(client: Client, graph: Json, revision: int, **fields: Any) -> Json:
    """Replace an agent's draft; give the payload."""
    body = {**document(**fields), "id": graph["uuid"], "name": fields.get("name", "Sum")}
    return await client(UPDATE, input={"graphId": graph["id"], "revision": revision, "document": body})


async def published(client: Client, name: str = "Sum", **fields: Any) -> Json:
    """Make an agent with one version; give it as it was created."""
    graph = await created(client, name, **fields)
    made = await client(PUBLISH, input={"graphId": graph["id"], "revision": 1})
    assert made["errors"] == [], made
    return graph


async def imported(client: Client, given: Json, **fields: Any) -> Json:
    """Import a file; give the payload."""
    made = await client(IMPORT, input={"document": given, **fields})
    assert made["errors"] == [], made
    return made
