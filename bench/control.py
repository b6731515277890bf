"""`./run bench --control`: how soon a waiting run goes on once it is told: a signal, an approval, a resume; it judges nothing.

From the request over HTTP until the next node begins, to a server in this process on an embedded stack of its own, whose workers
are in this process, too. Beside it stand the events that it costs Temporal's history, from the waiting run to the started node.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final
from uuid import UUID

from blocks.library.events import WaitForEvent
from blocks.library.human import HumanInTheLoop
from schema.graph import Graph
from tests.api.running import ended, save, start, uuid_of
from tests.api.serving import Api, Client, api_of_its_own
from tests.durable.blocks import Pass
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.waiting import eventually

SIGNAL: Final = "mutation($input: SignalRunInput!) { signalRun(input: $input) { errors { message } } }"
INBOX: Final = "query($run: ID!) { approvals(runId: $run) { nodes { id } } }"
DECIDE: Final = "mutation($input: DecideApprovalInput!) { decideApproval(input: $input) { errors { message } } }"
PAUSE: Final = "mutation($input: PauseRunInput!) { pauseRun(input: $input) { errors { message } } }"
RESUME: Final = "mutation($input: ResumeRunInput!) { resumeRun(input: $input) { errors { message } } }"
NEXT: Final = (
    "SELECT extract(epoch FROM started_at) AS began FROM node_executions WHERE run_id = :id AND node_id = 'next'"
)
RESULTS: Final = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Sample:
    """One run: milliseconds until the answer, until the next node began, and events of the history in between."""

    answer_ms: float
    begin_ms: float
    events: int


def waiting(kind: type, pin: str, **constants: Any) -> Graph:
    """Give an agent that waits in one node, and then has a next one."""
    nodes = {"in": an_input("x"), "wait": (kind, constants), "next": Pass, "out": an_output()}
    entry = "trigger" if kind is WaitForEvent else "data"
    links = [f"in.result -> wait.{entry}", f"wait.{pin} -> next.value", "next.value -> out.value"]
    return make_graph(nodes, links)


async def measure(samples: int) -> list[tuple[str, list[Sample]]]:
    """Measure each way of going on, with one run under way at a time."""
    folder = Path(tempfile.mkdtemp(prefix="drystone-bench-control-"))
    try:
        async with api_of_its_own(folder / "data") as api:
            acme = await api.organisation("Bench")
            signalled = await save(api, acme, waiting(WaitForEvent, "payload", event_name="go"))
            approved = await save(api, acme, waiting(HumanInTheLoop, "approved_data", name="Well?"))
            ways: list[tuple[str, str, Callable[[Api, Client, str], Awaitable[Callable[[], Awaitable[Any]]]]]] = [
                ("signal", signalled, _to_signal),
                ("approval", approved, _to_approve),
                ("resume", signalled, _to_resume),
            ]
            rows = []
            for title, graph_id, prepare in ways:
                await _sample(api, acme.owner, graph_id, prepare)
                rows.append((title, [await _sample(api, acme.owner, graph_id, prepare) for _ in range(samples)]))
            return rows
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _sample(
    api: Api,
    owner: Client,
    graph_id: str,
    prepare: Callable[[Api, Client, str], Awaitable[Callable[[], Awaitable[Any]]]],
) -> Sample:
    run_id = (await start(owner, graph_id, {"x": 1}))["id"]
    go = await prepare(api, owner, run_id)
    before = await _events(api, uuid_of(run_id))
    began, asked_at = time.perf_counter(), time.time()
    payload = await go()
    answered = time.perf_counter()
    assert payload["errors"] == [], payload
    assert await ended(owner, run_id, seconds=60) == "COMPLETED"
    (row,) = await api.platform.sql(NEXT, id=uuid_of(run_id))
    after = await _events(api, uuid_of(run_id))
    return Sample((answered - began) * 1e3, (float(row.began) - asked_at) * 1e3, after - before)


async def _to_signal(api: Api, owner: Client, run_id: str) -> Callable[[], Awaitable[Any]]:
    await _until_waiting(api, run_id, "event")
    return lambda: owner(SIGNAL, input={"runId": run_id, "name": "go", "payload": 1, "waitSeconds": 0})


async def _to_approve(api: Api, owner: Client, run_id: str) -> Callable[[], Awaitable[Any]]:
    await _until_waiting(api, run_id, "answer")
    (approval,) = (await owner(INBOX, run=run_id))["nodes"]
    return lambda: owner(DECIDE, input={"id": approval["id"], "approve": True})


async def _to_resume(api: Api, owner: Client, run_id: str) -> Callable[[], Awaitable[Any]]:
    """Pause the run, then let what it waits for come: the next node is ready behind the pause."""
    await _until_waiting(api, run_id, "event")
    await owner(PAUSE, input={"id": run_id})
    await owner(SIGNAL, input={"runId": run_id, "name": "go", "payload": 1, "waitSeconds": 10})
    paused = "SELECT 1 FROM runs WHERE id = :id AND status = 'PAUSED'"
    await eventually(lambda: api.platform.sql(paused, id=uuid_of(run_id)), seconds=60)
    return lambda: owner(RESUME, input={"id": run_id})


async def _until_waiting(api: Api, run_id: str, kind: str) -> None:
    where = "SELECT 1 FROM node_executions WHERE run_id = :id AND waits_for ->> 'kind' = :kind"
    await eventually(lambda: api.platform.sql(where, id=uuid_of(run_id), kind=kind), seconds=60)


async def _events(api: Api, run_id: UUID) -> int:
    return len((await api.platform.client.get_workflow_handle(f"run-{run_id}").fetch_history()).events)


def table(rows: list[tuple[str, list[Sample]]]) -> str:
    """Give the figures as a Markdown table: p50 / p95 of milliseconds."""
    lines = [
        "| what it waits for | until the next node begins, ms | answer, ms | events until the run's end | samples |",
        "| --- | --- | --- | --- | --- |",
    ]
    for title, samples in rows:
        times = [_shown([getattr(one, name) for one in samples]) for name in ("begin_ms", "answer_ms")]
        lines.append(
            f"| {title} | {' | '.join(times)} | {median(one.events for one in samples):.0f} | {len(samples)} |"
        )
    return "\n".join(lines)


def _shown(times: list[float]) -> str:
    return f"{median(times):.0f} / {quantiles(times, n=20)[18]:.0f}"


def main(is_quick: bool) -> int:
    """Measure, print, and write `results/control.md`."""
    text = table(asyncio.run(measure(5 if is_quick else 50)))
    print(text)
    if not is_quick:
        RESULTS.mkdir(exist_ok=True)
        heading = "# Going on when told, as last measured\n\nMade by `./run bench --control`; p50 / p95.\n\n"
        (RESULTS / "control.md").write_text(f"{heading}{text}\n", encoding="utf-8")
    return 0
