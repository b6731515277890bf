"""A session of cases: each is run, healed and judged, one after another; at the end secrets are looked for everywhere."""

from __future__ import annotations

import random
import traceback
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from temporalio.client import Client

from deploy.build import Stores
from deploy.stack import Stack
from deploy.token_file import token_file
from tests.api.canaries import Canaries
from tests.api.credentials import CREATE, api_key
from tests.chaos.cases.frame import CALM, Case, CaseResult
from tests.chaos.cases.invariants import Baseline, baseline, check_invariants, search
from tests.chaos.cases.world import START, World
from tests.durable.credential_blocks import GROUP, Spend
from tests.durable.graphs import make_graph

#: What the canary's holder does with it: each must be scrubbed, also where a worker dies meanwhile.
HOWS: Final = ("emit", "log", "raise", "large")


async def open_world(
    stack: Stack, kept: Stores, client: Client, *, seed: int, is_full: bool, say: Callable[[str], None]
) -> World:
    """Make the world of a session on a stack that runs and has an API."""
    assert stack.endpoints is not None
    assert stack.endpoints.api_url is not None
    token = token_file(stack.data_dir).read_text(encoding="utf-8").strip()
    url, choice = stack.endpoints.api_url, random.Random(seed)
    world = World(stack, kept, client, url, token, stack.data_dir, choice, is_full, say)
    await world.heal()
    return world


async def run_cases(world: World, cases: Sequence[Case], seed: int) -> list[CaseResult]:
    """Run cases one after another; the same seed gives each the same chances, whichever run before it."""
    canaries = Canaries()
    canaries.plant("owner's key", world.token.split("_", 2)[2])
    spending = await plant_secrets(world, canaries)
    results = []
    for case in cases:
        world.choice = random.Random(f"{case.id} {seed}")
        world.operations, world.acknowledged, world.phase = [], [], CALM
        # It also shows that workers work: a process that has only just begun is none yet.
        await world.until_ended([await spending()], 120)
        before = await baseline(world)
        results.append(await _run(world, case, before))
    if results:
        results[-1].violations += await search(world, canaries)
    await world.http.aclose()
    return results


async def _run(world: World, case: Case, before: Baseline) -> CaseResult:
    clock = world.clock
    began = clock()
    try:
        result = await case.run(world)
    except Exception as error:
        result = CaseResult(case.id, case.title)
        result.violate("stuck", f"{type(error).__name__}: {str(error)[:600]}")
        world.say(traceback.format_exc())
    world.phase = CALM
    await world.heal()
    result.operations, result.runs = list(world.operations), len(world.acknowledged)
    result.measure("case s", clock() - began)
    try:
        result.violations += await check_invariants(world, before, result)
    except Exception as error:  # What cannot be judged is wrong, too; the other cases are to run all the same.
        result.violate("wrong", f"cannot be judged: {type(error).__name__}: {str(error)[:600]}")
    result.seconds = clock() - began
    said = "; ".join(f"{what} {figure}" for what, figure in result.figures.items())
    world.say(f"{case.id} {case.title}: {result.runs} runs, {len(result.violations)} violations; {said}")
    return result


async def plant_secrets(world: World, canaries: Canaries) -> Callable[[], Awaitable[UUID]]:
    """Make a credential whose secret is a canary, and an agent that tries to give it away; give what starts it."""
    given = {"provider": "canary", "title": "Chaos", "secret": api_key(canaries.plant("api key"))}
    credential = (await world.insist_on(CREATE, input=given))["credential"]["id"]
    graph_id = await world.keep(make_graph({how: (Spend, {"how": how}) for how in HOWS}, name="spending"))
    chosen = [{"key": GROUP, "credentialId": credential}]

    async def begin() -> UUID:
        payload = await world.insist_on(START, input={"graphId": graph_id, "inputs": {}, "credentials": chosen})
        return world.note(payload["run"]["id"])

    return begin
