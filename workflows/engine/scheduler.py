"""Scheduler: the state of one run, with one verb, `feed(event) -> commands`; no Temporal, no clock, no I/O, no values.

How values flow (agent-graphs.md section 4). Each node has a list of *waiting* executions, oldest first, each with a slot a
linked pin. A token is attached to the oldest that has nothing on its pin. Because every rule fills slots from the oldest on,
the executions that have a pin are always the first `filled[pin]` of the list, and the oldest is the first to be complete: so
attaching costs one step, however many wait.

A complete execution is *queued*: it gets its number, and joins its node's *line*. Emissions are handed on in the order of the
line and, within an execution, in the order of the yields; an execution that is not first keeps its deliveries until it is.
With one link a pin, a run's result therefore does not depend on which execution finishes first.

An execution that is parked (on a timer, a child, a person) keeps its place in the line and is dispatched again, one step
on, when it is woken. One that is stuck keeps its place, too, until an operator says what becomes of it.

A *halt* keeps the whole run from dispatching (an operator's, the budget's), or it tells of one execution that is stuck while
everything else goes on. Each has a key, is told when it begins and when it is cleared, and is cleared one by one.

What survives a crash: `to_lists()` is the whole state. Emissions have sequence numbers, so what is reported twice counts once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

from schema.block import PAYLOAD, Kind
from schema.errors import EngineFault, shorten
from schema.limits import LIMITS
from workflows.engine.events import (
    BUDGET,
    EDIT,
    FAIL,
    RETRY,
    TOOLS,
    Called,
    Cancelled,
    Clear,
    Cleared,
    Command,
    Delivery,
    Dispatch,
    Emitted,
    End,
    Event,
    Failed,
    Finished,
    Halt,
    Held,
    Item,
    Limited,
    Ordered,
    Parked,
    Paused,
    Recall,
    Released,
    Returned,
    Spent,
    Started,
    Stuck,
    Token,
    Wait,
    Woken,
)
from workflows.engine.execution import DONE, PARKED, READY, RUNNING, STUCK, Execution, NodeState
from workflows.engine.plan import Plan, PlanNode
from workflows.engine.tool_calls import leads_back, results_of, tokens_of

#: Dispatches in flight at once: below Temporal's limits, and all of them fit one activation.
IN_FLIGHT_MAX: Final = 50
#: Characters of inline values in one dispatch; what is over it the worker reads from the ledger.
DISPATCH_INLINE_CHARS_MAX: Final = 16_000
#: Failed nodes that a run's reason names.
NAMED_FAILURES_MAX: Final = 20
#: Waiting executions that the end of a run lists.
LISTED_WAITING_MAX: Final = 200
#: Executions that are not over at once: all of them travel when the run continues as new.
OPEN_MAX: Final = 100_000


class Scheduler:
    """The machine of one run."""

    def __init__(self, plan: Plan, in_flight_max: int | None = None) -> None:
        self.plan = plan
        self.in_flight_max = IN_FLIGHT_MAX if in_flight_max is None else in_flight_max
        #: Node executions that may be dispatched before the run asks; those that its children used are `spent`.
        self.executions_max = plan.executions_max
        self.spent = 0
        #: (number, execution or None) of each halt by its key, in the order in which they began.
        self.halts: dict[str, tuple[int, int | None]] = {}
        #: How many of them stop the whole run: thousands of stuck executions are not looked through at each dispatch.
        self.stops = 0
        self.halt_count = 0
        self.nodes = [NodeState.new(len(node.pins)) for node in plan.nodes]
        #: Executions that are not over, or over and not handed on yet, by number.
        self.open: dict[int, Execution] = {}
        self.executions = 0
        self.dispatches = 0
        #: Execution numbers of each dispatch in flight, by its number.
        self.in_flight: dict[int, list[int]] = {}
        #: Nodes that have something ready, in turn.
        self.turn: deque[int] = deque()
        self.is_held = False
        self.ended: End | None = None
        self.error_count = 0
        self.first_error: list[Any] | None = None
        self.unhandled: list[list[Any]] = []
        #: Executions of output nodes that were handed on and that nobody took yet.
        self.outputs: list[int] = []
        self._stop: tuple[str, str] | None = None

    def feed(self, event: Event) -> list[Command]:
        """Take one event in; give what is to be done now. After an End nothing more is asked for."""
        if self.ended is not None:
            return []
        commands: list[Command] = []
        match event:
            case Started(inputs):
                self._start(inputs)
            case Emitted(number, first, upto, deliveries):
                self._hear(number, first, upto, deliveries)
            case Finished() | Failed():
                self._finish(event)
            case Parked():
                self._park(event, commands)
            case Woken(execution, arrivals):
                self._wake(execution, list(arrivals))
            case Returned(executions):
                self._take_back(executions)
            case Held():
                self.is_held = True
            case Released():
                self.is_held = False
            case Cancelled(reason):
                self._stop = ("CANCELLED", reason)
            case _:
                self._control(event, commands)
        self._end_or_dispatch(commands)
        return commands

    def _control(self, event: Event, commands: list[Command]) -> None:
        """Take in what operates the run."""
        match event:
            case Stuck():
                self._get_stuck(event, commands)
            case Ordered(number, order):
                self._order(number, order, commands)
            case Paused():
                self._pause(event, commands)
            case Cleared(key, by, answer):
                self._clear(key, answer, by, commands)
            case Limited():
                self._limit(event, commands)
            case Spent(executions):
                self.spent += executions
            case Called(execution, calls):
                self._call(self._running(execution), calls)

    # Starting and ending

    def _start(self, inputs: dict[str, Token]) -> None:
        for index in self.plan.starts:
            node = self.plan.nodes[index]
            token = inputs.get(node.input_name) if node.input_name is not None else None
            pin = PAYLOAD if node.kind == Kind.WEBHOOK else "value"
            self._queue(index, [(pin, token)] if token is not None else [])

    def _end_or_dispatch(self, commands: list[Command]) -> None:
        if self._stop is not None:
            code, message = self._stop
            self._end("TERMINATED" if code == "CANCELLED" else "FAILED", code, message, commands)
        elif self.open:
            self._dispatch_ready(commands)
        elif self.unhandled:
            named = "; ".join(f"{title} ({node_id}): {message}" for node_id, title, _, message in self.unhandled)
            self._end("FAILED", "NODE_FAILED", f"Nodes failed and their error pins led nowhere: {named}", commands)
        else:
            self._end("COMPLETED", None, None, commands)

    def _end(self, status: str, code: str | None, message: str | None, commands: list[Command]) -> None:
        waiting: list[tuple[int, list[tuple[str, Token]]]] = []
        for index, state in enumerate(self.nodes):
            pins = self.plan.nodes[index].pins
            for slots in state.waiting:
                if len(waiting) < LISTED_WAITING_MAX:
                    filled = [(pin, token) for pin, token in zip(pins, slots, strict=True) if token is not None]
                    waiting.append((index, filled))
        self.ended = End(status, code, None if message is None else shorten(message), waiting)
        commands.append(self.ended)

    # Values in

    def _attach(self, link_index: int, token: Token) -> None:
        """Give a token to its sink: to the oldest waiting execution without that pin, or to a new one."""
        link = self.plan.links[link_index]
        state, pin = self.nodes[link.sink], link.sink_pin
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

    # Executions out

    def _dispatch_ready(self, commands: list[Command]) -> None:
        while self.turn and not self.is_halted and len(self.in_flight) < self.in_flight_max:
            index = self.turn.popleft()
            state, node = self.nodes[index], self.plan.nodes[index]
            items: list[Item] = []
            room = DISPATCH_INLINE_CHARS_MAX
            while state.ready and len(items) < node.batch_max:
                if self._is_beyond_budget(state.ready[0]):
                    self._meet_budget(commands)
                    break
                item, size = self.open[state.ready.popleft()].dispatched(self.dispatches + 1, room)
                items.append(item)
                room -= size
            if state.ready:
                self.turn.append(index)
            if not items:
                continue
            self.dispatches += 1
            self.in_flight[self.dispatches] = [item.execution for item in items]
            commands.append(Dispatch(self.dispatches, index, items))

    def _is_beyond_budget(self, number: int) -> bool:
        """Say whether the budget has no room for an execution; one that was dispatched before is counted already."""
        return number + self.spent > self.executions_max and self.open[number].dispatch == 0

    def _running(self, number: int) -> Execution:
        execution = self.open.get(number)
        if execution is None or execution.state != RUNNING:
            raise EngineFault(f"Execution {number} is not running.")
        return execution

    def _release(self, execution: Execution) -> None:
        """Take an execution out of the dispatch that it was in."""
        members = self.in_flight.get(execution.dispatch, [])
        if execution.number in members:
            members.remove(execution.number)
        if not members:
            self.in_flight.pop(execution.dispatch, None)

    # Results

    def _hear(self, number: int, first: int, upto: int, deliveries: Any) -> None:
        """Take emissions in while their execution runs. An attempt that was replaced may still be heard: what it says is
        in the ledger, so it counts where it fits, and where it does not it will be said again."""
        execution = self.open.get(number)
        if execution is not None and execution.state != DONE and first <= execution.received:
            self._receive(execution, upto, deliveries)

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

    def _finish(self, event: Finished | Failed) -> None:
        execution = self._running(event.execution)
        if event.first > execution.received:
            self._take_back([execution.number])
            return
        self._release(execution)
        execution.state = DONE
        if isinstance(event, Failed):
            execution.is_failed = True
            self._count_failure(self.plan.nodes[execution.node], event)
        self._receive(execution, event.next, event.deliveries)
        if execution.caller is not None:
            self._report(execution.caller[0])

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

    def _park(self, event: Parked, commands: list[Command]) -> None:
        execution = self._running(event.execution)
        if event.first > execution.received:
            self._take_back([execution.number])
            return
        self._release(execution)
        execution.state = PARKED
        execution.wait = event.wait
        execution.arrivals = []
        execution.pending = [news for batch in execution.pending if (news := execution.fresh(batch)) or not batch]
        self._receive(execution, event.next, event.deliveries)
        if event.wait[0] == TOOLS and not execution.is_given_up:
            self._call(execution, event.wait[1])
        elif execution.pending or execution.has_news:
            self._step_on(execution)
        else:
            commands.append(Wait(execution.number, event.wait))

    def _call(self, execution: Execution, calls: Sequence[Any]) -> None:
        """Queue what an execution calls; it waits for all of them, and for nothing that came for an earlier wait."""
        execution.wait, execution.pending = [TOOLS, []], []
        for call, index, arguments in calls:
            tokens = tokens_of(self.plan.nodes[index], self.nodes[index], execution.number, arguments)
            self._queue(index, tokens, [execution.number, call, execution.node])
            execution.wait[1].append([call, self.executions])
        self._report(execution.number)

    def _report(self, caller: int) -> None:
        """Wake an execution where all that it called is over."""
        results = results_of(self.open.get(caller), self.open)
        if results is not None:
            self._wake(caller, [results])

    def _wake(self, number: int, arrivals: list[Any]) -> None:
        execution = self.open.get(number)
        if execution is None or execution.state == DONE:
            return
        news = execution.fresh(arrivals)
        if not news and (arrivals or execution.waits_for_calls):
            return
        execution.pending.append(news)
        if execution.state == PARKED:
            self._step_on(execution)

    def _step_on(self, execution: Execution) -> None:
        execution.arrivals = [arrival for batch in execution.pending for arrival in batch]
        execution.pending = []
        execution.state = READY
        execution.wait = []
        execution.step += 1
        execution.base = execution.received
        execution.is_again = False
        self._make_ready(execution.node, execution.number)

    def _take_back(self, numbers: Any) -> None:
        for number in numbers:
            execution = self._running(number)
            self._release(execution)
            self._again(execution)

    def _again(self, execution: Execution) -> None:
        execution.state = READY
        execution.is_again = True
        self._make_ready(execution.node, execution.number)

    # Halts

    @property
    def is_halted(self) -> bool:
        """Say whether nothing is dispatched: the run drains, or something halts all of it."""
        return self.is_held or self.is_stopped

    @property
    def is_stopped(self) -> bool:
        """Say whether a halt stops the whole run."""
        return self.stops > 0

    def _halt(self, key: str, kind: str, reason: tuple[str, str], execution: int | None, by: int | None) -> Halt:
        self.halt_count += 1
        self.halts[key] = (self.halt_count, execution)
        self.stops += execution is None
        code, message = reason
        return Halt(self.halt_count, key, kind, code, shorten(message), execution, by)

    def _pause(self, event: Paused, commands: list[Command]) -> None:
        if event.key not in self.halts:
            commands.append(self._halt(event.key, event.kind, (event.code, event.message), None, event.by))
        if event.is_hard:
            for number, members in self.in_flight.items():
                if self.plan.nodes[self.open[members[0]].node].is_resumable:
                    commands.append(Recall(number))

    def _clear(self, key: str, answer: str, by: int | None, commands: list[Command]) -> None:
        found = self.halts.pop(key, None)
        if found is not None:
            self.stops -= found[1] is None
            commands.append(Clear(found[0], answer, by))

    def _meet_budget(self, commands: list[Command]) -> None:
        is_last = self.executions_max >= LIMITS.run_executions_max
        remedy = "it cannot be raised: cancel the run" if is_last else "raise it, or cancel the run"
        text = f"The run met its limit of {self.executions_max} node executions: {remedy}."
        if BUDGET not in self.halts:
            commands.append(self._halt(BUDGET, BUDGET, ("BUDGET_EXCEEDED", text), None, None))

    def _limit(self, event: Limited, commands: list[Command]) -> None:
        self.limit(event.executions_max, event.in_flight_max)
        if event.executions_max is not None:
            self._clear(BUDGET, "raise", event.by, commands)

    def limit(self, executions_max: int | None, in_flight_max: int | None) -> None:
        """Set limits; None leaves one as it is. No limit is above the platform's own."""
        if executions_max is not None:
            self.executions_max = min(executions_max, LIMITS.run_executions_max)
        if in_flight_max is not None:
            self.in_flight_max = max(1, min(in_flight_max, IN_FLIGHT_MAX))

    def _get_stuck(self, event: Stuck, commands: list[Command]) -> None:
        execution = self._running(event.execution)
        if event.first > execution.received:
            self._take_back([execution.number])
            return
        self._release(execution)
        self._receive(execution, event.next, event.deliveries)
        if execution.has_news:
            self._again(execution)
            return
        execution.state = STUCK
        reason = (event.code, event.message)
        commands.append(self._halt(stuck_key(execution.number), event.kind, reason, execution.number, None))

    # Orders

    def refusal_of(self, number: int, word: str) -> str | None:
        """Say why an order for an execution cannot be followed; None where it can."""
        execution = self.open.get(number)
        if execution is None or execution.state == DONE or self.ended is not None:
            return "The node execution is over."
        if execution.state == READY and word == RETRY:
            return "The node execution is about to run."
        if execution.state == PARKED and word in (RETRY, EDIT):
            return "The node execution waits; it can be skipped or failed."
        return None

    def _order(self, number: int, order: list[Any], commands: list[Command]) -> None:
        left = [(number, order)]  # calls may be nested deeper than Python's own
        while left:
            number, order = left.pop()
            if self.refusal_of(number, order[0]) is not None:
                continue
            execution = self.open[number]
            execution.orders.append(order)
            if execution.state == STUCK:
                self._clear(stuck_key(number), order[0], order[1], commands)
                self._again(execution)
            elif execution.state == PARKED:
                called = execution.wait[1] if execution.waits_for_calls else ()
                self._step_on(execution)
                left += [(other, [FAIL, order[1]]) for _, other in reversed(called)]
            elif execution.state == RUNNING:
                commands.append(Recall(execution.dispatch))

    # Looking, and lasting

    def take_outputs(self) -> list[int]:
        """Give the executions of output nodes that were handed on since the last time, in that order."""
        taken, self.outputs = self.outputs, []
        return taken

    def is_open(self, execution: int) -> bool:
        """Say whether an execution is not over."""
        return execution in self.open and self.open[execution].state != DONE

    def is_parked(self, execution: int) -> bool:
        """Say whether an execution waits for what comes from outside."""
        return execution in self.open and self.open[execution].state == PARKED

    def is_given_up(self, execution: int) -> bool:
        """Say whether an operator ended an execution, so that what it waited for is wanted no more."""
        return execution in self.open and self.open[execution].is_given_up

    def is_past_its_wait(self, execution: int) -> bool:
        """Say whether an execution that was to wait went on at once, because something had come for it meanwhile."""
        found = self.open.get(execution)
        return found is not None and found.state in (READY, RUNNING) and not found.is_again

    @property
    def parked(self) -> list[tuple[int, list[Any]]]:
        """Give (execution, wait) of each parked execution: after a restore its waits are begun again."""
        return [(e.number, e.wait) for e in self.open.values() if e.state == PARKED]

    @property
    def running(self) -> list[int]:
        """Give the executions that are dispatched: after a restore they are returned."""
        return [e.number for e in self.open.values() if e.state == RUNNING]

    @property
    def stuck(self) -> list[int]:
        """Give the executions that wait for an operator."""
        return [execution for _, execution in self.halts.values() if execution is not None]

    def ready(self, limit: int) -> list[Execution]:
        """Give executions that are ready to be dispatched: the first so many, node by node."""
        return [self.open[number] for number in islice((n for state in self.nodes for n in state.ready), limit)]

    @property
    def ready_count(self) -> int:
        return sum(len(state.ready) for state in self.nodes)

    @property
    def waiting_count(self) -> int:
        return sum(len(state.waiting) for state in self.nodes)

    def to_lists(self, inline_chars_max: int | None = None) -> list[Any]:
        """Give the whole state as plain lists; inline values longer than the bound are left to the ledger."""
        control = [self.executions_max, self.in_flight_max, self.spent, self.halt_count, list(self.halts.items())]
        return [
            [self.executions, self.dispatches, self.is_held, self.error_count, self.first_error, self.unhandled],
            [state.to_lists(inline_chars_max) for state in self.nodes],
            [execution.to_lists(inline_chars_max) for execution in self.open.values()],
            list(self.turn),
            control,
        ]

    @classmethod
    def from_lists(cls, plan: Plan, lists: list[Any]) -> Scheduler:
        """Restore what `to_lists` gave; the lists of a version that knew no halts have no `control`."""
        scheduler = cls(plan)
        counters, nodes, executions, turn, *control = lists
        if control:
            scheduler.executions_max, scheduler.in_flight_max, scheduler.spent, scheduler.halt_count, halts = control[0]
            scheduler.halts = {key: (number, execution) for key, (number, execution) in halts}
            scheduler.stops = sum(execution is None for _, execution in scheduler.halts.values())
        scheduler.executions, scheduler.dispatches, scheduler.is_held = counters[:3]
        scheduler.error_count, scheduler.first_error, scheduler.unhandled = counters[3:]
        scheduler.nodes = [NodeState.from_lists(row) for row in nodes]
        scheduler.open = {row[0]: Execution.from_lists(row) for row in executions}
        scheduler.turn = deque(turn)
        for execution in scheduler.open.values():
            if execution.state == RUNNING:
                scheduler.in_flight.setdefault(execution.dispatch, []).append(execution.number)
        return scheduler


def stuck_key(execution: int) -> str:
    """Give the key of the halt that tells of a stuck execution."""
    return f"node/{execution}"


def _token(execution: int, delivery: Delivery) -> Token:
    return [execution, *delivery]


def _is_handled(node: PlanNode) -> bool:
    return node.is_error_linked or node.on_error == "continue"
