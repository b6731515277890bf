"""Files of runs through the API: uploaded ones as inputs; stored ones listed, downloaded and deleted; each for its own people."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from blocks.library.file_store import FileStore
from blocks.library.files import FileRead
from blocks.library.workspace import ListWorkspaceFiles, ReadWorkspaceFile, WriteWorkspaceFile
from schema.access import Role
from schema.graph import Graph
from tests.api.files import delete, get, kept, upload
from tests.api.running import DELETE, OUTPUTS, echo, ended, run_to_end, save, start
from tests.api.serving import Api, Organisation
from tests.api.statements import counting_api
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.waiting import eventually

RUN_FILES = (
    "query($id: ID!, $first: Int, $after: String) { run(id: $id) { files(first: $first, after: $after) "
    "{ nodes { id name path mediaType mediaValue runId owner { name } downloadUrl } pageInfo { endCursor hasNextPage } } } }"
)
VALUE_FILES = "query($id: ID!) { run(id: $id) { outputs { values { json file { id name size downloadUrl } } } } }"
FILES = "{ files { nodes { name path runId } } }"
ERRORS = "query($id: ID!) { run(id: $id) { nodeExecutions { nodes { error { code message } } } } }"
LIST = (
    "query($first: Int!) { runs(first: $first) { nodes { files(first: 2) { nodes { name } } "
    "outputs { values { file { id } } } } } }"
)
DATA = "data:text/plain;name=wall.txt,Dry%20stone"


def storing() -> Graph:
    """Give an agent that has its input stored."""
    return make_graph(
        {"in": an_input("file"), "store": FileStore, "out": an_output()},
        ["in.result -> store.file_in", "store.file_out -> out.value"],
    )


def reading() -> Graph:
    """Give an agent that reads the text of its input."""
    return make_graph(
        {"in": an_input("file"), "read": FileRead, "out": an_output()},
        ["in.result -> read.file_input", "read.content -> out.value"],
    )


def writing(path: str, text: str) -> Graph:
    return make_graph({"write": (WriteWorkspaceFile, {"path": path, "text": text})})


def looking() -> Graph:
    """Give an agent that gives the paths of the workspace, each by itself."""
    return make_graph(
        {"list": ListWorkspaceFiles, "out": an_output()},
        ["list.file_#_path -> out.value"],
    )


async def outputs(organisation: Organisation, run_id: str, role: Role = Role.OWNER) -> list[Any]:
    found = (await organisation[role](OUTPUTS, id=run_id))["outputs"]
    return [value["json"] for output in found for value in output["values"]]


async def errors(organisation: Organisation, run_id: str) -> list[Any]:
    rows = (await organisation.owner(ERRORS, id=run_id))["nodeExecutions"]["nodes"]
    return [row["error"] for row in rows if row["error"] is not None]


async def test_an_uploaded_file_is_an_input_as_its_answer_names_it(api: Api, acme: Organisation) -> None:
    made = await upload(acme.owner, b"Dry stone", "wall.txt")
    graph = reading()
    for value in (made["media_value"], f"workspace://{made['id']}"):
        run_id = await run_to_end(api, acme, graph, {"file": value})
        assert await outputs(acme, run_id) == ["Dry stone"]


async def test_a_stored_file_is_listed_with_its_run_and_downloaded_by_what_the_run_gave(
    api: Api, acme: Organisation
) -> None:
    run_id = await run_to_end(api, acme, storing(), {"file": DATA})
    (node,) = (await acme.owner(RUN_FILES, id=run_id))["files"]["nodes"]
    (value,) = await outputs(acme, run_id)
    assert (node["name"], node["mediaType"], node["path"], node["runId"]) == ("wall.txt", "text/plain", None, run_id)
    assert (node["mediaValue"], node["owner"]) == (value, {"name": "Owner"})
    (output,) = (await acme.owner(VALUE_FILES, id=run_id))["outputs"]
    assert output["values"] == [
        {"json": value, "file": {"id": node["id"], "name": "wall.txt", "size": 9.0, "downloadUrl": node["downloadUrl"]}}
    ]
    for file_id in (node["id"], value.removeprefix("workspace://").partition("#")[0]):
        assert (await get(acme.owner, file_id)).content == b"Dry stone"


async def test_files_of_a_run_are_paged_and_read_at_once(api: Api, acme: Organisation) -> None:
    graph = make_graph({f"store {n}": (FileStore, {"file_in": f"data:text/plain;name={n}.txt,{n}"}) for n in range(3)})
    run_id = await run_to_end(api, acme, graph)
    seen, after = [], None
    while True:
        page = (await acme.owner(RUN_FILES, id=run_id, first=2, after=after))["files"]
        seen += [node["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert sorted(seen) == ["0.txt", "1.txt", "2.txt"]
    assert await acme.owner.refused(RUN_FILES, id=run_id, after="nonsense") == ["BAD_CURSOR"]
    for _ in range(3):
        await run_to_end(api, acme, storing(), {"file": DATA})
    async with counting_api(api) as counted:
        one = await counted.of(acme.owner, LIST, first=2)
        four = await counted.of(acme.owner, LIST, first=4)
    assert len(four) == len(one), four


async def test_another_organisation_gets_the_answer_of_a_file_that_never_was(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    made = await upload(acme.owner)
    said = []
    for value in (made["media_value"], f"workspace://{uuid4()}"):
        run_id = await run_to_end(api, other, reading(), {"file": value})
        said += await errors(other, run_id)
        assert (await get(other.owner, value.removeprefix("workspace://").partition("#")[0])).status_code == 404
    assert said == [{"code": "NOT_FOUND", "message": "There is no such file here."}] * 2
    run_id = await run_to_end(api, other, echo(), {"topic": made["media_value"]})
    (output,) = (await other.owner(VALUE_FILES, id=run_id))["outputs"]
    assert output["values"] == [{"json": made["media_value"], "file": None}]


async def test_a_workspace_is_its_owners_and_its_files_are_the_organisations(api: Api, acme: Organisation) -> None:
    await run_to_end(api, acme, writing("walls/today.md", "Two"))
    looking_id = await save(api, acme, looking())
    for role, paths in ((Role.OWNER, ["walls/today.md"]), (Role.OPERATOR, [])):
        run = await start(acme[role], looking_id)
        await ended(acme[role], run["id"])
        assert await outputs(acme, run["id"], role) == paths
    (listed,) = (await acme[Role.VIEWER](FILES))["nodes"]
    assert (listed["name"], listed["path"]) == ("today.md", "walls/today.md")


async def test_a_key_that_reads_runs_only_sees_no_files(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, storing(), {"file": DATA})
    assert acme.owner.person is not None
    key = await api.people.make_key(acme.id, acme.owner.person, "runs only", ["runs:read"])
    client = api.client(key.token)
    assert await client.refused(RUN_FILES, id=run_id) == ["FORBIDDEN"]
    (output,) = (await client(VALUE_FILES, id=run_id))["outputs"]
    assert output["values"][0]["file"] is None


async def test_a_deleted_file_is_not_for_use_any_more(api: Api, acme: Organisation) -> None:
    made = await upload(acme.owner)
    await delete(acme.owner, made["id"])
    run_id = await run_to_end(api, acme, reading(), {"file": made["media_value"]})
    assert [error["code"] for error in await errors(acme, run_id)] == ["NOT_FOUND"]


async def test_what_a_run_stored_goes_with_it_and_its_workspace_stays(api: Api, acme: Organisation) -> None:
    graph = make_graph(
        {"store": (FileStore, {"file_in": DATA}), "write": (WriteWorkspaceFile, {"path": "a", "text": "b"})}
    )
    run_id = await run_to_end(api, acme, graph)
    made = await upload(acme.owner, b"uploaded", "own.txt")
    assert await kept(api, acme.id) == (3, 3)
    (stored,) = [one for one in (await acme.owner(RUN_FILES, id=run_id))["files"]["nodes"] if one["path"] is None]
    assert (await acme.owner(DELETE, id=run_id))["deletedCount"] == 1
    assert (await get(acme.owner, stored["id"])).status_code == 404
    left = (await acme.owner(FILES))["nodes"]
    assert left == [{"name": "own.txt", "path": None, "runId": None}, {"name": "a", "path": "a", "runId": None}]
    assert (await get(acme.owner, made["id"])).status_code == 200
    await api.platform.tools.keeping.files.collect()

    async def is_collected() -> bool:
        return await kept(api, acme.id) == (2, 2)

    await eventually(is_collected)
    again = make_graph({"read": (ReadWorkspaceFile, {"path": "a", "as_text": True}), "out": an_output()},
                       ["read.content -> out.value"])  # fmt: skip
    assert await outputs(acme, await run_to_end(api, acme, again)) == ["b"]
