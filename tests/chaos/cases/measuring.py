"""Measuring runs by what PostgreSQL has of them: how long they took, and what most of them stay below; it judges nothing."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tests.chaos.cases.world import World


async def seconds_of(world: World, run_ids: Sequence[UUID]) -> list[float]:
    """Give how long each run took, from accepted to over."""
    rows = await world.sql(
        "SELECT extract(epoch FROM ended_at - created_at) AS seconds FROM runs WHERE id = ANY(:ids) AND ended_at IS NOT NULL",
        ids=list(run_ids),
    )
    return [float(row.seconds) for row in rows]


def p95(figures: Sequence[float]) -> float:
    """Give what 95 of a hundred are not above."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] if ordered else 0.0
