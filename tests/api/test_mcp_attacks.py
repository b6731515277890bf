"""Requests to the MCP server that are meant to harm: each is refused at once, nothing runs, and the next one is served."""

from __future__ import annotations

import asyncio
import resource
import time
from typing import Any
from uuid import uuid4

import httpx2
import orjson
import pytest

from schema.access import Role
from tests.api.running import echo, gated, save
from tests.api.serving import Api, Client, Organisation
from tests.api.test_mcp import HEADERS, ask, runs_of
from tests.durable.blocks import GATES
from tests.durable.waiting import eventually


async def post(client: Client, content: bytes, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    given = {**client.headers, **HEADERS, "MCP-Protocol-Version": "2025-06-18", **named}
    return await client.http.post(f"{client.url}/mcp", content=content, headers=given, timeout=30)


def message(method: str = "tools/list", params: Any = None, id: Any = 1) -> bytes:
    return orjson.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}})


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"agent_echo","arguments":{"topic":'
        + b"[" * 50_000 + b"]" * 50_000 + b"}}}",
        b"[" + b",".join([message()] * 1_000) + b"]",
        message("tools/call", {"name": "agent_echo", "_meta": {"progressToken": {"a": [1]}}}),
        message("tools/call", {"name": "agent_echo", "_meta": [1]}),
        message("sampling/createMessage"),
        message("resources/read", {"uri": "file:///etc/passwd"}),
        message("logging/setLevel", {"level": "debug"}),
    ],
    ids=str,
)  # fmt: skip
async def test_a_hostile_message_is_refused_and_the_next_one_is_served(
    api: Api, acme: Organisation, content: bytes
) -> None:
    await save(api, acme, echo())
    assert (await ask(acme.owner, "tools/list")).status_code == 200
    memory, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    answer = await post(acme.owner, content)
    assert time.process_time() - started < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 150 * 1024
    said = answer.content[:2_000]
    assert 400 <= answer.status_code < 500 or b'"error"' in said or b'"isError":true' in said, (
        answer.status_code,
        said,
    )
    assert b"Traceback" not in said
    assert b"our side" not in said
    assert await runs_of(api, acme) == 0
    assert (await ask(acme.owner, "tools/list")).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_what_a_browser_sends_without_asking_is_no_message(api: Api, acme: Organisation, kind: str) -> None:
    await save(api, acme, echo())
    call = message("tools/call", {"name": "agent_echo", "arguments": {"topic": 1}})
    assert (await post(acme.owner, call, Content_Type=kind)).status_code >= 400
    assert await runs_of(api, acme) == 0


@pytest.mark.parametrize("size", [4_000_000, 30_000_000])
async def test_a_message_that_is_too_large_is_not_read(api: Api, acme: Organisation, size: int) -> None:
    await save(api, acme, echo())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    large = message("tools/call", {"name": "agent_echo", "arguments": {"topic": "x" * size}})
    try:
        assert (await post(acme.owner, large)).status_code == 413
    except httpx2.NetworkError:
        pass  # It was refused while it was still being sent.
    # The message itself is there twice.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 3 * size // 1024 + 50 * 1024
    assert await runs_of(api, acme) == 0
    assert (await ask(acme.owner, "tools/list")).status_code == 200


@pytest.mark.parametrize("id", [None, {"a": 1}, [1], 1.5])
async def test_a_call_that_wants_no_answer_runs_nothing(api: Api, acme: Organisation, id: Any) -> None:
    await save(api, acme, echo())
    await post(acme.owner, message("tools/call", {"name": "agent_echo", "arguments": {"topic": 1}}, id))
    assert (await ask(acme.owner, "tools/list")).status_code == 200
    assert await runs_of(api, acme) == 0


async def test_no_session_of_somebody_else_can_be_taken_up(api: Api, acme: Organisation, other: Organisation) -> None:
    await save(api, acme, echo())
    for id in (str(uuid4()), "", "x" * 5_000, acme.owner.token or ""):
        headers = {"Mcp-Session-Id": id, "Last-Event-Id": "1"}
        tools = (await ask(other.owner, "tools/list", headers=headers)).json()["result"]["tools"]
        assert "agent_echo" not in [tool["name"] for tool in tools]
    url = f"{api.url}/mcp"
    for method in ("GET", "DELETE", "PUT"):
        given = {**other.owner.headers, **HEADERS, "Mcp-Session-Id": str(uuid4())}
        assert (await other.owner.http.request(method, url, headers=given)).status_code == 405


async def test_many_callers_at_once_are_each_given_their_own(api: Api, acme: Organisation, other: Organisation) -> None:
    await save(api, acme, echo("Ours"))
    await save(api, other, echo("Theirs"))
    clients = [acme.owner, other.owner, acme[Role.VIEWER], other[Role.EDITOR]] * 15
    params = {"_meta": {"progressToken": 1}}
    answers = await asyncio.gather(*(ask(one, "tools/list", params if n % 2 else {}) for n, one in enumerate(clients)))
    for number, answer in enumerate(answers):
        assert ("agent_ours" in answer.text, "agent_theirs" in answer.text) == [
            (True, False), (False, True), (False, False), (False, True)
        ][number % 4]  # fmt: skip


async def test_a_caller_who_leaves_ends_the_waiting_and_not_the_run(api: Api, acme: Organisation) -> None:
    graph, gate = gated()
    await save(api, acme, graph)
    name = next(tool["name"] for tool in (await listed(acme.owner)) if tool["name"].startswith("agent_"))
    tasks = len(asyncio.all_tasks())
    given = {**acme.owner.headers, **HEADERS, "MCP-Protocol-Version": "2025-06-18"}
    for params in ({}, {"_meta": {"progressToken": 1}}):
        call = message("tools/call", {"name": name, "arguments": {}, **params})
        with pytest.raises(httpx2.TimeoutException):
            await acme.owner.http.post(f"{api.url}/mcp", content=call, headers=given, timeout=1.0)
    GATES[gate].set()

    async def are_over() -> bool:
        rows = await api.platform.sql("SELECT status FROM runs WHERE tenant_id = :id", id=acme.id)
        return [row.status for row in rows] == ["COMPLETED", "COMPLETED"]

    await eventually(are_over, seconds=20)

    async def is_quiet() -> bool:
        return len(asyncio.all_tasks()) <= tasks + 3

    await eventually(is_quiet, seconds=20)


async def listed(client: Client) -> list[Any]:
    found: list[Any] = (await ask(client, "tools/list")).json()["result"]["tools"]
    return found
