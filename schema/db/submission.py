"""Accepting a run of a compiled graph: the one way in for people, schedules and agents that run agents; it starts nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from schema.block import BlockSpec
from schema.db.graphs import Graphs
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
        """Keep a graph and those it bundles as versions; give it with the version that it has here."""
        for inner in graph.sub_graphs:
            await self.save_graph(tenant, inner)
        body = write_graph(graph)
        version = await self.graphs.save(tenant, UUID(graph.id), graph.version, graph.name, body)
        return graph.model_copy(update={"version": version})

    async def accept(
        self, graph: Graph, specs: Mapping[str, BlockSpec], plan: tuple[str, list[Any]], new: NewRun
    ) -> Run:
        """Check the inputs, keep the plan (hash, routing), and accept the run: when this returns, it will run."""
        check_run_inputs(graph, specs, new.inputs)
        digest, routing = plan
        await self.graphs.save_plan(new.tenant_id, digest, routing, write_graph(graph))
        return await self.runs.accept(replace(new, plan_hash=digest))

    async def input_tokens(self, run_id: UUID) -> dict[str, list[Any]]:
        """Give the run's inputs as the workflow carries them: small ones inline, others to be read from the ledger."""
        tokens: dict[str, list[Any]] = {}
        for sequence, name, value, handle in await self.runs.inputs(run_id):
            tokens[name] = [0, sequence, -1] if handle is not None else [0, sequence, -1, value]
        size = len(str(tokens))
        if size > LIMITS.value_row_bytes_max:
            return {name: token[:3] for name, token in tokens.items()}
        return tokens
