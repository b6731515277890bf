"""A run has one trace: whoever works on it adds spans to it, seen while it goes on, and they say nothing of what it is given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from blocks.library.web import SendWebRequest
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp
from deploy.telemetry import Telemetry
from deploy.telemetry_spans import close_spans
from schema.db.runs import NewRun
from schema.ids import LOCAL_TENANT, new_id
from schema.tracing import span_id_of
from tests.durable.blocks import GATES, Fail, Flaky, Gate, Pass
from tests.durable.graphs import an_agent, an_output, make_graph
from tests.durable.platform import Platform
from tests.durable.waiting import eventually
from tests.egress.servers import reply, serve
from tests.observe.receiver import Received, Receiver, receiving
from workflows.engine.plan import compile_graph

CANARY = "canary-4d1f"


@asynccontextmanager
async def traced(platform: Platform, *hosts: str, ratio: float = 1.0) -> AsyncIterator[Receiver]:
    """Have the platform send its spans to a receiver, and its blocks reach these hosts."""
    with receiving() as receiver:
        settings = replace_settings(platform, receiver.url, ratio)
        telemetry = Telemetry.of(settings, "test")
        tools = platform.tools
        before = tools.tracing, tools.http
        tools.tracing = telemetry.tracing()
        tools.http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset(hosts)), watch=telemetry.watch)
        try:
            yield receiver
        finally:
            tools.tracing, tools.http = before
            assert telemetry.provider is not None
            close_spans(telemetry.provider)


def replace_settings(platform: Platform, url: str, ratio: float) -> Any:
    return platform.settings.model_copy(update={"otlp_endpoint": url, "trace_ratio": ratio})


async def test_spans_are_seen_while_the_run_goes_on_and_its_own_when_it_is_over(platform: Platform) -> None:
    gate = f"traced {uuid4()}"
    graph = make_graph(
        {"pass": (Pass, {"value": CANARY}), "gate": (Gate, {"gate": gate}), "out": an_output()},
        ["pass.value -> gate.value", "gate.value -> out.value"],
    )
    async with traced(platform) as receiver:
        run = await platform.submit(graph)
        trace = run.id.hex
        await eventually(lambda: len(receiver.of(trace)) >= 2)
        assert await platform.status(run) == "RUNNING"
        early = receiver.of(trace)
        assert {span.parent_id for span in early} == {span_id_of(run.id)}
        assert "queued" in {span.name for span in early}
        assert "run" not in {span.name for span in early}
        GATES[gate].set()
        await platform.end_of(run)
        await eventually(lambda: [span for span in receiver.of(trace) if span.name == "run"])
        (whole,) = [span for span in receiver.of(trace) if span.name == "run"]
        assert (whole.span_id, whole.parent_id) == (span_id_of(run.id), "")
        assert whole.attributes["drystone.status"] == "COMPLETED"
        (node,) = [span for span in receiver.of(trace) if span.name == "GateBlock"]
        assert (node.attributes["drystone.node"], node.attributes["drystone.outcome"]) == ("gate", "done")
        # From the earliest to the latest, all of it is within the run's own.
        assert whole.start <= min(span.start for span in early)
        assert CANARY not in str(receiver.spans)


async def test_a_block_s_call_to_the_world_is_below_its_attempt_and_carries_no_trace_there(platform: Platform) -> None:
    seen: list[Any] = []

    async def answer(request: Any, _: Any) -> bytes:
        seen.append(request)
        return reply(200, b"{}", {"Content-Type": "application/json"})

    async with serve(answer) as server, traced(platform, server.host) as receiver:
        nodes = {"web": (SendWebRequest, {"url": f"http://{server.host}/{CANARY}?{CANARY}", "method": "GET"})}
        run = await platform.submit(make_graph(nodes))
        await platform.end_of(run)
        await eventually(lambda: [span for span in receiver.of(run.id.hex) if span.name == "GET"])
        (call,) = [span for span in receiver.of(run.id.hex) if span.name == "GET"]
        (node,) = [span for span in receiver.of(run.id.hex) if span.name == "SendWebRequestBlock"]
        assert call.parent_id == node.span_id
        assert call.attributes["http.response.status_code"] == 200
        assert CANARY not in str(receiver.spans)
    assert "traceparent" not in seen[0].headers


async def test_each_attempt_has_a_span_and_a_failure_says_its_code_only(platform: Platform) -> None:
    key = str(uuid4())
    retry = {"attempts": 3, "first_wait_seconds": 0.01}
    nodes = {"flaky": (Flaky, {"key": key, "failures": 1}, {"retry": retry}), "fail": (Fail, {"reason": CANARY})}
    async with traced(platform) as receiver:
        run = await platform.submit(make_graph(nodes, on_node_error="continue"))
        await platform.end_of(run)
        await eventually(lambda: [span for span in receiver.of(run.id.hex) if span.name == "run"])
        flaky = [span.attributes["drystone.outcome"] for span in receiver.of(run.id.hex) if span.name == "FlakyBlock"]
        assert sorted(flaky) == ["done", "retried"]
        (failed,) = [span for span in receiver.of(run.id.hex) if span.name == "FailBlock"]
        assert failed.status == "BLOCK_FAILED"
        assert CANARY not in str(receiver.spans)


async def test_a_child_is_in_its_parent_s_trace_below_the_node_that_started_it(platform: Platform) -> None:
    child = await platform.save(
        make_graph({"pass": (Pass, {"value": 1}), "out": an_output()}, ["pass.value -> out.value"])
    )
    async with traced(platform) as receiver:
        run = await platform.submit(make_graph({"agent": an_agent(child)}))
        await platform.end_of(run)
        (below,) = await platform.children_of(run)

        def whole(run_id: Any) -> list[Received]:
            return [span for span in receiver.of(run.id.hex) if span.span_id == span_id_of(run_id)]

        await eventually(lambda: whole(run.id) and whole(below.id))
        nodes = {span.span_id for span in receiver.of(run.id.hex) if span.name == "AgentExecutorBlock"}
        assert whole(below.id)[0].parent_id in nodes


async def test_a_run_is_in_the_trace_of_what_asked_for_it_and_heeds_its_decision(platform: Platform) -> None:
    trace, span = new_id().hex, new_id().hex[:16]
    async with traced(platform, ratio=0.0) as receiver:
        kept, left = [await _asked(platform, f"00-{trace}-{span}-{flag}") for flag in ("01", "00")]
        unasked = await _asked(platform, None)
        await eventually(lambda: [one for one in receiver.of(trace) if one.name == "run"])
        assert {one.attributes.get("drystone.run") for one in receiver.spans if one.name == "run"} == {str(kept)}
        (whole,) = [one for one in receiver.of(trace) if one.name == "run"]
        assert whole.parent_id == span
        assert not receiver.of(unasked.hex)
        assert not receiver.of(left.hex)


async def _asked(platform: Platform, trace: str | None) -> Any:
    """Run an agent for somebody with this traceparent; give the run's id."""
    graph = await platform.save(make_graph({"pass": (Pass, {"value": 1})}))
    plan = compile_graph(graph, platform.registry.specs)
    new = NewRun(
        tenant_id=LOCAL_TENANT,
        graph_id=UUID(graph.id),
        graph_version=graph.version,
        plan_hash=plan.hash,
        agent_name=graph.name,
        inputs={},
        start_after_seconds=0.0,
        trace=trace,
    )
    specs = platform.registry.specs
    run = await platform.submission.accept(graph, specs, (plan.hash, plan.to_lists()), new)
    await platform.end_of(run)
    return run.id
