"""What goes out is what was asked for, and what fails comes back as one of our errors with its cause."""

from __future__ import annotations

import socket

import httpcore2
import pytest

from blocks.sdk.context import Http
from blocks.sdk.egress import HEADER_BYTES_MAX, USER_AGENT, GuardedHttp
from schema.errors import EgressRefused, InvalidValue, Unavailable
from tests.egress.servers import guarded, reply, serve


async def test_a_request_says_who_sends_it_and_carries_its_key() -> None:
    http: Http = GuardedHttp()  # It fits the Protocol; mypy reads this line.
    async with serve() as server:
        http = guarded(server)
        await http.request("post", f"{server.url}a?b=c", params={"d": "e f"}, json={"a": "ü"}, idempotency_key="key")
        seen = server.seen[0]
    assert (seen.method, seen.path, seen.body) == ("POST", "/a?b=c&d=e+f", '{"a":"ü"}'.encode())
    assert seen.headers == {
        "host": server.host,
        "user-agent": USER_AGENT,
        "accept": "*/*",
        "content-type": "application/json",
        "content-length": "10",
        "idempotency-key": "key",
        "accept-encoding": "identity",
        "connection": "close",
    }
    assert USER_AGENT.startswith("drystone/")


async def test_the_callers_headers_come_first_and_framing_is_ours() -> None:
    headers = {
        "User-Agent": "mine",
        "content-type": "application/vnd.a+json",
        "X-Umlaut": "grün",
        "Content-Length": "3",
        "Transfer-Encoding": "chunked",
        "Connection": "keep-alive",
        "Accept-Encoding": "br",
    }
    async with serve() as server:
        await guarded(server).request("PUT", server.url, headers=headers, json=[1, 2])
        seen = server.seen[0]
    assert seen.headers["user-agent"] == "mine"
    assert seen.headers["content-type"] == "application/vnd.a+json"
    assert seen.headers["x-umlaut"].encode("latin-1").decode() == "grün"
    assert seen.headers["accept-encoding"] == "identity"
    assert "transfer-encoding" not in seen.headers
    assert seen.body == b"[1,2]"


async def test_a_multipart_body_has_its_own_type_and_all_its_parts() -> None:
    async with serve() as server:
        await guarded(server).request(
            "POST",
            server.url,
            headers={"Content-Type": "multipart/form-data"},
            data={"title": "a"},
            files=[("file", ("a.txt", b"first", "text/plain")), ("file", ('b".txt', b"second", "text/plain"))],
        )
        seen = server.seen[0]
    assert seen.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert [part in seen.body for part in (b'name="title"\r\n\r\na', b"first", b"second", b'filename="a.txt"')] == [
        True
    ] * 4


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "a\r\nX-B: b"},
        {"X-A": "a\nb"},
        {"X-A": "a\x00b"},
        {"X-A\r\nX-B": "b"},
        {"X A": "b"},
        {"X-Ü": "b"},
        {"": "b"},
        {"X-A": "\ud800"},
        {"Host": "169.254.169.254"},
        {"X-A": "a" * HEADER_BYTES_MAX},
    ],
)
async def test_a_header_that_would_change_the_message_is_refused_without_showing_its_value(
    headers: dict[str, str],
) -> None:
    headers = {"Authorization": "Bearer hunter2", **headers}
    async with serve() as server:
        with pytest.raises(EgressRefused) as refusal:
            await guarded(server).request("GET", server.url, headers=headers)
        assert server.connects == 0
        assert "hunter2" not in str(refusal.value.to_wire())


@pytest.mark.parametrize("method", ["CONNECT", "trace", "GET /", "", "GET\r\n"])
async def test_a_method_that_is_none_is_refused(method: str) -> None:
    async with serve() as server:
        with pytest.raises(EgressRefused):
            await guarded(server).request(method, server.url)
        assert server.connects == 0


async def test_a_body_that_cannot_be_written_is_the_callers_fault() -> None:
    with pytest.raises(InvalidValue):
        await GuardedHttp().request("POST", "http://a.example/", json={"a": object()})
    with pytest.raises(InvalidValue):
        await GuardedHttp().request("POST", "http://a.example/", json=float("nan"))


async def test_an_answer_has_its_headers_in_lower_case_and_joined() -> None:
    head = b"HTTP/1.1 404 No\r\nX-A: 1\r\nx-a: 2\r\nContent-Type: text/plain; charset=latin-1\r\n"
    answer = head + b"Content-Length: 1\r\n\r\n\xfc"
    async with serve(answer) as server:
        response = await guarded(server).request("GET", server.url)
    assert (response.status, response.headers["x-a"], response.text()) == (404, "1, 2", "ü")


async def test_the_length_that_a_head_answer_announces_is_not_awaited() -> None:
    async with serve(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\nContent-Encoding: gzip\r\n\r\n") as server:
        assert (await guarded(server).request("HEAD", server.url)).content == b""


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 200",
    ],
)
async def test_an_answer_that_is_no_http_is_unavailable_and_has_its_cause(answer: bytes) -> None:
    async with serve(answer) as server:
        with pytest.raises(Unavailable) as failure:
            await guarded(server).request("GET", server.url)
    assert isinstance(failure.value.__cause__, httpcore2.ProtocolError)


async def test_a_closed_port_is_unavailable_and_has_its_cause() -> None:
    async with serve() as server:
        http = guarded(server)
    with pytest.raises(Unavailable) as failure:
        await http.request("GET", server.url)
    assert isinstance(failure.value.__cause__, httpcore2.ConnectError)


async def test_a_server_that_speaks_no_tls_is_unavailable() -> None:
    async with serve(reply(200)) as server:
        with pytest.raises(Unavailable):
            await guarded(server).request("GET", server.url.replace("http:", "https:"), timeout_seconds=0.3)


async def test_a_name_that_nobody_has_is_unavailable() -> None:
    async def nobody(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def empty(host: str, port: int) -> list[str]:
        return []

    for resolver in (nobody, empty):
        with pytest.raises(Unavailable, match=r"nobody\.example"):
            await GuardedHttp(resolver=resolver).request("GET", "http://nobody.example/?token=hunter2")
