"""Members: what stepping through a region needs of each of its nodes, made once a plan; it runs no block."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson

from activities.contracts import check_contract
from activities.inputs import kept_inputs
from activities.tools import CompiledPlan, Tools
from blocks.sdk.block import Block
from schema.block import BlockSpec, Kind
from schema.errors import BlockUnknown, ContractChanged
from schema.pins import base_name
from workflows.engine.plan import Plan, PlanNode

_CACHED_MAX: Final = 1_000


@dataclass(frozen=True)
class Member:
    """A node of a region. `texts` are its constants as rows keep them, as JSON by pin."""

    index: int
    node: PlanNode
    block: type[Block]
    spec: BlockSpec
    #: (node id, block id).
    ids: tuple[str, str]
    constants: Mapping[str, Any]
    texts: Mapping[str, str]
    is_output: bool
    attempts: int
    has_secrets: bool
    #: The links that take what is emitted on a pin as it is, by pin; a pin of which some link takes a part is not there.
    routes: Mapping[str, tuple[int, ...]]


@dataclass
class Members:
    """The members of the regions of the plans of a process."""

    tools: Tools
    _made: OrderedDict[tuple[UUID, str, int], dict[int, Member]] = field(default_factory=OrderedDict)

    async def of(self, tenant: UUID, compiled: CompiledPlan, region: int) -> dict[int, Member]:
        """Give a region's members by node. One whose block is not here, or is another than when the run was made, is not one."""
        key = (tenant, compiled.plan.hash, region)
        found = self._made.get(key)
        if found is None:
            found = {}
            for index in compiled.plan.regions[region]:
                try:
                    check_contract(compiled, index)
                    found[index] = await self._member(tenant, compiled, index)
                except (BlockUnknown, ContractChanged):
                    continue
            self._made[key] = found
            if len(self._made) > _CACHED_MAX:
                self._made.popitem(last=False)
        return found

    async def _member(self, tenant: UUID, compiled: CompiledPlan, index: int) -> Member:
        node, block = compiled.nodes[index], compiled.block(index)
        kept = await kept_inputs(self.tools, tenant, block.spec, node.input_default)
        return Member(
            index=index,
            node=compiled.plan.nodes[index],
            block=block,
            spec=block.spec,
            ids=(node.id, node.block_id),
            constants=node.input_default,
            texts={pin: orjson.dumps(value).decode() for pin, value in kept.items()},
            is_output=block.spec.kind is Kind.OUTPUT,
            attempts=node.retry.attempts if node.retry is not None else 0,
            has_secrets=any(block.spec.is_secret(pin) for pin in block.spec.input_pins),
            routes=routes_of(compiled.plan, index, block.spec),
        )


def routes_of(plan: Plan, index: int, spec: BlockSpec) -> dict[str, tuple[int, ...]]:
    """Give, by pin, the links that take a node's emissions as they are; a pin of which some link takes a part is left out."""
    names = {link: plan.links[link].source_name for link in plan.links_from[index]}
    parts = {base_name(name) for name in names.values() if base_name(name) != name}
    pins = (*spec.output_pins, *names.values())
    return {
        pin: tuple(link for link, name in names.items() if name == pin) for pin in pins if base_name(pin) not in parts
    }
