"""The stack as a whole: what it keeps, who may start it, who can find it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys

import pytest

from deploy.stack import StackAlreadyRunning, StackError, attach, locks, ports, postgres, using
from deploy.stack.errors import AnotherPostgresVersion, DataFolderUnusable
from deploy.stack.processes import Identity, listens_on
from deploy.stack.record import FILE, Record, write
from tests.stack.conftest import Started, eventually, run_is_known, sql, start_a_run

pytestmark = pytest.mark.slow


async def test_a_stack_that_is_stopped_and_started_again_keeps_its_data(tmp_path):
    data_dir = tmp_path / "a folder with spaces" / ("long" * 30)
    async with Started(data_dir) as first:
        await sql(first.endpoints, "CREATE TABLE kept AS SELECT 7 AS number")
        await start_a_run(first.endpoints, "kept")
        pids = [first.stack.pid(name) for name in ("postgres", "temporal")]
    assert not any(Identity.of(pid) for pid in pids)
    assert await attach(data_dir) is None
    async with Started(data_dir) as second:
        assert await sql(second.endpoints, "SELECT number FROM kept") == 7
        assert await run_is_known(second.endpoints, "kept")


async def test_migrations_run_before_the_workers_and_workers_get_the_environment(tmp_path):
    order = []
    out = tmp_path / "seen"

    async def migrate(endpoints):
        order.append(await sql(endpoints, "SELECT 'migrated'"))
        assert not out.exists()

    script = "import os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(os.environ['WHERE']); sys.stdin.read()"
    async with Started(
        tmp_path / "data",
        migrate=migrate,
        environment=lambda endpoints: {"WHERE": endpoints.temporal_address},
        worker_commands={"worker": [sys.executable, "-c", script, str(out)]},
    ) as started:
        assert order == ["migrated"]
        await eventually(lambda: out.exists() and out.read_text() == started.endpoints.temporal_address)


async def test_stacks_that_start_at_once_have_apis_on_ports_of_their_own(tmp_path):
    # It binds late, as the API does: both have chosen the port by then.
    script = (
        "import os, socket, sys, time; port = int(os.environ['PORT']); listener = socket.socket(); "
        "listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); time.sleep(1.5); "
        "listener.bind(('127.0.0.1', port)); listener.listen(); time.sleep(600)"
    )
    options = {
        "api_command": [sys.executable, "-c", script],
        "environment": lambda endpoints: {"PORT": endpoints.api_url.rpartition(":")[2]},
    }
    both = [Started(tmp_path / name, **options) for name in ("one", "two")]
    try:
        ends = await asyncio.gather(*(started.stack.start() for started in both))
        assert ends[0].api_url != ends[1].api_url
        for started, found in zip(both, ends, strict=True):
            assert listens_on(started.stack.pid("api"), int(found.api_url.rpartition(":")[2]))
    finally:
        await asyncio.gather(*(started.stack.stop() for started in both))


async def test_a_failing_migration_leaves_nothing_running(tmp_path):
    async def migrate(endpoints):
        raise ValueError("no")

    started = Started(tmp_path / "data", migrate=migrate)
    with pytest.raises(ValueError, match="no"):
        await started.stack.start()
    assert started.stack.pid("postgres") is None
    assert not (tmp_path / "data" / FILE).exists()


async def test_a_second_owner_is_refused_and_clients_attach(started):
    with pytest.raises(StackAlreadyRunning) as refused:
        await Started(started.stack.data_dir).stack.start()
    assert str(os.getpid()) in str(refused.value)
    assert str(started.stack.data_dir) in str(refused.value)
    assert await attach(started.stack.data_dir) == started.endpoints


async def test_the_owner_of_a_passing_stack_waits_for_those_who_use_it(started):
    async with using(started.stack.data_dir) as endpoints:
        assert endpoints == started.endpoints
        stopping = asyncio.create_task(started.stack.stop_when_unused())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(stopping), 0.3)
        assert started.stack.pid("postgres") is not None
    await stopping
    assert started.stack.pid("postgres") is None
    async with using(started.stack.data_dir) as endpoints:
        assert endpoints is None


async def test_a_record_of_a_dead_supervisor_is_said_and_replaced(tmp_path):
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o700)
    write(data_dir, Record(Identity(os.getpid(), 1.0), {"postgres": Identity(os.getpid(), 1.0)}))
    assert await attach(data_dir) is None
    async with Started(data_dir) as started:
        assert started.said("did not stop properly")
        assert (data_dir / FILE).stat().st_mode & 0o777 == 0o600


async def test_a_port_in_use_is_said_and_another_is_taken(tmp_path):
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            stranger.bind(("127.0.0.1", 7233))
            stranger.listen()
        except OSError:
            pass  # Somebody else has it, which serves as well.
        async with Started(tmp_path / "data") as started:
            assert started.said("port 7233 is in use; Temporal listens on ")
            assert started.endpoints.temporal_address != "127.0.0.1:7233"


async def test_a_port_that_was_free_before_and_after_and_not_when_the_server_began_costs_a_try(tmp_path, monkeypatch):
    # As where two stacks start at once: each listens for an instant, to see whether the port is free.
    monkeypatch.setattr(ports, "is_free", lambda port: True)
    with socket.create_server((ports.HOST, 0)) as stranger:
        taken = stranger.getsockname()[1]
        monkeypatch.setattr(postgres, "PREFERRED_PORT", taken)
        async with Started(tmp_path / "data") as started:
            assert started.said(f"port {taken} is in use; PostgreSQL listens on ")


async def test_a_database_of_another_version_is_refused_and_left_alone(tmp_path):
    pgdata = tmp_path / "data" / "postgres"
    pgdata.mkdir(parents=True, mode=0o700)
    (pgdata / "PG_VERSION").write_text("16\n")
    with pytest.raises(AnotherPostgresVersion, match="PostgreSQL 16"):
        await Started(tmp_path / "data").stack.start()
    assert [path.name for path in pgdata.iterdir()] == ["PG_VERSION"]


async def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderUnusable, match="file/data"):
        await Started(tmp_path / "file" / "data").stack.start()


async def test_a_full_disk_is_refused_and_the_folder_is_free_again(tmp_path, monkeypatch):
    monkeypatch.setattr("deploy.stack.folder.FREE_MB_MIN", 10**12)
    with pytest.raises(StackError, match="Free some space"):
        await Started(tmp_path / "data").stack.start()
    lock = locks.try_lock(tmp_path / "data" / locks.OWNER)
    assert lock is not None
    locks.unlock(lock)
