"""Exporting an agent as a file: what is secret stays here, what is computed is made; it reads no store.

What is secret is said by schemas, never guessed from a name: a pin marked `secret` (or of the password type), the value of an
input or output that its node marks secret, a reference to a credential (its id goes; provider, type and title stay), a
webhook's id, the owner. Each node says how true its place in the file is to the one here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from schema.block import BlockSpec, Kind
from schema.bundle import Key, key_of
from schema.credentials import credentials_schema
from schema.graph import Graph, Node, parse_graph, write_graph
from schema.interface import input_schema, output_schema
from schema.placeholders import with_placeholders
from schema.scrubbing import Scrub

Specs = Mapping[str, BlockSpec]


class Fidelity(StrEnum):
    """How true a node of a file is to the node that it stands for."""

    EXACT = "EXACT"
    PLACEHOLDER = "PLACEHOLDER"
    CHANGED = "CHANGED"


@dataclass(frozen=True)
class NodeFidelity:
    """What became of one node, and why."""

    graph_id: str
    node_id: str
    title: str | None
    block_name: str
    fidelity: Fidelity
    why: str = ""


@dataclass(frozen=True)
class Exported:
    """A file's document, with a line for each node of it and of the agents that it bundles."""

    document: dict[str, Any]
    nodes: tuple[NodeFidelity, ...]


def export(graph: Graph, bundle: Sequence[Graph], specs: Specs, created_at: datetime | None = None) -> Exported:
    """Make the file of a graph with the agents that it runs, directly and through others; `bundle` has them, each once."""
    whole = graph.model_copy(update={"sub_graphs": list(bundle)})
    known = with_placeholders(whole, specs)
    scrub = Scrub({node.id: node for one in (graph, *bundle) for node in one.nodes}, known)
    here = {one.id.lower() for one in (graph, *bundle)}
    rows: list[NodeFidelity] = []
    documents = []
    for one in (graph, *bundle):
        document, fidelity = _export_one(one, scrub, here)
        rows += fidelity
        documents.append(document)
    first, *rest = documents
    first |= {"sub_graphs": rest, "user_id": ""}
    if created_at is not None:
        first["created_at"] = _written(created_at)
    first["credentials_input_schema"] = _credentials(whole, known)
    return Exported(first, tuple(rows))


def _export_one(graph: Graph, scrub: Scrub, here: set[str]) -> tuple[dict[str, Any], list[NodeFidelity]]:
    document = write_graph(graph)
    document.pop("sub_graphs", None)
    if "user_id" in document:
        document["user_id"] = ""
    rows, fidelity = [], []
    for node, row in zip(graph.nodes, document.get("nodes", []), strict=True):
        spec = scrub.specs[node.block_id]
        clean, reasons = scrub.node(row)
        rows.append(_with_copies(clean, graph, document.get("links", [])))
        fidelity.append(_fidelity(graph, node, spec, [*reasons, *_absent(node, spec, here)]))
    document["nodes"] = rows
    # The schemas are of what the file says, so a secret default is not in them.
    scrubbed = parse_graph({**document, "links": []})
    return document | _computed(scrubbed, scrub.specs), fidelity


def _absent(node: Node, spec: BlockSpec, here: set[str]) -> Iterator[str]:
    agent = node.input_default.get("graph_id") if spec.kind is Kind.AGENT else None
    if isinstance(agent, str) and agent.lower() not in here:
        yield f"the agent {agent} that it runs is not here, so it is not in the file"


def _fidelity(graph: Graph, node: Node, spec: BlockSpec, reasons: list[str]) -> NodeFidelity:
    kind = Fidelity.CHANGED if reasons else Fidelity.EXACT
    if spec.is_placeholder:
        kind = Fidelity.PLACEHOLDER
        reasons = [f"the block {node.block_id} is not installed here", *reasons]
    return NodeFidelity(graph.id, node.id, node.title, spec.name, kind, _sentence(reasons))


def _sentence(reasons: list[str]) -> str:
    return "; ".join(reasons)[:1].upper() + "; ".join(reasons)[1:] + "." if reasons else ""


def _with_copies(row: dict[str, Any], graph: Graph, links: list[dict[str, Any]]) -> dict[str, Any]:
    """Give a node whose copies (of its graph's id and its links) say what is so, where it has such copies."""
    found = dict(row)
    if found.get("graph_id"):
        found["graph_id"] = graph.id
    if found.get("graph_version") is not None:
        found["graph_version"] = graph.version
    for name, end in (("input_links", "sink_id"), ("output_links", "source_id")):
        if name in found:
            now = [link for link in links if link[end] == row["id"]]
            if _link_ids(found[name]) != _link_ids(now):
                found[name] = now
    return found


def _link_ids(links: Any) -> set[str]:
    return {str(link.get("id")) for link in links if isinstance(link, dict)} if isinstance(links, list) else set()


def _computed(graph: Graph, specs: Specs) -> dict[str, Any]:
    """Give what an export says beside the graph itself."""
    used = [specs[node.block_id] for node in graph.nodes]
    has_trigger = any(spec.kind is Kind.WEBHOOK for spec in used)
    extra = graph.model_extra or {}
    return {
        "input_schema": input_schema(graph, specs),
        "output_schema": output_schema(graph, specs),
        "has_external_trigger": has_trigger,
        "has_human_in_the_loop": any(spec.kind is Kind.HUMAN for spec in used),
        "has_sensitive_action": any(spec.is_sensitive for spec in used),
        # How a trigger was set up elsewhere is kept as the file says it; here a webhook is attached to the agent.
        "trigger_setup_info": extra.get("trigger_setup_info") if has_trigger else None,
    }


def _credentials(graph: Graph, specs: Specs) -> dict[str, Any]:
    """Give what the agent needs of credentials. What a placeholder's block asks for is known from the file only."""
    schema = credentials_schema(graph, {}, specs)
    said = (graph.model_extra or {}).get("credentials_input_schema")
    has_placeholder = any(specs[node.block_id].is_placeholder for one in graph.every_graph() for node in one.nodes)
    if not has_placeholder or not isinstance(said, dict) or not isinstance(said.get("properties"), dict):
        return schema
    required = said["required"] if isinstance(said.get("required"), list) else []
    return {
        **said,
        "properties": {**said["properties"], **schema["properties"]},
        "required": list(dict.fromkeys([*required, *schema["required"]])),
    }


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def imported(
    given: Sequence[Graph],
    kept: Sequence[Graph],
    specs: Specs,
    changed: Mapping[tuple[Key, str], Sequence[str]] | None = None,
) -> list[NodeFidelity]:
    """Say of each node of a file's graphs what became of it; `kept` are the same graphs as they are here, and `changed` has why
    a node is not as the file had it."""
    found = []
    for before, after in zip(given, kept, strict=True):
        known = with_placeholders(before, specs)
        for old, new in zip(before.nodes, after.nodes, strict=True):
            reasons = [*(changed or {}).get((key_of(before), old.id), ()), *([] if old == new else [_moved(new)])]
            found.append(_fidelity(before, old, known[old.block_id], reasons))
    return found


def _moved(node: Node) -> str:
    version = node.input_default.get("graph_version")
    return f"the agent that it runs has the version {version} here, for its number in the file was taken"
