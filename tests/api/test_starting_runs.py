"""Starting, cancelling and deleting runs: exactly once for each key, and only what may be done."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from api.graphql.ids import encode_id
from schema.access import Role
from tests.api.running import (
    CANCEL,
    DELETE,
    OUTPUTS,
    START,
    STATUS,
    counting,
    echo,
    ended,
    failing,
    gated,
    run_to_end,
    save,
    start,
    uuid_of,
)
from tests.api.serving import Api, Json, Organisation
from tests.durable.blocks import GATES
from tests.durable.graphs import an_agent, an_output, make_graph


async def test_a_run_is_started_and_gives_its_outputs(api: Api, acme: Organisation) -> None:
    operator = acme[Role.OPERATOR]
    run = await start(operator, await save(api, acme, echo()), {"topic": {"a": [1, None]}})
    assert (run["trigger"], run["graphVersion"]) == ("manual", 1)
    assert await ended(operator, run["id"]) == "COMPLETED"
    found = await acme[Role.VIEWER](OUTPUTS, id=run["id"])
    assert found["outputs"] == [{"name": "out", "values": [{"json": {"a": [1, None]}}]}]


async def test_the_same_key_gives_the_same_run(api: Api, acme: Organisation) -> None:
    graph_id = await save(api, acme, echo())
    asked = {"graphId": graph_id, "inputs": {"topic": 1}, "idempotencyKey": "once"}
    answers = await asyncio.gather(*(acme.owner(START, input=asked) for _ in range(8)))
    assert len({answer["run"]["id"] for answer in answers}) == 1
    assert all(answer["errors"] == [] for answer in answers)
    rows = await api.platform.sql("SELECT id FROM runs WHERE tenant_id = :id", id=acme.id)
    assert len(rows) == 1


async def test_the_same_key_with_another_request_is_a_conflict_that_names_the_run(api: Api, acme: Organisation) -> None:
    graph_id = await save(api, acme, echo())
    run = await start(acme.owner, graph_id, {"topic": 1}, idempotencyKey="once")
    for change in ({"inputs": {"topic": 2}}, {"version": 1}):
        asked = {"graphId": graph_id, "inputs": {"topic": 1}, "idempotencyKey": "once", **change}
        payload = await acme.owner(START, input=asked)
        assert payload["run"] is None
        assert [problem["code"] for problem in payload["errors"]] == ["CONFLICT"]
        assert run["id"] in payload["errors"][0]["message"]


async def test_a_key_stands_for_the_request_and_not_for_the_version_that_was_active(
    api: Api, acme: Organisation
) -> None:
    first = echo()
    graph_id = await save(api, acme, first)
    run = await start(acme.owner, graph_id, {"topic": 1}, idempotencyKey="once")
    await save(
        api,
        acme,
        first.model_copy(update={"version": 2, "name": "Changed", "nodes": first.nodes[:2], "links": first.links[:1]}),
    )
    assert (await start(acme.owner, graph_id, {"topic": 1}, idempotencyKey="once"))["id"] == run["id"]
    assert (await start(acme.owner, graph_id, {"topic": 1}, idempotencyKey="twice"))["graphVersion"] == 2


async def test_a_key_is_an_organisations_own(api: Api, acme: Organisation, other: Organisation) -> None:
    mine = await start(acme.owner, await save(api, acme, echo()), {"topic": 1}, idempotencyKey="once")
    theirs = await start(other.owner, await save(api, other, echo()), {"topic": 1}, idempotencyKey="once")
    assert mine["id"] != theirs["id"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"inputs": {}}, "INVALID_RUN_INPUT"),
        ({"inputs": {"topic": 1, "more": 2}}, "INVALID_RUN_INPUT"),
        ({"inputs": []}, "BAD_USER_INPUT"),
        ({"inputs": {"topic": "a\x00b"}}, "INVALID_RUN_INPUT"),
        ({"inputs": {"topic": 2**70}}, "INVALID_RUN_INPUT"),
        ({"inputs": {"topic": 2**70}, "idempotencyKey": "k"}, "INVALID_RUN_INPUT"),
        ({"version": 7}, "NOT_FOUND"),
        ({"version": -1}, "NOT_FOUND"),
        ({"version": 2**31 - 1}, "NOT_FOUND"),
        ({"idempotencyKey": ""}, "INVALID_RUN_INPUT"),
        ({"idempotencyKey": "k" * 201}, "INVALID_RUN_INPUT"),
    ],
)
async def test_what_cannot_run_is_refused(api: Api, acme: Organisation, change: Json, code: str) -> None:
    asked = {"graphId": await save(api, acme, echo()), "inputs": {"topic": 1}, **change}
    assert await acme.owner.refused(START, input=asked) == [code]
    assert await api.platform.sql("SELECT id FROM runs WHERE tenant_id = :id", id=acme.id) == []


async def test_an_agent_of_others_answers_like_one_that_is_not_there(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    theirs = await save(api, other, echo())
    for graph_id in (theirs, encode_id("Graph", uuid4()), encode_id("Run", uuid4()), "nonsense"):
        payload = await acme.owner(START, input={"graphId": graph_id, "inputs": {"topic": 1}})
        assert [problem["code"] for problem in payload["errors"]] == ["NOT_FOUND"], graph_id
    assert await api.platform.sql("SELECT id FROM runs WHERE tenant_id = :id", id=acme.id) == []


async def test_a_viewer_starts_cancels_and_deletes_nothing(api: Api, acme: Organisation) -> None:
    graph_id = await save(api, acme, echo())
    run = await start(acme.owner, graph_id, {"topic": 1})
    for viewer in (acme[Role.VIEWER], acme[Role.AUDITOR]):
        assert await viewer.refused(START, input={"graphId": graph_id, "inputs": {"topic": 1}}) == ["FORBIDDEN"]
        assert await viewer.refused(CANCEL, input={"id": run["id"]}) == ["FORBIDDEN"]
        assert await viewer.refused(DELETE, id=run["id"]) == ["FORBIDDEN"]
        assert (await viewer(STATUS, id=run["id"]))["status"]


async def test_a_cancelled_run_ends_with_the_reason(api: Api, acme: Organisation) -> None:
    graph, _ = gated()
    run = await start(acme.owner, await save(api, acme, graph))
    payload = await acme[Role.OPERATOR](CANCEL, input={"id": run["id"], "reason": "Enough."})
    assert payload["errors"] == []
    assert payload["run"]["cancelReason"] == "Enough."
    assert await ended(acme.owner, run["id"]) == "TERMINATED"
    found = await acme.owner("query($id: ID!) { run(id: $id) { error { code message } } }", id=run["id"])
    assert found["error"] == {"code": "CANCELLED", "message": "Enough."}
    assert await acme.owner.refused(CANCEL, input={"id": run["id"]}) == ["CONFLICT"]


async def test_a_reason_may_be_any_text_of_some_length(api: Api, acme: Organisation) -> None:
    graph, _ = gated()
    run = await start(acme.owner, await save(api, acme, graph))
    assert await acme.owner.refused(CANCEL, input={"id": run["id"], "reason": "x" * 1_001}) == ["BAD_USER_INPUT"]
    payload = await acme.owner(CANCEL, input={"id": run["id"], "reason": "a\x00b"})
    assert payload["errors"] == []
    await ended(acme.owner, run["id"])


async def test_only_a_run_that_is_over_is_deleted(api: Api, acme: Organisation) -> None:
    graph, gate = gated()
    run = await start(acme.owner, await save(api, acme, graph))
    assert await acme.owner.refused(DELETE, id=run["id"]) == ["CONFLICT"]
    GATES[gate].set()
    await ended(acme.owner, run["id"])
    payload = await acme[Role.OPERATOR](DELETE, id=run["id"])
    assert payload == {"deletedId": run["id"], "deletedCount": 1, "errors": []}
    assert await acme.owner.refused(STATUS, id=run["id"]) == ["NOT_FOUND"]
    assert await acme.owner.refused(DELETE, id=run["id"]) == ["NOT_FOUND"]


async def test_a_deleted_run_takes_its_rows_and_its_children(api: Api, acme: Organisation) -> None:
    child = counting(2)
    await save(api, acme, child)
    run_id = await run_to_end(
        api, acme, make_graph({"agent": an_agent(child), "out": an_output()}, ["agent.out -> out.value"])
    )
    kept = await run_to_end(api, acme, failing())
    assert (await acme.owner(DELETE, id=run_id))["deletedCount"] == 2
    for table in ("runs", "node_executions", "emissions", "run_outputs", "run_events"):
        column = "id" if table == "runs" else "run_id"
        rows = await api.platform.sql(
            f"SELECT DISTINCT t.{column} AS run FROM {table} t LEFT JOIN runs r ON r.id = t.{column} "
            "WHERE r.tenant_id = :id OR r.id IS NULL",
            id=acme.id,
        )
        assert {row.run for row in rows} <= {uuid_of(kept)}, table


async def test_nobody_touches_a_run_of_others(api: Api, acme: Organisation, other: Organisation) -> None:
    theirs = await run_to_end(api, other, echo(), {"topic": 1})
    for run_id in (theirs, encode_id("Run", uuid4()), encode_id("Graph", uuid4()), ""):
        assert await acme.owner.refused(STATUS, id=run_id) == ["NOT_FOUND"]
        assert await acme.owner.refused(CANCEL, input={"id": run_id}) == ["NOT_FOUND"]
        assert await acme.owner.refused(DELETE, id=run_id) == ["NOT_FOUND"]
    assert (await other.owner(STATUS, id=theirs))["status"] == "COMPLETED"
