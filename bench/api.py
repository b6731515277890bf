"""`./run bench --api`: how long the API takes for what clients ask most, and how many SQL statements; it judges nothing but growth.

Listing 50 runs among 100 and among 100,000, one run with 200 node executions (two pages, which end at 100), starting a run.
Everything goes over HTTP to a server in this process, on an embedded stack of its own.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import orjson

from tests.api.running import counting, echo, run_to_end, save
from tests.api.serving import Api, Client, Organisation, api_of_its_own
from tests.api.statements import Counted, counting_api

#: "The cost of a list does not grow with the table (100 against 100,000 runs within 1.5 times)."
GROWTH_MAX = 1.5
FEW, MANY = 100, 100_000
RESULTS = Path(__file__).parent / "results"

LIST = (
    "query { runs(first: 50) { nodes { id status trigger agentName graphVersion createdAt startedAt endedAt "
    "createdBy { name } } pageInfo { hasNextPage endCursor } } }"
)
ONE = (
    "query($id: ID!, $after: String) { run(id: $id) { id status nodeExecutions(first: 100, after: $after) "
    "{ nodes { id title status attempts { number } inputs { pin value { json } } outputs { pin value { json } } } "
    "pageInfo { hasNextPage endCursor } } } }"
)
START = "mutation($input: StartRunInput!) { startRun(input: $input) { run { id } errors { code } } }"
FILL = """
INSERT INTO runs (id, tenant_id, graph_id, graph_version, plan_hash, agent_name, status, trigger, root_run_id, depth,
                  created_at, started_at, ended_at, handed_over_at)
SELECT made.id, :tenant, gen_random_uuid(), 1, 'none', 'Agent ' || made.number, 'COMPLETED', 'manual', made.id, 0,
       made.at, made.at, made.at, made.at
FROM (SELECT gen_random_uuid() AS id, number, now() - make_interval(secs => number) AS at
      FROM generate_series(1, :count) AS number) AS made
"""


@dataclass(frozen=True)
class Measured:
    """One operation: milliseconds, and the SQL statements that it takes."""

    title: str
    p50_ms: float
    p95_ms: float
    statements: int
    samples: int


async def measure(samples: int) -> tuple[list[Measured], float]:
    """Measure everything on a stack of its own; give the rows, and how much dearer a list is among many runs."""
    folder = Path(tempfile.mkdtemp(prefix="drystone-bench-api-"))
    try:
        async with api_of_its_own(folder / "data") as api, counting_api(api) as counted:
            return await _measure(api, counted, samples)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(api: Api, counted: Counted, samples: int) -> tuple[list[Measured], float]:
    few, many = await api.organisation("Few"), await api.organisation("Many")
    for organisation, count in ((few, FEW), (many, MANY)):
        await api.platform.sql(FILL, tenant=organisation.id, count=count)
    await api.platform.sql("ANALYZE runs")
    rows, growth = await _lists(counted, few.owner, many.owner, samples)
    run_id = await run_to_end(api, few, counting(199))
    rows.append(await _timed(f"one run with {200} node executions", samples, lambda: _whole(few.owner, run_id), 0))
    one = await counted.of(few.owner, ONE, id=run_id)
    rows[-1] = Measured(**{**asdict(rows[-1]), "statements": 2 * len(one)})
    rows.append(await _starts(api, counted, few, samples))
    return rows, growth


async def _lists(counted: Counted, few: Client, many: Client, samples: int) -> tuple[list[Measured], float]:
    """List among few and among many in turn, so that both meet the same machine."""
    statements = [len(await counted.of(client, LIST)) for client in (few, many)]
    times: list[list[float]] = [[], []]
    for _ in range(samples):
        for number, client in enumerate((few, many)):
            times[number].append(await _milliseconds(lambda client=client: client(LIST)))  # type: ignore[misc]
    rows = [
        _measured(f"list 50 runs among {count:,}", one, taken)
        for count, one, taken in zip((FEW, MANY), times, statements, strict=True)
    ]
    return rows, rows[1].p50_ms / rows[0].p50_ms


async def _whole(client: Client, run_id: str) -> None:
    after: str | None = None
    seen = 0
    while True:
        page = (await client(ONE, id=run_id, after=after))["nodeExecutions"]
        seen += len(page["nodes"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen >= 200, seen


async def _starts(api: Api, counted: Counted, organisation: Organisation, samples: int) -> Measured:
    graph_id = await save(api, organisation, echo())
    given: dict[str, Any] = {"input": {"graphId": graph_id, "inputs": {"topic": "x"}}}
    taken = len(await counted.of(organisation.owner, START, **given))
    async with api.platform.asleep():  # Only accepting is measured: what runs would share the processor.
        return await _timed("start a run", samples, lambda: organisation.owner(START, **given), taken)


async def _timed(title: str, samples: int, work: Callable[[], Awaitable[Any]], statements: int) -> Measured:
    await work()
    return _measured(title, [await _milliseconds(work) for _ in range(samples)], statements)


async def _milliseconds(work: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1e3


def _measured(title: str, times: list[float], statements: int) -> Measured:
    return Measured(title, median(times), quantiles(times, n=20)[18], statements, len(times))


def table(rows: list[Measured], growth: float) -> str:
    """Give the figures as a Markdown table."""
    lines = ["| operation | p50 ms | p95 ms | SQL statements | samples |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {r.title} | {r.p50_ms:.1f} | {r.p95_ms:.1f} | {r.statements} | {r.samples} |" for r in rows]
    return "\n".join(
        [*lines, "", f"A list among {MANY:,} runs takes {growth:.2f} times that among {FEW} (bar {GROWTH_MAX})."]
    )


def main(is_quick: bool) -> int:
    """Measure, print, and write `results/api.md` and `results/api.json`; give 1 where a list grows with the table."""
    rows, growth = asyncio.run(measure(20 if is_quick else 200))
    text = table(rows, growth)
    print(text)
    if not is_quick:
        RESULTS.mkdir(exist_ok=True)
        heading = "# The API, as last measured\n\nMade by `./run bench --api`; over HTTP, server and client in one process.\n\n"
        (RESULTS / "api.md").write_text(f"{heading}{text}\n", encoding="utf-8")
        document = {"growth": growth, "bar": GROWTH_MAX, "operations": [asdict(row) for row in rows]}
        (RESULTS / "api.json").write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    return int(growth > GROWTH_MAX)
