"""Connections: lists by the Relay convention, paged by the keys of their rows and never by offsets.

A cursor is opaque: the version of its form, which list it is of, and the key of a row. A row that is added or removed while
somebody pages moves nothing. Pages have at most `PAGE_MAX` rows.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import orjson
import strawberry

from api.errors import BadCursor, BadUserInput

T = TypeVar("T")
R = TypeVar("R")

PAGE: Final = 20
PAGE_MAX: Final = 100
_VERSION: Final = 1


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="One element of a list, with the cursor behind which the next page begins.")
class Edge(Generic[T]):
    node: T
    cursor: str


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]]
    page_info: PageInfo
    count: strawberry.Private[Callable[[], Awaitable[int]] | None] = None

    @strawberry.field(description="The elements, without their cursors.")
    def nodes(self) -> list[T]:
        return [edge.node for edge in self.edges]

    @strawberry.field(description="How many elements the whole list has; null where that is not counted.")
    async def total_count(self) -> int | None:
        return None if self.count is None else await self.count()


def page_size(first: int | None) -> int:
    """Give how many rows a page has; raise BadUserInput beyond the limit."""
    wanted = PAGE if first is None else first
    if not 1 <= wanted <= PAGE_MAX:
        raise BadUserInput(f"`first` is a number from 1 to {PAGE_MAX}.", where="first")
    return wanted


def encode_cursor(of: str, *key: Any) -> str:
    """Give the cursor of a row by its key; `of` names the list and its order."""
    data = orjson.dumps([_VERSION, of, *(str(part) if isinstance(part, UUID) else part for part in key)])
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode_cursor(of: str, cursor: str | None, *kinds: type) -> list[Any] | None:
    """Give a cursor's key, each part as its kind (UUID, datetime, int, float, str); None where none is given.

    Raises BadCursor for one that this list did not give.
    """
    if cursor is None:
        return None
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        version, name, *key = orjson.loads(data)
        if (version, name, len(key)) != (_VERSION, of, len(kinds)):
            raise BadCursor
        return [_part(kind, part) for kind, part in zip(kinds, key, strict=True)]
    except (binascii.Error, ValueError, TypeError) as error:
        raise BadCursor from error


def _part(kind: type, part: Any) -> Any:
    if kind is UUID:
        return UUID(part)
    if kind is datetime:
        return datetime.fromisoformat(part)
    if type(part) is not kind and not (kind is float and type(part) is int):
        raise BadCursor
    return part


def connect(
    rows: Sequence[R],
    size: int,
    to_node: Callable[[R], T],
    to_cursor: Callable[[R], str],
    *,
    after: str | None = None,
    count: Callable[[], Awaitable[int]] | None = None,
) -> Connection[T]:
    """Make a page of rows; `rows` has one more than the page's size where there is a next page."""
    edges = [Edge(node=to_node(row), cursor=to_cursor(row)) for row in rows[:size]]
    info = PageInfo(
        has_next_page=len(rows) > size,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Connection(edges=edges, page_info=info, count=count)
