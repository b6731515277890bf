"""Deliveries of webhooks: what came, once under its sender's id, and what becomes of it at each attachment; it starts no run.

Taking one in is one transaction: the delivery, and a row for each attachment that is to run. That is the outbox: when it is
committed it will be done, whoever does it. A delivery whose rows are not all done is claimed by whoever looks, for a lease that
grows with its age.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.db.attachments import ATTACHMENT_COLUMNS, Attachment, attachment_of
from schema.db.tenancy import Database
from schema.errors import Conflict, NotFound
from schema.ids import delivery_run_id, new_id
from schema.limits import LIMITS

#: How long a delivery is left to the request that took it in, and the longest pause between two looks at one.
LEASE_SECONDS: Final = 10.0
PAUSE_SECONDS_MAX: Final = 60.0

_COLUMNS: Final = (
    "d.id, d.tenant_id, d.webhook_id, d.key, d.event, d.headers, d.body, d.repeats, d.created_at, d.dispatched_at"
)
_TAKE: Final = text("""
INSERT INTO webhook_deliveries AS d (id, tenant_id, webhook_id, key, event, headers, body, dispatch_after)
VALUES (:id, :tenant, :webhook, :key, :event, CAST(:headers AS json), CAST(:body AS json),
        now() + make_interval(secs => :lease_seconds))
ON CONFLICT (webhook_id, key) DO NOTHING
RETURNING d.id
""")
#: What is there already answers without a lock: fifty repeats at once do not wait for one another.
_THERE: Final = text("""
SELECT d.id, ARRAY(SELECT r.attachment_id FROM delivery_runs r WHERE r.delivery_id = d.id AND r.replay = 0
                   ORDER BY r.attachment_id) AS attachments
FROM webhook_deliveries d WHERE d.tenant_id = :tenant AND d.webhook_id = :webhook AND d.key = :key
""")
_REPEATED: Final = text(
    "UPDATE webhook_deliveries SET repeats = repeats + :count WHERE tenant_id = :tenant AND id = :id"
)
_PLAN: Final = text("""
INSERT INTO delivery_runs (delivery_id, attachment_id, replay, tenant_id, created_by)
SELECT :id, a.id, :replay, a.tenant_id, :person FROM webhook_attachments a
WHERE a.tenant_id = :tenant AND a.webhook_id = :webhook AND a.deleted_at IS NULL
  AND CASE WHEN CAST(:chosen AS uuid[]) IS NULL
      THEN NOT a.is_paused AND (a.events = '[]' OR a.events @> to_jsonb(CAST(:event AS text))
                                OR a.events @> to_jsonb(CAST(:kind AS text)))
      ELSE a.id = ANY(CAST(:chosen AS uuid[])) END
RETURNING attachment_id
""")
_CLAIM: Final = text("""
UPDATE webhook_deliveries SET dispatch_after = now() + make_interval(
  secs => least(:pause_seconds_max, greatest(:lease_seconds, extract(epoch FROM now() - created_at))))
WHERE id IN (
  SELECT id FROM webhook_deliveries WHERE dispatched_at IS NULL AND dispatch_after <= now()
  ORDER BY dispatch_after LIMIT :limit FOR UPDATE SKIP LOCKED)
RETURNING id, tenant_id
""")
_PENDING: Final = text(
    f"SELECT r.replay, {ATTACHMENT_COLUMNS} FROM delivery_runs r JOIN webhook_attachments a ON a.id = r.attachment_id "
    "WHERE r.tenant_id = :tenant AND r.delivery_id = :id AND r.done_at IS NULL ORDER BY r.replay, r.attachment_id"
)
_DONE: Final = text(
    "UPDATE delivery_runs SET run_id = :run, error = CAST(:error AS json), done_at = now() "
    "WHERE delivery_id = :id AND attachment_id = :attachment AND replay = :replay AND done_at IS NULL"
)
_PROBLEM: Final = text(
    "UPDATE webhook_attachments SET problem = CAST(:problem AS json) WHERE id = :attachment "
    "AND (problem IS NOT NULL OR CAST(:problem AS text) IS NOT NULL)"
)
_DISPATCHED: Final = text(
    "UPDATE webhook_deliveries SET dispatched_at = now() WHERE tenant_id = :tenant AND id = :id AND dispatched_at IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM delivery_runs r WHERE r.delivery_id = :id AND r.done_at IS NULL)"
)
_MANY: Final = text(f"SELECT {_COLUMNS} FROM webhook_deliveries d WHERE d.tenant_id = :tenant AND d.id = ANY(:ids)")
_LOCKED: Final = text(
    f"SELECT {_COLUMNS} FROM webhook_deliveries d WHERE d.tenant_id = :tenant AND d.id = :id FOR UPDATE"
)
_PAGES: Final = text(f"""
SELECT {_COLUMNS} FROM unnest(CAST(:webhooks AS uuid[]), CAST(:times AS timestamptz[]), CAST(:befores AS uuid[]))
  AS asked(webhook_id, before_time, before_id)
CROSS JOIN LATERAL (
  SELECT * FROM webhook_deliveries o WHERE o.tenant_id = :tenant AND o.webhook_id = asked.webhook_id
    AND (asked.before_time IS NULL OR (o.created_at, o.id) < (asked.before_time, asked.before_id))
  ORDER BY o.created_at DESC, o.id DESC LIMIT :limit) d
ORDER BY d.created_at DESC, d.id DESC
""")
_OUTCOMES: Final = text(
    "SELECT delivery_id, attachment_id, replay, run_id, error, created_by, created_at, done_at FROM delivery_runs "
    "WHERE tenant_id = :tenant AND delivery_id = ANY(:ids) ORDER BY replay, attachment_id"
)
_LOCK: Final = text("SELECT id FROM webhook_deliveries WHERE tenant_id = :tenant AND id = :id FOR UPDATE")
_LAST_REPLAY: Final = text("SELECT coalesce(max(replay), 0) FROM delivery_runs WHERE delivery_id = :id")
_AGAIN: Final = text(
    "UPDATE webhook_deliveries SET dispatched_at = NULL, dispatch_after = now() + make_interval(secs => :lease_seconds) "
    "WHERE id = :id"
)


@dataclass(frozen=True)
class NewDelivery:
    """What came."""

    tenant_id: UUID
    webhook_id: UUID
    key: str
    event: str
    headers: Mapping[str, str]
    #: As `Stored.to_wire` gives it.
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Taken:
    """A delivery that is kept: whether it is the first under its key, and the runs that it starts."""

    id: UUID
    is_new: bool
    run_ids: Sequence[UUID]


@dataclass(frozen=True)
class Delivery:
    """A delivery's row."""

    id: UUID
    tenant_id: UUID
    webhook_id: UUID
    key: str
    event: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    repeats: int
    created_at: datetime
    #: When every attachment had its run or its error.
    dispatched_at: datetime | None


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery at an attachment."""

    delivery_id: UUID
    attachment_id: UUID
    replay: int
    run_id: UUID | None
    error: Mapping[str, Any] | None
    #: Who asked for a replay.
    created_by: UUID | None
    created_at: datetime
    done_at: datetime | None


#: A page of a webhook's deliveries: which, and behind which.
PageOf = tuple[UUID, tuple[datetime, UUID] | None]


@dataclass(frozen=True)
class Deliveries:
    """The deliveries of all webhooks."""

    engine: Database

    async def take(self, new: NewDelivery, lease_seconds: float = LEASE_SECONDS) -> Taken:
        """Keep what came, with a row for each attachment that takes it, or give what is there under the same key."""
        made = new_id()
        row = {**vars(new), "id": made, "tenant": new.tenant_id, "webhook": new.webhook_id}
        row |= {name: orjson.dumps(dict(row[name])).decode() for name in ("headers", "body")}
        async with self.engine.begin() as connection:
            there = (await connection.execute(_THERE, row)).one_or_none()
            if there is None:
                taken = (await connection.execute(_TAKE, {**row, "lease_seconds": lease_seconds})).one_or_none()
                if taken is not None:
                    await _plan(connection, new.tenant_id, new.webhook_id, made, new.event)
                # Where it is another's, that one is committed by now: the insert waited for it.
                there = (await connection.execute(_THERE, row)).one()
        return Taken(there.id, there.id == made, [delivery_run_id(there.id, each, 0) for each in there.attachments])

    async def count_repeats(self, tenant: UUID, delivery_id: UUID, count: int) -> None:
        """Count that a delivery came again, so often."""
        async with self.engine.begin() as connection:
            await connection.execute(_REPEATED, {"tenant": tenant, "id": delivery_id, "count": count})

    async def claim(self, limit: int) -> list[tuple[UUID, UUID]]:
        """Give (tenant, delivery) of those that are to be done, each to one who asks."""
        where = {"limit": limit, "lease_seconds": LEASE_SECONDS, "pause_seconds_max": PAUSE_SECONDS_MAX}
        async with self.engine.begin() as connection:
            return [(row.tenant_id, row.id) for row in (await connection.execute(_CLAIM, where)).all()]

    async def pending(self, tenant: UUID, delivery_id: UUID) -> list[tuple[Attachment, int]]:
        """Give (attachment, replay) of what is still to be done."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_PENDING, {"tenant": tenant, "id": delivery_id})).mappings().all()
        split = [({name: value for name, value in row.items() if name != "replay"}, row["replay"]) for row in rows]
        return [(attachment_of(row), replay) for row, replay in split]

    async def finish(
        self,
        delivery_id: UUID,
        attachment_id: UUID,
        replay: int,
        *,
        run: UUID | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down what became of a delivery at an attachment, there and at the attachment itself."""
        said = None if error is None else orjson.dumps(dict(error)).decode()
        row = {"id": delivery_id, "attachment": attachment_id, "replay": replay, "run": run, "error": said}
        async with self.engine.begin() as connection:
            if (await connection.execute(_DONE, row)).rowcount:
                await connection.execute(_PROBLEM, {"attachment": attachment_id, "problem": said})

    async def close(self, tenant: UUID, delivery_id: UUID) -> None:
        """Say that a delivery is done, if nothing of it is left."""
        where = {"tenant": tenant, "id": delivery_id}
        async with self.engine.begin() as connection:
            # A replay that is planned in this moment is waited for, and seen by the statement behind the lock.
            await connection.execute(_LOCK, where)
            await connection.execute(_DISPATCHED, where)

    async def many(self, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, Delivery]:
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_MANY, {"tenant": tenant, "ids": list(ids)})).mappings()
            return {row["id"]: Delivery(**row) for row in rows}

    async def get(self, tenant: UUID, delivery_id: UUID) -> Delivery:
        """Give a delivery; raise NotFound."""
        found = (await self.many(tenant, [delivery_id])).get(delivery_id)
        if found is None:
            raise unknown_delivery()
        return found

    async def pages(self, tenant: UUID, asked: Sequence[PageOf], limit: int) -> dict[PageOf, list[Delivery]]:
        """Give a page of each of these webhooks, the newest first. No webhook is asked for twice."""
        found: dict[UUID, list[Delivery]] = {webhook: [] for webhook, _ in asked}
        where = {
            "webhooks": [webhook for webhook, _ in asked],
            "times": [before and before[0] for _, before in asked],
            "befores": [before and before[1] for _, before in asked],
        }
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_PAGES, {"tenant": tenant, "limit": limit, **where})).mappings()
            for row in rows:
                found[row["webhook_id"]].append(Delivery(**row))
        return {one: found[one[0]] for one in asked}

    async def outcomes(self, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, list[Outcome]]:
        """Give what became of deliveries at their attachments, replays behind one another."""
        found: dict[UUID, list[Outcome]] = {each: [] for each in ids}
        async with self.engine.connect() as connection:
            for row in (await connection.execute(_OUTCOMES, {"tenant": tenant, "ids": list(ids)})).mappings():
                found[row["delivery_id"]].append(Outcome(**row))
        return found

    async def replay(
        self, tenant: UUID, delivery_id: UUID, chosen: Sequence[UUID] | None, person: UUID
    ) -> tuple[int, Sequence[UUID]]:
        """Let a delivery run again, at these attachments or at all that take it; give the replay's number and where.

        Raises NotFound for no such delivery or attachment, and Conflict beyond the limit or where nothing takes it.
        """
        async with self.engine.begin() as connection:
            where = {"tenant": tenant, "id": delivery_id}
            row = (await connection.execute(_LOCKED, where)).mappings().one_or_none()
            if row is None:
                raise unknown_delivery()
            number = (await connection.execute(_LAST_REPLAY, where)).scalar_one() + 1
            if number > LIMITS.delivery_replays_max:
                raise Conflict(f"A delivery is replayed at most {LIMITS.delivery_replays_max} times.")
            planned = await _plan(
                connection, tenant, row["webhook_id"], delivery_id, row["event"], number, chosen, person
            )
            if chosen is not None and set(planned) != set(chosen):
                raise NotFound("There is no such WebhookAttachment here.")
            if not planned:
                raise Conflict("Nothing that is attached to the webhook takes this delivery.")
            await connection.execute(_AGAIN, {**where, "lease_seconds": LEASE_SECONDS})
        return number, planned


async def _plan(
    connection: AsyncConnection,
    tenant: UUID,
    webhook_id: UUID,
    delivery_id: UUID,
    event: str,
    replay: int = 0,
    chosen: Sequence[UUID] | None = None,
    person: UUID | None = None,
) -> Sequence[UUID]:
    """Add a row for each attachment that is to run; a delivery without any is done."""
    row = {
        "id": delivery_id,
        "tenant": tenant,
        "webhook": webhook_id,
        "replay": replay,
        "person": person,
        "event": event,
        "kind": event.partition(".")[0],
        "chosen": None if chosen is None else list(chosen),
    }
    planned = (await connection.execute(_PLAN, row)).scalars().all()
    await connection.execute(_DISPATCHED, {"tenant": tenant, "id": delivery_id})
    return planned


def unknown_delivery() -> NotFound:
    return NotFound("There is no such WebhookDelivery here.")
