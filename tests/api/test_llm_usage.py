"""What language models used, as clients read it; credentials for them; and that a missing one is told before a run starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from api.graphql.ids import encode_id
from blocks.library.llm_text import AITextGenerator
from schema.access import Role
from tests.api.credentials import CREATE, REQUIRED, make
from tests.api.running import START, ended, save, start
from tests.api.serving import Api, Organisation
from tests.api.statements import counting_api
from tests.api.test_continuing import CONTINUE
from tests.durable.graphs import an_agent, an_output, make_graph

KEY = "openai_api_key_credentials"
USAGE = "{ calls inputTokens outputTokens costMicroUsd unpricedCalls byModel { provider model calls costMicroUsd } }"
RUN = f"query($id: ID!) {{ run(id: $id) {{ status llmUsage {USAGE} nodeExecutions {{ nodes {{ nodeId llmUsage {USAGE} }} }} }} }}"
RUNS = f"query($first: Int!) {{ runs(first: $first) {{ nodes {{ id llmUsage {USAGE} }} }} }}"
HAS_DEMO = "query($id: ID!) { requiredCredentials(graphId: $id) { hasDemo } }"
BY_AGENT = f"query($days: Int!) {{ llmUsageByAgent(days: $days) {{ graphId name usage {USAGE} }} }}"
REMOVE = "mutation($id: ID!) { removeMember(id: $id) { errors { code } } }"
BY_PERSON = f"query($days: Int!) {{ llmUsageByPerson(days: $days) {{ person {{ email }} usage {USAGE} }} }}"
BY_DAY = f"query($days: Int!) {{ llmUsageByDay(days: $days) {{ day usage {USAGE} }} }}"


def asking(*prompts: str):
    """Give an agent that asks a model for each of these."""
    nodes: dict[str, Any] = {
        f"ask{number}": (AITextGenerator, {"prompt": prompt, "model": "gpt-4o-mini"})
        for number, prompt in enumerate(prompts)
    }
    links = [f"ask{number}.response -> out.value" for number in range(len(prompts))]
    return make_graph({**nodes, "out": an_output()}, links, name="Asks")


async def ran(api: Api, acme: Organisation, *prompts: str) -> str:
    """Run such an agent by a credential of the demo; give the run's id."""
    made = await make(acme.owner, provider="demo", title="Demo", apiKey={"key": "demo"})
    chosen = [{"key": KEY, "credentialId": made["id"]}]
    graph_id = await save(api, acme, asking(*prompts))
    run = await start(acme.owner, graph_id, credentials=chosen)
    await ended(acme.owner, run["id"])
    return str(run["id"])


async def test_a_run_and_its_executions_tell_what_they_used(api: Api, acme: Organisation) -> None:
    run_id = await ran(api, acme, "Hi", "Good day to you")
    run = await acme.owner(RUN, id=run_id)
    assert run["status"] == "COMPLETED"
    usage = run["llmUsage"]
    assert (usage["calls"], usage["costMicroUsd"], usage["unpricedCalls"]) == (2, 0, 0)
    assert usage["byModel"] == [{"provider": "demo", "model": "gpt-4o-mini", "calls": 2, "costMicroUsd": 0}]
    nodes = run["nodeExecutions"]["nodes"]
    own = [row["llmUsage"] for row in nodes if row["nodeId"].startswith("ask")]
    assert [one["calls"] for one in own] == [1, 1]
    assert sum(one["inputTokens"] for one in own) == usage["inputTokens"] > 0
    assert {row["llmUsage"]["calls"] for row in nodes if row["nodeId"] == "out"} == {0}
    (day,) = await acme.owner(BY_DAY, days=1)
    assert day["usage"]["calls"] >= 2


async def test_another_organisation_sees_nothing_of_it(api: Api, acme: Organisation, other: Organisation) -> None:
    await ran(api, acme, "Hi")
    for query in (BY_DAY, BY_AGENT, BY_PERSON):
        assert await other.owner(query, days=366) == []


async def test_usage_is_told_by_the_agent_on_top_and_by_who_began_the_run(api: Api, acme: Organisation) -> None:
    inner = asking("Hi")
    await save(api, acme, inner)
    outer_id = await save(api, acme, make_graph({"child": an_agent(inner)}, name="Outer"))
    made = await make(acme.owner, provider="demo", title="Demo", is_shared=True, apiKey={"key": "demo"})
    chosen = [{"key": KEY, "credentialId": made["id"]}]
    editor = acme[Role.EDITOR]
    await ended(editor, (await start(editor, outer_id, credentials=chosen))["id"])
    await ran(api, acme, "Hi", "Good day")
    by_agent = await acme[Role.VIEWER](BY_AGENT, days=1)
    assert {(row["name"], row["usage"]["calls"]) for row in by_agent} == {("Outer", 1), ("Asks", 2)}
    assert outer_id in [row["graphId"] for row in by_agent]
    by_person = await acme[Role.VIEWER](BY_PERSON, days=1)
    calls = {row["person"]["email"].split("-")[0]: row["usage"]["calls"] for row in by_person}
    assert calls == {"editor": 1, "owner": 2}
    for query in (BY_DAY, BY_AGENT, BY_PERSON):
        assert await acme.owner.refused(query, days=0) == ["BAD_USER_INPUT"]


async def test_usage_is_told_by_the_name_that_an_agent_had_last_and_those_who_have_left_are_one(
    api: Api, acme: Organisation
) -> None:
    made = await make(acme.owner, provider="demo", title="Demo", is_shared=True, apiKey={"key": "demo"})
    chosen = [{"key": KEY, "credentialId": made["id"]}]
    graph = asking("Hi").model_copy(update={"name": "Zoo"})
    graph_id = await save(api, acme, graph)
    for role in (Role.EDITOR, Role.OPERATOR):
        await ended(acme[role], (await start(acme[role], graph_id, credentials=chosen))["id"])
        await acme.owner(REMOVE, id=encode_id("Member", acme[role].person))
    await save(api, acme, graph.model_copy(update={"name": "Ark"}))
    await ended(acme.owner, (await start(acme.owner, graph_id, credentials=chosen))["id"])
    (row,) = await acme.owner(BY_AGENT, days=1)
    assert (row["name"], row["usage"]["calls"]) == ("Ark", 3)
    by_person = await acme.owner(BY_PERSON, days=1)
    assert [(row["person"] is None, row["usage"]["calls"]) for row in by_person] == [(True, 2), (False, 1)]


async def test_usage_takes_as_many_statements_for_many_runs_as_for_one(api: Api, acme: Organisation) -> None:
    for _ in range(3):
        await ran(api, acme, "Hi")
    async with counting_api(api) as counted:
        one = await counted.of(acme.owner, RUNS, first=1)
        more = await counted.of(acme.owner, RUNS, first=3)
    assert len(one) == len(more)


async def test_a_missing_credential_is_told_before_the_run_where_there_is_no_demo(api: Api, acme: Organisation) -> None:
    graph_id = await save(api, acme, asking("Hi"))
    payload = await acme.owner(START, input={"graphId": graph_id})
    assert payload["errors"][0]["code"] == "MISSING_CREDENTIALS"
    (group,) = await acme.owner(REQUIRED, id=graph_id)
    assert await acme.owner(HAS_DEMO, id=graph_id) == [{"hasDemo": False}]
    assert (group["key"], group["providers"], group["isRequired"]) == (KEY, ["openai"], True)


@pytest.fixture
def with_demo(api: Api) -> Iterator[None]:
    """Make the stack one with the demo."""
    config, tools = api.services.config, api.platform.tools
    api.services.config, tools.has_llm_demo = replace(config, has_llm_demo=True), True
    yield
    api.services.config, tools.has_llm_demo = config, False


async def test_with_the_demo_a_run_starts_without_a_credential_and_continues_without_asking_again(
    api: Api, acme: Organisation, with_demo: None
) -> None:
    graph_id = await save(api, acme, asking("Hi"))
    assert await acme.owner(HAS_DEMO, id=graph_id) == [{"hasDemo": True}]
    run_id = (await start(acme.owner, graph_id))["id"]
    await ended(acme.owner, run_id)
    payload = await acme.owner(CONTINUE, input={"runId": run_id, "mode": "NODES", "nodeIds": ["out"]})
    assert payload["errors"] == []
    await ended(acme.owner, payload["run"]["id"])
    again = await acme.owner(RUN, id=payload["run"]["id"])
    assert (again["status"], again["llmUsage"]["calls"]) == ("COMPLETED", 0)


async def test_a_key_may_name_hosts_of_its_own(api: Api, acme: Organisation) -> None:
    given = {
        "provider": "openai_compatible",
        "title": "vLLM",
        "secret": {"apiKey": {"key": "k", "hosts": ["Vllm.Example:8000"]}},
    }
    payload = await acme.owner(CREATE, input=given)
    assert payload["credential"]["hosts"] == ["vllm.example:8000"]
    given["secret"] = {"apiKey": {"key": "k", "hosts": ["no host/"]}}
    refused = await acme.owner(CREATE, input=given)
    assert refused["errors"][0]["code"] == "BAD_USER_INPUT"
