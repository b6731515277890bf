"""Every operation for every role, and with ids of one's own and of others: generated from the schema, held against the table."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import uuid4

import pytest
from gql.transport.exceptions import TransportQueryError
from graphql import GraphQLField, GraphQLSchema

from api.config import ApiConfig
from api.graphql.ids import encode_id, split_id
from api.graphql.schema import make_schema
from schema.access import PLATFORM_RIGHTS, RIGHTS, Role
from tests.api.matrix import (
    ANYONE,
    COMMON_TYPES,
    KNOWN,
    MAKERS,
    TABLE,
    Row,
    id_paths,
    operation,
)
from tests.api.serving import Api, Client, Organisation
from tests.api.watching import watching

SCHEMA: Final[GraphQLSchema] = make_schema(ApiConfig())._schema
ROOTS: Final = {
    "Query": SCHEMA.query_type,
    "Mutation": SCHEMA.mutation_type,
    "Subscription": SCHEMA.subscription_type,
}
FIELDS: Final[dict[str, GraphQLField]] = {
    f"{kind}.{name}": field for kind, root in ROOTS.items() if root is not None for name, field in root.fields.items()
}
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: What a caller who has the right but not the session of a person is told, where an operation changes who they are.
SESSION_ONLY: Final = frozenset({"changePassword", "createOrganisation", "switchOrganisation"})
#: Ids of these operations may be anyone's on purpose: where one signs in to, what is on the marketplace is everyone's.
PUBLIC: Final = frozenset({("Mutation.signIn", "input.organisationId")})
#: Where the generated arguments do not get as far as telling one's own from an unknown one; what shows it is said.
NO_CONTROL: Final = {
    ("Query.graphs", "folderId"): "an empty folder is like none: test_graphs",
    ("Query.memories", "graphId"): "an agent that remembers nothing is like none: test_agents_belongings",
    ("Mutation.forgetMemory", "input.graphId"): "an agent that remembers nothing is like none: test_agents_belongings",
    ("Query.library", "folderId"): "an empty folder is like none: test_library",
    ("Query.library", "graphId"): "an agent without an entry is like none: test_library",
    ("Query.presets", "graphId"): "an agent without presets is like none: test_presets",
    ("Query.approvals", "runId"): "a run that asks nobody is like none: test_approvals",
    ("Query.runs", "graphId"): "an agent without runs is like none: test_runs",
    ("Query.runs", "startedBy"): "one who started none is like none: test_run_nodes",
    ("Query.schedules", "graphId"): "an agent without schedules is like none: test_schedules",
    ("Mutation.addToLibrary", "input.listingId"): "only what is approved is there: test_library",
    ("Mutation.featureListing", "input.listingId"): "only what is approved is there: test_market",
    ("Mutation.rateListing", "input.listingId"): "only what is approved is there: test_ratings",
    ("Mutation.takeDownListing", "input.listingId"): "only what is approved is there: test_market",
    ("Mutation.updateDraft", "input.graphId"): "the document's own id is seen first: test_graphs",
    ("Mutation.importGraph", "input.folderId"): "a document or a file is asked for first: test_graph_files",
    ("Mutation.signalAgent", "input.credentials.credentialId"): "the agent must wait for events: test_signals",
    ("Mutation.beginOAuth", "input.credentialId"): "there is no provider here: test_oauth",
    ("Mutation.createPreset", "input.credentials.credentialId"): "looked up when it runs: test_credential_runs",
    ("Mutation.updatePreset", "input.credentials.credentialId"): "looked up when it runs: test_credential_runs",
    ("Mutation.createSchedule", "input.credentials.credentialId"): "the spec is seen first: test_schedules",
    ("Mutation.updateSchedule", "input.credentials.credentialId"): "the agent needs none: test_schedules",
    ("Mutation.startRun", "input.credentials.credentialId"): "the agent needs none: test_credential_runs",
    ("Mutation.runPreset", "input.overrides.credentials.credentialId"): "the agent needs none",
    ("Mutation.runLibraryEntry", "input.credentials.credentialId"): "the agent needs none",
    ("Mutation.attachToWebhook", "input.credentials.credentialId"): "the agent needs none: test_webhooks",
    ("Mutation.updateAttachment", "input.credentials.credentialId"): "the agent needs none: test_webhooks",
    ("Mutation.createWebhook", "input.credentialId"): "of GitHub only: test_webhook_secrets",
    ("Mutation.replayDelivery", "input.attachmentIds"): "of the delivery's webhook only: test_webhooks",
    ("Query.continuationPreview", "input.credentials.credentialId"): "the agent needs none: test_continuing",
    ("Mutation.continueRun", "input.credentials.credentialId"): "the agent needs none: test_continuing",
    ("Mutation.runNode", "input.credentials.credentialId"): "the node is not there: test_parts",
    ("Mutation.pinNodeOutput", "input.nodeExecutionId"): "of the node only: test_parts",
    ("Subscription.graphEvents", "graphId"): "its wrong cursor is seen first: test_run_events",
}
DENIED: Final = frozenset({"FORBIDDEN", "UNAUTHENTICATED"})


def allowed(row: Row, role: Role | None) -> bool:
    """Say whether the table lets a role (None: nobody known) do an operation."""
    if row.needed == ANYONE:
        return True
    if role is None:
        return False
    # The owner of the team is one of the platform's administrators.
    return row.needed == KNOWN or row.needed in RIGHTS[role] | (PLATFORM_RIGHTS if role is Role.OWNER else set())


async def codes(client: Client, key: str, ids: dict[str, str]) -> list[str]:
    """Do an operation; give the codes of its errors."""
    kind, name = key.split(".")
    document, variables = operation(kind, name, FIELDS[key], ids)
    if kind == "Subscription":
        return await subscription_codes(client, document, variables)
    answer = (await client.post(document, variables)).json()
    found = [error["extensions"]["code"] for error in answer.get("errors", [])]
    payload = (answer.get("data") or {}).get(name)
    if isinstance(payload, dict):
        found += [problem["code"] for problem in payload.get("errors", [])]
    return found


async def subscription_codes(client: Client, document: str, variables: dict[str, Any]) -> list[str]:
    """Subscribe, and take what comes first; where nothing is wrong that may be nothing, so the socket asks something else."""
    try:
        async with watching(client) as socket:
            if "organisationEvents" in document or "graphEvents" in document:
                # It goes on for ever: a wrong cursor ends it behind the guard.
                document = document.replace("(graphId:", '(after: "x", graphId:').replace(
                    "organisationEvents {", 'organisationEvents(after: "x") {'
                )
            await socket.all(document, **variables)
    except TransportQueryError as error:
        return [one["extensions"]["code"] for one in error.errors or []]
    except Exception as error:
        return ["UNAUTHENTICATED"] if client.token is None else [type(error).__name__]
    return []


def test_every_operation_has_a_row_and_every_row_an_operation() -> None:
    assert set(TABLE) == set(FIELDS)


@pytest.mark.parametrize("key", FIELDS)
def test_every_id_of_an_operation_is_in_its_row(key: str) -> None:
    assert set(TABLE[key].ids) == set(id_paths(FIELDS[key]))


def test_every_type_of_an_id_can_be_made() -> None:
    assert {kind for row in TABLE.values() for kind in row.ids.values()} - COMMON_TYPES == set(MAKERS)


@pytest.mark.parametrize("key", FIELDS)
async def test_an_operation_is_for_those_who_have_its_right(api: Api, team: Organisation, key: str) -> None:
    row, name = TABLE[key], key.split(".")[1]
    for role, client in [(None, api.client()), *team.members.items()]:
        found = await codes(client, key, {})
        is_denied = bool(DENIED & set(found))
        is_first_password = (name, role) == ("changePassword", Role.OWNER)  # What an owner's key may do.
        if name in SESSION_ONLY and role is not None and not is_first_password:
            assert found == ["FORBIDDEN"], (role, found)
        else:
            assert is_denied is not allowed(row, role), (role, found)
        assert "INTERNAL" not in found, (role, found)


CASES = [
    (key, path)
    for key, row in TABLE.items()
    for path, kind in row.ids.items()
    if kind not in COMMON_TYPES and (key, path) not in PUBLIC and key.split(".")[1] not in SESSION_ONLY
]


@pytest.mark.parametrize(("key", "path"), CASES)
async def test_an_id_of_another_organisation_is_like_one_that_is_not_there(
    api: Api, team: Organisation, strangers: Organisation, key: str, path: str
) -> None:
    kinds = TABLE[key].ids
    mine = {other: await MAKERS[kind](api, team) for other, kind in kinds.items() if is_needed(key, other, path)}
    unknown = encode_id(kinds[path], uuid4())
    foreign = await MAKERS[kinds[path]](api, strangers)
    of_unknown, of_foreign = [await whole(team.owner, key, {**mine, path: given}) for given in (unknown, foreign)]
    assert of_unknown == of_foreign, "a foreign id is told from an unknown one"
    if (key, path) not in NO_CONTROL:
        own = await whole(team.owner, key, {**mine, path: await MAKERS[kinds[path]](api, team)})
        assert own != of_unknown, "one's own is not told from an unknown one: the test shows nothing"


def is_needed(key: str, other: str, path: str) -> bool:
    """Say whether an id is filled in beside the one that is tried: the others of its operation that must be given."""
    if other == path:
        return False
    kind, name = key.split(".")
    _, variables = operation(kind, name, FIELDS[key], {})
    return _has(variables, other.split(".")) or (key, other) == ("Mutation.createPreset", "input.graphId")


def _has(values: Any, steps: list[str]) -> bool:
    for step in steps:
        values = values.get(step) if isinstance(values, dict) else None
    return values is not None and values != []


async def whole(client: Client, key: str, ids: dict[str, str]) -> Any:
    """Do an operation; give all that it answers, without what is different each time."""
    kind, name = key.split(".")
    document, variables = operation(kind, name, FIELDS[key], ids)
    if kind == "Subscription":
        return await subscription_codes(client, document, variables)
    answer = (await client.post(document, variables)).json()
    return without_ids(answer)


def without_ids(value: Any) -> Any:
    """Leave out request ids and ids that were made just now."""
    if isinstance(value, dict):
        return {key: without_ids(item) for key, item in value.items() if key != "requestId"}
    if isinstance(value, list):
        return [without_ids(item) for item in value]
    if not isinstance(value, str):
        return value
    return "ID" if split_id(value) is not None else _UUID.sub("UUID", value)
