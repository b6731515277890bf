"""S03: every hop of a redirect is judged as the first was, and no credential goes along to another origin."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from blocks.sdk.egress import GuardedHttp
from schema.errors import EgressRefused, Unavailable
from tests.egress.networks import Memory, Resolver, watched
from tests.egress.servers import Seen, guarded, redirect, reply, serve

CREDENTIALS = {
    "Authorization": "Bearer canary",
    "Cookie": "session=canary",
    "Proxy-Authorization": "Basic canary",
    "X-Api-Key": "canary",
    "X-Anything-At-All": "canary",
}


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "//169.254.169.254/",
        "http://2852039166/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://localhost/",
        "http://user:hunter2@example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript:alert(1)",
        "http://example.com:22/",
        "http://[::1/",
    ],
)
@pytest.mark.parametrize("status", [301, 307])
async def test_s03_a_redirect_to_what_may_not_be_reached_is_refused(location: str, status: int) -> None:
    async with serve(redirect(status, location)) as server:
        with watched() as connects, pytest.raises(EgressRefused) as refusal:
            await guarded(server).request("GET", server.url)
        assert [connect.address for connect in connects] == [("127.0.0.1", server.port)]
        assert "hunter2" not in str(refusal.value.to_wire())


async def test_s03_credentials_do_not_go_along_to_another_origin_and_never_come_back() -> None:
    async with serve() as third:
        async with serve(redirect(302, third.url)) as second, serve(redirect(302, second.url)) as first:
            headers = {**CREDENTIALS, "Accept-Language": "de"}
            response = await guarded(first, second, third).request("GET", first.url, headers=headers)
        assert response.url == third.url
        assert [first.seen[0].headers[name.lower()] for name in CREDENTIALS] == list(CREDENTIALS.values())
        for server in (second, third):
            assert "canary" not in str(server.seen[0].headers)
            assert server.seen[0].headers["accept-language"] == "de"
            assert server.seen[0].headers["host"] == server.host


async def test_a_change_that_was_answered_by_a_redirect_was_sent_whatever_becomes_of_the_next_request() -> None:
    async with serve() as gone:
        pass
    async with serve(redirect(303, gone.url)) as first:
        http = guarded(first, gone)
        with pytest.raises(Unavailable) as followed:
            await http.request("POST", first.url, content=b"change")
        with pytest.raises(Unavailable) as alone:
            await http.request("POST", gone.url, content=b"change")
    assert followed.value.fields["was_sent"] is True
    assert alone.value.fields["was_sent"] is False, "control"


async def test_s03_control_a_client_without_the_guard_takes_a_custom_credential_along() -> None:
    async with serve() as second, serve(redirect(302, second.url)) as first:
        async with httpx2.AsyncClient(trust_env=False, follow_redirects=True) as weak:
            await weak.get(first.url, headers=CREDENTIALS)
        assert second.seen[0].headers["x-api-key"] == "canary"


async def test_credentials_stay_within_their_own_origin() -> None:
    async def answer(seen: Seen, _: asyncio.StreamWriter) -> bytes:
        return reply(200, b"in") if seen.path == "/in?a=1" else redirect(302, "in?a=1#part")

    async with serve(answer) as server:
        response = await guarded(server).request("GET", server.url, headers=CREDENTIALS)
        assert (response.content, response.url) == (b"in", f"{server.url}in?a=1")
        assert server.seen[1].headers["authorization"] == "Bearer canary"


async def test_s03_a_chain_ends_at_its_limit() -> None:
    async def answer(seen: Seen, _: asyncio.StreamWriter) -> bytes:
        hop = int(seen.path.strip("/") or 0)
        return reply(200, b"end") if hop == 11 else redirect(302, f"/{hop + 1}")

    async with serve(answer) as server:
        with pytest.raises(EgressRefused, match="more than 5 times"):
            await guarded(server).request("GET", server.url)
        assert server.connects == 6
        with pytest.raises(EgressRefused, match="more than 10 times"):
            await guarded(server).request("GET", server.url, redirects_max=10)
        assert (await guarded(server).request("GET", server.url, redirects_max=11)).content == b"end"


async def test_a_redirect_that_is_not_to_be_followed_is_an_answer() -> None:
    async with serve(redirect(302, "http://169.254.169.254/")) as server:
        response = await guarded(server).request("GET", server.url, redirects_max=0)
        assert (response.status, response.content) == (302, b"elsewhere")


@pytest.mark.parametrize("status", [300, 304, 305, 302])
async def test_an_answer_that_points_nowhere_is_an_answer(status: int) -> None:
    async with serve(reply(status)) as server:
        assert (await guarded(server).request("GET", server.url)).status == status


@pytest.mark.parametrize(
    ("method", "status", "becomes"),
    [
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
        ("PUT", 301, "PUT"),
        ("PUT", 303, "GET"),
        ("DELETE", 302, "DELETE"),
        ("HEAD", 303, "HEAD"),
        ("GET", 302, "GET"),
    ],
)
async def test_s03_a_redirect_changes_the_method_as_browsers_do(method: str, status: int, becomes: str) -> None:
    body = b"" if method in ("GET", "HEAD") else b'{"a":1}'
    async with serve() as second, serve(redirect(status, second.url)) as first:
        headers = {"Content-Type": "application/json"} if body else {}
        await guarded(first, second).request(method, first.url, content=body, headers=headers, idempotency_key="key")
        seen = second.seen[0]
        assert seen.method == becomes
        is_kept = becomes == method
        assert seen.body == (body if is_kept else b"")
        assert ("content-type" in seen.headers) is (is_kept and bool(body))
        assert ("idempotency-key" in seen.headers) is is_kept


async def test_no_redirect_leads_from_https_to_http() -> None:
    network = Memory(redirect(302, "http://b.example/"), reply(200))
    http = GuardedHttp(resolver=Resolver(["93.184.216.34"]), network=network)
    with pytest.raises(EgressRefused, match="from https to http"):
        await http.request("GET", "https://a.example/")
    assert network.connects == [("93.184.216.34", 443)]


async def test_a_redirect_from_http_to_https_is_another_origin() -> None:
    network = Memory(redirect(301, "https://a.example/"), reply(200))
    http = GuardedHttp(resolver=Resolver(["93.184.216.34"]), network=network)
    await http.request("GET", "http://a.example/", headers={"Authorization": "Bearer canary"})
    assert network.server_names == ["a.example"]
    assert network.sent.count(b"canary") == 1
