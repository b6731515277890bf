"""A graph run twice, fused and with each node by itself, and all that is to be the same of both; it judges nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from schema.db.runs import Run
from schema.graph import Graph
from tests.durable.graphs import NodeRow, make_graph
from tests.durable.platform import Json, Platform

_EXECUTIONS = (
    "SELECT execution, node_id, ordinal, status, step, inputs, error, attempts, caller, started_at, ended_at "
    "FROM node_executions WHERE run_id = :id"
)
_EMISSIONS = (
    "SELECT n.node_id, n.ordinal, m.sequence, m.pin, m.value, m.handle FROM emissions m "
    "JOIN node_executions n USING (run_id, execution) WHERE run_id = :id ORDER BY n.node_id, n.ordinal, m.sequence"
)
_LINES = (
    "SELECT n.node_id, n.ordinal, l.attempt, l.level, l.pin, l.line FROM run_logs l "
    "JOIN node_executions n USING (run_id, execution) WHERE run_id = :id ORDER BY n.node_id, n.ordinal, l.id"
)


def two_graphs(nodes: Mapping[str, NodeRow], links: Sequence[str] = (), **fields: Any) -> tuple[Graph, Graph]:
    """Give a graph that is fused, and the same whose nodes run by themselves."""
    return make_graph(nodes, links, **fields), make_graph(nodes, links, fuses_nodes=False, **fields)


async def run_twice(
    platform: Platform,
    nodes: Mapping[str, NodeRow],
    links: Sequence[str] = (),
    inputs: Mapping[str, Any] | None = None,
    *,
    masks: Mapping[str, Mapping[str, Any]] | None = None,
    seconds: float = 60.0,
    **fields: Any,
) -> tuple[Json, Json, Run]:
    """Run a graph fused and apart; give the facts of both, and the fused run. That it was fused is asserted, too."""
    fused, apart = two_graphs(nodes, links, **fields)
    first = await platform.submit(fused, inputs, masks=masks)
    await platform.end_of(first, seconds=seconds)
    second = await platform.submit(apart, inputs, masks=masks)
    await platform.end_of(second, seconds=seconds)
    assert await steps_of(platform, first) > 0
    assert await steps_of(platform, second) == 0
    return await facts(platform, first), await facts(platform, second), first


async def steps_of(platform: Platform, run: Run) -> int:
    """Give how many steps of regions a run took."""
    return len(await platform.sql("SELECT 1 FROM region_steps WHERE run_id = :id", id=run.id))


async def facts(platform: Platform, run: Run) -> Json:
    """Give of a run what must not depend on how its nodes were dispatched: all but numbers of executions and moments."""
    record = await platform.record(run)
    rows = await platform.sql(_EXECUTIONS, id=run.id)
    done = sorted((row for row in rows if row.execution > 0), key=lambda row: (row.node_id, row.ordinal))
    assert all(row.started_at is not None for row in done if row.status == "COMPLETED")
    return {
        "status": record["status"],
        "error": record["error"],
        "stats": record["stats"],
        "outputs": record["outputs"],
        "executions": {
            f"{row.node_id}#{row.ordinal}": (row.status, row.step, row.inputs, row.error, _attempts(row.attempts))
            for row in done
        },
        "twice": len(done) - len({(row.node_id, row.ordinal) for row in done}),
        "incomplete": sorted((row.node_id, str(row.inputs)) for row in rows if row.execution < 0),
        "emissions": [tuple(row) for row in await platform.sql(_EMISSIONS, id=run.id)],
        "lines": [tuple(row) for row in await platform.sql(_LINES, id=run.id)],
    }


def _attempts(attempts: list[Json]) -> list[Json]:
    return [
        {key: value for key, value in one.items() if key not in ("started_at", "ended_at", "queued_ms")}
        for one in attempts
    ]
