"""The fleet in GraphQL: what of the installation works, and what the doctor finds; for the platform's administrators only."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.call import Call
from api.fleet.queues import Poller, QueueHealth
from api.fleet.view import FleetView
from api.graphql.guard import query
from schema.access import Right
from schema.db.processes import KnownProcess
from schema.findings import Finding, Severity

strawberry.enum(
    Severity,
    name="FindingSeverity",
    description="How bad a finding is: it does not work; it works worse than it should; or nothing is wrong.",
)


@strawberry.type(description="One thing that the doctor found. `code` is from the closed list of docs/doctor.md.")
class FleetFinding:
    row: strawberry.Private[Finding]

    @strawberry.field
    def code(self) -> str:
        return self.row.code.value

    @strawberry.field
    def severity(self) -> Severity:
        return self.row.severity

    @strawberry.field(description="What it is about: a server, a task queue, a run, a file.")
    def where(self) -> str:
        return self.row.where

    @strawberry.field(description="What was seen there.")
    def what(self) -> str:
        return self.row.what

    @strawberry.field(description="What to do.")
    def remedy(self) -> str:
        return self.row.remedy


@strawberry.type(description="A worker that asks for the tasks of a queue.")
class FleetPoller:
    row: strawberry.Private[Poller]

    @strawberry.field(description="Its process and its machine, as the worker says it.")
    def identity(self) -> str:
        return self.row.identity

    @strawberry.field(description="The version of the engine that it is of; null: it is unversioned.")
    def build_id(self) -> str | None:
        return self.row.build_id

    @strawberry.field
    def polled_at(self) -> datetime:
        return self.row.polled_at

    @strawberry.field(description="How many tasks it works on; null: it has not said. It says so once a minute.")
    def used_slots(self) -> int | None:
        return None if self.row.slots is None else self.row.slots.used

    @strawberry.field(description="How many more it could take.")
    def free_slots(self) -> int | None:
        return None if self.row.slots is None else self.row.slots.available


@strawberry.type(description="A task queue at a moment; the numbers are Temporal's estimates.")
class FleetQueue:
    row: strawberry.Private[QueueHealth]

    @strawberry.field
    def name(self) -> str:
        return self.row.name

    @strawberry.field(description="Tasks that wait.")
    def backlog(self) -> int:
        return self.row.backlog

    @strawberry.field(description="How long the oldest of them waits.")
    def backlog_seconds(self) -> float:
        return self.row.backlog_seconds

    @strawberry.field(description="Tasks a second that come.")
    def rate_in(self) -> float:
        return self.row.rate_in

    @strawberry.field(description="Tasks a second that are handed out.")
    def rate_out(self) -> float:
        return self.row.rate_out

    @strawberry.field(description="Workers that serve it, at most 100.")
    def pollers(self) -> list[FleetPoller]:
        return [FleetPoller(row=one) for one in self.row.pollers]


@strawberry.type(description="A process of this installation, by what it says of itself every ten seconds.")
class FleetProcess:
    row: strawberry.Private[KnownProcess]

    @strawberry.field(description="`api`, or a worker's roles.")
    def roles(self) -> list[str]:
        return list(self.row.process.roles)

    @strawberry.field
    def host(self) -> str:
        return self.row.process.host

    @strawberry.field
    def pid(self) -> int:
        return self.row.process.pid

    @strawberry.field(description="Of Drystone.")
    def version(self) -> str:
        return self.row.process.version

    @strawberry.field
    def build_id(self) -> str | None:
        return self.row.process.build_id

    @strawberry.field
    def started_at(self) -> datetime:
        return self.row.started_at

    @strawberry.field
    def seen_at(self) -> datetime:
        return self.row.seen_at

    @strawberry.field(description="It has not said anything for so long that it is dead, or does not reach PostgreSQL.")
    def is_silent(self) -> bool:
        return self.row.is_silent


@strawberry.type(description="Open runs of all organisations in one state; at most 100,000 are counted.")
class FleetRuns:
    status: str
    count: int


@strawberry.type(description="What of the installation works. What was seen is kept for five seconds.")
class Fleet:
    row: strawberry.Private[FleetView]

    @strawberry.field(description="The task queues; null: Temporal is away.")
    def queues(self) -> list[FleetQueue] | None:
        return None if self.row.queues is None else [FleetQueue(row=one) for one in self.row.queues]

    @strawberry.field(description="The processes, those that were silent for ten minutes left out; at most 500.")
    def processes(self) -> list[FleetProcess] | None:
        return None if self.row.processes is None else [FleetProcess(row=one) for one in self.row.processes]

    @strawberry.field(description="Open runs by state.")
    def runs(self) -> list[FleetRuns] | None:
        census = self.row.census
        return None if census is None else [FleetRuns(status=name, count=n) for name, n in census.states.items()]

    @strawberry.field(description="Accepted runs that wait to be started.")
    def outbox_runs(self) -> int | None:
        return None if self.row.census is None else self.row.census.outbox_runs

    @strawberry.field(
        description="What `drystone doctor` finds of all that is shared, the worst first; what only a machine's own settings and "
        "files show is left out."
    )
    async def findings(self, info: strawberry.Info, severity: Severity | None = None) -> list[FleetFinding]:
        call: Call = info.context
        found = await call.services.findings.get()
        return [FleetFinding(row=one) for one in found if severity is None or one.severity == severity]


@strawberry.type
class FleetQuery:
    @query(Right.READ_FLEET, "What of the installation works: workers, task queues, processes, and what is wrong.")
    async def fleet(self, info: strawberry.Info) -> Fleet:
        call: Call = info.context
        return Fleet(row=await call.services.fleet.get())
