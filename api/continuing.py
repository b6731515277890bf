"""Continuing a run: the same computation for who only looks and for who starts it, so that what was shown is what happens.

What a run takes over is decided by `workflows.engine.reuse`; here its arguments are gathered and its outcome is accepted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

import orjson

from api.call import Call
from api.errors import BadUserInput
from schema.block import Kind
from schema.credentials import HANDED_DOWN, groups_of, handed_down, is_credential_pin, needs_of, reference_of
from schema.db.accepting import Wanted, laid_over
from schema.db.continuing import EditedRow, RunRecords, TakenOver
from schema.db.runs import Run
from schema.db.values import resolve
from schema.errors import NotFound
from schema.graph import Graph, parse_graph
from schema.interface import input_schema
from schema.limits import LIMITS
from schema.pins import NOTHING
from schema.values import encode
from workflows.engine.continuation import Continuation, Source, Target, Wish, Written
from workflows.engine.plan import Plan, compile_graph
from workflows.engine.recorded import Kept, Recorded
from workflows.engine.reuse import continue_run, wanted_handles

START: Final = "START"
FAILED: Final = "FAILED"
NODES: Final = "NODES"


@dataclass(frozen=True)
class Asked:
    """How a run is to be continued."""

    run_id: UUID
    #: START: nothing is taken over; FAILED: all that ended well; NODES: all but these nodes and what lies behind them.
    mode: str = FAILED
    node_ids: Sequence[str] = ()
    #: Inputs of the run that are to be others.
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: {node id: {pin: value}}, and (node id, ordinal or None, {pin: [values]}).
    node_inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    outputs: Sequence[tuple[str, int | None, Mapping[str, Any]]] = ()
    version: int | None = None
    #: None: those of the old run.
    credentials: Mapping[str, UUID] | None = None
    idempotency_key: str | None = None

    @property
    def request(self) -> list[Any]:
        """Give what an idempotency key stands for."""
        credentials = None if self.credentials is None else {key: str(one) for key, one in self.credentials.items()}
        edits = [dict(self.inputs), {node: dict(pins) for node, pins in self.node_inputs.items()}]
        outputs = [[node, ordinal, dict(pins)] for node, ordinal, pins in self.outputs]
        return [
            "continue",
            str(self.run_id),
            self.mode,
            list(self.node_ids),
            *edits,
            outputs,
            self.version,
            credentials,
        ]

    @property
    def record(self) -> dict[str, Any]:
        """Give how it was continued, as the new run's row says it: edits by their names, never with their values."""
        return {
            "mode": self.mode,
            "node_ids": list(self.node_ids),
            "inputs": list(self.inputs),
            "node_inputs": {node: list(pins) for node, pins in self.node_inputs.items()},
            "outputs": [[node, ordinal, list(pins)] for node, ordinal, pins in self.outputs],
        }


@dataclass(frozen=True)
class _WantedAgain(Wanted):
    """A run that continues another."""

    request: Any = None

    @property
    def asked(self) -> list[Any]:
        return list(self.request)


@dataclass(frozen=True)
class Prepared:
    """A run that continues another, as it would be accepted."""

    source: Run
    graph: Graph
    plan: Plan
    wanted: Wanted
    continuation: Continuation


async def continued(call: Call, asked: Asked) -> Run:
    """Accept a run that continues another; the same idempotency key gives the run that is there."""
    known = await call.stores.runs.accepted(call.tenant, asked.idempotency_key, asked.request)
    if known is not None:
        return known
    prepared = await prepare(call, asked)
    continuation = prepared.continuation
    written = [await _edited_row(call, prepared.graph, row) for row in continuation.written]
    return await call.stores.accepting.accept(
        call.tenant,
        call.principal.person_id,
        prepared.wanted,
        (prepared.graph, (prepared.plan.hash, prepared.plan.to_lists())),
        call.services.registry.specs,
        continued_from_run_id=asked.run_id,
        continuation=asked.record,
        seed=continuation.seed,
        contents=TakenOver(asked.run_id, continuation.reused, written, continuation.going_on),
    )


async def prepare(call: Call, asked: Asked) -> Prepared:
    """Say what a run that continues another takes over; raise NotFound, InvalidGraph, BadUserInput, MissingCredentials."""
    source = (await call.stores.run_pages.by_id(call.tenant, [asked.run_id])).get(asked.run_id)
    if source is None:
        raise NotFound("There is no such Run here.")
    routing, document = await call.stores.graphs.get_plan(call.tenant, source.plan_hash)
    old_plan, old_graph = Plan.from_lists(routing), parse_graph(document)
    graph, plan = await _made_of(call, source, asked.version, old_plan, old_graph)
    _check(call, graph, asked)
    records = await call.stores.continuing.records(call.tenant, asked.run_id)
    wanted = await _wanted(call, source, graph, asked, records)
    target = await _target(call, graph, plan, wanted)
    recorded = await _with_values(call, [_recorded(row) for row in records.recorded], target)
    old_nodes = {node.id: node for node in old_graph.nodes}
    routed = {node.id for node in old_plan.nodes}
    nodes = {node_id: node for node_id, node in old_nodes.items() if node_id in routed}
    old = Source(old_plan, nodes, recorded, records.failed, records.masks)
    # Beside the loop: thousands of executions take a while, and others are served meanwhile.
    continuation = await asyncio.to_thread(continue_run, old, target, _wish(asked))
    _refuse_unused(continuation)
    return Prepared(source, graph, plan, wanted, continuation)


async def _made_of(
    call: Call, source: Run, version: int | None, old_plan: Plan, old_graph: Graph
) -> tuple[Graph, Plan]:
    """Give what the new run is made of: what the old one was made of, with the blocks as they are now, or a version."""
    specs, graphs = call.services.registry.specs, call.stores.graphs
    if version is not None:
        return await call.services.compiled.get(graphs, call.tenant, source.graph_id, version)
    if not await call.stores.drafts.many(call.tenant, [source.graph_id]):
        raise NotFound("The agent of the run is not there any more.")
    uses_pins = any(node.is_pinned for node in old_plan.nodes)
    return old_graph, await asyncio.to_thread(compile_graph, old_graph, specs, uses_pins=uses_pins)


def _check(call: Call, graph: Graph, asked: Asked) -> None:
    """Raise BadUserInput where an edit names what is not there, or what nobody may write so."""
    specs = call.services.registry.specs
    nodes = {node.id: node for node in graph.nodes}
    if (asked.mode == NODES) != bool(asked.node_ids):
        raise BadUserInput("`nodeIds` are given with the mode NODES, and only with it.", where="nodeIds")
    for where, node_ids in (
        ("nodeIds", asked.node_ids),
        ("nodeInputs", asked.node_inputs),
        ("outputs", [node_id for node_id, _, _ in asked.outputs]),
    ):
        for node_id in node_ids:
            if node_id not in nodes:
                raise BadUserInput(f"The agent has no node {node_id!r}.", where=where)
    for node_id, pins in asked.node_inputs.items():
        spec = specs[nodes[node_id].block_id]
        for pin, value in pins.items():
            encode(value, f"{node_id}.{pin}")
            if not spec.has_input(pin) or is_credential_pin(spec, pin):
                raise BadUserInput(f"The node {node_id!r} takes no value on {pin!r} in this way.", where="nodeInputs")
            if spec.is_secret(pin):
                raise BadUserInput(f"A secret such as {pin!r} of {node_id!r} is not written here.", where="nodeInputs")
    for node_id, _, given in asked.outputs:
        _check_outputs(specs[nodes[node_id].block_id], node_id, given)


def _check_outputs(spec: Any, node_id: str, given: Mapping[str, Any]) -> None:
    if spec.kind is Kind.OUTPUT:
        raise BadUserInput(f"{node_id!r} is an output: edit the `value` that it is given.", where="outputs")
    for pin, values in given.items():
        if not isinstance(values, list):
            raise BadUserInput(f"`outputs` of {node_id!r} are {{pin: [values]}}.", where="outputs")
        if not spec.has_output(pin):
            raise BadUserInput(f"The node {node_id!r} gives nothing on {pin!r}.", where="outputs")


async def _wanted(call: Call, source: Run, graph: Graph, asked: Asked, records: RunRecords) -> Wanted:
    """Give the new run as it is asked for: what the old one was given, with what is to be otherwise."""
    specs = call.services.registry.specs
    rows = await call.stores.runs.inputs(source.id)
    values = await resolve(call.stores.values, call.tenant, [(value, handle) for _, _, value, handle in rows])
    inputs = {name: value for (_, name, _, _), value in zip(rows, values, strict=True)}
    if asked.version is not None:
        # Another version may have others; what it lacks is left out, and what it needs has to be given.
        known = input_schema(graph, specs)["properties"]
        inputs = {name: value for name, value in inputs.items() if name in known}
    chosen = _chosen_before(graph, specs, records.masks) if asked.credentials is None else asked.credentials
    return _WantedAgain(
        graph_id=source.graph_id,
        graph_version=graph.version,
        inputs={**inputs, **asked.inputs},
        credentials=chosen,
        idempotency_key=asked.idempotency_key,
        trigger="continue",
        trigger_id=source.id,
        limits=source.limits or {},
        masks=laid_over(_edits_before(graph, specs, records.masks), asked.node_inputs),
        request=asked.request,
    )


def _chosen_before(graph: Graph, specs: Any, masks: Mapping[str, Mapping[str, Any]]) -> dict[str, UUID]:
    """Give {group key: credential} that the old run was given, as far as the new one's agent asks for them."""
    found = {}
    for pins in masks.values():
        found.update(handed_down(pins.get(HANDED_DOWN)))
    groups = groups_of(needs_of(graph, specs))
    for key, group in groups.items():
        for need in group.needs:
            reference = reference_of(masks.get(need.node.id, {}).get(need.requirement.pin))
            if reference is not None:
                found[key] = reference
    return {key: UUID(reference.id) for key, reference in found.items()}


def _edits_before(graph: Graph, specs: Any, masks: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give what was written over inputs of nodes before, as far as they are there still: a repair stays one."""
    kept = {}
    for node in graph.nodes:
        spec = specs[node.block_id]
        pins = {pin: value for pin, value in masks.get(node.id, {}).items() if not is_credential_pin(spec, pin)}
        if pins:
            kept[node.id] = pins
    return kept


async def _target(call: Call, graph: Graph, plan: Plan, wanted: Wanted) -> Target:
    specs, person = call.services.registry.specs, call.principal.person_id
    granted = await call.stores.granting.masks(call.tenant, person, graph, specs, wanted.credentials)
    nodes = {node.id: node for node in graph.nodes}
    inputs = [(name, orjson.loads(encode(value, name))) for name, value in wanted.inputs.items()]
    return Target(plan, nodes, specs, inputs, laid_over(wanted.masks, granted))


def _wish(asked: Asked) -> Wish:
    outputs = {
        (node_id, ordinal): [(pin, Kept(value)) for pin, values in given.items() for value in values]
        for node_id, ordinal, given in asked.outputs
    }
    return Wish(asked.mode == START, frozenset(asked.node_ids), frozenset(asked.node_inputs), outputs)


def _recorded(row: Any) -> Recorded:
    emissions = [(pin, Kept(value) if handle is None else Kept(handle=handle)) for pin, value, handle in row.emissions]
    inputs = row.inputs if row.came is None else row.came
    failure = None if row.error is None else (str(row.error.get("code", "INTERNAL")), str(row.error.get("message", "")))
    return Recorded(
        row.execution, row.node_id, row.ordinal, inputs, emissions, row.came is not None, row.caller, failure, row.step
    )


async def _with_values(call: Call, recorded: list[Recorded], target: Target) -> list[Recorded]:
    """Fetch the values that are needed to compare inputs, as many as may be."""
    room, ids = LIMITS.continued_fetch_bytes_max, []
    for handle in wanted_handles(recorded, target):
        room -= int(handle["size"])
        if room >= 0:
            ids.append(str(handle["id"]))
    if not ids:
        return recorded
    found = await call.stores.values.get_many(call.tenant, ids)
    return [
        replace(
            row,
            emissions=[
                (pin, Kept(found.get(kept.handle["id"], NOTHING), kept.handle) if kept.handle else kept)
                for pin, kept in row.emissions
            ],
        )
        for row in recorded
    ]


def _refuse_unused(continuation: Continuation) -> None:
    for node_id, ordinal in continuation.unused:
        which = "" if ordinal is None else f", execution {ordinal},"
        raise BadUserInput(
            f"The node {node_id!r}{which} is not come to with what was recorded: what leads to it runs again, or it never ran.",
            where="outputs",
        )


async def _edited_row(call: Call, graph: Graph, row: Written) -> EditedRow:
    """Keep what somebody wrote for an execution, as its rows have it."""
    values = call.stores.values
    block_id = next(node.block_id for node in graph.nodes if node.id == row.node_id)
    inputs: dict[str, Any] = {}
    for pin, kept in row.inputs.items():
        is_here = kept.handle is None
        inputs[pin] = (
            (await values.put(call.tenant, kept.value, pin)).to_wire()
            if is_here
            else {"handle": dict(kept.handle or {})}
        )
    named = [(kept.value, f"pin {pin!r}") for pin, kept in row.emissions]
    stored = await values.put_many(call.tenant, named)
    emissions = [(pin, one) for (pin, _), one in zip(row.emissions, stored, strict=True)]
    return EditedRow(row.execution, row.node_id, block_id, row.ordinal, inputs, emissions)
