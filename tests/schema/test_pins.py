"""Pin names: what a path selects is what a merge put there, and a malformed path is an ordinary name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.errors import InvalidInput
from schema.limits import LIMITS
from schema.pins import NOTHING, base_name, is_dynamic, merge, merged_only, select, split

KEYS = st.text(st.characters(codec="utf-8", exclude_characters="_"), min_size=1, max_size=6)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("$"), st.integers(0, 5).map(str)),
        st.tuples(st.just("#"), KEYS),
        st.tuples(st.just("@"), KEYS),
    ),
    min_size=1,
    max_size=4,
)


def path(base: str, steps: list[tuple[str, str]]) -> str:
    return base + "".join(f"_{kind}_{key}" for kind, key in steps)


@settings(max_examples=200, deadline=None)
@given(KEYS, STEPS)
def test_a_path_is_split_into_its_base_and_steps(base: str, steps: list[tuple[str, str]]) -> None:
    assert split(path(base, steps)) == (base, tuple(steps))
    assert base_name(path(base, steps)) == base


@settings(max_examples=300, deadline=None)
@given(KEYS, STEPS, st.integers())
def test_what_is_merged_is_selected_by_the_same_path(base: str, steps: list[tuple[str, str]], value: int) -> None:
    merged = merged_only({path(base, steps): value})
    assert select(base, merged[base], path(base, steps)) == value


@settings(max_examples=100, deadline=None)
@given(STEPS, st.recursive(st.integers(), lambda parts: st.lists(parts) | st.dictionaries(KEYS, parts), max_leaves=5))
def test_a_merge_never_changes_what_it_was_given(steps: list[tuple[str, str]], start: Any) -> None:
    given_text = repr(start)
    merge({"x": start, path("x", steps): 1})
    assert repr(start) == given_text


@pytest.mark.parametrize("name", ["plain", "", "_$_0", "x_$_", "x_#_", "a_$_0_#_", "x_$0", "x_%_a"])
def test_a_malformed_path_is_an_ordinary_name(name: str) -> None:
    assert split(name) == (name, ())
    assert not is_dynamic(name)
    assert merge({name: 1}) == {name: 1}


def test_a_list_is_padded_with_null() -> None:
    assert merged_only({"x_$_2": "c"}) == {"x": [None, None, "c"]}


def test_a_merge_starts_from_the_plain_value() -> None:
    assert merged_only({"x": {"a": 1}, "x_#_b": 2}) == {"x": {"a": 1, "b": 2}}
    assert merged_only({"x_$_1": 9, "x": [1, 2, 3]}) == {"x": [1, 9, 3]}


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"x_#_a": 1, "x_$_0": 2}, [2]),
        ({"x_#_a": 1, "x_$_1": 2}, ["a", 2]),
        ({"x_$_0": 1, "x_#_a": 2}, {"a": 2}),
        ({"x_#_a": 1, "x_@_b": 2}, {"b": 2}),
        ({"x_$_0": 1, "x_@_b": 2}, {"b": 2}),
        ({"x": "text", "x_#_a": 1}, {"a": 1}),
    ],
)
def test_the_later_container_wins(inputs: dict[str, Any], expected: Any) -> None:
    assert merged_only(inputs)["x"] == expected


@pytest.mark.parametrize("index", ["-1", "one", "1.5", str(LIMITS.dynamic_index_max), "9" * 30])
def test_an_index_that_is_none_is_an_error_on_its_pin(index: str) -> None:
    with pytest.raises(InvalidInput, match="index must be an integer") as refused:
        merge({f"x_$_{index}": 1})
    assert refused.value.fields["pin"] == f"x_$_{index}"


def test_an_index_of_too_many_digits_is_an_error_and_not_a_crash() -> None:
    with pytest.raises(InvalidInput):
        merge({f"x_$_{'9' * 5_000}": 1})


@pytest.mark.parametrize("source", ["out_$_-1", "out_$_9", "out_$_x", "out_#_a", "other", "out_$_0_$_0", "other_$_0"])
def test_any_failure_of_a_selector_gives_no_value(source: str) -> None:
    assert select("out", [1, 2], source) is NOTHING


def test_a_null_is_a_value_on_the_same_pin_and_none_at_the_end_of_a_path() -> None:
    assert select("out", None, "out") is None
    assert select("out", [None], "out_$_0") is NOTHING
    assert select("out", [0], "out_$_0") == 0


def test_a_pin_that_looks_like_a_path_is_its_own_name_first() -> None:
    assert select("out_$_0", "literal", "out_$_0") == "literal"


def test_a_tool_pin_is_known_as_tools() -> None:
    assert base_name("tools_^_node_~_field") == "tools"
    assert base_name("tools_^_a_tool_~_x_#_y") == "tools"
