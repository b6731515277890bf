"""What an agent needs of credentials: read from marks, grouped by what meets them, turned into masks."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from blocks.library.agent import AgentExecutor
from schema.block import BlockSpec
from schema.check import check, errors_of
from schema.credentials import (
    Held,
    Reference,
    all_needs,
    credentials_schema,
    groups_of,
    handed_down,
    masks_of,
    misfit,
    needs_of,
    reference_of,
    reference_schema,
    requirements_of,
    unmet,
    used_by,
)
from schema.graph import Graph, parse_graph


def spec(name: str, pin: dict[str, Any], *, required: bool = True, **pins: Any) -> BlockSpec:
    properties = {**pins, "credentials": pin}
    schema = {"type": "object", "properties": properties, "required": ["credentials"] if required else []}
    output = {"type": "object", "properties": {"out": {}}}
    return BlockSpec(id=name, name=name, input_schema=schema, output_schema=output)


MODELS = {"gpt": "openai", "claude": "anthropic"}
SPECS = {
    "github": spec("github", reference_schema(["github"], ["oauth2", "api_key"], scopes=["repo"])),
    "issues": spec("issues", reference_schema(["github"], ["api_key", "oauth2"], scopes=["issues"])),
    "model": spec(
        "model",
        reference_schema(["openai", "anthropic"], ["api_key"], discriminator="model", mapping=MODELS),
        model={"type": "string", "default": "gpt"},
    ),
    "http": spec("http", reference_schema(["http"], ["host_scoped"], discriminator="url"), url={"type": "string"}),
    "greet": spec("greet", reference_schema(["greeting"], ["api_key"]), required=False),
    "plain": BlockSpec(id="plain", name="plain", input_schema={"properties": {"a": {}}}, output_schema={"properties": {"out": {}}}),
    AgentExecutor.id: AgentExecutor.spec,
}  # fmt: skip


def graph(nodes: dict[str, Any], links: tuple[tuple[str, str, str, str], ...] = (), **fields: Any) -> Graph:
    rows = []
    for name, row in nodes.items():
        block_id, constants, metadata = (*row, {}, {})[:3]
        rows.append({"id": name, "block_id": block_id, "input_default": constants, "metadata": metadata})
    named = [
        {"id": str(number), "source_id": a, "source_name": b, "sink_id": c, "sink_name": d}
        for number, (a, b, c, d) in enumerate(links)
    ]
    return parse_graph({"id": str(uuid4()), "name": "An agent", "nodes": rows, "links": named, **fields})


def running(inner: Graph) -> tuple[str, dict[str, Any]]:
    return AgentExecutor.id, {"graph_id": inner.id, "graph_version": inner.version}


def reference(provider: str = "github", kind: str = "api_key") -> Reference:
    return Reference(str(uuid4()), provider, kind, "Mine")


def test_needs_of_the_same_providers_and_types_are_one_group_with_all_their_scopes() -> None:
    groups = groups_of(needs_of(graph({"a": ("github",), "b": ("issues",), "c": ("plain",)}), SPECS))
    assert list(groups) == ["github_api_key_oauth2_credentials"]
    group = groups["github_api_key_oauth2_credentials"]
    assert (group.providers, group.types) == (("github",), ("api_key", "oauth2"))
    assert group.scopes == ("issues", "repo")
    assert [need.node.id for need in group.needs] == ["a", "b"]


def test_a_disabled_node_needs_no_credential_and_runs_no_agent() -> None:
    inner = graph({"a": ("github",)})
    made = graph({"a": ("github",), "b": running(inner)})
    for one in made.nodes:
        one.is_disabled = True
    assert (list(needs_of(made, SPECS)), list(used_by(made, SPECS))) == ([], [])


def test_a_discriminating_input_chooses_the_provider() -> None:
    nodes = {"default": ("model",), "gpt": ("model", {"model": "gpt"}), "claude": ("model", {"model": "claude"})}
    groups = groups_of(needs_of(graph(nodes), SPECS))
    assert {key: [need.node.id for need in group.needs] for key, group in groups.items()} == {
        "openai_api_key_credentials": ["default", "gpt"],
        "anthropic_api_key_credentials": ["claude"],
    }
    assert groups["openai_api_key_credentials"].discriminator_values == ["gpt"]


def test_one_that_comes_by_a_link_leaves_every_provider_open() -> None:
    made = graph({"p": ("plain",), "m": ("model",)}, (("p", "out", "m", "model"),))
    (group,) = groups_of(needs_of(made, SPECS)).values()
    assert (group.key, group.discriminator_values) == ("anthropic_openai_api_key_credentials", [])


def test_without_a_mapping_it_only_says_what_a_credential_is_for() -> None:
    nodes = {
        "a": ("http", {"url": "https://a.example.com"}),
        "b": ("http", {"url": "https://b.example.com"}),
        "c": ("http",),
    }
    (group,) = groups_of(needs_of(graph(nodes), SPECS)).values()
    assert group.key == "http_host_scoped_credentials"
    assert group.discriminator_values == ["https://a.example.com", "https://b.example.com"]


def test_the_agents_that_an_agent_runs_need_what_they_need_each_once() -> None:
    leaf = graph({"l": ("github",)})
    middle = graph({"m": ("model",), "leaf": running(leaf), "again": running(leaf)})
    top = graph({"one": running(middle), "two": running(leaf)}, sub_graphs=[leaf.model_dump()])
    stored = {(middle.id, middle.version): middle}
    needs = all_needs(top, stored, SPECS)
    assert [(need.graph.id, need.node.id) for need in needs] == [(middle.id, "m"), (leaf.id, "l")]
    assert list(used_by(top, SPECS)) == [(middle.id, 1), (leaf.id, 1)]
    # One that is not to be had is left out, and says nothing.
    assert [need.node.id for need in all_needs(top, {}, SPECS)] == ["l"]


def test_agents_that_run_one_another_are_looked_at_once() -> None:
    one, two = graph({"a": ("github",)}), graph({"b": ("github",)})
    one = graph({"a": ("github",), "x": running(two)}, id=one.id)
    two = graph({"b": ("github",), "y": running(one)}, id=two.id)
    stored = {(one.id, 1): one, (two.id, 1): two}
    assert [need.node.id for need in all_needs(one, stored, SPECS)] == ["a", "b"]


def test_the_schema_is_what_exported_agents_carry() -> None:
    made = graph({"m": ("model", {"model": "gpt"}), "g": ("greet",)}, name="Domain Name Finder")
    schema = credentials_schema(made, {}, SPECS)
    assert schema["title"] == "DomainNameFinderCredentialsInputSchema"
    assert schema["required"] == ["openai_api_key_credentials"]
    entry = schema["properties"]["openai_api_key_credentials"]
    assert entry["credentials_provider"] == ["openai"]
    assert entry["credentials_types"] == ["api_key"]
    assert entry["properties"]["provider"] == {"const": "openai", "title": "Provider", "type": "string"}
    assert entry["required"] == ["id", "provider", "type"]
    assert (entry["discriminator"], entry["discriminator_values"]) == ("model", ["gpt"])
    assert entry["discriminator_mapping"] == MODELS


def test_a_node_may_do_without_where_it_or_its_block_says_so() -> None:
    nodes = {"skipped": ("github", {}, {"credentials_optional": True}), "without": ("greet",)}
    groups = groups_of(needs_of(graph(nodes), SPECS))
    assert not any(group.is_required for group in groups.values())
    assert unmet(groups, {}) == []
    # One node that needs it is enough.
    both = groups_of(needs_of(graph({**nodes, "needed": ("github",)}), SPECS))
    (problem,) = unmet(both, {})
    assert problem["where"] == "github_api_key_oauth2_credentials"
    assert [place["node_id"] for place in problem["nodes"]] == ["needed"]
    assert "needed" in problem["message"]


def test_what_was_chosen_becomes_masks_and_goes_on_to_children() -> None:
    inner = graph({"l": ("model",)})
    made = graph({"a": ("github",), "m": ("model",), "child": running(inner), "p": ("plain",)})
    chosen = {"github_api_key_oauth2_credentials": reference()}
    masks = masks_of(made, SPECS, chosen)
    assert masks == {
        "a": {"credentials": chosen["github_api_key_oauth2_credentials"].to_wire()},
        "child": {"credentials": {"github_api_key_oauth2_credentials": masks["a"]["credentials"]}},
    }
    assert handed_down(masks["child"]["credentials"]) == chosen
    assert masks_of(made, SPECS, {}) == {}


@pytest.mark.parametrize("value", [None, "x", {}, {"provider": "github"}, {"id": ""}, {"id": 5}, {"id": None}, []])
def test_what_has_no_id_refers_to_nothing(value: Any) -> None:
    assert reference_of(value) is None
    assert handed_down({"key": value}) == {}
    assert handed_down(value) == {}


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        (Held("github", "oauth2", ["repo", "more"]), None),
        (Held("github", "api_key"), None),  # A key has no scopes that could be looked at.
        (Held("google", "api_key"), "is of google"),
        (Held("github", "user_password"), "is of the type user_password"),
        (Held("github", "oauth2", ["more"]), "lacks the scopes repo"),
        (Held("github", "oauth2", ["repo"], has_ended=True), "has ended"),
    ],
)
def test_a_credential_fits_or_is_told_why_not(held: Held, reason: str | None) -> None:
    (requirement,) = requirements_of(SPECS["github"])
    found = misfit(held, requirement.providers, requirement.types, requirement.scopes)
    assert (found is None) if reason is None else reason in str(found)


# What the check of a graph says


def codes(made: Graph) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.pin) for problem in errors_of(check(made, SPECS))]


def test_a_missing_credential_is_no_problem_of_the_graph() -> None:
    scrubbed = {"credentials": {"provider": "github", "type": "api_key", "title": "Theirs"}}
    assert codes(graph({"a": ("github",), "b": ("github", scrubbed), "c": ("github", {"credentials": None})})) == []


def test_what_is_no_reference_is_one() -> None:
    assert codes(graph({"a": ("github", {"credentials": "ghp_secret"})})) == [("WRONG_TYPE", "credentials")]
    path = {"credentials": reference().to_wire(), "credentials_#_id": "another"}
    assert codes(graph({"a": ("github", path)})) == [("WRONG_TYPE", "credentials_#_id")]


@pytest.mark.parametrize("pin", ["credentials", "credentials_#_id"])
def test_no_link_leads_into_a_credential(pin: str) -> None:
    inner = graph({"l": ("github",)})
    nodes = {"p": ("plain",), "a": ("github",), "child": running(inner)}
    for sink in ("a", "child"):
        assert ("CREDENTIAL_LINKED", pin) in codes(graph(nodes, (("p", "out", sink, pin),)))
