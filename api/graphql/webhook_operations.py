"""What is done with webhooks in GraphQL: made, paused, given a new secret, deleted; agents attached and detached; replays.

Who makes or ends an address, or its secret, decides who outside may start runs: that needs `credentials:write`. What an address
starts, and when, is `runs:execute`: each attachment runs in the name of who attached it, or changed it last.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import strawberry
import structlog
from strawberry.scalars import JSON

from api.attaching import Asked, checked
from api.call import Call
from api.dispatching import Dispatcher
from api.errors import BadUserInput
from api.graphql.guard import mutation
from api.graphql.ids import decode_uuid
from api.graphql.market_texts import line_of
from api.graphql.people import DonePayload
from api.graphql.problems import Payload
from api.graphql.run_operations import RunCredentialInput, given_credentials, given_inputs
from api.graphql.webhooks import (
    Webhook,
    WebhookAttachment,
    WebhookDelivery,
    WebhookProvider,
    WebhookProviderEnum,
)
from api.receiving import new_token, url_of
from api.registering import Hook, registrar_of, token_of
from schema.access import Right
from schema.db.webhooks import NewWebhook, Opened, SigningSecret
from schema.db.webhooks import Webhook as WebhookRow
from schema.errors import DrystoneError, InvalidValue
from schema.webhooks import EVENT_CHARS_MAX, PROVIDERS, Provider

log = structlog.get_logger()

OVERLAP_SECONDS: Final = 24 * 3600
OVERLAP_SECONDS_MAX: Final = 7 * 24 * 3600
PROVIDER_EVENTS_MAX: Final = 100


@strawberry.input
class CreateWebhookInput:
    name: str
    provider: WebhookProviderEnum = WebhookProvider.GENERIC  # type: ignore[valid-type]
    is_signed: bool = strawberry.field(
        default=True, description="False, of a GENERIC one: the address is the only proof that a delivery needs."
    )
    secret: str | None = strawberry.field(
        default=None,
        description="What the sender signs with, where that is made there, as Slack does; absent: one is made.",
    )
    credential_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="A credential of the provider by which the webhook is registered there; GITHUB has that.",
    )
    resource: str | None = strawberry.field(
        default=None, description="What the provider is to watch: a repository, as `owner/name`."
    )
    events: list[str] = strawberry.field(
        default_factory=list, description="The events that the provider is asked to send; none: all."
    )


@strawberry.input
class UpdateWebhookInput:
    id: strawberry.ID
    name: str


@strawberry.input
class RotateWebhookSecretInput:
    id: strawberry.ID
    secret: str | None = strawberry.field(default=None, description="The sender's new one; absent: one is made.")
    overlap_seconds: int = strawberry.field(
        default=OVERLAP_SECONDS,
        description=f"For how long the old one counts, too; 0 to {OVERLAP_SECONDS_MAX}.",
    )


@strawberry.input
class AttachToWebhookInput:
    webhook_id: strawberry.ID
    graph_id: strawberry.ID | None = strawberry.field(default=None, description="The agent; or else `presetId`.")
    preset_id: strawberry.ID | None = strawberry.field(default=None, description="A preset of yours.")
    graph_version: int | None = strawberry.field(default=None, description="Pins it to a version.")
    input_name: str | None = strawberry.field(
        default=None, description="The input that takes what comes; absent: the agent's trigger takes it."
    )
    inputs: JSON = strawberry.field(default_factory=dict, description="{input's name: value}; none that is secret.")
    credentials: list[RunCredentialInput] = strawberry.field(default_factory=list)
    events: list[str] = strawberry.field(
        default_factory=list, description="The events that it takes, as deliveries name them; none: all."
    )


@strawberry.input(
    description="What is not named stays. It runs in the caller's name from now on, unless `isPaused` is all that is named."
)
class UpdateAttachmentInput:
    id: strawberry.ID
    preset_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Null: no preset.")
    graph_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Pins it to a version; null: the preset's, or the active one."
    )
    input_name: str | None = strawberry.field(default=strawberry.UNSET, description="Null: the agent's trigger.")
    inputs: JSON | None = strawberry.field(default=None, description="All of them.")
    credentials: list[RunCredentialInput] | None = strawberry.field(default=None, description="All of them.")
    events: list[str] | None = strawberry.field(default=None, description="All of them.")
    is_paused: bool | None = None

    @property
    def is_pause_only(self) -> bool:
        places = (self.preset_id, self.graph_version, self.input_name)
        more = (self.inputs, self.credentials, self.events)
        return self.is_paused is not None and all(one is strawberry.UNSET for one in places) and more == (None,) * 3


@strawberry.input
class ReplayDeliveryInput:
    id: strawberry.ID
    attachment_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Where it is to run again; absent: at all that take it now."
    )


@strawberry.type
class WebhookPayload(Payload):
    webhook: Webhook | None = None


@strawberry.type
class WebhookSecretPayload(Payload):
    webhook: Webhook | None = None
    url: str | None = strawberry.field(default=None, description="Where deliveries are sent.")
    secret: str | None = strawberry.field(
        default=None, description="Shown once: what the sender signs with. Null where it is the sender's own."
    )
    warning: str | None = strawberry.field(default=None, description="What could not be done at the provider.")


@strawberry.type
class DeleteWebhookPayload(DonePayload):
    warning: str | None = strawberry.field(
        default=None, description="Why the provider still has the hook. What it sends is not accepted any more."
    )


@strawberry.type
class AttachmentPayload(Payload):
    attachment: WebhookAttachment | None = None
    warnings: list[str] = strawberry.field(default_factory=list, description="What a run will miss.")


@strawberry.type
class ReplayPayload(Payload):
    replay: int | None = strawberry.field(default=None, description="The number of this replay.")
    delivery: WebhookDelivery | None = None


@strawberry.type
class WebhooksMutation:
    @mutation(Right.WRITE_CREDENTIALS, "Make an address that others call. Its secret is shown once, here.")
    async def create_webhook(self, info: strawberry.Info, input: CreateWebhookInput) -> WebhookSecretPayload:
        call: Call = info.context
        new, secret = _new_webhook(call, input)
        made = await call.stores.webhooks.make(call.tenant, new)
        try:
            if new.credential_id is not None:
                await _register(call, made, new.opened)
        except DrystoneError:
            await call.stores.webhooks.delete(call.tenant, made.id)
            raise
        row = await call.stores.webhooks.get(call.tenant, made.id)
        url = url_of(call.services, new.opened.token)
        return WebhookSecretPayload(webhook=Webhook(row=row), url=url, secret=secret)

    @mutation(Right.WRITE_CREDENTIALS, "Give a webhook another name.")
    async def update_webhook(self, info: strawberry.Info, input: UpdateWebhookInput) -> WebhookPayload:
        call: Call = info.context
        webhook_id = decode_uuid("Webhook", input.id)
        row = await call.stores.webhooks.change(call.tenant, webhook_id, name=line_of(input.name, "name"))
        return WebhookPayload(webhook=Webhook(row=row))

    @mutation(
        Right.WRITE_CREDENTIALS,
        "Give a webhook a new secret; the old one counts for a while, too. Where the webhook is registered at the provider, it "
        "is changed there.",
    )
    async def rotate_webhook_secret(
        self, info: strawberry.Info, input: RotateWebhookSecretInput
    ) -> WebhookSecretPayload:
        call: Call = info.context
        row = await call.stores.webhooks.get(call.tenant, decode_uuid("Webhook", input.id))
        if not row.config["is_signed"]:
            raise BadUserInput("Its deliveries are not signed: make another webhook that is.", where="id")
        if not 0 <= input.overlap_seconds <= OVERLAP_SECONDS_MAX:
            raise BadUserInput(f"An overlap has 0 to {OVERLAP_SECONDS_MAX} seconds.", where="overlapSeconds")
        value, shown = _secret(PROVIDERS[row.provider], input.secret)
        now = datetime.now(UTC)
        until = now + timedelta(seconds=input.overlap_seconds)
        opened = await call.stores.webhooks.rotate(call.tenant, row.id, value, until, now)
        warning = await _change_secret(call, row, opened)
        return WebhookSecretPayload(webhook=await _webhook(call, row.id), secret=shown, warning=warning)

    @mutation(Right.EXECUTE_RUNS, "Let a webhook start nothing: it answers 202, and what comes is not kept.")
    async def pause_webhook(self, info: strawberry.Info, id: strawberry.ID) -> WebhookPayload:
        call: Call = info.context
        row = await call.stores.webhooks.change(call.tenant, decode_uuid("Webhook", id), is_paused=True)
        return WebhookPayload(webhook=Webhook(row=row))

    @mutation(Right.EXECUTE_RUNS, "Let a paused webhook start runs again.")
    async def resume_webhook(self, info: strawberry.Info, id: strawberry.ID) -> WebhookPayload:
        call: Call = info.context
        row = await call.stores.webhooks.change(call.tenant, decode_uuid("Webhook", id), is_paused=False)
        return WebhookPayload(webhook=Webhook(row=row))

    @mutation(
        Right.WRITE_CREDENTIALS,
        "Delete a webhook: its address is gone at once, and it is deregistered at the provider. What was accepted still runs.",
    )
    async def delete_webhook(self, info: strawberry.Info, id: strawberry.ID) -> DeleteWebhookPayload:
        call: Call = info.context
        row = await call.stores.webhooks.get(call.tenant, decode_uuid("Webhook", id))
        await call.stores.webhooks.delete(call.tenant, row.id)
        return DeleteWebhookPayload(is_done=True, warning=await _deregister(call, row))

    @mutation(Right.EXECUTE_RUNS, "Let a webhook start an agent, or a preset of one, in your name.")
    async def attach_to_webhook(self, info: strawberry.Info, input: AttachToWebhookInput) -> AttachmentPayload:
        call: Call = info.context
        webhook_id = decode_uuid("Webhook", input.webhook_id)
        await call.stores.webhooks.get(call.tenant, webhook_id)
        if (input.graph_id is None) == (input.preset_id is None):
            raise BadUserInput("Name `graphId` or `presetId`, one of the two.", where="graphId")
        asked = Asked(
            graph_id=None if input.graph_id is None else decode_uuid("Graph", input.graph_id),
            preset_id=None if input.preset_id is None else decode_uuid("Preset", input.preset_id),
            graph_version=input.graph_version,
            input_name=input.input_name,
            inputs=given_inputs(input.inputs),
            credentials=given_credentials(input.credentials),
            events=input.events,
        )
        graph_id, content, warnings = await checked(call, asked)
        person = call.principal.person_id
        row = await call.stores.attachments.add(call.tenant, webhook_id, graph_id, content, person)
        return AttachmentPayload(attachment=WebhookAttachment(row=row), warnings=warnings)

    @mutation(Right.EXECUTE_RUNS, "Change what a webhook starts.")
    async def update_attachment(self, info: strawberry.Info, input: UpdateAttachmentInput) -> AttachmentPayload:
        call: Call = info.context
        attachment_id = decode_uuid("WebhookAttachment", input.id)
        if input.is_pause_only:
            paused = bool(input.is_paused)
            row = await call.stores.attachments.pause(call.tenant, attachment_id, is_paused=paused)
            return AttachmentPayload(attachment=WebhookAttachment(row=row))
        row = await call.stores.attachments.get(call.tenant, attachment_id)
        old, unset = row.content, strawberry.UNSET
        preset = old.preset_id
        if input.preset_id is not unset:
            preset = None if input.preset_id is None else decode_uuid("Preset", input.preset_id)
        asked = Asked(
            graph_id=row.graph_id,
            preset_id=preset,
            graph_version=old.graph_version if input.graph_version is unset else input.graph_version,
            input_name=old.input_name if input.input_name is unset else input.input_name,
            inputs=old.inputs if input.inputs is None else given_inputs(input.inputs),
            credentials=old.credentials if input.credentials is None else given_credentials(input.credentials),
            events=old.events if input.events is None else input.events,
            is_paused=old.is_paused if input.is_paused is None else input.is_paused,
        )
        graph_id, content, warnings = await checked(call, asked)
        if graph_id != row.graph_id:
            raise BadUserInput("The preset is of another agent: attach that one.", where="presetId")
        changed = await call.stores.attachments.change(call.tenant, row.id, content, call.principal.person_id)
        return AttachmentPayload(attachment=WebhookAttachment(row=changed), warnings=warnings)

    @mutation(Right.EXECUTE_RUNS, "Let a webhook start an agent no more. Runs that it started go on.")
    async def detach_from_webhook(self, info: strawberry.Info, id: strawberry.ID) -> DonePayload:
        call: Call = info.context
        await call.stores.attachments.delete(call.tenant, decode_uuid("WebhookAttachment", id))
        return DonePayload(is_done=True)

    @mutation(
        Right.EXECUTE_RUNS, "Let a delivery run again, as what is attached is now; each replay starts runs of its own."
    )
    async def replay_delivery(self, info: strawberry.Info, input: ReplayDeliveryInput) -> ReplayPayload:
        call: Call = info.context
        delivery_id = decode_uuid("WebhookDelivery", input.id)
        chosen = None
        if input.attachment_ids is not None:
            chosen = [decode_uuid("WebhookAttachment", one) for one in input.attachment_ids]
        number, _ = await call.stores.deliveries.replay(call.tenant, delivery_id, chosen, call.principal.person_id)
        await Dispatcher(call.services).dispatch(call.tenant, delivery_id)
        row = await call.stores.deliveries.get(call.tenant, delivery_id)
        return ReplayPayload(replay=number, delivery=WebhookDelivery(row=row))


def _new_webhook(call: Call, input: CreateWebhookInput) -> tuple[NewWebhook, str | None]:
    """Give a webhook that may be made, and its secret where that is to be shown."""
    provider = PROVIDERS[WebhookProvider(input.provider).value]
    if not input.is_signed and (provider.is_always_signed or input.secret is not None):
        raise BadUserInput(f"What {provider.name} sends is always signed.", where="isSigned")
    value, shown = _secret(provider, input.secret) if input.is_signed else (None, None)
    config = {"is_signed": input.is_signed, "resource": input.resource, "events": _events(input.events)}
    credential = None if input.credential_id is None else decode_uuid("Credential", input.credential_id)
    registrar = registrar_of(call.services, provider.name)
    if credential is not None:
        if registrar is None:
            raise BadUserInput(f"Webhooks of {provider.name} are entered there by hand.", where="credentialId")
        registrar.check(input.resource or "")
    elif input.resource is not None and registrar is not None:
        registrar.check(input.resource)
    opened = Opened(new_token(), () if value is None else (SigningSecret(value),))
    name = line_of(input.name, "name")
    return NewWebhook(name, provider.name, config, opened, credential, call.principal.person_id), shown


def _secret(provider: Provider, given: str | None) -> tuple[str, str | None]:
    """Give a secret, and the same where nobody has it yet. Raises BadUserInput."""
    if given is None:
        if provider.makes_secret:
            raise BadUserInput(f"The secret is made by {provider.name}: enter it here.", where="secret")
        made = provider.new_secret()
        return made, made
    try:
        provider.check_secret(given)
    except InvalidValue as error:
        raise BadUserInput(error.message, where="secret") from error
    return given, None


def _events(given: list[str]) -> list[str]:
    if len(given) > PROVIDER_EVENTS_MAX or not all(1 <= len(one) <= EVENT_CHARS_MAX for one in given):
        raise BadUserInput(f"Events are at most {PROVIDER_EVENTS_MAX} names.", where="events")
    return list(dict.fromkeys(given))


def _hook(call: Call, row: WebhookRow, opened: Opened) -> Hook:
    url, secret = url_of(call.services, opened.token), opened.secrets[0].value
    return Hook(str(row.config["resource"]), row.config["events"], url, secret)


async def _register(call: Call, row: WebhookRow, opened: Opened) -> None:
    registrar = registrar_of(call.services, row.provider)
    assert registrar is not None
    assert row.credential_id is not None
    token = await token_of(call.services, call.tenant, row.credential_id, call.principal.person_id, row.provider)
    hook_id = await registrar.register(_hook(call, row, opened), token)
    await call.stores.webhooks.note_registration(call.tenant, row.id, hook_id, None)


async def _change_secret(call: Call, row: WebhookRow, opened: Opened) -> str | None:
    """Change the secret at the provider; give why it could not be, which stands at the webhook, too."""
    registrar = registrar_of(call.services, row.provider)
    if registrar is None or row.provider_hook_id is None or row.credential_id is None:
        return None
    problem = None
    try:
        token = await token_of(call.services, call.tenant, row.credential_id, row.created_by, row.provider)
        await registrar.change_secret(_hook(call, row, opened), row.provider_hook_id, token)
    except DrystoneError as error:
        text = f"The secret was not changed at {row.provider}: {error.message}"
        problem = {"code": error.code, "message": text, "at": datetime.now(UTC).isoformat()}
    await call.stores.webhooks.note_registration(call.tenant, row.id, row.provider_hook_id, problem)
    return None if problem is None else problem["message"]


async def _deregister(call: Call, row: WebhookRow) -> str | None:
    """Take the hook away at the provider; give why it is still there."""
    registrar = registrar_of(call.services, row.provider)
    if registrar is None or row.provider_hook_id is None or row.credential_id is None:
        return None
    try:
        # By the right of who registered it: whoever may delete it here may leave nothing behind there.
        token = await token_of(call.services, call.tenant, row.credential_id, row.created_by, row.provider)
        await registrar.deregister(str(row.config["resource"]), row.provider_hook_id, token)
    except DrystoneError as error:
        log.warning("a webhook was not deregistered", webhook=str(row.id), code=error.code)
        return f"{row.provider} still has the hook {row.provider_hook_id}: {error.message}"
    return None


async def _webhook(call: Call, webhook_id: UUID) -> Webhook:
    return Webhook(row=await call.stores.webhooks.get(call.tenant, webhook_id))
