"""Agents that nodes run: the child's row is accepted here, its outputs are collected here; the workflow starts it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from activities.starter import limits_of
from activities.tools import Tools
from blocks.sdk.context import ChildProgress
from blocks.sdk.directives import StartChild
from blocks.span_context import current_traceparent
from schema.credentials import groups_of, handed_down, is_credential_pin, masks_of, needs_of, refusal, unmet
from schema.db.runs import NewRun
from schema.db.submission import Submission
from schema.db.values import resolve
from schema.errors import InvalidInput
from schema.graph import Graph, parse_graph
from schema.ids import child_run_id
from workflows.client import summary_of
from workflows.engine.plan import compile_graph
from workflows.wire import Header, start_of


async def accept_child(tools: Tools, parent: Header, execution: int, wanted: StartChild) -> dict[str, Any]:
    """Accept the child's run, once however often this is tried; give what the workflow needs to start it.

    Raises NotFound, InvalidGraph or InvalidRunInput where it cannot run.
    """
    tenant = UUID(parent.tenant_id)
    try:
        graph_id = UUID(wanted.graph_id)
    except ValueError as error:
        raise InvalidInput(f"{wanted.graph_id!r} is not an agent's id.", pin="graph_id") from error
    graph = parse_graph(await tools.graphs.get(tenant, graph_id, wanted.graph_version))
    plan = compile_graph(graph, tools.registry.specs)
    masks = _masks_of(graph, tools, wanted)
    run_id = child_run_id(UUID(parent.run_id), execution)
    submission = Submission(tools.graphs, tools.runs)
    above = await tools.runs.get(tenant, UUID(parent.run_id))
    new = NewRun(
        id=run_id,
        tenant_id=tenant,
        graph_id=graph_id,
        graph_version=graph.version,
        plan_hash=plan.hash,
        agent_name=graph.name,
        inputs=wanted.inputs,
        trigger="child",
        parent_run_id=UUID(parent.run_id),
        parent_execution=execution,
        root_run_id=UUID(parent.root_run_id),
        depth=parent.depth + 1,
        masks=masks,
        created_by=above.created_by,
        trace=current_traceparent() or above.trace,
        start_after_seconds=60.0,
    )
    run = await submission.accept(graph, tools.registry.specs, (plan.hash, plan.to_lists()), new)
    header = Header(
        run_id=str(run_id),
        tenant_id=parent.tenant_id,
        plan_hash=plan.hash,
        root_run_id=parent.root_run_id,
        depth=parent.depth + 1,
        trigger="child",
        parent=[parent.run_id, execution],
        has_masks=bool(masks),
        limits=limits_of(run),
    )
    return {
        "run_id": str(run_id),
        "start": start_of(header, plan.to_lists(), await submission.input_tokens(run_id)),
        "agent_id": graph.id,
        "agent_version": graph.version,
        "summary": summary_of(graph.name, graph.version, "child"),
    }


def _masks_of(graph: Graph, tools: Tools, wanted: StartChild) -> dict[str, dict[str, Any]]:
    """Give the child's masks: those of the node, and the credentials that the parent's run was given.

    The node's own say nothing about credentials: they may come from an input, and nobody but a person chooses a credential.
    Raises MissingCredentials where the child needs some that the parent's run does not have.
    """
    specs, chosen = tools.registry.specs, handed_down(wanted.credentials)
    groups = groups_of(needs_of(graph, specs))
    met = {need for group in groups.values() for need in group.needs if need.own is not None}
    problems = unmet(groups, chosen, met, tools.has_llm_demo)
    if problems:
        raise refusal(problems)
    masks = {node_id: dict(pins) for node_id, pins in (wanted.masks or {}).items()}
    for node in graph.nodes:
        spec = specs.get(node.block_id)
        if spec is not None and node.id in masks:
            masks[node.id] = {pin: value for pin, value in masks[node.id].items() if not is_credential_pin(spec, pin)}
    for node_id, pins in masks_of(graph, specs, chosen).items():
        masks.setdefault(node_id, {}).update(pins)
    return {node_id: pins for node_id, pins in masks.items() if pins}


async def child_progress(
    tools: Tools, tenant: UUID, run_id: UUID, execution: int, base: int, arrivals: Sequence[Any]
) -> ChildProgress:
    """Give what the child gave since the last step. The n-th output of a child is the n-th emission of its node."""
    child_id = child_run_id(run_id, execution)
    news = {arrival[1]: arrival[2] for arrival in arrivals if arrival[0] == "out" and arrival[1] >= base}
    ordered = [news[position] for position in sorted(news)]
    rows = await tools.records.outputs_of(child_id, ordered)
    values = await resolve(tools.values, tenant, [rows[number][1:] for number in ordered])
    outputs = [(rows[number][0], value) for number, value in zip(ordered, values, strict=True)]
    if not any(arrival[0] == "end" for arrival in arrivals):
        return ChildProgress(outputs)
    child = await tools.runs.get(tenant, child_id)
    error = None if child.error is None else str(child.error.get("message"))
    return ChildProgress(outputs, child.status if child.is_over else None, error)
