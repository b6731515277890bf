"""What is attached to webhooks: agents, and presets of them, each in the name of who attached it; no run is started here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from schema.db.tenancy import Database
from schema.db.versions import hold
from schema.db.webhooks import unknown_webhook
from schema.errors import Conflict, NotFound
from schema.ids import new_id
from schema.limits import LIMITS

ATTACHMENT_COLUMNS: Final = (
    "a.id, a.tenant_id, a.webhook_id, a.graph_id, a.graph_version, a.preset_id, a.input_name, a.inputs, a.credentials, "
    "a.events, a.is_paused, a.created_by, a.problem, a.created_at, a.deleted_at"
)
_OWN: Final = "FROM webhook_attachments a WHERE a.tenant_id = :tenant AND a.deleted_at IS NULL"
_LOCK_WEBHOOK: Final = text(
    "SELECT id FROM webhooks WHERE tenant_id = :tenant AND id = :webhook AND deleted_at IS NULL FOR NO KEY UPDATE"
)
_COUNT: Final = text(f"SELECT count(*) {_OWN} AND a.webhook_id = :webhook")
_PUT: Final = text("""
INSERT INTO webhook_attachments (id, tenant_id, webhook_id, graph_id, graph_version, preset_id, input_name, inputs, credentials,
                                 events, is_paused, created_by)
VALUES (:id, :tenant, :webhook, :graph_id, :graph_version, :preset_id, :input_name, CAST(:inputs AS json),
        CAST(:credentials AS json), CAST(:events AS jsonb), :is_paused, :created_by)
""")
_MANY: Final = text(f"SELECT {ATTACHMENT_COLUMNS} {_OWN} AND a.id = ANY(:ids)")
_OF: Final = text(f"SELECT {ATTACHMENT_COLUMNS} {_OWN} AND a.webhook_id = ANY(:webhooks) ORDER BY a.created_at, a.id")
#: Whoever changes it is in whose name it runs from now on: nobody changes what runs in somebody else's.
_CHANGE: Final = text("""
UPDATE webhook_attachments SET graph_version = :graph_version, preset_id = :preset_id, input_name = :input_name,
  inputs = CAST(:inputs AS json), credentials = CAST(:credentials AS json), events = CAST(:events AS jsonb),
  is_paused = :is_paused, created_by = :created_by, problem = NULL
WHERE tenant_id = :tenant AND id = :id AND deleted_at IS NULL RETURNING id
""")
#: A pause changes nothing of what runs, so it runs in the same name.
_PAUSE: Final = text(
    "UPDATE webhook_attachments SET is_paused = :is_paused "
    "WHERE tenant_id = :tenant AND id = :id AND deleted_at IS NULL RETURNING id"
)
_DELETE: Final = text(
    "UPDATE webhook_attachments SET deleted_at = now() "
    "WHERE tenant_id = :tenant AND id = :id AND deleted_at IS NULL RETURNING id"
)


@dataclass(frozen=True)
class AttachmentContent:
    """What an attachment says, checked."""

    graph_version: int | None
    preset_id: UUID | None
    input_name: str | None
    inputs: Mapping[str, Any]
    #: {key of the agent's credentials_input_schema: credential id}.
    credentials: Mapping[str, UUID]
    events: Sequence[str]
    is_paused: bool = False

    @property
    def row(self) -> dict[str, Any]:
        return {
            "graph_version": self.graph_version,
            "preset_id": self.preset_id,
            "input_name": self.input_name,
            "inputs": orjson.dumps(dict(self.inputs)).decode(),
            "credentials": orjson.dumps({key: str(each) for key, each in self.credentials.items()}).decode(),
            "events": orjson.dumps(list(self.events)).decode(),
            "is_paused": self.is_paused,
        }


@dataclass(frozen=True)
class Attachment:
    """An attachment's row."""

    id: UUID
    tenant_id: UUID
    webhook_id: UUID
    graph_id: UUID
    content: AttachmentContent
    #: In whose name it runs.
    created_by: UUID | None
    #: Why it could not the last time: {code, message, at}.
    problem: Mapping[str, Any] | None
    created_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True)
class Attachments:
    """The attachments of all webhooks."""

    engine: Database

    async def add(
        self, tenant: UUID, webhook_id: UUID, graph_id: UUID, content: AttachmentContent, person: UUID
    ) -> Attachment:
        """Attach an agent. Raises NotFound for no such webhook or agent, and Conflict where it has as many as it may."""
        made = new_id()
        where = {"tenant": tenant, "webhook": webhook_id}
        async with self.engine.begin() as connection:
            if (await connection.execute(_LOCK_WEBHOOK, where)).one_or_none() is None:
                raise unknown_webhook()
            if (await connection.execute(_COUNT, where)).scalar_one() >= LIMITS.webhook_attachments_max:
                raise Conflict(f"A webhook starts at most {LIMITS.webhook_attachments_max} agents; detach one first.")
            await hold(connection, tenant, graph_id)
            row = {**where, **content.row, "id": made, "graph_id": graph_id, "created_by": person}
            await connection.execute(_PUT, row)
        return await self.get(tenant, made)

    async def get(self, tenant: UUID, attachment_id: UUID) -> Attachment:
        """Give an attachment; raise NotFound."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_MANY, {"tenant": tenant, "ids": [attachment_id]})).mappings().all()
        if not rows:
            raise unknown_attachment()
        return attachment_of(rows[0])

    async def of_webhooks(self, tenant: UUID, webhooks: Sequence[UUID]) -> dict[UUID, list[Attachment]]:
        """Give what is attached to each of these, the oldest first."""
        found: dict[UUID, list[Attachment]] = {each: [] for each in webhooks}
        async with self.engine.connect() as connection:
            for row in (await connection.execute(_OF, {"tenant": tenant, "webhooks": list(webhooks)})).mappings():
                found[row["webhook_id"]].append(attachment_of(row))
        return found

    async def change(self, tenant: UUID, attachment_id: UUID, content: AttachmentContent, person: UUID) -> Attachment:
        """Change an attachment, which runs in this person's name from now on. Raises NotFound."""
        row = {**content.row, "tenant": tenant, "id": attachment_id, "created_by": person}
        async with self.engine.begin() as connection:
            if (await connection.execute(_CHANGE, row)).one_or_none() is None:
                raise unknown_attachment()
        return await self.get(tenant, attachment_id)

    async def pause(self, tenant: UUID, attachment_id: UUID, *, is_paused: bool) -> Attachment:
        """Let an attachment take nothing, or take what comes again; in whose name it runs stays. Raises NotFound."""
        row = {"tenant": tenant, "id": attachment_id, "is_paused": is_paused}
        async with self.engine.begin() as connection:
            if (await connection.execute(_PAUSE, row)).one_or_none() is None:
                raise unknown_attachment()
        return await self.get(tenant, attachment_id)

    async def delete(self, tenant: UUID, attachment_id: UUID) -> None:
        async with self.engine.begin() as connection:
            if (await connection.execute(_DELETE, {"tenant": tenant, "id": attachment_id})).one_or_none() is None:
                raise unknown_attachment()


def attachment_of(found: Any) -> Attachment:
    """Give an attachment from a row of `ATTACHMENT_COLUMNS`."""
    row = dict(found)
    names = ("graph_version", "preset_id", "input_name", "inputs", "events", "is_paused")
    content = {name: row.pop(name) for name in names}
    chosen = {key: UUID(each) for key, each in row.pop("credentials").items()}
    return Attachment(**row, content=AttachmentContent(**content, credentials=chosen))


def unknown_attachment() -> NotFound:
    return NotFound("There is no such WebhookAttachment here.")
