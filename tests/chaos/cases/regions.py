"""R01 to R03: who steps through regions dies, at points spread over a run and behind what it committed, or freezes."""

from __future__ import annotations

from itertools import product
from typing import Any, Final
from uuid import UUID, uuid4

from blocks.library.maths import Calculator
from schema.graph import Graph
from tests.chaos.blocks import ChaosPure, ChaosSink, ChaosSlow
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.workers import hit_of
from tests.chaos.cases.world import World
from tests.chaos.nemesis import BLOCKS, ENGINES, WORKERS
from tests.chaos.oracle import comparable, differences
from tests.chaos.trace import Trace, read_trace
from tests.durable.graphs import an_output, make_graph
from workflows.names import REGION

#: Who is killed, each at every point.
VICTIMS: Final = (ENGINES, BLOCKS, WORKERS)
#: Behind the return of who was killed: the supervisor waits ever longer, up to 5 s, with who dies again and again.
RECOVERY_SECONDS_MAX: Final = 15.0
#: A missed heartbeat, until PostgreSQL ends a transaction in which nothing happens, and room.
FROZEN_SECONDS_MAX: Final = 35.0
#: A step that nobody has to take over is over much sooner.
TAKEN_SECONDS_MIN: Final = 4.0


def stepping(path: str, items: int, *, is_fused: bool = True) -> Graph:
    """Give an agent with two regions: of one the first step is the engine's own and the others a block worker's, and the other
    has a step for each of a few values that come from a node that is in none."""
    nodes: dict[str, Any] = {
        "source": (ChaosPure, {"value": 1, "count": items, "pause_seconds": 0.04}),
        "twice": (Calculator, {"operation": "Multiply", "b": 2}),
        "many": an_output("many"),
        "slow": (ChaosSlow, {"value": 10, "count": 5, "pause_seconds": 0.3}),
        "more": (Calculator, {"operation": "Add", "b": 1}),
        "sink": (ChaosSink, {"path": path, "pause_seconds": 0.05}),
        "few": an_output("few"),
    }
    links = [
        "source.item -> twice.a", "twice.result -> many.value",
        "slow.item -> more.a", "more.result -> sink.value", "sink.done -> few.value",
    ]  # fmt: skip
    settings: dict[str, Any] = {} if is_fused else {"fuses_nodes": False}
    return make_graph(nodes, links, name="stepping", on_node_error="fail", **settings)


async def kill_while_stepping(world: World) -> CaseResult:
    """R01: at each of some points of a run kill -9 the engine, the block workers, or all of them."""
    result = CaseResult("R01", "who steps through regions is killed, at points spread over a run")
    items = 40
    outputs = {"many": [2 * number for number in range(1, items + 1)], "few": [11, 12, 13, 14, 15]}
    fused, apart = (stepping(str(world.sink), items, is_fused=is_fused) for is_fused in (True, False))
    measure = await ended(world, await world.start(apart, outputs=outputs))
    calm = await ended(world, await world.start(fused, outputs=outputs))
    _compare(result, measure, calm)
    assert calm.ended_at is not None
    seconds = (calm.ended_at - calm.created_at).total_seconds()
    points = 12 if world.is_full else 3
    recoveries: list[float] = []
    steps = 0
    for point, victims in product(range(points), VICTIMS):
        run_id = await world.start(fused, outputs=outputs)
        await world.passing(seconds * (point + world.choice.random()) / points)
        written = await _written(world, run_id)
        async with world.under_fault():
            pids = await world.kill(*victims)
            result.prove("the processes died", bool(pids))
            await world.reborn(victims, pids)
            recoveries.append(await _moved_after(world, run_id, written))
            _compare(result, measure, await ended(world, run_id))
        steps += len(await world.sql("SELECT 1 FROM region_steps WHERE run_id = :id", id=run_id))
    result.prove("regions took several steps", steps >= 4 * points * len(VICTIMS))
    result.measure("steps a run", steps / points / len(VICTIMS))
    result.measure("longest until it moved again s", max(recoveries))
    late = [one for one in recoveries if one > RECOVERY_SECONDS_MAX]
    result.need(not late, "slow", f"a run moved again only {late} s after who was killed came back")
    return result


async def _moved_after(world: World, run_id: UUID, before: int) -> float:
    """Wait until a run has more emissions than before, or is over; give how long that took."""
    began = world.clock()

    async def has_moved() -> bool:
        return await _written(world, run_id) != before or (await world.statuses([run_id]))[run_id] == "COMPLETED"

    await world.until(has_moved, 90)
    return world.clock() - began


async def _written(world: World, run_id: UUID) -> int:
    (row,) = await world.sql("SELECT count(*) AS rows FROM emissions WHERE run_id = :id", id=run_id)
    return int(row.rows)


async def ended(world: World, run_id: UUID) -> Trace:
    await world.until_ended([run_id])
    return await read_trace(world.stores, run_id)


def _compare(result: CaseResult, measure: Trace, found: Trace) -> None:
    """Note each difference to the undisturbed run with each node by itself."""
    for text in differences(comparable(measure), comparable(found)):
        result.violate("wrong", text)


def twice_in_one_task(crash: str) -> Graph:
    """Give an agent whose engine takes two steps of one region within one workflow task, and dies before that ends.

    While `busy` holds a workflow task, three nodes end; the next task hears of all of them: the first begins a step of the region
    of `sum`, what the second gives waits for its end and makes another, and what the third gives kills the engine behind both."""
    nodes: dict[str, Any] = {
        "begin": (ChaosSlow, {"value": 1, "count": 1, "pause_seconds": 0.05}),
        "busy": (ChaosPure, {"pause_seconds": 0.2}),
        "first": (ChaosSlow, {"value": 1, "count": 1, "pause_seconds": 0.1}),
        "second": (ChaosSlow, {"value": 2, "count": 1, "pause_seconds": 0.12}),
        "third": (ChaosSlow, {"value": 3, "count": 1, "pause_seconds": 0.14}),
        "one": ChaosPure,
        "two": ChaosPure,
        "sum": (Calculator, {"operation": "Add"}),
        "sums": an_output("sums"),
        "death": (ChaosPure, {"pause_seconds": 0.2, "crash": crash}),
        "dead": an_output("dead"),
    }
    links = [
        "begin.item -> busy.value", "first.item -> one.value", "second.item -> two.value", "one.item -> sum.a",
        "two.item -> sum.b", "sum.result -> sums.value", "third.item -> death.value", "death.item -> dead.value",
    ]  # fmt: skip
    return make_graph(nodes, links, name="twice in one task", on_node_error="fail")


async def die_between_steps(world: World) -> CaseResult:
    """R02: the engine dies when two steps of a region are committed and the workflow task that took them is not over."""
    result = CaseResult("R02", "the engine dies behind two steps of one region in one workflow task")
    taken = 0
    for _ in range(10 if world.is_full else 3):
        mark = world.folder / f"crash-{uuid4()}"
        mark.touch()
        outputs = {"sums": [3], "dead": [3]}
        run_id = await world.start(twice_in_one_task(str(mark)), outputs=outputs)
        async with world.under_fault():
            trace = await ended(world, run_id)
        result.prove("it died", not mark.exists())
        rows = await world.sql(
            "SELECT region, count(*) AS steps FROM region_steps WHERE run_id = :id GROUP BY 1", id=run_id
        )
        taken += max((row.steps for row in rows), default=0) >= 2
        again = [one for one in trace.done if one.attempts > 1]
        result.need(not again, "doubled", f"executions have more than one attempt: {again}")
        await world.heal()
    result.prove("two steps were taken", taken > 0)
    result.measure("runs with two steps", taken)
    return result


def flowing(items: int) -> Graph:
    """Give an agent whose one region has many items, and writes thousands of rows in each of its steps."""
    nodes: dict[str, Any] = {
        "source": (ChaosPure, {"value": 0, "count": items}),
        "twice": (Calculator, {"operation": "Multiply", "b": 2}),
        "many": an_output("many"),
    }
    return make_graph(nodes, ["source.item -> twice.a", "twice.result -> many.value"], name="flowing")


async def freeze_while_stepping(world: World) -> CaseResult:
    """R03: a worker freezes within a step, perhaps with a transaction open; another takes the step, and what the frozen one does
    when it wakes counts nowhere."""
    result = CaseResult("R03", "a worker freezes within a step of a region, and wakes when others took it")
    items = 20_000
    graph = flowing(items)
    took = []
    for _ in range(6 if world.is_full else 2):
        run_id = await world.start(graph, outputs={"many": [2 * number for number in range(items)]})
        hit = await hit_of(world, run_id, REGION)
        pid = world.stack.pid(hit.worker)
        assert pid is not None
        await world.passing(world.choice.uniform(0.0, 0.4))
        async with world.under_fault():
            world.freeze(pid)
            frozen_at = world.clock()
            before = await _steps(world, run_id)
            await _until_more_steps(world, run_id, before)
            took.append(world.clock() - frozen_at)
            await world.until_ended([run_id], 120)
            stood = await read_trace(world.stores, run_id)
            world.thaw(pid)
            await world.passing(2)
        now = await read_trace(world.stores, run_id)
        result.need(comparable(stood) == comparable(now), "doubled", "who was frozen wrote to a run that was over")
    result.prove("one froze in the middle of a step", max(took) > TAKEN_SECONDS_MIN)
    result.measure("longest until the next step s", max(took))
    late = [one for one in took if one > FROZEN_SECONDS_MAX]
    result.need(not late, "slow", f"the step was taken over only after {late} s")
    return result


async def _steps(world: World, run_id: UUID) -> int:
    (row,) = await world.sql("SELECT count(*) AS rows FROM region_steps WHERE run_id = :id", id=run_id)
    return int(row.rows)


async def _until_more_steps(world: World, run_id: UUID, before: int) -> None:
    async def has_more() -> bool:
        return await _steps(world, run_id) > before

    await world.until(has_more, 60)


CASES = (
    Case("R01", "who steps through regions is killed, at points spread over a run", kill_while_stepping, is_short=True),
    Case("R03", "a worker freezes within a step of a region", freeze_while_stepping, is_short=True),
    Case("R02", "the engine dies behind two steps of one region in one task", die_between_steps, is_short=True),
)
