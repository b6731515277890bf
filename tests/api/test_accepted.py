"""What an API process that is killed with -9 costs: nothing. Each run that was accepted exists once, and no event is lost."""

from __future__ import annotations

import asyncio
import random

import httpx2
import pytest
from gql.transport.exceptions import TransportError

from tests.api.processes import ApiProcess, api_process
from tests.api.running import START, counting, echo, ended, gated, save, start
from tests.api.serving import Api, Client, Json, Organisation
from tests.api.watching import NOW, OF_ALL, OF_RUN, short, watching
from tests.durable.blocks import GATES
from tests.durable.waiting import eventually

RUNS = 200
#: Requests of one client at once: more would only wait in its own queue.
AT_ONCE = 50
KILLS = 3

pytestmark = pytest.mark.slow


async def accept(client: Client, graph_id: str, number: int, answered: list[int]) -> str:
    """Ask for a run until it is accepted, as a client does that got no answer: with the same key."""
    asked = {"graphId": graph_id, "inputs": {"topic": number}, "idempotencyKey": f"run {number}"}

    async def ask() -> str | None:
        try:
            payload = await client(START, input=asked)
        except httpx2.HTTPError:
            return None
        assert payload["errors"] == []
        return str(payload["run"]["id"])

    run_id: str = await eventually(ask, seconds=180, pause_seconds=0.2)
    answered.append(number)
    return run_id


@pytest.mark.long
async def test_each_run_that_was_accepted_exists_once_and_ends(api: Api, acme: Organisation) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    kill_after = random.Random(seed).randint(1, RUNS * 3 // 4)
    graph_id = await save(api, acme, echo())
    answered: list[int] = []
    gate = asyncio.Semaphore(AT_ONCE)
    async with api_process(api) as process, httpx2.AsyncClient(timeout=30) as http:
        client = Client(process.url, acme.owner.token, http=http)

        async def one(number: int) -> str:
            async with gate:
                return await accept(client, graph_id, number, answered)

        asking = [asyncio.create_task(one(number)) for number in range(RUNS)]
        await eventually(lambda: len(answered) >= kill_after, seconds=120, pause_seconds=0)
        at_the_kill = len(answered)
        await process.restart()
        run_ids = await asyncio.gather(*asking)
    assert at_the_kill < RUNS
    assert len(set(run_ids)) == RUNS
    rows = await api.platform.sql(
        "SELECT idempotency_key, count(*) AS runs FROM runs WHERE tenant_id = :id GROUP BY 1", id=acme.id
    )
    assert {row.idempotency_key: row.runs for row in rows} == {f"run {number}": 1 for number in range(RUNS)}

    async def are_over() -> bool:
        query = "SELECT count(*) AS open FROM runs WHERE tenant_id = :id AND status <> 'COMPLETED'"
        return bool((await api.platform.sql(query, id=acme.id))[0].open == 0)

    await eventually(are_over, seconds=240, pause_seconds=0.5)
    outputs = await api.platform.sql(
        "SELECT r.idempotency_key AS key, o.value FROM runs r JOIN run_outputs o ON o.run_id = r.id WHERE r.tenant_id = :id",
        id=acme.id,
    )
    assert sorted((row.key, row.value) for row in outputs) == sorted((f"run {n}", n) for n in range(RUNS))


@pytest.mark.long
async def test_a_killed_process_costs_a_subscriber_nothing(api: Api, acme: Organisation) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    slow, name = gated()
    begun = await acme.owner(NOW)
    async with api_process(api) as process:
        first = await start(acme.owner, await save(api, acme, slow))
        others = [await start(acme.owner, await save(api, acme, counting(40))) for _ in range(3)]
        seen: list[Json] = []
        for kill in range(KILLS):
            # The first breaks come while runs are on their way; the events of the gated run come after the last.
            await take(process, acme.owner, seen, begun, chance.randint(1, 60))
            if kill == KILLS - 1:
                GATES[name].set()
            await process.restart()
        for run in (first, *others):
            assert await ended(acme.owner, run["id"], seconds=60) == "COMPLETED"
        async with watching(acme.owner, process.url) as watcher:
            open_runs = {run["id"] for run in (first, *others)}
            open_runs -= {event["runId"] for event in seen if short(event) == "run COMPLETED"}
            after = seen[-1]["cursor"] if seen else begun
            async for event in watcher.events(OF_ALL, after=after):
                seen.append(event)
                if short(event) == "run COMPLETED":
                    open_runs.discard(event["runId"])
                if not open_runs:
                    break
            # What one reads who was never disturbed is the same, of all runs together and of each alone.
            whole: list[Json] = []
            async for event in watcher.events(OF_ALL, after=begun):
                whole.append(event)
                if len(whole) == len(seen):
                    break
            assert seen == whole
            for run in (first, *others):
                alone = await watcher.all(OF_RUN, id=run["id"])
                assert alone == [event for event in seen if event["runId"] == run["id"]]
    assert len({event["cursor"] for event in seen}) == len(seen) > 3 * 80


async def take(process: ApiProcess, client: Client, seen: list[Json], begun: str, count: int) -> None:
    """Watch, from the last event seen, until so many more came; then kill the process that tells them."""
    after = seen[-1]["cursor"] if seen else begun
    until = len(seen) + count
    try:
        async with watching(client, process.url) as watcher:
            async for event in watcher.events(OF_ALL, after=after):
                seen.append(event)
                if len(seen) == until:
                    # Events go on arriving until the socket breaks: those that did are seen, whatever was on its way.
                    await process.kill()
    except (TransportError, OSError):
        return
