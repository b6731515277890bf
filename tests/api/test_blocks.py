"""The catalogue of blocks, and one block run by itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.graphql.ids import encode_id
from blocks.isolation import OUTPUT_BYTES_MAX
from blocks.library.code import ExecuteCode
from blocks.library.maths import Calculator
from blocks.sandbox.probe import why_not
from schema.access import Role
from schema.block import Kind
from tests.api.graph_operations import NOWHERE
from tests.api.serving import Api, Organisation
from tests.durable.blocks import Hostile, Large, Numbers

BLOCKS = (
    "query($search: String, $category: String, $isInstalled: Boolean, $first: Int, $after: String) "
    "{ blocks(search: $search, category: $category, isInstalled: $isInstalled, first: $first, after: $after) "
    "{ nodes { id uuid name categories isInstalled } totalCount pageInfo { hasNextPage endCursor } } }"
)
BLOCK = (
    "query($id: ID!) { block(id: $id) { id uuid name description kind inputSchema outputSchema isStatic isInstalled "
    "isSensitive costs { amount type filter divisor } examples { input output { pin value } } } }"
)
RUN = (
    "mutation($input: RunBlockInput!) { runBlock(input: $input) "
    "{ emissions { pin value } error { code message } seconds errors { code message path } } }"
)
CALCULATOR = encode_id("Block", Calculator.id)


async def run(organisation: Organisation, block_id: str, given: Any, role: Role = Role.EDITOR) -> dict[str, Any]:
    payload: dict[str, Any] = await organisation[role](
        RUN, input={"blockId": encode_id("Block", block_id), "input": given}
    )
    return payload


async def test_every_known_block_is_listed_once_by_name(api: Api, acme: Organisation) -> None:
    seen, after, is_more, total = [], None, True, 0
    while is_more:
        page = await acme[Role.VIEWER](BLOCKS, first=100, after=after)
        seen += [(node["name"], node["uuid"]) for node in page["nodes"]]
        after, is_more, total = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"], page["totalCount"]
    specs = api.services.registry.specs
    assert seen == sorted((spec.name, spec.id) for spec in specs.values())
    assert total == len(specs) >= 539


async def test_blocks_are_found_by_words_category_and_whether_they_are_installed(acme: Organisation) -> None:
    found = await acme.owner(BLOCKS, search="calculator ARITHMETIC")
    assert [node["name"] for node in found["nodes"]] == ["CalculatorBlock"]
    assert (await acme.owner(BLOCKS, search="no such words at all"))["totalCount"] == 0
    logic = await acme.owner(BLOCKS, category="LOGIC", first=100)
    assert logic["nodes"]
    assert all("LOGIC" in node["categories"] for node in logic["nodes"])
    counts = [(await acme.owner(BLOCKS, isInstalled=wanted))["totalCount"] for wanted in (True, False, None)]
    assert counts[0] + counts[1] == counts[2]
    assert min(counts) > 0
    assert await acme.owner.refused(BLOCKS, after="x") == ["BAD_CURSOR"]


async def test_a_block_says_what_it_takes_and_gives(acme: Organisation) -> None:
    found = await acme[Role.VIEWER](BLOCK, id=CALCULATOR)
    assert (found["uuid"], found["kind"], found["isInstalled"], found["costs"]) == (Calculator.id, "STANDARD", True, [])
    assert {"a", "b", "operation"} <= set(found["inputSchema"]["properties"])
    assert {"result", "error"} <= set(found["outputSchema"]["properties"])
    assert found["examples"][0]["output"][0]["pin"] == "result"


async def test_a_placeholder_is_listed_and_not_installed(acme: Organisation) -> None:
    placeholder = (await acme.owner(BLOCKS, isInstalled=False, first=1))["nodes"][0]
    assert (await acme.owner(BLOCK, id=placeholder["id"]))["isInstalled"] is False
    refused = await run(acme, placeholder["uuid"], {})
    assert [problem["code"] for problem in refused["errors"]] == ["BLOCK_UNKNOWN"]
    assert placeholder["uuid"] in refused["errors"][0]["message"]


async def test_every_block_can_be_shown(api: Api, acme: Organisation) -> None:
    shown = "{ blocks(first: 100, isInstalled: true) { nodes { inputSchema outputSchema examples { input output { value } } } } }"
    assert len((await acme.owner(shown))["nodes"]) > 50


async def test_categories_are_counted(api: Api, acme: Organisation) -> None:
    found = await acme[Role.VIEWER]("{ blockCategories { name count } }")
    assert [row["name"] for row in found] == sorted(row["name"] for row in found)
    logic = next(row["count"] for row in found if row["name"] == "LOGIC")
    assert logic == (await acme.owner(BLOCKS, category="LOGIC"))["totalCount"]


async def test_a_block_is_a_node_and_an_unknown_one_is_not_found(acme: Organisation) -> None:
    assert (await acme.owner("query($id: ID!) { node(id: $id) { id } }", id=CALCULATOR))["id"] == CALCULATOR
    for given in (encode_id("Block", NOWHERE), encode_id("Graph", Calculator.id), "x", Calculator.id):
        assert await acme.owner.refused(BLOCK, id=given) == ["NOT_FOUND"]
        assert await acme.owner.refused(RUN, input={"blockId": given, "input": {}}) == ["NOT_FOUND"]


# Running one


async def test_a_block_runs_by_itself(acme: Organisation) -> None:
    found = await run(acme, Calculator.id, {"a": 8, "b": "34", "operation": "Add"})
    assert (found["emissions"], found["error"], found["errors"]) == ([{"pin": "result", "value": 42}], None, [])
    assert 0 < found["seconds"] < 10


async def test_a_block_that_fails_says_why_and_what_came_before_stands(acme: Organisation) -> None:
    found = await run(acme, Hostile.id, {"kind": "SystemExit"})
    assert found["emissions"] == [{"pin": "value", "value": 1}]
    assert found["error"]["code"] == "BLOCK_CRASHED"
    assert "SystemExit" in found["error"]["message"]
    found = await run(acme, Calculator.id, {"a": "1"})
    assert found["error"]["code"] == "INVALID_INPUT"
    assert "b" in found["error"]["message"]


@pytest.mark.parametrize("given", [[], "text", 1, [{"a": 1}]])
async def test_an_input_is_an_object(acme: Organisation, given: Any) -> None:
    found = await run(acme, Calculator.id, given)
    assert [(problem["code"], problem["path"]) for problem in found["errors"]] == [("BAD_USER_INPUT", ["input"])]


async def test_what_needs_a_run_around_it_is_refused_with_the_reason(api: Api, acme: Organisation) -> None:
    for kind in (Kind.AGENT, Kind.HUMAN, Kind.WEBHOOK):
        spec = next(spec for spec in api.services.registry.specs.values() if spec.kind is kind)
        found = await run(acme, spec.id, {})
        assert [problem["code"] for problem in found["errors"]] == ["BAD_USER_INPUT"]
        assert "runs in a graph only" in found["errors"][0]["message"]
    timer = next(spec for spec in api.services.registry.specs.values() if spec.name == "CountdownTimerBlock")
    found = await run(acme, timer.id, {"input_message": "x", "seconds": 1})
    assert found["error"]["code"] == "BLOCK_FAILED"
    assert "runs in a graph only" in found["error"]["message"]


async def test_a_block_that_hangs_is_ended_and_the_api_goes_on(
    api: Api, acme: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.services.block_processes, "run_seconds", 2.0)
    running = asyncio.ensure_future(run(acme, Hostile.id, {"kind": "deaf busy loop"}))
    answered = 0
    while not running.done():
        await acme.owner("{ blockCategories { name } }")
        answered += 1
    found = await running
    assert found["error"]["code"] == "TIMEOUT"
    assert found["emissions"] == [{"pin": "value", "value": 1}]
    assert answered > 5


async def test_what_a_block_emits_has_a_limit(acme: Organisation) -> None:
    found = await run(acme, Large.id, {"size": OUTPUT_BYTES_MAX})
    assert (found["error"]["code"], found["emissions"]) == ("VALUE_TOO_LARGE", [])
    found = await run(acme, Numbers.id, {"count": 50_000})
    assert found["error"]["code"] == "VALUE_TOO_LARGE"
    assert [row["value"] for row in found["emissions"][:3]] == [0, 1, 2]
    found = await run(acme, Large.id, {"size": OUTPUT_BYTES_MAX - 1000})
    assert found["error"] is None


async def test_a_block_says_why_it_is_disabled_on_this_machine(acme: Organisation) -> None:
    asked = "query($id: ID!) { block(id: $id) { name disabledReason } }"
    found = [await acme.owner(asked, id=encode_id("Block", block.id)) for block in (Calculator, ExecuteCode)]
    assert [one["disabledReason"] for one in found] == [None, why_not()]


async def test_several_at_once_wait_for_their_turn(acme: Organisation) -> None:
    found = await asyncio.gather(*(run(acme, Calculator.id, {"a": n, "b": 1, "operation": "Add"}) for n in range(6)))
    assert [payload["emissions"][0]["value"] for payload in found] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR, Role.OPERATOR])
async def test_who_may_not_run_blocks_runs_none(acme: Organisation, role: Role) -> None:
    given = {"blockId": CALCULATOR, "input": {"a": 1, "b": 1, "operation": "Add"}}
    assert await acme[role].refused(RUN, input=given) == ["FORBIDDEN"]
    assert await acme[role](BLOCK, id=CALCULATOR)
