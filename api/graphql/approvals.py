"""Deciding approvals in GraphQL: the inbox, decisions, and links by which one is made without signing in; it makes no rules.

A link stands for one person and one approval and is used up by its decision. Looking at what it asks decides nothing, so a mail
program that opens links does no harm.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.errors import BadCursor, BadUserInput
from api.graphql.approval_types import (
    Approval,
    ApprovalLink,
    ApprovalStatus,
    ApprovalStatusEnum,
    cell_of,
)
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.guard import ANYONE, mutation, query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.problems import Payload
from api.graphql.values import Value
from schema.access import RIGHTS, Right, Role, may_give
from schema.db.approval_links import ApprovalLink as LinkRow
from schema.db.approvals import ApprovalFilter, ApprovalRecord
from schema.db.audit import Act
from schema.db.deciding import NO_LINK, UNCHANGED, Word, refusal_of
from schema.errors import DrystoneError, NotFound, NotYours
from schema.limits import LIMITS

TOKEN_CHARS_MAX: Final = 200
LINK_HOURS: Final = 72
_OF: Final = "approvals"


@strawberry.input
class DecideApprovalInput:
    id: strawberry.ID
    approve: bool = strawberry.field(description="False: it is rejected.")
    data: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="The data as you edited it; left out: what stands. Where several must approve, send what you saw: if others "
        "have changed it since, that is a CONFLICT.",
    )
    comment: str | None = None


@strawberry.input
class MakeApprovalLinkInput:
    approval_id: strawberry.ID
    member_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="In whose name it decides; left out: yours. For another member it takes `members:write`.",
    )
    expires_in_hours: int = LINK_HOURS


@strawberry.input
class DecideByLinkInput:
    token: str
    approve: bool = strawberry.field(description="False: it is rejected.")
    data: JSON | None = strawberry.field(default=strawberry.UNSET, description="The data as you edited it.")
    comment: str | None = None


@strawberry.type
class ApprovalPayload(Payload):
    approval: Approval | None = None


@strawberry.type
class ApprovalLinkPayload(Payload):
    token: str | None = strawberry.field(
        default=None, description="Shown once: who has it decides in that person's name, once."
    )
    link: ApprovalLink | None = None


@strawberry.type
class RevokeApprovalLinkPayload(Payload):
    link: ApprovalLink | None = None


@strawberry.type
class DecideByLinkPayload(Payload):
    status: ApprovalStatusEnum | None = strawberry.field(  # type: ignore[valid-type]
        default=None, description="PENDING: others must approve, too."
    )


@strawberry.type(description="What is asked, as who has a link to it sees it.")
class LinkedApproval:
    row: strawberry.Private[ApprovalRecord]
    link: strawberry.Private[LinkRow]
    refusal: strawberry.Private[str | None]

    @strawberry.field
    def agent_name(self) -> str:
        return self.row.agent_name

    @strawberry.field
    def title(self) -> str:
        return self.row.title

    @strawberry.field
    def message(self) -> str:
        return self.row.message

    @strawberry.field(description="What stands to be approved.")
    def data(self) -> Value:
        return cell_of(self.row.tenant_id, self.row.current_data, is_shared=True)

    @strawberry.field(description="JSON Schema of the data, which makes the form; null: any.")
    def form(self) -> JSON | None:
        return None if self.row.form is None else JSON(self.row.form)

    @strawberry.field
    def is_editable(self) -> bool:
        return self.row.is_editable

    @strawberry.field
    def status(self) -> ApprovalStatusEnum:  # type: ignore[valid-type]
        return ApprovalStatus(self.row.status)

    @strawberry.field(description="Why its person may not decide it (any more); null where they may.")
    def problem(self) -> str | None:
        return self.refusal

    @strawberry.field(description="When somebody must have decided; null: without end.")
    def deadline(self) -> datetime | None:
        return self.row.deadline

    @strawberry.field(description="When the link ends.")
    def expires_at(self) -> datetime:
        return self.link.expires_at


@strawberry.type
class ApprovalsQuery:
    @query(
        Right.READ_RUNS,
        "What runs ask people, the newest first. `mine`: what you may decide now: pending, for your role, not said to yet, and not "
        "your own run where that is excluded.",
    )
    async def approvals(
        self,
        info: strawberry.Info,
        first: int | None = None,
        after: str | None = None,
        status: list[ApprovalStatusEnum] | None = None,  # type: ignore[valid-type]
        run_id: strawberry.ID | None = None,
        mine: bool = False,
    ) -> Connection[Approval]:
        call: Call = info.context
        size = page_size(first)
        if mine and status is not None:
            raise BadUserInput("What is yours to decide is pending: give `mine` or `status`.", where="status")
        who = call.principal
        if mine and not who.may(Right.DECIDE_APPROVALS):
            return connect([], size, _node, _cursor, after=after)
        wanted = ApprovalFilter(
            statuses=_statuses(status),
            run_id=None if run_id is None else decode_uuid("Run", run_id),
            person=who.person_id if mine else None,
            role=who.role.value if mine else None,
        )
        rows = await call.stores.approvals.page(call.tenant, wanted, _place(after), size + 1)
        return connect(rows, size, _node, _cursor, after=after)

    @query(Right.READ_RUNS, "One approval.")
    async def approval(self, info: strawberry.Info, id: strawberry.ID) -> Approval:
        call: Call = info.context
        return Approval(row=await call.stores.approvals.get(call.tenant, decode_uuid("Approval", id)))

    @query(ANYONE, "What the link asks of whom it is for. Unknown, used and ended links answer alike.")
    async def approval_by_link(self, info: strawberry.Info, token: str) -> LinkedApproval:
        call: Call = info.context
        link, role = await _link_in_force(call, token)
        row = await call.services.of(link.tenant_id).approvals.get(link.tenant_id, link.approval_id)
        return LinkedApproval(row=row, link=link, refusal=refusal_of(row, link.person_id, role))


@strawberry.type
class ApprovalsMutation:
    @mutation(
        Right.DECIDE_APPROVALS,
        "Approve or reject. The first decision counts, whoever makes it: the others get CONFLICT, which says who decided and when. "
        "The same decision of the same person again is accepted and changes nothing.",
    )
    async def decide_approval(self, info: strawberry.Info, input: DecideApprovalInput) -> ApprovalPayload:
        call: Call = info.context
        who = call.principal
        word = Word(
            person=who.person_id,
            role=who.role,
            is_approval=input.approve,
            data=_edited(input.data),
            comment=input.comment,
            source="session" if who.key_id is None else "key",
        )
        row = await call.stores.deciding.decide(call.tenant, decode_uuid("Approval", input.id), word)
        return ApprovalPayload(approval=Approval(row=row))

    @mutation(Right.DECIDE_APPROVALS, "Make a link by which one person may decide an approval, once.")
    async def make_approval_link(self, info: strawberry.Info, input: MakeApprovalLinkInput) -> ApprovalLinkPayload:
        call: Call = info.context
        hours = input.expires_in_hours
        if not 1 <= hours <= LIMITS.approval_link_hours_max:
            text = f"A link ends after 1 to {LIMITS.approval_link_hours_max} hours."
            raise BadUserInput(text, where="expiresInHours")
        row = await call.stores.approvals.get(call.tenant, decode_uuid("Approval", input.approval_id))
        person, role = await _whom(call, input.member_id)
        refusal = refusal_of(row, person, role)
        if refusal is not None:
            raise NotYours(refusal)
        by = call.principal.person_id
        token, link = await call.stores.approval_links.make(call.tenant, row.id, person, by, hours * 3600.0)
        return ApprovalLinkPayload(token=token, link=ApprovalLink(row=link))

    @mutation(Right.DECIDE_APPROVALS, "End a link to an approval, at once.")
    async def revoke_approval_link(self, info: strawberry.Info, id: strawberry.ID) -> RevokeApprovalLinkPayload:
        call: Call = info.context
        row = await call.stores.approval_links.revoke(call.tenant, decode_uuid("ApprovalLink", id))
        return RevokeApprovalLinkPayload(link=ApprovalLink(row=row))

    @mutation(
        ANYONE, "Decide by a link, in the name of whom it is for, if they may still decide. It is used up by that."
    )
    async def decide_by_link(self, info: strawberry.Info, input: DecideByLinkInput) -> DecideByLinkPayload:
        call: Call = info.context
        link, role = await _link_in_force(call, input.token)
        word = Word(link.person_id, role, input.approve, _edited(input.data), input.comment, "link", link.id)
        await _note(call, link, "ALLOWED")
        try:
            row = await call.services.of(link.tenant_id).deciding.decide(link.tenant_id, link.approval_id, word)
        except DrystoneError as error:
            await _note(call, link, "REFUSED", error.code)
            raise
        return DecideByLinkPayload(status=ApprovalStatus(row.status))


async def _note(call: Call, link: LinkRow, outcome: str, code: str | None = None) -> None:
    """Add a line to the audit log. Nobody is signed in, so the guard has nobody to note: it is the link's person who acts."""
    object_id = encode_id("Approval", link.approval_id)
    who, ip, request = link.person_id, call.ip, call.request_id
    act = Act(link.tenant_id, who, None, ip, "decideByLink", object_id, outcome, code, request)
    await call.services.audit.add(act)


def _edited(data: Any) -> Any:
    return UNCHANGED if data is strawberry.UNSET else data


async def _link_in_force(call: Call, token: str) -> tuple[LinkRow, Role]:
    """Give a token's link with its person's role; raise NotFound, always in the same words."""
    if len(token) > TOKEN_CHARS_MAX or not token.isascii():
        raise NotFound(NO_LINK)
    # The token says whose link it is: nobody has to be known for this.
    link, name = await call.services.approval_links.in_force(token)
    if Right.DECIDE_APPROVALS not in RIGHTS[Role(name)]:
        raise NotFound(NO_LINK)
    return link, Role(name)


async def _whom(call: Call, member_id: str | None) -> tuple[UUID, Role]:
    """Give the person for whom a link is made, and their role. A link decides in their name, so it takes who could as well give
    the role: an administrator, and one who is not below them."""
    who = call.principal
    person = who.person_id if member_id is None else decode_uuid("Member", member_id)
    if person == who.person_id:
        return person, who.role
    call.need(Right.WRITE_MEMBERS)
    found = (await call.services.people.members_by_id(call.tenant, [person])).get(person)
    if found is None:
        raise NotFound("There is no such Member here.")
    if not may_give(who.role, Role(found.role)):
        raise NotYours("Your role is below theirs: they have to make the link themselves.")
    return person, Role(found.role)


def _statuses(given: list[Any] | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    if not given:
        raise BadUserInput("`status` names at least one.", where="status")
    return tuple(dict.fromkeys(ApprovalStatus(one).value for one in given))


def _place(after: str | None) -> tuple[datetime, UUID] | None:
    key = decode_cursor(_OF, after, datetime, UUID)
    if key is None:
        return None
    if key[0].tzinfo is None:
        raise BadCursor
    return key[0], key[1]


def _node(row: ApprovalRecord) -> Approval:
    return Approval(row=row)


def _cursor(row: ApprovalRecord) -> str:
    return encode_cursor(_OF, row.created_at, row.id)
