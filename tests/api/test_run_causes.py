"""What started a run: the schedule or the webhook, as long as it is there, and to nobody else."""

from __future__ import annotations

from typing import Any

from tests.api import scheduling
from tests.api.running import echo, ended, run_to_end, save
from tests.api.scheduling import make
from tests.api.serving import Api, Organisation
from tests.api.statements import counting_api
from tests.api.webhooks import DELETE, DETACH, done, with_agent

CAUSE = "query($id: ID!) { run(id: $id) { cause { kind id name graphId } } }"
CAUSES = "query($first: Int!) { runs(first: $first) { nodes { id cause { kind name } } } }"


async def cause(acme: Organisation, run_id: str) -> Any:
    return (await acme.owner(CAUSE, id=run_id))["cause"]


async def by_schedule(api: Api, acme: Organisation) -> tuple[str, str, str]:
    """Give the ids of a run, of the schedule that started it, and of the agent."""
    agent = await save(api, acme, echo())
    made = await make(acme.owner, agent, inputs={"topic": "x"}, isPaused=True)
    run = (await acme.owner(scheduling.TRIGGER, input={"id": made["id"]}))["fire"]["run"]["id"]
    await ended(acme.owner, run)
    return run, made["id"], agent


async def test_a_run_tells_the_schedule_that_started_it_until_that_is_deleted(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    run, schedule, agent = await by_schedule(api, acme)
    assert await cause(acme, run) == {"kind": "SCHEDULE", "id": schedule, "name": "Daily", "graphId": agent}
    assert await other.owner.refused(CAUSE, id=run) == ["NOT_FOUND"]
    await acme.owner(scheduling.DELETE, id=schedule)
    assert await cause(acme, run) is None


async def test_a_run_tells_the_webhook_that_started_it_until_it_is_attached_no_more(
    api: Api, acme: Organisation
) -> None:
    for end in (DETACH, DELETE):
        made, outside, attached = await with_agent(api, acme)
        hook = made["webhook"]["id"]
        await outside.send({"a": 1})
        (delivery,) = await done(acme.owner, hook)
        run = delivery["runs"][0]["run"]["id"]
        assert await cause(acme, run) == {
            "kind": "WEBHOOK",
            "id": hook,
            "name": "A hook",
            "graphId": attached["graphId"],
        }
        await acme.owner(end, id=attached["id"] if end is DETACH else hook)
        assert await cause(acme, run) is None


async def test_what_a_person_started_has_no_cause(api: Api, acme: Organisation) -> None:
    assert await cause(acme, await run_to_end(api, acme, echo(), {"topic": 1})) is None


async def test_the_causes_of_many_runs_take_as_many_statements_as_that_of_one(api: Api, acme: Organisation) -> None:
    for _ in range(3):
        await by_schedule(api, acme)
    async with counting_api(api) as counted:
        one = await counted.of(acme.owner, CAUSES, first=1)
        more = await counted.of(acme.owner, CAUSES, first=3)
    assert len(one) == len(more)
