"""A client of the API in a container: it asks again while the API is away, and knows one agent; no test is here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx2

from blocks.library.code import ExecuteCode, Expression
from tests.containers.blocks.slow_blocks import SlowCpuStep, SlowLongStep, SlowStep
from tests.durable.graphs import an_input, an_output, make_document

Json = dict[str, Any]
PAUSE_SECONDS: Final = 0.5
OVER: Final = ("COMPLETED", "FAILED", "TERMINATED")
SERVER_FAULT: Final = 500
#: Codes of errors that may be gone when one asks again.
PASSING: Final = frozenset({"UNAVAILABLE", "INTERNAL", "TIMEOUT"})
_IMPORT: Final = (
    "mutation($document: JSON!) { importGraph(input: {document: $document}) { graph { id } errors { message } } }"
)
_START: Final = "mutation($input: StartRunInput!) { startRun(input: $input) { run { id } errors { message } } }"
_RUN: Final = (
    "query($id: ID!) { run(id: $id) { status error { message } outputs { name values { json } } "
    "nodeExecutions(first: 50) { nodes { nodeId status step startedAt endedAt } } } }"
)


class Refused(AssertionError):
    """The API answered with errors."""


@dataclass
class Client:
    """Whoever has an API key."""

    url: str
    token: str
    patience_seconds: float = 120.0
    http: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=15))

    def ask(self, query: str, **variables: Any) -> Any:
        """Send an operation, again and again while the API is away; give its data."""
        body = {"query": query, "variables": variables}
        data = eventually(lambda: self._asked(body), lambda answer: answer is not None, self.patience_seconds)
        return next(iter(data.values()))

    def _asked(self, body: Json) -> Any:
        """Send an operation once; give its data, or None where it may succeed later."""
        try:
            answer = self.http.post(f"{self.url}/graphql", json=body, headers={"Authorization": f"Bearer {self.token}"})
        except httpx2.TransportError:
            return None
        if answer.status_code >= SERVER_FAULT:
            return None
        document = answer.json()
        if not document.get("errors"):
            return document["data"]
        if {error.get("extensions", {}).get("code") for error in document["errors"]} <= PASSING:
            return None
        raise Refused(str(document["errors"])[:1_000])

    def agent(self, document: Json) -> str:
        """Bring an agent in; give its id."""
        made = self.ask(_IMPORT, document=document)
        assert not made["errors"], made
        return str(made["graph"]["id"])

    def start(self, agent: str, **inputs: Any) -> str:
        """Start a run; give its id."""
        made = self.ask(_START, input={"graphId": agent, "inputs": inputs, "idempotencyKey": uuid4().hex})
        assert not made["errors"], made
        return str(made["run"]["id"])

    def run(self, run_id: str) -> Json:
        found: Json = self.ask(_RUN, id=run_id)
        return found

    def end_of(self, run_id: str, seconds: float = 300.0) -> Json:
        """Wait for a run's end; give it."""
        return eventually(lambda: self.run(run_id), lambda run: run["status"] in OVER, seconds)

    def until_running(self, run_id: str, node: str, seconds: float = 240.0) -> None:
        """Wait until a node of a run runs."""
        eventually(lambda: self.run(run_id), lambda run: "RUNNING" in states_of(run, node), seconds)


def eventually(look: Callable[[], Any], is_so: Callable[[Any], bool], seconds: float) -> Any:
    """Look until it is so; give what was seen. Raise TimeoutError with the last look."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if is_so(seen):
            return seen
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {seen}")
        time.sleep(PAUSE_SECONDS)


def states_of(run: Json, node: str) -> list[str]:
    return [one["status"] for one in run["nodeExecutions"]["nodes"] if one["nodeId"] == node]


def outputs_of(run: Json) -> Json:
    return {one["name"]: [value["json"] for value in one["values"]] for one in run["outputs"]}


def long_way() -> Json:
    """Give an agent whose text goes through every queue of blocks, some seconds on each, and through code in the sandbox."""
    nodes = {
        "in": an_input("text"),
        "io": (SlowStep, {"seconds": 4}),
        "long": (SlowLongStep, {"seconds": 4}),
        "cpu": (SlowCpuStep, {"seconds": 4}),
        "code": (ExecuteCode, {"code": "import time\ntime.sleep(3)\nsum(range(10))"}),
        "both": (Expression, {"expression": "text + ' ' + code"}),
        "out": an_output("out"),
    }
    links = [
        "in.result -> io.text",
        "io.text -> long.text",
        "long.text -> cpu.text",
        "cpu.text -> both.values_#_text",
        "code.response -> both.values_#_code",
        "both.result -> out.value",
    ]
    return make_document(nodes, links, name="The long way")


def one_step(seconds: float) -> Json:
    """Give an agent of one node that takes so many seconds."""
    nodes = {"in": an_input("text"), "step": (SlowStep, {"seconds": seconds}), "out": an_output("out")}
    return make_document(nodes, ["in.result -> step.text", "step.text -> out.value"], name=f"{seconds:.0f} seconds")
