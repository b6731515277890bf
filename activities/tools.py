"""Tools: what the activities of a process work with, built once by `deploy`; and the cache of compiled plans."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.block_loop import BlockLoop
from activities.credentials import Resolver
from activities.instruments import Instruments
from activities.routings import Routings
from activities.tracing import Tracing
from blocks.registry import Registry
from blocks.sdk.block import Block
from blocks.sdk.context import Http
from schema.db.approvals import Approvals
from schema.db.graphs import Graphs
from schema.db.halts import Halts
from schema.db.keeping import Keeping
from schema.db.ledger import Ledger
from schema.db.orders import Orders
from schema.db.outbox import Outbox
from schema.db.queued import Queued
from schema.db.records import Records
from schema.db.runs import Runs
from schema.db.values import ValueStore
from schema.errors import BlockUnknown
from schema.graph import Graph, Node, parse_graph
from schema.values import encode
from workflows.engine.plan import Plan

_CACHED_PLANS_MAX: Final = 200


@dataclass(frozen=True)
class CompiledPlan:
    """A plan with what its nodes' workers need besides: constants and policies."""

    plan: Plan
    graph: Graph
    nodes: tuple[Node, ...]
    #: None: its block was there when the run was made, and is not on this worker.
    blocks: tuple[type[Block] | None, ...]

    def block(self, node: int) -> type[Block]:
        """Give a node's block; raise BlockUnknown where it is not on this worker."""
        found = self.blocks[node]
        if found is None:
            name, block_id = self.plan.nodes[node].block_name, self.nodes[node].block_id
            raise BlockUnknown(
                f"The block {name} ({block_id}), which was here when this run was made, is not installed any more: "
                "when it is back, retry runs the node; skip gives outputs in its place; fail lets it fail.",
                block_id=block_id,
            )
        return found


@dataclass
class Tools:
    """The objects of a worker process."""

    engine: AsyncEngine
    client: Client
    registry: Registry
    values: ValueStore
    ledger: Ledger
    graphs: Graphs
    runs: Runs
    records: Records
    http: Http
    resolver: Resolver
    keeping: Keeping
    #: Where providers are that are not where they say.
    base_urls: Mapping[str, str] = field(default_factory=dict)
    #: The demo answers where a node refers to no credential for a language model.
    has_llm_demo: bool = False
    #: How quickly text of the demo's grows where it is shown; 0: it is there at once.
    demo_words_per_second: float = 0
    block_loop: BlockLoop = field(default_factory=BlockLoop)
    instruments: Instruments = field(default_factory=lambda: Instruments.on(CollectorRegistry()))
    tracing: Tracing = field(default_factory=Tracing)
    outbox: Outbox = field(init=False)
    routings: Routings = field(init=False)
    orders: Orders = field(init=False)
    halts: Halts = field(init=False)
    approvals: Approvals = field(init=False)
    queued: Queued = field(init=False)
    _plans: OrderedDict[tuple[UUID, str], CompiledPlan] = field(default_factory=OrderedDict)
    _masks: OrderedDict[UUID, dict[str, Any] | None] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.engine)
        self.routings = Routings(self.graphs)
        self.orders = Orders(self.engine)
        self.halts = Halts(self.engine)
        self.approvals = Approvals(self.engine)
        self.queued = Queued(self.engine)

    async def plan(self, tenant: UUID, digest: str) -> CompiledPlan:
        """Give a compiled plan; it never changes, so it is read once a process."""
        found = self._plans.get((tenant, digest))
        if found is None:
            routing, document = await self.graphs.get_plan(tenant, digest)
            found = self._plans[tenant, digest] = _compiled(
                Plan.from_lists(routing), parse_graph(document), self.registry
            )
            if len(self._plans) > _CACHED_PLANS_MAX:
                self._plans.popitem(last=False)
        return found

    async def encoded(self, tenant: UUID, value: Any, handle: Mapping[str, Any] | None) -> bytes:
        """Give the JSON of a value as a row keeps it: inline, or by its handle."""
        return encode(value if handle is None else await self.values.get(tenant, handle["id"]))

    async def masks(self, run_id: UUID) -> dict[str, Any]:
        """Give a run's input masks, {node id: {pin: value}}; they never change."""
        if run_id not in self._masks:
            self._masks[run_id] = await self.runs.masks(run_id)
            if len(self._masks) > 10 * _CACHED_PLANS_MAX:
                self._masks.popitem(last=False)
        return self._masks[run_id] or {}


def _compiled(plan: Plan, graph: Graph, registry: Registry) -> CompiledPlan:
    by_id = {node.id: node for node in graph.nodes}
    nodes = tuple(by_id[node.id] for node in plan.nodes)
    return CompiledPlan(plan, graph, nodes, tuple(registry.find(node.block_id) for node in nodes))
