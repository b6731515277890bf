"""Flow: how values go from execution to execution of one plan, and which executions there are; no Temporal, no clock, no values.

How values flow (agent-graphs.md section 4). Each node has a list of *waiting* executions, oldest first, each with a slot a
linked pin. A token is attached to the oldest that has nothing on its pin. Because every rule fills slots from the oldest on,
the executions that have a pin are always the first `filled[pin]` of the list, and the oldest is the first to be complete: so
attaching costs one step, however many wait.

A complete execution is *queued*: it gets its number, and joins its node's *line*. Emissions are handed on in the order of the
line and, within an execution, in the order of the yields; an execution that is not first keeps its deliveries until it is.
With one link a pin, a run's result therefore does not depend on which execution finishes first.

What runs when, and where, is not decided here: `workflows.engine.scheduler` does that for a run, `workflows.engine.region_flow`
for the part of one that an activity steps through by itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from itertools import islice
from typing import Any, Final

from schema.block import Kind
from schema.errors import shorten
from workflows.engine.events import Delivery, Failed, Token
from workflows.engine.execution import DONE, Execution, NodeState
from workflows.engine.plan import Plan, PlanNode
from workflows.engine.tool_calls import leads_back

#: Executions that are not over at once: all of them travel when the run continues as new.
OPEN_MAX: Final = 100_000
#: Failed nodes that a run's reason names.
NAMED_FAILURES_MAX: Final = 20


#: What stands for a node that is not there.
_OUTSIDE: Final = NodeState.new(0)


class Flow:
    """The values and the executions of one plan."""

    def __init__(self, plan: Plan, members: Collection[int] | None = None) -> None:
        """`members` are the nodes that it has; None: all."""
        self.plan = plan
        self.nodes = (
            [NodeState.new(len(node.pins)) for node in plan.nodes]
            if members is None
            else [_OUTSIDE for _ in plan.nodes]
        )
        #: Executions that are not over, or over and not handed on yet, by number.
        self.open: dict[int, Execution] = {}
        #: The highest number that an execution has.
        self.executions = 0
        #: Nodes that have something ready, in turn.
        self.turn: deque[int] = deque()
        self.error_count = 0
        self.first_error: list[Any] | None = None
        self.unhandled: list[list[Any]] = []
        #: Executions of output nodes that were handed on and that nobody took yet.
        self.outputs: list[int] = []
        self._stop: tuple[str, str] | None = None

    # Values in

    def _attach(self, link_index: int, token: Token) -> None:
        """Give a token to its sink: to the oldest waiting execution without that pin, or to a new one."""
        link = self.plan.links[link_index]
        state, pin = self.nodes[link.sink], link.sink_pin
        if len(state.filled) == 1 and not state.waiting:
            # The only pin that is waited for: the token completes an execution by itself.
            node = self.plan.nodes[link.sink]
            if node.static_pins:
                state.last[0] = token
            self._queue(link.sink, [(node.pins[0], token)])
            return
        if state.filled[pin] == len(state.waiting):
            slots: list[Token | None] = [None] * len(state.filled)
            for static_pin in self.plan.nodes[link.sink].static_pins:
                if static_pin != pin and state.filled[static_pin] == len(state.waiting):
                    slots[static_pin] = state.last[static_pin]
                    state.filled[static_pin] += slots[static_pin] is not None
            state.waiting.append(slots)
        if link.is_static:
            for position in range(state.filled[pin], len(state.waiting)):
                state.waiting[position][pin] = token
            state.filled[pin] = len(state.waiting)
        else:
            state.waiting[state.filled[pin]][pin] = token
            state.filled[pin] += 1
        self._settle(link.sink)

    def _settle(self, index: int) -> None:
        """Queue every execution that is complete; each one queued may fill the static pins of those behind it."""
        state, node = self.nodes[index], self.plan.nodes[index]
        while state.waiting and state.has_complete(node.loop_pins):
            slots = state.waiting.popleft()
            tokens = [(pin, token) for pin, token in zip(node.pins, slots, strict=True) if token is not None]
            for pin in range(len(state.filled)):
                state.filled[pin] -= slots[pin] is not None
            for pin in node.static_pins:
                state.last[pin] = slots[pin]
                for position in range(state.filled[pin], len(state.waiting)):
                    state.waiting[position][pin] = slots[pin]
                state.filled[pin] = len(state.waiting)
            self._queue(index, tokens)

    def _queue(self, index: int, tokens: list[tuple[str, Token]], caller: list[Any] | None = None) -> None:
        if len(self.open) >= OPEN_MAX:
            self._stop = ("BUDGET_EXCEEDED", f"More than {OPEN_MAX} node executions wait in the run at once.")
            return
        self.executions += 1
        state = self.nodes[index]
        state.count += 1
        self.open[self.executions] = Execution(self.executions, index, state.count, tokens, caller=caller)
        state.line.append(self.executions)
        self._make_ready(index, self.executions)

    def _make_ready(self, index: int, execution: int) -> None:
        state = self.nodes[index]
        if not state.ready:
            self.turn.append(index)
        state.ready.append(execution)

    # Results

    def _receive(self, execution: Execution, upto: int, deliveries: Any) -> None:
        """Take in the emissions that are new; what was received before counts once."""
        for delivery in deliveries:
            if delivery[0] >= execution.received:
                execution.deliveries.append(delivery)
        execution.received = max(execution.received, upto)
        self._hand_on(execution.node)

    def _hand_on(self, index: int) -> None:
        """Hand on what the first of the node's line has; when it is over, go on with the next."""
        line = self.nodes[index].line
        while line:
            execution = self.open[line[0]]
            deliveries, execution.deliveries = execution.deliveries, []
            for delivery in deliveries:
                if execution.caller is None or not leads_back(execution.caller, self.plan.links[delivery[1]]):
                    self._attach(delivery[1], _token(execution.number, delivery))
            if execution.state != DONE:
                return
            line.popleft()
            del self.open[execution.number]
            if self.plan.nodes[index].kind == Kind.OUTPUT and not execution.is_failed:
                self.outputs.append(execution.number)

    def _count_failure(self, node: PlanNode, event: Failed) -> None:
        """Count a failure, and what the policy makes of it; that of a called tool is its caller's to deal with."""
        self.error_count += 1
        reason = [node.id, node.title, event.code, shorten(event.message, 500)]
        self.first_error = self.first_error or reason
        is_handled = self.open[event.execution].caller is not None or _is_handled(node)
        if node.on_error == "stop" or (not is_handled and self.plan.policy == "stop"):
            self._stop = ("NODE_FAILED", f"{node.title} ({node.id}) failed: {event.message}")
        elif not is_handled and self.plan.policy == "fail" and len(self.unhandled) < NAMED_FAILURES_MAX:
            self.unhandled.append(reason)

    # Looking

    def take_outputs(self) -> list[int]:
        """Give the executions of output nodes that were handed on since the last time, in that order."""
        taken, self.outputs = self.outputs, []
        return taken

    def ready(self, limit: int) -> list[Execution]:
        """Give executions that are ready to be dispatched: the first so many, node by node."""
        return [self.open[number] for number in islice((n for state in self.nodes for n in state.ready), limit)]

    @property
    def ready_count(self) -> int:
        return sum(len(state.ready) for state in self.nodes)

    @property
    def waiting_count(self) -> int:
        return sum(len(state.waiting) for state in self.nodes)


def _token(execution: int, delivery: Delivery) -> Token:
    return [execution, *delivery]


def _is_handled(node: PlanNode) -> bool:
    return node.is_error_linked or node.on_error == "continue"
