"""What uses a credential: told before it is deleted, of this organisation only, and of other people's presets no more than that."""

from __future__ import annotations

from typing import Any

from schema.access import Role
from tests.api.credentials import api_key, make
from tests.api.running import save
from tests.api.scheduling import PAUSE
from tests.api.scheduling import make as schedule
from tests.api.serving import Api, Client, Json, Organisation
from tests.api.test_presets import CREATE as CREATE_PRESET
from tests.api.webhooks import ATTACH, DETACH, create
from tests.durable.blocks import Pass
from tests.durable.credential_blocks import GROUP, Spend
from tests.durable.graphs import an_agent, an_input, make_graph

USES = "query($id: ID!) { credential(id: $id) { uuid uses { kind id name graphId graphName nodesCount isPaused } } }"
LIST = "{ credentials(first: 50) { nodes { id uses { kind name } } } }"
DELETE_GRAPH = "mutation($id: ID!) { deleteGraph(id: $id) { deletedId errors { message } } }"
UPDATE_DRAFT = "mutation($input: UpdateDraftInput!) { updateDraft(input: $input) { graph { id } errors { message } } }"
DRAFT = "query($id: ID!) { graph(id: $id) { draft { revision document } } }"


async def uses(client: Client, credential: Json) -> list[Json]:
    found: list[Json] = (await client(USES, id=credential["id"]))["uses"]
    return found


def referring(uuid: str, **more: Any) -> Json:
    return {"credentials": {"id": uuid, "provider": "canary", "type": "api_key", "title": "Mine"}, **more}


async def uuid_of(client: Client, credential: Json) -> str:
    return str((await client(USES, id=credential["id"]))["uuid"])


async def test_nodes_that_name_it_are_told_by_their_agent_and_a_draft_as_one(api: Api, acme: Organisation) -> None:
    owner = acme.owner
    kept = await make(owner, is_shared=True, **api_key("sk-live-51-very-secret"))
    unused = await make(owner, is_shared=True, **api_key("sk-live-51-very-secret"))
    assert await uses(owner, kept) == []
    uuid = await uuid_of(owner, kept)
    both = make_graph({"a": (Spend, referring(uuid)), "b": (Spend, referring(uuid)), "c": Spend}, name="Both")
    graph_id = await save(api, acme, both)
    shown = {"kind": "AGENT", "id": graph_id, "name": "Both", "graphId": graph_id, "graphName": "Both"}
    assert await uses(owner, kept) == [{**shown, "nodesCount": 2, "isPaused": False}]
    assert await uses(owner, unused) == []

    plain = await save(api, acme, make_graph({"a": Spend}, name="Drafted"))
    draft = (await owner(DRAFT, id=plain))["draft"]
    document = draft["document"]
    document["nodes"][0]["input_default"] = referring(uuid)
    changed = await owner(UPDATE_DRAFT, input={"graphId": plain, "revision": draft["revision"], "document": document})
    assert changed["errors"] == []
    assert [(row["kind"], row["name"], row["nodesCount"]) for row in await uses(owner, kept)] == [
        ("AGENT", "Both", 2),
        ("DRAFT", "Drafted", 1),
    ]
    await owner(DELETE_GRAPH, id=plain)
    await owner(DELETE_GRAPH, id=graph_id)
    assert await uses(owner, kept) == []


async def test_a_credential_of_a_bundled_agent_and_of_a_file_counts_and_a_text_that_has_its_id_does_not(
    api: Api, acme: Organisation
) -> None:
    kept = await make(acme.owner, is_shared=True, **api_key("sk-live-51-very-secret"))
    uuid = await uuid_of(acme.owner, kept)
    inner = make_graph({"a": (Spend, referring(uuid))}, name="Inner")
    file = {"value": {"name": "Sheet", "_credentials_id": uuid}}
    await save(api, acme, make_graph({"child": an_agent(inner)}, name="Outer", sub_graphs=[inner.model_dump()]))
    await save(api, acme, make_graph({"file": (Pass, file)}, name="With a file"))
    await save(api, acme, make_graph({"text": (Pass, {"value": f'the "id": "{uuid}" in words'})}, name="Words"))
    await save(api, acme, make_graph({"text": (Pass, {"value": uuid})}, name="Bare"))
    names = [row["name"] for row in await uses(acme.owner, kept)]
    assert "With a file" in names
    assert {"Outer", "Inner"} & set(names)
    assert not {"Words", "Bare"} & set(names)


async def test_presets_schedules_and_webhooks_that_give_it_are_told(api: Api, acme: Organisation) -> None:
    owner, editor = acme.owner, acme[Role.EDITOR]
    kept = await make(owner, is_shared=True, **api_key("sk-live-51-very-secret"))
    graph_id = await save(api, acme, make_graph({"a": Spend, "in": an_input("topic")}, name="Asks"))
    given = [{"key": GROUP, "credentialId": kept["id"]}]
    asked = {"graphId": graph_id, "inputs": {"topic": "x"}, "credentials": given}
    mine = await owner(CREATE_PRESET, input={**asked, "name": "Mine"})
    theirs = await editor(CREATE_PRESET, input={**asked, "name": "Of the editor"})
    assert (mine["errors"], theirs["errors"]) == ([], [])
    daily = await schedule(owner, graph_id, inputs={"topic": "x"}, credentials=given)
    hook = (await create(owner))["webhook"]
    taking = {"webhookId": hook["id"], "graphId": graph_id, "inputName": "topic", "credentials": given}
    attached = await owner(ATTACH, input=taking)
    assert attached["errors"] == [], attached
    found = [(row["kind"], row["id"], row["name"], row["graphName"]) for row in await uses(owner, kept)]
    assert found == [
        ("ATTACHMENT", attached["attachment"]["id"], "A hook", "Asks"),
        ("PRESET", mine["preset"]["id"], "Mine", "Asks"),
        ("PRESET", None, None, "Asks"),
        ("SCHEDULE", daily["id"], "Daily", "Asks"),
    ]
    assert (await owner(PAUSE, input={"id": daily["id"]}))["errors"] == []
    assert [row["isPaused"] for row in await uses(owner, kept)] == [False, False, False, True]
    await owner(DETACH, id=attached["attachment"]["id"])
    assert "ATTACHMENT" not in {row["kind"] for row in await uses(owner, kept)}


async def test_what_uses_it_is_told_to_who_may_use_it_only_and_within_the_organisation(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    private = await make(acme[Role.EDITOR], **api_key("sk-live-51-very-secret"))
    uuid = await uuid_of(acme[Role.EDITOR], private)
    await save(api, acme, make_graph({"a": (Spend, referring(uuid))}, name="Ours"))
    await save(api, other, make_graph({"a": (Spend, referring(uuid))}, name="Theirs"))
    assert [row["name"] for row in await uses(acme[Role.EDITOR], private)] == ["Ours"]
    for client in (acme.owner, other.owner):
        assert await client.refused(USES, id=private["id"]) == ["NOT_FOUND"]
    assert await acme[Role.VIEWER].refused(USES, id=private["id"]) == ["FORBIDDEN"]


async def test_a_list_asks_once_for_the_uses_of_all(api: Api, acme: Organisation) -> None:
    made = [await make(acme.owner, title=f"No {number}", **api_key("sk-live-51-very-secret")) for number in range(3)]
    uuid = await uuid_of(acme.owner, made[1])
    await save(api, acme, make_graph({"a": (Spend, referring(uuid))}, name="Ours"))
    rows = (await acme.owner(LIST))["nodes"]
    assert {row["id"]: [use["name"] for use in row["uses"]] for row in rows} == {
        made[0]["id"]: [],
        made[1]["id"]: ["Ours"],
        made[2]["id"]: [],
    }
