"""Cases: the runs whose histories are kept, each as a graph and what is done to its run; nothing here replays.

No constant of the product is patched while a case runs, so each history is what production would have written, and a replay
needs no patch either. That matters for continue-as-new, which is due at `EVENTS_BUDGET` events or when the server suggests it:

- `continue_as_new` crosses it with a timer, a child and a long node under way. Its server suggests it after few events. The
  suggestion is written in the history (`suggest_continue_as_new` of a WorkflowTaskStarted), so the history decides.
- `budget` reaches `EVENTS_BUDGET` itself. Its replay fails when that number is changed: it would fail just so for the runs
  that are under way when a worker with another number takes them over.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from blocks.library.basic import StoreValue
from blocks.library.iteration import StepThroughItems
from blocks.library.time_blocks import CountdownTimer
from schema.db.runs import Run
from schema.graph import Graph
from tests.durable.blocks import (
    CALLS,
    GATES,
    CountDown,
    Double,
    Drip,
    Fail,
    Flaky,
    Gate,
    Listen,
    Numbers,
    Pass,
    Patient,
)
from tests.durable.graphs import an_agent, an_input, an_output, make_graph
from tests.durable.histories import chain_of
from tests.durable.platform import Platform
from tests.durable.tool_blocks import Caller
from tests.durable.waiting import eventually
from tests.replay.fused import FUSED
from tests.replay.playing import Case, order, plain


def a_line() -> Graph:
    nodes = {"in": an_input("x"), "pass": Pass, "double": Double, "out": an_output()}
    return make_graph(nodes, ["in.result -> pass.value", "pass.value -> double.number", "double.number -> out.value"])


def a_diamond() -> Graph:
    nodes = {"in": an_input("x"), "left": Pass, "right": Double, "join": StoreValue, "out": an_output()}
    sides = ["in.result -> left.value", "in.result -> right.number"]
    return make_graph(
        nodes, [*sides, "left.value -> join.input", "right.number -> join.data", "join.output -> out.value"]
    )


def a_static_link() -> Graph:
    """The static value is there first, and serves every later one."""
    nodes = {"side": (Pass, {"value": 3}), "numbers": Numbers, "join": Pass, "out": an_output()}
    links = ["side.value -> numbers.count", "side.value => join.key", "numbers.number -> join.value"]
    return make_graph(nodes, [*links, "join.value -> out.value"])


def a_late_static_link() -> Graph:
    """The static value comes last, and completes all that wait for it."""
    nodes = {
        "in": an_input("x"), "before": Pass, "side": Pass, "numbers": (Numbers, {"count": 3}), "join": Pass,
        "out": an_output(),
    }  # fmt: skip
    links = ["in.result -> before.value", "before.value -> side.value", "side.value => join.key"]
    return make_graph(nodes, [*links, "numbers.number -> join.value", "join.value -> out.value"])


def a_stream(count: int) -> Graph:
    nodes = {"numbers": (Numbers, {"count": count}), "double": Double, "out": an_output()}
    return make_graph(nodes, ["numbers.number -> double.number", "double.number -> out.value"])


def a_fan_out(count: int) -> Graph:
    nodes = {"numbers": (Numbers, {"count": count}), "pass": Pass, "out": an_output()}
    return make_graph(nodes, ["numbers.number -> pass.value", "pass.value -> out.value"])


def a_cycle() -> Graph:
    nodes = {"in": an_input("start"), "count": CountDown, "out": an_output()}
    return make_graph(nodes, ["in.result -> count.number", "count.again -> count.number", "count.done -> out.value"])


def an_error_branch() -> Graph:
    nodes = {
        "fail": (Fail, {"reason": "broken"}), "said": an_output("said"), "error": an_output("error"),
        "numbers": (Numbers, {"count": 2}), "double": Double, "out": an_output(),
    }  # fmt: skip
    branch = ["numbers.number -> double.number", "double.number -> out.value"]
    return make_graph(nodes, ["fail.before -> said.value", "fail.error -> error.value", *branch], on_node_error="fail")


def a_timer() -> Graph:
    nodes = {"timer": (CountdownTimer, {"seconds": 1, "repeat": 2, "input_message": "up"}), "out": an_output()}
    return make_graph(nodes, ["timer.output_message -> out.value"])


def a_waiting_agent(gate: str) -> Graph:
    nodes = {"gate": (Gate, {"gate": gate}), "first": an_output("first"), "last": an_output("last")}
    return make_graph(nodes, ["gate.waiting -> first.value", "gate.value -> last.value"], name="Inner")


async def play_child(platform: Platform) -> Run:
    """A node runs an agent whose outputs it hands on, one by one."""
    nodes = {"in": an_input("count"), "numbers": Numbers, "pass": Pass, "out": an_output("n")}
    links = ["in.result -> numbers.count", "numbers.number -> pass.value", "pass.value -> out.value"]
    inner = await platform.save(make_graph(nodes, links, name="Inner"))
    outer = {"in": an_input("x"), "agent": an_agent(inner, pins=["count"]), "out": an_output()}
    case = plain(make_graph(outer, ["in.result -> agent.count", "agent.n -> out.value"]), {"x": 4})
    return await case.play(platform)


async def play_child_failed(platform: Platform) -> Run:
    """A node runs an agent that fails, and hands its reason on."""
    inner = await platform.save(make_graph({"fail": (Fail, {"reason": "broken"})}, name="Inner", on_node_error="fail"))
    outer = {"agent": an_agent(inner), "error": an_output("error")}
    case = plain(make_graph(outer, ["agent.error -> error.value"], on_node_error="fail"))
    return await case.play(platform)


async def play_stop(platform: Platform) -> Run:
    """A node fails where the policy is to stop, while another one runs."""
    nodes = {"gate": (Gate, {"gate": "stop"}), "fail": Fail}
    run = await platform.submit(make_graph(nodes, ["gate.waiting -> fail.reason"], on_node_error="stop"))
    await platform.end_of(run)
    GATES["stop"].set()
    return run


async def play_cancel(platform: Platform) -> Run:
    """Somebody cancels while a node runs, another waits on a timer, a child runs, and an execution waits for a pin."""
    inner = await platform.save(a_waiting_agent("cancel, inner"))
    nodes = {
        "gate": (Gate, {"gate": "cancel"}), "timer": (CountdownTimer, {"hours": 1}), "agent": an_agent(inner),
        "join": StoreValue, "first": (Pass, {"key": "cancel, first"}),
    }  # fmt: skip
    links = ["gate.value -> join.input", "timer.output_message -> join.data", "agent.first -> first.value"]
    run = await platform.submit(make_graph(nodes, [*links, "gate.waiting -> join.data"]))
    await eventually(lambda: CALLS["cancel"] and CALLS["cancel, first"])
    await platform.cancel(run)
    await platform.end_of(run)
    GATES["cancel"].set()
    GATES["cancel, inner"].set()
    return run


async def play_continue_as_new(platform: Platform) -> Run:
    """A cycle counts down while a timer, a child and a long node are under way; they end in a later run of the chain."""
    inner = await platform.save(a_waiting_agent("continue, inner"))
    nodes = {
        "in": an_input("start"), "count": CountDown, "done": an_output("done"),
        "timer": (CountdownTimer, {"seconds": 20, "input_message": "up"}), "up": an_output("up"),
        "agent": an_agent(inner), "first": an_output("first"), "last": an_output("last"),
        "long": (Gate, {"gate": "continue, long"}), "opened": an_output("opened"),
    }  # fmt: skip
    links = [
        "in.result -> count.number", "count.again -> count.number", "count.done -> done.value",
        "timer.output_message -> up.value", "agent.first -> first.value", "agent.last -> last.value",
        "long.value -> opened.value",
    ]  # fmt: skip
    run = await platform.submit(make_graph(nodes, links), {"start": 25})

    async def has_counted_down() -> bool:
        return "done" in (await platform.record(run))["outputs"]

    await eventually(has_counted_down, seconds=90)
    GATES["continue, inner"].set()
    GATES["continue, long"].set()
    await platform.end_of(run, seconds=60)
    return run


async def play_pause(platform: Platform) -> Run:
    """An operator pauses, an execution waits behind it and is edited, and the run is resumed."""
    nodes = {"gate": (Gate, {"gate": "replay, pause"}), "then": Pass, "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["gate.value -> then.value", "then.value -> out.value"]))
    await eventually(lambda: CALLS["replay, pause"])
    await order(platform, run, "pause", reason="Lunch.")
    GATES["replay, pause"].set()
    await platform.until(run, "PAUSED")
    await order(platform, run, "edit", {"value": "edited"}, execution=2)
    await order(platform, run, "resume")
    await platform.end_of(run)
    return run


async def play_hard_pause(platform: Platform) -> Run:
    """What is resumable comes back and runs again, under another id, while another node ends."""
    nodes = {"patient": (Patient, {"gate": "replay, hard"}), "gate": (Gate, {"gate": "replay, end"})}
    run = await platform.submit(make_graph(nodes))
    await eventually(lambda: CALLS["replay, hard"] and CALLS["replay, end"])
    await order(platform, run, "pause", mode="hard")
    GATES["replay, end"].set()
    await platform.until(run, "PAUSED")
    GATES["replay, hard"].set()
    await order(platform, run, "resume")
    await platform.end_of(run)
    return run


async def play_hold(platform: Platform) -> Run:
    """Three executions wait for an operator: one is retried, one skipped, one edited; the edited one is let fail at last."""
    nodes = {
        "flaky": (Flaky, {"key": "replay, held", "failures": 3}), "fail": (Fail, {"reason": "broken"}),
        "edited": (Fail, {"reason": "again"}), "out": an_output(),
    }  # fmt: skip
    links = ["flaky.attempt -> out.value", "fail.before -> out.value"]
    run = await platform.submit(make_graph(nodes, links, on_node_error="hold"))
    await platform.until(run, "PAUSED")

    async def are_held() -> bool:
        rows = await platform.sql("SELECT 1 FROM run_halts WHERE run_id = :id AND cleared_at IS NULL", id=run.id)
        return len(rows) == 3

    await eventually(are_held)
    await order(platform, run, "retry", execution=1)
    await order(platform, run, "skip", {"before": ["mended"]}, execution=2)
    await order(platform, run, "edit", {"reason": "still"}, execution=3)
    await eventually(are_halted_again(platform, run))
    await order(platform, run, "fail", execution=3)
    await platform.end_of(run)
    return run


def are_halted_again(platform: Platform, run: Run) -> Callable[[], Awaitable[bool]]:
    async def is_it() -> bool:
        rows = await platform.sql("SELECT 1 FROM run_halts WHERE run_id = :id AND number > 3", id=run.id)
        return bool(rows)

    return is_it


async def play_limits(platform: Platform) -> Run:
    """A run meets its budget, and then its time, and each is raised."""
    run = await platform.submit(a_cycle_of(4, max_node_executions=3), {"start": 4})
    await platform.until(run, "PAUSED")
    await order(platform, run, "limits", wall_seconds_max=1)

    async def is_late() -> bool:
        return bool(await platform.sql("SELECT 1 FROM run_halts WHERE run_id = :id AND key = 'wall time'", id=run.id))

    await eventually(is_late)
    await order(platform, run, "limits", executions_max=50, in_flight_max=1)
    await order(platform, run, "limits", wall_seconds_max=3600)
    await platform.end_of(run)
    return run


def a_cycle_of(start: int, **settings: Any) -> Graph:
    nodes = {"in": an_input("start"), "count": CountDown, "out": an_output()}
    links = ["in.result -> count.number", "count.again -> count.number", "count.done -> out.value"]
    return make_graph(nodes, links, **settings)


async def play_events(platform: Platform) -> Run:
    """An event comes before it is waited for, one after, and one never."""
    nodes = {
        "gate": (Gate, {"gate": "replay, events"}), "early": (Listen, {"event": "early"}),
        "late": (Listen, {"event": "late"}), "never": (Listen, {"event": "never", "seconds": 1}), "out": an_output(),
    }  # fmt: skip
    links = ["gate.value -> early.key", "early.payload -> out.value", "late.payload -> out.value"]
    run = await platform.submit(make_graph(nodes, [*links, "never.late -> out.value"]))
    await eventually(lambda: CALLS["replay, events"])
    await order(platform, run, "event", 1, name="early")
    GATES["replay, events"].set()
    await eventually(
        lambda: platform.sql("SELECT 1 FROM node_executions WHERE run_id = :id AND node_id = 'late'", id=run.id)
    )
    await order(platform, run, "event", 2, name="late")
    await platform.end_of(run)
    return run


async def play_pause_of_a_parent(platform: Platform) -> Run:
    """A pause, and its end, reach the agent that a node runs."""
    inner = await platform.save(a_waiting_agent("replay, inner"))
    nodes = {"agent": an_agent(inner), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["agent.last -> out.value"]))
    await eventually(lambda: CALLS["replay, inner"])
    await order(platform, run, "pause")
    (child,) = await platform.children_of(run)
    await eventually(lambda: platform.sql("SELECT 1 FROM run_halts WHERE run_id = :id", id=child.id))
    GATES["replay, inner"].set()
    await platform.until(child, "PAUSED")
    await order(platform, run, "resume")
    await platform.end_of(run)
    return run


async def play_continue_paused(platform: Platform) -> Run:
    """A paused run continues as new, with a budget that is met and events that nobody has taken."""
    run = await platform.submit(a_cycle_of(8, max_node_executions=4), {"start": 8})
    await platform.until(run, "PAUSED")
    await order(platform, run, "pause")
    for number in range(8):
        await order(platform, run, "event", number, name="kept")

    async def has_continued() -> bool:
        return len(await chain_of(platform, run)) > 1

    await eventually(has_continued, seconds=60)
    await order(platform, run, "limits", executions_max=100)
    await order(platform, run, "resume")
    await platform.end_of(run, seconds=60)
    return run


def a_caller(rounds: list[Any], tools: Mapping[str, Any], links: list[str], **settings: Any) -> Graph:
    nodes = {"caller": (Caller, {"rounds": rounds}), **tools, "out": an_output()}
    return make_graph(nodes, [*links, "caller.results -> out.value"], **settings)


def rounds_of_calls() -> Graph:
    """Two calls of two tools, one of which fails; then one; what they give goes along links, too."""
    rounds = [[["Pass", {"value": 1}], ["Fail", {"reason": "broken"}]], [["Pass", {"value": 2}]]]
    tools = {"pass": Pass, "fail": Fail, "seen": an_output("seen")}
    links = ["caller.tools -> pass.value", "caller.tools -> fail.reason", "pass.value -> seen.value"]
    return a_caller(rounds, tools, links, on_node_error="fail")


async def play_conversation(platform: Platform) -> Run:
    """A conversation comes back to its node by two links, again and again, until the budget is met and somebody cancels."""
    nodes = {"caller": (Caller, {"rounds": [], "key": "replay, loop"}), "one": Pass, "two": Pass}
    links = [
        "caller.offered -> one.value", "caller.offered -> two.value",
        "one.value -> caller.conversation_history", "two.value -> caller.last_tool_output",
    ]  # fmt: skip
    run = await platform.submit(make_graph(nodes, links, max_node_executions=10))
    await platform.until(run, "PAUSED")
    await platform.cancel(run)
    await platform.end_of(run)
    return run


async def play_continue_in_a_round(platform: Platform) -> Run:
    """A run continues as new while a caller waits for three calls: one is over, one runs, one waits for an event."""
    rounds = [[["Pass", {"value": 1}], ["Gate", {"gate": "replay, round"}], ["Listen", {"event": "go"}]]]
    tools = {
        "pass": Pass, "gate": Gate, "listen": Listen,
        "in": an_input("start"), "count": CountDown, "done": an_output("done"),
    }  # fmt: skip
    links = [
        "caller.tools -> pass.value", "caller.tools -> gate.gate", "caller.tools -> listen.event",
        "in.result -> count.number", "count.again -> count.number", "count.done -> done.value",
    ]  # fmt: skip
    run = await platform.submit(a_caller(rounds, tools, links), {"start": 25})

    async def has_counted_down() -> bool:
        return "done" in (await platform.record(run))["outputs"]

    await eventually(has_counted_down, seconds=90)
    GATES["replay, round"].set()
    await order(platform, run, "event", 2, name="go")
    await platform.end_of(run, seconds=60)
    return run


async def play_skipped_caller(platform: Platform) -> Run:
    """An operator ends a caller: a call of it that waits, and one that runs, are let fail with it."""
    rounds = [[["Gate", {"gate": "replay, given up"}], ["Listen", {"event": "never"}]]]
    links = ["caller.tools -> gate.gate", "caller.tools -> listen.event"]
    run = await platform.submit(a_caller(rounds, {"gate": Gate, "listen": Listen}, links))
    await eventually(lambda: CALLS["replay, given up"])
    await eventually(
        lambda: platform.sql(
            "SELECT 1 FROM node_executions WHERE run_id = :id AND waits_for->>'kind' = 'event'", id=run.id
        )
    )
    await order(platform, run, "skip", {"results": ["by hand"]}, execution=1)
    await platform.end_of(run)
    GATES["replay, given up"].set()
    return run


async def play_batches(platform: Platform) -> Run:
    """One of a batch comes again, one is skipped while it runs, and others are over and told of before one that waits."""
    retry = {"retry": {"attempts": 2, "first_wait_seconds": 0}}
    nodes = {
        "in": an_input("starts"), "each": StepThroughItems,
        "drip": (Drip, {"count": 2, "gate": "replay, batches"}, retry), "out": an_output(),
    }  # fmt: skip
    links = ["in.result -> each.items", "each.item -> drip.start", "drip.number -> out.value"]
    starts = [*range(-2, 44, 2), 1, 101]
    run = await platform.submit(make_graph(nodes, links), {"starts": starts})

    async def are_told() -> bool:
        told = "SELECT count(*) AS rows FROM node_executions WHERE run_id = :id AND node_id = 'out'"
        return CALLS["replay, batches"] == 2 and (await platform.sql(told, id=run.id))[0].rows >= 46

    await eventually(are_told)
    last = "SELECT execution FROM node_executions WHERE run_id = :id AND node_id = 'drip' AND ordinal = 25"
    (row,) = await platform.sql(last, id=run.id)
    await order(platform, run, "skip", {"number": [7]}, execution=row.execution)
    GATES["replay, batches"].set()
    await platform.end_of(run)
    return run


#: Every kept case by its name. One that is here and has no history yet is recorded by `python -m tests.replay.record`.
CASES: dict[str, Case] = {
    "linear": plain(a_line(), {"x": 4}),
    "diamond": plain(a_diamond(), {"x": 4}),
    "static": plain(a_static_link()),
    "static_late": plain(a_late_static_link(), {"x": "late"}),
    "stream": plain(a_stream(250)),
    "fan_out": plain(a_fan_out(60)),
    "cycle": plain(a_cycle(), {"start": 8}),
    "error_branch": plain(an_error_branch()),
    "timer": plain(a_timer()),
    "child": Case(play_child),
    "child_failed": Case(play_child_failed),
    "stop": Case(play_stop),
    "cancel": Case(play_cancel),
    "continue_as_new": Case(play_continue_as_new, suggested_after_events=80),
    "pause": Case(play_pause),
    "hard_pause": Case(play_hard_pause),
    "hold": Case(play_hold),
    "limits": Case(play_limits),
    "events": Case(play_events),
    "pause_of_a_parent": Case(play_pause_of_a_parent),
    "continue_paused": Case(play_continue_paused, suggested_after_events=60),
    "budget": plain(a_cycle(), {"start": 480}, seconds=240.0),
    "rounds": plain(rounds_of_calls()),
    "conversation": Case(play_conversation),
    "skipped_caller": Case(play_skipped_caller),
    "continue_in_a_round": Case(play_continue_in_a_round, suggested_after_events=80),
    "batches": Case(play_batches),
    **FUSED,
}
