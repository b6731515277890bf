"""F41: many write one agent's draft at once; one wins for each revision, the others are told, no change is lost unseen."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, Final

from api.graphql.ids import decode_uuid
from schema.graph import write_graph
from tests.chaos.cases.agents import working
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.world import Answered, Away, World

WRITERS: Final = 20
CREATE: Final = (
    "mutation($input: CreateGraphInput!) { createGraph(input: $input) { graph { id } errors { code message } } }"
)
UPDATE: Final = (
    "mutation($input: UpdateDraftInput!) { updateDraft(input: $input) "
    "{ graph { draft { revision } } errors { code message } } }"
)
PUBLISH: Final = (
    "mutation($input: PublishGraphInput!) { publishGraph(input: $input) "
    "{ version { number } errors { code message } } }"
)
DRAFT: Final = (
    "query($id: ID!) { graph(id: $id) { draft { revision document } versions(first: 100) { nodes { number } } } }"
)


async def write_at_once(world: World) -> CaseResult:
    """F41: twenty writers, again and again, each on the revision that they all know; the API is killed on the way."""
    result = CaseResult("F41", "twenty write one agent at once")
    document = write_graph(working(str(world.sink)))
    graph_id = (await world.insist_on(CREATE, input={"name": "written", "document": document}))["graph"]["id"]
    document["id"] = str(decode_uuid("Graph", graph_id))
    won: list[str] = []
    async with world.under_fault():
        for round_number in range(10 if world.is_full else 4):
            revision = (await world.insist_on(DRAFT, id=graph_id))["draft"]["revision"]
            names = [f"{round_number}/{writer}" for writer in range(WRITERS)]
            writing = [asyncio.create_task(_write(world, graph_id, revision, document, name)) for name in names]
            is_struck = round_number == 2
            if is_struck:
                dead = await world.kill("api")
                result.prove("the API died under the writers", bool(dead))
                await world.heal()
            outcomes = Counter(await asyncio.gather(*writing))
            now = await world.insist_on(DRAFT, id=graph_id)
            won.append(now["draft"]["document"]["nodes"][0]["metadata"]["winner"] if outcomes["won"] else "")
            _judge(result, outcomes, revision, now["draft"]["revision"], is_struck=is_struck)
            if outcomes["won"]:
                told = await world.insist_on(PUBLISH, input={"graphId": graph_id, "revision": now["draft"]["revision"]})
                result.need(bool(told["version"]), "wrong", "what won could not be published")
    numbers = sorted(one["number"] for one in (await world.insist_on(DRAFT, id=graph_id))["versions"]["nodes"])
    result.measure("versions", len(numbers))
    result.need(numbers == list(range(1, len(numbers) + 1)), "wrong", f"versions have gaps: {numbers}")
    result.prove("writers met", all(won[:2]))
    return result


def _judge(result: CaseResult, outcomes: Counter[str], before: int, now: int, *, is_struck: bool) -> None:
    """One won and moved the revision by one; where the API died, the winner may not know it."""
    result.measure("conflicts", int(result.figures.get("conflicts", 0)) + outcomes["CONFLICT"])
    if is_struck:
        result.need(outcomes["won"] <= 1 and now in (before, before + 1), "doubled", f"{outcomes}, {before} to {now}")
        return
    result.need(outcomes == {"won": 1, "CONFLICT": WRITERS - 1}, "doubled", f"of {WRITERS} writers: {dict(outcomes)}")
    result.need(now == before + 1, "wrong", f"the revision went from {before} to {now}")


async def _write(world: World, graph_id: str, revision: int, document: dict[str, Any], name: str) -> str:
    """Write once; give won, the code of the refusal, or away."""
    first, *others = document["nodes"]
    changed = {**document, "nodes": [{**first, "metadata": {**first.get("metadata", {}), "winner": name}}, *others]}
    try:
        await world.ask(UPDATE, input={"graphId": graph_id, "revision": revision, "document": changed})
    except Answered as error:
        return error.codes[0] if error.codes == ["CONFLICT"] else str(error)
    except Away:
        return "away"
    return "won"


CASES = (Case("F41", "twenty write one agent at once", write_at_once),)
