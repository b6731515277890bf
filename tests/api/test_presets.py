"""Presets: what is saved, what is refused, what is shown, and runs with them."""

from __future__ import annotations

import asyncio
from typing import Any

from api.graphql.ids import encode_id
from schema.access import Role
from schema.graph import Graph
from schema.ids import new_id
from schema.limits import LIMITS
from tests.api.selling import ERRORS, keep
from tests.api.serving import Api, Client, Json, Organisation
from tests.durable.blocks import Pass
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.waiting import eventually

PRESET = "id name description graphId graphVersion inputs missingInputs credentials { key credentialId }"
CREATE = f"mutation($input: CreatePresetInput!) {{ createPreset(input: $input) {{ preset {{ {PRESET} }} warnings {ERRORS} }} }}"
UPDATE = f"mutation($input: UpdatePresetInput!) {{ updatePreset(input: $input) {{ preset {{ {PRESET} }} warnings {ERRORS} }} }}"
DELETE = f"mutation($id: ID!) {{ deletePreset(id: $id) {{ isDone {ERRORS} }} }}"
RUN = (
    f"mutation($input: RunPresetInput!) {{ runPreset(input: $input) {{ run {{ id trigger graphVersion }} {ERRORS} }} }}"
)
PRESETS = (
    "query($graphId: ID!, $first: Int, $after: String) { presets(graphId: $graphId, first: $first, after: $after) "
    f"{{ nodes {{ {PRESET} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
NODE = "query($id: ID!) { node(id: $id) { id } }"
OUTPUTS = "query($id: ID!) { run(id: $id) { status outputs { name values { json } } } }"
NOBODY = new_id()


def a_greeter(**secret: Any) -> Graph:
    """Give an agent with an input that must be given, one that has a default, and one that may be secret."""
    nodes = {
        "who": an_input("who"),
        "how": an_input("how", value="Hello"),
        "code": an_input("code", value="0000", **secret),
        "a": Pass,
        "b": Pass,
        "c": Pass,
        "who out": an_output("who"),
        "how out": an_output("how"),
        "code out": an_output("code"),
    }
    links = [f"{name}.result -> {block}.value" for name, block in (("who", "a"), ("how", "b"), ("code", "c"))] + [
        f"{block}.value -> {name} out.value" for name, block in (("who", "a"), ("how", "b"), ("code", "c"))
    ]
    return make_graph(nodes, links)


async def save(client: Client, graph: Graph, inputs: Json, **more: Any) -> Json:
    asked = {"graphId": encode_id("Graph", graph.id), "name": "Daily", "inputs": inputs, **more}
    return dict(await client(CREATE, input=asked))


async def test_a_preset_is_saved_changed_listed_and_deleted(api: Api, acme: Organisation) -> None:
    graph = await keep(api, acme.id, a_greeter())
    operator = acme[Role.OPERATOR]
    made = await save(operator, graph, {"who": "Ann", "how": "Hi"}, description="Each day.")
    preset = made["preset"]
    assert (made["warnings"], preset["missingInputs"], preset["graphVersion"]) == ([], [], None)
    assert preset["inputs"] == {"who": "Ann", "how": "Hi"}
    changed = await operator(UPDATE, input={"presetId": preset["id"], "name": "Weekly", "inputs": {"how": "Hey"}})
    assert (changed["preset"]["name"], changed["preset"]["description"]) == ("Weekly", "Each day.")
    assert changed["preset"]["inputs"] == {"how": "Hey"}
    assert changed["warnings"] == ["The input 'who' is needed; a run must give it."]
    pinned = await operator(UPDATE, input={"presetId": preset["id"], "graphVersion": 1})
    assert pinned["preset"]["graphVersion"] == 1
    assert (await operator(UPDATE, input={"presetId": preset["id"], "graphVersion": None}))["preset"][
        "graphVersion"
    ] is None
    listed = await operator(PRESETS, graphId=preset["graphId"])
    assert [node["missingInputs"] for node in listed["nodes"]] == [["who"]]
    assert (await operator(DELETE, id=preset["id"]))["isDone"] is True
    assert await operator.refused(DELETE, id=preset["id"]) == ["NOT_FOUND"]
    assert (await operator(PRESETS, graphId=preset["graphId"]))["nodes"] == []


async def test_a_run_of_a_preset_has_its_inputs_and_what_is_given_goes_before(api: Api, acme: Organisation) -> None:
    graph = await keep(api, acme.id, a_greeter())
    preset = (await save(acme.owner, graph, {"who": "Ann", "how": "Hi"}))["preset"]
    asked = {"presetId": preset["id"], "overrides": {"inputs": {"how": "Bye"}}, "idempotencyKey": "k"}
    started = (await acme.owner(RUN, input=asked))["run"]
    assert started["trigger"] == "preset"
    assert (await acme.owner(RUN, input=asked))["run"]["id"] == started["id"]
    other_request = await acme.owner(RUN, input={**asked, "overrides": {}})
    assert other_request["errors"][0]["code"] == "CONFLICT"
    assert started["id"] in other_request["errors"][0]["message"]

    async def done() -> Json | None:
        found = await acme.owner(OUTPUTS, id=started["id"])
        return dict(found) if found["status"] == "COMPLETED" else None

    outputs = {each["name"]: each["values"][0]["json"] for each in (await eventually(done))["outputs"]}
    assert outputs == {"who": "Ann", "how": "Bye", "code": "0000"}


async def test_a_credential_of_a_preset_is_a_reference_that_a_run_looks_up(api: Api, acme: Organisation) -> None:
    graph = await keep(api, acme.id, a_greeter())
    chosen = [{"key": "http_host_scoped_credentials", "credentialId": encode_id("Credential", NOBODY)}]
    preset = (await save(acme.owner, graph, {"who": "Ann"}, credentials=chosen))["preset"]
    assert preset["credentials"] == chosen
    refused = await acme.owner(RUN, input={"presetId": preset["id"]})
    assert refused["run"] is None
    assert {each["code"] for each in refused["errors"]} <= {"NOT_FOUND", "BAD_USER_INPUT", "MISSING_CREDENTIALS"}
    without = await acme.owner(UPDATE, input={"presetId": preset["id"], "credentials": []})
    assert without["preset"]["credentials"] == []
    assert (await acme.owner(RUN, input={"presetId": preset["id"]}))["run"]["id"]
    asked = {"graphId": preset["graphId"], "name": "x", "credentials": [{"key": "k", "credentialId": "nonsense"}]}
    assert await acme.owner.refused(CREATE, input=asked) == ["NOT_FOUND"]


async def test_a_run_names_what_the_preset_has_not(api: Api, acme: Organisation) -> None:
    graph = await keep(api, acme.id, a_greeter())
    made = await save(acme.owner, graph, {})
    assert made["warnings"] == ["The input 'who' is needed; a run must give it."]
    refused = await acme.owner(RUN, input={"presetId": made["preset"]["id"]})
    assert (refused["errors"][0]["code"], refused["errors"][0]["pin"]) == ("INVALID_RUN_INPUT", "who")
    given = {"presetId": made["preset"]["id"], "overrides": {"inputs": {"who": "Bob"}}}
    assert (await acme.owner(RUN, input=given))["run"]["id"]


async def test_unknown_inputs_and_values_that_cannot_be_kept_are_refused_when_saved(
    api: Api, acme: Organisation
) -> None:
    graph = await keep(api, acme.id, a_greeter())
    wrong = await save(acme.owner, graph, {"who": "Ann", "whom": 1, "when": 2})
    assert [(each["code"], each["pin"]) for each in wrong["errors"]] == [
        ("INVALID_RUN_INPUT", "whom"),
        ("INVALID_RUN_INPUT", "when"),
    ]
    nul = await save(acme.owner, graph, {"who": "a\x00b"})
    assert nul["errors"][0]["code"] == "INVALID_RUN_INPUT"
    asked = {"graphId": encode_id("Graph", graph.id), "name": "x"}
    assert await acme.owner.refused(CREATE, input={**asked, "inputs": [1]}) == ["BAD_USER_INPUT"]
    assert await acme.owner.refused(CREATE, input={**asked, "name": " "}) == ["BAD_USER_INPUT"]
    assert await acme.owner.refused(CREATE, input={**asked, "graphVersion": 9}) == ["NOT_FOUND"]


async def test_a_preset_keeps_no_secret_and_a_run_is_given_it(api: Api, acme: Organisation) -> None:
    graph = await keep(api, acme.id, a_greeter(secret=True))
    refused = await save(acme.owner, graph, {"who": "Ann", "code": "canary-4711"})
    assert (refused["errors"][0]["code"], refused["errors"][0]["path"]) == ("BAD_USER_INPUT", ["inputs", "code"])
    assert (await acme.owner(PRESETS, graphId=encode_id("Graph", graph.id)))["nodes"] == []
    preset = (await save(acme.owner, graph, {"who": "Ann"}))["preset"]
    change = {"presetId": preset["id"], "inputs": {"code": "canary-4711"}}
    assert await acme.owner.refused(UPDATE, input=change) == ["BAD_USER_INPUT"]
    rows = await api.platform.sql("SELECT inputs::text AS kept FROM presets WHERE tenant_id = :id", id=acme.id)
    assert not any("canary" in row.kept for row in rows)
    given = {"presetId": preset["id"], "overrides": {"inputs": {"code": "canary-4711"}}}
    assert (await acme.owner(RUN, input=given))["run"]["id"]


async def test_what_a_later_version_marks_secret_is_shown_masked(api: Api, acme: Organisation) -> None:
    graph = await keep(api, acme.id, a_greeter())
    made = await save(acme.owner, graph, {"who": "Ann", "code": "canary-4711"})
    assert made["preset"]["inputs"]["code"] == "canary-4711"  # The control: it is no secret yet.
    await keep(api, acme.id, a_greeter(secret=True).model_copy(update={"id": graph.id, "version": 2}))
    shown = (await acme.owner(PRESETS, graphId=made["preset"]["graphId"]))["nodes"][0]
    assert shown["inputs"] == {"who": "Ann", "code": "***"}


async def test_presets_are_one_persons_and_another_tenants_agent_has_none(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    graph = await keep(api, acme.id, a_greeter())
    preset = (await save(acme.owner, graph, {"who": "Ann"}))["preset"]
    for stranger in (acme[Role.OPERATOR], other.owner):
        assert (await stranger(PRESETS, graphId=preset["graphId"]))["nodes"] == []
        assert await stranger(NODE, id=preset["id"]) is None
        assert await stranger.refused(DELETE, id=preset["id"]) == ["NOT_FOUND"]
        assert await stranger.refused(UPDATE, input={"presetId": preset["id"]}) == ["NOT_FOUND"]
        assert await stranger.refused(RUN, input={"presetId": preset["id"]}) == ["NOT_FOUND"]
        assert await stranger.refused(RUN, input={"presetId": encode_id("Preset", NOBODY)}) == ["NOT_FOUND"]
    for graph_id in (graph.id, str(NOBODY)):
        asked = {"graphId": encode_id("Graph", graph_id), "name": "x"}
        assert await other.owner.refused(CREATE, input=asked) == ["NOT_FOUND"]
    assert await acme.owner(NODE, id=preset["id"]) == {"id": preset["id"]}


async def test_a_viewer_reads_and_an_operator_writes(api: Api, acme: Organisation) -> None:
    graph = await keep(api, acme.id, a_greeter())
    asked = {"graphId": encode_id("Graph", graph.id), "name": "x"}
    for role in (Role.VIEWER, Role.AUDITOR):
        assert (await acme[role](PRESETS, graphId=asked["graphId"]))["nodes"] == []
        assert await acme[role].refused(CREATE, input=asked) == ["FORBIDDEN"]
        assert await acme[role].refused(RUN, input={"presetId": "x"}) == ["FORBIDDEN"]
    assert (await acme[Role.OPERATOR](CREATE, input=asked))["preset"]["name"] == "x"


async def test_an_agent_has_at_most_so_many_presets_also_when_they_are_made_at_once(
    api: Api, acme: Organisation
) -> None:
    graph = await keep(api, acme.id, a_greeter())
    await api.platform.sql(
        "INSERT INTO presets (id, tenant_id, owner_id, graph_id, name, inputs, credentials) "
        "SELECT gen_random_uuid(), :tenant, :owner, :graph_id, 'n', '{}', '{}' FROM generate_series(1, :count)",
        tenant=acme.id, owner=acme.owner.person, graph_id=graph.id, count=LIMITS.presets_max - 2,
    )  # fmt: skip
    made = await asyncio.gather(*(save(acme.owner, graph, {"who": str(number)}) for number in range(5)))
    assert sum(not each["errors"] for each in made) == 2
    assert {error["code"] for each in made for error in each["errors"]} == {"CONFLICT"}


async def test_of_two_changes_at_once_none_is_lost_in_silence(api: Api, acme: Organisation) -> None:
    graph = await keep(api, acme.id, a_greeter())
    preset = (await save(acme.owner, graph, {"who": "Ann"}))["preset"]
    names = [f"name {number}" for number in range(6)]
    done = await asyncio.gather(*(acme.owner(UPDATE, input={"presetId": preset["id"], "name": name}) for name in names))
    taken = [each["preset"]["name"] for each in done if not each["errors"]]
    assert taken
    assert {error["code"] for each in done for error in each["errors"]} <= {"CONFLICT"}
    assert (await acme.owner(PRESETS, graphId=preset["graphId"]))["nodes"][0]["name"] in taken


async def test_presets_are_paged_without_gaps(api: Api, acme: Organisation) -> None:
    graph = await keep(api, acme.id, a_greeter())
    made = [(await save(acme.owner, graph, {"who": str(number)}))["preset"]["id"] for number in range(5)]
    seen, after = [], None
    while True:
        page = await acme.owner(PRESETS, graphId=encode_id("Graph", graph.id), first=2, after=after)
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == list(reversed(made))
