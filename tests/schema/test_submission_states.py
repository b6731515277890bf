"""The table of a listing's states: who may become what, and what is final."""

from __future__ import annotations

from schema.submission_states import LISTING_MOVES, UNDECIDED, ListingState, sources_of


def test_every_state_is_in_the_table() -> None:
    assert set(LISTING_MOVES) == set(ListingState)


def test_a_decision_is_final() -> None:
    for state in (ListingState.APPROVED, ListingState.REJECTED):
        assert LISTING_MOVES[state] == frozenset()


def test_only_what_is_pending_is_decided_upon() -> None:
    assert sources_of(ListingState.APPROVED) == sources_of(ListingState.REJECTED) == (ListingState.PENDING,)


def test_a_draft_is_submitted_and_taken_back() -> None:
    assert sources_of(ListingState.PENDING) == (ListingState.DRAFT,)
    assert sources_of(ListingState.DRAFT) == (ListingState.PENDING,)


def test_what_can_still_move_is_undecided() -> None:
    assert UNDECIDED == (ListingState.DRAFT, ListingState.PENDING)
