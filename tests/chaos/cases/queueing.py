"""F31 and F33: thousands of runs wait, and a run has thousands of items; whoever comes meanwhile is served all the same."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any, Final
from uuid import UUID, uuid4

import psutil

from schema.access import RIGHTS, Role
from schema.db.people import People
from schema.graph import Graph, write_graph
from schema.ids import new_id
from tests.chaos.blocks import ChaosPure, ChaosSink
from tests.chaos.cases.agents import _id, work
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.measuring import p95, seconds_of
from tests.chaos.cases.world import IMPORT, START, World
from tests.chaos.nemesis import WORKERS
from tests.durable.graphs import an_input, an_output, make_graph

#: Clients that start runs at once.
CLIENTS: Final = 16
ENQUEUED_A_SECOND_MIN: Final = 50.0
DRAINED_A_SECOND_MIN: Final = 15.0
MEMORY_MAX: Final = 500 << 20
FAIR_SECONDS_MAX: Final = 30.0
#: Runs that are judged one by one; the others are counted.
JUDGED: Final = 40
WINDOW_MAX: Final = 200
SLOWER_MAX: Final = 3.0
_COUNT: Final = "SELECT status, count(*) AS number FROM runs WHERE graph_id = :graph GROUP BY 1"
_OPEN: Final = "SELECT count(*) AS number FROM runs WHERE graph_id = :graph AND ended_at IS NULL"
_RIGHT: Final = (
    "SELECT count(*) AS number FROM runs r JOIN run_outputs o ON o.run_id = r.id "
    "WHERE r.graph_id = :graph AND o.name = 'out' AND o.value::text::int = (r.idempotency_key)::int"
)
_ITEMS: Final = (
    "SELECT count(*) AS number FROM node_executions WHERE run_id = :id AND node_id = 'sink' AND status = 'COMPLETED'"
)
_AT_ONCE: Final = (
    "SELECT max(at_once) AS number FROM (SELECT sum(step) OVER (ORDER BY moment, step) AS at_once FROM ("
    "SELECT started_at AS moment, 1 AS step FROM node_executions WHERE run_id = :id AND node_id = 'sink' "
    "UNION ALL SELECT ended_at, -1 FROM node_executions WHERE run_id = :id AND node_id = 'sink') AS s) AS m"
)


@cache
def one_node(name: str = "one node") -> Graph:
    """Give an agent that gives its input; each name is an agent of its own."""
    nodes: dict[str, Any] = {"in": an_input("value"), "out": an_output()}
    return make_graph(nodes, ["in.result -> out.value"], id=_id(name), name=name)


async def many_runs(world: World) -> CaseResult:
    """F31: runs are asked for as fast as clients can, while another organisation asks for one."""
    result = CaseResult("F31", "thousands of runs wait")
    count = 10_000 if world.is_full else 600
    graph = one_node()
    graph_id, key = await world.keep(graph), UUID(graph.id)
    other = await _organisation(world)
    memory: dict[str, int] = {}
    began = world.clock()
    async with world.under_fault():
        asking = asyncio.create_task(_ask_for(world, graph_id, count))
        await world.until(lambda: _is_asked_for(world, key, count // 2), 600)
        fair = await _single(world, *other)
        await asking
        enqueued = world.clock() - began
        await world.until(lambda: _is_drained(world, key, memory), max(120, count / 5))
        drained = world.clock() - began
    result.prove("runs were asked for meanwhile", enqueued > fair)
    found = {row.status: row.number for row in await world.sql(_COUNT, graph=key)}
    result.need(found == {"COMPLETED": count}, "lost", f"{found}, {count} were acknowledged")
    right = (await world.sql(_RIGHT, graph=key))[0].number
    result.need(right == count, "wrong", f"{right} of {count} runs gave what they were given")
    await world.until(lambda: _are_in_temporal(world, graph.id, count), 60)
    result.measure("runs", count)
    result.measure("enqueued a second", count / enqueued)
    result.measure("drained a second, from the first on", count / drained)
    result.measure("another organisation's run s", fair)
    result.measure("largest MB", ", ".join(f"{part} {size >> 20}" for part, size in sorted(memory.items())))
    result.need(fair <= FAIR_SECONDS_MAX, "slow", f"another organisation's run took {fair:.1f} s")
    # What a machine that others use gives is told; the rates are required of one that has nothing else to do.
    if world.is_full:
        result.need(count / enqueued >= ENQUEUED_A_SECOND_MIN, "slow", f"{count / enqueued:.1f} accepted a second")
        result.need(count / drained >= DRAINED_A_SECOND_MIN, "slow", f"{count / drained:.1f} runs a second")
    large = {part: size >> 20 for part, size in memory.items() if size > MEMORY_MAX}
    result.need(not large, "leak", f"processes of more than 500 MB: {large}")
    return result


async def _ask_for(world: World, graph_id: str, count: int) -> None:
    """Start so many runs; the first ones are judged one by one."""
    numbers = iter(range(count))

    async def client() -> None:
        for number in numbers:
            given = {"graphId": graph_id, "inputs": {"value": number}, "idempotencyKey": str(number)}
            payload = await world.insist_on(START, input=given)
            if number % (count // JUDGED) == 0:
                world.note(payload["run"]["id"], {"out": [number]}, key=str(number))

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


async def _is_asked_for(world: World, key: UUID, count: int) -> bool:
    return sum(row.number for row in await world.sql(_COUNT, graph=key)) >= count


async def _is_drained(world: World, key: UUID, memory: dict[str, int]) -> bool:
    for part in (*WORKERS, "api"):
        pid = world.stack.pid(part)
        if pid is not None:
            memory[part] = max(memory.get(part, 0), psutil.Process(pid).memory_info().rss)
    await world.passing(0.4)
    return bool((await world.sql(_OPEN, graph=key))[0].number == 0)


async def _are_in_temporal(world: World, graph_id: str, count: int) -> bool:
    """Say whether Temporal's list has them all, ended: it lags behind."""
    query = f"AgentId = '{graph_id}' AND ExecutionStatus = 'Completed'"
    return (await world.temporal.count_workflows(query)).count == count


async def _organisation(world: World) -> tuple[str, str]:
    """Make another organisation with an agent; give its owner's key and the agent's id."""
    people, tenant = People(world.stores.engine), new_id()
    owner = await people.found_organisation(
        tenant, "Other", email=f"{tenant.hex}@example.com", person_name="Owner", password_hash=None
    )
    assert owner is not None
    made = await people.make_key(tenant, owner, "key", sorted(right.value for right in RIGHTS[Role.OWNER]))
    graph = one_node().model_copy(update={"id": str(uuid4())})
    payload = await world.ask(IMPORT, token=made.token, input={"document": write_graph(graph)})
    return made.token, payload["graph"]["id"]


async def _single(world: World, token: str, graph_id: str) -> float:
    """Have one run of another organisation; give how long it took."""
    began = world.clock()
    payload = await world.ask(START, token=token, input={"graphId": graph_id, "inputs": {"value": 1}})
    run_id = world.note(payload["run"]["id"], {"out": [1]})
    await world.until_ended([run_id], 120)
    return world.clock() - began


async def wide_run(world: World) -> CaseResult:
    """F33: a list of thousands, each item with an effect outside; runs beside it go on, and a worker dies under it."""
    result = CaseResult("F33", "a run has thousands of items")
    items = 10_000 if world.is_full else 1_000
    calm = [await work(world, number, 2, 0.1) for number in range(6)]
    await world.until_ended(calm)
    nodes: dict[str, Any] = {
        "in": an_input("first"),
        "source": (ChaosPure, {"count": items}),
        "sink": (ChaosSink, {"path": str(world.sink), "pause_seconds": 0.05}),
        "out": an_output(),
    }
    links = ["in.result -> source.value", "source.item -> sink.value", "sink.done -> out.value"]
    graph = make_graph(nodes, links, id=_id(f"wide {items}"), name="wide", on_node_error="fail")
    beside = list[UUID]()
    began = world.clock()
    async with world.under_fault():
        run_id = await world.start(graph, {"first": 0}, outputs={"out": list(range(items))})
        is_struck = False
        while (await world.statuses([run_id]))[run_id] != "COMPLETED":
            if not is_struck and (await world.sql(_ITEMS, id=run_id))[0].number > items // 3:
                is_struck = bool(await world.kill("blocks-2"))
            if len(beside) < 12:
                beside.append(await work(world, 100 + len(beside), 2, 0.1))
            await world.passing(0.5)
            assert world.clock() - began < items, "it never ends"
        await world.until_ended(beside)
    result.prove("a worker died", is_struck)
    most = int((await world.sql(_AT_ONCE, id=run_id))[0].number)
    quiet, loud = p95(await seconds_of(world, calm)), p95(await seconds_of(world, beside))
    result.measure("items", items)
    result.measure("items a second", items / (world.clock() - began))
    result.measure("running at once", most)
    result.measure("beside it p95 s; calm", f"{loud:.1f}; {quiet:.1f}")
    result.need(most <= WINDOW_MAX, "wrong", f"{most} of its items ran at once")
    if world.is_full:
        result.need(loud <= SLOWER_MAX * quiet + 5, "slow", f"beside it runs took {loud:.1f} s, in calm {quiet:.1f}")
    return result


CASES = (
    Case("F31", "thousands of runs wait", many_runs),
    Case("F33", "a run has thousands of items", wide_run),
)
