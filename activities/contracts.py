"""Contracts: what of a node does not fit its block any more, in words; it holds nothing and changes nothing.

A run keeps, of each block, a short hash of what it took and gave when the run was made. Where that is another now, the node's
links and constants say what of it matters to this run: pins that are linked or set and gone, and pins that are needed now and
have nothing.
"""

from __future__ import annotations

from activities.tools import CompiledPlan
from schema.block import BlockSpec
from schema.errors import ContractChanged
from schema.pins import base_name
from workflows.engine.plan import contract_of

PINS_NAMED_MAX = 10
_ANSWERS = (
    "retry runs it as it is now, edit with its input changed where that must be, skip gives outputs in its place, "
    "fail lets it fail."
)


def check_contract(compiled: CompiledPlan, node: int) -> None:
    """Raise ContractChanged where a node's block takes or gives something else than when the run was made."""
    contract, spec = compiled.plan.nodes[node].contract, compiled.block(node).spec
    if contract and contract != contract_of(spec):
        said = "; ".join(changes(compiled, node, spec)) or "the types of its pins are others"
        raise ContractChanged(
            f"The block {spec.name} is another than when this run was made: {said}. As an answer, {_ANSWERS}"
        )


def changes(compiled: CompiledPlan, node: int, spec: BlockSpec) -> list[str]:
    """Say, for a node, what it lacks and what is gone."""
    plan, graph_node = compiled.plan, compiled.nodes[node]
    taken = {base_name(pin) for pin in (*plan.nodes[node].pins, *graph_node.input_default)}
    given = {base_name(plan.links[index].source_name) for index in plan.links_from[node]} - {"error"}
    has_inputs, has_outputs = spec.input_schema.get("properties", {}), spec.output_schema.get("properties", {})
    gone = set() if spec.has_dynamic_inputs else taken - set(has_inputs)
    ungiven = set() if spec.has_dynamic_outputs else given - set(has_outputs)
    needed = set(spec.input_schema.get("required", ())) - taken
    told = (
        ("it does not take", gone, "any more"),
        ("it does not give", ungiven, "any more"),
        ("it needs", needed, "now"),
    )
    return [f"{verb} {_named(pins)} {when}" for verb, pins, when in told if pins]


def _named(pins: set[str]) -> str:
    names = sorted(pins)
    rest = f" and {len(names) - PINS_NAMED_MAX} more" if len(names) > PINS_NAMED_MAX else ""
    return ", ".join(repr(name) for name in names[:PINS_NAMED_MAX]) + rest
