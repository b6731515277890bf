"""Values: what may travel between nodes, as strict JSON, and the handle that stands for one kept elsewhere; no storage here.

JSON is the boundary: whatever a block yields or a person gives is encoded once, strictly, at the place where it enters. A
value that JSON or PostgreSQL could not give back unchanged (NaN, infinity, NUL, lone surrogates, sets, bytes, Decimal,
integers beyond 64 bits, endless nesting) is refused there with its path, never repaired in silence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from math import isfinite
from typing import Any

import orjson

from schema.errors import InvalidValue, ValueTooLarge, shorten
from schema.limits import LIMITS

_INTEGER_MIN, _INTEGER_MAX = -(2**63), 2**64 - 1
_PREVIEW_CHARS = 80
_PLAIN: tuple[Any, ...] = (dict, list, tuple, str, int, float)
_TEXT_ALONE = frozenset({str})


@dataclass(frozen=True)
class Handle:
    """What stands for a value kept elsewhere: `id` is the SHA-256 of its JSON, which is also how it is checked."""

    id: str
    size: int
    type: str
    preview: str

    def to_wire(self) -> dict[str, Any]:
        return {"id": self.id, "size": self.size, "sha256": self.id, "type": self.type, "preview": self.preview}

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Handle:
        return cls(id=wire["id"], size=wire["size"], type=wire["type"], preview=wire["preview"])


def encode(value: Any, where: str = "value") -> bytes:
    """Give the value's JSON bytes, keys in their own order; raise InvalidValue or ValueTooLarge naming `where`."""
    kind = type(value)
    if (
        (kind is float and isfinite(value))
        or (kind is int and _INTEGER_MIN <= value <= _INTEGER_MAX)
        or kind is bool
        or value is None
    ):
        return orjson.dumps(value)
    try:
        _check(value, where)
        data = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS, default=_default)
    except orjson.JSONEncodeError as error:
        raise InvalidValue(f"{where}: {shorten(str(error), 300)}", where=where) from error
    if len(data) > LIMITS.value_bytes_max:
        raise ValueTooLarge(f"{where} is {len(data)} bytes; at most {LIMITS.value_bytes_max} may travel.", where=where)
    return data


def decode(data: bytes | str) -> Any:
    """Give the value of JSON that `encode` made."""
    return orjson.loads(data)


def normalize(value: Any, where: str = "value") -> Any:
    """Give the value as it would come back from storage: plain JSON types only."""
    return decode(encode(value, where))


def make_handle(data: bytes) -> Handle:
    """Describe a value by its JSON bytes."""
    preview = data[: _PREVIEW_CHARS * 4].decode("utf-8", "ignore")[:_PREVIEW_CHARS]
    return Handle(id=hashlib.sha256(data).hexdigest(), size=len(data), type=type_of(data), preview=preview)


_TYPES = {b"n": "null", b"t": "boolean", b"f": "boolean", b'"': "string", b"[": "array", b"{": "object"}


def type_of(data: bytes) -> str:
    """Give the JSON type of a value from its JSON bytes."""
    return _TYPES.get(data[:1], "number")


def _default(value: Any) -> Any:
    """Turn subclasses (dynamic objects, string enums) into the plain types they extend."""
    if isinstance(value, Enum):
        return value.value
    for plain in _PLAIN:
        if isinstance(value, plain):
            return plain(value)
    raise TypeError(f"{type(value).__name__} is not a JSON type")


def _check(root: Any, where: str) -> None:
    """Refuse what cannot be kept. Most values can, and are looked through without a thought of where each part stands."""
    if not _is_plainly_good(root, where):
        _look_closely(root, where)


def _is_plainly_good(root: Any, where: str) -> bool:
    """Say whether a value is of JSON's own types and of nothing that is refused, level by level; False: it has to be looked at
    closely. It is the hottest loop of all: 4 million items take a second, in which whoever else runs here waits."""
    level, depth, items, size = [root], 1, 0, 0
    while level:
        items += len(level)
        below: list[Any] = []
        is_too_deep = depth > LIMITS.value_depth_max
        for value in level:
            kind = type(value)
            if kind is str:
                size += len(value)
                if "\x00" in value or not (value.isascii() or _text_problem(value) is None):
                    return False
            elif kind is dict or kind is list or kind is tuple:
                if is_too_deep or (kind is dict and not _TEXT_ALONE.issuperset(map(type, value))):
                    return False
                below += value
                if kind is dict:
                    below += value.values()
                # Looked at here: a list that has one long list many times would fill the memory before its end.
                if items + len(below) > LIMITS.value_items_max:
                    raise _too_large(where)
            elif kind is int:
                if not _INTEGER_MIN <= value <= _INTEGER_MAX:
                    return False
            elif kind is float:
                if not isfinite(value):
                    return False
            elif value is not None and kind is not bool:
                return False
        if size > LIMITS.value_bytes_max:
            raise _too_large(where)
        level, depth = below, depth + 1
    return True


def _look_closely(root: Any, where: str) -> None:
    """Find what is wrong, and its place. It walks without recursion: 100,000 levels must be an answer, not a crash."""
    stack: list[tuple[Any, str, int]] = [(root, "", 1)]
    size = items = 0
    while stack:
        value, path, depth = stack.pop()
        items += 1
        size += len(value) if isinstance(value, str) else 1
        if size > LIMITS.value_bytes_max or items > LIMITS.value_items_max:
            # Counted while walking: a small list that holds one large text many times would fill the memory as JSON.
            raise _too_large(where)
        if value is None or value is True or value is False:
            continue
        problem = _problem_of(value, depth)
        if problem is not None:
            place = f"{where}{shorten(path, 200)}"
            raise InvalidValue(f"{place}: {problem}", where=where, path=shorten(path, 200))
        stack.extend(_children(value, path, depth + 1))


def _too_large(where: str) -> ValueTooLarge:
    return ValueTooLarge(
        f"{where} is larger than the {LIMITS.value_bytes_max} bytes or {LIMITS.value_items_max} items that may travel.",
        where=where,
    )


def _children(value: Any, path: str, depth: int) -> Iterator[tuple[Any, str, int]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(key, str):
                yield key, path, depth
            yield item, f"{path}.{key}" if depth < 12 else path, depth
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield item, f"{path}[{index}]" if depth < 12 else path, depth


def _problem_of(value: Any, depth: int) -> str | None:
    """Say why one level of a value cannot be kept as JSON, or None."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return _text_problem(value)
    if isinstance(value, int):
        if not _INTEGER_MIN <= value <= _INTEGER_MAX:
            return f"an integer of {value.bit_length()} bits does not fit 64; give it as text."
        return None
    if isinstance(value, float):
        return None if isfinite(value) else f"{value} is not a JSON number."
    if isinstance(value, dict):
        if depth > LIMITS.value_depth_max:
            return f"nested deeper than {LIMITS.value_depth_max} levels."
        others = [key for key in value if not isinstance(key, str)]
        return _key_problem(value, others) if others else None
    if isinstance(value, list | tuple):
        return f"nested deeper than {LIMITS.value_depth_max} levels." if depth > LIMITS.value_depth_max else None
    return f"{type(value).__name__} is not a JSON type; convert it to text, a number, a list or a dictionary."


def _key_problem(value: Mapping[Any, Any], others: Sequence[Any]) -> str | None:
    """Say why a dictionary with these keys that are no text cannot be kept, or None."""
    bad = next((key for key in others if not isinstance(key, int | float | None)), None)
    if bad is not None:
        return f"a key of type {type(bad).__name__} is not text."
    texts = {orjson.dumps(key).decode() for key in others}
    if len(texts) < len(others) or not texts.isdisjoint(value):
        return "two of its keys become the same text."
    return None


def _text_problem(text: str) -> str | None:
    if "\x00" in text:
        return "text with a NUL character cannot be stored."
    if text.isascii():
        return None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "text with a lone surrogate is not Unicode."
    return None
