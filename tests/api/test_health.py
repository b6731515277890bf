"""Health: what is told without a token, what is vital and what is not, and that no answer takes long or tells a secret."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2
import pytest
from obstore.store import LocalStore, MemoryStore
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from api.app import make_app
from api.config import ApiConfig
from api.errors import as_known
from api.rest.health import Health
from api.services import Services
from schema.db.engine import make_engine
from schema.db.migrate import revisions
from schema.errors import Unavailable
from tests.api.serving import Api, Client, Organisation, served
from tests.durable.waiting import eventually

#: Seconds after which a load balancer has given up.
PATIENCE_SECONDS = 3.0
SECRET = "a-password-that-is-nowhere-told"


def services(api: Api, engine: AsyncEngine | None = None, objects: Any = None, **changes: Any) -> Services:
    known = api.services
    return Services(
        config=ApiConfig(temporal_address=known.config.temporal_address, **changes),
        engine=engine or known.engine,
        objects=objects or known.objects,
        registry=known.registry,
        http=known.http,
        vault=known.vault,
    )


async def ask(url: str, path: str) -> tuple[int, Any]:
    async with httpx2.AsyncClient(timeout=30) as client:
        began = monotonic()
        answer = await client.get(url + path)
        assert monotonic() - began < PATIENCE_SECONDS
        return answer.status_code, answer.json()


async def test_a_whole_process_lives_and_is_ready_and_says_so_to_anyone(api: Api) -> None:
    assert await ask(api.url, "/healthz") == (200, {"status": "ok"})
    checks = {"postgresql": "ok", "objects": "ok", "temporal": "ok", "scanner": "none"}
    assert await ask(api.url, "/readyz") == (200, {"status": "ok", "checks": checks})


async def test_without_postgresql_a_process_lives_and_is_not_ready(api: Api) -> None:
    # One that refuses at once, and one that takes connections and never says a word.
    async with await asyncio.start_server(_silence, "127.0.0.1", 0) as silent:
        for port in (1, silent.sockets[0].getsockname()[1]):
            engine = make_engine(f"postgresql+asyncpg://drystone:{SECRET}@127.0.0.1:{port}/drystone")
            async with served(make_app(services(api, engine))) as url:
                assert (await ask(url, "/healthz"))[0] == 200
                status, told = await ask(url, "/readyz")
            assert (status, told["status"]) == (503, "unavailable")
            assert told["checks"]["postgresql"] != "ok"
            assert told["checks"]["objects"] == "ok"
            assert SECRET not in str(told)
            assert str(port) not in told["checks"]["postgresql"]
            await engine.dispose()


async def _silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def test_without_temporal_a_process_is_degraded_and_ready(api: Api) -> None:
    async with served(make_app(services(api))) as url:
        assert (await ask(url, "/readyz"))[1]["status"] == "ok"
    lacking = services(api)
    lacking.config = ApiConfig(temporal_address="127.0.0.1:1")
    async with served(make_app(lacking)) as url:
        status, told = await ask(url, "/readyz")
    assert (status, told["status"]) == (200, "degraded")
    assert told["checks"]["temporal"].endswith("Runs are accepted, and start when it is back.")


async def test_without_its_scanner_a_process_is_degraded_and_ready(api: Api) -> None:
    async with served(make_app(services(api, clamd_address="127.0.0.1:1"))) as url:
        status, told = await ask(url, "/readyz")
    assert (status, told["status"]) == (200, "degraded")
    assert told["checks"]["scanner"].startswith("The scanner does not answer")


async def test_an_object_store_that_cannot_be_written_is_vital(api: Api, tmp_path: Path) -> None:
    folder = tmp_path / "objects"
    folder.mkdir()
    store = LocalStore(folder)
    assert (await Health(services(api, objects=store)).look()).status == "ok"
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (folder / "health").write_text("a file where a folder has to be")
    found = await Health(services(api, objects=store)).look()
    assert found.status == "unavailable"
    assert found.checks["objects"].startswith("The object store cannot be written")
    assert str(folder) not in str(found)


async def test_a_database_behind_this_version_is_vital_and_one_ahead_is_not(api: Api) -> None:
    health = Health(services(api, objects=MemoryStore()), fresh_seconds=0)
    newest = revisions()[0]
    try:
        for revision, status in (("0001", "unavailable"), ("9999", "degraded"), (newest, "ok")):
            await api.platform.sql("UPDATE alembic_version SET version_num = :revision", revision=revision)
            found = await health.look()
            assert found.status == status, revision
            if status != "ok":
                assert revision in found.checks["postgresql"]
                assert newest in found.checks["postgresql"]
    finally:
        await api.platform.sql("UPDATE alembic_version SET version_num = :revision", revision=newest)


async def test_a_database_that_may_only_be_read_degrades_a_process_and_reads_are_served(
    api: Api, acme: Organisation
) -> None:
    reading = {"server_settings": {"default_transaction_read_only": "on"}}
    engine = create_async_engine(api.services.engine.url, connect_args=reading)
    async with served(make_app(services(api, engine))) as url:
        status, told = await ask(url, "/readyz")
        # The key's first use, which cannot be written down.
        viewer = await Client(url, acme.owner.token)("{ viewer { role } }")
        make = 'mutation { createApiKey(input: { name: "k", scopes: [] }) { token errors { code } } }'
        refused = await Client(url, acme.owner.token).refused(make)
    await engine.dispose()
    assert (viewer["role"], refused) == ("OWNER", ["UNAVAILABLE"])
    assert (status, told["status"]) == (200, "degraded")
    assert told["checks"]["postgresql"] == "PostgreSQL is read-only: writes are refused, reads are served."


@pytest.mark.parametrize(("state", "is_full"), [("53100", True), ("40001", False)])
async def test_a_full_disk_degrades_a_process_once_a_write_has_met_it(api: Api, state: str, is_full: bool) -> None:
    engine = make_engine(api.services.engine.url.render_as_string(hide_password=False))
    async with served(make_app(services(api, engine))) as url:
        assert (await ask(url, "/readyz"))[1]["checks"]["postgresql"] == "ok"
        with pytest.raises(DBAPIError) as refused:
            async with engine.begin() as connection:
                await connection.execute(text(f"DO $$ BEGIN RAISE 'it says' USING ERRCODE = '{state}'; END $$"))
        told = await eventually(partial(_told_of_postgresql, url, is_full), seconds=5)
    await engine.dispose()
    known = as_known(refused.value)
    assert isinstance(known, Unavailable)
    assert ("disk is full" in told) is ("disk is full" in known.message) is is_full


async def _told_of_postgresql(url: str, is_full: bool) -> str | None:
    """Give what is told of PostgreSQL, once it is no longer what was told before the write."""
    said: str = (await ask(url, "/readyz"))[1]["checks"]["postgresql"]
    return said if not is_full or said != "ok" else None


async def test_many_who_ask_at_once_cost_one_look(api: Api) -> None:
    health = Health(services(api), fresh_seconds=60)
    found = await asyncio.gather(*(health.look() for _ in range(50)))
    assert all(one is found[0] for one in found)
    assert (await Health(services(api), fresh_seconds=0).look()) is not found[0]
