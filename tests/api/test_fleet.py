"""The fleet in GraphQL: what works and what is found, for the platform's administrators, and kept for some seconds."""

from __future__ import annotations

from typing import Final

from api.fleet.keeping import Kept
from api.fleet.needs import QUEUES
from schema.access import Role
from schema.db.processes import Process, Processes
from schema.ids import new_id
from tests.api.serving import Api, Organisation, api_on

FLEET: Final = """{ fleet {
  queues { name backlog backlogSeconds rateIn rateOut pollers { identity buildId polledAt usedSlots freeSlots } }
  processes { roles host pid version buildId startedAt seenAt isSilent } runs { status count } outboxRuns } }"""
FINDINGS: Final = (
    "query($severity: FindingSeverity) { fleet { findings(severity: $severity) { code severity where what remedy } } }"
)


async def test_the_fleet_shows_queues_with_their_workers_processes_and_runs(api: Api, reviewers: Organisation) -> None:
    processes, here = Processes(api.services.engine), Process(("api",), "here", 4_711, "1.0")
    await processes.beat(here)
    try:
        async with api_on(api.platform) as other:
            fleet = await other.client(reviewers.owner.token)(FLEET)
    finally:
        await processes.leave(here)
    assert [queue["name"] for queue in fleet["queues"]] == list(QUEUES)
    assert all(queue["pollers"] for queue in fleet["queues"])
    (mine,) = [one for one in fleet["processes"] if one["pid"] == here.pid]
    assert (mine["roles"], mine["host"], mine["isSilent"]) == (["api"], "here", False)
    assert {"QUEUED", "RUNNING"} <= {one["status"] for one in fleet["runs"]}


async def test_what_the_doctor_finds_is_shown_by_severity_with_its_remedy(api: Api, reviewers: Organisation) -> None:
    async with api_on(api.platform) as other:
        client = other.client(reviewers.owner.token)
        found = (await client(FINDINGS))["findings"]
        notes = (await client(FINDINGS, severity="INFO"))["findings"]
    (unseen,) = [one for one in found if one["code"] == "SETTINGS_UNSEEN"]
    assert (unseen["severity"], unseen["where"]) == ("INFO", "Temporal")
    assert "docs/doctor.md" in unseen["remedy"]
    assert notes == [one for one in found if one["severity"] == "INFO"] != []


async def test_an_owner_who_is_no_administrator_of_the_platform_sees_nothing_of_it(
    api: Api, acme: Organisation
) -> None:
    assert await acme.owner.refused(FLEET) == ["FORBIDDEN"]
    assert await acme[Role.ADMIN].refused(FINDINGS) == ["FORBIDDEN"]


async def test_a_fleet_whose_temporal_is_away_is_shown_without_queues(api: Api, reviewers: Organisation) -> None:
    async with api_on(api.platform) as other:
        other.services.temporal._connect = _nowhere
        client = other.client(reviewers.owner.token)
        fleet = await client(FLEET)
        assert fleet["queues"] is None
        assert fleet["processes"] is not None
        assert "TEMPORAL_AWAY" in {one["code"] for one in (await client(FINDINGS))["findings"]}


async def _nowhere() -> None:
    raise RuntimeError("Temporal is nowhere.")


async def test_what_was_seen_is_told_again_until_it_is_old() -> None:
    looks: list[object] = []

    async def look() -> object:
        looks.append(new_id())
        return looks[-1]

    fresh, old = Kept(look, 1_000.0), Kept(look, 0.0)
    assert await fresh.get() == await fresh.get()
    assert len(looks) == 1
    assert await old.get() != await old.get()
    assert len(looks) == 3
