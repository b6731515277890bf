"""Problems of runs: shown on the run and filtered by in the list, to its own organisation; told when they come and when they go."""

from __future__ import annotations

from typing import Any

from schema.db.run_problems import RunProblems
from tests.api.running import ended, gated, save, start, uuid_of
from tests.api.serving import Api, Client, Organisation
from tests.durable.blocks import CALLS, GATES
from tests.durable.waiting import eventually

ONE = "query($id: ID!) { run(id: $id) { problem { code message cause since at } } }"
LIST = "query($has: Boolean) { runs(hasProblem: $has) { nodes { id } } }"
CAUSE = "category=WorkflowTaskFailed, cause=WorkflowTaskFailedCauseNonDeterministicError"


async def listed(client: Client, has: bool | None) -> set[str]:
    return {one["id"] for one in (await client(LIST, has=has))["nodes"]}


async def test_a_problem_is_shown_and_filtered_by_until_it_goes_and_only_to_its_own(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    graph, gate = gated()
    graph_id = await save(api, acme, graph)
    run_id = (await start(acme.owner, graph_id))["id"]
    await eventually(lambda: CALLS[gate])
    problems = RunProblems(api.platform.tools.engine)

    async def told() -> list[Any]:
        events = "SELECT body FROM run_events WHERE run_id = :id AND CAST(body AS jsonb) ? 'problem' ORDER BY id"
        return [row.body["problem"] for row in await api.platform.sql(events, id=uuid_of(run_id))]

    # The reconciler would take it off: Temporal reports none.
    async with api.platform.without_loops():
        assert (await acme.owner(ONE, id=run_id))["problem"] is None
        await problems.report(uuid_of(run_id), "WORKFLOW_TASK_FAILS", "It does not go on.", CAUSE)
        first = (await acme.owner(ONE, id=run_id))["problem"]
        assert (first["code"], first["message"], first["cause"]) == ("WORKFLOW_TASK_FAILS", "It does not go on.", CAUSE)
        assert (await listed(acme.owner, True), await listed(other.owner, True)) == ({run_id}, set())
        assert run_id not in await listed(acme.owner, False)
        assert run_id in await listed(acme.owner, None)
        await problems.report(uuid_of(run_id), "WORKFLOW_TASK_FAILS", "The same.", CAUSE)
        await problems.report(uuid_of(run_id), "WORKFLOW_TASK_FAILS", "Another.", "another")
        later = (await acme.owner(ONE, id=run_id))["problem"]
        assert (later["message"], later["since"]) == ("Another.", first["since"])
        assert [one["message"] for one in await told()] == ["It does not go on.", "Another."]
    # Now the reconciler works again.
    await eventually(lambda: _is_gone(acme.owner, run_id))
    assert (await told())[-1] is None
    GATES[gate].set()
    await ended(acme.owner, run_id)
    await problems.report(uuid_of(run_id), "WORKFLOW_TASK_FAILS", "Too late.", CAUSE)
    assert await _is_gone(acme.owner, run_id)


async def _is_gone(client: Client, run_id: str) -> bool:
    return (await client(ONE, id=run_id))["problem"] is None
