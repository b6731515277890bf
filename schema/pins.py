"""Pin names: the dynamic paths that select from an emission and merge into an input; never touches a value's meaning.

`name_$_0` is a list index, `name_#_key` a dictionary key, `name_@_attr` an attribute; they nest and are read from left to
right (agent-graphs.md section 5). In a link's source name a path selects; in a sink name it merges. Values that crossed a
node are JSON, so an attribute is a key of a JSON object; `Attributes` marks objects that a merge made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from schema.errors import InvalidInput
from schema.limits import LIMITS

INDEX: Final = "$"
KEY: Final = "#"
ATTRIBUTE: Final = "@"

_DELIMITER = re.compile(r"_([$#@])_")
_TOOL_PIN = re.compile(r"^tools_\^_(?P<node>.*?)_~_(?P<pin>.*)$", re.DOTALL)

Step = tuple[str, str]


class Attributes(dict[str, Any]):
    """An object with attributes, as a merge of `_@_` pins makes it; JSON shows it as a dictionary."""


class _Nothing:
    """The mark of "no value on this link", which is not the same as null."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = _Nothing()


@lru_cache(maxsize=4096)
def split(name: str) -> tuple[str, tuple[Step, ...]]:
    """Split a pin name into its base and its steps; a malformed path is an ordinary name without steps."""
    parts = _DELIMITER.split(name)
    base, steps = parts[0], tuple(zip(parts[1::2], parts[2::2], strict=True))
    if not base or any(not key for _, key in steps):
        return name, ()
    return base, steps


def base_name(name: str) -> str:
    """Give the name by which a pin is known to its block: `values_#_a` is a pin of `values`."""
    return "tools" if name.startswith("tools_^_") else split(name)[0]


def is_dynamic(name: str) -> bool:
    return bool(split(name)[1])


def select(pin: str, value: Any, source_name: str, sink_node_id: str | None = None, sink_pin: str | None = None) -> Any:
    """Give the value that a link takes from an emission, or NOTHING.

    A null on the literally same pin is a value; a path that finds nothing, or a null, is none.
    """
    if pin == source_name:
        return value
    tool = _TOOL_PIN.match(pin)
    if tool is not None:
        return _select_tool(tool, value, source_name, sink_node_id, sink_pin)
    base, steps = split(source_name)
    if base != pin or not steps:
        return NOTHING
    for kind, key in steps:
        value = _step_into(value, kind, key)
        if value is NOTHING:
            return NOTHING
    return NOTHING if value is None else value


def _select_tool(
    tool: re.Match[str], value: Any, source_name: str, sink_node_id: str | None, sink_pin: str | None
) -> Any:
    if source_name != "tools":
        return NOTHING
    if not sink_node_id or not sink_pin:
        raise InvalidInput("The sink's node id and pin name must be provided for tool pin routing.")
    return value if (tool["node"], tool["pin"]) == (sink_node_id, sink_pin) else NOTHING


def _step_into(value: Any, kind: str, key: str) -> Any:
    if kind == INDEX:
        index = _index_of(key)
        is_there = isinstance(value, list) and index is not None and 0 <= index < len(value)
        return value[index] if is_there else NOTHING
    if isinstance(value, dict) and key in value:
        return value[key]
    return NOTHING


def _index_of(key: str) -> int | None:
    try:
        return int(key)
    except ValueError:
        return None


def merge(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Give the inputs with every dynamic pin merged into its base name; the dynamic names stay beside it.

    Lists are padded with null. Where two keys want different containers at one place the later wins. Raises InvalidInput
    naming the pin when a list index is not an integer or is beyond the limit.
    """
    merged = dict(inputs)
    bases: set[str] = set()
    for name, value in inputs.items():
        base, steps = split(name)
        if not steps:
            continue
        if base not in bases:
            bases.add(base)
            merged[base] = _copy(inputs.get(base))
        merged[base] = _merge_into(merged[base], steps, value, name)
    return merged


def merged_only(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Give the merged inputs without the dynamic names themselves."""
    return {name: value for name, value in merge(inputs).items() if not is_dynamic(name)}


def _copy(value: Any) -> Any:
    """Copy the containers of a value, so that a merge never changes what it was given."""
    if isinstance(value, Attributes):
        return Attributes({key: _copy(item) for key, item in value.items()})
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value


def _merge_into(container: Any, steps: tuple[Step, ...], value: Any, pin: str) -> Any:
    (kind, key), rest = steps[0], steps[1:]
    if kind == INDEX:
        index = _index_of(key)
        if index is None or not 0 <= index < LIMITS.dynamic_index_max:
            raise InvalidInput(
                f"Pin {pin!r}: the list index must be an integer from 0 to {LIMITS.dynamic_index_max - 1}, not {key!r}.",
                pin=pin,
            )
        items = _as_list(container)
        items.extend([None] * (index + 1 - len(items)))
        items[index] = _merge_into(items[index], rest, value, pin) if rest else value
        return items
    holder = _as_dictionary(container) if kind == KEY else _as_attributes(container)
    holder[key] = _merge_into(holder.get(key), rest, value, pin) if rest else value
    return holder


def _as_list(container: Any) -> list[Any]:
    if isinstance(container, list):
        return container
    return list(container) if isinstance(container, dict) else []


def _as_dictionary(container: Any) -> dict[str, Any]:
    is_plain = isinstance(container, dict) and not isinstance(container, Attributes)
    return container if is_plain else {}


def _as_attributes(container: Any) -> Attributes:
    return container if isinstance(container, Attributes) else Attributes()
