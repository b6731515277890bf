"""A request, and the run that it asks for, are in the trace of who asks; neither span nor figure has what they sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from prometheus_client import CollectorRegistry

from api.app import make_app
from api.instruments import Instruments
from api.services import Services
from deploy.telemetry_spans import close_spans, provider_of
from schema.ids import new_id
from tests.api.running import START, echo, ended, save, start, uuid_of
from tests.api.serving import Api, Client, Organisation, served
from tests.durable.waiting import eventually
from tests.observe.receiver import Receiver, receiving

CANARY = "canary-90af"
TRACE_OF = "query Named($id: ID!) { run(id: $id) { traceId } }"


@asynccontextmanager
async def observed(api: Api, acme: Organisation) -> AsyncIterator[tuple[Client, Receiver, Services]]:
    """Serve the API once more, with spans that go to a receiver, and figures of its own."""
    registry = CollectorRegistry()
    with receiving() as receiver:
        provider = provider_of(receiver.url, "test", 1.0, registry)
        services = replace(api.services, tracer=provider.get_tracer("test"), instruments=Instruments.on(registry))
        async with served(make_app(services), has_loops=False) as url:
            yield Client(url, acme.owner.token, acme.owner.person), receiver, services
        close_spans(provider)


async def _ask(client: Client, query: str, traceparent: str | None, **variables: object) -> dict[str, object]:
    headers = client.headers if traceparent is None else {**client.headers, "traceparent": traceparent}
    body = {"query": query, "variables": variables}
    answer = (await client.http.post(f"{client.url}/graphql", json=body, headers=headers)).json()
    found: dict[str, object] = next(iter(answer["data"].values()))
    return found


async def test_a_run_is_in_its_client_s_trace_below_the_request_that_asked_for_it(api: Api, acme: Organisation) -> None:
    trace, above = new_id().hex, new_id().hex[:16]
    graph_id = await save(api, acme, echo())
    async with observed(api, acme) as (client, receiver, services):
        asked = {"graphId": graph_id, "inputs": {"topic": CANARY}}
        run = (await _ask(client, START, f"00-{trace}-{above}-01", input=asked))["run"]
        assert isinstance(run, dict)
        assert (await _ask(client, TRACE_OF, None, id=run["id"]))["traceId"] == trace
        await eventually(lambda: receiver.of(trace))
        (request,) = receiver.of(trace)
        assert (request.name, request.parent_id) == ("GraphQL startRun", above)
        assert request.attributes["http.route"] == "/graphql"
        (row,) = await api.platform.sql("SELECT trace FROM runs WHERE id = :id", id=uuid_of(run["id"]))
        assert row.trace == f"00-{trace}-{request.span_id}-01"
        assert CANARY not in str(receiver.spans)
        labels = {"operation": "startRun", "outcome": "ok"}
        count = services.instruments.registry.get_sample_value
        assert count("drystone_graphql_operations_total", labels) == 1
        assert count("drystone_http_requests_total", {"method": "POST", "route": "/graphql", "status": "200"}) == 2
        await ended(acme.owner, run["id"])


async def test_where_no_traces_are_made_a_client_s_trace_is_kept_all_the_same(api: Api, acme: Organisation) -> None:
    trace, above = new_id().hex, new_id().hex[:16]
    asked = {"graphId": await save(api, acme, echo()), "inputs": {"topic": 1}}
    run = (await _ask(acme.owner, START, f"00-{trace}-{above}-00", input=asked))["run"]
    assert isinstance(run, dict)
    (row,) = await api.platform.sql("SELECT trace FROM runs WHERE id = :id", id=uuid_of(run["id"]))
    assert row.trace == f"00-{trace}-{above}-00"
    await ended(acme.owner, run["id"])


async def test_a_run_that_nobody_gave_a_trace_has_one_of_its_own(api: Api, acme: Organisation) -> None:
    run = await start(acme.owner, await save(api, acme, echo()), {"topic": 1})
    await ended(acme.owner, run["id"])
    assert (await acme.owner(TRACE_OF, id=run["id"]))["traceId"] == uuid_of(run["id"]).hex


async def test_a_refused_and_a_forbidden_operation_are_counted_as_that_and_a_path_is_none_s_label(
    api: Api, acme: Organisation
) -> None:
    async with observed(api, acme) as (client, _, services):
        count = services.instruments.registry.get_sample_value
        await _ask(client, START, None, input={"graphId": "R3JhcGg6bm9uZQ==", "inputs": {}})
        assert count("drystone_graphql_operations_total", {"operation": "startRun", "outcome": "refused"}) == 1
        nobody = Client(client.url, None, None)
        await nobody.post(TRACE_OF, {"id": "R3JhcGg6bm9uZQ=="})
        assert count("drystone_graphql_operations_total", {"operation": "run", "outcome": "denied"}) == 1
        await client.http.get(f"{client.url}/nowhere/{CANARY}")
        labels = {"method": "GET", "route": "other", "status": "404"}
        assert count("drystone_http_requests_total", labels) == 1


async def test_a_stranger_s_trace_is_not_taken_over(api: Api, acme: Organisation) -> None:
    trace, above = new_id().hex, new_id().hex[:16]
    async with observed(api, acme) as (client, receiver, _):
        headers = {"traceparent": f"00-{trace}-{above}-01"}
        await client.http.post(f"{client.url}/webhooks/{CANARY}", headers=headers, content=b"{}")
        await eventually(lambda: receiver.named("POST /webhooks/{token}"))
        assert not receiver.of(trace)
        assert CANARY not in str(receiver.spans)
