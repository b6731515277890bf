"""MCP servers' tools: listed and called by the official SDK against servers of the official SDK, and against hostile ones."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from mcp.server.mcpserver import Context as McpContext
from mcp.server.mcpserver import MCPServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from blocks.library.mcp_tool import MCPTool
from blocks.mcp import session
from blocks.mcp.asking import McpServer, call_tool, list_tools, server_at
from blocks.mcp.content import checked_arguments, value_of
from blocks.sdk import ApiKey, HostScoped, OAuth2
from blocks.sdk.block import DirectResult
from blocks.sdk.direct import run_directly
from blocks.sdk.egress import GuardedHttp
from schema.credentials import Reference
from schema.errors import (
    BlockFailed,
    CredentialUnusable,
    EgressRefused,
    InvalidInput,
    InvalidValue,
    RateLimited,
    Unavailable,
    ValueTooLarge,
)
from tests.blocks.conftest import make_context
from tests.blocks.mcp_servers import PNG, Served, a_server, serving, serving_tools

WAYS = [
    pytest.param({}, id="sessions-and-streams"),
    pytest.param({"json_response": True}, id="sessions-and-json"),
    pytest.param({"stateless_http": True}, id="stateless-streams"),
    pytest.param({"stateless_http": True, "json_response": True}, id="stateless-json"),
]


async def run(served: Served, tool: str, arguments: Mapping[str, Any], **more: Any) -> DirectResult:
    credentials = more.pop("credentials", {})
    context = make_context(http=served.guarded(), credentials=credentials)
    given = {"server_url": served.url, "selected_tool": tool, "tool_arguments": dict(arguments), **more}
    return await run_directly(MCPTool, given, context)


# What a tool gives


@pytest.mark.parametrize("options", WAYS)
async def test_a_tool_is_called_in_each_way_in_which_servers_answer(options: dict[str, Any]) -> None:
    async with serving_tools(**options) as served:
        result = await run(served, "add", {"a": 2, "b": 3})
        assert (result.emissions, result.error) == ([("result", 5)], None)


async def test_a_server_of_before_2026_is_spoken_to_by_the_handshake_and_its_session_is_ended() -> None:
    app = a_server().streamable_http_app()

    async def old(scope: Any, receive: Any, send: Any) -> None:
        """Answer as a server that does not know the newest revision."""
        headers = dict(scope.get("headers", ()))
        if headers.get(b"mcp-protocol-version") == b"2026-07-28":
            await PlainTextResponse("?", 400)(scope, receive, send)
            return
        await app(scope, receive, send)

    async with serving(old) as served:
        assert (await run(served, "add", {"a": 2, "b": 3})).emissions == [("result", 5)]
        # discover, initialize, initialized, tools/call, and goodbye; the stream for what is said unasked was never opened.
        assert served.methods() == ["POST", "POST", "POST", "POST", "DELETE"]
        session_id = served.seen[-1][2]["mcp-session-id"]
        assert session_id
        assert session_id == served.seen[-2][2]["mcp-session-id"]


async def test_what_a_tool_gives_structured_is_read() -> None:
    async with serving_tools() as served:
        assert (await run(served, "facts", {"topic": "walls"})).emissions == [("result", {"topic": "walls", "size": 5})]


async def test_a_picture_is_a_media_value() -> None:
    async with serving_tools() as served:
        ((pin, value),) = (await run(served, "picture", {})).emissions
        assert (pin, value) == ("result", f"data:image/png;base64,{base64.b64encode(PNG).decode()}")


async def test_a_tool_that_fails_fails_the_node_with_its_words() -> None:
    async with serving_tools() as served:
        result = await run(served, "fail", {"reason": "the wall fell"})
        assert isinstance(result.error, BlockFailed)
        assert "the wall fell" in result.error.message


async def test_a_tool_that_is_not_there_is_said() -> None:
    async with serving_tools() as served:
        result = await run(served, "nothing", {})
        assert isinstance(result.error, BlockFailed)
        assert "nothing" in result.error.message


@pytest.mark.parametrize("name", ["a\r\nX-Injected: 1", "\x00", "ünbekannt", "x" * 20_000, "\u202e"])
async def test_a_strange_name_of_a_tool_is_no_way_into_a_header(name: str) -> None:
    async with serving_tools() as served:
        result = await run(served, name, {})
        assert isinstance(result.error, BlockFailed | Unavailable | InvalidValue), result
        assert not any("x-injected" in headers for _, _, headers in served.seen)


async def test_the_tools_of_a_server_are_listed_with_their_schemas() -> None:
    async with serving_tools() as served:
        tools = {tool.name: tool for tool in await list_tools(served.guarded(), server_at(served.url, None))}
    assert tools["add"].description == "Add two numbers."
    assert set(tools["add"].input_schema["properties"]) == {"a", "b"}
    assert {"facts", "picture", "fail"} <= set(tools)


# Arguments

SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}, "note": {"type": "string"}},
    "required": ["a", "b"],
    "additionalProperties": False,
}


async def test_a_parameter_that_is_a_pin_goes_before_the_arguments() -> None:
    async with serving_tools() as served:
        result = await run(served, "add", {"a": 1, "b": 1}, tool_input_schema=SCHEMA, a=40)
        assert result.emissions == [("result", 41)]


def test_plain_values_become_what_the_schema_names_where_they_say_the_same() -> None:
    assert checked_arguments("t", {"a": "1", "b": 2, "note": 3}, SCHEMA) == {"a": 1, "b": 2, "note": "3"}
    flag = {"type": "object", "properties": {"on": {"type": "boolean"}}}
    assert checked_arguments("t", {"on": "true", "other": None}, flag) == {"on": True}
    assert checked_arguments("t", {"anything": [1]}, {}) == {"anything": [1]}


@pytest.mark.parametrize("arguments", [{"a": 1}, {"a": 1, "b": "x"}, {"a": 1, "b": 2, "c": 3}, {"a": "true", "b": 1}])
def test_arguments_that_do_not_fit_are_refused_before_anything_is_sent(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="do not fit the tool 't'"):
        checked_arguments("t", arguments, SCHEMA)


@pytest.mark.parametrize("reference", ["http://127.0.0.1:1/schema.json", "file:///etc/passwd"])
def test_a_schema_that_leads_elsewhere_is_not_followed(reference: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be used"):
        checked_arguments("t", {}, {"type": "object", "$ref": reference})


def test_a_pattern_of_a_schema_takes_linear_time() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    started = time.monotonic()
    with pytest.raises(InvalidInput):
        checked_arguments("t", {"a": "a" * 50_000 + "b"}, schema)
    assert time.monotonic() - started < 1


# Results


@pytest.mark.parametrize(
    ("result", "value"),
    [
        ({"content": []}, None),
        ({"content": 5}, None),
        ({"content": [5, {"type": "text", "text": "b"}]}, "b"),
        ({"content": [], "structuredContent": {"a": 1}}, {"a": 1}),
        ({"content": [{"type": "text", "text": "plain"}]}, "plain"),
        ({"content": [{"type": "text", "text": '{"a": [1]}'}]}, {"a": [1]}),
        ({"content": [{"type": "text", "text": "1"}, {"type": "text", "text": "b"}]}, [1, "b"]),
        ({"content": [{"type": "audio", "data": "AAA=", "mimeType": "audio/wav"}]}, "data:audio/wav;base64,AAA="),
        ({"content": [{"type": "resource", "resource": {"uri": "a:b", "text": "c"}}]}, {"uri": "a:b", "text": "c"}),
        (
            {"content": [{"type": "resource_link", "uri": "a:b", "name": "n"}]},
            {"type": "resource_link", "uri": "a:b", "name": "n"},
        ),
    ],
)  # fmt: skip
def test_a_result_is_one_value(result: dict[str, Any], value: Any) -> None:
    assert value_of("t", result) == value


def test_a_failure_without_words_is_one_still() -> None:
    with pytest.raises(BlockFailed, match="no reason"):
        value_of("t", {"content": [], "isError": True})


# Credentials


def credential(kind: type, host: str) -> Any:
    reference = Reference("1", "mcp", kind.type.value, "Mine")
    secret = {ApiKey: {"key": "s3cret-key"}, OAuth2: {"access_token": "s3cret-key"}}.get(kind)
    if secret is None:
        return HostScoped(reference, (host,), headers={"X-Api-Key": "s3cret-key"})
    return kind(reference, (host,), **secret)


@pytest.mark.parametrize(
    ("kind", "header", "value"),
    [
        (ApiKey, "authorization", "Bearer s3cret-key"),
        (OAuth2, "authorization", "Bearer s3cret-key"),
        (HostScoped, "x-api-key", "s3cret-key"),
    ],
)
async def test_a_credential_goes_along_with_each_request(kind: type, header: str, value: str) -> None:
    async with serving_tools() as served:
        result = await run(served, "add", {"a": 1, "b": 1}, credentials={"credentials": credential(kind, served.host)})
        assert result.emissions == [("result", 2)]
        assert served.seen
        assert all(headers.get(header) == value for _, _, headers in served.seen)


@pytest.mark.parametrize("kind", [ApiKey, OAuth2, HostScoped])
async def test_a_credential_for_other_hosts_goes_nowhere(kind: type) -> None:
    async with serving_tools() as served:
        for host in ("mcp.example.com", f"127.0.0.1:{int(served.host.split(':')[1]) + 1}"):
            result = await run(served, "add", {"a": 1, "b": 1}, credentials={"credentials": credential(kind, host)})
            assert isinstance(result.error, CredentialUnusable)
            assert "s3cret" not in result.error.message
        assert not served.seen


# Servers that refuse, redirect, or are hostile


Answering = Callable[[Request], Response]


def answering(answer: Answering) -> Any:
    async def endpoint(request: Request) -> Response:
        return answer(request)

    return serving(Starlette(routes=[Route("/{path:path}", endpoint, methods=["GET", "POST", "DELETE"])]))


async def failure(served: Served, http: GuardedHttp | None = None, seconds: float = 5) -> Any:
    with pytest.raises(Exception) as caught:
        await call_tool(http or served.guarded(), McpServer(served.url), "add", {}, key="k", seconds=seconds)
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, CredentialUnusable, "asks for a credential"),
        (403, CredentialUnusable, "asks for a credential"),
        (404, BlockFailed, "no MCP server"),
        (405, BlockFailed, "no MCP server"),
        (429, RateLimited, "429"),
        (500, Unavailable, "500"),
        (503, Unavailable, "503"),
    ],
)
async def test_what_a_status_means_is_told(status: int, kind: type, words: str) -> None:
    async with answering(lambda _: PlainTextResponse("no", status, {"Retry-After": "7"})) as served:
        error = await failure(served)
    assert type(error) is kind
    assert words in error.message
    if kind in (RateLimited, Unavailable):
        assert error.retry_after_seconds == 7


async def test_a_credential_that_is_not_accepted_is_said_to_be() -> None:
    async with answering(lambda _: PlainTextResponse("no", 401)) as served:
        result = await run(served, "add", {}, credentials={"credentials": credential(ApiKey, served.host)})
    assert isinstance(result.error, CredentialUnusable)
    assert "does not accept the credential" in result.error.message


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("place", ["/mcp/", "http://127.0.0.1:1/mcp", "http://169.254.169.254/"])
async def test_no_redirect_is_followed_wherever_it_leads(status: int, place: str) -> None:
    async with answering(lambda _: RedirectResponse(place, status)) as served:
        error = await failure(served)
        assert {path for _, path, _ in served.seen} == {"/mcp"}
    assert isinstance(error, BlockFailed)
    assert "edirect" in error.message


async def test_what_is_no_mcp_server_is_said_to_be_none() -> None:
    for answer in (
        PlainTextResponse("hello"),
        JSONResponse({"hello": 1}),
        JSONResponse([]),
        Response(status_code=202),
        PlainTextResponse("data: x\n\n", media_type="text/event-stream"),
    ):
        async with answering(lambda _, answer=answer: answer) as served:
            error = await failure(served)
        assert isinstance(error, BlockFailed | Unavailable), error


async def test_an_address_inside_is_refused_and_nothing_connects() -> None:
    async with serving_tools() as served:
        error = await failure(served, GuardedHttp())
        assert isinstance(error, EgressRefused)
        assert not served.seen


async def test_a_call_ends_at_its_deadline_and_the_session_with_it() -> None:
    async with serving_tools() as served:
        started = time.monotonic()
        with pytest.raises(Unavailable, match="within 1 seconds"):
            await call_tool(served.guarded(), McpServer(served.url), "slow", {}, key="k", seconds=1)
        assert time.monotonic() - started < 3.5


async def test_a_server_that_never_ends_its_stream_is_left_at_the_deadline() -> None:
    async def drip() -> Any:
        while True:
            yield b": nothing\n\n"
            await asyncio.Event().wait()

    async with answering(lambda _: StreamingResponse(drip(), media_type="text/event-stream")) as served:
        started = time.monotonic()
        error = await failure(served, seconds=1)
    assert isinstance(error, Unavailable)
    assert time.monotonic() - started < 3.5


async def test_a_server_that_ends_its_streams_at_once_is_not_asked_for_ever() -> None:
    def end_at_once(_: Request) -> Response:
        return PlainTextResponse("id: 1\nretry: 0\ndata:\n\n", media_type="text/event-stream")

    async with answering(end_at_once) as served:
        error = await failure(served, seconds=5)
        assert len(served.seen) <= 101
    assert isinstance(error, BlockFailed | Unavailable)


@pytest.mark.parametrize("options", WAYS)
async def test_an_answer_beyond_its_limit_is_refused(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "ANSWER_BYTES_MAX", 100_000)
    async with serving_tools(**options) as served:
        assert len((await run(served, "large", {"size": 10_000})).emissions[0][1]) == 10_000
        result = await run(served, "large", {"size": 200_000})
    assert isinstance(result.error, ValueTooLarge | BlockFailed | Unavailable), result


async def test_a_list_of_many_pages_is_held_to_one_limit_for_all_of_them() -> None:
    pages = 0

    async def endpoint(request: Request) -> Response:
        nonlocal pages
        asked = json.loads(await request.body() or "{}")
        result = {"resultType": "complete", "ttlMs": 0, "cacheScope": "public", "capabilities": {"tools": {}}}
        if asked.get("method") == "tools/list":
            pages += 1
            schema = {"type": "object", "x-large": "x" * 600_000}
            tools = [{"name": f"tool{pages}", "inputSchema": schema}]
            result = {**result, "tools": tools, "nextCursor": str(pages)}
        else:
            result["supportedVersions"] = ["2026-07-28"]
        return JSONResponse({"jsonrpc": "2.0", "id": asked.get("id"), "result": result})

    async with serving(Starlette(routes=[Route("/{path:path}", endpoint, methods=["POST"])])) as served:
        with pytest.raises(ValueTooLarge, match="more than 2097152 bytes in one session"):
            await list_tools(served.guarded(), McpServer(served.url))
    assert pages == 4


@pytest.mark.parametrize("options", WAYS)
async def test_what_a_server_asks_of_its_client_is_refused(options: dict[str, Any]) -> None:
    async with serving_tools(**options) as served:
        result = await run(served, "curious", {})
    assert isinstance(result.error, BlockFailed), result


async def test_a_list_that_does_not_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "TOOLS_MAX", 3)
    async with serving_tools() as served:
        with pytest.raises(BlockFailed, match="more than 3 tools"):
            await list_tools(served.guarded(), McpServer(served.url))


async def test_a_call_carries_a_key_that_is_the_same_on_each_attempt() -> None:
    seen: list[Any] = []
    server = MCPServer("keys")

    @server.tool()
    def note(ctx: McpContext) -> int:
        seen.append(dict(ctx.request_context.meta or {}).get(session.KEY_META))
        return len(seen)

    async with serving_tools(server) as served:
        for _ in range(2):
            await run(served, "note", {})
    assert seen[0]
    assert seen[0] == seen[1]


def test_the_sdk_is_loaded_when_somebody_asks_and_not_before() -> None:
    code = "import sys, blocks.library.mcp_tool, blocks.mcp.asking; sys.exit('mcp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
