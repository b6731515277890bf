"""What uses a credential: nodes, presets, schedules and webhooks that name it; it opens no secret, and judges no right.

A credential is named by its id: in a node's inputs (`{id, provider, type}`, or `_credentials_id` of a file), in what was chosen for
an agent's groups by a preset, a schedule or an attachment, and by a webhook that is registered with it at its provider. Of an agent
the active version and the draft count: what an older version says runs only where something is pinned to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import text

from schema.db.tenancy import Database

#: So many are told of one credential; there may be more.
USES_MAX: Final = 200

#: Only what has one of the ids anywhere in its text is taken apart: that takes a hundred times as long as looking for one.
_NODES: Final = text(r"""
WITH all_bodies AS (
  SELECT g.id, g.name, true AS is_active, v.body FROM graphs g
    JOIN graph_versions v ON v.tenant_id = g.tenant_id AND v.graph_id = g.id AND v.version = g.active_version
    WHERE g.tenant_id = :tenant AND g.deleted_at IS NULL
  UNION ALL
  SELECT g.id, g.name, false, d.body FROM graphs g JOIN graph_drafts d ON d.tenant_id = g.tenant_id AND d.graph_id = g.id
    WHERE g.tenant_id = :tenant AND g.deleted_at IS NULL
), bodies AS MATERIALIZED (
  SELECT * FROM all_bodies b
  WHERE EXISTS (SELECT 1 FROM unnest(CAST(:ids AS text[])) AS i WHERE strpos(CAST(b.body AS text), i) > 0)
), nodes AS (
  SELECT b.id, b.name, b.is_active, n.value AS node FROM bodies b, json_array_elements(b.body->'nodes') n
  UNION ALL
  SELECT b.id, b.name, b.is_active, n.value
    FROM bodies b, json_array_elements(coalesce(b.body->'sub_graphs', '[]')) s, json_array_elements(s.value->'nodes') n
)
SELECT named[1] AS credential_id, CASE WHEN bool_or(is_active) THEN 'AGENT' ELSE 'DRAFT' END AS kind, id AS of_id, name,
  id AS graph_id, name AS graph_name, count(DISTINCT node->>'id') AS nodes_count, false AS is_paused
FROM nodes, regexp_matches(
  (node->'input_default')::text, '"(?\:id|_credentials_id)"\s*:\s*"([0-9a-f]{8}-[0-9a-f-]{27})"', 'g') AS named
WHERE named[1] = ANY(:ids) GROUP BY named[1], id, name ORDER BY name, id
""")
#: Presets are a person's own: of somebody else's it is told that there is one.
_CHOSEN: Final = text("""
SELECT DISTINCT c.value AS credential_id, 'PRESET' AS kind, p.id AS of_id,
  CASE WHEN p.owner_id = CAST(:person AS uuid) THEN p.name END AS name, g.id AS graph_id, g.name AS graph_name,
  0 AS nodes_count, false AS is_paused
FROM presets p JOIN graphs g ON g.tenant_id = p.tenant_id AND g.id = p.graph_id AND g.deleted_at IS NULL,
  json_each_text(p.credentials) c WHERE p.tenant_id = :tenant AND c.value = ANY(:ids)
UNION ALL
SELECT DISTINCT c.value, 'SCHEDULE', s.id, s.name, g.id, g.name, 0, s.is_paused
FROM schedules s JOIN graphs g ON g.tenant_id = s.tenant_id AND g.id = s.graph_id, json_each_text(s.credentials) c
WHERE s.tenant_id = :tenant AND s.deleted_at IS NULL AND c.value = ANY(:ids)
UNION ALL
SELECT DISTINCT c.value, 'ATTACHMENT', a.id, w.name, g.id, g.name, 0, a.is_paused OR w.is_paused
FROM webhook_attachments a JOIN webhooks w ON w.id = a.webhook_id AND w.deleted_at IS NULL
  JOIN graphs g ON g.tenant_id = a.tenant_id AND g.id = a.graph_id, json_each_text(a.credentials) c
WHERE a.tenant_id = :tenant AND a.deleted_at IS NULL AND c.value = ANY(:ids)
UNION ALL
SELECT CAST(w.credential_id AS text), 'WEBHOOK', w.id, w.name, NULL, NULL, 0, w.is_paused
FROM webhooks w WHERE w.tenant_id = :tenant AND w.deleted_at IS NULL AND CAST(w.credential_id AS text) = ANY(:ids)
ORDER BY kind, graph_name, name, of_id
""")


class UseKind(StrEnum):
    """What names a credential. ATTACHMENT: an agent that a webhook starts; WEBHOOK: the hook is registered with it."""

    AGENT = "AGENT"
    DRAFT = "DRAFT"
    PRESET = "PRESET"
    SCHEDULE = "SCHEDULE"
    ATTACHMENT = "ATTACHMENT"
    WEBHOOK = "WEBHOOK"


@dataclass(frozen=True)
class CredentialUse:
    """One thing that names a credential."""

    credential_id: UUID
    kind: UseKind
    of_id: UUID
    #: None: it is another person's.
    name: str | None
    graph_id: UUID | None
    graph_name: str | None
    #: Of an agent: how many of its nodes.
    nodes_count: int
    is_paused: bool


@dataclass(frozen=True)
class CredentialUses:
    """The uses of all tenants' credentials."""

    engine: Database

    async def of(self, tenant: UUID, person: UUID | None, ids: Sequence[UUID]) -> dict[UUID, list[CredentialUse]]:
        """Give what uses each of these credentials: agents first, then what starts them."""
        found: dict[UUID, list[CredentialUse]] = {each: [] for each in ids}
        where = {"tenant": tenant, "person": person, "ids": [str(each) for each in ids]}
        async with self.engine.connect() as connection:
            for statement in (_NODES, _CHOSEN):
                for row in (await connection.execute(statement, where)).mappings():
                    use = CredentialUse(
                        **{**row, "credential_id": UUID(row["credential_id"]), "kind": UseKind(row["kind"])}
                    )
                    if len(found[use.credential_id]) < USES_MAX:
                        found[use.credential_id].append(use)
        return found
