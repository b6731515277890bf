"""Each built block against the catalogue of known blocks: these are facts on the wire, so they match to the letter."""

from __future__ import annotations

import pytest

from blocks.registry import Registry, read_catalogue
from blocks.sdk import Block
from schema.credentials import requirements_of
from tests.blocks.conftest import BLOCKS

CATALOGUE = {spec.id: spec for spec in read_catalogue()}
KNOWN = [pytest.param(block, id=name) for name, block in BLOCKS.items() if block.id in CATALOGUE]

#: Pins that the catalogue calls required and we do not, and why.
OPTIONAL_HERE = {
    "AgentExecutorBlock": {
        "user_id",  # a run belongs to its owner
        "graph_version",  # none: the active version
        "inputs",  # they also come as pins of their own
        "input_schema",
        "output_schema",
    },
    # the sandbox is this machine's, so it needs no key of a hosted one
    "ExecuteCodeBlock": {"credentials"},
    "InstantiateCodeSandboxBlock": {"credentials"},
    "ExecuteCodeStepBlock": {"credentials"},
}


#: Pins that we add behind those of the catalogue: none is required, and a foreign file has none of them.
OURS = {
    "HumanInTheLoopBlock": [
        "instructions",
        "roles",
        "needed",
        "allows_self",
        "timeout_seconds",
        "on_timeout",
        "escalate_roles",
        "form",
    ],
    "CalculatorBlock": ["fails_on_zero"],
    "ExecuteCodeBlock": ["input_files"],
    "XMLParserBlock": ["keep_all"],
    "ReadSpreadsheetBlock": ["sheet"],
    "SQLQueryBlock": ["tls"],
    "SendEmailBlock": ["from_email", "body_format"],
    "OrchestratorBlock": ["base_url"],
    "AITextGeneratorBlock": ["base_url"],
    "AIConversationBlock": ["base_url"],
    "AIStructuredResponseGeneratorBlock": ["base_url"],
    "AIListGeneratorBlock": ["base_url"],
    "AITextSummarizerBlock": ["base_url"],
    "AIConditionBlock": ["base_url"],
    "ReadDiscordMessagesBlock": ["channel_identifier", "server_name"],
}
# The credential of a block whose file may name it: there it stands in the file only.
OURS |= {
    block.name: ["credentials"]
    for block in BLOCKS.values()
    if any(one.named_by is not None for one in requirements_of(block.spec))
}

#: Output pins that we add: a foreign file has no link from one.
OURS_OUT = {"ExecuteCodeStepBlock": {"sandbox_id"}}


@pytest.mark.parametrize("block", KNOWN)
def test_a_block_is_what_the_catalogue_says(block: type[Block]) -> None:
    spec, known = block.spec, CATALOGUE[block.id]
    assert spec.name == known.name
    assert spec.categories == known.categories
    assert spec.kind == known.kind
    assert spec.static_output == known.static_output
    assert spec.is_sensitive == known.is_sensitive


@pytest.mark.parametrize("block", KNOWN)
def test_the_pins_are_those_of_the_catalogue(block: type[Block]) -> None:
    spec, known = block.spec, CATALOGUE[block.id]
    assert list(spec.input_pins) == [*known.input_pins, *OURS.get(spec.name, [])]
    assert set(spec.output_pins) == set(known.output_pins) | OURS_OUT.get(spec.name, set())
    assert set(known.required_pins) - set(spec.required_pins) == OPTIONAL_HERE.get(spec.name, set())
    # Where the catalogue calls a credential optional, its default is a scope: it read the declaration wrongly.
    assert set(spec.required_pins) - {"credentials"} <= set(known.required_pins)


def test_the_library_makes_a_registry() -> None:
    assert len(Registry(BLOCKS.values(), CATALOGUE.values())) == len(BLOCKS)


@pytest.mark.parametrize("block", [pytest.param(block, id=name) for name, block in BLOCKS.items()])
def test_each_pin_says_what_it_is(block: type[Block]) -> None:
    silent = [pin for pin, schema in block.spec.input_pins.items() if not schema.get("description")]
    assert not silent
