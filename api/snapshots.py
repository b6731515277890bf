"""Snapshots: an agent as a listing carries it, with every agent that it runs, and nothing that is secret; it publishes nothing.

All is read from the author's own tenant. So an agent's id that is another tenant's, or nobody's, is found nowhere, and the
snapshot is not made. Each node that runs an agent is pinned to the version that is in the snapshot: wherever it is installed,
it runs what was reviewed, and never what happens to have the same id there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard
from uuid import UUID

import orjson

from api.call import Call
from schema.block import Kind
from schema.bundle import alone
from schema.check import Problem, Specs, check, errors_of
from schema.db.authoring import Snapshot
from schema.db.graphs import Graphs
from schema.errors import Conflict, InvalidGraph, NotFound
from schema.exporting import export
from schema.graph import Graph, Node, parse_graph
from schema.limits import LIMITS
from schema.pins import base_name, is_dynamic

#: The pins of a node that say which agent it runs, and the one that sets pins of that agent's nodes.
_WHICH: Final = ("graph_id", "graph_version")
_MASKS: Final = "nodes_input_masks"


async def take_snapshot(call: Call, graph_id: UUID, version: int | None) -> Snapshot:
    """Give a version of an own agent, the active one by default, as a listing carries it.

    Raises NotFound where there is no such agent, and InvalidGraph, with every problem, where it cannot be carried away.
    """
    specs = call.services.registry.specs
    gathering = _Gathering(call.stores.graphs, call.tenant, specs)
    root = alone(parse_graph(await call.stores.graphs.get(call.tenant, graph_id, version, is_living=True)))
    pinned = await gathering.pin(root, ())
    if gathering.problems:
        raise _invalid("The agent cannot be listed", gathering.problems)
    document = export(pinned, tuple(gathering.found.values()), specs).document
    size = len(orjson.dumps(document))
    if size > LIMITS.graph_bytes_max:
        raise InvalidGraph(f"With all that it runs the agent has {size} bytes; at most {LIMITS.graph_bytes_max}.")
    return Snapshot(root.version, document)


def need_fit(body: dict[str, Any], specs: Specs) -> None:
    """Raise InvalidGraph, with every problem, where what a snapshot has would not run wherever it is installed."""
    problems = check(parse_graph(body), specs)
    serious = [one for one in problems if one.code == "BLOCK_NOT_INSTALLED" and one.severity == "warning"]
    serious += errors_of(problems)
    if serious:
        raise _invalid("The agent cannot be submitted", serious)


def _invalid(what: str, problems: list[Problem]) -> InvalidGraph:
    shown = " ".join(str(one) for one in problems[:5])
    return InvalidGraph(f"{what}: {shown}", problems=[one.to_wire() for one in problems])


@dataclass
class _Gathering:
    """The agents that a graph runs, directly and through others, each once."""

    graphs: Graphs
    tenant: UUID
    specs: Specs
    found: dict[tuple[str, int], Graph] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    async def pin(self, graph: Graph, above: tuple[str, ...]) -> Graph:
        """Give a graph whose nodes name the versions that are here of the agents that they run."""
        path = (*above, graph.id.lower())
        self._refuse_choices(graph)
        nodes = [await self._pin_node(node, path) if self._is_agent(node) else node for node in graph.nodes]
        return graph.model_copy(update={"nodes": nodes})

    def _is_agent(self, node: Node) -> bool:
        spec = self.specs.get(node.block_id)
        return spec is not None and spec.kind is Kind.AGENT

    def _refuse_choices(self, graph: Graph) -> None:
        """Refuse what would let a value of a run say which agent a node runs: it could be any of whoever installs this."""
        choosing = {link.sink_id for link in graph.links if base_name(link.sink_name) in (*_WHICH, _MASKS)}
        for node in graph.nodes:
            if not self._is_agent(node):
                continue
            parts = [pin for pin in node.input_default if base_name(pin) in (*_WHICH, _MASKS) and is_dynamic(pin)]
            masks = node.input_default.get(_MASKS)
            masked = [pin for pins in masks.values() for pin in pins] if _is_masks(masks) else []
            if node.id in choosing or parts or any(base_name(pin) in _WHICH for pin in masked):
                self._refuse(node, "Which agent the node runs is not fixed.", "Name the agent as a plain constant.")

    async def _pin_node(self, node: Node, path: tuple[str, ...]) -> Node:
        used = await self._used(node)
        if used is None:
            return node
        if used.id.lower() in path:
            self._refuse(node, "The node runs an agent that runs this one.", "An agent that is listed runs no circle.")
            return node
        if len(path) > LIMITS.child_depth_max or len(self.found) >= LIMITS.listing_agents_max:
            self._refuse(node, "There are too many agents, or too deep in one another.", "Use fewer agents.")
            return node
        key = used.id.lower(), used.version
        if key not in self.found:
            self.found[key] = used
            self.found[key] = await self.pin(used, path)
        constants = {**node.input_default, "graph_id": used.id, "graph_version": used.version}
        return node.model_copy(update={"input_default": constants})

    async def _used(self, node: Node) -> Graph | None:
        """Give the agent that a node runs; None, with a problem, where that is none of the author's."""
        given, version = node.input_default.get("graph_id"), node.input_default.get("graph_version")
        try:
            graph_id = UUID(given if isinstance(given, str) else "")
            asked = version if type(version) is int else None
            return alone(parse_graph(await self.graphs.get(self.tenant, graph_id, asked, is_living=True)))
        except (ValueError, NotFound, Conflict):
            remedy = "Name one of your own agents, published, as a constant."
            self._refuse(node, "The node runs an agent that is not here.", remedy)
            return None

    def _refuse(self, node: Node, message: str, remedy: str) -> None:
        self.problems.append(Problem("AGENT_NOT_LISTABLE", message, remedy, node_id=node.id, pin="graph_id"))


def _is_masks(value: Any) -> TypeGuard[dict[str, dict[str, Any]]]:
    return isinstance(value, dict) and all(isinstance(pins, dict) for pins in value.values())
