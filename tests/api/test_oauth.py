"""OAuth: granting access by authorization code with PKCE, what is refused on the way, and renewal one at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import orjson
import pytest

from activities.credentials import Resolver
from api.graphql.ids import decode_uuid, encode_id
from blocks.sdk import OAuth2
from schema.access import Role
from schema.credentials import Requirement
from schema.db.credentials import RENEW_BEFORE_SECONDS, Credentials
from schema.db.runs import NewRun
from schema.errors import CredentialEnded, CredentialUnusable, Unavailable
from schema.ids import new_id
from tests.api.credentials import BEGIN, JSON, LIST, ONE, api_key, call_back, connect, make, provider_for
from tests.api.serving import Api, Organisation
from tests.egress.servers import redirect, reply

NEED = Requirement("credentials", ("canary",), ("oauth2",), ("chat",))


async def begin(organisation: Organisation, **fields: object) -> str:
    given = {"provider": "canary", "scopes": ["chat"], "title": "Granted", **fields}
    begun = await organisation.owner(BEGIN, input=given)
    assert begun["errors"] == [], begun
    return str(begun["authorizeUrl"])


async def state_rows(api: Api, organisation: Organisation) -> list[object]:
    return await api.platform.sql(
        "SELECT CAST(s AS text) AS row, state_hash, used_at FROM oauth_states s WHERE tenant_id = :id",
        id=organisation.id,
    )


async def test_access_is_granted_and_its_tokens_are_sealed(api: Api, acme: Organisation) -> None:
    async with provider_for(api) as provider:
        address = await begin(acme)
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["client_id"] == "drystone"
        assert asked["redirect_uri"] == f"{api.services.config.public_url}/oauth/callback"
        assert asked["scope"] == "chat"
        (row,) = await state_rows(api, acme)
        # The state is kept as its hash, the verifier sealed.
        assert asked["state"] not in row.row  # type: ignore[attr-defined]
        status, page = await call_back(api, provider.grant(address))
        assert (status, "Connected" in page, "canary is connected" in page) == (200, True, True)
        (made,) = (await acme.owner(LIST))["nodes"]
        assert (made["title"], made["type"], made["scopes"], made["isShared"]) == ("Granted", "OAUTH2", ["chat"], False)
        ends = datetime.fromisoformat(made["expiresAt"])
        assert timedelta(seconds=3500) < ends - datetime.now(UTC) <= timedelta(seconds=3600)
        assert provider.asked[0]["code_verifier"] not in row.row  # type: ignore[attr-defined]
        for token in (*provider.issued, *provider.refresh_tokens, provider.asked[0]["code_verifier"]):
            assert token not in page
            rows = await api.platform.sql("SELECT CAST(c AS text) AS row FROM credentials c")
            assert not any(token in one.row for one in rows)
        log = await acme.owner("{ auditLog(first: 5) { nodes { operation outcome objectId } } }")
        assert ("oauthCallback", "ALLOWED") in {(one["operation"], one["outcome"]) for one in log["nodes"]}


async def test_the_page_is_plain_and_kept_nowhere(api: Api, acme: Organisation) -> None:
    async with provider_for(api) as provider:
        answer = provider.grant(await begin(acme, title="<script>alert(1)</script>"))
        answered = await api.client().http.get(f"{api.url}/oauth/callback", params=answer)
        assert answered.headers["cache-control"] == "no-store"
        assert answered.headers["content-type"].startswith("text/html")
        assert answered.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'self'" in answered.headers["content-security-policy"]
        assert "<script" not in answered.text


async def test_a_state_serves_one_callback_whatever_comes_of_it(api: Api, acme: Organisation) -> None:
    async with provider_for(api) as provider:
        answer = provider.grant(await begin(acme))
        both = await asyncio.gather(*(call_back(api, answer) for _ in range(5)))
        assert sorted(status for status, _ in both) == [200, 400, 400, 400, 400]
        denied = provider.grant(await begin(acme))
        status, page = await call_back(api, {"state": denied["state"], "error": "access_denied"})
        assert (status, "access_denied" in page) == (400, True)
        assert (await call_back(api, denied))[0] == 400
        assert len((await acme.owner(LIST))["nodes"]) == 1


async def test_what_was_not_asked_for_is_refused_in_the_same_words(api: Api, acme: Organisation) -> None:
    async with provider_for(api) as provider:
        used = provider.grant(await begin(acme))
        assert (await call_back(api, used))[0] == 200
        over = provider.grant(await begin(acme))
        await api.platform.sql("UPDATE oauth_states SET expires_at = now() WHERE used_at IS NULL")
        pages = [await call_back(api, answer) for answer in (used, over, {**over, "state": "made up"})]
        assert len(set(pages)) == 1
        assert pages[0][0] == 400
        assert "Begin again" in pages[0][1]
        for nothing in ({}, {"code": "x"}, {"state": ""}, {"state": "x" * 5_000}):
            status, page = await call_back(api, nothing)
            assert (status, "Nothing was connected" in page) == (400, True)
        assert len(provider.asked) == 1


async def test_a_code_is_shown_to_no_other_provider(api: Api, acme: Organisation) -> None:
    async with provider_for(api) as provider:
        answer = provider.grant(await begin(acme))
        status, page = await call_back(api, {**answer, "iss": "https://evil.example.com"})
        assert (status, "not from canary" in page) == (400, True)
        assert provider.asked == []
        # The provider asks for the verifier, so a code that was begun by another is worth nothing.
        first, second = provider.grant(await begin(acme)), provider.grant(await begin(acme))
        status, page = await call_back(api, {**first, "code": second["code"]})
        assert (status, "invalid_grant" in page) == (400, True)
        assert (await acme.owner(LIST))["nodes"] == []


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (
            reply(400, b'{"error": "invalid_client", "error_description": "words of theirs"}', JSON),
            400,
            "invalid_client",
        ),
        (reply(200, b'{"error": "bad_verification_code"}', JSON), 400, "bad_verification_code"),
        (reply(200, b'{"error": "<b>odd</b>"}', JSON), 400, "says an error"),
        (reply(200, b"{}", JSON), 400, "without a token"),
        (reply(200, b'{"access_token": "t", "token_type": "mac"}', JSON), 400, "of a kind"),
        (reply(200, b"not json"), 400, "without a token"),
        (reply(503, b"away"), 502, "answered 503"),
        (redirect(307, "http://127.0.0.1:1/"), 400, "answered 307"),
    ],
)
async def test_what_the_provider_refuses_makes_no_credential_and_its_words_stay_outside(
    api: Api, acme: Organisation, answer: bytes, status: int, words: str
) -> None:
    async with provider_for(api) as provider:
        granted = provider.grant(await begin(acme))
        provider.answer = answer
        found, page = await call_back(api, granted)
        assert (found, words in page) == (status, True), page
        assert "theirs" not in page
        assert "<b>" not in page
        assert (await acme.owner(LIST))["nodes"] == []


async def test_an_answer_as_a_form_and_without_an_end_is_read_too(api: Api, acme: Organisation) -> None:
    async with provider_for(api) as provider:
        granted = provider.grant(await begin(acme))
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        provider.answer = reply(200, b"access_token=gho_abcdefghij&scope=repo%2Cuser&token_type=bearer", form)
        assert (await call_back(api, granted))[0] == 200
        (made,) = (await acme.owner(LIST))["nodes"]
        assert (made["scopes"], made["expiresAt"], made["last4"]) == (["repo", "user"], None, "ghij")


async def test_who_has_left_grants_nothing(api: Api, acme: Organisation) -> None:
    async with provider_for(api) as provider:
        editor = acme[Role.EDITOR]
        begun = await editor(BEGIN, input={"provider": "canary", "scopes": [], "title": "Mine"})
        assert editor.person is not None
        await api.people.remove_member(acme.id, editor.person)
        status, page = await call_back(api, provider.grant(begun["authorizeUrl"]))
        assert (status, "not in the organisation" in page) == (400, True)


async def test_scopes_are_widened_in_the_same_credential(api: Api, acme: Organisation) -> None:
    async with provider_for(api) as provider:
        made = await connect(api, acme.owner, provider)
        wider = await begin(acme, scopes=["files"], credentialId=made, title="Wider")
        assert dict(parse_qsl(urlsplit(wider).query))["scope"] == "chat files"
        # This one gives no new refresh token: the old one is kept.
        granted = provider.grant(wider)
        provider.answer = reply(200, orjson.dumps({"access_token": "wider-token-1234", "expires_in": 60}), JSON)
        assert (await call_back(api, granted))[0] == 200
        (row,) = (await acme.owner(LIST))["nodes"]
        assert (row["id"], row["title"], row["scopes"], row["last4"]) == (made, "Wider", ["chat", "files"], "1234")
        _, secret = await store(api).open(acme.id, decode_uuid("Credential", made), acme.owner.person)
        assert secret == {"access_token": "wider-token-1234", "refresh_token": next(iter(provider.refresh_tokens))}


async def test_what_cannot_be_begun_is_refused(api: Api, acme: Organisation) -> None:
    async with provider_for(api) as provider:
        made = await connect(api, acme.owner, provider)
        key = (await make(acme.owner, **api_key("a key that is no token")))["id"]
        asked = {"provider": "canary", "scopes": ["chat"], "title": "Mine"}
        for change, code in (
            ({"provider": "nobody"}, "BAD_USER_INPUT"),
            ({"scopes": ["two words"]}, "BAD_USER_INPUT"),
            ({"title": ""}, "BAD_USER_INPUT"),
            ({"credentialId": key}, "BAD_USER_INPUT"),
            ({"credentialId": encode_id("Credential", new_id())}, "NOT_FOUND"),
        ):
            assert await acme.owner.refused(BEGIN, input={**asked, **change}) == [code], change
        # Somebody else's, which is private.
        assert await acme[Role.EDITOR].refused(BEGIN, input={**asked, "credentialId": made}) == ["NOT_FOUND"]
        assert await acme[Role.OPERATOR].refused(BEGIN, input=asked) == ["FORBIDDEN"]
        providers = await acme.owner("{ oAuthProviders { name hosts } }")
        assert providers == [{"name": "canary", "hosts": []}]


# Renewal


def store(api: Api) -> Credentials:
    return api.platform.tools.resolver.credentials


def another_process(api: Api) -> Resolver:
    """Give a resolver that shares nothing with the worker's own but the database."""
    resolver = api.platform.tools.resolver
    return Resolver(resolver.credentials, resolver.runs, resolver.http, resolver.providers)


async def a_run(api: Api, organisation: Organisation) -> UUID:
    new = NewRun(
        organisation.id, new_id(), 1, "", "Nobody's", {}, created_by=organisation.owner.person, start_after_seconds=600
    )
    return (await api.platform.runs.accept(new)).id


async def resolve(resolver: Resolver, organisation: Organisation, run: UUID, credential: str) -> OAuth2:
    reference = {"id": str(decode_uuid("Credential", credential)), "provider": "canary", "type": "oauth2", "title": "x"}
    found = await resolver.resolve(organisation.id, run, NEED, {"credentials": reference})
    assert isinstance(found, OAuth2)
    return found


async def ending(api: Api, credential: str, seconds: float) -> None:
    await api.platform.sql(
        "UPDATE credentials SET expires_at = now() + make_interval(secs => :seconds) WHERE id = :id",
        id=decode_uuid("Credential", credential),
        seconds=seconds,
    )


async def test_a_token_is_renewed_within_a_minute_of_its_end_and_not_before(api: Api, acme: Organisation) -> None:
    async with provider_for(api) as provider:
        made, run = await connect(api, acme.owner, provider), await a_run(api, acme)
        resolver = another_process(api)
        await ending(api, made, RENEW_BEFORE_SECONDS + 20)
        assert (await resolve(resolver, acme, run, made)).access_token == provider.issued[0]
        await ending(api, made, RENEW_BEFORE_SECONDS - 20)
        assert (await resolve(resolver, acme, run, made)).access_token == provider.issued[1]
        assert (await resolve(resolver, acme, run, made)).access_token == provider.issued[1]
        assert provider.refreshes == 1
        row = await acme.owner(ONE, id=made)
        assert datetime.fromisoformat(row["expiresAt"]) > datetime.now(UTC) + timedelta(seconds=3000)
        assert row["usedAt"] is not None


async def test_twenty_at_once_in_two_processes_renew_it_once(api: Api, acme: Organisation) -> None:
    async with provider_for(api) as provider:
        made, run = await connect(api, acme.owner, provider), await a_run(api, acme)
        await ending(api, made, -5)
        provider.is_open.clear()
        processes = [another_process(api) for _ in range(2)]
        waiting = asyncio.gather(*(resolve(processes[n % 2], acme, run, made) for n in range(20)))
        while provider.refreshes == 0:
            await asyncio.sleep(0)
        provider.is_open.set()
        assert {found.access_token for found in await waiting} == {provider.issued[1]}
        assert provider.refreshes == 1
        assert len(provider.refresh_tokens) == 1


async def test_a_renewal_that_fails_names_the_credential_and_may_be_tried_again(api: Api, acme: Organisation) -> None:
    async with provider_for(api) as provider:
        made, run = await connect(api, acme.owner, provider), await a_run(api, acme)
        resolver = another_process(api)
        await ending(api, made, 5)
        provider.answer = reply(503, b"away")
        with pytest.raises(Unavailable, match="'Granted' could not be renewed: canary answered 503"):
            await resolve(resolver, acme, run, made)
        provider.answer = reply(400, b'{"error": "invalid_client"}', JSON)
        with pytest.raises(CredentialUnusable, match="'Granted' could not be renewed: canary says invalid_client"):
            await resolve(resolver, acme, run, made)
        assert (await acme.owner(ONE, id=made))["endedAt"] is None
        assert (await resolve(resolver, acme, run, made)).access_token == provider.issued[1]


async def test_a_grant_that_was_taken_back_ends_the_credential_until_it_is_connected_again(
    api: Api, acme: Organisation
) -> None:
    async with provider_for(api) as provider:
        made, run = await connect(api, acme.owner, provider), await a_run(api, acme)
        resolver = another_process(api)
        provider.refresh_tokens.clear()
        await ending(api, made, 5)
        with pytest.raises(CredentialEnded, match="'Granted' could not be renewed: canary says invalid_grant"):
            await resolve(resolver, acme, run, made)
        assert (await acme.owner(ONE, id=made))["endedAt"] is not None
        asked = provider.refreshes
        with pytest.raises(CredentialUnusable, match="'Granted' has ended"):
            await resolve(resolver, acme, run, made)
        assert provider.refreshes == asked
        await call_back(api, provider.grant(await begin(acme, credentialId=made)))
        assert (await acme.owner(ONE, id=made))["endedAt"] is None
        assert (await resolve(resolver, acme, run, made)).access_token == provider.issued[-1]


async def test_without_a_refresh_token_or_a_provider_it_ends_with_its_token(api: Api, acme: Organisation) -> None:
    async with provider_for(api) as provider:
        granted = provider.grant(await begin(acme))
        provider.answer = reply(200, orjson.dumps({"access_token": "only-this-one", "expires_in": 3600}), JSON)
        await call_back(api, granted)
        made, run = str((await acme.owner(LIST))["nodes"][0]["id"]), await a_run(api, acme)
        resolver = another_process(api)
        assert (await resolve(resolver, acme, run, made)).access_token == "only-this-one"
        await ending(api, made, 5)
        with pytest.raises(CredentialUnusable, match="not set up here"):
            await resolve(replace(resolver, providers={}), acme, run, made)
        with pytest.raises(CredentialEnded, match="nothing to renew it by"):
            await resolve(resolver, acme, run, made)


async def test_a_providers_secret_is_not_shown(api: Api) -> None:
    async with provider_for(api) as provider:
        assert "the client's own secret" not in repr(provider.config())
