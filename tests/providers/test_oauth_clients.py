"""How a client says who it is where people grant access: as each provider's documentation has it."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from blocks.oauth import OAuthProvider, authorize_url, exchange_code, refresh
from blocks.providers.finding import oauth_facts
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp
from tests.egress.servers import reply, serve

TOKENS = reply(200, orjson.dumps({"access_token": "t", "token_type": "bearer"}), {"content-type": "application/json"})


def client_of(name: str, token_url: str) -> OAuthProvider:
    facts = {**oauth_facts()[name], "token_url": token_url}
    return OAuthProvider(name=name, client_id="the id", client_secret="the:secret/ä", **facts)


@pytest.mark.parametrize("name", ["reddit", "airtable"])
async def test_some_want_the_client_in_a_header_and_have_its_secret_nowhere_else(name: str) -> None:
    async with serve(TOKENS) as server:
        client = client_of(name, server.url)
        http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({server.host})))
        await exchange_code(http, client, code="c", verifier="v", redirect_uri="https://example.com/back")
        await refresh(http, client, "r")
    # RFC 6749, 2.3.1: both are form-encoded before they are joined.
    expected = base64.b64encode(b"the%20id:the%3Asecret%2F%C3%A4").decode()
    for seen in server.seen:
        headers = {key.lower(): value for key, value in seen.headers.items()}
        assert headers["authorization"] == f"Basic {expected}"
        assert b"secret" not in seen.body


async def test_the_others_have_it_in_the_body() -> None:
    async with serve(TOKENS) as server:
        http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({server.host})))
        await refresh(http, client_of("todoist", server.url), "r")
    assert "authorization" not in {key.lower() for key in server.seen[0].headers}
    assert parse_qs(server.seen[0].body.decode())["client_secret"] == ["the:secret/ä"]


@pytest.mark.parametrize(
    ("name", "expected"), [("todoist", "data:read_write,data:delete"), ("airtable", "data:read_write data:delete")]
)
def test_scopes_stand_beside_one_another_as_the_provider_has_it(name: str, expected: str) -> None:
    url = authorize_url(
        client_of(name, "https://example.com/"),
        redirect_uri="https://example.com/back",
        state="s",
        verifier="v" * 43,
        scopes=["data:read_write", "data:delete"],
    )
    assert parse_qs(urlsplit(url).query)["scope"] == [expected]
