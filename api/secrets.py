"""Secrets as people enter them: checked, and brought into the form in which they are sealed; no message has any of one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from api.errors import BadUserInput
from blocks.sdk.credentials import normal_host
from blocks.sdk.egress import stays_at_origin
from schema.credentials import CredentialType
from schema.db.credentials import Secret
from schema.errors import InvalidValue
from schema.limits import LIMITS

TITLE_CHARACTERS_MAX: Final = 200
#: A secret of fewer characters shows none of them.
SHOWN_FROM_CHARACTERS: Final = 12
_SHOWN: Final = 4
_PROVIDER: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Given:
    """What somebody entered. `headers` are pairs still, for a name may stand twice."""

    type: CredentialType
    values: Mapping[str, Any] = field(repr=False)
    #: The text whose end is shown.
    last: str | None = field(default=None, repr=False)
    hosts: Sequence[str] = ()


def check_title(given: str) -> str:
    title = " ".join(given.split())
    if not 1 <= len(title) <= TITLE_CHARACTERS_MAX or _CONTROL.search(title):
        raise BadUserInput(f"A title has 1 to {TITLE_CHARACTERS_MAX} characters.", where="title")
    return title


def check_provider(given: str) -> str:
    name = given.strip().lower()
    if not _PROVIDER.fullmatch(name):
        raise BadUserInput("A provider's name has small letters, digits, `_`, `-` and `.`.", where="provider")
    return name


def check_scopes(given: Sequence[str]) -> list[str]:
    scopes = list(dict.fromkeys(scope.strip() for scope in given))
    # RFC 6749, 3.3: no space, quotation mark or backslash in one.
    if len(scopes) > LIMITS.credential_scopes_max or not all(
        re.fullmatch(r"[!#-\[\]-~]{1,300}", one) for one in scopes
    ):
        raise BadUserInput(f"Scopes are at most {LIMITS.credential_scopes_max} words.", where="scopes")
    return scopes


def sealed_form(given: Given) -> Secret:
    """Give what is sealed, and what of it may be shown. Raises BadUserInput."""
    values = dict(given.values)
    if given.type is CredentialType.HOST_SCOPED:
        values["headers"] = _headers(given.values["headers"])
    texts = [*values.values()] if given.type is not CredentialType.HOST_SCOPED else [*values["headers"].values()]
    if any(not text or _CONTROL.search(text) for text in texts):
        raise BadUserInput("A secret is not empty, and has no line break or other control character.", where="secret")
    if len(orjson.dumps(values)) > LIMITS.secret_bytes_max:
        raise BadUserInput(f"A secret has at most {LIMITS.secret_bytes_max} bytes.", where="secret")
    return Secret(values, last4=last_of(given.last), hosts=_hosts(given))


def last_of(secret: str | None) -> str | None:
    """Give the end of a secret, where the rest of it is long enough to be one still."""
    return secret[-_SHOWN:] if secret is not None and len(secret) >= SHOWN_FROM_CHARACTERS else None


def _headers(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    names = {name.lower() for name, _ in pairs}
    if not 1 <= len(pairs) <= LIMITS.credential_headers_max or len(names) < len(pairs):
        raise BadUserInput(
            f"Give 1 to {LIMITS.credential_headers_max} headers, each name once.", where="secret.hostScoped.headers"
        )
    for name, _ in pairs:
        if not stays_at_origin(name):
            text = f"{name[:50]!r} is no header for a secret: it is ours to set, or goes along to other hosts."
            raise BadUserInput(text, where="secret.hostScoped.headers")
    return dict(pairs)


def _hosts(given: Given) -> list[str]:
    is_scoped = given.type is CredentialType.HOST_SCOPED
    where = f"secret.{'hostScoped' if is_scoped else 'apiKey'}.hosts"
    least = 1 if is_scoped else 0
    if not least <= len(given.hosts) <= LIMITS.credential_hosts_max:
        raise BadUserInput(f"Give {least} to {LIMITS.credential_hosts_max} hosts.", where=where)
    try:
        return list(dict.fromkeys(normal_host(host) for host in given.hosts))
    except InvalidValue as error:
        raise BadUserInput(error.message, where=where) from error
