"""Many regions at once: what they tell the run goes to Temporal together, which ends a run whose task has 4 MB of it."""

from __future__ import annotations

from blocks.library.iteration import StepThroughItems
from tests.durable.blocks import Pass
from tests.durable.graphs import NodeRow, make_graph
from tests.durable.platform import Platform
from tests.durable.pure_blocks import Pages
from tests.durable.twice import steps_of

BRANCHES = 24


async def test_regions_that_give_much_at_the_same_moment_do_not_end_their_run(platform: Platform) -> None:
    items = [str(number).ljust(900, ".") for number in range(240)]
    nodes: dict[str, NodeRow] = {"list": (Pass, {"value": items})}
    links = []
    for branch in range(BRANCHES):
        nodes |= {f"each {branch}": StepThroughItems, f"next {branch}": Pages}
        # What is behind each region is given all items, and never runs: that the list fails it waits for in vain.
        links += [f"list.value -> each {branch}.items", f"each {branch}.item -> next {branch}.count"]
        links += [f"list.error -> next {branch}.size"]
    run = await platform.submit(make_graph(nodes, links))
    record = await platform.end_of(run, seconds=60)
    assert (record["status"], record["error"]) == ("COMPLETED", None)
    assert record["stats"]["node_execution_count"] == 1 + BRANCHES
    assert await steps_of(platform, run) >= BRANCHES
