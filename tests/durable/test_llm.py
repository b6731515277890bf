"""Language models in runs: what was answered is asked for and paid once, the demo stands in, exported agents run to their ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from blocks.library.llm_text import AITextGenerator
from schema.db.credentials import Secret
from schema.db.llm_calls import LlmCalls
from schema.graph import parse_graph, read_graph
from schema.ids import LOCAL_TENANT
from tests.durable.blocks import CALLS, GATES
from tests.durable.graphs import an_agent, an_output, make_graph
from tests.durable.llm_blocks import AskModelTwice
from tests.durable.platform import Platform, executions_of
from tests.durable.test_orders import give
from tests.durable.waiting import eventually
from tests.egress.servers import Server, guarded, serve
from tests.llm.wire import CANARY, Script, body_of, completion, json_reply

AGENTS = Path(__file__).parents[1] / "spec" / "agents"


@pytest.fixture
def demo(platform: Platform) -> Iterator[None]:
    """Let the demo stand in for credentials that are missing."""
    platform.tools.has_llm_demo = True
    yield
    platform.tools.has_llm_demo = False


@asynccontextmanager
async def a_provider(platform: Platform, *answers: bytes) -> AsyncIterator[tuple[Server, dict[str, Any]]]:
    """Run a server in OpenAI's place, and give it with a reference to a credential for it."""
    async with serve(Script(*answers)) as server:
        http, urls = platform.tools.http, platform.tools.base_urls
        platform.tools.http, platform.tools.base_urls = guarded(server), {"openai": f"http://{server.host}/v1"}
        made = await platform.tools.resolver.credentials.make(
            LOCAL_TENANT, None, "openai", "api_key", "Test key", Secret({"key": CANARY})
        )
        try:
            yield server, made.reference.to_wire()
        finally:
            platform.tools.http, platform.tools.base_urls = http, urls


def asking(reference: dict[str, Any], on_node_error: str = "fail", **constants: Any):
    nodes = {
        "ask": (AskModelTwice, {"credentials": reference, **constants}),
        "first": an_output("first"),
        "second": an_output("second"),
    }
    return make_graph(nodes, ["ask.first -> first.value", "ask.second -> second.value"], on_node_error=on_node_error)


async def test_a_repeated_attempt_is_given_what_was_answered_and_pays_once(platform: Platform):
    answers = json_reply(200, completion("One.")), json_reply(200, completion("Two."))
    async with a_provider(platform, *answers) as (server, reference):
        run = await platform.submit(asking(reference, key="repeated ask", failures=2))
        record = await platform.end_of(run)
    assert record["outputs"] == {"first": ["One."], "second": ["Two."]}
    assert CALLS["repeated ask"] == 3
    assert [body_of(seen)["messages"][-1]["content"] for seen in server.seen] == ["first", "second"]
    assert len({seen.headers["idempotency-key"] for seen in server.seen}) == 2
    usage = (await LlmCalls(platform.tools.engine).of_runs(LOCAL_TENANT, [run.id]))[run.id]
    assert [usage.total(name) for name in ("calls", "input_tokens", "output_tokens", "cost_micro_usd")] == [
        2,
        18,
        24,
        18,
    ]
    (key,) = await LlmCalls(platform.tools.engine).of_executions(LOCAL_TENANT, [(run.id, 1)])
    assert key == (run.id, 1)


async def test_a_long_answer_and_a_strange_one_are_kept(platform: Platform):
    long = "long " * 50_000
    async with a_provider(platform, json_reply(200, completion(long)), json_reply(200, completion("\x00 ü"))) as (
        _,
        ref,
    ):
        record = await platform.run(asking(ref, key="strange ask", failures=2))
    assert record["outputs"] == {"first": [long], "second": [" ü"]}


@pytest.mark.long
async def test_an_answer_outlives_the_worker_that_asked(platform: Platform):
    answers = json_reply(200, completion("One.")), json_reply(200, completion("Two."))
    async with a_provider(platform, *answers) as (server, reference):
        run = await platform.submit(asking(reference, key="killed ask", gate="ask gate"))

        async def is_kept() -> bool:
            return bool(await LlmCalls(platform.tools.engine).of_runs(LOCAL_TENANT, [run.id]))

        await eventually(is_kept)
        async with platform.asleep():
            GATES["ask gate"].set()
        record = await platform.end_of(run, seconds=60)
    assert record["outputs"] == {"first": ["One."], "second": ["Two."]}
    assert CALLS["killed ask"] == 2
    assert len(server.seen) == 2


async def test_a_refusal_waits_as_the_provider_says_and_its_words_have_no_secret(platform: Platform):
    told = {"error": {"message": f"Slow down, {CANARY}", "type": "requests", "code": "rate_limit_exceeded"}}
    bad = {"error": {"message": f"Bad: {CANARY}", "type": "invalid_request_error"}}
    async with a_provider(platform, json_reply(429, told, Retry_After="0"), json_reply(400, bad)) as (server, ref):
        record = await platform.run(asking(ref, key="refused"))
    (execution,) = executions_of(record, "ask")
    assert execution["status"] == "FAILED"
    assert CANARY not in str(record)
    assert execution["error"]["message"] == "openai refused the request (400): Bad: ***."
    assert len(server.seen) == 2
    rows = await platform.sql("SELECT coalesce(string_agg(line, ' '), '') AS said FROM run_logs")
    assert CANARY not in rows[0].said


async def test_an_operator_who_retries_is_not_given_the_old_answers(platform: Platform):
    bad = json_reply(400, {"error": {"message": "Bad", "type": "invalid_request_error"}})
    answers = json_reply(200, completion("One.")), bad, json_reply(200, completion("Better."))
    async with a_provider(platform, *answers) as (server, reference):
        run = await platform.submit(asking(reference, "hold", key="operated ask"))
        await platform.until(run, "PAUSED")
        await give(platform, run, "retry", execution=1)
        record = await platform.end_of(run)
    assert record["status"] == "COMPLETED"
    assert record["outputs"]["second"] == ["Better."]
    assert [body_of(seen)["messages"][-1]["content"] for seen in server.seen] == ["first", "second"] * 2
    assert len({seen.headers["idempotency-key"] for seen in server.seen}) == 4


async def test_without_a_credential_a_node_fails_where_there_is_no_demo(platform: Platform):
    record = await platform.run(make_graph({"ask": (AITextGenerator, {"prompt": "Hi"})}, on_node_error="fail"))
    assert executions_of(record, "ask")[0]["error"]["code"] == "MISSING_CREDENTIALS"


async def test_without_a_credential_the_demo_answers_and_the_log_says_so(platform: Platform, demo: None):
    exported = {"provider": "openai", "type": "api_key", "title": "Somebody's"}
    for constants in ({}, {"credentials": None}, {"credentials": exported}):
        nodes = {"ask": (AITextGenerator, {"prompt": "Hi", **constants}), "out": an_output()}
        run = await platform.submit(make_graph(nodes, ["ask.response -> out.value"], on_node_error="fail"))
        record = await platform.end_of(run)
        assert record["status"] == "COMPLETED", record["node_executions"]
        assert record["outputs"]["out"][0].startswith("[demo]")
        # What came is recorded, and not what was lent: a run that continues this one compares it.
        assert executions_of(record, "ask")[0]["input_data"].get("credentials") == constants.get("credentials")
        usage = (await LlmCalls(platform.tools.engine).of_runs(LOCAL_TENANT, [run.id]))[run.id]
        assert [(one.provider, one.cost_micro_usd) for one in usage.by_model] == [("demo", 0)]
        lines = await platform.sql("SELECT line FROM run_logs WHERE run_id = :id", id=run.id)
        assert any("The demo answered" in row.line for row in lines)


async def test_a_real_credential_is_used_even_where_there_is_the_demo(platform: Platform, demo: None):
    async with a_provider(platform, json_reply(200, completion("Real."))) as (_, reference):
        record = await platform.run(asking(reference, key="real"))
    assert record["outputs"]["first"] == ["Real."]


async def test_a_node_that_may_do_without_is_left_out_and_not_answered_by_the_demo(platform: Platform, demo: None):
    row = (AITextGenerator, {"prompt": "Hi"}, {"metadata": {"credentials_optional": True}})
    record = await platform.run(make_graph({"ask": row}))
    assert executions_of(record, "ask")[0]["output_data"] == {}


async def test_a_credential_of_the_demo_is_one_for_every_model(platform: Platform):
    made = await platform.tools.resolver.credentials.make(
        LOCAL_TENANT, None, "demo", "api_key", "The demo", Secret({"key": "demo"})
    )
    nodes = {"ask": (AITextGenerator, {"prompt": "Hi", "credentials": made.reference.to_wire()}), "out": an_output()}
    record = await platform.run(make_graph(nodes, ["ask.response -> out.value"]))
    assert record["outputs"]["out"][0].startswith("[demo]")


async def test_the_domain_agent_runs_to_its_end(platform: Platform, demo: None):
    """What its code prints is made of what the demo answered. (Where no sandbox works it says so, and ends, too.)"""
    graph = read_graph((AGENTS / "agent_b6f6f0d3-49f4-4e3b-8155-ffe9141b32c0.json").read_bytes())
    record = await platform.run(graph, {"Product Pitch": "A calm app that teaches people to build walls"}, seconds=90)
    assert record["status"] == "COMPLETED", record["node_executions"]
    (found,) = executions_of(record, "570c679c-676d-448f-bb1c-b347f36970aa")
    assert "democalm.com" in found["output_data"]["output"][0]
    assert record["outputs"]


async def test_the_function_agent_runs_to_its_end(platform: Platform, demo: None):
    graph = read_graph((AGENTS / "agent_516d813b-d1bc-470f-add7-c63a4b2c2bad.json").read_bytes())
    record = await platform.run(graph, {"Arguments": "3"})
    assert record["status"] == "COMPLETED", record["node_executions"]
    (given,) = record["outputs"]["return"]
    assert "[demo] name 3" in given
    assert "job title" in given.lower()


async def test_the_bloggers_model_part_gives_its_title_and_its_text(platform: Platform, demo: None):
    """Its search and its publishing need services of their own; what stands between them does not."""
    document = orjson.loads((AGENTS / "medium-blogger-old-format.json").read_bytes())
    services = {"12e9ec75", "382efac9"}
    nodes = [node for node in document["nodes"] if node["id"][:8] not in services]
    links = [link for link in document["links"] if not {link["source_id"][:8], link["sink_id"][:8]} & services]
    asking = next(node for node in nodes if node["id"].startswith("a6fbbb8a"))
    asking["input_default"]["prompt"] = "The blackout of July 2024"
    record = await platform.run(parse_graph({**document, "nodes": nodes, "links": links}))
    given = {row["node_id"][:8]: row["output_data"] for row in record["node_executions"]}
    assert record["status"] == "COMPLETED"
    assert given["0cd8f670"] == {"output": ["[demo] Blog post title"]}
    assert given["4a15b6b9"] == {"output": ["[demo] full blog post content"]}


async def test_an_agent_that_another_runs_is_answered_by_the_demo_too(platform: Platform, demo: None):
    nodes = {"ask": (AITextGenerator, {"prompt": "Hi"}), "out": an_output()}
    child = await platform.save(make_graph(nodes, ["ask.response -> out.value"], name="Asks"))
    graph = make_graph({"agent": an_agent(child), "out": an_output()}, ["agent.out -> out.value"])
    record = await platform.run(graph, seconds=60)
    assert record["outputs"]["out"][0].startswith("[demo]")
    platform.tools.has_llm_demo = False
    record = await platform.run(graph, seconds=60)
    assert executions_of(record, "agent")[0]["error"]["code"] == "MISSING_CREDENTIALS"
