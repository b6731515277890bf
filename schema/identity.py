"""What is made of an object once and kept by that object's identity: for schemas and specs, which never change; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, TypeVar

S = TypeVar("S")
T = TypeVar("T")

#: Objects that are known at once; beyond them all are forgotten, and made again as they come.
KNOWN_MAX: Final = 8_000


def once_each(make: Callable[[S], T]) -> Callable[[S], T]:
    """Have a function of one object called once for each object. The object is kept with what was made, so that no other gets
    its place in memory."""
    known: dict[int, tuple[S, T]] = {}

    @wraps(make)
    def given(subject: S) -> T:
        found = known.get(id(subject))
        if found is None:
            if len(known) >= KNOWN_MAX:
                known.clear()
            found = known[id(subject)] = (subject, make(subject))
        return found[1]

    return given
