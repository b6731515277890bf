"""`./run bench --growth`: how the cost of ours grows with nodes, with items, and with runs that are kept; it judges nothing.

Nodes and items: on an embedded stack, the memory of its workers at their worst beside the time. Runs that are kept: copies, row by
row, of one that ran, with its node executions and emissions; then a chain of ten is run again, and the API's lists are asked, over
HTTP to a server in this process.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from bench.api import LIST, ONE
from bench.measure import compare
from bench.ours import Ours
from bench.plot import curves
from bench.report import RESULTS, number, settings_of, table, versions
from bench.session import opened
from bench.workloads import Workload, chains, items, single
from deploy.build import stores
from schema.errors import DrystoneError
from tests.api.serving import Api, Organisation, api_of_its_own

NODES: Final = (10, 30, 100, 300, 500, 1_000)
ITEMS: Final = (10, 100, 1_000, 10_000, 30_000, 100_000)
KEPT: Final = (0, 10_000, 100_000, 1_000_000)
#: What one statement copies: more would be one long transaction.
COPIED_AT_ONCE: Final = 100_000
#: Tables of what is kept of a run, and the column that names it.
COPIED: Final = {"runs": "id", "node_executions": "run_id", "emissions": "run_id"}
_COLUMNS: Final = (
    "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND table_name = '{name}' AND is_generated = 'NEVER' AND is_identity = 'NO'"
)
_MAKE: Final = (
    "CREATE TABLE bench_copies AS SELECT gen_random_uuid() AS id, now() - make_interval(secs => g) AS at "
    "FROM generate_series(CAST(:first AS int), CAST(:last AS int)) g"
)
_COPY: Final = """
INSERT INTO {name} ({columns})
SELECT {columns} FROM (SELECT (jsonb_populate_record(r, jsonb_build_object({changed}))).* FROM {name} r, bench_copies c
WHERE r.{key} = :template) AS made
"""
CHANGED: Final = {
    "runs": "'id', c.id, 'root_run_id', c.id, 'idempotency_key', NULL, 'created_at', c.at, 'started_at', c.at, 'ended_at', c.at",
    "node_executions": "'run_id', c.id",
    "emissions": "'run_id', c.id",
}


@dataclass(frozen=True)
class Point:
    """One size: milliseconds by what was done, and the workers' memory at its worst, by process."""

    size: int
    ms: dict[str, float]
    peak_mebibytes: dict[str, float] = field(default_factory=dict)
    nodes: int = 0
    #: Why it cannot be done at this size.
    refused: str = ""


@dataclass(frozen=True)
class Curve:
    """How it grows with one thing."""

    key: str
    across: str
    points: list[Point]


async def measure(is_quick: bool) -> tuple[list[Curve], dict[str, Any]]:
    """Measure all three."""
    few = 3 if is_quick else None
    chosen = [chains("nodes", size, 5, 2) for size in NODES[:few]]
    streams = [replace(items(count), samples=3 if count <= 10_000 else 1) for count in ITEMS[:few]]
    async with opened([], []) as session:
        nodes = Curve("nodes", "nodes of a chain", [await _point(session.ours, one, one.nodes) for one in chosen])
        many = Curve(
            "items", "items through 3 nodes", [await _point(session.ours, one, one.work.size) for one in streams]
        )
        settings = settings_of(await session.server_version())
    return [nodes, many, await kept(KEPT[: 2 if is_quick else None], 5 if is_quick else 30)], settings


async def _point(ours: Ours, workload: Workload, size: int) -> Point:
    try:
        row = await compare([ours], workload, workload.samples)
    except (
        AssertionError,
        RuntimeError,
        DrystoneError,
    ) as error:  # Over a limit of runs or graphs, which the text names.
        print(f"{workload.title}: {error}", flush=True)
        return Point(size, {}, refused=" ".join(str(error).split())[:200])
    found = row.sides["ours"]
    print(f"{workload.title}: {found.run_ms:,.1f} ms, {found.peak_mebibytes}", flush=True)
    return Point(size, {"run": found.run_ms}, found.peak_mebibytes, workload.nodes)


async def kept(sizes: Sequence[int], samples: int) -> Curve:
    """Measure a run, and the API's lists, among so many runs that are kept."""
    folder = Path(tempfile.mkdtemp(prefix="drystone-bench-growth-"))
    try:
        async with api_of_its_own(folder / "data") as api:
            owner = await api.organisation("Kept")
            opened_stores = stores(api.platform.settings, "drystone bench")
            ours = Ours(opened_stores, str(api.platform.settings.database_url))
            async with ours.listening():
                points = await _kept(api, owner, ours, sizes, samples)
            await opened_stores.engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Curve("kept", "runs that are kept", points)


async def _kept(api: Api, owner: Organisation, ours: Ours, sizes: Sequence[int], samples: int) -> list[Point]:
    tenant = UUID(str(owner.id))
    template = await ours.accept(single(), tenant)
    await ours.end_of(template)
    ten = chains("W1", 10, samples, samples)
    points, there = [], 0
    for size in sizes:
        await _fill(api, template.id, there, size)
        there = size
        newest = (await owner.owner(LIST))["nodes"][0]["id"]
        ms = {
            "list of 50 runs": await _timed(lambda: owner.owner(LIST), samples),
            "one run": await _timed(partial(owner.owner, ONE, id=newest, after=None), samples),
            "chain of 10": await _timed(lambda: ours.run(ten), samples),
        }
        points.append(Point(size, ms))
        print(f"{size:,} runs kept: {ms}", flush=True)
    return points


async def _fill(api: Api, template: UUID, there: int, wanted: int) -> None:
    """Copy a run until there are so many."""
    for first in range(there, wanted, COPIED_AT_ONCE):
        last = min(first + COPIED_AT_ONCE, wanted)
        await _run(api, _MAKE, first=first + 1, last=last)
        for name, key in COPIED.items():
            (found,) = await api.platform.sql(_COLUMNS.format(name=name))
            statement = _COPY.format(name=name, key=key, columns=found[0], changed=CHANGED[name])
            await _run(api, statement, template=template)
        await _run(api, "DROP TABLE bench_copies")
    for name in COPIED:
        await _run(api, f"ANALYZE {name}")


async def _run(api: Api, statement: str, **where: Any) -> None:
    async with api.platform.tools.engine.begin() as connection:
        await connection.execute(text(statement), where)


async def _timed(work: Callable[[], Awaitable[Any]], samples: int) -> float:
    await work()
    times = []
    for _ in range(samples):
        began = time.perf_counter()
        await work()
        times.append((time.perf_counter() - began) * 1e3)
    return median(times)


def report(curves_: Sequence[Curve], settings: dict[str, Any]) -> str:
    """Give the tables."""
    parts = []
    for curve in curves_:
        done = [point for point in curve.points if point.ms]
        whats, names = list(done[0].ms), list(done[0].peak_mebibytes)
        heads = [curve.across, *(f"{what}, ms" for what in whats), *(f"{name}, MiB at its worst" for name in names)]
        if done[0].nodes:
            heads.append("executions/s")
        parts.append(f"## {curve.across}\n\n{table(heads, (_line(point, whats, names) for point in curve.points))}")
    return "\n\n".join([*parts, versions(settings)]) + "\n"


def _line(point: Point, whats: Sequence[str], names: Sequence[str]) -> list[str]:
    cells = [f"{point.size:,}", *(number(point.ms.get(what)) for what in whats)]
    cells += [number(point.peak_mebibytes.get(name)) for name in names]
    if point.nodes:
        cells.append(number(point.nodes / point.ms["run"] * 1e3))
    elif point.refused:
        cells.append(f"no: {point.refused}")
    return cells


def plots(found: Sequence[Curve]) -> dict[str, str]:
    """Give the curves as SVG by name."""
    made = {}
    for curve in found:
        done = [point for point in curve.points if point.ms]
        # A logarithmic scale has no zero: no runs that are kept stand where one would.
        series = {what: [(max(1.0, float(p.size)), p.ms[what]) for p in done] for what in done[0].ms}
        for name in done[0].peak_mebibytes:
            series[f"{name}, MiB"] = [(float(point.size), point.peak_mebibytes[name]) for point in done]
        made[f"growth-{curve.key}"] = curves(f"Ours by {curve.across}", curve.across, "ms, or MiB at its worst", series)
    return made


def main(is_quick: bool) -> int:
    """Measure, print, and write `results/growth.md`, `growth.json` and a plot for each curve."""
    found, settings = asyncio.run(measure(is_quick))
    told = report(found, settings)
    print(f"\n{told}")
    if not is_quick:
        RESULTS.mkdir(exist_ok=True)
        made = plots(found)
        for name, svg in made.items():
            (RESULTS / f"{name}.svg").write_text(svg, encoding="utf-8")
        pictures = "".join(f"![{name}]({name}.svg)\n\n" for name in made)
        heading = "# How the cost grows, as last measured\n\nMade by `./run bench --growth`.\n\n"
        (RESULTS / "growth.md").write_text(f"{heading}{pictures}{told}", encoding="utf-8")
        document = {"settings": settings, "curves": [asdict(curve) for curve in found]}
        (RESULTS / "growth.json").write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    return 0
