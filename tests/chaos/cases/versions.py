"""F28, F29: a version of the engine takes over from another, well and badly, while runs wait; each of them ends as it should."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Final
from uuid import UUID, uuid5

from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest as CurrentRequest
from temporalio.service import RPCError

from api.graphql.ids import encode_id
from deploy.roles import BESIDE_BLOCKS
from deploy.versions import CURRENT, DEPLOYMENT, EngineVersion, promote, versions
from schema.errors import NotFound
from schema.graph import Graph
from tests.chaos.blocks import ChaosListen
from tests.chaos.cases.agents import _SPACE
from tests.chaos.cases.beside import CHANGED, beside, end
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.world import World
from tests.durable.graphs import an_agent, an_input, an_output, make_graph

WAITING: Final = 50
PROBLEM_SECONDS_MAX: Final = 60.0
_PARKED: Final = (
    "SELECT count(DISTINCT run_id) AS number FROM node_executions WHERE run_id = ANY(:ids) AND waits_for IS NOT NULL"
)
_CHILDREN: Final = "SELECT id FROM runs WHERE parent_run_id = ANY(:ids)"
PROBLEMS: Final = "query { runs(hasProblem: true, first: 100) { nodes { id problem { code message cause since } } } }"


@cache
def waiting() -> Graph:
    """Give an agent that waits for an event, and then has another agent give it on."""
    inside = {"value": an_input("value"), "listen": (ChaosListen, {"event": "in"}), "out": an_output()}
    inner = make_graph(inside, ["listen.payload -> out.value"])
    inner = inner.model_copy(update={"id": str(uuid5(_SPACE, "waiting, inner")), "name": "waiting, inner"})
    nodes: dict[str, Any] = {
        "listen": (ChaosListen, {"event": "go"}),
        "out": an_output(),
        "child": an_agent(inner, pins=("value",)),
        "deep": an_output("deep"),
    }
    links = ["listen.payload -> out.value", "listen.payload -> child.value", "child.out -> deep.value"]
    return make_graph(
        nodes,
        links,
        id=str(uuid5(_SPACE, "waiting")),
        name="waiting",
        sub_graphs=[inner.model_dump()],
        on_node_error="fail",
    )


async def begin(world: World, count: int) -> list[UUID]:
    """Begin runs and wait until each waits for its event."""
    run_ids = [await world.start(waiting(), outputs={"out": [1], "deep": [2]}) for _ in range(count)]
    await until_parked(world, run_ids)
    return run_ids


async def until_parked(world: World, run_ids: Sequence[UUID]) -> None:
    async def are_parked() -> bool:
        return bool((await world.sql(_PARKED, ids=list(run_ids)))[0].number == len(run_ids))

    await world.until(are_parked, 120)


async def wake(world: World, run_ids: Sequence[UUID]) -> list[UUID]:
    """Send each run what it waits for, and then its child. Gives the children."""
    for run_id in run_ids:
        await world.handle(run_id).signal("event", {"name": "go", "payload": 1})

    return await wake_children(world, run_ids)


async def build_of(world: World, run_id: UUID) -> str:
    """Give the build id that a run is pinned to."""
    info = (await world.handle(run_id).describe()).raw_description.workflow_execution_info.versioning_info
    return info.deployment_version.build_id


async def promoted(world: World, build_id: str) -> None:
    """Make a version current as soon as a worker of it was seen."""

    async def is_done() -> bool:
        try:
            await promote(world.temporal, build_id)
        except (NotFound, RPCError):
            return False
        return True

    await world.until(is_done, 60)


async def state_of(world: World, build_id: str) -> EngineVersion:
    return next(one for one in await versions(world.temporal) if one.build_id == build_id)


@asynccontextmanager
async def without_own_engine(world: World) -> AsyncIterator[None]:
    """Have the stack's own, unversioned engine out of the way inside the block."""
    await world.down("engine", how=signal.SIGTERM)
    try:
        yield
    finally:
        unversioned = CurrentRequest(
            namespace=world.temporal.namespace, deployment_name=DEPLOYMENT, ignore_missing_task_queues=True
        )
        if await versions(world.temporal):
            await world.temporal.workflow_service.set_worker_deployment_current_version(unversioned)
        await world.up("engine")


async def upgrade(world: World) -> CaseResult:
    """F28: runs wait on version A when B takes over; all end on A, and so do the runs that they start; new ones begin on B."""
    result = CaseResult("F28", "a version takes over from another")
    async with without_own_engine(world), beside(world, *BESIDE_BLOCKS, DRYSTONE_BUILD_ID="A") as a:
        await promoted(world, "A")
        old = await begin(world, WAITING if world.is_full else WAITING // 5)
        # Its commands come in another order: what A began it could not repeat.
        async with beside(world, "engine", program=CHANGED, DRYSTONE_BUILD_ID="B"):
            await promoted(world, "B")
            result.prove("B is current and A is not", (await state_of(world, "B")).state == CURRENT)
            judged = list(world.acknowledged)
            new = await begin(world, 5)
            # B's histories are not of this checkout's code: they are judged here.
            world.acknowledged = judged
            children = await wake(world, [*old, *new])
            await world.until_ended([*old, *new], 180)
            pinned = [await build_of(world, run_id) for run_id in (*old, *new)]
            result.need(pinned == ["A"] * len(old) + ["B"] * len(new), "wrong", f"runs were on {pinned}")
            inner = {await build_of(world, run_id) for run_id in children}
            result.need(inner == {"A", "B"}, "wrong", f"children were on {inner}")
            of_old = await world.sql(_CHILDREN, ids=old)
            deep = {await build_of(world, row.id) for row in of_old}
            result.need(deep == {"A"}, "wrong", f"children of A's runs were on {deep}")
            done = await world.statuses([*old, *new])
            result.need(set(done.values()) == {"COMPLETED"}, "wrong", f"runs are {sorted(set(done.values()))}")
            left = await state_of(world, "A")
            result.need(left.open_runs == 0, "stuck", f"A has {left.open_runs} open runs")
            result.measure("runs on A", len(old))
            result.measure("runs on B", len(new))
            result.measure("A is", left.state)
        await end(a)
    return result


async def bad_deploy(world: World) -> CaseResult:
    """F29: unversioned workers are replaced by such that cannot repeat what runs; runs say so within a minute, and after the
    roll-back all of them end."""
    result = CaseResult("F29", "a bad deploy, rolled back")
    kept = list(world.acknowledged)
    await world.until_ended([one.run_id for one in kept])
    run_ids = await begin(world, 30 if world.is_full else 8)
    # Their histories have the failed tasks that are wanted here: they are judged here.
    world.acknowledged = kept
    await world.down("engine", how=signal.SIGTERM)
    async with beside(world, *BESIDE_BLOCKS, program=CHANGED):
        began = world.clock()
        wanted = {encode_id("Run", run_id) for run_id in run_ids}
        for run_id in run_ids:
            await world.handle(run_id).signal("event", {"name": "go", "payload": 1})

        async def found() -> list[Any]:
            nodes = (await world.insist_on(PROBLEMS))["nodes"]
            return nodes if {one["id"] for one in nodes} == wanted else []

        problems = await world.until(found, 2 * PROBLEM_SECONDS_MAX)
        took = world.clock() - began
        result.prove("every run had a problem", True)
        result.measure("until every run had a problem s", took)
        result.need(took <= PROBLEM_SECONDS_MAX, "slow", f"the problem showed only after {took:.0f} s")
        codes = {one["problem"]["code"] for one in problems}
        result.need(codes == {"WORKFLOW_TASK_FAILS"}, "wrong", f"codes were {codes}")
        said = problems[0]["problem"]["message"].lower()
        result.need("nondeterminism" in said or "non-determinism" in said, "wrong", f"it said {said}")
    await world.up("engine")
    rolled_back = world.clock()
    found_children = await wake_children(world, run_ids)
    await world.until_ended([*run_ids, *found_children], 240)
    result.measure("from the roll-back to the end of all s", world.clock() - rolled_back)
    statuses = await world.statuses(run_ids)
    result.need(set(statuses.values()) == {"COMPLETED"}, "lost", f"runs are {sorted(set(statuses.values()))}")
    left = (await world.insist_on(PROBLEMS))["nodes"]
    result.need(not left, "wrong", f"{len(left)} runs still have a problem")
    rows = await world.sql(
        "SELECT run_id, name, value FROM run_outputs WHERE run_id = ANY(:ids) ORDER BY run_id, name", ids=run_ids
    )
    given = [(run_id, name, value) for run_id in sorted(run_ids) for name, value in (("deep", 2), ("out", 1))]
    result.need(sorted((row.run_id, row.name, row.value) for row in rows) == given, "wrong", "the outputs are others")
    return result


async def wake_children(world: World, run_ids: Sequence[UUID]) -> list[UUID]:
    async def children() -> list[UUID]:
        rows = await world.sql(_CHILDREN, ids=list(run_ids))
        return [row.id for row in rows] if len(rows) == len(run_ids) else []

    found: list[UUID] = await world.until(children, 180)
    await until_parked(world, found)
    for run_id in found:
        await world.handle(run_id).signal("event", {"name": "in", "payload": 2})
    return found


CASES: Final = (
    Case("F28", "a version takes over from another", upgrade, is_short=True),
    Case("F29", "a bad deploy, rolled back", bad_deploy, is_short=True),
)
