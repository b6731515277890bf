"""What started runs, where it is there still: the schedule, or what was attached to a webhook; it only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from schema.db.tenancy import Database

SCHEDULE: Final = "SCHEDULE"
WEBHOOK: Final = "WEBHOOK"
#: Ids of both are random: none is that of another kind.
_CAUSES: Final = text(f"""
SELECT s.id AS trigger_id, '{SCHEDULE}' AS kind, s.id, s.name, s.graph_id FROM schedules s
WHERE s.tenant_id = :tenant AND s.id = ANY(:ids) AND s.deleted_at IS NULL
UNION ALL
SELECT a.id, '{WEBHOOK}', w.id, w.name, a.graph_id FROM webhook_attachments a
JOIN webhooks w ON w.id = a.webhook_id AND w.tenant_id = a.tenant_id AND w.deleted_at IS NULL
WHERE a.tenant_id = :tenant AND a.id = ANY(:ids) AND a.deleted_at IS NULL
""")


@dataclass(frozen=True)
class Cause:
    """A schedule, or a webhook that has an agent attached."""

    kind: str
    id: UUID
    name: str
    #: The agent that it starts.
    graph_id: UUID


@dataclass(frozen=True)
class RunCauses:
    """What started runs, of all tenants."""

    engine: Database

    async def of_triggers(self, tenant: UUID, triggers: Sequence[UUID]) -> dict[UUID, Cause]:
        """Give what each `trigger_id` of a run stands for; what was deleted is left out."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(_CAUSES, {"tenant": tenant, "ids": list(triggers)})
            return {row.trigger_id: Cause(row.kind, row.id, row.name, row.graph_id) for row in rows}
