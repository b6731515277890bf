"""States of a listing's version, and the table of their legal moves; never moves anything itself.

A version begins as DRAFT. Its author submits it (PENDING) and may withdraw it until somebody has decided. APPROVED and
REJECTED never change again: whoever was rejected, or wants a change, makes a new version, which is reviewed anew.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class ListingState(StrEnum):
    """A state of one version of a listing."""

    DRAFT = "DRAFT"
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


LISTING_MOVES: Final[dict[ListingState, frozenset[ListingState]]] = {
    ListingState.DRAFT: frozenset({ListingState.PENDING}),
    ListingState.PENDING: frozenset({ListingState.DRAFT, ListingState.APPROVED, ListingState.REJECTED}),
    ListingState.APPROVED: frozenset(),
    ListingState.REJECTED: frozenset(),
}

#: A listing has at most one version of these: what its author works on, or a reviewer has to look at.
UNDECIDED: Final = tuple(state for state in ListingState if LISTING_MOVES[state])


def sources_of(new: ListingState) -> tuple[ListingState, ...]:
    """Give the states from which `new` may be reached: the WHERE of an UPDATE that cannot make an illegal move."""
    return tuple(old for old, targets in LISTING_MOVES.items() if new in targets)
