"""Turns: what a block asks a service one after another, and what it is answered; the whole conversation is compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from blocks.sdk import Block
from blocks.sdk.providers import Provider
from tests.blocks.conftest import Outcome
from tests.providers.services import Asked, Says, service


@dataclass(frozen=True)
class Turn:
    """A request as the provider's documentation has it, and its answer."""

    method: str
    path: str
    says: Says
    query: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


async def converse(
    provider: Provider,
    block: type[Block],
    inputs: Mapping[str, Any],
    turns: Sequence[Turn],
    check: Callable[[Asked], str | None],
) -> Outcome:
    """Run a block against a service that answers so; it must have asked exactly that."""
    operations: dict[tuple[str, str], list[Says]] = {}
    for turn in turns:
        operations.setdefault((turn.method, turn.path), []).append(turn.says)
    async with service(provider, operations, check) as running:
        outcome = await running.run(block, inputs)
    found = [(one.method, one.path, one.query, one.json) for one in running.asked]
    assert found == [(one.method, one.path, dict(one.query), one.json) for one in turns]
    for asked, turn in zip(running.asked, turns, strict=True):
        assert {name: asked.headers.get(name) for name in turn.headers} == turn.headers
    return outcome
