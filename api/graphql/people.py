"""People in GraphQL: signing in, who I am, members, invitations, API keys and the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import strawberry

from api.call import Call
from api.errors import BadUserInput, Forbidden, Unauthenticated
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.guard import ANYONE, KNOWN, mutation, query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.problems import Payload
from api.passwords import hash_password, is_password
from schema.access import Principal, Right, Role, may_give
from schema.db.audit import AuditEntry as AuditRow
from schema.db.people import ApiKey as KeyRow
from schema.db.people import Issued
from schema.db.people import Member as MemberRow
from schema.db.people import Organisation as OrganisationRow
from schema.errors import NotFound

RoleEnum = strawberry.enum(Role, name="Role", description="A member's role in an organisation.")
NAME_CHARACTERS_MAX = 200


@strawberry.type(description="An organisation: the owner of agents, runs and all else.")
class Organisation:
    row: strawberry.Private[OrganisationRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Organisation", self.row.id)

    @strawberry.field
    def name(self) -> str:
        return self.row.name

    @strawberry.field(description="The caller's role in it.")
    def role(self) -> RoleEnum:  # type: ignore[valid-type]
        return Role(self.row.role)


@strawberry.type(description="A person in the caller's organisation.")
class Member:
    row: strawberry.Private[MemberRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Member", self.row.id)

    @strawberry.field
    def email(self) -> str:
        return self.row.email

    @strawberry.field
    def name(self) -> str:
        return self.row.name

    @strawberry.field
    def role(self) -> RoleEnum:  # type: ignore[valid-type]
        return Role(self.row.role)

    @strawberry.field(description="Since when they are a member.")
    def created_at(self) -> datetime:
        return self.row.created_at


@strawberry.type(description="Who the caller is.")
class Viewer:
    principal: strawberry.Private[Principal]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Member", self.principal.person_id)

    @strawberry.field
    def email(self) -> str:
        return self.principal.email

    @strawberry.field
    def name(self) -> str:
        return self.principal.name

    @strawberry.field(description="The role in the organisation that this token is for.")
    def role(self) -> RoleEnum:  # type: ignore[valid-type]
        return self.principal.role

    @strawberry.field(description="What this token may do.")
    def rights(self) -> list[str]:
        return [right.value for right in self.principal.rights]

    @strawberry.field(description="Whether they review listings of the marketplace.")
    def is_platform_admin(self) -> bool:
        return self.principal.is_platform_admin

    @strawberry.field(description="The organisation that this token is for.")
    async def organisation(self, info: strawberry.Info) -> Organisation:
        return next(one for one in await self._organisations(info) if one.row.id == self.principal.tenant_id)

    @strawberry.field(description="All organisations that they are in; `switchOrganisation` changes to another.")
    async def organisations(self, info: strawberry.Info) -> list[Organisation]:
        return await self._organisations(info)

    async def _organisations(self, info: strawberry.Info) -> list[Organisation]:
        call: Call = info.context
        rows = await call.services.people.organisations_of(self.principal.person_id)
        return [Organisation(row=row) for row in rows]


@strawberry.type(description="A key of a program, without its secret.")
class ApiKey:
    row: strawberry.Private[KeyRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("ApiKey", self.row.id)

    @strawberry.field
    def name(self) -> str:
        return self.row.name

    @strawberry.field(description="The key's beginning, by which it is recognised. It is no secret.")
    def prefix(self) -> str:
        return self.row.prefix

    @strawberry.field(description="What it may do, at most; never more than its person's role gives.")
    def scopes(self) -> list[str]:
        return list(self.row.scopes)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field
    def expires_at(self) -> datetime | None:
        return self.row.expires_at

    @strawberry.field(description="When it was used last, to the minute.")
    def last_used_at(self) -> datetime | None:
        return self.row.last_used_at

    @strawberry.field
    def revoked_at(self) -> datetime | None:
        return self.row.revoked_at

    @strawberry.field(description="Whose key it is; null for one who has left.")
    async def owner(self, info: strawberry.Info) -> Member | None:
        return await member_of(info.context, self.row.person_id)


@strawberry.type(description="A line of the audit log.")
class AuditEntry:
    row: strawberry.Private[AuditRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("AuditEntry", self.row.id)

    @strawberry.field
    def at(self) -> datetime:
        return self.row.at

    @strawberry.field(description="The operation's name.")
    def operation(self) -> str:
        return self.row.act.operation

    @strawberry.field(
        description="ALLOWED before it ran, DENIED where it did not, REFUSED where it ran and gave an error."
    )
    def outcome(self) -> str:
        return self.row.act.outcome

    @strawberry.field
    def code(self) -> str | None:
        return self.row.act.code

    @strawberry.field(description="What it was about.")
    def object_id(self) -> str | None:
        return self.row.act.object_id

    @strawberry.field
    def ip(self) -> str | None:
        return self.row.act.ip

    @strawberry.field
    def request_id(self) -> str:
        return self.row.act.request_id

    @strawberry.field(description="Who did it; null for one who has left.")
    async def actor(self, info: strawberry.Info) -> Member | None:
        actor = self.row.act.actor_id
        return None if actor is None else await member_of(info.context, actor)

    @strawberry.field(description="By which key, if by one.")
    def key_id(self) -> strawberry.ID | None:
        return None if self.row.act.key_id is None else encode_id("ApiKey", self.row.act.key_id)


async def member_of(call: Call, person: UUID) -> Member | None:
    """Give a member of the caller's organisation; all that one operation asks for are read at once."""

    async def load(ids: Sequence[UUID]) -> dict[UUID, Member]:
        found = await call.services.people.members_by_id(call.tenant, ids)
        return {key: Member(row=row) for key, row in found.items()}

    return await call.loader("member", load).load(person)


@strawberry.input
class SignInInput:
    email: str
    password: str
    organisation_id: strawberry.ID | None = strawberry.field(
        default=None, description="Which organisation to enter, for people who are in several; else their first one."
    )


@strawberry.type
class SessionPayload(Payload):
    token: str | None = strawberry.field(
        default=None, description="Shown once. Send it as `Authorization: Bearer TOKEN`."
    )
    expires_at: datetime | None = None
    viewer: Viewer | None = None


@strawberry.type
class DonePayload(Payload):
    is_done: bool = False


@strawberry.input
class ChangePasswordInput:
    old_password: str = strawberry.field(
        description="Empty for an owner's first password, which the owner's own API key sets."
    )
    new_password: str


@strawberry.input
class CreateOrganisationInput:
    name: str


@strawberry.input
class RenameOrganisationInput:
    name: str


@strawberry.type
class OrganisationPayload(Payload):
    organisation: Organisation | None = None


@strawberry.input
class InviteMemberInput:
    email: str
    role: RoleEnum  # type: ignore[valid-type]


@strawberry.type
class InvitationPayload(Payload):
    token: str | None = strawberry.field(default=None, description="Shown once: give it to whom you invite.")
    expires_at: datetime | None = None


@strawberry.input
class AcceptInvitationInput:
    token: str
    name: str
    password: str = strawberry.field(description="A new account's password; one that exists keeps its own.")


@strawberry.input
class SetMemberRoleInput:
    member_id: strawberry.ID
    role: RoleEnum  # type: ignore[valid-type]


@strawberry.type
class MemberPayload(Payload):
    member: Member | None = None


@strawberry.input
class CreateApiKeyInput:
    name: str
    scopes: list[str] = strawberry.field(description="Rights, as `viewer.rights` lists them.")
    expires_in_days: int | None = None


@strawberry.type
class ApiKeyPayload(Payload):
    token: str | None = strawberry.field(default=None, description="The whole key. Shown once.")
    api_key: ApiKey | None = None


@strawberry.type
class PeopleQuery:
    @query(KNOWN, "Who the caller is.")
    async def viewer(self, info: strawberry.Info) -> Viewer:
        return Viewer(principal=info.context.principal)

    @query(Right.READ_MEMBERS, "The members of the caller's organisation.")
    async def members(self, info: strawberry.Info) -> list[Member]:
        call: Call = info.context
        return [Member(row=row) for row in await call.services.people.members(call.tenant)]

    @query(Right.WRITE_KEYS, "The caller's own API keys; for those who manage members, everyone's.")
    async def api_keys(self, info: strawberry.Info) -> list[ApiKey]:
        call: Call = info.context
        return [ApiKey(row=row) for row in await call.services.people.keys(call.tenant, _whose_keys(call))]

    @query(Right.READ_AUDIT, "The audit log, the newest first.")
    async def audit_log(
        self, info: strawberry.Info, first: int | None = None, after: str | None = None
    ) -> Connection[AuditEntry]:
        call: Call = info.context
        size = page_size(first)
        key = decode_cursor("audit", after, int)
        rows = await call.stores.audit.page(call.tenant, size + 1, None if key is None else key[0])
        return connect(
            rows, size, lambda row: AuditEntry(row=row), lambda row: encode_cursor("audit", row.id), after=after
        )

    @query(Right.READ_AUDIT, "Whether every line of the audit log follows from the one before it.")
    async def is_audit_log_whole(self, info: strawberry.Info) -> bool:
        call: Call = info.context
        return await call.stores.audit.first_broken(call.tenant) is None


@strawberry.type
class PeopleMutation:
    @mutation(ANYONE, "Sign in with an address and a password.")
    async def sign_in(self, info: strawberry.Info, input: SignInInput) -> SessionPayload:
        call: Call = info.context
        await call.throttle("sign-in")
        wanted = None if input.organisation_id is None else decode_uuid("Organisation", input.organisation_id)
        found = await call.services.people.password_of(input.email, wanted)
        if not await is_password(input.password, None if found is None else found[2]) or found is None:
            raise BadUserInput("The address or the password is not right.")
        return await _enter(call, found[0], found[1])

    @mutation(KNOWN, "End this session.")
    async def sign_out(self, info: strawberry.Info) -> DonePayload:
        call: Call = info.context
        if call.principal.session_id is not None:
            await call.services.people.end_session(call.principal.session_id)
        return DonePayload(is_done=call.principal.session_id is not None)

    @mutation(KNOWN, "Change the password; every session of yours ends, and a new one begins.")
    async def change_password(self, info: strawberry.Info, input: ChangePasswordInput) -> SessionPayload:
        call: Call = info.context
        await call.throttle("sign-in")
        found = await call.services.people.password_of(call.principal.email)
        kept = None if found is None else found[2]
        if kept is None and call.principal.key_id is not None:
            # The first owner has a key and no password yet. No lesser key opens an account without one.
            call.need(Right.WRITE_ORGANISATION)
        else:
            _need_session(call)
            if not await is_password(input.old_password, kept):
                raise BadUserInput("The old password is not right.", where="oldPassword")
        await call.services.people.set_password(call.principal.person_id, await hash_password(input.new_password))
        return await _enter(call, call.principal.person_id, call.tenant)

    @mutation(KNOWN, "Make a new organisation, whose owner you are. `switchOrganisation` enters it.")
    async def create_organisation(self, info: strawberry.Info, input: CreateOrganisationInput) -> OrganisationPayload:
        call: Call = info.context
        _need_session(call)
        who = call.principal
        tenant = await call.services.people.make_organisation(_name(input.name), who.person_id)
        rows = await call.services.people.organisations_of(who.person_id)
        return OrganisationPayload(organisation=next(Organisation(row=row) for row in rows if row.id == tenant))

    @mutation(KNOWN, "Begin a session in another organisation that you are in.")
    async def switch_organisation(self, info: strawberry.Info, id: strawberry.ID) -> SessionPayload:
        call: Call = info.context
        _need_session(call)
        tenant = decode_uuid("Organisation", id)
        rows = await call.services.people.organisations_of(call.principal.person_id)
        if tenant not in {row.id for row in rows}:
            raise NotFound("There is no such Organisation here.")
        return await _enter(call, call.principal.person_id, tenant)

    @mutation(Right.WRITE_ORGANISATION, "Rename the organisation.")
    async def rename_organisation(self, info: strawberry.Info, input: RenameOrganisationInput) -> OrganisationPayload:
        call: Call = info.context
        await call.services.people.rename_organisation(call.tenant, _name(input.name))
        rows = await call.services.people.organisations_of(call.principal.person_id)
        return OrganisationPayload(organisation=next(Organisation(row=row) for row in rows if row.id == call.tenant))

    @mutation(Right.WRITE_MEMBERS, "Invite somebody into the organisation.")
    async def invite_member(self, info: strawberry.Info, input: InviteMemberInput) -> InvitationPayload:
        call: Call = info.context
        _need_rank(call, input.role)
        if "@" not in input.email or len(input.email) > NAME_CHARACTERS_MAX:
            raise BadUserInput("This is no e-mail address.", where="email")
        made = await call.services.people.invite(
            call.tenant, input.email, input.role, call.principal.person_id, call.services.config.invitation_seconds
        )
        return InvitationPayload(token=made.token, expires_at=made.expires_at)

    @mutation(ANYONE, "Accept an invitation; makes the account where there is none, and signs in.")
    async def accept_invitation(self, info: strawberry.Info, input: AcceptInvitationInput) -> SessionPayload:
        call: Call = info.context
        await call.throttle("sign-in")
        kept = await hash_password(input.password)
        people = call.services.people
        tenant, person, is_new = await people.accept_invitation(input.token, _name(input.name), kept)
        # One who has an account signs in with their own password: the invitation alone does not open it.
        return await _enter(call, person, tenant) if is_new else SessionPayload()

    @mutation(Right.WRITE_MEMBERS, "Change a member's role; nobody gives a role above their own.")
    async def set_member_role(self, info: strawberry.Info, input: SetMemberRoleInput) -> MemberPayload:
        call: Call = info.context
        person = decode_uuid("Member", input.member_id)
        await _need_power_over(call, person)
        _need_rank(call, input.role)
        await call.services.people.set_role(call.tenant, person, input.role)
        return MemberPayload(member=await member_of(call, person))

    @mutation(Right.WRITE_MEMBERS, "Take a member out; their sessions and keys end at once.")
    async def remove_member(self, info: strawberry.Info, id: strawberry.ID) -> DonePayload:
        call: Call = info.context
        person = decode_uuid("Member", id)
        await _need_power_over(call, person)
        await call.services.people.remove_member(call.tenant, person)
        return DonePayload(is_done=True)

    @mutation(Right.WRITE_KEYS, "Make an API key for yourself.")
    async def create_api_key(self, info: strawberry.Info, input: CreateApiKeyInput) -> ApiKeyPayload:
        call: Call = info.context
        scopes = _scopes(call, input.scopes)
        ends = None
        if input.expires_in_days is not None:
            if not 1 <= input.expires_in_days <= 3650:
                raise BadUserInput("A key is for 1 to 3650 days.", where="expiresInDays")
            ends = datetime.now(UTC) + timedelta(days=input.expires_in_days)
        people = call.services.people
        made = await people.make_key(call.tenant, call.principal.person_id, _name(input.name), scopes, ends)
        return ApiKeyPayload(token=made.token, api_key=ApiKey(row=await people.key(call.tenant, made.id)))

    @mutation(Right.WRITE_KEYS, "End an API key at once: your own, or anyone's for those who manage members.")
    async def revoke_api_key(self, info: strawberry.Info, id: strawberry.ID) -> ApiKeyPayload:
        call: Call = info.context
        key = decode_uuid("ApiKey", id)
        await call.services.people.revoke_key(call.tenant, key, _whose_keys(call))
        return ApiKeyPayload(api_key=ApiKey(row=await call.services.people.key(call.tenant, key)))


async def _enter(call: Call, person: UUID, tenant: UUID) -> SessionPayload:
    made: Issued = await call.services.people.begin_session(person, tenant, call.services.config.session_seconds)
    who = await call.services.people.by_session(made.token)
    if who is None:
        raise Unauthenticated
    return SessionPayload(token=made.token, expires_at=made.expires_at, viewer=Viewer(principal=who))


def _whose_keys(call: Call) -> UUID | None:
    return None if call.principal.may(Right.WRITE_MEMBERS) else call.principal.person_id


def _need_session(call: Call) -> None:
    """A key never changes what its person is: that takes the person."""
    if call.principal.key_id is not None:
        raise Forbidden("This needs a session: a key cannot do it.")


def _need_rank(call: Call, role: Role) -> None:
    if not may_give(call.principal.role, role):
        raise Forbidden("Nobody gives a role above their own.")


async def _need_power_over(call: Call, person: UUID) -> None:
    found = (await call.services.people.members_by_id(call.tenant, [person])).get(person)
    if found is None:
        raise NotFound("There is no such Member here.")
    _need_rank(call, Role(found.role))


def _scopes(call: Call, wanted: list[str]) -> list[str]:
    given = {right.value for right in call.principal.rights}
    if not wanted or set(wanted) - given:
        unknown = ", ".join(sorted(set(wanted) - given)) or "none"
        raise BadUserInput(f"A key has at least one scope, and none that you have not: {unknown}.", where="scopes")
    return sorted(set(wanted))


def _name(given: str) -> str:
    name = " ".join(given.split())
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX:
        raise BadUserInput(f"A name has 1 to {NAME_CHARACTERS_MAX} characters.", where="name")
    return name
