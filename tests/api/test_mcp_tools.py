"""The tools of MCP servers, listed for builders through the guarded way out, with a credential of their own where they name one."""

from __future__ import annotations

from typing import Any

from mcp.server.mcpserver import MCPServer

from api.graphql.ids import decode_uuid, encode_id
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp
from schema.access import Role
from schema.ids import new_id
from tests.api.credentials import connect, provider_for
from tests.api.serving import Api, Client, Json, Organisation, api_on
from tests.blocks.mcp_servers import Served, serving_tools
from tests.durable.waiting import eventually
from tests.egress.servers import Server

TOOLS = (
    "query($url: String!, $id: ID) { mcpTools(serverUrl: $url, credentialId: $id) { name description inputSchema } }"
)
CREATE = (
    "mutation($input: CreateCredentialInput!) { createCredential(input: $input) { credential { id } errors { code } } }"
)
LOG = "{ auditLog(first: 100) { nodes { operation outcome objectId } } }"


def allow(api: Api, *served: Served) -> None:
    """Have the API's way out reach these servers."""
    api.services.http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset(one.host for one in served)))


async def make_credential(client: Client, secret: Json, provider: str = "mcp", **more: Any) -> str:
    made = await client(CREATE, input={"provider": provider, "title": "c", "secret": secret, **more})
    assert not made["errors"], made
    return str(made["credential"]["id"])


async def test_a_builder_lists_the_tools_of_a_server(api: Api, acme: Organisation) -> None:
    async with serving_tools() as served, api_on(api.platform, has_loops=False) as own:
        allow(own, served)
        client = own.client(acme[Role.EDITOR].token)
        tools = {tool["name"]: tool for tool in await client(TOOLS, url=served.url)}
    assert tools["add"]["description"] == "Add two numbers."
    assert tools["add"]["inputSchema"]["required"] == ["a", "b"]


async def test_a_key_goes_along_to_its_own_hosts_and_its_use_is_in_the_audit_log(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    async with serving_tools(MCPServer("empty")) as served, api_on(api.platform, has_loops=False) as own:
        allow(own, served)
        client = own.client(acme.owner.token)
        mine = await make_credential(client, {"apiKey": {"key": "a secret key", "hosts": [served.host]}})
        assert await client(TOOLS, url=served.url, id=mine) == []
        assert all(headers["authorization"] == "Bearer a secret key" for _, _, headers in served.seen)
        count = len(served.seen)
        for secret, provider, code in [
            ({"apiKey": {"key": "a secret key", "hosts": ["mcp.example.com"]}}, "mcp", "CREDENTIAL_UNUSABLE"),
            ({"apiKey": {"key": "a secret key"}}, "mcp", "CREDENTIAL_UNUSABLE"),
            ({"apiKey": {"key": "a secret key", "hosts": [served.host]}}, "openai", "CREDENTIAL_UNUSABLE"),
        ]:
            wrong = await make_credential(client, secret, provider)
            assert await client.refused(TOOLS, url=served.url, id=wrong) == [code]
        for stranger in (acme[Role.EDITOR], other.owner):
            assert await own.client(stranger.token).refused(TOOLS, url=served.url, id=mine) == ["NOT_FOUND"]
        assert len(served.seen) == count
    nodes = (await acme.owner(LOG))["nodes"]
    assert {"operation": "mcpTools", "outcome": "ALLOWED", "objectId": mine} in nodes


async def test_access_that_is_over_is_renewed_before_a_server_is_asked(api: Api, acme: Organisation) -> None:
    async with (
        serving_tools(MCPServer("empty")) as served,
        provider_for(api, Server(int(served.host.rpartition(":")[2])), name="mcp", hosts=(served.host,)) as provider,
    ):
        made = await connect(api, acme.owner, provider, name="mcp")
        over = "UPDATE credentials SET expires_at = now() WHERE id = :id"
        await api.platform.sql(over, id=decode_uuid("Credential", made))
        for _ in range(2):
            assert await acme.owner(TOOLS, url=served.url, id=made) == []
        assert {headers["authorization"] for _, _, headers in served.seen} == {f"Bearer {provider.issued[1]}"}
        assert provider.refreshes == 1
        provider.refresh_tokens.clear()
        await api.platform.sql(over, id=decode_uuid("Credential", made))
        count = len(served.seen)
        for _ in range(2):
            assert (await acme.owner.refused(TOOLS, url=served.url, id=made))[0].startswith("CREDENTIAL_")
        assert (provider.refreshes, len(served.seen)) == (2, count)


async def test_who_may_not_edit_agents_may_not_ask_servers(api: Api, acme: Organisation) -> None:
    for role in (Role.VIEWER, Role.OPERATOR):
        assert await acme[role].refused(TOOLS, url="https://mcp.example.com/mcp") == ["FORBIDDEN"]
    assert await api.client().refused(TOOLS, url="https://mcp.example.com/mcp") == ["UNAUTHENTICATED"]
    assert acme.owner.person is not None
    made = await api.people.make_key(acme.id, acme.owner.person, "k", ["graphs:write"])
    id = encode_id("Credential", new_id())
    assert await api.client(made.token).refused(TOOLS, url="https://mcp.example.com/mcp", id=id) == ["FORBIDDEN"]


async def test_an_address_inside_is_refused(api: Api, acme: Organisation) -> None:
    async with serving_tools() as served:
        for url in (served.url, "http://169.254.169.254/mcp", "http://localhost:5432/", "file:///etc/passwd"):
            assert await acme.owner.refused(TOOLS, url=url) == ["EGRESS_REFUSED"], url
        assert not served.seen


async def test_so_many_lists_are_given_a_minute(api: Api, acme: Organisation) -> None:
    async with api_on(api.platform, has_loops=False, tool_lists_per_minute=2) as own:
        client = own.client(acme.owner.token)

        async def is_limited() -> bool:
            return await client.refused(TOOLS, url="http://127.0.0.1/mcp") == ["RATE_LIMITED"]

        # At the turn of a minute the count begins again.
        await eventually(is_limited)
