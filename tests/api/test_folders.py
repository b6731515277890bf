"""Folders: a tree of one organisation's own, without cycles; what is in one that goes away stays."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.graphql.ids import encode_id
from schema.access import Role
from schema.limits import LIMITS
from tests.api.graph_operations import DELETE, GRAPHS, MOVE, NOWHERE, created
from tests.api.serving import Client, Organisation

FOLDER = "{ folder { id name parent { id name } } errors { code message path } }"
CREATE = f"mutation($input: CreateFolderInput!) {{ createFolder(input: $input) {FOLDER} }}"
RENAME = f"mutation($input: RenameFolderInput!) {{ renameFolder(input: $input) {FOLDER} }}"
MOVE_FOLDER = f"mutation($input: MoveFolderInput!) {{ moveFolder(input: $input) {FOLDER} }}"
DELETE_FOLDER = "mutation($id: ID!) { deleteFolder(id: $id) { deletedId errors { code } } }"
FOLDERS = (
    "query($first: Int, $after: String) { folders(first: $first, after: $after) "
    "{ nodes { id name parent { name } } totalCount pageInfo { hasNextPage endCursor } } }"
)
UNKNOWN = encode_id("Folder", NOWHERE)


async def made(client: Client, name: str, parent: str | None = None) -> str:
    payload = await client(CREATE, input={"name": name, "parentId": parent})
    assert payload["errors"] == [], payload
    return payload["folder"]["id"]


async def tree(client: Client) -> dict[str, str | None]:
    """Give {folder: its parent} by names."""
    rows = (await client(FOLDERS, first=100))["nodes"]
    return {row["name"]: (row["parent"] or {}).get("name") for row in rows}


async def test_folders_are_made_renamed_moved_and_listed(acme: Organisation) -> None:
    work = await made(acme.owner, "  Work ")
    inner = await made(acme.owner, "Inner", work)
    await made(acme.owner, "Archive")
    assert await tree(acme[Role.VIEWER]) == {"Archive": None, "Inner": "Work", "Work": None}
    assert (await acme.owner(RENAME, input={"id": work, "name": "Labour"}))["folder"]["name"] == "Labour"
    assert (await acme.owner(MOVE_FOLDER, input={"id": inner}))["folder"]["parent"] is None
    assert await tree(acme.owner) == {"Archive": None, "Inner": None, "Labour": None}


async def test_folders_are_paged_by_name(acme: Organisation) -> None:
    for name in ("b", "a", "c", "a"):
        await made(acme.owner, name)
    first = await acme.owner(FOLDERS, first=3)
    rest = await acme.owner(FOLDERS, first=3, after=first["pageInfo"]["endCursor"])
    assert [row["name"] for row in first["nodes"] + rest["nodes"]] == ["a", "a", "b", "c"]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"], rest["totalCount"]) == (True, False, 4)
    assert await acme.owner.refused(FOLDERS, after="x") == ["BAD_CURSOR"]


async def test_a_folder_is_never_inside_itself(acme: Organisation) -> None:
    one = await made(acme.owner, "one")
    two = await made(acme.owner, "two", one)
    three = await made(acme.owner, "three", two)
    for inside in (one, two, three):
        assert await acme.owner.refused(MOVE_FOLDER, input={"id": one, "parentId": inside}) == ["CONFLICT"]
    assert (await acme.owner(MOVE_FOLDER, input={"id": three, "parentId": one}))["errors"] == []


async def test_two_moves_that_would_make_a_cycle_together_do_not_both_happen(acme: Organisation) -> None:
    for number in range(5):
        one, two = await made(acme.owner, f"one {number}"), await made(acme.owner, f"two {number}")
        answers = await asyncio.gather(
            acme.owner(MOVE_FOLDER, input={"id": one, "parentId": two}),
            acme.owner(MOVE_FOLDER, input={"id": two, "parentId": one}),
        )
        assert sorted([error["code"] for answer in answers for error in answer["errors"]]) == ["CONFLICT"]


async def test_folders_stand_only_so_deep(acme: Organisation) -> None:
    above = None
    for level in range(LIMITS.folder_depth_max):
        above = await made(acme.owner, f"level {level}", above)
    assert await acme.owner.refused(CREATE, input={"name": "too deep", "parentId": above}) == ["CONFLICT"]
    pair = await made(acme.owner, "pair")
    await made(acme.owner, "of two", pair)
    assert await acme.owner.refused(MOVE_FOLDER, input={"id": pair, "parentId": above}) == ["CONFLICT"]


async def test_agents_are_filed_and_found_there(acme: Organisation) -> None:
    folder = await made(acme.owner, "Work")
    graph = await created(acme.owner)
    await created(acme.owner, "Elsewhere")
    filed = await acme.owner(MOVE, input={"graphId": graph["id"], "folderId": folder})
    assert filed["graph"]["folder"]["name"] == "Work"
    assert [node["id"] for node in (await acme.owner(GRAPHS, folderId=folder))["nodes"]] == [graph["id"]]
    assert (await acme.owner(GRAPHS))["totalCount"] == 2
    assert (await acme.owner(MOVE, input={"graphId": graph["id"]}))["graph"]["folder"] is None
    assert (await acme.owner(GRAPHS, folderId=folder))["totalCount"] == 0


async def test_what_is_in_a_folder_that_is_deleted_moves_to_its_parent(acme: Organisation) -> None:
    outer = await made(acme.owner, "outer")
    middle = await made(acme.owner, "middle", outer)
    await made(acme.owner, "inner", middle)
    graph = await created(acme.owner)
    await acme.owner(MOVE, input={"graphId": graph["id"], "folderId": middle})
    assert (await acme.owner(DELETE_FOLDER, id=middle))["deletedId"] == middle
    assert await tree(acme.owner) == {"outer": None, "inner": "outer"}
    assert (await acme.owner(GRAPHS, folderId=outer))["totalCount"] == 1
    await acme.owner(DELETE_FOLDER, id=outer)
    assert await tree(acme.owner) == {"inner": None}
    assert (await acme.owner(GRAPHS))["totalCount"] == 1
    assert (await acme.owner(DELETE, id=graph["id"]))["errors"] == []


async def test_nothing_is_lost_when_a_folder_goes_while_things_are_put_into_it(acme: Organisation) -> None:
    graphs = [await created(acme.owner) for _ in range(5)]
    folder = await made(acme.owner, "going")
    await asyncio.gather(
        acme.owner(DELETE_FOLDER, id=folder),
        *(acme.owner(MOVE, input={"graphId": graph["id"], "folderId": folder}) for graph in graphs),
    )
    rows = await acme.owner("{ graphs { nodes { folder { id } } } }")
    assert rows["nodes"] == [{"folder": None}] * 5
    assert (await acme.owner(GRAPHS, folderId=folder))["totalCount"] == 0


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
async def test_a_folder_has_a_name(acme: Organisation, name: str) -> None:
    assert await acme.owner.refused(CREATE, input={"name": name}) == ["BAD_USER_INPUT"]


async def test_a_foreign_folder_and_an_unknown_one_are_told_alike(acme: Organisation, other: Organisation) -> None:
    foreign = await made(other.owner, "Theirs")
    mine = await made(acme.owner, "Mine")
    graph = await created(acme.owner)
    for folder in (foreign, UNKNOWN, "x", encode_id("Graph", NOWHERE)):
        operations: list[tuple[str, dict[str, Any]]] = [
            (CREATE, {"input": {"name": "x", "parentId": folder}}),
            (RENAME, {"input": {"id": folder, "name": "x"}}),
            (MOVE_FOLDER, {"input": {"id": folder}}),
            (MOVE_FOLDER, {"input": {"id": mine, "parentId": folder}}),
            (MOVE, {"input": {"graphId": graph["id"], "folderId": folder}}),
            (DELETE_FOLDER, {"id": folder}),
        ]
        for operation, variables in operations:
            assert await acme.owner.refused(operation, **variables) == ["NOT_FOUND"], operation
    assert await tree(other.owner) == {"Theirs": None}
    assert await acme.owner("query($id: ID!) { node(id: $id) { id } }", id=foreign) is None
    assert (await acme.owner("query($id: ID!) { node(id: $id) { id } }", id=mine))["id"] == mine


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
async def test_who_may_only_read_changes_no_folder(acme: Organisation, role: Role) -> None:
    folder = await made(acme.owner, "Work")
    for operation, variables in (
        (CREATE, {"input": {"name": "x"}}),
        (RENAME, {"input": {"id": folder, "name": "x"}}),
        (MOVE_FOLDER, {"input": {"id": folder}}),
        (DELETE_FOLDER, {"id": folder}),
    ):
        assert await acme[role].refused(operation, **variables) == ["FORBIDDEN"]
    assert await tree(acme[role]) == {"Work": None}
