"""What agents have of their owner: memories that only that person lists and forgets, the marketplace, and the person's library."""

from __future__ import annotations

from typing import Any

import pytest

from api.graphql.ids import encode_id
from blocks.library.persistence import PersistInformation
from blocks.library.store import (
    AddToLibraryFromStore,
    GetStoreAgentDetails,
    ListLibraryAgents,
    SearchStoreAgents,
)
from schema.access import Role
from schema.graph import Graph
from tests.api.running import save, start
from tests.api.selling import ADD, LIBRARY, TAKE_DOWN, an_agent_graph, keep, publish
from tests.api.serving import Api, Client, Json, Organisation
from tests.durable.graphs import an_output, make_graph
from tests.durable.waiting import eventually

MEMORIES = (
    "query($graphId: ID, $first: Int, $after: String) { memories(graphId: $graphId, first: $first, after: $after) "
    "{ nodes { graphId key value { json } runId } pageInfo { hasNextPage endCursor } } }"
)
FORGET = "mutation($input: ForgetMemoryInput!) { forgetMemory(input: $input) { isDone errors { code message } } }"
RUN = "query($id: ID!) { run(id: $id) { status error { message } outputs { name values { json } } } }"


async def run_of(client: Client, graph_id: str) -> Json:
    """Run an agent to its end; give the run with its outputs by name."""
    run = await start(client, graph_id)

    async def is_over() -> Json | None:
        found: Json = await client(RUN, id=run["id"])
        return found if found["status"] in ("COMPLETED", "FAILED") else None

    found: Json = await eventually(is_over, seconds=15)
    found["outputs"] = {one["name"]: [value["json"] for value in one["values"]] for one in found["outputs"]}
    return found


def all_of(block: type, **constants: Any) -> Graph:
    """Give an agent of one block all of whose pins are its outputs."""
    pins = [pin for pin in block.spec.output_pins if pin != "error"]
    return make_graph(
        {"one": (block, constants), **{pin: an_output(pin) for pin in pins}},
        [f"one.{pin} -> {pin}.value" for pin in pins],
        on_node_error="fail",
    )


async def outputs(api: Api, owner: Organisation, client: Client, block: type, **constants: Any) -> Json:
    found = await run_of(client, await save(api, owner, all_of(block, **constants)))
    assert found["status"] == "COMPLETED", found
    return dict(found["outputs"])


async def failure(api: Api, owner: Organisation, client: Client, block: type, **constants: Any) -> str:
    found = await run_of(client, await save(api, owner, all_of(block, **constants)))
    assert found["status"] == "FAILED", found
    return str(found["error"]["message"])


# Memories


async def test_a_person_lists_what_their_agents_remember_and_forgets_it(api: Api, acme: Organisation) -> None:
    one = await save(api, acme, all_of(PersistInformation, key="topic", value={"of": "walls"}))
    run = await start(acme.owner, one)
    both = await save(api, acme, all_of(PersistInformation, key="shared", value=1, scope="across_agents"))
    await run_of(acme.owner, both)

    async def are_there() -> list[Json] | None:
        found: list[Json] = (await acme.owner(MEMORIES))["nodes"]
        return found if len(found) == 2 else None

    assert await eventually(are_there) == [
        {
            "graphId": None,
            "key": "shared",
            "value": {"json": 1},
            "runId": (await acme.owner(MEMORIES))["nodes"][0]["runId"],
        },
        {"graphId": one, "key": "topic", "value": {"json": {"of": "walls"}}, "runId": run["id"]},
    ]
    assert [node["key"] for node in (await acme.owner(MEMORIES, graphId=one))["nodes"]] == ["topic"]
    first = await acme.owner(MEMORIES, first=1)
    rest = await acme.owner(MEMORIES, first=1, after=first["pageInfo"]["endCursor"])
    assert [page["nodes"][0]["key"] for page in (first, rest)] == ["shared", "topic"]
    assert (await acme.owner(FORGET, input={"graphId": one, "key": "topic"}))["isDone"] is True
    assert await acme.owner.refused(FORGET, input={"graphId": one, "key": "topic"}) == ["NOT_FOUND"]
    assert [node["key"] for node in (await acme.owner(MEMORIES))["nodes"]] == ["shared"]


async def test_what_agents_remember_is_one_persons(api: Api, acme: Organisation, other: Organisation) -> None:
    graph = await save(api, acme, all_of(PersistInformation, key="topic", value=1))
    await run_of(acme.owner, graph)
    for stranger in (acme[Role.OPERATOR], other.owner):
        assert (await stranger(MEMORIES))["nodes"] == []
        assert await stranger.refused(FORGET, input={"graphId": graph, "key": "topic"}) == ["NOT_FOUND"]
    assert len((await acme.owner(MEMORIES))["nodes"]) == 1


# The marketplace and the library


async def test_an_agent_finds_an_agent_and_adds_it_to_its_owners_library(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, other, reviewers, an_agent_graph(name="Word counter"), categories=["writing"])
    creator = f"h-{other.id.hex[-20:]}"
    shown = await outputs(api, acme, acme.owner, GetStoreAgentDetails, creator=creator, slug=listing["slug"])
    assert (shown["found"], shown["creator"], shown["agent_name"]) == ([True], [creator], ["Word counter"])
    assert (shown["categories"], shown["runs"], shown["rating"]) == ([["writing"]], [0], [0])
    (version_id,) = shown["store_listing_version_id"]
    operator = acme[Role.OPERATOR]
    added = await outputs(api, acme, operator, AddToLibraryFromStore, store_listing_version_id=version_id)
    assert (added["success"], added["agent_version"], added["agent_name"]) == ([True], [1], ["Word counter"])
    (entry,) = (await operator(LIBRARY))["nodes"]
    assert encode_id("LibraryEntry", added["library_agent_id"][0]) == entry["id"]
    assert encode_id("Graph", added["agent_id"][0]) == entry["graphId"]
    assert (await acme.owner(LIBRARY))["nodes"] == []
    again = await outputs(api, acme, operator, AddToLibraryFromStore, store_listing_version_id=version_id)
    assert again["library_agent_id"] == added["library_agent_id"]
    listed = await outputs(api, acme, operator, ListLibraryAgents, search_query="counter")
    assert (listed["total_count"], listed["page"], listed["total_pages"]) == ([1], [1], [1])
    assert listed["agents"] == [listed["agent"]]
    assert listed["agent"][0]["library_agent_id"] == added["library_agent_id"][0]
    assert (listed["agent"][0]["creator"], listed["agent"][0]["categories"]) == (creator, ["writing"])


async def test_what_is_not_listed_is_not_found(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, other, reviewers)
    creator = f"h-{other.id.hex[-20:]}"
    shown = await outputs(api, acme, acme.owner, GetStoreAgentDetails, creator=creator, slug=listing["slug"])
    assert shown["found"] == [True]
    taken = await reviewers.owner(TAKE_DOWN, input={"listingId": listing["id"], "comments": "Gone."})
    assert not taken["errors"], taken
    shown = await outputs(api, acme, acme.owner, GetStoreAgentDetails, creator=creator, slug=listing["slug"])
    assert (shown["found"], shown["store_listing_version_id"], shown["runs"]) == ([False], [""], [0])
    for wrong in ("nothing", encode_id("ListingVersion", acme.id), str(acme.id)):
        assert "There is no such" in await failure(
            api, acme, acme.owner, AddToLibraryFromStore, store_listing_version_id=wrong
        )


@pytest.mark.parametrize("order", ["rating", "runs", "name", "updated_at"])
async def test_the_marketplace_is_searched_in_each_order(
    api: Api, acme: Organisation, reviewers: Organisation, order: str
) -> None:
    for name in ("Zebra", "Ant"):
        seller = await api.organisation()
        await publish(
            api, seller, reviewers, an_agent_graph(), name=name, description=f"orders{order.replace('_', '')}"
        )
    found = await outputs(
        api, acme, acme.owner, SearchStoreAgents, query=f"orders{order.replace('_', '')}", sort_by=order
    )
    assert (found["total_count"], sorted(one["name"] for one in found["agent"])) == ([2], ["Ant", "Zebra"])
    if order in ("name", "updated_at"):
        assert [one["name"] for one in found["agents"][0]] == ["Ant", "Zebra"]
    one = await outputs(
        api, acme, acme.owner, SearchStoreAgents, query=f"orders{order.replace('_', '')}", sort_by=order, limit=1
    )
    assert (one["total_count"], len(one["agents"][0])) == ([2], 1)


async def test_a_run_has_the_rights_that_its_owner_has_now(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, other, reviewers)
    shown = await outputs(
        api, acme, acme.owner, GetStoreAgentDetails, creator=f"h-{other.id.hex[-20:]}", slug=listing["slug"]
    )
    adding = await save(
        api, acme, all_of(AddToLibraryFromStore, store_listing_version_id=shown["store_listing_version_id"][0])
    )
    client = acme[Role.OPERATOR]
    async with api.platform.asleep():
        run = await start(client, adding)
        assert client.person is not None
        await api.people.set_role(acme.id, client.person, Role.VIEWER)

    async def is_over() -> Json | None:
        found: Json = await acme.owner(RUN, id=run["id"])
        return found if found["status"] == "FAILED" else None

    assert "has not the right library:write" in (await eventually(is_over, seconds=15))["error"]["message"]


async def test_pages_of_the_library_have_numbers(api: Api, acme: Organisation) -> None:
    for number in range(3):
        kept = await keep(api, acme.id, an_agent_graph(name=f"Agent {number}"))
        await acme.owner(ADD, input={"graphId": encode_id("Graph", kept.id)})
    last = await outputs(api, acme, acme.owner, ListLibraryAgents, limit=2, page=2)
    assert (last["total_count"], last["total_pages"], len(last["agents"][0])) == ([3], [2], 1)
    assert last["agent"][0]["agent_name"] == "Agent 0"
    beyond = await outputs(api, acme, acme.owner, ListLibraryAgents, limit=2, page=9)
    assert (beyond["agents"], beyond["page"]) == ([[]], [9])
