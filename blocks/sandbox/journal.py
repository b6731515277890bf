"""Journal: a sandbox between its steps, as the text of its id; it keeps nothing anywhere.

A sandbox that lived on in a process would end with the worker, and be on no other one. So what is kept is what made it: its
set-up commands and the code of each step, in order. Its next step runs them again, unheard, and then the new code. That
is durable, for the id is a value of the run like any other. What a step read from outside (time, the system's randomness)
is read anew; `random` begins with the same seed.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass, replace
from typing import Final

from pydantic import TypeAdapter, ValidationError

from blocks.sandbox.running import Job, Language
from schema.errors import BlockFailed
from schema.limits import LIMITS

_PREFIX: Final = "local."
#: Bytes of a journal's JSON: its code, with room for escapes.
_BYTES_MAX: Final = 4 * LIMITS.code_chars_max


@dataclass(frozen=True)
class Journal:
    """What made a sandbox."""

    language: Language
    steps: tuple[str, ...]
    setup_commands: tuple[str, ...] = ()
    seconds: int = 300
    seed: str = ""

    def to_id(self) -> str:
        """Give the sandbox's id."""
        data = zlib.compress(_JOURNAL.dump_json(self), 9)
        return _PREFIX + base64.urlsafe_b64encode(data).decode().rstrip("=")

    def job(self) -> Job:
        """Give what runs all of it."""
        return Job(self.language, self.steps, self.setup_commands, seed=self.seed)

    def then(self, code: str) -> Journal:
        """Give the sandbox with one more step; raise BlockFailed where it has too many."""
        if len(self.steps) >= LIMITS.code_steps_max:
            raise BlockFailed(
                f"The sandbox has {len(self.steps)} steps, and each runs all before it again; make another sandbox."
            )
        return replace(self, steps=(*self.steps, code))


_JOURNAL: Final = TypeAdapter(Journal)


def read_id(sandbox_id: str) -> Journal:
    """Give the sandbox of an id; raise BlockFailed for what is none of ours."""
    if not sandbox_id.startswith(_PREFIX):
        raise BlockFailed(
            "This is no sandbox of ours. Link the pin `sandbox_id` of InstantiateCodeSandboxBlock, or of the step before."
        )
    text = sandbox_id.removeprefix(_PREFIX)
    try:
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), _BYTES_MAX)
        if not unpacking.eof:
            raise ValueError("it is cut off, or too large")
        return _JOURNAL.validate_json(data)
    except (binascii.Error, zlib.error, ValueError, ValidationError) as error:
        raise BlockFailed("The sandbox's id is damaged; it must be handed on as it is.") from error
