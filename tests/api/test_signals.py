"""Signals: events reach runs by GraphQL and REST, each once, in their order; early, late, unknown and unfit ones by rule."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from api.config import ApiConfig
from api.graphql.ids import encode_id
from api.signalling import WAIT_SECONDS_MAX
from blocks.library.events import WaitForEvent
from schema.access import Role
from schema.graph import Graph
from schema.limits import LIMITS
from tests.api.running import CANCEL, ended, gated, save, start, uuid_of
from tests.api.serving import Api, Client, Json, Organisation
from tests.durable.blocks import CALLS, GATES, Gate, Numbers
from tests.durable.graphs import an_agent, an_input, an_output, make_graph
from tests.durable.waiting import eventually

SIGNAL = (
    "mutation($input: SignalRunInput!) { signalRun(input: $input) { hasStarted run { id } order { number outcome reason } "
    "errors { code message path } } }"
)
SIGNAL_AGENT = (
    "mutation($input: SignalAgentInput!) { signalAgent(input: $input) { hasStarted run { id trigger signalKey } "
    "order { number outcome reason } errors { code message path } } }"
)
WAITS = (
    "query($id: ID!) { run(id: $id) { status waits { kind name schema until since nodeId title childRunId childStatus } "
    "keptEvents { number name payload { json } } outputs { name values { json } } "
    "orders { nodes { number outcome reason detail } } } }"
)
A_NUMBER = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def waiting(**constants: Any) -> Graph:
    """Give an agent that waits for the event `go` once, and gives what it carried, or that it did not come."""
    nodes = {"wait": (WaitForEvent, {"event_name": "go", **constants}), "out": an_output(), "late": an_output("late")}
    return make_graph(nodes, ["wait.payload -> out.value", "wait.timed_out -> late.value"])


def counting(times: int, gate: str | None = None, **constants: Any) -> Graph:
    """Give an agent that waits for the event `go` so many times; with a gate, it begins to wait when that is opened."""
    nodes: dict[str, Any] = {
        "numbers": (Numbers, {"count": times}),
        "wait": (WaitForEvent, {"event_name": "go", **constants}),
        "out": an_output(),
    }
    links = ["numbers.number -> wait.trigger", "wait.payload -> out.value"]
    if gate is None:
        return make_graph(nodes, links)
    nodes["gate"] = (Gate, {"gate": gate, "value": times})
    nodes["numbers"] = Numbers
    return make_graph(nodes, [*links, "gate.value -> numbers.count"])


async def run_of(api: Api, owner: Organisation, graph: Graph) -> str:
    return str((await start(owner.owner, await save(api, owner, graph)))["id"])


async def send(client: Client, run_id: str, payload: Any = None, name: str = "go", **fields: Any) -> Json:
    given = {"runId": run_id, "name": name, "payload": payload, "waitSeconds": 5.0, **fields}
    sent: Json = await client(SIGNAL, input=given)
    return sent


async def order_of(client: Client, run_id: str, payload: Any = None, **fields: Any) -> Json:
    sent = await send(client, run_id, payload, **fields)
    assert sent["errors"] == [], sent
    found: Json = sent["order"]
    return found


async def waits_of(client: Client, run_id: str, count: int = 1) -> list[Json]:
    """Give what a run waits for, when it is so much."""

    async def found() -> list[Json] | None:
        waits: list[Json] = (await client(WAITS, id=run_id))["waits"]
        return waits if len(waits) == count else None

    waits: list[Json] = await eventually(found, seconds=60)
    return waits


async def outputs_of(client: Client, run_id: str, name: str = "out") -> list[Any]:
    assert await ended(client, run_id, seconds=60) == "COMPLETED"
    outputs = (await client(WAITS, id=run_id))["outputs"]
    return [value["json"] for output in outputs if output["name"] == name for value in output["values"]]


async def problem(answer: Json, code: str) -> Json:
    (found,) = answer["errors"]
    assert found["code"] == code, answer
    return dict(found)


# One run


async def test_a_run_says_what_it_waits_for_and_gets_what_is_sent(api: Api, acme: Organisation):
    run_id = await run_of(api, acme, waiting(payload_schema=A_NUMBER, timeout_seconds=600))
    (wait,) = await waits_of(acme.owner, run_id)
    assert (wait["kind"], wait["name"], wait["schema"], wait["nodeId"]) == ("EVENT", "go", A_NUMBER, "wait")
    assert wait["since"] < wait["until"]
    assert wait["title"] == "WaitForEvent"
    order = await order_of(acme.owner, run_id, {"n": 1})
    assert (order["number"], order["outcome"]) == (1, "APPLIED")
    assert await outputs_of(acme.owner, run_id) == [{"n": 1}]
    assert (await acme.owner(WAITS, id=run_id))["waits"] == []


async def test_an_event_that_does_not_come_in_time_gives_its_name(api: Api, acme: Organisation):
    run_id = await run_of(api, acme, waiting(timeout_seconds=1))
    assert await outputs_of(acme.owner, run_id, "late") == ["go"]


async def test_early_events_are_kept_listed_and_given_in_their_order(api: Api, acme: Organisation):
    gate = str(uuid4())
    nodes = {"gate": (Gate, {"gate": gate}), "out": an_output()}
    links = []
    for before, name in (("gate.value", "first"), ("first.payload", "second"), ("second.payload", "third")):
        nodes[name] = (WaitForEvent, {"event_name": "go"})
        links += [f"{before} -> {name}.trigger", f"{name}.payload -> out.value"]
    run_id = await run_of(api, acme, make_graph(nodes, links))
    await eventually(lambda: CALLS[gate], seconds=60)
    for number in range(3):
        assert (await order_of(acme.owner, run_id, number))["outcome"] == "KEPT"
    kept = (await acme.owner(WAITS, id=run_id))["keptEvents"]
    assert [(one["number"], one["name"], one["payload"]["json"]) for one in kept] == [
        (1, "go", 0),
        (2, "go", 1),
        (3, "go", 2),
    ]
    GATES[gate].set()
    assert await outputs_of(acme.owner, run_id) == [0, 1, 2]
    orders = (await acme.owner(WAITS, id=run_id))["orders"]["nodes"]
    assert [one["outcome"] for one in orders] == ["APPLIED"] * 3


async def test_a_late_event_is_refused_and_told_when_the_run_ended(api: Api, acme: Organisation):
    run_id = await run_of(api, acme, waiting(timeout_seconds=0))
    await ended(acme.owner, run_id)
    found = await problem(await send(acme.owner, run_id), "CONFLICT")
    assert "COMPLETED since 20" in found["message"]


async def test_an_agent_that_waits_for_nothing_refuses_and_an_unknown_name_is_kept(api: Api, acme: Organisation):
    graph, gate = gated()
    found = await problem(await send(acme.owner, await run_of(api, acme, graph)), "BAD_USER_INPUT")
    assert ("'go'" in found["message"], found["path"]) == (True, ["name"])
    GATES[gate].set()
    run_id = await run_of(api, acme, waiting())
    assert (await order_of(acme.owner, run_id, name="other"))["outcome"] == "KEPT"
    await acme.owner(CANCEL, input={"id": run_id})


async def test_the_same_key_is_the_same_event_also_when_the_run_is_over(api: Api, acme: Organisation):
    run_id = await run_of(api, acme, counting(2))
    await waits_of(acme.owner, run_id, 2)
    sent = await asyncio.gather(*(order_of(acme.owner, run_id, "a", idempotencyKey="one") for _ in range(5)))
    assert {one["number"] for one in sent} == {1}
    await problem(await send(acme.owner, run_id, "other", idempotencyKey="one"), "CONFLICT")
    await order_of(acme.owner, run_id, "b")
    assert sorted(await outputs_of(acme.owner, run_id)) == ["a", "b"]
    assert (await order_of(acme.owner, run_id, "a", idempotencyKey="one"))["number"] == 1


async def test_twenty_events_at_once_are_each_given_once_across_a_restart(api: Api, acme: Organisation):
    run_id = await run_of(api, acme, counting(20))
    await waits_of(acme.owner, run_id, 20)
    async with api.platform.asleep():
        orders = await asyncio.gather(*(order_of(acme.owner, run_id, number, waitSeconds=0.0) for number in range(20)))
    assert sorted(one["number"] for one in orders) == list(range(1, 21))
    assert sorted(await outputs_of(acme.owner, run_id)) == list(range(20))


def test_the_longest_wait_for_an_outcome_leaves_an_operation_time_to_answer():
    assert ApiConfig.operation_seconds_max >= 2 * WAIT_SECONDS_MAX


async def test_a_large_payload_goes_by_handle_and_one_that_is_too_large_is_refused(api: Api, acme: Organisation):
    run_id = await run_of(api, acme, waiting())
    await waits_of(acme.owner, run_id)
    await order_of(acme.owner, run_id, "x" * 200_000)
    assert await ended(acme.owner, run_id) == "COMPLETED"
    rows = await api.platform.sql("SELECT value FROM run_orders WHERE run_id = :id", id=uuid_of(run_id))
    assert rows[0].value["handle"]["size"] == 200_002


async def test_a_run_that_has_not_taken_its_events_asks_to_wait(api: Api, acme: Organisation, monkeypatch):
    monkeypatch.setattr("schema.db.orders.LIMITS", type(LIMITS)(run_orders_waiting_max=3))
    run_id = await run_of(api, acme, counting(3))
    await waits_of(acme.owner, run_id, 3)
    async with api.platform.asleep():
        for number in range(3):
            await order_of(acme.owner, run_id, number, waitSeconds=0.0)
        given = {"runId": run_id, "name": "go"}
        assert await acme.owner.refused(SIGNAL, input=given) == ["RATE_LIMITED"]
        answer = await post(api, acme.owner, f"/runs/{run_id}/events/go")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert sorted(await outputs_of(acme.owner, run_id)) == [0, 1, 2]


async def test_a_run_that_waits_for_another_says_how_that_stands(api: Api, acme: Organisation):
    inner = waiting()
    await save(api, acme, inner)
    outer = make_graph({"agent": an_agent(inner), "out": an_output()}, ["agent.out -> out.value"])
    run_id = await run_of(api, acme, outer)
    (wait,) = await waits_of(acme.owner, run_id)
    assert (wait["kind"], wait["nodeId"]) == ("CHILD", "agent")
    child_id = wait["childRunId"]
    await waits_of(acme.owner, child_id)
    handle = api.platform.client.get_workflow_handle(f"run-{uuid_of(child_id)}")
    await handle.signal("pause", "Lunch.")

    async def is_paused() -> bool:
        (found,) = await waits_of(acme.owner, run_id)
        return bool(found["childStatus"] == "PAUSED")

    await eventually(is_paused, seconds=60)
    await handle.signal("resume")
    await order_of(acme.owner, child_id, 7)
    assert await outputs_of(acme.owner, run_id) == [7]


# What a payload must be


async def test_a_payload_that_does_not_fit_is_refused_with_its_place(api: Api, acme: Organisation):
    run_id = await run_of(api, acme, waiting(payload_schema=A_NUMBER))
    await waits_of(acme.owner, run_id)
    found = await problem(await send(acme.owner, run_id, {"n": "x"}), "INVALID_VALUE")
    assert found["path"] == ["payload", "n"]
    await order_of(acme.owner, run_id, {"n": 1})
    assert await outputs_of(acme.owner, run_id) == [{"n": 1}]


async def test_an_early_payload_is_checked_against_the_node_that_names_the_event(api: Api, acme: Organisation):
    gate = str(uuid4())
    run_id = await run_of(api, acme, counting(1, gate, payload_schema=A_NUMBER))
    await problem(await send(acme.owner, run_id, {"n": "x"}), "INVALID_VALUE")
    GATES[gate].set()
    await order_of(acme.owner, run_id, {"n": 2})
    assert await outputs_of(acme.owner, run_id) == [{"n": 2}]


def named_late(gate: str, seconds: float) -> Graph:
    """Give an agent whose event's name comes by an input, so that nobody can check a payload that comes early."""
    nodes = {
        "gate": (Gate, {"gate": gate, "value": "go"}),
        "wait": (WaitForEvent, {"payload_schema": A_NUMBER, "timeout_seconds": seconds}),
        "out": an_output(),
        "late": an_output("late"),
    }
    links = ["gate.value -> wait.event_name", "wait.payload -> out.value", "wait.timed_out -> late.value"]
    return make_graph(nodes, links)


@pytest.mark.parametrize("is_by_hand", [False, True])
async def test_what_came_early_and_does_not_fit_is_refused_and_the_node_waits_on(
    api: Api, acme: Organisation, is_by_hand: bool
):
    gate = str(uuid4())
    run_id = await run_of(api, acme, named_late(gate, 600))
    await eventually(lambda: CALLS[gate], seconds=60)
    if is_by_hand:
        handle = api.platform.client.get_workflow_handle(f"run-{uuid_of(run_id)}")
        await handle.signal("event", {"name": "go", "payload": {"n": "x"}})
        number = -1
    else:
        number = (await order_of(acme.owner, run_id, {"n": "x"}))["number"]
    GATES[gate].set()
    (wait,) = await waits_of(acme.owner, run_id)

    async def refused() -> Json | None:
        orders = (await acme.owner(WAITS, id=run_id))["orders"]["nodes"]
        return next((one for one in orders if one["number"] == number and one["outcome"] == "REFUSED"), None)

    order = await eventually(refused, seconds=60)
    assert "payload.n" in order["reason"]
    assert (await waits_of(acme.owner, run_id))[0]["until"] == wait["until"]
    await order_of(acme.owner, run_id, {"n": 3})
    assert await outputs_of(acme.owner, run_id) == [{"n": 3}]


async def test_what_is_refused_leaves_the_node_no_more_than_its_time(api: Api, acme: Organisation):
    gate = str(uuid4())
    run_id = await run_of(api, acme, named_late(gate, 1))
    await eventually(lambda: CALLS[gate], seconds=60)
    await order_of(acme.owner, run_id, "unfit")
    GATES[gate].set()
    assert await outputs_of(acme.owner, run_id, "late") == ["go"]


# One run under a key


async def send_to_agent(client: Client, graph_id: str, payload: Any = None, key: str = "k", **fields: Any) -> Json:
    given = {"graphId": graph_id, "key": key, "name": "go", "payload": payload, "waitSeconds": 5.0, **fields}
    sent: Json = await client(SIGNAL_AGENT, input=given)
    assert sent["errors"] == [], sent
    return sent


async def test_twenty_callers_at_once_get_one_run_and_each_their_event(api: Api, acme: Organisation):
    graph_id = await save(api, acme, counting(20))
    sent = await asyncio.gather(*(send_to_agent(acme.owner, graph_id, number) for number in range(20)))
    assert len({one["run"]["id"] for one in sent}) == 1
    assert sum(one["hasStarted"] for one in sent) == 1
    assert sorted(one["order"]["number"] for one in sent) == list(range(1, 21))
    run = sent[0]["run"]
    assert (run["trigger"], run["signalKey"]) == ("signal", "k")
    assert sorted(await outputs_of(acme.owner, run["id"])) == list(range(20))


async def test_a_key_whose_run_is_over_begins_another_and_a_repeated_event_does_not(api: Api, acme: Organisation):
    graph_id = await save(api, acme, waiting())
    first = await send_to_agent(acme.owner, graph_id, 1, idempotencyKey="e1")
    assert first["hasStarted"]
    assert await outputs_of(acme.owner, first["run"]["id"]) == [1]
    again = await send_to_agent(acme.owner, graph_id, 1, idempotencyKey="e1")
    assert (again["hasStarted"], again["run"]["id"]) == (False, first["run"]["id"])
    second = await send_to_agent(acme.owner, graph_id, 2, idempotencyKey="e2")
    assert (second["hasStarted"], second["run"]["id"] == first["run"]["id"]) == (True, False)
    third = await send_to_agent(acme.owner, graph_id, 3, key="another")
    assert third["hasStarted"]
    assert await outputs_of(acme.owner, second["run"]["id"]) == [2]
    assert await outputs_of(acme.owner, third["run"]["id"]) == [3]


async def test_an_event_that_is_sent_twice_at_once_begins_no_second_run_when_the_first_is_brief(
    api: Api, acme: Organisation
):
    graph_id = await save(api, acme, counting(1))
    sent = await send_to_agent(acme.owner, graph_id, "a", idempotencyKey="one")
    run_id = sent["run"]["id"]
    assert await outputs_of(acme.owner, run_id) == ["a"]
    # Who looked before the first was committed sees neither its order nor, when it is over, its run.
    await api.platform.sql("UPDATE run_orders SET key = NULL WHERE run_id = :id RETURNING number", id=uuid_of(run_id))
    given = {"graphId": graph_id, "key": "k", "name": "go", "payload": "a", "idempotencyKey": "one"}
    assert await acme.owner.refused(SIGNAL_AGENT, input=given) == ["CONFLICT"]
    other = await send_to_agent(acme.owner, graph_id, "b", idempotencyKey="two")
    assert other["run"]["id"] != run_id


async def test_events_that_race_with_the_ends_of_runs_are_none_lost_and_none_doubled(api: Api, acme: Organisation):
    graph_id = await save(api, acme, waiting(timeout_seconds=0))
    sent = []
    for number in range(15):
        sent.append(await send_to_agent(acme.owner, graph_id, number, waitSeconds=0.0))
    assert len({(one["run"]["id"], one["order"]["number"]) for one in sent}) == 15
    for run_id in {one["run"]["id"] for one in sent}:
        await ended(acme.owner, run_id)


async def test_inputs_and_schema_are_checked_before_a_run_is_begun(api: Api, acme: Organisation):
    nodes = {
        "in": an_input("topic"),
        "wait": (WaitForEvent, {"event_name": "go", "payload_schema": A_NUMBER}),
        "out": an_output(),
    }
    graph_id = await save(api, acme, make_graph(nodes, ["in.result -> wait.trigger", "wait.payload -> out.value"]))
    given = {"graphId": graph_id, "key": "k", "name": "go", "payload": {"n": 1}}
    assert await acme.owner.refused(SIGNAL_AGENT, input=given) == ["INVALID_RUN_INPUT"]
    unfit = {**given, "payload": {"n": "x"}, "inputs": {"topic": "t"}}
    assert await acme.owner.refused(SIGNAL_AGENT, input=unfit) == ["INVALID_VALUE"]
    assert await acme.owner.refused(SIGNAL_AGENT, input={**given, "key": ""}) == ["BAD_USER_INPUT"]
    assert await acme.owner.refused(SIGNAL_AGENT, input={**given, "name": "n" * 201}) == ["BAD_USER_INPUT"]
    unknown = {**given, "credentials": [{"key": "k", "credentialId": encode_id("Credential", uuid4())}]}
    assert (await acme.owner.refused(SIGNAL_AGENT, input={**unknown, "inputs": {"topic": "t"}})) != []
    begun = await send_to_agent(acme.owner, graph_id, {"n": 1}, inputs={"topic": "t"})
    assert await outputs_of(acme.owner, begun["run"]["id"]) == [{"n": 1}]


# REST


async def post(api: Api, client: Client, path: str, body: Any = None, **headers: str) -> httpx2.Response:
    return await client.http.post(f"{api.url}{path}", json=body, headers={**client.headers, **headers})


async def test_programs_send_events_by_rest(api: Api, acme: Organisation):
    graph_id = await save(api, acme, counting(2))
    path = f"/agents/{graph_id}/events/go?key=k&waitSeconds=5"
    first = await post(api, acme.owner, path, {"a": 1}, **{"Idempotency-Key": "one"})
    assert (first.status_code, first.json()["has_started"], first.json()["number"]) == (202, True, 1)
    assert (await post(api, acme.owner, path, {"a": 1}, **{"Idempotency-Key": "one"})).json()["number"] == 1
    run_id = first.json()["run_id"]
    second = await post(api, acme.owner, f"/runs/{uuid_of(run_id)}/events/go?waitSeconds=5", [2])
    assert second.json()["outcome"] in ("APPLIED", "KEPT")
    assert sorted(await outputs_of(acme.owner, run_id), key=str) == [[2], {"a": 1}]
    named = await run_of(api, acme, waiting())
    kept = await post(api, acme.owner, f"/runs/{named}/events/order%2Fpaid?waitSeconds=5")
    assert (kept.status_code, kept.json()["outcome"]) == (202, "KEPT"), "a name may have a slash"
    await acme.owner(CANCEL, input={"id": named})
    late = await post(api, acme.owner, f"/runs/{run_id}/events/go")
    assert (late.status_code, late.json()["code"]) == (409, "CONFLICT")


async def test_rest_refuses_what_is_no_json_a_key_that_is_missing_and_who_may_not(api: Api, acme: Organisation):
    run_id = await run_of(api, acme, waiting())
    path = f"{api.url}/runs/{run_id}/events/go"
    broken = await acme.owner.http.post(path, content=b"{", headers=acme.owner.headers)
    assert (broken.status_code, broken.json()["code"]) == (400, "BAD_USER_INPUT")
    assert (await post(api, acme.owner, f"/agents/{encode_id('Graph', uuid4())}/events/go")).status_code == 422
    assert (await post(api, acme[Role.VIEWER], f"/runs/{run_id}/events/go")).status_code == 403
    assert (await api.client().http.post(path)).status_code == 401
    await acme.owner(CANCEL, input={"id": run_id})


async def test_nobody_signals_runs_or_agents_of_others(api: Api, acme: Organisation, other: Organisation):
    graph_id = await save(api, acme, waiting())
    run_id = str((await start(acme.owner, graph_id))["id"])
    await waits_of(acme.owner, run_id)
    for foreign in (run_id, encode_id("Run", uuid4()), "x"):
        found = await problem(await send(other.owner, foreign), "NOT_FOUND")
        assert found["message"] == "There is no such Run here."
        answer = await post(api, other.owner, f"/runs/{foreign}/events/go")
        assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such Run here.")
    for foreign in (graph_id, encode_id("Graph", uuid4())):
        given = {"graphId": foreign, "key": "k", "name": "go"}
        assert await other.owner.refused(SIGNAL_AGENT, input=given) == ["NOT_FOUND"]
    given = {"runId": run_id, "name": "go"}
    assert await acme[Role.VIEWER].refused(SIGNAL, input=given) == ["FORBIDDEN"]
    await order_of(acme.owner, run_id, 1)
    assert await outputs_of(acme.owner, run_id) == [1]
