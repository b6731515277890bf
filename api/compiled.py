"""Compiled graphs: a version never changes, so each is compiled once a process; it starts nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from schema.block import BlockSpec
from schema.db.graphs import Graphs
from schema.graph import Graph, parse_graph
from schema.limits import LIMITS
from workflows.engine.plan import Plan, compile_graph

_COMPILED_MAX: Final = 200


@dataclass
class Compiled:
    """Graphs with their plans: a version never changes, so each is compiled once a process."""

    specs: Mapping[str, BlockSpec]
    _kept: OrderedDict[tuple[UUID, UUID, int], tuple[Graph, Plan]] = field(default_factory=OrderedDict)

    async def get(self, graphs: Graphs, tenant: UUID, graph_id: UUID, version: int | None) -> tuple[Graph, Plan]:
        """Give a version of a graph, the active one by default, with its plan; raise NotFound or InvalidGraph."""
        if version is not None and not 0 <= version <= LIMITS.graph_version_max:
            version = -1  # No version has such a number, and the column would not take it.
        number = await graphs.number(tenant, graph_id, version)
        known = None if number is None else self._kept.get((tenant, graph_id, number))
        if known is not None:
            return known
        graph = parse_graph(await graphs.get(tenant, graph_id, version, is_living=True))
        made = self._kept[tenant, graph_id, graph.version] = graph, compile_graph(graph, self.specs)
        if len(self._kept) > _COMPILED_MAX:
            self._kept.popitem(last=False)
        return made
