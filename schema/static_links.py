"""Static links by the blocks that they come from: some blocks' values are never used up, whatever a link says; it runs none."""

from __future__ import annotations

from collections.abc import Mapping

from schema.block import BlockSpec
from schema.graph import Graph


def with_static_links(graph: Graph, specs: Mapping[str, BlockSpec]) -> Graph:
    """Give a graph that is being saved with its links from static blocks marked so (agent-graphs.md section 4).

    A run takes them so in any case; see `workflows.engine.plan`. A file that comes in keeps what it says.
    """
    static = {node.id for node in graph.nodes if node.block_id in specs and specs[node.block_id].static_output}
    links = [
        link.model_copy(update={"is_static": True}) if link.source_id in static and not link.is_static else link
        for link in graph.links
    ]
    return graph.model_copy(update={"links": links}) if links != graph.links else graph
