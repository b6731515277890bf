"""Placeholders for blocks that nobody here knows: a graph that has them is kept, shown and exported; none of them runs."""

from __future__ import annotations

from collections.abc import Mapping

from schema.block import BlockSpec
from schema.graph import Graph

#: What such a block is called, for nothing but its id is known.
UNKNOWN_NAME = "UnknownBlock"


def with_placeholders(graph: Graph, specs: Mapping[str, BlockSpec]) -> Mapping[str, BlockSpec]:
    """Give the specs with one more for each block of the graph, and of those it bundles, that they have not."""
    used = {node.block_id for one in graph.every_graph() for node in one.nodes}
    missing = {block_id: _placeholder(block_id) for block_id in sorted(used - specs.keys())}
    return {**specs, **missing} if missing else specs


def _placeholder(block_id: str) -> BlockSpec:
    return BlockSpec(
        id=block_id, name=UNKNOWN_NAME, is_placeholder=True, has_dynamic_inputs=True, has_dynamic_outputs=True
    )
