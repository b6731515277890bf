"""S01: every spelling of an address that is not public is refused before any packet; public ones pass."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.sdk.addresses import PORTS_DEFAULT, EgressPolicy, is_public, parse_url, unwrap
from blocks.sdk.egress import GuardedHttp
from schema.errors import EgressRefused
from tests.egress.forms import ELSEWHERE, LOOPBACK
from tests.egress.networks import Memory, Resolver, watched
from tests.egress.servers import guarded, serve

PUBLIC = [
    ("http://8.8.8.8/", "8.8.8.8", 80),
    ("https://[2606:4700:4700::1111]/", "2606:4700:4700::1111", 443),
    ("http://[::ffff:8.8.8.8]:8080/", "8.8.8.8", 8080),
    ("http://example.com/", "93.184.216.34", 80),
    ("https://EXAMPLE.com.:8443/a?b#c", "93.184.216.34", 8443),
    ("https://ｂüｃｈｅｒ。example/", "93.184.216.34", 443),
    ("http://my_service.example.com", "93.184.216.34", 80),
]


def test_there_are_forty_forms_of_loopback() -> None:
    assert len(LOOPBACK) == 40


@pytest.mark.parametrize("form", [*LOOPBACK, *ELSEWHERE])
async def test_s01_an_address_that_is_not_public_is_refused_before_any_packet(form: str) -> None:
    async with serve() as server:
        http = GuardedHttp(EgressPolicy(ports=PORTS_DEFAULT | {server.port}))
        with watched() as connects, pytest.raises(EgressRefused) as refusal:
            await http.request("GET", form.format(port=server.port), timeout_seconds=5)
        assert server.connects == 0
        assert connects == []
        assert "hunter2" not in str(refusal.value.to_wire())


async def test_s01_control_a_client_without_the_guard_reaches_the_listener_by_many_of_these_forms() -> None:
    async with serve() as server:
        reached = 0
        async with httpx2.AsyncClient(trust_env=False, verify=False, timeout=0.3) as weak:
            for form in LOOPBACK:
                try:
                    reached += (await weak.get(form.format(port=server.port))).text == "ok"
                except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError):
                    pass  # This form is one that httpx2 itself does not read.
        assert server.connects >= reached >= 12


async def test_s01_control_the_same_guard_connects_where_the_operator_opened_the_way() -> None:
    async with serve() as server:
        with watched() as connects:
            response = await guarded(server).request("GET", server.url)
        assert (response.status, response.content) == (200, b"ok")
        assert server.connects == 1
        assert [connect.address for connect in connects] == [("127.0.0.1", server.port)]


@pytest.mark.parametrize(("url", "address", "port"), PUBLIC)
async def test_s01_a_public_address_is_allowed(url: str, address: str, port: int) -> None:
    network = Memory()
    http = GuardedHttp(resolver=Resolver(["93.184.216.34"]), network=network)
    assert (await http.request("GET", url)).status == 200
    assert network.connects == [(address, port)]


@pytest.mark.parametrize(
    ("url", "host", "authority", "path"),
    [
        ("https://EXAMPLE.com.:443/a b?c=d#e", "example.com", "example.com", "/a%20b?c=d"),
        ("http://ｂüｃｈｅｒ。example?q=ü%20", "xn--bcher-kva.example", "xn--bcher-kva.example", "/?q=%C3%BC%20"),
        ("http://faß.example:8080", "xn--fa-hia.example", "xn--fa-hia.example:8080", "/"),
        ("http://[2606:4700::0:1111]:8080/", "2606:4700::1111", "[2606:4700::1111]:8080", "/"),
    ],
)
def test_a_url_has_one_normal_form(url: str, host: str, authority: str, path: str) -> None:
    target = parse_url(url)
    assert (target.host, target.authority, target.path) == (host, authority, path)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_what_is_read_is_read_the_same_again(text: str) -> None:
    try:
        target = parse_url(f"http://{text}")
    except EgressRefused:
        return
    assert parse_url(target.url) == target
    assert target.host.isascii()
    assert target.host == httpx2.URL(target.url).raw_host.decode(), "another parser sees the same host"


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1))
def test_no_address_is_public_for_being_wrapped(number: int, rest: int) -> None:
    inner = IPv4Address(number)
    mapped = IPv6Address((0xFFFF << 32) | number)
    assert unwrap(mapped) == inner
    for wrapped in (
        IPv6Address(number),
        IPv6Address((0x2002 << 112) | (number << 80) | rest),
        IPv6Address((0x20010000 << 96) | rest),
        IPv6Address((0x64FF9B << 96) | number),
        mapped,
    ):
        assert not is_public(wrapped)


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(address: IPv4Address | IPv6Address) -> None:
    if address.is_private or address.is_multicast or address.is_link_local or address.is_loopback:
        assert not is_public(unwrap(address))


@pytest.mark.parametrize(
    ("entry", "url", "is_open"),
    [
        ("10.1.0.0/16", "http://10.1.2.3/", True),
        ("10.1.0.0/16", "http://[::ffff:10.1.2.3]/", True),
        ("10.1.0.0/16", "http://10.2.0.1/", False),
        ("10.1.0.0/16", "http://10.1.2.3:5432/", False),
        ("10.1.2.3:5432", "http://10.1.2.3:5432/", True),
        ("10.1.2.3:5432", "http://10.1.2.3:5433/", False),
        ("10.1.2.3:5432", "http://10.1.2.4:5432/", False),
        ("[::1]:9000", "http://[0::1]:9000/", True),
        ("169.254.169.254:80", "http://169.254.169.254/", True),
    ],
)
def test_an_operator_opens_exactly_what_is_named(entry: str, url: str, is_open: bool) -> None:
    policy = EgressPolicy(allowed_hosts=frozenset({entry}))
    if is_open:
        policy.check(parse_url(url))
    else:
        with pytest.raises(EgressRefused):
            policy.check(parse_url(url))


def test_a_name_that_is_open_leads_inside_but_never_to_a_machines_credentials() -> None:
    policy = EgressPolicy(allowed_hosts=frozenset({"intranet.example:8000"}))
    target = parse_url("http://intranet.example:8000/")
    policy.check(target)
    assert policy.choose(target, ["10.0.0.5", "127.0.0.1"]) == (ip_address("10.0.0.5"), ip_address("127.0.0.1"))
    for bad in ("169.254.169.254", "::ffff:169.254.169.254", "168.63.129.16", "fd00:ec2::254", "0.0.0.0", "nonsense"):
        with pytest.raises(EgressRefused):
            policy.choose(target, ["10.0.0.5", bad])


def test_what_is_denied_stays_closed_whatever_is_opened() -> None:
    policy = EgressPolicy(
        allowed_hosts=frozenset({"0.0.0.0/0", "93.184.216.34:80"}), denied=frozenset({"93.184.216.0/24"})
    )
    policy.check(parse_url("http://127.0.0.1/"))
    for url in ("http://93.184.216.34/", "http://[::ffff:93.184.216.34]/"):
        with pytest.raises(EgressRefused):
            policy.check(parse_url(url))


@pytest.mark.parametrize("entry", ["intranet.example", "10.0.0.1/8", "user@host:80", "host:port", "a b:80"])
def test_an_allowed_host_that_is_no_entry_is_an_error_at_the_start(entry: str) -> None:
    with pytest.raises(ValueError):
        EgressPolicy(allowed_hosts=frozenset({entry}))
