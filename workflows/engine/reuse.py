"""Reuse: what a run takes over from the one that it continues; pure, it reads no row and starts nothing.

The new run's own scheduler is fed, before the run exists, with what the old one recorded. For each execution that the scheduler
asks for, an execution of the old run is looked for that ended well, that nothing took over yet, and whose *key* is equal: the
node, its configuration (block, constants, contract, pinned output) and its input as its block got it. Where there is one, its
emissions are handed on as if it had run now; where there is none, the execution stays ready. What remains is the scheduler's
state with which the new run begins: its *seed*. So nothing that is taken over costs an event of Temporal's history.

Recorded executions are given in the order in which they ended, and are handed on in it: where two links race for one pin, the
race goes as it went. Values that stand elsewhere are compared by their handles. Secrets are not in records, so an input that
brought one by a link cannot be compared, and its node runs again; references to credentials are compared by what they refer to.

What a node called as tools is taken over with it, all of it or none: the model that called them has their results in its answer.
A caller that failed goes on behind its last round, where all that it called is over and may be taken over: it is ready one step
on, with what it had said until then.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from typing import Any, Final

from schema.block import BlockSpec, Kind
from schema.errors import LimitExceeded
from schema.graph import Node
from schema.limits import LIMITS
from schema.pins import NOTHING, base_name, select
from schema.values import encode
from workflows.engine.continuation import (
    BEHIND,
    CHOSEN,
    CONFIGURATION_CHANGED,
    EDITED,
    FAILED,
    INPUT_CHANGED,
    NOT_RECORDED,
    REASONS,
    SECRET_INPUT,
    Continuation,
    Outlook,
    Source,
    Target,
    Wish,
    Written,
)
from workflows.engine.deliveries import deliveries_of
from workflows.engine.events import (
    TOOLS,
    Called,
    Command,
    Delivery,
    Dispatch,
    Emitted,
    Failed,
    Finished,
    Held,
    Item,
    Returned,
    Started,
    Token,
)
from workflows.engine.plan import Plan
from workflows.engine.recorded import Kept, Recorded, from_row, is_merged, is_unchanged, key_of, prepared
from workflows.engine.scheduler import IN_FLIGHT_MAX, Scheduler
from workflows.engine.tool_calls import ROUND

#: While nothing runs, nothing bounds what is asked for at once; the scheduler itself bounds what is open.
_UNBOUNDED: Final = 2**31
#: JSON characters of a seed from which inline values are left to the ledger, and beyond which Temporal would not take it.
SEED_CHARS_MAX: Final = 256_000
SEED_INLINE_CHARS_MAX: Final = 24
SEED_BYTES_MAX: Final = 1_500_000


def continue_run(source: Source, target: Target, wish: Wish) -> Continuation:
    """Say what a run takes over from another; raise LimitExceeded where its state would be too large to begin with."""
    simulation = _Simulation(source, target, wish)
    simulation.run()
    return Continuation(
        seed=simulation.seed(),
        reused=simulation.reused,
        written=simulation.written,
        nodes=simulation.outlooks(),
        going_on=[(new, one.old, one.upto) for new, one in simulation.going_on.items()],
        lacking=[node.id for node in source.plan.nodes if node.id not in target.nodes],
        unused=[key for key in wish.outputs if key not in simulation.used_outputs],
    )


def wanted_handles(source: Sequence[Recorded], target: Target) -> list[Mapping[str, Any]]:
    """Give the handles whose values are needed to compare inputs: parts are taken of them, or they are merged or coerced."""
    plan = target.plan
    index_of = {node.id: index for index, node in enumerate(plan.nodes)}
    found: dict[str, Mapping[str, Any]] = {}
    for recorded in source:
        index = index_of.get(recorded.node_id)
        for pin, kept in recorded.emissions if index is not None else ():
            if kept.handle is not None and any(
                _needs_value(target, link, pin, kept.handle) for link in plan.links_from[index or 0]
            ):
                found[kept.handle["id"]] = kept.handle
        if recorded.failure is not None and index is not None:
            rounds = [kept.handle for pin, kept in recorded.emissions if pin == ROUND and kept.handle is not None]
            found.update({handle["id"]: handle for handle in rounds[-1:]})
    return list(found.values())


def _needs_value(target: Target, link_index: int, pin: str, handle: Mapping[str, Any]) -> bool:
    link = target.plan.links[link_index]
    if link.source_name != pin:
        return base_name(link.source_name) == base_name(pin)
    sink = target.plan.nodes[link.sink]
    spec = target.specs[target.nodes[sink.id].block_id]
    name = sink.pins[link.sink_pin]
    others = {*sink.pins, *target.nodes[sink.id].input_default}
    return is_merged(name, others) or not is_unchanged(spec, name, handle)


def nodes_behind(plan: Plan, node_ids: Iterable[str]) -> frozenset[str]:
    """Give the nodes that links lead to from these, however far, and these where a cycle leads back."""
    index_of = {node.id: index for index, node in enumerate(plan.nodes)}
    found: set[int] = set()
    waiting = [index_of[node_id] for node_id in node_ids if node_id in index_of]
    while waiting:
        for link in plan.links_from[waiting.pop()]:
            sink = plan.links[link].sink
            if sink not in found:
                found.add(sink)
                waiting.append(sink)
    return frozenset(plan.nodes[index].id for index in found)


@dataclass(frozen=True)
class _GoingOn:
    """How a caller that had failed goes on: the step, the emissions that stand, and the calls that it is given the results of."""

    old: int
    step: int
    upto: int
    #: (call id, old execution).
    calls: Sequence[tuple[str, int]]


class _Unknown(Exception):
    """A value that was not fetched is needed."""


class _Simulation:
    """The new run as far as the old one's records carry it."""

    def __init__(self, source: Source, target: Target, wish: Wish) -> None:
        self.source, self.target, self.wish = source, target, wish
        self.plan = target.plan
        self.index_of = {node.id: index for index, node in enumerate(self.plan.nodes)}
        self.scheduler = Scheduler(self.plan, in_flight_max=_UNBOUNDED, fuses_nodes=False)
        self.scheduler.executions_max = _UNBOUNDED
        self.behind = nodes_behind(self.plan, wish.chosen | wish.edited)
        self.reused: list[tuple[int, int, int, list[Any] | None]] = []
        self.written: list[Written] = []
        self.used_outputs: set[tuple[str, int | None]] = set()
        #: What each execution of the new run has given; 0 has the run's inputs.
        self.given: dict[int, Sequence[tuple[str, Kept]]] = {
            0: [(name, Kept(value)) for name, value in target.inputs],
        }
        #: Executions that are over and not handed on: (place in the order of ending, number, deliveries); None in the place of
        #: deliveries: it calls its tools.
        self.over: list[tuple[float, int, list[Delivery] | None]] = []
        #: What each recorded execution called, and for one that was taken over, by its number.
        self.called: defaultdict[int, list[tuple[int, Recorded]]] = defaultdict(list)
        self.calls: dict[int, list[tuple[int, Recorded]]] = {}
        self.failures: dict[int, tuple[str, str]] = {}
        self.going_on: dict[int, _GoingOn] = {}
        self.reasons: defaultdict[str, set[str]] = defaultdict(set)
        self.ready: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.refusals = {node.id: self._refusal_of(node.id) for node in self.plan.nodes}
        #: Of those that ended well, and of callers that failed.
        self.candidates: defaultdict[Any, deque[tuple[int, Recorded]]] = defaultdict(deque)
        self.broken: defaultdict[Any, deque[tuple[int, Recorded]]] = defaultdict(deque)
        self._sort()

    # What may be taken over

    def _refusal_of(self, node_id: str) -> str | None:
        """Say why no execution of a node may be taken over; None where some may."""
        if self.wish.is_fresh or node_id in self.wish.chosen:
            return CHOSEN
        if node_id in self.wish.edited:
            return EDITED
        if node_id in self.behind:
            return BEHIND
        if node_id not in self.source.nodes:
            return NOT_RECORDED
        if self._configuration(self.source.plan, self.source.nodes, node_id) != self._configuration(
            self.plan, self.target.nodes, node_id
        ):
            return CONFIGURATION_CHANGED
        return SECRET_INPUT if self._has_secret_input(node_id) else None

    @staticmethod
    def _configuration(plan: Plan, nodes: Mapping[str, Node], node_id: str) -> list[Any]:
        node = nodes[node_id]
        routed = next(one for one in plan.nodes if one.id == node_id)
        pinned = node.pinned_output if routed.is_pinned else None
        return [node.block_id, node.input_default, routed.contract, pinned]

    def _has_secret_input(self, node_id: str) -> bool:
        """Say whether something else than the node's own constant brings a secret."""
        spec = self._spec(node_id)
        brought = {
            pin
            for plan in (self.plan, self.source.plan)
            for node in plan.nodes
            if node.id == node_id
            for pin in node.pins
        }
        for masks in (self.target.masks, self.source.masks):
            brought |= masks.get(node_id, {}).keys()
        return any(spec.is_secret(pin) for pin in brought)

    def _sort(self) -> None:
        """Sort what was recorded: by what called it, or by what may take it over."""
        for place, recorded in enumerate(self.source.recorded):
            if recorded.caller is not None:
                self.called[recorded.caller[0]].append((place, recorded))
            elif recorded.node_id in self.refusals and self.refusals[recorded.node_id] is None:
                spec = self._spec(recorded.node_id)
                inputs: dict[str, Kept] | None = {pin: from_row(row) for pin, row in recorded.inputs.items()}
                if recorded.is_raw:
                    inputs = prepared(spec, inputs or {})
                if inputs is not None:
                    found = self.candidates if recorded.failure is None else self.broken
                    found[recorded.node_id, key_of(spec, inputs)].append((place, recorded))

    def _spec(self, node_id: str) -> BlockSpec:
        return self.target.specs[self.target.nodes[node_id].block_id]

    # The run

    def run(self) -> None:
        inputs = {name: _input_token(number, value) for number, (name, value) in enumerate(self.target.inputs)}
        self._obey(self.scheduler.feed(Started(inputs)))
        while self.over:
            _, number, deliveries = heappop(self.over)
            count = len(self.given[number])
            if deliveries is None:
                self._obey(self.scheduler.feed(Called(number, self._calls_of(number))))
            elif number in self.going_on:
                self._obey(self.scheduler.feed(Emitted(number, 0, count, deliveries)))
            elif number in self.failures:
                self._obey(self.scheduler.feed(Failed(number, 0, count, deliveries, *self.failures[number])))
            else:
                self._obey(self.scheduler.feed(Finished(number, 0, count, deliveries)))
        ended = self.scheduler.ended
        if ended is not None and ended.code is not None:
            raise LimitExceeded(f"The run cannot be continued: {ended.message}")

    def _obey(self, commands: Sequence[Command]) -> None:
        for command in commands:
            if isinstance(command, Dispatch):
                for item in command.items:
                    if item.caller is None:
                        self._place(command.node, item)
                    else:
                        self._place_called(command.node, item, item.caller)

    def _place(self, node: int, item: Item) -> None:
        """Take an execution over, give it what somebody wrote for it, or leave it to run."""
        node_id = self.plan.nodes[node].id
        inputs = self._inputs_of(node, item)
        wished = next((key for key in ((node_id, item.ordinal), (node_id, None)) if key in self.wish.outputs), None)
        if wished is not None:
            self.used_outputs.add(wished)
            emissions = self.wish.outputs[wished]
            shown = {pin: kept for pin, kept in (inputs or {}).items() if not self._spec(node_id).is_secret(pin)}
            self.written.append(Written(item.execution, node_id, item.ordinal, shown, emissions))
            self._end(-1, node, item.execution, emissions)
        elif not self._take_over(node, item, inputs):
            self._go_on(node, item, inputs)
            self.ready[node_id] += 1
            self.reasons[node_id].add(self._reason(node_id, item.ordinal))

    def _take_over(self, node: int, item: Item, inputs: Mapping[str, Kept] | None) -> bool:
        node_id = self.plan.nodes[node].id
        if inputs is None or self.refusals[node_id] is not None:
            return False
        key = key_of(self._spec(node_id), inputs)
        candidates = None if key is None else self.candidates.get((node_id, key))
        if not candidates:
            return False
        place, recorded = candidates[0]
        if not self._are_taken_over(self._called_below(recorded.execution)):
            return False
        try:
            self._end(place, node, item.execution, recorded.emissions)
        except _Unknown:
            return False
        candidates.popleft()
        self._count(node_id, item, recorded)
        self._call(place, item.execution, recorded)
        return True

    def _go_on(self, node: int, item: Item, inputs: Mapping[str, Kept] | None) -> None:
        """Have a caller that had failed go on behind its last round, if it can: with what it called, and with what it had said."""
        node_id = self.plan.nodes[node].id
        key = None if inputs is None or self.refusals[node_id] is not None else key_of(self._spec(node_id), inputs)
        candidates = None if key is None else self.broken.get((node_id, key))
        if not candidates:
            return
        place, recorded = candidates[0]
        last, called = recorded.last_round(), self._called_below(recorded.execution)
        if last is None or not self._are_taken_over(called):
            return
        upto, calls = last
        # In the order of their numbers: where two rounds have a call of one name, the last counts.
        by_call = {
            one.caller[1]: one
            for _, one in sorted(called, key=_number)
            if one.caller and one.caller[0] == recorded.execution
        }
        try:
            going_on = _GoingOn(
                recorded.execution, recorded.step, upto, [(call, by_call[call].execution) for call in calls]
            )
            self._end(place, node, item.execution, recorded.emissions[:upto])
        except (_Unknown, KeyError):  # Where a call of the round was not over when the run ended.
            return
        candidates.popleft()
        self.going_on[item.execution] = going_on
        self._call(place, item.execution, recorded)

    def _are_taken_over(self, called: Sequence[tuple[int, Recorded]]) -> bool:
        """Say whether all of what was called may be taken over; what failed so that its run had to stop may not."""
        for _, one in called:
            if self.refusals.get(one.node_id, NOT_RECORDED) is not None:
                return False
            index = self.index_of[one.node_id]
            if one.failure is not None and self.plan.nodes[index].on_error == "stop":
                return False
            try:
                self._deliveries(index, one.emissions)
            except _Unknown:
                return False
        return True

    def _called_below(self, execution: int) -> list[tuple[int, Recorded]]:
        """Give what a recorded execution called, what that called, and so on."""
        below = list(self.called[execution])
        for _, one in below:
            below += self.called[one.execution]
        return below

    def _call(self, place: int, number: int, recorded: Recorded) -> None:
        """Have an execution that was taken over call what it called, before any of that, and itself, ended."""
        called = self.called[recorded.execution]
        if called:
            self.calls[number] = called
            heappush(self.over, (min(place, called[0][0]) - 0.5, number, None))

    def _count(self, node_id: str, item: Item, recorded: Recorded) -> None:
        self.reused.append((item.execution, recorded.execution, item.ordinal, item.caller))
        self.counts[node_id] += 1

    def _calls_of(self, number: int) -> list[list[Any]]:
        """Give what an execution that was taken over called, by the places of what was recorded."""
        return [[str(place), self.index_of[one.node_id], []] for place, one in self.calls[number]]

    def _place_called(self, node: int, item: Item, caller: list[Any]) -> None:
        """Take over what was called."""
        place, recorded = next(one for one in self.calls[caller[0]] if str(one[0]) == caller[1])
        caller[1] = (recorded.caller or caller)[1]
        if recorded.failure is not None:
            self.failures[item.execution] = recorded.failure
        self._end(place, node, item.execution, recorded.emissions)
        self._count(self.plan.nodes[node].id, item, recorded)
        self._call(place, item.execution, recorded)

    def _end(self, place: int, node: int, execution: int, emissions: Sequence[tuple[str, Kept]]) -> None:
        """Have an execution end with these emissions; raise _Unknown where a part of one that is not here is needed."""
        deliveries = self._deliveries(node, emissions)
        self.given[execution] = emissions
        heappush(self.over, (place, execution, deliveries))

    def _deliveries(self, node: int, emissions: Sequence[tuple[str, Kept]]) -> list[Delivery]:
        return [
            delivery
            for sequence, (pin, kept) in enumerate(emissions)
            for delivery, _ in deliveries_of(self.plan, node, (sequence, pin, kept.size), partial(_known, kept))
        ]

    def _reason(self, node_id: str, ordinal: int) -> str:
        refusal = self.refusals[node_id]
        if refusal is not None:
            return refusal
        if (node_id, ordinal) in self.source.failed:
            return FAILED
        is_left = any(key[0] == node_id and left for key, left in self.candidates.items())
        return INPUT_CHANGED if is_left else NOT_RECORDED

    # Inputs

    def _inputs_of(self, node: int, item: Item) -> dict[str, Kept] | None:
        """Give an execution's input as its block gets it; None where that takes a value that was not fetched."""
        plan_node = self.plan.nodes[node]
        own = self.target.nodes[plan_node.id]
        raw = {pin: Kept(value) for pin, value in own.input_default.items()}
        for pin, token in item.tokens:
            kept = self._value_of(token)
            if kept is None:
                return None
            if not (kept.value is None and plan_node.kind == Kind.INPUT and token[0] == 0):
                raw[pin] = kept
        raw |= {pin: Kept(value) for pin, value in self.target.masks.get(plan_node.id, {}).items()}
        return prepared(self._spec(plan_node.id), raw)

    def _value_of(self, token: Token) -> Kept | None:
        pin, kept = self.given[token[0]][token[1]]
        if token[2] < 0:
            return kept
        link = self.plan.links[token[2]]
        if link.source_name == pin:
            return kept
        if kept.value is NOTHING:
            return None
        sink = self.plan.nodes[link.sink]
        taken = select(pin, kept.value, link.source_name, sink.id, sink.pins[link.sink_pin])
        return None if taken is NOTHING else Kept(taken)

    # What remains

    def seed(self) -> list[Any]:
        """Give the state with which the new run begins: what was not taken over is ready, and was never dispatched."""
        scheduler = self.scheduler
        running = sorted(scheduler.running)
        scheduler.feed(Held())
        scheduler.feed(Returned(running))
        for number in running:
            scheduler.open[number].is_again = scheduler.open[number].is_alone = False
            scheduler.open[number].dispatch = 0
        new_of = {old: new for new, old, *_ in self.reused}
        for number, one in self.going_on.items():
            execution = scheduler.open[number]
            execution.step, execution.base = one.step, one.upto
            execution.arrivals = [[TOOLS, [[call, new_of[old]] for call, old in one.calls]]]
        scheduler.in_flight_max = IN_FLIGHT_MAX
        scheduler.executions_max = self.plan.executions_max
        # What was taken over costs nothing of the budget.
        scheduler.spent = -len(self.reused)
        lists = scheduler.to_lists()
        if len(str(lists)) > SEED_CHARS_MAX:
            lists = scheduler.to_lists(SEED_INLINE_CHARS_MAX)
        if len(encode(lists)) > SEED_BYTES_MAX:
            raise LimitExceeded("So much waits where the run would go on that it cannot be continued: begin it anew.")
        return lists

    def outlooks(self) -> list[Outlook]:
        """Give what becomes of each node. Behind one that runs again, nobody knows yet what will be asked for."""
        recorded = Counter(one.node_id for one in self.source.recorded if one.failure is None)
        recorded.update(node_id for node_id, _ in self.source.failed)
        written = Counter(one.node_id for one in self.written)
        later = nodes_behind(self.plan, [node_id for node_id, count in self.ready.items() if count])
        rows = []
        for node in self.plan.nodes:
            reasons = set(self.reasons[node.id])
            if not reasons and node.id in later:
                reasons.add(self.refusals[node.id] or BEHIND)
            ordered = tuple(reason for reason in REASONS if reason in reasons)
            counts = (self.counts[node.id], written[node.id], self.ready[node.id], recorded[node.id])
            rows.append(Outlook(node.id, node.title, *counts, ordered))
        return rows


def _number(row: tuple[int, Recorded]) -> int:
    return row[1].execution


def _known(kept: Kept) -> Any:
    if kept.value is NOTHING:
        raise _Unknown
    return kept.value


def _input_token(number: int, value: Any) -> Token:
    kept = Kept(value)
    return [0, number, -1, value] if kept.size <= LIMITS.value_inline_bytes_max else [0, number, -1]
