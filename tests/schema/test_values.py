"""Values: JSON at every border, strictly; what could not come back unchanged is refused with its path."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from datetime import datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema import values
from schema.errors import InvalidValue, ValueTooLarge
from schema.limits import LIMITS
from schema.pins import Attributes
from schema.values import Handle, decode, encode, make_handle, normalize, type_of
from tests.schema.test_graph import JSON


def nested(levels: int, in_dictionaries: bool = False) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value} if in_dictionaries else [value]
    return value


class Colour(StrEnum):
    RED = "red"


class Number(Enum):
    ONE = 1


HOSTILE: dict[str, Any] = {
    "nan": float("nan"),
    "infinity": float("inf"),
    "minus infinity in a list": [1, -float("inf")],
    "nul": "a\x00b",
    "nul in a key": {"a\x00": 1},
    "a lone surrogate": "\ud800",
    "a lone surrogate in a key": {"\udfff": 1},
    "a set": {1, 2},
    "bytes": b"abc",
    "a decimal": Decimal("1.5"),
    "a moment": datetime(2026, 1, 1),
    "an id": uuid4(),
    "a complex number": 1j,
    "an object": object(),
    "a class": int,
    "a function": len,
    "an integer of 65 bits": 2**64,
    "a very negative integer": -(2**63) - 1,
    "a huge integer": 10**5_000,
    "a tuple as a key": {(1, 2): 3},
    "a key of 65 bits": {2**64: 1},
    "two keys of the same text": {1: "a", "1": "b"},
    "two keys that are no numbers": {float("nan"): 1, None: 2},
    "too deep a list": nested(LIMITS.value_depth_max + 1),
    "too deep a dictionary": nested(LIMITS.value_depth_max + 1, in_dictionaries=True),
    "endless nesting": nested(100_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_value_that_json_cannot_keep_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue, match="pin 'x'"):
        encode(HOSTILE[name], "pin 'x'")


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_inside_of_others_too(name: str) -> None:
    with pytest.raises(InvalidValue, match="value"):
        encode({"list": [{"deep": HOSTILE[name]}]})


def test_the_path_to_what_is_wrong_is_told() -> None:
    with pytest.raises(InvalidValue) as refused:
        encode({"people": [{"age": 1}, {"age": float("nan")}]}, "pin 'out'")
    assert refused.value.fields == {"where": "pin 'out'", "path": ".people[1].age"}
    assert "pin 'out'.people[1].age" in refused.value.message


def test_a_list_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises((InvalidValue, ValueTooLarge)):
        encode(endless)


def test_a_small_list_that_would_be_large_as_json_is_refused_while_walking() -> None:
    text = "x" * (LIMITS.value_bytes_max // 100)
    with pytest.raises(ValueTooLarge):
        encode([text] * 101)


def test_a_text_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueTooLarge, match=str(LIMITS.value_bytes_max)):
        encode("x" * (LIMITS.value_bytes_max + 1))


@pytest.mark.parametrize("levels", [1, 100, LIMITS.value_depth_max])
def test_nesting_up_to_the_limit_is_kept(levels: int) -> None:
    assert normalize(nested(levels)) == nested(levels)
    assert normalize(nested(levels, in_dictionaries=True)) == nested(levels, in_dictionaries=True)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ((1, 2), [1, 2]),
        ({0: "a", 2.5: "b", None: "c", True: "d"}, {"0": "a", "2.5": "b", "null": "c", "true": "d"}),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (Attributes(a=Attributes(b=1)), {"a": {"b": 1}}),
        (Colour.RED, "red"),
        ([Number.ONE], [1]),
        ("𝔘 \u2028", "𝔘 \u2028"),
        (2**64 - 1, 2**64 - 1),
        (-(2**63), -(2**63)),
        (-0.0, -0.0),
        ("", ""),
        ([], []),
        ({}, {}),
    ],
)
def test_a_value_becomes_plain_json(value: Any, plain: Any) -> None:
    assert normalize(value) == plain
    assert type(normalize(value)) is type(plain)


def test_keys_keep_their_order() -> None:
    assert encode({"b": 1, "a": 2}) == b'{"b":1,"a":2}'


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_a_json_value_comes_back_as_it_was(value: Any) -> None:
    assert decode(encode(value)) == value
    assert encode(decode(encode(value))) == encode(value)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary() | st.decimals(),
    lambda parts: (
        st.lists(parts, max_size=3)
        | st.tuples(parts, parts)
        | st.sets(st.integers(), max_size=2)
        | st.dictionaries(
            st.text(st.characters(), max_size=3) | st.integers() | st.none() | st.floats(), parts, max_size=3
        )
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(ANYTHING)
def test_anything_is_either_refused_or_the_same_ever_after(value: Any) -> None:
    try:
        plain = normalize(value)
    except (InvalidValue, ValueTooLarge):
        return
    assert normalize(plain) == plain
    assert orjson.loads(encode(plain)) == plain


@settings(max_examples=500, deadline=None)
@given(ANYTHING)
def test_what_is_plainly_good_is_good_when_looked_at_closely(value: Any) -> None:
    if values._is_plainly_good(value, "value"):
        values._look_closely(value, "value")


def test_a_large_value_is_looked_through_in_a_moment() -> None:
    rows = [{"a": "1", "b": 2} for _ in range(200_000)]
    began = time.process_time()
    encode(rows)
    taken = time.process_time() - began
    began = time.process_time()
    values._look_closely(rows, "value")
    assert taken < (time.process_time() - began) / 3, "control: with the place of each part it takes many times as long"


# Handles


def test_a_handle_tells_size_type_and_the_beginning() -> None:
    data = encode({"a": "x" * 1_000})
    handle = make_handle(data)
    assert (handle.size, handle.type, handle.preview) == (len(data), "object", '{"a":"' + "x" * 74)
    assert handle.id == hashlib.sha256(data).hexdigest()
    assert Handle.from_wire(handle.to_wire()) == handle


def test_a_preview_is_never_cut_within_a_character() -> None:
    for offset in range(4):
        preview = make_handle(encode("x" * offset + "𝔘" * 1_000)).preview
        assert len(preview) == 80
        assert set(preview) <= {'"', "x", "𝔘"}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        (True, "boolean"),
        (False, "boolean"),
        ("", "string"),
        ([], "array"),
        ({}, "object"),
        (-1, "number"),
    ],
)
def test_the_type_is_known_from_the_bytes(value: Any, kind: str) -> None:
    assert type_of(encode(value)) == kind
