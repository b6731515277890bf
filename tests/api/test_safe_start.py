"""Safe start: an API with settings that are not safe does not serve, and says everything that is wrong at once."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.owner import ensure_owner
from deploy.safety import is_loopback, unsafe
from deploy.settings import Settings
from deploy.stack import ports
from schema.db.key_file import make_key_file
from tests.api.api_command import process, serving, variables_of
from tests.api.serving import Api
from tests.containers.chosen import servers

SAFE: dict[str, Any] = {
    "mode": "production",
    "api_host": "0.0.0.0",
    "database_url": "postgresql+asyncpg://drystone:a-long-and-random-one@db.internal/drystone?ssl=verify-full",
    "temporal_address": "temporal.internal:7233",
    "temporal_tls": True,
    "allowed_hosts": "api.example.com",
    "allowed_origins": "https://app.example.com",
    "public_url": "https://api.example.com",
    "openid_issuer": "https://id.example.com",
    "openid_jwks_url": "https://id.example.com/keys",
}
DATABASE = "postgresql+asyncpg://{}@db.internal/drystone?ssl=verify-full"
VIEWER = {"query": "{ viewer { email role } }"}


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    make_key_file(path)
    return path


def problems(key_file: Path, /, **changes: Any) -> list[str]:
    return unsafe(Settings(**{**SAFE, "key_file": key_file, **changes}))


def test_safe_settings_are_safe(key_file: Path) -> None:
    assert problems(key_file) == []
    assert unsafe(Settings()) == []
    assert unsafe(Settings(has_authentication=False)) == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"has_authentication": False}, "DRYSTONE_HAS_AUTHENTICATION"),
        ({"has_authentication": False, "api_host": "127.0.0.1"}, "DRYSTONE_HAS_AUTHENTICATION"),
        ({"database_url": DATABASE.format("drystone")}, "no password"),
        ({"database_url": DATABASE.format("drystone:")}, "no password"),
        ({"database_url": DATABASE.format("drystone:postgres")}, "well-known"),
        ({"database_url": DATABASE.format("drystone:Changeme")}, "well-known"),
        ({"database_url": DATABASE.format("a-long-user-name:a-long-user-name")}, "well-known"),
        ({"database_url": DATABASE.format("drystone:short")}, "at least 12 characters"),
        ({"database_url": "postgresql+asyncpg://u@/drystone?host=db.internal&ssl=require"}, "no password"),
        ({"database_url": "postgresql+asyncpg://u:a-long-and-random-one@db.internal/drystone"}, "ssl=verify-full"),
        ({"database_url": "postgresql+asyncpg://u:a-long-and-random-one@db/drystone?ssl=prefer"}, "ssl=verify-full"),
        ({"database_url": "nonsense"}, "DRYSTONE_DATABASE_URL"),
        ({"temporal_tls": False}, "DRYSTONE_TEMPORAL_TLS"),
        ({"allowed_hosts": "*"}, "DRYSTONE_ALLOWED_HOSTS"),
        ({"allowed_hosts": ""}, "DRYSTONE_ALLOWED_HOSTS"),
        ({"allowed_origins": "https://a.example, *"}, "DRYSTONE_ALLOWED_ORIGINS"),
        ({"public_url": None}, "DRYSTONE_PUBLIC_URL"),
        ({"public_url": "http://api.example.com"}, "DRYSTONE_PUBLIC_URL"),
        ({"openid_issuer": "http://id.example.com"}, "DRYSTONE_OPENID_ISSUER"),
        ({"openid_jwks_url": "http://id.example.com/keys"}, "DRYSTONE_OPENID_JWKS_URL"),
        ({"openid_jwks_url": None}, "DRYSTONE_OPENID_JWKS_URL"),
        ({"openid_algorithms": "RS256,none"}, "DRYSTONE_OPENID_ALGORITHMS"),
        ({"openid_algorithms": "HS512"}, "DRYSTONE_OPENID_ALGORITHMS"),
        ({"egress_allow": "10.1.2.3:80, 0.0.0.0/0"}, "DRYSTONE_EGRESS_ALLOW"),
        ({"egress_allow": "::/0"}, "DRYSTONE_EGRESS_ALLOW"),
        ({"log_level": "debug"}, "DRYSTONE_LOG_LEVEL"),
        ({"llm_demo": True}, "DRYSTONE_LLM_DEMO"),
        ({"key_file": None}, "DRYSTONE_KEY_FILE"),
        ({"key_file": Path("/nowhere/keys.json")}, "cannot be read"),
        ({"oauth_file": Path("/nowhere/oauth.json")}, "DRYSTONE_OAUTH_FILE"),
    ],
)
def test_each_unsafe_setting_is_named(key_file: Path, changes: dict[str, Any], named: str) -> None:
    found = problems(key_file, **changes)
    assert any(named in problem for problem in found), found
    # The control: nothing else of the safe settings is named beside it.
    assert len(found) <= (2 if "has_authentication" in changes else 1), found


@pytest.mark.parametrize(("mode", "is_refused"), [(0o600, False), (0o440, False), (0o644, True), (0o660, True)])
def test_a_key_file_that_others_may_read_is_refused(key_file: Path, mode: int, is_refused: bool) -> None:
    key_file.chmod(mode)
    assert any("chmod 600" in problem for problem in problems(key_file)) is is_refused


def test_an_empty_key_file_is_refused(key_file: Path) -> None:
    key_file.write_text("")
    assert any("empty" in problem for problem in problems(key_file))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://drystone@127.0.0.1:5432/drystone",
        "postgresql+asyncpg://drystone@[::1]/drystone",
        "postgresql+asyncpg://drystone@localhost/drystone",
        "postgresql+asyncpg://drystone@/drystone?host=/run/postgresql",
    ],
)
def test_a_database_on_this_machine_needs_neither_password_nor_tls(key_file: Path, url: str) -> None:
    assert problems(key_file, database_url=url) == []


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = unsafe(Settings(mode="production", api_host="0.0.0.0", has_authentication=False, log_level="DEBUG"))
    assert len(found) >= 5


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.1", "api.example.com", "localhost.example.com"])
def test_without_authentication_nothing_but_loopback_is_served(host: str) -> None:
    assert not is_loopback(host)
    (problem,) = unsafe(Settings(has_authentication=False, api_host=host))
    assert "Without authentication only loopback is served" in problem


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_loopback_is_served_without_authentication(host: str) -> None:
    assert unsafe(Settings(has_authentication=False, api_host=host)) == []


# Real processes


async def test_a_process_with_unsafe_settings_ends_with_status_2_and_every_reason() -> None:
    async with process(
        mode="production",
        api_host="0.0.0.0",
        has_authentication="false",
        database_url="postgresql+asyncpg://drystone:postgres@db.internal/drystone",
        temporal_address="temporal.internal:7233",
    ) as started:
        _, said = await asyncio.wait_for(started.communicate(), 60)
    assert started.returncode == 2
    for name in (
        "Without authentication only loopback is served", "DRYSTONE_HAS_AUTHENTICATION", "well-known",
        "ssl=verify-full", "DRYSTONE_TEMPORAL_TLS", "DRYSTONE_ALLOWED_HOSTS", "DRYSTONE_PUBLIC_URL", "DRYSTONE_KEY_FILE",
    ):  # fmt: skip
        assert name in said.decode(), name
    assert "Traceback" not in said.decode()


async def test_a_process_with_safe_settings_serves_and_hides_its_schema(api: Api, key_file: Path) -> None:
    if servers() is not None:
        pytest.skip("a container's servers are not on loopback and have no TLS, which is not safe")
    port = ports.choose()
    async with process(
        mode="production",
        **variables_of(api.platform, port),
        allowed_hosts="127.0.0.1",
        public_url="https://api.example.com",
        key_file=str(key_file),
    ) as started:
        url = f"http://127.0.0.1:{port}"
        await serving(started, url)
        async with httpx2.AsyncClient() as client:
            assert (await client.get(f"{url}/openapi.json")).status_code == 404
            shown = await client.post(f"{url}/graphql", json={"query": "{ __schema { types { name } } }"})
            assert shown.json()["errors"]
            refused = await client.post(f"{url}/graphql", json=VIEWER)
            assert refused.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
            elsewhere = await client.get(f"{url}/healthz", headers={"Host": "evil.example"})
            assert elsewhere.status_code == 400


async def test_a_process_without_authentication_serves_its_owner_on_loopback_only(api: Api) -> None:
    await ensure_owner(api.services.engine, api.platform.settings.data_dir)
    port = ports.choose()
    async with process(
        has_authentication="false",
        **variables_of(api.platform, port),
    ) as started:
        url = f"http://127.0.0.1:{port}"
        await serving(started, url)
        async with httpx2.AsyncClient() as client:
            viewer = (await client.post(f"{url}/graphql", json=VIEWER)).json()["data"]["viewer"]
            assert viewer == {"email": "owner@localhost", "role": "OWNER"}
            # A name of somebody else's that leads here is not answered: DNS rebinding.
            rebound = await client.post(f"{url}/graphql", json=VIEWER, headers={"Host": f"evil.example:{port}"})
            assert rebound.status_code == 400
        for address in addresses_beyond_loopback():
            assert not await is_open(address, port), address


def addresses_beyond_loopback() -> list[str]:
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        return []
    return [str(one[4][0]) for one in found if not is_loopback(str(one[4][0]))]


async def is_open(address: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(address, port)
    except OSError:
        return False
    writer.close()
    return True
