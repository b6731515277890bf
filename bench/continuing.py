"""`./run bench --continue`: from `continueRun` of a run of 500 nodes until the first that runs again begins; it judges nothing.

Over HTTP to a server in this process, on an embedded stack of its own whose workers are in this process, too. Beside it stand the
answer alone, what a preview takes, and the events of the new run's history in Temporal.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from bench.workloads import chain
from tests.api.running import ended, run_to_end, uuid_of
from tests.api.serving import Api, Organisation, api_of_its_own

NODES: Final = 500
CONTINUE: Final = (
    "mutation($input: ContinueRunInput!) { continueRun(input: $input) { run { id } errors { code message } } }"
)
PREVIEW: Final = "query($input: ContinueRunInput!) { continuationPreview(input: $input) { reusedCount } }"
BEGAN: Final = (
    "SELECT min(extract(epoch FROM started_at)) AS began, count(*) AS ran FROM node_executions "
    "WHERE run_id = :id AND reused_from IS NULL"
)
RESULTS: Final = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Sample:
    """One continued run: milliseconds, and what Temporal's history has of it."""

    answer_ms: float
    begin_ms: float
    preview_ms: float
    events: int
    ran: int


async def measure(samples: int) -> list[tuple[str, list[Sample]]]:
    """Continue a run of 500 nodes from its last node, from its hundredth last, and from nowhere."""
    folder = Path(tempfile.mkdtemp(prefix="drystone-bench-continue-"))
    try:
        async with api_of_its_own(folder / "data") as api:
            owner = await api.organisation("Bench")
            run_id = await run_to_end(api, owner, chain(NODES))
            rows = []
            for again in (1, 100):
                node = f"n{NODES - again}"
                await _sample(api, owner, run_id, node)
                rows.append(
                    (f"{again} of {NODES} run again", [await _sample(api, owner, run_id, node) for _ in range(samples)])
                )
            return rows
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _sample(api: Api, owner: Organisation, run_id: str, node_id: str) -> Sample:
    asked: dict[str, Any] = {"runId": run_id, "mode": "NODES", "nodeIds": [node_id]}
    began = time.perf_counter()
    await owner.owner(PREVIEW, input=asked)
    shown, asked_at = time.perf_counter(), time.time()
    new_id = (await owner.owner(CONTINUE, input=asked))["run"]["id"]
    answered = time.perf_counter()
    status = await ended(owner.owner, new_id, seconds=120)
    assert status == "COMPLETED", status
    (row,) = await api.platform.sql(BEGAN, id=uuid_of(new_id))
    history = await api.platform.client.get_workflow_handle(f"run-{uuid_of(new_id)}").fetch_history()
    return Sample(
        (answered - shown) * 1e3,
        (float(row.began) - asked_at) * 1e3,
        (shown - began) * 1e3,
        len(history.events),
        int(row.ran),
    )


def table(rows: list[tuple[str, list[Sample]]]) -> str:
    """Give the figures as a Markdown table: p50 / p95 of milliseconds."""
    lines = [
        "| continue a run of 500 nodes | until the first node begins, ms | answer, ms | preview, ms | events | samples |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for title, samples in rows:
        times = [_shown([getattr(one, name) for one in samples]) for name in ("begin_ms", "answer_ms", "preview_ms")]
        events = median(one.events for one in samples)
        lines.append(f"| {title} | {' | '.join(times)} | {events:.0f} | {len(samples)} |")
    return "\n".join(lines)


def _shown(times: list[float]) -> str:
    return f"{median(times):.0f} / {quantiles(times, n=20)[18]:.0f}"


def main(is_quick: bool) -> int:
    """Measure, print, and write `results/continue.md`."""
    text = table(asyncio.run(measure(5 if is_quick else 30)))
    print(text)
    if not is_quick:
        RESULTS.mkdir(exist_ok=True)
        heading = "# Continuing a run, as last measured\n\nMade by `./run bench --continue`; p50 / p95.\n\n"
        (RESULTS / "continue.md").write_text(f"{heading}{text}\n", encoding="utf-8")
    return 0
