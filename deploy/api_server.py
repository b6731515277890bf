"""The API process: it checks its settings, builds the application and serves it until SIGTERM."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import structlog
import uvicorn

from api.app import make_app
from api.config import ApiConfig, OpenId
from api.services import Services
from blocks.registry import discover
from deploy.build import http, object_store
from deploy.owner import EMAIL
from deploy.settings import Settings
from schema.access import Principal, Role
from schema.db.engine import make_engine
from schema.db.people import People
from schema.errors import DrystoneError
from schema.ids import LOCAL_TENANT

log = structlog.get_logger()

#: Bytes of one message on a socket.
SOCKET_MESSAGE_BYTES_MAX = 64 * 1024
#: Seconds that open requests have to end after SIGTERM.
DRAIN_SECONDS = 10
_PASSWORDS_KNOWN = frozenset({"", "postgres", "password", "drystone", "admin", "changeme", "secret"})


class UnsafeSettings(DrystoneError):
    """The settings are not safe to serve with."""

    code = "UNSAFE_SETTINGS"
    fault = "theirs"


def config_of(settings: Settings) -> ApiConfig:
    """Give the API's settings."""
    open_id = None
    if settings.openid_issuer and settings.openid_jwks_url:
        algorithms = tuple(_listed(settings.openid_algorithms))
        open_id = OpenId(settings.openid_issuer, settings.openid_audience, settings.openid_jwks_url, algorithms)
    return ApiConfig(
        is_production=settings.mode == "production",
        has_authentication=settings.has_authentication,
        open_id=open_id,
        public_url=settings.public_url or f"http://{settings.api_host}:{settings.api_port}",
        temporal_ui_url=settings.temporal_ui_url,
        temporal_namespace=settings.temporal_namespace,
        temporal_address=settings.temporal_address,
        allowed_origins=tuple(_listed(settings.allowed_origins)),
        allowed_hosts=tuple(_listed(settings.allowed_hosts)) or ("*",),
        upload_bytes_max=settings.upload_bytes_max,
        requests_per_minute=settings.requests_per_minute,
        sign_ins_per_minute=settings.sign_ins_per_minute,
        clamd_address=settings.clamd_address,
        accepts_unscanned=settings.accepts_unscanned,
    )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def unsafe(settings: Settings) -> list[str]:
    """Name what must not be served with: every problem at once."""
    problems = []
    if not settings.has_authentication and not is_loopback(settings.api_host):
        problems.append(
            "Without authentication only loopback is served: set DRYSTONE_API_HOST=127.0.0.1, or switch it on."
        )
    if settings.mode != "production":
        return problems
    if not settings.has_authentication:
        problems.append("DRYSTONE_HAS_AUTHENTICATION must be true in production.")
    url = urlsplit(settings.database_url or "")
    if not is_loopback(url.hostname or "") and (url.password or "") in _PASSWORDS_KNOWN:
        problems.append("DRYSTONE_DATABASE_URL has no password, or a well-known one.")
    if "*" in _listed(settings.allowed_hosts):
        problems.append("DRYSTONE_ALLOWED_HOSTS must name the hosts under which the API answers.")
    if "*" in _listed(settings.allowed_origins):
        problems.append("DRYSTONE_ALLOWED_ORIGINS must name the origins, not `*`.")
    if settings.public_url is None or urlsplit(settings.public_url).scheme != "https":
        problems.append("DRYSTONE_PUBLIC_URL must be the https address of the API.")
    if settings.openid_issuer and urlsplit(settings.openid_jwks_url or "").scheme != "https":
        problems.append("DRYSTONE_OPENID_JWKS_URL must be https.")
    if {"none", "HS256"} & set(_listed(settings.openid_algorithms)):
        problems.append("DRYSTONE_OPENID_ALGORITHMS may name public-key algorithms only.")
    return problems


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "")


def services_of(settings: Settings) -> Services:
    """Build what the process works with."""
    assert settings.database_url is not None
    return Services(
        config=config_of(settings),
        engine=make_engine(
            settings.database_url, pool_size=settings.database_pool_size, application_name="drystone api"
        ),
        objects=object_store(settings),
        registry=discover(settings.block_modules),
        http=http(settings),
    )


async def run_api(settings: Settings) -> None:
    """Serve until SIGTERM."""
    problems = unsafe(settings)
    if problems:
        raise UnsafeSettings(" ".join(problems))
    services = services_of(settings)
    everyone = None if settings.has_authentication else await first_owner(services.people)
    server = uvicorn.Server(
        uvicorn.Config(
            make_app(services, everyone),
            host=settings.api_host,
            port=settings.api_port,
            log_config=None,
            access_log=False,
            server_header=False,
            ws_max_size=SOCKET_MESSAGE_BYTES_MAX,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            limit_concurrency=1_000,
        )
    )
    log.info("api started", host=settings.api_host, port=settings.api_port)
    await server.serve()
    await services.engine.dispose()


async def first_owner(people: People) -> Principal:
    """Give the local owner, who everyone is without authentication."""
    owner = await people.person_by_email(EMAIL)
    if owner is None:
        raise UnsafeSettings("There is no local owner: without authentication only the embedded stack is served.")
    return Principal(owner, LOCAL_TENANT, Role.OWNER, EMAIL, "Owner", is_platform_admin=True)
