"""The activity that steps through a region: it reads what is missing, has the blocks run, and writes what they made, once.

It runs in two places. As a local activity of the engine's own worker a region that is short costs the run no task of its own;
where that worker cannot, or it fails there, it is a task of the blocks' queue like any other, tried until it is done.
"""

from __future__ import annotations

import asyncio
from itertools import accumulate
from typing import Any, Final, Literal
from uuid import UUID

import orjson
import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.beating import beating, world_failures
from activities.block_loop import BlockStalled, LoopAbandoned
from activities.observing import bind_run, observe_end, observed_step
from activities.region_members import Member, Members
from activities.region_run import Bounds, RegionRun
from activities.region_values import Place
from activities.retrying import WORLD_ERRORS, as_failure, is_final_database_error
from activities.tools import CompiledPlan, Tools
from blocks.sdk.context import Context
from schema.db.ledger import LedgerEmission, fence_of
from schema.db.region_steps import RegionSteps, StepKey, StepTaken, Taking
from schema.errors import EmissionLost, Fenced, NodeTimedOut, shorten
from workflows.engine.region_flow import RegionFlow, RegionUnfit, RegionWider, unfit_result, wider_result
from workflows.names import REGION
from workflows.wire import ELSEWHERE, Header, RegionTask

log = structlog.get_logger()

StepsHere = Literal["none", "library", "all"]

#: Within a workflow task, which must not last; and as a task of its own.
LOCAL: Final = Bounds(seconds=0.25, executions=5_000, bytes=8_000_000, patience=1.0, inline_chars=50_000)
REMOTE: Final = Bounds(seconds=0.5, executions=10_000, bytes=64_000_000, patience=5.0)
#: What a step within a workflow task may tell the run: those of other regions go with it (`workflows.region_tasks.HERE_MAX`).
LOCAL_RESULT_BYTES_MAX: Final = 150_000
#: How long the end of a step may take.
CLOSING_SECONDS: Final = 5.0
#: Attempts that a fault of ours, or the death of a worker, may spoil before the region is given up: its nodes then run by
#: themselves, so that one which kills its worker is found out and blamed.
FAULTS_MAX: Final = 3
#: Seconds behind its run's start within which a region is stepped through within a workflow task. A run begins at once, or waits
#: for workers; where the task of its beginning comes again and again, every five seconds, engines may be dying of this very step.
LATE_SECONDS_MAX: Final = 20.0


class RegionActivities:
    """The region activities of a worker process."""

    def __init__(self, tools: Tools, *, steps_here: StepsHere = "library") -> None:
        """`steps_here` says whose blocks may run within a workflow task. One that brings its process down there, by a fault in C
        code, say, takes engines along until it is `LATE_SECONDS_MAX`; in a worker of blocks it is given up after some deaths."""
        self._tools = tools
        self._steps_here = steps_here
        self._members = Members(tools)
        self._steps = RegionSteps(tools.engine)

    @activity.defn(name=REGION)
    async def run_region(self, header: list[Any], task: list[Any], late_seconds: float = 0.0) -> list[Any]:
        """Step through a region; give [result, whether the run was ended with it], or [ELSEWHERE]. Within a workflow task
        `late_seconds` is how long ago the run was started."""
        if late_seconds > LATE_SECONDS_MAX:
            return [ELSEWHERE]
        owner, given = Header.from_lists(header), RegionTask.from_lists(task)
        key = StepKey(UUID(owner.run_id), given.region, given.step)
        failures = world_failures()
        bind_run(owner.run_id)
        try:
            async with beating(failures):
                if activity.info().attempt - failures > FAULTS_MAX:
                    return await self._give_up(key)
                return await self._run(owner, given, key)
        except LoopAbandoned as error:
            raise ApplicationError(error.message, type=error.code) from error
        except Fenced as error:
            raise as_failure(error) from None
        except WORLD_ERRORS as error:
            activity.heartbeat(failures + 1)
            log.warning("the world failed a region", error=f"{type(error).__name__}: {str(error)[:300]}")
            if is_final_database_error(error):
                return await self._give_up(key)
            raise as_failure(error) from error
        except Exception as error:
            # A fault of ours: it may pass; where it does not, nodes that run by themselves are a way around it.
            log.exception("a fault in the platform failed a region")
            if activity.info().attempt - failures >= FAULTS_MAX:
                return await self._give_up(key)
            raise ApplicationError(f"{type(error).__name__}: {shorten(str(error), 500)}", type="INTERNAL") from error

    async def _run(self, header: Header, task: RegionTask, key: StepKey) -> list[Any]:
        info = activity.info()
        if info.attempt > 1:
            found = await self._steps.find(key)
            if found is not None:
                return found
        tenant = UUID(header.tenant_id)
        compiled = await self._tools.plan(tenant, header.plan_hash)
        members = await self._members.of(tenant, compiled, task.region)
        if info.is_local and not self._is_for_here(compiled, task.region, members):
            return [ELSEWHERE]
        try:
            run = await self._prepared(header, task, compiled, members)
            above = await self._tools.tracing.of(self._tools.engine, key.run_id)
            with observed_step(self._tools, above, "engine" if info.is_local else "blocks", task.region) as executions:
                said = await self._take(header, task, run, key)
                executions.append(run.flow.begun)
        except RegionWider:
            return await self._give_up(key, wider_result())
        except (RegionUnfit, BlockStalled, EmissionLost):
            return await self._give_up(key)
        except StepTaken as taken:
            return taken.result
        if said[1:] == [True]:
            await observe_end(self._tools, key.run_id, "COMPLETED")
        return said

    async def _take(self, header: Header, task: RegionTask, run: RegionRun, key: StepKey) -> list[Any]:
        """Run the blocks to the end of the step, and write it; give what it tells the run, or [ELSEWHERE]."""
        async with self._steps.taking(key) as taking:
            await self._step(header, run, taking)
            if run.values.large:
                await self._tools.values.put_all(UUID(header.tenant_id), list(run.values.large.values()))
            ended = _ended(run, task)
            said = [run.flow.result(run.bounds.inline_chars), ended is not None]
            if activity.info().is_local and len(orjson.dumps(said)) > LOCAL_RESULT_BYTES_MAX:
                return [ELSEWHERE]
            await taking.finish([run.rows] if len(run.rows) else [], said, ended)
        return said

    def _is_for_here(self, compiled: CompiledPlan, region: int, members: dict[int, Member]) -> bool:
        """Say whether a region may be stepped through within a workflow task: its blocks are here, and such that may run here."""
        is_own = self._steps_here == "all" or all(self._tools.registry.is_own(one.block.id) for one in members.values())
        is_here = len(members) == len(compiled.plan.regions[region])
        return is_here and is_own and self._steps_here != "none"

    async def _give_up(self, key: StepKey, result: list[Any] | None = None) -> list[Any]:
        """Take the step without doing anything; without a `result`, the region's nodes run by themselves from now on."""
        said = [result or unfit_result(), False]
        try:
            async with self._steps.taking(key) as taking:
                await taking.finish([], said, None)
        except StepTaken as taken:
            return taken.result
        return said

    async def _prepared(
        self, header: Header, task: RegionTask, compiled: CompiledPlan, members: dict[int, Member]
    ) -> RegionRun:
        flow = RegionFlow(
            compiled.plan,
            task.region,
            task.part,
            dispatch=task.number,
            first=task.first,
            room=task.room,
            numbers=task.numbers,
        )
        is_local = activity.info().is_local
        bounds = LOCAL if is_local else REMOTE
        masks = await self._tools.masks(UUID(header.run_id)) if header.has_masks else {}
        fence = fence_of(task.number, activity.info().attempt)
        context = self._context(header, compiled)
        run = RegionRun(flow, members, context, bounds, masks=masks, fence=fence)
        run.values.wanted = _missing(task.part)
        return run

    async def _step(self, header: Header, run: RegionRun, taking: Taking) -> None:
        """Run the blocks to the end of the step; write what is full meanwhile."""
        try:
            while not run.is_over:
                if run.values.wanted and taking.has_begun:
                    # The next dispatch reads them: what is read takes a second connection.
                    await self._tools.block_loop.run(run.close, CLOSING_SECONDS, "a region")
                    break
                await self._read(header, run)
                limit = run.bounds.seconds + run.bounds.patience
                stepping = asyncio.ensure_future(self._tools.block_loop.run(run.step, limit, "a region"))
                try:
                    await _write_full(run, stepping, taking)
                    await stepping
                finally:
                    stepping.cancel()
        except NodeTimedOut:
            if run.is_running:
                # Its block ignores that it is cancelled, and may come back to what stands here.
                raise RegionUnfit from None
            await self._tools.block_loop.run(run.close, CLOSING_SECONDS, "a region")
        while run.full:
            await taking.write(run.full.popleft())

    def _context(self, header: Header, compiled: CompiledPlan) -> Context:
        return Context(
            http=self._tools.http,
            run_id=header.run_id,
            graph_id=compiled.plan.graph_id,
            base_urls=self._tools.base_urls,
            asks_people=compiled.graph.asks_people,
        )

    async def _read(self, header: Header, run: RegionRun) -> None:
        """Read the values that are wanted: one query for the rows, one for the handles among them."""
        places = list(dict.fromkeys(run.values.wanted))
        if not places:
            return
        rows = await self._tools.ledger.read_tokens(UUID(header.run_id), places)
        if not run.has_begun:
            # What all that is ready is given may be more than fits: the rest is read when it is asked for.
            rows = _first_bytes(rows, run.bounds.bytes // 2)
        handles = [row.handle["id"] for row in rows if row.handle is not None]
        kept = await self._tools.values.get_many(UUID(header.tenant_id), handles)
        run.values.learn(places[: len(rows)], rows, kept)


async def _write_full(run: RegionRun, stepping: asyncio.Future[None], taking: Taking) -> None:
    """Write rows as they get full, until the stepping is over."""
    while not stepping.done():
        filling = asyncio.ensure_future(run.is_full.wait())
        either: list[asyncio.Future[Any]] = [stepping, filling]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            filling.cancel()
        run.is_full.clear()
        while run.full:
            await taking.write(run.full.popleft())


def _ended(run: RegionRun, task: RegionTask) -> dict[str, Any] | None:
    """Give the run's statistics where it ended with the step; None where it did not, or where that is not for here to say."""
    if task.whole is None or not run.flow.is_clean:
        return None
    count = task.whole + run.flow.executions - (task.first - 1)
    return {"node_execution_count": count, "node_error_count": 0, "first_error": None}


def _first_bytes(rows: list[LedgerEmission], bytes_max: int) -> list[LedgerEmission]:
    """Give the first rows whose values have so many bytes together."""
    sizes = accumulate(0 if row.handle is None else int(row.handle["size"]) for row in rows)
    return [row for row, size in zip(rows, sizes, strict=True) if size <= bytes_max]


def _missing(part: list[Any]) -> list[Place]:
    """Give the places of the values that ready executions do not carry."""
    _, executions = part
    return [(token[0], token[1]) for row in executions for _, token in row[3] if len(token) <= 3]
