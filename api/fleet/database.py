"""PostgreSQL as the doctor sees it: its vitals, the outbox, runs in trouble; it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from api.fleet.needs import POSTGRESQL_FLOOR
from schema.db.census import Census
from schema.db.migrate import revisions
from schema.db.processes import KnownProcess
from schema.db.troubles import Troubles
from schema.db.vitals import Vitals
from schema.findings import Finding, FindingCode, finding

WHERE: Final = "PostgreSQL"
#: A starter takes what was accepted within milliseconds, or a second after a crash.
OUTBOX_SECONDS: Final = 60.0
CONNECTIONS_SHARE_MAX: Final = 0.85
CLOCK_SECONDS_MAX: Final = 2.0
#: The loops that some process must go through.
LOOPS: Final = ("starter", "reconciler")


def vital_findings(vitals: Vitals) -> Iterator[Finding]:
    """Give what is wrong with PostgreSQL itself."""
    if vitals.major < POSTGRESQL_FLOOR:
        what = f"PostgreSQL is {vitals.version}."
        yield finding(FindingCode.POSTGRESQL_OLD, WHERE, what, floor=POSTGRESQL_FLOOR)
    yield from revision_findings(vitals.revision)
    if vitals.connections > CONNECTIONS_SHARE_MAX * vitals.connections_max:
        what = f"{vitals.connections} of {vitals.connections_max} connections are in use."
        yield finding(FindingCode.CONNECTIONS_FEW, WHERE, what)
    for one in vitals.long:
        what = f"A transaction of {one.name or 'somebody'} ({one.state}) is open for {one.seconds:.0f} s."
        yield finding(FindingCode.TRANSACTION_LONG, f"{WHERE}, process {one.pid}", what, pid=one.pid)
    for table, dead, living in vitals.dead:
        what = f"The table {table} has {dead:,} dead rows beside {living:,} living ones."
        yield finding(FindingCode.ROWS_DEAD, f"{WHERE}, {table}", what, table=table)
    for index in vitals.invalid_indexes:
        what = f"The index {index} is not valid: no query uses it, and a unique one keeps nothing unique."
        yield finding(FindingCode.INDEX_INVALID, f"{WHERE}, {index}", what, index=index)
    for slot, kept in vitals.idle_slots:
        what = f"Nobody reads the replication slot {slot}, which keeps {kept:,} bytes of WAL."
        yield finding(FindingCode.SLOT_IDLE, f"{WHERE}, {slot}", what, slot=slot)


def revision_findings(revision: str | None) -> Iterator[Finding]:
    """Give whether the tables are those of this version."""
    known = revisions()
    if revision == known[0]:
        return
    what = f"The database is at revision {revision}; this version is made for {known[0]}."
    is_behind = revision is None or revision in known
    yield finding(FindingCode.DATABASE_BEHIND if is_behind else FindingCode.DATABASE_AHEAD, WHERE, what)


def clock_findings(where: str, there: datetime, before: datetime, after: datetime) -> Iterator[Finding]:
    """Give whether another clock is far from ours, which said `before` and `after` around its answer."""
    ahead = max((there - after).total_seconds(), (before - there).total_seconds())
    if ahead > CLOCK_SECONDS_MAX:
        what = f"The clock of {where} and this machine's differ by {ahead:.1f} s."
        yield finding(FindingCode.CLOCK_DIFFERS, where, what)


def now() -> datetime:
    return datetime.now(UTC)


def outbox_findings(census: Census) -> Iterator[Finding]:
    """Give whether what was accepted is started."""
    # What waits for its turn by a limit waits in the outbox, too: then others run.
    if census.outbox_seconds > OUTBOX_SECONDS:
        what = f"{census.outbox_runs} accepted runs wait to be started, the oldest for {census.outbox_seconds:.0f} s."
        yield finding(FindingCode.OUTBOX_OLD, "outbox", what)


async def run_findings(engine: AsyncEngine) -> list[Finding]:
    """Give runs in trouble."""
    troubles = Troubles(engine)
    found = []
    for one in await troubles.with_problem():
        what = f"{one.code}: {one.message[:500]}"
        found.append(finding(FindingCode.RUN_PROBLEM, f"run {one.run}", what, run=one.run))
    for run in await troubles.silent():
        what = "It is RUNNING, and nothing has happened in it, is under way or is waited for, for a quarter of an hour."
        found.append(finding(FindingCode.RUN_STUCK, f"run {run}", what, run=run))
    return found


def process_findings(processes: Sequence[KnownProcess]) -> Iterator[Finding]:
    """Give what is wrong with the processes together."""
    living = [one.process for one in processes if not one.is_silent]
    for loop in LOOPS:
        if not any(loop in process.roles for process in living):
            what = f"No process that lives goes through the loop {loop}."
            yield finding(FindingCode.LOOP_ABSENT, loop, what, loop=loop)
    versions = sorted({process.version for process in living})
    if len(versions) > 1:
        what = f"Processes of {len(versions)} versions work here: {', '.join(versions)}."
        yield finding(FindingCode.VERSIONS_MIXED, "processes", what)
