"""Which servers the tests have: embedded ones, unless others were chosen when pytest began; it starts none."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from deploy.stack import Endpoints


class Servers(Protocol):
    """What tests want of servers that are not embedded."""

    async def database(self) -> str:
        """Give the URL of an empty database that nobody else has."""

    async def endpoints(self, data_dir: Path) -> Endpoints:
        """Give a database that is up to date and a namespace of Temporal, which nobody else has."""


_chosen: Servers | None = None


def choose(chosen: Servers | None) -> None:
    global _chosen
    _chosen = chosen


def servers() -> Servers | None:
    """Give what is used instead of embedded servers; None: nothing."""
    return _chosen
