"""Accepting a run of a compiled graph: the one way in for people, schedules and agents that run agents; it starts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from schema.block import BlockSpec
from schema.db.graphs import Graphs, PlanRecord
from schema.db.runs import NewRun, Run, Runs
from schema.graph import Graph, write_graph
from schema.interface import check_run_inputs
from schema.limits import LIMITS


@dataclass(frozen=True)
class Submission:
    """What accepting a run needs."""

    graphs: Graphs
    runs: Runs

    async def save_graph(self, tenant: UUID, graph: Graph) -> Graph:
        """Keep a graph and those it bundles as versions; give it with the version that it has here.

        A number that another body has already is not overwritten: the next is taken, and the nodes of this bundle that
        run it are pointed to that.
        """
        moved: dict[tuple[str, int], int] = {}
        for inner in _users_last([*graph.sub_graphs, graph]):
            kept = point_to(inner, moved)
            version = await self.graphs.save(tenant, UUID(kept.id), kept.version, kept.name, write_graph(kept))
            moved[inner.id, inner.version] = version
            graph = kept.model_copy(update={"version": version})
        return graph

    async def accept(
        self, graph: Graph, specs: Mapping[str, BlockSpec], plan: tuple[str, list[Any]], new: NewRun
    ) -> Run:
        """Check the inputs, keep the plan (hash, routing), and accept the run: when this returns, it will run."""
        check_run_inputs(graph, specs, new.inputs)
        digest, routing = plan
        record = PlanRecord(digest, routing, write_graph(graph))
        return await self.runs.accept(replace(new, plan_hash=digest), record)

    async def input_tokens(self, run_id: UUID) -> dict[str, list[Any]]:
        """Give the run's inputs as the workflow carries them."""
        rows = await self.runs.inputs(run_id)
        return tokens_of([(sequence, name, value, handle is not None) for sequence, name, value, handle in rows])


def tokens_of(inputs: Sequence[tuple[int, str, Any, bool]]) -> dict[str, list[Any]]:
    """Give a run's inputs, (sequence, name, inline value, whether it is kept by handle) each, as the workflow carries them:
    small ones inline, others to be read from the ledger."""
    tokens: dict[str, list[Any]] = {}
    for sequence, name, value, has_handle in inputs:
        tokens[name] = [0, sequence, -1] if has_handle else [0, sequence, -1, value]
    if len(str(tokens)) > LIMITS.value_row_bytes_max:
        return {name: token[:3] for name, token in tokens.items()}
    return tokens


def point_to(graph: Graph, moved: Mapping[tuple[str, int], int]) -> Graph:
    """Give a graph whose nodes run other agents by the versions that these have here."""
    nodes = []
    for node in graph.nodes:
        asked = (str(node.input_default.get("graph_id")), node.input_default.get("graph_version"))
        version = moved.get(asked)  # type: ignore[arg-type]
        if version is not None and version != asked[1]:
            node = node.model_copy(update={"input_default": {**node.input_default, "graph_version": version}})
        nodes.append(node)
    return graph if nodes == graph.nodes else graph.model_copy(update={"nodes": nodes})


def _users_last(graphs: list[Graph]) -> list[Graph]:
    """Order graphs so that each stands behind those that its nodes run; the last stays the last."""
    by_id = {graph.id: graph for graph in graphs[:-1]}
    ordered: dict[str, Graph] = {}

    def visit(graph: Graph, above: frozenset[str]) -> None:
        for node in graph.nodes:
            used = str(node.input_default.get("graph_id"))
            if used in by_id and used not in above and used not in ordered:
                visit(by_id[used], above | {used})
        if graph is not graphs[-1]:
            ordered[graph.id] = graph

    for graph in graphs:
        visit(graph, frozenset({graph.id}))
    return [*ordered.values(), graphs[-1]]
