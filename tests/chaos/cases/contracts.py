"""F30: a block goes, or changes, and an agent is edited, while runs wait; each is held in words or goes on as it began."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid5

from api.graphql.ids import encode_id
from schema.graph import Graph
from schema.ids import LOCAL_TENANT
from tests.chaos.blocks import ChaosListen
from tests.chaos.cases.agents import _SPACE
from tests.chaos.cases.beside import everywhere
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.world import START, Answered, World
from tests.chaos.changing import ChaosChanging
from tests.durable.graphs import an_input, an_output, make_graph

MODULES: Final = "DRYSTONE_EXTRA_BLOCK_MODULES"
CHANGING: Final = "tests.chaos.changing"
CHANGED: Final = "tests.chaos.changed"
#: From the event that wakes a run until it is held; a block that is missing is tried on other workers for some 7 s.
HELD_SECONDS_MAX: Final = 30.0
HALTS: Final = "query($id: ID!) { run(id: $id) { status halts { kind code message nodeId nodeExecutionId } } }"
ORDERS: Final = {
    "retry": "mutation($input: NodeOrderInput!) { retryNode(input: $input) { errors { code message } } }",
    "fail": "mutation($input: NodeOrderInput!) { failNode(input: $input) { errors { code message } } }",
    "skip": "mutation($input: SkipNodeInput!) { skipNode(input: $input) { errors { code message } } }",
    "edit": "mutation($input: EditNodeInputInput!) { editNodeInput(input: $input) { errors { code message } } }",
}
_WAITING: Final = "SELECT DISTINCT run_id FROM node_executions WHERE run_id = ANY(:ids) AND waits_for IS NOT NULL"


def _graph(name: str) -> Graph:
    """Give an agent that waits, and then gives what came by the block that changes, and as it is."""
    nodes: dict[str, Any] = {
        "listen": (ChaosListen, {"event": "go"}),
        "changing": ChaosChanging,
        "out": an_output(),
        "heard": an_output("heard"),
    }
    links = ["listen.payload -> changing.value", "changing.value -> out.value", "listen.payload -> heard.value"]
    return make_graph(nodes, links, id=str(uuid5(_SPACE, f"changing {name}")), name=name, on_node_error="fail")


async def change(world: World) -> CaseResult:
    """F30: the block is on no worker, then on all as another, then as it was; and the agent of one has a new version."""
    result = CaseResult("F30", "a block goes or changes while runs wait")
    both = {"heard": [7], "out": [7]}
    again = await world.start(_graph("again"), outputs=both)
    skipped = await world.start(_graph("skipped"), outputs={"heard": [7], "out": ["given"]})
    edited = await world.start(_graph("edited"), outputs={"heard": [7]})
    failed = await world.start(_graph("failed"), statuses=["FAILED"])
    untouched = await world.start(_graph("untouched"), outputs=both)
    everyone = [again, skipped, edited, failed, untouched]
    await world.until(partial(_all_wait, world, everyone), 60)
    modules = os.environ[MODULES]
    async with world.under_fault():
        async with everywhere(world, {MODULES: modules.replace(f"{CHANGING},", "")}):
            await _held(world, result, again, "BLOCK_UNKNOWN", [ChaosChanging.name])
            execution = await _held(world, result, skipped, "BLOCK_UNKNOWN", [ChaosChanging.name])
            await _refused(world, result)
            await _order(world, "skip", execution, outputs={"value": ["given"]})
            await world.until_ended([skipped])
        async with everywhere(world, {MODULES: modules.replace(CHANGING, CHANGED)}):
            said = ["does not take 'value' any more", "does not give 'value' any more", "needs 'thing' now"]
            execution = await _held(world, result, edited, "CONTRACT_CHANGED", said)
            await _order(world, "edit", execution, inputs={"thing": 8})
            execution = await _held(world, result, failed, "CONTRACT_CHANGED", said)
            await _order(world, "fail", execution)
            await world.until_ended([edited, failed])
    await _order(world, "retry", await _held(world, result, again, "BLOCK_UNKNOWN", []))
    await _edit_agent(world, result, untouched)
    await world.until_ended(everyone)
    return result


async def _held(world: World, result: CaseResult, run_id: UUID, code: str, said: list[str]) -> str:
    """Wake a run, unless it was woken, and wait until it is held, by that node alone; give the execution that is held."""
    began = world.clock()
    await world.tell(run_id, "go", 7, "go")
    await world.until_status([run_id], ["PAUSED"], 2 * HELD_SECONDS_MAX)
    took = world.clock() - began
    shown = await world.insist_on(HALTS, id=encode_id("Run", run_id))
    (halt,) = shown["halts"]
    result.prove(f"held by {code}", (halt["kind"], halt["code"], halt["nodeId"]) == ("CONTRACT", code, "changing"))
    missing = [words for words in said if words not in halt["message"]]
    result.need(not missing, "wrong", f"{halt['message']!r} does not say {missing}")
    result.measure(f"until held, {code} s", max(took, float(result.figures.get(f"until held, {code} s", 0))))
    result.need(took <= HELD_SECONDS_MAX, "slow", f"held only after {took:.0f} s")
    return str(halt["nodeExecutionId"])


async def _order(world: World, word: str, execution: str, **more: Any) -> None:
    await world.insist_on(ORDERS[word], input={"nodeExecutionId": execution, **more})


async def _refused(world: World, result: CaseResult) -> None:
    """New runs of an agent whose block is gone are refused, by the block's name or id."""
    given = {"graphId": await world.keep(_graph("again")), "inputs": {}}
    try:
        await world.insist_on(START, input=given)
        result.violate("wrong", "a run whose block is on no worker was accepted")
    except Answered as error:
        result.need(error.codes == ["INVALID_GRAPH"], "wrong", f"it was refused with {error}")
        result.need(ChaosChanging.id in str(error), "wrong", f"the refusal does not say which block: {error}")


async def _edit_agent(world: World, result: CaseResult, waits: UUID) -> None:
    """Give the agent of a run that waits another version: later runs are of that, and the run goes on with its own."""
    graph = _graph("untouched")
    nodes: dict[str, Any] = {"value": an_input("value"), "out": an_output()}
    edited = make_graph(nodes, ["value.result -> out.value"], id=graph.id, name="untouched")
    await world.stores.submission.save_graph(LOCAL_TENANT, edited)
    later = await world.start(graph, {"value": 9}, outputs={"out": [9]})
    await world.until_ended([later])
    await world.tell(waits, "go", 7, "go")
    await world.until_ended([waits])
    rows = await world.sql("SELECT id, graph_version FROM runs WHERE id = ANY(:ids)", ids=[waits, later])
    of = {row.id: row.graph_version for row in rows}
    result.prove("the agent was edited while a run waited", of[later] > of[waits])


async def _all_wait(world: World, run_ids: list[UUID]) -> bool:
    return len(await world.sql(_WAITING, ids=run_ids)) == len(run_ids)


CASES: Final = (Case("F30", "a block goes or changes while runs wait", change),)
