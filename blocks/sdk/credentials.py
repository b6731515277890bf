"""Credentials as a block is given them: typed, opened just before it runs, hidden when shown; they are stored nowhere here.

    class Input(BlockInput):
        credentials: Annotated[ApiKey | OAuth2, CredentialsField(providers=("github",), scopes=("repo",))] = pin(
            description="Access to GitHub."
        )

The graph, the run and its record hold a reference only. Where the annotation allows None and the pin has a default, the block
also runs without.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from blocks.sdk.addresses import SCHEME_PORTS, Target, parse_url
from schema.credentials import CredentialType, Reference, reference_schema
from schema.errors import CredentialUnusable, EgressRefused, InvalidValue

_TYPES: Final = "credentials_types"


@dataclass(frozen=True)
class Credential:
    """A credential that is open. What is shown of it, and what it is written as, is its reference."""

    type: ClassVar[CredentialType]

    reference: Reference
    #: Hosts that it may be sent to, as `normal_host` gives them; empty: those that the block itself names.
    hosts: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Give the texts that nobody may see."""
        raise NotImplementedError

    def may_go_to(self, url: str) -> bool:
        """Say whether it may be sent there: the URL's host is one of its own."""
        target = parse_url(url)
        return any(is_host_of(target, host) for host in self.hosts)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.is_instance_schema(
            cls,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda credential: credential.reference.to_wire()
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "object", _TYPES: [cls.type.value]}


@dataclass(frozen=True)
class ApiKey(Credential):
    """A key of a service."""

    type = CredentialType.API_KEY
    key: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.key,)

    @property
    def bearer(self) -> str:
        """Give the Authorization header; RFC 6750."""
        return f"Bearer {self.key}"


@dataclass(frozen=True)
class UserPassword(Credential):
    """A user's name and password."""

    type = CredentialType.USER_PASSWORD
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.password,)

    @property
    def basic(self) -> str:
        """Give the Authorization header; RFC 7617."""
        return f"Basic {base64.b64encode(f'{self.username}:{self.password}'.encode()).decode()}"


@dataclass(frozen=True)
class HostScoped(Credential):
    """Headers that go to some hosts and to no others."""

    type = CredentialType.HOST_SCOPED
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(self.headers.values())

    def headers_for(self, url: str) -> dict[str, str]:
        """Give the headers for a request; raise CredentialUnusable where its host is not one of the credential's."""
        if not self.may_go_to(url):
            title, own = self.reference.title or self.reference.id, ", ".join(self.hosts) or "none"
            raise CredentialUnusable(
                f"The credential {title!r} is for other hosts ({own}) than {parse_url(url).authority}."
            )
        return dict(self.headers)


@dataclass(frozen=True)
class OAuth2(Credential):
    """Access that a person granted at a provider. It was renewed before it was given, where its end was near."""

    type = CredentialType.OAUTH2
    access_token: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.access_token,)

    @property
    def bearer(self) -> str:
        return f"Bearer {self.access_token}"


def open_credential(
    reference: Reference,
    secret: Mapping[str, Any],
    *,
    hosts: Iterable[str] = (),
    scopes: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> Credential:
    """Give the typed credential of a secret as the store keeps it."""
    own = tuple(hosts)
    match CredentialType(reference.type):
        case CredentialType.API_KEY:
            return ApiKey(reference, own, key=secret["key"])
        case CredentialType.USER_PASSWORD:
            return UserPassword(reference, own, username=secret["username"], password=secret["password"])
        case CredentialType.HOST_SCOPED:
            return HostScoped(reference, own, headers=dict(secret["headers"]))
        case CredentialType.OAUTH2:
            return OAuth2(
                reference, own, access_token=secret["access_token"], scopes=tuple(scopes), expires_at=expires_at
            )


@dataclass(frozen=True)
class CredentialsField:
    """Marks an annotation as a pin that takes a credential, and says of which providers and with which scopes.

    `discriminator` names the pin whose value says what the credential is for; with `mapping`, which provider it is of.
    """

    providers: tuple[str, ...]
    scopes: tuple[str, ...] = ()
    discriminator: str | None = None
    mapping: Mapping[str, str] | None = None
    #: The provider `demo` may stand in.
    has_demo: bool = False
    #: The pin whose file names the credential where this pin has none.
    named_by: str | None = None

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        found = handler(schema)
        types = [kind for one in (found, *found.get("anyOf", ())) for kind in one.get(_TYPES, ())]
        return reference_schema(
            self.providers,
            types,
            scopes=self.scopes,
            discriminator=self.discriminator,
            mapping=self.mapping,
            has_demo=self.has_demo,
            named_by=self.named_by,
        )


def normal_host(entry: str) -> str:
    """Give a host to which a credential may go in its one form: `host`, `host:port` or `*.domain`; raise InvalidValue.

    Without a port it means https; what is sent in clear needs one.
    """
    text = entry.strip().lower()
    is_any = text.startswith("*.")
    try:
        target = parse_url(f"https://{text.removeprefix('*.')}")
        if not set("/?#@").isdisjoint(text) or (is_any and target.address is not None):
            raise InvalidValue
    except (EgressRefused, InvalidValue) as error:
        raise InvalidValue(f"{entry[:100]!r} is no host: write `host`, `host:port` or `*.domain`.") from error
    if is_any and "." not in target.host:
        raise InvalidValue(f"{entry[:100]!r} would be every host of a top-level domain.")
    return f"*.{target.authority}" if is_any else target.authority


def is_host_of(target: Target, host: str) -> bool:
    """Say whether an entry that `normal_host` gave means a URL's host and port."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdecimal():
        name, port = host, str(SCHEME_PORTS["https"])
    if str(target.port) != port:
        return False
    name = name.strip("[]")
    return target.host.endswith(name[1:]) if name.startswith("*.") else target.host == name
