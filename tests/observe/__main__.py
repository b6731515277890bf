"""`./run observe`: a real collector and a real Prometheus on a real stack; it ends well if both show what they should.

    ./run observe --collector PATH

It shows that a trace is in the collector while its run goes on; that every query of the dashboard answers; and that the alert for a
queue without a poller fires when its worker is stopped, and resolves when it is back. It takes some six minutes, most of them
waits of the alert. A collector is built from its public parts; without one, a receiver of ours takes its place.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Final
from uuid import uuid4

import uvloop
import yaml

from blocks.library.basic import StoreValue
from blocks.library.llm_text import AITextGenerator
from blocks.library.time_blocks import CountdownTimer
from blocks.library.web import SendWebRequest
from deploy.ending import leave
from deploy.stack import ports
from schema.graph import Graph, write_graph
from tests.durable.blocks import Fail, Numbers, Pass
from tests.durable.graphs import an_output, make_graph
from tests.durable.waiting import eventually
from tests.observe.receiver import receiving
from tests.observe.showing import Shown, program, shown
from tests.observe.test_files import OBSERVE, queries

ALERT: Final = "DrystoneQueueWithoutPoller"
QUEUE: Final = "blocks-io"
TRACE: Final = uuid4().hex
#: Pollers count as gone when they have not asked for 75 s; then the alert waits a minute.
ALERT_SECONDS: Final = 600.0
_IMPORT: Final = (
    "mutation($document: JSON!) { importGraph(input: {document: $document}) { graph { id } errors { message } } }"
)
_START: Final = "mutation($input: StartRunInput!) { startRun(input: $input) { run { id traceId } errors { message } } }"
_STATUS: Final = "query($id: ID!) { run(id: $id) { status } }"


def say(text: str) -> None:
    print(text, flush=True)


async def main(collector: str | None) -> int:
    """Show it all; give the exit status."""
    with tempfile.TemporaryDirectory(prefix="observe-", dir="/tmp") as name:
        folder = Path(name)
        async with collecting(folder, collector) as (otlp, seen), shown(folder, otlp) as stack:
            prometheus = f"127.0.0.1:{ports.choose()}"
            async with program(folder / "prometheus.log", _prometheus(folder, stack, prometheus)):
                await show_trace(stack, seen)
                await make_figures(stack)
                missing = await show_queries(stack, prometheus)
                await show_alert(stack, prometheus)
        return 1 if missing else 0


@asynccontextmanager
async def collecting(folder: Path, collector: str | None) -> AsyncIterator[tuple[str, Any]]:
    """Have a collector; give where it is, and what gives the names of the spans that it has of a trace."""
    if collector is None:
        with receiving() as receiver:
            say("No collector was given: a receiver of ours takes the spans.")
            yield receiver.url, lambda trace: {span.name: str(span) for span in receiver.of(trace)}
        return
    port, log = ports.choose(), folder / "collector.log"
    variables = {"COLLECTOR_HOST": "127.0.0.1", "COLLECTOR_PORT": str(port), "COLLECTOR_VERBOSITY": "detailed"}
    command = [collector, "--config", str(OBSERVE / "collector.yaml")]
    async with program(log, command, variables):
        await eventually(lambda: "Everything is ready" in log.read_text(), seconds=60)
        yield f"http://127.0.0.1:{port}", lambda trace: _spans_of(log.read_text(), trace)


def _spans_of(text: str, trace: str) -> dict[str, str]:
    """Give the spans of a trace by name, in what the collector's debug exporter wrote."""
    # A span ends where the next begins, with its group, or with the line that the exporter adds.
    begun = re.split(r"^Span #\d+\n", text, flags=re.MULTILINE)[1:]
    spans = [re.split(r"\nScopeSpans|\nResourceSpans|\n\t", one)[0] for one in begun]
    mine = [one.rstrip() for one in spans if trace in one]
    return {found[1].strip(): one for one in mine if (found := re.search(r"\bName\s*: (.*)", one))}


def _prometheus(folder: Path, stack: Shown, address: str) -> Sequence[str]:
    """Write a configuration for these processes, with the rules as they are shipped; give the command line."""
    targets = [{"targets": [at], "labels": {"role": name}} for name, at in stack.addresses.items()]
    config = {
        "global": {"scrape_interval": "5s", "scrape_timeout": "5s", "evaluation_interval": "5s"},
        "rule_files": [str(OBSERVE / "alerts.yaml")],
        "scrape_configs": [{"job_name": "drystone", "static_configs": targets}],
    }
    path = folder / "prometheus.yaml"
    path.write_text(yaml.safe_dump(config))
    storage = f"--storage.tsdb.path={folder / 'series'}"
    return ["prometheus", f"--config.file={path}", storage, f"--web.listen-address={address}"]


async def _imported(stack: Shown, graph: Graph) -> str:
    made = await stack.ask(_IMPORT, document=write_graph(graph))
    assert made["errors"] == [], made
    return str(made["graph"]["id"])


async def _begin(stack: Shown, graph_id: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    begun = await stack.ask(_START, headers, input={"graphId": graph_id})
    assert begun["errors"] == [], begun
    run: dict[str, Any] = begun["run"]
    return run


async def _end(stack: Shown, run: dict[str, Any]) -> str:
    async def is_over() -> str | None:
        status: str = (await stack.ask(_STATUS, id=run["id"]))["status"]
        return status if status in ("COMPLETED", "FAILED", "TERMINATED") else None

    return str(await eventually(is_over, seconds=240, pause_seconds=0.5))


async def show_trace(stack: Shown, seen: Any) -> None:
    """Start a run that takes some seconds, for a client with a traceparent, and look at its trace meanwhile."""
    nodes = {"first": (Pass, {"value": 1}), "wait": (CountdownTimer, {"seconds": 30}), "out": an_output()}
    links = ["first.value -> wait.input_message", "wait.output_message -> out.value"]
    graph_id = await _imported(stack, make_graph(nodes, links, name="A traced agent"))
    run = await _begin(stack, graph_id, {"traceparent": f"00-{TRACE}-{'1' * 16}-01"})
    assert run["traceId"] == TRACE
    await eventually(lambda: "PassBlock" in seen(TRACE), seconds=240, pause_seconds=0.5)
    status = (await stack.ask(_STATUS, id=run["id"]))["status"]
    assert status == "RUNNING", status
    say(f"\nTrace {TRACE} in the collector while its run is {status}: {', '.join(sorted(seen(TRACE)))}")
    await _end(stack, run)
    await eventually(lambda: "run" in seen(TRACE), seconds=240, pause_seconds=0.5)
    say(f"and when it is over: {', '.join(sorted(seen(TRACE)))}. The collector has of one of them:")
    say(seen(TRACE)["PassBlock"])


async def make_figures(stack: Shown) -> None:
    """Have agents do a little of everything that is measured, more than once, so that it grows."""
    agents = (
        make_graph(
            {"n": (Numbers, {"count": 30}), "pass": Pass, "out": an_output()},
            ["n.number -> pass.value", "pass.value -> out.value"],
        ),
        make_graph(
            {"a": (StoreValue, {"input": 1}), "b": StoreValue, "out": an_output()},
            ["a.output -> b.input", "b.output -> out.value"],
        ),
        make_graph(
            {"web": (SendWebRequest, {"url": "http://127.0.0.1:1/", "method": "GET"})}, on_node_error="continue"
        ),
        make_graph({"fail": (Fail, {"reason": "no"})}, on_node_error="fail"),
        make_graph({"model": (AITextGenerator, {"prompt": "Say something."})}),
    )
    ids = [await _imported(stack, graph) for graph in agents]
    for _ in range(3):
        runs = [await _begin(stack, graph_id) for graph_id in ids]
        ends = [await _end(stack, run) for run in runs]
    say(f"\nThree times each of {len(ids)} agents; they ended {ends}.")


async def show_queries(stack: Shown, prometheus: str) -> list[str]:
    """Ask every query of the dashboard until each has an answer; give those that have none."""
    wanted = {expression: panel for panel, expression in queries()}

    async def ask_all() -> bool:
        for expression in list(wanted):
            if await _answers(stack, prometheus, expression):
                del wanted[expression]
        return not wanted

    try:
        await eventually(ask_all, seconds=240, pause_seconds=3)
    except AssertionError:
        pass  # What has no answer is named.
    asked = len({expression for _, expression in queries()})
    say(f"\nPrometheus: {asked - len(wanted)} of {asked} queries of the dashboard have an answer; not: {list(wanted)}")
    return list(wanted)


async def _answers(stack: Shown, prometheus: str, expression: str) -> list[Any]:
    given = expression.replace("$__rate_interval", "3m")
    answer = (await stack.get(f"http://{prometheus}/api/v1/query", query=given)).json()
    assert answer["status"] == "success", (expression, answer)
    found: list[Any] = answer["data"]["result"]
    return found


async def show_alert(stack: Shown, prometheus: str) -> None:
    """Stop the worker of a queue, and see the alert fire; start it again, and see it resolve."""

    async def state() -> str:
        alerts = (await stack.get(f"http://{prometheus}/api/v1/alerts")).json()["data"]["alerts"]
        mine = [
            one["state"] for one in alerts if (one["labels"]["alertname"], one["labels"].get("queue")) == (ALERT, QUEUE)
        ]
        return mine[0] if mine else "inactive"

    async def until(wanted: str) -> float:
        async def is_so() -> bool:
            return await state() == wanted

        began = monotonic()
        await eventually(is_so, seconds=ALERT_SECONDS, pause_seconds=1)
        return monotonic() - began

    say(f"\n{ALERT} of {QUEUE}: {await state()}")
    await stack.end("blocks-io")
    say("its worker is stopped")
    say(f"pending after {await until('pending'):.0f} s")
    say(f"firing after {await until('firing'):.0f} s more")
    await stack.begin_worker("blocks-io")
    say(f"its worker is back; inactive after {await until('inactive'):.0f} s")
    lines = [line for name in ("engine", "api", "reconciler") for line in stack.log(name)]
    say(f"every line of their logs is an object: {all(isinstance(json.loads(line), dict) for line in lines)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./run observe")
    parser.add_argument("--collector", help="an OpenTelemetry collector with the OTLP receiver and the debug exporter")
    leave(uvloop.run(main(parser.parse_args(sys.argv[1:]).collector)))
