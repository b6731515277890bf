"""GitHub's triggers: an action that was not chosen gives nothing, and a payload that lacks something gives what it has."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.github.triggers import GithubTrigger
from blocks.sdk.direct import run_directly
from tests.blocks.conftest import BLOCKS, make_context

TRIGGERS = [block for block in BLOCKS.values() if issubclass(block, GithubTrigger)]


async def given(block: type[GithubTrigger], events: dict[str, bool], payload: dict[str, Any]) -> list[tuple[str, Any]]:
    result = await run_directly(block, {"repo": "a/b", "events": events, "payload": payload}, make_context())
    assert result.error is None
    return result.emissions


def test_there_are_five() -> None:
    assert len(TRIGGERS) == 5


@pytest.mark.parametrize("block", TRIGGERS, ids=lambda block: block.name)
async def test_only_what_was_chosen_counts(block: type[GithubTrigger]) -> None:
    actions = list(block.Input.model_fields["events"].annotation.model_fields)
    first, second = actions[:2]
    assert await given(block, {first: True}, {"action": second}) == []
    assert await given(block, {first: True}, {"action": "never heard of"}) == []
    assert await given(block, {}, {}) == []
    assert ("event", second) in await given(block, {second: True}, {"action": second})
    assert ("event", "never heard of") in await given(block, {}, {"action": "never heard of"})


@pytest.mark.parametrize("block", TRIGGERS, ids=lambda block: block.name)
async def test_a_payload_that_lacks_everything_still_gives_each_pin(block: type[GithubTrigger]) -> None:
    found = await given(block, {}, {"action": "odd", "sender": None, "issue": "no object", "release": None})
    assert [name for name, _ in found] == [name for name in block.spec.output_pins if name != "error"]
