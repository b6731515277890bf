"""Plan: a graph compiled for routing, small, frozen, versioned and hashed; it holds no constant and no secret.

The workflow carries a plan as plain lists. What a node's worker needs besides (constants, retry policy) stands in the graph
itself, which is stored under the plan's hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Final

from schema.block import PAYLOAD, BlockSpec, Kind, Queue
from schema.check import Problem, check, errors_of
from schema.credentials import requirements_of
from schema.errors import EngineFault, InvalidGraph
from schema.graph import Graph, Node, write_graph
from schema.identity import once_each
from schema.limits import LIMITS
from schema.pins import base_name
from workflows.engine.regions import find_regions

PLAN_VERSION: Final = 1
_FOR_PEOPLE: Final = frozenset({"title", "description", "placeholder", "advanced", "examples", "$comment"})
#: Kinds of node that may be in a region, and the pins that lead to what is called as a tool.
_FUSED_KINDS: Final = frozenset({Kind.STANDARD, Kind.INPUT, Kind.OUTPUT, Kind.WEBHOOK})
_TOOL_PINS: Final = frozenset({"tools"})
#: A node with a shorter limit of time is run by itself: a region's step has one for all.
FUSED_TIMEOUT_SECONDS: Final = 10.0
#: Executions of a pure block that may share one dispatch.
BATCH_MAX: Final = 100
#: The same of a block with effects, whose executions run beside one another. Larger ones save nothing more that can be measured,
#: and a death or a recall has more of them come back.
EFFECTS_BATCH_MAX: Final = LIMITS.batch_items_max


@dataclass(frozen=True)
class PlanNode:
    """A node as the scheduler sees it. `pins` are the linked input pins, in the order of their first link."""

    id: str
    title: str
    block_name: str
    kind: str
    queue: str
    pins: tuple[str, ...]
    static_pins: tuple[int, ...]
    batch_max: int
    timeout_seconds: float
    on_error: str
    #: Whether a link leads away from `error`, so that a failure counts as handled.
    is_error_linked: bool
    #: The run input that feeds an INPUT or a WEBHOOK node; None for other nodes.
    input_name: str | None
    #: Whether it may be told to stop in the middle and run again later, at no other cost than time.
    is_resumable: bool = False
    #: What its block took and gave when the plan was made: see `contract_of`.
    contract: str = ""
    #: Whether it gives its pinned output instead of running: only in a plan that was made for that.
    is_pinned: bool = False
    #: Indices of the pins of a conversation that comes back to the node: it waits for all of them or for none.
    loop_pins: tuple[int, ...] = ()

    @property
    def is_batch_of_effects(self) -> bool:
        """Say whether its executions that share a dispatch run beside one another and touch the world: then each of them counts
        as one in flight. Those of pure blocks count together."""
        return 1 < self.batch_max < BATCH_MAX


@dataclass(frozen=True)
class PlanLink:
    """A link by indices. `sink_pin` is an index into the sink's `pins`."""

    source: int
    source_name: str
    sink: int
    sink_pin: int
    is_static: bool


@dataclass(frozen=True)
class Plan:
    """A compiled graph."""

    graph_id: str
    graph_version: int
    agent_name: str
    policy: str
    executions_max: int
    nodes: tuple[PlanNode, ...]
    links: tuple[PlanLink, ...]
    #: Indices of the start nodes, in the graph's order.
    starts: tuple[int, ...]
    #: SHA-256 over the graph and the routing: what a run was made of.
    hash: str = ""
    #: Nodes that run together in one dispatch: see `workflows.engine.regions`.
    regions: tuple[tuple[int, ...], ...] = ()

    @cached_property
    def links_from(self) -> tuple[tuple[int, ...], ...]:
        """Give, for each node, the indices of its outgoing links in their fixed order."""
        outgoing: list[list[int]] = [[] for _ in self.nodes]
        for index, link in enumerate(self.links):
            outgoing[link.source].append(index)
        return tuple(tuple(links) for links in outgoing)

    def to_lists(self) -> list[Any]:
        """Give the plan as plain lists: what travels."""
        lists = [
            PLAN_VERSION,
            self.hash,
            [self.graph_id, self.graph_version, self.agent_name, self.policy, self.executions_max],
            [_node_to(node) for node in self.nodes],
            [[link.source, link.source_name, link.sink, link.sink_pin, link.is_static] for link in self.links],
            list(self.starts),
        ]
        return [*lists, [list(region) for region in self.regions]] if self.regions else lists

    @classmethod
    def from_lists(cls, lists: list[Any]) -> Plan:
        """Read what `to_lists` gave; refuse a version that this code does not know."""
        version, digest, (graph_id, graph_version, name, policy, executions_max), nodes, links, starts, *rest = lists
        if version != PLAN_VERSION:
            raise EngineFault(f"The plan is of version {version}; this worker reads {PLAN_VERSION}.")
        return cls(
            graph_id=graph_id,
            graph_version=graph_version,
            agent_name=name,
            policy=policy,
            executions_max=executions_max,
            nodes=tuple(_node_from(row) for row in nodes),
            links=tuple(PlanLink(*row) for row in links),
            starts=tuple(starts),
            hash=digest,
            regions=tuple(tuple(region) for region in rest[0]) if rest else (),
        )


def _node_to(node: PlanNode) -> list[Any]:
    values = [getattr(node, field.name) for field in fields(PlanNode)]
    # Said only where it is so: plans of every day stay as they are, and so do their hashes.
    said = len(values) if node.loop_pins else len(values) - 1 if node.is_pinned else len(values) - 2
    return [list(value) if isinstance(value, tuple) else value for value in values[:said]]


def _node_from(row: list[Any]) -> PlanNode:
    values: list[Any] = [tuple(value) if isinstance(value, list) else value for value in row]
    return PlanNode(*values)


def compile_graph(graph: Graph, specs: Mapping[str, BlockSpec], *, uses_pins: bool = False) -> Plan:
    """Compile a graph; raise InvalidGraph with every problem where it has any, or where a node's block cannot run.

    With `uses_pins`, nodes that have a pinned output give that instead of running.
    """
    missing = [_not_installed(node, specs) for node in _placeholders(graph, specs)]
    problems = [*errors_of(check(graph, specs)), *missing]
    if problems:
        shown = "\n".join(f"- {problem}" for problem in problems)
        wire = [problem.to_wire() for problem in problems]
        raise InvalidGraph(f"{graph.name!r} cannot run:\n{shown}", problems=wire)
    plan = _route(graph, specs)
    if uses_pins:
        # An output node gives what it is given: it has nothing that could be pinned.
        may_be = {node.id for node in graph.enabled_nodes if specs[node.block_id].kind is not Kind.OUTPUT}
        pinned = {node.id for node in graph.nodes if node.pinned_output is not None and node.id in may_be}
        plan = replace(plan, nodes=tuple(replace(node, is_pinned=node.id in pinned) for node in plan.nodes))
    if graph.fuses_nodes is not False:
        plan = replace(plan, regions=_regions(graph, specs, plan))
    body = json.dumps([write_graph(graph), plan.to_lists()], sort_keys=True)
    return replace(plan, hash=hashlib.sha256(body.encode()).hexdigest())


def _regions(graph: Graph, specs: Mapping[str, BlockSpec], plan: Plan) -> tuple[tuple[int, ...], ...]:
    """Give the regions of a plan. What a node may call as a tool is none of them: it runs when it is called."""
    block_of = {node.id: node.block_id for node in graph.nodes}
    tools = {link.sink for link in plan.links if base_name(link.source_name) in _TOOL_PINS}

    def is_member(index: int) -> bool:
        node = plan.nodes[index]
        return index not in tools and not node.is_pinned and _may_be_fused(node, specs[block_of[node.id]])

    return find_regions(len(plan.nodes), ((link.source, link.sink) for link in plan.links), is_member)


def _may_be_fused(node: PlanNode, spec: BlockSpec) -> bool:
    is_plain = not (spec.is_sensitive or spec.event_pins or spec.loop_pins or requirements_of(spec))
    is_patient = node.timeout_seconds >= FUSED_TIMEOUT_SECONDS
    return spec.is_pure and is_plain and is_patient and spec.kind in _FUSED_KINDS and spec.queue is Queue.IO


def _placeholders(graph: Graph, specs: Mapping[str, BlockSpec]) -> list[Node]:
    return [node for node in graph.enabled_nodes if node.block_id in specs and specs[node.block_id].is_placeholder]


def _not_installed(node: Node, specs: Mapping[str, BlockSpec]) -> Problem:
    name = specs[node.block_id].name
    return Problem(
        code="BLOCK_NOT_INSTALLED",
        message=f"The block {node.block_id} ({name}) is not installed here, so the node cannot run.",
        remedy="Install a package that has the block, or replace the node.",
        node_id=node.id,
    )


def _route(graph: Graph, specs: Mapping[str, BlockSpec]) -> Plan:
    running = [node for node in graph.enabled_nodes if specs[node.block_id].kind is not Kind.NOTE]
    index_of = {node.id: index for index, node in enumerate(running)}
    disabled = {node.id for node in graph.nodes if node.is_disabled}
    links = [
        link
        for link in graph.links
        if (link.source_id in index_of or link.source_id in disabled) and link.sink_id in index_of
    ]
    pins: list[list[str]] = [[] for _ in running]
    static: list[set[int]] = [set() for _ in running]
    routed = []
    for link in links:
        sink = index_of[link.sink_id]
        if link.sink_name not in pins[sink]:
            pins[sink].append(link.sink_name)
        if link.source_id in disabled:
            continue  # The pin waits for what never comes.
        source, pin = index_of[link.source_id], pins[sink].index(link.sink_name)
        is_static = link.is_static or specs[running[source].block_id].static_output
        if is_static:
            static[sink].add(pin)
        routed.append(PlanLink(source, link.source_name, sink, pin, is_static))
    with_errors = {link.source for link in routed if base_name(link.source_name) == "error"}
    titles = _titles(running, specs)
    nodes = tuple(
        _plan_node(node, specs[node.block_id], titles[i], tuple(pins[i]), tuple(sorted(static[i])), i in with_errors)
        for i, node in enumerate(running)
    )
    if graph.asks_before_sensitive:
        # Each is dispatched for people to be asked, and again when they have decided.
        asked = {node.id for node in running if specs[node.block_id].is_batchable and specs[node.block_id].is_sensitive}
        nodes = tuple(replace(node, batch_max=1) if node.id in asked else node for node in nodes)
    return Plan(
        graph_id=graph.id,
        graph_version=graph.version,
        agent_name=graph.name,
        policy=graph.error_policy,
        executions_max=graph.max_node_executions or LIMITS.run_executions_default,
        nodes=nodes,
        links=tuple(routed),
        starts=tuple(
            i for i, node in enumerate(nodes) if len(node.pins) == len(node.loop_pins) or node.kind == Kind.INPUT
        ),
    )


def _plan_node(
    node: Node, spec: BlockSpec, title: str, pins: tuple[str, ...], static_pins: tuple[int, ...], is_error_linked: bool
) -> PlanNode:
    return PlanNode(
        id=node.id,
        title=title,
        block_name=spec.name,
        kind=spec.kind.value,
        queue=spec.queue.value,
        pins=pins,
        static_pins=static_pins,
        batch_max=BATCH_MAX if spec.is_pure else EFFECTS_BATCH_MAX if spec.is_batchable else 1,
        timeout_seconds=node.timeout_seconds or LIMITS.node_timeout_seconds,
        on_error=node.on_error or "route",
        is_error_linked=is_error_linked,
        input_name=_input_name(node, spec),
        is_resumable=spec.is_pure or spec.is_resumable,
        contract=contract_of(spec),
        loop_pins=tuple(index for index, pin in enumerate(pins) if base_name(pin) in spec.loop_pins),
    )


def _input_name(node: Node, spec: BlockSpec) -> str | None:
    if spec.kind is Kind.WEBHOOK:
        return PAYLOAD
    return str(node.input_default.get("name", "")) if spec.kind is Kind.INPUT else None


@once_each
def contract_of(spec: BlockSpec) -> str:
    """Give a short hash of what a block takes and gives: texts and defaults that people read do not count."""
    pins = [_shape(spec.input_schema), _shape(spec.output_schema), spec.static_output, spec.kind.value]
    return hashlib.sha256(json.dumps(pins, sort_keys=True).encode()).hexdigest()[:12]


def _shape(schema: Any) -> Any:
    """Give a JSON Schema without what only people read; under `properties` every name is a pin's."""
    if isinstance(schema, Mapping):
        shown = {key: value for key, value in schema.items() if key not in _FOR_PEOPLE}
        pins = shown.pop("properties", None)
        shape = {key: _shape(value) for key, value in shown.items()}
        return shape if pins is None else {**shape, "properties": {name: _shape(pin) for name, pin in pins.items()}}
    return [_shape(item) for item in schema] if isinstance(schema, list | tuple) else schema


def _titles(nodes: list[Node], specs: Mapping[str, BlockSpec]) -> list[str]:
    """Give each node a short name, no two alike: activity ids are made from it."""
    titles: list[str] = []
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for node in nodes:
        name = (node.title or specs[node.block_id].name.removesuffix("Block"))[:80]
        title = name
        while title in taken:
            counts[name] = counts.get(name, 1) + 1
            title = f"{name} ({counts[name]})"
        taken.add(title)
        titles.append(title)
    return titles
