"""What an API must not be served with: every problem of its settings at once, each with what to do; it changes nothing."""

from __future__ import annotations

import ipaddress
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from deploy.settings import Settings

PASSWORD_CHARACTERS_MIN: Final = 12
_PASSWORDS_KNOWN: Final = frozenset(
    {"postgres", "password", "drystone", "admin", "changeme", "change-me", "secret", "temporal", "root", "test"}
)
#: What PostgreSQL's driver may be told of TLS, where it then never speaks in clear.
_DATABASE_TLS: Final = frozenset({"require", "verify-ca", "verify-full"})
#: Others may not read a file of secrets, nor a group write it. A group may read it: that is how Kubernetes gives secrets.
_MODE_REFUSED: Final = stat.S_IRWXO | stat.S_IWGRP


def unsafe(settings: Settings) -> list[str]:
    """Name what must not be served with; nothing where all is well."""
    problems = []
    if not settings.has_authentication and not is_loopback(settings.api_host):
        problems.append(
            "Without authentication only loopback is served: set DRYSTONE_API_HOST=127.0.0.1, or switch it on."
        )
    if settings.mode != "production":
        return problems
    for part in (_of_callers, _of_addresses, _of_database, _of_temporal, _of_files):
        problems += part(settings)
    return problems


def is_loopback(host: str) -> bool:
    """Say whether an address is this machine's own; no address at all is none, for a server then listens on all."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def listed(text: str) -> list[str]:
    """Give the parts of a setting that has several, by commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _of_callers(settings: Settings) -> Iterator[str]:
    if not settings.has_authentication:
        yield "DRYSTONE_HAS_AUTHENTICATION must be true in production."
    if settings.openid_issuer and urlsplit(settings.openid_issuer).scheme != "https":
        yield "DRYSTONE_OPENID_ISSUER must be https."
    if settings.openid_issuer and urlsplit(settings.openid_jwks_url or "").scheme != "https":
        yield "DRYSTONE_OPENID_JWKS_URL must be https."
    if any(name == "none" or name.startswith("HS") for name in listed(settings.openid_algorithms)):
        yield "DRYSTONE_OPENID_ALGORITHMS may name public-key algorithms only."
    if settings.llm_demo:
        yield "DRYSTONE_LLM_DEMO must be false in production: made-up answers would pass for a model's."
    if settings.log_level.upper() == "DEBUG":
        yield "DRYSTONE_LOG_LEVEL must not be DEBUG in production: what people send would be logged."


def _of_addresses(settings: Settings) -> Iterator[str]:
    if "*" in (listed(settings.allowed_hosts) or ["*"]):
        yield "DRYSTONE_ALLOWED_HOSTS must name the hosts under which the API answers."
    if "*" in listed(settings.allowed_origins):
        yield "DRYSTONE_ALLOWED_ORIGINS must name the origins, not `*`."
    if settings.public_url is None or urlsplit(settings.public_url).scheme != "https":
        yield "DRYSTONE_PUBLIC_URL must be the https address of the API."
    if any(_is_everything(entry) for entry in listed(settings.egress_allow)):
        yield "DRYSTONE_EGRESS_ALLOW must not open every private address to blocks."


def _is_everything(entry: str) -> bool:
    try:
        return ipaddress.ip_network(entry, strict=False).prefixlen == 0
    except ValueError:
        return False


def _of_database(settings: Settings) -> Iterator[str]:
    try:
        url = make_url(settings.database_url or "")
    except ArgumentError:
        yield "DRYSTONE_DATABASE_URL must be the address of PostgreSQL, as postgresql+asyncpg://..."
        return
    hosts = [url.host or "", *_texts(url.query.get("host"))]
    # A folder is a socket's; no host at all is the driver's own default, a socket or localhost.
    if all(not host or host.startswith("/") or is_loopback(host) for host in hosts):
        return
    password = str(url.password or "")
    if not password or password.lower() in _PASSWORDS_KNOWN or password == url.username:
        yield "DRYSTONE_DATABASE_URL has no password, or a well-known one."
    elif len(password) < PASSWORD_CHARACTERS_MIN:
        yield f"DRYSTONE_DATABASE_URL's password must have at least {PASSWORD_CHARACTERS_MIN} characters."
    if not _DATABASE_TLS & set(_texts(url.query.get("ssl"))):
        yield "DRYSTONE_DATABASE_URL must end with ?ssl=verify-full (or verify-ca, require): its host is not this machine."


def _texts(given: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else given


def _of_temporal(settings: Settings) -> Iterator[str]:
    host = urlsplit(f"//{settings.temporal_address or '127.0.0.1'}").hostname or ""
    if not settings.temporal_tls and not is_loopback(host):
        yield "DRYSTONE_TEMPORAL_TLS must be true: Temporal's address is not this machine."


def _of_files(settings: Settings) -> Iterator[str]:
    if settings.key_file is None and settings.keys is None:
        yield "DRYSTONE_KEY_FILE must name the file of the keys that seal credentials, or DRYSTONE_KEYS give them."
    files = (
        ("DRYSTONE_KEY_FILE", settings.key_file),
        ("DRYSTONE_CODEC_KEY_FILE", settings.codec_key_file),
        ("DRYSTONE_OAUTH_FILE", settings.oauth_file),
        ("DRYSTONE_TEMPORAL_KEY_FILE", settings.temporal_key_file),
    )
    for name, path in files:
        if path is not None:
            yield from _of_file(name, path)


def _of_file(name: str, path: Path) -> Iterator[str]:
    try:
        found = path.stat()
    except OSError as error:
        yield f"{name} names {path}, which cannot be read: {error.strerror}."
        return
    if found.st_size == 0:
        yield f"{name} names {path}, which is empty."
    if found.st_mode & _MODE_REFUSED:
        yield f"{name} names {path}, which others may read: chmod 600 {path}."
