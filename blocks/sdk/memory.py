"""What agents remember from run to run, as a block sees it: `context.memory`; where it is kept is not known here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from schema.errors import BlockFailed


class Scope(StrEnum):
    """Who shares what is remembered: the runs of one agent, or those of all agents, of one person in both cases."""

    WITHIN_AGENT = "within_agent"
    ACROSS_AGENTS = "across_agents"


class Memory(Protocol):
    """The memory of the person whose run it is."""

    async def keep(self, scope: Scope, key: str, value: Any, write_key: str) -> None:
        """Keep a value under a key, in place of what was there. The same `write_key` keeps it once, however often it is tried.

        Raises BlockFailed for a key that is none, LimitExceeded where there is no room for another one.
        """
        ...

    async def recall(self, scope: Scope, key: str) -> Any:
        """Give what is kept under a key; None: nothing is."""
        ...


class NoMemory:
    """The memory of a block that is run by itself: it has no run, and so there is nobody who would remember."""

    async def keep(self, scope: Scope, key: str, value: Any, write_key: str) -> None:
        raise BlockFailed("What is remembered belongs to a run's agent, so the block runs in a graph only.")

    async def recall(self, scope: Scope, key: str) -> Any:
        raise BlockFailed("What is remembered belongs to a run's agent, so the block runs in a graph only.")


@dataclass
class Remembered:
    """A memory in a dictionary, for examples: {(scope, key): value}."""

    values: dict[tuple[Scope, str], Any] = field(default_factory=dict)
    write_keys: set[str] = field(default_factory=set)

    async def keep(self, scope: Scope, key: str, value: Any, write_key: str) -> None:
        if write_key not in self.write_keys:
            self.write_keys.add(write_key)
            self.values[scope, key] = value

    async def recall(self, scope: Scope, key: str) -> Any:
        return self.values.get((scope, key))
