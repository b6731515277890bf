"""The services that blocks have, as a client offers them to who makes a credential; and what blocks cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from api.graphql.ids import encode_id
from blocks.llm.endpoints import TITLES
from blocks.llm.models import PROVIDERS as MODELS
from blocks.oauth import OAuthProvider
from blocks.providers.finding import providers
from blocks.registry import library_blocks
from schema.access import Role
from schema.credentials import requirements_of
from tests.api.serving import Api, Organisation
from tests.durable.blocks import Numbers

PROVIDERS = "{ providers { name title hosts hasOAuth keyHeader types scopes costs { amount type filter divisor } } }"
COSTS = "query($id: ID!) { block(id: $id) { costs { amount type filter divisor } } }"


async def test_providers_are_listed_by_name_with_what_a_credential_of_them_needs(acme: Organisation) -> None:
    found: list[dict[str, Any]] = await acme[Role.EDITOR](PROVIDERS)
    by_name = {row["name"]: row for row in found}
    assert list(by_name) == sorted(by_name)
    assert set(providers()) <= set(by_name)
    assert by_name["github"] == {
        "name": "github",
        "title": "GitHub",
        "hosts": ["api.github.com", "github.com"],
        "hasOAuth": False,
        "keyHeader": "Authorization",
        "types": ["API_KEY", "OAUTH2"],
        "scopes": ["repo", "repo:status"],
        "costs": [],
    }
    assert by_name["exa"]["keyHeader"] == "x-api-key"
    assert (by_name["exa"]["types"], by_name["exa"]["scopes"]) == (["API_KEY"], [])
    in_the_query = {name for name, one in providers().items() if one.key.parameter is not None}
    assert {name for name, row in by_name.items() if row["keyHeader"] is None} == in_the_query


async def test_services_that_run_models_are_among_them_and_no_service_that_a_block_asks_for_is_left_out(
    api: Api, acme: Organisation
) -> None:
    assert sorted(TITLES) == sorted(MODELS)
    by_name = {row["name"]: row for row in await acme.owner(PROVIDERS)}
    shown = {name: (by_name[name]["title"], by_name[name]["types"], by_name[name]["hosts"]) for name in MODELS}
    assert shown["openai"] == ("OpenAI", ["API_KEY"], ["api.openai.com"])
    assert shown["openai_compatible"] == ("A server that speaks OpenAI's API", ["API_KEY"], [])
    assert by_name["anthropic"]["keyHeader"] == "x-api-key"
    library = {one for block in library_blocks() for need in requirements_of(block.spec) for one in need.providers}
    assert library <= set(by_name)
    # Nobody declared these, so what they are called stands beside the query.
    undeclared = library - set(providers()) - set(MODELS)
    assert {name for name in undeclared if by_name[name]["title"] == name} == set()
    assert (by_name["smtp"]["title"], by_name["smtp"]["types"]) == ("A mail server (SMTP)", ["USER_PASSWORD"])


async def test_whether_access_can_be_granted_here_is_the_deployments(api: Api, acme: Organisation) -> None:
    assert not any(row["hasOAuth"] for row in await acme.owner(PROVIDERS))
    config = api.services.config
    client = OAuthProvider("github", "https://github.com/a", "https://github.com/t", "id", "a-secret-of-the-client")
    api.services.config = replace(config, oauth_providers={"github": client})
    try:
        found = await acme.owner(PROVIDERS)
    finally:
        api.services.config = config
    assert [row["name"] for row in found if row["hasOAuth"]] == ["github"]


async def test_a_block_says_what_it_costs(acme: Organisation) -> None:
    found = await acme.owner(COSTS, id=encode_id("Block", Numbers.id))
    assert found["costs"] == [{"amount": 3, "type": "RUN", "filter": {"count": 2}, "divisor": 1}]
