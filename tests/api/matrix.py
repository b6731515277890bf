"""The table of operations: the right that each needs, and what each of its ids is an id of; the test that walks it is beside.

A new operation has no row, and the test fails until it has one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_interface_type,
    is_leaf_type,
    is_object_type,
    is_union_type,
)

from api.graphql.ids import encode_id
from schema.access import Right, Role
from tests.api.asking import asked
from tests.api.files import upload
from tests.api.running import echo, run_to_end, save, start, uuid_of
from tests.api.selling import draft
from tests.api.serving import Api, Organisation
from tests.api.webhooks import make_attachment, make_delivery, make_webhook

ANYONE: Final = "anyone"
KNOWN: Final = "known"


@dataclass(frozen=True)
class Row:
    """An operation: what it needs, and {path of an id: its type}."""

    needed: str
    ids: Mapping[str, str] = field(default_factory=dict)


def row(needed: Right | str, **ids: str) -> Row:
    return Row(str(needed), {path.replace("__", "."): kind for path, kind in ids.items()})


TABLE: Final[dict[str, Row]] = {
    "Query.apiKeys": row(Right.WRITE_KEYS),
    "Query.approval": row(Right.READ_RUNS, id="Approval"),
    "Query.approvalByLink": row(ANYONE),
    "Query.approvals": row(Right.READ_RUNS, runId="Run"),
    "Query.auditLog": row(Right.READ_AUDIT),
    "Query.block": row(Right.READ_BLOCKS, id="Block"),
    "Query.blockCategories": row(Right.READ_BLOCKS),
    "Query.blocks": row(Right.READ_BLOCKS),
    "Query.checkGraph": row(Right.READ_GRAPHS),
    "Query.continuationPreview": row(
        Right.READ_RUNS, input__runId="Run", input__credentials__credentialId="Credential"
    ),
    "Query.credential": row(Right.READ_CREDENTIALS, id="Credential"),
    "Query.credentials": row(Right.READ_CREDENTIALS),
    "Query.eventCursor": row(Right.READ_RUNS),
    "Query.exportGraph": row(Right.READ_GRAPHS, id="Graph"),
    "Query.file": row(Right.READ_FILES, id="File"),
    "Query.files": row(Right.READ_FILES),
    "Query.fleet": row(Right.READ_FLEET),
    "Query.folders": row(Right.READ_GRAPHS),
    "Query.graph": row(Right.READ_GRAPHS, id="Graph"),
    "Query.graphDiff": row(Right.READ_GRAPHS, graphId="Graph"),
    "Query.graphVersion": row(Right.READ_GRAPHS, graphId="Graph"),
    "Query.graphs": row(Right.READ_GRAPHS, folderId="Folder"),
    "Query.isAuditLogWhole": row(Right.READ_AUDIT),
    "Query.library": row(Right.READ_LIBRARY, folderId="Folder", graphId="Graph"),
    "Query.listing": row(Right.READ_LISTINGS, id="Listing"),
    "Query.listingCategories": row(Right.READ_LISTINGS),
    "Query.listings": row(Right.READ_LISTINGS),
    "Query.llmUsageByAgent": row(Right.READ_RUNS),
    "Query.llmUsageByDay": row(Right.READ_RUNS),
    "Query.llmUsageByPerson": row(Right.READ_RUNS),
    "Query.mcpTools": row(Right.WRITE_GRAPHS, credentialId="Credential"),
    "Query.members": row(Right.READ_MEMBERS),
    "Query.memories": row(Right.READ_RUNS, graphId="Graph"),
    "Query.node": row(KNOWN, id="Graph"),
    "Query.nodes": row(KNOWN, ids="Graph"),
    "Query.oAuthProviders": row(Right.READ_CREDENTIALS),
    "Query.ownListings": row(Right.WRITE_LISTINGS),
    "Query.ownProfile": row(Right.READ_LISTINGS),
    "Query.pendingListings": row(Right.REVIEW_LISTINGS),
    "Query.presets": row(Right.READ_LIBRARY, graphId="Graph"),
    "Query.profile": row(Right.READ_LISTINGS),
    "Query.providers": row(Right.READ_BLOCKS),
    "Query.ratings": row(Right.READ_LISTINGS, listingId="Listing"),
    "Query.recommendedCron": row(Right.READ_GRAPHS, graphId="Graph"),
    "Query.requiredCredentials": row(Right.READ_GRAPHS, graphId="Graph"),
    "Query.run": row(Right.READ_RUNS, id="Run"),
    "Query.runLimits": row(Right.READ_RUNS, graphId="Graph"),
    "Query.runs": row(Right.READ_RUNS, graphId="Graph", startedBy="Member"),
    "Query.schedule": row(Right.READ_RUNS, id="Schedule"),
    "Query.scheduleTimes": row(Right.READ_RUNS),
    "Query.schedules": row(Right.READ_RUNS, graphId="Graph"),
    "Query.sharedRun": row(ANYONE),
    "Query.viewer": row(KNOWN),
    "Query.webhook": row(Right.READ_RUNS, id="Webhook"),
    "Query.webhookDelivery": row(Right.READ_RUNS, id="WebhookDelivery"),
    "Query.webhooks": row(Right.READ_RUNS),
    "Mutation.acceptInvitation": row(ANYONE),
    "Mutation.activateVersion": row(Right.WRITE_GRAPHS, input__graphId="Graph"),
    "Mutation.addToLibrary": row(Right.WRITE_LIBRARY, input__graphId="Graph", input__listingId="Listing"),
    "Mutation.attachToWebhook": row(
        Right.EXECUTE_RUNS,
        input__webhookId="Webhook",
        input__graphId="Graph",
        input__presetId="Preset",
        input__credentials__credentialId="Credential",
    ),
    "Mutation.beginOAuth": row(Right.WRITE_CREDENTIALS, input__credentialId="Credential"),
    "Mutation.backfillSchedule": row(Right.EXECUTE_RUNS, input__id="Schedule"),
    "Mutation.cancelRun": row(Right.EXECUTE_RUNS, input__id="Run"),
    "Mutation.changePassword": row(KNOWN),
    "Mutation.createApiKey": row(Right.WRITE_KEYS),
    "Mutation.continueRun": row(Right.EXECUTE_RUNS, input__runId="Run", input__credentials__credentialId="Credential"),
    "Mutation.createCredential": row(Right.WRITE_CREDENTIALS),
    "Mutation.createFolder": row(Right.WRITE_GRAPHS, input__parentId="Folder"),
    "Mutation.createGraph": row(Right.WRITE_GRAPHS),
    "Mutation.createListing": row(Right.WRITE_LISTINGS, input__graphId="Graph"),
    "Mutation.createListingVersion": row(Right.WRITE_LISTINGS, input__listingId="Listing"),
    "Mutation.createOrganisation": row(KNOWN),
    "Mutation.createPreset": row(
        Right.WRITE_LIBRARY, input__graphId="Graph", input__credentials__credentialId="Credential"
    ),
    "Mutation.createWebhook": row(Right.WRITE_CREDENTIALS, input__credentialId="Credential"),
    "Mutation.createSchedule": row(
        Right.EXECUTE_RUNS, input__graphId="Graph", input__credentials__credentialId="Credential"
    ),
    "Mutation.deleteSchedule": row(Right.EXECUTE_RUNS, id="Schedule"),
    "Mutation.pauseSchedule": row(Right.EXECUTE_RUNS, input__id="Schedule"),
    "Mutation.resumeSchedule": row(Right.EXECUTE_RUNS, input__id="Schedule"),
    "Mutation.triggerSchedule": row(Right.EXECUTE_RUNS, input__id="Schedule"),
    "Mutation.updateSchedule": row(
        Right.EXECUTE_RUNS, input__id="Schedule", input__credentials__credentialId="Credential"
    ),
    "Mutation.decideApproval": row(Right.DECIDE_APPROVALS, input__id="Approval"),
    "Mutation.decideByLink": row(ANYONE),
    "Mutation.deleteCredential": row(Right.WRITE_CREDENTIALS, id="Credential"),
    "Mutation.deleteFile": row(Right.WRITE_FILES, id="File"),
    "Mutation.deleteFolder": row(Right.WRITE_GRAPHS, id="Folder"),
    "Mutation.deleteGraph": row(Right.WRITE_GRAPHS, id="Graph"),
    "Mutation.deleteListing": row(Right.WRITE_LISTINGS, id="Listing"),
    "Mutation.deletePreset": row(Right.WRITE_LIBRARY, id="Preset"),
    "Mutation.deleteRun": row(Right.MANAGE_RUNS, id="Run"),
    "Mutation.editNodeInput": row(Right.MANAGE_RUNS, input__nodeExecutionId="NodeExecution"),
    "Mutation.failNode": row(Right.MANAGE_RUNS, input__nodeExecutionId="NodeExecution"),
    "Mutation.deleteWebhook": row(Right.WRITE_CREDENTIALS, id="Webhook"),
    "Mutation.detachFromWebhook": row(Right.EXECUTE_RUNS, id="WebhookAttachment"),
    "Mutation.featureListing": row(Right.REVIEW_LISTINGS, input__listingId="Listing"),
    "Mutation.forgetMemory": row(Right.EXECUTE_RUNS, input__graphId="Graph"),
    "Mutation.forkGraph": row(Right.WRITE_GRAPHS, input__id="Graph"),
    "Mutation.importGraph": row(Right.WRITE_GRAPHS, input__fileId="File", input__folderId="Folder"),
    "Mutation.inviteMember": row(Right.WRITE_MEMBERS),
    "Mutation.makeApprovalLink": row(Right.DECIDE_APPROVALS, input__approvalId="Approval", input__memberId="Member"),
    "Mutation.moveFolder": row(Right.WRITE_GRAPHS, input__id="Folder", input__parentId="Folder"),
    "Mutation.moveGraph": row(Right.WRITE_GRAPHS, input__graphId="Graph", input__folderId="Folder"),
    "Mutation.pauseRun": row(Right.EXECUTE_RUNS, input__id="Run"),
    "Mutation.pauseWebhook": row(Right.EXECUTE_RUNS, id="Webhook"),
    "Mutation.pinNodeOutput": row(Right.WRITE_GRAPHS, input__graphId="Graph", input__nodeExecutionId="NodeExecution"),
    "Mutation.publishGraph": row(Right.WRITE_GRAPHS, input__graphId="Graph"),
    "Mutation.raiseRunLimit": row(Right.MANAGE_RUNS, input__id="Run"),
    "Mutation.rateListing": row(Right.RATE_LISTINGS, input__listingId="Listing"),
    "Mutation.removeFromLibrary": row(Right.WRITE_LIBRARY, id="LibraryEntry"),
    "Mutation.removeMember": row(Right.WRITE_MEMBERS, id="Member"),
    "Mutation.renameFolder": row(Right.WRITE_GRAPHS, input__id="Folder"),
    "Mutation.renameOrganisation": row(Right.WRITE_ORGANISATION),
    "Mutation.resumeRun": row(Right.EXECUTE_RUNS, input__id="Run"),
    "Mutation.retryNode": row(Right.EXECUTE_RUNS, input__nodeExecutionId="NodeExecution"),
    "Mutation.replayDelivery": row(
        Right.EXECUTE_RUNS, input__id="WebhookDelivery", input__attachmentIds="WebhookAttachment"
    ),
    "Mutation.resumeWebhook": row(Right.EXECUTE_RUNS, id="Webhook"),
    "Mutation.reviewListing": row(Right.REVIEW_LISTINGS, input__versionId="ListingVersion"),
    "Mutation.revokeApprovalLink": row(Right.DECIDE_APPROVALS, id="ApprovalLink"),
    "Mutation.revokeApiKey": row(Right.WRITE_KEYS, id="ApiKey"),
    "Mutation.revokeShare": row(Right.MANAGE_RUNS, id="RunShare"),
    "Mutation.rotateWebhookSecret": row(Right.WRITE_CREDENTIALS, input__id="Webhook"),
    "Mutation.rollBack": row(Right.WRITE_GRAPHS, input__graphId="Graph"),
    "Mutation.runBlock": row(Right.RUN_BLOCKS, input__blockId="Block"),
    "Mutation.runLibraryEntry": row(
        Right.EXECUTE_RUNS, input__entryId="LibraryEntry", input__credentials__credentialId="Credential"
    ),
    "Mutation.runNode": row(Right.EXECUTE_RUNS, input__graphId="Graph", input__credentials__credentialId="Credential"),
    "Mutation.runPreset": row(
        Right.EXECUTE_RUNS, input__presetId="Preset", input__overrides__credentials__credentialId="Credential"
    ),
    "Mutation.setMemberRole": row(Right.WRITE_MEMBERS, input__memberId="Member"),
    "Mutation.setRunLimits": row(Right.WRITE_ORGANISATION, input__graphId="Graph"),
    "Mutation.shareRun": row(Right.MANAGE_RUNS, input__id="Run"),
    "Mutation.skipNode": row(Right.MANAGE_RUNS, input__nodeExecutionId="NodeExecution"),
    "Mutation.signIn": row(ANYONE, input__organisationId="Organisation"),
    "Mutation.signOut": row(KNOWN),
    "Mutation.signalAgent": row(
        Right.EXECUTE_RUNS, input__graphId="Graph", input__credentials__credentialId="Credential"
    ),
    "Mutation.signalRun": row(Right.EXECUTE_RUNS, input__runId="Run"),
    "Mutation.startRun": row(Right.EXECUTE_RUNS, input__graphId="Graph", input__credentials__credentialId="Credential"),
    "Mutation.submitListing": row(Right.WRITE_LISTINGS, id="ListingVersion"),
    "Mutation.switchOrganisation": row(KNOWN, id="Organisation"),
    "Mutation.takeDownListing": row(Right.REVIEW_LISTINGS, input__listingId="Listing"),
    "Mutation.updateAttachment": row(
        Right.EXECUTE_RUNS,
        input__id="WebhookAttachment",
        input__presetId="Preset",
        input__credentials__credentialId="Credential",
    ),
    "Mutation.unpinNodeOutput": row(Right.WRITE_GRAPHS, input__graphId="Graph"),
    "Mutation.updateCredential": row(Right.WRITE_CREDENTIALS, input__id="Credential"),
    "Mutation.updateDraft": row(Right.WRITE_GRAPHS, input__graphId="Graph"),
    "Mutation.updateFromListing": row(Right.WRITE_LIBRARY, id="LibraryEntry"),
    "Mutation.updateLibraryEntry": row(Right.WRITE_LIBRARY, input__entryId="LibraryEntry", input__folderId="Folder"),
    "Mutation.updateListingVersion": row(Right.WRITE_LISTINGS, input__versionId="ListingVersion"),
    "Mutation.updatePreset": row(
        Right.WRITE_LIBRARY, input__presetId="Preset", input__credentials__credentialId="Credential"
    ),
    "Mutation.updateProfile": row(Right.WRITE_LISTINGS),
    "Mutation.updateWebhook": row(Right.WRITE_CREDENTIALS, input__id="Webhook"),
    "Mutation.withdrawListing": row(Right.WRITE_LISTINGS, id="ListingVersion"),
    "Subscription.graphEvents": row(Right.READ_RUNS, graphId="Graph"),
    "Subscription.organisationEvents": row(Right.READ_RUNS),
    "Subscription.runEvents": row(Right.READ_RUNS, runId="Run"),
}

#: Ids of these are the same for every organisation.
COMMON_TYPES: Final = frozenset({"Block"})


# Operations, made from the schema


def id_paths(field: GraphQLField) -> list[str]:
    """Give the path of every id among a field's arguments."""
    found: list[str] = []

    def walk(kind: Any, path: str, above: tuple[str, ...]) -> None:
        named = get_named_type(kind)
        if named.name == "ID":
            found.append(path)
        if isinstance(named, GraphQLInputObjectType) and named.name not in above:
            for name, inner in named.fields.items():
                walk(inner.type, f"{path}.{name}", (*above, named.name))

    for name, argument in field.args.items():
        walk(argument.type, name, ())
    return found


def operation(kind: str, name: str, field: GraphQLField, ids: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Give a document and variables: what is required filled in somehow, and the ids given where their paths say."""
    variables = {}
    for argument, definition in field.args.items():
        value = _value(definition.type, argument, ids)
        if value is not None:
            variables[argument] = value
    declared = ", ".join(f"${name}: {field.args[name].type}" for name in variables)
    passed = ", ".join(f"{name}: ${name}" for name in variables)
    head = f"{kind.lower()} {f'({declared})' if declared else ''}"
    return f"{head} {{ {name}{f'({passed})' if passed else ''} {_selection(field.type)} }}", variables


def _value(kind: Any, path: str, ids: Mapping[str, str]) -> Any:
    """Give a value for an argument; None where it may be left out."""
    is_needed = isinstance(kind, GraphQLNonNull)
    is_asked = any(wanted == path or wanted.startswith(f"{path}.") for wanted in ids)
    if not is_needed and not is_asked:
        return None
    inner = kind.of_type if is_needed else kind
    if isinstance(inner, GraphQLList):
        one = _value(inner.of_type, path, ids)
        return [one] if is_asked else []
    if isinstance(inner, GraphQLInputObjectType):
        if _is_one_of(inner) and not any(wanted.startswith(f"{path}.") for wanted in ids):
            name, field = next(iter(inner.fields.items()))
            return {name: _value(GraphQLNonNull(field.type), f"{path}.{name}", ids)}
        values = {name: _value(field.type, f"{path}.{name}", ids) for name, field in inner.fields.items()}
        return {name: value for name, value in values.items() if value is not None}
    if inner.name == "ID":
        return ids.get(path, encode_id("Nothing", uuid4()))
    if isinstance(inner, GraphQLEnumType):
        return list(inner.values)[-1]
    if path.endswith("document"):
        return {"id": str(uuid4()), "name": "x", "nodes": [], "links": []}
    plain = {"String": "x-x", "Int": 1, "Boolean": False, "Float": 1.0, "JSON": {}, "DateTime": "2026-11-25T12:00:00Z"}
    return plain[inner.name]


def _is_one_of(kind: GraphQLInputObjectType) -> bool:
    """Say whether exactly one of an input's fields is to be given; Strawberry keeps it with its own definition."""
    return kind.is_one_of or bool(kind.extensions["strawberry-definition"].is_one_of)


def _selection(kind: Any) -> str:
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    if is_interface_type(named) or is_union_type(named):
        return "{ __typename }"
    assert is_object_type(named)
    if "errors" in named.fields:
        return "{ errors { code message } __typename }"
    return "{ id __typename }" if "id" in named.fields else "{ __typename }"


# Things that belong to an organisation

Maker = Callable[[Api, Organisation], Awaitable[str]]


async def _graph(api: Api, owner: Organisation) -> str:
    return await save(api, owner, echo())


async def _run(api: Api, owner: Organisation) -> str:
    return str((await start(owner.owner, await _graph(api, owner), {"topic": "x"}))["id"])


async def _member(api: Api, owner: Organisation) -> str:
    assert owner.owner.person is not None
    made = await api.people.invite(owner.id, f"{uuid4()}@example.com", Role.VIEWER, owner.owner.person, 60)
    _, person, _ = await api.people.accept_invitation(made.token, "One", None)
    return encode_id("Member", person)


async def _key(api: Api, owner: Organisation) -> str:
    assert owner.owner.person is not None
    return encode_id("ApiKey", (await api.people.make_key(owner.id, owner.owner.person, "k", ["runs:read"])).id)


async def _folder(_api: Api, owner: Organisation) -> str:
    made = await owner.owner(
        "mutation($input: CreateFolderInput!) { createFolder(input: $input) { folder { id } errors { code } } }",
        input={"name": str(uuid4())},
    )
    return str(made["folder"]["id"])


async def _preset(api: Api, owner: Organisation) -> str:
    made = await owner.owner(
        "mutation($input: CreatePresetInput!) { createPreset(input: $input) { preset { id } errors { code message } } }",
        input={"graphId": await _graph(api, owner), "name": "p", "inputs": {"topic": "x"}, "credentials": []},
    )
    return str(made["preset"]["id"])


async def _schedule(api: Api, owner: Organisation) -> str:
    made = await owner.owner(
        "mutation($input: CreateScheduleInput!) { createSchedule(input: $input) { schedule { id } errors { code message } } }",
        input={
            "graphId": await _graph(api, owner),
            "name": "s",
            "spec": {"cron": ["0 0 1 1 *"]},
            "inputs": {"topic": "x"},
            "isPaused": True,
        },
    )
    return str(made["schedule"]["id"])


async def _entry(api: Api, owner: Organisation) -> str:
    made = await owner.owner(
        "mutation($input: AddToLibraryInput!) { addToLibrary(input: $input) { entry { id } errors { code } } }",
        input={"graphId": await _graph(api, owner)},
    )
    return str(made["entry"]["id"])


async def _file(_api: Api, owner: Organisation) -> str:
    return str((await upload(owner.owner))["id"])


async def _share(api: Api, owner: Organisation) -> str:
    made = await owner.owner(
        "mutation($input: ShareRunInput!) { shareRun(input: $input) { share { id } errors { code } } }",
        input={"id": await _run(api, owner)},
    )
    return str(made["share"]["id"])


async def _approval(api: Api, owner: Organisation) -> str:
    return str((await asked(api, owner))["id"])


async def _approval_link(api: Api, owner: Organisation) -> str:
    made = await owner.owner(
        "mutation($input: MakeApprovalLinkInput!) { makeApprovalLink(input: $input) { link { id } errors { code } } }",
        input={"approvalId": await _approval(api, owner)},
    )
    return str(made["link"]["id"])


async def _credential(_api: Api, owner: Organisation) -> str:
    made = await owner.owner(
        "mutation($input: CreateCredentialInput!) { createCredential(input: $input) { credential { id } errors { code } } }",
        input={"provider": "openai", "title": "c", "secret": {"apiKey": {"key": "a secret key"}}, "isShared": True},
    )
    return str(made["credential"]["id"])


async def _listing(api: Api, owner: Organisation) -> str:
    return str((await draft(api, owner))["id"])


async def _listing_version(api: Api, owner: Organisation) -> str:
    return str((await draft(api, owner))["versions"][0]["id"])


async def _node_execution(api: Api, owner: Organisation) -> str:
    run_id = await run_to_end(api, owner, echo(), {"topic": "x"})
    return encode_id("NodeExecution", uuid_of(run_id), 1)


async def _organisation(_api: Api, owner: Organisation) -> str:
    return encode_id("Organisation", owner.id)


MAKERS: Final[dict[str, Maker]] = {
    "ApiKey": _key,
    "Approval": _approval,
    "ApprovalLink": _approval_link,
    "Credential": _credential,
    "File": _file,
    "Folder": _folder,
    "Graph": _graph,
    "LibraryEntry": _entry,
    "Listing": _listing,
    "ListingVersion": _listing_version,
    "Member": _member,
    "NodeExecution": _node_execution,
    "Organisation": _organisation,
    "Preset": _preset,
    "Run": _run,
    "RunShare": _share,
    "Schedule": _schedule,
    "Webhook": make_webhook,
    "WebhookAttachment": make_attachment,
    "WebhookDelivery": make_delivery,
}
