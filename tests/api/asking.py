"""Agents that ask people, run through the API, and a client's operations on approvals; no test is here."""

from __future__ import annotations

from typing import Any

from tests.api.running import save, start
from tests.api.serving import Api, Client, Json, Organisation
from tests.durable.asking import asking
from tests.durable.waiting import eventually

APPROVAL = (
    "id status kind title message data { json } currentData { json } form isEditable roles needed allowsSelf mayDecide "
    "isEscalated onTimeout deadline runId nodeExecutionId agentName comment decidedAt decidedBy { name } askedBy { name } "
    "votes { person { name } isApproval comment source data { json } }"
)
ERRORS = "errors { code message path reason }"
INBOX = (
    "query($status: [ApprovalStatus!], $runId: ID, $mine: Boolean! = false, $first: Int, $after: String) { approvals("
    "status: $status, runId: $runId, mine: $mine, first: $first, after: $after) "
    f"{{ nodes {{ {APPROVAL} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
ONE = f"query($id: ID!) {{ approval(id: $id) {{ {APPROVAL} links {{ id usedAt revokedAt person {{ name }} }} }} }}"
DECIDE = f"mutation($input: DecideApprovalInput!) {{ decideApproval(input: $input) {{ approval {{ {APPROVAL} }} {ERRORS} }} }}"
MAKE_LINK = (
    "mutation($input: MakeApprovalLinkInput!) { makeApprovalLink(input: $input) "
    f"{{ token link {{ id expiresAt person {{ name }} createdBy {{ name }} }} {ERRORS} }} }}"
)
REVOKE_LINK = f"mutation($id: ID!) {{ revokeApprovalLink(id: $id) {{ link {{ revokedAt }} {ERRORS} }} }}"
BY_LINK = (
    "query($token: String!) { approvalByLink(token: $token) "
    "{ agentName title message data { json valueUrl } form isEditable status problem expiresAt } }"
)
DECIDE_BY_LINK = f"mutation($input: DecideByLinkInput!) {{ decideByLink(input: $input) {{ status {ERRORS} }} }}"


async def asked(api: Api, owner: Organisation, client: Client | None = None, **constants: Any) -> Json:
    """Start an agent that asks, as its owner or another client; give the approval when it is there."""
    run = await start(client or owner.owner, await save(api, owner, asking(**constants)))

    async def is_there() -> Json | None:
        found = (await owner.owner(INBOX, runId=run["id"]))["nodes"]
        return dict(found[0]) if found else None

    found: Json = await eventually(is_there, seconds=60)
    return found
