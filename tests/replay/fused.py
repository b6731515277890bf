"""The cases of regions: chains, streams and cycles whose pure nodes run together, and what leaves them; it replays nothing."""

from __future__ import annotations

from blocks.library.basic import StoreValue
from schema.db.runs import Run
from schema.graph import Graph
from tests.durable.blocks import MERCY, Double, Numbers, Pass
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.platform import Platform
from tests.durable.pure_blocks import LastTime, PureCountDown, PureHostile, PurePass, Tell
from tests.durable.waiting import eventually
from tests.replay.playing import Case, order, plain


def a_fused_chain() -> Graph:
    """All of it is one region, and its end is written with its one step."""
    nodes = {"in": an_input("x"), "one": Double, "two": Double, "out": an_output()}
    return make_graph(nodes, ["in.result -> one.number", "one.number -> two.number", "two.number -> out.value"])


def a_fused_stream() -> Graph:
    """One region of several steps: the first is the engine's own, the others are tasks of the blocks' workers."""
    nodes = {"tell": (Tell, {"count": 130, "pause_seconds": 0.01}), "double": Double, "out": an_output()}
    return make_graph(nodes, ["tell.number -> double.number", "double.number -> out.value"])


def arrivals_at_a_region() -> Graph:
    """What nodes of their own give comes while the region that takes it is out with its step, and waits for that."""
    nodes = {
        "numbers": (Numbers, {"count": 12}), "pass": Pass, "slow": (Tell, {"pause_seconds": 0.03}),
        "join": StoreValue, "out": an_output(),
        "beside": (Pass, {"value": 6}), "double": Double, "doubled": an_output("doubled"),
    }  # fmt: skip
    links = ["numbers.number -> pass.value", "pass.value -> double.number", "double.number -> doubled.value"]
    links += ["beside.value -> slow.count", "slow.number -> join.input", "pass.value -> join.data"]
    return make_graph(nodes, [*links, "join.output -> out.value"])


def one_put_aside() -> Graph:
    """A node of a region fails in a way that passes: it is dispatched by itself, and then the region goes on."""
    retry = {"retry": {"attempts": 3, "first_wait_seconds": 0.1}}
    nodes = {"one": (PurePass, {"value": 1}), "last": (LastTime, {}, retry), "two": PurePass, "out": an_output()}
    return make_graph(nodes, ["one.value -> last.value", "last.value -> two.value", "two.value -> out.value"])


async def play_unfit_region(platform: Platform) -> Run:
    """A block of a region cannot be ended: from then on the region's nodes are dispatched by themselves."""
    once = {"timeout_seconds": 1, "retry": {"attempts": 1}}
    nodes = {"one": (PurePass, {"value": "ignores cancel"}), "deaf": (PureHostile, {}, once), "out": an_output()}
    links = ["one.value -> deaf.kind", "deaf.value -> out.value"]
    run = await platform.submit(make_graph(nodes, links))
    await platform.end_of(run)
    MERCY.set()
    return run


def a_cycle_through_a_region(start: int) -> Graph:
    """A node of its own in a cycle with a region, so that each round is a step; and a region beside it that is out for long."""
    nodes = {
        "in": an_input("start", value=start), "count": PureCountDown, "pass": Pass, "done": an_output("done"),
        "tell": (Tell, {"count": 250, "pause_seconds": 0.02}), "told": an_output("told"),
    }  # fmt: skip
    links = ["in.result -> count.number", "count.again -> pass.value", "pass.value -> count.number"]
    return make_graph(nodes, [*links, "count.done -> done.value", "tell.number -> told.value"])


async def play_budget_of_a_region(platform: Platform) -> Run:
    """A region meets its run's budget, and goes on when that is raised."""
    nodes = {"in": an_input("start"), "count": PureCountDown, "out": an_output()}
    links = ["in.result -> count.number", "count.again -> count.number", "count.done -> out.value"]
    run = await platform.submit(make_graph(nodes, links, max_node_executions=8), {"start": 12})
    await platform.until(run, "PAUSED")
    await order(platform, run, "limits", executions_max=100)
    await platform.end_of(run)
    return run


async def play_cancel_of_a_region(platform: Platform) -> Run:
    """Somebody cancels while a region is out with a step that a blocks' worker takes."""
    nodes = {"tell": (Tell, {"count": 500, "pause_seconds": 0.01}), "out": an_output()}
    run = await platform.submit(make_graph(nodes, ["tell.number -> out.value"]))
    await eventually(lambda: platform.sql("SELECT 1 FROM region_steps WHERE run_id = :id AND step > 0", id=run.id))
    await platform.cancel(run)
    await platform.end_of(run)
    return run


FUSED: dict[str, Case] = {
    "fused_chain": plain(a_fused_chain(), {"x": 4}),
    "fused_stream": plain(a_fused_stream()),
    "fused_arrivals": plain(arrivals_at_a_region()),
    "fused_aside": plain(one_put_aside()),
    "fused_unfit": Case(play_unfit_region),
    "fused_budget": Case(play_budget_of_a_region),
    "fused_cancel": Case(play_cancel_of_a_region),
    "fused_continue": Case(plain(a_cycle_through_a_region(14), seconds=90.0).play, suggested_after_events=60),
}
