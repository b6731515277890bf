"""What a form costs to check, by its shape alone: forms whose checking could take for ever are refused; it checks no data.

A validator follows every reference each time. A form of a few lines whose parts name one another twice, level by level, is a tree
of millions; one that comes back to itself twice at one place is such a tree for data that nests. The first is bounded by the number
of parts when each reference is followed, the second by one way back for each value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

from schema.errors import InvalidValue

#: Parts of a form, where each reference is followed, and references behind one another.
PARTS_MAX: Final = 5_000
REFERENCES_MAX: Final = 50
_ALTERNATIVES: Final = ("allOf", "anyOf", "oneOf")
_BESIDE: Final = ("not", "if", "then", "else")
_DEPENDENT: Final = ("dependentSchemas", "dependencies")
_UNBOUNDED: Final = ("$dynamicRef", "$recursiveRef")

Path = tuple[str, ...]


def check_cost(form: Mapping[str, Any]) -> None:
    """Raise InvalidValue where checking data by a form could take for ever."""
    try:
        _Costs(form).ways_back(form, ("#",))
    except RecursionError as error:
        raise _refusal("it is too deep where its references are followed") from error


class _Costs:
    def __init__(self, form: Mapping[str, Any]) -> None:
        self.form = form
        self.parts = 0

    def ways_back(self, part: Any, path: Path) -> int:
        """Give by how many ways, for one value, a part leads back to where it was reached from."""
        objects, arrays = self._ways(part, path)
        return max(objects, arrays)

    def _ways(self, part: Any, path: Path) -> tuple[int, int]:
        """Give the ways back through what is in an object, and through what is in an array: no value is both."""
        if not isinstance(part, Mapping):
            return 0, 0
        self.parts += 1
        if self.parts > PARTS_MAX or len(path) > REFERENCES_MAX:
            raise _refusal(f"it has more than {PARTS_MAX} parts, or {REFERENCES_MAX} references behind one another")
        found = [self._ways(one, path) for one in _in_place(part)]
        found.append(self._of_reference(part, path))
        found.append((self._in_object(part, path), self._in_array(part, path)))
        objects, arrays = sum(one[0] for one in found), sum(one[1] for one in found)
        if max(objects, arrays) > 1:
            raise _refusal("it comes back to itself by more than one way at one place")
        return objects, arrays

    def _of_reference(self, part: Mapping[str, Any], path: Path) -> tuple[int, int]:
        if any(name in part for name in _UNBOUNDED) or ("$id" in part and part is not self.form):
            raise _refusal("a reference is a `$ref` to a place in the form, and no part has an `$id`")
        reference = part.get("$ref")
        if not isinstance(reference, str):
            return 0, 0
        if reference in path:
            return 1, 1
        if reference != "#" and not reference.startswith("#/"):
            raise _refusal("a `$ref` says a place in the form itself, such as `#/$defs/name`")
        return self._ways(_at(self.form, reference), (*path, reference))

    def _in_object(self, part: Mapping[str, Any], path: Path) -> int:
        named = [self.ways_back(one, path) for one in _values(part.get("properties"))]
        others = [*_values(part.get("patternProperties")), part.get("additionalProperties")]
        others += [part.get("unevaluatedProperties"), part.get("propertyNames")]
        return max(named, default=0) + sum(self.ways_back(one, path) for one in others)

    def _in_array(self, part: Mapping[str, Any], path: Path) -> int:
        placed = [self.ways_back(one, path) for one in _items(part.get("prefixItems"))]
        others = [part.get("items"), part.get("contains"), part.get("unevaluatedItems")]
        return max(placed, default=0) + sum(self.ways_back(one, path) for one in others)


def _in_place(part: Mapping[str, Any]) -> Iterator[Any]:
    """Give the parts by which the same value is checked."""
    for name in _ALTERNATIVES:
        yield from _items(part.get(name))
    for name in _BESIDE:
        yield part.get(name)
    for name in _DEPENDENT:
        yield from _values(part.get(name))


def _values(parts: Any) -> Sequence[Any]:
    return list(parts.values()) if isinstance(parts, Mapping) else ()


def _items(parts: Any) -> Sequence[Any]:
    return parts if isinstance(parts, list | tuple) else ()


def _at(form: Any, reference: str) -> Any:
    """Give the part at a JSON pointer; None where there is none: then it is no schema, which the validator says."""
    for step in reference.split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(form, Mapping):
            form = form.get(name)
        elif isinstance(form, list | tuple) and name.isdecimal() and int(name) < len(form):
            form = form[int(name)]
        else:
            return None
    return form


def _refusal(why: str) -> InvalidValue:
    return InvalidValue(f"Checking the form could take for ever: {why}.", where="form")
