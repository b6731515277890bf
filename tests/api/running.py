"""Agents to run through the API, and a client's operations on runs; no test is here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from api.graphql.ids import decode_uuid, encode_id
from schema.graph import Graph
from tests.api.serving import Api, Client, Json, Organisation
from tests.durable.blocks import Fail, Gate, Numbers, Pass, Talk
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.waiting import eventually

START = (
    "mutation($input: StartRunInput!) { startRun(input: $input) { run { id status trigger graphVersion } "
    "errors { code message path reason } } }"
)
CANCEL = (
    "mutation($input: CancelRunInput!) { cancelRun(input: $input) { run { id status cancelReason } errors { code } } }"
)
DELETE = "mutation($id: ID!) { deleteRun(id: $id) { deletedId deletedCount errors { code message } } }"
SHARE = (
    "mutation($input: ShareRunInput!) { shareRun(input: $input) "
    "{ token share { id expiresAt revokedAt createdBy { name } } errors { code path } } }"
)
REVOKE_SHARE = "mutation($id: ID!) { revokeShare(id: $id) { share { revokedAt } errors { code } } }"
SHARED = "query($token: String!) { sharedRun(token: $token) { status outputs { name values { json valueUrl } } } }"
STATUS = "query($id: ID!) { run(id: $id) { status } }"
OUTPUTS = "query($id: ID!) { run(id: $id) { status outputs { name values { json } } } }"
TERMINAL = ("COMPLETED", "FAILED", "TERMINATED")


def echo(name: str = "Echo") -> Graph:
    """Give an agent that gives its input `topic` on."""
    return make_graph(
        {"in": an_input("topic"), "pass": Pass, "out": an_output()},
        ["in.result -> pass.value", "pass.value -> out.value"],
        name=name,
    )


def gated() -> tuple[Graph, str]:
    """Give an agent that waits until its gate is opened, and the gate's name."""
    gate = f"gate {uuid4()}"
    return make_graph({"gate": (Gate, {"gate": gate}), "out": an_output()}, ["gate.value -> out.value"]), gate


def counting(count: int) -> Graph:
    """Give an agent that gives the numbers below `count`, each by a node execution of its own."""
    return make_graph(
        {"numbers": (Numbers, {"count": count}), "pass": Pass, "out": an_output()},
        ["numbers.number -> pass.value", "pass.value -> out.value"],
    )


def failing() -> Graph:
    return make_graph({"fail": (Fail, {"reason": "broken"})}, on_node_error="fail")


def talking(**constants: Any) -> Graph:
    """Give an agent whose one node logs and streams."""
    return make_graph(
        {"talk": (Talk, {"key": str(uuid4()), **constants}), "out": an_output()}, ["talk.text -> out.value"]
    )


async def save(api: Api, owner: Organisation, graph: Graph) -> str:
    """Keep an agent for an organisation; give its id."""
    kept = await api.services.of(owner.id).submission.save_graph(owner.id, graph)
    return encode_id("Graph", kept.id)


async def start(client: Client, graph_id: str, inputs: Mapping[str, Any] | None = None, **fields: Any) -> Json:
    """Start a run; give it as the payload has it."""
    payload = await client(START, input={"graphId": graph_id, "inputs": dict(inputs or {}), **fields})
    assert payload["errors"] == [], payload
    found: Json = payload["run"]
    return found


async def run_to_end(api: Api, owner: Organisation, graph: Graph, inputs: Mapping[str, Any] | None = None) -> str:
    """Save and run an agent; give the run's id when it is over."""
    run = await start(owner.owner, await save(api, owner, graph), inputs)
    await ended(owner.owner, run["id"])
    return str(run["id"])


async def ended(client: Client, run_id: str, *, seconds: float = 30.0) -> str:
    """Wait for a run's end; give its state."""

    async def is_over() -> str | None:
        status: str = (await client(STATUS, id=run_id))["status"]
        return status if status in TERMINAL else None

    return str(await eventually(is_over, seconds=seconds))


def uuid_of(run_id: str) -> UUID:
    """Give the key of a run's id."""
    return decode_uuid("Run", run_id)
