"""F22: the clocks of workers and of the API jump by a day and by minutes; runs are right, and what is shown is by server time."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any, Final
from uuid import UUID, uuid5

from blocks.library.time_blocks import CountdownTimer
from schema.graph import Graph
from tests.chaos.cases.agents import _SPACE, work
from tests.chaos.cases.beside import everywhere, preloaded
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.world import World
from tests.durable.graphs import an_output, make_graph

SHIFTS: Final = {"+86400": 86_400, "-86400": -86_400, "+300": 300}
TIMER_SECONDS: Final = 3
TIMER_SECONDS_MAX: Final = 20.0
#: How far what is shown may be from the time at which it happened.
TOLERANCE_SECONDS: Final = 60.0
_TIMES: Final = (
    "SELECT n.started_at, n.ended_at, r.created_at, r.started_at AS begun_at, r.ended_at AS over_at "
    "FROM node_executions n JOIN runs r ON r.id = n.run_id WHERE r.id = ANY(:ids) AND n.execution > 0"
)


@cache
def timed() -> Graph:
    """Give an agent that waits for some seconds."""
    nodes: dict[str, Any] = {
        "timer": (CountdownTimer, {"seconds": TIMER_SECONDS, "input_message": "up"}),
        "out": an_output(),
    }
    return make_graph(nodes, ["timer.output_message -> out.value"], id=str(uuid5(_SPACE, "timed")), name="timed")


async def jump(world: World) -> CaseResult:
    """F22: have workers and the API see another time, run agents, and look at what is written."""
    result = CaseResult("F22", "clocks of workers and the API jump")
    if preloaded("+0") is None:
        result.skipped = "libfaketime is not installed: apt-get install faketime"
        return result
    for shift, seconds in SHIFTS.items():
        variables = preloaded(shift)
        assert variables is not None
        async with everywhere(world, variables):
            began = world.clock()
            timer = await world.start(timed(), outputs={"out": ["up"]})
            working = await work(world, seconds % 1000)
            await world.until_ended([timer], 60)
            took = world.clock() - began
            await world.until_ended([working], 60)
        result.measure(f"timer of {TIMER_SECONDS} s at {shift}", took)
        result.need(TIMER_SECONDS - 0.5 <= took <= TIMER_SECONDS_MAX, "wrong", f"{shift}: the timer took {took:.1f} s")
        result.prove(f"workers saw {shift} s", await is_seen(world, timer, seconds))
        for row in await world.sql(_TIMES, ids=[timer, working]):
            result.need(is_right(row), "wrong", f"{shift}: times are {tuple(map(str, row))}")
    return result


def is_right(row: Any) -> bool:
    """Say whether the times of an execution and its run follow one another, and are those at which it happened."""
    order = [row.created_at, row.begun_at, row.over_at]
    is_near = all(
        abs((moment - datetime.now(UTC)).total_seconds()) < 3 * TOLERANCE_SECONDS for moment in (*order, row.started_at)
    )
    return is_near and order == sorted(order) and row.started_at <= row.ended_at


async def is_seen(world: World, run_id: UUID, seconds: int) -> bool:
    """Say whether a worker's own clock was shifted: an attempt's moments are by it."""
    (row,) = await world.sql(
        "SELECT attempts FROM node_executions WHERE run_id = :id ORDER BY execution LIMIT 1", id=run_id
    )
    moment = datetime.fromisoformat(row.attempts[-1]["started_at"])
    return abs((moment - datetime.now(UTC)).total_seconds() - seconds) < TOLERANCE_SECONDS


CASES: Final = (Case("F22", "clocks of workers and the API jump", jump),)
