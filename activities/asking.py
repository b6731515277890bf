"""Asking people: the approval that a node's execution waits for is made here, and what was decided is read here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from activities.tools import Tools
from blocks.sdk.context import Answer
from blocks.sdk.directives import AskPerson
from schema.errors import DrystoneError

if TYPE_CHECKING:
    from activities.attempt import Attempt


async def ask_person(tools: Tools, attempt: Attempt, directive: AskPerson) -> tuple[list[Any], dict[str, Any]]:
    """Give what the workflow is to wait for, and the same as the record shows it."""
    raise DrystoneError("Approvals are not built yet.")


async def arrived_answer(tools: Tools, tenant: UUID, arrivals: Sequence[Sequence[Any]]) -> Answer | None:
    """Give what was decided, where that woke the execution."""
    return None
