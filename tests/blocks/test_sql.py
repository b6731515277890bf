"""SQLQuery against a real PostgreSQL on 127.0.0.1, reached by the guarded way out."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio

from blocks.library.sql import SQLQuery
from blocks.readers import apart, database_child
from blocks.sdk import Context, UserPassword
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.block import DirectResult
from blocks.sdk.direct import run_directly
from blocks.sdk.egress import GuardedHttp
from schema.credentials import Reference
from tests.db.stores import serving
from tests.durable.waiting import eventually
from tests.tidy.source import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFERENCE = Reference("00000000-0000-4000-8000-000000000009", "database", "user_password", "Test")


@dataclass
class Database:
    """A database, as its administrator has it."""

    url: str
    connection: asyncpg.Connection

    async def ask(self, query: str, *, password: str | None = None, http: Any = None, **inputs: Any) -> DirectResult:
        parts = urlsplit(self.url)
        login = UserPassword(REFERENCE, username=parts.username or "", password=password or parts.password or "")
        given = {
            "host": "127.0.0.1",
            "port": parts.port,
            "database": parts.path[1:],
            "query": query,
            "credentials": REFERENCE.to_wire(),
            **inputs,
        }
        http = http or GuardedHttp(EgressPolicy(allowed_hosts=frozenset({f"127.0.0.1:{given['port']}"})))
        return await run_directly(SQLQuery, given, Context(http=http, credentials={"credentials": login}))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    async with serving(tmp_path_factory.mktemp("sql") / "data") as url:
        plain = url.replace("+asyncpg", "")
        connection = await asyncpg.connect(plain, ssl=False)
        await connection.execute("CREATE TABLE walls (id int PRIMARY KEY, name text); CREATE TABLE log (line text)")
        await connection.executemany("INSERT INTO walls VALUES ($1, $2)", [(1, "a"), (2, "b"), (3, "ü'; --")])
        yield Database(plain, connection)
        await connection.close()


def outputs(result: DirectResult) -> dict[str, Any]:
    assert result.error is None, result.error
    return dict(result.emissions)


async def test_rows_come_as_dictionaries(database: Database) -> None:
    found = outputs(await database.ask("SELECT id, name FROM walls ORDER BY id;"))
    assert found == {
        "results": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"id": 3, "name": "ü'; --"}],
        "columns": ["id", "name"],
        "row_count": 3,
        "truncated": False,
    }


async def test_no_more_rows_than_asked_for_are_fetched(database: Database) -> None:
    found = outputs(await database.ask("SELECT n FROM generate_series(1, 1000000) AS n", max_rows=2, timeout=10))
    assert found == {"results": [{"n": 1}, {"n": 2}], "columns": ["n"], "row_count": 2, "truncated": True}
    exactly = outputs(await database.ask("SELECT n FROM generate_series(1, 2) AS n", max_rows=2))
    assert (exactly["row_count"], exactly["truncated"]) == (2, False)


async def test_a_change_is_made_where_it_may_be(database: Database) -> None:
    assert outputs(await database.ask("INSERT INTO log VALUES ('x'), ('y')", read_only=False)) == {"affected_rows": 2}
    assert await database.connection.fetchval("SELECT count(*) FROM log") == 2
    given = outputs(await database.ask("DELETE FROM log RETURNING line", read_only=False))
    assert sorted(row["line"] for row in given["results"]) == ["x", "y"]


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM walls",
        "DROP TABLE walls",
        "WITH gone AS (DELETE FROM walls RETURNING id) SELECT * FROM gone",
        "SELECT 1; DELETE FROM walls",
        "COMMIT; DELETE FROM walls",
        "SELECT 1 FOR UPDATE; COMMIT; DROP TABLE walls",
        "END; BEGIN READ WRITE; DELETE FROM walls; COMMIT",
        "/* ; */ SELECT 1; DROP TABLE walls --",
        "SET TRANSACTION READ WRITE; DELETE FROM walls",
        "DO $$ BEGIN DELETE FROM walls; END $$",
        "COPY walls FROM STDIN",
        "COPY (SELECT 1) TO PROGRAM 'false'",
        "/* SELECT */ COPY walls TO '/tmp/walls'",
        "DO $$ BEGIN COPY (SELECT 1) TO PROGRAM 'false'; END $$",
        "EXPLAIN ANALYZE DELETE FROM walls",
        "DECLARE x CURSOR FOR SELECT 1; DELETE FROM walls",
    ],
)
async def test_the_server_refuses_a_change_and_a_second_statement(database: Database, query: str) -> None:
    result = await database.ask(query, timeout=5)
    assert result.error is not None
    assert result.error.code in ("BLOCK_FAILED", "UNAVAILABLE"), result.error
    assert await database.connection.fetchval("SELECT count(*) FROM walls") == 3


async def test_a_second_statement_is_refused_also_where_changes_may_be_made(database: Database) -> None:
    result = await database.ask("INSERT INTO log VALUES ('1'); INSERT INTO log VALUES ('2')", read_only=False)
    assert result.error is not None
    assert "multiple commands" in result.error.message
    assert await database.connection.fetchval("SELECT count(*) FROM log") == 0


async def test_statements_that_are_no_queries_can_be_read_only_too(database: Database) -> None:
    assert outputs(await database.ask("SHOW transaction_read_only"))["results"] == [{"transaction_read_only": "on"}]
    assert outputs(await database.ask("EXPLAIN SELECT 1"))["columns"] == ["QUERY PLAN"]


async def test_a_statement_that_takes_too_long_is_ended_by_the_server(database: Database) -> None:
    result = await database.ask("SELECT pg_sleep(60)", timeout=1)
    assert result.error is not None
    assert "statement timeout" in result.error.message
    running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
    assert await database.connection.fetchval(running) == 0


async def test_values_of_every_kind_are_json(database: Database) -> None:
    query = (
        "SELECT 1.50::numeric AS d, 1e300::numeric AS long, 'NaN'::float8 AS nan, true AS b, NULL AS n, '\\x00ff'::bytea AS raw,"
        " '2026-01-31'::date AS day, ARRAY[1, NULL] AS list, '{\"a\": [1]}'::jsonb AS doc, 9223372036854775807 AS big,"
        " 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'::uuid AS u, interval '90 seconds' AS span, 1::int, 2::int, 'a:b %s ::x' AS t"
    )
    row = outputs(await database.ask(query))["results"][0]
    assert row["d"] == 1.5
    assert row["nan"] == "nan"
    assert (row["b"], row["n"], row["raw"], row["day"], row["list"]) == (True, None, "AP8=", "2026-01-31", [1, None])
    assert row["doc"] == {"a": [1]}
    assert (row["big"], row["u"]) == (2**63 - 1, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
    assert (row["int4"], row["int4_2"], row["t"]) == (1, 2, "a:b %s ::x")
    json.dumps(row, allow_nan=False)


async def test_rows_that_are_too_large_are_refused(database: Database) -> None:
    result = await database.ask("SELECT repeat('x', 1000000) FROM generate_series(1, 40)")
    assert result.error is not None
    assert "fewer or shorter" in result.error.message


async def test_a_mistake_is_told_in_the_servers_words(database: Database) -> None:
    result = await database.ask("SELECT 1 FORM walls")
    assert result.error is not None
    assert result.error.message == 'The database refused the statement: syntax error at or near "walls"'


async def test_a_wrong_password_blames_the_credential_and_is_not_shown(database: Database) -> None:
    result = await database.ask("SELECT 1", password="canary-password")
    assert result.error is not None
    assert result.error.code == "CREDENTIAL_UNUSABLE"
    assert "canary-password" not in str(result.error.to_wire())


async def test_no_address_inside_is_reached_unless_the_operator_opened_it(database: Database) -> None:
    result = await database.ask("SELECT 1", http=GuardedHttp())
    assert result.error is not None
    assert result.error.code == "EGRESS_REFUSED"


async def test_what_is_no_database_is_told_apart(database: Database) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answering = asyncio.create_task(asyncio.to_thread(_greet, server))
        result = await database.ask("SELECT 1", port=port)
        await answering
    assert result.error is not None
    assert "no PostgreSQL server" in result.error.message


def _greet(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"220 mail.example.com ESMTP\r\n")
        connection.recv(100)


async def test_what_nobody_waits_for_any_more_is_ended_and_holds_nobody_up(database: Database) -> None:
    change = "INSERT INTO log SELECT 'late' FROM pg_sleep(30)"
    asked = [asyncio.create_task(database.ask(change, read_only=False, timeout=60)) for _ in range(6)]
    await eventually(lambda: len(children_that_run(database_child)) == len(asked))
    feed = b'<rss version="2.0"><channel><item><title>Walls</title></item></channel></rss>'
    async with asyncio.timeout(10):
        assert await apart.read_apart(apart.Reader.FEED, feed, "The feed"), "control: others read meanwhile"
    for task in asked:
        task.cancel()
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in ended] == [asyncio.CancelledError] * len(asked)
    await eventually(lambda: not children_that_run(database_child), seconds=5.0)
    assert await database.connection.fetchval("SELECT count(*) FROM log WHERE line = 'late'") == 0


#: A worker that begins the child, hands it the request, and is killed or waits for it. Arguments: script, descriptor, request, end.
WORKER = """
import json, os, subprocess, sys
script, fd, asked, end = sys.argv[1:]
child = subprocess.Popen([sys.executable, "-I", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[int(fd)])
child.stdin.write(json.dumps({**json.loads(asked), "fd": int(fd), "parent": os.getpid()}).encode())
child.stdin.close()
os.kill(os.getpid(), 9) if end == "killed" else child.stdout.read()
"""


@pytest.mark.parametrize(("end", "made"), [("killed", 0), ("lives", 1)])
async def test_a_change_whose_worker_is_killed_meanwhile_is_not_made(database: Database, end: str, made: int) -> None:
    parts = urlsplit(database.url)
    asked = {"kind": "postgres", "host": "127.0.0.1", "user": parts.username, "password": parts.password,
             "database": parts.path[1:], "query": "INSERT INTO log SELECT 'orphan' FROM pg_sleep(0.3)", "read_only": False,
             "seconds": 20, "max_rows": 1, "tls": "offered"}  # fmt: skip
    with socket.create_connection(("127.0.0.1", parts.port or 0)) as sock:
        command = [
            sys.executable,
            "-c",
            WORKER,
            str(database_child.__file__),
            str(sock.fileno()),
            json.dumps(asked),
            end,
        ]
        await asyncio.to_thread(subprocess.run, command, pass_fds=[sock.fileno()], check=False)
        port = sock.getsockname()[1]
    open_still = f"SELECT count(*) FROM pg_stat_activity WHERE client_port = {port}"

    async def is_closed() -> bool:
        return bool(await database.connection.fetchval(open_still) == 0)

    await eventually(is_closed)
    assert await database.connection.fetchval("SELECT count(*) FROM log WHERE line = 'orphan'") == made


def children_that_run(script: ModuleType) -> list[str]:
    """Give the processes of ours that run a script."""
    ids = " ".join(path.read_text() for path in Path("/proc/self/task").glob("*/children")).split()
    return [one for one in ids if str(script.__file__) in command_line(one)]


def command_line(process: str) -> str:
    """Give how a process was called; nothing where it has just ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""


async def test_a_password_does_not_go_in_clear_where_tls_must_be() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"N")  # the server has no TLS
        with pytest.raises(database_child.Refused, match="without it"):
            database_child._secured(ours, {"tls": "verify", "host": "db.example.com"})
        theirs.sendall(b"N")
        assert database_child._secured(ours, {"tls": "offered", "host": "db.example.com"}) is ours


async def test_a_worker_that_has_the_library_has_none_of_these_libraries() -> None:
    heavy = ["pg8000", "pymysql", "feedparser", "python_calamine", "aiosmtplib", "defusedxml"]
    code = "import sys; from blocks.registry import library_blocks; list(library_blocks())"
    code += f"; print([name for name in {heavy} if name in sys.modules])"
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == "[]"


async def test_a_statement_of_comments_is_looked_at_once() -> None:
    began = time.process_time()
    assert database_child._QUERY.match("/**/" * 100_000) is None
    assert database_child._QUERY.match("/* a */ -- b\n ((SELECT 1))") is not None
    assert database_child._READING.match("( /*" * 100_000) is None
    assert time.process_time() - began < 0.2


# MySQL: there is no server of it here, so what is seen is what one is told.


class TalkingMySQL:
    """A server that speaks MySQL's protocol, lets everybody in and answers each query with the same two rows."""

    def __init__(self, has_tls: bool = False) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.capabilities = 0x0008F7FF if has_tls else 0x0008F7FF & ~0x800
        self.queries: list[str] = []
        self.client_flags = 0

    def serve(self) -> None:
        self.connection, _ = self.socket.accept()
        try:
            self._greet()
            while (packet := self._read())[:1] == b"\x03":
                self.queries.append(packet[1:].decode())
                self._answer(self.queries[-1])
        except (OSError, IndexError):
            pass  # The client left.
        finally:
            self.connection.close()
            self.socket.close()

    def _greet(self) -> None:
        low, high = (self.capabilities & 0xFFFF).to_bytes(2, "little"), (self.capabilities >> 16).to_bytes(2, "little")
        head = b"\x0a8.0.36\0" + (1).to_bytes(4, "little") + b"12345678\0" + low + b"\x2d\x02\0" + high
        self._send(head + b"\x15" + b"\0" * 10 + b"123456789012\0mysql_native_password\0", 0)
        self.client_flags = int.from_bytes(self._read()[:4], "little")
        self._send(b"\0\0\0\x02\0\0\0", 2)

    def _answer(self, query: str) -> None:
        if query.startswith(("SET", "START", "COMMIT", "UPDATE")):
            self._send(b"\0\x05\0\x02\0\0\0", 1)
            return
        column = b"".join(len(part).to_bytes(1, "little") + part for part in (b"def", b"", b"t", b"t", b"n", b"n"))
        self._send(b"\x01", 1)
        self._send(column + b"\x0c\x2d\0" + (20).to_bytes(4, "little") + b"\x03\0\0\0\0\0", 2)
        self._send(b"\xfe\0\0\x02\0", 3)
        for number, row in enumerate((b"\x017", b"\x018")):
            self._send(row, 4 + number)
        self._send(b"\xfe\0\0\x02\0", 6)

    def _send(self, payload: bytes, number: int) -> None:
        self.connection.sendall(len(payload).to_bytes(3, "little") + bytes([number]) + payload)

    def _read(self) -> bytes:
        head = self.connection.recv(4, socket.MSG_WAITALL)
        return self.connection.recv(int.from_bytes(head[:3], "little"), socket.MSG_WAITALL)


async def ask_mysql(database: Database, server: TalkingMySQL, query: str, **inputs: Any) -> DirectResult:
    serving_it = asyncio.create_task(asyncio.to_thread(server.serve))
    result = await database.ask(query, port=server.port, database_type="mysql", **inputs)
    await serving_it
    return result


async def test_mysql_is_asked_in_a_read_only_transaction_and_one_statement(database: Database) -> None:
    server = TalkingMySQL()
    found = outputs(await ask_mysql(database, server, "SELECT '%s' AS n", max_rows=1, timeout=7))
    assert found == {"results": [{"n": 7}], "columns": ["n"], "row_count": 1, "truncated": True}
    assert server.queries[-3:] == [
        "SET SESSION max_execution_time = 7000",
        "START TRANSACTION READ ONLY",
        "SELECT '%s' AS n",
    ]
    assert not server.client_flags & 0x10000, "the flag that lets a text have several statements"
    assert not server.client_flags & 0x80, "the flag that lets a server ask for files"


async def test_mysql_tells_how_many_rows_a_change_changed(database: Database) -> None:
    server = TalkingMySQL()
    assert outputs(await ask_mysql(database, server, "UPDATE t SET n = 1", read_only=False)) == {"affected_rows": 5}
    assert server.queries[-3:] == ["START TRANSACTION READ WRITE", "UPDATE t SET n = 1", "COMMIT"]


async def test_mysql_without_tls_is_refused_where_it_must_be(database: Database) -> None:
    server = TalkingMySQL()
    result = await ask_mysql(database, server, "SELECT 1", tls="verify")
    assert result.error is not None
    assert "SSL is required" in result.error.message
    assert server.queries == []
