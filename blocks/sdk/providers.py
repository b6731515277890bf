"""Provider: a service as one declaration: where it is, how one signs in, what its errors mean, what it costs; it calls nobody.

    EXAMPLE = Provider(
        name="example",
        title="Example",
        base_url="https://api.example.com/v1",
        key=KeyPlace(header="X-Api-Key", scheme=""),
        error_at=("error", "message"),
        refusals={404: "Example has no such item."},
    )
    ExampleCredentials = Annotated[ApiKey, EXAMPLE.field()]

Declarations of packages are found by the entry point group `drystone.providers`; those of this library are the modules of
`blocks.providers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from blocks.sdk.credentials import ApiKey, Credential, CredentialsField, HostScoped, OAuth2, UserPassword
from schema.block import Cost


@dataclass(frozen=True)
class OAuthEndpoints:
    """Where people grant access. A deployment adds its client's id and secret."""

    authorize_url: str
    token_url: str
    revoke_url: str | None = None
    #: How the provider names itself in its answers (RFC 9207).
    issuer: str | None = None
    #: What it wants to be asked besides.
    parameters: Mapping[str, str] = field(default_factory=dict)
    #: Where the client's id and secret go in a request for tokens (RFC 6749, 2.3.1), and what stands between scopes.
    client_in: Literal["body", "header"] = "body"
    scope_separator: str = " "


@dataclass(frozen=True)
class KeyPlace:
    """Where a key or token goes in a request: a header, with a scheme in front of it; or, where a service knows nothing else, a
    parameter of the query, or the beginning of the path, behind `path_prefix`."""

    header: str = "Authorization"
    scheme: str = "Bearer"
    parameter: str | None = None
    path_prefix: str | None = None


@dataclass(frozen=True)
class Provider:
    """A service. `name` is what credentials are of."""

    name: str
    title: str
    base_url: str
    #: Further addresses, by the names of the services that are there: a path `mail:/messages` is of the service `mail`.
    services: Mapping[str, str] = field(default_factory=dict)
    #: Hosts to which its credentials may go, besides those of its addresses: `host` or `*.domain`.
    hosts: tuple[str, ...] = ()
    key: KeyPlace = field(default_factory=KeyPlace)
    oauth: OAuthEndpoints | None = None
    #: Headers that go with each request.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: The header by which a request that is sent twice is done once; None: it has none.
    idempotency_header: str | None = None
    #: Where in the JSON of a refusal its words are.
    error_at: tuple[str, ...] = ("message",)
    #: Gives its words from that JSON, where they stand at more places than one.
    words: Callable[[Any], str] | None = None
    #: What a status means, for who built the agent. `{said}` stands for the service's own words.
    refusals: Mapping[int, str] = field(default_factory=dict)
    #: What an answer of success says that is none, such as Slack's {"ok": false}; None: it is one.
    failure: Callable[[Any], str | None] | None = None
    #: Whether a refusal (its status, its JSON) is a limit, where that is not told by 429.
    is_limit: Callable[[int, Any], bool] | None = None
    #: Header of the moment, in seconds since 1970, from which on it may be called again.
    reset_header: str | None = None
    #: Where in the JSON of such a refusal the seconds stand after which it may be called again.
    wait_at: tuple[str, ...] | None = None
    #: What a run of each of its blocks costs, that says nothing else.
    costs: tuple[Cost, ...] = ()
    #: How its webhooks are signed: a scheme of `schema.webhooks`.
    webhook_scheme: str | None = None

    def field(
        self, *scopes: str, discriminator: str | None = None, mapping: Mapping[str, str] | None = None
    ) -> CredentialsField:
        """Give what marks a pin that takes this provider's credentials."""
        return CredentialsField(providers=(self.name,), scopes=scopes, discriminator=discriminator, mapping=mapping)

    @property
    def all_hosts(self) -> tuple[str, ...]:
        """Give the hosts to which its credentials may go, as credentials name them."""
        own = [urlsplit(url).netloc for url in (self.base_url, *self.services.values())]
        return tuple(dict.fromkeys([*filter(None, own), *self.hosts]))

    def sign(self, credential: Credential | None) -> tuple[dict[str, str], dict[str, str]]:
        """Give the headers and the query parameters that a credential adds to a request."""
        if isinstance(credential, UserPassword):
            return {"Authorization": credential.basic}, {}
        if isinstance(credential, HostScoped):
            return dict(credential.headers), {}
        if isinstance(credential, OAuth2):
            return {"Authorization": credential.bearer}, {}
        if not isinstance(credential, ApiKey):
            return {}, {}
        if self.key.path_prefix is not None:
            return {}, {}
        if self.key.parameter is not None:
            return {}, {self.key.parameter: credential.key}
        return {self.key.header: f"{self.key.scheme} {credential.key}".strip()}, {}

    def path_start(self, credential: Credential | None) -> str:
        """Give what a credential adds to an address in front of its path; most add nothing."""
        if self.key.path_prefix is None or not isinstance(credential, ApiKey):
            return ""
        return f"/{self.key.path_prefix}{quote(credential.key, safe=':')}"
