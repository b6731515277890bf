"""What runs do is counted where it happens, under names of a closed set; what the fleet's gauges show is what is there."""

from __future__ import annotations

from copy import copy
from uuid import uuid4

from prometheus_client import CollectorRegistry
from temporalio.client import Client

from activities.fleet import FleetGauges
from activities.instruments import OTHER, PACKAGE, Instruments, label_of
from activities.task_queues import QUEUES, described
from activities.tools import Tools
from blocks.library.basic import StoreValue
from blocks.packages import Contribution
from blocks.registry import Registry
from blocks.sdk.llm import LlmAnswer, LlmUsage
from deploy.roles import QUEUES as SERVED
from schema.db.census import take_census
from schema.db.engine import make_engine
from tests.durable.blocks import GATES, Fail, Flaky, Gate, Pass
from tests.durable.graphs import an_output, make_graph
from tests.durable.platform import Platform
from tests.durable.waiting import eventually


def value(tools: Tools, name: str, **labels: str) -> float:
    return tools.instruments.registry.get_sample_value(name, labels) or 0.0


async def test_a_run_s_start_end_nodes_and_ledger_are_counted(platform: Platform) -> None:
    tools, key = platform.tools, str(uuid4())
    names = {
        "started": ("drystone_runs_started_total", {"trigger": "manual"}),
        "ended": ("drystone_runs_ended_total", {"status": "COMPLETED"}),
        "queued": ("drystone_run_queue_seconds_count", {}),
        "retried": ("drystone_node_attempts_total", {"block": "FlakyBlock", "outcome": "retried"}),
        "done": ("drystone_node_attempts_total", {"block": "FlakyBlock", "outcome": "done"}),
        "failed": ("drystone_node_attempts_total", {"block": "FailBlock", "outcome": "failed"}),
        "code": ("drystone_node_errors_total", {"code": "BLOCK_FAILED"}),
        "seconds": ("drystone_node_seconds_count", {"block": "FlakyBlock"}),
        "statements": ("drystone_ledger_statements_total", {}),
    }
    before = {key: value(tools, name, **labels) for key, (name, labels) in names.items()}
    retry = {"attempts": 3, "first_wait_seconds": 0.01}
    nodes = {"flaky": (Flaky, {"key": key, "failures": 1}, {"retry": retry}), "fail": (Fail, {"reason": "no"})}
    record = await platform.run(make_graph(nodes, on_node_error="continue"))
    assert record["status"] == "COMPLETED"

    def grown() -> dict[str, float]:
        return {key: value(tools, name, **labels) - before[key] for key, (name, labels) in names.items()}

    # The starter counts a start when Temporal has answered, which may be behind the run's end.
    await eventually(lambda: grown()["started"] == 1 and grown()["ended"] == 1)
    found = grown()
    assert found.pop("statements") >= 3
    assert found == {
        "started": 1, "ended": 1, "queued": 1, "retried": 1, "done": 1, "failed": 1, "code": 1, "seconds": 2,
    }  # fmt: skip


async def test_a_step_of_a_region_is_counted_with_its_executions(platform: Platform) -> None:
    def counted() -> float:
        places = ("engine", "blocks")
        return sum(value(platform.tools, "drystone_region_executions_sum", where=place) for place in places)

    before = counted()
    nodes = {"first": (StoreValue, {"input": 1}), "second": StoreValue, "out": an_output()}
    record = await platform.run(make_graph(nodes, ["first.output -> second.input", "second.output -> out.value"]))
    assert record["status"] == "COMPLETED"
    assert counted() - before == 3


async def test_the_fleet_s_gauges_show_open_runs_queues_and_what_answers(platform: Platform) -> None:
    gate = f"counted {uuid4()}"
    before = (await take_census(platform.tools.engine)).states
    run = await platform.submit(make_graph({"gate": (Gate, {"gate": gate})}))
    await platform.until(run, "RUNNING")
    tools = platform.tools
    gauges = FleetGauges(tools)
    registry = CollectorRegistry()
    registry.register(gauges)
    assert registry.get_sample_value("drystone_up", {"service": "temporal"}) is None
    await gauges.look()
    running = registry.get_sample_value("drystone_runs", {"state": "RUNNING"})
    assert running == before["RUNNING"] + 1
    for queue in QUEUES:
        assert registry.get_sample_value("drystone_queue_pollers", {"queue": queue}) == 1, queue
        assert registry.get_sample_value("drystone_queue_backlog", {"queue": queue}) is not None
    assert {registry.get_sample_value("drystone_up", {"service": one}) for one in ("postgresql", "temporal")} == {1.0}
    assert registry.get_sample_value("drystone_database_bytes") > 0
    GATES[gate].set()
    await platform.end_of(run)


async def test_a_run_in_which_nothing_is_under_way_is_without_progress_and_one_that_waits_is_not(
    platform: Platform,
) -> None:
    gate = f"silent {uuid4()}"
    run = await platform.submit(make_graph({"gate": (Gate, {"gate": gate})}))
    await platform.until(run, "RUNNING")
    engine = platform.tools.engine
    await platform.sql("UPDATE runs SET started_at = now() - interval '1 hour' WHERE id = :id", id=run.id)
    await platform.sql("UPDATE run_events SET created_at = now() - interval '1 hour' WHERE run_id = :id", id=run.id)
    before = (await take_census(engine)).silent
    held = "UPDATE node_executions SET status = :status WHERE run_id = :id"
    await platform.sql(held, status="COMPLETED", id=run.id)
    assert (await take_census(engine)).silent == before + 1
    await platform.sql(held, status="RUNNING", id=run.id)
    assert (await take_census(engine)).silent == before
    GATES[gate].set()
    await platform.end_of(run)


async def test_what_is_away_is_not_shown_as_it_was(platform: Platform) -> None:
    gauges = FleetGauges(copy(platform.tools))
    registry = CollectorRegistry()
    registry.register(gauges)

    def shown() -> tuple[float | None, ...]:
        up = [registry.get_sample_value("drystone_up", {"service": one}) for one in ("postgresql", "temporal")]
        queue = registry.get_sample_value("drystone_queue_pollers", {"queue": "platform"})
        return (*up, registry.get_sample_value("drystone_outbox_runs"), queue)

    await gauges.look()
    assert None not in shown()
    gauges.tools.client = await Client.connect("127.0.0.1:1", lazy=True)
    await gauges.look()
    assert shown() == (1.0, 0.0, 0.0, None)
    gauges.tools.engine = make_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    await gauges.look()
    assert shown() == (0.0, 0.0, None, None)


async def test_every_queue_that_a_role_serves_is_described(platform: Platform) -> None:
    assert set(QUEUES) == set(SERVED)
    assert {one.queue for one in await described(platform.client)} == set(QUEUES)


def test_what_somebody_names_makes_no_series() -> None:
    instruments = Instruments.on(CollectorRegistry())
    registry = Registry([Pass], (), [Contribution(source="theirs", entry="theirs", blocks=(Fail,))])
    assert label_of(registry, Pass.id, Pass.name) == Pass.name
    assert label_of(registry, Fail.id, Fail.name) == PACKAGE
    instruments.node_ended(PACKAGE, "failed", 0.1, "A_CODE_OF_THEIRS")
    answer = LlmAnswer(
        "text", "my-own-model", "my-provider", usage=LlmUsage(input_tokens=3, output_tokens=2, cost_micro_usd=5)
    )
    instruments.llm_answered(answer)
    sample = instruments.registry.get_sample_value
    assert sample("drystone_node_errors_total", {"code": OTHER}) == 1
    labels = {"provider": OTHER, "model": OTHER}
    assert sample("drystone_llm_tokens_total", {**labels, "direction": "input"}) == 3
    assert sample("drystone_llm_cost_usd_total", labels) == 5e-06
