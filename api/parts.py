"""Runs of drafts and of parts of agents: up to a node, one node by itself, or with pinned outputs; each is durable like any other.

What such a run is made of is decided when it is accepted, and kept as its plan. An agent's ordinary runs never use a pinned
output: only a plan that was made for that has nodes that do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from api.call import Call
from api.errors import BadUserInput
from schema.credentials import is_credential_pin
from schema.db.accepting import Wanted
from schema.db.runs import Run
from schema.errors import NotFound
from schema.graph import DRAFT_VERSION, Graph, parse_graph
from schema.interface import input_schema
from schema.limits import LIMITS
from schema.partial import only, up_to
from schema.placeholders import with_placeholders
from workflows.engine.plan import compile_graph


@dataclass(frozen=True)
class Part:
    """Which part of an agent runs, and how."""

    until_node: str | None = None
    only_node: str | None = None
    node_inputs: Mapping[str, Any] = field(default_factory=dict)
    uses_pins: bool = False
    is_draft: bool = False


@dataclass(frozen=True)
class WantedPart(Wanted):
    """A run of a part of an agent that somebody asks for."""

    part: Part = Part()
    #: What was given as inputs, where that is more than the part takes.
    given: Mapping[str, Any] | None = None

    @property
    def asked(self) -> list[Any]:
        if self.given is not None:
            return replace(self, inputs=self.given, given=None).asked
        part = self.part
        row = [part.until_node, part.only_node, dict(part.node_inputs), part.uses_pins, part.is_draft]
        return [*super().asked, row]


async def start_part(call: Call, wanted: WantedPart) -> Run:
    """Accept a run of a part; raise NotFound, BadUserInput, InvalidGraph, InvalidRunInput or MissingCredentials."""
    known = await call.stores.runs.accepted(call.tenant, wanted.idempotency_key, wanted.asked)
    if known is not None:
        return known
    specs = call.services.registry.specs
    whole = await _whole(call, wanted)
    graph = _cut(call, whole, wanted.part)
    # What the whole agent takes and the part does not is of no use to it, and no mistake.
    every = with_placeholders(whole, specs)
    names = input_schema(whole, every)["properties"].keys() - input_schema(graph, every)["properties"].keys()
    inputs = {name: value for name, value in wanted.inputs.items() if name not in names}
    plan = await asyncio.to_thread(compile_graph, graph, specs, uses_pins=wanted.part.uses_pins)
    compiled = (graph, (plan.hash, plan.to_lists()))
    return await call.stores.accepting.accept(
        call.tenant, call.principal.person_id, replace(wanted, inputs=inputs, given=wanted.inputs), compiled, specs
    )


async def _whole(call: Call, wanted: WantedPart) -> Graph:
    if not wanted.part.is_draft:
        version = wanted.graph_version
        if version is not None and not 0 <= version <= LIMITS.graph_version_max:
            raise NotFound("There is no such GraphVersion here.")
        return parse_graph(await call.stores.graphs.get(call.tenant, wanted.graph_id, version, is_living=True))
    return await draft_of(call, wanted.graph_id, wanted.graph_version)


async def draft_of(call: Call, graph_id: UUID, version: int | None) -> Graph:
    """Give what an agent's draft says; raise NotFound, and BadUserInput where a version is named beside it."""
    if version is not None:
        raise BadUserInput("A draft has no version: name one of the two.", where="version")
    draft = (await call.stores.drafts.many(call.tenant, [graph_id])).get(graph_id)
    if draft is None:
        raise NotFound("There is no such Graph here.")
    return parse_graph(draft.body).model_copy(update={"version": DRAFT_VERSION})


def _cut(call: Call, graph: Graph, part: Part) -> Graph:
    node_id = part.only_node or part.until_node
    node = next((one for one in graph.nodes if one.id == node_id), None)
    if node is None and node_id is not None:
        raise BadUserInput(f"The agent has no node {node_id!r}.", where="untilNodeId" if part.until_node else "nodeId")
    if node is None:
        return graph
    if part.only_node is None:
        if node.is_disabled:
            raise BadUserInput(f"The node {node_id!r} is disabled, so nothing runs until it.", where="untilNodeId")
        return up_to(graph, node.id)
    spec = call.services.registry.specs.get(node.block_id)
    for pin in part.node_inputs:
        if spec is None:
            break  # An unknown block: the compiler says so.
        if not spec.has_input(pin) or is_credential_pin(spec, pin):
            raise BadUserInput(f"The node takes no value on {pin!r} in this way.", where="inputs")
        if spec.is_secret(pin):
            raise BadUserInput(f"A secret such as {pin!r} is not written here.", where="inputs")
    return only(graph, node.id, part.node_inputs)
