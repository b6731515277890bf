"""A dispatch's tokens to raw inputs: what stands inline is taken, the rest is read from the ledger; it validates nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any
from uuid import UUID

from activities.tools import CompiledPlan, Tools
from schema.block import BlockSpec, Kind
from schema.pins import NOTHING, select
from workflows.engine.events import Item, Token
from workflows.engine.plan import PlanNode


class TooMuchTogether(Exception):
    """The inputs of executions that share a dispatch are too large to be read at once."""


async def raw_inputs(
    tools: Tools,
    compiled: CompiledPlan,
    node: int,
    items: Sequence[Item],
    run_id: UUID,
    tenant: UUID,
    has_masks: bool,
    bytes_max: int | None = None,
) -> list[dict[str, Any]]:
    """Give, for each item, {pin: value}: the node's constants, overlaid by its tokens, overlaid by the run's masks. Raises
    EmissionLost, and TooMuchTogether where what is kept by handle has more bytes than this."""
    found = await _read(tools, compiled, items, run_id, tenant, bytes_max)
    constants = compiled.nodes[node].input_default
    plan_node = compiled.plan.nodes[node]
    masks = (await tools.masks(run_id)).get(plan_node.id, {}) if has_masks else {}
    rows = []
    for item in items:
        row = own_copy(constants)
        for pin, token in item.tokens:
            value = token[3] if len(token) > 3 else found[token[0], token[1], token[2]]
            if len(items) > 1 and len(token) <= 3:
                # Of a static link, or of equal content, it is another one's, too.
                value = deepcopy(value)
            if not (value is None and _is_missing_run_input(plan_node, token)):
                row[pin] = value
        row.update(own_copy(masks))
        rows.append(row)
    return rows


def own_copy(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give values for one execution: what its block changes of a list or a dictionary, no other execution sees."""
    return {pin: deepcopy(value) if isinstance(value, list | dict) else value for pin, value in values.items()}


async def kept_inputs(tools: Tools, tenant: UUID, spec: BlockSpec, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Give inputs as a row keeps them: large values by handle, secrets not at all."""
    kept = {}
    for pin, value in inputs.items():
        if spec.is_secret(pin):
            kept[pin] = {"value": "***"}
        else:
            kept[pin] = (await tools.values.put(tenant, value, f"pin {pin!r}")).to_wire()
    return kept


def _is_missing_run_input(node: PlanNode, token: Token) -> bool:
    """Say whether this is a run input given as null: the node's own default stands for it."""
    return node.kind == Kind.INPUT and token[0] == 0


async def _read(
    tools: Tools, compiled: CompiledPlan, items: Sequence[Item], run_id: UUID, tenant: UUID, bytes_max: int | None
) -> dict[tuple[int, int, int], Any]:
    """Read what the tokens do not carry: one query for the rows, one for the handles among them."""
    places = Counter((token[0], token[1], token[2]) for item in items for _, token in item.tokens if len(token) <= 3)
    if not places:
        return {}
    rows = await tools.ledger.read_tokens(run_id, [(execution, sequence) for execution, sequence, _ in places])
    sizes = [
        row.handle["size"] * uses for row, uses in zip(rows, places.values(), strict=True) if row.handle is not None
    ]
    if bytes_max is not None and sum(sizes) > bytes_max:
        raise TooMuchTogether
    kept = await tools.values.get_many(tenant, [row.handle["id"] for row in rows if row.handle is not None])
    plan = compiled.plan
    found: dict[tuple[int, int, int], Any] = {}
    for place, row in zip(places, rows, strict=True):
        value = row.value if row.handle is None else kept[row.handle["id"]]
        if place[2] >= 0:
            link = plan.links[place[2]]
            sink = plan.nodes[link.sink]
            value = select(row.pin, value, link.source_name, sink.id, sink.pins[link.sink_pin])
        assert value is not NOTHING
        found[place] = value
    return found
