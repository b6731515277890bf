"""Files: upload, download, deletion, what the scanner says of them, and that nothing is left of what was broken off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from api.graphql.ids import encode_id
from deploy.stack import ports
from schema.access import Role
from schema.db.files import Bytes, File, NewFile
from schema.errors import FileRefused
from schema.files import FileStatus, Verdict
from schema.limits import LIMITS
from tests.api.api_command import process, serving, variables_of
from tests.api.clamd import EICAR, PROGRAM, clamd, scripted, stream_of
from tests.api.files import FORM, begin, code_of, delete, form, get, kept, send, send_and_break_off, upload
from tests.api.serving import Api, Client, Organisation, api_on
from tests.durable.waiting import eventually

FILES = (
    "query($first: Int, $after: String) { files(first: $first, after: $after) "
    "{ totalCount nodes { id name } pageInfo { endCursor hasNextPage } } }"
)
FILE = (
    "query($id: ID!) { file(id: $id) { id name mediaType size sha256 status signature scannedBy scannedAt downloadUrl "
    "owner { name } } }"
)
DELETE = "mutation($id: ID!) { deleteFile(id: $id) { isDone errors { code message } } }"
NODE = "query($id: ID!) { node(id: $id) { ... on File { name } } }"
NOBODYS = encode_id("File", "01a00000-0000-7000-8000-000000000000")
needs_clamd = pytest.mark.skipif(PROGRAM is None, reason="clamd is not installed: apt-get install clamav-daemon")


async def test_a_file_comes_back_as_it_was_sent(acme: Organisation) -> None:
    data = bytes(range(256)) * 5_000
    made = await upload(acme.owner, data, "Übung 1.bin", "application/x-thing")
    assert (made["name"], made["size"], made["status"]) == ("Übung 1.bin", len(data), "clean")
    answer = await get(acme.owner, made["id"])
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith('attachment; filename="_bung 1.bin"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["content-length"] == str(len(data))


async def test_an_empty_file_is_a_file(acme: Organisation) -> None:
    made = await upload(acme.owner, b"")
    answer = await get(acme.owner, made["id"])
    assert (answer.status_code, answer.content, made["size"]) == (200, b"", 0)


async def test_graphql_shows_files_and_deletes_them(acme: Organisation) -> None:
    made = await upload(acme.owner, b"hello")
    shown = await acme.owner(FILE, id=made["id"])
    assert shown["sha256"] == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert (shown["mediaType"], shown["size"], shown["status"]) == ("text/plain", 5.0, "CLEAN")
    assert (shown["signature"], shown["scannedBy"], shown["scannedAt"]) == (None, None, None)
    assert shown["owner"] == {"name": "Owner"}
    assert shown["downloadUrl"].endswith(f"/files/{made['id']}")
    assert await acme.owner(NODE, id=made["id"]) == {"name": "a.txt"}
    assert await acme.owner(DELETE, id=made["id"]) == {"isDone": True, "errors": []}
    assert await acme.owner.refused(FILE, id=made["id"]) == ["NOT_FOUND"]
    assert await acme.owner.refused(DELETE, id=made["id"]) == ["NOT_FOUND"]


async def test_files_are_paged_the_newest_first(acme: Organisation) -> None:
    names = [f"{number}.txt" for number in range(5)]
    for name in names:
        await upload(acme.owner, name=name)
    seen, after = [], None
    while True:
        page = await acme.owner(FILES, first=2, after=after)
        assert page["totalCount"] == 5
        seen += [node["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == names[::-1]
    assert await acme.owner.refused(FILES, after="nonsense") == ["BAD_CURSOR"]


async def test_a_deleted_file_leaves_nothing(api: Api, acme: Organisation) -> None:
    made = await upload(acme.owner)
    assert await kept(api, acme.id) == (1, 1)
    assert (await delete(acme.owner, made["id"])).status_code == 204
    assert await kept(api, acme.id) == (0, 0)
    assert code_of(await get(acme.owner, made["id"])) == (404, "NOT_FOUND")
    assert code_of(await delete(acme.owner, made["id"])) == (404, "NOT_FOUND")


async def test_where_a_file_stands_has_nothing_of_the_client(api: Api, acme: Organisation) -> None:
    await upload(acme.owner, name="../../../../tmp/evil.sh")
    row = (await api.platform.sql("SELECT id, name, location FROM files WHERE tenant_id = :id", id=acme.id))[0]
    assert row.name == "evil.sh"
    assert row.location == f"files/{acme.id}/{row.id}"


async def test_files_of_another_organisation_are_not_there(acme: Organisation, other: Organisation) -> None:
    made = await upload(acme.owner)
    for foreign in (made["id"], NOBODYS, "nonsense", encode_id("Member", "01a00000-0000-7000-8000-000000000000")):
        for method in (get, delete):
            answer = await method(other.owner, foreign)
            assert (code_of(answer), answer.json()["detail"]) == ((404, "NOT_FOUND"), "There is no such File here.")
        assert await other.owner.refused(FILE, id=foreign) == ["NOT_FOUND"]
        assert await other.owner.refused(DELETE, id=foreign) == ["NOT_FOUND"]
    assert await other.owner(NODE, id=made["id"]) is None
    assert (await other.owner(FILES))["nodes"] == []
    assert (await get(acme.owner, made["id"])).status_code == 200


async def test_roles_and_scopes_hold_here_too(api: Api, acme: Organisation) -> None:
    made = await upload(acme[Role.OPERATOR])
    viewer = acme[Role.VIEWER]
    assert (await get(viewer, made["id"])).status_code == 200
    assert code_of(await send(viewer, form())) == (403, "FORBIDDEN")
    assert code_of(await delete(viewer, made["id"])) == (403, "FORBIDDEN")
    assert acme.owner.person is not None
    key = await api.people.make_key(acme.id, acme.owner.person, "runs only", ["runs:read"])
    assert code_of(await get(api.client(key.token), made["id"])) == (403, "FORBIDDEN")
    for nobody in (api.client(), api.client("nonsense")):
        for answer in (await get(nobody, made["id"]), await send(nobody, form()), await delete(nobody, made["id"])):
            assert code_of(answer) == (401, "UNAUTHENTICATED")
            assert answer.headers["content-type"] == "application/problem+json"


async def test_what_changes_files_is_in_the_audit_log(acme: Organisation) -> None:
    made = await upload(acme.owner)
    await get(acme.owner, made["id"])
    await send(acme[Role.VIEWER], form())
    await send(acme.owner, b"", "text/plain")
    await delete(acme.owner, made["id"])
    lines = (await acme.owner("{ auditLog { nodes { operation outcome code objectId } } }"))["nodes"]
    told = [(line["operation"], line["outcome"], line["code"], line["objectId"]) for line in reversed(lines)]
    assert told == [
        ("uploadFile", "ALLOWED", None, None),
        ("uploadFile", "DENIED", "FORBIDDEN", None),
        ("uploadFile", "ALLOWED", None, None),
        ("uploadFile", "REFUSED", "BAD_USER_INPUT", None),
        ("deleteFile", "ALLOWED", None, made["id"]),
    ]


# Ranges


async def test_a_range_of_a_file_is_served_and_an_impossible_one_refused(acme: Organisation) -> None:
    made = await upload(acme.owner, b"0123456789")
    part = await get(acme.owner, made["id"], Range="bytes=2-4")
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    beyond = await get(acme.owner, made["id"], Range="bytes=10-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */10")
    many = await get(acme.owner, made["id"], Range="bytes=" + ",".join(f"{n}-{n}" for n in range(500)))
    assert (many.status_code, many.content) == (200, b"0123456789")
    tag = part.headers["etag"]
    assert (await get(acme.owner, made["id"], Range="bytes=2-4", **{"If-Range": tag})).status_code == 206
    assert (await get(acme.owner, made["id"], Range="bytes=2-4", **{"If-Range": '"x"'})).status_code == 200


# Hostile forms


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", FORM),
        (b"hello", "text/plain"),
        (b'{"file": "file:///etc/passwd"}', "application/json"),
        (b"hello", "multipart/form-data"),
        (b"hello", FORM),
        (form()[:-20], FORM),
        (form().replace(b'; filename="a.txt"', b""), FORM),
        (form() + form(), "multipart/mixed; boundary=boundary-of-the-tests"),
        (form()[: -len("--boundary-of-the-tests--\r\n")] + form(), FORM),
        (form().replace(b"Content-Type: text/plain", b"X: " + b"y" * 100_000), FORM),
        (form(**{f"field{number}": "x" for number in range(9)}), FORM),
        (form(), f"multipart/form-data; boundary={'x' * 5_000}"),
    ],
    ids=[
        "empty", "plain", "json", "no-boundary", "no-form", "cut", "no-file", "mixed", "two-files", "long-header",
        "many-fields", "long-boundary",
    ],
)  # fmt: skip
async def test_what_is_no_form_with_one_file_is_refused_and_leaves_nothing(
    api: Api, acme: Organisation, body: bytes, content_type: str
) -> None:
    assert code_of(await send(acme.owner, body, content_type)) == (400, "BAD_USER_INPUT")
    assert await kept(api, acme.id) == (0, 0)


async def test_a_file_that_is_too_large_is_refused_whatever_was_declared(api: Api, acme: Organisation) -> None:
    async with api_on(api.platform, upload_bytes_max=1_000_000) as small:
        owner = small.client(acme.owner.token)
        await upload(owner, b"x" * 1_000_000)
        large = form(b"x" * 1_000_001)
        assert code_of(await send(owner, large)) == (413, "VALUE_TOO_LARGE")

        async def chunked() -> AsyncIterator[bytes]:
            for start in range(0, len(large), 50_000):
                yield large[start : start + 50_000]

        assert code_of(await send(owner, chunked())) == (413, "VALUE_TOO_LARGE")
        fields = form(b"x", note="y" * 5_000)
        assert code_of(await send(owner, fields)) == (413, "VALUE_TOO_LARGE")
        assert await kept(small, acme.id) == (1, 1)


async def test_an_upload_that_is_broken_off_leaves_nothing(api: Api, acme: Organisation) -> None:
    await upload(acme.owner)
    body = form(b"x" * 3_000_000)
    await send_and_break_off(acme.owner, body[:2_000_000], len(body))

    async def is_noted() -> bool:
        lines = (await acme.owner("{ auditLog { nodes { outcome } } }"))["nodes"]
        return [line["outcome"] for line in lines[:2]] == ["REFUSED", "ALLOWED"]

    await eventually(is_noted)
    assert await kept(api, acme.id) == (1, 1)


@pytest.mark.parametrize("limit", ["SILENCE_SECONDS", "UPLOAD_SECONDS_MAX"])
async def test_an_upload_that_is_silent_or_endless_is_ended(
    api: Api, acme: Organisation, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(f"api.multipart.{limit}", 0.2)
    body = form(b"x" * 3_000_000)
    writer = await begin(acme.owner, body[:100_000], len(body))

    async def is_ended() -> bool:
        if not writer.is_closing() and limit == "UPLOAD_SECONDS_MAX":
            writer.write(b"x")
        lines = (await acme.owner("{ auditLog { nodes { outcome code } } }"))["nodes"]
        return [line["code"] for line in lines] == ["BAD_USER_INPUT", None]

    await eventually(is_ended)
    writer.close()
    assert await kept(api, acme.id) == (0, 0)


async def test_what_a_dead_process_left_is_swept_by_the_next_upload(api: Api, acme: Organisation) -> None:
    files = api.services.of(acme.id).files

    async def parts() -> AsyncIterator[bytes]:
        yield b"half"

    left, young = NewFile("left.txt").id, NewFile("young.txt").id
    await files.begin(acme.id, NewFile("left.txt", id=left))
    await files.receive(acme.id, left, parts())
    await files.begin(acme.id, NewFile("young.txt", id=young))
    await api.platform.sql("UPDATE files SET created_at = now() - interval '7 hours' WHERE id = :id", id=left)
    await upload(acme.owner)
    rows = await api.platform.sql("SELECT id, status FROM files WHERE tenant_id = :id ORDER BY id", id=acme.id)
    assert [row.status for row in rows] == ["pending", "clean"]
    assert rows[0].id == young
    assert await kept(api, acme.id) == (2, 1)


async def test_what_a_process_that_was_killed_was_writing_is_removed(api: Api, acme: Organisation) -> None:
    port = ports.choose()
    folder = api.platform.settings.data_dir / "objects" / "files" / str(acme.id)
    async with process(**variables_of(api.platform, port)) as started:
        victim = replace(acme.owner, url=f"http://127.0.0.1:{port}")
        await serving(started, victim.url)
        body = form(b"x" * 20_000_000)
        writer = await begin(victim, body[:15_000_000], len(body))
        await eventually(lambda: folder.exists() and any(folder.iterdir()))
        started.kill()
        await started.wait()
        writer.close()
    assert [path.name.endswith("#1") for path in folder.iterdir()] == [True]
    await api.platform.sql("UPDATE files SET created_at = now() - interval '7 hours' WHERE tenant_id = :id", id=acme.id)
    made = await upload(acme.owner)
    assert await kept(api, acme.id) == (1, 1)
    assert len(list(folder.iterdir())) == 1
    assert (await get(acme.owner, made["id"])).status_code == 200


async def test_an_upload_takes_no_more_memory_than_a_few_parts(api: Api, acme: Organisation) -> None:
    port = ports.choose()
    async with process(**variables_of(api.platform, port)) as started:
        owner = replace(acme.owner, url=f"http://127.0.0.1:{port}")
        await serving(started, owner.url)
        await upload(owner)
        before = highest_memory_bytes(started.pid)
        data = b"x" * 100_000_000
        made = await upload(owner, data)
        assert (await get(owner, made["id"])).content == data
        assert highest_memory_bytes(started.pid) - before < 60_000_000


def highest_memory_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


async def test_a_pending_file_is_not_for_use(api: Api, acme: Organisation) -> None:
    new = NewFile("a")
    await api.services.of(acme.id).files.begin(acme.id, new)
    file_id = encode_id("File", new.id)
    assert code_of(await get(acme.owner, file_id)) == (422, "FILE_REFUSED")
    shown = await acme.owner(FILE, id=file_id)
    assert (shown["status"], shown["downloadUrl"]) == ("PENDING", None)


# Room


async def test_an_organisation_keeps_so_many_bytes_and_no_more(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    made = await upload(acme.owner)
    room = LIMITS.tenant_file_bytes_max - 10
    await api.platform.sql("UPDATE files SET size = :size WHERE tenant_id = :id", size=room, id=acme.id)
    refused = await send(acme.owner, form(b"x" * 11))
    assert code_of(refused) == (422, "FILE_REFUSED")
    assert "delete some first" in refused.json()["detail"]
    assert (await send(acme.owner, form(b"x" * 6))).status_code == 201
    assert (await send(other.owner, form(b"x" * 11))).status_code == 201
    await delete(acme.owner, made["id"])
    assert (await send(acme.owner, form(b"x" * 11))).status_code == 201


async def test_uploads_that_end_at_once_do_not_all_take_the_last_room(api: Api, acme: Organisation) -> None:
    await upload(acme.owner)
    room = LIMITS.tenant_file_bytes_max - 10
    await api.platform.sql("UPDATE files SET size = :size WHERE tenant_id = :id", size=room, id=acme.id)
    files = api.services.of(acme.id).files
    begun = [NewFile("a") for _ in range(8)]
    for new in begun:
        await files.begin(acme.id, new)
    received, verdict = Bytes(6, "0" * 64), Verdict(FileStatus.CLEAN)
    settled = await asyncio.gather(
        *(files.settle(acme.id, new, received, "text/plain", verdict) for new in begun), return_exceptions=True
    )
    assert sorted(type(one) is File for one in settled) == [False] * 7 + [True]
    assert all(isinstance(one, File | FileRefused) for one in settled)


async def test_an_organisation_keeps_so_many_files_and_no_more(
    api: Api, acme: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.db.files.LIMITS", replace(LIMITS, tenant_files_max=1))
    await upload(acme.owner)
    assert code_of(await send(acme.owner, form())) == (422, "FILE_REFUSED")


# The scanner


@needs_clamd
async def test_malware_is_kept_apart_and_what_is_clean_says_who_looked(
    api: Api, acme: Organisation, tmp_path: Path
) -> None:
    async with clamd(tmp_path, "1M") as address, api_on(api.platform, clamd_address=address) as scanned:
        owner = scanned.client(acme.owner.token)
        clean = await upload(owner, b"harmless")
        assert clean["scanned_by"].startswith("ClamAV ")
        refused = await send(owner, form(EICAR))
        assert code_of(refused) == (422, "FILE_REFUSED")
        assert "Eicar-Test" in refused.json()["detail"]
        too_long = await send(owner, form(b"x" * 2_000_000))
        assert code_of(too_long) == (422, "FILE_REFUSED")
        rows = (await owner("{ files { nodes { id status signature downloadUrl } } }"))["nodes"]
        assert [row["status"] for row in rows] == ["UNSCANNABLE", "INFECTED", "CLEAN"]
        assert [row["downloadUrl"] is None for row in rows] == [True, True, False]
        for row in rows[:2]:
            assert code_of(await get(owner, row["id"])) == (422, "FILE_REFUSED")
        assert (await get(owner, clean["id"])).status_code == 200
        # The control: the same bytes pass where no scanner looks, and say so.
        assert (await upload(acme.owner, EICAR))["scanned_by"] is None


async def test_with_a_scanner_that_is_away_nothing_is_accepted(api: Api, acme: Organisation) -> None:
    async with api_on(api.platform, clamd_address="127.0.0.1:1") as scanned:
        refused = await send(scanned.client(acme.owner.token), form())
        assert code_of(refused) == (503, "SCAN_UNAVAILABLE")
        assert refused.headers["retry-after"]
        assert await kept(scanned, acme.id) == (0, 0)
    async with api_on(api.platform, clamd_address="127.0.0.1:1", accepts_unscanned=True) as lenient:
        owner = lenient.client(acme.owner.token)
        made = await upload(owner)
        assert (made["status"], made["scanned_by"]) == ("unscannable", None)
        assert (await get(owner, made["id"])).content == b"hello"
    # What was marked is not for use where the deployment is strict again.
    assert code_of(await get(acme.owner, made["id"])) == (422, "FILE_REFUSED")


async def test_a_file_is_not_there_for_use_while_it_is_scanned(api: Api, acme: Organisation) -> None:
    has_arrived, may_answer = asyncio.Event(), asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stream_of(reader)
        has_arrived.set()
        await may_answer.wait()
        writer.write(b"stream: OK\0")
        await writer.drain()

    async with scripted(script) as address, api_on(api.platform, clamd_address=address) as scanned:
        owner = scanned.client(acme.owner.token)
        sending = asyncio.create_task(upload(owner))
        await asyncio.wait_for(has_arrived.wait(), 10)
        (row,) = (await owner("{ files { nodes { id status } } }"))["nodes"]
        assert row["status"] == "PENDING"
        assert code_of(await get(owner, row["id"])) == (422, "FILE_REFUSED")
        may_answer.set()
        assert (await sending)["status"] == "clean"
        assert (await get(owner, row["id"])).status_code == 200


async def test_a_file_that_is_deleted_while_it_is_scanned_stays_deleted(api: Api, acme: Organisation) -> None:
    has_arrived, may_answer = asyncio.Event(), asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stream_of(reader)
        has_arrived.set()
        await may_answer.wait()
        writer.write(b"stream: OK\0")
        await writer.drain()

    async with scripted(script) as address, api_on(api.platform, clamd_address=address) as scanned:
        owner = scanned.client(acme.owner.token)
        sending = asyncio.create_task(send(owner, form()))
        await asyncio.wait_for(has_arrived.wait(), 10)
        (row,) = (await owner("{ files { nodes { id } } }"))["nodes"]
        assert (await delete(owner, row["id"])).status_code == 204
        may_answer.set()
        assert code_of(await sending) == (404, "NOT_FOUND")
        assert await kept(scanned, acme.id) == (0, 0)


async def test_a_page_of_another_origin_cannot_use_an_api_without_authentication(api: Api, acme: Organisation) -> None:
    door = api.app.state.door
    assert acme.owner.token is not None
    everyone = await door.authenticator.principal(acme.owner.token)
    door.everyone = everyone
    try:
        nobody: Client = api.client()
        assert code_of(await send(nobody, form(), Origin="https://evil.example")) == (403, "FORBIDDEN")
        assert (await send(nobody, form(), Origin=api.url)).status_code == 201
        assert (await send(nobody, form())).status_code == 201
    finally:
        door.everyone = None
