"""F23 and F24: values that cannot travel, and blocks that raise odd things; each is refused at once, and nobody else notices."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import httpx2

from api.graphql.ids import encode_id
from schema.errors import MESSAGE_CHARS_MAX
from schema.graph import Graph
from tests.chaos.cases.agents import listening, work
from tests.chaos.cases.frame import ANSWERED, OK, Case, CaseResult
from tests.chaos.cases.world import START, World, read_answer
from tests.chaos.nemesis import BLOCKS
from tests.chaos.trace import Done, read_trace
from tests.durable.blocks import HOSTILE_VALUES, Hostile, HostileValue
from tests.durable.graphs import an_input, an_output, make_graph

#: What the specification allows, for a machine of its own; what one meets at a load of ten is told.
REFUSED_SECONDS_MAX: Final = 5.0
#: Inputs as text, for what no library would write: what stands in the place of the value of input `x`.
INPUTS: Final = {
    "NaN": b"NaN",
    "infinity": b"-Infinity",
    "1e999": b"1e999",
    "NUL": rb'"a\u0000b"',
    "NUL key": rb'{"a\u0000": 1}',
    "lone surrogate": rb'"\ud800"',
    "5,000 digits": b"9" * 5_000,
    "2**64": b"18446744073709551616",
    "100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "300 deep": b"[" * 300 + b"]" * 300,
    "no UTF-8": b'"\xff\xfe"',
    "no JSON": b"{'a': 1}",
}
#: Inputs that are unusual and right, and what must come of them: of a key that stands twice the last value counts (RFC 8259, 4).
TAKEN: Final[dict[str, tuple[bytes, Any]]] = {
    "2**63": (b"9223372036854775808", 2**63),
    "least number": (b"-9223372036854775808", -(2**63)),
    "a key twice": (b'{"a": 1, "a": 2}', {"a": 2}),
    "an empty key": (b'{"": null}', {"": None}),
    "50 deep": (b"[" * 50 + b"]" * 50, None),
}
#: How a block misbehaves: it comes back from all of these.
MISDEEDS: Final = (
    "SystemExit", "KeyboardInterrupt", "GeneratorExit", "CancelledError", "StopAsyncIteration", "MemoryError", "recursion",
    "ten megabytes", "wordless", "not text", "bad pin", "no pair",
)  # fmt: skip


async def poison_values(world: World) -> CaseResult:
    """F23: blocks give what cannot travel, and callers send it; each is refused with its reason, and no workflow task fails."""
    result = CaseResult("F23", "values that cannot travel")
    pids = {part: world.stack.pid(part) for part in ("engine", *BLOCKS, "api")}
    async with world.under_fault():
        for kind in HOSTILE_VALUES:
            graph = make_graph({"bad": (HostileValue, {"kind": kind}), "out": an_output()}, ["bad.value -> out.value"])
            one = await failed(world, result, graph, "bad", "INVALID_VALUE")
            result.need("pin 'value'" in _message(one), "wrong", f"{kind}: {_message(one)!r} does not name its pin")
        result.measure("values of blocks", len(HOSTILE_VALUES))
        echo = make_graph(
            {"in": an_input("x"), "out": an_output()}, ["in.result -> out.value"], name="echo of anything"
        )
        graph_id = await world.keep(echo)
        before = await _count(world)
        for kind, text in INPUTS.items():
            began = world.clock()
            outcome, said, _, codes = await _send(world, graph_id, text, kind)
            result.need(outcome == ANSWERED and "INTERNAL" not in codes, "wrong", f"input {kind}: {outcome} {said}")
            result.need(
                world.clock() - began <= REFUSED_SECONDS_MAX, "slow", f"input {kind}: {world.clock() - began:.1f} s"
            )
        result.need(await _count(world) == before, "wrong", "an input that was refused left a run")
        await _send_events(world, result)
        result.measure("inputs refused", len(INPUTS))
        taken = [await _taken(world, result, graph_id, kind) for kind in TAKEN]
        await world.until_ended([run_id for run_id in taken if run_id is not None])
        # Who serves others served them all along, and serves on.
        await world.until_ended([await work(world, 230)], 30)
    result.prove("hostile values came", True)
    result.need(pids == {part: world.stack.pid(part) for part in pids}, "wrong", "a process did not outlive it")
    return result


async def failed(world: World, result: CaseResult, graph: Graph, node: str, code: str) -> Done:
    """Run an agent whose node must fail with this code, in one attempt and in time; give the execution."""
    run_id = await world.start(graph, statuses=["COMPLETED", "FAILED"])
    await world.until_ended([run_id], 60)
    (one,) = [done for done in (await read_trace(world.stores, run_id)).done if done.node_id == node]
    (row,) = await world.sql(
        "SELECT error FROM node_executions WHERE run_id = :id AND node_id = :node", id=run_id, node=node
    )
    found = (row.error or {}).get("code")
    what = f"{graph.nodes[0].input_default}"
    result.need((one.status, found) == ("FAILED", code), "wrong", f"{what}: {one.status} {found}, not FAILED {code}")
    result.need(one.attempts == 1, "wrong", f"{what}: {one.attempts} attempts")
    assert one.started_at is not None
    assert one.ended_at is not None
    seconds = (one.ended_at - one.started_at).total_seconds()
    longest = max(seconds, float(result.figures.get("longest node s", 0)))
    result.measure("longest node s", longest)
    result.need(seconds <= REFUSED_SECONDS_MAX, "slow", f"{what}: the node took {seconds:.1f} s to fail")
    one.inputs["$error"] = row.error
    return one


def _message(one: Done) -> str:
    return str((one.inputs["$error"] or {}).get("message", ""))


async def _send(world: World, graph_id: str, value: bytes, kind: str) -> tuple[str, str, Any, list[str]]:
    """Start a run with an input that is given as text, as only a program of bad will, or of another language, would write it."""
    head = b'{"query": "%s", "variables": {"input": {"graphId": "%s", "idempotencyKey": "%s", "inputs": {"x": '
    words = tuple(text.encode() for text in (START.replace('"', '\\"'), graph_id, f"F23 {kind}"))
    headers = {"Authorization": f"Bearer {world.token}", "Content-Type": "application/json"}
    body = head % words + value + b"}}}}"
    try:
        answer = await world.http.post(f"{world.url}/graphql", content=body, headers=headers)
    except httpx2.TransportError as error:
        return "no answer", type(error).__name__, None, []
    if answer.status_code in (400, 413, 422) and "json" not in answer.headers.get("content-type", ""):
        return ANSWERED, f"{answer.status_code} {answer.text[:200]}", None, []
    return read_answer(answer)


async def _send_events(world: World, result: CaseResult) -> None:
    """Send a run the same as events, by REST; it must hear none of them, and the one behind them."""
    run_id = await world.start(listening(str(world.sink), "poison"), outputs={"out": ["end"]})
    headers = {"Authorization": f"Bearer {world.token}", "Content-Type": "application/json"}
    # Bodies that are read as any program reads JSON: a number of more than 64 bits is its nearest (docs/signals.md).
    for kind, text in ((kind, text) for kind, text in INPUTS.items() if kind != "2**64"):
        url = f"{world.url}/runs/{encode_id('Run', run_id)}/events/poison"
        try:
            answer = await world.http.post(url, content=text, headers={**headers, "Idempotency-Key": kind})
        except httpx2.TransportError as error:
            result.violate("wrong", f"event {kind}: {type(error).__name__}")
            continue
        result.need(400 <= answer.status_code < 500, "wrong", f"event {kind}: {answer.status_code} {answer.text[:200]}")
    await world.tell(run_id, "poison", "end", "end")
    await world.until_ended([run_id], 30)


async def _taken(world: World, result: CaseResult, graph_id: str, kind: str) -> UUID | None:
    text, wanted = TAKEN[kind]
    outcome, said, data, _ = await _send(world, graph_id, text, kind)
    result.need(outcome == OK, "wrong", f"input {kind}: {outcome} {said}")
    return world.note(data["run"]["id"], None if wanted is None else {"out": [wanted]}) if outcome == OK else None


async def _count(world: World) -> int:
    return int((await world.sql("SELECT count(*) AS number FROM runs"))[0].number)


async def odd_raises(world: World) -> CaseResult:
    """F24: blocks raise what no block should; each fails its node alone, with a message of a length, and its worker lives on."""
    result = CaseResult("F24", "blocks raise odd things")
    pids = {part: world.stack.pid(part) for part in ("engine", *BLOCKS)}
    async with world.under_fault():
        for kind in MISDEEDS:
            code = "INVALID_OUTPUT" if kind in ("bad pin", "no pair") else "BLOCK_CRASHED"
            graph = make_graph({"bad": (Hostile, {"kind": kind}, {"retry": {"attempts": 1}})})
            one = await failed(world, result, graph, "bad", code)
            length = len(_message(one))
            result.need(0 < length <= MESSAGE_CHARS_MAX, "wrong", f"{kind}: a message of {length} characters")
            result.measure("longest message", max(length, int(result.figures.get("longest message", 0))))
        await world.until_ended([await work(world, 240)], 30)
    result.prove("blocks misbehaved", True)
    result.measure("misdeeds", len(MISDEEDS))
    result.need(pids == {part: world.stack.pid(part) for part in pids}, "wrong", "a worker did not outlive it")
    return result


CASES = (
    Case("F23", "values that cannot travel", poison_values),
    Case("F24", "blocks raise odd things", odd_raises),
)
