"""Rows of runs: accepted, moved, cancelled, ended; what starters do with rows is in `schema.db.outbox`. No Temporal here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.db.completing import COMPLETE, FENCE_MAX
from schema.db.control_tables import EVERY_GRAPH
from schema.db.graphs import PUT_PLAN, PlanRecord
from schema.db.orders import NewOrder, give_order
from schema.db.tenancy import Database
from schema.db.values import ValueStore
from schema.errors import Conflict, InvalidRunInput, NotFound, shorten
from schema.ids import new_id
from schema.limits import LIMITS
from schema.states import OPEN, RUN_MOVES, TERMINAL, State, sources_of

#: What a run, an agent and an organisation may limit of one run.
RUN_LIMITS: Final = ("executions_max", "wall_seconds_max", "in_flight_max")
_OPEN_SQL: Final = ", ".join(f"'{state}'" for state in OPEN)
_TERMINAL_SQL: Final = ", ".join(f"'{state}'" for state in sorted(TERMINAL))

#: What a `Run` is read from, where its row is called `r`.
RUN_COLUMNS: Final = (
    "r.id, r.tenant_id, r.graph_id, r.graph_version, r.plan_hash, r.agent_name, r.status, r.trigger, r.parent_run_id, "
    "r.parent_execution, r.root_run_id, r.depth, r.error, r.stats, r.created_at, r.started_at, r.ended_at, "
    "r.cancel_requested_at, r.cancel_reason, r.handed_over_at, r.created_by, r.uncounted_listing_id, r.signal_key, r.limits, "
    "r.continued_from_run_id, r.continuation, r.problem, r.trigger_id, r.trace"
)

#: A run, and what readers and starters are told of it. The plan is sent only where it is not there.
_ACCEPT: Final = text(f"""
WITH accepted AS (
INSERT INTO runs AS r (id, tenant_id, graph_id, graph_version, plan_hash, agent_name, status, trigger, idempotency_key,
                  request_hash, parent_run_id, parent_execution, root_run_id, depth, masks, created_by, start_after,
                  signal_key, limits, continued_from_run_id, continuation, seed, trigger_id, trace, uncounted_listing_id)
VALUES (:id, :tenant, :graph_id, :graph_version, :plan_hash, :agent_name, 'QUEUED', :trigger, :idempotency_key,
        :request_hash, :parent_run_id, :parent_execution, :root_run_id, :depth, CAST(:masks AS json), :created_by,
        now() + make_interval(secs => :start_after_seconds), :signal_key,
        -- Of what was asked for, the agent's limits and the organisation's, the lowest of each.
        (SELECT json_strip_nulls(json_build_object('executions_max', min(l.executions_max),
                'wall_seconds_max', min(l.wall_seconds_max), 'in_flight_max', min(l.in_flight_max)))
         FROM (SELECT s.executions_max, s.wall_seconds_max, s.in_flight_max FROM run_limits s
               WHERE s.tenant_id = :tenant AND s.graph_id IN (:graph_id, '{EVERY_GRAPH}')
               UNION ALL SELECT CAST(:executions_max AS int), CAST(:wall_seconds_max AS float8), CAST(:in_flight_max AS int)
              ) AS l),
        :continued_from,
        CAST(:continuation AS json), CAST(:seed AS json), :trigger_id, :trace,
        -- A run of what came from another organisation's listing, to be counted by it once: see schema.db.run_counts.
        (SELECT e.listing_id FROM library_entries e JOIN listings l ON l.id = e.listing_id
         WHERE CAST(:parent_run_id AS uuid) IS NULL AND e.tenant_id = :tenant AND e.owner_id = :created_by
           AND e.graph_id = :graph_id AND e.graph_version = :graph_version AND l.tenant_id <> e.tenant_id))
ON CONFLICT (id) DO NOTHING
RETURNING {RUN_COLUMNS}),
told AS (
  INSERT INTO run_events (tenant_id, graph_id, run_id, kind, body)
  SELECT a.tenant_id, a.graph_id, a.id, 'run', json_build_object('status', a.status) FROM accepted a)
SELECT {RUN_COLUMNS}, pg_notify('drystone_runs', CAST(r.id AS text)) AS told,
  EXISTS (SELECT 1 FROM plans p WHERE p.tenant_id = r.tenant_id AND p.hash = r.plan_hash) AS has_plan
FROM accepted r
""")
#: By itself: row-level security shows a run's rows once the run is there, which is behind the statement that writes it.
_INSERT_INPUTS: Final = text("""
INSERT INTO emissions (run_id, execution, sequence, pin, value, handle)
SELECT :run, 0, m.sequence, m.pin, CAST(m.value AS json), CAST(m.handle AS json)
FROM unnest(CAST(:sequences AS int[]), CAST(:pins AS text[]), CAST(:values AS text[]), CAST(:handles AS text[]))
  AS m(sequence, pin, value, handle)
""")
_BY_KEY: Final = text(
    f"SELECT {RUN_COLUMNS}, r.request_hash FROM runs r WHERE r.tenant_id = :tenant AND r.idempotency_key = :key"
)
_GET: Final = text(f"SELECT {RUN_COLUMNS} FROM runs r WHERE r.tenant_id = :tenant AND r.id = :id")
_LIST: Final = text(
    f"SELECT {RUN_COLUMNS} FROM runs r WHERE r.tenant_id = :tenant AND (CAST(:status AS text) IS NULL OR r.status = :status) "
    "ORDER BY r.created_at DESC, r.id DESC LIMIT :limit"
)
#: A run that counts among those that run at once: it runs, or is about to. Runs that a node started do not count, nor do those
#: that wait for people (PAUSED, REVIEW): `schema.db.run_limits` shows the same to people.
COUNTS_AS_RUNNING: Final = (
    "o.parent_run_id IS NULL AND (o.status = 'RUNNING' OR (o.status = 'QUEUED' AND (o.handed_over_at IS NOT NULL "
    "OR (o.start_attempts > 0 AND o.start_after > now()))))"
)
_REQUEST_CANCEL: Final = text(
    f"UPDATE runs SET cancel_requested_at = coalesce(cancel_requested_at, now()), "
    f"cancel_reason = coalesce(cancel_reason, :reason) "
    f"WHERE tenant_id = :tenant AND id = :id AND status IN ({_OPEN_SQL}) RETURNING status, cancel_reason"
)
_OPEN_ROWS: Final = text(
    f"SELECT {RUN_COLUMNS} FROM runs r WHERE r.status IN ({_OPEN_SQL}) AND r.handed_over_at IS NOT NULL "
    "AND r.handed_over_at < now() - make_interval(secs => :age_seconds) "
    "AND (r.created_at, r.id) > (:after_time, :after_id) ORDER BY r.created_at, r.id LIMIT :limit"
)
#: Writes of the ledger that have begun hold the run's row, if lightly. Who waits for them sees what they leave open; those that
#: come later wait in turn, and find the run ended.
_AWAIT_WRITES: Final = text("SELECT 1 FROM runs WHERE id = :id FOR UPDATE")
_FINISH: Final = text(
    "UPDATE runs SET status = CAST(:status AS text), ended_at = now(), started_at = coalesce(started_at, now()), "
    "problem = NULL, stats = CAST(:stats AS json), "
    "error = CASE WHEN CAST(:status AS text) = 'TERMINATED' AND cancel_reason IS NOT NULL "
    "THEN json_build_object('code', 'CANCELLED', 'message', cancel_reason) ELSE CAST(:error AS json) END "
    "WHERE id = :id AND status = ANY(:sources) RETURNING error"
)
_PROGRESS: Final = text(
    f"UPDATE runs SET stats = CAST(:stats AS json) WHERE id = :id AND status NOT IN ({_TERMINAL_SQL})"
)
#: An open run moves as its workflow says, in the order in which it says so.
_MOVE: Final = text(
    "UPDATE runs SET status = CAST(:status AS text), started_at = coalesce(started_at, now()), "
    "handed_over_at = coalesce(handed_over_at, now()) "
    f"WHERE id = :id AND status IN ({_OPEN_SQL}) AND status <> CAST(:status AS text) RETURNING id"
)
#: What begins behind the first executions of its numbering does not tell so by writing those: see `schema.db.ledger`.
_BEGIN: Final = text(
    "UPDATE runs SET status = 'RUNNING', started_at = coalesce(started_at, now()), "
    "handed_over_at = coalesce(handed_over_at, now()) WHERE id = :id AND status = 'QUEUED' RETURNING id"
)
_END_EXECUTIONS: Final = text(
    f"UPDATE node_executions SET status = 'TERMINATED', ended_at = now(), fence = {FENCE_MAX} "
    f"WHERE run_id = :id AND status NOT IN ({_TERMINAL_SQL}) RETURNING execution, node_id, ordinal, status, step"
)
#: What was being written when its run ended, and what readers are told of it.
_END_LATE: Final = text(f"""
WITH late AS (
  UPDATE node_executions SET status = 'TERMINATED', ended_at = now(), fence = {FENCE_MAX}
  WHERE run_id = :id AND execution > 0 AND status NOT IN ({_TERMINAL_SQL})
    AND EXISTS (SELECT 1 FROM runs WHERE id = :id AND status IN ({_TERMINAL_SQL}))
  RETURNING execution, node_id, ordinal, status, step)
INSERT INTO run_events (tenant_id, graph_id, run_id, kind, body)
SELECT r.tenant_id, r.graph_id, r.id, 'nodes', json_build_object('executions', l.rows, 'emissions', json_build_array())
FROM runs r, (SELECT json_agg(json_build_array(execution, node_id, ordinal, status, step) ORDER BY execution) AS rows
              FROM late) AS l
WHERE r.id = :id AND l.rows IS NOT NULL
""")
#: Readers know it without (`schema.db.approvals`); it keeps the index of what is PENDING small.
_CANCEL_APPROVALS: Final = text("UPDATE approvals SET status = 'CANCELLED' WHERE run_id = :id AND status = 'PENDING'")
_CANCEL_CHILDREN: Final = text(
    "UPDATE runs SET cancel_requested_at = now(), cancel_reason = 'The run that started it has ended.' "
    f"WHERE parent_run_id = :id AND status IN ({_OPEN_SQL}) AND cancel_requested_at IS NULL"
)
_INSERT_WAITING: Final = text(
    "INSERT INTO node_executions (run_id, execution, node_id, block_id, ordinal, status, step, fence, inputs, attempts) "
    f"VALUES (:id, :execution, :node_id, '', 0, 'INCOMPLETE', 0, {FENCE_MAX}, CAST(:inputs AS json), '[]') "
    "ON CONFLICT DO NOTHING"
)
_COUNT: Final = text(
    "SELECT count(*) FILTER (WHERE execution > 0) AS executions, count(*) FILTER (WHERE status = 'FAILED') AS failures "
    "FROM node_executions WHERE run_id = :id"
)
_INPUTS: Final = text(
    "SELECT sequence, pin, value, handle FROM emissions WHERE run_id = :id AND execution = 0 ORDER BY sequence"
)
_MASKS: Final = text("SELECT masks FROM runs WHERE id = :id")
_SEED: Final = text("SELECT seed FROM runs WHERE id = :id")
#: What readers of the run are told; `kind` and `body` are read by `schema.db.events`.
_TELL: Final = text(
    "WITH told AS (INSERT INTO run_events (tenant_id, graph_id, run_id, kind, body) "
    "SELECT tenant_id, graph_id, id, 'run', CAST(:body AS json) FROM runs WHERE id = :id) "
    "SELECT pg_notify('drystone_runs', CAST(CAST(:id AS uuid) AS text))"
)
#: An index entry has a limit, and nobody needs a longer key.
KEY_CHARS_MAX: Final = 200


class Contents(Protocol):
    """What stands in a run before it begins."""

    async def write(self, connection: AsyncConnection, tenant: UUID, run_id: UUID) -> None:
        """Write it, within the transaction that accepts the run."""
        ...


@dataclass(frozen=True)
class NewRun:
    """A run to be accepted."""

    tenant_id: UUID
    graph_id: UUID
    graph_version: int
    plan_hash: str
    agent_name: str
    inputs: Mapping[str, Any]
    trigger: str = "manual"
    idempotency_key: str | None = None
    id: UUID | None = None
    parent_run_id: UUID | None = None
    parent_execution: int | None = None
    root_run_id: UUID | None = None
    depth: int = 0
    #: {node id: {pin: value}}: what beats every other source of a pin's value.
    masks: Mapping[str, Mapping[str, Any]] | None = None
    #: The person who asks for it.
    created_by: UUID | None = None
    #: What an idempotency key stands for, where that is less than the run says: an agent's active version moves on, and the
    #: same request is the same still. JSON.
    asked: Any = None
    #: How long the starter leaves the row to whoever accepted it.
    start_after_seconds: float = 2.0
    #: Under which it is the one run of its agent that is open.
    signal_key: str | None = None
    #: Of `RUN_LIMITS`, what is asked for: the agent's and the organisation's own count, too.
    limits: Mapping[str, Any] | None = None
    #: The run that it continues, how (JSON), and what its scheduler begins with.
    continued_from_run_id: UUID | None = None
    continuation: Mapping[str, Any] | None = None
    seed: list[Any] | None = None
    #: The schedule, webhook attachment or other thing that started it.
    trigger_id: UUID | None = None
    #: The traceparent of what asked for it: see `schema.tracing`.
    trace: str | None = None
    #: What it takes over from the run that it continues: written in the transaction that accepts it.
    contents: Contents | None = None
    #: What it is told first, in the transaction in which it is accepted; they name its id.
    orders: Sequence[NewOrder] = ()


@dataclass(frozen=True)
class Run:
    """A run's row."""

    id: UUID
    tenant_id: UUID
    graph_id: UUID
    graph_version: int
    plan_hash: str
    agent_name: str
    status: str
    trigger: str
    parent_run_id: UUID | None
    parent_execution: int | None
    root_run_id: UUID
    depth: int
    error: dict[str, Any] | None
    stats: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    cancel_requested_at: datetime | None
    cancel_reason: str | None
    handed_over_at: datetime | None
    created_by: UUID | None = None
    uncounted_listing_id: UUID | None = None
    signal_key: str | None = None
    limits: dict[str, Any] | None = None
    continued_from_run_id: UUID | None = None
    continuation: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None
    trigger_id: UUID | None = None
    trace: str | None = None

    @property
    def is_over(self) -> bool:
        return self.status in TERMINAL


@dataclass(frozen=True)
class Runs:
    """The runs of all tenants."""

    engine: Database
    values: ValueStore

    async def accept(self, new: NewRun, plan: PlanRecord | None = None) -> Run:
        """Insert a run as QUEUED with its inputs and its plan, in one transaction: when this returns, it will run.

        The same idempotency key with the same request gives the run that is there; with another, Conflict is raised.
        """
        if new.depth > LIMITS.child_depth_max:
            raise InvalidRunInput(f"Agents run agents at most {LIMITS.child_depth_max} deep.")
        run_id = new.id or new_id()
        inputs = await self._input_columns(new)
        try:
            async with self.engine.begin() as connection:
                row = _row(new, run_id, _request_hash(asked_of(new)))
                accepted = (await connection.execute(_ACCEPT, row)).mappings().one_or_none()
                if accepted is not None:
                    if new.inputs:
                        await connection.execute(_INSERT_INPUTS, {"run": run_id, **inputs})
                    if plan is not None and not accepted["has_plan"]:
                        await connection.execute(PUT_PLAN, {"tenant": new.tenant_id, **plan.to_row()})
                    for order in new.orders:
                        await give_order(connection, order)
                    if new.contents is not None:
                        await new.contents.write(connection, new.tenant_id, run_id)
        except IntegrityError as error:
            known = await self.accepted(new.tenant_id, new.idempotency_key, asked_of(new))
            if known is None:
                raise Conflict("The run could not be accepted: a row of it is there already.") from error
            return known
        if accepted is None:
            return await self.get(new.tenant_id, run_id)
        return Run(**{name: value for name, value in accepted.items() if name not in ("told", "has_plan")})

    async def _input_columns(self, new: NewRun) -> dict[str, list[Any]]:
        """Keep the inputs, and give their rows, a column each."""
        names = list(new.inputs)
        kept = await self.values.put_many(new.tenant_id, [(new.inputs[name], f"input {name!r}") for name in names])
        handles = [stored.handle_wire for stored in kept]
        return {
            "sequences": list(range(len(names))),
            "pins": names,
            "values": [stored.json for stored in kept],
            "handles": [None if handle is None else orjson.dumps(handle).decode() for handle in handles],
        }

    async def accepted(self, tenant: UUID, key: str | None, asked: Any) -> Run | None:
        """Give the run that was accepted under an idempotency key, None where none was; raise Conflict, naming the run,
        where that was another request."""
        if key is None:
            return None
        if not 1 <= len(key) <= KEY_CHARS_MAX:
            raise InvalidRunInput(f"An idempotency key has 1 to {KEY_CHARS_MAX} characters.", where="idempotencyKey")
        async with self.engine.connect() as connection:
            row = (await connection.execute(_BY_KEY, {"tenant": tenant, "key": key})).mappings().one_or_none()
        if row is None:
            return None
        found = dict(row)
        if found.pop("request_hash") != _request_hash(asked):
            raise Conflict(f"The idempotency key {key!r} was used for another request.", run_id=str(row["id"]))
        return Run(**found)

    async def get(self, tenant: UUID, run_id: UUID) -> Run:
        async with self.engine.connect() as connection:
            row = (await connection.execute(_GET, {"tenant": tenant, "id": run_id})).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no run {run_id} here.", run_id=str(run_id))
        return Run(**row)

    async def newest(self, tenant: UUID, status: str | None = None, limit: int = 20) -> list[Run]:
        """Give the newest runs."""
        where = {"tenant": tenant, "status": status, "limit": limit}
        return await self._rows(_LIST, where)

    async def inputs(self, run_id: UUID) -> list[tuple[int, str, Any, dict[str, Any] | None]]:
        """Give (sequence, name, inline value, handle) of a run's inputs."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_INPUTS, {"id": run_id})).all()
        return [(row.sequence, row.pin, row.value, row.handle) for row in rows]

    async def masks(self, run_id: UUID) -> dict[str, Any] | None:
        """Give {node id: {pin: value}}: what beats every other source of a pin's value."""
        async with self.engine.connect() as connection:
            return (await connection.execute(_MASKS, {"id": run_id})).scalar()

    async def seed(self, run_id: UUID) -> list[Any] | None:
        """Give what the scheduler of a run that continues another begins with."""
        async with self.engine.connect() as connection:
            found: list[Any] | None = (await connection.execute(_SEED, {"id": run_id})).scalar()
        return found

    async def request_cancel(self, tenant: UUID, run_id: UUID, reason: str) -> bool:
        """Record that a run is to end, and wake the starter, which delivers it; give False where it has ended."""
        async with self.engine.begin() as connection:
            where = {"tenant": tenant, "id": run_id, "reason": reason}
            row = (await connection.execute(_REQUEST_CANCEL, where)).one_or_none()
            if row is not None:
                await _tell(connection, run_id, {"status": row.status, "cancel": row.cancel_reason})
        return row is not None

    async def open_rows(self, after: tuple[datetime, UUID], limit: int, age_seconds: float) -> Sequence[Run]:
        """Give a page of the open rows that Temporal should have, oldest first."""
        where = {"after_time": after[0], "after_id": after[1], "limit": limit, "age_seconds": age_seconds}
        return await self._rows(_OPEN_ROWS, where)

    async def tell_progress(self, run_id: UUID, stats: Mapping[str, Any]) -> None:
        """Write how far a run has come, unless it has ended."""
        await self._execute(_PROGRESS, {"id": run_id, "stats": orjson.dumps(stats).decode()})

    async def move(self, run_id: UUID, status: str) -> None:
        """Move an open run to another open state."""
        async with self.engine.begin() as connection:
            if (await connection.execute(_MOVE, {"id": run_id, "status": status})).one_or_none() is not None:
                await _tell(connection, run_id, {"status": status})

    async def begin(self, run_id: UUID) -> None:
        """Let a run that continues another count as begun."""
        async with self.engine.begin() as connection:
            if (await connection.execute(_BEGIN, {"id": run_id})).one_or_none() is not None:
                await _tell(connection, run_id, {"status": "RUNNING"})

    async def finish(
        self,
        run_id: UUID,
        status: str,
        error: Mapping[str, Any] | None,
        stats: Mapping[str, Any] | None,
        waiting: Sequence[tuple[str, Mapping[str, Any]]] = (),
    ) -> bool:
        """Move a run to its terminal state, end what is open below it, and list what never became complete.

        Gives False, and changes nothing, where the run has ended: a terminal state never changes again.

        An end that its workflow tells stands at once, also where a step of a region is being written, which may take a second: that
        finds the run ended. What else was being written is ended behind it, also by whoever tells the end again after a crash.
        """
        sources = [str(state) for state in sources_of(RUN_MOVES, State(status))]
        if State.QUEUED not in sources:
            sources.append(str(State.QUEUED))
        if status == State.COMPLETED:
            return await self._complete(run_id, stats, sources, waiting)
        is_at_once = stats is not None
        async with self.engine.begin() as connection:
            if stats is None:
                await connection.execute(_AWAIT_WRITES, {"id": run_id})
                stats = await _count(connection, run_id)
            row = {
                "id": run_id,
                "status": status,
                "error": None if error is None else orjson.dumps(error).decode(),
                "stats": orjson.dumps(stats).decode(),
                "sources": sources,
            }
            moved = (await connection.execute(_FINISH, row)).one_or_none()
            if moved is not None:
                ended = [list(row) for row in (await connection.execute(_END_EXECUTIONS, {"id": run_id})).all()]
                await _tell(connection, run_id, {"status": status, "error": moved.error, "executions": ended})
                await connection.execute(_CANCEL_CHILDREN, {"id": run_id})
                await connection.execute(_CANCEL_APPROVALS, {"id": run_id})
                await _list_waiting(connection, run_id, waiting)
        if is_at_once:
            async with self.engine.begin() as connection:
                await connection.execute(_AWAIT_WRITES, {"id": run_id})
                await connection.execute(_END_LATE, {"id": run_id})
        return moved is not None

    async def _complete(
        self,
        run_id: UUID,
        stats: Mapping[str, Any] | None,
        sources: Sequence[str],
        waiting: Sequence[tuple[str, Mapping[str, Any]]],
    ) -> bool:
        async with self.engine.begin() as connection:
            if stats is None:
                stats = await _count(connection, run_id)
            count = stats.get("node_execution_count") or 0
            row = {"id": run_id, "stats": orjson.dumps(stats).decode(), "sources": sources, "executions": count}
            if (await connection.execute(COMPLETE, row)).one_or_none() is None:
                return False
            await _list_waiting(connection, run_id, waiting)
        return True

    async def _rows(self, statement: Any, where: Mapping[str, Any]) -> list[Run]:
        async with self.engine.connect() as connection:
            rows = (await connection.execute(statement, where)).mappings().all()
        return [Run(**row) for row in rows]

    async def _execute(self, statement: Any, where: Mapping[str, Any]) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(statement, where)


async def _list_waiting(
    connection: AsyncConnection, run_id: UUID, waiting: Sequence[tuple[str, Mapping[str, Any]]]
) -> None:
    """Keep what never became complete, under negative numbers."""
    rows = [
        {"id": run_id, "execution": -number, "node_id": node_id, "inputs": orjson.dumps(inputs).decode()}
        for number, (node_id, inputs) in enumerate(waiting, 1)
    ]
    if rows:
        await connection.execute(_INSERT_WAITING, rows)


async def _tell(connection: AsyncConnection, run_id: UUID, body: Mapping[str, Any]) -> None:
    """Tell readers of the run, and the starter, what happened to it, in the transaction in which it happened."""
    await connection.execute(_TELL, {"id": run_id, "body": orjson.dumps(body).decode()})


async def _count(connection: AsyncConnection, run_id: UUID) -> dict[str, Any]:
    """Give what the rows tell of a run that ended without telling itself."""
    row = (await connection.execute(_COUNT, {"id": run_id})).one()
    return {"node_execution_count": row.executions, "node_error_count": row.failures}


def _row(new: NewRun, run_id: UUID, digest: str) -> dict[str, Any]:
    return {
        "id": run_id,
        "tenant": new.tenant_id,
        "graph_id": new.graph_id,
        "graph_version": new.graph_version,
        "plan_hash": new.plan_hash,
        "agent_name": new.agent_name,
        "trigger": new.trigger,
        "idempotency_key": new.idempotency_key,
        "request_hash": digest,
        "parent_run_id": new.parent_run_id,
        "parent_execution": new.parent_execution,
        "root_run_id": new.root_run_id or run_id,
        "depth": new.depth,
        "masks": None if not new.masks else orjson.dumps(new.masks).decode(),
        "created_by": new.created_by,
        "start_after_seconds": new.start_after_seconds,
        "signal_key": new.signal_key,
        **{name: (new.limits or {}).get(name) for name in RUN_LIMITS},
        "continued_from": new.continued_from_run_id,
        "continuation": None if new.continuation is None else orjson.dumps(new.continuation).decode(),
        "seed": None if new.seed is None else orjson.dumps(new.seed).decode(),
        "trigger_id": new.trigger_id,
        "trace": new.trace,
    }


def asked_of(new: NewRun) -> Any:
    """Give what was asked for: what an idempotency key stands for."""
    if new.asked is not None:
        return new.asked
    return [str(new.graph_id), new.graph_version, new.plan_hash, dict(new.inputs), dict(new.masks or {})]


def _request_hash(asked: Any) -> str:
    try:
        return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)).hexdigest()
    except orjson.JSONEncodeError as error:
        raise InvalidRunInput(f"The inputs cannot be kept as JSON: {shorten(str(error), 300)}") from error
