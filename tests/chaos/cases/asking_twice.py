"""F13: the API is killed again and again under fifty changes a second, whose clients ask again; each key is one run."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

import httpx2

from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.queueing import one_node
from tests.chaos.cases.world import START, Answered, World

PER_SECOND: Final = 50
#: Of five requests, two ask for a run, two ask for the same again beside them, and one for another under a key that is taken.
GROUP: Final = 5
CONFLICT: Final = "CONFLICT"
_BY_KEY: Final = "SELECT idempotency_key AS key, count(*) AS number FROM runs WHERE graph_id = :graph GROUP BY 1"


async def ask_twice(world: World) -> CaseResult:
    """F13: kill -9 the API while fifty requests a second come, most of them twice under one key."""
    result = CaseResult("F13", "the API is killed under changes that are asked for again")
    seconds, kills_wanted = (60.0, 10) if world.is_full else (8.0, 2)
    graph_id = await world.keep(one_node("asked for twice"))
    asked: list[str] = []
    conflicts, tasks, kills = Counter[str](), list[asyncio.Task[None]](), 0

    async def one(key: str, number: int) -> None:
        """Ask for one run by two clients at once; then for another under its key."""
        given = {"graphId": graph_id, "inputs": {"value": number}, "idempotencyKey": key}
        answers = await asyncio.gather(*(world.insist_on(START, input=given) for _ in range(2)))
        run_ids = {answer["run"]["id"] for answer in answers}
        result.need(len(run_ids) == 1, "doubled", f"key {key} was answered with {run_ids}")
        world.note(answers[0]["run"]["id"], {"out": [number]}, key=key)
        asked.append(key)
        if number % 2 == 0:
            conflicts[await other(key, number)] += 1

    async def other(key: str, number: int) -> str:
        given = {"graphId": graph_id, "inputs": {"value": -number - 1}, "idempotencyKey": key}
        try:
            await world.insist_on(START, input=given)
        except Answered as error:
            return "; ".join(error.codes)
        return "accepted"

    began = world.clock()
    async with world.under_fault():
        killing = asyncio.create_task(_kill(world, kills_wanted))
        while not killing.done() or world.clock() - began < seconds:
            # As many as are due: a machine that is late makes up for it.
            while len(tasks) < (world.clock() - began) * 2 * PER_SECOND / GROUP:
                tasks.append(asyncio.create_task(one(f"F13 {len(tasks)}", len(tasks))))
            await world.passing(0.05)
        seconds = world.clock() - began
        kills = await killing
        await world.heal()
        await asyncio.gather(*tasks)
        await world.until_ended([run.run_id for run in world.acknowledged], 300)
    rows = {row.key: row.number for row in await world.sql(_BY_KEY, graph=one_node("asked for twice").id)}
    rows = {key: number for key, number in rows.items() if str(key).startswith("F13 ")}
    result.prove("the API died", kills >= kills_wanted)
    result.measure("kills", kills)
    planned = sum(2 if number % 2 else 3 for number in range(len(tasks)))
    result.measure("changes a second; asked, with repeats", f"{planned / seconds:.0f}; {len(world.operations)}")
    result.measure("keys", len(asked))
    result.need(
        rows == dict.fromkeys(asked, 1), "doubled", f"runs by key: {[row for row in rows.items() if row[1] != 1][:3]}"
    )
    result.measure("other under a key that is taken", str(dict(conflicts)))
    result.need(set(conflicts) == {CONFLICT}, "wrong", f"another run under a key that is taken: {dict(conflicts)}")
    return result


async def _kill(world: World, wanted: int) -> int:
    """Kill the API so often, each time when it has served for a moment; give how often it died."""
    kills = 0
    for _ in range(wanted):
        await world.until(lambda: _serves(world), 90)
        await world.passing(world.choice.uniform(1.0, 3.0))
        kills += bool(await world.kill("api"))
    return kills


async def _serves(world: World) -> bool:
    try:
        return bool((await world.http.get(f"{world.url}/readyz")).status_code == 200)
    except httpx2.TransportError:
        return False


CASES = (Case("F13", "the API is killed under changes that are asked for again", ask_twice),)
