"""Passwords: hashed with argon2id, in a thread, because that is slow on purpose; it keeps none."""

from __future__ import annotations

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.errors import BadUserInput

CHARACTERS_MIN: Final = 12
CHARACTERS_MAX: Final = 200
_HASHER: Final = PasswordHasher()
#: What an unknown address is checked against, so that it takes as long as a known one.
_NOBODY: Final = _HASHER.hash("nobody has this password")
#: Each takes 64 MB and a processor: no more than this many at once.
_ROOM: Final = asyncio.Semaphore(2)


async def hash_password(password: str) -> str:
    """Give what is kept of a password; raise BadUserInput where it is too short or too long."""
    if not CHARACTERS_MIN <= len(password) <= CHARACTERS_MAX:
        raise BadUserInput(f"A password has {CHARACTERS_MIN} to {CHARACTERS_MAX} characters.", where="password")
    async with _ROOM:
        return await asyncio.to_thread(_HASHER.hash, password)


async def is_password(password: str, kept: str | None) -> bool:
    """Say whether this is the password; takes as long where there is none."""
    async with _ROOM:
        return await asyncio.to_thread(_verify, password[: CHARACTERS_MAX + 1], kept)


def _verify(password: str, kept: str | None) -> bool:
    try:
        _HASHER.verify(kept or _NOBODY, password)
        return kept is not None
    except (VerificationError, InvalidHashError):
        return False
