"""Scheduler: the state of one run, with one verb, `feed(event) -> commands`; no Temporal, no clock, no I/O, no values.

How values flow is `workflows.engine.flow`'s matter; here is what runs when.

An execution that is parked (on a timer, a child, a person) keeps its place in the line and is dispatched again, one step
on, when it is woken. One that is stuck keeps its place, too, until an operator says what becomes of it.

A *halt* keeps the whole run from dispatching (an operator's, the budget's), or it tells of one execution that is stuck while
everything else goes on. Each has a key, is told when it begins and when it is cleared, and is cleared one by one.

What survives a crash: `to_lists()` is the whole state. Emissions have sequence numbers, so what is reported twice counts once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
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
    Again,
    Called,
    Cancelled,
    Clear,
    Cleared,
    Command,
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
    Lost,
    Ordered,
    Parked,
    Paused,
    Recall,
    Released,
    Returned,
    Spent,
    Started,
    Stepped,
    Stuck,
    Together,
    Token,
    Wait,
    Woken,
)
from workflows.engine.execution import DONE, PARKED, READY, RUNNING, STUCK, Execution, NodeState
from workflows.engine.fusing import Fusing
from workflows.engine.plan import Plan
from workflows.engine.tool_calls import results_of, tokens_of

#: Dispatches in flight at once: below Temporal's limits, and all of them fit one activation.
IN_FLIGHT_MAX: Final = 50
#: Characters of inline values in one dispatch; what is over it the worker reads from the ledger.
DISPATCH_INLINE_CHARS_MAX: Final = 16_000
#: Part of the window (one in so many) that may be left empty while a batch waits for room.
WINDOW_PART: Final = 4
#: Waiting executions that the end of a run lists.
LISTED_WAITING_MAX: Final = 200


class Scheduler(Fusing):
    """The machine of one run."""

    def __init__(self, plan: Plan, in_flight_max: int | None = None, *, fuses_nodes: bool = True) -> None:
        super().__init__(plan, fuses_nodes=fuses_nodes)
        self.in_flight_max = IN_FLIGHT_MAX if in_flight_max is None else in_flight_max
        #: (number, execution or None) of each halt by its key, in the order in which they began.
        self.halts: dict[str, tuple[int, int | None]] = {}
        #: How many of them stop the whole run: thousands of stuck executions are not looked through at each dispatch.
        self.stops = 0
        self.halt_count = 0
        #: Execution numbers of each dispatch in flight, by its number.
        self.in_flight: dict[int, list[int]] = {}
        #: How many of them share one with others and count by themselves: see `PlanNode.is_batch_of_effects`.
        self.sharing = 0
        self.is_held = False
        self.ended: End | None = None

    def feed(self, event: Event) -> list[Command]:
        """Take one event in; give what is to be done now. After an End nothing more is asked for."""
        if self.ended is not None:
            return []
        commands: list[Command] = []
        for one in event.events if isinstance(event, Together) else [event]:
            if not self._is_late(one):
                self._take(one, commands)
        self._end_or_dispatch(commands)
        return commands

    def _take(self, event: Event, commands: list[Command]) -> None:
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
            case Returned(executions, dispatch):
                self._take_back(one for one in executions if not dispatch or self._is_in(one, dispatch))
            case Again(execution):
                self._put_apart(self._running(execution))
            case Held():
                self.is_held = True
            case Released():
                self.is_held = False
            case Cancelled(reason):
                self._stop = ("CANCELLED", reason)
            case _:
                self._control(event, commands)

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
            case Stepped(region, result):
                out = self._take_in(region, result)
                for number, order in () if out is None else out.orders:
                    self._order(number, order, commands)
            case Lost(region):
                if region in self.regions.out:
                    self.regions.out[region].dispatch = 0

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

    # Executions out

    def _dispatch_ready(self, commands: list[Command]) -> None:
        for out in self.regions.out.values():
            if not out.dispatch and self._has_window and not self.regions.is_crowded:
                self._dispatch_region(out, self._part_of(out.region), commands)
        waiting: list[int] = []
        while self.turn and self._has_window:
            index = self.turn.popleft()
            if self._is_beyond_budget(self.nodes[index].ready[0]):
                # What is out may not need all the room that it was given.
                waiting.append(index)
                if not self.regions.out:
                    self._meet_budget(commands)
                continue
            if not self._is_worth_it(index):
                waiting.append(index)
                continue
            region = self.regions.region_of(index)
            if region is not None and self.regions.is_crowded:
                waiting.append(index)
                continue
            if region is None or not self._take_out(region, commands):
                self._dispatch(index, commands)
        self.turn.extend(waiting)

    @property
    def _has_window(self) -> bool:
        return not self.is_halted and self._window > 0

    @property
    def _window(self) -> int:
        """Give how many more may be in flight."""
        return self.in_flight_max - len(self.in_flight) - self.sharing - self.regions.in_flight

    def _is_worth_it(self, index: int) -> bool:
        """Say whether a dispatch of what is ready of a node is worth its cost. Where the window is nearly full, a batch of effects
        waits for room while others of its node are out: else each that ends would be followed by a dispatch of one, for good."""
        node, ready = self.plan.nodes[index], self.nodes[index].ready
        if not node.is_batch_of_effects or self.open[ready[0]].is_apart:
            return True
        enough = min(len(ready), node.batch_max // 2, max(1, self.in_flight_max // WINDOW_PART))
        if self._window >= enough:
            return True
        return all(self.open[members[0]].node != index for members in self.in_flight.values())

    def _dispatch(self, index: int, commands: list[Command]) -> None:
        """Dispatch what is ready of a node, as many executions as may share a dispatch."""
        state, node = self.nodes[index], self.plan.nodes[index]
        items: list[Item] = []
        room = DISPATCH_INLINE_CHARS_MAX
        size_max = min(node.batch_max, self._window) if node.is_batch_of_effects else node.batch_max
        while state.ready and len(items) < size_max:
            execution = self.open[state.ready[0]]
            if self._is_beyond_budget(execution.number) or (execution.is_apart and items):
                break
            state.ready.popleft()
            self.begun += execution.dispatch == 0
            item, size = execution.dispatched(self.dispatches + 1, room)
            items.append(item)
            room -= size
            if execution.is_apart:
                break
        if state.ready:
            self.turn.append(index)
        if items:
            self.dispatches += 1
            self.in_flight[self.dispatches] = [item.execution for item in items]
            self.sharing += len(items) - 1 if node.is_batch_of_effects else 0
            commands.append(Dispatch(self.dispatches, index, items))

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
            if members and self.plan.nodes[execution.node].is_batch_of_effects:
                self.sharing -= 1
        if not members:
            self.in_flight.pop(execution.dispatch, None)

    # Results

    def _is_late(self, event: Event) -> bool:
        """Say whether it is of a dispatch that the execution is in no more: it was told before, or another has it."""
        match event:
            case Finished() | Failed() | Parked() | Stuck() | Again():
                return bool(event.dispatch) and not self._is_in(event.execution, event.dispatch)
        return False

    def _is_in(self, number: int, dispatch: int) -> bool:
        execution = self.open.get(number)
        return execution is not None and execution.state == RUNNING and execution.dispatch == dispatch

    def _hear(self, number: int, first: int, upto: int, deliveries: Any) -> None:
        """Take emissions in while their execution runs. An attempt that was replaced may still be heard: what it says is
        in the ledger, so it counts where it fits, and where it does not it will be said again."""
        execution = self.open.get(number)
        if execution is None or self.regions.is_out(execution.node):
            return
        if execution.state != DONE and first <= execution.received:
            self._receive(execution, upto, deliveries)

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

    def _put_apart(self, execution: Execution) -> None:
        self._release(execution)
        execution.is_apart = True
        self._again(execution)

    def _again(self, execution: Execution) -> None:
        execution.state = READY
        execution.is_again = execution.is_alone = True
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
        if self.regions.is_out(execution.node):
            return "The node execution is running, together with others."
        if execution.state == READY and word == RETRY:
            return "The node execution is about to run."
        if execution.state == PARKED and word in (RETRY, EDIT):
            return "The node execution waits; it can be skipped or failed."
        return None

    def _order(self, number: int, order: list[Any], commands: list[Command]) -> None:
        left = [(number, order)]  # calls may be nested deeper than Python's own
        while left:
            number, order = left.pop()
            if number in self.open and (out := self.regions.out.get(self.regions.of_node[self.open[number].node])):
                out.orders.append([number, order])
                continue
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
                self._call_back(execution, commands)

    def _call_back(self, execution: Execution, commands: list[Command]) -> None:
        """Have an execution that runs come back. The others of a batch of effects go on: what the one still does in it, its fence
        refuses."""
        if self.plan.nodes[execution.node].is_batch_of_effects and len(self.in_flight[execution.dispatch]) > 1:
            self._put_apart(execution)
        else:
            commands.append(Recall(execution.dispatch))

    # Looking, and lasting

    @property
    def is_busy(self) -> bool:
        """Say whether something is dispatched."""
        return bool(self.in_flight or self.regions.out)

    def is_batch_of_effects(self, dispatch: int) -> bool:
        """Say whether executions of a dispatch in flight run beside one another."""
        members = self.in_flight.get(dispatch, [])
        return any(self.plan.nodes[self.open[number].node].is_batch_of_effects for number in members[:1])

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

    def to_lists(self, inline_chars_max: int | None = None) -> list[Any]:
        """Give the whole state as plain lists; inline values longer than the bound are left to the ledger."""
        control = [self.executions_max, self.in_flight_max, self.spent, self.halt_count, list(self.halts.items())]
        fused = [self.regions.to_lists(inline_chars_max), self.begun, self.unused]
        return [
            [self.executions, self.dispatches, self.is_held, self.error_count, self.first_error, self.unhandled],
            [state.to_lists(inline_chars_max) for state in self.nodes],
            [execution.to_lists(inline_chars_max) for execution in self.open.values()],
            list(self.turn),
            control,
            *([fused] if self.regions.members else []),
        ]

    @classmethod
    def from_lists(cls, plan: Plan, lists: list[Any]) -> Scheduler:
        """Restore what `to_lists` gave; the lists of a version that knew no halts have no `control`, those of a run that fuses no
        nodes no `fused`."""
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
        scheduler.begun = scheduler.executions - sum(one.dispatch == 0 for one in scheduler.open.values())
        if len(control) > 1:
            regions, scheduler.begun, scheduler.unused = control[1]
            scheduler.regions.restore(regions)
        for execution in scheduler.open.values():
            if execution.state == RUNNING:
                members = scheduler.in_flight.setdefault(execution.dispatch, [])
                scheduler.sharing += bool(members) and plan.nodes[execution.node].is_batch_of_effects
                members.append(execution.number)
        return scheduler


def stuck_key(execution: int) -> str:
    """Give the key of the halt that tells of a stuck execution."""
    return f"node/{execution}"
