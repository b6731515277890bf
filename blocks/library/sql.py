"""A block that asks a database one statement; it never builds SQL, and the server, not a look at the text, keeps it read-only."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Any, Final

import orjson

from blocks.readers.apart import Reader, run_apart
from blocks.sdk import (
    Block,
    BlockFailed,
    BlockInput,
    BlockOutput,
    Context,
    CredentialsField,
    CredentialUnusable,
    Example,
    Queue,
    Unavailable,
    UserPassword,
    Yield,
    pin,
)
from blocks.sdk.addresses import is_public, unwrap
from schema.credentials import Reference
from schema.errors import shorten

#: Seconds of a statement, rows that are given, and characters of a statement.
TIMEOUT_SECONDS_MAX: Final = 300
ROWS_MAX: Final = 10_000
QUERY_CHARS_MAX: Final = 1_000_000
#: Seconds beside the statement's own: to connect, to sign in, to read the rows.
_SPARE_SECONDS: Final = 15.0


class DatabaseType(StrEnum):
    """What a database speaks."""

    POSTGRES = "postgres"
    MYSQL = "mysql"
    MSSQL = "mssql"


class Tls(StrEnum):
    """How a connection is secured."""

    AUTO = "auto"
    VERIFY = "verify"
    REQUIRE = "require"


#: The port that a database usually is on, by what it speaks.
_PORTS: Final = {DatabaseType.POSTGRES: 5432, DatabaseType.MYSQL: 3306}
#: All that may be reached without the operator: also of poolers and of those who host databases.
_PORTS_OPEN: Final = frozenset({3306, 3307, 4000, 5432, 5433, 6432, 6543, 25_060, 25_061, 26_257, 33_060})
_LOGIN: Final = UserPassword(
    Reference("00000000-0000-4000-8000-000000000004", "database", "user_password", "Example"),
    username="reader",
    password="example-password",
)
_ASKED: Final[dict[str, Any]] = {
    "host": "db.example.com",
    "database": "shop",
    "query": "SELECT 1 AS one",
    "credentials": _LOGIN.reference.to_wire(),
}


class SQLQuery(Block):
    """Ask a PostgreSQL or MySQL database one statement.

    Read-only, the server refuses every change: the statement runs in a read-only transaction. Rows come as dictionaries by the
    columns' names; no more than `max_rows`, and `truncated` says whether there were more. Bytes are base64, and a
    decimal that no number says exactly is text. A statement that changes something is not tried again where its answer was
    lost. To a public address the connection is under TLS, and the certificate is verified, unless `tls` is `require`; to an
    address inside, which the operator has opened, TLS is used where the server has it.
    """

    id = "4dc35c0f-4fd8-465e-9616-5a216f1ba2bc"
    name = "SQLQueryBlock"
    categories = ("DATA",)
    queue = Queue.IO

    class Input(BlockInput):
        database_type: DatabaseType = pin(DatabaseType.POSTGRES, description="What the database speaks.")
        host: str = pin(secret=True, description="The server's name or address.")
        port: int | None = pin(None, ge=1, le=65_535, description="The server's port; none: the usual one.")
        database: str = pin(description="The database's name.")
        query: str = pin(description="The statement; one, with or without a semicolon at its end.")
        read_only: bool = pin(True, description="Let the server refuse every change.")
        timeout: int = pin(30, description="Seconds that the statement may take.")
        max_rows: int = pin(1000, description="Rows that are given at most.")
        credentials: Annotated[UserPassword, CredentialsField(providers=("database",))] = pin(
            description="A user of the database, and the password."
        )
        tls: Tls = pin(Tls.AUTO, description="auto, verify, or require: TLS without a look at the certificate.")

    class Output(BlockOutput):
        results: list[dict[str, Any]] = pin(description="The rows, by the columns' names.")
        columns: list[str] = pin(description="The columns' names, in order.")
        row_count: int = pin(description="How many rows are given.")
        truncated: bool = pin(description="Whether there were more.")
        affected_rows: int = pin(description="How many rows a change changed.")

    examples = (
        Example(
            title="A database that is not spoken here",
            input={**_ASKED, "database_type": "mssql"},
            output=[],
            error="mssql is not supported; postgres and mysql are",
            credentials={"credentials": _LOGIN},
        ),
        Example(
            input={**_ASKED, "query": " ; "}, output=[], error="Give a statement", credentials={"credentials": _LOGIN}
        ),
        Example(
            input={**_ASKED, "timeout": 0}, output=[], error="timeout must be", credentials={"credentials": _LOGIN}
        ),
        Example(
            input={**_ASKED, "max_rows": 10**6},
            output=[],
            error="max_rows must be",
            credentials={"credentials": _LOGIN},
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        query = _checked(inputs)
        found = await _ask(inputs, query, context)
        if found["columns"] is None:
            yield "affected_rows", found["affected"]
            return
        names = _distinct(found["columns"])
        yield "results", [dict(zip(names, row, strict=True)) for row in found["rows"]]
        yield "columns", names
        yield "row_count", len(found["rows"])
        yield "truncated", found["truncated"]


def _checked(inputs: SQLQuery.Input) -> str:
    """Give the statement; raise BlockFailed for what cannot be asked."""
    if inputs.database_type not in _PORTS:
        raise BlockFailed(f"{inputs.database_type.value} is not supported; {' and '.join(_PORTS)} are.")
    query = inputs.query.strip().rstrip(";").rstrip()
    if not query or len(query) > QUERY_CHARS_MAX:
        raise BlockFailed(f"Give a statement of at most {QUERY_CHARS_MAX} characters.")
    for name, value, limit in (
        ("timeout", inputs.timeout, TIMEOUT_SECONDS_MAX),
        ("max_rows", inputs.max_rows, ROWS_MAX),
    ):
        if not 1 <= value <= limit:
            raise BlockFailed(f"{name} must be from 1 to {limit}, not {value}.")
    return query


async def _ask(inputs: SQLQuery.Input, query: str, context: Context) -> dict[str, Any]:
    port = inputs.port or _PORTS[inputs.database_type]
    sock = await context.http.connect(inputs.host.strip(), port, ports=_PORTS_OPEN)
    with sock:
        peer = unwrap(ip_address(sock.getpeername()[0]))
        tls = inputs.tls.value if inputs.tls is not Tls.AUTO else "verify" if is_public(peer) else "offered"
        asked = {
            "fd": sock.fileno(),
            "kind": inputs.database_type.value,
            "host": inputs.host.strip(),
            "user": inputs.credentials.username,
            "password": inputs.credentials.password,
            "database": inputs.database,
            "query": query,
            "read_only": inputs.read_only,
            "seconds": inputs.timeout,
            "max_rows": inputs.max_rows,
            "tls": tls,
            "parent": os.getpid(),
        }
        seconds = inputs.timeout + _SPARE_SECONDS
        answer = await run_apart(Reader.DATABASE, orjson.dumps(asked), "The statement", seconds, fds=[sock.fileno()])
    return _found(answer, inputs.read_only)


def _found(answer: list[Any], read_only: bool) -> dict[str, Any]:
    """Give what the statement gave, or raise what it came to. A change is never tried again by itself."""
    if answer[0]:
        found: dict[str, Any] = answer[1]
        return found
    words, kind = shorten(str(answer[1]), 1000), answer[2]
    if kind == "credential":
        raise CredentialUnusable(f"The database does not accept the credential: {words}")
    if kind == "refused":
        raise BlockFailed(f"The database refused the statement: {words}")
    if read_only:
        raise Unavailable(f"The connection to the database broke: {words}")
    raise BlockFailed(f"The connection to the database broke, and whether the change was made is not known: {words}")


def _distinct(columns: list[str]) -> list[str]:
    """Give names that are each there once: `id`, `id_2`."""
    found: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in found:
            number += 1
            name = f"{column}_{number}"
        found.append(name)
    return found
