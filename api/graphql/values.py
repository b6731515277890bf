"""Values in GraphQL: small ones stand where they are, large ones are read only where somebody asks for them; none is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.graphql.files import File, file_of_value
from schema.errors import ValueTooLarge
from schema.values import Handle, encode, make_handle

#: Bytes of one value that an answer carries, and of all values that one operation reads.
VALUE_BYTES_MAX: Final = 1024 * 1024
OPERATION_BYTES_MAX: Final = 8 * 1024 * 1024
VALUES_PATH: Final = "/values"

#: (id, bytes)
_Key = tuple[str, int]


@strawberry.type(description="A value that went through a run. What is secret stands as `***`, here and everywhere.")
class Value:
    kept: strawberry.Private[Any]
    handle: strawberry.Private[Handle | None]
    tenant: strawberry.Private[UUID]
    #: What is shared shows a value and does not say where it is kept.
    is_shared: strawberry.Private[bool]

    @strawberry.field(description="The first 80 characters of its JSON.")
    def preview(self) -> str:
        return self._described.preview

    @strawberry.field(description="Bytes of its JSON.")
    def size(self) -> int:
        return self._described.size

    @strawberry.field(description="null, boolean, number, string, array or object.")
    def type(self) -> str:
        return self._described.type

    @strawberry.field(description="Whether it stands in its row; reading one that does not costs a look-up.")
    def is_inline(self) -> bool:
        return self.handle is None

    @strawberry.field(
        description="The value where it stands in its row, which costs nothing; null where it is kept apart, see `isInline`."
    )
    def inline(self) -> JSON | None:
        return None if self.handle is not None else JSON(self.kept)

    @strawberry.field(
        description="The value itself, of up to 1 MB; a larger one is VALUE_TOO_LARGE: fetch it from `valueUrl`."
    )
    async def json(self, info: strawberry.Info) -> JSON | None:
        if self.handle is None:
            return JSON(self.kept)
        if self.handle.size > VALUE_BYTES_MAX:
            raise ValueTooLarge(f"The value has {self.handle.size} bytes, {self._where(info.context)}.")
        return JSON(await self._loader(info.context).load((self.handle.id, self.handle.size)))

    @strawberry.field(
        description="Where its JSON can be fetched, with the same token; null where it stands in its row."
    )
    def value_url(self, info: strawberry.Info) -> str | None:
        if self.handle is None or self.is_shared:
            return None
        return _url(info.context, self.handle)

    @strawberry.field(
        description="The stored file that it stands for, where it is the media value of one that is here."
    )
    async def file(self, info: strawberry.Info) -> File | None:
        return None if self.is_shared or self.handle is not None else await file_of_value(info.context, self.kept)

    @property
    def _described(self) -> Handle:
        return self.handle or make_handle(encode(self.kept))

    def _where(self, call: Call) -> str:
        assert self.handle is not None
        return "too many to be shown" if self.is_shared else f"so fetch it from {_url(call, self.handle)}"

    def _loader(self, call: Call) -> Any:
        stores = call.services.of(self.tenant)

        async def load(keys: Sequence[_Key]) -> dict[_Key, Any]:
            """Read all that one operation asks for at once, as far as it may be carried."""
            taken = _within(keys)
            found = await stores.values.get_many(self.tenant, [key[0] for key in taken])
            text = f"The values are more than {OPERATION_BYTES_MAX} bytes together: ask for fewer at once."
            return {key: found[key[0]] if key in taken else ValueTooLarge(text) for key in keys}

        return call.loader(f"value of {self.tenant}", load)


def _within(keys: Sequence[_Key]) -> set[_Key]:
    taken, size = set(), 0
    for key in keys:
        size += key[1]
        if size <= OPERATION_BYTES_MAX:
            taken.add(key)
    return taken


def _url(call: Call, handle: Handle) -> str:
    return f"{call.services.config.public_url}{VALUES_PATH}/{handle.id}"


def value_of(tenant: UUID, kept: Any, handle: Mapping[str, Any] | None, *, is_shared: bool = False) -> Value:
    """Give a value as a row keeps it: inline, or by its handle."""
    return Value(
        kept=kept,
        handle=None if handle is None else Handle.from_wire(handle),
        tenant=tenant,
        is_shared=is_shared,
    )
