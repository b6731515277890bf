"""How many SQL statements a request takes: a fixed number, however many rows it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest_asyncio

from api.graphql.ids import encode_id
from tests.api.running import counting, echo, run_to_end, save, start
from tests.api.serving import Api, Organisation
from tests.api.statements import Counted, counting_api

LIST = (
    "query($first: Int!) { runs(first: $first) { nodes { id status agentName graph { name } createdBy { name } "
    "outputs { name values { json } } inputs { name value { json } } parent { id } shares { id } } } }"
)
ONE = (
    "query($id: ID!, $first: Int!) { run(id: $id) { id status nodeExecutions(first: $first) { nodes { id title status "
    "attempts { number } inputs { pin value { json } } outputs { pin value { json } } } } } }"
)
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
START = "mutation($input: StartRunInput!) { startRun(input: $input) { run { id status } errors { code } } }"
#: Who asks; that the key was used is written once a minute. Each read takes two: one names the tenant whose rows are seen.
WHO = 1


@pytest_asyncio.fixture(loop_scope="session")
async def counted(api: Api) -> AsyncIterator[Counted]:
    async with counting_api(api) as found:
        yield found


async def test_a_list_of_runs_takes_as_many_statements_for_fifty_as_for_one(
    api: Api, acme: Organisation, counted: Counted
) -> None:
    graph_id = await save(api, acme, echo())
    for number in range(50):
        await start(acme.owner, graph_id, {"topic": "x" * 2_000 if number % 2 else number})
    one = await counted.of(acme.owner, LIST, first=1)
    fifty = await counted.of(acme.owner, LIST, first=50)
    # Runs, agents, people, outputs, inputs, values, shares.
    assert len(fifty) == len(one) == WHO + 2 * 6 + 1, fifty


async def test_a_run_takes_as_many_statements_for_a_hundred_executions_as_for_one(
    api: Api, acme: Organisation, counted: Counted
) -> None:
    run_id = await run_to_end(api, acme, counting(99))
    one = await counted.of(acme.owner, ONE, id=run_id, first=1)
    hundred = await counted.of(acme.owner, ONE, id=run_id, first=100)
    # The run, its executions, their emissions; titles are kept.
    assert len(hundred) == len(one) == WHO + 2 * 3, hundred


async def test_fifty_nodes_by_their_ids_take_a_statement_each_at_most(
    api: Api, acme: Organisation, counted: Counted
) -> None:
    run_id = await run_to_end(api, acme, echo(), {"topic": 1})
    found = await counted.of(acme.owner, NODES, ids=[run_id] * 50)
    assert len(found) == WHO + 2, found
    unknown = await counted.of(acme.owner, NODES, ids=[encode_id("Run", uuid4()) for _ in range(3)])
    assert len(unknown) <= WHO + 2 * 3, unknown


async def test_starting_a_run_takes_as_many_statements_with_many_large_inputs(
    api: Api, acme: Organisation, counted: Counted
) -> None:
    graph_id = await save(api, acme, echo())
    asked = {"graphId": graph_id, "inputs": {"topic": 1}}
    await counted.of(acme.owner, START, input=asked)
    plain = await counted.of(acme.owner, START, input=asked)
    # The audit log's line (3), the agent (2), and in one transaction: the run with its event, its inputs; its plan is there (3).
    assert len(plain) == WHO + 3 + 2 + 3, plain
    large = await counted.of(acme.owner, START, input={"graphId": graph_id, "inputs": {"topic": "x" * 5_000}})
    assert len(large) == len(plain) + 2, large
    keyed = await counted.of(acme.owner, START, input={**asked, "idempotencyKey": "once"})
    # The second time: the run that is there.
    assert len(keyed) == WHO + 3 + 2, keyed
