"""ValueStore: put, get, and what stands for a value in a row; it never looks into one.

A value of up to 1 KB of JSON stands inline. A larger one is kept under the SHA-256 of its JSON, once a tenant: up to 64 KB in
the table `values`, larger in an object store, which is written before the row that names it. Storing twice is harmless.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import obstore
from obstore.store import ObjectStore
from sqlalchemy import text

from schema.db.tenancy import Database
from schema.errors import NotFound, Unavailable
from schema.limits import LIMITS
from schema.values import Handle, decode, encode, make_handle

_PUT: Final = text(
    "INSERT INTO values (tenant_id, sha256, size, type, body, location) "
    "VALUES (:tenant, :sha256, :size, :type, :body, :location) ON CONFLICT DO NOTHING"
)
_GET: Final = text("SELECT sha256, body, location FROM values WHERE tenant_id = :tenant AND sha256 = ANY(:ids)")


class Stored(NamedTuple):
    """What a row keeps of a value: its JSON text, or the handle of one kept elsewhere; exactly one is set."""

    json: str | None
    handle: Handle | None

    @property
    def handle_wire(self) -> dict[str, Any] | None:
        return None if self.handle is None else self.handle.to_wire()

    def to_wire(self) -> dict[str, Any]:
        """Give {"value": ...} or {"handle": ...}: how an input stands in a node execution's row."""
        if self.handle is not None:
            return {"handle": self.handle.to_wire()}
        return {"value": decode(self.json or "null")}


@dataclass(frozen=True)
class ValueStore:
    """The values of all tenants."""

    engine: Database
    objects: ObjectStore

    async def put(self, tenant: UUID, value: Any, where: str = "value") -> Stored:
        """Keep a value; raise InvalidValue or ValueTooLarge naming `where` if it cannot be kept."""
        return await self.put_encoded(tenant, encode(value, where))

    async def put_encoded(self, tenant: UUID, data: bytes) -> Stored:
        """Keep a value by its JSON bytes, which `schema.values.encode` made."""
        if len(data) <= LIMITS.value_inline_bytes_max:
            return Stored(data.decode(), None)
        handle = make_handle(data)
        row = await self._row(tenant, data, handle)
        async with self.engine.begin() as connection:
            await connection.execute(_PUT, row)
        return Stored(None, handle)

    async def put_many(self, tenant: UUID, named: Sequence[tuple[Any, str]]) -> list[Stored]:
        """Keep values, each with the name by which an error calls it; those that go into rows go by one statement."""
        return await self.put_all(tenant, [encode(value, where) for value, where in named])

    async def put_all(self, tenant: UUID, encoded: Sequence[bytes]) -> list[Stored]:
        """Keep values by their JSON bytes; those that go into rows go by one statement."""
        large = {data: make_handle(data) for data in encoded if len(data) > LIMITS.value_inline_bytes_max}
        rows = [await self._row(tenant, data, handle) for data, handle in large.items()]
        if rows:
            async with self.engine.begin() as connection:
                await connection.execute(_PUT, rows)
        return [Stored(None, large[data]) if data in large else Stored(data.decode(), None) for data in encoded]

    async def _row(self, tenant: UUID, data: bytes, handle: Handle) -> dict[str, Any]:
        """Give the row of a value, after its body is in the object store where it is too large for the row."""
        body: bytes | None = data
        location = None
        if len(data) > LIMITS.value_row_bytes_max:
            body, location = None, f"values/{tenant}/{handle.id[:2]}/{handle.id}"
            await obstore.put_async(self.objects, location, data)
        row = {"tenant": tenant, "sha256": handle.id, "size": handle.size, "type": handle.type}
        return {**row, "body": body, "location": location}

    async def get_many(self, tenant: UUID, ids: Iterable[str]) -> dict[str, Any]:
        """Give the values of these handles by id; raise NotFound for one that is not there."""
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_GET, {"tenant": tenant, "ids": wanted})).all()
        found = {sha256: decode(await self._body(sha256, body, location)) for sha256, body, location in rows}
        missing = [value_id for value_id in wanted if value_id not in found]
        if missing:
            raise NotFound(f"The value {missing[0]} is not stored here.", value_id=missing[0])
        return found

    async def read(self, tenant: UUID, value_id: str) -> bytes:
        """Give the JSON of a value, as it was kept; raise NotFound."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_GET, {"tenant": tenant, "ids": [value_id]})).one_or_none()
        if row is None:
            raise NotFound(f"The value {value_id} is not stored here.", value_id=value_id)
        return await self._body(row.sha256, row.body, row.location)

    async def get(self, tenant: UUID, value_id: str) -> Any:
        return (await self.get_many(tenant, [value_id]))[value_id]

    async def _body(self, sha256: str, body: bytes | None, location: str | None) -> bytes:
        if body is not None:
            return body
        try:
            answer = await obstore.get_async(self.objects, location or "")
            data = bytes(await answer.bytes_async())
        except (OSError, obstore.exceptions.BaseError) as error:
            raise Unavailable(f"The object store did not give the value {sha256}: {error}") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Unavailable(f"The object store gave other bytes than were stored for the value {sha256}.")
        return data


async def resolve(store: ValueStore, tenant: UUID, rows: Iterable[tuple[Any, Mapping[str, Any] | None]]) -> list[Any]:
    """Give the values of (inline value, handle) rows, in their order, with one look-up for all handles."""
    pairs = list(rows)
    found = await store.get_many(tenant, [handle["id"] for _, handle in pairs if handle is not None])
    return [value if handle is None else found[handle["id"]] for value, handle in pairs]
