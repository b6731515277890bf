"""L01: an agent loop of twenty tool calls, while processes are killed; nothing that was over is called, asked or paid again.

The model and the service that its tool calls are one server of this process, which counts. Each answer takes a while, so that a
blow may fall before, in the middle of and behind it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import orjson

from blocks.library.io import AgentOutput
from blocks.library.orchestrator import Orchestrator
from blocks.library.web import SendWebRequest
from deploy.stack import ports
from schema.block import BlockSpec
from schema.db.credentials import Secret
from schema.db.runs import NewRun
from schema.graph import Graph
from schema.ids import LOCAL_TENANT
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.world import World
from tests.chaos.nemesis import WORKERS
from tests.durable.graphs import an_output, make_graph
from tests.egress.servers import Seen, reply, serve
from tests.llm.scripted import Scripted
from workflows.engine.plan import compile_graph

ROUNDS: Final = 20
KILLS: Final = 5
ANSWER_SECONDS: Final = 0.15
#: The one address outside that the workers of the suite may reach: they are told when they are started.
OUTSIDE: Final = f"127.0.0.1:{ports.choose()}"
_FINISHED: Final = "Twenty times."
_DONE: Final = (
    "SELECT n.execution, n.inputs::json #>> '{body,value,n}' AS n FROM node_executions n WHERE n.run_id = :id "
    "AND n.node_id = 'effect' AND n.status = 'COMPLETED'"
)
_ANSWERED: Final = "SELECT step FROM llm_calls WHERE run_id = :id"


@dataclass
class Outside:
    """The model and the service: what they were asked, and how often under which key."""

    model: Scripted
    effects: dict[int, Counter[str]] = field(default_factory=dict)

    async def __call__(self, seen: Seen, writer: asyncio.StreamWriter) -> bytes:
        if seen.path == "/v1/chat/completions":
            answer = await self.model(seen, writer)
        else:
            number = int(orjson.loads(seen.body)["n"])
            self.effects.setdefault(number, Counter())[seen.headers.get("idempotency-key", "")] += 1
            answer = reply(200, orjson.dumps({"done": number}), {"Content-Type": "application/json"})
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[bytes] = loop.create_future()
        loop.call_later(ANSWER_SECONDS, lambda: answered.done() or answered.set_result(answer))
        return await answered

    def asked(self) -> dict[int, int]:
        return {turn: counts.total() for turn, counts in self.model.keys.items()}

    def had(self) -> dict[int, int]:
        return {number: counts.total() for number, counts in self.effects.items()}


@dataclass(frozen=True)
class Stood:
    """What was over when a blow fell: the turns that were answered, the calls that were recorded; how often each had been asked."""

    answered: dict[int, int]
    called: dict[int, int]


async def loop_under_fire(world: World) -> CaseResult:
    """L01: workers, or all of them, are killed five times while a model calls a tool twenty times."""
    result = CaseResult("L01", "an agent loop, and its processes are killed")
    turns = [[("SendWebRequest", {"body": {"n": number}})] for number in range(ROUNDS)]
    outside = Outside(Scripted([*turns, _FINISHED]))
    async with serve(outside, port=int(OUTSIDE.rpartition(":")[2])):
        run_id = await _begin(world)
        stood = []
        moments = sorted(world.choice.sample(range(1, ROUNDS), KILLS))
        async with world.under_fault():
            for moment in moments:
                await world.until(lambda at=moment: len(outside.effects) > at, 90)
                await world.passing(world.choice.uniform(0.0, 3 * ANSWER_SECONDS))
                stood.append(await _what_stands(world, outside, run_id))
                result.prove("each blow killed", bool(await _strike(world)))
            await world.until_ended([run_id], 120)
    _judge(result, outside, stood)
    rows = await world.sql(_DONE, id=run_id)
    result.need(len(rows) == ROUNDS, "doubled", f"{len(rows)} calls are recorded, not {ROUNDS}")
    return result


async def _begin(world: World) -> UUID:
    """Accept a run of the loop, with a credential that may be sent to our server."""
    secret = Secret({"key": "loop-key-0123456789"}, hosts=[OUTSIDE])
    made = await world.stores.credentials.make(LOCAL_TENANT, None, "openai_compatible", "api_key", "Loop", secret)
    constants = {
        "prompt": "Do it twenty times.",
        "model": "local",
        "base_url": f"http://{OUTSIDE}/v1",
        "credentials": made.reference.to_wire(),
        "agent_mode_max_iterations": -1,
    }
    nodes = {
        "loop": (Orchestrator, constants),
        "effect": (SendWebRequest, {"url": f"http://{OUTSIDE}/effect"}),
        "out": an_output(),
    }
    links = ["loop.tools -> effect.body", "loop.finished -> out.value"]
    graph = make_graph(nodes, links, name="loop", on_node_error="fail")
    return await _accept(world, graph, {block.id: block.spec for block in (Orchestrator, SendWebRequest, AgentOutput)})


async def _accept(world: World, graph: Graph, specs: dict[str, BlockSpec]) -> UUID:
    saved = await world.stores.submission.save_graph(LOCAL_TENANT, graph)
    plan = compile_graph(saved, specs)
    new = NewRun(
        tenant_id=LOCAL_TENANT,
        graph_id=UUID(saved.id),
        graph_version=saved.version,
        plan_hash=plan.hash,
        agent_name=saved.name,
        inputs={},
        start_after_seconds=0.0,
    )
    run = await world.stores.submission.accept(saved, specs, (plan.hash, plan.to_lists()), new)
    return world.note_uuid(run.id, {"out": [_FINISHED]})


async def _strike(world: World) -> list[int]:
    """Kill a worker that lives, or all of them."""
    parts = [part for part in WORKERS if world.stack.pid(part) is not None]
    victims = parts if world.choice.random() < 0.25 else [world.choice.choice(parts)] if parts else []
    return await world.kill(*victims) if victims else []


async def _what_stands(world: World, outside: Outside, run_id: UUID) -> Stood:
    """Look at what is over. The counts are taken last: what is asked meanwhile is asked of what was not over."""
    answered = [row.step for row in await world.sql(_ANSWERED, id=run_id)]
    called = [int(row.n) for row in await world.sql(_DONE, id=run_id)]
    asked, had = outside.asked(), outside.had()
    return Stood({turn: asked[turn] for turn in answered}, {number: had[number] for number in called})


def _judge(result: CaseResult, outside: Outside, stood: list[Stood]) -> None:
    """Judge what was asked, how often, and under which keys."""
    asked, had = outside.asked(), outside.had()
    for before in stood:
        again = [turn for turn, count in before.answered.items() if asked[turn] > count]
        result.need(not again, "doubled", f"answers that were had were asked for again: turns {again}")
        twice = [number for number, count in before.called.items() if had[number] > count]
        result.need(not twice, "doubled", f"calls that were over were made again: {twice}")
    for what, counts in (("turn", outside.model.keys), ("call", outside.effects)):
        several = [number for number, keys in counts.items() if len(keys) != 1 or "" in keys]
        result.need(not several, "doubled", f"{what}s under several keys, or none: {several}")
    result.need(sorted(asked) == list(range(ROUNDS + 1)), "wrong", f"the model was asked for turns {sorted(asked)}")
    result.need(sorted(had) == list(range(ROUNDS)), "wrong", f"the tool was called for {sorted(had)}")
    result.measure("rounds", len(asked))
    result.measure("kills", len(stood))
    result.measure("answers asked for again", sum(asked.values()) - len(asked))
    result.measure("calls made again", sum(had.values()) - len(had))


CASES = (Case("L01", "an agent loop, and its processes are killed", loop_under_fire, is_short=True),)
