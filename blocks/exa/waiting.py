"""Waiting for Exa: how long it has been, and how long until the next look; nobody waits here but the workflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from blocks.sdk import Context, Sleep

#: Seconds that a block may wait in all, and how each wait is longer than the one before.
SECONDS_MAX: Final = 24 * 3600
_GROWTH: Final = 1.5


@dataclass(frozen=True)
class Waiting:
    """A wait that began in an earlier step, or begins now. `made` is what that step made, by its id."""

    context: Context
    timeout_seconds: float
    first_seconds: float = 5.0
    seconds_max: float = 30.0

    @property
    def _memory(self) -> dict[str, Any]:
        memories = self.context.memories
        return memories[0] if memories else {"began": self.context.now().timestamp()}

    @property
    def made(self) -> str | None:
        """Give what was made before it was waited for."""
        return self._memory.get("made")

    @property
    def elapsed_seconds(self) -> float:
        return round(self.context.now().timestamp() - float(self._memory["began"]), 1)

    def sleep(self, made: str | None = None) -> Sleep | None:
        """Give the wait until the next look; None: the time is over."""
        left = self.timeout_seconds - self.elapsed_seconds
        # A clock that stands still, or goes back, must not make it wait for ever.
        spent = self.context.step * self.first_seconds
        if left <= 0 or spent >= self.timeout_seconds:
            return None
        wait = min(self.seconds_max, self.first_seconds * _GROWTH ** min(self.context.step, 20), left)
        return Sleep(wait, memory={**self._memory, "made": made} if not self.context.memories else None)
