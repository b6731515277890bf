"""The guard: every operation names the right that it needs, and runs only for who has it; it knows no operation.

`query`, `mutation` and `subscription` stand in place of Strawberry's own on the three root types. A root field without a guard
is refused when the schema is built. A mutation is in the audit log before it runs; an error that is the caller's own becomes
problems of its payload.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import fields, is_dataclass
from inspect import isawaitable
from typing import Any, Final

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from api.call import Call
from api.errors import Forbidden, Unauthenticated, as_known
from api.graphql.problems import Payload, problems
from api.observing import name_operation
from schema.access import Right
from schema.errors import DrystoneError

#: An operation that anyone may call who reaches the API: signing in, what was shared, and what is public.
ANYONE: Final = None
#: An operation that needs a known caller and no right: looking at oneself.
KNOWN: Final = "known"

Needed = Right | str | None


class Guard(FieldExtension):
    """Lets an operation run for callers with a right."""

    def __init__(self, needed: Needed, *, is_mutation: bool = False) -> None:
        self.needed = needed
        self.is_mutation = is_mutation
        self.field: StrawberryField | None = None

    def apply(self, field: StrawberryField) -> None:
        self.field = field

    async def resolve_async(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **arguments: Any
    ) -> Any:
        call: Call = info.context
        name_operation(info.field_name)
        with call.services.instruments.operation(info.field_name) as told:
            found = await self._resolve(next_, source, info, arguments)
            if isinstance(found, Payload) and found.errors:
                told.outcome = "refused"
            return found

    async def _resolve(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info, arguments: dict[str, Any]
    ) -> Any:
        call: Call = info.context
        name = info.field_name
        try:
            self.check(call)
        except (Forbidden, Unauthenticated) as error:
            if self.is_mutation:
                await call.note(name, "DENIED", error.code, _object_of(arguments))
            raise
        if not self.is_mutation:
            found = next_(source, info, **arguments)
            # A subscription gives its generator, which is nothing to wait for.
            return await found if isawaitable(found) else found
        return await self._mutate(next_, source, info, arguments)

    def check(self, call: Call) -> None:
        """Raise Unauthenticated or Forbidden where this caller may not."""
        if self.needed is ANYONE:
            return
        if isinstance(self.needed, Right):
            call.need(self.needed)
        elif call.found_principal is None:
            raise Unauthenticated

    async def _mutate(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info, arguments: dict[str, Any]
    ) -> Any:
        call: Call = info.context
        name, object_id = info.field_name, _object_of(arguments)
        await call.note(name, "ALLOWED", None, object_id)
        try:
            return await next_(source, info, **arguments)
        except (Forbidden, Unauthenticated) as error:
            await call.note(name, "DENIED", error.code, object_id)
            raise
        except DrystoneError as error:
            await call.note(name, "REFUSED", error.code, object_id)
            known = as_known(error)
            if known is None or known.fault != "theirs":
                raise
            return self._payload()(errors=problems(known))

    def _payload(self) -> type[Payload]:
        assert self.field is not None
        kind = self.field.type
        kind = getattr(kind, "of_type", kind)
        assert isinstance(kind, type) and issubclass(kind, Payload), f"{self.field.name} gives no Payload"  # noqa: PT018
        return kind


def _object_of(arguments: dict[str, Any]) -> str | None:
    """Give the id that an operation is about: the audit log keeps ids and nothing else of its arguments."""
    given = arguments.get("input")
    found = {**arguments, **({f.name: getattr(given, f.name) for f in fields(given)} if is_dataclass(given) else {})}
    named = [
        str(value) for key, value in found.items() if (key == "id" or key.endswith("_id")) and isinstance(value, str)
    ]
    return ",".join(named)[:500] or None


def query(needed: Needed, description: str) -> Any:
    """Give the decorator of a query."""
    return strawberry.field(description=description, extensions=[Guard(needed)])


def mutation(needed: Needed, description: str) -> Any:
    """Give the decorator of a mutation; what it gives is a `Payload`."""
    return strawberry.mutation(description=description, extensions=[Guard(needed, is_mutation=True)])


def subscription(needed: Needed, description: str) -> Any:
    """Give the decorator of a subscription: its generator begins after the check, and the socket looks again later.

    The resolver is a generator, or a coroutine that gives one: what the coroutine raises refuses the subscription.
    """

    def decorate(resolver: Callable[..., AsyncGenerator[Any, None] | Awaitable[AsyncGenerator[Any, None]]]) -> Any:
        return strawberry.subscription(resolver, description=description, extensions=[Guard(needed)])

    return decorate


def guards(root: type) -> dict[str, Guard]:
    """Give the guard of each field of a root type; raise where one has none."""
    found = {}
    for field in root.__strawberry_definition__.fields:  # type: ignore[attr-defined]
        guard = next((one for one in field.extensions if isinstance(one, Guard)), None)
        if guard is None:
            raise TypeError(f"{root.__name__}.{field.name} has no guard")
        found[field.name] = guard
    return found
