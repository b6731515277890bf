"""Orders: what people and systems tell a run while it runs, each under its number in the run; nothing is delivered here.

Giving an order is one transaction: when it is committed it will be delivered, in the order of the numbers, however long Temporal is
away. The workflow counts a number once, so that delivering twice is harmless, and says by a fact what became of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.db.control_events import tell_control
from schema.db.tenancy import Database
from schema.errors import Conflict, NotFound, RateLimited
from schema.limits import LIMITS
from schema.states import TERMINAL

_TERMINAL_SQL: Final = ", ".join(f"'{state}'" for state in sorted(TERMINAL))
ORDER_COLUMNS: Final = (
    "o.run_id, o.number, o.tenant_id, o.word, o.detail, o.value, o.key, o.created_by, o.source, o.created_at, "
    "o.delivered_at, o.outcome, o.outcome_detail, o.outcome_at"
)
#: The lock gives numbers one after another; it does not keep the run's nodes from writing.
_LOCK_RUN: Final = text(
    "SELECT id, status, ended_at FROM runs WHERE tenant_id = :tenant AND id = :run FOR NO KEY UPDATE"
)
_BY_KEY: Final = text(
    f"SELECT {ORDER_COLUMNS}, o.request_hash FROM run_orders o WHERE o.run_id = :run AND o.key = :key"
)
_WAITING: Final = text("SELECT count(*) FROM run_orders WHERE run_id = :run AND outcome IS NULL AND number > 0")
_INSERT: Final = text(f"""
INSERT INTO run_orders AS o (run_id, number, tenant_id, word, detail, value, key, request_hash, created_by, source)
SELECT :run, coalesce(max(n.number), 0) + 1, :tenant, :word, CAST(:detail AS json), CAST(:value AS json), :key,
       :request_hash, :created_by, :source
FROM run_orders n WHERE n.run_id = :run AND n.number > 0
RETURNING {ORDER_COLUMNS}
""")
_NOTIFY: Final = text("SELECT pg_notify('drystone_runs', CAST(CAST(:run AS uuid) AS text))")
_GET: Final = text(f"SELECT {ORDER_COLUMNS} FROM run_orders o WHERE o.run_id = :run AND o.number = :number")
_PAGES: Final = text(f"""
SELECT w.place AS wanted, o.* FROM unnest(CAST(:runs AS uuid[]), CAST(:times AS timestamptz[]), CAST(:numbers AS int[]))
  WITH ORDINALITY AS w(run, time, number, place)
CROSS JOIN LATERAL (
  SELECT {ORDER_COLUMNS} FROM run_orders o
  WHERE o.tenant_id = :tenant AND o.run_id = w.run AND (o.created_at, o.number) > (w.time, w.number)
  ORDER BY o.created_at, o.number LIMIT :limit) AS o
ORDER BY w.place, o.created_at, o.number
""")
#: Whole runs are claimed, so that one courier delivers all that a run is told, in its order. One that has not begun is told later.
_CLAIM: Final = text(f"""
WITH due AS (
  SELECT DISTINCT o.run_id FROM run_orders o JOIN runs r ON r.id = o.run_id
  WHERE o.outcome IS NULL AND o.deliver_after <= now() AND o.delivered_at IS NULL AND r.handed_over_at IS NOT NULL
    AND r.status NOT IN ({_TERMINAL_SQL})
  LIMIT :runs),
locked AS (
  SELECT o.run_id, o.number FROM run_orders o
  WHERE o.run_id IN (SELECT run_id FROM due) AND o.outcome IS NULL AND o.delivered_at IS NULL
  ORDER BY o.run_id, o.number LIMIT :limit FOR UPDATE SKIP LOCKED)
UPDATE run_orders o SET deliver_after = now() + make_interval(secs => :lease_seconds)
FROM locked l WHERE o.run_id = l.run_id AND o.number = l.number
RETURNING {ORDER_COLUMNS}
""")
_DELIVERED: Final = text(
    "UPDATE run_orders SET delivered_at = now() WHERE run_id = :run AND number = ANY(:numbers) AND delivered_at IS NULL"
)
#: All that a run was not told yet, and not only what was claimed: the rest would be claimed at once, before every other run's.
_POSTPONE: Final = text(
    "UPDATE run_orders SET deliver_after = now() + make_interval(secs => :seconds) "
    "WHERE run_id = :run AND outcome IS NULL AND delivered_at IS NULL"
)
_OUTCOME: Final = text(f"""
WITH written AS (
  UPDATE run_orders SET outcome = CAST(:outcome AS text), outcome_detail = :detail, outcome_at = now(),
    delivered_at = coalesce(delivered_at, now())
  WHERE run_id = :run AND number = :number
    AND (outcome IS NULL OR (outcome = 'KEPT' AND CAST(:outcome AS text) <> 'KEPT')) RETURNING *)
{
    tell_control(
        "order",
        "json_build_object('number', w.number, 'word', w.word, 'outcome', w.outcome, 'reason', w.outcome_detail)",
    )
}
""")
_REFUSE_LATE: Final = text(
    "UPDATE run_orders o SET outcome = 'REFUSED', outcome_detail = 'The run ended first.', outcome_at = now() "
    "WHERE (o.run_id, o.number) IN (SELECT l.run_id, l.number FROM run_orders l JOIN runs r ON r.id = l.run_id "
    f"WHERE l.outcome IS NULL AND l.deliver_after <= now() AND r.status IN ({_TERMINAL_SQL}) LIMIT :limit)"
)
#: What came by Temporal itself has a number of the run's own, below 0, and no key. It was delivered when it was noted.
_NOTE: Final = text("""
INSERT INTO run_orders AS o (run_id, number, tenant_id, word, detail, value, source, delivered_at, outcome, outcome_detail,
                             outcome_at)
VALUES (:run, :number, :tenant, 'event', CAST(:detail AS json), CAST(:value AS json), 'temporal', now(),
        CAST(:outcome AS text), :outcome_detail, CASE WHEN CAST(:outcome AS text) IS NULL THEN NULL ELSE now() END)
ON CONFLICT (run_id, number) DO UPDATE SET value = excluded.value WHERE o.value IS NULL
""")
#: The one outcome that another follows: a node that was given an event may find that it is not what it waits for. Where the event
#: came by Temporal itself, its node may know it before the run has noted it.
_REFUSE_EVENT: Final = text("""
INSERT INTO run_orders (run_id, number, tenant_id, word, detail, source, delivered_at, outcome, outcome_detail, outcome_at)
VALUES (:run, :number, :tenant, 'event', CAST(:detail AS json), 'temporal', now(), 'REFUSED', :reason, now())
ON CONFLICT (run_id, number) DO UPDATE
SET outcome = 'REFUSED', outcome_detail = excluded.outcome_detail, outcome_at = now()
""")
_WAITS: Final = text("SELECT waits_for FROM node_executions WHERE run_id = :run AND execution = :execution")


@dataclass(frozen=True)
class NewOrder:
    """An order to be given."""

    tenant_id: UUID
    run_id: UUID
    word: str
    #: What the workflow is told: small, and no secret.
    detail: Mapping[str, Any] = field(default_factory=dict)
    #: What only the node's activity reads, as `Stored.to_wire` gives it.
    value: Mapping[str, Any] | None = None
    key: str | None = None
    created_by: UUID | None = None
    source: str = "api"


@dataclass(frozen=True)
class Order:
    """An order's row."""

    run_id: UUID
    number: int
    tenant_id: UUID
    word: str
    detail: dict[str, Any]
    value: dict[str, Any] | None
    key: str | None
    created_by: UUID | None
    source: str
    created_at: datetime
    delivered_at: datetime | None
    outcome: str | None
    outcome_detail: str | None
    outcome_at: datetime | None

    @property
    def is_refused(self) -> bool:
        return self.outcome == "REFUSED"


@dataclass(frozen=True)
class RawEvent:
    """An event that came by Temporal itself; `by` is who sent it, as Temporal says."""

    number: int
    name: str
    value: Mapping[str, Any] | None
    refusal: str | None
    by: str | None = None


#: (run, time and number of the order behind which more are wanted).
OrdersWanted = tuple[UUID, datetime, int]


@dataclass(frozen=True)
class Orders:
    """The orders of all tenants' runs."""

    engine: Database

    async def give(self, new: NewOrder) -> Order:
        """Give a run an order; raise NotFound, or Conflict where the run is over or the key was used for something else."""
        async with self.engine.begin() as connection:
            return await give_order(connection, new)

    async def get(self, run_id: UUID, number: int) -> Order | None:
        async with self.engine.connect() as connection:
            row = (await connection.execute(_GET, {"run": run_id, "number": number})).mappings().one_or_none()
        return None if row is None else Order(**row)

    async def by_key(self, run_id: UUID, key: str) -> Order | None:
        """Give the order that a run was given under its caller's own key."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_BY_KEY, {"run": run_id, "key": key})).mappings().one_or_none()
        return None if row is None else Order(**{name: row[name] for name in row if name != "request_hash"})

    async def pages(self, tenant: UUID, wanted: Sequence[OrdersWanted], limit: int) -> dict[OrdersWanted, list[Order]]:
        """Give a page of the orders of each of these runs, the oldest first."""
        runs, times, numbers = ([one[at] for one in wanted] for at in range(3))
        where = {"tenant": tenant, "runs": runs, "times": times, "numbers": numbers, "limit": limit}
        found: dict[OrdersWanted, list[Order]] = {one: [] for one in wanted}
        async with self.engine.connect() as connection:
            for row in (await connection.execute(_PAGES, where)).mappings():
                columns = dict(row)
                found[wanted[columns.pop("wanted") - 1]].append(Order(**columns))
        return found

    # The courier's side

    async def claim(self, limit: int, lease_seconds: float) -> list[Order]:
        """Lease orders that are to be delivered, by run and number; another claimer skips them until the lease ends."""
        where = {"runs": limit, "limit": limit, "lease_seconds": lease_seconds}
        async with self.engine.begin() as connection:
            rows = [Order(**row) for row in (await connection.execute(_CLAIM, where)).mappings()]
            await connection.execute(_REFUSE_LATE, {"limit": limit})
        return sorted(rows, key=lambda order: (order.run_id, order.number))

    async def mark_delivered(self, run_id: UUID, numbers: Sequence[int]) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(_DELIVERED, {"run": run_id, "numbers": list(numbers)})

    async def postpone(self, run_id: UUID, seconds: float) -> None:
        """Leave a run that cannot be told now alone for so long."""
        async with self.engine.begin() as connection:
            await connection.execute(_POSTPONE, {"run": run_id, "seconds": seconds})

    # The run's side

    async def tell_outcomes(self, run_id: UUID, told: Sequence[tuple[int, str, str | None]]) -> None:
        """Write what became of orders, each (number, outcome, detail). APPLIED and REFUSED never change again."""
        names = ("number", "outcome", "detail")
        rows = [{"run": run_id, **dict(zip(names, one, strict=True))} for one in told]
        async with self.engine.begin() as connection:
            await connection.execute(_OUTCOME, rows)

    async def note_events(self, tenant: UUID, run_id: UUID, events: Sequence[RawEvent]) -> None:
        """Keep events that came by Temporal itself, so that they are listed with the others. What became of them is told later."""
        rows = [
            {
                "run": run_id,
                "number": event.number,
                "tenant": tenant,
                "detail": _json({"name": event.name} if event.by is None else {"name": event.name, "by": event.by}),
                "value": None if event.value is None else _json(event.value),
                "outcome": "REFUSED" if event.refusal else None,
                "outcome_detail": event.refusal,
            }
            for event in events
        ]
        async with self.engine.begin() as connection:
            await connection.execute(_NOTE, rows)

    async def waits_of(self, run_id: UUID, execution: int) -> dict[str, Any] | None:
        """Give what an execution waits for, or waited for until it was woken."""
        async with self.engine.connect() as connection:
            found: dict[str, Any] | None = (
                await connection.execute(_WAITS, {"run": run_id, "execution": execution})
            ).scalar_one_or_none()
        return found

    async def refuse_event(self, tenant: UUID, run_id: UUID, number: int, name: str, reason: str) -> None:
        """Write that the node that an event was given to does not take it."""
        row = {"run": run_id, "number": number, "tenant": tenant, "detail": _json({"name": name}), "reason": reason}
        async with self.engine.begin() as connection:
            await connection.execute(_REFUSE_EVENT, row)


async def give_order(connection: AsyncConnection, new: NewOrder) -> Order:
    """Give an order in the caller's transaction; see `Orders.give`."""
    run = (await connection.execute(_LOCK_RUN, {"tenant": new.tenant_id, "run": new.run_id})).one_or_none()
    if run is None:
        raise NotFound("There is no such Run here.")
    digest = hashlib.sha256(_json([new.word, dict(new.detail), new.value]).encode()).hexdigest()
    known = await _known(connection, new, digest)
    if known is not None:
        return known
    if run.status in TERMINAL:
        since = "" if run.ended_at is None else f" since {run.ended_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        raise Conflict(f"The run is over: it is {run.status}{since}.")
    waiting = (await connection.execute(_WAITING, {"run": new.run_id})).scalar() or 0
    if waiting >= LIMITS.run_orders_waiting_max:
        raise RateLimited(
            "The run has more orders than it has taken yet; ask again in a moment.", retry_after_seconds=1.0
        )
    row = {
        "run": new.run_id,
        "tenant": new.tenant_id,
        "word": new.word,
        "detail": _json(dict(new.detail)),
        "value": None if new.value is None else _json(dict(new.value)),
        "key": new.key,
        "request_hash": digest,
        "created_by": new.created_by,
        "source": new.source,
    }
    given = Order(**(await connection.execute(_INSERT, row)).mappings().one())
    await connection.execute(_NOTIFY, {"run": new.run_id})
    return given


async def _known(connection: AsyncConnection, new: NewOrder, digest: str) -> Order | None:
    if new.key is None:
        return None
    row = (await connection.execute(_BY_KEY, {"run": new.run_id, "key": new.key})).mappings().one_or_none()
    if row is None:
        return None
    found = dict(row)
    if found.pop("request_hash") != digest:
        raise Conflict(f"The key {new.key!r} was used for another order to this run.")
    return Order(**found)


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
