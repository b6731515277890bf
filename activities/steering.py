"""Steering: what operators said of a node execution, read where it runs; it tells nobody of it.

The workflow carries [word, number] only: run it again, end it with these outputs, run it with this input, let it fail. What was
said stands in the order's row. Whether a failure waits for an operator instead of ending the execution is the graph's to say
(`on_node_error` or a node's `on_error` is `hold`); one cause waits always: a block whose contract is another than when the run
was made, or that is not installed any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from activities.tools import Tools
from schema.db.values import resolve
from schema.errors import BlockUnknown, ContractChanged, DrystoneError
from workflows.engine.events import CONTRACT, EDIT, FAIL, FAILED_NODE, MISSING_CREDENTIAL, PROVIDER_DOWN, RETRY, SKIP
from workflows.engine.plan import Plan, PlanNode

#: A block that is not what it was when the run was made, or not there: the graph's policy is not asked.
_OF_CONTRACT: Final = (ContractChanged, BlockUnknown)
_CREDENTIAL_CODES: Final = frozenset({"MISSING_CREDENTIALS", "CREDENTIAL_UNUSABLE", "CREDENTIAL_ENDED", "KEY_MISSING"})


def round_of(orders: Sequence[Sequence[Any]]) -> int:
    """Give how often an operator had it run again: each time has attempts of its own."""
    return sum(word in (RETRY, EDIT) for word, _ in orders)


def last_word(orders: Sequence[Sequence[Any]]) -> str | None:
    """Give what an operator said last, where that ends the execution: SKIP or FAIL."""
    return orders[-1][0] if orders and orders[-1][0] in (SKIP, FAIL) else None


async def edits_of(tools: Tools, tenant: UUID, run_id: UUID, orders: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Give {pin: value} of what operators wrote in place of the inputs that came."""
    edits: dict[str, Any] = {}
    for word, number in orders:
        if word == EDIT:
            edits.update(await _said(tools, tenant, run_id, number))
    return edits


async def outputs_of(
    tools: Tools, tenant: UUID, run_id: UUID, orders: Sequence[Sequence[Any]]
) -> list[tuple[str, Any]]:
    """Give the (pin, value) with which an operator ended the execution, in their order."""
    said = await _said(tools, tenant, run_id, orders[-1][1])
    return [(pin, value) for pin, values in said.items() for value in values]


async def _said(tools: Tools, tenant: UUID, run_id: UUID, number: int | None) -> dict[str, Any]:
    order = None if number is None else await tools.orders.get(run_id, number)
    if order is None or order.value is None:
        return {}
    (value,) = await resolve(tools.values, tenant, [(order.value.get("value"), order.value.get("handle"))])
    return dict(value)


def halt_kind(error: DrystoneError) -> str:
    """Give why an execution with this error waits."""
    if isinstance(error, _OF_CONTRACT):
        return CONTRACT
    if error.code in _CREDENTIAL_CODES:
        return MISSING_CREDENTIAL
    return PROVIDER_DOWN if error.is_transient else FAILED_NODE


def is_held(error: DrystoneError, plan: Plan, node: PlanNode, *, is_called: bool = False) -> bool:
    """Say whether an execution that fails so waits for an operator. What was called as a tool fails for its caller, unless its node
    says otherwise, or an operator alone can mend it: a credential, a provider that is down."""
    if isinstance(error, _OF_CONTRACT):
        return True
    if is_called and node.on_error != "hold" and halt_kind(error) == FAILED_NODE:
        return False
    if node.is_error_linked or node.on_error in ("continue", "stop"):
        return False
    return node.on_error == "hold" or plan.policy == "hold"
