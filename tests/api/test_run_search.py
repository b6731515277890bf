"""Lists of runs by what they cost, and by a text: a part of the agent's name, or a run's id in any form that people have it in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from api.graphql.ids import decode_uuid, encode_id
from schema.db.llm_calls import CallPlace, LlmCall, LlmCalls
from schema.ids import new_id, workflow_id
from tests.api.running import echo, run_to_end
from tests.api.serving import Api, Organisation

LIST = (
    "query($min: Float, $max: Float, $search: String, $trigger: String, $order: RunOrder! = NEWEST_FIRST, $after: String) { runs("
    "costMicroUsdMin: $min, costMicroUsdMax: $max, search: $search, trigger: $trigger, order: $order, first: 5, after: $after) { "
    "nodes { id llmUsage { costMicroUsd } } } }"
)


async def found(acme: Organisation, **variables: Any) -> list[str]:
    return [one["id"] for one in (await acme.owner(LIST, **variables))["nodes"]]


async def pay(api: Api, acme: Organisation, run_id: str, micro_usd: int) -> None:
    """Let a call of a model have cost so much in a run."""
    place = CallPlace(decode_uuid("Run", run_id), 1, 0, 1)
    call = LlmCall(place, acme.id, "openai", "gpt-4o-mini", "hash", 10, 10, micro_usd, {"value": "said"})
    await LlmCalls(api.services.engine).keep(call)


async def test_runs_are_found_by_what_they_cost(api: Api, acme: Organisation) -> None:
    free, cheap, dear = [await run_to_end(api, acme, echo(), {"topic": 1}) for _ in range(3)]
    await pay(api, acme, cheap, 1_500)
    await pay(api, acme, dear, 2_000_000)
    assert [one["llmUsage"]["costMicroUsd"] for one in (await acme.owner(LIST))["nodes"]] == [2_000_000, 1_500, 0]
    assert await found(acme, min=1) == [dear, cheap]
    assert await found(acme, min=1, order="OLDEST_FIRST") == [cheap, dear]
    assert await found(acme, min=1_500, max=1_500) == [cheap]
    assert await found(acme, min=1_500.5, max=1_999_999.9) == []
    assert await found(acme, max=0) == [free]
    assert await found(acme, min=2_000_001) == []


async def test_runs_are_found_by_a_part_of_the_agents_name(api: Api, acme: Organisation) -> None:
    walls = await run_to_end(api, acme, echo("Dry walls: 100% stone_work"), {"topic": 1})
    other = await run_to_end(api, acme, echo("Other"), {"topic": 1})
    assert await found(acme, search="WALLS") == [walls]
    assert await found(acme, search="  100% stone_ ") == [walls]
    for sign in ("%", "_", "\\"):
        assert other not in await found(acme, search=sign)
    assert await found(acme, search="dry%stone") == []
    assert set(await found(acme, search="  ")) == {walls, other}
    assert await found(acme, search="o", trigger="webhook") == []
    assert await found(acme, search="\0") == await found(acme)


async def test_a_run_is_found_by_its_id_in_each_form(api: Api, acme: Organisation, other: Organisation) -> None:
    run_id = await run_to_end(api, acme, echo(), {"topic": 1})
    await run_to_end(api, acme, echo(), {"topic": 1})
    uuid = decode_uuid("Run", run_id)
    for form in (run_id, str(uuid), workflow_id(uuid), f" {str(uuid).upper()} "):
        assert await found(acme, search=form) == [run_id]
        assert await found(other, search=form) == []
    for nobody in (str(new_id()), encode_id("Run", UUID(int=1)), encode_id("Graph", uuid), encode_id("Run", "x")):
        assert await found(acme, search=nobody) == []


@pytest.mark.parametrize("wrong", [{"min": -1}, {"max": 1e16}, {"search": "x" * 101}])
async def test_what_makes_no_sense_is_refused(acme: Organisation, wrong: dict[str, Any]) -> None:
    assert await acme.owner.refused(LIST, **wrong) == ["BAD_USER_INPUT"]
