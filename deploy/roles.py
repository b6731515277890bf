"""The roles of a worker process, by name; it starts none of them."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a worker process does."""

    ENGINE = "engine"
    BLOCKS = "blocks"
    PLATFORM = "platform"
