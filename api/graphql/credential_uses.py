"""What uses a credential, in GraphQL: shown before it is deleted, and to who wonders what it is for; it changes nothing."""

from __future__ import annotations

from typing import Final

import strawberry

from api.graphql.ids import encode_id
from schema.db.credential_uses import CredentialUse as UseRow
from schema.db.credential_uses import UseKind

UseKindEnum = strawberry.enum(
    UseKind,
    name="CredentialUseKind",
    description="What names a credential. AGENT: nodes of an agent's active version; DRAFT: those of its draft alone; ATTACHMENT: "
    "an agent that a webhook starts is given it; WEBHOOK: the hook is registered with it at its provider.",
)
#: How the thing that a use is of has its id.
_TYPES: Final = {
    UseKind.AGENT: "Graph",
    UseKind.DRAFT: "Graph",
    UseKind.PRESET: "Preset",
    UseKind.SCHEDULE: "Schedule",
    UseKind.ATTACHMENT: "WebhookAttachment",
    UseKind.WEBHOOK: "Webhook",
}


@strawberry.type(description="Something that names a credential, and lacks it once that is deleted.")
class CredentialUse:
    row: strawberry.Private[UseRow]

    @strawberry.field
    def kind(self) -> UseKindEnum:  # type: ignore[valid-type]
        return self.row.kind

    @strawberry.field(description="The agent, preset, schedule, attachment or webhook; null: it is another person's.")
    def id(self) -> strawberry.ID | None:
        return None if self.row.name is None else encode_id(_TYPES[self.row.kind], self.row.of_id)

    @strawberry.field(description="What it is called, an attachment by its webhook; null: it is another person's.")
    def name(self) -> str | None:
        return self.row.name

    @strawberry.field(description="The agent that it is of, or starts; null for a webhook.")
    def graph_id(self) -> strawberry.ID | None:
        return None if self.row.graph_id is None else encode_id("Graph", self.row.graph_id)

    @strawberry.field(description="That agent's name.")
    def graph_name(self) -> str | None:
        return self.row.graph_name

    @strawberry.field(description="How many nodes of an agent name it; else 0.")
    def nodes_count(self) -> int:
        return self.row.nodes_count

    @strawberry.field(description="Whether it is a schedule or a webhook that is paused.")
    def is_paused(self) -> bool:
        return self.row.is_paused
