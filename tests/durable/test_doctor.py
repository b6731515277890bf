"""The doctor on a real platform: each fault is planted and found, and is not found where it was not planted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from activities.reconciler import Reconciler
from api.fleet import drift
from api.fleet.clock import moment_there
from api.fleet.database import clock_findings, now, outbox_findings, process_findings, run_findings
from api.fleet.doctor import Doctor
from api.fleet.needs import QUEUES, version_of
from api.fleet.queues import look_at_queues, queue_findings
from api.fleet.temporal_server import setting_findings, vital_findings
from api.temporal import Temporal
from deploy.connecting import client_of
from deploy.probing import until_usable
from deploy.roles import QUEUES as QUEUES_WITH_ROLES
from deploy.stack import ports
from deploy.temporal_setup import set_up
from schema.db.census import take_census
from schema.db.engine import make_engine
from schema.db.processes import KnownProcess, Process, Processes
from schema.db.runs import Run
from schema.db.schedules import ScheduleContent, Schedules
from schema.db.vault import LocalKeys, Vault
from schema.errors import Conflict
from schema.findings import Finding, FindingCode, Severity
from schema.ids import LOCAL_TENANT
from schema.schedules import ScheduleSpec
from tests.durable.blocks import GATES, Gate, Pass
from tests.durable.graphs import make_graph
from tests.durable.platform import Platform
from tests.durable.waiting import eventually
from workflows.attributes import ATTRIBUTE_TYPES
from workflows.schedules import look_at_schedule, remove_schedule

THREE_DAYS = timedelta(days=3)
#: What other tests of this folder may leave behind for a while, on the platform that they share.
LEFT_BEHIND = {
    FindingCode.RUN_PROBLEM,
    FindingCode.RUN_STUCK,
    FindingCode.RUN_CLOSED_IN_TEMPORAL,
    FindingCode.WORKFLOW_WITHOUT_ROW,
    FindingCode.SCHEDULE_DIFFERS,
    FindingCode.OUTBOX_OLD,
    FindingCode.VERSIONS_MIXED,
    FindingCode.BACKLOG_OLD,
}


def codes(findings: Iterable[Finding]) -> list[str]:
    return sorted({one.code.value for one in findings})


def about(findings: Iterable[Finding], run: Run | UUID) -> list[str]:
    """Give the codes of what was found of one run, or of another thing with an id."""
    return codes(one for one in findings if str(getattr(run, "id", run)) in one.where)


def doctor_of(platform: Platform, **others: Any) -> Doctor:
    parts: dict[str, Any] = {
        "engine": platform.tools.engine,
        "temporal": Temporal(lambda: client_of(platform.settings, is_lazy=True)),
        "objects": lambda: platform.tools.values.objects,
        "vault": platform.tools.resolver.credentials.vault,
    }
    return Doctor(**{**parts, **others})


async def in_namespace(platform: Platform, name: str) -> Client:
    return await client_of(platform.settings.model_copy(update={"temporal_namespace": name}))


async def registered(client: Client) -> None:
    """Make a bare namespace, which knows no search attribute."""
    request = RegisterNamespaceRequest(namespace=client.namespace)
    request.workflow_execution_retention_period.FromTimedelta(timedelta(days=1))
    await client.workflow_service.register_namespace(request)

    async def is_known() -> bool:
        try:
            await vital_findings(client)
        except RPCError:
            return False
        return "NAMESPACE_MISSING" not in codes(await vital_findings(client))

    await eventually(is_known, seconds=60)


async def add_attribute(client: Client, name: str, kind: str) -> None:
    kinds = {name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")}
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=kinds)
    await client.operator_service.add_search_attributes(request)


# Temporal


async def test_the_platforms_own_temporal_has_what_it_needs(platform: Platform):
    assert await vital_findings(platform.client) == []
    assert codes(await setting_findings(platform.client)) == ["SETTINGS_UNSEEN"]


async def test_a_namespace_that_is_missing_is_found_and_made(platform: Platform):
    client = await in_namespace(platform, f"made-{uuid4().hex}")
    (found,) = await vital_findings(client)
    assert found.code is FindingCode.NAMESPACE_MISSING
    assert f"-n {client.namespace} --retention 3d" in found.remedy
    said = [line async for line in set_up(client, THREE_DAYS)]
    assert len(said) == 2
    assert await vital_findings(client) == []
    assert [line async for line in set_up(client, THREE_DAYS)] == [], "it is there already"
    assert len([line async for line in set_up(client, timedelta(days=5))]) == 1, "it is to be kept longer"


async def test_search_attributes_that_are_missing_or_of_another_type_are_found(platform: Platform):
    client = await in_namespace(platform, f"bare-{uuid4().hex}")
    await registered(client)
    found = await vital_findings(client)
    assert codes(found) == ["SEARCH_ATTRIBUTE_MISSING"]
    assert len(found) == len(ATTRIBUTE_TYPES)
    await add_attribute(client, "AgentVersion", "Text")

    async def is_seen() -> bool:
        return codes(await vital_findings(client)) == ["SEARCH_ATTRIBUTE_MISSING", "SEARCH_ATTRIBUTE_WRONG"]

    await eventually(is_seen)
    with pytest.raises(Conflict, match=r"AgentVersion of the namespace .* is Text, not Int"):
        _ = [line async for line in set_up(client, THREE_DAYS)]
    assert codes(await vital_findings(client)) == ["SEARCH_ATTRIBUTE_WRONG"]


async def test_a_worker_waits_until_temporal_has_what_it_needs(platform: Platform):
    client = await in_namespace(platform, f"late-{uuid4().hex}")
    problems, stopped = ["starting"], asyncio.Event()
    waiting = asyncio.create_task(until_usable(client, stopped, problems, pause_seconds=0.05))
    await eventually(lambda: "does not exist" in problems[0] and "drystone temporal setup" in problems[0])
    assert not waiting.done()
    _ = [line async for line in set_up(client, THREE_DAYS)]
    assert await asyncio.wait_for(waiting, 20)


async def test_a_worker_that_waits_for_what_temporal_lacks_ends_when_it_is_told_to(platform: Platform):
    client = await in_namespace(platform, f"never-{uuid4().hex}")
    problems, stopped = ["starting"], asyncio.Event()
    waiting = asyncio.create_task(until_usable(client, stopped, problems))
    await eventually(lambda: "does not exist" in problems[0])
    stopped.set()
    assert await asyncio.wait_for(waiting, 2) is False


async def test_a_queue_without_a_worker_is_found(platform: Platform):
    assert set(QUEUES) == set(QUEUES_WITH_ROLES)

    async def all_served() -> bool:
        return not list(queue_findings(await look_at_queues(platform.client)))

    await eventually(all_served)
    client = await in_namespace(platform, f"empty-{uuid4().hex}")
    _ = [line async for line in set_up(client, THREE_DAYS)]
    await client.start_workflow("Nobody", id="nobody", task_queue="graph-engine")

    async def is_waiting() -> bool:
        return any("graph-engine; 1 tasks wait" in one.what for one in queue_findings(await look_at_queues(client)))

    await eventually(is_waiting)
    found = list(queue_findings(await look_at_queues(client)))
    assert codes(found) == ["QUEUE_WITHOUT_POLLER"]
    assert [one.where for one in found] == list(QUEUES)
    assert found[2].remedy == "Start a worker for it: `drystone worker --queue blocks-io`."


# PostgreSQL and Temporal


@asynccontextmanager
async def held(platform: Platform, gate: str) -> AsyncIterator[Run]:
    """Have a run that waits in a node, while no loop repairs anything."""
    async with platform.without_loops():
        run = await platform.submit(make_graph({"node": (Gate, {"gate": gate})}))
        platform.begin_loops()
        await platform.until(run, "RUNNING")
        await platform.halt_loops()
        try:
            yield run
        finally:
            GATES[gate].set()


async def test_a_run_whose_workflow_was_terminated_is_drift_until_the_reconciler_came(platform: Platform):
    engine, client = platform.tools.engine, platform.client
    async with held(platform, "doctor: drift") as run:
        assert about(await drift.closed_in_temporal(engine, client, 0), run) == []
        await platform.handle(run).terminate()
        found = await drift.closed_in_temporal(engine, client, 0)
        assert about(found, run) == ["RUN_CLOSED_IN_TEMPORAL"]
        assert "is TERMINATED in Temporal" in next(one.what for one in found if str(run.id) in one.where)
    await Reconciler(platform.tools).go_round(0)
    assert await platform.status(run) == "TERMINATED"
    assert about(await drift.closed_in_temporal(engine, client, 0), run) == []


async def test_a_workflow_whose_row_is_gone_is_found(platform: Platform):
    engine, client = platform.tools.engine, platform.client
    async with held(platform, "doctor: row") as run:
        assert about(await drift.without_row(engine, client), run) == []
        await platform.sql("DELETE FROM runs WHERE id = :id", id=run.id)

        async def is_found() -> bool:
            return about(await drift.without_row(engine, client), run) == ["WORKFLOW_WITHOUT_ROW"]

        await eventually(is_found)
        await platform.handle(run).terminate()


async def test_a_run_with_a_problem_and_one_in_which_nothing_happens_are_found(platform: Platform):
    async with held(platform, "doctor: trouble") as run:
        assert about(await run_findings(platform.tools.engine), run) == []
        problem = (
            """UPDATE runs SET problem = '{"code": "WORKFLOW_TASK_FAILS", "message": "It fails."}' WHERE id = :id"""
        )
        await platform.sql(problem, id=run.id)
        found = await run_findings(platform.tools.engine)
        assert about(found, run) == ["RUN_PROBLEM"]
        await platform.sql(
            "UPDATE runs SET problem = NULL, started_at = now() - interval '1 hour' WHERE id = :id", id=run.id
        )
        await platform.sql("UPDATE run_events SET created_at = now() - interval '1 hour' WHERE run_id = :id", id=run.id)
        assert about(await run_findings(platform.tools.engine), run) == [], "a node of it runs"
        await platform.sql("UPDATE node_executions SET status = 'COMPLETED' WHERE run_id = :id", id=run.id)
        assert about(await run_findings(platform.tools.engine), run) == ["RUN_STUCK"]
        await platform.sql("UPDATE node_executions SET status = 'RUNNING' WHERE run_id = :id", id=run.id)


async def test_runs_that_nobody_starts_are_found(platform: Platform):
    async with platform.without_loops():
        run = await platform.submit(make_graph({"pass": (Pass, {"value": 1})}))
        await platform.sql("UPDATE runs SET created_at = now() - interval '10 minutes' WHERE id = :id", id=run.id)
        assert codes(outbox_findings(await take_census(platform.tools.engine))) == ["OUTBOX_OLD"]
    await platform.until(run, "COMPLETED")
    assert (await take_census(platform.tools.engine)).outbox_seconds < 500


async def test_a_schedule_that_temporal_lost_is_found(platform: Platform):
    graph = await platform.save(make_graph({"pass": (Pass, {"value": 1})}, []))
    schedules = Schedules(platform.tools.engine)
    content = ScheduleContent("Lost", ScheduleSpec(interval_seconds=86_400), "skip", 60, None, {}, {})
    made = await schedules.add(LOCAL_TENANT, UUID(graph.id), uuid4(), content)

    async def is_followed() -> bool:
        return (await schedules.get(LOCAL_TENANT, made.id)).is_synced

    await eventually(is_followed, seconds=60)
    async with platform.without_loops():
        assert about(await drift.schedules_that_differ(platform.tools.engine, platform.client), made.id) == []
        await remove_schedule(platform.client, str(made.id))
        assert await look_at_schedule(platform.client, str(made.id)) is None
        found = await drift.schedules_that_differ(platform.tools.engine, platform.client)
        assert about(found, made.id) == ["SCHEDULE_DIFFERS"]
    await schedules.delete(LOCAL_TENANT, made.id)


# All together


async def test_a_platform_that_is_well_has_no_error(platform: Platform):
    here = Process(("reconciler", "starter"), "here", 1, "1.0")
    await Processes(platform.tools.engine).beat(here)

    async def is_well() -> bool:
        found = await doctor_of(platform).look()
        return not [one for one in found if one.severity is Severity.ERROR and one.code not in LEFT_BEHIND]

    try:
        await eventually(is_well)
    finally:
        await Processes(platform.tools.engine).leave(here)


def test_loops_that_no_process_goes_through_and_versions_that_are_mixed_are_found() -> None:
    def known(role: str, version: str = "1.0", silent_seconds: float = 1.0) -> KnownProcess:
        return KnownProcess(Process((role,), "here", 1, version), now(), now(), silent_seconds)

    assert codes(process_findings([])) == ["LOOP_ABSENT"]
    assert codes(process_findings([known("starter"), known("reconciler"), known("api")])) == []
    assert codes(process_findings([known("starter"), known("reconciler", "1.1")])) == ["VERSIONS_MIXED"]
    (absent,) = process_findings([known("starter"), known("reconciler", "0.9", 600.0)])
    assert (absent.code, absent.where) == (FindingCode.LOOP_ABSENT, "reconciler")


async def test_a_key_that_seals_something_and_is_not_here_is_found(platform: Platform):
    doctor = doctor_of(platform, vault=Vault(LocalKeys()))
    assert "KEY_ABSENT" not in codes(await doctor_of(platform).look())
    state = f"doctor-{uuid4().hex}"
    await platform.sql(
        "INSERT INTO oauth_states (state_hash, tenant_id, person_id, provider, scopes, redirect_uri, title, sealed, wrapped_key, "
        "key_id, expires_at) VALUES (:state, :id, :id, 'test', '[]', '', '', '', '', 'k-lost', now() + interval '1 minute')",
        state=state,
        id=uuid4(),
    )
    try:
        found = [one for one in await doctor.look() if one.code is FindingCode.KEY_ABSENT]
        assert any("k-lost" in one.remedy for one in found)
    finally:
        await platform.sql("DELETE FROM oauth_states WHERE state_hash = :state", state=state)


async def test_servers_that_are_away_are_findings_and_the_rest_is_looked_at(platform: Platform):
    nowhere = platform.settings.model_copy(update={"temporal_address": f"127.0.0.1:{ports.choose()}"})
    without_temporal = doctor_of(platform, temporal=Temporal(lambda: client_of(nowhere, is_lazy=True)))
    found = await without_temporal.look()
    assert [one.code for one in found].count(FindingCode.TEMPORAL_AWAY) == 1
    others = {one.code for one in found} - LEFT_BEHIND
    assert others - {"LOOP_ABSENT"} == {"TEMPORAL_AWAY", "FAIRNESS_UNSEEN", "SCANNER_ABSENT"}

    engine = make_engine(f"postgresql+asyncpg://nobody:nothing@127.0.0.1:{ports.choose()}/none")
    found = await doctor_of(platform, engine=engine).look()
    await engine.dispose()
    assert codes(found) == ["FAIRNESS_UNSEEN", "POSTGRESQL_AWAY", "SCANNER_ABSENT", "SETTINGS_UNSEEN"]


async def test_a_check_that_fails_is_a_finding_and_keeps_no_other(platform: Platform):
    async def broken() -> list[Finding]:
        raise ZeroDivisionError("by zero")

    found = await doctor_of(platform).look([broken])
    (failed,) = [one for one in found if one.code is FindingCode.CHECK_FAILED]
    assert failed.where == "check broken"
    assert "ZeroDivisionError: by zero" in failed.what


def test_a_clock_that_differs_is_found() -> None:
    moment = now()
    assert list(clock_findings("PostgreSQL", moment, moment, moment)) == []
    for there in (moment + timedelta(seconds=3), moment - timedelta(seconds=3)):
        assert codes(clock_findings("PostgreSQL", there, moment, moment)) == ["CLOCK_DIFFERS"]


async def test_temporals_clock_is_read_from_a_poll(platform: Platform):
    before = now()
    there = await moment_there(platform.client)
    assert there is not None
    assert list(clock_findings("Temporal", there, before, now())) == []


def test_versions_are_compared_by_their_numbers() -> None:
    assert version_of("1.32.0-rc.1") == (1, 32, 0)
    assert version_of("1.9") < version_of("1.30.0")
    assert version_of("dev") == ()
