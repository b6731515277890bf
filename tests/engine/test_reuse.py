"""What a run takes over from the one that it continues: on random graphs, and point by point."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest

from schema.block import BlockSpec
from schema.graph import Node
from schema.limits import LIMITS
from schema.pins import NOTHING
from schema.values import encode, make_handle
from tests.engine.graphs import behave, make_plan, random_plan
from tests.engine.world import Outcome, World
from workflows.engine.continuation import Continuation, Source, Target, Wish
from workflows.engine.events import Dispatch, Halt, Released
from workflows.engine.plan import Plan
from workflows.engine.recorded import Kept, Recorded
from workflows.engine.reuse import continue_run, nodes_behind, wanted_handles
from workflows.engine.scheduler import IN_FLIGHT_MAX, Scheduler

BLOCK = BlockSpec(id="block", name="Block", has_dynamic_inputs=True, has_dynamic_outputs=True)
SEEDS = range(150)


def nodes_of(plan: Plan, **constants: Mapping[str, Any]) -> dict[str, Node]:
    return {
        node.id: Node(id=node.id, block_id="block", input_default=dict(constants.get(node.id, {})))
        for node in plan.nodes
    }


def target_of(plan: Plan, **changes: Any) -> Target:
    return Target(**{"plan": plan, "nodes": nodes_of(plan), "specs": {"block": BLOCK}, **changes})


@dataclass
class Continued(World):
    """A world that goes on where another one's records end. `ran` counts what it ran itself."""

    began: Continuation | None = None
    ran: Counter[int] = field(default_factory=Counter)

    def go_on(self, source: World) -> Continued:
        assert self.began is not None
        for new, old, ordinal, _ in self.began.reused:
            rows = {key: row for key, row in source.ledger.items() if key[0] == old}
            self.ledger.update({(new, sequence): row for (_, sequence), row in rows.items()})
            node, old_ordinal = source.places[old]
            self.seen[node, ordinal] = source.seen[node, old_ordinal]
        self.scheduler = Scheduler.from_lists(self.plan, orjson.loads(orjson.dumps(self.began.seed)))
        self.pending = []
        self._feed(Released())
        while self.ended is None:
            position = self.choice.randrange(len(self.pending))
            for event in self.pending.pop(position)():
                self._feed(event)
        return self

    def _work(self, node: int, items: list[Any]) -> None:
        self.ran[node] += len([item for item in items if item.step == 0 and not item.is_again])
        super()._work(node, items)


class Recording(World):
    """A world that remembers which executions it had, and in which order they ended."""

    def run(self) -> Recording:
        #: Execution -> (node, ordinal).
        self.places: dict[int, tuple[int, int]] = {}
        self.order: list[int] = []
        self.failed: set[tuple[str, int]] = set()
        super().run()
        return self

    def _work(self, node: int, items: list[Any]) -> None:
        self.places.update({item.execution: (node, item.ordinal) for item in items})
        super()._work(node, items)

    def _feed(self, event: Any) -> None:
        kind = type(event).__name__
        if kind in ("Finished", "Failed") and event.execution not in self.order:
            node, ordinal = self.places[event.execution]
            if kind == "Failed":
                self.failed.add((self.plan.nodes[node].id, ordinal))
            else:
                self.order.append(event.execution)
        super()._feed(event)

    def source(self, upto: int | None = None) -> Source:
        """Give what it recorded; only the first `upto` that ended, where the rest had not when it was continued."""
        rows = []
        for execution in self.order[:upto]:
            node, ordinal = self.places[execution]
            inputs, _ = self.seen[node, ordinal]
            said = [self.ledger[key] for key in sorted(self.ledger) if key[0] == execution]
            kept = {pin: {"value": value} for pin, value in inputs.items()}
            emissions = [(pin, Kept(value)) for pin, value in said]
            rows.append(Recorded(execution, self.plan.nodes[node].id, ordinal, kept, emissions))
        return Source(self.plan, nodes_of(self.plan), rows, frozenset(self.failed))


def recording(seed: int, plan: Plan | None = None, behaviour: Any = None) -> Recording:
    plan = plan or random_plan(seed)
    return Recording(plan, behaviour or behave(seed), random.Random(f"recorded {seed}")).run()


def continued(old: Recording, began: Continuation, plan: Plan | None = None, behaviour: Any = None) -> Continued:
    world = Continued(
        plan or old.plan, behaviour or old.behaviour, random.Random(f"continued {began.seed}"), began=began
    )
    return world.go_on(old)


def ran(old: Recording) -> Counter[int]:
    return Counter(node for node, _ in old.seen)


# On random graphs


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_that_is_continued_anywhere_gives_what_a_fresh_one_gives(seed: int) -> None:
    old = recording(seed)
    upto = random.Random(seed).randint(0, len(old.order))
    began = continue_run(old.source(upto), target_of(old.plan), Wish())
    assert continued(old, began).result() == old.result()


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_runs_that_could_be_taken_over(seed: int) -> None:
    old = recording(seed)
    began = continue_run(old.source(), target_of(old.plan), Wish())
    new = continued(old, began)
    again = {node for node, count in new.ran.items() if count}
    names = {old.plan.nodes[node].id for node in again}
    broken = {node_id for node_id, _ in old.failed}
    # What runs is what failed, and what waits behind it: nobody knows what that will be given.
    assert names <= broken | nodes_behind(old.plan, broken)
    assert len(began.reused) + sum(new.ran.values()) == sum(ran(old).values())
    if not broken:
        assert not again
        assert len(began.reused) == len(old.order)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_taken_over_that_is_chosen_or_behind_it(seed: int) -> None:
    old = recording(seed)
    chosen = random.Random(seed).choice([node.id for node in old.plan.nodes])
    began = continue_run(old.source(), target_of(old.plan), Wish(chosen=frozenset({chosen})))
    again = nodes_behind(old.plan, [chosen]) | {chosen}
    taken = {node_id for node_id, count in ((row.node_id, row.reused) for row in began.nodes) if count}
    assert not taken & again
    new = continued(old, began)
    assert new.result() == old.result()
    index_of = {node.id: index for index, node in enumerate(old.plan.nodes)}
    assert all(new.ran[index_of[node_id]] == ran(old)[index_of[node_id]] for node_id in again)


@pytest.mark.parametrize("seed", range(40))
def test_a_fresh_wish_takes_nothing_over(seed: int) -> None:
    old = recording(seed)
    began = continue_run(old.source(), target_of(old.plan), Wish(is_fresh=True))
    assert began.reused == []
    assert continued(old, began).result() == old.result()


# Point by point

#: 0 feeds 1, which feeds 2; 3 stands alone.
CHAIN = make_plan([{}, {}, {}, {}], [(0, "a", 1, "x", False), (1, "a", 2, "x", False)])


def passing(node: int, inputs: Mapping[str, Any], step: int) -> Outcome:
    return Outcome([("a", inputs.get("x", node))])


def outlooks(began: Continuation) -> dict[str, tuple[int, int, tuple[str, ...]]]:
    return {row.node_id: (row.reused, row.ready, row.reasons) for row in began.nodes}


def test_a_run_that_is_taken_over_whole_ends_at_once() -> None:
    old = recording(0, CHAIN, passing)
    began = continue_run(old.source(), target_of(CHAIN), Wish())
    new = continued(old, began)
    assert new.ended is not None
    assert (new.ended.status, sum(new.ran.values())) == ("COMPLETED", 0)
    assert outlooks(began) == {f"n{i}": (1, 0, ()) for i in range(4)}


def test_what_runs_again_says_why() -> None:
    old = recording(0, CHAIN, passing)
    source = replace(old.source(), failed=frozenset())
    chosen = continue_run(source, target_of(CHAIN), Wish(chosen=frozenset({"n1"})))
    assert outlooks(chosen) == {
        "n0": (1, 0, ()),
        "n1": (0, 1, ("CHOSEN",)),
        "n2": (0, 0, ("BEHIND",)),
        "n3": (1, 0, ()),
    }
    edited = continue_run(source, target_of(CHAIN, masks={"n1": {"x": 7}}), Wish(edited=frozenset({"n1"})))
    assert outlooks(edited)["n1"] == (0, 1, ("EDITED",))
    changed = continue_run(source, target_of(CHAIN, nodes=nodes_of(CHAIN, n0={"k": 1})), Wish())
    assert outlooks(changed)["n0"] == (0, 1, ("CONFIGURATION_CHANGED",))
    assert outlooks(changed)["n2"] == (0, 0, ("BEHIND",))
    masked = continue_run(source, target_of(CHAIN, masks={"n3": {"k": 1}}), Wish())
    assert outlooks(masked)["n3"] == (0, 1, ("INPUT_CHANGED",))
    less = replace(source, recorded=[row for row in source.recorded if row.node_id != "n3"])
    assert outlooks(continue_run(less, target_of(CHAIN), Wish()))["n3"] == (0, 1, ("NOT_RECORDED",))
    broken = replace(less, failed=frozenset({("n3", 1)}))
    assert outlooks(continue_run(broken, target_of(CHAIN), Wish()))["n3"] == (0, 1, ("FAILED",))


def test_a_secret_that_came_by_a_link_is_not_compared() -> None:
    secret = replace(BLOCK, input_schema={"properties": {"x": {"secret": True}}})
    old = recording(0, CHAIN, passing)
    recorded = [
        replace(row, inputs={pin: {"value": "***"} for pin in row.inputs}) if row.node_id == "n1" else row
        for row in old.source().recorded
    ]
    began = continue_run(replace(old.source(), recorded=recorded), target_of(CHAIN, specs={"block": secret}), Wish())
    assert outlooks(began)["n1"] == (0, 1, ("SECRET_INPUT",))


def test_written_outputs_stand_for_a_node_and_what_is_behind_is_compared() -> None:
    old = recording(0, CHAIN, passing)
    same, other = Kept(0), Kept(5)
    kept = continue_run(old.source(), target_of(CHAIN), Wish(outputs={("n0", None): [("a", same)]}))
    assert outlooks(kept)["n1"] == (1, 0, ())
    moved = continue_run(old.source(), target_of(CHAIN), Wish(outputs={("n0", 1): [("a", other)], ("n2", 7): []}))
    assert outlooks(moved)["n1"] == (0, 1, ("INPUT_CHANGED",))
    assert [(row.node_id, row.emissions) for row in moved.written] == [("n0", [("a", other)])]
    assert list(moved.unused) == [("n2", 7)]


def test_a_node_that_the_new_version_lacks_is_named_and_one_that_is_new_runs() -> None:
    old = recording(0, CHAIN, passing)
    shorter = make_plan([{}, {}], [(0, "a", 1, "x", False)])
    began = continue_run(old.source(), target_of(shorter), Wish())
    assert (list(began.lacking), len(began.reused)) == (["n2", "n3"], 2)
    longer = make_plan([{}] * 5, [(0, "a", 1, "x", False), (1, "a", 2, "x", False), (2, "a", 4, "x", False)])
    assert outlooks(continue_run(old.source(), target_of(longer), Wish()))["n4"] == (0, 1, ("NOT_RECORDED",))


def test_what_is_taken_over_costs_nothing_of_the_budget() -> None:
    plan = replace(CHAIN, executions_max=2)
    old = recording(0, CHAIN, passing)
    began = continue_run(old.source(), target_of(plan), Wish(chosen=frozenset({"n1"})))
    new = continued(old, began, plan)
    assert new.ended is not None
    assert (new.ended.status, dict(new.ran)) == ("COMPLETED", {1: 1, 2: 1})
    assert Scheduler.from_lists(plan, began.seed).in_flight_max == IN_FLIGHT_MAX


def large(text: str) -> Kept:
    handle = make_handle(encode(text))
    assert handle.size > LIMITS.value_inline_bytes_max
    return Kept(handle=handle.to_wire())


def test_a_large_value_is_compared_by_its_handle_and_fetched_only_where_a_part_is_taken() -> None:
    text = large("x" * 5_000)
    rows = [
        Recorded(1, "n0", 1, {}, [("a", text)]),
        Recorded(3, "n1", 1, {"x": {"handle": dict(text.handle or {})}}, [("a", text)]),
        Recorded(4, "n2", 1, {"x": {"handle": dict(text.handle or {})}}, []),
    ]
    source = Source(CHAIN, nodes_of(CHAIN), rows)
    assert wanted_handles(rows, target_of(CHAIN)) == []
    began = continue_run(source, target_of(CHAIN), Wish())
    assert len(began.reused) == 3
    parts = make_plan([{}, {}], [(0, "a_#_k", 1, "x", False)])
    assert [one["id"] for one in wanted_handles(rows, target_of(parts))] == [(text.handle or {})["id"]]
    # Not fetched: what it gives cannot be handed on, so it runs again.
    began = continue_run(replace(source, plan=parts, nodes=nodes_of(parts)), target_of(parts), Wish())
    assert outlooks(began)["n0"][:2] == (0, 1)


def test_a_value_that_a_pin_coerces_is_fetched_and_compared_as_its_block_got_it() -> None:
    spec = replace(BLOCK, has_dynamic_inputs=False, input_schema={"properties": {"x": {"type": "array"}}})
    text = large("x" * 5_000)
    became = encode(["x" * 5_000])
    rows = [
        Recorded(1, "n0", 1, {}, [("a", text)]),
        Recorded(3, "n1", 1, {"x": {"handle": make_handle(became).to_wire()}}, []),
    ]
    target = target_of(CHAIN, specs={"block": spec})
    assert len(wanted_handles(rows, target)) == 1
    fetched = [replace(rows[0], emissions=[("a", replace(text, value="x" * 5_000))]), rows[1]]
    for recorded, count in ((rows, 1), (fetched, 2)):
        began = continue_run(Source(CHAIN, nodes_of(CHAIN), recorded), target, Wish())
        assert len(began.reused) == count
    assert Kept().value is NOTHING


def test_what_runs_in_a_continued_run_counts_for_its_budget() -> None:
    plan = replace(CHAIN, executions_max=1)
    began = continue_run(recording(0, CHAIN, passing).source(), target_of(plan), Wish(chosen=frozenset({"n0", "n3"})))
    commands = Scheduler.from_lists(plan, began.seed).feed(Released())
    assert [type(command) for command in commands] == [Dispatch, Halt]


#: 0 and 1 race for x of 2, whose y comes from 3.
RACE = make_plan([{}, {}, {}, {}], [(0, "a", 2, "x", False), (1, "a", 2, "x", False), (3, "a", 2, "y", False)])


def recorded_race(*sources: int) -> list[Recorded]:
    """Give what a run recorded in which these sources ended in this order, and the second gave the second value."""
    first = [Recorded(number + 1, f"n{number}", 1, {}, [("a", Kept(number))]) for number in sources]
    given = Recorded(3, "n3", 1, {}, [("a", Kept("first")), ("a", Kept("second"))])
    pairs = zip(sources, ("first", "second"), strict=True)
    joined = [
        Recorded(4 + at, "n2", 1 + at, {"x": {"value": x}, "y": {"value": y}}, []) for at, (x, y) in enumerate(pairs)
    ]
    return [*first, given, *joined]


@pytest.mark.parametrize("sources", [(0, 1), (1, 0)])
def test_a_race_for_a_pin_goes_as_it_went(sources: tuple[int, int]) -> None:
    source = Source(RACE, nodes_of(RACE), recorded_race(*sources))
    assert outlooks(continue_run(source, target_of(RACE), Wish()))["n2"] == (2, 0, ())


def test_behind_a_chosen_node_nothing_is_taken_over_also_what_another_one_leads_to() -> None:
    source = Source(RACE, nodes_of(RACE), recorded_race(0, 1))
    began = continue_run(source, target_of(RACE), Wish(chosen=frozenset({"n1"})))
    assert outlooks(began) == {"n0": (1, 0, ()), "n1": (0, 1, ("CHOSEN",)), "n2": (0, 1, ("BEHIND",)), "n3": (1, 0, ())}


def test_what_was_recorded_is_taken_over_once() -> None:
    plan = make_plan([{}, {}], [(0, "a", 1, "x", False)])
    rows = [Recorded(1, "n0", 1, {}, [("a", Kept(7)), ("a", Kept(7)), ("a", Kept(7))])]
    # A block may give something else for the same input each time.
    rows += [Recorded(number, "n1", number - 1, {"x": {"value": 7}}, [("b", Kept(number))]) for number in (2, 3)]
    began = continue_run(Source(plan, nodes_of(plan), rows), target_of(plan), Wish())
    assert [old for _, old, _, _ in began.reused] == [1, 2, 3]
    assert outlooks(began)["n1"] == (2, 1, ("NOT_RECORDED",))
