"""F46: a service outside refuses, asks to wait, drips, resets, gives junk or says nothing; nodes keep to their limits."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from blocks.library.web import SendWebRequest
from tests.chaos.cases.agent_loops import OUTSIDE
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.world import World
from tests.durable.graphs import an_output, make_graph
from tests.egress.servers import Seen, reply, serve

LIMIT_SECONDS: Final = 4.0
LATE_SECONDS_MAX: Final = 5.0
RETRY_AFTER_SECONDS: Final = 3
JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Told:
    """What must come of asking: how often it is asked, the pin that is told, the code with which the node fails."""

    asked: int
    pin: str | None = None
    code: str | None = None
    value: Any = None


#: What the service does, by path; what is tried again is tried three times.
WANTED: Final = {
    "busy twice": Told(3, "response", value={"ok": True}),
    # The last answer is given on, for the agent to deal with.
    "busy for ever": Told(3, "server_error", value="busy"),
    "wait": Told(2, "response", value={"ok": True}),
    "broken": Told(1, "server_error", value="broken"),
    "not found": Told(1, "client_error", value="no"),
    "reset twice": Told(3, "response", value={"ok": True}),
    "cut short": Told(3, code="UNAVAILABLE"),
    "junk": Told(1, "response", value="{this is no JSON"),
    "drip": Told(1, code="TIMEOUT"),
    "silence": Told(1, code="TIMEOUT"),
}


@dataclass
class Service:
    """The service: when it was asked for each path, and under which keys."""

    times: dict[str, list[float]] = field(default_factory=dict)
    keys: dict[str, Counter[str]] = field(default_factory=dict)

    async def __call__(self, seen: Seen, writer: asyncio.StreamWriter) -> bytes | None:
        path = seen.path.strip("/").replace("-", " ")
        times = self.times.setdefault(path, [])
        times.append(asyncio.get_running_loop().time())
        self.keys.setdefault(path, Counter())[seen.headers.get("idempotency-key", "")] += 1
        good = reply(200, b'{"ok": true}', JSON)
        match path:
            case "busy twice":
                return good if len(times) > 2 else reply(503)
            case "busy for ever":
                return reply(503, b"busy", {"Content-Type": "text/plain"})
            case "wait":
                return good if len(times) > 1 else reply(429, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
            case "broken":
                return reply(500, b"broken", {"Content-Type": "text/plain"})
            case "not found":
                return reply(404, b"no", {"Content-Type": "text/plain"})
            case "reset twice" if len(times) > 2:
                return good
            case "reset twice":
                writer.transport.abort()
                return None
            case "cut short":
                return reply(200, b"{", {**JSON, "Content-Length": "1000"})
            case "junk":
                return reply(200, b"{this is no JSON", JSON)
            case "drip":
                writer.write(b"HTTP/1.1 200 So\r\nContent-Length: 1000000\r\n\r\n")
        await self._hold(writer, is_dripping=path == "drip")
        return None

    async def _hold(self, writer: asyncio.StreamWriter, *, is_dripping: bool) -> None:
        """Keep the connection until the client leaves; with a byte now and then."""
        loop = asyncio.get_running_loop()
        while not writer.transport.is_closing():
            passed: asyncio.Future[None] = loop.create_future()
            loop.call_later(0.2, passed.set_result, None)
            await passed
            if is_dripping:
                writer.write(b"x")
                await writer.drain()


async def ask_outside(world: World) -> CaseResult:
    """F46: all of it at once, by one run; every node ends as it must, in its time, and is asked no more often than it should be."""
    result = CaseResult("F46", "a service outside misbehaves")
    service = Service()
    graph = _graph()
    async with serve(service, port=int(OUTSIDE.rpartition(":")[2])), world.under_fault():
        run_id = await world.start(graph, statuses=["COMPLETED", "FAILED"])
        await world.until_ended([run_id], 120)
    rows = await world.sql(
        "SELECT node_id, status, error, extract(epoch FROM ended_at - started_at) AS seconds FROM node_executions "
        "WHERE run_id = :id AND status IN ('COMPLETED', 'FAILED')",
        id=run_id,
    )
    by_node = {row.node_id: row for row in rows}
    outputs = {
        row.name: row.value
        for row in await world.sql("SELECT name, value FROM run_outputs WHERE run_id = :id", id=run_id)
    }
    for path, told in WANTED.items():
        row, times = by_node.get(path), service.times.get(path, [])
        result.prove(f"it was asked ({path})", bool(times))
        result.need(len(times) == told.asked, "wrong", f"{path}: asked {len(times)} times, not {told.asked}")
        code = (row.error or {}).get("code") if row is not None else "absent"
        result.need(code == told.code, "wrong", f"{path}: {code}, not {told.code}")
        if told.pin is not None:
            result.need(outputs.get(path) == told.value, "wrong", f"{path}: gave {outputs.get(path)!r}")
        # The key is the same at each attempt: a service that counts keys is asked once.
        keys = service.keys.get(path, Counter())
        result.need(len(keys) == 1 and "" not in keys, "doubled", f"{path}: asked under keys {keys}")
        if told.code == "TIMEOUT" and row is not None:
            late = float(row.seconds) - LIMIT_SECONDS
            result.measure(f"{path}: s behind its limit", late)
            result.need(late <= LATE_SECONDS_MAX, "slow", f"{path}: {late:.1f} s behind its limit")
    waited = service.times["wait"][1] - service.times["wait"][0] if len(service.times.get("wait", [])) > 1 else 0.0
    result.measure("asked to wait 3 s: waited s", waited)
    result.need(
        waited >= RETRY_AFTER_SECONDS, "wrong", f"asked to wait {RETRY_AFTER_SECONDS} s, it waited {waited:.1f} s"
    )
    return result


def _graph() -> Any:
    nodes: dict[str, Any] = {}
    links = []
    for path, told in WANTED.items():
        attempts = 1 if told.code == "TIMEOUT" else 3
        settings = {"timeout_seconds": LIMIT_SECONDS, "retry": {"attempts": attempts, "first_wait_seconds": 0.2}}
        url = f"http://{OUTSIDE}/{path.replace(' ', '-')}"
        nodes[path] = (SendWebRequest, {"url": url, "body": {"n": 1}}, settings)
        if told.pin is not None:
            nodes[f"out {path}"] = an_output(path)
            links.append(f"{path}.{told.pin} -> out {path}.value")
    return make_graph(nodes, links, name="asking outside")


CASES = (Case("F46", "a service outside misbehaves", ask_outside),)
