"""Each block of ours against its row of the public catalogue, fact by fact: what differs is meant, and says why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin
from tests.blocks.catalogue import BY_ID, MEANT, ROWS, default_of, differences, family_of, fits
from tests.blocks.conftest import BLOCKS

KNOWN = [pytest.param(block, id=name) for name, block in BLOCKS.items() if block.id in BY_ID]


@pytest.mark.parametrize("block", KNOWN)
def test_a_block_differs_from_its_row_only_where_that_is_meant(block: type[Block]) -> None:
    assert [(what, how) for what, how in differences(block) if (block.name, what) not in MEANT] == []


def test_what_is_meant_is_so() -> None:
    found = {(block.name, what) for block in BLOCKS.values() if block.id in BY_ID for what, _ in differences(block)}
    assert {key for key in MEANT if key[0] in BLOCKS} - found == set()
    assert all(MEANT.values())


def test_a_block_that_is_ours_alone_has_an_id_and_a_name_of_its_own() -> None:
    ours = [block for block in BLOCKS.values() if block.id not in BY_ID]
    assert {block.name for block in ours} & {row["name"] for row in ROWS} == set()


class Different(Block):
    """Differ from the catalogue's calculator in all that can differ."""

    id = "b1ab9b19-67a6-406d-abf5-2dba76d00c79"
    name = "OtherBlock"
    static_output = True

    class Input(BlockInput):
        operation: list[str] = pin(description="What to do.")
        a: str = pin(description="The first number.")
        round_result: bool = pin(True, description="Whether to round.")

    class Output(BlockOutput):
        result: str = pin(description="The result.")

    examples = (Example(input={"operation": [], "a": "1"}, output=[]),)

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        yield "result", ""


def test_every_difference_is_seen() -> None:
    assert [what for what, _ in differences(Different)] == [
        "name",
        "categories",
        "static_output",
        "in a type",
        "in b",
        "in round_result default",
        "out result type",
    ]


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("str", {"string"}),
        ("Optional[list[dict[str, Any]]]", {"array", "null"}),
        ("Union[Dict[str, Any], List[Union[dict, List[Any]]]]", {"object", "array"}),
        ("str | int", {"string", "integer"}),
        ("Literal['a', 'b']", {"string"}),
        ("MediaFileType | None", {"string", "null"}),
    ],
)
def test_a_type_has_its_family(text: str, family: set[str]) -> None:
    assert family_of(text) == family


def test_a_class_takes_what_a_class_may_be() -> None:
    theirs = family_of("SMTPConfig")
    assert fits(frozenset({"object"}), theirs)
    assert fits(frozenset({"string"}), theirs)
    assert not fits(frozenset({"boolean"}), theirs)


def test_a_default_is_read() -> None:
    assert default_of({"factory": "list"}) == []
    assert default_of({"factory": "lambda: ['a', 'b']"}) == ["a", "b"]
    assert default_of({"factory": "lambda: str(uuid.uuid4())"}) is ...
    assert default_of({}) == {}
