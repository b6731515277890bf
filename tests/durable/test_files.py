"""Files of blocks: what is opened, stored and kept in a workspace, within limits, scanned first, and nothing twice or by half."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from obstore.store import S3Store

from activities.collector import Collector
from activities.files import RunFiles
from activities.scrubbing import Scrubber
from blocks.library.file_store import FileStore
from blocks.library.files import FileRead
from blocks.library.web import SendWebRequest
from blocks.library.workspace import DeleteWorkspaceFile, ListWorkspaceFiles, ReadWorkspaceFile, WriteWorkspaceFile
from blocks.sdk.files import OpenedFile
from deploy.stack import ports
from schema.db.files import NewFile
from schema.db.keeping import Incoming
from schema.errors import BlockFailed, FileRefused, LimitExceeded, NotFound, Unavailable, ValueTooLarge
from schema.ids import LOCAL_TENANT
from schema.limits import LIMITS
from tests.api.clamd import PROGRAM
from tests.durable.blocks import CALLS
from tests.durable.file_blocks import StoreAndFail
from tests.durable.filing import OfNobody, files_of, parts_of, reaching, stored
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.platform import Platform
from tests.durable.waiting import eventually
from tests.egress.servers import Seen, reply, serve

needs_clamd = pytest.mark.skipif(PROGRAM is None, reason="clamd is not installed: apt-get install clamav-daemon")
PNG = b"\x89PNG\r\n\x1a\n"
NOBODYS = "workspace://01a00000-0000-7000-8000-000000000000#text/plain"


@pytest_asyncio.fixture(loop_scope="session")
async def files(platform: Platform) -> RunFiles:
    """The files of a run that is nobody's, and another one each time."""
    return files_of(platform, uuid4())


# Agents


async def test_an_agent_stores_a_file_and_reads_it_again(platform: Platform) -> None:
    graph = make_graph(
        {"in": an_input("file"), "store": FileStore, "read": FileRead, "out": an_output(), "kept": an_output("kept")},
        [
            "in.result -> store.file_in",
            "store.file_out -> read.file_input",
            "read.content -> out.value",
            "store.file_out -> kept.value",
        ],
    )
    record = await platform.run(graph, {"file": "data:text/plain;name=wall.txt;base64,RHJ5IHN0b25l"})
    assert record["outputs"]["out"] == ["Dry stone"]
    (value,) = record["outputs"]["kept"]
    rows = await stored(platform, UUID(record["id"]))
    assert [(row.name, row.status, row.size) for row in rows] == [("wall.txt", "clean", 9)]
    assert value == f"workspace://{rows[0].id}#text/plain"


async def test_a_large_answer_without_text_is_a_stored_file_and_a_small_one_is_not(platform: Platform) -> None:
    graph = make_graph(
        {"in": an_input("url"), "get": (SendWebRequest, {"method": "GET"}), "out": an_output()},
        ["in.result -> get.url", "get.response -> out.value"],
    )
    large = PNG + bytes(200_000)
    async with (
        serve(reply(200, large, {"Content-Type": "image/png"})) as big,
        serve(reply(200, PNG, {"Content-Type": "image/png"})) as small,
    ):
        with reaching(platform, big, small):
            record = await platform.run(graph, {"url": f"{big.url}wall.png"})
            inline = await platform.run(graph, {"url": small.url})
    (row,) = await stored(platform, UUID(record["id"]))
    assert record["outputs"]["out"] == [f"workspace://{row.id}#image/png"]
    assert (row.name, row.size) == ("wall.png", len(large))
    assert inline["outputs"]["out"] == [f"data:image/png;base64,{base64.b64encode(PNG).decode()}"]


async def test_what_one_run_keeps_in_the_workspace_another_one_reads_and_deletes(platform: Platform) -> None:
    path = f"walls {uuid4()}/today.md"
    write = make_graph({"write": (WriteWorkspaceFile, {"path": path, "text": "Two"}), "out": an_output()},
                       ["write.file -> out.value"])  # fmt: skip
    read = make_graph(
        {"read": (ReadWorkspaceFile, {"path": path, "as_text": True}), "out": an_output()},
        ["read.content -> out.value"],
    )
    first = await platform.run(write)
    assert (await platform.run(read))["outputs"]["out"] == ["Two"]
    write.nodes[0].input_default["text"] = "Three"
    second = await platform.run(write)
    assert (await platform.run(read))["outputs"]["out"] == ["Three"]
    assert await stored(platform, UUID(first["id"])) == []
    assert len(await stored(platform, UUID(second["id"]))) == 1
    names = make_graph(
        {"list": (ListWorkspaceFiles, {"folder": path.partition("/")[0]}), "out": an_output()},
        ["list.files_$_0 -> out.value"],
    )
    (entry,) = (await platform.run(names))["outputs"]["out"]
    assert (entry["path"], entry["media_type"], entry["size"]) == (path, "text/markdown", 5)
    await platform.run(make_graph({"delete": (DeleteWorkspaceFile, {"path": path})}))
    assert (await platform.run(read))["node_executions"][0]["error"]["code"] == "NOT_FOUND"


# Once, and whole


async def test_an_attempt_that_is_repeated_stores_nothing_twice(platform: Platform) -> None:
    graph = make_graph(
        {"store": (StoreAndFail, {"texts": ["a", "b", "b"], "key": "thrice"}), "out": an_output()},
        ["store.files -> out.value"],
    )
    record = await platform.run(graph)
    assert CALLS["thrice"] == 3
    rows = await stored(platform, UUID(record["id"]))
    assert [row.name for row in rows] == ["0.txt", "1.txt", "2.txt"]
    assert record["outputs"]["out"] == [[f"workspace://{row.id}#text/plain" for row in rows]]


async def test_what_was_downloaded_is_not_asked_for_again_and_stands(platform: Platform) -> None:
    run, contents = uuid4(), [b"first", b"second", b"third"]

    async def answer(_seen: Seen, _writer: Any) -> bytes:
        return reply(200, contents[server.connects - 1])

    async with serve(answer) as server:
        with reaching(platform, server):
            value = await files_of(platform, run).keep(server.url)
            assert await files_of(platform, run).keep(server.url) == value
            assert (await files_of(platform, run).open(value)).content == b"first"
            assert server.connects == 1
            # Another execution, and one that an operator had run again, ask anew.
            assert await files_of(platform, run, execution=2).keep(server.url) != value
            assert await files_of(platform, run, orders=[["retry", 1]]).keep(server.url) != value
    assert [row.status for row in await stored(platform, run)] == ["clean"] * 3


@pytest.mark.parametrize("died", ["before its bytes", "between bytes and row"])
async def test_what_a_worker_that_died_left_half_is_made_whole(platform: Platform, died: str) -> None:
    run = uuid4()
    value = await files_of(platform, run).store(b"whole", "a.txt", "text/plain")
    (row,) = await stored(platform, run)
    await platform.sql("UPDATE files SET status = 'pending', size = 0, sha256 = '' WHERE id = :id", id=row.id)
    if died == "before its bytes":
        platform.tools.values.objects.delete(f"files/{LOCAL_TENANT}/{row.id}")
    again = files_of(platform, run)
    with pytest.raises(FileRefused, match="still being uploaded"):
        await again.open(value)
    assert await again.store(b"whole", "a.txt", "text/plain") == value
    assert (await again.open(value)).content == b"whole"
    assert [(one.id, one.status, one.size) for one in await stored(platform, run)] == [(row.id, "clean", 5)]


async def test_an_attempt_that_was_cut_off_removes_nothing_that_another_has_settled(platform: Platform) -> None:
    run = uuid4()
    value = await files_of(platform, run).store(b"whole", "a.txt", "text/plain")
    (row,) = await stored(platform, run)
    await platform.tools.keeping.files.abandon(LOCAL_TENANT, row.id)
    assert (await files_of(platform, run).open(value)).content == b"whole"


async def test_what_breaks_off_leaves_nothing(platform: Platform, files: RunFiles) -> None:
    async def half(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(100_000))
        await writer.drain()

    async def parts() -> AsyncIterator[bytes]:
        yield b"half"
        raise OSError("the source is gone")

    async with serve(half) as server:
        with reaching(platform, server), pytest.raises(Unavailable):
            await files.keep(server.url)
    incoming = Incoming(NewFile("a", run_id=files.run_id), "text/plain", parts())
    with pytest.raises(OSError, match="the source is gone"):
        await platform.tools.keeping.keep(LOCAL_TENANT, incoming)
    assert await stored(platform, files.run_id) == []


async def test_an_attempt_that_is_cancelled_at_any_moment_leaves_nothing_by_half(platform: Platform) -> None:
    run, ends = uuid4(), []
    for number in range(60):
        storing = asyncio.create_task(files_of(platform, run, execution=number).store(b"whole" * 1_000, "a.txt"))
        for _ in range(number * 4):
            await asyncio.sleep(0)
        storing.cancel()
        ends += await asyncio.gather(storing, return_exceptions=True)
    assert any(isinstance(one, asyncio.CancelledError) for one in ends)
    assert {row.status for row in await stored(platform, run)} <= {"clean"}


async def test_a_download_that_is_given_up_leaves_no_task(platform: Platform, files: RunFiles) -> None:
    async def half(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(1_000))
        await writer.drain()
        await silence.wait()

    silence, before = asyncio.Event(), asyncio.all_tasks()
    async with serve(half) as server:
        with reaching(platform, server):
            keeping = asyncio.create_task(files.keep(server.url))
            await eventually(lambda: server.connects)
            keeping.cancel()
            with pytest.raises(asyncio.CancelledError):
                await keeping
        silence.set()
    ours = {"Download", "Queue.get"}
    left = [task for task in asyncio.all_tasks() - before if any(one in repr(task) for one in ours)]
    await eventually(lambda: all(task.done() for task in left), seconds=2.0)
    assert await stored(platform, files.run_id) == []


async def test_the_collector_removes_what_is_deleted_and_what_the_dead_left(platform: Platform) -> None:
    run = uuid4()
    files = files_of(platform, run)
    for name in ("deleted", "left", "young", "kept"):
        await files.store(name.encode(), name)
    change = "UPDATE files SET {} WHERE run_id = :run AND name = :name"
    await platform.sql(change.format("deleted_at = now()"), run=run, name="deleted")
    old = "status = 'pending', created_at = now() - interval '7 hours'"
    await platform.sql(change.format(old), run=run, name="left")
    await platform.sql(change.format("status = 'pending'"), run=run, name="young")
    loop = asyncio.create_task(Collector(platform.tools, 3_600).run())

    async def is_collected() -> bool:
        return len(await platform.sql("SELECT id FROM files WHERE run_id = :run", run=run)) == 2

    await eventually(is_collected)
    loop.cancel()
    assert [row.name for row in await stored(platform, run)] == ["kept", "young"]


async def test_what_was_made_anew_since_it_was_found_to_be_left_is_not_removed(platform: Platform) -> None:
    run, keeping = uuid4(), platform.tools.keeping.files
    value = await files_of(platform, run).store(b"whole", "a.txt", "text/plain")
    (row,) = await stored(platform, run)
    await platform.sql("UPDATE files SET deleted_at = now() WHERE id = :id", id=row.id)
    # A collector has listed it by now; an attempt that is repeated stores it again, and only then the collector comes to it.
    assert await files_of(platform, run).store(b"whole", "a.txt", "text/plain") == value
    await keeping.discard(LOCAL_TENANT, row.id)
    assert (await files_of(platform, run).open(value)).content == b"whole"
    await platform.sql("UPDATE files SET deleted_at = now() WHERE id = :id", id=row.id)
    await keeping.discard(LOCAL_TENANT, row.id)
    assert await stored(platform, run) == [], "control: what is deleted is removed"


async def test_what_is_filled_again_after_a_long_time_is_left_by_nobody(platform: Platform) -> None:
    run, keeping = uuid4(), platform.tools.keeping.files
    value = await files_of(platform, run).store(b"whole", "a.txt", "text/plain")
    (row,) = await stored(platform, run)
    old = "UPDATE files SET status = 'pending', size = 0, created_at = now() - interval '7 hours' WHERE id = :id"
    await platform.sql(old, id=row.id)
    assert await keeping.begin(LOCAL_TENANT, NewFile("a.txt", run_id=run, id=row.id)) is None
    await keeping.collect()
    assert len(await stored(platform, run)) == 1
    assert await files_of(platform, run).store(b"whole", "a.txt", "text/plain") == value
    await platform.sql(old, id=row.id)
    await keeping.collect()
    assert await stored(platform, run) == [], "control: what nobody fills again is removed"


async def test_while_the_object_store_is_away_a_node_is_tried_again_and_not_blamed(platform: Platform) -> None:
    graph = make_graph({"store": (StoreAndFail, {"texts": ["a"], "key": "away"}, {"retry": {"attempts": 1}})})
    before = platform.tools.keeping
    nowhere = S3Store(
        "bucket",
        config={"endpoint": f"http://127.0.0.1:{ports.choose()}", "region": "x", "skip_signature": True},
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    platform.tools.keeping = replace(before, files=replace(before.files, objects=nowhere))
    try:
        run = await platform.submit(graph)
        await eventually(lambda: CALLS["away"] >= 2)
    finally:
        platform.tools.keeping = before
    record = await platform.end_of(run)
    assert (record["status"], record["stats"]["node_error_count"]) == ("COMPLETED", 0)
    assert [row.status for row in await stored(platform, run.id)] == ["clean"]


# Quotas


async def test_a_run_stores_so_many_files_and_others_are_not_hindered(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.db.files.LIMITS", replace(LIMITS, run_files_max=2))
    graph = make_graph({"store": (StoreAndFail, {"texts": ["a", "b", "c"]}, {"retry": {"attempts": 1}})})
    record = await platform.run(graph)
    error = record["node_executions"][0]["error"]
    assert (error["code"], error["reason"]) == ("BUDGET_EXCEEDED", "RUN_STORAGE_FULL")
    assert "at most 2" in error["message"]
    assert len(await stored(platform, UUID(record["id"]))) == 2
    other = make_graph({"store": (StoreAndFail, {"texts": ["a", "b"]}, {"retry": {"attempts": 1}})})
    assert (await platform.run(other))["node_executions"][0]["status"] == "COMPLETED"


async def test_a_run_stores_so_many_bytes_and_fetches_no_more_than_that(
    platform: Platform, files: RunFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.db.files.LIMITS", replace(LIMITS, run_file_bytes_max=1_000))
    await files.store(bytes(600), "a")
    with pytest.raises(LimitExceeded, match="600 bytes of files and may keep 1000"):
        await files.store(bytes(401), "b")
    async with serve(reply(200, bytes(401))) as server:
        with reaching(platform, server):
            with pytest.raises(ValueTooLarge, match="more than 400 bytes"):
                await files.keep(server.url)
            await files.store(bytes(400), "c")
            with pytest.raises(LimitExceeded, match="no room"):
                await files.keep(server.url)
        assert server.connects == 1
    assert [row.size for row in await stored(platform, files.run_id)] == [600, 400]


async def test_stores_that_end_at_once_do_not_all_take_the_last_room(
    platform: Platform, files: RunFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.db.files.LIMITS", replace(LIMITS, run_file_bytes_max=1_000))
    storing = (files.store(bytes([n]) * 400, f"{n}") for n in range(8))
    results = await asyncio.gather(*storing, return_exceptions=True)
    assert sum(isinstance(one, str) for one in results) == 2
    assert sum(isinstance(one, LimitExceeded) for one in results) == 6
    assert len(await stored(platform, files.run_id)) == 2


async def test_an_attempt_opens_so_many_bytes_and_no_more(files: RunFiles) -> None:
    value = await files.store(bytes(1_000), "a")
    files.opened_bytes = LIMITS.attempt_opened_bytes_max - 1_500
    assert len((await files.open(value)).content) == 1_000
    with pytest.raises(LimitExceeded):
        await files.open(value)
    with pytest.raises(ValueTooLarge):
        await files.open(value, bytes_max=999)


# Whose it is


async def test_a_file_of_another_organisation_is_as_unknown_as_one_that_never_was(
    platform: Platform, files: RunFiles
) -> None:
    other = uuid4()
    await platform.sql("INSERT INTO organisations (id, name) VALUES (:id, 'Other')", id=other)
    new = NewFile("theirs.txt")
    await platform.tools.keeping.keep(other, Incoming(new, "text/plain", parts_of(b"theirs")))
    said = []
    for value in (f"workspace://{new.id}", NOBODYS, str(new.id), "workspace://../../etc/passwd", "workspace:///a"):
        for verb in (files.open, files.describe, files.keep):
            with pytest.raises(NotFound) as refused:
                await verb(value)
            said.append(refused.value.to_wire())
    assert all(one == {"code": "NOT_FOUND", "message": "There is no such file here."} for one in said)
    # The control: in its own organisation it is there.
    theirs = OfNobody(platform.tools, other, uuid4(), files.item, Scrubber())
    assert (await theirs.open(f"workspace://{new.id}")).content == b"theirs"


@pytest.mark.parametrize(
    "path", ["../a", "a/../b", "a//b", "", "a/", "./a", "a\\b", "a\x00b", "C:\\a", "a/ b", "\u202ea"]
)
async def test_a_path_that_leads_out_is_none(files: RunFiles, path: str) -> None:
    for use in (files.write(path, "data:,a"), files.entry(path), files.delete(path)):
        with pytest.raises(BlockFailed, match="is no path"):
            await use
    assert await files.entries() == [] or all(".." not in one.path for one in await files.entries())


@pytest.mark.parametrize("named", ["../../etc/passwd", "/etc/passwd", "C:\\x\\passwd", "%2e%2e%2fpasswd"])
async def test_a_name_that_leads_out_is_its_last_part(platform: Platform, files: RunFiles, named: str) -> None:
    disposition = f'attachment; filename="{named}"'
    async with serve(reply(200, b"x", {"Content-Disposition": disposition})) as server:
        with reaching(platform, server):
            value = await files.keep(server.url)
    assert (await files.describe(value)).name == "passwd"
    (row,) = await platform.sql("SELECT id, location FROM files WHERE run_id = :run", run=files.run_id)
    assert row.location == f"files/{LOCAL_TENANT}/{row.id}"


async def test_what_a_block_stores_is_searched_for_its_secrets(platform: Platform) -> None:
    files = files_of(platform, uuid4())
    secret = "s3cret-token-\u00fc"
    files.scrubber = Scrubber([secret])
    value = await files.store(b"\xff\x00" + secret.encode() + b"\xff", "a.bin")
    assert (await files.open(value)).content == b"\xff\x00***\xff"


# Media values


async def test_every_form_of_a_stored_file_is_the_same_file(files: RunFiles) -> None:
    value = await files.store(b"stone", "a.txt", "text/plain")
    file_id = value.removeprefix("workspace://").partition("#")[0]
    shown = base64.urlsafe_b64encode(f"File:{file_id}".encode()).decode().rstrip("=")
    entry = await files.write(f"forms {files.run_id}.txt", value)
    forms = (value, f"workspace://{file_id}", file_id, f"workspace://{shown}", f"workspace:///{entry.path}")
    for form in forms:
        opened = await files.open(form)
        assert isinstance(opened, OpenedFile)
        assert opened.content == b"stone"
    assert (await files.describe(f"workspace:///{entry.path}")).path == entry.path
    await files.delete(entry.path)
