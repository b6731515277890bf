"""Agents as files: AutoGPT's go in and come out, secrets stay, bundles come whole or not at all, versions are compared."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import text

from api.graphql.ids import decode_uuid, encode_id
from blocks.library.agent import AgentExecutor
from blocks.library.io import AgentInput
from blocks.library.medium import PublishToMedium
from schema.access import Role
from schema.comparing import COMPUTED
from schema.db.runs import NewRun
from schema.errors import InvalidGraph
from schema.graph import parse_graph
from schema.limits import LIMITS
from tests.api.files import upload
from tests.api.graph_operations import (
    AGENTS,
    CHECK,
    DIFF,
    EXPORT,
    GRAPH,
    GRAPHS,
    IMPORT,
    NOWHERE,
    PUBLISH,
    UPDATE,
    VERSION,
    agent_of,
    created,
    document,
    imported,
    link,
    published,
    updated,
)
from tests.api.serving import Api, Client, Failed, Organisation
from tests.durable.waiting import eventually

Json = dict[str, Any]


def said(given: Json) -> Json:
    """Give what matters of a file: all but what an export computes."""
    return {
        key: value for key, value in given.items() if key not in COMPUTED and not (key == "sub_graphs" and not value)
    }


def runs(name: str, graph_id: str, version: int | None = None, **constants: Any) -> Json:
    """Make a node that runs another agent."""
    return {
        "id": name,
        "block_id": AgentExecutor.id,
        "input_default": {"graph_id": graph_id, "graph_version": version, **constants},
    }


def bundle(inner_b: int = 1, version: int = 1) -> Json:
    """Make a file of an agent that runs one that runs another, both of which it bundles."""
    innermost = document(b=inner_b, name="Innermost", version=version)
    inner = document(nodes=[runs("go", innermost["id"], version)], links=[], name="Inner", version=version)
    outer = document(nodes=[runs("go", inner["id"], version)], links=[], name="Outer", version=version)
    return {**outer, "sub_graphs": [inner, innermost]}


async def exported(client: Client, graph: Json, version: int | None = None) -> Json:
    return await client(EXPORT, id=graph["id"], version=version)


# In and out


@pytest.mark.parametrize("path", AGENTS, ids=lambda path: path.stem)
async def test_an_agent_of_the_platform_goes_in_and_comes_out(acme: Organisation, path: Path) -> None:
    given = agent_of(path)
    made = await imported(acme[Role.EDITOR], given)
    assert (made["graph"]["uuid"], made["version"]["number"]) == (given["id"], given["version"])
    assert [row["nodeId"] for row in made["fidelity"]] == [node["id"] for node in given["nodes"]]
    assert {row["fidelity"] for row in made["fidelity"]} <= {"EXACT", "PLACEHOLDER"}
    assert [problem for problem in made["problems"] if problem["severity"] == "ERROR"] == []

    found = await exported(acme[Role.VIEWER], made["graph"])
    assert said(found["document"]) == said(given)
    assert found["fidelity"] == made["fidelity"]
    for name in ("input_schema", "output_schema", "has_external_trigger", "has_human_in_the_loop"):
        assert found["document"][name] == given.get(name, found["document"][name]), name
    assert found["document"]["user_id"] == ""
    again = await imported(acme.owner, found["document"])
    assert again["graph"]["uuid"] == given["id"]


async def test_a_key_in_a_file_of_old_is_kept_nowhere_and_told_of(acme: Organisation) -> None:
    canary = f"canary-{uuid4().hex}"
    theirs = {"id": str(uuid4()), "provider": "medium", "type": "api_key", "title": "Theirs"}
    given = document()
    for name, constants in (("old", {"api_key": canary}), ("new", {"credentials": theirs, "api_key": ""})):
        given["nodes"].append({"id": name, "block_id": PublishToMedium.id, "input_default": constants})
    made = await imported(acme.owner, given)
    why = {row["nodeId"]: (row["fidelity"], row["why"]) for row in made["fidelity"]}
    assert why["old"][0] == why["new"][0] == "CHANGED"
    assert "api_key" in why["old"][1]
    assert "choose one of yours" in why["new"][1]
    kept = orjson.dumps((await exported(acme.owner, made["graph"]))["document"]).decode()
    version = await acme.owner(VERSION, graphId=made["graph"]["id"], number=made["version"]["number"])
    assert canary not in kept + orjson.dumps(version).decode()
    assert theirs["id"] not in orjson.dumps(version).decode()
    assert "Theirs" in kept, "the control: the rest of the reference is here"


async def test_the_calculator_agent_runs(api: Api, acme: Organisation) -> None:
    path = next(path for path in AGENTS if path.stem == "calculator-agent")
    made = await imported(acme.owner, agent_of(path))
    stores, specs = api.services.of(acme.id), api.services.registry.specs
    graph, plan = await api.services.compiled.get(stores.graphs, acme.id, UUID(made["graph"]["uuid"]), None)
    assert graph.error_policy == "continue", "a file from elsewhere behaves as it did there"
    new = NewRun(acme.id, UUID(graph.id), graph.version, plan.hash, graph.name, {"Input": 8}, start_after_seconds=0.0)
    run = await stores.submission.accept(graph, specs, (plan.hash, plan.to_lists()), new)

    async def is_over() -> bool:
        return (await stores.runs.get(acme.id, run.id)).is_over

    await eventually(is_over)
    assert await stores.records.outputs(acme.id, run.id) == {"Output": [42]}


async def test_a_block_that_nobody_knows_is_a_placeholder_that_can_be_published_and_not_run(
    api: Api, acme: Organisation
) -> None:
    strange = str(uuid4())
    given = document()
    given["nodes"][1] = {"id": "sum", "block_id": strange, "input_default": {"b": 1}, "new_field": {"a": 1}}
    made = await imported(acme.owner, given)
    assert {row["nodeId"]: (row["fidelity"], row["blockName"]) for row in made["fidelity"]}["sum"] == (
        "PLACEHOLDER",
        "UnknownBlock",
    )
    assert [(p["code"], p["severity"]) for p in made["problems"]] == [("BLOCK_NOT_INSTALLED", "WARNING")]
    assert said((await exported(acme.owner, made["graph"]))["document"]) == {**said(given), "version": 1}
    await updated_as(acme.owner, made["graph"], 0, given)
    assert (await acme.owner(PUBLISH, input={"graphId": made["graph"]["id"], "revision": 1}))["errors"] == []
    with pytest.raises(InvalidGraph, match=strange):
        await api.services.compiled.get(api.services.of(acme.id).graphs, acme.id, UUID(made["graph"]["uuid"]), None)


async def updated_as(client: Client, graph: Json, revision: int, body: Json) -> None:
    made = await client(UPDATE, input={"graphId": graph["id"], "revision": revision, "document": body})
    assert made["errors"] == [], made


async def test_a_file_with_problems_comes_in_with_all_of_them_told(acme: Organisation) -> None:
    given = document(links=[link("in.result > gone.a")])
    made = await imported(acme.owner, given)
    assert "DANGLING_LINK" in {problem["code"] for problem in made["problems"]}


async def test_a_file_goes_into_a_folder_or_not_at_all(acme: Organisation, other: Organisation) -> None:
    make = 'mutation { createFolder(input: {name: "Mine"}) { folder { id } } }'
    folder = (await acme.owner(make))["folder"]["id"]
    made = await imported(acme.owner, document(), folderId=folder)
    assert made["graph"]["folder"] == {"name": "Mine"}
    foreign = (await other.owner(make))["folder"]["id"]
    for strange in (foreign, encode_id("Folder", NOWHERE), "x"):
        given = {"document": document(name="Nowhere"), "folderId": strange}
        assert await acme.owner.refused(IMPORT, input=given) == ["NOT_FOUND"]
    assert (await acme.owner(GRAPHS, search="Nowhere"))["totalCount"] == 0


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"format_version": 2}, []),
        ({"nodes": 5}, ["nodes"]),
        ({"id": "x"}, ["id"]),
        ({"sub_graphs": [{"id": str(uuid4())}]}, ["sub_graphs", "0", "name"]),
        ({"name": "a\x00b"}, []),
    ],
)
async def test_what_cannot_be_read_leaves_nothing_behind(acme: Organisation, change: Json, path: list[str]) -> None:
    refused = await acme.owner(IMPORT, input={"document": {**bundle(), **change}})
    assert [problem["code"] for problem in refused["errors"]] == ["UNSUPPORTED_FORMAT"]
    assert [problem["path"] for problem in refused["errors"]] == [path]
    assert (await acme.owner(GRAPHS))["totalCount"] == 0


# An agent that is here already


async def test_an_id_that_is_here_gets_its_next_version_and_the_same_file_none(acme: Organisation) -> None:
    given = document(b=1, version=18)
    assert (await imported(acme.owner, given))["version"]["number"] == 18
    assert (await imported(acme.owner, given))["version"]["number"] == 18
    other = {**document(b=2, version=3), "id": given["id"]}
    made = await imported(acme.owner, other)
    assert made["version"]["number"] == 19
    seen = await acme.owner(GRAPH, id=made["graph"]["id"])
    assert [(v["number"], v["isActive"]) for v in seen["versions"]["nodes"]] == [(19, True), (18, False)]


async def test_a_draft_with_work_in_it_stays_when_a_file_comes_in(acme: Organisation) -> None:
    graph = await published(acme.owner, b=1)
    await imported(acme.owner, {**document(b=2), "id": graph["uuid"]})
    seen = await acme.owner(GRAPH, id=graph["id"])
    assert (seen["draft"]["revision"], constant_of(seen["draft"]["document"])) == (3, 2), "nothing was edited"
    await updated(acme.owner, graph, 3, b=3)
    await imported(acme.owner, {**document(b=4), "id": graph["uuid"]})
    seen = await acme.owner(GRAPH, id=graph["id"])
    assert (seen["draft"]["revision"], constant_of(seen["draft"]["document"])) == (4, 3)
    assert seen["activeVersion"]["number"] == 3


def constant_of(given: Json) -> Any:
    return next(node["input_default"]["b"] for node in given["nodes"] if node["id"] == "sum")


async def test_a_deleted_agent_is_there_again_when_its_file_comes_in(acme: Organisation) -> None:
    graph = await published(acme.owner)
    await acme.owner("mutation($id: ID!) { deleteGraph(id: $id) { deletedId } }", id=graph["id"])
    made = await imported(acme.owner, {**document(b=9), "id": graph["uuid"]})
    assert (made["graph"]["id"], made["version"]["number"]) == (graph["id"], 2)
    assert (await acme.owner(GRAPHS))["totalCount"] == 1


async def test_the_same_file_for_two_organisations_is_two_agents(acme: Organisation, other: Organisation) -> None:
    given = document(b=1)
    await imported(acme.owner, given)
    await imported(other.owner, {**given, "name": "Theirs"})
    assert [node["name"] for node in (await acme.owner(GRAPHS))["nodes"]] == ["Sum"]


async def test_ten_who_import_one_bundle_at_once_make_one_version(acme: Organisation) -> None:
    siblings = [document(b=number, name=f"Sibling {number}") for number in range(8)]
    given = document(nodes=[runs(f"go {one['id']}", one["id"], 1) for one in siblings], links=[])
    # In opposite orders: whoever locked in the order of the file would wait for the other for ever.
    orders = [siblings, siblings[::-1]] * 5
    made = await asyncio.gather(*(imported(acme.owner, {**given, "sub_graphs": order}) for order in orders))
    assert {payload["version"]["number"] for payload in made} == {1}
    assert (await acme.owner(GRAPHS))["totalCount"] == 9


async def test_ten_versions_that_come_in_at_once_have_no_gaps(acme: Organisation) -> None:
    given = document(b=100)
    await imported(acme.owner, given)
    made = await asyncio.gather(*(imported(acme.owner, {**document(b=b), "id": given["id"]}) for b in range(10)))
    assert sorted(payload["version"]["number"] for payload in made) == list(range(2, 12))


# Bundles


async def test_a_bundle_comes_in_as_agents_and_goes_out_as_a_bundle(acme: Organisation, other: Organisation) -> None:
    given = bundle()
    made = await imported(acme.owner, given)
    assert [graph["name"] for graph in made["bundled"]] == ["Innermost", "Inner"]
    assert (await acme.owner(GRAPHS))["totalCount"] == 3
    found = (await exported(acme.owner, made["graph"]))["document"]
    assert said({**found, "sub_graphs": None}) == said({**given, "sub_graphs": None})
    assert {one["id"]: said(one) for one in found["sub_graphs"]} == {
        one["id"]: said(one) for one in given["sub_graphs"]
    }
    assert all("sub_graphs" not in one for one in found["sub_graphs"])
    assert len((await imported(other.owner, found))["bundled"]) == 2


async def test_what_was_saved_from_the_command_line_goes_out_with_what_it_bundles(api: Api, acme: Organisation) -> None:
    given = bundle()
    await api.services.of(acme.id).submission.save_graph(acme.id, parse_graph(given))
    graph = (await acme.owner(GRAPHS, search="Outer"))["nodes"][0]
    found = (await exported(acme.owner, graph))["document"]
    assert {one["name"] for one in found["sub_graphs"]} == {"Inner", "Innermost"}
    seen = await acme.owner(GRAPH, id=graph["id"])
    assert seen["draft"]["document"].get("sub_graphs", []) == [], "a draft is one agent"


async def test_a_bundled_agent_whose_number_is_taken_gets_the_next_and_its_users_are_told(acme: Organisation) -> None:
    given = bundle(inner_b=1)
    innermost = given["sub_graphs"][1]
    mine = {**document(b=50), "id": innermost["id"]}
    await imported(acme.owner, mine)
    made = await imported(acme.owner, given)
    changed = [row for row in made["fidelity"] if row["fidelity"] == "CHANGED"]
    assert [(row["graphId"], row["nodeId"]) for row in changed] == [(given["sub_graphs"][0]["id"], "go")]
    assert "version 2" in changed[0]["why"]
    kept = await acme.owner(GRAPH, id=encode_id("Graph", innermost["id"]))
    assert kept["activeVersion"]["number"] == 1, "an agent that is here goes on with the version that it has"
    inner = await acme.owner(VERSION, graphId=encode_id("Graph", given["sub_graphs"][0]["id"]), number=1)
    assert inner["document"]["nodes"][0]["input_default"]["graph_version"] == 2


async def test_agents_that_run_one_another_come_in_and_go_out(acme: Organisation) -> None:
    one, two = document(name="One"), document(name="Two")
    one["nodes"].append(runs("two", two["id"], 1))
    two["nodes"].append(runs("one", one["id"], 1))
    made = await imported(acme.owner, {**one, "sub_graphs": [two]})
    found = (await exported(acme.owner, made["graph"]))["document"]
    assert [graph["name"] for graph in found["sub_graphs"]] == ["Two"]


async def test_an_agent_that_is_not_here_is_told_in_the_export(acme: Organisation, other: Organisation) -> None:
    theirs = await published(other.owner, "Theirs")
    graph = await published(acme.owner, nodes=[runs("go", theirs["uuid"], 1), runs("no", "no id")], links=[])
    found = await exported(acme.owner, graph)
    assert found["document"]["sub_graphs"] == []
    assert [row["fidelity"] for row in found["fidelity"]] == ["CHANGED", "CHANGED"]
    assert theirs["uuid"] in found["fidelity"][0]["why"]


# Secrets


async def test_no_secret_leaves_with_an_export(acme: Organisation) -> None:
    canary = f"canary-{uuid4().hex}"
    reference = {"id": canary, "provider": "openai", "type": "api_key", "title": "Mine"}
    nodes = [
        {"id": "key", "block_id": AgentInput.id, "input_default": {"name": "key", "secret": True, "value": canary}},
        {
            "id": "ai",
            "block_id": "1f292d4a-41a4-4977-9684-7c8d560b9f91",
            "input_default": {"credentials": reference, "prompt": "Hello"},
            "webhook_id": canary,
            "webhook": {"url": canary},
        },
        runs("child", str(uuid4()), user_id=canary),
    ]
    graph = await published(acme.owner, nodes=nodes, links=[], user_id=canary)
    stored = await acme.owner(VERSION, graphId=graph["id"], number=1)
    assert canary in orjson.dumps(stored["document"]).decode(), "the control: it is here"
    found = await exported(acme.owner, graph)
    assert canary not in orjson.dumps(found).decode()
    rows = {node["id"]: node for node in found["document"]["nodes"]}
    assert rows["ai"]["input_default"]["credentials"] == {"provider": "openai", "type": "api_key", "title": "Mine"}
    assert rows["ai"]["input_default"]["prompt"] == "Hello"
    assert rows["key"]["input_default"] == {"name": "key", "secret": True}
    assert {row["nodeId"]: row["fidelity"] for row in found["fidelity"]} == {
        "key": "CHANGED", "ai": "CHANGED", "child": "CHANGED",
    }  # fmt: skip
    assert all(row["why"] for row in found["fidelity"])


# Comparing and checking


async def test_two_versions_are_compared_node_by_node(acme: Organisation) -> None:
    graph = await published(acme.owner, b=1)
    body = document(b=2, description="Better.", on_node_error="stop")
    body["nodes"][1]["metadata"] = {"position": {"x": 1, "y": 2}, "customized_name": "Plus"}
    body["nodes"][1]["retry"] = {"attempts": 5}
    body["nodes"][2]["id"] = "other"
    body["links"] = [link("in.result > sum.a"), link("sum.result > other.value")]
    await updated_as(acme.owner, graph, 2, {**body, "id": graph["uuid"]})
    found = await acme.owner(DIFF, graphId=graph["id"], **{"from": 1})
    assert [node["nodeId"] for node in found["nodesAdded"]] == ["other"]
    assert [node["nodeId"] for node in found["nodesRemoved"]] == ["out"]
    (changed,) = found["nodesChanged"]
    assert changed["node"] == {"nodeId": "sum", "blockName": "CalculatorBlock"}
    assert {tuple(change["path"]): (change["old"], change["new"]) for change in changed["changes"]} == {
        ("input_default", "b"): (1, 2),
        ("metadata", "position"): (None, {"x": 1, "y": 2}),
        ("metadata", "customized_name"): (None, "Plus"),
        ("retry",): (None, {"attempts": 5}),
    }
    assert found["linksAdded"] == [{"sourceId": "sum", "sinkName": "value"}]
    assert found["linksRemoved"] == [{"sourceId": "sum", "sinkName": "value"}]
    assert {tuple(change["path"]): change["new"] for change in found["settings"]} == {
        ("description",): "Better.",
        ("on_node_error",): "stop",
    }
    same = await acme.owner(DIFF, graphId=graph["id"], **{"from": 1, "to": 1})
    assert set(map(str, same.values())) == {"[]"}
    assert await acme.owner.refused(DIFF, graphId=graph["id"], **{"from": 1, "to": 9}) == ["NOT_FOUND"]
    assert await acme.owner.refused(DIFF, graphId=graph["id"], **{"from": 9}) == ["NOT_FOUND"]


async def test_a_document_is_checked_without_being_kept(acme: Organisation) -> None:
    given = document(links=[link("in.result > gone.a"), link("in.result > sum.nope")])
    found = await acme[Role.VIEWER](CHECK, document=given)
    assert {(problem["code"], problem["nodeId"], problem["pin"]) for problem in found} >= {
        ("DANGLING_LINK", "gone", "a"),
        ("UNKNOWN_PIN", "sum", "nope"),
    }
    assert all(problem["remedy"] for problem in found)
    assert await acme.owner(CHECK, document=document()) == []
    of_form = await acme.owner(CHECK, document={"id": "x", "nodes": [{}]})
    assert {tuple(problem["path"]) for problem in of_form} >= {("id",), ("name",), ("nodes", "0", "block_id")}
    assert [problem["code"] for problem in await acme.owner(CHECK, document=[1])] == ["UNSUPPORTED_FORMAT"]
    assert (await acme.owner(GRAPHS))["totalCount"] == 0


async def test_a_foreign_agent_is_neither_exported_nor_compared(acme: Organisation, other: Organisation) -> None:
    graph = await published(acme.owner)
    for given in (graph["id"], encode_id("Graph", NOWHERE)):
        assert await other.owner.refused(EXPORT, id=given) == ["NOT_FOUND"]
        assert await other.owner.refused(DIFF, graphId=given, **{"from": 1}) == ["NOT_FOUND"]
    draft = await created(acme.owner)
    assert await acme.owner.refused(EXPORT, id=draft["id"]) == ["CONFLICT"]


async def test_who_may_only_read_imports_nothing(acme: Organisation) -> None:
    with pytest.raises(Failed) as refused:
        await acme[Role.OPERATOR](IMPORT, input={"document": document()})
    assert refused.value.codes == ["FORBIDDEN"]


# A file that is too large for a request


async def test_an_upload_goes_in_as_the_document_would(acme: Organisation) -> None:
    large = document(nodes=[{**document()["nodes"][0], "note": "x" * 1_000_000}], links=[])
    file = await upload(acme.owner, orjson.dumps(large), "agent.json", "application/json")
    made = await acme.owner(IMPORT, input={"fileId": file["id"]})
    assert made["errors"] == []
    assert (made["graph"]["uuid"], made["graph"]["name"]) == (large["id"], large["name"])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"nodes: []", "UNSUPPORTED_FORMAT"),
        (b"x" * (LIMITS.graph_bytes_max + 1), "VALUE_TOO_LARGE"),
        (b'{"id": ' + b"[" * 70 + b"]" * 70 + b"}", "BAD_USER_INPUT"),
    ],
    ids=["no graph", "too large", "too deep"],
)
async def test_an_upload_that_is_no_graph_is_refused(acme: Organisation, data: bytes, code: str) -> None:
    file = await upload(acme.owner, data, "agent.json", "application/json")
    assert await acme.owner.refused(IMPORT, input={"fileId": file["id"]}) == [code]


async def test_a_document_or_a_file_is_given_and_the_file_is_ones_own_and_clean(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    file = await upload(other.owner, orjson.dumps(document()), "agent.json", "application/json")
    for wrong in ({}, {"document": document(), "fileId": file["id"]}):
        assert await acme.owner.refused(IMPORT, input=wrong) == ["BAD_USER_INPUT"]
    for unknown in (file["id"], encode_id("File", uuid4())):
        assert await acme.owner.refused(IMPORT, input={"fileId": unknown}) == ["NOT_FOUND"]
    async with api.services.engine.begin() as connection:
        where = {"id": decode_uuid("File", file["id"])}
        await connection.execute(text("UPDATE files SET status = 'unscannable' WHERE id = :id"), where)
    assert await other.owner.refused(IMPORT, input={"fileId": file["id"]}) == ["FILE_REFUSED"]
