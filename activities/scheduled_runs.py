"""Activities of ScheduledRun: the run of a schedule's time is accepted here, and watched where another started it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.retrying import WORLD_ERRORS, as_failure
from activities.starter import limits_of
from activities.tools import Tools
from schema.db.accepting import Accepting
from schema.db.firing import Fires, Firing
from schema.db.granting import Granting
from schema.db.people import People
from schema.db.runs import Run
from schema.db.schedules import Schedule, Schedules
from schema.db.submission import Submission
from schema.errors import NotFound
from schema.graph import Graph, parse_graph
from workflows.client import summary_of
from workflows.engine.plan import compile_graph
from workflows.names import FIRE_SCHEDULE, WATCH_RUN
from workflows.schedules import remove_schedule
from workflows.wire import Header, start_of

log = structlog.get_logger()

#: The starter steps in after this, where ScheduledRun could not start the run that it had accepted.
START_AFTER_SECONDS: Final = 60.0
#: Between two looks at a run that another started: as long as it has run already, in these bounds.
WATCH_SECONDS_MIN, WATCH_SECONDS_MAX = 0.5, 30.0


@dataclass
class ScheduledRunActivities:
    """What these activities work with."""

    tools: Tools
    schedules: Schedules = field(init=False)
    submission: Submission = field(init=False)
    firing: Firing = field(init=False)

    def __post_init__(self) -> None:
        tools = self.tools
        self.schedules = Schedules(tools.engine)
        self.submission = Submission(tools.graphs, tools.runs)
        granting = Granting(tools.graphs, tools.resolver.credentials, tools.has_llm_demo)
        accepting = Accepting(self.submission, granting)
        people, specs = People(tools.engine), tools.registry.specs
        self.firing = Firing(self.schedules, Fires(tools.engine), accepting, people, specs, self._compile)

    @activity.defn(name=FIRE_SCHEDULE)
    async def fire(self, schedule_id: str, due: str) -> dict[str, Any] | None:
        """Accept the run of a schedule's time; give what starts it, None where there is none to start."""
        try:
            return await self._fire(UUID(schedule_id), datetime.fromisoformat(due))
        except WORLD_ERRORS as error:
            raise as_failure(error) from error

    @activity.defn(name=WATCH_RUN)
    async def watch(self, tenant_id: str, run_id: str) -> list[Any]:
        """Give [state, code, message] of a run that is over, nothing of one that was deleted since; fail, to be tried again,
        while it is not."""
        try:
            run = await self.tools.runs.get(UUID(tenant_id), UUID(run_id))
        except NotFound:
            return []
        except WORLD_ERRORS as error:
            raise as_failure(error) from error
        if run.is_over:
            problem = run.error or {}
            return [run.status, problem.get("code"), problem.get("message")]
        age = (datetime.now(run.created_at.tzinfo) - run.created_at).total_seconds()
        pause = min(max(age / 10, WATCH_SECONDS_MIN), WATCH_SECONDS_MAX)
        raise ApplicationError(
            "The run goes on.",
            type="RUN_GOES_ON",
            next_retry_delay=timedelta(seconds=pause),
            category=ApplicationErrorCategory.BENIGN,
        )

    async def _fire(self, schedule_id: UUID, due: datetime) -> dict[str, Any] | None:
        schedule = await self.schedules.find(schedule_id)
        if schedule is None or schedule.deleted_at is not None:
            await remove_schedule(self.tools.client, str(schedule_id))
            return None
        if schedule.is_paused and not schedule.is_synced:
            # Temporal was not told yet. Once it was, what still comes was asked for.
            log.info("a paused schedule starts nothing", schedule=str(schedule_id), due=due.isoformat())
            return None
        fire = await self.firing.fire(schedule, due, start_after_seconds=START_AFTER_SECONDS)
        if fire.run_id is None:
            return None
        return await self._start_of(schedule, await self.tools.runs.get(schedule.tenant_id, fire.run_id))

    async def _start_of(self, schedule: Schedule, run: Run) -> dict[str, Any]:
        """Give what the workflow needs to start a run."""
        header = Header(
            run_id=str(run.id),
            tenant_id=str(run.tenant_id),
            plan_hash=run.plan_hash,
            root_run_id=str(run.root_run_id),
            depth=run.depth,
            trigger=run.trigger,
            parent=None,
            has_masks=bool(await self.tools.masks(run.id)),
            limits=limits_of(run),
        )
        routing, _ = await self.tools.graphs.get_plan(run.tenant_id, run.plan_hash)
        return {
            "run_id": str(run.id),
            "start": start_of(header, routing, await self.submission.input_tokens(run.id)),
            "agent_id": str(run.graph_id),
            "agent_version": run.graph_version,
            "summary": summary_of(run.agent_name, run.graph_version, f"schedule {schedule.content.name}"),
            "details": f"Run `{run.id}` of agent `{run.graph_id}` version {run.graph_version}, by schedule `{schedule.id}`.",
        }

    async def _compile(self, tenant: UUID, graph_id: UUID, version: int | None) -> tuple[Graph, tuple[str, list[Any]]]:
        graph = parse_graph(await self.tools.graphs.get(tenant, graph_id, version, is_living=True))
        plan = compile_graph(graph, self.tools.registry.specs)
        return graph, (plan.hash, plan.to_lists())
