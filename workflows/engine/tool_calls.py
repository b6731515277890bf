"""Tool calls: what a node calls as a tool runs as an execution of its own; pure, it reads no argument and no result.

A node that lets a model choose ends its step with ["tools", [[call id, node, [[pin, sequence], ...]], ...]]: the arguments are
emissions of its own execution. Each call becomes an execution of its node at once, whatever else that node waits for: pins that
no argument is for take the last value of their static link. The caller waits; when the last of its calls is over, it is woken
with ["tools", [[call id, execution], ...]], and its next step reads from the ledger what they gave.

What a called execution emits also goes along its node's links, as ever, but for those that lead back to its caller.

Nothing but the end of its calls wakes a caller. Where an operator ends it, what it called and is not over is let fail with it,
at any depth: nobody waits for it any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from workflows.engine.events import TOOLS, Token
from workflows.engine.execution import DONE, Execution, NodeState
from workflows.engine.plan import PlanLink, PlanNode

#: The pin on which a step that calls leaves its round, last of all that it emits: {"memory": ..., "calls": [[call id, ...], ...]}.
ROUND: Final = "round_^_"


def tokens_of(
    node: PlanNode, state: NodeState, caller: int, arguments: Sequence[Sequence[Any]]
) -> list[tuple[str, Token]]:
    """Give the tokens of a called execution: its arguments, and the last value of each other static pin."""
    given = {str(pin) for pin, _ in arguments}
    static: list[tuple[str, Token]] = [
        (node.pins[pin], token)
        for pin in node.static_pins
        if (token := state.last[pin]) is not None and node.pins[pin] not in given
    ]
    return [*static, *((str(pin), [caller, sequence, -1]) for pin, sequence in arguments)]


def results_of(caller: Execution | None, executions: Mapping[int, Execution]) -> list[Any] | None:
    """Give what the caller is woken with; None while a call of it is not over, or where it does not wait for calls."""
    if caller is None or not caller.waits_for_calls:
        return None
    is_over = all(number not in executions or executions[number].state == DONE for _, number in caller.wait[1])
    return [TOOLS, caller.wait[1]] if is_over else None


def given_up_with(number: int, executions: Mapping[int, Execution]) -> list[int]:
    """Give an execution that an operator ended, and what was ended with it because it had called it."""
    # A dictionary, for each is looked for in it: there may be as many as a run may have.
    found: dict[int, None] = {}
    for one in executions.values():
        is_of_it = one.number == number or (one.caller is not None and one.caller[0] in found)
        if is_of_it and one.is_given_up:
            found[one.number] = None
    return list(found)


def leads_back(caller: Sequence[Any], link: PlanLink) -> bool:
    """Say whether a link of a called execution leads back to its caller, who is given what it emits anyway."""
    return bool(caller[2] == link.sink)
