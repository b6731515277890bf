"""The API process: it checks its settings, builds the application and serves it until SIGTERM."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn
import uvloop
from sqlalchemy.exc import DBAPIError

from api.app import make_app
from api.config import ApiConfig, OpenId
from api.instruments import Instruments
from api.services import Services
from api.temporal import Temporal
from deploy.build import logged, object_store
from deploy.codec import codec_problems, ring_of
from deploy.connecting import client_of
from deploy.egress import http
from deploy.ending import leave, status_of
from deploy.installed import installed
from deploy.ops import ops_server
from deploy.owner import EMAIL
from deploy.presence import present
from deploy.safety import listed, unsafe
from deploy.sealing import key_problems, key_provider, oauth_providers
from deploy.settings import Settings
from deploy.telemetry import Telemetry, lost_lines
from deploy.telemetry_logs import configure_logs, log_end
from deploy.telemetry_sdk import begin_sdk
from deploy.telemetry_sink import LogSink
from schema.access import Principal, Role
from schema.db.engine import make_engine
from schema.db.people import People
from schema.db.vault import Vault
from schema.errors import DrystoneError
from schema.ids import LOCAL_TENANT

log = structlog.get_logger()

#: Seconds that a request waits for a connection to PostgreSQL: behind that it is told to come again, while others are served.
POOL_WAIT_SECONDS = 5.0
#: Bytes of one message on a socket.
SOCKET_MESSAGE_BYTES_MAX = 64 * 1024
#: Seconds that open requests have to end after SIGTERM.
DRAIN_SECONDS = 10
#: Host names of an API that needs no token: a page elsewhere must not reach it under a name that leads here (DNS rebinding).
_LOOPBACK_HOSTS = ("127.0.0.1", "localhost")


class UnsafeSettings(DrystoneError):
    """The settings are not safe to serve with."""

    code = "UNSAFE_SETTINGS"
    fault = "theirs"


def config_of(settings: Settings) -> ApiConfig:
    """Give the API's settings."""
    open_id = None
    if settings.openid_issuer and settings.openid_jwks_url:
        algorithms = tuple(listed(settings.openid_algorithms))
        open_id = OpenId(settings.openid_issuer, settings.openid_audience, settings.openid_jwks_url, algorithms)
    return ApiConfig(
        is_production=settings.mode == "production",
        has_authentication=settings.has_authentication,
        open_id=open_id,
        public_url=settings.public_url or f"http://{settings.api_host}:{settings.api_port}",
        temporal_ui_url=settings.temporal_ui_url,
        temporal_namespace=settings.temporal_namespace,
        temporal_address=settings.temporal_address,
        allowed_origins=tuple(listed(settings.allowed_origins)),
        allowed_hosts=_allowed_hosts(settings),
        upload_bytes_max=settings.upload_bytes_max,
        requests_per_minute=settings.requests_per_minute,
        sign_ins_per_minute=settings.sign_ins_per_minute,
        deliveries_per_minute=settings.deliveries_per_minute,
        github_api_url=settings.github_api_url,
        clamd_address=settings.clamd_address,
        accepts_unscanned=settings.accepts_unscanned,
        has_llm_demo=settings.has_llm_demo,
        oauth_providers=oauth_providers(settings),
    )


def _allowed_hosts(settings: Settings) -> tuple[str, ...]:
    named = tuple(listed(settings.allowed_hosts)) or ("*",)
    return _LOOPBACK_HOSTS if not settings.has_authentication and "*" in named else named


def services_of(settings: Settings, telemetry: Telemetry | None = None) -> Services:
    """Build what the process works with."""
    assert settings.database_url is not None
    telemetry = telemetry or Telemetry()
    return Services(
        config=config_of(settings),
        engine=make_engine(
            settings.database_url,
            pool_size=settings.database_pool_size,
            application_name="drystone api",
            pool_wait_seconds=POOL_WAIT_SECONDS,
        ),
        objects=object_store(settings),
        registry=logged(installed(settings)),
        http=http(settings, telemetry.watch),
        vault=Vault(key_provider(settings)),
        temporal=Temporal(lambda: client_of(settings, is_lazy=True)),
        sealing=ring_of(settings),
        instruments=Instruments.on(telemetry.registry),
        tracer=telemetry.tracer,
    )


class _Server(uvicorn.Server):
    """A server that a signal ends, and nothing but it: uvicorn would then raise the signal again, which ends the process at once,
    with what it still had to say and to send."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.handle_exit, number, None)
        yield


async def run_api(settings: Settings, sink: LogSink | None = None) -> None:
    """Serve until SIGTERM. `sink` is where log lines go."""
    # The embedded stack's own key file is made when it is missing; in production that is a mistake.
    problems = unsafe(settings) or [
        *(key_problems(settings) if settings.mode == "production" else []),
        *codec_problems(settings),
    ]
    if problems:
        raise UnsafeSettings("The API does not start with these settings:\n- " + "\n- ".join(problems))
    telemetry = Telemetry.of(settings, "drystone-api", begin_sdk(has_metrics=settings.ops_address is not None))
    services = services_of(settings, telemetry)
    everyone = None if settings.has_authentication else await first_owner(services.people)
    # Beside the start, not within the first request that lists them.
    warming = asyncio.create_task(asyncio.to_thread(list, services.registry.specs.values()))
    server = _Server(
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
    async with (
        ops_server(settings, _ready, telemetry),
        telemetry.watching(settings, services.engine, lost_lines(sink)),
        present(services.engine, ["api"]),
    ):
        await server.serve()
    await warming
    await services.engine.dispose()


async def _ready() -> list[str]:
    """The API says itself, at its own address, what it can serve; here it only lives."""
    return []


async def first_owner(people: People) -> Principal:
    """Give the local owner, who everyone is without authentication."""
    owner = await people.person_by_email(EMAIL)
    if owner is None:
        raise UnsafeSettings("There is no local owner: without authentication only the embedded stack is served.")
    return Principal(owner, LOCAL_TENANT, Role.OWNER, EMAIL, "Owner", is_platform_admin=True)


def main() -> None:
    """Serve until SIGTERM, as a program: `python -m deploy.api_server`."""
    settings = Settings()
    sink = configure_logs(settings)
    uvloop.run(run_api(settings, sink))


if __name__ == "__main__":
    leave(status_of(main, (OSError, DBAPIError), log_end))
