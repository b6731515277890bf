"""Credentials in GraphQL: made, shown, changed and deleted, and what an agent needs; a secret goes in and never comes out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from api.call import Call
from api.errors import BadUserInput
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.credential_uses import CredentialUse
from api.graphql.guard import mutation, query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.node import Node, add_finders
from api.graphql.people import DonePayload, Member, member_of
from api.graphql.problems import Payload
from api.oauth import begin
from api.parts import draft_of
from api.secrets import Given, check_provider, check_title, sealed_form
from schema.access import Right
from schema.credentials import CredentialType, Group
from schema.db.credential_uses import USES_MAX
from schema.db.credential_uses import CredentialUse as UseRow
from schema.db.credentials import Credential as CredentialRow
from schema.placeholders import with_placeholders

CredentialTypeEnum = strawberry.enum(
    CredentialType, name="CredentialType", description="What a credential consists of."
)


@strawberry.type(description="A credential: what it is for. Its secret is never shown.")
class Credential(Node):
    row: strawberry.Private[CredentialRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Credential", self.row.id)

    @strawberry.field(description="Its id as nodes have it: the `id` of a reference in a node's inputs.")
    def uuid(self) -> str:
        return str(self.row.id)

    @strawberry.field
    def title(self) -> str:
        return self.row.title

    @strawberry.field(description="The service that it is for, such as `github`; `http` for headers of one's own.")
    def provider(self) -> str:
        return self.row.provider

    @strawberry.field
    def type(self) -> CredentialTypeEnum:  # type: ignore[valid-type]
        return CredentialType(self.row.type)

    @strawberry.field(description="The last four characters of its secret; null where that would tell too much of it.")
    def last4(self) -> str | None:
        return self.row.last4

    @strawberry.field(description="What was granted; only OAUTH2 has any.")
    def scopes(self) -> list[str]:
        return list(self.row.scopes)

    @strawberry.field(description="The hosts that it may be sent to; empty: those of its provider.")
    def hosts(self) -> list[str]:
        return list(self.row.hosts)

    @strawberry.field(description="Whether every member of the organisation may use it, and not its owner alone.")
    def is_shared(self) -> bool:
        return self.row.owner_id is None

    @strawberry.field(description="Whose it is; null for one that is shared.")
    async def owner(self, info: strawberry.Info) -> Member | None:
        return None if self.row.owner_id is None else await member_of(info.context, self.row.owner_id)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field
    def updated_at(self) -> datetime:
        return self.row.updated_at

    @strawberry.field(description="When a node used it last, to the minute.")
    def used_at(self) -> datetime | None:
        return self.row.used_at

    @strawberry.field(description="When the token that it holds ends. It is renewed before, where its provider allows.")
    def expires_at(self) -> datetime | None:
        return self.row.expires_at

    @strawberry.field(
        description="Since when its provider refuses it; it must be connected again. Null: it is in force."
    )
    def ended_at(self) -> datetime | None:
        return self.row.ended_at

    @strawberry.field(
        description=f"What names it in this organisation: agents first, then what starts them; at most {USES_MAX}."
    )
    async def uses(self, info: strawberry.Info) -> list[CredentialUse]:
        call: Call = info.context

        async def load(ids: Sequence[UUID]) -> dict[UUID, list[UseRow]]:
            return await call.stores.credential_uses.of(call.tenant, call.principal.person_id, ids)

        rows = await call.loader("credential uses", load).load(self.row.id) or []
        return [CredentialUse(row=row) for row in rows]


@strawberry.type(description="A place in an agent that needs a credential.")
class CredentialPlace:
    graph_id: str = strawberry.field(description="The agent, or one that it runs, as its file names it.")
    node_id: str
    node_title: str | None
    pin: str


@strawberry.type(description="What one credential of a run is needed for: all places that want the same.")
class CredentialRequirement:
    group: strawberry.Private[Group]

    @strawberry.field(description="Its key in the agent's `credentials_input_schema`, and in the input of a run.")
    def key(self) -> str:
        return self.group.key

    @strawberry.field(description="The providers that fit.")
    def providers(self) -> list[str]:
        return list(self.group.providers)

    @strawberry.field(description="The types that fit.")
    def types(self) -> list[CredentialTypeEnum]:  # type: ignore[valid-type]
        return [CredentialType(kind) for kind in self.group.types]

    @strawberry.field(description="The scopes that it must have, if it is of type OAUTH2.")
    def scopes(self) -> list[str]:
        return list(self.group.scopes)

    @strawberry.field(description="Whether the agent cannot run without; else its nodes are left out, or run without.")
    def is_required(self) -> bool:
        return self.group.is_required

    @strawberry.field(description="The demo of language models answers here where no credential is chosen.")
    def has_demo(self, info: strawberry.Info) -> bool:
        call: Call = info.context
        return call.services.config.has_llm_demo and self.group.has_demo

    @strawberry.field(description="What it is used with, such as the models or the addresses that the nodes name.")
    def used_with(self) -> list[str]:
        return self.group.discriminator_values

    @strawberry.field
    def places(self) -> list[CredentialPlace]:
        return [
            CredentialPlace(
                graph_id=need.graph.id, node_id=need.node.id, node_title=need.node.title, pin=need.requirement.pin
            )
            for need in self.group.needs
        ]


@strawberry.type(description="A provider at which one can grant access: the `provider` of `beginOAuth`.")
class OAuthProvider:
    name: str
    hosts: list[str] = strawberry.field(description="Where its tokens are sent to.")


@strawberry.input
class ApiKeySecret:
    key: str
    hosts: list[str] = strawberry.field(
        default_factory=list,
        description="Where it may be sent beside its provider's own hosts: `host`, `host:port` or `*.domain`. A server of one's "
        "own that speaks its provider's API is one.",
    )


@strawberry.input
class UserPasswordSecret:
    username: str
    password: str


@strawberry.input
class HeaderInput:
    name: str
    value: str


@strawberry.input
class HostScopedSecret:
    hosts: list[str] = strawberry.field(
        description="`host`, `host:port` or `*.domain`. Without a port only https is meant. Headers go nowhere else."
    )
    headers: list[HeaderInput]


@strawberry.input(one_of=True, description="One of these. OAuth access is granted by `beginOAuth` instead.")
class SecretInput:
    api_key: ApiKeySecret | None = strawberry.UNSET
    user_password: UserPasswordSecret | None = strawberry.UNSET
    host_scoped: HostScopedSecret | None = strawberry.UNSET

    def given(self) -> Given:
        """Give what was entered, as the store keeps it."""
        if self.api_key:
            key, hosts = self.api_key.key, self.api_key.hosts
            return Given(CredentialType.API_KEY, {"key": key}, last=key, hosts=hosts)
        if self.user_password:
            one = self.user_password
            values = {"username": one.username, "password": one.password}
            return Given(CredentialType.USER_PASSWORD, values, last=one.password)
        assert self.host_scoped
        headers = [(header.name.strip(), header.value.strip()) for header in self.host_scoped.headers]
        last = headers[0][1] if len(headers) == 1 else None
        return Given(CredentialType.HOST_SCOPED, {"headers": headers}, last=last, hosts=self.host_scoped.hosts)


@strawberry.input
class CreateCredentialInput:
    provider: str = strawberry.field(description="The service that it is for; `http` for headers to hosts.")
    title: str
    secret: SecretInput
    is_shared: bool = strawberry.field(
        default=False, description="Let every member of the organisation use it. Otherwise only you see and use it."
    )


@strawberry.input
class UpdateCredentialInput:
    id: strawberry.ID
    title: str | None = None
    secret: SecretInput | None = strawberry.field(default=None, description="A new secret, of the same type.")
    is_shared: bool | None = None


@strawberry.input
class BeginOAuthInput:
    provider: str
    scopes: list[str]
    title: str
    credential_id: strawberry.ID | None = strawberry.field(
        default=None, description="A credential of this provider whose scopes are to be widened, instead of a new one."
    )


@strawberry.type
class CredentialPayload(Payload):
    credential: Credential | None = None


@strawberry.type
class OAuthPayload(Payload):
    authorize_url: str | None = strawberry.field(
        default=None, description="Where to send the person. It serves once, within ten minutes."
    )


@strawberry.type
class CredentialsQuery:
    @query(Right.READ_CREDENTIALS, "The credentials that the caller may use: their own and shared ones, newest first.")
    async def credentials(
        self,
        info: strawberry.Info,
        first: int | None = None,
        after: str | None = None,
        provider: str | None = None,
        kind: Annotated[
            CredentialTypeEnum | None,  # type: ignore[valid-type]
            strawberry.argument(name="type"),
        ] = None,
    ) -> Connection[Credential]:
        call: Call = info.context
        size, key = page_size(first), decode_cursor("credentials", after, datetime, UUID)
        rows = await call.stores.credentials.page(
            call.tenant,
            call.principal.person_id,
            size + 1,
            provider=provider,
            kind=CredentialType(kind).value if kind else None,
            before=None if key is None else (key[0], key[1]),
        )
        return connect(
            rows,
            size,
            lambda row: Credential(row=row),
            lambda row: encode_cursor("credentials", row.created_at, row.id),
            after=after,
        )

    @query(Right.READ_CREDENTIALS, "One credential that the caller may use.")
    async def credential(self, info: strawberry.Info, id: strawberry.ID) -> Credential:
        call: Call = info.context
        row = await call.stores.credentials.get(call.tenant, decode_uuid("Credential", id), call.principal.person_id)
        return Credential(row=row)

    @query(
        Right.READ_GRAPHS, "The credentials that a run of an agent needs, those of the agents that it runs included."
    )
    async def required_credentials(
        self, info: strawberry.Info, graph_id: strawberry.ID, version: int | None = None, is_draft: bool = False
    ) -> list[CredentialRequirement]:
        call: Call = info.context
        agent_id, specs = decode_uuid("Graph", graph_id), call.services.registry.specs
        if is_draft:
            graph = await draft_of(call, agent_id, version)
            specs = with_placeholders(graph, specs)
        else:
            graph, _ = await call.services.compiled.get(call.stores.graphs, call.tenant, agent_id, version)
        groups = await call.stores.granting.groups(call.tenant, graph, specs)
        return [CredentialRequirement(group=group) for group in groups.values()]

    # Strawberry makes `oAuthProviders` of this and `beginOAuth` of the mutation's name.
    @query(Right.READ_CREDENTIALS, "The providers at which access can be granted here.")
    async def o_auth_providers(self, info: strawberry.Info) -> list[OAuthProvider]:
        call: Call = info.context
        found = call.services.config.oauth_providers.values()
        return [OAuthProvider(name=provider.name, hosts=list(provider.hosts)) for provider in found]


@strawberry.type
class CredentialsMutation:
    @mutation(Right.WRITE_CREDENTIALS, "Keep a secret. It can be used and replaced, and never be read again.")
    async def create_credential(self, info: strawberry.Info, input: CreateCredentialInput) -> CredentialPayload:
        call: Call = info.context
        given = input.secret.given()
        provider = check_provider(input.provider)
        row = await call.stores.credentials.make(
            call.tenant,
            None if input.is_shared else call.principal.person_id,
            provider,
            given.type,
            check_title(input.title),
            sealed_form(given),
        )
        return CredentialPayload(credential=Credential(row=row))

    @mutation(Right.WRITE_CREDENTIALS, "Change a credential's title, who may use it, or its secret.")
    async def update_credential(self, info: strawberry.Info, input: UpdateCredentialInput) -> CredentialPayload:
        call: Call = info.context
        person, credential_id = call.principal.person_id, decode_uuid("Credential", input.id)
        row = await call.stores.credentials.get(call.tenant, credential_id, person)
        secret = None
        if input.secret is not None:
            given = input.secret.given()
            if given.type != row.type:
                raise BadUserInput(f"The credential is of the type {row.type.upper()}.", where="secret")
            secret = sealed_form(given)
        row = await call.stores.credentials.change(
            call.tenant,
            credential_id,
            person,
            title=None if input.title is None else check_title(input.title),
            owner=_owner(row, input.is_shared),
            secret=secret,
        )
        return CredentialPayload(credential=Credential(row=row))

    @mutation(Right.WRITE_CREDENTIALS, "Delete a credential. Its secret is gone at once; runs that need it fail.")
    async def delete_credential(self, info: strawberry.Info, id: strawberry.ID) -> DonePayload:
        call: Call = info.context
        await call.stores.credentials.delete(call.tenant, decode_uuid("Credential", id), call.principal.person_id)
        return DonePayload(is_done=True)

    @mutation(Right.WRITE_CREDENTIALS, "Begin to grant access at a provider: send the person to the address it gives.")
    async def begin_o_auth(self, info: strawberry.Info, input: BeginOAuthInput) -> OAuthPayload:
        call: Call = info.context
        address = await begin(
            call,
            check_provider(input.provider),
            input.scopes,
            check_title(input.title),
            None if input.credential_id is None else decode_uuid("Credential", input.credential_id),
        )
        return OAuthPayload(authorize_url=address)


def _owner(row: CredentialRow, is_shared: bool | None) -> UUID | None:
    """Give whose a credential is to be. What was shared has no owner to go back to: nobody takes it for themselves."""
    if is_shared is None or is_shared == (row.owner_id is None):
        return row.owner_id
    if not is_shared:
        raise BadUserInput(
            "A shared credential stays shared: others may rely on it. Make one of your own.", where="isShared"
        )
    return None


async def _find(call: Call, parts: list[str]) -> Credential:
    (part,) = parts
    return Credential(row=await call.stores.credentials.get(call.tenant, UUID(part), call.principal.person_id))


add_finders({"Credential": (Right.READ_CREDENTIALS, _find)})
