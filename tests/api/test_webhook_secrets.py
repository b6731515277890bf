"""What of webhooks is secret: sealed, turned with the keys, in no table, answer or log; and hooks that are registered at GitHub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from api.graphql.ids import decode_uuid
from deploy.sealing import key_path
from schema.access import Role
from schema.db.key_file import add_key, read_keys
from schema.db.rewrapping import Rewrapping
from schema.db.vault import FileKeys, Vault
from schema.db.webhooks import Webhooks
from schema.errors import SealBroken
from tests.api.canaries import Canaries, tables
from tests.api.credentials import api_key, make, reaching
from tests.api.serving import Api, Organisation, api_on
from tests.api.webhooks import (
    CREATE,
    DELETE,
    DELIVERIES,
    LIST,
    ONE,
    ROTATE,
    Sender,
    create,
    deliveries,
    sender_of,
    with_agent,
)
from tests.egress.servers import Seen, Server, reply, serve

TOKEN = "ghp_a-token-of-a-person-0123456789"


class GitHub:
    """GitHub's REST API for hooks on 127.0.0.1: it remembers hooks, and refuses as it is told to."""

    def __init__(self) -> None:
        self.hooks: dict[int, dict[str, Any]] = {}
        self.status: int | None = None
        self.asked: list[tuple[str, str, str]] = []

    async def respond(self, seen: Seen, _writer: Any) -> bytes:
        self.asked.append((seen.method, seen.path, seen.headers.get("authorization", "")))
        if self.status is not None:
            return reply(self.status, b'{"message": "no"}')
        given = orjson.loads(seen.body) if seen.body else {}
        if seen.method == "POST":
            number = 1000 + len(self.hooks)
            self.hooks[number] = given
            return reply(201, orjson.dumps({"id": number, "config": {"secret": "********"}}))
        number = int(seen.path.split("/")[5])
        if number not in self.hooks:
            return reply(404, b'{"message": "Not Found"}')
        if seen.method == "PATCH":
            self.hooks[number]["config"] = given
            return reply(200, b"{}")
        del self.hooks[number]
        return reply(204)


@asynccontextmanager
async def with_github(api: Api) -> AsyncIterator[tuple[Api, GitHub, Server]]:
    """Give an API that finds GitHub here."""
    github = GitHub()
    async with (
        serve(github.respond) as server,
        api_on(api.platform, github_api_url=server.url) as near,
        reaching(near, server),
    ):
        yield near, github, server


async def test_a_hook_is_registered_changed_and_deregistered_at_github(api: Api, acme: Organisation) -> None:
    async with with_github(api) as (near, github, _):
        editor = near.client(acme[Role.EDITOR].token)
        credential = await make(editor, provider="github", **api_key(TOKEN))
        asked = {"name": "x", "provider": "GITHUB", "credentialId": credential["id"], "resource": "octo/walls"}
        made = await editor(CREATE, input={**asked, "events": ["pull_request", "push"]})
        assert (made["errors"], made["webhook"]["isRegistered"]) == ([], True)
        ((number, hook),) = github.hooks.items()
        assert github.asked == [("POST", "/repos/octo/walls/hooks", f"Bearer {TOKEN}")]
        assert (hook["events"], hook["active"], hook["name"]) == (["pull_request", "push"], True, "web")
        assert hook["config"] == {
            "url": made["url"],
            "content_type": "json",
            "secret": made["secret"],
            "insecure_ssl": "0",
        }
        # GitHub calls what it was told, with the secret that it was told.
        as_github = Sender(near, hook["config"]["url"], "github", hook["config"]["secret"])
        assert (await as_github.send({"zen": "x"}, event="ping")).json() == {"status": "pong"}
        assert (await as_github.send({"ref": "x"})).status_code == 200
        owner = near.client(acme.owner.token)
        rotated = await owner(ROTATE, input={"id": made["webhook"]["id"], "overlapSeconds": 0})
        assert rotated["warning"] is None, "by the credential of who registered it"
        assert github.hooks[number]["config"]["secret"] == rotated["secret"]
        assert (await as_github.send()).status_code == 401
        as_github.secret = rotated["secret"]
        assert (await as_github.send()).status_code == 200
        assert (await owner(DELETE, id=made["webhook"]["id"])) == {"isDone": True, "warning": None, "errors": []}
        assert github.hooks == {}
        assert (await as_github.send()).status_code == 404


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "CREDENTIAL_UNUSABLE"),
        (403, "CREDENTIAL_UNUSABLE"),
        (404, "BAD_USER_INPUT"),
        (422, "BAD_USER_INPUT"),
        (500, "UNAVAILABLE"),
    ],
)
async def test_what_github_refuses_leaves_no_webhook(api: Api, acme: Organisation, status: int, code: str) -> None:
    async with with_github(api) as (near, github, _):
        owner = near.client(acme.owner.token)
        credential = await make(owner, provider="github", **api_key(TOKEN))
        github.status = status
        asked = {"name": "x", "provider": "GITHUB", "credentialId": credential["id"], "resource": "octo/walls"}
        assert await owner.refused(CREATE, input=asked) == [code]
        assert (await owner(LIST))["nodes"] == []


async def test_while_github_is_away_a_webhook_still_stops_and_says_what_is_left(api: Api, acme: Organisation) -> None:
    async with with_github(api) as (near, github, _):
        owner = near.client(acme.owner.token)
        credential = await make(owner, provider="github", **api_key(TOKEN))
        asked = {"provider": "GITHUB", "credentialId": credential["id"], "resource": "octo/walls"}
        made = await create(owner, **asked)
        outside = sender_of(near, made)
        github.status = 503
        rotated = await owner(ROTATE, input={"id": made["webhook"]["id"]})
        assert "not changed at github" in rotated["warning"]
        assert rotated["webhook"]["problem"]["code"] == "UNAVAILABLE"
        assert (await outside.send(identity="1")).status_code == 200, "what GitHub signs with counts for the overlap"
        gone = await owner(DELETE, id=made["webhook"]["id"])
        assert gone["isDone"] is True
        assert f"github still has the hook {next(iter(github.hooks))}" in gone["warning"]
        assert (await outside.send()).status_code == 404


async def test_only_a_credential_of_github_that_one_may_use_registers_there(api: Api, acme: Organisation) -> None:
    async with with_github(api) as (near, github, _):
        owner, editor = near.client(acme.owner.token), near.client(acme[Role.EDITOR].token)
        mine = await make(owner, provider="github", **api_key(TOKEN))
        other_provider = await make(owner, provider="gitlab", **api_key(TOKEN))
        asked = {"name": "x", "provider": "GITHUB", "resource": "octo/walls"}
        assert await editor.refused(CREATE, input={**asked, "credentialId": mine["id"]}) == ["NOT_FOUND"]
        assert await owner.refused(CREATE, input={**asked, "credentialId": other_provider["id"]}) == [
            "CREDENTIAL_UNUSABLE"
        ]
        for resource in ("../../user", "octo/walls/../..", "octo/walls?x", "octo", "octo/..", None):
            named = {**asked, "credentialId": mine["id"], "resource": resource}
            assert await owner.refused(CREATE, input=named) == ["BAD_USER_INPUT"], resource
        assert github.asked == []


async def test_secrets_and_addresses_are_sealed_in_no_answer_and_turn_with_the_keys(
    api: Api, acme: Organisation
) -> None:
    canaries = Canaries()
    made, outside, _ = await with_agent(api, acme)
    given = await create(acme.owner, "SLACK", secret=canaries.plant("given", "canary-slack-secret-0123456789"))
    webhook = made["webhook"]["id"]
    rotated = await acme.owner(ROTATE, input={"id": webhook})
    for name, secret in (("made", made["secret"]), ("rotated", rotated["secret"])):
        canaries.plant(name, secret)
    for name, url in (("address", made["url"]), ("other address", given["url"])):
        canaries.plant(name, url.rpartition("/")[2])
    assert given["secret"] is None
    leaked = canaries.plant("control", "canary-that-is-in-a-delivery-012345")
    sent = await outside.send({"leak": leaked}, identity="1", headers={"authorization": f"Bearer {made['secret']}"})
    assert sent.status_code == 200
    viewer = acme[Role.VIEWER]
    answers = [
        (await client.post(document, {"id": webhook})).content
        for document in (ONE, DELIVERIES, "query($id: ID!) { node(id: $id) { id __typename } }")
        for client in (viewer, acme[Role.OPERATOR])
    ]
    places = [*await tables(api.platform.tools.engine), *(("answers", answer) for answer in (*answers, sent.content))]
    hits = canaries.hits(places)
    assert {name for name, _ in hits} == {"control"}, hits

    path = key_path(api.platform.settings)
    old = read_keys(path).current
    add_key(path)
    rewrapping = Rewrapping(api.platform.tools.engine, Vault(FileKeys(path)))
    await rewrapping.run()
    rows = await api.platform.sql("SELECT key_id FROM webhooks WHERE tenant_id = :tenant", tenant=acme.id)
    assert {row.key_id for row in rows} == {read_keys(path).current} != {old}
    counts = await rewrapping.references()
    assert counts[read_keys(path).current] >= len(rows)
    assert (await outside.send(identity="2")).status_code == 200
    assert len(await deliveries(acme.owner, webhook)) == 2


async def test_a_sealed_secret_that_was_put_into_another_row_opens_nothing(api: Api, acme: Organisation) -> None:
    mine, theirs = await create(acme.owner), await create(acme.owner)
    await api.platform.sql(
        "UPDATE webhooks AS w SET sealed = o.sealed, wrapped_key = o.wrapped_key, key_id = o.key_id FROM webhooks o "
        "WHERE w.id = :mine AND o.id = :theirs",
        mine=decode_uuid("Webhook", mine["webhook"]["id"]),
        theirs=decode_uuid("Webhook", theirs["webhook"]["id"]),
    )
    store = Webhooks(api.services.engine, api.services.vault)
    with pytest.raises(SealBroken):
        await store.by_token(mine["url"].rpartition("/")[2])
    assert await store.by_token(theirs["url"].rpartition("/")[2]) is not None, "the control"
