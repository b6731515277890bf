"""F42, as far as there is something to count: calls of language models, which are what runs cost. Nothing is charged yet.

Thirty writers tell of fifteen calls at once while PostgreSQL loses its backends; each call is counted once. The same by reading
first and writing then, as the specification's naive form does, must count wrongly: else the case would show nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from schema.db.llm_calls import CallPlace, LlmCall, LlmCalls
from schema.ids import LOCAL_TENANT
from tests.chaos.cases.agents import work
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.world import World
from tests.chaos.suite import insist

CALLS: Final = 15
WRITERS: Final = 30
TOKENS: Final = 10
COST: Final = 7
_READ: Final = text("SELECT tokens FROM naive_account")
_WRITE: Final = text("UPDATE naive_account SET tokens = :tokens")


async def count_calls(world: World) -> CaseResult:
    """F42: thirty writers, fifteen calls, each told several times at once; the account is what the calls say."""
    result = CaseResult("F42", "calls of models are told of by many at once")
    run_id = await work(world, 420, 1, 0.05)
    await world.until_ended([run_id])
    calls = LlmCalls(world.stores.engine)
    async with world.under_fault():
        telling = asyncio.gather(*(_tell(calls, run_id, number) for number in range(WRITERS)))
        died = await _end_backends(world)
        answers = await telling
    result.prove("backends died meanwhile", died > 0)
    # Whoever told of a call is given the answer that stands: one for each call.
    stands: dict[int, set[str]] = {}
    for told in answers:
        for place, answer in told.items():
            stands.setdefault(place, set()).add(answer)
    several = {place: answer for place, answer in stands.items() if len(answer) != 1}
    result.need(not several, "doubled", f"calls with several answers: {several}")
    usage = (await calls.of_runs(LOCAL_TENANT, [run_id]))[run_id]
    found = tuple(usage.total(name) for name in ("calls", "input_tokens", "cost_micro_usd"))
    wanted = (CALLS, CALLS * TOKENS, CALLS * COST)
    result.measure("calls, tokens, cost", str(found))
    result.need(found == wanted, "doubled", f"(calls, tokens, cost) are {found}, not {wanted}")
    naive = await _count_naively(world)
    result.measure("the same by reading first, tokens", naive)
    result.prove("counting by reading first is seen to be wrong", naive != WRITERS * TOKENS)
    return result


async def _tell(calls: LlmCalls, run_id: UUID, writer: int) -> dict[int, str]:
    """Tell of every call, as an attempt does that asked at the same time as others; give the answers that stand."""
    found = {}
    for number in range(CALLS):
        place = (number + writer) % CALLS
        call = _call(run_id, place)
        mine = replace(call, answer={"value": f"answer of writer {writer}"})
        kept: Any = await insist(_keeping(calls, mine))
        found[place] = str(kept["value"])
    return found


def _keeping(calls: LlmCalls, call: LlmCall) -> Callable[[], Awaitable[Any]]:
    return lambda: calls.keep(call)


def _call(run_id: UUID, number: int) -> LlmCall:
    return LlmCall(
        CallPlace(run_id, 1, 0, number), LOCAL_TENANT, "chaos", "model", f"hash {number}", TOKENS, 1, COST, {}
    )


async def _end_backends(world: World) -> int:
    """End the backends of whoever tells, a few times; PostgreSQL itself goes on."""
    died = 0
    for _ in range(5):
        rows = await world.sql(
            "SELECT pg_terminate_backend(pid) AS is_ended FROM pg_stat_activity "
            "WHERE query LIKE 'INSERT INTO llm_calls%' AND pid <> pg_backend_pid()"
        )
        died += sum(row.is_ended for row in rows)
        await world.passing(0.05)
    return died


async def _count_naively(world: World) -> int:
    """Add the same up by reading an account and then writing it."""
    await world.sql("CREATE TABLE naive_account (tokens int NOT NULL)")
    await world.sql("INSERT INTO naive_account VALUES (0)")

    async def spend() -> None:
        async with world.stores.engine.begin() as connection:
            before = (await connection.execute(_READ)).scalar_one()
            await connection.execute(_WRITE, {"tokens": before + TOKENS})

    await asyncio.gather(*(spend() for _ in range(WRITERS)))
    (row,) = await world.sql("SELECT tokens FROM naive_account")
    await world.sql("DROP TABLE naive_account")
    return int(row.tokens)


CASES = (Case("F42", "calls of models are told of by many at once", count_calls),)
