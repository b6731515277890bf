"""A client's operations on credentials, an OAuth provider of our own, and a way out that leads to it; no test is here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from api.config import ApiConfig
from blocks.oauth import OAuthProvider, challenge_of
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp
from tests.api.serving import Api, Client, Json
from tests.egress.servers import Seen, Server, reply, serve

FIELDS = (
    "id title provider type last4 scopes hosts isShared owner { email } createdAt updatedAt usedAt expiresAt endedAt"
)
CREATE = (
    "mutation($input: CreateCredentialInput!) { createCredential(input: $input) "
    f"{{ credential {{ {FIELDS} }} errors {{ code message path }} }} }}"
)
UPDATE = (
    "mutation($input: UpdateCredentialInput!) { updateCredential(input: $input) "
    f"{{ credential {{ {FIELDS} }} errors {{ code message path }} }} }}"
)
DELETE = "mutation($id: ID!) { deleteCredential(id: $id) { isDone errors { code message } } }"
ONE = f"query($id: ID!) {{ credential(id: $id) {{ {FIELDS} }} }}"
LIST = (
    "query($first: Int, $after: String, $provider: String, $type: CredentialType) { credentials(first: $first, "
    f"after: $after, provider: $provider, type: $type) {{ nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
BEGIN = "mutation($input: BeginOAuthInput!) { beginOAuth(input: $input) { authorizeUrl errors { code message path } } }"
REQUIRED = (
    "query($id: ID!, $version: Int) { requiredCredentials(graphId: $id, version: $version) "
    "{ key providers types scopes isRequired usedWith places { graphId nodeId nodeTitle pin } } }"
)


async def make(
    client: Client, *, provider: str = "canary", title: str = "Mine", is_shared: bool = False, **secret: Any
) -> Json:
    """Make a credential; give it as the payload has it."""
    given = {"provider": provider, "title": title, "isShared": is_shared, "secret": secret}
    payload = await client(CREATE, input=given)
    assert payload["errors"] == [], payload
    found: Json = payload["credential"]
    return found


def api_key(key: str) -> Json:
    return {"apiKey": {"key": key}}


def host_scoped(host: str, **headers: str) -> Json:
    rows = [{"name": name.replace("_", "-"), "value": value} for name, value in headers.items()]
    return {"hostScoped": {"hosts": [host], "headers": rows}}


@dataclass
class Provider:
    """An OAuth 2 provider on 127.0.0.1: it gives codes, tokens for codes, and tokens for refresh tokens."""

    server: Server
    #: {code: (challenge, redirect uri, scopes)}
    codes: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=set)
    issued: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    #: What the next token request gets instead of an answer.
    answer: bytes | None = None
    life_seconds: int = 3600
    #: Names that begin the tokens, so that they can be found.
    prefix: str = "tok"
    #: Set while token requests may be answered.
    is_open: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def origin(self) -> str:
        return f"http://{self.server.host}"

    def config(self, **fields: Any) -> OAuthProvider:
        return OAuthProvider(
            **{
                "name": "canary",
                "authorize_url": f"{self.origin}/authorize",
                "token_url": f"{self.origin}/token",
                "client_id": "drystone",
                "client_secret": "the client's own secret",
                "issuer": self.origin,
                **fields,
            }
        )

    @property
    def refreshes(self) -> int:
        return sum(row["grant_type"] == "refresh_token" for row in self.asked)

    def grant(self, address: str, scopes: str | None = None) -> dict[str, str]:
        """Grant access as a person does who was sent here; give what the browser is sent back with."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = (asked["code_challenge"], asked["redirect_uri"], scopes or asked.get("scope", ""))
        return {"state": asked["state"], "code": code, "iss": self.origin}

    async def respond(self, seen: Seen, _writer: Any) -> bytes:
        """Answer a token request."""
        asked = dict(parse_qsl(seen.body.decode()))
        self.asked.append(asked)
        await self.is_open.wait()
        if self.answer is not None:
            given, self.answer = self.answer, None
            return given
        if asked.get("client_secret") != "the client's own secret":
            return _refused("invalid_client")
        if asked["grant_type"] == "authorization_code":
            return self._exchange(asked)
        if asked["refresh_token"] not in self.refresh_tokens:
            return _refused("invalid_grant")
        self.refresh_tokens.discard(asked["refresh_token"])
        return self._tokens(None)

    def _exchange(self, asked: Mapping[str, str]) -> bytes:
        found = self.codes.pop(asked["code"], None)
        if (
            found is None
            or challenge_of(asked.get("code_verifier", "")) != found[0]
            or asked["redirect_uri"] != found[1]
        ):
            return _refused("invalid_grant")
        return self._tokens(found[2])

    def _tokens(self, scopes: str | None) -> bytes:
        number = len(self.issued)
        token, renewing = f"{self.prefix}-access-{number}", f"{self.prefix}-refresh-{number}"
        self.issued.append(token)
        self.refresh_tokens.add(renewing)
        body = {
            "access_token": token,
            "refresh_token": renewing,
            "token_type": "bearer",
            "expires_in": self.life_seconds,
        }
        return reply(200, orjson.dumps(body | ({} if scopes is None else {"scope": scopes})), JSON)


JSON = {"Content-Type": "application/json"}


def _refused(error: str) -> bytes:
    return reply(400, orjson.dumps({"error": error, "error_description": "canary words of the provider"}), JSON)


@asynccontextmanager
async def provider_for(api: Api, *also: Server, **fields: Any) -> AsyncIterator[Provider]:
    """Serve a provider that this API and its workers know and can reach, and these servers besides."""
    provider: Provider

    async def respond(seen: Seen, writer: Any) -> bytes:
        return await provider.respond(seen, writer)

    async with serve(respond) as server:
        provider = Provider(server)
        provider.is_open.set()
        config_of_it = provider.config(**fields)
        found = {config_of_it.name: config_of_it}
        async with reaching(api, server, *also):
            resolver = api.platform.tools.resolver
            config: ApiConfig = api.services.config
            before = resolver.providers
            resolver.providers, api.services.config = found, replace(config, oauth_providers=found)
            try:
                yield provider
            finally:
                resolver.providers, api.services.config = before, config


@asynccontextmanager
async def reaching(api: Api, *servers: Server) -> AsyncIterator[None]:
    """Open the way out of the API and of its workers to these servers."""
    way_out = GuardedHttp(EgressPolicy(allowed_hosts=frozenset(server.host for server in servers)))
    tools, services = api.platform.tools, api.services
    before = tools.http, tools.resolver.http, services.http
    tools.http = tools.resolver.http = services.http = way_out
    try:
        yield
    finally:
        tools.http, tools.resolver.http, services.http = before


async def call_back(api: Api, answer: Mapping[str, str]) -> tuple[int, str]:
    """Come back from a provider, as a browser does; give the status and the page."""
    answered = await api.client().http.get(f"{api.url}/oauth/callback", params=dict(answer))
    return answered.status_code, answered.text


async def connect(
    api: Api, client: Client, provider: Provider, scopes: tuple[str, ...] = ("chat",), name: str = "canary"
) -> str:
    """Grant access as a person does; give the id of the credential that comes of it."""
    begun = await client(BEGIN, input={"provider": name, "scopes": list(scopes), "title": "Granted"})
    assert begun["errors"] == [], begun
    status, page = await call_back(api, provider.grant(begun["authorizeUrl"]))
    assert status == 200, page
    rows = (await client(LIST, type="OAUTH2"))["nodes"]
    return str(rows[0]["id"])
