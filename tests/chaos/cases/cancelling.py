"""F39: a run is cancelled in every phase of its life, with workers and without; it ends, and nothing happens later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from temporalio.service import RPCError

from tests.chaos.blocks import ChaosFlaky, ChaosSlow
from tests.chaos.cases.agents import flaky, listening, parent, work, working
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.workers import hit_of
from tests.chaos.cases.world import Answered, World
from tests.chaos.nemesis import WORKERS
from tests.chaos.suite import insist

CANCELLED: Final = ("TERMINATED",)
CANCEL_SECONDS_MAX: Final = 10.0
_CHILDREN: Final = "SELECT id, status FROM runs WHERE parent_run_id = :id"
Begin = Callable[[World], Awaitable[UUID]]


async def cancel_everywhere(world: World) -> CaseResult:
    """F39: cancel in a node, a wait for the next attempt or for an event, a child; before the start, twice, behind the end."""
    result = CaseResult("F39", "a run is cancelled in every phase")
    phases: dict[str, Begin] = {"node": _in_a_node, "backoff": _in_backoff, "event": _waiting, "child": _in_a_child}
    for name, begin in phases.items():
        run_id = await begin(world)
        await _cancel(world, result, run_id, name)
    await _without_workers(world, result, phases)
    await _behind_the_end(world, result)
    await _no_later_effect(world, result)
    return result


async def _cancel(world: World, result: CaseResult, run_id: UUID, phase: str) -> None:
    """Cancel twice, and see that it ends, once, with its children."""
    began = world.clock()
    await world.cancel(run_id, f"Cancelled: {phase}.")
    try:
        await world.cancel(run_id, "Cancelled again.")
    except Answered as error:
        result.need(error.codes == ["CONFLICT"], "wrong", f"cancelled twice: {error}")
    await world.until_ended([run_id], 60)
    took = world.clock() - began
    result.prove(f"cancelled: {phase}", True)
    result.measure(f"{phase} s", took)
    result.need(took <= CANCEL_SECONDS_MAX, "slow", f"{phase}: it ended only after {took:.1f} s")
    (row,) = await world.sql("SELECT error FROM runs WHERE id = :id", id=run_id)
    result.need(row.error["message"] == f"Cancelled: {phase}.", "wrong", f"{phase}: its error is {row.error}")
    children = await world.sql(_CHILDREN, id=run_id)
    await world.until_ended([child.id for child in children], 30)


async def _without_workers(world: World, result: CaseResult, phases: dict[str, Begin]) -> None:
    """Cancel while no worker lives, also what was never started; then workers come back."""
    run_ids = {name: await begin(world) for name, begin in phases.items()}
    async with world.under_fault():
        await world.down(*WORKERS)
        result.prove("no worker lived", all(world.stack.pid(part) is None for part in WORKERS))
        run_ids["start"] = await world.start(working(str(world.sink)), {"value": 9}, statuses=CANCELLED)
        for run_id in run_ids.values():
            await world.cancel(run_id)
        await world.up(*WORKERS)
        began = world.clock()
        await world.until_ended(list(run_ids.values()), 60)
    took = world.clock() - began
    result.measure("without workers, behind their start s", took)
    # A worker needs some seconds to start at all.
    result.need(took <= 2 * CANCEL_SECONDS_MAX, "slow", f"cancelled without workers: ended only after {took:.1f} s")


async def _behind_the_end(world: World, result: CaseResult) -> None:
    """A cancel of a run that is over changes nothing."""
    run_id = await work(world, 5, 1, 0.05)
    await world.until_ended([run_id])
    try:
        await world.cancel(run_id)
        result.violate("wrong", "a run that was over was cancelled")
    except Answered as error:
        result.need(error.codes == ["CONFLICT"], "wrong", f"cancelled behind its end: {error}")


async def _no_later_effect(world: World, result: CaseResult) -> None:
    before = world.delivered()
    await world.passing(3)
    result.need(world.delivered() == before, "doubled", "an effect happened behind the end of its run")


async def _in_a_node(world: World) -> UUID:
    run_id = await world.start(working(str(world.sink), 6, 1.0), {"value": 1}, statuses=CANCELLED)
    await hit_of(world, run_id)
    return run_id


async def _in_backoff(world: World) -> UUID:
    """Begin a run whose node failed and waits for its next attempt."""
    run_id = await world.start(flaky(str(world.sink)), statuses=CANCELLED)

    async def waits() -> bool:
        described = await insist(world.handle(run_id).describe, (RPCError,))
        pending = described.raw_description.pending_activities
        return any(one.activity_type.name == ChaosFlaky.name and one.attempt > 1 for one in pending)

    await world.until(waits, 60)
    return run_id


async def _waiting(world: World) -> UUID:
    run_id = await world.start(listening(str(world.sink)), statuses=CANCELLED)

    async def waits() -> bool:
        statement = "SELECT 1 FROM node_executions WHERE run_id = :id AND waits_for IS NOT NULL"
        return bool(await world.sql(statement, id=run_id))

    await world.until(waits, 60)
    return run_id


async def _in_a_child(world: World) -> UUID:
    run_id = await world.start(parent(str(world.sink)), {"value": 3}, statuses=CANCELLED)
    (child,) = await world.until(lambda: world.sql(_CHILDREN, id=run_id), 60)
    await hit_of(world, child.id, ChaosSlow.name)
    return run_id


CASES = (Case("F39", "a run is cancelled in every phase", cancel_everywhere),)
