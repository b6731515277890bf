"""Nodes: things that have an id of their own, and how one is found by it; what a caller may not see is not there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import strawberry

from api.call import Call
from api.errors import BadUserInput
from api.graphql.guard import KNOWN, query
from api.graphql.ids import split_id
from schema.access import Right
from schema.errors import NotFound

IDS_MAX: Final = 50


@strawberry.interface(description="A thing with an id that is its own everywhere.")
class Node:
    @strawberry.field
    def id(self) -> strawberry.ID:
        raise NotImplementedError


#: How a type's things are found: the right that this needs, and from the parts of an id to the thing; raises NotFound.
Finder = tuple[Right, Callable[[Call, list[str]], Awaitable[Any]]]
FINDERS: Final[dict[str, Finder]] = {}


def add_finders(found: Mapping[str, Finder]) -> None:
    """Say how things of these types are found."""
    FINDERS.update(found)


async def find(call: Call, given: str) -> Any:
    """Give the thing that has an id, or None where there is none that this caller may see."""
    parts = split_id(given)
    if parts is None or parts[0] not in FINDERS:
        return None
    right, finder = FINDERS[parts[0]]
    if not call.principal.may(right):
        return None
    try:
        return await finder(call, parts[1])
    except (NotFound, ValueError):
        return None


@strawberry.type
class NodeQuery:
    @query(KNOWN, "The thing that has this id; null where there is none that you may see.")
    async def node(self, info: strawberry.Info, id: strawberry.ID) -> Node | None:
        found: Node | None = await find(info.context, id)
        return found

    @query(KNOWN, "The things that have these ids, in their order.")
    async def nodes(self, info: strawberry.Info, ids: list[strawberry.ID]) -> list[Node | None]:
        if len(ids) > IDS_MAX:
            raise BadUserInput(f"At most {IDS_MAX} ids at once.", where="ids")
        return [await find(info.context, one) for one in ids]
