"""Schedules in GraphQL: when they are due, what became of their times, and why one cannot run; nothing is changed here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.errors import BadCursor
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.graphs import Graph, graph_of
from api.graphql.guard import query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.node import Node, add_finders
from api.graphql.node_executions import Failure, failure_of
from api.graphql.people import Member, member_of
from api.graphql.presets import ChosenCredential, shown_inputs
from api.graphql.runs import Run, place_of, run_of
from api.graphql.schedule_specs import (
    Overlap,
    OverlapEnum,
    ScheduleSpecInput,
    ShownSpec,
    given_spec,
    moment_of,
    shown_spec,
)
from api.scheduling import TIMES, TIMES_MAX, next_times, recommended, times_after
from schema.access import Right
from schema.db.firing import Fire as FireRow
from schema.db.firing import FiresWanted
from schema.db.runs import Run as RunRow
from schema.db.schedules import Schedule as ScheduleRow
from schema.errors import Unavailable
from schema.schedules import policy_words


@strawberry.type(description="What became of one time of a schedule: a run, or why there is none.")
class ScheduleFire:
    row: strawberry.Private[FireRow]

    @strawberry.field(
        description="When it was to be: the schedule's time. One that was asked for by hand has that moment."
    )
    def scheduled_at(self) -> datetime:
        return self.row.scheduled_at

    @strawberry.field(description="When the platform came to it.")
    def fired_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="The run that it started; null for none, and for one that was deleted.")
    async def run(self, info: strawberry.Info) -> Run | None:
        return None if self.row.run_id is None else await run_of(info.context, self.row.run_id)

    @strawberry.field(description="Why it started none.")
    def error(self) -> Failure | None:
        return failure_of(self.row.error)


@strawberry.type(
    description="Why a schedule could not run at its last time. It goes on trying, and this is null when it can again."
)
class ScheduleProblem:
    code: str = strawberry.field(
        description="Such as ACCESS_LOST, MISSING_CREDENTIALS, NOT_FOUND or INVALID_RUN_INPUT."
    )
    message: str
    at: datetime


@strawberry.type(description="Starts an agent at its times, in the name of who saved it last.")
class Schedule(Node):
    row: strawberry.Private[ScheduleRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Schedule", self.row.id)

    @strawberry.field
    def name(self) -> str:
        return self.row.content.name

    @strawberry.field
    def graph_id(self) -> strawberry.ID:
        return encode_id("Graph", self.row.graph_id)

    @strawberry.field(description="The agent; null for one that was deleted: see `problem`.")
    async def graph(self, info: strawberry.Info) -> Graph | None:
        return await graph_of(info.context, self.row.graph_id)

    @strawberry.field(description="The version that it runs; null: the one that is active when its time comes.")
    def graph_version(self) -> int | None:
        return self.row.content.graph_version

    @strawberry.field
    def spec(self) -> ShownSpec:
        return shown_spec(self.row.content.spec)

    @strawberry.field
    def overlap(self) -> OverlapEnum:  # type: ignore[valid-type]
        return Overlap(self.row.content.overlap)

    @strawberry.field(description="What was missed while nothing worked is made up for if it is not older than this.")
    def catch_up_seconds(self) -> int:
        return self.row.content.catch_up_seconds

    @strawberry.field(description="What overlap and catching up mean, in words.")
    def policy_words(self) -> str:
        return policy_words(self.row.content.overlap, self.row.content.catch_up_seconds)

    @strawberry.field(description="{input's name: value}; of an input that is secret now, `***`.")
    async def inputs(self, info: strawberry.Info) -> JSON:
        agent = (self.row.graph_id, self.row.content.graph_version)
        return await shown_inputs(info.context, agent, self.row.content.inputs)

    @strawberry.field
    def credentials(self) -> list[ChosenCredential]:
        chosen = self.row.content.credentials
        return [ChosenCredential(key=key, credential_id=encode_id("Credential", each)) for key, each in chosen.items()]

    @strawberry.field
    def is_paused(self) -> bool:
        return self.row.is_paused

    @strawberry.field(description="What was said when it was paused or resumed.")
    def note(self) -> str | None:
        return self.row.note

    @strawberry.field(description="Why it could not run the last time; null while it can.")
    def problem(self) -> ScheduleProblem | None:
        row = self.row.problem
        if row is None:
            return None
        return ScheduleProblem(code=row["code"], message=row["message"], at=datetime.fromisoformat(row["at"]))

    @strawberry.field(description="In whose name it runs: who saved it last; null for one who has left.")
    async def runs_as(self, info: strawberry.Info) -> Member | None:
        return None if self.row.created_by is None else await member_of(info.context, self.row.created_by)

    @strawberry.field(description="Grows with each change; `updateSchedule` takes the one that was read.")
    def revision(self) -> int:
        return self.row.revision

    @strawberry.field(
        description="Whether Temporal has taken the last change; a moment after it, unless Temporal is away."
    )
    def is_synced(self) -> bool:
        return self.row.is_synced

    @strawberry.field(
        description=f"Its next {TIMES} times, by Temporal's reckoning: none while it is paused; null while Temporal is away or "
        "has not taken the last change yet."
    )
    async def next_times(self, info: strawberry.Info) -> list[datetime] | None:
        try:
            return await next_times(info.context, self.row)
        except Unavailable:
            return None

    @strawberry.field(
        description="What became of its times, the latest first. A time that the overlap left out is not here."
    )
    async def fires(
        self, info: strawberry.Info, first: int | None = None, after: str | None = None
    ) -> Connection[ScheduleFire]:
        call: Call = info.context
        size = page_size(first)

        async def load(wanted: Sequence[FiresWanted]) -> dict[FiresWanted, list[FireRow]]:
            return await call.stores.fires.of(call.tenant, wanted, size + 1)

        rows = await call.loader(f"fires {size}", load).load((self.row.id, _time_of(after, "fires"))) or []
        return connect(
            rows,
            size,
            lambda row: ScheduleFire(row=row),
            lambda row: encode_cursor("fires", row.scheduled_at),
            after=after,
        )

    @strawberry.field(description="The runs that it started, that of the latest time first.")
    async def runs(self, info: strawberry.Info, first: int | None = None, after: str | None = None) -> Connection[Run]:
        call: Call = info.context
        size = page_size(first)

        async def load(wanted: Sequence[FiresWanted]) -> dict[FiresWanted, list[tuple[datetime, RunRow]]]:
            return await call.stores.fires.runs_of(call.tenant, wanted, size + 1)

        key = (self.row.id, _time_of(after, "schedule runs"))
        rows = await call.loader(f"schedule runs {size}", load).load(key) or []
        return connect(
            rows,
            size,
            lambda row: Run(row=row[1]),
            lambda row: encode_cursor("schedule runs", row[0]),
            after=after,
        )

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field
    def updated_at(self) -> datetime:
        return self.row.updated_at


def _time_of(cursor: str | None, of: str) -> datetime | None:
    key = decode_cursor(of, cursor, datetime)
    if key is not None and key[0].tzinfo is None:
        raise BadCursor
    return None if key is None else key[0]


async def _find(call: Call, parts: list[str]) -> Schedule:
    return Schedule(row=await call.stores.schedules.get(call.tenant, UUID(parts[0])))


add_finders({"Schedule": (Right.READ_RUNS, _find)})


@strawberry.type
class SchedulesQuery:
    @query(Right.READ_RUNS, "The schedules, or those of an agent, the newest first.")
    async def schedules(
        self,
        info: strawberry.Info,
        graph_id: strawberry.ID | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Schedule]:
        call: Call = info.context
        size = page_size(first)
        graph = None if graph_id is None else decode_uuid("Graph", graph_id)
        rows = await call.stores.schedules.page(call.tenant, graph, place_of(after, "schedules"), size + 1)
        return connect(
            rows,
            size,
            lambda row: Schedule(row=row),
            lambda row: encode_cursor("schedules", row.created_at, row.id),
            after=after,
        )

    @query(
        Right.READ_GRAPHS,
        "The cron line that an agent's file recommends, as a suggestion for a schedule; null where it has none that can be read.",
    )
    async def recommended_cron(self, info: strawberry.Info, graph_id: strawberry.ID) -> str | None:
        call: Call = info.context
        body = await call.stores.graphs.get(call.tenant, decode_uuid("Graph", graph_id), is_living=True)
        return recommended(body)

    @query(Right.READ_RUNS, "One schedule.")
    async def schedule(self, info: strawberry.Info, id: strawberry.ID) -> Schedule:
        return await _find(info.context, [str(decode_uuid("Schedule", id))])

    @query(
        Right.READ_RUNS,
        f"The times that a schedule would have, by Temporal's own reckoning: the next {TIMES}, or as many as `first` says, up to "
        f"{TIMES_MAX}. Nothing is saved. UNAVAILABLE while Temporal is away.",
    )
    async def schedule_times(
        self,
        info: strawberry.Info,
        spec: ScheduleSpecInput,
        first: int = TIMES,
        after: datetime | None = None,
    ) -> list[datetime]:
        return await times_after(info.context, given_spec(spec), moment_of(after), first)
