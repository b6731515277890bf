"""Subscriptions: everything that happens, in order, once, from wherever a client left off; and nothing of others."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from gql.transport.exceptions import TransportError, TransportQueryError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from websockets import ClientConnection, Subprotocol, connect

from api.graphql.connections import encode_cursor
from api.graphql.ids import encode_id
from schema.access import Role
from schema.db.entries import EmissionEntry
from schema.db.forgetting import forget_events
from tests.api.running import (
    CANCEL,
    DELETE,
    counting,
    echo,
    ended,
    failing,
    gated,
    run_to_end,
    save,
    start,
    talking,
    uuid_of,
)
from tests.api.serving import Api, Client, Json, Organisation, api_on
from tests.api.statements import counting_api, recorded
from tests.api.watching import NOW, OF_ALL, OF_GRAPH, OF_RUN, short, watching
from tests.db.stores import entry, new_run
from tests.durable.blocks import GATES
from tests.durable.waiting import eventually

ECHO = [
    "run QUEUED",
    "run RUNNING",
    "in.result = 'x'",
    "in COMPLETED",
    "pass.value = 'x'",
    "pass COMPLETED",
    "out.output = 'x'",
    "out.name = 'out'",
    "out COMPLETED",
    "run COMPLETED",
]


async def test_a_runs_events_come_in_order_and_end_with_it(api: Api, acme: Organisation) -> None:
    graph_id = await save(api, acme, echo())
    async with watching(acme[Role.VIEWER]) as watcher:
        run = await start(acme.owner, graph_id, {"topic": "x"})
        events = await watcher.all(OF_RUN, id=run["id"])
    assert [short(event) for event in events] == ECHO
    assert {event["runId"] for event in events} == {run["id"]}
    assert len({event["cursor"] for event in events}) == len(events)
    assert [event["title"] for event in events if event["__typename"] == "NodeMoved"] == [
        "AgentInput",
        "Pass",
        "AgentOutput",
    ]
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)


async def test_a_run_that_is_over_is_told_from_its_first_event(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, echo(), {"topic": "x"})
    async with watching(acme.owner) as watcher:
        assert [short(event) for event in await watcher.all(OF_RUN, id=run_id)] == ECHO


async def test_after_any_cursor_comes_exactly_the_rest(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, counting(5))
    async with watching(acme.owner) as watcher:
        whole = await watcher.all(OF_RUN, id=run_id)
        for number, event in enumerate(whole):
            rest = await watcher.all(OF_RUN, id=run_id, after=event["cursor"])
            assert rest == whole[number + 1 :], number
    assert len(whole) > 20


async def test_a_failure_a_cancel_and_its_reason_are_told(api: Api, acme: Organisation) -> None:
    failed = await run_to_end(api, acme, failing())
    graph, _ = gated()
    run = await start(acme.owner, await save(api, acme, graph))
    async with watching(acme.owner) as watcher:
        told = await watcher.all(OF_RUN, id=failed)
        assert short(told[-1]) == "run FAILED"
        assert told[-1]["error"]["code"] == "NODE_FAILED"
        is_waiting = lambda event: short(event) == "gate.waiting = True"  # noqa: E731
        begun = await watcher.until(is_waiting, OF_RUN, id=run["id"])
        await acme.owner(CANCEL, input={"id": run["id"], "reason": "Enough."})
        rest = await watcher.all(OF_RUN, id=run["id"], after=begun[-1]["cursor"])
    assert [short(event) for event in rest] == ["run RUNNING", "gate TERMINATED", "run TERMINATED"]
    assert rest[0]["cancelReason"] == "Enough."
    assert rest[-1]["error"] == {"code": "CANCELLED", "message": "Enough."}


async def test_an_emission_is_told_while_its_node_still_runs(api: Api, acme: Organisation) -> None:
    graph, gate = gated()
    run = await start(acme.owner, await save(api, acme, graph))
    async with watching(acme.owner) as watcher:
        events = []
        async for event in watcher.events(OF_RUN, id=run["id"]):
            events.append(short(event))
            if events[-1] == "gate.waiting = True":
                GATES[gate].set()
    assert events.index("gate RUNNING") < events.index("gate.waiting = True") < events.index("gate.value = 'opened'")
    assert events.count("gate RUNNING") == 1
    assert events[-1] == "run COMPLETED"


async def test_an_agents_events_begin_now_and_are_its_own(api: Api, acme: Organisation) -> None:
    agent, gate = gated()
    mine, others = await save(api, acme, agent), await save(api, acme, echo())
    first = await start(acme.owner, mine)
    GATES[gate].set()
    await ended(acme.owner, first["id"])
    cursor = await acme.owner(NOW)
    noise = await start(acme.owner, others, {"topic": "x"})
    second = await start(acme.owner, mine)
    async with watching(acme.owner) as watcher:
        events = await watcher.until(lambda e: short(e) == "run COMPLETED", OF_GRAPH, id=mine, after=cursor)
        assert {event["runId"] for event in events} == {second["id"]}
        whole = await watcher.until(
            lambda e: e["runId"] == second["id"] and short(e) == "run COMPLETED", OF_ALL, after=cursor
        )
        assert {second["id"]} <= {event["runId"] for event in whole} <= {second["id"], noise["id"]}
        rest = await watcher.until(lambda e: short(e) == "run COMPLETED", OF_GRAPH, id=mine, after=events[2]["cursor"])
        assert rest == events[3:]


async def test_without_a_cursor_an_organisations_events_begin_now(api: Api, acme: Organisation) -> None:
    old = await run_to_end(api, acme, echo(), {"topic": "x"})
    graph_id = await save(api, acme, echo())
    async with watching(acme.owner) as watcher:
        seen: list[Json] = []

        async def watch() -> None:
            seen.extend(await watcher.until(lambda e: short(e) == "run COMPLETED", OF_ALL))

        task = asyncio.create_task(watch())
        await eventually(lambda: api.services.waking._readers)
        new = await start(acme.owner, graph_id, {"topic": "x"})
        await task
    assert {event["runId"] for event in seen} == {new["id"]} != {old}
    assert [short(event) for event in seen] == ECHO


async def test_several_subscriptions_share_a_socket(api: Api, acme: Organisation) -> None:
    graph_id = await save(api, acme, echo())
    runs = [await start(acme.owner, graph_id, {"topic": "x"}) for _ in range(5)]
    async with watching(acme.owner) as watcher:
        told = await asyncio.gather(*(watcher.all(OF_RUN, id=run["id"]) for run in runs))
    for run, events in zip(runs, told, strict=True):
        assert [short(event) for event in events] == ECHO
        assert {event["runId"] for event in events} == {run["id"]}


async def test_several_processes_tell_the_same(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, counting(5))
    async with api_on(api.platform) as second, watching(acme.owner) as here, watching(acme.owner, second.url) as there:
        whole = await here.all(OF_RUN, id=run_id)
        half = len(whole) // 2
        assert await there.all(OF_RUN, id=run_id) == whole
        assert await there.all(OF_RUN, id=run_id, after=whole[half]["cursor"]) == whole[half + 1 :]


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "",
        encode_cursor("runs NEWEST_FIRST", 1, 2, 3),
        encode_cursor("events", 1, 2),
        encode_cursor("events", "1", 2, 3),
        encode_cursor("events", -1, 2, 3),
        encode_cursor("events", 2**63, 2, 3),
        encode_cursor("events", 1, 2, 2**31),
        encode_cursor("events", 2**62, 2, 3),
    ],
)
async def test_a_cursor_that_is_none_is_refused(api: Api, acme: Organisation, cursor: str) -> None:
    run_id = await run_to_end(api, acme, failing())
    async with watching(acme.owner) as watcher:
        for document, variables in ((OF_RUN, {"id": run_id}), (OF_ALL, {})):
            assert await refusal(watcher.all(document, **variables, after=cursor)) == "BAD_CURSOR"


async def test_a_cursor_whose_events_are_forgotten_is_refused_and_the_run_is_over_still(
    api: Api, acme: Organisation
) -> None:
    run_id = await run_to_end(api, acme, echo(), {"topic": "x"})
    where = {"run": uuid_of(run_id)}
    await api.platform.sql("UPDATE runs SET ended_at = now() - interval '40 days' WHERE id = :run", **where)
    ((first,),) = await api.platform.sql("SELECT min(id) FROM run_events WHERE run_id = :run", **where)
    async with watching(acme.owner) as watcher:
        old = (await watcher.all(OF_RUN, id=run_id))[0]["cursor"]
        newest = await acme.owner(NOW)
        assert (await forget_events(api.platform.tools.engine, timedelta(days=30), first - 1)).count > 0
        for document, variables in ((OF_RUN, {"id": run_id}), (OF_ALL, {})):
            assert await refusal(watcher.all(document, **variables, after=old)) == "BAD_CURSOR"
        assert await watcher.all(OF_RUN, id=run_id) == []
        assert await acme.owner(NOW) == newest
        second = await run_to_end(api, acme, echo(), {"topic": "x"})
        told = await watcher.until(lambda event: short(event) == "run COMPLETED", OF_ALL, after=newest)
    assert {event["runId"] for event in told} == {second}


async def test_a_run_or_an_agent_of_others_answers_like_one_that_is_not_there(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    graph_id = await save(api, other, echo())
    run = await start(other.owner, graph_id, {"topic": "x"})
    async with watching(acme.owner) as watcher:
        for one in (run["id"], encode_id("Run", uuid4()), graph_id, "nonsense"):
            assert await refusal(watcher.all(OF_RUN, id=one)) == "NOT_FOUND"
        for one in (graph_id, encode_id("Graph", uuid4()), run["id"]):
            assert await refusal(watcher.all(OF_GRAPH, id=one)) == "NOT_FOUND"
    async with watching(other.owner) as watcher:
        assert [short(event) for event in await watcher.all(OF_RUN, id=run["id"])] == ECHO


async def test_an_organisation_hears_nothing_of_another(api: Api, acme: Organisation, other: Organisation) -> None:
    before = await acme.owner(NOW)
    await run_to_end(api, other, echo(), {"topic": "theirs"})
    mine = await run_to_end(api, acme, echo(), {"topic": "x"})
    foreign = await other.owner(NOW)
    async with watching(acme.owner) as watcher:
        events = await watcher.until(lambda event: short(event) == "run COMPLETED", OF_ALL, after=before)
        assert {event["runId"] for event in events} == {mine}
        after_theirs = await watcher.until(lambda event: short(event) == "run COMPLETED", OF_ALL, after=foreign)
    assert {event["runId"] for event in after_theirs} == {mine}


async def test_nobody_subscribes_without_a_right(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, failing())
    with pytest.raises((TransportError, ConnectionError)):
        async with watching(api.client()) as watcher:
            await watcher.all(OF_RUN, id=run_id)
    made = await api.people.make_key(acme.id, person_of(acme.owner), "narrow", ["graphs:read"])
    async with watching(api.client(made.token)) as watcher:
        assert await refusal(watcher.all(OF_RUN, id=run_id)) == "FORBIDDEN"
        assert await refusal(watcher.all(OF_ALL)) == "FORBIDDEN"


async def test_a_key_that_is_revoked_closes_its_socket(api: Api, acme: Organisation) -> None:
    graph, gate = gated()
    run = await start(acme.owner, await save(api, acme, graph))
    made = await api.people.make_key(acme.id, person_of(acme.owner), "short", ["runs:read"])
    async with api_on(api.platform, recheck_seconds=0.1) as quick:
        async with watching(api.client(made.token), quick.url) as watcher:

            async def watch() -> None:
                async for _event in watcher.events(OF_RUN, id=run["id"]):
                    await api.people.revoke_key(acme.id, made.id)

            with pytest.raises(TransportError) as caught:
                await watch()
        assert "4403" in str(caught.value.__cause__)
        async with watching(acme.owner, quick.url) as watcher:
            GATES[gate].set()
            assert short((await watcher.all(OF_RUN, id=run["id"]))[-1]) == "run COMPLETED"


async def test_a_run_that_is_deleted_ends_its_subscription(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, echo(), {"topic": "x"})
    await api.platform.sql(
        "DELETE FROM run_events WHERE run_id = :run AND body ->> 'status' = 'COMPLETED'", run=uuid_of(run_id)
    )
    await api.platform.sql("UPDATE runs SET status = 'RUNNING' WHERE id = :run", run=uuid_of(run_id))
    async with watching(acme.owner) as watcher:
        task = asyncio.create_task(watcher.all(OF_RUN, id=run_id))
        await eventually(lambda: api.services.waking._readers)
        await api.platform.sql("UPDATE runs SET status = 'COMPLETED' WHERE id = :run", run=uuid_of(run_id))
        assert (await acme.owner(DELETE, id=run_id))["deletedCount"] == 1
        assert [short(event) for event in await task] == ECHO[:-1]


async def test_nothing_is_told_before_what_an_open_transaction_may_still_add(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, echo(), {"topic": "x"})
    add = text(
        "INSERT INTO run_events (tenant_id, graph_id, run_id, kind, body) "
        "SELECT tenant_id, graph_id, id, 'run', json_build_object('status', 'RUNNING', 'cancel', CAST(:word AS text)) "
        "FROM runs WHERE id = :run"
    )
    cursor = await acme.owner(NOW)
    is_late = lambda event: event["cancelReason"] == "late"  # noqa: E731
    async with watching(acme.owner) as watcher:
        async with open_transaction(api) as connection:
            await connection.execute(add, {"run": uuid_of(run_id), "word": "early"})
            # It is committed first, and yet must be told behind what the open transaction says.
            await api.platform.sql(str(add), run=uuid_of(run_id), word="late")
            assert await acme.owner(NOW) == cursor
        events = await watcher.until(is_late, OF_ALL, after=cursor)
    assert [event["cancelReason"] for event in events] == ["early", "late"]


@pytest.mark.long
async def test_who_does_not_read_holds_up_nobody_and_has_nothing_read_for_them(api: Api, acme: Organisation) -> None:
    count, size = 600, 60_000
    run_id = await emitting(api, acme, count, size)
    async with counting_api(api) as counted:
        address = f"{counted.api.url}/graphql".replace("http", "ws", 1)
        protocols = [Subprotocol("graphql-transport-ws")]
        # Sixty kilobytes an event: what the sockets themselves hold is full after some of them.
        async with connect(address, subprotocols=protocols, max_queue=1, compression=None) as socket:
            await send(socket, type="connection_init", payload={"authorization": f"Bearer {acme.owner.token}"})
            assert orjson.loads(await socket.recv())["type"] == "connection_ack"
            with recorded(counted.engine) as statements:
                await send(socket, type="subscribe", id="1", payload={"query": OF_RUN, "variables": {"id": run_id}})
                read = await steady(lambda: sum("FROM values" in one for one in statements))
                assert 0 < read < count
                async with watching(acme.owner, counted.api.url) as watcher:
                    found = await watcher.until(lambda event: event.get("sequence") == count - 1, OF_RUN, id=run_id)
                assert len(found) == count + 2
            told = [orjson.loads(await socket.recv()) for _ in range(count + 2)]
    assert [one["payload"]["data"]["runEvents"] for one in told] == found


async def test_nobody_looks_when_nobody_subscribes(api: Api, acme: Organisation) -> None:
    run_id = await run_to_end(api, acme, failing())
    waking = api.services.waking
    async with watching(acme.owner) as watcher:
        await watcher.all(OF_RUN, id=run_id)
    await eventually(lambda: not waking._tasks)
    assert not waking._readers


async def test_streamed_text_and_log_lines_are_told(api: Api, acme: Organisation) -> None:
    gate = f"gate {uuid4()}"
    graph = talking(lines=["begun", "going on"], pieces=["Dry", "stone"], gate=gate)
    run = await start(acme.owner, await save(api, acme, graph))
    async with watching(acme.owner) as watcher:
        events = []
        async for event in watcher.events(OF_RUN, id=run["id"]):
            events.append(short(event))
            if event["__typename"] == "TextStreamed":
                assert event["title"] == "Talk"
                GATES[gate].set()
    told = [event for event in events if event.startswith("talk")]
    assert told == [
        "talk RUNNING",
        "talk: info begun",
        "talk: info going on",
        "talk.text ~ Drystone",
        "talk.text = 'Drystone'",
        "talk COMPLETED",
    ]


async def emitting(api: Api, acme: Organisation, count: int, size: int) -> str:
    """Give a run that emitted so many values of so many bytes; nobody starts it, or takes it for one that is lost."""
    new = new_run(acme.id, start_after_seconds=3_600.0)
    run = await api.platform.runs.accept(new)
    stored = [await api.platform.tools.values.put(acme.id, f"{n}".ljust(size)) for n in range(count)]
    said = [EmissionEntry(10, number, "out", one) for number, one in enumerate(stored)]
    await api.platform.tools.ledger.write(run.id, [entry(10, 1)], said)
    return encode_id("Run", run.id)


async def send(socket: ClientConnection, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())


async def steady(count: Callable[[], int]) -> int:
    """Give a number when it has not grown for a second."""
    seen = deque([0], maxlen=50)

    def is_steady() -> bool:
        seen.append(count())
        return len(seen) == 50 and seen[0] == seen[-1] > 0

    await eventually(is_steady)
    return seen[-1]


def person_of(client: Client) -> UUID:
    assert client.person is not None
    return client.person


async def refusal(events: Awaitable[Any]) -> str:
    """Give the code with which a subscription is refused."""
    with pytest.raises(TransportQueryError) as caught:
        await events
    assert caught.value.errors is not None
    return str(caught.value.errors[0]["extensions"]["code"])


@asynccontextmanager
async def open_transaction(api: Api) -> AsyncIterator[AsyncConnection]:
    async with api.platform.tools.engine.begin() as connection:
        yield connection
