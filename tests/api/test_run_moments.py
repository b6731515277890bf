"""What held a run's nodes at a moment of the past: a halt that was cleared since, and a question that was answered since."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.api.asking import asked
from tests.api.running import ended, save, start
from tests.api.serving import Api, Organisation
from tests.api.test_approvals import decide
from tests.api.test_run_control import FAIL, halts, held, until
from tests.durable.waiting import eventually

NODES = "query($id: ID!, $at: DateTime) { run(id: $id) { nodes(at: $at) { nodeId counts { status count } } } }"


async def at(acme: Organisation, run_id: str, moment: datetime | None = None) -> dict[str, Any]:
    found = (await acme.owner(NODES, id=run_id, at=None if moment is None else moment.isoformat()))["nodes"]
    return {one["nodeId"]: {state["status"]: state["count"] for state in one["counts"]} for one in found}


async def test_a_node_that_was_held_shows_as_paused_when_it_was(api: Api, acme: Organisation) -> None:
    run_id = (await start(acme.owner, await save(api, acme, held())))["id"]
    await until(acme.owner, run_id, "PAUSED")
    (halt,) = await halts(acme.owner, run_id)
    held_at = datetime.now(UTC)
    assert (await at(acme, run_id, held_at))["fail"] == (await at(acme, run_id))["fail"] == {"PAUSED": 1}
    await acme.owner(FAIL, input={"nodeExecutionId": halt["nodeExecutionId"]})
    await ended(acme.owner, run_id)
    assert (await at(acme, run_id))["fail"] == {"FAILED": 1}
    for moment in (held_at, datetime.fromisoformat(halt["since"])):
        assert (await at(acme, run_id, moment))["fail"] == {"PAUSED": 1}


async def test_a_node_that_asked_people_shows_as_in_review_until_they_decided(api: Api, acme: Organisation) -> None:
    approval = await asked(api, acme)
    run_id = approval["runId"]

    async def is_parked() -> bool:
        return bool((await at(acme, run_id)).get("ask") == {"REVIEW": 1})

    await eventually(is_parked)
    asked_at = datetime.now(UTC)
    await decide(acme.owner, approval)
    await ended(acme.owner, run_id)
    assert (await at(acme, run_id))["ask"] == {"COMPLETED": 1}
    assert (await at(acme, run_id, asked_at))["ask"] == {"REVIEW": 1}
