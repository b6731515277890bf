"""Killed in the middle of a file: a worker that dies with kill -9 leaves no half of it, and whoever goes on stores it once."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from blocks.library.file_store import FileStore
from blocks.library.files import FileRead
from tests.api.api_command import variables_of
from tests.api.clamd import scripted, stream_of
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.platform import Platform, executions_of
from tests.durable.waiting import eventually
from tests.egress.servers import guarded, reply, serve
from tests.tidy.source import ROOT


@asynccontextmanager
async def worker(platform: Platform, **variables: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a worker of this platform in a process of its own; kill it behind the block."""
    named = {**variables_of(platform, 0), **variables}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DRYSTONE_")}
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deploy.worker_process",
        cwd=ROOT,
        env=kept | {f"DRYSTONE_{key.upper()}": value for key, value in named.items()},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


@pytest.mark.long
async def test_a_worker_that_is_killed_while_its_file_is_scanned_leaves_one_file(platform: Platform) -> None:
    graph = make_graph(
        {"in": an_input("url"), "store": FileStore, "read": FileRead, "out": an_output()},
        ["in.result -> store.file_in", "store.file_out -> read.file_input", "read.content -> out.value"],
    )
    content = b"stone " * 50_000
    scanned: list[int] = []
    is_killed = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        scanned.append(len(await stream_of(reader)))
        await is_killed.wait()

    files = "SELECT id, status, size FROM files WHERE run_id = :run"
    async with serve(reply(200, content)) as server, scripted(hang) as clamd_address:
        async with platform.asleep():
            async with worker(platform, clamd_address=clamd_address, egress_allow=server.host) as victim:
                run = await platform.submit(graph, {"url": server.url})
                await eventually(lambda: scanned, seconds=60)
                (half,) = await platform.sql(files, run=run.id)
                assert (half.status, scanned) == ("pending", [len(content)])
                victim.kill()
                await victim.wait()
            is_killed.set()
            platform.tools.http, before = guarded(server), platform.tools.http
        record = await platform.end_of(run, seconds=60)
        platform.tools.http = before
        assert server.connects == 2
    assert record["outputs"]["out"] == [content.decode()]
    # The attempt that died wrote no row; the one that follows has the number after it.
    assert [one["number"] for row in executions_of(record, "store") for one in row["attempts"]] == [2]
    (whole,) = await platform.sql(files, run=UUID(record["id"]))
    assert (whole.id, whole.status, whole.size) == (half.id, "clean", len(content))
