"""Agents as tools of our MCP server, by the official client and by raw HTTP: rights as in GraphQL, and each run started once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx2
import jsonschema_rs
import orjson
import pytest
from mcp.client import Client as McpClient
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from api.config import ApiConfig
from api.errors import Forbidden
from api.graphql.ids import decode_uuid, encode_id
from api.mcp.offering import NAME_CHARS_MAX, named, slug_of
from api.mcp.serving import refuse_foreign_origin
from blocks.library.mcp_tool import MCPTool
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp
from schema.access import Role
from schema.db.offers import Offer
from tests.api.running import echo, failing, gated, save
from tests.api.selling import add, an_agent_graph, publish, publish_again
from tests.api.serving import Api, Client, Organisation, api_on
from tests.durable.asking import asking
from tests.durable.blocks import GATES
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.waiting import eventually

KEY = "drystone/idempotency-key"
TOPIC = {"type": "object", "properties": {"topic": {}}, "required": ["topic"]}
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@asynccontextmanager
async def speaking(client: Client, mode: str = "auto") -> AsyncIterator[McpClient]:
    """Speak MCP as a caller, by the official client."""
    async with (
        httpx2.AsyncClient(headers=client.headers, timeout=60) as http,
        McpClient(streamable_http_client(f"{client.url}/mcp", http_client=http), mode=mode, cache=None) as speaker,
    ):
        yield speaker


async def names(client: Client) -> list[str]:
    async with speaking(client) as speaker:
        return [tool.name for tool in (await speaker.list_tools()).tools]


async def use(client: Client, tool: str, arguments: Mapping[str, Any] | None = None, **more: Any) -> Any:
    async with speaking(client) as speaker:
        return await speaker.call_tool(tool, dict(arguments or {}), **more)


async def ask(client: Client, method: str, params: Any = None, headers: Mapping[str, str] | None = None) -> Any:
    """Send one message of a client of before 2026 as it stands on the wire; give the HTTP answer."""
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
    given = {**client.headers, **HEADERS, "MCP-Protocol-Version": "2025-06-18", **(headers or {})}
    return await client.http.post(f"{client.url}/mcp", content=orjson.dumps(message), headers=given)


async def runs_of(api: Api, owner: Organisation) -> int:
    return int((await api.platform.sql("SELECT count(*) AS n FROM runs WHERE tenant_id = :id", id=owner.id))[0].n)


async def key_of(api: Api, owner: Organisation, *scopes: str, role: Role = Role.OWNER) -> Client:
    person = owner[role].person
    assert person is not None
    return api.client((await api.people.make_key(owner.id, person, "k", list(scopes))).token, person)


# The list


async def test_each_published_agent_is_a_tool_with_its_inputs_and_outputs(api: Api, acme: Organisation) -> None:
    await save(api, acme, echo("Écho of the hills!"))
    async with speaking(acme.owner) as speaker:
        tools = {tool.name: tool for tool in (await speaker.list_tools()).tools}
    assert list(tools) == ["get_run", "list_runs", "cancel_run", "agent_echo_of_the_hills"]
    tool = tools["agent_echo_of_the_hills"]
    assert tool.title == "Écho of the hills!"
    assert tool.input_schema["required"] == ["topic"]
    assert tool.input_schema["additionalProperties"] is False
    assert tool.output_schema is not None
    assert "out" in tool.output_schema["properties"]["outputs"]["properties"]
    assert tool.annotations is not None
    assert tool.annotations.open_world_hint is True
    assert (tools["get_run"].annotations.read_only_hint, tools["cancel_run"].annotations.read_only_hint) == (
        True,
        False,
    )
    for one in tools.values():
        jsonschema_rs.meta.validate(one.input_schema)
        jsonschema_rs.meta.validate(one.output_schema)


async def test_agents_with_one_name_are_told_apart_by_the_ends_of_their_ids(api: Api, acme: Organisation) -> None:
    kept = [await save(api, acme, echo("Twin")) for _ in range(2)]
    found = [name for name in await names(acme.owner) if name.startswith("agent_")]
    assert len(kept) == len(set(found)) == 2
    assert all(name.startswith("agent_twin_") for name in found)


def test_names_are_what_clients_take_however_an_agent_is_called() -> None:
    def offer(name: str) -> Offer:
        return Offer(uuid4(), name, "", 1, None)

    called = ["", "!!!", "日本語", "x" * 500, "x" * 500, "Über & Söhne", "a.b-c d"]
    found = list(named([offer(name) for name in called]))
    assert len(found) == len(called)
    assert all(len(name) <= NAME_CHARS_MAX and name.replace("_", "").isalnum() and name.isascii() for name in found)
    assert [slug_of(name) for name in called[-2:]] == ["uber_sohne", "a_b_c_d"]


async def test_an_agent_whose_block_is_not_here_is_not_listed(api: Api, acme: Organisation) -> None:
    broken = echo("Broken").model_copy(deep=True)
    broken.nodes[1].block_id = str(uuid4())
    await save(api, acme, echo("Whole"))
    await api.services.of(acme.id).submission.save_graph(acme.id, broken)
    assert [name for name in await names(acme.owner) if name.startswith("agent_")] == ["agent_whole"]


async def test_many_agents_come_in_pages(api: Api, acme: Organisation) -> None:
    for number in range(53):
        await save(api, acme, echo(f"Agent {number}"))
    async with speaking(acme.owner) as speaker:
        first = await speaker.list_tools()
        rest = await speaker.list_tools(cursor=first.next_cursor)
        with pytest.raises(MCPError, match="no such cursor"):
            await speaker.list_tools(cursor="nonsense")
    found = [tool.name for tool in [*first.tools, *rest.tools]]
    assert len(first.tools) == 50 + 3
    assert rest.next_cursor is None
    assert sorted(found[3:]) == sorted(f"agent_agent_{number}" for number in range(53))


async def test_an_agent_of_the_library_comes_first_and_runs_the_version_of_its_entry(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    graph = an_agent_graph("one", name="Counted")
    listing = await publish(api, other, reviewers, graph)
    await save(api, acme, echo("Older"))
    await add(acme.owner, listing)
    changed = an_agent_graph("two", name="Counted").model_copy(update={"id": graph.id})
    await publish_again(api, other, reviewers, listing, changed)
    assert [name for name in await names(acme.owner) if name.startswith("agent_")] == ["agent_counted", "agent_older"]
    result = await use(acme.owner, "agent_counted")
    assert result.structured_content["outputs"] == {"out": ["one"]}
    archived = "mutation($id: ID!) { updateLibraryEntry(input: {entryId: $id, isArchived: true}) { errors { code } } }"
    (entry,) = (await acme.owner("{ library { nodes { id } } }"))["nodes"]
    await acme.owner(archived, id=entry["id"])
    # It is an agent of the organisation still, in the version that is active.
    assert [name for name in await names(acme.owner) if name.startswith("agent_")] == ["agent_older", "agent_counted"]


# A call


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_call_runs_the_agent_to_its_end(api: Api, acme: Organisation, mode: str) -> None:
    await save(api, acme, echo())
    async with speaking(acme.owner, mode) as speaker:
        result = await speaker.call_tool("agent_echo", {"topic": {"of": "walls"}})
    assert result.is_error is False
    assert result.structured_content["status"] == "COMPLETED"
    assert result.structured_content["outputs"] == {"out": [{"of": "walls"}]}
    assert orjson.loads(result.content[0].text) == {"out": [{"of": "walls"}]}
    rows = await api.platform.sql(
        "SELECT trigger, created_by FROM runs WHERE id = :id", id=UUID(result.structured_content["run_id"])
    )
    assert [tuple(row) for row in rows] == [("mcp", acme.owner.person)]


async def test_the_same_key_starts_one_run(api: Api, acme: Organisation) -> None:
    await save(api, acme, echo())
    results = [await use(acme.owner, "agent_echo", {"topic": 1}, meta={KEY: "once"}) for _ in range(3)]
    assert len({result.structured_content["run_id"] for result in results}) == 1
    assert await runs_of(api, acme) == 1
    other_request = await use(acme.owner, "agent_echo", {"topic": 2}, meta={KEY: "once"})
    assert other_request.is_error
    assert "CONFLICT" in other_request.content[0].text
    by_header = {"Idempotency-Key": "header"}
    params = {"name": "agent_echo", "arguments": {"topic": 1}}
    answers = [(await ask(acme.owner, "tools/call", params, by_header)).json() for _ in range(2)]
    assert len({answer["result"]["structuredContent"]["run_id"] for answer in answers}) == 1
    # The control: without a key each call is a run.
    await use(acme.owner, "agent_echo", {"topic": 1})
    assert await runs_of(api, acme) == 3


async def test_inputs_that_do_not_fit_are_told_and_nothing_runs(api: Api, acme: Organisation) -> None:
    await save(api, acme, echo())
    for arguments, words in [({}, "'topic' is required"), ({"topic": 1, "more": 2}, "no input 'more'")]:
        result = await use(acme.owner, "agent_echo", arguments)
        assert result.is_error
        assert words in result.content[0].text
    assert await runs_of(api, acme) == 0


async def test_a_run_that_fails_is_a_failed_call_with_its_reason(api: Api, acme: Organisation) -> None:
    await save(api, acme, failing())
    result = await use(acme.owner, "agent_test_agent")
    assert result.is_error
    assert "broken" in result.content[0].text
    assert result.structured_content["status"] == "FAILED"


async def test_a_run_that_takes_longer_goes_on_and_is_asked_for(api: Api, acme: Organisation) -> None:
    graph, gate = gated()
    async with api_on(api.platform, has_loops=False, mcp_wait_seconds=0.2) as own:
        client = own.client(acme.owner.token)
        await save(api, acme, graph)
        result = await use(client, "agent_test_agent")
        told = result.structured_content
        assert (result.is_error, told["is_over"]) == (False, False)
        assert f"get_run with run_id {told['run_id']}" in result.content[0].text
        GATES[gate].set()

        async def is_over() -> bool:
            found = await use(client, "get_run", {"run_id": told["run_id"], "wait_seconds": 30})
            return bool(found.structured_content["is_over"])

        await eventually(is_over)
        last = await use(client, "get_run", {"run_id": encode_id("Run", UUID(told["run_id"]))})
        assert last.structured_content["outputs"] == {"out": ["opened"]}
        await own.app.state.mcp.aclose()


async def test_progress_is_told_to_who_asks_for_it(api: Api, acme: Organisation) -> None:
    graph, gate = gated()
    await save(api, acme, graph)
    told: list[str | None] = []

    async def progress(_progress: float, _total: float | None, message: str | None) -> None:
        told.append(message)
        GATES[gate].set()

    result = await use(acme.owner, "agent_test_agent", progress_callback=progress)
    assert result.structured_content["outputs"] == {"out": ["opened"]}
    assert told
    assert told[0] is not None
    assert told[0].startswith("The run is ")


async def test_a_run_is_cancelled(api: Api, acme: Organisation) -> None:
    graph, _gate = gated()
    async with api_on(api.platform, has_loops=False, mcp_wait_seconds=0.2) as own:
        client = own.client(acme.owner.token)
        await save(api, acme, graph)
        run_id = (await use(client, "agent_test_agent")).structured_content["run_id"]
        result = await use(client, "cancel_run", {"run_id": run_id, "reason": "Enough."})
        assert result.is_error is False

        async def is_over() -> Any:
            found = await use(client, "get_run", {"run_id": run_id})
            return found.structured_content if found.structured_content["is_over"] else None

        told = await eventually(is_over)
        assert (told["status"], told["message"]) == ("TERMINATED", "The run ended TERMINATED: Enough.")
        again = await use(client, "cancel_run", {"run_id": run_id})
        assert again.is_error
        assert "is over" in again.content[0].text
        await own.app.state.mcp.aclose()


async def test_a_run_that_waits_for_a_person_says_so_at_once(api: Api, acme: Organisation) -> None:
    await save(api, acme, asking(name="Shall we?"))
    result = await use(acme.owner, "agent_test_agent")
    assert result.structured_content["status"] == "REVIEW"
    assert "waits for a person to decide" in result.content[0].text
    assert "Shall we?" in result.content[0].text


async def test_runs_are_listed_by_agent_and_status(api: Api, acme: Organisation) -> None:
    await save(api, acme, echo())
    await save(api, acme, failing())
    ran = await use(acme.owner, "agent_echo", {"topic": 1})
    await use(acme.owner, "agent_test_agent")
    listed = (await use(acme.owner, "list_runs")).structured_content["runs"]
    assert [run["status"] for run in listed] == ["FAILED", "COMPLETED"]
    of_agent = (await use(acme.owner, "list_runs", {"agent": "agent_echo"})).structured_content["runs"]
    assert [run["run_id"] for run in of_agent] == [ran.structured_content["run_id"]]
    failed = (await use(acme.owner, "list_runs", {"status": "FAILED", "limit": 1})).structured_content["runs"]
    assert [run["agent"] for run in failed] == ["Test agent"]
    for wrong in ({"status": "x"}, {"agent": "agent_nothing"}, {"limit": 0}, {"more": 1}):
        assert (await use(acme.owner, "list_runs", wrong)).is_error


async def test_an_agent_calls_an_agent_over_mcp(api: Api, acme: Organisation) -> None:
    await save(api, acme, echo())
    key = await key_of(api, acme, "graphs:read", "runs:execute")
    host = api.url.removeprefix("http://")
    made = await acme.owner(
        "mutation($input: CreateCredentialInput!) { createCredential(input: $input) { credential { id } errors { code } } }",
        input={"provider": "mcp", "title": "c", "secret": {"apiKey": {"key": key.token, "hosts": [host]}}},
    )
    reference = {"id": str(decode_uuid("Credential", made["credential"]["id"])), "provider": "mcp", "type": "api_key"}
    constants = {"server_url": f"{api.url}/mcp", "selected_tool": "agent_echo", "credentials": reference}
    caller = make_graph(
        {"in": an_input("topic"), "call": (MCPTool, {**constants, "tool_input_schema": TOPIC}), "out": an_output()},
        ["in.result -> call.topic", "call.result -> out.value"],
        name="Caller",
    )
    await save(api, acme, caller)
    tools = api.platform.tools
    before, tools.http = tools.http, GuardedHttp(EgressPolicy(allowed_hosts=frozenset({host})))
    try:
        result = await use(acme.owner, "agent_caller", {"topic": "walls"})
    finally:
        tools.http = before
    assert result.structured_content["outputs"] == {"out": [{"out": ["walls"]}]}
    assert await runs_of(api, acme) == 2


# Rights


async def test_agents_and_runs_of_others_are_neither_listed_nor_called(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    await save(api, acme, echo("Secret"))
    run_id = (await use(acme.owner, "agent_secret", {"topic": 1})).structured_content["run_id"]
    assert await names(other.owner) == ["get_run", "list_runs", "cancel_run"]
    for tool in ("agent_secret", "agent_nothing"):
        answer = await ask(other.owner, "tools/call", {"name": tool, "arguments": {"topic": 1}})
        assert answer.json()["error"]["message"] == f"Unknown tool: {tool}"
    for tool in ("get_run", "cancel_run"):
        found = [(given, await use(other.owner, tool, {"run_id": given})) for given in (run_id, str(uuid4()))]
        assert all(result.is_error for _, result in found)
        of_foreign, of_unknown = [result.content[0].text.replace(given, "ID") for given, result in found]
        assert of_foreign == of_unknown
    assert (await use(other.owner, "list_runs")).structured_content["runs"] == []
    assert await runs_of(api, other) == 0


async def test_who_may_not_run_agents_has_no_agent_as_a_tool(api: Api, acme: Organisation) -> None:
    await save(api, acme, echo())
    viewer = acme[Role.VIEWER]
    assert await names(viewer) == ["get_run", "list_runs"]
    for tool in ("agent_echo", "agent_nothing", "cancel_run"):
        arguments = {"run_id": str(uuid4())} if tool == "cancel_run" else {"topic": 1}
        result = await use(viewer, tool, arguments)
        assert result.is_error
        assert "runs:execute" in result.content[0].text
    assert await runs_of(api, acme) == 0


async def test_a_key_gives_what_its_scopes_say(api: Api, acme: Organisation) -> None:
    await save(api, acme, echo())
    reading = await key_of(api, acme, "graphs:read", "runs:read")
    assert await names(reading) == ["get_run", "list_runs"]
    assert (await use(reading, "agent_echo", {"topic": 1})).is_error
    running = await key_of(api, acme, "graphs:read", "runs:execute")
    assert await names(running) == ["cancel_run", "agent_echo"]
    result = await use(running, "agent_echo", {"topic": 1})
    assert result.structured_content["outputs"] == {"out": [1]}
    assert (await use(running, "get_run", {"run_id": result.structured_content["run_id"]})).is_error
    nothing = await key_of(api, acme, "runs:execute")
    assert (await ask(nothing, "tools/list")).status_code == 403


async def test_without_a_token_or_with_one_that_has_ended_nobody_comes_in(api: Api, acme: Organisation) -> None:
    ended = await key_of(api, acme, "graphs:read")
    assert (await ask(ended, "tools/list")).status_code == 200
    (key,) = [one for one in await acme.owner("{ apiKeys { id name } }") if one["name"] == "k"]
    await acme.owner("mutation($id: ID!) { revokeApiKey(id: $id) { errors { code } } }", id=key["id"])
    for client in (ended, api.client(), api.client("nonsense")):
        for method in ("initialize", "tools/list", "server/discover", "ping"):
            answer = await ask(client, method)
            assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_what_a_caller_does_is_in_the_audit_log_and_what_they_read_is_not(api: Api, acme: Organisation) -> None:
    await save(api, acme, echo())
    await use(acme.owner, "agent_echo", {"topic": 1})
    await use(acme.owner, "agent_echo", {})
    await ask(acme[Role.VIEWER], "tools/call", {"name": "agent_echo", "arguments": {"topic": 1}})
    log = (await acme.owner("{ auditLog(first: 100) { nodes { operation outcome code } } }"))["nodes"]
    found = [(line["operation"], line["outcome"], line["code"]) for line in log if line["operation"] != "createApiKey"]
    assert sorted(found) == [
        ("callTool", "REFUSED", "FORBIDDEN"),
        ("callTool", "REFUSED", "INVALID_RUN_INPUT"),
        ("startRun", "ALLOWED", None),
        ("startRun", "ALLOWED", None),
    ]


# The wire


async def test_a_client_may_speak_raw_http(api: Api, acme: Organisation) -> None:
    await save(api, acme, echo())
    hello = await ask(
        acme.owner,
        "initialize",
        {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
    )
    assert hello.json()["result"]["serverInfo"]["name"] == "drystone"
    assert "mcp-session-id" not in hello.headers
    listed = await ask(acme.owner, "tools/list")
    assert listed.headers["content-type"] == "application/json"
    assert "agent_echo" in [tool["name"] for tool in listed.json()["result"]["tools"]]
    ran = (await ask(acme.owner, "tools/call", {"name": "agent_echo", "arguments": {"topic": 1}})).json()
    assert ran["result"]["structuredContent"]["outputs"] == {"out": [1]}
    assert ran["result"]["isError"] is False
    unknown = (await ask(acme.owner, "tools/call", {"name": "agent_nothing"})).json()
    assert unknown["error"]["code"] == -32602
    assert (await acme.owner.http.get(f"{api.url}/mcp", headers=acme.owner.headers)).status_code == 405
    for broken in (b"", b"{", b"[]", b'"x"', b'{"jsonrpc": "2.0"}', b"\xff\xfe"):
        answer = await acme.owner.http.post(f"{api.url}/mcp", content=broken, headers={**acme.owner.headers, **HEADERS})
        assert 400 <= answer.status_code < 500, broken


@pytest.mark.parametrize("text", ["\x00", "x" * 10_000, "agent_\u202e", "a\r\nX-Injected: 1", "../../etc/passwd"])
async def test_no_strange_text_breaks_anything(api: Api, acme: Organisation, text: str) -> None:
    await save(api, acme, echo())
    called = [
        ({"name": text}, {}),
        ({"name": "agent_echo", "arguments": {text: 1}}, {}),
        ({"name": "agent_echo", "arguments": {"topic": 1}, "_meta": {KEY: text}}, {}),
        ({"name": "get_run", "arguments": {"run_id": text}}, {}),
        ({"name": "get_run", "arguments": {"run_id": str(uuid4()), "wait_seconds": text}}, {}),
        ({"name": "cancel_run", "arguments": {"run_id": str(uuid4()), "reason": text}}, {}),
        ({"name": "list_runs", "arguments": {"agent": text, "status": text}}, {}),
        ({"name": "agent_echo", "arguments": text}, {}),
        ({"name": text}, {"_viewer": True}),
    ]
    for params, who in called:
        client = acme[Role.VIEWER] if who else acme.owner
        answer = (await ask(client, "tools/call", params)).json()
        words = answer["error"]["message"] if "error" in answer else answer["result"]["content"][0]["text"]
        assert "our side" not in words, (params, words)
        assert "Internal" not in words, (params, words)
    page = (await ask(acme.owner, "tools/list", {"cursor": text})).json()
    assert "no such cursor" in page["error"]["message"]


async def test_a_page_of_another_origin_is_refused(api: Api, acme: Organisation) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        answer = await ask(acme.owner, "tools/list", headers={"Origin": origin})
        assert answer.status_code == 403, origin
    # The name of an attacker that leads here: its page is of the origin that it calls.
    rebound = {"Origin": "http://evil.example:80", "Host": "evil.example:80"}
    assert (await ask(acme.owner, "tools/list", headers=rebound)).status_code == 403
    assert (await ask(acme.owner, "tools/list", headers={"Origin": api.url})).status_code == 200


@pytest.mark.parametrize(
    ("origin", "host", "is_allowed"),
    [
        (None, "anything", True),
        ("https://agents.example.com", "agents.example.com", True),
        ("https://app.example.com", "agents.example.com", True),
        ("https://inside.example.com", "inside.example.com", True),
        ("http://localhost:8080", "localhost:8080", True),
        ("http://localhost:3000", "localhost:8080", False),
        ("https://evil.example", "evil.example", False),
        ("https://evil.example", "agents.example.com", False),
    ],
)
def test_a_deployment_knows_its_own_origins(origin: str | None, host: str, is_allowed: bool) -> None:
    config = ApiConfig(
        public_url="https://agents.example.com",
        allowed_origins=("https://app.example.com",),
        allowed_hosts=("inside.example.com", "agents.example.com"),
    )
    request: Any = SimpleNamespace(headers={"host": host} | ({} if origin is None else {"origin": origin}))
    if is_allowed:
        refuse_foreign_origin(request, config)
    else:
        with pytest.raises(Forbidden):
            refuse_foreign_origin(request, config)
