"""Asking a database one statement over a socket that is given, connected; run as a script, imports nothing of Drystone.

The request is JSON on the standard input: {fd, kind, host, user, password, database, query, read_only, seconds, max_rows, tls,
parent}, where the parent is the process that waits. The answer is JSON, [true, {columns, rows, truncated, affected}] or
[false, why not, kind], where the kind is `refused`, `credential` or `broken`. `tls` is `verify`, `require` (not
verified) or `offered` (where the server has it).

What a statement may do is said to the server, which keeps it: the transaction is read-only, the time is limited, and the protocol
of prepared statements (PostgreSQL), or a connection without the flag for more (MySQL), takes one statement and no second one.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import math
import os
import re
import resource
import socket
import ssl
import struct
import sys
import uuid
from typing import Any

_MEMORY_BYTES_MAX = 512 * 1024 * 1024
_CPU_SECONDS_MAX = 60
#: Characters of all rows that are given: what a value may have.
_ROWS_CHARS_MAX = 24 * 1024 * 1024
#: PostgreSQL's request for TLS: https://www.postgresql.org/docs/current/protocol-message-formats.html
_TLS_REQUEST = struct.pack("!ii", 8, 80877103)
#: Statements whose rows a cursor can give, so that no more are fetched than are wanted.
#: What stands in front of them is taken whole and never given back: tried in every other way, twenty comments take a second.
_FRONT = r"(?>\s|--[^\n]*\n|/\*.*?\*/|\()*+"
_QUERY = re.compile(_FRONT + r"(SELECT|VALUES|TABLE|WITH)\b", re.IGNORECASE | re.DOTALL)
#: What may be asked where nothing may be changed. A read-only transaction stops no COPY to a program or a file of the server's.
_READING = re.compile(_FRONT + r"(SELECT|VALUES|TABLE|WITH|SHOW|EXPLAIN|DESCRIBE|DESC)\b", re.IGNORECASE | re.DOTALL)
#: PostgreSQL's classes of errors that blame who asks for access: a password, a right to connect.
_CREDENTIAL_CODES = ("28",)
_MYSQL_CREDENTIAL_CODES = frozenset({1044, 1045, 1698, 1862, 3118})

Found = dict[str, Any]


class Refused(Exception):
    """The server, or a rule here, refuses; the text says why."""


class BadCredential(Exception):
    """The server does not accept who asks."""


def ask(asked: Found, sock: socket.socket) -> Found:
    """Run the statement; give its rows or how many it changed."""
    if asked["read_only"] and not _READING.match(asked["query"]):
        raise Refused("Read-only, a statement begins with SELECT, WITH, VALUES, TABLE, SHOW, EXPLAIN or DESCRIBE.")
    found = ask_postgres(asked, sock) if asked["kind"] == "postgres" else ask_mysql(asked, sock)
    rows, size = [], 0
    for row in found["rows"]:
        rows.append([plain(value) for value in row])
        size += len(json.dumps(rows[-1]))
        if size > _ROWS_CHARS_MAX:
            raise Refused(f"The rows have more than {_ROWS_CHARS_MAX} characters: ask for fewer or shorter ones.")
    return {**found, "rows": rows}


def need_parent(asked: Found) -> None:
    """Refuse to make a change that nobody waits for: where the worker is dead, another one makes it by now."""
    if os.getppid() != asked["parent"]:
        raise Refused("Nobody waits for it any more.")


def tls_context(tls: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if tls != "verify":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


# PostgreSQL


def ask_postgres(asked: Found, sock: socket.socket) -> Found:
    import pg8000.native  # Each of the two libraries is needed for its own kind only.

    sock = _secured(sock, asked)
    try:
        connection = pg8000.native.Connection(
            asked["user"],
            password=asked["password"],
            database=asked["database"],
            sock=sock,
            # TLS has begun already, or there is none: given nothing, the library would ask for it a second time.
            ssl_context=False,
            application_name="drystone",
        )
        mode = "READ ONLY" if asked["read_only"] else "READ WRITE"
        connection.run(f"BEGIN {mode}")
        connection.run(f"SET LOCAL statement_timeout = {int(asked['seconds'] * 1000)}")
        found = _run_postgres(connection, asked)
        need_parent(asked)
        connection.run("COMMIT")
        return found
    except pg8000.native.DatabaseError as error:
        said = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        words = str(said.get("M", error))
        if str(said.get("C", "")).startswith(_CREDENTIAL_CODES):
            raise BadCredential(words) from error
        raise Refused(words) from error


def _secured(sock: socket.socket, asked: Found) -> socket.socket:
    """Give the socket under TLS, where the server has it; raise Refused where it must and has not."""
    sock.sendall(_TLS_REQUEST)
    answer = sock.recv(1)
    if answer == b"S":
        return tls_context(asked["tls"]).wrap_socket(sock, server_hostname=asked["host"])
    if answer != b"N":
        raise Refused("The server is no PostgreSQL server.")
    if asked["tls"] != "offered":
        raise Refused("The server has no TLS, and a password is not sent over a public network without it.")
    return sock


def _run_postgres(connection: Any, asked: Found) -> Found:
    query, limit = asked["query"], asked["max_rows"] + 1
    # A colon would be a parameter's beginning to the library, so its own way of writing parameters is gone around.
    if _QUERY.match(query) and asked["read_only"]:
        # A prepared statement is one statement, by the protocol; so is what declares the cursor.
        columns, rows = _prepared(connection, f"DECLARE drystone NO SCROLL CURSOR FOR {query}")
        columns, rows = _prepared(connection, f"FETCH {limit} FROM drystone")
    else:
        columns, rows = _prepared(connection, query)
    if columns is None:
        return {"columns": None, "rows": [], "truncated": False, "affected": max(0, rows)}
    return {"columns": columns, "rows": rows[: limit - 1], "truncated": len(rows) >= limit, "affected": None}


def _prepared(connection: Any, sql: str) -> tuple[list[str] | None, Any]:
    """Run one statement by the extended protocol; give (columns, rows), or (None, how many rows it changed)."""
    name, columns, input_functions = connection.prepare_statement(sql, ())
    context = connection.execute_named(name, (), columns, input_functions, sql)
    if context.columns is None:
        return None, context.row_count
    return [column["name"] for column in context.columns], context.rows or []


# MySQL


def ask_mysql(asked: Found, sock: socket.socket) -> Found:
    import pymysql.cursors  # As above.

    # Given a context, the library requires TLS; given none, it takes it where it is offered, unverified.
    options = {} if asked["tls"] == "offered" else {"ssl": tls_context(asked["tls"])}
    try:
        connection = pymysql.Connection(
            host=asked["host"],
            user=asked["user"],
            # As text the library would write it in Latin-1.
            password=asked["password"].encode(),
            database=asked["database"] or None,
            charset="utf8mb4",
            defer_connect=True,
            cursorclass=pymysql.cursors.SSCursor,
            local_infile=False,
            read_timeout=asked["seconds"] + 5,
            write_timeout=asked["seconds"] + 5,
            **options,
        )
        connection.connect(sock)
        return _run_mysql(connection, asked)
    except pymysql.err.MySQLError as error:
        code, words = error.args[0] if error.args else 0, str(error.args[-1] if error.args else error)
        if code in _MYSQL_CREDENTIAL_CODES:
            raise BadCredential(words) from error
        raise Refused(words) from error


def _run_mysql(connection: Any, asked: Found) -> Found:
    import pymysql.err  # As above.

    with connection.cursor() as cursor:
        try:
            cursor.execute(f"SET SESSION max_execution_time = {int(asked['seconds'] * 1000)}")
        except pymysql.err.MySQLError:  # MariaDB has another name for it.
            cursor.execute(f"SET SESSION max_statement_time = {int(asked['seconds'])}")
        cursor.execute(f"START TRANSACTION READ {'ONLY' if asked['read_only'] else 'WRITE'}")
        # Without arguments the library leaves the text as it is.
        affected = cursor.execute(asked["query"])
        if cursor.description is None:
            need_parent(asked)
            connection.commit()
            return {"columns": None, "rows": [], "truncated": False, "affected": affected}
        rows = cursor.fetchmany(asked["max_rows"] + 1)
        columns = [column[0] for column in cursor.description]
        is_cut = len(rows) > asked["max_rows"]
    if not asked["read_only"]:
        need_parent(asked)
        connection.commit()
    return {"columns": columns, "rows": list(rows)[: asked["max_rows"]], "truncated": is_cut, "affected": None}


# Values


def plain(value: Any) -> Any:
    """Give a value of a database as JSON: what has no place in it is text."""
    match value:
        case None | bool() | str():
            return value.replace("\x00", "\ufffd") if isinstance(value, str) else value
        case int():
            return value if abs(value) < 2**63 else str(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case decimal.Decimal():
            return _number_of(value)
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case datetime.timedelta():
            return value.total_seconds()
        case uuid.UUID():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(bytes(value)).decode()
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case _:
            return str(value)


def _number_of(value: decimal.Decimal) -> int | float | str:
    """Give a decimal as a number, where that says the same; else as text, all its digits kept."""
    if not value.is_finite():
        return str(value)
    if value == value.to_integral_value() and abs(value) < 2**53:
        return int(value)
    near = float(value)
    return near if math.isfinite(near) and decimal.Decimal(repr(near)) == value else str(value)


def main() -> None:
    """Answer one request."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # Whoever would end this after a while may be dead by then.
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS_MAX, _CPU_SECONDS_MAX))
    except (OSError, ValueError):
        pass  # Some systems have no such limit; the parent's time limit holds there alone.
    asked = json.load(sys.stdin.buffer)
    sock = socket.socket(fileno=asked["fd"])
    sock.settimeout(asked["seconds"] + 5)
    try:
        answer: list[Any] = [True, ask(asked, sock)]
    except (Refused, ValueError) as error:
        answer = [False, str(error), "refused"]
    except BadCredential as error:
        answer = [False, str(error), "credential"]
    except ssl.SSLError as error:
        answer = [False, f"TLS: {error.reason or error}", "refused"]
    except Exception as error:  # noqa: BLE001 - the parent turns whatever it is into a failure of the block
        answer = [False, str(error) or type(error).__name__, "broken"]
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
