"""The collector: removes the bytes of files that are deleted, and what processes that died left of files; it deletes none itself.

A file is deleted by its row: at once for whoever looks. Its bytes may be many and the object store slow, so they go here. Where
this dies in the middle, the rows that are left say what is to be done.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from activities.retrying import WORLD_ERRORS
from activities.tools import Tools
from schema.db.files import COLLECTED_AT_ONCE

log = structlog.get_logger()

ROUND_SECONDS: Final = 20.0


class Collector:
    """The loop of one process. Two at once are harmless: what is gone is gone."""

    def __init__(self, tools: Tools, round_seconds: float = ROUND_SECONDS) -> None:
        self._tools = tools
        self._round_seconds = round_seconds

    async def run(self) -> None:
        """Collect until cancelled."""
        while True:
            try:
                while await self._tools.keeping.files.collect() == COLLECTED_AT_ONCE:
                    pass
            except WORLD_ERRORS as error:
                log.warning("files cannot be collected now", error=type(error).__name__)
            await asyncio.sleep(self._round_seconds)
