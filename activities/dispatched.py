"""What its activity knows of a dispatch, and how the step of an item ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from activities.tools import CompiledPlan, Tools
from activities.writer import Writer
from workflows.wire import Header


@dataclass
class Outcome:
    """How an item's step ended: a record's outcome and extra."""

    kind: str
    extra: Any = None


@dataclass
class Dispatched:
    """A dispatch, as its activity has it."""

    tools: Tools
    header: Header
    compiled: CompiledPlan
    node: int
    fence: int
    attempt: int
    #: Attempts that the world, not the worker or the block, made fail.
    world_failures: int
    writer: Writer
    #: How long it was in its queue, and when a worker took it from there.
    queued_ms: float = 0
    taken_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def run_id(self) -> UUID:
        return UUID(self.header.run_id)

    @property
    def tenant(self) -> UUID:
        return UUID(self.header.tenant_id)
