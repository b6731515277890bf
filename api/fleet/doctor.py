"""The doctor: looks at all that is shared by an installation, and says what is wrong; it mends nothing, and never fails itself.

Each check runs beside the others, for a bounded time. What is away is one finding, however many checks needed it. A check that
fails otherwise is a finding, too: of a server's own making, or of ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import asyncpg
import obstore
from obstore.store import ObjectStore
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api.fleet import database, drift, fairness, packages, temporal_server
from api.fleet.clock import moment_there
from api.fleet.queues import look_at_queues, queue_findings
from api.temporal import Temporal
from blocks.scanning import scanner_of
from schema.db.census import take_census
from schema.db.key_file import BadKeys
from schema.db.processes import Processes
from schema.db.rewrapping import Rewrapping
from schema.db.vault import LocalKeys, Vault
from schema.db.vitals import take_vitals
from schema.errors import DrystoneError, KeyMissing, ScanUnavailable, Unavailable
from schema.findings import Finding, FindingCode, finding, worst_first

#: Seconds of one check, all of which run beside one another; an operation of the API has ten in all.
CHECK_SECONDS: Final = 5.0
#: Connections to PostgreSQL that it takes at once: an API process has ten for all its callers.
CONNECTIONS_MAX: Final = 3
FAIRNESS_SECONDS: Final = 60.0
#: The object that is written to see whether the store can be: the same as that of `/readyz`.
PROBE: Final = "health/probe"


class Check(Protocol):
    """One thing to look at."""

    __name__: str

    def __call__(self) -> Awaitable[Iterable[Finding]]:
        """Give what was found."""
        ...


_UNANSWERED: Final = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED})
_AWAY: Final = frozenset({FindingCode.TEMPORAL_AWAY, FindingCode.POSTGRESQL_AWAY})
_POSTGRESQL_LATE: Final = finding(
    FindingCode.POSTGRESQL_AWAY, database.WHERE, f"PostgreSQL does not answer within {CHECK_SECONDS:.0f} s."
)
_TEMPORAL_LATE: Final = finding(
    FindingCode.TEMPORAL_AWAY, temporal_server.WHERE, f"Temporal does not answer within {CHECK_SECONDS:.0f} s."
)
#: PostgreSQL's codes (appendix A of its manual): no such table or column; classes of a server that cannot be reached or used.
_TABLES_ABSENT: Final = frozenset({"42P01", "42703"})
_CONNECTING: Final = ("08", "28", "3D", "53", "57")
_CONNECTIONS_SPENT: Final = "53300"


@dataclass(frozen=True)
class Doctor:
    """Looks at an installation."""

    engine: AsyncEngine
    temporal: Temporal
    #: Opens the store of large values.
    objects: Callable[[], ObjectStore]
    vault: Vault
    clamd_address: str | None = None
    #: Find out whether tenants take turns, too, which starts workflows.
    has_fairness: bool = False

    async def look(self, more: Sequence[Check] = ()) -> list[Finding]:
        """Give what was found, the worst first; `more` are checks of what only the caller knows."""
        deadline, room = asyncio.get_running_loop().time() + CHECK_SECONDS, asyncio.Semaphore(CONNECTIONS_MAX)

        def do(check: Check, late: Finding | None = None) -> Awaitable[Iterable[Finding]]:
            return _bounded(check, check.__name__, deadline, late)

        def do_in_turn(check: Check, late: Finding | None = None) -> Awaitable[Iterable[Finding]]:
            async def in_turn() -> Iterable[Finding]:
                async with room:
                    return await check()

            return _bounded(in_turn, check.__name__, deadline, late)

        others: list[Check] = [self._objects, self._scanner, packages.package_findings, *more]
        found = await asyncio.gather(
            *(
                do_in_turn(one, _POSTGRESQL_LATE)
                for one in (self._vitals, self._outbox, self._processes, self._runs, self._keys)
            ),
            *(do_in_turn(one) for one in (self._closed, self._strays, self._schedules)),
            *(do(one, _TEMPORAL_LATE) for one in (self._server, self._settings, self._queues, self._clock)),
            *(do(one) for one in others),
        )
        return _told_once([one for several in found for one in several] + await self._fairness())

    async def _client(self) -> Client:
        """Give the client, once Temporal answers."""
        async with self.temporal.client() as client:
            await client.workflow_service.get_system_info(GetSystemInfoRequest(), timeout=temporal_server.ANSWER)
        return client

    # What PostgreSQL tells

    async def _vitals(self) -> Iterable[Finding]:
        before = database.now()
        vitals = await take_vitals(self.engine)
        clock = database.clock_findings("PostgreSQL", vitals.now, before, database.now())
        return [*database.vital_findings(vitals), *clock]

    async def _outbox(self) -> Iterable[Finding]:
        return database.outbox_findings(await take_census(self.engine))

    async def _processes(self) -> Iterable[Finding]:
        return database.process_findings(await Processes(self.engine).known())

    async def _runs(self) -> Iterable[Finding]:
        return await database.run_findings(self.engine)

    async def _keys(self) -> Iterable[Finding]:
        """See that every key that seals something is here."""
        if not isinstance(self.vault.provider, LocalKeys):
            return []
        found = []
        for key, secrets in (await Rewrapping(self.engine, self.vault).references()).items():
            try:
                self.vault.provider.keys(key)
            except DrystoneError as error:
                what = f"The key {key} seals {secrets} secrets: {error.message}"
                found.append(finding(FindingCode.KEY_ABSENT, "keys of credentials", what, key=key))
        return found

    # What Temporal tells

    async def _server(self) -> Iterable[Finding]:
        return await temporal_server.vital_findings(await self._client())

    async def _settings(self) -> Iterable[Finding]:
        return await temporal_server.setting_findings(await self._client())

    async def _queues(self) -> Iterable[Finding]:
        return queue_findings(await look_at_queues(await self._client()))

    async def _clock(self) -> Iterable[Finding]:
        client = await self._client()
        before = database.now()
        there = await moment_there(client)
        return [] if there is None else database.clock_findings(temporal_server.WHERE, there, before, database.now())

    async def _closed(self) -> Iterable[Finding]:
        return await drift.closed_in_temporal(self.engine, await self._client())

    async def _strays(self) -> Iterable[Finding]:
        return await drift.without_row(self.engine, await self._client())

    async def _schedules(self) -> Iterable[Finding]:
        return await drift.schedules_that_differ(self.engine, await self._client())

    async def _fairness(self) -> list[Finding]:
        if not self.has_fairness:
            return [fairness.not_looked_at()]

        async def check() -> Iterable[Finding]:
            return await fairness.fairness_findings(await self._client())

        deadline = asyncio.get_running_loop().time() + FAIRNESS_SECONDS
        return list(await _bounded(check, "fairness", deadline, _TEMPORAL_LATE))

    # What others tell

    async def _objects(self) -> Iterable[Finding]:
        try:
            await obstore.put_async(self.objects(), PROBE, b"ok")
        except (OSError, obstore.exceptions.BaseError) as error:
            what = f"The object store cannot be written: {type(error).__name__}."
            return [finding(FindingCode.OBJECT_STORE_AWAY, "object store", what)]
        return []

    async def _scanner(self) -> Iterable[Finding]:
        where = "scanner"
        try:
            version = await scanner_of(self.clamd_address).version()
        except ScanUnavailable:
            return [finding(FindingCode.SCANNER_AWAY, where, "The scanner does not answer.")]
        if version is not None:
            return []
        return [finding(FindingCode.SCANNER_ABSENT, where, "No scanner is set: files are not looked at for malware.")]


async def _bounded(check: Check, name: str, deadline: float, late: Finding | None) -> Iterable[Finding]:
    """Do a check; what keeps it from being done is a finding, `late` where that is time."""
    try:
        async with asyncio.timeout_at(deadline):
            return await check()
    except TimeoutError:
        return [late or _failed(name, "no answer in time")]
    except (KeyMissing, BadKeys):
        return []  # Of the codec or the vault: those who know the settings say what is wrong with them.
    except Unavailable as error:
        return [finding(FindingCode.TEMPORAL_AWAY, temporal_server.WHERE, error.message)]
    except RPCError as error:
        # A namespace that does not exist is a finding of its own.
        return (
            [] if error.status is RPCStatusCode.NOT_FOUND else [_failed(name, f"{error.status.name}: {error.message}")]
        )
    except (SQLAlchemyError, asyncpg.PostgresError, OSError) as error:
        return _of_database(name, error)
    except Exception as error:  # noqa: BLE001 - the doctor is asked when things are wrong, and says what it could not do
        return [_failed(name, f"{type(error).__name__}: {error}")]


def _of_database(name: str, error: Exception) -> list[Finding]:
    """Tell a PostgreSQL that is away from tables that are not there, which is a finding of its own, and from a refusal."""
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    if state in _TABLES_ABSENT:
        return []
    if isinstance(error, DBAPIError) and state is not None and not state.startswith(_CONNECTING):
        return [_failed(name, f"{type(error).__name__} {state}")]
    what = f"PostgreSQL does not answer: {type(getattr(error, 'orig', error)).__name__}."
    if state == _CONNECTIONS_SPENT:
        what = "PostgreSQL has no connection left for the doctor."
    return [finding(FindingCode.POSTGRESQL_AWAY, database.WHERE, what)]


def _failed(name: str, what: str) -> Finding:
    return finding(FindingCode.CHECK_FAILED, f"check {name.strip('_')}", f"It could not be done: {what[:500]}")


def _told_once(found: Sequence[Finding]) -> list[Finding]:
    """Leave out what is told already: a server that is away, by each check that needed it, and what could not be done for it."""
    by_key = {one.code if one.code in _AWAY else one: one for one in found}
    is_away = bool(_AWAY & {one.code for one in found})
    return worst_first(one for one in by_key.values() if not (is_away and one.code is FindingCode.CHECK_FAILED))
