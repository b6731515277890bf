"""Addresses: which URL and which IP address a block may reach; it never resolves a name and never opens a connection.

A URL is parsed once, here, strictly, and what comes out (a Target) is the only thing that is connected to: a second
parser that reads the same text differently is how such guards are got round. A host is normalised first (NFKC,
ideographic dots, IDNA, one trailing dot), so that every spelling of an address has become the address before it is
judged.

An address is public when its registry says so *and* it is in none of the ranges that carry another address inside
(6to4, Teredo, NAT64, IPv4-compatible) or that Python 3.11's `ipaddress` still calls global. Everything else is
closed, unless the operator has opened it. The ranges are from the IANA special-purpose address registries (RFC 6890).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import quote, urlencode

import idna

from schema.errors import EgressRefused, shorten

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORTS_DEFAULT: Final = frozenset({80, 443, 8080, 8443})
SCHEME_PORTS: Final = {"http": 80, "https": 443}
#: Characters of a URL: more than any browser sends, less than a value that was put there by mistake.
URL_CHARS_MAX: Final = 16_384
#: RFC 1035, without the root's dot.
HOST_CHARS_MAX: Final = 253

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\\]")
#: An underscore is in no hostname's grammar and in many hosts' names.
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
#: What the WHATWG's host parser takes as a number; getaddrinfo makes 127.0.0.1 of 2130706433, 0x7f.1 and 0177.0.0.1.
_NUMERIC_LABEL: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DOTS: Final = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
#: What stays as it is in a path and query: RFC 3986's characters, and `%`, for it is there already.
_PATH_SAFE: Final = "/%:@!$&'()*+,;=-._~?[]"


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


#: `is_global` is not enough for these: what it calls public, and what must stay closed whatever a later Python
#: thinks.
_CLOSED: Final = _networks(
    "0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4",
    "2001::/23",  # IETF assignments: Teredo, benchmarking, ORCHID
    "2001:db8::/32", "2002::/16", "3fff::/20",  # documentation, 6to4, documentation
)  # fmt: skip
#: The unicast space that is given out; NAT64, ::/96, site-local, ULA and link-local are all outside of it.
_GIVEN_OUT_V6: Final = IPv6Network("2000::/3")
#: Where clouds keep a machine's credentials, and what is nobody's: a name that the operator opened does not lead
#: here, for whoever answers for that name is not the operator. Opening the address itself does.
_CLOSED_TO_NAMES: Final = _networks(
    "0.0.0.0/8", "100.100.100.200/32", "168.63.129.16/32", "169.254.0.0/16", "192.0.0.0/24", "224.0.0.0/3",
    "::/128", "fd00:ec2::/32", "fe80::/10", "ff00::/8",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A URL in its one normal form: `host` is ASCII, lower case and without brackets, `path` includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Give the Host header: the port is left out where the scheme implies it."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == SCHEME_PORTS[self.scheme] else f"{shown}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def address(self) -> Address | None:
        """Give the address that the host is written as, or None: it is a name."""
        return _literal(self.host)

    def with_params(self, params: Mapping[str, str]) -> Target:
        """Give the target with these added to its query."""
        if not params:
            return self
        joint = "&" if "?" in self.path else "?"
        return replace(self, path=f"{self.path}{joint}{urlencode(params, errors='replace')}")


def parse_url(url: str) -> Target:
    """Read a URL; raise EgressRefused for what is no plain http(s) one, never showing it: it may hold secrets."""
    if len(url) > URL_CHARS_MAX:
        raise EgressRefused(f"The URL has {len(url)} characters; at most {URL_CHARS_MAX} are allowed.")
    if _CONTROL.search(url):
        raise EgressRefused("The URL has a control character or a backslash in it.")
    scheme, mark, rest = url.partition("://")
    scheme = scheme.lower()
    if not mark or scheme not in SCHEME_PORTS:
        raise EgressRefused("Only http:// and https:// addresses may be reached.")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    host, port = _split_authority(authority)
    path = rest[len(authority) :].partition("#")[0]
    if not path.startswith("/"):
        path = f"/{path}"
    safe = quote(path.encode("utf-8", "replace"), safe=_PATH_SAFE)
    return Target(scheme, host, SCHEME_PORTS[scheme] if port is None else port, safe)


def _split_authority(authority: str) -> tuple[str, int | None]:
    normal = unicodedata.normalize("NFKC", authority)  # so that a fullwidth @ shows no password either
    if "@" in normal:
        host = shorten(normal.rpartition("@")[2], 100)
        what = "a user name or password in a URL is refused; send an Authorization header"
        raise EgressRefused(f"{host}: {what}.")
    if authority.startswith("["):
        inside, mark, after = authority[1:].partition("]")
        if not mark or (after and not after.startswith(":")):
            raise EgressRefused("The URL's IPv6 address is not closed by a bracket.")
        return _normalize_v6(inside), _parse_port(after[1:])
    host, _, port = authority.partition(":")
    return normalize_host(host), _parse_port(port)


def _parse_port(text: str) -> int | None:
    if not text:
        return None
    if re.fullmatch(r"[0-9]{1,5}", text) and 0 < int(text) < 65_536:
        return int(text)
    raise EgressRefused("The URL's port is no number from 1 to 65535 (an IPv6 address stands in brackets).")


def _normalize_v6(text: str) -> str:
    # A zone (%eth0) names an interface of this machine: no public address has one, and Python would take it.
    if "%" in text or not text.isascii():
        raise EgressRefused("The URL's IPv6 address has a zone or a strange character.")
    try:
        return str(IPv6Address(text))
    except ValueError as error:
        raise EgressRefused("The URL's IPv6 address is not one.") from error


def normalize_host(host: str) -> str:
    """Give a host name or IPv4 address in its one normal form; raise EgressRefused for what is neither."""
    shown = shorten(host, 100)
    name = unicodedata.normalize("NFKC", host).translate(_DOTS).lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise EgressRefused(f"{shown!r} is not a host name.") from error
    name = name.removesuffix(".")
    labels = name.split(".")
    if len(name) > HOST_CHARS_MAX or not all(_LABEL.fullmatch(label) for label in labels):
        raise EgressRefused(f"{shown!r} is not a host name.")
    if _NUMERIC_LABEL.fullmatch(labels[-1]) and not isinstance(_literal(name), IPv4Address):
        raise EgressRefused(f"{shown!r} is an address in another spelling; write it as four decimal numbers.")
    return name


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def unwrap(address: Address) -> Address:
    """Give the IPv4 address inside an IPv4-mapped one (the system connects to that one), else the address itself."""
    inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if inner is None else inner


def is_public(address: Address) -> bool:
    """Say whether an address (unwrapped) is a host's of the public internet."""
    if isinstance(address, IPv6Address) and address not in _GIVEN_OUT_V6:
        return False
    return address.is_global and not address.is_multicast and not _within(address, _CLOSED)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


@dataclass(frozen=True)
class EgressPolicy:
    """What the operator allows beyond, and forbids within, the public internet.

    `allowed_hosts` has "host:port" entries (a name or address on one port: "intranet.example:8080", "127.0.0.1:8099",
    "[::1]:8099") and networks ("10.1.0.0/16", on the allowed ports). `denied` has networks that stay closed whatever
    else is said: the deployment's own public addresses belong there. Raises ValueError for an entry that is neither.
    """

    allowed_hosts: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    ports: frozenset[int] = PORTS_DEFAULT
    _doors: frozenset[tuple[str, int]] = field(init=False, repr=False, compare=False)
    _opened: tuple[Network, ...] = field(init=False, repr=False, compare=False)
    _denied: tuple[Network, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        networks = sorted(entry for entry in self.allowed_hosts if "/" in entry)
        doors = self.allowed_hosts.difference(networks)
        object.__setattr__(self, "_opened", _networks(*networks))
        object.__setattr__(self, "_doors", frozenset(_parse_door(entry) for entry in doors))
        object.__setattr__(self, "_denied", _networks(*sorted(self.denied)))

    def check(self, target: Target, ports: frozenset[int] = frozenset()) -> None:
        """Refuse what can be told without resolving the name: the port, and an address that is written out. `ports` are those of
        a service that does not speak HTTP."""
        if target.port not in self.ports | ports and (target.host, target.port) not in self._doors:
            what = f"port {target.port} is not one that may be reached"
            raise EgressRefused(f"{target.host}: {what}.", host=target.host)
        if target.address is not None:
            self.choose(target, [target.host])

    def choose(self, target: Target, addresses: Sequence[str]) -> tuple[Address, ...]:
        """Give the addresses to connect to for these that the name resolved to; refuse them all if any is bad."""
        judged = []
        for text in addresses:
            address = _literal(text)
            if address is None or not self._is_open(target, unwrap(address)):
                # Which address it was is not said: it would make this a way to read the inner network's names.
                how = "is" if target.address is not None else "resolves to"
                raise EgressRefused(
                    f"{target.host} may not be reached: it {how} a private, local, reserved or closed address. "
                    f"The operator can open it by adding {target.host}:{target.port} to the allowed hosts.",
                    host=target.host,
                )
            judged.append(unwrap(address))
        return tuple(judged)

    def _is_open(self, target: Target, address: Address) -> bool:
        if _within(address, self._denied):
            return False
        if _within(address, self._opened):
            return True
        if (target.host, target.port) in self._doors:
            return target.address is not None or not _within(address, _CLOSED_TO_NAMES)
        return is_public(address)


def _parse_door(entry: str) -> tuple[str, int]:
    """Read an operator's "host:port"."""
    try:
        host, port = _split_authority(entry)
    except EgressRefused as error:
        raise ValueError(f"Allowed host {entry!r}: {error.message}") from error
    if port is None:
        raise ValueError(f"Allowed host {entry!r} has no port: write host:port, or a network (10.1.0.0/16).")
    return host, port
