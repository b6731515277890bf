"""Agents from elsewhere: each comes in whole, says what it needs, and runs to its end by the demo and a local server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import pytest_asyncio

from api.graphql.ids import encode_id
from schema.db.credentials import Secret
from tests.api.asking import DECIDE, INBOX
from tests.api.credentials import api_key, make
from tests.api.exported import Agent, Services, exported, reachable
from tests.api.exported_agents import AGENTS, COUNTING, EXTRACTION
from tests.api.exported_nodes import SERVICES
from tests.api.graph_operations import AGENTS as FILES
from tests.api.graph_operations import agent_of, imported
from tests.api.running import START, ended, start, uuid_of
from tests.api.serving import Api, Json, Organisation
from tests.api.writing_agents import SOCIAL
from tests.durable.waiting import eventually

REQUIRED = "query($id: ID!) { requiredCredentials(graphId: $id) { key providers types scopes isRequired hasDemo } }"
PITCH = {"Product Pitch": "A calm app that teaches people to build walls"}
#: What the agents of the format's own examples are started with, and what must come of it: by the beginning of their names.
PUBLIC = {
    "Calculator": Agent({}, {"Input": 8}, {"Output": [42.0]}),
    "AI Function": Agent({}, {"Arguments": "3"}, {"return": "[demo] name 3"}),
    "Domain Name Finder": Agent({}, PITCH, {"Domain Suggestions": "### Domain Suggestions (Ranked)"}),
    "Medium Blogger": Agent({}, credentials=("jina_api_key_credentials", "medium_api_key_credentials")),
}


def every_agent() -> Iterator[Agent]:
    """Give the public agents, and ours that are shaped like others."""
    for document in map(agent_of, FILES):
        (found,) = [one for name, one in PUBLIC.items() if document["name"].startswith(name)]
        yield Agent(document, found.inputs, found.gives, found.credentials)
    yield from AGENTS


EVERY = list(every_agent())


@dataclass
class Ran:
    """What was said of an agent when it came in, which credentials it asked for, and what became of its run."""

    imported: Json
    asked: list[str]
    record: Json


def filled(value: Any, services: Services) -> Any:
    """Give inputs with the address of the services in its place."""
    return orjson.loads(orjson.dumps(value).decode().replace(SERVICES, services.url))


async def credential_for(api: Api, acme: Organisation, group: Json) -> str:
    """Make a credential that a group asks for; give its id."""
    provider = group["providers"][0]
    if "API_KEY" in group["types"]:
        return str((await make(acme.owner, provider=provider, **api_key("a key of ours")))["id"])
    credentials = api.platform.tools.resolver.credentials
    secret = Secret({"access_token": "ours", "refresh_token": "ours"}, scopes=tuple(group["scopes"]))
    made = await credentials.make(acme.id, acme.owner.person, provider, "oauth2", "Ours", secret)
    return encode_id("Credential", made.reference.id)


async def approved(acme: Organisation, run_id: str) -> None:
    """Approve what a run asks, once it does."""

    async def asked() -> list[Json]:
        return list((await acme.owner(INBOX, runId=run_id))["nodes"])

    (approval,) = await eventually(asked, seconds=60)
    decided = await acme.owner(DECIDE, input={"id": approval["id"], "approve": True})
    assert decided["errors"] == [], decided


async def run_of(api: Api, acme: Organisation, agent: Agent, services: Services) -> Ran:
    """Import an agent, give it the credentials that it asks for, and run it to its end."""
    made = await imported(acme.owner, agent.document)
    graph_id = made["graph"]["id"]
    needed = [row for row in await acme.owner(REQUIRED, id=graph_id) if row["isRequired"] and not row["hasDemo"]]
    chosen = [{"key": row["key"], "credentialId": await credential_for(api, acme, row)} for row in needed]
    inputs = filled(agent.run_inputs, services)
    run_id = (await start(acme.owner, graph_id, inputs, credentials=chosen))["id"]
    if agent.document.get("has_human_in_the_loop"):
        await approved(acme, run_id)
    await ended(acme.owner, run_id, seconds=90)
    record = await api.platform.tools.records.get(acme.id, uuid_of(run_id))
    return Ran(made, [row["key"] for row in needed], dict(record))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ran(api_of_session: Api) -> AsyncIterator[tuple[dict[str, Any], Services]]:
    """Run all of them side by side; give what became of each, by its name."""
    acme = await api_of_session.organisation()
    async with reachable(api_of_session) as services:
        works = [run_of(api_of_session, acme, agent, services) for agent in EVERY]
        found = await asyncio.gather(*works, return_exceptions=True)
    yield {agent.name: one for agent, one in zip(EVERY, found, strict=True)}, services


def ran_of(ran: tuple[dict[str, Any], Services], agent: Agent) -> Ran:
    found = ran[0][agent.name]
    if isinstance(found, BaseException):
        raise found
    return found


@pytest.mark.parametrize("agent", EVERY, ids=lambda agent: agent.name)
async def test_an_agent_comes_in_whole_and_asks_for_what_it_needs(ran: Any, agent: Agent) -> None:
    told = ran_of(ran, agent)
    assert {row["fidelity"] for row in told.imported["fidelity"]} <= {"EXACT", "CHANGED"}
    assert all(row["why"] for row in told.imported["fidelity"] if row["fidelity"] == "CHANGED")
    assert [problem for problem in told.imported["problems"] if problem["severity"] == "ERROR"] == []
    assert sorted(told.asked) == sorted(agent.credentials)


@pytest.mark.parametrize("agent", EVERY, ids=lambda agent: agent.name)
async def test_an_agent_runs_to_its_end_and_gives_what_it_is_for(ran: Any, agent: Agent) -> None:
    record = ran_of(ran, agent).record
    failed = [(row["node_id"], row["error"]) for row in record["node_executions"] if row["error"]]
    assert (record["status"], len(failed)) == ("COMPLETED", agent.failing), failed
    for name, expected in agent.gives.items():
        values = record["outputs"].get(name)
        assert values, (name, record["outputs"])
        assert values == expected if isinstance(expected, list) else expected in str(values[-1]), (name, values)


def test_the_blogger_publishes_what_the_demo_wrote_of_what_was_found(ran: Any) -> None:
    blogger = next(agent for agent in EVERY if agent.name == "Medium Blogger")
    (post,) = ran[1].asked_of("POST /medium/users/me/posts")
    assert (post["title"], post["content"]) == ("[demo] Blog post title", "[demo] full blog post content")
    published = {pin for row in ran_of(ran, blogger).record["node_executions"] for pin in row["output_data"]}
    assert {"post_id", "post_url", "published_at"} <= published


def test_what_was_approved_is_what_is_sent(ran: Any) -> None:
    (sent,) = ran[1].asked_of("POST /google/gmail/v1/users/me/messages/send")
    assert sent["raw"]
    assert len(ran[1].asked_of("POST /slack/chat.postMessage")) == 1


def test_what_an_import_let_pass_is_told_and_so_is_each_constant_that_it_left_to_a_default(ran: Any) -> None:
    made = ran_of(ran, COUNTING).imported
    assert [(one["code"], one["severity"]) for one in made["problems"]] == [("NEVER_RUNS", "WARNING")] * 2
    (summary,) = [row["why"] for row in made["fidelity"] if row["blockName"] == "AITextSummarizerBlock"]
    assert "`style` had a value that the pin does not take: it has its own default" in summary
    assert "haiku" not in summary


async def test_what_is_missing_is_told_before_anything_runs(api: Api, acme: Organisation) -> None:
    made = await imported(acme.owner, SOCIAL.document)
    refused = await acme.owner(START, input={"graphId": made["graph"]["id"], "inputs": {"About": "x"}})
    groups = {one["path"][0] for one in refused["errors"] if one["code"] == "MISSING_CREDENTIALS"}
    assert set(SOCIAL.credentials) <= groups
    assert "openai_api_key_credentials" in groups, "there is no demo here"
    made = await imported(acme.owner, EXTRACTION.document)
    refused = await acme.owner(START, input={"graphId": made["graph"]["id"], "inputs": {"Address": "x"}})
    assert [one["path"] for one in refused["errors"]] == [["Address"], ["API"]], (
        "one that is unknown, and one that is missing"
    )


async def test_a_graph_of_ours_is_refused_where_one_from_elsewhere_goes_on(acme: Organisation) -> None:
    links = ["alone.updated_list -> alone.list"]
    nodes = {"in": ("AgentInputBlock", {"name": "a", "value": 1}), "alone": ("AddToListBlock", {"entry": 1})}
    for policy, severity in ((None, "WARNING"), ("continue", "WARNING"), ("fail", "ERROR")):
        given = exported("Half of one", nodes, links)
        made = await imported(acme.owner, given if policy is None else {**given, "on_node_error": policy})
        assert [(one["code"], one["severity"]) for one in made["problems"]] == [("NEVER_RUNS", severity)]
