"""What an API process is told by its deployment: modes, limits, addresses; read from nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from blocks.oauth import OAuthProvider


@dataclass(frozen=True)
class OpenId:
    """An OpenID provider whose access tokens are accepted."""

    issuer: str
    audience: str
    jwks_url: str
    algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA")


@dataclass(frozen=True)
class ApiConfig:
    """Settings of the API. Limits have their unit in their name."""

    #: Production hides the schema and the IDE, and refuses to start with weak secrets.
    is_production: bool = False
    #: Without authentication everyone is the first owner: only for loopback.
    has_authentication: bool = True
    open_id: OpenId | None = None
    #: Where this API is reached from outside, for links and redirects.
    public_url: str = "http://127.0.0.1:8080"
    temporal_ui_url: str | None = None
    temporal_namespace: str = "default"
    temporal_address: str | None = None
    #: Origins that browsers may call from, beside the API's own.
    allowed_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ("*",)

    #: A graph has up to 2 MB (`graph_bytes_max`), and its draft is saved whole.
    body_bytes_max: int = 3 * 1024 * 1024
    #: Of whoever shows no credential: they sign in, or accept an invitation.
    body_bytes_max_unknown: int = 256 * 1024
    body_depth_max: int = 64
    query_tokens_max: int = 2_000
    query_depth_max: int = 12
    query_aliases_max: int = 30
    query_cost_max: int = 1_000
    operation_seconds_max: float = 10.0
    upload_bytes_max: int = 100 * 1024 * 1024

    #: Requests a minute: of one caller, of one address before it is known who calls, and tries to sign in.
    requests_per_minute: int = 600
    requests_per_minute_unknown: int = 120
    sign_ins_per_minute: int = 10
    #: Deliveries of one webhook a minute, repeats included: most senders give up on one that is refused.
    deliveries_per_minute: int = 600
    #: Lists of MCP servers' tools that one person asks for a minute: each opens a connection from here.
    tool_lists_per_minute: int = 30
    #: Calls of the Codec Server that one person makes a minute; Temporal's UI makes several for each page.
    codec_calls_per_minute: int = 600
    #: Bytes of one of them: Temporal itself takes 4 MB, and JSON has a third more.
    codec_bytes_max: int = 8 * 1024 * 1024
    #: Where GitHub's REST API is, for registering webhooks; another one for an installation of one's own.
    github_api_url: str = "https://api.github.com"

    session_seconds: float = 14 * 24 * 3600.0
    invitation_seconds: float = 7 * 24 * 3600.0
    subscriptions_per_socket: int = 50
    sockets_per_caller: int = 20
    #: How often an open socket's caller is looked up again.
    recheck_seconds: float = 4.0
    #: How long executing a step of the Agent Protocol waits for its run's end before it answers.
    protocol_wait_seconds: float = 25.0
    #: How long a call of an agent over MCP waits for its run's end: below the minute that clients commonly wait.
    mcp_wait_seconds: float = 45.0
    #: clamd's address, host:port; absent: uploads are not scanned, and say so.
    clamd_address: str | None = None
    #: Accept files that could not be scanned although a scanner is configured; they stay marked.
    accepts_unscanned: bool = False
    #: The demo answers where a node refers to no credential for a language model.
    has_llm_demo: bool = False
    oauth_providers: Mapping[str, OAuthProvider] = field(default_factory=dict)
