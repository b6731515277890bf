"""Lists and dictionaries: the laws that hold for any JSON, then the edges."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blocks.sdk.sameness import identity

scalars = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, 1.0, -2.0]) | st.sampled_from(["a", "b", ""])
)
items = st.recursive(
    scalars,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.sampled_from("xyz"), children, max_size=2),
    max_leaves=5,
)
lists = st.lists(items, max_size=6)
#: A fixture that starts nothing may serve many examples.
law = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def give(run: Any, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
    return dict((await run(name, inputs)).outputs)


def same(first: list[Any], second: list[Any]) -> bool:
    return [identity(item) for item in first] == [identity(item) for item in second]


@law
@given(first=lists, second=lists)
async def test_difference_and_intersection_part_a_list(run: Any, first: list[Any], second: list[Any]) -> None:
    pair = {"list_a": first, "list_b": second}
    lost = (await give(run, "ListDifferenceBlock", pair))["difference"]
    kept = (await give(run, "ListIntersectionBlock", pair))["intersection"]
    assert {identity(x) for x in lost} | {identity(x) for x in kept} == {identity(x) for x in first}
    assert not {identity(x) for x in lost} & {identity(x) for x in second}
    assert len({identity(x) for x in kept}) == len(kept)


@law
@given(first=lists, second=lists)
async def test_a_symmetric_difference_does_not_mind_the_order_of_its_lists(
    run: Any, first: list[Any], second: list[Any]
) -> None:
    one = await give(run, "ListDifferenceBlock", {"list_a": first, "list_b": second, "symmetric": True})
    other = await give(run, "ListDifferenceBlock", {"list_a": second, "list_b": first, "symmetric": True})
    assert one["length"] == other["length"]
    assert {identity(x) for x in one["difference"]} == {identity(x) for x in other["difference"]}


@law
@given(parts=st.lists(lists, max_size=4))
async def test_concatenating_and_interleaving_keep_every_item(run: Any, parts: list[list[Any]]) -> None:
    joined = (await give(run, "ConcatenateListsBlock", {"lists": parts}))["concatenated_list"]
    mixed = (await give(run, "InterleaveListsBlock", {"lists": parts}))["interleaved_list"]
    assert same(joined, [item for part in parts for item in part])
    assert sorted(map(repr, map(identity, mixed))) == sorted(map(repr, map(identity, joined)))


@law
@given(parts=st.lists(lists, min_size=1, max_size=4), fill=scalars)
async def test_zipping_to_the_longest_gives_rectangles_and_to_the_shortest_loses_only_the_rest(
    run: Any, parts: list[list[Any]], fill: Any
) -> None:
    longest = (await give(run, "ZipListsBlock", {"lists": parts, "pad_to_longest": True, "fill_value": fill}))[
        "zipped_list"
    ]
    shortest = (await give(run, "ZipListsBlock", {"lists": parts}))["zipped_list"]
    assert len(longest) == max(map(len, parts))
    assert len(shortest) == min(map(len, parts))
    assert all(len(row) == len(parts) for row in longest)
    assert same(shortest, longest[: len(shortest)])


@law
@given(nested=lists, levels=st.integers(0, 3))
async def test_flattening_in_two_steps_is_flattening_at_once(run: Any, nested: list[Any], levels: int) -> None:
    async def flatten(value: list[Any], max_depth: int) -> list[Any]:
        outputs = await give(run, "FlattenListBlock", {"nested_list": value, "max_depth": max_depth})
        return list(outputs["flattened_list"])

    assert same(await flatten(await flatten(nested, levels), -1), await flatten(nested, -1))
    assert same(await flatten(nested, 0), nested)
    assert not any(isinstance(item, list) for item in await flatten(nested, -1))


@law
@given(values=lists)
async def test_stepping_through_a_list_gives_each_item_with_its_index(run: Any, values: list[Any]) -> None:
    outputs = (await run("StepThroughItemsBlock", {"items": values})).outputs
    assert [name for name, _ in outputs] == ["item", "key"] * len(values)
    assert same([value for name, value in outputs if name == "item"], values)
    assert [value for name, value in outputs if name == "key"] == list(range(len(values)))


@law
@given(values=lists, at=st.integers(-8, 8), entry=st.integers())
async def test_what_is_added_to_a_list_can_be_removed_again(run: Any, values: list[Any], at: int, entry: int) -> None:
    marked = f"entry {entry}"
    added = (await give(run, "AddToListBlock", {"list": values, "entry": marked, "position": at}))["updated_list"]
    removed = await give(run, "RemoveFromListBlock", {"list": added, "value": marked, "return_item": True})
    assert same(removed["updated_list"], values)
    assert removed["removed_item"] == marked


@law
@given(values=st.lists(items, min_size=1, max_size=20), size=st.integers(1, 5))
async def test_the_parts_of_a_list_make_the_list(run: Any, values: list[Any], size: int) -> None:
    parts = [part for _, part in (await run("CreateListBlock", {"values": values, "max_size": size})).outputs]
    assert same([item for part in parts for item in part], values)
    assert all(1 <= len(part) <= size for part in parts)


@pytest.mark.parametrize(
    ("block", "inputs", "message"),
    [
        ("CreateListBlock", {"values": [1], "max_size": 0}, "max_size must be at least 1"),
        ("GetListItemBlock", {"list": [], "index": 0}, "outside the list"),
        ("GetListItemBlock", {"list": [1], "index": -2}, "outside the list"),
        ("RemoveFromListBlock", {"list": [1]}, "Give the value"),
        ("RemoveFromListBlock", {"list": [1], "index": 10**15}, "outside the list"),
        ("ReplaceListItemBlock", {"list": [1], "index": 1, "value": 2}, "outside the list"),
        ("RemoveFromDictionaryBlock", {"dictionary": {"a": 1}, "key": "b"}, "no key 'b'"),
        ("ReplaceDictionaryValueBlock", {"dictionary": {}, "key": "b", "value": 1}, "no key 'b'"),
        ("StepThroughItemsBlock", {"items_str": "5"}, "neither a list nor a dictionary"),
    ],
)
async def test_what_is_not_there_is_said(fail: Any, block: str, inputs: dict[str, Any], message: str) -> None:
    assert message in await fail(block, inputs)


@pytest.mark.parametrize(
    ("holder", "key", "expected"),
    [
        ({"1": "x"}, 1, ("output", "x")),
        ({"a": None}, "a", ("output", None)),
        (["a", "b"], "1", ("output", "b")),
        (["a", "b"], -1, ("output", "b")),
        (["a"], "9" * 50, ("missing", ["a"])),
        ('{"a": 1}', "a", ("output", 1)),
        ("plain text", "a", ("missing", "plain text")),
        (5, "a", ("missing", 5)),
        ([{"a": 1}], "b", ("missing", [{"a": 1}])),
    ],
)
async def test_find_in_dictionary(run: Any, holder: Any, key: Any, expected: tuple[str, Any]) -> None:
    assert (await run("FindInDictionaryBlock", {"input": holder, "key": key})).outputs == [expected]


async def test_true_is_not_one_but_one_is_one_point_zero(run: Any) -> None:
    assert (await run("FindInListBlock", {"list": [True, 1.0], "value": 1})).outputs == [("index", 1), ("found", True)]
    joined = await give(
        run,
        "ConcatenateListsBlock",
        {"lists": [[1, True, 1.0, {"a": 1, "b": 2}, {"b": 2, "a": 1.0}]], "deduplicate": True},
    )
    assert joined["concatenated_list"] == [1, True, {"a": 1, "b": 2}]


async def test_all_that_is_given_is_stepped_through_in_order(run: Any) -> None:
    inputs = {"items": ["a"], "items_object": {"k": "b"}, "items_str": '{"l": "c"}'}
    outputs = (await run("StepThroughItemsBlock", inputs)).outputs
    assert outputs == [("item", "a"), ("key", 0), ("item", "b"), ("key", "k"), ("item", "c"), ("key", "l")]


async def test_a_list_is_cut_by_tokens_and_a_long_item_stands_alone(run: Any) -> None:
    values = ["aaaa", "bbbb", "c" * 40, "dddd"]
    outputs = (await run("CreateListBlock", {"values": values, "max_tokens": 2})).outputs
    assert [part for _, part in outputs] == [["aaaa", "bbbb"], ["c" * 40], ["dddd"]]
