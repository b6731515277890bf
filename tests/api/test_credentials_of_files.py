"""Credentials that a file on a pin names: they are opened for whoever may use them, and their ids leave no agent's file."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from api.graphql.ids import decode_uuid
from schema.access import Role
from schema.credentials import groups_of, needs_of
from schema.exporting import export
from schema.graph import Graph
from tests.api.credentials import api_key, make
from tests.api.running import save, start
from tests.api.serving import Api, Organisation
from tests.api.test_credential_runs import chosen, execution, record, run
from tests.durable.credential_blocks import OpenSheet
from tests.durable.graphs import an_input, an_output, make_graph

KEY = "canary_api_key_credentials"


def opening(file: dict[str, Any]) -> Graph:
    """Give an agent that opens a file which comes to it by a link."""
    nodes = {
        "in": an_input("file", value=file),
        "open": (OpenSheet, {}, {"retry": {"attempts": 1}}),
        "out": an_output(),
    }
    return make_graph(nodes, ["in.result -> open.file", "open.value -> out.value"], on_node_error="fail")


async def test_a_file_names_the_credential_and_a_choice_goes_before_it(api: Api, acme: Organisation) -> None:
    named = await make(acme.owner, title="Named", **api_key("the named secret"))
    other = await make(acme.owner, title="Chosen", **api_key("the chosen secret"))
    file = {"id": "f", "_credentials_id": str(decode_uuid("Credential", named["id"]))}
    assert (await run(api, acme, opening(file)))["outputs"] == {"out": ["Named"]}
    assert (await run(api, acme, opening(file), **chosen(other["id"], KEY)))["outputs"] == {"out": ["Chosen"]}
    assert (await run(api, acme, opening({"id": "f"})))["outputs"] == {"out": ["none"]}


async def test_a_file_that_names_what_is_not_ones_own_opens_nothing(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    private = await make(acme[Role.EDITOR], **api_key("somebody's secret"))
    foreign = await make(other.owner, is_shared=True, **api_key("their secret"))
    wrong = await make(acme.owner, provider="bee", **api_key("another provider's"))
    ids = [str(decode_uuid("Credential", one["id"])) for one in (private, foreign, wrong)]
    for own_id in (*ids, str(uuid4()), "no id"):
        graph_id = await save(api, acme, opening({"id": "f", "_credentials_id": own_id}))
        found = await record(api, acme, (await start(acme.owner, graph_id))["id"])
        error = execution(found, "open")["error"]
        assert (error["code"], found["outputs"]) == ("CREDENTIAL_UNUSABLE", {}), own_id


def test_the_credential_of_a_file_can_be_chosen_and_need_not_be() -> None:
    specs = {OpenSheet.id: OpenSheet.spec}
    (group,) = groups_of(needs_of(make_graph({"open": (OpenSheet, {"file": {}})}), specs)).values()
    assert (group.key, group.is_required) == (KEY, False)


def test_the_id_of_a_files_credential_does_not_leave_in_an_export() -> None:
    file = {"id": "f", "name": "Stones", "_credentials_id": str(uuid4())}
    graph = make_graph({"open": (OpenSheet, {"file": file})})
    document = export(graph, (), {OpenSheet.id: OpenSheet.spec}).document
    assert document["nodes"][0]["input_default"]["file"] == {"id": "f", "name": "Stones"}
