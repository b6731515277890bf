"""Every graph in `examples/` is one that a person can start from: it checks, compiles, draws and has its line in the README."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from blocks.registry import discover
from deploy.commands.stack import EXAMPLE
from schema.block import Kind
from schema.check import check
from schema.graph import Graph, read_graph
from schema.interface import check_run_inputs, input_schema, output_schema
from tests.tidy.source import ROOT
from workflows.engine.plan import Plan, compile_graph

FOLDER = ROOT / "examples"
FILES = sorted(FOLDER.glob("*.json"))
SPECS = discover().specs
every = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)

#: What each agent takes (all with defaults) and gives: a change of this is a change for whoever has copied it.
INTERFACES = {
    "countdown": (["From"], ["Count", "Done"]),
    "error_routing": (["Pairs"], ["Quotients", "Problems"]),
    "fan_out": (["Text"], ["Lengths"]),
    "http": (["Address"], ["Answer", "Refused", "Broken", "Unreachable"]),
    "refund": (["Refund", "Service"], ["Receipt"]),
    "release_notes": (["Project", "Version", "Changes"], ["Features", "Fixes", "Headline", "Notes"]),
    "researcher": (["Topic"], ["Report", "Conversation", "Outlines"]),
    "running_total": (["Numbers"], ["Totals"]),
}


def read(file: Path) -> Graph:
    return read_graph(file.read_bytes())


@every
def test_an_example_has_no_problem(file: Path) -> None:
    assert check(read(file), SPECS) == []


@every
def test_an_example_compiles_with_all_that_it_bundles(file: Path) -> None:
    for graph in read(file).every_graph():
        plan = compile_graph(graph, SPECS)
        assert Plan.from_lists(plan.to_lists()) == plan


@every
def test_an_example_takes_and_gives_what_is_said_here(file: Path) -> None:
    graph = read(file)
    inputs, outputs = input_schema(graph, SPECS), output_schema(graph, SPECS)
    assert (list(inputs["properties"]), list(outputs["properties"])) == INTERFACES[file.stem]
    assert inputs["required"] == []
    check_run_inputs(graph, SPECS, {})


@every
def test_an_example_fails_where_a_node_fails_unheard(file: Path) -> None:
    wanted = "hold" if file.stem == "refund" else "fail"
    assert {graph.error_policy for graph in read(file).every_graph()} == {wanted}


@every
def test_an_example_has_real_ids_names_and_places(file: Path) -> None:
    for graph in read(file).every_graph():
        places = [(node.metadata["position"]["x"], node.metadata["position"]["y"]) for node in graph.nodes]
        assert len(set(places)) == len(places), "two nodes stand in one place"
        assert all(UUID(each.id).version == 4 for each in (*graph.nodes, *graph.links))
        assert all(node.title for node in graph.nodes)


@every
def test_an_example_has_its_line_in_the_readme(file: Path) -> None:
    assert f"`{file.name}`" in (FOLDER / "README.md").read_text()


@every
def test_links_are_static_where_their_block_says_so(file: Path) -> None:
    for graph in read(file).every_graph():
        blocks = {node.id: SPECS[node.block_id] for node in graph.nodes}
        for link in graph.links:
            assert link.is_static == blocks[link.source_id].static_output, link.id


def test_the_demo_needs_no_network_and_shows_what_there_is() -> None:
    graph = read(EXAMPLE)
    names = {SPECS[node.block_id].name for one in graph.every_graph() for node in one.nodes}
    shown = {
        "StepThroughItemsBlock",
        "ConditionBlock",
        "FillTextTemplateBlock",
        "CountdownTimerBlock",
        "AgentExecutorBlock",
    }
    assert shown <= names
    assert "SendWebRequestBlock" not in names


def test_the_child_that_the_demo_runs_is_bundled_with_its_interface() -> None:
    graph = read(EXAMPLE)
    bundled = {inner.id: inner for inner in graph.sub_graphs}
    for node in graph.nodes:
        if SPECS[node.block_id].kind is Kind.AGENT:
            _is_of(node.input_default, bundled[node.input_default["graph_id"]])


def _is_of(constants: dict[str, Any], child: Graph) -> None:
    assert constants["input_schema"] == input_schema(child, SPECS)
    assert constants["output_schema"] == output_schema(child, SPECS)
    assert constants["graph_version"] == child.version
