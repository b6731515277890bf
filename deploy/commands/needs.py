"""What a file's agent needs before it runs, and what an import changes of it, each in a line; nothing is asked or kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from schema.adapting import Adapted, Specs
from schema.block import PAYLOAD
from schema.credentials import Group, all_needs, groups_of
from schema.errors import shorten
from schema.graph import Graph
from schema.interface import has_trigger, input_schema

#: Characters of a default that is shown.
_SHOWN_CHARS: Final = 60


def changes_of(adapted: Adapted) -> Iterator[str]:
    """Say of each node that an import changes how it does."""
    titles = {node.id: node.title for graph in adapted.graph.every_graph() for node in graph.nodes}
    for (_, node_id), reasons in adapted.reasons.items():
        named = f"{titles[node_id]} ({node_id})" if titles.get(node_id) else node_id
        yield f"changed: node {named}: {'; '.join(reasons)}."


def needs_of(graph: Graph, specs: Specs) -> Iterator[str]:
    """Give a line for each input, and one for each credential."""
    schema = input_schema(graph, specs)
    for name, entry in schema["properties"].items():
        yield f"input {name!r}: {_default(entry) if name not in schema['required'] else 'required'}"
    if has_trigger(graph, specs):
        yield f"input {PAYLOAD!r}: required: what came to its trigger; a webhook gives it"
    for group in groups_of(all_needs(graph, {}, specs)).values():
        yield f"credential {group.key}: {_credential(group)}"


def _default(entry: dict[str, Any]) -> str:
    if entry["secret"]:
        return "has a default"
    return f"{shorten(orjson.dumps(entry['default']).decode(), _SHOWN_CHARS)} where nothing is given"


def _credential(group: Group) -> str:
    what = f"of {' or '.join(group.providers)} ({' or '.join(group.types)})"
    if not group.is_required:
        return f"{what}, if you have one"
    return f"{what}, or the demo's answers" if group.has_demo else f"{what}, required"
