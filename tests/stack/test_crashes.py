"""Everything is killed once: the database, Temporal, a worker, the supervisor itself."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy.stack import Stack, attach
from deploy.stack.processes import MARK, Identity, find, works_in
from deploy.stack.record import read
from tests.stack.conftest import Started, eventually, run_is_known, sql, start_a_run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
OWNER = """
import asyncio, sys
from pathlib import Path
from deploy.stack import Stack

async def main():
    async with Stack(Path(sys.argv[1]), worker_commands={"worker": ["sleep", "1000"]}):
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def kill(stack: Stack, name: str) -> int:
    """Kill it as the system would, and give the pid of its next life."""
    before = stack.pid(name)
    os.kill(before, signal.SIGKILL)
    return await eventually(lambda: stack.pid(name) if stack.pid(name) != before else None)


async def test_a_killed_postmaster_comes_back_on_its_port_with_its_data(started):
    await sql(started.endpoints, "CREATE TABLE kept AS SELECT 7 AS number")
    busy = await asyncpg.connect(started.endpoints.database_url.replace("+asyncpg", ""), ssl=False)
    # A backend in the middle of a computation does not notice that its postmaster died.
    query = asyncio.create_task(busy.fetchval("SELECT count(*) FROM generate_series(1, 2000000000)"))
    await eventually(lambda: any_busy_backend(started.stack.data_dir))
    await kill(started.stack, "postgres")
    assert await attach(started.stack.data_dir) == started.endpoints
    assert await sql(started.endpoints, "SELECT number FROM kept") == 7
    assert isinstance((await asyncio.gather(query, return_exceptions=True))[0], BaseException)
    assert started.stack.restarts("postgres") == 1
    assert read(started.stack.data_dir).children["postgres"].pid == started.stack.pid("postgres")


def any_busy_backend(data_dir: Path) -> bool:
    backends = find(works_in(data_dir / "postgres"))
    return any("SELECT" in " ".join(psutil.Process(one.pid).cmdline()) for one in backends)


async def test_a_killed_temporal_comes_back_on_its_port_with_its_runs(started):
    await start_a_run(started.endpoints, "kept")
    await kill(started.stack, "temporal")
    assert await attach(started.stack.data_dir) == started.endpoints
    assert await run_is_known(started.endpoints, "kept")


async def test_a_killed_worker_is_started_again_and_said(started):
    after = await kill(started.stack, "worker")
    await eventually(lambda: started.said(f"worker runs again as process {after}"))


async def test_what_a_worker_started_ends_with_it(tmp_path):
    pid_file = tmp_path / "pid"
    script = f"sleep 1000 & echo $! > '{pid_file}.new'; mv '{pid_file}.new' '{pid_file}'; wait"
    async with Started(tmp_path / "data", worker_commands={"worker": ["sh", "-c", script]}) as started:
        await eventually(pid_file.exists)
        grandchild = Identity.of(int(pid_file.read_text()))
        await kill(started.stack, "worker")
        await eventually(lambda: not grandchild.is_alive())


async def test_the_children_die_with_a_killed_supervisor_and_the_folder_starts_again(tmp_path):
    data_dir = tmp_path / "data"
    owner = start_owner(data_dir)
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    children = read(data_dir).children
    assert set(children) == {"postgres", "temporal", "worker"}
    if sys.platform == "linux":
        await eventually(lambda: not any(one.is_alive() for one in children.values()), seconds=10)
    assert await attach(data_dir) is None
    async with Started(data_dir) as started:
        assert started.said("did not stop properly")


def start_owner(data_dir: Path) -> subprocess.Popen:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(data_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert owner.stdout.readline() == "ready\n"
    return owner


async def test_what_outlived_its_supervisor_is_ended_before_a_new_start(tmp_path):
    """As on a system without parent-death signals: a worker and a whole PostgreSQL are still there."""
    data_dir = tmp_path / "data"
    async with Started(data_dir) as first:
        pgdata, socket_dir = data_dir / "postgres", tmp_path
        argv = first.stack._children["postgres"].spec.argv()
    untethered = argv[: argv.index("-I") - 1] + argv[argv.index("-D") - 1 :]
    marked = {**os.environ, MARK: str(data_dir)}
    worker = spawn(["sleep", "1000"], marked)
    database = spawn([*untethered, "-c", f"unix_socket_directories={socket_dir}"], marked)
    await eventually(lambda: (pgdata / "postmaster.pid").exists())
    left = [Identity.of(worker.pid), Identity.of(database.pid)]
    async with Started(data_dir) as second:
        assert second.said("stopping what is left of it")
        assert not any(one.is_alive() for one in left)
        assert await sql(second.endpoints, "SELECT 1") == 1
    worker.wait(), database.wait()


async def test_a_strangers_process_is_left_alone(tmp_path):
    stranger = spawn(["sleep", "1000"], {**os.environ, MARK: str(tmp_path / "another")})
    try:
        async with Started(tmp_path / "data"):
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def spawn(command: list[str], environment: dict[str, str]) -> subprocess.Popen:
    return subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL)
