"""The marketplace and a person's library as a block sees them: `context.market` and `context.library`; it decides no right.

What is read and added is read and added for the person whose run it is, with the rights that they have at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from schema.errors import BlockFailed, NotFound


class MarketOrder(StrEnum):
    """The orders of the marketplace."""

    RATING = "rating"
    RUNS = "runs"
    NAME = "name"
    UPDATED_AT = "updated_at"


@dataclass(frozen=True)
class Listed:
    """An agent on the marketplace, as everyone sees it."""

    version_id: str
    slug: str
    name: str
    description: str
    creator: str
    categories: tuple[str, ...]
    runs: int
    rating: float


@dataclass(frozen=True)
class Kept:
    """An agent in somebody's library."""

    entry_id: str
    graph_id: str
    graph_version: int
    name: str
    description: str
    creator: str
    categories: tuple[str, ...] = ()
    is_archived: bool = False


class Market(Protocol):
    """The marketplace."""

    async def find(self, creator: str, slug: str) -> Listed | None:
        """Give a creator's agent by its short name; None: there is none that everyone sees."""
        ...

    async def search(
        self, words: str | None, category: str | None, order: MarketOrder, limit: int
    ) -> tuple[Sequence[Listed], int]:
        """Give the first agents with these words in this category, and how many there are in all."""
        ...


class Library(Protocol):
    """The library of the person whose run it is."""

    async def page(self, words: str | None, limit: int, page: int) -> tuple[Sequence[Kept], int]:
        """Give a page of it, counted from 1, and how many agents there are in all."""
        ...

    async def add(self, version_id: str) -> Kept:
        """Add a marketplace agent by the id of its version; one that is there already stays as it is."""
        ...


def _needs_a_run() -> BlockFailed:
    return BlockFailed("The marketplace and the library are those of a run's owner, so the block runs in a graph only.")


class NoMarket:
    """The marketplace of a block that is run by itself."""

    async def find(self, creator: str, slug: str) -> Listed | None:
        raise _needs_a_run()

    async def search(
        self, words: str | None, category: str | None, order: MarketOrder, limit: int
    ) -> tuple[Sequence[Listed], int]:
        raise _needs_a_run()


class NoLibrary:
    """The library of a block that is run by itself."""

    async def page(self, words: str | None, limit: int, page: int) -> tuple[Sequence[Kept], int]:
        raise _needs_a_run()

    async def add(self, version_id: str) -> Kept:
        raise _needs_a_run()


@dataclass(frozen=True)
class Stall:
    """A marketplace of a few agents and a library that begins empty, for examples."""

    listed: tuple[Listed, ...] = ()
    kept: tuple[Kept, ...] = ()

    async def find(self, creator: str, slug: str) -> Listed | None:
        return next((one for one in self.listed if (one.creator, one.slug) == (creator, slug)), None)

    async def search(
        self, words: str | None, category: str | None, order: MarketOrder, limit: int
    ) -> tuple[Sequence[Listed], int]:
        found = [one for one in self.listed if _has(one, words) and (category is None or category in one.categories)]
        found.sort(key=lambda one: _place(one, order))
        return found[:limit], len(found)

    async def page(self, words: str | None, limit: int, page: int) -> tuple[Sequence[Kept], int]:
        found = [one for one in self.kept if _has(one, words)]
        return found[(page - 1) * limit : page * limit], len(found)

    async def add(self, version_id: str) -> Kept:
        one = next((one for one in self.listed if one.version_id == version_id), None)
        if one is None:
            raise NotFound("There is no such ListingVersion here.")
        return Kept(f"entry of {one.slug}", f"agent of {one.slug}", 1, one.name, one.description, one.creator)


def _has(one: Listed | Kept, words: str | None) -> bool:
    return all(word in f"{one.name} {one.description}".casefold() for word in (words or "").casefold().split())


def _place(one: Listed, order: MarketOrder) -> Any:
    match order:
        case MarketOrder.RATING:
            return -one.rating
        case MarketOrder.RUNS:
            return -one.runs
        case _:
            return one.name.casefold()
