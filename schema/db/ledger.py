"""The ledger: what node executions emitted, each emission once, written by the newest attempt only; it never runs a block.

An emission stands under (run, execution, sequence). Whoever writes does it *insert or read back*: where a row is there
already, the row is right and the writer repeats it, so a retried block that gives other values repeats what downstream has
seen. The *fence* is the dispatch number and attempt of the newest attempt that announced itself; an older one finds its fence
outbid and may write nothing more. A terminal state never changes.

`write` is one statement for any number of executions, also of several callers of one run at the same time: their rows, their
emissions, their outputs and their log lines, all or nothing, and a row of `run_events` that tells readers of them (one more
where there are log lines).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schema.db.entries import EmissionEntry, ExecutionEntry, LogEntry, OutputEntry
from schema.db.gathering import Gathering, Write, Written
from schema.errors import EmissionLost, Fenced
from schema.states import TERMINAL

_TERMINAL_SQL: Final = ", ".join(f"'{state}'" for state in sorted(TERMINAL))


def fence_of(dispatch: int, attempt: int) -> int:
    """Order attempts: a later dispatch beats every attempt of an earlier one."""
    return dispatch * 65_536 + min(attempt, 65_535)


@dataclass(frozen=True)
class LedgerEmission:
    """An emission as the ledger has it."""

    sequence: int
    pin: str
    value: Any
    handle: dict[str, Any] | None


@dataclass(frozen=True)
class Recorded:
    """An execution as the ledger has it."""

    status: str
    step: int
    fence: int
    error: dict[str, Any] | None
    attempts: list[dict[str, Any]]
    emissions: list[LedgerEmission]

    @property
    def is_over(self) -> bool:
        return self.status in TERMINAL


#: The run's row is held to the end of the write, so that a deletion of the run waits for it and takes along what it wrote.
_NAMED_WRITE: Final = f"""
WITH open AS (SELECT 1 FROM runs WHERE id = :run AND status NOT IN ({_TERMINAL_SQL}) FOR KEY SHARE),
owned AS (
  INSERT INTO node_executions AS n (run_id, execution, node_id, block_id, ordinal, status, step, fence, inputs, error,
                                    attempts, started_at, ended_at, waits_for, caller)
  SELECT :run, e.execution, e.node_id, e.block_id, e.ordinal, e.status, e.step, e.fence, e.inputs::json, e.error::json,
         e.attempts::jsonb, now() - make_interval(secs => e.began), now() - make_interval(secs => e.ended), e.waits_for::json,
         e.caller::json
  FROM unnest(CAST(:executions AS int[]), CAST(:node_ids AS text[]), CAST(:block_ids AS text[]),
              CAST(:ordinals AS int[]), CAST(:statuses AS text[]), CAST(:steps AS int[]), CAST(:fences AS bigint[]),
              CAST(:inputs AS text[]), CAST(:errors AS text[]), CAST(:attempts AS text[]),
              CAST(:began AS float8[]), CAST(:ended AS float8[]), CAST(:waits AS text[]), CAST(:callers AS text[]))
    AS e(execution, node_id, block_id, ordinal, status, step, fence, inputs, error, attempts, began, ended, waits_for, caller)
  WHERE EXISTS (SELECT 1 FROM open)
  ON CONFLICT (run_id, execution) DO UPDATE SET
    status = excluded.status, step = excluded.step, fence = excluded.fence,
    inputs = CASE WHEN CAST(excluded.inputs AS text) = '{{{{}}}}' THEN n.inputs ELSE excluded.inputs END,
    error = excluded.error, attempts = n.attempts || excluded.attempts,
    started_at = coalesce(n.started_at, excluded.started_at), ended_at = excluded.ended_at,
    waits_for = excluded.waits_for
  WHERE n.fence <= excluded.fence AND n.status NOT IN ({_TERMINAL_SQL}) AND n.node_id = excluded.node_id
  RETURNING execution, node_id, ordinal, status, step),
said AS (
  INSERT INTO emissions (run_id, execution, sequence, pin, value, handle)
  SELECT :run, m.execution, m.sequence, m.pin, m.value::json, m.handle::json
  FROM unnest(CAST(:emission_executions AS int[]), CAST(:sequences AS int[]), CAST(:pins AS text[]),
              CAST(:emission_values AS text[]), CAST(:emission_handles AS text[]))
    AS m(execution, sequence, pin, value, handle)
  WHERE m.execution IN (SELECT execution FROM owned)
  ON CONFLICT DO NOTHING
  RETURNING execution, sequence),
given AS (
  INSERT INTO run_outputs (run_id, execution, name, value, handle)
  SELECT :run, o.execution, o.name, o.value::json, o.handle::json
  FROM unnest(CAST(:output_executions AS int[]), CAST(:output_names AS text[]), CAST(:output_values AS text[]),
              CAST(:output_handles AS text[])) AS o(execution, name, value, handle)
  WHERE o.execution IN (SELECT execution FROM owned)
  ON CONFLICT DO NOTHING),
{{logged}}begun AS (
  UPDATE runs SET status = 'RUNNING', started_at = coalesce(started_at, now()),
    handed_over_at = coalesce(handed_over_at, now())
  WHERE id = :run AND status = 'QUEUED' AND :is_first
  RETURNING id),
told AS (
  INSERT INTO run_events (tenant_id, graph_id, run_id, kind, body)
  SELECT r.tenant_id, r.graph_id, r.id, e.kind, e.body
  FROM runs r CROSS JOIN LATERAL (
    SELECT 1 AS place, 'run' AS kind, json_build_object('status', 'RUNNING') AS body WHERE EXISTS (SELECT 1 FROM begun)
    {{logs}}UNION ALL
    SELECT 3, 'nodes', json_build_object(
      'executions', (SELECT coalesce(json_agg(json_build_array(execution, node_id, ordinal, status, step)), '[]')
                     FROM owned WHERE execution IN (SELECT unnest(CAST(:told AS int[])))),
      'emissions', (
        SELECT coalesce(json_agg(json_build_array(execution, first, next)), '[]') FROM (
          SELECT execution, min(sequence) AS first, max(sequence) + 1 AS next FROM (
            SELECT execution, sequence,
                   sequence - row_number() OVER (PARTITION BY execution ORDER BY sequence) AS island FROM said) AS one
          GROUP BY execution, island ORDER BY execution, first) AS range))
    WHERE EXISTS (SELECT 1 FROM owned WHERE execution IN (SELECT unnest(CAST(:told AS int[]))))
       OR EXISTS (SELECT 1 FROM said)) AS e
  WHERE r.id = :run ORDER BY e.place)
SELECT ARRAY(SELECT execution FROM owned) AS owned, ARRAY(SELECT execution FROM said) AS said
"""
_LOGGED: Final = """
logged AS (
  INSERT INTO run_logs (run_id, execution, attempt, level, pin, line)
  SELECT :run, l.execution, l.attempt, l.level, l.pin, l.line
  FROM unnest(CAST(:log_executions AS int[]), CAST(:log_attempts AS int[]), CAST(:log_levels AS text[]),
              CAST(:log_pins AS text[]), CAST(:log_lines AS text[])) WITH ORDINALITY
    AS l(execution, attempt, level, pin, line, place)
  WHERE l.execution IN (SELECT execution FROM owned) ORDER BY l.place
  RETURNING id, execution),
"""
#: Lines are told before the end of their execution, and behind the news that it runs.
_LOGS: Final = f"""
    UNION ALL
    SELECT CASE WHEN l.is_end THEN 2 ELSE 4 END, 'logs', json_build_object('lines', l.ids) FROM (
      SELECT o.status IN ({_TERMINAL_SQL}) AS is_end, json_agg(g.id ORDER BY g.id) AS ids
      FROM logged g JOIN owned o ON o.execution = g.execution GROUP BY is_end) AS l
"""


@dataclass(frozen=True)
class Statement:
    """A statement that is given to the driver as it is, which takes numbers; `names` are the arguments in their order."""

    sql: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, named: str) -> Statement:
        names = tuple(dict.fromkeys(re.findall(r"(?<!:):([a-z_]+)", named)))
        return cls(re.sub(r"(?<!:):([a-z_]+)", lambda found: f"${names.index(found[1]) + 1}", named), names)


#: The one statement of the hot path, and the same for the few writes that have log lines.
_WRITE: Final = Statement.of(_NAMED_WRITE.format(logged="", logs=""))
_WRITE_LOGGED: Final = Statement.of(_NAMED_WRITE.format(logged=_LOGGED, logs=_LOGS))

_READ: Final = text(
    "SELECT status, step, fence, error, attempts FROM node_executions WHERE run_id = :run AND execution = :execution"
)
_READ_EMISSIONS: Final = text(
    "SELECT sequence, pin, value, handle FROM emissions "
    "WHERE run_id = :run AND execution = :execution AND sequence >= :first ORDER BY sequence LIMIT :limit"
)
_READ_PIN: Final = text(
    "SELECT sequence, pin, value, handle FROM emissions "
    "WHERE run_id = :run AND execution = :execution AND pin = :pin AND sequence < :before ORDER BY sequence"
)
_READ_TOKENS: Final = text(
    "SELECT t.position, m.pin, m.value, m.handle "
    "FROM unnest(CAST(:executions AS int[]), CAST(:sequences AS int[])) WITH ORDINALITY AS t(execution, sequence, position) "
    "JOIN emissions m ON m.run_id = :run AND m.execution = t.execution AND m.sequence = t.sequence"
)


@dataclass(frozen=True)
class Ledger:
    """The ledger of all runs."""

    engine: AsyncEngine
    #: Told of each statement: its rows of executions and emissions, and the seconds that it took.
    on_written: Callable[[int, float], None] = field(default=lambda _rows, _seconds: None, compare=False, repr=False)

    #: What is written for one run at the same time goes in one statement.
    _gathering: Gathering = field(default_factory=Gathering, compare=False, repr=False)

    async def write(
        self,
        run_id: UUID,
        executions: Sequence[ExecutionEntry],
        emissions: Sequence[EmissionEntry] = (),
        outputs: Sequence[OutputEntry] = (),
        lines: Sequence[LogEntry] = (),
    ) -> tuple[frozenset[int], bool]:
        """Write all that these attempts may write; give the executions they own, and whether every emission was new.

        An execution that is not owned has a newer attempt or is over: read it back. If not every emission was new, another
        attempt's stand there: read them back. What is written for one run at the same time goes in one statement: nodes that
        run beside one another would otherwise each wait for a commit of their own.
        """
        mine = Write(list(executions), list(emissions), list(outputs), list(lines))
        return await self._gathering.write(run_id, mine, self._write_together)

    async def _write_together(self, run_id: UUID, batch: Sequence[Write]) -> Written:
        lines = [line for one in batch for line in one.lines]
        arguments = _arguments(
            run_id,
            # In one order everywhere: two processes that write the same rows must not wait for one another.
            sorted((entry for one in batch for entry in one.executions), key=lambda entry: entry.execution),
            [emission for one in batch for emission in one.emissions],
            [output for one in batch for output in one.outputs],
        )
        if lines:
            arguments |= log_arguments(lines)
        began = monotonic()
        async with self.engine.connect() as connection:
            row = await _write(connection, arguments)
        self.on_written(len(arguments["executions"]) + len(arguments["sequences"]), monotonic() - began)
        return Written(frozenset(row["owned"]), Counter(row["said"]))

    async def read(self, run_id: UUID, execution: int, first: int = 0, limit: int | None = None) -> Recorded | None:
        """Give an execution with its emissions from `first` on, so many at most, or None where nothing was written."""
        async with self.engine.connect() as connection:
            return await _read(connection, run_id, execution, first, limit)

    async def read_pin(self, run_id: UUID, execution: int, pin: str, before: int) -> list[LedgerEmission]:
        """Give what an execution emitted on a pin before a place in its sequence."""
        where = {"run": run_id, "execution": execution, "pin": pin, "before": before}
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_READ_PIN, where)).all()
        return [LedgerEmission(row.sequence, row.pin, row.value, row.handle) for row in rows]

    async def claim(self, run_id: UUID, entry: ExecutionEntry, first: int) -> Recorded:
        """Announce an attempt, unless the execution is over; give what the ledger has. Raises Fenced if outbid."""
        owned, _ = await self.write(run_id, [entry])
        recorded = await self.read(run_id, entry.execution, first)
        if recorded is None:
            raise Fenced(f"The run {run_id} has ended.")
        if entry.execution not in owned and not recorded.is_over:
            raise Fenced(f"A newer attempt owns execution {entry.execution} of run {run_id}.")
        return recorded

    async def read_tokens(self, run_id: UUID, places: Sequence[tuple[int, int]]) -> list[LedgerEmission]:
        """Give the emissions at these (execution, sequence) places, in their order; raise EmissionLost where one is not there."""
        async with self.engine.connect() as connection:
            arguments = {"run": run_id, "executions": [p[0] for p in places], "sequences": [p[1] for p in places]}
            rows = (await connection.execute(_READ_TOKENS, arguments)).all()
        found = {row.position: LedgerEmission(0, row.pin, row.value, row.handle) for row in rows}
        if len(found) < len(places):
            raise EmissionLost
        return [found[position] for position in range(1, len(places) + 1)]


async def write_rows(driver: Any, arguments: Mapping[str, Any]) -> Any:
    """Write what the arguments say, in whatever transaction the driver's connection is; give the statement's row."""
    statement = _WRITE_LOGGED if "log_lines" in arguments else _WRITE
    return await driver.fetchrow(statement.sql, *(arguments[name] for name in statement.names))


async def _write(connection: AsyncConnection, arguments: Mapping[str, Any]) -> Any:
    """Write, as a transaction of its own; give its row.

    Past SQLAlchemy, which takes three times the processor for a statement of this size, straight to the driver, which keeps it
    prepared. Raises DBAPIError as SQLAlchemy would.
    """
    driver: Any = (await connection.get_raw_connection()).driver_connection
    try:
        return await write_rows(driver, arguments)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DBAPIError(_WRITE.sql, None, error) from error


async def _read(
    connection: AsyncConnection, run_id: UUID, execution: int, first: int, limit: int | None
) -> Recorded | None:
    where = {"run": run_id, "execution": execution}
    row = (await connection.execute(_READ, where)).one_or_none()
    if row is None:
        return None
    emissions = (await connection.execute(_READ_EMISSIONS, {**where, "first": first, "limit": limit})).all()
    said = [LedgerEmission(m.sequence, m.pin, m.value, m.handle) for m in emissions]
    return Recorded(row.status, row.step, row.fence, row.error, row.attempts, said)


def _age(moment: datetime | None, now: datetime) -> float | None:
    """Give how many seconds ago a moment was."""
    return None if moment is None else max(0.0, (now - moment).total_seconds())


def _text(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _arguments(
    run_id: UUID,
    executions: Sequence[ExecutionEntry],
    emissions: Sequence[EmissionEntry],
    outputs: Sequence[OutputEntry],
) -> dict[str, Any]:
    """Give the statement's arrays, a column each."""
    now = datetime.now(UTC)
    return {
        "run": run_id,
        "is_first": any(entry.execution <= 3 for entry in executions),
        "executions": [entry.execution for entry in executions],
        "told": [entry.execution for entry in executions if entry.is_told],
        "node_ids": [entry.node_id for entry in executions],
        "block_ids": [entry.block_id for entry in executions],
        "ordinals": [entry.ordinal for entry in executions],
        "statuses": [entry.status for entry in executions],
        "steps": [entry.step for entry in executions],
        "fences": [entry.fence for entry in executions],
        "inputs": [_text(entry.inputs) for entry in executions],
        "errors": [_text(entry.error) for entry in executions],
        "attempts": [_text(entry.attempts) for entry in executions],
        # How long ago, not when: the moments are the database's, and the clock of no worker counts.
        "began": [_age(entry.started_at, now) for entry in executions],
        "ended": [_age(entry.ended_at, now) for entry in executions],
        "waits": [_text(entry.waits_for) for entry in executions],
        "callers": [_text(entry.caller) for entry in executions],
        "emission_executions": [emission.execution for emission in emissions],
        "sequences": [emission.sequence for emission in emissions],
        "pins": [emission.pin for emission in emissions],
        "emission_values": [emission.stored.json for emission in emissions],
        "emission_handles": [_text(emission.stored.handle_wire) for emission in emissions],
        "output_executions": [output.execution for output in outputs],
        "output_names": [output.name for output in outputs],
        "output_values": [output.stored.json for output in outputs],
        "output_handles": [_text(output.stored.handle_wire) for output in outputs],
    }


def log_arguments(lines: Sequence[LogEntry]) -> dict[str, Any]:
    return {
        "log_executions": [line.execution for line in lines],
        "log_attempts": [line.attempt for line in lines],
        "log_levels": [line.level for line in lines],
        "log_pins": [line.pin for line in lines],
        "log_lines": [line.line for line in lines],
    }
