"""Agents: drafts under an optimistic lock, immutable versions, forks, an end; searched, paged, and nobody else's."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from api.graphql.ids import encode_id
from blocks.library.agent import AgentExecutor
from schema.access import Role
from schema.errors import NotFound
from schema.graph import parse_graph
from schema.limits import LIMITS
from tests.api.graph_operations import (
    ACTIVATE,
    CREATE,
    DELETE,
    FORK,
    GRAPH,
    GRAPHS,
    MOVE,
    NOWHERE,
    PUBLISH,
    ROLL_BACK,
    UPDATE,
    VERSION,
    created,
    document,
    link,
    published,
    updated,
)
from tests.api.serving import Api, Client, Organisation
from tests.api.statements import counting_api

UNKNOWN = encode_id("Graph", NOWHERE)


def constant_of(given: dict[str, Any]) -> Any:
    return next(node["input_default"]["b"] for node in given["nodes"] if node["id"] == "sum")


# The life of an agent


async def test_an_agent_is_made_edited_published_and_read(acme: Organisation) -> None:
    editor = acme[Role.EDITOR]
    graph = await created(editor, "  My   sum ", b=1)
    assert (graph["name"], graph["activeVersion"], graph["draft"]["revision"]) == ("My sum", None, 1)
    assert graph["draft"]["document"]["on_node_error"] == "fail", "the default of agents that are made here"
    assert graph["draft"]["updatedBy"] == {"name": "Editor"}

    made = await editor(PUBLISH, input={"graphId": graph["id"], "revision": 1, "name": "First", "notes": "It adds."})
    version = made["version"]
    assert (version["number"], version["name"], version["notes"], version["isActive"]) == (1, "First", "It adds.", True)
    assert version["publishedBy"] == {"name": "Editor"}

    await updated(editor, graph, 2, b=5, name="Renamed")
    seen = await acme[Role.VIEWER](GRAPH, id=graph["id"])
    assert seen["name"] == "My sum", "an agent is called by its active version's name"
    assert constant_of(seen["draft"]["document"]) == 5
    assert seen["inputSchema"]["required"] == ["Input"]
    assert list(seen["outputSchema"]["properties"]) == ["Output"]
    assert seen["versions"] == {"nodes": [{"number": 1, "isActive": True}], "totalCount": 1}

    found = await acme[Role.VIEWER](VERSION, graphId=graph["id"], number=1)
    assert constant_of(found["document"]) == 1, "a version does not change"
    assert (found["nodesCount"], found["problems"], found["hasExternalTrigger"]) == (3, [], False)


async def test_nodes_keep_their_ids_and_links_of_static_blocks_are_static(acme: Organisation) -> None:
    graph = await published(acme.owner)
    found = await acme.owner(VERSION, graphId=graph["id"], number=1)
    assert [node["id"] for node in found["document"]["nodes"]] == ["in", "sum", "out"]
    assert [row.get("is_static", False) for row in found["document"]["links"]] == [True, False]


async def test_a_draft_may_have_problems_which_are_told(acme: Organisation) -> None:
    graph = await created(acme.owner)
    broken = {**document(), "id": graph["uuid"], "links": [link("in.result > gone.a"), link("in.nothing > sum.a")]}
    made = await acme.owner(UPDATE, input={"graphId": graph["id"], "revision": 1, "document": broken})
    assert made["errors"] == []
    assert {problem["code"] for problem in made["problems"]} == {"DANGLING_LINK", "UNKNOWN_PIN"}
    assert made["problems"] == made["graph"]["draft"]["problems"]
    assert all(problem["remedy"] and problem["severity"] == "ERROR" for problem in made["problems"])


async def test_publishing_is_refused_with_every_problem_and_stores_nothing(acme: Organisation) -> None:
    graph = await created(acme.owner)
    links = [link("in.result > gone.a"), link("in.nothing > sum.a")]
    await acme.owner(
        UPDATE,
        input={"graphId": graph["id"], "revision": 1, "document": {**document(), "id": graph["uuid"], "links": links}},
    )
    refused = await acme.owner(PUBLISH, input={"graphId": graph["id"], "revision": 2})
    assert {problem["code"] for problem in refused["errors"]} == {"INVALID_GRAPH"}
    assert {problem["reason"] for problem in refused["errors"]} == {"DANGLING_LINK", "UNKNOWN_PIN"}
    seen = await acme.owner(GRAPH, id=graph["id"])
    assert (seen["versions"]["totalCount"], seen["draft"]["revision"]) == (0, 2)


async def test_what_is_no_graph_is_refused_with_its_places(acme: Organisation) -> None:
    graph = await created(acme.owner)
    bad = {"id": graph["uuid"], "name": "g", "nodes": [{"id": "n"}], "links": 3}
    refused = await acme.owner(UPDATE, input={"graphId": graph["id"], "revision": 1, "document": bad})
    assert {problem["code"] for problem in refused["errors"]} == {"UNSUPPORTED_FORMAT"}
    assert ["nodes", "0", "block_id"] in [problem["path"] for problem in refused["errors"]]
    for given in ([], "text", 5, None):
        codes = await acme.owner.refused(UPDATE, input={"graphId": graph["id"], "revision": 1, "document": given})
        assert codes in (["UNSUPPORTED_FORMAT"], ["BAD_USER_INPUT"])
    assert (await acme.owner(GRAPH, id=graph["id"]))["draft"]["revision"] == 1


async def test_a_draft_is_one_agent_and_its_own(acme: Organisation) -> None:
    graph = await created(acme.owner)
    where = {"graphId": graph["id"], "revision": 1}
    assert await acme.owner.refused(UPDATE, input={**where, "document": document()}) == ["BAD_USER_INPUT"]
    bundling = {**document(), "id": graph["uuid"], "sub_graphs": [document()]}
    assert await acme.owner.refused(UPDATE, input={**where, "document": bundling}) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"name": ""}, ["name"]),
        ({"name": " \t "}, ["name"]),
        ({"name": "x" * 201}, ["name"]),
        ({"name": "x", "description": "x" * 20_001}, ["description"]),
        ({"name": "x", "document": [1]}, ["document"]),
        ({"name": "a\x00b"}, ["name"]),
        ({"name": "x", "description": "a\x00b"}, ["description"]),
    ],
)
async def test_names_and_texts_have_limits(acme: Organisation, given: dict[str, Any], path: list[str]) -> None:
    refused = await acme.owner(CREATE, input=given)
    assert [problem["path"] for problem in refused["errors"]] == [path]
    assert {problem["code"] for problem in refused["errors"]} <= {"BAD_USER_INPUT", "INVALID_VALUE"}


async def test_an_agent_may_begin_with_nothing(acme: Organisation) -> None:
    made = await acme.owner(CREATE, input={"name": "Empty", "description": "Later."})
    assert made["graph"]["description"] == "Later."
    assert [problem["code"] for problem in made["problems"]] == ["NO_START"]


# The optimistic lock


async def test_another_revision_is_a_conflict_that_names_the_current_one(acme: Organisation) -> None:
    graph = await created(acme.owner)
    await updated(acme.owner, graph, 1, b=2)
    for revision in (1, 0, 3, -1):
        for operation, more in ((UPDATE, {"document": {**document(), "id": graph["uuid"]}}), (PUBLISH, {})):
            refused = await acme.owner(operation, input={"graphId": graph["id"], "revision": revision, **more})
            assert [problem["code"] for problem in refused["errors"]] == ["CONFLICT"]
            assert "revision 2" in refused["errors"][0]["message"]
    seen = await acme.owner(GRAPH, id=graph["id"])
    assert (constant_of(seen["draft"]["document"]), seen["versions"]["totalCount"]) == (2, 0)


async def test_of_twenty_writers_of_one_draft_exactly_one_wins_each_revision(acme: Organisation) -> None:
    graph = await created(acme.owner)
    for revision in (1, 2, 3):
        made = await asyncio.gather(*(updated(acme.owner, graph, revision, b=writer) for writer in range(20)))
        won = [writer for writer, payload in enumerate(made) if not payload["errors"]]
        lost = [problem["code"] for payload in made for problem in payload["errors"]]
        assert len(won) == 1, made
        assert lost == ["CONFLICT"] * 19
        seen = await acme.owner(GRAPH, id=graph["id"])
        assert (seen["draft"]["revision"], constant_of(seen["draft"]["document"])) == (revision + 1, won[0])


async def test_of_twenty_who_publish_one_revision_one_does_and_versions_have_no_gaps(acme: Organisation) -> None:
    graph = await created(acme.owner)
    for revision in (1, 2, 3):
        made = await asyncio.gather(
            *(acme.owner(PUBLISH, input={"graphId": graph["id"], "revision": revision}) for _ in range(20))
        )
        assert [payload["version"]["number"] for payload in made if not payload["errors"]] == [revision]
        assert sum(payload["errors"] != [] for payload in made) == 19
    seen = await acme.owner(GRAPH, id=graph["id"])
    assert [version["number"] for version in seen["versions"]["nodes"]] == [3, 2, 1]
    assert [version["number"] for version in seen["versions"]["nodes"] if version["isActive"]] == [3]


async def test_an_update_and_a_publication_of_the_same_revision_do_not_both_happen(acme: Organisation) -> None:
    graph = await created(acme.owner, b=1)
    one, other = await asyncio.gather(
        updated(acme.owner, graph, 1, b=2), acme.owner(PUBLISH, input={"graphId": graph["id"], "revision": 1})
    )
    assert (one["errors"] == []) is not (other["errors"] == [])


# Versions


async def test_a_version_is_activated_and_the_draft_stays(acme: Organisation) -> None:
    graph = await published(acme.owner, b=1)
    await updated(acme.owner, graph, 2, b=2)
    await acme.owner(PUBLISH, input={"graphId": graph["id"], "revision": 3})
    made = await acme.owner(ACTIVATE, input={"graphId": graph["id"], "number": 1})
    assert made["graph"]["activeVersion"] == {"number": 1}
    assert constant_of(made["graph"]["draft"]["document"]) == 2


async def test_rolling_back_activates_an_older_version_and_edits_go_on_from_it(acme: Organisation) -> None:
    graph = await published(acme.owner, b=1)
    await updated(acme.owner, graph, 2, b=2)
    await acme.owner(PUBLISH, input={"graphId": graph["id"], "revision": 3})
    made = await acme.owner(ROLL_BACK, input={"graphId": graph["id"], "number": 1})
    assert (made["graph"]["activeVersion"], made["graph"]["draft"]["revision"]) == ({"number": 1}, 5)
    assert constant_of(made["graph"]["draft"]["document"]) == 1
    again = await acme.owner(PUBLISH, input={"graphId": graph["id"], "revision": 5})
    assert again["version"]["number"] == 3, "a version that was is never overwritten"


@pytest.mark.parametrize("number", [2, 0, -1, 2**31 - 1])
async def test_a_version_that_is_not_there_is_not_found(acme: Organisation, number: int) -> None:
    graph = await published(acme.owner)
    for operation in (ACTIVATE, ROLL_BACK):
        assert await acme.owner.refused(operation, input={"graphId": graph["id"], "number": number}) == ["NOT_FOUND"]
    assert await acme.owner.refused(VERSION, graphId=graph["id"], number=number) == ["NOT_FOUND"]
    assert await acme.owner.refused(FORK, input={"id": graph["id"], "version": number}) == ["NOT_FOUND"]


async def test_versions_are_paged_the_newest_first(acme: Organisation) -> None:
    graph = await published(acme.owner)
    for revision in range(2, 6):
        await acme.owner(PUBLISH, input={"graphId": graph["id"], "revision": revision})
    page = (
        "query($id: ID!, $after: String) { graph(id: $id) { versions(first: 2, after: $after) "
        "{ nodes { number } pageInfo { hasNextPage endCursor } } } }"
    )
    seen, after, is_more = [], None, True
    while is_more:
        found = (await acme.owner(page, id=graph["id"], after=after))["versions"]
        seen += [version["number"] for version in found["nodes"]]
        after, is_more = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
    assert seen == [5, 4, 3, 2, 1]
    assert await acme.owner.refused(page, id=graph["id"], after="nonsense") == ["BAD_CURSOR"]


async def test_a_fork_is_an_agent_of_its_own(acme: Organisation) -> None:
    graph = await published(acme.owner, b=7)
    made = (await acme.owner(FORK, input={"id": graph["id"], "name": "Mine"}))["graph"]
    assert made["uuid"] != graph["uuid"]
    assert made["forkedFrom"] == {"number": 1, "graph": {"id": graph["id"]}}
    body = made["activeVersion"]["document"]
    assert (body["id"], body["name"], body["forked_from_id"]) == (made["uuid"], "Mine", graph["uuid"])
    assert (body["forked_from_version"], constant_of(body), made["activeVersion"]["number"]) == (1, 7, 1)
    await updated(acme.owner, made, 0, b=8)
    assert constant_of((await acme.owner(GRAPH, id=graph["id"]))["draft"]["document"]) == 7


async def test_a_draft_alone_can_be_neither_forked_nor_run(api: Api, acme: Organisation) -> None:
    graph = await created(acme.owner)
    assert await acme.owner.refused(FORK, input={"id": graph["id"]}) == ["CONFLICT"]
    with pytest.raises(Exception, match="publish its draft first"):
        await api.services.compiled.get(api.services.of(acme.id).graphs, acme.id, UUID(graph["uuid"]), None)


async def test_an_agent_that_was_stored_as_a_version_has_that_as_its_draft(api: Api, acme: Organisation) -> None:
    given = parse_graph(document(b=3, name="From the command line", description="Stored directly."))
    await api.services.of(acme.id).submission.save_graph(acme.id, given)
    graph = (await acme.owner(GRAPHS, search="command line"))["nodes"][0]
    seen = await acme.owner(GRAPH, id=graph["id"])
    assert (seen["description"], seen["createdBy"]) == ("Stored directly.", None)
    assert (seen["draft"]["revision"], constant_of(seen["draft"]["document"])) == (0, 3)
    made = await updated(acme.owner, seen, 0, b=4)
    assert (made["errors"], made["graph"]["draft"]["revision"]) == ([], 1)
    assert (await updated(acme.owner, seen, 0, b=5))["errors"][0]["code"] == "CONFLICT"


async def test_each_of_several_changes_in_one_request_shows_what_it_made(acme: Organisation) -> None:
    graph = await created(acme.owner)
    seen = "{ graph { draft { revision } activeVersion { number } versions { totalCount nodes { number } } } }"
    both = (
        f"mutation($a: PublishGraphInput!, $b: PublishGraphInput!) {{ a: publishGraph(input: $a) {seen} "
        f"b: publishGraph(input: $b) {seen} }}"
    )
    where = [{"graphId": graph["id"], "revision": revision} for revision in (1, 2)]
    made = await acme.owner(both, a=where[0], b=where[1])
    for number, payload in enumerate((made["a"]["graph"], made["b"]["graph"]), 1):
        assert payload["draft"]["revision"] == number + 1
        assert payload["activeVersion"]["number"] == payload["versions"]["totalCount"] == number
        assert [version["number"] for version in payload["versions"]["nodes"]] == list(range(number, 0, -1))


# The end of an agent


async def test_a_deleted_agent_is_nowhere_and_its_versions_stay_for_past_runs(api: Api, acme: Organisation) -> None:
    graph = await published(acme.owner)
    assert (await acme.owner(DELETE, id=graph["id"]))["deletedId"] == graph["id"]
    assert (await acme.owner(GRAPHS))["totalCount"] == 0
    assert await acme.owner.refused(GRAPH, id=graph["id"]) == ["NOT_FOUND"]
    assert await acme.owner.refused(DELETE, id=graph["id"]) == ["NOT_FOUND"]
    assert await acme.owner.refused(VERSION, graphId=graph["id"], number=1) == ["NOT_FOUND"]
    graphs, uuid = api.services.of(acme.id).graphs, UUID(graph["uuid"])
    assert (await graphs.get(acme.id, uuid, 1))["id"] == graph["uuid"]
    with pytest.raises(NotFound):
        await api.services.compiled.get(graphs, acme.id, uuid, 1)


async def test_an_agent_that_others_run_is_not_deleted_and_they_are_named(acme: Organisation) -> None:
    used = await published(acme.owner)
    runs_it = {"id": "child", "block_id": AgentExecutor.id, "input_default": {"graph_id": used["uuid"].upper()}}
    user = await published(acme.owner, "User", nodes=[runs_it], links=[])
    refused = await acme.owner(DELETE, id=used["id"])
    assert [problem["code"] for problem in refused["errors"]] == ["CONFLICT"]
    assert "'User'" in refused["errors"][0]["message"]
    assert (await acme.owner(DELETE, id=user["id"]))["errors"] == []
    assert (await acme.owner(DELETE, id=used["id"]))["errors"] == []


async def test_an_agent_that_runs_itself_can_be_deleted(acme: Organisation) -> None:
    graph = await created(acme.owner)
    runs_it = {"id": "again", "block_id": AgentExecutor.id, "input_default": {"graph_id": graph["uuid"]}}
    body = {**document(nodes=[runs_it], links=[]), "id": graph["uuid"]}
    await acme.owner(UPDATE, input={"graphId": graph["id"], "revision": 1, "document": body})
    await acme.owner(PUBLISH, input={"graphId": graph["id"], "revision": 2})
    assert (await acme.owner(DELETE, id=graph["id"]))["errors"] == []


# Lists


async def test_agents_are_found_by_words_and_by_the_beginning_of_a_word_of_the_name(acme: Organisation) -> None:
    await created(acme.owner, "Weather report")
    await acme.owner(CREATE, input={"name": "Blog", "description": "Writes about walls and 100%_fun."})
    wanted = {
        "weather": 1,
        "WEAT": 1,
        "rep": 1,
        "walls": 1,
        "walls -writes": 0,
        "eather": 0,
        "": 2,
        "%": 0,
        "_": 0,
        "b": 1,
    }
    for search, count in wanted.items():
        assert (await acme.owner(GRAPHS, search=search))["totalCount"] == count, search
    assert await acme.owner.refused(GRAPHS, search="a\x00b") == ["INVALID_VALUE"]


async def test_agents_are_paged_the_last_changed_first(acme: Organisation) -> None:
    made = [await created(acme.owner, f"Agent {number}") for number in range(5)]
    await updated(acme.owner, made[1], 1)
    seen, after, is_more = [], None, True
    while is_more:
        page = await acme.owner(GRAPHS, first=2, after=after)
        seen += [node["id"] for node in page["nodes"]]
        after, is_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == [made[number]["id"] for number in (1, 4, 3, 2, 0)]
    for first in (0, 101, -1):
        assert await acme.owner.refused(GRAPHS, first=first) == ["BAD_USER_INPUT"]
    assert await acme.owner.refused(GRAPHS, after="nonsense") == ["BAD_CURSOR"]


async def test_a_list_takes_as_many_statements_for_ten_agents_as_for_two(api: Api, acme: Organisation) -> None:
    query = (
        "{ graphs(first: 10) { nodes { name activeVersion { number publishedBy { name } document } inputSchema folder { name } "
        "draft { revision updatedBy { name } problems { code } } versions(first: 2) { totalCount nodes { number } } } } }"
    )
    counts = []
    async with counting_api(api) as counted:
        for size in (2, 10):
            while (await acme.owner(GRAPHS))["totalCount"] < size:
                await published(acme.owner)
            assert len((await acme.owner(query))["nodes"]) == size
            counts.append(len(await counted.of(acme.owner, query)))
    assert counts[0] == counts[1] > 0


# Whose it is


def everything(graph: str) -> list[tuple[str, dict[str, Any]]]:
    """Give every operation about one agent, with its variables."""
    body = document()
    return [
        (GRAPH, {"id": graph}),
        (VERSION, {"graphId": graph, "number": 1}),
        (
            UPDATE,
            {"input": {"graphId": graph, "revision": 1, "document": {"name": "x", **{k: body[k] for k in ("nodes",)}}}},
        ),
        (PUBLISH, {"input": {"graphId": graph, "revision": 2}}),
        (ACTIVATE, {"input": {"graphId": graph, "number": 1}}),
        (ROLL_BACK, {"input": {"graphId": graph, "number": 1}}),
        (FORK, {"input": {"id": graph}}),
        (MOVE, {"input": {"graphId": graph}}),
        (DELETE, {"id": graph}),
    ]


async def test_a_foreign_agent_and_an_unknown_one_are_told_alike(acme: Organisation, other: Organisation) -> None:
    graph = await published(acme.owner)
    for (operation, foreign), (_, unknown) in zip(everything(graph["id"]), everything(UNKNOWN), strict=True):
        said = [await _said(other.owner, operation, given) for given in (foreign, unknown)]
        assert said[0] == said[1], operation
        assert said[0][0] == "NOT_FOUND", operation
    seen = await acme.owner(GRAPH, id=graph["id"])
    assert (seen["versions"]["totalCount"], seen["draft"]["revision"]) == (1, 2)


async def _said(client: Client, operation: str, variables: dict[str, Any]) -> tuple[str, str]:
    answer = (await client.post(operation, variables)).json()
    error = (answer.get("errors") or next(iter(answer["data"].values()))["errors"])[0]
    return error.get("code") or error["extensions"]["code"], error["message"]


async def test_an_id_of_another_type_is_not_found(acme: Organisation) -> None:
    graph = await published(acme.owner)
    for given in (
        encode_id("Folder", graph["uuid"]),
        encode_id("GraphVersion", graph["uuid"], 1),
        "x",
        graph["uuid"],
        "",
    ):
        assert await acme.owner.refused(GRAPH, id=given) == ["NOT_FOUND"]


async def test_a_graph_and_its_version_are_nodes(acme: Organisation, other: Organisation) -> None:
    graph = await published(acme.owner)
    version = (await acme.owner(VERSION, graphId=graph["id"], number=1))["id"]
    node = "query($id: ID!) { node(id: $id) { __typename id } }"
    assert await acme.owner(node, id=graph["id"]) == {"__typename": "Graph", "id": graph["id"]}
    assert await acme.owner(node, id=version) == {"__typename": "GraphVersion", "id": version}
    strange = [encode_id("GraphVersion", graph["uuid"], given) for given in ("x", 2, 2**40, -1)]
    for given in (*strange, encode_id("Graph", "x"), encode_id("GraphVersion", graph["uuid"])):
        assert await acme.owner(node, id=given) is None
    for given in (graph["id"], version):
        assert await other.owner(node, id=given) is None
    assert (await other.owner(GRAPHS))["totalCount"] == 0


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR, Role.OPERATOR])
async def test_who_may_only_read_changes_nothing(acme: Organisation, role: Role) -> None:
    graph = await published(acme.owner)
    reads = (GRAPH, VERSION)
    for operation, variables in everything(graph["id"]):
        if operation in reads:
            assert await acme[role](operation, **variables), operation
        else:
            assert await acme[role].refused(operation, **variables) == ["FORBIDDEN"], operation
    assert await acme[role].refused(CREATE, input={"name": "x"}) == ["FORBIDDEN"]


async def test_nobody_reads_nothing(api: Api) -> None:
    assert await api.client().refused(GRAPHS) == ["UNAUTHENTICATED"]


async def test_notes_have_a_limit(acme: Organisation) -> None:
    graph = await created(acme.owner)
    where = {"graphId": graph["id"], "revision": 1}
    long = "x" * (LIMITS.version_notes_chars_max + 1)
    assert await acme.owner.refused(PUBLISH, input={**where, "notes": long}) == ["BAD_USER_INPUT"]
    assert (await acme.owner(PUBLISH, input={**where, "notes": long[1:]}))["errors"] == []
