"""Canaries: texts that nobody else has, and the search for them in every form and at every place; no test is here."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client as Temporal

_COLUMNS = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"


def a_canary(name: str) -> str:
    """Make a text that is nowhere yet, with what an encoding would change in it."""
    return f'cnry-{name}-{secrets.token_hex(12)}"/+&\u00e4.{secrets.token_hex(4)}'


def forms_of(canary: bytes) -> Iterator[bytes]:
    """Give what to look for. Written for the search alone: what scrubs must not decide what is found."""
    yield canary
    yield canary.hex().encode()
    yield canary.hex().upper().encode()
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + canary)
        # Characters that are the canary's alone: a few fewer at each end are still beyond any chance.
        inner = encoded[4 if shift else 0 : -4]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))
    try:
        words = canary.decode()
    except UnicodeDecodeError:
        return
    for form in (quote(words), quote(words, safe=""), quote_plus(words)):
        yield form.encode()
    for is_ascii in (True, False):
        escaped = json.dumps(words, ensure_ascii=is_ascii)[1:-1]
        yield escaped.encode()
        yield json.dumps(escaped, ensure_ascii=is_ascii)[1:-1].encode()


@dataclass
class Canaries:
    """Canaries by name."""

    planted: dict[str, bytes] = field(default_factory=dict)

    def plant(self, name: str, value: str | bytes | None = None) -> str:
        """Note a canary, a new one where none is given."""
        found = a_canary(name) if value is None else value
        assert len(found) >= 16, "what is short is found by chance"
        self.planted[name] = found if isinstance(found, bytes) else found.encode()
        return found if isinstance(found, str) else ""

    def hits(self, places: Iterable[tuple[str, bytes]]) -> set[tuple[str, str]]:
        """Give (canary, place) for each that is found."""
        patterns = {
            name: re.compile(b"|".join(sorted((re.escape(form) for form in set(forms_of(canary))), key=len)))
            for name, canary in self.planted.items()
        }
        return {(name, place) for place, data in places for name, pattern in patterns.items() if pattern.search(data)}


async def tables(engine: AsyncEngine) -> list[tuple[str, bytes]]:
    """Give every value of every table: bytes as bytes, all else as its text, by itself: that of a whole row has quotes doubled."""
    found = []
    async with engine.connect() as connection:
        for table, column, kind in (await connection.execute(text(_COLUMNS))).all():
            value = f'"{column}"' if kind == "bytea" else f'CAST("{column}" AS text)'
            rows = (await connection.execute(text(f'SELECT {value} FROM "{table}" WHERE "{column}" IS NOT NULL'))).all()
            cells = [row[0] if isinstance(row[0], bytes) else row[0].encode() for row in rows]
            found.append((f"table {table}", b"\n".join(cells)))
    return found


async def histories(client: Temporal) -> list[tuple[str, bytes]]:
    """Give the history of every workflow, as JSON and as the bytes that travel."""
    found = []
    async for execution in client.list_workflows(""):
        history = await client.get_workflow_handle(execution.id, run_id=execution.run_id).fetch_history()
        found.append(("history", history.to_json().encode()))
        found.extend(("history", event.SerializeToString()) for event in history.events)
        described = await client.get_workflow_handle(execution.id, run_id=execution.run_id).describe()
        found.append(("history", described.raw_description.SerializeToString()))
    return found


def files(folder: Path, but: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    """Give the files below a folder, by the name of the folder that they are in; `but` are the names of those left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.name not in but:
            yield f"file {path.relative_to(folder).parts[0]}", path.read_bytes()
