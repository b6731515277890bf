"""S02 and S04: a name is resolved once, all its addresses are judged, and only egress connects, to what was judged."""

from __future__ import annotations

import asyncio
import threading

import httpcore2
import httpx2
import pytest

from blocks.sdk.addresses import PORTS_DEFAULT, EgressPolicy, parse_url
from blocks.sdk.egress import GuardedHttp
from schema.errors import EgressRefused, Unavailable
from tests.egress.networks import Marked, Memory, Resolver, watched
from tests.egress.servers import guarded, redirect, reply, serve

PUBLIC = "93.184.216.34"


async def test_s02_a_name_is_resolved_once_and_its_judged_address_is_what_is_connected_to() -> None:
    resolver, network = Resolver([PUBLIC], ["127.0.0.1"]), Memory()
    http = GuardedHttp(resolver=resolver, network=network)
    async with serve() as server:
        assert (await http.request("GET", "http://rebind.example/")).status == 200
        assert server.connects == 0
    assert resolver.asked == ["rebind.example"]
    assert network.connects == [(PUBLIC, 80)]
    assert b"Host: rebind.example\r\n" in network.sent


async def test_s02_control_a_client_that_judges_and_then_resolves_again_reaches_loopback() -> None:
    async with serve() as server:
        resolver = Resolver([PUBLIC], ["127.0.0.1"])
        policy = EgressPolicy(ports=PORTS_DEFAULT | {server.port})
        target = parse_url(f"http://rebind.example:{server.port}/")
        policy.choose(target, await resolver(target.host, target.port))
        (second,) = await resolver(target.host, target.port)
        async with httpx2.AsyncClient(trust_env=False) as weak:
            await weak.get(f"http://{second}:{server.port}/", headers={"Host": target.authority})
        assert server.connects == 1


@pytest.mark.parametrize(
    "addresses",
    [
        [PUBLIC, "127.0.0.1"],
        ["127.0.0.1", PUBLIC],
        [PUBLIC, "::1"],
        ["2606:4700::1111", "::ffff:10.0.0.1"],
        [PUBLIC] * 10 + ["169.254.169.254"],
        [PUBLIC, "fe80::1%eth0"],
        [PUBLIC, "not an address"],
    ],
)
async def test_s02_one_bad_address_among_good_ones_refuses_them_all(addresses: list[str]) -> None:
    network = Memory()
    http = GuardedHttp(resolver=Resolver(addresses), network=network)
    with watched() as connects, pytest.raises(EgressRefused) as refusal:
        await http.request("GET", "http://mixed.example/")
    assert network.connects == []
    assert connects == []
    assert not any(address in refusal.value.message for address in addresses), "the inner network stays unread"


async def test_s02_a_redirect_to_the_same_name_is_resolved_and_judged_again() -> None:
    resolver, network = Resolver([PUBLIC], ["127.0.0.1"]), Memory(redirect(302, "/again"), reply(200))
    with pytest.raises(EgressRefused):
        await GuardedHttp(resolver=resolver, network=network).request("GET", "http://rebind.example/")
    assert network.connects == [(PUBLIC, 80)]


async def test_a_connection_that_is_with_another_peer_is_dropped_before_a_byte_is_sent() -> None:
    network = Memory(peer="127.0.0.1")
    with pytest.raises(EgressRefused, match="checked address"):
        await GuardedHttp(resolver=Resolver([PUBLIC]), network=network).request(
            "POST", "http://a.example/", json={"a": 1}
        )
    assert network.sent == b""


async def test_the_certificate_and_the_sni_are_asked_for_the_name_and_not_for_the_address() -> None:
    network = Memory()
    await GuardedHttp(resolver=Resolver([PUBLIC]), network=network).request("GET", "https://a.example/")
    assert (network.connects, network.server_names) == ([(PUBLIC, 443)], ["a.example"])


async def test_the_next_address_is_tried_when_one_does_not_take_the_connection() -> None:
    class Flaky(Memory):
        async def connect_tcp(self, host: str, port: int, *_: object, **__: object) -> httpcore2.AsyncNetworkStream:
            stream = await super().connect_tcp(host, port)
            if host == PUBLIC:
                raise httpcore2.ConnectTimeout("no answer")
            return stream

    network = Flaky()
    http = GuardedHttp(resolver=Resolver([PUBLIC, "2606:4700::1111"]), network=network)
    assert (await http.request("GET", "http://a.example/")).status == 200
    assert network.connects == [(PUBLIC, 80), ("2606:4700::1111", 80)]
    lone = GuardedHttp(resolver=Resolver([PUBLIC]), network=Flaky())
    with pytest.raises(Unavailable, match="no answer"):
        await lone.request("GET", "http://a.example/")


async def test_s04_only_egress_connects_and_a_refused_request_connects_nowhere() -> None:
    async with serve() as server:
        http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({server.host})), network=Marked())
        with watched() as connects:
            await http.request("POST", server.url, json={"a": 1})
        assert [(connect.address, connect.is_from_egress) for connect in connects] == [
            (("127.0.0.1", server.port), True)
        ]
        with watched() as connects, pytest.raises(EgressRefused):
            await http.request("GET", "http://169.254.169.254/")
        assert connects == []


async def test_s04_control_a_connect_past_egress_is_seen_for_what_it_is() -> None:
    async with serve() as server:
        with watched() as connects:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.close()
            async with httpx2.AsyncClient(trust_env=False) as weak:
                await weak.get(server.url)
        assert [connect.is_from_egress for connect in connects] == [False, False]


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve() as proxy, serve() as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        await guarded(server).request("GET", server.url)
        assert (proxy.connects, server.connects) == (0, 1)
        async with httpx2.AsyncClient() as weak:  # The control: the same environment leads this one to the proxy.
            await weak.get(server.url)
        assert (proxy.connects, server.connects) == (1, 1)


def test_one_client_serves_several_event_loops_one_after_another_and_at_once() -> None:
    http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({"127.0.0.0/8"}), ports=frozenset(range(1, 65_536))))
    answers: list[bytes] = []

    async def ask() -> None:
        async with serve() as server:
            responses = await asyncio.gather(*(http.request("GET", server.url) for _ in range(5)))
            answers.extend(response.content for response in responses)
            await http.aclose()

    asyncio.run(ask())
    threads = [threading.Thread(target=asyncio.run, args=(ask(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert answers == [b"ok"] * 20
